// The code of a kernel is linear in its ops: what counts evaluations, what it lets into one kernel, and that planning and
// emitting a kernel whose values are shared visits values, not the paths to them.
#include "compiler/codegen/CodeSize.h"
#include "tests/compiler/codegen/KernelHarness.h"

#include <gtest/gtest.h>

namespace ingot::test {
namespace {

// The ops and results of a kernel.
struct Region {
  explicit Region(const std::string &text) : harness(text) {
    for (mlir::Operation &op : harness.kernel().getBlock().without_terminator())
      ops.push_back(&op);
    results.assign(harness.kernel().getBlock().getTerminator()->operand_begin(),
                   harness.kernel().getBlock().getTerminator()->operand_end());
  }
  unsigned count() { return countEvaluations(ops, results, 1 << 20); }
  bool isLinear() { return makesLinearCode(ops, results); }

  KernelHarness harness;
  llvm::SmallVector<mlir::Operation *> ops;
  llvm::SmallVector<mlir::Value> results;
};

// `levels` times %v(i + 1) from %v(i) by `step`, where $in, $out and $i stand for the values and the level.
std::string chain(unsigned levels, const std::string &step, const std::string &type, const std::string &arguments = "") {
  std::string text = "ingot.kernel @k {\n^bb0(%v0: " + type + arguments + "):\n";
  for (unsigned level = 0; level < levels; ++level)
    for (size_t at = 0; at < step.size(); ++at) {
      if (step[at] != '$')
        text += step[at];
      else if (step.compare(at, 3, "$in") == 0)
        text += "%v" + std::to_string(level), at += 2;
      else if (step.compare(at, 4, "$out") == 0)
        text += "%v" + std::to_string(level + 1), at += 3;
      else
        text += std::to_string(level), ++at;
    }
  return text + "  ingot.return %v" + std::to_string(levels) + " : " + type + "\n}";
}

const std::string kSquare = "tensor<8x8xf32>";

TEST(CodeSize, SharedAtOneIndexIsOneEvaluation) {
  Region doubled(chain(60, "  $out = ingot.add $in, $in : tensor<8x8xf32>\n", kSquare));
  EXPECT_EQ(doubled.count(), 60u);
  // Two indices for every value: its own and the transposed one.
  Region transposed(chain(30,
                          "  %t$i = ingot.transpose $in perm = [1, 0] : (tensor<8x8xf32>) -> tensor<8x8xf32>\n"
                          "  $out = ingot.add $in, %t$i : tensor<8x8xf32>\n",
                          kSquare));
  EXPECT_LE(transposed.count(), 4u * 30);
  EXPECT_TRUE(transposed.isLinear());
  // Each row value is made once for all loops over the row, which are one more for each link.
  Region rows(chain(8,
                    "  %z$i = ingot.constant dense<0.0> : tensor<f32>\n"
                    "  %s$i = ingot.reduce ($in init %z$i) dims = [1] : (tensor<8x8xf32>, tensor<f32>) -> tensor<8xf32> {\n"
                    "  ^bb0(%x: tensor<f32>, %y: tensor<f32>):\n    %a = ingot.add %x, %y : tensor<f32>\n"
                    "    ingot.return %a : tensor<f32>\n  }\n"
                    "  %b$i = ingot.broadcast_in_dim %s$i dims = [0] : (tensor<8xf32>) -> tensor<8x8xf32>\n"
                    "  $out = ingot.subtract $in, %b$i : tensor<8x8xf32>\n",
                    kSquare));
  EXPECT_LE(rows.count(), 3u * 8 * 9);
}

TEST(CodeSize, MovementsOfSharedValuesMultiply) {
  const char *steps[] = {
      // a value beside itself, and the half of that
      "  %c$i = ingot.concatenate $in, $in dim = 1 : (tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<8x16xf32>\n"
      "  $out = ingot.slice %c$i [0, 4] to [8, 12] step [1, 1] : (tensor<8x16xf32>) -> tensor<8x8xf32>\n",
      // shifted by one place, where zeros come in
      "  %z$i = ingot.constant dense<0.0> : tensor<f32>\n"
      "  %s$i = ingot.slice $in [0, 0] to [8, 7] step [1, 1] : (tensor<8x8xf32>) -> tensor<8x7xf32>\n"
      "  %p$i = ingot.pad %s$i, %z$i low = [0, 1] high = [0, 0] interior = [0, 0] : (tensor<8x7xf32>, tensor<f32>) -> "
      "tensor<8x8xf32>\n"
      "  $out = ingot.add $in, %p$i : tensor<8x8xf32>\n",
      // rows by an index that the value itself decides
      "  %i$i = ingot.convert $in : (tensor<8x8xf32>) -> tensor<8x8xi32>\n"
      "  %j$i = ingot.slice %i$i [0, 0] to [8, 1] step [1, 1] : (tensor<8x8xi32>) -> tensor<8x1xi32>\n"
      "  %g$i = ingot.gather $in, %j$i <window = [1], collapsed = [0], batch = [] x [], map = [0], vector = 1> : "
      "(tensor<8x8xf32>, tensor<8x1xi32>) -> tensor<8x8xf32>\n"
      "  $out = ingot.add $in, %g$i : tensor<8x8xf32>\n",
  };
  for (const char *step : steps) {
    SCOPED_TRACE(step);
    EXPECT_TRUE(Region(chain(2, step, kSquare)).isLinear());
    EXPECT_FALSE(Region(chain(16, step, kSquare)).isLinear());
    EXPECT_GT(Region(chain(16, step, kSquare)).count(), 1000u);
  }
}

TEST(CodeSize, WindowsOfWindowsMultiply) {
  const std::string type = "tensor<1x1x8x8xf32>",
                    step =
                        "  $out = ingot.interpolate CUBIC HALF_PIXEL $in dims = [2, 3] : (" + type + ") -> " + type + "\n";
  EXPECT_EQ(Region(chain(2, step, type)).count(), 1u + 16);
  EXPECT_EQ(Region(chain(3, step, type)).count(), 1u + 16 + 256);
  EXPECT_FALSE(Region(chain(3, step, type)).isLinear());
}

TEST(CodeSize, CountingStopsAtItsLimit) {
  Region region(
      chain(40,
            "  %c$i = ingot.concatenate $in, $in dim = 1 : (tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<8x16xf32>\n"
            "  $out = ingot.slice %c$i [0, 4] to [8, 12] step [1, 1] : (tensor<8x16xf32>) -> tensor<8x8xf32>\n",
            kSquare));
  EXPECT_FALSE(region.isLinear());
}

// Planning and emitting would not end if they followed every path to %v0: there are 2^60.
TEST(SharedValues, PointwiseBeforeAReshape) {
  std::string text = chain(60, "  $out = ingot.maximum $in, $in : tensor<6x8xf32>\n", "tensor<6x8xf32>");
  text.replace(text.find("  ingot.return"), std::string::npos,
               "  %r = ingot.reshape %v60 : (tensor<6x8xf32>) -> tensor<4x12xf32>\n"
               "  %n = ingot.negate %r : tensor<4x12xf32>\n  ingot.return %n : tensor<4x12xf32>\n}");
  checkLoops(text, {}, Values::Plain);
}

TEST(SharedValues, PointwiseAfterAReduction) {
  std::string text = chain(60, "  $out = ingot.maximum $in, $in : tensor<64xf32>\n", "tensor<64xf32>");
  text.replace(text.find("%v0: tensor<64xf32>"), 19, "%a: tensor<64x9xf32>");
  text.insert(text.find("):\n") + 3,
              "  %z = ingot.constant dense<0.0> : tensor<f32>\n"
              "  %v0 = ingot.reduce (%a init %z) dims = [1] : (tensor<64x9xf32>, tensor<f32>) -> tensor<64xf32> {\n"
              "  ^bb0(%x: tensor<f32>, %y: tensor<f32>):\n    %s = ingot.maximum %x, %y : tensor<f32>\n"
              "    ingot.return %s : tensor<f32>\n  }\n");
  checkLoops(text, {}, Values::Plain);
}

TEST(ConcatenateKernel, ManyOperands) {
  std::string operands, types, arguments;
  for (unsigned i = 0; i < 40; ++i) {
    std::string comma = i ? ", " : "", type = "tensor<3x" + std::to_string(1 + i % 3) + "xf32>";
    operands += comma + "%a" + std::to_string(i);
    types += comma + type;
    arguments += comma + "%a" + std::to_string(i) + ": " + type;
  }
  checkLoops("ingot.kernel @k {\n^bb0(" + arguments + "):\n  %c = ingot.concatenate " + operands + " dim = 1 : (" + types +
                 ") -> tensor<3x79xf32>\n  %t = ingot.transpose %c perm = [1, 0] : (tensor<3x79xf32>) -> tensor<79x3xf32>\n"
                 "  ingot.return %t : tensor<79x3xf32>\n}",
             {}, Values::Special);
}

} // namespace
} // namespace ingot::test
