// Sums of products.
#include "frontends/stablehlo/OpTable.h"
#include "frontends/stablehlo/Quantized.h"
#include "frontends/stablehlo/ops/Windows.h"
#include "ir/Verification.h"

using namespace mlir;

namespace ingot::stablehlo {
namespace {

// A type that holds the values of both: the wider one of a kind; of an integer and a float the float.
mlir::Type widerOf(mlir::Type lhs, mlir::Type rhs) {
  auto rank = [](mlir::Type type) {
    const auto complex = dyn_cast<ComplexType>(type);
    const mlir::Type part = complex ? complex.getElementType() : type;
    return std::tuple(complex != nullptr, isa<FloatType>(part), part.getIntOrFloatBitWidth());
  };
  return rank(lhs) < rank(rhs) ? rhs : lhs;
}

// Whether contractions of elements of `operand` may hold `result`.
bool isContraction(mlir::Type operand, mlir::Type result) {
  auto scalar = RankedTensorType::get({}, operand);
  auto none = DotDimsAttr::get(operand.getContext(), {}, {}, {}, {});
  ScopedDiagnosticHandler handler(operand.getContext(), [](Diagnostic &) { return success(); });
  return succeeded(
      inferDotGeneral(scalar, scalar, none, result, [&] { return emitError(UnknownLoc::get(operand.getContext())); }));
}

// Operands of one element type, and what their contraction holds: the result's type, or one that it is converted from. Integers
// that give floats or integers of the other sign are factors of the result's type; floats that give narrower ones are summed in
// their own, at least f32.
struct Factors {
  Value lhs, rhs;
  mlir::Type sum;
};
Factors factors(OpContext &c) {
  mlir::Type result = c.resultElement(0), common = c.element(0);
  if (c.element(0) != c.element(1))
    common = widerOf(widerOf(c.element(0), c.element(1)), result);
  if (!isContraction(common, result) && widerOf(common, result) == result)
    common = result;
  mlir::Type sum = isContraction(common, result) ? result : common;
  if (sum != result && isContraction(sum, c.b.getF32Type()))
    sum = c.b.getF32Type();
  return {c.b.convert(c.value(0), common), c.b.convert(c.value(1), common), sum};
}

// The algorithms that StableHLO names: operands rounded to a type, sums in another, in so many products. What is computed here is
// at least as exact as each of them.
LogicalResult checkAlgorithm(OpContext &c) {
  const Attribute *lhs = c.attribute("lhs_precision_type"), *rhs = c.attribute("rhs_precision_type"),
                  *sum = c.attribute("accumulation_type");
  if (!lhs || lhs->kind == Attribute::Unit)
    return success();
  auto left = c.integer("lhs_component_count"), right = c.integer("rhs_component_count"),
       products = c.integer("num_primitive_operations");
  auto imprecise = c.flag("allow_imprecise_accumulation");
  if (!left || !right || !products || !imprecise || !rhs || !sum || !lhs->type || !rhs->type || !sum->type)
    return c.error("has an algorithm that lacks a part");
  const Attribute *precision = c.attribute("precision_config");
  if (precision && llvm::any_of(precision->items, [](const Attribute &item) { return item.text != "DEFAULT"; }))
    return c.error("(C21) the precision is DEFAULT where an algorithm is given");
  if (*left < 1 || *right < 1 || *products < 1)
    return c.error("(C22) an algorithm has positive numbers of components and products");
  struct Algorithm {
    Element factor, sum;
    int64_t products;
  };
  constexpr Algorithm kAlgorithms[] = {
      {Element::F16, Element::F16, 1},  {Element::F16, Element::F32, 1},  {Element::BF16, Element::BF16, 1},
      {Element::BF16, Element::F32, 1}, {Element::BF16, Element::F32, 3}, {Element::BF16, Element::F32, 6},
      {Element::BF16, Element::F32, 9}, {Element::TF32, Element::F32, 1}, {Element::TF32, Element::F32, 3},
      {Element::F32, Element::F32, 1},  {Element::F64, Element::F64, 1},
  };
  const Element x = lhs->type->element, y = rhs->type->element, z = sum->type->element;
  auto isF8 = [](Element element) { return spellElement(element).starts_with("f8") && element != Element::F8E8M0FNU; };
  const bool isKnown = *left == 1 && *right == 1 &&
                       ((isF8(x) && isF8(y) && z == Element::F32 && *products == 1) ||
                        (!*imprecise && x == y && llvm::any_of(kAlgorithms, [&](const Algorithm &one) {
                          return one.factor == x && one.sum == z && one.products == *products;
                        })));
  if (isKnown)
    return success();
  return c.error("there is no algorithm of " + Twine(*products) + " products of " + spellElement(x) + " and " +
                 spellElement(y) + " summed in " + spellElement(z));
}

LogicalResult checkPrecision(OpContext &c) {
  const Attribute *precision = c.attribute("precision_config");
  if (precision && precision->items.size() > 2)
    return c.error("precision_config has " + Twine(precision->items.size()) + " elements; two at most are for operands");
  return success();
}

LogicalResult importDotGeneral(OpContext &c) {
  if (failed(checkAlgorithm(c)) || failed(checkPrecision(c)) || failed(needQuantizedFactors(c, 14)))
    return failure();
  auto lhsBatch = c.integers("lhs_batching_dimensions"), rhsBatch = c.integers("rhs_batching_dimensions"),
       lhsContract = c.integers("lhs_contracting_dimensions"), rhsContract = c.integers("rhs_contracting_dimensions");
  if (!lhsBatch || !rhsBatch || !lhsContract || !rhsContract)
    return failure();
  // (C15), that the zero points of rhs are 0, is nothing that the sum needs.
  const std::optional<Quantization> &stored = c.entry(1).type->quantization;
  if (stored && stored->axis && llvm::is_contained(*rhsContract, *stored->axis))
    return c.error("(C16) rhs is summed over dim " + Twine(*stored->axis) + ", along which it is quantised");
  const auto [lhs, rhs, sum] = factors(c);
  auto numbers = DotDimsAttr::get(c.context(), *lhsBatch, *rhsBatch, *lhsContract, *rhsContract);
  // Open dims that go together are equal, or must be.
  for (const auto &[left, right] : {std::pair(*lhsBatch, *rhsBatch), std::pair(*lhsContract, *rhsContract)})
    if (areUniqueDims(left, c.rank(0)) && areUniqueDims(right, c.rank(1)))
      for (auto [i, j] : llvm::zip(left, right))
        (void)c.p.equalDims(c.dims(0)[i], c.dims(1)[j], c.op.name);
  RankedTensorType type = c.resultType(0, [&] {
    return c.infer([&](EmitError emitError) {
      return inferDotGeneral(ValueBuilder::typeOf(lhs), ValueBuilder::typeOf(rhs), numbers, sum, emitError);
    });
  });
  if (!type)
    return failure();
  Value product = DotGeneralOp::create(c.b, withElementType(type, sum), lhs, rhs, numbers);
  c.result(c.b.convert(product, c.resultElement(0)));
  return success();
}

// The readers make a dot_general of every other one (Upgrades.h).
LogicalResult refuseDot(OpContext &c) {
  return c.error("takes vectors and matrices, not " + c.show(c.type(0)) + " and " + c.show(c.type(1)));
}

} // namespace

LogicalResult convolutionOf(OpContext &c, std::optional<ArrayRef<int64_t>> padding) {
  auto input = c.integers("input_spatial_dimensions"), kernel = c.integers("kernel_spatial_dimensions"),
       output = c.integers("output_spatial_dimensions");
  if (!input || !kernel || !output)
    return failure();
  const size_t spatial = input->size();
  auto strides = c.integers("window_strides", spatial, 1, "(C2)"),
       lhsDilation = c.integers("lhs_dilation", spatial, 1, "(C5)"),
       rhsDilation = c.integers("rhs_dilation", spatial, 1, "(C7)"),
       reversal = c.integers("window_reversal", spatial, 0, "(C9)");
  std::optional<int64_t> inputBatch = c.integer("input_batch_dimension"),
                         inputFeature = c.integer("input_feature_dimension"),
                         kernelInput = c.integer("kernel_input_feature_dimension"),
                         kernelOutput = c.integer("kernel_output_feature_dimension"),
                         outputBatch = c.integer("output_batch_dimension"),
                         outputFeature = c.integer("output_feature_dimension"), features = c.integer("feature_group_count"),
                         batches = c.integer("batch_group_count");
  if (!strides || !lhsDilation || !rhsDilation || !reversal || !inputBatch || !inputFeature || !kernelInput ||
      !kernelOutput || !outputBatch || !outputFeature || !features || !batches)
    return failure();
  const size_t amounts = padding ? padding->size() : 2 * spatial;
  if (kernel->size() != spatial || output->size() != spatial || amounts != 2 * spatial ||
      c.rank(0) != static_cast<int64_t>(spatial) + 2 || c.rank(1) != c.rank(0))
    return c.error("(C1) lhs and rhs are " + c.show(c.type(0)) + " and " + c.show(c.type(1)) + ", with " + Twine(spatial) +
                   ", " + Twine(kernel->size()) + " and " + Twine(output->size()) + " spatial dims and " + Twine(amounts) +
                   " numbers of padding");
  auto numbers = ConvDimsAttr::get(c.context(), *inputBatch, *inputFeature, *input, *kernelInput, *kernelOutput, *kernel,
                                   *outputBatch, *outputFeature, *output);
  if (failed(checkPrecision(c)) || failed(needQuantizedFactors(c, 28)))
    return failure();
  auto checkAxis = [&](StringRef label, TypeRef type, StringRef name, int64_t wanted) -> LogicalResult {
    const std::optional<Quantization> &stored = type->quantization;
    if (!stored || !stored->axis || *stored->axis == wanted)
      return success();
    return c.error(label + " is quantised along dim " + Twine(*stored->axis) + ", but " + name + " is " + Twine(wanted));
  };
  if (failed(checkAxis("(C29) rhs", c.entry(1).type, "kernel_output_feature_dimension", *kernelOutput)) ||
      failed(checkAxis("(C30) the result", c.declared(0), "output_feature_dimension", *outputFeature)))
    return failure();
  if (c.element(0) != c.element(1))
    return c.error("(C27) element types of lhs and rhs are " + c.show(c.type(0)) + " and " + c.show(c.type(1)));
  auto [lhs, rhs, sum] = factors(c);
  SmallVector<int64_t> reversed;
  for (auto [dim, isReversed] : llvm::zip_equal(*kernel, *reversal))
    if (isReversed)
      reversed.push_back(dim);
  if (!reversed.empty()) {
    if (!areUniqueDims(reversed, c.rank(1)))
      return c.error("(C18) kernel_spatial_dimensions " + listOf(*kernel) + " are no dims of " + c.show(c.type(1)));
    rhs = c.b.reverse(rhs, reversed);
  }
  RankedTensorType type = c.resultType(0, [&]() -> std::optional<Dims> {
    if (!padding) {
      (void)c.error("leaves dims of its result open, which padding decides that is known at run time only" +
                    c.p.decidedBy(c.value(2)));
      return std::nullopt;
    }
    return c.infer([&](EmitError emitError) {
      ConvolutionWindow window{*strides, *padding, *lhsDilation, *rhsDilation, *features, *batches};
      return inferConvolution(ValueBuilder::typeOf(lhs), ValueBuilder::typeOf(rhs), window, numbers, sum, emitError);
    });
  });
  if (!type)
    return failure();
  type = withElementType(type, sum);
  Value product = padding ? Value(ConvolutionOp::create(c.b, type, lhs, rhs, *strides, *padding, *lhsDilation, *rhsDilation,
                                                        numbers, *features, *batches))
                          : Value(DynamicConvOp::create(c.b, type, lhs, rhs, c.value(2), *strides, *lhsDilation,
                                                        *rhsDilation, numbers, *features, *batches, DenseBoolArrayAttr()));
  c.result(c.b.convert(product, c.resultElement(0)));
  return success();
}

namespace {

LogicalResult importConvolution(OpContext &c) {
  auto input = c.integers("input_spatial_dimensions");
  if (!input)
    return failure();
  auto padding = c.pairs("padding", input->size(), "(C4)");
  return padding ? convolutionOf(c, ArrayRef(*padding)) : failure();
}

constexpr ImportRow kRows[] = {
    {"stablehlo.convolution", 2, 1, 0, importConvolution, kAlongAxis},
    {"stablehlo.dot", 2, 1, 0, refuseDot, kAlongAxis},
    {"stablehlo.dot_general", 2, 1, 0, importDotGeneral, kAlongAxis},
};

} // namespace

llvm::ArrayRef<ImportRow> contractionOps() { return kRows; }

} // namespace ingot::stablehlo
