#include "ir/Types.h"
#include "ir/reference/Interpreter.h"
#include "mlir/IR/Matchers.h"
#include "passes/Programs.h"
#include "passes/simplify/Passes.h"

namespace ingot {

#define GEN_PASS_DEF_EVALUATEVECTORS
#include "passes/simplify/Passes.h.inc"

using namespace mlir;

namespace {

constexpr int64_t kMaxElements = 64 * 1024;

bool isVector(RankedTensorType type) {
  if (!type.hasStaticShape() || type.getNumElements() > kMaxElements)
    return false;
  return llvm::count_if(type.getShape(), [](int64_t dim) { return dim != 1; }) <= 1;
}

struct EvaluateVectors : impl::EvaluateVectorsBase<EvaluateVectors> {
  explicit EvaluateVectors(WeightStore &store) : store(&store) {}

  void runOnOperation() override {
    WeightEditor weights(getOperation(), *store);
    for (auto function : getOperation().getOps<func::FuncOp>())
      for (Block &block : function.getBody())
        sweep(block, weights);
  }

  // Operands come before their users, so one sweep evaluates whole trees.
  void sweep(Block &block, WeightEditor &weights) {
    for (Operation &op : llvm::make_early_inc_range(block)) {
      if (isControlFlow(&op))
        for (Region &region : op.getRegions())
          sweep(region.front(), weights);
      else
        evaluate(&op, weights);
    }
  }

  void evaluate(Operation *op, WeightEditor &weights) {
    if (op->getNumOperands() == 0 || op->getNumResults() != 1 || !(op->hasTrait<trait::Pointwise>() || isFreeMove(op)))
      return;
    auto type = cast<RankedTensorType>(op->getResult(0).getType());
    if (!isVector(type))
      return;
    SmallVector<reference::Tensor> operands;
    for (Value operand : op->getOperands()) {
      std::optional<reference::Tensor> known = valueOf(operand, weights);
      if (!known)
        return;
      operands.push_back(std::move(*known));
    }
    llvm::Expected<std::vector<reference::Tensor>> result = reference::evaluate(op, operands, {}, {});
    if (!result) {
      llvm::consumeError(result.takeError());
      return;
    }
    if (result->size() == 1)
      replace(op, type, std::move(result->front().bytes), weights);
  }

  std::optional<reference::Tensor> valueOf(Value value, WeightEditor &weights) {
    auto type = cast<RankedTensorType>(value.getType());
    if (!isVector(type))
      return std::nullopt;
    reference::Tensor tensor;
    tensor.elementType = type.getElementType();
    tensor.dims.assign(type.getShape().begin(), type.getShape().end());
    DenseElementsAttr constant;
    if (matchPattern(value, m_Constant(&constant))) {
      tensor.bytes = constantBytes(constant);
      return tensor;
    }
    auto get = value.getDefiningOp<GetWeightOp>();
    WeightOp weight = get ? weights.lookup(get) : nullptr;
    if (!weight || isPacked(type) || !weights.weightStore().find(weight.getSource().getKey()))
      return std::nullopt;
    llvm::Expected<std::vector<char>> bytes = evaluateWeight(weight, weights.weightStore());
    if (!bytes) { // the file has become unreadable: emit reports it
      llvm::consumeError(bytes.takeError());
      return std::nullopt;
    }
    tensor.bytes = std::move(*bytes);
    return tensor;
  }

  void replace(Operation *op, RankedTensorType type, std::vector<char> bytes, WeightEditor &weights) {
    OpBuilder builder(op);
    Value value;
    Type element = type.getElementType();
    bool isPlain = element.isIntOrFloat() && element.getIntOrFloatBitWidth() % 8 == 0;
    if (isPlain && int64_t(bytes.size()) <= ConstantOp::kMaxBytes) {
      auto constant = DenseElementsAttr::getFromRawBuffer(type, bytes);
      value = ConstantOp::create(builder, op->getLoc(), constant);
    } else {
      std::string hint = "folded";
      for (Value operand : op->getOperands())
        if (auto get = operand.getDefiningOp<GetWeightOp>())
          hint = (get.getWeight() + "_folded").str();
      if (StringRef(hint).ends_with("_folded_folded"))
        hint.resize(hint.size() - strlen("_folded"));
      WeightOp weight = weights.addOwned(hint, type, std::move(bytes), op->getLoc());
      value = weights.read(builder, op->getLoc(), weight);
    }
    op->replaceAllUsesWith(ValueRange(value));
    op->erase();
  }

  WeightStore *store;
};

} // namespace

std::unique_ptr<Pass> createEvaluateVectors(WeightStore &store) { return std::make_unique<EvaluateVectors>(store); }

} // namespace ingot
