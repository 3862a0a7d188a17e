#include "frontends/stablehlo/Attributes.h"
#include "frontends/stablehlo/ElementBytes.h"
#include "frontends/stablehlo/TextParser.h"

#include "llvm/Support/MathExtras.h"

namespace ingot::stablehlo {

bool TextParser::parseString(std::string &text) {
  if (token.kind != Token::String)
    return expected("a string");
  text = unescape(token.text);
  advance();
  return charge(text.size());
}

// @name, @module::@name
bool TextParser::parseSymbol(std::string &name) {
  name.clear();
  while (true) {
    if (token.kind != Token::Symbol)
      return expected("the name of a symbol (@name)");
    name += token.text[1] == '"' ? unescape(token.text.drop_front()) : token.text.drop_front().str();
    advance();
    if (!token.is(':') || !lexer.text.substr(offset()).starts_with("::"))
      return charge(name.size());
    name += "::@";
    advance();
    advance();
  }
}

// EQ; "EQ"
bool TextParser::parseEnumeral(Attribute &attribute) {
  if (token.kind != Token::Identifier && token.kind != Token::String)
    return expected("a keyword");
  attribute.kind = Attribute::Enum;
  attribute.text = token.kind == Token::String ? unescape(token.text) : token.text.str();
  advance();
  return true;
}

bool TextParser::parseEntries(std::vector<NamedAttribute> &entries) {
  Nesting nesting(*this, attributeDepth);
  size_t first = entries.size();
  if (!nesting.isFine() || !parse('{') || !parseList('}', [&] {
        if (token.kind != Token::Identifier && token.kind != Token::String)
          return expected("the name of an attribute");
        NamedAttribute &entry = entries.emplace_back();
        entry.name = token.kind == Token::String ? unescape(token.text) : token.text.str();
        advance();
        if (!charge(sizeof(NamedAttribute)))
          return false;
        return !take('=') || parseAttribute(entry.value);
      }))
    return false;
  std::stable_sort(entries.begin() + first, entries.end(),
                   [](const NamedAttribute &a, const NamedAttribute &b) { return a.name < b.name; });
  for (size_t i = first + 1; i < entries.size(); ++i)
    if (entries[i].name == entries[i - 1].name)
      return error(offset(), "the attribute '" + entries[i].name + "' is given twice");
  return true;
}

bool TextParser::parseAttribute(Attribute &attribute) {
  Nesting nesting(*this, attributeDepth);
  if (!nesting.isFine() || !charge(sizeof(Attribute)))
    return false;
  switch (token.kind) {
  case Token::String:
    attribute.kind = Attribute::String;
    // A string may say a type, which has no meaning here.
    if (TypeRef ignored; !parseString(attribute.text) || (take(':') && !parseType(ignored)))
      return false;
    return true;
  case Token::Symbol:
    attribute.kind = Attribute::Symbol;
    return parseSymbol(attribute.text);
  case Token::Hash:
    return token.text.contains('.') || lexer.text.substr(lexer.position).starts_with("<") ? parseDialectAttribute(attribute)
                                                                                          : parseAliasedAttribute(attribute);
  case Token::Integer:
  case Token::Float:
    return parseAttributeOfNumber(attribute);
  default:
    break;
  }
  if (token.is('-'))
    return parseAttributeOfNumber(attribute);
  if (token.is('{')) {
    attribute.kind = Attribute::Dictionary;
    return parseEntries(attribute.entries);
  }
  if (take('[')) {
    attribute.kind = Attribute::Array;
    return parseList(']', [&] { return parseAttribute(attribute.items.emplace_back()); });
  }
  if (token.isWord("true") || token.isWord("false")) {
    attribute = makeBool(token.text == "true");
    advance();
    return true;
  }
  if (token.isWord("unit")) {
    advance();
    return true;
  }
  if (token.isWord("dense"))
    return parseDense(attribute);
  if (token.isWord("dense_resource"))
    return parseDenseResource(attribute);
  if (token.isWord("array"))
    return parseArray(attribute);
  if (token.isWord("loc")) {
    LocationRef ignored = textLocation(offset());
    attribute.kind = Attribute::Foreign;
    attribute.text = "builtin";
    return takeLocation(ignored);
  }
  if (token.isWord("affine_map") || token.isWord("affine_set") || token.isWord("sparse") || token.isWord("strided") ||
      token.isWord("distinct"))
    return error(offset(), "the attribute " + describe(token) + " is not supported");
  if (token.kind != Token::Identifier && token.kind != Token::Bang && !token.is('('))
    return expected("an attribute");
  attribute.kind = Attribute::Type;
  return parseType(attribute.type);
}

// 1, 1 : i32, -1.5e-3 : f32, 0x7FC00000 : f32
bool TextParser::parseAttributeOfNumber(Attribute &attribute) {
  size_t start = offset();
  take('-');
  bool isFloat = token.kind == Token::Float;
  if (!isFloat && token.kind != Token::Integer)
    return expected("a number");
  advance();
  Element element = isFloat ? Element::F64 : Element::SI64;
  TypeRef type = nullptr;
  if (take(':')) {
    size_t at = offset();
    if (!parseType(type))
      return false;
    if (type->kind != Type::Scalar || type->element == Element::Complex64 || type->element == Element::Complex128)
      return error(at, spellType(type) + " is no type of a number");
    element = type->element;
  }
  size_t end = offset();
  std::string bytes;
  moveTo(start);
  if (!parseElement(element, bytes))
    return false;
  moveTo(end);
  uint64_t bits = 0;
  for (size_t i = 0; i < bytes.size(); ++i)
    bits |= uint64_t(uint8_t(bytes[i])) << (8 * i);
  if (element == Element::Bool)
    attribute = makeBool(bits != 0);
  else if (floatBits(element)) {
    attribute = makeFloat(*module, decodeFloat(element == Element::TF32 ? Element::F32 : element, bits), element);
  } else {
    bool isSigned = element < Element::UI2 || element == Element::Index;
    attribute =
        makeInteger(*module, isSigned ? llvm::SignExtend64(bits, unsigned(8 * bytes.size())) : int64_t(bits), element);
  }
  return true;
}

bool TextParser::parseAliasedAttribute(Attribute &attribute) {
  auto it = aliases.find(token.text);
  if (it == aliases.end())
    return error(offset(), describe(token) + " is not defined");
  size_t end = lexer.position;
  moveTo(it->second);
  if (!parseAttribute(attribute))
    return false;
  moveTo(end);
  return true;
}

// #stablehlo.gather<...>, #stablehlo<comparison_direction EQ>, #sdy.sharding<...>
bool TextParser::parseDialectAttribute(Attribute &attribute) {
  auto [dialect, mnemonic] = token.text.drop_front().split('.');
  size_t at = offset();
  advance();
  if (dialect == "vhlo")
    return error(at, "attributes of VHLO are read from portable artifacts alone");
  if (dialect != "stablehlo" && dialect != "chlo") {
    attribute.kind = Attribute::Foreign;
    attribute.text = dialect.str();
    return !token.is('<') || skipBalanced();
  }
  bool isInside = mnemonic.empty(); // #stablehlo<MNEMONIC ...>
  if (isInside) {
    if (!parse('<'))
      return false;
    mnemonic = token.text;
    if (token.kind != Token::Identifier)
      return expected("the name of an attribute");
    advance();
  }
  const EnumRow *enumeration = findEnum(mnemonic);
  if (enumeration) {
    size_t valueAt = offset() + !isInside;
    if ((!isInside && !parse('<')) || !parseEnumeral(attribute) || !parse('>'))
      return false;
    const EnumValue *value = enumeration->find(attribute.text);
    if (!value)
      return error(valueAt, "'" + attribute.text + "' is no " + mnemonic);
    attribute = makeEnum(*enumeration, *value);
    return true;
  }
  if (isInside && !token.is('<'))
    return error(at, "unknown attribute '#" + dialect + "<" + mnemonic + "'");
  return parseStruct(mnemonic, attribute) && (!isInside || parse('>'));
}

} // namespace ingot::stablehlo
