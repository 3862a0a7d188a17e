#include "runtime/session/session_state.h"

namespace ingot::rt {
namespace {

Failure &nameState(Failure &failure, const ingot_session &session, const State &state) {
  return failure << "state " << Quoted{session.artifact->table.string(session.inputs[state.input].name)};
}

int64_t dimOf(const ingot_session &session, const ingot_argument &argument, uint32_t d) {
  return session.values[session.artifact->table.index(argument.dims + d)];
}

/// The argument and the result it becomes have the same dims at the sizes bound.
ingot_code checkPair(const ingot_session &session, const State &state, ingot_error *error) {
  const ingot_argument &argument = session.inputs[state.input];
  for (uint32_t d = 0; state.result != INGOT_NONE && d < argument.rank; ++d)
    if (dimOf(session, argument, d) != dimOf(session, session.results[state.result], d)) {
      Failure failure(error, INGOT_INVALID);
      return nameState(failure, session, state) << " would change its dims in this call";
    }
  return INGOT_OK;
}

ingot_code allocate(const ingot_session &session, State &state, uint64_t bytes, ingot_error *error) {
  const uint64_t wanted = bytes != 0 ? bytes : 1;
  if (state.capacity >= wanted)
    return INGOT_OK;
  uint64_t capacity = state.capacity;
  if (state.inPlace)
    state.next = nullptr;
  if (state.next || (!state.inPlace && state.result != INGOT_NONE)) {
    uint64_t nextCapacity = state.next ? state.capacity : 0;
    if (const ingot_code code = reserve(session.device, state.next, nextCapacity, wanted, "states", error); code != INGOT_OK)
      return code;
  }
  const ingot_code code = reserve(session.device, state.current, capacity, wanted, "states", error);
  state.capacity = capacity;
  if (code != INGOT_OK) {
    if (state.next)
      session.device.free(session.device.context, state.next, wanted);
    state.next = nullptr;
    return code;
  }
  if (state.inPlace)
    state.next = state.current;
  return INGOT_OK;
}

/// Write the initial value: a weight's bytes, or zeros.
ingot_code initialise(ingot_session &session, State &state, ingot_error *error) {
  const Table &table = session.artifact->table;
  const ingot_argument &argument = session.inputs[state.input];
  const uint64_t bytes = static_cast<uint64_t>(session.values[argument.bytes]);
  if (const ingot_code code = allocate(session, state, bytes, error); code != INGOT_OK)
    return code;
  if (argument.initial_weight == INGOT_NONE) {
    session.device.fill(session.device.context, state.current, bytes, 0, 1);
  } else {
    const ingot_weight_record weight = table.weight(argument.initial_weight);
    if (weight.size != bytes) {
      Failure failure(error, INGOT_INVALID);
      return nameState(failure, session, state)
             << " takes " << bytes << " bytes in this call, its initial value has " << weight.size;
    }
    session.device.copy(session.device.context, state.current, session.artifact->weights + weight.offset, bytes,
                        CopyKind::HostToDevice);
  }
  for (uint32_t d = 0; d < argument.rank; ++d)
    state.dims[d] = dimOf(session, argument, d);
  return INGOT_OK;
}

ingot_code checkDims(const ingot_session &session, const State &state, ingot_error *error) {
  const ingot_argument &argument = session.inputs[state.input];
  bool same = true;
  int64_t wanted[INGOT_MAX_RANK];
  for (uint32_t d = 0; d < argument.rank; ++d) {
    wanted[d] = dimOf(session, argument, d);
    same = same && wanted[d] == state.dims[d];
  }
  if (same)
    return INGOT_OK;
  Failure failure(error, INGOT_INVALID);
  nameState(failure, session, state) << " holds ";
  printShape(failure, argument.dtype, argument.rank, state.dims);
  failure << " from an earlier call, this one needs ";
  printShape(failure, argument.dtype, argument.rank, wanted);
  return failure << "; reset the session first";
}

} // namespace

ingot_code checkLengths(const ingot_session &session, ingot_error *error) {
  for (uint32_t i = 0; i < session.stateCount; ++i) {
    const State &state = session.states[i];
    if (!state.grows)
      continue;
    const ingot_argument &argument = session.inputs[state.input];
    const int64_t room = dimOf(session, argument, argument.grows - 1), next = session.values[argument.next_length];
    if (next >= 0 && next <= room)
      continue;
    Failure failure(error, INGOT_INVALID);
    return nameState(failure, session, state)
           << " holds " << session.sizes[argument.length] << " of at most " << room << " along "
           << Quoted{session.artifact->table.string(session.artifact->table.size(argument.length).name)}
           << " and would hold " << next << " after this call; it is as before";
  }
  return INGOT_OK;
}

void resetLengths(ingot_session &session) {
  for (uint32_t i = 0; i < session.artifact->table.header().sizes.count; ++i)
    session.kept[i] = INGOT_NO_VALUE;
  for (uint32_t i = 0; i < session.stateCount; ++i)
    if (session.states[i].grows)
      session.kept[session.inputs[session.states[i].input].length] = 0;
}

ingot_code prepareStates(ingot_session &session, ingot_error *error) {
  // Refusals first, so that a call that fails leaves every state as it is.
  for (uint32_t i = 0; i < session.stateCount; ++i) {
    const State &state = session.states[i];
    if (const ingot_code code = checkPair(session, state, error); code != INGOT_OK)
      return code;
    if (state.initial)
      continue;
    if (const ingot_code code = checkDims(session, state, error); code != INGOT_OK)
      return code;
  }
  for (uint32_t i = 0; i < session.stateCount; ++i)
    if (session.states[i].initial)
      if (const ingot_code code = initialise(session, session.states[i], error); code != INGOT_OK)
        return code;
  return INGOT_OK;
}

void commitStates(ingot_session &session) {
  for (uint32_t i = 0; i < session.stateCount; ++i) {
    State &state = session.states[i];
    state.initial = false;
    if (state.grows) {
      const ingot_argument &argument = session.inputs[state.input];
      session.kept[argument.length] = session.values[argument.next_length];
      session.bound = session.prepared = false;
    }
    if (state.result == INGOT_NONE || state.inPlace)
      continue;
    uint8_t *const previous = state.current;
    state.current = state.next;
    state.next = previous;
  }
}

} // namespace ingot::rt
