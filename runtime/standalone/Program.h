// The parts of a compiled executable's main program.
#ifndef INGOT_RUNTIME_STANDALONE_PROGRAM_H
#define INGOT_RUNTIME_STANDALONE_PROGRAM_H

#include "runtime/hostio/Text.h"
#include "runtime/standalone/Options.h"

#include "runtime/abi/artifact.h"

#include <ingot/runtime.h>

namespace ingot::standalone {

// Exit statuses, those of the driver.
enum Status { Done = 0, Mistake = 1, Internal = 2, Failed = 3 };
Status statusOf(ingot_code code);

// What every step of the program needs.
struct Program {
  const char *name; // as called, without its folder
  const ingot_image *image;
  const Options &options;
  ingot_artifact *artifact = nullptr;
  Text out;           // stdout's text, written at the end; with --json the members of its one object
  mutable Text error; // what fail was told, for --json
  // Prints "NAME: MESSAGE" to stderr.
  Status fail(Status status, const char *message) const;
  Status fail(const ingot_error &error) const { return fail(statusOf(error.code), error.message); }
};

// The arguments of one run and their memory.
class Arguments {
public:
  explicit Arguments(Program &program) : program(program) {}
  Arguments(const Arguments &) = delete;
  Arguments &operator=(const Arguments &) = delete;
  ~Arguments();

  // Learns the inputs and results of an entry point; states are the session's and left out. Inputs of the one before that have the
  // name and type of one of this keep their values.
  Status prepare(size_t entry);
  // Opens the files named by options [first, end), or makes what they ask for, and checks names, types and shapes before reading any data. Inputs that
  // are not named stay as an earlier call had them.
  Status readInputs(ingot_session *session, int first, int end);
  // Random elements for all inputs but those with a default, of the largest sizes.
  Status generate(ingot_session *session);
  ingot_code run(ingot_session *session, ingot_error &error) {
    return ingot_run(session, inputs, inputCount, results, resultCount, &error);
  }

  size_t inputCount = 0, resultCount = 0;
  ingot_argument_info *inputInfos = nullptr, *resultInfos = nullptr;
  ingot_buffer *inputs = nullptr, *results = nullptr;

private:
  void release();
  Status missingInputs() const;
  // The input at which an option points, by name or, without one, by place (then those with a default come last);
  // inputCount where there is none. `file` is what follows the name.
  size_t find(const char *option, const char *const *files, const char *&file) const;
  Status allocate(ingot_buffer &buffer) const;
  // The dims of inputs that are made up: the least sizes, but for those that other inputs have.
  Status chooseDims(const char *const *files);
  Status makeResults(ingot_session *session);
  Program &program;
  size_t entry = 0;
};

// "float_input: f32 [batch, 3]", a dim that is a size by its name.
void addArgument(Text &text, const Program &program, const ingot_argument_info &info);

Status describe(Program &program);
Status version(Program &program);
Status selftest(Program &program);
Status bench(Program &program, Arguments &arguments, ingot_session *session);
// Prints or writes the results. `call` counts from 1; 0: the only one.
Status deliver(Program &program, const Arguments &arguments, int call);

} // namespace ingot::standalone

#endif // INGOT_RUNTIME_STANDALONE_PROGRAM_H
