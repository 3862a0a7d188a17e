#include "runtime/core/host.h"
#include "runtime/devices/devices.h"
#include "runtime/platform/memory.h"

namespace ingot::rt {

ingot_code openNull(int32_t, Device &device, ingot_error *) {
  device = hostDevice(nullptr);
  device.name = "null";
  device.runsKernels = false;
  device.alloc = [](void *, uint64_t bytes, uint64_t alignment) { return allocateAligned(bytes, alignment); };
  device.free = [](void *, void *memory, uint64_t) { releaseAligned(memory); };
  device.dispatch = [](void *, const Launch &) {};
  return INGOT_OK;
}

} // namespace ingot::rt
