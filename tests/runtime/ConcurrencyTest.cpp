// Sessions of one artifact in threads of their own, each with its own pool: the answers are those of one thread. Made for the
// thread sanitizer (preset tsan) as well.
#include "tests/runtime/Loaded.h"
#include "tests/runtime/Samples.h"

#include <atomic>
#include <thread>

using namespace ingot::test;

namespace {

/// Runs `body(i)` in `count` threads that start together.
template <typename Body> void inThreads(int count, const Body &body) {
  std::atomic<int> waiting = count;
  std::vector<std::thread> threads;
  for (int i = 0; i < count; ++i)
    threads.emplace_back([&, i] {
      for (--waiting; waiting.load() > 0;)
        std::this_thread::yield();
      body(i);
    });
  for (std::thread &thread : threads)
    thread.join();
}

std::vector<float> runOnce(ingot_session *session, const std::vector<float> &values) {
  std::vector<float> x = values, y(64, -1);
  ingot_buffer in = floats(x, {static_cast<int64_t>(x.size()) / sampleColumns, sampleColumns}), out = floats(y, {64});
  ingot_error error{};
  EXPECT_EQ(ingot_run(session, &in, 1, &out, 1, &error), INGOT_OK) << error.message;
  y.resize(x.size() / sampleColumns);
  return y;
}

TEST(Concurrency, SessionsOfOneArtifact) {
  const BuiltArtifact built = rowSums();
  ingot_error error{};
  ingot_artifact *artifact = ingot_load_image(built.image(), &error);
  ASSERT_NE(artifact, nullptr) << error.message;
  inThreads(4, [&](int i) {
    for (int round = 0; round < 20; ++round) {
      // Made and destroyed while others run; some with workers.
      ingot_error mine{};
      ingot_session_options options{sizeof options, 1 + (i + round) % 3, nullptr, round % 2};
      ingot_session *session = ingot_session_create(artifact, nullptr, &options, &mine);
      ASSERT_NE(session, nullptr) << mine.message;
      for (int64_t rows : {1, 64, 7}) {
        std::vector<float> x = sampleRows(rows);
        ASSERT_EQ(runOnce(session, x), expectedRowSums(x));
      }
      ingot_session_destroy(session);
    }
  });
  ingot_unload(artifact);
}

TEST(Concurrency, ArtifactsLoadedAtOnce) {
  const BuiltArtifact built = rowSums();
  inThreads(4, [&](int) {
    for (int round = 0; round < 10; ++round) {
      Loaded loaded(built, 2);
      std::vector<float> x = sampleRows(5);
      ASSERT_EQ(runOnce(loaded.session, x), expectedRowSums(x));
    }
  });
}

// One session is for one call at a time; others refuse on their own threads what is wrong meanwhile, in words of their own.
TEST(Concurrency, ErrorsStayWithTheirCalls) {
  const BuiltArtifact built = rowSums();
  inThreads(3, [&](int i) {
    Loaded loaded(built);
    for (int round = 0; round < 50; ++round) {
      std::vector<float> x(32), y(64);
      ingot_buffer in = floats(x, {2, sampleColumns}), out = floats(y, {64});
      in.dims[1] = 100 + i;
      ingot_error error{};
      ASSERT_EQ(ingot_run(loaded.session, &in, 1, &out, 1, &error), INGOT_INVALID);
      ASSERT_NE(std::string(error.message).find("got f32[2," + std::to_string(100 + i) + "]"), std::string::npos);
    }
  });
}

// A pool handed from one thread to the next: what a task wrote in one round is there in the next.
TEST(Concurrency, ASessionMayChangeItsThread) {
  const BuiltArtifact built = rowSums();
  Loaded loaded(built, 3);
  for (int round = 0; round < 10; ++round)
    std::thread([&] {
      std::vector<float> x = sampleRows(1 + round * 5);
      EXPECT_EQ(runOnce(loaded.session, x), expectedRowSums(x));
    }).join();
}

} // namespace
