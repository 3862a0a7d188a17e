// An entry's inputs and results, states among them, and ops that nothing reads.
#include "frontends/common/ElementBytes.h"
#include "frontends/common/InputSizes.h"
#include "frontends/common/Messages.h"
#include "frontends/common/ProgramBuilder.h"
#include "ir/Defaults.h"
#include "ir/Entries.h"
#include "mlir/IR/Iterators.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;

namespace ingot::frontend {

llvm::Error ProgramBuilder::beginEntry(llvm::StringRef name, std::vector<ProgramInput> inputs, SizeSuggestion suggest) {
  return beginEntries({{name.str(), std::move(inputs)}}, suggest);
}

llvm::Error ProgramBuilder::beginEntries(std::vector<EntryInputs> wanted, SizeSuggestion suggest) {
  // The sizes of all are resolved as those of one list of inputs.
  std::vector<ProgramInput> all, bound;
  for (EntryInputs &entry : wanted)
    llvm::append_range(bound, entry.inputs);
  if (llvm::Error error = bindKnownInputs(bound, options, wanted.front().inputs.size()))
    return error;
  ArrayRef<ProgramInput> left = bound;
  for (EntryInputs &entry : wanted) {
    const size_t count = entry.inputs.size();
    entry.inputs = left.take_front(count).vec();
    left = left.drop_front(count);
    if (!options.openDefaults)
      llvm::erase_if(entry.inputs, [](const ProgramInput &input) { return input.fallback && !input.fed; });
    llvm::append_range(all, entry.inputs);
  }
  llvm::Expected<ResolvedInputs> resolved = resolveInputs(&context, all, options, suggest);
  if (!resolved)
    return resolved.takeError();
  moduleSizes = resolved->sizes;
  evaluator = SymbolicEvaluator(moduleSizes);
  for (auto [input, dims] : llvm::zip_equal(all, resolved->dims)) {
    RankedTensorType type = makeTensorType(dims, input.elementType);
    auto bounds = rangeOfExpr(numElementsExpr(type), moduleSizes);
    if (!bounds || bounds->second > kMaxElements)
      return failure("input '" + input.name + "' (" + describeType(type, moduleSizes) + ") has too many elements");
  }
  Operation *module = program.module->getOperation();
  module->setAttr(kSizesAttr, ArrayAttr::get(&context, llvm::to_vector_of<Attribute>(moduleSizes)));
  module->setAttr(kNumericsAttr, StringAttr::get(&context, options.numerics));
  ArrayRef<SmallVector<AffineExpr>> dims = resolved->dims;
  for (EntryInputs &entry : wanted) {
    const size_t count = entry.inputs.size();
    declareEntry(entry.name, std::move(entry.inputs), dims.take_front(count));
    dims = dims.drop_front(count);
  }
  chooseEntry(0);
  return llvm::Error::success();
}

void ProgramBuilder::declareEntry(llvm::StringRef name, std::vector<ProgramInput> inputs,
                                  ArrayRef<SmallVector<AffineExpr>> dims) {
  SmallVector<Type> types;
  for (auto [input, of] : llvm::zip_equal(inputs, dims))
    types.push_back(makeTensorType(of, input.elementType));
  b.setInsertionPointToEnd(program.module->getBody());
  auto made = func::FuncOp::create(b, uniqueSymbol(name), FunctionType::get(&context, types, {}));
  made->setAttr(kEntryAttr, UnitAttr::get(&context));
  made.addEntryBlock();
  current = entries.size();
  entries.push_back({made, nullptr, std::move(inputs)});
  for (size_t index = 0; index != types.size(); ++index)
    declareArgument(index);
}

void ProgramBuilder::chooseEntry(size_t index) {
  current = index;
  b.setInsertionPointToEnd(&function().getBody().front());
}

void ProgramBuilder::declareArgument(size_t index) {
  const ProgramInput &input = inputs()[index];
  const auto type = cast<RankedTensorType>(argument(index).getType());
  function().setArgAttr(index, kNameAttr, StringAttr::get(&context, input.name));
  if (input.fallback) {
    // The weight holds the default alone: what reads the input reads the argument.
    const ProgramTensor &fallback = *input.fallback;
    WeightSource source;
    if (fallback.source) {
      source = *fallback.source;
    } else {
      source.type = fallback.type;
      source.bytes = bytesOf(toAttribute(*fallback.known));
    }
    std::string symbol = addWeightOp(std::move(source), input.name);
    function().setArgAttr(index, kDefaultAttr, FlatSymbolRefAttr::get(&context, symbol));
    if (notes)
      notes->defaultInputs.push_back(input.name);
    if (fallback.known && !input.fed)
      evaluator.give(argument(index), *fallback.known);
  }
  const InputShape *known = input.known;
  if (options.specialise && known && canBeSymbolic(type) &&
      known->bytes.size() == static_cast<size_t>(type.getNumElements() * elementBytes(type.getElementType())))
    evaluator.give(argument(index), fromAttribute(attributeOf(type, known->bytes)));
}

// What known elements have replaced, and the weights that nothing else reads.
void ProgramBuilder::removeDeadOps() {
  evaluator.forget();
  llvm::StringSet<> read;
  for (ProgramEntry &entry : entries)
    for (unsigned i = 0; i != entry.function.getNumArguments(); ++i)
      if (auto byDefault = entry.function.getArgAttrOfType<FlatSymbolRefAttr>(i, kDefaultAttr))
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

llvm::Error ProgramBuilder::finishEntry(ArrayRef<Value> results, ArrayRef<std::string> names) {
  func::ReturnOp::create(b, results);
  function().setType(FunctionType::get(&context, function().getArgumentTypes(), ValueRange(results).getTypes()));
  for (auto [index, name] : llvm::enumerate(names))
    function().setResultAttr(index, kNameAttr, StringAttr::get(&context, name));
  return ++finished == entries.size() ? finish() : llvm::Error::success();
}

llvm::Error ProgramBuilder::finish() {
  removeDeadOps();
  if (!requirements.empty()) {
    SmallVector<Attribute> maps;
    for (AffineExpr expr : requirements)
      maps.push_back(AffineMapAttr::get(AffineMap::get(0, moduleSizes.size(), expr)));
    (*program.module)->setAttr(kRequiresAttr, ArrayAttr::get(&context, maps));
  }
  std::string why;
  return aliasStates(*program.module, options.aliases, &why) ? llvm::Error::success() : failure(why);
}

} // namespace ingot::frontend
