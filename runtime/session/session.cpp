#include "runtime/session/session_state.h"

#include "runtime/abi/workspace.h"
#include "runtime/devices/devices.h"
#include "runtime/platform/memory.h"
#include "runtime/platform/processor.h"

namespace ingot::rt {
namespace {

uint32_t most(uint32_t a, uint32_t b) { return a > b ? a : b; }

/// All small arrays, for the entry that needs most of each; false if there is no memory.
bool allocateTables(ingot_session &session, bool profiled) {
  const Table &table = session.artifact->table;
  const ingot_table_header &header = table.header();
  uint32_t operands, scalars, buffers, inputs = 0, results = 0, slots = 0, states = 0, uses = 0;
  ingot_command_maxima(&header, &operands, &scalars, &buffers);
  for (uint32_t i = 0; i < header.entries.count; ++i) {
    const ingot_entry entry = table.entry(i);
    inputs = most(inputs, entry.input_count);
    results = most(results, entry.result_count);
    slots = most(slots, entry.slot_count);
    uint32_t used = 0;
    for (uint32_t k = 0; k < entry.input_count; ++k)
      used += isState(table.argument(entry.inputs + k)) ? 1 : 0;
    for (uint32_t k = 0; k < entry.result_count; ++k)
      used += table.argument(entry.results + k).becomes != 0 ? 1 : 0;
    uses = most(uses, used);
    states += used;
  }
  session.inputs = allocateArray<ingot_argument>(inputs);
  session.results = allocateArray<ingot_argument>(results);
  session.lengths = allocateArray<int64_t>(header.sizes.count);
  session.kept = allocateArray<int64_t>(header.sizes.count);
  session.sizes = allocateArray<int64_t>(header.sizes.count);
  session.mentioned = allocateArray<uint8_t>(header.sizes.count);
  session.marks = allocateArray<uint8_t>(header.exprs.count);
  session.values = allocateArray<int64_t>(header.exprs.count);
  session.shapes = allocateArray<ArgumentShape>(inputs);
  session.inputAddresses = allocateArray<void *>(inputs);
  session.resultAddresses = allocateArray<void *>(results);
  session.uses = allocateArray<StateUse>(uses);
  session.states = allocateArray<State>(states);
  session.frame.slots = allocateArray<void *>(slots);
  session.frame.operands = allocateArray<void *>(operands);
  session.frame.scalars = allocateArray<int64_t>(scalars);
  session.frame.buffers = allocateArray<ingot_buffer>(buffers);
  if (profiled)
    session.profile = Profile{allocateArray<CommandCount>(header.commands.count), nanoseconds};
  return session.inputs && session.results && session.lengths && session.kept && session.sizes && session.mentioned &&
         session.marks && session.values && session.shapes && session.inputAddresses && session.resultAddresses &&
         session.uses && session.states && session.frame.slots && session.frame.operands && session.frame.scalars &&
         session.frame.buffers && (!profiled || session.profile.counts);
}

/// The first record of the entry point called `name`, or INGOT_NONE with a message.
uint32_t findEntry(const ingot_artifact *artifact, const char *name, ingot_error *error) {
  const int64_t index = ingot_artifact_find_entry(artifact, name);
  if (index >= 0)
    return artifact->table.recordOf(static_cast<uint32_t>(index));
  Failure failure(error, INGOT_NOT_FOUND);
  failure << "no entry point " << Quoted{name} << "; there are";
  for (size_t i = 0; i < ingot_artifact_entry_count(artifact); ++i)
    failure << (i == 0 ? " " : ", ") << Quoted{ingot_artifact_entry_name(artifact, i)};
  return INGOT_NONE;
}

void chooseEntry(ingot_session &session, uint32_t first) {
  session.first = first;
  session.record = INGOT_NONE;
  session.bound = session.prepared = false;
  chooseRecord(session, first);
}

ingot_code create(const ingot_artifact *artifact, const char *entry, const ingot_session_options *options,
                  ingot_session &session, ingot_error *error) {
  const uint32_t first = findEntry(artifact, entry, error);
  if (first == INGOT_NONE)
    return INGOT_NOT_FOUND;
  ingot_session_options chosen{};
  if (options) {
    const uint32_t known = options->struct_size < sizeof chosen ? options->struct_size : sizeof chosen;
    __builtin_memcpy(&chosen, options, known);
  }
  session.artifact = artifact;
  if (artifact->absent)
    return Failure(error, INGOT_NOT_FOUND)
           << "the model calls the function " << Quoted{artifact->absent} << ", which is not in this process";
  if (const ingot_code code = openDevice(chosen.device, chosen.threads, session.device, error); code != INGOT_OK)
    return code;
  if (!allocateTables(session, chosen.profile != 0))
    return Failure(error, INGOT_OUT_OF_MEMORY)
           << "no memory for a session of " << Quoted{artifact->table.string(artifact->table.entry(first).name)};
  if (const ingot_code code = listStates(session, error); code != INGOT_OK)
    return code;
  Frame &frame = session.frame;
  frame.table = artifact->table;
  frame.device = &session.device;
  frame.functions = artifact->functions;
  frame.chosen = artifact->chosen;
  frame.sizes = session.sizes;
  frame.values = session.values;
  frame.entry = &session.entry;
  frame.fits = [](const Frame &at) { return checkPlan(at.table, *at.entry, at.chosen, at.values, nullptr) == INGOT_OK; };
  frame.profile = session.profile.counts ? &session.profile : nullptr;
  resetLengths(session);
  chooseEntry(session, first);
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
  case INGOT_CMD_BIND_SIZE:
    return "bind";
  case INGOT_CMD_CALL:
    return "call";
  default:
    return "while";
  }
}

} // namespace

void chooseRecord(ingot_session &session, uint32_t record) {
  if (record == session.record)
    return;
  const Table &table = session.artifact->table;
  const ingot_entry entry = table.entry(record);
  session.record = record;
  session.entry = entry;
  session.frame.firstSlot = entry.slots;
  session.givenInputs = session.givenResults = 0;
  for (uint32_t i = 0; i < entry.input_count; ++i) {
    session.inputs[i] = table.argument(entry.inputs + i);
    session.givenInputs += isState(session.inputs[i]) ? 0 : 1;
  }
  for (uint32_t i = 0; i < entry.result_count; ++i) {
    session.results[i] = table.argument(entry.results + i);
    session.givenResults += becomesState(session, session.results[i]) ? 0 : 1;
  }
  ingot_entry_sizes(&table.header(), record, session.marks, session.mentioned);
  listUses(session);
}

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
    releaseBlock(session->device, state.next, state.nextCapacity);
  }
  releaseBlock(session->device, session->arena, session->arenaCapacity);
  releaseBlock(session->device, session->frame.scratch, session->scratchCapacity);
  closeDevice(session->device);
  void *const arrays[] = {session->inputs,
                          session->results,
                          session->lengths,
                          session->kept,
                          session->sizes,
                          session->mentioned,
                          session->marks,
                          session->values,
                          session->shapes,
                          session->uses,
                          session->states,
                          session->inputAddresses,
                          session->resultAddresses,
                          session->frame.slots,
                          session->frame.operands,
                          session->frame.scalars,
                          session->frame.buffers,
                          session->profile.counts,
                          session};
  for (void *array : arrays)
    releaseArray(array);
}

ingot_code ingot_session_select(ingot_session *session, const char *entry, ingot_error *error) {
  const uint32_t first = findEntry(session->artifact, entry, error);
  if (first == INGOT_NONE)
    return INGOT_NOT_FOUND;
  if (first != session->first)
    chooseEntry(*session, first);
  return succeed(error);
}

int32_t ingot_session_threads(const ingot_session *session) { return session->device.workers; }

ingot_code ingot_session_reset(ingot_session *session, ingot_error *error) {
  for (uint32_t i = 0; i < session->stateCount; ++i)
    session->states[i].initial = true;
  resetLengths(*session);
  keepLengths(*session);
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
  const bool has = index < ingot_artifact_size_count(session->artifact) && session->mentioned[index] != 0;
  return session->bound && has ? session->sizes[index] : -1;
}

uint64_t ingot_session_memory(const ingot_session *session) {
  uint64_t bytes = session->arenaCapacity + session->scratchCapacity;
  for (uint32_t i = 0; i < session->stateCount; ++i)
    bytes += session->states[i].capacity + session->states[i].nextCapacity;
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
