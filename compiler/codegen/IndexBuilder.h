// Index arithmetic of one function: every computation is made once for the block it is needed in, outside all loops it does
// not depend on.
#ifndef INGOT_COMPILER_CODEGEN_INDEXBUILDER_H
#define INGOT_COMPILER_CODEGEN_INDEXBUILDER_H

#include "compiler/codegen/ElementBuilder.h"
#include "compiler/codegen/RegionVectorizer.h"

#include <map>

namespace ingot {

// A condition on lanes: both parts must hold. Null parts hold always.
struct LaneCondition {
  mlir::Value uniform; // i1, the same for all lanes
  mlir::Value lanes;   // vector<W x i1>
};

// Where `builder` should make a value that depends on `dependencies` alone: in front of the outermost enclosing scf.for that
// none of them is defined in. `throughBranches`: scf.if, too, may be left, for code that is harmless where its condition is
// false.
void hoistInsertionPoint(mlir::OpBuilder &builder, mlir::ValueRange dependencies, bool throughBranches);
// True if `value` may be used at the builder's insertion point. Precondition: code is only ever added at the end of blocks
// or in front of the op that encloses the insertion point.
bool isVisible(mlir::Value value, mlir::OpBuilder &builder);

// What IndexBuilders of one function share.
struct IndexState {
  explicit IndexState(mlir::Block *entry) : constants(entry) {}
  ConstantPool constants;
  std::map<std::vector<const void *>, mlir::Value> values; // by opcode and operands
  llvm::DenseMap<mlir::Value, int64_t> multiples;          // known divisors of values
  bool narrow = false;                                     // no index of any tensor needs more than 31 bits
};

class IndexBuilder {
public:
  IndexBuilder(IndexState &state, mlir::OpBuilder &builder, mlir::Location loc, int64_t width)
      : state(state), builder(builder), loc(loc), width(width) {}

  using Value = mlir::Value;
  using Predicate = mlir::arith::CmpIPredicate;

  // Scalars (and, for the lanes of an index, vectors of index).
  Value constant(int64_t value) { return state.constants.index(value); }
  Value add(Value a, Value b);
  Value sub(Value a, Value b);
  Value mul(Value a, Value b);
  Value div(Value a, Value b); // of non-negative values; a divisor of zero counts as one
  Value rem(Value a, Value b);
  Value ceilDiv(Value a, Value b);
  Value minimum(Value a, Value b);
  Value maximum(Value a, Value b);
  Value compare(Predicate predicate, Value a, Value b);
  Value both(Value a, Value b); // and of i1; null is true
  Value expr(mlir::AffineExpr expr, mlir::ValueRange sizes);
  // An integer element or a vector of them as indices; unsigned ones beyond the largest index are that.
  Value fromInteger(Value integer, bool isUnsigned);
  static std::optional<int64_t> constantOf(Value value);
  // value = base + offset as built here.
  static std::pair<Value, int64_t> baseAndOffset(Value value);
  // A number that divides the value, 0 if the value is 0.
  int64_t multipleOf(Value value);

  // Lane indices.
  static LaneIndex uniform(Value base) { return LaneIndex{base, 0, {}}; }
  static bool isUniform(const LaneIndex &index) { return !index.lanes && index.step == 0; }
  LaneIndex zero() { return uniform(constant(0)); }
  LaneIndex add(LaneIndex a, LaneIndex b);
  LaneIndex add(LaneIndex a, int64_t b) { return add(a, uniform(constant(b))); }
  LaneIndex sub(LaneIndex a, LaneIndex b);
  LaneIndex mul(LaneIndex a, Value b);
  LaneIndex mul(LaneIndex a, int64_t b) { return mul(a, constant(b)); }
  // Precondition: no lane is negative.
  LaneIndex div(LaneIndex a, Value b);
  LaneIndex rem(LaneIndex a, Value b);
  // No less than `low` and no more than `high`; where they cross, `low`.
  LaneIndex clamp(LaneIndex a, Value low, Value high);
  // All lanes as vector<W x index>.
  Value vectorOf(const LaneIndex &index);
  // Whether `a predicate b` holds for all lanes or for none, where that is known.
  std::optional<bool> isKnown(Predicate predicate, const LaneIndex &a, const LaneIndex &b);
  // Adds `a predicate b` to `condition`.
  void require(LaneCondition &condition, Predicate predicate, const LaneIndex &a, const LaneIndex &b);
  // Row-major position of `indices` in a tensor with these dims.
  LaneIndex linearize(llvm::ArrayRef<LaneIndex> indices, llvm::ArrayRef<Value> dims);
  llvm::SmallVector<LaneIndex> delinearize(LaneIndex linear, llvm::ArrayRef<Value> dims);

private:
  Value make(unsigned opcode, Value a, Value b, llvm::function_ref<Value()> create);
  // True if all lanes of `a` have the same quotient by b.
  bool staysInBlock(const LaneIndex &a, Value b);
  // Unsigned division of vectors, in 32 bits where the values fit.
  Value divideVectors(Value a, Value b, bool remainder);

  IndexState &state;
  mlir::OpBuilder &builder;
  mlir::Location loc;
  int64_t width;
};

} // namespace ingot

#endif // INGOT_COMPILER_CODEGEN_INDEXBUILDER_H
