// What the emitters of sort, top_k, scan and scatter share: the op of such a kernel, code around it, arrays in scratch.
#ifndef INGOT_COMPILER_CODEGEN_WHOLE_WHOLEKERNEL_H
#define INGOT_COMPILER_CODEGEN_WHOLE_WHOLEKERNEL_H

#include "compiler/codegen/KernelEmitter.h"
#include "compiler/codegen/RegionEvaluator.h"

namespace ingot {

// The kernel's one op of type Op if all returned values are results of it; null if not.
template <typename Op> Op wholeOpOf(KernelOp kernel) {
  Op found;
  for (Op op : kernel.getBlock().template getOps<Op>()) {
    if (found)
      return {};
    found = op;
  }
  if (found)
    for (mlir::Value value : kernel.getBlock().getTerminator()->getOperands())
      if (value.getDefiningOp() != found)
        return {};
  return found;
}

// An emitter of kernels with one op of type Op. Its plans hold a Choice; Code makes the kernel of it.
template <typename Op, typename Choice, typename Code> class WholeEmitter : public KernelEmitter {
public:
  mlir::LogicalResult emit(KernelOp kernel, const KernelPlan &plan, const CpuLevel &level, KernelFunction &function,
                           mlir::OpBuilder &builder) const final {
    return Code(wholeOpOf<Op>(kernel), static_cast<const Choice &>(*plan.choice), kernel, level, function, builder).run();
  }
};

// Arrays one after another in the worker's scratch, each aligned. Plan and code must ask for the same arrays in the same
// order.
class ScratchLayout {
public:
  explicit ScratchLayout(mlir::MLIRContext *context) : end(mlir::getAffineConstantExpr(0, context)) {}
  // The array's first byte.
  mlir::AffineExpr add(mlir::AffineExpr count, int64_t elementBytes);
  mlir::AffineExpr bytes() const { return end; }

private:
  mlir::AffineExpr end;
};

// Bytes of a scratch element of a tensor's elements; see WholeCode::scratchElement.
int64_t scratchElementBytes(mlir::Type elementType);
// Product of the dims of `type` but those at `without`.
mlir::AffineExpr productOfDims(mlir::RankedTensorType type, llvm::ArrayRef<int64_t> without);

// Code of one kernel around the op that is made whole. Element values have their computeType; places are of type index.
class WholeCode {
public:
  using Value = mlir::Value;
  using Values = llvm::SmallVector<Value>;

  WholeCode(KernelOp kernel, const CpuLevel &level, KernelFunction &function, mlir::OpBuilder &builder, int64_t width);

  Value size(mlir::AffineExpr expr) { return index.expr(expr, function.sizes); }
  Values dims(mlir::RankedTensorType type);

  // The element(s) of a tensor in front of that op.
  Value evaluate(Value tensor, llvm::ArrayRef<LaneIndex> at, int64_t lanes = 1);
  // Writes element(s) wherever the kernel returns `result`.
  void store(mlir::OpResult result, Value value, llvm::ArrayRef<LaneIndex> at, int64_t lanes = 1);
  // Element(s) of a buffer laid out as a tensor of `type`.
  Value readFrom(Value buffer, mlir::RankedTensorType type, llvm::ArrayRef<LaneIndex> at, int64_t lanes);
  void writeTo(Value buffer, mlir::RankedTensorType type, Value value, llvm::ArrayRef<LaneIndex> at, int64_t lanes);
  // Where the kernel returns `result`.
  Values buffersOf(mlir::OpResult result);
  bool isReturned(mlir::OpResult result) { return !buffersOf(result).empty(); }
  // The body of a reduction, comparator ... on elements.
  Values runBody(mlir::Block &body, mlir::ValueRange arguments, int64_t lanes = 1);
  ElementBuilder elements();

  // Scratch holds floats as registers do, other elements as memory does.
  Value scratchArray(mlir::AffineExpr offset, mlir::AffineExpr count, mlir::Type scratchType);
  static mlir::Type scratchElement(mlir::Type elementType);
  Value toScratch(Value element, mlir::Type elementType);
  Value fromScratch(Value stored, mlir::Type elementType);
  Value load(Value array, Value at);
  void store(Value array, Value at, Value element);
  // Places in scratch: i32 where all tensors have fewer than 2^31 elements.
  mlir::Type placeType();
  Value loadPlace(Value array, Value at);
  void storePlace(Value array, Value at, Value place);

  // Loops; without carried values `body` returns nothing.
  void loop(Value from, Value to, llvm::function_ref<void(Value)> body, Value step = {});
  Values loop(Value from, Value to, mlir::ValueRange init, llvm::function_ref<Values(Value, mlir::ValueRange)> body,
              Value step = {});
  // while (condition(state)) state = body(state)
  Values loopWhile(mlir::ValueRange init, llvm::function_ref<Value(mlir::ValueRange)> condition,
                   llvm::function_ref<Values(mlir::ValueRange)> body);
  void branch(Value condition, llvm::function_ref<void()> then, llvm::function_ref<void()> otherwise = {});

  // Sorts the places 0 .. length - 1 by `before(right, left)`, whether the element at the first goes in front of that at the
  // second. `order` has room for 2 * length; returns where in it the sorted places start. Stable; O(length log length).
  Value mergeSort(Value order, Value length, llvm::function_ref<Value(Value, Value)> before);

  mlir::OpBuilder &builder;
  mlir::Location loc;
  KernelFunction &function;
  const CpuLevel &level;
  const int64_t width;
  bool failed = false;

private:
  KernelOp kernel;
  RegionVectorizer scalar, wide;

public:
  IndexBuilder index; // of scalars
};

} // namespace ingot

#endif // INGOT_COMPILER_CODEGEN_WHOLE_WHOLEKERNEL_H
