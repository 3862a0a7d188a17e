// What a region's code would do, without making it: which memory it touches along which loop, what it costs, which dims may
// run as one. Internal to codegen; shared by the loop emitter's planning and the vectorizer's choice of lanes.
#ifndef INGOT_COMPILER_CODEGEN_REGIONANALYSIS_H
#define INGOT_COMPILER_CODEGEN_REGIONANALYSIS_H

#include "compiler/codegen/CpuLevel.h"
#include "ir/Dialect.h"
#include "ir/Types.h"
#include "llvm/ADT/DenseSet.h"

#include <map>

namespace ingot {

// An index as a linear form over loop variables: offset + sum of coefficients[v] * v, plus something that depends on the
// variables in `unknown`.
struct AffineIndex {
  llvm::SmallVector<int64_t, 6> coefficients;
  uint64_t unknown = 0;
  std::optional<int64_t> offset = 0; // none: depends on the sizes

  int64_t coefficient(unsigned variable) const { return variable < coefficients.size() ? coefficients[variable] : 0; }
  uint64_t dependencies() const;
  static AffineIndex variable(unsigned variable);
};
AffineIndex add(AffineIndex a, const AffineIndex &b);
AffineIndex scale(AffineIndex a, int64_t factor);
// Something that depends on the variables of `a`.
AffineIndex opaque(const AffineIndex &a);
uint64_t dependencies(llvm::ArrayRef<AffineIndex> indices);

// One place where a region reads memory.
struct Access {
  AffineIndex position; // row-major
  double trips;         // how often, with everything made once for the loops it depends on
  unsigned bytes;       // of an element
  double elements;      // that there are: what is read again lies in a cache
};

// A reduction, contraction or window asked for at one place: the variables of the surrounding loops it depends on, and those
// of its own loops.
struct InnerReduction {
  mlir::Operation *op;
  uint64_t dependencies;
  unsigned firstOwn, endOwn;
};

class RegionAnalysis {
public:
  explicit RegionAnalysis(llvm::ArrayRef<SizeAttr> sizes) : sizes(sizes) {}

  // A loop of `extent` rounds. At most 64; more share the last one's number.
  unsigned addVariable(int64_t extent);
  // Follows the evaluation of `tensor` at `indices`.
  void visit(mlir::Value tensor, llvm::ArrayRef<AffineIndex> indices);
  int64_t maxDim(mlir::RankedTensorType type, unsigned dim) const;
  double trips(uint64_t variables) const;

  std::vector<Access> accesses;
  std::vector<InnerReduction> reductions;
  double scalarWork = 0; // nanoseconds, roughly, of all arithmetic without vectors
  unsigned opCount = 0;  // ops met: what one copy of the code will be made of

private:
  // What an op's index relation says, in linear forms.
  struct Forms;
  AffineIndex linearize(llvm::ArrayRef<AffineIndex> indices, mlir::RankedTensorType type);
  double elementsOf(mlir::RankedTensorType type) const; // at most
  // a = quotient * divisor + remainder; the two as far as they are linear.
  std::pair<AffineIndex, AffineIndex> divide(const AffineIndex &a, int64_t divisor) const;

  llvm::SmallVector<SizeAttr> sizes;
  llvm::SmallVector<int64_t> extents;
  std::map<std::vector<int64_t>, bool> seen;
  double share = 1; // of the places asked for that are evaluated: of a concatenation's operand its part
};

// True if the elements of `tensor` are read in row-major order from memory, whatever its shape: a block argument, and
// reshapes and pointwise ops of such.
bool isLinear(mlir::Value tensor);

// True if dims [first, first + count) of `tensor` may be run through by one index that stands in the last of them, the
// others staying 0.
bool canCollapse(mlir::Value tensor, unsigned first, unsigned count);

// canCollapse, asking every value once for the same dims.
class CollapseQuery {
public:
  bool holds(mlir::Value tensor, unsigned first, unsigned count);

private:
  // Where the dims land in an operand at `place`: all, side by side and in order, or none.
  bool follows(mlir::Value operand, llvm::ArrayRef<mlir::AffineExpr> place, mlir::RankedTensorType type, unsigned first,
               unsigned count);

  // Found to hold, or being asked: a false answer ends the whole query.
  llvm::DenseSet<std::pair<mlir::Value, std::pair<unsigned, unsigned>>> asked;
};

// How a reduction to a scalar would use lanes over its last reduced dims; lanes = 1 where it had better not.
struct ReductionLanes {
  int64_t lanes = 1;
  int64_t collapsed = 1; // of the relation's variables the last ones, which run as one
  int64_t unroll = 1;    // vectors a round, each with its accumulator
};
ReductionLanes lanesOfReduce(mlir::Operation *op, const CpuLevel &level);
// Of a sum of products of two operands.
ReductionLanes lanesOfDot(mlir::Operation *op, const CpuLevel &level);

// Bytes of the widest register element among `tensor` and what it is computed from; 0 if one is complex.
int64_t widestElement(mlir::Value tensor);
// Vectors a round for code of so many ops.
int64_t unrollFor(unsigned ops);
// Lanes for a dim of `extent` (or unknown): no more than it can fill.
int64_t fitLanes(int64_t lanes, std::optional<int64_t> extent, const CpuLevel &level);

// Nanoseconds of one element of the op, scalar.
double scalarCost(mlir::Operation *op);

} // namespace ingot

#endif // INGOT_COMPILER_CODEGEN_REGIONANALYSIS_H
