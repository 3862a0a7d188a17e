#include "passes/Pipeline.h"
#include "passes/schedule/Passes.h"

namespace ingot {

void addSchedulePasses(mlir::OpPassManager &pm, const ScheduleOptions &options) {
  pm.addPass(createSeparateResults());
  pm.addPass(createOrderCommands());
  pm.addPass(createPlaceUpdates());
  if (options.inplace)
    pm.addPass(createMarkInplace());
  pm.addPass(createPlaceValues());
  pm.addPass(createVerifyAfterSchedule());
}

} // namespace ingot
