// interpolate: where an element's place lies in the operand, along each dim, is computed in f64 exactly as the interpreter
// does; what lies around it is mixed in the element type, dim within dim.
#include "compiler/codegen/RegionEvaluator.h"
#include "ir/Interpolation.h"
#include "ir/Types.h"
#include "mlir/Dialect/Math/IR/Math.h"

namespace ingot {

using namespace mlir;
using F = arith::CmpFPredicate;

// Up to so many elements around a place are mixed by straight code.
static constexpr int64_t kStraightTaps = 4;

// One dim of the op at one place, a scalar or one for each lane.
struct InterpolationAxis {
  InterpolateOp op;
  ElementBuilder &e;
  Value i, from, to;           // f64: the result's index, the lengths of operand and result
  std::optional<double> scale; // none: to / from
  double start = 0, end = 1;   // of the region of interest

  Value real(double value) { return e.real(i, value); }
  Value scaleValue() { return scale ? real(*scale) : e.div(to, from); }
  Value span() { return e.sub(from, real(1)); }

  Value place();
  Value isOutside(Value x);
};

Value InterpolationAxis::place() {
  // The scale, and the result's length as the coordinates see it, as quotients.
  ScaleFraction fraction = scale ? fractionOf(*scale) : ScaleFraction{1, 1};
  Value numerator = scale ? real(fraction.numerator) : to, denominator = scale ? real(fraction.denominator) : from;
  Value parts = real(fraction.denominator);
  auto rest = [&] { return e.sub(scale ? e.mul(numerator, from) : to, parts); };
  auto middle = [&] { return e.mul(e.add(e.mul(i, real(2)), real(1)), denominator); };
  auto over = [&](Value dividend) { return e.div(dividend, e.mul(numerator, real(2))); };
  auto unless = [&](F predicate, Value special, Value usual) {
    return e.select(e.cmp(predicate, rest(), real(0)), special, usual);
  };
  switch (op.getCoordinates()) {
  case InterpolationCoordinates::HALF_PIXEL:
    return over(e.sub(middle(), numerator));
  case InterpolationCoordinates::HALF_PIXEL_SYMMETRIC:
    return over(e.add(e.sub(middle(), numerator), e.sub(e.mul(from, numerator), e.mul(to, denominator))));
  case InterpolationCoordinates::PYTORCH_HALF_PIXEL:
    return unless(F::OLE, real(0), over(e.sub(middle(), numerator)));
  case InterpolationCoordinates::ASYMMETRIC:
    return e.div(e.mul(i, denominator), numerator);
  case InterpolationCoordinates::ALIGN_CORNERS:
    return unless(F::OEQ, real(0), e.div(e.mul(e.mul(i, span()), parts), rest()));
  case InterpolationCoordinates::TF_CROP_AND_RESIZE: {
    const RegionFraction region = regionBetween(start, end);
    Value first = e.mul(e.mul(real(region.start), span()), rest());
    Value step = e.mul(e.mul(e.mul(i, real(region.length)), span()), parts);
    Value middle = e.div(e.mul(real(2 * region.start + region.length), span()), real(2 * region.parts));
    return unless(F::OEQ, middle, e.div(e.add(first, step), e.mul(rest(), real(region.parts))));
  }
  case InterpolationCoordinates::TF_HALF_PIXEL_FOR_NN:
    return over(middle());
  }
  llvm_unreachable("a system of coordinates without a case");
}

Value InterpolationAxis::isOutside(Value x) { return e.ori(e.cmp(F::OLT, x, real(0)), e.cmp(F::OGT, x, span())); }

// The weight of an element `distance` away.
static Value weightAt(InterpolateOp op, ElementBuilder &e, Value distance) {
  Value x = e.abs(distance), zero = e.real(x, 0), one = e.real(x, 1);
  if (op.getKernel() == InterpolationKernel::LINEAR) {
    Value near = e.sub(one, x);
    return e.select(e.cmp(F::OGT, near, zero), near, zero);
  }
  double a = op.getCubicCoeff().convertToDouble();
  Value inner = e.add(e.mul(e.mul(e.sub(e.mul(e.real(x, a + 2), x), e.real(x, a + 3)), x), x), one);
  Value outer =
      e.sub(e.mul(e.add(e.mul(e.sub(e.mul(e.real(x, a), x), e.real(x, 5 * a)), x), e.real(x, 8 * a)), x), e.real(x, 4 * a));
  Value weight = e.select(e.cmp(F::OLT, x, one), inner, outer);
  // At 1 it is 0 whatever the coefficient.
  return e.select(e.ori(e.cmp(F::OEQ, x, one), e.cmp(F::OGE, x, e.real(x, 2))), zero, weight);
}

static Value nearestOf(NearestMode mode, ElementBuilder &e, Value x) {
  Value floor = e.floor(x), rest = e.sub(x, floor), one = e.real(x, 1), zero = e.real(x, 0);
  Value up;
  switch (mode) {
  case NearestMode::ROUND_PREFER_FLOOR:
    up = e.cmp(F::OGT, rest, e.real(x, 0.5));
    break;
  case NearestMode::ROUND_PREFER_CEIL:
    up = e.cmp(F::OGE, rest, e.real(x, 0.5));
    break;
  case NearestMode::CEIL:
    up = e.cmp(F::OGT, rest, zero);
    break;
  case NearestMode::FLOOR:
    return floor;
  }
  return e.add(floor, e.select(up, one, zero));
}

// The axis, and what the rest is made of.
struct RegionEvaluator::InterpolatedDim {
  int64_t dim;
  InterpolationAxis axis;
  unsigned term; // of the values the relation's places depend on, the operand's index along the dim
  Value x;       // f64, kept so near to the operand that indices stay small
  bool isWide;   // a vector: lanes run along this dim
  Value stretch; // f64 scalar, with antialias: min(1, scale)
};

// An f64 that is an integer as an index, moved into [0, extent).
LaneIndex RegionEvaluator::nearestInside(const InterpolatedDim &dim, Value place) {
  auto clampTo = [&](Value low, Value high) {
    place = element.select(element.cmp(F::OLT, place, low), low, place);
    return element.select(element.cmp(F::OGT, place, high), high, place);
  };
  place = clampTo(element.real(place, 0), element.sub(dim.axis.from, element.real(place, 1)));
  place = element.select(element.cmp(F::OGE, place, element.real(place, 0)), place, element.real(place, 0));
  Value integer = element.fptosi(place, state.indices.narrow ? builder.getI32Type() : builder.getI64Type());
  Value at = index.fromInteger(integer, false);
  return dim.isWide ? LaneIndex{{}, 0, at} : IndexBuilder::uniform(at);
}

RegionEvaluator::InterpolatedDim RegionEvaluator::interpolatedDim(InterpolateOp op, size_t number, unsigned term,
                                                                  const LaneIndex &at) {
  int64_t dim = op.getDimensions()[number];
  bool isWide = width > 1 && !IndexBuilder::isUniform(at);
  Type f64 = builder.getF64Type(), integer = state.indices.narrow ? builder.getI32Type() : builder.getI64Type();
  auto toReal = [&](Value value) {
    Value cast = arith::IndexCastOp::create(builder, loc, ElementBuilder::withElement(value.getType(), integer), value);
    return element.sitofp(cast, f64);
  };
  auto length = [&](RankedTensorType type) -> Value {
    Value value = index.expr(dimExpr(type, dim), state.function.sizes);
    auto known = IndexBuilder::constantOf(value);
    Value scalar = known ? state.indices.constants.real(f64, double(*known)) : toReal(value);
    return isWide ? element.splat(scalar, width) : scalar;
  };
  InterpolationAxis axis{op,
                         element,
                         toReal(isWide ? index.vectorOf(at) : at.base),
                         length(op.getOperand().getType()),
                         length(op.getType()),
                         std::nullopt};
  if (op.getScales())
    axis.scale = (*op.getScales())[number];
  if (!op.getRoi().empty()) {
    axis.start = op.getRoi()[2 * number];
    axis.end = op.getRoi()[2 * number + 1];
  }
  InterpolatedDim result{dim, axis, term, axis.place(), isWide, {}};
  if (op.getAntialias()) {
    Value scale = axis.scaleValue();
    result.stretch = element.select(element.cmp(F::OLT, scale, axis.real(1)), scale, axis.real(1));
  }
  return result;
}

Value RegionEvaluator::mix(InterpolateOp op, const IndexRelation &relation, ArrayRef<InterpolatedDim> dims, Place &values,
                           Value mask) {
  if (dims.empty())
    return evaluate(op.getOperand(), placeOf(relation.cases.front().reads.front().place, values), mask);
  InterpolatedDim dim = dims.front();
  ElementBuilder &e = element;
  Value limit = e.add(e.mul(dim.axis.from, e.real(dim.x, 16)), e.real(dim.x, 16));
  Value x = e.select(e.cmp(F::OGT, dim.x, limit), limit, dim.x);
  x = e.select(e.cmp(F::OLT, x, e.neg(limit)), e.neg(limit), x);
  if (op.getKernel() == InterpolationKernel::NEAREST) {
    values[dim.term] = nearestInside(dim, nearestOf(op.getNearest(), e, x));
    return mix(op, relation, dims.drop_front(), values, mask);
  }
  double reach = op.getKernel() == InterpolationKernel::LINEAR ? 1 : 2;
  Value first, radius, count = index.constant(2 * int64_t(reach));
  if (dim.stretch) {
    radius = e.div(e.real(x, reach), dim.stretch);
    first = e.add(e.floor(e.sub(x, radius)), e.real(x, 1));
    // As many integers as 2 * radius may hold: the same for all lanes.
    RankedTensorType from = op.getOperand().getType(), to = op.getType();
    std::optional<double> scale = dim.axis.scale;
    if (!scale && !from.isDynamicDim(dim.dim) && !to.isDynamicDim(dim.dim))
      scale = double(to.getDimSize(dim.dim)) / double(from.getDimSize(dim.dim));
    if (scale) {
      count = index.constant(int64_t(std::min(std::ceil(2 * reach / std::min(1.0, *scale)) + 1, 0x1p31)));
    } else {
      size_t number = llvm::find(op.getDimensions(), dim.dim) - op.getDimensions().begin();
      Value stretch = dim.isWide ? interpolatedDim(op, number, dim.term, index.zero()).stretch : dim.stretch;
      Value most = math::CeilOp::create(builder, loc, e.div(e.real(stretch, 2 * reach), stretch));
      count = index.fromInteger(e.fptosi(e.add(most, e.real(most, 1)), builder.getI64Type()), false);
    }
  } else {
    first = e.sub(e.floor(x), e.real(x, reach - 1));
  }
  Type type = valueType(op.getType().getElementType());
  Type part = getElementTypeOrSelf(type);
  bool normalizes = dim.stretch || op.getExcludeOutside();
  auto inElementType = [&](Value weight) {
    Value narrowed = part.isF64() ? weight : e.truncf(weight, part);
    return dim.isWide || width == 1 ? narrowed : e.splat(narrowed, width);
  };
  SmallVector<Value> initial{state.indices.constants.real(type, 0.0)};
  if (normalizes)
    initial.push_back(e.real(x, 0));
  SmallVector<Value> sums = loops(
      {{index.constant(0), count}}, initial,
      [&](ArrayRef<Value> position, ValueRange carried) -> SmallVector<Value> {
        Value at;
        if (auto known = IndexBuilder::constantOf(position[0])) {
          at = *known ? e.add(first, e.real(x, double(*known))) : first;
        } else {
          Value offset =
              e.sitofp(arith::IndexCastOp::create(builder, loc, builder.getI64Type(), position[0]), builder.getF64Type());
          at = e.add(first, dim.isWide ? e.splat(offset, width) : offset);
        }
        Value distance = e.sub(at, x);
        Value weight = weightAt(op, e, dim.stretch ? e.mul(distance, dim.stretch) : distance);
        if (op.getExcludeOutside())
          weight = e.select(dim.axis.isOutside(at), e.real(x, 0), weight);
        values[dim.term] = nearestInside(dim, at);
        Value value = mix(op, relation, dims.drop_front(), values, mask);
        if (!value)
          return SmallVector<Value>(carried);
        Value factor = inElementType(weight);
        Value counts = e.cmp(F::UNE, weight, e.real(weight, 0));
        if (!dim.isWide && width > 1)
          counts = e.splat(counts, width);
        Value next = e.add(carried[0], e.mul(factor, value));
        SmallVector<Value> result{e.select(counts, next, carried[0])};
        if (normalizes)
          result.push_back(e.add(carried[1], weight));
        return result;
      },
      kStraightTaps);
  if (!normalizes)
    return sums[0];
  Value isNothing = e.cmp(F::OEQ, sums[1], e.real(sums[1], 0));
  Value total = inElementType(e.select(isNothing, e.real(sums[1], 1), sums[1]));
  return e.div(sums[0], total);
}

Value RegionEvaluator::interpolate(InterpolateOp op, Indices indices, Value mask) {
  // The relation says what moves along which index, but not where to: how far lengths that are known at run time stretch a
  // kernel decides how many elements it reaches, and the weights beside them come from the same numbers.
  IndexRelation relation = op.getIndexRelation(0);
  SmallVector<InterpolatedDim> dims;
  for (auto [number, term] : llvm::enumerate(relation.terms)) {
    if (term.kind != IndexTerm::Kind::Computed)
      continue;
    OpBuilder::InsertionGuard guard(builder);
    LaneIndex at = placeOf(term.place.front(), indices).front();
    hoistInsertionPoint(builder, {at.lanes ? at.lanes : at.base}, true);
    dims.push_back(interpolatedDim(op, dims.size(), relation.rank + unsigned(number), at));
  }
  Place values(indices);
  values.resize(relation.rank + relation.terms.size());
  Value value = mix(op, relation, dims, values, mask);
  if (value && state.strict && op.getKernel() != InterpolationKernel::NEAREST)
    value = element.roundTo(value, op.getType().getElementType());
  if (!value || op.getCoordinates() != InterpolationCoordinates::TF_CROP_AND_RESIZE)
    return value;
  Type type = op.getType().getElementType(), computed = computeType(type);
  llvm::APFloat extrapolation = op.getExtrapolationValue();
  Value outside;
  if (isa<IntegerType>(type)) {
    outside = state.indices.constants.integer(valueType(type), int64_t(extrapolation.convertToDouble()));
  } else if (auto complex = dyn_cast<ComplexType>(computed)) {
    outside = element.complexOf(state.indices.constants.real(complex.getElementType(), extrapolation.convertToDouble()),
                                state.indices.constants.real(complex.getElementType(), 0.0));
  } else {
    outside = state.indices.constants.real(valueType(type), extrapolation.convertToDouble());
    outside = element.roundTo(outside, type);
  }
  for (InterpolatedDim &dim : dims) {
    Value isOutside = dim.axis.isOutside(dim.x);
    if (!dim.isWide && width > 1)
      isOutside = element.splat(isOutside, width);
    value = element.select(isOutside, outside, value);
  }
  return value;
}

} // namespace ingot
