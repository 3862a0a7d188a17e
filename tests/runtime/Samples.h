// Small programs that several of the runtime's tests run, with their kernels.
#ifndef INGOT_TESTS_RUNTIME_SAMPLES_H
#define INGOT_TESTS_RUNTIME_SAMPLES_H

#include "tests/runtime/TableBuilder.h"

namespace ingot::test {

/// y = x * w, row by row: operands x, w, y; scalars: columns; a tile is a row.
inline void scaleRows(void *const *buffers, const int64_t *scalars, int64_t begin, int64_t end, void *) {
  const float *x = static_cast<const float *>(buffers[0]), *w = static_cast<const float *>(buffers[1]);
  float *y = static_cast<float *>(buffers[2]);
  for (int64_t i = begin * scalars[0]; i < end * scalars[0]; ++i)
    y[i] = x[i] * w[i % scalars[0]];
}

/// y = row sums of x, through the worker's scratch: operands x, y; scalars: columns; a tile is a row.
inline void sumRows(void *const *buffers, const int64_t *scalars, int64_t begin, int64_t end, void *scratch) {
  const float *x = static_cast<const float *>(buffers[0]);
  for (int64_t row = begin; row < end; ++row) {
    float *partial = static_cast<float *>(scratch);
    *partial = 0;
    for (int64_t i = 0; i < scalars[0]; ++i)
      *partial += x[row * scalars[0] + i];
    static_cast<float *>(buffers[1])[row] = *partial;
  }
}

constexpr int64_t sampleColumns = 16;

/// Entry "main": x f32[batch,16] (batch in 1..64) -> y f32[batch] = sum(x * w), w = 1..16, through an arena value.
inline BuiltArtifact rowSums() {
  TableBuilder b;
  const uint32_t batch = b.size("batch", 1, 64), columns = b.constant(sampleColumns);
  b.beginEntry("main");
  const uint32_t x = b.input("x", INGOT_F32, {batch, columns}), y = b.result("y", INGOT_F32, {batch});
  const uint32_t scaled = b.temporary(INGOT_F32, {batch, columns});
  std::vector<float> values;
  for (int64_t i = 0; i < sampleColumns; ++i)
    values.push_back(static_cast<float>(i + 1));
  const uint32_t weight = b.weight("w", INGOT_F32, {columns}, values.data(), values.size() * sizeof(float));
  const uint32_t w = b.weightSlot(weight, INGOT_F32, {columns});
  const uint32_t scale = b.kernel("scale_rows", scaleRows, batch), sum = b.kernel("sum_rows", sumRows, batch, 4);
  b.endEntry(b.commands({b.dispatch(scale, {x, w, scaled}, {columns}), b.dispatch(sum, {scaled, y}, {columns})}));
  return b.build();
}

/// The positive elements of x, packed, and how many they are: operands x, packed, count; scalars: elements; one tile.
inline void packPositive(void *const *buffers, const int64_t *scalars, int64_t begin, int64_t end, void *) {
  const float *x = static_cast<const float *>(buffers[0]);
  int64_t count = 0;
  for (int64_t i = 0; begin < end && i < scalars[0]; ++i)
    if (x[i] > 0)
      static_cast<float *>(buffers[1])[count++] = x[i];
  if (begin < end)
    *static_cast<int64_t *>(buffers[2]) = count;
}

/// y = 2 x: operands x, y; a tile is an element.
inline void doubleElements(void *const *buffers, const int64_t *, int64_t begin, int64_t end, void *) {
  for (int64_t i = begin; i < end; ++i)
    static_cast<float *>(buffers[1])[i] = 2 * static_cast<const float *>(buffers[0])[i];
}

/// x[batch] -> y[kept], twice its positive elements, of which at most 3 are accepted; ones[kept, 2] bytes of 1.
inline BuiltArtifact keepPositive() {
  TableBuilder b;
  const uint32_t batch = b.size("batch", 1, 64), kept = b.dataSize("kept", 0, 3), size = b.lastSize();
  const uint32_t one = b.constant(1), two = b.constant(2), most = b.constant(3);
  b.beginEntry("main");
  const uint32_t x = b.input("x", INGOT_F32, {batch}), y = b.result("y", INGOT_F32, {kept});
  const uint32_t ones = b.result("ones", INGOT_U8, {kept, two});
  b.bound(0, {most});
  b.bound(1, {most, two});
  const uint32_t packed = b.temporary(INGOT_F32, {batch}), count = b.temporary(INGOT_I64, {});
  const uint32_t pack = b.kernel("pack", packPositive, one), twice = b.kernel("double", doubleElements, kept);
  b.endEntry(b.commands({b.dispatch(pack, {x, packed, count}, {batch}), b.bind(count, size), b.dispatch(twice, {packed, y}),
                         b.fill(ones, 1, 1)}));
  return b.build();
}

/// The row sums a caller expects of x.
inline std::vector<float> expectedRowSums(const std::vector<float> &x) {
  std::vector<float> sums(x.size() / sampleColumns);
  for (size_t row = 0; row < sums.size(); ++row)
    for (int64_t i = 0; i < sampleColumns; ++i)
      sums[row] += x[row * sampleColumns + i] * static_cast<float>(i + 1);
  return sums;
}

/// x for `rows` rows: small integers, so that sums are exact.
inline std::vector<float> sampleRows(int64_t rows) {
  std::vector<float> x;
  for (int64_t i = 0; i < rows * sampleColumns; ++i)
    x.push_back(static_cast<float>(i * 7 % 23 - 11));
  return x;
}

} // namespace ingot::test

#endif // INGOT_TESTS_RUNTIME_SAMPLES_H
