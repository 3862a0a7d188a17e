// Control flow: verifiers, the inlining of branches that are decided, loops without what no round changes, and bindings of sizes.
#include "ir/Dialect.h"
#include "ir/Verification.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/PatternMatch.h"

using namespace mlir;

namespace ingot {

//--- if, case

static LogicalResult verifyBranches(Operation *op, Value selector, StringRef name) {
  if (tensorType(selector).getRank() != 0)
    return op->emitOpError() << "(C1) " << name << " is " << describeType(tensorType(selector), moduleSizes(op))
                             << ", but must be a scalar";
  if (op->getNumRegions() == 0)
    return op->emitOpError() << "(C2) there is no branch";
  for (auto [index, region] : llvm::enumerate(op->getRegions())) {
    if (region.getNumArguments() != 0)
      return op->emitOpError() << "(C2) branch " << index << " takes (" << region.getArgumentTypes()
                               << "), but must take nothing";
    if (failed(verifyBody(op, "C3", "branch " + std::to_string(index), region, {}, op->getResultTypes())))
      return failure();
  }
  return success();
}

LogicalResult IfOp::verify() { return verifyBranches(*this, getPred(), "pred"); }
LogicalResult CaseOp::verify() { return verifyBranches(*this, getIndex(), "index"); }

static void inlineBranch(Operation *op, Region &branch, PatternRewriter &rewriter) {
  Block &block = branch.front();
  Operation *terminator = block.getTerminator();
  SmallVector<Value> results(terminator->getOperands());
  rewriter.eraseOp(terminator);
  rewriter.inlineBlockBefore(&block, op);
  rewriter.replaceOp(op, results);
}

// True if the branches return one value of outside for a result: then that is the result.
static LogicalResult forwardCommonResults(Operation *op, PatternRewriter &rewriter) {
  bool isChanged = false;
  for (OpResult result : op->getResults()) {
    Value common;
    bool isCommon = true;
    for (Region &region : op->getRegions()) {
      Value returned = region.front().getTerminator()->getOperand(result.getResultNumber());
      isCommon &= (!common || common == returned) && !op->isAncestor(returned.getParentBlock()->getParentOp());
      common = returned;
    }
    if (!isCommon || result.use_empty())
      continue;
    rewriter.replaceAllUsesWith(result, common);
    isChanged = true;
  }
  return success(isChanged);
}

namespace {
struct InlineDecidedIf : OpRewritePattern<IfOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(IfOp op, PatternRewriter &rewriter) const override {
    DenseElementsAttr pred;
    if (!matchPattern(op.getPred(), m_Constant(&pred)))
      return forwardCommonResults(op, rewriter);
    inlineBranch(op, pred.getSplatValue<bool>() ? op.getTrueBranch() : op.getFalseBranch(), rewriter);
    return success();
  }
};

struct InlineDecidedCase : OpRewritePattern<CaseOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(CaseOp op, PatternRewriter &rewriter) const override {
    DenseElementsAttr index;
    size_t count = op.getBranches().size(), chosen = 0;
    if (count > 1) {
      if (!matchPattern(op.getIndex(), m_Constant(&index)))
        return forwardCommonResults(op, rewriter);
      int64_t value = index.getSplatValue<APInt>().getSExtValue();
      chosen = value < 0 || value >= int64_t(count) ? count - 1 : size_t(value);
    }
    inlineBranch(op, op.getBranches()[chosen], rewriter);
    return success();
  }
};
} // namespace

void IfOp::getCanonicalizationPatterns(RewritePatternSet &patterns, MLIRContext *context) {
  patterns.add<InlineDecidedIf>(context);
}
void CaseOp::getCanonicalizationPatterns(RewritePatternSet &patterns, MLIRContext *context) {
  patterns.add<InlineDecidedCase>(context);
}

//--- while

LogicalResult WhileOp::verify() {
  TypeRange types = getInputs().getTypes();
  if (getResultTypes() != types)
    return emitOpError() << "(C1) results are (" << getResultTypes() << "), but operands are (" << types << ")";
  for (auto [name, region] : {std::pair("cond", &getCond()), std::pair("body", &getBody())})
    if (region->getArgumentTypes() != types)
      return emitOpError() << "(C1) " << name << " takes (" << region->getArgumentTypes() << "), but operands are (" << types
                           << ")";
  Type pred = RankedTensorType::get({}, IntegerType::get(getContext(), 1));
  if (failed(verifyBody(*this, "C2", "cond", getCond(), types, pred)))
    return failure();
  return verifyBody(*this, "C3", "body", getBody(), types, types);
}

namespace {
// while whose cond is false from the start ==> its operands
struct RemoveEmptyLoop : OpRewritePattern<WhileOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(WhileOp op, PatternRewriter &rewriter) const override {
    DenseElementsAttr pred;
    if (!matchPattern(op.getCond().front().getTerminator()->getOperand(0), m_Constant(&pred)) || pred.getSplatValue<bool>())
      return failure();
    rewriter.replaceOp(op, op.getInputs());
    return success();
  }
};

// A carried value that the body returns as it got it, or as a value from outside that it also started as, is that value.
struct DropInvariants : OpRewritePattern<WhileOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(WhileOp op, PatternRewriter &rewriter) const override {
    Block &cond = op.getCond().front(), &body = op.getBody().front();
    llvm::BitVector dropped(op->getNumOperands());
    for (unsigned i = 0, e = op->getNumOperands(); i != e; ++i) {
      Value returned = body.getTerminator()->getOperand(i);
      dropped[i] = returned == body.getArgument(i) || returned == op.getInputs()[i];
    }
    if (dropped.none())
      return failure();
    SmallVector<Value> kept, replacements(op.getInputs());
    SmallVector<Type> types;
    for (unsigned i = 0, e = op->getNumOperands(); i != e; ++i) {
      if (!dropped[i]) {
        kept.push_back(op.getInputs()[i]);
        types.push_back(op.getInputs()[i].getType());
        continue;
      }
      for (Block *block : {&cond, &body})
        rewriter.replaceAllUsesWith(block->getArgument(i), op.getInputs()[i]);
    }
    rewriter.modifyOpInPlace(body.getTerminator(), [&] { body.getTerminator()->eraseOperands(dropped); });
    cond.eraseArguments(dropped);
    body.eraseArguments(dropped);
    auto loop = WhileOp::create(rewriter, op.getLoc(), types, kept);
    rewriter.inlineRegionBefore(op.getCond(), loop.getCond(), loop.getCond().begin());
    rewriter.inlineRegionBefore(op.getBody(), loop.getBody(), loop.getBody().begin());
    for (unsigned i = 0, next = 0, e = unsigned(dropped.size()); i != e; ++i)
      if (!dropped[i])
        replacements[i] = loop.getResult(next++);
    rewriter.replaceOp(op, replacements);
    return success();
  }
};
} // namespace

void WhileOp::getCanonicalizationPatterns(RewritePatternSet &patterns, MLIRContext *context) {
  patterns.add<RemoveEmptyLoop, DropInvariants>(context);
}

//--- bind_size

// Whether a type, a type of a body's value or an expression of the op says the size.
static bool mentionsSize(Operation *op, unsigned size) {
  auto says = [&](Type type) {
    auto tensor = dyn_cast<RankedTensorType>(type);
    return tensor && hasKnownDims(tensor) &&
           llvm::any_of(dimExprs(tensor), [&](AffineExpr dim) { return ingot::mentionsSize(dim, size); });
  };
  WalkResult result = op->walk([&](Operation *inner) {
    auto value = dyn_cast<SizeOfOp>(inner);
    const bool mentions =
        (value && ingot::mentionsSize(value.getValue().getResult(0), size)) || llvm::any_of(inner->getResultTypes(), says);
    return mentions ? WalkResult::interrupt() : WalkResult::advance();
  });
  return result.wasInterrupted();
}

LogicalResult BindSizeOp::verify() {
  SmallVector<SizeAttr> sizes = moduleSizes(*this);
  const int64_t size = getSize();
  if (getCount().getType().getRank() != 0)
    return emitOpError() << "count is " << describeType(getCount().getType(), sizes) << ", but must be a scalar";
  if (size < 0 || size >= int64_t(sizes.size()))
    return emitOpError() << "(C1) size " << size << " is none of the module's " << sizes.size();
  if (!sizes[size_t(size)].getIsData())
    return emitOpError() << "(C1) size '" << sizes[size_t(size)].getName() << "' comes from the arguments, not from data";
  auto function = dyn_cast<func::FuncOp>((*this)->getParentOp());
  if (!function)
    return emitOpError() << "(C2) size '" << sizes[size_t(size)].getName()
                         << "' can be bound in a function's block alone, not in a loop, branch or body";
  for (Operation &op : *(*this)->getBlock()) {
    if (auto other = dyn_cast<BindSizeOp>(op); other && other != *this && int64_t(other.getSize()) == size)
      return emitOpError() << "(C2) size '" << sizes[size_t(size)].getName() << "' is bound twice";
    if (&op != getOperation() && op.isBeforeInBlock(*this) && mentionsSize(&op, unsigned(size)))
      return emitOpError() << "(C3) size '" << sizes[size_t(size)].getName() << "' is mentioned by '" << op.getName()
                           << "' before it is bound";
  }
  for (Type type : function.getArgumentTypes())
    if (auto tensor = dyn_cast<RankedTensorType>(type); tensor && hasKnownDims(tensor))
      for (AffineExpr dim : dimExprs(tensor))
        if (ingot::mentionsSize(dim, unsigned(size)))
          return emitOpError() << "(C3) size '" << sizes[size_t(size)].getName() << "' is mentioned by an argument";
  return success();
}

} // namespace ingot
