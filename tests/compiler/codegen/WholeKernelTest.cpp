// Sorts, selections, scans, scatters and random numbers, alone and behind other ops, beside the interpreter.
#include "tests/compiler/codegen/KernelHarness.h"

#include <gtest/gtest.h>

namespace ingot::test {
namespace {

const char *const kSize = "#ingot.size<\"n\", 0 to 70>";
const std::vector<std::vector<int64_t>> kSizes = {{0}, {1}, {2}, {15}, {16}, {17}, {33}, {70}};

using Create = std::unique_ptr<KernelEmitter> (*)();

void check(Create create, const std::string &text, Values values = Values::Plain, Tolerance tolerance = {},
           const std::string &sizes = "", const std::vector<std::vector<int64_t>> &sizeValues = {{}}) {
  KernelHarness harness(text, sizes);
  harness.check(*create(), sizeValues, values, tolerance);
}

// `dims` is what stands before the element type, `encoding` what follows it.
struct Shape {
  std::string dims, encoding;
  std::string of(const std::string &element) const {
    return "tensor<" + (dims.empty() ? "" : dims + "x") + element + (encoding.empty() ? "" : ", " + encoding) + ">";
  }
};

//===--- sort ---===//

std::string sortText(const Shape &shape, const std::string &element, int dim, const std::string &direction) {
  std::string type = shape.of(element), s = "tensor<" + element + ">";
  return "ingot.kernel @k {\n^bb0(%a: " + type + "):\n  %r = ingot.sort (%a) dim = " + std::to_string(dim) + " : (" + type +
         ") -> " + type + " {\n  ^bb0(%x: " + s + ", %y: " + s + "):\n    %z = ingot.compare " + direction +
         " %x, %y : " + s + "\n    ingot.return %z : tensor<i1>\n  }\n  ingot.return %r : " + type + "\n}";
}

TEST(SortKernel, OneInputAlongEachDim) {
  for (const char *element : {"f32", "i64", "ui8", "f16", "i1"})
    check(createSortEmitter, sortText({"5x37", ""}, element, 1, "LT"), Values::Plain);
  for (int dim : {0, 1, 2})
    check(createSortEmitter, sortText({"3x9x4", ""}, "i32", dim, "GT"), Values::Special);
  check(createSortEmitter, sortText({"300", ""}, "f64", 0, "LT"), Values::Plain);
  check(createSortEmitter, sortText({"0x3", ""}, "f32", 0, "LT"));
  check(createSortEmitter, sortText({"3x0", ""}, "f32", 0, "LT"));
  for (int dim : {0, 1})
    check(createSortEmitter, sortText({"?x5", "#ingot.dims<[s0, 5]>"}, "f32", dim, "LE"), Values::Plain, {}, kSize, kSizes);
}

// With NaN no order is strict: the result is that of the same merges.
TEST(SortKernel, SpecialValues) {
  check(createSortEmitter, sortText({"4x33", ""}, "f32", 1, "LT"), Values::Special);
  check(createSortEmitter, sortText({"4x33", ""}, "bf16", 1, "GE"), Values::Special);
}

// In total order, and by the bits as integers.
TEST(SortKernel, OrdersOfBits) {
  for (const char *element : {"f32", "f64", "f16"})
    check(createSortEmitter, sortText({"4x33", ""}, element, 1, "LT total"), Values::Special);
  check(createSortEmitter, R"(ingot.kernel @k {
    ^bb0(%a: tensor<70xf32>):
      %r = ingot.sort (%a) dim = 0 : (tensor<70xf32>) -> tensor<70xf32> {
        ^bb0(%x: tensor<f32>, %y: tensor<f32>):
          %i = ingot.bitcast_convert %x : (tensor<f32>) -> tensor<ui32>
          %j = ingot.bitcast_convert %y : (tensor<f32>) -> tensor<ui32>
          %z = ingot.compare LT %i, %j : tensor<ui32>
          ingot.return %z : tensor<i1>
      }
      ingot.return %r : tensor<70xf32>
    })",
        Values::Special);
}

// Ties keep their order, which the places that move along show; keys are made in front, one result is not returned.
TEST(SortKernel, StableWithPlacesAndFusedKeys) {
  const char *text = R"(ingot.kernel @k {
    ^bb0(%a: tensor<6x41xi32>, %b: tensor<6x41xf32>):
      %three = ingot.constant dense<7> : tensor<6x41xi32>
      %keys = ingot.remainder %a, %three : tensor<6x41xi32>
      %places = ingot.iota dim = 1 : tensor<6x41xi32>
      %r:3 = ingot.sort (%keys, %b, %places) dim = 1 : (tensor<6x41xi32>, tensor<6x41xf32>, tensor<6x41xi32>)
          -> (tensor<6x41xi32>, tensor<6x41xf32>, tensor<6x41xi32>) {
        ^bb0(%x: tensor<i32>, %y: tensor<i32>, %v: tensor<f32>, %w: tensor<f32>, %i: tensor<i32>, %j: tensor<i32>):
          %z = ingot.compare GT %x, %y : tensor<i32>
          ingot.return %z : tensor<i1>
      }
      ingot.return %r#2, %r#1 : tensor<6x41xi32>, tensor<6x41xf32>
    })";
  check(createSortEmitter, text);
}

TEST(SortKernel, ComparatorOfTwoKeys) {
  check(createSortEmitter, R"(ingot.kernel @k {
    ^bb0(%a: tensor<50xi1>, %b: tensor<50xi8>):
      %r:2 = ingot.sort (%a, %b) dim = 0 : (tensor<50xi1>, tensor<50xi8>) -> (tensor<50xi1>, tensor<50xi8>) {
        ^bb0(%x: tensor<i1>, %y: tensor<i1>, %v: tensor<i8>, %w: tensor<i8>):
          %less = ingot.compare LT %x, %y : tensor<i1>
          %same = ingot.compare EQ %x, %y : tensor<i1>
          %then = ingot.compare LT %v, %w : tensor<i8>
          %both = ingot.and %same, %then : tensor<i1>
          %z = ingot.or %less, %both : tensor<i1>
          ingot.return %z : tensor<i1>
      }
      ingot.return %r#0, %r#1 : tensor<50xi1>, tensor<50xi8>
    })");
}

//===--- top_k ---===//

std::string topKText(const Shape &operand, const Shape &result, const std::string &element) {
  std::string type = operand.of(element), values = result.of(element), indices = result.of("i32");
  return "ingot.kernel @k {\n^bb0(%a: " + type + "):\n  %v, %i = ingot.top_k %a : (" + type + ") -> (" + values + ", " +
         indices + ")\n  ingot.return %v, %i : " + values + ", " + indices + "\n}";
}

TEST(TopKKernel, ElementsAndCounts) {
  for (const char *element : {"f32", "f64", "bf16", "f16", "i8", "ui8", "i64", "ui32"})
    check(createTopKEmitter, topKText({"4x100", ""}, {"4x5", ""}, element), Values::Special);
  for (const char *k : {"0", "1", "40", "99", "100"})
    check(createTopKEmitter, topKText({"3x100", ""}, {std::string("3x") + k, ""}, "i8"));
  check(createTopKEmitter, topKText({"2x3000", ""}, {"2x1", ""}, "f32"));
  check(createTopKEmitter, topKText({"2x3000", ""}, {"2x700", ""}, "f32"));
  check(createTopKEmitter, topKText({"7", ""}, {"3", ""}, "f32"), Values::Special);
  check(createTopKEmitter, topKText({"0x7", ""}, {"0x3", ""}, "f32"));
}

TEST(TopKKernel, SymbolicSizes) {
  std::vector<std::vector<int64_t>> sizes = {{3}, {4}, {34}, {35}, {38}, {39}, {70}};
  check(createTopKEmitter, topKText({"2x?", "#ingot.dims<[2, s0]>"}, {"2x3", ""}, "f32"), Values::Plain, {}, kSize, sizes);
  check(createTopKEmitter, topKText({"2x?", "#ingot.dims<[2, s0 + 40]>"}, {"2x?", "#ingot.dims<[2, s0]>"}, "f32"),
        Values::Plain, {}, kSize, kSizes);
  check(createTopKEmitter, topKText({"?x50", "#ingot.dims<[s0, 50]>"}, {"?x2", "#ingot.dims<[s0, 2]>"}, "i32"),
        Values::Plain, {}, kSize, kSizes);
}

// Rising elements: every one of them is among the largest when it comes.
TEST(TopKKernel, FusedOperandAndOneResult) {
  check(createTopKEmitter, R"(ingot.kernel @k {
    ^bb0(%a: tensor<3x500xf32>):
      %rising = ingot.iota dim = 1 : tensor<3x500xf32>
      %half = ingot.constant dense<0.5> : tensor<3x500xf32>
      %steps = ingot.multiply %rising, %half : tensor<3x500xf32>
      %f = ingot.floor %steps : tensor<3x500xf32>
      %v, %i = ingot.top_k %f : (tensor<3x500xf32>) -> (tensor<3x9xf32>, tensor<3x9xi32>)
      ingot.return %i : tensor<3x9xi32>
    })");
}

//===--- scan ---===//

std::string scanText(const Shape &shape, const std::string &element, const std::string &body, const std::string &init,
                     int dim, const std::string &mode) {
  std::string type = shape.of(element), s = "tensor<" + element + ">";
  return "ingot.kernel @k {\n^bb0(%a: " + type + "):\n  %i = ingot.constant dense<" + init + "> : " + s +
         "\n  %r = ingot.scan (%a init %i) dim = " + std::to_string(dim) + " " + mode + " : (" + type + ", " + s + ") -> " +
         type + " {\n  ^bb0(%x: " + s + ", %y: " + s + "):\n    %z = ingot." + body + " %x, %y : " + s +
         "\n    ingot.return %z : " + s + "\n  }\n  ingot.return %r : " + type + "\n}";
}

TEST(ScanKernel, ModesAlongEachDim) {
  for (const char *mode : {"", "exclusive", "reverse", "exclusive reverse"})
    for (int dim : {0, 1, 2})
      check(createScanEmitter, scanText({"3x5x37", ""}, "i32", "add", "3", dim, mode), Values::Special);
  check(createScanEmitter, scanText({"4x64", ""}, "f32", "add", "0.0", 0, "exclusive"), Values::Plain, {1e-5, 1e-4});
  check(createScanEmitter, scanText({"4x0x5", ""}, "f32", "add", "0.0", 1, ""));
  check(createScanEmitter, scanText({"4x0", ""}, "f32", "add", "0.0", 0, ""));
  for (int dim : {0, 1})
    check(createScanEmitter, scanText({"?x?", "#ingot.dims<[s0, s0 + 1]>"}, "i32", "add", "1", dim, "reverse"),
          Values::Plain, {}, kSize, kSizes);
}

TEST(ScanKernel, ElementsAndBodies) {
  for (auto [element, tolerance] :
       {std::pair("f32", 1e-5), std::pair("f64", 1e-13), std::pair("bf16", 2e-2), std::pair("f16", 2e-3)})
    for (int dim : {0, 1})
      check(createScanEmitter, scanText({"20x33", ""}, element, "add", "0.0", dim, ""), Values::Plain,
            {tolerance, tolerance * 40});
  for (const char *element : {"ui8", "i64"})
    check(createScanEmitter, scanText({"20x33", ""}, element, "multiply", "1", 0, ""));
  check(createScanEmitter, scanText({"20x33", ""}, "f32", "maximum", "0xFF800000", 0, ""), Values::Special);
  check(createScanEmitter, scanText({"20x33", ""}, "i1", "or", "false", 1, "reverse"));
  check(createScanEmitter, scanText({"6x20", ""}, "complex<f32>", "add", "(0.0, 1.0)", 0, ""), Values::Plain, {1e-5, 1e-4});
}

// Two accumulators, operands made in front.
TEST(ScanKernel, RunningMaximumWithItsPlace) {
  check(createScanEmitter, R"(ingot.kernel @k {
    ^bb0(%a: tensor<13x37xf32>):
      %n = ingot.negate %a : tensor<13x37xf32>
      %p = ingot.iota dim = 0 : tensor<13x37xi32>
      %z = ingot.constant dense<0xFF800000> : tensor<f32>
      %m = ingot.constant dense<-1> : tensor<i32>
      %r:2 = ingot.scan (%n, %p init %z, %m) dim = 0 : (tensor<13x37xf32>, tensor<13x37xi32>, tensor<f32>, tensor<i32>)
          -> (tensor<13x37xf32>, tensor<13x37xi32>) {
        ^bb0(%v: tensor<f32>, %w: tensor<i32>, %x: tensor<f32>, %y: tensor<i32>):
          %c = ingot.compare GE %v, %x : tensor<f32>
          %s = ingot.select %c, %v, %x : tensor<i1>, tensor<f32>
          %t = ingot.select %c, %w, %y : tensor<i1>, tensor<i32>
          ingot.return %s, %t : tensor<f32>, tensor<i32>
      }
      ingot.return %r#1, %r#0 : tensor<13x37xi32>, tensor<13x37xf32>
    })");
}

//===--- scatter ---===//

// Indices are `%i` of type i32 cut to [-2, 9].
std::string scatterText(const std::string &type, const std::string &indices, const std::string &updates,
                        const std::string &dims, const std::string &element, const std::string &body) {
  std::string s = "tensor<" + element + ">";
  std::string combined = body.empty() ? "" : "      %z = ingot." + body + " %x, %y : " + s + "\n";
  return "ingot.kernel @k {\n^bb0(%a: " + type + ", %i: " + indices + ", %u: " + updates +
         "):\n  %low = ingot.constant dense<-2> : tensor<i32>\n  %high = ingot.constant dense<9> : tensor<i32>\n  %c = "
         "ingot.clamp %low, %i, %high : (tensor<i32>, " +
         indices + ", tensor<i32>) -> " + indices + "\n  %r = ingot.scatter (%a), %c, (%u) <" + dims + "> : (" + type +
         ", " + indices + ", " + updates + ") -> " + type + " {\n    ^bb0(%x: " + s + ", %y: " + s + "):\n" + combined +
         "      ingot.return " + (body.empty() ? "%y" : "%z") + " : " + s + "\n  }\n  ingot.return %r : " + type + "\n}";
}

TEST(ScatterKernel, RowsWithDuplicatesAndPlacesOutside) {
  const std::string dims = "window = [1], collapsed = [0], batch = [] x [], map = [0], vector = 1";
  for (const char *body : {"", "add", "maximum", "subtract"})
    for (const char *element : {"f32", "i8", "f64", "bf16"}) {
      Tolerance tolerance = std::string(element) == "bf16" ? Tolerance{3e-2, 1e-1} : Tolerance{1e-5, 1e-5};
      std::string e = element;
      check(createScatterEmitter,
            scatterText("tensor<8x37x" + e + ">", "tensor<20xi32>", "tensor<20x37x" + e + ">", dims, e, body), Values::Plain,
            tolerance);
    }
  // Many columns: parts of a row are tiles. Fewer columns in the updates than in the input. A row of few elements.
  check(createScatterEmitter, scatterText("tensor<8x1500xf32>", "tensor<9xi32>", "tensor<9x1400xf32>", dims, "f32", "add"),
        Values::Plain, {1e-5, 1e-5});
  check(createScatterEmitter, scatterText("tensor<8x3xi32>", "tensor<9xi32>", "tensor<9x2xi32>", dims, "i32", "add"));
  check(createScatterEmitter, scatterText("tensor<8x3xi32>", "tensor<0xi32>", "tensor<0x3xi32>", dims, "i32", "add"));
  check(createScatterEmitter,
        scatterText("tensor<4x5xcomplex<f32>>", "tensor<4xi32>", "tensor<4x5xcomplex<f32>>", dims, "complex<f32>", "add"),
        Values::Plain, {1e-5, 1e-5});
}

TEST(ScatterKernel, SymbolicSizes) {
  const std::string dims = "window = [1], collapsed = [0], batch = [] x [], map = [0], vector = 1";
  check(createScatterEmitter,
        scatterText("tensor<?x21xi32, #ingot.dims<[s0, 21]>>", "tensor<?xi32, #ingot.dims<[s0]>>",
                    "tensor<?x21xi32, #ingot.dims<[s0, 21]>>", dims, "i32", "add"),
        Values::Plain, {}, kSize, kSizes);
  check(createScatterEmitter,
        scatterText("tensor<7x?xi32, #ingot.dims<[7, s0]>>", "tensor<6xi32>", "tensor<6x?xi32, #ingot.dims<[6, s0]>>", dims,
                    "i32", "add"),
        Values::Plain, {}, kSize, kSizes);
}

TEST(ScatterKernel, ElementsWindowsAndBatches) {
  // Single elements by full index vectors.
  check(createScatterEmitter,
        scatterText("tensor<7x5xi32>", "tensor<6x10x2xi32>", "tensor<6x10xi32>",
                    "window = [], collapsed = [0, 1], batch = [] x [], map = [0, 1], vector = 2", "i32", "add"));
  // Windows that stick out, index vector in front, components in the other order.
  check(createScatterEmitter,
        scatterText("tensor<7x9x4xi32>", "tensor<2x5xi32>", "tensor<3x5x2x4xi32>",
                    "window = [0, 2, 3], collapsed = [], batch = [] x [], map = [1, 0], vector = 0", "i32", ""));
  // Batch dims, scalar index vectors.
  check(createScatterEmitter,
        scatterText("tensor<3x8x20xi32>", "tensor<5x3xi32>", "tensor<5x3x20xi32>",
                    "window = [2], collapsed = [1], batch = [0] x [1], map = [1], vector = 2", "i32", "add"));
  check(createScatterEmitter,
        scatterText("tensor<8xi32>", "tensor<1xi32>", "tensor<i32>",
                    "window = [], collapsed = [0], batch = [] x [], map = [0], vector = 0", "i32", "add"));
}

TEST(ScatterKernel, TwoInputsOneReturned) {
  check(createScatterEmitter, R"(ingot.kernel @k {
    ^bb0(%a: tensor<8x5xi32>, %b: tensor<8x5xi32>, %i: tensor<30xi32>, %u: tensor<30x5xi32>, %v: tensor<30x5xi32>):
      %eight = ingot.constant dense<8> : tensor<30xi32>
      %c = ingot.remainder %i, %eight : tensor<30xi32>
      %n = ingot.negate %a : tensor<8x5xi32>
      %r:2 = ingot.scatter (%n, %b), %c, (%u, %v) <window = [1], collapsed = [0], batch = [] x [], map = [0], vector = 1>
          : (tensor<8x5xi32>, tensor<8x5xi32>, tensor<30xi32>, tensor<30x5xi32>, tensor<30x5xi32>)
          -> (tensor<8x5xi32>, tensor<8x5xi32>) {
        ^bb0(%p: tensor<i32>, %q: tensor<i32>, %x: tensor<i32>, %y: tensor<i32>):
          %s = ingot.add %p, %y : tensor<i32>
          %t = ingot.subtract %x, %q : tensor<i32>
          %w = ingot.add %t, %s : tensor<i32>
          ingot.return %w, %s : tensor<i32>, tensor<i32>
      }
      ingot.return %r#0 : tensor<8x5xi32>
    })");
}

//===--- Random numbers ---===//

std::string rngText(const std::string &distribution, const Shape &shape, const std::string &element) {
  std::string type = shape.of(element), s = "tensor<" + element + ">";
  return "ingot.kernel @k {\n^bb0(%a: " + s + ", %b: " + s + ", %like: " + shape.of("i1") + "):\n  %r = ingot.rng " +
         distribution + " %a, %b seed = -1234567890123 : (" + s + ", " + s + ") -> " + type +
         "\n  ingot.return %r : " + type + "\n}";
}

TEST(RandomKernel, UniformIsExact) {
  for (const char *element : {"f32", "f64", "bf16", "f16", "i8", "ui8", "i32", "i64", "ui64"})
    for (Values values : {Values::Plain, Values::Positive})
      check(createLoopEmitter, rngText("UNIFORM", {"5x77", ""}, element), values);
  check(createLoopEmitter, rngText("UNIFORM", {"3x?", "#ingot.dims<[3, s0]>"}, "f32"), Values::Plain, {}, kSize, kSizes);
}

TEST(RandomKernel, NormalIsNear) {
  check(createLoopEmitter, rngText("NORMAL", {"5x77", ""}, "f32"), Values::Plain, {1e-6, 1e-6});
  check(createLoopEmitter, rngText("NORMAL", {"5x77", ""}, "f64"), Values::Plain, {1e-13, 1e-13});
}

std::string bitsText(const std::string &algorithm, int state, const Shape &shape, const std::string &element) {
  std::string type = shape.of(element), s = "tensor<" + std::to_string(state) + "xui64>";
  return "ingot.kernel @k {\n^bb0(%a: " + s + ", %like: " + shape.of("i1") + "):\n  %s, %r = ingot.rng_bit_generator " +
         algorithm + " %a : (" + s + ") -> (" + s + ", " + type + ")\n  ingot.return %s, %r : " + s + ", " + type + "\n}";
}

TEST(RandomKernel, BitsAndStatesAreExact) {
  for (const char *element : {"ui8", "i16", "ui32", "ui64", "i64"}) {
    check(createLoopEmitter, bitsText("THREE_FRY", 2, {"3x7", ""}, element), Values::Special);
    // Pairs along the first even dim; along the largest; the first word of one.
    check(createLoopEmitter, bitsText("THREE_FRY", 2, {"3x4x6", ""}, element), Values::Special);
    check(createLoopEmitter, bitsText("THREE_FRY", 2, {"5x3", ""}, element), Values::Special);
    check(createLoopEmitter, bitsText("PHILOX", 2, {"41", ""}, element), Values::Special);
    check(createLoopEmitter, bitsText("DEFAULT", 3, {"2x3x15", ""}, element), Values::Special);
  }
  check(createLoopEmitter, bitsText("PHILOX", 3, {"?", "#ingot.dims<[s0]>"}, "ui32"), Values::Special, {}, kSize, kSizes);
  check(createLoopEmitter, bitsText("THREE_FRY", 2, {"4x?", "#ingot.dims<[4, s0]>"}, "ui32"), Values::Special, {}, kSize,
        kSizes);
  check(createLoopEmitter, bitsText("THREE_FRY", 2, {"", ""}, "ui32"), Values::Special);
}

// The counter's low half overflows within the output.
TEST(RandomKernel, CounterCarries) {
  check(createLoopEmitter, R"(ingot.kernel @k {
    ^bb0(%a: tensor<3xui64>):
      %zero = ingot.constant dense<0> : tensor<3xui64>
      %state = ingot.multiply %a, %zero : tensor<3xui64>
      %two = ingot.constant dense<2> : tensor<3xui64>
      %near = ingot.subtract %state, %two : tensor<3xui64>
      %s, %r = ingot.rng_bit_generator PHILOX %near : (tensor<3xui64>) -> (tensor<3xui64>, tensor<21xui32>)
      ingot.return %s, %r : tensor<3xui64>, tensor<21xui32>
    })");
}

// The places between the state's words are none of the state that is read.
TEST(RandomKernel, StateMovedApart) {
  check(createLoopEmitter, R"(ingot.kernel @k {
    ^bb0(%a: tensor<2xui64>, %c: tensor<ui64>):
      %s, %r = ingot.rng_bit_generator THREE_FRY %a : (tensor<2xui64>) -> (tensor<2xui64>, tensor<4xui32>)
      %0 = ingot.pad %s, %c low = [40] high = [3] interior = [2] : (tensor<2xui64>, tensor<ui64>) -> tensor<47xui64>
      ingot.return %0 : tensor<47xui64>
    })");
}

TEST(RandomKernel, FusedWithNeighbours) {
  check(createLoopEmitter, R"(ingot.kernel @k {
    ^bb0(%x: tensor<4x50xf32>, %rate: tensor<f32>):
      %zero = ingot.constant dense<0.0> : tensor<f32>
      %one = ingot.constant dense<1.0> : tensor<f32>
      %u = ingot.rng UNIFORM %zero, %one seed = 3 : (tensor<f32>, tensor<f32>) -> tensor<4x50xf32>
      %limit = ingot.constant dense<0.5> : tensor<4x50xf32>
      %keep = ingot.compare LT %u, %limit : tensor<4x50xf32>
      %none = ingot.constant dense<0.0> : tensor<4x50xf32>
      %r = ingot.select %keep, %x, %none : tensor<4x50xi1>, tensor<4x50xf32>
      ingot.return %r : tensor<4x50xf32>
    })");
}

} // namespace
} // namespace ingot::test
