// The mutation tool itself, and a seeded share of what it does by command (tools/dev/mutate): no changed model crashes or
// hangs anything, is a bug of ours, or gives another answer compiled than interpreted.
#include "frontends/Frontends.h"
#include "tests/TestPaths.h"
#include "tools/conformance/Archive.h"
#include "tools/conformance/Cases.h"
#include "tools/mutation/Campaign.h"

#include "gtest/gtest.h"

#include <fstream>
#include <set>

namespace ingot::test {
namespace {

using namespace mutation;

TEST(Mutator, OneSeedIsOneChange) {
  const std::string path = sourceDir() + "/docs/digits/digits.onnx";
  std::ifstream file(path, std::ios::binary);
  const std::string digits(std::istreambuf_iterator<char>(file), {});
  const auto mutate = frontendOfFile(path).mutate;
  ASSERT_NE(mutate, nullptr);
  std::string none = "no model";
  EXPECT_EQ(mutate(none, 1, {}), "");
  const std::vector<std::string> operators{"Add", "Softmax"};
  std::set<std::string> models;
  for (uint64_t seed = 0; seed != 200; ++seed) {
    std::string first = digits, second = digits;
    std::string change = mutate(first, seed, operators);
    EXPECT_EQ(change, mutate(second, seed, operators));
    EXPECT_FALSE(change.empty());
    EXPECT_EQ(first, second);
    models.insert(first);
  }
  EXPECT_GT(models.size(), 150u);
}

class Trials : public ::testing::Test {
protected:
  void SetUp() override {
    std::string why;
    ASSERT_TRUE(folder.make(&why)) << why;
    options.folder = folder.path();
  }
  void run(llvm::ArrayRef<Seed> seeds, uint64_t tries) {
    for (uint64_t number = 0; number != tries; ++number)
      if (std::optional<Finding> found = runTry(seeds, number, options, result))
        ADD_FAILURE() << "try " << number << ": " << found->what << ": " << found->model << ": " << found->change << ": "
                      << found->message;
  }

  conformance::TemporaryFolder folder;
  CampaignOptions options;
  CampaignResult result;
};

TEST_F(Trials, UnchangedModelsAgree) {
  options.change = false;
  run({{"digits", sourceDir() + "/docs/digits/digits.onnx", {}}}, 2);
  EXPECT_EQ(result.counts["agreed"], 2u);
}

TEST_F(Trials, BoundsAreTold) {
  options.seconds = 0;
  std::vector<Seed> seeds{{"digits", sourceDir() + "/docs/digits/digits.onnx", {}}};
  std::optional<Finding> late = runTry(seeds, 0, options, result);
  ASSERT_TRUE(late);
  EXPECT_EQ(late->what, "hung");
#if !__has_feature(address_sanitizer)
  options.seconds = 20;
  options.bytes = 64 << 20; // this process alone has more
  std::optional<Finding> starved = runTry(seeds, 0, options, result);
  ASSERT_TRUE(starved);
  EXPECT_TRUE(starved->what == "took too much memory" || starved->what == "crashed") << starved->what;
#endif
}

TEST_F(Trials, DigitsChanged) { run({{"digits", sourceDir() + "/docs/digits/digits.onnx", {}}}, 40); }

TEST_F(Trials, ModelsOfEveryOperatorChanged) {
  std::string archive = testData("onnx-backend/onnx-backend-shared.tar.xz"), why;
  if (archive.empty())
    GTEST_SKIP() << skipReason;
  conformance::TemporaryFolder unpacked;
  ASSERT_TRUE(unpacked.make(&why)) << why;
  ASSERT_TRUE(conformance::unpackArchive(archive, unpacked.path(), {}, &why)) << why;
  std::vector<Seed> seeds = seedsBeneath(unpacked.path(), &why);
  ASSERT_GT(seeds.size(), 1000u) << why;
  run(seeds, 150);
  EXPECT_GT(result.counts["agreed"], 15u);
  EXPECT_GT(result.counts["refused"], 40u);
}

} // namespace
} // namespace ingot::test
