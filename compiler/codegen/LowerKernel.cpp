// From the function an emitter filled to an LLVM-dialect function of the ABI (ingot_kernel_fn of runtime/abi/artifact.h).
#include "compiler/codegen/KernelEmitter.h"
#include "compiler/codegen/MathApproximation.h"
#include "ir/Types.h"
#include "mlir/Conversion/ArithToLLVM/ArithToLLVM.h"
#include "mlir/Conversion/ComplexToLLVM/ComplexToLLVM.h"
#include "mlir/Conversion/ControlFlowToLLVM/ControlFlowToLLVM.h"
#include "mlir/Conversion/FuncToLLVM/ConvertFuncToLLVM.h"
#include "mlir/Conversion/IndexToLLVM/IndexToLLVM.h"
#include "mlir/Conversion/LLVMCommon/ConversionTarget.h"
#include "mlir/Conversion/LLVMCommon/MemRefBuilder.h"
#include "mlir/Conversion/LLVMCommon/TypeConverter.h"
#include "mlir/Conversion/MathToLLVM/MathToLLVM.h"
#include "mlir/Conversion/MemRefToLLVM/MemRefToLLVM.h"
#include "mlir/Conversion/SCFToControlFlow/SCFToControlFlow.h"
#include "mlir/Conversion/UBToLLVM/UBToLLVM.h"
#include "mlir/Conversion/VectorToLLVM/ConvertVectorToLLVM.h"
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlow.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/Transforms/LoweringPatterns.h"
#include "mlir/Dialect/Vector/Transforms/VectorRewritePatterns.h"
#include "mlir/Transforms/DialectConversion.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace ingot {

using namespace mlir;

namespace {

// Rewrites the function's arguments to the ABI's five. The descriptors that the memref lowering expects are put together at
// the entry: pointers from `buffers`, sizes from `scalars`, dims and strides from the dims attribute of each argument.
class AbiEntry {
public:
  AbiEntry(func::FuncOp function, const LLVMTypeConverter &converter)
      : function(function), converter(converter), builder(OpBuilder::atBlockBegin(&function.getBody().front())),
        loc(function.getLoc()) {}

  LogicalResult rewrite() {
    Block &entry = function.getBody().front();
    unsigned oldCount = entry.getNumArguments();
    auto sizeCountAttr = function->getAttrOfType<IntegerAttr>(kSizeCountAttr);
    if (!sizeCountAttr || oldCount < sizeCountAttr.getInt() + 3)
      return function.emitError("internal error: not a kernel function");
    unsigned sizeCount = sizeCountAttr.getInt(), bufferCount = oldCount - sizeCount - 3;

    auto pointer = LLVM::LLVMPointerType::get(function.getContext());
    Type i64 = builder.getI64Type();
    SmallVector<Type> types{pointer, pointer, i64, i64, pointer};
    SmallVector<Value> arguments;
    for (Type type : types)
      arguments.push_back(entry.addArgument(type, loc));

    SmallVector<Value> sizes;
    for (unsigned i = 0; i < sizeCount; ++i) {
      Value address = elementAddress(arguments[1], i64, i);
      sizes.push_back(LLVM::LoadOp::create(builder, loc, i64, address, 8));
      entry.getArgument(bufferCount + i).replaceAllUsesWith(cast(sizes.back(), builder.getIndexType()));
    }
    indexSizes.clear();
    for (Value size : sizes)
      indexSizes.push_back(cast(size, builder.getIndexType()));
    for (unsigned i = 0; i < bufferCount; ++i) {
      BlockArgument buffer = entry.getArgument(i);
      if (buffer.use_empty())
        continue;
      Value data = LLVM::LoadOp::create(builder, loc, pointer, elementAddress(arguments[0], pointer, i), 8);
      auto dims = function.getArgAttrOfType<DimsAttr>(i, kDimsAttr);
      buffer.replaceAllUsesWith(describe(data, llvm::cast<MemRefType>(buffer.getType()), dims));
    }
    entry.getArgument(oldCount - 3).replaceAllUsesWith(cast(arguments[2], builder.getIndexType()));
    entry.getArgument(oldCount - 2).replaceAllUsesWith(cast(arguments[3], builder.getIndexType()));
    BlockArgument scratch = entry.getArgument(oldCount - 1);
    if (!scratch.use_empty())
      scratch.replaceAllUsesWith(describe(arguments[4], llvm::cast<MemRefType>(scratch.getType()), {}));
    entry.eraseArguments(0, oldCount);
    function.removeArgAttrsAttr();
    function.setFunctionType(builder.getFunctionType(types, {}));
    function->removeAttr(kSizeCountAttr);
    return success();
  }

private:
  Value cast(Value value, Type type) { return UnrealizedConversionCastOp::create(builder, loc, type, value).getResult(0); }

  Value elementAddress(Value base, Type element, unsigned number) {
    auto pointer = LLVM::LLVMPointerType::get(function.getContext());
    return LLVM::GEPOp::create(builder, loc, pointer, element, base, ArrayRef<LLVM::GEPArg>{int32_t(number)},
                               LLVM::GEPNoWrapFlags::inbounds);
  }

  Value constant(int64_t value) {
    return LLVM::ConstantOp::create(builder, loc, builder.getI64Type(), builder.getI64IntegerAttr(value));
  }

  // A memref of identity layout at `data`. A dynamic dim has the expression `dims` gives, or (scratch) is not known.
  Value describe(Value data, MemRefType type, DimsAttr dims) {
    if (type.hasStaticShape())
      return cast(MemRefDescriptor::fromStaticShape(builder, loc, converter, type, data), type);
    auto descriptor = MemRefDescriptor::poison(builder, loc, converter.convertType(type));
    descriptor.setAllocatedPtr(builder, loc, data);
    descriptor.setAlignedPtr(builder, loc, data);
    descriptor.setConstantOffset(builder, loc, 0);
    Value stride = constant(1);
    for (int64_t dim = type.getRank(); dim-- > 0;) {
      Value extent;
      if (!type.isDynamicDim(dim))
        extent = constant(type.getDimSize(dim));
      else if (dims)
        extent = cast(materializeExpr(builder, loc, dims.getExprs()[dim], indexSizes), builder.getI64Type());
      else
        extent = constant(int64_t(1) << 62);
      descriptor.setSize(builder, loc, dim, extent);
      descriptor.setStride(builder, loc, dim, stride);
      if (dim)
        stride = LLVM::MulOp::create(builder, loc, stride, extent);
    }
    return cast(descriptor, type);
  }

  func::FuncOp function;
  const LLVMTypeConverter &converter;
  OpBuilder builder;
  Location loc;
  SmallVector<Value> indexSizes;
};

} // namespace

// Vector ops that have no LLVM form of their own, and index math beyond divisions.
static LogicalResult prepare(ModuleOp module) {
  RewritePatternSet patterns(module.getContext());
  arith::populateCeilFloorDivExpandOpsPatterns(patterns);
  vector::populateVectorMaskOpLoweringPatterns(patterns);
  vector::populateVectorShapeCastLoweringPatterns(patterns);
  vector::populateVectorBroadcastLoweringPatterns(patterns);
  vector::populateVectorMaskMaterializationPatterns(patterns, /*force32BitVectorIndices=*/true);
  vector::populateVectorStepLoweringPatterns(patterns);
  vector::populateVectorInsertExtractStridedSliceTransforms(patterns);
  return applyPatternsGreedily(
      module, std::move(patterns),
      GreedyRewriteConfig().enableFolding(false).enableConstantCSE(false).setRegionSimplificationLevel(
          GreedySimplifyRegionLevel::Disabled));
}

LogicalResult lowerKernelModule(ModuleOp module, llvm::StringRef symbol, const CpuLevel &level) {
  MLIRContext *context = module.getContext();
  auto functions = module.getOps<func::FuncOp>();
  if (!llvm::hasSingleElement(functions))
    return module.emitError("internal error: a kernel's module holds one function");
  func::FuncOp function = *functions.begin();
  expandMath(function, level);

  LowerToLLVMOptions options(context);
  LLVMTypeConverter converter(context, options);
  if (failed(AbiEntry(function, converter).rewrite()) || failed(prepare(module)))
    return failure();
  function.setSymName(symbol);
  function.setPublic();

  RewritePatternSet control(context);
  populateSCFToControlFlowConversionPatterns(control);
  ConversionTarget flat(*context);
  flat.addIllegalOp<scf::ForOp, scf::IfOp, scf::IndexSwitchOp, scf::WhileOp>();
  flat.markUnknownOpDynamicallyLegal([](Operation *) { return true; });
  ConversionConfig config; // these patterns never change their minds, so nothing is kept to roll back to
  config.allowPatternRollback = false;
  if (failed(applyPartialConversion(module, flat, std::move(control), config)))
    return failure();

  RewritePatternSet patterns(context);
  arith::populateArithToLLVMConversionPatterns(converter, patterns);
  cf::populateControlFlowToLLVMConversionPatterns(converter, patterns);
  index::populateIndexToLLVMConversionPatterns(converter, patterns);
  ub::populateUBToLLVMConversionPatterns(converter, patterns);
  populateComplexToLLVMConversionPatterns(converter, patterns);
  populateFinalizeMemRefToLLVMConversionPatterns(converter, patterns);
  populateFuncToLLVMConversionPatterns(converter, patterns);
  populateMathToLLVMConversionPatterns(converter, patterns);
  populateVectorToLLVMConversionPatterns(converter, patterns, /*reassociateFPReductions=*/false,
                                         /*force32BitVectorIndices=*/true);
  LLVMConversionTarget target(*context);
  target.addLegalOp<ModuleOp>();
  if (failed(applyFullConversion(module, target, std::move(patterns), config)))
    return failure();
  SmallVector<UnrealizedConversionCastOp> casts, left;
  module.walk([&](UnrealizedConversionCastOp cast) { casts.push_back(cast); });
  reconcileUnrealizedCasts(casts, &left);
  return success(left.empty());
}

} // namespace ingot
