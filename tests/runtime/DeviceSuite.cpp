// What every device must do, asked of each one the runtime has. A new device is added to devices.cpp and passes this suite.
#include <gtest/gtest.h>

#include <cstring>
#include <numeric>
#include <vector>

#include "runtime/devices/devices.h"

using namespace ingot::rt;

namespace {

std::vector<std::string> deviceNames() {
  std::vector<std::string> names;
  for (uint32_t i = 0; deviceName(i); ++i)
    names.push_back(deviceName(i));
  return names;
}

class DeviceSuite : public testing::TestWithParam<std::tuple<std::string, int32_t>> {
protected:
  void SetUp() override {
    ingot_error error{};
    ASSERT_EQ(openDevice(std::get<0>(GetParam()).c_str(), std::get<1>(GetParam()), device, &error), INGOT_OK)
        << error.message;
  }
  void TearDown() override { closeDevice(device); }

  /// Bytes in device memory, uploaded from the host.
  uint8_t *upload(const std::vector<uint8_t> &bytes) {
    uint8_t *const memory = static_cast<uint8_t *>(device.alloc(device.context, bytes.size(), 64));
    EXPECT_NE(memory, nullptr);
    device.copy(device.context, memory, bytes.data(), bytes.size(), CopyKind::HostToDevice);
    return memory;
  }
  std::vector<uint8_t> download(const void *memory, size_t bytes) {
    std::vector<uint8_t> out(bytes);
    device.copy(device.context, out.data(), memory, bytes, CopyKind::DeviceToHost);
    return out;
  }
  void release(void *memory, size_t bytes) { device.free(device.context, memory, bytes); }

  Device device{};
};

std::vector<uint8_t> counting(size_t size) {
  std::vector<uint8_t> bytes(size);
  std::iota(bytes.begin(), bytes.end(), static_cast<uint8_t>(3));
  return bytes;
}

TEST_P(DeviceSuite, HasItsName) {
  EXPECT_EQ(device.name, std::get<0>(GetParam()));
  EXPECT_GE(device.workers, 1);
}

TEST_P(DeviceSuite, AllocatesAligned) {
  for (uint64_t bytes : {0ull, 1ull, 64ull, 1000ull, 5ull << 20}) {
    void *const memory = device.alloc(device.context, bytes, 64);
    ASSERT_NE(memory, nullptr) << bytes;
    EXPECT_EQ(reinterpret_cast<uintptr_t>(memory) % 64, 0u) << bytes;
    release(memory, bytes);
  }
#ifndef INGOT_TEST_SANITIZED
  EXPECT_EQ(device.alloc(device.context, 1ull << 62, 64), nullptr);
#endif
  EXPECT_EQ(device.alloc(device.context, ~0ull, 64), nullptr);
}

TEST_P(DeviceSuite, CopiesThereAndBack) {
  for (size_t size : {1, 7, 64, 4097}) {
    const std::vector<uint8_t> bytes = counting(size);
    uint8_t *const first = upload(bytes), *const second = upload(std::vector<uint8_t>(size));
    device.copy(device.context, second, first, size, CopyKind::DeviceToDevice);
    EXPECT_EQ(download(second, size), bytes);
    release(first, size);
    release(second, size);
  }
}

TEST_P(DeviceSuite, FillsPatterns) {
  for (uint32_t width : {1u, 2u, 4u, 8u})
    for (size_t count : {0, 1, 3, 5, 100})
      for (uint64_t pattern : {0ull, 0x0101010101010101ull, 0x8877665544332211ull}) {
        const size_t size = width * count;
        uint8_t *const memory = upload(std::vector<uint8_t>(size + 16, 0xee));
        device.fill(device.context, memory, size, pattern, width);
        const std::vector<uint8_t> bytes = download(memory, size + 16);
        for (size_t i = 0; i < size + 16; ++i)
          ASSERT_EQ(bytes[i], i < size ? static_cast<uint8_t>(pattern >> i % width * 8) : 0xee)
              << width << " x " << count << " at " << i;
        release(memory, size + 16);
      }
}

/// out[tile] += scalars[0], and 0x100 more if no other worker wrote to this scratch meanwhile.
void countTiles(void *const *buffers, const int64_t *scalars, int64_t begin, int64_t end, void *scratch) {
  int32_t *const out = static_cast<int32_t *>(buffers[1]);
  volatile int64_t *const own = static_cast<int64_t *>(scratch);
  for (int64_t tile = begin; tile < end; ++tile) {
    *own = tile;
    for (int spin = 0; spin < 50; ++spin) {
      __asm__ volatile("" ::: "memory");
    }
    out[tile] += static_cast<int32_t>(scalars[0]) + (*own == tile ? 0x100 : 0);
  }
}

TEST_P(DeviceSuite, ComputesEveryTileOnce) {
  constexpr uint64_t stride = 64;
  std::vector<uint8_t> scratchBytes(stride * static_cast<uint64_t>(device.workers));
  uint8_t *const scratch = upload(scratchBytes);
  for (int64_t tiles : {0, 1, 2, 3, 4, 5, 16, 1000}) {
    const size_t size = static_cast<size_t>(tiles + 1) * 4;
    uint8_t *const in = upload(std::vector<uint8_t>(8)), *const out = upload(std::vector<uint8_t>(size));
    void *buffers[] = {in, out};
    const int64_t scalars[] = {7};
    for (int repeat = 0; repeat < 10; ++repeat)
      device.dispatch(device.context, Launch{countTiles, buffers, scalars, tiles, scratch, stride});
    std::vector<int32_t> counts(static_cast<size_t>(tiles + 1));
    memcpy(counts.data(), download(out, size).data(), size);
    for (int64_t i = 0; i <= tiles; ++i)
      ASSERT_EQ(counts[static_cast<size_t>(i)], device.runsKernels && i < tiles ? 10 * 0x107 : 0) << i << " of " << tiles;
    release(in, 8);
    release(out, size);
  }
  release(scratch, scratchBytes.size());
}

INSTANTIATE_TEST_SUITE_P(Devices, DeviceSuite,
                         testing::Combine(testing::ValuesIn(deviceNames()), testing::Values(0, 1, 2, 5)),
                         [](const auto &info) {
                           return std::get<0>(info.param) + "_" + std::to_string(std::get<1>(info.param)) + "_threads";
                         });

} // namespace
