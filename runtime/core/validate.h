// The checks that make a table safe to read and run: after them no offset, count, index or nesting leads out of it.
#ifndef INGOT_RUNTIME_CORE_VALIDATE_H
#define INGOT_RUNTIME_CORE_VALIDATE_H

#include <ingot/artifact.h>

#include "runtime/core/table.h"

namespace ingot::rt {

/// Deepest nesting of command lists (if, while) that is accepted.
constexpr uint32_t maxListDepth = 32;

/// Check what can be told from the header: magic, ABI version, sizes, hash, spans. `bytes` holds `available` readable bytes
/// (UINT64_MAX where the caller vouches for table_size) and is 8-byte aligned.
ingot_code checkHeader(const void *bytes, uint64_t available, ingot_error *error);

/// Check every record of a table that passed checkHeader. `owners` is room for one number per command list.
ingot_code checkRecords(Table table, uint32_t *owners, ingot_error *error);

} // namespace ingot::rt

#endif // INGOT_RUNTIME_CORE_VALIDATE_H
