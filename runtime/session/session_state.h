// A session: one entry point of an artifact with the memory, threads and states that its calls use.
#ifndef INGOT_RUNTIME_SESSION_SESSION_STATE_H
#define INGOT_RUNTIME_SESSION_SESSION_STATE_H

#include <ingot/runtime.h>

#include "runtime/core/binding.h"
#include "runtime/core/interpreter.h"
#include "runtime/loaders/artifact_state.h"

namespace ingot::rt {

/// A value kept between calls. `next` receives the result it is paired with and then takes the place of `current`; the two
/// are one buffer where the state is donated to its result, and `next` is null where the state never changes.
struct State {
  uint32_t input;  // argument index within the entry
  uint32_t result; // result index it becomes, or INGOT_NONE
  bool inPlace;
  bool initial; // holds its initial value: takes any accepted dims at the next call
  bool grows;
  uint8_t *current, *next;
  uint64_t capacity; // of each buffer
  int64_t dims[INGOT_MAX_RANK];
};

} // namespace ingot::rt

struct ingot_session {
  const ingot_artifact *artifact;
  ingot_entry entry;
  ingot::rt::Device device;
  ingot::rt::Frame frame;
  ingot::rt::Profile profile;

  // Facts of the entry that every call needs.
  ingot_argument *inputs;             // states included
  ingot_argument *results;            // those that become state included
  uint32_t givenInputs, givenResults; // how many of each the caller passes

  int64_t *kept; // by size: the length of the states that grow by it, or INGOT_NO_VALUE
  int64_t *sizes;
  int64_t *values; // by expr, valid while `bound`
  bool bound;      // sizes and values are those of the last call
  bool prepared;   // the plan is checked for them and the memory is there

  ingot::rt::ArgumentShape *shapes; // of the arguments given
  void **inputAddresses;            // by argument
  void **resultAddresses;           // by result
  ingot::rt::State *states;
  uint32_t stateCount;

  uint8_t *arena;
  uint64_t arenaCapacity;
  uint64_t scratchCapacity;
};

namespace ingot::rt {

inline bool isState(const ingot_argument &argument) { return (argument.flags & INGOT_ARG_STATE) != 0; }

/// Whether a result becomes a state, so that the caller passes no buffer for it.
inline bool becomesState(const ingot_session &session, const ingot_argument &result) {
  return result.alias != INGOT_NONE && isState(session.inputs[result.alias]);
}

/// Make `capacity` of a device block at least `bytes`; the old content is lost.
ingot_code reserve(const Device &device, uint8_t *&block, uint64_t &capacity, uint64_t bytes, const char *what,
                   ingot_error *error);

/// Bind the sizes that these inputs have (nothing to do if they are those of the last call).
ingot_code bindInputs(ingot_session &session, const ingot_buffer *inputs, size_t count, ingot_error *error);

/// Check the plan and get the memory for the sizes bound.
ingot_code prepare(ingot_session &session, ingot_error *error);

/// Refuse a call after which a state would hold more than it can.
ingot_code checkLengths(const ingot_session &session, ingot_error *error);
/// Every growing state is empty.
void resetLengths(ingot_session &session);

/// Bring states into being that hold no value yet, and refuse dims other than a state's.
ingot_code prepareStates(ingot_session &session, ingot_error *error);
/// After a call: states take the values of their results.
void commitStates(ingot_session &session);

} // namespace ingot::rt

#endif // INGOT_RUNTIME_SESSION_SESSION_STATE_H
