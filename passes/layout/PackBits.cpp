#include "ir/Types.h"
#include "passes/Reorder.h"
#include "passes/Weights.h"
#include "passes/layout/Passes.h"
#include "llvm/ADT/MapVector.h"

namespace ingot {

#define GEN_PASS_DEF_PACKBITS
#include "passes/layout/Passes.h.inc"

using namespace mlir;

namespace {

// A weight's value as rows. Those that share bytes follow each other, so that what lies side by side in a row lies so in memory and is
// at the same bits: vectors of elements are read and shifted whole.
struct Rows {
  int64_t count, length;
};

// Rows shorter than this are no vectors.
constexpr int64_t kVector = 64;
// A last group of rows that is not full may lack this part of all elements.
constexpr int64_t kLacking = 32;

Rows rowsOf(RankedTensorType type, int64_t each) {
  const int64_t all = type.getNumElements();
  int64_t length = 1;
  for (int64_t extent : llvm::reverse(type.getShape())) {
    length *= extent;
    const int64_t count = all / length, lacking = llvm::alignTo(count, each) - count;
    if (length >= kVector && lacking <= count / kLacking)
      return {count, length};
  }
  length = std::min(kVector, all & -all);
  return {all / length, length};
}

struct PackBits : impl::PackBitsBase<PackBits> {
  explicit PackBits(WeightStore &store) : store(&store) {}

  void runOnOperation() override {
    WeightEditor weights(getOperation(), *store);
    llvm::MapVector<WeightOp, SmallVector<GetWeightOp>> read;
    getOperation().walk([&](GetWeightOp get) {
      if (isPacked(get.getType()))
        if (WeightOp weight = weights.lookup(get))
          read[weight].push_back(get);
    });
    for (auto &[weight, gets] : read)
      // A contraction reads panels as they lie in memory.
      if (llvm::none_of(gets, [](GetWeightOp get) {
            return llvm::any_of(get->getUsers(), [](Operation *user) { return makingOf(user) == Making::Panels; });
          }))
        pack(weights, gets);
  }

  void pack(WeightEditor &weights, ArrayRef<GetWeightOp> gets) {
    MLIRContext *context = &getContext();
    RankedTensorType type = GetWeightOp(gets.front()).getType();
    const int64_t each = elementsInByte(type.getElementType());
    const auto [count, length] = rowsOf(type, each);
    const int64_t groups = llvm::divideCeilSigned(count, each);
    WeightOp packed =
        weights.extendAll(gets, {ReshapeStepAttr::get(context, {count, length}), PackStepAttr::get(context, 0, each),
                                 PackBitsStepAttr::get(context), ReshapeStepAttr::get(context, {groups, length})});
    if (!packed)
      return;
    auto ofElements = [&](ArrayRef<int64_t> dims) { return makeTensorType(dims, type.getElementType()); };
    for (GetWeightOp get : gets) {
      OpBuilder builder(get);
      Location loc = get.getLoc();
      Value rows =
          BitcastConvertOp::create(builder, loc, ofElements({groups, length, each}), weights.read(builder, loc, packed));
      rows = reshaped(builder, loc, transposed(builder, loc, rows, {0, 2, 1}), ofElements({groups * each, length}));
      if (groups * each != count)
        rows = SliceOp::create(builder, loc, ofElements({count, length}), rows, ArrayRef<int64_t>{0, 0},
                               ArrayRef<int64_t>{count, length}, ArrayRef<int64_t>{1, 1});
      get.getResult().replaceAllUsesWith(reshaped(builder, loc, rows, type));
      weights.erase(get);
    }
  }

  WeightStore *store;
};

} // namespace

std::unique_ptr<Pass> createPackBits(WeightStore &store) { return std::make_unique<PackBits>(store); }

} // namespace ingot
