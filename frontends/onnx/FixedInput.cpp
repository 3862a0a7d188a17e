#include "frontends/onnx/FixedInput.h"

#include "frontends/onnx/TensorData.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/Twine.h"

#include <limits>
#include <type_traits>

namespace ingot::onnx {

std::optional<TensorProto> fixedTensor(const ValueInfoProto &info, llvm::StringRef text, std::string *why) {
  const TypeProto::Tensor &type = info.type().tensor_type();
  TensorProto tensor;
  tensor.set_name(info.name());
  tensor.set_data_type(type.elem_type());
  llvm::SmallVector<llvm::StringRef> words;
  text.split(words, ',');
  int64_t count = 1;
  bool open = false;
  for (const TensorShapeProto::Dimension &dim : type.shape().dim()) {
    bool known = dim.has_dim_value() && dim.dim_value() > 0;
    open |= !known;
    if (known && count <= (int64_t(1) << 40))
      count *= dim.dim_value();
    tensor.add_dims(known ? dim.dim_value() : 1);
  }
  // The first open dim takes what is given, the others are 1; so are all where one value fills the rest.
  if (open && words.size() % count == 0) {
    for (int i = 0; i != tensor.dims_size(); ++i)
      if (const TensorShapeProto::Dimension &dim = type.shape().dim(i); !(dim.has_dim_value() && dim.dim_value() > 0)) {
        tensor.set_dims(i, static_cast<int64_t>(words.size()) / count);
        break;
      }
    count = words.size();
  }
  if (count > kMostFixed || (words.size() != 1 && static_cast<int64_t>(words.size()) != count)) {
    *why = (llvm::Twine("it takes ") + llvm::Twine(count) + " elements, " + llvm::Twine(words.size()) + " are given" +
            (count > kMostFixed ? "; at most " + llvm::Twine(kMostFixed) + " can be fixed" : llvm::Twine("")))
               .str();
    return std::nullopt;
  }
  std::string bytes;
  for (int64_t i = 0; i != count; ++i) {
    llvm::StringRef word = words[words.size() == 1 ? 0 : i].trim();
    auto put = [&](auto value) { bytes.append(reinterpret_cast<const char *>(&value), sizeof value); };
    int64_t integer = 0;
    double number = 0;
    bool isInteger = !word.getAsInteger(0, integer), isNumber = !word.getAsDouble(number);
    auto within = [&](auto zero) {
      using T = decltype(zero);
      if (!isInteger ||
          (sizeof(T) < 8 &&
           (integer < int64_t(std::numeric_limits<T>::min()) || integer > int64_t(std::numeric_limits<T>::max()))) ||
          (std::is_unsigned_v<T> && integer < 0))
        return false;
      put(static_cast<T>(integer));
      return true;
    };
    bool fits = false;
    switch (type.elem_type()) {
    case TensorProto::FLOAT:
      fits = isNumber;
      put(static_cast<float>(number));
      break;
    case TensorProto::DOUBLE:
      fits = isNumber;
      put(number);
      break;
    case TensorProto::INT8:
      fits = within(int8_t());
      break;
    case TensorProto::INT16:
      fits = within(int16_t());
      break;
    case TensorProto::INT32:
      fits = within(int32_t());
      break;
    case TensorProto::INT64:
      fits = within(int64_t());
      break;
    case TensorProto::UINT8:
      fits = within(uint8_t());
      break;
    case TensorProto::UINT16:
      fits = within(uint16_t());
      break;
    case TensorProto::UINT32:
      fits = within(uint32_t());
      break;
    case TensorProto::UINT64:
      fits = within(uint64_t());
      break;
    case TensorProto::BOOL:
      fits = word == "true" || word == "false" || word == "1" || word == "0";
      put(static_cast<uint8_t>(word == "true" || word == "1"));
      break;
    default:
      break;
    }
    if (!fits) {
      *why = ("'" + word + "' is no " + dataTypeName(type.elem_type())).str();
      return std::nullopt;
    }
  }
  tensor.set_raw_data(std::move(bytes));
  return tensor;
}

} // namespace ingot::onnx
