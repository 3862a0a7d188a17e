#include "tests/ir/reference/Harness.h"

namespace ingot::test {
namespace {

// `operands` are the constants x, s and, if not empty, z; `how` what stands behind them.
void expectQuantization(const std::string &op, const std::string &x, const std::string &xType, const std::string &scale,
                        const std::string &scaleType, const std::string &zero, const std::string &zeroType,
                        const std::string &how, const std::string &type, const std::string &expected) {
  bool hasZero = !zero.empty();
  expectValue("%x = ingot.constant dense<" + x + "> : " + xType + "\n%s = ingot.constant dense<" + scale +
                  "> : " + scaleType + (hasZero ? "\n%z = ingot.constant dense<" + zero + "> : " + zeroType : "") +
                  "\n%r = ingot." + op + " %x scale %s " + (hasZero ? "zero_point %z " : "") + how + " : (" + xType + ", " +
                  scaleType + (hasZero ? ", " + zeroType : "") + ") -> " + type,
              type, "dense<" + expected + ">");
}

TEST(Quantization, RoundsHalvesToEvenAndSaturates) {
  expectQuantization("quantize", "[0.0, 1.0, 3.0, 5.0, -1.0, -3.0, 300.0, -300.0]", "tensor<8xf32>", "2.0", "tensor<f32>",
                     "", "", "", "tensor<8xi8>", "[0, 0, 2, 2, 0, -2, 127, -128]");
  expectQuantization("quantize", "[0.0, 2.0, 3.0, 1000.0, -254.0, -1000.0]", "tensor<6xf32>", "2.0", "tensor<f32>", "128",
                     "tensor<ui8>", "", "tensor<6xui8>", "[128, 129, 130, 255, 1, 0]");
  expectQuantization("quantize", "[0x7FC00000, 0x7F800000, 0xFF800000]", "tensor<3xf32>", "1.0", "tensor<f32>", "5",
                     "tensor<i16>", "", "tensor<3xi16>", "[5, 32767, -32768]");
  expectQuantization("quantize", "[7.4, 7.6, -8.6, -2.5]", "tensor<4xf32>", "1.0", "tensor<f32>", "", "", "", "tensor<4xi4>",
                     "[7, 7, -8, -2]");
  expectQuantization("quantize", "[1.5, 2.5, 9.0, -9.0]", "tensor<4xf16>", "1.0", "tensor<f16>", "1", "tensor<ui2>", "",
                     "tensor<4xui2>", "[3, 3, 3, 0]");
  expectQuantization("quantize", "[1.0e30, -1.0e30]", "tensor<2xf64>", "1.0", "tensor<f64>", "-1", "tensor<i64>", "",
                     "tensor<2xi64>", "[9223372036854775807, -9223372036854775808]");
}

// The f32 numbers nearest 0.35 and 0.1 have the quotient 3.49999989, which f32 rounds to 3.5 and f64 does not.
TEST(Quantization, RoundsTheQuotientToTheOperandsType) {
  expectQuantization("quantize", "[0.35]", "tensor<1xf32>", "0.1", "tensor<f32>", "", "", "", "tensor<1xi8>", "[4]");
  expectQuantization("quantize", "[0.3499999940395355]", "tensor<1xf64>", "0.10000000149011612", "tensor<f64>", "", "", "",
                     "tensor<1xi8>", "[3]");
  // 600 / 1.9921875 is 301.18, which bf16 rounds to 302.
  expectQuantization("quantize", "[600.0]", "tensor<1xbf16>", "1.9921875", "tensor<bf16>", "", "", "", "tensor<1xui16>",
                     "[302]");
}

TEST(Quantization, ScalesPerAxisAndPerBlock) {
  expectQuantization("quantize", "[[10.0, 10.0, 10.0], [-10.0, 5.0, 0.0]]", "tensor<2x3xf32>", "[1.0, 2.0, 4.0]",
                     "tensor<3xf32>", "[0, 1, 2]", "tensor<3xi8>", "axis = 1", "tensor<2x3xi8>",
                     "[[10, 6, 4], [-10, 3, 2]]");
  expectQuantization("quantize", "[[10.0, 10.0, 10.0], [-10.0, 5.0, 0.0]]", "tensor<2x3xf32>", "[1.0, 2.0]", "tensor<2xf32>",
                     "", "", "axis = 0", "tensor<2x3xi8>", "[[10, 10, 10], [-5, 2, 0]]");
  // The last block of a row of 3 in blocks of 2 has one element.
  expectQuantization("quantize", "[[8.0, 8.0, 8.0], [8.0, 8.0, 8.0]]", "tensor<2x3xf32>", "[[1.0, 2.0], [4.0, 8.0]]",
                     "tensor<2x2xf32>", "[[0, 1], [2, 3]]", "tensor<2x2xi8>", "axis = 1 block = 2", "tensor<2x3xi8>",
                     "[[8, 8, 5], [4, 4, 4]]");
  expectQuantization("dequantize", "[[1, 2], [3, 4], [5, 6], [7, -8]]", "tensor<4x2xi4>", "[[1.0, 10.0], [2.0, 20.0]]",
                     "tensor<2x2xf32>", "", "", "axis = 0 block = 2", "tensor<4x2xf32>",
                     "[[1.0, 20.0], [3.0, 40.0], [10.0, 120.0], [14.0, -160.0]]");
}

TEST(Quantization, Dequantizes) {
  expectQuantization("dequantize", "[0, 128, 255]", "tensor<3xui8>", "0.5", "tensor<f32>", "128", "tensor<ui8>", "",
                     "tensor<3xf32>", "[-64.0, 0.0, 63.5]");
  expectQuantization("dequantize", "[-128, 127]", "tensor<2xi8>", "2.0", "tensor<f16>", "-128", "tensor<i8>", "",
                     "tensor<2xf16>", "[0.0, 510.0]");
  expectQuantization("dequantize", "[16777217, -5]", "tensor<2xi32>", "1.0", "tensor<f32>", "", "", "", "tensor<2xf32>",
                     "[16777216.0, -5.0]");
  // The difference does not wrap.
  expectQuantization("dequantize", "[-2147483648]", "tensor<1xi32>", "1.0", "tensor<f64>", "2147483647", "tensor<i32>", "",
                     "tensor<1xf64>", "[-4294967295.0]");
  expectQuantization("dequantize", "[1, 2, 3]", "tensor<3xi8>", "[1.0, 0.5, 0.25]", "tensor<3xbf16>", "[0, 1, 2]",
                     "tensor<3xi8>", "axis = 0", "tensor<3xbf16>", "[1.0, 0.5, 0.25]");
}

} // namespace
} // namespace ingot::test
