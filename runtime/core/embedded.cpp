// One translation unit on purpose: an object form's writer compiles or links this file alone.
#define INGOT_CORE [[maybe_unused]] static

#include "runtime/core/embedded.h"

#include <ingot/artifact.h>

#include "runtime/core/features.cpp"
#include "runtime/core/host.cpp"
#include "runtime/core/interpreter.cpp"

namespace ingot::rt {
namespace {

/// The processor's features, left at the workspace's start so that the next call on it need not ask (a virtual machine takes
/// tens of microseconds to answer). The check makes any other content ask again.
struct Mark {
  uint64_t features;
  uint64_t check[2];
};
static_assert(sizeof(Mark) <= INGOT_WORKSPACE_MARK);
static_assert(sizeof(void *) != 8 || sizeof(ingot_buffer) == INGOT_WORKSPACE_BUFFER);

Mark markOf(uint64_t features, uint64_t key) {
  const uint64_t first = (features ^ key) * 0x9e3779b97f4a7c15ull;
  return Mark{features, {first, (first ^ first >> 29) * 0xbf58476d1ce4e5b9ull + key}};
}

uint64_t featuresMarked(Mark *mark, uint64_t key) {
  const Mark expected = markOf(mark->features, key);
  if (mark->check[0] != expected.check[0] || mark->check[1] != expected.check[1])
    *mark = markOf(detectFeatures(), key);
  return mark->features;
}

bool choose(const Table &table, uint64_t features, uint32_t *chosen) {
  for (uint32_t i = 0; i < table.header().kernels.count; ++i) {
    chosen[i] = chooseVariant(table, i, features);
    if (chosen[i] == INGOT_NONE)
      return false;
  }
  return true;
}

bool sizesAccepted(const Table &table, const int64_t *sizes) {
  for (uint32_t i = 0; i < table.header().sizes.count; ++i) {
    const ingot_size_record size = table.size(i);
    if (sizes[i] < size.min || sizes[i] > size.max || sizes[i] % size.multiple != 0)
      return false;
  }
  return true;
}

/// Sizes fit together, and states have room for what the call adds.
bool sizesFit(const Table &table, const ingot_entry &entry, const int64_t *values) {
  for (uint32_t k = 0; k < entry.requirement_count; ++k)
    if (values[table.index(entry.requirements + k)] < 0)
      return false;
  for (uint32_t i = 0; i < entry.input_count + entry.result_count; ++i) {
    const ingot_argument argument =
        table.argument(i < entry.input_count ? entry.inputs + i : entry.results + (i - entry.input_count));
    if (argument.grows != 0 && (values[argument.next_length] < 0 ||
                                values[argument.next_length] > values[table.index(argument.dims + argument.grows - 1)]))
      return false;
  }
  return true;
}

} // namespace
} // namespace ingot::rt

extern "C" uint64_t ingot_embedded_workspace_bytes(const ingot_table_header *table, uint32_t entry, const int64_t *sizes,
                                                   int32_t workers, int64_t *values) {
  ingot_workspace_layout layout;
  ingot_evaluate(table, sizes, values);
  const uint32_t record = ingot::rt::Table(table).specialisationFor(entry, sizes);
  if (record == INGOT_NONE || ingot_lay_out_workspace(table, record, values, sizeof(void *), &layout) != 0)
    return 0;
  return layout.fixed + layout.scratch_stride * static_cast<uint64_t>(workers > 1 ? workers : 1);
}

extern "C" int ingot_embedded_run(const ingot_image *image, uint32_t entry, const void *const *inputs, void *const *results,
                                  int64_t *sizes, void *workspace, const ingot_pool *pool) {
  using namespace ingot::rt;
  const Table table(image->table);
  openDataSizes(table, sizes);
  const uint32_t specialisation = sizesAccepted(table, sizes) ? table.specialisationFor(entry, sizes) : INGOT_NONE;
  if (specialisation == INGOT_NONE)
    return INGOT_INVALID;

  uint8_t *const base = reinterpret_cast<uint8_t *>(ingot_round_up(reinterpret_cast<uintptr_t>(workspace)));
  Mark *const mark = reinterpret_cast<Mark *>(base);
  int64_t *const values = reinterpret_cast<int64_t *>(base + INGOT_WORKSPACE_MARK);
  ingot_evaluate(&table.header(), sizes, values);
  ingot_workspace_layout layout;
  if (ingot_lay_out_workspace(&table.header(), specialisation, values, sizeof(void *), &layout) != 0)
    return INGOT_INVALID;

  uint32_t *const chosen = reinterpret_cast<uint32_t *>(base + layout.chosen);
  if (!choose(table, featuresMarked(mark, table.header().table_hash), chosen))
    return INGOT_INCOMPATIBLE;

  const Device device = hostDevice(pool);
  const ingot_entry record = table.entry(specialisation);
  if (!sizesFit(table, record, values))
    return INGOT_INVALID;
  Frame frame{};
  frame.table = table;
  frame.device = &device;
  frame.functions = kernelsOf(image);
  frame.chosen = chosen;
  frame.sizes = sizes;
  frame.values = values;
  frame.slots = reinterpret_cast<void **>(base + layout.slots);
  frame.firstSlot = record.slots;
  frame.operands = reinterpret_cast<void **>(base + layout.operands);
  frame.scalars = reinterpret_cast<int64_t *>(base + layout.scalars);
  frame.buffers = reinterpret_cast<ingot_buffer *>(base + layout.buffers);
  frame.scratch = base + layout.scratch;
  frame.scratchStride = layout.scratch_stride;
  placeSlots(frame, record, Placement{const_cast<void *const *>(inputs), results, base + layout.arena, weightsOf(image)});
  // A state that is written in place begins as what it was.
  for (uint32_t i = 0; i < record.input_count; ++i) {
    const ingot_argument argument = table.argument(record.inputs + i);
    if ((argument.flags & INGOT_ARG_DONATED) != 0 && argument.alias != INGOT_NONE && results[argument.alias] != inputs[i])
      device.copy(device.context, results[argument.alias], inputs[i], static_cast<uint64_t>(values[argument.bytes]),
                  CopyKind::DeviceToDevice);
  }
  CallFailure failure;
  if (!runList(frame, record.list, failure))
    return failure.status;
  return frame.refusal.size == INGOT_NONE ? INGOT_OK : INGOT_INVALID;
}
