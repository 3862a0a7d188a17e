#include "tools/diagnosis/ValueError.h"

#include "runtime/abi/artifact.h"
#include "runtime/standalone/Values.h"

#include <cmath>

namespace ingot::diagnosis {

using driver::HostTensor;

namespace {

// Bits of precision of a float type, the leading one included; 0 for integers.
int precisionOf(uint32_t dtype) {
  switch (dtype) {
  case INGOT_F64:
  case INGOT_C128:
    return 53;
  case INGOT_F32:
  case INGOT_C64:
    return 24;
  case INGOT_F16:
    return 11;
  case INGOT_BF16:
    return 8;
  default:
    return standalone::loadElement("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", dtype, 0).kind == standalone::Number::Real ? 3 : 0;
  }
}

// The exponent of the least normal number.
int leastExponentOf(uint32_t dtype) {
  return dtype == INGOT_F64 || dtype == INGOT_C128 ? -1022 : dtype == INGOT_F16 ? -14 : -126;
}

// The distance of two numbers in steps of the type at `want`.
double ulps(double got, double want, uint32_t dtype, int precision) {
  if (!std::isfinite(got) || !std::isfinite(want))
    return HUGE_VAL;
  if (precision == 0)
    return std::fabs(got - want);
  int exponent = 0;
  std::frexp(want, &exponent);
  exponent = std::max(want == 0 ? leastExponentOf(dtype) : exponent - 1, leastExponentOf(dtype));
  return std::fabs(got - want) / std::ldexp(1.0, exponent - precision + 1);
}

double relativeToleranceOf(int precision) {
  return precision == 0 ? 0 : precision == 53 ? 1e-9 : precision == 24 ? 2e-4 : 4 * std::ldexp(1.0, 1 - precision);
}

} // namespace

ValueError compareValues(const HostTensor &got, const HostTensor &want, const Tolerance &tolerance) {
  ValueError error;
  if (got.dtype != want.dtype || got.dims != want.dims) {
    error.mismatch = "is " + got.describe() + ", not " + want.describe();
    return error;
  }
  error.elements = want.elements();
  if (error.elements == 0)
    return error;
  int precision = precisionOf(want.dtype);
  auto number = [](const HostTensor &tensor, uint64_t i) {
    return standalone::loadElement(tensor.bytes.data(), tensor.dtype, i);
  };
  double largest = 0;
  for (uint64_t i = 0; i < error.elements; ++i) {
    standalone::Number n = number(want, i);
    for (double part : {n.asReal(), n.imaginary})
      if (std::isfinite(part))
        largest = std::fmax(largest, std::fabs(part));
  }
  double rtol = tolerance.rtol > 0 ? tolerance.rtol : relativeToleranceOf(precision);
  uint64_t steps = 0;
  double worstExcess = 0;
  for (uint64_t i = 0; i < error.elements; ++i) {
    standalone::Number a = number(got, i), b = number(want, i);
    double pairs[2][2] = {{a.asReal(), b.asReal()}, {a.imaginary, b.imaginary}};
    for (int part = 0; part < (b.kind == standalone::Number::Complex ? 2 : 1); ++part) {
      double x = pairs[part][0], y = pairs[part][1];
      bool exact = precision != 0 || (a.integer == b.integer && a.natural == b.natural);
      if ((x == y && exact) || (std::isnan(x) && std::isnan(y)))
        continue;
      double absolute = exact ? std::fabs(x - y) : std::fmax(1, std::fabs(x - y));
      bool isNumber = std::isfinite(absolute);
      error.maxUlp = std::fmax(error.maxUlp, ulps(x, y, want.dtype, precision));
      if (isNumber) {
        error.maxAbsolute = std::fmax(error.maxAbsolute, absolute);
        if (y != 0)
          error.maxRelative = std::fmax(error.maxRelative, absolute / std::fabs(y));
      }
      double bound = rtol * (std::fabs(y) + largest / 16);
      if (precision == 0 && tolerance.roundsToInteger && absolute <= 1) {
        ++steps;
        continue;
      }
      double excess = isNumber ? absolute / std::fmax(bound, 1e-300) : HUGE_VAL;
      if (excess <= 1)
        continue;
      ++error.wrong;
      if (excess > worstExcess) {
        worstExcess = excess;
        error.worst = i;
        error.got = x;
        error.want = y;
      }
    }
  }
  if (steps * 64 > error.elements)
    error.wrong += steps;
  return error;
}

} // namespace ingot::diagnosis
