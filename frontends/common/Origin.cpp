// Of what a value is computed that is known at run time only.
#include "frontends/common/FixedInput.h"
#include "frontends/common/Messages.h"
#include "frontends/common/ProgramBuilder.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;

namespace ingot::frontend {

Origin ProgramBuilder::originOf(Value value, StandsFor standsFor) const {
  SetVector<Value> seen;
  seen.insert(value);
  Origin origin;
  llvm::SmallSetVector<unsigned, 4> symbols;
  for (size_t i = 0; i != seen.size(); ++i) {
    if (auto argument = dyn_cast<BlockArgument>(seen[i])) {
      Operation *parent = argument.getOwner()->getParentOp();
      if (parent == function()) {
        auto type = cast<RankedTensorType>(argument.getType());
        const bool canBeFixed = !type.hasStaticShape() || type.getNumElements() <= kMostFixed;
        origin.inputs.push_back({inputs()[argument.getArgNumber()].name, canBeFixed});
      } else if (parent) {
        seen.insert(parent->operand_begin(), parent->operand_end());
      } else if (standsFor) {
        seen.insert_range(standsFor(argument));
      } else {
        origin.changesByRound = true;
      }
      continue;
    }
    seen[i].getDefiningOp()->walk([&](Operation *op) {
      seen.insert(op->operand_begin(), op->operand_end());
      if (auto size = dyn_cast<SizeOfOp>(op))
        size.getValue().walkExprs([&](AffineExpr expr) {
          if (auto symbol = dyn_cast<AffineSymbolExpr>(expr))
            symbols.insert(symbol.getPosition());
        });
    });
  }
  llvm::sort(origin.inputs);
  for (unsigned symbol : symbols)
    origin.sizes.push_back(moduleSizes[symbol].getName().str());
  llvm::sort(origin.sizes);
  return origin;
}

std::string ProgramBuilder::decidedBy(Value value, StandsFor standsFor) const {
  const Origin origin = originOf(value, standsFor);
  std::vector<std::string> deciding, options, large;
  for (const auto &[name, canBeFixed] : origin.inputs) {
    deciding.push_back("'" + name + "'");
    if (canBeFixed)
      options.push_back("--fix " + name + "=VALUE");
    else
      large.push_back(name);
  }
  for (const std::string &name : origin.sizes) {
    deciding.push_back("size '" + name + "'");
    options.push_back("--dim " + name + "=N");
  }
  if (origin.changesByRound)
    deciding.push_back("the round of the loop");
  if (deciding.empty())
    return "";
  constexpr size_t kMost = 4;
  const size_t shown = std::min(kMost, deciding.size()), spare = deciding.size() - shown;
  std::string text = " (";
  for (size_t i = 0; i != shown; ++i)
    text += (i == 0 ? "" : i + 1 == deciding.size() ? " and " : ", ") + deciding[i];
  text += (spare ? " and " + std::to_string(spare) + " more" : "") + (deciding.size() == 1 ? " decides it" : " decide it");
  if (!large.empty())
    return text + "; " + listNames(large) + (large.size() == 1 ? " has" : " have") + " more elements than the " +
           std::to_string(kMostFixed) + " that --fix states)";
  if (spare || origin.changesByRound)
    return text + ")";
  return text + "; " + llvm::join(options, " ") + (options.size() == 1 ? " states" : " state") + " it)";
}

void ProgramBuilder::noteSpecialised(const SymbolicTensor &elements) {
  if (!notes)
    return;
  for (unsigned index : elements.arguments)
    if (const std::string &name = inputs()[index].name; !llvm::is_contained(notes->specialisedInputs, name))
      notes->specialisedInputs.push_back(name);
}

} // namespace ingot::frontend
