#include "ir/ShapeInference.h"
#include "ir/Types.h"
#include "ir/Verification.h"

using namespace mlir;

namespace ingot {

// `base` + `factor` * `dim` + `offset` with every constant part checked; null where it leaves int64_t.
static AffineExpr linear(AffineExpr dim, int64_t factor, __int128 offset) {
  constexpr int64_t kLimit = int64_t(1) << 62;
  if (offset > kLimit || offset < -kLimit || factor > kLimit || factor < -kLimit)
    return {};
  MLIRContext *context = dim.getContext();
  if (auto constant = dyn_cast<AffineConstantExpr>(dim)) {
    __int128 value = __int128(constant.getValue()) * factor + offset;
    if (value > kLimit || value < -kLimit)
      return {};
    return getAffineConstantExpr(int64_t(value), context);
  }
  return simplifyExpr(dim * factor + int64_t(offset));
}

static std::optional<int64_t> constantOf(AffineExpr expr) {
  auto constant = dyn_cast_or_null<AffineConstantExpr>(expr);
  return constant ? std::optional(constant.getValue()) : std::nullopt;
}

LogicalResult verifyDims(Operation *op, RankedTensorType actual, RankedTensorType expected, StringRef label,
                         StringRef what) {
  SmallVector<SizeAttr> sizes = moduleSizes(op);
  if (actual.getRank() != expected.getRank())
    return op->emitOpError() << "(" << label << ") the result has rank " << actual.getRank() << ", but " << what
                             << " gives rank " << expected.getRank();
  for (unsigned i = 0, e = actual.getRank(); i != e; ++i) {
    if (actual.isDynamicDim(i) && !hasKnownDims(actual))
      return op->emitOpError() << "(" << label << ") result dim " << i << " is dynamic without #ingot.dims";
    AffineExpr is = dimExpr(actual, i), should = dimExpr(expected, i);
    if (!sameExpr(is, should))
      return op->emitOpError() << "(" << label << ") result dim " << i << " is " << describeExpr(is, sizes) << ", but "
                               << what << " is " << describeExpr(should, sizes);
  }
  return success();
}

InferredType inferTranspose(RankedTensorType operand, ArrayRef<int64_t> permutation, EmitError emitError) {
  if (int64_t(permutation.size()) != operand.getRank() || !areUniqueDims(permutation, operand.getRank()))
    return emitError() << "(C1) permutation " << listOf(permutation) << " is none of [0, " << operand.getRank() << ")";
  SmallVector<AffineExpr> dims;
  for (int64_t dim : permutation)
    dims.push_back(dimExpr(operand, unsigned(dim)));
  return makeTensorType(dims, operand.getElementType());
}

InferredType inferSlice(RankedTensorType operand, RankedTensorType result, ArrayRef<int64_t> starts,
                        ArrayRef<int64_t> limits, ArrayRef<int64_t> strides, EmitError emitError) {
  size_t rank = size_t(operand.getRank());
  if (starts.size() != rank || limits.size() != rank || strides.size() != rank)
    return emitError() << "(C1) there are " << starts.size() << " starts, " << limits.size() << " limits and "
                       << strides.size() << " strides for rank " << rank;
  SmallVector<AffineExpr> dims;
  for (size_t i = 0; i != rank; ++i) {
    AffineExpr dim = dimExpr(operand, unsigned(i));
    std::optional<int64_t> extent = constantOf(dim);
    bool isWhole = limits[i] == SliceOp::kWholeDim;
    if (limits[i] == SliceOp::kToResult) {
      if (result.getRank() != operand.getRank())
        return emitError() << "(C1) the result has rank " << result.getRank() << ", the operand " << rank;
      AffineExpr length = dimExpr(result, unsigned(i));
      std::optional<int64_t> count = constantOf(length);
      bool fits = starts[i] >= 0 && strides[i] > 0 && (!extent || starts[i] <= *extent);
      if (fits && extent && count && *count > 0)
        fits = *count - 1 <= (*extent - 1 - starts[i]) / strides[i] && starts[i] < *extent;
      if (!fits)
        return emitError() << "(C2) dim " << i << ": " << describeExpr(length, {}) << " elements from " << starts[i]
                           << " by " << strides[i] << " are no range within a dim of " << describeExpr(dim, {});
      dims.push_back(length);
      continue;
    }
    if (starts[i] < 0 || (extent && starts[i] > *extent) || (!isWhole && limits[i] < starts[i]) ||
        (!isWhole && extent && limits[i] > *extent))
      return emitError() << "(C2) dim " << i << ": [" << starts[i] << ", " << (isWhole ? "end" : std::to_string(limits[i]))
                         << ") is no range within a dim of " << describeExpr(dim, {});
    if (strides[i] <= 0)
      return emitError() << "(C3) stride " << i << " is " << strides[i] << ", but must be positive";
    AffineExpr length = isWhole ? dim - starts[i] : getAffineConstantExpr(limits[i] - starts[i], operand.getContext());
    dims.push_back(length.ceilDiv(strides[i]));
  }
  return makeTensorType(dims, operand.getElementType());
}

InferredType inferPad(RankedTensorType operand, ArrayRef<int64_t> low, ArrayRef<int64_t> high, ArrayRef<int64_t> interior,
                      EmitError emitError) {
  size_t rank = size_t(operand.getRank());
  if (low.size() != rank || high.size() != rank || interior.size() != rank)
    return emitError() << "(C2) there are " << low.size() << " low, " << high.size() << " high and " << interior.size()
                       << " interior amounts for rank " << rank;
  SmallVector<AffineExpr> dims;
  for (size_t i = 0; i != rank; ++i) {
    if (interior[i] < 0)
      return emitError() << "(C3) interior padding " << i << " is " << interior[i] << ", but must not be negative";
    AffineExpr dim = dimExpr(operand, unsigned(i));
    // low + dim * (interior + 1) - interior + high; a dim of 0 has no inner gaps.
    bool isEmpty = constantOf(dim) == 0;
    __int128 offset = __int128(low[i]) + high[i] - (isEmpty ? 0 : interior[i]);
    AffineExpr padded = interior[i] == INT64_MAX ? AffineExpr() : linear(dim, interior[i] + 1, offset);
    if (!padded || (constantOf(padded) && *constantOf(padded) < 0))
      return emitError() << "(C4) result dim " << i << " would be "
                         << (padded ? std::to_string(*constantOf(padded)) : "too large") << ": low " << low[i] << ", dim "
                         << describeExpr(dim, {}) << ", interior " << interior[i] << ", high " << high[i];
    dims.push_back(padded);
  }
  return makeTensorType(dims, operand.getElementType());
}

InferredType inferConcatenate(ArrayRef<RankedTensorType> operands, int64_t dimension, EmitError emitError) {
  if (operands.empty())
    return emitError() << "(C1) there is no operand";
  RankedTensorType first = operands.front();
  for (auto [index, operand] : llvm::enumerate(operands))
    if (operand.getRank() != first.getRank() || operand.getElementType() != first.getElementType())
      return emitError() << "(C2) operand " << index << " is " << describeType(operand, {}) << ", but operand 0 is "
                         << describeType(first, {});
  if (dimension < 0 || dimension >= first.getRank())
    return emitError() << "(C4) dimension is " << dimension << ", but the rank is " << first.getRank();
  SmallVector<AffineExpr> dims = dimExprs(first);
  for (auto [index, operand] : llvm::enumerate(operands.drop_front()))
    for (unsigned i = 0, e = first.getRank(); i != e; ++i) {
      AffineExpr dim = dimExpr(operand, i);
      if (int64_t(i) == dimension) {
        auto sum = constantOf(dim) ? linear(dims[i], 1, *constantOf(dim)) : simplifyExpr(dims[i] + dim);
        if (!sum)
          return emitError() << "(C5) the sum of dims " << i << " is too large";
        dims[i] = sum;
      } else if (!sameExpr(dim, dims[i])) {
        return emitError() << "(C3) operand " << index + 1 << " has " << describeExpr(dim, {}) << " in dim " << i
                           << ", but operand 0 has " << describeExpr(dims[i], {});
      }
    }
  return makeTensorType(dims, first.getElementType());
}

InferredType inferPack(RankedTensorType operand, int64_t dim, int64_t width, EmitError emitError) {
  if (dim < 0 || dim >= operand.getRank() || width <= 0)
    return emitError() << "dim " << dim << " in panels of " << width << " is not possible on " << describeType(operand, {});
  SmallVector<AffineExpr> dims;
  dims.push_back(dimExpr(operand, unsigned(dim)).ceilDiv(width));
  for (int64_t i = 0; i != operand.getRank(); ++i)
    if (i != dim)
      dims.push_back(dimExpr(operand, unsigned(i)));
  dims.push_back(getAffineConstantExpr(width, operand.getContext()));
  return makeTensorType(dims, operand.getElementType());
}

// Result element types of contractions: the operands' or a wider one of the same kind.
static bool isSameOrWider(Type result, Type operand) {
  if (auto complexResult = dyn_cast<ComplexType>(result)) {
    auto complexOperand = dyn_cast<ComplexType>(operand);
    return complexOperand && isSameOrWider(complexResult.getElementType(), complexOperand.getElementType());
  }
  if (result == operand)
    return true;
  bool sameKind = (isa<FloatType>(result) && isa<FloatType>(operand)) ||
                  (result.isSignlessInteger() && operand.isSignlessInteger()) ||
                  (result.isUnsignedInteger() && operand.isUnsignedInteger());
  return sameKind && result.getIntOrFloatBitWidth() > operand.getIntOrFloatBitWidth();
}

static LogicalResult verifyContractionTypes(RankedTensorType lhs, RankedTensorType rhs, Type result, StringRef label,
                                            EmitError emitError) {
  if (lhs.getElementType() != rhs.getElementType())
    return emitError() << label << " element types of lhs and rhs are " << lhs.getElementType() << " and "
                       << rhs.getElementType();
  if (!isSameOrWider(result, lhs.getElementType()))
    return emitError() << label << " element type " << result << " of the result is neither " << lhs.getElementType()
                       << " nor wider";
  return success();
}

InferredType inferDotGeneral(RankedTensorType lhs, RankedTensorType rhs, DotDimsAttr dims, Type elementType,
                             EmitError emitError) {
  auto isValid = [](ArrayRef<int64_t> batch, ArrayRef<int64_t> contract, int64_t rank) {
    SmallVector<int64_t> all(batch);
    llvm::append_range(all, contract);
    return areUniqueDims(all, rank);
  };
  if (dims.getLhsBatch().size() != dims.getRhsBatch().size() || dims.getLhsContract().size() != dims.getRhsContract().size())
    return emitError() << "(C1) lhs and rhs have " << dims.getLhsBatch().size() << " and " << dims.getRhsBatch().size()
                       << " batch dims, " << dims.getLhsContract().size() << " and " << dims.getRhsContract().size()
                       << " contracting dims";
  if (!isValid(dims.getLhsBatch(), dims.getLhsContract(), lhs.getRank()))
    return emitError() << "(C1) batch dims " << listOf(dims.getLhsBatch()) << " and contracting dims "
                       << listOf(dims.getLhsContract()) << " of lhs are not unique dims of rank " << lhs.getRank();
  if (!isValid(dims.getRhsBatch(), dims.getRhsContract(), rhs.getRank()))
    return emitError() << "(C1) batch dims " << listOf(dims.getRhsBatch()) << " and contracting dims "
                       << listOf(dims.getRhsContract()) << " of rhs are not unique dims of rank " << rhs.getRank();
  auto verifyPairs = [&](ArrayRef<int64_t> left, ArrayRef<int64_t> right, StringRef kind) -> LogicalResult {
    for (auto [l, r] : llvm::zip(left, right)) {
      AffineExpr leftDim = dimExpr(lhs, unsigned(l)), rightDim = dimExpr(rhs, unsigned(r));
      if (!sameExpr(leftDim, rightDim))
        return emitError() << "(C2) " << kind << " dim " << l << " of lhs is " << describeExpr(leftDim, {}) << ", but dim "
                           << r << " of rhs is " << describeExpr(rightDim, {});
    }
    return success();
  };
  if (failed(verifyPairs(dims.getLhsBatch(), dims.getRhsBatch(), "batch")) ||
      failed(verifyPairs(dims.getLhsContract(), dims.getRhsContract(), "contracting")) ||
      failed(verifyContractionTypes(lhs, rhs, elementType, "(C4)", emitError)))
    return failure();
  SmallVector<AffineExpr> result;
  for (int64_t dim : dims.getLhsBatch())
    result.push_back(dimExpr(lhs, unsigned(dim)));
  auto addFree = [&](RankedTensorType type, ArrayRef<int64_t> batch, ArrayRef<int64_t> contract) {
    for (int64_t dim = 0; dim != type.getRank(); ++dim)
      if (!llvm::is_contained(batch, dim) && !llvm::is_contained(contract, dim))
        result.push_back(dimExpr(type, unsigned(dim)));
  };
  addFree(lhs, dims.getLhsBatch(), dims.getLhsContract());
  addFree(rhs, dims.getRhsBatch(), dims.getRhsContract());
  return makeTensorType(result, elementType);
}

AffineExpr windowPositions(AffineExpr dim, int64_t window, int64_t stride, int64_t baseDilation, int64_t windowDilation,
                           int64_t low, int64_t high) {
  MLIRContext *context = dim.getContext();
  // A dim (window) of n takes (n - 1) * dilation + 1 dilated places, or none.
  __int128 dilatedWindow = window == 0 ? 0 : (__int128(window) - 1) * windowDilation + 1;
  bool isEmpty = constantOf(dim) == 0;
  __int128 offset = __int128(low) + high - dilatedWindow + (isEmpty ? 0 : 1 - __int128(baseDilation));
  AffineExpr slack = linear(dim, baseDilation, offset);
  if (!slack)
    return {};
  if (std::optional<int64_t> fixed = constantOf(slack))
    return getAffineConstantExpr(*fixed < 0 ? 0 : *fixed / stride + 1, context);
  return simplifyExpr(slack.floorDiv(stride) + 1);
}

InferredType inferConvolution(RankedTensorType lhs, RankedTensorType rhs, const ConvolutionWindow &window, ConvDimsAttr dims,
                              Type elementType, EmitError emitError) {
  size_t spatial = dims.getInputSpatial().size();
  auto isPermutation = [&](int64_t first, int64_t second, ArrayRef<int64_t> rest, int64_t rank) {
    SmallVector<int64_t> all(rest);
    all.append({first, second});
    return int64_t(all.size()) == rank && areUniqueDims(all, rank);
  };
  if (!isPermutation(dims.getInputBatch(), dims.getInputFeature(), dims.getInputSpatial(), lhs.getRank()) ||
      !isPermutation(dims.getKernelInputFeature(), dims.getKernelOutputFeature(), dims.getKernelSpatial(), rhs.getRank()) ||
      !isPermutation(dims.getOutputBatch(), dims.getOutputFeature(), dims.getOutputSpatial(), lhs.getRank()) ||
      rhs.getRank() != lhs.getRank())
    return emitError() << "(C7) dims " << dims << " do not name every dim of " << describeType(lhs, {}) << ", "
                       << describeType(rhs, {}) << " and the result once";
  auto isPositive = [&](ArrayRef<int64_t> values) {
    return values.size() == spatial && llvm::all_of(values, [](int64_t value) { return value >= 1; });
  };
  if (!isPositive(window.strides) || !isPositive(window.lhsDilation) || !isPositive(window.rhsDilation) ||
      window.padding.size() != 2 * spatial)
    return emitError() << "(C1) stride " << listOf(window.strides) << ", lhs_dilate " << listOf(window.lhsDilation)
                       << ", rhs_dilate " << listOf(window.rhsDilation) << " must be positive and pad "
                       << listOf(window.padding) << " in pairs, one for each of " << spatial << " spatial dims";
  int64_t featureGroups = window.featureGroups, batchGroups = window.batchGroups;
  AffineExpr batch = dimExpr(lhs, unsigned(dims.getInputBatch())), feature = dimExpr(lhs, unsigned(dims.getInputFeature()));
  auto divides = [](int64_t count, AffineExpr dim) { return constantOf(simplifyExpr(dim % count)) == 0; };
  if (featureGroups < 1 || batchGroups < 1 || (featureGroups > 1 && batchGroups > 1) || !divides(featureGroups, feature) ||
      !divides(batchGroups, batch))
    return emitError() << "(C2) feature_group_count is " << featureGroups << " and batch_group_count " << batchGroups
                       << " for " << describeExpr(feature, {}) << " features and a batch of " << describeExpr(batch, {});
  AffineExpr kernelFeature = dimExpr(rhs, unsigned(dims.getKernelInputFeature()));
  if (!sameExpr(kernelFeature, feature.floorDiv(featureGroups)))
    return emitError() << "(C3) the kernel has " << describeExpr(kernelFeature, {}) << " input features, but the input has "
                       << describeExpr(feature, {}) << " in " << featureGroups << " groups";
  AffineExpr outputFeature = dimExpr(rhs, unsigned(dims.getKernelOutputFeature()));
  if (!divides(featureGroups, outputFeature) || !divides(batchGroups, outputFeature))
    return emitError() << "(C4) " << describeExpr(outputFeature, {}) << " output features do not divide into "
                       << featureGroups * batchGroups << " groups";
  if (failed(verifyContractionTypes(lhs, rhs, elementType, "(C6)", emitError)))
    return failure();
  SmallVector<AffineExpr> result(size_t(lhs.getRank()));
  result[size_t(dims.getOutputBatch())] = batch.floorDiv(batchGroups);
  result[size_t(dims.getOutputFeature())] = outputFeature;
  for (size_t i = 0; i != spatial; ++i) {
    std::optional<int64_t> extent = constantOf(dimExpr(rhs, unsigned(dims.getKernelSpatial()[i])));
    if (!extent)
      return emitError() << "(C5) spatial dim " << i << " of the kernel is symbolic";
    AffineExpr positions =
        windowPositions(dimExpr(lhs, unsigned(dims.getInputSpatial()[i])), *extent, window.strides[i], window.lhsDilation[i],
                        window.rhsDilation[i], window.padding[2 * i], window.padding[2 * i + 1]);
    if (!positions)
      return emitError() << "(C5) spatial dim " << i << " of the result is too large";
    result[size_t(dims.getOutputSpatial()[i])] = positions;
  }
  return makeTensorType(result, elementType);
}

InferredType inferReduce(RankedTensorType input, ArrayRef<int64_t> dimensions, EmitError emitError) {
  if (!areUniqueDims(dimensions, input.getRank()) || !llvm::is_sorted(dimensions))
    return emitError() << "(C2) dimensions " << listOf(dimensions) << " are not unique, ascending dims of rank "
                       << input.getRank();
  SmallVector<AffineExpr> dims;
  for (int64_t dim = 0; dim != input.getRank(); ++dim)
    if (!llvm::is_contained(dimensions, dim))
      dims.push_back(dimExpr(input, unsigned(dim)));
  return makeTensorType(dims, input.getElementType());
}

InferredType inferReduceWindow(RankedTensorType input, ArrayRef<int64_t> window, ArrayRef<int64_t> strides,
                               ArrayRef<int64_t> baseDilations, ArrayRef<int64_t> windowDilations, ArrayRef<int64_t> padding,
                               EmitError emitError) {
  size_t rank = size_t(input.getRank());
  for (auto [name, values] : {std::pair("window", window), std::pair("stride", strides),
                              std::pair("base_dilate", baseDilations), std::pair("dilate", windowDilations)})
    if (values.size() != rank || llvm::any_of(values, [](int64_t value) { return value < 1; }))
      return emitError() << "(C2) " << name << " is " << listOf(values) << ", but needs a positive value for each of "
                         << rank << " dims";
  if (padding.size() != 2 * rank)
    return emitError() << "(C2) pad is " << listOf(padding) << ", but needs a pair for each of " << rank << " dims";
  SmallVector<AffineExpr> dims;
  for (size_t i = 0; i != rank; ++i) {
    AffineExpr positions = windowPositions(dimExpr(input, unsigned(i)), window[i], strides[i], baseDilations[i],
                                           windowDilations[i], padding[2 * i], padding[2 * i + 1]);
    if (!positions)
      return emitError() << "(C4) result dim " << i << " is too large";
    dims.push_back(positions);
  }
  return makeTensorType(dims, input.getElementType());
}

} // namespace ingot
