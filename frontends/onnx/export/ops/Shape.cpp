// Ops that make, move and repeat elements.
#include "frontends/common/ElementBytes.h"
#include "frontends/onnx/export/Exporter.h"
#include "frontends/onnx/export/ops/Steps.h"

#include "llvm/ADT/STLExtras.h"

#include <limits>

using namespace mlir;

namespace ingot::onnx {

Term padded(Exporter &e, Term x, Term value, ArrayRef<int64_t> low, ArrayRef<int64_t> high) {
  if (llvm::all_of(low, [](int64_t n) { return n == 0; }) && llvm::all_of(high, [](int64_t n) { return n == 0; }))
    return x;
  SmallVector<int64_t> pads(low);
  pads.append(high.begin(), high.end());
  const int32_t type = x.type, compute = e.computeType(type, Padded);
  return e.cast(e.node("Pad", {e.cast(x, compute), e.integers(pads), e.cast(value, compute)}, compute,
                       {{"mode", std::string("constant")}}),
                type);
}

Term spaced(Exporter &e, Term x, Term value, ArrayRef<AffineExpr> dims, ArrayRef<int64_t> interior) {
  SmallVector<AffineExpr> at(dims);
  for (size_t i = 0; i != dims.size(); ++i) {
    if (interior[i] == 0)
      continue;
    // A dim behind the one to be spaced, grown by the gap, which the last element then has too much.
    const auto axis = static_cast<int64_t>(i);
    SmallVector<int64_t> low(dims.size() + 1, 0), high(dims.size() + 1, 0);
    high[i + 1] = interior[i];
    Term apart = padded(e, e.unsqueeze(x, {axis + 1}), value, low, high);
    at[i] = simplifyExpr(at[i] * (interior[i] + 1));
    x = e.reshape(apart, at);
    x = e.slice(x, e.integers({0}), e.integers({-interior[i]}), {axis});
    at[i] = simplifyExpr(at[i] - interior[i]);
  }
  return x;
}

Term reversed(Exporter &e, Term x, ArrayRef<int64_t> axes) {
  if (axes.empty())
    return x;
  const SmallVector<int64_t> ones(axes.size(), -1), ends(axes.size(), std::numeric_limits<int64_t>::min());
  return e.slice(x, e.integers(ones), e.integers(ends), axes, ones);
}

Term places(Exporter &e, AffineExpr count) {
  auto known = dyn_cast<AffineConstantExpr>(simplifyExpr(count));
  if (known && known.getValue() <= 1024)
    return e.integers(llvm::to_vector(llvm::seq<int64_t>(0, known.getValue())));
  Term end = known ? e.integer(TensorProto::INT64, known.getValue()) : e.reshape(e.size(count), {});
  return e.node("Range", {e.integer(TensorProto::INT64, 0), end, e.integer(TensorProto::INT64, 1)}, TensorProto::INT64);
}

Term placesAlong(Exporter &e, AffineExpr count, int64_t dimsBehind) {
  SmallVector<int64_t> axes;
  for (int64_t i = 1; i <= dimsBehind; ++i)
    axes.push_back(i);
  return e.unsqueeze(places(e, count), axes);
}

namespace {

void constant(Exporter &e, Operation *op) {
  auto elements = cast<DenseElementsAttr>(cast<ConstantOp>(op).getValue());
  auto type = typeOf(op->getResult(0));
  if (elements.isSplat() && elements.getNumElements() != 0) {
    auto scalar = RankedTensorType::get({}, type.getElementType());
    e.bind(op->getResult(0), e.constant(scalar, frontend::bytesOf(elements.resizeSplat(scalar))),
           type.getRank() != 0 || e.isLifted());
    return;
  }
  e.bind(op->getResult(0), e.constant(type, frontend::bytesOf(elements)));
}

void getWeight(Exporter &e, Operation *op) {
  auto weight = e.module.lookupSymbol<WeightOp>(cast<GetWeightOp>(op).getWeight());
  e.bind(op->getResult(0), e.weight(weight));
}

void iota(Exporter &e, Operation *op) {
  auto type = typeOf(op->getResult(0));
  const auto dim = static_cast<int64_t>(cast<IotaOp>(op).getIotaDimension());
  Term along = placesAlong(e, dimExpr(type, dim), type.getRank() - 1 - dim);
  e.bind(op->getResult(0), e.cast(along, e.typeNumber(type.getElementType())), type.getRank() != 1);
}

void sizeOf(Exporter &e, Operation *op) {
  Term size = e.reshape(e.size(cast<SizeOfOp>(op).getValue().getResult(0)), {});
  e.bind(op->getResult(0), e.cast(size, e.typeNumber(typeOf(op->getResult(0)).getElementType())));
}

void broadcastInDim(Exporter &e, Operation *op) {
  auto source = cast<BroadcastInDimOp>(op);
  auto to = typeOf(op->getResult(0)), from = typeOf(source.getOperand());
  SmallVector<int64_t> at(source.getBroadcastDimensions());
  if (at.empty())
    return e.bind(op->getResult(0), e.spread(source.getOperand()),
                  e.isLifted() ? e.isNarrow(source.getOperand()) : to.getRank() != 0);
  Term x = e.term(source.getOperand());
  if (!llvm::is_sorted(at)) {
    SmallVector<int64_t> order = llvm::to_vector(llvm::seq<int64_t>(0, static_cast<int64_t>(at.size())));
    llvm::sort(order, [&](int64_t a, int64_t b) { return at[a] < at[b]; });
    x = e.transpose(x, order);
    llvm::sort(at);
  }
  SmallVector<int64_t> axes;
  for (int64_t dim = at.front(); dim != to.getRank(); ++dim)
    if (!llvm::is_contained(at, dim))
      axes.push_back(dim - at.front());
  bool same = from.getRank() == to.getRank();
  for (int64_t i = 0; same && i != from.getRank(); ++i)
    same = sameExpr(dimExpr(from, i), dimExpr(to, source.getBroadcastDimensions()[i]));
  e.bind(op->getResult(0), e.unsqueeze(x, axes), !same);
}

void reshape(Exporter &e, Operation *op) {
  e.bind(op->getResult(0), e.reshape(e.term(op->getOperand(0)), dimExprs(typeOf(op->getResult(0)))));
}

void transpose(Exporter &e, Operation *op) {
  e.bind(op->getResult(0), e.transpose(e.term(op->getOperand(0)), cast<TransposeOp>(op).getPermutation()));
}

void slice(Exporter &e, Operation *op) {
  auto source = cast<SliceOp>(op);
  auto from = typeOf(source.getOperand()), to = typeOf(op->getResult(0));
  SmallVector<int64_t> axes, starts, steps;
  SmallVector<AffineExpr> ends;
  for (int64_t i = 0; i != from.getRank(); ++i) {
    const int64_t start = source.getStartIndices()[i], limit = source.getLimitIndices()[i], step = source.getStrides()[i];
    AffineExpr dim = dimExpr(from, i);
    if (start == 0 && step == 1 && sameExpr(dim, dimExpr(to, i)))
      continue;
    axes.push_back(i);
    starts.push_back(start);
    steps.push_back(step);
    if (limit == SliceOp::kWholeDim)
      ends.push_back(e.fixed(std::numeric_limits<int64_t>::max()));
    else
      ends.push_back(limit == SliceOp::kToResult ? (dimExpr(to, i) - 1) * step + (start + 1) : e.fixed(limit));
  }
  Term x = e.term(source.getOperand());
  e.bind(op->getResult(0), axes.empty() ? x : e.slice(x, e.integers(starts), e.dims(ends), axes, steps));
}

void pad(Exporter &e, Operation *op) {
  auto source = cast<PadOp>(op);
  auto from = typeOf(source.getOperand());
  Term x = e.term(source.getOperand()), value = e.term(source.getPaddingValue());
  SmallVector<AffineExpr> dims = dimExprs(from);
  SmallVector<int64_t> low(source.getEdgePaddingLow()), high(source.getEdgePaddingHigh()), axes, starts;
  for (int64_t i = 0; i != from.getRank(); ++i) {
    const int64_t lowCut = std::max<int64_t>(0, -low[i]), highCut = std::max<int64_t>(0, -high[i]);
    low[i] = std::max<int64_t>(0, low[i]);
    high[i] = std::max<int64_t>(0, high[i]);
    if (lowCut == 0 && highCut == 0)
      continue;
    axes.push_back(i);
    starts.push_back(lowCut);
  }
  x = padded(e, spaced(e, x, value, dims, source.getInteriorPadding()), value, low, high);
  // What negative amounts remove may be what the other end adds.
  if (!axes.empty()) {
    SmallVector<AffineExpr> limits;
    for (auto [axis, start] : llvm::zip(axes, starts))
      limits.push_back(simplifyExpr(dimExpr(typeOf(op->getResult(0)), axis) + start));
    x = e.slice(x, e.integers(starts), e.dims(limits), axes);
  }
  e.bind(op->getResult(0), x);
}

void concatenate(Exporter &e, Operation *op) {
  Terms inputs;
  for (Value operand : op->getOperands())
    inputs.push_back(e.term(operand));
  e.bind(op->getResult(0),
         e.typed(Moved, "Concat", inputs, {{"axis", int64_t(cast<ConcatenateOp>(op).getDimension())}}, inputs.size()));
}

void reverse(Exporter &e, Operation *op) {
  e.bind(op->getResult(0), reversed(e, e.term(op->getOperand(0)), cast<ReverseOp>(op).getDimensions()));
}

void unpack(Exporter &e, Operation *op) {
  auto source = cast<UnpackOp>(op);
  auto to = typeOf(op->getResult(0)), from = typeOf(source.getOperand());
  const auto dim = static_cast<int64_t>(source.getDim());
  SmallVector<int64_t> order;
  SmallVector<AffineExpr> dims = dimExprs(to);
  for (int64_t i = 0, other = 1; i != to.getRank(); ++i) {
    if (i == dim) {
      order.append({0, to.getRank()});
      continue;
    }
    order.push_back(other++);
  }
  AffineExpr extent = dims[dim];
  dims[dim] = simplifyExpr(dimExpr(from, 0) * static_cast<int64_t>(source.getWidth()));
  Term x = e.reshape(e.transpose(e.term(source.getOperand()), order), dims);
  e.bind(op->getResult(0), e.slice(x, e.integers({0}), e.dims({extent}), {dim}));
}

void copy(Exporter &e, Operation *op) { e.bind(op->getResult(0), e.term(op->getOperand(0))); }

void realDynamicSlice(Exporter &e, Operation *op) {
  auto source = cast<RealDynamicSliceOp>(op);
  Terms inputs = {e.term(source.getOperand())};
  for (Value bound : {source.getStartIndices(), source.getLimitIndices()})
    inputs.push_back(e.cast(e.term(bound), TensorProto::INT64));
  inputs.push_back(e.integers(llvm::to_vector(llvm::seq<int64_t>(0, typeOf(source.getOperand()).getRank()))));
  inputs.push_back(e.cast(e.term(source.getStrides()), TensorProto::INT64));
  e.bind(op->getResult(0), e.typed(Moved, "Slice", inputs));
}

constexpr Row rows[] = {
    {"broadcast_in_dim", broadcastInDim, nullptr, 0, nullptr},
    {"concatenate", concatenate, nullptr, 0, nullptr},
    {"constant", constant, nullptr, 0, nullptr},
    {"copy", copy, nullptr, 0, nullptr},
    {"get_weight", getWeight, nullptr, 0, nullptr},
    {"iota", iota, nullptr, 0, nullptr},
    {"pad", pad, nullptr, 0, nullptr},
    {"real_dynamic_slice", realDynamicSlice, nullptr, 0, nullptr},
    {"reshape", reshape, nullptr, 0, nullptr},
    {"reverse", reverse, nullptr, 0, nullptr},
    {"size_of", sizeOf, nullptr, 0, nullptr},
    {"slice", slice, nullptr, 0, nullptr},
    {"transpose", transpose, nullptr, 0, nullptr},
    {"unpack", unpack, nullptr, 0, nullptr},
};

} // namespace

llvm::ArrayRef<Row> shapeRows() { return rows; }

} // namespace ingot::onnx
