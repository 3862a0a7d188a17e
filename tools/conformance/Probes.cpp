#include "tools/conformance/Probes.h"

#include "llvm/ADT/STLExtras.h"

namespace ingot::conformance {

using namespace stablehlo;

namespace {

// What is kept of the probes of one id: how often they ran, and the value of the time that is asked for.
struct Kept {
  ValueRef count, value;
};

class ProbeKeeper {
public:
  ProbeKeeper(Module &module, llvm::StringRef id, int64_t iteration) : module(module), id(id), iteration(iteration) {}

  bool keep(Block &block, ValueRef &value, std::string *why) {
    const Op *probe = first(block);
    if (!probe) {
      *why = "there is no probe '" + id.str() + "'";
      return false;
    }
    type = module.typeOf(probe->operands[0]);
    if (type->kind != Type::Tensor || type->quantization || llvm::any_of(type->dims, [](int64_t dim) { return dim < 0; })) {
      *why = "probe '" + id.str() + "' is of " + spellType(type);
      return false;
    }
    Type scalar;
    scalar.kind = Type::Tensor;
    scalar.element = Element::SI64;
    counter = module.intern(scalar);
    scalar.element = Element::Bool;
    truth = module.intern(scalar);
    location = probe->location;
    std::vector<Op> before;
    Kept kept{constant(before, counter, 0), constant(before, type, 0)};
    block.ops.insert(block.ops.begin(), before.begin(), before.end());
    if (!thread(block, kept, why))
      return false;
    value = kept.value;
    return true;
  }

private:
  bool isProbe(const Op &op) const {
    const Attribute *name = op.find("probe_id");
    return op.name == "interpreter.probe" && op.operands.size() == 1 && name && name->text == id;
  }

  const Op *first(const Block &block) const {
    for (const Op &op : block.ops) {
      if (isProbe(op))
        return &op;
      for (const Region &region : op.regions)
        for (const Block &inner : region.blocks)
          if (const Op *found = first(inner))
            return found;
    }
    return nullptr;
  }
  bool holds(const Region &region) const {
    return llvm::any_of(region.blocks, [&](const Block &block) { return first(block); });
  }

  ValueRef add(std::vector<Op> &ops, llvm::StringRef name, TypeRef result, llvm::ArrayRef<ValueRef> operands) {
    Op &op = ops.emplace_back();
    op.name = name.str();
    op.location = location;
    op.operands.assign(operands.begin(), operands.end());
    op.results.push_back(module.addValue(result));
    return op.results[0];
  }
  ValueRef constant(std::vector<Op> &ops, TypeRef of, uint64_t bits) {
    ValueRef made = add(ops, "stablehlo.constant", of, {});
    Attribute value;
    value.kind = Attribute::Tensor;
    value.elements.type = of;
    value.elements.splat = true;
    std::string bytes(elementBytes(of->element), 0);
    for (size_t i = 0; i < std::min<size_t>(bytes.size(), sizeof(bits)); ++i)
      bytes[i] = static_cast<char>(bits >> (8 * i));
    value.elements.bytes = module.own(std::move(bytes));
    setAttribute(ops.back().attributes, "value", std::move(value));
    return made;
  }

  // Kept values come into the block as `kept` and leave it so.
  bool thread(Block &block, Kept &kept, std::string *why) {
    std::vector<Op> ops;
    for (Op &op : block.ops) {
      const bool isProbed = isProbe(op);
      if (llvm::any_of(op.regions, [&](const Region &region) { return holds(region); }) && !through(op, kept, why))
        return false;
      const ValueRef seen = isProbed ? op.operands[0] : 0;
      ops.push_back(std::move(op));
      if (isProbed)
        count(ops, seen, kept);
    }
    block.ops = std::move(ops);
    return true;
  }

  void count(std::vector<Op> &ops, ValueRef seen, Kept &kept) {
    ValueRef wanted = constant(ops, counter, static_cast<uint64_t>(iteration)), one = constant(ops, counter, 1);
    ValueRef isNow = add(ops, "stablehlo.compare", truth, {kept.count, wanted});
    for (auto [name, text] : {std::pair("comparison_direction", "EQ"), std::pair("compare_type", "SIGNED")}) {
      Attribute keyword;
      keyword.kind = Attribute::Enum;
      keyword.text = text;
      setAttribute(ops.back().attributes, name, std::move(keyword));
    }
    kept.value = add(ops, "stablehlo.select", type, {isNow, seen, kept.value});
    kept.count = add(ops, "stablehlo.add", counter, {kept.count, one});
  }

  bool through(Op &op, Kept &kept, std::string *why) {
    const bool isLoop = op.name == "stablehlo.while", isBranch = op.name == "stablehlo.if" || op.name == "stablehlo.case";
    if ((!isLoop && !isBranch) || (isLoop && (op.regions.size() != 2 || holds(op.regions[0])))) {
      *why = "probe '" + id.str() + "' stands in a region of '" + op.name + "' that keeps nothing";
      return false;
    }
    for (auto [index, region] : llvm::enumerate(op.regions)) {
      if (region.blocks.size() != 1) {
        *why = "'" + op.name + "' has a region of several blocks";
        return false;
      }
      Block &block = region.blocks.front();
      Kept inner = kept;
      if (isLoop) {
        inner = {module.addValue(counter), module.addValue(type)};
        block.arguments.append({inner.count, inner.value});
      }
      if (isLoop && index == 0)
        continue; // the condition passes nothing on
      if (!thread(block, inner, why))
        return false;
      block.ops.back().operands.append({inner.count, inner.value});
    }
    if (isLoop)
      op.operands.append({kept.count, kept.value});
    kept = {module.addValue(counter), module.addValue(type)};
    op.results.append({kept.count, kept.value});
    return true;
  }

  Module &module;
  llvm::StringRef id;
  int64_t iteration;
  TypeRef type = nullptr, counter = nullptr, truth = nullptr;
  LocationRef location = nullptr;
};

} // namespace

bool keepProbed(Module &module, Function &function, llvm::StringRef id, int64_t iteration, ValueRef &kept,
                std::string *why) {
  return ProbeKeeper(module, id, iteration).keep(function.body.blocks.front(), kept, why);
}

void removeProbes(Region &region) {
  for (Block &block : region.blocks)
    for (Op &op : block.ops) {
      if (op.name == "interpreter.probe" && op.operands.size() == 1)
        op.name = "stablehlo.optimization_barrier";
      for (Region &inner : op.regions)
        removeProbes(inner);
    }
}

} // namespace ingot::conformance
