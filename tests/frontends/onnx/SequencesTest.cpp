// Sequences and optionals, which import resolves, and the graphs that nodes hold.
#include "tests/frontends/onnx/ModelBuilder.h"

namespace ingot::test {
namespace {

const Data ramp = floats({3, 2}, {1, 2, 3, 4, 5, 6});

TEST(OnnxSequences, SplitInsertEraseAndJoin) {
  // The rows 0, 1, 2; 2 goes first, then the last one goes: 2, 0.
  Model model(13);
  model.input("x", ramp).constant("two", ints({}, {2})).constant("zero", ints({}, {0}));
  model.node("SplitToSequence", {"x"}, {"s"}).with("axis", int64_t(0));
  model.node("SequenceAt", {"s", "two"}, {"last"}).node("SequenceInsert", {"s", "last", "zero"}, {"more"});
  model.node("SequenceErase", {"more"}, {"three"}).node("SequenceErase", {"three"}, {"pair"});
  model.node("Identity", {"pair"}, {"same"}).node("SequenceLength", {"same"}, {"n"});
  model.node("ConcatFromSequence", {"same"}, {"y"}).with("axis", int64_t(1)).output("y").output("n", true);
  std::vector<Data> results = model.run();
  expectNear(results, 0, {1, 4}, {5, 6, 1, 2});
  expectInts(results, 1, {}, {2});
}

TEST(OnnxSequences, PiecesOfGivenSizes) {
  for (bool list : {false, true}) {
    Model model(11);
    model.input("x", ramp).constant("split", list ? ints({2}, {1, 2}) : ints({}, {2})).constant("last", ints({}, {-1}));
    model.node("SplitToSequence", {"x", "split"}, {"s"}).node("SequenceAt", {"s", "last"}, {"y"}).output("y");
    expectNear(model.run(), 0, {list ? 2 : 1, 2}, list ? Floats{3, 4, 5, 6} : Floats{5, 6});
  }
}

TEST(OnnxSequences, StackOfSlicesWithoutTheirDim) {
  Model model(11);
  model.input("x", ramp).node("SplitToSequence", {"x"}, {"s"}).with("axis", int64_t(1)).with("keepdims", int64_t(0));
  model.node("ConcatFromSequence", {"s"}, {"y"}).with("axis", int64_t(0)).with("new_axis", int64_t(1)).output("y");
  expectNear(model.run(), 0, {2, 3}, {1, 3, 5, 2, 4, 6});
}

TEST(OnnxSequences, AnEmptyOneGrows) {
  Model model(12);
  model.input("x", floats({1}, {7})).node("SequenceEmpty", {}, {"none"}).node("SequenceInsert", {"none", "x"}, {"one"});
  model.node("SequenceInsert", {"one", "x"}, {"two"}).node("ConcatFromSequence", {"two"}, {"y"}).with("axis", int64_t(0));
  expectNear(model.output("y").run(), 0, {2}, {7, 7});
}

// The body doubles an element and reads `x`, a tensor of the graph around it.
TEST(OnnxSequences, MapInlinesItsBody) {
  Model model(17);
  model.input("x", ramp).input("k", floats({1, 1}, {10})).node("SplitToSequence", {"x"}, {"s"});
  model.node("SequenceMap", {"s", "k"}, {"t"}).node("ConcatFromSequence", {"t"}, {"y"}).with("axis", int64_t(0)).output("y");
  onnx::AttributeProto *attribute = model.raw().mutable_graph()->mutable_node(1)->add_attribute();
  attribute->set_name("body");
  attribute->set_type(onnx::AttributeProto::GRAPH);
  onnx::GraphProto *body = attribute->mutable_g();
  body->add_input()->set_name("element");
  body->add_input()->set_name("factor");
  body->add_output()->set_name("out");
  onnx::NodeProto *product = body->add_node(), *sum = body->add_node();
  product->set_op_type("Mul");
  product->add_input("element");
  product->add_input("factor");
  product->add_output("scaled");
  sum->set_op_type("Add");
  sum->add_input("scaled");
  sum->add_input("x");
  sum->add_output("out");
  expectNear(model.run(), 0, {9, 2}, {11, 22, 13, 24, 15, 26, 31, 42, 33, 44, 35, 46, 51, 62, 53, 64, 55, 66});
}

// A graph attribute of the last node with one node, which reads a tensor of the graph around it.
void addBranch(Model &model, const std::string &name, const std::string &op, const std::string &operand) {
  onnx::GraphProto &graph = *model.raw().mutable_graph();
  onnx::AttributeProto *attribute = graph.mutable_node(graph.node_size() - 1)->add_attribute();
  attribute->set_name(name);
  attribute->set_type(onnx::AttributeProto::GRAPH);
  onnx::GraphProto *body = attribute->mutable_g();
  body->add_output()->set_name(name + "_out");
  onnx::NodeProto *node = body->add_node();
  node->set_op_type(op);
  node->add_input(operand);
  node->add_output(name + "_out");
}

TEST(OnnxBranches, TheConditionChoosesAtRunTimeOrWhileImporting) {
  for (int64_t condition : {0, 1})
    for (bool known : {false, true}) {
      Model model(13);
      model.input("x", ramp);
      if (known)
        model.constant("i", ints({}, {condition}));
      else
        model.input("i", ints({}, {condition}));
      model.node("Cast", {"i"}, {"c"}).with("to", int64_t(9)).node("If", {"c"}, {"y"});
      addBranch(model, "then_branch", "Neg", "x");
      addBranch(model, "else_branch", known ? "Transpose" : "Identity", "x"); // a branch that never runs may have other dims
      model.output("y");
      if (condition)
        expectNear(model.run(), 0, {3, 2}, {-1, -2, -3, -4, -5, -6});
      else
        expectNear(model.run(), 0, known ? Ints{2, 3} : Ints{3, 2}, known ? Floats{1, 3, 5, 2, 4, 6} : ramp.floats);
    }
}

TEST(OnnxOptionals, HoldATensorOrNothing) {
  Model model(18);
  model.input("x", ramp).node("Optional", {"x"}, {"some"}).node("Optional", {}, {"none"});
  model.node("OptionalHasElement", {"some"}, {"a"}).node("OptionalHasElement", {"none"}, {"b"});
  model.node("OptionalGetElement", {"some"}, {"y"});
  model.node("Cast", {"a"}, {"ai"}).with("to", int64_t(7)).node("Cast", {"b"}, {"bi"}).with("to", int64_t(7));
  model.output("y").output("ai", true).output("bi", true);
  std::vector<Data> results = model.run();
  expectNear(results, 0, {3, 2}, ramp.floats);
  expectInts(results, 1, {}, {1});
  expectInts(results, 2, {}, {0});
}

} // namespace
} // namespace ingot::test
