// Elements of constants between the form that files give them and the tree's (Elements, Tree.h); numbers from and to their bits.
#ifndef INGOT_FRONTENDS_STABLEHLO_ELEMENTBYTES_H
#define INGOT_FRONTENDS_STABLEHLO_ELEMENTBYTES_H

#include "frontends/stablehlo/Tree.h"

namespace ingot::stablehlo {

// Bits of a floating-point type; 0 of others.
unsigned floatBits(Element element);
double decodeFloat(Element element, uint64_t bits);
// The nearest value of the type.
uint64_t encodeFloat(Element element, double value);

// Bytes that one element takes in bytecode, but for bools.
unsigned storedBytes(Element element);

// The elements of a tensor type as bytecode has them: bools packed if `packsBools` (then 0xFF alone is a splat), others by
// storedBytes(), one alone is a splat. Where the tree has another form, it is `unpacked`. False, and *why, where sizes do not fit.
bool unpackElements(const Type &type, llvm::StringRef bytes, bool packsBools, bool &splat,
                    std::optional<std::string> &unpacked, std::string &why);

// The reverse, for VHLO.
std::string packElements(const Elements &elements);

} // namespace ingot::stablehlo

#endif // INGOT_FRONTENDS_STABLEHLO_ELEMENTBYTES_H
