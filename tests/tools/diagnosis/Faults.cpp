#include "tests/tools/diagnosis/Faults.h"

#include "ir/Locations.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinTypes.h"

namespace ingot::test {

using namespace mlir;

namespace {

std::string nodeOf(Location location) {
  llvm::SmallVector<std::string> nodes = nodeNames(location);
  return nodes.empty() ? "" : nodes.front();
}

// A float tensor whose last dim is static and longer than one.
bool hasTail(Value value) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  return type && type.hasStaticShape() && type.getRank() > 0 && type.getShape().back() > 1 &&
         isa<FloatType>(type.getElementType());
}

Value shifted(OpBuilder &builder, Location loc, Value x, int64_t low, int64_t high, RankedTensorType type) {
  Value zero = ConstantOp::create(builder, loc,
                                  DenseElementsAttr::get(RankedTensorType::get({}, type.getElementType()),
                                                         builder.getFloatAttr(type.getElementType(), 0.0).getValue()));
  SmallVector<int64_t> lows(type.getRank(), 0), highs(type.getRank(), 0), interior(type.getRank(), 0);
  lows.back() = low;
  highs.back() = high;
  return PadOp::create(builder, loc, type, x, zero, lows, highs, interior);
}

bool dependsOn(Value value, llvm::function_ref<bool(Operation *)> test) {
  Operation *op = value.getDefiningOp();
  return op && (test(op) || llvm::any_of(op->getOperands(), [&](Value operand) { return dependsOn(operand, test); }));
}

// The operand that carries a contraction or reduction of the kernel, of a pointwise op of two; null where there is none.
Value carrier(Operation *op) {
  if (!isa<AddOp, MultiplyOp, SubtractOp>(op))
    return {};
  auto isMain = [](Operation *inner) { return isa<DotGeneralOp, ConvolutionOp, ReduceOp, ReduceWindowOp>(inner); };
  for (Value operand : op->getOperands())
    if (operand.getType() == op->getResult(0).getType() && dependsOn(operand, isMain))
      return operand;
  return {};
}

bool hasRoom(Operation *op, FaultKind kind) {
  if (op->getNumResults() != 1 || nodeOf(op->getLoc()).empty())
    return false;
  switch (kind) {
  case FaultKind::OperandsSwapped:
    return isa<SubtractOp, DivideOp, PowerOp>(op) || isa<SelectOp>(op);
  case FaultKind::TailLost:
    return !isa<ConstantOp, UnpackOp>(op) && hasTail(op->getResult(0));
  case FaultKind::IndexOffByOne:
    return op->getNumOperands() > 0 && !isa<UnpackOp>(op) && hasTail(op->getOperand(0));
  case FaultKind::TermDropped:
    return carrier(op) != nullptr;
  case FaultKind::ConstantOff: {
    auto constant = dyn_cast<ConstantOp>(op);
    auto value = constant ? dyn_cast<DenseFPElementsAttr>(constant.getValue()) : DenseFPElementsAttr();
    return value && value.isSplat() && value.getSplatValue<APFloat>().isFiniteNonZero();
  }
  }
  return false;
}

void plant(Operation *op, FaultKind kind) {
  OpBuilder builder(op);
  Location loc = op->getLoc();
  switch (kind) {
  case FaultKind::OperandsSwapped: {
    unsigned first = isa<SelectOp>(op) ? 1 : 0;
    Value lhs = op->getOperand(first), rhs = op->getOperand(first + 1);
    op->setOperand(first, rhs);
    op->setOperand(first + 1, lhs);
    return;
  }
  case FaultKind::TailLost: {
    auto type = cast<RankedTensorType>(op->getResult(0).getType());
    int64_t dim = type.getShape().back(), lost = std::max<int64_t>(1, dim % 8 == dim ? 1 : dim % 8);
    SmallVector<int64_t> shape(type.getShape());
    shape.back() -= lost;
    builder.setInsertionPointAfter(op);
    Value cut = shifted(builder, loc, op->getResult(0), 0, -lost, RankedTensorType::get(shape, type.getElementType()));
    Value filled = shifted(builder, loc, cut, 0, lost, type);
    op->getResult(0).replaceAllUsesExcept(filled, cut.getDefiningOp());
    return;
  }
  case FaultKind::IndexOffByOne:
    op->setOperand(0, shifted(builder, loc, op->getOperand(0), -1, 1, cast<RankedTensorType>(op->getOperand(0).getType())));
    return;
  case FaultKind::TermDropped:
    op->getResult(0).replaceAllUsesWith(carrier(op));
    op->erase();
    return;
  case FaultKind::ConstantOff: {
    auto constant = cast<ConstantOp>(op);
    auto value = cast<DenseFPElementsAttr>(constant.getValue());
    APFloat off = value.getSplatValue<APFloat>();
    off.add(APFloat::getOne(off.getSemantics()), APFloat::rmNearestTiesToEven);
    op->getResult(0).replaceAllUsesWith(ConstantOp::create(builder, loc, DenseElementsAttr::get(value.getType(), off)));
    op->erase();
    return;
  }
  }
}

constexpr FaultKind kKinds[] = {FaultKind::OperandsSwapped, FaultKind::TailLost, FaultKind::IndexOffByOne,
                                FaultKind::TermDropped, FaultKind::ConstantOff};

} // namespace

std::vector<Fault> possibleFaults(ModuleOp module) {
  std::vector<Fault> faults;
  for (auto kernel : module.getOps<KernelOp>())
    for (Operation &op : kernel.getBlock())
      for (FaultKind kind : kKinds)
        if (hasRoom(&op, kind))
          faults.push_back({kind, nodeOf(op.getLoc()), op.getName().getStringRef().str()});
  return faults;
}

std::vector<std::string> plantFault(ModuleOp module, const Fault &fault) {
  std::vector<std::string> planted;
  for (auto kernel : module.getOps<KernelOp>())
    for (Operation &op : llvm::make_early_inc_range(kernel.getBlock()))
      if (op.getName().getStringRef() == fault.op && nodeOf(op.getLoc()) == fault.node && hasRoom(&op, fault.kind)) {
        plant(&op, fault.kind);
        planted.push_back(kernel.getSymName().str());
        break;
      }
  return planted;
}

} // namespace ingot::test
