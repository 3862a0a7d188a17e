#include "frontends/onnx/Import.h"

#include "frontends/onnx/Graph.h"
#include "frontends/onnx/WireScanner.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/Verifier.h"

using namespace mlir;

namespace ingot {

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
  Program program;
  if (llvm::Error error = onnx::GraphImporter(context, **file, options, program, notes).run())
    return report(std::move(error));

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
