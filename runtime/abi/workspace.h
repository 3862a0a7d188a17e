/* How a call's memory is laid out in one caller-given block: the interpreter's tables, the arena, one scratch per worker.
 *
 * Header-only C99, shared by the object form (whose header states the bytes as macros: the layout at the sizes' maxima) and
 * the embedded interpreter. Bytes are linear in the worker count: fixed + workers * scratch_stride.
 */
#ifndef INGOT_RUNTIME_ABI_WORKSPACE_H
#define INGOT_RUNTIME_ABI_WORKSPACE_H

#include "runtime/abi/expr.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Bytes at the start that the interpreter keeps for itself. */
#define INGOT_WORKSPACE_MARK INGOT_BUFFER_ALIGNMENT
/* sizeof(ingot_buffer) where addresses take 8 bytes. */
#define INGOT_WORKSPACE_BUFFER 176u

/* Byte offsets from the block's start rounded up to INGOT_BUFFER_ALIGNMENT. */
typedef struct ingot_workspace_layout {
  uint64_t values;   /* int64_t per expr; INGOT_WORKSPACE_MARK, whatever the table */
  uint64_t slots;    /* address per slot of the entry */
  uint64_t operands; /* address per operand of the command with the most */
  uint64_t buffers;  /* ingot_buffer per operand of the call with the most */
  uint64_t scalars;  /* int64_t per scalar of the command with the most */
  uint64_t chosen;   /* uint32_t per kernel: the variant in use */
  uint64_t arena;
  uint64_t scratch;
  uint64_t scratch_stride; /* bytes per worker, a multiple of INGOT_BUFFER_ALIGNMENT */
  uint64_t fixed;          /* bytes without scratch, with the room that rounding the start up may take */
} ingot_workspace_layout;

static inline uint64_t ingot_round_up(uint64_t bytes) {
  return (bytes + INGOT_BUFFER_ALIGNMENT - 1) & ~(uint64_t)(INGOT_BUFFER_ALIGNMENT - 1);
}

/* The most operands and scalars any command of the table has, and the most operands of a call. */
static inline void ingot_command_maxima(const ingot_table_header *table, uint32_t *operands, uint32_t *scalars,
                                        uint32_t *buffers) {
  *operands = 0, *scalars = 0, *buffers = 0;
  for (uint32_t i = 0; i < table->commands.count; ++i) {
    ingot_command command;
    ingot_read_record(table, &table->commands, i, &command, sizeof command);
    if (command.operand_count > *operands)
      *operands = command.operand_count;
    if (command.scalar_count > *scalars)
      *scalars = command.scalar_count;
    if (command.op == INGOT_CMD_CALL && command.operand_count > *buffers)
      *buffers = command.operand_count;
  }
}

/* The most scratch any variant wants, given the exprs' values; variants whose scratch has no value are not for this call. */
static inline uint64_t ingot_scratch_stride(const ingot_table_header *table, const int64_t *values) {
  int64_t most = 0;
  for (uint32_t i = 0; i < table->variants.count; ++i) {
    ingot_variant variant;
    ingot_read_record(table, &table->variants, i, &variant, sizeof variant);
    if (values[variant.scratch] > most)
      most = values[variant.scratch];
  }
  return ingot_round_up((uint64_t)most);
}

/* Lay out entry `entry` for exprs evaluated to `values` on a target whose addresses take `pointer_bytes`.
 * Returns 0, or -1 where the arena's size has no value. */
static inline int ingot_lay_out_workspace(const ingot_table_header *table, uint32_t entry, const int64_t *values,
                                          uint32_t pointer_bytes, ingot_workspace_layout *layout) {
  ingot_entry record;
  uint32_t operands, scalars, buffers;
  uint64_t at = INGOT_WORKSPACE_MARK;
  ingot_read_record(table, &table->entries, entry, &record, sizeof record);
  if (values[record.arena] < 0)
    return -1;
  ingot_command_maxima(table, &operands, &scalars, &buffers);
  layout->values = at, at += (uint64_t)table->exprs.count * 8;
  layout->scalars = at, at += (uint64_t)scalars * 8;
  layout->slots = at, at += (uint64_t)record.slot_count * pointer_bytes;
  layout->operands = at, at += (uint64_t)operands * pointer_bytes;
  layout->buffers = at, at += (uint64_t)buffers * INGOT_WORKSPACE_BUFFER;
  layout->chosen = at, at += (uint64_t)table->kernels.count * 4;
  layout->arena = at = ingot_round_up(at), at += (uint64_t)values[record.arena];
  layout->scratch = at = ingot_round_up(at);
  layout->scratch_stride = ingot_scratch_stride(table, values);
  layout->fixed = at + INGOT_BUFFER_ALIGNMENT;
  return 0;
}

#ifdef __cplusplus
}
#endif
#endif /* INGOT_RUNTIME_ABI_WORKSPACE_H */
