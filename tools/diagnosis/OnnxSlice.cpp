#include "tools/diagnosis/OnnxSlice.h"

#include "frontends/Frontends.h"
#include "frontends/onnx/TensorData.h"
#include "ir/Types.h"
#include "runtime/abi/artifact.h"
#include "tools/conformance/Archive.h"
#include "tools/diagnosis/KernelTrace.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/raw_ostream.h"

#include <set>

namespace ingot::diagnosis {

using namespace onnx;
using driver::HostTensor;

namespace {

// A value of so few integers may decide a shape, an axis or a count.
constexpr int64_t kFewElements = 64;

int32_t onnxTypeOf(uint32_t dtype) {
  mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
  for (int32_t number = 1; number < 32; ++number)
    if (mlir::Type type = onnx::elementTypeOf(&context, number); type && dtypeOf(type) == dtype)
      return number;
  return TensorProto::UNDEFINED;
}

bool isInteger(uint32_t dtype) { return dtype >= INGOT_I1 && dtype < INGOT_F8E4M3FN; }
// Stored two or more a byte.
bool isPacked(uint32_t dtype) { return dtype == INGOT_I2 || dtype == INGOT_I4 || dtype == INGOT_U2 || dtype == INGOT_U4; }

// Names a node reads: its operands, and what its subgraphs take from outside.
void addReads(const NodeProto &node, std::set<std::string> &reads) {
  for (const std::string &name : node.input())
    if (!name.empty())
      reads.insert(name);
  auto addGraph = [&](const GraphProto &graph) {
    std::set<std::string> inner, own;
    for (const ValueInfoProto &info : graph.input())
      own.insert(info.name());
    for (const TensorProto &tensor : graph.initializer())
      own.insert(tensor.name());
    for (const NodeProto &each : graph.node()) {
      addReads(each, inner);
      own.insert(each.output().begin(), each.output().end());
    }
    for (const ValueInfoProto &info : graph.output())
      inner.insert(info.name());
    for (const std::string &name : inner)
      if (!own.count(name))
        reads.insert(name);
  };
  for (const AttributeProto &attribute : node.attribute()) {
    if (attribute.has_g())
      addGraph(attribute.g());
    for (const GraphProto &graph : attribute.graphs())
      addGraph(graph);
  }
}

void setType(ValueInfoProto &info, const std::string &name, const HostTensor &tensor) {
  info.set_name(name);
  TypeProto::Tensor &type = *info.mutable_type()->mutable_tensor_type();
  type.set_elem_type(onnxTypeOf(tensor.dtype));
  type.mutable_shape();
  for (int64_t dim : tensor.dims)
    type.mutable_shape()->add_dim()->set_dim_value(dim);
}

} // namespace

size_t Slice::operators() const {
  return llvm::count_if(model.graph().node(), [](const NodeProto &node) { return node.op_type() != "Constant"; });
}

llvm::Error writeModel(const std::string &path, const ModelProto &model) {
  std::string bytes = model.SerializeAsString();
  if (bytes.empty())
    return llvm::createStringError("a part of the model is larger than an ONNX file may be");
  std::error_code code;
  llvm::raw_fd_ostream os(path, code);
  if (!code) {
    os << bytes;
    os.close();
    code = os.error();
    os.clear_error();
  }
  return code ? llvm::createStringError(code, "%s: %s", path.c_str(), code.message().c_str()) : llvm::Error::success();
}

TensorProto tensorProtoOf(const HostTensor &tensor) {
  TensorProto proto;
  proto.set_name(tensor.name);
  proto.set_data_type(onnxTypeOf(tensor.dtype));
  for (int64_t dim : tensor.dims)
    proto.add_dims(dim);
  if (isPacked(tensor.dtype)) {
    unsigned width = tensor.dtype == INGOT_I4 || tensor.dtype == INGOT_U4 ? 4 : 2, each = 8 / width;
    std::string packed((tensor.bytes.size() + each - 1) / each, '\0');
    for (size_t i = 0; i < tensor.bytes.size(); ++i)
      packed[i / each] |= (tensor.bytes[i] & ((1 << width) - 1)) << (i % each * width);
    proto.set_raw_data(packed);
  } else {
    proto.set_raw_data(std::string(tensor.bytes.begin(), tensor.bytes.end()));
  }
  return proto;
}

llvm::Expected<std::unique_ptr<OnnxSlicer>> OnnxSlicer::open(const std::string &path, std::vector<HostTensor> feed) {
  std::unique_ptr<OnnxSlicer> slicer(new OnnxSlicer());
  llvm::Expected<std::unique_ptr<ModelFile>> file = ModelFile::open(path);
  if (!file)
    return file.takeError();
  slicer->path = path;
  slicer->file = std::move(*file);
  for (int i = 0; i < slicer->graph().node_size(); ++i)
    if (slicer->graph().node(i).op_type() != "Constant" || !slicer->graph().node(i).domain().empty())
      slicer->operators.push_back(i);
  for (HostTensor &tensor : feed)
    slicer->values[tensor.name] = std::move(tensor);
  return slicer;
}

std::string OnnxSlicer::nodeName(size_t index) const {
  const NodeProto &node = graph().node(index);
  return !node.name().empty() || node.output_size() == 0 ? node.name() : node.output(0);
}

llvm::Error OnnxSlicer::addTensor(GraphProto &to, const TensorProto &tensor) const {
  mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
  llvm::Expected<WeightSource> source = loadTensor(&context, tensor, file.get());
  if (!source)
    return source.takeError();
  llvm::Expected<std::vector<char>> bytes = readSource(*source);
  if (!bytes)
    return bytes.takeError();
  *to.add_initializer() = tensorProtoOf({tensor.name(),
                                         dtypeOf(source->type.getElementType()),
                                         {source->type.getShape().begin(), source->type.getShape().end()},
                                         std::move(*bytes)});
  return llvm::Error::success();
}

llvm::Error OnnxSlicer::learnValues() {
  // The model with every value an output, written beside nothing of the user's.
  conformance::TemporaryFolder folder;
  std::string why;
  if (!folder.make(&why))
    return llvm::createStringError(why);
  std::vector<size_t> all(graph().node_size());
  for (size_t i = 0; i < all.size(); ++i)
    all[i] = i;
  llvm::Expected<Slice> whole = slice(all);
  if (!whole)
    return whole.takeError();
  GraphProto &extended = *whole->model.mutable_graph();
  extended.clear_output();
  for (const NodeProto &node : graph().node())
    for (const std::string &name : node.output())
      if (!name.empty())
        extended.add_output()->set_name(name);
  std::string copy = folder.path() + "/model.onnx";
  if (llvm::Error error = writeModel(copy, whole->model))
    return error;
  mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
  ImportOptions options;
  for (const HostTensor &input : whole->inputs)
    options.knownInputs.push_back({input.name, input.dims, input.dtype, {}, true});
  mlir::FailureOr<Program> program = importModel(context, copy, options, [&](llvm::StringRef text) { why += text.str(); });
  if (mlir::failed(program))
    return llvm::createStringError(why);
  std::vector<reference::Tensor> arguments;
  for (const HostTensor &input : whole->inputs)
    arguments.push_back(referenceTensorOf(&context, input));
  mlir::func::FuncOp entry = entryOf(*program);
  llvm::Expected<std::vector<reference::Tensor>> results = reference::run(entry, arguments, {&program->weights, nullptr});
  if (!results)
    return results.takeError();
  for (auto [i, tensor] : llvm::enumerate(*results)) {
    auto name = entry.getResultAttrOfType<mlir::StringAttr>(i, kNameAttr);
    HostTensor &value = values[name ? name.str() : ""];
    value = hostTensorOf(tensor);
    value.name = name ? name.str() : "";
  }
  return llvm::Error::success();
}

llvm::Expected<Slice> OnnxSlicer::slice(llvm::ArrayRef<size_t> chosen) const {
  Slice result;
  const ModelProto &from = file->model();
  result.model.set_ir_version(from.ir_version());
  *result.model.mutable_opset_import() = from.opset_import();
  *result.model.mutable_functions() = from.functions();
  GraphProto &to = *result.model.mutable_graph();
  to.set_name("part");

  std::set<size_t> inside(chosen.begin(), chosen.end());
  std::map<std::string, size_t> givers;
  for (int i = 0; i < graph().node_size(); ++i)
    for (const std::string &name : graph().node(i).output())
      givers[name] = i;
  std::set<std::string> reads, given;
  auto gather = [&] {
    reads.clear();
    for (size_t i : inside)
      addReads(graph().node(i), reads);
  };
  gather();
  for (const std::string &name : reads)
    if (auto giver = givers.find(name); giver != givers.end() && graph().node(giver->second).op_type() == "Constant")
      inside.insert(giver->second);
  gather();
  for (size_t i : inside) {
    NodeProto &node = *to.add_node();
    node = graph().node(i);
    given.insert(node.output().begin(), node.output().end());
    // A Constant's tensor may be a range of the file.
    for (AttributeProto &attribute : *node.mutable_attribute())
      if (attribute.has_t() && attribute.t().has_ingot_range_size()) {
        GraphProto holder;
        if (llvm::Error error = addTensor(holder, attribute.t()))
          return std::move(error);
        *attribute.mutable_t() = holder.initializer(0);
      }
  }
  llvm::StringMap<const TensorProto *> initialisers;
  for (const TensorProto &tensor : graph().initializer())
    initialisers[tensor.name()] = &tensor;
  llvm::StringSet<> modelInputs;
  for (const ValueInfoProto &info : graph().input())
    modelInputs.insert(info.name());
  for (const std::string &name : reads) {
    if (given.count(name))
      continue;
    if (auto tensor = initialisers.find(name); tensor != initialisers.end()) {
      if (llvm::Error error = addTensor(to, *tensor->second))
        return std::move(error);
      continue;
    }
    auto value = values.find(name);
    if (value == values.end())
      return llvm::createStringError("the value '%s' is unknown", name.c_str());
    HostTensor tensor = value->second;
    tensor.name = name;
    if (!modelInputs.contains(name) && isInteger(tensor.dtype) && tensor.dims.size() < 2 &&
        static_cast<int64_t>(tensor.elements()) <= kFewElements) {
      *to.add_initializer() = tensorProtoOf(tensor);
      continue;
    }
    setType(*to.add_input(), name, tensor);
    result.inputs.push_back(std::move(tensor));
  }
  // What the rest of the model wants, or nothing here reads.
  std::set<std::string> wanted;
  for (const ValueInfoProto &info : graph().output())
    wanted.insert(info.name());
  for (int i = 0; i < graph().node_size(); ++i)
    if (!inside.count(i))
      addReads(graph().node(i), wanted);
  for (size_t i : inside)
    if (graph().node(i).op_type() != "Constant")
      for (const std::string &name : graph().node(i).output())
        if (!name.empty() && (wanted.count(name) || !reads.count(name)))
          to.add_output()->set_name(name);
  return result;
}

} // namespace ingot::diagnosis
