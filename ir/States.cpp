#include "ir/States.h"
#include "ir/Types.h"

using namespace mlir;

namespace ingot {

DictionaryAttr Growth::print(MLIRContext *context) const {
  Builder builder(context);
  AffineMap map = AffineMap::inferFromExprList({next}, context).front();
  return builder.getDictionaryAttr({builder.getNamedAttr("axis", builder.getI64IntegerAttr(axis)),
                                    builder.getNamedAttr("size", builder.getI64IntegerAttr(size)),
                                    builder.getNamedAttr("next", AffineMapAttr::get(map))});
}

static std::optional<Growth> parse(Attribute attribute) {
  auto fields = dyn_cast_or_null<DictionaryAttr>(attribute);
  if (!fields)
    return std::nullopt;
  auto axis = fields.getAs<IntegerAttr>("axis"), size = fields.getAs<IntegerAttr>("size");
  auto next = fields.getAs<AffineMapAttr>("next");
  if (!axis || !size || !next || axis.getInt() < 0 || size.getInt() < 0 || next.getValue().getNumResults() != 1 ||
      next.getValue().getNumDims() != 0)
    return std::nullopt;
  return Growth{unsigned(axis.getInt()), unsigned(size.getInt()), next.getValue().getResult(0), true};
}

static RankedTensorType withDim(RankedTensorType type, unsigned axis, AffineExpr dim) {
  SmallVector<AffineExpr> dims = dimExprs(type);
  dims[axis] = dim;
  return makeTensorType(dims, type.getElementType());
}

std::optional<Growth> findGrowth(RankedTensorType before, RankedTensorType after, ArrayRef<SizeAttr> sizes,
                                 std::string *why) {
  auto refuse = [&](const Twine &text) {
    *why = text.str();
    return std::nullopt;
  };
  if (before == after)
    return std::nullopt;
  if (before.getElementType() != after.getElementType() || before.getRank() != after.getRank())
    return refuse("state must keep its element type and rank");
  std::optional<unsigned> axis;
  for (unsigned dim = 0, rank = before.getRank(); dim != rank; ++dim) {
    if (sameExpr(dimExpr(before, dim), dimExpr(after, dim)))
      continue;
    if (axis)
      return refuse("state may grow along one dim, not along " + Twine(*axis) + " and " + Twine(dim));
    axis = dim;
  }
  auto length = dyn_cast<AffineSymbolExpr>(dimExpr(before, *axis));
  if (!length || length.getPosition() >= sizes.size())
    return refuse("dim " + Twine(*axis) +
                  " of a state that grows must be a size that calls may change, given as a range from 0 " +
                  "to the most it may hold");
  if (sizes[length.getPosition()].getMin() != 0)
    return refuse("a state that grows starts empty: give '" + sizes[length.getPosition()].getName() +
                  "' a range from 0 to the most it may hold");
  return Growth{*axis, length.getPosition(), dimExpr(after, *axis), false};
}

std::optional<Growth> growthOf(func::FuncOp function, unsigned argument) {
  if (std::optional<Growth> growth = parse(function.getArgAttr(argument, kGrowsAttr)))
    return growth;
  auto state = function.getArgAttrOfType<IntegerAttr>(argument, kStateAttr);
  if (!state || state.getInt() < 0 || state.getInt() >= int64_t(function.getNumResults()))
    return std::nullopt;
  auto before = dyn_cast<RankedTensorType>(function.getArgumentTypes()[argument]);
  auto after = dyn_cast<RankedTensorType>(function.getResultTypes()[state.getInt()]);
  std::string why;
  return before && after ? findGrowth(before, after, moduleSizes(function), &why) : std::nullopt;
}

RankedTensorType argumentTypeForCaller(func::FuncOp function, unsigned argument) {
  auto type = cast<RankedTensorType>(function.getArgumentTypes()[argument]);
  std::optional<Growth> growth = parse(function.getArgAttr(argument, kGrowsAttr));
  return growth ? withDim(type, growth->axis, getAffineSymbolExpr(growth->size, function.getContext())) : type;
}

RankedTensorType resultTypeForCaller(func::FuncOp function, unsigned result) {
  auto type = cast<RankedTensorType>(function.getResultTypes()[result]);
  for (unsigned i = 0; i != function.getNumArguments(); ++i) {
    auto state = function.getArgAttrOfType<IntegerAttr>(i, kStateAttr);
    std::optional<Growth> growth = parse(function.getArgAttr(i, kGrowsAttr));
    if (state && growth && state.getInt() == int64_t(result))
      return withDim(type, growth->axis, growth->next);
  }
  return type;
}

bool verifyState(func::FuncOp function, unsigned argument, std::string *why) {
  auto refuse = [&](const Twine &text) {
    *why = text.str();
    return false;
  };
  auto state = function.getArgAttrOfType<IntegerAttr>(argument, kStateAttr);
  if (!state)
    return refuse("must be the index of a function's result");
  int64_t index = state.getInt();
  if (index == kOnlyRead)
    return !function.getArgAttr(argument, kGrowsAttr) || refuse("belongs to a state that grows, but is only read");
  if (index < 0 || index >= int64_t(function.getNumResults()))
    return refuse("is " + Twine(index) + ", but there are " + Twine(function.getNumResults()) + " results");
  auto before = dyn_cast<RankedTensorType>(function.getArgumentTypes()[argument]);
  auto after = dyn_cast<RankedTensorType>(function.getResultTypes()[unsigned(index)]);
  if (!before || !after)
    return refuse("belongs to a state that is no tensor");
  SmallVector<SizeAttr> sizes = moduleSizes(function);
  if (Attribute grows = function.getArgAttr(argument, kGrowsAttr)) {
    std::optional<Growth> growth = parse(grows);
    if (!growth || growth->axis >= before.getRank() || growth->size >= sizes.size())
      return refuse("must hold an axis, a size and the next length");
    if (before != after || before.getDimSize(growth->axis) != sizes[growth->size].getMax())
      return refuse("belongs to a state that has not room for the most it may hold before and after");
    return true;
  }
  if (before == after || findGrowth(before, after, sizes, why))
    return true;
  return refuse("names result " + Twine(index) + " of another type: " + *why);
}

} // namespace ingot
