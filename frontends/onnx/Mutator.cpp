#include "frontends/onnx/Mutator.h"

#include "frontends/onnx/Facts.h"

#include <cmath>
#include <cstring>
#include <limits>

namespace ingot::onnx {

namespace {

// Words that attributes of type string take, and some that none takes.
const char *const kWords[] = {"",
                              "NOTSET",
                              "SAME_UPPER",
                              "SAME_LOWER",
                              "VALID",
                              "constant",
                              "reflect",
                              "edge",
                              "wrap",
                              "nearest",
                              "linear",
                              "cubic",
                              "floor",
                              "ceil",
                              "sum",
                              "mean",
                              "none",
                              "add",
                              "mul",
                              "max",
                              "min",
                              "border",
                              "zeros",
                              "reflection",
                              "half_pixel",
                              "asymmetric",
                              "forward",
                              "reverse",
                              "DCR",
                              "CRD",
                              "Relu",
                              "Sigmoid",
                              "Tanh",
                              "LEFT",
                              "RIGHT",
                              "avg",
                              "bilinear",
                              "tanh",
                              "align_corners",
                              "stretch",
                              "ij,jk->ik",
                              "...ij->...ji",
                              "bidirectional",
                              "tf_crop_and_resize",
                              "round_prefer_ceil",
                              "output_half_pixel",
                              "unheard of"};

const char *const kUnary[] = {"Neg", "Abs", "Identity", "Relu", "Transpose", "Flatten", "Softmax", "Shape", "Not", "Floor"};

std::string nameOf(const NodeProto &node) {
  return "'" + (node.name().empty() && node.output_size() ? node.output(0) : node.name()) + "' (" + node.op_type() + ")";
}

size_t bytesOf(int type) {
  switch (type) {
  case TensorProto::INT16:
  case TensorProto::UINT16:
  case TensorProto::FLOAT16:
  case TensorProto::BFLOAT16:
    return 2;
  case TensorProto::FLOAT:
  case TensorProto::INT32:
  case TensorProto::UINT32:
    return 4;
  case TensorProto::DOUBLE:
  case TensorProto::INT64:
  case TensorProto::UINT64:
  case TensorProto::COMPLEX64:
    return 8;
  case TensorProto::COMPLEX128:
    return 16;
  default:
    return 1;
  }
}

void clearData(TensorProto &tensor) {
  tensor.clear_float_data();
  tensor.clear_int32_data();
  tensor.clear_int64_data();
  tensor.clear_double_data();
  tensor.clear_uint64_data();
  tensor.clear_string_data();
  tensor.clear_raw_data();
  tensor.clear_external_data();
  tensor.clear_data_location();
}

} // namespace

std::string Mutator::mutate(ModelProto &model) {
  using Change = std::string (Mutator::*)(ModelProto &);
  static constexpr Change changes[] = {
      &Mutator::changeAttribute,
      &Mutator::changeAttribute,
      &Mutator::changeAttribute,
      &Mutator::changeShape,
      &Mutator::changeShape,
      &Mutator::changeType,
      &Mutator::retypeAll,
      &Mutator::retypeAll,
      &Mutator::rewire,
      &Mutator::rewire,
      &Mutator::changeOperator,
      &Mutator::changeOpset,
      &Mutator::changeInitializer,
      &Mutator::changeInitializer,
      &Mutator::moveInput,
      &Mutator::rename,
      &Mutator::insertNode,
  };
  std::string done;
  unsigned wanted = 1 + draw(3);
  for (unsigned tries = 0; wanted != 0 && tries != 30; ++tries) {
    std::string text = (this->*changes[draw(std::size(changes))])(model);
    if (text.empty())
      continue;
    done += (done.empty() ? "" : "; ") + text;
    --wanted;
  }
  return done;
}

Mutator::Nodes Mutator::nodesOf(GraphProto &graph, unsigned depth) {
  Nodes nodes;
  for (NodeProto &node : *graph.mutable_node()) {
    nodes.push_back(&node);
    for (AttributeProto &attribute : *node.mutable_attribute())
      if (attribute.has_g() && depth < 8) {
        Nodes inner = nodesOf(*attribute.mutable_g(), depth + 1);
        nodes.insert(nodes.end(), inner.begin(), inner.end());
      }
  }
  return nodes;
}

int64_t Mutator::number(int64_t old) {
  const auto wrapped = static_cast<uint64_t>(old);
  const auto more = static_cast<int64_t>(wrapped + 1), less = static_cast<int64_t>(wrapped - 1),
             negated = static_cast<int64_t>(0 - wrapped), doubled = static_cast<int64_t>(2 * wrapped);
  const int64_t values[] = {0,       1,         -1,        2,         3,         -2,      -3,      7,
                            16,      65,        1000,      -1000,     more,      less,    negated, doubled,
                            old / 2, INT32_MAX, INT32_MIN, INT64_MAX, INT64_MIN, 1 << 20, 1 << 30, int64_t(1) << 40};
  // Mostly near to what may be right.
  return values[draw(3) ? draw(17) : draw(std::size(values))];
}

float Mutator::real(float old) {
  const float infinity = std::numeric_limits<float>::infinity();
  const float values[] = {0, -0.0f, 1, -1, 0.5f, 2, 1e-8f, 1e30f, -1e30f, infinity, -infinity, NAN, -old, old * 2, old + 1};
  return values[draw(std::size(values))];
}

int Mutator::elementType() {
  const int usual[] = {TensorProto::FLOAT, TensorProto::DOUBLE, TensorProto::FLOAT16, TensorProto::BFLOAT16,
                       TensorProto::INT8,  TensorProto::UINT8,  TensorProto::INT32,   TensorProto::INT64,
                       TensorProto::BOOL,  TensorProto::UINT64};
  return draw(3) ? usual[draw(std::size(usual))] : static_cast<int>(draw(26));
}

// Random elements of the tensor's type and dims, small integers mostly.
void Mutator::fill(TensorProto &tensor) {
  size_t count = 1;
  for (int64_t dim : tensor.dims())
    count *= static_cast<size_t>(std::max<int64_t>(dim, 0));
  clearData(tensor);
  count = std::min<size_t>(count, 1 << 16);
  size_t width = bytesOf(tensor.data_type());
  std::string bytes(count * width, '\0');
  for (size_t i = 0; i != count; ++i) {
    char *at = bytes.data() + i * width;
    int64_t value = static_cast<int64_t>(draw(9)) - 2;
    if (tensor.data_type() == TensorProto::FLOAT) {
      float number = static_cast<float>(value) / 2;
      memcpy(at, &number, 4);
    } else if (tensor.data_type() == TensorProto::DOUBLE) {
      double number = static_cast<double>(value) / 2;
      memcpy(at, &number, 8);
    } else if (tensor.data_type() == TensorProto::BOOL) {
      *at = static_cast<char>(value & 1);
    } else if (tensor.data_type() == TensorProto::FLOAT16) {
      const uint16_t numbers[] = {0, 0x3c00, 0xbc00, 0x4000, 0x3800, 0x7c00, 0x0001};
      memcpy(at, &numbers[draw(draw(8) ? 5 : std::size(numbers))], 2);
    } else {
      memcpy(at, &value, std::min<size_t>(width, 8));
    }
  }
  tensor.set_raw_data(bytes);
}

void Mutator::changeTensor(TensorProto &tensor) {
  switch (draw(6)) {
  case 0: // dims alone
    if (tensor.dims_size())
      tensor.set_dims(static_cast<int>(draw(tensor.dims_size())), number(tensor.dims(0)));
    break;
  case 1: // a dim more or less
    if (draw(2) && tensor.dims_size())
      tensor.mutable_dims()->RemoveLast();
    else
      tensor.add_dims(static_cast<int64_t>(draw(3)));
    if (draw(2))
      fill(tensor);
    break;
  case 2: // type alone
    tensor.set_data_type(elementType());
    if (draw(2))
      fill(tensor);
    break;
  case 3: // one element
    if (tensor.int64_data_size())
      tensor.set_int64_data(static_cast<int>(draw(tensor.int64_data_size())), number(tensor.int64_data(0)));
    else if (tensor.float_data_size())
      tensor.set_float_data(static_cast<int>(draw(tensor.float_data_size())), real(tensor.float_data(0)));
    else if (tensor.int32_data_size())
      tensor.set_int32_data(static_cast<int>(draw(tensor.int32_data_size())), static_cast<int32_t>(number(1)));
    else if (size_t width = bytesOf(tensor.data_type()); tensor.raw_data().size() >= width) {
      size_t place = draw(tensor.raw_data().size() / width);
      char *at = tensor.mutable_raw_data()->data() + place * width;
      int64_t value = 0;
      memcpy(&value, at, std::min<size_t>(width, 8));
      value = number(value);
      float single = real(1);
      if (tensor.data_type() == TensorProto::FLOAT)
        memcpy(at, &single, 4);
      else
        memcpy(at, &value, std::min<size_t>(width, 8));
    }
    break;
  case 4: // all elements
    fill(tensor);
    break;
  default: // a dim of 0, 1 or some more, with its elements
    if (tensor.dims_size())
      tensor.set_dims(static_cast<int>(draw(tensor.dims_size())), static_cast<int64_t>(draw(5)));
    fill(tensor);
    break;
  }
}

std::string Mutator::changeAttribute(ModelProto &model) {
  Nodes nodes = nodesOf(*model.mutable_graph());
  if (nodes.empty())
    return "";
  NodeProto &node = *pick(nodes);
  if (node.attribute_size() == 0)
    return "";
  int which = static_cast<int>(draw(node.attribute_size()));
  AttributeProto &attribute = *node.mutable_attribute(which);
  std::string name = "attribute '" + attribute.name() + "' of " + nameOf(node);
  if (draw(12) == 0) {
    node.mutable_attribute()->DeleteSubrange(which, 1);
    return name + " dropped";
  }
  if (draw(20) == 0) {
    attribute.set_type(static_cast<AttributeProto::AttributeType>(draw(15)));
    return name + " given another type";
  }
  switch (attribute.type()) {
  case AttributeProto::INT:
    attribute.set_i(number(attribute.i()));
    return name + " = " + std::to_string(attribute.i());
  case AttributeProto::FLOAT:
    attribute.set_f(real(attribute.f()));
    return name + " = " + std::to_string(attribute.f());
  case AttributeProto::STRING:
    attribute.set_s(kWords[draw(std::size(kWords))]);
    return name + " = '" + attribute.s() + "'";
  case AttributeProto::INTS:
    if (attribute.ints_size() == 0 || draw(5) == 0) {
      if (draw(2) && attribute.ints_size())
        attribute.mutable_ints()->RemoveLast();
      else
        attribute.add_ints(number(1));
      return name + " made longer or shorter";
    } else {
      int place = static_cast<int>(draw(attribute.ints_size()));
      attribute.set_ints(place, number(attribute.ints(place)));
      return name + "[" + std::to_string(place) + "] = " + std::to_string(attribute.ints(place));
    }
  case AttributeProto::FLOATS:
    if (attribute.floats_size() == 0)
      attribute.add_floats(1);
    attribute.set_floats(static_cast<int>(draw(attribute.floats_size())), real(attribute.floats(0)));
    return name + " has another number";
  case AttributeProto::STRINGS:
    if (attribute.strings_size() == 0)
      return "";
    attribute.set_strings(static_cast<int>(draw(attribute.strings_size())), kWords[draw(std::size(kWords))]);
    return name + " has another word";
  case AttributeProto::TENSOR:
    changeTensor(*attribute.mutable_t());
    return name + " changed";
  default:
    return "";
  }
}

std::string Mutator::changeShape(ModelProto &model) {
  GraphProto &graph = *model.mutable_graph();
  if (graph.input_size() == 0)
    return "";
  ValueInfoProto &input = *graph.mutable_input(static_cast<int>(draw(graph.input_size())));
  if (!input.type().has_tensor_type())
    return "";
  TensorShapeProto &shape = *input.mutable_type()->mutable_tensor_type()->mutable_shape();
  std::string name = "input '" + input.name() + "'";
  switch (draw(8)) {
  case 0:
    if (shape.dim_size() == 0)
      return "";
    shape.mutable_dim()->RemoveLast();
    return name + " of one dim less";
  case 1:
    shape.add_dim()->set_dim_value(static_cast<int64_t>(draw(4)));
    return name + " of one dim more";
  case 2:
    input.mutable_type()->mutable_tensor_type()->clear_shape();
    return name + " without a shape";
  case 3:
    for (TensorShapeProto::Dimension &dim : *shape.mutable_dim())
      dim.set_dim_param("d" + std::to_string(draw(3)));
    return name + " of symbolic dims";
  default:
    if (shape.dim_size() == 0)
      return "";
    int place = static_cast<int>(draw(shape.dim_size()));
    TensorShapeProto::Dimension &dim = *shape.mutable_dim(place);
    if (draw(4) == 0)
      dim.set_dim_param("d" + std::to_string(draw(3)));
    else if (draw(8) == 0)
      dim.clear_value();
    else
      dim.set_dim_value(draw(3) ? static_cast<int64_t>(draw(8)) : number(dim.dim_value()));
    return name + " with another dim " + std::to_string(place);
  }
}

std::string Mutator::changeType(ModelProto &model) {
  GraphProto &graph = *model.mutable_graph();
  auto &list = draw(4) ? *graph.mutable_input() : *graph.mutable_output();
  if (list.empty())
    return "";
  ValueInfoProto &value = pick(list);
  if (!value.type().has_tensor_type())
    return "";
  int type = elementType();
  value.mutable_type()->mutable_tensor_type()->set_elem_type(type);
  return "'" + value.name() + "' of element type " + std::to_string(type);
}

// Every input, output and initialiser of one element type becomes one of another.
std::string Mutator::retypeAll(ModelProto &model) {
  GraphProto &graph = *model.mutable_graph();
  if (graph.input_size() == 0)
    return "";
  int from = pick(*graph.mutable_input()).type().tensor_type().elem_type(), to = elementType();
  for (auto *list : {graph.mutable_input(), graph.mutable_output()})
    for (ValueInfoProto &value : *list)
      if (value.type().tensor_type().elem_type() == from)
        value.mutable_type()->mutable_tensor_type()->set_elem_type(to);
  for (TensorProto &tensor : *graph.mutable_initializer())
    if (tensor.data_type() == from) {
      tensor.set_data_type(to);
      fill(tensor);
    }
  return "element type " + std::to_string(from) + " made " + std::to_string(to);
}

std::string Mutator::rewire(ModelProto &model) {
  GraphProto &graph = *model.mutable_graph();
  Nodes nodes = nodesOf(graph);
  if (nodes.empty())
    return "";
  NodeProto &node = *pick(nodes);
  std::vector<std::string> values;
  for (const ValueInfoProto &input : graph.input())
    values.push_back(input.name());
  for (const TensorProto &tensor : graph.initializer())
    values.push_back(tensor.name());
  for (const NodeProto *other : nodes)
    values.insert(values.end(), other->output().begin(), other->output().end());
  int inputs = node.input_size(), outputs = node.output_size();
  switch (draw(9)) {
  case 0:
    if (inputs == 0)
      return "";
    node.mutable_input()->DeleteSubrange(static_cast<int>(draw(inputs)), 1);
    return "an operand of " + nameOf(node) + " dropped";
  case 1:
    if (inputs == 0)
      return "";
    node.set_input(static_cast<int>(draw(inputs)), "");
    return "an operand of " + nameOf(node) + " left out";
  case 2:
    node.add_input(values.empty() ? "nothing" : pick(values));
    return "one operand more for " + nameOf(node);
  case 3:
    if (inputs < 2)
      return "";
    node.mutable_input()->SwapElements(0, static_cast<int>(1 + draw(inputs - 1)));
    return "operands of " + nameOf(node) + " exchanged";
  case 4:
    if (outputs < 2)
      return "";
    node.set_output(static_cast<int>(draw(outputs)), "");
    return "an output of " + nameOf(node) + " left out";
  case 5:
    node.add_output("more");
    return "one output more for " + nameOf(node);
  case 6:
    if (graph.output_size() == 0 || values.empty())
      return "";
    graph.mutable_output(static_cast<int>(draw(graph.output_size())))->set_name(pick(values));
    return "another value as output";
  default:
    if (inputs == 0 || values.empty())
      return "";
    std::string &operand = *node.mutable_input(static_cast<int>(draw(inputs)));
    operand = pick(values);
    return nameOf(node) + " reads '" + operand + "'";
  }
}

std::string Mutator::changeOperator(ModelProto &model) {
  Nodes nodes = nodesOf(*model.mutable_graph());
  if (nodes.empty() || operators.empty())
    return "";
  NodeProto &node = *pick(nodes);
  std::string before = nameOf(node);
  node.set_op_type(pick(operators));
  return before + " made " + node.op_type();
}

std::string Mutator::changeOpset(ModelProto &model) {
  if (model.opset_import_size() == 0)
    return "";
  OperatorSetIdProto &opset = *model.mutable_opset_import(static_cast<int>(draw(model.opset_import_size())));
  opset.set_version(draw(10) ? static_cast<int64_t>(1 + draw(25)) : number(opset.version()));
  return "opset " + std::to_string(opset.version());
}

std::string Mutator::changeInitializer(ModelProto &model) {
  GraphProto &graph = *model.mutable_graph();
  if (graph.initializer_size() == 0)
    return "";
  TensorProto &tensor = pick(*graph.mutable_initializer());
  changeTensor(tensor);
  return "initialiser '" + tensor.name() + "' changed";
}

// An input becomes an initialiser of random elements, or the other way round.
std::string Mutator::moveInput(ModelProto &model) {
  GraphProto &graph = *model.mutable_graph();
  if (draw(3) == 0) {
    if (graph.initializer_size() == 0)
      return "";
    int which = static_cast<int>(draw(graph.initializer_size()));
    const TensorProto &tensor = graph.initializer(which);
    ValueInfoProto &input = *graph.add_input();
    input.set_name(tensor.name());
    TypeProto::Tensor &type = *input.mutable_type()->mutable_tensor_type();
    type.set_elem_type(tensor.data_type());
    type.mutable_shape();
    for (int64_t dim : tensor.dims())
      type.mutable_shape()->add_dim()->set_dim_value(dim);
    std::string name = tensor.name();
    graph.mutable_initializer()->DeleteSubrange(which, 1);
    return "initialiser '" + name + "' fed";
  }
  if (graph.input_size() < 2)
    return "";
  int which = static_cast<int>(draw(graph.input_size()));
  const ValueInfoProto &input = graph.input(which);
  const TypeProto::Tensor &type = input.type().tensor_type();
  int64_t count = 1;
  for (const TensorShapeProto::Dimension &dim : type.shape().dim())
    count = std::min<int64_t>(count * std::min<int64_t>(std::max<int64_t>(dim.dim_value(), 0), 1 << 16), 1 << 20);
  if (count > (1 << 16))
    return "";
  TensorProto &tensor = *graph.add_initializer();
  tensor.set_name(input.name());
  tensor.set_data_type(type.elem_type());
  for (const TensorShapeProto::Dimension &dim : type.shape().dim())
    tensor.add_dims(dim.dim_value());
  fill(tensor);
  std::string name = input.name();
  if (draw(4)) // else a default of an input
    graph.mutable_input()->DeleteSubrange(which, 1);
  return "input '" + name + "' made an initialiser";
}

std::string Mutator::rename(ModelProto &model) {
  GraphProto &graph = *model.mutable_graph();
  const std::string names[] = {"", "x", "a/b", "../../x", "n\nn", "\xff\xfe", std::string(300, 'n'), "main", "s0", "\"q\""};
  std::string to = draw(8) ? names[1 + draw(std::size(names) - 1)] : "", from;
  if (draw(3) == 0 && graph.node_size()) {
    NodeProto &node = *graph.mutable_node(static_cast<int>(draw(graph.node_size())));
    node.set_name(to);
    return "a node named '" + to + "'";
  }
  auto &list = draw(2) ? *graph.mutable_input() : *graph.mutable_output();
  if (list.empty())
    return "";
  ValueInfoProto &value = pick(list);
  from = value.name();
  value.set_name(to);
  for (NodeProto &node : *graph.mutable_node())
    for (auto *ends : {node.mutable_input(), node.mutable_output()})
      for (std::string &name : *ends)
        if (name == from)
          name = to;
  return "'" + from + "' renamed";
}

// A unary op between a value and its first reader.
std::string Mutator::insertNode(ModelProto &model) {
  GraphProto &graph = *model.mutable_graph();
  if (graph.node_size() == 0)
    return "";
  NodeProto &reader = *graph.mutable_node(static_cast<int>(draw(graph.node_size())));
  if (reader.input_size() == 0)
    return "";
  std::string &operand = *reader.mutable_input(static_cast<int>(draw(reader.input_size())));
  if (operand.empty())
    return "";
  std::string from = operand, made = "inserted_" + std::to_string(draw(1000));
  operand = made;
  NodeProto &node = *graph.add_node();
  node.set_op_type(kUnary[draw(std::size(kUnary))]);
  node.add_input(from);
  node.add_output(made);
  return node.op_type() + " in front of " + nameOf(reader);
}

} // namespace ingot::onnx

std::string ingot::mutateOnnx(std::string &file, uint64_t seed, llvm::ArrayRef<std::string> operators) {
  onnx::ModelProto model;
  if (!model.ParseFromString(file))
    return "";
  const std::vector<std::string> names(operators.begin(), operators.end());
  std::string change = onnx::Mutator(seed, names).mutate(model);
  file = model.SerializeAsString();
  return change;
}
