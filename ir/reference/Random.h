// The block functions of the random generators, for their known-answer tests.
#ifndef INGOT_IR_REFERENCE_RANDOM_H
#define INGOT_IR_REFERENCE_RANDOM_H

#include <array>
#include <cstdint>

namespace ingot::reference {

// Threefry-2x32, 20 rounds.
std::array<uint32_t, 2> threefry(std::array<uint32_t, 2> key, std::array<uint32_t, 2> counter);
// Philox-4x32, 10 rounds.
std::array<uint32_t, 4> philox(std::array<uint32_t, 2> key, std::array<uint32_t, 4> counter);

} // namespace ingot::reference

#endif // INGOT_IR_REFERENCE_RANDOM_H
