// Normalisations as composites. Operands lie in the order that each function names; results have operand 0's element type
// unless something else is said. `epsilon` is added to variances.
#ifndef INGOT_FRONTENDS_COMMON_NORMALIZATION_H
#define INGOT_FRONTENDS_COMMON_NORMALIZATION_H

#include "frontends/common/ProgramBuilder.h"

namespace ingot::frontend {

// x, scale, bias, mean, variance: scale * (x - mean) / sqrt(variance + epsilon) + bias, where all but x are vectors along dim 1.
mlir::Value batchNorm(ProgramBuilder &p, llvm::ArrayRef<mlir::Value> operands, double epsilon);
// The same where one factor and one summand a channel say it all.
mlir::Value scaleChannels(ProgramBuilder &p, mlir::Value x, mlir::Value scale, mlir::Value shift, double epsilon);
// As batchNorm with the mean and the variance of x over `axes`; results 1 and 2, where wanted, are the running ones of before
// (operands 3 and 4) times momentum plus the current ones times 1 - momentum. Null where not wanted.
llvm::SmallVector<mlir::Value> batchNormTraining(ProgramBuilder &p, llvm::ArrayRef<mlir::Value> operands,
                                                 llvm::ArrayRef<int64_t> axes, double epsilon, double momentum,
                                                 llvm::ArrayRef<bool> wanted);
// x, scale, bias: over the dims from 2 on.
mlir::Value instanceNorm(ProgramBuilder &p, llvm::ArrayRef<mlir::Value> operands, double epsilon);
// x, scale, bias: as many groups of channels, each as a whole; scale and bias have an element a channel, or a group.
mlir::Value groupNorm(ProgramBuilder &p, llvm::ArrayRef<mlir::Value> operands, int64_t groups, bool perChannel,
                      double epsilon);
// x, scale, bias (may be null), which broadcast to x: over `axes`, in the steps of `stash`; results 1 and 2, where wanted, are the
// mean and the inverse deviation, of the type `stash`. Null where not wanted.
llvm::SmallVector<mlir::Value> layerNorm(ProgramBuilder &p, llvm::ArrayRef<mlir::Value> operands,
                                         llvm::ArrayRef<int64_t> axes, double epsilon, mlir::Type stash,
                                         llvm::ArrayRef<bool> wanted);
// x, scale: x / sqrt(mean of squares + epsilon) over `axes`; the scale's type is the result's.
mlir::Value rmsNorm(ProgramBuilder &p, llvm::ArrayRef<mlir::Value> operands, llvm::ArrayRef<int64_t> axes, double epsilon,
                    mlir::Type stash);

} // namespace ingot::frontend

#endif // INGOT_FRONTENDS_COMMON_NORMALIZATION_H
