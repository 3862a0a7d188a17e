#include <gtest/gtest.h>

#include <sched.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>
#include <vector>

#include "runtime/platform/fork_join.h"
#include "runtime/platform/processor.h"

using namespace ingot::rt;

namespace {

struct Work {
  std::vector<std::atomic<int>> done;
  std::vector<int32_t> worker;
  explicit Work(size_t count) : done(count), worker(count) {}
  static void task(void *data, int64_t index, int32_t worker) {
    Work &self = *static_cast<Work *>(data);
    self.done[static_cast<size_t>(index)]++;
    self.worker[static_cast<size_t>(index)] = worker;
  }
};

int threadsOfProcess() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.rfind("Threads:", 0) == 0)
      return std::stoi(line.substr(8));
  return -1;
}

TEST(ForkJoin, EveryIndexOnceByAFixedWorker) {
  for (int32_t workers : {1, 2, 3, 8}) {
    ingot_pool *const pool = makeForkJoinPool(workers);
    ASSERT_EQ(pool->workers, workers);
    for (size_t count : {0, 1, 2, 7, 8, 100}) {
      std::vector<int32_t> first;
      for (int repeat = 0; repeat < 50; ++repeat) {
        Work work(count);
        pool->parallel_for(pool->context, static_cast<int64_t>(count), Work::task, &work);
        for (size_t i = 0; i < count; ++i)
          ASSERT_EQ(work.done[i], 1);
        if (repeat == 0)
          first = work.worker;
        ASSERT_EQ(work.worker, first);
      }
      EXPECT_TRUE(std::is_sorted(first.begin(), first.end()));
    }
    destroyForkJoinPool(pool);
  }
}

// Long enough apart for the workers to fall asleep, and long enough in one task for the caller to.
TEST(ForkJoin, SleepersWake) {
  ingot_pool *const pool = makeForkJoinPool(3);
  for (int round = 0; round < 5; ++round) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    std::atomic<int> done = 0;
    pool->parallel_for(
        pool->context, 3,
        [](void *data, int64_t index, int32_t) {
          if (index == 2)
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
          ++*static_cast<std::atomic<int> *>(data);
        },
        &done);
    EXPECT_EQ(done, 3);
  }
  destroyForkJoinPool(pool);
}

TEST(ForkJoin, OneWorkerIsTheCallerAlone) {
  const int before = threadsOfProcess();
  if (before < 0)
    GTEST_SKIP() << "no /proc/self/status to count threads";
  ingot_pool *const one = makeForkJoinPool(1);
  EXPECT_EQ(threadsOfProcess(), before);
  destroyForkJoinPool(one);
  ingot_pool *const four = makeForkJoinPool(4);
  EXPECT_EQ(threadsOfProcess(), before + 3);
  destroyForkJoinPool(four);
}

TEST(Processor, CountFollowsTheAffinity) {
  cpu_set_t set, one;
  ASSERT_EQ(sched_getaffinity(0, sizeof set, &set), 0);
  EXPECT_GE(usableProcessors(), 1);
  EXPECT_LE(usableProcessors(), CPU_COUNT(&set));
  CPU_ZERO(&one);
  for (int cpu = 0; cpu < CPU_SETSIZE && CPU_COUNT(&one) == 0; ++cpu)
    if (CPU_ISSET(cpu, &set))
      CPU_SET(cpu, &one);
  ASSERT_EQ(sched_setaffinity(0, sizeof one, &one), 0);
  EXPECT_EQ(usableProcessors(), 1);
  ASSERT_EQ(sched_setaffinity(0, sizeof set, &set), 0);
}

class Groups : public testing::Test {
protected:
  void SetUp() override {
    std::string folder = (std::filesystem::temp_directory_path() / "ingot-groups-XXXXXX").string();
    root = mkdtemp(folder.data());
  }
  void TearDown() override { std::filesystem::remove_all(root); }
  void write(const std::string &path, const std::string &text) {
    std::filesystem::create_directories((root + "/" + path).substr(0, (root + "/" + path).rfind('/')));
    std::ofstream(root + "/" + path) << text;
  }
  int64_t quota() { return quotaProcessors((root + "/self").c_str(), (root + "/mount").c_str()); }
  std::string root;
};

TEST_F(Groups, WithoutQuota) {
  EXPECT_EQ(quota(), INT32_MAX);
  write("self", "0::/user/shell\n");
  EXPECT_EQ(quota(), INT32_MAX);
  write("mount/user/shell/cpu.max", "max 100000\n");
  EXPECT_EQ(quota(), INT32_MAX);
}

TEST_F(Groups, Version2TakesTheLeastOfItsGroupAndThoseAround) {
  write("self", "0::/user/shell\n");
  write("mount/user/shell/cpu.max", "350000 100000\n");
  EXPECT_EQ(quota(), 4);
  write("mount/user/cpu.max", "150000 100000\n");
  EXPECT_EQ(quota(), 2);
  write("mount/cpu.max", "1000 100000\n");
  EXPECT_EQ(quota(), 1);
}

// In a container the path may be the host's, which the container does not see: its own root counts.
TEST_F(Groups, Version2OfAnUnseenPath) {
  write("self", "0::/docker/abc\n");
  write("mount/cpu.max", "300000 100000");
  EXPECT_EQ(quota(), 3);
}

TEST_F(Groups, Version1) {
  write("self", "5:memory:/box\n4:cpu,cpuacct:/box\n3:cpuset:/other\n");
  write("mount/cpu/box/cpu.cfs_quota_us", "-1\n");
  write("mount/cpu/box/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(quota(), INT32_MAX);
  write("mount/cpu/box/cpu.cfs_quota_us", "200000\n");
  EXPECT_EQ(quota(), 2);
}

// What the system prints of the processor and what is detected agree.
TEST(Processor, FeaturesMatchTheSystem) {
#if defined(__x86_64__)
  std::ifstream info("/proc/cpuinfo");
  std::string flags;
  for (std::string line; flags.empty() && std::getline(info, line);)
    if (line.rfind("flags", 0) == 0)
      flags = " " + line.substr(line.find(':') + 1) + " ";
  if (flags.empty())
    GTEST_SKIP() << "no /proc/cpuinfo to compare with";
  const std::pair<int, const char *> named[] = {{INGOT_X86_SSE3, "pni"},
                                                {INGOT_X86_SSSE3, "ssse3"},
                                                {INGOT_X86_SSE41, "sse4_1"},
                                                {INGOT_X86_SSE42, "sse4_2"},
                                                {INGOT_X86_POPCNT, "popcnt"},
                                                {INGOT_X86_CX16, "cx16"},
                                                {INGOT_X86_LAHF, "lahf_lm"},
                                                {INGOT_X86_AVX, "avx"},
                                                {INGOT_X86_AVX2, "avx2"},
                                                {INGOT_X86_FMA, "fma"},
                                                {INGOT_X86_F16C, "f16c"},
                                                {INGOT_X86_BMI, "bmi1"},
                                                {INGOT_X86_BMI2, "bmi2"},
                                                {INGOT_X86_LZCNT, "abm"},
                                                {INGOT_X86_MOVBE, "movbe"},
                                                {INGOT_X86_AVX512F, "avx512f"},
                                                {INGOT_X86_AVX512BW, "avx512bw"},
                                                {INGOT_X86_AVX512CD, "avx512cd"},
                                                {INGOT_X86_AVX512DQ, "avx512dq"},
                                                {INGOT_X86_AVX512VL, "avx512vl"},
                                                {INGOT_X86_AVX512VNNI, "avx512_vnni"},
                                                {INGOT_X86_AVX512BF16, "avx512_bf16"},
                                                {INGOT_X86_AVX512FP16, "avx512_fp16"},
                                                {INGOT_X86_AVX512VBMI, "avx512vbmi"},
                                                {INGOT_X86_AVX512VBMI2, "avx512_vbmi2"},
                                                {INGOT_X86_AVX512IFMA, "avx512ifma"},
                                                {INGOT_X86_AVX512BITALG, "avx512_bitalg"},
                                                {INGOT_X86_AVX512VPOPCNTDQ, "avx512_vpopcntdq"},
                                                {INGOT_X86_AVXVNNI, "avx_vnni"}};
  const uint64_t features = processFeatures(0);
  for (const auto &[bit, name] : named)
    EXPECT_EQ((features >> bit & 1) != 0, flags.find(" " + std::string(name) + " ") != std::string::npos) << name;
#endif
}

} // namespace
