// What suites of StableHLO check of a value: the ops of the check dialect, which name the bound.
#ifndef INGOT_TOOLS_CONFORMANCE_CHECKS_H
#define INGOT_TOOLS_CONFORMANCE_CHECKS_H

#include "tools/execution/HostTensor.h"

namespace ingot::conformance {

struct Check {
  enum Kind {
    Equal, // every element; floats as numbers, NaN for NaN
    Near,  // |got - want| <= tolerance
    Close, // neighbours: at least minUlps and at most maxUlps steps between representable numbers apart
  } kind = Equal;
  double tolerance = 0;
  uint64_t minUlps = 0, maxUlps = 0;
};

// False with *why: types, dims, or the first element that does not do.
bool holds(const Check &check, const driver::HostTensor &got, const driver::HostTensor &want, std::string *why);

} // namespace ingot::conformance

#endif // INGOT_TOOLS_CONFORMANCE_CHECKS_H
