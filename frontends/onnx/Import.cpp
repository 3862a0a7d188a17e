#include "frontends/onnx/Import.h"

#include "frontends/onnx/Graph.h"
#include "frontends/onnx/SizeAdvice.h"
#include "frontends/onnx/WireScanner.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/Verifier.h"

using namespace mlir;

namespace ingot {
namespace {

using onnx::DimOptions;

// Imports of one file with --dim options that change from one to the next.
class Importer {
public:
  // `builtIn` as GraphImporter has it.
  Importer(MLIRContext &context, onnx::ModelFile &file, const ImportOptions &options, const llvm::StringSet<> &builtIn)
      : context(context), file(file), options(options), builtIn(builtIn) {}

  llvm::Expected<Program> run(ImportNotes *notes);

private:
  static constexpr int kMostRounds = 16; // of sizes becoming equal to others

  struct Attempt {
    Program program;
    ImportNotes notes;
    llvm::Error error = llvm::Error::success();
    onnx::Trial trial;
  };
  Attempt attempt(const DimOptions &dims, bool suggests);
  onnx::Trial tryImport(const DimOptions &dims);

  MLIRContext &context;
  onnx::ModelFile &file;
  const ImportOptions &options;
  const llvm::StringSet<> &builtIn;
};

Importer::Attempt Importer::attempt(const DimOptions &dims, bool suggests) {
  Attempt attempt;
  ImportOptions changed = options;
  changed.dims = dims;
  onnx::GraphImporter *importer = nullptr;
  auto suggest = [&](ArrayRef<onnx::OpenSize> open) {
    auto tryDims = [&](const DimOptions &dims) { return tryImport(dims); };
    return onnx::suggestSizes(open, changed,
                              suggests && !importer->hasOtherProblems() ? onnx::TryImport(tryDims) : onnx::TryImport());
  };
  onnx::GraphImporter graph(context, file, changed, attempt.program, &attempt.notes, suggest, builtIn);
  importer = &graph;
  attempt.error = graph.run();
  attempt.trial.imported = !attempt.error;
  attempt.trial.mismatches = graph.dimMismatches().vec();
  attempt.trial.sizes.assign(graph.moduleSizes().begin(), graph.moduleSizes().end());
  return attempt;
}

onnx::Trial Importer::tryImport(const DimOptions &dims) {
  Attempt tried = attempt(dims, /*suggests=*/false);
  llvm::consumeError(std::move(tried.error));
  return std::move(tried.trial);
}

llvm::Expected<Program> Importer::run(ImportNotes *notes) {
  DimOptions dims = options.dims;
  Attempt last = attempt(dims, /*suggests=*/true);
  std::vector<std::string> told;
  for (int round = 0; !last.trial.imported && round != kMostRounds; ++round) {
    if (!onnx::refineSizes(dims, last.trial, onnx::Refine::Equal, told))
      break;
    llvm::consumeError(std::move(last.error));
    last = attempt(dims, /*suggests=*/false);
  }
  if (last.trial.imported) {
    if (notes) {
      *notes = std::move(last.notes);
      notes->equalSizes = std::move(told);
    }
    return std::move(last.program);
  }
  if (notes)
    notes->refusedNodes = std::move(last.notes.refusedNodes);
  // What else would do is the user's to say.
  std::string message = llvm::toString(std::move(last.error));
  onnx::Trial trial = std::move(last.trial);
  std::vector<std::string> ignored;
  for (int round = 0; round != kMostRounds && onnx::refineSizes(dims, trial, onnx::Refine::All, ignored); ++round) {
    trial = tryImport(dims);
    if (trial.imported) {
      message += "\n  these sizes fit: " + onnx::dimText(dims);
      break;
    }
  }
  return llvm::createStringError(std::errc::invalid_argument, "%s", message.c_str());
}

} // namespace

// The inputs that an initialiser gives a default value and that nobody fixed or feeds.
static llvm::StringSet<> defaultInputs(const onnx::ModelFile &file, const ImportOptions &options) {
  llvm::StringSet<> initialisers, names;
  if (file.model().ir_version() < 4 || !options.openDefaults)
    return names;
  for (const onnx::TensorProto &tensor : file.model().graph().initializer())
    initialisers.insert(tensor.name());
  auto isNamed = [&](llvm::StringRef name) {
    return llvm::any_of(options.knownInputs, [&](const InputShape &known) { return known.name == name; }) ||
           llvm::any_of(options.fixed, [&](const auto &fixed) { return fixed.first == name; });
  };
  for (const onnx::ValueInfoProto &info : file.model().graph().input())
    if (initialisers.contains(info.name()) && !isNamed(info.name()))
      names.insert(info.name());
  return names;
}

// Imports with the inputs that have a default value as arguments. A default that decided a shape is no argument, since another
// value would need another program; and where the model cannot be imported with arguments, none is.
static llvm::Expected<Program> importWithDefaults(MLIRContext &context, onnx::ModelFile &file, const ImportOptions &options,
                                                  ImportNotes &notes) {
  const llvm::StringSet<> open = defaultInputs(file, options);
  llvm::StringSet<> builtIn;
  for (;;) {
    notes = ImportNotes();
    llvm::Expected<Program> program = Importer(context, file, options, builtIn).run(&notes);
    llvm::StringSet<> more;
    for (const auto &name : open.keys())
      if (!builtIn.contains(name) && (!program || llvm::is_contained(notes.specialisedInputs, name)))
        more.insert(name);
    if (more.empty()) {
      for (const auto &name : builtIn.keys())
        notes.builtInDefaults.push_back(name.str());
      llvm::sort(notes.builtInDefaults);
      return program;
    }
    if (!program)
      llvm::consumeError(program.takeError());
    for (const auto &name : more.keys())
      builtIn.insert(name);
  }
}

FailureOr<Program> importOnnx(MLIRContext &context, llvm::StringRef path, const ImportOptions &options, DiagnosticSink sink,
                              ImportNotes *notes) {
  context.loadDialect<IngotDialect, func::FuncDialect>();
  auto report = [&](llvm::Error error) {
    sink(path.str() + ": " + llvm::toString(std::move(error)));
    return FailureOr<Program>(failure());
  };
  llvm::Expected<std::unique_ptr<onnx::ModelFile>> file = onnx::ModelFile::open(path);
  if (!file)
    return report(file.takeError());
  ImportNotes own;
  llvm::Expected<Program> imported = importWithDefaults(context, **file, options, own);
  own.externalFiles = (*file)->externalPaths();
  if (notes)
    *notes = std::move(own);
  if (!imported)
    return report(imported.takeError());
  Program program = std::move(*imported);

  // The importer checks what it emits; an op that does not verify is a mistake of ours.
  std::string problems;
  ScopedDiagnosticHandler handler(&context, [&](Diagnostic &diagnostic) {
    llvm::raw_string_ostream stream(problems);
    stream << (problems.empty() ? "" : "; ") << diagnostic.getLocation() << ": " << diagnostic;
    return success();
  });
  if (failed(verify(*program.module))) {
    sink("internal error: " + path.str() + ": the imported program does not verify: " + problems);
    return failure();
  }
  return program;
}

bool startsLikeOnnx(llvm::StringRef bytes) { return onnx::startsLikeModel(bytes); }

} // namespace ingot
