// Sorts.
#include "frontends/stablehlo/OpTable.h"

using namespace mlir;

namespace ingot::stablehlo {
namespace {

LogicalResult importSort(OpContext &c) {
  auto dimension = c.integer("dimension");
  if (!dimension)
    return failure();
  if (c.numOperands() == 0 || c.numResults() != c.numOperands())
    return c.error("(C1) has " + Twine(c.numOperands()) + " inputs and " + Twine(c.numResults()) + " results");
  const int64_t rank = c.rank(0);
  if (*dimension < -rank || *dimension >= rank)
    return c.error("(C4) dimension is " + Twine(*dimension) + ", but the inputs have " + Twine(rank) + " dims");
  for (size_t i = 1; i != c.numOperands(); ++i)
    if (c.rank(i) == rank)
      for (auto [lhs, rhs] : llvm::zip_equal(c.dims(0), c.dims(i)))
        if (!c.needEqual(lhs, rhs, "(C2) inputs have different dims"))
          return failure();
  auto sort =
      SortOp::create(c.b, ValueRange(c.values()).getTypes(), c.values(), *dimension < 0 ? *dimension + rank : *dimension);
  SmallVector<mlir::Type> types;
  for (mlir::Type scalar : c.scalarsOf(c.values()))
    types.append(2, scalar);
  if (!c.importBody(0, sort.getComparator(), types))
    return failure();
  return c.resultsOfBodies(sort);
}

LogicalResult importTopK(OpContext &c) {
  auto k = c.integer("k");
  if (!k)
    return failure();
  if (c.rank(0) == 0 || *k < 0)
    return c.error("takes " + c.show(c.type(0)) + " and k = " + Twine(*k));
  Dims dims = c.dims(0);
  dims.back() = c.b.number(*k);
  auto top = TopKOp::create(c.b, makeTensorType(dims, c.element(0)), makeTensorType(dims, c.b.getI32Type()), c.value(0));
  c.results(top.getResults());
  return success();
}

constexpr ImportRow kRows[] = {
    {"stablehlo.sort", kAny, kAny, 1, importSort, kStored},
    {"chlo.top_k", 1, 2, 0, importTopK},
};

} // namespace

llvm::ArrayRef<ImportRow> orderingOps() { return kRows; }

} // namespace ingot::stablehlo
