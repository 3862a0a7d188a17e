// Random programs of the dialect: a few ops of any family and element type on random inputs, control flow among them, some with
// a size that is open. A program verifies, runs without an error, and is well-conditioned: what rounding may change of a value
// stays small, and nothing that is decided (an order, a rounding to an integer) hangs on it.
#ifndef INGOT_TESTS_DIFFERENTIAL_RANDOMPROGRAM_H
#define INGOT_TESTS_DIFFERENTIAL_RANDOMPROGRAM_H

#include "frontends/common/ValueBuilder.h"
#include "ir/WeightStore.h"
#include "ir/reference/Interpreter.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <random>

namespace ingot::differential {

using frontend::Dims;
using frontend::ValueBuilder;

// How a result's value follows from its operands'.
struct Rounding {
  bool rounds = false;  // floats may differ in the last places; else there is one right answer, whatever the order of work
  bool decides = false; // a small change of a float operand may change the answer altogether
  static const Rounding Exact, Rounds, Decides;
};
inline constexpr Rounding Rounding::Exact{}, Rounding::Rounds{true, false}, Rounding::Decides{false, true};

class RandomProgram {
public:
  // Precondition: the context has loaded ingot and func.
  RandomProgram(mlir::MLIRContext &context, uint64_t seed);

  // The module with @main; null where the draw led nowhere (no op was made).
  mlir::OwningOpRef<mlir::ModuleOp> make(unsigned steps);
  // Values of the size, if there is one, that the program is to be run at: its ends and one between.
  llvm::SmallVector<llvm::SmallVector<int64_t>> sizeValues();
  // Arguments of @main at sizes: numbers of few digits, special ones among them now and then.
  std::vector<reference::Tensor> arguments(mlir::func::FuncOp main, llvm::ArrayRef<int64_t> sizes);

  // Results of ops that may round otherwise than the interpreter: under `strict`, and those that `fast` adds.
  llvm::ArrayRef<mlir::Value> rounded() const { return roundedStrictly; }
  llvm::ArrayRef<mlir::Value> roundedIfFast() const { return roundedFast; }
  // Whether `fast` may change what the program decides.
  bool needsStrict() const { return decidesByFloats; }

  // For steps: draws.
  uint64_t below(uint64_t n) { return random() % n; }
  bool oneIn(unsigned n) { return below(n) == 0; }
  template <typename T> const T &of(llvm::ArrayRef<T> choices) { return choices[below(choices.size())]; }
  int64_t between(int64_t low, int64_t high) { return low + static_cast<int64_t>(below(high - low + 1)); }

  // Values at hand that `fits`, the later ones more often; null where there is none.
  mlir::Value pick(llvm::function_ref<bool(mlir::Value)> fits);
  mlir::Value pick() {
    return pick([](mlir::Value) { return true; });
  }
  // Another value of the type: one at hand, or a new constant or input.
  mlir::Value another(mlir::RankedTensorType type);
  // A new input of main, or inside regions a constant.
  mlir::Value fresh(mlir::RankedTensorType type);
  // Whether the value has one right answer to the bit.
  bool isExact(mlir::Value value) const { return !inexact.contains(value); }
  // Adds the results of an op made of `operands` to the values at hand. Where it decides by an operand that is not exact the op
  // is erased again: false.
  bool add(mlir::Operation *op, Rounding rounding);
  bool add(mlir::OpState op, Rounding rounding) { return add(op.getOperation(), rounding); }
  // Of an op that the builder may not have needed: false where the value was there before.
  bool add(mlir::Value result, Rounding rounding) {
    return result.getDefiningOp() && !llvm::is_contained(values, result) && add(result.getDefiningOp(), rounding);
  }
  // A random shape of at most `most` elements; now and then a dim is the program's size.
  Dims randomDims(int64_t most = 2048);
  mlir::Type randomElement();
  mlir::Type randomFloat();

  // Runs `body` with the builder in a new block of `region`, where only the values that the body may use are at hand; what it
  // returns ends the block.
  void inRegion(mlir::Region &region, mlir::TypeRange arguments,
                llvm::function_ref<llvm::SmallVector<mlir::Value>(llvm::ArrayRef<mlir::Value>)> body);
  // Puts arguments of the region that is being built at hand. They are taken for inexact: a later round may have made them.
  void carry(llvm::ArrayRef<mlir::Value> arguments);
  // A few steps inside the region that is being built.
  void steps(unsigned count);

  ValueBuilder b;

private:
  mlir::MLIRContext &context;
  std::mt19937_64 random;
  mlir::func::FuncOp function;
  llvm::SmallVector<mlir::Value> values;
  llvm::DenseSet<mlir::Value> inexact;
  llvm::SmallVector<mlir::Value> roundedStrictly, roundedFast;
  bool decidesByFloats = false;
  unsigned depth = 0;
  bool hasSize = false, isSpecial = false;
  int64_t most = 1; // of the size
};

// A step takes values at hand and adds results; false where none fits.
using Step = bool (*)(RandomProgram &);
llvm::ArrayRef<Step> elementwiseSteps();
llvm::ArrayRef<Step> movementSteps();
llvm::ArrayRef<Step> combiningSteps();
llvm::ArrayRef<Step> indexingSteps();
llvm::ArrayRef<Step> controlFlowSteps();

} // namespace ingot::differential

#endif // INGOT_TESTS_DIFFERENTIAL_RANDOMPROGRAM_H
