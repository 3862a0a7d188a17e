// What plans make of their reductions and windows, and that a plan which makes too much of one is refused.
#include "compiler/codegen/Work.h"
#include "compiler/codegen/FusionRules.h"
#include "compiler/codegen/LoopPlan.h"
#include "tests/compiler/codegen/KernelHarness.h"

#include <gtest/gtest.h>

namespace ingot::test {
namespace {

constexpr char kSum[] = R"( {
      ^bb0(%x: tensor<f32>, %y: tensor<f32>):
        %z = ingot.add %x, %y : tensor<f32>
        ingot.return %z : tensor<f32>
    })";

struct Work : testing::Test {
  // What the loop emitter says of the kernel; the verifier's message, empty where it is content.
  std::vector<double> made(KernelHarness &harness, llvm::ArrayRef<int64_t> sizes, std::string *message) {
    std::unique_ptr<KernelEmitter> emitter = createLoopEmitter();
    llvm::SmallVector<SizeAttr> ranges = moduleSizes(harness.kernel());
    KernelPlan plan = *emitter->plan(harness.kernel(), hostLevels().front(), ranges);
    std::vector<double> counts;
    for (const OpWork &work : emitter->work(harness.kernel(), plan, sizes))
      counts.push_back(work.evaluations);
    mlir::ScopedDiagnosticHandler handler(&harness.context(),
                                          [&](mlir::Diagnostic &diagnostic) { *message = diagnostic.str(); });
    EXPECT_EQ(succeeded(verifyWork(harness.kernel(), *emitter, plan, ranges)), message->empty());
    return counts;
  }
  bool mayFuse(KernelHarness &harness) {
    llvm::SmallVector<mlir::Operation *> ops;
    for (mlir::Operation &op : harness.kernel().getBlock().without_terminator())
      ops.push_back(&op);
    return loopEmitterCanFuse(ops,
                              llvm::SmallVector<mlir::Value>(harness.kernel().getBlock().getTerminator()->getOperands()));
  }
  std::string message;
};

TEST_F(Work, RowsAreMadeOnceARow) {
  const std::string type = "tensor<?x70xf32, #ingot.dims<[s0, 70]>>", row = "tensor<?xf32, #ingot.dims<[s0]>>";
  KernelHarness harness("ingot.kernel @k { ^bb0(%a: " + type + "):\n %i = ingot.constant dense<0.0> : tensor<f32>\n" +
                            " %s = ingot.reduce(%a init %i) dims = [1] : (" + type + ", tensor<f32>) -> " + row + kSum +
                            " %b = ingot.broadcast_in_dim %s dims = [0] : (" + row + ") -> " + type +
                            " %c = ingot.subtract %a, %b : " + type + " %t = ingot.reduce(%c init %i) dims = [1] : (" +
                            type + ", tensor<f32>) -> " + row + kSum + " %d = ingot.broadcast_in_dim %t dims = [0] : (" +
                            row + ") -> " + type + " %r = ingot.divide %c, %d : " + type + "\n ingot.return %r : " + type +
                            " }",
                        "#ingot.size<\"n\", 1 to 64>");
  EXPECT_TRUE(mayFuse(harness));
  EXPECT_EQ(made(harness, {64}, &message), (std::vector<double>{64, 64}));
  EXPECT_EQ(made(harness, {3}, &message), (std::vector<double>{3, 3}));
  EXPECT_EQ(message, "");
}

// The results' index is put together of a row's and a column's and taken apart again: every element would make its row.
TEST_F(Work, RowsUnderRegroupedDimsAreRefused) {
  const std::string type = "tensor<?x6xf32, #ingot.dims<[s0, 6]>>", row = "tensor<?xf32, #ingot.dims<[s0]>>",
                    flat = "tensor<?xf32, #ingot.dims<[s0 * 6]>>";
  KernelHarness harness("ingot.kernel @k { ^bb0(%a: " + type + "):\n %i = ingot.constant dense<0.0> : tensor<f32>\n" +
                            " %s = ingot.reduce(%a init %i) dims = [1] : (" + type + ", tensor<f32>) -> " + row + kSum +
                            " %b = ingot.broadcast_in_dim %s dims = [0] : (" + row + ") -> " + type +
                            " %c = ingot.subtract %a, %b : " + type + " %r = ingot.reshape %c : (" + type + ") -> " + flat +
                            "\n ingot.return %r : " + flat + " }",
                        "#ingot.size<\"n\", 1 to 64>");
  EXPECT_FALSE(mayFuse(harness));
  EXPECT_EQ(made(harness, {64}, &message), (std::vector<double>{384}));
  EXPECT_EQ(message, "internal error: kernel 'k' would make 384 elements of 'ingot.reduce', whose result has 64 at n=64");
}

TEST_F(Work, WhatNoLoopTellsApartIsOneTile) {
  const std::string type = "tensor<1x?xf32, #ingot.dims<[1, s0]>>";
  KernelHarness harness("ingot.kernel @k { ^bb0(%a: " + type + "):\n %i = ingot.constant dense<0.0> : tensor<f32>\n" +
                            " %s = ingot.reduce(%a init %i) dims = [1] : (" + type + ", tensor<f32>) -> tensor<1xf32>" +
                            kSum + " %b = ingot.broadcast_in_dim %s dims = [0] : (tensor<1xf32>) -> " + type +
                            " %r = ingot.subtract %a, %b : " + type + "\n ingot.return %r : " + type + " }",
                        "#ingot.size<\"n\", 1 to 4000000>");
  EXPECT_EQ(made(harness, {4000000}, &message), (std::vector<double>{1}));
  EXPECT_EQ(message, "");
  KernelPlan plan = *createLoopEmitter()->plan(harness.kernel(), hostLevels().front(), moduleSizes(harness.kernel()));
  EXPECT_EQ(evaluateExpr(plan.grid, {4000000}), 1); // another call would sum the row again
}

} // namespace
} // namespace ingot::test
