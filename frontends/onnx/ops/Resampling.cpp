// Resize and its predecessor Upsample.
#include "frontends/common/Resampling.h"
#include "frontends/onnx/OpTable.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"

#include <cmath>

using namespace mlir;

namespace ingot::onnx {
namespace {

using Coordinates = InterpolationCoordinates;

// floor(dim * scale), with the product rounded to f32 as ONNX's shape inference does.
std::optional<AffineExpr> scaledSize(NodeContext &n, AffineExpr dim, double scale) {
  if (int64_t size = staticDim(dim); size >= 0) {
    double scaled = std::floor(static_cast<float>(size) * static_cast<float>(scale));
    if (scaled < double(int64_t(1) << 40))
      return n.b.number(static_cast<int64_t>(scaled));
  } else {
    for (int64_t denominator = 1; denominator <= 64; denominator *= 2)
      if (double numerator = scale * static_cast<double>(denominator);
          numerator == std::floor(numerator) && numerator < 4096)
        return simplifyExpr((dim * static_cast<int64_t>(numerator)).floorDiv(denominator));
  }
  (void)n.error("a scale of " + llvm::Twine(std::to_string(scale)) + " is not supported for " + n.show(n.type(0)));
  return std::nullopt;
}

// The simplest fraction that rounds to this scale, or bound of a region, as an f32. Places are computed in f64; so they are
// those that f32 arithmetic gives, and no place falls short of a whole number by the number's own rounding.
double simplestFraction(double number) {
  for (int64_t denominator = 1; denominator <= 1024; ++denominator)
    if (double fraction = std::round(number * static_cast<double>(denominator)) / static_cast<double>(denominator);
        static_cast<float>(fraction) == static_cast<float>(number))
      return fraction;
  return number;
}

LogicalResult applyScales(NodeContext &n, Resampling &r, ArrayRef<double> scales, ArrayRef<int64_t> axes) {
  if (scales.size() != axes.size())
    return n.error(llvm::Twine(scales.size()) + " scales for " + llvm::Twine(axes.size()) + " axes");
  for (auto [scale, axis] : llvm::zip(scales, axes)) {
    if (!(scale > 0 && scale < 1e9))
      return n.error("a scale is " + llvm::Twine(std::to_string(scale)));
    std::optional<AffineExpr> size = scaledSize(n, n.dims(0)[axis], scale);
    if (!size)
      return failure();
    r.axes[axis].size = *size;
    if (r.coordinates != Coordinates::TF_CROP_AND_RESIZE) // whose places follow from the sizes
      r.axes[axis].scale = simplestFraction(scale);
  }
  return success();
}

std::optional<SmallVector<double>> decidingFloats(NodeContext &n, size_t index, llvm::StringRef what) {
  const SymbolicTensor *operand = n.deciding(index);
  SmallVector<double> numbers;
  for (int64_t i = 0; operand && i != operand->size(); ++i)
    if (std::optional<double> number = operand->number(i))
      numbers.push_back(*number);
  if (operand && static_cast<int64_t>(numbers.size()) == operand->size())
    return numbers;
  (void)n.error("operand '" + n.node.input(index) + "' decides " + what + ", so it must be a constant" + n.decidedBy(index));
  return std::nullopt;
}

// Sizes as given, or the nearest that keep the ratio of the axes.
LogicalResult applySizes(NodeContext &n, Resampling &r, ArrayRef<int64_t> axes) {
  std::optional<Dims> sizes = n.decidingDims(3, "the sizes");
  if (!sizes)
    return failure();
  if (sizes->size() != axes.size())
    return n.error(llvm::Twine(sizes->size()) + " sizes for " + llvm::Twine(axes.size()) + " axes");
  std::string policy = n.opset >= 18 ? n.stringAttr("keep_aspect_ratio_policy", "stretch") : "stretch";
  if (policy == "stretch") {
    for (auto [size, axis] : llvm::zip(*sizes, axes)) {
      if (auto constant = dyn_cast<AffineConstantExpr>(size); constant && constant.getValue() < 0)
        return n.error("a size is " + llvm::Twine(constant.getValue()));
      r.axes[axis].size = size;
    }
    return success();
  }
  if (policy != "not_larger" && policy != "not_smaller")
    return n.error("keep_aspect_ratio_policy is '" + policy + "'");
  double scale = policy == "not_larger" ? HUGE_VAL : 0;
  for (auto [size, axis] : llvm::zip(*sizes, axes)) {
    int64_t from = staticDim(n.dims(0)[axis]), to = staticDim(size);
    if (from < 1 || to < 0)
      return n.error("keep_aspect_ratio_policy needs sizes that are fixed, not " + n.show(n.type(0)));
    double ratio = static_cast<double>(to) / static_cast<double>(from);
    scale = policy == "not_larger" ? std::min(scale, ratio) : std::max(scale, ratio);
  }
  for (int64_t axis : axes) {
    r.axes[axis].size =
        n.b.number(static_cast<int64_t>(std::floor(scale * static_cast<double>(staticDim(n.dims(0)[axis])) + 0.5)));
    if (r.coordinates != Coordinates::TF_CROP_AND_RESIZE)
      r.axes[axis].scale = scale;
  }
  return success();
}

std::optional<InterpolationKernel> readKernel(NodeContext &n, bool cubic) {
  std::string mode = n.stringAttr("mode", "nearest");
  if (isa<ComplexType>(n.element(0))) {
    (void)n.error("complex numbers are not supported");
    return std::nullopt;
  }
  if (mode == "nearest")
    return InterpolationKernel::NEAREST;
  if (mode == "linear" || mode == "bilinear") // so called before opset 7
    return InterpolationKernel::LINEAR;
  if (mode == "cubic" && cubic)
    return InterpolationKernel::CUBIC;
  (void)n.error("mode is '" + mode + "', none of nearest, linear" + (cubic ? ", cubic" : ""));
  return std::nullopt;
}

// Upsample, and Resize of opset 10: places count from the corner. Where an axis shrinks, NEAREST takes the next place above.
LogicalResult fromCorner(NodeContext &n, ArrayRef<double> scales) {
  Resampling r;
  std::optional<InterpolationKernel> kernel = readKernel(n, /*cubic=*/false);
  if (!kernel)
    return failure();
  r.kernel = *kernel;
  SmallVector<int64_t> axes;
  for (int64_t i = 0; i != n.rank(0); ++i) {
    axes.push_back(i);
    r.axes.push_back({n.dims(0)[i], std::nullopt});
  }
  if (failed(applyScales(n, r, scales, axes)))
    return failure();
  if (r.kernel != InterpolationKernel::NEAREST) {
    n.result(0, resample(n.b, n.value(0), r));
    return success();
  }
  Value x = n.value(0);
  for (bool shrinks : {true, false}) {
    SmallVector<int64_t> dims;
    for (int64_t axis : axes)
      if (shrinks ? scales[axis] < 1 : scales[axis] > 1)
        dims.push_back(axis);
    r.nearest = shrinks ? NearestMode::CEIL : NearestMode::FLOOR;
    if (!dims.empty())
      x = interpolate(n.b, x, r, dims);
  }
  n.result(0, x);
  return success();
}

LogicalResult upsample(NodeContext &n) {
  if (failed(n.needInputs(n.opset < 9 ? 1 : 2, n.opset < 9 ? 1 : 2)))
    return failure();
  std::optional<SmallVector<double>> scales;
  if (n.opset >= 9)
    scales = decidingFloats(n, 1, "the sizes");
  else if (n.opset >= 7)
    scales = n.floatsAttr("scales");
  else
    scales = SmallVector<double>{1, 1, n.floatAttr("height_scale", 1), n.floatAttr("width_scale", 1)};
  if (!scales)
    return n.opset >= 9 ? failure() : n.error("scales are absent");
  return fromCorner(n, *scales);
}

LogicalResult resizeFromCorner(NodeContext &n) {
  if (failed(n.needInputs(2, 2)))
    return failure();
  std::optional<SmallVector<double>> scales = decidingFloats(n, 1, "the sizes");
  return scales ? fromCorner(n, *scales) : failure();
}

LogicalResult readModes(NodeContext &n, Resampling &r) {
  std::optional<InterpolationKernel> kernel = readKernel(n, /*cubic=*/true);
  if (!kernel)
    return failure();
  r.kernel = *kernel;
  // Each at every opset: exporters do not keep to the one that brought or dropped it, and a name has one meaning.
  static constexpr std::pair<const char *, Coordinates> systems[] = {
      {"half_pixel", Coordinates::HALF_PIXEL},
      {"half_pixel_symmetric", Coordinates::HALF_PIXEL_SYMMETRIC},
      {"pytorch_half_pixel", Coordinates::PYTORCH_HALF_PIXEL},
      {"asymmetric", Coordinates::ASYMMETRIC},
      {"align_corners", Coordinates::ALIGN_CORNERS},
      {"tf_crop_and_resize", Coordinates::TF_CROP_AND_RESIZE},
      {"tf_half_pixel_for_nn", Coordinates::TF_HALF_PIXEL_FOR_NN},
  };
  std::string coordinates = n.stringAttr("coordinate_transformation_mode", "half_pixel");
  auto found = llvm::find_if(systems, [&](const auto &system) { return coordinates == system.first; });
  if (found == std::end(systems))
    return n.error("coordinate_transformation_mode is '" + coordinates + "', none of " +
                   llvm::join(llvm::map_range(systems, [](const auto &system) { return system.first; }), ", "));
  r.coordinates = found->second;
  std::string nearest = n.stringAttr("nearest_mode", "round_prefer_floor");
  auto mode = llvm::StringSwitch<std::optional<NearestMode>>(nearest)
                  .Case("round_prefer_floor", NearestMode::ROUND_PREFER_FLOOR)
                  .Case("round_prefer_ceil", NearestMode::ROUND_PREFER_CEIL)
                  .Case("floor", NearestMode::FLOOR)
                  .Case("ceil", NearestMode::CEIL)
                  .Default(std::nullopt);
  if (!mode)
    return n.error("nearest_mode is '" + nearest + "', none of round_prefer_floor, round_prefer_ceil, floor, ceil");
  r.nearest = *mode;
  r.cubicCoefficient = n.floatAttr("cubic_coeff_a", -0.75);
  r.extrapolationValue = n.floatAttr("extrapolation_value", 0);
  r.excludeOutside = n.intAttr("exclude_outside", 0) != 0 && r.kernel != InterpolationKernel::NEAREST;
  r.antialias = n.opset >= 18 && n.intAttr("antialias", 0) != 0 && r.kernel != InterpolationKernel::NEAREST;
  return success();
}

LogicalResult resize(NodeContext &n) {
  if (failed(n.needInputs(1, 4)))
    return failure();
  Resampling r;
  if (failed(readModes(n, r)))
    return failure();
  const int64_t rank = n.rank(0);
  SmallVector<int64_t> axes;
  for (int64_t i = 0; i != rank; ++i) {
    axes.push_back(i);
    r.axes.push_back({n.dims(0)[i], std::nullopt});
  }
  if (std::optional<SmallVector<int64_t>> given = n.opset >= 18 ? n.intsAttr("axes") : std::nullopt) {
    if (!n.axes(*given, rank))
      return failure();
    axes.clear();
    for (int64_t axis : *given)
      axes.push_back(axis < 0 ? axis + rank : axis);
  }
  // An operand that is not used may be an empty tensor.
  auto stated = [&](size_t index) {
    return n.has(index) && !(n.type(index).hasStaticShape() && n.type(index).getNumElements() == 0);
  };
  if (stated(2) == stated(3))
    return n.error("needs either scales or sizes");
  if (stated(2)) {
    std::optional<SmallVector<double>> scales = decidingFloats(n, 2, "the sizes");
    if (!scales || failed(applyScales(n, r, *scales, axes)))
      return failure();
  } else if (failed(applySizes(n, r, axes))) {
    return failure();
  }
  if (r.coordinates == Coordinates::TF_CROP_AND_RESIZE) {
    std::optional<SmallVector<double>> roi =
        stated(1) ? decidingFloats(n, 1, "the part that is taken") : SmallVector<double>();
    if (!roi)
      return failure();
    if (roi->size() != 2 * axes.size())
      return n.error("roi has " + llvm::Twine(roi->size()) + " entries for " + llvm::Twine(axes.size()) + " axes");
    for (auto [index, axis] : llvm::enumerate(axes)) {
      r.axes[axis].start = simplestFraction((*roi)[index]);
      r.axes[axis].end = simplestFraction((*roi)[axes.size() + index]);
    }
  }
  // Either all dims that are resampled have a scale, or none.
  if (llvm::any_of(r.axes, [](const ResamplingAxis &axis) { return axis.scale.has_value(); }))
    for (ResamplingAxis &axis : r.axes)
      axis.scale = axis.scale.value_or(1);
  for (auto [index, axis] : llvm::enumerate(r.axes))
    if (staticDim(n.dims(0)[index]) == 0 && staticDim(axis.size) != 0)
      return n.error("an empty axis cannot be resized to " + n.show(axis.size));
  n.result(0, resample(n.b, n.value(0), r));
  return success();
}

constexpr OpRow rows[] = {
    {"Resize", 10, 10, resizeFromCorner},
    {"Resize", 11, kNewestOpset, resize},
    {"Upsample", 1, 9, upsample},
};

} // namespace

llvm::ArrayRef<OpRow> resamplingOps() { return rows; }

} // namespace ingot::onnx
