#include "tools/execution/ProgramFile.h"

#include "ir/Types.h"
#include "mlir/AsmParser/AsmParser.h"
#include "mlir/Parser/Parser.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <map>
#include <nlohmann/json.hpp>
#include <sys/stat.h>

namespace ingot::driver {

using nlohmann::json;

static constexpr size_t kMaxDumpBytes = 256u << 20;
static constexpr int kMaxDepth = 64;

void printProgram(llvm::raw_ostream &os, llvm::StringRef model, llvm::StringRef phase, mlir::ModuleOp module) {
  os << kDumpMark << model << " after " << phase << '\n';
  module->print(os, mlir::OpPrintingFlags().enableDebugInfo().assumeVerified());
  os << '\n';
}

// A range of a file, copied by pieces.
static llvm::Error copyWeight(llvm::raw_ostream &data, const WeightSource &source) {
  constexpr int64_t kPiece = 1 << 24;
  const int64_t width = elementBytes(source.type.getElementType()), count = source.type.getNumElements();
  std::vector<char> piece;
  for (int64_t first = 0; first < count; first += kPiece / width) {
    piece.resize(std::min(kPiece / width, count - first) * width);
    if (llvm::Error error = source.read(first, piece))
      return error;
    data.write(piece.data(), piece.size());
  }
  return llvm::Error::success();
}

llvm::Expected<std::string> printWeights(llvm::raw_ostream &data, const WeightStore &store, bool copies) {
  json index = json::object();
  for (const std::string &key : store.keys()) {
    const WeightSource &source = *store.find(key);
    std::string type;
    llvm::raw_string_ostream(type) << source.type;
    json entry = {{"type", type}};
    if (source.kind == WeightSource::Kind::Splat) {
      entry["splat"] = llvm::toHex(llvm::StringRef(source.bytes.data(), source.bytes.size()));
    } else if (source.kind == WeightSource::Kind::FileRange && !copies) {
      llvm::SmallString<256> path(source.file->path());
      llvm::sys::fs::make_absolute(path);
      entry["file"] = path.str().str();
      entry["offset"] = source.offset;
      if (source.perByte != 1)
        entry["per_byte"] = source.perByte;
    } else {
      entry["offset"] = data.tell();
      if (llvm::Error error = copyWeight(data, source))
        return std::move(error);
    }
    index[key] = entry;
  }
  return index.dump(1, ' ', false, json::error_handler_t::replace) + "\n";
}

static std::shared_ptr<WeightFile> openFile(const std::string &path, std::string *why) {
  int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  struct stat info;
  if (descriptor < 0 || fstat(descriptor, &info) != 0 || !S_ISREG(info.st_mode)) {
    *why = path + ": " + (descriptor < 0 ? std::strerror(errno) : "is not a regular file");
    if (descriptor >= 0)
      close(descriptor);
    return nullptr;
  }
  return std::make_shared<WeightFile>(descriptor, path, info.st_size);
}

static bool readWeightIndex(const std::string &program, mlir::MLIRContext &context, WeightStore &store,
                            std::vector<std::string> &paths, std::string *why) {
  llvm::StringRef dir = llvm::sys::path::parent_path(program);
  const std::string folder = dir.empty() ? "." : dir.str();
  std::string stem = folder + "/" + llvm::sys::path::stem(program).str() + ".";
  llvm::ErrorOr<std::unique_ptr<llvm::MemoryBuffer>> text = llvm::MemoryBuffer::getFile(stem + "weights.json");
  if (!text) {
    stem = folder + "/";
    text = llvm::MemoryBuffer::getFile(stem + "weights.json");
  }
  if (!text)
    return true; // a program without weights needs none
  const std::string path = stem + "weights.json";
  paths.push_back(path);
  json index = json::parse((*text)->getBuffer().begin(), (*text)->getBuffer().end(), nullptr, /*allow_exceptions=*/false);
  auto bad = [&](const std::string &what) {
    *why = path + ": " + what;
    return false;
  };
  if (!index.is_object())
    return bad("is no weight index");
  std::map<std::string, std::shared_ptr<WeightFile>> files;
  for (const auto &[key, entry] : index.items()) {
    if (!entry.is_object() || !entry.contains("type") || !entry["type"].is_string())
      return bad("entry '" + key + "' has no type");
    WeightSource source;
    std::string typeText = entry["type"].get<std::string>();
    if (typeText.size() > 4096)
      return bad("entry '" + key + "' has no readable type");
    source.type = mlir::dyn_cast_or_null<mlir::RankedTensorType>(mlir::parseType(typeText, &context));
    if (!source.type || !source.type.hasStaticShape())
      return bad("entry '" + key + "' has no readable type");
    if (entry.contains("splat") && entry["splat"].is_string()) {
      source.kind = WeightSource::Kind::Splat;
      std::string bytes;
      if (!llvm::tryGetFromHex(entry["splat"].get<std::string>(), bytes) ||
          static_cast<int64_t>(bytes.size()) != elementBytes(source.type.getElementType()))
        return bad("entry '" + key + "' has no readable splat");
      source.bytes.assign(bytes.begin(), bytes.end());
    } else {
      source.kind = WeightSource::Kind::FileRange;
      std::string file =
          entry.contains("file") && entry["file"].is_string() ? entry["file"].get<std::string>() : stem + "weights.bin";
      source.offset = entry.contains("offset") && entry["offset"].is_number_unsigned() ? entry["offset"].get<uint64_t>() : 0;
      std::shared_ptr<WeightFile> &opened = files[file];
      if (!opened)
        opened = openFile(file, why);
      if (!opened)
        return false;
      uint64_t bytes = elementBytes(source.type.getElementType());
      bool overflows = false;
      if (entry.contains("per_byte")) {
        source.perByte = elementsInByte(source.type.getElementType());
        if (source.perByte <= 1 || entry["per_byte"] != source.perByte)
          return bad("entry '" + key + "' has no readable per_byte");
      }
      for (int64_t dim : source.type.getShape())
        overflows |= __builtin_mul_overflow(bytes, static_cast<uint64_t>(dim), &bytes);
      bytes = llvm::divideCeil(bytes, source.perByte);
      if (overflows || source.offset > opened->size() || bytes > opened->size() - source.offset)
        return bad("entry '" + key + "' is outside " + file);
      source.file = opened;
    }
    store.add(key, std::move(source));
  }
  for (const auto &[name, file] : files)
    paths.push_back(name);
  return true;
}

// MLIR's parser recurses by nesting; what it is given is bounded first. Strings and comments are not told apart: the bound
// is generous.
static bool nestingIsBounded(llvm::StringRef text) {
  int depth = 0;
  for (char c : text) {
    if (c == '(' || c == '[' || c == '{' || c == '<')
      ++depth;
    else if ((c == ')' || c == ']' || c == '}' || c == '>') && depth > 0)
      --depth;
    if (depth > kMaxDepth)
      return false;
  }
  return true;
}

bool readProgram(const std::string &path, mlir::MLIRContext &context, Program &program, std::vector<std::string> &files,
                 std::string *why) {
  llvm::ErrorOr<std::unique_ptr<llvm::MemoryBuffer>> text = llvm::MemoryBuffer::getFile(path);
  if (!text) {
    *why = path + ": " + text.getError().message();
    return false;
  }
  llvm::StringRef bytes = (*text)->getBuffer();
  if (!bytes.starts_with(kDumpMark) || bytes.size() > kMaxDumpBytes || !nestingIsBounded(bytes)) {
    *why = path + ": is no dump of ingot's (or is longer than 256 MB or nested deeper than 64)";
    return false;
  }
  std::string messages;
  mlir::ScopedDiagnosticHandler handler(&context, [&](mlir::Diagnostic &diagnostic) {
    llvm::raw_string_ostream os(messages);
    os << (messages.empty() ? "" : "\n");
    if (auto at = mlir::dyn_cast<mlir::FileLineColLoc>(diagnostic.getLocation()))
      os << path << ':' << at.getLine() << ':' << at.getColumn() << ": ";
    os << diagnostic;
    return mlir::success();
  });
  program.module = mlir::parseSourceString<mlir::ModuleOp>(bytes, mlir::ParserConfig(&context));
  if (!program.module) {
    *why = messages.empty() ? path + ": cannot be parsed" : messages;
    return false;
  }
  return readWeightIndex(path, context, program.weights, files, why);
}

} // namespace ingot::driver
