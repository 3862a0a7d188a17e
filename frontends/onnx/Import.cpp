#include "frontends/onnx/Import.h"

#include "frontends/onnx/Graph.h"
#include "frontends/onnx/WireScanner.h"

using namespace mlir;

namespace ingot {

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
  auto once = [&](frontend::ImportAttempt &attempt) { return onnx::GraphImporter(context, **file, attempt).run(); };
  llvm::Expected<Program> imported = frontend::importWithTrials(options, defaultInputs(**file, options), own, once);
  own.externalFiles = (*file)->externalPaths();
  if (notes)
    *notes = std::move(own);
  if (!imported)
    return report(imported.takeError());
  return frontend::verified(std::move(*imported), path, sink);
}

bool startsLikeOnnx(llvm::StringRef bytes) { return onnx::startsLikeModel(bytes); }

} // namespace ingot
