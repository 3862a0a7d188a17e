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
  Importer(MLIRContext &context, onnx::ModelFile &file, const ImportOptions &options)
      : context(context), file(file), options(options) {}

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
  onnx::GraphImporter graph(context, file, changed, attempt.program, &attempt.notes, suggest);
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
  llvm::Expected<Program> imported = Importer(context, **file, options).run(notes);
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

bool looksLikeOnnx(llvm::StringRef bytes, llvm::StringRef path) {
  return path.ends_with(".onnx") || onnx::startsLikeModel(bytes);
}

} // namespace ingot
