// When one number stands for another. Every comparison of computed values, in tools and tests alike, decides by it.
#ifndef INGOT_TOOLS_EXECUTION_AGREEMENT_H
#define INGOT_TOOLS_EXECUTION_AGREEMENT_H

#include <cmath>

namespace ingot {

// NaN stands for NaN, an infinity for itself, a zero for the zero of the other sign; else both must be finite and no farther
// apart than `bound`, which may itself have become infinite or NaN: then only what is equal agrees.
inline bool agrees(double got, double want, double bound) {
  if (got == want || (std::isnan(got) && std::isnan(want)))
    return true;
  return std::isfinite(got) && std::isfinite(want) && std::isfinite(bound) && std::fabs(got - want) <= bound;
}

} // namespace ingot

#endif // INGOT_TOOLS_EXECUTION_AGREEMENT_H
