#include "frontends/Frontends.h"

#include "frontends/onnx/Facts.h"
#include "frontends/onnx/Import.h"
#include "frontends/onnx/Slice.h"
#include "frontends/onnx/TensorFile.h"
#include "frontends/onnx/export/Export.h"
#include "frontends/stablehlo/Import.h"
#include "frontends/stablehlo/Slice.h"
#include "frontends/stablehlo/export/Export.h"
#include "llvm/Support/MemoryBuffer.h"

namespace ingot {

static constexpr Frontend rows[] = {
    {.name = "ONNX",
     .suffix = ".onnx",
     .recognises = startsLikeOnnx,
     .import = importOnnx,
     .tensorSuffix = ".pb",
     .readTensor = readOnnxTensor,
     .operators = onnxOperators,
     .versions = "opsets",
     .slicer = openOnnxSlicer,
     .facts = onnxFacts,
     .mutate = mutateOnnx,
     .emit = "onnx",
     .write = writeOnnx},
    {.name = "StableHLO",
     .suffix = ".mlirbc",
     .recognises = startsLikeStablehlo,
     .import = importStablehlo,
     .operators = stablehloOperators,
     .slicer = openStablehloSlicer,
     .emit = "stablehlo",
     .write = writeStablehlo},
};

llvm::ArrayRef<Frontend> allFrontends() { return rows; }

const Frontend *frontendOf(llvm::StringRef start, llvm::StringRef path, bool byName) {
  for (const Frontend &frontend : rows)
    if (frontend.recognises(start))
      return &frontend;
  for (const Frontend &frontend : rows)
    if (byName && path.ends_with(frontend.suffix))
      return &frontend;
  return nullptr;
}

const Frontend *tensorFrontendOf(llvm::StringRef path) {
  for (const Frontend &frontend : rows)
    if (frontend.tensorSuffix && path.ends_with_insensitive(frontend.tensorSuffix))
      return &frontend;
  return nullptr;
}

const Frontend &frontendOfFile(llvm::StringRef path) {
  constexpr size_t kStart = 4096;
  auto start = llvm::MemoryBuffer::getFileSlice(path, kStart, 0);
  const Frontend *frontend = frontendOf(start ? (*start)->getBuffer() : "", path, /*byName=*/true);
  return frontend ? *frontend : rows[0];
}

mlir::FailureOr<Program> importModel(mlir::MLIRContext &context, llvm::StringRef path, const ImportOptions &options,
                                     DiagnosticSink sink, ImportNotes *notes) {
  return frontendOfFile(path).import(context, path, options, sink, notes);
}

} // namespace ingot
