#ifndef INGOT_PASSES_SIMPLIFY_PASSES_H
#define INGOT_PASSES_SIMPLIFY_PASSES_H

#include "passes/Weights.h"
#include "mlir/Pass/Pass.h"

#include <memory>

namespace ingot {

std::unique_ptr<mlir::Pass> createDropDeadSymbols();
std::unique_ptr<mlir::Pass> createVerifyAfterSimplify();

#define GEN_PASS_REGISTRATION
#include "passes/simplify/Passes.h.inc"

} // namespace ingot

#endif // INGOT_PASSES_SIMPLIFY_PASSES_H
