#include "ir/Dialect.h"
#include "ir/Types.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

#include "ir/Dialect.cpp.inc"
#include "ir/Enums.cpp.inc"
#define GET_OP_CLASSES
#include "ir/Ops.cpp.inc"

namespace ingot {

void IngotDialect::initialize() {
  registerAttributes();
  addOperations<
#define GET_OP_LIST
#include "ir/Ops.cpp.inc"
      >();
}

Operation *IngotDialect::materializeConstant(OpBuilder &builder, Attribute value, Type type, Location loc) {
  auto elements = dyn_cast<ElementsAttr>(value);
  if (!elements || elements.getType() != type)
    return nullptr;
  return ConstantOp::create(builder, loc, elements);
}

} // namespace ingot
