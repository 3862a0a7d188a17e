#include "tests/ir/reference/Harness.h"

#include <chrono>

namespace ingot::test {
namespace {

TEST(Contraction, DotGeneral) {
  expectValue(R"(%x = ingot.constant dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf32>
                 %y = ingot.constant dense<[[5.0, 6.0, 7.0], [8.0, 9.0, 10.0]]> : tensor<2x3xf32>
                 %r = ingot.dot_general %x, %y <batch = [] x [], contract = [1] x [0]> : (tensor<2x2xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>)",
              "tensor<2x3xf32>", "dense<[[21.0, 24.0, 27.0], [47.0, 54.0, 61.0]]>");
  // Batch on the last dim of lhs, contraction on its first.
  expectValue(R"(%x = ingot.constant dense<[[1, 2], [3, 4], [5, 6]]> : tensor<3x2xi8>
                 %y = ingot.constant dense<[[1, 1, 1], [1, 0, -1]]> : tensor<2x3xi8>
                 %r = ingot.dot_general %x, %y <batch = [1] x [0], contract = [0] x [1]> : (tensor<3x2xi8>, tensor<2x3xi8>) -> tensor<2xi32>)",
              "tensor<2xi32>", "dense<[9, -4]>");
  expectValue(R"(%x = ingot.constant dense<[100, 100]> : tensor<2xi8>
                 %r = ingot.dot_general %x, %x <batch = [] x [], contract = [0] x [0]> : (tensor<2xi8>, tensor<2xi8>) -> tensor<i8>)",
              "tensor<i8>", "dense<32>");
  expectValue(R"(%x = ingot.constant dense<[true, true, false]> : tensor<3xi1>
                 %r = ingot.dot_general %x, %x <batch = [] x [], contract = [0] x [0]> : (tensor<3xi1>, tensor<3xi1>) -> tensor<i1>)",
              "tensor<i1>", "dense<true>");
  expectValue(R"(%x = ingot.constant dense<[(1.0, 1.0), (0.0, 2.0)]> : tensor<2xcomplex<f32>>
                 %r = ingot.dot_general %x, %x <batch = [] x [], contract = [0] x [0]> : (tensor<2xcomplex<f32>>, tensor<2xcomplex<f32>>) -> tensor<complex<f32>>)",
              "tensor<complex<f32>>", "dense<(-4.0, 2.0)>");
  // bf16 products summed wide: 256 + 1 is no bf16 value.
  expectValue(R"(%x = ingot.constant dense<[256.0, 1.0]> : tensor<2xbf16>
                 %y = ingot.constant dense<1.0> : tensor<2xbf16>
                 %r = ingot.dot_general %x, %y <batch = [] x [], contract = [0] x [0]> : (tensor<2xbf16>, tensor<2xbf16>) -> tensor<f32>)",
              "tensor<f32>", "dense<257.0>");
}

const std::string kImage = R"(%i = ingot.iota dim = 0 : tensor<16xf32>
                              %x = ingot.reshape %i : (tensor<16xf32>) -> tensor<1x1x4x4xf32>
)";

TEST(Contraction, Convolution) {
  // A 3x3 box filter over 0 .. 15, padded by one, every second position.
  expectValue(kImage + R"(%w = ingot.constant dense<1.0> : tensor<1x1x3x3xf32>
                 %r = ingot.convolution %x, %w <[b, f, 0, 1]x[o, i, 0, 1]->[b, f, 0, 1]> stride = [2, 2] pad = [1, 1, 1, 1] lhs_dilate = [1, 1] rhs_dilate = [1, 1] : (tensor<1x1x4x4xf32>, tensor<1x1x3x3xf32>) -> tensor<1x1x2x2xf32>)",
              "tensor<1x1x2x2xf32>", "dense<[[[[10.0, 24.0], [51.0, 90.0]]]]>");
  // Kernel taps two apart; no reversal of the window.
  expectValue(kImage + R"(%w = ingot.constant dense<[[[[1.0, 10.0], [100.0, 1000.0]]]]> : tensor<1x1x2x2xf32>
                 %r = ingot.convolution %x, %w <[b, f, 0, 1]x[o, i, 0, 1]->[b, f, 0, 1]> stride = [1, 1] pad = [0, 0, 0, 0] lhs_dilate = [1, 1] rhs_dilate = [2, 2] : (tensor<1x1x4x4xf32>, tensor<1x1x2x2xf32>) -> tensor<1x1x2x2xf32>)",
              "tensor<1x1x2x2xf32>", "dense<[[[[10820.0, 11931.0], [15264.0, 16375.0]]]]>");
  // Transposed: the input is spread by two.
  expectValue(R"(%x = ingot.constant dense<[[[1.0, 2.0]]]> : tensor<1x1x2xf32>
                 %w = ingot.constant dense<[[[1.0, 10.0, 100.0]]]> : tensor<1x1x3xf32>
                 %r = ingot.convolution %x, %w <[b, f, 0]x[o, i, 0]->[b, f, 0]> stride = [1] pad = [2, 2] lhs_dilate = [2] rhs_dilate = [1] : (tensor<1x1x2xf32>, tensor<1x1x3xf32>) -> tensor<1x1x5xf32>)",
              "tensor<1x1x5xf32>", "dense<[[[100.0, 10.0, 201.0, 20.0, 2.0]]]>");
  // Channels last, two feature groups with two output features each.
  expectValue(R"(%x = ingot.constant dense<[[[1, 10], [2, 20]]]> : tensor<1x2x2xi32>
                 %w = ingot.constant dense<[[[1, 2, 3, 4]], [[5, 6, 7, 8]]]> : tensor<2x1x4xi32>
                 %r = ingot.convolution %x, %w <[b, 0, f]x[0, i, o]->[b, 0, f]> stride = [1] pad = [0, 0] lhs_dilate = [1] rhs_dilate = [1] {feature_group_count = 2 : i64} : (tensor<1x2x2xi32>, tensor<2x1x4xi32>) -> tensor<1x1x4xi32>)",
              "tensor<1x1x4xi32>", "dense<[[[11, 14, 170, 200]]]>");
  // Two batch groups: output feature o reads batch o.
  expectValue(R"(%x = ingot.constant dense<[[[1, 2]], [[3, 4]]]> : tensor<2x1x2xi32>
                 %w = ingot.constant dense<[[[1, 1]], [[10, 100]]]> : tensor<2x1x2xi32>
                 %r = ingot.convolution %x, %w <[b, f, 0]x[o, i, 0]->[b, f, 0]> stride = [1] pad = [0, 0] lhs_dilate = [1] rhs_dilate = [1] {batch_group_count = 2 : i64} : (tensor<2x1x2xi32>, tensor<2x1x2xi32>) -> tensor<1x2x1xi32>)",
              "tensor<1x2x1xi32>", "dense<[[[3], [430]]]>");
  // No spatial dims: a matrix product.
  expectValue(R"(%x = ingot.constant dense<[[1.0, 2.0]]> : tensor<1x2xf16>
                 %w = ingot.constant dense<[[3.0, 4.0]]> : tensor<1x2xf16>
                 %r = ingot.convolution %x, %w <[b, f]x[o, i]->[b, f]> stride = [] pad = [] lhs_dilate = [] rhs_dilate = [] : (tensor<1x2xf16>, tensor<1x2xf16>) -> tensor<1x1xf16>)",
              "tensor<1x1xf16>", "dense<[[11.0]]>");
}

double secondsOf(const std::string &body) {
  Parsed parsed("func.func @main() -> tensor<f32> {\n" + body + "\n}");
  EXPECT_TRUE(parsed.module) << parsed.diagnostics;
  auto start = std::chrono::steady_clock::now();
  auto results = reference::run(parsed.function(), {}, {});
  EXPECT_TRUE(bool(results));
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// Whole models run through the interpreter in tests, so it must reach 0.1 GFLOP/s.
TEST(Contraction, IsFastEnough) {
  double dot = secondsOf(R"(%x = ingot.constant dense<0.5> : tensor<256x256xf32>
    %r = ingot.dot_general %x, %x <batch = [] x [], contract = [1] x [0]> : (tensor<256x256xf32>, tensor<256x256xf32>) -> tensor<256x256xf32>
    %s = ingot.slice %r [0, 0] to [1, 1] step [1, 1] : (tensor<256x256xf32>) -> tensor<1x1xf32>
    %t = ingot.reshape %s : (tensor<1x1xf32>) -> tensor<f32>
    return %t : tensor<f32>)");
  EXPECT_GT(2 * 256.0 * 256 * 256 / dot, 1e8);
  double convolution = secondsOf(R"(%x = ingot.constant dense<0.5> : tensor<1x16x32x32xf32>
    %w = ingot.constant dense<0.5> : tensor<32x16x3x3xf32>
    %r = ingot.convolution %x, %w <[b, f, 0, 1]x[o, i, 0, 1]->[b, f, 0, 1]> stride = [1, 1] pad = [1, 1, 1, 1] lhs_dilate = [1, 1] rhs_dilate = [1, 1] : (tensor<1x16x32x32xf32>, tensor<32x16x3x3xf32>) -> tensor<1x32x32x32xf32>
    %s = ingot.slice %r [0, 0, 0, 0] to [1, 1, 1, 1] step [1, 1, 1, 1] : (tensor<1x32x32x32xf32>) -> tensor<1x1x1x1xf32>
    %t = ingot.reshape %s : (tensor<1x1x1x1xf32>) -> tensor<f32>
    return %t : tensor<f32>)");
  EXPECT_GT(2 * 32.0 * 32 * 32 * 16 * 9 / convolution, 1e8);
}

} // namespace
} // namespace ingot::test
