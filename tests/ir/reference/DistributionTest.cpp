#include "ir/reference/Grid.h"
#include "tests/ir/reference/Harness.h"

namespace ingot::test {
namespace {

using namespace mlir;
using reference::Grid;
using reference::GridResults;
using reference::Tensor;

Tensor intsOf(MLIRContext &context, llvm::ArrayRef<int64_t> dims, std::vector<int64_t> values) {
  Tensor tensor = Tensor::zeros(IntegerType::get(&context, 64), dims);
  reference::encode<int64_t>(tensor.elementType, values.data(), int64_t(values.size()), tensor.bytes.data());
  return tensor;
}

Tensor tokenOf(MLIRContext &context) { return Tensor{TokenType::get(&context), {}, {}, {}}; }

std::vector<int64_t> numbersOf(const Tensor &tensor) {
  std::vector<int64_t> numbers;
  for (reference::Complex value : valuesOf(tensor))
    numbers.push_back(int64_t(value.real()));
  return numbers;
}

// One program for all processes of a grid, each with the tensor of `dims` that holds its row of `values`.
struct SameProgram {
  Parsed parsed;
  Grid grid;

  SameProgram(const std::string &body, const std::string &result, size_t replicas, size_t partitions,
              llvm::ArrayRef<int64_t> dims, std::vector<std::vector<int64_t>> values)
      : parsed("func.func @main(%x: tensor<" + textOf(dims) + "xi64>) -> " + result + " {\n" + body +
               "\n  return %r : " + result + "\n}\n") {
    EXPECT_TRUE(parsed.module) << parsed.diagnostics;
    if (!parsed.module)
      return;
    grid.programs.assign(replicas, std::vector<func::FuncOp>(partitions, parsed.function()));
    for (std::vector<int64_t> &row : values)
      grid.arguments.push_back({intsOf(parsed.context, dims, row)});
  }

  void expect(std::vector<std::vector<int64_t>> expected) {
    auto results = runGrid(grid, {});
    ASSERT_TRUE(bool(results)) << llvm::toString(results.takeError());
    for (auto [process, row] : llvm::enumerate(expected))
      EXPECT_EQ(numbersOf(results->results[process].front()), row) << "process " << process;
  }
  void expectFailure(const std::string &message) {
    auto results = runGrid(grid, {});
    ASSERT_FALSE(bool(results));
    std::string text = llvm::toString(results.takeError());
    EXPECT_NE(text.find(message), std::string::npos) << text;
  }

  static std::string textOf(llvm::ArrayRef<int64_t> dims) {
    std::string text;
    for (int64_t dim : dims)
      text += (text.empty() ? "" : "x") + std::to_string(dim);
    return text;
  }
};

const std::string kSum = " {\n^bb0(%a: tensor<i64>, %b: tensor<i64>):\n%s = ingot.add %a, %b : tensor<i64>\n"
                         "ingot.return %s : tensor<i64>\n}";

TEST(Distribution, AllReduceByGroups) {
  // Replicas; replicas with all their partitions; processes.
  SameProgram("%r = ingot.all_reduce (%x) groups = dense<[[0, 1]]> : tensor<1x2xi64> : (tensor<2xi64>) -> tensor<2xi64>" +
                  kSum,
              "tensor<2xi64>", 2, 2, {2}, {{1, 2}, {10, 20}, {100, 200}, {1000, 2000}})
      .expect({{101, 202}, {1010, 2020}, {101, 202}, {1010, 2020}});
  SameProgram("%r = ingot.all_reduce (%x) groups = dense<[[0], [1]]> : tensor<2x1xi64> {channel_id = 1 : i64} "
              ": (tensor<2xi64>) -> tensor<2xi64>" +
                  kSum,
              "tensor<2xi64>", 2, 2, {2}, {{1, 2}, {10, 20}, {100, 200}, {1000, 2000}})
      .expect({{11, 22}, {11, 22}, {1100, 2200}, {1100, 2200}});
  SameProgram("%r = ingot.all_reduce (%x) groups = dense<[[0, 3], [2, 1]]> : tensor<2x2xi64> "
              "{channel_id = 1 : i64, use_global_device_ids} : (tensor<2xi64>) -> tensor<2xi64>" +
                  kSum,
              "tensor<2xi64>", 2, 2, {2}, {{1, 2}, {10, 20}, {100, 200}, {1000, 2000}})
      .expect({{1001, 2002}, {110, 220}, {110, 220}, {1001, 2002}});
}

// Each id of a row stands for a replica with all its partitions.
TEST(Distribution, AllGatherOfReplicasAndPartitions) {
  SameProgram("%r = ingot.all_gather (%x) dim = 0 groups = dense<[[0, 1]]> : tensor<1x2xi64> {channel_id = 1 : i64} : "
              "(tensor<1xi64>) -> tensor<4xi64>",
              "tensor<4xi64>", 2, 2, {1}, {{1}, {2}, {3}, {4}})
      .expect({{1, 3, 2, 4}, {1, 3, 2, 4}, {1, 3, 2, 4}, {1, 3, 2, 4}});
  SameProgram("%r = ingot.reduce_scatter %x dim = 0 groups = dense<[[0, 1]]> : tensor<1x2xi64> {channel_id = 1 : i64} : "
              "(tensor<4xi64>) -> tensor<1xi64>" +
                  kSum,
              "tensor<1xi64>", 2, 2, {4}, {{1, 2, 3, 4}, {1, 2, 3, 4}, {1, 2, 3, 4}, {1, 2, 3, 4}})
      .expect({{4}, {12}, {8}, {16}});
}

TEST(Distribution, CollectivesInTheGroupsOrder) {
  SameProgram(
      "%r = ingot.all_gather (%x) dim = 1 groups = dense<[[1, 0]]> : tensor<1x2xi64> : (tensor<2x2xi64>) -> tensor<2x4xi64>",
      "tensor<2x4xi64>", 2, 1, {2, 2}, {{1, 2, 3, 4}, {5, 6, 7, 8}})
      .expect({{5, 6, 1, 2, 7, 8, 3, 4}, {5, 6, 1, 2, 7, 8, 3, 4}});
  SameProgram("%r = ingot.reduce_scatter %x dim = 1 groups = dense<[[0, 1]]> : tensor<1x2xi64> : (tensor<2x4xi64>) -> "
              "tensor<2x2xi64>" +
                  kSum,
              "tensor<2x2xi64>", 2, 1, {2, 4}, {{1, 2, 3, 4, 5, 6, 7, 8}, {9, 10, 11, 12, 13, 14, 15, 16}})
      .expect({{10, 12, 18, 20}, {14, 16, 22, 24}});
  SameProgram("%r = ingot.all_to_all (%x) split = 1 concat = 0 count = 2 groups = dense<[[0, 1]]> : tensor<1x2xi64> "
              ": (tensor<2x4xi64>) -> tensor<4x2xi64>",
              "tensor<4x2xi64>", 2, 1, {2, 4}, {{1, 2, 3, 4, 5, 6, 7, 8}, {9, 10, 11, 12, 13, 14, 15, 16}})
      .expect({{1, 2, 5, 6, 9, 10, 13, 14}, {3, 4, 7, 8, 11, 12, 15, 16}});
  SameProgram(
      "%r = ingot.collective_broadcast (%x) groups = dense<[[2, 1]]> : tensor<1x2xi64> : (tensor<2xi64>) -> tensor<2xi64>",
      "tensor<2xi64>", 4, 1, {2}, {{1, 2}, {3, 4}, {5, 6}, {7, 8}})
      .expect({{0, 0}, {5, 6}, {5, 6}, {0, 0}});
  SameProgram("%root = ingot.constant dense<1> : tensor<1xi32>\n"
              "%r = ingot.collective_broadcast (%x, %root) groups = dense<[[2, 1]]> : tensor<1x2xi64> {has_dynamic_root} "
              ": (tensor<2xi64>, tensor<1xi32>) -> tensor<2xi64>",
              "tensor<2xi64>", 3, 1, {2}, {{1, 2}, {3, 4}, {5, 6}})
      .expect({{0, 0}, {3, 4}, {3, 4}});
  // A ring, and a chain whose first process gets nothing.
  SameProgram("%r = ingot.collective_permute %x pairs = dense<[[0, 1], [1, 2], [2, 0]]> : tensor<3x2xi64> : (tensor<1xi64>) "
              "-> tensor<1xi64>",
              "tensor<1xi64>", 3, 1, {1}, {{1}, {2}, {3}})
      .expect({{3}, {1}, {2}});
  SameProgram("%r = ingot.collective_permute %x pairs = dense<[[0, 1], [1, 2]]> : tensor<2x2xi64> {channel_id = 1 : i64} "
              ": (tensor<1xi64>) -> tensor<1xi64>",
              "tensor<1xi64>", 1, 3, {1}, {{1}, {2}, {3}})
      .expect({{0}, {1}, {2}});
}

TEST(Distribution, Ids) {
  SameProgram("%p = ingot.replica_id\n%q = ingot.partition_id\n%ten = ingot.constant dense<10> : tensor<ui32>\n"
              "%t = ingot.multiply %p, %ten : tensor<ui32>\n%r = ingot.add %t, %q : tensor<ui32>",
              "tensor<ui32>", 2, 2, {1}, {{0}, {0}, {0}, {0}})
      .expect({{0}, {1}, {10}, {11}});
}

TEST(Distribution, AsynchronousOps) {
  SameProgram(
      "%f = ingot.async_start (%x) : (tensor<2xi64>) -> !ingot.future<tensor<4xi64>> {\n^bb0(%a: tensor<2xi64>):\n"
      "%g = ingot.all_gather (%a) dim = 0 groups = dense<[[0, 1]]> : tensor<1x2xi64> : (tensor<2xi64>) -> tensor<4xi64>\n"
      "ingot.return %g : tensor<4xi64>\n}\n%r = ingot.async_done %f : (!ingot.future<tensor<4xi64>>) -> tensor<4xi64>",
      "tensor<4xi64>", 2, 1, {2}, {{1, 2}, {3, 4}})
      .expect({{1, 2, 3, 4}, {1, 2, 3, 4}});
}

TEST(Distribution, RefusesWhatTheGridIsNot) {
  SameProgram(
      "%r = ingot.all_gather (%x) dim = 0 groups = dense<[[0, 1, 2]]> : tensor<1x3xi64> : (tensor<1xi64>) -> tensor<3xi64>",
      "tensor<3xi64>", 2, 1, {1}, {{1}, {2}})
      .expectFailure("it names 2 of 2 replicas");
  SameProgram(
      "%r = ingot.all_gather (%x) dim = 0 groups = dense<[[0]]> : tensor<1x1xi64> : (tensor<1xi64>) -> tensor<1xi64>",
      "tensor<1xi64>", 2, 1, {1}, {{1}, {2}})
      .expectFailure("process (1, 0) is in no group");
}

// Two programs that exchange through a channel, and feeds that all processes share.
const char *const kChannels = R"(
func.func @sender(%x: tensor<2xi64>, %t: !ingot.token) -> !ingot.token {
  %0 = ingot.send (%x), %t channel = 1 type = 2 {is_host_transfer} : (tensor<2xi64>, !ingot.token) -> !ingot.token
  %y = ingot.negate %x : tensor<2xi64>
  %1 = ingot.send (%y), %0 channel = 1 type = 2 {is_host_transfer} : (tensor<2xi64>, !ingot.token) -> !ingot.token
  return %1 : !ingot.token
}
func.func @receiver(%t: !ingot.token) -> (tensor<2xi64>, tensor<2xi64>) {
  %0:2 = ingot.recv %t channel = 1 type = 3 {is_host_transfer} : (!ingot.token) -> (tensor<2xi64>, !ingot.token)
  %1:2 = ingot.recv %0#1 channel = 1 type = 3 {is_host_transfer} : (!ingot.token) -> (tensor<2xi64>, !ingot.token)
  return %0#0, %1#0 : tensor<2xi64>, tensor<2xi64>
}
func.func @feeds(%t: !ingot.token) -> tensor<2xi64> {
  %0:2 = ingot.infeed %t : (!ingot.token) -> (tensor<2xi64>, !ingot.token)
  %1 = ingot.outfeed (%0#0), %0#1 : (tensor<2xi64>, !ingot.token) -> !ingot.token
  return %0#0 : tensor<2xi64>
}
)";

TEST(Distribution, ChannelsKeepTheirOrder) {
  Parsed parsed(kChannels);
  ASSERT_TRUE(parsed.module) << parsed.diagnostics;
  Grid grid;
  // The receiver comes first and waits.
  grid.programs = {{parsed.function("receiver")}, {parsed.function("sender")}};
  grid.arguments = {{tokenOf(parsed.context)}, {intsOf(parsed.context, {2}, {1, 2}), tokenOf(parsed.context)}};
  auto results = runGrid(grid, {});
  ASSERT_TRUE(bool(results)) << llvm::toString(results.takeError());
  EXPECT_EQ(numbersOf(results->results[0][0]), (std::vector<int64_t>{1, 2}));
  EXPECT_EQ(numbersOf(results->results[0][1]), (std::vector<int64_t>{-1, -2}));
}

TEST(Distribution, WhoWaitsForNobodyIsNamed) {
  Parsed parsed(kChannels);
  Grid grid;
  grid.programs = {{parsed.function("receiver")}};
  grid.arguments = {{tokenOf(parsed.context)}};
  auto results = runGrid(grid, {});
  ASSERT_FALSE(bool(results));
  EXPECT_EQ(llvm::toString(results.takeError()), "processes wait for others that do not come: (0, 0) at ingot.recv");
}

TEST(Distribution, FeedsAreReadInTurn) {
  Parsed parsed(kChannels);
  Grid grid;
  grid.programs = {{parsed.function("feeds"), parsed.function("feeds")}};
  grid.arguments = {{tokenOf(parsed.context)}, {tokenOf(parsed.context)}};
  grid.infeed = {{intsOf(parsed.context, {2}, {1, 2})}, {intsOf(parsed.context, {2}, {3, 4})}};
  auto results = runGrid(grid, {});
  ASSERT_TRUE(bool(results)) << llvm::toString(results.takeError());
  EXPECT_EQ(numbersOf(results->results[0][0]), (std::vector<int64_t>{1, 2}));
  EXPECT_EQ(numbersOf(results->results[1][0]), (std::vector<int64_t>{3, 4}));
  ASSERT_EQ(results->outfeed.size(), 2u);
  EXPECT_EQ(numbersOf(results->outfeed[1][0]), (std::vector<int64_t>{3, 4}));
}

// A program that runs alone is the one process of its grid.
TEST(Distribution, Alone) {
  expectValue(
      "%x = ingot.constant dense<[1, 2]> : tensor<2xi64>\n"
      "%r = ingot.all_gather (%x) dim = 0 groups = dense<[[0]]> : tensor<1x1xi64> : (tensor<2xi64>) -> tensor<2xi64>",
      "tensor<2xi64>", "dense<[1, 2]>");
}

} // namespace
} // namespace ingot::test
