#include "compiler/artifact/ProgramTable.h"

#include "ir/Types.h"
#include "passes/schedule/Schedule.h"

namespace ingot {

using namespace mlir;

namespace {

class Builder {
public:
  Builder(ModuleOp module, llvm::ArrayRef<KernelVariants> kernels, const WeightImage &weights)
      : module(module), kernels(kernels), weights(weights) {}

  FailureOr<Table> build(const TableOptions &options);

private:
  struct Shape {
    uint32_t dtype, rank, dims, bytes;
  };
  Shape shapeOf(RankedTensorType type);
  uint32_t addSlot(ingot_slot_kind kind, uint32_t location, RankedTensorType type, llvm::StringRef name);
  void addWeights();
  void addKernels();
  LogicalResult addEntry(func::FuncOp function);
  LogicalResult addOp(Operation &op);
  LogicalResult placeResults(Operation &op, llvm::StringRef name);
  uint32_t argument(RankedTensorType type, llvm::StringRef name, uint32_t slot);

  ModuleOp module;
  llvm::ArrayRef<KernelVariants> kernels;
  const WeightImage &weights;
  Table table;
  llvm::StringMap<uint32_t> kernelIndex;
  llvm::DenseMap<Value, uint32_t> slotOf;
  llvm::SmallVector<uint32_t> resultSlots; // of the entry being built
};

Builder::Shape Builder::shapeOf(RankedTensorType type) {
  llvm::SmallVector<uint32_t> dims;
  uint32_t bytes = table.constant(elementBytes(type.getElementType()));
  for (AffineExpr dim : dimExprs(type)) {
    dims.push_back(table.expr(dim));
    bytes = table.expr(INGOT_EXPR_MUL, bytes, dims.back());
  }
  return {dtypeOf(type.getElementType()), static_cast<uint32_t>(type.getRank()), table.indices(dims), bytes};
}

uint32_t Builder::addSlot(ingot_slot_kind kind, uint32_t location, RankedTensorType type, llvm::StringRef name) {
  Shape shape = shapeOf(type);
  table.slots.push_back({static_cast<uint32_t>(kind), shape.dtype, shape.rank, shape.dims, shape.bytes, location, table.string(name), 0});
  return table.slots.size() - 1;
}

uint32_t Builder::argument(RankedTensorType type, llvm::StringRef name, uint32_t slot) {
  Shape shape = shapeOf(type);
  ingot_argument record{};
  record.name = table.string(name);
  record.dtype = shape.dtype;
  record.rank = shape.rank;
  record.dims = shape.dims;
  record.bytes = shape.bytes;
  record.slot = slot;
  record.alias = INGOT_NONE;
  record.initial_weight = INGOT_NONE;
  table.arguments.push_back(record);
  return table.arguments.size() - 1;
}

static std::string describeSteps(WeightOp weight) {
  std::string text;
  llvm::raw_string_ostream os(text);
  llvm::interleave(weight.getSteps(), os, [&](Attribute step) { step.print(os); }, " -> ");
  return text;
}

void Builder::addWeights() {
  for (const WeightImage::Item &item : weights.items()) {
    WeightOp weight = item.weight;
    Shape shape = shapeOf(weight.getTensorType());
    ingot_weight_record record{};
    record.name = table.string(weight.getSymName());
    record.dtype = shape.dtype;
    record.rank = shape.rank;
    record.dims = shape.dims;
    record.offset = item.offset;
    record.size = item.size;
    record.layout = table.string(describeSteps(weight));
    table.weights.push_back(record);
  }
  table.weightHashes.assign((weights.size() + INGOT_WEIGHT_BLOCK - 1) / INGOT_WEIGHT_BLOCK, 0);
}

void Builder::addKernels() {
  for (const KernelVariants &kernel : kernels) {
    ingot_kernel_record record{};
    record.name = table.string(kernel.name);
    record.emitter = table.string(kernel.variants.front().plan.emitter);
    record.variants = table.variants.size();
    record.variant_count = kernel.variants.size();
    record.source = table.string(kernel.source);
    record.flops_hint = static_cast<uint64_t>(kernel.flops);
    for (const KernelVariants::Variant &variant : kernel.variants)
      table.variants.push_back({variant.level.featureMask, table.expr(variant.plan.grid), table.expr(variant.plan.scratch),
                                table.string(variant.level.name), static_cast<uint32_t>(variant.codeSize)});
    kernelIndex[kernel.name] = table.kernels.size();
    table.kernels.push_back(record);
  }
}

// Slots of a dispatch's or copy's results, where schedule put them.
LogicalResult Builder::placeResults(Operation &op, llvm::StringRef name) {
  auto memory = op.getAttrOfType<ArrayAttr>(kMemoryAttr);
  if (!memory || memory.size() != op.getNumResults())
    return op.emitError("internal error: no place for each result");
  for (auto [result, place] : llvm::zip(op.getResults(), memory)) {
    auto type = cast<RankedTensorType>(result.getType());
    std::optional<Placement> where = Placement::parse(place);
    if (!where)
      return op.emitError("internal error: unreadable placement ") << place;
    if (where->result)
      slotOf[result] = addSlot(INGOT_SLOT_RESULT, *where->result, type, name);
    else
      slotOf[result] = addSlot(INGOT_SLOT_ARENA, toTable(where->offset), type, name);
  }
  return success();
}

} // namespace
} // namespace ingot
