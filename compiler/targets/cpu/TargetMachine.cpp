#include "compiler/targets/cpu/TargetMachine.h"

#include "compiler/targets/cpu/CpuLevels.h"
#include "llvm/Analysis/TargetLibraryInfo.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/IR/OptBisect.h"
#include "llvm/IR/Verifier.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/SmallVectorMemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/TargetParser/Triple.h"
#include "llvm/Transforms/Utils/Cloning.h"

#include <map>
#include <mutex>
#include <vector>

namespace ingot {

using namespace llvm;

static CodeGenOptLevel codeGenLevel(int optLevel) {
  return optLevel == 0 ? CodeGenOptLevel::None : optLevel >= 3 ? CodeGenOptLevel::Aggressive : CodeGenOptLevel::Default;
}

Expected<std::unique_ptr<TargetMachine>> createTargetMachine(const CpuLevel &level, const CodeOptions &options) {
  initializeCodeGenerators();
  Triple triple(options.triple);
  std::string message;
  const Target *target = TargetRegistry::lookupTarget(triple, message);
  if (!target)
    return createStringError("no code generator for '" + options.triple + "'");
  TargetOptions targetOptions;
  // Kernels are functions of their own, kept apart so that a linker can drop unused ones.
  targetOptions.FunctionSections = true;
  if (triple.isRISCV64())
    targetOptions.MCOptions.ABIName = "lp64d";
  std::unique_ptr<TargetMachine> machine(target->createTargetMachine(
      triple, level.cpu, level.features, targetOptions, Reloc::PIC_, CodeModel::Small, codeGenLevel(options.optLevel)));
  if (!machine)
    return createStringError("LLVM makes no code for '" + options.triple + "'");
  return machine;
}

namespace {

// Machines that no thread uses now, of every kind made so far. To make one costs as much as the code of a small kernel.
struct MachinePool {
  static MachinePool &instance() {
    static MachinePool pool;
    return pool;
  }

  std::mutex mutex;
  std::map<std::string, std::vector<std::unique_ptr<TargetMachine>>> machines; // by kind
};

struct GiveBack {
  std::string kind;
  void operator()(TargetMachine *machine) const {
    MachinePool &pool = MachinePool::instance();
    std::lock_guard<std::mutex> lock(pool.mutex);
    pool.machines[kind].emplace_back(machine);
  }
};
using PooledMachine = std::unique_ptr<TargetMachine, GiveBack>;

} // namespace

static Expected<PooledMachine> takeMachine(const CpuLevel &level, const CodeOptions &options) {
  std::string kind = options.triple + '\n' + level.cpu + '\n' + level.features + '\n' + std::to_string(options.optLevel);
  {
    MachinePool &pool = MachinePool::instance();
    std::lock_guard<std::mutex> lock(pool.mutex);
    if (std::vector<std::unique_ptr<TargetMachine>> &same = pool.machines[kind]; !same.empty()) {
      PooledMachine machine(same.back().release(), GiveBack{std::move(kind)});
      same.pop_back();
      return machine;
    }
  }
  Expected<std::unique_ptr<TargetMachine>> made = createTargetMachine(level, options);
  if (!made)
    return made.takeError();
  return PooledMachine(made->release(), GiveBack{std::move(kind)});
}

void setLevelAttributes(Module &module, const CpuLevel &level) {
  for (Function &function : module) {
    if (function.isDeclaration())
      continue;
    function.addFnAttr("target-cpu", level.cpu);
    function.addFnAttr("target-features", level.features);
    function.addFnAttr(Attribute::NoUnwind);
    // Kernels call nothing that needs a frame, and every register counts.
    function.addFnAttr("frame-pointer", "none");
  }
}

Error optimizeModule(Module &module, const CpuLevel &level, const CodeOptions &options) {
  Expected<PooledMachine> machine = takeMachine(level, options);
  if (!machine)
    return machine.takeError();
  module.setTargetTriple((*machine)->getTargetTriple());
  module.setDataLayout((*machine)->createDataLayout());
  module.setPICLevel(PICLevel::BigPIC);
  setLevelAttributes(module, level);
  std::string message;
  raw_string_ostream os(message);
  if (verifyModule(module, &os))
    return createStringError("LLVM refuses the module: " + message);
  if (options.optLevel == 0)
    return Error::success();

  LoopAnalysisManager loops;
  FunctionAnalysisManager functions;
  CGSCCAnalysisManager graphs;
  ModuleAnalysisManager modules;
  PipelineTuningOptions tuning;
  // The kernels come vectorised and unrolled; LLVM's own would only add code.
  tuning.LoopVectorization = false;
  tuning.SLPVectorization = false;
  tuning.LoopInterleaving = false;
  tuning.LoopUnrolling = false;
  PassBuilder passes(machine->get(), tuning);
  // Kernels link with nothing: no loop may become a call of memset or memcpy.
  TargetLibraryInfoImpl library((*machine)->getTargetTriple());
  library.disableAllFunctions();
  functions.registerPass([&] { return TargetLibraryAnalysis(library); });
  passes.registerModuleAnalyses(modules);
  passes.registerCGSCCAnalyses(graphs);
  passes.registerFunctionAnalyses(functions);
  passes.registerLoopAnalyses(loops);
  passes.crossRegisterProxies(loops, functions, graphs, modules);

  ModulePassManager pipeline;
  if (options.optLevel >= 3)
    pipeline = passes.buildPerModuleDefaultPipeline(OptimizationLevel::O3);
  else if (Error error = passes.parsePassPipeline(
               pipeline, "function(sroa,early-cse<memssa>,simplifycfg,instcombine<no-verify-fixpoint>,"
                         "loop-mssa(loop-rotate<no-header-duplication>,licm),early-cse,simplifycfg,adce)"))
    return error;
  pipeline.run(module, modules);
  return Error::success();
}

namespace {
// Leaves out what costs most of the time of code generation and undoes what the emitters arranged: loop strength reduction
// (a quarter to three quarters of the time, for addresses that are a base and a constant anyway) and the scheduler, which
// moves loads away from their uses until the sums of a register tile spill. On x86, where an instruction reads a constant
// from memory, also the hoisting of constants: those of an epilogue would keep registers from the tiles before it, whose
// sums then spill.
class KernelPasses : public OptPassGate {
public:
  explicit KernelPasses(const Triple &triple) : readsConstants(triple.isX86()) {}
  bool isEnabled() const override { return true; }
  // A pass over functions is called by its argument, one over loops by its title.
  bool shouldRunPass(StringRef pass, StringRef) const override {
    const bool hoists = pass == "early-machinelicm" || pass == "machinelicm";
    return pass != "Loop Strength Reduction" && pass != "machine-scheduler" && !(hoists && readsConstants);
  }

private:
  bool readsConstants;
};
} // namespace

static Error emitFile(Module &module, const CpuLevel &level, const CodeOptions &options, raw_pwrite_stream &os,
                      CodeGenFileType type) {
  Expected<PooledMachine> machine = takeMachine(level, options);
  if (!machine)
    return machine.takeError();
  legacy::PassManager pipeline;
  KernelPasses gate((*machine)->getTargetTriple());
  module.getContext().setOptPassGate(gate);
  if ((*machine)->addPassesToEmitFile(pipeline, os, nullptr, type, /*DisableVerify=*/true))
    return createStringError("LLVM cannot write this file type for '" + options.triple + "'");
  pipeline.run(module);
  return Error::success();
}

Error emitObject(Module &module, const CpuLevel &level, const CodeOptions &options, SmallVectorImpl<char> &object) {
  raw_svector_ostream os(object);
  return emitFile(module, level, options, os, CodeGenFileType::ObjectFile);
}

Error printAssembly(Module &module, const CpuLevel &level, const CodeOptions &options, raw_ostream &os) {
  std::unique_ptr<Module> copy = CloneModule(module);
  SmallVector<char, 0> text;
  raw_svector_ostream stream(text);
  if (Error error = emitFile(*copy, level, options, stream, CodeGenFileType::AssemblyFile))
    return error;
  os << StringRef(text.data(), text.size());
  return Error::success();
}

} // namespace ingot
