#include "passes/layout/Panels.h"

#include "passes/Reorder.h"

namespace ingot {

using namespace mlir;

static bool isChannelsLast(ConvDimsAttr dims) {
  int64_t rank = dims.getInputSpatial().size() + 2;
  auto consecutive = [](ArrayRef<int64_t> list, int64_t first) {
    return llvm::all_of(llvm::enumerate(list), [&](auto item) { return item.value() == first + int64_t(item.index()); });
  };
  return dims.getInputBatch() == 0 && dims.getInputFeature() == rank - 1 && consecutive(dims.getInputSpatial(), 1) &&
         dims.getKernelInputFeature() == rank - 2 && dims.getKernelOutputFeature() == rank - 1 &&
         consecutive(dims.getKernelSpatial(), 0) && dims.getOutputBatch() == 0 && dims.getOutputFeature() == rank - 1 &&
         consecutive(dims.getOutputSpatial(), 1);
}

std::optional<ContractionLayout> panelLayoutOf(Operation *contraction, const TargetModel &target) {
  if (auto dot = dyn_cast<DotGeneralOp>(contraction)) {
    DotDimsAttr dims = dot.getDims();
    if (!dims.getLhsBatch().empty() || dims.getLhsContract().size() != 1 || dims.getRhsContract() != ArrayRef<int64_t>{0} ||
        typeOf(dot.getRhs()).getRank() != 2)
      return std::nullopt;
    return target.dotLayout(dot);
  }
  auto conv = dyn_cast<ConvolutionOp>(contraction);
  return conv && isChannelsLast(conv.getDims()) ? target.convolutionLayout(conv) : std::nullopt;
}

Value unpacked(OpBuilder &builder, Location loc, Value panels, RankedTensorType plain, ContractionLayout layout) {
  return UnpackOp::create(builder, loc, plain, panels, layout.panelDim, layout.panelWidth);
}

} // namespace ingot
