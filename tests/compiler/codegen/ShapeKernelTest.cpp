// Constants and data movement, alone and within elementwise code, as the loop emitter compiles them.
#include "tests/compiler/codegen/KernelHarness.h"

#include <gtest/gtest.h>

namespace ingot::test {
namespace {

// `body` makes %r of type `result` from %a (and %b) of the types given.
void check(const std::string &arguments, const std::string &body, const std::string &result, const std::string &sizes = "",
           const std::vector<std::vector<int64_t>> &values = {{}}) {
  checkLoops("ingot.kernel @k {\n^bb0(" + arguments + "):\n" + body + "\n  ingot.return %r : " + result + "\n}", {},
             Values::Special, sizes, values);
}

TEST(ConstantKernel, SplatAndDense) {
  check("%a: tensor<2x3xf32>", R"(
    %c = ingot.constant dense<[[1.0, -2.5, 3.0], [0.0, 5.0, -0.0]]> : tensor<2x3xf32>
    %r = ingot.add %a, %c : tensor<2x3xf32>)",
        "tensor<2x3xf32>");
  check("%a: tensor<21xi8>", R"(
    %c = ingot.constant dense<[1, -2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21]> : tensor<21xi8>
    %r = ingot.add %a, %c : tensor<21xi8>)",
        "tensor<21xi8>");
  check("%a: tensor<2xcomplex<f32>>", R"(
    %c = ingot.constant dense<[(1.0, 2.0), (-3.0, 0.5)]> : tensor<2xcomplex<f32>>
    %r = ingot.add %a, %c : tensor<2xcomplex<f32>>)",
        "tensor<2xcomplex<f32>>");
  check("%a: tensor<3xi1>", R"(
    %c = ingot.constant dense<[true, false, true]> : tensor<3xi1>
    %r = ingot.xor %a, %c : tensor<3xi1>)",
        "tensor<3xi1>");
  check("%a: tensor<4xbf16>", R"(
    %c = ingot.constant dense<[1.0, 2.0, -3.0, 0.25]> : tensor<4xbf16>
    %r = ingot.multiply %a, %c : tensor<4xbf16>)",
        "tensor<4xbf16>");
}

TEST(IotaKernel, EveryDimAndType) {
  for (const char *element : {"i8", "i32", "ui64", "f32", "f64", "bf16", "complex<f32>"})
    for (int dim : {0, 1}) {
      std::string type = std::string("tensor<5x18x") + element + ">";
      check("%a: tensor<f32>", "  %r = ingot.iota dim = " + std::to_string(dim) + " : " + type, type);
    }
}

TEST(SizeOfKernel, ExpressionOverSizes) {
  check("%a: tensor<?xi64, #ingot.dims<[s0]>>", R"(
    %s = ingot.size_of affine_map<()[s0] -> (s0 * 3 + 1)> : tensor<i64>
    %b = ingot.broadcast_in_dim %s dims = [] : (tensor<i64>) -> tensor<?xi64, #ingot.dims<[s0]>>
    %r = ingot.add %a, %b : tensor<?xi64, #ingot.dims<[s0]>>)",
        "tensor<?xi64, #ingot.dims<[s0]>>", "#ingot.size<\"n\", 1 to 40>", {{1}, {16}, {23}});
}

TEST(BroadcastKernel, NewDimsUnitDimsAndScalars) {
  check("%a: tensor<17xf32>, %b: tensor<3x1x17xf32>", R"(
    %0 = ingot.broadcast_in_dim %a dims = [2] : (tensor<17xf32>) -> tensor<3x5x17xf32>
    %1 = ingot.broadcast_in_dim %b dims = [0, 1, 2] : (tensor<3x1x17xf32>) -> tensor<3x5x17xf32>
    %r = ingot.add %0, %1 : tensor<3x5x17xf32>)",
        "tensor<3x5x17xf32>");
  check("%a: tensor<f32>, %b: tensor<3xf32>", R"(
    %0 = ingot.broadcast_in_dim %a dims = [] : (tensor<f32>) -> tensor<3x40xf32>
    %1 = ingot.broadcast_in_dim %b dims = [0] : (tensor<3xf32>) -> tensor<3x40xf32>
    %r = ingot.subtract %0, %1 : tensor<3x40xf32>)",
        "tensor<3x40xf32>");
  check("%a: tensor<?x3xf32, #ingot.dims<[s0, 3]>>", R"(
    %r = ingot.broadcast_in_dim %a dims = [1, 2] : (tensor<?x3xf32, #ingot.dims<[s0, 3]>>) -> tensor<2x?x3xf32, #ingot.dims<[2, s0, 3]>>)",
        "tensor<2x?x3xf32, #ingot.dims<[2, s0, 3]>>", "#ingot.size<\"n\", 1 to 40>", {{1}, {7}, {16}});
}

TEST(TransposeKernel, PermutationsAndTypes) {
  for (const char *element : {"f32", "i8", "bf16", "complex<f64>"}) {
    std::string e = element;
    check("%a: tensor<5x7x19x" + e + ">",
          "  %r = ingot.transpose %a perm = [2, 0, 1] : (tensor<5x7x19x" + e + ">) -> tensor<19x5x7x" + e + ">",
          "tensor<19x5x7x" + e + ">");
    check("%a: tensor<33x18x" + e + ">",
          "  %r = ingot.transpose %a perm = [1, 0] : (tensor<33x18x" + e + ">) -> tensor<18x33x" + e + ">",
          "tensor<18x33x" + e + ">");
  }
}

TEST(TransposeKernel, BlocksAndTheirEdges) {
  for (const char *element : {"f32", "i8", "bf16", "f64"}) {
    std::string e = element;
    for (auto [rows, columns] : {std::pair(32, 48), std::pair(40, 70), std::pair(129, 33)}) {
      std::string from = "tensor<" + std::to_string(rows) + "x" + std::to_string(columns) + "x" + e + ">";
      std::string to = "tensor<" + std::to_string(columns) + "x" + std::to_string(rows) + "x" + e + ">";
      check("%a: " + from + ", %b: " + to,
            "  %0 = ingot.transpose %a perm = [1, 0] : (" + from + ") -> " + to + "\n  %r = ingot.maximum %0, %b : " + to,
            to);
    }
    std::string from = "tensor<3x?x20x" + e + ", #ingot.dims<[3, s0, 20]>>",
                to = "tensor<3x20x?x" + e + ", #ingot.dims<[3, 20, s0]>>";
    check("%a: " + from, "  %r = ingot.transpose %a perm = [0, 2, 1] : (" + from + ") -> " + to, to,
          "#ingot.size<\"n\", 1 to 70>", {{1}, {16}, {33}, {70}});
  }
}

TEST(ReshapeKernel, OfMemoryAndOfComputedValues) {
  check("%a: tensor<4x6x10xf32>", "  %r = ingot.reshape %a : (tensor<4x6x10xf32>) -> tensor<24x10xf32>",
        "tensor<24x10xf32>");
  check("%a: tensor<4x6x10xf32>", "  %r = ingot.reshape %a : (tensor<4x6x10xf32>) -> tensor<8x30xf32>", "tensor<8x30xf32>");
  check("%a: tensor<4x6x10xf32>", R"(
    %0 = ingot.transpose %a perm = [2, 0, 1] : (tensor<4x6x10xf32>) -> tensor<10x4x6xf32>
    %r = ingot.reshape %0 : (tensor<10x4x6xf32>) -> tensor<10x24xf32>)",
        "tensor<10x24xf32>");
  check("%a: tensor<4x6x10xf32>", R"(
    %0 = ingot.transpose %a perm = [2, 0, 1] : (tensor<4x6x10xf32>) -> tensor<10x4x6xf32>
    %r = ingot.reshape %0 : (tensor<10x4x6xf32>) -> tensor<16x15xf32>)",
        "tensor<16x15xf32>");
  check("%a: tensor<?x4x5xf32, #ingot.dims<[s0, 4, 5]>>", R"(
    %0 = ingot.negate %a : tensor<?x4x5xf32, #ingot.dims<[s0, 4, 5]>>
    %r = ingot.reshape %0 : (tensor<?x4x5xf32, #ingot.dims<[s0, 4, 5]>>) -> tensor<?x20xf32, #ingot.dims<[s0, 20]>>)",
        "tensor<?x20xf32, #ingot.dims<[s0, 20]>>", "#ingot.size<\"n\", 1 to 40>", {{1}, {3}, {16}});
  check("%a: tensor<1x1xf32>", "  %r = ingot.reshape %a : (tensor<1x1xf32>) -> tensor<f32>", "tensor<f32>");
  // Channel shuffle: reshape, transpose, reshape.
  check("%a: tensor<2x12x5xf32>", R"(
    %0 = ingot.reshape %a : (tensor<2x12x5xf32>) -> tensor<2x3x4x5xf32>
    %1 = ingot.transpose %0 perm = [0, 2, 1, 3] : (tensor<2x3x4x5xf32>) -> tensor<2x4x3x5xf32>
    %r = ingot.reshape %1 : (tensor<2x4x3x5xf32>) -> tensor<2x12x5xf32>)",
        "tensor<2x12x5xf32>");
}

TEST(SliceKernel, StartsAndStrides) {
  check("%a: tensor<9x40xf32>",
        "  %r = ingot.slice %a [2, 3] to [9, 40] step [2, 1] : (tensor<9x40xf32>) -> tensor<4x37xf32>", "tensor<4x37xf32>");
  check("%a: tensor<9x40xi8>", "  %r = ingot.slice %a [0, 1] to [9, 40] step [1, 3] : (tensor<9x40xi8>) -> tensor<9x13xi8>",
        "tensor<9x13xi8>");
}

TEST(PadKernel, EdgesNegativeAndInterior) {
  for (const char *element : {"f32", "i8", "complex<f32>"}) {
    std::string e = element, scalar = "tensor<" + e + ">";
    auto pad = [&](const std::string &from, const std::string &low, const std::string &high, const std::string &interior,
                   const std::string &to) {
      check("%a: tensor<" + from + e + ">, %b: " + scalar,
            "  %r = ingot.pad %a, %b low = " + low + " high = " + high + " interior = " + interior + " : (tensor<" + from +
                e + ">, " + scalar + ") -> tensor<" + to + e + ">",
            "tensor<" + to + e + ">");
    };
    pad("5x20x", "[1, 2]", "[2, 3]", "[0, 0]", "8x25x");
    pad("5x20x", "[-1, -2]", "[-2, 3]", "[0, 0]", "2x21x");
    pad("5x20x", "[0, 1]", "[0, 0]", "[1, 2]", "9x59x");
    pad("5x20x", "[2, 0]", "[0, 0]", "[0, 0]", "7x20x");
    pad("4x3x", "[0, -1]", "[-3, 2]", "[2, 1]", "7x6x");
  }
}

// What the inner concatenation reads for lanes that belong to a case before is dropped by selects: it may touch no memory. The
// second half reads at 28 + 4 places less, which is negative for all lanes of a vector that starts before.
TEST(ConcatenateKernel, OfPartsOfAnotherOutOfLine) {
  check("%a: tensor<4x2x16xf32>, %b: tensor<4x32xf32>", R"(
    %0 = ingot.transpose %a perm = [0, 2, 1] : (tensor<4x2x16xf32>) -> tensor<4x16x2xf32>
    %1 = ingot.reshape %0 : (tensor<4x16x2xf32>) -> tensor<4x32xf32>
    %2 = ingot.slice %1 [0, 10] to [4, 14] step [1, 1] : (tensor<4x32xf32>) -> tensor<4x4xf32>
    %3 = ingot.slice %1 [0, 2] to [4, 3] step [1, 1] : (tensor<4x32xf32>) -> tensor<4x1xf32>
    %4 = ingot.slice %1 [0, 5] to [4, 32] step [1, 1] : (tensor<4x32xf32>) -> tensor<4x27xf32>
    %5 = ingot.concatenate %2, %3, %4 dim = 1 : (tensor<4x4xf32>, tensor<4x1xf32>, tensor<4x27xf32>) -> tensor<4x32xf32>
    %6 = ingot.slice %5 [0, 0] to [4, 4] step [1, 1] : (tensor<4x32xf32>) -> tensor<4x4xf32>
    %7 = ingot.slice %5 [0, 4] to [4, 32] step [1, 1] : (tensor<4x32xf32>) -> tensor<4x28xf32>
    %8 = ingot.concatenate %7, %6 dim = 1 : (tensor<4x28xf32>, tensor<4x4xf32>) -> tensor<4x32xf32>
    %r = ingot.multiply %b, %8 : tensor<4x32xf32>)",
        "tensor<4x32xf32>");
}

TEST(ConcatenateKernel, OuterInnerAndSymbolic) {
  check("%a: tensor<2x20xf32>, %b: tensor<3x20xf32>", R"(
    %0 = ingot.negate %a : tensor<2x20xf32>
    %r = ingot.concatenate %0, %b, %a dim = 0 : (tensor<2x20xf32>, tensor<3x20xf32>, tensor<2x20xf32>) -> tensor<7x20xf32>)",
        "tensor<7x20xf32>");
  check("%a: tensor<4x5xf32>, %b: tensor<4x18xf32>", R"(
    %0 = ingot.negate %b : tensor<4x18xf32>
    %r = ingot.concatenate %a, %0, %a dim = 1 : (tensor<4x5xf32>, tensor<4x18xf32>, tensor<4x5xf32>) -> tensor<4x28xf32>)",
        "tensor<4x28xf32>");
  check("%a: tensor<4x16xf32>, %b: tensor<4x32xf32>",
        "  %r = ingot.concatenate %a, %b dim = 1 : (tensor<4x16xf32>, tensor<4x32xf32>) -> tensor<4x48xf32>",
        "tensor<4x48xf32>");
  check("%a: tensor<?xi16, #ingot.dims<[s0]>>, %b: tensor<7xi16>", R"(
    %r = ingot.concatenate %b, %a dim = 0 : (tensor<7xi16>, tensor<?xi16, #ingot.dims<[s0]>>) -> tensor<?xi16, #ingot.dims<[s0 + 7]>>)",
        "tensor<?xi16, #ingot.dims<[s0 + 7]>>", "#ingot.size<\"n\", 1 to 90>", {{1}, {9}, {64}, {90}});
}

// A scalar beside tensors has no place in their order.
TEST(ReshapeKernel, OfASelectByOnePredicate) {
  check("%p: tensor<i1>, %a: tensor<17x2xf32>, %b: tensor<17x2xf32>", R"(
    %0 = ingot.select %p, %a, %b : tensor<i1>, tensor<17x2xf32>
    %r = ingot.reshape %0 : (tensor<17x2xf32>) -> tensor<2x17xf32>)",
        "tensor<2x17xf32>");
}

TEST(ReverseKernel, LanesAndOuterDims) {
  check("%a: tensor<3x37xf32>", "  %r = ingot.reverse %a dims = [1] : tensor<3x37xf32>", "tensor<3x37xf32>");
  check("%a: tensor<3x37xi64>", "  %r = ingot.reverse %a dims = [0, 1] : tensor<3x37xi64>", "tensor<3x37xi64>");
}

TEST(UnpackKernel, PanelsOfEveryWidth) {
  check("%a: tensor<3x10x16xf32>", "  %r = ingot.unpack %a dim = 1 width = 16 : (tensor<3x10x16xf32>) -> tensor<10x45xf32>",
        "tensor<10x45xf32>");
  check("%a: tensor<2x6x48xf32>", "  %r = ingot.unpack %a dim = 1 width = 48 : (tensor<2x6x48xf32>) -> tensor<6x96xf32>",
        "tensor<6x96xf32>");
  check("%a: tensor<4x6x5xf32>", "  %r = ingot.unpack %a dim = 0 width = 5 : (tensor<4x6x5xf32>) -> tensor<18x6xf32>",
        "tensor<18x6xf32>");
}

TEST(MovementKernel, ComposedWithoutTemporaries) {
  check("%a: tensor<2x6x9xf32>, %b: tensor<f32>", R"(
    %0 = ingot.pad %a, %b low = [0, 1, 1] high = [0, 1, 1] interior = [0, 0, 0] : (tensor<2x6x9xf32>, tensor<f32>) -> tensor<2x8x11xf32>
    %1 = ingot.slice %0 [0, 1, 0] to [2, 8, 11] step [1, 2, 1] : (tensor<2x8x11xf32>) -> tensor<2x4x11xf32>
    %2 = ingot.transpose %1 perm = [0, 2, 1] : (tensor<2x4x11xf32>) -> tensor<2x11x4xf32>
    %3 = ingot.reverse %2 dims = [1] : tensor<2x11x4xf32>
    %4 = ingot.concatenate %3, %2 dim = 2 : (tensor<2x11x4xf32>, tensor<2x11x4xf32>) -> tensor<2x11x8xf32>
    %r = ingot.reshape %4 : (tensor<2x11x8xf32>) -> tensor<22x8xf32>)",
        "tensor<22x8xf32>");
}

} // namespace
} // namespace ingot::test
