#include "runtime/session/session_state.h"

namespace ingot::rt {
namespace {

/// The name of the state that a record stands for.
uint32_t nameOf(const ingot_argument &record) { return record.becomes != 0 ? record.becomes : record.name; }

Failure &nameState(Failure &failure, const ingot_session &session, const StateUse &use) {
  return failure << "state " << Quoted{session.artifact->table.string(nameOf(session.states[use.state].type))};
}

int64_t dimOf(const ingot_session &session, const ingot_argument &argument, uint32_t d) {
  return session.values[session.artifact->table.index(argument.dims + d)];
}

/// The argument and the result it becomes have the same dims at the sizes bound.
ingot_code checkPair(const ingot_session &session, const StateUse &use, ingot_error *error) {
  const ingot_argument &argument = recordOf(session, use);
  for (uint32_t d = 0; use.result != INGOT_NONE && d < argument.rank; ++d)
    if (dimOf(session, argument, d) != dimOf(session, session.results[use.result], d)) {
      Failure failure(error, INGOT_INVALID);
      return nameState(failure, session, use) << " would change its dims in this call";
    }
  return INGOT_OK;
}

ingot_code reserveState(const ingot_session &session, uint8_t *&block, uint64_t &capacity, const ingot_argument &record,
                        ingot_error *error) {
  const uint64_t bytes = static_cast<uint64_t>(session.values[record.bytes]);
  return reserve(session.device, block, capacity, bytes != 0 ? bytes : 1, "states", error);
}

/// Write the initial value: a weight's bytes, or zeros.
ingot_code initialise(ingot_session &session, const StateUse &use, ingot_error *error) {
  const Table &table = session.artifact->table;
  const ingot_argument &argument = session.inputs[use.input];
  const uint64_t bytes = static_cast<uint64_t>(session.values[argument.bytes]);
  State &state = session.states[use.state];
  if (const ingot_code code = reserveState(session, state.current, state.capacity, argument, error); code != INGOT_OK)
    return code;
  if (argument.initial_weight == INGOT_NONE) {
    session.device.fill(session.device.context, state.current, bytes, 0, 1);
  } else {
    const ingot_weight_record weight = table.weight(argument.initial_weight);
    if (weight.size != bytes) {
      Failure failure(error, INGOT_INVALID);
      return nameState(failure, session, use)
             << " takes " << bytes << " bytes in this call, its initial value has " << weight.size;
    }
    session.device.copy(session.device.context, state.current, session.artifact->weights + weight.offset, bytes,
                        CopyKind::HostToDevice);
  }
  for (uint32_t d = 0; d < argument.rank; ++d)
    state.dims[d] = dimOf(session, argument, d);
  return INGOT_OK;
}

ingot_code checkDims(const ingot_session &session, const StateUse &use, ingot_error *error) {
  const ingot_argument &argument = session.inputs[use.input];
  const State &state = session.states[use.state];
  bool same = true;
  int64_t wanted[INGOT_MAX_RANK];
  for (uint32_t d = 0; d < argument.rank; ++d) {
    wanted[d] = dimOf(session, argument, d);
    same = same && wanted[d] == state.dims[d];
  }
  if (same)
    return INGOT_OK;
  Failure failure(error, INGOT_INVALID);
  nameState(failure, session, use) << " holds ";
  printShape(failure, argument.dtype, argument.rank, state.dims);
  failure << " from an earlier call, this one needs ";
  printShape(failure, argument.dtype, argument.rank, wanted);
  return failure << "; reset the session first";
}

/// Whether two records of a state say the same of it; those of one table that do share their dims.
bool sameState(const Table &table, const ingot_argument &a, const ingot_argument &b) {
  bool same = a.dtype == b.dtype && a.rank == b.rank && a.grows == b.grows && (a.grows == 0 || a.length == b.length);
  for (uint32_t d = 0; same && d < a.rank; ++d)
    same = table.index(a.dims + d) == table.index(b.dims + d);
  return same;
}

/// The state that `record` of entry record `entry` stands for: the first of its name that this entry has not named yet.
uint32_t stateOf(const ingot_session &session, uint32_t entry, const ingot_argument &record) {
  uint32_t i = 0;
  while (i < session.stateCount &&
         (nameOf(session.states[i].type) != nameOf(record) || session.states[i].owner == entry + 1))
    ++i;
  return i;
}

/// Call `function(record, argument, result)` for every state of an entry, given its arguments and results.
template <class Function>
void eachState(const ingot_argument *inputs, uint32_t inputCount, const ingot_argument *results, uint32_t resultCount,
               Function function) {
  for (uint32_t i = 0; i < inputCount; ++i)
    if (isState(inputs[i]))
      function(inputs[i], i, inputs[i].alias);
  for (uint32_t i = 0; i < resultCount; ++i)
    if (results[i].becomes != 0)
      function(results[i], INGOT_NONE, i);
}

} // namespace

ingot_code listStates(ingot_session &session, ingot_error *error) {
  const Table &table = session.artifact->table;
  bool same = true;
  const auto add = [&](uint32_t entry, const ingot_argument &record) {
    const uint32_t at = stateOf(session, entry, record);
    State &state = session.states[at];
    if (at == session.stateCount) {
      state.type = record;
      state.initial = true;
      ++session.stateCount;
    } else if (same && !sameState(table, state.type, record)) {
      Failure(error, INGOT_CORRUPT) << "corrupt artifact: entry points differ in state "
                                    << Quoted{table.string(nameOf(record))};
      same = false;
    }
    state.owner = entry + 1;
  };
  for (uint32_t i = 0; i < table.header().entries.count; ++i) {
    const ingot_entry entry = table.entry(i);
    for (uint32_t k = 0; k < entry.input_count; ++k)
      if (const ingot_argument input = table.argument(entry.inputs + k); isState(input))
        add(i, input);
    for (uint32_t k = 0; k < entry.result_count; ++k)
      if (const ingot_argument result = table.argument(entry.results + k); result.becomes != 0)
        add(i, result);
  }
  return same ? INGOT_OK : INGOT_CORRUPT;
}

void listUses(ingot_session &session) {
  for (uint32_t i = 0; i < session.stateCount; ++i)
    session.states[i].owner = 0;
  session.useCount = 0;
  eachState(session.inputs, session.entry.input_count, session.results, session.entry.result_count,
            [&](const ingot_argument &record, uint32_t input, uint32_t result) {
              const uint32_t at = stateOf(session, session.first, record);
              session.states[at].owner = session.first + 1;
              session.uses[session.useCount++] =
                  StateUse{at, input, result, input != INGOT_NONE && (record.flags & INGOT_ARG_DONATED) != 0};
            });
  keepLengths(session);
}

void keepLengths(ingot_session &session) {
  for (uint32_t i = 0; i < session.artifact->table.header().sizes.count; ++i)
    session.kept[i] = INGOT_NO_VALUE;
  for (uint32_t i = 0; i < session.useCount; ++i)
    if (const ingot_argument &record = recordOf(session, session.uses[i]);
        record.grows != 0 && session.uses[i].input != INGOT_NONE)
      session.kept[record.length] = session.lengths[record.length];
}

ingot_code checkLengths(const ingot_session &session, ingot_error *error) {
  for (uint32_t i = 0; i < session.useCount; ++i) {
    const StateUse &use = session.uses[i];
    const ingot_argument &record = recordOf(session, use);
    if (record.grows == 0)
      continue;
    const int64_t room = dimOf(session, record, record.grows - 1), next = session.values[record.next_length];
    if (next >= 0 && next <= room)
      continue;
    Failure failure(error, INGOT_INVALID);
    nameState(failure, session, use) << " holds " << session.lengths[record.length] << " of at most " << room << " along "
                                     << Quoted{session.artifact->table.string(
                                            session.artifact->table.size(record.length).name)};
    return failure << " and would hold " << next << " after this call; it is as before";
  }
  return INGOT_OK;
}

void resetLengths(ingot_session &session) {
  for (uint32_t i = 0; i < session.artifact->table.header().sizes.count; ++i)
    session.lengths[i] = INGOT_NO_VALUE;
  for (uint32_t i = 0; i < session.stateCount; ++i)
    if (session.states[i].type.grows != 0)
      session.lengths[session.states[i].type.length] = 0;
}

ingot_code prepareStates(ingot_session &session, ingot_error *error) {
  // Refusals first, so that a call that fails leaves every state as it is.
  for (uint32_t i = 0; i < session.useCount; ++i) {
    const StateUse &use = session.uses[i];
    if (const ingot_code code = checkPair(session, use, error); code != INGOT_OK)
      return code;
    if (use.input == INGOT_NONE || session.states[use.state].initial)
      continue;
    if (const ingot_code code = checkDims(session, use, error); code != INGOT_OK)
      return code;
  }
  for (uint32_t i = 0; i < session.useCount; ++i) {
    const StateUse &use = session.uses[i];
    State &state = session.states[use.state];
    if (use.result != INGOT_NONE && !use.inPlace)
      if (const ingot_code code = reserveState(session, state.next, state.nextCapacity, session.results[use.result], error);
          code != INGOT_OK)
        return code;
    if (use.input != INGOT_NONE && state.initial)
      if (const ingot_code code = initialise(session, use, error); code != INGOT_OK)
        return code;
  }
  return INGOT_OK;
}

void commitStates(ingot_session &session) {
  for (uint32_t i = 0; i < session.useCount; ++i) {
    const StateUse &use = session.uses[i];
    const ingot_argument &record = recordOf(session, use);
    State &state = session.states[use.state];
    state.initial = false;
    if (record.grows != 0) {
      session.lengths[record.length] = session.values[record.next_length];
      session.bound = session.prepared = false;
    }
    if (use.result == INGOT_NONE || use.inPlace)
      continue;
    if (use.input == INGOT_NONE)
      for (uint32_t d = 0; d < record.rank; ++d)
        state.dims[d] = dimOf(session, record, d);
    uint8_t *const previous = state.current;
    const uint64_t capacity = state.capacity;
    state.current = state.next, state.capacity = state.nextCapacity;
    state.next = previous, state.nextCapacity = capacity;
    // A buffer that an earlier, smaller value lay in is made larger when the next call is prepared.
    session.prepared = session.prepared && state.nextCapacity >= static_cast<uint64_t>(session.values[record.bytes]);
  }
  keepLengths(session);
}

} // namespace ingot::rt
