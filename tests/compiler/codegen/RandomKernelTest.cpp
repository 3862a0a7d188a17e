// Random regions of movement, pointwise ops, reductions and windows, as the loop emitter compiles them: what single-op tests
// cannot meet, such as loads made outside loops, dims that run as one, masks within masks.
#include "tests/compiler/codegen/KernelHarness.h"

#include <gtest/gtest.h>
#include <sstream>

namespace ingot::test {
namespace {

class RandomKernel {
public:
  explicit RandomKernel(unsigned seed) : random(seed) {}

  std::string make() {
    std::string arguments;
    unsigned inputs = 1 + random() % 3;
    for (unsigned i = 0; i < inputs; ++i) {
      Tensor tensor{"%a" + std::to_string(i), randomDims()};
      arguments += (i ? ", " : "") + tensor.name + ": " + type(tensor.dims);
      values.push_back(tensor);
    }
    body << "  %zero = ingot.constant dense<0.0> : tensor<f32>\n  %half = ingot.constant dense<0.5> : tensor<f32>\n";
    unsigned count = 3 + random() % 8;
    for (unsigned i = 0; i < count; ++i)
      step();
    std::string results = values.back().name, types = type(values.back().dims);
    // A second result now and then, of another space perhaps.
    if (random() % 3 == 0 && values.size() > inputs + 1) {
      const Tensor &other = values[inputs + random() % (values.size() - inputs - 1)];
      results += ", " + other.name;
      types += ", " + type(other.dims);
    }
    return "ingot.kernel @k {\n^bb0(" + arguments + "):\n" + body.str() + "  ingot.return " + results + " : " + types +
           "\n}";
  }

private:
  using Dims = std::vector<int64_t>;
  struct Tensor {
    std::string name;
    Dims dims;
  };

  Dims randomDims() {
    Dims dims;
    unsigned rank = random() % 4 + 1;
    for (unsigned i = 0; i < rank; ++i) {
      const int64_t choices[] = {1, 2, 3, 4, 5, 7, 8, 16, 17, 19, 32, 33};
      dims.push_back(choices[random() % (rank > 2 ? 8 : 12)]);
    }
    return dims;
  }
  static int64_t count(const Dims &dims) {
    int64_t result = 1;
    for (int64_t dim : dims)
      result *= dim;
    return result;
  }
  static std::string type(const Dims &dims) {
    std::string text = "tensor<";
    for (int64_t dim : dims)
      text += std::to_string(dim) + "x";
    return text + "f32>";
  }
  static std::string list(const Dims &values) {
    std::string text = "[";
    for (size_t i = 0; i < values.size(); ++i)
      text += (i ? ", " : "") + std::to_string(values[i]);
    return text + "]";
  }
  void add(const std::string &op, Dims dims, const std::string &tail = "") {
    std::string name = "%v" + std::to_string(next++);
    body << "  " << name << " = ingot." << op << tail << "\n";
    values.push_back({name, std::move(dims)});
  }
  // By a sum or a maximum, from 0 or, where it counts in padding, from 0.5.
  void reduce(const std::string &op, const Tensor &x, const std::string &attributes, const Dims &dims) {
    const char *body = random() % 2 ? "maximum" : "add", *from = random() % 3 ? "%zero" : "%half";
    hasSums |= body[0] == 'a';
    add(op + "(" + x.name + " init " + from + ")" + attributes + " : (" + type(x.dims) + ", tensor<f32>) -> " + type(dims) +
            " {\n    ^bb0(%x: tensor<f32>, %y: tensor<f32>):\n      %z = ingot." + body +
            " %x, %y : tensor<f32>\n      ingot.return %z : tensor<f32>\n  }",
        dims);
  }
  const Tensor &pick() { return values[values.size() - 1 - random() % std::min<size_t>(values.size(), 3)]; }

  void step() {
    Tensor x = pick();
    size_t rank = x.dims.size();
    auto to = [&](const Dims &dims) { return " : (" + type(x.dims) + ") -> " + type(dims); };
    switch (random() % 15) {
    case 0: {
      const char *ops[] = {"negate", "abs", "floor", "sign"};
      return add(std::string(ops[random() % 4]) + " " + x.name + " : " + type(x.dims), x.dims);
    }
    case 1:
    case 2: { // with another value of the same dims, if there is one
      std::string other = x.name;
      for (const Tensor &value : values)
        if (value.dims == x.dims && random() % 2)
          other = value.name;
      const char *ops[] = {"add", "subtract", "multiply", "maximum", "minimum"};
      return add(std::string(ops[random() % 5]) + " " + x.name + ", " + other + " : " + type(x.dims), x.dims);
    }
    case 3: {
      Dims permutation(rank), dims;
      for (size_t i = 0; i < rank; ++i)
        permutation[i] = i;
      std::shuffle(permutation.begin(), permutation.end(), random);
      for (int64_t from : permutation)
        dims.push_back(x.dims[from]);
      return add("transpose " + x.name + " perm = " + list(permutation) + to(dims), dims);
    }
    case 4: { // joins or splits dims
      Dims dims = x.dims;
      if (rank > 1 && random() % 2) {
        size_t at = random() % (rank - 1);
        dims[at] *= dims[at + 1];
        dims.erase(dims.begin() + at + 1);
      } else if (rank > 0) {
        size_t at = random() % rank;
        for (int64_t factor : {4, 3, 2})
          if (dims[at] % factor == 0 && dims.size() < 5) {
            dims[at] /= factor;
            dims.insert(dims.begin() + at + random() % 2, factor);
            break;
          }
      }
      return add("reshape " + x.name + to(dims), dims);
    }
    case 5: {
      Dims starts, limits, strides, dims;
      for (int64_t dim : x.dims) {
        int64_t start = dim > 2 ? random() % 3 : 0, stride = dim > 4 ? 1 + random() % 2 : 1,
                limit = dim - (dim > 3 ? random() % 2 : 0);
        starts.push_back(start);
        limits.push_back(std::max(limit, start + 1));
        strides.push_back(stride);
        dims.push_back((limits.back() - start + stride - 1) / stride);
      }
      return add("slice " + x.name + " " + list(starts) + " to " + list(limits) + " step " + list(strides) + to(dims), dims);
    }
    case 6: {
      Dims low, high, interior, dims;
      for (int64_t dim : x.dims) {
        low.push_back(int64_t(random() % 4) - (dim > 1));
        high.push_back(int64_t(random() % 3));
        interior.push_back(random() % 4 == 0 ? random() % 3 : 0);
        dims.push_back(low.back() + dim + std::max<int64_t>(dim - 1, 0) * interior.back() + high.back());
      }
      if (count(dims) > 20000 || count(dims) <= 0)
        return;
      return add("pad " + x.name + ", %half low = " + list(low) + " high = " + list(high) + " interior = " + list(interior) +
                     " : (" + type(x.dims) + ", tensor<f32>) -> " + type(dims),
                 dims);
    }
    case 7: {
      if (rank == 0)
        return;
      size_t at = random() % rank;
      Tensor y = x;
      for (const Tensor &value : values) {
        Dims other = value.dims;
        if (other.size() == rank && random() % 2) {
          other[at] = x.dims[at];
          if (other == x.dims)
            y = value;
        }
      }
      Dims dims = x.dims;
      dims[at] += y.dims[at];
      if (count(dims) > 20000)
        return;
      return add("concatenate " + x.name + ", " + y.name + " dim = " + std::to_string(at) + " : (" + type(x.dims) + ", " +
                     type(y.dims) + ") -> " + type(dims),
                 dims);
    }
    case 8: {
      Dims reversed;
      for (size_t i = 0; i < rank; ++i)
        if (random() % 2)
          reversed.push_back(i);
      return add("reverse " + x.name + " dims = " + list(reversed) + " : " + type(x.dims), x.dims);
    }
    case 9: { // a new dim somewhere, or a dim of one repeated
      Dims dims = x.dims, mapped;
      size_t at = random() % (rank + 1);
      for (size_t i = 0; i < rank; ++i) {
        mapped.push_back(i + (i >= at));
        if (dims[i] == 1 && random() % 2)
          dims[i] = 6;
      }
      dims.insert(dims.begin() + at, 1 + random() % 5);
      if (dims.size() > 5 || count(dims) > 20000)
        return;
      return add("broadcast_in_dim " + x.name + " dims = " + list(mapped) + to(dims), dims);
    }
    case 10: { // in fewer bits: of a sum another order of the terms may give the next such number
      if (hasSums)
        return;
      const int exponents[] = {2, 4, 5, 8}, mantissas[] = {0, 1, 3, 7, 10, 22};
      return add("reduce_precision " + x.name + " exponent = " + std::to_string(exponents[random() % 4]) +
                     " mantissa = " + std::to_string(mantissas[random() % 6]) + " : " + type(x.dims),
                 x.dims);
    }
    case 11:
    case 12: {
      Dims window, strides, dilations, within, padding, dims;
      for (int64_t dim : x.dims) {
        window.push_back(1 + random() % 3);
        strides.push_back(1 + random() % 2);
        dilations.push_back(random() % 4 == 0 ? 2 : 1); // of the operand
        within.push_back(random() % 4 == 0 ? 2 : 1);
        int64_t low = int64_t(random() % 4) - 1, high = int64_t(random() % 4) - 1;
        padding.insert(padding.end(), {low, high});
        int64_t room = low + (dim - 1) * dilations.back() + 1 + high - ((window.back() - 1) * within.back() + 1);
        dims.push_back(room < 0 ? 0 : room / strides.back() + 1);
      }
      if (count(dims) > 5000 || count(dims) == 0 || count(window) > 30 || windows++ > 1)
        return;
      std::string tail = " window = " + list(window) + " stride = " + list(strides) + " base_dilate = " + list(dilations) +
                         " dilate = " + list(within) + " pad = " + list(padding);
      return reduce("reduce_window", x, tail, dims);
    }
    default: { // reduces, and half the time broadcasts back
      Dims reduced, kept, keptDims;
      for (size_t i = 0; i < rank; ++i) {
        if (random() % 2 == 0) {
          reduced.push_back(i);
        } else {
          kept.push_back(i);
          keptDims.push_back(x.dims[i]);
        }
      }
      if (reduced.empty() || reductions++ > 2)
        return;
      reduce("reduce", x, " dims = " + list(reduced), keptDims);
      if (random() % 2 == 0)
        return;
      std::string sum = values.back().name;
      add("broadcast_in_dim " + sum + " dims = " + list(kept) + " : (" + type(keptDims) + ") -> " + type(x.dims), x.dims);
      std::string repeated = values.back().name;
      add("subtract " + x.name + ", " + repeated + " : " + type(x.dims), x.dims);
      return;
    }
    }
  }

  std::mt19937 random;
  std::ostringstream body;
  std::vector<Tensor> values;
  unsigned next = 0, reductions = 0, windows = 0;
  bool hasSums = false;
};

class RandomKernels : public testing::TestWithParam<unsigned> {};

TEST_P(RandomKernels, MatchTheReference) {
  constexpr unsigned perShard = 25;
  for (unsigned seed = GetParam() * perShard; seed < (GetParam() + 1) * perShard; ++seed) {
    std::string text = RandomKernel(seed).make();
    SCOPED_TRACE("seed " + std::to_string(seed) + "\n" + text);
    checkLoops(text, {1e-4, 1e-3});
    if (HasFailure())
      return;
  }
}
// INGOT_TEST_SHARDS asks for more shards of 25 kernels.
unsigned shards() {
  const char *wanted = getenv("INGOT_TEST_SHARDS");
  return wanted ? std::max(1, atoi(wanted)) : 8;
}
INSTANTIATE_TEST_SUITE_P(Seeds, RandomKernels, testing::Range(0u, shards()));

} // namespace
} // namespace ingot::test
