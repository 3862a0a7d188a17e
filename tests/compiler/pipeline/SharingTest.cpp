// The work of importing and compiling is linear in the program, whatever is shared in it: random graphs in which most values
// have several readers, of all families of ops, and what the walks over them counted (llvm::Statistic). More nodes by
// command: INGOT_SHARING_NODES=10000 bin/SharingTest.
#include "compiler/pipeline/Compile.h"
#include "frontends/onnx/Import.h"
#include "frontends/onnx/onnx.pb.h"
#include "tests/TestPaths.h"
#include "llvm/ADT/Statistic.h"

#include "gtest/gtest.h"

#include <cstdlib>
#include <fstream>
#include <map>
#include <random>
#include <set>
#include <unistd.h>

namespace ingot::test {
namespace {

using Counts = std::map<std::string, double>;

// A graph of values of f32[R,6], R being 8 or the size N.
class Graph {
public:
  Graph(unsigned seed, bool isSymbolic) : isSymbolic(isSymbolic), random(seed) {
    model.set_ir_version(8);
    model.add_opset_import()->set_version(18);
    graph = model.mutable_graph();
    graph->set_name("shared");
    body = graph;
    for (const char *name : {"x", "y"})
      addValue(*graph->add_input(), name), values.push_back(name);
    ints("axis0", {0});
    ints("axis1", {1});
    ints("one", {1});
    ints("minus", {-1});
    ints("far", {-1000});
    ints("rows", {8, 6});
    ints("flat", {1, 1, 8, 6});
    ints("some", {0, 3, 3, 5, 1, 7, 2, 6});
    ints("six", {6});
    ints("twelve", {12});
    ints("four", {4});
    ints("halves", {4, 4});
    ints("pads", {1, 0, 0, 0});
    ints("rounds", {3}, true);
    floats("kernel", {1, 1, 3, 3});
    floats("weight", {6, 6});
    floats("scale", {6});
    floats("twice", {4}, {1, 1, 2, 2});
    floats("step", {}, {0.25f});
    floats("zero", {}, {0});
  }

  void grow(unsigned nodes) {
    while (unsigned(graph->node_size()) < nodes)
      values.push_back(step());
  }

  // Many values that one op joins, side by side, or one behind the other.
  enum class Shape { Concatenation, SplitAndJoined, Sum, Results, Chain, Products };
  void growShape(Shape shape, unsigned parts) {
    std::vector<std::string> made;
    std::string rows;
    if (shape == Shape::SplitAndJoined) {
      addValue(*graph->add_input(), "rows of one", parts);
      rows = add("Split", {"rows of one"}, {{"axis", {0}}, {"num_outputs", {parts}}}, parts);
    }
    std::string last = "x";
    for (unsigned i = 0; i < parts; ++i) {
      std::string number = "number" + std::to_string(i);
      if (shape == Shape::Products) {
        floats(number.c_str(), {6, 6}, std::vector<float>(36, float(i + 1)));
        made.push_back(add("MatMul", {"x", number}));
      } else if (shape == Shape::Chain) {
        last = add("Add", {add("Tanh", {last}), "y"});
      } else if (shape == Shape::SplitAndJoined) {
        made.push_back(add("Exp", {i ? rows + "." + std::to_string(i) : rows}));
      } else {
        floats(number.c_str(), {}, {float(i + 1)});
        made.push_back(add(shape == Shape::Sum ? "Tanh" : "Exp", {add("Mul", {"x", number})}));
      }
    }
    if (shape == Shape::Sum)
      results = {add("Sum", made)};
    else if (shape == Shape::Chain)
      results = {last};
    else if (shape == Shape::Results)
      results = made;
    else
      results = {add("Concat", made, {{"axis", {shape == Shape::Products ? 1 : 0}}})};
  }

  // Returns the path of the model; everything that nothing reads is returned.
  std::string write() {
    if (!results.empty()) {
      for (const std::string &name : results) {
        onnx::ValueInfoProto &result = *graph->add_output();
        result.set_name(name);
        result.mutable_type()->mutable_tensor_type()->set_elem_type(onnx::TensorProto::FLOAT);
      }
      return save();
    }
    std::set<std::string> read;
    for (const onnx::NodeProto &node : graph->node())
      for (const std::string &name : node.input())
        read.insert(name);
    std::string sum;
    for (const std::string &value : values)
      if (!read.count(value))
        sum = sum.empty() ? value : add("Add", {sum, value});
    addValue(*graph->add_output(), sum.c_str());
    return save();
  }

  int size() const { return graph->node_size(); }
  const bool isSymbolic;

private:
  std::string save() const {
    std::string path = binaryDir() + "/shared-" + std::to_string(getpid()) + ".onnx";
    std::ofstream file(path, std::ios::binary);
    model.SerializeToOstream(&file);
    return path;
  }

  unsigned draw(unsigned bound) { return random() % bound; }
  // One of the last values, mostly.
  std::string any() {
    size_t near = std::min<size_t>(values.size(), 6);
    return values[draw(4) ? values.size() - 1 - draw(near) : draw(values.size())];
  }

  void addValue(onnx::ValueInfoProto &value, const char *name, int64_t rows = 8) {
    value.set_name(name);
    onnx::TypeProto::Tensor &type = *value.mutable_type()->mutable_tensor_type();
    type.set_elem_type(onnx::TensorProto::FLOAT);
    if (isSymbolic)
      type.mutable_shape()->add_dim()->set_dim_param("N");
    else
      type.mutable_shape()->add_dim()->set_dim_value(rows);
    type.mutable_shape()->add_dim()->set_dim_value(6);
  }
  void ints(const char *name, const std::vector<int64_t> &elements, bool isScalar = false) {
    onnx::TensorProto &tensor = *graph->add_initializer();
    tensor.set_name(name);
    tensor.set_data_type(onnx::TensorProto::INT64);
    if (!isScalar)
      tensor.add_dims(elements.size());
    for (int64_t element : elements)
      tensor.add_int64_data(element);
  }
  void floats(const char *name, const std::vector<int64_t> &dims, std::vector<float> elements = {}) {
    onnx::TensorProto &tensor = *graph->add_initializer();
    tensor.set_name(name);
    tensor.set_data_type(onnx::TensorProto::FLOAT);
    size_t count = 1;
    for (int64_t dim : dims)
      tensor.add_dims(dim), count *= dim;
    for (size_t i = 0; i < count; ++i)
      tensor.add_float_data(elements.empty() ? float(i % 5) - 2 : elements[i]);
  }

  struct Int {
    const char *name;
    std::vector<int64_t> values;
    bool isList = false;
  };
  std::string add(const std::string &op, const std::vector<std::string> &inputs, const std::vector<Int> &attributes = {},
                  unsigned outputs = 1) {
    onnx::NodeProto &node = *body->add_node();
    last = &node;
    node.set_op_type(op);
    for (const std::string &input : inputs)
      node.add_input(input);
    std::string name = "v" + std::to_string(++made);
    for (unsigned i = 0; i < outputs; ++i)
      node.add_output(i ? name + "." + std::to_string(i) : name);
    for (const Int &given : attributes) {
      onnx::AttributeProto &attribute = *node.add_attribute();
      attribute.set_name(given.name);
      attribute.set_type(given.isList ? onnx::AttributeProto::INTS : onnx::AttributeProto::INT);
      if (!given.isList)
        attribute.set_i(given.values[0]);
      else
        for (int64_t value : given.values)
          attribute.add_ints(value);
    }
    return name;
  }
  void word(const char *name, const char *text) {
    onnx::AttributeProto &attribute = *last->add_attribute();
    attribute.set_name(name);
    attribute.set_type(onnx::AttributeProto::STRING);
    attribute.set_s(text);
  }
  onnx::GraphProto &graphAttribute(const std::string &node, const char *name) {
    for (onnx::NodeProto &one : *graph->mutable_node())
      if (one.output(0) == node) {
        onnx::AttributeProto &attribute = *one.add_attribute();
        attribute.set_name(name);
        attribute.set_type(onnx::AttributeProto::GRAPH);
        attribute.mutable_g()->set_name(name);
        return *attribute.mutable_g();
      }
    std::abort();
  }

  // Some nodes that make a value of others.
  std::string step() {
    std::string a = any(), b = any();
    switch (draw(isSymbolic ? 12 : 26)) {
    // Of any number of rows
    case 0:
    case 1: {
      const char *ops[] = {"Add", "Mul", "Sub", "Max", "Min", "Div"};
      return add(ops[draw(6)], {a, b});
    }
    case 2: {
      const char *ops[] = {"Tanh", "Exp", "Neg", "Abs", "Sigmoid", "Sqrt", "Erf"};
      return add(ops[draw(7)], {a});
    }
    case 3:
      return add("Transpose", {add("Add", {add("Transpose", {a}), add("Transpose", {b})})});
    case 4:
      return add("Slice", {add("Concat", {a, b}, {{"axis", {1}}}), "six", "twelve", "axis1"});
    case 5:
      return add("Slice", {a, "minus", "far", draw(2) && !isSymbolic ? "axis0" : "axis1", "minus"});
    case 6:
      return add("Sub", {a, add("ReduceSum", {b, "axis1"})});
    case 7:
      return add("Softmax", {a});
    case 8:
      return add("MatMul", {a, "weight"});
    case 9:
      return add("Where", {add("Greater", {a, b}), b, a});
    case 10:
      return draw(2) ? add("CumSum", {a, "one"}) : add("LayerNormalization", {b, "scale"});
    case 11:
      return add("Mul", {a, add("ReduceMax", {b}, {{"keepdims", {1}}})});
    // Of 8 rows
    case 12:
      return add("Reshape", {add("Transpose", {a}), "rows"});
    case 13:
      return add("Slice", {add("Concat", {a, b}, {{"axis", {0}}}), "four", "twelve", "axis0"});
    case 14:
      return add("Pad", {add("Slice", {a, "axis0", "minus", "axis0"}), "pads"});
    case 15:
      return add("Slice", {add("MatMul", {a, add("Transpose", {b})}), "axis0", "six", "axis1"});
    case 16:
      return add("Gather", {a, "some"}, {{"axis", {0}}});
    case 17:
      return add("Gather", {a, add("ArgMax", {b}, {{"axis", {1}}, {"keepdims", {0}}})}, {{"axis", {0}}});
    case 18: {
      std::string places = add("ArgMax", {b}, {{"axis", {0}}, {"keepdims", {1}}});
      return add("ScatterElements", {a, places, add("Slice", {b, "axis0", "one", "axis0"})}, {{"axis", {0}}});
    }
    case 19:
      return add("TopK", {a, "six"}, {{"axis", {1}}}, 2);
    case 20: {
      std::string image = add("Reshape", {a, "flat"});
      std::string made = draw(2) ? add("Conv", {image, "kernel"}, {{"pads", {1, 1, 1, 1}, true}})
                                 : add("MaxPool", {image}, {{"kernel_shape", {3, 3}, true}, {"pads", {1, 1, 1, 1}, true}});
      return add("Reshape", {made, "rows"});
    }
    case 21: {
      std::string image = add("Resize", {add("Reshape", {a, "flat"}), "", "twice"});
      word("mode", draw(2) ? "linear" : "nearest");
      return add("Add", {a, add("ReduceMax", {image}, {{"keepdims", {0}}})});
    }
    case 22: {
      std::string parts = add("Split", {a, "halves"}, {{"axis", {0}}}, 2);
      return add("Concat", {parts + ".1", parts}, {{"axis", {0}}});
    }
    case 23:
      return add("DequantizeLinear", {add("QuantizeLinear", {a, "step"}), "step"});
    case 24: {
      std::string condition = add("Greater", {add("ReduceMax", {a}, {{"keepdims", {0}}}), "zero"});
      std::string choice = add("If", {condition});
      std::string names[2];
      int branch = 0;
      for (const char *name : {"then_branch", "else_branch"}) {
        onnx::GraphProto &inner = graphAttribute(choice, name);
        body = &inner;
        std::string result = branch++ ? add("Neg", {b}) : add("Add", {add("Transpose", {add("Transpose", {a})}), b});
        body = graph;
        addValue(*inner.add_output(), result.c_str());
      }
      return choice;
    }
    default: {
      std::string loop = add("Loop", {"rounds", "", a});
      onnx::GraphProto &inner = graphAttribute(loop, "body");
      std::string prefix = loop + ".";
      for (const char *name : {"i", "go", "carried"})
        inner.add_input()->set_name(prefix + name);
      body = &inner;
      std::string go = add("Identity", {prefix + "go"}), next = add("Add", {add("Tanh", {prefix + "carried"}), b});
      body = graph;
      inner.add_output()->set_name(go);
      addValue(*inner.add_output(), next.c_str());
      return loop;
    }
    }
  }

  std::mt19937 random;
  onnx::ModelProto model;
  onnx::GraphProto *graph = nullptr, *body = nullptr;
  onnx::NodeProto *last = nullptr;
  std::vector<std::string> values, results;
  unsigned made = 0;
};

// What importing and compiling up to `phase` counted, by node of the model.
Counts compileGraph(Graph &graph, Phase phase) {
  std::string path = graph.write();
  std::unique_ptr<mlir::MLIRContext> context = makeCompilerContext();
  ImportOptions import;
  if (graph.isSymbolic)
    import.dims = {{"N", "1..8"}};
  llvm::EnableStatistics(false);
  llvm::ResetStatistics();
  std::string problem;
  mlir::FailureOr<Program> program =
      importOnnx(*context, path, import, [&](llvm::StringRef text) { problem += text.str().substr(0, 2000); });
  unlink(path.c_str());
  EXPECT_TRUE(mlir::succeeded(program)) << problem;
  if (mlir::failed(program))
    return {};
  CompileOptions options;
  options.target.cpu = "x86-64-v3";
  options.optLevel = 0;
  options.stopAfter = phase;
  options.modelName = "shared";
  mlir::FailureOr<std::unique_ptr<CompiledModel>> compiled = compile(std::move(*program), options);
  EXPECT_TRUE(mlir::succeeded(compiled));
  Counts counts;
  for (auto [name, value] : llvm::GetStatistics())
    counts[name.str()] += double(value) / graph.size();
  return counts;
}

// No count for a node grows with the graph: none depends on how many paths there are, or on how far readers are apart. What
// fuse looks at around a group is bounded by constants, which a small graph does not reach.
void expectLinear(const Counts &small, const Counts &large) {
  const Counts most = {{"NumCounted", 3000}, {"NumGroupsTried", 100}, {"NumReaders", 1500}, {"NumSteps", 800}};
  EXPECT_GE(large.size(), 4u) << "the walks that count are gone";
  for (const auto &[name, perNode] : large) {
    auto found = small.find(name), bound = most.find(name);
    double before = found == small.end() ? 0 : found->second;
    EXPECT_LE(perNode, bound == most.end() ? 1.5 * before + 8 : bound->second)
        << name << " for each node of the large graph, against " << before << " of the small one";
  }
}

unsigned nodesOfLarge() {
  const char *given = std::getenv("INGOT_SHARING_NODES");
  unsigned nodes = 2000;
  if (given)
    EXPECT_FALSE(llvm::StringRef(given).getAsInteger(10, nodes)) << given;
  return nodes;
}

class Sharing : public ::testing::TestWithParam<bool> {};

TEST_P(Sharing, ProgramsUpToTheSchedule) {
  Counts counts[2];
  unsigned sizes[] = {nodesOfLarge() / 10, nodesOfLarge()};
  for (int i : {0, 1}) {
    Graph graph(7, GetParam());
    graph.grow(sizes[i]);
    counts[i] = compileGraph(graph, Phase::Schedule);
  }
  expectLinear(counts[0], counts[1]);
}

TEST_P(Sharing, KernelsUpToTheirCode) {
  Counts counts[2];
  unsigned sizes[] = {100, nodesOfLarge() / 10};
  for (int i : {0, 1}) {
    Graph graph(11, GetParam());
    graph.grow(sizes[i]);
    counts[i] = compileGraph(graph, Phase::Bufferize);
  }
  expectLinear(counts[0], counts[1]);
  // Operations that emitters made, of all kernels together.
  EXPECT_LE(counts[1]["NumOpsEmitted"], 2000);
}

class Shapes : public ::testing::TestWithParam<Graph::Shape> {};

// A group that takes in many neighbours, one after the other, is not tried with all that are left each time.
TEST_P(Shapes, AreFusedInFewTries) {
  Counts counts[2];
  for (unsigned i : {0, 1}) {
    Graph graph(3, false);
    graph.growShape(GetParam(), i ? 900 : 90);
    counts[i] = compileGraph(graph, Phase::Schedule);
  }
  expectLinear(counts[0], counts[1]);
  // Products of one value are tried with some that stand beside them.
  EXPECT_LE(counts[1]["NumGroupsTried"], GetParam() == Graph::Shape::Products ? 45 : 14);
}

INSTANTIATE_TEST_SUITE_P(Of, Shapes,
                         ::testing::Values(Graph::Shape::Concatenation, Graph::Shape::SplitAndJoined, Graph::Shape::Sum,
                                           Graph::Shape::Results, Graph::Shape::Chain, Graph::Shape::Products));

INSTANTIATE_TEST_SUITE_P(Sizes, Sharing, ::testing::Values(false, true),
                         [](const auto &info) { return info.param ? "Symbolic" : "Static"; });

} // namespace
} // namespace ingot::test
