// CHLO's functions of mathematics, and quantisation.
#include "frontends/stablehlo/OpTable.h"

using namespace mlir;

namespace ingot::stablehlo {
namespace {

template <typename Op> LogicalResult unary(OpContext &c) {
  c.result(Op::create(c.b, c.type(0), c.value(0)));
  return success();
}

// Operands are dequantised and results quantised for all ops alike; what is left here is nothing.
LogicalResult importQuantize(OpContext &c) {
  if (!c.declared(0)->quantization)
    return c.error("gives " + spellType(c.declared(0)) + ", which is not quantised");
  if (c.element(0) != c.resultElement(0))
    return c.error("(C1) takes " + c.show(c.type(0)) + ", but its result expresses " + c.show(c.resultElement(0)));
  c.result(c.value(0));
  return success();
}

LogicalResult importDequantize(OpContext &c) {
  if (!c.entry(0).type->quantization)
    return c.error("takes " + spellType(c.entry(0).type) + ", which is not quantised");
  c.result(c.value(0));
  return success();
}

constexpr ImportRow kRows[] = {
    {"stablehlo.uniform_dequantize", 1, 1, 0, importDequantize},
    {"stablehlo.uniform_quantize", 1, 1, 0, importQuantize},
    {"chlo.acos", 1, 1, 0, unary<AcosOp>},
    {"chlo.acosh", 1, 1, 0, unary<AcoshOp>},
    {"chlo.asin", 1, 1, 0, unary<AsinOp>},
    {"chlo.asinh", 1, 1, 0, unary<AsinhOp>},
    {"chlo.atan", 1, 1, 0, unary<AtanOp>},
    {"chlo.atanh", 1, 1, 0, unary<AtanhOp>},
    {"chlo.cosh", 1, 1, 0, unary<CoshOp>},
    {"chlo.erf", 1, 1, 0, unary<ErfOp>},
    {"chlo.sinh", 1, 1, 0, unary<SinhOp>},
    {"chlo.tan", 1, 1, 0, unary<TanOp>},
};

} // namespace

llvm::ArrayRef<ImportRow> specialOps() { return kRows; }

} // namespace ingot::stablehlo
