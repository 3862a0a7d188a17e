// Artifacts built by hand, without a compiler: tables with C functions as kernels, for the runtime's tests.
#ifndef INGOT_TESTS_RUNTIME_TABLEBUILDER_H
#define INGOT_TESTS_RUNTIME_TABLEBUILDER_H

#include <cstring>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "runtime/abi/expr.h"
#include "runtime/abi/hash.h"

#include <ingot/runtime.h>

namespace ingot::test {

/// A finished artifact: owns table, weights and image.
class BuiltArtifact {
public:
  BuiltArtifact(const std::vector<uint8_t> &table, const std::vector<uint8_t> &weights,
                const std::vector<ingot_kernel_fn> &functions)
      : tableSize_(table.size()), weightsSize_(weights.size()), table_(new (std::align_val_t(64)) uint8_t[table.size()]),
        weights_(new (std::align_val_t(64)) uint8_t[weights.size() + 1]),
        image_(sizeof(ingot_image) / 8 + functions.size()) {
    memcpy(table_.get(), table.data(), table.size());
    if (!weights.empty())
      memcpy(weights_.get(), weights.data(), weights.size());
    ingot_image *out = reinterpret_cast<ingot_image *>(image_.data());
    out->struct_size = sizeof(ingot_image);
    out->variant_count = static_cast<uint32_t>(functions.size());
    out->table = header();
    out->weights = weights.empty() ? nullptr : weights_.get();
    for (size_t i = 0; i < functions.size(); ++i)
      out->kernels[i] = functions[i];
    seal();
  }

  const ingot_image *image() const { return reinterpret_cast<const ingot_image *>(image_.data()); }
  ingot_table_header *header() const { return reinterpret_cast<ingot_table_header *>(table_.get()); }
  uint8_t *table() const { return table_.get(); }
  size_t tableSize() const { return tableSize_; }
  uint8_t *weights() const { return weights_.get(); }
  size_t weightsSize() const { return weightsSize_; }
  /// A record to tamper with; seal() makes the table's hash fit again.
  template <class Record> Record *record(const ingot_span &span, uint32_t i) const {
    return reinterpret_cast<Record *>(table_.get() + span.offset + i * span.stride);
  }
  void seal() const { header()->table_hash = ingot_table_hash(table_.get(), tableSize_); }

private:
  struct Free {
    void operator()(uint8_t *memory) const { ::operator delete[](memory, std::align_val_t(64)); }
  };
  size_t tableSize_, weightsSize_;
  std::unique_ptr<uint8_t[], Free> table_, weights_;
  std::vector<uint64_t> image_;
};

using Commands = std::vector<ingot_command>;

class TableBuilder {
public:
  TableBuilder() { strings_.push_back('\0'); }

  uint32_t arch = hostArch();
  std::string modelName = "test model";

  uint32_t string(const std::string &text) {
    if (text.empty())
      return 0;
    const uint32_t index = static_cast<uint32_t>(strings_.size());
    if (auto [at, isNew] = texts_.try_emplace(text, index); !isNew)
      return at->second;
    strings_.insert(strings_.end(), text.begin(), text.end());
    strings_.push_back('\0');
    return index;
  }

  // Expressions, by index.
  uint32_t constant(int64_t value) {
    auto [at, isNew] = constants_.try_emplace(value, static_cast<uint32_t>(exprs_.size()));
    if (isNew)
      exprs_.push_back({INGOT_EXPR_CONST, 0, 0, 0, value});
    return at->second;
  }
  uint32_t size(const std::string &name, int64_t min, int64_t max, int64_t multiple = 1) {
    sizes_.push_back({string(name), 0, min, max, multiple});
    exprs_.push_back({INGOT_EXPR_SIZE, static_cast<uint32_t>(sizes_.size() - 1), 0, 0, 0});
    return static_cast<uint32_t>(exprs_.size() - 1);
  }
  /// A size that a command binds; its index is that of the size.
  uint32_t dataSize(const std::string &name, int64_t min, int64_t max) {
    const uint32_t expr = size(name, min, max);
    sizes_.back().origin = INGOT_SIZE_OF_DATA;
    return expr;
  }
  uint32_t lastSize() const { return static_cast<uint32_t>(sizes_.size() - 1); }
  uint32_t apply(uint32_t op, uint32_t lhs, uint32_t rhs) {
    exprs_.push_back({op, lhs, rhs, 0, 0});
    return static_cast<uint32_t>(exprs_.size() - 1);
  }
  uint32_t bytesOf(uint32_t dtype, const std::vector<uint32_t> &dims) {
    static const std::map<uint32_t, int64_t> bytes = {
        {INGOT_I1, 1}, {INGOT_U8, 1}, {INGOT_I32, 4}, {INGOT_F32, 4}, {INGOT_I64, 8}};
    uint32_t expr = constant(bytes.at(dtype));
    for (uint32_t dim : dims)
      expr = apply(INGOT_EXPR_MUL, expr, dim);
    return expr;
  }
  uint32_t list(const std::vector<uint32_t> &values) {
    const uint32_t first = static_cast<uint32_t>(indices_.size());
    indices_.insert(indices_.end(), values.begin(), values.end());
    return first;
  }

  // Entry points: slots of one lie between beginEntry and endEntry.
  void beginEntry(const std::string &name) {
    entry_ = ingot_entry{};
    entry_.name = string(name);
    entry_.slots = static_cast<uint32_t>(slots_.size());
    inputs_.clear();
    results_.clear();
    arena_ = constant(0);
  }
  /// Dims are exprs. Returns the slot.
  uint32_t input(const std::string &name, uint32_t dtype, const std::vector<uint32_t> &dims, uint32_t flags = 0,
                 uint32_t initialWeight = INGOT_NONE) {
    const bool state = (flags & INGOT_ARG_STATE) != 0;
    return argument(inputs_, state ? INGOT_SLOT_STATE : INGOT_SLOT_INPUT, name, dtype, dims, flags, initialWeight);
  }
  uint32_t result(const std::string &name, uint32_t dtype, const std::vector<uint32_t> &dims) {
    return argument(results_, INGOT_SLOT_RESULT, name, dtype, dims, 0, INGOT_NONE);
  }
  /// What each dim of result `result` is at most, as exprs.
  void bound(uint32_t result, const std::vector<uint32_t> &bounds) {
    results_[result].bounds = 1 + list(bounds);
    results_[result].bytes = bytesOf(results_[result].dtype, bounds);
  }
  /// Pair argument `input` with result `result`, both by number within the entry.
  void pair(uint32_t input, uint32_t result) {
    inputs_[input].alias = result;
    results_[result].alias = input;
  }
  /// Result `result`, which no argument is paired with, becomes the state of that name.
  void becomes(uint32_t result, const std::string &state) { results_[result].becomes = string(state); }
  /// The entry is a specialisation for sizes from the even to the odd of these exprs.
  void range(const std::vector<uint32_t> &bounds) {
    entry_.ranges = list(bounds);
    entry_.range_count = static_cast<uint32_t>(bounds.size());
  }
  /// State argument `input` grows along `axis`: size `length` counts its elements there, `next` those after the call.
  void grow(uint32_t input, uint32_t axis, uint32_t length, uint32_t next) {
    inputs_[input].grows = axis + 1;
    inputs_[input].length = length;
    inputs_[input].next_length = next;
  }
  /// Calls for which the expr is negative are refused.
  void require(uint32_t expr) {
    entry_.requirements = list({expr});
    entry_.requirement_count = 1;
  }
  /// A value in the arena, behind all others.
  uint32_t temporary(uint32_t dtype, const std::vector<uint32_t> &dims) {
    const uint32_t bytes = bytesOf(dtype, dims), at = apply(INGOT_EXPR_ALIGN, arena_, constant(64));
    arena_ = apply(INGOT_EXPR_ADD, at, bytes);
    return slot(INGOT_SLOT_ARENA, dtype, dims, bytes, at, "temporary");
  }
  /// Weight bytes; returns the weight's index.
  uint32_t weight(const std::string &name, uint32_t dtype, const std::vector<uint32_t> &dims, const void *data,
                  size_t bytes) {
    weights_.resize((weights_.size() + 63) / 64 * 64);
    ingot_weight_record record{};
    record.name = string(name);
    record.dtype = dtype;
    record.rank = static_cast<uint32_t>(dims.size());
    record.dims = list(dims);
    record.offset = weights_.size();
    record.size = bytes;
    weightRecords_.push_back(record);
    const uint8_t *from = static_cast<const uint8_t *>(data);
    weights_.insert(weights_.end(), from, from + bytes);
    return static_cast<uint32_t>(weightRecords_.size() - 1);
  }
  uint32_t weightSlot(uint32_t weight, uint32_t dtype, const std::vector<uint32_t> &dims) {
    const ingot_weight_record &record = weightRecords_[weight];
    return slot(INGOT_SLOT_WEIGHT, dtype, dims, constant(static_cast<int64_t>(record.size)),
                constant(static_cast<int64_t>(record.offset)), "weight");
  }
  uint32_t endEntry(uint32_t list) {
    entry_.inputs = static_cast<uint32_t>(arguments_.size());
    entry_.input_count = static_cast<uint32_t>(inputs_.size());
    arguments_.insert(arguments_.end(), inputs_.begin(), inputs_.end());
    entry_.results = static_cast<uint32_t>(arguments_.size());
    entry_.result_count = static_cast<uint32_t>(results_.size());
    arguments_.insert(arguments_.end(), results_.begin(), results_.end());
    entry_.slot_count = static_cast<uint32_t>(slots_.size()) - entry_.slots;
    entry_.list = list;
    entry_.arena = arena_;
    entries_.push_back(entry_);
    return static_cast<uint32_t>(entries_.size() - 1);
  }

  // Kernels and commands.
  struct Variant {
    ingot_kernel_fn function;
    uint64_t features = 0;
  };
  uint32_t kernel(const std::string &name, const std::vector<Variant> &variants, uint32_t grid, int64_t scratch = 0) {
    ingot_kernel_record record{};
    record.name = string(name);
    record.variants = static_cast<uint32_t>(variants_.size());
    record.variant_count = static_cast<uint32_t>(variants.size());
    for (const Variant &variant : variants) {
      variants_.push_back({variant.features, grid, constant(scratch), string("any"), 0});
      functions_.push_back(variant.function);
    }
    kernels_.push_back(record);
    return static_cast<uint32_t>(kernels_.size() - 1);
  }
  uint32_t kernel(const std::string &name, ingot_kernel_fn function, uint32_t grid, int64_t scratch = 0) {
    return kernel(name, std::vector<Variant>{{function}}, grid, scratch);
  }
  ingot_command dispatch(uint32_t kernel, const std::vector<uint32_t> &operands, const std::vector<uint32_t> &scalars = {}) {
    ingot_command command = withOperands(INGOT_CMD_DISPATCH, operands);
    command.kernel = kernel;
    command.scalars = list(scalars);
    command.scalar_count = static_cast<uint32_t>(scalars.size());
    return command;
  }
  /// A function, which call() runs.
  uint32_t function(const std::string &symbol, ingot_call_fn function, const std::string &attributes) {
    const uint32_t index = kernel(symbol, reinterpret_cast<ingot_kernel_fn>(function), constant(1));
    kernels_[index].source = string(attributes);
    variants_.back().flags = INGOT_VARIANT_FUNCTION;
    return index;
  }
  ingot_command call(uint32_t function, const std::string &name, const std::vector<uint32_t> &read,
                     const std::vector<uint32_t> &written) {
    std::vector<uint32_t> operands = read;
    operands.insert(operands.end(), written.begin(), written.end());
    ingot_command command = withOperands(INGOT_CMD_CALL, operands);
    command.name = string(name);
    command.kernel = function;
    command.pattern = read.size();
    return command;
  }
  ingot_command copy(uint32_t from, uint32_t to) { return withOperands(INGOT_CMD_COPY, {from, to}); }
  ingot_command fill(uint32_t slot, uint64_t pattern, uint32_t patternSize) {
    ingot_command command = withOperands(INGOT_CMD_FILL, {slot});
    command.pattern = pattern;
    command.pattern_size = patternSize;
    return command;
  }
  ingot_command bind(uint32_t count, uint32_t size) {
    ingot_command command = withOperands(INGOT_CMD_BIND_SIZE, {count});
    command.pattern = size;
    return command;
  }
  ingot_command branch(uint32_t predicate, uint32_t thenList, uint32_t elseList) {
    ingot_command command = withOperands(INGOT_CMD_IF, {predicate});
    command.list_a = thenList;
    command.list_b = elseList;
    return command;
  }
  ingot_command loop(uint32_t predicate, const std::vector<uint32_t> &pairs, uint32_t condition, uint32_t body) {
    std::vector<uint32_t> operands = {predicate};
    operands.insert(operands.end(), pairs.begin(), pairs.end());
    ingot_command command = withOperands(INGOT_CMD_WHILE, operands);
    command.list_a = condition;
    command.list_b = body;
    return command;
  }
  uint32_t commands(const Commands &commands) {
    lists_.push_back({static_cast<uint32_t>(commands_.size()), static_cast<uint32_t>(commands.size())});
    commands_.insert(commands_.end(), commands.begin(), commands.end());
    return static_cast<uint32_t>(lists_.size() - 1);
  }

  std::vector<uint8_t> table() {
    ingot_table_header header{};
    memcpy(header.magic, INGOT_MAGIC, 8);
    header.abi_version = INGOT_ABI_VERSION;
    header.struct_size = sizeof header;
    header.weights_size = weights_.size();
    header.arch = arch;
    header.producer = string("TableBuilder");
    header.model_name = string(modelName);
    header.numerics = string("strict");
    std::vector<uint8_t> out(sizeof header);
    append(out, header.strings, strings_);
    append(out, header.sizes, sizes_);
    append(out, header.exprs, exprs_);
    append(out, header.indices, indices_);
    append(out, header.slots, slots_);
    append(out, header.variants, variants_);
    append(out, header.kernels, kernels_);
    append(out, header.commands, commands_);
    append(out, header.lists, lists_);
    append(out, header.arguments, arguments_);
    append(out, header.entries, entries_);
    append(out, header.weights, weightRecords_);
    std::vector<uint64_t> hashes;
    for (size_t at = 0; at < weights_.size(); at += INGOT_WEIGHT_BLOCK)
      hashes.push_back(ingot_hash(weights_.data() + at, std::min<size_t>(INGOT_WEIGHT_BLOCK, weights_.size() - at), 0));
    append(out, header.weight_hashes, hashes);
    header.table_size = out.size();
    memcpy(out.data(), &header, sizeof header);
    return out;
  }
  const std::vector<uint8_t> &weightBytes() const { return weights_; }
  BuiltArtifact build() { return BuiltArtifact(table(), weights_, functions_); }

  static uint32_t hostArch() {
#if defined(__x86_64__)
    return INGOT_ARCH_X86_64;
#elif defined(__aarch64__)
    return INGOT_ARCH_AARCH64;
#else
    return INGOT_ARCH_RISCV64;
#endif
  }

private:
  uint32_t slot(uint32_t kind, uint32_t dtype, const std::vector<uint32_t> &dims, uint32_t bytes, uint32_t location,
                const std::string &name) {
    const uint32_t dimList = list(dims);
    slots_.push_back({kind, dtype, static_cast<uint32_t>(dims.size()), dimList, bytes, location, string(name), 0});
    return static_cast<uint32_t>(slots_.size() - 1);
  }
  uint32_t argument(std::vector<ingot_argument> &side, uint32_t kind, const std::string &name, uint32_t dtype,
                    const std::vector<uint32_t> &dims, uint32_t flags, uint32_t initialWeight) {
    ingot_argument record{};
    record.name = string(name);
    record.dtype = dtype;
    record.rank = static_cast<uint32_t>(dims.size());
    record.dims = list(dims);
    record.bytes = bytesOf(dtype, dims);
    record.slot = slot(kind, dtype, dims, record.bytes, static_cast<uint32_t>(side.size()), name);
    record.flags = flags;
    record.alias = INGOT_NONE;
    record.initial_weight = initialWeight;
    side.push_back(record);
    return record.slot;
  }
  ingot_command withOperands(uint32_t op, const std::vector<uint32_t> &operands) {
    ingot_command command{};
    command.op = static_cast<uint16_t>(op);
    command.operands = list(operands);
    command.operand_count = static_cast<uint32_t>(operands.size());
    command.list_a = command.list_b = INGOT_NONE;
    return command;
  }
  template <class Record>
  static void append(std::vector<uint8_t> &out, ingot_span &span, const std::vector<Record> &records) {
    out.resize((out.size() + 7) / 8 * 8);
    span = {static_cast<uint32_t>(out.size()), static_cast<uint32_t>(records.size()), sizeof(Record)};
    out.resize(out.size() + records.size() * sizeof(Record));
    if (!records.empty())
      memcpy(out.data() + span.offset, records.data(), records.size() * sizeof(Record));
  }

  std::vector<char> strings_;
  std::map<std::string, uint32_t> texts_;
  std::vector<ingot_size_record> sizes_;
  std::vector<ingot_expr> exprs_;
  std::map<int64_t, uint32_t> constants_;
  std::vector<uint32_t> indices_;
  std::vector<ingot_slot> slots_;
  std::vector<ingot_variant> variants_;
  std::vector<ingot_kernel_record> kernels_;
  std::vector<ingot_command> commands_;
  std::vector<ingot_command_list> lists_;
  std::vector<ingot_argument> arguments_, inputs_, results_;
  std::vector<ingot_entry> entries_;
  std::vector<ingot_weight_record> weightRecords_;
  std::vector<uint8_t> weights_;
  std::vector<ingot_kernel_fn> functions_;
  ingot_entry entry_{};
  uint32_t arena_ = 0;
};

} // namespace ingot::test

#endif // INGOT_TESTS_RUNTIME_TABLEBUILDER_H
