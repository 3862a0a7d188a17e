#include "ir/Types.h"
#include "passes/Programs.h"
#include "passes/fuse/Passes.h"

namespace ingot {

#define GEN_PASS_DEF_SPLITCONCATENATES
#include "passes/fuse/Passes.h.inc"

using namespace mlir;

// A kernel's code looks at all operands of a concatenation to find one element's.
static constexpr size_t kMaxOperands = 32;

namespace {

struct SplitConcatenates : impl::SplitConcatenatesBase<SplitConcatenates> {
  void runOnOperation() override {
    SmallVector<ConcatenateOp> large;
    for (func::FuncOp function : programFunctions(getOperation()))
      function.walk([&](ConcatenateOp op) {
        if (op.getNumOperands() > kMaxOperands)
          large.push_back(op);
      });
    for (ConcatenateOp op : large) {
      OpBuilder builder(op);
      op.getResult().replaceAllUsesWith(join(builder, op, op.getOperands()));
      op.erase();
    }
  }

  // Of as many parts as one op may have, of nearly equal numbers of operands.
  static Value join(OpBuilder &builder, ConcatenateOp op, ValueRange operands) {
    if (operands.size() == 1)
      return operands.front();
    size_t count = std::min(operands.size(), kMaxOperands);
    SmallVector<Value> parts;
    for (size_t i = 0; i < count; ++i) {
      size_t begin = operands.size() * i / count, end = operands.size() * (i + 1) / count;
      parts.push_back(join(builder, op, operands.slice(begin, end - begin)));
    }
    SmallVector<AffineExpr> dims = dimExprs(cast<RankedTensorType>(parts.front().getType()));
    for (Value part : ArrayRef(parts).drop_front())
      dims[op.getDimension()] = dims[op.getDimension()] + dimExpr(cast<RankedTensorType>(part.getType()), op.getDimension());
    auto type = makeTensorType(dims, getElementTypeOrSelf(op.getType()));
    return ConcatenateOp::create(builder, op.getLoc(), type, parts, op.getDimension());
  }
};

} // namespace

std::unique_ptr<Pass> createSplitConcatenates() { return std::make_unique<SplitConcatenates>(); }

} // namespace ingot
