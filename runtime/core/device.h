// The device interface: what the interpreter asks of whatever executes an artifact's commands.
#ifndef INGOT_RUNTIME_CORE_DEVICE_H
#define INGOT_RUNTIME_CORE_DEVICE_H

#include "runtime/abi/artifact.h"

namespace ingot::rt {

/// One kernel call: tiles [0, tiles) in any split; a split must not change a result.
struct Launch {
  ingot_kernel_fn function;
  void *const *buffers;
  const int64_t *scalars;
  int64_t tiles;
  uint8_t *scratch; // `workers` pieces, scratchStride apart
  uint64_t scratchStride;
  uint32_t tileNanoseconds; // expected; 0 = unknown
};

/// What a part of a launch must at least be worth to be handed to another thread.
constexpr int64_t handOverNanoseconds = 10000;

/// Into how many parts `workers` split a launch.
inline int64_t partsOf(const Launch &launch, int64_t workers) {
  int64_t parts = launch.tiles < workers ? launch.tiles : workers;
  if (launch.tileNanoseconds != 0 && launch.tiles < handOverNanoseconds * workers) {
    const int64_t worth = launch.tiles * launch.tileNanoseconds / handOverNanoseconds;
    parts = parts < worth ? parts : worth;
  }
  return parts < 1 ? 1 : parts;
}

/// From where to where a copy goes; a host device treats all alike.
enum class CopyKind { DeviceToDevice, HostToDevice, DeviceToHost };

/// A table of functions over `context`. Commands are executed in the order they are given; each function returns when its
/// work is visible to the next. `alloc` returns null when there is no memory.
struct Device {
  const char *name;
  void *context;
  int32_t workers;  // scratch pieces a launch may use at the same time; at least 1
  bool runsKernels; // false: results are zeros, and a loop's body runs once at most
  void *(*alloc)(void *context, uint64_t bytes, uint64_t alignment);
  void (*free)(void *context, void *memory, uint64_t bytes);
  void (*copy)(void *context, void *to, const void *from, uint64_t bytes, CopyKind kind);
  /// Repeat the low `patternSize` (1, 2, 4 or 8) bytes of `pattern`; bytes is a multiple of patternSize.
  void (*fill)(void *context, void *to, uint64_t bytes, uint64_t pattern, uint32_t patternSize);
  void (*dispatch)(void *context, const Launch &launch);
  void (*close)(void *context); // null: nothing to release
};

} // namespace ingot::rt

#endif // INGOT_RUNTIME_CORE_DEVICE_H
