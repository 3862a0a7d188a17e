// Element types: names, sizes, alignment. One line of the table below per type.
#ifndef INGOT_RUNTIME_CORE_DTYPE_H
#define INGOT_RUNTIME_CORE_DTYPE_H

#include <stdint.h>

namespace ingot::rt {

const char *dtypeName(uint32_t dtype);
/// Bytes an element takes in a buffer; 0 for an unknown type.
uint32_t dtypeBytes(uint32_t dtype);
/// Alignment a caller's buffer must have: that of the scalar (a complex number's component).
uint32_t dtypeAlignment(uint32_t dtype);

} // namespace ingot::rt

#endif // INGOT_RUNTIME_CORE_DTYPE_H
