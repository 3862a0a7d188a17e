#include "passes/fuse/KernelCost.h"
#include "ir/Types.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/MapVector.h"

#include <algorithm>
#include <cmath>

using namespace mlir;

namespace ingot {
namespace {

RankedTensorType typeOf(Value value) { return cast<RankedTensorType>(value.getType()); }

class Summary {
public:
  Summary(ArrayRef<Operation *> ops, ArrayRef<Value> results, ArrayRef<SizeAttr> sizes)
      : ops(ops), results(results), sizes(sizes) {}

  KernelSummary run() {
    llvm::DenseSet<Operation *> inside(ops.begin(), ops.end());
    for (Value result : results) {
      demand[result] = elements(result);
      summary.bytesWritten += bytes(result);
      summary.resultElements = std::max<int64_t>(summary.resultElements, elements(result));
    }
    for (Operation *op : llvm::reverse(ops))
      visit(op);
    // Of an operand that only windows are taken of, what is asked for is read.
    llvm::MapVector<Value, bool> operands; // whether all that reads it takes windows
    for (Operation *op : ops) {
      std::optional<IndexRelation> relation =
          isOnDemand(op) && !op->hasTrait<trait::Pointwise>() ? indexRelationOf(op) : std::nullopt;
      for (OpOperand &use : op->getOpOperands())
        if (!inside.contains(use.get().getDefiningOp())) {
          bool inWindows = relation && relation->isFoundByElements(use.getOperandNumber());
          operands.try_emplace(use.get(), true).first->second &= inWindows;
        }
    }
    for (auto [operand, inWindows] : operands)
      summary.bytesRead +=
          inWindows ? std::min(bytes(operand), demand.lookup(operand) * elementSize(operand)) : bytes(operand);
    return summary;
  }

private:
  double elements(Value value) {
    std::optional<int64_t> count = maxOfExpr(numElementsExpr(typeOf(value)), sizes);
    return count ? double(std::max<int64_t>(*count, 0)) : 1e18;
  }
  static double elementSize(Value value) { return elementBytes(typeOf(value).getElementType()); }
  double bytes(Value value) { return elements(value) * elementSize(value); }

  void ask(Value operand, double count) {
    double &asked = demand[operand];
    asked = std::max(asked, count);
  }

  void visit(Operation *op) {
    double asked = 0;
    for (Value result : op->getResults())
      asked = std::max(asked, demand.lookup(result));
    std::optional<IndexRelation> relation = indexRelationOf(op, op->getNumResults() - 1);
    if (!relation) {
      summary.flops += asked;
      for (Value operand : op->getOperands())
        ask(operand, typeOf(operand).getRank() == 0 ? 1 : asked);
      return;
    }
    if (isOnDemand(op) || makingOf(op) == Making::Panels) {
      countOnDemand(op, asked, pointsOf(*relation, sizes));
      askOnDemand(op, *relation, asked);
    } else {
      countStaged(op, *relation);
    }
  }

  void countOnDemand(Operation *op, double asked, double points) {
    if (costClassOf(op) == CostClass::Resample)
      summary.flops += asked * (4 * points + 10);
    else if (costClassOf(op) == CostClass::Random)
      summary.transcendentals += 4 * asked;
    else
      countElements(op, asked);
  }

  void askOnDemand(Operation *op, const IndexRelation &relation, double asked) {
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
      ask(operand, varies ? count : std::min(count, elements(operand)));
    };
    for (const IndexTerm &term : relation.terms)
      if (term.kind == IndexTerm::Kind::Element)
        askAt(term.operand, term.place, asked);
    for (const IndexRead &read : relation.once)
      askAt(read.operand, read.place, asked);
    for (const IndexCase &each : relation.cases)
      for (const IndexRead &read : each.reads) {
        double all = std::max(1.0, elements(op->getResult(0)));
        double share = relation.cases.size() > 1 ? std::min(1.0, elements(op->getOperand(read.operand)) / all) : 1;
        askAt(read.operand, read.place, asked * share);
      }
  }

  // Each of its elements is made once, whatever is asked for.
  void countStaged(Operation *op, const IndexRelation &relation) {
    double points = pointsOf(relation, sizes), count = elements(op->getResult(0)) * points;
    Making making = makingOf(op);
    for (const IndexRead &read : relation.once)
      ask(op->getOperand(read.operand), elements(op->getOperand(read.operand)));
    if (making == Making::Whole) { // looks at each element of what it reads once
      count = 0;
      for (Value operand : op->getOperands())
        ask(operand, elements(operand));
      for (const IndexCase &each : relation.cases)
        for (const IndexRead &read : each.reads)
          count = std::max(count, elements(op->getOperand(read.operand)));
    } else {
      for (const IndexCase &each : relation.cases)
        for (const IndexRead &read : each.reads) {
          Value operand = op->getOperand(read.operand);
          // A contraction packs its operands once, windows as often as they overlap.
          ask(operand, making == Making::Contraction ? elements(operand) * overlap(relation, read.place) : count);
        }
    }
    if (costClassOf(op) == CostClass::Order)
      count *= std::log2(points + 2);
    if (op->getNumRegions())
      countBody(op->getRegion(0), count);
    else
      summary.flops += (costClassOf(op) == CostClass::Product ? 2 : 1) * count;
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

  void countElements(Operation *op, double count) {
    switch (costClassOf(op)) {
    case CostClass::Free:
      return;
    case CostClass::Division:
    case CostClass::Dear:
    case CostClass::VeryDear:
    case CostClass::Iterative:
      summary.transcendentals += count;
      return;
    default:
      summary.flops += count;
    }
  }

  void countBody(Region &body, double count) {
    for (Operation &op : body.front().without_terminator())
      countElements(&op, count);
  }

  ArrayRef<Operation *> ops;
  ArrayRef<Value> results;
  ArrayRef<SizeAttr> sizes;
  llvm::DenseMap<Value, double> demand; // elements asked for, of every value
  KernelSummary summary;
};

} // namespace

KernelSummary summarizeKernel(ArrayRef<Operation *> ops, ArrayRef<Value> results, ArrayRef<SizeAttr> sizes) {
  return Summary(ops, results, sizes).run();
}

} // namespace ingot
