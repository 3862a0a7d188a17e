#include "compiler/codegen/RegionAnalysis.h"

#include "compiler/codegen/KernelFunction.h"
#include "ir/TensorTypes.h"
#include "llvm/ADT/Statistic.h"
#include "llvm/ADT/TypeSwitch.h"

#include <algorithm>

#define DEBUG_TYPE "ingot-codegen"
ALWAYS_ENABLED_STATISTIC(NumRegionVisits, "Values that region analysis looked at");
ALWAYS_ENABLED_STATISTIC(NumCollapseQueries, "Values that were asked whether dims run as one");

namespace ingot {

using namespace mlir;

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
  a.offset = a.offset && b.offset ? std::optional(*a.offset + *b.offset) : std::nullopt;
  return a;
}

AffineIndex scale(AffineIndex a, int64_t factor) {
  if (factor == 0)
    return {};
  for (int64_t &coefficient : a.coefficients)
    coefficient *= factor;
  a.offset = a.offset ? std::optional(*a.offset * factor) : std::nullopt;
  return a;
}

AffineIndex opaque(const AffineIndex &a) {
  AffineIndex result;
  result.unknown = a.dependencies();
  result.offset.reset();
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

std::pair<AffineIndex, AffineIndex> RegionAnalysis::divide(const AffineIndex &a, int64_t divisor) const {
  divisor = std::max<int64_t>(divisor, 1);
  if (divisor == 1)
    return {a, {}};
  // Terms that are multiples of the divisor go into the quotient; the others are the remainder, if together they stay in
  // [0, divisor).
  AffineIndex quotient, rest;
  quotient.coefficients.resize(a.coefficients.size(), 0);
  rest.coefficients.resize(a.coefficients.size(), 0);
  bool isLinear = !a.unknown && a.offset;
  int64_t least = isLinear ? llvm::mod(*a.offset, divisor) : 0, most = least;
  for (auto [variable, coefficient] : llvm::enumerate(a.coefficients)) {
    if (coefficient % divisor == 0) {
      quotient.coefficients[variable] = coefficient / divisor;
    } else {
      rest.coefficients[variable] = coefficient;
      (coefficient < 0 ? least : most) += coefficient * (extents[variable] - 1);
    }
  }
  if (!isLinear || least < 0 || most >= divisor)
    return {opaque(a), opaque(a)};
  quotient.offset = llvm::divideFloorSigned(*a.offset, divisor);
  rest.offset = llvm::mod(*a.offset, divisor);
  return {quotient, rest};
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

// Linear forms as an index algebra, with every size at its maximum.
struct RegionAnalysis::Forms {
  const RegionAnalysis &analysis;

  int64_t most(AffineExpr expr) const { return maxOfExpr(expr, analysis.sizes).value_or(1024); }
  AffineIndex size(AffineExpr expr) const {
    AffineIndex result;
    auto constant = dyn_cast<AffineConstantExpr>(expr);
    result.offset = constant ? std::optional(constant.getValue()) : std::nullopt;
    return result;
  }
  AffineIndex add(const AffineIndex &a, const AffineIndex &b) const { return ingot::add(a, b); }
  AffineIndex mul(const AffineIndex &a, AffineExpr b) const { return scale(a, most(b)); }
  AffineIndex floorDiv(const AffineIndex &a, AffineExpr b) const { return divide(a, b).first; }
  AffineIndex mod(const AffineIndex &a, AffineExpr b) const { return divide(a, b).second; }
  // By what is only known at run time neither quotient nor remainder can be told.
  std::pair<AffineIndex, AffineIndex> divide(const AffineIndex &a, AffineExpr b) const {
    if (!isa<AffineConstantExpr>(b) && a.dependencies())
      return {opaque(a), opaque(a)};
    return analysis.divide(a, most(b));
  }
};

// Ops of the code of an element, beside what it reads.
static unsigned codeOf(Operation *op, const IndexRelation &relation) {
  CostClass cost = costClassOf(op);
  if (cost == CostClass::Random)
    return 100;
  if (op->hasTrait<trait::Pointwise>())
    return scalarCost(op) > 4 ? 25 : 0;
  unsigned code = 0;
  for (const IndexTerm &term : relation.terms)
    code += term.kind == IndexTerm::Kind::Computed ? 12 : term.kind == IndexTerm::Kind::Element ? 3 : 0;
  if (isStaged(op))
    return code + 4;
  bool moves = cost == CostClass::Free || cost == CostClass::Move;
  for (const IndexCase &each : relation.cases)
    code += moves ? 0 : 3 * each.reads.size();
  return code;
}

// A scalar under the dims of a tensor, which is a constant of these dims where they are known: no code of its own.
static bool isOperandItself(Operation *op, const std::optional<IndexRelation> &relation) {
  return relation && costClassOf(op) == CostClass::Free && op->getNumOperands() == 1 &&
         typeOf(op->getOperand(0)).getRank() == 0;
}

void RegionAnalysis::visit(Value tensor, ArrayRef<AffineIndex> indices) {
  ++NumRegionVisits;
  Operation *op = tensor.getDefiningOp();
  // All results of a reduction are made together.
  Value made = op && isStaged(op) ? op->getResult(0) : tensor;
  std::vector<int64_t> key{reinterpret_cast<int64_t>(made.getAsOpaquePointer())};
  for (const AffineIndex &index : indices) {
    ArrayRef<int64_t> coefficients = index.coefficients;
    while (!coefficients.empty() && coefficients.back() == 0) // the same form, however long it was written
      coefficients = coefficients.drop_back();
    key.insert(key.end(), coefficients.begin(), coefficients.end());
    key.push_back(INT64_MIN);
    key.push_back(static_cast<int64_t>(index.unknown));
  }
  if (!seen.emplace(key, true).second)
    return;
  RankedTensorType type = typeOf(tensor);
  uint64_t depends = dependencies(indices);
  if (!op) {
    accesses.push_back({linearize(indices, type), trips(depends) * share,
                        static_cast<unsigned>(elementBytes(type.getElementType())), elementsOf(type)});
    ++opCount;
    return;
  }
  std::optional<IndexRelation> relation = indexRelationOf(op, cast<OpResult>(tensor).getResultNumber());
  if (!isOperandItself(op, relation))
    ++opCount;
  if (!relation)
    return;
  bool isLoop = isStaged(op);
  const size_t number = reductions.size();
  if (isLoop)
    reductions.push_back({op, depends, 0, 0});
  Forms forms{*this};
  SmallVector<AffineIndex> values(indices);
  unsigned before = opCount;
  double copies = 1;
  SmallVector<AffineIndex> read;
  auto ask = [&](unsigned operand, ArrayRef<AffineExpr> place) {
    SmallVector<AffineIndex> at = evaluateIndices(place, ArrayRef<AffineIndex>(values), forms);
    visit(op->getOperand(operand), at);
    read.append(at);
  };
  for (const IndexRead &each : relation->once)
    ask(each.operand, each.place);
  const unsigned firstOwn = extents.size();
  for (const IndexTerm &term : relation->terms) {
    if (term.kind == IndexTerm::Kind::Variable && term.bound == getAffineConstantExpr(1, op->getContext())) {
      values.push_back(AffineIndex()); // a loop of one round
      continue;
    }
    if (term.kind == IndexTerm::Kind::Variable) {
      values.push_back(AffineIndex::variable(addVariable(forms.most(term.bound))));
      copies *= term.unrolled ? std::max<int64_t>(forms.most(term.bound), 1) : 1;
      continue;
    }
    AffineIndex found;
    for (const AffineIndex &at : evaluateIndices(ArrayRef(term.place), ArrayRef<AffineIndex>(values), forms))
      found.unknown |= at.dependencies();
    found.offset.reset();
    if (term.kind == IndexTerm::Kind::Element)
      ask(term.operand, term.place);
    values.push_back(found);
  }
  if (isLoop) {
    reductions[number].firstOwn = firstOwn;
    reductions[number].endOwn = extents.size();
  }
  const double whole = share;
  for (const IndexCase &each : relation->cases)
    for (const IndexRead &place : each.reads) {
      if (relation->cases.size() > 1) // each operand is read where it is
        share = whole * std::min(1.0, elementsOf(typeOf(op->getOperand(place.operand))) / elementsOf(type));
      ask(place.operand, place.place);
      share = whole;
    }
  if (copies > 1) // an element more takes its part in the result
    opCount = before + (opCount - before + 6) * unsigned(std::min(copies, 16.0));
  opCount += codeOf(op, *relation);

  CostClass cost = costClassOf(op);
  if (isLoop) {
    double body = 0;
    if (op->getNumRegions())
      for (Operation &inner : op->getRegion(0).front().without_terminator())
        body += scalarCost(&inner);
    scalarWork += std::max(body, 0.3) * trips(dependencies(read)) * share;
  } else if (cost != CostClass::Free && cost != CostClass::Move) {
    scalarWork += scalarCost(op) * trips(depends) * share;
  }
}

double RegionAnalysis::elementsOf(RankedTensorType type) const {
  double elements = 1;
  for (int64_t dim = 0; dim < type.getRank(); ++dim)
    elements *= static_cast<double>(std::max<int64_t>(maxDim(type, dim), 1));
  return elements;
}

//===--- Structure ---===//

static bool isLinear(Value tensor, llvm::SmallPtrSetImpl<Operation *> &asked) {
  Operation *op = tensor.getDefiningOp();
  if (!op)
    return true;
  if (op->hasTrait<OpTrait::ConstantLike>())
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
  ++NumCollapseQueries;
  if (count <= 1)
    return true;
  Operation *op = tensor.getDefiningOp();
  if (!op || !asked.insert({tensor, {first, count}}).second)
    return true;
  Making making = makingOf(op);
  std::optional<IndexRelation> relation = indexRelationOf(op, cast<OpResult>(tensor).getResultNumber());
  if (!relation || (making != Making::OnDemand && making != Making::Reduction))
    return false;
  auto touches = [&](AffineExpr index) {
    for (unsigned dim = first; dim < first + count; ++dim)
      if (index.isFunctionOfDim(dim))
        return true;
    return false;
  };
  if (!relation->keepsOrder && llvm::any_of(relation->values, touches))
    return false;
  // A reshape's operand, whose dims are others, must be read by the position alone.
  if (relation->keepsOrder && !op->hasTrait<trait::Pointwise>() && op->getNumOperands() == 1 &&
      !relation->readsAtSameIndex(0) && relation->values.empty())
    return isLinear(op->getOperand(0));
  RankedTensorType type = typeOf(tensor);
  for (const IndexTerm &term : relation->terms) {
    if (term.kind == IndexTerm::Kind::Computed && llvm::any_of(term.place, touches))
      return false;
    if (term.kind == IndexTerm::Kind::Element && !follows(op->getOperand(term.operand), term.place, type, first, count))
      return false;
  }
  for (const IndexCase &each : relation->cases) {
    if (llvm::any_of(each.conditions, [&](const IndexCondition &condition) { return touches(condition.value); }))
      return false;
    for (const IndexRead &read : each.reads)
      if (!follows(op->getOperand(read.operand), read.place, type, first, count))
        return false;
  }
  return true;
}

bool CollapseQuery::follows(Value operand, ArrayRef<AffineExpr> place, RankedTensorType type, unsigned first,
                            unsigned count) {
  std::optional<unsigned> begin;
  unsigned found = 0;
  for (auto [at, index] : llvm::enumerate(place)) {
    auto dim = dyn_cast<AffineDimExpr>(index);
    unsigned number = dim ? dim.getPosition() : 0;
    bool isOne = dim && number >= first && number < first + count;
    for (unsigned other = first; other < first + count; ++other)
      if (index.isFunctionOfDim(other) && !isOne)
        return false;
    if (!isOne)
      continue;
    if (number == first && !begin)
      begin = unsigned(at);
    bool isNext = begin && number - first == found && at - *begin == found;
    // Only the first of them may be a part of the operand's dim.
    if (!isNext || (number > first && !sameExpr(dimExpr(typeOf(operand), unsigned(at)), dimExpr(type, number))))
      return false;
    ++found;
  }
  return !begin || (found == count && holds(operand, *begin, count));
}

int64_t widestElement(Value tensor) {
  llvm::SmallPtrSet<Operation *, 16> seen;
  int64_t widest = 1;
  bool hasComplex = false;
  std::function<void(Value)> visit = [&](Value value) {
    Type element = computeType(typeOf(value).getElementType());
    if (isa<ComplexType>(element))
      hasComplex = true;
    else if (typeOf(value).getRank() > 0) // a scalar is made once, for all lanes
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

ReductionLanes lanesOfReduce(Operation *op, const CpuLevel &level) {
  IndexRelation relation = *indexRelationOf(op);
  Value input = op->getOperand(0);
  RankedTensorType type = typeOf(input);
  SmallVector<int64_t> dims = relation.variableDims(0);
  ArrayRef<int64_t> reduced = dims;
  int64_t widest = widestElement(input);
  if (reduced.empty() || relation.cases.front().reads.size() != 1 || widest == 0)
    return {};
  ReductionLanes result;
  for (int64_t count = reduced.size(); count > 1; --count) {
    int64_t first = reduced[reduced.size() - count];
    if (reduced.back() - first + 1 == count && canCollapse(input, first, count)) {
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
  analysis.visit(input, indices);
  result.lanes = fitLanes(level.lanes(widest), extent, level);
  result.unroll = unrollFor(analysis.opCount);
  if (goodShare(analysis, variable) < 0.6 || result.lanes < 4)
    return {};
  return result;
}

ReductionLanes lanesOfDot(Operation *op, const CpuLevel &level) {
  IndexRelation relation = *indexRelationOf(op);
  int64_t widest = std::max(widestElement(op->getOperand(0)), widestElement(op->getOperand(1)));
  Type result = computeType(typeOf(op->getResult(0)).getElementType());
  if (isa<ComplexType>(result) || widestElement(op->getOperand(0)) == 0 || relation.terms.empty())
    return {};
  widest = std::max<int64_t>(widest, (result.getIntOrFloatBitWidth() + 7) / 8);
  // Along the last variable; all else stands still.
  auto constant = dyn_cast<AffineConstantExpr>(relation.terms.back().bound);
  std::optional<int64_t> extent = constant ? std::optional(constant.getValue()) : std::nullopt;
  RegionAnalysis analysis(moduleSizes(op));
  unsigned variable = analysis.addVariable(extent.value_or(1024));
  for (const IndexRead &read : relation.cases.front().reads) {
    auto along = llvm::map_to_vector(read.place, [&](AffineExpr index) {
      return index == relation.term(relation.terms.size() - 1) ? AffineIndex::variable(variable) : AffineIndex();
    });
    analysis.visit(op->getOperand(read.operand), along);
  }
  int64_t lanes = fitLanes(level.lanes(widest), extent, level);
  if (goodShare(analysis, variable) < 1 || lanes < 4)
    return {};
  return {lanes, 1, unrollFor(analysis.opCount)};
}

} // namespace ingot
