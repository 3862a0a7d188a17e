// ingot-import MODEL [--dim N=V] [--shape [N=]S] [--alias I=O] [--numerics=..]: prints the imported program, or its error
// (status 1).
#include "frontends/onnx/Import.h"

#include <iostream>

int main(int argc, char **argv) {
  ingot::ImportOptions options;
  std::string path;
  bool locations = false;
  for (int i = 1; i < argc; ++i) {
    std::string argument = argv[i];
    auto value = [&]() -> std::string { return i + 1 < argc ? argv[++i] : ""; };
    auto pair = [&](std::string text) {
      size_t at = text.rfind('=');
      return at == std::string::npos ? std::pair(std::string(), text) : std::pair(text.substr(0, at), text.substr(at + 1));
    };
    if (argument == "--dim")
      options.dims.push_back(pair(value()));
    else if (argument == "--shape")
      options.shapes.push_back(pair(value()));
    else if (argument == "--alias")
      options.aliases.push_back(pair(value()));
    else if (argument == "--numerics")
      options.numerics = value();
    else if (argument == "--locations")
      locations = true;
    else
      path = argument;
  }
  ingot::ImportNotes notes;
  mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
  auto program = ingot::importOnnx(
      context, path, options, [](llvm::StringRef message) { llvm::errs() << "error: " << message << "\n"; }, &notes);
  if (mlir::failed(program))
    return 1;
  for (const std::string &sentence : notes.equalSizes)
    llvm::errs() << "note: " << sentence << "\n";
  mlir::OpPrintingFlags flags;
  if (locations)
    flags.enableDebugInfo();
  program->module->print(llvm::outs(), flags);
  llvm::outs() << "\n";
  return 0;
}
