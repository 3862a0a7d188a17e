// Runs one ingot.kernel as an emitter compiles it, for tests: at every level this processor has, over different splits of
// its grid, beside the reference interpreter.
#ifndef INGOT_TESTS_COMPILER_CODEGEN_KERNELHARNESS_H
#define INGOT_TESTS_COMPILER_CODEGEN_KERNELHARNESS_H

#include "compiler/codegen/KernelEmitter.h"
#include "ir/reference/Interpreter.h"
#include "mlir/IR/MLIRContext.h"
#include "llvm/ExecutionEngine/Orc/LLJIT.h"

#include <functional>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace ingot::test {

// v4, v3 and v2 as far as this processor has them, best first.
const std::vector<CpuLevel> &hostLevels();

// How results may differ from the reference's: |a - b| <= absolute + relative * |b| for floats; other types not at all.
struct Tolerance {
  double relative = 0, absolute = 0;
};

// What random operands hold.
enum class Values {
  Plain,   // floats in [-4, 4), integers in [-100, 100) cut to their type
  Special, // the same, a third of them zeros, infinities, NaN, subnormals, extremes
  Positive // floats in (0, 4), integers in [0, 100)
};

reference::Tensor randomTensor(mlir::Type elementType, llvm::ArrayRef<int64_t> dims, Values values, std::mt19937 &random);

// Machine code of one kernel at one level.
class LoadedKernel {
public:
  using Function = void (*)(void *const *buffers, const int64_t *scalars, int64_t begin, int64_t end, void *scratch);
  KernelPlan plan;
  Function function = nullptr;
  double emitMilliseconds = 0, lowerMilliseconds = 0, codeMilliseconds = 0;
  size_t codeBytes = 0;
  const int64_t *counters = nullptr;  // of a kernel that counts: see KernelFunction
  std::string mlir, undefinedSymbols; // the emitter's function; symbols the object asks for, separated by spaces

private:
  friend class KernelHarness;
  std::unique_ptr<llvm::orc::LLJIT> jit;
};

class KernelHarness {
public:
  // `text`: a module, or the one kernel in it. `sizes`, for instance "#ingot.size<\"n\", 1 to 64>", is set on the module.
  explicit KernelHarness(const std::string &text, const std::string &sizes = "");

  KernelOp kernel() const { return kernelOp; }
  mlir::MLIRContext &context() { return *mlirContext; }
  // Null, after a test failure, where emitting or lowering fails; without one, where the emitter does not take the kernel.
  std::unique_ptr<LoadedKernel> load(const KernelEmitter &emitter, const CpuLevel &level, bool counts = false);
  // What a kernel counts for the first result of its last op, run once on random operands at the host's level.
  int64_t work(const KernelEmitter &emitter);
  // Symbols that the kernel's object for another machine asks for, separated by spaces.
  std::string undefinedSymbols(const KernelEmitter &emitter, const CpuLevel &level, const std::string &triple);
  // The kernel's results as the interpreter computes them.
  std::vector<reference::Tensor> expected(llvm::ArrayRef<reference::Tensor> operands);
  // Runs tiles in the order of `splits`: the grid's bounds, ascending.
  std::vector<reference::Tensor> run(const LoadedKernel &kernel, llvm::ArrayRef<reference::Tensor> operands,
                                     llvm::ArrayRef<int64_t> sizes, llvm::ArrayRef<int64_t> splits);

  // Compares with the reference, at all levels, for each value of the sizes and several splits.
  void check(const KernelEmitter &emitter, llvm::ArrayRef<std::vector<int64_t>> sizeValues, Values values,
             Tolerance tolerance);

private:
  bool makeObject(const KernelEmitter &emitter, const CpuLevel &level, const std::string &triple, LoadedKernel &kernel,
                  llvm::SmallVector<char, 0> &object, bool counts = false);

  std::unique_ptr<mlir::MLIRContext> mlirContext;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  KernelOp kernelOp;
};

// check() with the loop emitter.
void checkLoops(const std::string &text, Tolerance tolerance = {}, Values values = Values::Plain,
                const std::string &sizes = "", std::vector<std::vector<int64_t>> sizeValues = {{}});

// The first difference, empty if there is none.
std::string difference(const reference::Tensor &actual, const reference::Tensor &expected, Tolerance tolerance);

} // namespace ingot::test

#endif // INGOT_TESTS_COMPILER_CODEGEN_KERNELHARNESS_H
