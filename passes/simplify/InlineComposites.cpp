#include "ir/Locations.h"
#include "mlir/IR/IRMapping.h"
#include "passes/Programs.h"
#include "passes/simplify/Passes.h"
#include "llvm/ADT/DenseSet.h"

namespace ingot {

#define GEN_PASS_DEF_INLINECOMPOSITES
#include "passes/simplify/Passes.h.inc"

using namespace mlir;

namespace {

struct InlineComposites : impl::InlineCompositesBase<InlineComposites> {
  explicit InlineComposites(const TargetModel &target) : target(&target) {}
  InlineComposites(const InlineComposites &other) : InlineCompositesBase(other), target(other.target) {}

  void runOnOperation() override {
    SymbolTable symbols(getOperation());
    llvm::DenseSet<Operation *> open, done;
    for (auto function : getOperation().getOps<func::FuncOp>())
      if (!function.isExternal() && failed(checkDecompositions(function, symbols, open, done)))
        return signalPassFailure();
    for (func::FuncOp function : programFunctions(getOperation())) {
      SmallVector<CompositeOp> composites;
      function.walk([&](CompositeOp op) { composites.push_back(op); });
      // Outer ones first: what they hold goes on the list.
      for (size_t i = 0; i < composites.size(); ++i)
        if (!target->takesComposite(composites[i]))
          inlineBody(composites[i], symbols.lookup<func::FuncOp>(composites[i].getDecomposition()), composites);
    }
  }

private:
  // Every composite has a body of one block that does not hold it again.
  static LogicalResult checkDecompositions(func::FuncOp function, SymbolTable &symbols, llvm::DenseSet<Operation *> &open,
                                           llvm::DenseSet<Operation *> &done) {
    if (done.contains(function))
      return success();
    if (!open.insert(function).second)
      return function.emitError("the decomposition '") << function.getSymName() << "' holds itself";
    WalkResult result = function.walk([&](CompositeOp composite) -> WalkResult {
      auto body = symbols.lookup<func::FuncOp>(composite.getDecomposition());
      if (body && body.getBody().hasOneBlock())
        return WalkResult(checkDecompositions(body, symbols, open, done));
      return composite.emitError("the decomposition '") << composite.getDecomposition() << "' has no body of one block";
    });
    open.erase(function);
    done.insert(function);
    return failure(result.wasInterrupted());
  }

  // Each op keeps the names of the nodes it came from where the composite has them apart, and gets the composite's name.
  static void inlineBody(CompositeOp composite, func::FuncOp function, SmallVectorImpl<CompositeOp> &composites) {
    Block &body = function.getBody().front();
    SmallVector<Location> parts = partsOf(composite.getLoc());
    const bool areApart = parts.size() + 1 == body.getOperations().size();
    OpBuilder builder(composite);
    IRMapping mapping;
    mapping.map(body.getArguments(), composite.getInputs());
    for (auto [index, op] : llvm::enumerate(body.without_terminator())) {
      Operation *copy = builder.clone(op, mapping);
      Location location = inComposite(areApart ? parts[index] : composite.getLoc(), composite.getName());
      copy->walk([&](Operation *inner) {
        inner->setLoc(location);
        if (auto held = dyn_cast<CompositeOp>(inner))
          composites.push_back(held);
      });
    }
    SmallVector<Value> results;
    for (Value returned : body.getTerminator()->getOperands())
      results.push_back(mapping.lookupOrDefault(returned));
    composite.replaceAllUsesWith(results);
    composite.erase();
  }

  const TargetModel *target;
};

} // namespace

std::unique_ptr<Pass> createInlineComposites(const TargetModel &target) {
  return std::make_unique<InlineComposites>(target);
}

} // namespace ingot
