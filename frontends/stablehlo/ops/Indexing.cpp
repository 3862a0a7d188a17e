// Ops that read or write where indices say.
#include "frontends/stablehlo/OpTable.h"
#include "frontends/stablehlo/Quantized.h"
#include "frontends/stablehlo/ops/Windows.h"
#include "ir/Verification.h"

using namespace mlir;

namespace ingot::stablehlo {

LogicalResult gatherOf(OpContext &c, ArrayRef<AffineExpr> sliceSizes) {
  auto offset = c.integers("offset_dims"), collapsed = c.integers("collapsed_slice_dims"),
       batch = c.integers("operand_batching_dims"), indicesBatch = c.integers("start_indices_batching_dims"),
       map = c.integers("start_index_map");
  auto vector = c.integer("index_vector_dim");
  auto sorted = c.flag("indices_are_sorted");
  if (!offset || !collapsed || !batch || !indicesBatch || !map || !vector || !sorted)
    return failure();
  if (failed(needSameMeaning(c)))
    return failure();
  if (static_cast<int64_t>(sliceSizes.size()) != c.rank(0))
    return c.error("(C20) slice_sizes has " + Twine(sliceSizes.size()) + " elements, but the operand has " +
                   Twine(c.rank(0)) + " dims");
  if (*vector < 0 || *vector > c.rank(1))
    return c.error("(C2) index_vector_dim is " + Twine(*vector) + ", but start_indices has " + Twine(c.rank(1)) + " dims");
  // Open dims that go together are equal, or must be.
  if (*vector < c.rank(1))
    (void)c.p.equalDims(c.dims(1)[*vector], c.b.number(map->size()), c.op.name);
  if (areUniqueDims(*batch, c.rank(0)) && areUniqueDims(*indicesBatch, c.rank(1)))
    for (auto [dim, ofIndices] : llvm::zip(*batch, *indicesBatch))
      (void)c.p.equalDims(c.dims(0)[dim], c.dims(1)[ofIndices], c.op.name);
  // The windows' dims stand at offset_dims, those of the indices in the other places.
  SmallVector<AffineExpr> window, starts;
  for (auto [dim, size] : llvm::enumerate(sliceSizes)) {
    const bool isCollapsed = llvm::is_contained(*collapsed, dim);
    if (!isCollapsed && !llvm::is_contained(*batch, dim))
      window.push_back(size);
    else if (int64_t number = frontend::staticDim(size); number > 1)
      return c.error((isCollapsed ? "(C13)" : "(C16)") + Twine(" slice_sizes[") + Twine(dim) + "] is " + Twine(number) +
                     ", but that dim is " + (isCollapsed ? "collapsed" : "a batch dim"));
  }
  for (auto [dim, size] : llvm::enumerate(c.dims(1)))
    if (static_cast<int64_t>(dim) != *vector)
      starts.push_back(size);
  const size_t rank = starts.size() + offset->size();
  if (window.size() != offset->size() || !areUniqueDims(*offset, rank))
    return c.error("(C4) offset_dims " + listOf(*offset) + " are no dims of a result of " + Twine(rank) + " for " +
                   Twine(window.size()) + " window dims");
  Dims dims(rank);
  for (auto [place, size] : llvm::zip_equal(*offset, window))
    dims[place] = size;
  ArrayRef<AffineExpr> left = starts;
  for (AffineExpr &dim : dims)
    if (!dim) {
      dim = left.front();
      left = left.drop_front();
    }
  auto numbers = GatherDimsAttr::get(c.context(), *offset, *collapsed, *batch, *indicesBatch, *map, *vector);
  c.result(GatherOp::create(c.b, makeTensorType(dims, c.resultElement(0)), c.value(0), c.value(1), numbers, *sorted));
  return success();
}

namespace {

LogicalResult importGather(OpContext &c) {
  auto sizes = c.integers("slice_sizes");
  return sizes ? gatherOf(c, c.b.numbers(*sizes)) : failure();
}

LogicalResult importScatter(OpContext &c) {
  auto window = c.integers("update_window_dims"), inserted = c.integers("inserted_window_dims"),
       batch = c.integers("input_batching_dims"), indicesBatch = c.integers("scatter_indices_batching_dims"),
       map = c.integers("scatter_dims_to_operand_dims");
  auto vector = c.integer("index_vector_dim");
  auto sorted = c.flag("indices_are_sorted"), unique = c.flag("unique_indices");
  if (!window || !inserted || !batch || !indicesBatch || !map || !vector || !sorted || !unique)
    return failure();
  if (c.numOperands() < 3 || c.numOperands() % 2 == 0 || c.numResults() != c.numOperands() / 2)
    return c.error("has " + Twine(c.numOperands()) + " operands and " + Twine(c.numResults()) +
                   " results: inputs, indices and as many updates and results as inputs are needed");
  const size_t count = c.numResults();
  SmallVector<Value> inputs, updates;
  for (size_t i = 0; i != count; ++i) {
    inputs.push_back(c.promoted(i, i));
    updates.push_back(c.promoted(count + 1 + i, i));
  }
  // Open dims that go together are equal, or must be: components of an index vector, batch dims, and what stands around the windows.
  if (*vector >= 0 && *vector < c.rank(count))
    (void)c.p.equalDims(c.dims(count)[*vector], c.b.number(map->size()), c.op.name);
  Dims starts;
  for (auto [dim, size] : llvm::enumerate(c.dims(count)))
    if (static_cast<int64_t>(dim) != *vector)
      starts.push_back(size);
  for (size_t i = 0; i != count; ++i) {
    if (areUniqueDims(*batch, c.rank(i)) && areUniqueDims(*indicesBatch, c.rank(count)))
      for (auto [dim, ofIndices] : llvm::zip(*batch, *indicesBatch))
        (void)c.p.equalDims(c.dims(i)[dim], c.dims(count)[ofIndices], c.op.name);
    size_t next = 0;
    for (auto [dim, size] : llvm::enumerate(c.dims(count + 1 + i)))
      if (!llvm::is_contained(*window, dim) && next != starts.size())
        (void)c.p.equalDims(size, starts[next++], c.op.name);
  }
  auto numbers = GatherDimsAttr::get(c.context(), *window, *inserted, *batch, *indicesBatch, *map, *vector);
  auto scatter =
      ScatterOp::create(c.b, ValueRange(inputs).getTypes(), inputs, c.value(count), updates, numbers, *sorted, *unique);
  SmallVector<mlir::Type> types = c.scalarsOf(inputs);
  types.append(c.scalarsOf(updates));
  if (!c.importBody(0, scatter.getBody(), types))
    return failure();
  return c.resultsOfBodies(scatter);
}

LogicalResult importDynamicSlice(OpContext &c) {
  auto sizes = c.integers("slice_sizes");
  if (!sizes || (c.numOperands() != 0 && failed(needSameMeaning(c))))
    return failure();
  if (c.numOperands() < 1 || static_cast<int64_t>(sizes->size()) != c.rank(0) ||
      static_cast<int64_t>(c.numOperands()) != c.rank(0) + 1)
    return c.error("(C2) needs a start and a size for each dim of the operand");
  if (llvm::any_of(*sizes, [](int64_t size) { return size < 0; }))
    return c.error("(C4) slice_sizes " + listOf(*sizes) + " has a negative size");
  c.result(DynamicSliceOp::create(c.b, makeTensorType(*sizes, c.element(0)), c.value(0), c.values(1)));
  return success();
}

LogicalResult importDynamicUpdateSlice(OpContext &c) {
  if (c.numOperands() < 2)
    return c.error("needs an operand and an update");
  if (failed(needSameMeaning(c, 0)) || failed(needSameMeaning(c, 1)))
    return failure();
  c.result(DynamicUpdateSliceOp::create(c.b, c.type(0), c.value(0), c.value(1), c.values(2)));
  return success();
}

constexpr ImportRow kRows[] = {
    {"stablehlo.dynamic_slice", kAny, 1, 0, importDynamicSlice, kStored},
    {"stablehlo.dynamic_update_slice", kAny, 1, 0, importDynamicUpdateSlice, kStored},
    {"stablehlo.gather", 2, 1, 0, importGather, kStored},
    {"stablehlo.scatter", kAny, kAny, 1, importScatter, kStored},
};

} // namespace

llvm::ArrayRef<ImportRow> indexingOps() { return kRows; }

} // namespace ingot::stablehlo
