// ONNX file -> ingot program. No optimisation happens here: ops are decomposed, shapes are resolved, weights stay file
// ranges.
#ifndef INGOT_FRONTENDS_ONNX_IMPORT_H
#define INGOT_FRONTENDS_ONNX_IMPORT_H

#include "frontends/common/Frontend.h"

namespace ingot {

// Imports the model at `path`: one entry function @main. Needs the dialects ingot and func, which it loads.
mlir::FailureOr<Program> importOnnx(mlir::MLIRContext &context, llvm::StringRef path, const ImportOptions &options,
                                    DiagnosticSink sink, ImportNotes *notes = nullptr);

// True if `bytes` (a file's start, 4 KB will do) reads as an ONNX model.
bool startsLikeOnnx(llvm::StringRef bytes);

// All operators that are imported, those of ai.onnx first.
std::vector<Operator> onnxOperators();

} // namespace ingot

#endif // INGOT_FRONTENDS_ONNX_IMPORT_H
