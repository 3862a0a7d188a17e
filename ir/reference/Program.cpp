// Running a program: functions, the ops that hold or name a body, and the life of values.
#include "ir/CustomCalls.h"
#include "ir/States.h"
#include "ir/Types.h"
#include "ir/reference/Families.h"

#include "llvm/ADT/ScopeExit.h"

#include <memory>

using namespace mlir;

namespace ingot::reference {
namespace {

using Value = std::shared_ptr<const Tensor>;
using Values = SmallVector<Value>;

// Calls nest no deeper; a function that calls itself is refused, not run into the stack's end.
constexpr unsigned kMaxDepth = 200;

// The values of a block while it runs. Regions that are not isolated see those of the blocks around them.
struct Frame {
  llvm::DenseMap<mlir::Value, Value> live;
  llvm::DenseMap<mlir::Value, unsigned> usesLeft; // of the block's own values, uses in regions within included
  const Frame *outer = nullptr;

  void define(mlir::Value value, Value tensor);
  void release(mlir::Value value);
  Value find(mlir::Value value) const;
};

void Frame::define(mlir::Value value, Value tensor) {
  unsigned uses = unsigned(std::distance(value.use_begin(), value.use_end()));
  if (uses == 0)
    return;
  usesLeft[value] = uses;
  live[value] = std::move(tensor);
}

void Frame::release(mlir::Value value) {
  auto uses = usesLeft.find(value);
  if (uses != usesLeft.end() && --uses->second == 0)
    live.erase(value);
}

Value Frame::find(mlir::Value value) const {
  for (const Frame *frame = this; frame; frame = frame->outer)
    if (auto found = frame->live.find(value); found != frame->live.end())
      return found->second;
  return nullptr;
}

struct Execution {
  SmallVector<int64_t> sizes;
  const Options *options = nullptr;
  SymbolTableCollection symbols;
  unsigned depth = 0;

  llvm::Expected<Values> runBlock(Block &block, Values arguments, bool isObserved, const Frame *outer = nullptr);
  llvm::Expected<Values> runOp(Operation &op, ArrayRef<Value> operands, const Frame *frame, bool isObserved);
  llvm::Expected<Values> runControlFlow(Operation &op, ArrayRef<Value> operands, const Frame *frame, bool isObserved);
  llvm::Expected<Values> runSymbol(Operation &op, SymbolRefAttr symbol, ArrayRef<Value> operands);
  llvm::Expected<Values> runFunction(CustomCallOp op, ArrayRef<Value> operands);
  llvm::Expected<Values> runCustomCall(CustomCallOp op, ArrayRef<Value> operands);
  llvm::Expected<Values> readWeight(GetWeightOp op);
  llvm::Expected<Values> bindSize(BindSizeOp op, const Tensor &count);
};

llvm::Error errorAt(Operation &op, const Twine &message) {
  std::string location;
  llvm::raw_string_ostream(location) << op.getLoc();
  return llvm::createStringError(std::errc::invalid_argument, "'%s' at %s: %s", op.getName().getStringRef().str().c_str(),
                                 location.c_str(), message.str().c_str());
}

// Frees each value after its last use in the block.
llvm::Expected<Values> Execution::runBlock(Block &block, Values arguments, bool isObserved, const Frame *outer) {
  if (arguments.size() != block.getNumArguments())
    return errorAt(*block.getParentOp(),
                   "takes " + Twine(block.getNumArguments()) + " operands, but " + Twine(arguments.size()) + " are given");
  if (depth == kMaxDepth)
    return errorAt(*block.getParentOp(), "calls nest too deep");
  ++depth;
  llvm::scope_exit leave([&] { --depth; });
  Frame frame;
  frame.outer = outer;
  for (auto [argument, tensor] : llvm::zip(block.getArguments(), arguments))
    frame.define(argument, std::move(tensor));
  arguments.clear();
  for (Operation &op : block) {
    Values operands;
    for (mlir::Value operand : op.getOperands()) {
      Value found = frame.find(operand);
      if (!found)
        return errorAt(op, "uses a value from outside its body");
      operands.push_back(std::move(found));
    }
    for (mlir::Value operand : op.getOperands())
      frame.release(operand);
    if (op.hasTrait<OpTrait::IsTerminator>()) {
      if (!isa<ReturnOp, func::ReturnOp>(op))
        return errorAt(op, "cannot be interpreted");
      return operands;
    }
    llvm::Expected<Values> results = runOp(op, operands, &frame, isObserved);
    if (!results)
      return results;
    if (isa<IfOp, CaseOp, WhileOp>(op))
      for (Region &region : op.getRegions())
        region.walk([&](Operation *inner) {
          for (mlir::Value operand : inner->getOperands())
            frame.release(operand);
        });
    if (isObserved && options->observer) {
      auto pointer = [](const Value &value) { return value.get(); };
      options->observer(&op, llvm::map_to_vector(operands, pointer), llvm::map_to_vector(*results, pointer));
    }
    for (auto [value, tensor] : llvm::zip(op.getResults(), *results))
      frame.define(value, std::move(tensor));
  }
  return errorAt(*block.getParentOp(), "has a body without a return");
}

llvm::Expected<Values> Execution::readWeight(GetWeightOp op) {
  auto weight = symbols.lookupNearestSymbolFrom<WeightOp>(op, op.getWeightAttr());
  if (!weight)
    return errorAt(*op, "names no weight");
  if (!options->weights)
    return errorAt(*op, "needs a weight store");
  auto bytes = evaluateWeight(weight, *options->weights);
  if (!bytes)
    return errorAt(*op, llvm::toString(bytes.takeError()));
  auto tensor = std::make_shared<Tensor>();
  tensor->elementType = weight.getTensorType().getElementType();
  tensor->dims.assign(weight.getTensorType().getShape().begin(), weight.getTensorType().getShape().end());
  tensor->bytes = std::move(*bytes);
  return Values{tensor};
}

llvm::Expected<Values> Execution::runSymbol(Operation &op, SymbolRefAttr symbol, ArrayRef<Value> operands) {
  Operation *callee = symbols.lookupNearestSymbolFrom(&op, symbol);
  if (!callee || callee->getNumRegions() != 1 || !callee->getRegion(0).hasOneBlock() || !isa<func::FuncOp, KernelOp>(callee))
    return errorAt(op, "names no function or kernel with a body of one block");
  return runBlock(callee->getRegion(0).front(), Values(operands), false);
}

// As the ops that the table says it stands for.
llvm::Expected<Values> Execution::runFunction(CustomCallOp op, ArrayRef<Value> operands) {
  if (!options->callFunction)
    return errorAt(*op, "calls the function '" + *boundFunction(op) + "', which is not there");
  std::vector<Tensor> results;
  for (Type result : op.getResultTypes()) {
    auto type = dyn_cast<RankedTensorType>(result);
    SmallVector<int64_t> dims;
    for (AffineExpr dim : type ? dimExprs(type) : SmallVector<AffineExpr>())
      dims.push_back(evaluateExpr(dim, sizes).value_or(-1));
    if (!type || llvm::is_contained(dims, -1))
      return errorAt(*op, "gives what is no tensor whose dims are known");
    results.push_back(Tensor::zeros(type.getElementType(), dims));
  }
  if (llvm::Error error =
          options->callFunction(op, llvm::map_to_vector(operands, [](const Value &value) { return value.get(); }), results))
    return std::move(error);
  Values values;
  for (Tensor &result : results)
    values.push_back(std::make_shared<const Tensor>(std::move(result)));
  return values;
}

llvm::Expected<Values> Execution::runCustomCall(CustomCallOp op, ArrayRef<Value> operands) {
  if (isBoundCall(op))
    return runFunction(op, operands);
  const CustomCallRow *row = findCustomCall(op.getCallTargetName());
  if (!row)
    return errorAt(*op, "'" + op.getCallTargetName() + "' is no custom call that is known");
  OwningOpRef<ModuleOp> scratch = ModuleOp::create(op.getLoc());
  if (auto around = op->getParentOfType<ModuleOp>(); around && around->hasAttr(kSizesAttr))
    (*scratch)->setAttr(kSizesAttr, around->getAttr(kSizesAttr));
  OpBuilder builder = OpBuilder::atBlockBegin(scratch->getBody());
  auto function = func::FuncOp::create(builder, op.getLoc(), "call",
                                       FunctionType::get(op.getContext(), op.getInputs().getTypes(), op.getResultTypes()));
  Block *block = function.addEntryBlock();
  builder.setInsertionPointToStart(block);
  auto call = cast<CustomCallOp>(builder.clone(*op));
  call->setOperands(block->getArguments());
  builder.setInsertionPoint(call);
  SmallVector<mlir::Value> results = row->expand(call, builder);
  call->erase();
  builder.setInsertionPointToEnd(block);
  func::ReturnOp::create(builder, op.getLoc(), results);
  return runBlock(*block, Values(operands), false);
}

llvm::Expected<Values> Execution::bindSize(BindSizeOp op, const Tensor &count) {
  const SizeAttr size = moduleSizes(op)[unsigned(op.getSize())];
  const int64_t value = count.data<int64_t>()[0];
  if (value < size.getMin() || value > size.getMax())
    return errorAt(*op, "size '" + size.getName() + "' is " + Twine(value) + "; accepted: " + Twine(size.getMin()) + " to " +
                            Twine(size.getMax()));
  sizes[unsigned(op.getSize())] = value;
  return Values();
}

llvm::Expected<Values> Execution::runControlFlow(Operation &op, ArrayRef<Value> operands, const Frame *frame,
                                                 bool isObserved) {
  if (isa<IfOp>(op))
    return runBlock(op.getRegion(operands[0]->bytes[0] ? 0 : 1).front(), {}, isObserved, frame);
  if (isa<CaseOp>(op)) {
    int64_t index = operands[0]->data<int32_t>()[0], last = int64_t(op.getNumRegions()) - 1;
    return runBlock(op.getRegion(unsigned(index < 0 || index > last ? last : index)).front(), {}, isObserved, frame);
  }
  auto loop = cast<WhileOp>(op);
  Values carried(operands);
  while (true) {
    llvm::Expected<Values> pred = runBlock(loop.getCond().front(), carried, isObserved, frame);
    if (!pred || !pred->front()->bytes[0])
      return pred ? llvm::Expected<Values>(std::move(carried)) : std::move(pred);
    llvm::Expected<Values> next = runBlock(loop.getBody().front(), std::move(carried), isObserved, frame);
    if (!next)
      return next;
    carried = std::move(*next);
  }
}

llvm::Expected<Values> Execution::runOp(Operation &op, ArrayRef<Value> operands, const Frame *frame, bool isObserved) {
  if (auto weight = dyn_cast<GetWeightOp>(op))
    return readWeight(weight);
  if (isa<CopyOp, OptimizationBarrierOp>(op))
    return Values(operands);
  if (auto call = dyn_cast<CustomCallOp>(op))
    return runCustomCall(call, operands);
  if (auto start = dyn_cast<AsyncStartOp>(op)) {
    llvm::Expected<Values> results = runBlock(start.getBody().front(), Values(operands), false);
    if (!results)
      return results;
    Tensor future{start.getType(), {}, {}, {}};
    for (const Value &result : *results)
      future.parts.push_back(*result);
    return Values{std::make_shared<const Tensor>(std::move(future))};
  }
  if (isa<AsyncDoneOp>(op))
    return Values(
        llvm::map_range(operands[0]->parts, [](const Tensor &part) { return std::make_shared<const Tensor>(part); }));
  if (auto fusion = dyn_cast<FusionOp>(op))
    return runBlock(fusion.getBody().front(), Values(operands), false);
  if (auto dispatch = dyn_cast<DispatchOp>(op))
    return runSymbol(op, dispatch.getKernelAttr(), operands);
  if (auto composite = dyn_cast<CompositeOp>(op))
    return runSymbol(op, composite.getDecompositionAttr(), operands);
  if (auto call = dyn_cast<func::CallOp>(op))
    return runSymbol(op, call.getCalleeAttr(), operands);
  if (auto bind = dyn_cast<BindSizeOp>(op))
    return bindSize(bind, *operands[0]);
  if (isa<IfOp, CaseOp, WhileOp>(op))
    return runControlFlow(op, operands, frame, isObserved);
  SmallVector<const Tensor *> pointers = llvm::map_to_vector(operands, [](const Value &value) { return value.get(); });
  Results results = [&]() -> Results {
    if (op.hasTrait<trait::Pointwise>())
      return evaluateElementwise(&op, pointers);
    if (op.hasTrait<trait::DataMovement>() || isa<ConstantOp, IotaOp, SizeOfOp>(op))
      return evaluateShape(&op, pointers, sizes);
    if (isa<DotGeneralOp, ConvolutionOp>(op))
      return evaluateContraction(&op, pointers, sizes);
    if (isa<ReduceOp, ReduceWindowOp, SelectAndScatterOp>(op))
      return evaluateReduction(&op, pointers, sizes);
    if (isa<GatherOp, ScatterOp, DynamicSliceOp, DynamicUpdateSliceOp>(op))
      return evaluateIndexing(&op, pointers, sizes);
    if (isa<SortOp, TopKOp, ScanOp>(op))
      return evaluateOrdering(&op, pointers, sizes);
    if (isa<CholeskyOp, TriangularSolveOp, LuOp, HouseholderQrOp, HouseholderProductOp, TridiagonalSolveOp, FftOp>(op))
      return evaluateLinearAlgebra(&op, pointers, sizes);
    if (isa<QuantizeOp, DequantizeOp>(op))
      return evaluateQuantization(&op, pointers, sizes);
    if (isa<InterpolateOp>(op))
      return evaluateInterpolation(&op, pointers, sizes);
    if (isa<RngOp, RngBitGeneratorOp>(op))
      return evaluateRandom(&op, pointers, sizes);
    if (isa<BatchNormInferenceOp, BatchNormTrainingOp, BatchNormGradOp>(op))
      return evaluateNormalization(&op, pointers, sizes);
    if (hasDynamicShape(&op))
      return evaluateDynamicShape(&op, pointers, sizes);
    if (isDistributed(&op))
      return evaluateDistribution(&op, pointers, sizes, options->process);
    if (isa<MapOp>(op))
      return evaluateMap(&op, pointers, sizes);
    if (isa<BitcastConvertOp>(op))
      return evaluateBitcast(&op, pointers, sizes);
    return llvm::createStringError(std::errc::not_supported, "cannot be interpreted");
  }();
  if (!results)
    return errorAt(op, llvm::toString(results.takeError()));
  Values values;
  for (Tensor &result : *results)
    values.push_back(std::make_shared<const Tensor>(std::move(result)));
  return values;
}

// Callers keep their tensors alive for the whole run.
Value borrowed(const Tensor &tensor) { return Value(std::shared_ptr<void>(), &tensor); }

llvm::Expected<std::vector<Tensor>> copied(llvm::Expected<Values> values) {
  if (!values)
    return values.takeError();
  std::vector<Tensor> tensors;
  for (const Value &value : *values)
    tensors.push_back(*value);
  return tensors;
}

// What a state becomes must fit into it.
llvm::Error checkLengths(func::FuncOp function, ArrayRef<int64_t> sizes) {
  for (unsigned i = 0; i != function.getNumArguments(); ++i) {
    std::optional<Growth> growth = growthOf(function, i);
    if (!growth)
      continue;
    SizeAttr size = moduleSizes(function)[growth->size];
    std::optional<int64_t> next = evaluateExpr(growth->next, sizes);
    auto name = function.getArgAttrOfType<StringAttr>(i, kNameAttr);
    if (!next || *next < 0 || *next > size.getMax())
      return llvm::createStringError(std::errc::invalid_argument,
                                     "state '%s' holds %lld of at most %lld along '%s' and would hold %lld after this call",
                                     name ? name.getValue().str().c_str() : "", static_cast<long long>(sizes[growth->size]),
                                     static_cast<long long>(size.getMax()), size.getName().str().c_str(),
                                     static_cast<long long>(next.value_or(-1)));
  }
  return llvm::Error::success();
}

} // namespace

Tensor withLength(const Tensor &tensor, unsigned axis, int64_t length) {
  SmallVector<int64_t> dims = tensor.dims;
  dims[axis] = length;
  Tensor result = Tensor::zeros(tensor.elementType, dims);
  int64_t inner = elementBytes(tensor.elementType), outer = 1;
  for (auto [dim, extent] : llvm::enumerate(dims))
    (dim < axis ? outer : inner) *= dim == axis ? 1 : extent;
  const int64_t from = tensor.dims[axis] * inner, to = length * inner;
  for (int64_t i = 0; i != outer; ++i)
    std::copy_n(tensor.bytes.begin() + i * from, std::min(from, to), result.bytes.begin() + i * to);
  return result;
}

llvm::Expected<std::vector<Tensor>> run(func::FuncOp function, ArrayRef<Tensor> arguments, const Options &options) {
  auto sizes = bindSizes(function, arguments);
  if (!sizes)
    return sizes.takeError();
  if (llvm::Error error = checkLengths(function, *sizes))
    return std::move(error);
  if (!function.getBody().hasOneBlock())
    return llvm::createStringError(std::errc::invalid_argument, "'%s' has no body of one block",
                                   function.getName().str().c_str());
  Execution execution{*sizes, &options, {}, 0};
  Values values = llvm::map_to_vector<4>(arguments, borrowed);
  // Growing states come and go at their length; within, they have room for the most they may hold.
  for (unsigned i = 0; i != function.getNumArguments(); ++i)
    if (std::optional<Growth> growth = growthOf(function, i); growth && growth->inPlace)
      values[i] = std::make_shared<const Tensor>(withLength(
          arguments[i], growth->axis, cast<RankedTensorType>(function.getArgumentTypes()[i]).getDimSize(growth->axis)));
  auto results = copied(execution.runBlock(function.getBody().front(), std::move(values), true));
  for (unsigned i = 0; results && i != function.getNumArguments(); ++i)
    if (std::optional<Growth> growth = growthOf(function, i); growth && growth->inPlace) {
      Tensor &result = (*results)[function.getArgAttrOfType<IntegerAttr>(i, kStateAttr).getInt()];
      result = withLength(result, growth->axis, evaluateExpr(growth->next, *sizes).value_or(0));
    }
  return results;
}

llvm::Expected<std::vector<Tensor>> evaluate(Operation *op, ArrayRef<Tensor> operands, ArrayRef<int64_t> sizes,
                                             const Options &options) {
  Execution execution{SmallVector<int64_t>(sizes), &options, {}, 0};
  return copied(execution.runOp(*op, llvm::map_to_vector(operands, borrowed), nullptr, false));
}

Results evaluateBody(Block &block, ArrayRef<Tensor> arguments) {
  Options options;
  Execution execution{{}, &options, {}, 0};
  return copied(execution.runBlock(block, Values(llvm::map_range(arguments, borrowed)), false));
}

} // namespace ingot::reference
