#include "compiler/codegen/MathApproximation.h"

#include "compiler/codegen/MathExpander.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "llvm/ADT/TypeSwitch.h"

namespace ingot {

using namespace mlir;

static Value expand(MathExpander &m, Operation *op) {
  Value x = op->getOperand(0), y = op->getNumOperands() > 1 ? op->getOperand(1) : Value();
  return llvm::TypeSwitch<Operation *, Value>(op)
      .Case([&](math::ExpOp) { return m.exp(x); })
      .Case([&](math::ExpM1Op) { return m.expm1(x); })
      .Case([&](math::LogOp) { return m.log(x); })
      .Case([&](math::Log1pOp) { return m.log1p(x); })
      .Case([&](math::PowFOp) { return m.pow(x, y); })
      .Case([&](math::CbrtOp) { return m.cbrt(x); })
      .Case([&](math::ErfOp) { return m.erf(x); })
      .Case([&](math::SinhOp) { return m.sinh(x); })
      .Case([&](math::CoshOp) { return m.cosh(x); })
      .Case([&](math::TanhOp) { return m.tanh(x); })
      .Case([&](math::AsinhOp) { return m.asinh(x); })
      .Case([&](math::AcoshOp) { return m.acosh(x); })
      .Case([&](math::AtanhOp) { return m.atanh(x); })
      .Case([&](math::SinOp) { return m.sin(x); })
      .Case([&](math::CosOp) { return m.cos(x); })
      .Case([&](math::TanOp) { return m.tan(x); })
      .Case([&](math::AsinOp) { return m.asin(x); })
      .Case([&](math::AcosOp) { return m.acos(x); })
      .Case([&](math::AtanOp) { return m.atan(x); })
      .Case([&](math::Atan2Op) { return m.atan2(x, y); })
      .Case([&](math::RoundOp) { return m.round(x); })
      .Case([&](arith::RemFOp) { return m.remainder(x, y); })
      .Default([](Operation *) { return Value(); });
}

void expandMath(func::FuncOp function, const CpuLevel &level) {
  SmallVector<Operation *> candidates;
  function.walk([&](Operation *op) {
    if (isa<math::MathDialect>(op->getDialect()) || isa<arith::RemFOp>(op))
      candidates.push_back(op);
  });
  if (candidates.empty())
    return;
  ConstantPool pool(&function.getBody().front());
  OpBuilder builder(function.getContext());
  for (Operation *op : candidates) {
    Type element = getElementTypeOrSelf(op->getResult(0).getType());
    if (!element.isF32() && !element.isF64())
      continue;
    builder.setInsertionPoint(op);
    ElementBuilder elements(builder, op->getLoc(), pool, level.fma, hasHalfConversion(level));
    MathExpander expander(elements);
    if (Value result = expand(expander, op)) {
      op->getResult(0).replaceAllUsesWith(result);
      op->erase();
    }
  }
}

} // namespace ingot
