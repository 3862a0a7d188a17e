// What a loop nest makes of its reductions and windows: a value is made inside the innermost loop that it depends on, so as
// often as that loop runs in all.
#include "compiler/codegen/LoopPlan.h"
#include "compiler/codegen/RegionAnalysis.h"
#include "llvm/ADT/MapVector.h"

#include <cmath>

namespace ingot {

using namespace mlir;

namespace {

class NestWork {
public:
  NestWork(KernelOp kernel, const LoopNest &nest, ArrayRef<int64_t> sizes) : nest(nest), analysis(pinned(kernel, sizes)) {
    for (AffineExpr expr : nest.extents(kernel))
      extents.push_back(std::max<int64_t>(evaluateExpr(expr, sizes).value_or(0), 0));
    visitSpace(analysis, kernel, nest, extents);
  }

  void addTo(llvm::MapVector<Operation *, double> &made) {
    orderLoops();
    std::vector<double> counts; // of each reduction asked for
    for (const InnerReduction &reduction : analysis.reductions) {
      double count = inSpace(reduction.dependencies);
      // Within the loops of another one: once a round of these.
      for (size_t outer = 0; outer < counts.size(); ++outer) {
        const InnerReduction &around = analysis.reductions[outer];
        uint64_t own = 0;
        for (unsigned variable = around.firstOwn; variable < around.endOwn; ++variable)
          own |= uint64_t(1) << variable;
        if (reduction.dependencies & own)
          count = std::max(count, counts[outer] * analysis.trips(own));
      }
      counts.push_back(count);
      made[reduction.op] += count;
    }
  }

private:
  // The sizes with ranges of one value each.
  static SmallVector<SizeAttr> pinned(KernelOp kernel, ArrayRef<int64_t> values) {
    SmallVector<SizeAttr> fixed;
    for (auto [size, value] : llvm::zip_equal(moduleSizes(kernel), values))
      fixed.push_back(SizeAttr::get(size.getContext(), size.getName(), value, value));
    return fixed;
  }

  // A loop over some dims of the space, and how often its body runs.
  struct Loop {
    uint64_t dims;
    double rounds;
  };

  void orderLoops() {
    // A tile of a split lane dim is a point of its own.
    const double parts = nest.split ? std::max(1.0, std::ceil(double(extents[nest.lane]) / nest.split)) : 1;
    Loop points{0, parts};
    for (int64_t dim : nest.outer) {
      points.dims |= uint64_t(1) << dim;
      points.rounds *= extents[dim];
    }
    loops.push_back(points);
    auto add = [&](int64_t dim, double rounds) { loops.push_back({uint64_t(1) << dim, rounds}); };
    for (int64_t dim : nest.middle)
      add(dim, extents[dim]);
    if (nest.transposed >= 0)
      add(nest.transposed, extents[nest.transposed]);
    if (nest.lane >= 0)
      add(nest.lane, extents[nest.lane] / parts);
    for (int64_t dim : nest.inner)
      add(dim, extents[dim]);
  }

  // Elements made of what depends on these dims. Lanes that it does not depend on ask for one element together.
  double inSpace(uint64_t dependencies) const {
    if (llvm::is_contained(extents, 0))
      return 0;
    double count = 1, around = 1;
    for (const Loop &loop : loops) {
      const bool depends = dependencies & loop.dims;
      const bool lanes = nest.lane >= 0 && loop.dims >> nest.lane & 1;
      around *= lanes && !depends ? std::ceil(loop.rounds / nest.width) : loop.rounds;
      if (depends)
        count = around;
    }
    return count;
  }

  const LoopNest &nest;
  RegionAnalysis analysis;
  SmallVector<int64_t> extents;
  SmallVector<Loop> loops;
};

} // namespace

std::vector<OpWork> workOfLoops(KernelOp kernel, ArrayRef<LoopNest> nests, ArrayRef<int64_t> sizes) {
  llvm::MapVector<Operation *, double> made;
  for (const LoopNest &nest : nests)
    NestWork(kernel, nest, sizes).addTo(made);
  std::vector<OpWork> work;
  for (auto [op, evaluations] : made)
    work.push_back({op, evaluations});
  return work;
}

} // namespace ingot
