#include "passes/simplify/RaiseMatch.h"

#include "passes/Reorder.h"

using namespace mlir;

namespace ingot::raise {

bool haveSameDims(Value a, Value b) { return sameDims(typeOf(a), typeOf(b)); }

Value withoutConverts(Value value) {
  while (auto convert = value.getDefiningOp<ConvertOp>()) {
    if (!isa<FloatType>(typeOf(convert.getOperand()).getElementType()) || !isa<FloatType>(typeOf(value).getElementType()))
      break;
    value = convert.getOperand();
  }
  return value;
}

const Atom *leafOf(const Algebra &a, const Factor &factor) {
  const Atom &atom = a.atom(factor.atom);
  return atom.kind == Atom::Kind::Leaf && factor.exponent == 1 ? &atom : nullptr;
}

std::optional<SmallVector<int64_t>> placeOf(ArrayRef<int8_t> access, int64_t rank) {
  const int64_t first = rank - int64_t(access.size());
  SmallVector<int64_t> dims;
  bool areLast = first >= 0;
  for (auto [place, variable] : llvm::enumerate(access)) {
    dims.push_back(variable);
    areLast &= variable < 0 || variable == first + int64_t(place);
  }
  if (areLast)
    return std::nullopt;
  for (int64_t &dim : dims)
    for (int64_t free = 0; dim < 0 && free < rank; ++free)
      if (!llvm::is_contained(dims, free))
        dim = free;
  return dims;
}

double asWritten(double value) { return double(float(value)); }

static void collectBound(const Algebra &a, Value x, const Poly &form, SmallVectorImpl<int64_t> &dims) {
  for (const Term &term : form.terms)
    for (const Factor &factor : term.factors) {
      const Atom &atom = a.atom(factor.atom);
      if (atom.kind == Atom::Kind::Leaf && atom.value == x)
        for (auto [dim, variable] : llvm::enumerate(atom.access))
          if (variable >= kFirstBound && !llvm::is_contained(dims, int64_t(dim)))
            dims.push_back(int64_t(dim));
      if (dims.empty())
        collectBound(a, x, atom.operand, dims);
    }
}

SmallVector<int64_t> summedDims(const Algebra &a, Value x, const Poly &form) {
  SmallVector<int64_t> dims;
  collectBound(a, x, form, dims);
  return dims;
}

std::optional<double> numberOf(Value value) {
  Operation *op = value.getDefiningOp();
  while (op && Algebra::isView(op))
    op = op->getOperand(0).getDefiningOp();
  if (!op || op->getNumResults() != 1 || (!isa<ConstantOp>(op) && !Algebra::isOfNumbers(op)))
    return std::nullopt;
  return Algebra({}, op->getBlock()).evaluate(op->getResult(0)).number();
}

} // namespace ingot::raise
