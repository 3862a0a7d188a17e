#include "runtime/core/host.h"

namespace ingot::rt {
namespace {

struct Split {
  const Launch &launch;
  int64_t runs;
};

void computeRun(void *data, int64_t index, int32_t worker) {
  const Split &split = *static_cast<const Split *>(data);
  const Launch &launch = split.launch;
  const int64_t length = launch.tiles / split.runs, longer = launch.tiles % split.runs;
  const int64_t begin = index * length + (index < longer ? index : longer);
  const int64_t end = begin + length + (index < longer ? 1 : 0);
  launch.function(launch.buffers, launch.scalars, begin, end, launch.scratch + worker * launch.scratchStride);
}

} // namespace

void hostCopy(void *, void *to, const void *from, uint64_t bytes, CopyKind) {
  if (to != from && bytes != 0)
    __builtin_memmove(to, from, static_cast<size_t>(bytes));
}

void hostFill(void *, void *to, uint64_t bytes, uint64_t pattern, uint32_t patternSize) {
  for (uint32_t width = patternSize; width < 8; width *= 2)
    pattern = (pattern & ((1ull << width * 8) - 1)) | pattern << width * 8;
  uint8_t *at = static_cast<uint8_t *>(to);
  const uint64_t lowest = pattern & 0xff;
  if (pattern == lowest * 0x0101010101010101ull) {
    __builtin_memset(at, static_cast<int>(lowest), static_cast<size_t>(bytes));
    return;
  }
  uint64_t done = 0;
  for (; done + 8 <= bytes; done += 8)
    __builtin_memcpy(at + done, &pattern, 8);
  for (; done < bytes; ++done)
    at[done] = static_cast<uint8_t>(pattern >> done % 8 * 8);
}

void hostDispatch(void *context, const Launch &launch) {
  const ingot_pool *pool = static_cast<const ingot_pool *>(context);
  const int64_t runs = partsOf(launch, pool ? pool->workers : 1);
  if (launch.tiles <= 0)
    return;
  if (runs <= 1) {
    launch.function(launch.buffers, launch.scalars, 0, launch.tiles, launch.scratch);
    return;
  }
  Split split{launch, runs};
  pool->parallel_for(pool->context, runs, computeRun, &split);
}

Device hostDevice(const ingot_pool *pool) {
  Device device{};
  device.name = "host";
  device.context = const_cast<ingot_pool *>(pool);
  device.workers = pool && pool->workers > 1 ? pool->workers : 1;
  device.runsKernels = true;
  device.copy = hostCopy;
  device.fill = hostFill;
  device.dispatch = hostDispatch;
  return device;
}

} // namespace ingot::rt
