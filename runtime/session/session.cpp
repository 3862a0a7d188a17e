#include "runtime/session/session_state.h"

#include "runtime/abi/workspace.h"
#include "runtime/devices/devices.h"
#include "runtime/platform/memory.h"
#include "runtime/platform/processor.h"

namespace ingot::rt {
namespace {

ingot_argument *readArguments(const Table &table, uint32_t first, uint32_t count) {
  ingot_argument *const arguments = allocateArray<ingot_argument>(count);
  for (uint32_t i = 0; arguments && i < count; ++i)
    arguments[i] = table.argument(first + i);
  return arguments;
}

uint32_t countStates(const ingot_argument *arguments, uint32_t count) {
  uint32_t states = 0;
  for (uint32_t i = 0; i < count; ++i)
    states += isState(arguments[i]) ? 1 : 0;
  return states;
}

void listStates(ingot_session &session) {
  uint32_t count = 0;
  for (uint32_t i = 0; i < session.entry.input_count; ++i) {
    const ingot_argument &argument = session.inputs[i];
    if (!isState(argument))
      continue;
    State &state = session.states[count++];
    state.input = i;
    state.result = argument.alias;
    state.inPlace = (argument.flags & INGOT_ARG_DONATED) != 0;
    state.initial = true;
    state.grows = argument.grows != 0;
  }
  session.stateCount = count;
  resetLengths(session);
}

/// All small arrays; false if there is no memory.
bool allocateTables(ingot_session &session, bool profiled) {
  const Table &table = session.artifact->table;
  const ingot_table_header &header = table.header();
  const ingot_entry &entry = session.entry;
  uint32_t operands, scalars;
  ingot_command_maxima(&header, &operands, &scalars);

  session.inputs = readArguments(table, entry.inputs, entry.input_count);
  session.results = readArguments(table, entry.results, entry.result_count);
  if (!session.inputs || !session.results)
    return false;
  const uint32_t states = countStates(session.inputs, entry.input_count);
  session.givenInputs = entry.input_count - states;
  session.givenResults = entry.result_count;
  for (uint32_t i = 0; i < entry.result_count; ++i)
    session.givenResults -= becomesState(session, session.results[i]) ? 1 : 0;

  session.kept = allocateArray<int64_t>(header.sizes.count);
  session.sizes = allocateArray<int64_t>(header.sizes.count);
  session.values = allocateArray<int64_t>(header.exprs.count);
  session.shapes = allocateArray<ArgumentShape>(session.givenInputs);
  session.inputAddresses = allocateArray<void *>(entry.input_count);
  session.resultAddresses = allocateArray<void *>(entry.result_count);
  session.states = allocateArray<State>(states);
  session.frame.slots = allocateArray<void *>(entry.slot_count);
  session.frame.operands = allocateArray<void *>(operands);
  session.frame.scalars = allocateArray<int64_t>(scalars);
  if (profiled)
    session.profile = Profile{allocateArray<CommandCount>(header.commands.count), nanoseconds};
  if (!session.kept || !session.sizes || !session.values || !session.shapes || !session.inputAddresses ||
      !session.resultAddresses || !session.states || !session.frame.slots || !session.frame.operands ||
      !session.frame.scalars || (profiled && !session.profile.counts))
    return false;
  listStates(session);
  return true;
}

ingot_code create(const ingot_artifact *artifact, const char *entry, const ingot_session_options *options,
                  ingot_session &session, ingot_error *error) {
  const int64_t index = ingot_artifact_find_entry(artifact, entry);
  if (index < 0) {
    Failure failure(error, INGOT_NOT_FOUND);
    failure << "no entry point " << Quoted{entry} << "; there are";
    for (size_t i = 0; i < ingot_artifact_entry_count(artifact); ++i)
      failure << (i == 0 ? " " : ", ") << Quoted{ingot_artifact_entry_name(artifact, i)};
    return failure;
  }
  ingot_session_options chosen{};
  if (options) {
    const uint32_t known = options->struct_size < sizeof chosen ? options->struct_size : sizeof chosen;
    __builtin_memcpy(&chosen, options, known);
  }
  session.artifact = artifact;
  session.entry = artifact->table.entry(static_cast<uint32_t>(index));
  if (const ingot_code code = openDevice(chosen.device, chosen.threads, session.device, error); code != INGOT_OK)
    return code;
  if (!allocateTables(session, chosen.profile != 0))
    return Failure(error, INGOT_OUT_OF_MEMORY)
           << "no memory for a session of " << Quoted{artifact->table.string(session.entry.name)};
  Frame &frame = session.frame;
  frame.table = artifact->table;
  frame.device = &session.device;
  frame.functions = artifact->functions;
  frame.chosen = artifact->chosen;
  frame.values = session.values;
  frame.firstSlot = session.entry.slots;
  frame.profile = session.profile.counts ? &session.profile : nullptr;
  return succeed(error);
}

void releaseBlock(const Device &device, uint8_t *block, uint64_t capacity) {
  if (block)
    device.free(device.context, block, capacity);
}

template <class Function> void eachCommand(const Table &table, uint32_t list, Function function) {
  if (list == INGOT_NONE)
    return;
  const ingot_command_list range = table.list(list);
  for (uint32_t i = range.first; i < range.first + range.count; ++i) {
    const ingot_command command = table.command(i);
    function(i, command);
    if (command.op == INGOT_CMD_IF || command.op == INGOT_CMD_WHILE) {
      eachCommand(table, command.list_a, function);
      eachCommand(table, command.list_b, function);
    }
  }
}

const char *kindName(uint16_t op) {
  switch (op) {
  case INGOT_CMD_DISPATCH:
    return "dispatch";
  case INGOT_CMD_COPY:
    return "copy";
  case INGOT_CMD_FILL:
    return "fill";
  case INGOT_CMD_IF:
    return "if";
  default:
    return "while";
  }
}

} // namespace

ingot_code reserve(const Device &device, uint8_t *&block, uint64_t &capacity, uint64_t bytes, const char *what,
                   ingot_error *error) {
  if (bytes <= capacity)
    return INGOT_OK;
  releaseBlock(device, block, capacity);
  capacity = 0;
  block = static_cast<uint8_t *>(device.alloc(device.context, bytes, INGOT_BUFFER_ALIGNMENT));
  if (!block)
    return Failure(error, INGOT_OUT_OF_MEMORY) << "no memory for the " << what << ": " << bytes << " bytes";
  capacity = bytes;
  // Where no kernel computes predicates and results, they are zeros.
  if (!device.runsKernels)
    device.fill(device.context, block, bytes, 0, 1);
  return INGOT_OK;
}

} // namespace ingot::rt

using namespace ingot::rt;

ingot_session *ingot_session_create(const ingot_artifact *artifact, const char *entry, const ingot_session_options *options,
                                    ingot_error *error) {
  ingot_session *const session = allocateArray<ingot_session>(1);
  if (!session) {
    Failure(error, INGOT_OUT_OF_MEMORY) << "no memory for a session";
    return nullptr;
  }
  if (create(artifact, entry, options, *session, error) == INGOT_OK)
    return session;
  ingot_session_destroy(session);
  return nullptr;
}

void ingot_session_destroy(ingot_session *session) {
  if (!session)
    return;
  for (uint32_t i = 0; i < session->stateCount; ++i) {
    const State &state = session->states[i];
    releaseBlock(session->device, state.current, state.capacity);
    if (!state.inPlace)
      releaseBlock(session->device, state.next, state.capacity);
  }
  releaseBlock(session->device, session->arena, session->arenaCapacity);
  releaseBlock(session->device, session->frame.scratch, session->scratchCapacity);
  closeDevice(session->device);
  void *const arrays[] = {session->inputs,
                          session->results,
                          session->kept,
                          session->sizes,
                          session->values,
                          session->shapes,
                          session->states,
                          session->inputAddresses,
                          session->resultAddresses,
                          session->frame.slots,
                          session->frame.operands,
                          session->frame.scalars,
                          session->profile.counts,
                          session};
  for (void *array : arrays)
    releaseArray(array);
}

int32_t ingot_session_threads(const ingot_session *session) { return session->device.workers; }

ingot_code ingot_session_reset(ingot_session *session, ingot_error *error) {
  for (uint32_t i = 0; i < session->stateCount; ++i)
    session->states[i].initial = true;
  resetLengths(*session);
  session->bound = session->prepared = false;
  return succeed(error);
}

size_t ingot_session_profile(const ingot_session *session, ingot_command_profile *out, size_t capacity) {
  if (!session->profile.counts)
    return 0;
  const Table &table = session->artifact->table;
  size_t count = 0;
  eachCommand(table, session->entry.list, [&](uint32_t index, const ingot_command &command) {
    if (count < capacity) {
      const CommandCount &counted = session->profile.counts[index];
      const uint32_t name =
          command.name == 0 && command.op == INGOT_CMD_DISPATCH ? table.kernel(command.kernel).name : command.name;
      out[count] = ingot_command_profile{table.string(name),  kindName(command.op), counted.calls,
                                         counted.nanoseconds, counted.tiles,        counted.workers};
    }
    ++count;
  });
  return count;
}

int64_t ingot_session_size(const ingot_session *session, size_t index) {
  return session->bound && index < ingot_artifact_size_count(session->artifact) ? session->sizes[index] : -1;
}

uint64_t ingot_session_memory(const ingot_session *session) {
  uint64_t bytes = session->arenaCapacity + session->scratchCapacity;
  for (uint32_t i = 0; i < session->stateCount; ++i) {
    const State &state = session->states[i];
    bytes += state.capacity * (state.next && !state.inPlace ? 2 : 1);
  }
  return bytes;
}

const char *ingot_version(void) { return INGOT_VERSION; }

ingot_buffer ingot_buffer_of(void *data, uint32_t dtype, uint32_t rank, const int64_t *dims) {
  ingot_buffer buffer{};
  buffer.struct_size = sizeof buffer;
  buffer.dtype = dtype;
  buffer.rank = rank;
  buffer.data = data;
  int64_t bytes = static_cast<int64_t>(ingot_dtype_bytes(dtype));
  for (uint32_t d = 0; d < rank && d < INGOT_MAX_RANK; ++d) {
    buffer.dims[d] = dims[d];
    bytes = dims[d] < 0 ? 0 : ingot_multiply(bytes, dims[d]);
  }
  buffer.byte_size = bytes < 0 ? 0 : static_cast<uint64_t>(bytes);
  return buffer;
}
