#include "ir/Captures.h"
#include "mlir/IR/Verifier.h"
#include "tests/ir/reference/Harness.h"

namespace ingot::test {
namespace {

using namespace mlir;

// `op` is the program's op with a body whose constant %c is 3; the body is made to use the argument of main, which is 3 too,
// in its place. Isolated again, the program gives what it gave before.
void expectSameWithCapture(const std::string &op, const std::string &type) {
  const std::string text = "func.func @main(%v: tensor<i32>) -> " + type + " {\n" + op + "\nreturn %r : " + type + "\n}";
  Parsed parsed(text);
  ASSERT_TRUE(parsed.module) << parsed.diagnostics << text;
  reference::Tensor three = reference::Tensor::zeros(IntegerType::get(&parsed.context, 32), {});
  three.data<int32_t>()[0] = 3;
  auto expected = reference::run(parsed.function(), {three}, {});
  ASSERT_TRUE(bool(expected)) << llvm::toString(expected.takeError());

  Operation *holder = nullptr;
  parsed.function().walk([&](Operation *each) {
    if (each->getNumRegions() != 0 && !isa<func::FuncOp>(each))
      holder = each;
  });
  ASSERT_TRUE(holder);
  Operation *constant = &holder->getRegion(0).front().front();
  ASSERT_TRUE(isa<ConstantOp>(constant));
  constant->getResult(0).replaceAllUsesWith(parsed.function().getArgument(0));
  constant->erase();
  OpBuilder builder(&parsed.context);
  ASSERT_TRUE(isolateBody(holder, builder));
  ASSERT_TRUE(succeeded(verify(*parsed.module))) << parsed.diagnostics;
  auto actual = reference::run(parsed.function(), {three}, {});
  ASSERT_TRUE(bool(actual)) << llvm::toString(actual.takeError());
  EXPECT_TRUE(isEqual(actual->front(), expected->front(), 0)) << textOf(actual->front());
}

const std::string kInputs = "%x = ingot.constant dense<[[5, 1, 4], [2, 6, 3]]> : tensor<2x3xi32>\n"
                            "%z = ingot.constant dense<0> : tensor<i32>\n";
// a + min(b, c)
const std::string kBody = " {\n^bb0(%a: tensor<i32>, %b: tensor<i32>):\n%c = ingot.constant dense<3> : tensor<i32>\n"
                          "%d = ingot.minimum %b, %c : tensor<i32>\n%e = ingot.add %a, %d : tensor<i32>\n"
                          "ingot.return %e : tensor<i32>\n}";

TEST(Captures, BecomeInputs) {
  expectSameWithCapture(
      kInputs + "%r = ingot.reduce (%x init %z) dims = [1] : (tensor<2x3xi32>, tensor<i32>) -> tensor<2xi32>" + kBody,
      "tensor<2xi32>");
  expectSameWithCapture(
      kInputs +
          "%r = ingot.reduce_window (%x init %z) window = [1, 2] stride = [1, 1] base_dilate = [1, 1] dilate = [1, 1] "
          "pad = [0, 0, 0, 0] : (tensor<2x3xi32>, tensor<i32>) -> tensor<2x2xi32>" +
          kBody,
      "tensor<2x2xi32>");
  expectSameWithCapture(
      kInputs + "%r = ingot.scan (%x init %z) dim = 1 : (tensor<2x3xi32>, tensor<i32>) -> tensor<2x3xi32>" + kBody,
      "tensor<2x3xi32>");
  expectSameWithCapture(kInputs +
                            "%i = ingot.constant dense<1> : tensor<1xi64>\n%u = ingot.constant dense<7> : tensor<1x3xi32>\n"
                            "%r = ingot.scatter (%x), %i, (%u) <window = [1], collapsed = [0], batch = [] x [], map = [0], "
                            "vector = 1> : (tensor<2x3xi32>, tensor<1xi64>, tensor<1x3xi32>) -> tensor<2x3xi32>" +
                            kBody,
                        "tensor<2x3xi32>");
  // By the distance from 3.
  expectSameWithCapture(kInputs + "%r = ingot.sort (%x) dim = 1 : (tensor<2x3xi32>) -> tensor<2x3xi32> {\n"
                                  "^bb0(%a: tensor<i32>, %b: tensor<i32>):\n%c = ingot.constant dense<3> : tensor<i32>\n"
                                  "%d = ingot.subtract %a, %c : tensor<i32>\n%e = ingot.subtract %b, %c : tensor<i32>\n"
                                  "%f = ingot.abs %d : tensor<i32>\n%g = ingot.abs %e : tensor<i32>\n"
                                  "%h = ingot.compare LT %f, %g : tensor<i32>\ningot.return %h : tensor<i1>\n}",
                        "tensor<2x3xi32>");
  // Two bodies, of which one uses the value.
  expectSameWithCapture(
      "%x = ingot.constant dense<[[5, 1, 4, 8], [2, 6, 3, 7]]> : tensor<2x4xi32>\n%z = ingot.constant dense<0> : "
      "tensor<i32>\n"
      "%s = ingot.constant dense<[[10, 20]]> : tensor<1x2xi32>\n"
      "%r = ingot.select_and_scatter %x, %s init %z window = [2, 2] stride = [2, 2] pad = [0, 0, 0, 0] : (tensor<2x4xi32>, "
      "tensor<1x2xi32>, tensor<i32>) -> tensor<2x4xi32> select {\n^bb0(%a: tensor<i32>, %b: tensor<i32>):\n"
      "%c = ingot.constant dense<3> : tensor<i32>\n%d = ingot.subtract %a, %c : tensor<i32>\n"
      "%e = ingot.subtract %b, %c : tensor<i32>\n%f = ingot.abs %d : tensor<i32>\n%g = ingot.abs %e : tensor<i32>\n"
      "%h = ingot.compare LE %f, %g : tensor<i32>\ningot.return %h : tensor<i1>\n} scatter {\n"
      "^bb0(%a: tensor<i32>, %b: tensor<i32>):\n%e = ingot.add %a, %b : tensor<i32>\ningot.return %e : tensor<i32>\n}",
      "tensor<2x4xi32>");
  expectSameWithCapture(kInputs + "%r = ingot.map (%x) dims = [0, 1] : (tensor<2x3xi32>) -> tensor<2x3xi32> {\n"
                                  "^bb0(%a: tensor<i32>):\n%c = ingot.constant dense<3> : tensor<i32>\n"
                                  "%d = ingot.multiply %a, %c : tensor<i32>\ningot.return %d : tensor<i32>\n}",
                        "tensor<2x3xi32>");
}

// A constant from above is copied, in any op.
TEST(Captures, ConstantsAreCopied) {
  Parsed parsed("func.func @main(%x: tensor<2xi32>) -> tensor<i32> {\n%z = ingot.constant dense<0> : tensor<i32>\n"
                "%k = ingot.constant dense<3> : tensor<i32>\n"
                "%r = ingot.reduce (%x init %z) dims = [0] : (tensor<2xi32>, tensor<i32>) -> tensor<i32>" +
                kBody + "\nreturn %r : tensor<i32>\n}");
  ASSERT_TRUE(parsed.module) << parsed.diagnostics;
  Block &main = parsed.function().getBody().front();
  auto reduce = *main.getOps<ReduceOp>().begin();
  Operation *inner = &reduce.getBody().front().front();
  inner->getResult(0).replaceAllUsesWith(main.front().getNextNode()->getResult(0));
  inner->erase();
  OpBuilder builder(&parsed.context);
  EXPECT_EQ(isolateBody(reduce, builder), reduce.getOperation());
  EXPECT_TRUE(succeeded(verify(*parsed.module))) << parsed.diagnostics;
  EXPECT_TRUE(isa<ConstantOp>(reduce.getBody().front().front()));
}

// What a body computes of a tensor from above alone is computed before.
TEST(Captures, InvariantsAreHoisted) {
  const std::string table = "%t = ingot.constant dense<[4, 5, 6]> : tensor<3xi32>\n";
  Parsed parsed("func.func @main(%v: tensor<3xi32>) -> tensor<2x3xi32> {\n" + kInputs +
                "%r = ingot.map (%x) dims = [0, 1] : (tensor<2x3xi32>) -> tensor<2x3xi32> {\n^bb0(%a: tensor<i32>):\n" +
                table +
                "%k = ingot.constant dense<1> : tensor<i32>\n"
                "%s = ingot.slice %t [1] to [2] step [1] : (tensor<3xi32>) -> tensor<1xi32>\n"
                "%u = ingot.reshape %s : (tensor<1xi32>) -> tensor<i32>\n%w = ingot.add %u, %k : tensor<i32>\n"
                "%m = ingot.multiply %a, %w : tensor<i32>\ningot.return %m : tensor<i32>\n}\n"
                "return %r : tensor<2x3xi32>\n}");
  ASSERT_TRUE(parsed.module) << parsed.diagnostics;
  auto map = *parsed.function().getBody().front().getOps<MapOp>().begin();
  Operation *constant = &map.getBody().front().front();
  constant->getResult(0).replaceAllUsesWith(parsed.function().getArgument(0));
  constant->erase();
  OpBuilder builder(&parsed.context);
  Operation *isolated = isolateBody(map, builder);
  ASSERT_TRUE(isolated);
  ASSERT_TRUE(succeeded(verify(*parsed.module))) << parsed.diagnostics;
  EXPECT_EQ(isolated->getRegion(0).front().getOperations().size(), 2u); // multiply and return
  reference::Tensor numbers = reference::Tensor::zeros(IntegerType::get(&parsed.context, 32), {3});
  for (int32_t i : {0, 1, 2})
    numbers.data<int32_t>()[i] = 4 + i;
  auto actual = reference::run(parsed.function(), {numbers}, {});
  ASSERT_TRUE(bool(actual)) << llvm::toString(actual.takeError());
  EXPECT_EQ(actual->front().data<int32_t>()[0], 30);
  EXPECT_EQ(actual->front().data<int32_t>()[5], 18);
}

TEST(Captures, TensorsAreRefused) {
  Parsed parsed("func.func @main(%x: tensor<2xi32>) -> tensor<2xi32> {\n%r = ingot.map (%x) dims = [0] : (tensor<2xi32>) -> "
                "tensor<2xi32> {\n^bb0(%a: tensor<i32>):\n%t = ingot.constant dense<1> : tensor<2xi32>\n"
                "%z = ingot.constant dense<0> : tensor<i32>\n%s = ingot.dynamic_slice %t [%a] : (tensor<2xi32>, "
                "tensor<i32>) -> tensor<1xi32>\n"
                "%u = ingot.reshape %s : (tensor<1xi32>) -> tensor<i32>\ningot.return %u : tensor<i32>\n}\nreturn %r : "
                "tensor<2xi32>\n}");
  ASSERT_TRUE(parsed.module) << parsed.diagnostics;
  auto map = *parsed.function().getBody().front().getOps<MapOp>().begin();
  Operation *table = &map.getBody().front().front();
  table->getResult(0).replaceAllUsesWith(parsed.function().getArgument(0));
  table->erase();
  OpBuilder builder(&parsed.context);
  ScopedDiagnosticHandler handler(&parsed.context, [&](Diagnostic &diagnostic) {
    parsed.diagnostics += diagnostic.str();
    return success();
  });
  EXPECT_FALSE(isolateBody(map, builder));
  EXPECT_NE(parsed.diagnostics.find("uses a value of type 'tensor<2xi32>' from above"), std::string::npos)
      << parsed.diagnostics;
}

} // namespace
} // namespace ingot::test
