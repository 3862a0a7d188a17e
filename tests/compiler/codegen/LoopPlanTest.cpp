// What the loop emitter decides: lanes, collapsed dims, tiles, loop order; results over their operands' memory; fusion
// rules.
#include "compiler/codegen/LoopPlan.h"
#include "compiler/codegen/FusionRules.h"
#include "compiler/targets/cpu/CpuLevels.h"
#include "tests/compiler/codegen/KernelHarness.h"

#include <algorithm>
#include <cstring>
#include <gtest/gtest.h>

namespace ingot::test {
namespace {

LoopNest planOf(KernelHarness &harness) {
  std::vector<LoopNest> nests = planLoops(harness.kernel(), hostLevels().front(), moduleSizes(harness.kernel()));
  EXPECT_EQ(nests.size(), 1u);
  return nests.front();
}

TEST(LoopPlan, ElementwiseOpsRunAsOneDim) {
  KernelHarness harness(R"(ingot.kernel @k { ^bb0(%a: tensor<100x7x3xf32>):
    %0 = ingot.negate %a : tensor<100x7x3xf32>
    ingot.return %0 : tensor<100x7x3xf32> })");
  LoopNest nest = planOf(harness);
  EXPECT_EQ(nest.collapsed, 3);
  EXPECT_EQ(nest.lane, 0);
  EXPECT_EQ(nest.width, hostLevels().front().lanes(4));
}

TEST(LoopPlan, DimsThatABroadcastRepeatsRunAsOne) {
  KernelHarness harness(R"(ingot.kernel @k { ^bb0(%a: tensor<2x3x7x5xf32>, %b: tensor<1x3x1x1xf32>):
    %0 = ingot.broadcast_in_dim %b dims = [0, 1, 2, 3] : (tensor<1x3x1x1xf32>) -> tensor<2x3x7x5xf32>
    %1 = ingot.add %a, %0 : tensor<2x3x7x5xf32>
    ingot.return %1 : tensor<2x3x7x5xf32> })");
  LoopNest nest = planOf(harness);
  EXPECT_EQ(nest.collapsed, 2);
  EXPECT_EQ(nest.lane, 2);
}

TEST(LoopPlan, ReductionsOfRowsComeBeforeTheRow) {
  KernelHarness harness(R"(ingot.kernel @k { ^bb0(%a: tensor<100x70xf32>):
    %i = ingot.constant dense<0.0> : tensor<f32>
    %s = ingot.reduce(%a init %i) dims = [1] : (tensor<100x70xf32>, tensor<f32>) -> tensor<100xf32> {
      ^bb0(%x: tensor<f32>, %y: tensor<f32>):
        %z = ingot.add %x, %y : tensor<f32>
        ingot.return %z : tensor<f32>
    }
    %b = ingot.broadcast_in_dim %s dims = [0] : (tensor<100xf32>) -> tensor<100x70xf32>
    %r = ingot.divide %a, %b : tensor<100x70xf32>
    ingot.return %r : tensor<100x70xf32> })");
  LoopNest nest = planOf(harness);
  EXPECT_EQ(nest.outer, llvm::SmallVector<int64_t>{0});
  EXPECT_EQ(nest.lane, 1);
  EXPECT_EQ(nest.split, 0);
}

TEST(LoopPlan, LargeVectorsAreSplit) {
  KernelHarness harness(R"(ingot.kernel @k { ^bb0(%a: tensor<4000000xf32>):
    %0 = ingot.negate %a : tensor<4000000xf32>
    ingot.return %0 : tensor<4000000xf32> })");
  LoopNest nest = planOf(harness);
  EXPECT_GT(nest.split, 1000);
  EXPECT_EQ(nest.split % nest.width, 0);
}

TEST(LoopPlan, TransposesReadBlocks) {
  KernelHarness harness(R"(ingot.kernel @k { ^bb0(%a: tensor<100x70xf32>):
    %0 = ingot.transpose %a perm = [1, 0] : (tensor<100x70xf32>) -> tensor<70x100xf32>
    ingot.return %0 : tensor<70x100xf32> })");
  LoopNest nest = planOf(harness);
  EXPECT_EQ(nest.lane, 1);
  EXPECT_EQ(nest.transposed, 0);
}

TEST(LoopPlan, ExponentialsOfSoftmaxAreStaged) {
  KernelHarness harness(R"(ingot.kernel @k { ^bb0(%a: tensor<100x70xf32>):
    %i = ingot.constant dense<0.0> : tensor<f32>
    %e = ingot.exponential %a : tensor<100x70xf32>
    %s = ingot.reduce(%e init %i) dims = [1] : (tensor<100x70xf32>, tensor<f32>) -> tensor<100xf32> {
      ^bb0(%x: tensor<f32>, %y: tensor<f32>):
        %z = ingot.add %x, %y : tensor<f32>
        ingot.return %z : tensor<f32>
    }
    %b = ingot.broadcast_in_dim %s dims = [0] : (tensor<100xf32>) -> tensor<100x70xf32>
    %r = ingot.divide %e, %b : tensor<100x70xf32>
    ingot.return %r : tensor<100x70xf32> })");
  EXPECT_EQ(planOf(harness).cached, llvm::SmallVector<int64_t>{1});
  KernelPlan plan = *createLoopEmitter()->plan(harness.kernel(), hostLevels().front(), {});
  EXPECT_EQ(evaluateExpr(plan.scratch, {}), 320); // 70 floats in whole cache lines
}

// Whether the loop emitter would make one kernel of the body's ops.
bool fuses(const std::string &body, const std::string &result, const std::string &results = "%r") {
  std::string types = result;
  for (size_t i = 0; i < size_t(std::count(results.begin(), results.end(), ',')); ++i)
    types += ", " + result;
  KernelHarness harness("ingot.kernel @k {\n^bb0(%a: tensor<8x32xf32>, %b: tensor<32x16xf32>):\n  %zero = ingot.constant "
                        "dense<0.0> : tensor<f32>\n" +
                        body + "\n  ingot.return " + results + " : " + types + "\n}");
  llvm::SmallVector<mlir::Operation *> ops;
  for (mlir::Operation &op : harness.kernel().getBlock().without_terminator())
    ops.push_back(&op);
  llvm::SmallVector<mlir::Value> values(harness.kernel().getBlock().getTerminator()->getOperands());
  return loopEmitterCanFuse(ops, values);
}

const std::string kSum = R"(
  %s = ingot.reduce(%e init %zero) dims = [1] : (tensor<8x32xf32>, tensor<f32>) -> tensor<8xf32> {
    ^bb0(%x: tensor<f32>, %y: tensor<f32>):
      %z = ingot.add %x, %y : tensor<f32>
      ingot.return %z : tensor<f32>
  }
)";

TEST(LoopFusion, RowsWithTheirReductions) {
  std::string exponential = "  %e = ingot.exponential %a : tensor<8x32xf32>\n", full = "tensor<8x32xf32>";
  std::string back = "  %t = ingot.broadcast_in_dim %s dims = [0] : (tensor<8xf32>) -> tensor<8x32xf32>\n";
  EXPECT_TRUE(fuses(exponential + kSum + back + "  %r = ingot.divide %e, %t : tensor<8x32xf32>", full));
  EXPECT_TRUE(fuses(exponential + kSum + "  %r = ingot.sqrt %s : tensor<8xf32>", "tensor<8xf32>"));
  // The sum would be made for every row of another space.
  EXPECT_FALSE(fuses(exponential + kSum +
                         "  %t = ingot.broadcast_in_dim %s dims = [1] : (tensor<8xf32>) -> tensor<32x8xf32>\n" +
                         "  %r = ingot.negate %t : tensor<32x8xf32>",
                     "tensor<32x8xf32>"));
}

TEST(LoopFusion, OneContractionMadeOnce) {
  std::string dot =
      "  %d = ingot.dot_general %x, %b <batch = [] x [], contract = [1] x [0]> : (tensor<8x32xf32>, tensor<32x16xf32>) -> "
      "tensor<8x16xf32>\n";
  EXPECT_TRUE(fuses("  %x = ingot.negate %a : tensor<8x32xf32>\n" + dot + "  %r = ingot.tanh %d : tensor<8x16xf32>",
                    "tensor<8x16xf32>"));
  EXPECT_FALSE(fuses("  %x = ingot.tanh %a : tensor<8x32xf32>\n" + dot + "  %r = ingot.negate %d : tensor<8x16xf32>",
                     "tensor<8x16xf32>"));
  EXPECT_FALSE(fuses("  %x = ingot.negate %a : tensor<8x32xf32>\n" + dot +
                         "  %r = ingot.broadcast_in_dim %d dims = [1, 2] : (tensor<8x16xf32>) -> tensor<4x8x16xf32>",
                     "tensor<4x8x16xf32>"));
}

// Results that want the product at the same place, not at places that change places.
TEST(LoopFusion, OneContractionForAllResults) {
  std::string dot = "  %d = ingot.dot_general %a, %a <batch = [] x [], contract = [1] x [1]> : (tensor<8x32xf32>, "
                    "tensor<8x32xf32>) -> tensor<8x8xf32>\n  %e = ingot.negate %d : tensor<8x8xf32>\n";
  auto transposed = [](const std::string &to, const std::string &from) {
    return "  " + to + " = ingot.transpose " + from + " perm = [1, 0] : (tensor<8x8xf32>) -> tensor<8x8xf32>\n";
  };
  std::string floor = "  %f = ingot.floor %e : tensor<8x8xf32>\n";
  EXPECT_TRUE(fuses(dot + floor, "tensor<8x8xf32>", "%e, %f"));
  EXPECT_TRUE(fuses(dot + floor + transposed("%r", "%f"), "tensor<8x8xf32>"));
  EXPECT_FALSE(fuses(dot + floor + transposed("%r", "%f"), "tensor<8x8xf32>", "%e, %r"));
}

TEST(LoopFusion, ExpensiveValuesAreNotRepeated) {
  std::string exponential = "  %e = ingot.exponential %a : tensor<8x32xf32>\n",
              floor = "  %e = ingot.floor %a : tensor<8x32xf32>\n";
  std::string repeat = "  %r = ingot.broadcast_in_dim %e dims = [1, 2] : (tensor<8x32xf32>) -> tensor<4x8x32xf32>";
  EXPECT_FALSE(fuses(exponential + repeat, "tensor<4x8x32xf32>"));
  EXPECT_TRUE(fuses(floor + repeat, "tensor<4x8x32xf32>"));
}

TEST(LoopEmitter, KernelsOfEveryArchitectureCallNothing) {
  std::string text =
                  "ingot.kernel @k {\n^bb0(%a: tensor<?xf32, #ingot.dims<[s0]>>, %b: tensor<?xf16, #ingot.dims<[s0]>>):\n",
              results, types;
  int count = 0;
  auto add = [&](const std::string &op, const std::string &operands, const std::string &element) {
    std::string name = "%" + std::to_string(count++), type = "tensor<?x" + element + ", #ingot.dims<[s0]>>";
    text += "  " + name + " = ingot." + op + " " + operands + " : " + type + "\n";
    results += (results.empty() ? "" : ", ") + name;
    types += (types.empty() ? "" : ", ") + type;
  };
  for (const char *op :
       {"cbrt", "ceil", "cosine", "tan", "asin", "atan", "sinh", "asinh", "erf", "exponential", "exponential_minus_one",
        "floor", "log", "log_plus_one", "round_nearest_afz", "round_nearest_even", "rsqrt", "tanh"})
    add(op, "%a", "f32");
  for (const char *op : {"maximum", "minimum", "power", "remainder", "atan2", "divide"})
    add(op, "%a, %a", "f32");
  add("tanh", "%b", "f16");
  add("add", "%b, %b", "f16");
  KernelHarness harness(text + "  ingot.return " + results + " : " + types + "\n}", "#ingot.size<\"n\", 1 to 100>");
  for (const char *triple : {"x86_64-linux-gnu", "aarch64-linux-gnu", "riscv64-linux-gnu"})
    for (const CpuLevel &level : llvm::cantFail(makeCpuLevels({triple})))
      EXPECT_EQ(harness.undefinedSymbols(*createLoopEmitter(), level, triple), "") << triple << " " << level.name;
}

TEST(LoopEmitter, ResultsMayLieOverAnOperandReadAtTheSamePlace) {
  KernelHarness harness(R"(ingot.kernel @k { ^bb0(%a: tensor<5x37xf32>, %b: tensor<5x37xf32>):
    %0 = ingot.multiply %a, %b : tensor<5x37xf32>
    %1 = ingot.add %0, %a : tensor<5x37xf32>
    ingot.return %0, %1 : tensor<5x37xf32>, tensor<5x37xf32> })");
  std::mt19937 random(3);
  std::vector<reference::Tensor> operands;
  for (int i = 0; i < 2; ++i)
    operands.push_back(randomTensor(mlir::Float32Type::get(&harness.context()), {5, 37}, Values::Plain, random));
  std::vector<reference::Tensor> expected = harness.expected(operands);
  for (const CpuLevel &level : hostLevels()) {
    auto kernel = harness.load(*createLoopEmitter(), level);
    ASSERT_TRUE(kernel);
    std::vector<char> a = operands[0].bytes, b = operands[1].bytes;
    void *buffers[] = {a.data(), b.data(), a.data(), b.data()};
    int64_t none = 0;
    kernel->function(buffers, &none, 0, evaluateExpr(kernel->plan.grid, {}).value(), nullptr);
    EXPECT_EQ(a, expected[0].bytes);
    EXPECT_EQ(b, expected[1].bytes);
  }
}

} // namespace
} // namespace ingot::test
