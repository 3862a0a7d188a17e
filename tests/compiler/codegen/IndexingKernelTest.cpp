// gather, dynamic_slice and dynamic_update_slice, alone and within elementwise code, as the loop emitter compiles them.
#include "tests/compiler/codegen/KernelHarness.h"

#include <gtest/gtest.h>

namespace ingot::test {
namespace {

// `body` makes %r of type `result` from %a, %b ... of the types given. Indices among random values are often out of range.
void check(const std::string &arguments, const std::string &body, const std::string &result, const std::string &sizes = "",
           std::vector<std::vector<int64_t>> values = {{}}) {
  checkLoops("ingot.kernel @k {\n^bb0(" + arguments + "):\n" + body + "\n  ingot.return %r : " + result + "\n}", {},
             Values::Special, sizes, values);
}

TEST(GatherKernel, RowsOfATable) {
  for (const char *element : {"f32", "i8", "bf16", "f64", "i1", "complex<f32>", "f8E5M2"})
    for (const char *integer : {"i64", "i32", "ui8"}) {
      std::string table = std::string("tensor<90x37x") + element + ">", ids = std::string("tensor<3x7x") + integer + ">",
                  rows = std::string("tensor<3x7x37x") + element + ">";
      check("%a: " + table + ", %b: " + ids,
            "  %r = ingot.gather %a, %b <window = [2], collapsed = [0], batch = [] x [], map = [0], vector = 2> : (" +
                table + ", " + ids + ") -> " + rows,
            rows);
    }
}

TEST(GatherKernel, IndicesOfEveryType) {
  for (const char *integer : {"i4", "ui4", "i8", "ui8", "i16", "ui16", "i32", "ui32", "i64", "ui64"}) {
    std::string ids = std::string("tensor<40x") + integer + ">";
    check("%a: tensor<100xf32>, %b: " + ids,
          "  %r = ingot.gather %a, %b <window = [], collapsed = [0], batch = [] x [], map = [0], vector = 1> : "
          "(tensor<100xf32>, " +
              ids + ") -> tensor<40xf32>",
          "tensor<40xf32>");
  }
}

// Lanes run along the gathered dim: each has a place of its own.
TEST(GatherKernel, AlongTheLastDim) {
  for (const char *element : {"f32", "f64", "i64", "i8", "bf16", "complex<f64>"}) {
    std::string e = element;
    check("%a: tensor<5x50x" + e + ">, %b: tensor<37xi64>",
          "  %r = ingot.gather %a, %b <window = [0], collapsed = [1], batch = [] x [], map = [1], vector = 1> : "
          "(tensor<5x50x" +
              e + ">, tensor<37xi64>) -> tensor<5x37x" + e + ">",
          "tensor<5x37x" + e + ">");
  }
}

TEST(GatherKernel, WindowsOfManySizes) {
  // Two components, the index vector first; a window of 2 x 5 that must be shifted at the edges.
  check("%a: tensor<9x20x33xf32>, %b: tensor<2x6xi32>",
        "  %r = ingot.gather %a, %b <window = [0, 2, 3], collapsed = [], batch = [] x [], map = [0, 1], vector = 0> : "
        "(tensor<9x20x33xf32>, tensor<2x6xi32>) -> tensor<2x6x5x33xf32>",
        "tensor<2x6x5x33xf32>");
  // The components in another order than the dims; a window along the lanes.
  check("%a: tensor<9x40xf32>, %b: tensor<6x2xi64>",
        "  %r = ingot.gather %a, %b <window = [1], collapsed = [0], batch = [] x [], map = [1, 0], vector = 1> : "
        "(tensor<9x40xf32>, tensor<6x2xi64>) -> tensor<6x18xf32>",
        "tensor<6x18xf32>");
  // Batch dims of both sides.
  check("%a: tensor<4x50x19xf32>, %b: tensor<6x4x1xi64>",
        "  %r = ingot.gather %a, %b <window = [2], collapsed = [1], batch = [0] x [1], map = [1], vector = 2> : "
        "(tensor<4x50x19xf32>, tensor<6x4x1xi64>) -> tensor<6x4x19xf32>",
        "tensor<6x4x19xf32>");
  // As GatherElements along the last dim.
  check("%a: tensor<4x50xf32>, %b: tensor<4x30xi64>",
        "  %r = ingot.gather %a, %b <window = [], collapsed = [1], batch = [0] x [0], map = [1], vector = 2> : "
        "(tensor<4x50xf32>, tensor<4x30xi64>) -> tensor<4x30xf32>",
        "tensor<4x30xf32>");
  // One window at a scalar index; none at all; an empty window.
  check("%a: tensor<9x40xf32>, %b: tensor<i64>",
        "  %r = ingot.gather %a, %b <window = [0], collapsed = [0], batch = [] x [], map = [0], vector = 0> : "
        "(tensor<9x40xf32>, tensor<i64>) -> tensor<40xf32>",
        "tensor<40xf32>");
  check("%a: tensor<9x40xf32>, %b: tensor<0xi64>",
        "  %r = ingot.gather %a, %b <window = [1], collapsed = [0], batch = [] x [], map = [0], vector = 1> : "
        "(tensor<9x40xf32>, tensor<0xi64>) -> tensor<0x40xf32>",
        "tensor<0x40xf32>");
  check("%a: tensor<9x40xf32>, %b: tensor<5xi64>",
        "  %r = ingot.gather %a, %b <window = [1, 2], collapsed = [], batch = [] x [], map = [0], vector = 1> : "
        "(tensor<9x40xf32>, tensor<5xi64>) -> tensor<5x0x40xf32>",
        "tensor<5x0x40xf32>");
}

TEST(GatherKernel, SymbolicSizes) {
  check("%a: tensor<?x?xf32, #ingot.dims<[s0, s1]>>, %b: tensor<?xi64, #ingot.dims<[s0 * 2]>>",
        "  %r = ingot.gather %a, %b <window = [1], collapsed = [0], batch = [] x [], map = [0], vector = 1> : "
        "(tensor<?x?xf32, #ingot.dims<[s0, s1]>>, tensor<?xi64, #ingot.dims<[s0 * 2]>>) -> tensor<?x?xf32, #ingot.dims<[s0 "
        "* 2, s1]>>",
        "tensor<?x?xf32, #ingot.dims<[s0 * 2, s1]>>", "#ingot.size<\"n\", 1 to 40>, #ingot.size<\"m\", 0 to 100>",
        {{1, 3}, {16, 16}, {23, 37}, {5, 0}});
  check("%a: tensor<?xf32, #ingot.dims<[s0]>>, %b: tensor<?xi32, #ingot.dims<[s1]>>",
        "  %r = ingot.gather %a, %b <window = [1], collapsed = [], batch = [] x [], map = [0], vector = 1> : "
        "(tensor<?xf32, #ingot.dims<[s0]>>, tensor<?xi32, #ingot.dims<[s1]>>) -> tensor<?x4xf32, #ingot.dims<[s1, 4]>>",
        "tensor<?x4xf32, #ingot.dims<[s1, 4]>>", "#ingot.size<\"n\", 1 to 40>, #ingot.size<\"m\", 0 to 100>",
        {{4, 3}, {16, 16}, {23, 37}, {5, 0}});
}

// What comes before and after: negative indices wrapped, a scaled table, an addition.
TEST(GatherKernel, WithinElementwiseCode) {
  check("%a: tensor<90x64xf32>, %b: tensor<12xi64>, %c: tensor<12x64xf32>, %s: tensor<64xf32>", R"(
    %n = ingot.constant dense<90> : tensor<i64>
    %z = ingot.constant dense<0> : tensor<i64>
    %nb = ingot.broadcast_in_dim %n dims = [] : (tensor<i64>) -> tensor<12xi64>
    %zb = ingot.broadcast_in_dim %z dims = [] : (tensor<i64>) -> tensor<12xi64>
    %0 = ingot.compare LT %b, %zb : tensor<12xi64>
    %1 = ingot.add %b, %nb : tensor<12xi64>
    %2 = ingot.select %0, %1, %b : tensor<12xi1>, tensor<12xi64>
    %3 = ingot.broadcast_in_dim %s dims = [1] : (tensor<64xf32>) -> tensor<90x64xf32>
    %4 = ingot.multiply %a, %3 : tensor<90x64xf32>
    %5 = ingot.gather %4, %2 <window = [1], collapsed = [0], batch = [] x [], map = [0], vector = 1> : (tensor<90x64xf32>, tensor<12xi64>) -> tensor<12x64xf32>
    %r = ingot.add %5, %c : tensor<12x64xf32>)",
        "tensor<12x64xf32>");
  // A gather of a gather; a transpose between; a concatenation of gathers, whose lanes are masked.
  check("%a: tensor<30x20xf32>, %b: tensor<9xi64>, %c: tensor<11xi32>", R"(
    %0 = ingot.gather %a, %b <window = [1], collapsed = [0], batch = [] x [], map = [0], vector = 1> : (tensor<30x20xf32>, tensor<9xi64>) -> tensor<9x20xf32>
    %1 = ingot.transpose %0 perm = [1, 0] : (tensor<9x20xf32>) -> tensor<20x9xf32>
    %2 = ingot.gather %1, %c <window = [1], collapsed = [0], batch = [] x [], map = [0], vector = 1> : (tensor<20x9xf32>, tensor<11xi32>) -> tensor<11x9xf32>
    %3 = ingot.transpose %2 perm = [1, 0] : (tensor<11x9xf32>) -> tensor<9x11xf32>
    %r = ingot.concatenate %0, %3 dim = 1 : (tensor<9x20xf32>, tensor<9x11xf32>) -> tensor<9x31xf32>)",
        "tensor<9x31xf32>");
  // A row sum of gathered rows, as an embedding bag.
  checkLoops(R"(ingot.kernel @k {
  ^bb0(%a: tensor<50x40xf32>, %b: tensor<6x5xi64>):
    %0 = ingot.gather %a, %b <window = [2], collapsed = [0], batch = [] x [], map = [0], vector = 2> : (tensor<50x40xf32>, tensor<6x5xi64>) -> tensor<6x5x40xf32>
    %z = ingot.constant dense<0.0> : tensor<f32>
    %r = ingot.reduce (%0 init %z) dims = [1] : (tensor<6x5x40xf32>, tensor<f32>) -> tensor<6x40xf32> {
    ^bb0(%x: tensor<f32>, %y: tensor<f32>):
      %1 = ingot.add %x, %y : tensor<f32>
      ingot.return %1 : tensor<f32>
    }
    ingot.return %r : tensor<6x40xf32>
  })",
             {1e-5, 1e-5});
}

TEST(DynamicSliceKernel, StartsAreClamped) {
  for (const char *element : {"f32", "i8", "complex<f32>", "bf16"})
    for (const char *integer : {"i32", "ui8", "ui64"}) {
      std::string e = element, i = std::string("tensor<") + integer + ">";
      check("%a: tensor<8x50x" + e + ">, %b: " + i + ", %c: " + i,
            "  %r = ingot.dynamic_slice %a [%b, %c] : (tensor<8x50x" + e + ">, " + i + ", " + i + ") -> tensor<3x37x" + e +
                ">",
            "tensor<3x37x" + e + ">");
    }
  check("%a: tensor<8x50xf32>, %b: tensor<i64>, %c: tensor<8x10xf32>", R"(
    %one = ingot.constant dense<1> : tensor<i64>
    %at = ingot.add %b, %one : tensor<i64>
    %n = ingot.negate %a : tensor<8x50xf32>
    %0 = ingot.dynamic_slice %n [%one, %at] : (tensor<8x50xf32>, tensor<i64>, tensor<i64>) -> tensor<8x10xf32>
    %r = ingot.add %0, %c : tensor<8x10xf32>)",
        "tensor<8x10xf32>");
  check("%a: tensor<50x?xf32, #ingot.dims<[50, s0]>>, %b: tensor<i64>, %c: tensor<i64>",
        "  %r = ingot.dynamic_slice %a [%b, %c] : (tensor<50x?xf32, #ingot.dims<[50, s0]>>, tensor<i64>, tensor<i64>) -> "
        "tensor<?x1xf32, #ingot.dims<[s0, 1]>>",
        "tensor<?x1xf32, #ingot.dims<[s0, 1]>>", "#ingot.size<\"n\", 1 to 40>", {{1}, {16}, {40}});
}

TEST(DynamicUpdateSliceKernel, SelectsBetweenUpdateAndOperand) {
  for (const char *element : {"f32", "i8", "complex<f32>", "bf16"}) {
    std::string e = element;
    // Whole rows, parts of rows; negated around.
    for (const char *size : {"2x50", "3x21", "1x1", "8x40"}) {
      std::string update = std::string("tensor<") + size + "x" + e + ">", whole = "tensor<8x50x" + e + ">";
      check("%a: " + whole + ", %u: " + update + ", %b: tensor<i32>, %c: tensor<i32>",
            "  %0 = ingot.negate %a : " + whole + "\n  %1 = ingot.dynamic_update_slice %0, %u [%b, %c] : (" + whole + ", " +
                update + ", tensor<i32>, tensor<i32>) -> " + whole + "\n  %r = ingot.negate %1 : " + whole,
            whole);
    }
  }
  check(
      "%a: tensor<2x?x20xf32, #ingot.dims<[2, s0, 20]>>, %u: tensor<2x?x20xf32, #ingot.dims<[2, s1, 20]>>, %b: tensor<i64>",
      R"(
    %z = ingot.constant dense<0> : tensor<i64>
    %0 = ingot.dynamic_update_slice %a, %u [%z, %b, %z] : (tensor<2x?x20xf32, #ingot.dims<[2, s0, 20]>>, tensor<2x?x20xf32, #ingot.dims<[2, s1, 20]>>, tensor<i64>, tensor<i64>, tensor<i64>) -> tensor<2x?x20xf32, #ingot.dims<[2, s0, 20]>>
    %r = ingot.abs %0 : tensor<2x?x20xf32, #ingot.dims<[2, s0, 20]>>)",
      "tensor<2x?x20xf32, #ingot.dims<[2, s0, 20]>>", "#ingot.size<\"n\", 1 to 40>, #ingot.size<\"m\", 0 to 40>",
      {{1, 1}, {16, 3}, {40, 40}, {7, 0}});
}

// The window alone is written: all else stays what the operand's memory held.
TEST(UpdateKernel, WritesTheWindow) {
  for (const char *element : {"f32", "i8", "complex<f32>", "bf16", "i1"}) {
    std::string e = element, whole = "tensor<8x50x" + e + ">";
    for (const char *size : {"2x50", "3x21", "1x1", "8x40", "3x0"}) {
      std::string update = std::string("tensor<") + size + "x" + e + ">";
      check("%a: " + whole + ", %u: " + update + ", %b: tensor<i32>, %c: tensor<i32>",
            "  %r = ingot.dynamic_update_slice %a, %u [%b, %c] : (" + whole + ", " + update +
                ", tensor<i32>, tensor<i32>) -> " + whole,
            whole);
    }
  }
}

TEST(UpdateKernel, ComputesTheWindow) {
  // Rows of a cache at a position: transposed, scaled, at a position that is computed, too.
  check("%a: tensor<4x30x16xf32>, %u: tensor<3x4x16xf32>, %b: tensor<i64>, %s: tensor<16xf32>", R"(
    %z = ingot.constant dense<0> : tensor<i64>
    %one = ingot.constant dense<1> : tensor<i64>
    %at = ingot.subtract %b, %one : tensor<i64>
    %0 = ingot.transpose %u perm = [1, 0, 2] : (tensor<3x4x16xf32>) -> tensor<4x3x16xf32>
    %1 = ingot.broadcast_in_dim %s dims = [2] : (tensor<16xf32>) -> tensor<4x3x16xf32>
    %2 = ingot.multiply %0, %1 : tensor<4x3x16xf32>
    %r = ingot.dynamic_update_slice %a, %2 [%z, %at, %z] : (tensor<4x30x16xf32>, tensor<4x3x16xf32>, tensor<i64>, tensor<i64>, tensor<i64>) -> tensor<4x30x16xf32>)",
        "tensor<4x30x16xf32>");
}

TEST(UpdateKernel, SymbolicSizes) {
  check(
      "%a: tensor<2x?x20xf32, #ingot.dims<[2, s0, 20]>>, %u: tensor<2x?x20xf32, #ingot.dims<[2, s1, 20]>>, %b: tensor<i64>",
      R"(
    %z = ingot.constant dense<0> : tensor<i64>
    %r = ingot.dynamic_update_slice %a, %u [%z, %b, %z] : (tensor<2x?x20xf32, #ingot.dims<[2, s0, 20]>>, tensor<2x?x20xf32, #ingot.dims<[2, s1, 20]>>, tensor<i64>, tensor<i64>, tensor<i64>) -> tensor<2x?x20xf32, #ingot.dims<[2, s0, 20]>>)",
      "tensor<2x?x20xf32, #ingot.dims<[2, s0, 20]>>", "#ingot.size<\"n\", 1 to 40>, #ingot.size<\"m\", 0 to 40>",
      {{1, 1}, {16, 3}, {40, 40}, {7, 0}});
}

} // namespace
} // namespace ingot::test
