// Attributes as JSON: what the C function that a custom call is bound to reads.
#ifndef INGOT_FRONTENDS_STABLEHLO_ATTRIBUTEJSON_H
#define INGOT_FRONTENDS_STABLEHLO_ATTRIBUTEJSON_H

#include "frontends/stablehlo/Tree.h"

#include <optional>
#include <string>

namespace ingot::stablehlo {

// Numbers, truth values, strings (keywords, types and names of functions too), arrays and objects; a number that is not finite is
// a string. None, with *why, for what has no such form: elements of tensors, and attributes of other dialects.
std::optional<std::string> jsonOf(const Attribute &attribute, std::string *why);

} // namespace ingot::stablehlo

#endif // INGOT_FRONTENDS_STABLEHLO_ATTRIBUTEJSON_H
