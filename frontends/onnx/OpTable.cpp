#include "frontends/onnx/OpTable.h"

#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"

namespace ingot::onnx {

// What opset 28 gave another meaning or other types.
static const llvm::StringSet<> changedByOpset28 = {"BitShift",
                                                   "Cast",
                                                   "Celu",
                                                   "Compress",
                                                   "DepthToSpace",
                                                   "DequantizeLinear",
                                                   "Einsum",
                                                   "Mod",
                                                   "OneHot",
                                                   "Optional",
                                                   "OptionalGetElement",
                                                   "OptionalHasElement",
                                                   "QuantizeLinear",
                                                   "ReduceLogSum",
                                                   "ReduceLogSumExp",
                                                   "ReverseSequence",
                                                   "SpaceToDepth",
                                                   "SwiGLU",
                                                   "Unique"};

static llvm::StringMap<llvm::SmallVector<const OpRow *, 2>> buildTable() {
  llvm::StringMap<llvm::SmallVector<const OpRow *, 2>> table;
  for (llvm::ArrayRef<OpRow> family :
       {activationOps(), constantOps(), contractionOps(), elementwiseOps(), indexingOps(), movementOps(), normalizationOps(),
        orderingOps(), poolingOps(), quantizationOps(), resamplingOps(), reductionOps(), shapeOps()})
    for (const OpRow &row : family)
      table[row.name].push_back(&row);
  return table;
}

OpLookup findOp(llvm::StringRef domain, llvm::StringRef name, int64_t opset) {
  static const llvm::StringMap<llvm::SmallVector<const OpRow *, 2>> table = buildTable();
  if (!domain.empty() && domain != "ai.onnx")
    return {};
  auto found = table.find(name);
  if (found == table.end())
    return {};
  if (opset > kNewestKnownChanges || (opset > kNewestOpset && changedByOpset28.contains(name)))
    return {nullptr, "as of opset " + std::to_string(opset) + ", newer than " + std::to_string(kNewestOpset)};
  int64_t effective = std::min(opset, kNewestOpset);
  for (const OpRow *row : found->second)
    if (row->first <= effective && effective <= row->last)
      return {row, ""};
  return {nullptr, "not part of opset " + std::to_string(opset)};
}

} // namespace ingot::onnx
