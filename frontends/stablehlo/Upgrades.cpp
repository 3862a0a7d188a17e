#include "frontends/stablehlo/Upgrades.h"

#include "frontends/stablehlo/Attributes.h"

#include "llvm/ADT/STLExtras.h"

namespace ingot::stablehlo {

void upgradeVersion(Module &module, Op &op, const OpRow &row) {
  const OpRow &newest = *findOp((llvm::Twine(row.dialect) + "." + row.current).str());
  if (&newest == &row)
    return;
  auto listed = [](const OpRow &row, llvm::StringRef name) {
    return llvm::any_of(row.attributes, [&](const AttributeRow &attribute) { return attribute.name == name; });
  };
  llvm::erase_if(op.attributes,
                 [&](const NamedAttribute &entry) { return listed(row, entry.name) && !listed(newest, entry.name); });
  completeAttributes(module, op, newest); // whose new attributes all have a default
}

namespace {

using Values = llvm::SmallVector<ValueRef, 4>;
using Labels = llvm::SmallVector<int, 8>; // of the dims of a value, in an einsum

// The rewriting of the ops of one block.
class BlockUpgrade {
public:
  explicit BlockUpgrade(Module &module) : module(module) {}

  void run(Block &block) {
    for (Op &op : block.ops)
      for (Region &region : op.regions)
        for (Block &inner : region.blocks)
          run(inner);
    if (llvm::none_of(block.ops, [](const Op &op) { return rewriterOf(op.name) != nullptr; }))
      return;
    std::vector<Op> before = std::move(block.ops), after;
    for (Op &op : before) {
      Rewriter rewriter = rewriterOf(op.name);
      ops.clear();
      location = op.location;
      if (rewriter && op.regions.empty() && (this->*rewriter)(op)) {
        // Its last op gives the value that the old one gave, and is what it was annotated as.
        for (NamedAttribute &entry : op.attributes)
          if (llvm::StringRef(entry.name).contains('.'))
            setAttribute(ops.back().attributes, entry.name, std::move(entry.value));
        llvm::append_range(after,
                           llvm::make_range(std::make_move_iterator(ops.begin()), std::make_move_iterator(ops.end())));
      } else {
        after.push_back(std::move(op));
      }
    }
    block.ops = std::move(after);
  }

private:
  // Emits what an op is to be, or returns false and emits nothing.
  using Rewriter = bool (BlockUpgrade::*)(const Op &);

  Module &module;
  std::vector<Op> ops;
  LocationRef location = nullptr;

  static Rewriter rewriterOf(llvm::StringRef name) {
    static constexpr struct {
      const char *name;
      Rewriter rewriter;
    } kRewriters[] = {
        {"broadcast", &BlockUpgrade::broadcast},
        {"create_token", &BlockUpgrade::createToken},
        {"cross-replica-sum", &BlockUpgrade::crossReplicaSum},
        {"dot", &BlockUpgrade::dot},
        {"einsum", &BlockUpgrade::einsum},
        {"torch_index_select", &BlockUpgrade::torchIndexSelect},
        {"unary_einsum", &BlockUpgrade::unaryEinsum},
    };
    if (!name.consume_front("stablehlo."))
      return nullptr;
    for (auto &entry : kRewriters)
      if (name == entry.name)
        return entry.rewriter;
    return nullptr;
  }

  Op &emit(llvm::StringRef name, Values operands, std::vector<NamedAttribute> attributes, ValueRef result) {
    Op &op = ops.emplace_back();
    op.name = name.str();
    op.location = location;
    op.operands = std::move(operands);
    op.results = {result};
    for (NamedAttribute &entry : attributes)
      setAttribute(op.attributes, entry.name, std::move(entry.value));
    completeAttributes(module, op, *findOp(name));
    return op;
  }

  Attribute integers(std::vector<int64_t> values) { return makeIntegers(module, std::move(values)); }

  // The type of a value that is a tensor of known rank without quantisation; null otherwise.
  TypeRef tensorOf(ValueRef value) {
    TypeRef type = module.typeOf(value);
    return type && type->kind == Type::Tensor ? type : nullptr;
  }

  TypeRef tensor(const Type &like, std::vector<int64_t> dims) {
    Type type;
    type.kind = Type::Tensor;
    type.element = like.element;
    type.quantization = like.quantization;
    type.dims = std::move(dims);
    return module.intern(std::move(type));
  }

  static bool isPlain(const Op &op, size_t operands) { return op.operands.size() == operands && op.results.size() == 1; }

  static const std::vector<int64_t> *listOf(const Op &op, llvm::StringRef name) {
    const Attribute *attribute = op.find(name);
    return attribute && attribute->kind == Attribute::Integers ? &attribute->integers : nullptr;
  }

  bool createToken(const Op &op) {
    if (!isPlain(op, 0))
      return false;
    emit("stablehlo.after_all", {}, {}, op.results[0]);
    return true;
  }

  bool dot(const Op &op) {
    if (!isPlain(op, 2))
      return false;
    TypeRef lhs = tensorOf(op.operands[0]), rhs = tensorOf(op.operands[1]);
    if (!lhs || !rhs || lhs->dims.empty() || rhs->dims.empty() || lhs->dims.size() > 2 || rhs->dims.size() > 2)
      return false;
    std::vector<NamedAttribute> attributes = {{"lhs_batching_dimensions", integers({})},
                                              {"lhs_contracting_dimensions", integers({int64_t(lhs->dims.size()) - 1})},
                                              {"rhs_batching_dimensions", integers({})},
                                              {"rhs_contracting_dimensions", integers({0})}};
    if (const Attribute *precision = op.find("precision_config"))
      attributes.push_back({"precision_config", *precision});
    emit("stablehlo.dot_general", {op.operands[0], op.operands[1]}, std::move(attributes), op.results[0]);
    return true;
  }

  // The new dims come before those of the operand.
  bool broadcast(const Op &op) {
    const std::vector<int64_t> *sizes = listOf(op, "broadcast_sizes");
    if (!isPlain(op, 1) || !sizes)
      return false;
    TypeRef operand = tensorOf(op.operands[0]), result = tensorOf(op.results[0]);
    if (!operand || !result || result->dims.size() != sizes->size() + operand->dims.size() ||
        llvm::is_contained(result->dims, kDynamic) ||
        !llvm::equal(*sizes, llvm::ArrayRef(result->dims).take_front(sizes->size())))
      return false;
    if (!std::equal(sizes->begin(), sizes->end(), result->dims.begin()))
      return false;
    std::vector<int64_t> dims;
    for (size_t i = 0; i < operand->dims.size(); ++i)
      dims.push_back(int64_t(sizes->size() + i));
    emit("stablehlo.broadcast_in_dim", {op.operands[0]}, {{"broadcast_dimensions", integers(std::move(dims))}},
         op.results[0]);
    return true;
  }

  // A region that adds two scalars.
  Region addition(const Type &like) {
    TypeRef scalar = tensor(like, {});
    Region region;
    Block &block = region.blocks.emplace_back();
    block.arguments = {module.addValue(scalar), module.addValue(scalar)};
    Op &add = block.ops.emplace_back();
    add.name = "stablehlo.add";
    add.location = location;
    add.operands = {block.arguments[0], block.arguments[1]};
    add.results = {module.addValue(scalar)};
    ValueRef sum = add.results[0];
    Op &end = block.ops.emplace_back();
    end.name = "stablehlo.return";
    end.location = location;
    end.operands = {sum};
    return region;
  }

  bool crossReplicaSum(const Op &op) {
    const Attribute *groups = op.find("replica_groups");
    if (!isPlain(op, 1) || !groups || !tensorOf(op.operands[0]))
      return false;
    Op &reduce = emit("stablehlo.all_reduce", {op.operands[0]}, {{"replica_groups", *groups}}, op.results[0]);
    reduce.regions.push_back(addition(*tensorOf(op.operands[0])));
    return true;
  }

  // result[b..., o..., i..., r...] = operand[b..., o..., index[b..., i...], r...]
  bool torchIndexSelect(const Op &op) {
    const Attribute *dimAttribute = op.find("dim"), *batchAttribute = op.find("batch_dims");
    if (!isPlain(op, 2) || !dimAttribute || !batchAttribute)
      return false;
    TypeRef operand = tensorOf(op.operands[0]), index = tensorOf(op.operands[1]);
    if (!operand || !index || operand->quantization || llvm::is_contained(operand->dims, kDynamic))
      return false;
    int64_t rank = int64_t(operand->dims.size()), indexRank = int64_t(index->dims.size());
    int64_t dim = dimAttribute->integer, batch = batchAttribute->integer;
    if (dim < 0)
      dim += rank;
    if (batch < 0)
      batch += indexRank;
    if (batch < 0 || batch > indexRank || dim < batch || dim >= rank)
      return false;
    std::vector<int64_t> offsets, batching, sizes;
    for (int64_t i = 0; i < rank; ++i) {
      bool isOffset = i >= batch && i != dim;
      sizes.push_back(isOffset ? operand->dims[i] : 1);
      if (i < batch)
        batching.push_back(i);
      else if (isOffset)
        offsets.push_back(i < dim ? i : i - 1 + indexRank - batch);
    }
    emit("stablehlo.gather", {op.operands[0], op.operands[1]},
         {{"collapsed_slice_dims", integers({dim})},
          {"index_vector_dim", makeInteger(module, indexRank)},
          {"offset_dims", integers(std::move(offsets))},
          {"operand_batching_dims", integers(batching)},
          {"slice_sizes", integers(std::move(sizes))},
          {"start_index_map", integers({dim})},
          {"start_indices_batching_dims", integers(batching)}},
         op.results[0]);
    return true;
  }

  // Einstein sums. A value has a label for each dim: a letter's code, or -1, -2 ... for the dims that "..." stands for, counted
  // from the last one.
  static bool labelsOf(llvm::StringRef text, size_t rank, Labels &labels) {
    size_t letters = text.count("...") == 1 ? text.size() - 3 : text.size();
    bool hasEllipsis = letters != text.size();
    if (letters > rank || (!hasEllipsis && letters != rank))
      return false;
    for (size_t i = 0; i < text.size(); ++i) {
      if (text.substr(i).starts_with("...")) {
        for (size_t open = rank - letters; open; --open)
          labels.push_back(-int(open));
        i += 2;
      } else if (llvm::isAlpha(text[i])) {
        labels.push_back(text[i]);
      } else {
        return false;
      }
    }
    // A label twice takes a diagonal.
    for (size_t i = 0; i < labels.size(); ++i)
      if (llvm::is_contained(llvm::ArrayRef(labels).drop_front(i + 1), labels[i]))
        return false;
    return true;
  }

  struct Labelled {
    ValueRef value;
    TypeRef type;
    Labels labels;
  };

  // Sums the dims whose labels are not `kept`.
  void sum(Labelled &term, llvm::function_ref<bool(int)> kept) {
    std::vector<int64_t> dims, summed;
    Labels labels;
    for (size_t i = 0; i < term.labels.size(); ++i) {
      if (!kept(term.labels[i])) {
        summed.push_back(int64_t(i));
        continue;
      }
      dims.push_back(term.type->dims[i]);
      labels.push_back(term.labels[i]);
    }
    if (summed.empty())
      return;
    TypeRef scalar = tensor(*term.type, {});
    Attribute zero;
    zero.kind = Attribute::Tensor;
    zero.elements.type = scalar;
    zero.elements.bytes = module.own(std::string(elementBytes(scalar->element), '\0'));
    ValueRef initial = module.addValue(scalar);
    emit("stablehlo.constant", {}, {{"value", std::move(zero)}}, initial);
    TypeRef type = tensor(*term.type, std::move(dims));
    ValueRef result = module.addValue(type);
    Op &reduce = emit("stablehlo.reduce", {term.value, initial}, {{"dimensions", integers(std::move(summed))}}, result);
    reduce.regions.push_back(addition(*term.type));
    term = {result, type, std::move(labels)};
  }

  // The last op of a sum: its dims in the order of the result's labels.
  void transpose(const Labelled &term, const Labels &labels, ValueRef result) {
    std::vector<int64_t> permutation;
    for (int label : labels)
      permutation.push_back(llvm::find(term.labels, label) - term.labels.begin());
    emit("stablehlo.transpose", {term.value}, {{"permutation", integers(std::move(permutation))}}, result);
  }

  // The terms of "ab,bc->ac" and its result; false where this is none, or its labels do not fit.
  bool terms(const Op &op, llvm::MutableArrayRef<Labelled> terms, Labels &result) {
    const Attribute *config = op.find("einsum_config");
    if (!isPlain(op, terms.size()) || !config || config->kind != Attribute::String)
      return false;
    auto [left, right] = llvm::StringRef(config->text).split("->");
    llvm::SmallVector<llvm::StringRef, 2> parts;
    left.split(parts, ',');
    TypeRef resultType = tensorOf(op.results[0]);
    if (parts.size() != terms.size() || !resultType || resultType->quantization ||
        !labelsOf(right.trim(), resultType->dims.size(), result))
      return false;
    for (auto [i, term] : llvm::enumerate(terms)) {
      term.value = op.operands[i];
      term.type = tensorOf(term.value);
      if (!term.type || term.type->quantization || term.type->element == Element::Bool ||
          !labelsOf(parts[i].trim(), term.type->dims.size(), term.labels))
        return false;
    }
    return llvm::all_of(result, [&](int label) {
      return llvm::any_of(terms, [&](const Labelled &term) { return llvm::is_contained(term.labels, label); });
    });
  }

  bool unaryEinsum(const Op &op) {
    Labelled term;
    Labels result;
    if (!terms(op, term, result))
      return false;
    sum(term, [&](int label) { return llvm::is_contained(result, label); });
    transpose(term, result, op.results[0]);
    return true;
  }

  bool einsum(const Op &op) {
    Labelled both[2];
    Labels result;
    if (!terms(op, both, result))
      return false;
    for (unsigned i : {0, 1}) {
      const Labels &other = both[1 - i].labels;
      sum(both[i], [&](int label) { return llvm::is_contained(result, label) || llvm::is_contained(other, label); });
    }
    const Labelled &lhs = both[0], &rhs = both[1];
    std::vector<int64_t> lhsBatch, rhsBatch, lhsContracted, rhsContracted;
    Labelled product;
    for (auto [i, label] : llvm::enumerate(lhs.labels)) {
      auto it = llvm::find(rhs.labels, label);
      if (it == rhs.labels.end())
        continue;
      bool isBatch = llvm::is_contained(result, label);
      (isBatch ? lhsBatch : lhsContracted).push_back(int64_t(i));
      (isBatch ? rhsBatch : rhsContracted).push_back(it - rhs.labels.begin());
      if (isBatch)
        product.labels.push_back(label);
    }
    for (int label : lhs.labels)
      if (!llvm::is_contained(rhs.labels, label))
        product.labels.push_back(label);
    for (int label : rhs.labels)
      if (!llvm::is_contained(lhs.labels, label))
        product.labels.push_back(label);
    TypeRef resultType = tensorOf(op.results[0]);
    std::vector<int64_t> dims;
    for (int label : product.labels)
      dims.push_back(resultType->dims[llvm::find(result, label) - result.begin()]);
    bool inOrder = product.labels == result;
    product.type = tensor(*resultType, std::move(dims));
    product.value = inOrder ? op.results[0] : module.addValue(product.type);
    emit("stablehlo.dot_general", {lhs.value, rhs.value},
         {{"lhs_batching_dimensions", integers(std::move(lhsBatch))},
          {"lhs_contracting_dimensions", integers(std::move(lhsContracted))},
          {"rhs_batching_dimensions", integers(std::move(rhsBatch))},
          {"rhs_contracting_dimensions", integers(std::move(rhsContracted))}},
         product.value);
    if (!inOrder)
      transpose(product, result, op.results[0]);
    return true;
  }
};

} // namespace

void upgradeModule(Module &module) {
  BlockUpgrade upgrade(module);
  for (Function &function : module.functions)
    for (Block &block : function.body.blocks)
      upgrade.run(block);
  for (Module *inner : module.nested)
    upgradeModule(*inner);
}

} // namespace ingot::stablehlo
