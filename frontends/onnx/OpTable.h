// The operators the importer knows, as data: name, the opsets a row holds for, and the function that emits it.
#ifndef INGOT_FRONTENDS_ONNX_OPTABLE_H
#define INGOT_FRONTENDS_ONNX_OPTABLE_H

#include "frontends/onnx/NodeContext.h"

namespace ingot::onnx {

// The newest opset whose meanings the rows state, for the domain ai.onnx.
inline constexpr int64_t kNewestOpset = 27;
// The newest opset of which we know what it changed (OpTable.cpp); ops it left alone are imported.
inline constexpr int64_t kNewestKnownChanges = 28;

using ImportFunction = mlir::LogicalResult (*)(NodeContext &);

// What operands may be beside tensors of real numbers, truth values and strings.
enum OperandKinds : unsigned {
  kComplex = 1, // tensors of complex numbers: the operator moves elements whatever these are
  kLists = 2,   // sequences and empty optionals
};

struct OpRow {
  const char *name;
  int64_t first, last; // opsets, inclusive
  ImportFunction import;
  unsigned takes = 0; // OperandKinds
};

// One table a family, each in its file under ops/.
llvm::ArrayRef<OpRow> activationOps();
llvm::ArrayRef<OpRow> attentionOps();
llvm::ArrayRef<OpRow> branchOps();
llvm::ArrayRef<OpRow> constantOps();
llvm::ArrayRef<OpRow> contractionOps();
llvm::ArrayRef<OpRow> dataSizeOps();
llvm::ArrayRef<OpRow> elementwiseOps();
llvm::ArrayRef<OpRow> indexingOps();
llvm::ArrayRef<OpRow> iterationOps();
llvm::ArrayRef<OpRow> linearAlgebraOps();
llvm::ArrayRef<OpRow> lossOps();
llvm::ArrayRef<OpRow> movementOps();
llvm::ArrayRef<OpRow> normalizationOps();
llvm::ArrayRef<OpRow> orderingOps();
llvm::ArrayRef<OpRow> poolingOps();
llvm::ArrayRef<OpRow> quantizationOps();
llvm::ArrayRef<OpRow> randomOps();
llvm::ArrayRef<OpRow> recurrentOps();
llvm::ArrayRef<OpRow> reductionOps();
llvm::ArrayRef<OpRow> resamplingOps();
llvm::ArrayRef<OpRow> samplingOps();
llvm::ArrayRef<OpRow> sequenceOps();
llvm::ArrayRef<OpRow> shapeOps();
llvm::ArrayRef<OpRow> signalOps();
// Of the domains ai.onnx.ml, ai.onnx.preview and ai.onnx.preview.training.
llvm::ArrayRef<OpRow> machineLearningOps();
llvm::ArrayRef<OpRow> previewOps();
llvm::ArrayRef<OpRow> trainingOps();
llvm::ArrayRef<OpRow> treeOps();

// An operator that the importer knows, for who asks which there are.
struct OpSupport {
  std::string domain; // "" for ai.onnx
  std::string name;
  llvm::SmallVector<std::pair<int64_t, int64_t>, 2> opsets; // in order, inclusive
};
// All of them, by domain and name.
std::vector<OpSupport> supportedOps();

struct OpLookup {
  const OpRow *row = nullptr;
  std::string why; // where row is null: what is wrong with this op at this opset, if the name is known
};
// `domain` as in the file ("" and "ai.onnx" are one).
OpLookup findOp(llvm::StringRef domain, llvm::StringRef name, int64_t opset);

} // namespace ingot::onnx

#endif // INGOT_FRONTENDS_ONNX_OPTABLE_H
