#include "runtime/hostio/Nearest.h"

#include <string.h>

namespace ingot::hostio {

void Nearest::offer(const char *name) {
  constexpr size_t longest = 63;
  const size_t length = strlen(name);
  if (size == 0 || size > longest || length > longest)
    return;
  // Distances of what is typed so far to every beginning of the name; with those of one and of two letters less.
  unsigned char rows[3][longest + 1];
  unsigned char *row = rows[0], *before = rows[1], *earlier = rows[2];
  for (size_t j = 0; j <= length; ++j)
    row[j] = static_cast<unsigned char>(j);
  for (size_t i = 1; i <= size; ++i) {
    unsigned char *next = earlier;
    earlier = before;
    before = row;
    row = next;
    row[0] = static_cast<unsigned char>(i);
    for (size_t j = 1; j <= length; ++j) {
      unsigned distance = before[j - 1] + (typed[i - 1] != name[j - 1]);
      if (distance > before[j] + 1u)
        distance = before[j] + 1u;
      if (distance > row[j - 1] + 1u)
        distance = row[j - 1] + 1u;
      if (i > 1 && j > 1 && typed[i - 1] == name[j - 2] && typed[i - 2] == name[j - 1] && distance > earlier[j - 2] + 1u)
        distance = earlier[j - 2] + 1u;
      row[j] = static_cast<unsigned char>(distance);
    }
  }
  // The beginning of a name stands for it.
  const unsigned distance = size > 3 && size < length && memcmp(typed, name, size) == 0 ? 1 : row[length];
  if (distance < least) {
    least = distance;
    best = name;
  }
}

} // namespace ingot::hostio
