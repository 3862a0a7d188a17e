// Reductions under windows: MaxPool, a Conv with ones, else a Loop over the places within the window.
#include "frontends/onnx/export/Exporter.h"
#include "frontends/onnx/export/ops/Steps.h"

#include "llvm/ADT/STLExtras.h"

using namespace mlir;

namespace ingot::onnx {
namespace {

// The dims that a window moves along stand last in `order`.
struct Arrangement {
  SmallVector<int64_t> order, inverse;
  size_t still = 0; // dims in front
};

struct Window {
  SmallVector<AffineExpr> dims; // of the input
  SmallVector<int64_t> size, strides, dilations, low, high, gaps;
};

Window windowOf(ReduceWindowOp op) {
  Window w;
  w.dims = dimExprs(typeOf(op.getInputs()[0]));
  w.size.assign(op.getWindowDimensions().begin(), op.getWindowDimensions().end());
  w.strides.assign(op.getWindowStrides().begin(), op.getWindowStrides().end());
  w.dilations.assign(op.getWindowDilations().begin(), op.getWindowDilations().end());
  for (size_t i = 0; i != w.size.size(); ++i) {
    w.low.push_back(op.getPadding()[2 * i]);
    w.high.push_back(op.getPadding()[2 * i + 1]);
    w.gaps.push_back(op.getBaseDilations()[i] - 1);
  }
  return w;
}

Arrangement arrange(const Window &w) {
  Arrangement made;
  SmallVector<int64_t> moving;
  for (size_t i = 0; i != w.size.size(); ++i) {
    const bool moves = w.size[i] != 1 || w.strides[i] != 1 || w.low[i] != 0 || w.high[i] != 0;
    (moves ? moving : made.order).push_back(static_cast<int64_t>(i));
  }
  made.still = made.order.size();
  made.order.append(moving);
  made.inverse.resize(made.order.size());
  for (auto [place, dim] : llvm::enumerate(made.order))
    made.inverse[dim] = static_cast<int64_t>(place);
  return made;
}

// The input with the elements that gaps and padding add, which count as `value`, and without what negative padding removes.
Term laidOut(Exporter &e, Window &w, Term x, Term value) {
  x = spaced(e, x, value, w.dims, w.gaps);
  SmallVector<int64_t> low, high, axes, starts;
  SmallVector<AffineExpr> ends;
  for (size_t i = 0; i != w.size.size(); ++i) {
    w.dims[i] = simplifyExpr((w.dims[i] - 1) * (w.gaps[i] + 1) + 1);
    low.push_back(std::max<int64_t>(0, w.low[i]));
    high.push_back(std::max<int64_t>(0, w.high[i]));
    w.dims[i] = simplifyExpr(w.dims[i] + w.low[i] + w.high[i]);
    if (w.low[i] < 0 || w.high[i] < 0) {
      axes.push_back(static_cast<int64_t>(i));
      starts.push_back(std::max<int64_t>(0, -w.low[i]));
      ends.push_back(simplifyExpr(w.dims[i] + starts.back()));
    }
    w.low[i] = w.high[i] = w.gaps[i] = 0;
  }
  x = padded(e, x, value, low, high);
  return axes.empty() ? x : e.slice(x, e.integers(starts), e.dims(ends), axes);
}

// By an operator on [batch, channels, dims ...]; the dims that no window moves along are the batch.
Term pooled(Exporter &e, const Window &w, Term x, ArrayRef<AffineExpr> resultDims, llvm::StringRef op) {
  Arrangement at = arrange(w);
  std::vector<int64_t> size, strides, dilations, pads, highs;
  SmallVector<AffineExpr> shape = {e.fixed(1), e.fixed(1)}, arranged;
  for (auto [place, dim] : llvm::enumerate(at.order)) {
    arranged.push_back(resultDims[dim]);
    if (place < at.still) {
      shape[0] = simplifyExpr(shape[0] * w.dims[dim]);
      continue;
    }
    shape.push_back(w.dims[dim]);
    size.push_back(w.size[dim]);
    strides.push_back(w.strides[dim]);
    dilations.push_back(w.dilations[dim]);
    pads.push_back(w.low[dim]);
    highs.push_back(w.high[dim]);
  }
  pads.insert(pads.end(), highs.begin(), highs.end());
  const bool fits = at.still == 2 && op == "MaxPool";
  x = e.transpose(x, at.order);
  if (!fits)
    x = e.reshape(x, shape);
  Attrs attrs = {{"kernel_shape", size}, {"strides", strides}, {"dilations", dilations}, {"pads", pads}};
  Term made;
  if (op == "MaxPool")
    made = e.node(op, {x}, x.type, attrs);
  else {
    std::vector<int64_t> kernel = {1, 1};
    kernel.insert(kernel.end(), size.begin(), size.end());
    made = e.node(op, {x, e.expand(e.number(x.type, 1), e.integers(kernel))}, x.type, attrs);
  }
  return e.transpose(fits ? made : e.reshape(made, arranged), at.inverse);
}

// One place of the window after the other, in a Loop: the input from there on, by the strides, goes through the body.
bool looped(Exporter &e, ReduceWindowOp op, ArrayRef<Term> inputs, ArrayRef<Term> inits) {
  Window w;
  Terms laid;
  for (auto [input, init] : llvm::zip(inputs, inits)) {
    w = windowOf(op);
    laid.push_back(laidOut(e, w, input, init));
  }
  const size_t rank = w.size.size();
  SmallVector<int64_t> inner(rank, 1), axes;
  for (size_t i = rank; i-- > 1;)
    inner[i - 1] = inner[i] * w.size[i];
  const int64_t count = rank == 0 ? 1 : inner[0] * w.size[0];
  SmallVector<AffineExpr> reach;
  for (size_t i = 0; i != rank; ++i) {
    axes.push_back(static_cast<int64_t>(i));
    reach.push_back(simplifyExpr((dimExpr(typeOf(op.getResult(0)), i) - 1) * w.strides[i] + 1));
  }
  Term reaches = e.dims(reach), shape = e.dims(op.getResult(0));
  Terms states;
  for (const Term &init : inits)
    states.push_back(e.expand(init, shape));
  GraphProto body;
  std::optional<Terms> made;
  e.within(body, [&] {
    auto [round, condition] = e.loopInputs(body);
    Terms arguments;
    for (const Term &state : states)
      arguments.push_back(e.graphInput(body, state.type));
    Term at = e.node("Mod", {e.div(round, e.integers(inner)), e.integers(w.size)}, TensorProto::INT64);
    Term starts = e.mul(at, e.integers(w.dilations));
    for (const Term &input : laid)
      arguments.push_back(rank == 0 ? input : e.slice(input, starts, e.add(starts, reaches), axes, w.strides));
    made = e.onElements(op.getBody(), arguments, shape);
    if (!made)
      return;
    e.graphOutput(body, condition);
    for (const Term &state : *made)
      e.graphOutput(body, state);
  });
  if (!made)
    return false;
  Terms given = {e.integer(TensorProto::INT64, count), Term()};
  SmallVector<int32_t> types;
  for (const Term &state : states) {
    given.push_back(state);
    types.push_back(state.type);
  }
  Terms results = e.nodes("Loop", given, types, {{"body", std::move(body)}});
  for (auto [result, term] : llvm::zip(op.getResults(), results))
    e.bind(result, term);
  return true;
}

void reduceWindow(Exporter &e, Operation *op) {
  auto source = cast<ReduceWindowOp>(op);
  Terms inputs, inits;
  for (auto [input, init] : llvm::zip(source.getInputs(), source.getInitValues())) {
    inits.push_back(e.term(init));
    inputs.push_back(e.cast(e.term(input), inits.back().type)); // the body's type may be wider
  }
  using Kind = Monoid::Kind;
  const Monoid monoid = inputs.size() == 1 ? monoidOf(source.getBody().front()) : Monoid();
  Window w = windowOf(source);
  const size_t moving = w.size.size() - arrange(w).still;
  const int32_t type = inits[0].type;
  const bool isFloat = isa<FloatType>(e.elementOf(type));
  const bool isOrder = monoid.kind == Kind::Maximum || monoid.kind == Kind::Minimum;
  const bool isExtreme =
      isOrder && (isFloat || ((type == TensorProto::INT8 || type == TensorProto::UINT8) && monoid.kind == Kind::Maximum));
  const bool isSum = monoid.kind == Kind::Add && isFloat && type != TensorProto::DOUBLE;
  if (moving < 1 || moving > 3 || (!isExtreme && !isSum)) { // what runtimes pool
    if (!looped(e, source, inputs, inits))
      e.refuse(op, "by a body of other ops than on elements has no counterpart in ONNX");
    return;
  }
  const bool neutral = isNeutral(monoid, source.getInitValues()[0]);
  bool pads = neutral;
  for (size_t i = 0; i != w.size.size(); ++i)
    pads &= w.gaps[i] == 0 && w.low[i] >= 0 && w.high[i] >= 0 && w.low[i] < w.size[i] && w.high[i] < w.size[i];
  Term x = inputs[0];
  if (!pads)
    x = laidOut(e, w, x, inits[0]);
  const int32_t compute = isFloat ? e.computeType(type, isSum ? WideFloats : Floats) : type;
  x = e.cast(x, compute);
  SmallVector<AffineExpr> resultDims = dimExprs(typeOf(op->getResult(0)));
  Term made;
  if (isSum)
    made = pooled(e, w, x, resultDims, "Conv");
  else if (monoid.kind == Kind::Maximum)
    made = pooled(e, w, x, resultDims, "MaxPool");
  else
    made = e.negate(pooled(e, w, e.negate(x), resultDims, "MaxPool"));
  made = e.cast(made, type);
  e.bind(op->getResult(0), neutral ? made : e.apply(monoid.opName(), made, inits[0]));
}

constexpr Row rows[] = {
    {"reduce_window", reduceWindow, nullptr, 0, nullptr},
};

} // namespace

llvm::ArrayRef<Row> windowRows() { return rows; }

} // namespace ingot::onnx
