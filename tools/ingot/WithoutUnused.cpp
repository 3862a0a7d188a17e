// What LLVM's archives ask for beyond what is used, for the library that they are linked into: the linker starts the code generators and
// assembly parsers of all processors, though none is needed for ELF objects, and the distribution builds LLVM with Polly as an extension
// of its link-time optimiser. Each is here as a function that does nothing, so that a third of the library stays out.
#include <llvm/Plugins/PassPlugin.h>

#define INGOT_UNUSED(function)                                                                                              \
  extern "C" void function();                                                                                               \
  void function() {}
#define INGOT_USED_TARGET(name) INGOT_UNUSED(LLVMInitialize##name##AsmParser)
#define INGOT_OTHER_TARGET(name)                                                                                            \
  INGOT_UNUSED(LLVMInitialize##name##TargetInfo)                                                                            \
  INGOT_UNUSED(LLVMInitialize##name##Target)                                                                                \
  INGOT_UNUSED(LLVMInitialize##name##TargetMC)                                                                              \
  INGOT_UNUSED(LLVMInitialize##name##AsmPrinter)                                                                            \
  INGOT_UNUSED(LLVMInitialize##name##AsmParser)
#include "LlvmTargets.inc"

llvm::PassPluginLibraryInfo getPollyPluginInfo();
llvm::PassPluginLibraryInfo getPollyPluginInfo() {
  return {LLVM_PLUGIN_API_VERSION, "none", "", [](llvm::PassBuilder &) {}};
}
