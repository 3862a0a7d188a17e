// Pointwise ops, by what the dialect says of them: none is named here. How an op rounds, and whether it decides, is found by
// running it in the interpreter.
#include "ir/OpTraits.h"
#include "ir/TensorTypes.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "tests/differential/RandomProgram.h"

#include <cmath>
#include <map>

using namespace mlir;

namespace ingot::differential {
namespace {

// The op on these operands, with the result type it infers or else that of operand 0; null where it does not take them so.
Operation *createPointwise(OpBuilder &b, Location loc, RegisteredOperationName name, ValueRange operands,
                           ArrayRef<NamedAttribute> attributes) {
  ScopedDiagnosticHandler quiet(b.getContext(), [](Diagnostic &) { return success(); });
  OperationState state(loc, name, operands, {}, attributes);
  if (auto *inferring = name.getInterface<InferTypeOpInterface>()) {
    if (failed(inferring->inferReturnTypes(b.getContext(), loc, operands, state.attributes.getDictionary(b.getContext()),
                                           nullptr, {}, state.types)))
      return nullptr;
  } else {
    state.types.push_back(operands.front().getType());
  }
  Operation *op = b.create(state);
  if (succeeded(verify(op)))
    return op;
  op->erase();
  return nullptr;
}

// The values of a pointwise op of f32 at places, one an element.
std::vector<float> valuesOf(MLIRContext *context, RegisteredOperationName name, ArrayRef<std::vector<float>> places) {
  OpBuilder b(context);
  Location loc = UnknownLoc::get(context);
  auto type = makeTensorType(ArrayRef<int64_t>{static_cast<int64_t>(places.front().size())}, b.getF32Type());
  Block block;
  std::vector<reference::Tensor> tensors;
  for (const std::vector<float> &column : places) {
    block.addArgument(type, loc);
    tensors.push_back(reference::Tensor::zeros(b.getF32Type(), type.getShape()));
    std::copy(column.begin(), column.end(), tensors.back().data<float>());
  }
  b.setInsertionPointToStart(&block);
  std::vector<float> values;
  if (Operation *op = createPointwise(b, loc, name, block.getArguments(), {});
      op && typeOf(op->getResult(0)).getElementType().isF32()) {
    auto results = reference::evaluate(op, tensors, {}, {});
    if (results)
      values.assign(results->front().data<float>(), results->front().data<float>() + type.getNumElements());
    else
      llvm::consumeError(results.takeError());
  }
  block.clear();
  return values;
}

// Whether the op, of `arity` floats, has steps: beside a number of few digits, values far from those on its other side.
bool hasSteps(MLIRContext *context, RegisteredOperationName name, unsigned arity) {
  constexpr float kBeside = 1e-3F;
  std::vector<std::vector<float>> below(arity), above(arity);
  for (int i = -12; i <= 12; ++i)
    for (int j = -12; j <= (arity == 2 ? 12 : -12); ++j)
      for (unsigned moved = 0; moved != arity; ++moved) {
        const float at[] = {static_cast<float>(i) / 4, static_cast<float>(j) / 4};
        for (unsigned k = 0; k != arity; ++k) {
          below[k].push_back(at[k] - (k == moved ? kBeside : 0));
          above[k].push_back(at[k] + (k == moved ? kBeside : 0));
        }
      }
  std::vector<float> low = valuesOf(context, name, below), high = valuesOf(context, name, above);
  for (size_t i = 0; i != low.size(); ++i)
    if (std::isfinite(low[i]) && std::isfinite(high[i]) && std::abs(low[i] - high[i]) > 0.1F * (1 + std::abs(low[i])))
      return true;
  return false;
}

Rounding roundingOf(Operation *op) {
  auto isFloat = [](Value value) { return isa<FloatType, ComplexType>(typeOf(value).getElementType()); };
  if (llvm::none_of(op->getOperands(), isFloat))
    return isFloat(op->getResult(0)) ? Rounding::Rounds : Rounding::Exact;
  if (!isFloat(op->getResult(0)))
    return Rounding::Decides;
  static std::map<std::pair<std::string, unsigned>, bool> known;
  RegisteredOperationName name = *op->getRegisteredInfo();
  auto [found, isNew] = known.try_emplace({name.getStringRef().str(), op->getNumOperands()}, false);
  if (isNew && op->getNumOperands() <= 2 && op->getAttrs().empty())
    found->second = hasSteps(op->getContext(), name, op->getNumOperands());
  const CostClass cost = costClassOf(op);
  const bool isMove = cost == CostClass::Free || cost == CostClass::Move, isSimple = isMove || cost == CostClass::Cheap;
  auto isComplex = [](Value value) { return isa<ComplexType>(typeOf(value).getElementType()); };
  const bool combinesParts = isComplex(op->getResult(0)) || (!isMove && llvm::any_of(op->getOperands(), isComplex));
  return {!isSimple || combinesParts, found->second};
}

// The pointwise ops, but for those that change nothing but the element type.
ArrayRef<RegisteredOperationName> pointwiseOps(MLIRContext *context) {
  static thread_local MLIRContext *of = nullptr;
  static thread_local std::vector<RegisteredOperationName> names;
  if (of != context) {
    of = context;
    names.clear();
    for (RegisteredOperationName name : context->getRegisteredOperations())
      if (name.getDialectNamespace() == "ingot" && name.hasTrait<trait::Pointwise>())
        names.push_back(name);
    llvm::sort(names, [](auto a, auto b) { return a.getStringRef() < b.getStringRef(); });
  }
  return names;
}

bool pointwise(RandomProgram &p, unsigned arity) {
  Value x = p.pick();
  if (!x)
    return false;
  // Attributes that some of them need; others take no notice of what they do not know.
  SmallVector<Value> operands{x};
  while (operands.size() < arity)
    operands.push_back(p.another(typeOf(x)));
  ArrayRef<RegisteredOperationName> names = pointwiseOps(p.b.getContext());
  for (unsigned tries = 0; tries != 12; ++tries)
    if (Operation *op = createPointwise(p.b, p.b.getLoc(), p.of(names), operands, {}))
      return p.add(op, roundingOf(op));
  return false;
}

bool unary(RandomProgram &p) { return pointwise(p, 1); }
bool binary(RandomProgram &p) { return pointwise(p, 2); }
bool ternary(RandomProgram &p) { return pointwise(p, 3); }

bool compare(RandomProgram &p) {
  Value x = p.pick();
  if (!x)
    return false;
  const bool isComplex = isa<ComplexType>(typeOf(x).getElementType());
  const auto direction = static_cast<ComparisonDirection>(p.below(isComplex ? 2 : 6));
  return p.add(p.b.compare(direction, x, p.another(typeOf(x))), Rounding::Decides);
}

bool select(RandomProgram &p) {
  Value x = p.pick();
  if (!x)
    return false;
  RankedTensorType type = typeOf(x);
  Value predicate = p.oneIn(3) ? p.another(makeTensorType(ArrayRef<int64_t>{}, p.b.getI1Type()))
                               : p.another(withElementType(type, p.b.getI1Type()));
  return p.add(p.b.select(predicate, x, p.another(type)), Rounding::Exact);
}

bool convert(RandomProgram &p) {
  Value x = p.pick();
  if (!x)
    return false;
  Type from = typeOf(x).getElementType(), to = p.randomElement();
  if (from == to)
    return false;
  const bool decides = isa<FloatType, ComplexType>(from) && !isa<FloatType, ComplexType>(to);
  return p.add(p.b.convert(x, to), decides ? Rounding::Decides : Rounding::Exact);
}

bool reducePrecision(RandomProgram &p) {
  Value x = p.pick([](Value v) { return isa<FloatType>(typeOf(v).getElementType()); });
  return x && p.add(ReducePrecisionOp::create(p.b, x.getType(), x, p.between(2, 8), p.between(0, 23)), Rounding::Decides);
}

bool bits(RandomProgram &p) {
  Value x =
      p.pick([](Value v) { return typeOf(v).getElementType().isIntOrFloat() && !typeOf(v).getElementType().isInteger(1); });
  if (!x)
    return false;
  Type to = p.randomElement();
  if (!to.isIntOrFloat() || to.isInteger(1))
    return false;
  Dims dims = dimExprs(typeOf(x));
  const unsigned from = typeOf(x).getElementTypeBitWidth(), width = to.getIntOrFloatBitWidth();
  if (width < from) {
    dims.push_back(p.b.number(from / width));
  } else if (width > from) {
    if (dims.empty() || dims.back() != p.b.number(width / from))
      return false;
    dims.pop_back();
  }
  // Any bits may be a NaN, whose payload no op keeps; so floats are read from, never made.
  if (isa<FloatType>(to))
    return false;
  return p.add(BitcastConvertOp::create(p.b, makeTensorType(dims, to), x), Rounding::Decides);
}

constexpr Step steps[] = {unary,   unary,   unary,  binary,  binary,  binary,          binary,
                          ternary, compare, select, convert, convert, reducePrecision, bits};

} // namespace

ArrayRef<Step> elementwiseSteps() { return steps; }

} // namespace ingot::differential
