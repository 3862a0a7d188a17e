#include "runtime/hostio/Values.h"

#include "runtime/abi/artifact.h"

#include <stdlib.h>
#include <string.h>

namespace ingot::hostio {
namespace {

constexpr uint64_t smallTensor = 64; // elements printed in full
constexpr uint64_t fewRows = 100;    // rows of top values printed for people
constexpr double infinity = __builtin_inf();

template <typename T> T load(const void *data, uint64_t index) {
  T value;
  memcpy(&value, static_cast<const char *>(data) + index * sizeof(T), sizeof(T));
  return value;
}

// 2^n for n within the range of normal numbers.
double powerOfTwo(int n) {
  uint64_t bits = uint64_t(n + 1023) << 52;
  double value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

// A small binary format: sign, exponent, mantissa. How its special values are encoded differs.
struct Format {
  uint8_t exponentBits, mantissaBits;
  int16_t bias;
  enum Special { Ieee, AllOnesNan, NegativeZeroNan, Finite } special;
};

double decode(uint32_t bits, Format format) {
  uint32_t mantissaMask = (1u << format.mantissaBits) - 1, exponentMask = (1u << format.exponentBits) - 1;
  uint32_t mantissa = bits & mantissaMask, exponent = bits >> format.mantissaBits & exponentMask;
  bool negative = bits >> (format.mantissaBits + format.exponentBits) & 1;
  if (format.special == Format::NegativeZeroNan && negative && !mantissa && !exponent)
    return __builtin_nan("");
  if (format.special == Format::Ieee && exponent == exponentMask)
    return mantissa ? __builtin_nan("") : negative ? -infinity : infinity;
  if (format.special == Format::AllOnesNan && exponent == exponentMask && mantissa == mantissaMask)
    return __builtin_nan("");
  double value = exponent ? (1.0 + mantissa * powerOfTwo(-format.mantissaBits)) * powerOfTwo(int(exponent) - format.bias)
                          : mantissa * powerOfTwo(1 - format.bias - format.mantissaBits);
  return negative ? -value : value;
}

double loadSmallFloat(const void *data, uint32_t dtype, uint64_t index) {
  switch (dtype) {
  case INGOT_F16:
    return decode(load<uint16_t>(data, index), {5, 10, 15, Format::Ieee});
  case INGOT_F8E4M3FN:
    return decode(load<uint8_t>(data, index), {4, 3, 7, Format::AllOnesNan});
  case INGOT_F8E5M2:
    return decode(load<uint8_t>(data, index), {5, 2, 15, Format::Ieee});
  case INGOT_F8E4M3FNUZ:
    return decode(load<uint8_t>(data, index), {4, 3, 8, Format::NegativeZeroNan});
  case INGOT_F8E5M2FNUZ:
    return decode(load<uint8_t>(data, index), {5, 2, 16, Format::NegativeZeroNan});
  case INGOT_F8E4M3:
    return decode(load<uint8_t>(data, index), {4, 3, 7, Format::Ieee});
  case INGOT_F8E3M4:
    return decode(load<uint8_t>(data, index), {3, 4, 3, Format::Ieee});
  case INGOT_F8E4M3B11FNUZ:
    return decode(load<uint8_t>(data, index), {4, 3, 11, Format::NegativeZeroNan});
  case INGOT_F6E2M3FN:
    return decode(load<uint8_t>(data, index), {2, 3, 1, Format::Finite});
  case INGOT_F6E3M2FN:
    return decode(load<uint8_t>(data, index), {3, 2, 3, Format::Finite});
  case INGOT_F4E2M1FN:
    return decode(load<uint8_t>(data, index), {2, 1, 1, Format::Finite});
  case INGOT_F8E8M0FNU: {
    uint8_t exponent = load<uint8_t>(data, index);
    return exponent == 0xff ? __builtin_nan("") : powerOfTwo(int(exponent) - 127);
  }
  case INGOT_BF16: {
    uint32_t bits = uint32_t(load<uint16_t>(data, index)) << 16;
    float value;
    memcpy(&value, &bits, sizeof value);
    return double(value);
  }
  default:
    return 0;
  }
}

Number ofInteger(int64_t value) { return {Number::Signed, value, 0, 0, 0}; }
Number ofNatural(uint64_t value) { return {Number::Unsigned, 0, value, 0, 0}; }
Number ofReal(double value) { return {Number::Real, 0, 0, value, 0}; }

// Whether `a` belongs before `b` in a list of largest values; NaN comes last.
bool isLarger(const Number &a, const Number &b) {
  if (a.kind == Number::Signed)
    return a.integer > b.integer;
  if (a.kind == Number::Unsigned)
    return a.natural > b.natural;
  return a.real > b.real || (b.real != b.real && a.real == a.real);
}

// A finite JSON number, or null.
void addReal(Text &text, double value, int digits, bool json) {
  if (value - value != 0) // NaN or infinite
    text.add(json ? "null" : value != value ? "nan" : value > 0 ? "inf" : "-inf");
  else
    text.format("%.*g", digits, value);
}

int digitsOf(uint32_t dtype) {
  switch (dtype) {
  case INGOT_F64:
  case INGOT_C128:
    return 17;
  case INGOT_F32:
  case INGOT_C64:
    return 9;
  case INGOT_F16:
    return 5;
  default:
    return 4;
  }
}

// Fills `best` with the indices of the `count` largest values of a row, largest first.
void findLargest(const ingot_buffer &buffer, uint64_t row, uint64_t rowSize, uint64_t *best, uint64_t count) {
  uint64_t held = 0;
  for (uint64_t i = 0; i < rowSize; ++i) {
    Number value = loadElement(buffer.data, buffer.dtype, row * rowSize + i);
    uint64_t place = held;
    while (place && isLarger(value, loadElement(buffer.data, buffer.dtype, row * rowSize + best[place - 1])))
      --place;
    if (place == count)
      continue;
    if (held < count)
      ++held;
    for (uint64_t j = held - 1; j > place; --j)
      best[j] = best[j - 1];
    best[place] = i;
  }
}

struct Rows {
  uint64_t count, size; // rows, and elements of one
};
Rows rowsOf(const ingot_buffer &buffer) {
  uint64_t elements = elementCount(buffer), size = buffer.rank ? uint64_t(buffer.dims[buffer.rank - 1]) : 1;
  return {size ? elements / size : 0, size};
}

bool isComplex(uint32_t dtype) { return dtype == INGOT_C64 || dtype == INGOT_C128; }

void reportTop(Text &text, const ingot_buffer &buffer, uint64_t top) {
  Rows rows = rowsOf(buffer);
  uint64_t count = top < rows.size ? top : rows.size;
  uint64_t *best = static_cast<uint64_t *>(malloc(count * sizeof(uint64_t) + 1));
  if (!best)
    return;
  for (uint64_t row = 0; row < rows.count && row < fewRows; ++row) {
    findLargest(buffer, row, rows.size, best, count);
    if (rows.count > 1)
      text.format("  row %llu:\n", (unsigned long long)row);
    for (uint64_t i = 0; i < count; ++i) {
      text.format("  %8llu  ", (unsigned long long)best[i]);
      addNumber(text, loadElement(buffer.data, buffer.dtype, row * rows.size + best[i]), buffer.dtype, false);
      text.add("\n");
    }
  }
  if (rows.count > fewRows)
    text.format("  ... %llu more rows\n", (unsigned long long)(rows.count - fewRows));
  free(best);
}

void reportSummary(Text &text, const ingot_buffer &buffer, uint64_t elements) {
  text.add("  first");
  for (uint64_t i = 0; i < 8 && i < elements; ++i) {
    text.add(" ");
    addNumber(text, loadElement(buffer.data, buffer.dtype, i), buffer.dtype, false);
  }
  text.add(" ...\n");
  if (isComplex(buffer.dtype))
    return;
  uint64_t notFinite = 0;
  bool any = false;
  Number least = ofReal(0), most = least;
  double sum = 0;
  for (uint64_t i = 0; i < elements; ++i) {
    Number value = loadElement(buffer.data, buffer.dtype, i);
    if (!value.isFinite()) {
      ++notFinite;
      continue;
    }
    if (!any || isLarger(least, value))
      least = value;
    if (!any || isLarger(value, most))
      most = value;
    any = true;
    sum += value.asReal();
  }
  if (any) {
    text.add("  min ");
    addNumber(text, least, buffer.dtype, false);
    text.format(", mean %.6g, max ", sum / double(elements - notFinite));
    addNumber(text, most, buffer.dtype, false);
  }
  if (notFinite)
    text.format("%s%llu of %llu not finite", any ? ", " : "  ", (unsigned long long)notFinite, (unsigned long long)elements);
  text.add("\n");
}

} // namespace

bool Number::isFinite() const {
  return kind == Signed || kind == Unsigned || (real - real == 0 && (kind == Real || imaginary - imaginary == 0));
}

Number loadElement(const void *data, uint32_t dtype, uint64_t index) {
  switch (dtype) {
  case INGOT_I1:
    return ofNatural(load<uint8_t>(data, index) != 0);
  case INGOT_I2:
  case INGOT_I4:
  case INGOT_I8:
    return ofInteger(load<int8_t>(data, index));
  case INGOT_I16:
    return ofInteger(load<int16_t>(data, index));
  case INGOT_I32:
    return ofInteger(load<int32_t>(data, index));
  case INGOT_I64:
    return ofInteger(load<int64_t>(data, index));
  case INGOT_U2:
  case INGOT_U4:
  case INGOT_U8:
    return ofNatural(load<uint8_t>(data, index));
  case INGOT_U16:
    return ofNatural(load<uint16_t>(data, index));
  case INGOT_U32:
    return ofNatural(load<uint32_t>(data, index));
  case INGOT_U64:
    return ofNatural(load<uint64_t>(data, index));
  case INGOT_F32:
    return ofReal(double(load<float>(data, index)));
  case INGOT_F64:
    return ofReal(load<double>(data, index));
  case INGOT_C64:
    return {Number::Complex, 0, 0, double(load<float>(data, 2 * index)), double(load<float>(data, 2 * index + 1))};
  case INGOT_C128:
    return {Number::Complex, 0, 0, load<double>(data, 2 * index), load<double>(data, 2 * index + 1)};
  default:
    return ofReal(loadSmallFloat(data, dtype, index));
  }
}

void addNumber(Text &text, const Number &number, uint32_t dtype, bool json) {
  int digits = digitsOf(dtype);
  switch (number.kind) {
  case Number::Signed:
    text.format("%lld", (long long)number.integer);
    break;
  case Number::Unsigned:
    text.format("%llu", (unsigned long long)number.natural);
    break;
  case Number::Real:
    addReal(text, number.real, digits, json);
    break;
  case Number::Complex:
    text.add(json ? "[" : "(");
    addReal(text, number.real, digits, json);
    text.add(json ? ", " : ",");
    addReal(text, number.imaginary, digits, json);
    text.add(json ? "]" : ")");
    break;
  }
}

void addShape(Text &text, uint32_t rank, const int64_t *dims) {
  text.add("[");
  for (uint32_t i = 0; i < rank; ++i)
    text.format(i ? ", %lld" : "%lld", (long long)dims[i]);
  text.add("]");
}

void addSizes(Text &text, const ingot_artifact *artifact, const ingot_session *session, bool json) {
  bool isFirst = true;
  for (size_t i = 0; i < ingot_artifact_size_count(artifact); ++i) {
    ingot_size_info size;
    if (ingot_artifact_size(artifact, i, &size) != INGOT_OK || ingot_session_size(session, i) < 0)
      continue;
    text.add(isFirst ? "" : ", ");
    isFirst = false;
    json ? text.addJson(size.name) : text.add(size.name);
    text.format(json ? ": %lld" : "=%lld", (long long)ingot_session_size(session, i));
  }
}

uint64_t elementCount(const ingot_buffer &buffer) {
  uint64_t count = 1;
  for (uint32_t i = 0; i < buffer.rank; ++i)
    count *= uint64_t(buffer.dims[i]);
  return count;
}

void reportTensor(Text &text, const char *name, const ingot_buffer &buffer, int64_t top) {
  text.format("%s: %s ", name, ingot_dtype_name(buffer.dtype));
  addShape(text, buffer.rank, buffer.dims);
  text.add("\n");
  uint64_t elements = elementCount(buffer);
  if (elements && top > 0 && !isComplex(buffer.dtype)) {
    reportTop(text, buffer, uint64_t(top));
    return;
  }
  if (elements > smallTensor) {
    reportSummary(text, buffer, elements);
    return;
  }
  Rows rows = rowsOf(buffer);
  for (uint64_t row = 0; row < rows.count; ++row) {
    text.add(" ");
    for (uint64_t i = 0; i < rows.size; ++i) {
      text.add(" ");
      addNumber(text, loadElement(buffer.data, buffer.dtype, row * rows.size + i), buffer.dtype, false);
    }
    text.add("\n");
  }
}

void reportTensorJson(Text &text, const char *name, const ingot_buffer &buffer, int64_t top, const char *file) {
  text.add("{\"name\": ");
  text.addJson(name);
  text.format(", \"dtype\": \"%s\", \"shape\": ", ingot_dtype_name(buffer.dtype));
  addShape(text, buffer.rank, buffer.dims);
  uint64_t elements = elementCount(buffer);
  if (top > 0 && !isComplex(buffer.dtype)) {
    Rows rows = rowsOf(buffer);
    uint64_t count = uint64_t(top) < rows.size ? uint64_t(top) : rows.size;
    uint64_t *best = static_cast<uint64_t *>(malloc(count * sizeof(uint64_t) + 1));
    text.add(", \"top\": [");
    for (uint64_t row = 0; best && row < rows.count; ++row) {
      findLargest(buffer, row, rows.size, best, count);
      text.add(row ? ", [" : "[");
      for (uint64_t i = 0; i < count; ++i) {
        text.format("%s{\"index\": %llu, \"value\": ", i ? ", " : "", (unsigned long long)best[i]);
        addNumber(text, loadElement(buffer.data, buffer.dtype, row * rows.size + best[i]), buffer.dtype, true);
        text.add("}");
      }
      text.add("]");
    }
    text.add("]");
    free(best);
  } else if (!file) {
    text.add(", \"values\": [");
    for (uint64_t i = 0; i < elements; ++i) {
      if (i)
        text.add(", ");
      addNumber(text, loadElement(buffer.data, buffer.dtype, i), buffer.dtype, true);
    }
    text.add("]");
  }
  if (file) {
    text.add(", \"file\": ");
    text.addJson(file);
  }
  text.add("}");
}

} // namespace ingot::hostio
