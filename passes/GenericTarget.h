// A TargetModel that stands for a generic CPU with 64-byte vectors. ingot-opt and the tests of passes use it, so that they
// depend on no target of the compiler. It accepts what passes/fuse/RegionRules.h accepts.
#ifndef INGOT_PASSES_GENERICTARGET_H
#define INGOT_PASSES_GENERICTARGET_H

#include "passes/TargetModel.h"

namespace ingot {

class GenericTarget : public TargetModel {
public:
  std::optional<ContractionLayout> dotLayout(DotGeneralOp op) const override;
  std::optional<ContractionLayout> convolutionLayout(ConvolutionOp op) const override;
  bool prefersChannelsLast(mlir::Type elementType) const override;
  bool canFuse(llvm::ArrayRef<mlir::Operation *> ops, llvm::ArrayRef<mlir::Value> results) const override;
  double estimate(const KernelSummary &summary) const override;
};

// The one instance; it has no state.
const TargetModel &genericTarget();

} // namespace ingot

#endif // INGOT_PASSES_GENERICTARGET_H
