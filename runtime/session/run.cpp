#include "runtime/abi/workspace.h"
#include "runtime/core/dtype.h"
#include "runtime/session/session_state.h"

namespace ingot::rt {
namespace {

/// Buffer `index` of an array whose elements have the struct_size that the first one states.
const ingot_buffer &bufferAt(const ingot_buffer *buffers, size_t index) {
  return *reinterpret_cast<const ingot_buffer *>(reinterpret_cast<const uint8_t *>(buffers) + index * buffers->struct_size);
}
ingot_buffer &bufferAt(ingot_buffer *buffers, size_t index) {
  return *reinterpret_cast<ingot_buffer *>(reinterpret_cast<uint8_t *>(buffers) + index * buffers->struct_size);
}

const char *nameOf(const ingot_session &session, const ingot_argument &argument) {
  return session.artifact->table.string(argument.name);
}

ingot_code checkCount(const ingot_session &session, const char *what, const ingot_argument *arguments, uint32_t total,
                      uint32_t wanted, size_t given, bool areResults, ingot_error *error) {
  if (given == wanted)
    return INGOT_OK;
  Failure failure(error, INGOT_INVALID);
  failure << "got " << static_cast<uint64_t>(given) << " " << what << ", want " << wanted << ":";
  for (uint32_t i = 0; i < total; ++i)
    if (areResults ? !becomesState(session, arguments[i]) : !isState(arguments[i])) {
      failure << " " << Quoted{nameOf(session, arguments[i])} << " ";
      printAccepted(failure, session.artifact->table, arguments[i]);
    }
  return failure;
}

/// The buffer as first published ends before the field.
constexpr size_t leastBuffer = offsetof(ingot_buffer, bounded_dims);

ingot_code checkStruct(const ingot_buffer *buffers, size_t count, const char *what, ingot_error *error) {
  if (count != 0 && (!buffers || buffers->struct_size < leastBuffer))
    return Failure(error, INGOT_INVALID) << what << ": the buffers are no ingot_buffer of this version (struct_size is "
                                         << (buffers ? buffers->struct_size : 0) << ")";
  return INGOT_OK;
}

/// Whether the inputs have the dims of the last call.
bool sameShapes(const ingot_session &session, const ingot_buffer *inputs) {
  const Table &table = session.artifact->table;
  for (uint32_t i = 0, given = 0; i < session.entry.input_count; ++i) {
    const ingot_argument &argument = session.inputs[i];
    if (isState(argument))
      continue;
    const ingot_buffer &buffer = bufferAt(inputs, given++);
    if (buffer.dtype != argument.dtype || buffer.rank != argument.rank)
      return false;
    for (uint32_t d = 0; d < buffer.rank; ++d)
      if (buffer.dims[d] != session.values[table.index(argument.dims + d)])
        return false;
  }
  return true;
}

/// Address, device, alignment and room of a buffer that holds `bytes` bytes.
ingot_code checkMemory(const ingot_session &session, const char *what, const ingot_argument &argument,
                       const ingot_buffer &buffer, uint64_t bytes, bool exactly, ingot_error *error) {
  if (buffer.device != 0)
    return Failure(error, INGOT_INVALID) << what << Quoted{nameOf(session, argument)} << ": is on device " << buffer.device
                                         << ", want the host (0)";
  if (exactly ? buffer.byte_size != bytes : buffer.byte_size < bytes)
    return Failure(error, INGOT_INVALID) << what << Quoted{nameOf(session, argument)} << ": the buffer has "
                                         << buffer.byte_size << " bytes, want " << (exactly ? "" : "at least ") << bytes;
  if (!buffer.data && bytes != 0)
    return Failure(error, INGOT_INVALID) << what << Quoted{nameOf(session, argument)} << ": the buffer has no address";
  const uint32_t alignment = dtypeAlignment(argument.dtype);
  if (reinterpret_cast<uintptr_t>(buffer.data) % alignment != 0)
    return Failure(error, INGOT_INVALID) << what << Quoted{nameOf(session, argument)} << ": address "
                                         << Hex{reinterpret_cast<uintptr_t>(buffer.data)} << " is not aligned to "
                                         << alignment << " bytes";
  return INGOT_OK;
}

ingot_code placeInputs(ingot_session &session, const ingot_buffer *inputs, ingot_error *error) {
  for (uint32_t i = 0; i < session.useCount; ++i)
    if (session.uses[i].input != INGOT_NONE)
      session.inputAddresses[session.uses[i].input] = session.states[session.uses[i].state].current;
  for (uint32_t i = 0, given = 0; i < session.entry.input_count; ++i) {
    const ingot_argument &argument = session.inputs[i];
    if (isState(argument))
      continue;
    const ingot_buffer &buffer = bufferAt(inputs, given++);
    if (!buffer.data && (argument.flags & INGOT_ARG_DEFAULT) != 0) {
      session.inputAddresses[i] = nullptr;
      continue;
    }
    const uint64_t bytes = static_cast<uint64_t>(session.values[argument.bytes]);
    if (const ingot_code code = checkMemory(session, "input ", argument, buffer, bytes, true, error); code != INGOT_OK)
      return code;
    session.inputAddresses[i] = buffer.data;
  }
  return INGOT_OK;
}

/// Write dtype, rank and dims of the results the caller gets: before a run what they may take, the bytes too; then what they are.
void describeResults(const ingot_session &session, ingot_buffer *results, bool before) {
  const Table &table = session.artifact->table;
  for (uint32_t i = 0, given = 0; i < session.entry.result_count; ++i) {
    const ingot_argument &argument = session.results[i];
    if (becomesState(session, argument))
      continue;
    ingot_buffer &buffer = bufferAt(results, given++);
    buffer.dtype = argument.dtype;
    buffer.rank = argument.rank;
    uint64_t bounded = 0;
    for (uint32_t d = 0; d < argument.rank; ++d) {
      const uint32_t dim = table.index(argument.dims + d);
      const uint32_t most = before && argument.bounds != 0 ? table.index(argument.bounds - 1 + d) : dim;
      buffer.dims[d] = session.values[most];
      bounded |= static_cast<uint64_t>(most != dim) << d;
    }
    if (buffer.struct_size >= sizeof(ingot_buffer))
      buffer.bounded_dims = bounded;
    if (before)
      buffer.byte_size = static_cast<uint64_t>(session.values[argument.bytes]);
  }
}

bool overlap(const void *a, uint64_t aBytes, const void *b, uint64_t bBytes) {
  const uintptr_t x = reinterpret_cast<uintptr_t>(a), y = reinterpret_cast<uintptr_t>(b);
  return aBytes != 0 && bBytes != 0 && x < y + bBytes && y < x + aBytes;
}

/// A result may lie over the input donated to it, exactly; and over nothing else.
ingot_code checkOverlap(const ingot_session &session, uint32_t result, ingot_error *error) {
  const ingot_argument &argument = session.results[result];
  const void *const address = session.resultAddresses[result];
  const uint64_t bytes = static_cast<uint64_t>(session.values[argument.bytes]);
  for (uint32_t i = 0; i < session.entry.input_count; ++i) {
    const ingot_argument &input = session.inputs[i];
    if (!overlap(address, bytes, session.inputAddresses[i], static_cast<uint64_t>(session.values[input.bytes])))
      continue;
    const bool donated = (input.flags & INGOT_ARG_DONATED) != 0 && input.alias == result;
    if (!donated || address != session.inputAddresses[i])
      return Failure(error, INGOT_INVALID)
             << "result " << Quoted{nameOf(session, argument)} << " overlaps input " << Quoted{nameOf(session, input)}
             << (donated ? ", which is donated to it, at another address" : ", which is not donated to it");
  }
  for (uint32_t i = 0; i < result; ++i)
    if (overlap(address, bytes, session.resultAddresses[i], static_cast<uint64_t>(session.values[session.results[i].bytes])))
      return Failure(error, INGOT_INVALID) << "result " << Quoted{nameOf(session, argument)} << " overlaps result "
                                           << Quoted{nameOf(session, session.results[i])};
  return INGOT_OK;
}

ingot_code placeResults(ingot_session &session, const ingot_buffer *results, ingot_error *error) {
  for (uint32_t i = 0; i < session.useCount; ++i) {
    const StateUse &use = session.uses[i];
    const State &state = session.states[use.state];
    if (use.result != INGOT_NONE)
      session.resultAddresses[use.result] = use.inPlace ? state.current : state.next;
  }
  for (uint32_t i = 0, given = 0; i < session.entry.result_count; ++i) {
    const ingot_argument &argument = session.results[i];
    if (becomesState(session, argument))
      continue;
    const ingot_buffer &buffer = bufferAt(results, given++);
    const uint64_t bytes = static_cast<uint64_t>(session.values[argument.bytes]);
    if (const ingot_code code = checkMemory(session, "result ", argument, buffer, bytes, false, error); code != INGOT_OK)
      return code;
    session.resultAddresses[i] = buffer.data;
    if (const ingot_code code = checkOverlap(session, i, error); code != INGOT_OK)
      return code;
  }
  return INGOT_OK;
}

void zeroResults(ingot_session &session) {
  for (uint32_t i = 0; i < session.entry.result_count; ++i)
    session.device.fill(session.device.context, session.resultAddresses[i],
                        static_cast<uint64_t>(session.values[session.results[i].bytes]), 0, 1);
}

ingot_code bind(ingot_session &session, const ingot_buffer *inputs, ingot_error *error) {
  session.bound = session.prepared = false;
  for (uint32_t i = 0; i < session.givenInputs; ++i) {
    const ingot_buffer &buffer = bufferAt(inputs, i);
    session.shapes[i] = ArgumentShape{buffer.dtype, buffer.rank, buffer.dims};
  }
  const ingot_code code =
      bindSizes(session.artifact->table, session.entry, session.shapes, session.kept, session.sizes, session.values, error);
  if (code != INGOT_OK)
    return code;
  const Table &table = session.artifact->table;
  const uint32_t record = table.specialisationFor(session.first, session.sizes);
  if (record == INGOT_NONE) {
    Failure failure(error, INGOT_INVALID);
    failure << "entry point " << Quoted{table.string(session.entry.name)} << " is not made for these sizes:";
    for (uint32_t i = 0; i < table.header().sizes.count; ++i)
      failure << ' ' << table.string(table.size(i).name) << " = " << session.sizes[i];
    return failure;
  }
  chooseRecord(session, record);
  session.bound = true;
  return checkLengths(session, error);
}

/// A function of the model's failed: what it says, behind the name of the custom call.
ingot_code callFailed(const ingot_session &session, CallFailure &failure, ingot_error *error) {
  const Table &table = session.artifact->table;
  const ingot_command command = table.command(failure.command);
  ingot_error &told = failure.error;
  told.message[sizeof told.message - 1] = '\0';
  Failure message(error, told.code == INGOT_OK ? INGOT_INVALID : told.code);
  message << "custom call " << static_cast<const char *>(table.string(command.name)) << ": the function "
          << Quoted{table.string(table.kernel(command.kernel).name)} << " failed with status " << failure.status;
  if (told.message[0] != '\0')
    message << ": " << static_cast<const char *>(told.message);
  return message;
}

} // namespace

ingot_code bindInputs(ingot_session &session, const ingot_buffer *inputs, size_t count, ingot_error *error) {
  if (const ingot_code code =
          checkCount(session, "inputs", session.inputs, session.entry.input_count, session.givenInputs, count, false, error);
      code != INGOT_OK)
    return code;
  if (const ingot_code code = checkStruct(inputs, count, "inputs", error); code != INGOT_OK)
    return code;
  if (!session.bound || !sameShapes(session, inputs))
    return bind(session, inputs, error);
  // What the last call bound from data.
  if (openDataSizes(session.artifact->table, session.sizes))
    ingot_evaluate(&session.artifact->table.header(), session.sizes, session.values);
  return INGOT_OK;
}

/// The call ended where a number that it computed was none of the values of its size.
static ingot_code refuseData(const ingot_session &session, ingot_error *error) {
  const Table &table = session.artifact->table;
  const Refusal refusal = session.frame.refusal;
  const ingot_size_record size = table.size(refusal.size);
  if (refusal.value >= size.min && refusal.value <= size.max)
    return Failure(error, INGOT_CORRUPT) << "corrupt artifact: its commands leave their memory with "
                                         << table.string(size.name) << " = " << refusal.value;
  return Failure(error, INGOT_INVALID) << "the program computed " << refusal.value << " for the size "
                                       << Quoted{table.string(size.name)} << ", which is " << size.min << " to " << size.max;
}

/// Bytes of arena for this call; where it must grow and states do so too, for as long as they can with calls like this one.
static uint64_t arenaWanted(ingot_session &session) {
  const uint64_t wanted = static_cast<uint64_t>(session.values[session.entry.arena]);
  bool grows = false;
  for (uint32_t i = 0; i < session.useCount && wanted > session.arenaCapacity; ++i) {
    const ingot_argument &argument = recordOf(session, session.uses[i]);
    if (argument.grows == 0 || session.kept[argument.length] == INGOT_NO_VALUE)
      continue;
    const int64_t length = session.kept[argument.length], growth = session.values[argument.next_length] - length;
    const int64_t most = session.artifact->table.size(argument.length).max - growth;
    session.sizes[argument.length] = most > length ? most : length;
    grows = true;
  }
  if (!grows)
    return wanted;
  ingot_evaluate(&session.artifact->table.header(), session.sizes, session.values);
  const int64_t most = session.values[session.entry.arena];
  for (uint32_t i = 0; i < session.artifact->table.header().sizes.count; ++i)
    if (session.kept[i] != INGOT_NO_VALUE)
      session.sizes[i] = session.kept[i];
  ingot_evaluate(&session.artifact->table.header(), session.sizes, session.values);
  return most > 0 && static_cast<uint64_t>(most) > wanted ? static_cast<uint64_t>(most) : wanted;
}

ingot_code prepare(ingot_session &session, ingot_error *error) {
  if (session.prepared)
    return INGOT_OK;
  const Table &table = session.artifact->table;
  ingot_error own{};
  if (const ingot_code code =
          checkPlan(table, session.entry, session.artifact->chosen, session.values, error ? error : &own);
      code != INGOT_OK) {
    session.bound = false;
    return code;
  }
  if (const ingot_code code = prepareStates(session, error); code != INGOT_OK)
    return code;
  const uint64_t arena = arenaWanted(session);
  if (const ingot_code code = reserve(session.device, session.arena, session.arenaCapacity, arena, "arena", error);
      code != INGOT_OK)
    return code;
  const uint64_t stride = ingot_scratch_stride(&table.header(), session.values);
  const int64_t scratch = ingot_multiply(static_cast<int64_t>(stride), session.device.workers);
  if (scratch == INGOT_NO_VALUE)
    return Failure(error, INGOT_OUT_OF_MEMORY)
           << "no memory for " << session.device.workers << " times " << stride << " bytes of scratch";
  if (const ingot_code code = reserve(session.device, session.frame.scratch, session.scratchCapacity,
                                      static_cast<uint64_t>(scratch), "scratch", error);
      code != INGOT_OK)
    return code;
  session.frame.scratchStride = stride;
  session.prepared = true;
  return INGOT_OK;
}

} // namespace ingot::rt

using namespace ingot::rt;

ingot_code ingot_run(ingot_session *session, const ingot_buffer *inputs, size_t input_count, ingot_buffer *results,
                     size_t result_count, ingot_error *error) {
  if (const ingot_code code = checkCount(*session, "results", session->results, session->entry.result_count,
                                         session->givenResults, result_count, true, error);
      code != INGOT_OK)
    return code;
  if (const ingot_code code = checkStruct(results, result_count, "results", error); code != INGOT_OK)
    return code;
  if (const ingot_code code = bindInputs(*session, inputs, input_count, error); code != INGOT_OK)
    return code;
  if (const ingot_code code = prepare(*session, error); code != INGOT_OK)
    return code;
  if (const ingot_code code = placeInputs(*session, inputs, error); code != INGOT_OK)
    return code;
  if (const ingot_code code = placeResults(*session, results, error); code != INGOT_OK)
    return code;
  placeSlots(session->frame, session->entry,
             Placement{session->inputAddresses, session->resultAddresses, session->arena, session->artifact->weights});
  if (!session->device.runsKernels)
    zeroResults(*session);
  CallFailure failure;
  if (!runList(session->frame, session->entry.list, failure))
    return callFailed(*session, failure, error);
  if (session->frame.refusal.size != INGOT_NONE)
    return refuseData(*session, error);
  commitStates(*session);
  describeResults(*session, results, false);
  return succeed(error);
}

ingot_code ingot_result_shapes(ingot_session *session, const ingot_buffer *inputs, size_t input_count, ingot_buffer *results,
                               size_t result_count, ingot_error *error) {
  if (const ingot_code code = checkCount(*session, "results", session->results, session->entry.result_count,
                                         session->givenResults, result_count, true, error);
      code != INGOT_OK)
    return code;
  if (const ingot_code code = checkStruct(results, result_count, "results", error); code != INGOT_OK)
    return code;
  if (const ingot_code code = bindInputs(*session, inputs, input_count, error); code != INGOT_OK)
    return code;
  describeResults(*session, results, true);
  return succeed(error);
}
