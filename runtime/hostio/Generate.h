// Inputs that nobody gave: sizes that an entry accepts, the inputs' dims at these, and elements drawn from a seed, the same on
// every machine.
#ifndef INGOT_RUNTIME_HOSTIO_GENERATE_H
#define INGOT_RUNTIME_HOSTIO_GENERATE_H

#include <ingot/artifact.h>

#include "runtime/core/table.h"

namespace ingot::hostio {

enum class SizeChoice {
  Least,
  LeastNonEmpty, // no size 0 that need not be
  Largest
};

// The sizes of a call, and all expressions at these. States that grow are empty.
class CallSizes {
public:
  CallSizes() = default;
  CallSizes(const CallSizes &) = delete;
  CallSizes &operator=(const CallSizes &) = delete;
  ~CallSizes();

  // Every size by `choice`, of those that an entry record is for; where the largest do not fit together (past + seq at most 512), all are moved towards their least
  // until they do. False where there is no memory.
  bool choose(rt::Table table, uint32_t record, SizeChoice choice);
  // Gives size `index` a value of the caller's and evaluates again.
  void set(uint32_t index, int64_t value);

  int64_t size(uint32_t index) const { return sizes[index]; }
  int64_t value(uint32_t expr) const { return values[expr]; }
  // Dim `d` of an argument, or INGOT_NO_VALUE.
  int64_t dim(const ingot_argument &argument, uint32_t d) const { return values[table.index(argument.dims + d)]; }

private:
  bool fit() const;
  ingot_size_record sizeOf(uint32_t index) const;

  rt::Table table;
  uint32_t record = 0;
  int64_t *sizes = nullptr, *values = nullptr;
};

// The specialisation of the entry point at record `first` that has the sizes of a choice.
uint32_t recordFor(rt::Table table, uint32_t first, SizeChoice choice);

// What an input is to be made of where it is no file: "zeros", "random" (of seed 0) or "random:SEED".
enum class InputSource { File, Zeros, Random, BadSeed };
InputSource sourceOf(const char *text, uint64_t &seed);

// Writes `count` elements: floats uniform in [0, 1), integers from 0 to 9 or as far as the type goes (splitmix64).
void fillRandom(void *data, uint32_t dtype, uint64_t count, uint64_t seed);

} // namespace ingot::hostio

#endif // INGOT_RUNTIME_HOSTIO_GENERATE_H
