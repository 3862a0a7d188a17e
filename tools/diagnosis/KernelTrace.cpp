#include "tools/diagnosis/KernelTrace.h"

#include "ir/Types.h"
#include "mlir/IR/IRMapping.h"
#include "tools/execution/BoundFunctions.h"
#include "llvm/ADT/StringSet.h"

namespace ingot::diagnosis {

using namespace mlir;

driver::HostTensor hostTensorOf(const reference::Tensor &tensor) {
  return {"", dtypeOf(tensor.elementType), {tensor.dims.begin(), tensor.dims.end()}, tensor.bytes};
}

reference::Tensor referenceTensorOf(MLIRContext *context, const driver::HostTensor &tensor) {
  return {elementTypeOf(context, tensor.dtype), {tensor.dims.begin(), tensor.dims.end()}, tensor.bytes};
}

func::FuncOp entryOf(const Program &program) {
  // The holder gives no const access to the module it owns.
  ModuleOp module = const_cast<OwningOpRef<ModuleOp> &>(program.module).get();
  for (auto function : module.getOps<func::FuncOp>())
    if (function->hasAttr(kEntryAttr))
      return function;
  return {};
}

Program cloneProgram(const Program &program) {
  Program clone;
  clone.module = cast<ModuleOp>(entryOf(program)->getParentOfType<ModuleOp>()->clone());
  clone.weights = program.weights;
  return clone;
}

// The weight or constant behind an operand, which a program on its own can read itself; null for a computed value.
static Operation *fixedSource(Value operand) {
  Operation *source = operand.getDefiningOp();
  return source && (isa<GetWeightOp>(source) || source->hasTrait<mlir::OpTrait::ConstantLike>()) ? source : nullptr;
}

llvm::Expected<std::vector<reference::Tensor>> traceKernels(const Program &program, ArrayRef<reference::Tensor> arguments,
                                                            std::vector<TracedDispatch> &trace,
                                                            std::map<unsigned, int64_t> &dataSizes) {
  llvm::SmallPtrSet<Operation *, 32> seen;
  auto observer = [&](Operation *op, ArrayRef<const reference::Tensor *> operands,
                      ArrayRef<const reference::Tensor *> results) {
    if (auto bind = dyn_cast<BindSizeOp>(op))
      dataSizes[unsigned(bind.getSize())] = operands[0]->data<int64_t>()[0];
    auto dispatch = dyn_cast<DispatchOp>(op);
    if (!dispatch || !seen.insert(op).second)
      return;
    TracedDispatch &traced = trace.emplace_back();
    traced.op = dispatch;
    for (auto [value, tensor] : llvm::zip(op->getOperands(), operands))
      if (!fixedSource(value))
        traced.operands.push_back(*tensor);
    for (const reference::Tensor *tensor : results)
      traced.results.push_back(*tensor);
  };
  return reference::run(entryOf(program), arguments, {&program.weights, observer, nullptr, driver::callFunction});
}

Program isolateKernels(const Program &program, ArrayRef<TracedDispatch> dispatches) {
  Program isolated;
  func::FuncOp original = entryOf(program);
  auto module = original->getParentOfType<ModuleOp>();
  isolated.module = ModuleOp::create(module.getLoc());
  (*isolated.module)->setAttrs(module->getAttrDictionary());
  SmallVector<SizeAttr> sizes = moduleSizes(original);
  SmallVector<Attribute> ofArguments;
  for (SizeAttr size : sizes)
    ofArguments.push_back(SizeAttr::get(module.getContext(), size.getName(), size.getMin(), size.getMax()));
  if (!sizes.empty())
    (*isolated.module)->setAttr(kSizesAttr, ArrayAttr::get(module.getContext(), ofArguments));
  isolated.weights = program.weights;
  OpBuilder builder = OpBuilder::atBlockEnd(isolated.module->getBody());
  llvm::StringSet<llvm::MallocAllocator> kernels;
  for (const TracedDispatch &traced : dispatches)
    kernels.insert(DispatchOp(traced.op).getKernel());
  for (Operation &op : *module.getBody()) {
    auto symbol = dyn_cast<SymbolOpInterface>(op);
    if (isa<WeightOp>(op) || (isa<KernelOp>(op) && kernels.contains(symbol.getName())))
      builder.clone(op);
  }

  SmallVector<Type> inputs(original.getArgumentTypes()), results;
  for (const TracedDispatch &traced : dispatches) {
    for (Value operand : traced.op->getOperands())
      if (!fixedSource(operand))
        inputs.push_back(operand.getType());
    llvm::append_range(results, traced.op->getResultTypes());
  }
  for (auto [index, size] : llvm::enumerate(sizes))
    if (size.getIsData())
      inputs.push_back(makeTensorType(getAffineSymbolExpr(unsigned(index), module.getContext()), builder.getI1Type()));
  auto function =
      func::FuncOp::create(builder, original.getLoc(), original.getName(), builder.getFunctionType(inputs, results));
  function->setAttr(kEntryAttr, builder.getUnitAttr());
  for (unsigned i = 0; i < inputs.size(); ++i)
    function.setArgAttr(i, kNameAttr, builder.getStringAttr("operand" + Twine(i)));
  for (unsigned i = 0; i < results.size(); ++i)
    function.setResultAttr(i, kNameAttr, builder.getStringAttr("result" + Twine(i)));
  Block *block = function.addEntryBlock();
  builder.setInsertionPointToEnd(block);
  SmallVector<Value> returned;
  unsigned next = original.getNumArguments();
  DenseMap<Operation *, Operation *> sources;
  for (const TracedDispatch &traced : dispatches) {
    IRMapping mapping;
    for (Value operand : traced.op->getOperands()) {
      Operation *source = fixedSource(operand);
      if (source && !sources.count(source))
        sources[source] = builder.clone(*source);
      mapping.map(operand, source ? Value(sources[source]->getResult(0)) : Value(block->getArgument(next)));
      next += !source;
    }
    llvm::append_range(returned, builder.clone(*DispatchOp(traced.op).getOperation(), mapping)->getResults());
  }
  func::ReturnOp::create(builder, original.getLoc(), returned);
  return isolated;
}

} // namespace ingot::diagnosis
