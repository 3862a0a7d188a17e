// Resize and selection by rank, by hand-computed values.
#include "tests/frontends/onnx/ModelBuilder.h"

namespace ingot::test {
namespace {

TEST(OnnxResampling, ResizeByScalesOfASymbolicAxis) {
  Model model(13);
  model.input("x", floats({1, 1, 3}, {1, 2, 3}), {1, 1, -1}).constant("s", floats({3}, {1, 1, 1.5f}));
  model.node("Resize", {"x", "", "s"}, {"y"}).with("coordinate_transformation_mode", "asymmetric");
  model.with("nearest_mode", "floor").output("y");
  expectNear(model.run("2..9"), 0, {1, 1, 4}, {1, 1, 2, 3});
}

TEST(OnnxResampling, SizesComeFromShapeArithmetic) {
  Model model(13);
  model.input("x", floats({1, 1, 2}, {1, 3}), {1, 1, -1}).constant("two", ints({1}, {2})).constant("one", ints({1}, {1}));
  model.constant("last", ints({1}, {2})).node("Shape", {"x"}, {"shape"}).node("Gather", {"shape", "last"}, {"n"});
  model.node("Mul", {"n", "two"}, {"m"}).node("Concat", {"one", "one", "m"}, {"sizes"}).with("axis", int64_t(0));
  model.node("Resize", {"x", "", "", "sizes"}, {"y"}).with("mode", "linear").output("y");
  expectNear(model.run("1..9"), 0, {1, 1, 4}, {1, 1.5f, 2.5f, 3});
}

TEST(OnnxResampling, CropTakesAPartOfTheAxesNamed) {
  Model model(18);
  model.input("x", floats({2, 3}, {0, 2, 4, 6, 8, 10}))
      .constant("roi", floats({2}, {0, 1.5f}))
      .constant("sizes", ints({1}, {3}));
  model.node("Resize", {"x", "roi", "", "sizes"}, {"y"}).with("coordinate_transformation_mode", "tf_crop_and_resize");
  model.with("mode", "linear").with("axes", Ints{-1}).with("extrapolation_value", 9.0f).output("y");
  expectNear(model.run(), 0, {2, 3}, {0, 3, 9, 6, 9, 9});
}

TEST(OnnxResampling, KeepsTheRatioOfTheAxes) {
  for (const char *policy : {"not_larger", "not_smaller"}) {
    Model model(18);
    model.input("x", floats({1, 2}, {1, 2})).constant("sizes", ints({2}, {2, 2}));
    model.node("Resize", {"x", "", "", "sizes"}, {"y"}).with("keep_aspect_ratio_policy", policy).output("y");
    if (policy[4] == 'l')
      expectNear(model.run(), 0, {1, 2}, {1, 2});
    else
      expectNear(model.run(), 0, {2, 4}, {1, 1, 2, 2, 1, 1, 2, 2});
  }
}

// The places of a part that is taken follow from the sizes, also from those that keep the ratio: 3 here, by a ratio of 3 to 4 that gives 0.75 for 1.
TEST(OnnxResampling, CropsToSizesThatKeepTheRatio) {
  Model model(18);
  model.input("x", floats({4, 1}, {0, 2, 4, 6}))
      .constant("roi", floats({4}, {0, 0, 1, 1}))
      .constant("sizes", ints({2}, {3, 9}));
  model.node("Resize", {"x", "roi", "", "sizes"}, {"y"}).with("coordinate_transformation_mode", "tf_crop_and_resize");
  model.with("mode", "linear").with("keep_aspect_ratio_policy", "not_larger").output("y");
  expectNear(model.run(), 0, {3, 1}, {0, 3, 6});
}

TEST(OnnxResampling, UpsampleAndTheFirstResizeCountFromTheCorner) {
  Model old(7);
  old.input("x", floats({1, 1, 1, 2}, {1, 3})).node("Upsample", {"x"}, {"y"}).with("mode", "nearest");
  onnx::AttributeProto *scales = old.raw().mutable_graph()->mutable_node(0)->add_attribute();
  scales->set_name("scales");
  scales->set_type(onnx::AttributeProto::FLOATS);
  for (float scale : {1.0f, 1.0f, 1.0f, 2.0f})
    scales->add_floats(scale);
  old.output("y");
  expectNear(old.run(), 0, {1, 1, 1, 4}, {1, 1, 3, 3});
  Model resize(10);
  resize.input("x", floats({1, 4}, {1, 2, 3, 4})).constant("s", floats({2}, {2, 0.7f})).node("Resize", {"x", "s"}, {"y"});
  resize.output("y");
  expectNear(resize.run(), 0, {2, 2}, {1, 3, 1, 3}); // shrinking takes the place above
}

TEST(OnnxResampling, TopKOfAnyAxisBothWays) {
  const Data x = floats({3, 2}, {1, 6, -0.0f, 5, 3, 6});
  for (int64_t largest : {0, 1}) {
    Model model(11);
    model.input("x", x).constant("k", ints({1}, {2})).node("TopK", {"x", "k"}, {"v", "i"}).with("axis", int64_t(0));
    model.with("largest", largest).output("v").output("i", true);
    std::vector<Data> results = model.run();
    expectNear(results, 0, {2, 2}, largest ? Floats{3, 6, 1, 6} : Floats{0, 5, 1, 6});
    expectInts(results, 1, {2, 2}, largest ? Ints{2, 0, 0, 2} : Ints{1, 1, 0, 0});
  }
  Model integers(11);
  integers.input("x", ints({4}, {3, INT64_MIN, 7, 7})).constant("k", ints({1}, {3})).node("TopK", {"x", "k"}, {"v", "i"});
  integers.with("largest", int64_t(0)).output("v", true).output("i", true);
  std::vector<Data> results = integers.run();
  expectInts(results, 0, {3}, {INT64_MIN, 3, 7});
  expectInts(results, 1, {3}, {1, 0, 2});
  Model zeros(9); // k is an attribute, and zeros of both signs are equal
  zeros.input("x", floats({3}, {-0.0f, 0, -1})).node("TopK", {"x"}, {"v", "i"}).with("k", int64_t(2)).output("i", true);
  expectInts(zeros.run(), 0, {2}, {0, 1});
}

TEST(OnnxResampling, MaxPoolNamesPlacesAndMaxUnpoolReturnsThere) {
  for (int64_t order : {0, 1}) {
    Model model(12);
    model.input("x", floats({1, 2, 1, 3}, {1, 4, 4, 5, 6, 7})).node("MaxPool", {"x"}, {"v", "i"});
    model.with("kernel_shape", Ints{1, 3}).with("storage_order", order).output("v").output("i", true);
    std::vector<Data> results = model.run();
    expectNear(results, 0, {1, 2, 1, 1}, {4, 7});
    expectInts(results, 1, {1, 2, 1, 1}, {1, 5});
  }
  for (int64_t order : {0, 1}) {
    Model model(12);
    model.input("x", floats({1, 1, 2, 3}, {0, 0, 9, 0, 0, 0})).node("MaxPool", {"x"}, {"v", "i"});
    model.with("kernel_shape", Ints{2, 3}).with("storage_order", order).output("v").output("i", true);
    expectInts(model.run(), 1, {1, 1, 1, 1}, {order ? 4 : 2});
  }
  Model back(11);
  back.input("x", floats({1, 1, 2}, {5, 6})).input("i", ints({1, 1, 2}, {1, 2})).node("MaxUnpool", {"x", "i"}, {"y"});
  back.with("kernel_shape", Ints{2}).with("strides", Ints{2}).output("y");
  expectNear(back.run(), 0, {1, 1, 4}, {0, 5, 6, 0});
}

TEST(OnnxResampling, CumulativeOpsAlongASymbolicAxis) {
  for (const char *op : {"CumSum", "CumProd"}) {
    Model model(26);
    model.input("x", floats({3}, {2, 3, 4}), {-1}).constant("a", ints({}, {0})).node(op, {"x", "a"}, {"y"}).output("y");
    expectNear(model.run("1..5"), 0, {3}, op[3] == 'S' ? Floats{2, 5, 9} : Floats{2, 6, 24});
  }
}

} // namespace
} // namespace ingot::test
