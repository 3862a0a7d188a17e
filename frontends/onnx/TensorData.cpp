#include "frontends/onnx/TensorData.h"

#include "frontends/common/Messages.h"
#include "frontends/onnx/Common.h"
#include "ir/Types.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MathExtras.h"

#include <cstring>

using namespace mlir;

namespace ingot::onnx {
namespace {

// Elements per packed byte in raw_data and int32_data; 1 for whole bytes.
unsigned perByte(Type elementType) { return std::max(1u, elementsInByte(elementType)); }

// One element a byte from packed elements, low bits first. Signed ones are sign-extended.
std::vector<char> unpack(ArrayRef<char> packed, int64_t count, Type elementType) {
  unsigned width = elementType.getIntOrFloatBitWidth(), each = 8 / width;
  std::vector<char> bytes(count);
  for (int64_t i = 0; i != count; ++i) {
    unsigned bits = static_cast<unsigned char>(packed[i / each]) >> (i % each * width) & ((1u << width) - 1);
    bytes[i] = static_cast<char>(elementType.isSignlessInteger() ? llvm::SignExtend32(bits, width) : int32_t(bits));
  }
  return bytes;
}

// raw_data bytes -> store bytes, for the types whose layouts differ.
void toStoreLayout(std::vector<char> &bytes, int64_t count, Type elementType) {
  if (perByte(elementType) > 1)
    bytes = unpack(bytes, count, elementType);
  else if (elementType.isInteger(1))
    for (char &byte : bytes)
      byte = byte != 0;
}

template <typename Field> void appendBytes(std::vector<char> &bytes, const Field &field, size_t elementBytes) {
  bytes.reserve(bytes.size() + field.size() * elementBytes);
  for (auto element : field) { // little endian, low bytes first
    const char *data = reinterpret_cast<const char *>(&element);
    bytes.insert(bytes.end(), data, data + elementBytes);
  }
}

uint64_t rawBytes(int64_t count, Type elementType) {
  unsigned each = perByte(elementType);
  return each > 1 ? llvm::divideCeil(count, each) : static_cast<uint64_t>(count) * elementBytes(elementType);
}

llvm::Error externalData(const TensorProto &tensor, const std::string &what, uint64_t expected, ModelFile *file,
                         WeightSource &source) {
  std::string location;
  uint64_t offset = 0, length = expected;
  for (const StringStringEntryProto &entry : tensor.external_data()) {
    if (entry.key() == "location")
      location = entry.value();
    uint64_t *number = entry.key() == "offset" ? &offset : entry.key() == "length" ? &length : nullptr;
    if (number && llvm::StringRef(entry.value()).getAsInteger(10, *number))
      return failure(what + ": external data has the " + entry.key() + " '" + entry.value() + "', which is no number");
  }
  if (length != expected)
    return failure(what + " needs " + llvm::Twine(expected) + " bytes, its external data has " + llvm::Twine(length));
  llvm::Expected<std::shared_ptr<WeightFile>> data = file->external(location);
  if (!data)
    return failure(what + ": " + llvm::toString(data.takeError()));
  if (offset > (*data)->size() || length > (*data)->size() - offset)
    return failure(what + ": external data '" + location + "' has " + llvm::Twine((*data)->size()) + " bytes, too few for " +
                   llvm::Twine(length) + " at " + llvm::Twine(offset));
  source.kind = WeightSource::Kind::FileRange;
  source.file = *data;
  source.offset = offset;
  source.perByte = perByte(source.type.getElementType());
  return llvm::Error::success();
}

std::string describe(const TensorProto &tensor) {
  std::string dims;
  for (int64_t dim : tensor.dims())
    dims += (dims.empty() ? "" : ",") + std::to_string(dim);
  return "tensor '" + tensor.name() + "' (" + dataTypeName(tensor.data_type()) + "[" + dims + "])";
}

} // namespace

Type elementTypeOf(MLIRContext *context, int32_t dataType) {
  Builder b(context);
  auto unsignedType = [&](unsigned width) { return IntegerType::get(context, width, IntegerType::Unsigned); };
  switch (dataType) {
  case TensorProto::FLOAT:
    return b.getF32Type();
  case TensorProto::UINT8:
    return unsignedType(8);
  case TensorProto::INT8:
    return b.getI8Type();
  case TensorProto::UINT16:
    return unsignedType(16);
  case TensorProto::INT16:
    return b.getI16Type();
  case TensorProto::INT32:
    return b.getI32Type();
  case TensorProto::INT64:
    return b.getI64Type();
  case TensorProto::BOOL:
    return b.getI1Type();
  case TensorProto::FLOAT16:
    return b.getF16Type();
  case TensorProto::DOUBLE:
    return b.getF64Type();
  case TensorProto::UINT32:
    return unsignedType(32);
  case TensorProto::UINT64:
    return unsignedType(64);
  case TensorProto::COMPLEX64:
    return ComplexType::get(b.getF32Type());
  case TensorProto::COMPLEX128:
    return ComplexType::get(b.getF64Type());
  case TensorProto::BFLOAT16:
    return b.getBF16Type();
  case TensorProto::FLOAT8E4M3FN:
    return Float8E4M3FNType::get(context);
  case TensorProto::FLOAT8E4M3FNUZ:
    return Float8E4M3FNUZType::get(context);
  case TensorProto::FLOAT8E5M2:
    return Float8E5M2Type::get(context);
  case TensorProto::FLOAT8E5M2FNUZ:
    return Float8E5M2FNUZType::get(context);
  case TensorProto::FLOAT8E8M0:
    return Float8E8M0FNUType::get(context);
  case TensorProto::FLOAT4E2M1:
    return Float4E2M1FNType::get(context);
  case TensorProto::UINT4:
    return unsignedType(4);
  case TensorProto::INT4:
    return b.getIntegerType(4);
  case TensorProto::UINT2:
    return unsignedType(2);
  case TensorProto::INT2:
    return b.getIntegerType(2);
  default:
    return {};
  }
}

std::string rawBytesOf(Type elementType, ArrayRef<char> stored) {
  const unsigned each = perByte(elementType);
  if (each == 1)
    return {stored.begin(), stored.end()};
  const unsigned width = 8 / each;
  std::string packed(llvm::divideCeil(stored.size(), each), '\0');
  for (size_t i = 0; i != stored.size(); ++i)
    packed[i / each] = static_cast<char>(packed[i / each] | (stored[i] & ((1u << width) - 1)) << (i % each * width));
  return packed;
}

std::string dataTypeName(int32_t dataType) {
  MLIRContext context(MLIRContext::Threading::DISABLED);
  if (Type type = elementTypeOf(&context, dataType))
    return describeElementType(type);
  return dataType == TensorProto::STRING ? "string" : "type " + std::to_string(dataType);
}

llvm::Expected<RankedTensorType> typeOfTensor(MLIRContext *context, const TensorProto &tensor) {
  Type elementType = elementTypeOf(context, tensor.data_type());
  if (!elementType)
    return failure(describe(tensor) + ": the element type is not supported");
  if (tensor.dims_size() > 16)
    return failure(describe(tensor) + ": more than 16 dims");
  int64_t count = 1;
  for (int64_t dim : tensor.dims()) {
    if (dim < 0)
      return failure(describe(tensor) + ": a dim is negative");
    if (llvm::MulOverflow(count, dim, count) || count > int64_t(1) << 48)
      return failure(describe(tensor) + ": too many elements");
  }
  SmallVector<int64_t> dims(tensor.dims().begin(), tensor.dims().end());
  for (int64_t dim : dims) // a zero elsewhere hides an overflow from the product
    if (dim > int64_t(1) << 48)
      return failure(describe(tensor) + ": too many elements");
  return RankedTensorType::get(dims, elementType);
}

llvm::Expected<WeightSource> loadTensor(MLIRContext *context, const TensorProto &tensor, ModelFile *file) {
  llvm::Expected<RankedTensorType> type = typeOfTensor(context, tensor);
  if (!type)
    return type.takeError();
  const std::string what = describe(tensor);
  if (tensor.has_segment())
    return failure(what + ": tensors in segments are not supported");
  WeightSource source;
  source.type = *type;
  Type elementType = type->getElementType();
  const int64_t count = type->getNumElements();
  const uint64_t expected = rawBytes(count, elementType);
  auto wrongCount = [&](const char *field, uint64_t has, const char *unit, uint64_t needs) {
    return failure(what + " needs " + llvm::Twine(needs) + unit + ", its " + field + " has " + llvm::Twine(has));
  };

  if (!file && (tensor.data_location() == TensorProto::EXTERNAL || tensor.has_ingot_range_size()))
    return failure(what + ": external data needs a model beside it");
  if (tensor.data_location() == TensorProto::EXTERNAL) {
    if (llvm::Error error = externalData(tensor, what, expected, file, source))
      return std::move(error);
  } else if (tensor.has_ingot_range_size()) {
    if (tensor.ingot_range_size() != expected)
      return wrongCount("raw_data", tensor.ingot_range_size(), " bytes", expected);
    source.kind = WeightSource::Kind::FileRange;
    source.file = file->file();
    source.offset = tensor.ingot_range_offset();
    source.perByte = perByte(elementType);
  } else if (tensor.has_raw_data()) {
    if (tensor.raw_data().size() != expected)
      return wrongCount("raw_data", tensor.raw_data().size(), " bytes", expected);
    source.bytes.assign(tensor.raw_data().begin(), tensor.raw_data().end());
    toStoreLayout(source.bytes, count, elementType);
    return source;
  } else {
    // The typed fields: which one holds a type, and how many entries an element takes.
    auto load = [&](const char *name, const auto &field, size_t bytesEach, uint64_t entries) -> llvm::Error {
      if (static_cast<uint64_t>(field.size()) != entries)
        return wrongCount(name, field.size(), " entries", entries);
      appendBytes(source.bytes, field, bytesEach);
      return llvm::Error::success();
    };
    llvm::Error error = llvm::Error::success();
    (void)!error;
    switch (tensor.data_type()) {
    case TensorProto::FLOAT:
      error = load("float_data", tensor.float_data(), 4, count);
      break;
    case TensorProto::COMPLEX64:
      error = load("float_data", tensor.float_data(), 4, 2 * count);
      break;
    case TensorProto::DOUBLE:
      error = load("double_data", tensor.double_data(), 8, count);
      break;
    case TensorProto::COMPLEX128:
      error = load("double_data", tensor.double_data(), 8, 2 * count);
      break;
    case TensorProto::INT64:
      error = load("int64_data", tensor.int64_data(), 8, count);
      break;
    case TensorProto::UINT64:
      error = load("uint64_data", tensor.uint64_data(), 8, count);
      break;
    case TensorProto::UINT32:
      error = load("uint64_data", tensor.uint64_data(), 4, count);
      break;
    default:
      if (unsigned each = perByte(elementType); each > 1)
        error = load("int32_data", tensor.int32_data(), 1, llvm::divideCeil(count, each));
      else
        error = load("int32_data", tensor.int32_data(), elementBytes(elementType), count);
    }
    if (error)
      return std::move(error);
    toStoreLayout(source.bytes, count, elementType);
    return source;
  }
  return source;
}

} // namespace ingot::onnx
