#include "compiler/codegen/RegionAnalysis.h"

#include "compiler/codegen/KernelFunction.h"
#include "ir/ReshapeGroups.h"
#include "llvm/ADT/TypeSwitch.h"

#include <algorithm>

namespace ingot {

using namespace mlir;

static RankedTensorType typeOf(Value value) { return cast<RankedTensorType>(value.getType()); }

//===--- Linear forms ---===//

uint64_t AffineIndex::dependencies() const {
  uint64_t result = unknown;
  for (auto [variable, coefficient] : llvm::enumerate(coefficients))
    if (coefficient)
      result |= uint64_t(1) << variable;
  return result;
}

AffineIndex AffineIndex::variable(unsigned variable) {
  AffineIndex result;
  result.coefficients.resize(variable + 1, 0);
  result.coefficients[variable] = 1;
  return result;
}

AffineIndex add(AffineIndex a, const AffineIndex &b) {
  a.coefficients.resize(std::max(a.coefficients.size(), b.coefficients.size()), 0);
  for (auto [variable, coefficient] : llvm::enumerate(b.coefficients))
    a.coefficients[variable] += coefficient;
  a.unknown |= b.unknown;
  return a;
}

AffineIndex scale(AffineIndex a, int64_t factor) {
  for (int64_t &coefficient : a.coefficients)
    coefficient *= factor;
  if (factor == 0)
    a.unknown = 0;
  return a;
}

AffineIndex opaque(const AffineIndex &a) {
  AffineIndex result;
  result.unknown = a.dependencies();
  return result;
}

uint64_t dependencies(ArrayRef<AffineIndex> indices) {
  uint64_t result = 0;
  for (const AffineIndex &index : indices)
    result |= index.dependencies();
  return result;
}

unsigned RegionAnalysis::addVariable(int64_t extent) {
  if (extents.size() < 64)
    extents.push_back(std::max<int64_t>(extent, 1));
  return extents.size() - 1;
}

double RegionAnalysis::trips(uint64_t variables) const {
  double result = 1;
  for (auto [variable, extent] : llvm::enumerate(extents))
    if (variables >> variable & 1)
      result *= extent;
  return result;
}

int64_t RegionAnalysis::maxDim(RankedTensorType type, unsigned dim) const {
  if (!type.isDynamicDim(dim))
    return type.getDimSize(dim);
  return maxOfExpr(dimExpr(type, dim), sizes).value_or(1024);
}

AffineIndex RegionAnalysis::linearize(ArrayRef<AffineIndex> indices, RankedTensorType type) {
  AffineIndex result;
  int64_t stride = 1;
  for (size_t dim = indices.size(); dim-- > 0;) {
    result = add(result, scale(indices[dim], stride));
    stride *= std::max<int64_t>(maxDim(type, dim), 1);
  }
  return result;
}

SmallVector<AffineIndex> RegionAnalysis::reshape(ArrayRef<AffineIndex> indices, RankedTensorType from, RankedTensorType to) {
  // `indices` are of `to`; the answer is of `from`.
  SmallVector<AffineIndex> result(from.getRank());
  for (const ReshapeGroup &group : reshapeGroups(from, to)) {
    AffineIndex linear;
    int64_t stride = 1;
    for (unsigned dim = group.toEnd; dim-- > group.toBegin;) {
      linear = add(linear, scale(indices[dim], stride));
      stride *= std::max<int64_t>(maxDim(to, dim), 1);
    }
    for (unsigned dim = group.fromEnd; dim-- > group.fromBegin;) {
      int64_t extent = std::max<int64_t>(maxDim(from, dim), 1);
      if (dim == group.fromBegin) {
        result[dim] = linear;
        break;
      }
      // Terms that are multiples of the extent go on; the others stay, if together they cannot reach it.
      AffineIndex low, high;
      low.coefficients.resize(linear.coefficients.size(), 0);
      high.coefficients.resize(linear.coefficients.size(), 0);
      int64_t reach = 0;
      for (auto [variable, coefficient] : llvm::enumerate(linear.coefficients)) {
        if (coefficient % extent == 0) {
          high.coefficients[variable] = coefficient / extent;
        } else {
          low.coefficients[variable] = coefficient;
          reach += std::abs(coefficient) * (extents[variable] - 1);
        }
      }
      if (linear.unknown || reach >= extent) {
        low = opaque(linear);
        high = opaque(linear);
      }
      result[dim] = extent == 1 ? AffineIndex() : low;
      linear = high;
    }
  }
  return result;
}

//===--- Walking the region ---===//

double scalarCost(Operation *op) {
  Type element = getElementTypeOrSelf(op->getResult(0).getType());
  double factor = isa<ComplexType>(element) ? 4 : 1;
  switch (costClassOf(op)) {
  case CostClass::Fetch:
    return 0.6;
  case CostClass::Cheap:
    return 0.3 * factor;
  case CostClass::Division:
    return (isa<IntegerType>(getElementTypeOrSelf(op->getOperand(0).getType())) ? 6 : 1.5) * factor;
  case CostClass::Dear:
    return 6 * factor;
  case CostClass::VeryDear:
    return 10 * factor;
  case CostClass::Iterative:
    return 20 * factor;
  case CostClass::Random:
    return 30;
  case CostClass::Resample:
    return 2 + 3 * pointsOf(*indexRelationOf(op), moduleSizes(op));
  case CostClass::Free:
  case CostClass::Move:
  case CostClass::Product: // counted by what they combine
  case CostClass::Body:
  case CostClass::Order:
    break;
  }
  return 0.1;
}

void RegionAnalysis::visitReduction(Operation *op, ArrayRef<AffineIndex> indices) {
  reductions.push_back({op, dependencies(indices)});
  auto runBodies = [&](ArrayRef<AffineIndex> at) {
    double cost = 0;
    if (op->getNumRegions())
      for (Operation &inner : op->getRegion(0).front().without_terminator())
        cost += scalarCost(&inner);
    scalarWork += std::max(cost, 0.3) * trips(dependencies(at));
    opCount += 4;
  };
  if (auto reduce = dyn_cast<ReduceOp>(op)) {
    RankedTensorType type = typeOf(reduce.getInputs()[0]);
    SmallVector<AffineIndex> at;
    size_t kept = 0;
    for (int64_t dim = 0; dim < type.getRank(); ++dim)
      at.push_back(llvm::is_contained(reduce.getDimensions(), dim) ? AffineIndex::variable(addVariable(maxDim(type, dim)))
                                                                   : indices[kept++]);
    for (Value input : reduce.getInputs())
      visit(input, at);
    runBodies(at);
  } else if (auto window = dyn_cast<ReduceWindowOp>(op)) {
    SmallVector<AffineIndex> at;
    for (auto [dim, index] : llvm::enumerate(indices)) {
      AffineIndex place = scale(index, window.getWindowStrides()[dim]);
      if (window.getWindowDimensions()[dim] > 1)
        place = add(place, scale(AffineIndex::variable(addVariable(window.getWindowDimensions()[dim])),
                                 window.getWindowDilations()[dim]));
      at.push_back(window.getBaseDilations()[dim] > 1 ? opaque(place) : place);
    }
    for (Value input : window.getInputs())
      visit(input, at);
    runBodies(at);
  } else if (auto dot = dyn_cast<DotGeneralOp>(op)) {
    RankedTensorType lhsType = typeOf(dot.getLhs()), rhsType = typeOf(dot.getRhs());
    SmallVector<AffineIndex> lhs(lhsType.getRank()), rhs(rhsType.getRank());
    size_t next = 0;
    for (auto [l, r] : llvm::zip_equal(dot.getDims().getLhsBatch(), dot.getDims().getRhsBatch()))
      lhs[l] = rhs[r] = indices[next++];
    for (int64_t dim : dot.getLhsFreeDims())
      lhs[dim] = indices[next++];
    for (int64_t dim : dot.getRhsFreeDims())
      rhs[dim] = indices[next++];
    for (auto [l, r] : llvm::zip_equal(dot.getDims().getLhsContract(), dot.getDims().getRhsContract()))
      lhs[l] = rhs[r] = AffineIndex::variable(addVariable(maxDim(lhsType, l)));
    visit(dot.getLhs(), lhs);
    visit(dot.getRhs(), rhs);
    lhs.append(rhs);
    runBodies(lhs);
  } else if (auto conv = dyn_cast<ConvolutionOp>(op)) {
    RankedTensorType inputType = typeOf(conv.getLhs()), kernelType = typeOf(conv.getRhs());
    ConvDimsAttr numbers = conv.getDims();
    SmallVector<AffineIndex> input(inputType.getRank()), kernel(kernelType.getRank());
    for (size_t i = 0; i < numbers.getInputSpatial().size(); ++i) {
      AffineIndex position = AffineIndex::variable(addVariable(maxDim(kernelType, numbers.getKernelSpatial()[i])));
      AffineIndex place = add(scale(indices[numbers.getOutputSpatial()[i]], conv.getWindowStrides()[i]),
                              scale(position, conv.getRhsDilation()[i]));
      input[numbers.getInputSpatial()[i]] = conv.getLhsDilation()[i] > 1 ? opaque(place) : place;
      kernel[numbers.getKernelSpatial()[i]] = position;
    }
    const AffineIndex &feature = indices[numbers.getOutputFeature()];
    AffineIndex inFeature = AffineIndex::variable(addVariable(maxDim(kernelType, numbers.getKernelInputFeature())));
    kernel[numbers.getKernelInputFeature()] = inFeature;
    kernel[numbers.getKernelOutputFeature()] = feature;
    int64_t groups = conv.getFeatureGroupCount();
    int64_t groupSize = groups > 1 ? maxDim(kernelType, numbers.getKernelOutputFeature()) / groups : 0;
    AffineIndex first = groups == 1      ? AffineIndex()
                        : groupSize == 1 ? scale(feature, maxDim(kernelType, numbers.getKernelInputFeature()))
                                         : opaque(feature);
    input[numbers.getInputFeature()] = add(first, inFeature);
    const AffineIndex &batch = indices[numbers.getOutputBatch()];
    input[numbers.getInputBatch()] = conv.getBatchGroupCount() > 1 ? add(batch, opaque(feature)) : batch;
    visit(conv.getLhs(), input);
    visit(conv.getRhs(), kernel);
    input.append(kernel);
    runBodies(input);
  }
}

void RegionAnalysis::visit(Value tensor, ArrayRef<AffineIndex> indices) {
  std::vector<int64_t> key{reinterpret_cast<int64_t>(tensor.getAsOpaquePointer())};
  for (const AffineIndex &index : indices) {
    key.insert(key.end(), index.coefficients.begin(), index.coefficients.end());
    key.push_back(INT64_MIN);
    key.push_back(static_cast<int64_t>(index.unknown));
  }
  if (!seen.emplace(key, true).second)
    return;
  RankedTensorType type = typeOf(tensor);
  uint64_t depends = dependencies(indices);
  Operation *op = tensor.getDefiningOp();
  if (!op) {
    accesses.push_back(
        {linearize(indices, type), trips(depends), static_cast<unsigned>(elementBytes(type.getElementType()))});
    ++opCount;
    return;
  }
  ++opCount;
  if (op->hasTrait<trait::Pointwise>()) {
    scalarWork += scalarCost(op) * trips(depends);
    opCount += scalarCost(op) > 4 ? 25 : 0;
    for (Value operand : op->getOperands())
      visit(operand, typeOf(operand).getRank() == 0 ? ArrayRef<AffineIndex>() : indices);
    return;
  }
  llvm::TypeSwitch<Operation *>(op)
      .Case([&](BroadcastInDimOp broadcast) {
        SmallVector<AffineIndex> source;
        for (auto [dim, target] : llvm::enumerate(broadcast.getBroadcastDimensions()))
          source.push_back(typeOf(broadcast.getOperand()).getDimSize(dim) == 1 ? AffineIndex() : indices[target]);
        visit(broadcast.getOperand(), source);
      })
      .Case([&](ReshapeOp op) { visit(op.getOperand(), reshape(indices, typeOf(op.getOperand()), type)); })
      .Case([&](TransposeOp transpose) {
        SmallVector<AffineIndex> source(indices.size());
        for (auto [to, from] : llvm::enumerate(transpose.getPermutation()))
          source[from] = indices[to];
        visit(transpose.getOperand(), source);
      })
      .Case([&](SliceOp slice) {
        SmallVector<AffineIndex> source;
        for (auto [index, stride] : llvm::zip_equal(indices, slice.getStrides()))
          source.push_back(scale(index, stride));
        visit(slice.getOperand(), source);
      })
      .Case([&](ReverseOp reverse) {
        SmallVector<AffineIndex> source(indices);
        for (int64_t dim : reverse.getDimensions())
          source[dim] = scale(source[dim], -1);
        visit(reverse.getOperand(), source);
      })
      .Case([&](PadOp pad) {
        SmallVector<AffineIndex> source(indices);
        for (auto [dim, interior] : llvm::enumerate(pad.getInteriorPadding()))
          if (interior)
            source[dim] = opaque(source[dim]);
        visit(pad.getOperand(), source);
        visit(pad.getPaddingValue(), {});
      })
      .Case([&](UnpackOp unpack) {
        SmallVector<AffineIndex> source{opaque(indices[unpack.getDim()])};
        for (auto [dim, index] : llvm::enumerate(indices))
          if (dim != size_t(unpack.getDim()))
            source.push_back(index);
        source.push_back(indices[unpack.getDim()]);
        visit(unpack.getOperand(), source);
      })
      .Case<GatherOp, DynamicSliceOp, DynamicUpdateSliceOp>([&](Operation *) { visitIndexed(op, indices); })
      .Case<InterpolateOp, QuantizeOp, DequantizeOp, BitcastConvertOp>([&](Operation *) { visitConverted(op, indices); })
      .Case<RngOp, RngBitGeneratorOp>([&](Operation *) {
        scalarWork += scalarCost(op) * trips(depends);
        opCount += 100;
      })
      .Case<ReduceOp, ReduceWindowOp, DotGeneralOp, ConvolutionOp>([&](Operation *) {
        for (Value operand : op->getOperands())
          if (typeOf(operand).getRank() == 0)
            visit(operand, {});
        visitReduction(op, indices);
      })
      .Default([&](Operation *) { // concatenate, copy; constants and iota have no operands
        for (Value operand : op->getOperands())
          visit(operand, indices);
      });
}

//===--- Structure ---===//

static bool isLinear(Value tensor, llvm::SmallPtrSetImpl<Operation *> &asked) {
  Operation *op = tensor.getDefiningOp();
  if (!op)
    return true;
  if (auto constant = dyn_cast<ConstantOp>(op))
    return true;
  if (typeOf(tensor).getRank() == 0)
    return true;
  if (!isa<ReshapeOp>(op) && !op->hasTrait<trait::Pointwise>())
    return false;
  if (!asked.insert(op).second) // a false answer ends the search
    return true;
  return llvm::all_of(op->getOperands(), [&](Value operand) { return isLinear(operand, asked); });
}

bool isLinear(Value tensor) {
  llvm::SmallPtrSet<Operation *, 16> asked;
  return isLinear(tensor, asked);
}

bool canCollapse(Value tensor, unsigned first, unsigned count) { return CollapseQuery().holds(tensor, first, count); }

bool CollapseQuery::holds(Value tensor, unsigned first, unsigned count) {
  if (count <= 1)
    return true;
  Operation *op = tensor.getDefiningOp();
  if (!op || !asked.insert({tensor, {first, count}}).second)
    return true;
  auto touched = [&](auto &&isTouched) {
    for (unsigned dim = first; dim < first + count; ++dim)
      if (isTouched(dim))
        return true;
    return false;
  };
  // Where the dims land in an operand that has them at places[d]: all, side by side and in order, or none.
  auto follow = [&](Value operand, ArrayRef<int64_t> places) {
    if (llvm::all_of(places, [](int64_t place) { return place < 0; }))
      return true;
    for (auto [i, place] : llvm::enumerate(places))
      if (place < 0 || place != places[0] + int64_t(i))
        return false;
    return holds(operand, places[0], count);
  };
  if (op->hasTrait<trait::Pointwise>())
    return llvm::all_of(op->getOperands(),
                        [&](Value operand) { return typeOf(operand).getRank() == 0 || holds(operand, first, count); });
  return llvm::TypeSwitch<Operation *, bool>(op)
      .Case([&](ConstantOp) { return true; })
      .Case([&](SizeOfOp) { return true; })
      .Case<RngOp, RngBitGeneratorOp>([&](Operation *) { return true; }) // by the place in row-major order
      .Case([&](CopyOp copy) { return holds(copy.getOperand(), first, count); })
      .Case([&](IotaOp iota) { return iota.getIotaDimension() < first || iota.getIotaDimension() >= first + count; })
      .Case([&](ReshapeOp reshape) { return isLinear(reshape.getOperand()); })
      .Case([&](BroadcastInDimOp broadcast) {
        SmallVector<int64_t> places(count, -1);
        RankedTensorType type = typeOf(broadcast.getOperand());
        for (auto [dim, target] : llvm::enumerate(broadcast.getBroadcastDimensions())) {
          if (target < int64_t(first) || target >= int64_t(first + count))
            continue;
          bool repeats = type.getDimSize(dim) == 1 && typeOf(tensor).getDimSize(target) != 1;
          if (!repeats)
            places[target - first] = dim;
          // Of a dim of one only place 0 is ever asked for, so it cannot carry the index of all.
          if (!repeats && type.getDimSize(dim) == 1 && target == int64_t(first + count - 1))
            return false;
        }
        return follow(broadcast.getOperand(), places);
      })
      .Case([&](TransposeOp transpose) {
        SmallVector<int64_t> places;
        for (unsigned dim = first; dim < first + count; ++dim)
          places.push_back(transpose.getPermutation()[dim]);
        return follow(transpose.getOperand(), places);
      })
      .Case([&](SliceOp slice) {
        return !touched([&](unsigned dim) {
          return slice.getStartIndices()[dim] || slice.getStrides()[dim] != 1 ||
                 !sameExpr(dimExpr(typeOf(slice.getOperand()), dim), dimExpr(typeOf(tensor), dim));
        }) && holds(slice.getOperand(), first, count);
      })
      .Case([&](PadOp pad) {
        return !touched([&](unsigned dim) {
          return pad.getEdgePaddingLow()[dim] || pad.getEdgePaddingHigh()[dim] || pad.getInteriorPadding()[dim];
        }) && holds(pad.getOperand(), first, count);
      })
      .Case([&](ReverseOp reverse) {
        return !touched([&](unsigned dim) { return llvm::is_contained(reverse.getDimensions(), dim); }) &&
               holds(reverse.getOperand(), first, count);
      })
      .Case([&](ConcatenateOp concatenate) {
        return !touched([&](unsigned dim) { return dim == concatenate.getDimension(); }) &&
               llvm::all_of(concatenate.getOperands(), [&](Value operand) { return holds(operand, first, count); });
      })
      .Case([&](ReduceOp reduce) {
        SmallVector<int64_t> keptDims;
        for (int64_t dim = 0; dim < typeOf(reduce.getInputs()[0]).getRank(); ++dim)
          if (!llvm::is_contained(reduce.getDimensions(), dim))
            keptDims.push_back(dim);
        SmallVector<int64_t> places(keptDims.begin() + first, keptDims.begin() + first + count);
        return llvm::all_of(reduce.getInputs(), [&](Value input) { return follow(input, places); });
      })
      .Case<InterpolateOp, QuantizeOp, DequantizeOp, BitcastConvertOp>(
          [&](Operation *) { return holdsConverted(op, first, count); })
      .Case<GatherOp, DynamicSliceOp, DynamicUpdateSliceOp>([&](Operation *) { return holdsIndexed(op, first, count); })
      .Default([](Operation *) { return false; });
}

int64_t widestElement(Value tensor) {
  llvm::SmallPtrSet<Operation *, 16> seen;
  int64_t widest = 1;
  bool hasComplex = false;
  std::function<void(Value)> visit = [&](Value value) {
    Type element = computeType(typeOf(value).getElementType());
    if (isa<ComplexType>(element))
      hasComplex = true;
    else
      widest = std::max<int64_t>(widest, (element.getIntOrFloatBitWidth() + 7) / 8);
    if (Operation *op = value.getDefiningOp(); op && seen.insert(op).second)
      for (Value operand : op->getOperands())
        visit(operand);
  };
  visit(tensor);
  return hasComplex ? 0 : widest;
}

int64_t unrollFor(unsigned ops) { return ops <= 20 ? 4 : ops <= 40 ? 2 : 1; }

int64_t fitLanes(int64_t lanes, std::optional<int64_t> extent, const CpuLevel &level) {
  if (!extent)
    return lanes;
  while (lanes > 1 && (level.maskedMemory ? lanes / 2 >= *extent : lanes > *extent))
    lanes /= 2;
  return lanes;
}

// Share of the accesses that lanes along `variable` make well: contiguous, or one element for all.
static double goodShare(const RegionAnalysis &analysis, unsigned variable) {
  double good = 0, all = 0;
  for (const Access &access : analysis.accesses) {
    int64_t step = access.position.coefficient(variable);
    bool known = !(access.position.unknown >> variable & 1);
    good += known && (step == 0 || step == 1) ? access.trips : 0;
    all += access.trips;
  }
  return all > 0 ? good / all : 1;
}

ReductionLanes lanesOfReduce(ReduceOp op, const CpuLevel &level) {
  RankedTensorType type = typeOf(op.getInputs()[0]);
  ArrayRef<int64_t> reduced = op.getDimensions();
  int64_t widest = widestElement(op.getInputs()[0]);
  if (reduced.empty() || op.getInputs().size() != 1 || widest == 0)
    return {};
  ReductionLanes result;
  for (int64_t count = reduced.size(); count > 1; --count) {
    int64_t first = reduced[reduced.size() - count];
    if (reduced.back() - first + 1 == count && canCollapse(op.getInputs()[0], first, count)) {
      result.collapsed = count;
      break;
    }
  }
  std::optional<int64_t> extent = 1;
  for (int64_t dim : reduced.take_back(result.collapsed))
    extent = extent && !type.isDynamicDim(dim) ? std::optional(*extent * type.getDimSize(dim)) : std::nullopt;
  RegionAnalysis analysis(moduleSizes(op));
  SmallVector<AffineIndex> indices(type.getRank());
  unsigned variable = analysis.addVariable(extent.value_or(1024));
  indices[reduced.back()] = AffineIndex::variable(variable);
  analysis.visit(op.getInputs()[0], indices);
  result.lanes = fitLanes(level.lanes(widest), extent, level);
  result.unroll = unrollFor(analysis.opCount);
  if (goodShare(analysis, variable) < 0.6 || result.lanes < 4)
    return {};
  return result;
}

ReductionLanes lanesOfDot(DotGeneralOp op, const CpuLevel &level) {
  int64_t widest = std::max(widestElement(op.getLhs()), widestElement(op.getRhs()));
  Type result = computeType(typeOf(op.getResult()).getElementType());
  if (isa<ComplexType>(result) || widestElement(op.getLhs()) == 0 || op.getDims().getLhsContract().empty())
    return {};
  widest = std::max<int64_t>(widest, (result.getIntOrFloatBitWidth() + 7) / 8);
  int64_t l = op.getDims().getLhsContract().back(), r = op.getDims().getRhsContract().back();
  RankedTensorType lhsType = typeOf(op.getLhs()), rhsType = typeOf(op.getRhs());
  std::optional<int64_t> extent = lhsType.isDynamicDim(l) ? std::nullopt : std::optional(lhsType.getDimSize(l));
  RegionAnalysis analysis(moduleSizes(op));
  unsigned variable = analysis.addVariable(extent.value_or(1024));
  SmallVector<AffineIndex> lhs(lhsType.getRank()), rhs(rhsType.getRank());
  lhs[l] = rhs[r] = AffineIndex::variable(variable);
  analysis.visit(op.getLhs(), lhs);
  analysis.visit(op.getRhs(), rhs);
  int64_t lanes = fitLanes(level.lanes(widest), extent, level);
  if (goodShare(analysis, variable) < 1 || lanes < 4)
    return {};
  return {lanes, 1, unrollFor(analysis.opCount)};
}

} // namespace ingot
