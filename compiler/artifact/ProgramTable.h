// Turns a scheduled program into the tables of an artifact: slots, the command list, the entry point.
#ifndef INGOT_COMPILER_ARTIFACT_PROGRAMTABLE_H
#define INGOT_COMPILER_ARTIFACT_PROGRAMTABLE_H

#include "compiler/artifact/Table.h"
#include "compiler/artifact/WeightImage.h"
#include "compiler/codegen/KernelEmitter.h"

#include <string>
#include <vector>

namespace ingot {

// One kernel as the tables state it: a variant for each level, best first.
struct KernelVariants {
  std::string name;   // the ingot.kernel's symbol
  std::string source; // the ops it holds, one a line
  double flops = 0;
  struct Variant {
    CpuLevel level;
    KernelPlan plan;
    std::string symbol; // of its code
    uint64_t codeSize = 0;
  };
  std::vector<Variant> variants;
};

struct TableOptions {
  std::string modelName, triple, producer;
  uint32_t arch = 0; // enum ingot_arch
};

// Precondition: `module` is as the schedule phase leaves it, `kernels` are all its kernels. Fails by a bug of ours alone.
mlir::FailureOr<Table> buildProgramTable(mlir::ModuleOp module, llvm::ArrayRef<KernelVariants> kernels,
                                         const WeightImage &weights, const TableOptions &options);

} // namespace ingot

#endif // INGOT_COMPILER_ARTIFACT_PROGRAMTABLE_H
