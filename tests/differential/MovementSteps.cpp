// Ops that move, repeat or make elements.
#include "ir/TensorTypes.h"
#include "tests/differential/RandomProgram.h"

#include <algorithm>

using namespace mlir;

namespace ingot::differential {
namespace {

int64_t sizeAt(Value value, int64_t dim) { return frontend::staticDim(dimExpr(typeOf(value), dim)); }

SmallVector<int64_t> shuffled(RandomProgram &p, int64_t count) {
  SmallVector<int64_t> order = llvm::to_vector(llvm::seq<int64_t>(0, count));
  for (int64_t i = count - 1; i > 0; --i)
    std::swap(order[i], order[p.below(i + 1)]);
  return order;
}

// Any value of rank 1 and more.
Value withDims(RandomProgram &p) {
  return p.pick([](Value v) { return typeOf(v).getRank() > 0; });
}

bool transpose(RandomProgram &p) {
  Value x = withDims(p);
  return x && p.add(p.b.transpose(x, shuffled(p, typeOf(x).getRank())), Rounding::Exact);
}

bool reshape(RandomProgram &p) {
  Value x = p.pick();
  if (!x)
    return false;
  Dims dims = dimExprs(typeOf(x));
  switch (p.below(3)) {
  case 0: // joins two
    if (dims.size() < 2)
      return false;
    if (size_t at = p.below(dims.size() - 1); true) {
      dims[at] = dims[at] * dims[at + 1];
      dims.erase(dims.begin() + at + 1);
    }
    break;
  case 1: { // splits one
    if (dims.empty())
      return false;
    const size_t at = p.below(dims.size());
    const int64_t size = frontend::staticDim(dims[at]), factor = p.between(2, 4);
    if (size <= 0 || size % factor != 0)
      return false;
    dims[at] = p.b.number(size / factor);
    dims.insert(dims.begin() + at + p.below(2), p.b.number(factor));
    break;
  }
  default:
    if (!dims.empty() && p.oneIn(2)) {
      const size_t at = p.below(dims.size());
      if (frontend::staticDim(dims[at]) != 1)
        return false;
      dims.erase(dims.begin() + at);
    } else {
      dims.insert(dims.begin() + p.below(dims.size() + 1), p.b.number(1));
    }
  }
  return dims.size() <= 6 && p.add(p.b.reshape(x, dims), Rounding::Exact);
}

bool broadcast(RandomProgram &p) {
  Value x = p.pick([](Value v) { return typeOf(v).getRank() < 4; });
  if (!x)
    return false;
  Dims dims = dimExprs(typeOf(x));
  SmallVector<int64_t> places = llvm::to_vector(llvm::seq<int64_t>(0, static_cast<int64_t>(dims.size())));
  for (AffineExpr &dim : dims)
    if (frontend::staticDim(dim) == 1)
      dim = p.b.number(p.between(1, 5));
  for (unsigned i = 0, e = 1 + p.below(2); i != e && dims.size() < 5; ++i) {
    const int64_t at = static_cast<int64_t>(p.below(dims.size() + 1));
    dims.insert(dims.begin() + at, p.b.number(p.between(1, 5)));
    for (int64_t &place : places)
      place += place >= at;
  }
  return p.add(p.b.broadcast(x, dims, places), Rounding::Exact);
}

bool slice(RandomProgram &p) {
  Value x = withDims(p);
  if (!x)
    return false;
  const int64_t axis = static_cast<int64_t>(p.below(typeOf(x).getRank())), size = sizeAt(x, axis);
  if (size < 1)
    return false;
  const int64_t start = p.between(0, size - 1), step = p.between(1, 3), most = (size - start + step - 1) / step;
  return p.add(p.b.slice(x, axis, start, p.between(p.oneIn(10) ? 0 : 1, most), step), Rounding::Exact);
}

bool concatenate(RandomProgram &p) {
  Value x = withDims(p);
  if (!x)
    return false;
  const int64_t axis = static_cast<int64_t>(p.below(typeOf(x).getRank()));
  SmallVector<Value> parts{x};
  for (unsigned i = 0, e = 1 + p.below(2); i != e; ++i) {
    Value other = p.pick([&](Value v) {
      if (typeOf(v).getElementType() != typeOf(x).getElementType() || typeOf(v).getRank() != typeOf(x).getRank())
        return false;
      for (int64_t d = 0; d != typeOf(x).getRank(); ++d)
        if (d != axis && dimExpr(typeOf(v), d) != dimExpr(typeOf(x), d))
          return false;
      return true;
    });
    parts.push_back(other ? other : x);
  }
  std::swap(parts.front(), parts[p.below(parts.size())]);
  return p.add(p.b.concat(parts, axis), Rounding::Exact);
}

bool reverse(RandomProgram &p) {
  Value x = withDims(p);
  if (!x)
    return false;
  SmallVector<int64_t> axes = shuffled(p, typeOf(x).getRank());
  axes.truncate(1 + p.below(axes.size()));
  return p.add(p.b.reverse(x, axes), Rounding::Exact);
}

bool pad(RandomProgram &p) {
  Value x = withDims(p);
  if (!x)
    return false;
  Dims dims = dimExprs(typeOf(x));
  SmallVector<int64_t> low, high, interior;
  for (AffineExpr &dim : dims) {
    const int64_t size = frontend::staticDim(dim);
    low.push_back(size > 4 ? p.between(-2, 3) : p.between(0, 2));
    high.push_back(size > 4 ? p.between(-2, 3) : p.between(0, 2));
    interior.push_back(size >= 1 && p.oneIn(3) ? p.between(1, 2) : 0);
    dim = size < 0 ? dim + (low.back() + high.back())
                   : p.b.number(low.back() + size + std::max<int64_t>(size - 1, 0) * interior.back() + high.back());
  }
  Type element = typeOf(x).getElementType();
  Value padding = p.another(makeTensorType(ArrayRef<int64_t>{}, element));
  return p.add(PadOp::create(p.b, makeTensorType(dims, element), x, padding, low, high, interior), Rounding::Exact);
}

bool iota(RandomProgram &p) {
  Dims dims = p.randomDims(512);
  Type element = p.randomElement();
  if (dims.empty() || element.isInteger(1))
    return false;
  return p.add(p.b.iota(dims, element, static_cast<int64_t>(p.below(dims.size()))), Rounding::Exact);
}

bool complexOfParts(RandomProgram &p) {
  Value x = p.pick([](Value v) { return typeOf(v).getElementType().isF32() || typeOf(v).getElementType().isF64(); });
  return x && p.add(ComplexOp::create(p.b, x, p.another(typeOf(x))), Rounding::Exact);
}

constexpr Step steps[] = {transpose, transpose,   reshape, reshape, broadcast, broadcast,
                          slice,     concatenate, reverse, pad,     iota,      complexOfParts};

} // namespace

ArrayRef<Step> movementSteps() { return steps; }

} // namespace ingot::differential
