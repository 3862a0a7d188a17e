#include "runtime/core/host.h"
#include "runtime/core/message.h"
#include "runtime/devices/devices.h"
#include "runtime/platform/fork_join.h"
#include "runtime/platform/memory.h"
#include "runtime/platform/processor.h"

namespace ingot::rt {

ingot_code openCpu(int32_t threads, Device &device, ingot_error *error) {
  ingot_pool *const pool = makeForkJoinPool(threads == 0 ? usableProcessors() : threads);
  if (!pool)
    return Failure(error, INGOT_OUT_OF_MEMORY) << "no memory for " << threads << " threads";
  device = hostDevice(pool);
  device.name = "cpu";
  device.alloc = [](void *, uint64_t bytes, uint64_t alignment) { return allocateAligned(bytes, alignment); };
  device.free = [](void *, void *memory, uint64_t) { releaseAligned(memory); };
  device.close = [](void *context) { destroyForkJoinPool(static_cast<ingot_pool *>(context)); };
  return INGOT_OK;
}

} // namespace ingot::rt
