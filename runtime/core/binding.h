// From a call's dims to numbers: sizes bound and checked against what the entry accepts, every expr evaluated, and the
// memory each command would touch checked against what there is. Done once per new set of sizes.
#ifndef INGOT_RUNTIME_CORE_BINDING_H
#define INGOT_RUNTIME_CORE_BINDING_H

#include <ingot/artifact.h>

#include "runtime/core/message.h"
#include "runtime/core/table.h"

namespace ingot::rt {

/// What a caller passes for one argument.
struct ArgumentShape {
  uint32_t dtype, rank;
  const int64_t *dims;
};

/// Bind sizes from arguments and evaluate all exprs. `shapes` holds the arguments that are not state, in order.
/// On INGOT_INVALID the message names every argument that does not fit.
/// `kept`: by size, the length of a growing state, or INGOT_NO_VALUE where the arguments' dims bind the size.
ingot_code bindSizes(const Table &table, const ingot_entry &entry, const ArgumentShape *shapes, const int64_t *kept,
                     int64_t *sizes, int64_t *values, ingot_error *error);

/// Check all that one entry's commands would do at these values: slots lie in their argument, arena or weights, copies and
/// loop pairs are of equal size, grids and scalars have values.
ingot_code checkPlan(const Table &table, const ingot_entry &entry, const uint32_t *chosen, const int64_t *values,
                     ingot_error *error);

/// "f32[batch,784]".
void printAccepted(Message &out, const Table &table, const ingot_argument &argument);
/// "f32[3,784]".
void printShape(Message &out, uint32_t dtype, uint32_t rank, const int64_t *dims);

} // namespace ingot::rt

#endif // INGOT_RUNTIME_CORE_BINDING_H
