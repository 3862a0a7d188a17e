// ingot: the command-line driver. One file per verb; here they are gathered and exit statuses are settled.
#include "tools/ingot/Driver.h"

#include "llvm/Support/raw_ostream.h"

#include <csignal>
#include <unistd.h>

namespace ingot::driver {

GlobalOptions globals;

static bool onTerminal() { return isatty(STDERR_FILENO) && !globals.quiet; }
static bool lineOpen = false;

static void closeLine() {
  if (lineOpen)
    llvm::errs() << "\r\033[K";
  lineOpen = false;
}

Status fail(llvm::StringRef message) {
  closeLine();
  llvm::errs() << "ingot: " << message.rtrim() << '\n';
  return message.starts_with("internal error:") ? Internal : Mistake;
}

void say(llvm::StringRef message) {
  closeLine();
  if (!globals.quiet)
    llvm::errs() << message << '\n';
}

void progress(llvm::StringRef message) {
  if (!onTerminal())
    return;
  llvm::errs() << "\r\033[K" << message;
  lineOpen = true;
}

} // namespace ingot::driver

int main(int argc, char **argv) {
  using namespace ingot::driver;
  std::signal(SIGPIPE, SIG_DFL);
  CLI::App app{"Casts a model into a native artifact that needs no framework to run.\n\n"
               "  ingot compile model.onnx -o model     a standalone executable\n"
               "  ingot run model.onnx --input x.npy    compile in memory and run\n"
               "  ingot inspect model                   what is inside\n",
               "ingot"};
  app.set_version_flag("--version", "ingot 0.1.0");
  app.require_subcommand(1);
  app.fallthrough();
  app.add_flag("--json", globals.json, "Print one JSON document on stdout");
  app.add_flag("-q,--quiet", globals.quiet, "No talk on stderr but errors");
  Status status = Done;
  addCompile(app, &status);
  addRun(app, &status);
  addBench(app, &status);
  addInspect(app, &status);
  addVerify(app, &status);
  // The library throws on its errors; this file alone is compiled with exceptions, and its codes end here.
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success &success) { // --help, --version
    return app.exit(success) == 0 ? Done : Internal;
  } catch (const CLI::ParseError &error) {
    llvm::errs() << "ingot: " << error.what() << "\nRun 'ingot --help' or 'ingot VERB --help'.\n";
    return Mistake;
  }
  return status;
}
