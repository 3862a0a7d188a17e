#include "ir/Composites.h"
#include "ir/CustomCalls.h"
#include "ir/Dialect.h"
#include "ir/Types.h"
#include "ir/WeightStore.h"
#include "mlir/IR/PatternMatch.h"

using namespace mlir;

namespace ingot {

//--- weight, get_weight

LogicalResult WeightOp::verify() {
  if (!getTensorType().hasStaticShape())
    return emitOpError() << "(C2) type " << describeType(getTensorType(), moduleSizes(*this)) << " is not static";
  std::string why;
  RankedTensorType inferred = inferWeightType(getSource(), getSteps(), &why);
  if (!inferred)
    return emitOpError() << "(C1) " << why;
  if (inferred != getTensorType())
    return emitOpError() << "(C1) the steps lead to " << describeType(inferred, {}) << ", but the type is "
                         << describeType(getTensorType(), {});
  return success();
}

LogicalResult GetWeightOp::verifySymbolUses(SymbolTableCollection &symbols) {
  auto weight = symbols.lookupNearestSymbolFrom<WeightOp>(*this, getWeightAttr());
  if (!weight)
    return emitOpError() << "(C1) " << getWeightAttr() << " names no ingot.weight";
  if (weight.getTensorType() != getType())
    return emitOpError() << "(C2) the result is " << describeType(getType(), moduleSizes(*this)) << ", but "
                         << getWeightAttr() << " is " << describeType(weight.getTensorType(), {});
  return success();
}

//--- fusion, kernel, dispatch, composite

static LogicalResult verifyTypes(Operation *op, StringRef label, StringRef what, TypeRange actual, TypeRange expected) {
  if (actual == expected)
    return success();
  return op->emitOpError() << "(" << label << ") " << what << " (" << actual << "), but (" << expected << ") are needed";
}

LogicalResult FusionOp::verify() {
  Block &block = getBody().front();
  if (failed(verifyTypes(*this, "C1", "block arguments are", block.getArgumentTypes(), getInputs().getTypes())))
    return failure();
  return verifyTypes(*this, "C2", "returned values are", block.getTerminator()->getOperandTypes(), getResultTypes());
}

SmallVector<RankedTensorType> KernelOp::getInputTypes() {
  return llvm::map_to_vector(getBlock().getArgumentTypes(), [](Type type) { return cast<RankedTensorType>(type); });
}

SmallVector<RankedTensorType> KernelOp::getResultTypes() {
  return llvm::map_to_vector(getBlock().getTerminator()->getOperandTypes(),
                             [](Type type) { return cast<RankedTensorType>(type); });
}

LogicalResult KernelOp::verify() {
  for (Type type : getBlock().getArgumentTypes())
    if (!isa<RankedTensorType>(type))
      return emitOpError() << "(C1) block argument type " << type << " is no ranked tensor";
  if (!isa<ReturnOp>(getBlock().getTerminator()))
    return emitOpError() << "(C2) the body ends in " << getBlock().getTerminator()->getName() << ", not in ingot.return";
  return success();
}

LogicalResult DispatchOp::verifySymbolUses(SymbolTableCollection &symbols) {
  Operation *symbol = symbols.lookupNearestSymbolFrom(*this, getKernelAttr());
  if (auto inplace = getInplace()) {
    if (inplace->size() != getNumResults())
      return emitOpError() << "(C3) inplace has " << inplace->size() << " entries for " << getNumResults() << " results";
    for (int64_t operand : *inplace)
      if (operand < -1 || operand >= int64_t(getInputs().size()))
        return emitOpError() << "(C3) inplace names operand " << operand << " of " << getInputs().size();
  }
  // After bufferize a func.func of the same name stands in for the kernel; its types are memrefs.
  if (isa_and_nonnull<func::FuncOp>(symbol))
    return success();
  auto kernel = dyn_cast_or_null<KernelOp>(symbol);
  if (!kernel)
    return emitOpError() << "(C1) " << getKernelAttr() << " names no ingot.kernel";
  SmallVector<Type> inputs(kernel.getBlock().getArgumentTypes());
  if (failed(verifyTypes(*this, "C2", "operands are", getInputs().getTypes(), inputs)))
    return failure();
  return verifyTypes(*this, "C2", "results are", getResultTypes(), kernel.getBlock().getTerminator()->getOperandTypes());
}

LogicalResult CompositeOp::verifySymbolUses(SymbolTableCollection &symbols) {
  auto function = symbols.lookupNearestSymbolFrom<func::FuncOp>(*this, getDecompositionAttr());
  if (!function)
    return emitOpError() << "(C1) " << getDecompositionAttr() << " names no function";
  if (failed(verifyTypes(*this, "C2", "operands are", getInputs().getTypes(), function.getArgumentTypes())))
    return failure();
  if (failed(verifyTypes(*this, "C2", "results are", getResultTypes(), function.getResultTypes())))
    return failure();
  return verifyComposite(*this);
}

//--- optimization_barrier, custom_call

LogicalResult OptimizationBarrierOp::verify() {
  return verifyTypes(*this, "C1", "results are", getResultTypes(), getInputs().getTypes());
}

LogicalResult CustomCallOp::verify() {
  if (getCallTargetName().empty())
    return emitOpError() << "(C1) the name is empty";
  const CustomCallRow *row = isBoundCall(*this) ? nullptr : findCustomCall(getCallTargetName());
  if (std::string problem = row && row->problem ? row->problem(*this) : std::string(); !problem.empty())
    return emitOpError() << "(C2) '" << getCallTargetName() << "': " << problem;
  return success();
}

void CustomCallOp::getEffects(SmallVectorImpl<SideEffects::EffectInstance<MemoryEffects::Effect>> &effects) {
  if (getHasSideEffect()) {
    effects.emplace_back(MemoryEffects::Read::get());
    effects.emplace_back(MemoryEffects::Write::get());
  }
}

namespace {
struct DropBarrier : OpRewritePattern<OptimizationBarrierOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(OptimizationBarrierOp op, PatternRewriter &rewriter) const override {
    rewriter.replaceOp(op, op.getInputs());
    return success();
  }
};

struct ExpandKnownCall : OpRewritePattern<CustomCallOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(CustomCallOp op, PatternRewriter &rewriter) const override {
    const CustomCallRow *row = findCustomCall(op.getCallTargetName());
    if (!row || isBoundCall(op))
      return failure();
    rewriter.replaceOp(op, row->expand(op, rewriter));
    return success();
  }
};
} // namespace

void OptimizationBarrierOp::getCanonicalizationPatterns(RewritePatternSet &patterns, MLIRContext *context) {
  patterns.add<DropBarrier>(context);
}
void CustomCallOp::getCanonicalizationPatterns(RewritePatternSet &patterns, MLIRContext *context) {
  patterns.add<ExpandKnownCall>(context);
}

IndexRelation CopyOp::getIndexRelation(unsigned) {
  IndexRelation relation = relationOf(getResult());
  relation.keepsOrder = true;
  relation.read(0, relation.identity());
  return relation;
}

} // namespace ingot
