#include "tests/ir/reference/Harness.h"

namespace ingot::test {
namespace {

void expectFailure(const std::string &body, const std::string &type, const std::string &message) {
  Parsed parsed("func.func @main() -> " + type + " {\n" + body + "\nreturn %r : " + type + "\n}");
  ASSERT_TRUE(parsed.module) << parsed.diagnostics;
  auto results = reference::run(parsed.function(), {}, {});
  ASSERT_FALSE(bool(results));
  std::string text = llvm::toString(results.takeError());
  EXPECT_NE(text.find(message), std::string::npos) << text;
}

std::string numbers(const std::string &name, const std::string &values, size_t count) {
  return "%" + name + " = ingot.constant dense<" + values + "> : tensor<" + std::to_string(count) + "xi64>\n";
}

TEST(DynamicShapes, ReshapeIotaBroadcast) {
  expectValue("%x = ingot.constant dense<[[1, 2, 3], [4, 5, 6]]> : tensor<2x3xi32>\n" + numbers("s", "[3, 2]", 2) +
                  "%r = ingot.dynamic_reshape %x, %s : (tensor<2x3xi32>, tensor<2xi64>) -> tensor<3x2xi32>",
              "tensor<3x2xi32>", "dense<[[1, 2], [3, 4], [5, 6]]>");
  expectValue(numbers("s", "[2, 3]", 2) + "%r = ingot.dynamic_iota %s dim = 1 : (tensor<2xi64>) -> tensor<2x3xi32>",
              "tensor<2x3xi32>", "dense<[[0, 1, 2], [0, 1, 2]]>");
  expectValue(
      "%x = ingot.constant dense<[[1, 2, 3]]> : tensor<1x3xi32>\n" + numbers("s", "[2, 3, 2]", 3) +
          "%r = ingot.dynamic_broadcast_in_dim %x, %s dims = [2, 1] : (tensor<1x3xi32>, tensor<3xi64>) -> tensor<2x3x2xi32>",
      "tensor<2x3x2xi32>", "dense<[[[1, 1], [2, 2], [3, 3]], [[1, 1], [2, 2], [3, 3]]]>");
}

TEST(DynamicShapes, PadAndSlice) {
  expectValue(
      "%x = ingot.constant dense<[[1, 2, 3], [4, 5, 6]]> : tensor<2x3xi32>\n%z = ingot.constant dense<0> : tensor<i32>\n" +
          numbers("l", "[0, 1]", 2) + numbers("h", "[2, 1]", 2) + numbers("i", "[1, 2]", 2) +
          "%r = ingot.dynamic_pad %x, %z low = %l high = %h interior = %i "
          ": (tensor<2x3xi32>, tensor<i32>, tensor<2xi64>, tensor<2xi64>, tensor<2xi64>) -> tensor<5x9xi32>",
      "tensor<5x9xi32>",
      "dense<[[0, 1, 0, 0, 2, 0, 0, 3, 0], [0, 0, 0, 0, 0, 0, 0, 0, 0], [0, 4, 0, 0, 5, 0, 0, 6, 0], "
      "[0, 0, 0, 0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0, 0, 0, 0]]>");
  expectValue("%x = ingot.constant dense<[0, 1, 2, 3, 4, 5, 6, 7]> : tensor<8xi32>\n" + numbers("a", "[1]", 1) +
                  numbers("b", "[7]", 1) + numbers("c", "[2]", 1) +
                  "%r = ingot.real_dynamic_slice %x [%a] to [%b] step [%c] : (tensor<8xi32>, tensor<1xi64>, tensor<1xi64>, "
                  "tensor<1xi64>) -> tensor<3xi32>",
              "tensor<3xi32>", "dense<[1, 3, 5]>");
}

TEST(DynamicShapes, GatherConvolutionAndSizes) {
  expectValue(
      "%x = ingot.constant dense<[[1, 2], [3, 4], [5, 6]]> : tensor<3x2xi32>\n" + numbers("i", "[2, 0]", 2) +
          numbers("s", "[1, 2]", 2) +
          "%r = ingot.dynamic_gather %x, %i, %s <window = [1], collapsed = [0], batch = [] x [], map = [0], vector = 1> "
          ": (tensor<3x2xi32>, tensor<2xi64>, tensor<2xi64>) -> tensor<2x2xi32>",
      "tensor<2x2xi32>", "dense<[[5, 6], [1, 2]]>");
  // Taps 1, 10, 100 read backwards: 100 x[i - 1] + 10 x[i] + x[i + 1].
  expectValue(
      "%x = ingot.constant dense<[[[1], [2], [3]]]> : tensor<1x3x1xi32>\n%w = ingot.constant dense<[[[1]], [[10]], "
      "[[100]]]> : tensor<3x1x1xi32>\n"
      "%p = ingot.constant dense<[[1, 1]]> : tensor<1x2xi64>\n"
      "%r = ingot.dynamic_conv %x, %w, %p <[b, 0, f]x[0, i, o]->[b, 0, f]> stride = [1] lhs_dilate = [1] rhs_dilate = [1] "
      "{window_reversal = array<i1: true>} : (tensor<1x3x1xi32>, tensor<3x1x1xi32>, tensor<1x2xi64>) -> tensor<1x3x1xi32>",
      "tensor<1x3x1xi32>", "dense<[[[12], [123], [230]]]>");
  expectValue("%x = ingot.constant dense<0> : tensor<2x3xi32>\n%r = ingot.get_dimension_size %x dim = 1 : tensor<2x3xi32>",
              "tensor<i32>", "dense<3>");
  expectValue(
      "%x = ingot.constant dense<[[1, 2, 3], [4, 5, 6]]> : tensor<2x3xi32>\n%n = ingot.constant dense<2> : tensor<i32>\n"
      "%r = ingot.set_dimension_size %x, %n dim = 1 : (tensor<2x3xi32>, tensor<i32>) -> tensor<2x2xi32>",
      "tensor<2x2xi32>", "dense<[[1, 2], [4, 5]]>");
}

llvm::Expected<std::vector<reference::Tensor>> runWithCount(int64_t count) {
  Parsed parsed(R"(module attributes {ingot.sizes = [#ingot.size<"kept", 1 to 3 data>]} {
    func.func @main(%x: tensor<4xi32>, %n: tensor<i64>) -> (tensor<?xi32, #ingot.dims<[s0]>>, tensor<i64>) {
      ingot.bind_size %n size = 0 : tensor<i64>
      %0 = ingot.slice %x [0] to [-9223372036854775807] step [1] : (tensor<4xi32>) -> tensor<?xi32, #ingot.dims<[s0]>>
      %1 = ingot.size_of affine_map<()[s0] -> (s0 * 2)> : tensor<i64>
      return %0, %1 : tensor<?xi32, #ingot.dims<[s0]>>, tensor<i64>
    }
  })");
  EXPECT_EQ(parsed.diagnostics, "");
  mlir::Builder builder(&parsed.context);
  reference::Tensor x = reference::Tensor::zeros(builder.getI32Type(), {4}),
                    n = reference::Tensor::zeros(builder.getI64Type(), {});
  for (int32_t i = 0; i < 4; ++i)
    x.data<int32_t>()[i] = i + 1;
  n.data<int64_t>()[0] = count;
  return reference::run(parsed.function(), {x, n}, {});
}

TEST(DynamicShapes, SizesOfData) {
  for (int64_t count = 1; count <= 3; ++count) {
    auto results = runWithCount(count);
    ASSERT_TRUE(bool(results)) << llvm::toString(results.takeError());
    ASSERT_EQ((*results)[0].dims, llvm::SmallVector<int64_t>{count});
    for (int64_t i = 0; i < count; ++i)
      EXPECT_EQ((*results)[0].data<int32_t>()[i], i + 1);
    EXPECT_EQ((*results)[1].data<int64_t>()[0], 2 * count);
  }
  for (int64_t count : {-1, 0, 4}) {
    auto results = runWithCount(count);
    ASSERT_FALSE(bool(results));
    const std::string message = llvm::toString(results.takeError());
    EXPECT_NE(message.find("size 'kept' is " + std::to_string(count) + "; accepted: 1 to 3"), std::string::npos) << message;
  }
}

// What only running tells.
TEST(DynamicShapes, OperandsThatDoNotFit) {
  expectFailure("%x = ingot.constant dense<0> : tensor<2x3xi32>\n" + numbers("s", "[2, 3]", 2) +
                    "%r = ingot.dynamic_reshape %x, %s : (tensor<2x3xi32>, tensor<2xi64>) -> tensor<3x2xi32>",
                "tensor<3x2xi32>", "output_shape says [2, 3], but the result is i32[3,2]");
  expectFailure("%x = ingot.constant dense<0> : tensor<4xi32>\n%z = ingot.constant dense<0> : tensor<i32>\n" +
                    numbers("a", "[1]", 1) + numbers("b", "[-1]", 1) +
                    "%r = ingot.dynamic_pad %x, %z low = %a high = %a interior = %b : (tensor<4xi32>, tensor<i32>, "
                    "tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<3xi32>",
                "tensor<3xi32>", "interior_padding says [-1]");
  expectFailure("%x = ingot.constant dense<0> : tensor<4xi32>\n" + numbers("a", "[1]", 1) + numbers("b", "[5]", 1) +
                    "%r = ingot.real_dynamic_slice %x [%a] to [%b] step [%a] : (tensor<4xi32>, tensor<1xi64>, "
                    "tensor<1xi64>, tensor<1xi64>) -> tensor<4xi32>",
                "tensor<4xi32>", "[1, 5) by 1 is no range within a dim of 4");
}

} // namespace
} // namespace ingot::test
