#include "tests/ir/reference/Harness.h"

namespace ingot::test {
namespace {

// A reduction of %x (of `input`) from `init` along `dims` by `body` on %a, %b.
void expectReduce(const std::string &input, const std::string &x, const std::string &element, const std::string &init,
                  const std::string &dims, const std::string &op, const std::string &output, const std::string &expected) {
  std::string scalar = "tensor<" + element + ">";
  expectValue("%x = ingot.constant dense<" + x + "> : " + input + "\n%i = ingot.constant dense<" + init + "> : " + scalar +
                  "\n%r = ingot.reduce (%x init %i) dims = " + dims + " : (" + input + ", " + scalar + ") -> " + output +
                  " {\n^bb0(%a: " + scalar + ", %b: " + scalar + "):\n%c = ingot." + op + " %a, %b : " + scalar +
                  "\ningot.return %c : " + scalar + "\n}",
              output, "dense<" + expected + ">");
}

TEST(Reduction, SingleOpBodies) {
  expectReduce("tensor<2x3xf32>", "[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]", "f32", "10.0", "[1]", "add", "tensor<2xf32>",
               "[16.0, 25.0]");
  expectReduce("tensor<2x3xf32>", "[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]", "f32", "1.0", "[0, 1]", "multiply", "tensor<f32>",
               "720.0");
  expectReduce("tensor<2x3xi8>", "[[1, -2, 3], [-4, 5, -6]]", "i8", "-128", "[0]", "maximum", "tensor<3xi8>", "[1, 5, 3]");
  expectReduce("tensor<2xui8>", "[200, 100]", "ui8", "0", "[0]", "add", "tensor<ui8>", "44");
  expectReduce("tensor<3xi1>", "[true, true, false]", "i1", "true", "[0]", "and", "tensor<i1>", "false");
  expectReduce("tensor<3xi1>", "[false, true, false]", "i1", "false", "[0]", "or", "tensor<i1>", "true");
  expectReduce("tensor<2xcomplex<f32>>", "[(1.0, 2.0), (3.0, 4.0)]", "complex<f32>", "(0.0, 0.0)", "[0]", "add",
               "tensor<complex<f32>>", "(4.0, 6.0)");
  expectReduce("tensor<2x0xf32>", "[[], []]", "f32", "7.0", "[1]", "add", "tensor<2xf32>", "[7.0, 7.0]");
  // Sums of narrow floats are kept wide: each 1 would vanish beside 2048 in f16.
  expectReduce("tensor<5xf16>", "[2048.0, 1.0, 1.0, 1.0, 1.0]", "f16", "0.0", "[0]", "add", "tensor<f16>", "2052.0");
}

TEST(Reduction, GeneralBodies) {
  // argmax: two accumulators, the first index of the largest value.
  expectValue(R"(%x = ingot.constant dense<[[3.0, 9.0, 9.0], [5.0, 4.0, 1.0]]> : tensor<2x3xf32>
                 %n = ingot.iota dim = 1 : tensor<2x3xi64>
                 %low = ingot.constant dense<0xFF800000> : tensor<f32>
                 %zero = ingot.constant dense<0> : tensor<i64>
                 %m:2 = ingot.reduce (%x, %n init %low, %zero) dims = [1] : (tensor<2x3xf32>, tensor<2x3xi64>, tensor<f32>, tensor<i64>) -> (tensor<2xf32>, tensor<2xi64>) {
                 ^bb0(%a: tensor<f32>, %i: tensor<i64>, %b: tensor<f32>, %j: tensor<i64>):
                   %p = ingot.compare GE %a, %b : tensor<f32>
                   %v = ingot.select %p, %a, %b : tensor<i1>, tensor<f32>
                   %k = ingot.select %p, %i, %j : tensor<i1>, tensor<i64>
                   ingot.return %v, %k : tensor<f32>, tensor<i64>
                 }
                 %r = ingot.negate %m#1 : tensor<2xi64>)",
              "tensor<2xi64>", "dense<[-1, 0]>");
  // A body with a constant.
  expectValue(R"(%x = ingot.constant dense<[1, 2, 3]> : tensor<3xi32>
                 %zero = ingot.constant dense<0> : tensor<i32>
                 %r = ingot.reduce (%x init %zero) dims = [0] : (tensor<3xi32>, tensor<i32>) -> tensor<i32> {
                 ^bb0(%a: tensor<i32>, %b: tensor<i32>):
                   %two = ingot.constant dense<2> : tensor<i32>
                   %s = ingot.multiply %b, %two : tensor<i32>
                   %t = ingot.add %a, %s : tensor<i32>
                   ingot.return %t : tensor<i32>
                 })",
              "tensor<i32>", "dense<12>");
  // A body that is not elementwise runs for each element.
  expectValue(R"(%x = ingot.constant dense<[[1, 2], [3, 4]]> : tensor<2x2xi32>
                 %zero = ingot.constant dense<0> : tensor<i32>
                 %r = ingot.reduce (%x init %zero) dims = [0] : (tensor<2x2xi32>, tensor<i32>) -> tensor<2xi32> {
                 ^bb0(%a: tensor<i32>, %b: tensor<i32>):
                   %c = ingot.reshape %b : (tensor<i32>) -> tensor<1xi32>
                   %d = ingot.reshape %c : (tensor<1xi32>) -> tensor<i32>
                   %t = ingot.add %a, %d : tensor<i32>
                   ingot.return %t : tensor<i32>
                 })",
              "tensor<2xi32>", "dense<[4, 6]>");
}

void expectWindow(const std::string &x, const std::string &init, const std::string &attributes, const std::string &op,
                  const std::string &output, const std::string &expected) {
  expectValue("%x = ingot.constant dense<" + x + "> : tensor<4xi32>\n%i = ingot.constant dense<" + init +
                  "> : tensor<i32>\n%r = ingot.reduce_window (%x init %i) " + attributes +
                  " : (tensor<4xi32>, tensor<i32>) -> " + output + " {\n^bb0(%a: tensor<i32>, %b: tensor<i32>):\n" + op +
                  "\ningot.return %c : tensor<i32>\n}",
              output, "dense<" + expected + ">");
}

TEST(Reduction, Windows) {
  const std::string add = "%c = ingot.add %a, %b : tensor<i32>", max = "%c = ingot.maximum %a, %b : tensor<i32>";
  expectWindow("[1, 2, 3, 4]", "0", "window = [2] stride = [2] base_dilate = [1] dilate = [1] pad = [0, 0]", add,
               "tensor<2xi32>", "[3, 7]");
  expectWindow("[1, 2, 3, 4]", "-9", "window = [3] stride = [1] base_dilate = [1] dilate = [1] pad = [1, 1]", max,
               "tensor<4xi32>", "[2, 3, 4, 4]");
  expectWindow("[1, 2, 3, 4]", "0", "window = [2] stride = [1] base_dilate = [1] dilate = [2] pad = [0, 0]", add,
               "tensor<2xi32>", "[4, 6]");
  expectWindow("[1, 2, 3, 4]", "0", "window = [2] stride = [1] base_dilate = [2] dilate = [1] pad = [0, 0]", add,
               "tensor<6xi32>", "[1, 2, 2, 3, 3, 4]");
  // Padded places count as the init value.
  expectWindow("[1, 2, 3, 4]", "10", "window = [4] stride = [4] base_dilate = [1] dilate = [1] pad = [2, 2]", add,
               "tensor<2xi32>", "[33, 37]");
  expectWindow("[1, 2, 3, 4]", "0", "window = [5] stride = [1] base_dilate = [1] dilate = [1] pad = [0, 0]", add,
               "tensor<0xi32>", "[]");
  expectWindow("[1, 2, 3, 4]", "0", "window = [2] stride = [1] base_dilate = [1] dilate = [1] pad = [0, 0]",
               "%t = ingot.multiply %b, %b : tensor<i32>\n%c = ingot.add %a, %t : tensor<i32>", "tensor<3xi32>",
               "[5, 13, 25]");
}

// The StableHLO specification's example, and windows that overlap and reach into padding.
TEST(Reduction, SelectAndScatter) {
  auto expectScattered = [](const std::string &operand, const std::string &x, const std::string &source,
                            const std::string &s, const std::string &init, const std::string &attributes,
                            const std::string &direction, const std::string &expected) {
    expectValue("%x = ingot.constant dense<" + x + "> : " + operand + "\n%s = ingot.constant dense<" + s + "> : " + source +
                    "\n%i = ingot.constant dense<" + init +
                    "> : tensor<i64>\n%r = ingot.select_and_scatter %x, %s init %i " + attributes + " : (" + operand + ", " +
                    source + ", tensor<i64>) -> " + operand +
                    " select {\n^bb0(%a: tensor<i64>, %b: tensor<i64>):\n%c = ingot.compare " + direction +
                    " %a, %b : tensor<i64>\ningot.return %c : tensor<i1>\n} scatter {\n^bb0(%a: tensor<i64>, %b: "
                    "tensor<i64>):\n%c = ingot.add %a, %b : tensor<i64>\ningot.return %c : tensor<i64>\n}",
                operand, "dense<" + expected + ">");
  };
  expectScattered("tensor<4x2xi64>", "[[1, 5], [2, 5], [3, 6], [4, 4]]", "tensor<2x2xi64>", "[[5, 6], [7, 8]]", "0",
                  "window = [3, 1] stride = [2, 1] pad = [0, 1, 0, 0]", "GE", "[[0, 0], [0, 0], [5, 14], [7, 0]]");
  // Of equals the earlier one with GE, the later one with GT.
  expectScattered("tensor<4xi64>", "[3, 3, 1, 3]", "tensor<2xi64>", "[10, 20]", "1",
                  "window = [2] stride = [2] pad = [0, 0]", "GE", "[11, 1, 1, 21]");
  expectScattered("tensor<4xi64>", "[3, 3, 1, 3]", "tensor<2xi64>", "[10, 20]", "1",
                  "window = [2] stride = [2] pad = [0, 0]", "GT", "[1, 11, 1, 21]");
  // The first and the last window are padding alone.
  expectScattered("tensor<2xi64>", "[-4, -5]", "tensor<4xi64>", "[10, 20, 30, 40]", "0",
                  "window = [2] stride = [2] pad = [3, 3]", "GE", "[20, 30]");
}

} // namespace
} // namespace ingot::test
