// Random programs of branches and loops within each other mean the same after every phase, and in the memory schedule chose.
#include "tests/passes/Harness.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;

namespace ingot::test {
namespace {

const char kVector[] = "tensor<?x4xf32, #ingot.dims<[s0, 4]>>";
const char kNumber[] = "tensor<i32>";

// Writes one program. Names are unique, so a block sees those of the blocks around it.
class Generator {
public:
  explicit Generator(unsigned seed) : random(seed) {}

  std::string program() {
    std::string body = block({"%x", "%y"}, {"%i", "%j"}, 8, 3);
    return llvm::formatv(R"(
module attributes {{ingot.sizes = [#ingot.size<"n", 1 to 8>]} {{
  ingot.weight @w = <"w" : tensor<4x4xf32>> [] : tensor<4x4xf32>
  func.func @main(%x: {0}, %y: {0}, %i: {1}, %j: {1}) -> ({0}, {0}, {0}, {1}) attributes {{ingot.entry} {{
    %w = ingot.get_weight @w : tensor<4x4xf32>
    %ones = ingot.constant dense<1> : {1}
{2}    return {3} : {0}, {0}, {0}, {1}
  }
})",
                         kVector, kNumber, body, returned);
  }

private:
  unsigned below(unsigned count) { return random() % count; }
  std::string fresh() { return "%v" + std::to_string(next++); }
  const std::string &pick(const std::vector<std::string> &names) {
    // Late ones more often: chains are what memory is shared along.
    return names[names.size() - 1 - std::min(below(unsigned(names.size())), below(unsigned(names.size())))];
  }
  std::string line(const std::string &text) { return "    " + text + "\n"; }

  // Ops on these values; leaves in `returned` three vectors and a number that the block could return.
  std::string block(std::vector<std::string> vectors, std::vector<std::string> numbers, unsigned length, unsigned depth) {
    std::string text;
    for (unsigned i = 0; i < length; ++i) {
      std::string name = fresh();
      switch (below(depth ? 9 : 5)) {
      case 0:
        text += line(name + " = ingot.tanh " + pick(vectors) + " : " + kVector);
        vectors.push_back(name);
        break;
      case 1:
        text += line(name + " = ingot.subtract " + pick(vectors) + ", " + pick(vectors) + " : " + kVector);
        vectors.push_back(name);
        break;
      case 2:
        text += line(llvm::formatv("{0} = ingot.dot_general {1}, %w <batch = [] x [], contract = [1] x [{2}]> : ({3}, "
                                   "tensor<4x4xf32>) -> {3}",
                                   name, pick(vectors), below(2), kVector));
        vectors.push_back(name);
        break;
      case 3:
        text += line(llvm::formatv("{0} = ingot.reverse {1} dims = [1] : {2}", name, pick(vectors), kVector));
        vectors.push_back(name);
        break;
      case 4:
        text += line(llvm::formatv("{0} = ingot.and {1}, {2} : {3}", name, pick(numbers), pick(numbers), kNumber));
        numbers.push_back(name);
        break;
      case 5:
      case 6:
        text += branches(name, vectors, numbers, depth);
        break;
      default:
        text += loop(name, vectors, numbers, depth);
      }
    }
    // The same value may be returned twice, as may one from outside.
    returned = pick(vectors) + ", " + pick(vectors) + ", " + pick(vectors) + ", " + pick(numbers);
    return text;
  }

  static std::string types() { return llvm::formatv("{0}, {0}, {0}, {1}", kVector, kNumber); }

  void addResults(const std::string &name, std::vector<std::string> &vectors, std::vector<std::string> &numbers) {
    for (int i = 0; i < 3; ++i)
      vectors.push_back(name + "#" + std::to_string(i));
    numbers.push_back(name + "#3");
  }

  std::string branches(const std::string &name, std::vector<std::string> &vectors, std::vector<std::string> &numbers,
                       unsigned depth) {
    bool isCase = below(3) == 0;
    std::string text, selector = pick(numbers);
    if (!isCase) {
      text += line(llvm::formatv("{0}p = ingot.compare LT {1}, %ones : {2}", name, selector, kNumber));
      text += line(llvm::formatv("{0}:4 = ingot.if {0}p : (tensor<i1>) -> ({1}) {{", name, types()));
    } else {
      text += line(llvm::formatv("{0}:4 = ingot.case {1} : ({2}) -> ({3}) {{", name, selector, kNumber, types()));
    }
    for (unsigned i = 0, count = isCase ? 1 + below(4) : 2; i < count; ++i) {
      text += i ? line(isCase ? "}, {" : "} else {") : "";
      text += block(vectors, numbers, below(4), depth - 1);
      text += line("ingot.return " + returned + " : " + types());
    }
    addResults(name, vectors, numbers);
    return text + line("}");
  }

  std::string loop(const std::string &name, std::vector<std::string> &vectors, std::vector<std::string> &numbers,
                   unsigned depth) {
    std::string zero = fresh(), limit = pick(numbers), args[2];
    std::string text = line(zero + " = ingot.constant dense<0> : " + kNumber);
    text += line(llvm::formatv("{0}:5 = ingot.while ({1}, {2}, {3}, {4}, {5}) : ({6}, {7}) -> ({6}, {7}) cond {{", name,
                               zero, pick(vectors), pick(vectors), pick(vectors), pick(numbers), kNumber, types()));
    std::vector<std::string> inner = vectors, innerNumbers = numbers;
    for (int region = 0; region < 2; ++region) {
      std::string count = fresh(), a = fresh(), b = fresh(), c = fresh(), d = fresh();
      text += line(
          llvm::formatv("^bb0({0}: {5}, {1}: {4}, {2}: {4}, {3}: {4}, {6}: {5}):", count, a, b, c, kVector, kNumber, d));
      if (region == 0) {
        // At most three rounds.
        text += line(llvm::formatv("{0}m = ingot.constant dense<3> : {2}\n    {0}l = ingot.minimum {1}, {0}m : {2}", count,
                                   limit, kNumber));
        text += line(
            llvm::formatv("{0}p = ingot.compare LT {0}, {0}l : {1}\n    ingot.return {0}p : tensor<i1>", count, kNumber));
        text += line("} do {");
        continue;
      }
      text += line(llvm::formatv("{0}n = ingot.add {0}, %ones : {1}", count, kNumber));
      inner.insert(inner.end(), {a, b, c});
      innerNumbers.push_back(d);
      text += block(inner, innerNumbers, below(5), depth - 1);
      text += line(llvm::formatv("ingot.return {0}n, {1} : {2}, {3}", count, returned, kNumber, types()));
    }
    for (int i = 1; i < 4; ++i)
      vectors.push_back(name + "#" + std::to_string(i));
    numbers.push_back(name + "#4");
    return text + line("}");
  }

  std::mt19937 random;
  unsigned next = 0;
  std::string returned;
};

class ControlFlowTest : public testing::TestWithParam<unsigned> {};

TEST_P(ControlFlowTest, EveryPhaseKeepsTheMeaning) {
  for (unsigned seed = GetParam() * 25; seed < GetParam() * 25 + 25; ++seed) {
    std::string text = Generator(seed).program();
    SCOPED_TRACE(text);
    std::unique_ptr<Loaded> loaded = Loaded::ofText(text);
    ASSERT_TRUE(loaded->program.module);
    std::vector<std::vector<int64_t>> sizes;
    std::vector<std::vector<reference::Tensor>> arguments, expected;
    // All rounds and branches the two numbers choose.
    for (int32_t i : {0, 1, 3})
      for (int32_t j : {0, 1, 2}) {
        sizes.push_back({1 + (i + j) % 3});
        arguments.push_back(loaded->arguments(sizes.back()));
        arguments.back()[2].data<int32_t>()[0] = i;
        arguments.back()[3].data<int32_t>()[0] = j;
        expected.push_back(run(*loaded, arguments.back()));
      }
    expectPhasesKeepTheMeaning(*loaded, sizes, arguments, expected);
    if (HasFailure())
      return;
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, ControlFlowTest, testing::Range(0u, 4u));

} // namespace
} // namespace ingot::test
