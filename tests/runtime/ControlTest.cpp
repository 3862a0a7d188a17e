// if, while, copy and fill.
#include "tests/runtime/Loaded.h"

using namespace ingot::test;

namespace {

void isPositive(void *const *buffers, const int64_t *, int64_t, int64_t, void *) {
  *static_cast<uint8_t *>(buffers[1]) = *static_cast<float *>(buffers[0]) > 0;
}

TEST(Control, If) {
  TableBuilder b;
  b.beginEntry("main");
  const uint32_t x = b.input("x", INGOT_F32, {}), y = b.result("y", INGOT_F32, {}), z = b.result("z", INGOT_I32, {});
  const uint32_t p = b.temporary(INGOT_I1, {});
  const uint32_t positive = b.kernel("positive", isPositive, b.constant(1));
  const uint32_t yes = b.commands({b.copy(x, y)}), no = b.commands({b.fill(y, 0x3f800000, 4)});
  const uint32_t only = b.commands({b.fill(z, 7, 4)});
  b.endEntry(
      b.commands({b.fill(z, 1, 4), b.dispatch(positive, {x, p}), b.branch(p, yes, no), b.branch(p, only, INGOT_NONE)}));
  const BuiltArtifact built = b.build();
  Loaded loaded(built);
  for (float value : {2.5f, -3.f}) {
    std::vector<float> in = {value}, out = {0};
    int32_t third = 0;
    const ingot_buffer input = floats(in, {});
    ingot_buffer results[] = {floats(out, {}), ingot_buffer_of(&third, INGOT_I32, 0, nullptr)};
    ASSERT_EQ(ingot_run(loaded.session, &input, 1, results, 2, &loaded.error), INGOT_OK) << loaded.error.message;
    EXPECT_EQ(out[0], value > 0 ? value : 1.f);
    EXPECT_EQ(third, value > 0 ? 7 : 1);
  }
}

// (i, a, b) -> (i + 1, b, a + b) while i < n, with two slots for a and for b and i in place.
void isBelow(void *const *buffers, const int64_t *, int64_t, int64_t, void *) {
  *static_cast<uint8_t *>(buffers[2]) = *static_cast<int64_t *>(buffers[0]) < *static_cast<int64_t *>(buffers[1]);
}
void step(void *const *buffers, const int64_t *, int64_t, int64_t, void *) {
  int64_t *const *v = reinterpret_cast<int64_t *const *>(buffers);
  *v[3] = *v[2];
  *v[4] = *v[1] + *v[2];
  ++*v[0];
}

BuiltArtifact fibonacci() {
  TableBuilder b;
  b.beginEntry("main");
  const uint32_t n = b.input("n", INGOT_I64, {}), y = b.result("y", INGOT_I64, {});
  const uint32_t i = b.temporary(INGOT_I64, {}), a = b.temporary(INGOT_I64, {}), c = b.temporary(INGOT_I64, {});
  const uint32_t a2 = b.temporary(INGOT_I64, {}), c2 = b.temporary(INGOT_I64, {}), p = b.temporary(INGOT_I1, {});
  const uint32_t below = b.kernel("below", isBelow, b.constant(1)), next = b.kernel("step", step, b.constant(1));
  const uint32_t condition = b.commands({b.dispatch(below, {i, n, p})});
  const uint32_t body = b.commands({b.dispatch(next, {i, a, c, a2, c2})});
  b.endEntry(b.commands(
      {b.fill(i, 0, 8), b.fill(a, 0, 8), b.fill(c, 1, 8), b.loop(p, {i, i, a, a2, c, c2}, condition, body), b.copy(a, y)}));
  return b.build();
}

int64_t runFibonacci(Loaded &loaded, int64_t n) {
  int64_t y = -1;
  const ingot_buffer input = ingot_buffer_of(&n, INGOT_I64, 0, nullptr);
  ingot_buffer output = ingot_buffer_of(&y, INGOT_I64, 0, nullptr);
  EXPECT_EQ(ingot_run(loaded.session, &input, 1, &output, 1, &loaded.error), INGOT_OK) << loaded.error.message;
  return y;
}

TEST(Control, WhileSwapsPairs) {
  const BuiltArtifact built = fibonacci();
  Loaded loaded(built, 1, nullptr, true);
  // Odd and even numbers of rounds leave the result in either slot of a pair.
  const int64_t expected[] = {0, 1, 1, 2, 3, 5, 8, 13, 21, 34, 55};
  for (int64_t n = 0; n <= 10; ++n)
    EXPECT_EQ(runFibonacci(loaded, n), expected[n]) << n;
  EXPECT_EQ(runFibonacci(loaded, 90), 2880067194370816120);
  ingot_command_profile profile[8];
  ASSERT_EQ(ingot_session_profile(loaded.session, profile, 8), 7u);
  EXPECT_STREQ(profile[3].kind, "while");
  EXPECT_STREQ(profile[4].name, "below");
  EXPECT_EQ(profile[4].calls, 55u + 90 + 12);
  EXPECT_STREQ(profile[5].name, "step");
  EXPECT_EQ(profile[5].calls, 55u + 90);
}

TEST(Control, NullDeviceLeavesLoops) {
  const BuiltArtifact built = fibonacci();
  Loaded loaded(built, 1, "null");
  EXPECT_EQ(runFibonacci(loaded, 5), 0);
}

TEST(Control, FillPatterns) {
  for (uint32_t size : {1u, 2u, 4u, 8u}) {
    TableBuilder b;
    b.beginEntry("main");
    const uint32_t y = b.result("y", INGOT_U8, {b.constant(48)});
    b.endEntry(b.commands({b.fill(y, 0x1122334455667788, size)}));
    const BuiltArtifact built = b.build();
    Loaded loaded(built);
    uint8_t bytes[48] = {};
    const int64_t dims[] = {48};
    ingot_buffer out = ingot_buffer_of(bytes, INGOT_U8, 1, dims);
    ASSERT_EQ(ingot_run(loaded.session, nullptr, 0, &out, 1, &loaded.error), INGOT_OK) << loaded.error.message;
    for (uint32_t i = 0; i < 48; ++i)
      EXPECT_EQ(bytes[i], 0x88 - 0x11 * (i % size)) << size << ": " << i;
  }
}

// Fills and copies of parts that are not whole multiples of a word.
TEST(Control, FillOfOddLength) {
  TableBuilder b;
  b.beginEntry("main");
  const uint32_t y = b.result("y", INGOT_U8, {b.constant(14)});
  b.endEntry(b.commands({b.fill(y, 0x0201, 2)}));
  const BuiltArtifact built = b.build();
  Loaded loaded(built);
  uint8_t bytes[16] = {};
  const int64_t dims[] = {14};
  ingot_buffer out = ingot_buffer_of(bytes, INGOT_U8, 1, dims);
  ASSERT_EQ(ingot_run(loaded.session, nullptr, 0, &out, 1, &loaded.error), INGOT_OK);
  for (uint32_t i = 0; i < 16; ++i)
    EXPECT_EQ(bytes[i], i < 14 ? 1 + i % 2 : 0);
}

} // namespace
