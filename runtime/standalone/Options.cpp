#include "runtime/standalone/Options.h"

#include "runtime/hostio/Nearest.h"

#include <stdlib.h>
#include <string.h>

namespace ingot::standalone {

using namespace hostio;
namespace {

// The decimal number `text` in [low, high]; false for anything else.
bool parseNumber(const char *text, int64_t low, int64_t high, int64_t &value) {
  value = 0;
  if (!*text)
    return false;
  for (const char *at = text; *at; ++at) {
    if (*at < '0' || *at > '9' || at - text > 17)
      return false;
    value = value * 10 + (*at - '0');
  }
  return value >= low && value <= high;
}

// Of an option, without its value.
size_t nameSize(const char *option) {
  const char *value = strchr(option, '=');
  return value ? size_t(value - option) : strlen(option);
}

// Walks the arguments; an option's value is in the same argument after '=' or in the next one.
struct Walker {
  int argc;
  char **argv;
  Text &message;
  int at = 1;

  // Whether the current argument is the option `name`; `value` is then set. `failed` turns true where the value is missing.
  bool takes(const char *name, const char *&value, bool &failed) {
    const char *argument = argv[at];
    size_t size = strlen(name);
    if (strncmp(argument, name, size) != 0 || (argument[size] != '\0' && argument[size] != '='))
      return false;
    if (argument[size] == '=') {
      value = argument + size + 1;
    } else if (at + 1 < argc) {
      value = argv[++at];
    } else {
      message.format("option %s needs a value", name);
      failed = true;
    }
    return true;
  }
};

} // namespace

Options::~Options() {
  free(static_cast<void *>(inputs));
  free(static_cast<void *>(entries));
}

// Reads all options up to the first mistake.
static bool readOptions(int argc, char **argv, Options &options, Text &message) {
  options.inputs = static_cast<const char **>(calloc(size_t(argc) + 1, sizeof(char *)));
  options.entries = static_cast<const char **>(calloc(size_t(argc) + 1, sizeof(char *)));
  if (!options.inputs || !options.entries) {
    message.add("out of memory");
    return false;
  }
  struct Count {
    const char *name;
    int64_t low, high;
  };
  constexpr Count counts[] = {{"--top", 1, 1'000'000}, {"--threads", 0, 1024}, {"--bench", 1, 1'000'000'000}};
  struct Flag {
    const char *name;
    bool Options::*field;
  };
  constexpr Flag flags[] = {{"--json", &Options::json},         {"--describe", &Options::describe},
                            {"--selftest", &Options::selftest}, {"--version", &Options::version},
                            {"--help", &Options::help},         {"-h", &Options::help}};
  Walker walker{argc, argv, message};
  bool onlyFiles = false;
  for (; walker.at < argc; ++walker.at) {
    const char *argument = argv[walker.at], *value = nullptr;
    bool failed = false, known = false;
    if (onlyFiles || argument[0] != '-' || argument[1] == '\0') {
      options.inputs[options.inputCount++] = argument;
      continue;
    }
    if (strcmp(argument, "--") == 0) {
      onlyFiles = true;
      continue;
    }
    for (const Flag &flag : flags)
      if (strcmp(argument, flag.name) == 0)
        options.*flag.field = known = true;
    if (strcmp(argument, "--then") == 0) {
      known = true;
      options.inputs[options.inputCount++] = nullptr;
      ++options.callCount;
    }
    if (!known && walker.takes("--entry", value, failed)) {
      known = true;
      if (!failed && options.entries[options.callCount - 1]) {
        message.add("option --entry: a call has one entry point; --then begins another call");
        failed = true;
      }
      options.entries[options.callCount - 1] = value;
    }
    if (!known && walker.takes("--input", value, failed)) {
      known = true;
      options.inputs[options.inputCount++] = value;
    }
    if (!known && walker.takes("--output-dir", value, failed)) {
      known = true;
      options.outputDir = value;
    }
    for (int i = 0; !known && i < 3; ++i) {
      if (!walker.takes(counts[i].name, value, failed))
        continue;
      known = true;
      int64_t number = 0;
      if (!failed && !parseNumber(value, counts[i].low, counts[i].high, number)) {
        message.format("option %s: '%s' is not a number from %lld to %lld", counts[i].name, value, (long long)counts[i].low,
                       (long long)counts[i].high);
        failed = true;
      }
      if (i == 0)
        options.top = number;
      else if (i == 1)
        options.threads = int32_t(number);
      else
        options.bench = number;
    }
    if (!known) {
      message.format("unknown option '%s'; ", argument);
      if (argument[1] == '-') {
        const char *bare = argument + 2; // the dashes tell nothing
        Nearest nearest(bare, nameSize(bare));
        for (const Flag &flag : flags)
          nearest.offer(flag.name + 2);
        for (const Count &count : counts)
          nearest.offer(count.name + 2);
        nearest.offer("then");
        nearest.offer("entry");
        nearest.offer("input");
        nearest.offer("output-dir");
        if (nearest.best)
          message.format("did you mean '--%s'? ", nearest.best);
      }
      message.add("--help lists the options");
      return false;
    }
    if (failed)
      return false;
  }
  if (options.outputDir && !*options.outputDir) {
    message.add("option --output-dir: the name is empty");
    return false;
  }
  return true;
}

bool parseOptions(int argc, char **argv, Options &options, Text &message) {
  if (readOptions(argc, argv, options, message))
    return true;
  // What went wrong is told as JSON wherever that is asked for.
  for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; ++i)
    options.json |= strcmp(argv[i], "--json") == 0;
  return false;
}

void addUsage(Text &text, const char *program) {
  text.format(
      "usage: %s [--entry NAME] [[--input] [NAME=]FILE.npy]... [--then --input ...]... [--output-dir DIR] [--top N]\n"
      "       %*s [--threads N] [--bench N] [--json] [--describe] [--selftest] [--version] [--help]\n\n",
      program, int(strlen(program)), "");
  text.add(
      "  --input [NAME=]FILE.npy  an input; without NAME the next one in order; '-' is the standard input; zeros, random\n"
      "                           or random:SEED instead of a file makes it up\n"
      "  --entry NAME             the entry point of this call and those after it, where the model has several\n"
      "  --then                   what follows is for the next call, which finds the state as this one left it; an input\n"
      "                           that is not given again stays as it is\n"
      "  --output-dir DIR         write every result to DIR/NAME.npy; of several calls, to DIR/CALL/NAME.npy\n"
      "  --top N                  print the N largest values of each row with their indices\n"
      "  --threads N              worker threads; 0, the default, takes what the process may use\n"
      "  --bench N                time N runs; without --input on random numbers of the largest sizes\n"
      "  --json                   print one JSON object, with \"error\" where something fails\n"
      "  --describe               print inputs, results, sizes and what the executable holds\n"
      "  --selftest               check the file, tables, code and weights against their hashes, and a run's\n"
      "                           results against those it gave when it was compiled\n"
      "  --version                print the model's name and what made it\n"
      "  --help                   print this\n\n"
      "Exit status: 0 done, 1 wrong use or input, 2 an internal error, 3 the file is damaged or the self-test\n"
      "failed.\n");
}

} // namespace ingot::standalone
