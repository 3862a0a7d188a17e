/* The hash of tables, code, files and weight blocks: 64-bit xxHash, and the two places of an artifact where it is stored.
 *
 * Header-only C99, shared by compiler and runtime; needs no library (but memcpy). Little-endian hosts.
 * Sealing order: image ranges, weights_offset and everything else first; ingot_seal_file then fills file_size, file_hash and
 * at last table_hash. Where there is no file, table_hash = ingot_table_hash(...) is the last step.
 */
#ifndef INGOT_RUNTIME_ABI_HASH_H
#define INGOT_RUNTIME_ABI_HASH_H

#include <stddef.h>
#include <stdint.h>

#include "runtime/abi/artifact.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ingot_hash_state {
  uint64_t lanes[4];
  uint64_t total;
  uint64_t seed;
  uint8_t pending[32];
  uint32_t pending_size;
} ingot_hash_state;

#define INGOT_HASH_P1 0x9E3779B185EBCA87ull
#define INGOT_HASH_P2 0xC2B2AE3D27D4EB4Full
#define INGOT_HASH_P3 0x165667B19E3779F9ull
#define INGOT_HASH_P4 0x85EBCA77C2B2AE63ull
#define INGOT_HASH_P5 0x27D4EB2F165667C5ull

static inline uint64_t ingot_hash_rotate(uint64_t x, int bits) { return (x << bits) | (x >> (64 - bits)); }

static inline uint64_t ingot_hash_read64(const uint8_t *p) {
  uint64_t value;
  __builtin_memcpy(&value, p, sizeof value);
  return value;
}

static inline uint64_t ingot_hash_round(uint64_t lane, uint64_t input) {
  return ingot_hash_rotate(lane + input * INGOT_HASH_P2, 31) * INGOT_HASH_P1;
}

static inline void ingot_hash_begin(ingot_hash_state *state, uint64_t seed) {
  state->lanes[0] = seed + INGOT_HASH_P1 + INGOT_HASH_P2;
  state->lanes[1] = seed + INGOT_HASH_P2;
  state->lanes[2] = seed;
  state->lanes[3] = seed - INGOT_HASH_P1;
  state->total = 0;
  state->seed = seed;
  state->pending_size = 0;
}

static inline const uint8_t *ingot_hash_stripes(ingot_hash_state *state, const uint8_t *p, size_t stripes) {
  uint64_t a = state->lanes[0], b = state->lanes[1], c = state->lanes[2], d = state->lanes[3];
  for (; stripes != 0; --stripes, p += 32) {
    a = ingot_hash_round(a, ingot_hash_read64(p));
    b = ingot_hash_round(b, ingot_hash_read64(p + 8));
    c = ingot_hash_round(c, ingot_hash_read64(p + 16));
    d = ingot_hash_round(d, ingot_hash_read64(p + 24));
  }
  state->lanes[0] = a, state->lanes[1] = b, state->lanes[2] = c, state->lanes[3] = d;
  return p;
}

static inline void ingot_hash_update(ingot_hash_state *state, const void *data, size_t size) {
  const uint8_t *p = (const uint8_t *)data;
  if (size == 0)
    return;
  state->total += size;
  if (state->pending_size != 0) {
    size_t take = 32 - state->pending_size;
    if (take > size)
      take = size;
    __builtin_memcpy(state->pending + state->pending_size, p, take);
    state->pending_size += (uint32_t)take;
    p += take;
    size -= take;
    if (state->pending_size < 32)
      return;
    ingot_hash_stripes(state, state->pending, 1);
    state->pending_size = 0;
  }
  p = ingot_hash_stripes(state, p, size / 32);
  size %= 32;
  if (size != 0)
    __builtin_memcpy(state->pending, p, size);
  state->pending_size = (uint32_t)size;
}

static inline void ingot_hash_update_zeros(ingot_hash_state *state, size_t size) {
  static const uint8_t zeros[64] = {0};
  for (; size > sizeof zeros; size -= sizeof zeros)
    ingot_hash_update(state, zeros, sizeof zeros);
  ingot_hash_update(state, zeros, size);
}

static inline uint64_t ingot_hash_end(const ingot_hash_state *state) {
  uint64_t hash;
  if (state->total >= 32) {
    hash = ingot_hash_rotate(state->lanes[0], 1) + ingot_hash_rotate(state->lanes[1], 7) +
           ingot_hash_rotate(state->lanes[2], 12) + ingot_hash_rotate(state->lanes[3], 18);
    for (int i = 0; i < 4; ++i)
      hash = (hash ^ ingot_hash_round(0, state->lanes[i])) * INGOT_HASH_P1 + INGOT_HASH_P4;
  } else {
    hash = state->seed + INGOT_HASH_P5;
  }
  hash += state->total;
  const uint8_t *p = state->pending;
  uint32_t left = state->pending_size;
  for (; left >= 8; left -= 8, p += 8)
    hash = ingot_hash_rotate(hash ^ ingot_hash_round(0, ingot_hash_read64(p)), 27) * INGOT_HASH_P1 + INGOT_HASH_P4;
  if (left >= 4) {
    uint32_t word;
    __builtin_memcpy(&word, p, sizeof word);
    hash = ingot_hash_rotate(hash ^ word * INGOT_HASH_P1, 23) * INGOT_HASH_P2 + INGOT_HASH_P3;
    left -= 4, p += 4;
  }
  for (; left != 0; --left, ++p)
    hash = ingot_hash_rotate(hash ^ *p * INGOT_HASH_P5, 11) * INGOT_HASH_P1;
  hash = (hash ^ (hash >> 33)) * INGOT_HASH_P2;
  hash = (hash ^ (hash >> 29)) * INGOT_HASH_P3;
  return hash ^ (hash >> 32);
}

/* Hash of `size` bytes. Everything an artifact stores uses seed 0. */
static inline uint64_t ingot_hash(const void *data, size_t size, uint64_t seed) {
  ingot_hash_state state;
  ingot_hash_begin(&state, seed);
  ingot_hash_update(&state, data, size);
  return ingot_hash_end(&state);
}

/* What table_hash must be; `size` is the table's table_size and at least sizeof(ingot_table_header). */
static inline uint64_t ingot_table_hash(const void *table, size_t size) {
  const uint8_t *bytes = (const uint8_t *)table;
  const size_t field = offsetof(ingot_table_header, table_hash), after = field + sizeof(uint64_t);
  ingot_hash_state state;
  ingot_hash_begin(&state, 0);
  ingot_hash_update(&state, bytes, field);
  ingot_hash_update_zeros(&state, sizeof(uint64_t));
  ingot_hash_update(&state, bytes + after, size - after);
  return ingot_hash_end(&state);
}

/* Bytes from the first of the weights to the end of the sentinel behind them; the weights' own where the table has none.
 * Wraps where weights_size is near 2^64. */
static inline uint64_t ingot_weights_extent(const ingot_table_header *table) {
  const uint64_t size = INGOT_SENTINEL_SIZE;
  return table->flags & INGOT_TABLE_SENTINEL ? (table->weights_size + size - 1) / size * size + size : table->weights_size;
}

/* A stretch of a file: `size` bytes from `offset`. */
typedef struct ingot_file_range {
  uint64_t offset, size;
} ingot_file_range;

/* Hashes bytes [begin, end) of `file` but those in `left_out`. */
static inline void ingot_hash_update_without(ingot_hash_state *state, const uint8_t *file, size_t begin, size_t end,
                                             ingot_file_range left_out) {
  const uint64_t left_end = left_out.offset + left_out.size;
  const size_t first = left_out.offset < begin ? begin : left_out.offset > end ? end : (size_t)left_out.offset;
  const size_t second = left_end < first ? first : left_end > end ? end : (size_t)left_end;
  ingot_hash_update(state, file + begin, first - begin);
  ingot_hash_update(state, file + second, end - second);
}

/* What file_hash must be for a file whose table header starts at byte `header` (header + sizeof(ingot_table_header) <= size)
 * and whose weights, and the sentinel where there is one, are the bytes `weights`, within the file and outside the header.
 * These are left out: weights have hashes of their own in the table, and so are not read to check the rest. */
static inline uint64_t ingot_file_hash(const void *file, size_t size, size_t header, ingot_file_range weights) {
  const uint8_t *bytes = (const uint8_t *)file;
  const size_t table_field = header + offsetof(ingot_table_header, table_hash);
  const size_t file_field = header + offsetof(ingot_table_header, file_hash);
  const size_t between = table_field + sizeof(uint64_t), after = file_field + sizeof(uint64_t);
  ingot_hash_state state;
  ingot_hash_begin(&state, 0);
  ingot_hash_update_without(&state, bytes, 0, table_field, weights);
  ingot_hash_update_zeros(&state, sizeof(uint64_t));
  ingot_hash_update(&state, bytes + between, file_field - between);
  ingot_hash_update_zeros(&state, sizeof(uint64_t));
  ingot_hash_update_without(&state, bytes, after, size, weights);
  return ingot_hash_end(&state);
}

/* The last step of writing a file: fills file_size, file_hash and table_hash of the table at byte `header`. Reads no byte of
 * the weights. */
static inline void ingot_seal_file(void *file, size_t size, size_t header, ingot_file_range weights) {
  uint8_t *bytes = (uint8_t *)file + header;
  uint64_t file_size = size, hash, table_size;
  __builtin_memcpy(bytes + offsetof(ingot_table_header, file_size), &file_size, sizeof file_size);
  hash = ingot_file_hash(file, size, header, weights);
  __builtin_memcpy(bytes + offsetof(ingot_table_header, file_hash), &hash, sizeof hash);
  __builtin_memcpy(&table_size, bytes + offsetof(ingot_table_header, table_size), sizeof table_size);
  hash = ingot_table_hash(bytes, (size_t)table_size);
  __builtin_memcpy(bytes + offsetof(ingot_table_header, table_hash), &hash, sizeof hash);
}

#ifdef __cplusplus
}
#endif
#endif /* INGOT_RUNTIME_ABI_HASH_H */
