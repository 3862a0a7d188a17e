// Ops whose shape comes from an operand: verifiers, and the static ops that they are where the operands are known.
#include "ir/ShapeInference.h"
#include "ir/SymbolicEvaluator.h"
#include "ir/Verification.h"
#include "mlir/IR/PatternMatch.h"

using namespace mlir;

namespace ingot {

//===--- Verification ---===//

// `value`, called `name`, is a vector of `count` numbers.
static LogicalResult verifyNumbers(Operation *op, StringRef label, StringRef name, Value value, int64_t count) {
  RankedTensorType type = tensorType(value);
  if (type.getRank() == 1 && !type.isDynamicDim(0) && type.getDimSize(0) == count)
    return success();
  return op->emitOpError() << "(" << label << ") " << name << " is " << describeType(type, moduleSizes(op))
                           << ", but must be a vector of " << count;
}

static LogicalResult verifyElement(Operation *op, StringRef label, Type operand, Type result) {
  if (operand == result)
    return success();
  return op->emitOpError() << "(" << label << ") the operand holds " << operand << ", but the result " << result;
}

LogicalResult DynamicReshapeOp::verify() {
  RankedTensorType operand = getOperand().getType(), result = getType();
  if (failed(verifyElement(*this, "C1", operand.getElementType(), result.getElementType())))
    return failure();
  AffineExpr from = numElementsExpr(operand), to = numElementsExpr(result);
  if (!sameExpr(from, to))
    return emitOpError() << "(C2) the operand has " << describeExpr(from, moduleSizes(*this)) << " elements, but the result "
                         << describeExpr(to, moduleSizes(*this));
  return verifyNumbers(*this, "C4", "output_shape", getOutputShape(), result.getRank());
}

LogicalResult DynamicIotaOp::verify() {
  int64_t dim = getIotaDimension();
  if (failed(verifyNumbers(*this, "C2", "output_shape", getOutputShape(), getType().getRank())))
    return failure();
  if (dim < 0 || dim >= getType().getRank())
    return emitOpError() << "(C1) dim is " << dim << ", but output_shape has " << getType().getRank() << " elements";
  return success();
}

LogicalResult DynamicBroadcastInDimOp::verify() {
  RankedTensorType operand = getOperand().getType(), result = getType();
  ArrayRef<int64_t> dims = getBroadcastDimensions();
  if (failed(verifyElement(*this, "C1", operand.getElementType(), result.getElementType())))
    return failure();
  if (int64_t(dims.size()) != operand.getRank())
    return emitOpError() << "(C2) there are " << dims.size() << " broadcast dimensions for an operand of rank "
                         << operand.getRank();
  for (int64_t dim : dims)
    if (dim < 0 || dim >= result.getRank())
      return emitOpError() << "(C3) dims " << listOf(dims) << " are no dims of rank " << result.getRank();
  if (!areUniqueDims(dims, result.getRank()))
    return emitOpError() << "(C4) dims " << listOf(dims) << " are not unique";
  for (auto [index, dim] : llvm::enumerate(dims)) {
    AffineExpr from = dimExpr(operand, unsigned(index)), to = dimExpr(result, unsigned(dim));
    if (from != 1 && !sameExpr(from, to))
      return emitOpError() << "(C5) dim " << index << " of the operand is " << describeExpr(from, moduleSizes(*this))
                           << ", but dim " << dim << " of the result is " << describeExpr(to, moduleSizes(*this));
  }
  if (failed(verifyNumbers(*this, "C7", "output_dimensions", getOutputDimensions(), result.getRank())))
    return failure();
  ArrayRef<int64_t> expanding = getKnownExpandingDimensions().value_or(ArrayRef<int64_t>()),
                    others = getKnownNonexpandingDimensions().value_or(ArrayRef<int64_t>());
  for (auto [label, name, known] : {std::tuple("C9", "known_expanding_dimensions", expanding),
                                    std::tuple("C10", "known_nonexpanding_dimensions", others)})
    for (int64_t dim : known)
      if (dim < 0 || dim >= operand.getRank())
        return emitOpError() << "(" << label << ") " << name << " " << listOf(known) << " are no dims of rank "
                             << operand.getRank();
  SmallVector<int64_t> known(expanding);
  llvm::append_range(known, others);
  if (!areUniqueDims(known, operand.getRank()))
    return emitOpError() << "(C8) known dimensions " << listOf(expanding) << " and " << listOf(others) << " are not unique";
  return success();
}

LogicalResult DynamicGatherOp::verify() {
  GatherDimsAttr dims = getDims();
  RankedTensorType operand = getOperand().getType(), indices = getStartIndices().getType(), result = getType();
  ArrayRef<int64_t> window = dims.getWindowDims(), collapsed = dims.getCollapsedDims(), map = dims.getIndexMap();
  SmallVector<SizeAttr> sizes = moduleSizes(*this);
  int64_t vector = dims.getIndexVectorDim();
  if (!dims.getOperandBatchDims().empty() || !dims.getIndicesBatchDims().empty() ||
      int64_t(window.size() + collapsed.size()) != operand.getRank())
    return emitOpError() << "(C1) " << window.size() << " window and " << collapsed.size()
                         << " collapsed dims do not make up the operand " << describeType(operand, sizes);
  if (vector < 0 || vector > indices.getRank())
    return emitOpError() << "(C2) vector is " << vector << ", but the rank of start_indices is " << indices.getRank();
  AffineExpr components =
      vector == indices.getRank() ? getAffineConstantExpr(1, getContext()) : dimExpr(indices, unsigned(vector));
  if (components != int64_t(map.size()))
    return emitOpError() << "(C3) map has " << map.size() << " entries, but an index vector has "
                         << describeExpr(components, sizes) << " components";
  auto isUnique = [](ArrayRef<int64_t> values, bool isSorted) {
    SmallVector<int64_t> sorted(values);
    llvm::sort(sorted);
    return std::adjacent_find(sorted.begin(), sorted.end()) == sorted.end() && (!isSorted || llvm::is_sorted(values));
  };
  auto isInside = [](ArrayRef<int64_t> values, int64_t rank) {
    return llvm::all_of(values, [&](int64_t value) { return value >= 0 && value < rank; });
  };
  for (auto [unique, inside, name, values, rank, isSorted] :
       {std::tuple("C4", "C5", "window dims", window, result.getRank(), true),
        std::tuple("C6", "C7", "collapsed dims", collapsed, operand.getRank(), true),
        std::tuple("C9", "C10", "map", map, operand.getRank(), false)}) {
    if (!isUnique(values, isSorted))
      return emitOpError() << "(" << unique << ") " << name << " " << listOf(values)
                           << (isSorted ? " are not unique and ascending" : " is not unique");
    if (!isInside(values, rank))
      return emitOpError() << "(" << inside << ") " << name << " " << listOf(values) << " lie beyond rank " << rank;
  }
  if (failed(verifyNumbers(*this, "C11", "slice_sizes", getSliceSizes(), operand.getRank())))
    return failure();
  SmallVector<AffineExpr> outer, expected;
  for (int64_t dim = 0; dim != result.getRank(); ++dim)
    if (!llvm::is_contained(window, dim))
      outer.push_back(dimExpr(result, unsigned(dim)));
  for (int64_t dim = 0; dim != indices.getRank(); ++dim)
    if (dim != vector)
      expected.push_back(dimExpr(indices, unsigned(dim)));
  if (!llvm::equal(outer, expected, sameExpr))
    return emitOpError() << "(C13) the dims of the result " << describeType(result, sizes) << " outside windows "
                         << listOf(window) << " are not those of start_indices " << describeType(indices, sizes)
                         << " without dim " << vector;
  unsigned next = 0;
  for (int64_t dim = 0; dim != operand.getRank(); ++dim)
    if (!llvm::is_contained(collapsed, dim)) {
      AffineExpr size = dimExpr(result, unsigned(window[next++]));
      if (isAlwaysLarger(size, dimExpr(operand, unsigned(dim)), sizes))
        return emitOpError() << "(C12) the window takes " << describeExpr(size, sizes) << " of dim " << dim
                             << ", but the operand is " << describeType(operand, sizes);
    }
  return verifyElement(*this, "C14", operand.getElementType(), result.getElementType());
}

LogicalResult DynamicPadOp::verify() {
  RankedTensorType operand = getOperand().getType(), result = getType();
  if (failed(verifyElement(*this, "C1", operand.getElementType(), result.getElementType())))
    return failure();
  if (getPaddingValue().getType() != scalarType(operand))
    return emitOpError() << "(C1) padding_value is " << describeType(getPaddingValue().getType(), moduleSizes(*this))
                         << ", but must be a scalar of " << operand.getElementType();
  for (auto [name, value] :
       {std::pair("edge_padding_low", getEdgePaddingLow()), std::pair("edge_padding_high", getEdgePaddingHigh()),
        std::pair("interior_padding", getInteriorPadding())})
    if (failed(verifyNumbers(*this, "C2", name, value, operand.getRank())))
      return failure();
  if (operand.getRank() != result.getRank())
    return emitOpError() << "(C4) the operand has rank " << operand.getRank() << ", but the result " << result.getRank();
  return success();
}

LogicalResult RealDynamicSliceOp::verify() {
  RankedTensorType operand = getOperand().getType(), result = getType();
  if (failed(verifyElement(*this, "C1", operand.getElementType(), result.getElementType())))
    return failure();
  if (operand.getRank() != result.getRank())
    return emitOpError() << "(C1) the operand has rank " << operand.getRank() << ", but the result " << result.getRank();
  for (auto [name, value] : {std::pair("start_indices", getStartIndices()), std::pair("limit_indices", getLimitIndices()),
                             std::pair("strides", getStrides())}) {
    if (failed(verifyNumbers(*this, "C2", name, value, operand.getRank())))
      return failure();
    if (value.getType() != getStartIndices().getType())
      return emitOpError() << "(C2) " << name << " hold " << tensorType(value).getElementType() << ", but start_indices "
                           << getStartIndices().getType().getElementType();
  }
  return success();
}

LogicalResult DynamicConvOp::verify() {
  RankedTensorType lhs = getLhs().getType(), rhs = getRhs().getType(), result = getType();
  ConvDimsAttr dims = getDims();
  SmallVector<SizeAttr> sizes = moduleSizes(*this);
  int64_t rank = lhs.getRank(), spatial = rank - 2;
  if (rank < 2 || rhs.getRank() != rank)
    return emitOpError() << "(C1) lhs is " << describeType(lhs, sizes) << " and rhs " << describeType(rhs, sizes)
                         << ", but they must have one rank of at least 2";
  for (auto [count, positive, name, values] :
       {std::tuple("C2", "C3", "stride", getWindowStrides()), std::tuple("C5", "C6", "lhs_dilate", getLhsDilation()),
        std::tuple("C7", "C8", "rhs_dilate", getRhsDilation())}) {
    if (int64_t(values.size()) != spatial)
      return emitOpError() << "(" << count << ") " << name << " is " << listOf(values) << ", but there are " << spatial
                           << " spatial dims";
    if (llvm::any_of(values, [](int64_t value) { return value < 1; }))
      return emitOpError() << "(" << positive << ") " << name << " is " << listOf(values) << ", but must be positive";
  }
  RankedTensorType padding = getPadding().getType();
  if (padding.getRank() != 2 || padding.getShape() != ArrayRef<int64_t>({spatial, 2}))
    return emitOpError() << "(C4) padding is " << describeType(padding, sizes) << ", but must hold " << spatial << " pairs";
  if (getWindowReversal() && int64_t(getWindowReversal()->size()) != spatial)
    return emitOpError() << "(C9) window_reversal has " << getWindowReversal()->size() << " elements for " << spatial
                         << " spatial dims";
  for (auto [count, unique, name, first, second, rest] :
       {std::tuple("C12", "C13", "input", dims.getInputBatch(), dims.getInputFeature(), dims.getInputSpatial()),
        std::tuple("C17", "C18", "kernel", dims.getKernelInputFeature(), dims.getKernelOutputFeature(),
                   dims.getKernelSpatial()),
        std::tuple("C19", "C20", "output", dims.getOutputBatch(), dims.getOutputFeature(), dims.getOutputSpatial())}) {
    if (int64_t(rest.size()) != spatial)
      return emitOpError() << "(" << count << ") there are " << rest.size() << " " << name << " spatial dims for rank "
                           << rank;
    SmallVector<int64_t> all(rest);
    all.append({first, second});
    if (!areUniqueDims(all, rank))
      return emitOpError() << "(" << unique << ") " << name << " dims " << listOf(all) << " do not name every dim of rank "
                           << rank << " once";
  }
  auto features = int64_t(getFeatureGroupCount()), batches = int64_t(getBatchGroupCount());
  if (features < 1)
    return emitOpError() << "(C21) feature_group_count is " << features << ", but must be positive";
  if (batches < 1)
    return emitOpError() << "(C22) batch_group_count is " << batches << ", but must be positive";
  if (features > 1 && batches > 1)
    return emitOpError() << "(C23) feature_group_count is " << features << " and batch_group_count " << batches
                         << ", but one must be 1";
  AffineExpr batch = dimExpr(lhs, unsigned(dims.getInputBatch())), feature = dimExpr(lhs, unsigned(dims.getInputFeature())),
             inputs = dimExpr(rhs, unsigned(dims.getKernelInputFeature())),
             outputs = dimExpr(rhs, unsigned(dims.getKernelOutputFeature()));
  for (auto [label, what, dim, groups] :
       {std::tuple("C10", "a batch", batch, batches), std::tuple("C11", "input features", feature, features),
        std::tuple("C15", "output features", outputs, batches), std::tuple("C16", "output features", outputs, features)})
    if (simplifyExpr(dim % groups) != 0)
      return emitOpError() << "(" << label << ") " << what << " of " << describeExpr(dim, sizes) << " does not divide into "
                           << groups << " groups";
  if (!sameExpr(inputs, feature.floorDiv(features)))
    return emitOpError() << "(C14) the kernel has " << describeExpr(inputs, sizes) << " input features, but the input "
                         << describeExpr(feature, sizes) << " in " << features << " groups";
  if (result.getRank() != rank)
    return emitOpError() << "(C26) the result has rank " << result.getRank() << ", but lhs " << rank;
  for (auto [what, dim, expected] : {std::tuple("batch", dims.getOutputBatch(), batch.floorDiv(batches)),
                                     std::tuple("feature", dims.getOutputFeature(), outputs)})
    if (!sameExpr(dimExpr(result, unsigned(dim)), expected))
      return emitOpError() << "(C25) the result's " << what << " dim is "
                           << describeExpr(dimExpr(result, unsigned(dim)), sizes) << ", but must be "
                           << describeExpr(simplifyExpr(expected), sizes);
  Type element = lhs.getElementType(), wide = result.getElementType();
  bool isWider = isa<FloatType>(element) == isa<FloatType>(wide) && element.isIntOrFloat() && wide.isIntOrFloat() &&
                 element.isUnsignedInteger() == wide.isUnsignedInteger() &&
                 wide.getIntOrFloatBitWidth() > element.getIntOrFloatBitWidth();
  if (rhs.getElementType() != element || (wide != element && !isWider))
    return emitOpError() << "(C27) lhs holds " << element << ", rhs " << rhs.getElementType() << " and the result " << wide;
  return success();
}

LogicalResult GetDimensionSizeOp::inferReturnTypes(MLIRContext *context, std::optional<Location>, ValueRange, DictionaryAttr,
                                                   OpaqueProperties, RegionRange, SmallVectorImpl<Type> &types) {
  types.push_back(RankedTensorType::get({}, IntegerType::get(context, 32)));
  return success();
}

static LogicalResult verifyDimension(Operation *op, int64_t dim, RankedTensorType operand) {
  if (dim >= 0 && dim < operand.getRank())
    return success();
  return op->emitOpError() << "(C1) dim is " << dim << ", but the operand is " << describeType(operand, moduleSizes(op));
}

LogicalResult GetDimensionSizeOp::verify() { return verifyDimension(*this, getDimension(), getOperand().getType()); }

LogicalResult SetDimensionSizeOp::verify() {
  RankedTensorType operand = getOperand().getType(), result = getType();
  SmallVector<SizeAttr> sizes = moduleSizes(*this);
  unsigned dim = unsigned(getDimension());
  if (failed(verifyDimension(*this, getDimension(), operand)))
    return failure();
  if (getSize().getType().getRank() != 0)
    return emitOpError() << "(C2) size is " << describeType(getSize().getType(), sizes) << ", but must be a scalar";
  bool isFit = operand.getRank() == result.getRank() && operand.getElementType() == result.getElementType();
  for (unsigned i = 0; isFit && i < unsigned(operand.getRank()); ++i)
    isFit = i == dim ? !isAlwaysLarger(dimExpr(result, i), dimExpr(operand, i), sizes)
                     : sameExpr(dimExpr(result, i), dimExpr(operand, i));
  if (!isFit)
    return emitOpError() << "(C3) the operand is " << describeType(operand, sizes) << ", but the result "
                         << describeType(result, sizes);
  return success();
}

//===--- The static op ---===//

namespace {

// dynamic_reshape, dynamic_iota and dynamic_broadcast_in_dim: the result's type tells all.
struct StaticReshape : OpRewritePattern<DynamicReshapeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(DynamicReshapeOp op, PatternRewriter &rewriter) const override {
    rewriter.replaceOpWithNewOp<ReshapeOp>(op, op.getType(), op.getOperand());
    return success();
  }
};
struct StaticIota : OpRewritePattern<DynamicIotaOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(DynamicIotaOp op, PatternRewriter &rewriter) const override {
    rewriter.replaceOpWithNewOp<IotaOp>(op, op.getType(), op.getIotaDimension());
    return success();
  }
};
struct StaticBroadcast : OpRewritePattern<DynamicBroadcastInDimOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(DynamicBroadcastInDimOp op, PatternRewriter &rewriter) const override {
    rewriter.replaceOpWithNewOp<BroadcastInDimOp>(op, op.getType(), op.getOperand(), op.getBroadcastDimensions());
    return success();
  }
};
// So it does for gather: windows are what the result's window dims are.
struct StaticGather : OpRewritePattern<DynamicGatherOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(DynamicGatherOp op, PatternRewriter &rewriter) const override {
    rewriter.replaceOpWithNewOp<GatherOp>(op, op.getType(), op.getOperand(), op.getStartIndices(), op.getDims(),
                                          op.getIndicesAreSorted());
    return success();
  }
};

// What `infer` gives. What it reports is dropped: the op stays as it is, and is refused later by what it is.
InferredType quietly(MLIRContext *context, function_ref<InferredType(EmitError)> infer) {
  Location nowhere = NameLoc::get(StringAttr::get(context, "ingot.quietly"));
  ScopedDiagnosticHandler handler(context,
                                  [&](Diagnostic &diagnostic) { return success(diagnostic.getLocation() == nowhere); });
  return infer([&] { return emitError(nowhere); });
}

// The numbers that `value` holds, where they are known and no expressions.
std::optional<SmallVector<int64_t>> numbersOf(Value value) {
  SmallVector<SizeAttr> sizes = moduleSizes(value.getParentBlock()->getParentOp());
  SymbolicEvaluator evaluator(sizes);
  const SymbolicTensor *elements = evaluator.elementsOf(value);
  return elements && !elements->isFloat() && !elements->isGiven() ? elements->constants() : std::nullopt;
}

// True if the value's elements are not negative at any size.
bool isNeverNegative(Value value) {
  SmallVector<SizeAttr> sizes = moduleSizes(value.getParentBlock()->getParentOp());
  SymbolicEvaluator evaluator(sizes);
  const SymbolicTensor *elements = evaluator.elementsOf(value);
  return elements && !elements->isFloat() && !elements->isGiven() && llvm::all_of(elements->ints, [&](AffineExpr element) {
           auto range = element ? rangeOfExpr(element, sizes) : std::nullopt;
           return range && range->first >= 0;
         });
}

// Element `index` of a vector, as a scalar.
Value elementOf(Value vector, int64_t index, PatternRewriter &rewriter, Location loc) {
  Type element = tensorType(vector).getElementType();
  Value one = SliceOp::create(rewriter, loc, RankedTensorType::get({1}, element), vector, ArrayRef<int64_t>{index},
                              ArrayRef<int64_t>{index + 1}, ArrayRef<int64_t>{1});
  return ReshapeOp::create(rewriter, loc, RankedTensorType::get({}, element), one);
}

SmallVector<Value> elementsOf(Value vector, PatternRewriter &rewriter, Location loc) {
  SmallVector<Value> elements;
  for (int64_t i = 0, e = tensorType(vector).getDimSize(0); i != e; ++i)
    elements.push_back(elementOf(vector, i, rewriter, loc));
  return elements;
}

//--- Places of run time

// Makes the ops that read one dim after the other at places that values decide.
class PlacesBuilder {
public:
  PlacesBuilder(PatternRewriter &rewriter, Location loc) : b(rewriter), loc(loc), integer(rewriter.getI64Type()) {}

  Value scalar(Value value) {
    if (tensorType(value).getElementType() == integer)
      return value;
    return ConvertOp::create(b, loc, RankedTensorType::get({}, integer), value);
  }
  Value number(int64_t value) {
    return ConstantOp::create(b, loc,
                              DenseElementsAttr::get(RankedTensorType::get({}, integer), b.getI64IntegerAttr(value)));
  }
  // 0, 1 ... of `count`.
  Value iota(AffineExpr count) { return IotaOp::create(b, loc, makeTensorType(count, integer), 0); }
  Value repeated(Value scalar, Value like) {
    return BroadcastInDimOp::create(b, loc, withElementType(tensorType(like), tensorType(scalar).getElementType()), scalar,
                                    ArrayRef<int64_t>());
  }
  template <typename Op> Value with(Value vector, Value scalar) {
    return Op::create(b, loc, vector, repeated(scalar, vector));
  }
  Value compare(ComparisonDirection direction, Value vector, Value scalar) {
    return CompareOp::create(b, loc, vector, repeated(scalar, vector), direction);
  }

  // The elements of `x` at the places along `dim` that a vector holds; of places beyond it the nearest.
  Value takeAlong(Value x, unsigned dim, Value places) {
    RankedTensorType type = tensorType(x);
    SmallVector<AffineExpr> dims = dimExprs(type);
    dims[dim] = dimExpr(tensorType(places), 0);
    SmallVector<int64_t> window, along{int64_t(dim)};
    for (int64_t other = 0; other != type.getRank(); ++other)
      if (other != int64_t(dim))
        window.push_back(other);
    auto numbers = GatherDimsAttr::get(b.getContext(), window, along, {}, {}, along, 1);
    return GatherOp::create(b, loc, makeTensorType(dims, type.getElementType()), x, places, numbers, false);
  }

  // Pads `dims` of x by amounts that scalars hold: what comes before, and between elements (null: nothing), to the extents of
  // `result`.
  struct Along {
    unsigned dim;
    Value low, gap;
  };
  Value pad(Value x, Value padding, ArrayRef<Along> dims, RankedTensorType result) {
    Value filled = BroadcastInDimOp::create(b, loc, result, padding, ArrayRef<int64_t>()), isElement;
    for (const Along &along : dims) {
      AffineExpr extent = dimExpr(tensorType(x), along.dim);
      if (extent == 0)
        return filled;
      Value place = with<SubtractOp>(iota(dimExpr(result, along.dim)), along.low);
      Value isInside = compare(ComparisonDirection::GE, place, number(0));
      if (along.gap) {
        Value step = AddOp::create(b, loc, along.gap, number(1));
        Value isOn = compare(ComparisonDirection::EQ, with<RemainderOp>(place, step), number(0));
        isInside = AndOp::create(b, loc, isInside, isOn);
        place = with<DivideOp>(place, step);
      }
      Value count =
          SizeOfOp::create(b, loc, RankedTensorType::get({}, integer),
                           AffineMap::get(0, unsigned(moduleSizes(x.getParentBlock()->getParentOp()).size()), extent));
      isInside = AndOp::create(b, loc, isInside, compare(ComparisonDirection::LT, place, count));
      x = takeAlong(x, along.dim, place);
      Value mask = BroadcastInDimOp::create(b, loc, withElementType(result, b.getI1Type()), isInside,
                                            ArrayRef<int64_t>{int64_t(along.dim)});
      isElement = isElement ? AndOp::create(b, loc, isElement, mask) : mask;
    }
    return isElement ? SelectOp::create(b, loc, isElement, x, filled) : x;
  }

private:
  PatternRewriter &b;
  Location loc;
  Type integer;
};

// Known amounts make a pad. Amounts that are not, but nowhere negative and without gaps, put the operand into the padding;
// others say of each place which element it takes, if any.
struct StaticPad : OpRewritePattern<DynamicPadOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(DynamicPadOp op, PatternRewriter &rewriter) const override {
    auto interior = numbersOf(op.getInteriorPadding());
    if (interior && llvm::any_of(*interior, [](int64_t gap) { return gap < 0; }))
      return failure();
    auto low = numbersOf(op.getEdgePaddingLow()), high = numbersOf(op.getEdgePaddingHigh());
    if (low && high && interior) {
      InferredType inferred = quietly(op.getContext(), [&](EmitError emitError) {
        return inferPad(op.getOperand().getType(), *low, *high, *interior, emitError);
      });
      if (failed(inferred) || *inferred != op.getType())
        return failure();
      rewriter.replaceOpWithNewOp<PadOp>(op, op.getType(), op.getOperand(), op.getPaddingValue(), *low, *high, *interior);
      return success();
    }
    SmallVector<Value> starts = elementsOf(op.getEdgePaddingLow(), rewriter, op.getLoc());
    bool isWithoutGaps = interior && llvm::all_of(*interior, [](int64_t gap) { return gap == 0; });
    if (isWithoutGaps && isNeverNegative(op.getEdgePaddingLow()) && isNeverNegative(op.getEdgePaddingHigh())) {
      Value padding =
          BroadcastInDimOp::create(rewriter, op.getLoc(), op.getType(), op.getPaddingValue(), ArrayRef<int64_t>());
      rewriter.replaceOpWithNewOp<DynamicUpdateSliceOp>(op, op.getType(), padding, op.getOperand(), starts);
      return success();
    }
    PlacesBuilder places(rewriter, op.getLoc());
    SmallVector<Value> gaps = elementsOf(op.getInteriorPadding(), rewriter, op.getLoc());
    SmallVector<PlacesBuilder::Along> dims;
    for (unsigned dim = 0; dim < starts.size(); ++dim)
      dims.push_back({dim, places.scalar(starts[dim]), isWithoutGaps ? Value() : places.scalar(gaps[dim])});
    rewriter.replaceOp(op, places.pad(op.getOperand(), op.getPaddingValue(), dims, op.getType()));
    return success();
  }
};

// Known numbers make a slice; known strides a window that starts where the operand says, of which every stride-th element is
// taken; others say of each dim the places that are taken.
struct StaticSlice : OpRewritePattern<RealDynamicSliceOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(RealDynamicSliceOp op, PatternRewriter &rewriter) const override {
    RankedTensorType operand = op.getOperand().getType(), result = op.getType();
    auto strides = numbersOf(op.getStrides());
    if (strides && llvm::any_of(*strides, [](int64_t stride) { return stride < 1; }))
      return failure();
    auto starts = numbersOf(op.getStartIndices()), limits = numbersOf(op.getLimitIndices());
    if (starts && limits && strides) {
      InferredType inferred = quietly(op.getContext(), [&](EmitError emitError) {
        return inferSlice(operand, result, *starts, *limits, *strides, emitError);
      });
      if (failed(inferred) || *inferred != result)
        return failure();
      rewriter.replaceOpWithNewOp<SliceOp>(op, result, op.getOperand(), *starts, *limits, *strides);
      return success();
    }
    for (unsigned dim = 0; dim < unsigned(operand.getRank()); ++dim)
      if (dimExpr(operand, dim) == 0 && dimExpr(result, dim) != 0)
        return failure();
    SmallVector<Value> from = elementsOf(op.getStartIndices(), rewriter, op.getLoc());
    if (strides && takeWindow(op, from, *strides, rewriter))
      return success();
    PlacesBuilder places(rewriter, op.getLoc());
    SmallVector<Value> steps = elementsOf(op.getStrides(), rewriter, op.getLoc());
    Value taken = op.getOperand();
    for (unsigned dim = 0; dim < unsigned(operand.getRank()); ++dim) {
      if (dimExpr(operand, dim) == 0)
        continue;
      Value along = places.with<MultiplyOp>(places.iota(dimExpr(result, dim)), places.scalar(steps[dim]));
      taken = places.takeAlong(taken, dim, places.with<AddOp>(along, places.scalar(from[dim])));
    }
    rewriter.replaceOp(op, taken);
    return success();
  }

  // False where a window may be empty or larger than the operand.
  static bool takeWindow(RealDynamicSliceOp op, ArrayRef<Value> starts, ArrayRef<int64_t> strides,
                         PatternRewriter &rewriter) {
    RankedTensorType operand = op.getOperand().getType(), result = op.getType();
    SmallVector<AffineExpr> covered = dimExprs(result);
    SmallVector<SizeAttr> sizes = moduleSizes(op);
    for (auto [dim, stride] : llvm::zip(covered, strides)) {
      auto range = rangeOfExpr(dim, sizes);
      if (stride != 1 && (!range || range->first < 1))
        return false;
      dim = simplifyExpr((dim - 1) * stride + 1);
    }
    RankedTensorType window = makeTensorType(covered, operand.getElementType());
    for (unsigned dim = 0; dim < unsigned(operand.getRank()); ++dim)
      if (isAlwaysLarger(dimExpr(window, dim), dimExpr(operand, dim), sizes))
        return false;
    Value taken = DynamicSliceOp::create(rewriter, op.getLoc(), window, op.getOperand(), starts);
    SmallVector<int64_t> zeros(covered.size(), 0), ends;
    for (unsigned dim = 0; dim < unsigned(window.getRank()); ++dim)
      ends.push_back(window.isDynamicDim(dim) ? SliceOp::kWholeDim : window.getDimSize(dim));
    if (window == result)
      rewriter.replaceOp(op, taken);
    else
      rewriter.replaceOpWithNewOp<SliceOp>(op, result, taken, zeros, ends, strides);
    return true;
  }
};

// Known padding makes a convolution; other padding is put around the input first, as far as windows reach.
struct StaticConvolution : OpRewritePattern<DynamicConvOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(DynamicConvOp op, PatternRewriter &rewriter) const override {
    auto padding = numbersOf(op.getPadding());
    if (!padding)
      return padInput(op, rewriter);
    ConvolutionWindow window{op.getWindowStrides(),
                             *padding,
                             op.getLhsDilation(),
                             op.getRhsDilation(),
                             int64_t(op.getFeatureGroupCount()),
                             int64_t(op.getBatchGroupCount())};
    InferredType inferred = quietly(op.getContext(), [&](EmitError emitError) {
      return inferConvolution(op.getLhs().getType(), op.getRhs().getType(), window, op.getDims(),
                              op.getType().getElementType(), emitError);
    });
    if (failed(inferred) || *inferred != op.getType())
      return failure();
    rewriter.replaceOpWithNewOp<ConvolutionOp>(
        op, op.getType(), op.getLhs(), op.getRhs(), op.getWindowStrides(), *padding, op.getLhsDilation(),
        op.getRhsDilation(), op.getDims(), op.getFeatureGroupCount(), op.getBatchGroupCount(), op.getWindowReversalAttr());
    return success();
  }

  static LogicalResult padInput(DynamicConvOp op, PatternRewriter &rewriter) {
    RankedTensorType input = op.getLhs().getType();
    ConvDimsAttr dims = op.getDims();
    Location loc = op.getLoc();
    SmallVector<AffineExpr> padded = dimExprs(input);
    for (auto [i, in, tap, out] :
         llvm::enumerate(dims.getInputSpatial(), dims.getKernelSpatial(), dims.getOutputSpatial())) {
      AffineExpr positions = dimExpr(op.getType(), unsigned(out)), taps = dimExpr(op.getRhs().getType(), unsigned(tap));
      auto least = rangeOfExpr(positions, moduleSizes(op)), leastTaps = rangeOfExpr(taps, moduleSizes(op));
      if (!least || least->first < 1 || !leastTaps || leastTaps->first < 1)
        return failure();
      padded[size_t(in)] =
          simplifyExpr((positions - 1) * op.getWindowStrides()[i] + (taps - 1) * op.getRhsDilation()[i] + 1);
    }
    PlacesBuilder places(rewriter, loc);
    SmallVector<PlacesBuilder::Along> along;
    RankedTensorType pairs = op.getPadding().getType();
    int64_t spatial = pairs.getDimSize(0);
    for (auto [i, in] : llvm::enumerate(dims.getInputSpatial())) {
      Value low =
          SliceOp::create(rewriter, loc, RankedTensorType::get({1, 1}, pairs.getElementType()), op.getPadding(),
                          ArrayRef<int64_t>{int64_t(i), 0}, ArrayRef<int64_t>{int64_t(i) + 1, 1}, ArrayRef<int64_t>{1, 1});
      low = places.scalar(ReshapeOp::create(rewriter, loc, RankedTensorType::get({}, pairs.getElementType()), low));
      int64_t gap = op.getLhsDilation()[i] - 1;
      along.push_back({unsigned(in), low, gap == 0 ? Value() : places.number(gap)});
    }
    Value zero = ConstantOp::create(rewriter, loc, cast<ElementsAttr>(rewriter.getZeroAttr(scalarType(input))));
    Value x = places.pad(op.getLhs(), zero, along, makeTensorType(padded, input.getElementType()));
    SmallVector<int64_t> none(size_t(2 * spatial), 0), ones(size_t(spatial), 1);
    rewriter.replaceOpWithNewOp<ConvolutionOp>(op, op.getType(), x, op.getRhs(), op.getWindowStrides(), none, ones,
                                               op.getRhsDilation(), dims, op.getFeatureGroupCount(), op.getBatchGroupCount(),
                                               op.getWindowReversalAttr());
    return success();
  }
};

// The size is an expression of the operand's type.
struct SizeFromType : OpRewritePattern<GetDimensionSizeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(GetDimensionSizeOp op, PatternRewriter &rewriter) const override {
    AffineExpr size = dimExpr(op.getOperand().getType(), unsigned(op.getDimension()));
    rewriter.replaceOpWithNewOp<SizeOfOp>(op, op.getType(), AffineMap::get(0, unsigned(moduleSizes(op).size()), size));
    return success();
  }
};

struct SliceToSize : OpRewritePattern<SetDimensionSizeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(SetDimensionSizeOp op, PatternRewriter &rewriter) const override {
    RankedTensorType operand = op.getOperand().getType();
    SmallVector<int64_t> starts(size_t(operand.getRank()), 0), ends, ones(size_t(operand.getRank()), 1);
    for (unsigned dim = 0; dim < unsigned(operand.getRank()); ++dim)
      ends.push_back(int64_t(dim) == int64_t(op.getDimension()) ? SliceOp::kToResult
                     : operand.isDynamicDim(dim)                ? SliceOp::kWholeDim
                                                                : operand.getDimSize(dim));
    rewriter.replaceOpWithNewOp<SliceOp>(op, op.getType(), op.getOperand(), starts, ends, ones);
    return success();
  }
};

} // namespace

void DynamicReshapeOp::getCanonicalizationPatterns(RewritePatternSet &patterns, MLIRContext *context) {
  patterns.add<StaticReshape>(context);
}
void DynamicIotaOp::getCanonicalizationPatterns(RewritePatternSet &patterns, MLIRContext *context) {
  patterns.add<StaticIota>(context);
}
void DynamicBroadcastInDimOp::getCanonicalizationPatterns(RewritePatternSet &patterns, MLIRContext *context) {
  patterns.add<StaticBroadcast>(context);
}
void DynamicGatherOp::getCanonicalizationPatterns(RewritePatternSet &patterns, MLIRContext *context) {
  patterns.add<StaticGather>(context);
}
void DynamicPadOp::getCanonicalizationPatterns(RewritePatternSet &patterns, MLIRContext *context) {
  patterns.add<StaticPad>(context);
}
void RealDynamicSliceOp::getCanonicalizationPatterns(RewritePatternSet &patterns, MLIRContext *context) {
  patterns.add<StaticSlice>(context);
}
void DynamicConvOp::getCanonicalizationPatterns(RewritePatternSet &patterns, MLIRContext *context) {
  patterns.add<StaticConvolution>(context);
}
void GetDimensionSizeOp::getCanonicalizationPatterns(RewritePatternSet &patterns, MLIRContext *context) {
  patterns.add<SizeFromType>(context);
}
void SetDimensionSizeOp::getCanonicalizationPatterns(RewritePatternSet &patterns, MLIRContext *context) {
  patterns.add<SliceToSize>(context);
}

} // namespace ingot
