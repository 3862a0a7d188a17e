#ifndef INGOT_PASSES_TRANSFORM_PASSES_H
#define INGOT_PASSES_TRANSFORM_PASSES_H

#include "mlir/Pass/Pass.h"
#include "passes/Pipeline.h"

#include <memory>

namespace ingot {

std::unique_ptr<mlir::Pass> createSpecialiseSizes(llvm::ArrayRef<SizeList> lists);

} // namespace ingot

#endif // INGOT_PASSES_TRANSFORM_PASSES_H
