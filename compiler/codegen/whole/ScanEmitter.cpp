// Running accumulations: slices are independent. Where the last dim is not the one that is accumulated along, lanes are
// neighbouring slices; else a slice is one scalar loop.
#include "compiler/codegen/RegionAnalysis.h"
#include "compiler/codegen/whole/WholeKernel.h"

#include <algorithm>

namespace ingot {

using namespace mlir;

namespace {

// The split of the slices: the dims but the accumulated one and, with lanes, the last; and the blocks of `width` of that.
struct ScanSplit : EmitterChoice {
  ScanSplit(ScanOp op, const CpuLevel &level) : type(cast<RankedTensorType>(op.getInputs()[0].getType())) {
    int64_t last = type.getRank() - 1, bytes = 1;
    for (Value input : op.getInputs()) {
      bytes = std::max(bytes, widestElement(input));
      if (widestElement(input) == 0)
        bytes = level.vectorBytes; // complex: no lanes
    }
    width = level.lanes(bytes);
    if (last == int64_t(op.getDimension()) || (!type.isDynamicDim(last) && type.getDimSize(last) < width))
      width = 1;
    SmallVector<int64_t> without{int64_t(op.getDimension())};
    if (width > 1)
      without.push_back(last);
    for (int64_t dim = 0; dim <= last; ++dim)
      if (!llvm::is_contained(without, dim))
        outer.push_back(dim);
    rows = productOfDims(type, without);
    blocks = width > 1 ? simplifyExpr(dimExpr(type, last).ceilDiv(width)) : getAffineConstantExpr(1, op.getContext());
  }

  RankedTensorType type;
  int64_t width = 1;
  SmallVector<int64_t> outer;
  AffineExpr rows, blocks;
};

class ScanCode {
public:
  ScanCode(ScanOp op, const ScanSplit &split, KernelOp kernel, const CpuLevel &level, KernelFunction &function,
           OpBuilder &builder)
      : op(op), split(split), code(kernel, level, function, builder, split.width) {}

  LogicalResult run() {
    SmallVector<Value> extents = code.dims(split.type), outerExtents;
    length = extents[op.getDimension()];
    for (int64_t dim : split.outer)
      outerExtents.push_back(extents[dim]);
    Value blocks = code.size(split.blocks);
    code.loop(code.function.begin, code.function.end, [&](Value tile) {
      SmallVector<LaneIndex> at(extents.size(), code.index.zero());
      Value row = code.index.div(tile, blocks);
      SmallVector<LaneIndex> places = code.index.delinearize(IndexBuilder::uniform(row), outerExtents);
      for (auto [dim, place] : llvm::zip_equal(split.outer, places))
        at[dim] = place;
      if (split.width == 1)
        return slice(at, 1);
      Value width = code.index.constant(split.width);
      Value first = code.index.mul(code.index.rem(tile, blocks), width), end = code.index.add(first, width);
      auto whole = [&] {
        at.back() = LaneIndex{first, 1, {}};
        slice(at, split.width);
      };
      Value extent = extents.back();
      if (code.index.multipleOf(extent) % split.width == 0)
        return whole();
      code.branch(code.index.compare(arith::CmpIPredicate::sle, end, extent), whole, [&] {
        code.loop(first, extent, [&](Value place) {
          at.back() = IndexBuilder::uniform(place);
          slice(at, 1);
        });
      });
    });
    return success(!code.failed);
  }

private:
  void slice(SmallVector<LaneIndex> at, int64_t lanes) {
    SmallVector<Value> init;
    for (Value value : op.getInitValues()) {
      Value scalar = code.evaluate(value, {});
      init.push_back(code.elements().splat(scalar, lanes));
    }
    code.loop(code.index.constant(0), length, init, [&](Value step, ValueRange accumulators) {
      Value place = step;
      if (op.getReverse())
        place = code.index.sub(code.index.sub(length, code.index.constant(1)), step);
      at[op.getDimension()] = IndexBuilder::uniform(place);
      SmallVector<Value> arguments(accumulators);
      for (Value input : op.getInputs())
        arguments.push_back(code.evaluate(input, at, lanes));
      SmallVector<Value> next = code.runBody(op.getBody().front(), arguments, lanes);
      for (Value &value : next)
        value = code.elements().splat(value, isa<VectorType>(value.getType()) ? 1 : lanes);
      for (auto [number, result] : llvm::enumerate(op.getResults()))
        code.store(result, op.getExclusive() ? Value(accumulators[number]) : next[number], at, lanes);
      return next;
    });
  }

  ScanOp op;
  const ScanSplit &split;
  WholeCode code;
  Value length;
};

class ScanEmitter : public WholeEmitter<ScanOp, ScanSplit, ScanCode> {
public:
  llvm::StringRef name() const override { return "scan"; }

  std::optional<KernelPlan> plan(KernelOp kernel, const CpuLevel &level, ArrayRef<SizeAttr> sizes) const override {
    auto op = wholeOpOf<ScanOp>(kernel);
    if (!op)
      return std::nullopt;
    auto choice = std::make_shared<ScanSplit>(op, level);
    const ScanSplit &split = *choice;
    KernelPlan plan;
    plan.emitter = name().str();
    plan.grid = simplifyExpr(split.rows * split.blocks);
    plan.scratch = getAffineConstantExpr(0, kernel.getContext());
    plan.cost = 2 * double(maxOfExpr(numElementsExpr(split.type), sizes).value_or(1024)) / double(split.width);
    Builder builder(kernel.getContext());
    plan.params = builder.getDictionaryAttr(builder.getNamedAttr("lanes", builder.getI64IntegerAttr(split.width)));
    plan.choice = std::move(choice);
    return plan;
  }
};

} // namespace

std::unique_ptr<KernelEmitter> createScanEmitter() { return std::make_unique<ScanEmitter>(); }

} // namespace ingot
