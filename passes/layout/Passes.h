#ifndef INGOT_PASSES_LAYOUT_PASSES_H
#define INGOT_PASSES_LAYOUT_PASSES_H

#include "passes/GenericTarget.h"
#include "passes/Weights.h"
#include "mlir/Pass/Pass.h"

#include <memory>

namespace ingot {

std::unique_ptr<mlir::Pass> createVerifyAfterLayout();

#define GEN_PASS_REGISTRATION
#include "passes/layout/Passes.h.inc"

} // namespace ingot

#endif // INGOT_PASSES_LAYOUT_PASSES_H
