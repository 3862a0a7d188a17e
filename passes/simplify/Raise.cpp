// Finds composites in what exporters spelled out. For each op that a composite is unlikely to lack (an exponential, a sum, a
// root), the values near it that may be the composite's input are tried, the farthest first: what is computed from both is
// compared with what composites are, in the normal form of RaiseAlgebra.
#include "ir/Composites.h"
#include "ir/Locations.h"
#include "mlir/IR/IRMapping.h"
#include "passes/Programs.h"
#include "passes/simplify/Passes.h"
#include "passes/simplify/RaiseMatch.h"
#include "llvm/ADT/Hashing.h"

#include <cmath>

namespace ingot {

#define GEN_PASS_DEF_RAISE
#include "passes/simplify/Passes.h.inc"

using namespace mlir;
using namespace raise;

namespace {

constexpr size_t kMaxCandidates = 6, kMaxForward = 28, kMaxRegion = 64;

//===--- where to look -------------------------------------------------------------------------------------------------===//

bool isNumber(Value value) { return numberOf(value).has_value(); }

// A maximum next to a minimum: one alone is a relu.
bool isHalfOfClamp(Operation *op) {
  if (!isa<MaximumOp, MinimumOp>(op))
    return false;
  auto isOther = [&](Operation *other) {
    return isa_and_nonnull<MaximumOp, MinimumOp>(other) && other->getName() != op->getName();
  };
  return llvm::any_of(op->getUsers(), isOther) ||
         llvm::any_of(op->getOperands(), [&](Value operand) { return isOther(operand.getDefiningOp()); });
}

bool isRootPower(Operation *op) {
  std::optional<double> exponent = isa<PowerOp>(op) ? numberOf(op->getOperand(1)) : std::nullopt;
  return exponent && std::fabs(*exponent) == 0.5;
}

ArrayRef<Recogniser> recognisersAt(Operation *op) {
  static const Recogniser exponentials[] = {matchSoftmax, matchLogSoftmax, matchActivation}, functions[] = {matchActivation},
                          sums[] = {matchNormalization}, roots[] = {matchBatchNorm},
                          composites[] = {matchLogSoftmax, matchActivation};
  if (!Algebra::opens(op))
    return {};
  if (isa<ExponentialOp>(op))
    return exponentials;
  if (Algebra::isFunction(op) || isHalfOfClamp(op))
    return functions;
  if (isa<ReduceOp>(op))
    return sums;
  if (isa<CompositeOp>(op))
    return composites;
  return isa<SqrtOp, RsqrtOp>(op) || isRootPower(op) ? ArrayRef<Recogniser>(roots) : ArrayRef<Recogniser>();
}

// The values that an anchor's operand is computed from by ops with one operand that is no number; where two are none, that
// which both come from, and the left one.
SmallVector<Value> candidatesOf(Value value, Block *block, unsigned depth = 0) {
  SmallVector<Value> chain;
  while (chain.size() < kMaxCandidates) {
    chain.push_back(value);
    Operation *op = value.getDefiningOp();
    if (!op || op->getBlock() != block || !Algebra::opens(op) || isa<ReduceOp>(op))
      break;
    SmallVector<Value> open;
    for (Value operand : op->getOperands())
      if (!isNumber(operand) && !llvm::is_contained(open, operand))
        open.push_back(operand);
    if (open.size() == 2 && depth < 2) {
      SmallVector<Value> left = candidatesOf(open[0], block, depth + 1), right = candidatesOf(open[1], block, depth + 1);
      auto *common = llvm::find_if(left, [&](Value each) { return llvm::is_contained(right, each); });
      open.assign(1, common == left.end() ? open[0] : *common);
    }
    if (open.size() != 1)
      break;
    value = open.front();
  }
  return chain;
}

//===--- what a match takes --------------------------------------------------------------------------------------------===//

bool isResultOf(Operation *op, const Match &match) {
  return op == match.result.getDefiningOp() || (match.second && op == match.second.getDefiningOp());
}

// The composite stands where all it reads is there; nullptr where somebody reads its second result before.
Operation *placeOf(const Match &match, ArrayRef<Operation *> ops) {
  Operation *place = match.result.getDefiningOp();
  if (!match.second)
    return place;
  for (Operation *user : match.second.getUsers()) {
    Operation *above = place->getBlock()->findAncestorOpInBlock(*user);
    if (!llvm::is_contained(ops, user) && above && above->isBeforeInBlock(place))
      place = above;
  }
  auto isThere = [&](Value operand) {
    Operation *def = operand ? operand.getDefiningOp() : nullptr;
    return !def || def->getBlock() != place->getBlock() || def->isBeforeInBlock(place);
  };
  return llvm::all_of(match.operands, isThere) ? place : nullptr;
}

bool isRepeatable(Operation *op) {
  return isa<ConstantOp, SizeOfOp>(op) || (op->getNumOperands() != 0 && Algebra::isView(op)) || isa<ReshapeOp>(op);
}

// The ops between a match's operands and its result, in order; nullopt where they read other values, or others read theirs.
std::optional<SmallVector<Operation *>> regionOf(Match &match) {
  Block *block = match.result.getParentBlock();
  llvm::SetVector<Operation *> ops;
  SmallVector<Value> reached = {match.result};
  while (!reached.empty()) {
    Value value = reached.pop_back_val();
    if (llvm::is_contained(match.operands, value))
      continue;
    Operation *op = value.getDefiningOp();
    bool isKnownOp = op && (isa<ConstantOp, SizeOfOp>(op) || (op->getBlock() == block && isMemoryEffectFree(op)));
    if (!isKnownOp)
      return std::nullopt;
    if (ops.insert(op))
      reached.append(op->operand_begin(), op->operand_end());
    if (ops.size() > kMaxRegion)
      return std::nullopt;
  }
  for (Operation *op : ops)
    for (Operation *user : op->getUsers())
      if (!isResultOf(op, match) && !ops.contains(user) && !isRepeatable(op))
        return std::nullopt;
  SmallVector<Operation *> sorted = ops.takeVector();
  llvm::stable_sort(sorted, [&](Operation *a, Operation *b) {
    bool isInner = a->getBlock() == block, isOtherInner = b->getBlock() == block;
    return isInner && isOtherInner ? a->isBeforeInBlock(b) : !isInner && isOtherInner;
  });
  return sorted;
}

// As regionOf. A conversion between floats that the region alone reads becomes part of it.
std::optional<SmallVector<Operation *>> takenBy(Match &match) {
  SmallVector<Value> given;
  for (Value operand : match.operands)
    if (operand && llvm::is_contained(given, operand))
      return std::nullopt; // which of its uses is which would be lost
    else if (operand)
      given.push_back(operand);
  std::optional<SmallVector<Operation *>> ops = regionOf(match);
  auto isItself = [&](Operation *op) { return isa<CompositeOp>(op) && cast<CompositeOp>(op).getName() == match.name; };
  if (ops && llvm::any_of(*ops, isItself))
    return std::nullopt;
  auto convert = match.operands.front().getDefiningOp<ConvertOp>();
  if (!ops || !convert || !Algebra::isView(convert) ||
      !llvm::all_of(convert->getUsers(), [&](Operation *user) { return llvm::is_contained(*ops, user); }))
    return ops;
  match.operands.front() = convert.getOperand();
  return regionOf(match);
}

//===--- decompositions ------------------------------------------------------------------------------------------------===//

// Private functions that hold what composites were made of, each body once.
class Decompositions {
public:
  explicit Decompositions(ModuleOp module) : table(module) {}

  func::FuncOp get(StringRef name, ArrayRef<Operation *> ops, ArrayRef<Value> operands, ValueRange results) {
    MLIRContext *context = table.getOp()->getContext();
    OpBuilder builder(context);
    auto types = llvm::map_to_vector(operands, [](Value value) { return value.getType(); });
    Location unknown = builder.getUnknownLoc(); // the composites say where each op came from
    auto function = func::FuncOp::create(builder, unknown, name, FunctionType::get(context, types, results.getTypes()));
    function.setPrivate();
    Block *body = function.addEntryBlock();
    builder.setInsertionPointToEnd(body);
    IRMapping mapping;
    for (auto [operand, argument] : llvm::zip(operands, body->getArguments()))
      mapping.map(operand, argument);
    llvm::hash_code hash = llvm::hash_combine(name, function.getFunctionType().getAsOpaquePointer());
    for (Operation *op : ops) {
      Operation *copy = builder.clone(*op, mapping);
      copy->walk([&](Operation *inner) { inner->setLoc(unknown); });
      hash = llvm::hash_combine(hash, op->getName().getAsOpaquePointer(), copy->getAttrDictionary());
    }
    func::ReturnOp::create(builder, unknown,
                           llvm::map_to_vector(results, [&](Value value) { return mapping.lookup(value); }));
    for (func::FuncOp other : byHash[size_t(hash)])
      if (other.getFunctionType() == function.getFunctionType() &&
          OperationEquivalence::isRegionEquivalentTo(&other.getBody(), &function.getBody(),
                                                     OperationEquivalence::IgnoreLocations)) {
        function.erase();
        return other;
      }
    byHash[size_t(hash)].push_back(function);
    table.insert(function);
    return function;
  }

private:
  SymbolTable table;
  llvm::DenseMap<size_t, SmallVector<func::FuncOp, 1>> byHash;
};

//===--- the pass ------------------------------------------------------------------------------------------------------===//

struct Raise : impl::RaiseBase<Raise> {
  void runOnOperation() override {
    Decompositions decompositions(getOperation());
    for (func::FuncOp function : programFunctions(getOperation()))
      for (Block *block : programBlocks(function)) {
        BlockRaiser raiser{*block, decompositions};
        raiser.run();
      }
  }

  struct BlockRaiser {
    Block &block;
    Decompositions &decompositions;
    llvm::DenseSet<Operation *> erased = {}; // of those visited

    void run() {
      forEach([&](Operation *op) {
        if (ArrayRef<Recogniser> recognisers = recognisersAt(op); !recognisers.empty())
          raiseAround(op, recognisers);
      });
      forEach([&](Operation *op) {
        std::optional<Split> split = splitAt(op);
        SmallVector<Value> candidates = split ? candidatesOf(split->x, &block) : SmallVector<Value>();
        for (Value x : llvm::reverse(candidates))
          if (std::optional<Split> farther = splitOf(x, *split); farther && raiseSplit(op, *farther))
            break;
      });
      // What stands on others comes after them.
      forEach([&](Operation *op) {
        auto composite = dyn_cast<CompositeOp>(op);
        if (composite && (composite.getName() == "layer_norm" || composite.getName() == "instance_norm"))
          raiseFirst(matchGroupNorm(composite));
      });
      forEach([&](Operation *op) {
        if (auto composite = dyn_cast<CompositeOp>(op); composite && composite.getName() == "softmax")
          if (std::optional<Match> match = matchAttention(composite))
            raiseFirst(*match);
      });
    }

    void forEach(llvm::function_ref<void(Operation *)> visit) {
      erased.clear(); // a new op may stand where one was
      auto ops = llvm::map_to_vector(block, [](Operation &op) { return &op; });
      for (Operation *op : ops)
        if (!erased.contains(op))
          visit(op);
    }

    void raiseAround(Operation *anchor, ArrayRef<Recogniser> recognisers) {
      // A clamp has its number before its operand.
      auto from = llvm::find_if(anchor->getOperands(), [](Value operand) { return !isNumber(operand); });
      if (from == anchor->operand_end())
        return;
      SmallVector<Value> candidates = candidatesOf(*from, &block);
      for (Value x : llvm::reverse(candidates)) {
        Algebra algebra(x, &block);
        SmallVector<Match> matches;
        llvm::SetVector<Value> forward;
        forward.insert(anchor->getResult(0));
        for (size_t i = 0; i < forward.size() && forward.size() < kMaxForward; ++i) {
          Poly form = algebra.evaluate(forward[i]);
          if (!form.isKnown)
            continue;
          for (Recogniser recogniser : recognisers)
            if (std::optional<Match> match = recogniser(algebra, x, forward[i], form))
              matches.push_back(std::move(*match));
          for (Operation *user : forward[i].getUsers())
            if (user->getBlock() == &block && Algebra::opens(user))
              forward.insert(user->getResult(0));
        }
        if (raiseFirst(matches))
          return;
      }
    }

    bool raiseSplit(Operation *anchor, const Split &split) {
      Sides sides(split, &block);
      SmallVector<Match> matches;
      llvm::SetVector<Value> forward;
      forward.insert(anchor->getResult(0));
      for (size_t i = 0; i < forward.size() && forward.size() < kMaxForward; ++i) {
        if (!sides.above.evaluate(forward[i]).isKnown && !sides.below.evaluate(forward[i]).isKnown)
          continue;
        if (std::optional<Match> match = matchPieces(sides, forward[i]))
          matches.push_back(std::move(*match));
        for (Operation *user : forward[i].getUsers())
          if (user->getBlock() == &block && user->getNumResults() == 1 && (Algebra::opens(user) || Algebra::hasPieces(user)))
            forward.insert(user->getResult(0));
      }
      return raiseFirst(matches);
    }

    // The last of the matches, which holds the most, that others do not read from.
    bool raiseFirst(ArrayRef<Match> matches) {
      for (Match match : llvm::reverse(matches)) {
        std::optional<SmallVector<Operation *>> ops = takenBy(match);
        if (Operation *place = ops ? placeOf(match, *ops) : nullptr) {
          replace(match, *ops, place);
          return true;
        }
      }
      return false;
    }

    void replace(const Match &match, ArrayRef<Operation *> ops, Operation *place) {
      const CompositeRow &row = *findComposite(match.name);
      SmallVector<Value> operands, results = {match.result};
      SmallVector<bool> present, shown(row.results.size(), false);
      shown.front() = true;
      if (match.second) {
        shown[1] = true;
        results.push_back(match.second);
      }
      for (Value operand : match.operands) {
        present.push_back(bool(operand));
        if (operand)
          operands.push_back(operand);
      }
      func::FuncOp body = decompositions.get(match.name, ops, operands, results);
      MLIRContext *context = match.result.getContext();
      OpBuilder builder(place);
      auto locations = llvm::map_to_vector(ops, [](Operation *op) { return op->getLoc(); });
      auto composite = CompositeOp::create(builder, ofParts(context, locations), ValueRange(results).getTypes(), operands,
                                           builder.getStringAttr(match.name), FlatSymbolRefAttr::get(body),
                                           compositeAttributes(context, row, match.attributes, present, shown));
      for (auto [value, made] : llvm::zip(results, composite.getOutputs()))
        value.replaceAllUsesWith(made);
      for (Operation *op : llvm::reverse(ops))
        if (op->use_empty()) {
          erased.insert(op);
          op->erase();
        }
    }
  };
};

} // namespace

std::unique_ptr<Pass> createRaise() { return std::make_unique<Raise>(); }

} // namespace ingot
