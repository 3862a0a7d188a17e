// Ops that read or write elements at places that a tensor of indices names. An index from the end (negative) is wrapped
// here; one beyond the extent is refused where it is known, else taken as the nearest place when read and left out when
// written.
#include "frontends/onnx/OpTable.h"

using namespace mlir;

namespace ingot::onnx {
namespace {

constexpr size_t kMaxRuns = 8; // slices a Gather of known places may become

SmallVector<int64_t> upTo(int64_t first, int64_t last) {
  SmallVector<int64_t> places;
  for (int64_t i = first; i < last; ++i)
    places.push_back(i);
  return places;
}

SmallVector<int64_t> allBut(int64_t rank, ArrayRef<int64_t> axes) {
  SmallVector<int64_t> places;
  for (int64_t i = 0; i != rank; ++i)
    if (!llvm::is_contained(axes, i))
      places.push_back(i);
  return places;
}

bool isIndexType(Type type) { return type.isInteger(32) || type.isInteger(64); }

LogicalResult checkIndices(NodeContext &n, size_t index) {
  if (isIndexType(n.element(index)))
    return success();
  return n.error("the indices must be 32- or 64-bit integers, not " + n.show(n.type(index)));
}

//===--- one axis ------------------------------------------------------------------------------------------------------===//

// Known places, none beyond the axis, as slices: runs of neighbours become one. Null if there are too many runs.
Value gatherRuns(NodeContext &n, ArrayRef<int64_t> places, int64_t axis, int64_t size) {
  SmallVector<std::pair<int64_t, int64_t>> runs; // start, count
  for (int64_t place : places) {
    place += place < 0 ? size : 0;
    if (!runs.empty() && place == runs.back().first + runs.back().second)
      ++runs.back().second;
    else
      runs.push_back({place, 1});
  }
  if (runs.size() > kMaxRuns)
    return {};
  SmallVector<Value> parts;
  for (auto [start, count] : runs)
    parts.push_back(n.b.slice(n.value(0), axis, start, count));
  return parts.empty() ? n.b.slice(n.value(0), axis, 0, 0) : n.b.concat(parts, axis);
}

// One known place of an axis whose extent is an expression that is never too small for it; null otherwise.
Value gatherOne(NodeContext &n, int64_t place, int64_t axis) {
  ValueBuilder &b = n.b;
  Dims dims = n.dims(0);
  auto bounds = rangeOfExpr(dims[axis], n.sizes());
  if (!bounds || bounds->first < (place < 0 ? -place : place + 1))
    return {};
  if (place >= 0)
    return b.slice(n.value(0), axis, place, 1);
  SmallVector<Value> starts(dims.size(), b.integer(b.getI64Type(), 0));
  starts[axis] = b.sizeOf(simplifyExpr(dims[axis] + place), b.getI64Type());
  dims[axis] = b.number(1);
  return DynamicSliceOp::create(b, makeTensorType(dims, n.element(0)), n.value(0), starts);
}

LogicalResult gather(NodeContext &n) {
  if (failed(n.needInputs(2, 2)) || failed(checkIndices(n, 1)))
    return failure();
  std::optional<int64_t> axis = n.axis(n.intAttr("axis", 0), n.rank(0));
  if (!axis || failed(n.checkPlaces(1, n.dims(0), *axis)))
    return failure();
  const int64_t size = staticDim(n.dims(0)[*axis]);
  const SymbolicTensor *indices = n.host(1);
  std::optional<SmallVector<int64_t>> places = indices ? indices->constants() : std::nullopt;
  if (places && (size >= 0 || places->size() == 1)) {
    Value joined = size >= 0 ? gatherRuns(n, *places, *axis, size) : gatherOne(n, places->front(), *axis);
    if (joined) {
      Dims dims = n.dims(0), index = n.dims(1);
      dims.erase(dims.begin() + *axis);
      dims.insert(dims.begin() + *axis, index.begin(), index.end());
      n.result(0, n.b.reshape(joined, dims));
      return success();
    }
  }
  n.result(0, n.b.take(n.value(0), n.b.wrapIndices(n.value(1), n.dims(0)[*axis]), *axis));
  return success();
}

//===--- an index for each element -------------------------------------------------------------------------------------===//

// True where indices and data agree in every dim but axis: then those are batch dims.
bool agreesBut(ArrayRef<AffineExpr> data, ArrayRef<AffineExpr> indices, int64_t axis) {
  for (size_t i = 0; i != data.size(); ++i)
    if (static_cast<int64_t>(i) != axis && data[i] != indices[i])
      return false;
  return true;
}

// Where each element of indices stands in data, and the dimension numbers that read them.
struct ElementPlaces {
  Value indices;
  GatherDimsAttr dims;
};

std::optional<ElementPlaces> elementPlaces(NodeContext &n, int64_t axis) {
  ValueBuilder &b = n.b;
  const int64_t rank = n.rank(0);
  Dims data = n.dims(0), dims = n.dims(1);
  if (n.rank(1) != rank || failed(checkIndices(n, 1))) {
    if (n.rank(1) != rank)
      (void)n.error("the indices " + n.show(n.type(1)) + " and the data " + n.show(n.type(0)) + " differ in rank");
    return std::nullopt;
  }
  for (int64_t i = 0; i != rank; ++i)
    if (i != axis && staticDim(data[i]) >= 0 && staticDim(dims[i]) > staticDim(data[i])) {
      (void)n.error("the indices " + n.show(n.type(1)) + " exceed the data " + n.show(n.type(0)) + " beside axis " +
                    llvm::Twine(axis));
      return std::nullopt;
    }
  if (failed(n.checkPlaces(1, data, axis)))
    return std::nullopt;
  Value indices = b.wrapIndices(n.value(1), data[axis]);
  if (agreesBut(data, dims, axis)) {
    SmallVector<int64_t> others = allBut(rank, axis);
    return ElementPlaces{indices, GatherDimsAttr::get(b.getContext(), {}, axis, others, others, axis, rank)};
  }
  Dims column = dims;
  column.push_back(b.number(1));
  SmallVector<Value> parts;
  for (int64_t i = 0; i != rank; ++i)
    parts.push_back(b.reshape(i == axis ? indices : b.iota(dims, n.element(1), i), column));
  SmallVector<int64_t> all = upTo(0, rank);
  return ElementPlaces{b.concat(parts, rank), GatherDimsAttr::get(b.getContext(), {}, all, {}, {}, all, rank)};
}

LogicalResult gatherElements(NodeContext &n) {
  if (failed(n.needInputs(2, 2)))
    return failure();
  std::optional<int64_t> axis = n.axis(n.intAttr("axis", 0), n.rank(0));
  std::optional<ElementPlaces> places = axis ? elementPlaces(n, *axis) : std::nullopt;
  if (!places)
    return failure();
  n.result(0, n.b.gather(n.value(0), places->indices, places->dims, n.dims(1)));
  return success();
}

// How an update joins the element at its place.
std::optional<Combiner> readReduction(NodeContext &n, int64_t since, int64_t extremesSince) {
  std::string name = n.opset >= since ? n.stringAttr("reduction", "none") : "none";
  if (name == "none")
    return Combiner();
  if (name == "add" && !n.element(0).isInteger(1))
    return Reduction::Add;
  if (name == "mul" && !n.element(0).isInteger(1))
    return Reduction::Multiply;
  if (isa<ComplexType>(n.element(0)) && (name == "max" || name == "min")) {
    (void)n.error("complex numbers have no order");
    return std::nullopt;
  }
  if (name == "max" && n.opset >= extremesSince)
    return Reduction::Maximum;
  if (name == "min" && n.opset >= extremesSince)
    return Reduction::Minimum;
  (void)n.error("reduction is '" + name + "'");
  return std::nullopt;
}

LogicalResult checkUpdates(NodeContext &n, ArrayRef<AffineExpr> dims) {
  if (n.element(2) == n.element(0) && n.dims(2) == Dims(dims))
    return success();
  return n.error("the updates " + n.show(n.type(2)) + " must be " + n.show(makeTensorType(dims, n.element(0))));
}

// Operand 0 with the updates scattered into it: sums and products of several at one place round once.
Value scattered(NodeContext &n, Combiner combiner, Value indices, GatherDimsAttr dims) {
  ValueBuilder &b = n.b;
  Value updates = n.value(2);
  if (combiner != Reduction::Add && combiner != Reduction::Multiply)
    return b.scatter(combiner, n.value(0), indices, updates, dims);
  return b.inSteps(n.value(0), [&](Value x) {
    return b.scatter(combiner, x, indices, b.convert(updates, ValueBuilder::elementOf(x)), dims);
  });
}

LogicalResult scatterElements(NodeContext &n) {
  if (failed(n.needInputs(3, 3)) || failed(checkUpdates(n, n.dims(1))))
    return failure();
  std::optional<int64_t> axis = n.axis(n.intAttr("axis", 0), n.rank(0));
  std::optional<Combiner> combiner = readReduction(n, 16, 18);
  std::optional<ElementPlaces> places = axis && combiner ? elementPlaces(n, *axis) : std::nullopt;
  if (!places)
    return failure();
  n.result(0, scattered(n, *combiner, places->indices, places->dims));
  return success();
}

//===--- index vectors -------------------------------------------------------------------------------------------------===//

// The index vectors of operand 1 into dims [first, first + k) of the data, wrapped; k is their length.
std::optional<std::pair<Value, int64_t>> indexVectors(NodeContext &n, int64_t first) {
  if (n.rank(0) < 1 || n.rank(1) < 1) {
    (void)n.error("needs tensors of rank 1 or more, not " + n.show(n.type(0)) + " and " + n.show(n.type(1)));
    return std::nullopt;
  }
  if (failed(checkIndices(n, 1)))
    return std::nullopt;
  const int64_t length = staticDim(n.dims(1).back());
  if (length < 0 || first + length > n.rank(0)) {
    (void)n.error("index vectors " + n.show(n.type(1)) + " do not fit the data " + n.show(n.type(0)));
    return std::nullopt;
  }
  Value indices = n.value(1);
  if (length == 0)
    return std::pair(indices, length);
  if (failed(n.checkPlaces(1, n.dims(0), [&](int64_t element) { return first + element % length; })))
    return std::nullopt;
  Dims dims = n.dims(1);
  SmallVector<Value> extents;
  for (int64_t i = 0; i != length; ++i)
    extents.push_back(n.b.reshape(n.b.sizeOf(n.dims(0)[first + i], n.element(1)), n.b.number(1)));
  Value extent = n.b.broadcast(n.b.concat(extents, 0), dims);
  return std::pair(n.b.wrapIndices(indices, extent), length);
}

LogicalResult gatherND(NodeContext &n) {
  if (failed(n.needInputs(2, 2)))
    return failure();
  const int64_t batch = n.opset >= 12 ? n.intAttr("batch_dims", 0) : 0;
  if (batch < 0 || batch >= std::min(n.rank(0), n.rank(1)))
    return n.error("batch_dims is " + llvm::Twine(batch) + " for " + n.show(n.type(0)) + " and " + n.show(n.type(1)));
  for (int64_t i = 0; i != batch; ++i)
    if (n.dims(0)[i] != n.dims(1)[i])
      return n.error("the batch dims of " + n.show(n.type(0)) + " and " + n.show(n.type(1)) + " differ");
  auto vectors = indexVectors(n, batch);
  if (!vectors)
    return failure();
  auto [indices, length] = *vectors;
  const int64_t outer = n.rank(1) - 1;
  Dims result = n.dims(1), data = n.dims(0);
  result.pop_back();
  result.append(data.begin() + batch + length, data.end());
  SmallVector<int64_t> places = upTo(batch, batch + length), batches = upTo(0, batch);
  n.result(0, n.b.gather(
                  n.value(0), indices,
                  GatherDimsAttr::get(n.b.getContext(), upTo(outer, result.size()), places, batches, batches, places, outer),
                  result));
  return success();
}

LogicalResult scatterND(NodeContext &n) {
  if (failed(n.needInputs(3, 3)))
    return failure();
  std::optional<Combiner> combiner = readReduction(n, 16, 18);
  auto vectors = combiner ? indexVectors(n, 0) : std::nullopt;
  if (!vectors)
    return failure();
  auto [indices, length] = *vectors;
  const int64_t outer = n.rank(1) - 1;
  Dims updates = n.dims(1), data = n.dims(0);
  updates.pop_back();
  updates.append(data.begin() + length, data.end());
  if (failed(checkUpdates(n, updates)))
    return failure();
  SmallVector<int64_t> places = upTo(0, length);
  n.result(0, scattered(n, *combiner, indices,
                        GatherDimsAttr::get(n.b.getContext(), upTo(outer, updates.size()), places, {}, {}, places, outer)));
  return success();
}

//===--- sequences -----------------------------------------------------------------------------------------------------===//

// Each batch's first `sequence_lens` elements along time in reverse order.
LogicalResult reverseSequence(NodeContext &n) {
  if (failed(n.needInputs(2, 2)) || failed(checkIndices(n, 1)))
    return failure();
  ValueBuilder &b = n.b;
  const int64_t time = n.intAttr("time_axis", 0), batch = n.intAttr("batch_axis", 1);
  if (n.rank(0) < 2 || std::min(time, batch) != 0 || std::max(time, batch) != 1)
    return n.error("time_axis " + llvm::Twine(time) + " and batch_axis " + llvm::Twine(batch) + " of " + n.show(n.type(0)) +
                   " must be 0 and 1");
  Dims data = n.dims(0), dims = {data[0], data[1]};
  if (n.rank(1) != 1 || n.dims(1)[0] != data[batch])
    return n.error("sequence_lens " + n.show(n.type(1)) + " does not fit " + n.show(n.type(0)));
  // A length may be that of the axis.
  Dims ends = data;
  ends[time] = data[time] + 1;
  if (failed(n.checkPlaces(1, ends, time, /*fromEnd=*/false)))
    return failure();
  Type type = n.element(1);
  Value length = b.broadcast(n.value(1), dims, batch), at = b.iota(dims, type, time);
  Value mirrored = b.sub(b.sub(length, b.like(length, 1)), at);
  Value places = b.select(b.compare(ComparisonDirection::LT, at, length), mirrored, at);
  n.result(0, b.gather(n.value(0), places,
                       GatherDimsAttr::get(b.getContext(), upTo(2, n.rank(0)), time, batch, batch, time, 2), data));
  return success();
}

// Writes each batch's update into its cache from write_indices on.
LogicalResult tensorScatter(NodeContext &n) {
  if (failed(n.needInputs(2, 3)) || (n.has(2) && failed(checkIndices(n, 2))))
    return failure();
  ValueBuilder &b = n.b;
  std::string mode = n.stringAttr("mode", "linear");
  if (mode != "linear" && mode != "circular")
    return n.error("mode is '" + mode + "'");
  std::optional<int64_t> axis = n.axis(n.intAttr("axis", -2), n.rank(0));
  if (!axis)
    return failure();
  Dims cache = n.dims(0), update = n.dims(1);
  if (*axis == 0 || n.element(1) != n.element(0) || cache.size() != update.size() || !agreesBut(cache, update, *axis))
    return n.error("the update " + n.show(n.type(1)) + " does not fit the cache " + n.show(n.type(0)) + " along axis " +
                   llvm::Twine(*axis));
  Dims dims = {cache[0], update[*axis]};
  Type type = n.has(2) ? n.element(2) : Type(b.getI64Type());
  Value places = b.iota(dims, type, 1);
  if (n.has(2)) {
    if (n.rank(2) != 1 || n.dims(2)[0] != cache[0])
      return n.error("write_indices " + n.show(n.type(2)) + " does not fit " + n.show(n.type(0)));
    Dims starts = cache; // where an update may begin
    if (mode == "linear")
      starts[*axis] = simplifyExpr(cache[*axis] - update[*axis] + 1);
    if (failed(n.checkPlaces(2, starts, *axis, /*fromEnd=*/false)))
      return failure();
    places = b.add(places, b.broadcast(n.value(2), dims, int64_t(0)));
  }
  if (mode == "circular")
    places = b.binary<RemainderOp>(places, b.broadcast(b.sizeOf(cache[*axis], type), dims));
  n.result(0, b.scatter(Combiner(), n.value(0), places, n.value(1),
                        GatherDimsAttr::get(b.getContext(), allBut(n.rank(0), {0, *axis}), *axis, int64_t(0), int64_t(0),
                                            *axis, 2)));
  return success();
}

// Adds each column's block of elements to an image at the block's places: undoes im2col.
LogicalResult col2Im(NodeContext &n) {
  if (failed(n.needInputs(3, 3)))
    return failure();
  ValueBuilder &b = n.b;
  std::optional<SmallVector<int64_t>> image = n.decidingInts(1, "the image's shape"),
                                      block = n.decidingInts(2, "the blocks' shape");
  if (!image || !block)
    return failure();
  const size_t rank = image->size();
  auto read = [&](llvm::StringRef name, size_t count, int64_t otherwise) {
    return n.intsAttr(name).value_or(SmallVector<int64_t>(count, otherwise));
  };
  SmallVector<int64_t> dilations = read("dilations", rank, 1), pads = read("pads", 2 * rank, 0),
                       strides = read("strides", rank, 1);
  constexpr int64_t kLimit = 1 << 20, kMaxPlaces = 1 << 24;
  bool valid =
      rank > 0 && block->size() == rank && dilations.size() == rank && pads.size() == 2 * rank && strides.size() == rank;
  for (size_t i = 0; valid && i != rank; ++i)
    for (auto [value, least] : {std::pair((*image)[i], 0),
                                {(*block)[i], 1},
                                {dilations[i], 1},
                                {strides[i], 1},
                                {pads[i], 0},
                                {pads[rank + i], 0}})
      valid &= value >= least && value <= kLimit;
  if (!valid)
    return n.error("the shapes of image and blocks, dilations, pads and strides do not fit each other");
  int64_t taps = 1, columns = 1, volume = 1;
  Dims padded = {n.dims(0)[0], b.number(0)};
  SmallVector<int64_t> low = {0, 0}, high = {0, 0};
  SmallVector<int64_t> sizes, counts;
  for (size_t i = 0; i != rank; ++i) {
    sizes.push_back((*image)[i] + pads[i] + pads[rank + i]);
    counts.push_back(std::max<int64_t>(0, (sizes[i] - dilations[i] * ((*block)[i] - 1) - 1 + strides[i]) / strides[i]));
    taps *= (*block)[i];
    columns *= counts[i];
    volume *= sizes[i];
    if (taps > kMaxPlaces || columns > kMaxPlaces || taps * columns > kMaxPlaces || volume > (int64_t(1) << 32))
      return n.error("more than " + llvm::Twine(kMaxPlaces) + " elements of blocks");
    padded.push_back(b.number(sizes[i]));
    low.push_back(-pads[i]);
    high.push_back(-pads[rank + i]);
  }
  if (n.rank(0) != 3 || staticDim(n.dims(0)[1]) < 0 || staticDim(n.dims(0)[1]) % taps || staticDim(n.dims(0)[2]) != columns)
    return n.error("the columns " + n.show(n.type(0)) + " are not " + llvm::Twine(columns) + " blocks of " +
                   llvm::Twine(taps));
  SmallVector<int64_t> places; // of all elements in the padded image
  for (int64_t tap = 0; tap != taps; ++tap)
    for (int64_t column = 0; column != columns; ++column) {
      int64_t place = 0, step = 1, tapRest = tap, columnRest = column;
      for (size_t i = rank; i-- > 0;) {
        place += step * (tapRest % (*block)[i] * dilations[i] + columnRest % counts[i] * strides[i]);
        step *= sizes[i];
        tapRest /= (*block)[i];
        columnRest /= counts[i];
      }
      places.push_back(place);
    }
  AffineExpr channels = b.number(staticDim(n.dims(0)[1]) / taps), elements = b.number(taps * columns);
  padded[1] = channels;
  Value updates = b.reshape(n.value(0), {padded[0], channels, elements});
  Value indices = n.constant("places", elements, places);
  Value sum = b.inSteps(updates, [&](Value x) {
    Value empty = b.splat({padded[0], channels, b.number(volume)}, ValueBuilder::elementOf(x), 0);
    return b.scatter(Reduction::Add, empty, indices, x,
                     GatherDimsAttr::get(b.getContext(), {0, 1}, int64_t(2), {}, {}, int64_t(2), 1));
  });
  n.result(0, b.pad(b.reshape(sum, padded), b.scalar(n.element(0), 0), low, high));
  return success();
}

constexpr OpRow rows[] = {
    {"Col2Im", 18, kNewestOpset, col2Im, kComplex},
    {"Gather", 1, kNewestOpset, gather, kComplex},
    {"GatherElements", 11, kNewestOpset, gatherElements, kComplex},
    {"GatherND", 11, kNewestOpset, gatherND, kComplex},
    {"ReverseSequence", 10, kNewestOpset, reverseSequence, kComplex},
    {"Scatter", 9, 10, scatterElements, kComplex},
    {"ScatterElements", 11, kNewestOpset, scatterElements, kComplex},
    {"ScatterND", 11, kNewestOpset, scatterND, kComplex},
    {"TensorScatter", 24, kNewestOpset, tensorScatter, kComplex},
};

} // namespace

llvm::ArrayRef<OpRow> indexingOps() { return rows; }

} // namespace ingot::onnx
