// Normalisations, in f64.
#include "ir/Types.h"
#include "ir/reference/Elements.h"
#include "ir/reference/Families.h"

#include <cmath>

using namespace mlir;

namespace ingot::reference {
namespace {

std::vector<double> valuesOf(const Tensor &tensor) {
  std::vector<double> values(size_t(tensor.numElements()));
  decode<double>(tensor.elementType, tensor.bytes.data(), tensor.numElements(), values.data());
  return values;
}

void store(const std::vector<double> &values, Tensor &result) {
  encode<double>(result.elementType, values.data(), int64_t(values.size()), result.bytes.data());
}

// Element i of the operand belongs to feature i / inner % count.
struct Features {
  size_t count, inner = 1;
  Features(const Tensor &operand, int64_t dim) : count(size_t(operand.dims[size_t(dim)])) {
    for (size_t d = size_t(dim) + 1; d < operand.dims.size(); ++d)
      inner *= size_t(operand.dims[d]);
  }
  size_t operator[](size_t element) const { return element / inner % count; }
};

void normalize(const std::vector<double> &x, const Features &features, Operands scaleAndOffset,
               const std::vector<double> &mean, const std::vector<double> &variance, double epsilon, Tensor &result) {
  std::vector<double> scale = valuesOf(*scaleAndOffset[0]), offset = valuesOf(*scaleAndOffset[1]), y(x.size());
  for (size_t i = 0; i != x.size(); ++i) {
    size_t f = features[i];
    y[i] = scale[f] * ((x[i] - mean[f]) / std::sqrt(variance[f] + epsilon)) + offset[f];
  }
  store(y, result);
}

void evaluate(BatchNormInferenceOp op, Operands operands, std::vector<Tensor> &results) {
  Features features(*operands[0], op.getFeatureIndex());
  normalize(valuesOf(*operands[0]), features, operands.slice(1, 2), valuesOf(*operands[3]), valuesOf(*operands[4]),
            op.getEpsilon().convertToFloat(), results[0]);
}

void evaluate(BatchNormTrainingOp op, Operands operands, std::vector<Tensor> &results) {
  Features features(*operands[0], op.getFeatureIndex());
  std::vector<double> x = valuesOf(*operands[0]), mean(features.count), variance(features.count);
  double each = double(x.size()) / double(features.count);
  for (size_t i = 0; i != x.size(); ++i)
    mean[features[i]] += x[i];
  for (double &sum : mean)
    sum /= each;
  for (size_t i = 0; i != x.size(); ++i)
    variance[features[i]] += (x[i] - mean[features[i]]) * (x[i] - mean[features[i]]);
  for (double &sum : variance)
    sum /= each;
  normalize(x, features, operands.slice(1, 2), mean, variance, op.getEpsilon().convertToFloat(), results[0]);
  store(mean, results[1]);
  store(variance, results[2]);
}

void evaluate(BatchNormGradOp op, Operands operands, std::vector<Tensor> &results) {
  Features features(*operands[0], op.getFeatureIndex());
  std::vector<double> x = valuesOf(*operands[0]), scale = valuesOf(*operands[1]), mean = valuesOf(*operands[2]),
                      shifted = valuesOf(*operands[3]), grad = valuesOf(*operands[4]);
  double each = double(x.size()) / double(features.count);
  for (double &variance : shifted)
    variance += op.getEpsilon().convertToFloat();
  std::vector<double> sum(features.count), product(features.count), gradScale(features.count);
  for (size_t i = 0; i != x.size(); ++i) {
    size_t f = features[i];
    sum[f] += grad[i];
    product[f] += grad[i] * (x[i] - mean[f]);
    gradScale[f] += grad[i] * ((x[i] - mean[f]) / std::sqrt(shifted[f]));
  }
  std::vector<double> gradOperand(x.size());
  for (size_t i = 0; i != x.size(); ++i) {
    size_t f = features[i];
    double inner = each * grad[i] - sum[f] - product[f] * (x[i] - mean[f]) / shifted[f];
    gradOperand[i] = scale[f] / std::sqrt(shifted[f]) / each * inner;
  }
  store(gradOperand, results[0]);
  store(gradScale, results[1]);
  store(sum, results[2]);
}

} // namespace

Results evaluateNormalization(Operation *op, Operands operands, ArrayRef<int64_t> sizes) {
  Results results = emptyResults(op, sizes);
  if (!results)
    return results;
  if (auto inference = dyn_cast<BatchNormInferenceOp>(op))
    evaluate(inference, operands, *results);
  else if (auto training = dyn_cast<BatchNormTrainingOp>(op))
    evaluate(training, operands, *results);
  else
    evaluate(cast<BatchNormGradOp>(op), operands, *results);
  return results;
}

} // namespace ingot::reference
