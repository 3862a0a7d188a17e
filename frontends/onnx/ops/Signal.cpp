// Fourier transforms, windows, and the mel scale.
#include "frontends/onnx/OpTable.h"

#include <cmath>
#include <numbers>

using namespace mlir;

namespace ingot::onnx {
namespace {

constexpr int64_t kMaxLength = 1 << 23; // of a transform or a window; elements of a matrix of bands

std::optional<int64_t> decidingInt(NodeContext &n, size_t index, llvm::StringRef what) {
  std::optional<SmallVector<int64_t>> given = n.decidingInts(index, what);
  if (given && given->size() == 1)
    return given->front();
  if (given)
    (void)n.error("operand " + llvm::Twine(index) + " must be one number");
  return std::nullopt;
}

Type computeType(ValueBuilder &b, Type type) { return type.isF64() ? type : Type(b.getF32Type()); }

// Of a tensor whose last dim holds the parts of numbers, without that dim.
Value partOf(ValueBuilder &b, Value x, int64_t part) {
  Dims dims = ValueBuilder::dimsOf(x);
  dims.pop_back();
  return b.reshape(b.slice(x, ValueBuilder::rankOf(x) - 1, part, 1), dims);
}
// Real numbers as they are where they are transformed as such, else complex ones.
Value numbersOf(ValueBuilder &b, Value x, int64_t parts, bool asReal) {
  Value re = partOf(b, x, 0);
  return asReal ? re : Value(ComplexOp::create(b, re, parts == 2 ? partOf(b, x, 1) : b.like(re, 0)));
}
// The other way: with a last dim for the parts of complex numbers, or for the one of real ones.
Value partsOf(ValueBuilder &b, Value numbers) {
  Dims dims = ValueBuilder::dimsOf(numbers);
  dims.push_back(b.number(1));
  if (!isa<ComplexType>(ValueBuilder::elementOf(numbers)))
    return b.reshape(numbers, dims);
  Value re = b.reshape(RealOp::create(b, numbers), dims), im = b.reshape(ImagOp::create(b, numbers), dims);
  return b.concat({re, im}, static_cast<int64_t>(dims.size()) - 1);
}

Value alongLast(ValueBuilder &b, Value numbers, FftType kind, int64_t length) {
  Dims dims = ValueBuilder::dimsOf(numbers);
  Type element = ValueBuilder::elementOf(numbers);
  if (kind == FftType::RFFT) {
    dims.back() = b.number(length / 2 + 1);
    element = ComplexType::get(element);
  } else if (kind == FftType::IRFFT) {
    dims.back() = b.number(length);
    element = cast<ComplexType>(element).getElementType();
  }
  return FftOp::create(b, makeTensorType(dims, element), numbers, kind, length);
}

// Along the last dim: of real numbers the first half, or, where `whole`, all, of which the second half are the first's
// conjugates.
Value transformReal(ValueBuilder &b, Value numbers, int64_t length, bool whole) {
  Value half = alongLast(b, numbers, FftType::RFFT, length);
  const int64_t bins = length / 2 + 1, last = ValueBuilder::rankOf(half) - 1;
  if (!whole || length == bins)
    return half;
  Value mirrored = b.reverse(b.slice(half, last, 1, length - bins), last);
  Value im = b.unary<NegateOp>(ImagOp::create(b, mirrored));
  return b.concat({half, ComplexOp::create(b, RealOp::create(b, mirrored), im)}, last);
}

// Along one axis of numbers whose last dim holds their real and imaginary parts, or the former alone.
LogicalResult dft(NodeContext &n) {
  if (failed(n.needInputs(1, n.opset < 20 ? 2 : 3)))
    return failure();
  ValueBuilder &b = n.b;
  const bool inverse = n.intAttr("inverse", 0) != 0, oneSided = n.intAttr("onesided", 0) != 0;
  const int64_t rank = n.rank(0), parts = rank ? staticDim(n.dims(0).back()) : 0;
  int64_t given = n.opset < 20 ? n.intAttr("axis", 1) : -2;
  if (n.opset >= 20 && n.has(2)) {
    std::optional<int64_t> stated = decidingInt(n, 2, "the axis");
    if (!stated)
      return failure();
    given = *stated;
  }
  std::optional<int64_t> axis = n.axis(given, rank);
  if (!axis)
    return failure();
  if (rank < 2 || *axis == rank - 1 || (parts != 1 && parts != 2) || (oneSided && parts != (inverse ? 2 : 1)) ||
      !isa<FloatType>(n.element(0)))
    return n.error("axis " + llvm::Twine(given) + " of " + n.show(n.type(0)) + " cannot be transformed" +
                   (oneSided ? " to or from one side" : ""));
  const bool back = inverse && oneSided; // to real numbers
  const int64_t size = staticDim(n.dims(0)[*axis]);
  int64_t length = back ? 2 * (size - 1) : size;
  if (n.has(1)) {
    std::optional<int64_t> stated = decidingInt(n, 1, "the length");
    if (!stated)
      return failure();
    length = *stated;
  }
  if (size < 0 || length < 1 || length > kMaxLength)
    return n.error("a length of " + llvm::Twine(length) + " for " + n.show(n.type(0)) + " is not supported");
  const int64_t taken = back ? length / 2 + 1 : length;
  Value x = b.convert(n.value(0), computeType(b, n.element(0)));
  SmallVector<int64_t> none(rank, 0), high(rank, 0);
  high[*axis] = taken - size; // cut, or filled with zeros
  x = b.pad(x, b.scalar(ValueBuilder::elementOf(x), 0), none, high);
  SmallVector<int64_t> exchange = llvm::to_vector(llvm::seq(rank - 1));
  std::swap(exchange[*axis], exchange.back());
  const bool isReal = !inverse && parts == 1;
  Value numbers = b.transpose(numbersOf(b, x, parts, isReal), exchange);
  FftType kind = back ? FftType::IRFFT : inverse ? FftType::IFFT : FftType::FFT;
  Value made = isReal ? transformReal(b, numbers, length, !oneSided) : alongLast(b, numbers, kind, length);
  n.result(0, b.convert(partsOf(b, b.transpose(made, exchange)), n.element(0)));
  return success();
}

// The transforms of windows of a signal, which are read where they lie.
LogicalResult stft(NodeContext &n) {
  if (failed(n.needInputs(2, 4)))
    return failure();
  ValueBuilder &b = n.b;
  const int64_t rank = n.rank(0), parts = rank == 3 ? staticDim(n.dims(0)[2]) : 1;
  const bool oneSided = n.intAttr("onesided", 1) != 0;
  std::optional<int64_t> step = decidingInt(n, 1, "the step");
  if (!step)
    return failure();
  int64_t length = rank > 1 ? staticDim(n.dims(0)[1]) : -1;
  if (n.has(2))
    length = n.rank(2) == 1 ? staticDim(n.dims(2)[0]) : -1;
  if (n.has(3)) {
    std::optional<int64_t> stated = decidingInt(n, 3, "the frame's length");
    if (!stated)
      return failure();
    if (n.has(2) && *stated != length)
      return n.error("the window " + n.show(n.type(2)) + " does not have the length " + llvm::Twine(*stated));
    length = *stated;
  }
  if (rank < 2 || rank > 3 || (parts != 1 && parts != 2) || (oneSided && parts != 1) || !isa<FloatType>(n.element(0)) ||
      *step < 1 || *step > (1 << 20))
    return n.error("a step of " + llvm::Twine(*step) + " over " + n.show(n.type(0)) + " is not supported");
  if (length < 1 || length > kMaxLength)
    return n.error("frames of length " + llvm::Twine(length) + " are not supported");
  if (int64_t size = staticDim(n.dims(0)[1]); size >= 0 && size < length)
    return n.error("a frame of " + llvm::Twine(length) + " is longer than the signal " + n.show(n.type(0)));
  Type type = computeType(b, n.element(0)), placeType = b.getI64Type();
  Dims dims = n.dims(0);
  Value signal = b.reshape(b.convert(n.value(0), type), {dims[0], dims[1], b.number(parts)});
  Dims frames = {windowCount(dims[1], 0, 0, length, *step), b.number(length)};
  Value places = b.add(b.mul(b.iota(frames, placeType, 0), b.broadcast(b.integer(placeType, *step), frames)),
                       b.iota(frames, placeType, 1));
  Value framed = b.take(signal, places, 1); // [batch, frames, length, parts]
  if (n.has(2))
    framed = b.mul(framed, b.broadcast(b.convert(n.value(2), type), ValueBuilder::dimsOf(framed), int64_t(2)));
  Value numbers = numbersOf(b, framed, parts, parts == 1);
  Value made = parts == 1 ? transformReal(b, numbers, length, !oneSided) : alongLast(b, numbers, FftType::FFT, length);
  n.result(0, b.convert(partsOf(b, made), n.element(0)));
  return success();
}

// Sums of cosines over `size` places: a0 - a1 cos + a2 cos of twice the angle.
struct Cosines {
  double a0, a1, a2;
};
constexpr Cosines hann = {0.5, 0.5, 0}, hamming = {25.0 / 46, 21.0 / 46, 0}, blackman = {0.42, 0.5, 0.08};

template <const Cosines &shape> LogicalResult window(NodeContext &n) {
  if (failed(n.needInputs(1, 1)))
    return failure();
  std::optional<int64_t> size = decidingInt(n, 0, "the length");
  if (!size)
    return failure();
  Type type = elementTypeOf(n.b.getContext(), static_cast<int32_t>(n.intAttr("output_datatype", TensorProto::FLOAT)));
  if (*size < 0 || *size > kMaxLength || !type || type.isInteger(1) || isa<ComplexType>(type))
    return n.error("a window of length " + llvm::Twine(*size) + " or of this element type is not supported");
  const int64_t period = n.intAttr("periodic", 1) ? *size : *size - 1;
  std::vector<double> elements;
  for (int64_t i = 0; i != *size; ++i) {
    double angle = period ? 2 * std::numbers::pi * static_cast<double>(i) / static_cast<double>(period) : std::numbers::pi;
    elements.push_back(shape.a0 - shape.a1 * std::cos(angle) + shape.a2 * std::cos(2 * angle));
  }
  n.result(0, n.constant("window", makeTensorType(ArrayRef<int64_t>(*size), type), elements));
  return success();
}

// Triangles over the bins of a spectrum whose corners are equally far apart on the mel scale.
LogicalResult melWeightMatrix(NodeContext &n) {
  if (failed(n.needInputs(5, 5)))
    return failure();
  std::optional<int64_t> triangles = decidingInt(n, 0, "the number of bands"), length = decidingInt(n, 1, "the length"),
                         rate = decidingInt(n, 2, "the sample rate");
  double edges[2];
  for (size_t i = 0; i != 2; ++i) {
    const SymbolicTensor *edge = n.deciding(3 + i);
    std::optional<double> hertz = edge && edge->size() == 1 ? edge->number(0) : std::nullopt;
    if (!hertz)
      return n.error("operand '" + n.node.input(3 + i) + "' decides the bands, so it must be a constant" +
                     n.decidedBy(3 + i));
    edges[i] = 2595 * std::log10(1 + *hertz / 700);
  }
  if (!triangles || !length || !rate)
    return failure();
  Type type = elementTypeOf(n.b.getContext(), static_cast<int32_t>(n.intAttr("output_datatype", TensorProto::FLOAT)));
  if (*triangles < 1 || *length < 1 || *rate < 1 || *triangles > 65536 || *length > (1 << 24) || !type ||
      type.isInteger(1) || isa<ComplexType>(type) || *triangles * (*length / 2 + 1) > kMaxLength)
    return n.error("bands, length, sample rate or element type are not supported");
  const int64_t bins = *length / 2 + 1;
  SmallVector<int64_t> corners;
  for (int64_t i = 0; i != *triangles + 2; ++i) {
    double mel = edges[0] + static_cast<double>(i) * (edges[1] - edges[0]) / static_cast<double>(*triangles + 2);
    double bin =
        std::floor(static_cast<double>(*length + 1) * 700 * (std::pow(10.0, mel / 2595) - 1) / static_cast<double>(*rate));
    if (!(bin >= 0 && bin < static_cast<double>(bins)))
      return n.error("a band reaches beyond half the sample rate");
    corners.push_back(static_cast<int64_t>(bin));
  }
  std::vector<double> elements(bins * *triangles, 0);
  for (int64_t i = 0; i != *triangles; ++i) {
    auto at = [&](int64_t bin) -> double & { return elements[bin * *triangles + i]; };
    const int64_t low = corners[i], centre = corners[i + 1], high = corners[i + 2];
    if (low == centre)
      at(centre) = 1;
    for (int64_t bin = low; low < centre && bin <= centre; ++bin)
      at(bin) = static_cast<double>(bin - low) / static_cast<double>(centre - low);
    for (int64_t bin = centre; bin < high; ++bin)
      at(bin) = static_cast<double>(high - bin) / static_cast<double>(high - centre);
  }
  n.result(0, n.constant("bands", makeTensorType({bins, *triangles}, type), elements));
  return success();
}

constexpr OpRow rows[] = {
    {"BlackmanWindow", 17, kNewestOpset, window<blackman>}, {"DFT", 17, kNewestOpset, dft},
    {"HammingWindow", 17, kNewestOpset, window<hamming>},   {"HannWindow", 17, kNewestOpset, window<hann>},
    {"MelWeightMatrix", 17, kNewestOpset, melWeightMatrix}, {"STFT", 17, kNewestOpset, stft},
};

} // namespace

llvm::ArrayRef<OpRow> signalOps() { return rows; }

} // namespace ingot::onnx
