// A graph's inputs and initialisers: their types, sizes and, where they are stated, values.
#include "frontends/common/FixedInput.h"
#include "frontends/common/Messages.h"
#include "frontends/onnx/Graph.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;

namespace ingot::onnx {

llvm::Expected<Entry> GraphImporter::loadEntry(const TensorProto &tensor, llvm::StringRef name) {
  llvm::Expected<WeightSource> source = loadTensor(&context, tensor, &file);
  if (!source)
    return source.takeError();
  llvm::Expected<ProgramTensor> loaded = ProgramBuilder::tensorOf(std::move(*source), name);
  if (!loaded)
    return loaded.takeError();
  return Entry(std::move(*loaded));
}

// What the graph says of an input.
static ProgramInput inputOf(MLIRContext *context, const ValueInfoProto &info) {
  const TypeProto::Tensor &type = info.type().tensor_type();
  ProgramInput input;
  input.name = info.name();
  input.elementType = elementTypeOf(context, type.elem_type());
  if (!type.has_shape())
    return input;
  input.dims.emplace();
  for (const TensorShapeProto::Dimension &dim : type.shape().dim())
    if (dim.has_dim_value() && dim.dim_value() >= 0)
      input.dims->push_back({dim.dim_value(), ""});
    else
      input.dims->push_back({-1, dim.dim_param()});
  return input;
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
    std::string option = fixOption(name, text), why;
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
    const ProgramInput input = inputOf(&context, *found);
    std::optional<WeightSource> elements = fixedElements(input, text, &why);
    if (!elements) {
      problems.push_back(option + "input '" + name + "' is " + describeElementType(input.elementType) + ": " + why);
      continue;
    }
    llvm::Expected<ProgramTensor> entry = ProgramBuilder::tensorOf(std::move(*elements), name);
    if (!entry)
      return entry.takeError();
    scope[name] = std::make_shared<Entry>(std::move(*entry));
  }
  return problems.empty() ? llvm::Error::success() : failure(llvm::join(problems, "\n  "));
}

llvm::Error GraphImporter::declareInputs(Scope &scope) {
  llvm::StringSet<> names;
  std::vector<ProgramInput> inputs;
  for (const ValueInfoProto &info : graph.input()) {
    if (!names.insert(info.name()).second)
      return failure("input '" + info.name() + "' is defined twice");
    EntryRef initialiser = scope.lookup(info.name());
    const bool constant =
        fixedInputs.contains(info.name()) || attempt.builtIn.contains(info.name()) || file.model().ir_version() < 4;
    if (!initialiser) {
      inputs.push_back(inputOf(&context, info));
    } else if (!constant && initialiser->type) {
      // A value that is fed has the default's shape.
      ProgramInput &input = inputs.emplace_back(inputOf(&context, info));
      input.dims.emplace();
      for (int64_t dim : initialiser->type.getShape())
        input.dims->push_back({dim, ""});
      input.fallback = initialiser;
    }
  }
  if (llvm::Error error = p.beginEntry("main", std::move(inputs), attempt.suggest))
    return error;
  attempt.trial.sizes = p.sizes();
  for (auto [index, input] : llvm::enumerate(p.inputs()))
    scope[input.name] = NodeContext::tensor(p.argument(index), input.name);
  return llvm::Error::success();
}

} // namespace ingot::onnx
