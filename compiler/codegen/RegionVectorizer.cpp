#include "compiler/codegen/RegionVectorizer.h"

#include "compiler/codegen/RegionEvaluator.h"
#include "ir/Types.h"

namespace ingot {

using namespace mlir;

// True if all tensors of the kernel have fewer than 2^31 elements at all sizes.
static bool indicesAreNarrow(KernelOp kernel) {
  SmallVector<SizeAttr> sizes = moduleSizes(kernel);
  bool narrow = true;
  auto check = [&](Type type) {
    auto tensor = dyn_cast<RankedTensorType>(type);
    if (!tensor)
      return;
    std::optional<int64_t> count =
        tensor.hasStaticShape() ? std::optional(tensor.getNumElements()) : maxOfExpr(numElementsExpr(tensor), sizes);
    narrow &= count && *count < (int64_t(1) << 31);
  };
  for (BlockArgument argument : kernel.getBlock().getArguments())
    check(argument.getType());
  for (Operation &op : kernel.getBlock())
    for (Type type : op.getResultTypes())
      check(type);
  return narrow;
}

RegionState::RegionState(KernelOp kernel, const KernelFunction &function, const CpuLevel &level)
    : kernel(kernel), function(function), level(level),
      indices(&const_cast<KernelFunction &>(function).function.getBody().front()) {
  auto module = kernel->getParentOfType<ModuleOp>();
  auto numerics = module ? module->getAttrOfType<StringAttr>(kNumericsAttr) : StringAttr();
  strict = !numerics || numerics.getValue() != "fast";
  indices.narrow = indicesAreNarrow(kernel);
}

RegionVectorizer::RegionVectorizer(KernelOp kernel, const KernelFunction &function, const CpuLevel &level, int64_t width)
    : state(std::make_shared<RegionState>(kernel, function, level)), laneCount(width) {}

RegionVectorizer RegionVectorizer::withWidth(int64_t width) const { return RegionVectorizer(state, width); }

void RegionVectorizer::provide(Value tensor, Provider provider) {
  clearCache();
  if (provider)
    state->providers[{tensor, laneCount}] = std::move(provider);
  else
    state->providers.erase({tensor, laneCount});
}

void RegionVectorizer::clearCache() {
  state->values.clear();
  state->transposed.clear();
  state->dependsOnProviderCache.clear();
}

void RegionVectorizer::assumeMultiple(Value value, int64_t multiple) { state->indices.multiples[value] = multiple; }
void RegionVectorizer::assumeNonEmpty(Value mask) { state->nonEmptyMasks.insert(mask); }
Value RegionVectorizer::constantIndex(int64_t value) { return state->indices.constants.index(value); }

Value RegionVectorizer::materialize(OpBuilder &builder, Location loc, AffineExpr expr) {
  return IndexBuilder(state->indices, builder, loc, laneCount).expr(expr, state->function.sizes);
}

Value RegionVectorizer::evaluate(OpBuilder &builder, Location loc, Value tensor, ArrayRef<LaneIndex> indices, Value mask) {
  return RegionEvaluator(*state, builder, loc, laneCount).evaluate(tensor, indices, mask);
}

void RegionVectorizer::evaluateTogether(OpBuilder &builder, Location loc, Value tensor,
                                        ArrayRef<SmallVector<LaneIndex>> places, Value mask) {
  RegionEvaluator(*state, builder, loc, laneCount).evaluateTogether(tensor, places, mask);
}

void RegionVectorizer::store(OpBuilder &builder, Location loc, Value value, Value buffer, ArrayRef<LaneIndex> indices,
                             Value mask) {
  const auto &results = state->function.results;
  unsigned number = std::find(results.begin(), results.end(), buffer) - results.begin();
  RankedTensorType type = state->kernel.getResultTypes()[number];
  RegionEvaluator evaluator(*state, builder, loc, laneCount);
  IndexBuilder index(state->indices, builder, loc, laneCount);
  evaluator.store(value, buffer, type.getElementType(), index.linearize(indices, evaluator.dims(type)), mask);
}

int64_t regionWidth(KernelOp kernel, const CpuLevel &level) {
  int64_t bytes = 1;
  bool scalar = false;
  auto visit = [&](Type type) {
    auto tensor = dyn_cast<RankedTensorType>(type);
    if (!tensor)
      return;
    Type element = computeType(tensor.getElementType());
    scalar |= isa<ComplexType>(element);
    if (!scalar)
      bytes = std::max<int64_t>(bytes, (element.getIntOrFloatBitWidth() + 7) / 8);
  };
  kernel.getBody().walk([&](Block *block) {
    for (BlockArgument argument : block->getArguments())
      visit(argument.getType());
    for (Operation &op : *block)
      for (Type type : op.getResultTypes())
        visit(type);
  });
  return scalar ? 1 : std::max<int64_t>(1, level.lanes(bytes));
}

} // namespace ingot
