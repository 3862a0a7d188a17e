// How RegionVectorizer works: one evaluator for one request, and the state all requests on a function share. Internal to
// codegen.
#ifndef INGOT_COMPILER_CODEGEN_REGIONEVALUATOR_H
#define INGOT_COMPILER_CODEGEN_REGIONEVALUATOR_H

#include "compiler/codegen/ElementBuilder.h"
#include "compiler/codegen/IndexBuilder.h"
#include "compiler/codegen/RegionVectorizer.h"
#include "ir/Monoid.h"
#include "llvm/ADT/DenseSet.h"

namespace ingot {

struct RegionState {
  RegionState(KernelOp kernel, const KernelFunction &function, const CpuLevel &level);

  KernelOp kernel;
  const KernelFunction &function;
  const CpuLevel &level;
  bool strict; // every op rounds to its type
  IndexState indices;
  std::map<std::vector<const void *>, mlir::Value> values; // evaluated elements
  llvm::DenseSet<mlir::Value> nonEmptyMasks;
  llvm::DenseMap<std::pair<mlir::Value, int64_t>, RegionVectorizer::Provider> providers; // by tensor and width
  llvm::DenseMap<mlir::Value, mlir::Value> flatBuffers;                                  // a buffer as a memref of rank 1
  llvm::DenseMap<mlir::Operation *, mlir::Value> constantBuffers;
  llvm::DenseMap<mlir::Value, bool> dependsOnProviderCache;
  // While the loop emitter asks for `width` neighbouring places of a dim in turn, the offsets 0 .. width - 1: loads that are
  // strided along the lanes and contiguous along that dim are made for all of them at once, by rows, and transposed in
  // registers. By buffer and place.
  bool transposing = false;
  std::map<std::vector<const void *>, llvm::SmallVector<mlir::Value>> transposed;
};

// A monoid whose elements are lanes; none of complex numbers.
struct LaneMonoid : Monoid {
  explicit LaneMonoid(Monoid monoid) : Monoid(monoid) {}
  explicit LaneMonoid(mlir::Block &body);

  bool anyZero = false; // either zero may be the larger

  // A neutral element, as a constant like `like`.
  mlir::Value identity(ElementBuilder &e, mlir::Value like) const;
  mlir::Value combine(ElementBuilder &e, mlir::Value a, mlir::Value b) const;
};

class RegionEvaluator {
public:
  using Value = mlir::Value;
  using Indices = llvm::ArrayRef<LaneIndex>;

  RegionEvaluator(RegionState &state, mlir::OpBuilder &builder, mlir::Location loc, int64_t width)
      : state(state), builder(builder), loc(loc), width(width), index(state.indices, builder, loc, width),
        element(builder, loc, state.indices.constants, state.level.fma, hasHalfConversion(state.level)) {}

  // Where an element is asked for: an index for each dim.
  using Place = llvm::SmallVector<LaneIndex>;
  using Places = llvm::ArrayRef<Place>;

  Value evaluate(Value tensor, Indices indices, Value mask);
  // The same by the tensor's own op, whatever is provided for it.
  Value compute(Value tensor, Indices indices, Value mask);
  // Computes the reductions that `tensor` is made of pointwise, for several places in the same loops; evaluate then finds
  // them.
  void evaluateTogether(Value tensor, Places places, Value mask);
  // Between memory and registers at a row-major position.
  Value load(Value buffer, mlir::Type elementType, LaneIndex position, Value mask);
  void store(Value value, Value buffer, mlir::Type elementType, LaneIndex position, Value mask);

  // Counts an element of `tensor` for each lane that is on (one where all lanes share it), for `places` places: in
  // a counting kernel, see KernelFunction.
  void count(Value tensor, bool isUniform, Value mask, size_t places = 1);

  llvm::SmallVector<Value> dims(mlir::RankedTensorType type);
  // What the body of a reduction, comparator ... returns for these arguments.
  llvm::SmallVector<Value> runBody(mlir::Block &body, mlir::ValueRange arguments);

  // Where an element of the update lies in the operand; none after an error.
  std::optional<Place> placeOfUpdate(DynamicUpdateSliceOp op, Indices indices);
  // One i1 for "the update is no larger than the operand"; null if that is known.
  Value windowFits(DynamicUpdateSliceOp op);

private:
  void reduceTogether(Value tensor, Places places, Value mask);
  // What RegionState::values holds an element under. At a single index: by its row-major position.
  std::vector<const void *> elementKey(Value tensor, Indices indices, Value mask) const;
  // The lanes `position.step` apart, read as rows; null if this is not a place of a transposed block.
  Value loadTransposed(Value flat, mlir::VectorType type, const LaneIndex &position);
  // True if a value of `tensor`'s cone is provided at some width but not at `otherWidth` (0: provided at any width).
  bool dependsOnProvider(Value tensor);
  mlir::VectorType vectorType(mlir::Type element) { return mlir::VectorType::get({width}, element); }
  mlir::Type valueType(mlir::Type elementType) {
    mlir::Type type = computeType(elementType);
    return width == 1 ? type : vectorType(type);
  }
  Value zero(mlir::Type elementType);

  // `body` where the condition holds, else `otherwise`, both of `type`: branches on the uniform part, masks for the rest.
  Value guarded(mlir::Type type, const LaneCondition &condition, Value mask, llvm::function_ref<Value(Value mask)> body,
                llvm::function_ref<Value()> otherwise);
  // The results of `body` if `condition`, else those of `otherwise`.
  llvm::SmallVector<Value> branch(Value condition, mlir::TypeRange types,
                                  llvm::function_ref<llvm::SmallVector<Value>()> body,
                                  llvm::function_ref<llvm::SmallVector<Value>()> otherwise);
  Value bothMasks(Value a, Value b);
  // One i1 for "some lane is on"; null if that is known.
  Value anyLane(Value mask);

  // Shape ops (VectorizeShape.cpp).
  Value constant(ConstantOp op, Indices indices, Value mask) {
    return constantAt(op, index.linearize(indices, dims(op.getOutput().getType())), mask);
  }
  Value constantAt(ConstantOp op, LaneIndex position, Value mask);
  Value reshape(ReshapeOp op, Indices indices, Value mask);
  Value evaluateLinear(Value tensor, LaneIndex position, Value mask);
  Value iota(IotaOp op, Indices indices);
  Value sizeOf(SizeOfOp op);
  // Random numbers (VectorizeRandom.cpp).
  Value random(RngOp op, Indices indices);
  Value randomBits(RngBitGeneratorOp op, unsigned number, Indices indices, mlir::Value mask);
  Value placeNumbers(const LaneIndex &place);
  Value constantBuffer(ConstantOp op);

  // Ops each of whose elements is one of an operand, where their index relation says (VectorizeMovement.cpp).
  struct Lanes; // an index algebra
  Place placeOf(llvm::ArrayRef<mlir::AffineExpr> place, Indices values);
  // `value predicate bound`, given the values of the expressions' dims.
  struct Comparison {
    IndexBuilder::Predicate predicate;
    LaneIndex value, bound;
  };
  Comparison comparisonOf(const IndexCondition &condition, Indices values);
  // `indices` and behind them the values of the relation's terms, of which none is a variable; none after an error.
  std::optional<Place> withTerms(mlir::Operation *op, const IndexRelation &relation, Indices indices, Value mask);
  // An element of a tensor of integers as an index; none after an error.
  std::optional<LaneIndex> elementIndex(Value tensor, Indices at, Value mask);
  // That no window is larger than what it is taken of.
  LaneCondition windowsFit(const IndexRelation &relation);
  Value moved(mlir::Operation *op, Indices indices, Value mask);
  // The read of the first case that applies, from case `number` on.
  Value readFrom(mlir::Operation *op, const IndexRelation &relation, size_t number, Indices values, Value mask);

  // Other widths and systems of numbers (VectorizeBits.cpp, VectorizeQuantization.cpp).
  Value bitsOf(Value tensor, Indices indices, Value mask);
  llvm::SmallVector<Place> placesOfBits(const IndexRelation &relation, Indices indices);
  Value bitcastConvert(BitcastConvertOp op, Indices indices, Value mask);
  Value bitcastComplex(BitcastConvertOp op, Indices indices, Value mask);
  Value quantize(QuantizeOp op, Indices indices, Value mask);
  Value dequantize(DequantizeOp op, Indices indices, Value mask);

  // Elements between elements (VectorizeInterpolation.cpp).
  struct InterpolatedDim;
  InterpolatedDim interpolatedDim(InterpolateOp op, size_t number, unsigned term, const LaneIndex &at);
  LaneIndex nearestInside(const InterpolatedDim &dim, Value place);
  // The mix of what lies around the place along `dims`; `values`: the result's index and the relation's terms.
  Value mix(InterpolateOp op, const IndexRelation &relation, llvm::ArrayRef<InterpolatedDim> dims, Place &values,
            Value mask);
  Value interpolate(InterpolateOp op, Indices indices, Value mask);

  // Reductions (VectorizeReduction.cpp) and contractions (VectorizeContraction.cpp).
  struct LoopRange {
    Value lower, upper;
    bool operator==(const LoopRange &other) const { return lower == other.lower && upper == other.upper; }
  };
  using LoopBody = llvm::function_ref<llvm::SmallVector<Value>(llvm::ArrayRef<Value> position, mlir::ValueRange state)>;
  // Loops over `ranges`, outermost first, carrying `state`. Up to `unrolled` rounds in all, if known, are made one after the
  // other.
  llvm::SmallVector<Value> loops(llvm::ArrayRef<LoopRange> ranges, mlir::ValueRange state, LoopBody body,
                                 int64_t unrolled = 1);
  // What one step of a reduction with lanes over a reduced dim adds: given an evaluator of the lanes' width and the loop
  // indices.
  using LaneStep = llvm::function_ref<Value(RegionEvaluator &, Indices position, Value mask, Value accumulator)>;
  // The reduction of `ranges` by `monoid` with lanes over the last range; a scalar. `type`: the accumulator's scalar type.
  Value reduceLanes(llvm::ArrayRef<LoopRange> ranges, const struct ReductionLanes &choice, mlir::Type type,
                    const LaneMonoid &monoid, LaneStep step);
  Value horizontal(const LaneMonoid &monoid, Value vector);
  llvm::SmallVector<Value> finishReduction(mlir::Operation *op, llvm::ArrayRef<Value> accumulators);

  // The values of the relation's variables.
  llvm::SmallVector<LoopRange> rangesOf(const IndexRelation &relation);
  // What the only case reads, with the variables at `position`.
  llvm::SmallVector<Value> readAt(mlir::Operation *op, const IndexRelation &relation, Indices place, Indices position,
                                  Value mask);
  // The loops over the relation's variables at one place.
  struct Visits {
    llvm::SmallVector<LoopRange> whole, inside; // all values; those at which the bounds hold that loops can have
    llvm::SmallVector<IndexCondition> checked;  // what else must hold, for each element
  };
  Visits visitsAt(const IndexRelation &relation, Indices place, bool skipsPadding);
  // Where all elements of a small window exist, straight code for up to `straight` rounds.
  llvm::SmallVector<Value> loopsOver(const Visits &visits, mlir::ValueRange state, LoopBody body, int64_t straight);
  // What becomes of the accumulators of one place.
  struct Accumulation {
    // By what is read; lanes that are not `inside` read nothing (null: all are).
    llvm::function_ref<llvm::SmallVector<Value>(llvm::ArrayRef<Value> read, Value inside, mlir::ValueRange state)> add;
    // By an element that does not exist; null: nothing.
    llvm::function_ref<llvm::SmallVector<Value>(mlir::ValueRange state)> addPadding = {};
    bool skipsPadding = false; // such elements need not be visited
    int64_t straight = 1;      // rounds that are made one after the other, if known
  };
  static constexpr int64_t kStraightWindow = 27;
  // For each place the op's results: `initial` and what the relation's variables run through, one element after the other.
  llvm::SmallVector<Value> accumulate(mlir::Operation *op, const IndexRelation &relation, Places places, Value mask,
                                      mlir::ValueRange initial, const Accumulation &each);
  // For each place the op's results, one place after the other.
  llvm::SmallVector<Value> reductionAt(mlir::Operation *op, Places places, Value mask);
  llvm::SmallVector<Value> reduce(ReduceOp op, Places places, Value mask);
  llvm::SmallVector<Value> reduceWindow(ReduceWindowOp op, Places places, Value mask);
  llvm::SmallVector<Value> dot(DotGeneralOp op, Places places, Value mask);
  llvm::SmallVector<Value> convolution(ConvolutionOp op, Places places, Value mask);
  Value multiplyAdd(Value a, Value b, Value accumulator);
  // accumulator + a product of two elements of a contraction's operands.
  Value addProduct(mlir::Operation *op, llvm::ArrayRef<Value> factors, Value accumulator);
  Value toAccumulator(Value value, mlir::Type from, mlir::Type to);

  RegionState &state;
  mlir::OpBuilder &builder;
  mlir::Location loc;
  int64_t width;
  IndexBuilder index;
  ElementBuilder element;
};

} // namespace ingot

#endif // INGOT_COMPILER_CODEGEN_REGIONEVALUATOR_H
