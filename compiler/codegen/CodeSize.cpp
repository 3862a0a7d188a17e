#include "compiler/codegen/CodeSize.h"

#include "ir/TensorTypes.h"

#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/Hashing.h"
#include "llvm/ADT/Statistic.h"

#define DEBUG_TYPE "ingot-codegen"
ALWAYS_ENABLED_STATISTIC(NumCounted, "Evaluations that were counted");

namespace ingot {

using namespace mlir;

// Evaluations a kernel may hold beside kEvaluations for each op: room for a small region around a window of a few elements.
static constexpr unsigned kFreeEvaluations = 64;
static constexpr unsigned kEvaluations = 4;

namespace {

// An index as a term over the results' indices, by its hash: equal terms are one index.
using Term = uint64_t;
using Terms = SmallVector<Term, 6>;
constexpr Term kZero = 0;

template <typename... Parts> Term term(const Parts &...parts) { return llvm::hash_combine(parts...) | 1; }
Term termOf(ArrayRef<Term> terms) { return llvm::hash_combine_range(terms.begin(), terms.end()) | 1; }
Term termOf(AffineExpr expr) { return term(expr.getAsOpaquePointer()); }

// Terms as an index algebra.
struct TermAlgebra {
  Term size(AffineExpr expr) { return expr == 0 ? kZero : termOf(expr); }
  Term add(Term a, Term b) { return a == kZero ? b : b == kZero ? a : term(StringRef("+"), a, b); }
  Term mul(Term a, AffineExpr b) { return a == kZero || b == 1 ? a : term(StringRef("*"), a, termOf(b)); }
  Term floorDiv(Term a, AffineExpr b) { return a == kZero || b == 1 ? a : term(StringRef("/"), a, termOf(b)); }
  Term mod(Term a, AffineExpr b) { return a == kZero || b == 1 ? kZero : term(StringRef("%"), a, termOf(b)); }
};

class EvaluationCounter {
public:
  EvaluationCounter(ArrayRef<Operation *> ops, unsigned limit) : inside(ops.begin(), ops.end()), limit(limit) {}

  unsigned run(ArrayRef<Value> results) {
    for (Value result : results) {
      Terms place;
      for (auto [dim, extent] : llvm::enumerate(dimExprs(typeOf(result))))
        place.push_back(extent == getAffineConstantExpr(1, extent.getContext()) ? kZero : term(dim, termOf(extent)));
      visit(result, place, 0);
    }
    return count;
  }

private:
  // `condition`: the branches and masks around the evaluation, 0 for none. Each op that has some makes its own: what is
  // evaluated within one branch cannot be seen from another, were their conditions equal.
  void visit(Value value, const Terms &place, Term condition);
  // One copy of the code of an op.
  void visitReads(Operation *op, const IndexRelation &relation, const Terms &place, Term condition, unsigned copy);

  llvm::SmallPtrSet<Operation *, 32> inside;
  llvm::DenseSet<uint64_t> seen;
  unsigned count = 0, limit;
};

} // namespace

// How often the code of the op's operands is made: for each value of variables that are unrolled, and for each element of a
// small window (RegionEvaluator::windowLoops).
static unsigned copiesOf(Operation *op, const IndexRelation &relation, unsigned limit) {
  constexpr int64_t kStraight = 27;
  int64_t unrolled = 1, all = 1;
  for (const IndexTerm &term : relation.terms) {
    if (term.kind != IndexTerm::Kind::Variable)
      continue;
    auto bound = dyn_cast<AffineConstantExpr>(term.bound);
    int64_t values = bound ? std::max<int64_t>(bound.getValue(), 1) : kStraight + 1;
    all = std::min(all * values, kStraight + 1);
    if (term.unrolled)
      unrolled = std::min<int64_t>(unrolled * values, limit + 1);
  }
  bool isWindow = makingOf(op) == Making::Window || (makingOf(op) == Making::Contraction && relation.movesWindows());
  return unsigned(isWindow && all <= kStraight ? all : unrolled);
}

void EvaluationCounter::visitReads(Operation *op, const IndexRelation &relation, const Terms &place, Term condition,
                                   unsigned copy) {
  TermAlgebra algebra;
  Terms values(place);
  auto placeOf = [&](ArrayRef<AffineExpr> exprs) {
    Terms at;
    for (AffineExpr expr : exprs)
      at.push_back(evaluateIndex(expr, ArrayRef<Term>(values), algebra));
    return at;
  };
  for (const IndexRead &read : relation.once)
    visit(op->getOperand(read.operand), placeOf(read.place), condition);
  for (auto [number, each] : llvm::enumerate(relation.terms)) {
    Terms at = placeOf(each.place);
    if (each.kind == IndexTerm::Kind::Element)
      visit(op->getOperand(each.operand), at, condition);
    values.push_back(each.kind == IndexTerm::Kind::Variable ? term(op, number, copy, termOf(place))
                                                            : term(op, number, copy, termOf(at)));
  }
  for (auto [number, each] : llvm::enumerate(relation.cases)) {
    Term within = condition;
    if (!each.conditions.empty() || number > 0)
      within = term(condition, op, number);
    for (const IndexCondition &holds : each.conditions)
      within = term(within, evaluateIndex(holds.value, ArrayRef<Term>(values), algebra));
    for (const IndexRead &read : each.reads)
      visit(op->getOperand(read.operand), placeOf(read.place), within);
  }
}

void EvaluationCounter::visit(Value value, const Terms &place, Term condition) {
  ++NumCounted;
  Operation *op = value.getDefiningOp();
  if (!op || !inside.contains(op) || op->getNumOperands() == 0 || count > limit)
    return;
  // The low bit keeps clear of the set's own marks.
  uint64_t key = llvm::hash_combine(value.getAsOpaquePointer(), termOf(place), condition) >> 1;
  if (!seen.insert(key).second)
    return;
  ++count;
  std::optional<IndexRelation> relation = indexRelationOf(op, cast<OpResult>(value).getResultNumber());
  if (!relation)
    return;
  unsigned copies = copiesOf(op, *relation, limit);
  for (unsigned copy = 0; copy < copies && count <= limit; ++copy)
    visitReads(op, *relation, place, condition, copy);
}

unsigned countEvaluations(ArrayRef<Operation *> ops, ArrayRef<Value> results, unsigned limit) {
  return EvaluationCounter(ops, limit).run(results);
}

// True if there are no more than `limit` even were each that a reader asks for another one: told without following places.
static bool isFewForEachReader(ArrayRef<Operation *> ops, ArrayRef<Value> results, unsigned limit) {
  llvm::DenseMap<Value, unsigned> asked;
  for (Value result : results)
    ++asked[result];
  unsigned count = 0;
  for (Operation *op : llvm::reverse(ops)) {
    unsigned own = 0;
    for (Value result : op->getResults())
      own += asked.lookup(result);
    if (op->getNumOperands() == 0 || own == 0)
      continue;
    count += own;
    if (count > limit)
      return false;
    if (op->hasTrait<trait::Pointwise>() || op->hasTrait<trait::DataMovement>()) {
      for (Value operand : op->getOperands())
        asked[operand] += own;
      continue;
    }
    std::optional<IndexRelation> relation = indexRelationOf(op);
    if (!relation || copiesOf(op, *relation, limit) > 1)
      return false;
    auto ask = [&](unsigned operand) { asked[op->getOperand(operand)] += own; };
    for (const IndexRead &read : relation->once)
      ask(read.operand);
    for (const IndexTerm &term : relation->terms)
      if (term.kind == IndexTerm::Kind::Element)
        ask(term.operand);
    for (const IndexCase &each : relation->cases)
      for (const IndexRead &read : each.reads)
        ask(read.operand);
  }
  return true;
}

bool makesLinearCode(ArrayRef<Operation *> ops, ArrayRef<Value> results) {
  unsigned limit = kFreeEvaluations + kEvaluations * ops.size();
  return isFewForEachReader(ops, results, limit) || countEvaluations(ops, results, limit) <= limit;
}

} // namespace ingot
