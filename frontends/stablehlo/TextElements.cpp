// Constants: dense<[1, 2]>, dense<"0x...">, dense_resource<name>, array<i64: 1, 2>.
#include "frontends/stablehlo/Attributes.h"
#include "frontends/stablehlo/ElementBytes.h"
#include "frontends/stablehlo/TextParser.h"

#include "llvm/ADT/StringExtras.h"

namespace ingot::stablehlo {

bool TextParser::countOf(TypeRef type, size_t at, uint64_t &count) {
  if (type->kind != Type::Tensor)
    return error(at, "a constant of type " + spellType(type) + ": expected a tensor");
  std::optional<uint64_t> elements = countElements(type->dims);
  if (!elements)
    return error(at, "a constant of type " + spellType(type) + ": its dims must be known, and their product fit in 64 bits");
  count = *elements;
  return true;
}

// The type stands behind the elements, which are skipped first.
bool TextParser::parseDense(Attribute &attribute) {
  advance();
  size_t start = offset();
  if (!token.is('<'))
    return expected("'<'");
  if (!skipBalanced() || !parse(':'))
    return false;
  TypeRef type;
  if (!parseType(type))
    return false;
  size_t end = offset();
  moveTo(start);
  advance();
  attribute.kind = Attribute::Tensor;
  if (!parseElements(type, attribute.elements) || !parse('>'))
    return false;
  moveTo(end);
  return true;
}

bool TextParser::parseElements(TypeRef type, Elements &elements) {
  size_t at = offset();
  uint64_t count;
  if (!countOf(type, at, count))
    return false;
  elements.type = type;
  if (token.kind == Token::String) {
    std::string text = unescape(token.text);
    advance();
    return parseBlob(type, text, at, 0, elements);
  }
  std::string bytes;
  if (token.is('>')) {
    if (count)
      return error(at, "no elements, and the type " + spellType(type) + " has " + llvm::Twine(count));
    return true;
  }
  if (token.is('[')) {
    if (!parseElementList(*type, 0, bytes))
      return false;
  } else {
    if (!parseElement(type->element, bytes))
      return false;
    elements.splat = count > 1;
    if (!count)
      bytes.clear();
  }
  elements.bytes = module->own(std::move(bytes));
  return true;
}

bool TextParser::parseElementList(const Type &type, size_t level, std::string &bytes) {
  size_t at = offset();
  if (level == type.dims.size())
    return error(at, "the elements are nested deeper than the " + llvm::Twine(type.dims.size()) + " dims of their type");
  bool isInner = level + 1 == type.dims.size();
  int64_t count = 0;
  unsigned size = elementBytes(type.element);
  advance();
  if (!parseList(']', [&] {
        ++count;
        if (isInner)
          return charge(size) && parseElement(type.element, bytes);
        return token.is('[') ? parseElementList(type, level + 1, bytes) : expected("'['");
      }))
    return false;
  if (count != type.dims[level])
    return error(at, llvm::Twine(count) + (count == 1 ? " element" : " elements") + " where the type has " +
                         llvm::Twine(type.dims[level]) + " along dim " + llvm::Twine(level));
  return true;
}

// Elements, or one for all, as bytecode has them, in hexadecimal digits. `skipped` bytes go before.
bool TextParser::parseBlob(TypeRef type, llvm::StringRef text, size_t at, size_t skipped, Elements &elements) {
  uint64_t count;
  std::string bytes;
  if (!countOf(type, at, count))
    return false;
  if (!text.consume_front("0x") || !llvm::tryGetFromHex(text, bytes) || text.size() % 2)
    return error(at, "expected elements as hexadecimal digits (\"0x...\")");
  if (bytes.size() < skipped)
    return error(at, llvm::Twine(bytes.size()) + " bytes, fewer than the " + llvm::Twine(skipped) + " of the alignment");
  bytes.erase(0, skipped);
  if (!charge(bytes.size()))
    return false;
  elements.type = type;
  std::optional<std::string> unpacked;
  std::string why;
  if (!unpackElements(*type, bytes, true, elements.splat, unpacked, why))
    return error(at, why);
  if (unpacked && !charge(unpacked->size()))
    return false;
  elements.bytes = module->own(unpacked ? std::move(*unpacked) : std::move(bytes));
  return true;
}

bool TextParser::parseDenseResource(Attribute &attribute) {
  advance();
  if (!parse('<'))
    return false;
  if (token.kind != Token::Identifier && token.kind != Token::String)
    return expected("the name of a resource");
  std::string key = token.kind == Token::String ? unescape(token.text) : token.text.str();
  size_t at = offset();
  advance();
  TypeRef type;
  if (!parse('>') || !parse(':') || !parseType(type))
    return false;
  auto it = resources.find(key);
  if (it == resources.end())
    return error(at, "the resource '" + key + "' is not defined");
  size_t end = offset();
  moveTo(it->second);
  std::string text = unescape(token.text);
  constexpr size_t kAlignment = 4; // bytes that say the alignment go before the elements
  attribute.kind = Attribute::Tensor;
  if (!charge(text.size()) || !parseBlob(type, text, it->second, kAlignment, attribute.elements))
    return false;
  moveTo(end);
  return true;
}

// array<i64: 1, 2>, array<i1: true>, array<i64>
bool TextParser::parseArray(Attribute &attribute) {
  advance();
  Element element;
  std::string bytes;
  int64_t count = 0;
  if (!parse('<') || !parseElementType(element))
    return false;
  if (!take('>') && (!parse(':') || !parseList('>', [&] {
        ++count;
        return charge(elementBytes(element)) && parseElement(element, bytes);
      })))
    return false;
  attribute.kind = Attribute::Tensor;
  attribute.elements.type = tensor({count}, element);
  attribute.elements.bytes = module->own(std::move(bytes));
  return true;
}

} // namespace ingot::stablehlo
