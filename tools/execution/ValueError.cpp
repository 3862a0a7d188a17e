#include "tools/execution/ValueError.h"

#include "runtime/abi/artifact.h"
#include "runtime/hostio/Values.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace ingot::driver {

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
    return hostio::loadElement("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", dtype, 0).kind == hostio::Number::Real ? 3 : 0;
  }
}

// The exponent of the least normal number.
int leastExponentOf(uint32_t dtype) {
  return dtype == INGOT_F64 || dtype == INGOT_C128 ? -1022 : dtype == INGOT_F16 ? -14 : -126;
}

// The distance in steps of the type at `want`.
double ulps(const driver::Differing &at, uint32_t dtype, int precision) {
  if (precision == 0 || !std::isfinite(at.absolute))
    return at.absolute;
  int exponent = 0;
  std::frexp(at.want, &exponent);
  exponent = std::max(at.want == 0 ? leastExponentOf(dtype) : exponent - 1, leastExponentOf(dtype));
  return at.absolute / std::ldexp(1.0, exponent - precision + 1);
}

double relativeToleranceOf(int precision) {
  return precision == 0 ? 0 : precision == 53 ? 1e-9 : precision == 24 ? 2e-4 : 4 * std::ldexp(1.0, 1 - precision);
}

} // namespace

double scaleOf(const HostTensor &tensor) {
  std::vector<double> sizes;
  for (uint64_t i = 0; i < tensor.elements(); ++i) {
    hostio::Number n = hostio::loadElement(tensor.bytes.data(), tensor.dtype, i);
    for (double part : {n.asReal(), n.imaginary})
      if (std::isfinite(part) && part != 0)
        sizes.push_back(std::fabs(part));
  }
  if (sizes.empty())
    return 0;
  auto middle = sizes.begin() + sizes.size() / 2;
  std::nth_element(sizes.begin(), middle, sizes.end());
  double most = 1000 * *middle, scale = 0;
  for (double size : sizes)
    if (size <= most)
      scale = std::fmax(scale, size);
  return scale;
}

Tolerance ofWholeModel(Tolerance tolerance, uint32_t dtype) {
  if (tolerance.rtol == 0 && (dtype == INGOT_F32 || dtype == INGOT_C64))
    tolerance.rtol = 2e-3;
  return tolerance;
}

ValueError compareValues(const HostTensor &got, const HostTensor &want, const Tolerance &tolerance) {
  ValueError error;
  if (got.dtype != want.dtype || got.dims != want.dims) {
    error.mismatch = "is " + got.describe() + ", not " + want.describe();
    return error;
  }
  error.elements = want.elements();
  int precision = precisionOf(want.dtype);
  bool exact = precision == 0;
  double rtol = tolerance.rtol > 0 ? tolerance.rtol : relativeToleranceOf(precision);
  double scale = exact ? 0 : scaleOf(want);
  double steps = want.dtype == INGOT_I1 ? 0 : tolerance.integerSteps;
  uint64_t stepped = 0;
  double worstExcess = -1;
  driver::forEachDifference(got, want, [&](const driver::Differing &at) {
    error.maxUlp = std::fmax(error.maxUlp, ulps(at, want.dtype, precision));
    if (std::isfinite(at.absolute)) {
      error.maxAbsolute = std::fmax(error.maxAbsolute, at.absolute);
      if (at.want != 0)
        error.maxRelative = std::fmax(error.maxRelative, at.absolute / std::fabs(at.want));
    }
    bool isStep = exact && at.absolute <= steps;
    double bound = exact ? 0 : rtol * (std::fabs(at.want) + scale / 16);
    double excess = !std::isfinite(at.absolute) || !std::isfinite(bound) ? HUGE_VAL : at.absolute / std::fmax(bound, 1e-300);
    if (excess <= 1)
      return;
    stepped += isStep;
    error.wrong += !isStep;
    // A step counts as wrong only where there are many, and then stands behind what is wrong anyway.
    excess = isStep ? 0 : excess;
    if (excess > worstExcess) {
      worstExcess = excess;
      error.worst = at.element;
      error.got = at.got;
      error.want = at.want;
    }
  });
  if (stepped * 64 > error.elements)
    error.wrong += stepped;
  return error;
}

std::pair<std::string, std::string> spellApart(double got, double want) {
  constexpr int kFewest = 6, kMost = 17;
  std::pair<std::string, std::string> spelled;
  for (int digits = kFewest; digits <= kMost && spelled.first == spelled.second; ++digits) {
    const auto spell = [&](double value) {
      std::string text;
      llvm::raw_string_ostream(text) << llvm::format("%.*g", digits, value);
      return text;
    };
    spelled = {spell(got), spell(want)};
  }
  return spelled;
}

std::string ValueError::describe() const {
  if (!mismatch.empty())
    return mismatch;
  auto [was, wanted] = spellApart(got, want);
  return llvm::formatv("{0} of {1} elements are wrong, worst at [{2}]: got {3}, expected {4}", wrong, elements, worst, was,
                       wanted)
      .str();
}

} // namespace ingot::driver
