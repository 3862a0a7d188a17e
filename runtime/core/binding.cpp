#include "runtime/core/binding.h"

#include "runtime/core/dtype.h"
#include "runtime/core/interpreter.h"

namespace ingot::rt {
namespace {

constexpr int64_t unbound = INGOT_NO_VALUE;
constexpr int printedDepth = 6;

void printExpr(Message &out, const Table &table, uint32_t index, int depth) {
  constexpr const char *operators[] = {"", "", "+", "*", "/", "/^", "%", " min ", " max ", "-", " align "};
  const ingot_expr expr = table.expr(index);
  if (expr.op == INGOT_EXPR_CONST) {
    out << expr.value;
  } else if (expr.op == INGOT_EXPR_SIZE) {
    out << table.string(table.size(expr.lhs).name);
  } else if (depth == 0) {
    out << "...";
  } else {
    const bool top = depth == printedDepth;
    out << (top ? "" : "(");
    printExpr(out, table, expr.lhs, depth - 1);
    out << operators[expr.op];
    printExpr(out, table, expr.rhs, depth - 1);
    out << (top ? "" : ")");
  }
}

/// The value of an expr of constants and bound sizes, or INGOT_NO_VALUE; looks `depth` levels deep.
int64_t valueOf(const Table &table, uint32_t index, const int64_t *sizes, int depth) {
  const ingot_expr expr = table.expr(index);
  if (expr.op == INGOT_EXPR_CONST)
    return expr.value;
  if (depth == 0)
    return INGOT_NO_VALUE;
  if (expr.op == INGOT_EXPR_SIZE)
    return sizes[expr.lhs];
  return ingot_apply(expr.op, valueOf(table, expr.lhs, sizes, depth - 1), valueOf(table, expr.rhs, sizes, depth - 1));
}

/// Bind the one open size that expr `index` is a sum or product of with constants (and, looking `depth` levels deep, bound
/// sizes), so that the expr equals `value`.
void solve(const Table &table, uint32_t index, int64_t value, int64_t *sizes, int depth) {
  for (;;) {
    const ingot_expr expr = table.expr(index);
    if (expr.op == INGOT_EXPR_SIZE) {
      if (sizes[expr.lhs] == unbound)
        sizes[expr.lhs] = value;
      return;
    }
    if (expr.op != INGOT_EXPR_ADD && expr.op != INGOT_EXPR_MUL && expr.op != INGOT_EXPR_SUB)
      return;
    const int64_t left = valueOf(table, expr.lhs, sizes, depth), right = valueOf(table, expr.rhs, sizes, depth);
    const bool constantRight = right != INGOT_NO_VALUE;
    if (!constantRight && (left == INGOT_NO_VALUE || expr.op == INGOT_EXPR_SUB))
      return;
    const int64_t constant = constantRight ? right : left;
    index = constantRight ? expr.lhs : expr.rhs;
    if (expr.op == INGOT_EXPR_MUL) {
      if (constant <= 0 || value % constant != 0)
        return;
      value /= constant;
    } else {
      value = expr.op == INGOT_EXPR_ADD ? ingot_apply(INGOT_EXPR_SUB, value, constant) : ingot_add(value, constant);
      if (value == INGOT_NO_VALUE)
        return;
    }
  }
}

/// Bits of the sizes that an argument's dims mention, for messages; sizes beyond the 64th are not listed.
uint64_t sizesOf(const Table &table, uint32_t index, int depth) {
  const ingot_expr expr = table.expr(index);
  if (expr.op == INGOT_EXPR_CONST || depth == 0)
    return 0;
  if (expr.op == INGOT_EXPR_SIZE)
    return expr.lhs < 64 ? 1ull << expr.lhs : 0;
  return sizesOf(table, expr.lhs, depth - 1) | sizesOf(table, expr.rhs, depth - 1);
}

void printSizes(Message &out, const Table &table, uint64_t mentioned) {
  const char *before = " with ";
  for (uint32_t i = 0; i < table.header().sizes.count && i < 64; ++i) {
    if ((mentioned >> i & 1) == 0)
      continue;
    const ingot_size_record size = table.size(i);
    out << before << table.string(size.name);
    if (size.min == size.max)
      out << " = " << size.min;
    else
      out << " in " << size.min << ".." << size.max;
    if (size.multiple > 1)
      out << ", a multiple of " << size.multiple;
    before = " and ";
  }
}

class Binder {
public:
  Binder(const Table &table, const ingot_entry &entry, const ArgumentShape *shapes, const int64_t *kept, int64_t *sizes,
         int64_t *values)
      : table_(table), entry_(entry), shapes_(shapes), kept_(kept), sizes_(sizes), values_(values) {}

  ingot_code run(ingot_error *error) {
    bind();
    ingot_evaluate(&table_.header(), sizes_, values_);
    return check(error);
  }

private:
  template <class Function> void eachArgument(Function function) {
    for (uint32_t i = 0, given = 0; i < entry_.input_count; ++i) {
      const ingot_argument argument = table_.argument(entry_.inputs + i);
      if ((argument.flags & INGOT_ARG_STATE) == 0)
        function(argument, shapes_[given++]);
    }
  }

  void bind() {
    for (uint32_t i = 0; i < table_.header().sizes.count; ++i)
      sizes_[i] = kept_ ? kept_[i] : unbound;
    openDataSizes(table_, sizes_);
    eachArgument([&](const ingot_argument &argument, const ArgumentShape &shape) {
      if (shape.rank != argument.rank)
        return;
      for (uint32_t d = 0; d < shape.rank; ++d)
        if (shape.dims[d] >= 0)
          solve(table_, table_.index(argument.dims + d), shape.dims[d], sizes_, 0);
    });
    // Dims that sum up several sizes bind the last one that is open; two rounds are enough for what exporters write.
    for (int round = 0; round < 2; ++round)
      eachArgument([&](const ingot_argument &argument, const ArgumentShape &shape) {
        for (uint32_t d = 0; shape.rank == argument.rank && d < shape.rank; ++d)
          if (shape.dims[d] >= 0)
            solve(table_, table_.index(argument.dims + d), shape.dims[d], sizes_, printedDepth);
      });
    // Sizes of other entry points, and those that no argument shows, take their least accepted value.
    for (uint32_t i = 0; i < table_.header().sizes.count; ++i)
      if (sizes_[i] == unbound) {
        const ingot_size_record size = table_.size(i);
        const int64_t least = ingot_apply(INGOT_EXPR_ALIGN, size.min, size.multiple);
        sizes_[i] = least == INGOT_NO_VALUE || least > size.max ? size.min : least;
      }
  }

  bool accepts(uint32_t size) const {
    const ingot_size_record record = table_.size(size);
    const int64_t value = sizes_[size];
    return value >= record.min && value <= record.max && value % record.multiple == 0;
  }

  bool fits(const ingot_argument &argument, const ArgumentShape &shape) const {
    if (shape.dtype != argument.dtype || shape.rank != argument.rank)
      return false;
    for (uint32_t d = 0; d < shape.rank; ++d) {
      const uint32_t dim = table_.index(argument.dims + d);
      if (shape.dims[d] < 0 || shape.dims[d] != values_[dim])
        return false;
      for (uint64_t sizes = sizesOf(table_, dim, printedDepth); sizes != 0; sizes &= sizes - 1)
        if (!accepts(static_cast<uint32_t>(__builtin_ctzll(sizes))))
          return false;
    }
    return true;
  }

  ingot_code check(ingot_error *error) {
    bool good = true;
    eachArgument([&](const ingot_argument &argument, const ArgumentShape &shape) { good = good && fits(argument, shape); });
    for (uint32_t i = 0; good && i < table_.header().sizes.count; ++i)
      good = accepts(i);
    if (good)
      return requirements(error);

    Failure failure(error, INGOT_INVALID);
    const char *before = "";
    eachArgument([&](const ingot_argument &argument, const ArgumentShape &shape) {
      if (fits(argument, shape))
        return;
      failure << before << "input " << Quoted{table_.string(argument.name)} << ": got ";
      printShape(failure, shape.dtype, shape.rank, shape.dims);
      failure << ", want ";
      printAccepted(failure, table_, argument);
      uint64_t mentioned = 0;
      for (uint32_t d = 0; d < argument.rank; ++d)
        mentioned |= sizesOf(table_, table_.index(argument.dims + d), printedDepth);
      printSizes(failure, table_, mentioned);
      printConflict(failure, argument, shape);
      before = "; ";
    });
    if (failure.length() == 0)
      for (uint32_t i = 0; i < table_.header().sizes.count; ++i)
        if (!accepts(i)) {
          failure << "size " << Quoted{table_.string(table_.size(i).name)} << " is " << sizes_[i] << ", want it";
          printSizes(failure, table_, i < 64 ? 1ull << i : 0);
          break;
        }
    return failure;
  }

  /// Where a dim is a size in range, but another argument has given that size another value, say so.
  void printConflict(Message &out, const ingot_argument &argument, const ArgumentShape &shape) const {
    if (shape.rank != argument.rank)
      return;
    for (uint32_t d = 0; d < shape.rank; ++d) {
      const ingot_expr expr = table_.expr(table_.index(argument.dims + d));
      if (shape.dims[d] < 0 || shape.dims[d] == values_[table_.index(argument.dims + d)])
        continue;
      for (uint64_t sizes = sizesOf(table_, table_.index(argument.dims + d), printedDepth); sizes != 0; sizes &= sizes - 1) {
        const uint32_t size = static_cast<uint32_t>(__builtin_ctzll(sizes));
        if (kept_ && kept_[size] != unbound) {
          out << " (the state holds " << table_.string(table_.size(size).name) << " = " << kept_[size] << ")";
          return;
        }
      }
      if (expr.op == INGOT_EXPR_SIZE && accepts(expr.lhs)) {
        out << " (another input gives " << table_.string(table_.size(expr.lhs).name) << " = " << sizes_[expr.lhs] << ")";
        return;
      }
    }
  }

  const Table &table_;
  const ingot_entry &entry_;
  /// What the entry asks of sizes together.
  ingot_code requirements(ingot_error *error) const {
    for (uint32_t k = 0; k < entry_.requirement_count; ++k) {
      const uint32_t index = table_.index(entry_.requirements + k);
      if (values_[index] >= 0)
        continue;
      Failure failure(error, INGOT_INVALID);
      failure << "these sizes do not fit together: ";
      printExpr(failure, table_, index, printedDepth);
      failure << " must not be negative, but is " << values_[index] << " with";
      const char *before = " ";
      for (uint64_t sizes = sizesOf(table_, index, printedDepth); sizes != 0; sizes &= sizes - 1) {
        const uint32_t size = static_cast<uint32_t>(__builtin_ctzll(sizes));
        failure << before << table_.string(table_.size(size).name) << " = " << sizes_[size];
        before = ", ";
      }
      return failure;
    }
    return INGOT_OK;
  }

  const ArgumentShape *shapes_;
  const int64_t *kept_;
  int64_t *sizes_;
  int64_t *values_;
};

/// One entry's plan at given values.
class Plan {
public:
  Plan(const Table &table, const ingot_entry &entry, const uint32_t *chosen, const int64_t *values, ingot_error *error)
      : table_(table), entry_(entry), chosen_(chosen), values_(values), error_(error) {}

  bool run() { return arguments() && slots() && list(entry_.list); }

private:
  bool bad(const char *record, uint32_t index, const char *what) {
    Failure(error_, INGOT_CORRUPT) << "corrupt artifact: " << record << " " << index << ": " << what
                                   << " at the sizes of this call";
    return false;
  }

  int64_t bytesOf(uint32_t slot) const { return values_[table_.slot(slot).bytes]; }
  int64_t argumentBytes(uint32_t argument) const { return values_[table_.argument(argument).bytes]; }

  bool arguments() {
    for (uint32_t i = 0; i < entry_.input_count + entry_.result_count; ++i) {
      const uint32_t index = i < entry_.input_count ? entry_.inputs + i : entry_.results + (i - entry_.input_count);
      const ingot_argument argument = table_.argument(index);
      int64_t bytes = dtypeBytes(argument.dtype);
      for (uint32_t d = 0; d < argument.rank; ++d) {
        const int64_t dim = values_[table_.index((argument.bounds != 0 ? argument.bounds - 1 : argument.dims) + d)];
        bytes = dim < 0 ? INGOT_NO_VALUE : ingot_multiply(bytes, dim);
      }
      if (bytes == INGOT_NO_VALUE || bytes != values_[argument.bytes])
        return bad("argument", index, "bytes do not fit the dims");
      if ((argument.flags & INGOT_ARG_DEFAULT) != 0 &&
          table_.weight(argument.initial_weight).size != static_cast<uint64_t>(bytes))
        return bad("argument", index, "its default has other dims");
      for (uint32_t d = 0; argument.bounds != 0 && d < argument.rank; ++d)
        if (const int64_t dim = values_[table_.index(argument.dims + d)];
            dim < 0 || dim > values_[table_.index(argument.bounds - 1 + d)])
          return bad("argument", index, "a dim exceeds its bound");
    }
    return true;
  }

  bool slots() {
    const int64_t arena = values_[entry_.arena];
    if (arena < 0)
      return bad("entry", 0, "the arena has no size");
    for (uint32_t i = entry_.slots; i < entry_.slots + entry_.slot_count; ++i) {
      const ingot_slot slot = table_.slot(i);
      const int64_t bytes = values_[slot.bytes];
      int64_t first = 0, room = 0;
      switch (slot.kind) {
      case INGOT_SLOT_ARENA:
        first = values_[slot.location], room = arena;
        break;
      case INGOT_SLOT_WEIGHT:
        first = values_[slot.location], room = static_cast<int64_t>(table_.header().weights_size);
        break;
      case INGOT_SLOT_RESULT:
        room = argumentBytes(entry_.results + slot.location);
        break;
      default:
        room = argumentBytes(entry_.inputs + slot.location);
      }
      if (bytes < 0 || first < 0 || first > room || bytes > room - first)
        return bad("slot", i, "lies outside its memory");
    }
    return true;
  }

  bool list(uint32_t index) {
    if (index == INGOT_NONE)
      return true;
    const ingot_command_list range = table_.list(index);
    for (uint32_t i = range.first; i < range.first + range.count; ++i)
      if (!command(i, table_.command(i)))
        return false;
    return true;
  }

  bool command(uint32_t i, const ingot_command &command) {
    const auto operand = [&](uint32_t k) { return table_.index(command.operands + k); };
    switch (command.op) {
    case INGOT_CMD_DISPATCH: {
      const uint32_t variant = chosen_[command.kernel];
      if (gridOf(table_, command, variant, values_) < 0 || values_[table_.variant(variant).scratch] < 0)
        return bad("command", i, "grid or scratch has no value");
      for (uint32_t k = 0; k < command.scalar_count; ++k)
        if (values_[table_.index(command.scalars + k)] == INGOT_NO_VALUE)
          return bad("command", i, "a scalar has no value");
      return true;
    }
    case INGOT_CMD_COPY:
      return bytesOf(operand(0)) == bytesOf(operand(1)) ? true : bad("command", i, "copies between unequal slots");
    case INGOT_CMD_FILL:
      return bytesOf(operand(0)) % command.pattern_size == 0 ? true : bad("command", i, "fills a part of its pattern");
    case INGOT_CMD_CALL:
      for (uint32_t k = 0; k < command.operand_count; ++k)
        for (uint32_t d = 0; d < table_.slot(operand(k)).rank; ++d)
          if (values_[table_.index(table_.slot(operand(k)).dims + d)] < 0)
            return bad("command", i, "an operand's dim has no value");
      return true;
    case INGOT_CMD_IF:
      return bytesOf(operand(0)) >= 1 ? list(command.list_a) && list(command.list_b) : bad("command", i, "has no predicate");
    case INGOT_CMD_BIND_SIZE:
      return bytesOf(operand(0)) == static_cast<int64_t>(sizeof(int64_t)) ? true : bad("command", i, "binds no number");
    default:
      if (bytesOf(operand(0)) < 1)
        return bad("command", i, "has no predicate");
      for (uint32_t k = 1; k < command.operand_count; k += 2)
        if (bytesOf(operand(k)) != bytesOf(operand(k + 1)))
          return bad("command", i, "swaps unequal slots");
      return list(command.list_a) && list(command.list_b);
    }
  }

  const Table &table_;
  const ingot_entry &entry_;
  const uint32_t *chosen_;
  const int64_t *values_;
  ingot_error *error_;
};

} // namespace

void printShape(Message &out, uint32_t dtype, uint32_t rank, const int64_t *dims) {
  out << dtypeName(dtype) << '[';
  if (rank > INGOT_MAX_RANK)
    out << "rank " << rank;
  else
    for (uint32_t d = 0; d < rank; ++d)
      out << (d == 0 ? "" : ",") << dims[d];
  out << ']';
}

void printAccepted(Message &out, const Table &table, const ingot_argument &argument) {
  out << dtypeName(argument.dtype) << '[';
  for (uint32_t d = 0; d < argument.rank; ++d) {
    out << (d == 0 ? "" : ",");
    printExpr(out, table, table.index(argument.dims + d), printedDepth);
  }
  out << ']';
}

ingot_code bindSizes(const Table &table, const ingot_entry &entry, const ArgumentShape *shapes, const int64_t *kept,
                     int64_t *sizes, int64_t *values, ingot_error *error) {
  return Binder(table, entry, shapes, kept, sizes, values).run(error);
}

ingot_code checkPlan(const Table &table, const ingot_entry &entry, const uint32_t *chosen, const int64_t *values,
                     ingot_error *error) {
  if (Plan(table, entry, chosen, values, error).run())
    return INGOT_OK;
  return error ? error->code : INGOT_CORRUPT;
}

} // namespace ingot::rt
