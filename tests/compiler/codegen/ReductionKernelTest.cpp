// Reductions, windows and contractions, alone and fused, as the loop emitter compiles them.
#include "tests/compiler/codegen/KernelHarness.h"

#include <gtest/gtest.h>

namespace ingot::test {
namespace {

const char *const kSize = "#ingot.size<\"n\", 1 to 70>";
const std::vector<std::vector<int64_t>> kSizes = {{1}, {2}, {15}, {16}, {17}, {33}, {70}};

std::string reduceText(const std::string &op, const std::string &input, const std::string &element, const std::string &init,
                       const std::string &dims, const std::string &result) {
  std::string s = "tensor<" + element + ">";
  return "ingot.kernel @k {\n^bb0(%a: " + input + "):\n  %i = ingot.constant dense<" + init + "> : " + s +
         "\n  %r = ingot.reduce(%a init %i) dims = " + dims + " : (" + input + ", " + s + ") -> " + result +
         " {\n  ^bb0(%x: " + s + ", %y: " + s + "):\n    %z = ingot." + op + " %x, %y : " + s +
         "\n    ingot.return %z : " + s + "\n  }\n  ingot.return %r : " + result + "\n}";
}

TEST(ReduceKernel, FloatSums) {
  for (auto [element, tolerance] :
       {std::pair("f32", 1e-5), std::pair("f64", 1e-13), std::pair("bf16", 2e-2), std::pair("f16", 2e-3)}) {
    std::string e = element;
    std::string zero = "0.0";
    checkLoops(reduceText("add", "tensor<6x37x" + e + ">", e, zero, "[1]", "tensor<6x" + e + ">"),
               {tolerance, tolerance * 4});
    checkLoops(reduceText("add", "tensor<6x37x" + e + ">", e, zero, "[0]", "tensor<37x" + e + ">"),
               {tolerance, tolerance * 4});
    checkLoops(reduceText("add", "tensor<3x7x7x" + e + ">", e, "1.0", "[1, 2]", "tensor<3x" + e + ">"),
               {tolerance, tolerance * 4});
    checkLoops(reduceText("add", "tensor<5x4x9x" + e + ">", e, zero, "[0, 2]", "tensor<4x" + e + ">"),
               {tolerance, tolerance * 4});
    checkLoops(reduceText("add", "tensor<1000x" + e + ">", e, zero, "[0]", "tensor<" + e + ">"),
               {tolerance, tolerance * 60});
    checkLoops(reduceText("add", "tensor<6x?x" + e + ", #ingot.dims<[6, s0]>>", e, zero, "[1]", "tensor<6x" + e + ">"),
               {tolerance, tolerance * 8}, Values::Plain, kSize, kSizes);
    checkLoops(reduceText("add", "tensor<?x19x" + e + ", #ingot.dims<[s0, 19]>>", e, zero, "[0]", "tensor<19x" + e + ">"),
               {tolerance, tolerance * 8}, Values::Plain, kSize, kSizes);
  }
}

TEST(ReduceKernel, ExactBodies) {
  for (const char *op : {"maximum", "minimum"}) {
    std::string init = std::string(op) == "maximum" ? "0xFF800000" : "0x7F800000";
    checkLoops(reduceText(op, "tensor<4x39xf32>", "f32", init, "[1]", "tensor<4xf32>"), {}, Values::Plain);
    checkLoops(reduceText(op, "tensor<4x39xf32>", "f32", init, "[1]", "tensor<4xf32>"), {}, Values::Special);
    checkLoops(reduceText(op, "tensor<4x39xf32>", "f32", init, "[0]", "tensor<39xf32>"), {}, Values::Special);
    checkLoops(reduceText(op, "tensor<4x39xui8>", "ui8", "7", "[1]", "tensor<4xui8>"), {}, Values::Special);
    checkLoops(reduceText(op, "tensor<4x39xi16>", "i16", "7", "[1]", "tensor<4xi16>"), {}, Values::Special);
  }
  for (const char *element : {"i8", "i32", "i64", "ui32"}) {
    std::string e = element;
    for (const char *op : {"add", "multiply", "and", "or", "xor"}) {
      checkLoops(reduceText(op, "tensor<3x70x" + e + ">", e, "3", "[1]", "tensor<3x" + e + ">"), {}, Values::Special);
      checkLoops(reduceText(op, "tensor<70x3x" + e + ">", e, "3", "[0]", "tensor<3x" + e + ">"), {}, Values::Special);
    }
  }
  for (const char *op : {"and", "or"})
    checkLoops(reduceText(op, "tensor<3x40xi1>", "i1", "true", "[1]", "tensor<3xi1>"));
  checkLoops(reduceText("add", "tensor<0x5xf32>", "f32", "2.0", "[0]", "tensor<5xf32>"));
  checkLoops(reduceText("add", "tensor<9xcomplex<f32>>", "complex<f32>", "(1.0, 2.0)", "[0]", "tensor<complex<f32>>"),
             {1e-5, 1e-4});
}

TEST(ReduceKernel, ArgMaxWithTwoOperands) {
  auto text = [](const std::string &shape, const std::string &dims, const std::string &result) {
    std::string f = "tensor<" + shape + "xf32>", i = "tensor<" + shape + "xi32>";
    return "ingot.kernel @k {\n^bb0(%a: " + f + "):\n  %p = ingot.iota dim = " + dims + " : " + i +
           "\n  %z = ingot.constant dense<0xFF800000> : tensor<f32>\n  %n = ingot.constant dense<-1> : tensor<i32>\n" +
           "  %r:2 = ingot.reduce(%a, %p init %z, %n) dims = [" + dims + "] : (" + f + ", " + i +
           ", tensor<f32>, tensor<i32>) -> (tensor<" + result + "xf32>, tensor<" + result + R"(xi32>) {
    ^bb0(%v: tensor<f32>, %w: tensor<i32>, %x: tensor<f32>, %y: tensor<i32>):
      %c = ingot.compare GE %v, %x : tensor<f32>
      %s = ingot.select %c, %v, %x : tensor<i1>, tensor<f32>
      %t = ingot.select %c, %w, %y : tensor<i1>, tensor<i32>
      ingot.return %s, %t : tensor<f32>, tensor<i32>
    }
    ingot.return %r#0, %r#1 : tensor<)" +
           result + "xf32>, tensor<" + result + "xi32>\n}";
  };
  checkLoops(text("5x21", "1", "5"));
  checkLoops(text("21x37", "0", "37"));
}

const std::string kSoftmax = R"(
    %ninf = ingot.constant dense<0xFF800000> : tensor<f32>
    %zero = ingot.constant dense<0.0> : tensor<f32>
    %m = ingot.reduce(%a init %ninf) dims = [DIM] : (TYPE, tensor<f32>) -> KEPT {
      ^bb0(%x: tensor<f32>, %y: tensor<f32>):
        %z = ingot.maximum %x, %y : tensor<f32>
        ingot.return %z : tensor<f32>
    }
    %mb = ingot.broadcast_in_dim %m dims = [OTHERS] : (KEPT) -> TYPE
    %d = ingot.subtract %a, %mb : TYPE
    %e = ingot.exponential %d : TYPE
    %s = ingot.reduce(%e init %zero) dims = [DIM] : (TYPE, tensor<f32>) -> KEPT {
      ^bb0(%x: tensor<f32>, %y: tensor<f32>):
        %z = ingot.add %x, %y : tensor<f32>
        ingot.return %z : tensor<f32>
    }
    %sb = ingot.broadcast_in_dim %s dims = [OTHERS] : (KEPT) -> TYPE
    %r = ingot.divide %e, %sb : TYPE
    ingot.return %r : TYPE
)";

std::string softmax(const std::string &type, const std::string &kept, const std::string &dim, const std::string &others) {
  std::string text = "ingot.kernel @k {\n^bb0(%a: TYPE):" + kSoftmax + "}";
  for (auto [from, to] :
       {std::pair<std::string, std::string>("TYPE", type), {"KEPT", kept}, {"DIM", dim}, {"OTHERS", others}})
    for (size_t at; (at = text.find(from)) != std::string::npos;)
      text.replace(at, from.size(), to);
  return text;
}

TEST(SoftmaxKernel, LastAndMiddleAxis) {
  checkLoops(softmax("tensor<6x10xf32>", "tensor<6xf32>", "1", "0"), {2e-6, 0});
  checkLoops(softmax("tensor<6x130xf32>", "tensor<6xf32>", "1", "0"), {2e-6, 0});
  checkLoops(softmax("tensor<2x3x40xf32>", "tensor<2x40xf32>", "1", "0, 2"), {2e-6, 0});
  checkLoops(softmax("tensor<?x37xf32, #ingot.dims<[s0, 37]>>", "tensor<?xf32, #ingot.dims<[s0]>>", "1", "0"), {2e-6, 0},
             Values::Plain, kSize, kSizes);
  checkLoops(softmax("tensor<4x?xf32, #ingot.dims<[4, s0]>>", "tensor<4xf32>", "1", "0"), {2e-6, 0}, Values::Plain, kSize,
             kSizes);
}

TEST(SoftmaxKernel, FastNumericsMultipliesByReciprocals) {
  std::string text = softmax("tensor<6x130xf32>", "tensor<6xf32>", "1", "0");
  checkLoops("module attributes {ingot.numerics = \"fast\"} {" + text + "}", {3e-6, 0});
}

TEST(LayerNormKernel, TwoDependentReductions) {
  checkLoops(R"(ingot.kernel @k {
    ^bb0(%a: tensor<5x77xf32>, %g: tensor<77xf32>):
      %zero = ingot.constant dense<0.0> : tensor<f32>
      %inv = ingot.constant dense<0.012987013> : tensor<5xf32>
      %eps = ingot.constant dense<1.0e-5> : tensor<5xf32>
      %s = ingot.reduce(%a init %zero) dims = [1] : (tensor<5x77xf32>, tensor<f32>) -> tensor<5xf32> {
        ^bb0(%x: tensor<f32>, %y: tensor<f32>):
          %z = ingot.add %x, %y : tensor<f32>
          ingot.return %z : tensor<f32>
      }
      %m = ingot.multiply %s, %inv : tensor<5xf32>
      %mb = ingot.broadcast_in_dim %m dims = [0] : (tensor<5xf32>) -> tensor<5x77xf32>
      %d = ingot.subtract %a, %mb : tensor<5x77xf32>
      %q = ingot.multiply %d, %d : tensor<5x77xf32>
      %v = ingot.reduce(%q init %zero) dims = [1] : (tensor<5x77xf32>, tensor<f32>) -> tensor<5xf32> {
        ^bb0(%x: tensor<f32>, %y: tensor<f32>):
          %z = ingot.add %x, %y : tensor<f32>
          ingot.return %z : tensor<f32>
      }
      %w = ingot.multiply %v, %inv : tensor<5xf32>
      %u = ingot.add %w, %eps : tensor<5xf32>
      %t = ingot.rsqrt %u : tensor<5xf32>
      %tb = ingot.broadcast_in_dim %t dims = [0] : (tensor<5xf32>) -> tensor<5x77xf32>
      %gb = ingot.broadcast_in_dim %g dims = [1] : (tensor<77xf32>) -> tensor<5x77xf32>
      %n = ingot.multiply %d, %tb : tensor<5x77xf32>
      %r = ingot.multiply %n, %gb : tensor<5x77xf32>
      ingot.return %r, %m : tensor<5x77xf32>, tensor<5xf32> })",
             {1e-5, 1e-5});
}

std::string windowText(const std::string &op, const std::string &init, const std::string &from, const std::string &to,
                       const std::string &attributes, const std::string &e) {
  std::string s = "tensor<" + e + ">";
  return "ingot.kernel @k {\n^bb0(%a: tensor<" + from + "x" + e + ">):\n  %i = ingot.constant dense<" + init + "> : " + s +
         "\n  %r = ingot.reduce_window(%a init %i) " + attributes + " : (tensor<" + from + "x" + e + ">, " + s +
         ") -> tensor<" + to + "x" + e + "> {\n  ^bb0(%x: " + s + ", %y: " + s + "):\n    %z = ingot." + op +
         " %x, %y : " + s + "\n    ingot.return %z : " + s + "\n  }\n  ingot.return %r : tensor<" + to + "x" + e + ">\n}";
}

TEST(ReduceWindowKernel, PoolingInBothLayouts) {
  std::string nchw = "window = [1, 1, 3, 3] stride = [1, 1, 2, 2] base_dilate = [1, 1, 1, 1] dilate = [1, 1, 1, 1] pad = "
                     "[0, 0, 0, 0, 1, 1, 1, 1]";
  checkLoops(windowText("maximum", "0xFF800000", "2x3x9x33", "2x3x5x17", nchw, "f32"));
  checkLoops(windowText("add", "0.0", "2x3x9x33", "2x3x5x17", nchw, "f32"), {1e-5, 1e-5});
  checkLoops(windowText("add", "1.0", "2x3x9x33", "2x3x5x17", nchw, "f32"), {1e-5, 1e-5});
  std::string nhwc = "window = [1, 3, 2, 1] stride = [1, 2, 1, 1] base_dilate = [1, 1, 1, 1] dilate = [1, 1, 2, 1] pad = "
                     "[0, 0, 1, 1, 0, 1, 0, 0]";
  checkLoops(windowText("maximum", "0xFF800000", "2x9x7x19", "2x5x6x19", nhwc, "f32"));
  checkLoops(windowText("multiply", "3", "2x9x7x19", "2x5x6x19", nhwc, "i32"));
}

TEST(ReduceWindowKernel, BaseDilation) {
  std::string dilated = "window = [2, 3] stride = [1, 2] base_dilate = [2, 3] dilate = [2, 1] pad = [1, 0, 2, 1]";
  checkLoops(windowText("add", "2", "4x8", "6x12", dilated, "i32"));
  checkLoops(windowText("minimum", "100", "4x8", "6x12", dilated, "i16"));
}

std::string dotText(const std::string &lhs, const std::string &rhs, const std::string &dims, const std::string &result) {
  return "ingot.kernel @k {\n^bb0(%a: " + lhs + ", %b: " + rhs + "):\n  %r = ingot.dot_general %a, %b <" + dims + "> : (" +
         lhs + ", " + rhs + ") -> " + result + "\n  ingot.return %r : " + result + "\n}";
}

TEST(DotKernel, LayoutsAndTypes) {
  std::string plain = "batch = []x[], contract = [1]x[0]", transposed = "batch = []x[], contract = [1]x[1]";
  for (auto [in, out, tolerance] :
       {std::tuple("f32", "f32", 1e-5), std::tuple("f64", "f64", 1e-13), std::tuple("i8", "i32", 0.0),
        std::tuple("ui8", "ui8", 0.0), std::tuple("bf16", "f32", 1e-5), std::tuple("f16", "f16", 2e-3),
        std::tuple("complex<f32>", "complex<f32>", 1e-5)}) {
    std::string i = in, o = out;
    checkLoops(dotText("tensor<5x37x" + i + ">", "tensor<37x19x" + i + ">", plain, "tensor<5x19x" + o + ">"),
               {tolerance, tolerance * 30});
    checkLoops(dotText("tensor<5x37x" + i + ">", "tensor<19x37x" + i + ">", transposed, "tensor<5x19x" + o + ">"),
               {tolerance, tolerance * 30});
  }
  checkLoops(dotText("tensor<2x3x8xf32>", "tensor<2x8x5xf32>", "batch = [0]x[0], contract = [2]x[1]", "tensor<2x3x5xf32>"),
             {1e-5, 1e-5});
  checkLoops(
      dotText("tensor<4x3x8xf32>", "tensor<8x4x17xf32>", "batch = []x[], contract = [0, 2]x[1, 0]", "tensor<3x17xf32>"),
      {1e-5, 1e-4});
  checkLoops(dotText("tensor<7xf32>", "tensor<7xf32>", "batch = []x[], contract = [0]x[0]", "tensor<f32>"), {1e-5, 1e-5});
  checkLoops(dotText("tensor<3xf32>", "tensor<18xf32>", "batch = []x[], contract = []x[]", "tensor<3x18xf32>"), {1e-6, 0});
  checkLoops(dotText("tensor<?x12xf32, #ingot.dims<[s0, 12]>>", "tensor<12x?xf32, #ingot.dims<[12, s0]>>", plain,
                     "tensor<?x?xf32, #ingot.dims<[s0, s0]>>"),
             {1e-5, 1e-5}, Values::Plain, kSize, {{1}, {17}, {40}});
}

struct ConvCase {
  std::string input, kernel, result, dims, window, groups;
};

TEST(ConvolutionKernel, LayoutsGroupsAndDilations) {
  std::string nhwc = "[b, 0, 1, f]x[0, 1, i, o]->[b, 0, 1, f]", nchw = "[b, f, 0, 1]x[o, i, 0, 1]->[b, f, 0, 1]";
  std::vector<ConvCase> cases = {
      {"2x7x9x5", "3x3x5x20", "2x7x9x20", nhwc, "stride = [1, 1] pad = [1, 1, 1, 1] lhs_dilate = [1, 1] rhs_dilate = [1, 1]",
       ""},
      {"2x7x9x5", "3x3x5x20", "2x3x4x20", nhwc, "stride = [2, 2] pad = [0, 0, 0, 0] lhs_dilate = [1, 1] rhs_dilate = [1, 1]",
       ""},
      {"1x9x9x18", "3x3x1x18", "1x9x9x18", nhwc,
       "stride = [1, 1] pad = [1, 1, 1, 1] lhs_dilate = [1, 1] rhs_dilate = [1, 1]", "{feature_group_count = 18 : i64}"},
      {"1x6x8x8", "3x3x2x12", "1x6x8x12", nhwc, "stride = [1, 1] pad = [1, 1, 1, 1] lhs_dilate = [1, 1] rhs_dilate = [1, 1]",
       "{feature_group_count = 4 : i64}"},
      {"2x3x8x19", "4x3x3x3", "2x4x8x19", nchw, "stride = [1, 1] pad = [1, 1, 1, 1] lhs_dilate = [1, 1] rhs_dilate = [1, 1]",
       ""},
      {"2x3x8x19", "4x3x3x3", "2x4x4x15", nchw, "stride = [2, 1] pad = [1, 2, 0, 0] lhs_dilate = [1, 1] rhs_dilate = [2, 2]",
       ""},
      {"2x3x5x6", "4x3x3x3", "2x4x9x16", nchw, "stride = [1, 1] pad = [1, 1, 1, 1] lhs_dilate = [2, 3] rhs_dilate = [1, 1]",
       ""},
      {"4x3x5x6", "4x3x3x3", "2x4x5x6", nchw, "stride = [1, 1] pad = [1, 1, 1, 1] lhs_dilate = [1, 1] rhs_dilate = [1, 1]",
       "{batch_group_count = 2 : i64}"},
  };
  for (const auto &[in, out, tolerance] :
       {std::tuple("f32", "f32", 1e-5), std::tuple("i8", "i32", 0.0), std::tuple("f16", "f16", 3e-3)})
    for (const ConvCase &c : cases) {
      std::string a = "tensor<" + c.input + "x" + in + ">", b = "tensor<" + c.kernel + "x" + in + ">",
                  r = "tensor<" + c.result + "x" + out + ">";
      checkLoops("ingot.kernel @k {\n^bb0(%a: " + a + ", %b: " + b + "):\n  %r = ingot.convolution %a, %b <" + c.dims +
                     "> " + c.window + " " + c.groups + " : (" + a + ", " + b + ") -> " + r + "\n  ingot.return %r : " + r +
                     "\n}",
                 {tolerance, tolerance * 30});
    }
}

} // namespace
} // namespace ingot::test
