#include "frontends/onnx/Facts.h"

#include "frontends/onnx/ModelFile.h"
#include "frontends/onnx/OpTable.h"
#include "frontends/onnx/TensorData.h"
#include "llvm/ADT/StringSet.h"

#include <set>

namespace ingot::onnx {

namespace {

using Opsets = llvm::StringMap<int64_t>;

std::string domainOf(const std::string &domain) { return domain == "ai.onnx" ? "" : domain; }

Opsets opsetsOf(const google::protobuf::RepeatedPtrField<OperatorSetIdProto> &imports) {
  Opsets opsets;
  for (const OperatorSetIdProto &import : imports)
    opsets[domainOf(import.domain())] = import.version();
  return opsets;
}

class Collector {
public:
  Collector(const ModelProto &model, ModelFacts &facts) : model(model), facts(facts) {}

  void visit(const google::protobuf::RepeatedPtrField<NodeProto> &nodes, const Opsets &opsets, unsigned depth) {
    for (const NodeProto &node : nodes) {
      if (const FunctionProto *callee = findFunction(node)) {
        std::string key = callee->domain() + "::" + callee->name() + "::" + callee->overload();
        if (depth < 64 && seen.insert(key).second)
          visit(callee->node(), opsetsOf(callee->opset_import()), depth + 1);
        continue;
      }
      visitNode(node, opsets);
      for (const AttributeProto &attribute : node.attribute()) {
        if (attribute.has_g() && depth < 64)
          visit(attribute.g().node(), opsets, depth + 1);
        for (const GraphProto &graph : attribute.graphs())
          if (depth < 64)
            visit(graph.node(), opsets, depth + 1);
      }
    }
  }
  void finish() {
    facts.ops.assign(ops.begin(), ops.end());
    facts.missing.assign(missing.begin(), missing.end());
  }

private:
  const FunctionProto *findFunction(const NodeProto &node) {
    for (const FunctionProto &function : model.functions())
      if (function.name() == node.op_type() && domainOf(function.domain()) == domainOf(node.domain()) &&
          function.overload() == node.overload())
        return &function;
    return nullptr;
  }

  void visitNode(const NodeProto &node, const Opsets &opsets) {
    std::string domain = domainOf(node.domain());
    std::string name = (domain.empty() ? "" : domain + ".") + node.op_type();
    ops.insert(name);
    auto version = opsets.find(domain);
    if (!findOp(domain, node.op_type(), version == opsets.end() ? 1 : version->second).row)
      missing.insert(name);
    if (!domain.empty())
      return;
    static const llvm::StringSet<> drawing = {"RandomNormal",      "RandomNormalLike", "RandomUniform",
                                              "RandomUniformLike", "Multinomial",      "Bernoulli"};
    if (drawing.contains(node.op_type()))
      facts.randomNodes.push_back(node.op_type() + " (node '" + node.name() + "')");
    if (node.op_type() == "Dropout" && node.input_size() > 2)
      facts.dropouts.push_back({node.name(), node.input(1), node.input(2), {}, {}});
  }

  const ModelProto &model;
  ModelFacts &facts;
  std::set<std::string> ops, missing;
  llvm::StringSet<> seen;
};

void checkType(const std::string &what, const TypeProto &type, ModelFacts &facts) {
  // The innermost tensor of a sequence or an optional.
  const TypeProto *inner = &type;
  while (inner->has_sequence_type() || inner->has_optional_type())
    inner = inner->has_sequence_type() ? &inner->sequence_type().elem_type() : &inner->optional_type().elem_type();
  if (!facts.oddType.empty())
    return;
  auto elementType = static_cast<TensorProto::DataType>(inner->tensor_type().elem_type());
  mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
  if (inner->has_tensor_type() && TensorProto::DataType_IsValid(elementType) && !elementTypeOf(&context, elementType)) {
    facts.oddType = TensorProto::DataType_Name(elementType);
    facts.oddValue = what + " holds " + facts.oddType;
  } else if (!type.has_tensor_type() && type.value_case() != TypeProto::VALUE_NOT_SET) {
    facts.oddType = type.has_sequence_type()        ? "sequence"
                    : type.has_optional_type()      ? "optional"
                    : type.has_map_type()           ? "map"
                    : type.has_sparse_tensor_type() ? "sparse tensor"
                                                    : "opaque";
    facts.oddValue = what + " is of type " + facts.oddType;
  }
}

} // namespace

static std::optional<double> constantScalar(ModelFile &file, const std::string &name);

static ModelFacts factsOf(ModelFile &file) {
  const ModelProto &model = file.model();
  ModelFacts facts;
  Collector collector(model, facts);
  collector.visit(model.graph().node(), opsetsOf(model.opset_import()), 0);
  collector.finish();
  llvm::StringSet<> given;
  for (const TensorProto &tensor : model.graph().initializer())
    given.insert(tensor.name());
  mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
  facts.keepsDefaults = model.ir_version() >= 4;
  for (const ValueInfoProto &info : model.graph().input()) {
    const TypeProto::Tensor &type = info.type().tensor_type();
    mlir::Type element = elementTypeOf(&context, type.elem_type());
    ModelFacts::Input &input = facts.declared.emplace_back();
    input = {info.name(), given.contains(info.name()), element ? dtypeOf(element) : 0, type.has_shape(), {}};
    for (const TensorShapeProto::Dimension &dim : type.shape().dim()) {
      const bool isKnown = dim.has_dim_value() && dim.dim_value() >= 0;
      input.dims.push_back({isKnown ? dim.dim_value() : -1, isKnown ? "" : dim.dim_param()});
    }
    if (input.hasDefault)
      continue;
    facts.inputs.push_back(info.name());
    checkType("input '" + info.name() + "'", info.type(), facts);
  }
  for (const ValueInfoProto &info : model.graph().output()) {
    facts.outputs.push_back(info.name());
    checkType("output '" + info.name() + "'", info.type(), facts);
  }
  for (ModelFacts::Dropout &dropout : facts.dropouts) {
    dropout.ratioValue = constantScalar(file, dropout.ratio);
    dropout.modeValue = constantScalar(file, dropout.mode);
  }
  return facts;
}

static std::optional<double> scalarOf(ModelFile &file, const TensorProto &tensor) {
  mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
  llvm::Expected<WeightSource> source = loadTensor(&context, tensor, &file);
  if (!source) {
    llvm::consumeError(source.takeError());
    return std::nullopt;
  }
  if (source->type.getNumElements() != 1 || !canBeSymbolic(source->type) || source->kind == WeightSource::Kind::Splat)
    return std::nullopt;
  llvm::Expected<std::vector<char>> bytes = readSource(*source);
  if (!bytes) {
    llvm::consumeError(bytes.takeError());
    return std::nullopt;
  }
  return fromAttribute(attributeOf(source->type, *bytes)).number(0);
}

// The value of an initialiser or Constant of one element, by its name in the main graph.
static std::optional<double> constantScalar(ModelFile &file, const std::string &name) {
  const GraphProto &graph = file.model().graph();
  for (const TensorProto &tensor : graph.initializer())
    if (tensor.name() == name)
      return scalarOf(file, tensor);
  for (const NodeProto &node : graph.node())
    if (node.op_type() == "Constant" && node.output_size() == 1 && node.output(0) == name)
      for (const AttributeProto &attribute : node.attribute())
        if (attribute.name() == "value")
          return scalarOf(file, attribute.t());
  return std::nullopt;
}

} // namespace ingot::onnx

llvm::Expected<ingot::ModelFacts> ingot::onnxFacts(const std::string &path) {
  llvm::Expected<std::unique_ptr<onnx::ModelFile>> file = onnx::ModelFile::open(path);
  if (!file)
    return file.takeError();
  return onnx::factsOf(**file);
}
