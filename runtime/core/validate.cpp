#include "runtime/core/validate.h"

#include "runtime/abi/hash.h"
#include "runtime/core/dtype.h"
#include "runtime/core/message.h"

namespace ingot::rt {
namespace {

// Strides of version 1 as first published; records only grow at the end.
constexpr uint32_t commandStride = 48;

/// Index reads the validator does at most; a table that lists more says the same thing over and over.
constexpr uint64_t maxWork = 1u << 27;
/// Entry points and their specialisations: each is compared with those before it.
constexpr uint32_t maxEntries = 4096;

class Validator {
public:
  Validator(Table table, uint32_t *owners, ingot_error *error)
      : table_(table), header_(table.header()), owners_(owners), error_(error) {}

  bool run() {
    return strings() && sizes() && exprs() && slots() && variants() && kernels() && commands() && lists() && weights() &&
           arguments() && entries() && selfTests();
  }

private:
  bool bad(const char *record, uint32_t index, const char *what) {
    Failure(error_, INGOT_CORRUPT) << "corrupt artifact: " << record << " " << index << ": " << what;
    return false;
  }
  bool bad(const char *what) {
    Failure(error_, INGOT_CORRUPT) << "corrupt artifact: " << what;
    return false;
  }
  bool unsupported(const char *record, uint32_t index, const char *what) {
    Failure(error_, INGOT_INCOMPATIBLE) << record << " " << index << " " << what << ", which this runtime does not offer";
    return false;
  }

  bool isString(uint32_t index) const { return index < header_.strings.count; }
  bool isExpr(uint32_t index) const { return index < header_.exprs.count; }
  bool isConstant(uint32_t index) const { return isExpr(index) && table_.expr(index).op == INGOT_EXPR_CONST; }
  bool isDtype(uint32_t dtype) const { return dtype > INGOT_DTYPE_INVALID && dtype < INGOT_DTYPE_COUNT; }
  static bool within(uint32_t first, uint32_t count, uint32_t limit) {
    return static_cast<uint64_t>(first) + count <= limit;
  }
  /// An index list whose entries are all below `limit`.
  bool isList(uint32_t first, uint32_t count, uint32_t limit) {
    if (!within(first, count, header_.indices.count) || (work_ += count) > maxWork)
      return false;
    for (uint32_t i = 0; i < count; ++i)
      if (table_.index(first + i) >= limit)
        return false;
    return true;
  }
  bool isShape(uint32_t dtype, uint32_t rank, uint32_t dims) {
    return isDtype(dtype) && rank <= INGOT_MAX_RANK && isList(dims, rank, header_.exprs.count);
  }

  bool strings() {
    const uint32_t count = header_.strings.count;
    if (count == 0 || *table_.string(0) != '\0' || *table_.string(count - 1) != '\0')
      return bad("the string table does not begin and end with a terminator");
    if (!isString(header_.producer) || !isString(header_.model_name) || !isString(header_.triple) ||
        !isString(header_.numerics))
      return bad("a string of the header is out of range");
    return true;
  }

  bool sizes() {
    for (uint32_t i = 0; i < header_.sizes.count; ++i) {
      const ingot_size_record size = table_.size(i);
      if (!isString(size.name))
        return bad("size", i, "name out of range");
      if (size.min < 0 || size.max < size.min || size.multiple < 1)
        return bad("size", i, "minimum, maximum and multiple contradict each other");
      if (size.origin > INGOT_SIZE_OF_DATA || (size.origin == INGOT_SIZE_OF_DATA && size.multiple != 1))
        return bad("size", i, "unknown origin, or a size of data that is a multiple");
    }
    return true;
  }

  bool exprs() {
    for (uint32_t i = 0; i < header_.exprs.count; ++i) {
      const ingot_expr expr = table_.expr(i);
      if (expr.op > INGOT_EXPR_ALIGN)
        return bad("expression", i, "unknown operator");
      if (expr.op == INGOT_EXPR_SIZE ? expr.lhs >= header_.sizes.count
                                     : expr.op != INGOT_EXPR_CONST && (expr.lhs >= i || expr.rhs >= i))
        return bad("expression", i, "operand out of range");
    }
    return true;
  }

  bool slots() {
    for (uint32_t i = 0; i < header_.slots.count; ++i) {
      const ingot_slot slot = table_.slot(i);
      if (slot.kind > INGOT_SLOT_STATE || !isShape(slot.dtype, slot.rank, slot.dims) || !isExpr(slot.bytes) ||
          !isString(slot.name))
        return bad("slot", i, "kind, type, dims, bytes or name out of range");
      if ((slot.kind == INGOT_SLOT_ARENA || slot.kind == INGOT_SLOT_WEIGHT) && !isExpr(slot.location))
        return bad("slot", i, "location out of range");
      if (slot.device != 0)
        return unsupported("slot", i, "lies on another device than the host");
    }
    return true;
  }

  bool variants() {
    for (uint32_t i = 0; i < header_.variants.count; ++i) {
      const ingot_variant variant = table_.variant(i);
      if (!isExpr(variant.grid) || !isExpr(variant.scratch) || !isString(variant.name))
        return bad("variant", i, "grid, scratch or name out of range");
      if ((variant.flags & ~static_cast<uint32_t>(INGOT_VARIANT_FUNCTION)) != 0)
        return unsupported("variant", i, "sets a flag");
    }
    return true;
  }

  bool kernels() {
    for (uint32_t i = 0; i < header_.kernels.count; ++i) {
      const ingot_kernel_record kernel = table_.kernel(i);
      if (!isString(kernel.name) || !isString(kernel.emitter) || !isString(kernel.source))
        return bad("kernel", i, "string out of range");
      if (kernel.variant_count == 0 || !within(kernel.variants, kernel.variant_count, header_.variants.count))
        return bad("kernel", i, "variants out of range");
    }
    return true;
  }

  bool isListIndex(uint32_t list) const { return list == INGOT_NONE || list < header_.lists.count; }

  bool commands() {
    for (uint32_t i = 0; i < header_.commands.count; ++i) {
      const ingot_command command = table_.command(i);
      if (command.op == INGOT_CMD_COLLECTIVE)
        return unsupported("command", i, "is a collective");
      if (command.device != 0)
        return unsupported("command", i, "is for another device than the host");
      if (command.op > INGOT_CMD_BIND_SIZE || !isString(command.name))
        return bad("command", i, "operation or name out of range");
      if (!isList(command.operands, command.operand_count, header_.slots.count))
        return bad("command", i, "operands out of range");
      if (!isList(command.scalars, command.scalar_count, header_.exprs.count))
        return bad("command", i, "scalars out of range");
      if (!commandForm(i, command))
        return false;
    }
    return true;
  }

  bool isFunction(uint32_t kernel) const {
    const ingot_kernel_record record = table_.kernel(kernel);
    for (uint32_t v = 0; v < record.variant_count; ++v)
      if ((table_.variant(record.variants + v).flags & INGOT_VARIANT_FUNCTION) != 0)
        return true;
    return false;
  }

  bool commandForm(uint32_t i, const ingot_command &command) {
    if ((command.op == INGOT_CMD_DISPATCH || command.op == INGOT_CMD_CALL) && command.kernel >= header_.kernels.count)
      return bad("command", i, "kernel out of range");
    switch (command.op) {
    case INGOT_CMD_CALL:
      if (!isFunction(command.kernel) || table_.kernel(command.kernel).variant_count != 1)
        return bad("command", i, "calls what is no function");
      return command.pattern <= command.operand_count ? true : bad("command", i, "reads more operands than it has");
    case INGOT_CMD_DISPATCH:
      if (isFunction(command.kernel))
        return bad("command", i, "dispatches a function");
      if (command.grids != 0 && !isList(command.grids - 1, table_.kernel(command.kernel).variant_count, header_.exprs.count))
        return bad("command", i, "grids out of range");
      return true;
    case INGOT_CMD_COPY:
      return command.operand_count == 2 ? true : bad("command", i, "a copy has two operands");
    case INGOT_CMD_FILL: {
      const uint32_t size = command.pattern_size;
      if (command.operand_count != 1 || (size != 1 && size != 2 && size != 4 && size != 8))
        return bad("command", i, "a fill has one operand and a pattern of 1, 2, 4 or 8 bytes");
      return true;
    }
    case INGOT_CMD_IF:
      if (command.operand_count != 1 || !isListIndex(command.list_a) || !isListIndex(command.list_b))
        return bad("command", i, "an if has one operand and two command lists");
      return true;
    case INGOT_CMD_BIND_SIZE:
      if (command.operand_count != 1 || command.pattern >= header_.sizes.count ||
          table_.size(static_cast<uint32_t>(command.pattern)).origin != INGOT_SIZE_OF_DATA)
        return bad("command", i, "a binding has one operand and a size of data");
      if (const ingot_slot count = table_.slot(table_.index(command.operands)); count.dtype != INGOT_I64 || count.rank != 0)
        return bad("command", i, "a size is bound to one i64");
      return true;
    default:
      if (command.operand_count % 2 != 1 || command.list_a >= header_.lists.count || command.list_b >= header_.lists.count)
        return bad("command", i, "a while has a predicate, pairs of operands and two command lists");
      return true;
    }
  }

  bool lists() {
    uint64_t commands = 0;
    for (uint32_t i = 0; i < header_.lists.count; ++i) {
      const ingot_command_list list = table_.list(i);
      commands += list.count;
      if (!within(list.first, list.count, header_.commands.count))
        return bad("command list", i, "out of range");
      owners_[i] = 0;
    }
    return commands <= header_.commands.count ? true : bad("command lists overlap");
  }

  bool weights() {
    const uint64_t total = header_.weights_size;
    const bool unhashed = header_.file_size == 0 && header_.weight_hashes.count == 0;
    if (!unhashed && header_.weight_hashes.count != total / INGOT_WEIGHT_BLOCK + (total % INGOT_WEIGHT_BLOCK != 0))
      return bad("the number of weight hashes does not fit the weights");
    for (uint32_t i = 0; i < header_.weights.count; ++i) {
      const ingot_weight_record weight = table_.weight(i);
      if (!isString(weight.name) || !isString(weight.layout) || !isShape(weight.dtype, weight.rank, weight.dims))
        return bad("weight", i, "name, layout, type or dims out of range");
      for (uint32_t d = 0; d < weight.rank; ++d)
        if (!isConstant(table_.index(weight.dims + d)))
          return bad("weight", i, "dims are not constant");
      if (weight.offset > total || weight.size > total - weight.offset || weight.offset % INGOT_WEIGHT_ALIGNMENT != 0)
        return bad("weight", i, "offset or size out of range");
    }
    return true;
  }

  bool arguments() {
    for (uint32_t i = 0; i < header_.arguments.count; ++i) {
      const ingot_argument argument = table_.argument(i);
      if (!isString(argument.name) || !isShape(argument.dtype, argument.rank, argument.dims) || !isExpr(argument.bytes))
        return bad("argument", i, "name, type, dims or bytes out of range");
      if ((argument.flags & ~static_cast<uint32_t>(INGOT_ARG_STATE | INGOT_ARG_DONATED | INGOT_ARG_DEFAULT)) != 0)
        return bad("argument", i, "unknown flags");
      if (argument.slot != INGOT_NONE && argument.slot >= header_.slots.count)
        return bad("argument", i, "slot out of range");
      if (argument.initial_weight != INGOT_NONE && (argument.flags & INGOT_ARG_STATE) != 0 &&
          argument.initial_weight >= header_.weights.count)
        return bad("argument", i, "initial weight out of range");
      if ((argument.flags & INGOT_ARG_DEFAULT) != 0 && !hasDefault(argument))
        return bad("argument", i, "its default is no weight of its type, or it cannot have one");
      if (!isString(argument.becomes) || (argument.becomes != 0 && (argument.alias != INGOT_NONE || argument.flags != 0)))
        return bad("argument", i, "a result becomes no state, or one that it is paired with");
      if (argument.grows != 0 &&
          (((argument.flags & INGOT_ARG_STATE) == 0 && argument.becomes == 0) || argument.grows > argument.rank ||
           argument.length >= header_.sizes.count || !isExpr(argument.next_length)))
        return bad("argument", i, "axis or length of a growing state out of range");
      if (argument.bounds != 0 && !isList(argument.bounds - 1, argument.rank, header_.exprs.count))
        return bad("argument", i, "bounds of dims out of range");
    }
    return true;
  }

  /// The weight has the argument's type; that the bytes are as many is checked when sizes are bound.
  bool hasDefault(const ingot_argument &argument) const {
    return (argument.flags & (INGOT_ARG_STATE | INGOT_ARG_DONATED)) == 0 &&
           argument.initial_weight < header_.weights.count && table_.weight(argument.initial_weight).dtype == argument.dtype;
  }

  bool selfTests() {
    for (uint32_t i = 0; i < header_.self_tests.count; ++i)
      if (const ingot_self_test test = table_.selfTest(i); !isString(test.level) || test.outcome > INGOT_SELF_TEST_REFUSED)
        return bad("self-test", i, "level or outcome out of range");
    return true;
  }

  bool entries() {
    if (header_.entries.count == 0)
      return bad("there is no entry point");
    for (uint32_t i = 0; i < header_.entries.count; ++i) {
      const ingot_entry entry = table_.entry(i);
      if (i >= maxEntries)
        return bad("entry", i, "too many entry points and specialisations");
      if (!isString(entry.name) || !isExpr(entry.arena) || entry.list >= header_.lists.count)
        return bad("entry", i, "name, arena or command list out of range");
      if (!within(entry.inputs, entry.input_count, header_.arguments.count) ||
          !within(entry.results, entry.result_count, header_.arguments.count) ||
          !within(entry.slots, entry.slot_count, header_.slots.count))
        return bad("entry", i, "arguments, results or slots out of range");
      if (!within(entry.requirements, entry.requirement_count, header_.indices.count))
        return bad("entry", i, "requirements out of range");
      for (uint32_t k = 0; k < entry.requirement_count; ++k)
        if (!isExpr(table_.index(entry.requirements + k)))
          return bad("entry", i, "a requirement is no expr");
      if (!entryRanges(i, entry) || !entryName(i, entry))
        return false;
      if ((work_ += entry.input_count + entry.result_count + entry.slot_count) > maxWork)
        return bad("entry", i, "too many arguments and slots");
      if (!entryArguments(i, entry) || !entrySlots(i, entry) || !entryList(i, entry, entry.list, 1))
        return false;
    }
    return true;
  }

  /// Two constants for each size.
  bool entryRanges(uint32_t i, const ingot_entry &entry) {
    if (entry.range_count != 0 &&
        (entry.range_count != 2 * header_.sizes.count || !within(entry.ranges, entry.range_count, header_.indices.count)))
      return bad("entry", i, "ranges of sizes out of range");
    for (uint32_t k = 0; k < entry.range_count; ++k)
      if (const uint32_t bound = table_.index(entry.ranges + k); !isConstant(bound))
        return bad("entry", i, "a bound of a size is not constant");
    return true;
  }

  bool sameText(uint32_t a, uint32_t b) const {
    const char *x = table_.string(a), *y = table_.string(b);
    while (*x != '\0' && *x == *y)
      ++x, ++y;
    return *x == *y;
  }

  /// Specialisations follow each other and take and give the same; else names differ.
  bool entryName(uint32_t i, const ingot_entry &entry) {
    for (uint32_t k = 0; k < i; ++k) {
      const ingot_entry other = table_.entry(k);
      if (k + 1 == i && other.name == entry.name) {
        if (!sameArguments(entry.inputs, entry.input_count, other.inputs, other.input_count) ||
            !sameArguments(entry.results, entry.result_count, other.results, other.result_count))
          return bad("entry", i, "takes or gives other arguments than the specialisation before it");
      } else if (other.name != entry.name ? sameText(other.name, entry.name) : table_.entry(i - 1).name != entry.name) {
        return bad("entry", i, "has the name of another entry point");
      }
    }
    return true;
  }

  bool sameArguments(uint32_t first, uint32_t count, uint32_t otherFirst, uint32_t otherCount) const {
    bool same = count == otherCount;
    for (uint32_t i = 0; same && i < count; ++i) {
      const ingot_argument a = table_.argument(first + i), b = table_.argument(otherFirst + i);
      constexpr uint32_t free = INGOT_ARG_DONATED; // code may write over an argument in one and not in the other
      same = a.name == b.name && a.dtype == b.dtype && a.rank == b.rank && (a.flags | free) == (b.flags | free) &&
             a.alias == b.alias && a.becomes == b.becomes && a.grows == b.grows && (a.bounds == 0) == (b.bounds == 0) &&
             a.initial_weight == b.initial_weight;
      for (uint32_t d = 0; same && d < a.rank; ++d)
        same = table_.index(a.dims + d) == table_.index(b.dims + d);
    }
    return same;
  }

  /// The slot of an argument is its own; a pair of an argument and a result name each other and have one type.
  bool entryArguments(uint32_t i, const ingot_entry &entry) {
    for (uint32_t side = 0; side < 2; ++side) {
      const bool isInput = side == 0;
      const uint32_t first = isInput ? entry.inputs : entry.results, other = isInput ? entry.results : entry.inputs;
      const uint32_t count = isInput ? entry.input_count : entry.result_count;
      const uint32_t otherCount = isInput ? entry.result_count : entry.input_count;
      for (uint32_t k = 0; k < count; ++k) {
        const ingot_argument argument = table_.argument(first + k);
        if (argument.slot != INGOT_NONE) {
          if (argument.slot < entry.slots || argument.slot - entry.slots >= entry.slot_count)
            return bad("entry", i, "an argument's slot belongs to another entry");
          const ingot_slot slot = table_.slot(argument.slot);
          const uint32_t kind = !isInput                                  ? INGOT_SLOT_RESULT
                                : (argument.flags & INGOT_ARG_STATE) != 0 ? INGOT_SLOT_STATE
                                                                          : INGOT_SLOT_INPUT;
          if (slot.kind != kind || slot.location != k)
            return bad("entry", i, "an argument's slot is not its own");
        }
        if (isInput && argument.becomes != 0)
          return bad("entry", i, "an argument becomes a state");
        if (argument.bounds != 0 && (isInput || argument.alias != INGOT_NONE || argument.becomes != 0))
          return bad("entry", i, "an argument or state has dims that depend on data");
        if (argument.alias == INGOT_NONE)
          continue;
        if (argument.alias >= otherCount)
          return bad("entry", i, "an argument is paired with a result out of range");
        const ingot_argument partner = table_.argument(other + argument.alias);
        if (partner.alias != k || partner.dtype != argument.dtype || partner.rank != argument.rank)
          return bad("entry", i, "an argument and the result it is paired with differ");
      }
    }
    return true;
  }

  bool entrySlots(uint32_t i, const ingot_entry &entry) {
    for (uint32_t k = 0; k < entry.slot_count; ++k) {
      const ingot_slot slot = table_.slot(entry.slots + k);
      if (slot.kind == INGOT_SLOT_RESULT && slot.location >= entry.result_count)
        return bad("entry", i, "a slot is a result out of range");
      if (slot.kind != INGOT_SLOT_INPUT && slot.kind != INGOT_SLOT_STATE)
        continue;
      if (slot.location >= entry.input_count)
        return bad("entry", i, "a slot is an argument out of range");
      const bool isState = (table_.argument(entry.inputs + slot.location).flags & INGOT_ARG_STATE) != 0;
      if (isState != (slot.kind == INGOT_SLOT_STATE))
        return bad("entry", i, "a slot takes a state for an argument or the reverse");
    }
    return true;
  }

  /// Commands may write the arena, results and donated arguments; kernels are trusted with their operands.
  bool isWritable(const ingot_entry &entry, uint32_t index) const {
    const ingot_slot slot = table_.slot(index);
    if (slot.kind == INGOT_SLOT_INPUT)
      return (table_.argument(entry.inputs + slot.location).flags & INGOT_ARG_DONATED) != 0;
    return slot.kind == INGOT_SLOT_ARENA || slot.kind == INGOT_SLOT_RESULT;
  }

  bool entryList(uint32_t entryIndex, const ingot_entry &entry, uint32_t list, uint32_t depth) {
    if (list == INGOT_NONE)
      return true;
    if (depth > maxListDepth)
      return bad("command list", list, "nested too deeply");
    if (owners_[list] != 0)
      return bad("command list", list, "used twice");
    owners_[list] = entryIndex + 1;
    const ingot_command_list range = table_.list(list);
    for (uint32_t c = range.first; c < range.first + range.count; ++c) {
      const ingot_command command = table_.command(c);
      for (uint32_t i = 0; i < command.operand_count; ++i) {
        const uint32_t slot = table_.index(command.operands + i);
        if (slot < entry.slots || slot - entry.slots >= entry.slot_count)
          return bad("command", c, "operand belongs to another entry");
        const bool written = (command.op == INGOT_CMD_COPY && i == 1) || command.op == INGOT_CMD_FILL ||
                             (command.op == INGOT_CMD_WHILE && i > 0) ||
                             (command.op == INGOT_CMD_CALL && i >= command.pattern);
        if (written && !isWritable(entry, slot))
          return bad("command", c, "writes an argument, state or weight");
      }
      if (command.op == INGOT_CMD_BIND_SIZE && depth != 1)
        return bad("command", c, "binds a size within a loop or branch");
      if (command.op != INGOT_CMD_IF && command.op != INGOT_CMD_WHILE)
        continue;
      if (!entryList(entryIndex, entry, command.list_a, depth + 1) ||
          !entryList(entryIndex, entry, command.list_b, depth + 1))
        return false;
    }
    return true;
  }

  Table table_;
  const ingot_table_header &header_;
  uint32_t *owners_;
  ingot_error *error_;
  uint64_t work_ = 0;
};

ingot_code checkSpans(const ingot_table_header &header, ingot_error *error) {
  struct Rule {
    uint16_t field, stride;
    bool exact;
  };
  constexpr Rule rules[] = {
      {offsetof(ingot_table_header, strings), 1, true},
      {offsetof(ingot_table_header, sizes), sizeof(ingot_size_record), false},
      {offsetof(ingot_table_header, exprs), sizeof(ingot_expr), false},
      {offsetof(ingot_table_header, indices), 4, true},
      {offsetof(ingot_table_header, slots), sizeof(ingot_slot), false},
      {offsetof(ingot_table_header, variants), sizeof(ingot_variant), false},
      {offsetof(ingot_table_header, kernels), sizeof(ingot_kernel_record), false},
      {offsetof(ingot_table_header, commands), commandStride, false},
      {offsetof(ingot_table_header, lists), sizeof(ingot_command_list), false},
      {offsetof(ingot_table_header, arguments), offsetof(ingot_argument, grows), false},
      {offsetof(ingot_table_header, entries), offsetof(ingot_entry, requirements), false},
      {offsetof(ingot_table_header, weights), sizeof(ingot_weight_record), false},
      {offsetof(ingot_table_header, weight_hashes), 8, true},
      {offsetof(ingot_table_header, self_tests), sizeof(ingot_self_test), false},
  };
  uint32_t number = 0;
  for (const Rule &rule : rules) {
    ingot_span span;
    __builtin_memcpy(&span, reinterpret_cast<const uint8_t *>(&header) + rule.field, sizeof span);
    const uint64_t bytes = static_cast<uint64_t>(span.count) * span.stride;
    const bool fits = span.offset % 8 == 0 && span.offset >= header.struct_size && span.offset <= header.table_size &&
                      bytes <= header.table_size - span.offset;
    const bool strides = rule.exact ? span.stride == rule.stride : span.stride >= rule.stride;
    if (span.count != 0 && (!fits || !strides))
      return Failure(error, INGOT_CORRUPT)
             << "corrupt artifact: record array " << number << " (offset " << span.offset << ", " << span.count
             << " records of " << span.stride << " bytes) does not fit the table of " << header.table_size << " bytes";
    ++number;
  }
  return INGOT_OK;
}

} // namespace

ingot_code checkHeader(const void *bytes, uint64_t available, ingot_error *error) {
  if (available < sizeof(ingot_table_header))
    return Failure(error, INGOT_CORRUPT) << "corrupt artifact: the table is cut off after " << available << " bytes";
  const ingot_table_header &header = *static_cast<const ingot_table_header *>(bytes);
  if (__builtin_memcmp(header.magic, INGOT_MAGIC, sizeof header.magic) != 0)
    return Failure(error, INGOT_CORRUPT) << "corrupt artifact: wrong magic bytes";
  // What every version has in the same place, first: a version that was never written is damage.
  const uint64_t least = offsetof(ingot_table_header, table_hash) + sizeof header.table_hash;
  if (header.struct_size < least || header.table_size < header.struct_size || header.table_size > available)
    return Failure(error, INGOT_CORRUPT) << "corrupt artifact: a table of " << header.table_size
                                         << " bytes with a header of " << header.struct_size << " does not fit the "
                                         << available << " bytes there are";
  const uint64_t hash = ingot_table_hash(bytes, static_cast<size_t>(header.table_size));
  if (hash != header.table_hash)
    return Failure(error, INGOT_CORRUPT) << "corrupt artifact: the table's hash is " << Hex{hash} << ", recorded is "
                                         << Hex{header.table_hash};
  if (header.abi_version < INGOT_ABI_OLDEST || header.abi_version > INGOT_ABI_VERSION)
    return Failure(error, INGOT_INCOMPATIBLE) << "artifact has ABI version " << header.abi_version << ", this runtime reads "
                                              << INGOT_ABI_OLDEST << " to " << INGOT_ABI_VERSION;
  if (header.struct_size < sizeof header)
    return Failure(error, INGOT_CORRUPT) << "corrupt artifact: a header of " << header.struct_size << " bytes";
  if ((header.flags & ~static_cast<uint32_t>(INGOT_TABLE_SENTINEL)) != 0)
    return Failure(error, INGOT_INCOMPATIBLE)
           << "artifact sets flags " << Hex{header.flags} << ", which this runtime does not know";
  return checkSpans(header, error);
}

ingot_code checkRecords(Table table, uint32_t *owners, ingot_error *error) {
  if (Validator(table, owners, error).run())
    return INGOT_OK;
  return error ? error->code : INGOT_CORRUPT;
}

} // namespace ingot::rt
