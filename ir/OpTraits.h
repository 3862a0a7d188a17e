// What fusion, planning and cost ask of an op that a kernel may hold: stated in the op's .td, never listed elsewhere.
#ifndef INGOT_IR_OPTRAITS_H
#define INGOT_IR_OPTRAITS_H

#include "ir/IndexRelation.h"
#include "mlir/IR/OpDefinition.h"

namespace ingot {

class SizeAttr;

// How a kernel makes the op's elements.
enum class Making {
  Never,       // not inside a kernel
  OnDemand,    // any element wherever a user asks for it
  Panels,      // read as they lie by the contraction behind them
  Reduction,   // staged: once, before users read it; its users may be rows of the space it reduces
  Window,      // staged
  Contraction, // staged
  Whole,       // staged, by an emitter of its own that takes what computes its operands and nothing behind it
  Decomposed,  // staged, where a target takes it whole; else simplify replaces it
};

// What an element costs, in kind; who counts gives the kinds numbers.
enum class CostClass {
  Free,      // no code, or made once
  Move,      // an index computation
  Fetch,     // an element found by an index that is read
  Cheap,     // an addition
  Division,  // a division or square root
  Dear,      // a polynomial
  VeryDear,  // several, or a case distinction
  Iterative, // a loop
  Random,    // the rounds of a generator
  Resample,  // weights and products for each element it mixes
  Product,   // a product and a sum for each element it combines
  Body,      // its body for each element it combines
  Order,     // comparisons, a logarithm of them for each element it reads
};

namespace trait {

// Each element of the result depends on the operands' elements at the same index alone.
template <typename Op> class Pointwise : public mlir::OpTrait::TraitBase<Op, Pointwise> {
public:
  IndexRelation getIndexRelation(unsigned result) { return pointwiseRelation(this->getOperation(), result); }
};

// Every element of the result is one operand element, or a padding value.
template <typename Op> class DataMovement : public mlir::OpTrait::TraitBase<Op, DataMovement> {};

template <Making making, CostClass cost> struct Made {
  template <typename Op> class Impl : public mlir::OpTrait::TraitBase<Op, Impl> {
  public:
    static Making getMaking() { return making; }
    static CostClass getCostClass() { return cost; }
  };
};

} // namespace trait

// Never and Free for an op of no kernel.
Making makingOf(mlir::Operation *op);
CostClass costClassOf(mlir::Operation *op);
inline bool isOnDemand(mlir::Operation *op) { return makingOf(op) == Making::OnDemand; }
// Computed once, before its users read it.
bool isStaged(mlir::Operation *op);
// No relation where the op has none.
std::optional<IndexRelation> indexRelationOf(mlir::Operation *op, unsigned result = 0);
// Values that the relation's variables take together, at the sizes' maxima; 1024 for one that has none.
double pointsOf(const IndexRelation &relation, llvm::ArrayRef<SizeAttr> sizes);
// Steps that making the op's results takes, at the sizes' maxima: one for each element, of a reduction, window or contraction
// one for each that it combines. 1e18 elements where their number has no bound.
double stepsOf(mlir::Operation *op, llvm::ArrayRef<SizeAttr> sizes);

} // namespace ingot

#endif // INGOT_IR_OPTRAITS_H
