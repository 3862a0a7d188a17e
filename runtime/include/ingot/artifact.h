/* What a caller may ask of a loaded artifact without running it: entry points, arguments, sizes, weights.
 * C99. All functions are thread-safe on a loaded artifact; strings live as long as the artifact. */
#ifndef INGOT_ARTIFACT_H
#define INGOT_ARTIFACT_H

#include <ingot/dtype.h>

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif
#ifdef __GNUC__
#pragma GCC visibility push(default)
#endif

typedef struct ingot_artifact ingot_artifact;

/* Outcome of a call: 0 is success. The numbers are the exit statuses of the tools where they overlap. */
typedef enum ingot_code {
  INGOT_OK = 0,
  INGOT_INVALID = 1,      /* the caller's mistake: wrong name, shape, dtype, size out of range */
  INGOT_INTERNAL = 2,     /* a bug of ours */
  INGOT_CORRUPT = 4,      /* a hash, offset or count in the artifact does not hold */
  INGOT_INCOMPATIBLE = 5, /* another ABI version, architecture or missing processor features */
  INGOT_NOT_FOUND = 6,    /* file, symbol or entry point */
  INGOT_OUT_OF_MEMORY = 7,
  INGOT_IO = 8
} ingot_code;

/* Where a call leaves its message. The caller owns it; pass NULL to do without. */
typedef struct ingot_error {
  ingot_code code;
  char message[1016]; /* NUL-terminated UTF-8, truncated if need be */
} ingot_error;

typedef struct ingot_argument_info {
  const char *name;
  uint32_t dtype; /* enum ingot_dtype; ingot_dtype_name gives its spelling */
  uint32_t rank;
  int64_t dims[16];       /* at the sizes' maxima */
  int32_t size_index[16]; /* the size a dim is exactly, or -1 */
  uint64_t max_bytes;
  int is_state; /* kept by the session, not passed (for a result: it becomes a state) */
  /* The value of an argument for which no address is passed, max_bytes bytes; NULL: it has none, and an address is needed. */
  const void *default_data;
  uint64_t bounded_dims; /* bit d: the dim depends on data, and dims[d] is a bound */
} ingot_argument_info;

typedef struct ingot_size_info {
  const char *name;
  int64_t min, max, multiple;
  int is_data; /* the program computes it, no argument's dims tell it */
} ingot_size_info;

size_t ingot_artifact_entry_count(const ingot_artifact *artifact);
const char *ingot_artifact_entry_name(const ingot_artifact *artifact, size_t entry);
/* Index of the entry called `name` (NULL: the first), or -1. */
int64_t ingot_artifact_find_entry(const ingot_artifact *artifact, const char *name);
size_t ingot_artifact_input_count(const ingot_artifact *artifact, size_t entry); /* state included */
size_t ingot_artifact_result_count(const ingot_artifact *artifact, size_t entry);
ingot_code ingot_artifact_input(const ingot_artifact *artifact, size_t entry, size_t index, ingot_argument_info *info);
ingot_code ingot_artifact_result(const ingot_artifact *artifact, size_t entry, size_t index, ingot_argument_info *info);
size_t ingot_artifact_size_count(const ingot_artifact *artifact);
ingot_code ingot_artifact_size(const ingot_artifact *artifact, size_t index, ingot_size_info *info);
const char *ingot_artifact_model_name(const ingot_artifact *artifact);

const char *ingot_dtype_name(uint32_t dtype); /* "f32"; "?" if unknown */
size_t ingot_dtype_bytes(uint32_t dtype);     /* bytes an element takes in a buffer; 0 if unknown */

#ifdef __GNUC__
#pragma GCC visibility pop
#endif
#ifdef __cplusplus
}
#endif
#endif /* INGOT_ARTIFACT_H */
