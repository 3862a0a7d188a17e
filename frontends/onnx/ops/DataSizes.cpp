// Operators that give as many elements as data tells.
#include "frontends/common/Compaction.h"
#include "frontends/common/Loops.h"
#include "frontends/onnx/OpTable.h"

using namespace mlir;

namespace ingot::onnx {
namespace {

using frontend::compact;
using frontend::Compaction;
using frontend::placesOf;
using frontend::scatterElements;

// What chooses from a graph's values; an error of the node where it cannot.
std::optional<Compaction> chosenBy(NodeContext &n, Value chosen) {
  std::string why, hint;
  for (const std::string &output : n.node.output())
    if (hint.empty() && !output.empty())
      hint = output + "_count";
  std::optional<Compaction> compaction = compact(n.p, chosen, hint, &why);
  if (!compaction)
    (void)n.error(why);
  return compaction;
}

//===--- Compress ------------------------------------------------------------------------------------------------------===//

// The slices along an axis (or elements) where a condition is true.
LogicalResult compress(NodeContext &n) {
  if (failed(n.needInputs(2, 2)))
    return failure();
  ValueBuilder &b = n.b;
  if (n.rank(1) != 1 || !n.element(1).isInteger(1))
    return n.error("the condition is " + n.show(n.type(1)) + ", but must be a vector of booleans");
  Value x = n.value(0);
  int64_t axis = 0;
  if (n.hasAttribute("axis")) {
    std::optional<int64_t> given = n.axis(n.intAttr("axis", 0), n.rank(0));
    if (!given)
      return failure();
    axis = *given;
  } else {
    x = b.reshape(x, numElementsExpr(n.type(0)));
  }
  const AffineExpr dim = ValueBuilder::dimsOf(x)[size_t(axis)];
  if (const SymbolicTensor *known = n.host(1); known && known->isConstant()) {
    SmallVector<int64_t> places;
    for (auto [index, keep] : llvm::enumerate(known->ints))
      if (cast<AffineConstantExpr>(keep).getValue())
        places.push_back(int64_t(index));
    if (int64_t size = staticDim(dim); size < 0 || (!places.empty() && places.back() >= size))
      return n.error("the condition " + n.show(n.type(1)) + " does not fit " + n.show(n.type(0)));
    n.result(0, b.take(x, n.constant("places", b.numbers(static_cast<int64_t>(places.size())), places), axis));
    return success();
  }
  // A shorter condition leaves the rest out.
  auto room = rangeOfExpr(simplifyExpr(dim - n.dims(1)[0]), n.sizes());
  if (!room || room->first < 0)
    return n.error("the condition " + n.show(n.type(1)) + " does not fit " + n.show(n.type(0)));
  std::optional<Compaction> kept = chosenBy(n, n.value(1));
  if (!kept)
    return failure();
  n.result(0, b.take(x, kept->places, axis));
  return success();
}

//===--- NonZero -------------------------------------------------------------------------------------------------------===//

// By row: element number k of the flat tensor stands at k / stride % dim of each dim.
LogicalResult placesAtRunTime(NodeContext &n) {
  ValueBuilder &b = n.b;
  Value x = n.value(0);
  Value flat = b.reshape(x, numElementsExpr(n.type(0)));
  std::optional<Compaction> found = chosenBy(n, b.compare(ComparisonDirection::NE, flat, b.like(flat, 0)));
  if (!found)
    return failure();
  const Dims dims = n.dims(0);
  Type type = b.getI64Type();
  if (dims.empty()) {
    n.result(0, b.splat({b.number(0), found->count}, type, 0));
    return success();
  }
  SmallVector<Value> rows(dims.size());
  AffineExpr stride = b.number(1);
  for (size_t d = dims.size(); d-- > 0;) {
    auto spread = [&](AffineExpr size) { return b.broadcast(b.sizeOf(size, type), found->count); };
    Value place = b.binary<RemainderOp>(b.div(found->places, spread(stride)), spread(dims[d]));
    rows[d] = b.reshape(place, {b.number(1), found->count});
    stride = simplifyExpr(stride * dims[d]);
  }
  n.result(0, b.concat(rows, 0));
  return success();
}

// The places of what is not zero.
LogicalResult nonZero(NodeContext &n) {
  if (failed(n.needInputs(1, 1)))
    return failure();
  std::optional<std::vector<double>> data;
  if (llvm::is_contained(n.type(0).getShape(), 0)) // nothing, whatever is fed
    data.emplace();
  else
    data = n.constantData(0);
  if (!data)
    return placesAtRunTime(n);
  ArrayRef<int64_t> shape = n.type(0).getShape();
  SmallVector<SmallVector<int64_t>> rows(shape.size());
  for (size_t flat = 0; flat != data->size(); ++flat) {
    if ((*data)[flat] == 0)
      continue;
    int64_t rest = static_cast<int64_t>(flat);
    for (size_t d = shape.size(); d-- > 0; rest /= shape[d])
      rows[d].push_back(rest % shape[d]);
  }
  SmallVector<int64_t> places;
  for (const auto &row : rows)
    places.append(row);
  const int64_t count = shape.empty() ? (*data)[0] != 0 : static_cast<int64_t>(rows[0].size());
  n.result(0, n.constant("places", n.b.numbers({static_cast<int64_t>(shape.size()), count}), places));
  return success();
}

//===--- Unique --------------------------------------------------------------------------------------------------------===//

// Whether a goes before b, NaNs last, and whether they are equal, NaNs too.
Value isBefore(ValueBuilder &b, Value x, Value y) {
  Value less = b.compare(ComparisonDirection::LT, x, y);
  if (!isa<FloatType>(ValueBuilder::elementOf(x)))
    return less;
  Value isNumber = b.compare(ComparisonDirection::EQ, x, x), isNan = b.compare(ComparisonDirection::NE, y, y);
  return b.binary<OrOp>(less, b.binary<AndOp>(isNumber, isNan));
}
Value differs(ValueBuilder &b, Value x, Value y) {
  Value differ = b.compare(ComparisonDirection::NE, x, y);
  if (!isa<FloatType>(ValueBuilder::elementOf(x)))
    return differ;
  Value oneIsNumber = b.binary<OrOp>(b.compare(ComparisonDirection::EQ, x, x), b.compare(ComparisonDirection::EQ, y, y));
  return b.binary<AndOp>(differ, oneIsNumber);
}

// `order`, a vector of places, by the keys there; equal ones stay as they are.
Value sortedBy(ValueBuilder &b, Value keys, Value order) {
  auto sort = SortOp::create(b, TypeRange{keys.getType(), order.getType()}, ValueRange{keys, order}, int64_t(0));
  auto key = RankedTensorType::get({}, ValueBuilder::elementOf(keys)), place = RankedTensorType::get({}, b.getI64Type());
  OpBuilder::InsertionGuard guard(b);
  sort.getComparator().getBlocks().clear();
  Block *block = b.createBlock(&sort.getComparator(), {}, {key, key, place, place}, SmallVector<Location>(4, b.getLoc()));
  ReturnOp::create(b, isBefore(b, block->getArgument(0), block->getArgument(1)));
  return sort.getResult(1);
}

// The different elements, or slices along an axis: sorted, or in the order of their first ones. Rows are compared from the first column
// on, so they are sorted by the last one first.
LogicalResult unique(NodeContext &n) {
  if (failed(n.needInputs(1, 1)))
    return failure();
  ValueBuilder &b = n.b;
  if (isa<ComplexType>(n.element(0)))
    return n.error("needs numbers, not " + n.show(n.type(0)));
  const bool sorted = n.intAttr("sorted", 1) != 0;
  std::optional<int64_t> axis;
  if (n.hasAttribute("axis")) {
    axis = n.axis(n.intAttr("axis", 0), n.rank(0));
    if (!axis)
      return failure();
  }
  // Rows of what is compared, and the dims around the axis.
  Value x = n.value(0);
  Type element = n.element(0), type = b.getI64Type();
  if (element.isInteger(1))
    x = b.convert(x, b.getI32Type());
  SmallVector<int64_t> toFront, back;
  Dims rest;
  AffineExpr count = numElementsExpr(n.type(0)), width = b.number(1);
  if (axis) {
    toFront.push_back(*axis);
    for (int64_t i = 0; i != n.rank(0); ++i) {
      back.push_back(i < *axis ? i + 1 : i == *axis ? 0 : i);
      if (i != *axis) {
        toFront.push_back(i);
        rest.push_back(n.dims(0)[size_t(i)]);
        width = width * rest.back();
      }
    }
    count = n.dims(0)[size_t(*axis)];
    width = simplifyExpr(width);
    x = b.transpose(x, toFront);
  }
  Value rows = b.reshape(x, {count, width}), columns = b.transpose(rows, {1, 0}), places = placesOf(b, count);

  Value order = places, last = b.sub(b.sizeOf(width, type), b.integer(type, 1));
  order = frontend::countedLoop(b, width, order, [&](Value step, ArrayRef<Value> carried) -> SmallVector<Value> {
    Value column = frontend::partAt(b, columns, b.sub(last, step));
    return {sortedBy(b, b.take(column, carried[0], 0), carried[0])};
  })[0];

  // Of the sorted rows those that begin a run of equal ones, and the run of each.
  Value before = b.take(order, b.max(b.sub(places, b.like(places, 1)), b.like(places, 0)), 0);
  Value differ = differs(b, b.take(rows, order, 0), b.take(rows, before, 0));
  Value begins = b.binary<OrOp>(b.reduce(Reduction::Or, differ, 1, /*keep=*/false),
                                b.compare(ComparisonDirection::EQ, places, b.like(places, 0)));
  Value runs;
  std::optional<Compaction> kept;
  auto numbersOf = [&](Value first) { return b.sub(b.scan(Reduction::Add, b.convert(first, type), 0), b.like(places, 1)); };
  Value indices; // of the first of each run in the operand
  if (sorted) {
    kept = chosenBy(n, begins);
    if (!kept)
      return failure();
    runs = numbersOf(begins);
    indices = b.take(order, kept->places, 0);
  } else {
    Value isFirst = scatterElements(b, std::nullopt, b.broadcast(b.integer(b.getI1Type(), 0), count), order, begins);
    kept = chosenBy(n, isFirst);
    if (!kept)
      return failure();
    Value start = b.scan(Reduction::Maximum, b.select(begins, places, b.like(places, 0)), 0);
    runs = b.take(numbersOf(isFirst), b.take(order, start, 0), 0);
    indices = kept->places;
  }
  Dims dims = rest;
  dims.insert(dims.begin(), kept->count);
  Value values = b.reshape(b.take(rows, indices, 0), axis ? ArrayRef<AffineExpr>(dims) : ArrayRef<AffineExpr>(kept->count));
  if (axis)
    values = b.transpose(values, back);
  n.result(0, b.convert(values, element));
  n.result(1, indices);
  n.result(2, scatterElements(b, std::nullopt, b.like(places, 0), order, runs));
  Value counts = scatterElements(b, Reduction::Add, b.splat(b.number(kept->most), type, 0), runs, b.like(places, 1));
  n.result(3, b.first(counts, 0, kept->count));
  return success();
}

//===--- NonMaxSuppression ---------------------------------------------------------------------------------------------===//

// Boxes by their corners, each of [batches, boxes].
struct Corners {
  Value low[2], high[2], area;
};

// Two opposite corners in any order (y1, x1, y2, x2), or the centre and the extents (x, y, width, height).
Corners cornersOf(ValueBuilder &b, Value boxes, bool byCenter) {
  Dims dims = ValueBuilder::dimsOf(boxes);
  dims.pop_back();
  auto column = [&](int64_t i) { return b.reshape(b.slice(boxes, 2, i, 1), dims); };
  Corners corners;
  for (int64_t i : {0, 1}) {
    Value first = column(i), second = column(i + 2);
    if (byCenter) {
      Value half = b.div(second, b.like(second, 2));
      second = b.add(first, half);
      first = b.sub(first, half);
    }
    corners.low[i] = b.min(first, second);
    corners.high[i] = b.max(first, second);
  }
  corners.area = b.mul(b.sub(corners.high[0], corners.low[0]), b.sub(corners.high[1], corners.low[1]));
  return corners;
}

// Boxes of each class by their scores, the greatest first, without those that lie over one chosen before: a round of a loop chooses one
// of every class and batch.
LogicalResult nonMaxSuppression(NodeContext &n) {
  if (failed(n.needInputs(2, 5)))
    return failure();
  ValueBuilder &b = n.b;
  if (n.rank(0) != 3 || n.rank(1) != 3 || staticDim(n.dims(0)[2]) != 4 || n.element(0) != n.element(1) ||
      !isa<FloatType>(n.element(0)))
    return n.error("needs boxes [batches, boxes, 4] and scores [batches, classes, boxes], not " + n.show(n.type(0)) +
                   " and " + n.show(n.type(1)));
  const AffineExpr batches = n.dims(0)[0], count = n.dims(0)[1], classes = n.dims(1)[1];
  if (!n.equalDims(batches, n.dims(1)[0]) || !n.equalDims(count, n.dims(1)[2]))
    return n.error("boxes " + n.show(n.type(0)) + " and scores " + n.show(n.type(1)) + " do not fit each other");
  auto number = [&](size_t index, Type element) -> Value { // an operand of one element, as a scalar; null where absent
    return n.has(index) ? b.convert(b.reshape(n.value(index), ArrayRef<AffineExpr>()), element) : Value();
  };
  for (size_t index : {2, 3, 4})
    if (n.has(index) && staticDim(numElementsExpr(n.type(index))) != 1)
      return n.error("operand " + llvm::Twine(index) + " is " + n.show(n.type(index)) + ", but must be one number");
  Type type = b.getI64Type(), real = n.element(0), pred = b.getI1Type();
  // How many rounds there are at most: as many as boxes, or as may be kept.
  std::optional<int64_t> rounds = maxOfExpr(count, n.sizes());
  if (!rounds)
    return n.error("there may be too many boxes");
  Value limit;
  if (!n.has(2)) {
    rounds = 0;
  } else if (const SymbolicTensor *known = n.host(2); known && known->isConstant()) {
    rounds = std::clamp<int64_t>(cast<AffineConstantExpr>(known->ints[0]).getValue(), 0, *rounds);
  } else {
    limit = number(2, type);
  }

  Value scores = n.value(1);
  const Dims groups = {batches, classes}, all = {batches, classes, count};
  Corners corners = cornersOf(b, n.value(0), n.intAttr("center_point_box", 0) != 0);
  auto spread = [&](Value boxes) { return b.broadcast(boxes, all, {0, 2}); };   // of [batches, boxes]
  auto repeat = [&](Value chosen) { return b.broadcast(chosen, all, {0, 1}); }; // of [batches, classes]
  auto of = [&](Value scalar, Value like) { return b.broadcast(scalar, ValueBuilder::dimsOf(like)); };
  Value threshold = number(3, real) ? number(3, real) : b.scalar(real, 0);
  Value left = b.compare(ComparisonDirection::EQ, scores, scores); // NaN is no score
  if (Value least = number(4, real))
    left = b.compare(ComparisonDirection::GT, scores, of(least, scores));
  Value places = b.iota(all, type, 2), none = of(b.sizeOf(count, type), places);
  const AffineExpr steps = b.number(*rounds);
  Value kept = b.broadcast(b.integer(pred, 0), {steps, batches, classes});
  Value boxes = b.splat({steps, batches, classes}, type, 0);

  SmallVector<Value> chosen = frontend::countedLoop(
      b, steps, {left, kept, boxes},
      [&](Value step, ArrayRef<Value> carried) -> SmallVector<Value> {
        Value open = b.select(carried[0], scores, of(b.lowest(real), scores));
        Value best = repeat(b.reduce(Reduction::Maximum, open, 2, /*keep=*/false));
        Value isBest = b.binary<AndOp>(carried[0], b.compare(ComparisonDirection::EQ, scores, best));
        Value box = b.reduce(Reduction::Minimum, b.select(isBest, places, none), 2, /*keep=*/false);
        Value found = b.reduce(Reduction::Or, carried[0], 2, /*keep=*/false);
        if (limit)
          found = b.binary<AndOp>(found, of(b.compare(ComparisonDirection::LT, step, limit), found));
        auto at = [&](Value corner) { // of the box of each class
          return repeat(b.gather(corner, box,
                                 GatherDimsAttr::get(b.getContext(), {}, int64_t(1), int64_t(0), int64_t(0), int64_t(1), 2),
                                 groups));
        };
        Value shared, zero = b.like(scores, 0);
        for (int i : {0, 1}) {
          Value extent =
              b.sub(b.min(at(corners.high[i]), spread(corners.high[i])), b.max(at(corners.low[i]), spread(corners.low[i])));
          extent = b.max(extent, zero);
          shared = shared ? b.mul(shared, extent) : extent;
        }
        Value own = at(corners.area), other = spread(corners.area), joint = b.sub(b.add(own, other), shared);
        auto isPositive = [&](Value x) { return b.compare(ComparisonDirection::GT, x, zero); };
        Value over = b.compare(ComparisonDirection::GT, b.div(shared, joint), of(threshold, shared));
        for (Value extent : {own, other, joint, shared})
          over = b.binary<AndOp>(over, isPositive(extent));
        over = b.binary<OrOp>(over, b.compare(ComparisonDirection::EQ, places, repeat(box)));
        return {b.binary<AndOp>(carried[0], b.unary<NotOp>(over)), frontend::withPartAt(b, carried[1], found, step),
                frontend::withPartAt(b, carried[2], box, step)};
      },
      [&](ArrayRef<Value> carried) { return b.reduce(Reduction::Or, carried[0], {0, 1, 2}, /*keep=*/false); });

  // By batch, class and round.
  const AffineExpr total = simplifyExpr(batches * classes * steps);
  auto flat = [&](Value x) { return b.reshape(b.transpose(x, {1, 2, 0}), total); };
  Value flags = flat(chosen[1]), picked = flat(chosen[2]);
  std::optional<Compaction> compaction = chosenBy(n, flags);
  if (!compaction)
    return failure();
  auto whole = [&](AffineExpr size) { return b.broadcast(b.sizeOf(size, type), compaction->count); };
  Value group = b.div(compaction->places, whole(b.number(std::max<int64_t>(*rounds, 1))));
  SmallVector<Value> columns = {b.div(group, whole(classes)), b.binary<RemainderOp>(group, whole(classes)),
                                b.take(picked, compaction->places, 0)};
  for (Value &column : columns)
    column = b.reshape(column, {compaction->count, b.number(1)});
  n.result(0, b.concat(columns, 1));
  return success();
}

constexpr OpRow rows[] = {
    {"Compress", 9, kNewestOpset, compress, kComplex},
    {"NonMaxSuppression", 10, kNewestOpset, nonMaxSuppression},
    {"NonZero", 9, kNewestOpset, nonZero, kComplex},
    {"Unique", 11, kNewestOpset, unique},
};

} // namespace

llvm::ArrayRef<OpRow> dataSizeOps() { return rows; }

} // namespace ingot::onnx
