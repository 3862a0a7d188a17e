// The numeric operators of the domain ai.onnx.ml, trees apart.
#include "frontends/onnx/OpTable.h"
#include "frontends/onnx/ops/PostTransforms.h"

#include <cmath>

using namespace mlir;

namespace ingot::onnx {

Value postTransform(ValueBuilder &b, PostTransform transform, Value scores) {
  const int64_t axis = ValueBuilder::rankOf(scores) - 1;
  switch (transform) {
  case PostTransform::None:
    return scores;
  case PostTransform::Softmax:
    return b.softmax(scores, axis);
  case PostTransform::Logistic:
    return b.unary<LogisticOp>(scores);
  case PostTransform::SoftmaxZero: {
    // Zeros stay zeros, but for the factor that all share.
    Value greatest = b.reduceBack(Reduction::Maximum, scores, axis);
    Value isZero = b.compare(ComparisonDirection::LE, b.unary<AbsOp>(scores), b.like(scores, 1e-7f));
    Value powers = b.unary<ExponentialOp>(b.sub(b.select(isZero, b.like(scores, 0), scores), greatest));
    powers = b.select(isZero, b.mul(scores, powers), powers);
    return b.div(powers, b.reduceBack(Reduction::Add, powers, axis));
  }
  }
  return {};
}

std::optional<PostTransform> readPostTransform(NodeContext &n) {
  std::string name = n.stringAttr("post_transform", "NONE");
  if (name == "NONE")
    return PostTransform::None;
  if (name == "SOFTMAX")
    return PostTransform::Softmax;
  if (name == "LOGISTIC")
    return PostTransform::Logistic;
  if (name == "SOFTMAX_ZERO")
    return PostTransform::SoftmaxZero;
  (void)n.error("post_transform '" + name + "' is not supported");
  return std::nullopt;
}

namespace {

// Operand 0, numbers [.., features], in f32.
std::optional<Value> readFeatures(NodeContext &n, int64_t rank) {
  if (failed(n.needInputs(1, 1)))
    return std::nullopt;
  if (!isa<FloatType, IntegerType>(n.element(0)) || n.rank(0) < 1 || n.rank(0) > rank) {
    (void)n.error("needs features, not " + n.show(n.type(0)));
    return std::nullopt;
  }
  return n.b.convert(n.value(0), n.b.getF32Type());
}

// An attribute of one number, or one for each of the last dim's places, as a tensor that broadcasts to `dims`.
std::optional<Value> perFeature(NodeContext &n, StringRef name, ArrayRef<AffineExpr> dims, double otherwise) {
  ValueBuilder &b = n.b;
  SmallVector<double> values = n.floatsAttr(name).value_or(SmallVector<double>{otherwise});
  if (values.size() == 1)
    return b.splat(dims, b.getF32Type(), values.front());
  if (static_cast<int64_t>(values.size()) != staticDim(dims.back())) {
    (void)n.error(name + " has " + llvm::Twine(values.size()) + " numbers for features " + n.show(dims));
    return std::nullopt;
  }
  return b.broadcast(n.constant(name, makeTensorType(dims.back(), b.getF32Type()), values), dims);
}

LogicalResult scaler(NodeContext &n) {
  std::optional<Value> x = readFeatures(n, 16);
  if (!x)
    return failure();
  std::optional<Value> offset = perFeature(n, "offset", n.dims(0), 0), scale = perFeature(n, "scale", n.dims(0), 1);
  if (!offset || !scale)
    return failure();
  n.result(0, n.b.mul(n.b.sub(*x, *offset), *scale));
  return success();
}

// Rows divided by their greatest element, sum of absolute values, or length; a row whose divisor is zero stays.
LogicalResult normalizer(NodeContext &n) {
  std::optional<Value> x = readFeatures(n, 2);
  if (!x)
    return failure();
  ValueBuilder &b = n.b;
  std::string norm = n.stringAttr("norm", "MAX");
  const int64_t axis = n.rank(0) - 1;
  Value divisor;
  if (norm == "MAX")
    divisor = b.reduceBack(Reduction::Maximum, *x, axis);
  else if (norm == "L1")
    divisor = b.reduceBack(Reduction::Add, b.unary<AbsOp>(*x), axis);
  else if (norm == "L2")
    divisor = b.unary<SqrtOp>(b.reduceBack(Reduction::Add, b.mul(*x, *x), axis));
  else
    return n.error("norm is '" + norm + "', not MAX, L1 or L2");
  Value isZero = b.compare(ComparisonDirection::EQ, divisor, b.like(divisor, 0));
  n.result(0, b.div(*x, b.select(isZero, b.like(divisor, 1), divisor)));
  return success();
}

LogicalResult binarizer(NodeContext &n) {
  if (failed(n.needInputs(1, 1)))
    return failure();
  ValueBuilder &b = n.b;
  Value x = n.value(0);
  Type wide = isa<FloatType>(n.element(0)) ? n.element(0) : b.getF64Type();
  Value above =
      b.compare(ComparisonDirection::GT, b.convert(x, wide), b.splat(n.dims(0), wide, n.floatAttr("threshold", 0)));
  n.result(0, b.convert(above, n.element(0)));
  return success();
}

// x * coefficients' + intercepts, for `rows` rows of coefficients.
std::optional<Value> linear(NodeContext &n, int64_t rows) {
  std::optional<Value> x = readFeatures(n, 2);
  if (!x)
    return std::nullopt;
  ValueBuilder &b = n.b;
  if (n.rank(0) == 1)
    x = b.reshape(*x, {b.number(1), n.dims(0)[0]});
  AffineExpr features = ValueBuilder::dimsOf(*x)[1];
  std::optional<SmallVector<double>> coefficients = n.floatsAttr("coefficients"), intercepts = n.floatsAttr("intercepts");
  const int64_t count = coefficients ? static_cast<int64_t>(coefficients->size()) : 0;
  if (rows < 1 || staticDim(features) < 1 || count / rows != staticDim(features) || count % rows != 0 ||
      (intercepts && static_cast<int64_t>(intercepts->size()) != rows)) {
    (void)n.error(llvm::Twine(count) + " coefficients do not fit " + llvm::Twine(rows) + " results of " + n.show(n.type(0)));
    return std::nullopt;
  }
  Type type = b.getF32Type();
  Value weight = n.constant("coefficients", makeTensorType({b.number(rows), features}, type), *coefficients);
  Value scores = b.dot(*x, weight, {}, {}, 1, 1);
  if (intercepts)
    scores = b.add(scores, b.broadcast(n.constant("intercepts", makeTensorType(b.number(rows), type), *intercepts),
                                       ValueBuilder::dimsOf(scores)));
  return scores;
}

LogicalResult linearRegressor(NodeContext &n) {
  std::optional<PostTransform> transform = readPostTransform(n);
  std::optional<Value> scores = linear(n, n.intAttr("targets", 1));
  if (!transform || !scores)
    return failure();
  n.result(0, postTransform(n.b, *transform, *scores));
  return success();
}

LogicalResult linearClassifier(NodeContext &n) {
  std::optional<PostTransform> transform = readPostTransform(n);
  std::optional<SmallVector<int64_t>> labels = n.intsAttr("classlabels_ints");
  if (!labels)
    return n.error("labels that are strings are not supported");
  if (labels->size() < 2)
    return n.error("has " + llvm::Twine(labels->size()) + " labels");
  std::optional<Value> scores = linear(n, static_cast<int64_t>(labels->size()));
  if (!transform || !scores)
    return failure();
  n.result(0, bestLabel(n, *scores, *labels));
  n.result(1, postTransform(n.b, *transform, *scores));
  return success();
}

LogicalResult arrayFeatureExtractor(NodeContext &n) {
  if (failed(n.needInputs(2, 2)))
    return failure();
  ValueBuilder &b = n.b;
  if (n.rank(0) < 1 || !isa<IntegerType>(n.element(1)))
    return n.error("needs features and places, not " + n.show(n.type(0)) + " and " + n.show(n.type(1)));
  if (failed(n.checkPlaces(1, n.dims(0), n.rank(0) - 1)))
    return failure();
  Value x = n.value(0), places = b.reshape(n.value(1), numElementsExpr(n.type(1)));
  if (n.rank(0) == 1)
    x = b.reshape(x, {b.number(1), n.dims(0)[0]});
  n.result(0, b.take(x, places, ValueBuilder::rankOf(x) - 1));
  return success();
}

LogicalResult imputer(NodeContext &n) {
  if (failed(n.needInputs(1, 1)))
    return failure();
  ValueBuilder &b = n.b;
  Value x = n.value(0);
  Dims dims = n.dims(0);
  const bool floating = isa<FloatType>(n.element(0));
  SmallVector<double> values;
  if (floating)
    values = n.floatsAttr("imputed_value_floats").value_or(SmallVector<double>());
  else if (std::optional<SmallVector<int64_t>> ints = n.intsAttr("imputed_value_int64s"))
    values.assign(ints->begin(), ints->end());
  if (values.empty() ||
      (values.size() != 1 && (dims.empty() || staticDim(dims.back()) != static_cast<int64_t>(values.size()))))
    return n.error(llvm::Twine(values.size()) + " imputed values do not fit " + n.show(n.type(0)));
  Value imputed = values.size() == 1
                      ? b.splat(dims, n.element(0), values.front())
                      : b.broadcast(n.constant("imputed", makeTensorType(dims.back(), n.element(0)), values), dims);
  const double replaced = floating ? n.floatAttr("replaced_value_float", 0) : 0;
  Value missing;
  if (std::isnan(replaced))
    missing = b.compare(ComparisonDirection::NE, x, x);
  else if (floating)
    missing = b.compare(ComparisonDirection::EQ, x, b.like(x, replaced));
  else
    missing = b.compare(ComparisonDirection::EQ, x,
                        b.broadcast(b.integer(n.element(0), n.intAttr("replaced_value_int64", 0)), dims));
  n.result(0, b.select(missing, imputed, x));
  return success();
}

LogicalResult featureVectorizer(NodeContext &n) {
  if (failed(n.needInputs(std::max<size_t>(n.numInputs(), 1), n.numInputs())))
    return failure();
  ValueBuilder &b = n.b;
  SmallVector<Value> parts;
  for (size_t i = 0; i != n.numInputs(); ++i) {
    Value x = b.convert(n.value(i), b.getF32Type());
    if (n.rank(i) == 1)
      x = b.reshape(x, {b.number(1), n.dims(i)[0]});
    if (ValueBuilder::rankOf(x) != 2 || ValueBuilder::dimsOf(x)[0] != ValueBuilder::dimsOf(i == 0 ? x : parts.front())[0])
      return n.error("operand " + llvm::Twine(i) + " " + n.show(n.type(i)) + " does not fit the others");
    parts.push_back(x);
  }
  n.result(0, b.concat(parts, 1));
  return success();
}

// The keys or values of a LabelEncoder, and their type.
struct Labels {
  Type type;
  SmallVector<double> elements;
};
std::optional<Labels> readLabels(NodeContext &n, StringRef what) {
  Labels labels;
  if (n.hasAttribute((what + "_strings").str())) {
    (void)n.error(what + " that are strings are not supported");
    return std::nullopt;
  }
  if (const AttributeProto *tensor = n.attribute((what + "_tensor").str())) {
    std::optional<SymbolicTensor> value = n.hostTensor(tensor->t());
    if (!value)
      return std::nullopt;
    labels.type = value->type.getElementType();
    for (int64_t i = 0; i != value->size(); ++i)
      labels.elements.push_back(*value->number(i));
  } else if (std::optional<SmallVector<int64_t>> ints = n.intsAttr((what + "_int64s").str())) {
    labels.type = n.b.getI64Type();
    labels.elements.assign(ints->begin(), ints->end());
  } else if (std::optional<SmallVector<double>> floats = n.floatsAttr((what + "_floats").str())) {
    labels.type = n.b.getF32Type();
    labels.elements = *floats;
  }
  if (labels.elements.empty()) {
    (void)n.error("has no " + what);
    return std::nullopt;
  }
  return labels;
}

// Each element's value is that of the last key equal to it.
LogicalResult labelEncoder(NodeContext &n) {
  if (failed(n.needInputs(1, 1)))
    return failure();
  ValueBuilder &b = n.b;
  std::optional<Labels> keys = readLabels(n, "keys"), values = keys ? readLabels(n, "values") : std::nullopt;
  if (!values)
    return failure();
  if (keys->elements.size() != values->elements.size() || keys->type != n.element(0))
    return n.error(llvm::Twine(keys->elements.size()) + " keys and " + llvm::Twine(values->elements.size()) +
                   " values do not fit " + n.show(n.type(0)));
  double otherwise = isa<FloatType>(values->type) ? n.floatAttr("default_float", -0.0)
                                                  : static_cast<double>(n.intAttr("default_int64", -1));
  if (const AttributeProto *tensor = n.attribute("default_tensor")) {
    std::optional<SymbolicTensor> value = n.hostTensor(tensor->t());
    if (!value || value->size() != 1 || value->type.getElementType() != values->type)
      return n.error("default_tensor does not fit the values");
    otherwise = *value->number(0);
  }
  AffineExpr count = b.number(static_cast<int64_t>(keys->elements.size()));
  Dims dims = n.dims(0), wide = dims;
  wide.push_back(count);
  SmallVector<int64_t> places = llvm::to_vector(llvm::seq<int64_t>(0, static_cast<int64_t>(dims.size())));
  const auto last = static_cast<int64_t>(dims.size());
  Value x = b.broadcast(n.value(0), wide, places);
  Value key = b.broadcast(n.constant("keys", makeTensorType(count, keys->type), keys->elements), wide, last);
  Value equal = b.compare(ComparisonDirection::EQ, x, key);
  if (isa<FloatType>(keys->type)) { // NaN is the key of any NaN
    Value bothNan = b.binary<AndOp>(b.compare(ComparisonDirection::NE, x, x), b.compare(ComparisonDirection::NE, key, key));
    equal = b.binary<OrOp>(equal, bothNan);
  }
  Type index = b.getI64Type();
  Value place = b.select(equal, b.iota(wide, index, last), b.splat(wide, index, -1));
  place = b.reduce(Reduction::Maximum, place, last, /*keep=*/false);
  Value found = b.compare(ComparisonDirection::GE, place, b.like(place, 0));
  Value table = n.constant("values", makeTensorType(count, values->type), values->elements);
  Value picked = b.take(table, b.max(place, b.like(place, 0)), 0);
  n.result(0, b.select(found, picked, b.like(picked, otherwise)));
  return success();
}

// The scores, whose columns are in the order of the labels.
LogicalResult zipMap(NodeContext &n) {
  if (failed(n.needInputs(1, 1)))
    return failure();
  n.result(0, n.entry(0));
  return success();
}

constexpr int64_t kNewest = 5;
constexpr OpRow rows[] = {
    {"ArrayFeatureExtractor", 1, kNewest, arrayFeatureExtractor},
    {"Binarizer", 1, kNewest, binarizer},
    {"FeatureVectorizer", 1, kNewest, featureVectorizer},
    {"Imputer", 1, kNewest, imputer},
    {"LabelEncoder", 2, kNewest, labelEncoder},
    {"LinearClassifier", 1, kNewest, linearClassifier},
    {"LinearRegressor", 1, kNewest, linearRegressor},
    {"Normalizer", 1, kNewest, normalizer},
    {"Scaler", 1, kNewest, scaler},
    {"ZipMap", 1, kNewest, zipMap},
};

} // namespace

Value bestLabel(NodeContext &n, Value scores, ArrayRef<int64_t> labels) {
  ValueBuilder &b = n.b;
  Type index = b.getI64Type();
  Dims dims = ValueBuilder::dimsOf(scores);
  const int64_t axis = ValueBuilder::rankOf(scores) - 1;
  Value isBest = b.compare(ComparisonDirection::EQ, scores, b.reduceBack(Reduction::Maximum, scores, axis));
  Value place = b.select(isBest, b.iota(dims, index, axis), b.splat(dims, index, static_cast<double>(labels.size() - 1)));
  place = b.reduce(Reduction::Minimum, place, axis, /*keep=*/false);
  bool counts = true;
  for (auto [i, label] : llvm::enumerate(labels))
    counts &= label == static_cast<int64_t>(i);
  if (counts)
    return place;
  SmallVector<double> table(labels.begin(), labels.end());
  return b.take(n.constant("labels", makeTensorType(b.number(static_cast<int64_t>(labels.size())), index), table), place, 0);
}

llvm::ArrayRef<OpRow> machineLearningOps() { return rows; }

} // namespace ingot::onnx
