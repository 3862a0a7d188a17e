// Scalar functions of the elementwise ops on native values, looked up by the op's name. `width` is the element's bits.
#ifndef INGOT_IR_REFERENCE_SCALARS_H
#define INGOT_IR_REFERENCE_SCALARS_H

#include "ir/Dialect.h"
#include "ir/reference/Elements.h"

namespace ingot::reference {

template <typename V> using UnaryFunctions = V (*)(V, unsigned width);
template <typename V> using BinaryFunctions = V (*)(V, V, unsigned width);

// Null where the op has no meaning on the class.
template <typename V> UnaryFunctions<V> unaryFunction(llvm::StringRef op);
template <typename V> BinaryFunctions<V> binaryFunction(llvm::StringRef op);

// NaN wins, +0 > -0; complex numbers order by real, then imaginary part.
template <typename V> V maximum(V lhs, V rhs);
template <typename V> V minimum(V lhs, V rhs);
template <typename V> bool compareValues(ComparisonDirection direction, V lhs, V rhs);

} // namespace ingot::reference

#endif // INGOT_IR_REFERENCE_SCALARS_H
