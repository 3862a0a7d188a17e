#include "ir/SymbolicEvaluator.h"

#include "ir/reference/Folding.h"
#include "ir/reference/Interpreter.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/MathExtras.h"

#include <algorithm>
#include <cstring>

using namespace mlir;

namespace ingot {
namespace {

constexpr int64_t kLargest = int64_t(1) << 62; // of expressions: their sums and differences stay within 64 bits

bool isNumber(AffineExpr element) { return isa_and_nonnull<AffineConstantExpr>(element); }

// True if all elements are known, as numbers.
bool isConstant(const SymbolicTensor &tensor) { return tensor.isFloat() || llvm::all_of(tensor.ints, isNumber); }

reference::Tensor toTensor(const SymbolicTensor &tensor) { return reference::fromAttribute(toAttribute(tensor)); }

std::optional<std::vector<reference::Tensor>> interpret(Operation *op, ArrayRef<reference::Tensor> operands) {
  auto values = reference::evaluate(op, operands, {}, {});
  if (values)
    return std::move(*values);
  llvm::consumeError(values.takeError()); // whoever runs it reports it
  return std::nullopt;
}

SymbolicTensor emptyOf(Value value) {
  SymbolicTensor tensor;
  tensor.type = cast<RankedTensorType>(value.getType());
  return tensor;
}

//===--- one element ---------------------------------------------------------------------------------------------------===//

// What an op makes of integers, of which some are expressions.
class ElementRule {
public:
  ElementRule(ArrayRef<SizeAttr> sizes, MLIRContext *context) : sizes(sizes), context(context) {}

  // The result's element from those of the operands, null where it is not known.
  AffineExpr operator()(Operation *op, ArrayRef<AffineExpr> operands) const {
    auto type = dyn_cast<IntegerType>(cast<RankedTensorType>(op->getResult(0).getType()).getElementType());
    if (!type)
      return {};
    AffineExpr result = compute(op, operands);
    return result && fits(result, type) ? result : AffineExpr();
  }

private:
  using Range = std::pair<int64_t, int64_t>;

  std::optional<Range> rangeOf(AffineExpr expr) const {
    auto range = rangeOfExpr(expr, sizes);
    return range && range->first > -kLargest && range->second < kLargest ? range : std::nullopt;
  }
  AffineExpr number(int64_t value) const { return getAffineConstantExpr(value, context); }
  AffineExpr truth(std::optional<bool> value) const { return value ? number(*value) : AffineExpr(); }

  // True if no value of the expression leaves the type.
  bool fits(AffineExpr expr, IntegerType type) const {
    auto range = rangeOf(expr);
    if (!range)
      return false;
    if (type.getWidth() == 1)
      return range->first >= 0 && range->second <= 1;
    if (type.isUnsigned())
      return range->first >= 0 && (type.getWidth() >= 63 || llvm::isUIntN(type.getWidth(), range->second));
    return type.getWidth() >= 64 ||
           (llvm::isIntN(type.getWidth(), range->first) && llvm::isIntN(type.getWidth(), range->second));
  }

  AffineExpr compute(Operation *op, ArrayRef<AffineExpr> x) const;
  AffineExpr product(AffineExpr x, AffineExpr y) const;
  AffineExpr quotient(AffineExpr x, AffineExpr y, bool wantsRest) const;
  AffineExpr greater(AffineExpr x, AffineExpr y, bool wantsLess) const;
  std::optional<bool> compare(ComparisonDirection direction, AffineExpr x, AffineExpr y) const;

  ArrayRef<SizeAttr> sizes;
  MLIRContext *context;
};

AffineExpr ElementRule::product(AffineExpr x, AffineExpr y) const {
  auto a = rangeOf(x), b = rangeOf(y);
  if (!a || !b)
    return {};
  int64_t corner;
  for (int64_t p : {a->first, a->second})
    for (int64_t q : {b->first, b->second})
      if (llvm::MulOverflow(p, q, corner))
        return {};
  return simplifyExpr(x * y);
}

// Truncation is the floor where nothing is negative.
AffineExpr ElementRule::quotient(AffineExpr x, AffineExpr y, bool wantsRest) const {
  auto range = rangeOf(x);
  auto divisor = dyn_cast<AffineConstantExpr>(y);
  if (!range || range->first < 0 || !divisor || divisor.getValue() < 1)
    return {};
  return simplifyExpr(wantsRest ? x % divisor.getValue() : x.floorDiv(divisor.getValue()));
}

AffineExpr ElementRule::greater(AffineExpr x, AffineExpr y, bool wantsLess) const {
  auto difference = rangeOf(simplifyExpr(x - y));
  if (!difference || (difference->first < 0 && difference->second > 0))
    return {};
  return (difference->first >= 0) == wantsLess ? y : x;
}

std::optional<bool> ElementRule::compare(ComparisonDirection direction, AffineExpr x, AffineExpr y) const {
  if (!rangeOf(x) || !rangeOf(y))
    return std::nullopt;
  auto difference = rangeOf(simplifyExpr(x - y));
  if (!difference)
    return std::nullopt;
  auto [low, high] = *difference;
  auto decide = [](bool always, bool never) {
    return always ? std::optional(true) : never ? std::optional(false) : std::nullopt;
  };
  switch (direction) {
  case ComparisonDirection::EQ:
    return decide(low == 0 && high == 0, low > 0 || high < 0);
  case ComparisonDirection::NE:
    return decide(low > 0 || high < 0, low == 0 && high == 0);
  case ComparisonDirection::GT:
    return decide(low > 0, high <= 0);
  case ComparisonDirection::GE:
    return decide(low >= 0, high < 0);
  case ComparisonDirection::LT:
    return decide(high < 0, low >= 0);
  case ComparisonDirection::LE:
    return decide(high <= 0, low > 0);
  }
  return std::nullopt;
}

AffineExpr ElementRule::compute(Operation *op, ArrayRef<AffineExpr> x) const {
  auto is = [](AffineExpr element, int64_t value) { return element && element == value; };
  // What one operand decides alone.
  if (isa<SelectOp>(op))
    return isNumber(x[0]) ? (is(x[0], 0) ? x[2] : x[1]) : x[1] && x[1] == x[2] ? x[1] : AffineExpr();
  bool isTruth = cast<RankedTensorType>(op->getOperand(0).getType()).getElementType().isInteger(1);
  if (isTruth && isa<AndOp>(op) && (is(x[0], 0) || is(x[1], 0)))
    return number(0);
  if (isTruth && isa<OrOp>(op) && (is(x[0], 1) || is(x[1], 1)))
    return number(1);
  if (isTruth && isa<AndOp, OrOp>(op) && isNumber(x[0]) && isNumber(x[1])) // 1 and 1, 0 or 0
    return x[0];
  if (llvm::is_contained(x, AffineExpr()))
    return {};
  auto range = rangeOf(x[0]);
  if (!range)
    return {};
  return llvm::TypeSwitch<Operation *, AffineExpr>(op)
      .Case([&](AddOp) { return simplifyExpr(x[0] + x[1]); })
      .Case([&](SubtractOp) { return simplifyExpr(x[0] - x[1]); })
      .Case([&](MultiplyOp) { return product(x[0], x[1]); })
      .Case([&](DivideOp) { return quotient(x[0], x[1], false); })
      .Case([&](RemainderOp) { return quotient(x[0], x[1], true); })
      .Case([&](MaximumOp) { return greater(x[0], x[1], false); })
      .Case([&](MinimumOp) { return greater(x[0], x[1], true); })
      .Case([&](ClampOp) {
        AffineExpr low = greater(x[1], x[0], false);
        return low ? greater(low, x[2], true) : AffineExpr();
      })
      .Case([&](NegateOp) { return simplifyExpr(x[0] * -1); })
      .Case([&](AbsOp) { return range->first >= 0    ? x[0]
                                : range->second <= 0 ? simplifyExpr(x[0] * -1)
                                                     : AffineExpr(); })
      .Case([&](SignOp) {
        return range->first > 0 ? number(1) : range->second < 0 ? number(-1) : isNumber(x[0]) ? number(0) : AffineExpr();
      })
      .Case([&](CompareOp compared) { return truth(compare(compared.getDirection(), x[0], x[1])); })
      .Case([&](ConvertOp convert) {
        bool tests = convert.getType().getElementType().isInteger(1) && !isTruth;
        return tests ? truth(compare(ComparisonDirection::NE, x[0], number(0))) : x[0];
      })
      .Default([](Operation *) { return AffineExpr(); });
}

//===--- tensors -------------------------------------------------------------------------------------------------------===//

// The interpreter moves places instead of elements.
std::optional<SymbolicTensor> move(Operation *op, ArrayRef<const SymbolicTensor *> operands, size_t moved) {
  std::vector<reference::Tensor> places;
  SmallVector<AffineExpr> elements;
  for (auto [index, operand] : llvm::enumerate(operands)) {
    if (index >= moved) {
      if (!operand || !isConstant(*operand))
        return std::nullopt;
      places.push_back(toTensor(*operand));
      continue;
    }
    auto type = cast<RankedTensorType>(op->getOperand(index).getType());
    if (!operand && !canBeSymbolic(type)) // a small part of what is large or of a size of its own
      return std::nullopt;
    const int64_t bytes = elementBytes(type.getElementType());
    reference::Tensor tensor = reference::Tensor::zeros(type.getElementType(), type.getShape());
    for (int64_t i = 0, count = tensor.numElements(); i != count; ++i) {
      uint64_t place = elements.size();
      if (bytes < 8 && place >> (8 * bytes) != 0)
        return std::nullopt;
      std::memcpy(tensor.bytes.data() + i * bytes, &place, bytes);
      elements.push_back(operand ? operand->ints[i] : AffineExpr());
    }
    places.push_back(std::move(tensor));
  }
  auto results = interpret(op, places);
  if (!results)
    return std::nullopt;
  SymbolicTensor result = emptyOf(op->getResult(0));
  const reference::Tensor &from = results->front();
  const int64_t bytes = elementBytes(from.elementType);
  for (int64_t i = 0, count = from.numElements(); i != count; ++i) {
    uint64_t place = 0;
    std::memcpy(&place, from.bytes.data() + i * bytes, bytes);
    result.ints.push_back(elements[place]);
  }
  return result;
}

// Elements that numbers decide come from the interpreter.
std::optional<SymbolicTensor> compute(Operation *op, ArrayRef<const SymbolicTensor *> operands, const ElementRule &rule) {
  SymbolicTensor result = emptyOf(op->getResult(0));
  std::vector<reference::Tensor> numbers;
  for (const SymbolicTensor *operand : operands) {
    if (!operand || operand->isFloat())
      continue;
    SymbolicTensor copy = *operand;
    for (AffineExpr &element : copy.ints)
      if (!isNumber(element))
        element = getAffineConstantExpr(1, op->getContext());
    numbers.push_back(toTensor(copy));
  }
  std::optional<SymbolicTensor> constants;
  if (numbers.size() == operands.size())
    if (auto results = interpret(op, numbers))
      constants = fromAttribute(reference::toAttribute(results->front()));
  for (int64_t i = 0, count = result.type.getNumElements(); i != count; ++i) {
    SmallVector<AffineExpr> elements;
    for (const SymbolicTensor *operand : operands)
      elements.push_back(!operand || operand->isFloat() ? AffineExpr() : operand->ints[operand->size() == 1 ? 0 : i]);
    result.ints.push_back(constants && llvm::all_of(elements, isNumber) ? constants->ints[i] : rule(op, elements));
  }
  return result;
}

// The reduction of one tensor by an op of one kind.
std::optional<SymbolicTensor> reduce(ReduceOp op, ArrayRef<const SymbolicTensor *> operands, const ElementRule &rule) {
  Block &body = op.getBody().front();
  if (operands.size() != 2 || !operands[0] || !operands[1] || !llvm::hasNItems(body, 2))
    return std::nullopt;
  Operation *step = &body.front();
  auto uses = [&](BlockArgument argument) { return llvm::is_contained(step->getOperands(), argument); };
  if (step->getNumOperands() != 2 || !uses(body.getArgument(0)) || !uses(body.getArgument(1)) ||
      body.getTerminator()->getOperands() != step->getResults())
    return std::nullopt;
  SymbolicTensor result = emptyOf(op->getResult(0));
  result.ints.assign(result.type.getNumElements(), operands[1]->ints.front());
  ArrayRef<int64_t> shape = operands[0]->type.getShape();
  for (auto [flat, element] : llvm::enumerate(operands[0]->ints)) {
    int64_t rest = static_cast<int64_t>(flat), place = 0, stride = 1;
    for (int64_t dim = static_cast<int64_t>(shape.size()); dim-- != 0; rest /= shape[dim])
      if (!llvm::is_contained(op.getDimensions(), dim)) {
        place += rest % shape[dim] * stride;
        stride *= shape[dim];
      }
    AffineExpr &sum = result.ints[place];
    sum = rule(step, {sum, element});
  }
  return result;
}

} // namespace

void SymbolicEvaluator::give(BlockArgument argument, SymbolicTensor elements) {
  elements.arguments = {argument.getArgNumber()};
  storage.push_back(std::move(elements));
  given[argument] = &storage.back();
}

std::optional<std::vector<SymbolicTensor>> SymbolicEvaluator::results(Operation *op, ArrayRef<Partial> operands) {
  std::vector<SymbolicTensor> results;
  if (auto size = dyn_cast<SizeOfOp>(op)) {
    auto range = rangeOfExpr(size.getValue().getResult(0), sizes);
    if (!range || wrapToType(range->first, size.getType().getElementType()) != range->first ||
        wrapToType(range->second, size.getType().getElementType()) != range->second)
      return std::nullopt;
    results.push_back(SymbolicTensor::makeInts(size.getType(), size.getValue().getResult(0)));
    return results;
  }
  if (auto constant = dyn_cast<ConstantOp>(op)) {
    results.push_back(fromAttribute(cast<DenseElementsAttr>(constant.getValue())));
    return results;
  }
  if (!reference::isFoldable(op))
    return std::nullopt;
  if (llvm::all_of(operands, [](Partial operand) { return operand && isConstant(*operand); })) {
    auto values = interpret(op, llvm::map_to_vector(operands, [](Partial operand) { return toTensor(*operand); }));
    if (!values)
      return std::nullopt;
    for (const reference::Tensor &value : *values)
      results.push_back(fromAttribute(reference::toAttribute(value)));
    return results;
  }
  // Beyond numbers, integers alone are known.
  auto isInteger = [](Type type) { return isa<IntegerType>(cast<RankedTensorType>(type).getElementType()); };
  if (op->getNumResults() != 1 || !isInteger(op->getResultTypes().front()) ||
      llvm::all_of(operands, [](Partial operand) { return !operand; }))
    return std::nullopt;
  ElementRule rule(sizes, op->getContext());
  std::optional<SymbolicTensor> result;
  if (op->hasTrait<trait::DataMovement>())
    result = move(op, operands, operands.size());
  else if (isa<GatherOp, DynamicSliceOp>(op))
    result = move(op, operands, 1);
  else if (isa<DynamicUpdateSliceOp>(op))
    result = move(op, operands, 2);
  else if (op->hasTrait<trait::Pointwise>())
    result = compute(op, operands, rule);
  else if (auto reduction = dyn_cast<ReduceOp>(op))
    result = reduce(reduction, operands, rule);
  if (!result || llvm::none_of(result->ints, [](AffineExpr element) { return bool(element); }))
    return std::nullopt;
  results.push_back(std::move(*result));
  return results;
}

void SymbolicEvaluator::evaluate(Operation *op) {
  SmallVector<Partial> operands;
  SmallVector<unsigned> arguments;
  for (Value operand : op->getOperands()) {
    operands.push_back(found.lookup(operand));
    if (operands.back())
      arguments.append(operands.back()->arguments);
  }
  llvm::sort(arguments);
  arguments.erase(std::unique(arguments.begin(), arguments.end()), arguments.end());
  auto values = results(op, operands);
  for (auto [index, value] : llvm::enumerate(op->getResults())) {
    found[value] = nullptr;
    if (!values)
      continue;
    (*values)[index].arguments = arguments;
    storage.push_back(std::move((*values)[index]));
    found[value] = &storage.back();
  }
}

const SymbolicTensor *SymbolicEvaluator::elementsOf(Value root) {
  auto mayBeKnown = [](Value value) {
    auto type = dyn_cast<RankedTensorType>(value.getType());
    return type && canBeSymbolic(type);
  };
  // Operands before ops, without recursion: chains are as long as programs.
  SmallVector<std::pair<Value, unsigned>> pending = {{root, 0}};
  while (!pending.empty()) {
    auto &[value, next] = pending.back();
    Operation *op = value.getDefiningOp();
    if (found.count(value)) {
      pending.pop_back();
    } else if (!op || !llvm::all_of(op->getResults(), mayBeKnown)) {
      found[value] = op ? nullptr : given.lookup(value);
      pending.pop_back();
    } else if (next != op->getNumOperands()) {
      Value operand = op->getOperand(next++);
      if (!found.count(operand))
        pending.emplace_back(operand, 0);
    } else {
      pending.pop_back();
      evaluate(op);
    }
  }
  Partial elements = found.lookup(root);
  bool whole = elements && llvm::all_of(elements->ints, [](AffineExpr element) { return bool(element); });
  return whole ? elements : nullptr;
}

} // namespace ingot
