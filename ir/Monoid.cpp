#include "ir/Monoid.h"

#include "ir/Dialect.h"
#include "llvm/ADT/TypeSwitch.h"

namespace ingot {

using namespace mlir;

Monoid monoidOf(Block &body) {
  if (body.getNumArguments() != 2 || !llvm::hasNItems(body, 2))
    return {};
  Operation *op = &body.front();
  Value a = body.getArgument(0), b = body.getArgument(1);
  if (op->getNumOperands() != 2 || body.getTerminator()->getOperand(0) != op->getResult(0))
    return {};
  Value x = op->getOperand(0), y = op->getOperand(1);
  Type element = cast<RankedTensorType>(op->getResult(0).getType()).getElementType();
  if (!((x == a && y == b) || (x == b && y == a)))
    return {};
  using Kind = Monoid::Kind;
  Kind kind = llvm::TypeSwitch<Operation *, Kind>(op)
                  .Case([](AddOp) { return Kind::Add; })
                  .Case([](MultiplyOp) { return Kind::Multiply; })
                  .Case([](MaximumOp) { return Kind::Maximum; })
                  .Case([](MinimumOp) { return Kind::Minimum; })
                  .Case([](AndOp) { return Kind::And; })
                  .Case([](OrOp) { return Kind::Or; })
                  .Case([](XorOp) { return Kind::Xor; })
                  .Default(Kind::None);
  if (element.isInteger(1)) { // truth values: sums and maxima are `or`, products and minima `and`
    if (kind == Kind::Add || kind == Kind::Maximum)
      kind = Kind::Or;
    if (kind == Kind::Multiply || kind == Kind::Minimum)
      kind = Kind::And;
  }
  return {kind, element.isUnsignedInteger()};
}

bool Monoid::isIdempotent() const {
  return kind == Kind::Maximum || kind == Kind::Minimum || kind == Kind::And || kind == Kind::Or;
}

llvm::StringRef Monoid::opName() const {
  switch (kind) {
  case Kind::None:
    return "";
  case Kind::Add:
    return "add";
  case Kind::Multiply:
    return "multiply";
  case Kind::Maximum:
    return "maximum";
  case Kind::Minimum:
    return "minimum";
  case Kind::And:
    return "and";
  case Kind::Or:
    return "or";
  case Kind::Xor:
    return "xor";
  }
  llvm_unreachable("no such kind");
}

bool Monoid::isNeutral(Attribute init) const {
  if (auto floating = dyn_cast_or_null<FloatAttr>(init)) {
    const llvm::APFloat number = floating.getValue();
    switch (kind) {
    case Kind::Add:
      return number.isZero();
    case Kind::Multiply:
      return number.isExactlyValue(1);
    case Kind::Maximum:
      return number.isInfinity() && number.isNegative();
    case Kind::Minimum:
      return number.isInfinity() && !number.isNegative();
    default:
      return false;
    }
  }
  auto integer = dyn_cast_or_null<IntegerAttr>(init);
  if (!integer)
    return false;
  const llvm::APInt number = integer.getValue();
  switch (kind) {
  case Kind::None:
    return false;
  case Kind::Add:
  case Kind::Or:
  case Kind::Xor:
    return number.isZero();
  case Kind::Multiply:
    return number.isOne();
  case Kind::And:
    return number.isAllOnes();
  case Kind::Maximum:
    return isUnsigned ? number.isZero() : number.isMinSignedValue();
  case Kind::Minimum:
    return isUnsigned ? number.isAllOnes() : number.isMaxSignedValue();
  }
  llvm_unreachable("no such kind");
}

bool Monoid::mayRepeat(Attribute init) const {
  if (!*this || isIdempotent())
    return static_cast<bool>(*this);
  const auto floating = dyn_cast_or_null<FloatAttr>(init);
  const auto integer = dyn_cast_or_null<IntegerAttr>(init);
  if (!floating && !integer)
    return false;
  if (floating ? floating.getValue().isZero() : integer.getValue().isZero())
    return true;
  return kind == Kind::Multiply && (floating ? floating.getValue().isExactlyValue(1.0) : integer.getValue().isOne());
}

std::optional<RunningWindow> runningWindow(ArrayRef<AffineExpr> dims, ArrayRef<AffineExpr> window,
                                           ArrayRef<AffineExpr> strides, ArrayRef<AffineExpr> baseDilations,
                                           ArrayRef<AffineExpr> dilations, ArrayRef<AffineExpr> padding) {
  std::optional<RunningWindow> running;
  for (size_t i = 0; i != dims.size(); ++i) {
    const AffineExpr low = padding[2 * i], high = padding[2 * i + 1];
    if (strides[i] != 1 || baseDilations[i] != 1 || dilations[i] != 1)
      return std::nullopt;
    if (window[i] == 1 && low == 0 && high == 0)
      continue;
    const AffineExpr others = simplifyExpr(dims[i] - 1);
    const bool reverse = low == 0 && simplifyExpr(high) == others;
    if (running || simplifyExpr(window[i]) != simplifyExpr(dims[i]) ||
        (!reverse && (high != 0 || simplifyExpr(low) != others)))
      return std::nullopt;
    running = RunningWindow{static_cast<int64_t>(i), reverse};
  }
  return running;
}

} // namespace ingot
