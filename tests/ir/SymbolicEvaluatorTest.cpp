// What the evaluator says of a value is what the interpreter computes at every size.
#include "ir/SymbolicEvaluator.h"

#include "ir/reference/Interpreter.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Parser/Parser.h"
#include "gtest/gtest.h"

using namespace mlir;

namespace ingot::test {
namespace {

struct SymbolicEvaluatorTest : testing::Test {
  MLIRContext context{MLIRContext::Threading::DISABLED};
  OwningOpRef<ModuleOp> module;
  SmallVector<SizeAttr> sizes;
  SymbolicEvaluatorTest() { context.loadDialect<IngotDialect, func::FuncDialect>(); }

  // A function of `arguments` over the sizes s0 in 2..9 and s1 in 0..3, whose body ends in a value of `type` called %r.
  func::FuncOp parse(const std::string &body, const std::string &type, const std::string &arguments = "") {
    std::string text =
        "module attributes {ingot.sizes = [#ingot.size<\"a\", 2 to 9>, #ingot.size<\"b\", 0 to 3>]} {\n"
        "func.func @main(%x: tensor<?x?xf32, #ingot.dims<[s0, s1]>>" +
        arguments + ") -> " + type + " {\n%a = ingot.size_of affine_map<()[s0] -> (s0)> : tensor<i64>\n" +
        "%b = ingot.size_of affine_map<()[s0, s1] -> (s1)> : tensor<i64>\n" +
        "%a1 = ingot.reshape %a : (tensor<i64>) -> tensor<1xi64>\n" +
        "%b1 = ingot.reshape %b : (tensor<i64>) -> tensor<1xi64>\n" +
        "%c = ingot.constant dense<3> : tensor<i64>\n%ones = ingot.constant dense<[1, -7]> : tensor<2xi64>\n" +
        "%ab = ingot.concatenate %a1, %b1 dim = 0 : (tensor<1xi64>, tensor<1xi64>) -> tensor<2xi64>\n" + body +
        "\nreturn %r : " + type + "\n}\n}";
    module = parseSourceString<ModuleOp>(text, &context);
    EXPECT_TRUE(module) << text;
    if (!module)
      return {};
    sizes = moduleSizes(*module);
    return module->lookupSymbol<func::FuncOp>("main");
  }

  // Whether all elements are known; if so, checks them against the interpreter at all sizes.
  bool isKnown(const std::string &body, const std::string &type) {
    func::FuncOp function = parse(body, type);
    if (!function)
      return false;
    SymbolicEvaluator evaluator(sizes);
    const SymbolicTensor *known = evaluator.elementsOf(function.getBody().front().getTerminator()->getOperand(0));
    if (!known)
      return false;
    EXPECT_FALSE(known->isGiven());
    for (int64_t a = 2; a <= 9; ++a)
      for (int64_t b = 0; b <= 3; ++b) {
        auto values = reference::run(function, {reference::Tensor::zeros(Float32Type::get(&context), {a, b})}, {});
        EXPECT_TRUE(bool(values));
        if (!values)
          return false;
        SymbolicTensor expected = fromAttribute(reference::toAttribute(values->front()));
        EXPECT_EQ(known->type, expected.type);
        EXPECT_EQ(known->floats, expected.floats);
        EXPECT_EQ(known->ints.size(), expected.ints.size());
        for (auto [expr, number] : llvm::zip(known->ints, expected.ints))
          EXPECT_EQ(evaluateExpr(expr, {a, b}), cast<AffineConstantExpr>(number).getValue()) << body << a << " " << b;
      }
    return true;
  }
};

TEST_F(SymbolicEvaluatorTest, ElementwiseOps) {
  EXPECT_TRUE(isKnown("%r = ingot.add %ab, %ones : tensor<2xi64>", "tensor<2xi64>"));
  EXPECT_TRUE(isKnown("%r = ingot.subtract %ones, %ab : tensor<2xi64>", "tensor<2xi64>"));
  EXPECT_TRUE(isKnown("%r = ingot.multiply %ab, %ab : tensor<2xi64>", "tensor<2xi64>"));
  EXPECT_TRUE(isKnown("%r = ingot.divide %a, %c : tensor<i64>", "tensor<i64>"));
  EXPECT_TRUE(isKnown("%r = ingot.remainder %a, %c : tensor<i64>", "tensor<i64>"));
  EXPECT_TRUE(isKnown("%r = ingot.negate %ab : tensor<2xi64>", "tensor<2xi64>"));
  EXPECT_TRUE(isKnown("%n = ingot.negate %ab : tensor<2xi64>\n%r = ingot.abs %n : tensor<2xi64>", "tensor<2xi64>"));
  EXPECT_TRUE(isKnown("%r = ingot.sign %a : tensor<i64>", "tensor<i64>"));
  EXPECT_TRUE(isKnown("%r = ingot.maximum %ab, %ones : tensor<2xi64>", "tensor<2xi64>"));
  EXPECT_TRUE(isKnown("%r = ingot.minimum %ab, %ones : tensor<2xi64>", "tensor<2xi64>"));
  EXPECT_FALSE(isKnown("%r = ingot.maximum %a, %b : tensor<i64>", "tensor<i64>"));
  EXPECT_TRUE(isKnown("%o = ingot.constant dense<1> : tensor<i64>\n%r = ingot.maximum %a, %o : tensor<i64>", "tensor<i64>"));
  EXPECT_TRUE(isKnown("%r = ingot.convert %ab : (tensor<2xi64>) -> tensor<2xi8>", "tensor<2xi8>"));
  EXPECT_TRUE(isKnown("%r = ingot.convert %a : (tensor<i64>) -> tensor<i1>", "tensor<i1>"));
  EXPECT_FALSE(
      isKnown("%r = ingot.clamp %b, %a, %a : (tensor<i64>, tensor<i64>, tensor<i64>) -> tensor<i64>", "tensor<i64>"));
  EXPECT_TRUE(isKnown("%m = ingot.constant dense<10> : tensor<i64>\n%z = ingot.constant dense<1> : tensor<i64>\n"
                      "%r = ingot.clamp %z, %a, %m : (tensor<i64>, tensor<i64>, tensor<i64>) -> tensor<i64>",
                      "tensor<i64>"));
}

// Numbers beside expressions are the interpreter's, wrapping included.
TEST_F(SymbolicEvaluatorTest, NumbersWrapAndExpressionsDoNot) {
  const std::string bytes = "%w = ingot.convert %ab : (tensor<2xi64>) -> tensor<2xi8>\n"
                            "%n = ingot.constant dense<100> : tensor<2xi8>\n";
  EXPECT_TRUE(isKnown(bytes + "%r = ingot.add %w, %n : tensor<2xi8>", "tensor<2xi8>"));
  EXPECT_FALSE(
      isKnown(bytes + "%m = ingot.add %w, %n : tensor<2xi8>\n%r = ingot.add %m, %n : tensor<2xi8>", "tensor<2xi8>"));
  EXPECT_TRUE(isKnown(bytes + "%m = ingot.add %n, %n : tensor<2xi8>\n%k = ingot.concatenate %m, %w dim = 0 : "
                              "(tensor<2xi8>, tensor<2xi8>) -> tensor<4xi8>\n%r = ingot.add %k, %k : tensor<4xi8>",
                      "tensor<4xi8>"));
  EXPECT_FALSE(isKnown("%r = ingot.convert %ab : (tensor<2xi64>) -> tensor<2xf32>", "tensor<2xf32>"));
}

TEST_F(SymbolicEvaluatorTest, RangesDecide) {
  auto compared = [](const char *direction, const char *x, const char *y) {
    return std::string("%r = ingot.compare ") + direction + " " + x + ", " + y + " : tensor<i64>";
  };
  for (const char *direction : {"EQ", "NE", "LT", "LE", "GT", "GE"}) {
    EXPECT_TRUE(isKnown(compared(direction, "%a", "%a"), "tensor<i1>"));
    EXPECT_FALSE(isKnown(compared(direction, "%a", "%b"), "tensor<i1>"));
  }
  EXPECT_TRUE(isKnown("%o = ingot.constant dense<1> : tensor<i64>\n" + compared("GT", "%a", "%o"), "tensor<i1>"));
  // A choice needs the one that is chosen alone, and a conjunction one that is false.
  const std::string unknown = "%o = ingot.constant dense<1> : tensor<i64>\n%p = ingot.compare GT %a, %o : tensor<i64>\n"
                              "%q = ingot.compare LT %a, %b : tensor<i64>\n%m = ingot.maximum %a, %b : tensor<i64>\n";
  EXPECT_TRUE(isKnown(unknown + "%r = ingot.select %p, %b, %m : tensor<i1>, tensor<i64>", "tensor<i64>"));
  EXPECT_FALSE(isKnown(unknown + "%r = ingot.select %q, %b, %a : tensor<i1>, tensor<i64>", "tensor<i64>"));
  EXPECT_TRUE(isKnown(unknown + "%n = ingot.not %p : tensor<i1>\n%r = ingot.and %q, %n : tensor<i1>", "tensor<i1>"));
  EXPECT_TRUE(isKnown(unknown + "%r = ingot.or %q, %p : tensor<i1>", "tensor<i1>"));
  EXPECT_FALSE(isKnown(unknown + "%r = ingot.and %q, %p : tensor<i1>", "tensor<i1>"));
}

TEST_F(SymbolicEvaluatorTest, MovesExpressionsAsElements) {
  EXPECT_TRUE(isKnown("%r = ingot.broadcast_in_dim %ab dims = [1] : (tensor<2xi64>) -> tensor<3x2xi64>", "tensor<3x2xi64>"));
  EXPECT_TRUE(isKnown("%m = ingot.broadcast_in_dim %ab dims = [1] : (tensor<2xi64>) -> tensor<3x2xi64>\n"
                      "%r = ingot.transpose %m perm = [1, 0] : (tensor<3x2xi64>) -> tensor<2x3xi64>",
                      "tensor<2x3xi64>"));
  EXPECT_TRUE(isKnown("%r = ingot.reverse %ab dims = [0] : tensor<2xi64>", "tensor<2xi64>"));
  EXPECT_TRUE(isKnown("%r = ingot.slice %ab [1] to [2] step [1] : (tensor<2xi64>) -> tensor<1xi64>", "tensor<1xi64>"));
  EXPECT_TRUE(
      isKnown("%r = ingot.pad %ab, %a low = [1] high = [2] interior = [1] : (tensor<2xi64>, tensor<i64>) -> tensor<6xi64>",
              "tensor<6xi64>"));
  EXPECT_TRUE(
      isKnown("%i = ingot.constant dense<[1, 0, 5]> : tensor<3xi64>\n%r = ingot.gather %ab, %i <window = [], collapsed = "
              "[0], batch = [] x [], map = [0], vector = 1> : (tensor<2xi64>, tensor<3xi64>) -> tensor<3xi64>",
              "tensor<3xi64>"));
  EXPECT_TRUE(isKnown("%r = ingot.dynamic_slice %ab [%c] : (tensor<2xi64>, tensor<i64>) -> tensor<1xi64>", "tensor<1xi64>"));
  EXPECT_TRUE(isKnown(
      "%r = ingot.dynamic_update_slice %ones, %a1 [%c] : (tensor<2xi64>, tensor<1xi64>, tensor<i64>) -> tensor<2xi64>",
      "tensor<2xi64>"));
  EXPECT_FALSE(
      isKnown("%r = ingot.dynamic_slice %ones [%b] : (tensor<2xi64>, tensor<i64>) -> tensor<1xi64>", "tensor<1xi64>"));
  EXPECT_TRUE(isKnown("%w = ingot.convert %ab : (tensor<2xi64>) -> tensor<2xi8>\n"
                      "%r = ingot.broadcast_in_dim %w dims = [1] : (tensor<2xi8>) -> tensor<300x2xi8>",
                      "tensor<300x2xi8>"));
}

TEST_F(SymbolicEvaluatorTest, ReducesByOneOp) {
  for (const char *op : {"add", "multiply"}) {
    std::string body =
        std::string("%z = ingot.constant dense<2> : tensor<i64>\n%m = ingot.concatenate %ab, %ones dim = 0 : "
                    "(tensor<2xi64>, tensor<2xi64>) -> tensor<4xi64>\n%n = ingot.reshape %m : (tensor<4xi64>) -> "
                    "tensor<2x2xi64>\n%r = ingot.reduce (%n init %z) dims = [0] : (tensor<2x2xi64>, tensor<i64>) -> "
                    "tensor<2xi64> {\n^bb0(%p: tensor<i64>, %q: tensor<i64>):\n%s = ingot.") +
        op + " %p, %q : tensor<i64>\ningot.return %s : tensor<i64>\n}";
    EXPECT_TRUE(isKnown(body, "tensor<2xi64>")) << op;
  }
}

// Constants of every type go through the interpreter.
TEST_F(SymbolicEvaluatorTest, ConstantsOfAnyOp) {
  EXPECT_TRUE(isKnown("%k = ingot.constant dense<[0.5, 2.0]> : tensor<2xf32>\n%r = ingot.exponential %k : tensor<2xf32>",
                      "tensor<2xf32>"));
  EXPECT_TRUE(isKnown("%r = ingot.iota dim = 0 : tensor<5xi64>", "tensor<5xi64>"));
  EXPECT_FALSE(isKnown("%r = ingot.iota dim = 0 : tensor<5000xi64>", "tensor<5000xi64>"));
}

// A small part of what is large, or of a size of its own, is not known for its indices' sake.
TEST_F(SymbolicEvaluatorTest, MovesNoneOfWhatIsLarge) {
  for (std::string type : {"tensor<?xi64, #ingot.dims<[s0]>>", "tensor<1000000000000xi64>"}) {
    func::FuncOp function =
        parse("%i = ingot.constant dense<[1, 0]> : tensor<2xi64>\n%r = ingot.gather %g, %i <window = [], collapsed = "
              "[0], batch = [] x [], map = [0], vector = 1> : (" +
                  type + ", tensor<2xi64>) -> tensor<2xi64>",
              "tensor<2xi64>", ", %g: " + type);
    ASSERT_TRUE(function);
    SymbolicEvaluator evaluator(sizes);
    EXPECT_FALSE(evaluator.elementsOf(function.getBody().front().getTerminator()->getOperand(0)));
  }
}

// A chain as long as a program is, and one whose paths double with each op.
TEST_F(SymbolicEvaluatorTest, VisitsValuesOnce) {
  std::string body = "%v0 = ingot.remainder %a, %c : tensor<i64>\n";
  for (int i = 0; i != 4000; ++i)
    body += "%v" + std::to_string(i + 1) + " = ingot." + (i % 2 ? "subtract" : "add") + " %v" + std::to_string(i) + ", %v" +
            std::to_string(i - i % 2) + " : tensor<i64>\n";
  func::FuncOp function = parse(body + "%r = ingot.add %v4000, %c : tensor<i64>", "tensor<i64>");
  ASSERT_TRUE(function);
  SymbolicEvaluator evaluator(sizes);
  EXPECT_TRUE(evaluator.elementsOf(function.getBody().front().getTerminator()->getOperand(0)));
}

// Elements given for one call say so in all that follows from them, and in nothing else.
TEST_F(SymbolicEvaluatorTest, GivenElementsAreMarked) {
  func::FuncOp function = parse("%s = ingot.add %g, %a : tensor<i64>\n%r = ingot.add %s, %h : tensor<i64>", "tensor<i64>",
                                ", %g: tensor<i64>, %h: tensor<i64>");
  ASSERT_TRUE(function);
  Block &block = function.getBody().front();
  Value sum = block.getTerminator()->getOperand(0), first = sum.getDefiningOp()->getOperand(0);
  auto type = cast<RankedTensorType>(sum.getType());
  SymbolicEvaluator evaluator(sizes);
  evaluator.give(block.getArgument(1), SymbolicTensor::makeInts(type, ArrayRef<int64_t>{5}));
  ASSERT_TRUE(evaluator.elementsOf(first));
  EXPECT_EQ(evaluator.elementsOf(first)->arguments, SmallVector<unsigned>({1}));
  EXPECT_EQ(evaluator.elementsOf(first)->ints.front(), getAffineSymbolExpr(0, &context) + 5);
  EXPECT_FALSE(evaluator.elementsOf(sum));
  evaluator.give(block.getArgument(2), SymbolicTensor::makeInts(type, ArrayRef<int64_t>{7}));
  evaluator.forget();
  ASSERT_TRUE(evaluator.elementsOf(sum));
  EXPECT_EQ(evaluator.elementsOf(sum)->arguments, SmallVector<unsigned>({1, 2}));
  EXPECT_FALSE(evaluator.elementsOf(first.getDefiningOp()->getOperand(1))->isGiven());
}

} // namespace
} // namespace ingot::test
