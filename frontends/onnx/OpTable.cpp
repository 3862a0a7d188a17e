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

// By domain, a blank, and the name.
using Table = llvm::StringMap<llvm::SmallVector<const OpRow *, 2>>;

static Table buildTable() {
  Table table;
  auto add = [&](llvm::StringRef domain, llvm::ArrayRef<OpRow> family) {
    for (const OpRow &row : family)
      table[(domain + " " + row.name).str()].push_back(&row);
  };
  for (llvm::ArrayRef<OpRow> family : {
           activationOps(), attentionOps(), branchOps(),        constantOps(), contractionOps(), elementwiseOps(),
           indexingOps(),   iterationOps(), linearAlgebraOps(), lossOps(),     movementOps(),    normalizationOps(),
           orderingOps(),   poolingOps(),   quantizationOps(),  randomOps(),   recurrentOps(),   reductionOps(),
           resamplingOps(), samplingOps(),  sequenceOps(),      shapeOps(),    signalOps(),
       })
    add("", family);
  add("ai.onnx.ml", machineLearningOps());
  add("ai.onnx.ml", treeOps());
  add("ai.onnx.preview", previewOps());
  add("ai.onnx.preview.training", trainingOps());
  return table;
}

// The newest version of a domain whose meanings the rows state.
static int64_t newestOf(llvm::StringRef domain) { return domain.empty() ? kNewestOpset : domain == "ai.onnx.ml" ? 5 : 1; }

OpLookup findOp(llvm::StringRef domain, llvm::StringRef name, int64_t opset) {
  static const Table table = buildTable();
  if (domain == "ai.onnx")
    domain = "";
  auto found = table.find((domain + " " + name).str());
  if (found == table.end())
    return {};
  const int64_t newest = newestOf(domain);
  const bool isChanged = domain.empty() ? opset > kNewestKnownChanges || changedByOpset28.contains(name) : true;
  if (opset > newest && isChanged)
    return {nullptr, "as of opset " + std::to_string(opset) + ", newer than " + std::to_string(newest)};
  int64_t effective = std::min(opset, newest);
  for (const OpRow *row : found->second)
    if (row->first <= effective && effective <= row->last)
      return {row, ""};
  return {nullptr, "not part of opset " + std::to_string(opset)};
}

} // namespace ingot::onnx
