// Every pointwise op on several element types, as the loop emitter compiles it.
#include "tests/compiler/codegen/KernelHarness.h"

#include <cmath>
#include <gtest/gtest.h>

namespace ingot::test {
namespace {

// A kernel with one result for each op, all on the same operands of `type`. `body(op)` writes one op's operands and types.
std::string kernelOf(const std::vector<std::string> &ops, const std::string &type, unsigned operands,
                     const std::string &suffix = "") {
  std::string text = "ingot.kernel @k {\n^bb0(", results, types;
  for (unsigned i = 0; i < operands; ++i)
    text += (i ? ", %a" : "%a") + std::to_string(i) + ": " + type;
  text += "):\n";
  for (size_t i = 0; i < ops.size(); ++i) {
    std::string name = "%r" + std::to_string(i);
    text += "  " + name + " = ingot." + ops[i] + " ";
    for (unsigned o = 0; o < operands; ++o)
      text += (o ? ", %a" : "%a") + std::to_string(o);
    text += " : " + type + suffix + "\n";
    results += (i ? ", " : "") + name;
    types += (i ? ", " : "") + type;
  }
  return text + "  ingot.return " + results + " : " + types + "\n}";
}

const char *const kSize = "#ingot.size<\"n\", 0 to 64>";
std::string symbolic(const std::string &element) { return "tensor<?x" + element + ", #ingot.dims<[s0]>>"; }
std::vector<std::vector<int64_t>> tails() {
  std::vector<std::vector<int64_t>> sizes;
  for (int64_t n : {0, 1, 2, 3, 5, 7, 8, 9, 13, 15, 16, 17, 31, 33, 64})
    sizes.push_back({n});
  return sizes;
}

const std::vector<std::string> kExactUnary = {"abs",  "ceil", "floor", "negate", "round_nearest_afz", "round_nearest_even",
                                              "sign", "sqrt"};
const std::vector<std::string> kFunctions = {"cbrt",  "cosine",       "sine",     "tan",         "asin",
                                             "acos",  "atan",         "sinh",     "cosh",        "asinh",
                                             "acosh", "atanh",        "erf",      "exponential", "exponential_minus_one",
                                             "log",   "log_plus_one", "logistic", "rsqrt",       "tanh"};
const std::vector<std::string> kExactBinary = {"add", "subtract", "multiply", "divide", "maximum", "minimum", "remainder"};
const std::vector<std::string> kIntegerUnary = {"abs", "count_leading_zeros", "negate", "not", "popcnt", "sign"};
const std::vector<std::string> kIntegerBinary = {"add",
                                                 "and",
                                                 "divide",
                                                 "maximum",
                                                 "minimum",
                                                 "multiply",
                                                 "or",
                                                 "power",
                                                 "remainder",
                                                 "shift_left",
                                                 "shift_right_arithmetic",
                                                 "shift_right_logical",
                                                 "subtract",
                                                 "xor"};

class FloatKernel : public testing::TestWithParam<const char *> {};

TEST_P(FloatKernel, ExactUnaryOps) {
  checkLoops(kernelOf(kExactUnary, symbolic(GetParam()), 1), {}, Values::Special, kSize, tails());
}
TEST_P(FloatKernel, ExactBinaryOps) {
  checkLoops(kernelOf(kExactBinary, symbolic(GetParam()), 2), {}, Values::Special, kSize, tails());
}
INSTANTIATE_TEST_SUITE_P(Types, FloatKernel,
                         testing::Values("f32", "f64", "f16", "bf16", "f8E5M2", "f8E4M3FN", "f8E4M3FNUZ", "f8E5M2FNUZ",
                                         "f8E4M3", "f8E3M4", "f8E4M3B11FNUZ"),
                         [](auto &info) { return std::string(info.param); });

class FunctionKernel : public testing::TestWithParam<std::pair<const char *, double>> {};
TEST_P(FunctionKernel, MatchesReference) {
  auto [type, relative] = GetParam();
  checkLoops(kernelOf(kFunctions, symbolic(type), 1), {relative, 0}, Values::Special, kSize, {{1}, {16}, {37}, {64}});
  checkLoops(kernelOf({"power", "atan2"}, symbolic(type), 2), {relative, 0}, Values::Special, kSize,
             {{1}, {16}, {37}, {64}});
}
INSTANTIATE_TEST_SUITE_P(Types, FunctionKernel,
                         testing::Values(std::pair("f32", 3e-7), std::pair("f64", 1e-15), std::pair("f16", 1e-3),
                                         std::pair("bf16", 8e-3)),
                         [](auto &info) { return std::string(info.param.first); });

class IntegerKernel : public testing::TestWithParam<const char *> {};
TEST_P(IntegerKernel, UnaryOps) {
  checkLoops(kernelOf(kIntegerUnary, symbolic(GetParam()), 1), {}, Values::Special, kSize, tails());
}
TEST_P(IntegerKernel, BinaryOps) {
  checkLoops(kernelOf(kIntegerBinary, symbolic(GetParam()), 2), {}, Values::Special, kSize, tails());
}
INSTANTIATE_TEST_SUITE_P(Types, IntegerKernel,
                         testing::Values("i8", "i16", "i32", "i64", "ui8", "ui16", "ui32", "ui64", "i4", "ui4"),
                         [](auto &info) { return std::string(info.param); });

TEST(BoolKernel, Ops) {
  checkLoops(kernelOf({"not"}, symbolic("i1"), 1), {}, Values::Plain, kSize, tails());
  checkLoops(kernelOf({"add", "and", "maximum", "minimum", "multiply", "or", "xor"}, symbolic("i1"), 2), {}, Values::Plain,
             kSize, tails());
}

void checkCompare(const std::string &element, const std::string &order) {
  std::string type = symbolic(element), bools = symbolic("i1"),
              text = "ingot.kernel @k {\n^bb0(%a: " + type + ", %b: " + type + "):\n";
  std::string results, types;
  for (const char *direction : {"EQ", "NE", "GE", "GT", "LE", "LT"}) {
    text += std::string("  %") + direction + " = ingot.compare " + direction + order + " %a, %b : " + type + "\n";
    results += (results.empty() ? "%" : ", %") + std::string(direction);
    types += (types.empty() ? "" : ", ") + bools;
  }
  checkLoops(text + "  ingot.return " + results + " : " + types + "\n}", {}, Values::Special, kSize, {{1}, {17}, {64}});
}

TEST(CompareKernel, AllDirectionsAndTypes) {
  for (const char *element : {"f32", "f64", "bf16", "f16", "i8", "ui8", "i32", "ui32", "i64", "ui64", "i1"})
    checkCompare(element, "");
}

TEST(CompareKernel, TotalOrder) {
  for (const char *element : {"f32", "f64", "bf16", "f16", "f8E5M2", "f8E4M3FN", "f8E4M3FNUZ", "f8E8M0FNU", "f4E2M1FN"})
    checkCompare(element, " total");
}

TEST(ConvertKernel, BetweenAllTypes) {
  const std::vector<std::string> elements = {"i1",  "i8",   "i16", "i32", "i64",      "ui8",    "ui32", "ui64",
                                             "f16", "bf16", "f32", "f64", "f8E4M3FN", "f8E5M2", "i4",   "ui4"};
  for (const std::string &from : elements) {
    std::string type = symbolic(from), text = "ingot.kernel @k {\n^bb0(%a: " + type + "):\n", results, types;
    for (const std::string &to : elements) {
      if (to == from)
        continue;
      text += "  %" + to + " = ingot.convert %a : (" + type + ") -> " + symbolic(to) + "\n";
      results += (results.empty() ? "%" : ", %") + to;
      types += (types.empty() ? "" : ", ") + symbolic(to);
    }
    checkLoops(text + "  ingot.return " + results + " : " + types + "\n}", {}, Values::Special, kSize, {{1}, {13}, {64}});
  }
}

TEST(SelectKernel, TensorAndScalarPredicates) {
  checkLoops(R"(ingot.kernel @k {
    ^bb0(%p: tensor<3x19xi1>, %q: tensor<i1>, %a: tensor<3x19xf32>, %b: tensor<3x19xf32>):
      %0 = ingot.select %p, %a, %b : tensor<3x19xi1>, tensor<3x19xf32>
      %1 = ingot.select %q, %a, %b : tensor<i1>, tensor<3x19xf32>
      ingot.return %0, %1 : tensor<3x19xf32>, tensor<3x19xf32> })");
}

TEST(ClampKernel, ScalarAndTensorLimits) {
  for (const char *element : {"f32", "bf16", "i32", "ui8", "complex<f32>", "complex<f64>"}) {
    std::string t = std::string("tensor<37x") + element + ">", s = std::string("tensor<") + element + ">";
    checkLoops("ingot.kernel @k {\n^bb0(%l: " + s + ", %x: " + t + ", %h: " + t + "):\n  %0 = ingot.clamp %l, %x, %h : (" +
                   s + ", " + t + ", " + t + ") -> " + t + "\n  ingot.return %0 : " + t + "\n}",
               {}, Values::Special);
  }
}

TEST(IsFiniteKernel, FloatTypes) {
  for (const char *element : {"f32", "f64", "f16", "bf16"}) {
    std::string t = std::string("tensor<40x") + element + ">";
    checkLoops("ingot.kernel @k {\n^bb0(%x: " + t + "):\n  %0 = ingot.is_finite %x : " + t +
                   "\n  ingot.return %0 : tensor<40xi1>\n}",
               {}, Values::Special);
  }
}

// To narrower and wider formats than the own one, down to a sign with one exponent.
TEST(ReducePrecisionKernel, FloatTypes) {
  for (const char *element : {"f32", "f64", "f16", "bf16"}) {
    std::string type = symbolic(element), text = "ingot.kernel @k {\n^bb0(%x: " + type + "):\n", results, types;
    unsigned number = 0;
    for (auto [exponent, mantissa] :
         {std::pair(5, 10), {8, 7}, {4, 3}, {2, 0}, {1, 1}, {5, 0}, {8, 23}, {11, 52}, {11, 4}}) {
      std::string name = "%r" + std::to_string(number++);
      text += "  " + name + " = ingot.reduce_precision %x exponent = " + std::to_string(exponent) +
              " mantissa = " + std::to_string(mantissa) + " : " + type + "\n";
      results += (results.empty() ? "" : ", ") + name;
      types += (types.empty() ? "" : ", ") + type;
    }
    for (Values values : {Values::Special, Values::Plain})
      checkLoops(text + "  ingot.return " + results + " : " + types + "\n}", {}, values, kSize, {{1}, {17}, {64}});
  }
}

TEST(ComplexKernel, ArithmeticAndFunctions) {
  for (const char *element : {"complex<f32>", "complex<f64>"}) {
    double relative = std::string(element) == "complex<f32>" ? 4e-6 : 1e-14;
    std::string type = symbolic(element);
    checkLoops(kernelOf({"add", "subtract", "multiply", "divide", "power", "maximum", "minimum"}, type, 2),
               {relative * 4, relative * 4}, Values::Plain, kSize, {{1}, {17}});
    std::string parts = symbolic(std::string(element).substr(8, 3));
    checkLoops("ingot.kernel @k {\n^bb0(%a: " + type + "):\n  %r = ingot.abs %a : " + type +
                   "\n  ingot.return %r : " + parts + "\n}",
               {relative, 0}, Values::Plain, kSize, {{1}, {17}});
    checkLoops(kernelOf({"negate", "sign", "cosine", "sine", "tan", "exponential", "exponential_minus_one", "log",
                         "log_plus_one", "logistic", "rsqrt", "sqrt", "tanh"},
                        type, 1),
               {relative, relative}, Values::Plain, kSize, {{1}, {17}, {64}});
  }
}

TEST(FusedKernel, ChainWithConstantsRunsInFastNumerics) {
  // In fast mode intermediates of bf16 stay f32, so only the end is rounded.
  std::string body = R"(ingot.kernel @k {
    ^bb0(%a: tensor<5x33xbf16>, %b: tensor<5x33xbf16>):
      %c = ingot.constant dense<1.5> : tensor<5x33xbf16>
      %0 = ingot.multiply %a, %b : tensor<5x33xbf16>
      %1 = ingot.add %0, %c : tensor<5x33xbf16>
      %2 = ingot.tanh %1 : tensor<5x33xbf16>
      ingot.return %2 : tensor<5x33xbf16> })";
  checkLoops("module {" + body + "}", {0.008, 0});
  checkLoops("module attributes {ingot.numerics = \"fast\"} {" + body + "}", {0.02, 0.02});
}

TEST(FusedKernel, RankZeroAndEmpty) {
  checkLoops(R"(ingot.kernel @k { ^bb0(%a: tensor<f32>, %b: tensor<f32>):
      %0 = ingot.add %a, %b : tensor<f32>
      ingot.return %0 : tensor<f32> })");
  checkLoops(R"(ingot.kernel @k { ^bb0(%a: tensor<3x0x2xf32>):
      %0 = ingot.negate %a : tensor<3x0x2xf32>
      ingot.return %0 : tensor<3x0x2xf32> })");
}

} // namespace
} // namespace ingot::test
