// The reference interpreter: the executable specification of the dialect. Plain typed loops, never optimised; f32 and
// narrower accumulate in f64. Every pass, importer, target and artifact form is tested against it.
#ifndef INGOT_IR_REFERENCE_INTERPRETER_H
#define INGOT_IR_REFERENCE_INTERPRETER_H

#include "ir/Dialect.h"
#include "ir/WeightStore.h"
#include "llvm/ADT/STLFunctionalExtras.h"

#include <cstdint>
#include <functional>
#include <vector>

namespace ingot::reference {

// A dense row-major host tensor, elements laid out as in runtime/abi/artifact.h.
struct Tensor {
  mlir::Type elementType;
  llvm::SmallVector<int64_t> dims;
  std::vector<char> bytes;
  // Of a future, what it will be. A future and a token have no bytes.
  std::vector<Tensor> parts;

  int64_t numElements() const;
  template <typename T> T *data() { return reinterpret_cast<T *>(bytes.data()); }
  template <typename T> const T *data() const { return reinterpret_cast<const T *>(bytes.data()); }
  static Tensor zeros(mlir::Type elementType, llvm::ArrayRef<int64_t> dims);
};

// A constant's elements, splats written out.
Tensor fromAttribute(mlir::DenseElementsAttr attribute);
// The constant with these elements.
mlir::DenseElementsAttr toAttribute(const Tensor &tensor);

class Process;

struct Options {
  const WeightStore *weights = nullptr; // needed if the function uses ingot.weight
  // Called with every op of the entry function after it ran, those inside its control flow included each time they run; for
  // `--watch` and `diff`. The tensors live until the call returns.
  llvm::function_ref<void(mlir::Operation *, llvm::ArrayRef<const Tensor *> operands,
                          llvm::ArrayRef<const Tensor *> results)>
      observer = nullptr;
  // The process of a grid that runs the function (reference/Grid.h). Null: it is the only one.
  Process *process = nullptr;
  // Runs the function of a bound custom call (ir/CustomCalls.h), whose results have these types and dims, zeros when it is asked.
  // Null: such a call is refused.
  std::function<llvm::Error(CustomCallOp call, llvm::ArrayRef<const Tensor *> operands,
                            llvm::MutableArrayRef<Tensor> results)>
      callFunction = nullptr;
};

// The first `length` elements along a dim, zeros where there are fewer.
Tensor withLength(const Tensor &tensor, unsigned axis, int64_t length);

// Binds the module's sizes from the arguments' dims: sizes[i] for size i. Fails, naming argument and dim, where they
// contradict the types or each other, or leave a size's range. A size of data is at its most.
llvm::Expected<llvm::SmallVector<int64_t>> bindSizes(mlir::func::FuncOp function, llvm::ArrayRef<Tensor> arguments);

// Runs `function` on arguments in order; states that grow (ir/States.h) come and go at their length, whichever form they
// have. Calls ops of any phase up to schedule (dispatch and fusion included). Errors are the user's: wrong argument count,
// dtype or dims.
llvm::Expected<std::vector<Tensor>> run(mlir::func::FuncOp function, llvm::ArrayRef<Tensor> arguments,
                                        const Options &options);

// Runs one op on the given operands at the given sizes; the folders and passes use it on small constants. Fails where the op
// is not of the dialect or needs what `options` does not give.
llvm::Expected<std::vector<Tensor>> evaluate(mlir::Operation *op, llvm::ArrayRef<Tensor> operands,
                                             llvm::ArrayRef<int64_t> sizes, const Options &options);

} // namespace ingot::reference

#endif // INGOT_IR_REFERENCE_INTERPRETER_H
