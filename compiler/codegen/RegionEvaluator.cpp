#include "compiler/codegen/RegionEvaluator.h"

#include "ir/Types.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/Statistic.h"
#include "llvm/ADT/TypeSwitch.h"

#define DEBUG_TYPE "ingot-codegen"
ALWAYS_ENABLED_STATISTIC(NumEvaluations, "Elements that were asked for in kernels");

namespace ingot {

using namespace mlir;

bool RegionEvaluator::dependsOnProvider(Value tensor) {
  if (state.providers.empty())
    return false;
  auto [it, inserted] = state.dependsOnProviderCache.try_emplace(tensor, false);
  if (!inserted)
    return it->second;
  bool result = false;
  for (auto &entry : state.providers)
    result |= entry.first.first == tensor;
  if (Operation *op = tensor.getDefiningOp(); op && !result)
    for (Value operand : op->getOperands())
      result = result || dependsOnProvider(operand);
  state.dependsOnProviderCache[tensor] = result;
  return result;
}

SmallVector<Value> RegionEvaluator::dims(RankedTensorType type) {
  SmallVector<Value> result;
  for (AffineExpr expr : dimExprs(type))
    result.push_back(index.expr(expr, state.function.sizes));
  return result;
}

std::vector<const void *> RegionEvaluator::elementKey(Value tensor, Indices indices, Value mask) const {
  std::vector<const void *> key{tensor.getAsOpaquePointer(), reinterpret_cast<const void *>(width),
                                mask ? mask.getAsOpaquePointer() : nullptr};
  for (const LaneIndex &i : indices) {
    key.push_back(i.base ? i.base.getAsOpaquePointer() : nullptr);
    key.push_back(reinterpret_cast<const void *>(i.step));
    key.push_back(i.lanes ? i.lanes.getAsOpaquePointer() : nullptr);
  }
  return key;
}

Value RegionEvaluator::evaluate(Value tensor, Indices requested, Value mask) {
  ++NumEvaluations;
  SmallVector<LaneIndex> indices(requested);
  if (width == 1)
    for (LaneIndex &i : indices)
      i.step = 0;
  std::vector<const void *> key = elementKey(tensor, indices, mask);
  if (auto found = state.values.find(key); found != state.values.end() && isVisible(found->second, builder))
    return found->second;

  Value result;
  if (auto provided = state.providers.find({tensor, width}); provided != state.providers.end()) {
    RegionVectorizer::Provider provider = provided->second; // a copy: it may replace itself
    result = provider(builder, loc, indices, mask);
  } else {
    bool isPinned = dependsOnProvider(tensor);
    OpBuilder::InsertionGuard guard(builder);
    if (!isPinned) {
      SmallVector<Value> dependencies{mask};
      for (const LaneIndex &i : indices)
        dependencies.push_back(i.lanes ? i.lanes : i.base);
      hoistInsertionPoint(builder, dependencies, false);
    }
    bool isUniform = llvm::all_of(indices, IndexBuilder::isUniform);
    if (width > 1 && isUniform && !isPinned && (!mask || state.nonEmptyMasks.contains(mask))) {
      Value scalar = RegionEvaluator(state, builder, loc, 1).evaluate(tensor, indices, {});
      result = scalar ? element.splat(scalar, width) : scalar;
    } else {
      result = compute(tensor, indices, mask);
    }
  }
  if (result)
    state.values[key] = result;
  return result;
}

// Made by loops around the evaluation of its operands.
static bool isLoop(Operation *op) {
  Making making = makingOf(op);
  return making == Making::Reduction || making == Making::Window || making == Making::Contraction;
}

// Each element is one of an operand: at each place one read, and no other value.
static bool isMovement(Operation *op) {
  std::optional<IndexRelation> relation = indexRelationOf(op);
  return relation && !relation->computesPlaces() && !relation->hasVariables() && relation->values.empty() &&
         !relation->cases.empty() &&
         llvm::all_of(relation->cases, [](const IndexCase &each) { return each.reads.size() == 1; });
}

Value RegionEvaluator::compute(Value tensor, Indices indices, Value mask) {
  if (Operation *op = tensor.getDefiningOp(); !op || (!isa<ConstantOp>(op) && !isStaged(op)))
    count(tensor, llvm::all_of(indices, IndexBuilder::isUniform), mask);
  auto type = cast<RankedTensorType>(tensor.getType());
  if (auto argument = dyn_cast<BlockArgument>(tensor))
    return load(state.function.operands[argument.getArgNumber()], type.getElementType(),
                index.linearize(indices, dims(type)), mask);
  Operation *op = tensor.getDefiningOp();
  unsigned number = cast<OpResult>(tensor).getResultNumber();
  if (op->hasTrait<trait::Pointwise>()) {
    SmallVector<Value> operands;
    for (Value operand : op->getOperands()) {
      // `select` and `clamp` take scalars beside tensors.
      bool isScalar = cast<RankedTensorType>(operand.getType()).getRank() == 0;
      Value value = evaluate(operand, isScalar ? Indices() : indices, mask);
      if (!value)
        return {};
      operands.push_back(value);
    }
    if (auto splat = operands.back().getDefiningOp<vector::BroadcastOp>();
        splat && isa<DivideOp>(op) && !state.strict && isa<FloatType>(type.getElementType())) {
      // One divisor for all lanes, most often for a whole loop.
      Value divisor = splat.getSource();
      Value reciprocal = element.splat(element.div(element.real(divisor, 1.0), divisor), width);
      return element.mul(operands[0], reciprocal);
    }
    return element.pointwise(op, operands, state.strict);
  }
  return llvm::TypeSwitch<Operation *, Value>(op)
      .Case([&](ConstantOp constantOp) { return constant(constantOp, indices, mask); })
      .Case([&](IotaOp iotaOp) { return iota(iotaOp, indices); })
      .Case([&](SizeOfOp sizeOfOp) { return sizeOf(sizeOfOp); })
      .Case([&](ReshapeOp reshapeOp) { return reshape(reshapeOp, indices, mask); })
      .Case([&](InterpolateOp interpolateOp) { return interpolate(interpolateOp, indices, mask); })
      .Case([&](QuantizeOp quantizeOp) { return quantize(quantizeOp, indices, mask); })
      .Case([&](DequantizeOp dequantizeOp) { return dequantize(dequantizeOp, indices, mask); })
      .Case([&](BitcastConvertOp bitcast) { return bitcastConvert(bitcast, indices, mask); })
      .Case([&](RngOp rng) { return random(rng, indices); })
      .Case([&](RngBitGeneratorOp rng) { return randomBits(rng, number, indices, mask); })
      .Default([&](Operation *) -> Value {
        if (isLoop(op)) {
          SmallVector<Value> results = reductionAt(op, Place(indices), mask);
          for (auto [result, value] : llvm::zip_equal(op->getResults(), results))
            state.values[elementKey(result, indices, mask)] = value;
          return results[number];
        }
        if (isMovement(op))
          return moved(op, indices, mask);
        op->emitError("internal error: no code for this op inside a kernel");
        return {};
      });
}

void RegionEvaluator::count(Value tensor, bool isUniform, Value mask, size_t places) {
  state.function.count(builder, loc, tensor, [&]() -> Value {
    Value each = arith::ConstantIndexOp::create(builder, loc, int64_t(places) * (isUniform ? 1 : width));
    if (!mask || (isUniform && width > 1))
      return each;
    auto i64 = builder.getI64Type();
    Value on;
    if (width == 1)
      on = arith::ExtUIOp::create(builder, loc, i64, mask);
    else
      on = vector::ReductionOp::create(builder, loc, vector::CombiningKind::ADD,
                                       arith::ExtUIOp::create(builder, loc, vectorType(i64), mask));
    Value lanes = arith::IndexCastOp::create(builder, loc, builder.getIndexType(), on);
    return arith::MulIOp::create(builder, loc, lanes, arith::ConstantIndexOp::create(builder, loc, int64_t(places)));
  });
}

SmallVector<Value> RegionEvaluator::reductionAt(Operation *op, Places places, Value mask) {
  count(op->getResult(0),
        llvm::all_of(places, [](const Place &place) { return llvm::all_of(place, IndexBuilder::isUniform); }), mask,
        places.size());
  return llvm::TypeSwitch<Operation *, SmallVector<Value>>(op)
      .Case([&](ReduceOp reduceOp) { return reduce(reduceOp, places, mask); })
      .Case([&](ReduceWindowOp window) { return reduceWindow(window, places, mask); })
      .Case([&](DotGeneralOp dotOp) { return dot(dotOp, places, mask); })
      .Case([&](ConvolutionOp convolutionOp) { return convolution(convolutionOp, places, mask); });
}

void RegionEvaluator::evaluateTogether(Value tensor, Places places, Value mask) {
  if (places.size() < 2)
    return;
  llvm::SetVector<Value> pending; // `tensor` and what it is made of pointwise
  pending.insert(tensor);
  for (size_t i = 0; i < pending.size(); ++i) {
    Operation *op = pending[i].getDefiningOp();
    if (!op || dependsOnProvider(pending[i]))
      continue;
    if (!op->hasTrait<trait::Pointwise>()) {
      reduceTogether(pending[i], places, mask);
      continue;
    }
    for (Value operand : op->getOperands())
      if (cast<RankedTensorType>(operand.getType()).getRank() > 0)
        pending.insert(operand);
  }
}

void RegionEvaluator::reduceTogether(Value tensor, Places places, Value mask) {
  Operation *op = tensor.getDefiningOp();
  if (!isLoop(op))
    return;
  SmallVector<Value> dependencies{mask};
  for (const Place &place : places) {
    auto found = state.values.find(elementKey(tensor, place, mask));
    if ((found != state.values.end() && isVisible(found->second, builder)) || llvm::all_of(place, IndexBuilder::isUniform))
      return;
    for (const LaneIndex &i : place)
      dependencies.push_back(i.lanes ? i.lanes : i.base);
  }
  OpBuilder::InsertionGuard guard(builder);
  hoistInsertionPoint(builder, dependencies, false);
  SmallVector<Value> results = reductionAt(op, places, mask);
  size_t next = 0;
  for (const Place &place : places)
    for (Value result : op->getResults())
      state.values[elementKey(result, place, mask)] = results[next++];
}

//===--- Branches and masks ---===//

Value RegionEvaluator::bothMasks(Value a, Value b) { return index.both(a, b); }

Value RegionEvaluator::anyLane(Value mask) {
  if (state.nonEmptyMasks.contains(mask))
    return {};
  if (width == 1)
    return mask;
  return vector::ReductionOp::create(builder, loc, vector::CombiningKind::OR, mask);
}

Value RegionEvaluator::zero(Type elementType) {
  Type type = computeType(elementType);
  if (auto complex = dyn_cast<ComplexType>(type)) {
    Value part = state.indices.constants.real(complex.getElementType(), 0.0);
    return element.complexOf(part, part);
  }
  if (width > 1)
    type = vectorType(type);
  if (isa<FloatType>(getElementTypeOrSelf(type)))
    return state.indices.constants.real(type, 0.0);
  return state.indices.constants.integer(type, 0);
}

SmallVector<Value> RegionEvaluator::branch(Value condition, TypeRange types, llvm::function_ref<SmallVector<Value>()> body,
                                           llvm::function_ref<SmallVector<Value>()> otherwise) {
  auto branch = scf::IfOp::create(builder, loc, types, condition, true);
  OpBuilder::InsertionGuard guard(builder);
  for (auto [region, make] : {std::pair(&branch.getThenRegion(), body), std::pair(&branch.getElseRegion(), otherwise)}) {
    builder.setInsertionPointToEnd(&region->front());
    SmallVector<Value> values = make();
    scf::YieldOp::create(builder, loc, values);
  }
  return SmallVector<Value>(branch.getResults());
}

Value RegionEvaluator::guarded(Type type, const LaneCondition &condition, Value mask, llvm::function_ref<Value(Value)> body,
                               llvm::function_ref<Value()> otherwise) {
  auto inner = [&]() -> Value {
    if (!condition.lanes)
      return body(mask);
    Value value = body(bothMasks(mask, condition.lanes));
    return value ? element.select(condition.lanes, value, otherwise()) : value;
  };
  if (!condition.uniform)
    return inner();
  return branch(
      condition.uniform, type, [&] { return SmallVector<Value>{inner()}; },
      [&] { return SmallVector<Value>{otherwise()}; })[0];
}

//===--- Memory ---===//

static Value flatten(RegionState &state, OpBuilder &builder, Location loc, Value buffer) {
  Value &flat = state.flatBuffers[buffer];
  if (flat && isVisible(flat, builder))
    return flat;
  auto type = cast<MemRefType>(buffer.getType());
  if (type.getRank() == 1)
    return flat = buffer;
  OpBuilder::InsertionGuard guard(builder);
  hoistInsertionPoint(builder, buffer, true);
  int64_t count = type.hasStaticShape() ? type.getNumElements() : ShapedType::kDynamic;
  auto flatType = MemRefType::get({count}, type.getElementType());
  SmallVector<OpFoldResult> size{builder.getIndexAttr(count)}, strides{builder.getIndexAttr(1)};
  if (!type.hasStaticShape()) {
    Value elements = state.indices.constants.index(1);
    for (int64_t dim = 0; dim < type.getRank(); ++dim)
      elements =
          arith::MulIOp::create(builder, loc, elements,
                                memref::DimOp::create(builder, loc, buffer, state.indices.constants.index(dim)).getResult());
    size[0] = elements;
  }
  flat = memref::ReinterpretCastOp::create(builder, loc, flatType, buffer, builder.getIndexAttr(0), size, strides);
  return flat;
}

Value RegionEvaluator::loadTransposed(Value flat, VectorType type, const LaneIndex &position) {
  if (!state.transposing || position.lanes)
    return {};
  auto [base, offset] = IndexBuilder::baseAndOffset(position.base);
  if (offset < 0 || offset >= width)
    return {};
  SmallVector<Value> &rows =
      state.transposed[{flat.getAsOpaquePointer(), base.getAsOpaquePointer(), reinterpret_cast<const void *>(position.step),
                        reinterpret_cast<const void *>(width)}];
  if (rows.empty() || !isVisible(rows.front(), builder)) {
    rows.clear();
    for (int64_t lane = 0; lane < width; ++lane)
      rows.push_back(
          vector::LoadOp::create(builder, loc, type, flat, index.add(base, index.constant(lane * position.step))));
    // Rounds that exchange the off-diagonal blocks of twice the size: after the last, row i holds column i.
    for (int64_t block = 1; block < width; block *= 2) {
      SmallVector<int64_t> low, high;
      for (int64_t i = 0; i < width; ++i) {
        bool second = i & block;
        low.push_back(second ? width + i - block : i);
        high.push_back(second ? width + i : i + block);
      }
      for (int64_t i = 0; i < width; ++i) {
        if (i & block)
          continue;
        Value a = rows[i], b = rows[i + block];
        rows[i] = vector::ShuffleOp::create(builder, loc, a, b, low);
        rows[i + block] = vector::ShuffleOp::create(builder, loc, a, b, high);
      }
    }
  }
  return rows[offset];
}

Value RegionEvaluator::load(Value buffer, Type elementType, LaneIndex position, Value mask) {
  Value flat = flatten(state, builder, loc, buffer);
  if (width == 1 || IndexBuilder::isUniform(position)) {
    auto scalar = [&]() -> Value {
      Value stored = memref::LoadOp::create(builder, loc, flat, position.base);
      return element.splat(element.decode(stored, elementType), width);
    };
    Value any = mask ? anyLane(mask) : Value();
    if (!any)
      return scalar();
    return branch(
        any, valueType(elementType), [&] { return SmallVector<Value>{scalar()}; },
        [&] { return SmallVector<Value>{zero(elementType)}; })[0];
  }
  VectorType type = vectorType(storageType(elementType));
  Value stored;
  auto passThrough = [&]() -> Value {
    return isa<FloatType>(type.getElementType()) ? state.indices.constants.real(type, 0.0)
                                                 : state.indices.constants.integer(type, 0);
  };
  if (!position.lanes && position.step == 1) {
    if (mask)
      stored = vector::MaskedLoadOp::create(builder, loc, type, flat, position.base, mask, passThrough());
    else
      stored = vector::LoadOp::create(builder, loc, type, flat, position.base);
  } else if (!position.lanes && position.step == -1 && !mask) {
    Value first = index.add(position.base, index.constant(1 - width));
    Value forward = vector::LoadOp::create(builder, loc, type, flat, first);
    SmallVector<int64_t> reversed;
    for (int64_t lane = width; lane-- > 0;)
      reversed.push_back(lane);
    stored = vector::ShuffleOp::create(builder, loc, forward, forward, reversed);
  } else if (Value lanes = mask ? Value() : loadTransposed(flat, type, position)) {
    stored = lanes;
  } else {
    Value all = mask ? mask : state.indices.constants.get(DenseElementsAttr::get(vectorType(builder.getI1Type()), true));
    Value base = index.constant(0), offsets;
    if (position.lanes) {
      offsets = position.lanes;
      if (state.indices.narrow)
        offsets = arith::IndexCastOp::create(builder, loc, vectorType(builder.getI32Type()), offsets);
    } else {
      base = position.base;
      SmallVector<int32_t> steps;
      for (int64_t lane = 0; lane < width; ++lane)
        steps.push_back(static_cast<int32_t>(lane * position.step));
      offsets =
          state.indices.constants.get(DenseElementsAttr::get(vectorType(builder.getI32Type()), ArrayRef<int32_t>(steps)));
      if (!state.indices.narrow) {
        base = index.constant(0);
        offsets = index.vectorOf(position);
      }
    }
    stored = vector::GatherOp::create(builder, loc, type, flat, ValueRange{base}, offsets, all, passThrough());
  }
  return element.decode(stored, elementType);
}

void RegionEvaluator::store(Value value, Value buffer, Type elementType, LaneIndex position, Value mask) {
  Value flat = flatten(state, builder, loc, buffer);
  Value stored = element.encode(value, elementType);
  if (width == 1) {
    if (mask) {
      auto branch = scf::IfOp::create(builder, loc, mask, false);
      OpBuilder::InsertionGuard guard(builder);
      builder.setInsertionPointToStart(&branch.getThenRegion().front());
      memref::StoreOp::create(builder, loc, stored, flat, position.base);
      return;
    }
    memref::StoreOp::create(builder, loc, stored, flat, position.base);
    return;
  }
  if (!position.lanes && position.step == 1) {
    if (mask)
      vector::MaskedStoreOp::create(builder, loc, flat, position.base, mask, stored);
    else
      vector::StoreOp::create(builder, loc, stored, flat, position.base);
    return;
  }
  Value all = mask ? mask : state.indices.constants.get(DenseElementsAttr::get(vectorType(builder.getI1Type()), true));
  vector::ScatterOp::create(builder, loc, Type(), flat, ValueRange{index.constant(0)}, index.vectorOf(position), all,
                            stored);
}

} // namespace ingot
