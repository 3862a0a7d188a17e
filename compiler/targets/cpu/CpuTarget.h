// The CPU target: instruction-set levels, the emitters that make kernels for them, and what passes may assume about both.
#ifndef INGOT_COMPILER_TARGETS_CPU_CPUTARGET_H
#define INGOT_COMPILER_TARGETS_CPU_CPUTARGET_H

#include "compiler/codegen/KernelEmitter.h"
#include "compiler/targets/cpu/CpuLevels.h"
#include "passes/TargetModel.h"

#include <memory>
#include <string>
#include <vector>

namespace ingot {

class CpuTarget : public TargetModel {
public:
  // Fails where makeCpuLevels does.
  static llvm::Expected<std::unique_ptr<CpuTarget>> create(const CpuTargetOptions &options);

  const std::string &triple() const { return targetTriple; }
  // Best first; every kernel gets a variant for each.
  llvm::ArrayRef<CpuLevel> levels() const { return cpuLevels; }
  // In the order they are asked; the last takes every kernel.
  llvm::ArrayRef<std::unique_ptr<KernelEmitter>> emitters() const { return kernelEmitters; }

  std::optional<ContractionLayout> dotLayout(DotGeneralOp op) const override;
  std::optional<ContractionLayout> convolutionLayout(ConvolutionOp op) const override;
  bool prefersChannelsLast(mlir::Type elementType) const override;
  bool canFuse(llvm::ArrayRef<mlir::Operation *> ops, llvm::ArrayRef<mlir::Value> results) const override;
  double estimate(const KernelSummary &summary) const override;

private:
  CpuTarget(std::string triple, llvm::SmallVector<CpuLevel> levels);

  std::string targetTriple;
  llvm::SmallVector<CpuLevel> cpuLevels;
  std::vector<std::unique_ptr<KernelEmitter>> kernelEmitters;
};

} // namespace ingot

#endif // INGOT_COMPILER_TARGETS_CPU_CPUTARGET_H
