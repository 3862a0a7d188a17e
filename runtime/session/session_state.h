// A session: the states of an artifact, with the memory and threads that calls of its entry points use, one entry at a time.
#ifndef INGOT_RUNTIME_SESSION_SESSION_STATE_H
#define INGOT_RUNTIME_SESSION_SESSION_STATE_H

#include <ingot/runtime.h>

#include "runtime/core/binding.h"
#include "runtime/core/interpreter.h"
#include "runtime/loaders/artifact_state.h"

namespace ingot::rt {

/// A value kept between calls, for every entry that names it. `next` receives what an entry makes of it beside `current`, and
/// then takes its place.
struct State {
  ingot_argument type; // as the first entry that names it has it
  uint32_t owner;      // while they are listed: one more than the entry record that named it last
  bool initial;        // holds its initial value: takes any accepted dims at the next call
  uint8_t *current, *next;
  uint64_t capacity, nextCapacity;
  int64_t dims[INGOT_MAX_RANK];
};

/// What an entry does with a state.
struct StateUse {
  uint32_t state;
  uint32_t input;  // argument index within the entry, or INGOT_NONE: it does not read it
  uint32_t result; // result index it becomes, or INGOT_NONE: it leaves it as it is
  bool inPlace;    // the result is written over the argument
};

} // namespace ingot::rt

struct ingot_session {
  const ingot_artifact *artifact;
  uint32_t first;    // the entry point chosen: its first record
  uint32_t record;   // the specialisation that runs, once sizes are bound
  ingot_entry entry; // of `record`
  ingot::rt::Device device;
  ingot::rt::Frame frame;
  ingot::rt::Profile profile;

  // Facts of the entry that every call needs; there is room for those of any.
  ingot_argument *inputs;             // states included
  ingot_argument *results;            // those that become state included
  uint32_t givenInputs, givenResults; // how many of each the caller passes

  int64_t *lengths; // by size: the length of the states that grow by it, or INGOT_NO_VALUE
  int64_t *kept;    // of these, those of states that the entry takes
  int64_t *sizes;
  uint8_t *mentioned; // by size: whether the entry has it
  uint8_t *marks;     // by expr; room to find that out
  int64_t *values;    // by expr, valid while `bound`
  bool bound;         // sizes and values are those of the last call
  bool prepared;      // the plan is checked for them and the memory is there

  ingot::rt::ArgumentShape *shapes; // of the arguments given
  void **inputAddresses;            // by argument
  void **resultAddresses;           // by result
  ingot::rt::StateUse *uses;        // by the entry, in the order of its arguments, then of its results
  uint32_t useCount;
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
  return result.becomes != 0 || (result.alias != INGOT_NONE && isState(session.inputs[result.alias]));
}

/// The record of a state's type and growth in the entry that uses it.
inline const ingot_argument &recordOf(const ingot_session &session, const StateUse &use) {
  return use.input != INGOT_NONE ? session.inputs[use.input] : session.results[use.result];
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

/// Make an entry record the one that runs, and read the facts of it.
void chooseRecord(ingot_session &session, uint32_t record);

/// List the states of all entries. Refuses a table whose entries differ in a state of one name.
ingot_code listStates(ingot_session &session, ingot_error *error);
/// List what the entry chosen does with states.
void listUses(ingot_session &session);
/// Which lengths bind sizes of the entry's calls.
void keepLengths(ingot_session &session);

/// Bring states into being that hold no value yet, and refuse dims other than a state's.
ingot_code prepareStates(ingot_session &session, ingot_error *error);
/// After a call: states take the values of their results.
void commitStates(ingot_session &session);

} // namespace ingot::rt

#endif // INGOT_RUNTIME_SESSION_SESSION_STATE_H
