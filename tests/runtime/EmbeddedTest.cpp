// The object form's interpreter, linked without the runtime library.
#include <gtest/gtest.h>

#include "runtime/core/embedded.h"
#include "tests/runtime/Samples.h"

using namespace ingot::test;

namespace {

std::vector<float> run(const BuiltArtifact &built, const std::vector<float> &x, std::vector<uint8_t> &workspace,
                       const ingot_pool *pool) {
  int64_t rows = static_cast<int64_t>(x.size()) / sampleColumns;
  std::vector<float> y(static_cast<size_t>(rows), -1);
  const void *inputs[] = {x.data()};
  void *results[] = {y.data()};
  EXPECT_EQ(ingot_embedded_run(built.image(), 0, inputs, results, &rows, workspace.data(), pool), 0);
  return y;
}

uint64_t workspaceBytes(const BuiltArtifact &built, int64_t rows, int32_t workers) {
  std::vector<int64_t> values(built.header()->exprs.count);
  return ingot_embedded_workspace_bytes(built.header(), 0, &rows, workers, values.data());
}

TEST(Embedded, RunsInAnyWorkspace) {
  const BuiltArtifact built = rowSums();
  for (int64_t rows : {1, 2, 64})
    for (size_t shift : {0, 1, 63})
      for (int content : {0, 0xff, 0x5a}) {
        const uint64_t bytes = workspaceBytes(built, rows, 1);
        std::vector<uint8_t> memory(bytes + shift + 64, static_cast<uint8_t>(content));
        std::vector<uint8_t> guard(memory.begin(), memory.end());
        const std::vector<float> x = sampleRows(rows);
        std::vector<float> y(static_cast<size_t>(rows));
        const void *inputs[] = {x.data()};
        void *results[] = {y.data()};
        for (int call = 0; call < 3; ++call) {
          ASSERT_EQ(ingot_embedded_run(built.image(), 0, inputs, results, &rows, memory.data() + shift, nullptr), 0);
          EXPECT_EQ(y, expectedRowSums(x));
        }
        for (size_t i = 0; i < memory.size(); ++i)
          if (i < shift || i >= shift + bytes)
            ASSERT_EQ(memory[i], content) << "outside the workspace";
      }
}

TEST(Embedded, SizesOfData) {
  const BuiltArtifact built = keepPositive();
  std::vector<int64_t> values(built.header()->exprs.count);
  int64_t sizes[] = {64, 3}; // of data: the most
  std::vector<uint8_t> workspace(ingot_embedded_workspace_bytes(built.header(), 0, sizes, 1, values.data()));
  const auto call = [&](std::vector<float> x, std::vector<float> expected, int code = 0) {
    std::vector<float> y(3, -7);
    std::vector<uint8_t> ones(6);
    const void *inputs[] = {x.data()};
    void *results[] = {y.data(), ones.data()};
    sizes[0] = static_cast<int64_t>(x.size());
    sizes[1] = -1; // written alone
    ASSERT_EQ(ingot_embedded_run(built.image(), 0, inputs, results, sizes, workspace.data(), nullptr), code);
    if (code != 0)
      return;
    EXPECT_EQ(sizes[1], static_cast<int64_t>(expected.size()));
    expected.resize(3, -7);
    EXPECT_EQ(y, expected);
  };
  call({1, -2, 3}, {2, 6});
  call({-1}, {});
  call({1, 2, 3, 4}, {}, 1);
  call({3, 2, 1}, {6, 4, 2});
}

TEST(Embedded, SizesOutOfRange) {
  const BuiltArtifact built = rowSums();
  std::vector<uint8_t> workspace(workspaceBytes(built, 64, 1));
  for (int64_t rows : {0, 65, -3})
    EXPECT_EQ(ingot_embedded_run(built.image(), 0, nullptr, nullptr, &rows, workspace.data(), nullptr), 1);
}

// A caller's pool that runs the tasks one after the other, each on another worker.
TEST(Embedded, TakesTheCallersPool) {
  const BuiltArtifact built = rowSums();
  static int64_t tasks;
  tasks = 0;
  ingot_pool pool{sizeof pool, 3, nullptr, [](void *, int64_t count, void (*task)(void *, int64_t, int32_t), void *data) {
                    for (int64_t i = count; i-- > 0; ++tasks)
                      task(data, i, static_cast<int32_t>(i));
                  }};
  std::vector<uint8_t> workspace(workspaceBytes(built, 64, 3));
  EXPECT_EQ(run(built, sampleRows(64), workspace, &pool), expectedRowSums(sampleRows(64)));
  EXPECT_EQ(tasks, 6);
  EXPECT_EQ(run(built, sampleRows(2), workspace, &pool), expectedRowSums(sampleRows(2)));
  EXPECT_EQ(tasks, 10);
}

TEST(Embedded, FeaturesTheProcessorLacks) {
#if defined(__x86_64__)
  TableBuilder b;
  b.beginEntry("main");
  b.kernel("k", {{scaleRows, 1ull << 60}}, b.constant(1));
  b.endEntry(b.commands({}));
  const BuiltArtifact built = b.build();
  std::vector<uint8_t> workspace(4096);
  for (int call = 0; call < 2; ++call)
    EXPECT_EQ(ingot_embedded_run(built.image(), 0, nullptr, nullptr, nullptr, workspace.data(), nullptr), 5);
#endif
}

} // namespace
