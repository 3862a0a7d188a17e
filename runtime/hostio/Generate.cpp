#include "runtime/hostio/Generate.h"

#include <stdlib.h>
#include <string.h>

namespace ingot::hostio {
namespace {

int64_t alignUp(int64_t value, int64_t multiple) { return (value + multiple - 1) / multiple * multiple; }

int64_t leastOf(const ingot_size_record &size, bool nonEmpty) {
  const int64_t least = alignUp(size.min, size.multiple);
  if (nonEmpty && least == 0 && size.multiple <= size.max)
    return size.multiple;
  return least > size.max ? size.min : least;
}

} // namespace

CallSizes::~CallSizes() { free(sizes); }

ingot_size_record CallSizes::sizeOf(uint32_t index) const {
  const ingot_entry entry = table.entry(record);
  ingot_size_record size = table.size(index);
  size.min = ingot_entry_bound(&table.header(), &entry, index, 0);
  size.max = ingot_entry_bound(&table.header(), &entry, index, 1);
  return size;
}

bool CallSizes::fit() const {
  const ingot_entry entry = table.entry(record);
  for (uint32_t k = 0; k < entry.requirement_count; ++k)
    if (values[table.index(entry.requirements + k)] < 0)
      return false;
  for (uint32_t i = 0; i < entry.input_count; ++i) {
    const ingot_argument argument = table.argument(entry.inputs + i);
    if (argument.grows && values[argument.next_length] > dim(argument, argument.grows - 1))
      return false;
  }
  return true;
}

uint32_t recordFor(rt::Table table, uint32_t first, SizeChoice choice) {
  return choice == SizeChoice::Largest ? table.pastSpecialisations(first) - 1 : first;
}

bool CallSizes::choose(rt::Table of, uint32_t recordIndex, SizeChoice choice) {
  table = of;
  record = recordIndex;
  const ingot_table_header &header = table.header();
  sizes = static_cast<int64_t *>(calloc(size_t(header.sizes.count) + header.exprs.count + 1, sizeof(int64_t)));
  if (!sizes)
    return false;
  values = sizes + header.sizes.count;
  for (uint32_t i = 0; i < header.sizes.count; ++i) {
    const ingot_size_record size = sizeOf(i);
    sizes[i] = choice == SizeChoice::Largest ? size.max / size.multiple * size.multiple
                                             : leastOf(size, choice == SizeChoice::LeastNonEmpty);
  }
  const ingot_entry entry = table.entry(record);
  for (uint32_t i = 0; i < entry.input_count; ++i)
    if (const ingot_argument argument = table.argument(entry.inputs + i); argument.grows)
      sizes[argument.length] = 0;
  ingot_evaluate(&header, sizes, values);
  for (bool moved = choice == SizeChoice::Largest; moved && !fit();) {
    moved = false;
    for (uint32_t i = 0; i < header.sizes.count; ++i) {
      const ingot_size_record size = sizeOf(i);
      const int64_t least = leastOf(size, false);
      if (sizes[i] <= least)
        continue;
      sizes[i] = least + (sizes[i] - least) / 2 / size.multiple * size.multiple;
      moved = true;
    }
    ingot_evaluate(&header, sizes, values);
  }
  return true;
}

InputSource sourceOf(const char *text, uint64_t &seed) {
  seed = 0;
  if (strcmp(text, "zeros") == 0)
    return InputSource::Zeros;
  if (strncmp(text, "random", 6) != 0 || (text[6] != '\0' && text[6] != ':'))
    return InputSource::File;
  const char *at = text + 7;
  if (text[6] == '\0')
    return InputSource::Random;
  do {
    uint64_t digit = uint64_t(*at - '0');
    if (digit > 9 || __builtin_mul_overflow(seed, uint64_t(10), &seed) || __builtin_add_overflow(seed, digit, &seed))
      return InputSource::BadSeed;
  } while (*++at);
  return InputSource::Random;
}

void CallSizes::set(uint32_t index, int64_t value) {
  sizes[index] = value;
  ingot_evaluate(&table.header(), sizes, values);
}

namespace {

uint64_t splitmix(uint64_t &state) {
  uint64_t z = (state += 0x9E3779B97F4A7C15ull);
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
  return z ^ (z >> 31);
}

template <typename T> void put(char *at, T value) { memcpy(at, &value, sizeof value); }

// bits / 2^64 to 11 bits, which f16 holds exactly.
uint16_t halfOf(uint64_t bits) {
  uint32_t mantissa = uint32_t(bits >> 53), exponent = 14; // of numbers in [1/2, 1)
  if (mantissa == 0)
    return 0;
  for (; !(mantissa & 0x400); mantissa <<= 1)
    --exponent;
  return uint16_t(exponent << 10 | (mantissa & 0x3ff));
}

void putRandom(char *at, uint32_t dtype, uint64_t bits) {
  const double real = double(bits >> 40) / (1 << 24);
  const float single = float(real);
  uint32_t singleBits;
  memcpy(&singleBits, &single, 4);
  switch (dtype) {
  case INGOT_F32:
  case INGOT_C64:
    return put(at, single);
  case INGOT_F64:
  case INGOT_C128:
    return put(at, real);
  case INGOT_BF16:
    return put(at, uint16_t(singleBits >> 16));
  case INGOT_F16:
    return put(at, halfOf(bits));
  case INGOT_I1:
    return put(at, uint8_t(bits & 1));
  case INGOT_I2:
  case INGOT_U2:
    return put(at, uint8_t(bits % 2));
  case INGOT_I4:
  case INGOT_U4:
    return put(at, uint8_t(bits % 8));
  case INGOT_I8:
  case INGOT_U8:
    return put(at, uint8_t(bits % 10));
  case INGOT_I16:
  case INGOT_U16:
    return put(at, uint16_t(bits % 10));
  case INGOT_I32:
  case INGOT_U32:
    return put(at, uint32_t(bits % 10));
  case INGOT_I64:
  case INGOT_U64:
    return put(at, uint64_t(bits % 10));
  case INGOT_F6E2M3FN:
  case INGOT_F6E3M2FN:
    return put(at, uint8_t(bits % 16));
  case INGOT_F4E2M1FN:
    return put(at, uint8_t(bits % 4));
  default: // 8-bit floats: small normal numbers
    return put(at, uint8_t(0x20 + bits % 16));
  }
}

} // namespace

void fillRandom(void *data, uint32_t dtype, uint64_t count, uint64_t seed) {
  const uint64_t width = ingot_dtype_bytes(dtype);
  if (count == 0)
    return;                       // data may be null
  memset(data, 0, count * width); // the imaginary parts
  for (uint64_t i = 0; i < count; ++i)
    putRandom(static_cast<char *>(data) + i * width, dtype, splitmix(seed));
}

} // namespace ingot::hostio
