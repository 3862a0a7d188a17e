// Which instruction-set features the processor and the system offer, in the bits of runtime/abi/artifact.h.
#ifndef INGOT_RUNTIME_CORE_FEATURES_H
#define INGOT_RUNTIME_CORE_FEATURES_H

#include "runtime/abi/artifact.h"
#include "runtime/core/linkage.h"

namespace ingot::rt {

/// The architecture this runtime was built for.
constexpr uint32_t hostArch() {
#if defined(__x86_64__)
  return INGOT_ARCH_X86_64;
#elif defined(__aarch64__)
  return INGOT_ARCH_AARCH64;
#elif defined(__riscv) && __riscv_xlen == 64
  return INGOT_ARCH_RISCV64;
#elif defined(__wasm32__)
  return INGOT_ARCH_WASM32;
#else
  return INGOT_ARCH_NONE;
#endif
}

INGOT_CORE const char *archName(uint32_t arch);

/// Asks the processor (cpuid, and xgetbv for what the system saves on a switch; on aarch64 the system, by getauxval) each time; a virtual machine may take
/// microseconds for each of the four questions. AMX needs a permission per process and is left out: platform/ adds it.
INGOT_CORE uint64_t detectFeatures();
/// The bits of AMX that the processor and the system offer to a process with the permission.
INGOT_CORE uint64_t detectAmx();

/// Name of a feature bit, such as "avx512f"; null for a bit without a name.
INGOT_CORE const char *featureName(uint32_t arch, uint32_t bit);

} // namespace ingot::rt

#endif // INGOT_RUNTIME_CORE_FEATURES_H
