// Elementwise ops: tables of scalar functions on native values, applied block by block.
#include "ir/Types.h"
#include "ir/reference/Bodies.h"
#include "ir/reference/Elements.h"
#include "ir/reference/Families.h"
#include "ir/reference/Scalars.h"
#include "llvm/ADT/STLExtras.h"

#include <cmath>

using namespace mlir;

namespace ingot::reference {
namespace {

constexpr int64_t kBlock = 512;

// Element 0 .. count of an operand from `start`, where a rank-0 operand repeats.
template <typename V> void decodeBlock(const Tensor &tensor, int64_t start, int64_t count, V *out) {
  if (tensor.dims.empty()) {
    decode<V>(tensor.elementType, tensor.bytes.data(), 1, out);
    std::fill(out + 1, out + count, out[0]);
    return;
  }
  decode<V>(tensor.elementType, tensor.bytes.data() + start * elementBytes(tensor.elementType), count, out);
}

template <typename V> void encodeBlock(Tensor &tensor, int64_t start, int64_t count, const V *values) {
  encode<V>(tensor.elementType, values, count, tensor.bytes.data() + start * elementBytes(tensor.elementType));
}

// Calls `function` with the start and length of every block of `tensor`.
void forBlocks(const Tensor &tensor, function_ref<void(int64_t, int64_t)> function) {
  int64_t total = tensor.numElements();
  for (int64_t start = 0; start < total; start += kBlock)
    function(start, std::min(kBlock, total - start));
}

template <typename From, typename To> To convertValue(From value, bool toF64) {
  if constexpr (std::is_same_v<From, To>) {
    return value;
  } else if constexpr (std::is_same_v<To, Complex>) {
    return Complex(convertValue<From, double>(value, toF64), 0);
  } else if constexpr (std::is_same_v<From, Complex>) {
    return convertValue<double, To>(value.real(), toF64);
  } else if constexpr (std::is_same_v<To, double>) {
    return toF64 ? double(value) : toDoubleForRounding(value);
  } else {
    return To(value); // integer to integer wraps where it is stored
  }
}

// Float to integer: truncates, saturates at the target's ends, NaN gives 0.
template <typename To> To convertFloat(double value, unsigned width) {
  constexpr bool isSigned = std::is_signed_v<To>;
  if (std::isnan(value))
    return 0;
  double limit = std::ldexp(1.0, int(isSigned ? width - 1 : width));
  double truncated = std::trunc(value);
  if (truncated >= limit)
    return To(isSigned ? llvm::maxIntN(int64_t(width)) : llvm::maxUIntN(width));
  if (truncated < (isSigned ? -limit : 0))
    return To(isSigned ? llvm::minIntN(int64_t(width)) : 0);
  return To(truncated);
}

template <typename V> auto realPart(V value) {
  if constexpr (std::is_same_v<V, Complex>)
    return value.real();
  else
    return value;
}

template <typename From, typename To> void convertBlocks(const Tensor &operand, Tensor &result) {
  Type type = result.elementType;
  bool toF64 = type.isF64() || (isa<ComplexType>(type) && cast<ComplexType>(type).getElementType().isF64());
  forBlocks(result, [&](int64_t start, int64_t count) {
    From in[kBlock];
    To out[kBlock];
    decodeBlock(operand, start, count, in);
    for (int64_t i = 0; i != count; ++i) {
      if constexpr (std::is_integral_v<To>) {
        const auto number = realPart(in[i]);
        if (type.isInteger(1))
          out[i] = To(number != 0);
        else if constexpr (std::is_floating_point_v<decltype(number)>)
          out[i] = convertFloat<To>(number, type.getIntOrFloatBitWidth());
        else
          out[i] = To(number);
      } else {
        out[i] = convertValue<From, To>(in[i], toF64);
      }
    }
    encodeBlock(result, start, count, out);
  });
}

Tensor like(const Tensor &shape, Type elementType) { return Tensor::zeros(elementType, shape.dims); }

template <typename V>
void compareBlocks(ComparisonDirection direction, const Tensor &lhs, const Tensor &rhs, Tensor &result) {
  forBlocks(result, [&](int64_t start, int64_t count) {
    V left[kBlock], right[kBlock];
    uint64_t out[kBlock];
    decodeBlock(lhs, start, count, left);
    decodeBlock(rhs, start, count, right);
    for (int64_t i = 0; i != count; ++i)
      out[i] = compareValues(direction, left[i], right[i]);
    encodeBlock(result, start, count, out);
  });
}

// The bits of a float as an integer of the same order: the larger its magnitude, the farther from zero. NaNs narrower than
// f32 lie at the ends, by their sign.
int64_t totalOrderKey(const char *bytes, FloatType type) {
  uint64_t bits = 0;
  std::memcpy(&bits, bytes, size_t(elementBytes(type)));
  if (!llvm::APFloat::semanticsHasSignedRepr(type.getFloatSemantics()))
    return int64_t(bits);
  int64_t wide = llvm::SignExtend64(bits, type.getWidth());
  double value;
  decode<double>(type, bytes, 1, &value);
  if (std::isnan(value) && type.getWidth() < 32)
    return wide < 0 ? INT64_MIN : INT64_MAX;
  return wide < 0 ? wide ^ int64_t(llvm::maskTrailingOnes<uint64_t>(type.getWidth() - 1)) : wide;
}

void compareTotally(ComparisonDirection direction, const Tensor &lhs, const Tensor &rhs, Tensor &result) {
  auto type = cast<FloatType>(lhs.elementType);
  int64_t size = elementBytes(type);
  for (int64_t i = 0, e = result.numElements(); i != e; ++i) {
    auto keyOf = [&](const Tensor &operand) {
      return totalOrderKey(operand.bytes.data() + (operand.dims.empty() ? 0 : i * size), type);
    };
    result.bytes[size_t(i)] = char(compareValues(direction, keyOf(lhs), keyOf(rhs)));
  }
}

Tensor select(const Tensor &pred, const Tensor &onTrue, const Tensor &onFalse, const Tensor &shape) {
  Tensor result = like(shape, onTrue.elementType);
  int64_t size = elementBytes(result.elementType);
  auto at = [](const Tensor &tensor, int64_t index) { return tensor.dims.empty() ? 0 : index; };
  for (int64_t i = 0, e = result.numElements(); i != e; ++i) {
    const Tensor &chosen = pred.bytes[size_t(at(pred, i))] ? onTrue : onFalse;
    std::memcpy(result.bytes.data() + i * size, chosen.bytes.data() + at(chosen, i) * size, size_t(size));
  }
  return result;
}

template <typename V> void clampBlocks(const Tensor &min, const Tensor &operand, const Tensor &max, Tensor &result) {
  forBlocks(result, [&](int64_t start, int64_t count) {
    V low[kBlock], value[kBlock], high[kBlock];
    decodeBlock(min, start, count, low);
    decodeBlock(operand, start, count, value);
    decodeBlock(max, start, count, high);
    for (int64_t i = 0; i != count; ++i)
      value[i] = minimum(maximum(value[i], low[i]), high[i]);
    encodeBlock(result, start, count, value);
  });
}

template <typename V> bool applyUnary(const UnaryFunctions<V> &function, const Tensor &operand, Tensor &result) {
  if (!function)
    return false;
  unsigned width = operand.elementType.isIntOrFloat() ? operand.elementType.getIntOrFloatBitWidth() : 0;
  forBlocks(result, [&](int64_t start, int64_t count) {
    V values[kBlock];
    decodeBlock(operand, start, count, values);
    for (int64_t i = 0; i != count; ++i)
      values[i] = function(values[i], width);
    encodeBlock(result, start, count, values);
  });
  return true;
}

template <typename V>
bool applyBinary(const BinaryFunctions<V> &function, const Tensor &lhs, const Tensor &rhs, Tensor &result) {
  if (!function)
    return false;
  unsigned width = lhs.elementType.isIntOrFloat() ? lhs.elementType.getIntOrFloatBitWidth() : 0;
  forBlocks(result, [&](int64_t start, int64_t count) {
    V left[kBlock], right[kBlock];
    decodeBlock(lhs, start, count, left);
    decodeBlock(rhs, start, count, right);
    for (int64_t i = 0; i != count; ++i)
      left[i] = function(left[i], right[i], width);
    encodeBlock(result, start, count, left);
  });
  return true;
}

// abs of complex numbers, is_finite, real, imag: the class changes.
template <typename From, typename To>
void mapBlocks(const Tensor &operand, Tensor &result, function_ref<To(From)> function) {
  forBlocks(result, [&](int64_t start, int64_t count) {
    From in[kBlock];
    To out[kBlock];
    decodeBlock(operand, start, count, in);
    for (int64_t i = 0; i != count; ++i)
      out[i] = function(in[i]);
    encodeBlock(result, start, count, out);
  });
}

void makeComplex(const Tensor &real, const Tensor &imag, Tensor &result) {
  forBlocks(result, [&](int64_t start, int64_t count) {
    double lhs[kBlock], rhs[kBlock];
    Complex out[kBlock];
    decodeBlock(real, start, count, lhs);
    decodeBlock(imag, start, count, rhs);
    for (int64_t i = 0; i != count; ++i)
      out[i] = Complex(lhs[i], rhs[i]);
    encodeBlock(result, start, count, out);
  });
}

// The bits of one float of `type`.
uint64_t reducedPrecision(uint64_t bits, FloatType type, uint64_t exponentBits, uint64_t mantissaBits) {
  unsigned mantissa = type.getFPMantissaWidth() - 1, exponent = type.getWidth() - 1 - mantissa;
  uint64_t sign = bits & uint64_t(1) << (type.getWidth() - 1), magnitude = bits ^ sign;
  uint64_t infinity = ((uint64_t(1) << exponent) - 1) << mantissa;
  if (magnitude > infinity) // NaN
    return mantissaBits > 0 ? bits : infinity;
  if (mantissaBits < mantissa) {
    unsigned dropped = mantissa - unsigned(mantissaBits);
    uint64_t half = uint64_t(1) << (dropped - 1), isOdd = magnitude >> dropped & 1;
    magnitude = (magnitude + half - 1 + isOdd) >> dropped << dropped;
  }
  if (exponentBits < exponent) {
    uint64_t bias = (uint64_t(1) << (exponent - 1)) - 1, reach = (uint64_t(1) << (exponentBits - 1)) - 1;
    uint64_t own = magnitude >> mantissa;
    magnitude = own > bias + reach ? infinity : own <= bias - reach ? 0 : magnitude;
  }
  return sign | magnitude;
}

void reducePrecision(ReducePrecisionOp op, const Tensor &operand, Tensor &result) {
  size_t size = size_t(elementBytes(operand.elementType));
  for (size_t at = 0; at != operand.bytes.size(); at += size) {
    uint64_t bits = 0;
    std::memcpy(&bits, operand.bytes.data() + at, size);
    bits = reducedPrecision(bits, cast<FloatType>(operand.elementType), op.getExponentBits(), op.getMantissaBits());
    std::memcpy(result.bytes.data() + at, &bits, size);
  }
}

unsigned bitsOf(Type elementType) {
  auto complexType = dyn_cast<ComplexType>(elementType);
  return complexType ? 2 * bitsOf(complexType.getElementType()) : elementType.getIntOrFloatBitWidth();
}

// Elements of less than a byte without the bits between them, the first in the lowest bits.
std::vector<char> packedBytes(const Tensor &tensor, unsigned bits) {
  if (bits >= 8)
    return tensor.bytes;
  std::vector<char> packed((tensor.bytes.size() * bits + 7) / 8);
  for (size_t i = 0; i != tensor.bytes.size(); ++i) {
    unsigned value = uint8_t(tensor.bytes[i]) & ((1u << bits) - 1);
    packed[i * bits / 8] = char(uint8_t(packed[i * bits / 8]) | value << (i * bits % 8));
  }
  return packed;
}

void unpackBytes(const std::vector<char> &packed, unsigned bits, Tensor &result) {
  if (bits >= 8) {
    result.bytes = packed;
    return;
  }
  if (isa<FloatType>(result.elementType)) {
    for (size_t i = 0; i != result.bytes.size(); ++i)
      result.bytes[i] = char((uint8_t(packed[i * bits / 8]) >> (i * bits % 8)) & ((1u << bits) - 1));
    return;
  }
  withValue(result.elementType, [&](auto value) {
    using V = decltype(value);
    if constexpr (std::is_integral_v<V>)
      for (size_t i = 0; i != result.bytes.size(); ++i) {
        V element = V(uint8_t(packed[i * bits / 8]) >> (i * bits % 8));
        encode<V>(result.elementType, &element, 1, result.bytes.data() + i);
      }
  });
}

} // namespace

Results evaluateBitcast(Operation *op, Operands operands, ArrayRef<int64_t> sizes) {
  Results results = emptyResults(op, sizes);
  if (!results)
    return results;
  Tensor &result = results->front();
  // Elements of six bits lie across bytes where they are packed; there are no others of their width but floats.
  if (bitsOf(result.elementType) == 6) {
    result.bytes = operands[0]->bytes;
    return results;
  }
  unpackBytes(packedBytes(*operands[0], bitsOf(operands[0]->elementType)), bitsOf(result.elementType), result);
  return results;
}

Results evaluateMap(Operation *op, Operands operands, ArrayRef<int64_t> sizes) {
  Results results = emptyResults(op, sizes);
  if (!results)
    return results;
  Tensor &result = results->front();
  for (int64_t i = 0, e = result.numElements(); i != e; ++i) {
    auto value = evaluateBody(op->getRegion(0).front(),
                              llvm::map_to_vector(operands, [&](const Tensor *operand) { return scalarAt(*operand, i); }));
    if (!value)
      return value.takeError();
    std::memcpy(result.bytes.data() + size_t(i) * value->front().bytes.size(), value->front().bytes.data(),
                value->front().bytes.size());
  }
  return results;
}

Tensor converted(const Tensor &operand, Type elementType) {
  Tensor result = like(operand, elementType);
  withValue(operand.elementType, [&](auto from) {
    withValue(elementType, [&](auto to) { convertBlocks<decltype(from), decltype(to)>(operand, result); });
  });
  return result;
}

Results evaluateElementwise(Operation *op, Operands operands) {
  // The operand whose dims the result has.
  const Tensor *shape = operands.front();
  for (const Tensor *operand : operands)
    if (!operand->dims.empty())
      shape = operand;
  Type resultType = getElementTypeOrSelf(op->getResult(0));
  std::vector<Tensor> results;
  if (auto compare = dyn_cast<CompareOp>(op)) {
    results.push_back(like(*shape, resultType));
    if (compare.getTotalOrder())
      compareTotally(compare.getDirection(), *operands[0], *operands[1], results[0]);
    else
      withValue(operands[0]->elementType, [&](auto value) {
        compareBlocks<decltype(value)>(compare.getDirection(), *operands[0], *operands[1], results[0]);
      });
    return results;
  }
  if (isa<SelectOp>(op)) {
    results.push_back(select(*operands[0], *operands[1], *operands[2], *shape));
    return results;
  }
  if (isa<ClampOp>(op)) {
    results.push_back(like(*shape, resultType));
    withValue(resultType,
              [&](auto value) { clampBlocks<decltype(value)>(*operands[0], *operands[1], *operands[2], results[0]); });
    return results;
  }
  if (isa<ConvertOp>(op)) {
    results.push_back(converted(*operands[0], resultType));
    return results;
  }
  if (auto reduce = dyn_cast<ReducePrecisionOp>(op)) {
    results.push_back(like(*shape, resultType));
    reducePrecision(reduce, *operands[0], results[0]);
    return results;
  }
  bool isComplex = isa<ComplexType>(operands[0]->elementType);
  if (isa<IsFiniteOp, RealOp, ImagOp, ComplexOp>(op) || (isa<AbsOp>(op) && isComplex)) {
    results.push_back(like(*shape, resultType));
    if (isa<ComplexOp>(op))
      makeComplex(*operands[0], *operands[1], results[0]);
    else if (isa<IsFiniteOp>(op))
      mapBlocks<double, uint64_t>(*operands[0], results[0], [](double x) { return uint64_t(std::isfinite(x)); });
    else if (isa<AbsOp>(op))
      mapBlocks<Complex, double>(*operands[0], results[0], [](Complex x) { return std::abs(x); });
    else if (isComplex)
      mapBlocks<Complex, double>(*operands[0], results[0], [&](Complex x) { return isa<RealOp>(op) ? x.real() : x.imag(); });
    else
      mapBlocks<double, double>(*operands[0], results[0], [&](double x) { return isa<RealOp>(op) ? x : 0.0; });
    return results;
  }
  results.push_back(like(*shape, resultType));
  StringRef name = op->getName().stripDialect();
  bool done = withValue(resultType, [&](auto value) {
    using V = decltype(value);
    return operands.size() == 1 ? applyUnary<V>(unaryFunction<V>(name), *operands[0], results[0])
                                : applyBinary<V>(binaryFunction<V>(name), *operands[0], *operands[1], results[0]);
  });
  if (!done)
    return llvm::createStringError(std::errc::not_supported, "'%s' has no meaning on this element type",
                                   op->getName().getStringRef().str().c_str());
  return results;
}

} // namespace ingot::reference
