// An instruction-set level kernels are made for. A `portable` artifact holds one variant of each kernel per level, `native`
// one.
#ifndef INGOT_COMPILER_CODEGEN_CPULEVEL_H
#define INGOT_COMPILER_CODEGEN_CPULEVEL_H

#include <cstdint>
#include <string>

namespace ingot {

struct CpuLevel {
  std::string name;        // "v4"
  std::string cpu;         // LLVM's -mcpu: "x86-64-v4", "generic"
  std::string features;    // LLVM's -mattr string, may be empty
  uint64_t featureMask;    // bits of runtime/abi/artifact.h a processor needs
  int64_t vectorBytes;     // 16, 32, 64
  int64_t vectorRegisters; // 16 or 32
  bool fma;                // fused multiply-add in hardware
  bool maskedMemory;       // cheap masked loads and stores (AVX2 partly, AVX-512)

  int64_t lanes(int64_t elementBytes) const { return vectorBytes / (elementBytes < 1 ? 1 : elementBytes); }
};

} // namespace ingot

#endif // INGOT_COMPILER_CODEGEN_CPULEVEL_H
