#include "tests/ir/reference/Harness.h"

namespace ingot::test {
namespace {

constexpr double kClose = 1e-6;
const std::string kNan = "0x7FC00000", kInf = "0x7F800000", kMinusInf = "0xFF800000"; // f32 literals

TEST(Elementwise, FloatFunctions) {
  expectUnary("abs", "3xf32", "[-1.5, 0.0, -0.0]", "[1.5, 0.0, 0.0]");
  expectUnary("cbrt", "2xf32", "[-27.0, 8.0]", "[-3.0, 2.0]");
  expectUnary("ceil", "3xf32", "[-1.5, 1.2, 2.0]", "[-1.0, 2.0, 2.0]");
  expectUnary("floor", "3xf32", "[-1.5, 1.2, 2.0]", "[-2.0, 1.0, 2.0]");
  expectUnary("cosine", "2xf32", "[0.0, 3.14159265]", "[1.0, -1.0]", kClose);
  expectUnary("sine", "2xf32", "[0.0, 1.57079633]", "[0.0, 1.0]", kClose);
  expectUnary("tan", "1xf32", "[0.785398163]", "[1.0]", kClose);
  expectUnary("asin", "2xf32", "[1.0, -0.5]", "[1.57079633, -0.523598776]", kClose);
  expectUnary("acos", "2xf32", "[1.0, 0.5]", "[0.0, 1.04719755]", kClose);
  expectUnary("atan", "1xf32", "[1.0]", "[0.785398163]", kClose);
  expectUnary("sinh", "1xf32", "[1.0]", "[1.17520119]", kClose);
  expectUnary("cosh", "1xf32", "[1.0]", "[1.54308063]", kClose);
  expectUnary("tanh", "2xf32", "[1.0, -20.0]", "[0.761594156, -1.0]", kClose);
  expectUnary("asinh", "1xf32", "[1.0]", "[0.881373587]", kClose);
  expectUnary("acosh", "1xf32", "[2.0]", "[1.3169579]", kClose);
  expectUnary("atanh", "1xf32", "[0.5]", "[0.549306144]", kClose);
  expectUnary("erf", "3xf32", "[0.0, 1.0, -0.5]", "[0.0, 0.842700793, -0.520499878]", kClose);
  expectUnary("exponential", "3xf32", "[0.0, 1.0, 89.0]", "[1.0, 2.71828183, " + kInf + "]", kClose);
  expectUnary("exponential_minus_one", "1xf32", "[1.0e-8]", "[1.0e-8]");
  expectUnary("log", "3xf32", "[1.0, 2.71828183, 0.0]", "[0.0, 1.0, " + kMinusInf + "]", kClose);
  expectUnary("log_plus_one", "1xf32", "[1.0e-8]", "[1.0e-8]");
  expectUnary("logistic", "3xf32", "[0.0, 100.0, -100.0]", "[0.5, 1.0, 3.7835059e-44]", kClose);
  expectUnary("negate", "3xf32", "[1.0, -2.0, 0.0]", "[-1.0, 2.0, -0.0]");
  expectUnary("round_nearest_afz", "4xf32", "[0.5, 1.5, 2.5, -0.5]", "[1.0, 2.0, 3.0, -1.0]");
  expectUnary("round_nearest_even", "4xf32", "[0.5, 1.5, 2.5, -0.5]", "[0.0, 2.0, 2.0, -0.0]");
  expectUnary("rsqrt", "2xf32", "[4.0, 0.0]", "[0.5, " + kInf + "]");
  expectUnary("sqrt", "2xf32", "[9.0, -1.0]", "[3.0, " + kNan + "]");
  expectUnary("sign", "5xf32", "[-3.0, 7.0, 0.0, -0.0, " + kNan + "]", "[-1.0, 1.0, 0.0, -0.0, " + kNan + "]");
}

TEST(Elementwise, RoundsOnceToTheElementType) {
  // 1 + 2^-11 lies halfway between two f16 values; ties go to the even one.
  expectBinary("add", "2xf16", "[1.0, 1.0]", "[4.8828125e-4, 1.46484375e-3]", "[1.0, 1.001953125]");
  expectBinary("add", "2xbf16", "[1.0, 256.0]", "[0.00390625, 1.0]", "[1.0, 256.0]");
  expectBinary("multiply", "2xf16", "[256.0, 6.103515625e-05]", "[256.0, 0.5]", "[0x7C00, 3.0517578125e-05]");
  expectBinary("add", "1xf64", "[1.0]", "[1.1102230246251565e-16]", "[1.0]");
  expectBinary("add", "2xf8E4M3FN", "[16.0, 448.0]", "[1.0, 0.0]", "[16.0, 448.0]");
  expectBinary("multiply", "2xf8E5M2", "[57344.0, 3.0]", "[2.0, 0.5]", "[0x7C, 1.5]");
}

TEST(Elementwise, ComplexFunctions) {
  expectUnary("negate", "1xcomplex<f32>", "[(1.0, -2.0)]", "[(-1.0, 2.0)]");
  expectUnary("exponential", "1xcomplex<f64>", "[(0.0, 3.141592653589793)]", "[(-1.0, 1.2246467991473532e-16)]", 1e-15);
  expectUnary("sqrt", "1xcomplex<f32>", "[(-4.0, 0.0)]", "[(0.0, 2.0)]", kClose);
  expectUnary("log", "1xcomplex<f32>", "[(0.0, 1.0)]", "[(0.0, 1.57079633)]", kClose);
  expectUnary("exponential_minus_one", "1xcomplex<f64>", "[(1.0e-12, 1.0e-12)]", "[(1.0e-12, 1.000000000001e-12)]", 1e-24);
  expectUnary("sign", "2xcomplex<f32>", "[(3.0, 4.0), (0.0, 0.0)]", "[(0.6, 0.8), (0.0, 0.0)]", kClose);
  expectBinary("multiply", "1xcomplex<f32>", "[(1.0, 2.0)]", "[(3.0, -1.0)]", "[(5.0, 5.0)]");
  expectBinary("divide", "1xcomplex<f32>", "[(5.0, 5.0)]", "[(3.0, -1.0)]", "[(1.0, 2.0)]", kClose);
  expectBinary("maximum", "2xcomplex<f32>", "[(" + kNan + ", 2.0), (1.0, 2.0)]", "[(1.0, 3.0), (0.0, " + kNan + ")]",
               "[(1.0, 3.0), (1.0, 2.0)]");
  expectBinary("maximum", "2xcomplex<f32>", "[(1.0, 2.0), (1.0, 2.0)]", "[(1.0, 3.0), (0.0, 9.0)]",
               "[(1.0, 3.0), (1.0, 2.0)]");
  expectValue(R"(%x = ingot.constant dense<[(3.0, -4.0)]> : tensor<1xcomplex<f32>>
                 %r = ingot.abs %x : tensor<1xcomplex<f32>>)",
              "tensor<1xf32>", "dense<[5.0]>");
}

TEST(Elementwise, IntegersOfEveryWidth) {
  expectUnary("abs", "3xi8", "[-128, -5, 7]", "[-128, 5, 7]");
  expectUnary("negate", "2xui8", "[1, 0]", "[255, 0]");
  expectUnary("negate", "2xi64", "[-9223372036854775808, 5]", "[-9223372036854775808, -5]");
  expectUnary("sign", "3xi16", "[-300, 0, 300]", "[-1, 0, 1]");
  expectUnary("not", "2xi1", "[true, false]", "[false, true]");
  expectUnary("not", "2xi4", "[5, -1]", "[-6, 0]");
  expectUnary("popcnt", "3xi8", "[-1, 0, 5]", "[8, 0, 2]");
  expectUnary("popcnt", "2xi4", "[-1, 3]", "[4, 2]");
  expectUnary("count_leading_zeros", "3xi8", "[1, 0, -1]", "[7, 8, 0]");
  expectUnary("count_leading_zeros", "2xui32", "[1, 2147483648]", "[31, 0]");
  expectBinary("add", "2xi8", "[127, -128]", "[1, -1]", "[-128, 127]");
  expectBinary("add", "2xui8", "[255, 3]", "[1, 4]", "[0, 7]");
  expectBinary("add", "2xi4", "[7, -8]", "[1, -1]", "[-8, 7]");
  expectBinary("add", "2xi2", "[1, -2]", "[1, -1]", "[-2, 1]");
  expectBinary("add", "4xi1", "[true, true, false, false]", "[true, false, true, false]", "[true, true, true, false]");
  expectBinary("multiply", "4xi1", "[true, true, false, false]", "[true, false, true, false]",
               "[true, false, false, false]");
  expectBinary("subtract", "2xui16", "[3, 5]", "[5, 3]", "[65534, 2]");
  expectBinary("multiply", "2xi32", "[65536, -3]", "[65536, 7]", "[0, -21]");
  expectBinary("divide", "5xi32", "[7, -7, 7, 5, -2147483648]", "[2, 2, -2, 0, -1]", "[3, -3, -3, -1, -2147483648]");
  expectBinary("divide", "2xi64", "[-9223372036854775808, 9]", "[-1, 0]", "[-9223372036854775808, -1]");
  expectBinary("divide", "2xui8", "[200, 7]", "[3, 0]", "[66, 255]");
  expectBinary("remainder", "4xi32", "[7, -7, 5, -2147483648]", "[3, 3, 0, -1]", "[1, -1, 5, 0]");
  expectBinary("remainder", "2xui8", "[200, 7]", "[3, 0]", "[2, 7]");
  expectBinary("power", "6xi32", "[2, -2, 2, 1, -1, 3]", "[10, 3, -1, -5, -3, 0]", "[1024, -8, 0, 1, -1, 1]");
  expectBinary("power", "1xi8", "[3]", "[5]", "[-13]");
  expectBinary("shift_left", "4xi8", "[1, -128, 1, 1]", "[3, 1, 8, -1]", "[8, 0, 0, 0]");
  expectBinary("shift_right_arithmetic", "4xi8", "[-8, 8, -1, -8]", "[1, 1, 100, 9]", "[-4, 4, -1, -1]");
  expectBinary("shift_right_logical", "3xi8", "[-8, 8, -1]", "[1, 1, 8]", "[124, 4, 0]");
  expectBinary("and", "2xi8", "[12, -1]", "[10, 5]", "[8, 5]");
  expectBinary("or", "2xi8", "[12, 0]", "[10, 5]", "[14, 5]");
  expectBinary("xor", "2xui8", "[12, 255]", "[10, 5]", "[6, 250]");
  expectBinary("maximum", "2xi8", "[-1, 3]", "[1, -3]", "[1, 3]");
  expectBinary("minimum", "2xui8", "[255, 3]", "[1, 4]", "[1, 3]");
}

TEST(Elementwise, FloatBinary) {
  expectBinary("divide", "3xf32", "[1.0, 1.0, 0.0]", "[4.0, 0.0, 0.0]", "[0.25, " + kInf + ", " + kNan + "]");
  expectBinary("remainder", "3xf32", "[5.5, -5.5, 5.5]", "[2.0, 2.0, -2.0]", "[1.5, -1.5, 1.5]");
  expectBinary("power", "3xf32", "[2.0, 9.0, 0.0]", "[-1.0, 0.5, 0.0]", "[0.5, 3.0, 1.0]");
  expectBinary("atan2", "2xf32", "[1.0, -1.0]", "[1.0, 0.0]", "[0.785398163, -1.57079633]", kClose);
  expectBinary("maximum", "4xf32", "[1.0, " + kNan + ", -0.0, 0.0]", "[2.0, 1.0, 0.0, -0.0]",
               "[2.0, " + kNan + ", 0.0, 0.0]");
  expectBinary("minimum", "4xf32", "[1.0, 1.0, -0.0, 0.0]", "[2.0, " + kNan + ", 0.0, -0.0]",
               "[1.0, " + kNan + ", -0.0, -0.0]");
}

void expectCompare(const std::string &direction, const std::string &type, const std::string &x, const std::string &y,
                   const std::string &expected) {
  expectValue("%x = ingot.constant dense<" + x + "> : tensor<3x" + type + ">\n%y = ingot.constant dense<" + y +
                  "> : tensor<3x" + type + ">\n%r = ingot.compare " + direction + " %x, %y : tensor<3x" + type + ">",
              "tensor<3xi1>", "dense<" + expected + ">");
}

TEST(Elementwise, Compare) {
  expectCompare("EQ", "f32", "[1.0, 2.0, " + kNan + "]", "[1.0, 3.0, " + kNan + "]", "[true, false, false]");
  expectCompare("NE", "f32", "[1.0, 2.0, " + kNan + "]", "[1.0, 3.0, " + kNan + "]", "[false, true, true]");
  expectCompare("LT", "f32", "[1.0, 2.0, " + kNan + "]", "[1.0, 3.0, 0.0]", "[false, true, false]");
  expectCompare("GE", "i8", "[-1, 0, 5]", "[1, 0, 4]", "[false, true, true]");
  expectCompare("GT", "ui8", "[255, 0, 5]", "[1, 0, 6]", "[true, false, false]");
  expectCompare("LE", "i1", "[true, false, true]", "[false, true, true]", "[false, true, true]");
  expectCompare("EQ", "complex<f32>", "[(1.0, 2.0), (1.0, 2.0), (0.0, 0.0)]", "[(1.0, 2.0), (1.0, 3.0), (-0.0, 0.0)]",
                "[true, false, true]");
}

// -NaN < -inf < -1 < -0 < +0 < 1 < +inf < NaN.
TEST(Elementwise, CompareTotally) {
  for (auto [type, numbers] : {std::pair("f32", "[0xFFC00000, 0xFF800000, -1.0, -0.0, 0.0, 1.0, 0x7F800000, 0x7FC00000]"),
                               std::pair("f16", "[0xFE00, 0xFC00, -1.0, -0.0, 0.0, 1.0, 0x7C00, 0x7E00]"),
                               std::pair("f8E5M2", "[0xFE, 0xFC, -1.0, -0.0, 0.0, 1.0, 0x7C, 0x7E]")}) {
    std::string tensor = "tensor<8x" + std::string(type) + ">", rest = "tensor<7x" + std::string(type) + ">";
    std::string next = "%x = ingot.constant dense<" + std::string(numbers) + "> : " + tensor +
                       "\n%a = ingot.slice %x [0] to [7] step [1] : (" + tensor + ") -> " + rest +
                       "\n%b = ingot.slice %x [1] to [8] step [1] : (" + tensor + ") -> " + rest + "\n";
    expectValue(next + "%r = ingot.compare LT total %a, %b : " + rest, "tensor<7xi1>", "dense<true>");
    expectValue(next + "%r = ingot.compare EQ total %a, %b : " + rest, "tensor<7xi1>", "dense<false>");
    expectValue(next + "%r = ingot.compare EQ total %a, %a : " + rest, "tensor<7xi1>", "dense<true>");
  }
}

TEST(Elementwise, Map) {
  expectValue(R"(%x = ingot.constant dense<[[0, 1], [2, 3]]> : tensor<2x2xi64>
                 %y = ingot.constant dense<[[4, 5], [6, 7]]> : tensor<2x2xi64>
                 %r = ingot.map (%x, %y) dims = [0, 1] : (tensor<2x2xi64>, tensor<2x2xi64>) -> tensor<2x2xi64> {
                 ^bb0(%a: tensor<i64>, %b: tensor<i64>):
                   %c = ingot.multiply %a, %b : tensor<i64>
                   ingot.return %c : tensor<i64>
                 })",
              "tensor<2x2xi64>", "dense<[[0, 5], [12, 21]]>");
}

TEST(Elementwise, SelectClampIsFinite) {
  expectValue(R"(%p = ingot.constant dense<[true, false]> : tensor<2xi1>
                 %a = ingot.constant dense<[1, 2]> : tensor<2xi16>
                 %b = ingot.constant dense<[3, 4]> : tensor<2xi16>
                 %r = ingot.select %p, %a, %b : tensor<2xi1>, tensor<2xi16>)",
              "tensor<2xi16>", "dense<[1, 4]>");
  expectValue(R"(%p = ingot.constant dense<false> : tensor<i1>
                 %a = ingot.constant dense<[(1.0, 2.0)]> : tensor<1xcomplex<f64>>
                 %b = ingot.constant dense<[(3.0, 4.0)]> : tensor<1xcomplex<f64>>
                 %r = ingot.select %p, %a, %b : tensor<i1>, tensor<1xcomplex<f64>>)",
              "tensor<1xcomplex<f64>>", "dense<[(3.0, 4.0)]>");
  expectValue(R"(%l = ingot.constant dense<0.0> : tensor<f32>
                 %x = ingot.constant dense<[-1.0, 3.0, 9.0]> : tensor<3xf32>
                 %h = ingot.constant dense<[6.0, 2.0, 6.0]> : tensor<3xf32>
                 %r = ingot.clamp %l, %x, %h : (tensor<f32>, tensor<3xf32>, tensor<3xf32>) -> tensor<3xf32>)",
              "tensor<3xf32>", "dense<[0.0, 2.0, 6.0]>");
  expectValue("%x = ingot.constant dense<[1.0, " + kNan + ", " + kInf +
                  "]> : tensor<3xf32>\n%r = ingot.is_finite %x : tensor<3xf32>",
              "tensor<3xi1>", "dense<[true, false, false]>");
}

void expectConvert(const std::string &from, const std::string &x, const std::string &to, const std::string &expected) {
  expectValue("%x = ingot.constant dense<" + x + "> : tensor<" + from + ">\n%r = ingot.convert %x : (tensor<" + from +
                  ">) -> tensor<" + to + ">",
              "tensor<" + to + ">", "dense<" + expected + ">");
}

TEST(Elementwise, Convert) {
  expectConvert("5xf32", "[1.9, -1.9, 300.0, -300.0, " + kNan + "]", "5xi8", "[1, -1, 127, -128, 0]");
  expectConvert("3xf32", "[-1.0, 255.9, 256.0]", "3xui8", "[0, 255, 255]");
  expectConvert("2xf64", "[1.0e300, -1.0e300]", "2xi64", "[9223372036854775807, -9223372036854775808]");
  expectConvert("2xf64", "[1.0e300, -1.0]", "2xui64", "[18446744073709551615, 0]");
  expectConvert("3xf32", "[0.0, 0.5, " + kNan + "]", "3xi1", "[false, true, true]");
  expectConvert("2xi1", "[true, false]", "2xf32", "[1.0, 0.0]");
  expectConvert("2xi1", "[true, false]", "2xi32", "[1, 0]");
  expectConvert("2xi32", "[300, -1]", "2xui8", "[44, 255]");
  expectConvert("2xui8", "[255, 7]", "2xi8", "[-1, 7]");
  expectConvert("2xi32", "[2, 0]", "2xi1", "[true, false]");
  // 2^24 + 1 rounds to even; 2^60 + 2^36 + 1 must round up although f64 drops its last bit.
  expectConvert("2xi64", "[16777217, 1152921573326323713]", "2xf32", "[16777216.0, 1152921642045800448.0]");
  expectConvert("2xf32", "[3.140625, 65520.0]", "2xf16", "[3.140625, 0x7C00]");
  expectConvert("3xf32", "[1.00390625, 1.01171875, 3.4e38]", "3xbf16", "[1.0, 1.015625, 0x7F80]");
  expectConvert("1xf16", "[5.9604644775390625e-08]", "1xf32", "[5.9604644775390625e-08]");
  expectConvert("2xf32", "[17.0, 1000.0]", "2xf8E4M3FN", "[16.0, 0x7F]");
  expectConvert("2xf32", "[17.0, 1000.0]", "2xf8E4M3FNUZ", "[16.0, 0x80]");
  expectConvert("2xf32", "[3.0, 1.0e9]", "2xf8E5M2", "[3.0, 0x7C]");
  expectConvert("2xf32", "[0.25, 15.5]", "2xf8E3M4", "[0.25, 15.5]");
  expectConvert("2xf32", "[3.0, 0.75]", "2xf8E8M0FNU", "[4.0, 1.0]");
  // Formats of finite numbers alone saturate, and have -0 for a NaN.
  expectConvert("5xf32", "[0.25, 0.75, 5.1, -100.0, " + kNan + "]", "5xf4E2M1FN", "[0.0, 1.0, 6.0, -6.0, -0.0]");
  expectConvert("4xf32", "[0.0625, 0.1875, " + kInf + ", -5.1]", "4xf6E2M3FN", "[0.0, 0.25, 7.5, -5.0]");
  expectConvert("3xf32", "[0.3, 5.0, " + kMinusInf + "]", "3xf6E3M2FN", "[0.3125, 5.0, -28.0]");
  expectConvert("3xf4E2M1FN", "[0.5, -6.0, 3.0]", "3xf32", "[0.5, -6.0, 3.0]");
  expectConvert("1xf32", "[2.0]", "1xcomplex<f32>", "[(2.0, 0.0)]");
  expectConvert("1xcomplex<f64>", "[(2.5, 7.0)]", "1xi32", "[2]");
  expectConvert("2xcomplex<f32>", "[(0.0, 7.0), (0.5, 0.0)]", "2xi1", "[false, true]");
}

TEST(Elementwise, ComplexParts) {
  const std::string two = "%c = ingot.constant dense<[(1.0, -2.0), (-0.0, 4.0)]> : tensor<2xcomplex<f64>>\n";
  expectValue(two + "%r = ingot.real %c : tensor<2xcomplex<f64>>", "tensor<2xf64>", "dense<[1.0, -0.0]>");
  expectValue(two + "%r = ingot.imag %c : tensor<2xcomplex<f64>>", "tensor<2xf64>", "dense<[-2.0, 4.0]>");
  expectUnary("real", "2xf16", "[3.0, -0.0]", "[3.0, -0.0]");
  expectUnary("imag", "2xbf16", "[3.0, -0.0]", "[0.0, 0.0]");
  expectValue("%x = ingot.constant dense<[1.0, 0x7FC00000]> : tensor<2xf32>\n%y = ingot.constant dense<[2.0, -0.0]> : "
              "tensor<2xf32>\n%r = ingot.complex %x, %y : tensor<2xf32>",
              "tensor<2xcomplex<f32>>", "dense<[(1.0, 2.0), (0x7FC00000, -0.0)]>");
}

TEST(Elementwise, BitcastConvert) {
  auto expectBits = [](const std::string &x, const std::string &from, const std::string &expected, const std::string &to) {
    expectValue("%x = ingot.constant dense<" + x + "> : " + from + "\n%r = ingot.bitcast_convert %x : (" + from + ") -> " +
                    to,
                to, "dense<" + expected + ">");
    expectValue("%x = ingot.constant dense<" + expected + "> : " + to + "\n%r = ingot.bitcast_convert %x : (" + to +
                    ") -> " + from,
                from, "dense<" + x + ">");
  };
  expectBits("[1.0, -2.0]", "tensor<2xf32>", "[1065353216, -1073741824]", "tensor<2xi32>");
  expectBits("[1.0, -2.0]", "tensor<2xf32>", "[[0, 0, 128, 63], [0, 0, 0, 192]]", "tensor<2x4xui8>");
  expectBits("[1.5]", "tensor<1xbf16>", "[16320]", "tensor<1xui16>");
  expectBits("-2", "tensor<i8>", "[-2, -1]", "tensor<2xi4>");
  expectBits("[-7, 3]", "tensor<2xi4>", "[9, 3]", "tensor<2xui4>");
  expectBits("[[5, 3]]", "tensor<1x2xui4>", "[[[true, false, true, false], [true, true, false, false]]]",
             "tensor<1x2x4xi1>");
  expectBits("[133]", "tensor<1xui8>", "[[1, 1, 0, -2]]", "tensor<1x4xi2>");
  expectBits("(1.0, 2.0)", "tensor<complex<f64>>", "[(0.0, 1.875), (0.0, 2.0)]", "tensor<2xcomplex<f32>>");
}

// Values of the StableHLO specification's example, and those where the mantissa carries or the exponent ends.
TEST(Elementwise, ReducePrecision) {
  auto expectReduced = [](const std::string &type, int exponent, int mantissa, const std::string &x,
                          const std::string &expected) {
    std::string tensor = "tensor<" + type + ">";
    expectValue("%x = ingot.constant dense<" + x + "> : " + tensor + "\n%r = ingot.reduce_precision %x exponent = " +
                    std::to_string(exponent) + " mantissa = " + std::to_string(mantissa) + " : " + tensor,
                tensor, "dense<" + expected + ">");
  };
  expectReduced("6xf64", 5, 10, "[0x7FF0000000000000, 0x7FFFFFFFFFFFFFFF, 0.0, 1000.0, 1000000.0, -1000000.0]",
                "[0x7FF0000000000000, 0x7FFFFFFFFFFFFFFF, 0.0, 1000.0, 0x7FF0000000000000, 0xFFF0000000000000]");
  // 2049 and 2051 lie between two numbers of 11 significant bits; 65519 and 65520 on both sides of the last one's half.
  expectReduced("4xf32", 5, 10, "[2049.0, 2051.0, 65519.0, 65520.0]", "[2048.0, 2052.0, 65504.0, 0x7F800000]");
  // Below the normal numbers of 5 exponent bits: 2^-14 and half of it.
  expectReduced("3xf32", 5, 10, "[6.103515625e-05, 3.0517578125e-05, -3.0517578125e-05]", "[6.103515625e-05, 0.0, -0.0]");
  expectReduced("3xf32", 8, 0, "[1.5, 2.5, -3.0]", "[2.0, 2.0, -2.0]");
  expectReduced("2xf32", 8, 0, "[" + kNan + ", 3.0e38]", "[0x7F800000, 0x7F800000]");
  expectReduced("3xf16", 5, 10, "[5.9604644775390625e-08, 1.5, -0.0]", "[5.9604644775390625e-08, 1.5, -0.0]");
  expectReduced("2xf16", 5, 2, "[5.9604644775390625e-08, 1.125]", "[0.0, 1.0]");
  expectReduced("2xbf16", 4, 7, "[3.0, 512.0]", "[3.0, 0x7F80]");
}

} // namespace
} // namespace ingot::test
