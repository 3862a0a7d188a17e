// Elements of tensors as numbers and as text, and the reports made of them.
#ifndef INGOT_RUNTIME_HOSTIO_VALUES_H
#define INGOT_RUNTIME_HOSTIO_VALUES_H

#include "runtime/hostio/Text.h"

#include <ingot/runtime.h>

namespace ingot::hostio {

// One element, exactly.
struct Number {
  enum Kind { Signed, Unsigned, Real, Complex } kind;
  int64_t integer;  // Signed
  uint64_t natural; // Unsigned
  double real, imaginary;

  double asReal() const { return kind == Signed ? double(integer) : kind == Unsigned ? double(natural) : real; }
  bool isFinite() const;
};

Number loadElement(const void *data, uint32_t dtype, uint64_t index);
// Digits enough to read the element back: 9 for f32, 17 for f64, 4 for bf16.
void addNumber(Text &text, const Number &number, uint32_t dtype, bool json);
// "[1, 10]", for JSON and people alike.
void addShape(Text &text, uint32_t rank, const int64_t *dims);
uint64_t elementCount(const ingot_buffer &buffer);
// The sizes of a session's last call: "batch=8, seq=128", or JSON members; nothing where there are none.
void addSizes(Text &text, const ingot_artifact *artifact, const ingot_session *session, bool json);

// For people: name, type and shape, then all values of a small tensor, else the first ones with minimum, mean and maximum;
// with `top` > 0 the largest `top` values of each row, a row being the last dimension.
void reportTensor(Text &text, const char *name, const ingot_buffer &buffer, int64_t top);
// A JSON object with "name", "dtype", "shape" and "values" (flat; complex as pairs), or "top" (one list of
// {"index", "value"} per row), or "file" where one was written.
void reportTensorJson(Text &text, const char *name, const ingot_buffer &buffer, int64_t top, const char *file);

} // namespace ingot::hostio

#endif // INGOT_RUNTIME_HOSTIO_VALUES_H
