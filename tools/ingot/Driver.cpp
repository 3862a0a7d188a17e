// ingot: the command-line driver. One file per verb; here they are gathered and exit statuses are settled.
#include "tools/ingot/Driver.h"
#include "tools/ingot/Explain.h"

#include "compiler/aot/Link.h"

#include <ingot/runtime.h>

#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Signals.h"
#include <nlohmann/json.hpp>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <new>
#include <sys/mman.h>
#include <tuple>
#include <unistd.h>
#include <utility>
#include <vector>

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

static std::string inputPath; // where the standard input is kept; empty: not read

bool isStandardInput(llvm::StringRef path) { return !inputPath.empty() && path == inputPath; }
bool standardInputIsRead() { return !inputPath.empty(); }

static std::string readStandardInput(std::string path) {
  if (path != "-")
    return path;
  int file = inputPath.empty() ? memfd_create("standard input", 0) : -1; // not closed on exec: its path stays good
  if (file < 0)
    throw CLI::ValidationError("the standard input cannot be read twice");
  std::vector<char> piece(1 << 20);
  for (ssize_t got; (got = read(STDIN_FILENO, piece.data(), piece.size())) != 0;) {
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0 || write(file, piece.data(), size_t(got)) != got)
      throw CLI::ValidationError(std::string("the standard input: ") + std::strerror(errno));
  }
  return inputPath = "/proc/self/fd/" + std::to_string(file);
}

// Filled in by the command line.
static llvm::SmallVector<const std::string *, 2> &readPaths() {
  static llvm::SmallVector<const std::string *, 2> paths;
  return paths;
}

void keepFromWriting(const std::string &path) { readPaths().push_back(&path); }

// Whether a path names a file that the verb reads as its model.
static bool isRead(llvm::StringRef path) {
  return llvm::any_of(readPaths(), [&](const std::string *read) {
    bool same = false;
    return !read->empty() && !llvm::sys::fs::equivalent(path, *read, same) && same;
  });
}

CLI::Option *addModelArgument(CLI::App &verb, const char *name, std::string &path, const std::string &description) {
  keepFromWriting(path);
  return verb.add_option(name, path, description + "; - is the standard input")
      ->required()
      ->transform(CLI::Validator(
          [](std::string &text) {
            text = readStandardInput(text);
            return std::string();
          },
          ""));
}

static std::string withoutPaths(llvm::StringRef text) {
  std::string out = text.str();
  for (size_t at; !inputPath.empty() && (at = out.find(inputPath)) != std::string::npos;)
    out.replace(at, inputPath.size(), "standard input");
  return out;
}

std::string printable(llvm::StringRef text) {
  std::string out = withoutPaths(text);
  for (char &c : out)
    if ((static_cast<unsigned char>(c) < ' ' && c != '\n' && c != '\t') || c == '\x7f')
      c = '?';
  return out;
}

static std::vector<std::pair<std::string, std::string>> members; // of --json's object
static std::string errors;                                       // what fail was told

Status fail(llvm::StringRef message, Status status) {
  closeLine();
  llvm::errs() << "ingot: " << printable(message.rtrim()) << '\n';
  errors += (errors.empty() ? "" : "\n") + withoutPaths(message.rtrim());
  return status;
}

Status fail(llvm::StringRef message) {
  return fail(message, message.starts_with("internal error:")  ? Internal
                       : message.contains("corrupt artifact:") ? Difference
                                                               : Mistake);
}

void answer(llvm::StringRef key, std::string json) { members.emplace_back(key.str(), std::move(json)); }

void answer(const nlohmann::json &object) {
  for (const auto &[key, value] : object.items())
    answer(key, jsonText(value));
}

static void printAnswer(Status status) {
  if (status == Mistake || status == Internal)
    members.clear();
  if (status != Done)
    answer("error", jsonText(errors));
  if (members.empty())
    return;
  const char *before = "{";
  for (const auto &[key, value] : members) {
    llvm::outs() << before << jsonText(key) << ": " << value;
    before = ", ";
  }
  llvm::outs() << "}\n";
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
  if (path == "-") {
    print(llvm::outs());
    return Done;
  }
  llvm::sys::fs::file_status status;
  const std::error_code found = llvm::sys::fs::status(path, status);
  if (found && found != std::errc::no_such_file_or_directory) // a link that leads in a circle
    return failed(found);
  bool exists = !found && llvm::sys::fs::exists(status);
  if (exists && llvm::sys::fs::is_directory(status))
    return failed(std::make_error_code(std::errc::is_a_directory));
  if (exists && isRead(path))
    return fail((what.empty() ? "" : what + " ").str() + path + ": is the model itself");
  bool inPlace = exists && !llvm::sys::fs::is_regular_file(status);
  const std::string target = throughLinks(path);
  std::string name = inPlace ? path : target + "." + std::to_string(getpid()) + ".partial";
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
    code = llvm::sys::fs::rename(name, target);
  if (!code)
    return Done;
  if (!inPlace)
    std::ignore = llvm::sys::fs::remove(name);
  return failed(code);
}

Status readFile(llvm::StringRef what, const std::string &path, std::unique_ptr<llvm::MemoryBuffer> &file) {
  llvm::sys::fs::file_status status;
  if (!llvm::sys::fs::status(path, status) &&
      (status.type() == llvm::sys::fs::file_type::character_file || status.type() == llvm::sys::fs::file_type::block_file))
    return fail((what + " " + path + ": is a device").str());
  llvm::ErrorOr<std::unique_ptr<llvm::MemoryBuffer>> read = llvm::MemoryBuffer::getFile(path);
  if (!read)
    return fail((what + " " + path + ": " + read.getError().message()).str());
  file = std::move(*read);
  return Done;
}

Status checkWritable(llvm::StringRef what, const std::string &path) {
  llvm::sys::fs::file_status status;
  const std::string target = throughLinks(path);
  if (path == "-" ||
      (!llvm::sys::fs::status(path, status) && llvm::sys::fs::exists(status) && !llvm::sys::fs::is_regular_file(status)))
    return Done;
  if (isRead(path))
    return fail((what.empty() ? "" : what + " ").str() + path + ": is the model itself");
  llvm::StringRef folder = llvm::sys::path::parent_path(target);
  std::string named = folder.empty() ? "." : folder.str() + "/."; // of a file: "Not a directory"
  if (access(named.c_str(), W_OK | X_OK) == 0)
    return Done;
  return fail((what.empty() ? "" : what + " ").str() + path + ": " + std::strerror(errno));
}

// Where no memory may be asked for: the message is told by system calls alone.
[[noreturn]] static void endWith(Status status, const char *message) {
  auto put = [](int file, const char *text) { (void)!write(file, text, std::strlen(text)); };
  put(STDERR_FILENO, "ingot: ");
  put(STDERR_FILENO, message);
  put(STDERR_FILENO, "\n");
  if (globals.json) {
    put(STDOUT_FILENO, "{\"error\": \"");
    put(STDOUT_FILENO, message);
    put(STDOUT_FILENO, "\"}\n");
  }
  _exit(status);
}

// A crash is a bug of ours: it says so and exits as such. LLVM's handler has removed unfinished files by then.
static void onCrash(void *) { endWith(Internal, "internal error: crashed; please report the command and its model"); }
// What LLVM gives up at. That no thread starts is the system's doing.
static void onGivingUp(void *, const char *reason, bool) {
  llvm::sys::RunInterruptHandlers(); // removes unfinished files
  if (llvm::StringRef(reason).starts_with("pthread_create failed"))
    endWith(Mistake, "no thread can be started: a limit on memory or processes");
  const std::string message = std::string("internal error: ") + reason;
  endWith(Internal, message.c_str());
}
static void onNoMemory() { endWith(Mistake, "out of memory"); }
static void onNoMemoryOfLlvm(void *, const char *, bool) { onNoMemory(); }

static Status run(int argc, char **argv) {
  CLI::App app{"Casts a model into a native artifact that needs no framework to run.\n\n"
               "  ingot compile model.onnx -o model     a standalone executable\n"
               "  ingot run model.onnx --input x.npy    compile in memory and run\n"
               "  ingot inspect model                   what is inside\n",
               "ingot"};
  app.set_version_flag("--version", std::string("ingot ") + ingot_version());
  app.require_subcommand(1);
  app.fallthrough();
  // Known as soon as it is read: what follows on the command line may be wrong.
  app.add_flag_function(
         "--json", [](int64_t) { globals.json = true; }, "Print one JSON object on stdout")
      ->trigger_on_parse();
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
  addOps(app, &status);
  addCompletion(app, &status);
  refuseEmptyValues(app);
  // The library throws on its errors; the driver's own files alone are compiled with exceptions, and its codes end here.
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success &success) { // --help, --version
    int code = app.exit(success);
    if (!std::cout.flush())
      return fail(std::string("cannot write to the standard output: ") + std::strerror(errno), Mistake);
    return code == 0 ? Done : Internal;
  } catch (const CLI::ParseError &error) {
    return fail(explain(app, {argv + 1, argv + argc}, error), Mistake);
  } catch (const std::exception &error) {
    return fail(std::string("internal error: ") + error.what());
  }
  return status;
}

} // namespace ingot::driver

// What libingot_compiler.so exports: the driver, called once in a process. Returns the exit status.
extern "C" __attribute__((visibility("default"))) int ingot_main(int argc, char **argv) {
  using namespace ingot::driver;
  std::signal(SIGPIPE, SIG_DFL);
  std::set_new_handler(onNoMemory);
#if !defined(__has_feature)
#define __has_feature(feature) 0
#endif
  if (!__has_feature(address_sanitizer)) // which reports crashes itself
    llvm::sys::AddSignalHandler(onCrash, nullptr);
  llvm::install_fatal_error_handler(onGivingUp, nullptr);
  llvm::install_bad_alloc_error_handler(onNoMemoryOfLlvm, nullptr);
  std::signal(SIGXFSZ, SIG_IGN); // a file beyond the user's limit is an error of writing it
  Status status = run(argc, argv);
  if (globals.json)
    printAnswer(status);
  llvm::outs().flush();
  if (std::error_code code = llvm::outs().error()) {
    llvm::outs().clear_error();
    return fail("cannot write to the standard output: " + code.message());
  }
  return status;
}
