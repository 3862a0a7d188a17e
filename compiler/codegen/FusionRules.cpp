#include "compiler/codegen/FusionRules.h"

#include "compiler/codegen/RegionAnalysis.h"
#include "ir/TensorTypes.h"
#include "passes/Programs.h"
#include "passes/fuse/RegionRules.h"
#include "llvm/ADT/SetVector.h"

namespace ingot {

using namespace mlir;

namespace {

// Nanoseconds of an element from which on it must not be computed twice.
constexpr double kExpensive = 1.0;

// True if the op reads what the producer makes at the place of its own element alone.
bool isElementwiseInResultsOf(Operation *op, Operation *producer) {
  return llvm::all_of(producer->getResults(), [&](Value result) {
    return !llvm::is_contained(op->getOperands(), result) || isElementwiseIn(op, result);
  });
}

class LoopRules {
public:
  LoopRules(ArrayRef<Operation *> ops, ArrayRef<Value> results) : ops(ops), results(results), set(ops.begin(), ops.end()) {}

  bool hold() {
    if (results.empty() || !llvm::all_of(results, [&](Value value) { return sameDims(typeOf(value), typeOf(results[0])); }))
      return false; // loops over different spaces share nothing
    for (Operation *op : ops) {
      Making making = makingOf(op);
      if (making == Making::Contraction || making == Making::Window)
        windows.push_back(op);
      else if (making == Making::Reduction)
        reductions.push_back(op);
      else if (making != Making::OnDemand && making != Making::Panels)
        return false;
    }
    if (!updatesStandAlone(ops, results))
      return false;
    if (windows.size() > 1 || (!windows.empty() && !reductions.empty()))
      return false;
    for (Operation *op : ops)
      if (readsByOtherNumbers(op) && indexRelationOf(op)->computesPlaces() && !readsCheaply(op) && !readsAtMostOnce(op))
        return false;
    if (!windows.empty() && !(isMadeOnce(windows[0]) && readsCheaply(windows[0])))
      return false;
    return reductionsAreRows() && nothingExpensiveRepeats();
  }

private:
  // From the op to the results lead only ops that ask for each element once, and all results ask for it at the same place.
  bool isMadeOnce(Operation *op) {
    llvm::SetVector<Operation *> pending;
    pending.insert(op);
    for (size_t i = 0; i < pending.size(); ++i) {
      unsigned movements = 0;
      for (Operation *user : pending[i]->getUsers()) {
        if (!set.contains(user))
          continue;
        bool isElementwise = isElementwiseInResultsOf(user, pending[i]);
        if (!isElementwise && !isView(user) && !isa<TransposeOp>(user))
          return false;
        movements += !isElementwise;
        pending.insert(user);
      }
      if (movements > 1 || (movements == 1 && !llvm::hasSingleElement(pending[i]->getUsers())))
        return false;
    }
    llvm::DenseMap<Operation *, Moves> moves{{op, {}}};
    std::optional<Moves> all;
    for (Value result : results) {
      Operation *source = result.getDefiningOp();
      if (!pending.contains(source))
        continue;
      std::optional<Moves> found = movesTo(source, pending, moves);
      if (!found || (all && !areSame(*all, *found)))
        return false;
      all = found;
    }
    return true;
  }

  using Moves = SmallVector<Operation *, 2>; // ops that change places, in their order
  static bool areSame(ArrayRef<Operation *> a, ArrayRef<Operation *> b) {
    return a.size() == b.size() && llvm::all_of(llvm::zip_equal(a, b), [](auto pair) {
             auto [x, y] = pair;
             return x == y || (x->getName() == y->getName() && x->getAttrDictionary() == y->getAttrDictionary() &&
                               sameDims(typeOf(x->getResult(0)), typeOf(y->getResult(0))));
           });
  }
  // On all ways to `op` from what `moves` begins with; none where they differ.
  static std::optional<Moves> movesTo(Operation *op, const llvm::SetVector<Operation *> &reached,
                                      llvm::DenseMap<Operation *, Moves> &moves) {
    if (auto found = moves.find(op); found != moves.end())
      return found->second;
    std::optional<Moves> all;
    for (Value operand : op->getOperands()) {
      Operation *producer = operand.getDefiningOp();
      if (!producer || !reached.contains(producer))
        continue;
      std::optional<Moves> way = movesTo(producer, reached, moves);
      if (!way)
        return std::nullopt;
      if (!isElementwiseInResultsOf(op, producer))
        way->push_back(op);
      if (all && !areSame(*all, *way))
        return std::nullopt;
      all = way;
    }
    return moves[op] = *all;
  }

  // What a window or contraction reads is read many times: only cheap ops may stand in front of it.
  bool readsCheaply(Operation *op) {
    double cost = 0;
    llvm::SetVector<Operation *> pending;
    pending.insert(op);
    for (size_t i = 0; i < pending.size(); ++i)
      for (Value operand : pending[i]->getOperands())
        if (Operation *producer = operand.getDefiningOp(); producer && set.contains(producer) && pending.insert(producer))
          cost += isOnDemand(producer) && !producer->hasTrait<trait::DataMovement>() ? scalarCost(producer) : 0;
    return cost < (makingOf(op) == Making::Window ? kExpensive : 0.5);
  }

  // All reductions run over the same dims of one space, and what comes of them goes to the results, or through a broadcast
  // back into the space they came from.
  bool reductionsAreRows() {
    if (reductions.empty())
      return true;
    RankedTensorType space = typeOf(reductions[0]->getOperand(0)), kept = typeOf(reductions[0]->getResult(0));
    SmallVector<int64_t> reduced = reducedDims(reductions[0]), keptDims;
    for (int64_t dim = 0; dim < space.getRank(); ++dim)
      if (!llvm::is_contained(reduced, dim))
        keptDims.push_back(dim);
    for (Operation *reduce : reductions)
      if (!sameDims(typeOf(reduce->getOperand(0)), space) || reducedDims(reduce) != reduced)
        return false;
    llvm::SetVector<Operation *> pending(reductions.begin(), reductions.end()); // ops on reduced values
    llvm::SetVector<Operation *> fullOps;                                       // ops on what came back of them
    bool comesBack = false, regroups = false;
    for (size_t i = 0; i < pending.size(); ++i) {
      for (Operation *user : pending[i]->getUsers()) {
        if (!set.contains(user) || makingOf(user) == Making::Reduction)
          continue;
        if (auto broadcast = dyn_cast<BroadcastInDimOp>(user); broadcast && sameDims(typeOf(broadcast.getResult()), space)) {
          // Directly, or through a reshape that put ones where the reduced dims were.
          RankedTensorType from = typeOf(broadcast.getOperand());
          SmallVector<int64_t> mapped;
          for (auto [dim, target] : llvm::enumerate(broadcast.getBroadcastDimensions()))
            if (from.getDimSize(dim) != 1 || space.getDimSize(target) == 1)
              mapped.push_back(target);
          bool subset = llvm::all_of(
              mapped, [&](int64_t target) { return llvm::is_contained(keptDims, target) || space.getDimSize(target) == 1; });
          if (!subset)
            return false;
          comesBack = true;
          fullOps.insert(user);
          continue;
        }
        if (!isElementwiseInResultsOf(user, pending[i]) && !isView(user))
          return false;
        regroups |= isView(user) && !keepsPlaces(user);
        if (!sameExpr(numElementsExpr(typeOf(user->getResult(0))), numElementsExpr(kept)))
          return false;
        pending.insert(user);
      }
    }
    // Either everything ends in the full space, or in the reduced one.
    bool full = sameDims(typeOf(results[0]), space);
    return full == comesBack && !(comesBack && regroups) && staysInSpace(std::move(fullOps));
  }

  // Where an index is put together and taken apart again, nothing tells that a row's value is asked for at the row's place:
  // it would be made for every element.
  static bool keepsPlaces(Operation *reshape) {
    auto dimsOf = [](Value value) {
      SmallVector<AffineExpr> dims = dimExprs(typeOf(value));
      llvm::erase(dims, getAffineConstantExpr(1, value.getContext()));
      return dims;
    };
    return dimsOf(reshape->getOperand(0)) == dimsOf(reshape->getResult(0));
  }
  // All that comes of rows' values spread over the space asks for them at its own places.
  bool staysInSpace(llvm::SetVector<Operation *> pending) const {
    for (size_t i = 0; i < pending.size(); ++i)
      for (Operation *user : pending[i]->getUsers()) {
        if (!set.contains(user) || makingOf(user) == Making::Reduction)
          continue;
        if (!isElementwiseInResultsOf(user, pending[i]) && !(isView(user) && keepsPlaces(user)))
          return false;
        pending.insert(user);
      }
    return true;
  }

  bool nothingExpensiveRepeats() {
    for (Operation *op : ops) {
      if ((!op->hasTrait<trait::Pointwise>() && costClassOf(op) != CostClass::Random) || scalarCost(op) < kExpensive)
        continue;
      unsigned users = 0, movements = 0;
      for (Operation *user : op->getUsers()) {
        if (!set.contains(user))
          continue;
        ++users;
        movements += user->hasTrait<trait::DataMovement>();
        auto broadcast = dyn_cast<BroadcastInDimOp>(user);
        bool repeats = broadcast && !sameExpr(numElementsExpr(typeOf(broadcast.getResult())),
                                              numElementsExpr(typeOf(broadcast.getOperand())));
        // Rows' values are made between the loops; scalars in front of them.
        if (repeats && reductions.empty() && typeOf(broadcast.getOperand()).getRank() > 0)
          return false;
        if (readsByOtherNumbers(user) && indexRelationOf(user)->findsPlaces() && !readsAtMostOnce(user, op))
          return false;
      }
      if (users > 1 && movements > 0)
        return false;
    }
    return true;
  }

  // True if the op's places may depend on more than its index.
  static bool readsByOtherNumbers(Operation *op) {
    return isOnDemand(op) && !op->hasTrait<trait::Pointwise>() && !op->hasTrait<trait::DataMovement>() &&
           op->getNumOperands() > 0;
  }
  static SmallVector<int64_t> reducedDims(Operation *reduce) { return indexRelationOf(reduce)->variableDims(0); }
  static bool readsAtMostOnce(Operation *op) {
    RankedTensorType from = typeOf(op->getOperand(0)), to = typeOf(op->getResult(0));
    return !indexRelationOf(op)->hasVariables() && from.hasStaticShape() && to.hasStaticShape() &&
           to.getNumElements() <= from.getNumElements();
  }
  // True if the op asks for no more elements of `producer` than it has.
  static bool readsAtMostOnce(Operation *op, Operation *producer) {
    RankedTensorType result = typeOf(op->getResult(0)), read = typeOf(producer->getResult(0));
    if (op->getOperand(0).getDefiningOp() == producer && result.hasStaticShape() && read.hasStaticShape())
      return result.getNumElements() <= read.getNumElements();
    return sameExpr(numElementsExpr(result), numElementsExpr(read));
  }

  ArrayRef<Operation *> ops;
  ArrayRef<Value> results;
  llvm::SmallPtrSet<Operation *, 16> set;
  SmallVector<Operation *> windows, reductions;
};

} // namespace

// What stands in front of an op that is made whole is evaluated once an element, but the indices of a scatter and, as
// it copies whole inputs beside few updates, what its tiles may ask for again.
bool wholeOpEmitterCanFuse(ArrayRef<Operation *> ops, ArrayRef<Value> results) {
  Operation *whole = nullptr;
  double cost = 0;
  for (Operation *op : ops) {
    if (isMadeWhole(op)) {
      if (whole)
        return false;
      whole = op;
    } else if (!isOnDemand(op)) {
      return false;
    } else if (!op->hasTrait<trait::DataMovement>()) {
      cost += scalarCost(op);
    }
  }
  if (!whole || (indexRelationOf(whole)->findsPlaces() && cost >= kExpensive))
    return false;
  return llvm::all_of(results, [&](Value result) { return result.getDefiningOp() == whole; });
}

bool loopEmitterCanFuse(ArrayRef<Operation *> ops, ArrayRef<Value> results) { return LoopRules(ops, results).hold(); }

} // namespace ingot
