// Numbers: as MLIR reads them, decimals go through f64 and are then rounded to their type.
#include "frontends/stablehlo/ElementBytes.h"
#include "frontends/stablehlo/TextParser.h"

#include "llvm/ADT/StringExtras.h"

namespace ingot::stablehlo {
namespace {

void append(uint64_t bits, unsigned bytes, std::string &to) {
  for (unsigned i = 0; i < bytes; ++i)
    to += char(bits >> (8 * i));
}

} // namespace

bool TextParser::parseInteger(int64_t &value) {
  bool isNegative = take('-');
  uint64_t magnitude;
  if (token.kind != Token::Integer)
    return expected("an integer");
  if (token.text.getAsInteger(0, magnitude) && token.text.getAsInteger(10, magnitude))
    return error(offset(), describe(token) + " does not fit in 64 bits");
  if (isNegative && magnitude > uint64_t(1) << 63)
    return error(offset(), "-" + token.text + " does not fit in 64 bits");
  value = int64_t(isNegative ? 0 - magnitude : magnitude);
  advance();
  return true;
}

bool TextParser::parseIntegers(std::vector<int64_t> &values) {
  values.clear();
  return parse('[') && parseList(']', [&] {
           values.push_back(0);
           return charge(sizeof(int64_t)) && parseInteger(values.back());
         });
}

bool TextParser::parseDims(std::vector<int64_t> &values) {
  values.clear();
  return parse('[') && parseList(']', [&] {
           values.push_back(kDynamic);
           return charge(sizeof(int64_t)) && (take('?') || parseInteger(values.back()));
         });
}

bool TextParser::parseNumber(double &value) {
  bool isNegative = take('-');
  if (token.kind != Token::Float && token.kind != Token::Integer)
    return expected("a number");
  if (token.text.getAsDouble(value))
    return error(offset(), describe(token) + " is no number");
  value = isNegative ? -value : value;
  advance();
  return true;
}

bool TextParser::parseElement(Element type, std::string &bytes) {
  if (type == Element::Complex64 || type == Element::Complex128) {
    Element part = type == Element::Complex64 ? Element::F32 : Element::F64;
    return parse('(') && parseElement(part, bytes) && parse(',') && parseElement(part, bytes) && parse(')');
  }
  size_t at = offset();
  unsigned size = elementBytes(type);
  if (token.isWord("true") || token.isWord("false")) {
    if (type != Element::Bool)
      return error(at, describe(token) + " is no value of " + spellElement(type));
    append(token.text == "true", 1, bytes);
    advance();
    return true;
  }
  bool isNegative = take('-');
  unsigned floating = floatBits(type);
  // A tf32 of the tree is the f32 of its value.
  auto appendFloat = [&](uint64_t bits) { append(type == Element::TF32 ? bits << (32 - floating) : bits, size, bytes); };
  if (token.kind == Token::Float && floating) {
    double value;
    if (token.text.getAsDouble(value))
      return error(at, describe(token) + " is no number");
    appendFloat(encodeFloat(type, isNegative ? -value : value));
    advance();
    return true;
  }
  if (token.kind != Token::Integer)
    return expected("a value of " + spellElement(type));
  uint64_t magnitude;
  bool isHex = token.text.starts_with("0x");
  if (token.text.getAsInteger(isHex ? 0 : 10, magnitude))
    return error(at, describe(token) + " does not fit in 64 bits");
  if (floating) { // the bits of one
    if (!isHex || isNegative)
      return error(at, describe(token) + " is no value of " + spellElement(type) + ": write " + token.text +
                           ".0, or its bits as 0x...");
    if (floating < 64 && magnitude >> floating)
      return error(at, describe(token) + " has more than the " + llvm::Twine(floating) + " bits of " + spellElement(type));
    appendFloat(magnitude);
    advance();
    return true;
  }
  // A type without sign in its name takes the unsigned numbers of its width too, as their bits.
  unsigned width = packedBits(type);
  bool isSigned = (type >= Element::SI2 && type <= Element::SI64) || type == Element::Index;
  uint64_t most = isNegative ? (isSigned ? uint64_t(1) << (width - 1) : 0) : ~uint64_t(0) >> (64 - width);
  if (magnitude > most)
    return error(at, llvm::Twine(isNegative ? "-" : "") + token.text + " is no value of " + spellElement(type));
  uint64_t value = isNegative ? 0 - magnitude : magnitude;
  append(isSigned ? uint64_t(llvm::SignExtend64(value, width)) : value, size, bytes);
  advance();
  return true;
}

} // namespace ingot::stablehlo
