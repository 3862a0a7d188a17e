#include "compiler/artifact/ProgramTable.h"

#include "ir/States.h"
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
  uint32_t tileCost(const KernelPlan &plan);
  LogicalResult addOp(Operation &op);
  LogicalResult placeResults(Operation &op, llvm::StringRef name);
  uint32_t argument(RankedTensorType type, llvm::StringRef name, uint32_t slot);

  ModuleOp module;
  llvm::ArrayRef<KernelVariants> kernels;
  const WeightImage &weights;
  Table table;
  llvm::StringMap<uint32_t> kernelIndex;
  llvm::DenseMap<Value, uint32_t> slotOf;
  llvm::SmallVector<uint32_t> arena;       // exprs of the entry's arena plan
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
  table.slots.push_back(
      {static_cast<uint32_t>(kind), shape.dtype, shape.rank, shape.dims, shape.bytes, location, table.string(name), 0});
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

// Nanoseconds a tile is expected to take, at least one.
uint32_t Builder::tileCost(const KernelPlan &plan) {
  double tiles = static_cast<double>(maxOfExpr(plan.grid, moduleSizes(module)).value_or(1));
  return static_cast<uint32_t>(std::clamp(plan.cost / std::max(tiles, 1.0), 1.0, 4e9));
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
                                table.string(variant.level.name), static_cast<uint32_t>(variant.codeSize),
                                tileCost(variant.plan), 0});
    kernelIndex[kernel.name] = table.kernels.size();
    table.kernels.push_back(record);
  }
}

// Slots of a command's results, where schedule put them.
LogicalResult Builder::placeResults(Operation &op, llvm::StringRef name) {
  auto memory = op.getAttrOfType<ArrayAttr>(kMemoryAttr);
  if (!memory || memory.size() != op.getNumResults())
    return op.emitError("internal error: no place for each result");
  for (auto [result, attribute] : llvm::zip(op.getResults(), memory)) {
    auto type = cast<RankedTensorType>(result.getType());
    std::optional<Placement> place = Placement::parse(attribute);
    if (!place || (!place->result && place->arena >= arena.size()))
      return op.emitError("internal error: unreadable placement ") << attribute;
    if (place->result) {
      slotOf[result] = addSlot(INGOT_SLOT_RESULT, *place->result, type, name);
      resultSlots[*place->result] = slotOf[result];
    } else {
      slotOf[result] = addSlot(INGOT_SLOT_ARENA, arena[place->arena], type, name);
    }
  }
  return success();
}

LogicalResult Builder::addOp(Operation &op) {
  if (auto weight = dyn_cast<GetWeightOp>(op)) {
    const WeightImage::Item *item = weights.find(weight.getWeight());
    if (!item)
      return op.emitError("internal error: weight without a place");
    slotOf[weight.getResult()] = addSlot(INGOT_SLOT_WEIGHT, table.constant(item->offset),
                                         cast<RankedTensorType>(weight.getType()), weight.getWeight());
    return success();
  }
  if (isView(&op)) {
    ingot_slot slot = table.slots[slotOf.at(op.getOperand(0))];
    slotOf[op.getResult(0)] = addSlot(static_cast<ingot_slot_kind>(slot.kind), slot.location,
                                      cast<RankedTensorType>(op.getResult(0).getType()), "");
    return success();
  }
  ingot_command command{};
  command.list_a = command.list_b = INGOT_NONE;
  command.kernel = INGOT_NONE;
  llvm::SmallVector<uint32_t> operands;
  for (Value operand : op.getOperands())
    operands.push_back(slotOf.at(operand));
  if (auto dispatch = dyn_cast<DispatchOp>(op)) {
    command.op = INGOT_CMD_DISPATCH;
    command.name = table.string(dispatch.getKernel());
    auto kernel = kernelIndex.find(dispatch.getKernel());
    if (kernel == kernelIndex.end())
      return op.emitError("internal error: dispatch of an unknown kernel");
    command.kernel = kernel->second;
    // Kernels take the module's sizes as their scalars.
    llvm::SmallVector<uint32_t> scalars;
    for (unsigned i = 0; i < table.sizes.size(); ++i)
      scalars.push_back(table.size(i));
    command.scalars = table.indices(scalars);
    command.scalar_count = scalars.size();
    if (failed(placeResults(op, dispatch.getKernel())))
      return failure();
  } else if (isa<CopyOp>(op)) {
    command.op = INGOT_CMD_COPY;
    command.name = table.string("copy");
    if (failed(placeResults(op, "copy")))
      return failure();
  } else {
    return op.emitError("internal error: '") << op.getName() << "' is no command";
  }
  for (Value result : op.getResults())
    operands.push_back(slotOf.at(result));
  command.operands = table.indices(operands);
  command.operand_count = operands.size();
  table.commands.push_back(command);
  return success();
}

LogicalResult Builder::addEntry(func::FuncOp function) {
  std::optional<ArenaPlan> plan = ArenaPlan::parse(function);
  if (!plan)
    return function.emitError("internal error: entry function without an arena plan");
  arena.clear();
  for (AffineMap map : plan->entries) {
    uint32_t largest = INGOT_NONE;
    for (AffineExpr expr : map.getResults()) {
      uint32_t node = table.expr(expr, arena);
      largest = largest == INGOT_NONE ? node : table.expr(INGOT_EXPR_MAX, largest, node);
    }
    arena.push_back(largest);
  }

  ingot_entry entry{};
  entry.name = table.string(function.getSymName());
  entry.slots = table.slots.size();
  entry.arena = arena.empty() ? table.constant(0) : arena.back();
  entry.inputs = table.arguments.size();
  entry.input_count = function.getNumArguments();
  for (BlockArgument value : function.getArguments()) {
    auto type = cast<RankedTensorType>(value.getType());
    auto name = function.getArgAttrOfType<StringAttr>(value.getArgNumber(), kNameAttr);
    auto state = function.getArgAttrOfType<IntegerAttr>(value.getArgNumber(), kStateAttr);
    llvm::StringRef text = name ? name.getValue() : "";
    slotOf[value] = addSlot(state ? INGOT_SLOT_STATE : INGOT_SLOT_INPUT, value.getArgNumber(), type, text);
    uint32_t index = argument(type, text, slotOf[value]);
    if (state) {
      table.arguments[index].flags = INGOT_ARG_STATE;
      table.arguments[index].alias = state.getInt();
      if (std::optional<Growth> growth = growthOf(function, value.getArgNumber())) {
        table.arguments[index].grows = 1 + growth->axis;
        table.arguments[index].length = growth->size;
        table.arguments[index].next_length = table.expr(growth->next);
      }
    }
  }

  uint32_t firstCommand = table.commands.size();
  auto terminator = cast<func::ReturnOp>(function.getBody().front().getTerminator());
  resultSlots.assign(terminator.getNumOperands(), INGOT_NONE);
  for (Operation &op : function.getBody().front().without_terminator())
    if (failed(addOp(op)))
      return failure();
  table.lists.push_back({firstCommand, static_cast<uint32_t>(table.commands.size()) - firstCommand});
  entry.list = table.lists.size() - 1;

  entry.results = table.arguments.size();
  entry.result_count = terminator.getNumOperands();
  for (auto [i, value] : llvm::enumerate(terminator.getOperands())) {
    auto name = function.getResultAttrOfType<StringAttr>(i, kNameAttr);
    if (table.slots[slotOf.at(value)].kind != INGOT_SLOT_RESULT)
      return function.emitError("internal error: result ") << i << " is not in the caller's buffer";
    argument(cast<RankedTensorType>(value.getType()), name ? name.getValue() : "", slotOf.at(value));
  }
  // States that updates write lie where the results they become do.
  function.walk([&](DispatchOp dispatch) {
    for (int64_t operand : dispatch.getInplace().value_or(ArrayRef<int64_t>()))
      if (auto state = operand >= 0 ? dyn_cast<BlockArgument>(memoryRoot(dispatch.getInputs()[operand])) : BlockArgument())
        table.arguments[entry.inputs + state.getArgNumber()].flags |= INGOT_ARG_DONATED;
  });
  // Pair each state with the result it becomes.
  for (uint32_t i = 0; i < entry.input_count; ++i)
    if (uint32_t alias = table.arguments[entry.inputs + i].alias; alias != INGOT_NONE)
      table.arguments[entry.results + alias].alias = i;
  llvm::SmallVector<uint32_t> requirements;
  if (auto list = module->getAttrOfType<ArrayAttr>(kRequiresAttr))
    for (Attribute requirement : list)
      requirements.push_back(table.expr(cast<AffineMapAttr>(requirement).getValue().getResult(0)));
  entry.requirements = table.indices(requirements);
  entry.requirement_count = requirements.size();
  entry.slot_count = table.slots.size() - entry.slots;
  table.entries.push_back(entry);
  return success();
}

FailureOr<Table> Builder::build(const TableOptions &options) {
  table.header.arch = options.arch;
  table.header.producer = table.string(options.producer);
  table.header.model_name = table.string(options.modelName);
  table.header.triple = table.string(options.triple);
  auto numerics = module->getAttrOfType<StringAttr>(kNumericsAttr);
  table.header.numerics = table.string(numerics ? numerics.getValue() : "fast");
  for (SizeAttr size : moduleSizes(module))
    table.sizes.push_back({table.string(size.getName()), 0, size.getMin(), size.getMax(), 1});
  for (unsigned i = 0; i < table.sizes.size(); ++i)
    table.size(i);
  addWeights();
  addKernels();
  for (func::FuncOp function : module.getOps<func::FuncOp>())
    if (function->hasAttr(kEntryAttr) && failed(addEntry(function)))
      return failure();
  if (table.entries.empty())
    return module.emitError("internal error: no entry point");
  return std::move(table);
}

} // namespace

FailureOr<Table> buildProgramTable(ModuleOp module, llvm::ArrayRef<KernelVariants> kernels, const WeightImage &weights,
                                   const TableOptions &options) {
  return Builder(module, kernels, weights).build(options);
}

} // namespace ingot
