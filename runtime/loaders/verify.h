// The integrity of an artifact's file: every hash it records, computed from the bytes on disk. C++.
#ifndef INGOT_RUNTIME_LOADERS_VERIFY_H
#define INGOT_RUNTIME_LOADERS_VERIFY_H

#include <ingot/artifact.h>

/// What was found. Problems are told as they are met, all of them; the caller sets `problem` (or leaves it null).
struct ingot_verify_report {
  void (*problem)(void *context, const char *message);
  void *context;

  uint32_t problems;
  uint32_t arch; // enum ingot_arch
  uint64_t file_bytes;
  bool whole_file;      // the whole-file hash applies (and was computed)
  bool has_file_hash;   // false: made by a link of the user's own; only table, code and weights can be checked
  uint32_t code_ranges; // with a hash
  uint64_t code_bytes;
  uint64_t weight_blocks, weight_bytes;
  bool runs_here;         // this machine has the architecture and the features
  char why_not_here[256]; // else: what it lacks
};

/// Verify an executable, shared library or object of any architecture. INGOT_OK: every hash holds. INGOT_CORRUPT: see the
/// problems; INGOT_NOT_FOUND, INGOT_IO: no such file, not readable; INGOT_INCOMPATIBLE: another ABI version.
/// Where the file is not as compiled (`whole_file` is false and `has_file_hash` true), it was stripped or linked again.
ingot_code ingot_verify_file(const char *path, ingot_verify_report *report);

/// The same for a file's bytes in memory, aligned to 8.
ingot_code ingot_verify_bytes(const uint8_t *data, uint64_t size, ingot_verify_report *report);

#endif // INGOT_RUNTIME_LOADERS_VERIFY_H
