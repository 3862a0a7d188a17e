// The main program of a compiled executable: reads inputs, runs the model linked into it, prints or writes the results.
#include "runtime/standalone/Program.h"

#include "runtime/hostio/ResultNames.h"
#include "runtime/hostio/Values.h"
#include "runtime/hostio/npy.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

extern "C" const ingot_image ingot_image_symbol __asm__("ingot_image") __attribute__((visibility("hidden")));

namespace ingot::standalone {

using namespace hostio;

Status statusOf(ingot_code code) {
  switch (code) {
  case INGOT_OK:
    return Done;
  case INGOT_INTERNAL:
    return Internal;
  case INGOT_CORRUPT:
    return Failed;
  default:
    return Mistake;
  }
}

Status Program::fail(Status status, const char *message) const {
  Text text;
  text.format("%s: %s%s\n", name, status == Internal ? "internal error: " : "", message);
  text.flush(2);
  error.format("%s%s%s", error.size() ? "\n" : "", status == Internal ? "internal error: " : "", message);
  return status;
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
  ResultNames files;
  if (options.outputDir) {
    const char **names = static_cast<const char **>(calloc(arguments.resultCount + 1, sizeof(char *)));
    for (size_t i = 0; names && i < arguments.resultCount; ++i)
      names[i] = arguments.resultInfos[i].name;
    const bool assigned = names && files.assign(names, arguments.resultCount);
    free(static_cast<void *>(names));
    if (!assigned)
      return program.fail(Mistake, "out of memory");
  }
  if (call && !options.json)
    out.format("call %d\n", call);
  if (options.json)
    out.add(call > 1 ? ", {\"results\": [" : call ? ", \"calls\": [{\"results\": [" : ", \"results\": [");
  for (size_t i = 0; i < arguments.resultCount; ++i) {
    const ingot_buffer &buffer = arguments.results[i];
    const char *name = arguments.resultInfos[i].name;
    Text path;
    if (options.outputDir) {
      path.format("%s/%s.npy", folder.chars(), files.stem(i));
      ingot_error error;
      if (!writeNpy(path.chars(), buffer.dtype, buffer.rank, buffer.dims, buffer.data, &error))
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
    out.add(call ? "]}" : "]");
  return Done;
}

static Status runModel(Program &program) {
  Arguments arguments(program);
  ingot_session_options options = {};
  options.struct_size = sizeof options;
  options.threads = program.options.threads;
  ingot_error error;
  const Options &given = program.options;
  ingot_session *session = ingot_session_create(program.artifact, given.entries[0], &options, &error);
  if (!session)
    return program.fail(error);
  bool generated = given.bench && !given.inputCount, several = false;
  for (int i = 0; i < given.inputCount; ++i)
    several |= !given.inputs[i];
  if (given.json) {
    program.out.add("\"model\": ");
    program.out.addJson(ingot_artifact_model_name(program.artifact));
  }
  Status status = arguments.prepare(size_t(ingot_artifact_find_entry(program.artifact, given.entries[0])));
  if (status == Done && generated)
    status = arguments.generate(session);
  for (int first = 0, call = 1; status == Done && !generated; ++call) {
    int end = first;
    while (end < given.inputCount && given.inputs[end])
      ++end;
    const char *entry = call > 1 ? given.entries[call - 1] : nullptr;
    if (entry && ingot_session_select(session, entry, &error) != INGOT_OK)
      status = program.fail(error);
    else if (entry)
      status = arguments.prepare(size_t(ingot_artifact_find_entry(program.artifact, entry)));
    if (status == Done)
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
  if (several && given.json && !given.bench)
    program.out.add("]");
  if (status == Done && given.bench)
    status = bench(program, arguments, session);
  ingot_session_destroy(session);
  return status;
}

// One object on stdout: what was reported, and what went wrong.
static void closeJson(Program &program, Status status) {
  Text text;
  text.add("{");
  if (status == Done || status == Failed)
    text.add(program.out.chars(), program.out.size());
  if (status != Done) {
    text.add(text.size() > 1 ? ", \"error\": " : "\"error\": ");
    text.addJson(program.error.chars());
  }
  text.add("}\n");
  program.out.clear();
  program.out.add(text.chars(), text.size());
}

// Small weights are checked at the start, like the code; --selftest reads all of them.
static Status checkSmallWeights(Program &program) {
  constexpr uint64_t small = 1u << 20;
  ingot_error error;
  if (program.options.selftest || program.image->table->weights_size > small ||
      ingot_verify_weights(program.artifact, &error) == INGOT_OK)
    return Done;
  return program.fail(error);
}

static int runProgram(int argc, char **argv) {
  const char *name = argc > 0 && strrchr(argv[0], '/') ? strrchr(argv[0], '/') + 1 : argc > 0 ? argv[0] : "model";
  signal(SIGXFSZ, SIG_IGN); // a file beyond the user's limit is an error of writing it
  Options options;
  Program program{name, &ingot_image_symbol, options, nullptr, {}, {}};
  Text message;
  Status status = Done;
  if (!parseOptions(argc, argv, options, message)) {
    status = program.fail(Mistake, message.chars());
  } else if (options.help) {
    addUsage(program.out, name);
    return program.out.flush(1) ? Done : program.fail(Mistake, "cannot write to the standard output");
  } else {
    ingot_error error;
    program.artifact = ingot_load_image(program.image, &error);
    status = program.artifact ? checkSmallWeights(program) : program.fail(error);
    if (status == Done)
      status = options.selftest   ? selftest(program)
               : options.describe ? describe(program)
               : options.version  ? version(program)
                                  : runModel(program);
    ingot_unload(program.artifact);
  }
  const bool complete = program.out.complete();
  if (options.json)
    closeJson(program, status);
  // A failed self-test still reports what it found.
  if ((options.json || status == Done || status == Failed) && !(program.out.flush(1) && complete))
    return program.fail(Mistake, complete ? "cannot write to the standard output" : "out of memory");
  return status;
}

} // namespace ingot::standalone

int main(int argc, char **argv) { return ingot::standalone::runProgram(argc, argv); }
