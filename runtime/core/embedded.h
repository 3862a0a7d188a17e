/* The entry of the object form: one call of one entry point, over memory that the caller gives. C99, freestanding.
 *
 * runtime/core/embedded.cpp holds all it needs and may be compiled for any target with -ffreestanding (it uses memcpy,
 * memmove and memset); it keeps no state outside `workspace`, so calls with different workspaces are independent. */
#ifndef INGOT_RUNTIME_CORE_EMBEDDED_H
#define INGOT_RUNTIME_CORE_EMBEDDED_H

#include "runtime/abi/workspace.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Run the entry point at record `entry`, by that of its specialisations that is for the sizes, of a trusted image (made by this
 * process's linker, not read from a file).
 *   inputs     one address per argument of the entry, states included, aligned to its element; NULL: the argument's default
 *   results    one address per result, those that become state included
 *   sizes      one value per size of the table, in its order; NULL where it has none. Those of data are written
 *   workspace  ingot_embedded_workspace_bytes(...) bytes of any alignment and content. What a call leaves there spares the
 * next one the questions to the processor. pool       NULL: the caller's thread alone Returns 0, or an ingot_code:
 * INGOT_INVALID for a size out of range (of data, too), INGOT_INCOMPATIBLE where the processor lacks features; what a function of the
 * model's returned that failed. */
int ingot_embedded_run(const ingot_image *image, uint32_t entry, const void *const *inputs, void *const *results,
                       int64_t *sizes, void *workspace, const ingot_pool *pool);

/* Bytes of workspace of that call for these sizes and this many workers. `values` is room for table->exprs.count numbers. Sizes of data
 * are at their maxima. 0 where the sizes lead to no value. */
uint64_t ingot_embedded_workspace_bytes(const ingot_table_header *table, uint32_t entry, const int64_t *sizes,
                                        int32_t workers, int64_t *values);

#ifdef __cplusplus
}
#endif
#endif /* INGOT_RUNTIME_CORE_EMBEDDED_H */
