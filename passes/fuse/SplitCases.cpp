#include "ir/Types.h"
#include "passes/Programs.h"
#include "passes/fuse/Passes.h"

namespace ingot {

#define GEN_PASS_DEF_SPLITCASES
#include "passes/fuse/Passes.h.inc"

using namespace mlir;

namespace {

struct SplitCases : impl::SplitCasesBase<SplitCases> {
  void runOnOperation() override {
    for (func::FuncOp function : programFunctions(getOperation())) {
      SmallVector<CaseOp> cases;
      function.walk([&](CaseOp op) { cases.push_back(op); });
      for (CaseOp op : cases)
        split(op);
    }
  }

  static Value number(OpBuilder &builder, Location loc, int64_t value) {
    auto type = RankedTensorType::get({}, builder.getI32Type());
    return ConstantOp::create(builder, loc, DenseElementsAttr::get(type, builder.getI32IntegerAttr(int32_t(value))));
  }

  static Value compare(OpBuilder &builder, Location loc, Value lhs, Value rhs) {
    return CompareOp::create(builder, loc, lhs, rhs, ComparisonDirection::LT);
  }

  static void split(CaseOp op) {
    OpBuilder builder(op);
    Location loc = op.getLoc();
    int64_t count = op.getBranches().size();
    Value isNegative = compare(builder, loc, op.getIndex(), number(builder, loc, 0));
    Value index =
        SelectOp::create(builder, loc, op.getIndex().getType(), isNegative, number(builder, loc, count - 1), op.getIndex());
    op.replaceAllUsesWith(choose(builder, op, index, 0, count));
    op.erase();
  }

  // The results of the branch in [first, last) that the index names, the last one where it lies beyond. Moves the branches'
  // ops.
  static SmallVector<Value> choose(OpBuilder &builder, CaseOp op, Value index, int64_t first, int64_t last) {
    if (last - first == 1) {
      Block &branch = op.getBranches()[first].front();
      Block &here = *builder.getInsertionBlock();
      here.getOperations().splice(builder.getInsertionPoint(), branch.getOperations(), branch.begin(),
                                  std::prev(branch.end()));
      return SmallVector<Value>(branch.getTerminator()->getOperands());
    }
    int64_t middle = first + (last - first) / 2;
    Value isBelow = compare(builder, op.getLoc(), index, number(builder, op.getLoc(), middle));
    auto choice = IfOp::create(builder, op.getLoc(), op.getResultTypes(), isBelow);
    OpBuilder::InsertionGuard guard(builder);
    for (auto [region, begin, end] :
         {std::tuple(&choice.getTrueBranch(), first, middle), {&choice.getFalseBranch(), middle, last}}) {
      builder.createBlock(region);
      SmallVector<Value> results = choose(builder, op, index, begin, end);
      ReturnOp::create(builder, op.getLoc(), results);
    }
    return SmallVector<Value>(choice.getResults());
  }
};

} // namespace

std::unique_ptr<Pass> createSplitCases() { return std::make_unique<SplitCases>(); }

} // namespace ingot
