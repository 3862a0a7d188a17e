#include "compiler/aot/Link.h"

#include "compiler/aot/CHeader.h"
#include "compiler/aot/Finish.h"
#include "compiler/aot/RunLinker.h"

#include <llvm/ADT/StringExtras.h>
#include <llvm/ADT/StringSwitch.h>
#include <llvm/Support/FileSystem.h>
#include <llvm/Support/MemoryBuffer.h>
#include <llvm/Support/Path.h>
#include <llvm/TargetParser/Triple.h>

#include <dlfcn.h>

using namespace llvm;
using namespace llvm::ELF;

namespace ingot {

char LinkError::ID = 0;
WeightStream::~WeightStream() = default;

std::string partsFolder(StringRef triple, StringRef library) {
  static char anchor;
  Dl_info self;
  SmallString<256> path;
  if (dladdr(&anchor, &self) && sys::path::filename(self.dli_fname).starts_with("libingot_compiler")) {
    path = sys::path::parent_path(self.dli_fname);
  } else {
    path = sys::path::parent_path(sys::fs::getMainExecutable(nullptr, &anchor));
    sys::path::append(path, "..", "lib", "ingot");
  }
  sys::path::append(path, Triple(triple).getArchName() + "-linux-" + library);
  sys::path::remove_dots(path, /*remove_dot_dot=*/true);
  return std::string(path);
}

std::string identifierOf(StringRef path) {
  std::string name = asIdentifier(sys::path::stem(path), "model");
  return isRuntimeName(name) ? "model_" + name : name;
}

namespace {

StringRef dynamicLinkerOf(const Triple &triple) {
  return StringSwitch<StringRef>(triple.getArchName())
      .Case("x86_64", "/lib64/ld-linux-x86-64.so.2")
      .Case("aarch64", "/lib/ld-linux-aarch64.so.1")
      .Case("riscv64", "/lib/ld-linux-riscv64-lp64d.so.1")
      .Default("");
}

StringRef toStringRef(const std::vector<uint8_t> &bytes) {
  return {reinterpret_cast<const char *>(bytes.data()), bytes.size()};
}

// What executables and shared libraries have in common. One segment boundary costs no file bytes (noseparate-code).
std::vector<std::string> commonOptions() {
  return {"--gc-sections",
          "-O2",
          "--hash-style=gnu",
          "-z",
          "noseparate-code",
          "-z",
          "now",
          "-z",
          "relro",
          "--build-id=none",
          "--strip-debug",
          "--discard-all",
          "--threads=1",
          "--no-warnings",
          "--color-diagnostics=never"};
}

// The model object, and the note that becomes the weights, which must outlive the result.
std::vector<StringRef> objectsOf(const LinkInputs &inputs, ElfImage &image, std::vector<uint8_t> &note) {
  note = makeWeightsNote(image.header());
  return {inputs.object, toStringRef(note)};
}

// A shared library is completed by any C library: it may ask for nothing but what compiled code takes for granted, and the functions
// that the model calls.
Error checkUndefined(ElfImage &image, ArrayRef<std::string> functions) {
  Elf64_Shdr *symbols = image.findSection(".dynsym"), *strings = image.findSection(".dynstr");
  if (!symbols || !strings)
    return Error::success();
  std::string unexpected;
  for (uint64_t at = sizeof(Elf64_Sym); at + sizeof(Elf64_Sym) <= symbols->sh_size; at += sizeof(Elf64_Sym)) {
    auto *symbol = reinterpret_cast<Elf64_Sym *>(image.bytes().data() + symbols->sh_offset + at);
    StringRef name(reinterpret_cast<const char *>(image.bytes().data() + strings->sh_offset + symbol->st_name));
    if (symbol->st_shndx == SHN_UNDEF && name != "memcpy" && name != "memmove" && name != "memset" && name != "memcmp" &&
        !is_contained(functions, name))
      unexpected += (unexpected.empty() ? "" : ", ") + name.str();
  }
  if (unexpected.empty())
    return Error::success();
  return createStringError(inconvertibleErrorCode(), "the model's code calls functions no library provides: " + unexpected);
}

// Shared libraries of the user's are looked for beside the file too, and what they want of others is the loader's business.
std::vector<std::string> optionsFor(const LinkInputs &inputs) {
  std::vector<std::string> options = commonOptions();
  if (!inputs.libraries.empty() && !inputs.isStatic)
    options.insert(options.end(), {"--as-needed", "--allow-shlib-undefined", "-rpath", "$ORIGIN"});
  return options;
}

} // namespace

// Where functions are called, or code of the user's is linked, a link fails by his mistake.
Error withFunctions(Error error, const LinkInputs &inputs) {
  if (error.isA<LinkError>() || (inputs.functions.empty() && inputs.libraries.empty()))
    return error;
  std::string why = toString(std::move(error));
  if (inputs.functions.empty())
    return make_error<LinkError>("what --link names cannot be linked: " + why);
  return make_error<LinkError>("the model calls " + join(inputs.functions, ", ") +
                               ", which what --link names must define: " + why);
}

Expected<LinkReport> linkExecutable(const LinkInputs &inputs) {
  auto model = ElfImage::parse(inputs.object);
  if (!model)
    return model.takeError();
  std::string parts = inputs.partsDir.empty() ? partsFolder(inputs.triple) : inputs.partsDir;
  std::vector<std::string> files = {parts + "/start.o", parts + "/runtime.o", parts + "/libc.so.6"};
  if (inputs.isStatic)
    files = {(inputs.partsDir.empty() ? partsFolder(inputs.triple, "musl") : inputs.partsDir) + "/runtime.o"};
  std::string guardPath = parts + "/guard.bin";
  std::vector<std::string> needed = files;
  needed.push_back(guardPath);
  for (const std::string &path : needed)
    if (!sys::fs::exists(path))
      return make_error<LinkError>("no " + std::string(inputs.isStatic ? "static " : "") + "executables can be made for " +
                                   inputs.triple + ": '" + path + "' is not installed" +
                                   (inputs.isStatic ? " (it is made where ingot is built with musl-dev of that architecture)"
                                                    : "; -o NAME.so or NAME.o need no runtime"));
  auto guardCode = MemoryBuffer::getFile(guardPath, /*IsText=*/false, /*RequiresNullTerminator=*/false);
  if (!guardCode)
    return make_error<LinkError>("cannot read '" + guardPath + "': " + guardCode.getError().message());
  std::vector<uint8_t> note, guard = makeGuardNote(model->header(), (*guardCode)->getBuffer());
  std::vector<StringRef> objects = objectsOf(inputs, *model, note);
  objects.push_back(toStringRef(guard));
  // What the user names comes before the C library, of which it may want more than its stub has.
  files.insert(files.end() - (inputs.isStatic ? 0 : 1), inputs.libraries.begin(), inputs.libraries.end());
  std::vector<std::string> options = optionsFor(inputs);
  // The guard is code among the first, read-only bytes.
  options.insert(options.end(), {"-pie", "--no-rosegment", "-e", "_start"});
  if (inputs.isStatic) // musl makes nothing read-only, and takes the size of its threads' stacks from the headers
    options.insert(options.end(), {"-static", "--no-dynamic-linker", "-z", "norelro", "-z", "stack-size=8388608"});
  else
    options.insert(options.end(), {"--dynamic-linker", dynamicLinkerOf(Triple(inputs.triple)).str()});
  auto image = runLinker(inputs.outputPath, objects, files, options);
  if (!image)
    return withFunctions(image.takeError(), inputs);
  return finishLinked(*image, inputs, 0777, /*guarded=*/true);
}

Expected<LinkReport> linkShared(const LinkInputs &inputs) {
  auto model = ElfImage::parse(inputs.object);
  if (!model)
    return model.takeError();
  auto script = LinkerInput::create(inputs.outputPath, "{ global: ingot_image; local: *; };\n");
  if (!script)
    return script.takeError();
  std::vector<uint8_t> note;
  std::vector<std::string> options = optionsFor(inputs);
  options.insert(options.end(),
                 {"-shared", "-soname", sys::path::filename(inputs.outputPath).str(), "--version-script", script->path()});
  auto image = runLinker(inputs.outputPath, objectsOf(inputs, *model, note), inputs.libraries, options);
  if (!image)
    return withFunctions(image.takeError(), inputs);
  if (Error error = inputs.libraries.empty() ? checkUndefined(*image, inputs.functions) : Error::success())
    return std::move(error);
  return finishLinked(*image, inputs, 0777, /*guarded=*/false);
}

} // namespace ingot
