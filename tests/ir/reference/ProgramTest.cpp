#include "mlir/AsmParser/AsmParser.h"
#include "tests/ir/reference/Harness.h"

namespace ingot::test {
namespace {

using reference::Tensor;

Tensor floats(mlir::MLIRContext &context, llvm::ArrayRef<int64_t> dims, float first) {
  Tensor tensor = Tensor::zeros(mlir::Float32Type::get(&context), dims);
  for (int64_t i = 0; i != tensor.numElements(); ++i)
    tensor.data<float>()[i] = first + float(i);
  return tensor;
}

std::string errorOf(Parsed &parsed, llvm::ArrayRef<Tensor> arguments) {
  auto results = reference::run(parsed.function(), arguments, {});
  return results ? "no error" : llvm::toString(results.takeError());
}

const char *kSymbolic = R"(
module attributes {ingot.sizes = [#ingot.size<"batch", 1 to 64>, #ingot.size<"seq", 2 to 8>]} {
  func.func @main(%x: tensor<?x2xf32, #ingot.dims<[s0, 2]>> {ingot.name = "x"}, %y: tensor<?x?xf32, #ingot.dims<[s0, s1 * 2]>> {ingot.name = "y"})
      -> (tensor<?xf32, #ingot.dims<[s0 * 2]>>, tensor<i64>) {
    %0 = ingot.reshape %x : (tensor<?x2xf32, #ingot.dims<[s0, 2]>>) -> tensor<?xf32, #ingot.dims<[s0 * 2]>>
    %1 = ingot.size_of affine_map<()[s0, s1] -> (s0 * 100 + s1)> : tensor<i64>
    return %0, %1 : tensor<?xf32, #ingot.dims<[s0 * 2]>>, tensor<i64>
  }
})";

TEST(Program, BindsSizes) {
  Parsed parsed(kSymbolic);
  ASSERT_TRUE(parsed.module) << parsed.diagnostics;
  auto results =
      reference::run(parsed.function(), {floats(parsed.context, {3, 2}, 1), floats(parsed.context, {3, 10}, 0)}, {});
  ASSERT_TRUE(bool(results)) << llvm::toString(results.takeError());
  EXPECT_EQ((*results)[0].dims, (llvm::SmallVector<int64_t>{6}));
  EXPECT_EQ((*results)[0].data<float>()[5], 6.0f);
  EXPECT_EQ((*results)[1].data<int64_t>()[0], 305);
}

TEST(Program, RefusesWrongArguments) {
  Parsed parsed(kSymbolic);
  ASSERT_TRUE(parsed.module) << parsed.diagnostics;
  auto tensor = [&](llvm::ArrayRef<int64_t> dims) { return floats(parsed.context, dims, 0); };
  EXPECT_EQ(errorOf(parsed, {tensor({3, 2})}), "'main' takes 2 arguments, but 1 are given");
  EXPECT_EQ(errorOf(parsed, {tensor({3, 2}), tensor({3})}), "argument 'y' is f32[3], but f32[batch,seq * 2] is needed");
  EXPECT_EQ(errorOf(parsed, {Tensor::zeros(mlir::IntegerType::get(&parsed.context, 8), {3, 2}), tensor({3, 4})}),
            "argument 'x' is i8[3,2], but f32[batch,2] is needed");
  EXPECT_EQ(errorOf(parsed, {tensor({65, 2}), tensor({65, 4})}),
            "size 'batch' is 65 by dim 0 of argument 'x'; accepted: 1 to 64");
  EXPECT_EQ(errorOf(parsed, {tensor({3, 2}), tensor({3, 5})}), "size 'seq' does not follow from any argument's dims");
  EXPECT_EQ(
      errorOf(parsed, {tensor({3, 2}), tensor({4, 6})}),
      "argument 'y' is f32[4,6], but f32[batch,seq * 2] is needed: dim 0 must be 3 with batch = 3 by dim 0 of argument 'x'");
  EXPECT_EQ(errorOf(parsed, {tensor({3, 3}), tensor({3, 6})}),
            "argument 'x' is f32[3,3], but f32[batch,2] is needed: dim 1 must be 2");
}

const char *kPhases = R"(
  func.func private @double(%x: tensor<2xf32>) -> tensor<2xf32> {
    %0 = ingot.add %x, %x : tensor<2xf32>
    return %0 : tensor<2xf32>
  }
  ingot.kernel @negate {
  ^bb0(%x: tensor<2xf32>):
    %0 = ingot.negate %x : tensor<2xf32>
    ingot.return %0 : tensor<2xf32>
  }
  ingot.weight @w = <"w" : tensor<2xf32>> [] : tensor<2xf32>
  func.func @main(%x: tensor<2xf32>) -> tensor<2xf32> {
    %w = ingot.get_weight @w : tensor<2xf32>
    %0 = ingot.fusion "add" (%x, %w) : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32> {
    ^bb0(%a: tensor<2xf32>, %b: tensor<2xf32>):
      %1 = ingot.add %a, %b : tensor<2xf32>
      ingot.return %1 : tensor<2xf32>
    }
    %2 = ingot.composite "double" (%0) as @double : (tensor<2xf32>) -> tensor<2xf32>
    %3 = ingot.dispatch @negate (%2) : (tensor<2xf32>) -> tensor<2xf32>
    %4 = func.call @double(%3) : (tensor<2xf32>) -> tensor<2xf32>
    %5 = ingot.copy %4 : tensor<2xf32>
    return %5 : tensor<2xf32>
  })";

TEST(Program, RunsFusionsKernelsCompositesAndCalls) {
  Parsed parsed(kPhases);
  ASSERT_TRUE(parsed.module) << parsed.diagnostics;
  WeightStore store;
  Tensor weight = floats(parsed.context, {2}, 10);
  store.add("w",
            {WeightSource::Kind::Owned, mlir::RankedTensorType::get({2}, weight.elementType), nullptr, 0, weight.bytes});
  std::vector<std::string> seen;
  auto observer = [&](mlir::Operation *op, llvm::ArrayRef<const Tensor *> operands, llvm::ArrayRef<const Tensor *> results) {
    EXPECT_EQ(operands.size(), op->getNumOperands());
    seen.push_back(op->getName().getStringRef().str() + "/" + std::to_string(results.size()));
  };
  auto results = reference::run(parsed.function(), {floats(parsed.context, {2}, 1)}, {&store, observer});
  ASSERT_TRUE(bool(results)) << llvm::toString(results.takeError());
  EXPECT_EQ((*results)[0].data<float>()[0], -44.0f);
  EXPECT_EQ((*results)[0].data<float>()[1], -52.0f);
  EXPECT_EQ(seen, (std::vector<std::string>{"ingot.get_weight/1", "ingot.fusion/1", "ingot.composite/1", "ingot.dispatch/1",
                                            "func.call/1", "ingot.copy/1"}));
  EXPECT_NE(errorOf(parsed, {floats(parsed.context, {2}, 1)}).find("needs a weight store"), std::string::npos);
}

TEST(Program, ShowsWhatRunsInsideControlFlow) {
  Parsed parsed(R"(func.func @main(%p: tensor<i1>) -> tensor<i32> {
    %n = ingot.constant dense<0> : tensor<i32>
    %three = ingot.constant dense<3> : tensor<i32>
    %l = ingot.while (%n) : (tensor<i32>) -> tensor<i32> cond {
    ^bb0(%c: tensor<i32>):
      %less = ingot.compare LT %c, %three : tensor<i32>
      ingot.return %less : tensor<i1>
    } do {
    ^bb0(%c: tensor<i32>):
      %one = ingot.constant dense<1> : tensor<i32>
      %next = ingot.add %c, %one : tensor<i32>
      ingot.return %next : tensor<i32>
    }
    return %l : tensor<i32>
  })");
  ASSERT_TRUE(parsed.module) << parsed.diagnostics;
  std::vector<int32_t> sums;
  auto observer = [&](mlir::Operation *op, llvm::ArrayRef<const Tensor *> operands, llvm::ArrayRef<const Tensor *> results) {
    if (op->getName().getStringRef() == "ingot.add")
      sums.push_back(results[0]->data<int32_t>()[0] * 10 + operands[0]->data<int32_t>()[0]);
  };
  Tensor pred = Tensor::zeros(mlir::IntegerType::get(&parsed.context, 1), {});
  auto results = reference::run(parsed.function(), {pred}, {nullptr, observer});
  ASSERT_TRUE(bool(results)) << llvm::toString(results.takeError());
  EXPECT_EQ(sums, (std::vector<int32_t>{10, 21, 32}));
}

TEST(Program, RefusesEndlessRecursionAndUnknownOps) {
  Parsed recursive(R"(func.func @main() -> tensor<f32> {
    %0 = func.call @main() : () -> tensor<f32>
    return %0 : tensor<f32>
  })");
  ASSERT_TRUE(recursive.module) << recursive.diagnostics;
  EXPECT_NE(errorOf(recursive, {}).find("calls nest too deep"), std::string::npos);
  Parsed indirect(R"(func.func @main() -> tensor<f32> {
    %f = func.constant @main : () -> tensor<f32>
    %0 = func.call_indirect %f() : () -> tensor<f32>
    return %0 : tensor<f32>
  })");
  ASSERT_TRUE(indirect.module) << indirect.diagnostics;
  EXPECT_NE(errorOf(indirect, {}).find("'func.constant'"), std::string::npos);
}

TEST(Program, AttributesKeepEveryElementType) {
  Parsed parsed("");
  for (const char *text :
       {"dense<[true, false, true]> : tensor<3xi1>", "dense<[1, -2]> : tensor<2xi2>", "dense<[7, -8, 0]> : tensor<3xi4>",
        "dense<[3, 0]> : tensor<2xui2>", "dense<[15, 1]> : tensor<2xui4>", "dense<-1> : tensor<2x2xi64>",
        "dense<[1.0, -2.0]> : tensor<2xbf16>", "dense<[1.0, -2.0]> : tensor<2xf8E5M2>",
        "dense<[(1.0, 2.0), (3.0, 4.0)]> : tensor<2xcomplex<f32>>", "dense<true> : tensor<5xi1>"}) {
    auto attribute = mlir::cast<mlir::DenseElementsAttr>(mlir::parseAttribute(text, &parsed.context));
    EXPECT_EQ(reference::toAttribute(reference::fromAttribute(attribute)), attribute) << text;
  }
}

} // namespace
} // namespace ingot::test
