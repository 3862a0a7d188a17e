#include "frontends/onnx/Slice.h"

#include "frontends/onnx/NodeOrder.h"
#include "frontends/onnx/TensorData.h"
#include "ir/Types.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"

#include <map>
#include <set>

namespace ingot::onnx {
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

// The width of an integer; 0 of other types.
unsigned integerWidth(uint32_t dtype) {
  mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
  mlir::Type type = ingot::elementTypeOf(&context, dtype);
  return type && type.isInteger() ? type.getIntOrFloatBitWidth() : 0;
}

bool mayDecide(const StoredTensor &tensor) {
  int64_t count = 1;
  for (int64_t dim : tensor.dims)
    count *= dim;
  return integerWidth(tensor.dtype) != 0 && tensor.dims.size() < 2 && count <= kFewElements;
}

TensorProto protoOf(const StoredTensor &tensor) {
  TensorProto proto;
  proto.set_name(tensor.name);
  proto.set_data_type(onnxTypeOf(tensor.dtype));
  for (int64_t dim : tensor.dims)
    proto.add_dims(dim);
  const unsigned width = integerWidth(tensor.dtype);
  if (width == 2 || width == 4) { // stored two or more a byte
    const unsigned each = 8 / width;
    std::string packed((tensor.bytes.size() + each - 1) / each, '\0');
    for (size_t i = 0; i < tensor.bytes.size(); ++i)
      packed[i / each] |= (tensor.bytes[i] & ((1 << width) - 1)) << (i % each * width);
    proto.set_raw_data(packed);
  } else {
    proto.set_raw_data(std::string(tensor.bytes.begin(), tensor.bytes.end()));
  }
  return proto;
}

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

void setType(ValueInfoProto &info, const std::string &name, const StoredTensor &tensor) {
  info.set_name(name);
  TypeProto::Tensor &type = *info.mutable_type()->mutable_tensor_type();
  type.set_elem_type(onnxTypeOf(tensor.dtype));
  type.mutable_shape();
  for (int64_t dim : tensor.dims)
    type.mutable_shape()->add_dim()->set_dim_value(dim);
}

bool isConstant(const NodeProto &node) { return node.op_type() == "Constant" && node.domain().empty(); }

class Renamer {
public:
  std::string value(const std::string &name) { return of(values, name, "v"); }
  void graph(GraphProto &graph) {
    graph.set_name("graph");
    graph.clear_doc_string();
    graph.clear_value_info();
    graph.clear_metadata_props();
    graph.clear_quantization_annotation();
    for (auto *list : {graph.mutable_input(), graph.mutable_output()})
      for (ValueInfoProto &info : *list)
        info.set_name(value(info.name()));
    for (TensorProto &tensor : *graph.mutable_initializer())
      tensor.set_name(value(tensor.name()));
    for (NodeProto &node : *graph.mutable_node())
      this->node(node);
  }
  void node(NodeProto &node) {
    node.set_name("n" + std::to_string(nodes++));
    node.clear_doc_string();
    for (auto *list : {node.mutable_input(), node.mutable_output()})
      for (std::string &name : *list)
        if (!name.empty())
          name = value(name);
    for (AttributeProto &attribute : *node.mutable_attribute()) {
      attribute.clear_doc_string();
      if (attribute.has_t())
        attribute.mutable_t()->clear_name();
      if (attribute.has_g())
        graph(*attribute.mutable_g());
      for (GraphProto &inner : *attribute.mutable_graphs())
        graph(inner);
    }
  }

private:
  static std::string of(llvm::StringMap<std::string> &names, const std::string &name, const char *prefix) {
    auto [entry, isNew] = names.try_emplace(name, "");
    if (isNew)
      entry->second = prefix + std::to_string(names.size() - 1);
    return entry->second;
  }
  llvm::StringMap<std::string> values;
  size_t nodes = 0;
};

class Part : public ModelPart {
public:
  ModelProto model;

  std::unique_ptr<ModelPart> clone() const override { return std::make_unique<Part>(*this); }

  llvm::Error write(WriteFile write) const override {
    const std::string bytes = model.SerializeAsString();
    if (bytes.empty())
      return llvm::createStringError("a part of the model is larger than an ONNX file may be");
    return write(".onnx", [&](llvm::raw_ostream &os) { os << bytes; });
  }

  std::vector<std::string> operators() const override {
    std::vector<std::string> names;
    for (const NodeProto &node : model.graph().node())
      if (!isConstant(node))
        names.push_back(node.op_type());
    return names;
  }

  void changeWeights(llvm::function_ref<void(StoredTensor &)> change) override {
    mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
    auto replace = [&](TensorProto &proto) {
      llvm::Expected<WeightSource> source = loadTensor(&context, proto, /*file=*/nullptr);
      if (!source)
        return llvm::consumeError(source.takeError());
      if (source->kind != WeightSource::Kind::Owned)
        return;
      StoredTensor tensor{proto.name(),
                          dtypeOf(source->type.getElementType()),
                          {source->type.getShape().begin(), source->type.getShape().end()},
                          source->bytes};
      change(tensor);
      proto = protoOf(tensor);
    };
    GraphProto &graph = *model.mutable_graph();
    for (TensorProto &tensor : *graph.mutable_initializer())
      replace(tensor);
    for (NodeProto &node : *graph.mutable_node())
      for (AttributeProto &attribute : *node.mutable_attribute())
        if (attribute.has_t())
          replace(*attribute.mutable_t());
  }

  void rename() override {
    Renamer renamer;
    renamer.graph(*model.mutable_graph());
    for (StoredTensor &input : inputs)
      input.name = renamer.value(input.name);
    model.clear_doc_string();
    model.clear_producer_name();
    model.clear_metadata_props();
  }

  std::string tensorFile(const StoredTensor &tensor) const override { return protoOf(tensor).SerializeAsString(); }
};

class Slicer : public ModelSlicer {
public:
  explicit Slicer(std::unique_ptr<ModelFile> opened) : file(std::move(opened)) {
    for (int i = 0; i < graph().node_size(); ++i)
      if (!isConstant(graph().node(i)))
        operators.push_back(i);
  }

  llvm::ArrayRef<size_t> nodes() const override { return operators; }
  std::string nodeName(size_t index) const override {
    const NodeProto &node = graph().node(index);
    return !node.name().empty() || node.output_size() == 0 ? node.name() : node.output(0);
  }
  llvm::Expected<std::unique_ptr<ModelPart>> slice(llvm::ArrayRef<size_t> chosen, bool everyValue) const override;
  void learn(StoredTensor value) override { values[value.name] = std::move(value); }
  std::vector<StoredTensor> inputs() const override;

private:
  const GraphProto &graph() const { return file->model().graph(); }
  llvm::Error addTensor(GraphProto &to, const TensorProto &tensor) const;

  std::unique_ptr<ModelFile> file;
  std::vector<size_t> operators;              // Constant nodes follow those that use them
  std::map<std::string, StoredTensor> values; // that are known
};

llvm::Error Slicer::addTensor(GraphProto &to, const TensorProto &tensor) const {
  mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
  llvm::Expected<WeightSource> source = loadTensor(&context, tensor, file.get());
  if (!source)
    return source.takeError();
  llvm::Expected<std::vector<char>> bytes = readSource(*source);
  if (!bytes)
    return bytes.takeError();
  *to.add_initializer() = protoOf({tensor.name(),
                                   dtypeOf(source->type.getElementType()),
                                   {source->type.getShape().begin(), source->type.getShape().end()},
                                   std::move(*bytes)});
  return llvm::Error::success();
}

std::vector<StoredTensor> Slicer::inputs() const {
  mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
  llvm::StringSet<> defaults;
  for (const TensorProto &tensor : graph().initializer())
    defaults.insert(tensor.name());
  std::vector<StoredTensor> inputs;
  for (const ValueInfoProto &info : graph().input()) {
    const TypeProto::Tensor &declared = info.type().tensor_type();
    mlir::Type type = onnx::elementTypeOf(&context, declared.elem_type());
    if (!type || defaults.contains(info.name()))
      continue;
    StoredTensor &input = inputs.emplace_back(StoredTensor{info.name(), dtypeOf(type), {}, {}});
    for (const TensorShapeProto::Dimension &dim : declared.shape().dim())
      input.dims.push_back(dim.has_dim_value() && dim.dim_value() >= 0 ? dim.dim_value() : -1);
  }
  return inputs;
}

llvm::Expected<std::unique_ptr<ModelPart>> Slicer::slice(llvm::ArrayRef<size_t> chosen, bool everyValue) const {
  auto part = std::make_unique<Part>();
  const ModelProto &from = file->model();
  part->model.set_ir_version(from.ir_version());
  *part->model.mutable_opset_import() = from.opset_import();
  *part->model.mutable_functions() = from.functions();
  GraphProto &to = *part->model.mutable_graph();
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
    if (auto giver = givers.find(name); giver != givers.end() && isConstant(graph().node(giver->second)))
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
    StoredTensor tensor = value->second;
    tensor.name = name;
    if (!modelInputs.contains(name) && mayDecide(tensor)) {
      *to.add_initializer() = protoOf(tensor);
      continue;
    }
    setType(*to.add_input(), name, tensor);
    part->inputs.push_back(std::move(tensor));
  }
  if (everyValue) {
    for (const NodeProto &node : to.node())
      for (const std::string &name : node.output())
        if (!name.empty())
          to.add_output()->set_name(name);
    return part;
  }
  // What the rest of the model wants, or nothing here reads.
  std::set<std::string> wanted;
  for (const ValueInfoProto &info : graph().output())
    wanted.insert(info.name());
  for (int i = 0; i < graph().node_size(); ++i)
    if (!inside.count(i))
      addReads(graph().node(i), wanted);
  for (size_t i : inside)
    if (!isConstant(graph().node(i)))
      for (const std::string &name : graph().node(i).output())
        if (!name.empty() && (wanted.count(name) || !reads.count(name)))
          to.add_output()->set_name(name);
  return part;
}

} // namespace
} // namespace ingot::onnx

llvm::Expected<std::unique_ptr<ingot::ModelSlicer>> ingot::openOnnxSlicer(const std::string &path) {
  llvm::Expected<std::unique_ptr<onnx::ModelFile>> file = onnx::ModelFile::open(path);
  if (!file)
    return file.takeError();
  return std::make_unique<onnx::Slicer>(std::move(*file));
}
