#include "tools/ingot/ModelOptions.h"

#include "compiler/aot/CHeader.h"
#include "ir/CustomCalls.h"
#include "ir/DidYouMean.h"
#include "ir/Distribution.h"
#include "ir/Entries.h"
#include "ir/Locations.h"
#include "tools/execution/BoundFunctions.h"
#include "tools/execution/HostTensor.h"
#include "tools/ingot/Dump.h"
#include "tools/ingot/ForeignFormats.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/TargetParser/Host.h"
#include "llvm/TargetParser/Triple.h"

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace ingot::driver {

void ModelOptions::addTo(CLI::App &verb, bool compiling) {
  verb.add_option(
          "--dim", dims,
          "NAME=N or NAME=LO..HI: the value, or the range at run time, of a dimension the model leaves open; "
          "NAME=N,N,...: code of its own for each range that ends at one of these, and a call runs by the least that fits")
      ->take_all();
  verb.add_option("--shape", shapes, "[NAME=]1x3x224x224: the shape of an input")->take_all();
  if (compiling)
    verb.add_option("--like", examples, "[NAME=]FILE.npy|.npz|.pb: an input as the model will be given, for its shape")
        ->take_all();
  if (compiling)
    verb.add_option("--entry", entries, "NAME: an entry point to keep, of a model that has several; by default all")
        ->take_all();
  isCompiling = compiling;
  verb.add_option("--link", libraries,
                  compiling
                      ? "FILE.o, FILE.a or FILE.so: what defines the functions of --call, to be linked (an object leaves "
                        "them to its linker)"
                      : "FILE.so: a shared library to load, which defines the functions of --call or that an artifact calls")
      ->take_all();
  auto compiles = [&](CLI::Option *option) { compileFlags.push_back(option); };
  compiles(verb.add_option("--call", calls,
                           "NAME=SYMBOL: custom calls of this name call the C function SYMBOL (ingot_call_fn in "
                           "<ingot/runtime.h>)")
               ->take_all());
  compiles(verb.add_option(
                   "--fix", fixed,
                   "IN=VALUE[,VALUE...]: the value of an input, which the artifact then does not take; IN=default: the one "
                   "its initialiser gives")
               ->take_all());
  compiles(verb.add_flag("--fix-defaults", fixDefaults,
                         "All inputs that an initialiser gives a default value: constants, which makes faster code"));
  compiles(verb.add_option("--alias", aliases, "IN=OUT: result OUT becomes input IN of the next call (state)")->take_all());
  compiles(verb.add_option("--mcpu", cpu, "portable (on x86-64: v2, v3 and v4 in one file), native, or a CPU's name"));
  compiles(verb.add_option("--mattr", features, "Processor features on top of --mcpu: +avx512bf16,-fma"));
  compiles(verb.add_option("--precision", precision, "f32")->capture_default_str());
  compiles(verb.add_option("--numerics", numerics, "strict (each op rounds to its type) or fast")->capture_default_str());
  compiles(verb.add_option("-O", optLevel, "0 (quickest compilation), 2, or 3 (everything LLVM can do): -O0, -O2, -O3")
               ->check(CLI::IsMember({0, 2, 3}))
               ->capture_default_str());
  compiles(verb.add_option("-j,--jobs", jobs, "Threads that compile, 0: one a core (the result does not depend on it)")
               ->check(CLI::Range(0, 1024)));
  compiles(verb.add_option("--stop-after", stopAfter, "Stop after this phase"));
  compiles(verb.add_option("--from", from, "MODEL is a dump made with --dump-dir: go on after this phase"));
  compiles(verb.add_option("--dump-dir", dumpDir, "Write the IR after every phase into this folder"));
  compiles(verb.add_flag("--timing", timing, "Print the time each phase took"));
  compiles(
      verb.add_option("--target", target, compiling ? "cpu (this machine), or a triple such as aarch64-linux-gnu" : "cpu")
          ->capture_default_str());
}

std::string ModelOptions::compileFlag() const {
  for (const CLI::Option *option : compileFlags)
    if (option->count() > 0)
      return option->get_name();
  return "";
}

std::string modelName(const std::string &path) {
  return isStandardInput(path) ? "model" : llvm::sys::path::stem(path).str();
}

static constexpr llvm::StringLiteral kArchiveMark = "!<arch>\n";

// "; did you mean 'model.onnx'?" of a file beside one that is not there.
static std::string likeIn(llvm::StringRef path) {
  if (path.contains("://"))
    return ("; is an address, not a file: download it first, for example by curl -LO " + path).str();
  constexpr size_t kMost = 10000;
  llvm::StringRef folder = llvm::sys::path::parent_path(path);
  std::vector<std::string> names;
  std::error_code code;
  for (llvm::sys::fs::directory_iterator at(folder.empty() ? "." : folder, code), end;
       !code && at != end && names.size() < kMost; at.increment(code))
    names.push_back(llvm::sys::path::filename(at->path()).str());
  llvm::sort(names);
  return didYouMean(llvm::sys::path::filename(path), names);
}

FileKind detectFile(const std::string &path, std::string *why) {
  int file = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file < 0) {
    const bool absent = errno == ENOENT;
    *why = path + ": " + std::strerror(errno) + (absent ? likeIn(path) : "");
    return FileKind::Unreadable;
  }
  struct stat info;
  if (fstat(file, &info) != 0 || !S_ISREG(info.st_mode)) {
    *why = path + ": " + (S_ISDIR(info.st_mode) ? nameForeignFolder(path) : "is not a regular file");
    close(file);
    return FileKind::Unreadable;
  }
  char start[4096];
  ssize_t size = pread(file, start, sizeof start, 0);
  close(file);
  llvm::StringRef bytes(start, size < 0 ? 0 : size);
  if (bytes.empty()) {
    *why = path + ": is empty";
    return FileKind::Unreadable;
  }
  if (bytes.starts_with("\x7f"
                        "ELF"))
    return FileKind::Artifact;
  if (bytes.starts_with(kArchiveMark))
    return FileKind::Archive;
  if (bytes.starts_with(kDumpMark))
    return FileKind::Dump;
  const bool starts = frontendOf(bytes, path, /*byName=*/false) && llvm::sys::path::filename(path) != "saved_model.pb";
  std::string foreign = starts ? "" : nameForeignFormat(bytes, path);
  if (starts || (foreign.empty() && frontendOf(bytes, path, /*byName=*/true)))
    return FileKind::Model;
  std::string formats;
  for (const Frontend &frontend : allFrontends())
    formats += std::string(frontend.name) + " models, ";
  *why = path + ": is " + (foreign.empty() ? "no format this version reads (" + formats + "artifacts of ingot)" : foreign);
  return FileKind::Unknown;
}

// "NAME=VALUE" or, where `bare` is allowed, "VALUE" for the only one.
static bool splitPairs(llvm::ArrayRef<std::string> texts, bool bare, llvm::StringRef flag,
                       std::vector<std::pair<std::string, std::string>> &pairs, std::string *why) {
  for (llvm::StringRef text : texts) {
    auto [name, value] = text.rsplit('=');
    if (!text.contains('=')) {
      name = "";
      value = text;
    }
    if (value.empty() || (name.empty() && !bare)) {
      *why = llvm::formatv("{0} {1}: expected {2}", flag, text, bare ? "[NAME=]VALUE" : "NAME=VALUE").str();
      return false;
    }
    pairs.emplace_back(name.str(), value.str());
  }
  return true;
}

// Takes the lists of sizes out of --dim: to the importer each is a range.
static bool splitLists(std::vector<std::pair<std::string, std::string>> &dims, std::vector<SizeList> &lists,
                       std::string *why) {
  for (auto &[name, value] : dims) {
    llvm::SmallVector<llvm::StringRef> parts;
    llvm::StringRef(value).split(parts, ',');
    if (parts.size() == 1)
      continue;
    SizeList list{name, {}};
    for (llvm::StringRef part : parts) {
      int64_t number;
      if (part.getAsInteger(10, number) || number < 1) {
        *why = "--dim " + name + "=" + value + ": '" + part.str() + "' is no size from 1; a list is like 32,64,128";
        return false;
      }
      if (!list.values.empty() && number <= list.values.back()) {
        *why = "--dim " + name + "=" + value + ": the sizes of a list ascend, but " + part.str() + " follows " +
               std::to_string(list.values.back());
        return false;
      }
      list.values.push_back(number);
    }
    value = "1.." + std::to_string(list.values.back());
    lists.push_back(std::move(list));
  }
  return true;
}

// --call NAME=SYMBOL.
static Status parseCalls(const ModelOptions &options, std::vector<std::pair<std::string, std::string>> &calls) {
  std::string why;
  if (!splitPairs(options.calls, false, "--call", calls, &why))
    return fail(why);
  llvm::StringMap<std::string> symbols;
  for (const auto &[name, symbol] : calls) {
    const bool isIdentifier =
        !llvm::isDigit(symbol.front()) && llvm::all_of(symbol, [](char c) { return llvm::isAlnum(c) || c == '_'; });
    if (!isIdentifier)
      return fail("--call " + name + "=" + symbol + ": '" + symbol + "' is no name of a C function");
    if (isRuntimeName(symbol))
      return fail("--call " + name + "=" + symbol + ": the runtime's own names begin so");
    if (auto [found, isNew] = symbols.try_emplace(name, symbol); !isNew && found->second != symbol)
      return fail("--call " + name + "=" + symbol + ": it is bound to '" + found->second + "' already");
  }
  return Done;
}

Status loadLibraries(const ModelOptions &options) {
  std::string why;
  for (const std::string &path : options.libraries)
    if (!loadFunctions(path, &why))
      return fail("--link " + path + ": " + why);
  return Done;
}

// Does to a program of any origin what flags ask of its custom calls.
static Status bindFunctions(const ModelOptions &options, Program &program) {
  std::vector<std::pair<std::string, std::string>> calls;
  if (Status status = parseCalls(options, calls); status != Done)
    return status;
  bindCalls(*program.module, calls);
  std::vector<std::string> names;
  program.module->walk([&](CustomCallOp call) { names.push_back(call.getCallTargetName().str()); });
  for (const auto &[name, symbol] : calls)
    if (!llvm::is_contained(names, name))
      return fail(options.model + ": --call " + name + "=" + symbol + ": the model has no custom call '" + name + "'" +
                  didYouMean(name, names));
  if (std::string problem = options.isCompiling ? "" : problemOfFunctions(*program.module); !problem.empty())
    return fail(options.model + ": " + problem);
  return Done;
}

// Does to a program of any origin what flags ask of its entry points.
static Status chooseEntries(const ModelOptions &options, Program &program) {
  std::string why;
  if (Status status = bindFunctions(options, program); status != Done)
    return status;
  if (!keepEntries(*program.module, options.entries, &why))
    return fail(options.model + ": --entry: " + why);
  std::string messages;
  mlir::ScopedDiagnosticHandler handler(program.module->getContext(), [&](mlir::Diagnostic &diagnostic) {
    llvm::raw_string_ostream os(messages);
    os << (messages.empty() ? "" : "\n") << options.model << ": " << diagnostic;
    return mlir::success();
  });
  return mlir::failed(verifyStates(*program.module)) ? fail(messages) : Done;
}

// The shapes of --like. Names stay empty for inputs given by place.
static Status readExamples(const ModelOptions &options, std::vector<InputShape> &known) {
  for (const std::string &text : options.examples) {
    InputRequest request = parseInputRequest(text);
    std::vector<HostTensor> tensors;
    std::string why;
    if (isGenerated(request.source))
      return fail("--like " + text + ": expected a file");
    if (!readTensors(request.source, nullptr, tensors, &why))
      return fail("--like: " + why);
    if (tensors.empty())
      return fail("--like " + request.source + ": holds no array");
    const bool named = llvm::StringRef(request.source).ends_with_insensitive(".npz");
    for (const HostTensor &tensor : tensors)
      known.push_back({named ? tensor.name : request.name,
                       tensor.dims,
                       tensor.borrowsType() ? 0 : tensor.dtype,
                       {},
                       true,
                       {},
                       named ? "--like " + request.source : ""});
  }
  return Done;
}

static Status checkFlags(const ModelOptions &options) {
  if (options.precision != "f32")
    return fail("--precision=" + options.precision +
                ": not built in; this version computes a model in the element types that it has: f32");
  if (options.numerics != "fast" && options.numerics != "strict")
    return fail("--numerics=" + options.numerics + ": expected strict or fast");
  if (llvm::StringRef(options.target).starts_with("cuda") || options.target == "wasm32")
    return fail("--target=" + options.target + ": not built in; this version compiles for CPUs (cpu, or an ELF triple)");
  llvm::Triple triple(options.target);
  if (options.target != "cpu" &&
      (!triple.isOSBinFormatELF() || (triple.getOS() != llvm::Triple::UnknownOS && !triple.isOSLinux())))
    return fail("--target=" + options.target +
                ": not built in; artifacts run on Linux: give a triple such as aarch64-linux-gnu");
  for (const std::string &phase : {options.stopAfter, options.from})
    if (!phase.empty() && !parsePhase(phase)) {
      auto names = llvm::map_to_vector(allPhases(), [](const PhaseInfo &info) { return info.name.str(); });
      return fail("'" + phase + "' is no phase; the phases are " + llvm::join(names, ", ") + didYouMean(phase, names));
    }
  return Done;
}

// What a model was read from: its file, the files of its weights, and those of --like.
static void listFiles(const ModelOptions &options, llvm::ArrayRef<std::string> beside, std::vector<std::string> *files) {
  if (!files)
    return;
  files->clear();
  if (!isStandardInput(options.model))
    files->push_back(options.model);
  files->insert(files->end(), beside.begin(), beside.end());
  for (const std::string &text : options.examples)
    if (std::string source = parseInputRequest(text).source; source != "-" && !llvm::is_contained(*files, source))
      files->push_back(source);
}

Status importModel(const ModelOptions &options, std::vector<InputShape> known, std::unique_ptr<mlir::MLIRContext> &context,
                   Program &program, std::vector<std::string> *files) {
  if (Status status = checkFlags(options); status != Done)
    return status;
  if (Status status = options.isCompiling ? Done : loadLibraries(options); status != Done)
    return status;
  std::string why;
  std::vector<std::string> beside;
  switch (detectFile(options.model, &why)) {
  case FileKind::Model:
    break;
  case FileKind::Archive:
  case FileKind::Artifact:
    return fail(options.model + ": is compiled code, as ingot's artifacts are; a model file is needed here");
  case FileKind::Dump:
    if (options.from.empty())
      return fail(options.model + ": is a dump of the compiler's IR; go on from it with --from=PHASE");
    if (*parsePhase(options.from) > Phase::Schedule)
      return fail("--from=" + options.from +
                  ": a compilation goes on from import to schedule; kernels' dumps are for reading");
    context = makeCompilerContext();
    if (!readProgram(options.model, *context, program, beside, &why))
      return fail(why);
    listFiles(options, beside, files);
    if (*parsePhase(options.from) <= Phase::Transform) {
      std::vector<std::pair<std::string, std::string>> aliases;
      if (!splitPairs(options.aliases, false, "--alias", aliases, &why))
        return fail(why);
      if (!aliasStates(*program.module, aliases, &why))
        return fail(options.model + ": " + why);
    } else if (!options.aliases.empty()) {
      return fail("--alias: the states of a dump after " + options.from + " are in it");
    }
    return chooseEntries(options, program);
  default:
    return fail(why);
  }
  if (!options.from.empty())
    return fail("--from=" + options.from + ": " + options.model + " is no dump made with --dump-dir");
  ImportOptions import;
  if (!splitPairs(options.dims, false, "--dim", import.dims, &why) ||
      !splitPairs(options.shapes, true, "--shape", import.shapes, &why) ||
      !splitPairs(options.aliases, false, "--alias", import.aliases, &why) ||
      !splitPairs(options.fixed, false, "--fix", import.fixed, &why))
    return fail(why);
  std::vector<SizeList> lists;
  if (!splitLists(import.dims, lists, &why))
    return fail(why);
  if (Status status = parseCalls(options, import.calls); status != Done)
    return status;
  import.entries = options.entries;
  import.specialise = !known.empty();
  import.openDefaults = options.openDefaults && !options.fixDefaults;
  if (Status status = readExamples(options, known); status != Done)
    return status;
  import.knownInputs = std::move(known);
  import.numerics = options.numerics;
  context = makeCompilerContext();
  Status status = Mistake;
  bool reported = false;
  auto sink = [&](llvm::StringRef message) {
    if (options.refusal)
      *options.refusal = message.str();
    else
      status = fail(message);
    reported = true;
  };
  ImportNotes notes;
  mlir::FailureOr<Program> imported = importModel(*context, options.model, import, sink, &notes);
  if (mlir::failed(imported))
    return reported ? status : fail("internal error: import failed without a message");
  for (const std::string &name : notes.specialisedInputs)
    say(options.model + ": compiled for this value of input '" + name + "', which the program needs to know (--fix " + name +
        "=VALUE does so in an artifact)");
  for (const std::string &sentence : notes.equalSizes)
    say(options.model + ": " + sentence);
  auto list = [&](const std::vector<std::string> &names) {
    std::string text;
    for (const std::string &name : llvm::ArrayRef(names).take_front(3))
      text += (text.empty() ? "'" : ", '") + name + "'";
    return text + (names.size() > 3 ? " ... (" + std::to_string(names.size()) + ")" : "");
  };
  if (!notes.defaultInputs.empty() && import.openDefaults)
    say(options.model + ": inputs that need not be fed: " + list(notes.defaultInputs) +
        "; --fix-defaults builds their values in, which makes faster code");
  if (!notes.builtInDefaults.empty())
    say(options.model + ": built in, since the program depends on their values: inputs " + list(notes.builtInDefaults));
  program = std::move(*imported);
  listFiles(options, notes.externalFiles, files);
  return chooseEntries(options, program);
}

// Architectures go by several names.
static std::string targetOf(const ModelOptions &options) {
  if (options.target == "cpu")
    return "";
  auto [arch, rest] = llvm::StringRef(options.target).split('-');
  llvm::StringRef name = llvm::Triple::getArchTypeName(llvm::Triple(options.target).getArch());
  if (!llvm::is_contained({"x86_64", "aarch64"}, name))
    return options.target;
  return (rest.empty() ? name : name + "-" + rest).str();
}

Status buildModel(const ModelOptions &options, std::vector<InputShape> known, llvm::StringRef defaultCpu, BuiltModel &built,
                  bool keepText, bool assembly, bool mapWeights) {
  Program program;
  if (Status status = checkFlags(options); status != Done)
    return status;
  llvm::Expected<llvm::SmallVector<CpuLevel>> levels =
      makeCpuLevels({targetOf(options), options.cpu.empty() ? defaultCpu.str() : options.cpu, options.features});
  if (!levels)
    return fail("--target=" + options.target + (options.cpu.empty() ? "" : " --mcpu=" + options.cpu) +
                (options.features.empty() ? "" : " --mattr=" + options.features) + ": " +
                llvm::toString(levels.takeError()));
  progress("import " + options.model);
  auto start = std::chrono::steady_clock::now();
  if (Status status = importModel(options, std::move(known), built.context, program, &built.files); status != Done)
    return status;

  double importTime = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();

  CompileOptions compileOptions;
  compileOptions.target.triple = targetOf(options);
  compileOptions.target.cpu = options.cpu.empty() ? defaultCpu.str() : options.cpu;
  compileOptions.target.features = options.features;
  compileOptions.optLevel = options.optLevel;
  compileOptions.jobs = options.jobs;
  compileOptions.modelName = modelName(options.model);
  if (!options.stopAfter.empty())
    compileOptions.stopAfter = *parsePhase(options.stopAfter);
  compileOptions.keepKernelText = keepText;
  compileOptions.assembly = assembly;
  compileOptions.mapWeights = mapWeights;
  if (!options.from.empty())
    compileOptions.start = *parsePhase(options.from);
  std::string why;
  std::vector<std::pair<std::string, std::string>> dims;
  if (!splitPairs(options.dims, false, "--dim", dims, &why) || !splitLists(dims, compileOptions.sizeLists, &why))
    return fail(why);
  if (!compileOptions.sizeLists.empty() && compileOptions.start >= Phase::Transform)
    return fail("--dim " + *llvm::find_if(options.dims, [](llvm::StringRef text) { return text.contains(','); }) +
                ": the entry points of a dump after " + options.from + " are made already");
  if (!checkSizeLists(*program.module, compileOptions.sizeLists, &why))
    return fail(options.model + ": " + why);
  Status dumped = Done;
  if (!options.dumpDir.empty()) {
    compileOptions.keepKernelText = true;
    compileOptions.afterPhase = [&](Phase phase, llvm::function_ref<void(llvm::raw_ostream &)> print) {
      if (dumped == Done)
        dumped = writeDump(options.dumpDir, modelName(options.model), phase, print);
    };
  }
  compileOptions.beforePhase = [](Phase phase) { progress(phaseName(phase)); };

  if (const std::string problems = problemsInOneProcess(*program.module); options.from.empty() && !problems.empty())
    return fail(options.model + ": " + problems);

  // The compiler's diagnostics become one message; what is not the user's says so itself.
  std::string messages;
  mlir::ScopedDiagnosticHandler handler(built.context.get(), [&](mlir::Diagnostic &diagnostic) {
    if (diagnostic.getSeverity() != mlir::DiagnosticSeverity::Error)
      return mlir::success();
    llvm::raw_string_ostream os(messages);
    os << (messages.empty() ? "" : "\n");
    if (llvm::SmallVector<std::string> nodes = nodeNames(diagnostic.getLocation()); !nodes.empty())
      os << "node '" << llvm::join(nodes, "', '") << "': ";
    os << diagnostic;
    return mlir::success();
  });
  mlir::FailureOr<std::unique_ptr<CompiledModel>> model = compile(std::move(program), compileOptions);
  if (mlir::failed(model)) {
    if (messages.empty())
      messages = "the compiler failed without a message";
    // What a dump says its reader may have changed; what an imported model becomes is ours alone.
    if (!options.from.empty())
      return fail(options.model + ": cannot be compiled from here: " + messages);
    return fail("internal error: " + options.model + ": " + messages);
  }
  built.model = std::move(*model);
  for (PhaseTime &time : built.model->times) // the pipeline begins with what was imported
    if (time.phase == Phase::Import)
      time.milliseconds = importTime;
  if (!options.dumpDir.empty() && dumped == Done)
    dumped = writeWeightIndex("--dump-dir", options.dumpDir + "/", built.model->program.weights);
  if (dumped != Done)
    return dumped;
  progress("");
  if (options.timing)
    for (const PhaseTime &time : built.model->times)
      say(llvm::formatv("{0,-10} {1,9:f2} ms", phaseName(time.phase), time.milliseconds).str());
  return Done;
}

} // namespace ingot::driver
