#include "ir/reference/Elements.h"
#include "llvm/ADT/APFloat.h"
#include "llvm/Support/MathExtras.h"

#include <array>
#include <bit>
#include <cmath>
#include <cstring>

using namespace mlir;

namespace ingot::reference {

ValueClass valueClass(Type elementType) {
  if (isa<FloatType>(elementType))
    return ValueClass::Float;
  if (isa<ComplexType>(elementType))
    return ValueClass::Complex;
  return elementType.isUnsignedInteger() || elementType.isInteger(1) ? ValueClass::Unsigned : ValueClass::Signed;
}

//--- Half precision: sign, exponent, `MantissaBits` of mantissa; IEEE-754 with infinities and subnormals.

template <int ExponentBits, int MantissaBits> static uint16_t encodeHalf(double value) {
  constexpr int kBias = (1 << (ExponentBits - 1)) - 1, kMinExponent = 1 - kBias;
  constexpr uint16_t kInfinity = ((1 << ExponentBits) - 1) << MantissaBits;
  uint16_t sign = std::signbit(value) ? 0x8000 : 0;
  if (std::isnan(value))
    return uint16_t(sign | kInfinity | (1 << (MantissaBits - 1)));
  double magnitude = std::fabs(value);
  if (std::isinf(value))
    return sign | kInfinity;
  if (magnitude == 0)
    return sign;
  int exponent = std::max(std::ilogb(magnitude), kMinExponent);
  if (exponent > kBias + 1)
    return sign | kInfinity;
  // The mantissa with its leading one, or without for subnormals; the addition carries into the exponent where it rounds up.
  auto mantissa = uint32_t(std::nearbyint(std::ldexp(magnitude, MantissaBits - exponent)));
  uint32_t bits = mantissa < (1u << MantissaBits)
                      ? mantissa
                      : (uint32_t(exponent - kMinExponent + 1) << MantissaBits) + (mantissa - (1u << MantissaBits));
  return uint16_t(sign | std::min<uint32_t>(bits, kInfinity));
}

template <int ExponentBits, int MantissaBits> static double decodeHalf(uint16_t bits) {
  constexpr int kBias = (1 << (ExponentBits - 1)) - 1, kMaxExponent = (1 << ExponentBits) - 1;
  int exponent = (bits >> MantissaBits) & kMaxExponent, mantissa = bits & ((1 << MantissaBits) - 1);
  double magnitude;
  if (exponent == kMaxExponent)
    magnitude = mantissa ? std::nan("") : HUGE_VAL;
  else if (exponent == 0)
    magnitude = std::ldexp(mantissa, 1 - kBias - MantissaBits);
  else
    magnitude = std::ldexp(mantissa + (1 << MantissaBits), exponent - kBias - MantissaBits);
  return bits & 0x8000 ? -magnitude : magnitude;
}

static double decodeBFloat(uint16_t bits) { return std::bit_cast<float>(uint32_t(bits) << 16); }

//--- Floats of at most eight bits, by APFloat's definition of each

using EightBitTable = std::array<double, 256>;

template <llvm::APFloat::Semantics Kind> static const EightBitTable &tableOf() {
  static const EightBitTable table = [] {
    EightBitTable values;
    for (unsigned code = 0; code != 256; ++code) {
      unsigned width = llvm::APFloat::getSizeInBits(llvm::APFloat::EnumToSemantics(Kind));
      llvm::APFloat value(llvm::APFloat::EnumToSemantics(Kind),
                          llvm::APInt(width, code & llvm::maskTrailingOnes<unsigned>(width)));
      // LLVM 22 makes an infinity of the NaN of a format without significand.
      bool lost, isNaN = value.isNaN();
      value.convert(llvm::APFloat::IEEEdouble(), llvm::APFloat::rmNearestTiesToEven, &lost);
      values[code] = isNaN ? std::nan("") : value.convertToDouble();
    }
    return values;
  }();
  return table;
}

static const EightBitTable &tableOf(const llvm::fltSemantics &semantics) {
  switch (llvm::APFloat::SemanticsToEnum(semantics)) {
  case llvm::APFloat::S_Float8E5M2:
    return tableOf<llvm::APFloat::S_Float8E5M2>();
  case llvm::APFloat::S_Float8E5M2FNUZ:
    return tableOf<llvm::APFloat::S_Float8E5M2FNUZ>();
  case llvm::APFloat::S_Float8E4M3:
    return tableOf<llvm::APFloat::S_Float8E4M3>();
  case llvm::APFloat::S_Float8E4M3FN:
    return tableOf<llvm::APFloat::S_Float8E4M3FN>();
  case llvm::APFloat::S_Float8E4M3FNUZ:
    return tableOf<llvm::APFloat::S_Float8E4M3FNUZ>();
  case llvm::APFloat::S_Float8E4M3B11FNUZ:
    return tableOf<llvm::APFloat::S_Float8E4M3B11FNUZ>();
  case llvm::APFloat::S_Float8E3M4:
    return tableOf<llvm::APFloat::S_Float8E3M4>();
  case llvm::APFloat::S_Float8E8M0FNU:
    return tableOf<llvm::APFloat::S_Float8E8M0FNU>();
  case llvm::APFloat::S_Float6E2M3FN:
    return tableOf<llvm::APFloat::S_Float6E2M3FN>();
  case llvm::APFloat::S_Float6E3M2FN:
    return tableOf<llvm::APFloat::S_Float6E3M2FN>();
  case llvm::APFloat::S_Float4E2M1FN:
    return tableOf<llvm::APFloat::S_Float4E2M1FN>();
  default:
    llvm_unreachable("not an element type of the dialect");
  }
}

static uint8_t encodeEight(const llvm::fltSemantics &semantics, double value) {
  // The one format without sign and zero: its smallest value stands for what lies below, NaN for negative numbers.
  if (&semantics == &llvm::APFloat::Float8E8M0FNU()) {
    if (!(value >= 0) || value > 0x1.8p127)
      return 0xff;
    if (value <= 0x1p-127)
      return 0;
    int exponent;
    double fraction = std::frexp(value, &exponent); // in [0.5, 1)
    int code = exponent - 1 + 127;
    if (fraction >= 0.75) // its one significand bit is odd, so a tie goes up, as APFloat has it
      ++code;
    return uint8_t(std::min(code, 255));
  }
  // A format of finite numbers alone has -0 for a NaN and its largest number for an infinity.
  if (!llvm::APFloat::semanticsHasNaN(semantics)) {
    if (std::isnan(value))
      return uint8_t(1u << (llvm::APFloat::getSizeInBits(semantics) - 1));
    if (std::isinf(value))
      value = std::copysign(1e30, value);
  }
  llvm::APFloat number(value);
  bool lost;
  number.convert(semantics, llvm::APFloat::rmNearestTiesToEven, &lost);
  return uint8_t(number.bitcastToAPInt().getZExtValue());
}

//--- decode

template <typename Storage, typename V> static void load(const char *bytes, int64_t count, V *out) {
  auto *in = reinterpret_cast<const Storage *>(bytes);
  for (int64_t i = 0; i != count; ++i)
    out[i] = V(in[i]);
}

template <> void decode<int64_t>(Type type, const char *bytes, int64_t count, int64_t *out) {
  switch (type.getIntOrFloatBitWidth()) {
  case 64:
    return load<int64_t>(bytes, count, out);
  case 32:
    return load<int32_t>(bytes, count, out);
  case 16:
    return load<int16_t>(bytes, count, out);
  case 8:
    return load<int8_t>(bytes, count, out);
  default:
    for (int64_t i = 0; i != count; ++i)
      out[i] = llvm::SignExtend64(uint8_t(bytes[i]), type.getIntOrFloatBitWidth());
  }
}

template <> void decode<uint64_t>(Type type, const char *bytes, int64_t count, uint64_t *out) {
  switch (type.getIntOrFloatBitWidth()) {
  case 64:
    return load<uint64_t>(bytes, count, out);
  case 32:
    return load<uint32_t>(bytes, count, out);
  case 16:
    return load<uint16_t>(bytes, count, out);
  case 8:
    return load<uint8_t>(bytes, count, out);
  case 1:
    for (int64_t i = 0; i != count; ++i)
      out[i] = bytes[i] != 0;
    return;
  default:
    for (int64_t i = 0; i != count; ++i)
      out[i] = uint8_t(bytes[i]) & llvm::maskTrailingOnes<uint64_t>(type.getIntOrFloatBitWidth());
  }
}

template <> void decode<double>(Type type, const char *bytes, int64_t count, double *out) {
  if (type.isF64())
    return load<double>(bytes, count, out);
  if (type.isF32())
    return load<float>(bytes, count, out);
  if (type.isF16() || type.isBF16()) {
    auto *in = reinterpret_cast<const uint16_t *>(bytes);
    bool isBrain = type.isBF16();
    for (int64_t i = 0; i != count; ++i)
      out[i] = isBrain ? decodeBFloat(in[i]) : decodeHalf<5, 10>(in[i]);
    return;
  }
  const EightBitTable &table = tableOf(cast<FloatType>(type).getFloatSemantics());
  for (int64_t i = 0; i != count; ++i)
    out[i] = table[uint8_t(bytes[i])];
}

template <> void decode<Complex>(Type type, const char *bytes, int64_t count, Complex *out) {
  if (cast<ComplexType>(type).getElementType().isF64())
    return load<std::complex<double>>(bytes, count, out);
  load<std::complex<float>>(bytes, count, out);
}

//--- encode

template <typename Storage, typename V> static void store(const V *values, int64_t count, char *bytes) {
  auto *out = reinterpret_cast<Storage *>(bytes);
  for (int64_t i = 0; i != count; ++i)
    out[i] = Storage(values[i]);
}

template <> void encode<uint64_t>(Type type, const uint64_t *values, int64_t count, char *out) {
  switch (type.getIntOrFloatBitWidth()) {
  case 64:
    return store<uint64_t>(values, count, out);
  case 32:
    return store<uint32_t>(values, count, out);
  case 16:
    return store<uint16_t>(values, count, out);
  case 8:
    return store<uint8_t>(values, count, out);
  default:
    for (int64_t i = 0; i != count; ++i)
      out[i] = char(values[i] & llvm::maskTrailingOnes<uint64_t>(type.getIntOrFloatBitWidth()));
  }
}

template <> void encode<int64_t>(Type type, const int64_t *values, int64_t count, char *out) {
  unsigned width = type.getIntOrFloatBitWidth();
  if (width >= 8)
    return encode<uint64_t>(type, reinterpret_cast<const uint64_t *>(values), count, out);
  for (int64_t i = 0; i != count; ++i)
    out[i] = char(llvm::SignExtend64(uint64_t(values[i]) & llvm::maskTrailingOnes<uint64_t>(width), width));
}

template <> void encode<double>(Type type, const double *values, int64_t count, char *out) {
  if (type.isF64())
    return store<double>(values, count, out);
  if (type.isF32())
    return store<float>(values, count, out);
  if (type.isF16() || type.isBF16()) {
    auto *halves = reinterpret_cast<uint16_t *>(out);
    bool isBrain = type.isBF16();
    for (int64_t i = 0; i != count; ++i)
      halves[i] = isBrain ? encodeHalf<8, 7>(values[i]) : encodeHalf<5, 10>(values[i]);
    return;
  }
  const llvm::fltSemantics &semantics = cast<FloatType>(type).getFloatSemantics();
  for (int64_t i = 0; i != count; ++i)
    out[i] = char(encodeEight(semantics, values[i]));
}

template <> void encode<Complex>(Type type, const Complex *values, int64_t count, char *out) {
  if (cast<ComplexType>(type).getElementType().isF64())
    return store<std::complex<double>>(values, count, out);
  store<std::complex<float>>(values, count, out);
}

//--- Integers to floats

double toDoubleForRounding(uint64_t value) {
  int excess = 64 - std::countl_zero(value) - 53;
  if (excess <= 0)
    return double(value);
  uint64_t top = value >> excess;
  if (value & llvm::maskTrailingOnes<uint64_t>(unsigned(excess)))
    top |= 1;
  return std::ldexp(double(top), excess);
}

double toDoubleForRounding(int64_t value) {
  double magnitude = toDoubleForRounding(value < 0 ? -uint64_t(value) : uint64_t(value));
  return value < 0 ? -magnitude : magnitude;
}

} // namespace ingot::reference
