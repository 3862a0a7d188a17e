// A graph's inputs and initialisers: their types, sizes and, where they are stated, values.
#include "frontends/common/Messages.h"
#include "frontends/onnx/Common.h"
#include "frontends/onnx/FixedInput.h"
#include "frontends/onnx/Graph.h"
#include "ir/Defaults.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;

namespace ingot::onnx {

llvm::Expected<Entry> GraphImporter::loadEntry(const TensorProto &tensor, llvm::StringRef name) {
  llvm::Expected<WeightSource> source = loadTensor(&context, tensor, &file);
  if (!source)
    return source.takeError();
  Entry entry;
  entry.name = name.str();
  entry.type = source->type;
  if (canBeSymbolic(entry.type) &&
      entry.type.getNumElements() * elementBytes(entry.type.getElementType()) <= ConstantOp::kMaxBytes) {
    llvm::Expected<std::vector<char>> bytes = readSource(*source);
    if (!bytes)
      return failure("tensor '" + name + "': " + llvm::toString(bytes.takeError()));
    entry.known = fromAttribute(attributeOf(entry.type, *bytes));
  } else {
    entry.source = std::move(*source);
  }
  return entry;
}

llvm::Error GraphImporter::declareInitializers(Scope &scope) {
  std::vector<std::string> problems;
  for (const TensorProto &tensor : graph.initializer()) {
    if (scope.count(tensor.name())) {
      problems.push_back("initialiser '" + tensor.name() + "' is defined twice");
      continue;
    }
    llvm::Expected<Entry> entry = loadEntry(tensor, tensor.name());
    if (!entry)
      problems.push_back(llvm::toString(entry.takeError()));
    scope[tensor.name()] = std::make_shared<Entry>(entry ? std::move(*entry) : Entry());
  }
  return problems.empty() ? llvm::Error::success() : failure(llvm::join(problems, "\n  "));
}

llvm::Error GraphImporter::declareFixedInputs(Scope &scope) {
  std::vector<std::string> problems;
  for (const auto &[name, text] : options.fixed) {
    auto found =
        llvm::find_if(graph.input(), [&, wanted = name](const ValueInfoProto &info) { return info.name() == wanted; });
    std::string option = "--fix " + name + "=" + text + ": ", why;
    fixedInputs.insert(name);
    if (found == graph.input().end()) {
      auto names = llvm::map_to_vector(graph.input(), [](const ValueInfoProto &in) { return in.name(); });
      problems.push_back(option + "the model has no such input; its inputs: " + llvm::join(names, ", ") +
                         didYouMean(name, names));
      continue;
    }
    if (text == "default") {
      if (!scope.count(name))
        problems.push_back(option + "the model gives no default value for that input");
      continue;
    }
    std::optional<TensorProto> tensor = fixedTensor(*found, text, &why);
    if (!tensor) {
      problems.push_back(option + "input '" + name + "' is " + dataTypeName(found->type().tensor_type().elem_type()) + ": " +
                         why);
      continue;
    }
    llvm::Expected<Entry> entry = loadEntry(*tensor, name);
    if (!entry)
      return entry.takeError();
    scope[name] = std::make_shared<Entry>(std::move(*entry));
  }
  return problems.empty() ? llvm::Error::success() : failure(llvm::join(problems, "\n  "));
}

// How NumPy makes an array of elements of a type that it has.
static std::string adviceForType(Type type) {
  if (!type.isF16() && !type.isF32() && !type.isF64() && !type.isInteger(1) && !type.isInteger(8) && !type.isInteger(16) &&
      !type.isInteger(32) && !type.isInteger(64))
    return "";
  const std::string bits = std::to_string(type.getIntOrFloatBitWidth());
  return "; convert it in Python: array.astype(numpy." +
         (type.isInteger(1) ? "bool_" : (type.isInteger() ? type.isUnsignedInteger() ? "uint" : "int" : "float") + bits) +
         ")";
}

llvm::Error GraphImporter::bindKnownInputs(std::vector<GraphInput> &inputs) {
  // One without a name belongs to the next input that the caller feeds and that no other names; those with a default come
  // last.
  SmallVector<GraphInput *> places;
  for (bool optional : {false, true})
    for (GraphInput &input : inputs)
      if ((input.fallback != nullptr) == optional)
        places.push_back(&input);
  llvm::StringSet<> taken;
  for (const InputShape &known : options.knownInputs)
    taken.insert(known.name);
  for (const auto &alias : options.aliases)
    taken.insert(alias.first);
  llvm::StringMap<GraphInput *> byName;
  for (GraphInput &input : inputs)
    byName[input.info->name()] = &input;
  auto listNames = [&](llvm::StringRef typed) {
    auto names = llvm::map_to_vector(inputs, [](const GraphInput &in) { return in.info->name(); });
    return names.empty() ? "; it takes none" : "; its inputs: " + llvm::join(names, ", ") + didYouMean(typed, names);
  };
  struct Spare {
    std::string names, first;
    bool used = false;
  };
  llvm::MapVector<llvm::StringRef, Spare> files;
  size_t next = 0;
  for (const InputShape &known : options.knownInputs) {
    GraphInput *input = nullptr;
    if (known.name.empty()) {
      while (next < places.size() && taken.contains(places[next]->info->name()))
        ++next;
      if (next < places.size())
        input = places[next++];
    }
    if (!known.name.empty())
      input = byName.lookup(known.name);
    if (!known.file.empty()) {
      Spare &spare = files[known.file];
      spare.used |= input != nullptr;
      if (!input) {
        if (spare.names.empty())
          spare.first = known.name;
        spare.names += (spare.names.empty() ? "'" : ", '") + known.name + "'";
        continue;
      }
    }
    if (!input)
      return failure((known.name.empty() ? std::string("more inputs are given than the model has")
                                         : "the model has no input '" + known.name + "'") +
                     listNames(known.name));
    if (input->known)
      return failure("input '" + input->info->name() + "' was given twice");
    input->fed = true;
    if (!known.sized)
      continue;
    Type elementType = elementTypeOf(&context, input->info->type().tensor_type().elem_type());
    if (known.dtype && known.dtype != dtypeOf(elementType))
      return failure("input '" + input->info->name() + "' was given as " +
                     describeType(makeTensorType(known.dims, ingot::elementTypeOf(&context, known.dtype)), {}) +
                     ", but has the element type " + dataTypeName(input->info->type().tensor_type().elem_type()) +
                     adviceForType(elementType));
    input->known = &known;
  }
  for (const auto &[file, spare] : files)
    if (!spare.used)
      return failure(file + ": holds " + spare.names + ", none of which is an input" + listNames(spare.first));
  return llvm::Error::success();
}

llvm::Error GraphImporter::listArguments(Scope &scope) {
  llvm::StringSet<> names;
  for (const ValueInfoProto &info : graph.input()) {
    if (!names.insert(info.name()).second)
      return failure("input '" + info.name() + "' is defined twice");
    EntryRef initialiser = scope.lookup(info.name());
    bool constant = fixedInputs.contains(info.name()) || builtIn.contains(info.name()) || file.model().ir_version() < 4;
    if (!initialiser) {
      arguments.push_back({&info, nullptr, nullptr, false});
    } else if (!constant && initialiser->type) {
      // A value that is fed has the default's shape.
      ValueInfoProto &shaped = defaultInfos.emplace_back(info);
      auto *shape = shaped.mutable_type()->mutable_tensor_type()->mutable_shape();
      shape->clear_dim();
      for (int64_t dim : initialiser->type.getShape())
        shape->add_dim()->set_dim_value(dim);
      arguments.push_back({&shaped, nullptr, initialiser, false});
    }
  }
  if (llvm::Error error = bindKnownInputs(arguments))
    return error;
  if (!options.openDefaults)
    llvm::erase_if(arguments, [](const GraphInput &input) { return input.fallback && !input.fed; });
  return llvm::Error::success();
}

llvm::Error GraphImporter::declareInputs(Scope &scope) {
  if (llvm::Error error = listArguments(scope))
    return error;
  llvm::Expected<ResolvedInputs> resolved = resolveInputs(&context, arguments, options, suggest);
  if (!resolved)
    return resolved.takeError();
  sizes = resolved->sizes;
  evaluator = SymbolicEvaluator(sizes);

  SmallVector<Type> types;
  for (auto [index, argument] : llvm::enumerate(arguments)) {
    Type elementType = elementTypeOf(&context, argument.info->type().tensor_type().elem_type());
    RankedTensorType type = makeTensorType(resolved->dims[index], elementType);
    auto bounds = rangeOfExpr(numElementsExpr(type), sizes);
    if (!bounds || bounds->second > kMaxElements)
      return failure("input '" + argument.info->name() + "' (" + describeType(type, sizes) + ") has too many elements");
    types.push_back(type);
  }
  function.setType(FunctionType::get(&context, types, {}));
  Block *block = function.addEntryBlock();
  for (auto [index, argument] : llvm::enumerate(arguments)) {
    auto entry = std::make_shared<Entry>();
    entry->name = argument.info->name();
    entry->value = block->getArgument(index);
    entry->type = cast<RankedTensorType>(types[index]);
    function.setArgAttr(index, kNameAttr, StringAttr::get(&context, entry->name));
    const InputShape *known = argument.known;
    if (argument.fallback) {
      // The weight holds the default alone: what reads the input reads the argument.
      builder.setInsertionPoint(function);
      const Entry &initialiser = *argument.fallback;
      WeightSource source;
      if (initialiser.source) {
        source = *initialiser.source;
      } else {
        source.type = initialiser.type;
        source.bytes = bytesOf(toAttribute(*initialiser.known));
      }
      std::string symbol = addWeightOp(std::move(source), entry->name);
      function.setArgAttr(index, kDefaultAttr, FlatSymbolRefAttr::get(&context, symbol));
      if (notes)
        notes->defaultInputs.push_back(entry->name);
      if (initialiser.known && !argument.fed)
        evaluator.give(block->getArgument(index), *initialiser.known);
    }
    if (options.specialise && known && canBeSymbolic(entry->type) &&
        known->bytes.size() ==
            static_cast<size_t>(entry->type.getNumElements() * elementBytes(entry->type.getElementType())))
      evaluator.give(block->getArgument(index), fromAttribute(attributeOf(entry->type, known->bytes)));
    scope[entry->name] = entry;
  }
  builder.setInsertionPointToEnd(block);
  return llvm::Error::success();
}

} // namespace ingot::onnx
