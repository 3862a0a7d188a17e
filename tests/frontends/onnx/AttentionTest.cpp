// Attention and its kin, losses and optimiser steps where the backend suite does not go: symbolic sizes.
#include "tests/frontends/onnx/ModelBuilder.h"

#include <cmath>

namespace ingot::test {
namespace {

Floats numbers(int64_t count, int seed) {
  Floats values(count);
  for (int64_t i = 0; i != count; ++i)
    values[i] = static_cast<float>(std::sin(seed + 1.3 * static_cast<double>(i)));
  return values;
}

// Runs what `build` makes with a size known and with it symbolic (-1); both must give the same.
template <typename Build> std::vector<Data> sameForSymbolicSizes(int64_t opset, int64_t size, Build build) {
  Model known(opset), symbolic(opset);
  build(known, size);
  build(symbolic, -1);
  std::vector<Data> expected = known.run(), results = symbolic.run("1..16");
  EXPECT_EQ(expected.size(), results.size());
  for (size_t i = 0; i != expected.size(); ++i)
    expectNear(results, i, expected[i].dims, expected[i].floats);
  return results;
}

// Query heads 0 and 1 read key head 0, 2 and 3 read key head 1; each query sees itself and what is before it.
TEST(OnnxAttention, CausalGroupedHeads) {
  const int64_t length = 3, size = 2;
  Floats q = numbers(4 * length * size, 1), k = numbers(2 * length * size, 2), v = numbers(2 * length * size, 3);
  std::vector<Data> results = sameForSymbolicSizes(24, length, [&](Model &model, int64_t n) {
    model.input("q", floats({1, 4, length, size}, q), {1, 4, n, size});
    model.input("k", floats({1, 2, length, size}, k), {1, 2, n, size});
    model.input("v", floats({1, 2, length, size}, v), {1, 2, n, size});
    model.node("Attention", {"q", "k", "v"}, {"y"}).with("is_causal", int64_t(1)).with("scale", 0.5f).output("y");
  });
  Floats expected;
  for (int64_t head = 0; head != 4; ++head)
    for (int64_t i = 0; i != length; ++i) {
      Floats weights, result(size, 0);
      float sum = 0;
      for (int64_t j = 0; j <= i; ++j) {
        float score = 0;
        for (int64_t d = 0; d != size; ++d)
          score += 0.5f * q[(head * length + i) * size + d] * k[(head / 2 * length + j) * size + d];
        weights.push_back(std::exp(score));
        sum += weights.back();
      }
      for (int64_t j = 0; j <= i; ++j)
        for (int64_t d = 0; d != size; ++d)
          result[d] += weights[j] / sum * v[(head / 2 * length + j) * size + d];
      expected.insert(expected.end(), result.begin(), result.end());
    }
  expectNear(results, 0, {1, 4, length, size}, expected);
}

TEST(OnnxAttention, PastGrowsAndQueriesSeeAllOfIt) {
  const int64_t past = 4;
  std::vector<Data> results = sameForSymbolicSizes(24, past, [&](Model &model, int64_t n) {
    model.input("q", floats({1, 2, 4}, numbers(8, 1))).input("k", floats({1, 2, 4}, numbers(8, 2)));
    model.input("v", floats({1, 2, 4}, numbers(8, 3)));
    model.input("pk", floats({1, 2, past, 2}, numbers(16, 4)), {1, 2, n, 2});
    model.input("pv", floats({1, 2, past, 2}, numbers(16, 5)), {1, 2, n, 2});
    model.node("Attention", {"q", "k", "v", "", "pk", "pv"}, {"y", "k1", "v1", "p"}).with("is_causal", int64_t(1));
    model.with("q_num_heads", int64_t(2)).with("kv_num_heads", int64_t(2)).with("qk_matmul_output_mode", int64_t(3));
    model.output("y").output("k1").output("v1").output("p");
  });
  ASSERT_EQ(results.size(), 4u);
  EXPECT_EQ(results[1].dims, (Ints{1, 2, past + 2, 2}));
  for (int64_t head : {0, 1}) { // the first query does not see the second new key, the second sees all
    EXPECT_EQ(results[3].floats[(head * 2 + 0) * 6 + 5], 0);
    EXPECT_GT(results[3].floats[(head * 2 + 1) * 6 + 5], 0);
    EXPECT_GT(results[3].floats[(head * 2 + 0) * 6 + 4], 0);
  }
}

TEST(OnnxAttention, ARowThatSeesNothingIsZero) {
  Model model(24);
  model.input("q", floats({1, 1, 2, 1}, {1, 1})).input("k", floats({1, 1, 2, 1}, {1, 2}));
  model.input("v", floats({1, 1, 2, 1}, {5, 7})).constant("m", floats({2, 2}, {-INFINITY, -INFINITY, -INFINITY, 0}));
  model.node("Attention", {"q", "k", "v", "m"}, {"y"}).output("y");
  expectNear(model.run(), 0, {1, 1, 2, 1}, {0, 7});
}

TEST(OnnxAttention, LinearAttentionCarriesItsState) {
  // One head of size 1: the state is the sum of k * v so far.
  std::vector<Data> results = sameForSymbolicSizes(27, 3, [&](Model &model, int64_t n) {
    model.input("q", floats({1, 3, 1}, {1, 2, 3}), {1, n, 1}).input("k", floats({1, 3, 1}, {1, 1, 2}), {1, n, 1});
    model.input("v", floats({1, 3, 1}, {4, 5, 6}), {1, n, 1}).input("s", floats({1, 1, 1, 1}, {10}));
    model.node("LinearAttention", {"q", "k", "v", "s"}, {"y", "t"}).with("update_rule", "linear").with("scale", 2.0f);
    model.with("q_num_heads", int64_t(1)).with("kv_num_heads", int64_t(1)).output("y").output("t");
  });
  expectNear(results, 0, {1, 3, 1}, {28, 76, 186});
  expectNear(results, 1, {1, 1, 1, 1}, {31});
}

TEST(OnnxAttention, CausalConvolutionKeepsItsLastInputs) {
  std::vector<Data> results = sameForSymbolicSizes(27, 3, [&](Model &model, int64_t n) {
    model.input("x", floats({1, 1, 3}, {1, 2, 3}), {1, 1, n}).constant("w", floats({1, 1, 3}, {100, 10, 1}));
    model.input("s", floats({1, 1, 2}, {8, 9})).node("CausalConvWithState", {"x", "w", "", "s"}, {"y", "t"});
    model.output("y").output("t");
  });
  expectNear(results, 0, {1, 1, 3}, {891, 912, 123});
  expectNear(results, 1, {1, 1, 2}, {2, 3});
}

TEST(OnnxAttention, RotaryEmbeddingTurnsPairsByTheirPlace) {
  for (int64_t interleaved : {0, 1}) {
    std::vector<Data> results = sameForSymbolicSizes(23, 2, [&](Model &model, int64_t n) {
      model.input("x", floats({1, 1, 2, 6}, {1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6}), {1, 1, n, 6});
      model.input("p", ints({1, 2}, {0, 1}), {1, n});
      model.constant("c", floats({2, 2}, {1, 1, 0, 1})).constant("s", floats({2, 2}, {0, 0, 1, 0}));
      model.node("RotaryEmbedding", {"x", "c", "s", "p"}, {"y"}).with("rotary_embedding_dim", int64_t(4));
      model.with("interleaved", interleaved).output("y");
    });
    // At place 1 the first pair is turned by a quarter.
    expectNear(results, 0, {1, 1, 2, 6},
               interleaved ? Floats{1, 2, 3, 4, 5, 6, -2, 1, 3, 4, 5, 6} : Floats{1, 2, 3, 4, 5, 6, -3, 2, 1, 4, 5, 6});
  }
}

TEST(OnnxLosses, MeanCountsOnlyTargetsThatAreNotIgnored) {
  for (bool weighted : {false, true}) {
    std::vector<Data> results = sameForSymbolicSizes(13, 3, [&](Model &model, int64_t n) {
      model.input("x", floats({3, 2}, {-1, -2, -3, -4, -5, -6}), {n, 2}).input("t", ints({3}, {1, 0, -1}), {n});
      model.constant("w", floats({2}, {1, 3}));
      model.node("NegativeLogLikelihoodLoss", {"x", "t", weighted ? "w" : ""}, {"y"}).with("ignore_index", int64_t(-1));
      model.output("y");
    });
    expectNear(results, 0, {}, {weighted ? 9.0f / 4 : 2.5f});
  }
}

TEST(OnnxLosses, CrossEntropyOfEqualScores) {
  std::vector<Data> results = sameForSymbolicSizes(13, 2, [&](Model &model, int64_t n) {
    model.input("x", floats({2, 4, 1}, {1, 1, 1, 1, 2, 2, 2, 2}), {n, 4, 1}).input("t", ints({2, 1}, {3, 0}), {n, 1});
    model.node("SoftmaxCrossEntropyLoss", {"x", "t"}, {"y", "p"}).with("reduction", "sum").output("y").output("p");
  });
  expectNear(results, 0, {}, {2 * std::log(4.0f)});
  expectNear(results, 1, {2, 4, 1}, Floats(8, -std::log(4.0f)));
}

} // namespace
} // namespace ingot::test
