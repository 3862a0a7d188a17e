#include "tests/ir/reference/Harness.h"

namespace ingot::test {
namespace {

const std::string kTwoByThree = "%x = ingot.constant dense<[[1, 2, 3], [4, 5, 6]]> : tensor<2x3xi32>\n";

TEST(Shape, Iota) {
  expectValue("%r = ingot.iota dim = 0 : tensor<2x3xi8>", "tensor<2x3xi8>", "dense<[[0, 0, 0], [1, 1, 1]]>");
  expectValue("%r = ingot.iota dim = 1 : tensor<2x3xbf16>", "tensor<2x3xbf16>", "dense<[[0.0, 1.0, 2.0], [0.0, 1.0, 2.0]]>");
  expectValue("%r = ingot.iota dim = 0 : tensor<2xcomplex<f32>>", "tensor<2xcomplex<f32>>",
              "dense<[(0.0, 0.0), (1.0, 0.0)]>");
}

TEST(Shape, Constants) {
  expectValue("%r = ingot.constant dense<7> : tensor<2x2xui16>", "tensor<2x2xui16>", "dense<[[7, 7], [7, 7]]>");
  expectValue("%r = ingot.constant dense<[true, false, true]> : tensor<3xi1>", "tensor<3xi1>", "dense<[true, false, true]>");
}

TEST(Shape, Broadcast) {
  expectValue(R"(%x = ingot.constant dense<[[1], [2]]> : tensor<2x1xi32>
                 %r = ingot.broadcast_in_dim %x dims = [2, 1] : (tensor<2x1xi32>) -> tensor<1x3x2xi32>)",
              "tensor<1x3x2xi32>", "dense<[[[1, 2], [1, 2], [1, 2]]]>");
  expectValue(R"(%x = ingot.constant dense<(1.0, 2.0)> : tensor<complex<f64>>
                 %r = ingot.broadcast_in_dim %x dims = [] : (tensor<complex<f64>>) -> tensor<2xcomplex<f64>>)",
              "tensor<2xcomplex<f64>>", "dense<[(1.0, 2.0), (1.0, 2.0)]>");
}

TEST(Shape, ReshapeTransposeReverse) {
  expectValue(kTwoByThree + "%r = ingot.reshape %x : (tensor<2x3xi32>) -> tensor<3x2xi32>", "tensor<3x2xi32>",
              "dense<[[1, 2], [3, 4], [5, 6]]>");
  expectValue(kTwoByThree + "%r = ingot.transpose %x perm = [1, 0] : (tensor<2x3xi32>) -> tensor<3x2xi32>",
              "tensor<3x2xi32>", "dense<[[1, 4], [2, 5], [3, 6]]>");
  expectValue(R"(%i = ingot.iota dim = 0 : tensor<24xi8>
                 %x = ingot.reshape %i : (tensor<24xi8>) -> tensor<2x3x4xi8>
                 %r = ingot.transpose %x perm = [2, 0, 1] : (tensor<2x3x4xi8>) -> tensor<4x2x3xi8>)",
              "tensor<4x2x3xi8>",
              "dense<[[[0, 4, 8], [12, 16, 20]], [[1, 5, 9], [13, 17, 21]], [[2, 6, 10], [14, 18, 22]], [[3, 7, 11], [15, "
              "19, 23]]]>");
  expectValue(kTwoByThree + "%r = ingot.reverse %x dims = [1] : tensor<2x3xi32>", "tensor<2x3xi32>",
              "dense<[[3, 2, 1], [6, 5, 4]]>");
  expectValue(kTwoByThree + "%r = ingot.reverse %x dims = [0, 1] : tensor<2x3xi32>", "tensor<2x3xi32>",
              "dense<[[6, 5, 4], [3, 2, 1]]>");
}

TEST(Shape, Slice) {
  expectValue(kTwoByThree + "%r = ingot.slice %x [1, 0] to [2, 3] step [1, 2] : (tensor<2x3xi32>) -> tensor<1x2xi32>",
              "tensor<1x2xi32>", "dense<[[4, 6]]>");
  expectValue(kTwoByThree + "%r = ingot.slice %x [0, 1] to [-9223372036854775808, -9223372036854775808] step [1, 1] : "
                            "(tensor<2x3xi32>) -> tensor<2x2xi32>",
              "tensor<2x2xi32>", "dense<[[2, 3], [5, 6]]>");
}

TEST(Shape, Pad) {
  const std::string zero = "%z = ingot.constant dense<0> : tensor<i32>\n";
  expectValue(kTwoByThree + zero +
                  "%r = ingot.pad %x, %z low = [0, 1] high = [1, 0] interior = [0, 1] : (tensor<2x3xi32>, tensor<i32>) -> "
                  "tensor<3x6xi32>",
              "tensor<3x6xi32>", "dense<[[0, 1, 0, 2, 0, 3], [0, 4, 0, 5, 0, 6], [0, 0, 0, 0, 0, 0]]>");
  // Negative amounts cut off, after the gaps were made.
  expectValue(kTwoByThree + zero +
                  "%r = ingot.pad %x, %z low = [-1, -1] high = [0, -2] interior = [0, 1] : (tensor<2x3xi32>, tensor<i32>) "
                  "-> tensor<1x2xi32>",
              "tensor<1x2xi32>", "dense<[[0, 5]]>");
  expectValue(kTwoByThree + zero +
                  "%r = ingot.pad %x, %z low = [0, -3] high = [0, 2] interior = [0, 0] : (tensor<2x3xi32>, tensor<i32>) -> "
                  "tensor<2x2xi32>",
              "tensor<2x2xi32>", "dense<[[0, 0], [0, 0]]>");
}

TEST(Shape, Concatenate) {
  expectValue(kTwoByThree + R"(%y = ingot.constant dense<[[7], [8]]> : tensor<2x1xi32>
                 %r = ingot.concatenate %x, %y, %x dim = 1 : (tensor<2x3xi32>, tensor<2x1xi32>, tensor<2x3xi32>) -> tensor<2x7xi32>)",
              "tensor<2x7xi32>", "dense<[[1, 2, 3, 7, 1, 2, 3], [4, 5, 6, 8, 4, 5, 6]]>");
}

TEST(Shape, Unpack) {
  // Panels of two columns of [[1, 2, 3], [4, 5, 6]]; the last one padded.
  expectValue(R"(%x = ingot.constant dense<[[[1, 2], [4, 5]], [[3, 0], [6, 0]]]> : tensor<2x2x2xi32>
                 %r = ingot.unpack %x dim = 1 width = 2 : (tensor<2x2x2xi32>) -> tensor<2x3xi32>)",
              "tensor<2x3xi32>", "dense<[[1, 2, 3], [4, 5, 6]]>");
}

} // namespace
} // namespace ingot::test
