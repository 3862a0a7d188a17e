#include "compiler/aot/RunLinker.h"

#include "compiler/aot/Link.h"

#include <lld/Common/Driver.h>
#include <llvm/Object/ArchiveWriter.h>
#include <llvm/Support/MemoryBuffer.h>
#include <llvm/Support/Path.h>
#include <llvm/Support/raw_ostream.h>

#include <cerrno>
#include <climits>
#include <cstring>
#include <mutex>
#include <sys/mman.h>
#include <unistd.h>

LLD_HAS_DRIVER(elf)

using namespace llvm;

namespace ingot {

std::string throughLinks(StringRef path) {
  SmallString<128> at(path);
  for (int links = 0; links < 40; ++links) { // as many as the kernel follows
    char target[PATH_MAX];
    ssize_t size = readlink(at.c_str(), target, sizeof target);
    if (size <= 0 || size_t(size) == sizeof target)
      break;
    StringRef name(target, size_t(size));
    if (sys::path::is_absolute(name)) {
      at = name;
    } else {
      sys::path::remove_filename(at);
      sys::path::append(at, name);
    }
  }
  return std::string(at);
}

Expected<ScratchFile> ScratchFile::create(StringRef named, StringRef bytes, unsigned mode) {
  const std::string outputPath = throughLinks(named);
  // A file of that name is replaced; a folder or a device such as /dev/null must not be.
  sys::fs::file_status status;
  if (!sys::fs::status(outputPath, status) && sys::fs::exists(status) && !sys::fs::is_regular_file(status))
    return make_error<LinkError>(("cannot write '" + named + "': it is not a regular file").str());
  SmallString<128> model(sys::path::parent_path(outputPath));
  sys::path::append(model, "." + sys::path::filename(outputPath) + ".%%%%%%%%.partial");
  auto temporary = sys::fs::TempFile::create(model, mode);
  if (!temporary)
    return make_error<LinkError>(("cannot write '" + named + "': " + toString(temporary.takeError())).str());
  ScratchFile file(std::move(*temporary));
  raw_fd_ostream os(file.descriptor(), /*shouldClose=*/false);
  os << bytes;
  os.flush();
  if (std::error_code error = os.error()) {
    os.clear_error();
    return make_error<LinkError>(("cannot write '" + named + "': " + error.message()).str());
  }
  return file;
}

ScratchFile::~ScratchFile() {
  if (file && !file->TmpName.empty())
    consumeError(file->discard());
}

Error ScratchFile::keep(StringRef name) {
  if (Error error = file->keep(throughLinks(name)))
    return make_error<LinkError>(("cannot write '" + name + "': " + toString(std::move(error))).str());
  return Error::success();
}

LinkerInput::~LinkerInput() {
  if (descriptor >= 0)
    close(descriptor);
}

Expected<LinkerInput> LinkerInput::create(StringRef outputPath, StringRef bytes) {
  LinkerInput input;
  input.descriptor = memfd_create("ingot-link", MFD_CLOEXEC);
  input.name = "/proc/self/fd/" + std::to_string(input.descriptor);
  if (input.descriptor >= 0 && access(input.name.c_str(), R_OK) == 0 &&
      !writeWithHoles(input.descriptor, 0, {reinterpret_cast<const uint8_t *>(bytes.data()), bytes.size()}) &&
      ftruncate(input.descriptor, off_t(bytes.size())) == 0)
    return input;
  Expected<ScratchFile> file = ScratchFile::create(outputPath, bytes);
  if (!file)
    return file.takeError();
  input.file.emplace(std::move(*file));
  return input;
}

// lld maps its output and dies of SIGBUS where the disk cannot hold it, so there must be room for as much as goes in.
static Error checkSpace(StringRef outputPath, ArrayRef<StringRef> objects, ArrayRef<std::string> files) {
  uint64_t needed = 0;
  for (StringRef object : objects)
    needed += object.size();
  for (const std::string &file : files) {
    uint64_t size = 0;
    if (!sys::fs::file_size(file, size))
      needed += size;
  }
  StringRef folder = sys::path::parent_path(outputPath);
  ErrorOr<sys::fs::space_info> space = sys::fs::disk_space(folder.empty() ? "." : folder);
  if (!space || space->available >= needed)
    return Error::success();
  return make_error<LinkError>(
      ("cannot write '" + outputPath + "': " + std::make_error_code(std::errc::no_space_on_device).message()).str());
}

// One file for lld to read, however many kernels there are.
static Expected<std::unique_ptr<MemoryBuffer>> archiveOf(ArrayRef<StringRef> objects) {
  std::vector<std::string> names;
  std::vector<NewArchiveMember> members;
  for (size_t i = 0; i < objects.size(); ++i)
    names.push_back(std::to_string(i) + ".o");
  for (auto [object, name] : zip_equal(objects, names))
    members.emplace_back(MemoryBufferRef(object, name));
  return writeArchiveToBuffer(members, SymtabWritingMode::NoSymtab, object::Archive::K_GNU, /*Deterministic=*/true,
                              /*Thin=*/false);
}

Expected<ElfImage> runLinker(StringRef outputPath, ArrayRef<StringRef> objects, ArrayRef<std::string> files,
                             ArrayRef<std::string> options) {
  std::vector<std::string> arguments = {"ld.lld"};
  arguments.insert(arguments.end(), options.begin(), options.end());
  arguments.insert(arguments.end(), files.begin(), files.end());
  std::unique_ptr<MemoryBuffer> archive;
  if (Error error = archiveOf(objects).moveInto(archive))
    return std::move(error);
  auto input = LinkerInput::create(outputPath, archive->getBuffer());
  if (!input)
    return input.takeError();
  arguments.insert(arguments.end(), {"--whole-archive", input->path(), "--no-whole-archive"});
  auto linked = ScratchFile::create(outputPath, "");
  if (!linked)
    return linked.takeError();
  arguments.insert(arguments.end(), {"-o", linked->path()});

  if (Error error = checkSpace(outputPath, objects, files))
    return std::move(error);
  std::vector<const char *> pointers;
  for (const std::string &argument : arguments)
    pointers.push_back(argument.c_str());
  std::string messages;
  raw_string_ostream stream(messages);
  static std::mutex mutex;
  static bool usable = true;
  {
    std::lock_guard<std::mutex> lock(mutex);
    if (!usable)
      return createStringError(inconvertibleErrorCode(), "the linker failed earlier and cannot run again");
    lld::Result result = lld::lldMain(pointers, stream, stream, {{lld::Gnu, &lld::elf::link}});
    usable = result.canRunAgain;
    // A limit on files' sizes, for one.
    if (auto [before, why] = StringRef(messages).split("failed to open " + linked->path() + ": ");
        result.retCode != 0 && !why.empty())
      return make_error<LinkError>(("cannot write '" + outputPath + "': " + why.rtrim()).str());
    if (result.retCode != 0)
      return createStringError(inconvertibleErrorCode(), "linking failed: " + StringRef(messages).rtrim());
  }
  // lld replaces its output file, so the scratch file's descriptor is of the old one: read by name.
  auto buffer =
      MemoryBuffer::getFile(linked->path(), /*IsText=*/false, /*RequiresNullTerminator=*/false, /*IsVolatile=*/true);
  if (!buffer)
    return make_error<LinkError>(("cannot read '" + linked->path() + "': " + buffer.getError().message()));
  return ElfImage::parse((*buffer)->getBuffer());
}

std::error_code writeWithHoles(int descriptor, uint64_t offset, ArrayRef<uint8_t> bytes) {
  constexpr size_t hole = 64 << 10;
  while (!bytes.empty()) {
    ArrayRef<uint8_t> part = bytes.take_front(hole);
    uint64_t next = offset + part.size();
    bytes = bytes.drop_front(part.size());
    bool isZero = part.size() == hole && part[0] == 0 && std::memcmp(part.data(), part.data() + 1, hole - 1) == 0;
    for (uint64_t at = offset; !isZero && !part.empty();) {
      ssize_t count = pwrite(descriptor, part.data(), part.size(), off_t(at));
      if (count < 0 && errno == EINTR)
        continue;
      if (count < 0)
        return std::error_code(errno, std::generic_category());
      part = part.drop_front(size_t(count));
      at += uint64_t(count);
    }
    offset = next;
  }
  return {};
}

} // namespace ingot
