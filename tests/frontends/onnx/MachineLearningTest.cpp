// Operators of ai.onnx.ml by hand-computed values.
#include "tests/frontends/onnx/ModelBuilder.h"

namespace ingot::test {
namespace {

// A model of one node of the domain, with operand x and outputs y and, for classifiers, z.
Model modelOf(const char *op, const Data &x, int64_t version = 3, int64_t declaredRows = 0) {
  Model model(17);
  onnx::OperatorSetIdProto *import = model.raw().add_opset_import();
  import->set_domain("ai.onnx.ml");
  import->set_version(version);
  Ints dims = x.dims;
  if (declaredRows < 0)
    dims[0] = -1;
  model.input("x", x, dims)
      .node(op, {"x"},
            std::string(op).ends_with("Classifier") ? std::vector<std::string>{"y", "z"} : std::vector<std::string>{"y"});
  model.raw().mutable_graph()->mutable_node(0)->set_domain("ai.onnx.ml");
  return model;
}

const Data rows = floats({2, 2}, {3, -4, 0, 0});

TEST(OnnxMachineLearning, RowsAreScaledAndNormalised) {
  Model scaler = modelOf("Scaler", rows);
  scaler.with("offset", Floats{1, 1}).with("scale", Floats{2, 10}).output("y");
  expectNear(scaler.run(), 0, {2, 2}, {4, -50, -2, -10});
  for (auto [norm, first, second] : {std::tuple("MAX", 1.0f, -4 / 3.0f), {"L1", 3 / 7.0f, -4 / 7.0f}, {"L2", 0.6f, -0.8f}}) {
    Model model = modelOf("Normalizer", rows);
    model.with("norm", norm).output("y");
    expectNear(model.run(), 0, {2, 2}, {first, second, 0, 0});
  }
}

TEST(OnnxMachineLearning, LinearClassifierNamesTheBestLabel) {
  Model model = modelOf("LinearClassifier", rows, 1, -1);
  model.with("coefficients", Floats{1, 0, 0, 1, 0, 0})
      .with("intercepts", Floats{0, 0, 1})
      .with("classlabels_ints", Ints{5, 7, 9});
  std::vector<Data> results = model.output("y", true).output("z").run("1..4");
  expectInts(results, 0, {2}, {5, 9});
  expectNear(results, 1, {2, 3}, {3, -4, 1, 0, 0, 1});
}

// The declared type is a sequence of maps; the tensor comes instead.
TEST(OnnxMachineLearning, ZipMapPassesItsTensorThrough) {
  Model model = modelOf("ZipMap", rows, 1, -1);
  model.with("classlabels_strings", std::vector<std::string>{"no", "yes"});
  onnx::ValueInfoProto *output = model.raw().mutable_graph()->add_output();
  output->set_name("y");
  onnx::TypeProto::Map *map = output->mutable_type()->mutable_sequence_type()->mutable_elem_type()->mutable_map_type();
  map->set_key_type(onnx::TensorProto::STRING);
  map->mutable_value_type()->mutable_tensor_type()->set_elem_type(onnx::TensorProto::FLOAT);
  expectNear(model.run("1..4"), 0, {2, 2}, {3, -4, 0, 0});
}

TEST(OnnxMachineLearning, LabelEncoderTakesTheLastOfEqualKeys) {
  Model model = modelOf("LabelEncoder", ints({4}, {1, 2, 3, 2}), 4);
  model.with("keys_int64s", Ints{1, 2, 2})
      .with("values_floats", Floats{10, 20, 30})
      .with("default_float", -1.0f)
      .output("y");
  expectNear(model.run(), 0, {4}, {10, 30, -1, 30});
}

// x0 <= 1 ? (x1 < 0 ? 1 : 2) : 4, and a tree that is a leaf of 8.
Model &twoTrees(Model &model, const std::string &prefix, const Ints &ids) {
  model.with("nodes_treeids", Ints{0, 0, 0, 0, 0, 1}).with("nodes_nodeids", Ints{0, 1, 2, 3, 4, 0});
  model.with("nodes_featureids", Ints{0, 1, 0, 0, 0, 0}).with("nodes_values", Floats{1, 0, 0, 0, 0, 0});
  model.with("nodes_modes", std::vector<std::string>{"BRANCH_LEQ", "BRANCH_LT", "LEAF", "LEAF", "LEAF", "LEAF"});
  model.with("nodes_truenodeids", Ints{1, 3, 0, 0, 0, 0}).with("nodes_falsenodeids", Ints{2, 4, 0, 0, 0, 0});
  model.with(prefix + "_treeids", Ints{0, 0, 0, 1}).with(prefix + "_nodeids", Ints{3, 4, 2, 0}).with(prefix + "_ids", ids);
  return model.with(prefix + "_weights", Floats{1, 2, 4, 8});
}

TEST(OnnxMachineLearning, TreesAreWalkedForEachRow) {
  const Data x = floats({3, 2}, {0, -1, 1, 5, 2, -1});
  for (auto [aggregate, expected] : {std::pair<const char *, Floats>("SUM", {9, 10, 12}),
                                     {"AVERAGE", {4.5f, 5, 6}},
                                     {"MIN", {1, 2, 4}},
                                     {"MAX", {8, 8, 8}}}) {
    Model model = modelOf("TreeEnsembleRegressor", x, 3, -1);
    twoTrees(model, "target", {0, 0, 0, 0}).with("n_targets", int64_t(1)).with("aggregate_function", aggregate).output("y");
    expectNear(model.run("1..4"), 0, {3, 1}, expected);
  }
  Model model = modelOf("TreeEnsembleClassifier", x);
  twoTrees(model, "class", {0, 1, 2, 1}).with("classlabels_int64s", Ints{3, 4, 5});
  std::vector<Data> results = model.output("y", true).output("z").run();
  expectInts(results, 0, {3}, {4, 4, 4});
  expectNear(results, 1, {3, 3}, {1, 8, 0, 0, 10, 0, 0, 8, 4});
}

} // namespace
} // namespace ingot::test
