// What this process may use of the machine: processors and instruction-set features.
#ifndef INGOT_RUNTIME_PLATFORM_PROCESSOR_H
#define INGOT_RUNTIME_PLATFORM_PROCESSOR_H

#include <stdint.h>

namespace ingot::rt {

/// Threads worth starting: the processors this process may run on, bounded by its control group's CPU quota (version 2 or
/// 1). At least 1. Without /proc and /sys the affinity alone decides.
int32_t usableProcessors();

/// Processors that the CPU quotas of the control groups listed in the file `groups`, beneath `mount`, amount to; INT32_MAX
/// without a quota.
int64_t quotaProcessors(const char *groups, const char *mount);

/// Features for kernels of this process. Where `wanted` holds AMX bits, the system is asked for the permission to use them.
uint64_t processFeatures(uint64_t wanted);

/// A monotonic clock, in nanoseconds.
uint64_t nanoseconds();

} // namespace ingot::rt

#endif // INGOT_RUNTIME_PLATFORM_PROCESSOR_H
