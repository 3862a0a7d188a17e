// The ops whose attributes stand otherwise in StableHLO, and those that it composes of others.
#include "frontends/stablehlo/export/Exporter.h"
#include "ir/Types.h"
#include "ir/reference/Interpreter.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

using namespace mlir;

namespace ingot::stablehlo {
namespace {

void putElements(Exporter &e, Operation *op, Block &block, const reference::Tensor &tensor) {
  Op made = e.start("stablehlo.constant", op->getLoc(), {}, {e.typeOf(op->getResult(0))});
  Attribute value;
  value.kind = Attribute::Tensor;
  value.elements.type = e.typeOf(op->getResult(0));
  value.elements.bytes = e.module.own(std::string(tensor.bytes.begin(), tensor.bytes.end()));
  setAttribute(made.attributes, "value", std::move(value));
  e.putAs(block, op, std::move(made));
}

void constant(Exporter &e, Operation *op, Block &block) {
  auto elements = cast<DenseElementsAttr>(cast<ConstantOp>(op).getValue());
  if (!elements.isSplat() || elements.getNumElements() <= 1)
    return putElements(e, op, block, reference::fromAttribute(elements));
  reference::Tensor one =
      reference::fromAttribute(elements.resizeSplat(RankedTensorType::get({1}, elements.getElementType())));
  e.bind(op->getResult(0),
         e.splat(block, op->getLoc(), e.typeOf(op->getResult(0)), llvm::StringRef(one.bytes.data(), one.bytes.size())));
}

void weight(Exporter &e, Operation *op, Block &block) {
  reference::Options options;
  options.weights = &e.program.weights;
  auto values = reference::evaluate(op, {}, {}, options);
  if (!values)
    return e.refuse(op, "cannot be read: " + llvm::toString(values.takeError()));
  putElements(e, op, block, values->front());
}

void sizeOf(Exporter &e, Operation *op, Block &block) {
  auto values = reference::evaluate(op, {}, {}, {});
  if (!values)
    return e.refuse(op, llvm::toString(values.takeError()));
  putElements(e, op, block, values->front());
}

void dotGeneral(Exporter &e, Operation *op, Block &block) {
  DotDimsAttr dims = cast<DotGeneralOp>(op).getDims();
  Op made = e.like("stablehlo.dot_general", op);
  e.set(made, "lhs_batching_dimensions", dims.getLhsBatch());
  e.set(made, "rhs_batching_dimensions", dims.getRhsBatch());
  e.set(made, "lhs_contracting_dimensions", dims.getLhsContract());
  e.set(made, "rhs_contracting_dimensions", dims.getRhsContract());
  e.complete(op, block, std::move(made), {}, "dims");
}

void convolution(Exporter &e, Operation *op, Block &block) {
  ConvDimsAttr dims = cast<ConvolutionOp>(op).getDims();
  Op made = e.like("stablehlo.convolution", op);
  e.set(made, "input_batch_dimension", dims.getInputBatch());
  e.set(made, "input_feature_dimension", dims.getInputFeature());
  e.set(made, "input_spatial_dimensions", dims.getInputSpatial());
  e.set(made, "kernel_input_feature_dimension", dims.getKernelInputFeature());
  e.set(made, "kernel_output_feature_dimension", dims.getKernelOutputFeature());
  e.set(made, "kernel_spatial_dimensions", dims.getKernelSpatial());
  e.set(made, "output_batch_dimension", dims.getOutputBatch());
  e.set(made, "output_feature_dimension", dims.getOutputFeature());
  e.set(made, "output_spatial_dimensions", dims.getOutputSpatial());
  e.complete(op, block, std::move(made), {}, "dims");
}

void gather(Exporter &e, Operation *op, Block &block) {
  auto source = cast<GatherOp>(op);
  GatherDimsAttr dims = source.getDims();
  Op made = e.like("stablehlo.gather", op);
  llvm::SmallVector<int64_t> sizes;
  for (AffineExpr size : source.getSliceSizes())
    sizes.push_back(cast<AffineConstantExpr>(size).getValue());
  e.set(made, "offset_dims", dims.getWindowDims());
  e.set(made, "collapsed_slice_dims", dims.getCollapsedDims());
  e.set(made, "operand_batching_dims", dims.getOperandBatchDims());
  e.set(made, "start_indices_batching_dims", dims.getIndicesBatchDims());
  e.set(made, "start_index_map", dims.getIndexMap());
  e.set(made, "index_vector_dim", dims.getIndexVectorDim());
  e.set(made, "slice_sizes", sizes);
  e.complete(op, block, std::move(made), {}, "dims");
}

void scatter(Exporter &e, Operation *op, Block &block) {
  GatherDimsAttr dims = cast<ScatterOp>(op).getDims();
  Op made = e.like("stablehlo.scatter", op);
  e.set(made, "update_window_dims", dims.getWindowDims());
  e.set(made, "inserted_window_dims", dims.getCollapsedDims());
  e.set(made, "input_batching_dims", dims.getOperandBatchDims());
  e.set(made, "scatter_indices_batching_dims", dims.getIndicesBatchDims());
  e.set(made, "scatter_dims_to_operand_dims", dims.getIndexMap());
  e.set(made, "index_vector_dim", dims.getIndexVectorDim());
  e.complete(op, block, std::move(made), {}, "dims");
}

void dynamicSlice(Exporter &e, Operation *op, Block &block) {
  Op made = e.like("stablehlo.dynamic_slice", op);
  e.set(made, "slice_sizes", cast<RankedTensorType>(op->getResult(0).getType()).getShape());
  e.complete(op, block, std::move(made));
}

void slice(Exporter &e, Operation *op, Block &block) {
  auto source = cast<SliceOp>(op);
  Op made = e.like("stablehlo.slice", op);
  auto from = cast<RankedTensorType>(op->getOperand(0).getType()), to = cast<RankedTensorType>(op->getResult(0).getType());
  llvm::SmallVector<int64_t> limits(source.getLimitIndices());
  for (size_t i = 0; i != limits.size(); ++i) {
    if (limits[i] == SliceOp::kWholeDim)
      limits[i] = from.getDimSize(i);
    else if (limits[i] == SliceOp::kToResult)
      limits[i] = source.getStartIndices()[i] + std::max<int64_t>(0, (to.getDimSize(i) - 1) * source.getStrides()[i] + 1);
  }
  e.set(made, "limit_indices", limits);
  e.complete(op, block, std::move(made));
}

void compare(Exporter &e, Operation *op, Block &block) {
  auto source = cast<CompareOp>(op);
  Op made = e.like("stablehlo.compare", op);
  mlir::Type element = cast<RankedTensorType>(source.getLhs().getType()).getElementType();
  const bool isUnsigned = element.isUnsignedInteger() || element.isInteger(1);
  e.setEnum(made, "comparison_type", "compare_type",
            isa<IntegerType>(element) ? (isUnsigned ? "UNSIGNED" : "SIGNED")
            : source.getTotalOrder()  ? "TOTALORDER"
                                      : "FLOAT");
  e.complete(op, block, std::move(made), {{"comparison_direction", "direction"}}, "total_order");
}

void sort(Exporter &e, Operation *op, Block &block) {
  Op made = e.like("stablehlo.sort", op);
  e.setFlag(made, "is_stable", true);
  e.complete(op, block, std::move(made));
}

void randomBits(Exporter &e, Operation *op, Block &block) {
  e.complete(op, block, e.like("stablehlo.rng_bit_generator", op), {{"rng_algorithm", "algorithm"}});
}

// StableHLO's has no second result, which says where a matrix is not positive definite.
void cholesky(Exporter &e, Operation *op, Block &block) {
  if (!op->getResult(1).use_empty())
    return e.refuse(op, "has no counterpart in StableHLO (its second result)");
  e.complete(op, block, e.start("stablehlo.cholesky", op->getLoc(), e.operandsOf(op), {e.typeOf(op->getResult(0))}));
}

// By its decomposition, which is a function of the module.
void composite(Exporter &e, Operation *op, Block &block) {
  Op made = e.like("func.call", op);
  setAttribute(made.attributes, "callee", makeSymbol(cast<CompositeOp>(op).getDecomposition()));
  e.putAs(block, op, std::move(made));
}

void call(Exporter &e, Operation *op, Block &block) {
  Op made = e.like("func.call", op);
  setAttribute(made.attributes, "callee", makeSymbol(cast<func::CallOp>(op).getCallee()));
  e.putAs(block, op, std::move(made));
}

constexpr ExportRow rows[] = {
    {"call", call},
    {"cholesky", cholesky},
    {"compare", compare},
    {"composite", composite},
    {"constant", constant},
    {"convolution", convolution},
    {"dot_general", dotGeneral},
    {"dynamic_slice", dynamicSlice},
    {"gather", gather},
    {"get_weight", weight},
    {"rng_bit_generator", randomBits},
    {"scatter", scatter},
    {"size_of", sizeOf},
    {"slice", slice},
    {"sort", sort},
};

} // namespace

ExportOp findExport(llvm::StringRef name) {
  for (const ExportRow &row : llvm::concat<const ExportRow>(llvm::ArrayRef(rows), composedExports()))
    if (name == row.name)
      return row.function;
  return nullptr;
}

} // namespace ingot::stablehlo
