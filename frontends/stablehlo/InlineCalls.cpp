#include "frontends/stablehlo/InlineCalls.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/STLExtras.h"

namespace ingot::stablehlo {
namespace {

using Places = llvm::DenseMap<ValueRef, ValueRef>; // of values that others take the place of

class Inliner {
public:
  Inliner(Module &module, Function &function, size_t mostOps) : module(module), function(function), left(mostOps) {}

  void run() {
    Block &block = function.body.blocks.front();
    Places places;
    std::vector<Op> before = std::move(block.ops);
    for (Op &op : before) {
      replace(op, places);
      add(std::move(op), places, 0);
    }
    block.ops = std::move(made);
  }

private:
  static constexpr unsigned kMostNested = 64;

  // The value in a value's place: what a call gave may itself stand for what another gave.
  static ValueRef follow(ValueRef value, const Places &places) {
    for (auto found = places.find(value); found != places.end(); found = places.find(value))
      value = found->second;
    return value;
  }

  static void replace(Op &op, const Places &places) {
    for (ValueRef &operand : op.operands)
      operand = follow(operand, places);
    for (Region &region : op.regions)
      for (Block &block : region.blocks)
        for (Op &inner : block.ops)
          replace(inner, places);
  }

  // Gives what a copied op defines values of its own.
  void renew(Op &op, Places &places) {
    auto renewAll = [&](auto &values) {
      for (ValueRef &value : values)
        value = places[value] = module.addValue(module.typeOf(value));
    };
    for (Region &region : op.regions)
      for (Block &block : region.blocks) {
        renewAll(block.arguments);
        for (Op &inner : block.ops)
          renew(inner, places);
      }
    renewAll(op.results);
  }

  const Function *calleeOf(const Op &op) const {
    const Attribute *callee = op.name == "func.call" ? op.find("callee") : nullptr;
    if (!callee)
      return nullptr;
    auto found = llvm::find_if(module.functions, [&](const Function &one) { return one.name == callee->text; });
    if (found == module.functions.end() || &*found == &function || found->body.blocks.size() != 1)
      return nullptr;
    const Block &block = found->body.blocks.front();
    auto haveSameTypes = [&](llvm::ArrayRef<ValueRef> lhs, llvm::ArrayRef<ValueRef> rhs) {
      return lhs.size() == rhs.size() && llvm::all_of(llvm::zip(lhs, rhs), [&](auto pair) {
               return module.typeOf(std::get<0>(pair)) == module.typeOf(std::get<1>(pair));
             });
    };
    const bool fits = !block.ops.empty() && block.ops.size() <= left && haveSameTypes(op.operands, block.arguments) &&
                      haveSameTypes(op.results, block.ops.back().operands);
    return fits ? &*found : nullptr;
  }

  // Adds an op, or what the call that it is stands for; `places` then has the values of its results.
  void add(Op op, Places &places, unsigned depth) {
    const Function *callee = depth < kMostNested ? calleeOf(op) : nullptr;
    if (!callee) {
      made.push_back(std::move(op));
      return;
    }
    const Block &block = callee->body.blocks.front();
    left -= block.ops.size();
    Places inner;
    for (auto [argument, operand] : llvm::zip_equal(block.arguments, op.operands))
      inner[argument] = operand;
    for (const Op &called : llvm::ArrayRef(block.ops).drop_back()) {
      Op copy = called;
      renew(copy, inner);
      replace(copy, inner);
      add(std::move(copy), inner, depth + 1);
    }
    for (auto [result, returned] : llvm::zip_equal(op.results, block.ops.back().operands))
      places[result] = follow(returned, inner);
  }

  Module &module;
  Function &function;
  size_t left;
  std::vector<Op> made;
};

} // namespace

void inlineCalls(Module &module, Function &function, size_t mostOps) {
  if (function.body.blocks.size() == 1)
    Inliner(module, function, mostOps).run();
}

} // namespace ingot::stablehlo
