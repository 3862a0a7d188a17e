// State that grows: an argument kept between calls (`ingot.state`) whose length along one dim changes with every call.
//
// Nouns
//   length    elements the state holds along its growing dim (the axis): the value of one size of the module, which no input
//             need show. It starts at 0.
//   next      the length after the call, an expression over the sizes.
//   capacity  the most elements the state can hold: the maximum of the length's size.
//
// Two forms of a function with such a state mean the same to its caller, who passes and gets the state at its length:
//   as imported   the argument's dim is the length's size, the result's is `next`; the types say all.
//   in place      argument and result are tensors of the capacity, of which the first `length` elements count, and the first
//                 `next` after the call. `ingot.grows` on the argument holds {axis, size, next}.
#ifndef INGOT_IR_STATES_H
#define INGOT_IR_STATES_H

#include "ir/Dialect.h"

#include <optional>
#include <string>

namespace ingot {

// `ingot.state` of an argument that holds a state which the function leaves as it is.
inline constexpr int64_t kOnlyRead = -1;

struct Growth {
  unsigned axis = 0;
  unsigned size = 0; // index of the length's size
  mlir::AffineExpr next;
  bool inPlace = false; // the second form

  mlir::DictionaryAttr print(mlir::MLIRContext *context) const;
};

// How state `argument` grows; none if it is no state, or keeps its type.
std::optional<Growth> growthOf(mlir::func::FuncOp function, unsigned argument);

// How a state of type `before` that becomes a value of type `after` grows; none if it does not, or in a way that is refused:
// then *why says so.
std::optional<Growth> findGrowth(mlir::RankedTensorType before, mlir::RankedTensorType after, llvm::ArrayRef<SizeAttr> sizes,
                                 std::string *why);

// The type of an argument as callers pass it, and of a result as they get it: at its length where it is a growing state.
mlir::RankedTensorType argumentTypeForCaller(mlir::func::FuncOp function, unsigned argument);
mlir::RankedTensorType resultTypeForCaller(mlir::func::FuncOp function, unsigned result);

// Whether `ingot.state` and `ingot.grows` of an argument are as stated above.
bool verifyState(mlir::func::FuncOp function, unsigned argument, std::string *why);

} // namespace ingot

#endif // INGOT_IR_STATES_H
