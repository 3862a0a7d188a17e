// Which of several names a mistyped one is likely to stand for.
#ifndef INGOT_RUNTIME_HOSTIO_NEAREST_H
#define INGOT_RUNTIME_HOSTIO_NEAREST_H

#include <stddef.h>

namespace ingot::hostio {

// Takes names one by one; `best` is the nearest so far by letters left out, put in, taken for another or in each other's
// place, null where none is near. The beginning of a name is as near as one letter.
class Nearest {
public:
  Nearest(const char *typed, size_t size)
      : typed(typed), size(size), least(size < 3   ? 1
                                        : size < 6 ? 2
                                        : size < 9 ? 3
                                                   : unsigned(size) / 3 + 1) {}
  void offer(const char *name);
  const char *best = nullptr;

private:
  const char *typed;
  size_t size;
  unsigned least; // a name must be nearer than this
};

} // namespace ingot::hostio

#endif // INGOT_RUNTIME_HOSTIO_NEAREST_H
