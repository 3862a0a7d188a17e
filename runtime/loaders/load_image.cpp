#include "runtime/abi/hash.h"
#include "runtime/core/features.h"
#include "runtime/core/interpreter.h"
#include "runtime/core/validate.h"
#include "runtime/loaders/artifact_state.h"
#include "runtime/loaders/mapped_image.h"
#include "runtime/platform/memory.h"
#include "runtime/platform/processor.h"

namespace ingot::rt {
namespace {

/// Bytes of the image that follow `address`; 0 where it lies in no image.
uint64_t bytesAfter(const MappedRange &range, const void *address) {
  if (!range.start)
    return bytesInImage(address);
  const uint64_t at = reinterpret_cast<uintptr_t>(address) - reinterpret_cast<uintptr_t>(range.start);
  return at < range.size ? range.size - at : 0;
}

bool holds(const MappedRange &range, const void *anchor, const void *start, uint64_t size) {
  return range.start ? size != 0 && bytesAfter(range, start) >= size : sharesImage(anchor, start, size);
}

/// The address a table's offset stands for; any offset may be written in a table.
const uint8_t *addressOf(const Table &table, int64_t offset) {
  return reinterpret_cast<const uint8_t *>(reinterpret_cast<uintptr_t>(table.base()) + static_cast<uint64_t>(offset));
}

/// Code and weights lie where the table says they lie: inside the executable or library that holds the table. A table made
/// in this process (JIT) says nothing of either.
ingot_code checkPlaces(const Table &table, bool linked, const MappedRange &mapped, ingot_error *error) {
  const ingot_table_header &header = table.header();
  for (uint32_t i = 0; i < 4; ++i) {
    const ingot_image_range &range = header.image_ranges[i];
    if (range.size == 0)
      continue;
    const uint8_t *const start = addressOf(table, range.offset);
    if (!linked || !holds(mapped, &header, start, range.size))
      return Failure(error, INGOT_CORRUPT) << "corrupt artifact: code range " << i << " lies outside the loaded image";
    if (const ingot_code code = checkRange(range, i, start, error); code != INGOT_OK)
      return code;
  }
  const uint64_t extent = ingot_weights_extent(&header);
  if (header.weights_offset != 0 && extent != 0 &&
      (!linked || extent < header.weights_size || !holds(mapped, &header, addressOf(table, header.weights_offset), extent)))
    return Failure(error, INGOT_CORRUPT) << "corrupt artifact: the weights (" << header.weights_size
                                         << " bytes) lie outside the loaded image";
  return checkSentinel(table, addressOf(table, header.weights_offset), error);
}

/// The list of kernels lies in the image, and each begins in bytes that have a hash; where none have, the kernels were made
/// in this process.
bool kernelsLieInCode(const ingot_image *image, const Table &table, const MappedRange &mapped) {
  const ingot_image_range *const ranges = table.header().image_ranges;
  if (ranges[0].size == 0)
    return true;
  const uint64_t room = bytesAfter(mapped, image);
  if (image->struct_size % alignof(ingot_kernel_fn) != 0 || image->struct_size > room ||
      image->variant_count > (room - image->struct_size) / sizeof(ingot_kernel_fn))
    return false;
  for (uint32_t i = 0; i < image->variant_count; ++i) {
    const uint64_t at = reinterpret_cast<uintptr_t>(kernelsOf(image)[i]) - reinterpret_cast<uintptr_t>(table.base());
    bool found = (table.variant(i).flags & INGOT_VARIANT_FUNCTION) != 0; // which lies in no code of this image
    for (uint32_t r = 0; r < 4; ++r)
      found |= at - static_cast<uint64_t>(ranges[r].offset) < ranges[r].size;
    if (!found)
      return false;
  }
  return true;
}

ingot_code fillArtifact(const ingot_image *image, const MappedRange &mapped, ingot_artifact &artifact, ingot_error *error) {
  if (!image || !image->table || image->struct_size < sizeof(ingot_image) ||
      reinterpret_cast<uintptr_t>(image->table) % alignof(ingot_table_header) != 0)
    return Failure(error, INGOT_CORRUPT) << "corrupt artifact: the image has no table";
  const uint64_t linkedBytes = bytesAfter(mapped, image->table);
  if (mapped.start && linkedBytes == 0)
    return Failure(error, INGOT_CORRUPT) << "corrupt artifact: the table lies outside the mapped image";
  const Table table(image->table);
  if (const ingot_code code = checkTable(image->table, linkedBytes != 0 ? linkedBytes : UINT64_MAX, error); code != INGOT_OK)
    return code;
  if (const ingot_code code = checkArch(table, error); code != INGOT_OK)
    return code;
  if (image->variant_count != table.header().variants.count)
    return Failure(error, INGOT_CORRUPT) << "corrupt artifact: the table lists " << table.header().variants.count
                                         << " kernel variants, the image holds " << image->variant_count;
  if (const ingot_code code = checkPlaces(table, linkedBytes != 0, mapped, error); code != INGOT_OK)
    return code;

  if (!kernelsLieInCode(image, table, mapped))
    return Failure(error, INGOT_CORRUPT) << "corrupt artifact: the list of kernels leaves the code";
  artifact.table = table;
  artifact.functions = kernelsOf(image);
  artifact.weights = weightsOf(image);
  if (!artifact.weights && table.header().weights_size != 0)
    return Failure(error, INGOT_CORRUPT) << "corrupt artifact: the image holds no weights";
  artifact.chosen = allocateArray<uint32_t>(table.header().kernels.count);
  if (!artifact.chosen)
    return Failure(error, INGOT_OUT_OF_MEMORY) << "no memory for " << table.header().kernels.count << " kernels";
  const uint64_t features = processFeatures(featuresAsked(table));
  if (const ingot_code code = chooseVariants(table, features, artifact.chosen, error); code != INGOT_OK)
    return code;
  for (uint32_t i = 0; i < table.header().kernels.count; ++i) {
    if ((table.variant(artifact.chosen[i]).flags & INGOT_VARIANT_FUNCTION) != 0) {
      // An executable that is mapped without a dynamic linker has none of what it calls.
      if (mapped.start || !artifact.functions[artifact.chosen[i]])
        artifact.absent = table.string(table.kernel(i).name);
    } else if (!artifact.functions[artifact.chosen[i]]) {
      return Failure(error, INGOT_CORRUPT)
             << "corrupt artifact: kernel " << Quoted{table.string(table.kernel(i).name)} << " has no code";
    }
  }
  return INGOT_OK;
}

} // namespace

ingot_code checkTable(const void *bytes, uint64_t available, ingot_error *error) {
  if (const ingot_code code = checkHeader(bytes, available, error); code != INGOT_OK)
    return code;
  const Table table(static_cast<const ingot_table_header *>(bytes));
  uint32_t *const owners = allocateArray<uint32_t>(table.header().lists.count);
  if (!owners)
    return Failure(error, INGOT_OUT_OF_MEMORY) << "no memory for " << table.header().lists.count << " command lists";
  ingot_error own{};
  const ingot_code code = checkRecords(table, owners, error ? error : &own);
  releaseArray(owners);
  return code;
}

ingot_code checkArch(const Table &table, ingot_error *error) {
  if (table.header().arch == hostArch())
    return INGOT_OK;
  return Failure(error, INGOT_INCOMPATIBLE)
         << "artifact is for " << archName(table.header().arch) << ", this machine is " << archName(hostArch());
}

uint64_t featuresAsked(const Table &table) {
  uint64_t all = 0;
  for (uint32_t i = 0; i < table.header().variants.count; ++i)
    all |= table.variant(i).features;
  return all;
}

ingot_code chooseVariants(const Table &table, uint64_t features, uint32_t *chosen, ingot_error *error) {
  for (uint32_t i = 0; i < table.header().kernels.count; ++i) {
    chosen[i] = chooseVariant(table, i, features);
    if (chosen[i] != INGOT_NONE)
      continue;
    // Name what the least demanding variant lacks.
    const ingot_kernel_record kernel = table.kernel(i);
    uint64_t missing = ~0ull;
    for (uint32_t v = 0; v < kernel.variant_count; ++v) {
      const uint64_t lacks = table.variant(kernel.variants + v).features & ~features;
      if (__builtin_popcountll(lacks) < __builtin_popcountll(missing))
        missing = lacks;
    }
    Failure failure(error, INGOT_INCOMPATIBLE);
    failure << "kernel " << Quoted{table.string(kernel.name)} << " needs a processor with";
    for (uint32_t bit = 0; bit < 64; ++bit)
      if ((missing >> bit & 1) != 0) {
        failure << ' ';
        if (const char *name = featureName(table.header().arch, bit))
          failure << name;
        else
          failure << "feature " << bit;
      }
    failure << ", which this one (or its system) does not offer";
    return failure;
  }
  return INGOT_OK;
}

ingot_code checkRange(const ingot_image_range &range, uint32_t number, const void *data, ingot_error *error) {
  const uint64_t hash = ingot_hash(data, static_cast<size_t>(range.size), 0);
  if (hash == range.hash)
    return INGOT_OK;
  return Failure(error, INGOT_CORRUPT) << "corrupt artifact: code range " << number << " (" << range.size
                                       << " bytes) has hash " << Hex{hash} << ", recorded is " << Hex{range.hash};
}

ingot_code checkSentinel(const Table &table, const uint8_t *weights, ingot_error *error) {
  if ((table.header().flags & INGOT_TABLE_SENTINEL) == 0 ||
      __builtin_memcmp(weights + ingot_weights_extent(&table.header()) - INGOT_SENTINEL_SIZE, INGOT_SENTINEL,
                       INGOT_SENTINEL_SIZE) == 0)
    return INGOT_OK;
  return Failure(error, INGOT_CORRUPT) << "corrupt artifact: the mark behind its " << table.header().weights_size
                                       << " bytes of weights is missing (is it cut off?)";
}

ingot_code checkWeightBlock(const Table &table, const uint8_t *weights, uint32_t block, ingot_error *error) {
  const uint64_t first = static_cast<uint64_t>(block) * INGOT_WEIGHT_BLOCK, left = table.header().weights_size - first;
  const uint64_t bytes = left < INGOT_WEIGHT_BLOCK ? left : INGOT_WEIGHT_BLOCK;
  if (ingot_hash(weights + first, static_cast<size_t>(bytes), 0) == table.weightHash(block))
    return INGOT_OK;
  Failure failure(error, INGOT_CORRUPT);
  failure << "corrupt artifact: weight bytes " << first << ".." << first + bytes - 1 << " do not have their hash (in";
  const char *before = " ";
  for (uint32_t i = 0; i < table.header().weights.count; ++i) {
    const ingot_weight_record weight = table.weight(i);
    if (weight.offset < first + bytes && weight.offset + weight.size > first) {
      failure << before << Quoted{table.string(weight.name)};
      before = ", ";
    }
  }
  failure << ")";
  return failure;
}

ingot_artifact *loadImage(const ingot_image *image, void *library, MappedRange range, ingot_error *error) {
  ingot_artifact *const artifact = allocateArray<ingot_artifact>(1);
  if (!artifact) {
    Failure(error, INGOT_OUT_OF_MEMORY) << "no memory for an artifact";
    return nullptr;
  }
  if (fillArtifact(image, range, *artifact, error) != INGOT_OK) {
    releaseArray(artifact->chosen);
    releaseArray(artifact);
    return nullptr;
  }
  artifact->library = library;
  succeed(error);
  return artifact;
}

} // namespace ingot::rt

using namespace ingot::rt;

ingot_artifact *ingot_load_image(const struct ingot_image *image, ingot_error *error) {
  return loadImage(image, nullptr, {}, error);
}

ingot_artifact *ingot_load_mapped(const struct ingot_image *image, const void *start, uint64_t size, ingot_error *error) {
  const MappedRange range{static_cast<const uint8_t *>(start), size};
  // The list of kernels ends the image.
  const uint64_t room = bytesAfter(range, image);
  if (room < sizeof(ingot_image) || image->variant_count > (room - sizeof(ingot_image)) / sizeof(ingot_kernel_fn)) {
    Failure(error, INGOT_CORRUPT) << "corrupt artifact: the image does not lie in its memory";
    return nullptr;
  }
  return loadImage(image, nullptr, range, error);
}

ingot_code ingot_verify_weights(const ingot_artifact *artifact, ingot_error *error) {
  for (uint32_t block = 0; block < artifact->table.header().weight_hashes.count; ++block)
    if (const ingot_code code = checkWeightBlock(artifact->table, artifact->weights, block, error); code != INGOT_OK)
      return code;
  return succeed(error);
}
