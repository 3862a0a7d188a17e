#include "compiler/codegen/CodeSize.h"

#include "compiler/codegen/RegionAnalysis.h"
#include "ir/ReshapeGroups.h"
#include "passes/fuse/RegionRules.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/Hashing.h"
#include "llvm/ADT/TypeSwitch.h"

namespace ingot {

using namespace mlir;

// Evaluations a kernel may hold beside kEvaluations for each op: room for a small region around a window of a few elements.
static constexpr unsigned kFreeEvaluations = 64;
static constexpr unsigned kEvaluations = 4;

static RankedTensorType typeOf(Value value) { return cast<RankedTensorType>(value.getType()); }

namespace {

// An index as a term over the results' indices, by its hash: equal terms are one index.
using Term = uint64_t;
using Terms = SmallVector<Term, 6>;
constexpr Term kZero = 0;

template <typename... Parts> Term term(const Parts &...parts) { return llvm::hash_combine(parts...) | 1; }
Term termOf(ArrayRef<Term> terms) { return llvm::hash_combine_range(terms.begin(), terms.end()) | 1; }
Term termOf(AffineExpr expr) { return term(expr.getAsOpaquePointer()); }

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
  void reshape(ReshapeOp op, const Terms &place, Term condition);
  // Every dim of the operand at an index of its own: what is known of no other op.
  void visitElsewhere(OpOperand &operand, const Terms &place, Term condition, Term copy = 0);

  llvm::SmallPtrSet<Operation *, 32> inside;
  llvm::DenseSet<uint64_t> seen;
  unsigned count = 0, limit;
};

} // namespace

void EvaluationCounter::visitElsewhere(OpOperand &operand, const Terms &place, Term condition, Term copy) {
  Terms source;
  for (int64_t dim = 0; dim < typeOf(operand.get()).getRank(); ++dim)
    source.push_back(term(operand.getOwner(), operand.getOperandNumber(), dim, copy, termOf(place)));
  visit(operand.get(), source, condition);
}

void EvaluationCounter::reshape(ReshapeOp op, const Terms &place, Term condition) {
  RankedTensorType from = op.getOperand().getType(), to = op.getType();
  Terms source(from.getRank(), kZero);
  for (const ReshapeGroup &group : reshapeGroups(from, to)) {
    Term linear = term(place.size());
    SmallVector<unsigned> read, written; // dims of more than one place
    for (unsigned dim = group.toBegin; dim < group.toEnd; ++dim)
      if (to.getDimSize(dim) != 1) {
        read.push_back(dim);
        linear = term(linear, place[dim], termOf(dimExpr(to, dim)));
      }
    for (unsigned dim = group.fromBegin; dim < group.fromEnd; ++dim)
      if (from.getDimSize(dim) != 1)
        written.push_back(dim);
    if (read.size() == 1 && written.size() == 1) {
      source[written[0]] = place[read[0]];
      continue;
    }
    Term inner = term(linear);
    for (unsigned dim : llvm::reverse(written)) {
      inner = term(inner, termOf(dimExpr(from, dim)));
      source[dim] = inner;
    }
  }
  visit(op.getOperand(), source, condition);
}

// Elements of a window that is made without loops (RegionEvaluator::windowLoops); 1 where it is made with them.
static unsigned straightElements(Operation *op) {
  constexpr int64_t kStraight = 27;
  int64_t elements = 1;
  auto take = [&](int64_t extent) {
    elements =
        ShapedType::isDynamic(extent) ? kStraight + 1 : std::min(elements * std::max<int64_t>(extent, 1), kStraight + 1);
  };
  if (auto window = dyn_cast<ReduceWindowOp>(op)) {
    llvm::for_each(window.getWindowDimensions(), take);
  } else {
    auto conv = cast<ConvolutionOp>(op);
    RankedTensorType kernel = typeOf(conv.getRhs());
    take(kernel.getDimSize(conv.getDims().getKernelInputFeature()));
    for (int64_t dim : conv.getDims().getKernelSpatial())
      take(kernel.getDimSize(dim));
  }
  return elements <= kStraight ? elements : 1;
}

void EvaluationCounter::visit(Value value, const Terms &place, Term condition) {
  Operation *op = value.getDefiningOp();
  if (!op || !inside.contains(op) || isa<ConstantOp, SizeOfOp>(op) || count > limit)
    return;
  // The low bit keeps clear of the set's own marks.
  uint64_t key = llvm::hash_combine(value.getAsOpaquePointer(), termOf(place), condition) >> 1;
  if (!seen.insert(key).second)
    return;
  ++count;
  if (op->hasTrait<trait::Pointwise>()) {
    for (Value operand : op->getOperands())
      visit(operand, typeOf(operand).getRank() == 0 ? Terms() : place, condition);
    return;
  }
  llvm::TypeSwitch<Operation *>(op)
      .Case([&](CopyOp copy) { visit(copy.getOperand(), place, condition); })
      .Case([&](BroadcastInDimOp broadcast) {
        Terms source;
        for (auto [dim, target] : llvm::enumerate(broadcast.getBroadcastDimensions()))
          source.push_back(broadcast.getOperand().getType().getDimSize(dim) == 1 ? kZero : place[target]);
        visit(broadcast.getOperand(), source, condition);
      })
      .Case([&](ReshapeOp op) { reshape(op, place, condition); })
      .Case([&](TransposeOp transpose) {
        Terms source(place.size());
        for (auto [to, from] : llvm::enumerate(transpose.getPermutation()))
          source[from] = place[to];
        visit(transpose.getOperand(), source, condition);
      })
      .Case([&](SliceOp slice) {
        Terms source(place);
        for (auto [dim, start, stride] : llvm::enumerate(slice.getStartIndices(), slice.getStrides()))
          if (start != 0 || stride != 1)
            source[dim] = term(StringRef("slice"), place[dim], start, stride);
        visit(slice.getOperand(), source, condition);
      })
      .Case([&](ReverseOp reverse) {
        Terms source(place);
        for (int64_t dim : reverse.getDimensions())
          source[dim] = term(StringRef("reverse"), place[dim], termOf(dimExpr(reverse.getType(), dim)));
        visit(reverse.getOperand(), source, condition);
      })
      .Case([&](PadOp pad) {
        Terms source(place);
        Term within = condition;
        for (auto [dim, low, high, interior] :
             llvm::enumerate(pad.getEdgePaddingLow(), pad.getEdgePaddingHigh(), pad.getInteriorPadding())) {
          if (low != 0 || interior != 0)
            source[dim] = term(StringRef("slice"), place[dim], -low, interior + 1);
          if (low > 0 || high > 0 || interior != 0)
            within = term(within, op, source[dim]);
        }
        visit(pad.getOperand(), source, within);
        visit(pad.getPaddingValue(), {}, within == condition ? condition : term(within, StringRef("else")));
      })
      .Case([&](ConcatenateOp concatenate) {
        int64_t along = concatenate.getDimension();
        AffineExpr start = getAffineConstantExpr(0, op->getContext());
        for (Value operand : concatenate.getOperands()) {
          Terms source(place);
          if (start != getAffineConstantExpr(0, op->getContext()))
            source[along] = term(StringRef("part"), place[along], termOf(start));
          visit(operand, source, term(condition, op, source[along]));
          start = start + dimExpr(typeOf(operand), along);
        }
      })
      .Case([&](UnpackOp unpack) {
        Term at = place[unpack.getDim()];
        Terms source{term(StringRef("panel"), at, unpack.getWidth())};
        for (auto [dim, index] : llvm::enumerate(place))
          if (dim != size_t(unpack.getDim()))
            source.push_back(index);
        source.push_back(term(StringRef("column"), at, unpack.getWidth()));
        visit(unpack.getOperand(), source, condition);
      })
      .Case([&](InterpolateOp interpolate) {
        // Along each dim up to four elements are mixed by straight code, more by a loop.
        int64_t along = interpolate.getAntialias()                                ? 4
                        : interpolate.getKernel() == InterpolationKernel::NEAREST ? 1
                        : interpolate.getKernel() == InterpolationKernel::LINEAR  ? 2
                                                                                  : 4;
        unsigned copies = 1;
        for (size_t i = 0; i < interpolate.getDimensions().size() && copies <= limit; ++i)
          copies *= along;
        for (unsigned copy = 0; copy < copies && count <= limit; ++copy)
          visitElsewhere(op->getOpOperand(0), place, condition, copy);
      })
      .Case([&](ReduceOp reduce) {
        RankedTensorType type = typeOf(reduce.getInputs()[0]);
        Terms source;
        size_t kept = 0;
        for (int64_t dim = 0; dim < type.getRank(); ++dim)
          source.push_back(llvm::is_contained(reduce.getDimensions(), dim) ? term(op, dim, termOf(place)) : place[kept++]);
        for (Value input : reduce.getInputs())
          visit(input, source, condition);
        for (Value init : reduce.getInitValues())
          visit(init, {}, condition);
      })
      .Case<ReduceWindowOp, ConvolutionOp>([&](Operation *) {
        for (unsigned copy = 0; copy < straightElements(op); ++copy)
          for (OpOperand &operand : op->getOpOperands())
            visitElsewhere(operand, place, condition, copy);
      })
      .Case([&](BitcastConvertOp bitcast) {
        RankedTensorType from = bitcast.getOperand().getType();
        int64_t copies = 1;
        if (from.getRank() > int64_t(place.size()) && !from.isDynamicDim(from.getRank() - 1))
          copies = from.getShape().back();
        for (int64_t copy = 0; copy < copies; ++copy)
          visitElsewhere(op->getOpOperand(0), place, condition, copy);
      })
      .Default([&](Operation *) {
        // A dynamic update asks for its operand where the update does not lie.
        Term otherwise = isa<DynamicUpdateSliceOp>(op) ? term(condition, op, termOf(place)) : condition;
        for (OpOperand &operand : op->getOpOperands())
          if (typeOf(operand.get()).getRank() == 0)
            visit(operand.get(), {}, condition);
          else if (isElementwiseIn(op, operand.get()))
            visit(operand.get(), place, condition);
          else
            visitElsewhere(operand, place, otherwise);
      });
}

unsigned countEvaluations(ArrayRef<Operation *> ops, ArrayRef<Value> results, unsigned limit) {
  return EvaluationCounter(ops, limit).run(results);
}

bool makesLinearCode(ArrayRef<Operation *> ops, ArrayRef<Value> results) {
  unsigned limit = kFreeEvaluations + kEvaluations * ops.size();
  return countEvaluations(ops, results, limit) <= limit;
}

} // namespace ingot
