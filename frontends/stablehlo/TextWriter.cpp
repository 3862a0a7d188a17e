// A module as text in MLIR's generic form, which our parser and any other reader of StableHLO takes. Attributes that the tree has as several
// and text as one are joined again; what is as the schema has it by default is left out, and so is what is not kept of other dialects.
#include "frontends/stablehlo/Attributes.h"
#include "frontends/stablehlo/ElementBytes.h"
#include "frontends/stablehlo/Text.h"
#include "frontends/stablehlo/TextStructs.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

#include <cmath>
#include <cstring>

namespace ingot::stablehlo {
namespace {

bool isForeign(const NamedAttribute &entry) { return entry.value.kind == Attribute::Foreign; }

class Writer {
public:
  explicit Writer(std::string &text) : out(text) {}

  void module(const Module &module, unsigned depth) {
    indent(depth) << "module";
    if (!module.name.empty())
      symbol(module.name);
    if (!llvm::all_of(module.attributes, isForeign))
      dictionary(module.attributes, " attributes ");
    out << " {\n";
    for (const Function &one : module.functions)
      function(module, one, depth + 1);
    for (const Op &one : module.ops)
      op(module, one, depth + 1);
    for (const Module *inner : module.nested)
      this->module(*inner, depth + 1);
    indent(depth) << "}\n";
  }

private:
  llvm::raw_string_ostream out;
  Module scratch;                        // of the types of defaults
  llvm::StringRef dialect = "stablehlo"; // of the op whose attributes are written

  llvm::raw_ostream &indent(unsigned depth) { return out.indent(2 * depth); }

  void quoted(llvm::StringRef text) {
    out << '"';
    llvm::printEscapedString(text, out);
    out << '"';
  }

  void symbol(llvm::StringRef name) {
    out << " @";
    quoted(name);
  }

  void type(TypeRef type) { out << spellType(type, /*most=*/SIZE_MAX); }

  void types(const Module &module, llvm::ArrayRef<ValueRef> values) {
    out << '(';
    llvm::interleaveComma(values, out, [&](ValueRef value) { type(module.typeOf(value)); });
    out << ')';
  }

  // A finite number that reads as a float; the bits of others.
  void number(double value, TypeRef of) {
    if (std::isfinite(value)) {
      std::string text;
      llvm::raw_string_ostream(text) << llvm::format("%.17e", value);
      out << text;
      return;
    }
    if (of && of->element == Element::F32) {
      const auto narrow = static_cast<float>(value);
      uint32_t bits;
      std::memcpy(&bits, &narrow, sizeof bits);
      out << "0x" << llvm::utohexstr(bits, /*LowerCase=*/false, 8);
      return;
    }
    uint64_t bits;
    std::memcpy(&bits, &value, sizeof bits);
    out << "0x" << llvm::utohexstr(bits, /*LowerCase=*/false, 16);
  }

  //===--- attributes --------------------------------------------------------------------------------------------------===//

  void dictionary(llvm::ArrayRef<NamedAttribute> entries, llvm::StringRef before = "", llvm::StringRef after = "") {
    out << before << '{';
    bool isFirst = true;
    for (const NamedAttribute &entry : entries) {
      if (isForeign(entry))
        continue;
      out << (isFirst ? "" : ", ");
      isFirst = false;
      quoted(entry.name);
      out << " = ";
      attribute(entry.value);
    }
    out << '}' << after;
  }

  void integers(llvm::ArrayRef<int64_t> values) {
    out << '[';
    llvm::interleaveComma(values, out);
    out << ']';
  }

  void attribute(const Attribute &attribute) {
    switch (attribute.kind) {
    case Attribute::Unit:
    case Attribute::Foreign:
      out << "unit";
      return;
    case Attribute::Bool:
      out << (attribute.integer ? "true" : "false");
      return;
    case Attribute::Integer:
      out << attribute.integer << " : ";
      return type(attribute.type);
    case Attribute::Float:
      number(attribute.number, attribute.type);
      out << " : ";
      return type(attribute.type);
    case Attribute::String:
      return quoted(attribute.text);
    case Attribute::Enum:
      return enumeral(attribute);
    case Attribute::Symbol:
      out << '@';
      return quoted(attribute.text);
    case Attribute::Type:
      return type(attribute.type);
    case Attribute::Array:
      out << '[';
      llvm::interleaveComma(attribute.items, out, [&](const Attribute &item) { this->attribute(item); });
      out << ']';
      return;
    case Attribute::Dictionary:
      for (const StructRow &row : allStructs())
        if (attribute.text == row.mnemonic)
          return structure(row, attribute.entries);
      return dictionary(attribute.entries);
    case Attribute::Integers:
      return list(attribute);
    case Attribute::Tensor:
      return elements(attribute.elements);
    }
  }

  // The version of a custom call's interface is a number in text.
  void enumeral(const Attribute &attribute) {
    const EnumValue *value = attribute.enumeration ? attribute.enumeration->find(attribute.text) : nullptr;
    if (value && attribute.enumeration->name == llvm::StringRef("custom_call_api_version"))
      out << value->number << " : i32";
    else if (attribute.enumeration)
      out << '#' << dialect << '<' << attribute.enumeration->name << ' ' << attribute.text << '>';
    else
      quoted(attribute.text);
  }

  void list(const Attribute &attribute) {
    const Type &type = *attribute.type;
    auto value = [&](int64_t number) {
      if (type.element == Element::Bool)
        out << (number ? "true" : "false");
      else
        out << number;
    };
    if (type.dims.size() == 1 && type.element != Element::Index) {
      out << "array<" << spellElement(type.element) << (attribute.integers.empty() ? "" : ": ");
      llvm::interleaveComma(attribute.integers, out, value);
      out << '>';
      return;
    }
    out << "dense<";
    if (!attribute.integers.empty())
      nested(type.dims, [&, next = size_t(0)]() mutable { value(attribute.integers[next++]); });
    out << "> : ";
    this->type(attribute.type);
  }

  // The elements in brackets for each dim.
  void nested(llvm::ArrayRef<int64_t> dims, llvm::function_ref<void()> next) {
    if (dims.empty())
      return next();
    out << '[';
    for (int64_t i = 0; i != dims.front(); ++i) {
      out << (i ? ", " : "");
      nested(dims.drop_front(), next);
    }
    out << ']';
  }

  // Integers and truth values as such; others as their bytes.
  void elements(const Elements &elements) {
    const Type &type = *elements.type;
    const unsigned size = elementBytes(type.element);
    const bool isSigned = type.element >= Element::SI2 && type.element <= Element::SI64,
               isInteger = isSigned || (type.element >= Element::UI2 && type.element <= Element::UI64),
               isTruth = type.element == Element::Bool;
    out << "dense<";
    if (isInteger || isTruth) {
      size_t at = 0;
      auto next = [&] {
        uint64_t bits = 0;
        for (unsigned b = 0; b != size; ++b)
          bits |= uint64_t(uint8_t(elements.bytes[at + b])) << (8 * b);
        at += size;
        if (isTruth)
          out << (bits ? "true" : "false");
        else if (isSigned)
          out << llvm::SignExtend64(bits, 8 * size);
        else
          out << bits;
      };
      if (elements.bytes.empty())
        ; // of no elements
      else if (elements.splat)
        next();
      else
        nested(type.dims, next);
    } else if (!elements.bytes.empty()) {
      out << "\"0x" << llvm::toHex(packElements(elements)) << '"';
    }
    out << "> : ";
    this->type(elements.type);
  }

  //===--- attributes with fields --------------------------------------------------------------------------------------===//

  void field(const FieldRow &row, const Attribute &value) {
    switch (row.kind) {
    case FieldKind::Integer:
      out << value.integer;
      return;
    case FieldKind::Dims:
      return integers(value.integers);
    case FieldKind::Float:
      return number(value.number, value.type);
    case FieldKind::Bool:
      out << (value.integer ? "true" : "false");
      return;
    case FieldKind::Type:
      return type(value.type);
    case FieldKind::String:
      return quoted(value.text);
    case FieldKind::Any:
      return attribute(value);
    case FieldKind::SubAxis: {
      const Attribute *before = findAttribute(value.entries, "pre_size"), *size = findAttribute(value.entries, "size");
      out << '(' << (before ? before->integer : 1) << ')' << (size ? size->integer : 1);
      return;
    }
    case FieldKind::Structs:
      out << '[';
      llvm::interleaveComma(value.items, out, [&](const Attribute &item) { attribute(item); });
      out << ']';
      return;
    }
  }

  void structure(const StructRow &row, llvm::ArrayRef<NamedAttribute> entries) {
    out << '#' << (row.mnemonic == llvm::StringRef("ragged_dot") ? "chlo" : "stablehlo") << '.' << row.mnemonic << '<';
    if (row.mnemonic == llvm::StringRef("conv"))
      out << "raw ";
    bool isFirst = true;
    for (const FieldRow &field : row.fields) {
      const Attribute *value = findAttribute(entries, field.key());
      if (!value && field.kind != FieldKind::Integer)
        continue;
      out << (isFirst ? "" : ", ") << field.name << " = ";
      isFirst = false;
      if (value)
        this->field(field, *value);
      else
        out << 0;
    }
    out << '>';
  }

  // Whether these attributes of an op are the fields of one in text.
  static bool isHeldBy(const StructRow &row, const Op &op) {
    return row.attribute && op.find(row.fields.front().key()) && llvm::all_of(row.fields, [&](const FieldRow &field) {
             return field.kind == FieldKind::Integer || op.find(field.key());
           });
  }

  // An op's attributes as text has them.
  void attributes(const Op &op) {
    const OpRow *row = findOp(op.name);
    const std::pair<llvm::StringRef, llvm::StringRef> name = llvm::StringRef(op.name).split('.');
    dialect = name.first == "chlo" ? "chlo" : "stablehlo";
    std::vector<NamedAttribute> inherent, others;
    llvm::StringSet<> held;
    std::vector<const StructRow *> structs;
    // The one with most fields first: those of a dot are some of a ragged one.
    for (const StructRow &one : allStructs())
      if (row && isHeldBy(one, op))
        structs.push_back(&one);
    llvm::stable_sort(structs, [](const StructRow *a, const StructRow *b) { return a->fields.size() > b->fields.size(); });
    llvm::erase_if(structs, [&](const StructRow *one) {
      if (llvm::any_of(one->fields, [&](const FieldRow &field) { return held.contains(field.key()); }))
        return true;
      for (const FieldRow &field : one->fields)
        held.insert(field.key());
      // An algorithm that is not given, and a channel that is none, are none.
      const Attribute &first = *op.find(one->fields.front().key());
      return first.kind == Attribute::Unit ||
             (one->attribute == llvm::StringRef("channel_handle") && first.integer == 0 && !op.find("channel_type"));
    });
    for (const NamedAttribute &entry : op.attributes) {
      const AttributeRow *known = nullptr;
      for (const AttributeRow &attribute : row ? row->attributes : llvm::ArrayRef<AttributeRow>())
        if (entry.name == attribute.name)
          known = &attribute;
      if (isForeign(entry) || held.contains(entry.name))
        continue;
      if (known) {
        std::optional<Attribute> byDefault = defaultAttribute(scratch, op, *known);
        if ((byDefault && equalAttributes(entry.value, *byDefault, known)) || entry.value.kind == Attribute::Unit)
          continue;
      }
      (known || !row ? inherent : others).push_back(entry);
    }
    if (!inherent.empty() || !structs.empty()) {
      out << " <{";
      bool isFirst = true;
      for (const StructRow *one : structs) {
        out << (isFirst ? "" : ", ") << one->attribute << " = ";
        isFirst = false;
        structure(*one, op.attributes);
      }
      for (const NamedAttribute &entry : inherent) {
        out << (isFirst ? "" : ", ") << entry.name << " = ";
        isFirst = false;
        attribute(entry.value);
      }
      out << "}>";
    }
    if (!others.empty())
      pending = std::move(others);
  }
  std::vector<NamedAttribute> pending; // discardable ones, which stand behind the regions

  //===--- ops ---------------------------------------------------------------------------------------------------------===//

  void values(llvm::ArrayRef<ValueRef> list) {
    llvm::interleaveComma(list, out, [&](ValueRef value) { out << '%' << value; });
  }

  void location(LocationRef location) {
    if (!location || location->name.empty())
      return;
    out << " loc(";
    quoted(location->name);
    out << ')';
  }

  void arguments(const Module &module, const Block &block) {
    out << '(';
    llvm::interleaveComma(block.arguments, out, [&](ValueRef argument) {
      out << '%' << argument << ": ";
      type(module.typeOf(argument));
    });
    out << ')';
  }

  // `namesFirst`: the first block's arguments are to be named with it, as they are not by what stands before.
  void region(const Module &module, const Region &region, unsigned depth, bool namesFirst = true) {
    out << "{\n";
    for (auto [number, block] : llvm::enumerate(region.blocks)) {
      if (number || (namesFirst && !block.arguments.empty())) {
        indent(depth) << "^bb" << number;
        arguments(module, block);
        out << ":\n";
      }
      for (const Op &one : block.ops)
        op(module, one, depth + 1);
    }
    indent(depth) << '}';
  }

  void op(const Module &module, const Op &op, unsigned depth) {
    indent(depth);
    if (!op.results.empty()) {
      values(op.results);
      out << " = ";
    }
    quoted(op.name);
    out << '(';
    values(op.operands);
    out << ')';
    attributes(op);
    std::vector<NamedAttribute> others = std::exchange(pending, {});
    if (!op.regions.empty()) {
      out << " (";
      llvm::interleaveComma(op.regions, out, [&](const Region &one) { region(module, one, depth); });
      out << ')';
    }
    if (!others.empty())
      dictionary(others, " ");
    out << " : ";
    types(module, op.operands);
    out << " -> ";
    types(module, op.results);
    location(op.location);
    out << '\n';
  }

  static llvm::ArrayRef<NamedAttribute> at(const std::vector<std::vector<NamedAttribute>> &lists, size_t index) {
    return index < lists.size() ? llvm::ArrayRef(lists[index]) : llvm::ArrayRef<NamedAttribute>();
  }

  void function(const Module &module, const Function &function, unsigned depth) {
    indent(depth) << "func.func " << (function.isPublic ? "public" : "private");
    symbol(function.name);
    const bool isDefined = !function.body.blocks.empty();
    out << '(';
    for (auto [i, member] : llvm::enumerate(function.type->members)) {
      out << (i ? ", " : "");
      if (isDefined)
        out << '%' << function.body.blocks.front().arguments[i] << ": ";
      type(member);
      if (!llvm::all_of(at(function.argumentAttributes, i), isForeign))
        dictionary(at(function.argumentAttributes, i), " ");
    }
    out << ')';
    if (!function.type->results.empty()) {
      out << " -> (";
      for (auto [i, result] : llvm::enumerate(function.type->results)) {
        out << (i ? ", " : "");
        type(result);
        if (!llvm::all_of(at(function.resultAttributes, i), isForeign))
          dictionary(at(function.resultAttributes, i), " ");
      }
      out << ')';
    }
    if (!llvm::all_of(function.attributes, isForeign))
      dictionary(function.attributes, " attributes ");
    if (isDefined) {
      out << ' ';
      region(module, function.body, depth, /*namesFirst=*/false);
    }
    out << '\n';
  }
};

} // namespace

std::string writeText(const Module &module) {
  std::string text;
  Writer(text).module(module, 0);
  return text;
}

} // namespace ingot::stablehlo
