// Every program of Inputs/ means the same after each phase: the interpreter runs it before and after, and the scheduled form
// once more with its values in the arena and the results' buffers where schedule put them.
#include "tests/passes/Harness.h"

using namespace mlir;

namespace ingot::test {
namespace {

struct Case {
  const char *program;
  std::vector<std::vector<int64_t>> sizes;
};
std::ostream &operator<<(std::ostream &out, const Case &each) { return out << each.program; }

class SemanticsTest : public testing::TestWithParam<Case> {};

TEST_P(SemanticsTest, EveryPhaseKeepsTheMeaning) {
  Loaded loaded(GetParam().program);
  ASSERT_TRUE(loaded.program.module);
  std::vector<std::vector<reference::Tensor>> arguments, expected;
  for (const std::vector<int64_t> &sizes : GetParam().sizes) {
    arguments.push_back(loaded.arguments(sizes));
    expected.push_back(run(loaded, arguments.back()));
  }
  expectPhasesKeepTheMeaning(loaded, GetParam().sizes, arguments, expected);
}

INSTANTIATE_TEST_SUITE_P(Programs, SemanticsTest,
                         testing::Values(Case{"mlp", {{1}, {5}, {64}}}, Case{"cnn", {{1}, {3}}}, Case{"batch_norm", {{}}},
                                         Case{"transformer", {{1, 1}, {2, 9}, {4, 3}}},
                                         Case{"odd_results", {{1}, {7}, {40}}}, Case{"ordering", {{1}, {7}, {40}}},
                                         Case{"selection", {{1}, {7}, {40}}}, Case{"cache", {{1}, {3}}},
                                         Case{"growing", {{0, 1}, {3, 2}, {7, 5}}}, Case{"branches", {{1}, {5}}},
                                         Case{"loops", {{1}, {4}}}, Case{"loop_panels", {{1}, {5}}},
                                         Case{"normalizations", {{1}, {4}}}, Case{"dynamic_shapes", {{1}, {5}}},
                                         Case{"run_time_amounts", {{2}, {5}}}, Case{"data_sizes", {{1, 8, 64}, {5, 8, 64}}},
                                         Case{"processes", {{1}, {3}}}),
                         [](const auto &info) { return std::string(info.param.program); });

TEST(ScheduleTest, InPlaceChainsKeepTheMeaning) {
  Loaded loaded("outlined");
  ASSERT_TRUE(loaded.program.module);
  const std::vector<std::vector<int64_t>> choices = {{1, 40}, {40, 1}, {3, 3}};
  std::vector<std::vector<reference::Tensor>> expected;
  for (const auto &sizes : choices)
    expected.push_back(run(loaded, loaded.arguments(sizes)));
  PassManager pm(&loaded.context);
  addSchedulePasses(pm, {});
  ASSERT_TRUE(succeeded(pm.run(*loaded.program.module)));
  unsigned inplace = 0;
  loaded.main().walk([&](DispatchOp dispatch) { inplace += bool(dispatch.getInplace()); });
  EXPECT_GE(inplace, 3u);
  for (size_t i = 0; i < choices.size(); ++i)
    expectClose(runInMemory(loaded, loaded.arguments(choices[i]), choices[i]), expected[i]);
}

// The statistics of a normalisation become a factor of the kernel and one vector added behind it.
TEST(SimplifyTest, NormalisationDisappears) {
  Loaded loaded("batch_norm");
  ASSERT_TRUE(loaded.program.module);
  PassManager pm(&loaded.context);
  addSimplifyPasses(pm, {cpuTarget(), loaded.program.weights});
  ASSERT_TRUE(succeeded(pm.run(*loaded.program.module)));
  unsigned adds = 0;
  loaded.main().getBody().front().walk([&](Operation *op) {
    EXPECT_FALSE((isa<MultiplyOp, SubtractOp, DivideOp, SqrtOp>(op))) << op->getName().getStringRef().str();
    adds += isa<AddOp>(op) && op->getBlock() == &loaded.main().getBody().front();
  });
  EXPECT_EQ(adds, 2u); // the bias and the residual
}

} // namespace
} // namespace ingot::test
