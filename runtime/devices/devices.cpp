#include "runtime/devices/devices.h"

#include <string.h>

#include "runtime/core/message.h"

namespace ingot::rt {
namespace {

constexpr uint32_t deviceCount = 2;

} // namespace

const char *deviceName(uint32_t index) { return index == 0 ? "cpu" : index == 1 ? "null" : nullptr; }

ingot_code openDevice(const char *name, int32_t threads, Device &device, ingot_error *error) {
  if (threads < 0)
    return Failure(error, INGOT_INVALID) << "threads = " << threads << ": want 0 (as many as there are processors) or more";
  if (!name || strcmp(name, "cpu") == 0)
    return openCpu(threads, device, error);
  if (strcmp(name, "null") == 0)
    return openNull(threads, device, error);
  Failure failure(error, INGOT_NOT_FOUND);
  failure << "no device " << Quoted{name} << "; there are";
  for (uint32_t i = 0; i < deviceCount; ++i)
    failure << (i == 0 ? " " : ", ") << deviceName(i);
  return failure;
}

void closeDevice(Device &device) {
  if (device.close)
    device.close(device.context);
  device = Device{};
}

} // namespace ingot::rt
