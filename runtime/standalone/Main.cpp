// The main program of a compiled executable: reads inputs, runs the model linked into it, prints or writes the results.
#include "runtime/standalone/Program.h"
#include "runtime/standalone/Values.h"
#include "runtime/standalone/npy.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

extern "C" const ingot_image ingot_image_symbol __asm__("ingot_image") __attribute__((visibility("hidden")));

namespace ingot::standalone {

Status statusOf(ingot_code code) { return code == INGOT_OK ? Done : code == INGOT_INTERNAL ? Internal : Mistake; }

Status Program::fail(Status status, const char *message) const {
  Text text;
  text.format("%s: %s%s\n", name, status == Internal ? "internal error: " : "", message);
  text.flush(2);
  return status;
}

// DIR/NAME.npy, or DIR/CALL/NAME.npy, with characters that are awkward in file names replaced. Names that become equal get a
// number.
static void addResultPath(Text &path, const char *folder, const Arguments &arguments, size_t index) {
  auto safe = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-'
               ? c
               : '_';
  };
  const char *name = arguments.resultInfos[index].name;
  size_t equal = 0;
  for (size_t i = 0; i < index; ++i) {
    const char *a = arguments.resultInfos[i].name, *b = name;
    while (*a && *b && safe(*a) == safe(*b))
      ++a, ++b;
    equal += !*a && !*b;
  }
  path.format("%s/", folder);
  for (; *name; ++name) {
    char c = safe(*name);
    path.add(&c, 1);
  }
  if (equal)
    path.format("_%zu", equal);
  path.add(".npy");
}

static bool makeFolder(const char *path) {
  struct stat status;
  if (mkdir(path, 0777) == 0)
    return true;
  int cause = errno;
  if (stat(path, &status) == 0 && S_ISDIR(status.st_mode))
    return true;
  errno = cause;
  return false;
}

Status deliver(Program &program, const Arguments &arguments, int call) {
  const Options &options = program.options;
  Text &out = program.out;
  Text folder;
  if (options.outputDir) {
    folder.add(options.outputDir);
    bool made = makeFolder(folder.chars());
    if (made && call) {
      folder.format("/%d", call);
      made = makeFolder(folder.chars());
    }
    if (!made) {
      Text message;
      message.format("cannot make the folder '%s': %s", folder.chars(), strerror(errno));
      return program.fail(Mistake, message.chars());
    }
  }
  if (call && !options.json)
    out.format("call %d\n", call);
  if (options.json) {
    out.add("{\"model\": ");
    out.addJson(ingot_artifact_model_name(program.artifact));
    out.add(", \"outputs\": [");
  }
  for (size_t i = 0; i < arguments.resultCount; ++i) {
    const ingot_buffer &buffer = arguments.results[i];
    const char *name = arguments.resultInfos[i].name;
    Text path;
    if (options.outputDir) {
      addResultPath(path, folder.chars(), arguments, i);
      ingot_error error;
      if (!rt::writeNpy(path.chars(), buffer.dtype, buffer.rank, buffer.dims, buffer.data, &error))
        return program.fail(error);
    }
    if (options.json) {
      out.add(i ? ", " : "");
      reportTensorJson(out, name, buffer, options.top, options.outputDir ? path.chars() : nullptr);
    } else {
      reportTensor(out, name, buffer, options.top);
      if (options.outputDir)
        out.format("  written to %s\n", path.chars());
    }
  }
  if (options.json)
    out.add("]}\n");
  return Done;
}

static Status runModel(Program &program) {
  Arguments arguments(program);
  if (Status status = arguments.prepare())
    return status;
  ingot_session_options options = {};
  options.struct_size = sizeof options;
  options.threads = program.options.threads;
  ingot_error error;
  ingot_session *session = ingot_session_create(program.artifact, nullptr, &options, &error);
  if (!session)
    return program.fail(error);
  const Options &given = program.options;
  bool zeros = given.bench && !given.inputCount, several = false;
  for (int i = 0; i < given.inputCount; ++i)
    several |= !given.inputs[i];
  Status status = zeros ? arguments.fillZeros(session) : Done;
  for (int first = 0, call = 1; status == Done && !zeros; ++call) {
    int end = first;
    while (end < given.inputCount && given.inputs[end])
      ++end;
    status = arguments.readInputs(session, first, end);
    first = end + 1;
    if (given.bench && end >= given.inputCount)
      break;
    if (status == Done)
      status = arguments.run(session, error) != INGOT_OK ? program.fail(error)
               : given.bench                             ? Done
                                                         : deliver(program, arguments, several ? call : 0);
    if (end >= given.inputCount)
      break;
  }
  if (status == Done && given.bench)
    status = bench(program, arguments, session);
  ingot_session_destroy(session);
  return status;
}

static int runProgram(int argc, char **argv) {
  const char *name = argc > 0 && strrchr(argv[0], '/') ? strrchr(argv[0], '/') + 1 : argc > 0 ? argv[0] : "model";
  Options options;
  Program program{name, &ingot_image_symbol, options, nullptr, {}};
  Text message;
  if (!parseOptions(argc, argv, options, message))
    return program.fail(Mistake, message.chars());
  Status status = Done;
  if (options.help) {
    addUsage(program.out, name);
  } else {
    ingot_error error;
    program.artifact = ingot_load_image(program.image, &error);
    if (!program.artifact)
      status = program.fail(error.code == INGOT_CORRUPT && options.selftest ? Failed : statusOf(error.code), error.message);
    else
      status = options.selftest ? selftest(program) : options.describe ? describe(program) : runModel(program);
    ingot_unload(program.artifact);
  }
  // A failed self-test still reports what it found.
  if ((status == Done || status == Failed) && !program.out.flush(1))
    return program.fail(Mistake, program.out.complete() ? "cannot write to the standard output" : "out of memory");
  return status;
}

} // namespace ingot::standalone

int main(int argc, char **argv) { return ingot::standalone::runProgram(argc, argv); }
