// Recurrent layers against plain loops over their equations; sizes known and symbolic.
#include "tests/frontends/onnx/ModelBuilder.h"

#include <cmath>

namespace ingot::test {
namespace {

constexpr int64_t kSteps = 4, kBatch = 2, kFeatures = 3, kHidden = 2;

// Different small numbers, the same in every run.
Floats numbers(int64_t count, int seed) {
  Floats values(count);
  for (int64_t i = 0; i != count; ++i)
    values[i] = static_cast<float>(std::sin(seed + 1.7 * static_cast<double>(i)));
  return values;
}

float sigmoid(float x) { return 1 / (1 + std::exp(-x)); }

struct Case {
  int64_t gates;
  bool reverse = false;
  bool linearBeforeReset = false, coupled = false;
  int64_t lengths[kBatch] = {kSteps, kSteps};
  float clip = INFINITY;
  // One direction's operands; weight [gates * hidden, features] and so on.
  Floats x = numbers(kSteps * kBatch * kFeatures, 1), weight, recurrence, bias, hidden, cell, peepholes;

  explicit Case(int64_t gates) : gates(gates) {
    weight = numbers(gates * kHidden * kFeatures, 2);
    recurrence = numbers(gates * kHidden * kHidden, 3);
    bias = numbers(2 * gates * kHidden, 4);
    hidden = numbers(kBatch * kHidden, 5);
    cell = numbers(kBatch * kHidden, 6);
    peepholes = numbers(3 * kHidden, 7);
  }
  float clipped(float x) const { return std::min(std::max(x, -clip), clip); }
  // Row `row` of weight times the step's input; of recurrence times a state.
  float product(int64_t row, int64_t step, int64_t b) const {
    float sum = bias[row];
    for (int64_t i = 0; i != kFeatures; ++i)
      sum += weight[row * kFeatures + i] * x[(step * kBatch + b) * kFeatures + i];
    return sum;
  }
  float recurrent(int64_t row, const float *state) const {
    float sum = bias[gates * kHidden + row];
    for (int64_t i = 0; i != kHidden; ++i)
      sum += recurrence[row * kHidden + i] * state[i];
    return sum;
  }

  // Y [steps, batch, hidden], Y_h and Y_c.
  std::vector<Floats> run() const {
    Floats y(kSteps * kBatch * kHidden, 0), h = hidden, c = cell;
    for (int64_t b = 0; b != kBatch; ++b)
      for (int64_t i = 0; i != kSteps; ++i) {
        const int64_t t = reverse ? kSteps - 1 - i : i;
        if (t >= lengths[b])
          continue;
        const Floats old(h.begin() + b * kHidden, h.begin() + (b + 1) * kHidden);
        Floats reset(kHidden);
        if (gates == 3)
          for (int64_t k = 0; k != kHidden; ++k)
            reset[k] = sigmoid(clipped(product(kHidden + k, t, b) + recurrent(kHidden + k, old.data())));
        for (int64_t k = 0; k != kHidden; ++k) {
          auto gate = [&](int64_t index) {
            return product(index * kHidden + k, t, b) + recurrent(index * kHidden + k, old.data());
          };
          float &state = h[b * kHidden + k], &cellState = c[b * kHidden + k];
          if (gates == 1) {
            state = std::tanh(clipped(gate(0)));
          } else if (gates == 3) {
            float update = sigmoid(clipped(gate(0))), candidate;
            if (linearBeforeReset) {
              candidate = product(2 * kHidden + k, t, b) + reset[k] * recurrent(2 * kHidden + k, old.data());
            } else {
              Floats scaled = old;
              for (int64_t j = 0; j != kHidden; ++j)
                scaled[j] *= reset[j];
              candidate = product(2 * kHidden + k, t, b) + recurrent(2 * kHidden + k, scaled.data());
            }
            state = (1 - update) * std::tanh(clipped(candidate)) + update * old[k];
          } else {
            float input = sigmoid(clipped(gate(0) + peepholes[k] * cellState));
            float forget = coupled ? 1 - input : sigmoid(clipped(gate(2) + peepholes[2 * kHidden + k] * cellState));
            cellState = forget * cellState + input * std::tanh(clipped(gate(3)));
            state = sigmoid(clipped(gate(1) + peepholes[kHidden + k] * cellState)) * std::tanh(cellState);
          }
          y[(t * kBatch + b) * kHidden + k] = state;
        }
      }
    return {y, h, c};
  }

  // The same by the importer; `steps` and `batch` are negative where they are the size N.
  std::vector<Data> imported(int64_t steps = kSteps, int64_t batch = kBatch, bool batchFirst = false) const {
    Model model(14);
    auto rows = [&](const std::string &name, Ints dims, const Floats &values) {
      model.constant(name, floats(dims, values));
    };
    if (batchFirst) {
      Floats turned(x.size());
      for (int64_t t = 0; t != kSteps; ++t)
        for (int64_t b = 0; b != kBatch; ++b)
          std::copy_n(&x[(t * kBatch + b) * kFeatures], kFeatures, &turned[(b * kSteps + t) * kFeatures]);
      model.input("x", floats({kBatch, kSteps, kFeatures}, turned), {batch, steps, kFeatures});
    } else {
      model.input("x", floats({kSteps, kBatch, kFeatures}, x), {steps, batch, kFeatures});
    }
    rows("w", {1, gates * kHidden, kFeatures}, weight);
    rows("r", {1, gates * kHidden, kHidden}, recurrence);
    rows("b", {1, 2 * gates * kHidden}, bias);
    Ints state = batchFirst ? Ints{kBatch, 1, kHidden} : Ints{1, kBatch, kHidden}, declared = state;
    declared[batchFirst ? 0 : 1] = batch;
    model.input("h", floats(state, hidden), declared).input("n", ints({kBatch}, {lengths[0], lengths[1]}), {batch});
    model.node("Cast", {"n"}, {"lens"}).with("to", int64_t(6));
    std::vector<std::string> inputs = {"x", "w", "r", "b", "lens", "h"}, outputs = {"y", "yh"};
    if (gates == 4) {
      model.input("c", floats(state, cell), declared);
      rows("p", {1, 3 * kHidden}, peepholes);
      inputs.insert(inputs.end(), {"c", "p"});
      outputs.push_back("yc");
    }
    model.node(gates == 1 ? "RNN" : gates == 3 ? "GRU" : "LSTM", inputs, outputs).with("hidden_size", kHidden);
    model.with("direction", reverse ? "reverse" : "forward").with("layout", int64_t(batchFirst));
    if (gates == 3)
      model.with("linear_before_reset", int64_t(linearBeforeReset));
    if (gates == 4)
      model.with("input_forget", int64_t(coupled));
    if (std::isfinite(clip))
      model.with("clip", clip);
    for (const std::string &output : outputs)
      model.output(output);
    return model.run(steps < 0 || batch < 0 ? "1..8" : "");
  }

  void check(int64_t steps = kSteps, int64_t batch = kBatch) const {
    std::vector<Floats> expected = run();
    std::vector<Data> results = imported(steps, batch);
    expectNear(results, 0, {kSteps, 1, kBatch, kHidden}, expected[0]);
    expectNear(results, 1, {1, kBatch, kHidden}, expected[1]);
    if (gates == 4)
      expectNear(results, 2, {1, kBatch, kHidden}, expected[2]);
  }
};

TEST(OnnxRecurrent, EveryCellForwardAndReverse) {
  for (int64_t gates : {1, 3, 4})
    for (bool reverse : {false, true}) {
      SCOPED_TRACE(gates);
      Case one(gates);
      one.reverse = reverse;
      one.check();
      one.lengths[0] = 2; // the other rows go on
      one.check();
    }
}

TEST(OnnxRecurrent, VariantsOfTheEquations) {
  Case gru(3);
  gru.linearBeforeReset = true;
  gru.check();
  Case lstm(4);
  lstm.coupled = true;
  lstm.check();
  for (int64_t gates : {1, 3, 4}) {
    Case bounded(gates);
    bounded.clip = 0.25f;
    bounded.check();
  }
}

TEST(OnnxRecurrent, SymbolicStepsAndBatch) {
  for (int64_t gates : {1, 3, 4}) {
    Case one(gates);
    one.reverse = gates == 3;
    one.check(-1, kBatch);
    one.check(kSteps, -1);
  }
}

TEST(OnnxRecurrent, BatchFirst) {
  Case one(4);
  std::vector<Floats> expected = one.run();
  std::vector<Data> results = one.imported(kSteps, kBatch, /*batchFirst=*/true);
  Floats turned(expected[0].size());
  for (int64_t t = 0; t != kSteps; ++t)
    for (int64_t b = 0; b != kBatch; ++b)
      std::copy_n(&expected[0][(t * kBatch + b) * kHidden], kHidden, &turned[(b * kSteps + t) * kHidden]);
  expectNear(results, 0, {kBatch, kSteps, 1, kHidden}, turned);
  expectNear(results, 1, {kBatch, 1, kHidden}, expected[1]);
}

// One step each way: both directions see the same input, but each its own weights and functions.
TEST(OnnxRecurrent, DirectionsHaveTheirOwnFunctions) {
  Model model(14);
  model.input("x", floats({1, 1, 1}, {2}))
      .constant("w", floats({2, 1, 1}, {1, -1}))
      .constant("r", floats({2, 1, 1}, {1, 1}));
  model.node("RNN", {"x", "w", "r"}, {"y", "h"}).with("hidden_size", int64_t(1)).with("direction", "bidirectional");
  model.with("activations", std::vector<std::string>{"Affine", "leakyrelu"});
  model.with("activation_alpha", Floats{3, 0.5f}).with("activation_beta", Floats{1}).output("y").output("h");
  std::vector<Data> results = model.run();
  expectNear(results, 0, {1, 2, 1, 1}, {7, -1});
  expectNear(results, 1, {2, 1, 1}, {7, -1});
}

} // namespace
} // namespace ingot::test
