// What readers of StableHLO take of a file, whichever form it has. A file that goes beyond is refused by a message that says
// which limit and by how much. Work and memory are within a constant of the file's size up to these.
#ifndef INGOT_FRONTENDS_STABLEHLO_LIMITS_H
#define INGOT_FRONTENDS_STABLEHLO_LIMITS_H

#include <cstddef>
#include <cstdint>

namespace ingot::stablehlo {

inline constexpr uint64_t kMaxFileBytes = uint64_t(1) << 40;
// Regions of ops inside each other; a module and a function are one each.
inline constexpr unsigned kMaxRegionDepth = 64;
// Attributes and types inside each other.
inline constexpr unsigned kMaxAttributeDepth = 32;
// Locations inside each other: callers, names, fused ones.
inline constexpr unsigned kMaxLocationDepth = 512;
inline constexpr size_t kMaxRank = 64;
// Elements of an attribute that the tree holds as a list of integers: the sum of ranks, groups of replicas and the like.
inline constexpr size_t kMaxIntegers = size_t(1) << 20;
// Bytes of the tree: ops, attributes, names, and elements that a file has packed. Elements that lie in the file are not counted.
inline constexpr uint64_t kMaxTreeBytes = uint64_t(1) << 30;
// The same for a small file, which may say much by little: attributes that many ops share are copied for each.
inline constexpr uint64_t kFreeTreeBytes = uint64_t(1) << 26, kTreeBytesForEachByte = 1024;

} // namespace ingot::stablehlo

#endif // INGOT_FRONTENDS_STABLEHLO_LIMITS_H
