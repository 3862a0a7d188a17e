// Quantisation: floats of the class double, integers exact.
#include "ir/Types.h"
#include "ir/reference/Elements.h"
#include "ir/reference/Families.h"

#include <cmath>

using namespace mlir;

namespace ingot::reference {
namespace {

using Wide = __int128;

std::vector<Wide> integersOf(const Tensor &tensor) {
  std::vector<Wide> integers(size_t(tensor.numElements()));
  withValue(tensor.elementType, [&](auto value) {
    using V = decltype(value);
    if constexpr (std::is_integral_v<V>) {
      std::vector<V> values(integers.size());
      decode<V>(tensor.elementType, tensor.bytes.data(), tensor.numElements(), values.data());
      llvm::copy(values, integers.begin());
    }
  });
  return integers;
}

std::vector<double> floatsOf(const Tensor &tensor) {
  std::vector<double> values(size_t(tensor.numElements()));
  decode<double>(tensor.elementType, tensor.bytes.data(), tensor.numElements(), values.data());
  return values;
}

double roundedTo(Type type, double value) {
  char bytes[8];
  encode<double>(type, &value, 1, bytes);
  decode<double>(type, bytes, 1, &value);
  return value;
}

// The place of an element's scale: in blocks, along the axis, or the only one.
struct ScalePlaces {
  int64_t length = 1, inner = 1, block = 0;
  bool isScalar;

  ScalePlaces(ArrayRef<int64_t> dims, std::optional<int64_t> axis, std::optional<int64_t> blockSize)
      : block(blockSize.value_or(0)), isScalar(!axis) {
    if (!axis)
      return;
    length = dims[size_t(*axis)];
    for (int64_t extent : dims.drop_front(size_t(*axis) + 1))
      inner *= extent;
  }
  size_t of(int64_t element) const {
    if (isScalar)
      return 0;
    int64_t along = element / inner % length;
    if (block == 0)
      return size_t(along);
    int64_t blocks = (length + block - 1) / block;
    return size_t((element / inner / length * blocks + along / block) * inner + element % inner);
  }
};

void quantize(const ScalePlaces &places, const Tensor &operand, const std::vector<double> &scales,
              const std::vector<Wide> &zeroPoints, Tensor &result) {
  std::vector<double> values = floatsOf(operand);
  unsigned width = result.elementType.getIntOrFloatBitWidth();
  bool isSigned = valueClass(result.elementType) == ValueClass::Signed;
  Wide low = isSigned ? -(Wide(1) << (width - 1)) : 0, high = (Wide(1) << (isSigned ? width - 1 : width)) - 1;
  std::vector<uint64_t> out(values.size());
  for (size_t i = 0; i != values.size(); ++i) {
    size_t place = places.of(int64_t(i));
    double quotient = std::nearbyint(roundedTo(operand.elementType, values[i] / scales[place]));
    // Beyond 2^66 every sum saturates.
    Wide integer = std::isnan(quotient) ? 0 : Wide(std::clamp(quotient, -0x1p66, 0x1p66));
    out[i] = uint64_t(std::clamp(integer + (zeroPoints.empty() ? 0 : zeroPoints[place]), low, high));
  }
  if (isSigned)
    encode<int64_t>(result.elementType, reinterpret_cast<int64_t *>(out.data()), int64_t(out.size()), result.bytes.data());
  else
    encode<uint64_t>(result.elementType, out.data(), int64_t(out.size()), result.bytes.data());
}

void dequantize(const ScalePlaces &places, const Tensor &operand, const std::vector<double> &scales,
                const std::vector<Wide> &zeroPoints, Tensor &result) {
  std::vector<Wide> values = integersOf(operand);
  std::vector<double> out(values.size());
  for (size_t i = 0; i != values.size(); ++i) {
    size_t place = places.of(int64_t(i));
    Wide difference = values[i] - (zeroPoints.empty() ? 0 : zeroPoints[place]);
    bool fits = difference >= INT64_MIN && difference <= INT64_MAX;
    double wide = fits && !result.elementType.isF64() ? toDoubleForRounding(int64_t(difference)) : double(difference);
    out[i] = roundedTo(result.elementType, wide) * scales[place];
  }
  encode<double>(result.elementType, out.data(), int64_t(out.size()), result.bytes.data());
}

} // namespace

Results evaluateQuantization(Operation *op, Operands operands, ArrayRef<int64_t> sizes) {
  Results results = emptyResults(op, sizes);
  if (!results)
    return results;
  const Tensor &operand = *operands[0];
  std::vector<double> scales = floatsOf(*operands[1]);
  std::vector<Wide> zeroPoints = operands.size() == 3 ? integersOf(*operands[2]) : std::vector<Wide>();
  if (auto typed = dyn_cast<QuantizeOp>(op))
    quantize({operand.dims, typed.getAxis(), typed.getBlockSize()}, operand, scales, zeroPoints, results->front());
  else
    dequantize({operand.dims, cast<DequantizeOp>(op).getAxis(), cast<DequantizeOp>(op).getBlockSize()}, operand, scales,
               zeroPoints, results->front());
  return results;
}

} // namespace ingot::reference
