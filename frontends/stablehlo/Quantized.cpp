// Quantised elements: what they express, and back, as the specification has it. Each step is an op.
#include "frontends/stablehlo/Quantized.h"

using namespace mlir;

namespace ingot::stablehlo {

// Numbers for each place along the axis, or for all, as a tensor of x's dims.
static Value parameters(ValueBuilder &b, Value x, const Quantization &quantization, ArrayRef<double> numbers,
                        mlir::Type element) {
  if (!quantization.axis || llvm::all_equal(numbers))
    return b.splat(ValueBuilder::dimsOf(x), element, numbers.front());
  auto type = RankedTensorType::get({static_cast<int64_t>(numbers.size())}, element);
  DenseElementsAttr attribute =
      isa<FloatType>(element)
          ? ingot::toAttribute(SymbolicTensor::makeFloats(
                type, llvm::map_to_vector(numbers, [&](double number) { return roundToType(number, element); })))
          : ingot::toAttribute(SymbolicTensor::makeInts(
                type, llvm::map_to_vector(numbers, [](double number) { return static_cast<int64_t>(number); })));
  return b.broadcast(ConstantOp::create(b, attribute), ValueBuilder::dimsOf(x), {*quantization.axis});
}

static SmallVector<double> zeroPoints(const Quantization &quantization) {
  return llvm::map_to_vector(quantization.zeroPoints, [](int64_t zero) { return static_cast<double>(zero); });
}

Value dequantized(ValueBuilder &b, Value stored, const Quantization &quantization) {
  mlir::Type expressed = elementTypeOf(b.getContext(), quantization.expressed);
  // The difference leaves the stored type, but no integer twice as wide.
  Value x = stored;
  if (llvm::any_of(quantization.zeroPoints, [](int64_t zero) { return zero != 0; })) {
    mlir::Type wide = b.getIntegerType(ValueBuilder::elementOf(x).getIntOrFloatBitWidth() < 32 ? 32 : 64);
    x = b.convert(x, wide);
    x = b.sub(x, parameters(b, x, quantization, zeroPoints(quantization), wide));
  }
  x = b.convert(x, expressed);
  return b.mul(x, parameters(b, x, quantization, quantization.scales, expressed));
}

Value quantized(ValueBuilder &b, Value expressed, const Quantization &quantization) {
  mlir::Type element = ValueBuilder::elementOf(expressed);
  Value x = b.div(expressed, parameters(b, expressed, quantization, quantization.scales, element));
  x = b.add(x, parameters(b, x, quantization, zeroPoints(quantization), element));
  x = ClampOp::create(b, x.getType(), b.scalar(element, static_cast<double>(quantization.storageMin)), x,
                      b.scalar(element, static_cast<double>(quantization.storageMax)));
  x = b.unary<RoundNearestEvenOp>(x);
  return b.convert(x, elementTypeOf(b.getContext(), quantization.storage));
}

//===--- constraints -----------------------------------------------------------------------------------------------------===//

LogicalResult needEqualBaselines(OpContext &c) {
  const Type &result = *c.declared(0);
  for (const Entry &entry : c.entries()) {
    const Type &operand = *entry.type;
    if (operand.element == Element::Bool || result.element == Element::Bool)
      continue;
    const auto &mine = operand.quantization, &made = result.quantization;
    if (mine.has_value() != made.has_value() ||
        (mine && (mine->storage != made->storage || mine->expressed != made->expressed)))
      return c.error("takes " + spellType(&operand) + " and gives " + spellType(&result));
    if (mine && mine->axis && mine->axis != made->axis)
      return c.error("takes " + spellType(&operand) + ", quantised along another dim than " + spellType(&result) +
                     ", which it gives");
  }
  const auto &made = result.quantization;
  if (made && made->axis && llvm::none_of(c.entries(), [](const Entry &entry) {
        return entry.type->quantization && entry.type->quantization->axis;
      }))
    return c.error("gives " + spellType(&result) + ", but takes nothing that is quantised along a dim");
  return success();
}

LogicalResult needSameMeaning(OpContext &c, size_t index, llvm::function_ref<bool(int64_t, int64_t)> becomes, bool repeats) {
  const Type &operand = *c.entry(index).type, &result = *c.declared(0);
  const auto &mine = operand.quantization, &made = result.quantization;
  if (!mine && !made)
    return success();
  auto fail = [&](const Twine &what) {
    return c.error("takes " + spellType(&operand) + " and gives " + spellType(&result) + ": " + what);
  };
  if (!mine || !made || mine->storage != made->storage || mine->expressed != made->expressed ||
      mine->storageMin != made->storageMin || mine->storageMax != made->storageMax)
    return fail("elements are moved, and mean the same before and after");
  if (mine->axis.has_value() != made->axis.has_value() || (mine->axis && becomes && !becomes(*mine->axis, *made->axis)))
    return fail("the dim along which it is quantised moves with its elements");
  auto areKept = [&](const auto &before, const auto &after) {
    return before == after ||
           (repeats && before.size() == 1 && llvm::all_of(after, [&](auto number) { return number == before.front(); }));
  };
  if (!areKept(mine->scales, made->scales) || !areKept(mine->zeroPoints, made->zeroPoints))
    return fail("scales and zero points are kept");
  return success();
}

LogicalResult needPromotable(OpContext &c, size_t index, size_t result) {
  const Type &operand = *c.entry(index).type, &made = *c.declared(result);
  const auto &mine = operand.quantization, &wanted = made.quantization;
  if (mine.has_value() == wanted.has_value() && (!mine || mine->expressed == wanted->expressed))
    return success();
  return c.error("operand " + Twine(index) + " is " + spellType(&operand) + ", which is not promoted to " +
                 spellType(&made));
}

LogicalResult needQuantizedFactors(OpContext &c, unsigned first) {
  const Type &lhs = *c.entry(0).type, &rhs = *c.entry(1).type, &result = *c.declared(0);
  if (!lhs.quantization && !rhs.quantization && !result.quantization)
    return success();
  auto fail = [&](unsigned label, const char *what) {
    return c.error("(C" + Twine(label) + ") " + what + ", but takes " + spellType(&lhs) + " and " + spellType(&rhs) +
                   " and gives " + spellType(&result));
  };
  if (!rhs.quantization || lhs.quantization.has_value() != result.quantization.has_value())
    return fail(first, "rhs is quantised, and lhs where the result is");
  const unsigned types = first + 3;
  const Element expressed = rhs.quantization->expressed;
  if (!lhs.quantization)
    return lhs.element == expressed && result.element == expressed
               ? success()
               : fail(types + 3, "lhs and the result have the type that rhs expresses");
  if (lhs.quantization->storage != rhs.quantization->storage)
    return fail(types, "lhs and rhs are stored alike");
  if (lhs.quantization->expressed != expressed || result.quantization->expressed != expressed)
    return fail(types + 1, "all express one type");
  if (!rhs.quantization->axis && result.quantization->axis)
    return fail(types + 2, "the result is quantised per tensor where rhs is");
  return success();
}

} // namespace ingot::stablehlo
