// Ops whose shape comes from an operand. What that holds is known when the program is made, a number or an expression over its
// sizes; or the result's type declares the shape.
#include "frontends/stablehlo/OpTable.h"
#include "frontends/stablehlo/Quantized.h"
#include "frontends/stablehlo/ops/Movement.h"
#include "frontends/stablehlo/ops/Windows.h"
#include "ir/Verification.h"
#include "mlir/IR/OperationSupport.h"

using namespace mlir;

namespace ingot::stablehlo {
namespace {

// The result's type by operand `shape`, which holds its dims. Where all dims are declared, the operand may be of run time.
RankedTensorType typeOfShape(OpContext &c, size_t shape) {
  RankedTensorType type = c.resultType(0, [&] { return c.deciding(shape, "the dims of its result"); });
  if (!type)
    return nullptr;
  RankedTensorType operand = c.type(shape);
  if (operand.getRank() != 1 || operand.getDimSize(0) != type.getRank()) {
    (void)c.error("the operand that holds the dims of its result is " + c.show(operand) + ", but " + Twine(type.getRank()) +
                  " elements are needed");
    return nullptr;
  }
  if (const SymbolicTensor *known = c.p.elementsOf(c.value(shape)); known && !known->isFloat() && !known->isGiven())
    for (auto [dim, stated] : llvm::zip_equal(known->ints, dimExprs(type)))
      if (!c.needEqual(dim, stated, "the operand holds another dim than its result has"))
        return nullptr;
  return type;
}

LogicalResult importDynamicBroadcast(OpContext &c) {
  auto places = c.integers("broadcast_dimensions");
  RankedTensorType type = typeOfShape(c, 1);
  if (!places || !type || failed(needBroadcastMeaning(c, *places)))
    return failure();
  auto expanding = c.integers("known_expanding_dimensions"), kept = c.integers("known_nonexpanding_dimensions");
  if (!expanding || !kept)
    return failure();
  SmallVector<int64_t> known(*expanding);
  known.append(*kept);
  if (!areUniqueDims(known, c.rank(0)))
    return c.error("(C8) known_expanding_dimensions and known_nonexpanding_dimensions are unique dims of the operand");
  // A dim that is no 1 is the result's.
  for (auto [dim, place] : llvm::zip(c.dims(0), *places))
    if (place >= 0 && place < type.getRank() && frontend::staticDim(dim) != 1 &&
        !c.needEqual(dim, dimExpr(type, place), "(C5) a dim of the operand is not the result's"))
      return failure();
  c.result(BroadcastInDimOp::create(c.b, type, c.value(0), *places));
  return success();
}

LogicalResult importDynamicReshape(OpContext &c) {
  RankedTensorType type = typeOfShape(c, 1);
  if (!type || failed(needReshapedMeaning(c)))
    return failure();
  c.result(ReshapeOp::create(c.b, type, c.value(0)));
  return success();
}

LogicalResult importDynamicIota(OpContext &c) {
  auto dimension = c.integer("iota_dimension");
  RankedTensorType type = typeOfShape(c, 0);
  if (!dimension || !type)
    return failure();
  c.result(IotaOp::create(c.b, type, *dimension));
  return success();
}

LogicalResult importGetDimensionSize(OpContext &c) {
  auto dimension = c.integer("dimension");
  if (!dimension)
    return failure();
  if (*dimension < 0 || *dimension >= c.rank(0))
    return c.error("(C1) dimension is " + Twine(*dimension) + ", but the operand has " + Twine(c.rank(0)) + " dims");
  c.result(c.b.sizeOf(dimExpr(c.type(0), *dimension), c.b.getI32Type()));
  return success();
}

// An i32 as what sizes are bound to, the same value for the same operand: dims set by it are equal.
Value countOf(OpContext &c, Value size) {
  for (Operation *user : size.getUsers())
    if (auto convert = dyn_cast<ConvertOp>(user); convert && convert->getBlock() == c.b.getInsertionBlock() &&
                                                  convert.getType() == makeTensorType(ArrayRef<int64_t>(), c.b.getI64Type()))
      return convert;
  return c.b.convert(size, c.b.getI64Type());
}

LogicalResult importSetDimensionSize(OpContext &c) {
  auto dimension = c.integer("dimension");
  if (!dimension)
    return failure();
  if (*dimension < 0 || *dimension >= c.rank(0))
    return c.error("(C1) dimension is " + Twine(*dimension) + ", but the operand has " + Twine(c.rank(0)) + " dims");
  if (c.rank(1) != 0)
    return c.error("(C2) the size is " + c.show(c.type(1)) + ", but must be a scalar");
  Dims dims = c.dims(0);
  Value x = c.value(0);
  const std::vector<int64_t> &bounds = c.entry(0).type->bounds;
  std::optional<int64_t> most = maxOfExpr(dims[*dimension], c.p.sizes());
  if (!most)
    return c.error("the dim of " + c.show(c.type(0)) + " may be too large");
  if (!bounds.empty())
    most = std::max(*most, bounds[size_t(*dimension)]);
  AffineExpr size;
  if (const SymbolicTensor *known = c.p.elementsOf(c.value(1)); known && !known->isFloat() && !known->isGiven()) {
    size = known->ints[0];
  } else {
    std::string why;
    size = c.p.dataSize(countOf(c, c.value(1)), *most, "size", &why);
    if (!size)
      return c.error(why);
  }
  if (isAlwaysLarger(size, c.b.number(*most), c.p.sizes()))
    return c.error(
        "the size " + describeExpr(size, c.p.sizes()) + " is more than the dim's, " +
        describeExpr(isa<AffineConstantExpr>(dims[*dimension]) ? c.b.number(*most) : dims[*dimension], c.p.sizes()));
  // Where a dim may have fewer places than are asked for, but not more than its bound, those beyond are zeros.
  auto room = rangeOfExpr(simplifyExpr(dims[*dimension] - size), c.p.sizes());
  const bool isStatic = isa<AffineConstantExpr>(dims[*dimension]) && *most == frontend::staticDim(dims[*dimension]);
  if (!isStatic && (!room || room->first < 0)) {
    dims[*dimension] = c.b.number(*most);
    SmallVector<Value> starts(c.rank(0), c.b.integer(c.b.getI64Type(), 0));
    x = DynamicUpdateSliceOp::create(c.b, makeTensorType(dims, c.element(0)), c.b.splat(dims, c.element(0), 0), x, starts);
  }
  c.result(c.b.first(x, *dimension, size));
  return success();
}

// A vector of an element for each dim of operand 0.
bool hasElementForEachDim(OpContext &c, size_t index) {
  RankedTensorType type = c.type(index);
  if (type.getRank() == 1 && type.getDimSize(0) == c.rank(0))
    return true;
  (void)c.error("(C2) operand " + Twine(index) + " is " + c.show(type) + ", but has an element for each of " +
                Twine(c.rank(0)) + " dims");
  return false;
}

// Whether the integers of these operands are known when the program is made.
bool areKnown(OpContext &c, size_t first, size_t count) {
  return llvm::all_of(c.values(first, count), [&](Value value) {
    const SymbolicTensor *known = c.p.elementsOf(value);
    return known && !known->isFloat();
  });
}

// The result's type where operands of run time decide it, which the declared one then tells.
RankedTensorType declaredType(OpContext &c) {
  return c.resultType(0, [&]() -> std::optional<Dims> {
    (void)c.error("leaves dims of its result open, which operands decide that are known at run time only");
    return std::nullopt;
  });
}

bool isNumber(AffineExpr expr) { return isa<AffineConstantExpr>(expr); }
SmallVector<int64_t> numbersOf(ArrayRef<AffineExpr> exprs) {
  return llvm::map_to_vector(exprs, [](AffineExpr expr) { return cast<AffineConstantExpr>(expr).getValue(); });
}
SmallVector<Value> sizesOf(OpContext &c, ArrayRef<AffineExpr> exprs) {
  return llvm::map_to_vector(exprs, [&](AffineExpr expr) { return c.b.sizeOf(expr, c.b.getI64Type()); });
}

LogicalResult importDynamicPad(OpContext &c) {
  for (size_t i = 2; i != 5; ++i)
    if (!hasElementForEachDim(c, i))
      return failure();
  if (!areKnown(c, 2, 3)) {
    RankedTensorType type = declaredType(c);
    if (type)
      c.result(DynamicPadOp::create(c.b, type, c.value(0), c.value(1), c.value(2), c.value(3), c.value(4)));
    return success(static_cast<bool>(type));
  }
  std::optional<Dims> low = c.deciding(2, "the padding"), high = c.deciding(3, "the padding");
  std::optional<SmallVector<int64_t>> interior = c.decidingNumbers(4, "the padding between elements");
  if (!low || !high || !interior)
    return failure();
  if (llvm::all_of(*low, isNumber) && llvm::all_of(*high, isNumber)) {
    SmallVector<int64_t> lows = numbersOf(*low), highs = numbersOf(*high);
    std::optional<Dims> dims =
        c.infer([&](EmitError emitError) { return inferPad(c.type(0), lows, highs, *interior, emitError); });
    if (!dims)
      return failure();
    c.result(PadOp::create(c.b, makeTensorType(*dims, c.element(0)), c.value(0), c.value(1), lows, highs, *interior));
    return success();
  }
  // By sizes: the operand in the place where it then lies. Elements between others come first.
  Value x = c.value(0);
  if (llvm::any_of(*interior, [](int64_t amount) { return amount != 0; })) {
    SmallVector<int64_t> none(c.rank(0), 0);
    std::optional<Dims> dims =
        c.infer([&](EmitError emitError) { return inferPad(c.type(0), none, none, *interior, emitError); });
    if (!dims)
      return failure();
    x = PadOp::create(c.b, makeTensorType(*dims, c.element(0)), x, c.value(1), none, none, *interior);
  }
  Dims dims;
  for (auto [dim, before, after] : llvm::zip_equal(ValueBuilder::dimsOf(x), *low, *high)) {
    for (AffineExpr amount : {before, after})
      if (auto range = rangeOfExpr(amount, c.p.sizes()); !range || range->first < 0)
        return c.error("padding of '" + describeExpr(amount, c.p.sizes()) + "' may be negative, which is not supported");
    dims.push_back(simplifyExpr(before + dim + after));
  }
  RankedTensorType type = makeTensorType(dims, c.element(0));
  c.result(DynamicUpdateSliceOp::create(c.b, type, c.b.broadcast(c.value(1), dims), x, sizesOf(c, *low)));
  return success();
}

// Whether both hold the same in every run: they are computed alike of the same values.
bool isSame(Value lhs, Value rhs, unsigned depth = 0) {
  constexpr unsigned kDeepest = 64;
  Operation *left = lhs.getDefiningOp(), *right = rhs.getDefiningOp();
  if (lhs == rhs)
    return true;
  return left && right && depth != kDeepest && isMemoryEffectFree(left) &&
         cast<OpResult>(lhs).getResultNumber() == cast<OpResult>(rhs).getResultNumber() &&
         OperationEquivalence::isEquivalentTo(
             left, right, [&](Value a, Value b) { return success(isSame(a, b, depth + 1)); }, nullptr,
             OperationEquivalence::IgnoreLocations);
}

// How much a slice covers whose starts are of run time: its limits are the starts and what is added to them.
std::optional<Dims> coveredFrom(OpContext &c, Value starts, Value limits) {
  auto sum = limits.getDefiningOp<AddOp>();
  for (unsigned side : {0u, 1u})
    if (sum && isSame(sum->getOperand(side), starts))
      if (const SymbolicTensor *known = c.p.elementsOf(sum->getOperand(1 - side)); known && !known->isFloat()) {
        c.p.noteSpecialised(*known);
        return Dims(known->ints);
      }
  return std::nullopt;
}

// Starts, limits or strides of run time. What the slice covers is declared, or known by the limits.
LogicalResult sliceAtRunTime(OpContext &c) {
  RankedTensorType type = c.resultType(0, [&]() -> std::optional<Dims> {
    std::optional<Dims> dims = coveredFrom(c, c.value(1), c.value(2));
    std::optional<SmallVector<int64_t>> strides;
    if (dims)
      strides = c.decidingNumbers(3, "the stride of a slice");
    else
      (void)c.error("operands 1 and 2 decide the dims of its result, but are known at run time only" +
                    c.p.decidedBy(c.value(1)));
    if (!strides)
      return std::nullopt;
    for (auto [dim, stride] : llvm::zip_equal(*dims, *strides))
      dim = simplifyExpr(dim.ceilDiv(std::max<int64_t>(stride, 1)));
    return dims;
  });
  if (!type)
    return failure();
  c.result(RealDynamicSliceOp::create(c.b, type, c.value(0), c.value(1), c.value(2), c.value(3)));
  return success();
}

LogicalResult importRealDynamicSlice(OpContext &c) {
  for (size_t i = 1; i != 4; ++i)
    if (!hasElementForEachDim(c, i))
      return failure();
  if (!areKnown(c, 1, 3))
    return sliceAtRunTime(c);
  std::optional<Dims> starts = c.deciding(1, "where a slice starts"), limits = c.deciding(2, "where a slice ends");
  std::optional<SmallVector<int64_t>> strides = c.decidingNumbers(3, "the stride of a slice");
  if (!starts || !limits || !strides)
    return failure();
  Dims dims;
  for (auto [index, start, limit, stride] : llvm::enumerate(*starts, *limits, *strides)) {
    if (stride < 1)
      return c.error("(C4) the stride of dim " + Twine(index) + " is " + Twine(stride));
    if (!isNumber(start) && stride != 1)
      return c.error("a stride of " + Twine(stride) + " from a place that sizes decide is not supported");
    dims.push_back(simplifyExpr((limit - start).ceilDiv(stride)));
  }
  RankedTensorType type = makeTensorType(dims, c.element(0));
  if (llvm::all_of(*starts, isNumber)) {
    SmallVector<int64_t> ends;
    for (AffineExpr limit : *limits)
      ends.push_back(isNumber(limit) ? cast<AffineConstantExpr>(limit).getValue() : SliceOp::kToResult);
    c.result(SliceOp::create(c.b, type, c.value(0), numbersOf(*starts), ends, *strides));
    return success();
  }
  // Dims that start at a number may have a stride; the window is taken first.
  SmallVector<int64_t> fixed, ends, ones(c.rank(0), 1);
  Dims window;
  SmallVector<Value> places = sizesOf(c, *starts);
  for (auto [start, limit] : llvm::zip_equal(*starts, *limits))
    window.push_back(simplifyExpr(limit - start));
  Value x = DynamicSliceOp::create(c.b, makeTensorType(window, c.element(0)), c.value(0), places);
  fixed.assign(c.rank(0), 0);
  ends.assign(c.rank(0), SliceOp::kWholeDim);
  c.result(*strides == ones ? x : Value(SliceOp::create(c.b, type, x, fixed, ends, *strides)));
  return success();
}

// Windows of sizes that are known at run time only, but declared by the result; of a dim that is collapsed they are 1.
std::optional<Dims> declaredWindows(OpContext &c) {
  auto offset = c.integers("offset_dims"), collapsed = c.integers("collapsed_slice_dims"),
       batch = c.integers("operand_batching_dims");
  RankedTensorType type = declaredType(c);
  if (!offset || !collapsed || !batch || !type)
    return std::nullopt;
  Dims sizes;
  size_t next = 0;
  for (int64_t dim = 0; dim != c.rank(0); ++dim) {
    if (llvm::is_contained(*collapsed, dim) || llvm::is_contained(*batch, dim)) {
      sizes.push_back(c.b.number(1));
    } else if (next == offset->size() || (*offset)[next] < 0 || (*offset)[next] >= type.getRank()) {
      (void)c.error("(C1) offset_dims " + listOf(*offset) + " are no dims of " + c.show(type) + ", one for each window dim");
      return std::nullopt;
    } else {
      sizes.push_back(dimExpr(type, (*offset)[next++]));
    }
  }
  return sizes;
}

LogicalResult importDynamicGather(OpContext &c) {
  if (!hasElementForEachDim(c, 2))
    return failure();
  std::optional<Dims> sizes = areKnown(c, 2, 1) ? c.deciding(2, "the sizes of slices") : declaredWindows(c);
  return sizes ? gatherOf(c, *sizes) : failure();
}

LogicalResult importDynamicConv(OpContext &c) {
  if (!areKnown(c, 2, 1))
    return convolutionOf(c, std::nullopt);
  std::optional<SmallVector<int64_t>> padding = c.decidingNumbers(2, "the padding");
  return padding ? convolutionOf(c, ArrayRef(*padding)) : failure();
}

constexpr ImportRow kRows[] = {
    {"stablehlo.dynamic_broadcast_in_dim", 2, 1, 0, importDynamicBroadcast, kStored | kAlongAxis},
    {"stablehlo.dynamic_conv", 3, 1, 0, importDynamicConv, kAlongAxis},
    {"stablehlo.dynamic_gather", 3, 1, 0, importDynamicGather, kStored},
    {"stablehlo.dynamic_iota", 1, 1, 0, importDynamicIota},
    {"stablehlo.dynamic_pad", 5, 1, 0, importDynamicPad, kStored},
    {"stablehlo.dynamic_reshape", 2, 1, 0, importDynamicReshape, kStored | kAlongAxis},
    {"stablehlo.get_dimension_size", 1, 1, 0, importGetDimensionSize, kStored | kAlongAxis},
    {"stablehlo.real_dynamic_slice", 4, 1, 0, importRealDynamicSlice, kStored},
    {"stablehlo.set_dimension_size", 2, 1, 0, importSetDimensionSize, kStored},
};

} // namespace

llvm::ArrayRef<ImportRow> dynamicOps() { return kRows; }

} // namespace ingot::stablehlo
