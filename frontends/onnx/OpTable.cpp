#include "frontends/onnx/OpTable.h"

#include "frontends/onnx/Import.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"

#include <tuple>

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
           activationOps(),    attentionOps(),  branchOps(),    constantOps(),      contractionOps(), dataSizeOps(),
           elementwiseOps(),   indexingOps(),   iterationOps(), linearAlgebraOps(), lossOps(),        movementOps(),
           normalizationOps(), orderingOps(),   poolingOps(),   quantizationOps(),  randomOps(),      recurrentOps(),
           reductionOps(),     resamplingOps(), samplingOps(),  sequenceOps(),      shapeOps(),       signalOps(),
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

static const Table &rows() {
  static const Table table = buildTable();
  return table;
}

std::vector<OpSupport> supportedOps() {
  std::vector<OpSupport> all;
  for (const auto &entry : rows()) {
    auto [domain, name] = entry.getKey().split(' ');
    OpSupport op{domain.str(), name.str(), {}};
    for (const OpRow *row : entry.second)
      op.opsets.emplace_back(row->first, row->last);
    llvm::sort(op.opsets);
    // A name that opset 28 left alone means there what it meant before.
    if (domain.empty() && op.opsets.back().second == kNewestOpset && !changedByOpset28.contains(name))
      op.opsets.back().second = kNewestKnownChanges;
    llvm::SmallVector<std::pair<int64_t, int64_t>, 2> joined;
    for (auto range : op.opsets)
      if (!joined.empty() && joined.back().second + 1 == range.first)
        joined.back().second = range.second;
      else
        joined.push_back(range);
    op.opsets = std::move(joined);
    all.push_back(std::move(op));
  }
  llvm::sort(all,
             [](const OpSupport &a, const OpSupport &b) { return std::tie(a.domain, a.name) < std::tie(b.domain, b.name); });
  return all;
}

OpLookup findOp(llvm::StringRef domain, llvm::StringRef name, int64_t opset) {
  const Table &table = rows();
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

std::vector<ingot::Operator> ingot::onnxOperators() {
  std::vector<Operator> all;
  for (const onnx::OpSupport &op : onnx::supportedOps())
    all.push_back({op.domain.empty() ? "ai.onnx" : op.domain, op.name, {op.opsets.begin(), op.opsets.end()}});
  return all;
}
