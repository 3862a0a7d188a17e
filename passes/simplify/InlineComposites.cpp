#include "mlir/IR/IRMapping.h"
#include "passes/simplify/Passes.h"
#include "llvm/ADT/DenseSet.h"

namespace ingot {

#define GEN_PASS_DEF_INLINECOMPOSITES
#include "passes/simplify/Passes.h.inc"

using namespace mlir;

namespace {

struct InlineComposites : impl::InlineCompositesBase<InlineComposites> {
  void runOnOperation() override {
    SymbolTable symbols(getOperation());
    for (auto function : getOperation().getOps<func::FuncOp>())
      if (!function.isExternal() && failed(expand(function, symbols)))
        return signalPassFailure();
  }

  // Depth first, so that what is copied holds no composite itself.
  LogicalResult expand(func::FuncOp function, SymbolTable &symbols) {
    if (done.contains(function))
      return success();
    if (!open.insert(function).second)
      return function.emitError("the decomposition '") << function.getSymName() << "' holds itself";
    SmallVector<CompositeOp> composites;
    function.walk([&](CompositeOp op) { composites.push_back(op); });
    for (CompositeOp composite : composites) {
      auto body = symbols.lookup<func::FuncOp>(composite.getDecomposition());
      if (!body || !body.getBody().hasOneBlock())
        return composite.emitError("the decomposition '") << composite.getDecomposition() << "' has no body of one block";
      if (failed(expand(body, symbols)))
        return failure();
      OpBuilder builder(composite);
      IRMapping mapping;
      mapping.map(body.getArguments(), composite.getInputs());
      for (Operation &op : body.getBody().front().without_terminator())
        builder.clone(op, mapping);
      SmallVector<Value> results;
      for (Value returned : body.getBody().front().getTerminator()->getOperands())
        results.push_back(mapping.lookupOrDefault(returned));
      composite.replaceAllUsesWith(results);
      composite.erase();
    }
    open.erase(function);
    done.insert(function);
    return success();
  }

  InlineComposites() = default;
  InlineComposites(const InlineComposites &other) : InlineCompositesBase(other) {}

private:
  llvm::DenseSet<Operation *> open, done;
};

} // namespace

std::unique_ptr<Pass> createInlineComposites() { return std::make_unique<InlineComposites>(); }

} // namespace ingot
