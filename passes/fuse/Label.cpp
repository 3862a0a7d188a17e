#include "passes/fuse/Label.h"

#include "ir/Locations.h"
#include "mlir/IR/Matchers.h"
#include "passes/Programs.h"
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
  if (Operation *op = value.getDefiningOp(); isFreeMove(op))
    value = op->getOperand(0);
  DenseElementsAttr constant;
  if (!matchPattern(value, m_Constant(&constant)) || !constant.isSplat())
    return false;
  if (isa<FloatType>(constant.getElementType()))
    return constant.getSplatValue<APFloat>().isZero();
  return isa<IntegerType>(constant.getElementType()) && constant.getSplatValue<APInt>().isZero();
}

// The op's name; of those that are too long for a label, a short one.
StringRef shortName(Operation *op) {
  StringRef name = op->getName().stripDialect();
  return llvm::StringSwitch<StringRef>(name)
      .Case("convolution", "conv")
      .Case("dot_general", "dot")
      .Case("exponential", "exp")
      .Case("broadcast_in_dim", "broadcast")
      .Default(name);
}

// What came from a composite bears its name, an inner one's behind it; contractions in it are told apart.
std::string partOf(Operation *op) {
  Making making = makingOf(op);
  if (SmallVector<StringRef> composites = compositeNames(op->getLoc()); !composites.empty())
    return llvm::join(composites, "_") + (making == Making::Contraction ? "_" + shortName(op).str() : "");
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
  return shortName(op).str();
}

} // namespace

std::string fusionLabel(ArrayRef<Operation *> ops) {
  SmallVector<std::string> computing, moving;
  for (Operation *op : ops) {
    if (makingOf(op) == Making::Panels)
      continue;
    bool moves = op->hasTrait<trait::DataMovement>() || op->getNumOperands() == 0;
    SmallVector<std::string> &list = moves ? moving : computing;
    std::string part = partOf(op);
    const bool isOfComposite = !outermostComposite(op->getLoc()).empty();
    if (isOfComposite && !list.empty() && StringRef(list.back()).starts_with(part))
      continue;
    if (isOfComposite && !list.empty() && StringRef(part).starts_with(list.back()))
      list.pop_back();
    list.push_back(part);
  }
  SmallVector<std::string> parts = computing;
  if (parts.empty()) {
    // A constant among moved elements is a padding value or an operand of theirs.
    parts = moving;
    if (parts.size() > 1)
      llvm::erase(parts, "constant");
  }
  // The contraction names the kernel; what comes before it is its prologue.
  auto main = llvm::find_if(parts, [](StringRef part) {
    return part == "conv" || part == "dot" || part.ends_with("_conv") || part.ends_with("_dot");
  });
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
