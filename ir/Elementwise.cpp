// Elementwise ops: verifiers, type inference, and the identities that hold exactly in every element type they name. Folding
// of constants is in reference/Folding.cpp.
#include "ir/Dialect.h"
#include "ir/Verification.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/PatternMatch.h"

using namespace mlir;

namespace ingot {

//--- What an operand's elements all are

// The one value of all elements of `value`: of a splat constant, or of a scalar constant broadcast to a symbolic shape.
// `attribute` is what the folder knows of it.
static Attribute splatOf(Value value, Attribute attribute) {
  if (!attribute)
    if (auto broadcast = value.getDefiningOp<BroadcastInDimOp>())
      if (auto constant = broadcast.getOperand().getDefiningOp<ConstantOp>())
        attribute = constant.getValue();
  auto elements = dyn_cast_or_null<DenseElementsAttr>(attribute);
  return elements && elements.isSplat() ? elements.getSplatValue<Attribute>() : Attribute();
}

static bool isInteger(Attribute splat, function_ref<bool(const APInt &)> test) {
  auto integer = dyn_cast_or_null<IntegerAttr>(splat);
  return integer && test(integer.getValue());
}
static bool isIntegerZero(Attribute splat) {
  return isInteger(splat, [](const APInt &value) { return value.isZero(); });
}
static bool isAllOnes(Attribute splat) {
  return isInteger(splat, [](const APInt &value) { return value.isAllOnes(); });
}
static bool isFloat(Attribute splat, function_ref<bool(const APFloat &)> test) {
  auto number = dyn_cast_or_null<FloatAttr>(splat);
  return number && test(number.getValue());
}
static bool isNegativeZero(Attribute splat) {
  return isFloat(splat, [](const APFloat &value) { return value.isNegZero(); });
}
static bool isPositiveZero(Attribute splat) {
  return isFloat(splat, [](const APFloat &value) { return value.isPosZero(); });
}
static bool isOne(Attribute splat) {
  return isInteger(splat, [](const APInt &value) { return value.isOne(); }) ||
         isFloat(splat, [](const APFloat &value) { return value.isExactlyValue(1.0); });
}
static bool isInteger(Value value) { return isa<IntegerType>(getElementTypeOrSelf(value)); }

// A constant with all elements `value`, if the type is static.
static OpFoldResult integerSplat(RankedTensorType type, APInt value) {
  return type.hasStaticShape() ? OpFoldResult(DenseElementsAttr::get(type, value)) : OpFoldResult();
}

//--- Identities

OpFoldResult AddOp::fold(FoldAdaptor adaptor) {
  // x + 0.0 is not x for x = -0.0; x + -0.0 is.
  for (auto [value, attribute, other] :
       {std::tuple(getRhs(), adaptor.getRhs(), getLhs()), std::tuple(getLhs(), adaptor.getLhs(), getRhs())})
    if (Attribute splat = splatOf(value, attribute); isIntegerZero(splat) || isNegativeZero(splat))
      return other;
  return {};
}

OpFoldResult SubtractOp::fold(FoldAdaptor adaptor) {
  Attribute rhs = splatOf(getRhs(), adaptor.getRhs());
  if (isIntegerZero(rhs) || isPositiveZero(rhs))
    return getLhs();
  if (getLhs() == getRhs() && isInteger(getLhs()))
    return integerSplat(getType(), APInt(getType().getElementTypeBitWidth(), 0));
  return {};
}

OpFoldResult MultiplyOp::fold(FoldAdaptor adaptor) {
  for (auto [value, attribute, other] :
       {std::tuple(getRhs(), adaptor.getRhs(), getLhs()), std::tuple(getLhs(), adaptor.getLhs(), getRhs())}) {
    Attribute splat = splatOf(value, attribute);
    if (isOne(splat))
      return other;
    if (isIntegerZero(splat))
      return value;
  }
  return {};
}

OpFoldResult DivideOp::fold(FoldAdaptor adaptor) {
  return isOne(splatOf(getRhs(), adaptor.getRhs())) && !getType().getElementType().isInteger(1) ? getLhs() : OpFoldResult();
}

OpFoldResult RemainderOp::fold(FoldAdaptor adaptor) {
  if (isInteger(getLhs()) && isOne(splatOf(getRhs(), adaptor.getRhs())))
    return integerSplat(getType(), APInt(getType().getElementTypeBitWidth(), 0));
  return {};
}

OpFoldResult PowerOp::fold(FoldAdaptor adaptor) {
  return isOne(splatOf(getRhs(), adaptor.getRhs())) ? getLhs() : OpFoldResult();
}

OpFoldResult AndOp::fold(FoldAdaptor adaptor) {
  if (getLhs() == getRhs())
    return getLhs();
  for (auto [value, attribute, other] :
       {std::tuple(getRhs(), adaptor.getRhs(), getLhs()), std::tuple(getLhs(), adaptor.getLhs(), getRhs())}) {
    Attribute splat = splatOf(value, attribute);
    if (isAllOnes(splat))
      return other;
    if (isIntegerZero(splat))
      return value;
  }
  return {};
}

OpFoldResult OrOp::fold(FoldAdaptor adaptor) {
  if (getLhs() == getRhs())
    return getLhs();
  for (auto [value, attribute, other] :
       {std::tuple(getRhs(), adaptor.getRhs(), getLhs()), std::tuple(getLhs(), adaptor.getLhs(), getRhs())}) {
    Attribute splat = splatOf(value, attribute);
    if (isIntegerZero(splat))
      return other;
    if (isAllOnes(splat))
      return value;
  }
  return {};
}

OpFoldResult XorOp::fold(FoldAdaptor adaptor) {
  if (getLhs() == getRhs())
    return integerSplat(getType(), APInt(getType().getElementTypeBitWidth(), 0));
  for (auto [value, attribute, other] :
       {std::tuple(getRhs(), adaptor.getRhs(), getLhs()), std::tuple(getLhs(), adaptor.getLhs(), getRhs())})
    if (isIntegerZero(splatOf(value, attribute)))
      return other;
  return {};
}

OpFoldResult MaximumOp::fold(FoldAdaptor) { return getLhs() == getRhs() ? OpFoldResult(getLhs()) : OpFoldResult(); }
OpFoldResult MinimumOp::fold(FoldAdaptor) { return getLhs() == getRhs() ? OpFoldResult(getLhs()) : OpFoldResult(); }
OpFoldResult Atan2Op::fold(FoldAdaptor) { return {}; }

OpFoldResult ShiftLeftOp::fold(FoldAdaptor adaptor) {
  return isIntegerZero(splatOf(getRhs(), adaptor.getRhs())) ? getLhs() : OpFoldResult();
}
OpFoldResult ShiftRightArithmeticOp::fold(FoldAdaptor adaptor) {
  return isIntegerZero(splatOf(getRhs(), adaptor.getRhs())) ? getLhs() : OpFoldResult();
}
OpFoldResult ShiftRightLogicalOp::fold(FoldAdaptor adaptor) {
  return isIntegerZero(splatOf(getRhs(), adaptor.getRhs())) ? getLhs() : OpFoldResult();
}

OpFoldResult NegateOp::fold(FoldAdaptor) {
  auto inner = getOperand().getDefiningOp<NegateOp>();
  return inner ? OpFoldResult(inner.getOperand()) : OpFoldResult();
}
OpFoldResult NotOp::fold(FoldAdaptor) {
  auto inner = getOperand().getDefiningOp<NotOp>();
  return inner ? OpFoldResult(inner.getOperand()) : OpFoldResult();
}

//--- abs, is_finite, compare, select, clamp, convert

LogicalResult AbsOp::inferReturnTypes(MLIRContext *, std::optional<Location>, ValueRange operands, DictionaryAttr,
                                      OpaqueProperties, RegionRange, SmallVectorImpl<Type> &types) {
  auto type = cast<RankedTensorType>(operands.front().getType());
  auto complexType = dyn_cast<ComplexType>(type.getElementType());
  types.push_back(complexType ? withElementType(type, complexType.getElementType()) : type);
  return success();
}

static LogicalResult inferPredicate(MLIRContext *context, Value operand, SmallVectorImpl<Type> &types) {
  types.push_back(withElementType(cast<RankedTensorType>(operand.getType()), IntegerType::get(context, 1)));
  return success();
}

LogicalResult IsFiniteOp::inferReturnTypes(MLIRContext *context, std::optional<Location>, ValueRange operands,
                                           DictionaryAttr, OpaqueProperties, RegionRange, SmallVectorImpl<Type> &types) {
  return inferPredicate(context, operands.front(), types);
}

LogicalResult CompareOp::inferReturnTypes(MLIRContext *context, std::optional<Location>, ValueRange operands, DictionaryAttr,
                                          OpaqueProperties, RegionRange, SmallVectorImpl<Type> &types) {
  return inferPredicate(context, operands.front(), types);
}

LogicalResult CompareOp::verify() {
  ComparisonDirection direction = getDirection();
  if (isa<ComplexType>(getLhs().getType().getElementType()) && direction != ComparisonDirection::EQ &&
      direction != ComparisonDirection::NE)
    return emitOpError() << "(C2) complex numbers have no " << stringifyComparisonDirection(direction);
  if (getTotalOrder() && !isa<FloatType>(getLhs().getType().getElementType()))
    return emitOpError() << "(C3) " << getLhs().getType().getElementType() << " has no total order";
  return success();
}

OpFoldResult CompareOp::fold(FoldAdaptor) {
  if (getLhs() != getRhs() || !isInteger(getLhs()))
    return {};
  ComparisonDirection direction = getDirection();
  bool isTrue =
      direction == ComparisonDirection::EQ || direction == ComparisonDirection::GE || direction == ComparisonDirection::LE;
  return integerSplat(getType(), APInt(1, isTrue));
}

LogicalResult SelectOp::verify() {
  RankedTensorType pred = getPred().getType(), result = getType();
  if (pred.getRank() != 0 && withElementType(pred, result.getElementType()) != result)
    return emitOpError() << "(C1) pred is " << describeType(pred, moduleSizes(*this))
                         << ", but must be a scalar or have the dims of " << describeType(result, moduleSizes(*this));
  return success();
}

OpFoldResult SelectOp::fold(FoldAdaptor adaptor) {
  if (getOnTrue() == getOnFalse())
    return getOnTrue();
  if (Attribute pred = splatOf(getPred(), adaptor.getPred()))
    return cast<IntegerAttr>(pred).getValue().isZero() ? getOnFalse() : getOnTrue();
  return {};
}

LogicalResult ClampOp::verify() {
  RankedTensorType operand = getOperand().getType();
  for (auto [label, name, value] : {std::tuple("(C1)", "min", getMin()), std::tuple("(C2)", "max", getMax())}) {
    RankedTensorType type = value.getType();
    if (type.getElementType() != operand.getElementType())
      return emitOpError() << "(C3) " << name << " holds " << type.getElementType() << ", but the operand "
                           << operand.getElementType();
    if (type.getRank() != 0 && type != operand)
      return emitOpError() << label << " " << name << " is " << describeType(type, moduleSizes(*this))
                           << ", but must be a scalar or have the dims of " << describeType(operand, moduleSizes(*this));
  }
  return success();
}

OpFoldResult ClampOp::fold(FoldAdaptor adaptor) {
  auto isInfinite = [](Attribute splat, bool negative) {
    return isFloat(splat, [&](const APFloat &value) { return value.isInfinity() && value.isNegative() == negative; });
  };
  return isInfinite(splatOf(getMin(), adaptor.getMin()), true) && isInfinite(splatOf(getMax(), adaptor.getMax()), false)
             ? getOperand()
             : OpFoldResult();
}

LogicalResult ConvertOp::verify() {
  RankedTensorType operand = getOperand().getType(), result = getType();
  if (withElementType(operand, result.getElementType()) != result)
    return emitOpError() << "(C1) the operand is " << describeType(operand, moduleSizes(*this)) << ", but the result is "
                         << describeType(result, moduleSizes(*this));
  return success();
}

OpFoldResult ConvertOp::fold(FoldAdaptor) {
  return getOperand().getType() == getType() ? OpFoldResult(getOperand()) : OpFoldResult();
}

//--- real, imag, complex, bitcast_convert

static LogicalResult inferPart(Value operand, SmallVectorImpl<Type> &types) {
  auto type = cast<RankedTensorType>(operand.getType());
  auto complexType = dyn_cast<ComplexType>(type.getElementType());
  types.push_back(complexType ? withElementType(type, complexType.getElementType()) : type);
  return success();
}

LogicalResult RealOp::inferReturnTypes(MLIRContext *, std::optional<Location>, ValueRange operands, DictionaryAttr,
                                       OpaqueProperties, RegionRange, SmallVectorImpl<Type> &types) {
  return inferPart(operands.front(), types);
}

LogicalResult ImagOp::inferReturnTypes(MLIRContext *, std::optional<Location>, ValueRange operands, DictionaryAttr,
                                       OpaqueProperties, RegionRange, SmallVectorImpl<Type> &types) {
  return inferPart(operands.front(), types);
}

LogicalResult ComplexOp::inferReturnTypes(MLIRContext *, std::optional<Location>, ValueRange operands, DictionaryAttr,
                                          OpaqueProperties, RegionRange, SmallVectorImpl<Type> &types) {
  auto type = cast<RankedTensorType>(operands.front().getType());
  types.push_back(withElementType(type, ComplexType::get(type.getElementType())));
  return success();
}

OpFoldResult RealOp::fold(FoldAdaptor) {
  if (getOperand().getType() == getType())
    return getOperand();
  auto complex = getOperand().getDefiningOp<ComplexOp>();
  return complex ? OpFoldResult(complex.getLhs()) : OpFoldResult();
}

OpFoldResult ImagOp::fold(FoldAdaptor) {
  if (getOperand().getType() == getType())
    return getType().hasStaticShape() ? OpFoldResult(cast<DenseElementsAttr>(Builder(getContext()).getZeroAttr(getType())))
                                      : OpFoldResult();
  auto complex = getOperand().getDefiningOp<ComplexOp>();
  return complex ? OpFoldResult(complex.getRhs()) : OpFoldResult();
}

OpFoldResult ComplexOp::fold(FoldAdaptor) {
  auto real = getLhs().getDefiningOp<RealOp>();
  auto imag = getRhs().getDefiningOp<ImagOp>();
  bool isWhole = real && imag && real.getOperand() == imag.getOperand() && real.getOperand().getType() == getType();
  return isWhole ? OpFoldResult(real.getOperand()) : OpFoldResult();
}

LogicalResult ReducePrecisionOp::verify() {
  if (int64_t(getExponentBits()) < 1)
    return emitOpError() << "(C2) exponent is " << int64_t(getExponentBits()) << ", but must be at least 1";
  if (int64_t(getMantissaBits()) < 0)
    return emitOpError() << "(C3) mantissa is " << int64_t(getMantissaBits()) << ", but must not be negative";
  return success();
}

static int64_t bitsOf(Type elementType) {
  auto complexType = dyn_cast<ComplexType>(elementType);
  return complexType ? 2 * bitsOf(complexType.getElementType()) : int64_t(elementType.getIntOrFloatBitWidth());
}

LogicalResult BitcastConvertOp::verify() {
  RankedTensorType operand = getOperand().getType(), result = getType();
  if (isa<ComplexType>(operand.getElementType()) != isa<ComplexType>(result.getElementType()))
    return emitOpError() << "(C1) the operand holds " << operand.getElementType() << ", but the result "
                         << result.getElementType();
  int64_t from = bitsOf(operand.getElementType()), to = bitsOf(result.getElementType());
  if (std::max(from, to) % std::min(from, to) != 0)
    return emitOpError() << "(C2) " << std::max(from, to) << " bits are no multiple of " << std::min(from, to);
  SmallVector<AffineExpr> narrow = dimExprs(from < to ? operand : result), wide = dimExprs(from < to ? result : operand);
  if (from != to)
    wide.push_back(getAffineConstantExpr(std::max(from, to) / std::min(from, to), getContext()));
  if (!llvm::equal(narrow, wide, sameExpr))
    return emitOpError() << "(C2) the operand is " << describeType(operand, moduleSizes(*this)) << ", but the result is "
                         << describeType(result, moduleSizes(*this));
  return success();
}

OpFoldResult BitcastConvertOp::fold(FoldAdaptor) {
  if (getOperand().getType() == getType())
    return getOperand();
  auto inner = getOperand().getDefiningOp<BitcastConvertOp>();
  return inner && inner.getOperand().getType() == getType() ? OpFoldResult(inner.getOperand()) : OpFoldResult();
}

IndexRelation BitcastConvertOp::getIndexRelation(unsigned) {
  IndexRelation relation = relationOf(getResult());
  int64_t from = bitsOf(getOperand().getType().getElementType()), to = bitsOf(getType().getElementType());
  SmallVector<AffineExpr> place = relation.identity();
  relation.keepsOrder = from == to;
  if (from > to)
    relation.values.push_back(place.pop_back_val());
  if (from < to)
    place.push_back(relation.addVariable(relation.constant(to / from), /*unrolled=*/true));
  relation.read(0, place);
  return relation;
}

//--- map

LogicalResult MapOp::verify() {
  if (getInputs().empty())
    return emitOpError() << "(C2) there is no input";
  if (failed(verifySameDims(*this, "C1", "input", getInputs())))
    return failure();
  RankedTensorType first = tensorType(getInputs().front());
  if (withElementType(first, getType().getElementType()) != getType())
    return emitOpError() << "(C1) the result is " << describeType(getType(), moduleSizes(*this)) << ", but input 0 is "
                         << describeType(first, moduleSizes(*this));
  if (!llvm::equal(getDimensions(), llvm::seq<int64_t>(0, first.getRank())))
    return emitOpError() << "(C3) dims are " << listOf(getDimensions()) << ", but must be all of rank " << first.getRank()
                         << ", in order";
  SmallVector<Type> scalars = llvm::map_to_vector(getInputs().getTypes(), [](Type type) { return Type(scalarType(type)); });
  return verifyBody(*this, "C4", "the body", getBody(), scalars, Type(scalarType(getType())));
}

namespace {

// A body of ops that work element by element works on whole tensors, its constants repeated.
struct MapWhole : OpRewritePattern<MapOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(MapOp op, PatternRewriter &rewriter) const override {
    Block &body = op.getBody().front();
    if (!llvm::all_of(body.without_terminator(), [](Operation &each) {
          return isa<ConstantOp>(each) || (each.hasTrait<trait::Pointwise>() && each.getNumResults() == 1);
        }))
      return failure();
    RankedTensorType whole = op.getType();
    IRMapping mapping;
    mapping.map(body.getArguments(), op.getInputs());
    for (Operation &each : body.without_terminator()) {
      Operation *copy = rewriter.clone(each, mapping);
      Value result = copy->getResult(0);
      RankedTensorType type = withElementType(whole, tensorType(result).getElementType());
      if (isa<ConstantOp>(each))
        mapping.map(each.getResult(0),
                    BroadcastInDimOp::create(rewriter, op.getLoc(), type, result, ArrayRef<int64_t>()).getResult());
      else
        result.setType(type);
    }
    rewriter.replaceOp(op, mapping.lookup(body.getTerminator()->getOperand(0)));
    return success();
  }
};

// Any other body runs for one element after the other.
struct MapInLoop : OpRewritePattern<MapOp> {
  explicit MapInLoop(MLIRContext *context) : OpRewritePattern(context, /*benefit=*/0) {}
  LogicalResult matchAndRewrite(MapOp op, PatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    AffineExpr count = numElementsExpr(op.getType());
    auto index = RankedTensorType::get({}, rewriter.getI64Type());
    auto number = [&](int64_t value) -> Value {
      return ConstantOp::create(rewriter, loc, DenseElementsAttr::get(index, value));
    };
    auto reshaped = [&](Value value, ArrayRef<AffineExpr> dims) -> Value {
      return ReshapeOp::create(rewriter, loc, makeTensorType(dims, tensorType(value).getElementType()), value);
    };
    AffineExpr one = rewriter.getAffineConstantExpr(1);
    SmallVector<Value> flat = llvm::map_to_vector(op.getInputs(), [&](Value input) { return reshaped(input, {count}); });
    Value zero = number(0), step = number(1);
    Value last = SizeOfOp::create(rewriter, loc, index, AffineMap::get(0, unsigned(moduleSizes(op).size()), count));
    RankedTensorType results = makeTensorType({count}, op.getType().getElementType()), scalar = scalarType(op.getType());
    Value empty = ConstantOp::create(rewriter, loc, cast<ElementsAttr>(rewriter.getZeroAttr(scalar)));
    Value none = BroadcastInDimOp::create(rewriter, loc, results, empty, ArrayRef<int64_t>());
    SmallVector<Type> carried{index, results};
    auto loop = WhileOp::create(rewriter, loc, carried, ValueRange{zero, none});
    for (Region *region : {&loop.getCond(), &loop.getBody()}) {
      region->getBlocks().clear();
      rewriter.createBlock(region, region->end(), carried, {loc, loc});
      Value at = region->getArgument(0);
      if (region == &loop.getCond()) {
        Value isLeft = CompareOp::create(rewriter, loc, at, last, ComparisonDirection::LT);
        ReturnOp::create(rewriter, loc, ValueRange(isLeft));
        continue;
      }
      IRMapping mapping;
      for (auto [argument, input] : llvm::zip(op.getBody().front().getArguments(), flat)) {
        RankedTensorType single = makeTensorType({one}, tensorType(input).getElementType());
        Value element = DynamicSliceOp::create(rewriter, loc, single, input, ValueRange(at));
        mapping.map(argument, reshaped(element, {}));
      }
      for (Operation &each : op.getBody().front().without_terminator())
        rewriter.clone(each, mapping);
      Value value = reshaped(mapping.lookupOrDefault(op.getBody().front().getTerminator()->getOperand(0)), {one});
      Value filled = DynamicUpdateSliceOp::create(rewriter, loc, results, region->getArgument(1), value, ValueRange(at));
      Value next = AddOp::create(rewriter, loc, index, at, step);
      ReturnOp::create(rewriter, loc, ValueRange{next, filled});
    }
    rewriter.setInsertionPoint(op);
    rewriter.replaceOp(op, reshaped(loop.getResult(1), dimExprs(op.getType())));
    return success();
  }
};

} // namespace

void MapOp::getCanonicalizationPatterns(RewritePatternSet &patterns, MLIRContext *context) {
  patterns.add<MapWhole, MapInLoop>(context);
}

} // namespace ingot
