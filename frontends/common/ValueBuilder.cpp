#include "frontends/common/ValueBuilder.h"

#include "ir/SymbolicTensor.h"

#include <cmath>

using namespace mlir;

namespace ingot::frontend {

int64_t staticDim(AffineExpr dim) {
  auto constant = dyn_cast<AffineConstantExpr>(dim);
  return constant ? constant.getValue() : -1;
}

std::optional<Dims> broadcastDims(ArrayRef<AffineExpr> lhs, ArrayRef<AffineExpr> rhs) {
  if (lhs.size() < rhs.size())
    std::swap(lhs, rhs);
  Dims result(lhs);
  for (size_t i = 0; i != rhs.size(); ++i) {
    AffineExpr &left = result[lhs.size() - rhs.size() + i], right = rhs[i];
    if (left == right || staticDim(right) == 1)
      continue;
    if (staticDim(left) != 1)
      return std::nullopt;
    left = right;
  }
  return result;
}

AffineExpr windowCount(AffineExpr dim, int64_t low, int64_t high, int64_t dilatedWindow, int64_t stride) {
  if (int64_t size = staticDim(dim); size >= 0) {
    int64_t room = size + low + high - dilatedWindow;
    return getAffineConstantExpr(room < 0 || size + low + high <= 0 ? 0 : room / stride + 1, dim.getContext());
  }
  return simplifyExpr((dim + (low + high - dilatedWindow)).floorDiv(stride) + 1);
}

Dims ValueBuilder::numbers(ArrayRef<int64_t> values) {
  Dims dims;
  for (int64_t value : values)
    dims.push_back(number(value));
  return dims;
}

// The integer next to a number, within its range; 0 for NaN.
static int64_t toInteger(double value) {
  if (std::isnan(value))
    return 0;
  if (value >= 0x1p63)
    return INT64_MAX;
  return value < -0x1p63 ? INT64_MIN : static_cast<int64_t>(value);
}

static DenseElementsAttr splatAttribute(RankedTensorType type, double value) {
  Type elementType = type.getElementType();
  if (auto complex = dyn_cast<ComplexType>(elementType)) {
    auto element = cast<FloatType>(complex.getElementType());
    auto real =
        toAttribute(SymbolicTensor::makeFloats(RankedTensorType::get({}, element), value)).getSplatValue<llvm::APFloat>();
    std::complex<llvm::APFloat> number(real, llvm::APFloat::getZero(element.getFloatSemantics()));
    return DenseElementsAttr::get(type, ArrayRef(number));
  }
  auto scalarType = RankedTensorType::get({}, elementType);
  if (isa<FloatType>(elementType))
    return DenseElementsAttr::get(type,
                                  toAttribute(SymbolicTensor::makeFloats(scalarType, value)).getSplatValue<llvm::APFloat>());
  return DenseElementsAttr::get(
      type, toAttribute(SymbolicTensor::makeInts(scalarType, ArrayRef(toInteger(value)))).getSplatValue<llvm::APInt>());
}

Value ValueBuilder::scalar(Type elementType, double value) {
  return ConstantOp::create(*this, splatAttribute(RankedTensorType::get({}, elementType), value));
}

Value ValueBuilder::integer(Type elementType, int64_t value) {
  return ConstantOp::create(*this,
                            toAttribute(SymbolicTensor::makeInts(RankedTensorType::get({}, elementType), ArrayRef(value))));
}

Value ValueBuilder::splat(ArrayRef<AffineExpr> dims, Type elementType, double value) {
  RankedTensorType type = makeTensorType(dims, elementType);
  if (type.hasStaticShape())
    return ConstantOp::create(*this, splatAttribute(type, value));
  return broadcast(scalar(elementType, value), dims);
}

Value ValueBuilder::lowest(Type elementType) {
  if (isa<FloatType>(elementType))
    return scalar(elementType, -INFINITY);
  auto type = cast<IntegerType>(elementType);
  if (type.isUnsigned() || type.getWidth() == 1)
    return integer(elementType, 0);
  return integer(elementType, static_cast<int64_t>(~uint64_t(0) << (type.getWidth() - 1)));
}

Value ValueBuilder::greatest(Type elementType) {
  if (isa<FloatType>(elementType))
    return scalar(elementType, INFINITY);
  auto type = cast<IntegerType>(elementType);
  if (type.isUnsigned() || type.getWidth() == 1)
    return integer(elementType, -1);
  return integer(elementType, static_cast<int64_t>(~(~uint64_t(0) << (type.getWidth() - 1))));
}

Value ValueBuilder::sizeOf(AffineExpr expr, Type elementType) {
  expr = simplifyExpr(expr);
  if (int64_t size = staticDim(expr); size >= 0)
    return isa<FloatType>(elementType) ? scalar(elementType, static_cast<double>(size)) : integer(elementType, size);
  if (isa<FloatType>(elementType))
    return convert(sizeOf(expr, getI64Type()), elementType);
  unsigned symbols = 0;
  expr.walk([&](AffineExpr part) {
    if (auto symbol = dyn_cast<AffineSymbolExpr>(part))
      symbols = std::max(symbols, symbol.getPosition() + 1);
  });
  return SizeOfOp::create(*this, RankedTensorType::get({}, elementType),
                          AffineMapAttr::get(AffineMap::get(0, symbols, expr)));
}

Value ValueBuilder::compare(ComparisonDirection direction, Value x, Value y) {
  return CompareOp::create(*this, withElementType(typeOf(x), getI1Type()), x, y, direction);
}

Value ValueBuilder::select(Value predicate, Value x, Value y) {
  return SelectOp::create(*this, x.getType(), predicate, x, y);
}

Value ValueBuilder::convert(Value x, Type elementType) {
  if (elementOf(x) == elementType)
    return x;
  return ConvertOp::create(*this, withElementType(typeOf(x), elementType), x);
}

Type ValueBuilder::stepType(Type elementType) {
  return elementType.isF16() || elementType.isBF16() ? Type(getF32Type()) : elementType;
}

Value ValueBuilder::reshape(Value x, ArrayRef<AffineExpr> dims) {
  RankedTensorType type = makeTensorType(dims, elementOf(x));
  return type == x.getType() ? x : ReshapeOp::create(*this, type, x);
}

Value ValueBuilder::transpose(Value x, ArrayRef<int64_t> permutation) {
  Dims from = dimsOf(x), to;
  bool identity = true;
  for (auto [index, place] : llvm::enumerate(permutation)) {
    to.push_back(from[place]);
    identity &= static_cast<int64_t>(index) == place;
  }
  return identity ? x : TransposeOp::create(*this, makeTensorType(to, elementOf(x)), x, permutation);
}

Value ValueBuilder::broadcast(Value x, ArrayRef<AffineExpr> dims) {
  SmallVector<int64_t> places;
  int64_t rank = rankOf(x), offset = static_cast<int64_t>(dims.size()) - rank;
  for (int64_t i = 0; i != rank; ++i)
    places.push_back(offset + i);
  return broadcast(x, dims, places);
}

Value ValueBuilder::broadcast(Value x, ArrayRef<AffineExpr> dims, ArrayRef<int64_t> places) {
  RankedTensorType type = makeTensorType(dims, elementOf(x));
  return type == x.getType() ? x : BroadcastInDimOp::create(*this, type, x, places);
}

Value ValueBuilder::iota(ArrayRef<AffineExpr> dims, Type elementType, int64_t axis) {
  return IotaOp::create(*this, makeTensorType(dims, elementType), getI64IntegerAttr(axis));
}

Value ValueBuilder::concat(ArrayRef<Value> parts, int64_t axis) {
  if (parts.size() == 1)
    return parts.front();
  Dims dims = dimsOf(parts.front());
  dims[axis] = number(0);
  for (Value part : parts)
    dims[axis] = dims[axis] + dimsOf(part)[axis];
  return ConcatenateOp::create(*this, makeTensorType(dims, elementOf(parts.front())), parts, getI64IntegerAttr(axis));
}

Value ValueBuilder::slice(Value x, int64_t axis, int64_t start, int64_t count, int64_t step) {
  Dims dims = dimsOf(x);
  if (start == 0 && step == 1 && staticDim(dims[axis]) == count)
    return x;
  SmallVector<int64_t> starts(dims.size(), 0), limits, strides(dims.size(), 1);
  for (AffineExpr dim : dims)
    limits.push_back(staticDim(dim) >= 0 ? staticDim(dim) : INT64_MIN);
  starts[axis] = start;
  limits[axis] = count ? start + (count - 1) * step + 1 : start;
  strides[axis] = step;
  dims[axis] = number(count);
  return SliceOp::create(*this, makeTensorType(dims, elementOf(x)), x, starts, limits, strides);
}

Value ValueBuilder::first(Value x, int64_t axis, AffineExpr count) {
  Dims dims = dimsOf(x);
  if (sameExpr(dims[size_t(axis)], count))
    return x;
  SmallVector<int64_t> starts(dims.size(), 0), limits, strides(dims.size(), 1);
  for (AffineExpr dim : dims)
    limits.push_back(staticDim(dim) >= 0 ? staticDim(dim) : SliceOp::kWholeDim);
  limits[size_t(axis)] = SliceOp::kToResult;
  dims[size_t(axis)] = count;
  return SliceOp::create(*this, makeTensorType(dims, elementOf(x)), x, starts, limits, strides);
}

Value ValueBuilder::reverse(Value x, ArrayRef<int64_t> axes) { return ReverseOp::create(*this, x.getType(), x, axes); }

Value ValueBuilder::pad(Value x, Value padding, ArrayRef<int64_t> low, ArrayRef<int64_t> high) {
  Dims dims = dimsOf(x);
  bool nothing = true;
  for (size_t i = 0; i != dims.size(); ++i) {
    dims[i] = dims[i] + low[i] + high[i];
    nothing &= low[i] == 0 && high[i] == 0;
  }
  SmallVector<int64_t> interior(dims.size(), 0);
  return nothing ? x : PadOp::create(*this, makeTensorType(dims, elementOf(x)), x, padding, low, high, interior);
}

Value ValueBuilder::initOf(Reduction kind, Type elementType) {
  switch (kind) {
  case Reduction::Add:
  case Reduction::Or:
    return scalar(elementType, 0);
  case Reduction::Multiply:
  case Reduction::And:
    return scalar(elementType, 1);
  case Reduction::Maximum:
    return lowest(elementType);
  case Reduction::Minimum:
    return greatest(elementType);
  }
  return {};
}

static Value combine(ValueBuilder &e, Reduction kind, Value x, Value y) {
  switch (kind) {
  case Reduction::Add:
    return e.add(x, y);
  case Reduction::Multiply:
    return e.mul(x, y);
  case Reduction::Maximum:
    return e.max(x, y);
  case Reduction::Minimum:
    return e.min(x, y);
  case Reduction::And:
    return e.binary<AndOp>(x, y);
  case Reduction::Or:
    return e.binary<OrOp>(x, y);
  }
  return {};
}

void ValueBuilder::fillBody(Region &body, ArrayRef<Reduction> kinds, ArrayRef<Type> elementTypes) {
  OpBuilder::InsertionGuard guard(*this);
  SmallVector<Type> types;
  for (int twice = 0; twice != 2; ++twice)
    for (Type elementType : elementTypes)
      types.push_back(RankedTensorType::get({}, elementType));
  body.getBlocks().clear();
  Block *block = createBlock(&body, body.end(), types, SmallVector<Location>(types.size(), getLoc()));
  SmallVector<Value> values;
  for (auto [index, kind] : llvm::enumerate(kinds))
    values.push_back(combine(*this, kind, block->getArgument(index), block->getArgument(kinds.size() + index)));
  ReturnOp::create(*this, values);
}

void ValueBuilder::fillPlaceBody(Region &body, Type elementType, Type placeType, bool greatest, bool last) {
  InsertionGuard guard(*this);
  auto scalarType = RankedTensorType::get({}, elementType), indexType = RankedTensorType::get({}, placeType);
  body.getBlocks().clear();
  Block *block =
      createBlock(&body, body.end(), {scalarType, indexType, scalarType, indexType}, SmallVector<Location>(4, getLoc()));
  Value best = block->getArgument(0), bestPlace = block->getArgument(1), next = block->getArgument(2),
        nextPlace = block->getArgument(3);
  Value better = compare(greatest ? ComparisonDirection::GT : ComparisonDirection::LT, next, best);
  Value tied = compare(ComparisonDirection::EQ, next, best);
  Value earlier = compare(last ? ComparisonDirection::GT : ComparisonDirection::LT, nextPlace, bestPlace);
  Value take = binary<OrOp>(better, binary<AndOp>(tied, earlier));
  if (isa<FloatType>(elementType)) {
    Value nextNaN = compare(ComparisonDirection::NE, next, next), bestNaN = compare(ComparisonDirection::NE, best, best);
    Value overNumber = binary<AndOp>(nextNaN, unary<NotOp>(bestNaN));
    Value overNaN = binary<AndOp>(binary<AndOp>(nextNaN, bestNaN), earlier);
    take = binary<OrOp>(take, binary<OrOp>(overNumber, overNaN));
  }
  ReturnOp::create(*this, ValueRange{select(take, next, best), select(take, nextPlace, bestPlace)});
}

Value ValueBuilder::reduce(Reduction kind, Value x, ArrayRef<int64_t> axes, bool keep) {
  Dims dims = dimsOf(x), reduced;
  if (axes.empty())
    return x;
  for (auto [index, dim] : llvm::enumerate(dims)) {
    if (llvm::is_contained(axes, static_cast<int64_t>(index)))
      dims[index] = number(1);
    else
      reduced.push_back(dim);
  }
  Type elementType = elementOf(x);
  auto op = ReduceOp::create(*this, TypeRange(makeTensorType(reduced, elementType)), ValueRange(x),
                             ValueRange(initOf(kind, elementType)), axes);
  fillBody(op.getBody(), kind, elementType);
  return keep ? reshape(op.getResult(0), dims) : op.getResult(0);
}

Value ValueBuilder::reduceBack(Reduction kind, Value x, ArrayRef<int64_t> axes) {
  SmallVector<int64_t> places;
  for (int64_t i = 0, rank = rankOf(x); i != rank; ++i)
    if (!llvm::is_contained(axes, i))
      places.push_back(i);
  return broadcast(reduce(kind, x, axes, /*keep=*/false), dimsOf(x), places);
}

AffineExpr ValueBuilder::extent(Value x, ArrayRef<int64_t> axes) {
  AffineExpr product = number(1);
  for (int64_t axis : axes)
    product = product * dimsOf(x)[axis];
  return simplifyExpr(product);
}

// The sum of 64-bit integers may wrap, those of their quotients and remainders by the count do not.
static Value meanOfIntegers(ValueBuilder &e, Value x, ArrayRef<int64_t> axes, bool keep) {
  auto type = cast<IntegerType>(ValueBuilder::elementOf(x));
  Type wide = e.getIntegerType(64);
  if (type.isUnsigned())
    wide = e.getIntegerType(64, /*isSigned=*/false);
  Value count = e.max(e.sizeOf(e.extent(x, axes), wide), e.integer(wide, 1));
  auto counts = [&](Value like) { return e.broadcast(count, ValueBuilder::dimsOf(like)); };
  x = e.convert(x, wide);
  if (type.getWidth() < 64) {
    Value sum = e.reduce(Reduction::Add, x, axes, keep);
    return e.convert(e.div(sum, counts(sum)), type);
  }
  Value whole = e.reduce(Reduction::Add, e.div(x, counts(x)), axes, keep);
  Value rest = e.reduce(Reduction::Add, e.binary<RemainderOp>(x, counts(x)), axes, keep);
  Value mean = e.add(whole, e.div(rest, counts(rest)));
  if (type.isUnsigned())
    return mean;
  // What is left of the rest lies on the other side of zero where the two differ in sign.
  rest = e.binary<RemainderOp>(rest, counts(rest));
  auto isBeyond = [&](ComparisonDirection mean, ComparisonDirection rest, Value x, Value y) {
    return e.binary<AndOp>(e.compare(mean, x, e.like(x, 0)), e.compare(rest, y, e.like(y, 0)));
  };
  Value high = isBeyond(ComparisonDirection::GT, ComparisonDirection::LT, mean, rest);
  Value low = isBeyond(ComparisonDirection::LT, ComparisonDirection::GT, mean, rest);
  return e.add(e.sub(mean, e.convert(high, wide)), e.convert(low, wide));
}

Value ValueBuilder::mean(Value x, ArrayRef<int64_t> axes, bool keep) {
  if (axes.empty())
    return x;
  if (isa<IntegerType>(elementOf(x)))
    return meanOfIntegers(*this, x, axes, keep);
  return inSteps(x, [&](Value y) {
    Value sum = reduce(Reduction::Add, y, axes, keep);
    AffineExpr count = extent(y, axes);
    if (int64_t size = staticDim(count); size >= 0)
      return div(sum, like(sum, static_cast<double>(size)));
    return div(sum, broadcast(sizeOf(count, elementOf(y)), dimsOf(sum)));
  });
}

ValueBuilder::Centred ValueBuilder::centre(Value x, ArrayRef<int64_t> axes, ArrayRef<SizeAttr> sizes) {
  // The mean of differences from the first element: where all are equal these are zeros, which no order of summing and no
  // division changes.
  Dims dims = dimsOf(x);
  SmallVector<int64_t> low(dims.size(), 0), high = low;
  for (int64_t axis : axes)
    if (auto range = rangeOfExpr(dims[axis], sizes); !range || range->first < 1)
      high[axis] = 1; // where there is none, a zero
  Value first = pad(x, scalar(elementOf(x), 0), low, high);
  for (int64_t axis : axes)
    first = slice(first, axis, 0, 1);
  Value mean = add(first, this->mean(sub(x, broadcast(first, dims)), axes));
  return {sub(x, broadcast(mean, dims)), mean};
}

Value ValueBuilder::reduceWindow(Reduction kind, Value x, ArrayRef<int64_t> window, ArrayRef<int64_t> strides,
                                 ArrayRef<int64_t> dilations, ArrayRef<int64_t> padding) {
  Dims dims = dimsOf(x);
  for (size_t i = 0; i != dims.size(); ++i)
    dims[i] = windowCount(dims[i], padding[2 * i], padding[2 * i + 1], (window[i] - 1) * dilations[i] + 1, strides[i]);
  Type elementType = elementOf(x);
  SmallVector<int64_t> base(dims.size(), 1);
  auto op = ReduceWindowOp::create(*this, TypeRange(makeTensorType(dims, elementType)), ValueRange(x),
                                   ValueRange(initOf(kind, elementType)), window, strides, base, dilations, padding);
  fillBody(op.getBody(), kind, elementType);
  return op.getResult(0);
}

Value ValueBuilder::scan(Reduction kind, Value x, int64_t axis, bool exclusive, bool reverse) {
  Type elementType = elementOf(x);
  auto op = ScanOp::create(*this, TypeRange(x.getType()), ValueRange(x), ValueRange(initOf(kind, elementType)), axis,
                           exclusive, reverse);
  fillBody(op.getBody(), kind, elementType);
  return op.getResult(0);
}

Value ValueBuilder::wrapIndices(Value indices, AffineExpr extent) {
  return wrapIndices(indices, broadcast(sizeOf(extent, elementOf(indices)), dimsOf(indices)));
}

Value ValueBuilder::wrapIndices(Value indices, Value extent) {
  Value fromEnd = compare(ComparisonDirection::LT, indices, like(indices, 0));
  return select(fromEnd, add(indices, extent), indices);
}

// True where a window of one element has no place: no index is within the dim.
static bool hasEmptyDim(Value x, GatherDimsAttr numbers) {
  ArrayRef<int64_t> shape = ValueBuilder::typeOf(x).getShape();
  auto isEmpty = [&](int64_t dim) { return shape[dim] == 0; };
  return llvm::any_of(numbers.getCollapsedDims(), isEmpty) || llvm::any_of(numbers.getOperandBatchDims(), isEmpty);
}

Value ValueBuilder::gather(Value x, Value indices, GatherDimsAttr numbers, ArrayRef<AffineExpr> dims) {
  if (hasEmptyDim(x, numbers))
    return splat(dims, elementOf(x), 0);
  return GatherOp::create(*this, makeTensorType(dims, elementOf(x)), x, indices, numbers, /*indices_are_sorted=*/false);
}

Value ValueBuilder::take(Value x, Value indices, int64_t axis) {
  Dims dims = dimsOf(x), index = dimsOf(indices);
  const int64_t width = static_cast<int64_t>(index.size());
  SmallVector<int64_t> window;
  for (int64_t i = 0, n = rankOf(x); i != n; ++i)
    if (i != axis)
      window.push_back(i < axis ? i : i - 1 + width);
  dims.erase(dims.begin() + axis);
  dims.insert(dims.begin() + axis, index.begin(), index.end());
  return gather(x, indices, GatherDimsAttr::get(getContext(), window, axis, {}, {}, axis, width), dims);
}

Value ValueBuilder::scatter(Combiner combiner, Value x, Value indices, Value updates, GatherDimsAttr numbers) {
  if (hasEmptyDim(x, numbers))
    return x;
  auto op = ScatterOp::create(*this, TypeRange(x.getType()), ValueRange(x), indices, ValueRange(updates), numbers,
                              /*indices_are_sorted=*/false, /*unique_indices=*/false);
  if (combiner) {
    fillBody(op.getBody(), *combiner, elementOf(x));
    return op.getResult(0);
  }
  InsertionGuard guard(*this);
  auto scalarType = RankedTensorType::get({}, elementOf(x));
  op.getBody().getBlocks().clear();
  Block *block = createBlock(&op.getBody(), op.getBody().end(), {scalarType, scalarType}, {getLoc(), getLoc()});
  ReturnOp::create(*this, block->getArgument(1));
  return op.getResult(0);
}

Value ValueBuilder::dot(Value lhs, Value rhs, ArrayRef<int64_t> lhsBatch, ArrayRef<int64_t> rhsBatch,
                        ArrayRef<int64_t> lhsContract, ArrayRef<int64_t> rhsContract, Type resultElement) {
  Dims left = dimsOf(lhs), right = dimsOf(rhs), dims;
  for (int64_t dim : lhsBatch)
    dims.push_back(left[dim]);
  for (int64_t i = 0, n = left.size(); i != n; ++i)
    if (!llvm::is_contained(lhsBatch, i) && !llvm::is_contained(lhsContract, i))
      dims.push_back(left[i]);
  for (int64_t i = 0, n = right.size(); i != n; ++i)
    if (!llvm::is_contained(rhsBatch, i) && !llvm::is_contained(rhsContract, i))
      dims.push_back(right[i]);
  return DotGeneralOp::create(*this, makeTensorType(dims, resultElement ? resultElement : elementOf(lhs)), lhs, rhs,
                              DotDimsAttr::get(getContext(), lhsBatch, rhsBatch, lhsContract, rhsContract));
}

Value ValueBuilder::matmul(Value lhs, Value rhs) {
  int64_t lhsRank = rankOf(lhs), rhsRank = rankOf(rhs);
  SmallVector<int64_t> batch;
  if (rhsRank > 2)
    for (int64_t i = 0; i != lhsRank - 2; ++i)
      batch.push_back(i);
  return dot(lhs, rhs, batch, batch, lhsRank - 1, rhsRank - 2);
}

Value ValueBuilder::softmax(Value x, ArrayRef<int64_t> axes) {
  return inSteps(x, [&](Value y) {
    Value shifted = sub(y, reduceBack(Reduction::Maximum, y, axes));
    Value powers = unary<ExponentialOp>(shifted);
    return div(powers, reduceBack(Reduction::Add, powers, axes));
  });
}

Value ValueBuilder::logSoftmax(Value x, ArrayRef<int64_t> axes) {
  return inSteps(x, [&](Value y) {
    Value shifted = sub(y, reduceBack(Reduction::Maximum, y, axes));
    Value sum = reduceBack(Reduction::Add, unary<ExponentialOp>(shifted), axes);
    return sub(shifted, unary<LogOp>(sum));
  });
}

} // namespace ingot::frontend
