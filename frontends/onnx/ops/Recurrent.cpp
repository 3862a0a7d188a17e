// Recurrent layers: LSTM, GRU and RNN. Each direction is a composite, whose decomposition multiplies the inputs of all steps
// at once and then walks the steps.
#include "frontends/common/Activations.h"
#include "frontends/common/Loops.h"
#include "frontends/onnx/Common.h"
#include "frontends/onnx/OpTable.h"

#include <array>

using namespace mlir;

namespace ingot::onnx {
namespace {

enum class Cell { Rnn, Gru, Lstm };
int64_t gatesOf(Cell cell) { return cell == Cell::Rnn ? 1 : cell == Cell::Gru ? 3 : 4; }
size_t functionsOf(Cell cell) { return cell == Cell::Rnn ? 1 : cell == Cell::Gru ? 2 : 3; }

//===--- activations ---------------------------------------------------------------------------------------------------===//

struct ActivationRow {
  const char *name; // in lower case
  bool takesAlpha, takesBeta;
  double alpha, beta; // where not given
  Value (*apply)(ValueBuilder &b, Value x, double alpha, double beta);
};

const ActivationRow activationRows[] = {
    {"affine", true, true, 1, 0,
     [](ValueBuilder &b, Value x, double alpha, double beta) { return b.add(b.mul(x, b.like(x, alpha)), b.like(x, beta)); }},
    {"elu", true, false, 1, 0, [](ValueBuilder &b, Value x, double alpha, double) { return eluOf(b, x, alpha); }},
    {"hardsigmoid", true, true, 0.2f, 0.5f, hardSigmoidOf},
    {"leakyrelu", true, false, 0.01f, 0,
     [](ValueBuilder &b, Value x, double alpha, double) { return leakyReluOf(b, x, alpha); }},
    {"relu", false, false, 0, 0, [](ValueBuilder &b, Value x, double, double) { return b.max(x, b.like(x, 0)); }},
    {"scaledtanh", true, true, 1, 1,
     [](ValueBuilder &b, Value x, double alpha, double beta) {
       Value tanh = b.unary<TanhOp>(b.mul(x, b.like(x, beta)));
       return b.mul(tanh, b.like(tanh, alpha));
     }},
    {"sigmoid", false, false, 0, 0, [](ValueBuilder &b, Value x, double, double) { return b.unary<LogisticOp>(x); }},
    {"softplus", false, false, 0, 0, [](ValueBuilder &b, Value x, double, double) { return softplusOf(b, x); }},
    {"softsign", false, false, 0, 0, [](ValueBuilder &b, Value x, double, double) { return softsignOf(b, x); }},
    {"tanh", false, false, 0, 0, [](ValueBuilder &b, Value x, double, double) { return b.unary<TanhOp>(x); }},
    {"thresholdedrelu", true, false, 1, 0,
     [](ValueBuilder &b, Value x, double alpha, double) {
       return b.select(b.compare(ComparisonDirection::GE, x, b.like(x, alpha)), x, b.like(x, 0)); // the operator has >
     }},
};

struct Activation {
  const ActivationRow *row;
  double alpha, beta;
};

// The functions of all directions; alpha and beta are consumed in their order by those that take them.
std::optional<SmallVector<Activation>> readActivations(NodeContext &n, Cell cell, size_t directions) {
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
  SmallVector<Activation> result;
  size_t alpha = 0, beta = 0;
  for (size_t i = 0; i != each * directions; ++i) {
    const auto *row = llvm::find_if(
        activationRows, [&](const ActivationRow &row) { return StringRef(names[i]).equals_insensitive(row.name); });
    if (row == std::end(activationRows)) {
      (void)n.error("activation '" + names[i] + "' is not known");
      return std::nullopt;
    }
    Activation &one = result.emplace_back(Activation{row, row->alpha, row->beta});
    if (row->takesAlpha && alpha < alphas.size())
      one.alpha = alphas[alpha++];
    if (row->takesBeta && beta < betas.size())
      one.beta = betas[beta++];
  }
  return result;
}

//===--- one direction -------------------------------------------------------------------------------------------------===//

struct Layer {
  Cell cell;
  int64_t hidden = 0;
  bool reverse = false;
  bool emitsSequence = false; // whether the hidden states of all steps are wanted
  bool coupled = false;       // LSTM: the forget gate is 1 - the input gate
  bool linearBeforeReset = false;
  std::optional<double> clip; // bound of what gates' activations are applied to; the cell is never bounded
  SmallVector<Activation> functions;
};

// Null where absent.
struct Operands {
  Value input;      // [steps, batch, features]
  Value weight;     // [gates * hidden, features]
  Value recurrence; // [gates * hidden, hidden]
  Value bias;       // [gates * hidden], of the product with weight
  Value stateBias;  // [gates * hidden], of the product with recurrence
  Value peepholes;  // [3 * hidden]: input, output and forget gate
  Value lengths;    // [batch], 64-bit: steps from there on change nothing
  Value hidden;     // [batch, hidden]
  Value cell;       // [batch, hidden]

  // In the order of the composites' roles.
  std::array<Value *, 9> all() {
    return {&input, &weight, &recurrence, &bias, &stateBias, &peepholes, &lengths, &hidden, &cell};
  }
};

class StepBuilder {
public:
  StepBuilder(ValueBuilder &b, const Layer &layer, const Operands &operands) : b(b), layer(layer), operands(operands) {
    if (layer.cell == Cell::Gru && !layer.linearBeforeReset) {
      gateRecurrence = b.slice(operands.recurrence, 0, 0, 2 * layer.hidden);
      candidateRecurrence = b.slice(operands.recurrence, 0, 2 * layer.hidden, layer.hidden);
    }
  }

  // The next states from those before; `product` is the input's part, [batch, gates * hidden].
  SmallVector<Value> next(Value product, ArrayRef<Value> states) {
    if (layer.cell == Cell::Lstm)
      return lstm(product, states[0], states[1]);
    return {layer.cell == Cell::Gru ? gru(product, states[0]) : rnn(product, states[0])};
  }

private:
  Value gate(Value x, int64_t index, int64_t count = 1) { return b.slice(x, 1, index * layer.hidden, count * layer.hidden); }
  Value apply(size_t function, Value x) {
    const Activation &f = layer.functions[function];
    return f.row->apply(b, x, f.alpha, f.beta);
  }
  Value activate(size_t function, Value x) {
    return apply(function, layer.clip ? b.min(b.max(x, b.like(x, -*layer.clip)), b.like(x, *layer.clip)) : x);
  }
  Value times(Value state, Value matrix) { return b.dot(state, matrix, {}, {}, 1, 1); }
  // With the bias of the recurrent product, which is not part of the input's.
  Value biased(Value x) {
    return operands.stateBias ? b.add(x, b.broadcast(operands.stateBias, ValueBuilder::dimsOf(x))) : x;
  }
  Value peeped(Value x, int64_t index, Value cell) {
    if (!operands.peepholes)
      return x;
    Value vector = b.slice(operands.peepholes, 0, index * layer.hidden, layer.hidden);
    return b.add(x, b.mul(b.broadcast(vector, ValueBuilder::dimsOf(cell)), cell));
  }
  Value oneMinus(Value x) { return b.sub(b.like(x, 1), x); }

  Value rnn(Value product, Value hidden) { return activate(0, b.add(product, times(hidden, operands.recurrence))); }

  Value gru(Value product, Value hidden) {
    Value gates, candidate;
    if (layer.linearBeforeReset) {
      Value state = biased(times(hidden, operands.recurrence));
      gates = activate(0, b.add(gate(product, 0, 2), gate(state, 0, 2)));
      candidate = b.mul(gate(gates, 1), gate(state, 2));
    } else {
      gates = activate(0, b.add(gate(product, 0, 2), times(hidden, gateRecurrence)));
      candidate = times(b.mul(gate(gates, 1), hidden), candidateRecurrence);
    }
    candidate = activate(1, b.add(gate(product, 2), candidate));
    Value update = gate(gates, 0);
    return b.add(b.mul(oneMinus(update), candidate), b.mul(update, hidden));
  }

  SmallVector<Value> lstm(Value product, Value hidden, Value cell) {
    Value gates = b.add(product, times(hidden, operands.recurrence));
    Value input = activate(0, peeped(gate(gates, 0), 0, cell));
    Value forget = layer.coupled ? oneMinus(input) : activate(0, peeped(gate(gates, 2), 2, cell));
    Value candidate = activate(1, gate(gates, 3));
    Value nextCell = b.add(b.mul(forget, cell), b.mul(input, candidate));
    Value output = activate(0, peeped(gate(gates, 1), 1, nextCell));
    return {b.mul(output, apply(2, nextCell)), nextCell};
  }

  ValueBuilder &b;
  const Layer &layer;
  const Operands &operands;
  Value gateRecurrence, candidateRecurrence;
};

// The hidden states of all steps if wanted, then the last states.
SmallVector<Value> decompose(ValueBuilder &b, const Layer &layer, const Operands &operands) {
  Dims dims = ValueBuilder::dimsOf(operands.input);
  AffineExpr steps = dims[0], batch = dims[1];
  Dims stateDims = ValueBuilder::dimsOf(operands.hidden);
  Type type = ValueBuilder::elementOf(operands.input);
  Value products = b.dot(operands.input, operands.weight, {}, {}, 2, 1);
  if (operands.bias)
    products = b.add(products, b.broadcast(operands.bias, ValueBuilder::dimsOf(products)));
  StepBuilder builder(b, layer, operands);
  SmallVector<Value> carried = {operands.hidden};
  if (operands.cell)
    carried.push_back(operands.cell);
  const size_t states = carried.size();
  if (layer.emitsSequence)
    carried.insert(carried.begin(), b.splat({steps, batch, b.number(layer.hidden)}, type, 0));
  Value last = layer.reverse ? b.sizeOf(steps - 1, b.getI64Type()) : Value();
  return countedLoop(b, steps, carried, [&](Value step, ArrayRef<Value> before) {
    Value place = layer.reverse ? b.sub(last, step) : step;
    ArrayRef<Value> old = before.take_back(states);
    SmallVector<Value> next = builder.next(partAt(b, products, place), old);
    Value output = next.front();
    if (operands.lengths) {
      Value lasts = b.compare(ComparisonDirection::LT, b.broadcast(place, batch), operands.lengths);
      lasts = b.broadcast(lasts, stateDims, 0);
      output = b.select(lasts, output, b.like(output, 0));
      for (size_t i = 0; i != states; ++i)
        next[i] = b.select(lasts, next[i], old[i]);
    }
    if (layer.emitsSequence)
      next.insert(next.begin(), withPartAt(b, before.front(), output, place));
    return next;
  });
}

SmallVector<Value> emitLayer(NodeContext &n, const Layer &layer, Operands operands) {
  ValueBuilder &b = n.b;
  SmallVector<Value> inputs;
  SmallVector<StringRef> functions;
  SmallVector<double> parameters;
  for (Value *operand : operands.all())
    inputs.push_back(*operand);
  for (const Activation &function : layer.functions) {
    functions.push_back(function.row->name);
    parameters.append({function.alpha, function.beta});
  }
  SmallVector<NamedAttribute> attributes = {
      b.getNamedAttr("activations", b.getStrArrayAttr(functions)),
      b.getNamedAttr("parameters", b.getDenseF64ArrayAttr(parameters)),
      b.getNamedAttr("reverse", b.getBoolAttr(layer.reverse)),
      b.getNamedAttr("sequence", b.getBoolAttr(layer.emitsSequence)),
  };
  if (layer.clip)
    attributes.push_back(b.getNamedAttr("clip", b.getF64FloatAttr(*layer.clip)));
  if (layer.cell == Cell::Lstm)
    attributes.push_back(b.getNamedAttr("coupled", b.getBoolAttr(layer.coupled)));
  if (layer.cell == Cell::Gru)
    attributes.push_back(b.getNamedAttr("linear_before_reset", b.getBoolAttr(layer.linearBeforeReset)));
  const char *name = layer.cell == Cell::Lstm ? "lstm" : layer.cell == Cell::Gru ? "gru" : "rnn";
  SmallVector<bool> wanted = {layer.emitsSequence, true};
  if (layer.cell == Cell::Lstm)
    wanted.push_back(true);
  SmallVector<Value> results = n.composite(name, attributes, inputs, wanted, [&](ArrayRef<Value> arguments) {
    Operands inner;
    for (auto [operand, argument] : llvm::zip(inner.all(), arguments))
      *operand = argument;
    return decompose(b, layer, inner);
  });
  if (!layer.emitsSequence)
    results.erase(results.begin());
  return results;
}

//===--- the node ------------------------------------------------------------------------------------------------------===//

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
  std::optional<SmallVector<Activation>> functions = readActivations(n, cell, directions);
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

  Layer layer{cell};
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
    Operands operands;
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
    results.push_back(emitLayer(n, layer, operands));
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
