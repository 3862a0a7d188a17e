#include "tests/tools/diagnosis/FaultModels.h"

#include "tests/frontends/onnx/ModelBuilder.h"

#include <random>

namespace ingot::test {
namespace {

// A model whose weights are drawn from its own seed.
class Builder : public Model {
public:
  explicit Builder(unsigned seed) : Model(17), random(seed) {}

  Builder &weight(const std::string &name, Ints dims, float low, float high) {
    int64_t count = 1;
    for (int64_t dim : dims)
      count *= dim;
    std::uniform_real_distribution<float> uniform(low, high);
    Floats values(count);
    for (float &value : values)
      value = uniform(random);
    constant(name, floats(std::move(dims), std::move(values)));
    return *this;
  }
  Builder &scalar(const std::string &name, float value) {
    constant(name, floats({}, {value}));
    return *this;
  }
  Builder &open(Ints dims) {
    input("x", {dims, {}, {}, false});
    return *this;
  }

  std::string write(const std::string &path) {
    std::ofstream file(path, std::ios::binary);
    EXPECT_TRUE(raw().SerializeToOstream(&file));
    return path;
  }

private:
  std::mt19937 random;
};

// A dense layer, a layer norm written out, gelu written out, a dense layer.
std::string writeNormed(const std::string &path) {
  Builder model(1);
  model.open({4, 32}).weight("w1", {32, 48}, -1, 1).weight("b1", {48}, -1, 1).weight("gamma", {48}, 0.5f, 2);
  model.weight("beta", {48}, -1, 1).weight("w2", {48, 24}, -1, 1).weight("b2", {24}, -1, 1);
  model.scalar("two", 2).scalar("eps", 1e-5f).scalar("root2", 1.41421356f).scalar("one", 1).scalar("half", 0.5f);
  model.node("MatMul", {"x", "w1"}, {"product"}).node("Add", {"product", "b1"}, {"dense"});
  model.node("ReduceMean", {"dense"}, {"mean"}).with("axes", Ints{-1});
  model.node("Sub", {"dense", "mean"}, {"centred"}).node("Pow", {"centred", "two"}, {"squares"});
  model.node("ReduceMean", {"squares"}, {"variance"}).with("axes", Ints{-1});
  model.node("Add", {"variance", "eps"}, {"moved"}).node("Sqrt", {"moved"}, {"deviation"});
  model.node("Div", {"centred", "deviation"}, {"normal"}).node("Mul", {"normal", "gamma"}, {"scaled"});
  model.node("Add", {"scaled", "beta"}, {"norm"});
  model.node("Div", {"norm", "root2"}, {"narrow"}).node("Erf", {"narrow"}, {"erf"}).node("Add", {"erf", "one"}, {"shift"});
  model.node("Mul", {"norm", "shift"}, {"gate"}).node("Mul", {"gate", "half"}, {"gelu"});
  model.node("MatMul", {"gelu", "w2"}, {"last"}).node("Add", {"last", "b2"}, {"y"}).output("y");
  return model.write(path);
}

std::string writeAttention(const std::string &path) {
  Builder model(2);
  model.open({12, 32}).weight("wq", {32, 32}, -1, 1).weight("wk", {32, 32}, -1, 1).weight("wv", {32, 32}, -1, 1);
  model.weight("mask", {12, 12}, -2, 0).weight("gamma", {32}, 0.5f, 2).weight("beta", {32}, -1, 1).scalar("scale", 0.17677f);
  model.node("MatMul", {"x", "wq"}, {"q"}).node("MatMul", {"x", "wk"}, {"k"}).node("MatMul", {"x", "wv"}, {"v"});
  model.node("Transpose", {"k"}, {"kt"}).with("perm", Ints{1, 0});
  model.node("MatMul", {"q", "kt"}, {"scores"}).node("Mul", {"scores", "scale"}, {"scaled"});
  model.node("Add", {"scaled", "mask"}, {"masked"}).node("Softmax", {"masked"}, {"weights"}).with("axis", int64_t(-1));
  model.node("MatMul", {"weights", "v"}, {"context"}).node("Add", {"context", "x"}, {"sum"});
  model.node("LayerNormalization", {"sum", "gamma", "beta"}, {"y"}).output("y");
  return model.write(path);
}

std::string writeConvolutions(const std::string &path) {
  Builder model(3);
  model.open({1, 4, 12, 12}).weight("k1", {8, 4, 3, 3}, -0.5f, 0.5f).weight("b1", {8}, -1, 1).weight("s", {8}, 0.5f, 2);
  model.weight("t", {8}, -1, 1).weight("m", {8}, -1, 1).weight("v", {8}, 0.5f, 2).weight("k2", {16, 8, 3, 3}, -0.3f, 0.3f);
  model.weight("w", {16, 10}, -1, 1).weight("b", {10}, -1, 1);
  model.node("Conv", {"x", "k1", "b1"}, {"c1"}).with("pads", Ints{1, 1, 1, 1});
  model.node("BatchNormalization", {"c1", "s", "t", "m", "v"}, {"n1"}).node("HardSwish", {"n1"}, {"h1"});
  model.node("MaxPool", {"h1"}, {"p1"}).with("kernel_shape", Ints{2, 2}).with("strides", Ints{2, 2});
  model.node("Conv", {"p1", "k2"}, {"c2"}).node("LeakyRelu", {"c2"}, {"h2"}).with("alpha", 0.1f);
  model.node("GlobalAveragePool", {"h2"}, {"p2"}).node("Flatten", {"p2"}, {"flat"});
  model.node("Gemm", {"flat", "w", "b"}, {"logits"}).node("Softmax", {"logits"}, {"y"}).output("y");
  return model.write(path);
}

// Two gates, a division by a row's sum, a choice.
std::string writeGates(const std::string &path) {
  Builder model(4);
  model.open({6, 40}).weight("wz", {40, 40}, -1, 1).weight("wh", {40, 40}, -1, 1).scalar("one", 1).scalar("limit", 0.25f);
  model.weight("exponent", {40}, 1, 3).scalar("low", 0.05f);
  model.node("MatMul", {"x", "wz"}, {"zs"}).node("Sigmoid", {"zs"}, {"z"});
  model.node("MatMul", {"x", "wh"}, {"hs"}).node("Tanh", {"hs"}, {"h"});
  model.node("Sub", {"one", "z"}, {"rest"}).node("Mul", {"rest", "h"}, {"new"}).node("Mul", {"z", "x"}, {"old"});
  model.node("Add", {"new", "old"}, {"state"}).node("Abs", {"state"}, {"size"}).node("Max", {"size", "low"}, {"clipped"});
  model.node("Pow", {"clipped", "exponent"}, {"power"}).constant("last", ints({1}, {-1}));
  model.node("ReduceSum", {"power", "last"}, {"total"}).node("Div", {"power", "total"}, {"share"});
  model.node("Greater", {"state", "limit"}, {"large"}).node("Where", {"large", "share", "state"}, {"y"}).output("y");
  return model.write(path);
}

} // namespace

std::vector<std::string> writeFaultModels(const std::string &folder) {
  return {writeNormed(folder + "/normed.onnx"), writeAttention(folder + "/attention.onnx"),
          writeConvolutions(folder + "/convolutions.onnx"), writeGates(folder + "/gates.onnx")};
}

} // namespace ingot::test
