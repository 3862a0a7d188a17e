// What is wrong with a graph's operators and types, before anything is imported.
#include "frontends/common/Messages.h"
#include "frontends/onnx/Common.h"
#include "frontends/onnx/Graph.h"
#include "frontends/onnx/OpTable.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;

namespace ingot::onnx {

// Maps from labels to scores come as the tensor of the scores, whatever type is declared.
static bool isZipMapOutput(const GraphProto &graph, StringRef name) {
  return llvm::any_of(graph.node(), [&](const NodeProto &node) {
    return node.op_type() == "ZipMap" && node.domain() == "ai.onnx.ml" && node.output_size() == 1 && node.output(0) == name;
  });
}

llvm::Error GraphImporter::checkElementTypes() {
  std::vector<std::string> unsupported;
  for (const auto *list : {&graph.input(), &graph.output()})
    for (const ValueInfoProto &info : *list) {
      std::string what = (list == &graph.input() ? "input '" : "output '") + info.name() + "'";
      const TypeProto &type = info.type();
      if (list == &graph.output() && isZipMapOutput(graph, info.name()))
        continue;
      if (type.has_tensor_type() ? elementTypeOf(&context, type.tensor_type().elem_type()) != nullptr
                                 : type.value_case() == TypeProto::VALUE_NOT_SET && list == &graph.output())
        continue;
      const char *kind = type.has_sequence_type()        ? "a sequence"
                         : type.has_optional_type()      ? "an optional"
                         : type.has_map_type()           ? "a map"
                         : type.has_sparse_tensor_type() ? "a sparse tensor"
                                                         : "of no type";
      unsupported.push_back(what + " (" + (type.has_tensor_type() ? dataTypeName(type.tensor_type().elem_type()) : kind) +
                            ")");
    }
  for (const TensorProto &tensor : graph.initializer())
    if (!elementTypeOf(&context, tensor.data_type()))
      unsupported.push_back("initialiser '" + tensor.name() + "' (" + dataTypeName(tensor.data_type()) + ")");
  for (const SparseTensorProto &tensor : graph.sparse_initializer())
    unsupported.push_back("initialiser '" + tensor.values().name() + "' (a sparse tensor)");
  if (unsupported.empty())
    return llvm::Error::success();
  return failure(countOf(unsupported.size(), "tensor has an unsupported type: ", "tensors have unsupported types: ") +
                 llvm::join(unsupported, ", "));
}

void GraphImporter::collectUnsupported(ArrayRef<const NodeProto *> nodes, const Opsets &opsets, NodesByText &unsupported,
                                       llvm::StringSet<> &functionsSeen) {
  for (const NodeProto *node : nodes) {
    std::string domain = domainOf(node->domain());
    if (const FunctionProto *callee = findFunction(*node)) {
      if (!functionsSeen.insert(functionKey(domain, node->op_type(), node->overload())).second)
        continue;
      std::vector<const NodeProto *> body;
      for (const NodeProto &inner : callee->node())
        body.push_back(&inner);
      collectUnsupported(body, opsetsOf(*callee), unsupported, functionsSeen);
      continue;
    }
    for (const AttributeProto &attribute : node->attribute()) {
      std::vector<const NodeProto *> body;
      for (const NodeProto &inner : attribute.g().node())
        body.push_back(&inner);
      collectUnsupported(body, opsets, unsupported, functionsSeen);
    }
    auto version = opsets.find(domain);
    OpLookup found = findOp(domain, node->op_type(), version == opsets.end() ? 1 : version->second);
    if (found.row)
      continue;
    std::string text;
    if (!domain.empty())
      text += ", domain '" + domain + "'";
    if (!found.why.empty())
      text += ", " + found.why;
    unsupported[{node->op_type(), text}].push_back(nameOf(*node));
  }
}

llvm::Error GraphImporter::checkOps(ArrayRef<const NodeProto *> nodes) {
  NodesByText found;
  llvm::StringSet<> functionsSeen;
  collectUnsupported(nodes, modelOpsets, found, functionsSeen);
  if (found.empty())
    return llvm::Error::success();
  std::vector<std::string> unsupported;
  for (const auto &[what, names] : found)
    unsupported.push_back("'" + what.first + "' (" +
                          (names.size() == 1 ? "node " : std::to_string(names.size()) + " nodes: ") + listNames(names) +
                          what.second + ")");
  return failure(countOf(unsupported.size(), "unsupported operator: ", "unsupported operators: ") +
                 llvm::join(unsupported, ", "));
}

} // namespace ingot::onnx
