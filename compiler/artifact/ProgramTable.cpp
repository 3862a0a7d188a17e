#include "compiler/artifact/ProgramTable.h"

#include "ir/CustomCalls.h"
#include "ir/Defaults.h"
#include "ir/Entries.h"
#include "ir/States.h"
#include "ir/Types.h"
#include "passes/Programs.h"
#include "passes/schedule/Schedule.h"

namespace ingot {

using namespace mlir;

namespace {

class Builder {
public:
  Builder(ModuleOp module, llvm::ArrayRef<KernelVariants> kernels, const WeightImage &weights)
      : module(module), symbols(module), kernels(kernels), weights(weights) {}

  FailureOr<Table> build(const TableOptions &options);

private:
  struct Shape {
    uint32_t dtype, rank, dims, bytes;
  };
  Shape shapeOf(RankedTensorType type);
  uint32_t addSlot(ingot_slot_kind kind, uint32_t location, RankedTensorType type, llvm::StringRef name);
  void addWeights();
  void addKernels();
  void addSelfTests();
  LogicalResult addEntry(func::FuncOp function);
  uint32_t tileCost(llvm::StringRef kernel, const KernelPlan &plan);
  uint32_t slotAt(Placement place, RankedTensorType type, llvm::StringRef name);
  FailureOr<uint32_t> addList(Block &block, unsigned depth);
  LogicalResult addOp(Operation &op, unsigned depth, std::vector<ingot_command> &list);
  void addCall(CustomCallOp op, ingot_command &command);
  uint32_t functionFor(llvm::StringRef symbol, llvm::StringRef attributes);
  LogicalResult addIf(IfOp op, unsigned depth, ingot_command &command);
  LogicalResult addWhile(WhileOp op, unsigned depth, ingot_command &command, llvm::SmallVectorImpl<uint32_t> &operands);
  LogicalResult placeResults(Operation &op, llvm::StringRef name);
  uint32_t argument(RankedTensorType type, llvm::StringRef name, uint32_t slot);
  // What an expression is at most, whatever data says.
  AffineExpr boundOf(AffineExpr expr) { return boundOverData(expr, moduleSizes(module)).value_or(expr); }

  ModuleOp module;
  SymbolTable symbols;
  llvm::ArrayRef<KernelVariants> kernels;
  const WeightImage &weights;
  Table table;
  llvm::StringMap<uint32_t> kernelIndex;
  std::map<std::pair<std::string, std::string>, uint32_t> functionIndex; // by symbol and attributes
  llvm::DenseMap<Value, uint32_t> slotOf;
  llvm::SmallVector<uint32_t> arena;               // exprs of the entry's arena plan
  llvm::DenseMap<unsigned, uint32_t> carriedSlots; // of the entry: by the name of memory that loops swap
  llvm::StringMap<uint32_t> weightSlots;           // of the entry: by weight
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
  llvm::SmallVector<AffineExpr> dims = dimExprs(type);
  llvm::SmallVector<AffineExpr> bounds = llvm::map_to_vector(dims, [&](AffineExpr dim) { return boundOf(dim); });
  if (bounds != dims) {
    auto indices = llvm::map_to_vector(bounds, [&](AffineExpr bound) { return table.expr(bound); });
    record.bounds = 1 + table.indices(indices);
    record.bytes = table.constant(elementBytes(type.getElementType()));
    for (uint32_t bound : indices)
      record.bytes = table.expr(INGOT_EXPR_MUL, record.bytes, bound);
  }
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
uint32_t Builder::tileCost(llvm::StringRef kernel, const KernelPlan &plan) {
  Operation *op = symbols.lookup(kernel);
  double tiles = static_cast<double>(maxOfExpr(plan.grid, moduleSizes(op ? op : module)).value_or(1));
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
      table.variants.push_back({variant.level.featureMask, table.expr(variant.plan.grid),
                                table.expr(boundOf(variant.plan.scratch)), table.string(variant.level.name),
                                static_cast<uint32_t>(variant.codeSize), tileCost(kernel.name, variant.plan), 0});
    kernelIndex[kernel.name] = table.kernels.size();
    table.kernels.push_back(record);
  }
}

// The record of a function with these attributes, behind those of the kernels.
uint32_t Builder::functionFor(llvm::StringRef symbol, llvm::StringRef attributes) {
  auto [entry, isNew] = functionIndex.try_emplace({symbol.str(), attributes.str()}, table.kernels.size());
  if (!isNew)
    return entry->second;
  ingot_kernel_record record{};
  record.name = table.string(symbol);
  record.emitter = table.string("function");
  record.variants = table.variants.size();
  record.variant_count = 1;
  record.source = table.string(attributes);
  table.variants.push_back({0, table.constant(1), table.constant(0), table.string("any"), 0, 0, INGOT_VARIANT_FUNCTION});
  table.kernels.push_back(record);
  table.functions.push_back(symbol.str());
  return entry->second;
}

void Builder::addCall(CustomCallOp op, ingot_command &command) {
  command.op = INGOT_CMD_CALL;
  command.name = table.string(describeCall(op));
  command.kernel = functionFor(*boundFunction(op), callAttributes(op));
  command.pattern = op.getNumOperands();
}

// A record per level of the kernels' variants: with all features of a level, a processor runs that level's code. None where
// functions are called: what they give is not the file's to say.
void Builder::addSelfTests() {
  if (!table.functions.empty())
    return;
  llvm::MapVector<llvm::StringRef, uint64_t> levels;
  for (const KernelVariants &kernel : kernels)
    for (const KernelVariants::Variant &variant : kernel.variants)
      levels[variant.level.name] |= variant.level.featureMask;
  for (const auto &[name, features] : levels)
    table.selfTests.push_back({features, 0, table.string(name), INGOT_SELF_TEST_NOT_RUN});
}

// Memory that loops swap has one slot, which every value in it goes by: the slot knows where it is.
uint32_t Builder::slotAt(Placement place, RankedTensorType type, llvm::StringRef name) {
  if (place.result)
    return addSlot(INGOT_SLOT_RESULT, *place.result, type, name);
  if (!place.carried)
    return addSlot(INGOT_SLOT_ARENA, arena[place.arena], type, name);
  auto [entry, isNew] = carriedSlots.try_emplace(*place.carried, 0);
  if (isNew)
    entry->second = addSlot(INGOT_SLOT_ARENA, arena[place.arena], type, name);
  return entry->second;
}

// Slots of a command's results, where schedule put them.
LogicalResult Builder::placeResults(Operation &op, llvm::StringRef name) {
  for (OpResult result : op.getResults()) {
    std::optional<Placement> place = placementOf(result);
    if (!place || (!place->result && place->arena >= arena.size()))
      return op.emitError("internal error: no place for result ") << result.getResultNumber();
    slotOf[result] = slotAt(*place, cast<RankedTensorType>(result.getType()), name);
  }
  return success();
}

LogicalResult Builder::addIf(IfOp op, unsigned depth, ingot_command &command) {
  command.op = INGOT_CMD_IF;
  command.name = table.string("if");
  for (auto [region, list] : {std::pair(&op.getTrueBranch(), &command.list_a), {&op.getFalseBranch(), &command.list_b}}) {
    FailureOr<uint32_t> built = addList(region->front(), depth + 1);
    if (failed(built))
      return failure();
    *list = *built;
  }
  return placeResults(*op, "if");
}

// The carried values keep their slots throughout; what the body returns is in the second slot of a pair.
LogicalResult Builder::addWhile(WhileOp op, unsigned depth, ingot_command &command,
                                llvm::SmallVectorImpl<uint32_t> &operands) {
  command.op = INGOT_CMD_WHILE;
  command.name = table.string("while");
  Block &cond = op.getCond().front(), &body = op.getBody().front();
  for (auto [i, input] : llvm::enumerate(op.getInputs()))
    slotOf[cond.getArgument(i)] = slotOf[body.getArgument(i)] = slotOf[op.getResult(i)] = slotOf.at(input);
  FailureOr<uint32_t> condList = addList(cond, depth + 1);
  if (failed(condList))
    return failure();
  FailureOr<uint32_t> bodyList = addList(body, depth + 1);
  if (failed(bodyList))
    return failure();
  command.list_a = *condList;
  command.list_b = *bodyList;
  operands.assign({slotOf.at(cond.getTerminator()->getOperand(0))});
  for (auto [input, next] : llvm::zip(op.getInputs(), body.getTerminator()->getOperands())) {
    std::optional<Placement> place = placementOf(input);
    if (!place)
      return op.emitError("internal error: a carried value has no place");
    operands.push_back(slotOf.at(input));
    operands.push_back(place->carried ? slotOf.at(next) : slotOf.at(input));
  }
  return success();
}

FailureOr<uint32_t> Builder::addList(Block &block, unsigned depth) {
  // The runtime refuses what nests deeper (runtime/core/validate.h).
  if (depth > 32)
    return block.getParentOp()->emitError("control flow nests deeper than 31 levels");
  // Lists within come first: a list's commands are consecutive.
  std::vector<ingot_command> commands;
  for (Operation &op : block.without_terminator())
    if (failed(addOp(op, depth, commands)))
      return failure();
  table.lists.push_back({static_cast<uint32_t>(table.commands.size()), static_cast<uint32_t>(commands.size())});
  table.commands.insert(table.commands.end(), commands.begin(), commands.end());
  return static_cast<uint32_t>(table.lists.size() - 1);
}

LogicalResult Builder::addOp(Operation &op, unsigned depth, std::vector<ingot_command> &list) {
  if (auto weight = dyn_cast<GetWeightOp>(op)) {
    const WeightImage::Item *item = weights.find(weight.getWeight());
    if (!item)
      return op.emitError("internal error: weight without a place");
    auto [entry, isNew] = weightSlots.try_emplace(weight.getWeight(), 0);
    if (isNew)
      entry->second = addSlot(INGOT_SLOT_WEIGHT, table.constant(item->offset), cast<RankedTensorType>(weight.getType()),
                              weight.getWeight());
    slotOf[weight.getResult()] = entry->second;
    return success();
  }
  if (isView(&op)) {
    uint32_t source = slotOf.at(op.getOperand(0));
    slotOf[op.getResult(0)] = source;
    std::optional<Placement> place = placementOf(op.getResult(0));
    if (place && place->carried)
      return success();
    ingot_slot slot = table.slots[source];
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
  } else if (auto call = dyn_cast<CustomCallOp>(op)) {
    addCall(call, command);
    if (failed(placeResults(op, call.getCallTargetName())))
      return failure();
  } else if (isa<CopyOp>(op)) {
    command.op = INGOT_CMD_COPY;
    command.name = table.string("copy");
    if (failed(placeResults(op, "copy")))
      return failure();
  } else if (auto bind = dyn_cast<BindSizeOp>(op)) {
    command.op = INGOT_CMD_BIND_SIZE;
    command.name = table.string("bind " + moduleSizes(bind)[unsigned(bind.getSize())].getName().str());
    command.pattern = uint64_t(bind.getSize());
  } else if (auto choice = dyn_cast<IfOp>(op)) {
    if (failed(addIf(choice, depth, command)))
      return failure();
  } else if (auto loop = dyn_cast<WhileOp>(op)) {
    if (failed(addWhile(loop, depth, command, operands)))
      return failure();
  } else {
    return op.emitError("internal error: '") << op.getName() << "' is no command";
  }
  if (isa<DispatchOp, CopyOp, CustomCallOp>(op))
    for (Value result : op.getResults())
      operands.push_back(slotOf.at(result));
  command.operands = table.indices(operands);
  command.operand_count = operands.size();
  list.push_back(command);
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
  entry.name = table.string(entryName(function));
  if (function->hasAttr(kSizesAttr)) {
    llvm::SmallVector<uint32_t> ranges;
    for (SizeAttr size : moduleSizes(function))
      ranges.append({table.constant(size.getMin()), table.constant(size.getMax())});
    entry.ranges = table.indices(ranges);
    entry.range_count = ranges.size();
  }
  entry.slots = table.slots.size();
  entry.arena = arena.empty() ? table.constant(0) : arena.back();
  entry.inputs = table.arguments.size();
  entry.input_count = function.getNumArguments();
  for (BlockArgument value : function.getArguments()) {
    auto type = cast<RankedTensorType>(value.getType());
    auto name = function.getArgAttrOfType<StringAttr>(value.getArgNumber(), kNameAttr);
    auto state = function.getArgAttrOfType<IntegerAttr>(value.getArgNumber(), kStateAttr);
    auto defaultWeight = function.getArgAttrOfType<FlatSymbolRefAttr>(value.getArgNumber(), kDefaultAttr);
    llvm::StringRef text = name ? name.getValue() : "";
    slotOf[value] = addSlot(state ? INGOT_SLOT_STATE : INGOT_SLOT_INPUT, value.getArgNumber(), type, text);
    uint32_t index = argument(type, text, slotOf[value]);
    if (defaultWeight) {
      const WeightImage::Item *item = weights.find(defaultWeight.getValue());
      if (!item)
        return function.emitError("internal error: the default of '") << text << "' has no place";
      table.arguments[index].flags = INGOT_ARG_DEFAULT;
      table.arguments[index].initial_weight = item - weights.items().data();
    }
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

  carriedSlots.clear();
  weightSlots.clear();
  auto terminator = cast<func::ReturnOp>(function.getBody().front().getTerminator());
  FailureOr<uint32_t> list = addList(function.getBody().front(), 1);
  if (failed(list))
    return failure();
  entry.list = *list;

  entry.results = table.arguments.size();
  entry.result_count = terminator.getNumOperands();
  for (auto [i, value] : llvm::enumerate(terminator.getOperands())) {
    auto name = function.getResultAttrOfType<StringAttr>(i, kNameAttr);
    if (table.slots[slotOf.at(value)].kind != INGOT_SLOT_RESULT)
      return function.emitError("internal error: result ") << i << " is not in the caller's buffer";
    uint32_t index = argument(cast<RankedTensorType>(value.getType()), name ? name.getValue() : "", slotOf.at(value));
    if (auto state = function.getResultAttrOfType<StringAttr>(i, kStateAttr))
      table.arguments[index].becomes = table.string(state.getValue());
  }
  // States that updates write lie where the results they become do.
  function.walk([&](DispatchOp dispatch) {
    for (int64_t operand : dispatch.getInplace().value_or(ArrayRef<int64_t>()))
      if (auto state = operand >= 0 ? dyn_cast<BlockArgument>(memoryRoot(dispatch.getInputs()[operand])) : BlockArgument();
          state && state.getOwner() == &function.getBody().front())
        table.arguments[entry.inputs + state.getArgNumber()].flags |= INGOT_ARG_DONATED;
  });
  // Pair each state with the result it becomes.
  for (uint32_t i = 0; i < entry.input_count; ++i)
    if (uint32_t alias = table.arguments[entry.inputs + i].alias; alias != INGOT_NONE)
      table.arguments[entry.results + alias].alias = i;
  llvm::SmallVector<uint32_t> requirements;
  if (auto list = module->getAttrOfType<ArrayAttr>(kRequiresAttr))
    for (Attribute requirement : list)
      if (AffineExpr expr = cast<AffineMapAttr>(requirement).getValue().getResult(0);
          concernsEntry(expr, entrySizes(function)))
        requirements.push_back(table.expr(expr));
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
    table.sizes.push_back({table.string(size.getName()),
                           static_cast<uint32_t>(size.getIsData() ? INGOT_SIZE_OF_DATA : INGOT_SIZE_OF_ARGUMENTS),
                           size.getMin(), size.getMax(), 1});
  for (unsigned i = 0; i < table.sizes.size(); ++i)
    table.size(i);
  addWeights();
  addKernels();
  for (func::FuncOp function : entryFunctions(module))
    if (failed(addEntry(function)))
      return failure();
  addSelfTests();
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
