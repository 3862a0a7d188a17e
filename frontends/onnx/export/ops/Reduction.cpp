// Reductions and running accumulations: the operator of their body's op where ONNX has one, else the body in a Scan.
#include "frontends/onnx/export/Exporter.h"
#include "frontends/onnx/export/ops/Steps.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;

namespace ingot::onnx {

bool isNeutral(const Monoid &monoid, Value value) {
  while (auto broadcast = value.getDefiningOp<BroadcastInDimOp>())
    value = broadcast.getOperand();
  DenseElementsAttr elements;
  return matchPattern(value, m_Constant(&elements)) && elements.isSplat() &&
         monoid.isNeutral(elements.getSplatValue<Attribute>());
}

namespace {

struct Reduction {
  llvm::StringRef op; // null where ONNX has none
  uint32_t set = 0;
};
// What reduces so; booleans as integers, of which any but zero is true.
Reduction reductionOf(const Monoid &monoid, Type element) {
  using Kind = Monoid::Kind;
  const bool isBool = element.isInteger(1);
  if (monoid.kind == Kind::Maximum || (isBool && monoid.kind == Kind::Or))
    return {"ReduceMax", Ranked};
  if (monoid.kind == Kind::Minimum || (isBool && monoid.kind == Kind::And))
    return {"ReduceMin", Ranked};
  if (monoid.kind == Kind::Add)
    return {"ReduceSum", Products & ~uint32_t(F16)}; // which would round each sum
  if (monoid.kind == Kind::Multiply)
    return {"ReduceProd", Products & ~uint32_t(F16)};
  return {};
}

// The inputs with the dims that are reduced in front, as one.
Term flattened(Exporter &e, Value value, Term x, ArrayRef<int64_t> dims) {
  auto type = typeOf(value);
  SmallVector<int64_t> order(dims);
  SmallVector<AffineExpr> shape = {e.fixed(1)};
  for (int64_t dim : dims)
    shape[0] = simplifyExpr(shape[0] * dimExpr(type, dim));
  for (int64_t dim = 0; dim != type.getRank(); ++dim)
    if (!llvm::is_contained(dims, dim)) {
      order.push_back(dim);
      shape.push_back(dimExpr(type, dim));
    }
  return e.reshape(e.transpose(x, order), shape);
}

// A Scan whose states go through the body with each slice of the inputs. `outputs`, if given, gets the states after (before,
// where `exclusive`) each slice.
std::optional<Terms> scanned(Exporter &e, Region &region, ArrayRef<Term> states, ArrayRef<Term> inputs, int64_t axis,
                             bool reverse, const Term &shape, Terms *outputs, bool exclusive) {
  GraphProto body;
  std::optional<Terms> made;
  e.within(body, [&] {
    Terms arguments;
    for (const Term &state : states)
      arguments.push_back(e.graphInput(body, state.type));
    Terms before = arguments;
    for (const Term &input : inputs)
      arguments.push_back(e.graphInput(body, input.type));
    made = e.onElements(region, arguments, shape);
    if (!made)
      return;
    for (const Term &state : *made)
      e.graphOutput(body, state);
    if (outputs)
      for (const Term &state : exclusive ? before : *made)
        e.graphOutput(body, state);
  });
  if (!made)
    return std::nullopt;
  Terms given(states);
  SmallVector<int32_t> types;
  for (const Term &state : states)
    types.push_back(state.type);
  given.append(inputs.begin(), inputs.end());
  if (outputs)
    types.append(types.begin(), types.end());
  const std::vector<int64_t> axes(inputs.size(), axis), directions(inputs.size(), reverse);
  Attrs attrs = {{"body", std::move(body)},
                 {"num_scan_inputs", static_cast<int64_t>(inputs.size())},
                 {"scan_input_axes", axes},
                 {"scan_input_directions", directions}};
  if (outputs) {
    attrs.push_back({"scan_output_axes", axes});
    attrs.push_back({"scan_output_directions", directions});
  }
  Terms results = e.nodes("Scan", given, types, attrs);
  if (outputs)
    outputs->assign(results.begin() + static_cast<ptrdiff_t>(states.size()), results.end());
  results.resize(states.size());
  return results;
}

void reduce(Exporter &e, Operation *op) {
  auto source = cast<ReduceOp>(op);
  auto type = typeOf(source.getInputs()[0]);
  ArrayRef<int64_t> dims = source.getDimensions();
  Terms inputs, inits;
  bool isEmpty = false;
  for (auto [input, init] : llvm::zip(source.getInputs(), source.getInitValues())) {
    inits.push_back(e.term(init));
    inputs.push_back(e.cast(e.term(input), inits.back().type)); // the body's type may be wider
  }
  for (int64_t dim : dims)
    isEmpty |= type.getDimSize(dim) == 0;
  if (isEmpty) {
    for (auto [result, init] : llvm::zip(op->getResults(), inits))
      e.bind(result, init, typeOf(result).getRank() != 0);
    return;
  }
  const Monoid monoid = monoidOf(source.getBody().front());
  Reduction direct = inputs.size() == 1 ? reductionOf(monoid, e.elementOf(inits[0].type)) : Reduction();
  if (!direct.op.empty()) {
    Term made =
        dims.empty() ? inputs[0] : e.typed(direct.set, direct.op, {inputs[0], e.integers(dims)}, {{"keepdims", int64_t(0)}});
    if (!isNeutral(monoid, source.getInitValues()[0]))
      made = e.apply(monoid.opName(), made, inits[0]);
    return e.bind(op->getResult(0), made);
  }
  Term shape = e.dims(op->getResult(0));
  Terms states;
  for (auto [input, init] : llvm::zip(source.getInputs(), inits))
    states.push_back(e.expand(init, shape));
  for (auto [value, input] : llvm::zip(source.getInputs(), inputs))
    input = flattened(e, value, input, dims);
  auto made = scanned(e, source.getBody(), states, inputs, 0, false, shape, nullptr, false);
  if (!made)
    return e.refuse(op, "by a body of other ops than on elements has no counterpart in ONNX");
  for (auto [result, term] : llvm::zip(op->getResults(), *made))
    e.bind(result, term);
}

void scan(Exporter &e, Operation *op) {
  auto source = cast<ScanOp>(op);
  auto type = typeOf(source.getInputs()[0]);
  const auto dim = static_cast<int64_t>(source.getDimension());
  Terms inputs, states;
  for (Value input : source.getInputs())
    inputs.push_back(e.term(input));
  const Monoid monoid = monoidOf(source.getBody().front());
  if (inputs.size() == 1 && monoid.kind == Monoid::Kind::Add) {
    Term axis = e.integer(TensorProto::INT64, dim);
    Term made = e.typed(F32 | F64 | I32 | I64 | Modular, "CumSum", {inputs[0], axis},
                        {{"exclusive", int64_t(source.getExclusive())}, {"reverse", int64_t(source.getReverse())}});
    if (!isNeutral(monoid, source.getInitValues()[0]))
      made = e.apply(monoid.opName(), made, e.term(source.getInitValues()[0]));
    return e.bind(op->getResult(0), made);
  }
  if (type.getDimSize(dim) == 0) {
    for (auto [result, input] : llvm::zip(op->getResults(), inputs))
      e.bind(result, input);
    return;
  }
  SmallVector<AffineExpr> rest = dimExprs(type);
  rest.erase(rest.begin() + dim);
  Term shape = e.dims(rest);
  for (Value init : source.getInitValues())
    states.push_back(e.expand(e.term(init), shape));
  Terms made;
  if (!scanned(e, source.getBody(), states, inputs, dim, source.getReverse(), shape, &made, source.getExclusive()))
    return e.refuse(op, "by a body of other ops than on elements has no counterpart in ONNX");
  for (auto [result, term] : llvm::zip(op->getResults(), made))
    e.bind(result, term);
}

constexpr Row rows[] = {
    {"reduce", reduce, nullptr, 0, nullptr},
    {"scan", scan, nullptr, 0, nullptr},
};

} // namespace

llvm::ArrayRef<Row> reductionRows() { return rows; }

} // namespace ingot::onnx
