/* What the entry records of a table say together: entry points with their specialisations, and the sizes each of them has.
 * Header-only C99, shared by the runtime, the embedded interpreter and the writer of C headers. */
#ifndef INGOT_RUNTIME_ABI_ENTRIES_H
#define INGOT_RUNTIME_ABI_ENTRIES_H

#include "runtime/abi/expr.h"

#ifdef __cplusplus
extern "C" {
#endif

static inline ingot_entry ingot_read_entry(const ingot_table_header *table, uint32_t record) {
  ingot_entry entry;
  ingot_read_record(table, &table->entries, record, &entry, sizeof entry);
  return entry;
}

/* The first record behind `first` that is no specialisation of its entry point. */
static inline uint32_t ingot_past_specialisations(const ingot_table_header *table, uint32_t first) {
  const uint32_t name = ingot_read_entry(table, first).name;
  uint32_t past = first + 1;
  while (past < table->entries.count && ingot_read_entry(table, past).name == name)
    ++past;
  return past;
}

/* How many entry points there are. */
static inline uint32_t ingot_entry_point_count(const ingot_table_header *table) {
  uint32_t count = 0;
  for (uint32_t record = 0; record < table->entries.count; record = ingot_past_specialisations(table, record))
    ++count;
  return count;
}

/* The greatest (`side` 1) or least (0) value of size `size` that a record is for. */
static inline int64_t ingot_entry_bound(const ingot_table_header *table, const ingot_entry *entry, uint32_t size,
                                        uint32_t side) {
  ingot_size_record record;
  if (entry->range_count != 0) {
    ingot_expr bound;
    ingot_read_record(table, &table->exprs, ingot_read_index(table, entry->ranges + 2 * size + side), &bound, sizeof bound);
    return bound.value;
  }
  ingot_read_record(table, &table->sizes, size, &record, sizeof record);
  return side ? record.max : record.min;
}

/* The first specialisation of the entry point at record `first` that is for these sizes, or INGOT_NONE. */
static inline uint32_t ingot_specialisation_for(const ingot_table_header *table, uint32_t first, const int64_t *sizes) {
  const uint32_t past = ingot_past_specialisations(table, first);
  for (uint32_t i = first; i < past; ++i) {
    const ingot_entry entry = ingot_read_entry(table, i);
    int holds = 1;
    for (uint32_t k = 0; holds && k < table->sizes.count && entry.range_count != 0; ++k)
      holds = sizes[k] >= ingot_entry_bound(table, &entry, k, 0) && sizes[k] <= ingot_entry_bound(table, &entry, k, 1);
    if (holds)
      return i;
  }
  return INGOT_NONE;
}

/* Mark the sizes that an entry's arguments and results mention. `sizes` is room for a byte for each size, `exprs` for each expr. */
static inline void ingot_entry_sizes(const ingot_table_header *table, uint32_t record, uint8_t *exprs, uint8_t *sizes) {
  const ingot_entry entry = ingot_read_entry(table, record);
  for (uint32_t i = 0; i < table->sizes.count; ++i)
    sizes[i] = 0;
  for (uint32_t i = 0; i < table->exprs.count; ++i)
    exprs[i] = 0;
  for (uint32_t i = 0; i < entry.input_count + entry.result_count; ++i) {
    ingot_argument argument;
    ingot_read_record(table, &table->arguments,
                      i < entry.input_count ? entry.inputs + i : entry.results + (i - entry.input_count), &argument,
                      sizeof argument);
    for (uint32_t d = 0; d < argument.rank; ++d)
      exprs[ingot_read_index(table, argument.dims + d)] = 1;
    if (argument.grows != 0) {
      sizes[argument.length] = 1;
      exprs[argument.next_length] = 1;
    }
  }
  for (uint32_t i = table->exprs.count; i-- > 0;) {
    ingot_expr expr;
    if (!exprs[i])
      continue;
    ingot_read_record(table, &table->exprs, i, &expr, sizeof expr);
    if (expr.op == INGOT_EXPR_SIZE)
      sizes[expr.lhs] = 1;
    else if (expr.op != INGOT_EXPR_CONST)
      exprs[expr.lhs] = exprs[expr.rhs] = 1;
  }
}

#ifdef __cplusplus
}
#endif
#endif /* INGOT_RUNTIME_ABI_ENTRIES_H */
