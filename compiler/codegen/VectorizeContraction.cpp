// dot_general and convolution as loops around the evaluation of their operands: for every shape and type the contraction emitter does not
// take.
#include "compiler/codegen/RegionAnalysis.h"
#include "compiler/codegen/RegionEvaluator.h"
#include "ir/Types.h"

namespace ingot {

using namespace mlir;
using Predicate = arith::CmpIPredicate;

// Products and sums are made in the result's type, f32 at least.
Value RegionEvaluator::toAccumulator(Value value, Type from, Type to) {
  if (computeType(from) == computeType(to) && !isa<IntegerType>(from))
    return value;
  // Without rounding to a narrow float: the accumulator is wider.
  if (isa<FloatType>(from) && isa<FloatType>(to))
    return to.isF64() ? element.extf(value, builder.getF64Type()) : element.truncf(value, computeType(to));
  return element.convert(value, from, to);
}

Value RegionEvaluator::multiplyAdd(Value a, Value b, Value accumulator) {
  Type type = ElementBuilder::elementOf(accumulator);
  if (isa<FloatType>(type))
    return element.fma(a, b, accumulator);
  if (auto complex = dyn_cast<ComplexType>(type)) {
    Value ar = element.realPart(a), ai = element.imaginaryPart(a), br = element.realPart(b), bi = element.imaginaryPart(b);
    Value re = element.add(element.realPart(accumulator), element.sub(element.mul(ar, br), element.mul(ai, bi)));
    Value im = element.add(element.imaginaryPart(accumulator), element.add(element.mul(ar, bi), element.mul(ai, br)));
    return element.complexOf(re, im);
  }
  if (type.isInteger(1))
    return element.ori(element.andi(a, b), accumulator);
  return element.addi(element.muli(a, b), accumulator);
}

Value RegionEvaluator::dot(DotGeneralOp op, Indices indices, Value mask) {
  auto lhsType = cast<RankedTensorType>(op.getLhs().getType()), rhsType = cast<RankedTensorType>(op.getRhs().getType());
  Type lhsElement = lhsType.getElementType(), rhsElement = rhsType.getElementType();
  Type resultElement = cast<RankedTensorType>(op.getResult().getType()).getElementType();
  DotDimsAttr numbers = op.getDims();
  SmallVector<LaneIndex> lhs(lhsType.getRank()), rhs(rhsType.getRank());
  size_t next = 0;
  for (auto [l, r] : llvm::zip_equal(numbers.getLhsBatch(), numbers.getRhsBatch()))
    lhs[l] = rhs[r] = indices[next++];
  for (int64_t dim : op.getLhsFreeDims())
    lhs[dim] = indices[next++];
  for (int64_t dim : op.getRhsFreeDims())
    rhs[dim] = indices[next++];
  SmallVector<Value> extents = dims(lhsType);
  SmallVector<LoopRange> ranges;
  for (int64_t dim : numbers.getLhsContract())
    ranges.push_back({index.constant(0), extents[dim]});

  auto step = [&](RegionEvaluator &evaluator, Indices position, Value inner, Value accumulator) {
    SmallVector<LaneIndex> l(lhs), r(rhs);
    for (auto [place, ld, rd] : llvm::zip_equal(position, numbers.getLhsContract(), numbers.getRhsContract()))
      l[ld] = r[rd] = place;
    Value a = evaluator.evaluate(op.getLhs(), l, inner), b = evaluator.evaluate(op.getRhs(), r, inner);
    return multiplyAdd(toAccumulator(a, lhsElement, resultElement), toAccumulator(b, rhsElement, resultElement), accumulator);
  };
  int64_t lanes = width == 1 && !mask && !ranges.empty() ? lanesOfDot(op, state.level) : 1;
  if (lanes > 1) {
    Monoid sum{resultElement.isInteger(1) ? Monoid::Kind::Or : Monoid::Kind::Add, false};
    return finishReduction(op, reduceLanes(ranges, lanes, computeType(resultElement), sum, step))[0];
  }
  SmallVector<Value> total = loops(ranges, zero(resultElement), [&](ArrayRef<Value> position, ValueRange accumulators) {
    SmallVector<LaneIndex> places;
    for (Value value : position)
      places.push_back(IndexBuilder::uniform(value));
    return SmallVector<Value>{step(*this, places, mask, accumulators[0])};
  });
  return finishReduction(op, total)[0];
}

Value RegionEvaluator::convolution(ConvolutionOp op, Indices indices, Value mask) {
  auto inputType = cast<RankedTensorType>(op.getLhs().getType()), kernelType = cast<RankedTensorType>(op.getRhs().getType());
  Type element = inputType.getElementType();
  Type resultElement = cast<RankedTensorType>(op.getResult().getType()).getElementType();
  ConvDimsAttr numbers = op.getDims();
  size_t spatial = numbers.getInputSpatial().size();
  SmallVector<Value> inputDims = dims(inputType), kernelDims = dims(kernelType);
  ArrayRef<int64_t> strides = op.getWindowStrides(), padding = op.getPadding();
  ArrayRef<int64_t> inputDilation = op.getLhsDilation(), kernelDilation = op.getRhsDilation();

  // Groups: of features, each output feature sees its own slice of the input's; of the batch, its own slice of the batch.
  LaneIndex feature = indices[numbers.getOutputFeature()], batch = indices[numbers.getOutputBatch()];
  Value groupFeatures = kernelDims[numbers.getKernelInputFeature()];
  LaneIndex firstFeature = index.zero();
  int64_t featureGroups = op.getFeatureGroupCount(), batchGroups = op.getBatchGroupCount();
  Value outputFeatures = kernelDims[numbers.getKernelOutputFeature()];
  if (featureGroups > 1)
    firstFeature = index.mul(index.div(feature, index.div(outputFeatures, index.constant(featureGroups))), groupFeatures);
  if (batchGroups > 1) {
    LaneIndex group = index.div(feature, index.div(outputFeatures, index.constant(batchGroups)));
    batch = index.add(index.mul(group, index.div(inputDims[numbers.getInputBatch()], index.constant(batchGroups))), batch);
  }

  SmallVector<LaneIndex> first;
  SmallVector<LoopRange> ranges;
  SmallVector<bool> checked;
  for (size_t i = 0; i < spatial; ++i) {
    Value extent = inputDims[numbers.getInputSpatial()[i]];
    LaneIndex start = index.add(index.mul(indices[numbers.getOutputSpatial()[i]], strides[i]), -padding[2 * i]);
    first.push_back(start);
    LoopRange range{index.constant(0), kernelDims[numbers.getKernelSpatial()[i]]};
    bool padded = padding[2 * i] > 0 || padding[2 * i + 1] > 0 || inputDilation[i] > 1;
    if (padded && inputDilation[i] == 1 && IndexBuilder::isUniform(start)) {
      Value step = index.constant(kernelDilation[i]);
      range.lower = index.minimum(index.ceilDiv(index.sub(index.constant(0), start.base), step), range.upper);
      range.upper = index.minimum(index.ceilDiv(index.sub(extent, start.base), step), range.upper);
      padded = false;
    }
    ranges.push_back(range);
    checked.push_back(padded);
  }
  ranges.push_back({index.constant(0), groupFeatures});

  auto step = [&](ArrayRef<Value> position, ValueRange accumulators) -> SmallVector<Value> {
    SmallVector<LaneIndex> input(inputType.getRank()), kernel(kernelType.getRank());
    LaneCondition inside;
    for (size_t i = 0; i < spatial; ++i) {
      LaneIndex place = index.add(first[i], IndexBuilder::uniform(index.mul(position[i], index.constant(kernelDilation[i]))));
      if (checked[i]) {
        index.require(inside, Predicate::sge, place, index.zero());
        if (inputDilation[i] > 1) {
          Value period = index.constant(inputDilation[i]);
          index.require(inside, Predicate::eq, index.rem(place, period), index.zero());
          place = index.div(place, period);
        }
        index.require(inside, Predicate::slt, place, IndexBuilder::uniform(inputDims[numbers.getInputSpatial()[i]]));
      }
      input[numbers.getInputSpatial()[i]] = place;
      kernel[numbers.getKernelSpatial()[i]] = IndexBuilder::uniform(position[i]);
    }
    LaneIndex inFeature = IndexBuilder::uniform(position[spatial]);
    input[numbers.getInputBatch()] = batch;
    input[numbers.getInputFeature()] = index.add(firstFeature, inFeature);
    kernel[numbers.getKernelInputFeature()] = inFeature;
    kernel[numbers.getKernelOutputFeature()] = feature;
    Value carried = accumulators[0];
    auto add = [&]() -> SmallVector<Value> {
      Value inner = inside.lanes ? bothMasks(mask, inside.lanes) : mask;
      Value a = toAccumulator(evaluate(op.getLhs(), input, inner), element, resultElement);
      Value b = toAccumulator(evaluate(op.getRhs(), kernel, inner), kernelType.getElementType(), resultElement);
      Value sum = multiplyAdd(a, b, carried);
      return {inside.lanes ? this->element.select(inside.lanes, sum, carried) : sum};
    };
    if (!inside.uniform)
      return add();
    return branch(inside.uniform, carried.getType(), add, [&] { return SmallVector<Value>{carried}; });
  };
  return finishReduction(op, loops(ranges, zero(resultElement), step))[0];
}

} // namespace ingot
