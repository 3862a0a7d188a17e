// Constants and the ops that move elements: each maps the indices asked for to indices of its operand.
#include "compiler/codegen/RegionAnalysis.h"
#include "compiler/codegen/RegionEvaluator.h"
#include "ir/ReshapeGroups.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace ingot {

using namespace mlir;
using Predicate = arith::CmpIPredicate;

//===--- Constants ---===//

// The bytes of constants as a global of the module: complex elements as pairs of floats.
Value RegionEvaluator::constantBuffer(ConstantOp op) {
  Value &buffer = state.constantBuffers[op];
  if (buffer && isVisible(buffer, builder))
    return buffer;
  auto value = cast<DenseElementsAttr>(op.getValue());
  Type element = value.getElementType();
  SmallVector<Attribute> elements;
  Type stored = storageType(element);
  if (auto complex = dyn_cast<ComplexType>(element)) {
    stored = complex.getElementType();
    for (std::complex<llvm::APFloat> z : value.getValues<std::complex<llvm::APFloat>>()) {
      elements.push_back(FloatAttr::get(stored, z.real()));
      elements.push_back(FloatAttr::get(stored, z.imag()));
    }
  } else if (auto integer = dyn_cast<IntegerType>(element)) {
    bool isUnsigned = integer.isUnsigned() || integer.getWidth() == 1;
    for (llvm::APInt x : value.getValues<llvm::APInt>()) {
      unsigned bits = stored.getIntOrFloatBitWidth();
      elements.push_back(IntegerAttr::get(stored, isUnsigned ? x.zextOrTrunc(bits) : x.sextOrTrunc(bits)));
    }
  } else {
    for (llvm::APFloat x : value.getValues<llvm::APFloat>())
      elements.push_back(isa<IntegerType>(stored) ? Attribute(IntegerAttr::get(stored, x.bitcastToAPInt()))
                                                  : Attribute(FloatAttr::get(stored, x)));
  }
  auto dense = DenseElementsAttr::get(RankedTensorType::get({int64_t(elements.size())}, stored), elements);
  auto type = MemRefType::get({int64_t(elements.size())}, stored);

  auto module = const_cast<KernelFunction &>(state.function).function->getParentOfType<ModuleOp>();
  std::string name;
  for (unsigned i = 0; name.empty() || SymbolTable::lookupSymbolIn(module, name); ++i)
    name = "constant_" + std::to_string(i);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(module.getBody());
  memref::GlobalOp::create(builder, loc, name, builder.getStringAttr("private"), type, dense, true, IntegerAttr());
  builder.setInsertionPointToStart(&const_cast<KernelFunction &>(state.function).function.getBody().front());
  buffer = memref::GetGlobalOp::create(builder, loc, type, name);
  return buffer;
}

Value RegionEvaluator::constantAt(ConstantOp op, LaneIndex position, Value mask) {
  auto type = cast<RankedTensorType>(op.getOutput().getType());
  auto value = cast<DenseElementsAttr>(op.getValue());
  Type element = type.getElementType(), computed = computeType(element);
  Type shaped = valueType(element);
  ConstantPool &pool = state.indices.constants;
  // A position known now selects its element now.
  std::optional<int64_t> known;
  if (value.isSplat())
    known = 0;
  else if (IndexBuilder::isUniform(position))
    known = IndexBuilder::constantOf(position.base);
  if (known && *known < value.getNumElements()) {
    int64_t at = value.isSplat() ? 0 : *known;
    if (auto complex = dyn_cast<ComplexType>(element)) {
      std::complex<llvm::APFloat> z = value.getValues<std::complex<llvm::APFloat>>()[at];
      return this->element.complexOf(pool.real(complex.getElementType(), z.real()),
                                     pool.real(complex.getElementType(), z.imag()));
    }
    if (isa<IntegerType>(element))
      return pool.integer(shaped, value.getValues<llvm::APInt>()[at]);
    llvm::APFloat x = value.getValues<llvm::APFloat>()[at];
    bool lossy;
    x.convert(cast<FloatType>(computed).getFloatSemantics(), llvm::APFloat::rmNearestTiesToEven, &lossy);
    return pool.real(shaped, x);
  }
  Value buffer = constantBuffer(op);
  if (auto complex = dyn_cast<ComplexType>(element)) {
    LaneIndex first = index.mul(position, 2);
    return this->element.complexOf(load(buffer, complex.getElementType(), first, mask),
                                   load(buffer, complex.getElementType(), index.add(first, 1), mask));
  }
  return load(buffer, element, position, mask);
}

// An index as an element value.
static Value indexToElement(ElementBuilder &e, Value index, Type elementType) {
  Type computed = computeType(elementType);
  if (auto complex = dyn_cast<ComplexType>(computed)) {
    Value re = indexToElement(e, index, complex.getElementType());
    return e.complexOf(re, e.real(re, 0.0));
  }
  Type i64 = e.builder.getI64Type();
  Value integer = arith::IndexCastOp::create(e.builder, e.loc, ElementBuilder::withElement(index.getType(), i64), index);
  Type source = IntegerType::get(e.builder.getContext(), 64);
  if (auto target = dyn_cast<IntegerType>(computed))
    return target.getWidth() < 64 ? e.trunci(integer, target) : integer;
  return e.convert(integer, source, elementType);
}

Value RegionEvaluator::iota(IotaOp op, Indices indices) {
  const LaneIndex &along = indices[op.getIotaDimension()];
  Type elementType = cast<RankedTensorType>(op.getOutput().getType()).getElementType();
  if (IndexBuilder::isUniform(along))
    return element.splat(indexToElement(element, along.base, elementType), width);
  return indexToElement(element, index.vectorOf(along), elementType);
}

Value RegionEvaluator::sizeOf(SizeOfOp op) {
  Value value = index.expr(op.getValue().getResult(0), state.function.sizes);
  Type elementType = cast<RankedTensorType>(op.getOutput().getType()).getElementType();
  return element.splat(indexToElement(element, value, elementType), width);
}

//===--- Movement ---===//

Value RegionEvaluator::broadcast(BroadcastInDimOp op, Indices indices, Value mask) {
  auto type = cast<RankedTensorType>(op.getOperand().getType());
  SmallVector<LaneIndex> source;
  for (auto [dim, target] : llvm::enumerate(op.getBroadcastDimensions()))
    source.push_back(type.getDimSize(dim) == 1 ? index.zero() : indices[target]);
  return evaluate(op.getOperand(), source, mask);
}

Value RegionEvaluator::reshape(ReshapeOp op, Indices indices, Value mask) {
  auto to = cast<RankedTensorType>(op.getResult().getType()), from = cast<RankedTensorType>(op.getOperand().getType());
  if (isLinear(op.getOperand()) && !dependsOnProvider(op.getOperand()))
    return evaluateLinear(op.getOperand(), index.linearize(indices, dims(to)), mask);
  // Only runs of dims whose positions differ are numbered anew.
  SmallVector<Value> toDims = dims(to), fromDims = dims(from);
  SmallVector<LaneIndex> source(from.getRank(), index.zero());
  for (const ReshapeGroup &group : reshapeGroups(from, to)) {
    LaneIndex linear = index.linearize(indices.slice(group.toBegin, group.toCount()),
                                       ArrayRef(toDims).slice(group.toBegin, group.toCount()));
    SmallVector<LaneIndex> places = index.delinearize(linear, ArrayRef(fromDims).slice(group.fromBegin, group.fromCount()));
    std::copy(places.begin(), places.end(), source.begin() + group.fromBegin);
  }
  return evaluate(op.getOperand(), source, mask);
}

// An element by its row-major position, for tensors that isLinear: the position needs no division.
Value RegionEvaluator::evaluateLinear(Value tensor, LaneIndex position, Value mask) {
  auto type = cast<RankedTensorType>(tensor.getType());
  if (auto argument = dyn_cast<BlockArgument>(tensor))
    return load(state.function.operands[argument.getArgNumber()], type.getElementType(), position, mask);
  Operation *op = tensor.getDefiningOp();
  if (type.getRank() == 0)
    return evaluate(tensor, {}, mask);
  if (auto constantOp = dyn_cast<ConstantOp>(op))
    return constantAt(constantOp, position, mask);
  if (auto reshapeOp = dyn_cast<ReshapeOp>(op))
    return evaluateLinear(reshapeOp.getOperand(), position, mask);
  std::vector<const void *> key = elementKey(tensor, position, mask);
  if (auto found = state.values.find(key); found != state.values.end() && isVisible(found->second, builder))
    return found->second;
  SmallVector<Value> operands;
  for (Value operand : op->getOperands()) {
    Value value = evaluateLinear(operand, position, mask);
    if (!value)
      return {};
    operands.push_back(value);
  }
  return state.values[key] = element.pointwise(op, operands, state.strict);
}

Value RegionEvaluator::pad(PadOp op, Indices indices, Value mask) {
  auto type = cast<RankedTensorType>(op.getOperand().getType());
  SmallVector<Value> extents = dims(type);
  ArrayRef<int64_t> low = op.getEdgePaddingLow(), high = op.getEdgePaddingHigh(), interior = op.getInteriorPadding();
  SmallVector<LaneIndex> source(indices);
  LaneCondition inside;
  for (size_t dim = 0; dim < indices.size(); ++dim) {
    if (low[dim] == 0 && high[dim] <= 0 && interior[dim] == 0)
      continue;
    LaneIndex shifted = index.add(indices[dim], -low[dim]);
    if (low[dim] > 0)
      index.require(inside, Predicate::sge, shifted, index.zero());
    if (interior[dim]) {
      Value period = index.constant(interior[dim] + 1);
      // Positions below zero are off already; they must not disturb the unsigned division.
      index.require(inside, Predicate::eq, index.rem(shifted, period), index.zero());
      shifted = index.div(shifted, period);
    }
    if (high[dim] > 0 || interior[dim])
      index.require(inside, Predicate::slt, shifted, IndexBuilder::uniform(extents[dim]));
    source[dim] = shifted;
  }
  auto body = [&](Value inner) { return evaluate(op.getOperand(), source, inner); };
  if (!inside.uniform && !inside.lanes)
    return body(mask);
  return guarded(valueType(type.getElementType()), inside, mask, body,
                 [&] { return evaluate(op.getPaddingValue(), {}, mask); });
}

Value RegionEvaluator::concatenate(ConcatenateOp op, Indices indices, Value mask) {
  unsigned dim = op.getDimension();
  const LaneIndex at = indices[dim];
  Type type = valueType(cast<RankedTensorType>(op.getResult().getType()).getElementType());
  // Where each operand starts.
  SmallVector<Value> starts{index.constant(0)};
  for (Value operand : op.getOperands())
    starts.push_back(index.add(starts.back(), dims(cast<RankedTensorType>(operand.getType()))[dim]));
  auto part = [&](size_t number, Value inner) {
    SmallVector<LaneIndex> source(indices);
    source[dim] = index.sub(at, IndexBuilder::uniform(starts[number]));
    return evaluate(op.getOperands()[number], source, inner);
  };
  size_t count = op.getOperands().size();

  // All lanes are in one operand if their index is one, or if they stay in a block that no operand's border cuts.
  bool together = IndexBuilder::isUniform(at) || width == 1;
  if (!together && !at.lanes && at.step == 1) {
    together = index.multipleOf(at.base) % width == 0;
    for (Value start : starts)
      together &= index.multipleOf(start) % width == 0;
  }
  if (together) {
    if (auto known = IndexBuilder::constantOf(at.base)) {
      for (size_t number = 0; number < count; ++number)
        if (auto limit = IndexBuilder::constantOf(starts[number + 1]); !limit)
          break;
        else if (*known < *limit)
          return part(number, mask);
    }
    // The operand among [first, last) that holds the index, by halves.
    auto choose = [&](auto &self, size_t first, size_t last) -> Value {
      if (last - first == 1)
        return part(first, mask);
      size_t middle = first + (last - first) / 2;
      Value below = index.compare(Predicate::slt, at.base, starts[middle]);
      return branch(
          below, type, [&] { return SmallVector<Value>{self(self, first, middle)}; },
          [&] { return SmallVector<Value>{self(self, middle, last)}; })[0];
    };
    return choose(choose, 0, count);
  }

  Value result;
  for (size_t number = count; number-- > 0;) {
    LaneCondition within;
    index.require(within, Predicate::slt, at, IndexBuilder::uniform(starts[number + 1]));
    Value below = within.lanes;
    if (number > 0)
      index.require(within, Predicate::sge, at, IndexBuilder::uniform(starts[number]));
    Value value = part(number, bothMasks(mask, within.lanes));
    if (!value)
      return {};
    // From the last operand to the first: each takes what lies below its end.
    result = result ? element.select(below, value, result) : value;
  }
  return result;
}

Value RegionEvaluator::unpack(UnpackOp op, Indices indices, Value mask) {
  Value panel = index.constant(op.getWidth());
  SmallVector<LaneIndex> source{index.div(indices[op.getDim()], panel)};
  for (size_t dim = 0; dim < indices.size(); ++dim)
    if (dim != size_t(op.getDim()))
      source.push_back(indices[dim]);
  source.push_back(index.rem(indices[op.getDim()], panel));
  return evaluate(op.getOperand(), source, mask);
}

} // namespace ingot
