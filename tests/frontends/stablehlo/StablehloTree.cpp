// Reads StableHLO files and tells what their tree is; what Python tests of the readers and the writer go by.
//
//   stablehlo-tree FILE...                  a line for each: 'FILE: version, functions, ops' or the error
//   stablehlo-tree --print FILE             the tree as text
//   stablehlo-tree --texts FILE...          the trees of the modules of texts, which lines of "// -----" separate
//   stablehlo-tree --texts --brief FILE...  a line for each: 'FILE: modules' or the errors
//   stablehlo-tree --write VERSION IN OUT   IN as a portable artifact of that version
//   stablehlo-tree --text IN OUT...         the modules of each IN as text that we write
//   stablehlo-tree --equal ONE OTHER...     nothing, or for each pair that differs the first difference; of texts as with --texts
//
// Exit status 1 where a file is refused or two differ.
#include "frontends/stablehlo/JaxExport.h"
#include "frontends/stablehlo/Text.h"

#include "llvm/Support/raw_ostream.h"

using namespace ingot::stablehlo;

static std::unique_ptr<Module> read(llvm::StringRef path) {
  auto buffer = llvm::MemoryBuffer::getFile(path, /*IsText=*/false, /*RequiresNullTerminator=*/false);
  if (!buffer) {
    llvm::outs() << path << ": " << buffer.getError().message() << '\n';
    return nullptr;
  }
  FileRange range;
  if (isJaxExport((*buffer)->getBuffer())) {
    llvm::Expected<JaxExport> container = readJaxExport((*buffer)->getBuffer(), path);
    if (!container) {
      llvm::outs() << llvm::toString(container.takeError()) << '\n';
      return nullptr;
    }
    range = container->module;
  }
  std::shared_ptr<const llvm::MemoryBuffer> file = std::move(*buffer);
  llvm::Expected<std::unique_ptr<Module>> module =
      startsLikeStablehloText(file->getBuffer()) ? parseText(file, path) : readPortableArtifact(file, path, range);
  if (!module) {
    llvm::outs() << llvm::toString(module.takeError()) << '\n';
    return nullptr;
  }
  return std::move(*module);
}

// Of a text all that could be read; errors are printed.
static std::vector<std::unique_ptr<Module>> readAll(llvm::StringRef path, bool &allRead) {
  std::vector<std::unique_ptr<Module>> modules;
  auto add = [&](std::unique_ptr<Module> module) {
    if (module)
      modules.push_back(std::move(module));
    else
      allRead = false;
  };
  auto buffer = llvm::MemoryBuffer::getFile(path, /*IsText=*/false, /*RequiresNullTerminator=*/false);
  if (!buffer || !startsLikeStablehloText((*buffer)->getBuffer())) {
    add(read(path));
    return modules;
  }
  std::shared_ptr<const llvm::MemoryBuffer> file = std::move(*buffer);
  for (const TextSection &section : splitSections(file->getBuffer())) {
    llvm::Expected<std::unique_ptr<Module>> module = parseText(file, path, section);
    if (!module)
      llvm::outs() << llvm::toString(module.takeError()) << '\n';
    add(module ? std::move(*module) : nullptr);
  }
  return modules;
}

static bool areEqual(llvm::StringRef onePath, llvm::StringRef otherPath) {
  bool areRead = true;
  auto one = readAll(onePath, areRead), other = readAll(otherPath, areRead);
  std::string why = std::to_string(one.size()) + " and " + std::to_string(other.size()) + " modules";
  bool equal = areRead && one.size() == other.size();
  for (size_t i = 0; equal && i < one.size(); ++i)
    equal = equalModules(*one[i], *other[i], &why);
  if (!equal)
    llvm::outs() << onePath << " and " << otherPath << ": " << why << '\n';
  return equal;
}

static size_t countOps(const Region &region) {
  size_t count = 0;
  for (const Block &block : region.blocks)
    for (const Op &op : block.ops) {
      ++count;
      for (const Region &inner : op.regions)
        count += countOps(inner);
    }
  return count;
}

int main(int argc, char **argv) {
  std::vector<llvm::StringRef> arguments(argv + 1, argv + argc);
  if (arguments.size() == 2 && arguments[0] == "--print") {
    std::unique_ptr<Module> module = read(arguments[1]);
    if (module)
      llvm::outs() << printModule(*module);
    return module ? 0 : 1;
  }
  if (arguments.size() == 4 && arguments[0] == "--write") {
    auto [major, minor] = arguments[1].split('.');
    Version version;
    if (major.getAsInteger(10, version.major) || minor.getAsInteger(10, version.minor))
      return 1;
    std::unique_ptr<Module> module = read(arguments[2]);
    if (!module)
      return 1;
    llvm::Expected<std::string> bytes = writePortableArtifact(*module, version);
    if (!bytes) {
      llvm::outs() << arguments[2] << ": " << llvm::toString(bytes.takeError()) << '\n';
      return 1;
    }
    std::error_code error;
    llvm::raw_fd_ostream(arguments[3], error) << *bytes;
    return error ? 1 : 0;
  }
  if (arguments.size() % 2 == 1 && arguments[0] == "--text") {
    bool allRead = true;
    std::error_code error;
    for (size_t i = 1; i < arguments.size() && !error; i += 2) {
      llvm::raw_fd_ostream out(arguments[i + 1], error);
      for (const auto &module : readAll(arguments[i], allRead))
        out << writeText(*module) << "// -----\n";
    }
    return error || !allRead ? 1 : 0;
  }
  if (arguments.size() % 2 == 1 && arguments[0] == "--equal") {
    bool allEqual = true;
    for (size_t i = 1; i < arguments.size(); i += 2)
      allEqual &= areEqual(arguments[i], arguments[i + 1]);
    return allEqual ? 0 : 1;
  }
  if (arguments.size() > 1 && arguments[0] == "--texts") {
    bool isBrief = arguments[1] == "--brief", allRead = true;
    for (llvm::StringRef path : llvm::ArrayRef(arguments).drop_front(1 + isBrief)) {
      auto modules = readAll(path, allRead);
      if (isBrief)
        llvm::outs() << path << ": " << modules.size() << " modules\n";
      else
        for (const auto &module : modules)
          llvm::outs() << printModule(*module);
    }
    return allRead ? 0 : 1;
  }
  bool allRead = true;
  for (llvm::StringRef path : arguments) {
    std::unique_ptr<Module> module = read(path);
    allRead &= module != nullptr;
    if (!module)
      continue;
    size_t ops = 0;
    for (const Function &function : module->functions)
      ops += countOps(function.body);
    llvm::outs() << path << ": " << (module->version.empty() ? "unknown version" : module->version) << ", "
                 << module->functions.size() << " functions, " << ops << " ops\n";
  }
  return allRead ? 0 : 1;
}
