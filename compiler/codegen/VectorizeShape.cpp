// Constants, indices as elements, and reshapes of what lies in row-major order.
#include "compiler/codegen/RegionAnalysis.h"
#include "compiler/codegen/RegionEvaluator.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace ingot {

using namespace mlir;

//===--- Constants ---===//

// The bytes of constants as a global of the module: complex elements as pairs of floats.
Value RegionEvaluator::constantBuffer(ConstantOp op) {
  Value &buffer = state.constantBuffers[op];
  if (buffer && isVisible(buffer, builder))
    return buffer;
  auto value = cast<DenseElementsAttr>(op.getValue());
  Type element = value.getElementType();
  SmallVector<Attribute> elements;
  Type stored = storageType(element);
  if (auto complex = dyn_cast<ComplexType>(element)) {
    stored = complex.getElementType();
    for (std::complex<llvm::APFloat> z : value.getValues<std::complex<llvm::APFloat>>()) {
      elements.push_back(FloatAttr::get(stored, z.real()));
      elements.push_back(FloatAttr::get(stored, z.imag()));
    }
  } else if (auto integer = dyn_cast<IntegerType>(element)) {
    bool isUnsigned = integer.isUnsigned() || integer.getWidth() == 1;
    for (llvm::APInt x : value.getValues<llvm::APInt>()) {
      unsigned bits = stored.getIntOrFloatBitWidth();
      elements.push_back(IntegerAttr::get(stored, isUnsigned ? x.zextOrTrunc(bits) : x.sextOrTrunc(bits)));
    }
  } else {
    for (llvm::APFloat x : value.getValues<llvm::APFloat>())
      elements.push_back(isa<IntegerType>(stored) ? Attribute(IntegerAttr::get(stored, x.bitcastToAPInt()))
                                                  : Attribute(FloatAttr::get(stored, x)));
  }
  auto dense = DenseElementsAttr::get(RankedTensorType::get({int64_t(elements.size())}, stored), elements);
  auto type = MemRefType::get({int64_t(elements.size())}, stored);

  auto module = const_cast<KernelFunction &>(state.function).function->getParentOfType<ModuleOp>();
  std::string name;
  for (unsigned i = 0; name.empty() || SymbolTable::lookupSymbolIn(module, name); ++i)
    name = "constant_" + std::to_string(i);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(module.getBody());
  memref::GlobalOp::create(builder, loc, name, builder.getStringAttr("private"), type, dense, true, IntegerAttr());
  builder.setInsertionPointToStart(&const_cast<KernelFunction &>(state.function).function.getBody().front());
  buffer = memref::GetGlobalOp::create(builder, loc, type, name);
  return buffer;
}

Value RegionEvaluator::constantAt(ConstantOp op, LaneIndex position, Value mask) {
  auto type = cast<RankedTensorType>(op.getOutput().getType());
  auto value = cast<DenseElementsAttr>(op.getValue());
  Type element = type.getElementType(), computed = computeType(element);
  Type shaped = valueType(element);
  ConstantPool &pool = state.indices.constants;
  // A position known now selects its element now.
  std::optional<int64_t> known;
  if (value.isSplat())
    known = 0;
  else if (IndexBuilder::isUniform(position))
    known = IndexBuilder::constantOf(position.base);
  if (known && *known < value.getNumElements()) {
    int64_t at = value.isSplat() ? 0 : *known;
    if (auto complex = dyn_cast<ComplexType>(element)) {
      std::complex<llvm::APFloat> z = value.getValues<std::complex<llvm::APFloat>>()[at];
      return this->element.complexOf(pool.real(complex.getElementType(), z.real()),
                                     pool.real(complex.getElementType(), z.imag()));
    }
    if (isa<IntegerType>(element))
      return pool.integer(shaped, value.getValues<llvm::APInt>()[at]);
    llvm::APFloat x = value.getValues<llvm::APFloat>()[at];
    bool lossy;
    const llvm::fltSemantics &semantics = cast<FloatType>(computed).getFloatSemantics();
    if (x.isNaN()) // of a format without significand LLVM 22 makes it an infinity
      x = llvm::APFloat::getNaN(semantics);
    else
      x.convert(semantics, llvm::APFloat::rmNearestTiesToEven, &lossy);
    return pool.real(shaped, x);
  }
  Value buffer = constantBuffer(op);
  if (auto complex = dyn_cast<ComplexType>(element)) {
    LaneIndex first = index.mul(position, 2);
    return this->element.complexOf(load(buffer, complex.getElementType(), first, mask),
                                   load(buffer, complex.getElementType(), index.add(first, 1), mask));
  }
  return load(buffer, element, position, mask);
}

// An index as an element value.
static Value indexToElement(ElementBuilder &e, Value index, Type elementType) {
  Type computed = computeType(elementType);
  if (auto complex = dyn_cast<ComplexType>(computed)) {
    Value re = indexToElement(e, index, complex.getElementType());
    return e.complexOf(re, e.real(re, 0.0));
  }
  Type i64 = e.builder.getI64Type();
  Value integer = arith::IndexCastOp::create(e.builder, e.loc, ElementBuilder::withElement(index.getType(), i64), index);
  Type source = IntegerType::get(e.builder.getContext(), 64);
  if (auto target = dyn_cast<IntegerType>(computed))
    return target.getWidth() < 64 ? e.trunci(integer, target) : integer;
  return e.convert(integer, source, elementType);
}

Value RegionEvaluator::iota(IotaOp op, Indices indices) {
  const LaneIndex &along = indices[op.getIotaDimension()];
  Type elementType = cast<RankedTensorType>(op.getOutput().getType()).getElementType();
  if (IndexBuilder::isUniform(along))
    return element.splat(indexToElement(element, along.base, elementType), width);
  return indexToElement(element, index.vectorOf(along), elementType);
}

Value RegionEvaluator::sizeOf(SizeOfOp op) {
  Value value = index.expr(op.getValue().getResult(0), state.function.sizes);
  Type elementType = cast<RankedTensorType>(op.getOutput().getType()).getElementType();
  return element.splat(indexToElement(element, value, elementType), width);
}

//===--- Reshapes ---===//

Value RegionEvaluator::reshape(ReshapeOp op, Indices indices, Value mask) {
  if (isLinear(op.getOperand()) && !dependsOnProvider(op.getOperand()))
    return evaluateLinear(op.getOperand(), index.linearize(indices, dims(op.getType())), mask);
  return moved(op, indices, mask);
}

// An element by its row-major position, for tensors that isLinear: the position needs no division.
Value RegionEvaluator::evaluateLinear(Value tensor, LaneIndex position, Value mask) {
  auto type = cast<RankedTensorType>(tensor.getType());
  if (type.getRank() == 0) // beside tensors, as a predicate
    return evaluate(tensor, {}, mask);
  if (auto argument = dyn_cast<BlockArgument>(tensor)) {
    count(tensor, IndexBuilder::isUniform(position), mask);
    return load(state.function.operands[argument.getArgNumber()], type.getElementType(), position, mask);
  }
  Operation *op = tensor.getDefiningOp();
  if (!isa<ConstantOp>(op))
    count(tensor, IndexBuilder::isUniform(position), mask);
  if (auto constantOp = dyn_cast<ConstantOp>(op))
    return constantAt(constantOp, position, mask);
  if (auto reshapeOp = dyn_cast<ReshapeOp>(op))
    return evaluateLinear(reshapeOp.getOperand(), position, mask);
  std::vector<const void *> key = elementKey(tensor, position, mask);
  if (auto found = state.values.find(key); found != state.values.end() && isVisible(found->second, builder))
    return found->second;
  SmallVector<Value> operands;
  for (Value operand : op->getOperands()) {
    Value value = evaluateLinear(operand, position, mask);
    if (!value)
      return {};
    operands.push_back(value);
  }
  return state.values[key] = element.pointwise(op, operands, state.strict);
}

} // namespace ingot
