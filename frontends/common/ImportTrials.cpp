#include "frontends/common/ImportTrials.h"

#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/Verifier.h"

using namespace mlir;

namespace ingot::frontend {
namespace {

// Imports of one file with --dim options that change from one to the next.
class Importer {
public:
  Importer(const ImportOptions &options, const llvm::StringSet<> &builtIn, ImportOnce once)
      : options(options), builtIn(builtIn), once(once) {}

  llvm::Expected<Program> run(ImportNotes &notes, DimOptions *fitting);

private:
  static constexpr int kMostRounds = 16; // of sizes becoming equal to others

  struct Outcome {
    Program program;
    ImportNotes notes;
    llvm::Error error = llvm::Error::success();
    Trial trial;
  };
  Outcome attempt(const DimOptions &dims, bool suggests);
  Trial tryImport(const DimOptions &dims);

  const ImportOptions &options;
  const llvm::StringSet<> &builtIn;
  ImportOnce once;
};

Importer::Outcome Importer::attempt(const DimOptions &dims, bool suggests) {
  ImportOptions changed = options;
  changed.dims = dims;
  ImportAttempt attempt{changed, builtIn};
  auto suggest = [&](ArrayRef<OpenSize> open) {
    auto tryDims = [&](const DimOptions &dims) { return tryImport(dims); };
    return suggestSizes(open, changed, suggests && !attempt.hasOtherProblems ? TryImport(tryDims) : TryImport());
  };
  attempt.suggest = suggest;
  llvm::Error error = once(attempt);
  attempt.trial.imported = !error;
  return {std::move(attempt.program), std::move(attempt.notes), std::move(error), std::move(attempt.trial)};
}

Trial Importer::tryImport(const DimOptions &dims) {
  Outcome tried = attempt(dims, /*suggests=*/false);
  llvm::consumeError(std::move(tried.error));
  return std::move(tried.trial);
}

llvm::Expected<Program> Importer::run(ImportNotes &notes, DimOptions *fitting) {
  DimOptions dims = options.dims;
  Outcome last = attempt(dims, /*suggests=*/true);
  std::vector<std::string> told;
  for (int round = 0; !last.trial.imported && round != kMostRounds; ++round) {
    if (!refineSizes(dims, last.trial, Refine::Equal, told))
      break;
    llvm::consumeError(std::move(last.error));
    last = attempt(dims, /*suggests=*/false);
  }
  if (last.trial.imported) {
    notes = std::move(last.notes);
    notes.equalSizes = std::move(told);
    if (fitting)
      *fitting = std::move(dims);
    return std::move(last.program);
  }
  notes.refusedNodes = std::move(last.notes.refusedNodes);
  // What else would do is the user's to say.
  std::string message = llvm::toString(std::move(last.error));
  Trial trial = std::move(last.trial);
  std::vector<std::string> ignored;
  for (int round = 0; round != kMostRounds && refineSizes(dims, trial, Refine::All, ignored); ++round) {
    trial = tryImport(dims);
    if (trial.imported) {
      message += "\n  these sizes fit: " + dimText(dims);
      if (fitting)
        *fitting = std::move(dims);
      break;
    }
  }
  return llvm::createStringError(std::errc::invalid_argument, "%s", message.c_str());
}

} // namespace

llvm::Expected<Program> importWithTrials(const ImportOptions &options, const llvm::StringSet<> &defaults, ImportNotes &notes,
                                         ImportOnce once, DimOptions *fitting) {
  llvm::StringSet<> builtIn;
  for (;;) {
    notes = ImportNotes();
    llvm::Expected<Program> program = Importer(options, builtIn, once).run(notes, fitting);
    llvm::StringSet<> more;
    for (const auto &name : defaults.keys())
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

FailureOr<Program> verified(Program program, llvm::StringRef path, DiagnosticSink sink) {
  std::string problems;
  ScopedDiagnosticHandler handler(program.module->getContext(), [&](Diagnostic &diagnostic) {
    llvm::raw_string_ostream stream(problems);
    stream << (problems.empty() ? "" : "; ") << diagnostic.getLocation() << ": " << diagnostic;
    return success();
  });
  if (succeeded(verify(*program.module)))
    return program;
  sink("internal error: " + path.str() + ": the imported program does not verify: " + problems);
  return failure();
}

} // namespace ingot::frontend
