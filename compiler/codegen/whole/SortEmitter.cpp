// Sorts: a tile is a slice along the sorted dim. What the comparator reads is copied to scratch once; a merge sort orders
// the places; then every result is read in that order.
#include "compiler/codegen/whole/WholeKernel.h"

#include <cmath>

namespace ingot {

using namespace mlir;

namespace {

// Offsets in scratch.
struct SortScratch : EmitterChoice {
  SortScratch(SortOp op) : layout(op.getContext()) {
    auto type = cast<RankedTensorType>(op.getInputs()[0].getType());
    length = dimExpr(type, unsigned(op.getDimension()));
    Block &comparator = op.getComparator().front();
    for (auto [i, input] : llvm::enumerate(op.getInputs())) {
      bool isKey = !comparator.getArgument(2 * i).use_empty() || !comparator.getArgument(2 * i + 1).use_empty();
      Type element = cast<RankedTensorType>(input.getType()).getElementType();
      keys.push_back(isKey ? layout.add(length, scratchElementBytes(element)) : AffineExpr());
    }
    order = layout.add(length * 2, sizeof(int64_t));
  }

  ScratchLayout layout;
  AffineExpr length, order;
  SmallVector<AffineExpr> keys; // null for inputs that the comparator does not read
};

class SortCode {
public:
  SortCode(SortOp op, const SortScratch &scratch, KernelOp kernel, const CpuLevel &level, KernelFunction &function,
           OpBuilder &builder)
      : op(op), code(kernel, level, function, builder, 1), scratch(scratch),
        type(cast<RankedTensorType>(op.getInputs()[0].getType())), dim(op.getDimension()) {}

  LogicalResult run() {
    length = code.size(scratch.length);
    order = code.scratchArray(scratch.order, scratch.length * 2, code.placeType());
    for (auto [input, offset] : llvm::zip_equal(op.getInputs(), scratch.keys))
      keys.push_back(offset ? code.scratchArray(offset, scratch.length, WholeCode::scratchElement(elementOf(input)))
                            : Value());
    SmallVector<Value> outer = code.dims(type);
    outer.erase(outer.begin() + dim);
    code.loop(code.function.begin, code.function.end, [&](Value slice) {
      SmallVector<LaneIndex> at = code.index.delinearize(IndexBuilder::uniform(slice), outer);
      at.insert(at.begin() + dim, code.index.zero());
      sortSlice(at);
    });
    return success(!code.failed);
  }

private:
  static Type elementOf(Value tensor) { return cast<RankedTensorType>(tensor.getType()).getElementType(); }

  void sortSlice(SmallVector<LaneIndex> at) {
    Value zero = code.index.constant(0);
    code.loop(zero, length, [&](Value i) {
      at[dim] = IndexBuilder::uniform(i);
      for (auto [input, key] : llvm::zip_equal(op.getInputs(), keys))
        if (key)
          code.store(key, i, code.toScratch(code.evaluate(input, at), elementOf(input)));
    });
    Value sorted = code.mergeSort(order, length, [&](Value right, Value left) { return isBefore(right, left); });
    code.loop(zero, length, [&](Value i) {
      Value place = code.loadPlace(order, code.index.add(sorted, i));
      SmallVector<LaneIndex> from(at), to(at);
      from[dim] = IndexBuilder::uniform(place);
      to[dim] = IndexBuilder::uniform(i);
      SmallVector<Value> values;
      for (auto [input, key, result] : llvm::zip_equal(op.getInputs(), keys, op.getResults()))
        if (code.isReturned(result))
          code.store(result, key ? code.fromScratch(code.load(key, place), elementOf(input)) : code.evaluate(input, from),
                     to);
    });
  }

  Value isBefore(Value first, Value second) {
    SmallVector<Value> arguments;
    for (auto [input, key] : llvm::zip_equal(op.getInputs(), keys))
      for (Value place : {first, second})
        arguments.push_back(key ? code.fromScratch(code.load(key, place), elementOf(input)) : Value());
    return code.runBody(op.getComparator().front(), arguments)[0];
  }

  SortOp op;
  WholeCode code;
  const SortScratch &scratch;
  RankedTensorType type;
  int64_t dim;
  Value length, order;
  SmallVector<Value> keys;
};

class SortEmitter : public WholeEmitter<SortOp, SortScratch, SortCode> {
public:
  llvm::StringRef name() const override { return "sort"; }

  std::optional<KernelPlan> plan(KernelOp kernel, const CpuLevel &, ArrayRef<SizeAttr> sizes) const override {
    auto op = wholeOpOf<SortOp>(kernel);
    if (!op)
      return std::nullopt;
    auto type = cast<RankedTensorType>(op.getInputs()[0].getType());
    auto choice = std::make_shared<SortScratch>(op);
    const SortScratch &scratch = *choice;
    KernelPlan plan;
    plan.emitter = name().str();
    plan.grid = productOfDims(type, {int64_t(op.getDimension())});
    plan.scratch = scratch.layout.bytes();
    double length = double(maxOfExpr(scratch.length, sizes).value_or(1024));
    plan.cost = double(maxOfExpr(plan.grid, sizes).value_or(1)) * length * (10 + 5 * std::log2(length + 1));
    plan.params = DictionaryAttr::get(kernel.getContext());
    plan.choice = std::move(choice);
    return plan;
  }
};

} // namespace

std::unique_ptr<KernelEmitter> createSortEmitter() { return std::make_unique<SortEmitter>(); }

} // namespace ingot
