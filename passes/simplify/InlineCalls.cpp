#include "mlir/IR/IRMapping.h"
#include "passes/simplify/Passes.h"
#include "llvm/ADT/DenseSet.h"

namespace ingot {

#define GEN_PASS_DEF_INLINECALLS
#include "passes/simplify/Passes.h.inc"

using namespace mlir;

namespace {

// What a module's functions may come to, each counted as often as it is called.
constexpr int64_t kMaxOps = 1 << 20;

struct InlineCalls : impl::InlineCallsBase<InlineCalls> {
  void runOnOperation() override {
    count = 0;
    SymbolTable symbols(getOperation());
    llvm::DenseSet<Operation *> open, done;
    for (auto function : getOperation().getOps<func::FuncOp>())
      if (failed(inlineInto(function, symbols, open, done)))
        return signalPassFailure();
  }

private:
  // Callees first, so that each body is copied without calls in it.
  LogicalResult inlineInto(func::FuncOp function, SymbolTable &symbols, llvm::DenseSet<Operation *> &open,
                           llvm::DenseSet<Operation *> &done) {
    if (done.contains(function))
      return success();
    open.insert(function);
    SmallVector<func::CallOp> calls;
    function.walk([&](func::CallOp call) { calls.push_back(call); });
    for (func::CallOp call : calls) {
      auto callee = symbols.lookup<func::FuncOp>(call.getCallee());
      if (!callee || !callee.getBody().hasOneBlock())
        return call.emitError("'") << call.getCallee() << "' is no function with a body of one block";
      if (open.contains(callee))
        return call.emitError("the function '") << call.getCallee() << "' calls itself";
      if (failed(inlineInto(callee, symbols, open, done)))
        return failure();
      callee.walk([&](Operation *) { ++count; });
      if (count > kMaxOps)
        return call.emitError("the functions called come to more than ") << kMaxOps << " ops";
      inlineBody(call, callee.getBody().front());
    }
    open.erase(function);
    done.insert(function);
    return success();
  }

  static void inlineBody(func::CallOp call, Block &body) {
    OpBuilder builder(call);
    IRMapping mapping;
    mapping.map(body.getArguments(), call.getOperands());
    for (Operation &op : body.without_terminator())
      builder.clone(op, mapping);
    SmallVector<Value> results;
    for (Value returned : body.getTerminator()->getOperands())
      results.push_back(mapping.lookupOrDefault(returned));
    call.replaceAllUsesWith(results);
    call.erase();
  }

  int64_t count = 0;
};

} // namespace

std::unique_ptr<Pass> createInlineCalls() { return std::make_unique<InlineCalls>(); }

} // namespace ingot
