// Complex numbers, with which ONNX does not compute: two terms, the parts. Transforms are DFT's, whose last dim has the parts.
#include "frontends/common/ElementBytes.h"
#include "frontends/onnx/export/Exporter.h"
#include "frontends/onnx/export/ops/Steps.h"

#include "llvm/ADT/STLExtras.h"

#include <complex>
#include <limits>

using namespace mlir;

namespace ingot::onnx {
namespace {

bool isComplex(Value value) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  return type && isa<ComplexType>(type.getElementType());
}

// The row's term where each complex operand stands for one of its parts.
std::pair<Term, bool> ofParts(Exporter &e, Operation *op, ArrayRef<bool> imaginary) {
  for (auto [operand, isImaginary] : llvm::zip(op->getOperands(), imaginary))
    if (isComplex(operand)) {
      const Exporter::Parts &parts = e.parts(operand);
      e.bind(operand, isImaginary ? parts.imaginary : parts.real, parts.narrow);
    }
  e.write(op, *findRow(op->getName().stripDialect()));
  return {e.spread(op->getResult(0)), e.isNarrow(op->getResult(0))};
}

void eachPart(Exporter &e, Operation *op) {
  SmallVector<bool> which(op->getNumOperands(), false);
  auto [real, narrow] = ofParts(e, op, which);
  which.assign(op->getNumOperands(), true);
  auto [imaginary, alike] = ofParts(e, op, which);
  e.bindParts(op->getResult(0), {real, imaginary, narrow && alike});
}

void reduceParts(Exporter &e, Operation *op) {
  auto source = cast<ReduceOp>(op);
  if (source.getInputs().size() != 1 || monoidOf(source.getBody().front()).kind != Monoid::Kind::Add)
    return e.refuse(op, "of complex numbers by such a body has no counterpart in ONNX");
  eachPart(e, op);
}

// A product of two, whatever multiplies parts.
void product(Exporter &e, Operation *op) {
  auto [rr, narrow] = ofParts(e, op, {false, false});
  Term ii = ofParts(e, op, {true, true}).first, ri = ofParts(e, op, {false, true}).first,
       ir = ofParts(e, op, {true, false}).first;
  e.bindParts(op->getResult(0), {e.sub(rr, ii), e.add(ri, ir), narrow});
}

void constant(Exporter &e, Operation *op) {
  auto elements = cast<DenseElementsAttr>(cast<ConstantOp>(op).getValue());
  auto type = typeOf(op->getResult(0));
  Type part = cast<ComplexType>(type.getElementType()).getElementType();
  const bool narrow = elements.isSplat() && elements.getNumElements() != 0;
  SmallVector<APFloat> parts[2];
  for (const std::complex<APFloat> &each : elements.getValues<std::complex<APFloat>>()) {
    parts[0].push_back(each.real());
    parts[1].push_back(each.imag());
    if (narrow)
      break;
  }
  auto of = [&](const SmallVector<APFloat> &numbers) {
    auto held = narrow ? RankedTensorType::get({}, part) : RankedTensorType::get(type.getShape(), part);
    return e.constant(held, frontend::bytesOf(DenseElementsAttr::get(held, numbers)));
  };
  e.bindParts(op->getResult(0), {of(parts[0]), of(parts[1]), e.isLifted() || (narrow && type.getRank() != 0)});
}

void complexOf(Exporter &e, Operation *op) {
  e.bindParts(op->getResult(0), {e.spread(op->getOperand(0)), e.spread(op->getOperand(1)), e.givesNarrow(op)});
}
void real(Exporter &e, Operation *op) {
  const Exporter::Parts &parts = e.parts(op->getOperand(0));
  e.bind(op->getResult(0), parts.real, parts.narrow);
}
void imag(Exporter &e, Operation *op) {
  const Exporter::Parts &parts = e.parts(op->getOperand(0));
  e.bind(op->getResult(0), parts.imaginary, parts.narrow);
}

// The larger part times a root of at most 2, which does not overflow.
void abs(Exporter &e, Operation *op) {
  Exporter::Parts x = e.parts(op->getOperand(0));
  const int32_t type = x.real.type;
  Term re = e.node("Abs", {x.real}, type), im = e.node("Abs", {x.imaginary}, type);
  Term larger = e.node("Max", {re, im}, type), lesser = e.node("Min", {re, im}, type);
  Term infinity = e.number(type, std::numeric_limits<double>::infinity());
  Term isEnd = e.test("Or", e.test("Equal", larger, e.number(type, 0)), e.test("Equal", larger, infinity));
  Term ratio = e.div(lesser, larger);
  Term root = e.node("Sqrt", {e.add(e.mul(ratio, ratio), e.number(type, 1))}, type);
  e.bind(op->getResult(0), e.where(isEnd, larger, e.mul(larger, root)), x.narrow);
}

void exponential(Exporter &e, Operation *op) {
  Exporter::Parts x = e.parts(op->getOperand(0));
  const int32_t type = x.real.type;
  Term size = e.node("Exp", {x.real}, type);
  e.bindParts(op->getResult(0),
              {e.mul(size, e.node("Cos", {x.imaginary}, type)), e.mul(size, e.node("Sin", {x.imaginary}, type)), x.narrow});
}

// By the larger part of the divisor, after Smith.
void divide(Exporter &e, Operation *op) {
  Exporter::Parts a = e.parts(op->getOperand(0)), b = e.parts(op->getOperand(1));
  const int32_t type = a.real.type;
  Term byReal = e.test("GreaterOrEqual", e.node("Abs", {b.real}, type), e.node("Abs", {b.imaginary}, type));
  Term large = e.where(byReal, b.real, b.imaginary), small = e.where(byReal, b.imaginary, b.real);
  Term ratio = e.div(small, large), whole = e.add(large, e.mul(small, ratio));
  Term first = e.where(byReal, a.real, a.imaginary), second = e.where(byReal, a.imaginary, a.real);
  Term made = e.div(e.add(first, e.mul(second, ratio)), whole), other = e.div(e.sub(second, e.mul(first, ratio)), whole);
  e.bindParts(op->getResult(0), {made, e.where(byReal, other, e.negate(other)), a.narrow && b.narrow});
}

void compare(Exporter &e, Operation *op) {
  const bool isEqual = cast<CompareOp>(op).getDirection() == ComparisonDirection::EQ;
  auto [re, narrow] = ofParts(e, op, {false, false});
  Term im = ofParts(e, op, {true, true}).first;
  e.bind(op->getResult(0), e.test(isEqual ? "And" : "Or", re, im), narrow);
}

void convert(Exporter &e, Operation *op) {
  const int32_t type = e.typeNumber(e.partOf(typeOf(op->getResult(0)).getElementType()));
  if (!isComplex(op->getResult(0)))
    return e.bind(op->getResult(0), e.cast(e.parts(op->getOperand(0)).real, type), e.parts(op->getOperand(0)).narrow);
  if (!isComplex(op->getOperand(0)))
    return e.bindParts(op->getResult(0), {e.cast(e.spread(op->getOperand(0)), type), e.number(type, 0), e.givesNarrow(op)});
  Exporter::Parts x = e.parts(op->getOperand(0));
  e.bindParts(op->getResult(0), {e.cast(x.real, type), e.cast(x.imaginary, type), x.narrow});
}

//===--- transforms ----------------------------------------------------------------------------------------------------===//

Term dft(Exporter &e, Term x, int64_t axis, bool inverse, bool oneSided) {
  Attrs attrs = {{"inverse", int64_t(inverse)}, {"onesided", int64_t(oneSided)}};
  Terms inputs = {x};
  if (e.opset < 20)
    attrs.push_back({"axis", axis});
  else
    inputs.append({Term(), e.integer(TensorProto::INT64, axis)});
  return e.node("DFT", inputs, x.type, attrs);
}

void fft(Exporter &e, Operation *op) {
  auto source = cast<FftOp>(op);
  Value operand = source.getOperand();
  auto type = typeOf(operand), resultType = typeOf(op->getResult(0));
  const int64_t rank = type.getRank(), count = static_cast<int64_t>(source.getFftLength().size());
  if (llvm::is_contained(source.getFftLength(), 0))
    return e.refuse(op, "of no elements has no counterpart in ONNX");
  const bool fromReal = source.getFftType() == FftType::RFFT, toReal = source.getFftType() == FftType::IRFFT;
  const bool inverse = toReal || source.getFftType() == FftType::IFFT;
  // [1, dims ..., parts]: an axis of the operand is one further.
  auto joined = [&](Term re, Term im) {
    return e.node("Concat", {e.unsqueeze(re, {0, rank + 1}), e.unsqueeze(im, {0, rank + 1})}, re.type, {{"axis", rank + 1}});
  };
  auto partOf = [&](Term x, int64_t which) {
    return e.node("Gather", {x, e.integer(TensorProto::INT64, which)}, x.type, {{"axis", rank + 1}});
  };
  // In f64: of f32 runtimes lose more than a transform needs to.
  Term x = fromReal ? e.unsqueeze(e.term(operand), {0, rank + 1})
                    : joined(e.wholePart(operand, false), e.wholePart(operand, true));
  const int32_t given = x.type;
  x = e.cast(x, TensorProto::DOUBLE);
  if (fromReal)
    x = dft(e, x, rank, false, true);
  for (int64_t axis = rank - count + 1; axis <= rank; ++axis) {
    if (axis == rank && (fromReal || toReal))
      continue;
    x = dft(e, x, axis, inverse, false);
  }
  if (toReal) {
    // The places behind the middle are conjugates of those before it.
    const int64_t n = source.getFftLength().back(), half = n / 2 + 1;
    Term re = partOf(x, 0), im = partOf(x, 1);
    auto mirrored = [&](Term part) { return e.slice(part, e.integers({n - half}), e.integers({0}), {rank}, {-1}); };
    auto full = [&](Term part, Term rest) { return e.node("Concat", {part, rest}, part.type, {{"axis", rank}}); };
    if (n > half) {
      Term reRest = mirrored(re), imRest = e.negate(mirrored(im));
      re = full(re, reRest);
      im = full(im, imRest);
    }
    // Imaginary parts at the ends are not read.
    SmallVector<int64_t> ends = {0};
    if (n % 2 == 0)
      ends.push_back(n / 2);
    std::vector<float> kept(n, 1);
    for (int64_t end : ends)
      kept[end] = 0;
    auto maskType = RankedTensorType::get({n}, Float32Type::get(op->getContext()));
    Term mask = e.constant(maskType, {reinterpret_cast<const char *>(kept.data()), kept.size() * sizeof(float)});
    im = e.mul(im, e.cast(mask, im.type));
    x = e.node("Concat", {e.unsqueeze(re, {rank + 1}), e.unsqueeze(im, {rank + 1})}, re.type, {{"axis", rank + 1}});
    Term made = partOf(dft(e, x, rank, true, false), 0);
    return e.bind(op->getResult(0), e.reshape(e.cast(made, given), dimExprs(resultType)));
  }
  auto result = [&](int64_t which) { return e.reshape(e.cast(partOf(x, which), given), dimExprs(resultType)); };
  e.bindParts(op->getResult(0), {result(0), result(1), false});
}

struct ComplexRow {
  const char *name;
  ExportOp function;
};
constexpr ComplexRow rows[] = {
    {"abs", abs},
    {"add", eachPart},
    {"broadcast_in_dim", eachPart},
    {"compare", compare},
    {"complex", complexOf},
    {"concatenate", eachPart},
    {"constant", constant},
    {"convert", convert},
    {"copy", eachPart},
    {"divide", divide},
    {"dot_general", product},
    {"dynamic_slice", eachPart},
    {"dynamic_update_slice", eachPart},
    {"exponential", exponential},
    {"fft", fft},
    {"gather", eachPart},
    {"imag", imag},
    {"multiply", product},
    {"negate", eachPart},
    {"pad", eachPart},
    {"real", real},
    {"reduce", reduceParts},
    {"reshape", eachPart},
    {"reverse", eachPart},
    {"select", eachPart},
    {"slice", eachPart},
    {"subtract", eachPart},
    {"transpose", eachPart},
};

} // namespace

ExportOp findComplexRow(llvm::StringRef name) {
  for (const ComplexRow &row : rows)
    if (name == row.name)
      return row.function;
  return nullptr;
}

} // namespace ingot::onnx
