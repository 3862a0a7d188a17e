// Verifiers and type inference of the shape ops; their folders are in ShapeFolding.cpp.
#include "ir/Dialect.h"
#include "ir/ReshapeGroups.h"
#include "ir/ShapeInference.h"
#include "ir/Types.h"

using namespace mlir;

namespace ingot {

// (C1) of the ops that keep the element type.
static LogicalResult verifySameElementType(Operation *op, RankedTensorType operand, RankedTensorType result) {
  if (operand.getElementType() == result.getElementType())
    return success();
  return op->emitOpError() << "(C1) element types are " << operand.getElementType() << " and " << result.getElementType();
}

LogicalResult ConstantOp::verify() {
  if (!isa<DenseElementsAttr>(getValue()))
    return emitOpError() << "(C1) the value is no dense elements attribute";
  int64_t bytes = getType().getNumElements() * elementBytes(getType().getElementType());
  if (!cast<DenseElementsAttr>(getValue()).isSplat() && bytes > kMaxBytes)
    return emitOpError() << "(C1) takes " << bytes << " bytes, more than " << kMaxBytes
                         << ", and is no splat; it must be an ingot.weight";
  return success();
}

LogicalResult IotaOp::verify() {
  int64_t dim = int64_t(getIotaDimension());
  if (dim < 0 || dim >= getType().getRank())
    return emitOpError() << "(C1) iota_dimension is " << dim << ", but the rank is " << getType().getRank();
  return success();
}

LogicalResult SizeOfOp::verify() {
  AffineMap map = getValue();
  if (map.getNumDims() != 0 || map.getNumResults() != 1)
    return emitOpError() << "(C1) the map has " << map.getNumDims() << " dims and " << map.getNumResults()
                         << " results, but needs 0 and 1";
  if (getType().getRank() != 0)
    return emitOpError() << "(C2) the result has rank " << getType().getRank() << ", but must be a scalar";
  return success();
}

LogicalResult BroadcastInDimOp::verify() {
  RankedTensorType operand = getOperand().getType(), result = getType();
  if (failed(verifySameElementType(*this, operand, result)))
    return failure();
  ArrayRef<int64_t> dims = getBroadcastDimensions();
  if (int64_t(dims.size()) != operand.getRank())
    return emitOpError() << "(C2) there are " << dims.size() << " broadcast dimensions for rank " << operand.getRank();
  llvm::SmallVector<bool> seen(size_t(result.getRank()), false);
  for (auto [index, dim] : llvm::enumerate(dims)) {
    if (dim < 0 || dim >= result.getRank())
      return emitOpError() << "(C2) broadcast dimension " << dim << " is not in [0, " << result.getRank() << ")";
    if (seen[size_t(dim)])
      return emitOpError() << "(C2) broadcast dimension " << dim << " is named twice";
    seen[size_t(dim)] = true;
    AffineExpr from = dimExpr(operand, unsigned(index)), to = dimExpr(result, unsigned(dim));
    if (from != 1 && !sameExpr(from, to))
      return emitOpError() << "(C3) operand dim " << index << " is " << describeExpr(from, moduleSizes(*this))
                           << ", but result dim " << dim << " is " << describeExpr(to, moduleSizes(*this));
  }
  return success();
}

LogicalResult ReshapeOp::verify() {
  RankedTensorType operand = getOperand().getType(), result = getType();
  if (failed(verifySameElementType(*this, operand, result)))
    return failure();
  AffineExpr from = numElementsExpr(operand), to = numElementsExpr(result);
  if (!sameExpr(from, to))
    return emitOpError() << "(C2) the operand has " << describeExpr(from, moduleSizes(*this))
                         << " elements, but the result has " << describeExpr(to, moduleSizes(*this));
  return success();
}

LogicalResult TransposeOp::inferReturnTypes(MLIRContext *, std::optional<Location> location, ValueRange operands,
                                            DictionaryAttr attributes, OpaqueProperties properties, RegionRange regions,
                                            SmallVectorImpl<Type> &types) {
  Adaptor adaptor(operands, attributes, properties, regions);
  auto type = cast<RankedTensorType>(adaptor.getOperand().getType());
  InferredType inferred = inferTranspose(type, adaptor.getPermutation(), [&] {
    return mlir::emitError(location.value_or(UnknownLoc::get(type.getContext()))) << "'ingot.transpose' op ";
  });
  if (failed(inferred))
    return failure();
  types.push_back(*inferred);
  return success();
}

LogicalResult TransposeOp::verify() {
  InferredType inferred = inferTranspose(getOperand().getType(), getPermutation(), [&] { return emitOpError(); });
  if (failed(inferred))
    return failure();
  return verifyDims(*this, getType(), *inferred, "C2", "the operand's dim there");
}

LogicalResult SliceOp::verify() {
  if (failed(verifySameElementType(*this, getOperand().getType(), getType())))
    return failure();
  InferredType inferred = inferSlice(getOperand().getType(), getType(), getStartIndices(), getLimitIndices(), getStrides(),
                                     [&] { return emitOpError(); });
  if (failed(inferred))
    return failure();
  return verifyDims(*this, getType(), *inferred, "C4", "ceil((limit - start) / stride)");
}

LogicalResult PadOp::verify() {
  if (failed(verifySameElementType(*this, getOperand().getType(), getType())))
    return failure();
  RankedTensorType value = getPaddingValue().getType();
  if (value.getRank() != 0 || value.getElementType() != getType().getElementType())
    return emitOpError() << "(C1) padding_value is " << describeType(value, {}) << ", but a scalar of "
                         << getType().getElementType() << " is needed";
  InferredType inferred = inferPad(getOperand().getType(), getEdgePaddingLow(), getEdgePaddingHigh(), getInteriorPadding(),
                                   [&] { return emitOpError(); });
  if (failed(inferred))
    return failure();
  return verifyDims(*this, getType(), *inferred, "C4", "low + dim + interior + high");
}

LogicalResult ConcatenateOp::verify() {
  auto types = llvm::map_to_vector(getOperands(), [](Value operand) { return cast<RankedTensorType>(operand.getType()); });
  InferredType inferred = inferConcatenate(types, int64_t(getDimension()), [&] { return emitOpError(); });
  if (failed(inferred))
    return failure();
  if (inferred->getElementType() != getType().getElementType())
    return emitOpError() << "(C2) the result holds " << getType().getElementType() << ", but the operands "
                         << inferred->getElementType();
  return verifyDims(*this, getType(), *inferred, "C5", "the operands' dim or sum");
}

LogicalResult ReverseOp::verify() {
  llvm::SmallVector<bool> seen(size_t(getType().getRank()), false);
  for (int64_t dim : getDimensions()) {
    if (dim < 0 || dim >= getType().getRank() || seen[size_t(dim)])
      return emitOpError() << "(C1) dimension " << dim << " is named twice or not in [0, " << getType().getRank() << ")";
    seen[size_t(dim)] = true;
  }
  return success();
}

LogicalResult UnpackOp::verify() {
  RankedTensorType operand = getOperand().getType(), result = getType();
  int64_t dim = int64_t(getDim()), width = int64_t(getWidth());
  if (operand.getRank() != result.getRank() + 1 || operand.getElementType() != result.getElementType())
    return emitOpError() << "(C1) the operand is " << describeType(operand, {}) << ", but the result is "
                         << describeType(result, {}) << "; one more dim of the same element type is needed";
  if (dim < 0 || dim >= result.getRank())
    return emitOpError() << "(C1) dim " << dim << " is not in [0, " << result.getRank() << ")";
  if (width <= 0 || dimExpr(operand, unsigned(operand.getRank() - 1)) != width)
    return emitOpError() << "(C2) the last operand dim is "
                         << describeExpr(dimExpr(operand, unsigned(operand.getRank() - 1)), {}) << ", but width is "
                         << width;
  InferredType packed = inferPack(result, dim, width, [&] { return emitOpError(); });
  if (failed(packed))
    return failure();
  for (unsigned i = 0; i + 1 < unsigned(operand.getRank()); ++i)
    if (!sameExpr(dimExpr(operand, i), dimExpr(*packed, i)))
      return emitOpError() << (i == 0 ? "(C3)" : "(C4)") << " operand dim " << i << " is "
                           << describeExpr(dimExpr(operand, i), {}) << ", but the packed result has "
                           << describeExpr(dimExpr(*packed, i), {});
  return success();
}

//===--- What an element reads ---===//

// Elements of a constant lie in row-major order, as those of an operand do.
IndexRelation ConstantOp::getIndexRelation(unsigned) {
  IndexRelation relation = relationOf(getOutput());
  if (!cast<DenseElementsAttr>(getValue()).isSplat())
    relation.values = relation.identity();
  relation.keepsOrder = true;
  return relation;
}

IndexRelation IotaOp::getIndexRelation(unsigned) {
  IndexRelation relation = relationOf(getOutput());
  relation.values.push_back(relation.index(unsigned(getIotaDimension())));
  return relation;
}

IndexRelation SizeOfOp::getIndexRelation(unsigned) { return relationOf(getOutput()); }

IndexRelation BroadcastInDimOp::getIndexRelation(unsigned) {
  IndexRelation relation = relationOf(getResult());
  SmallVector<AffineExpr> place;
  for (auto [dim, target] : llvm::enumerate(getBroadcastDimensions())) {
    bool repeats = getOperand().getType().getDimSize(unsigned(dim)) == 1 && getType().getDimSize(unsigned(target)) != 1;
    place.push_back(repeats ? relation.constant(0) : relation.index(unsigned(target)));
  }
  relation.read(0, place);
  return relation;
}

IndexRelation ReshapeOp::getIndexRelation(unsigned) {
  IndexRelation relation = relationOf(getResult());
  relation.keepsOrder = true;
  RankedTensorType from = getOperand().getType(), to = getType();
  SmallVector<AffineExpr> place(size_t(from.getRank()), relation.constant(0));
  for (const ReshapeGroup &group : reshapeGroups(from, to)) {
    AffineExpr position = relation.constant(0), stride = relation.constant(1);
    for (unsigned dim = group.toEnd; dim-- > group.toBegin;) {
      position = position + relation.index(dim) * stride;
      stride = simplifyExpr(stride * dimExpr(to, dim));
    }
    // The first dim of more than one place takes what is left.
    unsigned first = group.fromBegin;
    while (first + 1 < group.fromEnd && from.getDimSize(first) == 1)
      ++first;
    for (unsigned dim = group.fromEnd; dim-- > first;) {
      place[dim] = dim == first ? position : position % dimExpr(from, dim);
      position = dim == first ? position : position.floorDiv(dimExpr(from, dim));
    }
  }
  relation.read(0, place);
  return relation;
}

IndexRelation TransposeOp::getIndexRelation(unsigned) {
  IndexRelation relation = relationOf(getResult());
  SmallVector<AffineExpr> place(relation.rank);
  for (auto [to, from] : llvm::enumerate(getPermutation()))
    place[size_t(from)] = relation.index(unsigned(to));
  relation.read(0, place);
  return relation;
}

IndexRelation SliceOp::getIndexRelation(unsigned) {
  IndexRelation relation = relationOf(getResult());
  SmallVector<AffineExpr> place;
  for (auto [dim, start, stride] : llvm::enumerate(getStartIndices(), getStrides()))
    place.push_back(relation.index(unsigned(dim)) * stride + start);
  relation.read(0, place);
  return relation;
}

IndexRelation PadOp::getIndexRelation(unsigned) {
  using Kind = IndexCondition::Kind;
  IndexRelation relation = relationOf(getResult());
  SmallVector<AffineExpr> place;
  for (auto [number, low, high, interior] :
       llvm::enumerate(getEdgePaddingLow(), getEdgePaddingHigh(), getInteriorPadding())) {
    AffineExpr at = relation.index(unsigned(number)) - low;
    if (low > 0)
      relation.require(Kind::NonNegative, at);
    if (interior > 0) {
      relation.require(Kind::Zero, at % (interior + 1));
      at = at.floorDiv(interior + 1);
    }
    if (high > 0 || interior > 0)
      relation.require(Kind::Below, at, dimExpr(getOperand().getType(), unsigned(number)));
    place.push_back(at);
  }
  relation.read(0, place);
  if (!relation.lastCase().conditions.empty()) {
    relation.cases.emplace_back();
    relation.read(1, {});
  }
  return relation;
}

IndexRelation ConcatenateOp::getIndexRelation(unsigned) {
  using Kind = IndexCondition::Kind;
  IndexRelation relation = relationOf(getResult());
  unsigned dim = unsigned(getDimension());
  AffineExpr start = relation.constant(0);
  for (auto [number, operand] : llvm::enumerate(getOperands())) {
    SmallVector<AffineExpr> place = relation.identity();
    place[dim] = place[dim] - start;
    AffineExpr extent = dimExpr(cast<RankedTensorType>(operand.getType()), dim);
    relation.cases.emplace_back();
    if (number > 0)
      relation.require(Kind::NonNegative, place[dim]);
    if (number + 1 < getOperands().size())
      relation.require(Kind::Below, place[dim], extent);
    relation.read(unsigned(number), place);
    start = simplifyExpr(start + extent);
  }
  return relation;
}

IndexRelation ReverseOp::getIndexRelation(unsigned) {
  IndexRelation relation = relationOf(getResult());
  SmallVector<AffineExpr> place = relation.identity();
  for (int64_t dim : getDimensions())
    place[size_t(dim)] = dimExpr(getType(), unsigned(dim)) - 1 - place[size_t(dim)];
  relation.read(0, place);
  return relation;
}

IndexRelation UnpackOp::getIndexRelation(unsigned) {
  IndexRelation relation = relationOf(getResult());
  AffineExpr at = relation.index(unsigned(getDim()));
  SmallVector<AffineExpr> place{at.floorDiv(getWidth())};
  for (unsigned dim = 0; dim < relation.rank; ++dim)
    if (dim != getDim())
      place.push_back(relation.index(dim));
  place.push_back(at % getWidth());
  relation.read(0, place);
  return relation;
}

} // namespace ingot
