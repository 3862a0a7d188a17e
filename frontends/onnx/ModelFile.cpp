#include "frontends/onnx/ModelFile.h"

#include "frontends/onnx/WireScanner.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "google/protobuf/stubs/logging.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/Path.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace ingot::onnx {
namespace {

template <typename... Args> llvm::Error failure(const char *format, Args... args) {
  return llvm::createStringError(std::errc::invalid_argument, format, args...);
}

// Wraps an open descriptor of a regular file. Closes it on failure.
llvm::Expected<std::shared_ptr<WeightFile>> wrap(int descriptor, std::string path) {
  struct stat status;
  if (fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode)) {
    close(descriptor);
    return failure("'%s' is not a regular file", path.c_str());
  }
  return std::make_shared<WeightFile>(descriptor, std::move(path), static_cast<uint64_t>(status.st_size));
}

// Opens the components of `location` one by one beneath `folder`, following no link.
int openByComponent(int folder, llvm::StringRef location) {
  int at = dup(folder);
  while (at >= 0) {
    auto [component, rest] = location.split('/');
    bool last = rest.empty();
    int next =
        openat(at, component.str().c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | (last ? 0 : O_DIRECTORY));
    int error = errno;
    close(at);
    errno = error;
    if (last)
      return next;
    at = next;
    location = rest;
  }
  return -1;
}

int openBeneath(int folder, llvm::StringRef location) {
  struct open_how how = {};
  how.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
  std::string path = location.str();
  long descriptor = syscall(SYS_openat2, folder, path.c_str(), &how, sizeof(how));
  if (descriptor >= 0 || (errno != ENOSYS && errno != EPERM && errno != EINVAL))
    return static_cast<int>(descriptor);
  return openByComponent(folder, location);
}

// Which name is not UTF-8, if any: names reach messages, tables and JSON.
std::optional<std::string> findBadName(const GraphProto &graph, unsigned depth);

std::optional<std::string> findBadName(const google::protobuf::RepeatedPtrField<NodeProto> &nodes, unsigned depth) {
  auto isBad = [](const std::string &text) { return !llvm::json::isUTF8(text); };
  for (int i = 0; i != nodes.size(); ++i) {
    const NodeProto &node = nodes[i];
    bool bad = isBad(node.name()) || isBad(node.op_type()) || isBad(node.domain()) || isBad(node.overload());
    for (const auto *list : {&node.input(), &node.output()})
      bad |= llvm::any_of(*list, isBad);
    for (const AttributeProto &attribute : node.attribute()) {
      bad |= isBad(attribute.name()) || isBad(attribute.ref_attr_name()) || isBad(attribute.t().name());
      if (attribute.has_g() && depth < 64)
        if (std::optional<std::string> where = findBadName(attribute.g(), depth + 1))
          return where;
    }
    if (bad)
      return "a name in node " + std::to_string(i);
  }
  return std::nullopt;
}

std::optional<std::string> findBadName(const GraphProto &graph, unsigned depth) {
  for (const auto *list : {&graph.input(), &graph.output()})
    for (const ValueInfoProto &info : *list) {
      if (!llvm::json::isUTF8(info.name()))
        return "the name of an input or output";
      for (const TensorShapeProto::Dimension &dim : info.type().tensor_type().shape().dim())
        if (!llvm::json::isUTF8(dim.dim_param()))
          return "the name of a dim of '" + info.name() + "'";
    }
  for (const TensorProto &tensor : graph.initializer())
    if (!llvm::json::isUTF8(tensor.name()) ||
        llvm::any_of(tensor.external_data(), [](const auto &entry) { return !llvm::json::isUTF8(entry.value()); }))
      return "the name or location of an initialiser";
  return findBadName(graph.node(), depth);
}

std::optional<std::string> findBadName(const ModelProto &model) {
  for (const FunctionProto &function : model.functions()) {
    bool bad = !llvm::json::isUTF8(function.name()) || !llvm::json::isUTF8(function.domain());
    for (const auto *list : {&function.input(), &function.output()})
      bad |= llvm::any_of(*list, [](const std::string &name) { return !llvm::json::isUTF8(name); });
    if (bad)
      return "a name of a function";
    if (std::optional<std::string> where = findBadName(function.node(), 0))
      return where;
  }
  return findBadName(model.graph(), 0);
}

} // namespace

llvm::Expected<std::unique_ptr<ModelFile>> ModelFile::open(llvm::StringRef path) {
  std::unique_ptr<ModelFile> result(new ModelFile());
  int descriptor = ::open(path.str().c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0)
    return failure("cannot open: %s", std::strerror(errno));
  llvm::Expected<std::shared_ptr<WeightFile>> file = wrap(descriptor, path.str());
  if (!file)
    return file.takeError();
  result->modelFile = *file;
  if (result->modelFile->size() == 0)
    return failure("the file is empty");
  llvm::StringRef folder = llvm::sys::path::parent_path(path);
  result->folderPath = folder.empty() ? "." : folder.str();

  llvm::Expected<std::string> bytes = scanModel(*result->modelFile);
  if (!bytes)
    return bytes.takeError();
  google::protobuf::io::ArrayInputStream stream(bytes->data(), static_cast<int>(bytes->size()));
  google::protobuf::io::CodedInputStream coded(&stream);
  coded.SetTotalBytesLimit(0x7fffffff);
  google::protobuf::LogSilencer silencer; // what it has to say is said below
  if (!result->proto.ParseFromCodedStream(&coded) || !coded.ConsumedEntireMessage())
    return failure("not a valid ONNX file: Protocol Buffers cannot read it as a ModelProto");
  if (!result->proto.has_graph())
    return failure("not a valid ONNX file: it holds no graph");
  if (std::optional<std::string> where = findBadName(result->proto))
    return failure("not a valid ONNX file: %s is not UTF-8", where->c_str());
  return result;
}

ModelFile::~ModelFile() {
  if (folder >= 0)
    close(folder);
}

std::vector<std::string> ModelFile::externalPaths() const {
  std::vector<std::string> paths;
  for (const auto &[location, file] : externals)
    paths.push_back(file->path());
  llvm::sort(paths);
  paths.erase(llvm::unique(paths), paths.end()); // one file may be named in several ways
  return paths;
}

llvm::Expected<std::shared_ptr<WeightFile>> ModelFile::external(llvm::StringRef location) {
  auto found = externals.find(location);
  if (found != externals.end())
    return found->second;
  std::string text = location.str();
  if (location.empty() || location.contains('\0'))
    return failure("its external data names no file");
  if (location.starts_with("/"))
    return failure("external data '%s' is an absolute path; it must lie beneath the model's folder", text.c_str());
  std::string clean;
  for (llvm::StringRef rest = location; !rest.empty();) {
    auto [component, after] = rest.split('/');
    rest = after;
    if (component == "..")
      return failure("external data '%s' leaves the model's folder", text.c_str());
    if (component.empty() || component == ".")
      continue;
    clean += (clean.empty() ? "" : "/") + component.str();
  }
  if (clean.empty())
    return failure("external data '%s' names no file", text.c_str());
  if (folder < 0)
    folder = ::open(folderPath.c_str(), O_RDONLY | O_CLOEXEC | O_DIRECTORY);
  if (folder < 0)
    return failure("cannot open the model's folder: %s", std::strerror(errno));
  int descriptor = openBeneath(folder, clean);
  if (descriptor < 0) {
    if (errno == EXDEV || errno == ELOOP)
      return failure("external data '%s' leaves the model's folder through a link", text.c_str());
    return failure("external data '%s': %s", text.c_str(), std::strerror(errno));
  }
  llvm::Expected<std::shared_ptr<WeightFile>> file = wrap(descriptor, folderPath + "/" + clean);
  if (!file)
    return file.takeError();
  externals[location] = *file;
  return *file;
}

} // namespace ingot::onnx
