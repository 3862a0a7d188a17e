/* What an artifact's expressions mean: records read by stride, and the forward sweep that evaluates every expr.
 *
 * Header-only C99, shared by compiler and runtime. The table must have passed the validator or come from this process's
 * compiler.
 */
#ifndef INGOT_RUNTIME_ABI_EXPR_H
#define INGOT_RUNTIME_ABI_EXPR_H

#include <stddef.h>
#include <stdint.h>

#include "runtime/abi/artifact.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The value of an expr that overflowed, divided by a number that is not positive, or depends on such a one. */
#define INGOT_NO_VALUE INT64_MIN

/* Copy record `index` of a span into *record; fields beyond the file's stride read as zero. */
static inline void ingot_read_record(const ingot_table_header *table, const ingot_span *span, uint32_t index, void *record,
                                     size_t size) {
  const uint8_t *from = (const uint8_t *)table + span->offset + (size_t)index * span->stride;
  if (span->stride >= size) {
    __builtin_memcpy(record, from, size);
    return;
  }
  __builtin_memset(record, 0, size);
  __builtin_memcpy(record, from, span->stride);
}

/* Entry `index` of the `indices` span. */
static inline uint32_t ingot_read_index(const ingot_table_header *table, uint32_t index) {
  uint32_t value;
  __builtin_memcpy(&value, (const uint8_t *)table + table->indices.offset + (size_t)index * table->indices.stride,
                   sizeof value);
  return value;
}

/* a * b, or INGOT_NO_VALUE; written without a 128-bit product, which 32-bit targets would take from a library. */
static inline int64_t ingot_multiply(int64_t a, int64_t b) {
  if (a == INGOT_NO_VALUE || b == INGOT_NO_VALUE)
    return INGOT_NO_VALUE;
  uint64_t x = a < 0 ? 0 - (uint64_t)a : (uint64_t)a, y = b < 0 ? 0 - (uint64_t)b : (uint64_t)b;
  if (x != 0 && y > (uint64_t)INT64_MAX / x)
    return INGOT_NO_VALUE;
  return a * b;
}

static inline int64_t ingot_add(int64_t a, int64_t b) {
  int64_t sum;
  if (a == INGOT_NO_VALUE || b == INGOT_NO_VALUE || __builtin_add_overflow(a, b, &sum))
    return INGOT_NO_VALUE;
  return sum;
}

static inline int64_t ingot_apply(uint32_t op, int64_t a, int64_t b) {
  int64_t quotient, remainder;
  if (a == INGOT_NO_VALUE || b == INGOT_NO_VALUE)
    return INGOT_NO_VALUE;
  switch (op) {
  case INGOT_EXPR_ADD:
    return ingot_add(a, b);
  case INGOT_EXPR_SUB:
    return ingot_add(a, -b);
  case INGOT_EXPR_MUL:
    return ingot_multiply(a, b);
  case INGOT_EXPR_MIN:
    return a < b ? a : b;
  case INGOT_EXPR_MAX:
    return a > b ? a : b;
  case INGOT_EXPR_FLOORDIV:
  case INGOT_EXPR_CEILDIV:
  case INGOT_EXPR_MOD:
  case INGOT_EXPR_ALIGN:
    if (b <= 0)
      return INGOT_NO_VALUE;
    quotient = a / b, remainder = a % b;
    if (remainder < 0)
      quotient -= 1, remainder += b;
    if (op == INGOT_EXPR_FLOORDIV)
      return quotient;
    if (op == INGOT_EXPR_MOD)
      return remainder;
    if (op == INGOT_EXPR_CEILDIV)
      return quotient + (remainder != 0);
    return remainder == 0 ? a : ingot_add(a, b - remainder);
  default:
    return INGOT_NO_VALUE;
  }
}

/* Evaluate every expr: sizes[table->sizes.count] -> values[table->exprs.count]. */
static inline void ingot_evaluate(const ingot_table_header *table, const int64_t *sizes, int64_t *values) {
  for (uint32_t i = 0; i < table->exprs.count; ++i) {
    ingot_expr expr;
    ingot_read_record(table, &table->exprs, i, &expr, sizeof expr);
    if (expr.op == INGOT_EXPR_CONST)
      values[i] = expr.value;
    else if (expr.op == INGOT_EXPR_SIZE)
      values[i] = sizes[expr.lhs];
    else
      values[i] = ingot_apply(expr.op, values[expr.lhs], values[expr.rhs]);
  }
}

#ifdef __cplusplus
}
#endif
#endif /* INGOT_RUNTIME_ABI_EXPR_H */
