#include "compiler/codegen/contraction/Pack.h"

#include "llvm/Support/MathExtras.h"

namespace ingot {

using namespace mlir;

namespace {

constexpr int64_t fewFeatures = 8; // below it lanes run along positions, not along features

// The lanes the left operand is computed in.
int64_t packWidth(const ContractionMatch &match, const CpuLevel &level) {
  const int64_t lanes = level.lanes(4);
  if (!match.windowed)
    return lanes;
  const int64_t features = match.features;
  return features < fewFeatures ? lanes : std::min<int64_t>(lanes, llvm::bit_floor(static_cast<uint64_t>(features)));
}

SmallVector<Value> extentsOf(IndexMath &math, const KernelFunction &function, RankedTensorType type) {
  SmallVector<Value> extents;
  for (AffineExpr expr : dimExprs(type))
    extents.push_back(function.materialize(math.builder, math.loc, expr));
  return extents;
}

// `parts[c]` holds feature c of neighbouring positions; returns the same elements position by position.
SmallVector<Value> interleave(IndexMath &math, ArrayRef<Value> parts) {
  const int64_t lanes = cast<VectorType>(parts[0].getType()).getNumElements(), count = parts.size();
  SmallVector<Value> mixed;
  for (int64_t block = 0; block < count; ++block) {
    Value vector = parts[0];
    for (int64_t part = 0; part < count; ++part) {
      SmallVector<int64_t> order;
      for (int64_t lane = 0; lane < lanes; ++lane) {
        const int64_t element = block * lanes + lane;
        order.push_back(element % count == part ? lanes + element / count : lane);
      }
      vector = vector::ShuffleOp::create(math.builder, math.loc, vector, parts[part], order);
    }
    mixed.push_back(vector);
  }
  return mixed;
}

} // namespace

//===-------------------------------------------------------------------------------------------------------------- left
// operand --===//

LeftPacker::LeftPacker(IndexMath &math, KernelOp kernel, const ContractionMatch &match, const ContractionPlan &plan,
                       const CpuLevel &level, const KernelFunction &function, Value packed)
    : math(math), match(match), plan(plan), level(level), function(function), packed(packed),
      lhsType(cast<RankedTensorType>(match.lhs.getType())), vectorizer(kernel, function, level, packWidth(match, level)),
      lhsExtents(extentsOf(math, function, lhsType)), run(function.materialize(math.builder, math.loc, match.runExpr)) {
  if (match.leftInput)
    input = math.flatten(function.operands[cast<BlockArgument>(match.leftInput).getArgNumber()]);
  auto materialize = [&](AffineExpr expr) { return function.materialize(math.builder, math.loc, expr); };
  packedExtents = llvm::map_to_vector(plan.packedExtents, materialize);
  innerRows = math.constant(1);
  if (match.windowed)
    for (AffineExpr extent : ArrayRef(plan.left.rowExtents).drop_front())
      innerRows = math.mul(innerRows, materialize(extent));
}

void LeftPacker::pack(Value outer, Value first, Value end) {
  firstFeature = math.mul(math.rem(outer, match.groups), match.windowed ? match.features : match.run);
  outer = math.div(outer, match.groups);
  if (match.windowed)
    packWindows(outer, first, end);
  else
    packRows(outer, first, end);
}

Value LeftPacker::mask(RegionVectorizer &vectorizer, Value lanes) {
  return vector::CreateMaskOp::create(math.builder, math.loc,
                                      VectorType::get({vectorizer.width()}, math.builder.getI1Type()), ValueRange{lanes});
}

void LeftPacker::packRows(Value outer, Value first, Value end) {
  OpBuilder &builder = math.builder;
  const int64_t width = vectorizer.width(), step = cast<AffineConstantExpr>(plan.left.rowSteps[0]).getValue();
  const unsigned depthDim = match.lhsDepthDim();
  SmallVector<unsigned> dims = match.lhsOuterRowDims();
  SmallVector<Value> outerExtents, rowExtents;
  for (auto [i, dim] : llvm::enumerate(dims))
    (i < match.outerRank ? outerExtents : rowExtents).push_back(lhsExtents[dim]);
  SmallVector<Value> outerIndices = math.delinearize(outer, outerExtents);

  auto place = [&](Value row, Value depth) {
    SmallVector<LaneIndex> indices(lhsType.getRank());
    SmallVector<Value> at(outerIndices);
    at.append(math.delinearize(row, rowExtents));
    for (auto [dim, index] : llvm::zip_equal(dims, at))
      indices[dim] = {index, 0, Value()};
    indices[depthDim] = {math.add(firstFeature, depth), 0, Value()};
    return indices;
  };
  auto evaluate = [&](ArrayRef<LaneIndex> indices, Value lanesOn) {
    vectorizer.clearCache();
    return vectorizer.evaluate(builder, math.loc, match.lhs, indices, lanesOn);
  };

  const unsigned last = lhsType.getRank() - 1;
  const bool alongRows = rowExtents.size() == 1 && dims.back() == last;
  if (alongRows) {
    math.loop(first, end, width, [&](Value row) {
      Value target = math.mul(math.sub(row, first), step);
      Value left = math.sub(end, row);
      auto packColumn = [&](Value lanesOn) {
        math.loop(math.constant(0), run, 1, [&](Value depth) {
          SmallVector<LaneIndex> indices = place(row, depth);
          indices[last].step = 1;
          math.storeLanes(evaluate(indices, lanesOn), packed, math.add(target, depth), step);
        });
      };
      math.branch(
          math.lessEqual(math.constant(width), left), [&] { packColumn(Value()); },
          [&] { packColumn(mask(vectorizer, left)); });
    });
    return;
  }
  Value whole = math.mul(math.div(run, width), width), rest = math.sub(run, whole);
  math.loop(first, end, 1, [&](Value row) {
    Value target = math.mul(math.sub(row, first), step);
    auto packVector = [&](Value depth, Value lanesOn) {
      SmallVector<LaneIndex> indices = place(row, depth);
      indices[depthDim].step = 1;
      math.storeLanes(evaluate(indices, lanesOn), packed, math.add(target, depth), 1);
    };
    math.loop(math.constant(0), whole, width, [&](Value depth) { packVector(depth, Value()); });
    if (match.run < 0)
      math.branch(math.less(math.constant(0), rest), [&] { packVector(whole, mask(vectorizer, rest)); }, nullptr);
    else if (math.constantOf(rest) != 0)
      packVector(whole, mask(vectorizer, rest));
  });
}

void LeftPacker::packWindows(Value outer, Value first, Value end) {
  auto op = cast<ConvolutionOp>(match.op);
  ArrayRef<int64_t> strides = op.getWindowStrides(), padding = op.getPadding(), dilation = op.getRhsDilation();
  ArrayRef<int64_t> window = cast<RankedTensorType>(match.rhs.getType()).getShape();
  const unsigned rank = strides.size();
  const int64_t features = match.features;

  // Output slices [o0, o1) along the first spatial dim; the padded input slices they reach.
  Value o0 = math.div(first, innerRows);
  Value slices = math.sub(math.div(math.sub(end, math.constant(1)), innerRows), o0);
  Value reached = math.add(math.mul(slices, strides[0]), (window[0] - 1) * dilation[0] + 1);
  // Padded position 0 of the pack is input position `origin` (negative: padding).
  Value origin = math.sub(math.mul(o0, strides[0]), math.constant(padding[0]));

  // Along the last spatial dim: `count` padded positions, the first at input position `begin`.
  auto line = [&](ArrayRef<Value> place, Value begin, Value count, Value target) {
    Value zero = math.constant(0);
    Value low = math.max(zero, math.sub(zero, begin));
    Value high = math.min(count, math.sub(lhsExtents[rank], begin));
    packLine(place, math.add(begin, low), low, math.max(high, low), count, target);
  };
  if (rank == 1)
    return line({outer}, origin, reached, math.constant(0));

  // The other spatial dims, from the first on, as nested loops over padded positions.
  std::function<void(unsigned, SmallVector<Value>, Value, Value)> nest = [&](unsigned dim, SmallVector<Value> place,
                                                                             Value exists, Value target) {
    if (dim == rank - 1) {
      Value count = packedExtents[dim];
      auto present = [&] { line(place, math.constant(-padding[2 * dim]), count, target); };
      if (!exists)
        return present();
      math.branch(exists, present, [&] { fillZeros(target, math.add(target, math.mul(count, features))); });
      return;
    }
    Value below = math.constant(features);
    for (Value extent : ArrayRef(packedExtents).drop_front(dim + 1))
      below = math.mul(below, extent);
    Value count = dim == 0 ? reached : packedExtents[dim];
    math.loop(math.constant(0), count, 1, [&](Value position) {
      Value source = dim == 0 ? math.add(origin, position) : math.sub(position, math.constant(padding[2 * dim]));
      Value within = exists;
      if (padding[2 * dim] != 0 || padding[2 * dim + 1] != 0) {
        // One unsigned comparison covers both sides.
        Value inside = arith::CmpIOp::create(math.builder, math.loc, arith::CmpIPredicate::ult, source, lhsExtents[dim + 1]);
        within = within ? Value(arith::AndIOp::create(math.builder, math.loc, within, inside)) : inside;
      }
      SmallVector<Value> next(place);
      next.push_back(source);
      nest(dim + 1, next, within, math.add(target, math.mul(position, below)));
    });
  };
  nest(0, {outer}, Value(), math.constant(0));
}

void LeftPacker::packLine(ArrayRef<Value> place, Value source, Value low, Value high, Value count, Value target) {
  const int64_t features = match.features;
  Value begin = math.add(target, math.mul(low, features));
  // Whole vectors overrun to the right, into what is written after them.
  fillZeros(target, begin);
  Value existing = math.sub(high, low);
  if (input)
    copyLine(place, source, existing, begin);
  else
    computeLine(place, source, existing, begin);
  fillZeros(math.add(target, math.mul(high, features)), math.add(target, math.mul(count, features)));
}

void LeftPacker::copyLine(ArrayRef<Value> place, Value source, Value count, Value target) {
  const int64_t features = match.features, width = level.lanes(4);
  VectorType type = VectorType::get({width}, math.builder.getF32Type());
  function.count(math.builder, math.loc, match.leftInput, [&] { return math.mul(count, features); });
  Value from = math.constant(0);
  for (unsigned dim = 0; dim < place.size(); ++dim)
    from = math.add(math.mul(from, lhsExtents[dim]), place[dim]);
  from = math.mul(math.add(math.mul(from, lhsExtents[place.size()]), source), match.placeStride());
  if (match.groups > 1) {
    from = math.add(from, firstFeature);
    math.loop(math.constant(0), count, 1, [&](Value i) {
      copyFeatures(math.add(from, math.mul(i, match.placeStride())), math.add(target, math.mul(i, features)));
    });
    return;
  }
  Value elements = math.mul(count, features);
  Value whole = math.mul(math.div(elements, width), width);
  auto copyVector = [&](Value i) { math.store(math.load(input, math.add(from, i), type), packed, math.add(target, i)); };
  math.loop(math.constant(0), whole, width, copyVector);
  if (std::optional<int64_t> known = math.constantOf(elements); known && *known >= width) {
    // The rest with a vector that overlaps the last one.
    if (*known % width != 0)
      copyVector(math.constant(*known - width));
    return;
  }
  auto copyRest = [&] {
    math.loop(whole, elements, 1, [&](Value i) {
      Value element = memref::LoadOp::create(math.builder, math.loc, input, ValueRange{math.add(from, i)});
      memref::StoreOp::create(math.builder, math.loc, element, packed, ValueRange{math.add(target, i)});
    });
  };
  if (features % width == 0 || math.constantOf(elements))
    return copyRest();
  math.branch(
      math.lessEqual(math.constant(width), elements), [&] { copyVector(math.sub(elements, math.constant(width))); },
      copyRest);
}

void LeftPacker::copyFeatures(Value from, Value to) {
  const int64_t features = match.features;
  // The last vector overlaps the one before.
  const int64_t width = std::min<int64_t>(level.lanes(4), llvm::bit_floor(static_cast<uint64_t>(features)));
  VectorType type = VectorType::get({width}, math.builder.getF32Type());
  auto copyVector = [&](Value i) { math.store(math.load(input, math.add(from, i), type), packed, math.add(to, i)); };
  math.loop(math.constant(0), math.constant(features / width * width), width, copyVector);
  if (features % width != 0)
    copyVector(math.constant(features - width));
}

void LeftPacker::computeLine(ArrayRef<Value> place, Value source, Value count, Value target) {
  OpBuilder &builder = math.builder;
  const int64_t features = match.features, width = vectorizer.width();
  auto evaluate = [&](Value position, int64_t positionStep, Value feature, int64_t featureStep, Value lanesOn) {
    SmallVector<LaneIndex> indices;
    for (Value index : place)
      indices.push_back({index, 0, Value()});
    indices.push_back({position, positionStep, Value()});
    indices.push_back({math.add(firstFeature, feature), featureStep, Value()});
    vectorizer.clearCache();
    return vectorizer.evaluate(builder, math.loc, match.lhs, indices, lanesOn);
  };
  if (features >= fewFeatures) {
    const int64_t whole = features / width * width;
    math.loop(math.constant(0), count, 1, [&](Value i) {
      Value position = math.add(source, i), at = math.add(target, math.mul(i, features));
      math.loop(math.constant(0), math.constant(whole), width, [&](Value feature) {
        math.storeLanes(evaluate(position, 0, feature, 1, Value()), packed, math.add(at, feature), 1);
      });
      if (whole != features)
        math.storeLanes(evaluate(position, 0, math.constant(whole), 1, mask(vectorizer, math.constant(features - whole))),
                        packed, math.add(at, whole), 1);
    });
    return;
  }
  math.loop(math.constant(0), count, width, [&](Value i) {
    Value left = math.sub(count, i);
    auto packVectors = [&](Value lanesOn) {
      SmallVector<Value> parts;
      for (int64_t feature = 0; feature < features; ++feature)
        parts.push_back(evaluate(math.add(source, i), 1, math.constant(feature), 0, lanesOn));
      for (auto [block, vector] : llvm::enumerate(interleave(math, parts)))
        math.store(vector, packed, math.add(math.add(target, math.mul(i, features)), block * width));
    };
    math.branch(
        math.lessEqual(math.constant(width), left), [&] { packVectors(Value()); },
        [&] { packVectors(mask(vectorizer, left)); });
  });
}

void LeftPacker::fillZeros(Value begin, Value end) {
  if (Value length = math.sub(end, begin); begin == end || math.constantOf(length) == 0)
    return;
  Value zero = math.splat(0, VectorType::get({level.lanes(4)}, math.builder.getF32Type()));
  math.loop(begin, end, level.lanes(4), [&](Value i) { math.store(zero, packed, i); });
}

//===------------------------------------------------------------------------------------------------------------- right
// operand --===//

RightPacker::RightPacker(IndexMath &math, KernelOp kernel, const ContractionMatch &match, const ContractionPlan &plan,
                         const CpuLevel &level, const KernelFunction &function, Value packed)
    : math(math), match(match), plan(plan), packed(packed), depthIsLast(false),
      vectorizer(kernel, function, level, plan.lanes),
      allColumns(function.materialize(math.builder, math.loc, match.columnsExpr)) {
  if (auto dot = dyn_cast<DotGeneralOp>(match.op))
    depthIsLast = dot.getDims().getRhsContract()[0] == cast<RankedTensorType>(match.rhs.getType()).getRank() - 1;
  SmallVector<Value> extents = extentsOf(math, function, match.resultType());
  outerExtents.assign(extents.begin(), extents.begin() + match.outerRank);
}

SmallVector<LaneIndex> RightPacker::indices(Value outer, Value depth, Value column, bool alongDepth) {
  auto type = cast<RankedTensorType>(match.rhs.getType());
  SmallVector<LaneIndex> result(type.getRank());
  if (auto dot = dyn_cast<DotGeneralOp>(match.op)) {
    // The first outer dims are the batch dims.
    SmallVector<Value> at = math.delinearize(outer, outerExtents);
    for (auto [i, dim] : llvm::enumerate(dot.getDims().getRhsBatch()))
      result[dim] = {at[i], 0, Value()};
    result[dot.getDims().getRhsContract()[0]] = {depth, alongDepth ? 1 : 0, Value()};
    result[dot.getRhsFreeDims()[0]] = {column, alongDepth ? 0 : 1, Value()};
    return result;
  }
  SmallVector<Value> extents;
  for (int64_t extent : type.getShape().drop_back())
    extents.push_back(math.constant(extent));
  for (auto [i, index] : llvm::enumerate(math.delinearize(depth, extents)))
    result[i] = {index, 0, Value()};
  result.back() = {math.add(math.mul(math.rem(outer, match.groups), match.columns), column), 1, Value()};
  return result;
}

void RightPacker::pack(Value outer, Value panel, Value begin, Value count) {
  OpBuilder &builder = math.builder;
  const int64_t width = plan.lanes;
  Value firstColumn = math.mul(panel, plan.panelWidth), columns = allColumns;
  auto maskFor = [&](Value lanes) -> Value {
    return vector::CreateMaskOp::create(builder, math.loc, VectorType::get({width}, builder.getI1Type()), ValueRange{lanes});
  };
  auto evaluate = [&](Value depth, Value column, Value mask) {
    vectorizer.clearCache();
    return vectorizer.evaluate(builder, math.loc, match.rhs, indices(outer, depth, column, depthIsLast), mask);
  };
  if (depthIsLast) {
    Value existing = math.min(math.constant(plan.panelWidth), math.sub(columns, firstColumn));
    math.loop(math.constant(0), existing, 1, [&](Value c) {
      math.loop(math.constant(0), count, width, [&](Value k) {
        auto packVector = [&](Value mask) {
          math.storeLanes(evaluate(math.add(begin, k), math.add(firstColumn, c), mask), packed,
                          math.add(math.mul(k, plan.panelWidth), c), plan.panelWidth);
        };
        Value left = math.sub(count, k);
        math.branch(
            math.lessEqual(math.constant(width), left), [&] { packVector(Value()); }, [&] { packVector(maskFor(left)); });
      });
    });
    return;
  }
  math.loop(math.constant(0), count, 1, [&](Value k) {
    math.loop(math.constant(0), math.constant(plan.panelWidth), width, [&](Value c) {
      Value column = math.add(firstColumn, c), left = math.sub(columns, column);
      auto packVector = [&](Value mask) {
        math.store(evaluate(math.add(begin, k), column, mask), packed, math.add(math.mul(k, plan.panelWidth), c));
      };
      if (match.columns % plan.panelWidth == 0)
        return packVector(Value());
      math.branch(
          math.lessEqual(math.constant(width), left), [&] { packVector(Value()); },
          // A vector wholly outside is not read.
          [&] { math.branch(math.less(math.constant(0), left), [&] { packVector(maskFor(left)); }, nullptr); });
    });
  });
}

} // namespace ingot
