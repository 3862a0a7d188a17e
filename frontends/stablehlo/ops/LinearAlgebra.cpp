// Factorisations, triangular systems and Fourier transforms.
#include "frontends/stablehlo/OpTable.h"

using namespace mlir;

namespace ingot::stablehlo {
namespace {

LogicalResult importCholesky(OpContext &c) {
  auto lower = c.flag("lower");
  if (!lower)
    return failure();
  if (c.rank(0) < 2)
    return c.error("(C2) takes " + c.show(c.type(0)) + ", which has fewer than two dims");
  Dims batch = c.dims(0);
  batch.pop_back_n(2);
  auto factor = CholeskyOp::create(c.b, c.type(0), makeTensorType(batch, c.b.getI32Type()), c.value(0), *lower);
  c.result(factor.getResult());
  return success();
}

LogicalResult importTriangularSolve(OpContext &c) {
  auto left = c.flag("left_side"), lower = c.flag("lower"), unit = c.flag("unit_diagonal");
  std::optional<StringRef> text = c.text("transpose_a");
  if (!left || !lower || !unit || !text)
    return failure();
  std::optional<Transpose> transpose = symbolizeTranspose(*text);
  if (!transpose)
    return c.error("transpose_a is " + *text);
  // Dims that go together are equal, or must be.
  if (const int64_t rank = c.rank(0); rank >= 2 && rank == c.rank(1)) {
    const Dims a = c.dims(0), b = c.dims(1);
    for (int64_t dim = 0; dim != rank - 2; ++dim)
      (void)c.p.equalDims(a[dim], b[dim], c.op.name);
    (void)c.p.equalDims(a[rank - 2], a[rank - 1], c.op.name);
    (void)c.p.equalDims(a[rank - 1], b[*left ? rank - 2 : rank - 1], c.op.name);
  }
  c.result(TriangularSolveOp::create(c.b, c.type(1), c.value(0), c.value(1), *left, *lower, *unit, *transpose));
  return success();
}

LogicalResult importFft(OpContext &c) {
  auto length = c.integers("fft_length");
  std::optional<StringRef> text = c.text("fft_type");
  if (!length || !text)
    return failure();
  std::optional<FftType> kind = symbolizeFftType(*text);
  if (!kind)
    return c.error("there is no fft_type '" + *text + "'");
  // The last dims are as long as what is transformed; of what a real transform gave, half of the last one and its middle.
  for (size_t i = 0, count = length->size(), rank = size_t(c.rank(0)); i != count && count <= rank; ++i) {
    const bool isHalved = *kind == FftType::IRFFT && i + 1 == count;
    (void)c.p.equalDims(c.dims(0)[rank - count + i], c.b.number(isHalved ? (*length)[i] / 2 + 1 : (*length)[i]), c.op.name);
  }
  RankedTensorType type = c.resultType(0, [&]() -> std::optional<Dims> {
    Dims dims = c.dims(0);
    if (!dims.empty() && !length->empty() && (*kind == FftType::RFFT || *kind == FftType::IRFFT))
      dims.back() = c.b.number(*kind == FftType::IRFFT ? length->back() : length->back() ? length->back() / 2 + 1 : 0);
    return dims;
  });
  if (!type)
    return failure();
  c.result(FftOp::create(c.b, type, c.value(0), *kind, *length));
  return success();
}

constexpr ImportRow kRows[] = {
    {"stablehlo.cholesky", 1, 1, 0, importCholesky},
    {"stablehlo.fft", 1, 1, 0, importFft},
    {"stablehlo.triangular_solve", 2, 1, 0, importTriangularSolve},
};

} // namespace

llvm::ArrayRef<ImportRow> linearAlgebraOps() { return kRows; }

} // namespace ingot::stablehlo
