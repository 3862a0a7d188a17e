#include "frontends/common/Recurrent.h"

#include "frontends/common/Activations.h"
#include "frontends/common/Loops.h"

using namespace mlir;

namespace ingot::frontend {

static const RecurrentFunction functions[] = {
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

const RecurrentFunction *findRecurrentFunction(llvm::StringRef name) {
  const auto *found =
      llvm::find_if(functions, [&](const RecurrentFunction &one) { return name.equals_insensitive(one.name); });
  return found == std::end(functions) ? nullptr : found;
}

namespace {

class StepBuilder {
public:
  StepBuilder(ValueBuilder &b, const RecurrentLayer &layer, const RecurrentOperands &operands)
      : b(b), layer(layer), operands(operands) {
    if (layer.cell == RecurrentCell::Gru && !layer.linearBeforeReset) {
      gateRecurrence = b.slice(operands.recurrence, 0, 0, 2 * layer.hidden);
      candidateRecurrence = b.slice(operands.recurrence, 0, 2 * layer.hidden, layer.hidden);
    }
  }

  // The next states from those before; `product` is the input's part, [batch, gates * hidden].
  SmallVector<Value> next(Value product, ArrayRef<Value> states) {
    if (layer.cell == RecurrentCell::Lstm)
      return lstm(product, states[0], states[1]);
    return {layer.cell == RecurrentCell::Gru ? gru(product, states[0]) : rnn(product, states[0])};
  }

private:
  Value gate(Value x, int64_t index, int64_t count = 1) { return b.slice(x, 1, index * layer.hidden, count * layer.hidden); }
  Value apply(size_t function, Value x) {
    const RecurrentActivation &f = layer.functions[function];
    return f.function->apply(b, x, f.alpha, f.beta);
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
  const RecurrentLayer &layer;
  const RecurrentOperands &operands;
  Value gateRecurrence, candidateRecurrence;
};

// The hidden states of all steps if wanted, then the last states.
SmallVector<Value> decompose(ValueBuilder &b, const RecurrentLayer &layer, const RecurrentOperands &operands) {
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

} // namespace

SmallVector<Value> recurrentLayer(ProgramBuilder &p, const RecurrentLayer &layer, RecurrentOperands operands) {
  ValueBuilder &b = p.b;
  SmallVector<Value> inputs;
  SmallVector<StringRef> functions;
  SmallVector<double> parameters;
  for (Value *operand : operands.all())
    inputs.push_back(*operand);
  for (const RecurrentActivation &function : layer.functions) {
    functions.push_back(function.function->name);
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
  if (layer.cell == RecurrentCell::Lstm)
    attributes.push_back(b.getNamedAttr("coupled", b.getBoolAttr(layer.coupled)));
  if (layer.cell == RecurrentCell::Gru)
    attributes.push_back(b.getNamedAttr("linear_before_reset", b.getBoolAttr(layer.linearBeforeReset)));
  const char *name = layer.cell == RecurrentCell::Lstm ? "lstm" : layer.cell == RecurrentCell::Gru ? "gru" : "rnn";
  SmallVector<bool> wanted = {layer.emitsSequence, true};
  if (layer.cell == RecurrentCell::Lstm)
    wanted.push_back(true);
  SmallVector<Value> results = p.composite(name, attributes, inputs, wanted, [&](ArrayRef<Value> arguments) {
    RecurrentOperands inner;
    for (auto [operand, argument] : llvm::zip(inner.all(), arguments))
      *operand = argument;
    return decompose(b, layer, inner);
  });
  if (!layer.emitsSequence)
    results.erase(results.begin());
  return results;
}

} // namespace ingot::frontend
