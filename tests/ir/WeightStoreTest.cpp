#include "ir/WeightStore.h"
#include "ir/Types.h"
#include "mlir/AsmParser/AsmParser.h"
#include "gtest/gtest.h"

#include <cstring>
#include <fcntl.h>
#include <thread>
#include <unistd.h>

using namespace mlir;

namespace ingot::test {
namespace {

template <typename T> std::vector<char> bytesOf(std::vector<T> values) {
  std::vector<char> bytes(values.size() * sizeof(T));
  std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

template <typename T> std::vector<T> valuesOf(const std::vector<char> &bytes) {
  std::vector<T> values(bytes.size() / sizeof(T));
  std::memcpy(values.data(), bytes.data(), bytes.size());
  return values;
}

struct WeightStoreTest : testing::Test {
  MLIRContext context;
  WeightStore store;
  WeightStoreTest() { context.loadDialect<IngotDialect>(); }

  RankedTensorType type(StringRef text) {
    return cast<RankedTensorType>(parseType(("tensor<" + text + ">").str(), &context));
  }
  void addOwned(StringRef key, StringRef typeText, std::vector<char> bytes) {
    store.add(key, {WeightSource::Kind::Owned, type(typeText), nullptr, 0, std::move(bytes)});
  }
  // A file with these bytes, already unlinked.
  std::shared_ptr<WeightFile> file(const std::vector<char> &bytes, uint64_t claimedSize) {
    std::string path = testing::TempDir() + "/weightstore.XXXXXX";
    int descriptor = mkstemp(path.data());
    EXPECT_EQ(write(descriptor, bytes.data(), bytes.size()), ssize_t(bytes.size()));
    unlink(path.c_str());
    return std::make_shared<WeightFile>(descriptor, "model.onnx", claimedSize);
  }
  // The value of a weight whose initialiser is `text`: `<"key" : type> [steps]`, of type `result`.
  llvm::Expected<std::vector<char>> evaluate(const std::string &source, const std::string &steps,
                                             const std::string &result) {
    OpBuilder builder(&context);
    OwningOpRef<ModuleOp> module = ModuleOp::create(builder.getUnknownLoc());
    builder.setInsertionPointToEnd(module->getBody());
    auto sourceAttr = cast<SourceAttr>(parseAttribute("#ingot.source" + source, &context));
    auto stepsAttr = cast<ArrayAttr>(parseAttribute(steps, &context));
    auto weight = WeightOp::create(builder, builder.getUnknownLoc(), "w", StringAttr(), type(result), sourceAttr, stepsAttr);
    return evaluateWeight(weight, store);
  }
};

TEST_F(WeightStoreTest, KeysAreMadeUnique) {
  WeightSource splat{WeightSource::Kind::Splat, type("4xf32"), nullptr, 0, bytesOf<float>({1})};
  EXPECT_EQ(store.add("w", splat), "w");
  EXPECT_EQ(store.add("w", splat), "w_1");
  EXPECT_EQ(store.add("w", splat), "w_2");
  EXPECT_EQ(store.size(), 3u);
  EXPECT_FALSE(store.find("v"));
}

TEST_F(WeightStoreTest, ReadsEveryKind) {
  addOwned("owned", "2xf32", bytesOf<float>({1, 2}));
  store.add("splat", {WeightSource::Kind::Splat, type("3xi16"), nullptr, 0, bytesOf<int16_t>({7})});
  store.add("range", {WeightSource::Kind::FileRange, type("2xi32"), file(bytesOf<int32_t>({9, 8, 7, 6}), 16), 4, {}});
  std::vector<char> bytes;
  ASSERT_FALSE(bool(store.read("owned", bytes)));
  EXPECT_EQ(valuesOf<float>(bytes), (std::vector<float>{1, 2}));
  ASSERT_FALSE(bool(store.read("splat", bytes)));
  EXPECT_EQ(valuesOf<int16_t>(bytes), (std::vector<int16_t>{7, 7, 7}));
  ASSERT_FALSE(bool(store.read("range", bytes)));
  EXPECT_EQ(valuesOf<int32_t>(bytes), (std::vector<int32_t>{8, 7}));
}

TEST_F(WeightStoreTest, ReportsWhatIsMissing) {
  auto range = [&](uint64_t offset, uint64_t claimed) {
    std::string key =
        store.add("r", {WeightSource::Kind::FileRange, type("2xi32"), file(bytesOf<int32_t>({1, 2}), claimed), offset, {}});
    std::vector<char> bytes;
    return llvm::toString(store.read(key, bytes));
  };
  EXPECT_EQ(range(4, 8), "model.onnx: bytes 4 to 12 are beyond the file's end at 8");
  EXPECT_EQ(range(UINT64_MAX - 2, 8), "model.onnx: bytes 18446744073709551613 to 5 are beyond the file's end at 8");
  EXPECT_EQ(range(8, 100), "model.onnx: the file ended at byte 8 while it was read; it had 100 bytes");
  addOwned("short", "3xf32", bytesOf<float>({1}));
  std::vector<char> bytes;
  EXPECT_EQ(llvm::toString(store.read("short", bytes)), "weight 'short': f32[3] takes 12 bytes, but the entry has 4");
  EXPECT_EQ(llvm::toString(store.read("none", bytes)), "the weight store has no entry 'none'");
}

TEST_F(WeightStoreTest, ReadsFromManyThreads) {
  std::vector<int32_t> values(1 << 16);
  for (size_t i = 0; i != values.size(); ++i)
    values[i] = int32_t(i);
  auto shared = file(bytesOf(values), values.size() * 4);
  for (int i = 0; i != 8; ++i)
    store.add("part" + std::to_string(i),
              {WeightSource::Kind::FileRange, type("8192xi32"), shared, uint64_t(i) * 32768, {}});
  std::vector<std::thread> threads;
  std::vector<int> wrong(8, 0);
  for (int i = 0; i != 8; ++i)
    threads.emplace_back([&, i] {
      std::vector<char> bytes;
      if (llvm::Error error = store.read("part" + std::to_string(i), bytes)) {
        llvm::consumeError(std::move(error));
        wrong[size_t(i)] = 1;
      } else {
        for (int32_t k = 0; k != 8192; ++k)
          wrong[size_t(i)] += valuesOf<int32_t>(bytes)[size_t(k)] != i * 8192 + k && k % 512 == 0;
      }
    });
  for (std::thread &thread : threads)
    thread.join();
  EXPECT_EQ(wrong, std::vector<int>(8, 0));
}

TEST_F(WeightStoreTest, EvaluatesEveryStep) {
  addOwned("m", "2x3xi8", bytesOf<int8_t>({1, 2, 3, 4, 5, 6}));
  addOwned("scale", "3xf32", bytesOf<float>({1, 10, 100}));
  auto expect = [&](const std::string &steps, const std::string &result, const std::vector<float> &expected) {
    auto bytes = evaluate("<\"m\" : tensor<2x3xi8>>", "[#ingot.to<f32>" + (steps.empty() ? "" : ", " + steps) + "]", result);
    ASSERT_TRUE(bool(bytes)) << llvm::toString(bytes.takeError());
    EXPECT_EQ(valuesOf<float>(*bytes), expected) << steps;
  };
  expect("", "2x3xf32", {1, 2, 3, 4, 5, 6});
  expect("#ingot.permute<[1, 0]>", "3x2xf32", {1, 4, 2, 5, 3, 6});
  expect("#ingot.shape<[6]>", "6xf32", {1, 2, 3, 4, 5, 6});
  expect("#ingot.slice<[0, 1] to [2, 2]>", "2x1xf32", {2, 5});
  expect("#ingot.slice<[1, 0] to [2, 3] step [1, 2]>", "1x2xf32", {4, 6});
  expect("#ingot.reverse<[1]>", "2x3xf32", {3, 2, 1, 6, 5, 4});
  expect("#ingot.reverse<[0, 1]>, #ingot.slice<[0, 0] to [2, 3] step [1, 2]>", "2x2xf32", {6, 4, 3, 1});
  expect("#ingot.scale<1, \"scale\">", "2x3xf32", {1, 20, 300, 4, 50, 600});
  expect("#ingot.permute<[1, 0]>, #ingot.scale<0, \"scale\">", "3x2xf32", {1, 4, 20, 50, 300, 600});
  expect("#ingot.pack<1, 2>", "2x2x2xf32", {1, 2, 4, 5, 3, 0, 6, 0});
  expect("#ingot.pack<0, 4>", "1x3x4xf32", {1, 4, 0, 0, 2, 5, 0, 0, 3, 6, 0, 0});
  expect("#ingot.permute<[1, 0]>, #ingot.pack<0, 2>", "2x2x2xf32", {1, 2, 4, 5, 3, 0, 6, 0});
}

TEST_F(WeightStoreTest, RefusesWeightsThatDoNotFitTheStore) {
  addOwned("m", "2x3xf32", bytesOf<float>({1, 2, 3, 4, 5, 6}));
  auto errorOf = [&](const std::string &source, const std::string &steps) {
    auto bytes = evaluate(source, steps, "2x3xf32");
    return bytes ? "no error" : llvm::toString(bytes.takeError());
  };
  EXPECT_EQ(errorOf("<\"n\" : tensor<2x3xf32>>", "[]"), "weight 'w': the weight store has no entry 'n'");
  EXPECT_EQ(errorOf("<\"m\" : tensor<3x2xf32>>", "[]"),
            "weight 'w': entry 'm' of the store is f32[2,3], but f32[3,2] is needed");
  EXPECT_EQ(errorOf("<\"m\" : tensor<2x3xf32>>", "[#ingot.scale<1, \"k\">]"),
            "scale 'k' is not in the store, but a vector of 3 is needed");
}

} // namespace
} // namespace ingot::test
