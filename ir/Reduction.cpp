#include "ir/Dialect.h"
#include "ir/ShapeInference.h"
#include "ir/Types.h"
#include "ir/Verification.h"

using namespace mlir;

namespace ingot {

LogicalResult ReduceOp::verify() {
  if (failed(verifyAccumulation(*this, getInputs(), getInitValues(), getResultTypes(), getBody())))
    return failure();
  for (auto [input, output] : llvm::zip(getInputs(), getOutputs())) {
    InferredType inferred =
        inferReduce(cast<RankedTensorType>(input.getType()), getDimensions(), [&] { return emitOpError(); });
    if (failed(inferred) ||
        failed(verifyDims(*this, cast<RankedTensorType>(output.getType()), *inferred, "C4", "the input's remaining dim")))
      return failure();
  }
  return success();
}

LogicalResult ReduceWindowOp::verify() {
  if (failed(verifyAccumulation(*this, getInputs(), getInitValues(), getResultTypes(), getBody())))
    return failure();
  for (auto [input, output] : llvm::zip(getInputs(), getOutputs())) {
    InferredType inferred =
        inferReduceWindow(cast<RankedTensorType>(input.getType()), getWindowDimensions(), getWindowStrides(),
                          getBaseDilations(), getWindowDilations(), getPadding(), [&] { return emitOpError(); });
    if (failed(inferred) || failed(verifyDims(*this, cast<RankedTensorType>(output.getType()), *inferred, "C4",
                                              "the number of window positions")))
      return failure();
  }
  return success();
}

//===--- What an element reads ---===//

IndexRelation ReduceOp::getIndexRelation(unsigned result) {
  IndexRelation relation = relationOf(getOutputs()[result]);
  auto type = cast<RankedTensorType>(getInputs().front().getType());
  SmallVector<AffineExpr> place;
  unsigned kept = 0;
  for (unsigned dim = 0; dim < unsigned(type.getRank()); ++dim)
    place.push_back(llvm::is_contained(getDimensions(), int64_t(dim)) ? relation.addVariable(dimExpr(type, dim))
                                                                      : relation.index(kept++));
  unsigned count = unsigned(getInputs().size());
  for (unsigned number = 0; number < count; ++number) {
    relation.read(number, place);
    relation.readOnce(count + number, {});
  }
  return relation;
}

IndexRelation ReduceWindowOp::getIndexRelation(unsigned result) {
  IndexRelation relation = relationOf(getOutputs()[result]);
  auto type = cast<RankedTensorType>(getInputs().front().getType());
  SmallVector<AffineExpr> place;
  for (unsigned dim = 0; dim < relation.rank; ++dim) {
    AffineExpr element = relation.addVariable(relation.constant(getWindowDimensions()[dim]));
    WindowAlong along{getWindowStrides()[dim], getWindowDilations()[dim], getBaseDilations()[dim], getPadding()[2 * dim],
                      getPadding()[2 * dim + 1]};
    place.push_back(addWindowIndex(relation, relation.index(dim), element, along, dimExpr(type, dim)));
  }
  unsigned count = unsigned(getInputs().size());
  for (unsigned number = 0; number < count; ++number) {
    relation.read(number, place);
    relation.readOnce(count + number, {});
  }
  return relation;
}

} // namespace ingot
