// dot_general and convolution as loops around the evaluation of their operands: for every shape and type the contraction
// emitter does not take.
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

SmallVector<Value> RegionEvaluator::dot(DotGeneralOp op, Places places, Value mask) {
  Type lhsElement = op.getLhs().getType().getElementType(), rhsElement = op.getRhs().getType().getElementType();
  Type resultElement = op.getType().getElementType();
  IndexRelation relation = op.getIndexRelation(0);
  SmallVector<LoopRange> ranges = rangesOf(relation);

  auto step = [&](RegionEvaluator &evaluator, Indices place, Indices position, Value inner, Value accumulator) {
    SmallVector<Value> read = evaluator.readAt(op, relation, place, position, inner);
    Value a = read[0], b = read[1];
    return multiplyAdd(toAccumulator(a, lhsElement, resultElement), toAccumulator(b, rhsElement, resultElement),
                       accumulator);
  };
  if (width == 1 && places.size() == 1 && !mask && !ranges.empty()) {
    ReductionLanes choice = lanesOfDot(op, state.level);
    if (choice.lanes > 1) {
      Monoid sum{resultElement.isInteger(1) ? Monoid::Kind::Or : Monoid::Kind::Add, false};
      Value total = reduceLanes(ranges, choice, computeType(resultElement), sum,
                                [&](RegionEvaluator &evaluator, Indices position, Value inner, Value accumulator) {
                                  return step(evaluator, places[0], position, inner, accumulator);
                                });
      return finishReduction(op, total);
    }
  }
  SmallVector<Value> carried(places.size(), zero(resultElement));
  SmallVector<Value> total = loops(ranges, carried, [&](ArrayRef<Value> position, ValueRange accumulators) {
    SmallVector<LaneIndex> indices;
    for (Value value : position)
      indices.push_back(IndexBuilder::uniform(value));
    SmallVector<Value> next;
    for (auto [place, accumulator] : llvm::zip_equal(places, accumulators))
      next.push_back(step(*this, place, indices, mask, accumulator));
    return next;
  });
  return finishReduction(op, total);
}

SmallVector<Value> RegionEvaluator::convolution(ConvolutionOp op, Places places, Value mask) {
  auto inputType = cast<RankedTensorType>(op.getLhs().getType()), kernelType = cast<RankedTensorType>(op.getRhs().getType());
  Type inputElement = inputType.getElementType(), kernelElement = kernelType.getElementType();
  Type resultElement = cast<RankedTensorType>(op.getResult().getType()).getElementType();
  ConvDimsAttr numbers = op.getDims();
  size_t spatial = numbers.getInputSpatial().size();
  SmallVector<Value> inputDims = dims(inputType), kernelDims = dims(kernelType);
  Value groupFeatures = kernelDims[numbers.getKernelInputFeature()],
        outputFeatures = kernelDims[numbers.getKernelOutputFeature()];
  int64_t featureGroups = op.getFeatureGroupCount(), batchGroups = op.getBatchGroupCount();

  // What one place reads. Groups: of features, each output feature sees its own slice of the input's; of the batch, its own
  // slice of the batch.
  struct Source {
    LaneIndex batch, feature, firstFeature;
  };
  SmallVector<Source> sources;
  SmallVector<SmallVector<WindowDim>> windows;
  for (const Place &place : places) {
    Source source{place[numbers.getOutputBatch()], place[numbers.getOutputFeature()], index.zero()};
    if (featureGroups > 1) {
      LaneIndex group = index.div(source.feature, index.div(outputFeatures, index.constant(featureGroups)));
      source.firstFeature = index.mul(group, groupFeatures);
    }
    if (batchGroups > 1) {
      LaneIndex group = index.div(source.feature, index.div(outputFeatures, index.constant(batchGroups)));
      Value size = index.div(inputDims[numbers.getInputBatch()], index.constant(batchGroups));
      source.batch = index.add(index.mul(group, size), source.batch);
    }
    sources.push_back(source);
    SmallVector<WindowDim> dimsAt;
    for (size_t i = 0; i < spatial; ++i)
      dimsAt.push_back(windowDim(place[numbers.getOutputSpatial()[i]], op.getWindowStrides()[i], op.getPadding()[2 * i],
                                 op.getPadding()[2 * i + 1], op.getLhsDilation()[i], op.getRhsDilation()[i],
                                 kernelDims[numbers.getKernelSpatial()[i]], inputDims[numbers.getInputSpatial()[i]], true));
    windows.push_back(std::move(dimsAt));
  }
  if (!sharesRanges(windows))
    return onePlaceAfterTheOther(op, places, mask);
  // A few weights are read in front of all branches, and so of all loops they do not depend on.
  constexpr int64_t kWeightsAhead = 16;
  if (!mask && kernelType.hasStaticShape()) {
    int64_t weights = kernelType.getDimSize(numbers.getKernelInputFeature());
    for (int64_t dim : numbers.getKernelSpatial())
      weights *= kernelType.getDimSize(dim);
    if (weights <= kWeightsAhead) {
      SmallVector<LoopRange> taps;
      for (int64_t dim : numbers.getKernelSpatial())
        taps.push_back({index.constant(0), kernelDims[dim]});
      taps.push_back({index.constant(0), groupFeatures});
      for (const Source &source : sources)
        loops(
            taps, {},
            [&](ArrayRef<Value> position, ValueRange) -> SmallVector<Value> {
              SmallVector<LaneIndex> kernel(kernelType.getRank());
              for (size_t i = 0; i < spatial; ++i)
                kernel[numbers.getKernelSpatial()[i]] = IndexBuilder::uniform(position[i]);
              kernel[numbers.getKernelInputFeature()] = IndexBuilder::uniform(position[spatial]);
              kernel[numbers.getKernelOutputFeature()] = source.feature;
              evaluate(op.getRhs(), kernel, {});
              return {};
            },
            kWeightsAhead);
    }
  }

  auto stepAt = [&](size_t number, ArrayRef<Value> position, Value carried) -> Value {
    const Source &source = sources[number];
    SmallVector<LaneIndex> input(inputType.getRank()), kernel(kernelType.getRank());
    LaneCondition inside;
    for (size_t i = 0; i < spatial; ++i) {
      int64_t dim = numbers.getInputSpatial()[i];
      input[dim] = windowIndex(windows[number][i], position[i], op.getLhsDilation()[i], op.getRhsDilation()[i],
                               inputDims[dim], inside);
      kernel[numbers.getKernelSpatial()[i]] = IndexBuilder::uniform(position[i]);
    }
    LaneIndex inFeature = IndexBuilder::uniform(position[spatial]);
    input[numbers.getInputBatch()] = source.batch;
    input[numbers.getInputFeature()] = index.add(source.firstFeature, inFeature);
    kernel[numbers.getKernelInputFeature()] = inFeature;
    kernel[numbers.getKernelOutputFeature()] = source.feature;
    auto add = [&]() -> SmallVector<Value> {
      Value inner = inside.lanes ? bothMasks(mask, inside.lanes) : mask;
      Value a = toAccumulator(evaluate(op.getLhs(), input, inner), inputElement, resultElement);
      Value b = toAccumulator(evaluate(op.getRhs(), kernel, inner), kernelElement, resultElement);
      Value sum = multiplyAdd(a, b, carried);
      return {inside.lanes ? element.select(inside.lanes, sum, carried) : sum};
    };
    if (!inside.uniform)
      return add()[0];
    return branch(inside.uniform, carried.getType(), add, [&] { return SmallVector<Value>{carried}; })[0];
  };
  SmallVector<Value> carried(places.size(), zero(resultElement));
  LoopRange features{index.constant(0), groupFeatures};
  SmallVector<Value> total =
      windowLoops(windows[0], features, carried, [&](ArrayRef<Value> position, ValueRange accumulators) {
        SmallVector<Value> next;
        for (size_t i = 0; i < places.size(); ++i)
          next.push_back(stepAt(i, position, accumulators[i]));
        return next;
      });
  return finishReduction(op, total);
}

} // namespace ingot
