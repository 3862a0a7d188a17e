// Ops that combine elements: reductions, windows, running sums, contractions.
#include "ir/TensorTypes.h"
#include "tests/differential/RandomProgram.h"

using namespace mlir;

namespace ingot::differential {
namespace {

using frontend::Reduction;

bool isFloating(Type element) { return isa<FloatType, ComplexType>(element); }

// A combination that the element type has, and how it rounds.
std::pair<Reduction, Rounding> combination(RandomProgram &p, RankedTensorType type) {
  Type element = type.getElementType();
  if (element.isInteger(1))
    return {p.oneIn(2) ? Reduction::And : Reduction::Or, Rounding::Exact};
  const Reduction choices[] = {Reduction::Add, Reduction::Add, Reduction::Multiply, Reduction::Maximum, Reduction::Minimum};
  Reduction kind = isa<ComplexType>(element) ? Reduction::Add : p.of(ArrayRef(choices));
  // A product of many may overflow or vanish on its way, which depends on the order.
  constexpr int64_t kFew = 16;
  if (kind == Reduction::Multiply && isFloating(element) && !(type.hasStaticShape() && type.getNumElements() <= kFew))
    kind = Reduction::Add;
  const bool rounds = (kind == Reduction::Add || kind == Reduction::Multiply) && isFloating(element);
  return {kind, rounds ? Rounding::Rounds : Rounding::Exact};
}

SmallVector<int64_t> someAxes(RandomProgram &p, int64_t rank) {
  SmallVector<int64_t> axes;
  for (int64_t i = 0; i != rank; ++i)
    if (p.oneIn(2))
      axes.push_back(i);
  if (axes.empty())
    axes.push_back(static_cast<int64_t>(p.below(rank)));
  return axes;
}

Value withDims(RandomProgram &p) {
  return p.pick([](Value v) { return typeOf(v).getRank() > 0; });
}

bool reduce(RandomProgram &p) {
  Value x = withDims(p);
  if (!x)
    return false;
  auto [kind, rounding] = combination(p, typeOf(x));
  return p.add(p.b.reduce(kind, x, someAxes(p, typeOf(x).getRank()), p.oneIn(2)), rounding);
}

// The greatest (least) element along an axis, with its place: two operands, a body of several ops.
bool place(RandomProgram &p) {
  Value x = p.pick([](Value v) {
    return typeOf(v).getRank() > 0 && !isa<ComplexType>(typeOf(v).getElementType()) &&
           !typeOf(v).getElementType().isInteger(1);
  });
  if (!x)
    return false;
  const int64_t axis = static_cast<int64_t>(p.below(typeOf(x).getRank()));
  Type element = typeOf(x).getElementType(), index = p.oneIn(2) ? p.b.getI32Type() : p.b.getI64Type();
  Dims dims = dimExprs(typeOf(x));
  Value places = p.b.iota(dims, index, axis);
  dims.erase(dims.begin() + axis);
  const bool greatest = p.oneIn(2);
  Value inits[] = {p.b.initOf(greatest ? Reduction::Maximum : Reduction::Minimum, element), p.b.integer(index, 0)};
  Type types[] = {makeTensorType(dims, element), makeTensorType(dims, index)};
  auto op = ReduceOp::create(p.b, TypeRange(types), ValueRange{x, places}, ValueRange(inits), ArrayRef<int64_t>{axis});
  p.b.fillPlaceBody(op.getBody(), element, index, greatest, p.oneIn(2));
  return p.add(op.getOperation(), Rounding::Decides);
}

bool reduceWindow(RandomProgram &p) {
  Value x = withDims(p);
  if (!x)
    return false;
  SmallVector<int64_t> window, strides, dilations, padding;
  for (AffineExpr dim : dimExprs(typeOf(x))) {
    const int64_t size = frontend::staticDim(dim);
    const bool isWindow = size >= 2 && !p.oneIn(3);
    window.push_back(isWindow ? p.between(1, std::min<int64_t>(size, 4)) : 1);
    strides.push_back(isWindow ? p.between(1, 3) : 1);
    dilations.push_back(isWindow ? p.between(1, 2) : 1);
    for (int side = 0; side != 2; ++side)
      padding.push_back(isWindow ? p.between(p.oneIn(5) ? -1 : 0, 2) : 0);
  }
  auto [kind, rounding] = combination(p, typeOf(x));
  return p.add(p.b.reduceWindow(kind, x, window, strides, dilations, padding), rounding);
}

bool scan(RandomProgram &p) {
  Value x = withDims(p);
  if (!x)
    return false;
  auto [kind, rounding] = combination(p, typeOf(x));
  const int64_t axis = static_cast<int64_t>(p.below(typeOf(x).getRank()));
  return p.add(p.b.scan(kind, x, axis, p.oneIn(2), p.oneIn(2)), rounding);
}

bool selectAndScatter(RandomProgram &p) {
  Value x = p.pick([](Value v) {
    return typeOf(v).getRank() > 0 && hasKnownDims(typeOf(v)) && typeOf(v).hasStaticShape() &&
           !isa<ComplexType>(typeOf(v).getElementType());
  });
  if (!x)
    return false;
  Type element = typeOf(x).getElementType();
  SmallVector<int64_t> window, strides, padding, windows;
  for (int64_t size : typeOf(x).getShape()) {
    if (size < 1)
      return false;
    window.push_back(p.between(1, std::min<int64_t>(size, 3)));
    strides.push_back(p.between(1, 2));
    padding.append({0, 0});
    windows.push_back((size - window.back()) / strides.back() + 1);
  }
  Value source = p.another(makeTensorType(windows, element)), init = p.another(makeTensorType(ArrayRef<int64_t>{}, element));
  auto op = SelectAndScatterOp::create(p.b, x.getType(), x, source, init, window, strides, padding);
  Type scalar = makeTensorType(ArrayRef<int64_t>{}, element);
  const auto direction = p.oneIn(2) ? ComparisonDirection::GE : ComparisonDirection::LE;
  p.inRegion(op.getSelect(), {scalar, scalar},
             [&](ArrayRef<Value> x) { return SmallVector<Value>{p.b.compare(direction, x[0], x[1])}; });
  p.b.fillBody(op.getScatter(), {element.isInteger(1) ? Reduction::Or : Reduction::Add}, {element});
  // The sum is of what the windows picked.
  return p.add(op.getOperation(), Rounding::Decides);
}

bool dot(RandomProgram &p) {
  Value x = p.pick([](Value v) { return typeOf(v).getRank() > 0 && !typeOf(v).getElementType().isInteger(1); });
  if (!x)
    return false;
  // A right operand that has some of the left one's dims, in any order, and dims of its own.
  Dims dims = dimExprs(typeOf(x)), other;
  SmallVector<int64_t> roles, lhsBatch, rhsBatch, lhsContract, rhsContract;
  for (size_t i = 0; i != dims.size(); ++i)
    roles.push_back(static_cast<int64_t>(p.below(3)));
  SmallVector<std::pair<int64_t, int64_t>> shared; // (role, dim of lhs)
  for (size_t i = 0; i != dims.size(); ++i)
    if (roles[i])
      shared.insert(shared.begin() + p.below(shared.size() + 1), {roles[i], static_cast<int64_t>(i)});
  const size_t own = p.below(3), at = p.below(shared.size() + 1);
  for (size_t i = 0; i <= shared.size(); ++i) {
    if (i == at)
      for (size_t k = 0; k != own; ++k)
        other.push_back(p.b.number(p.between(1, 9)));
    if (i == shared.size())
      break;
    auto [role, dim] = shared[i];
    (role == 1 ? lhsBatch : lhsContract).push_back(dim);
    (role == 1 ? rhsBatch : rhsContract).push_back(static_cast<int64_t>(other.size()));
    other.push_back(dims[dim]);
  }
  Value y = p.another(makeTensorType(other, typeOf(x).getElementType()));
  const bool rounds = isFloating(typeOf(x).getElementType());
  return p.add(p.b.dot(x, y, lhsBatch, rhsBatch, lhsContract, rhsContract), rounds ? Rounding::Rounds : Rounding::Exact);
}

bool convolution(RandomProgram &p) {
  Value x = p.pick([](Value v) {
    return typeOf(v).getRank() >= 2 && typeOf(v).getRank() <= 5 && typeOf(v).hasStaticShape() &&
           !typeOf(v).getElementType().isInteger(1);
  });
  if (!x || typeOf(x).getNumElements() > 1024)
    return false;
  // Dims of the operand stand for batch, feature and space in any order; so do those of kernel and result.
  const int64_t rank = typeOf(x).getRank(), spatial = rank - 2;
  auto order = [&] {
    SmallVector<int64_t> places = llvm::to_vector(llvm::seq<int64_t>(0, rank));
    for (int64_t i = rank - 1; i > 0; --i)
      std::swap(places[i], places[p.below(i + 1)]);
    return places;
  };
  SmallVector<int64_t> in = order(), kernel = order(), out = order();
  ArrayRef<int64_t> shape = typeOf(x).getShape();
  const int64_t features = shape[in[1]], batch = shape[in[0]];
  int64_t groups = 1, batchGroups = 1;
  if (p.oneIn(3))
    groups = features % 2 == 0 ? (p.oneIn(2) ? features : 2) : 1;
  else if (p.oneIn(5))
    batchGroups = batch % 2 == 0 ? 2 : 1;
  const int64_t outputs = p.between(1, 3) * groups * batchGroups;
  if (groups == 0 || features == 0 || outputs > 64)
    return false;
  SmallVector<int64_t> kernelShape(rank), result(rank), strides, padding, inDilation, kernelDilation;
  kernelShape[kernel[0]] = features / groups;
  kernelShape[kernel[1]] = outputs;
  result[out[0]] = batch / batchGroups;
  result[out[1]] = outputs;
  for (int64_t i = 0; i != spatial; ++i) {
    const int64_t size = shape[in[i + 2]], window = p.between(1, 3);
    strides.push_back(p.between(1, 2));
    inDilation.push_back(p.oneIn(4) ? 2 : 1);
    kernelDilation.push_back(p.oneIn(4) ? 2 : 1);
    padding.append({p.between(0, 2), p.between(0, 2)});
    kernelShape[kernel[i + 2]] = window;
    const int64_t dilated = size == 0 ? 0 : (size - 1) * inDilation.back() + 1,
                  reach = (window - 1) * kernelDilation.back() + 1;
    const int64_t room = dilated + padding[2 * i] + padding[2 * i + 1] - reach;
    result[out[i + 2]] = room < 0 ? 0 : room / strides.back() + 1;
  }
  Type element = typeOf(x).getElementType();
  Value w = p.another(makeTensorType(kernelShape, element));
  auto rest = [](ArrayRef<int64_t> places) { return places.drop_front(2); };
  auto numbers = ConvDimsAttr::get(p.b.getContext(), in[0], in[1], rest(in), kernel[0], kernel[1], rest(kernel), out[0],
                                   out[1], rest(out));
  Value product = ConvolutionOp::create(p.b, makeTensorType(result, element), x, w, strides, padding, inDilation,
                                        kernelDilation, numbers, groups, batchGroups);
  return p.add(product, isFloating(element) ? Rounding::Rounds : Rounding::Exact);
}

constexpr Step steps[] = {reduce,           reduce, reduce, place, reduceWindow, scan,
                          selectAndScatter, dot,    dot,    dot,   convolution,  convolution};

} // namespace

ArrayRef<Step> combiningSteps() { return steps; }

} // namespace ingot::differential
