#include "frontends/common/Activations.h"

using namespace mlir;

namespace ingot::frontend {

Value softplusOf(ValueBuilder &b, Value x) {
  Value tail = b.unary<LogPlusOneOp>(b.unary<ExponentialOp>(b.unary<NegateOp>(b.unary<AbsOp>(x))));
  return b.add(b.max(x, b.like(x, 0)), tail);
}

Value hardSigmoidOf(ValueBuilder &b, Value x, double alpha, double beta) {
  Value line = b.add(b.mul(x, b.like(x, alpha)), b.like(x, beta));
  return b.max(b.like(x, 0), b.min(b.like(x, 1), line));
}

Value eluOf(ValueBuilder &b, Value x, double alpha) {
  Value tail = b.mul(b.unary<ExponentialMinusOneOp>(x), b.like(x, alpha));
  return b.select(b.compare(ComparisonDirection::GT, x, b.like(x, 0)), x, tail);
}

Value leakyReluOf(ValueBuilder &b, Value x, double alpha) {
  return b.select(b.compare(ComparisonDirection::LT, x, b.like(x, 0)), b.mul(x, b.like(x, alpha)), x);
}

Value softsignOf(ValueBuilder &b, Value x) { return b.div(x, b.add(b.unary<AbsOp>(x), b.like(x, 1))); }

} // namespace ingot::frontend
