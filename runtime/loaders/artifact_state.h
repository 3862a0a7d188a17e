// What a loaded artifact is inside the runtime, and the checks all loaders share.
#ifndef INGOT_RUNTIME_LOADERS_ARTIFACT_STATE_H
#define INGOT_RUNTIME_LOADERS_ARTIFACT_STATE_H

#include <ingot/runtime.h>

#include "runtime/core/message.h"
#include "runtime/core/table.h"

struct ingot_artifact {
  ingot::rt::Table table;
  const ingot_kernel_fn *functions; // by variant
  const uint8_t *weights;           // null where there are none
  uint32_t *chosen;                 // by kernel: the variant in use
  void *library;                    // dlopen's handle, or null
  const char *absent;               // a function that the model calls and that has no address here, or null
};

namespace ingot::rt {

/// Check a whole table (header, records); `available` as for checkHeader.
ingot_code checkTable(const void *bytes, uint64_t available, ingot_error *error);

/// Refuse an artifact for another architecture than the host's.
ingot_code checkArch(const Table &table, ingot_error *error);

/// The features any variant of the table asks for.
uint64_t featuresAsked(const Table &table);

/// Choose each kernel's variant; `chosen` is room for one number per kernel. Refuses with the missing features' names.
ingot_code chooseVariants(const Table &table, uint64_t features, uint32_t *chosen, ingot_error *error);

/// Refuse unless the bytes at `data` have the hash recorded for a code range.
ingot_code checkRange(const ingot_image_range &range, uint32_t number, const void *data, ingot_error *error);

/// Refuse where the table has a sentinel and it does not end the ingot_weights_extent bytes at `weights`, all readable.
ingot_code checkSentinel(const Table &table, const uint8_t *weights, ingot_error *error);

/// Refuse unless weight block `block` of the weights at `weights` has its hash.
ingot_code checkWeightBlock(const Table &table, const uint8_t *weights, uint32_t block, ingot_error *error);

/// Memory that holds an image and is not the dynamic linker's; null where that linker is to be asked.
struct MappedRange {
  const uint8_t *start = nullptr;
  uint64_t size = 0;
};

/// ingot_load_image for an image inside a library that the artifact is to close (or null), or inside mapped memory.
ingot_artifact *loadImage(const ingot_image *image, void *library, MappedRange range, ingot_error *error);

} // namespace ingot::rt

#endif // INGOT_RUNTIME_LOADERS_ARTIFACT_STATE_H
