// Ops that read between elements, by hand-computed values.
#include "tests/frontends/onnx/ModelBuilder.h"

namespace ingot::test {
namespace {

const Data square = floats({1, 1, 2, 2}, {1, 2, 3, 4});

TEST(OnnxSampling, GridBeyondTheImage) {
  struct Case {
    const char *padding;
    Floats expected;
  };
  // The centre, the middle of the left edge, and a place one element to the left of that.
  for (const Case &c : {Case{"zeros", {2.5f, 1, 0}}, Case{"border", {2.5f, 2, 2}}, Case{"reflection", {2.5f, 2, 2.5f}}}) {
    Model model(16);
    model.input("x", square, {-1, 1, 2, 2}).input("g", floats({1, 1, 3, 2}, {0, 0, -1, 0, -2, 0}), {-1, 1, 3, 2});
    model.node("GridSample", {"x", "g"}, {"y"}).with("padding_mode", c.padding).output("y");
    expectNear(model.run("1..3"), 0, {1, 1, 1, 3}, c.expected);
  }
}

TEST(OnnxSampling, GridModes) {
  for (bool cubic : {false, true}) {
    Model model(20);
    model.input("x", floats({1, 1, 1, 4}, {0, 8, 8, 0})).input("g", floats({1, 1, 2, 2}, {0, 0, 1, 0}));
    model.node("GridSample", {"x", "g"}, {"y"}).with("mode", cubic ? "cubic" : "nearest").with("align_corners", int64_t(1));
    model.output("y");
    expectNear(model.run(), 0, {1, 1, 1, 2}, cubic ? Floats{9.5f, 0} : Floats{8, 0});
  }
}

TEST(OnnxSampling, AffineGridMovesTheCentresOfElements) {
  Model model(20);
  model.input("t", floats({1, 2, 3}, {1, 0, 5, 0, 2, 0})).constant("s", ints({4}, {1, 1, 2, 2}));
  model.node("AffineGrid", {"t", "s"}, {"y"}).output("y");
  expectNear(model.run(), 0, {1, 2, 2, 2}, {4.5f, -1, 5.5f, -1, 4.5f, 1, 5.5f, 1});
}

TEST(OnnxSampling, RegionsAreCutIntoBins) {
  Model align(16);
  align.input("x", square).input("r", floats({1, 4}, {0, 0, 2, 2})).input("b", ints({1}, {0}));
  align.node("RoiAlign", {"x", "r", "b"}, {"y"}).with("output_height", int64_t(2)).with("output_width", int64_t(1));
  align.with("sampling_ratio", int64_t(1)).output("y");
  expectNear(align.run(), 0, {1, 1, 2, 1}, {1.5f, 3.5f});
  Model pool(1);
  pool.input("x", floats({1, 1, 2, 3}, {1, 2, 3, 6, 5, 4})).input("r", floats({2, 5}, {0, 0, 0, 2, 1, 0, 1, 0, 2, 0}));
  pool.node("MaxRoiPool", {"x", "r"}, {"y"}).with("pooled_shape", Ints{1, 2}).output("y");
  expectNear(pool.run(), 0, {2, 1, 1, 2}, {6, 5, 2, 3});
}

TEST(OnnxSampling, DeformedTapsAreMovedAndWeighted) {
  Model model(19);
  model.input("x", floats({1, 1, 1, 3}, {1, 2, 4})).constant("w", floats({1, 1, 1, 2}, {1, 10}));
  model.input("o", floats({1, 4, 1, 2}, {0, 0, 0.5f, 0, 0, 0, 1, 0})).constant("b", floats({1}, {100}));
  model.input("m", floats({1, 2, 1, 2}, {1, 1, 1, 0.5f})).node("DeformConv", {"x", "w", "o", "b", "m"}, {"y"}).output("y");
  expectNear(model.run(), 0, {1, 1, 1, 2}, {141.5f, 122});
}

TEST(OnnxSampling, ColumnsAreAddedToTheImage) {
  Model model(18);
  model.input("x", floats({1, 2, 3}, {1, 2, 3, 4, 5, 6})).constant("i", ints({1}, {4})).constant("k", ints({1}, {2}));
  model.node("Col2Im", {"x", "i", "k"}, {"y"}).output("y");
  expectNear(model.run(), 0, {1, 1, 4}, {1, 6, 8, 6});
  Model padded(18);
  padded.input("x", floats({1, 2, 2}, {1, 2, 3, 4})).constant("i", ints({1}, {2})).constant("k", ints({1}, {2}));
  padded.node("Col2Im", {"x", "i", "k"}, {"y"}).with("pads", Ints{1, 1}).with("strides", Ints{2}).output("y");
  expectNear(padded.run(), 0, {1, 1, 2}, {3, 2});
}

TEST(OnnxSampling, CentresAreKept) {
  Model model(18);
  model.input("x", floats({1, 4}, {1, 2, 3, 4})).constant("s", ints({2}, {2, 3})).node("CenterCropPad", {"x", "s"}, {"y"});
  model.output("y");
  expectNear(model.run(), 0, {2, 3}, {1, 2, 3, 0, 0, 0});
}

} // namespace
} // namespace ingot::test
