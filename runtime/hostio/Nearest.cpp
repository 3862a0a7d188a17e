#include "runtime/hostio/Nearest.h"

#include <string.h>

namespace ingot::hostio {

void Nearest::offer(const char *name) {
  constexpr size_t longest = 63;
  const size_t length = strlen(name);
  if (size == 0 || size > longest || length > longest)
    return;
  unsigned char row[longest + 1]; // distances of what is typed so far to every beginning of the name
  for (size_t j = 0; j <= length; ++j)
    row[j] = static_cast<unsigned char>(j);
  for (size_t i = 1; i <= size; ++i) {
    unsigned diagonal = row[0];
    row[0] = static_cast<unsigned char>(i);
    for (size_t j = 1; j <= length; ++j) {
      unsigned distance = diagonal + (typed[i - 1] != name[j - 1]);
      diagonal = row[j];
      if (distance > diagonal + 1)
        distance = diagonal + 1;
      if (distance > row[j - 1] + 1u)
        distance = row[j - 1] + 1u;
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
