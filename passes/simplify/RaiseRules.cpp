// What each op is in the algebra, and which values it opens.
#include "passes/simplify/RaiseMatch.h"

#include "ir/Composites.h"
#include "passes/Reorder.h"

#include <cmath>

using namespace mlir;

namespace ingot::raise {

constexpr size_t kMaxVisited = 160;

// What constants of this type may differ by from what was meant, relative: four units in the last place, f64 as if written
// from f32.
static double toleranceOf(Type type) {
  auto floats = dyn_cast<FloatType>(type);
  unsigned bits = floats ? std::min(floats.getFPMantissaWidth(), 24u) : 24;
  return std::ldexp(4, -int(bits));
}

Algebra::Algebra(ArrayRef<Value> arguments, Block *block)
    : arguments(arguments), block(block), tolerance(toleranceOf(Float32Type::get(block->getParentOp()->getContext()))) {}

// Looked for backwards, but not beyond a first argument and no farther than a composite may reach.
bool Algebra::dependsOnX(Operation *op) {
  if (!op || arguments.empty() || op->getBlock() != block || !(opens(op) || (side && hasPieces(op))))
    return false;
  if (auto found = dependent.find(op); found != dependent.end())
    return found->second;
  bool isBeforeAll = llvm::all_of(arguments, [&](Value each) {
    Operation *def = each.getDefiningOp();
    return def && def->getBlock() == block && op->isBeforeInBlock(def);
  });
  if (dependent.size() >= kMaxVisited || isBeforeAll)
    return false;
  dependent[op] = false;
  bool depends = false;
  for (Value operand : op->getOperands())
    depends |= llvm::is_contained(arguments, operand) || dependsOnX(operand.getDefiningOp());
  return dependent[op] = depends;
}

//===--- ops -----------------------------------------------------------------------------------------------------------===//

// mean(y^2) - mean(y)^2, which is never negative.
bool Algebra::isVariance(const Poly &a) {
  if (!a.isKnown || a.terms.size() != 2)
    return false;
  for (int i : {0, 1}) {
    const Term &squared = a.terms[i], &squares = a.terms[1 - i];
    if (squared.coefficient >= 0 || squares.coefficient <= 0)
      continue;
    Term mean{std::sqrt(-squared.coefficient), {}};
    Poly operand;
    for (const Factor &factor : squared.factors) {
      mean.factors.push_back({factor.atom, factor.exponent / 2});
      if (atoms[factor.atom].kind == Atom::Kind::Sum && near(factor.exponent, 2))
        operand = atoms[factor.atom].operand;
    }
    for (const Factor &factor : squares.factors) {
      const Atom &sum = atoms[factor.atom];
      if (sum.kind != Atom::Kind::Sum || operand.terms.empty() || !same(sum.operand, power(operand, 2)))
        continue;
      // The factor of both sums is one over the number of elements.
      Poly left = number(mean.coefficient), right = number(squares.coefficient);
      for (const Factor &other : mean.factors)
        if (atoms[other.atom].kind != Atom::Kind::Sum)
          left = multiply(left, single(1, {other}));
      for (const Factor &other : squares.factors)
        if (other.atom != factor.atom)
          right = multiply(right, single(1, {other}));
      return same(left, right);
    }
  }
  return false;
}

Poly Algebra::maximumOf(const Poly &a, double low) { return low == 0 && isVariance(a) ? a : clamp(a, low, INFINITY); }

// Composites that stand inside others.
Poly Algebra::composite(CompositeOp op) {
  DictionaryAttr attributes = op.getCompositeAttributes();
  Poly x = evaluate(op.getInputs().front());
  auto type = cast<RankedTensorType>(op.getInputs().front().getType());
  auto real = [&](StringRef name) { return attributes.getAs<FloatAttr>(name).getValueAsDouble(); };
  if (op.getName() == "softplus")
    return softplus(x);
  if (op.getName() == "batch_norm") {
    auto axis = attributes.getAs<IntegerAttr>("axis");
    auto along = [&](StringRef role) { return renamed(evaluate(operandOf(op, role)), int8_t(axis ? axis.getInt() : 1)); };
    Poly inverse = power(add(along("variance"), number(real("epsilon"))), -0.5);
    return add(multiply(multiply(subtract(x, along("mean")), inverse), along("scale")), along("bias"));
  }
  if (op.getName() == "hard_sigmoid")
    return clamp(add(scaled(x, real("alpha")), number(real("beta"))), 0, 1);
  ArrayRef<int64_t> axes = attributes.getAs<DenseI64ArrayAttr>("axes").asArrayRef();
  Poly softmax = divide(exp(x), sum(exp(x), axes, type));
  return op.getName() == "softmax" ? softmax : log(softmax);
}

// A map of dims: what a view's operand has at a dim is what its result has at the dim named.
static std::optional<SmallVector<int8_t>> ofReshape(ReshapeOp op) {
  auto from = typeOf(op.getOperand()), to = typeOf(op.getResult());
  SmallVector<int8_t> variables(from.getRank(), -1);
  int64_t next = 0;
  for (int64_t dim = 0; dim < from.getRank(); ++dim) {
    if (from.getDimSize(dim) == 1)
      continue;
    while (next < to.getRank() && to.getDimSize(next) == 1)
      ++next;
    if (next == to.getRank() || !sameExpr(dimExpr(from, dim), dimExpr(to, next)))
      return std::nullopt;
    variables[dim] = int8_t(next++);
  }
  while (next < to.getRank() && to.getDimSize(next) == 1)
    ++next;
  return next == to.getRank() ? std::optional(variables) : std::nullopt;
}

// The op that a reduction of one input combines elements by, from where it starts; null for others.
static Operation *combinerOf(ReduceOp op) {
  Block &body = op.getBody().front();
  if (op.getInputs().size() != 1 || !llvm::hasNItems(body.begin(), body.end(), 2))
    return nullptr;
  Operation *combiner = &body.front();
  bool takesBoth = combiner->getNumOperands() == 2 && combiner->getOperand(0) != combiner->getOperand(1) &&
                   llvm::all_of(combiner->getOperands(), llvm::IsaPred<BlockArgument>);
  return takesBoth && combiner->getResult(0) == body.getTerminator()->getOperand(0) ? combiner : nullptr;
}

static std::optional<double> splatOf(Value value) {
  auto constant = value.getDefiningOp<ConstantOp>();
  auto elements = constant ? dyn_cast<DenseElementsAttr>(constant.getValue()) : DenseElementsAttr();
  if (!elements || !elements.isSplat() || elements.getNumElements() == 0)
    return std::nullopt;
  if (isa<FloatType>(elements.getElementType()))
    return elements.getSplatValue<APFloat>().convertToDouble();
  auto type = dyn_cast<IntegerType>(elements.getElementType());
  if (!type || type.getWidth() == 1)
    return std::nullopt;
  APInt value64 = elements.getSplatValue<APInt>();
  return type.isUnsigned() ? double(value64.getZExtValue()) : double(value64.getSExtValue());
}

static bool isOfFloats(Value value) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  return type && isa<FloatType>(type.getElementType()) && type.getRank() <= kFirstBound;
}

// What the init value of a reduction leaves unchanged: 0 added, or no finite number in a maximum.
static bool startsNeutral(ReduceOp op, bool isSum) {
  std::optional<double> init = splatOf(op.getInitValues().front());
  return init && (isSum ? *init == 0 : *init <= -3e4);
}

static bool isSum(ReduceOp op) { return isa_and_nonnull<AddOp>(combinerOf(op)); }

static bool isComposite(Operation *op) {
  auto composite = dyn_cast<CompositeOp>(op);
  if (composite && composite.getName() == "batch_norm") // of statistics that are given
    return composite.getInputs().size() == 5 && composite.getNumResults() == 1 &&
           llvm::all_of(composite.getInputs().drop_front(), [](Value vector) { return typeOf(vector).getRank() == 1; });
  return composite && llvm::is_contained({"softmax", "log_softmax", "softplus", "hard_sigmoid"}, composite.getName());
}

// Whether a value of i1 is true where y is NaN (or infinite), or false there alone: it compares y with itself.
static std::optional<bool> isTrueForNan(Value pred) {
  if (auto inverse = pred.getDefiningOp<NotOp>()) {
    std::optional<bool> inner = isTrueForNan(inverse.getOperand());
    return inner ? std::optional(!*inner) : std::nullopt;
  }
  if (pred.getDefiningOp<IsFiniteOp>())
    return false;
  auto compare = pred.getDefiningOp<CompareOp>();
  if (!compare || compare.getTotalOrder() || compare.getLhs() != compare.getRhs())
    return std::nullopt;
  if (compare.getDirection() == ComparisonDirection::NE)
    return true;
  return compare.getDirection() == ComparisonDirection::EQ ? std::optional(false) : std::nullopt;
}

// What a select gives for ordinary numbers, where NaN or infinities alone take the other side.
static Value ordinarySide(Operation *op) {
  auto select = dyn_cast<SelectOp>(op);
  std::optional<bool> isOnNan = select ? isTrueForNan(select.getPred()) : std::nullopt;
  return !isOnNan ? Value() : *isOnNan ? select.getOnFalse() : select.getOnTrue();
}

struct Rules {
  static Poly first(Algebra &a, Operation *op) { return a.evaluate(op->getOperand(0)); }
  static Poly second(Algebra &a, Operation *op) { return a.evaluate(op->getOperand(1)); }

  // As min(max(., low), high), where one side is a number.
  static Poly maximum(Algebra &a, Operation *op) {
    Poly x = first(a, op), y = second(a, op);
    if (std::optional<double> low = y.number())
      return a.maximumOf(x, *low);
    std::optional<double> low = x.number();
    return low ? a.maximumOf(y, *low) : Poly::unknown();
  }
  static Poly minimum(Algebra &a, Operation *op) {
    Poly x = first(a, op), y = second(a, op);
    if (std::optional<double> high = y.number())
      return a.clamp(x, -INFINITY, *high);
    std::optional<double> high = x.number();
    return high ? a.clamp(y, -INFINITY, *high) : Poly::unknown();
  }
  static Poly clamp(Algebra &a, Operation *op) {
    std::optional<double> low = first(a, op).number(), high = a.evaluate(op->getOperand(2)).number();
    return low && high ? a.clamp(second(a, op), *low, *high) : Poly::unknown();
  }
  static Poly reduce(Algebra &a, Operation *op) {
    auto reduce = cast<ReduceOp>(op);
    auto type = typeOf(reduce.getInputs().front());
    Poly x = first(a, op);
    Poly whole = isSum(reduce) ? a.sum(x, reduce.getDimensions(), type) : a.max(x, reduce.getDimensions(), type);
    SmallVector<int8_t> variables;
    int8_t next = 0;
    for (int64_t dim = 0; dim < type.getRank(); ++dim)
      variables.push_back(llvm::is_contained(reduce.getDimensions(), dim) ? -1 : next++);
    return a.renamed(whole, variables);
  }
  static Poly broadcast(Algebra &a, Operation *op) {
    return a.renamed(first(a, op), llvm::to_vector_of<int8_t>(cast<BroadcastInDimOp>(op).getBroadcastDimensions()));
  }
  static Poly transpose(Algebra &a, Operation *op) {
    ArrayRef<int64_t> permutation = cast<TransposeOp>(op).getPermutation();
    SmallVector<int8_t> variables(permutation.size());
    for (auto [place, dim] : llvm::enumerate(permutation))
      variables[dim] = int8_t(place);
    return a.renamed(first(a, op), variables);
  }
  static Poly power(Algebra &a, Operation *op) {
    std::optional<double> exponent = second(a, op).number();
    return exponent ? a.power(first(a, op), *exponent) : Poly::unknown();
  }
  static Poly logistic(Algebra &a, Operation *op) {
    return a.power(a.add(a.number(1), a.exp(a.scaled(first(a, op), -1))), -1);
  }

  static Algebra::Rule of(Operation *op) {
    static const llvm::DenseMap<TypeID, Algebra::Rule> rules = {
        {TypeID::get<AddOp>(), [](Algebra &a, Operation *op) { return a.add(first(a, op), second(a, op)); }},
        {TypeID::get<SubtractOp>(), [](Algebra &a, Operation *op) { return a.subtract(first(a, op), second(a, op)); }},
        {TypeID::get<MultiplyOp>(), [](Algebra &a, Operation *op) { return a.multiply(first(a, op), second(a, op)); }},
        {TypeID::get<DivideOp>(), [](Algebra &a, Operation *op) { return a.divide(first(a, op), second(a, op)); }},
        {TypeID::get<NegateOp>(), [](Algebra &a, Operation *op) { return a.scaled(first(a, op), -1); }},
        {TypeID::get<PowerOp>(), power},
        {TypeID::get<SqrtOp>(), [](Algebra &a, Operation *op) { return a.power(first(a, op), 0.5); }},
        {TypeID::get<RsqrtOp>(), [](Algebra &a, Operation *op) { return a.power(first(a, op), -0.5); }},
        {TypeID::get<ExponentialOp>(), [](Algebra &a, Operation *op) { return a.exp(first(a, op)); }},
        {TypeID::get<ExponentialMinusOneOp>(),
         [](Algebra &a, Operation *op) { return a.add(a.exp(first(a, op)), a.number(-1)); }},
        {TypeID::get<LogOp>(), [](Algebra &a, Operation *op) { return a.log(first(a, op)); }},
        {TypeID::get<LogPlusOneOp>(), [](Algebra &a, Operation *op) { return a.log(a.add(first(a, op), a.number(1))); }},
        {TypeID::get<LogisticOp>(), logistic},
        {TypeID::get<ErfOp>(), [](Algebra &a, Operation *op) { return a.odd(Atom::Kind::Erf, first(a, op)); }},
        {TypeID::get<TanhOp>(), [](Algebra &a, Operation *op) { return a.odd(Atom::Kind::Tanh, first(a, op)); }},
        {TypeID::get<AbsOp>(), [](Algebra &a, Operation *op) { return a.abs(first(a, op)); }},
        {TypeID::get<MaximumOp>(), maximum},
        {TypeID::get<MinimumOp>(), minimum},
        {TypeID::get<ClampOp>(), clamp},
        {TypeID::get<ReduceOp>(), reduce},
        {TypeID::get<BroadcastInDimOp>(), broadcast},
        {TypeID::get<TransposeOp>(), transpose},
        {TypeID::get<ReshapeOp>(),
         [](Algebra &a, Operation *op) { return a.renamed(first(a, op), ofReshape(cast<ReshapeOp>(op)).value()); }},
        {TypeID::get<ConvertOp>(), first},
        {TypeID::get<CompositeOp>(), [](Algebra &a, Operation *op) { return a.composite(cast<CompositeOp>(op)); }},
    };
    if (op->getNumResults() != 1 || op->getNumOperands() == 0 || !isOfFloats(op->getResult(0)))
      return nullptr;
    if (ordinarySide(op))
      return [](Algebra &a, Operation *op) { return a.evaluate(ordinarySide(op)); };
    if (!isOfFloats(op->getOperand(0)))
      return nullptr;
    if (auto reduce = dyn_cast<ReduceOp>(op)) {
      Operation *combiner = combinerOf(reduce);
      if (!isa_and_nonnull<AddOp, MaximumOp>(combiner) || !startsNeutral(reduce, isSum(reduce)))
        return nullptr;
    }
    if (auto reshape = dyn_cast<ReshapeOp>(op); reshape && !ofReshape(reshape))
      return nullptr;
    return isa<CompositeOp>(op) && !isComposite(op) ? nullptr : rules.lookup(op->getName().getTypeID());
  }
};

Poly Algebra::ruled(Operation *op) { return Rules::of(op)(*this, op); }

bool Algebra::opens(Operation *op) { return Rules::of(op) != nullptr; }

bool Algebra::isFunction(Operation *op) { return isa<LogisticOp, ErfOp, TanhOp, ClampOp, AbsOp>(op); }

bool Algebra::isView(Operation *op) { return isa<BroadcastInDimOp, TransposeOp, ReshapeOp, ConvertOp>(op) && opens(op); }

// What does not depend on x: a number, the number of elements, or a tensor seen through views.
Poly Algebra::outside(Value value) {
  if (std::optional<double> constant = splatOf(value)) {
    tolerance = std::max(tolerance, toleranceOf(typeOf(value).getElementType()));
    return number(*constant);
  }
  Operation *op = value.getDefiningOp();
  if (auto convert = dyn_cast_or_null<ConvertOp>(op); convert && !isOfFloats(convert.getOperand())) {
    if (auto size = convert.getOperand().getDefiningOp<SizeOfOp>())
      return extent(size.getValue().getResult(0));
    if (std::optional<double> constant = splatOf(convert.getOperand()))
      return number(*constant);
  }
  if (side && isa_and_nonnull<NegateOp>(op)) // a slope
    return scaled(outside(op->getOperand(0)), -1);
  return op && (isView(op) || isOfNumbers(op)) ? ruled(op) : leaf(value);
}

bool Algebra::isOfNumbers(Operation *op, unsigned depth) {
  return depth < 4 && opens(op) &&
         llvm::all_of(
             op->getOperands(),
             [&](Value operand) {
               Operation *def = operand.getDefiningOp();
               return splatOf(operand) || (def && isOfNumbers(def, depth + 1));
             });
}

Poly Algebra::evaluate(Value value) {
  if (llvm::is_contained(arguments, value))
    return side == Side::At ? number(threshold) : leaf(value);
  if (auto found = known.find(value); found != known.end())
    return found->second;
  Operation *op = value.getDefiningOp();
  Poly result = !dependsOnX(op) ? outside(value) : side ? piece(op) : ruled(op);
  if (!isOfFloats(value))
    result = Poly::unknown();
  known[value] = result;
  return result;
}

//===--- on one side of a number ---------------------------------------------------------------------------------------===//

bool Algebra::hasPieces(Operation *op) {
  if (isa<MaximumOp, MinimumOp, ClampOp, AbsOp, CompareOp, NotOp, SelectOp>(op))
    return true;
  auto convert = dyn_cast<ConvertOp>(op);
  return convert && typeOf(convert.getOperand()).getElementType().isInteger(1);
}

std::optional<bool> Algebra::truthOf(Value pred) {
  if (auto inverse = pred.getDefiningOp<NotOp>()) {
    std::optional<bool> inner = truthOf(inverse.getOperand());
    return inner ? std::optional(!*inner) : std::nullopt;
  }
  auto compare = pred.getDefiningOp<CompareOp>();
  if (!compare || compare.getTotalOrder() || !isa<FloatType>(typeOf(compare.getLhs()).getElementType()))
    return std::nullopt;
  Poly left = evaluate(compare.getLhs()), right = evaluate(compare.getRhs());
  if (side == Side::Unordered)
    return mentionsX(left) || mentionsX(right) ? std::optional(compare.getDirection() == ComparisonDirection::NE)
                                               : std::nullopt;
  std::optional<int> sign = signOf(subtract(left, right));
  if (!sign)
    return std::nullopt;
  switch (compare.getDirection()) {
  case ComparisonDirection::EQ:
    return *sign == 0;
  case ComparisonDirection::NE:
    return *sign != 0;
  case ComparisonDirection::GT:
    return *sign > 0;
  case ComparisonDirection::GE:
    return *sign >= 0;
  case ComparisonDirection::LT:
    return *sign < 0;
  case ComparisonDirection::LE:
    return *sign <= 0;
  }
  return std::nullopt;
}

// What the op is on this side.
Poly Algebra::piece(Operation *op) {
  auto operand = [&](unsigned index) { return evaluate(op->getOperand(index)); };
  if (auto select = dyn_cast<SelectOp>(op)) {
    std::optional<bool> truth = truthOf(select.getPred());
    return truth ? operand(*truth ? 1 : 2) : Poly::unknown();
  }
  if (isa<ConvertOp>(op) && hasPieces(op)) {
    std::optional<bool> truth = truthOf(op->getOperand(0));
    return truth ? number(*truth) : Poly::unknown();
  }
  if (isa<MaximumOp, MinimumOp>(op))
    return greater(operand(0), operand(1), isa<MaximumOp>(op) ? 1 : -1);
  if (isa<ClampOp>(op)) // of its second operand
    return greater(greater(operand(1), operand(0), 1), operand(2), -1);
  if (isa<AbsOp>(op)) {
    Poly inner = operand(0);
    return greater(inner, scaled(inner, -1), 1);
  }
  if (!opens(op) || !(op->hasTrait<trait::Pointwise>() || isView(op)))
    return Poly::unknown();
  Poly result = ruled(op);
  return keepsPlace(result) ? result : Poly::unknown();
}

std::optional<Split> splitAt(Operation *op) {
  Value pred = isa<SelectOp, ConvertOp>(op) && Algebra::hasPieces(op) ? op->getOperand(0) : Value();
  while (auto inverse = pred ? pred.getDefiningOp<NotOp>() : NotOp())
    pred = inverse.getOperand();
  auto compare = pred ? pred.getDefiningOp<CompareOp>() : CompareOp();
  if (compare && !compare.getTotalOrder() && isa<FloatType>(typeOf(compare.getLhs()).getElementType())) {
    std::optional<double> left = numberOf(compare.getLhs()), right = numberOf(compare.getRhs());
    if (left.has_value() != right.has_value())
      return Split{left ? compare.getRhs() : compare.getLhs(), left ? *left : *right};
  }
  // Others decide at zero: one number with another, or with zero; alone that is a relu.
  if (!isa<MaximumOp, MinimumOp, ClampOp, AbsOp>(op))
    return std::nullopt;
  SmallVector<Value> tensors;
  for (Value operand : op->getOperands())
    if (!numberOf(operand))
      tensors.push_back(operand);
  if (tensors.empty() || (tensors.size() == 1 && tensors.front().hasOneUse()))
    return std::nullopt;
  return Split{tensors.front(), 0};
}

} // namespace ingot::raise
