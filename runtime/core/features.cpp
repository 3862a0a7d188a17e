#include "runtime/core/features.h"

#include "runtime/abi/aarch64.h"

#if defined(__aarch64__)
// Of the C library, which an embedded model's program need not have: no feature is known then.
extern "C" unsigned long getauxval(unsigned long) __attribute__((weak));
#endif

namespace ingot::rt {
namespace {

// In the order of enum ingot_feature_x86; in place, so that the table needs no relocation.
constexpr char x86Names[INGOT_X86_FEATURE_COUNT][16] = {
    "sse3",       "ssse3",      "sse4.1",     "sse4.2",      "popcnt",     "cmpxchg16b",   "lahf",
    "avx",        "avx2",       "fma",        "f16c",        "bmi",        "bmi2",         "lzcnt",
    "movbe",      "avx512f",    "avx512bw",   "avx512cd",    "avx512dq",   "avx512vl",     "avx512vnni",
    "avx512bf16", "avx512fp16", "avx512vbmi", "avx512vbmi2", "avx512ifma", "avx512bitalg", "avx512vpopcntdq",
    "avxvnni",    "amx-tile",   "amx-bf16",   "amx-int8"};
// In the order of enum ingot_feature_aarch64.
constexpr char aarch64Names[INGOT_AARCH64_FEATURE_COUNT][16] = {
    "lse", "rdm", "fullfp16", "dotprod", "fp16fml", "jsconv", "complxnum", "fptoint", "bf16", "i8mm", "cssc"};

#if defined(__x86_64__)

struct Registers {
  uint32_t a, b, c, d;
};

Registers cpuid(uint32_t leaf, uint32_t subleaf) {
  Registers r;
  __asm__ volatile("cpuid" : "=a"(r.a), "=b"(r.b), "=c"(r.c), "=d"(r.d) : "a"(leaf), "c"(subleaf));
  return r;
}

/// Register state the system saves: bit 1 SSE, 2 AVX, 5..7 AVX-512, 17..18 AMX.
uint64_t savedState() {
  uint32_t low, high;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return low | static_cast<uint64_t>(high) << 32;
}

struct Rule {
  uint8_t feature;
  uint8_t bit;
};

uint64_t gather(uint32_t value, const Rule *rules, int count) {
  uint64_t mask = 0;
  for (int i = 0; i < count; ++i)
    mask |= static_cast<uint64_t>(value >> rules[i].bit & 1) << rules[i].feature;
  return mask;
}

template <int count> uint64_t gather(uint32_t value, const Rule (&rules)[count]) { return gather(value, rules, count); }

constexpr Rule leaf1c[] = {{INGOT_X86_SSE3, 0},   {INGOT_X86_SSSE3, 9},  {INGOT_X86_FMA, 12},   {INGOT_X86_CX16, 13},
                           {INGOT_X86_SSE41, 19}, {INGOT_X86_SSE42, 20}, {INGOT_X86_MOVBE, 22}, {INGOT_X86_POPCNT, 23},
                           {INGOT_X86_AVX, 28},   {INGOT_X86_F16C, 29}};
constexpr Rule leaf7b[] = {{INGOT_X86_BMI, 3},       {INGOT_X86_AVX2, 5},      {INGOT_X86_BMI2, 8},
                           {INGOT_X86_AVX512F, 16},  {INGOT_X86_AVX512DQ, 17}, {INGOT_X86_AVX512IFMA, 21},
                           {INGOT_X86_AVX512CD, 28}, {INGOT_X86_AVX512BW, 30}, {INGOT_X86_AVX512VL, 31}};
constexpr Rule leaf7c[] = {{INGOT_X86_AVX512VBMI, 1},
                           {INGOT_X86_AVX512VBMI2, 6},
                           {INGOT_X86_AVX512VNNI, 11},
                           {INGOT_X86_AVX512BITALG, 12},
                           {INGOT_X86_AVX512VPOPCNTDQ, 14}};
constexpr Rule leaf7d[] = {{INGOT_X86_AVX512FP16, 23}};
constexpr Rule leaf71a[] = {{INGOT_X86_AVXVNNI, 4}, {INGOT_X86_AVX512BF16, 5}};
constexpr Rule extended1c[] = {{INGOT_X86_LAHF, 0}, {INGOT_X86_LZCNT, 5}};
constexpr Rule amx7d[] = {{INGOT_X86_AMX_BF16, 22}, {INGOT_X86_AMX_TILE, 24}, {INGOT_X86_AMX_INT8, 25}};

constexpr uint64_t bit(int feature) { return 1ull << feature; }

constexpr uint64_t needsAvxState =
    bit(INGOT_X86_AVX) | bit(INGOT_X86_AVX2) | bit(INGOT_X86_FMA) | bit(INGOT_X86_F16C) | bit(INGOT_X86_AVXVNNI);
constexpr uint64_t needsAvx512State =
    (bit(INGOT_X86_AVXVNNI) - bit(INGOT_X86_AVX512F)); // all of the AVX-512 family lies between the two

uint64_t stateOf(uint32_t leaf1Ecx) { return (leaf1Ecx >> 27 & 1) != 0 ? savedState() : 0; }

#elif defined(__aarch64__)

/// Where the two words in which Linux describes the processor hold a feature; of two bits both are needed.
struct Rule {
  uint8_t feature, word, bit, otherBit;
};

constexpr unsigned long words[] = {16, 26}; // AT_HWCAP, AT_HWCAP2
constexpr Rule rules[] = {
    {INGOT_AARCH64_LSE, 0, 8, 8},       {INGOT_AARCH64_RDM, 0, 12, 12},     {INGOT_AARCH64_FULLFP16, 0, 9, 10},
    {INGOT_AARCH64_DOTPROD, 0, 20, 20}, {INGOT_AARCH64_FP16FML, 0, 23, 23}, {INGOT_AARCH64_JSCVT, 0, 13, 13},
    {INGOT_AARCH64_FCMA, 0, 14, 14},    {INGOT_AARCH64_FRINT, 1, 8, 8},     {INGOT_AARCH64_BF16, 1, 14, 14},
    {INGOT_AARCH64_I8MM, 1, 13, 13},    {INGOT_AARCH64_CSSC, 1, 34, 34}};

#endif

} // namespace

const char *archName(uint32_t arch) {
  switch (arch) {
  case INGOT_ARCH_X86_64:
    return "x86_64";
  case INGOT_ARCH_AARCH64:
    return "aarch64";
  case INGOT_ARCH_RISCV64:
    return "riscv64";
  case INGOT_ARCH_WASM32:
    return "wasm32";
  default:
    return "an unknown architecture";
  }
}

uint64_t detectFeatures() {
#if defined(__x86_64__)
  const Registers one = cpuid(1, 0), seven = cpuid(7, 0), extended = cpuid(0x80000001u, 0);
  uint64_t mask = gather(one.c, leaf1c) | gather(seven.b, leaf7b) | gather(seven.c, leaf7c) | gather(seven.d, leaf7d) |
                  gather(extended.c, extended1c);
  if (seven.a >= 1)
    mask |= gather(cpuid(7, 1).a, leaf71a);
  const uint64_t state = stateOf(one.c);
  if ((state & 0x6) != 0x6)
    mask &= ~(needsAvxState | needsAvx512State);
  if ((state & 0xe6) != 0xe6)
    mask &= ~needsAvx512State;
  return mask;
#elif defined(__aarch64__)
  if (!getauxval)
    return 0;
  const uint64_t values[] = {getauxval(words[0]), getauxval(words[1])};
  uint64_t mask = 0;
  for (const Rule &rule : rules)
    mask |= (values[rule.word] >> rule.bit & values[rule.word] >> rule.otherBit & 1) << rule.feature;
  return mask;
#else
  return 0;
#endif
}

uint64_t detectAmx() {
#if defined(__x86_64__)
  if ((stateOf(cpuid(1, 0).c) & 0x60000) != 0x60000)
    return 0;
  return gather(cpuid(7, 0).d, amx7d);
#else
  return 0;
#endif
}

const char *featureName(uint32_t arch, uint32_t bit) {
  if (arch == INGOT_ARCH_X86_64 && bit < INGOT_X86_FEATURE_COUNT)
    return x86Names[bit];
  return arch == INGOT_ARCH_AARCH64 && bit < INGOT_AARCH64_FEATURE_COUNT ? aarch64Names[bit] : nullptr;
}

} // namespace ingot::rt
