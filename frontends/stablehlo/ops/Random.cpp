// Random numbers.
#include "frontends/stablehlo/Importer.h"
#include "frontends/stablehlo/OpTable.h"

using namespace mlir;

namespace ingot::stablehlo {
namespace {

LogicalResult importRng(OpContext &c) {
  std::optional<StringRef> text = c.text("rng_distribution");
  if (!text)
    return failure();
  std::optional<RngDistribution> distribution = symbolizeRngDistribution(*text);
  if (!distribution)
    return c.error("there is no rng_distribution '" + *text + "'");
  RankedTensorType type = c.resultType(0, [&] { return c.deciding(2, "the dims of its result"); });
  if (!type)
    return failure();
  if (c.rank(2) != 1 || c.type(2).getDimSize(0) != type.getRank())
    return c.error("(C3) the shape is " + c.show(c.type(2)) + ", but the result is " + c.show(type));
  if (const SymbolicTensor *known = c.p.elementsOf(c.value(2)); known && !known->isFloat() && !known->isGiven())
    for (auto [dim, stated] : llvm::zip_equal(known->ints, dimExprs(type)))
      if (!c.needEqual(dim, stated, "the operand holds another dim than its result has"))
        return failure();
  c.result(RngOp::create(c.b, type, c.value(0), c.value(1), *distribution, c.importer.nextSeed()));
  return success();
}

LogicalResult importRngBitGenerator(OpContext &c) {
  std::optional<StringRef> text = c.text("rng_algorithm");
  if (!text)
    return failure();
  std::optional<RngAlgorithm> algorithm = symbolizeRngAlgorithm(*text);
  if (!algorithm)
    return c.error("there is no rng_algorithm '" + *text + "'");
  RankedTensorType type = c.resultType(1, [&]() -> std::optional<Dims> {
    (void)c.error("leaves dims of its result open, which nothing tells");
    return std::nullopt;
  });
  if (!type)
    return failure();
  auto bits = RngBitGeneratorOp::create(c.b, c.type(0), type, c.value(0), *algorithm);
  c.results(bits.getResults());
  return success();
}

constexpr ImportRow kRows[] = {
    {"stablehlo.rng", 3, 1, 0, importRng},
    {"stablehlo.rng_bit_generator", 1, 2, 0, importRngBitGenerator},
};

} // namespace

llvm::ArrayRef<ImportRow> randomOps() { return kRows; }

} // namespace ingot::stablehlo
