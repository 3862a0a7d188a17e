// What the verbs of the driver share: exit statuses, talk on stderr, and the way a verb registers itself.
#ifndef INGOT_TOOLS_INGOT_DRIVER_H
#define INGOT_TOOLS_INGOT_DRIVER_H

#include "CLI/CLI.hpp"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"
#include <nlohmann/json_fwd.hpp>

#include <string>

namespace ingot::driver {

// Exit statuses of every verb.
enum Status {
  Done = 0,
  Mistake = 1,    // the user's: one clear, located message was printed
  Internal = 2,   // a bug of ours: the message starts with "internal error:"
  Difference = 3, // it ran, but a comparison or a check failed; or an artifact is damaged
};

// Flags of every verb.
struct GlobalOptions {
  bool json = false;  // stdout carries one JSON document instead of text
  bool quiet = false; // no talk on stderr but errors
};
extern GlobalOptions globals;

// Prints "ingot: MESSAGE" on stderr. A message says itself whose fault it is: one that starts with "internal error:" is ours
// (Internal), one that speaks of a "corrupt artifact:" tells damage (Difference), else it is the user's.
Status fail(llvm::StringRef message);
Status fail(llvm::StringRef message, Status status);
// What --json prints: one object, when the verb has ended, of these members in their order; with "error" where it failed, and
// then alone unless the status is Difference.
void answer(llvm::StringRef key, std::string json);
void answer(const nlohmann::json &members);
// Reads a file whole, or what a pipe gives; a device, which may have no end, is refused.
Status readFile(llvm::StringRef what, const std::string &path, std::unique_ptr<llvm::MemoryBuffer> &file);
// Writes a file: whole under a temporary name beside it, then renamed. A device or pipe such as /dev/stdout is written to, a
// folder refused. `what` begins the message ("--report").
Status writeFile(llvm::StringRef what, const std::string &path, llvm::function_ref<void(llvm::raw_ostream &)> print);
// Fails where writeFile would for want of a folder that can be written to; asked before work begins.
Status checkWritable(llvm::StringRef what, const std::string &path);
// A document as text; what is no UTF-8 in it (names of files) is replaced.
std::string jsonText(const nlohmann::json &document, int indent = -1);
// The argument that names the one file a verb reads; '-' is the standard input, which is then kept in memory under a path of
// its own that messages do not show.
CLI::Option *addModelArgument(CLI::App &verb, const char *name, std::string &path, const std::string &description);
// As the argument of a model: the file that `path` will name is not to be written by this verb.
void keepFromWriting(const std::string &path);
// Whether the path is that of a model read from the standard input.
bool isStandardInput(llvm::StringRef path);
bool standardInputIsRead();
// Text as a terminal may get it. Names come from files: control characters become '?', and the path where the standard input
// is kept its name.
std::string printable(llvm::StringRef text);
// Talk: a line on stderr unless quiet.
void say(llvm::StringRef message);
// A line that the next one overwrites; only where stderr is a terminal.
void progress(llvm::StringRef message);

// Each adds its subcommand to `app` and calls `*status = ...` from its callback.
void addCompletion(CLI::App &app, Status *status);
void addConformance(CLI::App &app, Status *status);
void addCheck(CLI::App &app, Status *status);
void addCompile(CLI::App &app, Status *status);
void addDiff(CLI::App &app, Status *status);
void addOps(CLI::App &app, Status *status);
void addReduce(CLI::App &app, Status *status);
void addRun(CLI::App &app, Status *status);
void addBench(CLI::App &app, Status *status);
void addInspect(CLI::App &app, Status *status);
void addVerify(CLI::App &app, Status *status);

} // namespace ingot::driver

#endif // INGOT_TOOLS_INGOT_DRIVER_H
