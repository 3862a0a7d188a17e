// Ops that read or write at places which tensors of indices name, and those that order elements.
#include "ir/TensorTypes.h"
#include "tests/differential/RandomProgram.h"

using namespace mlir;

namespace ingot::differential {
namespace {

using frontend::Combiner;
using frontend::Reduction;

Value withDims(RandomProgram &p) {
  return p.pick([](Value v) { return typeOf(v).getRank() > 0; });
}

// Integers of any values: places beyond the axis are part of what ops mean.
Value indices(RandomProgram &p, ArrayRef<int64_t> dims) {
  Type type = p.oneIn(2)   ? p.b.getI32Type()
              : p.oneIn(3) ? p.b.getI64Type()
                           : Type(IntegerType::get(p.b.getContext(), 8u << p.below(4), IntegerType::Unsigned));
  return p.another(makeTensorType(dims, type));
}

bool take(RandomProgram &p) {
  Value x = withDims(p);
  if (!x)
    return false;
  SmallVector<int64_t> dims;
  for (unsigned i = 0, e = p.below(3); i != e; ++i)
    dims.push_back(p.between(1, 6));
  return p.add(p.b.take(x, indices(p, dims), static_cast<int64_t>(p.below(typeOf(x).getRank()))), Rounding::Exact);
}

// Dimension numbers for windows over an operand, and the windows' shape. Batch dims are the operand's first.
struct Numbers {
  GatherDimsAttr dims;
  SmallVector<int64_t> indicesShape, resultShape;
};
std::optional<Numbers> draw(RandomProgram &p, ArrayRef<int64_t> shape) {
  const auto rank = static_cast<int64_t>(shape.size());
  SmallVector<int64_t> window, collapsed, operandBatch, indicesBatch, map, sizes;
  for (int64_t i = 0; i != rank; ++i) {
    if (shape[i] < 1)
      return std::nullopt;
    const bool isBatch = i == 0 && rank > 1 && p.oneIn(4);
    if (isBatch)
      operandBatch.push_back(i);
    else if (p.oneIn(2))
      map.push_back(i);
    const bool isCollapsed = !isBatch && p.oneIn(2);
    if (isCollapsed)
      collapsed.push_back(i);
    sizes.push_back(isBatch || isCollapsed ? 1 : p.between(1, shape[i]));
  }
  for (int64_t i = static_cast<int64_t>(map.size()) - 1; i > 0; --i)
    std::swap(map[i], map[p.below(i + 1)]);
  Numbers out;
  SmallVector<int64_t> walked;
  for (size_t i = 0; i != operandBatch.size(); ++i) {
    indicesBatch.push_back(static_cast<int64_t>(walked.size()));
    walked.push_back(shape[operandBatch[i]]);
  }
  for (unsigned i = 0, e = p.below(3); i != e; ++i)
    walked.push_back(p.between(1, 5));
  out.indicesShape = walked;
  const bool isImplicit = map.size() == 1 && p.oneIn(2);
  const auto vector = static_cast<int64_t>(isImplicit || operandBatch.size() ? walked.size() : p.below(walked.size() + 1));
  if (!isImplicit)
    out.indicesShape.insert(out.indicesShape.begin() + vector, static_cast<int64_t>(map.size()));
  // Where the windows stand in the result: a random choice of its dims.
  SmallVector<int64_t> windowSizes;
  for (int64_t i = 0; i != rank; ++i)
    if (!llvm::is_contained(collapsed, i) && !llvm::is_contained(operandBatch, i))
      windowSizes.push_back(sizes[i]);
  size_t nextWindow = 0, nextWalked = 0;
  while (nextWindow != windowSizes.size() || nextWalked != walked.size()) {
    const bool isWindow = nextWalked == walked.size() || (nextWindow != windowSizes.size() && p.oneIn(2));
    if (isWindow)
      window.push_back(static_cast<int64_t>(out.resultShape.size()));
    out.resultShape.push_back(isWindow ? windowSizes[nextWindow++] : walked[nextWalked++]);
  }
  out.dims = GatherDimsAttr::get(p.b.getContext(), window, collapsed, operandBatch, indicesBatch, map, vector);
  return out;
}

bool gather(RandomProgram &p) {
  Value x = p.pick([](Value v) { return typeOf(v).getRank() > 0 && typeOf(v).hasStaticShape(); });
  std::optional<Numbers> numbers = x ? draw(p, typeOf(x).getShape()) : std::nullopt;
  if (!numbers)
    return false;
  auto type = makeTensorType(numbers->resultShape, typeOf(x).getElementType());
  return p.add(GatherOp::create(p.b, type, x, indices(p, numbers->indicesShape), numbers->dims, false), Rounding::Exact);
}

bool scatter(RandomProgram &p) {
  Value x = p.pick([](Value v) { return typeOf(v).getRank() > 0 && typeOf(v).hasStaticShape(); });
  std::optional<Numbers> numbers = x ? draw(p, typeOf(x).getShape()) : std::nullopt;
  if (!numbers)
    return false;
  Type element = typeOf(x).getElementType();
  const bool isComplex = isa<ComplexType>(element), isFloat = isa<FloatType>(element) || isComplex;
  const Combiner choices[] = {Combiner(), Combiner(Reduction::Add), Combiner(Reduction::Multiply),
                              Combiner(Reduction::Maximum), Combiner(Reduction::Minimum)};
  Combiner combiner =
      element.isInteger(1) ? (p.oneIn(2) ? Combiner() : Combiner(Reduction::Or)) : choices[p.below(isComplex ? 2 : 5)];
  const bool rounds = isFloat && (combiner == Reduction::Add || combiner == Reduction::Multiply);
  Value updates = p.another(makeTensorType(numbers->resultShape, element));
  return p.add(p.b.scatter(combiner, x, indices(p, numbers->indicesShape), updates, numbers->dims),
               rounds ? Rounding::Rounds : Rounding::Exact);
}

SmallVector<Value> starts(RandomProgram &p, int64_t rank) {
  Value first = indices(p, {});
  SmallVector<Value> all;
  for (int64_t i = 0; i != rank; ++i)
    all.push_back(p.another(typeOf(first)));
  return all;
}

bool dynamicSlice(RandomProgram &p) {
  Value x = p.pick([](Value v) { return typeOf(v).hasStaticShape() && typeOf(v).getRank() > 0; });
  if (!x)
    return false;
  SmallVector<int64_t> sizes;
  for (int64_t size : typeOf(x).getShape())
    sizes.push_back(p.between(std::min<int64_t>(1, size), size));
  auto type = makeTensorType(sizes, typeOf(x).getElementType());
  return p.add(DynamicSliceOp::create(p.b, type, x, starts(p, typeOf(x).getRank())), Rounding::Exact);
}

bool dynamicUpdateSlice(RandomProgram &p) {
  Value x = p.pick([](Value v) { return typeOf(v).hasStaticShape() && typeOf(v).getRank() > 0; });
  if (!x)
    return false;
  SmallVector<int64_t> sizes;
  for (int64_t size : typeOf(x).getShape())
    sizes.push_back(p.between(std::min<int64_t>(1, size), size));
  Value update = p.another(makeTensorType(sizes, typeOf(x).getElementType()));
  return p.add(DynamicUpdateSliceOp::create(p.b, x.getType(), x, update, starts(p, typeOf(x).getRank())), Rounding::Exact);
}

// By one key, ascending or descending, with further tensors that follow it; equal keys keep their order.
bool sort(RandomProgram &p) {
  Value keys = p.pick([](Value v) { return typeOf(v).getRank() > 0 && !isa<ComplexType>(typeOf(v).getElementType()); });
  if (!keys)
    return false;
  SmallVector<Value> inputs{keys};
  for (unsigned i = 0, e = p.below(3); i != e; ++i)
    inputs.push_back(p.another(withElementType(typeOf(keys), p.randomElement())));
  auto op =
      SortOp::create(p.b, ValueRange(inputs).getTypes(), inputs, static_cast<int64_t>(p.below(typeOf(keys).getRank())));
  SmallVector<Type> scalars;
  for (Value input : inputs)
    scalars.append(2, makeTensorType(ArrayRef<int64_t>{}, typeOf(input).getElementType()));
  const auto direction = p.oneIn(2) ? ComparisonDirection::LT : ComparisonDirection::GT;
  p.inRegion(op.getComparator(), scalars,
             [&](ArrayRef<Value> x) { return SmallVector<Value>{p.b.compare(direction, x[0], x[1])}; });
  return p.add(op, Rounding::Decides);
}

bool topK(RandomProgram &p) {
  Value x = p.pick([](Value v) {
    return typeOf(v).getRank() > 0 && frontend::staticDim(dimExpr(typeOf(v), typeOf(v).getRank() - 1)) > 0 &&
           !isa<ComplexType>(typeOf(v).getElementType());
  });
  if (!x)
    return false;
  Dims dims = dimExprs(typeOf(x));
  dims.back() = p.b.number(p.between(1, frontend::staticDim(dims.back())));
  return p.add(
      TopKOp::create(p.b, makeTensorType(dims, typeOf(x).getElementType()), makeTensorType(dims, p.b.getI32Type()), x),
      Rounding::Decides);
}

bool bitGenerator(RandomProgram &p) {
  Value state =
      p.another(makeTensorType(ArrayRef<int64_t>{2}, IntegerType::get(p.b.getContext(), 64, IntegerType::Unsigned)));
  Dims dims = p.randomDims(512);
  auto element = IntegerType::get(p.b.getContext(), 8u << p.below(4), IntegerType::Unsigned);
  const RngAlgorithm choices[] = {RngAlgorithm::PHILOX, RngAlgorithm::THREE_FRY};
  return p.add(
      RngBitGeneratorOp::create(p.b, state.getType(), makeTensorType(dims, element), state, p.of(ArrayRef(choices))),
      Rounding::Exact);
}

constexpr Step steps[] = {take, take, gather,      gather, gather, scatter, scatter, dynamicSlice, dynamicUpdateSlice,
                          sort, topK, bitGenerator};

} // namespace

ArrayRef<Step> indexingSteps() { return steps; }

} // namespace ingot::differential
