// What passes may ask about the machine that kernels are made for. The compiler's targets implement it, so that what layout
// and fuse assume is what the emitters do.
#ifndef INGOT_PASSES_TARGETMODEL_H
#define INGOT_PASSES_TARGETMODEL_H

#include "ir/Dialect.h"

#include <cstdint>
#include <optional>

namespace ingot {

// What one kernel would do, at the sizes' maxima.
struct KernelSummary {
  double flops = 0;           // multiply-adds count two; compares, selects, converts one
  double transcendentals = 0; // exp, tanh, erf, log, pow, division ... per element
  double bytesRead = 0;       // from operands, each once
  double bytesWritten = 0;
  int64_t resultElements = 0; // parallelism there is
};

// How a contraction wants its operands. Weights are packed into panels by #ingot.pack<dim, width> and read through
// ingot.unpack.
struct ContractionLayout {
  // Dim of the right-hand operand that is cut into panels: its only free dim, or a convolution's output features.
  int64_t panelDim = 0;
  int64_t panelWidth = 0; // elements; the same for every instruction-set level of the artifact
};

class TargetModel {
public:
  virtual ~TargetModel() = default;

  //===--- simplify ----------------------------------------------------------------------------------------------------===//

  // Whether a kernel of the target's own computes the composite (ir/Composites.h) as a whole; else it is inlined.
  virtual bool takesComposite(CompositeOp) const { return false; }

  //===--- layout ------------------------------------------------------------------------------------------------------===//

  // The packed form the dot's right operand should have if it is a weight [.., K, N]; nullopt: leave it as it is. Precondition
  // for an answer: no batch dims, one contracting dim each, rhs contracting dim 0 and free dim 1.
  virtual std::optional<ContractionLayout> dotLayout(DotGeneralOp op) const = 0;
  // The same for a convolution in channels-last form (input [b, spatial.., f], kernel [spatial.., i, o], result [b,
  // spatial.., f]).
  virtual std::optional<ContractionLayout> convolutionLayout(ConvolutionOp op) const = 0;
  // Whether convolutions and windows with this element type run best channels-last.
  virtual bool prefersChannelsLast(mlir::Type elementType) const = 0;

  //===--- fuse --------------------------------------------------------------------------------------------------------===//

  // Whether one kernel can hold these ops (in topological order, the last one the main consumer; `results` leave the region)
  // without recomputing a contraction or a reduction.
  virtual bool canFuse(llvm::ArrayRef<mlir::Operation *> ops, llvm::ArrayRef<mlir::Value> results) const = 0;
  // Nanoseconds one kernel with this summary is expected to take on one worker, its dispatch included.
  virtual double estimate(const KernelSummary &summary) const = 0;
};

} // namespace ingot

#endif // INGOT_PASSES_TARGETMODEL_H
