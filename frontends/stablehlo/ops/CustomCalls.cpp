// Custom calls by target: annotations, assertions of shapes, and ops that frameworks call so since StableHLO has none.
#include "frontends/stablehlo/Importer.h"
#include "frontends/stablehlo/OpTable.h"
#include "ir/Verification.h"

using namespace mlir;

namespace ingot::stablehlo {
namespace {

// An annotation of where or how its operands are kept: one device keeps all.
LogicalResult importAnnotation(OpContext &c) {
  if (c.numResults() != c.numOperands())
    return c.error("has " + Twine(c.numOperands()) + " operands and " + Twine(c.numResults()) + " results");
  for (size_t i = 0; i != c.numResults(); ++i)
    c.result(i, c.entry(i));
  return success();
}

//===--- assertions of shapes --------------------------------------------------------------------------------------------===//

// What must not be negative for a condition over the sizes to hold; false where the condition is of run time.
bool conditionsOf(OpContext &c, Value condition, SmallVectorImpl<AffineExpr> &atLeast, unsigned depth = 0) {
  constexpr unsigned kMostNested = 64;
  if (const SymbolicTensor *known = c.p.elementsOf(condition); known && known->isConstant()) {
    if (!(*known->constants())[0])
      atLeast.push_back(c.b.number(-1));
    return true;
  }
  Operation *op = condition.getDefiningOp();
  if (!op || depth > kMostNested)
    return false;
  if (isa<AndOp>(op))
    return conditionsOf(c, op->getOperand(0), atLeast, depth + 1) && conditionsOf(c, op->getOperand(1), atLeast, depth + 1);
  if (isa<ReshapeOp>(op))
    return conditionsOf(c, op->getOperand(0), atLeast, depth + 1);
  auto compare = dyn_cast<CompareOp>(op);
  if (!compare)
    return false;
  const SymbolicTensor *lhs = c.p.elementsOf(compare.getLhs()), *rhs = c.p.elementsOf(compare.getRhs());
  if (!lhs || !rhs || lhs->isFloat() || lhs->size() != 1)
    return false;
  AffineExpr more = lhs->ints[0] - rhs->ints[0], less = rhs->ints[0] - lhs->ints[0];
  switch (compare.getDirection()) {
  case ComparisonDirection::EQ:
    // Sizes that must be equal become one, where an import can be made so.
    if (!c.p.equalDims(lhs->ints[0], rhs->ints[0], c.op.name))
      return false;
    return true;
  case ComparisonDirection::GE:
    atLeast.push_back(more);
    return true;
  case ComparisonDirection::GT:
    atLeast.push_back(more - 1);
    return true;
  case ComparisonDirection::LE:
    atLeast.push_back(less);
    return true;
  case ComparisonDirection::LT:
    atLeast.push_back(less - 1);
    return true;
  case ComparisonDirection::NE:
    return false;
  }
  return false;
}

// The message with its {0} ... replaced by the operands after the condition.
std::string messageOf(OpContext &c) {
  const Attribute *message = c.attribute("error_message");
  std::string text = message ? message->text : "a shape is not what the program asserts";
  for (size_t i = 1; i < c.numOperands(); ++i) {
    const SymbolicTensor *known = c.p.elementsOf(c.value(i));
    std::string place = "{" + std::to_string(i - 1) + "}";
    if (size_t at = text.find(place); at != std::string::npos && known && !known->isFloat() && known->size() == 1)
      text.replace(at, place.size(), describeExpr(known->ints[0], c.p.sizes()));
  }
  return text;
}

LogicalResult importShapeAssertion(OpContext &c) {
  if (c.numOperands() < 1 || c.numResults() != 0 || !c.value(0) || c.rank(0) != 0 || !c.element(0).isInteger(1))
    return c.error("takes a truth value first and gives nothing");
  SmallVector<AffineExpr> atLeast;
  if (!conditionsOf(c, c.value(0), atLeast))
    return c.error("does not hold, or is known at run time only: " + messageOf(c));
  for (AffineExpr expr : atLeast) {
    auto range = rangeOfExpr(simplifyExpr(expr), c.p.sizes());
    if ((range && range->second < 0) || !c.p.require(simplifyExpr(expr)))
      return c.error(messageOf(c));
  }
  return success();
}

//===--- approximate top k -----------------------------------------------------------------------------------------------===//

// The exact one: operands N inputs and N initial values, which stand for absent elements; the comparator is a function.
LogicalResult importApproxTopK(OpContext &c) {
  const Attribute *config = c.attribute("backend_config"), *called = c.attribute("called_computations");
  const Attribute *k = config ? findAttribute(config->entries, "top_k") : nullptr,
                  *along = config ? findAttribute(config->entries, "reduction_dim") : nullptr;
  if (!k) // jax puts them into frontend attributes where the config is text
    if (const Attribute *other = c.attribute("mhlo.backend_config")) {
      k = findAttribute(other->entries, "top_k");
      along = findAttribute(other->entries, "reduction_dim");
    }
  const size_t count = c.numResults();
  if (!k || !along || k->kind != Attribute::Integer || along->kind != Attribute::Integer || count == 0 ||
      c.numOperands() < 2 * count || !called || called->items.size() != 1)
    return c.error("needs inputs, initial values, a comparator, top_k and reduction_dim");
  const Function *comparator = c.importer.findFunction(called->items[0].text);
  const int64_t rank = c.rank(0), dim = along->integer < 0 ? along->integer + rank : along->integer;
  if (!comparator || dim < 0 || dim >= rank || k->integer < 0)
    return c.error("has no comparator, or a reduction_dim of " + Twine(along->integer) + " of " + c.show(c.type(0)));
  SmallVector<Value> inputs = c.values(0, count);
  auto sort = SortOp::create(c.b, ValueRange(inputs).getTypes(), inputs, dim);
  SmallVector<mlir::Type> types;
  for (mlir::Type scalar : c.scalarsOf(inputs))
    types.append(2, scalar);
  if (!c.importFunction(*comparator, sort.getComparator(), types))
    return failure();
  for (auto [index, sorted] : llvm::enumerate(sort.getResults()))
    c.result(index, c.b.slice(sorted, dim, 0, k->integer));
  return success();
}

constexpr CustomCallRow kRows[] = {
    {"ApproxTopK", importApproxTopK},
    {"Sharding", importAnnotation},
    {"SPMDFullToShardShape", importAnnotation},
    {"SPMDShardToFullShape", importAnnotation},
    {"annotate_device_placement", importAnnotation},
    {"xla.sdy.FuncResultSharding", importAnnotation},
    {"shape_assertion", importShapeAssertion},
    {"stablehlo.dynamic_approx_top_k", importApproxTopK},
};

} // namespace

llvm::ArrayRef<CustomCallRow> customCalls() { return kRows; }

} // namespace ingot::stablehlo
