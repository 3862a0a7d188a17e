#include "compiler/codegen/Work.h"

#include "ir/OpTraits.h"
#include "ir/Types.h"

namespace ingot {

using namespace mlir;

static bool isMadeByLoops(Operation &op) {
  Making making = makingOf(&op);
  return making == Making::Reduction || making == Making::Window || making == Making::Contraction;
}

double elementsAt(Operation *op, ArrayRef<int64_t> values) {
  auto type = cast<RankedTensorType>(op->getResult(0).getType());
  double count = 1;
  for (AffineExpr dim : dimExprs(type))
    count *= static_cast<double>(std::max<int64_t>(evaluateExpr(dim, values).value_or(0), 0));
  return count;
}

std::vector<OpWork> KernelEmitter::work(KernelOp kernel, const KernelPlan &, ArrayRef<int64_t> sizes) const {
  std::vector<OpWork> work;
  for (Operation &op : kernel.getBlock().without_terminator())
    if (isMadeByLoops(op))
      work.push_back({&op, elementsAt(&op, sizes)});
  return work;
}

// All sizes at their ends, and each at its greatest beside the others at their least.
static SmallVector<SmallVector<int64_t>> cornersOf(ArrayRef<SizeAttr> sizes) {
  SmallVector<int64_t> least, most;
  for (SizeAttr size : sizes) {
    least.push_back(size.getMin());
    most.push_back(size.getMax());
  }
  SmallVector<SmallVector<int64_t>> corners{most};
  if (least != most)
    corners.push_back(least);
  if (sizes.size() > 1)
    for (size_t i = 0; i < sizes.size(); ++i) {
      if (least[i] == most[i])
        continue;
      corners.push_back(least);
      corners.back()[i] = most[i];
    }
  return corners;
}

LogicalResult verifyWork(KernelOp kernel, const KernelEmitter &emitter, const KernelPlan &plan, ArrayRef<SizeAttr> sizes) {
  // An op alone makes its own result.
  if (llvm::none_of(kernel.getBlock().without_terminator(), isMadeByLoops) ||
      llvm::hasNItems(kernel.getBlock().without_terminator(), 1))
    return success();
  for (ArrayRef<int64_t> corner : cornersOf(sizes))
    for (const OpWork &made : emitter.work(kernel, plan, corner)) {
      double elements = elementsAt(made.op, corner);
      if (made.evaluations <= elements)
        continue;
      std::string at;
      for (auto [size, value] : llvm::zip_equal(sizes, corner))
        at += (at.empty() ? " at " : ", ") + size.getName().str() + "=" + std::to_string(value);
      return kernel.emitError("internal error: kernel '")
             << kernel.getSymName() << "' would make " << static_cast<int64_t>(made.evaluations) << " elements of '"
             << made.op->getName() << "', whose result has " << static_cast<int64_t>(elements) << at;
    }
  return success();
}

} // namespace ingot
