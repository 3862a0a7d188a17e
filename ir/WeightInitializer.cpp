// The steps of a weight's initialiser: the type each leads to, and its value.
#include "ir/Types.h"
#include "ir/WeightStore.h"
#include "ir/reference/Elements.h"
#include "ir/reference/Families.h"
#include "ir/reference/Scalars.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace ingot {

using reference::Tensor;

//--- Types

// The type of `step` on `type`, or null with `why` filled.
static RankedTensorType stepType(ConvertStepAttr step, RankedTensorType type, std::string &why) {
  if (elementBytes(step.getElementType()))
    return withElementType(type, step.getElementType());
  llvm::raw_string_ostream(why) << step.getElementType() << " is no element type";
  return {};
}

static RankedTensorType stepType(TransposeStepAttr step, RankedTensorType type, std::string &why) {
  SmallVector<int64_t> sorted(step.getPermutation()), dims;
  llvm::sort(sorted);
  for (auto [index, dim] : llvm::enumerate(sorted))
    if (dim != int64_t(index) || int64_t(sorted.size()) != type.getRank()) {
      why = "the permutation is none of the " + std::to_string(type.getRank()) + " dims of " + describeType(type, {});
      return {};
    }
  for (int64_t dim : step.getPermutation())
    dims.push_back(type.getDimSize(unsigned(dim)));
  return makeTensorType(dims, type.getElementType());
}

static RankedTensorType stepType(ReshapeStepAttr step, RankedTensorType type, std::string &why) {
  int64_t elements = 1;
  bool overflow = false;
  for (int64_t dim : step.getShape())
    overflow |= dim < 0 || llvm::MulOverflow(elements, dim, elements);
  if (!overflow && elements == type.getNumElements())
    return makeTensorType(step.getShape(), type.getElementType());
  why = "the shape does not hold the elements of " + describeType(type, {});
  return {};
}

static RankedTensorType stepType(SliceStepAttr step, RankedTensorType type, std::string &why) {
  SmallVector<int64_t> dims;
  const auto rank = static_cast<size_t>(type.getRank());
  const bool isStrided = !step.getStrides().empty();
  bool isValid =
      step.getStarts().size() == rank && step.getLimits().size() == rank && (!isStrided || step.getStrides().size() == rank);
  for (size_t i = 0; isValid && i != rank; ++i) {
    const int64_t start = step.getStarts()[i], limit = step.getLimits()[i], stride = isStrided ? step.getStrides()[i] : 1;
    isValid = 0 <= start && start <= limit && limit <= type.getDimSize(unsigned(i)) && stride > 0;
    if (isValid)
      dims.push_back(llvm::divideCeil(uint64_t(limit - start), uint64_t(stride)));
  }
  if (isValid)
    return makeTensorType(dims, type.getElementType());
  why = "the slice is not within " + describeType(type, {});
  return {};
}

static RankedTensorType stepType(ReverseStepAttr step, RankedTensorType type, std::string &why) {
  llvm::SmallDenseSet<int64_t> seen;
  if (llvm::all_of(step.getDims(), [&](int64_t dim) { return dim >= 0 && dim < type.getRank() && seen.insert(dim).second; }))
    return type;
  why = "the dims to reverse are none, or not different ones, of " + describeType(type, {});
  return {};
}

static RankedTensorType stepType(ScaleStepAttr step, RankedTensorType type, std::string &why) {
  if (step.getDim() >= 0 && step.getDim() < type.getRank() && !type.getElementType().isInteger(1))
    return type;
  why = "dim " + std::to_string(step.getDim()) + " of " + describeType(type, {}) + " cannot be scaled";
  return {};
}

static RankedTensorType stepType(PackStepAttr step, RankedTensorType type, std::string &why) {
  if (step.getDim() < 0 || step.getDim() >= type.getRank() || step.getWidth() <= 0) {
    why = "dim " + std::to_string(step.getDim()) + " of " + describeType(type, {}) + " cannot be cut into panels of " +
          std::to_string(step.getWidth());
    return {};
  }
  SmallVector<int64_t> dims(type.getShape());
  int64_t extent = dims[size_t(step.getDim())];
  dims.erase(dims.begin() + step.getDim());
  dims.insert(dims.begin(), llvm::divideCeilSigned(extent, step.getWidth()));
  dims.push_back(step.getWidth());
  return makeTensorType(dims, type.getElementType());
}

static RankedTensorType stepType(PackBitsStepAttr, RankedTensorType type, std::string &why) {
  const unsigned each = elementsInByte(type.getElementType());
  if (each <= 1) {
    why = "no byte holds several elements of " + describeType(type, {});
    return {};
  }
  return makeTensorType({llvm::divideCeilSigned(type.getNumElements(), each)},
                        IntegerType::get(type.getContext(), 8, IntegerType::Unsigned));
}

RankedTensorType inferWeightType(SourceAttr source, ArrayAttr steps, std::string *why) {
  RankedTensorType type = source.getType();
  std::string problem;
  if (!type.hasStaticShape() || elementBytes(type.getElementType()) == 0) {
    if (why)
      *why =
          "source '" + source.getKey().str() + "' is " + describeType(type, {}) + ", not a static tensor of an element type";
    return {};
  }
  for (auto [index, step] : llvm::enumerate(steps)) {
    type = llvm::TypeSwitch<Attribute, RankedTensorType>(step)
               .Case<ConvertStepAttr, TransposeStepAttr, ReshapeStepAttr, SliceStepAttr, ReverseStepAttr, ScaleStepAttr,
                     PackStepAttr, PackBitsStepAttr>([&](auto typed) { return stepType(typed, type, problem); })
               .Default([&](Attribute other) {
                 llvm::raw_string_ostream(problem) << other << " is no initialiser step";
                 return RankedTensorType();
               });
    if (type)
      continue;
    if (why)
      *why = "step " + std::to_string(index) + ": " + problem;
    return {};
  }
  return type;
}

//--- Values

static llvm::Error apply(ConvertStepAttr step, Tensor &tensor, RankedTensorType, const WeightStore &) {
  tensor = reference::converted(tensor, step.getElementType());
  return llvm::Error::success();
}

static llvm::Error apply(TransposeStepAttr step, Tensor &tensor, RankedTensorType, const WeightStore &) {
  tensor = reference::transposed(tensor, step.getPermutation());
  return llvm::Error::success();
}

static llvm::Error apply(ReshapeStepAttr, Tensor &tensor, RankedTensorType type, const WeightStore &) {
  tensor.dims.assign(type.getShape().begin(), type.getShape().end());
  return llvm::Error::success();
}

static llvm::Error apply(SliceStepAttr step, Tensor &tensor, RankedTensorType type, const WeightStore &) {
  Tensor result = Tensor::zeros(tensor.elementType, type.getShape());
  reference::StridedView from{0, reference::rowMajorStrides(tensor.dims)};
  for (size_t i = 0; i != from.strides.size(); ++i) {
    from.offset += step.getStarts()[i] * from.strides[i];
    if (!step.getStrides().empty())
      from.strides[i] *= step.getStrides()[i];
  }
  reference::stridedCopy(tensor.bytes.data(), from, result.bytes.data(), {0, reference::rowMajorStrides(result.dims)},
                         result.dims, elementBytes(tensor.elementType));
  tensor = std::move(result);
  return llvm::Error::success();
}

static llvm::Error apply(ReverseStepAttr step, Tensor &tensor, RankedTensorType, const WeightStore &) {
  Tensor result = Tensor::zeros(tensor.elementType, tensor.dims);
  reference::StridedView from{0, reference::rowMajorStrides(tensor.dims)};
  for (int64_t dim : step.getDims()) {
    int64_t &stride = from.strides[size_t(dim)];
    from.offset += (tensor.dims[size_t(dim)] - 1) * stride;
    stride = -stride;
  }
  if (result.numElements() != 0)
    reference::stridedCopy(tensor.bytes.data(), from, result.bytes.data(), {0, reference::rowMajorStrides(result.dims)},
                           result.dims, elementBytes(tensor.elementType));
  tensor = std::move(result);
  return llvm::Error::success();
}

static llvm::Error apply(ScaleStepAttr step, Tensor &tensor, RankedTensorType, const WeightStore &store) {
  const WeightSource *source = store.find(step.getKey());
  int64_t extent = tensor.dims[size_t(step.getDim())];
  if (!source || source->type.getRank() != 1 || source->type.getDimSize(0) != extent)
    return llvm::createStringError(std::errc::invalid_argument, "scale '%s' is %s, but a vector of %lld is needed",
                                   step.getKey().str().c_str(),
                                   source ? describeType(source->type, {}).c_str() : "not in the store", (long long)extent);
  Tensor scale = Tensor::zeros(source->type.getElementType(), {extent});
  if (llvm::Error error = store.read(step.getKey(), scale.bytes))
    return error;
  if (scale.elementType != tensor.elementType)
    scale = reference::converted(scale, tensor.elementType);
  // Elements with one index along the dim lie in runs of `inner`.
  int64_t inner = reference::rowMajorStrides(tensor.dims)[size_t(step.getDim())], size = elementBytes(tensor.elementType);
  reference::withValue(tensor.elementType, [&](auto value) {
    using V = decltype(value);
    auto multiply = reference::binaryFunction<V>("multiply");
    unsigned width = tensor.elementType.isIntOrFloat() ? tensor.elementType.getIntOrFloatBitWidth() : 0;
    std::vector<V> factors(static_cast<size_t>(extent)), run(static_cast<size_t>(inner));
    reference::decode<V>(scale.elementType, scale.bytes.data(), extent, factors.data());
    char *at = tensor.bytes.data();
    for (int64_t i = 0, e = inner ? tensor.numElements() / inner : 0; i != e; ++i, at += inner * size) {
      reference::decode<V>(tensor.elementType, at, inner, run.data());
      for (V &element : run)
        element = multiply(element, factors[size_t(i % extent)], width);
      reference::encode<V>(tensor.elementType, run.data(), inner, at);
    }
  });
  return llvm::Error::success();
}

static llvm::Error apply(PackStepAttr step, Tensor &tensor, RankedTensorType type, const WeightStore &) {
  size_t dim = size_t(step.getDim());
  int64_t width = step.getWidth(), extent = tensor.dims[dim];
  Tensor result = Tensor::zeros(tensor.elementType, type.getShape()); // zeros fill the last panel
  SmallVector<int64_t> own = reference::rowMajorStrides(result.dims), panelStrides(own.begin() + 1, own.end() - 1);
  panelStrides.insert(panelStrides.begin() + int64_t(dim), 1);
  reference::StridedView from{0, reference::rowMajorStrides(tensor.dims)};
  for (int64_t start = 0, panel = 0; start < extent; start += width, ++panel) {
    SmallVector<int64_t> box(tensor.dims);
    box[dim] = std::min(width, extent - start);
    reference::stridedCopy(tensor.bytes.data(), from, result.bytes.data(), {panel * own[0], panelStrides}, box,
                           elementBytes(tensor.elementType));
    from.offset += width * from.strides[dim];
  }
  tensor = std::move(result);
  return llvm::Error::success();
}

static llvm::Error apply(PackBitsStepAttr, Tensor &tensor, RankedTensorType type, const WeightStore &) {
  Tensor result = Tensor::zeros(type.getElementType(), type.getShape());
  packBits(tensor.bytes, elementsInByte(tensor.elementType), result.bytes);
  tensor = std::move(result);
  return llvm::Error::success();
}

llvm::Expected<std::vector<char>> evaluateWeight(WeightOp weight, const WeightStore &store) {
  auto fail = [&](const Twine &why) {
    return llvm::createStringError(std::errc::invalid_argument, "weight '%s': %s", weight.getSymName().str().c_str(),
                                   why.str().c_str());
  };
  SourceAttr source = weight.getSource();
  const WeightSource *entry = store.find(source.getKey());
  if (!entry)
    return fail("the weight store has no entry '" + source.getKey() + "'");
  if (entry->type != source.getType())
    return fail("entry '" + source.getKey() + "' of the store is " + describeType(entry->type, {}) + ", but " +
                describeType(source.getType(), {}) + " is needed");
  Tensor tensor{source.getType().getElementType(), SmallVector<int64_t>(source.getType().getShape()), {}};
  if (llvm::Error error = store.read(source.getKey(), tensor.bytes))
    return std::move(error);
  RankedTensorType type = source.getType();
  for (Attribute step : weight.getSteps()) {
    std::string why;
    llvm::Error error = llvm::TypeSwitch<Attribute, llvm::Error>(step)
                            .Case<ConvertStepAttr, TransposeStepAttr, ReshapeStepAttr, SliceStepAttr, ReverseStepAttr,
                                  ScaleStepAttr, PackStepAttr, PackBitsStepAttr>([&](auto typed) -> llvm::Error {
                              type = stepType(typed, type, why);
                              return type ? apply(typed, tensor, type, store) : fail(why);
                            })
                            .Default([&](Attribute) { return fail("holds an unknown step"); });
    if (error)
      return std::move(error);
  }
  return std::move(tensor.bytes);
}

} // namespace ingot
