// The one interface that decides how a kernel is made. A target registers an ordered list of emitters; the last accepts
// everything.
#ifndef INGOT_COMPILER_CODEGEN_KERNELEMITTER_H
#define INGOT_COMPILER_CODEGEN_KERNELEMITTER_H

#include "compiler/codegen/CpuLevel.h"
#include "compiler/codegen/KernelFunction.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace ingot {

// What an emitter decided in `plan` and reads in `emit`, for one kernel at one level. Not changed once made.
struct EmitterChoice {
  virtual ~EmitterChoice() = default;
};

// How one emitter would make one kernel at one level.
struct KernelPlan {
  std::string emitter;         // the emitter's name
  double cost = 0;             // nanoseconds on one worker at the sizes' maxima
  mlir::AffineExpr grid;       // number of independent tiles; the split of work, a function of the sizes alone
  mlir::AffineExpr scratch;    // bytes per worker
  mlir::DictionaryAttr params; // the choice as dumps show it (tile sizes ...)
  std::shared_ptr<const EmitterChoice> choice;
};

// How many elements a kernel makes of one of its reductions, contractions or windows.
struct OpWork {
  mlir::Operation *op;
  double evaluations;
};

class KernelEmitter {
public:
  virtual ~KernelEmitter() = default;
  virtual llvm::StringRef name() const = 0;
  // None if this emitter does not take the kernel.
  virtual std::optional<KernelPlan> plan(KernelOp kernel, const CpuLevel &level, llvm::ArrayRef<SizeAttr> sizes) const = 0;
  // What a kernel of this plan makes of each of its reductions, contractions and windows where size i is sizes[i]: of each
  // element one, unless an emitter has it that its loops ask otherwise.
  virtual std::vector<OpWork> work(KernelOp kernel, const KernelPlan &plan, llvm::ArrayRef<int64_t> sizes) const;
  // `plan` is this emitter's, for the same kernel and level. Fills `function` (made by KernelFunction::create, builder in its
  // body) with arith, math, scf, memref, vector ops.
  // Fails only by a bug of ours, after emitting an error on the kernel.
  virtual mlir::LogicalResult emit(KernelOp kernel, const KernelPlan &plan, const CpuLevel &level, KernelFunction &function,
                                   mlir::OpBuilder &builder) const = 0;
};

std::unique_ptr<KernelEmitter> createContractionEmitter(); // packed register-blocked f32 matmul and convolution
std::unique_ptr<KernelEmitter> createSortEmitter();        // one op each, and what its operands are made of
std::unique_ptr<KernelEmitter> createTopKEmitter();
std::unique_ptr<KernelEmitter> createScanEmitter();
std::unique_ptr<KernelEmitter> createScatterEmitter();
std::unique_ptr<KernelEmitter> createCholeskyEmitter();
std::unique_ptr<KernelEmitter> createTriangularSolveEmitter();
std::unique_ptr<KernelEmitter> createLuEmitter();
std::unique_ptr<KernelEmitter> createHouseholderQrEmitter();
std::unique_ptr<KernelEmitter> createHouseholderProductEmitter();
std::unique_ptr<KernelEmitter> createTridiagonalSolveEmitter();
std::unique_ptr<KernelEmitter> createFftEmitter();
std::unique_ptr<KernelEmitter> createLoopEmitter(); // everything: vectorised loop nests

// Turns the emitter's function into an LLVM-dialect function `symbol` of the ABI (ingot_kernel_fn) in `module`, which holds
// nothing else: runs the math approximation, vector, scf, memref -> llvm conversions. After this the module translates to
// LLVM IR.
mlir::LogicalResult lowerKernelModule(mlir::ModuleOp module, llvm::StringRef symbol, const CpuLevel &level);

} // namespace ingot

#endif // INGOT_COMPILER_CODEGEN_KERNELEMITTER_H
