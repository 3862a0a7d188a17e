#include "ir/reference/Folding.h"
#include "ir/Types.h"
#include "ir/reference/Interpreter.h"
#include "mlir/Interfaces/FoldInterfaces.h"

using namespace mlir;

namespace ingot::reference {
namespace {

// Operands of an op to fold take no more; a reduction of a large splat is left to run time.
constexpr int64_t kMaxOperandBytes = 64 * 1024;
// Steps of the interpreter, each up to a microsecond, that folding an op may take.
constexpr double kMaxSteps = 1 << 22;

int64_t bytesOf(RankedTensorType type) {
  int64_t bytes = elementBytes(type.getElementType());
  for (int64_t dim : type.getShape())
    if (llvm::MulOverflow(bytes, dim, bytes))
      return INT64_MAX;
  return bytes;
}

struct ConstantFolding : DialectFoldInterface {
  using DialectFoldInterface::DialectFoldInterface;

  LogicalResult fold(Operation *op, ArrayRef<Attribute> operands, SmallVectorImpl<OpFoldResult> &results) const final {
    if (!isFoldable(op))
      return failure();
    for (Type type : op->getResultTypes())
      if (!isa<RankedTensorType>(type) || !cast<RankedTensorType>(type).hasStaticShape())
        return failure();
    SmallVector<DenseElementsAttr> constants;
    int64_t operandBytes = 0;
    bool areSplats = op->hasTrait<trait::Pointwise>();
    for (Attribute operand : operands) {
      auto constant = dyn_cast_or_null<DenseElementsAttr>(operand);
      if (!constant)
        return failure();
      operandBytes += std::min(bytesOf(cast<RankedTensorType>(constant.getType())), kMaxOperandBytes + 1);
      areSplats &= constant.isSplat();
      constants.push_back(constant);
    }
    auto resultType = cast<RankedTensorType>(op->getResult(0).getType());
    if (areSplats && resultType.getNumElements() > 0) {
      for (DenseElementsAttr &constant : constants)
        constant = constant.resizeSplat(RankedTensorType::get({}, constant.getElementType()));
    } else {
      areSplats = false;
      int64_t resultBytes = 0;
      for (Type type : op->getResultTypes())
        resultBytes += std::min(bytesOf(cast<RankedTensorType>(type)), ConstantOp::kMaxBytes + 1);
      if (resultBytes > ConstantOp::kMaxBytes || operandBytes > kMaxOperandBytes)
        return failure();
    }
    SmallVector<Tensor> tensors = llvm::map_to_vector(constants, fromAttribute);
    auto values = evaluate(op, tensors, {}, {});
    if (!values) {
      llvm::consumeError(values.takeError()); // the op stays; whoever runs it reports it
      return failure();
    }
    for (const Tensor &value : *values) {
      DenseElementsAttr attribute = toAttribute(value);
      results.push_back(areSplats ? attribute.resizeSplat(resultType) : attribute);
    }
    return success();
  }
};

} // namespace

// A loop may not end, branches use values from outside, and which process runs is not known.
bool isFoldable(Operation *op) {
  return op->getNumResults() != 0 &&
         !isa<ConstantOp, GetWeightOp, FusionOp, CompositeOp, DispatchOp, CopyOp, SizeOfOp>(op) &&
         !isa<IfOp, CaseOp, WhileOp, ReplicaIdOp, PartitionIdOp>(op) && isMemoryEffectFree(op) &&
         (op->hasTrait<trait::Pointwise>() || stepsOf(op, {}) <= kMaxSteps);
}

void addConstantFolding(IngotDialect &dialect) { dialect.addInterfaces<ConstantFolding>(); }

} // namespace ingot::reference
