// A tensor with its elements.
#ifndef INGOT_FRONTENDS_COMMON_STOREDTENSOR_H
#define INGOT_FRONTENDS_COMMON_STOREDTENSOR_H

#include <cstdint>
#include <string>
#include <vector>

namespace ingot {

// A tensor as a format's own file holds it.
struct StoredTensor {
  std::string name;
  uint32_t dtype = 0; // enum ingot_dtype
  std::vector<int64_t> dims;
  std::vector<char> bytes; // row-major, as in runtime/abi/artifact.h
};

} // namespace ingot

#endif // INGOT_FRONTENDS_COMMON_STOREDTENSOR_H
