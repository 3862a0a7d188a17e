// The flags that say which model to compile and how, shared by compile, run, bench and inspect; and the road from a file to
// a compiled or loaded model.
#ifndef INGOT_TOOLS_INGOT_MODELOPTIONS_H
#define INGOT_TOOLS_INGOT_MODELOPTIONS_H

#include "compiler/jit/Jit.h"
#include "compiler/pipeline/Compile.h"
#include "frontends/Frontends.h"
#include "tools/ingot/Driver.h"

#include <memory>
#include <string>
#include <vector>

namespace ingot::driver {

struct ModelOptions {
  std::string model;
  std::vector<std::string> dims, shapes, aliases, fixed;
  std::vector<std::string> examples;  // files whose shapes the inputs have
  std::vector<std::string> entries;   // to keep; none: all
  std::vector<std::string> calls;     // NAME=SYMBOL: custom calls and their functions
  std::vector<std::string> libraries; // files that define them
  std::string target = "cpu", cpu, features;
  std::string precision = "f32", numerics = "fast";
  int optLevel = 2;
  unsigned jobs = 0;
  std::string stopAfter, from, dumpDir;
  bool timing = false;
  bool openDefaults = false; // artifacts are made, whose callers may feed inputs that have a default (ImportOptions)
  bool fixDefaults = false;
  // Where set: takes what the importer says of a model that it refuses, which then is not printed.
  std::string *refusal = nullptr;

  // `compiling`: the verb makes artifacts for any target, not only code for this machine.
  void addTo(CLI::App &verb, bool compiling);
  // The first flag given that says how to compile, as in "--mcpu"; empty where there is none. Such a flag has no effect on
  // an artifact.
  std::string compileFlag() const;

  bool isCompiling = false; // an artifact is made, which --link is for; else its libraries are loaded

private:
  std::vector<CLI::Option *> compileFlags;
};

// What a file is, by its content.
enum class FileKind { Unreadable, Model, Artifact, Archive, Dump, Unknown };
FileKind detectFile(const std::string &path, std::string *why);

// A model on its way through the compiler, with the context it lives in.
struct BuiltModel {
  std::unique_ptr<mlir::MLIRContext> context;
  std::unique_ptr<CompiledModel> model;
  std::vector<std::string> files; // paths of all that was read, the model's first; without the standard input
};

// Loads what --link names into this process, for verbs that run a model or an artifact.
Status loadLibraries(const ModelOptions &options);

// Imports the model alone. Prints what is wrong. `files` receives the paths of what was read.
Status importModel(const ModelOptions &options, std::vector<InputShape> known, std::unique_ptr<mlir::MLIRContext> &context,
                   Program &program, std::vector<std::string> *files = nullptr);

// Imports and compiles. `defaultCpu` is used where --mcpu is not given; `keepText` keeps the kernels' IR, `assembly` as
// assembly at last; `mapWeights` is for the JIT.
Status buildModel(const ModelOptions &options, std::vector<InputShape> known, llvm::StringRef defaultCpu, BuiltModel &built,
                  bool keepText = false, bool assembly = false, bool mapWeights = false);

// The stem of a model's path: its name in artifacts and messages.
std::string modelName(const std::string &path);

} // namespace ingot::driver

#endif // INGOT_TOOLS_INGOT_MODELOPTIONS_H
