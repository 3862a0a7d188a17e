// Recurrent layers: LSTM, GRU and RNN, of one or two directions.
#include "frontends/common/Recurrent.h"
#include "frontends/onnx/OpTable.h"

using namespace mlir;

namespace ingot::onnx {
namespace {

using Cell = RecurrentCell;

// The functions of all directions; alpha and beta are consumed in their order by those that take them.
std::optional<SmallVector<RecurrentActivation>> readActivations(NodeContext &n, Cell cell, size_t directions) {
  const size_t each = functionsOf(cell);
  SmallVector<std::string> names;
  if (std::optional<SmallVector<std::string>> given = n.stringsAttr("activations")) {
    names = std::move(*given);
  } else {
    for (size_t i = 0; i != each * directions; ++i)
      names.push_back(i % each == 0 && cell != Cell::Rnn ? "Sigmoid" : "Tanh");
  }
  // RNN's default lists two functions whatever the direction.
  if (names.size() != each * directions && !(cell == Cell::Rnn && names.size() == 2)) {
    (void)n.error(llvm::Twine(names.size()) + " activations are given, " + llvm::Twine(each * directions) + " are needed");
    return std::nullopt;
  }
  SmallVector<double> alphas = n.floatsAttr("activation_alpha").value_or(SmallVector<double>());
  SmallVector<double> betas = n.floatsAttr("activation_beta").value_or(SmallVector<double>());
  SmallVector<RecurrentActivation> result;
  size_t alpha = 0, beta = 0;
  for (size_t i = 0; i != each * directions; ++i) {
    const RecurrentFunction *function = findRecurrentFunction(names[i]);
    if (!function) {
      (void)n.error("activation '" + names[i] + "' is not known");
      return std::nullopt;
    }
    RecurrentActivation &one = result.emplace_back(RecurrentActivation{function, function->alpha, function->beta});
    if (function->takesAlpha && alpha < alphas.size())
      one.alpha = alphas[alpha++];
    if (function->takesBeta && beta < betas.size())
      one.beta = betas[beta++];
  }
  return result;
}

LogicalResult checkDims(NodeContext &n, size_t index, StringRef what, ArrayRef<AffineExpr> dims) {
  if (!n.has(index))
    return success();
  if (n.element(index) != n.element(0))
    return n.error(what + " has another element type than the input");
  if (ArrayRef(n.dims(index)) != dims)
    return n.error(what + " is " + n.show(n.type(index)) + ", not " + n.show(dims));
  return success();
}

// Operands: X, W, R, B, sequence_lens, initial_h, and for LSTM initial_c and P.
LogicalResult recurrent(NodeContext &n, Cell cell) {
  if (failed(n.needInputs(3, cell == Cell::Lstm ? 8 : 6)))
    return failure();
  ValueBuilder &b = n.b;
  if (!isa<FloatType>(n.element(0)) || n.rank(0) != 3)
    return n.error("needs a sequence of batches of floats, not " + n.show(n.type(0)));
  std::string direction = n.stringAttr("direction", "forward");
  if (direction != "forward" && direction != "reverse" && direction != "bidirectional")
    return n.error("direction is '" + direction + "', not forward, reverse or bidirectional");
  const size_t directions = direction == "bidirectional" ? 2 : 1;
  const bool batchFirst = n.opset >= 14 && n.intAttr("layout", 0) != 0;
  const int64_t gates = gatesOf(cell), hidden = n.rank(2) == 3 ? staticDim(n.dims(2)[2]) : -1;
  if (hidden < 1 || n.intAttr("hidden_size", hidden) != hidden)
    return n.error("the recurrence weight " + n.show(n.type(2)) + " does not fit hidden_size");
  std::optional<SmallVector<RecurrentActivation>> functions = readActivations(n, cell, directions);
  if (!functions)
    return failure();

  const Type type = n.element(0), computed = b.stepType(type);
  Value x = b.convert(n.value(0), computed);
  if (batchFirst)
    x = b.transpose(x, {1, 0, 2});
  Dims dims = ValueBuilder::dimsOf(x);
  AffineExpr batch = dims[1];
  const AffineExpr many = b.number(static_cast<int64_t>(directions)), size = b.number(hidden),
                   all = b.number(gates * hidden);
  Dims initial = batchFirst ? Dims{batch, many, size} : Dims{many, batch, size};
  if (failed(checkDims(n, 1, "the weight", {many, all, dims[2]})) ||
      failed(checkDims(n, 2, "the recurrence weight", {many, all, size})) ||
      failed(checkDims(n, 3, "the bias", {many, b.number(2 * gates * hidden)})) ||
      failed(checkDims(n, 5, "the initial hidden state", initial)) ||
      failed(checkDims(n, 6, "the initial cell state", initial)) ||
      failed(checkDims(n, 7, "the peephole weight", {many, b.number(3 * hidden)})))
    return failure();
  if (n.has(4) && (!n.element(4).isInteger(32) || ArrayRef(n.dims(4)) != ArrayRef(batch)))
    return n.error("sequence_lens is " + n.show(n.type(4)) + ", not 32-bit " + n.show(ArrayRef(batch)));

  RecurrentLayer layer{cell};
  layer.hidden = hidden;
  layer.emitsSequence = n.wants(0);
  layer.coupled = cell == Cell::Lstm && n.intAttr("input_forget", 0) != 0;
  layer.linearBeforeReset = cell == Cell::Gru && n.intAttr("linear_before_reset", 0) != 0;
  if (n.hasAttribute("clip"))
    layer.clip = n.floatAttr("clip", 0);
  Value lengths = n.has(4) ? b.convert(n.value(4), b.getI64Type()) : Value();
  // Direction `index` of an operand, without that dim.
  auto part = [&](size_t operand, size_t index, int64_t axis) -> Value {
    Dims rest = n.dims(operand);
    rest.erase(rest.begin() + axis);
    return b.reshape(b.slice(b.convert(n.value(operand), computed), axis, static_cast<int64_t>(index), 1), rest);
  };
  SmallVector<SmallVector<Value>, 2> results;
  for (size_t i = 0; i != directions; ++i) {
    layer.reverse = direction == "reverse" || i == 1;
    layer.functions.assign(functions->begin() + i * functionsOf(cell), functions->begin() + (i + 1) * functionsOf(cell));
    RecurrentOperands operands;
    operands.input = x;
    operands.weight = part(1, i, 0);
    operands.recurrence = part(2, i, 0);
    if (n.has(3)) {
      Value both = part(3, i, 0);
      operands.bias = b.slice(both, 0, 0, gates * hidden);
      Value state = b.slice(both, 0, gates * hidden, gates * hidden);
      if (layer.linearBeforeReset)
        operands.stateBias = state;
      else
        operands.bias = b.add(operands.bias, state);
    }
    operands.peepholes = n.has(7) ? part(7, i, 0) : Value();
    operands.lengths = lengths;
    Dims state = {batch, size};
    operands.hidden = n.has(5) ? part(5, i, batchFirst) : b.splat(state, computed, 0);
    if (cell == Cell::Lstm)
      operands.cell = n.has(6) ? part(6, i, batchFirst) : b.splat(state, computed, 0);
    results.push_back(recurrentLayer(n.p, layer, operands));
  }
  size_t next = 0;
  // Joins the directions' values along a new dim.
  auto join = [&](int64_t axis) {
    SmallVector<Value> parts;
    for (ArrayRef<Value> values : results) {
      Dims wide = ValueBuilder::dimsOf(values[next]);
      wide.insert(wide.begin() + axis, b.number(1));
      parts.push_back(b.reshape(values[next], wide));
    }
    ++next;
    return b.convert(b.concat(parts, axis), type);
  };
  if (layer.emitsSequence) {
    Value sequence = join(1);
    n.result(0, batchFirst ? b.transpose(sequence, {2, 0, 1, 3}) : sequence);
  }
  for (size_t output = 1; output <= (cell == Cell::Lstm ? 2 : 1); ++output)
    n.result(output, join(batchFirst));
  return success();
}

LogicalResult rnn(NodeContext &n) { return recurrent(n, Cell::Rnn); }
LogicalResult gru(NodeContext &n) { return recurrent(n, Cell::Gru); }
LogicalResult lstm(NodeContext &n) { return recurrent(n, Cell::Lstm); }

constexpr OpRow rows[] = {
    {"GRU", 1, kNewestOpset, gru},
    {"LSTM", 1, kNewestOpset, lstm},
    {"RNN", 1, kNewestOpset, rnn},
};

} // namespace

llvm::ArrayRef<OpRow> recurrentOps() { return rows; }

} // namespace ingot::onnx
