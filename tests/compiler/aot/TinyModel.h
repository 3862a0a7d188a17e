// A model small enough to write its table by hand: y = x * w row by row, for a run-time number of rows.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace ingot::test {

// Bytes of the model's object file for a triple, and of its weights. `columns` weights of value 1, 2, 3 ... times `scale`.
// With `delay` it has a second entry point of that name: q = s, then s = p, where s is a state.
struct TinyModel {
  TinyModel(const std::string &triple, uint32_t columns, float scale, bool delay = false);
  std::string object;
  std::vector<uint8_t> weights;
  uint32_t columns;
};

} // namespace ingot::test
