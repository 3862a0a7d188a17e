#include "frontends/stablehlo/Import.h"

#include "frontends/common/ImportTrials.h"
#include "frontends/stablehlo/Importer.h"

using namespace mlir;

namespace ingot::stablehlo {

// "7:3: ..." follows a path without a space, as compilers write places.
static bool startsWithPlace(StringRef message) {
  size_t line = message.find_first_not_of("0123456789");
  if (line == 0 || line == StringRef::npos || message[line] != ':')
    return false;
  StringRef rest = message.drop_front(line + 1);
  size_t column = rest.find_first_not_of("0123456789");
  return column != 0 && column != StringRef::npos && rest[column] == ':';
}

FailureOr<Program> importModule(MLIRContext &context, const Module &module, StringRef path, std::shared_ptr<WeightFile> file,
                                const ImportOptions &options, DiagnosticSink sink, ImportNotes *notes,
                                frontend::DimOptions *fitting) {
  context.loadDialect<IngotDialect, func::FuncDialect>();
  ImportNotes own;
  auto once = [&](frontend::ImportAttempt &attempt) {
    ModuleImporter importer(context, module, path, file, attempt);
    return importer.run();
  };
  llvm::Expected<Program> imported = frontend::importWithTrials(options, /*defaults=*/{}, own, once, fitting);
  if (notes)
    *notes = std::move(own);
  if (!imported) {
    std::string message = llvm::toString(imported.takeError());
    sink((path + (startsWithPlace(message) ? ":" : ": ") + message).str());
    return failure();
  }
  return frontend::verified(std::move(*imported), path, sink);
}

} // namespace ingot::stablehlo
