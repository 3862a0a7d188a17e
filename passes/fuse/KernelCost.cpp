#include "passes/fuse/KernelCost.h"
#include "ir/TensorTypes.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/MapVector.h"

#include <algorithm>
#include <cmath>
#include <limits>

using namespace mlir;

namespace ingot {
namespace {

constexpr double kAll = std::numeric_limits<double>::infinity();

} // namespace

KernelCosts::Amount KernelCosts::amountOf(Value value) {
  auto [found, isNew] = amounts.try_emplace(value);
  if (isNew) {
    std::optional<int64_t> count = maxOfExpr(numElementsExpr(typeOf(value)), sizes);
    double elements = count ? double(std::max<int64_t>(*count, 0)) : 1e18;
    found->second = {elements, elements * elementBytes(typeOf(value).getElementType())};
  }
  return found->second;
}

// What one op costs and asks for.
class KernelCosts::OpCounter {
public:
  OpCounter(KernelCosts &costs, Operation *op) : costs(costs), op(op), sizes(costs.sizes) {}

  OpCost run() {
    std::optional<IndexRelation> relation = indexRelationOf(op, op->getNumResults() - 1);
    if (!relation) {
      cost.flops = 1;
      for (Value operand : op->getOperands())
        typeOf(operand).getRank() == 0 ? askAlways(operand, 1) : askEach(operand, 1, kAll);
      return std::move(cost);
    }
    if (isOnDemand(op) || makingOf(op) == Making::Panels) {
      countOnDemand(pointsOf(*relation, sizes));
      askOnDemand(*relation);
    } else {
      countStaged(*relation);
    }
    if (isOnDemand(op) && !op->hasTrait<trait::Pointwise>())
      for (unsigned operand = 0; operand < op->getNumOperands(); ++operand)
        if (relation->isFoundByElements(operand))
          cost.operandsInWindows.push_back(operand);
    return std::move(cost);
  }

private:
  double elements(Value value) { return costs.elements(value); }
  void askEach(Value operand, double factor, double most) { cost.asks.push_back({operand, factor, most, 0}); }
  void askAlways(Value operand, double count) { cost.asks.push_back({operand, 0, 0, count}); }

  void countOnDemand(double points) {
    if (costClassOf(op) == CostClass::Resample)
      cost.flops = 4 * points + 10;
    else if (costClassOf(op) == CostClass::Random)
      cost.transcendentals = 4;
    else
      countElements(op, 1, cost.flops, cost.transcendentals);
  }

  void askOnDemand(const IndexRelation &relation) {
    auto askAt = [&](unsigned number, ArrayRef<AffineExpr> place, double count) {
      auto isIn = [&](unsigned dim) { return llvm::any_of(place, [&](AffineExpr at) { return at.isFunctionOfDim(dim); }); };
      for (auto [i, term] : llvm::enumerate(relation.terms))
        if (term.kind == IndexTerm::Kind::Variable && (isIn(relation.rank + unsigned(i)) || relation.computesPlaces()))
          count *= double(maxOfExpr(term.bound, sizes).value_or(1));
      // What is the same along the innermost dim is computed once a row.
      bool varies = relation.rank > 0 && isIn(relation.rank - 1);
      for (auto [i, term] : llvm::enumerate(relation.terms))
        varies |= isIn(relation.rank + unsigned(i)) &&
                  llvm::any_of(term.place, [&](AffineExpr at) { return at.isFunctionOfDim(relation.rank - 1); });
      Value operand = op->getOperand(number);
      askEach(operand, count, varies ? kAll : elements(operand));
    };
    for (const IndexTerm &term : relation.terms)
      if (term.kind == IndexTerm::Kind::Element)
        askAt(term.operand, term.place, 1);
    for (const IndexRead &read : relation.once)
      askAt(read.operand, read.place, 1);
    for (const IndexCase &each : relation.cases)
      for (const IndexRead &read : each.reads) {
        double all = std::max(1.0, elements(op->getResult(0)));
        double share = relation.cases.size() > 1 ? std::min(1.0, elements(op->getOperand(read.operand)) / all) : 1;
        askAt(read.operand, read.place, share);
      }
  }

  // Each of its elements is made once, whatever is asked for.
  void countStaged(const IndexRelation &relation) {
    double points = pointsOf(relation, sizes), count = elements(op->getResult(0)) * points;
    Making making = makingOf(op);
    for (const IndexRead &read : relation.once)
      askAlways(op->getOperand(read.operand), elements(op->getOperand(read.operand)));
    if (making == Making::Whole) { // looks at each element of what it reads once
      count = 0;
      for (Value operand : op->getOperands())
        askAlways(operand, elements(operand));
      for (const IndexCase &each : relation.cases)
        for (const IndexRead &read : each.reads)
          count = std::max(count, elements(op->getOperand(read.operand)));
    } else {
      for (const IndexCase &each : relation.cases)
        for (const IndexRead &read : each.reads) {
          Value operand = op->getOperand(read.operand);
          // A contraction packs its operands once, windows as often as they overlap.
          askAlways(operand, making == Making::Contraction ? elements(operand) * overlap(relation, read.place) : count);
        }
    }
    if (costClassOf(op) == CostClass::Order)
      count *= std::log2(points + 2);
    if (op->getNumRegions())
      countBody(op->getRegion(0), count);
    else
      cost.allFlops += (costClassOf(op) == CostClass::Product ? 2 : 1) * count;
  }

  // How many windows an element lies in, at least 1.
  double overlap(const IndexRelation &relation, ArrayRef<AffineExpr> place) {
    double windows = 1;
    for (AffineExpr index : place) {
      std::optional<int64_t> stride;
      double taps = 1;
      for (unsigned dim = 0; dim < relation.rank; ++dim)
        if (index.isFunctionOfDim(dim))
          stride = strideAlong(index, dim);
      for (auto [number, term] : llvm::enumerate(relation.terms))
        if (index.isFunctionOfDim(relation.rank + unsigned(number)))
          taps *= double(maxOfExpr(term.bound, sizes).value_or(1));
      if (stride)
        windows *= taps / double(*stride);
    }
    return std::max(1.0, windows);
  }

  // How far the index moves with the dim; none where that is not known.
  static std::optional<int64_t> strideAlong(AffineExpr index, unsigned dim) {
    std::optional<int64_t> stride;
    index.walk([&](AffineExpr part) {
      auto binary = dyn_cast<AffineBinaryOpExpr>(part);
      if (part == getAffineDimExpr(dim, part.getContext()) && !stride)
        stride = 1;
      if (binary && part.getKind() == AffineExprKind::Mul && binary.getLHS() == getAffineDimExpr(dim, part.getContext()))
        if (auto factor = dyn_cast<AffineConstantExpr>(binary.getRHS()))
          stride = std::max<int64_t>(std::abs(factor.getValue()), 1);
      if (binary && (part.getKind() == AffineExprKind::FloorDiv || part.getKind() == AffineExprKind::Mod) && stride)
        stride.reset();
    });
    return stride;
  }

  static void countElements(Operation *op, double count, double &flops, double &transcendentals) {
    switch (costClassOf(op)) {
    case CostClass::Free:
      return;
    case CostClass::Division:
    case CostClass::Dear:
    case CostClass::VeryDear:
    case CostClass::Iterative:
      transcendentals += count;
      return;
    default:
      flops += count;
    }
  }

  void countBody(Region &body, double count) {
    for (Operation &op : body.front().without_terminator())
      countElements(&op, count, cost.allFlops, cost.allTranscendentals);
  }

  KernelCosts &costs;
  Operation *op;
  ArrayRef<SizeAttr> sizes;
  OpCost cost;
};

const KernelCosts::OpCost &KernelCosts::costOf(Operation *op) {
  if (auto found = costs.find(op); found != costs.end())
    return *found->second;
  return *(costs[op] = std::make_unique<OpCost>(OpCounter(*this, op).run()));
}

KernelSummary KernelCosts::summarize(ArrayRef<Operation *> ops, ArrayRef<Value> results) {
  KernelSummary summary;
  llvm::DenseMap<Value, double> demand; // elements asked for, of every value
  for (Value result : results) {
    demand[result] = elements(result);
    summary.bytesWritten += bytes(result);
    summary.resultElements = std::max<int64_t>(summary.resultElements, elements(result));
  }
  llvm::DenseSet<Operation *> inside(ops.begin(), ops.end());
  for (Operation *op : llvm::reverse(ops)) {
    const OpCost &cost = costOf(op);
    double asked = 0;
    for (Value result : op->getResults())
      asked = std::max(asked, demand.lookup(result));
    summary.flops += cost.allFlops + asked * cost.flops;
    summary.transcendentals += cost.allTranscendentals + asked * cost.transcendentals;
    for (const Ask &ask : cost.asks) {
      double &count = demand[ask.operand];
      count = std::max(count, ask.always + std::min(asked * ask.factor, ask.most));
    }
  }
  // Of an operand that only windows are taken of, what is asked for is read.
  llvm::MapVector<Value, bool> operands; // whether all that reads it takes windows
  for (Operation *op : ops)
    for (OpOperand &use : op->getOpOperands())
      if (!inside.contains(use.get().getDefiningOp())) {
        bool inWindows = llvm::is_contained(costOf(op).operandsInWindows, use.getOperandNumber());
        operands.try_emplace(use.get(), true).first->second &= inWindows;
      }
  for (auto [operand, inWindows] : operands)
    summary.bytesRead +=
        inWindows ? std::min(bytes(operand), demand.lookup(operand) * elementBytes(typeOf(operand).getElementType()))
                  : bytes(operand);
  return summary;
}

KernelSummary summarizeKernel(ArrayRef<Operation *> ops, ArrayRef<Value> results, ArrayRef<SizeAttr> sizes) {
  return KernelCosts(sizes).summarize(ops, results);
}

} // namespace ingot
