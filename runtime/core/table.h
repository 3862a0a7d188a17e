// A validated (or trusted) artifact table, read in place: typed records by span and index, strings, index lists.
#ifndef INGOT_RUNTIME_CORE_TABLE_H
#define INGOT_RUNTIME_CORE_TABLE_H

#include "runtime/abi/entries.h"

namespace ingot::rt {

class Table {
public:
  Table() = default;
  explicit Table(const ingot_table_header *header) : header_(header) {}

  const ingot_table_header &header() const { return *header_; }
  const uint8_t *base() const { return reinterpret_cast<const uint8_t *>(header_); }
  explicit operator bool() const { return header_ != nullptr; }

  ingot_size_record size(uint32_t i) const { return read<ingot_size_record>(header_->sizes, i); }
  ingot_expr expr(uint32_t i) const { return read<ingot_expr>(header_->exprs, i); }
  ingot_slot slot(uint32_t i) const { return read<ingot_slot>(header_->slots, i); }
  ingot_variant variant(uint32_t i) const { return read<ingot_variant>(header_->variants, i); }
  ingot_kernel_record kernel(uint32_t i) const { return read<ingot_kernel_record>(header_->kernels, i); }
  ingot_command command(uint32_t i) const { return read<ingot_command>(header_->commands, i); }
  ingot_command_list list(uint32_t i) const { return read<ingot_command_list>(header_->lists, i); }
  ingot_argument argument(uint32_t i) const { return read<ingot_argument>(header_->arguments, i); }
  ingot_entry entry(uint32_t i) const { return read<ingot_entry>(header_->entries, i); }
  /// How many entry points there are, and the first record of each; `i` is at most their number.
  uint32_t entryCount() const { return ingot_entry_point_count(header_); }
  uint32_t recordOf(uint32_t i) const {
    uint32_t record = 0;
    for (; i != 0; --i)
      record = pastSpecialisations(record);
    return record;
  }
  uint32_t pastSpecialisations(uint32_t first) const { return ingot_past_specialisations(header_, first); }
  uint32_t specialisationFor(uint32_t first, const int64_t *sizes) const {
    return ingot_specialisation_for(header_, first, sizes);
  }
  ingot_weight_record weight(uint32_t i) const { return read<ingot_weight_record>(header_->weights, i); }
  ingot_self_test selfTest(uint32_t i) const { return read<ingot_self_test>(header_->self_tests, i); }
  uint64_t weightHash(uint32_t i) const { return read<uint64_t>(header_->weight_hashes, i); }
  uint32_t index(uint32_t i) const { return ingot_read_index(header_, i); }
  const char *string(uint32_t i) const { return reinterpret_cast<const char *>(base()) + header_->strings.offset + i; }

private:
  template <class Record> Record read(const ingot_span &span, uint32_t i) const {
    Record record;
    ingot_read_record(header_, &span, i, &record, sizeof record);
    return record;
  }

  const ingot_table_header *header_ = nullptr;
};

/// Where the weights are: in the table's own image, or where the image says. Null for an artifact without weights.
inline const uint8_t *weightsOf(const ingot_image *image) {
  const ingot_table_header *table = image->table;
  if (table->weights_offset != 0)
    return reinterpret_cast<const uint8_t *>(table) + table->weights_offset;
  return static_cast<const uint8_t *>(image->weights);
}

/// Kernel addresses by variant; they follow the part of ingot_image that the writer knew.
inline const ingot_kernel_fn *kernelsOf(const ingot_image *image) {
  return reinterpret_cast<const ingot_kernel_fn *>(reinterpret_cast<const uint8_t *>(image) + image->struct_size);
}

} // namespace ingot::rt

#endif // INGOT_RUNTIME_CORE_TABLE_H
