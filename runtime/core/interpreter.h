// The command-list interpreter: runs one entry's commands over prepared memory. No allocation, no locks, no library.
#ifndef INGOT_RUNTIME_CORE_INTERPRETER_H
#define INGOT_RUNTIME_CORE_INTERPRETER_H

#include "runtime/core/device.h"
#include "runtime/core/linkage.h"
#include "runtime/core/table.h"

#include <ingot/runtime.h>

namespace ingot::rt {

/// What happened in one command, counted since the session was made.
struct CommandCount {
  uint64_t calls;
  uint64_t nanoseconds;
  int64_t tiles;   // of the last call
  int32_t workers; // of the last call
};

/// Optional timing of every command.
struct Profile {
  CommandCount *counts; // by command index of the table
  uint64_t (*now)();    // nanoseconds
};

/// What ended a call early: a size of data whose number is out of its range, or whose value leads to no plan.
struct Refusal {
  uint32_t size; // INGOT_NONE: none
  int64_t value;
};

/// Where a function failed, and what it left.
struct CallFailure {
  uint32_t command;
  int32_t status;
  ingot_error error;
};

/// Everything one call needs. `slots` is rewritten before each call: a loop's pairs swap places in it.
struct Frame {
  Table table;
  const Device *device;
  const ingot_kernel_fn *functions; // by variant
  const uint32_t *chosen;           // by kernel: the variant in use
  int64_t *sizes;                   // by size; those of data are written when they are bound
  int64_t *values;                  // by expr; evaluated anew then
  void **slots;                     // by slot index less firstSlot
  uint32_t firstSlot;
  void **operands;       // room for the widest command
  int64_t *scalars;      // room for the widest command
  ingot_buffer *buffers; // room for the widest call
  uint8_t *scratch;
  uint64_t scratchStride;
  const Profile *profile; // null: off
  /// Whether commands stay within their memory at the values that a size of data led to; null: the table is trusted.
  bool (*fits)(const Frame &frame);
  const ingot_entry *entry; // for `fits`
  uint64_t *budget; // null: none. Nanoseconds of work, as the tables expect it, that may still be begun; at 0 nothing is
  Refusal refusal;
};

/// Execute a command list of a validated table. False where a function failed, which is told in `failure`.
INGOT_CORE bool runList(Frame &frame, uint32_t list, CallFailure &failure);

/// Give every size of data its maximum, as it is before a call binds it; whether there is any. The values follow from it.
INGOT_CORE bool openDataSizes(const Table &table, int64_t *sizes);

/// Variant of `kernel` to use with these features: the first whose required bits are all there, else INGOT_NONE.
INGOT_CORE uint32_t chooseVariant(const Table &table, uint32_t kernel, uint64_t features);

/// Tiles a dispatch has, given its kernel's variant in use.
INGOT_CORE int64_t gridOf(const Table &table, const ingot_command &command, uint32_t variant, const int64_t *values);

/// Addresses that a call's slots stand for.
struct Placement {
  void *const *inputs;  // by argument; states included; null: the argument's default
  void *const *results; // by result
  uint8_t *arena;
  const uint8_t *weights;
};

/// Fill frame.slots for one entry.
INGOT_CORE void placeSlots(const Frame &frame, const ingot_entry &entry, const Placement &placement);

} // namespace ingot::rt

#endif // INGOT_RUNTIME_CORE_INTERPRETER_H
