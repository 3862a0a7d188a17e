#include "compiler/aot/ModelObject.h"

#include "compiler/aot/Link.h"
#include "compiler/aot/RunLinker.h"
#include "compiler/targets/cpu/CpuLevels.h"
#include "runtime/abi/artifact.h"

#include "llvm/IR/Constants.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/Target/TargetOptions.h"

namespace ingot {

using namespace llvm;

// The globals ingot_table and ingot_image; the kernels are declarations.
static void addGlobals(Module &module, const ModelParts &parts) {
  LLVMContext &context = module.getContext();
  auto *pointer = PointerType::get(context, 0);
  auto *word = Type::getInt32Ty(context);

  Constant *bytes =
      ConstantDataArray::getString(context, StringRef(parts.table.data(), parts.table.size()), /*AddNull=*/false);
  auto *table =
      new GlobalVariable(module, bytes->getType(), /*isConstant=*/true, GlobalValue::ExternalLinkage, bytes, "ingot_table");
  table->setVisibility(GlobalValue::HiddenVisibility);
  table->setSection(".ingot");
  table->setAlignment(Align(64));

  auto *kernelType = FunctionType::get(Type::getVoidTy(context), /*isVarArg=*/false);
  std::vector<Constant *> kernels;
  for (const std::string &symbol : parts.kernelSymbols) {
    auto *kernel = Function::Create(kernelType, GlobalValue::ExternalLinkage, symbol, module);
    kernel->setVisibility(GlobalValue::HiddenVisibility);
    kernel->setDSOLocal(true);
    kernels.push_back(kernel);
  }
  for (const std::string &symbol : parts.functions)
    kernels.push_back(cast<Constant>(module.getOrInsertFunction(symbol, kernelType).getCallee()));
  auto *array = ArrayType::get(pointer, kernels.size());
  Constant *fields[] = {ConstantInt::get(word, sizeof(ingot_image)), ConstantInt::get(word, kernels.size()), table,
                        ConstantPointerNull::get(pointer), ConstantArray::get(array, kernels)};
  Constant *value = ConstantStruct::getAnon(fields);
  auto *image =
      new GlobalVariable(module, value->getType(), /*isConstant=*/true, GlobalValue::ExternalLinkage, value, "ingot_image");
  image->setSection(".data.rel.ro.ingot");
  image->setAlignment(Align(16));
}

Expected<std::unique_ptr<TargetMachine>> makePlainTargetMachine(const Triple &triple) {
  initializeCodeGenerators();
  std::string why;
  const Target *target = TargetRegistry::lookupTarget(triple, why);
  if (!target)
    return make_error<LinkError>(why);
  TargetOptions options;
  const char *features = "";
  if (triple.isRISCV64()) { // Linux's ABI passes floating-point numbers in registers; every object of a link says so
    options.MCOptions.ABIName = "lp64d";
    features = "+m,+a,+f,+d,+c";
  }
  return std::unique_ptr<TargetMachine>(target->createTargetMachine(triple, "", features, options, Reloc::PIC_));
}

Expected<std::vector<char>> makeModelObject(const ModelParts &parts, StringRef scratchPath) {
  Triple triple(parts.triple);
  auto made = makePlainTargetMachine(triple);
  if (!made)
    return made.takeError();
  std::unique_ptr<TargetMachine> machine = std::move(*made);
  LLVMContext context;
  Module module("ingot_model", context);
  module.setTargetTriple(triple);
  module.setDataLayout(machine->createDataLayout());
  addGlobals(module, parts);

  SmallVector<char, 0> globals;
  raw_svector_ostream os(globals);
  legacy::PassManager passes;
  if (machine->addPassesToEmitFile(passes, os, nullptr, CodeGenFileType::ObjectFile))
    return createStringError("target " + parts.triple + " cannot make object files");
  passes.run(module);

  std::vector<StringRef> objects{StringRef(globals.data(), globals.size())};
  objects.insert(objects.end(), parts.kernelObjects.begin(), parts.kernelObjects.end());
  Expected<ElfImage> merged = runLinker(scratchPath, objects, {}, {"-r", "--threads=1"});
  if (!merged)
    return merged.takeError();
  std::vector<uint8_t> &bytes = merged->bytes();
  return std::vector<char>(bytes.begin(), bytes.end());
}

} // namespace ingot
