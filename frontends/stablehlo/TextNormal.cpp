// What text says of an op, made what the schema says: VHLO's names, all there, in order, of the schema's kinds.
#include "frontends/stablehlo/Attributes.h"
#include "frontends/stablehlo/Limits.h"
#include "frontends/stablehlo/TextParser.h"

#include "ir/DidYouMean.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

namespace ingot::stablehlo {
namespace {

const AttributeRow *findRow(const OpRow &op, llvm::StringRef name) {
  auto less = [](const AttributeRow &row, llvm::StringRef name) { return row.name < name; };
  const AttributeRow *row = llvm::lower_bound(op.attributes, name, less);
  return row != op.attributes.end() && row->name == name ? row : nullptr;
}

// The integers of a constant of them.
std::optional<std::vector<int64_t>> integersOf(const Elements &elements) {
  Element element = elements.type->element;
  bool isSigned = (element >= Element::SI2 && element <= Element::SI64) || element == Element::Index;
  if (element > Element::UI64 && element != Element::Index)
    return std::nullopt;
  std::optional<uint64_t> count = countElements(elements.type->dims);
  if (!count || *count > kMaxIntegers)
    return std::nullopt;
  unsigned size = elementBytes(element);
  std::vector<int64_t> values;
  values.reserve(*count);
  for (uint64_t i = 0; i < *count; ++i) {
    llvm::StringRef bytes = elements.bytes.substr(elements.splat ? 0 : i * size, size);
    uint64_t bits = 0;
    for (unsigned b = 0; b < size; ++b)
      bits |= uint64_t(uint8_t(bytes[b])) << (8 * b);
    values.push_back(isSigned ? llvm::SignExtend64(bits, 8 * size) : int64_t(bits));
  }
  return values;
}

// VHLO has no symbols.
void makeStrings(Attribute &attribute) {
  if (attribute.kind == Attribute::Symbol)
    attribute.kind = Attribute::String;
  for (Attribute &item : attribute.items)
    makeStrings(item);
  for (NamedAttribute &entry : attribute.entries)
    if (attribute.text != "replica_group_mesh_axes")
      makeStrings(entry.value);
}

// "EQ, NE or LT"
std::string listKeywords(const EnumRow &enumeration) {
  std::string text;
  for (const EnumValue &value : enumeration.values)
    text += (text.empty() ? "" : &value == &enumeration.values.back() ? " or " : ", ") + std::string(value.keyword);
  return text;
}

std::string describeKind(const AttributeRow &row) {
  switch (row.kind) {
  case AttributeKind::Bool:
    return "true or false";
  case AttributeKind::Integer:
  case AttributeKind::Integer32:
    return "an integer";
  case AttributeKind::Float:
    return "a number";
  case AttributeKind::String:
    return "a string";
  case AttributeKind::Symbol:
    return "the name of a function";
  case AttributeKind::Symbols:
    return "a list of names of functions";
  case AttributeKind::Integers:
    return "a list of integers";
  case AttributeKind::Integers2d:
    return "a table of integers";
  case AttributeKind::Bools:
    return "a list of true and false";
  case AttributeKind::Layouts:
  case AttributeKind::Tilings:
    return "a list of lists of integers";
  case AttributeKind::Enum:
    return "a keyword: " + listKeywords(*row.enumeration);
  case AttributeKind::Enums:
    return "a list of keywords: " + listKeywords(*row.enumeration);
  case AttributeKind::Accuracy:
    return "an accuracy";
  case AttributeKind::Type:
    return "a type";
  case AttributeKind::Tensor:
    return "a constant tensor";
  case AttributeKind::Dictionary:
    return "a dictionary";
  case AttributeKind::Array:
    return "a list";
  case AttributeKind::Any:
    break;
  }
  return "an attribute";
}

} // namespace

// Makes a value what the row says; false where it is of another kind.
bool TextParser::coerce(Attribute &value, AttributeKind kind, const EnumRow *enumeration) {
  auto all = [&](AttributeKind of) {
    return value.kind == Attribute::Array &&
           llvm::all_of(value.items, [&](Attribute &item) { return coerce(item, of, enumeration); });
  };
  switch (kind) {
  case AttributeKind::Any:
    return true;
  case AttributeKind::Bool:
    if (value.kind == Attribute::Unit)
      value = makeBool(true);
    return value.kind == Attribute::Bool;
  case AttributeKind::Integer:
  case AttributeKind::Integer32:
    if (value.kind != Attribute::Integer)
      return false;
    value.type = scalar(kind == AttributeKind::Integer ? Element::SI64 : Element::SI32);
    return true;
  case AttributeKind::Float:
    return value.kind == Attribute::Float;
  case AttributeKind::String:
    return value.kind == Attribute::String;
  case AttributeKind::Symbol:
    return value.kind == Attribute::Symbol;
  case AttributeKind::Symbols:
    return all(AttributeKind::Symbol);
  case AttributeKind::Layouts:
    return all(AttributeKind::Integers);
  case AttributeKind::Tilings:
    return all(AttributeKind::Layouts);
  case AttributeKind::Integers:
  case AttributeKind::Integers2d:
  case AttributeKind::Bools: {
    if (value.kind == Attribute::Dictionary && value.text == "replica_group_mesh_axes" && kind == AttributeKind::Integers2d)
      return true;
    if (value.kind == Attribute::Integers)
      return true;
    if (value.kind != Attribute::Tensor)
      return false;
    std::optional<std::vector<int64_t>> values = integersOf(value.elements);
    if (!values || !charge(8 * values->size()))
      return false;
    Attribute made;
    made.kind = Attribute::Integers;
    made.type = value.elements.type;
    made.integers = std::move(*values);
    value = std::move(made);
    return true;
  }
  case AttributeKind::Enum: {
    if (value.kind == Attribute::Integer) { // api_version = 4 : i32
      const EnumValue *found = enumeration->find(uint64_t(value.integer));
      if (found)
        value = makeEnum(*enumeration, *found);
      return found;
    }
    const EnumValue *found = value.kind == Attribute::Enum ? enumeration->find(llvm::StringRef(value.text)) : nullptr;
    if (found)
      value = makeEnum(*enumeration, *found);
    return found;
  }
  case AttributeKind::Enums:
    return all(AttributeKind::Enum);
  case AttributeKind::Accuracy:
    return value.kind == Attribute::Dictionary && value.text == "result_accuracy";
  case AttributeKind::Type:
    return value.kind == Attribute::Type;
  case AttributeKind::Tensor:
    return value.kind == Attribute::Tensor;
  case AttributeKind::Dictionary:
    return value.kind == Attribute::Dictionary;
  case AttributeKind::Array:
    return value.kind == Attribute::Array;
  }
  return false;
}

bool TextParser::unknownOp(llvm::StringRef name, size_t at) {
  llvm::StringRef dialect = name.split('.').first;
  std::vector<std::string> names;
  for (const OpRow &row : allOps())
    if (dialect == row.dialect)
      names.push_back((dialect + "." + row.current).str());
  return error(at, "there is no op '" + name + "'" + didYouMean(name, names));
}

bool TextParser::normalize(Op &op, size_t at) {
  // A constant tensor is one whichever dialect it is of.
  if (op.name == "arith.constant" && op.attributes.size() == 1 && op.attributes[0].value.kind == Attribute::Tensor)
    op.name = "stablehlo.constant";
  const OpRow *row = findOp(op.name);
  llvm::StringRef dialect = llvm::StringRef(op.name).split('.').first;
  // Shardings are kept of no form of a file, but a mesh that is StableHLO's.
  const Attribute *mesh = dialect == "sdy" ? findAttribute(op.attributes, "stablehlo.mesh") : nullptr;
  if (dialect == "sdy" && (!mesh || mesh->kind != Attribute::Dictionary))
    op.attributes.clear();
  if (!row && llvm::is_contained({"stablehlo", "chlo", "check", "interpreter"}, dialect))
    return unknownOp(op.name, at);
  if (row) {
    // What text writes as one attribute and the schema has as several (dimension_numbers, algorithm, channel_handle) becomes
    // those of its fields that the op has.
    std::vector<NamedAttribute> attributes;
    for (NamedAttribute &entry : op.attributes) {
      bool isStruct = entry.value.kind == Attribute::Dictionary && !entry.value.text.empty() && !findRow(*row, entry.name);
      auto isOfOp = [&](const NamedAttribute &field) { return findRow(*row, field.name); };
      if (isStruct && llvm::any_of(entry.value.entries, isOfOp))
        llvm::copy_if(entry.value.entries, std::back_inserter(attributes), isOfOp);
      else
        attributes.push_back(std::move(entry));
    }
    op.attributes = std::move(attributes);
  }
  llvm::stable_sort(op.attributes, [](const NamedAttribute &a, const NamedAttribute &b) { return a.name < b.name; });
  for (size_t i = 1; i < op.attributes.size(); ++i)
    if (op.attributes[i].name == op.attributes[i - 1].name)
      return error(at, "the attribute '" + op.attributes[i].name + "' of '" + op.name + "' is given twice");
  if (!row)
    return true;
  bool isFine = true;
  for (NamedAttribute &entry : op.attributes) {
    const AttributeRow *attribute = findRow(*row, entry.name);
    if (attribute && !coerce(entry.value, attribute->kind, attribute->enumeration))
      isFine = error(at, "the attribute '" + entry.name + "' of '" + op.name + "' is not " + describeKind(*attribute));
    bool isSymbol = attribute && (attribute->kind == AttributeKind::Symbol || attribute->kind == AttributeKind::Symbols);
    if (*row->name && !isSymbol)
      makeStrings(entry.value);
  }
  if (!isFine || !charge(row->attributes.size() * sizeof(NamedAttribute)))
    return false;
  llvm::SmallVector<llvm::StringRef> missing = completeAttributes(*module, op, *row);
  return missing.empty() || error(at, "'" + op.name + "' lacks the attribute '" + llvm::join(missing, "', '") + "'");
}

} // namespace ingot::stablehlo
