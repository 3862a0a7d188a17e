// How far a computed tensor is from what it must be.
#ifndef INGOT_TOOLS_EXECUTION_VALUEERROR_H
#define INGOT_TOOLS_EXECUTION_VALUEERROR_H

#include "tools/execution/HostTensor.h"

#include <string>
#include <utility>

namespace ingot::driver {

// What is right: |got - want| <= rtol * (|want| + largest |want| / 16), NaN for NaN and an infinity for itself. The second
// term leaves room for sums that cancel; magnitudes beyond 1000 times the middle one do not count for it. Integers and
// booleans are exact.
struct Tolerance {
  double rtol = 0; // 0: as the element type allows (f32 2e-4, f64 1e-9, f16 and bf16 some of their own steps)
  // One of 64 integers may be this far off: a tie that was rounded the other way.
  double integerSteps = 0;
};

// What the terms of a sum that cancels may have measured: the largest finite magnitude. One far above the others (a mask's
// -3e38 among scores) says nothing of them and is left out.
double scaleOf(const HostTensor &tensor);

// Where none is given: what the kernels of a model may add up to.
Tolerance ofWholeModel(Tolerance tolerance, uint32_t dtype);

struct ValueError {
  uint64_t elements = 0, wrong = 0; // wrong: outside the tolerance
  double maxAbsolute = 0, maxRelative = 0;
  double maxUlp = 0;        // in steps of the element type; infinite where NaN or infinity meets a number
  uint64_t worst = 0;       // the element farthest outside
  double got = 0, want = 0; // there
  std::string mismatch;     // type or dims that differ; then nothing else is filled

  bool bad() const { return wrong != 0 || !mismatch.empty(); }
  // "3 of 16 elements are wrong, worst at [14]: got 1, expected 2"; or the mismatch.
  std::string describe() const;
};

// Two numbers in as few digits as tell them apart, six at least.
std::pair<std::string, std::string> spellApart(double got, double want);

ValueError compareValues(const HostTensor &got, const HostTensor &want, const Tolerance &tolerance);

} // namespace ingot::driver

#endif // INGOT_TOOLS_EXECUTION_VALUEERROR_H
