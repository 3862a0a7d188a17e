// The model object: tables, ingot_image and all kernels as one relocatable file, the input of every linked form.
#ifndef INGOT_COMPILER_AOT_MODELOBJECT_H
#define INGOT_COMPILER_AOT_MODELOBJECT_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/TargetParser/Triple.h"

#include <memory>
#include <string>
#include <vector>

namespace ingot {

struct ModelParts {
  llvm::ArrayRef<char> table;                 // serialized
  std::vector<std::string> kernelSymbols;     // by variant index
  std::vector<std::string> functions;         // behind them: the user's, which the object leaves undefined
  std::vector<llvm::StringRef> kernelObjects; // relocatable files that define them
  std::string triple;
};

// `scratchPath` is a path in the folder the linker's temporary files go to. The same parts give the same bytes.
llvm::Expected<std::vector<char>> makeModelObject(const ModelParts &parts, llvm::StringRef scratchPath);

// A target machine for code that no CPU feature is asked of: tables, run functions.
llvm::Expected<std::unique_ptr<llvm::TargetMachine>> makePlainTargetMachine(const llvm::Triple &triple);

} // namespace ingot

#endif // INGOT_COMPILER_AOT_MODELOBJECT_H
