#include "tests/differential/RandomProgram.h"

#include "ir/OpTraits.h"
#include "ir/TensorTypes.h"
#include "ir/reference/Elements.h"
#include "mlir/IR/Verifier.h"

#include <cmath>

using namespace mlir;

namespace ingot::differential {

// Part `i` of a tensor (complex numbers have two) becomes `number`, rounded to the type.
static void setPart(reference::Tensor &tensor, Type part, int64_t i, double number) {
  char *place = tensor.bytes.data() + i * elementBytes(part);
  reference::withValue(part, [&](auto zero) {
    if constexpr (!std::is_same_v<decltype(zero), reference::Complex>) {
      const auto value = static_cast<decltype(zero)>(number);
      reference::encode(part, &value, 1, place);
    }
  });
}

RandomProgram::RandomProgram(MLIRContext &context, uint64_t seed)
    : b(UnknownLoc::get(&context), &context), context(context), random(seed) {
  hasSize = oneIn(4);
  most = static_cast<int64_t>(1 + below(17));
  isSpecial = oneIn(6);
}

Type RandomProgram::randomFloat() {
  const Type choices[] = {b.getF32Type(), b.getF32Type(), b.getF32Type(), b.getF64Type(), b.getF16Type(), b.getBF16Type()};
  return of(ArrayRef(choices));
}

Type RandomProgram::randomElement() {
  if (oneIn(2))
    return randomFloat();
  auto integer = [&](unsigned width, bool isUnsigned) -> Type {
    return isUnsigned ? IntegerType::get(&context, width, IntegerType::Unsigned) : b.getIntegerType(width);
  };
  switch (below(12)) {
  case 0:
  case 1:
    return b.getI1Type();
  case 2:
    return ComplexType::get(oneIn(2) ? Type(b.getF32Type()) : b.getF64Type());
  case 3:
  case 4:
    return integer(8u << below(4), true);
  default:
    return integer(oneIn(2) ? 32 : 8u << below(4), false);
  }
}

Dims RandomProgram::randomDims(int64_t mostElements) {
  const int64_t choices[] = {1, 2, 3, 4, 5, 7, 8, 16, 17, 33, 64};
  Dims dims;
  int64_t count = 1;
  const unsigned rank = oneIn(12) ? 0 : 1 + below(4);
  const int64_t open = hasSize && oneIn(2) && rank ? static_cast<int64_t>(below(rank)) : -1;
  for (unsigned i = 0; i != rank; ++i) {
    const bool isOpen = static_cast<int64_t>(i) == open;
    int64_t dim = isOpen ? most : of(ArrayRef(choices));
    while (count * dim > mostElements)
      dim = std::max<int64_t>(1, dim / 2);
    count *= dim;
    dims.push_back(isOpen ? getAffineSymbolExpr(0, &context) : b.number(dim));
  }
  return dims;
}

Value RandomProgram::pick(llvm::function_ref<bool(Value)> fits) {
  SmallVector<Value> found;
  for (Value value : values)
    if (fits(value))
      found.push_back(value);
  if (found.empty())
    return {};
  // The last few, three times in four.
  const size_t last = std::min<size_t>(found.size(), 4);
  return oneIn(4) ? found[below(found.size())] : found[found.size() - 1 - below(last)];
}

Value RandomProgram::fresh(RankedTensorType type) {
  if (depth == 0 && function.getNumArguments() < 6 && !oneIn(4)) {
    const unsigned place = function.getNumArguments();
    (void)function.insertArgument(place, type, {}, b.getLoc());
    return values.emplace_back(function.getArgument(place));
  }
  Type element = type.getElementType();
  const double number =
      static_cast<double>(between(isa<FloatType>(element) ? -6 : 0, 6)) * (isa<FloatType>(element) ? 0.25 : 1);
  const bool isPredicate = element.isInteger(1);
  return values.emplace_back(b.splat(dimExprs(type), element, isPredicate ? static_cast<double>(below(2)) : number));
}

Value RandomProgram::another(RankedTensorType type) {
  if (!oneIn(4))
    if (Value found = pick([&](Value value) { return value.getType() == type; }))
      return found;
  return fresh(type);
}

bool RandomProgram::add(Operation *op, Rounding rounding) {
  const bool rounded = llvm::any_of(op->getOperands(), [&](Value operand) { return inexact.contains(operand); });
  if (failed(verify(op)) || (rounding.decides && rounded)) {
    op->erase();
    return false;
  }
  auto isFloat = [](Value value) { return isa<FloatType, ComplexType>(typeOf(value).getElementType()); };
  decidesByFloats |= rounding.decides && llvm::any_of(op->getOperands(), isFloat);
  for (Value result : op->getResults()) {
    if (isFloat(result)) {
      if (rounded || rounding.rounds)
        inexact.insert(result);
      if (rounding.rounds && op->getNumRegions() <= 1)
        roundedStrictly.push_back(result);
      else if (op->hasTrait<trait::Pointwise>())
        roundedFast.push_back(result);
    }
    values.push_back(result);
  }
  return true;
}

void RandomProgram::inRegion(Region &region, TypeRange arguments,
                             llvm::function_ref<SmallVector<Value>(ArrayRef<Value>)> body) {
  OpBuilder::InsertionGuard guard(b);
  const size_t outside = values.size();
  SmallVector<Location> locations(arguments.size(), b.getLoc());
  Block *block = b.createBlock(&region, region.end(), arguments, locations);
  ++depth;
  SmallVector<Value> ends = body(llvm::to_vector_of<Value>(block->getArguments()));
  ReturnOp::create(b, ends);
  --depth;
  values.truncate(outside);
}

void RandomProgram::carry(ArrayRef<Value> arguments) {
  for (Value argument : arguments) {
    if (isa<FloatType, ComplexType>(typeOf(argument).getElementType()))
      inexact.insert(argument);
    values.push_back(argument);
  }
}

void RandomProgram::steps(unsigned count) {
  const ArrayRef<Step> families[] = {elementwiseSteps(), elementwiseSteps(), movementSteps(), movementSteps(),
                                     combiningSteps(),   combiningSteps(),   indexingSteps(), controlFlowSteps()};
  for (unsigned made = 0, tries = 0; made < count && tries < 20 * count; ++tries) {
    // Control flow nests once, and holds what is cheap to read.
    ArrayRef<Step> family = families[below(depth ? (depth > 1 ? 4 : 7) : 8)];
    made += family[below(family.size())](*this);
  }
}

OwningOpRef<ModuleOp> RandomProgram::make(unsigned count) {
  OwningOpRef<ModuleOp> module = ModuleOp::create(b.getLoc());
  if (hasSize) {
    SmallVector<Attribute> sizes{SizeAttr::get(&context, b.getStringAttr("n"), 1, most)};
    (*module)->setAttr("ingot.sizes", b.getArrayAttr(sizes));
  }
  b.setInsertionPointToStart(module->getBody());
  function = func::FuncOp::create(b, "main", b.getFunctionType({}, {}));
  function->setAttr(kEntryAttr, b.getUnitAttr());
  b.setInsertionPointToStart(function.addEntryBlock());
  for (unsigned i = 0, e = 1 + below(3); i != e; ++i)
    (void)fresh(makeTensorType(randomDims(), randomElement()));
  steps(count);

  // Results: what nothing reads, the last first, and now and then one that is read as well.
  SmallVector<Value> results;
  for (Value value : llvm::reverse(values))
    if (results.size() < 4 && value.getDefiningOp() && (value.use_empty() || oneIn(12)))
      results.push_back(value);
  if (results.empty())
    return {};
  func::ReturnOp::create(b, results);
  SmallVector<Type> types = llvm::to_vector(function.getBody().getArgumentTypes());
  function.setType(b.getFunctionType(types, llvm::to_vector(ValueRange(results).getTypes())));
  if (failed(verify(*module)))
    return {};
  return module;
}

SmallVector<SmallVector<int64_t>> RandomProgram::sizeValues() {
  if (!hasSize)
    return {{}};
  SmallVector<SmallVector<int64_t>> all{{1}, {most}};
  if (most > 2)
    all.push_back({between(2, most - 1)});
  return all;
}

std::vector<reference::Tensor> RandomProgram::arguments(func::FuncOp main, ArrayRef<int64_t> sizes) {
  std::vector<reference::Tensor> tensors;
  for (Type type : main.getArgumentTypes()) {
    auto tensorType = cast<RankedTensorType>(type);
    SmallVector<int64_t> dims;
    for (AffineExpr dim : dimExprs(tensorType))
      dims.push_back(*evaluateExpr(dim, sizes));
    Type element = tensorType.getElementType();
    reference::Tensor tensor = reference::Tensor::zeros(element, dims);
    const bool isComplex = isa<ComplexType>(element);
    Type part = isComplex ? cast<ComplexType>(element).getElementType() : element;
    const int64_t count = tensor.numElements() * (isComplex ? 2 : 1);
    for (int64_t i = 0; i != count; ++i) {
      double number;
      if (isa<FloatType>(part)) {
        const double special[] = {0.0, -0.0, INFINITY, -INFINITY, NAN};
        number = isSpecial && oneIn(12) ? special[below(5)] : static_cast<double>(between(-32, 32)) / 8;
      } else {
        const bool isUnsigned = part.isUnsignedInteger() || part.isInteger(1);
        number = part.isInteger(1) ? static_cast<double>(below(2)) : static_cast<double>(between(isUnsigned ? 0 : -9, 20));
      }
      setPart(tensor, part, i, number);
    }
    tensors.push_back(std::move(tensor));
  }
  return tensors;
}

} // namespace ingot::differential
