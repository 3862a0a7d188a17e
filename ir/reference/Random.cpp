// Counter-based random numbers: Threefry-2x32 and Philox-4x32 (Salmon, Moraes, Dror, Shaw: Parallel random numbers, as easy
// as 1, 2, 3).
#include "ir/reference/Random.h"
#include "ir/Types.h"
#include "ir/reference/Bodies.h"
#include "ir/reference/Elements.h"
#include "ir/reference/Families.h"

#include <bit>
#include <cmath>

using namespace mlir;

namespace ingot::reference {

std::array<uint32_t, 2> threefry(std::array<uint32_t, 2> key, std::array<uint32_t, 2> counter) {
  constexpr int kRotations[2][4] = {{13, 15, 26, 6}, {17, 29, 16, 24}};
  const uint32_t keys[3] = {key[0], key[1], 0x1BD11BDA ^ key[0] ^ key[1]};
  uint32_t x = counter[0] + keys[0], y = counter[1] + keys[1];
  for (uint32_t group = 0; group != 5; ++group) {
    for (int rotation : kRotations[group % 2]) {
      x += y;
      y = std::rotl(y, rotation) ^ x;
    }
    x += keys[(group + 1) % 3];
    y += keys[(group + 2) % 3] + group + 1;
  }
  return {x, y};
}

std::array<uint32_t, 4> philox(std::array<uint32_t, 2> key, std::array<uint32_t, 4> counter) {
  for (int round = 0; round != 10; ++round) {
    uint64_t first = uint64_t(0xD2511F53) * counter[0], second = uint64_t(0xCD9E8D57) * counter[2];
    counter = {uint32_t(second >> 32) ^ counter[1] ^ key[0], uint32_t(second), uint32_t(first >> 32) ^ counter[3] ^ key[1],
               uint32_t(first)};
    key = {key[0] + 0x9E3779B9, key[1] + 0xBB67AE85};
  }
  return counter;
}

namespace {

std::array<uint32_t, 2> halves(uint64_t value) { return {uint32_t(value), uint32_t(value >> 32)}; }

// Stores words as elements of an integer type of at most 64 bits; they wrap to its width.
void storeIntegers(const std::vector<uint64_t> &values, Tensor &result) {
  if (valueClass(result.elementType) == ValueClass::Unsigned)
    return encode<uint64_t>(result.elementType, values.data(), int64_t(values.size()), result.bytes.data());
  encode<int64_t>(result.elementType, reinterpret_cast<const int64_t *>(values.data()), int64_t(values.size()),
                  result.bytes.data());
}

// Words of Threefry, one an element, whose pairs lie along one dim: the first even one, else the largest.
std::vector<uint32_t> pairedWords(std::array<uint32_t, 2> key, uint64_t &counter, ArrayRef<int64_t> dims) {
  if (dims.empty())
    return {threefry(key, halves(counter++))[0]};
  const int64_t *even = llvm::find_if(dims, [](int64_t dim) { return dim % 2 == 0; });
  size_t halved = size_t((even == dims.end() ? std::max_element(dims.begin(), dims.end()) : even) - dims.begin());
  SmallVector<int64_t> blocks(dims), index(dims.size(), 0);
  blocks[halved] = (dims[halved] + 1) / 2;
  uint64_t blockCount = 1, count = 1;
  for (auto [all, half] : llvm::zip(dims, blocks)) {
    count *= uint64_t(all);
    blockCount *= uint64_t(half);
  }
  std::vector<uint32_t> words;
  for (uint64_t i = 0; i != count; ++i, nextIndex(index, dims)) {
    uint64_t block = 0;
    for (size_t dim = 0; dim != dims.size(); ++dim)
      block = block * uint64_t(blocks[dim]) + uint64_t(dim == halved ? index[dim] / 2 : index[dim]);
    words.push_back(threefry(key, halves(counter + block))[size_t(index[halved] % 2)]);
  }
  counter += blockCount;
  return words;
}

void evaluate(RngBitGeneratorOp op, Operands operands, std::vector<Tensor> &results) {
  const Tensor &initial = *operands[0];
  Tensor &state = results[0], &output = results[1];
  state.bytes = initial.bytes;
  std::array<uint32_t, 2> key = halves(initial.data<uint64_t>()[0]);
  uint64_t low = initial.data<uint64_t>()[1], high = initial.data<uint64_t>()[initial.dims[0] == 3 ? 2 : 0];
  size_t wordsEach = output.elementType.getIntOrFloatBitWidth() == 64 ? 2 : 1;
  size_t needed = size_t(output.numElements()) * wordsEach;
  std::vector<uint32_t> words;
  bool isThreefry = op.getAlgorithm() == RngAlgorithm::THREE_FRY;
  if (isThreefry && wordsEach == 1)
    words = pairedWords(key, low, output.dims);
  for (; words.size() < needed; high += ++low == 0) {
    if (isThreefry) {
      auto block = threefry(key, halves(low));
      words.insert(words.end(), block.begin(), block.end());
    } else {
      auto block = philox(key, {halves(low)[0], halves(low)[1], halves(high)[0], halves(high)[1]});
      words.insert(words.end(), block.begin(), block.end());
    }
  }
  state.data<uint64_t>()[1] = low;
  if (initial.dims[0] == 3)
    state.data<uint64_t>()[2] = high;
  std::vector<uint64_t> values(size_t(output.numElements()));
  for (size_t i = 0; i != values.size(); ++i)
    values[i] = words[i * wordsEach] | (wordsEach == 2 ? uint64_t(words[i * wordsEach + 1]) << 32 : 0);
  storeIntegers(values, output);
}

void evaluateFloats(RngOp op, Operands operands, Tensor &result) {
  double a, b;
  decode<double>(result.elementType, operands[0]->bytes.data(), 1, &a);
  decode<double>(result.elementType, operands[1]->bytes.data(), 1, &b);
  bool isDouble = result.elementType.isF64();
  int64_t size = elementBytes(result.elementType);
  for (int64_t i = 0, e = result.numElements(); i != e; ++i) {
    auto [first, second] = threefry(halves(uint64_t(op.getSeed())), halves(uint64_t(i)));
    double value, stored;
    if (op.getDistribution() == RngDistribution::NORMAL) {
      double radius = std::sqrt(-2 * std::log((double(first) + 1) * 0x1p-32));
      value = a + b * (radius * std::cos(2 * M_PI * (double(second) * 0x1p-32)));
    } else {
      double unit = isDouble ? (double(first >> 5) * 0x1p26 + double(second >> 6)) * 0x1p-53 : double(first >> 8) * 0x1p-24;
      value = a + (b - a) * unit;
    }
    encode<double>(result.elementType, &value, 1, result.bytes.data() + i * size);
    decode<double>(result.elementType, result.bytes.data() + i * size, 1, &stored);
    if (op.getDistribution() == RngDistribution::UNIFORM && stored == b)
      encode<double>(result.elementType, &a, 1, result.bytes.data() + i * size);
  }
}

template <typename V> void evaluateIntegers(RngOp op, Operands operands, Tensor &result) {
  V a, b;
  decode<V>(result.elementType, operands[0]->bytes.data(), 1, &a);
  decode<V>(result.elementType, operands[1]->bytes.data(), 1, &b);
  std::vector<uint64_t> values(size_t(result.numElements()), uint64_t(a));
  uint64_t range = uint64_t(b) - uint64_t(a);
  if (a < b)
    for (size_t i = 0; i != values.size(); ++i) {
      auto [first, second] = threefry(halves(uint64_t(op.getSeed())), halves(i));
      values[i] += (uint64_t(second) << 32 | first) % range;
    }
  storeIntegers(values, result);
}

} // namespace

Results evaluateRandom(Operation *op, Operands operands, ArrayRef<int64_t> sizes) {
  Results results = emptyResults(op, sizes);
  if (!results)
    return results;
  if (auto bits = dyn_cast<RngBitGeneratorOp>(op))
    evaluate(bits, operands, *results);
  else if (auto rng = cast<RngOp>(op); isa<FloatType>(results->front().elementType))
    evaluateFloats(rng, operands, results->front());
  else if (valueClass(results->front().elementType) == ValueClass::Signed)
    evaluateIntegers<int64_t>(rng, operands, results->front());
  else
    evaluateIntegers<uint64_t>(rng, operands, results->front());
  return results;
}

} // namespace ingot::reference
