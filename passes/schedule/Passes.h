#ifndef INGOT_PASSES_SCHEDULE_PASSES_H
#define INGOT_PASSES_SCHEDULE_PASSES_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

#include <memory>

namespace ingot {

std::unique_ptr<mlir::Pass> createSeparateResults();
std::unique_ptr<mlir::Pass> createOrderCommands();
std::unique_ptr<mlir::Pass> createPlaceUpdates();
std::unique_ptr<mlir::Pass> createMarkInplace();
std::unique_ptr<mlir::Pass> createPlaceValues();
std::unique_ptr<mlir::Pass> createVerifyAfterSchedule();

} // namespace ingot

#endif // INGOT_PASSES_SCHEDULE_PASSES_H
