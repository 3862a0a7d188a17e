#include "ir/reference/Random.h"
#include "tests/ir/reference/Harness.h"

namespace ingot::test {
namespace {

// Known answers of the generators' authors (Random123, kat_vectors).
TEST(Random, KnownAnswers) {
  using Two = std::array<uint32_t, 2>;
  using Four = std::array<uint32_t, 4>;
  constexpr uint32_t all = 0xffffffff;
  EXPECT_EQ(reference::threefry({0, 0}, {0, 0}), (Two{0x6b200159, 0x99ba4efe}));
  EXPECT_EQ(reference::threefry({all, all}, {all, all}), (Two{0x1cb996fc, 0xbb002be7}));
  EXPECT_EQ(reference::threefry({0x13198a2e, 0x03707344}, {0x243f6a88, 0x85a308d3}), (Two{0xc4923a9c, 0x483df7a0}));
  EXPECT_EQ(reference::philox({0, 0}, {0, 0, 0, 0}), (Four{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(reference::philox({all, all}, {all, all, all, all}), (Four{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(reference::philox({0xa4093822, 0x299f31d0}, {0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}),
            (Four{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

void expectBits(const std::string &algorithm, const std::string &state, const std::string &stateType,
                const std::string &type, const std::string &expected, const std::string &newState) {
  std::string text = "%s = ingot.constant dense<" + state + "> : " + stateType + "\n%t, %u = ingot.rng_bit_generator " +
                     algorithm + " %s : (" + stateType + ") -> (" + stateType + ", " + type + ")\n";
  expectValue(text + "%r = ingot.reshape %u : (" + type + ") -> " + type, type, "dense<" + expected + ">");
  expectValue(text + "%r = ingot.reshape %t : (" + stateType + ") -> " + stateType, stateType, "dense<" + newState + ">");
}

TEST(Random, Bits) {
  // 0x6b200159, 0x99ba4efe as words, bytes, and one wide element.
  expectBits("THREE_FRY", "[0, 0]", "tensor<2xui64>", "tensor<1x2xui32>", "[[1797259609, 2579123966]]", "[0, 1]");
  expectBits("THREE_FRY", "[0, 0]", "tensor<2xui64>", "tensor<2xi8>", "[89, -2]", "[0, 1]");
  expectBits("THREE_FRY", "[0, 0]", "tensor<2xui64>", "tensor<1xui64>", "[11077253088097075545]", "[0, 1]");
  expectBits("THREE_FRY", "[3, 7]", "tensor<2xui64>", "tensor<0xui32>", "[]", "[3, 7]");
  expectBits("PHILOX", "[0, 0]", "tensor<2xui64>", "tensor<4xui32>", "[1713891541, 3781805453, 3159862348, 2600524760]",
             "[0, 1]");
  // A third element of 64 bits takes the next block.
  Parsed wide("func.func @main(%s: tensor<2xui64>) -> tensor<2xui64> {\n%t, %u = ingot.rng_bit_generator PHILOX %s : "
              "(tensor<2xui64>) "
              "-> (tensor<2xui64>, tensor<3xui64>)\nreturn %t : tensor<2xui64>\n}");
  ASSERT_TRUE(wide.module) << wide.diagnostics;
  auto state = reference::Tensor::zeros(mlir::IntegerType::get(&wide.context, 64, mlir::IntegerType::Unsigned), {2});
  auto results = reference::run(wide.function(), {state}, {});
  ASSERT_TRUE(bool(results)) << llvm::toString(results.takeError());
  EXPECT_EQ((*results)[0].data<uint64_t>()[1], 2u);
  // Philox takes the key for the counter's high half; Threefry's pairs lie along the first even dim, else the largest. What
  // XLA draws of this state.
  const std::string drawn = "[81985529216486895, 1234605616436508552]";
  expectBits("PHILOX", drawn, "tensor<2xui64>", "tensor<4xui32>", "[522436411, 4062840177, 1058714576, 405024787]",
             "[81985529216486895, 1234605616436508553]");
  expectBits("THREE_FRY", drawn, "tensor<2xui64>", "tensor<4x3xui32>",
             "[[1749090219, 622145688, 4005404485], [2058825021, 3810020090, 2180540436], [494495838, 484213795, "
             "2826995436], [1350268660, 3612709506, 764051104]]",
             "[81985529216486895, 1234605616436508558]");
  expectBits("THREE_FRY", drawn, "tensor<2xui64>", "tensor<3x5xui8>",
             "[[171, 61, 152, 250, 69], [94, 244, 35, 130, 236], [7, 105, 45, 63, 89]]",
             "[81985529216486895, 1234605616436508561]");
  expectBits("DEFAULT", "[0, 0]", "tensor<2xui64>", "tensor<2xui32>", "[1713891541, 3781805453]", "[0, 1]");
  // The counter carries into its high half.
  expectBits("PHILOX", "[18446744073709551615, 18446744073709551615, 18446744073709551615]", "tensor<3xui64>",
             "tensor<1xui32>", "[1083123565]", "[18446744073709551615, 0, 0]");
  expectBits("PHILOX", "[5, 18446744073709551615, 8]", "tensor<3xui64>", "tensor<0xui32>", "[]",
             "[5, 18446744073709551615, 8]");
}

std::vector<double> numbers(const std::string &text) {
  Parsed parsed(text);
  EXPECT_TRUE(parsed.module) << parsed.diagnostics;
  auto results = reference::run(parsed.function(), {}, {});
  EXPECT_TRUE(bool(results));
  std::vector<double> values;
  for (reference::Complex value : valuesOf(results->front()))
    values.push_back(value.real());
  return values;
}

std::string sample(const std::string &distribution, const std::string &a, const std::string &b, const std::string &seed,
                   const std::string &element, const std::string &count) {
  std::string type = "tensor<" + count + "x" + element + ">", scalar = "tensor<" + element + ">";
  return "func.func @main() -> " + type + " {\n%a = ingot.constant dense<" + a + "> : " + scalar +
         "\n%b = ingot.constant dense<" + b + "> : " + scalar + "\n%r = ingot.rng " + distribution +
         " %a, %b seed = " + seed + " : (" + scalar + ", " + scalar + ") -> " + type + "\nreturn %r : " + type + "\n}";
}

TEST(Random, Uniform) {
  // Element 0 of seed 0: w0 = 0x6b200159, w1 = 0x99ba4efe.
  EXPECT_EQ(numbers(sample("UNIFORM", "0.0", "1.0", "0", "f32", "1")), (std::vector<double>{double(0x6b2001) / 0x1p24}));
  EXPECT_EQ(numbers(sample("UNIFORM", "-4.0", "4.0", "0", "f64", "1")),
            (std::vector<double>{-4 + 8 * ((double(0x6b200159 >> 5) * 0x1p26 + double(0x99ba4efe >> 6)) * 0x1p-53)}));
  EXPECT_EQ(numbers(sample("UNIFORM", "-10", "10", "0", "i32", "1")),
            (std::vector<double>{double(int64_t(0x99ba4efe6b200159u % 20) - 10)}));
  EXPECT_EQ(numbers(sample("UNIFORM", "5", "5", "0", "ui8", "2")), (std::vector<double>{5, 5}));
  // A narrow type rounds up to b now and then; b is never drawn.
  for (double value : numbers(sample("UNIFORM", "1.0", "1.015625", "3", "bf16", "1000")))
    EXPECT_TRUE(value == 1.0 || value == 1.0078125) << value;
  EXPECT_NE(numbers(sample("UNIFORM", "0.0", "1.0", "1", "f32", "4")),
            numbers(sample("UNIFORM", "0.0", "1.0", "2", "f32", "4")));
}

TEST(Random, Distributions) {
  auto moments = [](const std::vector<double> &values) {
    double sum = 0, squares = 0;
    for (double value : values) {
      sum += value;
      squares += value * value;
    }
    double mean = sum / double(values.size());
    return std::pair(mean, squares / double(values.size()) - mean * mean);
  };
  // 20,000 samples: five standard errors of mean and variance.
  auto [mean, variance] = moments(numbers(sample("UNIFORM", "-1.0", "3.0", "11", "f32", "20000")));
  EXPECT_NEAR(mean, 1, 5 * std::sqrt(16.0 / 12 / 20000));
  EXPECT_NEAR(variance, 16.0 / 12, 5 * std::sqrt(256.0 / 180 / 20000));
  std::tie(mean, variance) = moments(numbers(sample("NORMAL", "2.0", "3.0", "12", "f32", "20000")));
  EXPECT_NEAR(mean, 2, 5 * 3 / std::sqrt(20000));
  EXPECT_NEAR(variance, 9, 5 * 9 * std::sqrt(2.0 / 20000));
  // Element 0 of seed 0.
  double radius = std::sqrt(-2 * std::log((double(0x6b200159) + 1) / 0x1p32));
  EXPECT_NEAR(numbers(sample("NORMAL", "0.0", "1.0", "0", "f64", "1"))[0],
              radius * std::cos(2 * M_PI * (double(0x99ba4efe) / 0x1p32)), 1e-12);
}

} // namespace
} // namespace ingot::test
