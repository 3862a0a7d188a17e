#include "frontends/onnx/WireScanner.h"

#include "llvm/Support/Errc.h"

#include <algorithm>
#include <optional>

namespace ingot::onnx {
namespace {

// The messages on the way from a model to a tensor.
enum class Message { Model, Graph, Node, Attribute, Tensor, SparseTensor, Function };

// The message that length-delimited field `number` of `in` holds, if it can lead to a tensor.
std::optional<Message> childMessage(Message in, uint32_t number) {
  switch (in) {
  case Message::Model:
    return number == 7 ? std::optional(Message::Graph) : number == 25 ? std::optional(Message::Function) : std::nullopt;
  case Message::Graph:
    return number == 1    ? std::optional(Message::Node)
           : number == 5  ? std::optional(Message::Tensor)
           : number == 15 ? std::optional(Message::SparseTensor)
                          : std::nullopt;
  case Message::Function:
    return number == 7 ? std::optional(Message::Node) : number == 11 ? std::optional(Message::Attribute) : std::nullopt;
  case Message::Node:
    return number == 5 ? std::optional(Message::Attribute) : std::nullopt;
  case Message::Attribute:
    if (number == 5 || number == 10)
      return Message::Tensor;
    if (number == 6 || number == 11)
      return Message::Graph;
    return number == 22 || number == 23 ? std::optional(Message::SparseTensor) : std::nullopt;
  case Message::SparseTensor:
    return number == 1 || number == 2 ? std::optional(Message::Tensor) : std::nullopt;
  case Message::Tensor:
    return std::nullopt;
  }
  return std::nullopt;
}

constexpr uint32_t kRawData = 9, kRangeOffset = 1000, kRangeSize = 1001, kTrainingInfo = 20;
constexpr unsigned kMaxDepth = 96;           // protobuf stops at 100
constexpr uint64_t kMaxMessage = 0x7fffffff; // bytes protobuf parses
enum WireType : uint32_t { Varint = 0, Fixed64 = 1, Length = 2, Fixed32 = 5 };

void appendVarint(std::string &out, uint64_t value) {
  for (; value >= 0x80; value >>= 7)
    out.push_back(static_cast<char>(value | 0x80));
  out.push_back(static_cast<char>(value));
}

class Scanner {
public:
  explicit Scanner(const WeightFile &file) : file(file) {}

  llvm::Error scan(Message message, uint64_t begin, uint64_t end, unsigned depth, std::string &out);

private:
  template <typename... Args> llvm::Error malformed(uint64_t at, const char *what) {
    return llvm::createStringError(llvm::errc::invalid_argument, "not a valid ONNX file: %s at byte %llu", what,
                                   static_cast<unsigned long long>(at));
  }
  // Makes bytes [at, at + size) of the file available; size <= buffer size.
  llvm::Error byteAt(uint64_t at, unsigned char &byte);
  llvm::Error readVarint(uint64_t &at, uint64_t end, uint64_t &value);
  llvm::Error copy(uint64_t begin, uint64_t end, std::string &out);

  const WeightFile &file;
  std::string buffer;
  uint64_t bufferBegin = 0;
};

llvm::Error Scanner::byteAt(uint64_t at, unsigned char &byte) {
  if (at < bufferBegin || at - bufferBegin >= buffer.size()) {
    buffer.resize(std::min<uint64_t>(1 << 14, file.size() - at));
    bufferBegin = at;
    if (llvm::Error error = file.read(at, llvm::MutableArrayRef<char>(buffer.data(), buffer.size()))) {
      buffer.clear();
      return error;
    }
  }
  byte = static_cast<unsigned char>(buffer[at - bufferBegin]);
  return llvm::Error::success();
}

llvm::Error Scanner::readVarint(uint64_t &at, uint64_t end, uint64_t &value) {
  value = 0;
  for (unsigned shift = 0; shift < 70; shift += 7) {
    if (at >= end)
      return malformed(at, "a number is cut off");
    unsigned char byte = 0;
    if (llvm::Error error = byteAt(at++, byte))
      return error;
    if (shift == 63 && byte > 1)
      break;
    value |= static_cast<uint64_t>(byte & 0x7f) << shift;
    if (byte < 0x80)
      return llvm::Error::success();
  }
  return malformed(at, "a number of more than 64 bits");
}

llvm::Error Scanner::copy(uint64_t begin, uint64_t end, std::string &out) {
  if (end - begin > kMaxMessage - std::min<uint64_t>(out.size(), kMaxMessage))
    return llvm::createStringError(llvm::errc::file_too_large,
                                   "more than 2 GB besides raw_data, which Protocol Buffers cannot hold");
  size_t old = out.size();
  out.resize(old + (end - begin));
  return file.read(begin, llvm::MutableArrayRef<char>(out.data() + old, end - begin));
}

llvm::Error Scanner::scan(Message message, uint64_t begin, uint64_t end, unsigned depth, std::string &out) {
  if (depth > kMaxDepth)
    return malformed(begin, "messages nested too deeply");
  for (uint64_t at = begin; at < end;) {
    const uint64_t fieldBegin = at;
    uint64_t tag = 0, length = 0;
    if (llvm::Error error = readVarint(at, end, tag))
      return error;
    const uint64_t number = tag >> 3;
    if (number == 0 || number > 0x1fffffff)
      return malformed(fieldBegin, "an impossible field number");
    switch (tag & 7) {
    case Varint:
      if (llvm::Error error = readVarint(at, end, length))
        return error;
      break;
    case Fixed64:
    case Fixed32:
      length = (tag & 7) == Fixed64 ? 8 : 4;
      if (length > end - at)
        return malformed(fieldBegin, "a number is cut off");
      at += length;
      break;
    case Length:
      if (llvm::Error error = readVarint(at, end, length))
        return error;
      if (length > end - at)
        return malformed(fieldBegin, "a field that reaches beyond the end of its message");
      at += length;
      break;
    default:
      return malformed(fieldBegin, "an unknown wire type");
    }
    if (message == Message::Tensor && (number == kRangeOffset || number == kRangeSize))
      continue;
    if (message == Message::Model && number == kTrainingInfo)
      continue;
    if ((tag & 7) == Length) {
      if (message == Message::Tensor && number == kRawData && length >= kMinRangeBytes) {
        appendVarint(out, kRangeOffset << 3 | Varint);
        appendVarint(out, at - length);
        appendVarint(out, kRangeSize << 3 | Varint);
        appendVarint(out, length);
        continue;
      }
      if (std::optional<Message> child = childMessage(message, static_cast<uint32_t>(number))) {
        std::string nested;
        if (llvm::Error error = scan(*child, at - length, at, depth + 1, nested))
          return error;
        appendVarint(out, tag);
        appendVarint(out, nested.size());
        out += nested;
        continue;
      }
    }
    if (llvm::Error error = copy(fieldBegin, at, out))
      return error;
  }
  if (out.size() > kMaxMessage)
    return llvm::createStringError(llvm::errc::file_too_large,
                                   "more than 2 GB besides raw_data, which Protocol Buffers cannot hold");
  return llvm::Error::success();
}

} // namespace

llvm::Expected<std::string> scanModel(const WeightFile &file) {
  std::string out;
  if (llvm::Error error = Scanner(file).scan(Message::Model, 0, file.size(), 0, out))
    return std::move(error);
  return out;
}

bool startsLikeModel(llvm::StringRef bytes) {
  auto varint = [&](size_t &at, uint64_t &value) {
    value = 0;
    for (unsigned shift = 0; shift < 64 && at < bytes.size(); shift += 7) {
      unsigned char byte = static_cast<unsigned char>(bytes[at++]);
      value |= static_cast<uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80)
        return true;
    }
    return false;
  };
  bool version = false, graph = false, opset = false;
  for (size_t at = 0; at < bytes.size();) {
    uint64_t tag = 0, value = 0;
    if (!varint(at, tag) || !varint(at, value))
      return version && (graph || opset);
    const uint64_t number = tag >> 3;
    const bool isNumber = number == 1 || number == 5;
    const bool isMessage = number == 2 || number == 3 || number == 4 || number == 6 || number == 7 || number == 8 ||
                           number == 14 || number == 20 || number == 25 || number == 26;
    if ((tag & 7) != (isNumber ? Varint : Length) || (!isNumber && !isMessage))
      return false;
    if (number == 1) {
      if (value == 0 || value > 1000)
        return false;
      version = true;
    }
    graph |= number == 7;
    opset |= number == 8;
    if (isMessage) {
      if (value > bytes.size() - at)
        return version || graph;
      at += value;
    }
  }
  return version && (graph || opset || bytes.size() < 16);
}

} // namespace ingot::onnx
