// Ops on elements at equal places.
#include "frontends/common/SpecialFunctions.h"
#include "frontends/stablehlo/OpTable.h"
#include "frontends/stablehlo/Quantized.h"
#include "ir/Verification.h"

using namespace mlir;

namespace ingot::stablehlo {
namespace {

// The dims of all operands from `first` on are those of operand `first`, or must be.
LogicalResult needSameDims(OpContext &c, size_t first = 0) {
  const Dims dims = c.dims(first);
  for (size_t i = first + 1; i < c.numOperands(); ++i) {
    if (c.rank(i) != c.rank(first))
      return c.error("operands have different dims: " + c.show(c.type(first)) + " and " + c.show(c.type(i)));
    for (auto [lhs, rhs] : llvm::zip_equal(dims, c.dims(i)))
      if (!c.needEqual(lhs, rhs, "operands have different dims, " + c.show(c.type(first)) + " and " + c.show(c.type(i))))
        return failure();
  }
  return success();
}

template <typename Op> LogicalResult unary(OpContext &c) {
  if (failed(needEqualBaselines(c)))
    return failure();
  c.result(Op::create(c.b, c.type(0), c.value(0)));
  return success();
}

template <typename Op> LogicalResult binary(OpContext &c) {
  if (failed(needEqualBaselines(c)) || failed(needSameDims(c)))
    return failure();
  c.result(Op::create(c.b, c.type(0), c.value(0), c.value(1)));
  return success();
}

// Of one operand, whose dims the result has with another element type.
template <typename Op> LogicalResult ofElements(OpContext &c) {
  c.result(Op::create(c.b, withElementType(c.type(0), c.resultElement(0)), c.value(0)));
  return success();
}

// Of a complex number that becomes a real one, a truth value too, the real part.
LogicalResult importConvert(OpContext &c) {
  Value x = c.value(0);
  mlir::Type element = c.resultElement(0);
  auto complex = dyn_cast<ComplexType>(c.element(0));
  if (complex && !isa<ComplexType>(element))
    x = RealOp::create(c.b, withElementType(c.type(0), complex.getElementType()), x);
  c.result(ConvertOp::create(c.b, withElementType(c.type(0), element), x));
  return success();
}

LogicalResult importComplex(OpContext &c) {
  if (failed(needSameDims(c)))
    return failure();
  c.result(ComplexOp::create(c.b, withElementType(c.type(0), c.resultElement(0)), c.value(0), c.value(1)));
  return success();
}

LogicalResult importSelect(OpContext &c) {
  if (failed(needSameDims(c, c.rank(0) == 0 ? 1 : 0)))
    return failure();
  c.result(SelectOp::create(c.b, c.type(1), c.value(0), c.value(1), c.value(2)));
  return success();
}

LogicalResult importClamp(OpContext &c) {
  c.result(ClampOp::create(c.b, c.type(1), c.value(0), c.value(1), c.value(2)));
  return success();
}

std::optional<ComparisonDirection> directionOf(OpContext &c) {
  std::optional<StringRef> text = c.text("comparison_direction");
  if (!text)
    return std::nullopt;
  std::optional<ComparisonDirection> direction = symbolizeComparisonDirection(*text);
  if (!direction)
    (void)c.error("there is no comparison_direction '" + *text + "'");
  return direction;
}

LogicalResult importCompare(OpContext &c) {
  std::optional<ComparisonDirection> direction = directionOf(c);
  std::optional<StringRef> kind = c.text("compare_type");
  if (!direction || !kind || failed(needSameDims(c)))
    return failure();
  mlir::Type element = c.element(0);
  const bool isUnsigned = element.isUnsignedInteger() || element.isInteger(1), isInteger = isa<IntegerType>(element);
  const bool fits = *kind == "NOTYPE" || (*kind == "SIGNED" && isInteger && !isUnsigned) ||
                    (*kind == "UNSIGNED" && isUnsigned) || (*kind == "FLOAT" && !isInteger) ||
                    (*kind == "TOTALORDER" && isa<FloatType>(element));
  if (!fits)
    return c.error("(C3) compare_type " + *kind + " does not go with elements of " + c.show(element));
  auto type = withElementType(c.type(0), c.b.getI1Type());
  c.result(CompareOp::create(c.b, type, c.value(0), c.value(1), *direction, *kind == "TOTALORDER"));
  return success();
}

LogicalResult importMap(OpContext &c) {
  auto dimensions = c.integers("dimensions");
  if (!dimensions || c.numOperands() == 0 || failed(needSameDims(c)))
    return dimensions && c.numOperands() == 0 ? c.error("needs an input at least") : failure();
  auto map = MapOp::create(c.b, withElementType(c.type(0), c.resultElement(0)), c.values(), *dimensions);
  if (!c.importBody(0, map.getBody(), c.scalarsOf(c.values())))
    return failure();
  return c.resultsOfBodies(map);
}

// The process that a program is.
template <typename Op> LogicalResult importId(OpContext &c) {
  c.result(Op::create(c.b, RankedTensorType::get({}, c.b.getIntegerType(32, /*isSigned=*/false))));
  return success();
}

LogicalResult importReducePrecision(OpContext &c) {
  auto exponent = c.integer("exponent_bits"), mantissa = c.integer("mantissa_bits");
  if (!exponent || !mantissa)
    return failure();
  c.result(ReducePrecisionOp::create(c.b, c.type(0), c.value(0), *exponent, *mantissa));
  return success();
}

int64_t bitsOf(mlir::Type element) {
  if (auto complex = dyn_cast<ComplexType>(element))
    return 2 * complex.getElementType().getIntOrFloatBitWidth();
  return element.getIntOrFloatBitWidth();
}

LogicalResult importBitcast(OpContext &c) {
  const int64_t from = bitsOf(c.element(0)), to = bitsOf(c.resultElement(0));
  RankedTensorType type = c.resultType(0, [&]() -> std::optional<Dims> {
    Dims dims = c.dims(0);
    if (from > to)
      dims.push_back(c.b.number(from / to));
    else if (from < to && !dims.empty())
      dims.pop_back();
    return dims;
  });
  if (!type)
    return failure();
  c.result(BitcastConvertOp::create(c.b, type, c.value(0)));
  return success();
}

//===--- CHLO's, whose operands broadcast --------------------------------------------------------------------------------===//

// Operands broadcast as NumPy has it, or where `broadcast_dimensions` says to which dims of the other one those of the operand
// of the lower rank belong.
std::optional<SmallVector<Value>> broadcastOperands(OpContext &c) {
  SmallVector<Value> values = c.values();
  if (failed(needEqualBaselines(c)))
    return std::nullopt;
  const Attribute *places = c.attribute("broadcast_dimensions");
  if (places && places->kind != Attribute::Unit && c.rank(0) != c.rank(1)) {
    std::optional<SmallVector<int64_t>> dims = c.integers("broadcast_dimensions");
    const size_t small = c.rank(0) < c.rank(1) ? 0 : 1;
    if (!dims || static_cast<int64_t>(dims->size()) != c.rank(small) || !areUniqueDims(*dims, c.rank(1 - small))) {
      (void)c.error("(C1) broadcast_dimensions name a dim of the larger operand for each of the smaller one's");
      return std::nullopt;
    }
    Dims shape(c.rank(1 - small), c.b.number(1));
    for (auto [from, to] : llvm::enumerate(*dims))
      shape[to] = c.dims(small)[from];
    values[small] = c.b.broadcast(values[small], shape, *dims);
  }
  Dims common;
  for (Value value : values) {
    std::optional<Dims> joined = c.p.broadcastShapes(common, ValueBuilder::dimsOf(value), c.op.name);
    if (!joined) {
      (void)c.error("operands do not broadcast: " + c.show(values[0].getType()) + " and " + c.show(values.back().getType()));
      return std::nullopt;
    }
    common = *joined;
  }
  for (Value &value : values)
    value = c.b.broadcast(value, common);
  return values;
}

// A special function of its name, "chlo.broadcast_zeta".
LogicalResult broadcastSpecial(OpContext &c) {
  const frontend::SpecialFunction *function =
      frontend::findSpecialFunction(StringRef(c.op.name).drop_front(strlen("chlo.broadcast_")));
  std::optional<SmallVector<Value>> values = broadcastOperands(c);
  if (!values || !frontend::takesElements(*function, ValueBuilder::elementOf((*values)[0])))
    return values ? c.error("does not take elements of " + c.show(c.element(0))) : failure();
  c.result(function->make(c.b, *values));
  return success();
}

template <typename Op> LogicalResult broadcastBinary(OpContext &c) {
  std::optional<SmallVector<Value>> values = broadcastOperands(c);
  if (!values)
    return failure();
  auto type = withElementType(ValueBuilder::typeOf((*values)[0]), c.resultElement(0));
  c.result(Op::create(c.b, type, (*values)[0], (*values)[1]));
  return success();
}

// Of complex numbers by other functions of them.
Value arcTangent(OpContext &c, Value y, Value x) {
  return isa<ComplexType>(ValueBuilder::elementOf(y)) ? frontend::complexAtan2(c.b, y, x) : c.b.binary<Atan2Op>(y, x);
}

LogicalResult importCbrt(OpContext &c) {
  if (!isa<ComplexType>(c.element(0)))
    return unary<CbrtOp>(c);
  c.result(frontend::complexFunction(c.b, frontend::ComplexFunction::Cbrt, c.value(0)));
  return success();
}

LogicalResult importAtan2(OpContext &c) {
  if (failed(needSameDims(c)))
    return failure();
  c.result(arcTangent(c, c.value(0), c.value(1)));
  return success();
}

LogicalResult importBroadcastAtan2(OpContext &c) {
  std::optional<SmallVector<Value>> values = broadcastOperands(c);
  if (!values)
    return failure();
  c.result(arcTangent(c, (*values)[0], (*values)[1]));
  return success();
}

LogicalResult importBroadcastCompare(OpContext &c) {
  std::optional<ComparisonDirection> direction = directionOf(c);
  std::optional<SmallVector<Value>> values = broadcastOperands(c);
  if (!direction || !values)
    return failure();
  c.result(c.b.compare(*direction, (*values)[0], (*values)[1]));
  return success();
}

LogicalResult importBroadcastSelect(OpContext &c) {
  std::optional<SmallVector<Value>> values = broadcastOperands(c);
  if (!values)
    return failure();
  c.result(SelectOp::create(c.b, (*values)[1].getType(), (*values)[0], (*values)[1], (*values)[2]));
  return success();
}

LogicalResult importConstantLike(OpContext &c) {
  const Attribute *value = c.attribute("value");
  if (!value || (value->kind != Attribute::Float && value->kind != Attribute::Integer))
    return c.error("needs the attribute 'value', a number");
  // Like its operand in shape alone: what it holds is declared.
  mlir::Type element = c.resultElement(0);
  if (value->type && value->type->element != c.declared(0)->element)
    return c.error("its value is " + spellElement(value->type->element) + ", but the result is " + spellType(c.declared(0)));
  c.result(value->kind == Attribute::Float ? c.b.splat(c.dims(0), element, value->number)
                                           : c.b.broadcast(c.b.integer(element, value->integer), c.dims(0)));
  return success();
}

constexpr ImportRow kRows[] = {
    {"stablehlo.abs", 1, 1, 0, ofElements<AbsOp>},
    {"stablehlo.add", 2, 1, 0, binary<AddOp>, kAlongAxis},
    {"stablehlo.and", 2, 1, 0, binary<AndOp>},
    {"stablehlo.atan2", 2, 1, 0, importAtan2},
    {"stablehlo.bitcast_convert", 1, 1, 0, importBitcast, kStored | kAlongAxis},
    {"stablehlo.cbrt", 1, 1, 0, importCbrt},
    {"stablehlo.ceil", 1, 1, 0, unary<CeilOp>},
    {"stablehlo.clamp", 3, 1, 0, importClamp},
    {"stablehlo.compare", 2, 1, 0, importCompare},
    {"stablehlo.complex", 2, 1, 0, importComplex},
    {"stablehlo.convert", 1, 1, 0, importConvert},
    {"stablehlo.cosine", 1, 1, 0, unary<CosineOp>},
    {"stablehlo.count_leading_zeros", 1, 1, 0, unary<CountLeadingZerosOp>},
    {"stablehlo.divide", 2, 1, 0, binary<DivideOp>},
    {"stablehlo.exponential", 1, 1, 0, unary<ExponentialOp>},
    {"stablehlo.exponential_minus_one", 1, 1, 0, unary<ExponentialMinusOneOp>},
    {"stablehlo.floor", 1, 1, 0, unary<FloorOp>},
    {"stablehlo.imag", 1, 1, 0, ofElements<ImagOp>},
    {"stablehlo.is_finite", 1, 1, 0, ofElements<IsFiniteOp>},
    {"stablehlo.log", 1, 1, 0, unary<LogOp>},
    {"stablehlo.log_plus_one", 1, 1, 0, unary<LogPlusOneOp>},
    {"stablehlo.logistic", 1, 1, 0, unary<LogisticOp>},
    {"stablehlo.map", kAny, 1, 1, importMap, kStored},
    {"stablehlo.maximum", 2, 1, 0, binary<MaximumOp>},
    {"stablehlo.minimum", 2, 1, 0, binary<MinimumOp>},
    {"stablehlo.multiply", 2, 1, 0, binary<MultiplyOp>},
    {"stablehlo.negate", 1, 1, 0, unary<NegateOp>},
    {"stablehlo.not", 1, 1, 0, unary<NotOp>},
    {"stablehlo.or", 2, 1, 0, binary<OrOp>},
    {"stablehlo.partition_id", 0, 1, 0, importId<PartitionIdOp>},
    {"stablehlo.popcnt", 1, 1, 0, unary<PopcntOp>},
    {"stablehlo.power", 2, 1, 0, binary<PowerOp>},
    {"stablehlo.real", 1, 1, 0, ofElements<RealOp>},
    {"stablehlo.reduce_precision", 1, 1, 0, importReducePrecision},
    {"stablehlo.remainder", 2, 1, 0, binary<RemainderOp>},
    {"stablehlo.replica_id", 0, 1, 0, importId<ReplicaIdOp>},
    {"stablehlo.round_nearest_afz", 1, 1, 0, unary<RoundNearestAfzOp>},
    {"stablehlo.round_nearest_even", 1, 1, 0, unary<RoundNearestEvenOp>},
    {"stablehlo.rsqrt", 1, 1, 0, unary<RsqrtOp>},
    {"stablehlo.select", 3, 1, 0, importSelect, kStored},
    {"stablehlo.shift_left", 2, 1, 0, binary<ShiftLeftOp>},
    {"stablehlo.shift_right_arithmetic", 2, 1, 0, binary<ShiftRightArithmeticOp>},
    {"stablehlo.shift_right_logical", 2, 1, 0, binary<ShiftRightLogicalOp>},
    {"stablehlo.sign", 1, 1, 0, unary<SignOp>},
    {"stablehlo.sine", 1, 1, 0, unary<SineOp>},
    {"stablehlo.sqrt", 1, 1, 0, unary<SqrtOp>},
    {"stablehlo.subtract", 2, 1, 0, binary<SubtractOp>},
    {"stablehlo.tan", 1, 1, 0, unary<TanOp>},
    {"stablehlo.tanh", 1, 1, 0, unary<TanhOp>},
    {"stablehlo.xor", 2, 1, 0, binary<XorOp>},

    {"chlo.broadcast_add", 2, 1, 0, broadcastBinary<AddOp>},
    {"chlo.broadcast_and", 2, 1, 0, broadcastBinary<AndOp>},
    {"chlo.broadcast_atan2", 2, 1, 0, importBroadcastAtan2},
    {"chlo.broadcast_compare", 2, 1, 0, importBroadcastCompare},
    {"chlo.broadcast_complex", 2, 1, 0, broadcastBinary<ComplexOp>},
    {"chlo.broadcast_divide", 2, 1, 0, broadcastBinary<DivideOp>},
    {"chlo.broadcast_maximum", 2, 1, 0, broadcastBinary<MaximumOp>},
    {"chlo.broadcast_minimum", 2, 1, 0, broadcastBinary<MinimumOp>},
    {"chlo.broadcast_multiply", 2, 1, 0, broadcastBinary<MultiplyOp>},
    {"chlo.broadcast_next_after", 2, 1, 0, broadcastSpecial},
    {"chlo.broadcast_or", 2, 1, 0, broadcastBinary<OrOp>},
    {"chlo.broadcast_polygamma", 2, 1, 0, broadcastSpecial},
    {"chlo.broadcast_power", 2, 1, 0, broadcastBinary<PowerOp>},
    {"chlo.broadcast_remainder", 2, 1, 0, broadcastBinary<RemainderOp>},
    {"chlo.broadcast_select", 3, 1, 0, importBroadcastSelect},
    {"chlo.broadcast_shift_left", 2, 1, 0, broadcastBinary<ShiftLeftOp>},
    {"chlo.broadcast_shift_right_arithmetic", 2, 1, 0, broadcastBinary<ShiftRightArithmeticOp>},
    {"chlo.broadcast_shift_right_logical", 2, 1, 0, broadcastBinary<ShiftRightLogicalOp>},
    {"chlo.broadcast_subtract", 2, 1, 0, broadcastBinary<SubtractOp>},
    {"chlo.broadcast_xor", 2, 1, 0, broadcastBinary<XorOp>},
    {"chlo.broadcast_zeta", 2, 1, 0, broadcastSpecial},
    {"chlo.constant_like", 1, 1, 0, importConstantLike},
};

} // namespace

llvm::ArrayRef<ImportRow> elementwiseOps() { return kRows; }

} // namespace ingot::stablehlo
