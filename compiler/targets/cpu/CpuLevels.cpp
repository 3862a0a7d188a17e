#include "compiler/targets/cpu/CpuLevels.h"

#include "ir/DidYouMean.h"
#include "runtime/abi/aarch64.h"
#include "runtime/abi/artifact.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/TargetParser/Host.h"
#include "llvm/TargetParser/Triple.h"

#include <mutex>

namespace ingot {

using namespace llvm;

namespace {

// A feature bit of the artifact and LLVM's name for it.
struct FeatureName {
  int bit;
  StringLiteral name;
};

constexpr FeatureName x86Features[] = {
    {INGOT_X86_SSE3, "sse3"},
    {INGOT_X86_SSSE3, "ssse3"},
    {INGOT_X86_SSE41, "sse4.1"},
    {INGOT_X86_SSE42, "sse4.2"},
    {INGOT_X86_POPCNT, "popcnt"},
    {INGOT_X86_CX16, "cx16"},
    {INGOT_X86_LAHF, "sahf"},
    {INGOT_X86_AVX, "avx"},
    {INGOT_X86_AVX2, "avx2"},
    {INGOT_X86_FMA, "fma"},
    {INGOT_X86_F16C, "f16c"},
    {INGOT_X86_BMI, "bmi"},
    {INGOT_X86_BMI2, "bmi2"},
    {INGOT_X86_LZCNT, "lzcnt"},
    {INGOT_X86_MOVBE, "movbe"},
    {INGOT_X86_AVX512F, "avx512f"},
    {INGOT_X86_AVX512BW, "avx512bw"},
    {INGOT_X86_AVX512CD, "avx512cd"},
    {INGOT_X86_AVX512DQ, "avx512dq"},
    {INGOT_X86_AVX512VL, "avx512vl"},
    {INGOT_X86_AVX512VNNI, "avx512vnni"},
    {INGOT_X86_AVX512BF16, "avx512bf16"},
    {INGOT_X86_AVX512FP16, "avx512fp16"},
    {INGOT_X86_AVX512VBMI, "avx512vbmi"},
    {INGOT_X86_AVX512VBMI2, "avx512vbmi2"},
    {INGOT_X86_AVX512IFMA, "avx512ifma"},
    {INGOT_X86_AVX512BITALG, "avx512bitalg"},
    {INGOT_X86_AVX512VPOPCNTDQ, "avx512vpopcntdq"},
    {INGOT_X86_AVXVNNI, "avxvnni"},
};

constexpr FeatureName aarch64Features[] = {
    {INGOT_AARCH64_LSE, "lse"},         {INGOT_AARCH64_RDM, "rdm"},         {INGOT_AARCH64_FULLFP16, "fullfp16"},
    {INGOT_AARCH64_DOTPROD, "dotprod"}, {INGOT_AARCH64_FP16FML, "fp16fml"}, {INGOT_AARCH64_JSCVT, "jsconv"},
    {INGOT_AARCH64_FCMA, "complxnum"},  {INGOT_AARCH64_FRINT, "fptoint"},   {INGOT_AARCH64_BF16, "bf16"},
    {INGOT_AARCH64_I8MM, "i8mm"},       {INGOT_AARCH64_CSSC, "cssc"},
};

// What the choice of a CPU means on an architecture whose artifacts carry feature bits.
struct Architecture {
  ArrayRef<FeatureName> features;
  StringLiteral baseline; // LLVM's CPU that all of its code is made for, with features on top
  CpuLevel (*level)(StringRef name, uint64_t mask);
  ArrayRef<std::pair<StringLiteral, uint64_t>> portable; // the levels' names and masks, best first
};

Error userError(const Twine &message) { return createStringError(message); }

bool has(uint64_t mask, int bit) { return (mask >> bit) & 1; }

// Every feature is stated, present or absent, so code never depends on what LLVM's CPU implies.
std::string featureString(StringRef always, ArrayRef<FeatureName> features, uint64_t mask) {
  std::string text = always.str();
  for (const FeatureName &feature : features)
    text += (has(mask, feature.bit) ? ",+" : ",-") + feature.name.str();
  return text;
}

// LLVM's plain x86-64 without the tuning that keeps 512-bit registers out of use.
constexpr StringLiteral x86Baseline = "x86-64";
constexpr StringLiteral x86Tuning = "-prefer-256-bit";

CpuLevel x86Level(StringRef name, uint64_t mask) {
  CpuLevel level;
  level.name = name.str();
  level.cpu = x86Baseline.str();
  level.features = featureString(x86Tuning, x86Features, mask);
  level.featureMask = mask;
  bool wide = has(mask, INGOT_X86_AVX512F) && has(mask, INGOT_X86_AVX512VL) && has(mask, INGOT_X86_AVX512BW) &&
              has(mask, INGOT_X86_AVX512DQ);
  level.vectorBytes = wide ? 64 : has(mask, INGOT_X86_AVX2) ? 32 : 16;
  level.vectorRegisters = wide ? 32 : 16;
  level.fma = has(mask, INGOT_X86_FMA) || wide;
  level.maskedMemory = level.vectorBytes >= 32;
  return level;
}

// Vectors of a fixed 128 bits: code for the scalable ones of SVE is not made, whatever the CPU has.
constexpr StringLiteral aarch64Baseline = "generic";

CpuLevel aarch64Level(StringRef name, uint64_t mask) {
  CpuLevel level;
  level.name = name.str();
  level.cpu = aarch64Baseline.str();
  level.features = featureString("+neon,+fp-armv8", aarch64Features, mask);
  level.featureMask = mask;
  level.vectorBytes = 16;
  level.vectorRegisters = 32;
  level.fma = true;
  level.maskedMemory = false;
  return level;
}

constexpr std::pair<StringLiteral, uint64_t> x86Portable[] = {
    {"v4", INGOT_X86_V4}, {"v3", INGOT_X86_V3}, {"v2", INGOT_X86_V2}};
constexpr std::pair<StringLiteral, uint64_t> aarch64Portable[] = {{"neon", 0}};
const Architecture x86{x86Features, x86Baseline, x86Level, x86Portable};
const Architecture aarch64{aarch64Features, aarch64Baseline, aarch64Level, aarch64Portable};

Expected<std::unique_ptr<MCSubtargetInfo>> makeSubtarget(const Triple &triple, StringRef cpu, StringRef features) {
  initializeCodeGenerators();
  std::string message;
  const Target *target = TargetRegistry::lookupTarget(triple, message);
  if (!target)
    return userError("no code generator for '" + triple.str() + "'");
  return std::unique_ptr<MCSubtargetInfo>(target->createMCSubtargetInfo(triple, cpu, features));
}

// The artifact's feature bits among what LLVM enables for this CPU and these flags.
Expected<uint64_t> featureMask(const Architecture &architecture, const Triple &triple, StringRef cpu, StringRef flags) {
  Expected<std::unique_ptr<MCSubtargetInfo>> subtarget = makeSubtarget(triple, cpu, flags);
  if (!subtarget)
    return subtarget.takeError();
  uint64_t mask = 0;
  for (const FeatureName &feature : architecture.features)
    if ((*subtarget)->checkFeatures("+" + feature.name.str()))
      mask |= uint64_t(1) << feature.bit;
  return mask;
}

// Known means: with a bit in the artifact, so that a loader can refuse.
Error checkFeatureFlags(const Architecture &architecture, StringRef flags) {
  SmallVector<StringRef> parts;
  flags.split(parts, ',', -1, /*KeepEmpty=*/false);
  std::vector<std::string> unknown;
  for (StringRef part : parts) {
    bool known = part.size() > 1 && (part[0] == '+' || part[0] == '-') &&
                 any_of(architecture.features, [&](const FeatureName &f) { return f.name == part.drop_front(); });
    if (!known)
      unknown.push_back("'" + part.str() + "'");
  }
  if (unknown.empty())
    return Error::success();
  std::vector<std::string> known;
  for (const FeatureName &feature : architecture.features)
    known.push_back(feature.name.str());
  return userError("unknown CPU features " + join(unknown, ", ") + "; write +NAME or -NAME with one of: " +
                   join(known, ", ") + didYouMean(StringRef(unknown.front()).trim("'+-"), known));
}

Error unknownCpu(const MCSubtargetInfo &subtarget, StringRef cpu) {
  std::vector<std::string> known = {"portable", "native"};
  for (const SubtargetSubTypeKV &entry : subtarget.getAllProcessorDescriptions())
    known.push_back(entry.Key);
  return userError("unknown CPU '" + cpu + "'; known are: " + join(known, ", ") + didYouMean(cpu, known));
}

Expected<SmallVector<CpuLevel>> portableLevels(const Architecture &architecture, const CpuTargetOptions &options) {
  // A feature taken away removes the levels that need it; one added would narrow what 'portable' promises.
  SmallVector<StringRef> flags;
  StringRef(options.features).split(flags, ',', -1, false);
  uint64_t removed = 0;
  for (StringRef flag : flags) {
    if (flag.starts_with("+"))
      return userError("the CPU feature '" + flag + "' needs a CPU to add it to: choose one by its name or 'native'");
    for (const FeatureName &feature : architecture.features)
      if (feature.name == flag.drop_front())
        removed |= uint64_t(1) << feature.bit;
  }
  SmallVector<CpuLevel> levels;
  for (auto [name, mask] : architecture.portable)
    if (!(mask & removed))
      levels.push_back(architecture.level(name, mask));
  if (levels.empty())
    return userError("without the CPU features '" + options.features +
                     "' no portable level is left; choose a CPU by its name");
  return levels;
}

Expected<SmallVector<CpuLevel>> levelsOf(const Architecture &architecture, const Triple &triple,
                                         const CpuTargetOptions &options) {
  if (Error error = checkFeatureFlags(architecture, options.features))
    return error;
  if (options.cpu == "portable")
    return portableLevels(architecture, options);
  std::string flags;
  std::string cpu = options.cpu;
  if (cpu == "native") {
    if (Triple(sys::getDefaultTargetTriple()).getArch() != triple.getArch())
      return userError("'native' is another architecture than '" + triple.str() + "'");
    cpu = architecture.baseline.str();
    // By feature bits: in a virtual machine the CPU's name can be another's.
    StringMap<bool> host = sys::getHostCPUFeatures();
    for (const FeatureName &feature : architecture.features)
      flags += (flags.empty() ? "" : ",") + std::string(host.lookup(feature.name) ? "+" : "-") + feature.name.str();
  } else {
    Expected<std::unique_ptr<MCSubtargetInfo>> subtarget = makeSubtarget(triple, "", "");
    if (!subtarget)
      return subtarget.takeError();
    if (!(*subtarget)->isCPUStringValid(cpu))
      return unknownCpu(**subtarget, cpu);
  }
  if (!options.features.empty())
    flags += (flags.empty() ? "" : ",") + options.features;
  Expected<uint64_t> mask = featureMask(architecture, triple, cpu, flags);
  if (!mask)
    return mask.takeError();
  return SmallVector<CpuLevel>{architecture.level(options.cpu, *mask)};
}

} // namespace

void initializeCodeGenerators() {
  static std::once_flag once;
  std::call_once(once, [] {
#define INGOT_USED_TARGET(name)                                                                                             \
  LLVMInitialize##name##TargetInfo();                                                                                       \
  LLVMInitialize##name##Target();                                                                                           \
  LLVMInitialize##name##TargetMC();                                                                                         \
  LLVMInitialize##name##AsmPrinter();
#define INGOT_OTHER_TARGET(name)
#include "LlvmTargets.inc"
#undef INGOT_USED_TARGET
#undef INGOT_OTHER_TARGET
    // KernelPasses (TargetMachine.cpp) leaves out loop strength reduction; what the pass asks for would be analysed even so. LLVM has
    // this switch alone.
    auto &switches = cl::getRegisteredOptions();
    if (auto found = switches.find("disable-lsr"); found != switches.end())
      static_cast<cl::opt<bool> *>(found->second)->setValue(true);
  });
}

Expected<SmallVector<CpuLevel>> makeCpuLevels(const CpuTargetOptions &options) {
  Triple triple(options.triple.empty() ? sys::getDefaultTargetTriple() : options.triple);
  if (triple.getArch() == Triple::x86_64)
    return levelsOf(x86, triple, options);
  if (triple.getArch() == Triple::aarch64)
    return levelsOf(aarch64, triple, options);
  if (triple.getArch() != Triple::riscv64)
    return userError("unknown target '" + triple.str() + "'; known architectures are: x86_64, aarch64, riscv64");
  // Artifacts of this architecture carry no feature bits, so nothing beyond the baseline can be checked when they are loaded.
  if ((options.cpu != "portable" && options.cpu != "native") || !options.features.empty())
    return userError("for '" + triple.str() + "' code is made for every processor of the architecture; '" +
                     (options.features.empty() ? options.cpu : options.features) + "' cannot be chosen");
  if (options.cpu == "native" && Triple(sys::getDefaultTargetTriple()).getArch() != triple.getArch())
    return userError("'native' is another architecture than '" + triple.str() + "'");
  // Without the vector extension LLVM makes scalars of the lanes: 32 registers hold eight vectors of four.
  CpuLevel level;
  level.name = "generic";
  level.cpu = "generic-rv64";
  level.features = "+m,+a,+f,+d,+c";
  level.featureMask = 0;
  level.vectorBytes = 16;
  level.vectorRegisters = 8;
  level.fma = true;
  level.maskedMemory = false;
  return SmallVector<CpuLevel>{level};
}

} // namespace ingot
