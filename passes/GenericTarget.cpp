#include "passes/GenericTarget.h"
#include "ir/Types.h"
#include "passes/fuse/RegionRules.h"

using namespace mlir;

namespace ingot {

static constexpr int64_t kLanes = 16; // f32 in 64 bytes

// Panels as wide as four vectors, fewer where N is small; padding stays under 15 % or the panel is one vector.
static ContractionLayout panels(int64_t dim, int64_t extent) {
  for (int64_t vectors : {4, 3, 2}) {
    int64_t width = vectors * kLanes;
    int64_t padded = (extent + width - 1) / width * width;
    if (padded * 100 <= extent * 115)
      return {dim, width};
  }
  return {dim, kLanes};
}

std::optional<ContractionLayout> GenericTarget::dotLayout(DotGeneralOp op) const {
  auto weight = cast<RankedTensorType>(op.getRhs().getType());
  DotDimsAttr dims = op.getDims();
  if (!weight.getElementType().isF32() || weight.getRank() != 2 || !weight.hasStaticShape() || !dims.getRhsBatch().empty() ||
      dims.getRhsContract() != ArrayRef<int64_t>{0})
    return std::nullopt;
  return panels(1, weight.getDimSize(1));
}

std::optional<ContractionLayout> GenericTarget::convolutionLayout(ConvolutionOp op) const {
  auto kernel = cast<RankedTensorType>(op.getRhs().getType());
  if (!kernel.getElementType().isF32() || !kernel.hasStaticShape() || op.getFeatureGroupCount() != 1 ||
      op.getBatchGroupCount() != 1)
    return std::nullopt;
  return panels(kernel.getRank() - 1, kernel.getShape().back());
}

bool GenericTarget::prefersChannelsLast(Type elementType) const { return isa<FloatType>(elementType); }

bool GenericTarget::canFuse(ArrayRef<Operation *> ops, ArrayRef<Value> results) const { return acceptsRegion(ops, results); }

double GenericTarget::estimate(const KernelSummary &summary) const {
  constexpr double dispatch = 500, flopsPerNs = 32, transcendentalsPerNs = 2, bytesPerNs = 16;
  double compute = summary.flops / flopsPerNs + summary.transcendentals / transcendentalsPerNs;
  return dispatch + compute + (summary.bytesRead + summary.bytesWritten) / bytesPerNs;
}

const TargetModel &genericTarget() {
  static const GenericTarget target;
  return target;
}

} // namespace ingot
