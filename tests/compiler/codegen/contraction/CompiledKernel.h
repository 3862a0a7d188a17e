// One kernel, compiled for one level and loaded into this process, for tests and benchmarks of the contraction emitter.
#ifndef INGOT_TESTS_COMPILER_CODEGEN_CONTRACTION_COMPILEDKERNEL_H
#define INGOT_TESTS_COMPILER_CODEGEN_CONTRACTION_COMPILEDKERNEL_H

#include "compiler/codegen/KernelEmitter.h"
#include "mlir/IR/MLIRContext.h"
#include "llvm/ExecutionEngine/Orc/LLJIT.h"

#include <array>
#include <memory>
#include <string>
#include <vector>

namespace ingot::test {

class CompiledKernel {
public:
  // Parses a module with one ingot.kernel, plans and compiles it by the contraction emitter. Null, with *error filled, if
  // that refuses it.
  static std::unique_ptr<CompiledKernel> compile(const std::string &moduleText, const CpuLevel &level, std::string *error,
                                                 int optLevel = 2);

  // The levels of this processor among v4, v3, v2 and native, best first.
  static std::vector<CpuLevel> usableLevels();

  int64_t grid(llvm::ArrayRef<int64_t> sizes) const;
  const KernelPlan &plan() const { return kernelPlan; }
  // Computes grid tiles [begin, end).
  void run(llvm::ArrayRef<void *> buffers, llvm::ArrayRef<int64_t> sizes, int64_t begin, int64_t end);
  // All tiles.
  void run(llvm::ArrayRef<void *> buffers, llvm::ArrayRef<int64_t> sizes = {}) { run(buffers, sizes, 0, grid(sizes)); }

  std::array<double, 4> compileMilliseconds = {}; // emit, lower to the LLVM dialect, optimise, generate code
  size_t objectBytes = 0;
  std::string assembly; // if asked for by the environment variable INGOT_TEST_ASSEMBLY

private:
  std::unique_ptr<mlir::MLIRContext> context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  KernelPlan kernelPlan;
  std::unique_ptr<llvm::orc::LLJIT> jit;
  void (*entry)(void *const *, const int64_t *, int64_t, int64_t, void *) = nullptr;
  std::vector<char> scratch;
};

} // namespace ingot::test

#endif // INGOT_TESTS_COMPILER_CODEGEN_CONTRACTION_COMPILEDKERNEL_H
