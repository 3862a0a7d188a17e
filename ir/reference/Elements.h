// Elements between memory and arithmetic. An element type belongs to one of four value classes, each computed in one native
// type: signed integers in int64_t, unsigned ones (and i1) in uint64_t, floats in double, complex in std::complex<double>.
// Every operation on f32 and narrower is thus computed in f64 and rounded once, where it is stored.
#ifndef INGOT_IR_REFERENCE_ELEMENTS_H
#define INGOT_IR_REFERENCE_ELEMENTS_H

#include "mlir/IR/BuiltinTypes.h"

#include <complex>
#include <cstdint>
#include <type_traits>

namespace ingot::reference {

using Complex = std::complex<double>;

enum class ValueClass { Signed, Unsigned, Float, Complex };
ValueClass valueClass(mlir::Type elementType);

// Memory -> values. Precondition: V is the native type of the element type's value class.
template <typename V> void decode(mlir::Type elementType, const char *bytes, int64_t count, V *out);
// Values -> memory: integers wrap to their width, floats round to nearest even.
template <typename V> void encode(mlir::Type elementType, const V *values, int64_t count, char *out);

// x y. Of complex numbers by their parts: where C recovers an infinity beside a NaN, this is NaN.
template <typename V> V product(V x, V y) {
  if constexpr (std::is_same_v<V, Complex>)
    return {x.real() * y.real() - x.imag() * y.imag(), x.real() * y.imag() + x.imag() * y.real()};
  else
    return x * y;
}

// Calls `function` with a value of the native type of the class of `elementType`.
template <typename Function> auto withValue(mlir::Type elementType, Function &&function) {
  const ValueClass kind = valueClass(elementType);
  if (kind == ValueClass::Signed)
    return function(int64_t());
  if (kind == ValueClass::Unsigned)
    return function(uint64_t());
  if (kind == ValueClass::Float)
    return function(double());
  return function(Complex());
}

// Integers of 2^53 and more do not fit a double; this rounds to odd, so that rounding to a narrower float afterwards is
// exact.
double toDoubleForRounding(int64_t value);
double toDoubleForRounding(uint64_t value);

} // namespace ingot::reference

#endif // INGOT_IR_REFERENCE_ELEMENTS_H
