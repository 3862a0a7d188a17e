#include "mlir/IR/AttrTypeSubElements.h"
#include "passes/Programs.h"
#include "passes/outline/Passes.h"

namespace ingot {

#define GEN_PASS_DEF_OUTLINEKERNELS
#include "passes/outline/Passes.h.inc"

using namespace mlir;

namespace {

// The sizes of a specialisation around an op; null where those are the module's.
Attribute narrowedSizes(Operation *op) { return op->getParentOfType<func::FuncOp>()->getAttr(kSizesAttr); }

// Whether a kernel's code depends on what values the sizes may have.
bool mentionsSizes(KernelOp kernel) {
  AttrTypeWalker walker;
  walker.addWalk([](AffineMapAttr map) {
    return map.getValue().getNumSymbols() != 0 ? WalkResult::interrupt() : WalkResult::advance();
  });
  walker.addWalk(
      [](RankedTensorType type) { return type.hasStaticShape() ? WalkResult::advance() : WalkResult::interrupt(); });
  return kernel
      .walk([&](Operation *op) {
        bool mentions = walker.walk(op->getAttrDictionary()).wasInterrupted();
        for (Type type : op->getResultTypes())
          mentions |= walker.walk(type).wasInterrupted();
        for (Region &region : op->getRegions())
          for (Block &block : region)
            for (Type type : block.getArgumentTypes())
              mentions |= walker.walk(type).wasInterrupted();
        return mentions ? WalkResult::interrupt() : WalkResult::advance();
      })
      .wasInterrupted();
}

struct OutlineKernels : impl::OutlineKernelsBase<OutlineKernels> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    SymbolTable table(module);
    llvm::StringMap<KernelOp> byText;
    llvm::StringMap<unsigned> counts;
    for (func::FuncOp function : programFunctions(module)) {
      SmallVector<FusionOp> fusions;
      function.walk<WalkOrder::PreOrder>([&](FusionOp fusion) { fusions.push_back(fusion); });
      for (FusionOp fusion : fusions) {
        KernelOp kernel = kernelFor(fusion, table, byText, counts);
        OpBuilder builder(fusion);
        auto dispatch = DispatchOp::create(builder, fusion.getLoc(), fusion.getResultTypes(),
                                           FlatSymbolRefAttr::get(kernel.getSymNameAttr()), fusion.getInputs(),
                                           /*inplace=*/nullptr);
        fusion.replaceAllUsesWith(dispatch.getResults());
        fusion.erase();
      }
    }
  }

  // The kernel with the fusion's body, moved out of it or, if an equal one exists, that.
  KernelOp kernelFor(FusionOp fusion, SymbolTable &table, llvm::StringMap<KernelOp> &byText,
                     llvm::StringMap<unsigned> &counts) {
    OpBuilder builder(fusion.getContext());
    auto kernel = KernelOp::create(builder, fusion.getLoc(), "kernel", builder.getStringAttr("private"), StringAttr(),
                                   DictionaryAttr());
    kernel.getBody().takeBody(fusion.getBody());
    if (Attribute sizes = narrowedSizes(fusion); sizes && mentionsSizes(kernel))
      kernel->setAttr(kSizesAttr, sizes);
    // The generic form without locations is equal exactly for equal bodies.
    std::string text;
    llvm::raw_string_ostream stream(text);
    kernel->print(stream, OpPrintingFlags().printGenericOpForm().useLocalScope());
    auto [entry, isNew] = byText.try_emplace(text, kernel);
    if (!isNew) {
      kernel.erase();
      return entry->second;
    }
    std::string name;
    do
      name = (fusion.getLabel() + "_" + Twine(counts[fusion.getLabel()]++)).str();
    while (table.lookup(name));
    kernel.setSymName(name);
    table.insert(kernel);
    return kernel;
  }
};

} // namespace

std::unique_ptr<Pass> createOutlineKernels() { return std::make_unique<OutlineKernels>(); }

} // namespace ingot
