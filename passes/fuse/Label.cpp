#include "passes/fuse/Label.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"

using namespace mlir;

namespace ingot {
namespace {

// The op that a single-op body applies, or null.
Operation *bodyOp(Region &body) {
  Block &block = body.front();
  if (!llvm::hasNItems(block.begin(), block.end(), 2))
    return nullptr;
  return &block.front();
}

bool isZero(Value value) {
  if (auto broadcast = value.getDefiningOp<BroadcastInDimOp>())
    value = broadcast.getOperand();
  DenseElementsAttr constant;
  if (!matchPattern(value, m_Constant(&constant)) || !constant.isSplat())
    return false;
  if (isa<FloatType>(constant.getElementType()))
    return constant.getSplatValue<APFloat>().isZero();
  return isa<IntegerType>(constant.getElementType()) && constant.getSplatValue<APInt>().isZero();
}

std::string partOf(Operation *op) {
  Making making = makingOf(op);
  if (making == Making::Reduction || making == Making::Window) {
    Operation *body = bodyOp(op->getRegion(0));
    bool isWindow = making == Making::Window;
    return isa_and_nonnull<AddOp>(body)       ? isWindow ? "sumpool" : "sum"
           : isa_and_nonnull<MaximumOp>(body) ? isWindow ? "maxpool" : "max"
           : isWindow                         ? "window"
                                              : "reduce";
  }
  if (isa<MaximumOp>(op) && (isZero(op->getOperand(0)) || isZero(op->getOperand(1))))
    return "relu";
  if (auto composite = dyn_cast<CompositeOp>(op))
    return composite.getName().str();
  StringRef name = op->getName().stripDialect();
  // Names that are too long for a label.
  return llvm::StringSwitch<StringRef>(name)
      .Case("convolution", "conv")
      .Case("dot_general", "dot")
      .Case("exponential", "exp")
      .Case("broadcast_in_dim", "broadcast")
      .Default(name)
      .str();
}

} // namespace

std::string fusionLabel(ArrayRef<Operation *> ops) {
  SmallVector<std::string> computing, moving;
  for (Operation *op : ops) {
    if (makingOf(op) == Making::Panels)
      continue;
    bool moves = op->hasTrait<trait::DataMovement>() || op->getNumOperands() == 0;
    (moves ? moving : computing).push_back(partOf(op));
  }
  SmallVector<std::string> parts = computing;
  if (parts.empty()) {
    // A constant among moved elements is a padding value or an operand of theirs.
    parts = moving;
    if (parts.size() > 1)
      llvm::erase(parts, "constant");
  }
  auto position = [&](StringRef part) { return llvm::find(parts, part) - parts.begin(); };
  if (parts.size() == 5 && position("max") == 0 && position("exp") == 2 && position("sum") == 3 && position("divide") == 4)
    return "softmax";
  // The contraction names the kernel; what comes before it is its prologue.
  auto main = llvm::find_if(parts, [](const std::string &part) { return part == "conv" || part == "dot"; });
  if (main != parts.end() && main != parts.begin())
    parts.erase(parts.begin(), main);
  if (parts.size() > 4)
    parts.resize(4);
  std::string label = llvm::join(parts, "_");
  for (char &c : label)
    c = llvm::isAlnum(c) ? c : '_';
  return label.empty() ? "fusion" : label;
}

} // namespace ingot
