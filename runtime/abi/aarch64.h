/* Feature bits of aarch64 in the masks of a table (runtime/abi/artifact.h), the runtime's own numbering. Beyond these, code is for every
 * processor of the architecture: Armv8-A with floating point and Advanced SIMD. */
#ifndef INGOT_RUNTIME_ABI_AARCH64_H
#define INGOT_RUNTIME_ABI_AARCH64_H

/* clang-format off */
enum ingot_feature_aarch64 {
  INGOT_AARCH64_LSE = 0, INGOT_AARCH64_RDM, INGOT_AARCH64_FULLFP16, INGOT_AARCH64_DOTPROD, INGOT_AARCH64_FP16FML,
  INGOT_AARCH64_JSCVT, INGOT_AARCH64_FCMA, INGOT_AARCH64_FRINT, INGOT_AARCH64_BF16, INGOT_AARCH64_I8MM, INGOT_AARCH64_CSSC,
  INGOT_AARCH64_FEATURE_COUNT
};
/* clang-format on */

#endif /* INGOT_RUNTIME_ABI_AARCH64_H */
