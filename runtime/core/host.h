// Commands executed by the host itself: copies, fills and kernels whose tiles are split over an ingot_pool.
#ifndef INGOT_RUNTIME_CORE_HOST_H
#define INGOT_RUNTIME_CORE_HOST_H

#include <stddef.h>

#include "runtime/core/device.h"
#include "runtime/core/linkage.h"

namespace ingot::rt {

/// A device without memory of its own (alloc and free are null) over `pool` (null: one worker, the caller).
INGOT_CORE Device hostDevice(const ingot_pool *pool);

INGOT_CORE void hostCopy(void *context, void *to, const void *from, uint64_t bytes, CopyKind kind);
INGOT_CORE void hostFill(void *context, void *to, uint64_t bytes, uint64_t pattern, uint32_t patternSize);
/// `context` is an ingot_pool or null. Tiles are split into at most `workers` contiguous runs of equal length (+-1).
INGOT_CORE void hostDispatch(void *context, const Launch &launch);

} // namespace ingot::rt

#endif // INGOT_RUNTIME_CORE_HOST_H
