#include "frontends/stablehlo/Limits.h"
#include "frontends/stablehlo/TextParser.h"

#include "llvm/ADT/StringExtras.h"

namespace ingot::stablehlo {
namespace {

// Of tuples and functions within each other, each counted as often as it stands there.
constexpr uint64_t kMaxTypeParts = 1 << 20;

} // namespace

TypeRef TextParser::scalar(Element element) {
  Type type;
  type.kind = Type::Scalar;
  type.element = element;
  return module->intern(std::move(type));
}

TypeRef TextParser::tensor(std::vector<int64_t> dims, Element element) {
  Type type;
  type.kind = Type::Tensor;
  type.element = element;
  type.dims = std::move(dims);
  return module->intern(std::move(type));
}

TypeRef TextParser::combined(Type type, size_t at) {
  uint64_t parts = 1;
  for (const auto *list : {&type.members, &type.results})
    for (TypeRef part : *list)
      parts += part->members.empty() && part->results.empty() ? 1 : typeParts.lookup(part);
  if (parts > kMaxTypeParts) {
    error(at, "a type of more than " + llvm::Twine(kMaxTypeParts) + " parts");
    return nullptr;
  }
  if (!charge(sizeof(Type) + 8 * (type.members.size() + type.results.size())))
    return nullptr;
  TypeRef interned = module->intern(std::move(type));
  typeParts[interned] = parts;
  return interned;
}

bool TextParser::parseTypes(std::vector<TypeRef> &types) {
  do
    if (!parseType(types.emplace_back()))
      return false;
  while (take(','));
  return true;
}

bool TextParser::parseResultTypes(std::vector<TypeRef> &types) {
  if (take('('))
    return take(')') || (parseTypes(types) && parse(')'));
  return parseType(types.emplace_back());
}

bool TextParser::parseFunctionType(TypeRef &type) {
  size_t at = offset();
  Type function;
  function.kind = Type::Function;
  if (!parse('(') || !(take(')') || (parseTypes(function.members) && parse(')'))) || !parseArrow() ||
      !parseResultTypes(function.results))
    return false;
  return (type = combined(std::move(function), at)) != nullptr;
}

bool TextParser::parseType(TypeRef &type) {
  Nesting nesting(*this, attributeDepth);
  if (!nesting.isFine())
    return false;
  size_t at = offset();
  if (token.is('('))
    return parseFunctionType(type);
  if (token.kind == Token::Bang)
    return token.text.contains('.') ? parseDialectType(type) : parseAliasedType(type);
  if (token.kind != Token::Identifier)
    return expected("a type");
  if (token.text == "tensor")
    return parseTensorType(type, Type::Tensor);
  if (token.text == "memref")
    return parseTensorType(type, Type::Buffer);
  if (takeWord("none")) {
    type = module->intern(Type());
    return true;
  }
  if (takeWord("tuple")) {
    Type tuple;
    tuple.kind = Type::Tuple;
    if (!parse('<') || !(take('>') || (parseTypes(tuple.members) && parse('>'))))
      return false;
    return (type = combined(std::move(tuple), at)) != nullptr;
  }
  Element element;
  if (!parseElementType(element))
    return false;
  type = scalar(element);
  return true;
}

// f32, complex<f32>
bool TextParser::parseElementType(Element &element) {
  size_t at = offset();
  if (token.kind != Token::Identifier)
    return expected("an element type");
  if (takeWord("complex")) {
    if (!parse('<') || !parseElementType(element))
      return false;
    if (element != Element::F32 && element != Element::F64)
      return error(at, "complex<" + spellElement(element) + "> is no element type: parts are f32 or f64");
    element = element == Element::F32 ? Element::Complex64 : Element::Complex128;
    return parse('>');
  }
  std::optional<Element> named = findElement(token.text);
  if (!named)
    return error(at, "unknown type " + describe(token));
  element = *named;
  advance();
  return true;
}

// "2x?x" and where behind it the element type begins. Tokens do not tell them apart: "2x3xf32", "0x3xf32".
bool TextParser::parseShape(std::vector<int64_t> &dims, size_t &elementAt) {
  llvm::StringRef text = lexer.text;
  size_t at = offset() + 1;
  auto skipSpaces = [&] {
    while (at < text.size() && llvm::isSpace(text[at]))
      ++at;
  };
  for (skipSpaces(); at < text.size() && (llvm::isDigit(text[at]) || text[at] == '?'); skipSpaces()) {
    int64_t dim = kDynamic;
    llvm::StringRef digits = text.substr(at).take_while(llvm::isDigit);
    if (!digits.empty() && digits.getAsInteger(10, dim))
      return error(at, "the dim " + digits + " does not fit in 64 bits");
    if (dims.size() == kMaxRank)
      return error(at, "a tensor of more than " + llvm::Twine(kMaxRank) + " dims");
    dims.push_back(dim);
    at += std::max<size_t>(digits.size(), 1);
    skipSpaces();
    if (at == text.size() || text[at] != 'x') {
      moveTo(at);
      return expected("'x' behind a dim");
    }
    ++at;
  }
  elementAt = at;
  return true;
}

bool TextParser::parseTensorType(TypeRef &type, Type::Kind kind) {
  advance();
  if (!token.is('<'))
    return expected("'<'");
  Type made;
  made.kind = kind;
  size_t elementAt;
  if (!parseShape(made.dims, elementAt))
    return false;
  moveTo(elementAt);
  if (made.dims.empty() && token.is('*')) {
    if (kind != Type::Tensor)
      return error(offset(), "buffers of unknown rank are not supported");
    made.kind = Type::UnrankedTensor;
    llvm::StringRef rest = lexer.text.substr(offset() + 1);
    if (!rest.starts_with("x"))
      return error(offset() + 1, "expected 'x' behind '*'");
    moveTo(offset() + 2);
  }
  llvm::StringRef aliased = token.kind == Token::Bang && !token.text.contains('.') ? token.text : "";
  if (!aliased.empty()) { // of a quantised element type
    auto it = aliases.find(aliased);
    if (it == aliases.end())
      return error(offset(), "'" + aliased + "' is not defined");
    size_t end = lexer.position;
    moveTo(it->second);
    if (!(token.kind == Token::Bang && token.text.starts_with("!quant.") ? parseQuantization(made)
                                                                         : parseElementType(made.element)))
      return false;
    moveTo(end);
  } else if (token.kind == Token::Bang) {
    if (!parseQuantization(made))
      return false;
  } else if (!parseElementType(made.element)) {
    return false;
  }
  const size_t encodingAt = offset();
  if (take(',') && !parseEncoding(made.bounds))
    return false;
  if (!made.bounds.empty() && made.bounds.size() != made.dims.size())
    return error(encodingAt, llvm::Twine(made.bounds.size()) + " bounds for " + llvm::Twine(made.dims.size()) + " dims");
  for (auto [axis, bound] : llvm::enumerate(made.bounds))
    if (bound >= 0 && made.dims[axis] >= 0)
      return error(encodingAt,
                   "dim " + llvm::Twine(axis) + " is " + llvm::Twine(made.dims[axis]) + " and can have no bound");
  if (!charge(sizeof(Type) + 8 * made.dims.size()))
    return false;
  type = module->intern(std::move(made));
  return parse('>');
}

// #stablehlo.bounds<?, 4>, #stablehlo.type_extensions<bounds = [?, 4]>
bool TextParser::parseEncoding(std::vector<int64_t> &bounds) {
  Nesting nesting(*this, attributeDepth);
  if (!nesting.isFine())
    return false;
  if (token.kind == Token::Hash && !token.text.contains('.')) {
    auto it = aliases.find(token.text);
    if (it == aliases.end())
      return error(offset(), describe(token) + " is not defined");
    size_t end = lexer.position;
    moveTo(it->second);
    if (!parseEncoding(bounds))
      return false;
    moveTo(end);
    return true;
  }
  if (token.kind != Token::Hash)
    return expected("the encoding of a tensor");
  if (token.text == "#stablehlo.bounds") {
    advance();
    return parse('<') && parseList('>', [&] {
             bounds.push_back(kDynamic);
             return charge(sizeof(int64_t)) && (take('?') || parseInteger(bounds.back()));
           });
  }
  if (token.text == "#stablehlo.type_extensions") {
    advance();
    return parse('<') && parseWord("bounds") && parse('=') && parseDims(bounds) && parse('>');
  }
  return error(offset(), "the encoding " + describe(token) + " of a tensor is not supported");
}

// !quant.uniform<i8<-8:7>:f32:1, {0.5:3, 0.25}>
bool TextParser::parseQuantization(Type &type) {
  if (token.text != "!quant.uniform")
    return error(offset(), "unknown element type " + describe(token));
  advance();
  Quantization quantization;
  if (!parse('<'))
    return false;
  std::optional<Element> storage = findElement(token.text);
  if (!storage && token.text.starts_with("u")) // u8 is what is ui8 elsewhere
    storage = findElement(("ui" + token.text.drop_front()).str());
  if (token.kind != Token::Identifier || !storage || *storage < Element::SI2 || *storage > Element::UI64)
    return expected("the storage of a quantised type (i8, u8)");
  advance();
  quantization.storage = *storage;
  std::tie(quantization.storageMin, quantization.storageMax) = storageRange(*storage);
  if (take('<') &&
      !(parseInteger(quantization.storageMin) && parse(':') && parseInteger(quantization.storageMax) && parse('>')))
    return false;
  if (!parse(':') || !parseElementType(quantization.expressed))
    return false;
  if (take(':')) {
    if (token.is('{'))
      return error(offset(), "types that are quantised by blocks are not supported");
    if (!parseInteger(quantization.axis.emplace()))
      return false;
  }
  auto parseScale = [&] {
    quantization.zeroPoints.push_back(0);
    return charge(16) && parseNumber(quantization.scales.emplace_back()) &&
           (!take(':') || parseInteger(quantization.zeroPoints.back()));
  };
  if (!parse(',') || !(quantization.axis ? parse('{') && parseList('}', parseScale) : parseScale()) || !parse('>'))
    return false;
  type.element = quantization.storage;
  type.quantization = std::move(quantization);
  return true;
}

bool TextParser::parseDialectType(TypeRef &type) {
  size_t at = offset();
  Type made;
  if (token.text == "!stablehlo.token" || token.text == "!mhlo.token") {
    advance();
    made.kind = Type::Token;
    type = module->intern(std::move(made));
    return true;
  }
  if (token.text == "!stablehlo.future") {
    advance();
    made.kind = Type::Future;
    if (!parse('<') || !(take('>') || (parseTypes(made.members) && parse('>'))))
      return false;
    return (type = combined(std::move(made), at)) != nullptr;
  }
  return error(at, "the type " + describe(token) + " is not supported");
}

bool TextParser::parseAliasedType(TypeRef &type) {
  auto it = aliases.find(token.text);
  if (it == aliases.end())
    return error(offset(), describe(token) + " is not defined");
  auto known = aliasedTypes.find(token.text);
  if (known != aliasedTypes.end()) {
    type = known->second;
    advance();
    return true;
  }
  size_t end = lexer.position;
  moveTo(it->second);
  if (!parseType(type))
    return false;
  moveTo(end);
  aliasedTypes[it->getKey()] = type;
  return true;
}

} // namespace ingot::stablehlo
