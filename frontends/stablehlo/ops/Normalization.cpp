// Normalisations over a batch.
#include "frontends/stablehlo/OpTable.h"

using namespace mlir;

namespace ingot::stablehlo {
namespace {

struct Parameters {
  FloatAttr epsilon;
  IntegerAttr feature;
};

std::optional<Parameters> parametersOf(OpContext &c) {
  const Attribute *epsilon = c.attribute("epsilon");
  auto feature = c.integer("feature_index");
  if (!feature)
    return std::nullopt;
  if (!epsilon || epsilon->kind != Attribute::Float) {
    (void)c.error("needs the attribute 'epsilon', a number");
    return std::nullopt;
  }
  return Parameters{c.b.getF32FloatAttr(static_cast<float>(epsilon->number)), c.b.getI64IntegerAttr(*feature)};
}

LogicalResult importInference(OpContext &c) {
  std::optional<Parameters> p = parametersOf(c);
  if (!p)
    return failure();
  c.result(BatchNormInferenceOp::create(c.b, c.type(0), c.value(0), c.value(1), c.value(2), c.value(3), c.value(4),
                                        p->epsilon, p->feature));
  return success();
}

LogicalResult importTraining(OpContext &c) {
  std::optional<Parameters> p = parametersOf(c);
  if (!p)
    return failure();
  auto norm = BatchNormTrainingOp::create(c.b, c.type(0), c.type(1), c.type(1), c.value(0), c.value(1), c.value(2),
                                          p->epsilon, p->feature);
  c.results(norm.getResults());
  return success();
}

LogicalResult importGrad(OpContext &c) {
  std::optional<Parameters> p = parametersOf(c);
  if (!p)
    return failure();
  auto norm = BatchNormGradOp::create(c.b, c.type(0), c.type(1), c.type(1), c.value(0), c.value(1), c.value(2), c.value(3),
                                      c.value(4), p->epsilon, p->feature);
  c.results(norm.getResults());
  return success();
}

constexpr ImportRow kRows[] = {
    {"stablehlo.batch_norm_grad", 5, 3, 0, importGrad},
    {"stablehlo.batch_norm_inference", 5, 1, 0, importInference},
    {"stablehlo.batch_norm_training", 3, 3, 0, importTraining},
};

} // namespace

llvm::ArrayRef<ImportRow> normalizationOps() { return kRows; }

} // namespace ingot::stablehlo
