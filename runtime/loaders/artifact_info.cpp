#include <string.h>

#include "runtime/core/dtype.h"
#include "runtime/loaders/artifact_state.h"
#include "runtime/platform/memory.h"

using namespace ingot::rt;

namespace {

/// Value of an expr at the sizes' maxima; the sweep runs over a short-lived array.
class Maxima {
public:
  explicit Maxima(const Table &table) {
    const uint32_t count = table.header().sizes.count;
    int64_t *const sizes = allocateArray<int64_t>(count);
    values_ = allocateArray<int64_t>(table.header().exprs.count);
    for (uint32_t i = 0; sizes && i < count; ++i)
      sizes[i] = table.size(i).max;
    if (sizes && values_)
      ingot_evaluate(&table.header(), sizes, values_);
    releaseArray(sizes);
  }
  ~Maxima() { releaseArray(values_); }
  Maxima(const Maxima &) = delete;
  Maxima &operator=(const Maxima &) = delete;

  explicit operator bool() const { return values_ != nullptr; }
  int64_t operator[](uint32_t expr) const { return values_[expr]; }

private:
  int64_t *values_;
};

bool isEntry(const ingot_artifact *artifact, size_t entry) { return entry < artifact->table.entryCount(); }

ingot_entry recordOf(const ingot_artifact *artifact, size_t entry) {
  return artifact->table.entry(artifact->table.recordOf(static_cast<uint32_t>(entry)));
}

ingot_code describe(const Table &table, uint32_t index, ingot_argument_info *info) {
  const Maxima maxima(table);
  if (!maxima)
    return INGOT_OUT_OF_MEMORY;
  const ingot_argument argument = table.argument(index);
  *info = ingot_argument_info{};
  info->name = table.string(argument.name);
  info->dtype = argument.dtype;
  info->rank = argument.rank;
  for (uint32_t d = 0; d < argument.rank; ++d) {
    const uint32_t dim = table.index(argument.dims + d);
    const ingot_expr expr = table.expr(dim);
    const uint32_t most = argument.bounds != 0 ? table.index(argument.bounds - 1 + d) : dim;
    info->dims[d] = maxima[most];
    info->bounded_dims |= static_cast<uint64_t>(most != dim) << d;
    info->size_index[d] = expr.op == INGOT_EXPR_SIZE ? static_cast<int32_t>(expr.lhs) : -1;
  }
  const int64_t bytes = maxima[argument.bytes];
  info->max_bytes = bytes > 0 ? static_cast<uint64_t>(bytes) : 0;
  return INGOT_OK;
}

} // namespace

size_t ingot_artifact_entry_count(const ingot_artifact *artifact) { return artifact->table.entryCount(); }

const char *ingot_artifact_entry_name(const ingot_artifact *artifact, size_t entry) {
  const Table &table = artifact->table;
  return isEntry(artifact, entry) ? table.string(recordOf(artifact, entry).name) : nullptr;
}

int64_t ingot_artifact_find_entry(const ingot_artifact *artifact, const char *name) {
  if (!name)
    return 0;
  const Table &table = artifact->table;
  int64_t i = 0;
  for (uint32_t record = 0; record < table.header().entries.count; record = table.pastSpecialisations(record), ++i)
    if (strcmp(table.string(table.entry(record).name), name) == 0)
      return i;
  return -1;
}

size_t ingot_artifact_input_count(const ingot_artifact *artifact, size_t entry) {
  return isEntry(artifact, entry) ? recordOf(artifact, entry).input_count : 0;
}

size_t ingot_artifact_result_count(const ingot_artifact *artifact, size_t entry) {
  return isEntry(artifact, entry) ? recordOf(artifact, entry).result_count : 0;
}

ingot_code ingot_artifact_input(const ingot_artifact *artifact, size_t entry, size_t index, ingot_argument_info *info) {
  if (index >= ingot_artifact_input_count(artifact, entry))
    return INGOT_INVALID;
  const Table &table = artifact->table;
  const uint32_t argument = recordOf(artifact, entry).inputs + static_cast<uint32_t>(index);
  const ingot_code code = describe(table, argument, info);
  if (code == INGOT_OK)
    info->is_state = (table.argument(argument).flags & INGOT_ARG_STATE) != 0;
  if (code == INGOT_OK && (table.argument(argument).flags & INGOT_ARG_DEFAULT) != 0)
    info->default_data = artifact->weights + table.weight(table.argument(argument).initial_weight).offset;
  return code;
}

ingot_code ingot_artifact_result(const ingot_artifact *artifact, size_t entry, size_t index, ingot_argument_info *info) {
  if (index >= ingot_artifact_result_count(artifact, entry))
    return INGOT_INVALID;
  const Table &table = artifact->table;
  const ingot_entry record = recordOf(artifact, entry);
  const ingot_argument argument = table.argument(record.results + static_cast<uint32_t>(index));
  const ingot_code code = describe(table, record.results + static_cast<uint32_t>(index), info);
  if (code == INGOT_OK)
    info->is_state =
        argument.becomes != 0 ||
        (argument.alias != INGOT_NONE && (table.argument(record.inputs + argument.alias).flags & INGOT_ARG_STATE) != 0);
  return code;
}

size_t ingot_artifact_size_count(const ingot_artifact *artifact) { return artifact->table.header().sizes.count; }

ingot_code ingot_artifact_size(const ingot_artifact *artifact, size_t index, ingot_size_info *info) {
  if (index >= ingot_artifact_size_count(artifact))
    return INGOT_INVALID;
  const ingot_size_record size = artifact->table.size(static_cast<uint32_t>(index));
  *info = ingot_size_info{artifact->table.string(size.name), size.min, size.max, size.multiple,
                          size.origin == INGOT_SIZE_OF_DATA};
  return INGOT_OK;
}

const char *ingot_artifact_model_name(const ingot_artifact *artifact) {
  return artifact->table.string(artifact->table.header().model_name);
}

const char *ingot_dtype_name(uint32_t dtype) { return dtypeName(dtype); }
size_t ingot_dtype_bytes(uint32_t dtype) { return dtypeBytes(dtype); }
