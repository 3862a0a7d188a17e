// States and donated arguments.
#include "tests/runtime/Loaded.h"

using namespace ingot::test;

namespace {

/// next = state + x; y = next. Operands: state, x, next, y.
void accumulate(void *const *buffers, const int64_t *scalars, int64_t, int64_t, void *) {
  float *const *v = reinterpret_cast<float *const *>(buffers);
  for (int64_t i = 0; i < scalars[0]; ++i)
    v[3][i] = v[2][i] = v[0][i] + v[1][i];
}

/// Entry "main": x f32[n] -> y f32[n], the running sum; n in 1..4.
BuiltArtifact runningSum(uint32_t flags, bool initialised) {
  TableBuilder b;
  const uint32_t n = b.size("n", 1, 4);
  const float ten[] = {10, 20};
  const uint32_t initial = initialised ? b.weight("h0", INGOT_F32, {b.constant(2)}, ten, sizeof ten) : INGOT_NONE;
  b.beginEntry("main");
  const uint32_t h = b.input("h", INGOT_F32, {n}, INGOT_ARG_STATE | flags, initial), x = b.input("x", INGOT_F32, {n});
  const uint32_t next = b.result("h_next", INGOT_F32, {n}), y = b.result("y", INGOT_F32, {n});
  b.pair(0, 0);
  const uint32_t kernel = b.kernel("accumulate", accumulate, b.constant(1));
  b.endEntry(b.commands({b.dispatch(kernel, {h, x, next, y}, {n})}));
  return b.build();
}

ingot_code run(Loaded &loaded, std::vector<float> x, std::vector<float> &y) {
  const int64_t n = static_cast<int64_t>(x.size());
  y.assign(x.size(), -1);
  const ingot_buffer in = floats(x, {n});
  ingot_buffer out = floats(y, {n});
  return ingot_run(loaded.session, &in, 1, &out, 1, &loaded.error);
}

TEST(State, IsKeptBetweenCallsAndReset) {
  for (uint32_t flags : {0, static_cast<int>(INGOT_ARG_DONATED)})
    for (bool initialised : {false, true}) {
      const BuiltArtifact built = runningSum(flags, initialised);
      Loaded loaded(built);
      const float a = initialised ? 10 : 0, b = initialised ? 20 : 0;
      std::vector<float> y;
      for (int round = 0; round < 2; ++round) {
        for (float call = 1; call <= 5; ++call) {
          ASSERT_EQ(run(loaded, {1, 2}, y), INGOT_OK) << loaded.error.message;
          EXPECT_EQ(y, (std::vector<float>{a + call, b + 2 * call}));
        }
        ASSERT_EQ(ingot_session_reset(loaded.session, &loaded.error), INGOT_OK);
      }
    }
}

TEST(State, SessionsAreIndependent) {
  const BuiltArtifact built = runningSum(0, false);
  Loaded first(built), second(built);
  std::vector<float> y;
  ASSERT_EQ(run(first, {1, 1}, y), INGOT_OK);
  ASSERT_EQ(run(first, {1, 1}, y), INGOT_OK);
  ASSERT_EQ(run(second, {1, 1, 1}, y), INGOT_OK);
  EXPECT_EQ(y, (std::vector<float>{1, 1, 1}));
}

TEST(State, KeepsItsDimsUntilReset) {
  const BuiltArtifact built = runningSum(0, false);
  Loaded loaded(built);
  std::vector<float> y;
  ASSERT_EQ(run(loaded, {1, 2}, y), INGOT_OK);
  EXPECT_EQ(run(loaded, {1, 2, 3}, y), INGOT_INVALID);
  EXPECT_STREQ(loaded.error.message,
               "state 'h' holds f32[2] from an earlier call, this one needs f32[3]; reset the session first");
  EXPECT_EQ(run(loaded, {1, 2, 3, 4, 5}, y), INGOT_INVALID);
  ASSERT_EQ(run(loaded, {1, 2}, y), INGOT_OK) << loaded.error.message;
  EXPECT_EQ(y, (std::vector<float>{2, 4}));
  ASSERT_EQ(ingot_session_reset(loaded.session, nullptr), INGOT_OK);
  ASSERT_EQ(run(loaded, {1, 2, 3}, y), INGOT_OK) << loaded.error.message;
  EXPECT_EQ(y, (std::vector<float>{1, 2, 3}));
}

TEST(State, InitialValueOfOtherSize) {
  const BuiltArtifact built = runningSum(0, true);
  Loaded loaded(built);
  std::vector<float> y;
  EXPECT_EQ(run(loaded, {1, 2, 3}, y), INGOT_INVALID);
  EXPECT_STREQ(loaded.error.message, "state 'h' takes 12 bytes in this call, its initial value has 8");
  ASSERT_EQ(run(loaded, {1, 2}, y), INGOT_OK) << loaded.error.message;
  EXPECT_EQ(y, (std::vector<float>{11, 22}));
}

TEST(State, IsListedButNotPassed) {
  const BuiltArtifact built = runningSum(0, false);
  Loaded loaded(built);
  ingot_argument_info info;
  EXPECT_EQ(ingot_artifact_input_count(loaded.artifact, 0), 2u);
  ASSERT_EQ(ingot_artifact_input(loaded.artifact, 0, 0, &info), INGOT_OK);
  EXPECT_TRUE(info.is_state);
  ASSERT_EQ(ingot_artifact_result(loaded.artifact, 0, 0, &info), INGOT_OK);
  EXPECT_TRUE(info.is_state);
  ASSERT_EQ(ingot_artifact_result(loaded.artifact, 0, 1, &info), INGOT_OK);
  EXPECT_FALSE(info.is_state);
  EXPECT_EQ(ingot_run(loaded.session, nullptr, 0, nullptr, 0, &loaded.error), INGOT_INVALID);
  EXPECT_STREQ(loaded.error.message, "got 0 results, want 1: 'y' f32[n]");
}

/// y = x + x; operands x, y. Fit to run in place.
void twice(void *const *buffers, const int64_t *scalars, int64_t, int64_t, void *) {
  for (int64_t i = 0; i < scalars[0]; ++i)
    static_cast<float *>(buffers[1])[i] = 2 * static_cast<float *>(buffers[0])[i];
}

/// state[past + i] = x[i]; y[0] = the sum of the state's first past + n. Operands: state, x, next (in place), y.
void append(void *const *buffers, const int64_t *scalars, int64_t, int64_t, void *) {
  float *const *v = reinterpret_cast<float *const *>(buffers);
  const int64_t past = scalars[0], n = scalars[1];
  v[3][0] = 0;
  for (int64_t i = 0; i < n; ++i)
    v[2][past + i] = v[1][i];
  for (int64_t i = 0; i < past + n; ++i)
    v[3][0] += v[2][i];
}

/// Entry "main": x f32[n], mask f32[past + n] -> y f32[1]; the state holds at most 5 of a `past`.
BuiltArtifact growingSum() {
  TableBuilder b;
  const uint32_t past = b.size("past", 0, 5), n = b.size("n", 1, 4), room = b.constant(5);
  const uint32_t next = b.apply(INGOT_EXPR_ADD, past, n);
  b.beginEntry("main");
  const uint32_t h = b.input("h", INGOT_F32, {room}, INGOT_ARG_STATE | INGOT_ARG_DONATED), x = b.input("x", INGOT_F32, {n});
  b.input("mask", INGOT_F32, {next});
  const uint32_t grown = b.result("h_next", INGOT_F32, {room}), y = b.result("y", INGOT_F32, {b.constant(1)});
  b.pair(0, 0);
  b.grow(0, 0, 0, next);
  const uint32_t kernel = b.kernel("append", append, b.constant(1));
  b.endEntry(b.commands({b.dispatch(kernel, {h, x, grown, y}, {past, n})}));
  return b.build();
}

ingot_code append(Loaded &loaded, std::vector<float> x, size_t maskLength, std::vector<float> &y) {
  std::vector<float> mask(maskLength, 1);
  y.assign(1, -1);
  const ingot_buffer in[] = {floats(x, {static_cast<int64_t>(x.size())}), floats(mask, {static_cast<int64_t>(maskLength)})};
  ingot_buffer out = floats(y, {1});
  return ingot_run(loaded.session, in, 2, &out, 1, &loaded.error);
}

TEST(Growing, LengthIsTheSessionsAndOverflowIsRefused) {
  const BuiltArtifact built = growingSum();
  Loaded loaded(built);
  std::vector<float> y;
  for (int round = 0; round < 2; ++round) {
    ASSERT_EQ(append(loaded, {1, 2}, 2, y), INGOT_OK) << loaded.error.message;
    EXPECT_EQ(y[0], 3);
    ASSERT_EQ(append(loaded, {4}, 3, y), INGOT_OK) << loaded.error.message;
    EXPECT_EQ(y[0], 7);
    // Refused calls leave the state as it is.
    EXPECT_EQ(append(loaded, {8, 8, 8}, 6, y), INGOT_INVALID);
    EXPECT_STREQ(loaded.error.message,
                 "state 'h' holds 3 of at most 5 along 'past' and would hold 6 after this call; it is as before");
    EXPECT_EQ(append(loaded, {8}, 3, y), INGOT_INVALID);
    EXPECT_STREQ(loaded.error.message,
                 "input 'mask': got f32[3], want f32[past+n] with past in 0..5 and n in 1..4 (the state "
                 "holds past = 3)");
    ASSERT_EQ(append(loaded, {8, 16}, 5, y), INGOT_OK) << loaded.error.message;
    EXPECT_EQ(y[0], 31);
    EXPECT_EQ(append(loaded, {8}, 6, y), INGOT_INVALID);
    ASSERT_EQ(ingot_session_reset(loaded.session, nullptr), INGOT_OK);
  }
}

TEST(Growing, SizesMustFitTogether) {
  TableBuilder b;
  const uint32_t a = b.size("a", 1, 8), c = b.size("c", 1, 8);
  b.beginEntry("main");
  const uint32_t x = b.input("x", INGOT_F32, {a}), y = b.result("y", INGOT_F32, {a});
  b.input("z", INGOT_F32, {c});
  b.require(b.apply(INGOT_EXPR_SUB, b.constant(9), b.apply(INGOT_EXPR_ADD, a, c)));
  b.endEntry(b.commands({b.dispatch(b.kernel("twice", twice, b.constant(1)), {x, y}, {a})}));
  const BuiltArtifact built = b.build();
  Loaded loaded(built);
  std::vector<float> six(6, 1), result(6, 0);
  const ingot_buffer fits[] = {floats(six, {6}), floats(six, {3})}, tooLarge[] = {floats(six, {6}), floats(six, {4})};
  ingot_buffer out = floats(result, {6});
  EXPECT_EQ(ingot_run(loaded.session, fits, 2, &out, 1, &loaded.error), INGOT_OK) << loaded.error.message;
  EXPECT_EQ(ingot_run(loaded.session, tooLarge, 2, &out, 1, &loaded.error), INGOT_INVALID);
  EXPECT_STREQ(loaded.error.message,
               "these sizes do not fit together: 9-(a+c) must not be negative, but is -1 with a = 6, c = 4");
}

TEST(Donated, ResultMayTakeTheArgumentsPlace) {
  for (bool donated : {false, true}) {
    TableBuilder b;
    const uint32_t n = b.constant(3);
    b.beginEntry("main");
    const uint32_t x = b.input("x", INGOT_F32, {n}, donated ? INGOT_ARG_DONATED : 0), y = b.result("y", INGOT_F32, {n});
    if (donated)
      b.pair(0, 0);
    b.endEntry(b.commands({b.dispatch(b.kernel("twice", twice, b.constant(1)), {x, y}, {n})}));
    const BuiltArtifact built = b.build();
    Loaded loaded(built);
    std::vector<float> values = {1, 2, 3, 4};
    const ingot_buffer in = floats(values, {3});
    ingot_buffer out = in, shifted = in;
    shifted.data = values.data() + 1;
    EXPECT_EQ(ingot_run(loaded.session, &in, 1, &shifted, 1, &loaded.error), INGOT_INVALID);
    EXPECT_EQ(ingot_run(loaded.session, &in, 1, &out, 1, &loaded.error), donated ? INGOT_OK : INGOT_INVALID);
    EXPECT_EQ(values, donated ? (std::vector<float>{2, 4, 6, 4}) : (std::vector<float>{1, 2, 3, 4}));
  }
}

} // namespace
