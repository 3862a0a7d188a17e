#include "tools/conformance/Checks.h"

#include "runtime/hostio/Values.h"
#include "tools/execution/Agreement.h"
#include "tools/execution/ValueError.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"

#include <cmath>
#include <cstring>

namespace ingot::conformance {

using driver::HostTensor;
using hostio::Number;

namespace {

// Steps between two numbers of a float type whose bits are a sign and what grows with the magnitude.
uint64_t stepsBetween(const char *got, const char *want, unsigned bytes, double x, double y) {
  if (std::isnan(x) && std::isnan(y))
    return 0;
  uint64_t a = 0, b = 0;
  std::memcpy(&a, got, bytes);
  std::memcpy(&b, want, bytes);
  if (a == b)
    return 0;
  if (!std::isfinite(x) || !std::isfinite(y))
    return UINT64_MAX;
  const uint64_t sign = uint64_t(1) << (8 * bytes - 1);
  const uint64_t p = a & ~sign, q = b & ~sign;
  return (a & sign) != (b & sign) ? p + q : p > q ? p - q : q - p;
}

} // namespace

bool holds(const Check &check, const HostTensor &got, const HostTensor &want, std::string *why) {
  if (got.dtype != want.dtype || got.dims != want.dims) {
    *why = "is " + got.describe() + ", expected " + want.describe();
    return false;
  }
  const uint64_t width = ingot_dtype_bytes(want.dtype);
  uint64_t wrong = 0;
  for (uint64_t i = 0, count = want.elements(); i != count; ++i) {
    const char *gotBytes = got.bytes.data() + i * width, *wantBytes = want.bytes.data() + i * width;
    const Number a = hostio::loadElement(got.bytes.data(), got.dtype, i),
                 b = hostio::loadElement(want.bytes.data(), want.dtype, i);
    const bool isIntegral = b.kind == Number::Signed || b.kind == Number::Unsigned, isComplex = b.kind == Number::Complex;
    bool isWrong = false;
    for (int part = 0; part < (isComplex ? 2 : 1); ++part) {
      const double x = part ? a.imaginary : a.asReal(), y = part ? b.imaginary : b.asReal();
      if (isIntegral) {
        isWrong |= std::memcmp(gotBytes, wantBytes, width) != 0;
      } else if (check.kind == Check::Close) {
        const unsigned bytes = isComplex ? width / 2 : width;
        const uint64_t steps = stepsBetween(gotBytes + part * bytes, wantBytes + part * bytes, bytes, x, y);
        isWrong |= steps < check.minUlps || steps > check.maxUlps;
      } else {
        isWrong |= !agrees(x, y, check.kind == Check::Near ? check.tolerance : 0);
      }
    }
    if (isWrong && wrong++ == 0) {
      auto [got, wanted] = driver::spellApart(a.asReal(), b.asReal());
      auto [gotPart, wantedPart] = driver::spellApart(a.imaginary, b.imaginary);
      *why = llvm::formatv("at [{0}]: got {1}{2}, expected {3}{4}", i, got, isComplex ? " " + gotPart + "i" : "", wanted,
                           isComplex ? " " + wantedPart + "i" : "")
                 .str();
    }
  }
  if (wrong)
    *why = llvm::formatv("{0} of {1} elements are wrong, {2}", wrong, want.elements(), *why);
  return wrong == 0;
}

} // namespace ingot::conformance
