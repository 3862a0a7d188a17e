#include "runtime/core/interpreter.h"

namespace ingot::rt {
namespace {

class Interpreter {
public:
  Interpreter(Frame &frame, CallFailure &failure)
      : frame_(frame), table_(frame.table), device_(*frame.device), failure_(failure) {}

  void list(uint32_t index) const {
    const ingot_command_list list = table_.list(index);
    for (uint32_t i = 0; i < list.count && !stopped(); ++i)
      timed(list.first + i);
  }

private:
  void *&slot(const ingot_command &command, uint32_t operand) const {
    return frame_.slots[table_.index(command.operands + operand) - frame_.firstSlot];
  }
  int64_t bytes(const ingot_command &command, uint32_t operand) const {
    return frame_.values[table_.slot(table_.index(command.operands + operand)).bytes];
  }
  bool predicate(const ingot_command &command) const {
    uint8_t value = 0;
    device_.copy(device_.context, &value, slot(command, 0), 1, CopyKind::DeviceToHost);
    return value != 0;
  }

  bool exhausted() const { return frame_.refusal.size != INGOT_NONE || (frame_.budget && *frame_.budget == 0); }
  bool stopped() const { return exhausted() || failure_.status != 0; }
  /// Take a command's work off the budget; a tile of unknown cost counts as a microsecond.
  void spend(int64_t tiles, uint32_t tileNanoseconds) const {
    if (!frame_.budget)
      return;
    const uint64_t each = tileNanoseconds != 0 ? tileNanoseconds : 1000;
    const uint64_t count = tiles > 0 ? static_cast<uint64_t>(tiles) : 0;
    if (count >= *frame_.budget / each)
      *frame_.budget = 0;
    else
      *frame_.budget -= count * each;
  }

  void timed(uint32_t index) const {
    const ingot_command command = table_.command(index);
    if (!frame_.profile) {
      execute(index, command, nullptr);
      return;
    }
    CommandCount &count = frame_.profile->counts[index];
    const uint64_t start = frame_.profile->now();
    execute(index, command, &count);
    count.nanoseconds += frame_.profile->now() - start;
    count.calls += 1;
  }

  void execute(uint32_t index, const ingot_command &command, CommandCount *count) const {
    switch (command.op) {
    case INGOT_CMD_DISPATCH:
      dispatch(command, count);
      break;
    case INGOT_CMD_COPY:
      device_.copy(device_.context, slot(command, 1), slot(command, 0), static_cast<uint64_t>(bytes(command, 0)),
                   CopyKind::DeviceToDevice);
      break;
    case INGOT_CMD_FILL:
      device_.fill(device_.context, slot(command, 0), static_cast<uint64_t>(bytes(command, 0)), command.pattern,
                   command.pattern_size);
      break;
    case INGOT_CMD_IF: {
      const uint32_t taken = predicate(command) ? command.list_a : command.list_b;
      if (taken != INGOT_NONE)
        list(taken);
      break;
    }
    case INGOT_CMD_WHILE:
      loop(command);
      break;
    case INGOT_CMD_BIND_SIZE:
      bindSize(command);
      break;
    case INGOT_CMD_CALL:
      if (device_.runsKernels)
        call(index, command);
      break;
    }
  }

  void bindSize(const ingot_command &command) const {
    // Nothing computes the number where kernels do not run.
    if (!device_.runsKernels)
      return;
    int64_t value = 0;
    device_.copy(device_.context, &value, slot(command, 0), sizeof value, CopyKind::DeviceToHost);
    const uint32_t index = static_cast<uint32_t>(command.pattern);
    const ingot_size_record size = table_.size(index);
    if (value < size.min || value > size.max) {
      frame_.refusal = Refusal{index, value};
      return;
    }
    frame_.sizes[index] = value;
    ingot_evaluate(&table_.header(), frame_.sizes, frame_.values);
    if (frame_.fits && !frame_.fits(frame_))
      frame_.refusal = Refusal{index, value};
  }

  void dispatch(const ingot_command &command, CommandCount *count) const {
    const uint32_t variant = frame_.chosen[command.kernel];
    const int64_t tiles = gridOf(table_, command, variant, frame_.values);
    spend(tiles, table_.variant(variant).tile_nanoseconds);
    if (exhausted())
      return;
    for (uint32_t i = 0; i < command.operand_count; ++i)
      frame_.operands[i] = slot(command, i);
    for (uint32_t i = 0; i < command.scalar_count; ++i)
      frame_.scalars[i] = frame_.values[table_.index(command.scalars + i)];
    const Launch launch{frame_.functions[variant],
                        frame_.operands,
                        frame_.scalars,
                        tiles,
                        frame_.scratch,
                        frame_.scratchStride,
                        table_.variant(variant).tile_nanoseconds};
    device_.dispatch(device_.context, launch);
    if (count) {
      count->tiles = tiles;
      count->workers = static_cast<int32_t>(partsOf(launch, device_.workers));
    }
  }

  void call(uint32_t index, const ingot_command &command) const {
    for (uint32_t i = 0; i < command.operand_count; ++i) {
      const ingot_slot slot = table_.slot(table_.index(command.operands + i));
      ingot_buffer &buffer = frame_.buffers[i];
      buffer = ingot_buffer{};
      buffer.struct_size = sizeof buffer;
      buffer.dtype = slot.dtype;
      buffer.rank = slot.rank;
      for (uint32_t d = 0; d < slot.rank; ++d)
        buffer.dims[d] = frame_.values[table_.index(slot.dims + d)];
      buffer.data = this->slot(command, i);
      buffer.byte_size = static_cast<uint64_t>(frame_.values[slot.bytes]);
    }
    const uint32_t read = static_cast<uint32_t>(command.pattern);
    const ingot_call call{sizeof(ingot_call),
                          read,
                          command.operand_count - read,
                          table_.string(command.name),
                          table_.string(table_.kernel(command.kernel).source),
                          frame_.buffers,
                          frame_.buffers + read};
    ingot_error error;
    error.code = INGOT_OK;
    error.message[0] = '\0';
    // By way of the type of any function: kernels and functions stand in one table.
    const auto function =
        reinterpret_cast<ingot_call_fn>(reinterpret_cast<void (*)()>(frame_.functions[frame_.chosen[command.kernel]]));
    const int32_t status = function(&call, &error);
    if (status == 0)
      return;
    failure_.command = index;
    failure_.status = status;
    failure_.error = error;
  }

  void loop(const ingot_command &command) const {
    for (list(command.list_a); !stopped() && predicate(command); list(command.list_a)) {
      spend(1, 0); // rounds without a dispatch end too
      list(command.list_b);
      for (uint32_t i = 1; i < command.operand_count; i += 2) {
        void *&current = slot(command, i), *&next = slot(command, i + 1);
        void *const swapped = current;
        current = next;
        next = swapped;
      }
      // Nothing computes the predicate where kernels do not run.
      if (!device_.runsKernels)
        return;
    }
  }

  Frame &frame_;
  const Table &table_;
  const Device &device_;
  CallFailure &failure_;
};

} // namespace

bool runList(Frame &frame, uint32_t list, CallFailure &failure) {
  frame.refusal = Refusal{INGOT_NONE, 0};
  failure.status = 0;
  Interpreter(frame, failure).list(list);
  return failure.status == 0;
}

bool openDataSizes(const Table &table, int64_t *sizes) {
  bool any = false;
  for (uint32_t i = 0; i < table.header().sizes.count; ++i)
    if (const ingot_size_record size = table.size(i); size.origin == INGOT_SIZE_OF_DATA) {
      sizes[i] = size.max;
      any = true;
    }
  return any;
}

uint32_t chooseVariant(const Table &table, uint32_t kernel, uint64_t features) {
  const ingot_kernel_record record = table.kernel(kernel);
  for (uint32_t i = 0; i < record.variant_count; ++i)
    if ((table.variant(record.variants + i).features & ~features) == 0)
      return record.variants + i;
  return INGOT_NONE;
}

int64_t gridOf(const Table &table, const ingot_command &command, uint32_t variant, const int64_t *values) {
  if (command.grids == 0)
    return values[table.variant(variant).grid];
  return values[table.index(command.grids - 1 + (variant - table.kernel(command.kernel).variants))];
}

void placeSlots(const Frame &frame, const ingot_entry &entry, const Placement &placement) {
  for (uint32_t i = 0; i < entry.slot_count; ++i) {
    const ingot_slot slot = frame.table.slot(entry.slots + i);
    void *address = nullptr;
    switch (slot.kind) {
    case INGOT_SLOT_INPUT:
    case INGOT_SLOT_STATE:
      address = placement.inputs[slot.location];
      if (const ingot_argument argument = frame.table.argument(entry.inputs + slot.location);
          !address && (argument.flags & INGOT_ARG_DEFAULT) != 0)
        address = const_cast<uint8_t *>(placement.weights) + frame.table.weight(argument.initial_weight).offset;
      break;
    case INGOT_SLOT_RESULT:
      address = placement.results[slot.location];
      break;
    case INGOT_SLOT_ARENA:
      address = placement.arena + frame.values[slot.location];
      break;
    case INGOT_SLOT_WEIGHT:
      address = const_cast<uint8_t *>(placement.weights) + frame.values[slot.location];
      break;
    }
    frame.slots[i] = address;
  }
}

} // namespace ingot::rt
