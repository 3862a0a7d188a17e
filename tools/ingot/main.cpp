// ingot: the command-line driver. One file per verb; here they are gathered and exit statuses are settled.
#include "tools/ingot/Driver.h"
#include "tools/ingot/RunOptions.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Signals.h"
#include <ingot/runtime.h>
#include <nlohmann/json.hpp>

#include <csignal>
#include <cstdlib>
#include <cstring>
#include <new>
#include <unistd.h>

namespace ingot::driver {

GlobalOptions globals;

static bool onTerminal() {
  const char *term = std::getenv("TERM");
  return isatty(STDERR_FILENO) && !globals.quiet && term && std::strcmp(term, "dumb") != 0;
}
static bool lineOpen = false;

static void closeLine() {
  if (lineOpen)
    llvm::errs() << "\r\033[K";
  lineOpen = false;
}

// Names come from files: a control character must not reach a terminal.
static std::string printable(llvm::StringRef text) {
  std::string out = text.str();
  for (char &c : out)
    if ((static_cast<unsigned char>(c) < ' ' && c != '\n' && c != '\t') || c == '\x7f')
      c = '?';
  return out;
}

Status fail(llvm::StringRef message) {
  closeLine();
  llvm::errs() << "ingot: " << printable(message.rtrim()) << '\n';
  return message.starts_with("internal error:") ? Internal : Mistake;
}

void say(llvm::StringRef message) {
  closeLine();
  if (!globals.quiet)
    llvm::errs() << printable(message) << '\n';
}

void progress(llvm::StringRef message) {
  if (!onTerminal())
    return;
  llvm::errs() << "\r\033[K" << printable(message);
  lineOpen = true;
}

std::string jsonText(const nlohmann::json &document, int indent) {
  return document.dump(indent, ' ', /*ensure_ascii=*/false, nlohmann::json::error_handler_t::replace);
}

Status writeFile(llvm::StringRef what, const std::string &path, llvm::function_ref<void(llvm::raw_ostream &)> print) {
  auto failed = [&](std::error_code code) {
    return fail((what.empty() ? "" : what + " ").str() + path + ": " + code.message());
  };
  llvm::sys::fs::file_status status;
  bool exists = !llvm::sys::fs::status(path, status) && llvm::sys::fs::exists(status);
  if (exists && llvm::sys::fs::is_directory(status))
    return failed(std::make_error_code(std::errc::is_a_directory));
  bool inPlace = exists && !llvm::sys::fs::is_regular_file(status);
  std::string name = inPlace ? path : path + "." + std::to_string(getpid()) + ".partial";
  std::error_code code;
  {
    llvm::raw_fd_ostream os(name, code, inPlace ? llvm::sys::fs::CD_OpenExisting : llvm::sys::fs::CD_CreateAlways,
                            llvm::sys::fs::FA_Write, llvm::sys::fs::OF_None);
    if (code)
      return failed(code);
    print(os);
    os.close();
    code = os.error();
    os.clear_error();
  }
  if (!code && !inPlace)
    code = llvm::sys::fs::rename(name, path);
  if (!code)
    return Done;
  if (!inPlace)
    llvm::sys::fs::remove(name);
  return failed(code);
}

// A crash is a bug of ours: it says so and exits as such. LLVM's handler has removed unfinished files by then.
static void onCrash(void *) {
  static const char message[] = "ingot: internal error: crashed; please report the command and its model\n";
  (void)!write(STDERR_FILENO, message, sizeof message - 1);
  _exit(Internal);
}

static void onNoMemory() {
  static const char message[] = "ingot: out of memory\n";
  (void)!write(STDERR_FILENO, message, sizeof message - 1);
  _exit(Mistake);
}

static Status run(int argc, char **argv) {
  CLI::App app{"Casts a model into a native artifact that needs no framework to run.\n\n"
               "  ingot compile model.onnx -o model     a standalone executable\n"
               "  ingot run model.onnx --input x.npy    compile in memory and run\n"
               "  ingot inspect model                   what is inside\n",
               "ingot"};
  app.set_version_flag("--version", std::string("ingot ") + ingot_version());
  app.require_subcommand(1);
  app.fallthrough();
  app.add_flag("--json", globals.json, "Print one JSON document on stdout");
  app.add_flag("-q,--quiet", globals.quiet, "No talk on stderr but errors");
  Status status = Done;
  addCheck(app, &status);
  addCompile(app, &status);
  addRun(app, &status);
  addBench(app, &status);
  addInspect(app, &status);
  addVerify(app, &status);
  addDiff(app, &status);
  addReduce(app, &status);
  addConformance(app, &status);
  // The library throws on its errors; the driver's own files alone are compiled with exceptions, and its codes end here.
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success &success) { // --help, --version
    return app.exit(success) == 0 ? Done : Internal;
  } catch (const CLI::ParseError &error) {
    llvm::errs() << "ingot: " << error.what() << "\nRun 'ingot --help' or 'ingot VERB --help'.\n";
    return Mistake;
  } catch (const std::exception &error) {
    return fail(std::string("internal error: ") + error.what());
  }
  return status;
}

} // namespace ingot::driver

int main(int argc, char **argv) {
  using namespace ingot::driver;
  std::signal(SIGPIPE, SIG_DFL);
  std::set_new_handler(onNoMemory);
#if !defined(__has_feature)
#define __has_feature(feature) 0
#endif
  if (!__has_feature(address_sanitizer)) // which reports crashes itself
    llvm::sys::AddSignalHandler(onCrash, nullptr);
  // Which calls the --inputs belong to follows from their order, which the library keeps among values of one option alone.
  static std::string then = std::string("--input=") + RunOptions::kThen;
  for (int i = 2; i < argc && llvm::StringRef(argv[1]) == "run"; ++i)
    if (llvm::StringRef(argv[i]) == "--then")
      argv[i] = then.data();
  Status status = run(argc, argv);
  llvm::outs().flush();
  if (std::error_code code = llvm::outs().error()) {
    llvm::outs().clear_error();
    return fail("cannot write to the standard output: " + code.message());
  }
  return status;
}
