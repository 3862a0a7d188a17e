#include "tests/ir/reference/Harness.h"

namespace ingot::test {
namespace {

const std::string kTable = "%x = ingot.constant dense<[[1, 2, 3], [4, 5, 6], [7, 8, 9], [10, 11, 12]]> : tensor<4x3xi32>\n";

std::string constant(const std::string &name, const std::string &value, const std::string &type) {
  return "%" + name + " = ingot.constant dense<" + value + "> : " + type + "\n";
}

void expectGather(const std::string &indices, const std::string &indicesType, const std::string &dims,
                  const std::string &type, const std::string &expected) {
  expectValue(kTable + constant("i", indices, indicesType) + "%r = ingot.gather %x, %i " + dims + " : (tensor<4x3xi32>, " +
                  indicesType + ") -> " + type,
              type, "dense<" + expected + ">");
}

TEST(Indexing, GatherRows) {
  const std::string rows = "<window = [1], collapsed = [0], batch = [] x [], map = [0], vector = 1>";
  expectGather("[2, 0, 2]", "tensor<3xi64>", rows, "tensor<3x3xi32>", "[[7, 8, 9], [1, 2, 3], [7, 8, 9]]");
  // Starts are clamped; unsigned indices may exceed every signed one.
  expectGather("[-5, 9]", "tensor<2xi8>", rows, "tensor<2x3xi32>", "[[1, 2, 3], [10, 11, 12]]");
  expectGather("[18446744073709551615]", "tensor<1xui64>", rows, "tensor<1x3xi32>", "[[10, 11, 12]]");
  expectGather("[]", "tensor<0xi64>", rows, "tensor<0x3xi32>", "0");
}

TEST(Indexing, GatherWindows) {
  // Windows of 2 x 2; (1, 2) is clamped to (1, 1), (3, 0) to (2, 0).
  expectGather("[[1, 2], [3, 0]]", "tensor<2x2xi32>",
               "<window = [1, 2], collapsed = [], batch = [] x [], map = [0, 1], vector = 1>", "tensor<2x2x2xi32>",
               "[[[5, 6], [8, 9]], [[7, 8], [10, 11]]]");
  // The map names the operand dim of each component; vectors stand along dim 0 of the indices.
  expectGather("[[2, 0], [1, 3]]", "tensor<2x2xi64>",
               "<window = [], collapsed = [0, 1], batch = [] x [], map = [1, 0], vector = 0>", "tensor<2xi32>", "[6, 10]");
  // The window dim comes before the batch of indices.
  expectGather("[2, 0]", "tensor<2xi64>", "<window = [0], collapsed = [1], batch = [] x [], map = [1], vector = 1>",
               "tensor<4x2xi32>", "[[3, 1], [6, 4], [9, 7], [12, 10]]");
}

TEST(Indexing, GatherBatches) {
  // One column of each row: row b, column i[b].
  expectGather("[[2], [0], [1], [7]]", "tensor<4x1xi64>",
               "<window = [], collapsed = [1], batch = [0] x [0], map = [1], vector = 1>", "tensor<4xi32>", "[3, 4, 8, 12]");
  // The batch is the last dim of the indices, behind the vector.
  expectGather("[[2, 0, 1, 1]]", "tensor<1x4xi64>",
               "<window = [1], collapsed = [], batch = [0] x [1], map = [1], vector = 0>", "tensor<4x1xi32>",
               "[[3], [4], [8], [11]]");
}

void expectScatter(const std::string &x, const std::string &type, const std::string &indices, const std::string &indicesType,
                   const std::string &updates, const std::string &updatesType, const std::string &dims,
                   const std::string &body, const std::string &expected) {
  std::string scalar = "tensor<" + type.substr(type.rfind('x') + 1);
  expectValue(constant("x", x, type) + constant("i", indices, indicesType) + constant("u", updates, updatesType) +
                  "%r = ingot.scatter (%x), %i, (%u) " + dims + " : (" + type + ", " + indicesType + ", " + updatesType +
                  ") -> " + type + " {\n^bb0(%a: " + scalar + ", %b: " + scalar + "):\n" + body +
                  "\ningot.return %c : " + scalar + "\n}",
              type, "dense<" + expected + ">");
}

TEST(Indexing, ScatterRows) {
  const std::string rows = "<window = [1], collapsed = [0], batch = [] x [], map = [0], vector = 1>";
  const std::string add = "%c = ingot.add %a, %b : tensor<i32>";
  // Updates outside are left out, not clamped.
  expectScatter("[[1, 2], [3, 4]]", "tensor<2x2xi32>", "[1, 1, 2, -1]", "tensor<4xi64>",
                "[[10, 20], [100, 200], [5, 5], [5, 5]]", "tensor<4x2xi32>", rows, add, "[[1, 2], [113, 224]]");
  // Of several the last in row-major order is combined last.
  expectScatter("[[1, 2], [3, 4]]", "tensor<2x2xi32>", "[0, 0]", "tensor<2xi64>", "[[10, 20], [30, 40]]", "tensor<2x2xi32>",
                rows, "%c = ingot.subtract %b, %a : tensor<i32>", "[[21, 22], [3, 4]]");
  expectScatter("[[1, 2], [3, 4]]", "tensor<2x2xui8>", "[1]", "tensor<1xi64>", "[[255, 252]]", "tensor<1x2xui8>", rows,
                "%c = ingot.add %a, %b : tensor<ui8>", "[[1, 2], [2, 0]]");
  expectScatter("[1.0, 2.0]", "tensor<2xbf16>", "[1, 1]", "tensor<2xi32>", "[0.5, 4.0]", "tensor<2xbf16>",
                "<window = [], collapsed = [0], batch = [] x [], map = [0], vector = 1>",
                "%c = ingot.maximum %a, %b : tensor<bf16>", "[1.0, 4.0]");
}

TEST(Indexing, ScatterWindows) {
  // A window of 2 x 2 at (1, 2) of a 3 x 3 input: only its left column lies inside.
  expectScatter("0", "tensor<3x3xi32>", "[1, 2]", "tensor<2xi64>", "[[1, 2], [3, 4]]", "tensor<2x2xi32>",
                "<window = [0, 1], collapsed = [], batch = [] x [], map = [0, 1], vector = 0>",
                "%z = ingot.constant dense<0> : tensor<i32>\n%c = ingot.add %b, %z : tensor<i32>",
                "[[0, 0, 0], [0, 0, 1], [0, 0, 3]]");
  // At row -1 only its lower row does.
  expectScatter("0", "tensor<3x3xi32>", "[-1, 0]", "tensor<2xi64>", "[[1, 2], [3, 4]]", "tensor<2x2xi32>",
                "<window = [0, 1], collapsed = [], batch = [] x [], map = [0, 1], vector = 0>",
                "%c = ingot.or %a, %b : tensor<i32>", "[[3, 4, 0], [0, 0, 0], [0, 0, 0]]");
  // With the batch in both: row b gets its update at column i[b].
  expectScatter("0", "tensor<2x3xi32>", "[[2], [0]]", "tensor<2x1xi64>", "[7, 8]", "tensor<2xi32>",
                "<window = [], collapsed = [1], batch = [0] x [0], map = [1], vector = 1>",
                "%c = ingot.add %a, %b : tensor<i32>", "[[0, 0, 7], [8, 0, 0]]");
}

TEST(Indexing, ScatterTakesTheLastOfTwoOrdersOfDims) {
  // The window dim comes first: update (w, n) goes to place i[n] + w. Updates (0, 1) and (1, 0) meet in place 1; the one
  // that comes first in row-major order is combined first, though its window is the second.
  expectScatter("0", "tensor<3xi32>", "[0, 1]", "tensor<2xi64>", "[[1, 2], [3, 4]]", "tensor<2x2xi32>",
                "<window = [0], collapsed = [], batch = [] x [], map = [0], vector = 1>",
                "%ten = ingot.constant dense<10> : tensor<i32>\n%t = ingot.multiply %a, %ten : tensor<i32>\n"
                "%c = ingot.add %t, %b : tensor<i32>",
                "[1, 23, 4]");
}

TEST(Indexing, ScatterOfTwoInputs) {
  expectValue(R"(%x = ingot.constant dense<[1.0, 2.0]> : tensor<2xf32>
                 %n = ingot.constant dense<[5, 6]> : tensor<2xi64>
                 %i = ingot.constant dense<1> : tensor<1xi32>
                 %u = ingot.constant dense<9.0> : tensor<1xf32>
                 %v = ingot.constant dense<7> : tensor<1xi64>
                 %s:2 = ingot.scatter (%x, %n), %i, (%u, %v) <window = [], collapsed = [0], batch = [] x [], map = [0], vector = 1> : (tensor<2xf32>, tensor<2xi64>, tensor<1xi32>, tensor<1xf32>, tensor<1xi64>) -> (tensor<2xf32>, tensor<2xi64>) {
                 ^bb0(%a: tensor<f32>, %b: tensor<i64>, %c: tensor<f32>, %d: tensor<i64>):
                   %p = ingot.compare GT %c, %a : tensor<f32>
                   %e = ingot.select %p, %c, %a : tensor<i1>, tensor<f32>
                   %f = ingot.select %p, %d, %b : tensor<i1>, tensor<i64>
                   ingot.return %e, %f : tensor<f32>, tensor<i64>
                 }
                 %t = ingot.convert %s#0 : (tensor<2xf32>) -> tensor<2xi64>
                 %r = ingot.add %t, %s#1 : tensor<2xi64>)",
              "tensor<2xi64>", "dense<[6, 16]>");
}

TEST(Indexing, DynamicSlice) {
  auto expectSlice = [](const std::string &row, const std::string &column, const std::string &expected) {
    expectValue(kTable + constant("i", row, "tensor<i8>") + constant("j", column, "tensor<i8>") +
                    "%r = ingot.dynamic_slice %x [%i, %j] : (tensor<4x3xi32>, tensor<i8>, tensor<i8>) -> tensor<2x1xi32>",
                "tensor<2x1xi32>", "dense<" + expected + ">");
  };
  expectSlice("1", "2", "[[6], [9]]");
  expectSlice("100", "-1", "[[7], [10]]");
  expectSlice("-128", "127", "[[3], [6]]");
}

TEST(Indexing, DynamicUpdateSlice) {
  auto expectUpdate = [](const std::string &row, const std::string &column, const std::string &expected) {
    expectValue(kTable + constant("u", "[[0], [-1]]", "tensor<2x1xi32>") + constant("i", row, "tensor<ui32>") +
                    constant("j", column, "tensor<ui32>") +
                    "%r = ingot.dynamic_update_slice %x, %u [%i, %j] : (tensor<4x3xi32>, tensor<2x1xi32>, tensor<ui32>, "
                    "tensor<ui32>) -> tensor<4x3xi32>",
                "tensor<4x3xi32>", "dense<" + expected + ">");
  };
  expectUpdate("0", "1", "[[1, 0, 3], [4, -1, 6], [7, 8, 9], [10, 11, 12]]");
  expectUpdate("4000000000", "9", "[[1, 2, 3], [4, 5, 6], [7, 8, 0], [10, 11, -1]]");
  expectValue(constant("x", "5.0", "tensor<f16>") + constant("u", "1.0", "tensor<f16>") +
                  "%r = ingot.dynamic_update_slice %x, %u [] : (tensor<f16>, tensor<f16>) -> tensor<f16>",
              "tensor<f16>", "dense<1.0>");
}

TEST(Indexing, WindowsFollowSizes) {
  const char *text = R"(
    module attributes {ingot.sizes = [#ingot.size<"new", 1 to 8>]} {
      func.func @main(%rows: tensor<?x2xf32, #ingot.dims<[s0, 2]>>, %at: tensor<i64>) -> (tensor<4x2xf32>, tensor<?x2xf32, #ingot.dims<[s0, 2]>>) {
        %cache = ingot.constant dense<0.0> : tensor<4x2xf32>
        %zero = ingot.constant dense<0> : tensor<i64>
        %0 = ingot.dynamic_update_slice %cache, %rows [%at, %zero] : (tensor<4x2xf32>, tensor<?x2xf32, #ingot.dims<[s0, 2]>>, tensor<i64>, tensor<i64>) -> tensor<4x2xf32>
        %1 = ingot.dynamic_slice %0 [%zero, %zero] : (tensor<4x2xf32>, tensor<i64>, tensor<i64>) -> tensor<?x2xf32, #ingot.dims<[s0, 2]>>
        return %0, %1 : tensor<4x2xf32>, tensor<?x2xf32, #ingot.dims<[s0, 2]>>
      }
    })";
  Parsed parsed(text);
  ASSERT_TRUE(parsed.module) << parsed.diagnostics;
  auto call = [&](int64_t rows, int64_t at) {
    auto tensor = reference::Tensor::zeros(mlir::Float32Type::get(&parsed.context), {rows, 2});
    for (int64_t i = 0; i != 2 * rows; ++i)
      tensor.data<float>()[i] = float(i + 1);
    auto start = reference::Tensor::zeros(mlir::IntegerType::get(&parsed.context, 64), {});
    start.data<int64_t>()[0] = at;
    return reference::run(parsed.function(), {tensor, start}, {});
  };
  auto results = call(3, 9);
  ASSERT_TRUE(bool(results)) << llvm::toString(results.takeError());
  EXPECT_EQ(textOf((*results)[0]), "f32[4,2]: 0.000000 0.000000 1.000000 2.000000 3.000000 4.000000 5.000000 6.000000");
  EXPECT_EQ(textOf((*results)[1]), "f32[3,2]: 0.000000 0.000000 1.000000 2.000000 3.000000 4.000000");
  auto tooLarge = call(5, 0);
  ASSERT_FALSE(bool(tooLarge));
  EXPECT_NE(llvm::toString(tooLarge.takeError()).find("the window takes 5 of dim 0 at these sizes, but the dim is 4"),
            std::string::npos);
}

} // namespace
} // namespace ingot::test
