// The files that results are written to: one each, whatever their names have in common.
#ifndef INGOT_RUNTIME_HOSTIO_RESULTNAMES_H
#define INGOT_RUNTIME_HOSTIO_RESULTNAMES_H

#include <stddef.h>

namespace ingot::hostio {

// The stems of the files of several results. A name made of [A-Za-z0-9._-] is its file's stem; in others every further
// character becomes '_', and what so falls together with another result's stem gets the first number that is free: NAME_1,
// NAME_2. Long names are cut.
class ResultNames {
public:
  ResultNames() = default;
  ResultNames(const ResultNames &) = delete;
  ResultNames &operator=(const ResultNames &) = delete;
  ~ResultNames();

  // False where there is no memory.
  bool assign(const char *const *names, size_t count);
  const char *stem(size_t result) const { return stems[result]; }

private:
  bool isTaken(const char *stem) const;

  char **stems = nullptr; // null until a result has its own
  size_t count = 0;
};

} // namespace ingot::hostio

#endif // INGOT_RUNTIME_HOSTIO_RESULTNAMES_H
