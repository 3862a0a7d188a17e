#include "compiler/codegen/ElementBuilder.h"

#include "mlir/Dialect/Complex/IR/Complex.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Matchers.h"

namespace ingot {

using namespace mlir;

Value ConstantPool::get(TypedAttr value) {
  Value &slot = values[value];
  if (!slot) {
    OpBuilder builder = OpBuilder::atBlockBegin(entry);
    slot = arith::ConstantOp::create(builder, entry->getParentOp()->getLoc(), value);
  }
  return slot;
}

Value ConstantPool::index(int64_t value) {
  return get(IntegerAttr::get(IndexType::get(entry->getParentOp()->getContext()), value));
}

Value ConstantPool::real(Type type, const llvm::APFloat &value) {
  if (auto vector = dyn_cast<VectorType>(type))
    return get(DenseElementsAttr::get(vector, value));
  return get(FloatAttr::get(type, value));
}

Value ConstantPool::real(Type type, double value) {
  llvm::APFloat converted(value);
  bool lossy;
  converted.convert(cast<FloatType>(getElementTypeOrSelf(type)).getFloatSemantics(), llvm::APFloat::rmNearestTiesToEven,
                    &lossy);
  return real(type, converted);
}

Value ConstantPool::integer(Type type, const llvm::APInt &value) {
  if (auto vector = dyn_cast<VectorType>(type))
    return get(DenseElementsAttr::get(vector, value));
  return get(cast<TypedAttr>(IntegerAttr::get(type, value)));
}

Value ConstantPool::integer(Type type, int64_t value) {
  Type element = getElementTypeOrSelf(type);
  unsigned bits = isa<IndexType>(element) ? 64 : element.getIntOrFloatBitWidth();
  return integer(type, llvm::APInt(64, value, true).sextOrTrunc(bits));
}

bool hasHalfConversion(const CpuLevel &level) { return llvm::StringRef(level.features).contains("+f16c"); }

Type ElementBuilder::elementOf(Value value) { return getElementTypeOrSelf(value.getType()); }

Type ElementBuilder::withElement(Type shape, Type element) {
  if (auto vector = dyn_cast<VectorType>(shape))
    return VectorType::get(vector.getShape(), element);
  return element;
}

int64_t ElementBuilder::lanesOf(Value value) {
  auto vector = dyn_cast<VectorType>(value.getType());
  return vector ? vector.getNumElements() : 1;
}

Value ElementBuilder::realBits(Value like, uint64_t bits) {
  auto type = cast<FloatType>(elementOf(like));
  return pool.real(like.getType(), llvm::APFloat(type.getFloatSemantics(), llvm::APInt(type.getWidth(), bits)));
}

Value ElementBuilder::splat(Value scalar, int64_t width) {
  if (width == 1)
    return scalar;
  Attribute constant;
  if (matchPattern(scalar, m_Constant(&constant)))
    return pool.get(DenseElementsAttr::get(VectorType::get({width}, scalar.getType()), constant));
  return vector::BroadcastOp::create(builder, loc, VectorType::get({width}, scalar.getType()), scalar);
}

// clang-format off
Value ElementBuilder::add(Value a, Value b) { return arith::AddFOp::create(builder, loc, a, b); }
Value ElementBuilder::sub(Value a, Value b) { return arith::SubFOp::create(builder, loc, a, b); }
Value ElementBuilder::mul(Value a, Value b) { return arith::MulFOp::create(builder, loc, a, b); }
Value ElementBuilder::div(Value a, Value b) { return arith::DivFOp::create(builder, loc, a, b); }
Value ElementBuilder::neg(Value a) { return arith::NegFOp::create(builder, loc, a); }
Value ElementBuilder::abs(Value a) { return math::AbsFOp::create(builder, loc, a); }
Value ElementBuilder::sqrt(Value a) { return math::SqrtOp::create(builder, loc, a); }
Value ElementBuilder::floor(Value a) { return math::FloorOp::create(builder, loc, a); }
Value ElementBuilder::trunc(Value a) { return math::TruncOp::create(builder, loc, a); }
Value ElementBuilder::roundEven(Value a) { return math::RoundEvenOp::create(builder, loc, a); }
Value ElementBuilder::copySign(Value magnitude, Value sign) { return math::CopySignOp::create(builder, loc, magnitude, sign); }
Value ElementBuilder::cmp(FloatPredicate p, Value a, Value b) { return arith::CmpFOp::create(builder, loc, p, a, b); }
Value ElementBuilder::addi(Value a, Value b) { return arith::AddIOp::create(builder, loc, a, b); }
Value ElementBuilder::subi(Value a, Value b) { return arith::SubIOp::create(builder, loc, a, b); }
Value ElementBuilder::muli(Value a, Value b) { return arith::MulIOp::create(builder, loc, a, b); }
Value ElementBuilder::andi(Value a, Value b) { return arith::AndIOp::create(builder, loc, a, b); }
Value ElementBuilder::ori(Value a, Value b) { return arith::OrIOp::create(builder, loc, a, b); }
Value ElementBuilder::xori(Value a, Value b) { return arith::XOrIOp::create(builder, loc, a, b); }
Value ElementBuilder::shl(Value a, Value b) { return arith::ShLIOp::create(builder, loc, a, b); }
Value ElementBuilder::shru(Value a, Value b) { return arith::ShRUIOp::create(builder, loc, a, b); }
Value ElementBuilder::shrs(Value a, Value b) { return arith::ShRSIOp::create(builder, loc, a, b); }
Value ElementBuilder::cmp(IntPredicate p, Value a, Value b) { return arith::CmpIOp::create(builder, loc, p, a, b); }
// clang-format on

Value ElementBuilder::fma(Value a, Value b, Value c) {
  if (hasFma)
    return math::FmaOp::create(builder, loc, a, b, c);
  return add(mul(a, b), c);
}

Value ElementBuilder::select(Value condition, Value a, Value b) {
  if (a == b)
    return a;
  return arith::SelectOp::create(builder, loc, condition, a, b);
}

Value ElementBuilder::bitcast(Value a, Type element) {
  if (elementOf(a) == element)
    return a;
  return arith::BitcastOp::create(builder, loc, withElement(a.getType(), element), a);
}

template <typename Op> static Value cast(ElementBuilder &e, Value a, Type element) {
  if (ElementBuilder::elementOf(a) == element)
    return a;
  return Op::create(e.builder, e.loc, ElementBuilder::withElement(a.getType(), element), a);
}

Value ElementBuilder::extf(Value a, Type element) { return ingot::cast<arith::ExtFOp>(*this, a, element); }
Value ElementBuilder::truncf(Value a, Type element) { return ingot::cast<arith::TruncFOp>(*this, a, element); }
Value ElementBuilder::extsi(Value a, Type element) { return ingot::cast<arith::ExtSIOp>(*this, a, element); }
Value ElementBuilder::extui(Value a, Type element) { return ingot::cast<arith::ExtUIOp>(*this, a, element); }
Value ElementBuilder::trunci(Value a, Type element) { return ingot::cast<arith::TruncIOp>(*this, a, element); }
Value ElementBuilder::sitofp(Value a, Type element) { return ingot::cast<arith::SIToFPOp>(*this, a, element); }
Value ElementBuilder::uitofp(Value a, Type element) { return ingot::cast<arith::UIToFPOp>(*this, a, element); }
Value ElementBuilder::fptosi(Value a, Type element) { return ingot::cast<arith::FPToSIOp>(*this, a, element); }

Value ElementBuilder::complexOf(Value re, Value im) {
  return complex::CreateOp::create(builder, loc, ComplexType::get(re.getType()), re, im);
}
Value ElementBuilder::realPart(Value a) { return complex::ReOp::create(builder, loc, a); }
Value ElementBuilder::imaginaryPart(Value a) { return complex::ImOp::create(builder, loc, a); }

} // namespace ingot
