// Files that hold a module, whichever form they have.
#include "frontends/stablehlo/Attributes.h"
#include "frontends/stablehlo/Bytecode.h"
#include "frontends/stablehlo/Import.h"
#include "frontends/stablehlo/JaxExport.h"
#include "frontends/stablehlo/Limits.h"
#include "frontends/stablehlo/Text.h"
#include "mlir/IR/Diagnostics.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace ingot {
namespace stablehlo {
namespace {

using FileBytes = std::shared_ptr<const llvm::MemoryBuffer>;
using ReadResult = llvm::Expected<std::unique_ptr<Module>>;

// What a container of jax.export says of the function main is told by attributes of its arguments: kDimsAttr, kValueAttr.
ReadResult readContainer(FileBytes file, llvm::StringRef name) {
  llvm::Expected<JaxExport> container = readJaxExport(file->getBuffer(), name);
  if (!container)
    return container.takeError();
  ReadResult module = readPortableArtifact(std::move(file), name, container->module);
  if (!module)
    return module;
  for (Function &function : (*module)->functions) {
    if (function.name != "main" || function.body.blocks.empty())
      continue;
    function.argumentAttributes.resize(function.body.blocks.front().arguments.size());
    llvm::MutableArrayRef<std::vector<NamedAttribute>> arguments = function.argumentAttributes;
    if (container->platforms.size() > 1 && !arguments.empty()) {
      const auto cpu = llvm::find(container->platforms, "cpu");
      const int64_t index = cpu == container->platforms.end() ? 0 : cpu - container->platforms.begin();
      setAttribute(arguments.front(), kValueAttr, makeInteger(**module, index));
      arguments = arguments.drop_front();
    }
    arguments = arguments.drop_front(std::min(arguments.size(), container->orderedEffects.size()));
    for (auto [attributes, input] : llvm::zip(arguments, container->kept)) {
      std::vector<Attribute> dims;
      if (input < container->inputs.size())
        for (const std::string &dim : container->inputs[input].shape)
          dims.push_back(makeString(dim));
      setAttribute(attributes, kDimsAttr, makeArray(std::move(dims)));
    }
  }
  return module;
}

ReadResult readArtifact(FileBytes file, llvm::StringRef name) { return readPortableArtifact(std::move(file), name); }
ReadResult readText(FileBytes file, llvm::StringRef name) { return parseText(std::move(file), name); }

// A form of files: whether one that starts so has it, and its reader, whose messages start with the file's name.
struct FileForm {
  bool (*recognises)(llvm::StringRef start);
  ReadResult (*read)(FileBytes file, llvm::StringRef name);
};

constexpr FileForm kForms[] = {
    {isBytecode, readArtifact}, {isJaxExport, readContainer}, {startsLikeStablehloText, readText}};

llvm::Error refusal(llvm::StringRef path, const llvm::Twine &why) {
  return llvm::createStringError(std::errc::invalid_argument, "%s", (path + ": " + why).str().c_str());
}

// A file that is opened once, so that what was read and what is read later is the same.
struct OpenFile {
  std::shared_ptr<WeightFile> file;
  std::shared_ptr<const llvm::MemoryBuffer> bytes;
};

llvm::Expected<OpenFile> open(llvm::StringRef path) {
  int descriptor = ::open(path.str().c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0)
    return refusal(path, llvm::Twine("cannot open: ") + std::strerror(errno));
  struct stat info;
  if (fstat(descriptor, &info) != 0 || !S_ISREG(info.st_mode)) {
    close(descriptor);
    return refusal(path, "is not a regular file");
  }
  const uint64_t size = info.st_size;
  OpenFile opened;
  opened.file = std::make_shared<WeightFile>(descriptor, path.str(), size);
  if (size > kMaxFileBytes)
    return refusal(path, "has " + llvm::Twine(size) + " bytes, more than " + llvm::Twine(kMaxFileBytes));
  auto bytes = llvm::MemoryBuffer::getOpenFile(descriptor, path, size, /*RequiresNullTerminator=*/false);
  if (!bytes)
    return refusal(path, "cannot be read: " + bytes.getError().message());
  opened.bytes = std::move(*bytes);
  return opened;
}

llvm::Expected<std::unique_ptr<Module>> read(const OpenFile &opened, llvm::StringRef path) {
  for (const FileForm &form : kForms)
    if (form.recognises(opened.bytes->getBuffer()))
      return form.read(opened.bytes, path);
  return refusal(path, "is no StableHLO: no portable artifact, container of jax.export or text");
}

} // namespace

llvm::Expected<std::unique_ptr<Module>> readModule(llvm::StringRef path) {
  llvm::Expected<OpenFile> opened = open(path);
  if (!opened)
    return opened.takeError();
  return read(*opened, path);
}

} // namespace stablehlo

mlir::FailureOr<Program> importStablehlo(mlir::MLIRContext &context, llvm::StringRef path, const ImportOptions &options,
                                         DiagnosticSink sink, ImportNotes *notes) {
  using namespace stablehlo;
  auto report = [&](llvm::Error error) {
    sink(llvm::toString(std::move(error)));
    return mlir::FailureOr<Program>(mlir::failure());
  };
  llvm::Expected<OpenFile> opened = open(path);
  if (!opened)
    return report(opened.takeError());
  llvm::Expected<std::unique_ptr<Module>> module = read(*opened, path);
  if (!module)
    return report(module.takeError());
  return importModule(context, **module, path, opened->file, options, sink, notes);
}

bool startsLikeStablehlo(llvm::StringRef start) {
  return llvm::any_of(stablehlo::kForms, [&](const stablehlo::FileForm &form) { return form.recognises(start); });
}

} // namespace ingot
