// Ops that read between the elements of an image, at places computed at run time.
#include "frontends/onnx/OpTable.h"
#include "frontends/onnx/ops/Windows.h"

using namespace mlir;

namespace ingot::onnx {
namespace {

enum class Padding { Zeros, Border, Reflection };
enum class Mode { Nearest, Linear, Cubic };

Value like(ValueBuilder &b, Value x, Value scalar) { return b.broadcast(scalar, ValueBuilder::dimsOf(x)); }
Value plus(ValueBuilder &b, Value x, double y) { return y == 0 ? x : b.add(x, b.like(x, y)); }
Value times(ValueBuilder &b, Value x, double y) { return y == 1 ? x : b.mul(x, b.like(x, y)); }

// Reads elements of image[N, C, D...] at places given for each spatial dim as floats [N, P...]; gives [N, C, P...].
struct Sampler {
  ValueBuilder &b;
  Value image;
  Padding padding;
  bool alignCorners = false;

  int64_t rank() const { return ValueBuilder::rankOf(image) - 2; }
  // The extent of a spatial dim as a scalar of the places' type.
  Value extent(int64_t dim, Value places) const {
    return b.sizeOf(ValueBuilder::dimsOf(image)[2 + dim], ValueBuilder::elementOf(places));
  }

  // Mirrored at the ends of the dim, as often as it takes.
  Value reflect(Value x, int64_t dim) const {
    Value size = extent(dim, x), one = b.scalar(ValueBuilder::elementOf(x), 1),
          half = b.scalar(ValueBuilder::elementOf(x), 0.5);
    Value low = alignCorners ? b.like(x, 0) : b.like(x, -0.5), range = like(b, x, alignCorners ? b.sub(size, one) : size);
    Value high = like(b, x, alignCorners ? b.sub(size, one) : b.sub(size, half));
    Value period = b.add(range, range);
    Value phase = b.binary<RemainderOp>(b.unary<AbsOp>(b.sub(x, low)), period);
    Value folded = b.add(low, b.min(phase, b.sub(period, phase)));
    Value outside = b.binary<OrOp>(b.compare(ComparisonDirection::LT, x, low), b.compare(ComparisonDirection::GT, x, high));
    return b.select(outside, folded, x);
  }

  Value clamp(Value x, int64_t dim) const {
    Value last = like(b, x, b.sub(extent(dim, x), b.scalar(ValueBuilder::elementOf(x), 1)));
    return b.max(b.min(x, last), b.like(x, 0));
  }

  // The elements at whole numbers. `batches`: the image of each place, where the places do not belong to one each.
  Value at(ArrayRef<Value> places, Value batches = {}) const {
    Dims dims = ValueBuilder::dimsOf(places[0]), column = dims, result = dims;
    column.push_back(b.number(1));
    result.insert(result.begin() + 1, ValueBuilder::dimsOf(image)[1]);
    SmallVector<Value> parts;
    if (batches)
      parts.push_back(b.reshape(batches, column));
    Value inside;
    SmallVector<int64_t> map, outer;
    for (int64_t d = 0; d != rank(); ++d) {
      Value x = padding == Padding::Reflection ? reflect(places[d], d) : places[d];
      Value clamped = clamp(x, d);
      if (padding == Padding::Zeros) {
        Value within = b.compare(ComparisonDirection::EQ, clamped, x);
        inside = inside ? b.binary<AndOp>(inside, within) : within;
      }
      parts.push_back(b.reshape(b.convert(clamped, b.getI32Type()), column));
    }
    const int64_t vectors = static_cast<int64_t>(dims.size());
    for (int64_t i = batches ? 0 : 1; i != rank() + 2; ++i)
      if (i != 1)
        map.push_back(i);
    if (batches && ValueBuilder::elementOf(batches) != b.getI32Type())
      parts[0] = b.convert(parts[0], b.getI32Type());
    if (!batches)
      outer.push_back(0);
    SmallVector<int64_t> collapsed = map;
    Value taken = b.gather(image, b.concat(parts, vectors),
                           GatherDimsAttr::get(b.getContext(), int64_t(1), collapsed, outer, outer, map, vectors), result);
    return inside ? b.select(overChannels(inside, result), taken, b.like(taken, 0)) : taken;
  }

  // [N, P...] over [N, C, P...].
  Value overChannels(Value x, ArrayRef<AffineExpr> dims) const {
    SmallVector<int64_t> axes = {0};
    for (int64_t i = 2; i != static_cast<int64_t>(dims.size()); ++i)
      axes.push_back(i);
    return b.broadcast(x, dims, axes);
  }

  // The weighted sum of `taps` elements along each dim: element `first[d] + i` with the weight weights[d][i].
  Value mix(ArrayRef<Value> first, ArrayRef<SmallVector<Value>> weights) const {
    Value sum;
    const size_t taps = weights[0].size();
    size_t combinations = 1;
    for (int64_t d = 0; d != rank(); ++d)
      combinations *= taps;
    for (size_t c = 0; c != combinations; ++c) {
      SmallVector<Value> places;
      Value weight;
      size_t rest = c;
      for (int64_t d = 0; d != rank(); ++d, rest /= taps) {
        places.push_back(plus(b, first[d], static_cast<double>(rest % taps)));
        Value along = weights[d][rest % taps];
        weight = weight ? b.mul(weight, along) : along;
      }
      Value taken = at(places);
      Value part =
          b.mul(taken, overChannels(b.convert(weight, ValueBuilder::elementOf(image)), ValueBuilder::dimsOf(taken)));
      sum = sum ? b.add(sum, part) : part;
    }
    return sum;
  }

  Value linear(ArrayRef<Value> places) const {
    SmallVector<Value> first;
    SmallVector<SmallVector<Value>> weights;
    for (Value x : places) {
      Value floor = b.unary<FloorOp>(x), t = b.sub(x, floor);
      first.push_back(floor);
      weights.push_back({b.sub(b.like(t, 1), t), t});
    }
    return mix(first, weights);
  }

  // Cubic convolution with the coefficient -0.75.
  Value cubic(ArrayRef<Value> places) const {
    constexpr double a = -0.75;
    SmallVector<Value> first;
    SmallVector<SmallVector<Value>> weights;
    auto near = [&](Value t) { // of an element up to 1 away
      return plus(b, b.mul(b.mul(plus(b, times(b, t, a + 2), -(a + 3)), t), t), 1);
    };
    auto far = [&](Value t) { // of one 1 to 2 away
      return plus(b, b.mul(plus(b, b.mul(plus(b, times(b, t, a), -5 * a), t), 8 * a), t), -4 * a);
    };
    for (Value x : places) {
      Value floor = b.unary<FloorOp>(x), t = b.sub(x, floor), s = b.sub(b.like(t, 1), t);
      first.push_back(plus(b, floor, -1));
      weights.push_back({far(plus(b, t, 1)), near(t), near(s), far(plus(b, s, 1))});
    }
    return mix(first, weights);
  }
};

// Element type to compute places and mixtures in.
Type wide(ValueBuilder &b, Type type) { return type.isF64() ? Type(b.getF64Type()) : Type(b.getF32Type()); }

LogicalResult gridSample(NodeContext &n) {
  if (failed(n.needInputs(2, 2)))
    return failure();
  ValueBuilder &b = n.b;
  const int64_t rank = n.rank(0) - 2;
  if (rank < 1 || rank > 3 || (n.opset < 20 && rank != 2) || n.rank(1) != rank + 2 || staticDim(n.dims(1).back()) != rank ||
      n.dims(1)[0] != n.dims(0)[0] || !isa<FloatType>(n.element(1)) || isa<ComplexType>(n.element(0)))
    return n.error("the grid " + n.show(n.type(1)) + " does not fit the image " + n.show(n.type(0)));
  std::string modeName = n.stringAttr("mode", n.opset < 20 ? "bilinear" : "linear");
  std::string paddingName = n.stringAttr("padding_mode", "zeros");
  Mode mode = Mode::Linear;
  if (modeName == "nearest")
    mode = Mode::Nearest;
  else if (modeName == "cubic" || modeName == "bicubic")
    mode = Mode::Cubic;
  else if (modeName != "linear" && modeName != "bilinear")
    return n.error("mode is '" + modeName + "'");
  Padding padding = paddingName == "border"       ? Padding::Border
                    : paddingName == "reflection" ? Padding::Reflection
                                                  : Padding::Zeros;
  if (padding == Padding::Zeros && paddingName != "zeros")
    return n.error("padding_mode is '" + paddingName + "'");
  Type type = n.element(0);
  Value image = n.value(0), grid = b.convert(n.value(1), wide(b, n.element(1)));
  if (mode != Mode::Nearest)
    image = b.convert(image, wide(b, type));
  Sampler sampler{b, image, padding, n.intAttr("align_corners", 0) != 0};
  Dims dims = n.dims(1);
  dims.pop_back();
  SmallVector<Value> places;
  for (int64_t d = 0; d != rank; ++d) {
    // From [-1, 1]; the grid names the last dim first.
    Value g = b.reshape(b.slice(grid, rank + 1, rank - 1 - d, 1), dims);
    Value size = like(b, g, sampler.extent(d, g));
    Value shifted = plus(b, g, 1);
    Value x = sampler.alignCorners ? b.mul(times(b, shifted, 0.5), plus(b, size, -1))
                                   : times(b, plus(b, b.mul(shifted, size), -1), 0.5);
    if (mode == Mode::Nearest)
      x = b.unary<RoundNearestEvenOp>(x);
    if (padding == Padding::Reflection)
      x = sampler.reflect(x, d);
    if (padding == Padding::Border && mode != Mode::Cubic) {
      const double margin = sampler.alignCorners ? 0 : 0.5;
      Value outside = b.binary<OrOp>(b.compare(ComparisonDirection::LT, x, b.like(x, -margin)),
                                     b.compare(ComparisonDirection::GT, x, plus(b, size, margin - 1)));
      x = b.select(outside, sampler.clamp(x, d), x);
    }
    places.push_back(x);
  }
  Value result = mode == Mode::Nearest  ? sampler.at(places)
                 : mode == Mode::Linear ? sampler.linear(places)
                                        : sampler.cubic(places);
  n.result(0, b.convert(result, type));
  return success();
}

// The places of output elements in [-1, 1], each moved by the matrix of its batch.
LogicalResult affineGrid(NodeContext &n) {
  if (failed(n.needInputs(2, 2)))
    return failure();
  ValueBuilder &b = n.b;
  std::optional<Dims> size = n.decidingDims(1, "the grid's size");
  if (!size)
    return failure();
  const int64_t rank = static_cast<int64_t>(size->size()) - 2;
  Dims theta = n.dims(0);
  if (rank < 2 || rank > 3 || theta.size() != 3 || theta[0] != size->front() || staticDim(theta[1]) != rank ||
      staticDim(theta[2]) != rank + 1)
    return n.error("theta " + n.show(n.type(0)) + " does not fit the size " + n.show(*size));
  const bool align = n.intAttr("align_corners", 0) != 0;
  Type type = b.stepType(n.element(0));
  Value matrices = b.convert(n.value(0), type);
  Dims dims = {theta[0]};
  dims.append(size->begin() + 2, size->end());
  SmallVector<Value> base;
  for (int64_t k = 0; k != rank; ++k) { // the last dim first
    const int64_t axis = rank - k;
    AffineExpr extent = dims[axis];
    Value at = b.iota({extent}, type, 0);
    Value count = like(b, at, b.sizeOf(extent, type));
    Value place;
    if (staticDim(extent) == 1)
      place = b.like(at, 0);
    else if (align)
      place = plus(b, b.div(times(b, at, 2), plus(b, count, -1)), -1);
    else
      place = plus(b, b.div(plus(b, times(b, at, 2), 1), count), -1);
    base.push_back(b.broadcast(place, dims, axis));
  }
  Dims column = dims;
  column.push_back(b.number(1));
  SmallVector<Value> parts;
  for (int64_t row = 0; row != rank; ++row) {
    Value sum;
    for (int64_t k = 0; k <= rank; ++k) {
      Value factor = b.broadcast(b.reshape(b.slice(b.slice(matrices, 1, row, 1), 2, k, 1), theta[0]), dims, int64_t(0));
      Value part = k == rank ? factor : b.mul(factor, base[k]);
      sum = sum ? b.add(sum, part) : part;
    }
    parts.push_back(b.reshape(sum, column));
  }
  n.result(0, b.convert(b.concat(parts, rank + 1), n.element(0)));
  return success();
}

//===--- regions -------------------------------------------------------------------------------------------------------===//

// Column `index` of rois[R, k] over dims, whose first is R.
Value roiColumn(ValueBuilder &b, Value rois, int64_t index, ArrayRef<AffineExpr> dims) {
  return b.broadcast(b.reshape(b.slice(rois, 1, index, 1), ValueBuilder::dimsOf(rois)[0]), dims, int64_t(0));
}

// Each region cut into bins; a bin is the mean (or the maximum) of a fixed number of samples.
LogicalResult roiAlign(NodeContext &n) {
  if (failed(n.needInputs(3, 3)))
    return failure();
  ValueBuilder &b = n.b;
  if (!isa<FloatType>(n.element(0)) || !isa<FloatType>(n.element(1)) || !n.element(2).isSignlessInteger() ||
      n.rank(0) != 4 || n.rank(1) != 2 || staticDim(n.dims(1)[1]) != 4 || n.rank(2) != 1 || n.dims(2)[0] != n.dims(1)[0])
    return n.error("rois " + n.show(n.type(1)) + " and batch_indices " + n.show(n.type(2)) + " do not fit " +
                   n.show(n.type(0)));
  std::string coordinates =
      n.stringAttr("coordinate_transformation_mode", n.opset < 16 ? "output_half_pixel" : "half_pixel");
  std::string mode = n.stringAttr("mode", "avg");
  if ((coordinates != "half_pixel" && coordinates != "output_half_pixel") || (mode != "avg" && mode != "max"))
    return n.error("mode is '" + mode + "', coordinate_transformation_mode '" + coordinates + "'");
  if (failed(n.checkPlaces(2, n.dims(0), 0, /*fromEnd=*/false)))
    return failure();
  const bool halfPixel = coordinates == "half_pixel";
  const int64_t bins[] = {n.intAttr("output_height", 1), n.intAttr("output_width", 1)},
                samples = n.intAttr("sampling_ratio", 0);
  const double scale = n.floatAttr("spatial_scale", 1);
  if (samples == 0)
    return n.error("sampling_ratio 0 lets the regions decide the number of samples, which is not supported");
  if (samples < 0 || samples > 256 || bins[0] < 1 || bins[1] < 1 || bins[0] > 4096 || bins[1] > 4096)
    return n.error("output_height, output_width or sampling_ratio is out of range");
  Type type = n.element(0), compute = wide(b, type);
  Value image = b.convert(n.value(0), compute), rois = b.convert(n.value(1), compute);
  AffineExpr regions = n.dims(1)[0];
  Dims dims = {regions, b.number(bins[0] * samples), b.number(bins[1] * samples)};
  Sampler sampler{b, image, Padding::Border};
  SmallVector<Value> low, weight;
  Value outside;
  for (int64_t d = 0; d != 2; ++d) {
    Dims line = {regions, dims[1 + d]};
    const double offset = halfPixel ? -0.5 : 0;
    Value start = plus(b, times(b, roiColumn(b, rois, 1 - d, line), scale), offset);
    Value end = plus(b, times(b, roiColumn(b, rois, 3 - d, line), scale), offset);
    Value length = b.sub(end, start);
    if (!halfPixel)
      length = b.max(length, b.like(length, 1));
    Value at = times(b, plus(b, b.iota(line, compute, 1), 0.5), 1.0 / static_cast<double>(samples));
    Value x = b.add(start, b.mul(at, times(b, length, 1.0 / static_cast<double>(bins[d]))));
    Value size = like(b, x, sampler.extent(d, x));
    Value beyond =
        b.binary<OrOp>(b.compare(ComparisonDirection::LT, x, b.like(x, -1)), b.compare(ComparisonDirection::GT, x, size));
    x = sampler.clamp(x, d);
    SmallVector<int64_t> places = {0, 1 + d};
    beyond = b.broadcast(beyond, dims, places);
    outside = outside ? b.binary<OrOp>(outside, beyond) : beyond;
    Value floor = b.unary<FloorOp>(x);
    low.push_back(b.broadcast(floor, dims, places));
    weight.push_back(b.broadcast(b.sub(x, floor), dims, places));
  }
  Value batches = b.broadcast(n.value(2), dims, int64_t(0));
  Value value;
  for (int64_t tap = 0; tap != 4; ++tap) {
    SmallVector<Value> places;
    Value product;
    for (int64_t d = 0; d != 2; ++d) {
      const bool upper = d ? tap & 1 : tap & 2;
      places.push_back(upper ? plus(b, low[d], 1) : low[d]);
      Value along = upper ? weight[d] : b.sub(b.like(weight[d], 1), weight[d]);
      product = product ? b.mul(product, along) : along;
    }
    Value taken = sampler.at(places, batches);
    Value part = b.mul(taken, sampler.overChannels(product, ValueBuilder::dimsOf(taken)));
    // The maximum is that of the weighted elements, as the reference implementations have it.
    value = !value ? part : mode == "max" ? b.max(value, part) : b.add(value, part);
  }
  Dims result = ValueBuilder::dimsOf(value);
  value = b.select(sampler.overChannels(outside, result), b.like(value, 0), value);
  value = b.reshape(value, {regions, result[1], b.number(bins[0]), b.number(samples), b.number(bins[1]), b.number(samples)});
  SmallVector<int64_t> within = {3, 5};
  value =
      mode == "max" ? b.reduce(Reduction::Maximum, value, within, /*keep=*/false) : b.mean(value, within, /*keep=*/false);
  n.result(0, b.convert(value, type));
  return success();
}

// Each region cut into bins of whole elements, of which the greatest counts; first along rows, then along columns.
LogicalResult maxRoiPool(NodeContext &n) {
  if (failed(n.needInputs(2, 2)))
    return failure();
  ValueBuilder &b = n.b;
  std::optional<SmallVector<int64_t>> bins = n.intsAttr("pooled_shape");
  if (!isa<FloatType>(n.element(0)) || n.rank(0) != 4 || n.rank(1) != 2 || staticDim(n.dims(1)[1]) != 5 ||
      n.element(1) != n.element(0))
    return n.error("rois " + n.show(n.type(1)) + " do not fit " + n.show(n.type(0)));
  if (!bins || bins->size() != 2 || (*bins)[0] < 1 || (*bins)[1] < 1 || (*bins)[0] > 4096 || (*bins)[1] > 4096)
    return n.error("pooled_shape must hold two counts");
  const double scale = n.floatAttr("spatial_scale", 1);
  Type type = n.element(0), index = b.getI64Type();
  AffineExpr regions = n.dims(1)[0];
  Value rois = b.convert(n.value(1), b.stepType(type));
  Value batches = b.convert(b.reshape(b.slice(rois, 1, 0, 1), regions), index);
  Value x = b.take(n.value(0), batches, 0); // [R, C, H, W]
  for (int64_t d = 0; d != 2; ++d) {
    // Bin i of an axis holds elements from start + floor(i * length / bins) to start + ceil((i + 1) * length / bins).
    Dims from = ValueBuilder::dimsOf(x), line = {regions, b.number((*bins)[d])}, masked = from;
    Value start = b.unary<RoundNearestAfzOp>(times(b, roiColumn(b, rois, 2 - d, line), scale));
    Value end = b.unary<RoundNearestAfzOp>(times(b, roiColumn(b, rois, 4 - d, line), scale));
    Value length = plus(b, b.sub(end, start), 1);
    length = b.max(length, b.like(length, 1));
    Value step = times(b, length, 1.0 / static_cast<double>((*bins)[d])),
          at = b.iota(line, ValueBuilder::elementOf(rois), 1);
    Value first = b.add(start, b.unary<FloorOp>(b.mul(at, step)));
    Value last = b.add(start, b.unary<CeilOp>(b.mul(plus(b, at, 1), step)));
    // [R, C, .., bins, axis]: the axis in front is done already.
    const int64_t axis = 2 + d;
    masked.insert(masked.begin() + axis, line[1]);
    SmallVector<int64_t> places = {0, axis}, others;
    for (int64_t i = 0; i != static_cast<int64_t>(masked.size()); ++i)
      if (i != axis)
        others.push_back(i);
    Value place = b.iota(masked, ValueBuilder::elementOf(rois), axis + 1);
    Value within = b.binary<AndOp>(b.compare(ComparisonDirection::GE, place, b.broadcast(first, masked, places)),
                                   b.compare(ComparisonDirection::LT, place, b.broadcast(last, masked, places)));
    Value lowest = b.broadcast(b.lowest(type), masked);
    x = b.reduce(Reduction::Maximum, b.select(within, b.broadcast(x, masked, others), lowest), axis + 1, /*keep=*/false);
  }
  // A bin without elements is 0.
  Value none = b.compare(ComparisonDirection::EQ, x, b.broadcast(b.lowest(type), ValueBuilder::dimsOf(x)));
  n.result(0, b.select(none, b.like(x, 0), x));
  return success();
}

// A convolution whose taps are read at places moved by `offset`, and weighted by `mask`.
LogicalResult deformConv(NodeContext &n) {
  if (failed(n.needInputs(3, 5)))
    return failure();
  ValueBuilder &b = n.b;
  const int64_t rank = n.rank(0) - 2, groups = n.intAttr("group", 1), offsetGroups = n.intAttr("offset_group", 1);
  if (rank < 1 || n.rank(1) != n.rank(0) || n.rank(2) != n.rank(0) || !n.type(1).hasStaticShape() ||
      n.type(1).getNumElements() == 0 || staticDim(n.dims(0)[1]) < 1 || !isa<FloatType>(n.element(0)))
    return n.error("the weight " + n.show(n.type(1)) + " and the offset " + n.show(n.type(2)) + " do not fit " +
                   n.show(n.type(0)));
  ArrayRef<int64_t> weight = n.type(1).getShape();
  const int64_t channels = staticDim(n.dims(0)[1]);
  if (groups < 1 || offsetGroups < 1 || channels % offsetGroups || weight[1] * groups != channels || weight[0] % groups)
    return n.error(llvm::Twine(groups) + " groups and " + llvm::Twine(offsetGroups) + " offset groups do not fit " +
                   n.show(n.type(0)) + " and " + n.show(n.type(1)));
  SmallVector<int64_t> kernel(weight.begin() + 2, weight.end());
  Dims spatial = n.dims(0), out;
  spatial.erase(spatial.begin(), spatial.begin() + 2);
  std::optional<Windows> w = readWindows(n, spatial, kernel);
  if (!w)
    return failure();
  int64_t taps = 1;
  AffineExpr positions = b.number(1);
  for (int64_t d = 0; d != rank; ++d) {
    taps *= kernel[d];
    out.push_back(windowCount(spatial[d], w->low[d], w->high[d], w->dilated(d), w->strides[d]));
    positions = simplifyExpr(positions * out[d]);
  }
  AffineExpr batch = n.dims(0)[0], images = simplifyExpr(batch * offsetGroups),
             groupChannels = b.number(channels / offsetGroups);
  auto expected = [&](int64_t perTap) {
    Dims dims = {batch, b.number(offsetGroups * taps * perTap)};
    dims.append(out);
    return dims;
  };
  if (n.dims(2) != expected(rank) || (n.has(4) && n.dims(4) != expected(1)))
    return n.error("the offset must be " + n.show(expected(rank)) + ", the mask " + n.show(expected(1)) + ", not " +
                   n.show(n.type(2)) + (n.has(4) ? " and " + n.show(n.type(4)) : ""));

  Type type = n.element(0), compute = wide(b, type);
  Dims image = {images, groupChannels}, places = {images, b.number(taps)},
       offsets = {images, b.number(taps), b.number(rank)};
  image.append(spatial);
  places.append(out);
  offsets.append(out);
  Value offset = b.reshape(b.convert(n.value(2), compute), offsets);
  Sampler sampler{b, b.reshape(b.convert(n.value(0), compute), image), Padding::Zeros};
  SmallVector<Value> at;
  int64_t inner = taps;
  for (int64_t d = 0; d != rank; ++d) {
    inner /= kernel[d];
    SmallVector<double> firsts;
    for (int64_t tap = 0; tap != taps; ++tap)
      firsts.push_back(static_cast<double>(tap / inner % kernel[d] * w->dilations[d] - w->low[d]));
    Value first = n.constant("taps", makeTensorType(ArrayRef<int64_t>(taps), compute), firsts);
    Value moved = b.reshape(b.slice(offset, 2, d, 1), places);
    Value window = times(b, b.iota(places, compute, 2 + d), static_cast<double>(w->strides[d]));
    at.push_back(b.add(b.add(window, b.broadcast(first, places, 1)), moved));
  }
  Value samples = sampler.linear(at); // [images, channels, taps, out...]
  if (n.has(4)) {
    Value mask = b.reshape(b.convert(n.value(4), compute), places);
    samples = b.mul(samples, sampler.overChannels(mask, ValueBuilder::dimsOf(samples)));
  }
  AffineExpr depth = b.number(channels / groups * taps), each = b.number(weight[0] / groups), count = b.number(groups);
  Value right = b.reshape(samples, {batch, count, depth, positions});
  Value left = b.reshape(b.convert(n.value(1), compute), {count, each, depth});
  Value product = b.transpose(b.dot(left, right, 0, 1, 2, 2), {2, 0, 1, 3});
  Dims result = {batch, b.number(weight[0])};
  result.append(out);
  product = b.reshape(product, result);
  if (n.has(3)) {
    if (n.rank(3) != 1 || n.dims(3)[0] != result[1] || n.element(3) != type)
      return n.error("the bias " + n.show(n.type(3)) + " does not fit " + n.show(result));
    product = b.add(product, b.broadcast(b.convert(n.value(3), compute), result, 1));
  }
  n.result(0, b.convert(product, type));
  return success();
}

constexpr OpRow rows[] = {
    {"AffineGrid", 20, kNewestOpset, affineGrid}, {"DeformConv", 19, kNewestOpset, deformConv},
    {"GridSample", 16, kNewestOpset, gridSample}, {"MaxRoiPool", 1, kNewestOpset, maxRoiPool},
    {"RoiAlign", 10, kNewestOpset, roiAlign},
};

} // namespace

llvm::ArrayRef<OpRow> samplingOps() { return rows; }

} // namespace ingot::onnx
