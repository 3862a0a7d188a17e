#include "frontends/stablehlo/Attributes.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

#include <cstdlib>

namespace ingot::stablehlo {

const Attribute *findAttribute(llvm::ArrayRef<NamedAttribute> attributes, llvm::StringRef name) {
  auto it =
      llvm::lower_bound(attributes, name, [](const NamedAttribute &entry, llvm::StringRef key) { return entry.name < key; });
  return it != attributes.end() && it->name == name ? &it->value : nullptr;
}

void setAttribute(std::vector<NamedAttribute> &attributes, llvm::StringRef name, Attribute value) {
  auto it =
      llvm::lower_bound(attributes, name, [](const NamedAttribute &entry, llvm::StringRef key) { return entry.name < key; });
  if (it != attributes.end() && it->name == name)
    it->value = std::move(value);
  else
    attributes.insert(it, {name.str(), std::move(value)});
}

const Attribute *Op::find(llvm::StringRef attribute) const { return findAttribute(attributes, attribute); }

static TypeRef scalar(Module &module, Element element) {
  Type type;
  type.kind = Type::Scalar;
  type.element = element;
  return module.intern(std::move(type));
}

Attribute makeBool(bool value) {
  Attribute attribute;
  attribute.kind = Attribute::Bool;
  attribute.integer = value;
  return attribute;
}

Attribute makeInteger(Module &module, int64_t value, Element type) {
  Attribute attribute;
  attribute.kind = Attribute::Integer;
  attribute.integer = value;
  attribute.type = scalar(module, type);
  return attribute;
}

Attribute makeFloat(Module &module, double value, Element type) {
  Attribute attribute;
  attribute.kind = Attribute::Float;
  attribute.number = value;
  attribute.type = scalar(module, type);
  return attribute;
}

static Attribute makeText(Attribute::Kind kind, llvm::StringRef text) {
  Attribute attribute;
  attribute.kind = kind;
  attribute.text = text.str();
  return attribute;
}

Attribute makeString(llvm::StringRef value) { return makeText(Attribute::String, value); }
Attribute makeSymbol(llvm::StringRef name) { return makeText(Attribute::Symbol, name); }

Attribute makeEnum(const EnumRow &enumeration, const EnumValue &value) {
  Attribute attribute = makeText(Attribute::Enum, value.keyword);
  attribute.enumeration = &enumeration;
  return attribute;
}

Attribute makeType(TypeRef type) {
  Attribute attribute;
  attribute.kind = Attribute::Type;
  attribute.type = type;
  return attribute;
}

Attribute makeArray(std::vector<Attribute> items) {
  Attribute attribute;
  attribute.kind = Attribute::Array;
  attribute.items = std::move(items);
  return attribute;
}

Attribute makeDictionary(std::vector<NamedAttribute> entries, llvm::StringRef standsFor) {
  Attribute attribute = makeText(Attribute::Dictionary, standsFor);
  llvm::sort(entries, [](const NamedAttribute &lhs, const NamedAttribute &rhs) { return lhs.name < rhs.name; });
  attribute.entries = std::move(entries);
  return attribute;
}

Attribute makeIntegers(Module &module, std::vector<int64_t> values, Element element, std::optional<int64_t> rowLength) {
  Type type;
  type.kind = Type::Tensor;
  type.element = element;
  if (rowLength)
    type.dims = {*rowLength ? int64_t(values.size()) / *rowLength : 0, *rowLength};
  else
    type.dims = {int64_t(values.size())};
  Attribute attribute;
  attribute.kind = Attribute::Integers;
  attribute.type = module.intern(std::move(type));
  attribute.integers = std::move(values);
  return attribute;
}

static Attribute defaultAccuracy(Module &module) {
  const EnumRow &modes = *findEnum("result_accuracy_mode");
  return makeDictionary({{"atol", makeFloat(module, 0, Element::F64)},
                         {"mode", makeEnum(modes, *modes.find("DEFAULT"))},
                         {"rtol", makeFloat(module, 0, Element::F64)},
                         {"ulps", makeInteger(module, 0)}},
                        "result_accuracy");
}

std::optional<Attribute> defaultAttribute(Module &module, const Op &op, const AttributeRow &row) {
  if (!row.byDefault)
    return std::nullopt;
  llvm::StringRef text = row.byDefault;
  if (text == "none")
    return Attribute();
  size_t length = 0;
  if (row.asManyAs) {
    const Attribute *other = op.find(row.asManyAs);
    if (!other || other->kind != Attribute::Integers)
      return std::nullopt; // that attribute is what is missing
    length = other->integers.size();
  }
  int64_t integer = 0;
  bool isInteger = !text.getAsInteger(10, integer);
  (void)isInteger;
  switch (row.kind) {
  case AttributeKind::Bool:
    return makeBool(text == "true");
  case AttributeKind::Integer:
    return makeInteger(module, integer);
  case AttributeKind::Integer32:
    return makeInteger(module, integer, Element::SI32);
  case AttributeKind::Float:
    return makeFloat(module, std::strtod(row.byDefault, nullptr), Element::F64);
  case AttributeKind::Any:
    // The configuration of a custom call is a dictionary where its interface is typed.
    if (const Attribute *version = op.find("api_version"); version && version->text == "API_VERSION_TYPED_FFI")
      return makeDictionary({});
    return makeString(text.trim('"'));
  case AttributeKind::String:
    return makeString(text.trim('"'));
  case AttributeKind::Integers:
    return makeIntegers(module, std::vector<int64_t>(length, integer));
  case AttributeKind::Integers2d:
    return row.asManyAs ? makeIntegers(module, std::vector<int64_t>(2 * length, integer), Element::SI64, 2)
                        : makeIntegers(module, {});
  case AttributeKind::Bools:
    return makeIntegers(module, std::vector<int64_t>(length, text == "true"), Element::Bool);
  case AttributeKind::Enum:
    return makeEnum(*row.enumeration, *row.enumeration->find(text));
  case AttributeKind::Enums:
    return makeArray(std::vector<Attribute>(2, makeEnum(*row.enumeration, *row.enumeration->find(text))));
  case AttributeKind::Accuracy:
    return defaultAccuracy(module);
  case AttributeKind::Dictionary:
    return makeDictionary({});
  case AttributeKind::Symbols:
  case AttributeKind::Layouts:
  case AttributeKind::Tilings:
  case AttributeKind::Array:
    return makeArray({});
  case AttributeKind::Symbol:
  case AttributeKind::Type:
  case AttributeKind::Tensor:
    break; // no row gives a default to these, but "none"
  }
  return std::nullopt;
}

llvm::SmallVector<llvm::StringRef> completeAttributes(Module &module, Op &op, const OpRow &row) {
  llvm::SmallVector<llvm::StringRef> missing;
  for (const AttributeRow &attribute : row.attributes) {
    if (op.find(attribute.name))
      continue;
    if (std::optional<Attribute> value = defaultAttribute(module, op, attribute))
      setAttribute(op.attributes, attribute.name, std::move(*value));
    else if (!attribute.byDefault)
      missing.push_back(attribute.name);
  }
  return missing;
}

} // namespace ingot::stablehlo
