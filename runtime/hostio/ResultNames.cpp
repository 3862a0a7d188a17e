#include "runtime/hostio/ResultNames.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

namespace ingot::hostio {
namespace {

// File systems take 255 bytes: the stem, a number, ".npy" and what a temporary file has behind its name.
constexpr size_t longestStem = 200;
constexpr size_t room = longestStem + 24;

bool isSafe(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c; }

// Some file systems take names that differ by case alone for one file.
bool isOneFile(const char *a, const char *b) {
  while (*a && lower(*a) == lower(*b))
    ++a, ++b;
  return lower(*a) == lower(*b);
}

bool isOwnStem(const char *name) {
  size_t length = 0;
  while (isSafe(name[length]))
    ++length;
  return length > 0 && length <= longestStem && !name[length];
}

void makeStem(const char *name, char *stem) {
  size_t length = 0;
  for (; name[length] && length < longestStem; ++length)
    stem[length] = isSafe(name[length]) ? name[length] : '_';
  stem[length] = '\0';
  if (length == 0)
    snprintf(stem, room, "result");
}

} // namespace

ResultNames::~ResultNames() {
  for (size_t i = 0; stems && i < count; ++i)
    free(stems[i]);
  free(stems);
}

bool ResultNames::isTaken(const char *stem) const {
  for (size_t i = 0; i < count; ++i)
    if (stems[i] && isOneFile(stems[i], stem))
      return true;
  return false;
}

bool ResultNames::assign(const char *const *names, size_t total) {
  stems = static_cast<char **>(calloc(total + 1, sizeof(char *)));
  if (!stems)
    return false;
  count = total;
  char stem[room] = "", numbered[room] = "";
  // Names that need no change first, so that no other's number takes their place.
  for (int round = 0; round < 2; ++round)
    for (size_t i = 0; i < total; ++i) {
      if (stems[i] || (round == 0 && (!isOwnStem(names[i]) || isTaken(names[i]))))
        continue;
      makeStem(names[i], stem);
      memcpy(numbered, stem, room);
      for (unsigned number = 1; isTaken(numbered); ++number)
        snprintf(numbered, sizeof numbered, "%s_%u", stem, number);
      stems[i] = static_cast<char *>(malloc(room));
      if (!stems[i])
        return false;
      memcpy(stems[i], numbered, room);
    }
  return true;
}

} // namespace ingot::hostio
