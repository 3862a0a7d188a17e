// Einsum, determinants, transforms and random draws, by hand-computed values.
#include "tests/frontends/onnx/ModelBuilder.h"

namespace ingot::test {
namespace {

TEST(OnnxAlgebra, EinsumTakesDiagonalsSumsAndProducts) {
  struct Case {
    const char *equation;
    Ints dims;
    Floats expected;
  };
  for (const Case &c :
       {Case{"ij,jk->ik", {2, 2}, {19, 22, 43, 50}}, Case{"ij,jk", {2, 2}, {19, 22, 43, 50}},
        Case{"ij,kj->ik", {2, 2}, {17, 23, 39, 53}}, Case{"ii,jj->", {}, {65}}, Case{"ij,ij->j", {2}, {26, 44}},
        Case{"ij,kl->ik", {2, 2}, {33, 45, 77, 105}}, Case{"...j, ...j -> ...", {2}, {17, 53}}}) {
    Model model(13);
    model.input("a", floats({2, 2}, {1, 2, 3, 4}), {-1, 2}).input("b", floats({2, 2}, {5, 6, 7, 8}));
    if (c.equation[0] == 'i' && c.equation[3] == 'j' && c.equation[4] == 'k') { // a symbolic row
      model.node("Einsum", {"a", "b"}, {"y"}).with("equation", c.equation).output("y");
      expectNear(model.run("1..4"), 0, c.dims, c.expected);
      continue;
    }
    Model fixed(13);
    fixed.input("a", floats({2, 2}, {1, 2, 3, 4})).input("b", floats({2, 2}, {5, 6, 7, 8}));
    fixed.node("Einsum", {"a", "b"}, {"y"}).with("equation", c.equation).output("y");
    expectNear(fixed.run(), 0, c.dims, c.expected);
  }
}

TEST(OnnxAlgebra, DeterminantsNeedTheirPivots) {
  Model model(11);
  model.input("x", floats({3, 2, 2}, {0, 2, 3, 4, 1, 2, 3, 4, 0, 1, 0, 2})).node("Det", {"x"}, {"y"}).output("y");
  expectNear(model.run(), 0, {3}, {-6, -2, 0});
}

TEST(OnnxAlgebra, DeterminantsOfAnySize) {
  Floats elements(70 * 70, 0);
  for (size_t i = 0; i != 70; ++i) // the anti-diagonal: 35 exchanges
    elements[i * 70 + 69 - i] = i < 3 ? 2.0f : 1.0f;
  Model model(11);
  model.input("x", floats({70, 70}, elements)).node("Det", {"x"}, {"y"}).output("y");
  expectNear(model.run(), 0, {}, {-8});
}

TEST(OnnxAlgebra, InverseTransformsToComplexNumbers) {
  Model model(17);
  model.input("x", floats({1, 3, 2, 1}, {1, 4, 2, 5, 3, 6})).node("DFT", {"x"}, {"f"}).with("axis", int64_t(1));
  model.node("DFT", {"f"}, {"y"}).with("axis", int64_t(1)).with("inverse", int64_t(1)).output("y");
  expectNear(model.run(), 0, {1, 3, 2, 2}, {1, 0, 4, 0, 2, 0, 5, 0, 3, 0, 6, 0});
}

TEST(OnnxAlgebra, TransformsThereAndBack) {
  Model model(20);
  model.input("x", floats({1, 4, 1}, {1, 2, 3, 5})).node("DFT", {"x"}, {"f"}).with("onesided", int64_t(1));
  model.node("DFT", {"f"}, {"y"}).with("onesided", int64_t(1)).with("inverse", int64_t(1)).output("f").output("y");
  std::vector<Data> results = model.run();
  expectNear(results, 0, {1, 3, 2}, {11, 0, -2, 3, -3, 0});
  expectNear(results, 1, {1, 4, 1}, {1, 2, 3, 5});
}

TEST(OnnxAlgebra, FramesOfASymbolicSignal) {
  Model model(17);
  model.input("x", floats({1, 5, 1}, {1, 2, 3, 4, 5}), {1, -1, 1})
      .constant("s", ints({}, {2}))
      .constant("w", floats({2}, {1, 10}));
  model.node("STFT", {"x", "s", "w"}, {"y"}).output("y");
  expectNear(model.run("2..9"), 0, {1, 2, 2, 2}, {21, 0, -19, 0, 43, 0, -37, 0});
}

TEST(OnnxAlgebra, WindowsOfAKnownLength) {
  Model model(17);
  model.constant("n", ints({}, {4})).node("HannWindow", {"n"}, {"y"}).output("y");
  expectNear(model.run(), 0, {4}, {0, 0.5f, 1, 0.5f});
}

TEST(OnnxAlgebra, DrawsAreTheSameInEveryRun) {
  Model model(15);
  model.input("p", floats({2000}, Floats(2000, 0.25f))).node("Bernoulli", {"p"}, {"y"}).node("Bernoulli", {"p"}, {"z"});
  model.node("RandomNormalLike", {"p"}, {"n"}).with("mean", 3.0f).with("seed", 7.0f).output("y").output("z").output("n");
  std::vector<Data> first = model.run(), second = model.run();
  ASSERT_EQ(first.size(), 3u);
  ASSERT_EQ(second.size(), 3u);
  EXPECT_EQ(first[0].floats, second[0].floats);
  EXPECT_NE(first[0].floats, first[1].floats); // each node has numbers of its own
  EXPECT_EQ(first[2].floats, second[2].floats);
  double ones = 0, sum = 0;
  for (size_t i = 0; i != 2000; ++i) {
    EXPECT_TRUE(first[0].floats[i] == 0 || first[0].floats[i] == 1);
    ones += first[0].floats[i];
    sum += first[2].floats[i];
  }
  EXPECT_NEAR(ones / 2000, 0.25, 0.05);
  EXPECT_NEAR(sum / 2000, 3, 0.1);
}

TEST(OnnxAlgebra, DroppedElementsAreZeroAndOthersScaled) {
  Model model(13);
  model.input("x", floats({1000}, Floats(1000, 3))).constant("r", floats({}, {0.25f})).constant("t", ints({}, {1}));
  model.node("Cast", {"t"}, {"b"}).with("to", int64_t(onnx::TensorProto::BOOL));
  model.node("Dropout", {"x", "r", "b"}, {"y"}).output("y");
  std::vector<Data> results = model.run();
  ASSERT_EQ(results.size(), 1u);
  size_t dropped = 0;
  for (float value : results[0].floats) {
    EXPECT_TRUE(value == 0 || value == 4);
    dropped += value == 0;
  }
  EXPECT_NEAR(static_cast<double>(dropped), 250, 60);
}

TEST(OnnxAlgebra, MultinomialDrawsLikelyPlaces) {
  Model model(13);
  model.input("x", floats({2, 3}, {-100, 0, -100, 0, -100, -100}))
      .node("Multinomial", {"x"}, {"m"})
      .with("sample_size", int64_t(3));
  model.node("Cast", {"m"}, {"y"}).with("to", int64_t(onnx::TensorProto::INT64)).output("y", true);
  expectInts(model.run(), 0, {2, 3}, {1, 1, 1, 0, 0, 0});
}

} // namespace
} // namespace ingot::test
