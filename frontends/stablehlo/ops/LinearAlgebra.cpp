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
