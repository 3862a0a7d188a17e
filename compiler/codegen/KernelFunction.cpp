#include "compiler/codegen/KernelFunction.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/AffineExprVisitor.h"

namespace ingot {

using namespace mlir;

Type storageType(Type elementType) {
  auto *context = elementType.getContext();
  if (auto integer = dyn_cast<IntegerType>(elementType))
    return IntegerType::get(context, integer.getWidth() < 8 ? 8 : integer.getWidth());
  if (auto real = dyn_cast<FloatType>(elementType); real && real.getWidth() < 32)
    return IntegerType::get(context, real.getWidth() <= 8 ? 8 : 16);
  return elementType;
}

Type computeType(Type elementType) {
  auto *context = elementType.getContext();
  if (auto integer = dyn_cast<IntegerType>(elementType))
    return IntegerType::get(context, integer.getWidth());
  if (auto real = dyn_cast<FloatType>(elementType); real && real.getWidth() < 32)
    return Float32Type::get(context);
  return elementType;
}

MemRefType bufferType(RankedTensorType type) { return MemRefType::get(type.getShape(), storageType(type.getElementType())); }

int64_t KernelFunction::counterCount(KernelOp kernel) {
  return kernel.getBlock().getNumArguments() + std::distance(kernel.getBlock().begin(), kernel.getBlock().end());
}

KernelFunction KernelFunction::create(OpBuilder &builder, KernelOp kernel, unsigned sizeCount, StringRef countersName) {
  MLIRContext *context = builder.getContext();
  Type index = builder.getIndexType();
  SmallVector<Type> types;
  SmallVector<DictionaryAttr> attributes;
  auto addBuffer = [&](RankedTensorType type) {
    types.push_back(bufferType(type));
    NamedAttrList list;
    if (!type.hasStaticShape())
      list.set(kDimsAttr, DimsAttr::get(context, dimExprs(type)));
    attributes.push_back(list.getDictionary(context));
  };
  SmallVector<RankedTensorType> inputTypes = kernel.getInputTypes(), resultTypes = kernel.getResultTypes();
  for (RankedTensorType type : inputTypes)
    addBuffer(type);
  for (RankedTensorType type : resultTypes)
    addBuffer(type);
  types.append(sizeCount + 2, index);
  types.push_back(MemRefType::get({ShapedType::kDynamic}, builder.getI8Type()));
  attributes.resize(types.size(), DictionaryAttr::get(context));

  KernelFunction result;
  result.function = func::FuncOp::create(builder, kernel.getLoc(), kernel.getSymName(), builder.getFunctionType(types, {}),
                                         {}, attributes);
  result.function->setAttr(kSizeCountAttr, builder.getI64IntegerAttr(sizeCount));
  Block *entry = result.function.addEntryBlock();
  auto arguments = entry->getArguments();
  result.operands.assign(arguments.begin(), arguments.begin() + inputTypes.size());
  arguments = arguments.drop_front(inputTypes.size());
  result.results.assign(arguments.begin(), arguments.begin() + resultTypes.size());
  arguments = arguments.drop_front(resultTypes.size());
  result.sizes.assign(arguments.begin(), arguments.begin() + sizeCount);
  result.begin = arguments[sizeCount];
  result.end = arguments[sizeCount + 1];
  result.scratch = arguments[sizeCount + 2];
  builder.setInsertionPointToEnd(entry);
  if (!countersName.empty()) {
    // By argument, by op; the return's counts products.
    auto type = MemRefType::get({counterCount(kernel)}, builder.getI64Type());
    builder.setInsertionPoint(result.function);
    auto zeros = DenseElementsAttr::get(RankedTensorType::get(type.getShape(), type.getElementType()), int64_t(0));
    memref::GlobalOp::create(builder, kernel.getLoc(), countersName, builder.getStringAttr("public"), type, zeros, false,
                             IntegerAttr());
    for (BlockArgument argument : kernel.getBlock().getArguments())
      result.counterOf[argument] = argument.getArgNumber();
    for (auto [position, op] : llvm::enumerate(kernel.getBlock().without_terminator()))
      result.counterOf[op.getResult(0)] = kernel.getBlock().getNumArguments() + position;
    builder.setInsertionPointToEnd(entry);
    result.counters = memref::GetGlobalOp::create(builder, kernel.getLoc(), type, countersName);
    result.counterOf[Value()] = type.getDimSize(0) - 1;
  }
  builder.setInsertionPointToEnd(entry);
  builder.setInsertionPoint(func::ReturnOp::create(builder, kernel.getLoc()));
  return result;
}

void KernelFunction::count(OpBuilder &builder, Location loc, Value tensor, llvm::function_ref<Value()> elements) const {
  auto found = counters ? counterOf.find(tensor) : counterOf.end();
  if (found == counterOf.end())
    return;
  Value at = arith::ConstantIndexOp::create(builder, loc, found->second);
  Value more = arith::IndexCastOp::create(builder, loc, builder.getI64Type(), elements());
  Value before = memref::LoadOp::create(builder, loc, counters, at);
  memref::StoreOp::create(builder, loc, arith::AddIOp::create(builder, loc, before, more), counters, at);
}

Value materializeExpr(OpBuilder &builder, Location loc, AffineExpr expr, ValueRange sizes) {
  if (auto constant = dyn_cast<AffineConstantExpr>(expr))
    return arith::ConstantIndexOp::create(builder, loc, constant.getValue());
  if (auto symbol = dyn_cast<AffineSymbolExpr>(expr))
    return sizes[symbol.getPosition()];
  auto binary = cast<AffineBinaryOpExpr>(expr);
  Value lhs = materializeExpr(builder, loc, binary.getLHS(), sizes);
  Value rhs = materializeExpr(builder, loc, binary.getRHS(), sizes);
  switch (binary.getKind()) {
  case AffineExprKind::Add:
    return arith::AddIOp::create(builder, loc, lhs, rhs);
  case AffineExprKind::Mul:
    return arith::MulIOp::create(builder, loc, lhs, rhs);
  case AffineExprKind::FloorDiv:
    return arith::FloorDivSIOp::create(builder, loc, lhs, rhs);
  case AffineExprKind::CeilDiv:
    return arith::CeilDivSIOp::create(builder, loc, lhs, rhs);
  default: { // Mod: the remainder of floordiv
    Value quotient = arith::FloorDivSIOp::create(builder, loc, lhs, rhs);
    return arith::SubIOp::create(builder, loc, lhs, arith::MulIOp::create(builder, loc, quotient, rhs));
  }
  }
}

Value KernelFunction::materialize(OpBuilder &builder, Location loc, AffineExpr expr) const {
  return materializeExpr(builder, loc, expr, sizes);
}

} // namespace ingot
