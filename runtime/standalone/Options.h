// The command line of a compiled executable.
#ifndef INGOT_RUNTIME_STANDALONE_OPTIONS_H
#define INGOT_RUNTIME_STANDALONE_OPTIONS_H

#include "runtime/hostio/Text.h"

#include <stdint.h>

namespace ingot::standalone {

using hostio::Text;

struct Options {
  const char **inputs = nullptr; // "[NAME=]FILE", as many as inputCount; a positional FILE counts as one; null: --then
  int inputCount = 0;
  const char **entries =
      nullptr; // by call, one more than there are --then; null: the entry point of the call before, or the first
  int callCount = 1;
  const char *outputDir = nullptr;
  int64_t top = 0;     // 0: not asked for
  int32_t threads = 0; // 0: the runtime decides
  int64_t bench = 0;   // runs to time; 0: not asked for
  bool json = false, describe = false, selftest = false, version = false, help = false;

  Options() = default;
  Options(const Options &) = delete;
  Options &operator=(const Options &) = delete;
  ~Options();
};

// False with a message where the command line is wrong.
bool parseOptions(int argc, char **argv, Options &options, Text &message);
// What --help prints; `program` is the name it was called by.
void addUsage(Text &text, const char *program);

} // namespace ingot::standalone

#endif // INGOT_RUNTIME_STANDALONE_OPTIONS_H
