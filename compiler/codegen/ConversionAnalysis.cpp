// interpolate, quantize, dequantize and bitcast_convert without making their code: what they read, which of their dims run
// as one.
#include "compiler/codegen/RegionAnalysis.h"

namespace ingot {

using namespace mlir;

static RankedTensorType typeOf(Value value) { return cast<RankedTensorType>(value.getType()); }

static int64_t bitsOf(Type element) {
  auto complex = dyn_cast<ComplexType>(element);
  return complex ? 2 * bitsOf(complex.getElementType()) : int64_t(element.getIntOrFloatBitWidth());
}

void RegionAnalysis::visitConverted(Operation *op, ArrayRef<AffineIndex> indices) {
  scalarWork += scalarCost(op) * trips(dependencies(indices));
  SmallVector<AffineIndex> source(indices);
  Value operand = op->getOperand(0);
  if (auto interpolate = dyn_cast<InterpolateOp>(op)) {
    unsigned before = opCount;
    bool mixes = interpolate.getKernel() != InterpolationKernel::NEAREST;
    int64_t taps = int64_t(pointsOf(interpolate.getIndexRelation(0), moduleSizes(op)));
    for (auto [number, dim] : llvm::enumerate(interpolate.getDimensions())) {
      source[dim] = opaque(source[dim]);
      if (mixes && number == 0)
        source[dim] = add(source[dim], scale(AffineIndex::variable(addVariable(taps)), 2));
    }
    visit(operand, source);
    unsigned copies = mixes ? std::min<int64_t>(taps, 16) : 1;
    opCount = before + (opCount - before + 6) * copies + 12 * interpolate.getDimensions().size();
    return;
  }
  if (auto bitcast = dyn_cast<BitcastConvertOp>(op)) {
    int64_t from = bitsOf(typeOf(operand).getElementType()), to = bitsOf(bitcast.getType().getElementType());
    if (from > to)
      source.pop_back();
    if (from < to)
      source.push_back(AffineIndex::variable(addVariable(to / from)));
    opCount += 2 * std::max<int64_t>(1, to / from);
    visit(operand, source);
    return;
  }
  opCount += 6;
  visit(operand, source);
  auto quantize = dyn_cast<QuantizeOp>(op);
  std::optional<int64_t> axis = quantize ? quantize.getAxis() : cast<DequantizeOp>(op).getAxis();
  std::optional<int64_t> block = quantize ? quantize.getBlockSize() : cast<DequantizeOp>(op).getBlockSize();
  SmallVector<AffineIndex> place;
  if (axis && block) {
    place = source;
    place[*axis] = opaque(place[*axis]);
  } else if (axis) {
    place.push_back(source[*axis]);
  }
  for (Value parameter : op->getOperands().drop_front())
    visit(parameter, place);
}

bool CollapseQuery::holdsConverted(Operation *op, unsigned first, unsigned count) {
  auto touches = [&](int64_t dim) { return dim >= int64_t(first) && dim < int64_t(first + count); };
  Value operand = op->getOperand(0);
  if (auto interpolate = dyn_cast<InterpolateOp>(op))
    return llvm::none_of(interpolate.getDimensions(), touches) && holds(operand, first, count);
  if (auto bitcast = dyn_cast<BitcastConvertOp>(op)) {
    bool isNarrowing = bitcast.getType().getRank() > typeOf(operand).getRank();
    return !(isNarrowing && touches(bitcast.getType().getRank() - 1)) && holds(operand, first, count);
  }
  auto quantize = dyn_cast<QuantizeOp>(op);
  std::optional<int64_t> axis = quantize ? quantize.getAxis() : cast<DequantizeOp>(op).getAxis();
  std::optional<int64_t> block = quantize ? quantize.getBlockSize() : cast<DequantizeOp>(op).getBlockSize();
  if (!holds(operand, first, count))
    return false;
  if (!axis)
    return true;
  if (touches(*axis))
    return false;
  // Scales of blocks have all dims of the operand.
  return !block ||
         llvm::all_of(op->getOperands().drop_front(), [&](Value parameter) { return holds(parameter, first, count); });
}

} // namespace ingot
