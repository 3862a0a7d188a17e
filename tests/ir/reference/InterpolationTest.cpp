#include "tests/ir/reference/Harness.h"

namespace ingot::test {
namespace {

const std::string kFour = "[1.0, 2.0, 3.0, 4.0]";

// Along one dim of f64, so that the values are the formulas' own.
void expectRow(const std::string &x, const std::string &how, const std::string &attributes, const std::string &expected,
               size_t count, double tolerance = 0) {
  std::string type = "tensor<" + std::to_string(1 + std::count(x.begin(), x.end(), ',')) + "xf64>";
  std::string result = "tensor<" + std::to_string(count) + "xf64>";
  expectValue("%x = ingot.constant dense<" + x + "> : " + type + "\n%r = ingot.interpolate " + how + " %x dims = [0] " +
                  attributes + " : (" + type + ") -> " + result,
              result, "dense<" + expected + ">", tolerance);
}

TEST(Interpolation, LinearCoordinates) {
  expectRow("[1.0, 2.0]", "LINEAR HALF_PIXEL", "", "[1.0, 1.25, 1.75, 2.0]", 4);
  expectRow("[1.0, 2.0]", "LINEAR ASYMMETRIC", "", "[1.0, 1.5, 2.0, 2.0]", 4);
  expectRow("[1.0, 4.0]", "LINEAR ALIGN_CORNERS", "", "[1.0, 2.0, 3.0, 4.0]", 4, 1e-15);
  expectRow(kFour, "LINEAR ALIGN_CORNERS", "", "[1.0]", 1);
  expectRow(kFour, "LINEAR HALF_PIXEL", "", "[1.5, 3.5]", 2);
  expectRow(kFour, "LINEAR PYTORCH_HALF_PIXEL", "", "[1.5, 3.5]", 2);
  expectRow(kFour, "LINEAR PYTORCH_HALF_PIXEL", "", "[1.0]", 1);
  expectRow(kFour, "LINEAR HALF_PIXEL", "", "[2.5]", 1);
  // A scale of 0.6 puts 2.4 places on 2: i / 0.6, i * 3 / 1.4.
  expectRow(kFour, "LINEAR ASYMMETRIC", "scales = [0.6]", "[1.0, 2.6666666666666667]", 2, 1e-15);
  expectRow(kFour, "LINEAR ALIGN_CORNERS", "scales = [0.6]", "[1.0, 3.142857142857143]", 2, 1e-15);
  // Half a pixel, then moved by 2 * (1 - 2 / 2.4) = 1/3.
  expectRow(kFour, "LINEAR HALF_PIXEL_SYMMETRIC", "scales = [0.6]", "[1.6666666666666667, 3.3333333333333333]", 2, 1e-15);
  // From 0.25 * 3 to 0.75 * 3.
  expectRow(kFour, "LINEAR TF_CROP_AND_RESIZE", "{roi = array<f64: 0.25, 0.75>}", "[1.75, 2.5, 3.25]", 3, 1e-15);
  expectRow(kFour, "LINEAR TF_CROP_AND_RESIZE", "{roi = array<f64: 0.25, 0.75>}", "[2.5]", 1, 1e-15);
  expectRow(kFour, "LINEAR TF_CROP_AND_RESIZE", "{roi = array<f64: -0.5, 1.5>, extrapolation_value = 10.0}",
            "[10.0, 2.5, 10.0]", 3, 1e-15);
  // From 0.1 * 5 by 0.75: the third place is 2, not beyond it.
  expectRow("[0.0, 1.0, 2.0, 3.0, 4.0, 5.0]", "NEAREST TF_CROP_AND_RESIZE", "nearest = CEIL {roi = array<f64: 0.1, 1.0>}",
            "[1.0, 2.0, 2.0, 3.0, 4.0, 5.0, 5.0]", 7);
}

TEST(Interpolation, NearestModes) {
  // HALF_PIXEL of 2 to 4: -0.25, 0.25, 0.75, 1.25.
  expectRow("[1.0, 2.0]", "NEAREST HALF_PIXEL", "", "[1.0, 1.0, 2.0, 2.0]", 4);
  // ASYMMETRIC of 4 to 8: halves.
  expectRow(kFour, "NEAREST ASYMMETRIC", "", "[1.0, 1.0, 2.0, 2.0, 3.0, 3.0, 4.0, 4.0]", 8);
  expectRow(kFour, "NEAREST ASYMMETRIC", "nearest = ROUND_PREFER_CEIL", "[1.0, 2.0, 2.0, 3.0, 3.0, 4.0, 4.0, 4.0]", 8);
  expectRow(kFour, "NEAREST ASYMMETRIC", "nearest = CEIL", "[1.0, 2.0, 2.0, 3.0, 3.0, 4.0, 4.0, 4.0]", 8);
  expectRow(kFour, "NEAREST ASYMMETRIC", "nearest = FLOOR", "[1.0, 1.0, 2.0, 2.0, 3.0, 3.0, 4.0, 4.0]", 8);
  // ASYMMETRIC of 2 to 8: quarters.
  expectRow("[1.0, 2.0]", "NEAREST ASYMMETRIC", "nearest = CEIL", "[1.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0]", 8);
  expectRow("[1.0, 2.0]", "NEAREST ASYMMETRIC", "nearest = ROUND_PREFER_CEIL", "[1.0, 1.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0]",
            8);
  expectRow("[1.0, 2.0]", "NEAREST TF_HALF_PIXEL_FOR_NN", "nearest = FLOOR", "[1.0, 1.0, 2.0, 2.0]", 4);
  // i * 9 / 21 is exact where it is whole: place 7 is element 3.
  expectRow("[0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]", "NEAREST ASYMMETRIC", "nearest = FLOOR",
            "[0.0, 0.0, 0.0, 1.0, 1.0, 2.0, 2.0, 3.0, 3.0, 3.0, 4.0, 4.0, 5.0, 5.0, 6.0, 6.0, 6.0, 7.0, 7.0, 8.0, 8.0]", 21);
}

TEST(Interpolation, Cubic) {
  // At 1/4 between: weights of coefficient -0.75 are -0.10546875, 0.87890625, 0.26171875, -0.03515625.
  expectRow("[1.0, 1.0, 5.0, 1.0, 1.0, 1.0]", "CUBIC ASYMMETRIC", "scales = [4.0]",
            "[1.0, 0.859375, 0.625, 0.578125, 1.0, 2.046875, 3.375, 4.515625, 5.0]", 9);
  // With -0.5: at 1/2 the weights are -0.0625, 0.5625, 0.5625, -0.0625.
  expectRow("[0.0, 0.0, 16.0, 32.0, 0.0, 0.0]", "CUBIC ASYMMETRIC", "{cubic_coeff = -0.5}",
            "[0.0, -1.0, 0.0, 7.0, 16.0, 27.0, 32.0, 17.0, 0.0, -2.0, 0.0, 0.0]", 12);
  // At x = -0.25 the elements -2, -1, 0, 1 weigh -0.03515625, 0.26171875, 0.87890625, -0.10546875; without those outside
  // the rest is divided by 0.7734375.
  expectRow("[99.0, 0.0]", "CUBIC HALF_PIXEL", "scales = [2.0] {exclude_outside}", "[112.5]", 1, 1e-12);
  expectRow("[64.0, 0.0]", "CUBIC HALF_PIXEL", "scales = [2.0]", "[70.75]", 1, 1e-12);
}

TEST(Interpolation, Antialias) {
  // To half the size: triangles of radius 2 around 0.5 and 2.5. Around 0.5 the elements -1 to 2 weigh 1/4, 3/4, 3/4, 1/4,
  // divided by 2; element -1 counts as element 0.
  expectRow(kFour, "LINEAR HALF_PIXEL", "{antialias}", "[1.625, 3.375]", 2, 1e-15);
  // Left out, it makes the sum 7/4.
  expectRow("[7.0, 14.0, 0.0, 0.0]", "LINEAR HALF_PIXEL", "{antialias, exclude_outside}", "[9.0, 2.0]", 2, 1e-14);
  // A larger result has nothing to smooth.
  expectRow("[1.0, 2.0]", "LINEAR HALF_PIXEL", "{antialias}", "[1.0, 1.25, 1.75, 2.0]", 4);
}

TEST(Interpolation, SeveralDimsAndTypes) {
  expectValue(R"(%x = ingot.constant dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xbf16>
                 %r = ingot.interpolate LINEAR HALF_PIXEL %x dims = [0, 1] : (tensor<2x2xbf16>) -> tensor<4x4xbf16>)",
              "tensor<4x4xbf16>",
              "dense<[[1.0, 1.25, 1.75, 2.0], [1.5, 1.75, 2.25, 2.5], [2.5, 2.75, 3.25, 3.5], [3.0, 3.25, 3.75, 4.0]]>");
  expectValue(R"(%x = ingot.constant dense<[[[1, 2], [3, 4]]]> : tensor<1x2x2xui8>
                 %r = ingot.interpolate NEAREST ASYMMETRIC %x dims = [1, 2] nearest = FLOOR : (tensor<1x2x2xui8>) -> tensor<1x3x4xui8>)",
              "tensor<1x3x4xui8>", "dense<[[[1, 1, 2, 2], [1, 1, 2, 2], [3, 3, 4, 4]]]>");
  // One place outside along either dim makes the element the extrapolation value.
  expectValue(R"(%x = ingot.constant dense<[[1, 2], [3, 4]]> : tensor<2x2xi32>
                 %r = ingot.interpolate NEAREST TF_CROP_AND_RESIZE %x dims = [0, 1] {roi = array<f64: 0.0, 2.0, 0.0, 1.0>, extrapolation_value = -7.0} : (tensor<2x2xi32>) -> tensor<3x2xi32>)",
              "tensor<3x2xi32>", "dense<[[1, 2], [3, 4], [-7, -7]]>");
  // What has no weight does not count, were it infinite.
  expectRow("[1.0, 0x7FF0000000000000, 2.0]", "LINEAR ALIGN_CORNERS", "", "[1.0, 2.0]", 2);
}

TEST(Interpolation, LengthsFollowSizes) {
  Parsed parsed(R"(
    module attributes {ingot.sizes = [#ingot.size<"n", 1 to 8>]} {
      func.func @main(%x: tensor<?xf32, #ingot.dims<[s0]>>) -> tensor<?xf32, #ingot.dims<[s0 * 2]>> {
        %0 = ingot.interpolate LINEAR HALF_PIXEL %x dims = [0] : (tensor<?xf32, #ingot.dims<[s0]>>) -> tensor<?xf32, #ingot.dims<[s0 * 2]>>
        return %0 : tensor<?xf32, #ingot.dims<[s0 * 2]>>
      }
    })");
  ASSERT_TRUE(parsed.module) << parsed.diagnostics;
  auto x = reference::Tensor::zeros(mlir::Float32Type::get(&parsed.context), {3});
  for (int64_t i = 0; i != 3; ++i)
    x.data<float>()[i] = float(4 * i);
  auto results = reference::run(parsed.function(), {x}, {});
  ASSERT_TRUE(bool(results)) << llvm::toString(results.takeError());
  EXPECT_EQ(textOf((*results)[0]), "f32[6]: 0.000000 1.000000 3.000000 5.000000 7.000000 8.000000");
}

} // namespace
} // namespace ingot::test
