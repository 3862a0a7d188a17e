// The end of an import: results, states, requirements, and ops that nothing reads.
#include "frontends/common/Messages.h"
#include "frontends/onnx/Common.h"
#include "frontends/onnx/Graph.h"
#include "ir/Defaults.h"
#include "ir/States.h"
#include "mlir/IR/Iterators.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

using namespace mlir;

namespace ingot::onnx {

llvm::Error GraphImporter::applyAliases() {
  llvm::DenseMap<unsigned, AffineExpr> nextLengths; // by size
  for (const auto &[input, output] : options.aliases) {
    auto find = [](const auto &list, const std::string &name, auto get) {
      for (auto [index, item] : llvm::enumerate(list))
        if (get(item) == name)
          return static_cast<int>(index);
      return -1;
    };
    std::string option = "--alias " + input + "=" + output;
    int in = find(arguments, input, [](const GraphInput &argument) { return argument.info->name(); });
    int out = find(graph.output(), output, [](const ValueInfoProto &info) { return info.name(); });
    if (in < 0 || out < 0)
      return failure(
          option + ": the model has no " + (in < 0 ? "input '" + input : "output '" + output) + "'" +
          (in < 0 ? didYouMean(input, llvm::map_to_vector(
                                          arguments, [](const GraphInput &in) { return in.info->name(); }))
                  : didYouMean(output,
                               llvm::map_to_vector(graph.output(), [](const ValueInfoProto &out) { return out.name(); }))));
    auto from = cast<RankedTensorType>(function.getFunctionType().getResult(out));
    auto to = cast<RankedTensorType>(function.getArgumentTypes()[in]);
    std::string why;
    std::optional<Growth> growth = findGrowth(to, from, sizes, &why);
    if (from != to && !growth)
      return failure(option + ": the input is " + describeType(to, sizes) + ", the output " + describeType(from, sizes) +
                     ": " + why);
    if (growth) {
      AffineExpr &next = nextLengths[growth->size];
      if (next && !sameExpr(next, growth->next))
        return failure(option + ": the state would hold " + describeExpr(growth->next, sizes) +
                       " after a call, another one of '" + sizes[growth->size].getName() + "' " + describeExpr(next, sizes));
      next = growth->next;
    }
    if (function.getArgAttr(in, kStateAttr))
      return failure(option + ": the input is named by another --alias");
    function.setArgAttr(in, kStateAttr, Builder(&context).getI64IntegerAttr(out));
  }
  return llvm::Error::success();
}

// What known elements have replaced, and the weights that nothing else reads.
void GraphImporter::removeDeadOps() {
  evaluator.forget();
  llvm::StringSet<> read;
  for (unsigned i = 0; i != function.getNumArguments(); ++i)
    if (auto byDefault = function.getArgAttrOfType<FlatSymbolRefAttr>(i, kDefaultAttr))
      read.insert(byDefault.getValue());
  for (func::FuncOp each : program.module->getOps<func::FuncOp>())
    each.walk<WalkOrder::PostOrder, ReverseIterator>([&](Operation *op) {
      if (isOpTriviallyDead(op))
        op->erase();
      else if (auto weight = dyn_cast<GetWeightOp>(op))
        read.insert(weight.getWeight());
    });
  for (WeightOp weight : llvm::make_early_inc_range(program.module->getOps<WeightOp>()))
    if (!read.contains(weight.getSymName()))
      weight.erase();
}

llvm::Error GraphImporter::finish(Scope &scope) {
  SmallVector<Value> results;
  llvm::StringSet<> names;
  builder.setLoc(UnknownLoc::get(&context));
  for (const ValueInfoProto &info : graph.output()) {
    if (!names.insert(info.name()).second)
      return failure("output '" + info.name() + "' is listed twice");
    Entry &entry = *scope.lookup(info.name());
    if (!entry.isTensor())
      return failure("output '" + info.name() + "' is a sequence or an optional");
    results.push_back(materialise(entry));
    const TypeProto::Tensor &declared = info.type().tensor_type();
    if (info.type().has_tensor_type() && elementTypeOf(&context, declared.elem_type()) != entry.type.getElementType())
      return failure("output '" + info.name() + "' is declared as " + dataTypeName(declared.elem_type()) +
                     ", but computed as " + describeType(entry.type, sizes));
  }
  func::ReturnOp::create(builder, results);
  removeDeadOps();
  function.setType(FunctionType::get(&context, function.getArgumentTypes(), ValueRange(results).getTypes()));
  for (auto [index, info] : llvm::enumerate(graph.output()))
    function.setResultAttr(index, kNameAttr, StringAttr::get(&context, info.name()));
  if (!requirements.empty()) {
    SmallVector<Attribute> maps;
    for (AffineExpr expr : requirements)
      maps.push_back(AffineMapAttr::get(AffineMap::get(0, sizes.size(), expr)));
    (*program.module)->setAttr(kRequiresAttr, ArrayAttr::get(&context, maps));
  }
  return applyAliases();
}

} // namespace ingot::onnx
