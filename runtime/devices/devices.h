// The devices this runtime has, by name.
#ifndef INGOT_RUNTIME_DEVICES_DEVICES_H
#define INGOT_RUNTIME_DEVICES_DEVICES_H

#include <ingot/artifact.h>

#include "runtime/core/device.h"

namespace ingot::rt {

/// Kernels on `threads` (0: as many as the process may use) threads of this processor.
ingot_code openCpu(int32_t threads, Device &device, ingot_error *error);
/// Accepts everything, copies and fills, but runs no kernel: the template of a new device, and a way to time all but
/// kernels.
ingot_code openNull(int32_t threads, Device &device, ingot_error *error);

/// Open "cpu" (also null) or "null". Close with closeDevice.
ingot_code openDevice(const char *name, int32_t threads, Device &device, ingot_error *error);
void closeDevice(Device &device);

/// Names openDevice knows, in order; null after the last.
const char *deviceName(uint32_t index);

} // namespace ingot::rt

#endif // INGOT_RUNTIME_DEVICES_DEVICES_H
