#include "tools/diagnosis/Anonymise.h"

#include "runtime/abi/artifact.h"
#include "tools/execution/HostTensor.h"
#include "llvm/ADT/APFloat.h"

#include <cmath>
#include <cstring>

namespace ingot::diagnosis {

using driver::HostTensor;

namespace {

uint64_t next(uint64_t &state) {
  uint64_t z = (state += 0x9E3779B97F4A7C15ull);
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
  return z ^ (z >> 31);
}

// In [0, 1).
double uniform(uint64_t &state) { return static_cast<double>(next(state) >> 11) / 9007199254740992.0; }

// About normal, by the sum of twelve.
double normal(uint64_t &state) {
  double sum = -6;
  for (int i = 0; i < 12; ++i)
    sum += uniform(state);
  return sum;
}

const llvm::fltSemantics *semanticsOf(uint32_t dtype) {
  switch (dtype) {
  case INGOT_F64:
    return &llvm::APFloat::IEEEdouble();
  case INGOT_F32:
    return &llvm::APFloat::IEEEsingle();
  case INGOT_F16:
    return &llvm::APFloat::IEEEhalf();
  case INGOT_BF16:
    return &llvm::APFloat::BFloat();
  default:
    return nullptr;
  }
}

void replaceFloats(HostTensor &tensor, const llvm::fltSemantics &semantics, uint64_t &state) {
  double sum = 0, squares = 0, least = HUGE_VAL, most = -HUGE_VAL;
  uint64_t count = 0;
  for (uint64_t i = 0; i < tensor.elements(); ++i) {
    double value = driver::elementAsDouble(tensor, i);
    if (!std::isfinite(value))
      continue;
    ++count;
    sum += value;
    squares += value * value;
    least = std::fmin(least, value);
    most = std::fmax(most, value);
  }
  if (count == 0 || least == most) // nothing, or one value everywhere: a shape of the network, not its training
    return;
  double mean = sum / static_cast<double>(count);
  double deviation = std::sqrt(std::fmax(0, squares / static_cast<double>(count) - mean * mean));
  size_t width = tensor.bytes.size() / tensor.elements();
  for (uint64_t i = 0; i < tensor.elements(); ++i) {
    if (!std::isfinite(driver::elementAsDouble(tensor, i)))
      continue;
    llvm::APFloat value(std::fmin(most, std::fmax(least, mean + deviation * normal(state))));
    bool loses = false;
    value.convert(semantics, llvm::APFloat::rmNearestTiesToEven, &loses);
    uint64_t bits = value.bitcastToAPInt().getZExtValue();
    std::memcpy(tensor.bytes.data() + i * width, &bits, width);
  }
}

void replaceIntegers(HostTensor &tensor, uint64_t &state) {
  size_t width = tensor.bytes.size() / tensor.elements();
  double least = HUGE_VAL, most = -HUGE_VAL;
  for (uint64_t i = 0; i < tensor.elements(); ++i) {
    least = std::fmin(least, driver::elementAsDouble(tensor, i));
    most = std::fmax(most, driver::elementAsDouble(tensor, i));
  }
  for (uint64_t i = 0; i < tensor.elements(); ++i) {
    auto value = static_cast<int64_t>(least + std::floor(uniform(state) * (most - least + 1)));
    std::memcpy(tensor.bytes.data() + i * width, &value, width);
  }
}

// Integers that are few may be shapes, axes or counts.
void replaceValues(HostTensor &tensor, uint64_t &state) {
  if (tensor.elements() == 0)
    return;
  if (const llvm::fltSemantics *semantics = semanticsOf(tensor.dtype))
    return replaceFloats(tensor, *semantics, state);
  bool isPlain = tensor.dtype >= INGOT_I8 && tensor.dtype <= INGOT_I64;
  if (isPlain && tensor.elements() > 64)
    replaceIntegers(tensor, state);
}

} // namespace

void anonymise(ModelPart &part, uint64_t seed) {
  uint64_t state = seed;
  auto replace = [&](StoredTensor &tensor) {
    HostTensor host{tensor.name, tensor.dtype, tensor.dims, std::move(tensor.bytes), {}};
    replaceValues(host, state);
    tensor.bytes = std::move(host.bytes);
  };
  part.changeWeights(replace);
  for (StoredTensor &input : part.inputs)
    replace(input);
  part.rename();
}

} // namespace ingot::diagnosis
