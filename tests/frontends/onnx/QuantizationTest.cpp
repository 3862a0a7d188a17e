// Quantised operators by hand-computed values; integers of 8 bits come from casts.
#include "tests/frontends/onnx/ModelBuilder.h"

namespace ingot::test {
namespace {

constexpr int64_t kFloat = onnx::TensorProto::FLOAT, kInt8 = onnx::TensorProto::INT8, kInt64 = onnx::TensorProto::INT64;

TEST(OnnxQuantization, SaturatesAndRoundsHalvesToEven) {
  Model model(13);
  model.input("x", floats({6}, {-1, 1, 3, 5, 1000, 0})).constant("s", floats({}, {2}));
  model.node("QuantizeLinear", {"x", "s"}, {"q"}).node("Cast", {"q"}, {"y"}).with("to", kInt64).output("y", true);
  expectInts(model.run(), 0, {6}, {0, 0, 2, 2, 255, 0});
}

TEST(OnnxQuantization, ThereAndBackPerAxis) {
  Model model(13);
  model.input("x", floats({2, 2}, {1, 2, 3, 1000}))
      .constant("s", floats({2}, {0.5f, 2}))
      .constant("z", floats({2}, {-3, 1}));
  model.node("Cast", {"z"}, {"zero"}).with("to", kInt8).node("QuantizeLinear", {"x", "s", "zero"}, {"q"});
  model.with("axis", int64_t(-2)).node("DequantizeLinear", {"q", "s", "zero"}, {"y"}).with("axis", int64_t(0)).output("y");
  expectNear(model.run(), 0, {2, 2}, {1, 2, 4, 252});
}

TEST(OnnxQuantization, ThereAndBackPerBlock) {
  Model model(21);
  model.input("x", floats({1, 3}, {1, 2, 3})).constant("s", floats({1, 2}, {1, 4}));
  model.node("QuantizeLinear", {"x", "s"}, {"q"}).with("block_size", int64_t(2));
  model.node("DequantizeLinear", {"q", "s"}, {"y"}).with("block_size", int64_t(2)).output("y");
  expectNear(model.run(), 0, {1, 3}, {1, 2, 4});
}

TEST(OnnxQuantization, RangeOfTheElementsDecides) {
  Model model(11);
  model.input("x", floats({3}, {-1, 0, 4})).node("DynamicQuantizeLinear", {"x"}, {"q", "s", "z"});
  model.node("Cast", {"q"}, {"qi"}).with("to", kInt64).node("Cast", {"z"}, {"zi"}).with("to", kInt64);
  model.output("qi", true).output("s").output("zi", true);
  std::vector<Data> results = model.run();
  expectInts(results, 0, {3}, {0, 51, 255});
  expectNear(results, 1, {}, {5.0f / 255});
  expectInts(results, 2, {}, {51});
  Model zeros(11);
  zeros.input("x", floats({2}, {0, 0})).node("DynamicQuantizeLinear", {"x"}, {"q", "s", "z"}).output("s");
  expectNear(zeros.run(), 0, {}, {1});
}

TEST(OnnxQuantization, ProductsCenterTheirOperands) {
  Model model(13);
  model.input("a", floats({2, 2}, {1, 2, 3, 4})).input("b", floats({2, 2}, {5, 6, 7, 8}));
  model.input("za", floats({2}, {1, 0})).input("zb", floats({}, {5}));
  for (const char *name : {"a", "b", "za", "zb"})
    model.node("Cast", {name}, {std::string(name) + "8"}).with("to", kInt8);
  model.node("MatMulInteger", {"a8", "b8", "za8", "zb8"}, {"p"})
      .node("Cast", {"p"}, {"y"})
      .with("to", kInt64)
      .output("y", true);
  expectInts(model.run(), 0, {2, 2}, {2, 3, 8, 15});
}

TEST(OnnxQuantization, ScaledProducts) {
  Model model(13);
  model.input("x", floats({1, 1, 3}, {1, 2, 3})).constant("w", floats({2, 1, 1}, {2, 3})).constant("one", floats({}, {1}));
  model.constant("half", floats({}, {0.5f})).constant("ws", floats({2}, {1, 2})).constant("zero", floats({}, {0}));
  for (const char *name : {"x", "w", "one", "zero"})
    model.node("Cast", {name}, {std::string(name) + "8"}).with("to", kInt8);
  model.node("QLinearConv", {"x8", "half", "one8", "w8", "ws", "zero8", "half", "zero8"}, {"q"});
  model.node("Cast", {"q"}, {"y"}).with("to", kInt64).output("y", true);
  expectInts(model.run(), 0, {1, 2, 3}, {0, 2, 4, 0, 6, 12});
  Model product(13);
  product.input("x", floats({1, 2}, {3, 100})).constant("w", floats({2, 1}, {2, 100})).constant("s", floats({}, {0.5f}));
  product.constant("zero", floats({}, {0}));
  for (const char *name : {"x", "w", "zero"})
    product.node("Cast", {name}, {std::string(name) + "8"}).with("to", kInt8);
  product.node("QLinearMatMul", {"x8", "s", "zero8", "w8", "s", "zero8", "s", "zero8"}, {"q"});
  product.node("Cast", {"q"}, {"y"}).with("to", kFloat).output("y");
  expectNear(product.run(), 0, {1, 1}, {127});
}

} // namespace
} // namespace ingot::test
