#include "ir/Reduction.h"
#include "ir/Dialect.h"
#include "ir/ShapeInference.h"
#include "ir/Types.h"
#include "ir/Verification.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/PatternMatch.h"

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

LogicalResult SelectAndScatterOp::verify() {
  RankedTensorType operand = getOperand().getType(), source = getSource().getType();
  SmallVector<int64_t> ones(size_t(operand.getRank()), 1);
  InferredType windows = inferReduceWindow(operand, getWindowDimensions(), getWindowStrides(), ones, ones, getPadding(),
                                           [&] { return emitOpError(); });
  Type scalar = scalarType(operand), pred = RankedTensorType::get({}, IntegerType::get(getContext(), 1));
  if (failed(windows) || failed(verifyBody(*this, "C3", "select", getSelect(), {scalar, scalar}, pred)) ||
      failed(verifyBody(*this, "C3", "scatter", getScatter(), {scalar, scalar}, scalar)))
    return failure();
  SmallVector<SizeAttr> sizes = moduleSizes(*this);
  if (!llvm::equal(dimExprs(source), dimExprs(*windows), sameExpr))
    return emitOpError() << "(C4) source is " << describeType(source, sizes) << ", but the windows are "
                         << describeType(*windows, sizes);
  if (source.getElementType() != operand.getElementType() || getInitValue().getType() != scalar)
    return emitOpError() << "(C5) source is " << describeType(source, sizes) << " and init_value "
                         << describeType(getInitValue().getType(), sizes) << ", but the operand holds "
                         << operand.getElementType();
  return success();
}

// (a, place of a, b, place of b) -> the one that select prefers, of those that have a place.
static void fillPick(SelectAndScatterOp op, Region &body, Type integer, OpBuilder &builder) {
  OpBuilder::InsertionGuard guard(builder);
  Location loc = op.getLoc();
  Type value = RankedTensorType::get({}, op.getType().getElementType()), place = RankedTensorType::get({}, integer);
  body.getBlocks().clear();
  Block *block = builder.createBlock(&body, body.end(), {value, place, value, place}, SmallVector<Location>(4, loc));
  Value a = block->getArgument(0), b = block->getArgument(2), placeA = block->getArgument(1), placeB = block->getArgument(3);
  IRMapping mapping;
  mapping.map(op.getSelect().front().getArguments(), ValueRange{a, b});
  for (Operation &each : op.getSelect().front().without_terminator())
    builder.clone(each, mapping);
  Value prefersA = mapping.lookupOrDefault(op.getSelect().front().getTerminator()->getOperand(0));
  Value none = ConstantOp::create(builder, loc,
                                  DenseElementsAttr::get(cast<RankedTensorType>(place), builder.getIntegerAttr(integer, 0)));
  Value hasA = CompareOp::create(builder, loc, placeA, none, ComparisonDirection::GE);
  Value lacksB = CompareOp::create(builder, loc, placeB, none, ComparisonDirection::LT);
  Value keepsA = AndOp::create(builder, loc, hasA, OrOp::create(builder, loc, lacksB, prefersA));
  ReturnOp::create(
      builder, loc,
      ValueRange{SelectOp::create(builder, loc, keepsA, a, b), SelectOp::create(builder, loc, keepsA, placeA, placeB)});
}

// -1 stands for no place, in padding: the scatter leaves out elements of no place.
static PickedAndScattered makePickAndScatter(SelectAndScatterOp op, OpBuilder &builder) {
  Location loc = op.getLoc();
  RankedTensorType operand = op.getOperand().getType(), source = op.getSource().getType();
  AffineExpr count = numElementsExpr(operand), picked = numElementsExpr(source);
  std::optional<int64_t> most = maxOfExpr(count, moduleSizes(op));
  Type integer = builder.getIntegerType(most && *most <= INT32_MAX ? 32 : 64), element = operand.getElementType();
  auto scalarOf = [&](Attribute value) -> Value {
    auto type = RankedTensorType::get({}, cast<TypedAttr>(value).getType());
    return ConstantOp::create(builder, loc, DenseElementsAttr::get(type, value));
  };
  Value flatPositions = IotaOp::create(builder, loc, makeTensorType(count, integer), 0);
  Value positions = ReshapeOp::create(builder, loc, withElementType(operand, integer), flatPositions);
  SmallVector<int64_t> ones(size_t(operand.getRank()), 1);
  auto windows = ReduceWindowOp::create(builder, loc, TypeRange{source, withElementType(source, integer)},
                                        ValueRange{op.getOperand(), positions},
                                        ValueRange{op.getInitValue(), scalarOf(builder.getIntegerAttr(integer, -1))},
                                        op.getWindowDimensions(), op.getWindowStrides(), ones, ones, op.getPadding());
  fillPick(op, windows.getBody(), integer, builder);

  auto flat = [&](Value value, AffineExpr elements) -> Value {
    Type type = makeTensorType(elements, cast<RankedTensorType>(value.getType()).getElementType());
    return ReshapeOp::create(builder, loc, type, value);
  };
  Value held =
      BroadcastInDimOp::create(builder, loc, makeTensorType(count, element), op.getInitValue(), ArrayRef<int64_t>());
  auto numbers = GatherDimsAttr::get(op.getContext(), {}, ArrayRef<int64_t>{0}, {}, {}, ArrayRef<int64_t>{0}, 1);
  auto scatter = ScatterOp::create(builder, loc, TypeRange(held.getType()), ValueRange(held),
                                   flat(windows.getResult(1), picked), ValueRange(flat(op.getSource(), picked)), numbers,
                                   /*indices_are_sorted=*/false, /*unique_indices=*/false);
  scatter.getBody().takeBody(op.getScatter());
  return {windows, scatter, ReshapeOp::create(builder, loc, operand, scatter.getResult(0))};
}

PickedAndScattered pickAndScatter(SelectAndScatterOp op, OpBuilder &builder) {
  PickedAndScattered parts = makePickAndScatter(op, builder);
  op.replaceAllUsesWith(parts.result->getResult(0));
  op.erase();
  return parts;
}

namespace {
struct PickThenScatter : OpRewritePattern<SelectAndScatterOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(SelectAndScatterOp op, PatternRewriter &rewriter) const override {
    rewriter.replaceOp(op, makePickAndScatter(op, rewriter).result);
    return success();
  }
};
} // namespace

void SelectAndScatterOp::getCanonicalizationPatterns(RewritePatternSet &patterns, MLIRContext *context) {
  patterns.add<PickThenScatter>(context);
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

// Of source the elements whose window holds the place; of the operand all that lies in such windows.
IndexRelation SelectAndScatterOp::getIndexRelation(unsigned) {
  using Kind = IndexCondition::Kind;
  IndexRelation relation = relationOf(getResult());
  SmallVector<AffineExpr> from, place;
  for (unsigned dim = 0; dim < relation.rank; ++dim) {
    AffineExpr extent = dimExpr(getOperand().getType(), dim), window = relation.constant(getWindowDimensions()[dim]);
    WindowAlong along{getWindowStrides()[dim], 1, 1, getPadding()[2 * dim], getPadding()[2 * dim + 1]};
    from.push_back(relation.addVariable(dimExpr(getSource().getType(), dim)));
    place.push_back(addWindowIndex(relation, from.back(), relation.addVariable(window), along, extent));
    AffineExpr within = relation.index(dim) - from.back() * along.stride + along.low;
    relation.require(Kind::NonNegative, within);
    relation.require(Kind::Below, within, window);
  }
  relation.read(0, place);
  relation.read(1, from);
  relation.readOnce(2, {});
  return relation;
}

} // namespace ingot
