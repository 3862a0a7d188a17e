#include "frontends/stablehlo/Attributes.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

namespace ingot::stablehlo {
namespace {

class Printer {
public:
  Printer(size_t maxElements, std::string &text) : maxElements(maxElements), out(text) {}

  void module(const Module &module, unsigned depth) {
    indent(depth) << "module";
    if (!module.name.empty())
      out << " @" << module.name;
    attributes(module.attributes, " attributes ");
    out << " {\n";
    for (const Function &function : module.functions)
      print(module, function, depth + 1);
    for (const Op &op : module.ops)
      print(module, op, depth + 1);
    for (const Module *inner : module.nested)
      this->module(*inner, depth + 1);
    indent(depth) << "}\n";
  }

private:
  size_t maxElements;
  llvm::raw_string_ostream out;

  llvm::raw_ostream &indent(unsigned depth) { return out.indent(2 * depth); }

  void attributes(llvm::ArrayRef<NamedAttribute> list, const char *before) {
    if (list.empty())
      return;
    out << before << '{';
    llvm::interleaveComma(list, out, [&](const NamedAttribute &entry) {
      out << entry.name << " = ";
      print(entry.value);
    });
    out << '}';
  }

  void print(const Attribute &attribute) {
    switch (attribute.kind) {
    case Attribute::Unit:
      out << "none";
      return;
    case Attribute::Bool:
      out << (attribute.integer ? "true" : "false");
      return;
    case Attribute::Integer:
      out << attribute.integer << " : " << spellType(attribute.type);
      return;
    case Attribute::Float:
      out << llvm::format("%.17g", attribute.number) << " : " << spellType(attribute.type);
      return;
    case Attribute::String:
      out << '"';
      llvm::printEscapedString(attribute.text, out);
      out << '"';
      return;
    case Attribute::Enum:
      out << attribute.text;
      return;
    case Attribute::Symbol:
      out << '@' << attribute.text;
      return;
    case Attribute::Type:
      out << spellType(attribute.type);
      return;
    case Attribute::Array:
      out << '[';
      llvm::interleaveComma(attribute.items, out, [&](const Attribute &item) { print(item); });
      out << ']';
      return;
    case Attribute::Dictionary:
      if (!attribute.text.empty())
        out << '#' << attribute.text;
      if (attribute.entries.empty())
        out << "{}";
      return attributes(attribute.entries, "");
    case Attribute::Integers:
      out << "array<" << spellType(attribute.type) << ": ";
      llvm::interleaveComma(llvm::ArrayRef(attribute.integers).take_front(maxElements), out);
      out << (attribute.integers.size() > maxElements ? ", ...>" : ">");
      return;
    case Attribute::Tensor:
      return print(attribute.elements);
    case Attribute::Foreign:
      out << '#' << attribute.text << "<...>";
      return;
    }
  }

  // Bytes, for elements have types enough: what they are is the reader's to say.
  void print(const Elements &elements) {
    unsigned size = elements.type ? elementBytes(elements.type->element) : 1;
    out << (elements.splat ? "splat<" : "dense<");
    if (elements.bytes.size() / size > maxElements)
      out << "...";
    else
      for (size_t i = 0; i < elements.bytes.size(); i += size)
        out << (i ? ", " : "") << "0x" << llvm::toHex(elements.bytes.substr(i, size));
    out << "> : " << spellType(elements.type);
  }

  void values(llvm::ArrayRef<ValueRef> list) {
    llvm::interleaveComma(list, out, [&](ValueRef value) { out << '%' << value; });
  }

  void types(const Module &module, llvm::ArrayRef<ValueRef> list) {
    out << '(';
    llvm::interleaveComma(list, out, [&](ValueRef value) { out << spellType(module.typeOf(value)); });
    out << ')';
  }

  void print(const Module &module, const Region &region, unsigned depth) {
    out << "{\n";
    for (const Block &block : region.blocks) {
      if (!block.arguments.empty()) {
        indent(depth) << '^';
        values(block.arguments);
        out << " : ";
        types(module, block.arguments);
        out << '\n';
      }
      for (const Op &op : block.ops)
        print(module, op, depth + 1);
    }
    indent(depth) << '}';
  }

  void print(const Module &module, const Op &op, unsigned depth) {
    indent(depth);
    if (!op.results.empty()) {
      values(op.results);
      out << " = ";
    }
    out << op.name << '(';
    values(op.operands);
    out << ')';
    attributes(op.attributes, " ");
    for (const Region &region : op.regions) {
      out << ' ';
      print(module, region, depth);
    }
    out << " : ";
    types(module, op.operands);
    out << " -> ";
    types(module, op.results);
    out << '\n';
  }

  void print(const Module &module, const Function &function, unsigned depth) {
    indent(depth) << "func " << (function.isPublic ? "public" : "private") << " @" << function.name << ' '
                  << spellType(function.type);
    attributes(function.attributes, " attributes ");
    auto lists = [&](llvm::ArrayRef<std::vector<NamedAttribute>> all, const char *what) {
      for (auto [i, list] : llvm::enumerate(all))
        if (!list.empty()) {
          out << ' ' << what << ' ' << i;
          attributes(list, " ");
        }
    };
    lists(function.argumentAttributes, "argument");
    lists(function.resultAttributes, "result");
    if (!function.body.blocks.empty()) {
      out << ' ';
      print(module, function.body, depth);
    }
    out << '\n';
  }
};

} // namespace

std::string printModule(const Module &module, size_t maxElements) {
  std::string text;
  Printer(maxElements, text).module(module, 0);
  return text;
}

} // namespace ingot::stablehlo
