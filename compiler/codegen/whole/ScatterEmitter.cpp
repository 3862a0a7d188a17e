// Scatters: a tile owns the places of the inputs that agree in the dims no index can change (batch dims and dims that
// windows start at the front of), copies them to the results and then applies all updates that fall among them, in their
// order. Lanes run along the last dim where it is such a dim.
#include "compiler/codegen/RegionAnalysis.h"
#include "compiler/codegen/whole/WholeKernel.h"
#include "ir/TensorTypes.h"

#include <algorithm>

namespace ingot {

using namespace mlir;
using Predicate = arith::CmpIPredicate;

namespace {

constexpr int64_t kEnoughTiles = 32;

// Where a dim of the inputs gets its place from.
struct PlaceSource {
  int64_t component = -1; // of the index vector
  int64_t window = -1;    // dim of the updates that is added
  int64_t batch = -1;     // dim of the updates that is the place
};

struct ScatterSplit {
  ScatterSplit(ScatterOp op, const CpuLevel &level, ArrayRef<SizeAttr> sizes)
      : type(typeOf(op.getInputs()[0])), updates(typeOf(op.getUpdates()[0])), sources(type.getRank()) {
    findSources(op.getDims(), typeOf(op.getScatterIndices()).getRank());
    int64_t last = type.getRank() - 1;
    if (last >= 0) {
      int64_t bytes = 1;
      for (ValueRange values : {ValueRange(op.getInputs()), ValueRange(op.getUpdates())})
        for (Value value : values)
          bytes = widestElement(value) == 0 ? level.vectorBytes : std::max(bytes, widestElement(value));
      width = level.lanes(bytes);
      if (!type.isDynamicDim(last) && type.getDimSize(last) < width)
        width = 1;
      hasLanes = width > 1 && sources[last].component < 0 && sources[last].window == updates.getRank() - 1;
    }
    int64_t tiles = 1;
    for (int64_t dim = 0; dim <= last && tiles < kEnoughTiles; ++dim) {
      if (sources[dim].component >= 0 || (sources[dim].window < 0 && sources[dim].batch < 0))
        continue;
      int64_t extent = maxOfExpr(dimExpr(type, dim), sizes).value_or(1024);
      if (dim == last && hasLanes) {
        int64_t part = std::max(4 * width, (extent / kEnoughTiles + width - 1) / width * width);
        slab = part < extent ? part : 0;
      } else {
        gridDims.push_back(dim);
        tiles *= std::max<int64_t>(extent, 1);
      }
    }
    points = getAffineConstantExpr(1, op.getContext());
    for (int64_t dim : gridDims)
      points = points * dimExpr(type, dim);
    slabs = slab ? dimExpr(type, last).ceilDiv(slab) : getAffineConstantExpr(1, op.getContext());
    grid = simplifyExpr(points * slabs);
  }

  void findSources(GatherDimsAttr dims, int64_t indicesRank) {
    int64_t vector = dims.getIndexVectorDim();
    SmallVector<int64_t> updateDims(indicesRank, -1); // of each dim of the indices
    int64_t next = 0;
    for (int64_t dim = 0; dim < updates.getRank(); ++dim)
      if (!llvm::is_contained(dims.getWindowDims(), dim)) {
        next += next == vector;
        updateDims[next] = dim;
        indexDims.push_back({next++, dim});
      }
    for (auto [component, dim] : llvm::enumerate(dims.getIndexMap()))
      sources[dim].component = component;
    for (auto [dim, indicesDim] : llvm::zip(dims.getOperandBatchDims(), dims.getIndicesBatchDims()))
      sources[dim].batch = updateDims[indicesDim];
    size_t walked = 0;
    for (int64_t dim = 0; dim < type.getRank(); ++dim)
      if (!llvm::is_contained(dims.getCollapsedDims(), dim) && !llvm::is_contained(dims.getOperandBatchDims(), dim))
        sources[dim].window = dims.getWindowDims()[walked++];
  }

  RankedTensorType type, updates; // of the inputs and the updates, but for their elements
  SmallVector<PlaceSource> sources;
  SmallVector<std::pair<int64_t, int64_t>> indexDims; // a dim of the indices and the one of the updates it runs along
  int64_t width = 1;
  bool hasLanes = false;         // along the last dim of inputs and updates
  SmallVector<int64_t> gridDims; // dims of the inputs of which a tile has one place
  int64_t slab = 0;              // places of the last dim a tile has; 0: all
  AffineExpr points, slabs, grid;
};

// Inputs whose new elements are not returned, but are read by the body, are kept in scratch.
struct ScatterScratch {
  ScatterScratch(ScatterOp op, KernelOp kernel) : layout(op.getContext()) {
    auto returned = kernel.getBlock().getTerminator()->getOperands();
    for (auto [number, result] : llvm::enumerate(op.getResults())) {
      bool isNeeded = !llvm::is_contained(returned, result) && !op.getBody().front().getArgument(number).use_empty();
      auto type = typeOf(result);
      Type stored = storageType(type.getElementType());
      offsets.push_back(isNeeded ? layout.add(numElementsExpr(type), scratchStoredBytes(stored)) : AffineExpr());
    }
  }
  static int64_t scratchStoredBytes(Type stored) {
    if (auto complex = dyn_cast<ComplexType>(stored))
      return 2 * complex.getElementType().getIntOrFloatBitWidth() / 8;
    return stored.getIntOrFloatBitWidth() / 8;
  }

  ScratchLayout layout;
  SmallVector<AffineExpr> offsets; // null: none
};

struct ScatterChoice : EmitterChoice {
  ScatterChoice(ScatterOp op, KernelOp kernel, const CpuLevel &level, ArrayRef<SizeAttr> sizes)
      : split(op, level, sizes), scratch(op, kernel) {}

  ScatterSplit split;
  ScatterScratch scratch;
};

class ScatterCode {
public:
  ScatterCode(ScatterOp op, const ScatterChoice &choice, KernelOp kernel, const CpuLevel &level, KernelFunction &function,
              OpBuilder &builder)
      : op(op), split(choice.split), scratch(choice.scratch), code(kernel, level, function, builder, split.width) {}

  LogicalResult run() {
    extents = code.dims(split.type);
    updateExtents = code.dims(split.updates);
    for (auto [result, offset] : llvm::zip_equal(op.getResults(), scratch.offsets)) {
      SmallVector<Value> places = code.buffersOf(result);
      if (offset)
        places.push_back(
            code.scratchArray(offset, numElementsExpr(typeOf(result)), storageType(typeOf(result).getElementType())));
      buffers.push_back(places);
    }
    SmallVector<Value> gridExtents;
    for (int64_t dim : split.gridDims)
      gridExtents.push_back(extents[dim]);
    Value slabs = code.size(split.slabs);
    code.loop(code.function.begin, code.function.end, [&](Value number) {
      owned.assign(extents.size(), LaneIndex());
      Value point = code.index.div(number, slabs);
      SmallVector<LaneIndex> places = code.index.delinearize(IndexBuilder::uniform(point), gridExtents);
      for (auto [dim, place] : llvm::zip_equal(split.gridDims, places))
        owned[dim] = place;
      if (!extents.empty()) {
        slabFrom = code.index.constant(0);
        slabTo = extents.back();
      }
      if (split.slab) {
        Value slab = code.index.constant(split.slab);
        slabFrom = code.index.mul(code.index.rem(number, slabs), slab);
        slabTo = code.index.minimum(code.index.add(slabFrom, slab), extents.back());
      }
      for (auto [number, input] : llvm::enumerate(op.getInputs()))
        copy(input, buffers[number]);
      applyUpdates();
    });
    return success(!code.failed);
  }

private:
  bool isOwned(int64_t dim) const { return owned[dim].base != Value(); }

  // body(place, lanes) for all places [from, to): vectors, then single elements.
  void lanes(Value from, Value to, llvm::function_ref<void(LaneIndex, int64_t)> body) {
    if (split.width > 1) {
      Value width = code.index.constant(split.width), length = code.index.sub(to, from);
      Value rest = code.index.rem(code.index.maximum(length, code.index.constant(0)), width);
      Value end = code.index.sub(to, rest);
      code.loop(from, end, [&](Value place) { body(LaneIndex{place, 1, {}}, split.width); }, width);
      if (code.index.multipleOf(length) % split.width == 0)
        return;
      from = end;
    }
    code.loop(from, to, [&](Value place) { body(IndexBuilder::uniform(place), 1); });
  }

  //===--- The inputs' own elements ---===//

  void copy(Value input, ArrayRef<Value> targets) {
    if (targets.empty())
      return;
    // The trailing dims that run as one.
    int64_t rank = extents.size(), count = rank == 0 || isOwned(rank - 1) ? 0 : 1;
    while (count && !split.slab && count < rank && !isOwned(rank - count - 1) &&
           canCollapse(input, rank - count - 1, count + 1))
      ++count;
    SmallVector<LaneIndex> at(owned);
    copyDims(input, targets, at, 0, rank - count);
  }

  void copyDims(Value input, ArrayRef<Value> targets, SmallVector<LaneIndex> &at, int64_t dim, int64_t collapsed) {
    if (dim < collapsed) {
      if (isOwned(dim))
        return copyDims(input, targets, at, dim + 1, collapsed);
      code.loop(code.index.constant(0), extents[dim], [&](Value place) {
        at[dim] = IndexBuilder::uniform(place);
        copyDims(input, targets, at, dim + 1, collapsed);
      });
      return;
    }
    auto move = [&](int64_t width) {
      Value value = code.evaluate(input, at, width);
      for (Value target : targets)
        code.writeTo(target, typeOf(input), value, at, width);
    };
    if (dim == int64_t(extents.size()))
      return move(1);
    Value from = slabFrom, to = slabTo;
    if (!split.slab)
      for (size_t inner = dim; inner + 1 < extents.size(); ++inner) {
        at[inner] = code.index.zero();
        to = code.index.mul(to, extents[inner]);
      }
    lanes(from, to, [&](LaneIndex place, int64_t width) {
      at.back() = place;
      move(width);
    });
  }

  //===--- Updates ---===//

  void applyUpdates() {
    // What the tile owns decides some dims of the updates; where it lies beyond them there are none.
    updateAt.assign(updateExtents.size(), LaneIndex());
    Value exists;
    for (int64_t dim : split.gridDims) {
      int64_t from = split.sources[dim].batch >= 0 ? split.sources[dim].batch : split.sources[dim].window;
      updateAt[from] = owned[dim];
      if (!sameExpr(dimExpr(split.updates, from), dimExpr(split.type, dim)))
        exists = code.index.both(exists, code.index.compare(Predicate::slt, owned[dim].base, updateExtents[from]));
    }
    if (exists)
      code.branch(exists, [&] { updateDims(0); });
    else
      updateDims(0);
  }

  void updateDims(size_t dim) {
    if (dim == updateAt.size())
      return apply(1);
    if (updateAt[dim].base)
      return updateDims(dim + 1);
    if (dim + 1 == updateAt.size() && split.hasLanes) {
      lanes(slabFrom, code.index.minimum(slabTo, updateExtents[dim]), [&](LaneIndex place, int64_t width) {
        updateAt[dim] = place;
        apply(width);
      });
    } else {
      code.loop(code.index.constant(0), updateExtents[dim], [&](Value place) {
        updateAt[dim] = IndexBuilder::uniform(place);
        updateDims(dim + 1);
      });
    }
    updateAt[dim] = LaneIndex();
  }

  Value component(int64_t number) {
    auto type = typeOf(op.getScatterIndices());
    SmallVector<LaneIndex> at(type.getRank());
    for (auto [dim, updateDim] : split.indexDims)
      at[dim] = updateAt[updateDim];
    if (int64_t vector = op.getDims().getIndexVectorDim(); vector < type.getRank())
      at[vector] = IndexBuilder::uniform(code.index.constant(number));
    Value element = code.evaluate(op.getScatterIndices(), at);
    bool isUnsigned = type.getElementType().isUnsignedInteger() || type.getElementType().isInteger(1);
    Type index = code.builder.getIndexType();
    return isUnsigned ? Value(arith::IndexCastUIOp::create(code.builder, code.loc, index, element))
                      : Value(arith::IndexCastOp::create(code.builder, code.loc, index, element));
  }

  // Combines the update(s) at `updateAt`.
  void apply(int64_t width) {
    SmallVector<LaneIndex> to(extents.size());
    Value inside;
    for (auto [dim, source] : llvm::enumerate(split.sources)) {
      if (source.batch >= 0) {
        to[dim] = updateAt[source.batch];
        continue;
      }
      to[dim] = source.window >= 0 ? updateAt[source.window] : code.index.zero();
      if (source.component >= 0) {
        // As unsigned numbers places in front of the input are large, too.
        to[dim] = code.index.add(to[dim], IndexBuilder::uniform(component(source.component)));
        inside = code.index.both(inside, code.index.compare(Predicate::ult, to[dim].base, extents[dim]));
      } else if (source.window >= 0 && !fits(dim, source.window)) {
        Value last = code.index.add(to[dim].base, code.index.constant(to[dim].step * (width - 1)));
        inside = code.index.both(inside, code.index.compare(Predicate::slt, last, extents[dim]));
      }
    }
    auto combine = [&] {
      Block &body = op.getBody().front();
      size_t count = op.getInputs().size();
      SmallVector<Value> arguments(2 * count);
      for (size_t i = 0; i < count; ++i)
        if (!body.getArgument(i).use_empty())
          arguments[i] = code.readFrom(buffers[i].front(), typeOf(op.getInputs()[i]), to, width);
      for (size_t i = 0; i < count; ++i)
        if (!body.getArgument(count + i).use_empty())
          arguments[count + i] = code.evaluate(op.getUpdates()[i], updateAt, width);
      SmallVector<Value> combined = code.runBody(body, arguments, width);
      for (auto [value, places, input] : llvm::zip_equal(combined, buffers, op.getInputs()))
        for (Value place : places) {
          Value lanes = code.elements().splat(value, isa<VectorType>(value.getType()) ? 1 : width);
          code.writeTo(place, typeOf(input), lanes, to, width);
        }
    };
    if (inside)
      code.branch(inside, combine);
    else
      combine();
  }

  // Whether the window along `dim`, which starts at its front, is known to lie within it.
  bool fits(int64_t dim, int64_t window) {
    AffineExpr room = dimExpr(split.type, dim), size = dimExpr(split.updates, window);
    auto a = dyn_cast<AffineConstantExpr>(room), b = dyn_cast<AffineConstantExpr>(size);
    return a && b ? b.getValue() <= a.getValue() : sameExpr(room, size);
  }

  ScatterOp op;
  const ScatterSplit &split;
  const ScatterScratch &scratch;
  WholeCode code;
  SmallVector<Value> extents, updateExtents;
  SmallVector<SmallVector<Value>> buffers; // for each input where its new elements go
  SmallVector<LaneIndex> owned, updateAt;  // the tile's place, the update's place; unset dims have no base
  Value slabFrom, slabTo;
};

class ScatterEmitter : public WholeEmitter<ScatterOp, ScatterChoice, ScatterCode> {
public:
  llvm::StringRef name() const override { return "scatter"; }

  std::optional<KernelPlan> plan(KernelOp kernel, const CpuLevel &level, ArrayRef<SizeAttr> sizes) const override {
    auto op = wholeOpOf<ScatterOp>(kernel);
    if (!op)
      return std::nullopt;
    auto choice = std::make_shared<ScatterChoice>(op, kernel, level, sizes);
    const ScatterSplit &split = choice->split;
    KernelPlan plan;
    plan.emitter = name().str();
    plan.grid = split.grid;
    plan.scratch = choice->scratch.layout.bytes();
    double copied = double(maxOfExpr(numElementsExpr(split.type), sizes).value_or(1024));
    double updated = double(maxOfExpr(numElementsExpr(split.updates), sizes).value_or(1024));
    plan.cost = (copied + 4 * updated) * double(op.getInputs().size()) / double(split.hasLanes ? split.width : 1);
    Builder builder(kernel.getContext());
    plan.params = builder.getDictionaryAttr({builder.getNamedAttr("lanes", builder.getI64IntegerAttr(split.width)),
                                             builder.getNamedAttr("grid", builder.getDenseI64ArrayAttr(split.gridDims)),
                                             builder.getNamedAttr("slab", builder.getI64IntegerAttr(split.slab))});
    plan.choice = std::move(choice);
    return plan;
  }
};

} // namespace

std::unique_ptr<KernelEmitter> createScatterEmitter() { return std::make_unique<ScatterEmitter>(); }

} // namespace ingot
