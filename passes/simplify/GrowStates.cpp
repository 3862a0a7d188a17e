#include "ir/States.h"
#include "ir/TensorTypes.h"
#include "passes/simplify/Passes.h"

namespace ingot {

#define GEN_PASS_DEF_GROWSTATES
#include "passes/simplify/Passes.h.inc"

using namespace mlir;

namespace {

// The first elements of `buffer` along `axis`, as many as `type` has.
Value startOf(OpBuilder &builder, Value buffer, unsigned axis, RankedTensorType type) {
  const unsigned rank = type.getRank();
  SmallVector<int64_t> limits(rank, SliceOp::kWholeDim);
  limits[axis] = SliceOp::kToResult;
  return SliceOp::create(builder, buffer.getLoc(), type, buffer, SmallVector<int64_t>(rank, 0), limits,
                         SmallVector<int64_t>(rank, 1));
}

// One state of one function.
class State {
public:
  State(func::FuncOp function, unsigned argument, const Growth &growth)
      : function(function), block(function.getBody().front()), argument(block.getArgument(argument)), growth(growth),
        result(function.getArgAttrOfType<IntegerAttr>(argument, kStateAttr).getInt()) {}

  void run() {
    MLIRContext *context = function.getContext();
    RankedTensorType shortType = typeOf(argument);
    SmallVector<AffineExpr> dims = dimExprs(shortType);
    dims[growth.axis] = getAffineConstantExpr(moduleSizes(function)[growth.size].getMax(), context);
    argument.setType(makeTensorType(dims, shortType.getElementType()));

    OpBuilder builder = OpBuilder::atBlockBegin(&block);
    past = startOf(builder, argument, growth.axis, shortType);
    argument.replaceAllUsesExcept(past, past.getDefiningOp());
    Operation *end = block.getTerminator();
    Value present = end->getOperand(result);
    Value grown = append(present);
    if (!grown) {
      builder.setInsertionPoint(end);
      grown = update(builder, present, getAffineConstantExpr(0, context));
    }
    end->setOperand(result, grown);
    if (past.use_empty())
      past.getDefiningOp()->erase();
    growth.inPlace = true;
    function.setArgAttr(argument.getArgNumber(), kGrowsAttr, growth.print(context));
  }

private:
  Value update(OpBuilder &builder, Value part, AffineExpr at) {
    auto scalar = RankedTensorType::get({}, builder.getI64Type());
    Value zero = ConstantOp::create(builder, part.getLoc(), DenseElementsAttr::get(scalar, builder.getI64IntegerAttr(0)));
    SmallVector<Value> starts(typeOf(argument).getRank(), zero);
    if (!isa<AffineConstantExpr>(at))
      starts[growth.axis] = SizeOfOp::create(builder, part.getLoc(), scalar, AffineMap::get(0, growth.size + 1, at));
    return DynamicUpdateSliceOp::create(builder, part.getLoc(), argument.getType(), argument, part, starts);
  }

  // Where `present` is the past with something behind it, whatever the order of dims in which they are joined: the state
  // with that written there. Whoever reads the present, or the past from there on, reads the state; so nothing keeps the old
  // state alive.
  Value append(Value present) {
    auto [joined, toJoined] = behindTransposes(present);
    auto concat = joined.getDefiningOp<ConcatenateOp>();
    if (!concat || concat->getBlock() != &block || concat.getNumOperands() < 2)
      return {};
    auto [first, toPast] = behindTransposes(concat.getOperand(0));
    if (first != past || int64_t(concat.getDimension()) != toJoined[growth.axis])
      return {};
    for (auto [dim, place] : llvm::enumerate(toJoined))
      if (toPast[place] != int64_t(dim))
        return {};
    OpBuilder builder(concat);
    Location loc = concat.getLoc();
    AffineExpr length = getAffineSymbolExpr(growth.size, function.getContext());
    Value added = concat.getOperand(1);
    if (SmallVector<Value> parts(concat.getOperands().drop_front()); parts.size() > 1) {
      SmallVector<AffineExpr> dims = dimExprs(typeOf(joined));
      dims[concat.getDimension()] = growth.next - length;
      RankedTensorType type = makeTensorType(dims, typeOf(joined).getElementType());
      added = ConcatenateOp::create(builder, loc, type, parts, concat.getDimension());
    }
    Value grown = update(builder, builder.createOrFold<TransposeOp>(loc, added, toJoined), length);
    Value whole = startOf(builder, grown, growth.axis, typeOf(present));
    if (joined != present)
      joined.replaceAllUsesWith(builder.createOrFold<TransposeOp>(loc, whole, toPast));
    present.replaceAllUsesWith(whole);
    Value later = startOf(builder, grown, growth.axis, typeOf(past));
    past.replaceUsesWithIf(later, [&](OpOperand &use) {
      Operation *user = block.findAncestorOpInBlock(*use.getOwner());
      return user && user != concat && later.getDefiningOp()->isBeforeInBlock(user);
    });
    if (later.use_empty())
      later.getDefiningOp()->erase();
    concat.erase();
    return grown;
  }

  // What a value is a transpose of, and for each of its dims the dim there.
  static std::pair<Value, SmallVector<int64_t>> behindTransposes(Value value) {
    SmallVector<int64_t> places = llvm::to_vector(llvm::seq<int64_t>(0, typeOf(value).getRank()));
    while (auto transpose = value.getDefiningOp<TransposeOp>()) {
      for (int64_t &place : places)
        place = transpose.getPermutation()[place];
      value = transpose.getOperand();
    }
    return {value, places};
  }

  func::FuncOp function;
  Block &block;
  BlockArgument argument;
  Growth growth;
  unsigned result;
  Value past;
};

struct GrowStates : impl::GrowStatesBase<GrowStates> {
  void runOnOperation() override {
    for (func::FuncOp function : getOperation().getOps<func::FuncOp>()) {
      if (function.isDeclaration())
        continue;
      SmallVector<std::pair<unsigned, Growth>> states;
      for (unsigned i = 0; i != function.getNumArguments(); ++i)
        if (std::optional<Growth> growth = growthOf(function, i); growth && !growth->inPlace)
          states.push_back({i, *growth});
      for (const auto &[argument, growth] : states)
        State(function, argument, growth).run();
      Block &block = function.getBody().front();
      function.setType(
          FunctionType::get(function.getContext(), block.getArgumentTypes(), block.getTerminator()->getOperandTypes()));
    }
  }
};

} // namespace

std::unique_ptr<Pass> createGrowStates() { return std::make_unique<GrowStates>(); }

} // namespace ingot
