#include "frontends/stablehlo/ElementBytes.h"

#include "llvm/ADT/APFloat.h"
#include "llvm/ADT/APInt.h"
#include "llvm/ADT/Twine.h"

namespace ingot::stablehlo {

static const llvm::fltSemantics *semantics(Element element) {
  switch (element) {
  case Element::F4E2M1FN:
    return &llvm::APFloat::Float4E2M1FN();
  case Element::F6E2M3FN:
    return &llvm::APFloat::Float6E2M3FN();
  case Element::F6E3M2FN:
    return &llvm::APFloat::Float6E3M2FN();
  case Element::F8E3M4:
    return &llvm::APFloat::Float8E3M4();
  case Element::F8E4M3:
    return &llvm::APFloat::Float8E4M3();
  case Element::F8E4M3FN:
    return &llvm::APFloat::Float8E4M3FN();
  case Element::F8E4M3FNUZ:
    return &llvm::APFloat::Float8E4M3FNUZ();
  case Element::F8E4M3B11FNUZ:
    return &llvm::APFloat::Float8E4M3B11FNUZ();
  case Element::F8E5M2:
    return &llvm::APFloat::Float8E5M2();
  case Element::F8E5M2FNUZ:
    return &llvm::APFloat::Float8E5M2FNUZ();
  case Element::F8E8M0FNU:
    return &llvm::APFloat::Float8E8M0FNU();
  case Element::BF16:
    return &llvm::APFloat::BFloat();
  case Element::F16:
    return &llvm::APFloat::IEEEhalf();
  case Element::TF32:
    return &llvm::APFloat::FloatTF32();
  case Element::F32:
    return &llvm::APFloat::IEEEsingle();
  case Element::F64:
    return &llvm::APFloat::IEEEdouble();
  default:
    return nullptr;
  }
}

unsigned floatBits(Element element) {
  const llvm::fltSemantics *type = semantics(element);
  return type ? llvm::APFloat::getSizeInBits(*type) : 0;
}

double decodeFloat(Element element, uint64_t bits) {
  unsigned width = floatBits(element);
  llvm::APFloat value(*semantics(element), llvm::APInt(64, bits).zextOrTrunc(width));
  return value.convertToDouble();
}

uint64_t encodeFloat(Element element, double value) {
  llvm::APFloat converted(value);
  bool losesInfo;
  converted.convert(*semantics(element), llvm::APFloat::rmNearestTiesToEven, &losesInfo);
  return converted.bitcastToAPInt().getZExtValue();
}

// In bytecode every element but a bool takes whole bytes; tf32 has 19 bits.
unsigned storedBytes(Element element) { return element == Element::TF32 ? 3 : elementBytes(element); }

namespace {

constexpr unsigned kTf32Shift = 13; // tf32 is the upper 19 bits of an f32

// A tf32 of the tree is the f32 of its value.
std::string widenTf32(llvm::StringRef bytes) {
  std::string wide;
  wide.reserve(bytes.size() / 3 * 4);
  for (size_t i = 0; i + 3 <= bytes.size(); i += 3) {
    uint32_t bits = 0;
    for (unsigned b = 0; b < 3; ++b)
      bits |= uint32_t(uint8_t(bytes[i + b])) << (8 * b);
    bits <<= kTf32Shift;
    for (unsigned b = 0; b < 4; ++b)
      wide.push_back(char(bits >> (8 * b)));
  }
  return wide;
}

// A sub-byte value alone in its byte: integers extended by their sign, the others by zeros.
std::string normalized(Element element, llvm::StringRef bytes) {
  unsigned unused = 8 - packedBits(element);
  bool isSigned = element == Element::SI2 || element == Element::SI4;
  std::string values(bytes);
  for (char &value : values)
    value = isSigned ? char(int8_t(uint8_t(value) << unused) >> unused) : char(uint8_t(uint8_t(value) << unused) >> unused);
  return values;
}

} // namespace

bool unpackElements(const Type &type, llvm::StringRef bytes, bool packsBools, bool &splat,
                    std::optional<std::string> &unpacked, std::string &why) {
  std::optional<uint64_t> counted = type.kind == Type::Tensor ? countElements(type.dims) : std::nullopt;
  if (!counted || type.quantization || *counted > uint64_t(INT64_MAX) / 16) {
    why = "elements of the type " + spellType(&type);
    return false;
  }
  uint64_t count = *counted;
  unsigned size = storedBytes(type.element);
  if (type.element == Element::Bool && packsBools) {
    if (bytes.size() == 1 && uint8_t(bytes[0]) == 0xFF) {
      splat = count != 1;
      unpacked = std::string(1, '\1');
      return true;
    }
    // Where both forms have as many bytes, they are the same but for a splat of true that older files have.
    if (bytes.size() == (count + 7) / 8 && bytes.size() != count) {
      std::string bools(count, '\0');
      for (uint64_t i = 0; i < count; ++i)
        bools[i] = (uint8_t(bytes[i / 8]) >> (i % 8)) & 1;
      splat = false;
      unpacked = std::move(bools);
      return true;
    }
  }
  if (bytes.size() != count * size && bytes.size() != size) {
    why = (llvm::Twine(bytes.size()) + " bytes for the elements of " + spellType(&type)).str();
    return false;
  }
  splat = bytes.size() != count * size;
  if (type.element == Element::TF32)
    unpacked = widenTf32(bytes);
  else if (packedBits(type.element) < 8)
    unpacked = normalized(type.element, bytes);
  return true;
}

std::string packElements(const Elements &elements) {
  Element element = elements.type->element;
  if (element == Element::TF32) {
    std::string narrow;
    for (size_t i = 0; i + 4 <= elements.bytes.size(); i += 4) {
      uint32_t bits = 0;
      for (unsigned b = 0; b < 4; ++b)
        bits |= uint32_t(uint8_t(elements.bytes[i + b])) << (8 * b);
      bits >>= kTf32Shift;
      for (unsigned b = 0; b < 3; ++b)
        narrow.push_back(char(bits >> (8 * b)));
    }
    return narrow;
  }
  if (element == Element::Bool) {
    if (elements.splat)
      return std::string(1, elements.bytes[0] ? '\xFF' : '\0');
    std::string packed((elements.bytes.size() + 7) / 8, '\0');
    for (size_t i = 0; i < elements.bytes.size(); ++i)
      packed[i / 8] |= (elements.bytes[i] & 1) << (i % 8);
    return packed;
  }
  if (packedBits(element) < 8) {
    std::string masked = elements.bytes.str();
    for (char &value : masked)
      value &= (1 << packedBits(element)) - 1;
    return masked;
  }
  return elements.bytes.str();
}

} // namespace ingot::stablehlo
