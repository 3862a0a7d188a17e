#include "tests/ir/reference/Harness.h"

namespace ingot::test {
namespace {

void expectSort(const std::string &x, const std::string &type, const std::string &dim, const std::string &comparator,
                const std::string &expected) {
  std::string scalar = "tensor<" + type.substr(type.rfind('x') + 1);
  expectValue("%x = ingot.constant dense<" + x + "> : " + type + "\n%r = ingot.sort (%x) dim = " + dim + " : (" + type +
                  ") -> " + type + " {\n^bb0(%a: " + scalar + ", %b: " + scalar + "):\n" + comparator + " : " + scalar +
                  "\ningot.return %p : tensor<i1>\n}",
              type, "dense<" + expected + ">");
}

TEST(Ordering, SortsOneInput) {
  const std::string ascending = "%p = ingot.compare LT %a, %b", descending = "%p = ingot.compare GT %a, %b",
                    swapped = "%p = ingot.compare LT %b, %a";
  expectSort("[3, -1, 2, -1, 0]", "tensor<5xi16>", "0", ascending, "[-1, -1, 0, 2, 3]");
  expectSort("[3, -1, 2, -1, 0]", "tensor<5xi16>", "0", descending, "[3, 2, 0, -1, -1]");
  expectSort("[3, -1, 2, -1, 0]", "tensor<5xi16>", "0", swapped, "[3, 2, 0, -1, -1]");
  expectSort("[200, 3, 100]", "tensor<3xui8>", "0", ascending, "[3, 100, 200]");
  expectSort("[true, false, true]", "tensor<3xi1>", "0", ascending, "[false, true, true]");
  expectSort("[[3.0, 1.0], [2.0, 5.0], [-1.0, 4.0]]", "tensor<3x2xf16>", "0", ascending,
             "[[-1.0, 1.0], [2.0, 4.0], [3.0, 5.0]]");
  expectSort("[[3.0, 1.0], [2.0, 5.0], [-1.0, 4.0]]", "tensor<3x2xf64>", "1", ascending,
             "[[1.0, 3.0], [2.0, 5.0], [-1.0, 4.0]]");
  expectSort("[[], []]", "tensor<2x0xf32>", "1", ascending, "[[], []]");
}

TEST(Ordering, SortsInputsTogetherAndStably) {
  // Keys tie; the places keep their order. The comparator looks at the second input's keys.
  const std::string text = R"(%n = ingot.iota dim = 0 : tensor<6xi32>
                 %k = ingot.constant dense<[1.0, 0.0, 1.0, 0.0, 1.0, 0.0]> : tensor<6xf32>
                 %s:2 = ingot.sort (%n, %k) dim = 0 : (tensor<6xi32>, tensor<6xf32>) -> (tensor<6xi32>, tensor<6xf32>) {
                 ^bb0(%a: tensor<i32>, %b: tensor<i32>, %c: tensor<f32>, %d: tensor<f32>):
                   %p = ingot.compare LT %c, %d : tensor<f32>
                   ingot.return %p : tensor<i1>
                 }
                 %one = ingot.constant dense<1> : tensor<6xi32>
                 %r = ingot.multiply %s#0, %one : tensor<6xi32>)";
  expectValue(text, "tensor<6xi32>", "dense<[1, 3, 5, 0, 2, 4]>");
  // A comparator of several ops: by the tens, then descending.
  expectValue(R"(%x = ingot.constant dense<[31, 12, 35, 17, 3]> : tensor<5xi32>
                 %r = ingot.sort (%x) dim = 0 : (tensor<5xi32>) -> tensor<5xi32> {
                 ^bb0(%a: tensor<i32>, %b: tensor<i32>):
                   %ten = ingot.constant dense<10> : tensor<i32>
                   %u = ingot.divide %a, %ten : tensor<i32>
                   %v = ingot.divide %b, %ten : tensor<i32>
                   %lt = ingot.compare LT %u, %v : tensor<i32>
                   %eq = ingot.compare EQ %u, %v : tensor<i32>
                   %gt = ingot.compare GT %a, %b : tensor<i32>
                   %and = ingot.and %eq, %gt : tensor<i1>
                   %p = ingot.or %lt, %and : tensor<i1>
                   ingot.return %p : tensor<i1>
                 })",
              "tensor<5xi32>", "dense<[3, 17, 12, 35, 31]>");
}

TEST(Ordering, InconsistentComparatorsStillPermute) {
  expectSort("[1, 1, 1, 1, 1, 1, 1]", "tensor<7xi32>", "0", "%p = ingot.compare LE %a, %b", "1");
  // NaN is neither before nor after anything, so it keeps its place among its neighbours: only a permutation is promised.
  expectValue(R"(%x = ingot.constant dense<[2.0, 0x7FC00000, 1.0]> : tensor<3xf32>
                 %s = ingot.sort (%x) dim = 0 : (tensor<3xf32>) -> tensor<3xf32> {
                 ^bb0(%a: tensor<f32>, %b: tensor<f32>):
                   %p = ingot.compare LT %a, %b : tensor<f32>
                   ingot.return %p : tensor<i1>
                 }
                 %zero = ingot.constant dense<0.0> : tensor<f32>
                 %f = ingot.is_finite %s : tensor<3xf32>
                 %zeros = ingot.constant dense<0.0> : tensor<3xf32>
                 %g = ingot.select %f, %s, %zeros : tensor<3xi1>, tensor<3xf32>
                 %r = ingot.reduce (%g init %zero) dims = [0] : (tensor<3xf32>, tensor<f32>) -> tensor<f32> {
                 ^bb0(%a: tensor<f32>, %b: tensor<f32>):
                   %c = ingot.add %a, %b : tensor<f32>
                   ingot.return %c : tensor<f32>
                 })",
              "tensor<f32>", "dense<3.0>");
}

void expectTopK(const std::string &x, const std::string &type, const std::string &result, const std::string &values,
                const std::string &indices) {
  std::string dims = result.substr(0, result.rfind('x')), indicesType = dims + "xi32>";
  std::string text = "%x = ingot.constant dense<" + x + "> : " + type + "\n%v, %i = ingot.top_k %x : (" + type + ") -> (" +
                     result + ", " + indicesType + ")\n";
  expectValue(text + "%r = ingot.reshape %v : (" + result + ") -> " + result, result, "dense<" + values + ">");
  expectValue(text + "%r = ingot.reshape %i : (" + indicesType + ") -> " + indicesType, indicesType,
              "dense<" + indices + ">");
}

TEST(Ordering, TopK) {
  expectTopK("[[1, 9, 3], [7, 7, 8]]", "tensor<2x3xi64>", "tensor<2x2xi64>", "[[9, 3], [8, 7]]", "[[1, 2], [2, 0]]");
  expectTopK("[250, 3, 251]", "tensor<3xui8>", "tensor<1xui8>", "[251]", "[2]");
  expectTopK("[-1.0, 5.0, -3.0]", "tensor<3xbf16>", "tensor<3xbf16>", "[5.0, -1.0, -3.0]", "[1, 0, 2]");
  // Total order: NaN, inf, ..., +0, -0, ..., -inf, -NaN.
  expectTopK("[-0.0, 0.0, 0xFFC00000, 0xFF800000, 0x7F800000, 0x7FC00000]", "tensor<6xf32>", "tensor<6xf32>",
             "[0x7FC00000, 0x7F800000, 0.0, -0.0, 0xFF800000, 0xFFC00000]", "[5, 4, 1, 0, 3, 2]");
  expectTopK("[[1.0], [2.0]]", "tensor<2x1xf32>", "tensor<2x0xf32>", "[[], []]", "[[], []]");
}

void expectScan(const std::string &x, const std::string &type, const std::string &init, const std::string &how,
                const std::string &body, const std::string &expected) {
  std::string scalar = "tensor<" + type.substr(type.find_last_of("0123456789", type.find_first_of("fiuc")) + 2);
  expectValue("%x = ingot.constant dense<" + x + "> : " + type + "\n%i = ingot.constant dense<" + init + "> : " + scalar +
                  "\n%r = ingot.scan (%x init %i) " + how + " : (" + type + ", " + scalar + ") -> " + type +
                  " {\n^bb0(%a: " + scalar + ", %b: " + scalar + "):\n" + body + " : " + scalar +
                  "\ningot.return %c : " + scalar + "\n}",
              type, "dense<" + expected + ">");
}

TEST(Ordering, Scan) {
  const std::string add = "%c = ingot.add %a, %b", max = "%c = ingot.maximum %a, %b";
  expectScan("[1, 2, 3, 4]", "tensor<4xi32>", "0", "dim = 0", add, "[1, 3, 6, 10]");
  expectScan("[1, 2, 3, 4]", "tensor<4xi32>", "0", "dim = 0 exclusive", add, "[0, 1, 3, 6]");
  expectScan("[1, 2, 3, 4]", "tensor<4xi32>", "0", "dim = 0 reverse", add, "[10, 9, 7, 4]");
  expectScan("[1, 2, 3, 4]", "tensor<4xi32>", "5", "dim = 0 exclusive reverse", add, "[14, 12, 9, 5]");
  expectScan("[[1, 5], [4, 2]]", "tensor<2x2xui8>", "3", "dim = 0", max, "[[3, 5], [4, 5]]");
  expectScan("[[1, 5], [4, 2]]", "tensor<2x2xi8>", "-128", "dim = 1", max, "[[1, 5], [4, 4]]");
  expectScan("[100, 100, 100]", "tensor<3xi8>", "0", "dim = 0", add, "[100, -56, 44]");
  expectScan("[2.0, 3.0, 4.0]", "tensor<3xf64>", "1.0", "dim = 0", "%c = ingot.multiply %a, %b", "[2.0, 6.0, 24.0]");
  expectScan("[(1.0, 2.0), (3.0, 4.0)]", "tensor<2xcomplex<f32>>", "(0.0, 0.0)", "dim = 0", "%c = ingot.add %a, %b",
             "[(1.0, 2.0), (4.0, 6.0)]");
  // Sums of narrow floats are kept wide, each result rounds: each 1 would vanish beside 2048 in f16.
  expectScan("[2048.0, 1.0, 1.0, 1.0, 1.0]", "tensor<5xf16>", "0.0", "dim = 0", add,
             "[2048.0, 2048.0, 2050.0, 2052.0, 2052.0]");
  expectScan("[[], []]", "tensor<2x0xf32>", "1.0", "dim = 1", add, "[[], []]");
  expectScan("0.0", "tensor<0x2xf32>", "1.0", "dim = 1", add, "0.0");
}

TEST(Ordering, ScanByABodyOfSeveralOps) {
  // A linear recurrence: (p, q) after (s, t) is (p * s, q * s + t); the running q is y[i] = y[i - 1] * s[i] + t[i].
  const std::string body = R"(^bb0(%p: tensor<f32>, %q: tensor<f32>, %u: tensor<f32>, %v: tensor<f32>):
                   %m = ingot.multiply %p, %u : tensor<f32>
                   %n = ingot.multiply %q, %u : tensor<f32>
                   %o = ingot.add %n, %v : tensor<f32>
                   ingot.return %m, %o : tensor<f32>, tensor<f32>
                 })";
  const std::string head = R"(%s = ingot.constant dense<[[2.0, 3.0, 0.5], [1.0, 1.0, 1.0]]> : tensor<2x3xf32>
                 %t = ingot.constant dense<[[1.0, 1.0, 4.0], [1.0, 2.0, 3.0]]> : tensor<2x3xf32>
                 %one = ingot.constant dense<1.0> : tensor<f32>
                 %zero = ingot.constant dense<0.0> : tensor<f32>
                 %y:2 = ingot.scan (%s, %t init %one, %zero) dim = 1)";
  const std::string types =
      " : (tensor<2x3xf32>, tensor<2x3xf32>, tensor<f32>, tensor<f32>) -> (tensor<2x3xf32>, tensor<2x3xf32>) {\n";
  const std::string tail = "\n%r = ingot.negate %y#1 : tensor<2x3xf32>";
  expectValue(head + types + body + tail, "tensor<2x3xf32>", "dense<[[-1.0, -4.0, -6.0], [-1.0, -3.0, -6.0]]>");
  expectValue(head + " exclusive" + types + body + tail, "tensor<2x3xf32>",
              "dense<[[-0.0, -1.0, -4.0], [-0.0, -1.0, -3.0]]>");
  expectValue(head + " reverse" + types + body + tail, "tensor<2x3xf32>",
              "dense<[[-27.0, -13.0, -4.0], [-6.0, -5.0, -3.0]]>");
}

TEST(Ordering, RowsFollowSizes) {
  Parsed parsed(R"(
    module attributes {ingot.sizes = [#ingot.size<"n", 1 to 8>]} {
      func.func @main(%x: tensor<2x?xf32, #ingot.dims<[2, s0]>>) -> (tensor<2x?xf32, #ingot.dims<[2, s0]>>, tensor<2x2xi32>) {
        %zero = ingot.constant dense<0.0> : tensor<f32>
        %0 = ingot.scan (%x init %zero) dim = 1 : (tensor<2x?xf32, #ingot.dims<[2, s0]>>, tensor<f32>) -> tensor<2x?xf32, #ingot.dims<[2, s0]>> {
        ^bb0(%a: tensor<f32>, %b: tensor<f32>):
          %1 = ingot.add %a, %b : tensor<f32>
          ingot.return %1 : tensor<f32>
        }
        %2, %3 = ingot.top_k %x : (tensor<2x?xf32, #ingot.dims<[2, s0]>>) -> (tensor<2x2xf32>, tensor<2x2xi32>)
        return %0, %3 : tensor<2x?xf32, #ingot.dims<[2, s0]>>, tensor<2x2xi32>
      }
    })");
  ASSERT_TRUE(parsed.module) << parsed.diagnostics;
  auto call = [&](int64_t n) {
    auto tensor = reference::Tensor::zeros(mlir::Float32Type::get(&parsed.context), {2, n});
    for (int64_t i = 0; i != 2 * n; ++i)
      tensor.data<float>()[i] = float(i);
    return reference::run(parsed.function(), {tensor}, {});
  };
  auto results = call(3);
  ASSERT_TRUE(bool(results)) << llvm::toString(results.takeError());
  EXPECT_EQ(textOf((*results)[0]), "f32[2,3]: 0.000000 1.000000 3.000000 3.000000 7.000000 12.000000");
  EXPECT_EQ(textOf((*results)[1]), "i32[2,2]: 2.000000 1.000000 2.000000 1.000000");
  auto tooFew = call(1);
  ASSERT_FALSE(bool(tooFew));
  EXPECT_NE(llvm::toString(tooFew.takeError()).find("k is 2 at these sizes, but the last dim is 1"), std::string::npos);
}

} // namespace
} // namespace ingot::test
