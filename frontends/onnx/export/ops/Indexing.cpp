// Elements at places that are computed.
#include "frontends/onnx/export/Exporter.h"
#include "frontends/onnx/export/ops/Steps.h"

#include "llvm/ADT/STLExtras.h"

using namespace mlir;

namespace ingot::onnx {
namespace {

Term wide(Exporter &e, Value indices) { return e.cast(e.term(indices), TensorProto::INT64); }

// Within [0, last].
Term clamped(Exporter &e, Term x, Term last) {
  Term least = e.node("Max", {x, e.integer(TensorProto::INT64, 0)}, TensorProto::INT64);
  return e.node("Min", {least, last}, TensorProto::INT64);
}

AffineExpr productOf(ArrayRef<AffineExpr> dims, Exporter &e) {
  AffineExpr all = e.fixed(1);
  for (AffineExpr dim : dims)
    all = simplifyExpr(all * dim);
  return all;
}

// Of all places of the windows, the place in the flattened operand, with the dims of the result (updates).
struct Places {
  Term flat;
  Term inside; // of those not clamped: whether they are in the operand
};

// `windowed` is the tensor that walks windows: gather's result, scatter's updates.
Places placesOf(Exporter &e, GatherDimsAttr dims, Value operand, Value indices, RankedTensorType windowed, bool clamps) {
  auto type = typeOf(operand), indexType = typeOf(indices);
  const auto vector = static_cast<int64_t>(dims.getIndexVectorDim());
  const int64_t rank = windowed.getRank();
  Term starts = wide(e, indices);
  SmallVector<int64_t> others; // dims of the windowed tensor that walk the indices
  for (int64_t i = 0; i != rank; ++i)
    if (!llvm::is_contained(dims.getWindowDims(), i))
      others.push_back(i);
  // From dims of `others` to all.
  auto spreadOut = [&](Term x) {
    SmallVector<int64_t> axes(dims.getWindowDims());
    return e.unsqueeze(x, axes);
  };
  auto component = [&](int64_t which) {
    if (vector == indexType.getRank())
      return starts;
    return e.node("Gather", {starts, e.integer(TensorProto::INT64, which)}, TensorProto::INT64, {{"axis", vector}});
  };
  SmallVector<AffineExpr> extents = dimExprs(type);
  Places made;
  unsigned window = 0;
  for (int64_t dim = 0; dim != type.getRank(); ++dim) {
    Term at;
    AffineExpr size = e.fixed(1);
    const bool isBatch = llvm::is_contained(dims.getOperandBatchDims(), dim);
    int64_t walker = -1;
    if (!isBatch && !llvm::is_contained(dims.getCollapsedDims(), dim)) {
      walker = dims.getWindowDims()[window++];
      size = dimExpr(windowed, walker);
    }
    if (const auto *found = llvm::find(dims.getIndexMap(), dim); found != dims.getIndexMap().end()) {
      at = component(found - dims.getIndexMap().begin());
      if (clamps)
        at = clamped(e, at, e.scalarSize(extents[dim] - size));
      at = spreadOut(at);
    } else if (isBatch) {
      const auto *place = llvm::find(dims.getOperandBatchDims(), dim);
      int64_t indexDim = dims.getIndicesBatchDims()[place - dims.getOperandBatchDims().begin()];
      int64_t along = others[indexDim - (indexDim > vector)];
      at = placesAlong(e, extents[dim], rank - 1 - along);
    }
    if (walker >= 0 && !sameExpr(size, e.fixed(1))) {
      Term within = placesAlong(e, size, rank - 1 - walker);
      at = at.name.empty() ? within : e.add(at, within);
    }
    if (at.name.empty())
      continue;
    if (!clamps) {
      Term inside = e.test("And", e.test("GreaterOrEqual", at, e.integer(TensorProto::INT64, 0)),
                           e.test("Less", at, e.scalarSize(extents[dim])));
      made.inside = made.inside.name.empty() ? inside : e.test("And", made.inside, inside);
    }
    AffineExpr stride = productOf(ArrayRef(extents).drop_front(dim + 1), e);
    Term step = sameExpr(stride, e.fixed(1)) ? at : e.mul(at, e.scalarSize(stride));
    made.flat = made.flat.name.empty() ? step : e.add(made.flat, step);
  }
  Term shape = e.dims(dimExprs(windowed));
  made.flat = e.expand(made.flat.name.empty() ? e.integer(TensorProto::INT64, 0) : made.flat, shape);
  if (!made.inside.name.empty())
    made.inside = e.expand(made.inside, shape);
  return made;
}

// One index a place, whole rows of the other dims, where these stand as in the operand: Gather. -1 where it is not that.
int64_t gatherAxis(GatherOp op) {
  GatherDimsAttr dims = op.getDims();
  auto operand = typeOf(op.getOperand()), indices = typeOf(op.getStartIndices());
  const auto vector = static_cast<int64_t>(dims.getIndexVectorDim());
  if (dims.getIndexMap().size() != 1 || !dims.getOperandBatchDims().empty() ||
      dims.getCollapsedDims() != dims.getIndexMap() || vector + 1 < indices.getRank())
    return -1;
  const int64_t axis = dims.getIndexMap()[0], many = indices.getRank() - (vector < indices.getRank());
  unsigned window = 0;
  for (int64_t dim = 0; dim != operand.getRank(); ++dim) {
    if (dim == axis)
      continue;
    const int64_t walker = dims.getWindowDims()[window++];
    if (walker != (dim < axis ? dim : dim - 1 + many) ||
        !sameExpr(dimExpr(operand, dim), dimExpr(typeOf(op.getResult()), walker)))
      return -1;
  }
  return axis;
}

void gather(Exporter &e, Operation *op) {
  auto source = cast<GatherOp>(op);
  Term operand = e.term(source.getOperand());
  auto type = typeOf(source.getOperand()), indexType = typeOf(source.getStartIndices());
  if (int64_t axis = gatherAxis(source); axis >= 0) {
    Term at = wide(e, source.getStartIndices());
    AffineExpr extent = dimExpr(type, axis);
    auto known = e.knownIntegers(source.getStartIndices());
    auto fixedExtent = dyn_cast<AffineConstantExpr>(extent);
    if (!known || !fixedExtent || llvm::any_of(*known, [&](int64_t i) { return i < 0 || i >= fixedExtent.getValue(); }))
      at = clamped(e, at, e.scalarSize(extent - 1));
    if (static_cast<int64_t>(source.getDims().getIndexVectorDim()) < indexType.getRank())
      at = e.reshape(at, ArrayRef(dimExprs(indexType)).drop_back());
    return e.bind(op->getResult(0), e.typed(Moved, "Gather", {operand, at}, {{"axis", axis}}));
  }
  Places at = placesOf(e, source.getDims(), source.getOperand(), source.getStartIndices(), typeOf(op->getResult(0)), true);
  e.bind(op->getResult(0),
         e.typed(Moved, "Gather", {e.reshape(operand, {productOf(dimExprs(type), e)}), at.flat}, {{"axis", int64_t(0)}}));
}

// What a scatter's body makes of what is there and an update: an op of both, of the update through other ops.
struct Combination {
  llvm::StringRef reduction; // of ScatterElements
  Value update;              // of the body's values, what is combined
  bool keeps = false;        // what is there alone
};

std::optional<Combination> combinationOf(ScatterOp op, unsigned which) {
  Block &body = op.getBody().front();
  const unsigned count = op.getInputs().size();
  Value result = body.getTerminator()->getOperand(which);
  auto isPresent = [&](Value value) {
    auto argument = dyn_cast<BlockArgument>(value);
    return argument && argument.getArgNumber() < count;
  };
  auto usesPresent = [&](Value value) {
    return isPresent(value) || llvm::any_of(opsBehind(value, body),
                                            [&](Operation *each) { return llvm::any_of(each->getOperands(), isPresent); });
  };
  BlockArgument present = body.getArgument(which);
  if (result == present)
    return Combination{"none", {}, true};
  if (!usesPresent(result))
    return Combination{"none", result};
  Operation *last = result.getDefiningOp();
  const bool isBool = typeOf(result).getElementType().isInteger(1);
  llvm::StringRef name = last->getName().stripDialect();
  llvm::StringRef reduction = name == "maximum" || (isBool && (name == "or" || name == "add"))         ? "max"
                              : name == "minimum" || (isBool && (name == "and" || name == "multiply")) ? "min"
                              : name == "add"                                                          ? "add"
                              : name == "multiply"                                                     ? "mul"
                                                                                                       : "";
  if (reduction.empty())
    return std::nullopt;
  for (unsigned i : {0, 1})
    if (last->getOperand(i) == present && !usesPresent(last->getOperand(1 - i)))
      return Combination{reduction, last->getOperand(1 - i)};
  return std::nullopt;
}

// Into the flattened input, and one place behind it that takes what lies outside.
void scatter(Exporter &e, Operation *op) {
  auto source = cast<ScatterOp>(op);
  SmallVector<Combination> combinations;
  for (unsigned i = 0; i != source.getInputs().size(); ++i) {
    std::optional<Combination> made = combinationOf(source, i);
    if (!made)
      return e.refuse(op, "by such a body has no counterpart in ONNX");
    combinations.push_back(*made);
  }
  auto type = typeOf(source.getInputs()[0]), updateType = typeOf(source.getUpdates()[0]);
  Places at = placesOf(e, source.getDims(), source.getInputs()[0], source.getScatterIndices(), updateType, false);
  AffineExpr count = productOf(dimExprs(type), e), many = productOf(dimExprs(updateType), e);
  Term flat = e.reshape(at.flat, {many});
  if (!at.inside.name.empty())
    flat = e.where(e.reshape(at.inside, {many}), flat, e.scalarSize(count));
  // The updates as the body's other ops make them, which read none of what is there.
  Terms arguments(source.getInputs().size());
  for (Value update : source.getUpdates())
    arguments.push_back(e.term(update));
  SmallVector<Value> wanted;
  for (const Combination &each : combinations)
    if (!each.keeps)
      wanted.push_back(each.update);
  std::optional<Terms> updates = e.onElements(source.getBody(), arguments, e.dims(dimExprs(updateType)), wanted);
  if (!updates)
    return e.refuse(op, "by such a body has no counterpart in ONNX");
  const Term *update = updates->begin();
  for (auto [i, each] : llvm::enumerate(combinations)) {
    Term input = e.term(source.getInputs()[i]);
    if (each.keeps) {
      e.bind(op->getResult(i), input);
      continue;
    }
    const bool isBool = input.type == TensorProto::BOOL;
    const int32_t compute = e.computeType(input.type, each.reduction == "none" ? Moved : isBool ? I32 : WideFloats | Ints);
    Term flatInput = padded(e, e.reshape(e.cast(input, compute), {count}), e.number(compute, 0), {0}, {1});
    Term made = e.node("ScatterElements", {flatInput, flat, e.reshape(e.cast(*update++, compute), {many})}, compute,
                       {{"axis", int64_t(0)}, {"reduction", each.reduction.str()}});
    made = e.slice(made, e.integers({0}), e.size(count), {0});
    e.bind(op->getResult(i), e.cast(e.reshape(made, dimExprs(type)), input.type));
  }
}

// Where a window of these dims starts, clamped, as a vector.
Term startsOf(Exporter &e, ValueRange starts, RankedTensorType operand, RankedTensorType window) {
  SmallVector<int64_t> known;
  for (auto [i, start] : llvm::enumerate(starts)) {
    auto number = e.knownIntegers(start);
    auto room = dyn_cast<AffineConstantExpr>(simplifyExpr(dimExpr(operand, i) - dimExpr(window, i)));
    if (!number || !room)
      break;
    known.push_back(std::max<int64_t>(0, std::min(number->front(), room.getValue())));
  }
  if (known.size() == starts.size())
    return e.integers(known);
  Terms parts;
  for (auto [i, start] : llvm::enumerate(starts))
    parts.push_back(
        clamped(e, e.reshape(wide(e, start), {e.fixed(1)}), e.scalarSize(dimExpr(operand, i) - dimExpr(window, i))));
  return e.join(parts);
}

void dynamicSlice(Exporter &e, Operation *op) {
  auto source = cast<DynamicSliceOp>(op);
  auto from = typeOf(source.getOperand()), to = typeOf(op->getResult(0));
  Term x = e.term(source.getOperand());
  if (to.getRank() == 0)
    return e.bind(op->getResult(0), x);
  Term starts = startsOf(e, source.getStartIndices(), from, to);
  Term ends = e.add(starts, e.dims(dimExprs(to)));
  e.bind(op->getResult(0), e.slice(x, starts, ends, llvm::to_vector(llvm::seq<int64_t>(0, to.getRank()))));
}

// Along one dim what is before, the update, and what is behind; along several by the places of all its elements.
void dynamicUpdateSlice(Exporter &e, Operation *op) {
  auto source = cast<DynamicUpdateSliceOp>(op);
  auto type = typeOf(source.getOperand()), window = typeOf(source.getUpdate());
  Term x = e.term(source.getOperand()), update = e.term(source.getUpdate());
  SmallVector<int64_t> partial;
  for (int64_t i = 0; i != type.getRank(); ++i)
    if (!sameExpr(dimExpr(type, i), dimExpr(window, i)))
      partial.push_back(i);
  if (partial.empty())
    return e.bind(op->getResult(0), update);
  Term starts = startsOf(e, source.getStartIndices(), type, window);
  if (partial.size() == 1) {
    const int64_t axis = partial[0];
    Term start = e.slice(starts, e.integers({axis}), e.integers({axis + 1}), {0});
    Term end = e.add(start, e.size(dimExpr(window, axis)));
    Term before = e.slice(x, e.integers({0}), start, {axis}), behind = e.slice(x, end, e.size(dimExpr(type, axis)), {axis});
    return e.bind(op->getResult(0), e.typed(Moved, "Concat", {before, update, behind}, {{"axis", axis}}, 3));
  }
  Term flat;
  SmallVector<AffineExpr> extents = dimExprs(type);
  for (int64_t dim = 0; dim != type.getRank(); ++dim) {
    Term start = e.reshape(e.slice(starts, e.integers({dim}), e.integers({dim + 1}), {0}), {});
    Term at = e.add(placesAlong(e, dimExpr(window, dim), type.getRank() - 1 - dim), start);
    at = e.mul(at, e.scalarSize(productOf(ArrayRef(extents).drop_front(dim + 1), e)));
    flat = flat.name.empty() ? at : e.add(flat, at);
  }
  AffineExpr many = productOf(dimExprs(window), e);
  Term made = e.typed(Moved, "ScatterElements",
                      {e.reshape(x, {productOf(extents, e)}), e.reshape(e.expand(flat, e.dims(dimExprs(window))), {many}),
                       e.cast(e.reshape(update, {many}), e.computeType(x.type, Moved))},
                      {{"axis", int64_t(0)}});
  e.bind(op->getResult(0), e.reshape(made, extents));
}

constexpr Row rows[] = {
    {"dynamic_slice", dynamicSlice, nullptr, 0, nullptr},
    {"dynamic_update_slice", dynamicUpdateSlice, nullptr, 0, nullptr},
    {"gather", gather, nullptr, 0, nullptr},
    {"scatter", scatter, nullptr, 0, nullptr},
};

} // namespace

llvm::ArrayRef<Row> indexingRows() { return rows; }

} // namespace ingot::onnx
