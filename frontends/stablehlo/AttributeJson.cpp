#include "frontends/stablehlo/AttributeJson.h"

#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"

#include <cmath>

namespace ingot::stablehlo {

namespace {

// A string of JSON is UTF-8.
llvm::json::Value textOf(llvm::StringRef text) {
  return llvm::json::isUTF8(text) ? llvm::json::Value(text) : llvm::json::Value(llvm::json::fixUTF8(text));
}

std::optional<llvm::json::Value> valueOf(const Attribute &attribute, std::string *why) {
  switch (attribute.kind) {
  case Attribute::Unit:
    return true;
  case Attribute::Bool:
    return attribute.integer != 0;
  case Attribute::Integer:
    return attribute.integer;
  case Attribute::Float:
    if (std::isfinite(attribute.number))
      return attribute.number;
    return std::isnan(attribute.number) ? "nan" : attribute.number < 0 ? "-inf" : "inf";
  case Attribute::String:
  case Attribute::Enum:
  case Attribute::Symbol:
    return textOf(attribute.text);
  case Attribute::Type:
    return textOf(spellType(attribute.type));
  case Attribute::Integers:
    return llvm::json::Array(attribute.integers);
  case Attribute::Array: {
    llvm::json::Array items;
    for (const Attribute &item : attribute.items) {
      std::optional<llvm::json::Value> value = valueOf(item, why);
      if (!value)
        return std::nullopt;
      items.push_back(std::move(*value));
    }
    return items;
  }
  case Attribute::Dictionary: {
    llvm::json::Object entries;
    for (const NamedAttribute &entry : attribute.entries) {
      std::optional<llvm::json::Value> value = valueOf(entry.value, why);
      if (!value) {
        *why = "'" + entry.name + "' " + *why;
        return std::nullopt;
      }
      entries[llvm::json::fixUTF8(entry.name)] = std::move(*value);
    }
    return entries;
  }
  case Attribute::Tensor:
    *why = "is the elements of a tensor, which no function is given as text";
    return std::nullopt;
  case Attribute::Foreign:
    *why = "is an attribute of the dialect '" + attribute.text + "'";
    return std::nullopt;
  }
  return std::nullopt;
}

} // namespace

std::optional<std::string> jsonOf(const Attribute &attribute, std::string *why) {
  std::optional<llvm::json::Value> value = valueOf(attribute, why);
  if (!value)
    return std::nullopt;
  std::string text;
  llvm::raw_string_ostream(text) << *value;
  return text;
}

} // namespace ingot::stablehlo
