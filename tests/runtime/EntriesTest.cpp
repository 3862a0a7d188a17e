// Several entry points in one artifact: the states they share, and specialisations for ranges of sizes.
#include "runtime/core/embedded.h"
#include "tests/runtime/Loaded.h"

using namespace ingot::test;

namespace {

/// Operands: x, result. scalars: how many, what is added.
void addTo(void *const *buffers, const int64_t *scalars, int64_t, int64_t, void *) {
  const float *const x = static_cast<float *>(buffers[0]);
  float *const y = static_cast<float *>(buffers[1]);
  for (int64_t i = 0; i < scalars[0]; ++i)
    y[i] = x[i] + static_cast<float>(scalars[1]);
}

/// Operands: h, x, next.
void sum(void *const *buffers, const int64_t *scalars, int64_t, int64_t, void *) {
  float *const *v = reinterpret_cast<float *const *>(buffers);
  for (int64_t i = 0; i < scalars[0]; ++i)
    v[2][i] = v[0][i] + v[1][i];
}

/// "init": x f32[n] sets state h. "step": h += x. "get": y = h. "spare": y = x + 7, of another size. `flags`: of h in step.
BuiltArtifact counter(uint32_t flags) {
  TableBuilder b;
  const uint32_t n = b.size("n", 1, 4), m = b.size("m", 2, 3), zero = b.constant(0), seven = b.constant(7);
  const uint32_t plus = b.kernel("plus", addTo, b.constant(1)), add = b.kernel("sum", sum, b.constant(1));
  b.beginEntry("init");
  {
    const uint32_t x = b.input("x", INGOT_F32, {n}), h = b.result("h0", INGOT_F32, {n});
    b.becomes(0, "h");
    b.endEntry(b.commands({b.dispatch(plus, {x, h}, {n, zero})}));
  }
  b.beginEntry("step");
  {
    const uint32_t h = b.input("h", INGOT_F32, {n}, INGOT_ARG_STATE | flags), x = b.input("x", INGOT_F32, {n});
    const uint32_t next = b.result("next", INGOT_F32, {n});
    b.pair(0, 0);
    b.endEntry(b.commands({b.dispatch(add, {h, x, next}, {n})}));
  }
  b.beginEntry("get");
  {
    const uint32_t h = b.input("h", INGOT_F32, {n}, INGOT_ARG_STATE), like = b.input("like", INGOT_F32, {n});
    const uint32_t y = b.result("y", INGOT_F32, {n});
    (void)like;
    b.endEntry(b.commands({b.dispatch(plus, {h, y}, {n, zero})}));
  }
  b.beginEntry("spare");
  {
    const uint32_t x = b.input("x", INGOT_F32, {m}), y = b.result("y", INGOT_F32, {m});
    b.endEntry(b.commands({b.dispatch(plus, {x, y}, {m, seven})}));
  }
  return b.build();
}

std::string call(Loaded &loaded, const char *entry, std::vector<float> x, std::vector<float> *y = nullptr) {
  if (ingot_session_select(loaded.session, entry, &loaded.error) != INGOT_OK)
    return loaded.error.message;
  const int64_t n = static_cast<int64_t>(x.size());
  const ingot_buffer in = floats(x, {n});
  ingot_buffer out{};
  if (y) {
    y->assign(x.size(), -1);
    out = floats(*y, {n});
  }
  return ingot_run(loaded.session, &in, 1, &out, y ? 1 : 0, &loaded.error) == INGOT_OK ? "" : loaded.error.message;
}

TEST(Entries, ShareTheStatesOfASession) {
  for (uint32_t flags : {0u, static_cast<uint32_t>(INGOT_ARG_DONATED)}) {
    const BuiltArtifact built = counter(flags);
    Loaded loaded(built), other(built);
    ASSERT_EQ(ingot_artifact_entry_count(loaded.artifact), 4u);
    EXPECT_EQ(ingot_artifact_find_entry(loaded.artifact, "get"), 2);
    EXPECT_STREQ(ingot_artifact_entry_name(loaded.artifact, 3), "spare");
    ingot_argument_info info;
    ASSERT_EQ(ingot_artifact_result(loaded.artifact, 0, 0, &info), INGOT_OK);
    EXPECT_TRUE(info.is_state);
    std::vector<float> y;
    ASSERT_EQ(call(loaded, "get", {0, 0}, &y), ""); // zeros at first
    EXPECT_EQ(y, (std::vector<float>{0, 0}));
    ASSERT_EQ(call(loaded, "init", {10, 20}), "");
    ASSERT_EQ(call(loaded, "step", {1, 2}), "");
    ASSERT_EQ(call(loaded, "step", {1, 2}), "");
    ASSERT_EQ(call(loaded, "spare", {1, 2}, &y), ""); // of no state
    EXPECT_EQ(y, (std::vector<float>{8, 9}));
    for (int i = 0; i < 2; ++i) {
      ASSERT_EQ(call(loaded, "get", {0, 0}, &y), "");
      EXPECT_EQ(y, (std::vector<float>{12, 24}));
    }
    // What sets a state may give it other dims.
    EXPECT_EQ(call(loaded, "step", {1, 2, 3}),
              "state 'h' holds f32[2] from an earlier call, this one needs f32[3]; reset the session first");
    ASSERT_EQ(call(loaded, "init", {1, 2, 3, 4}), "");
    ASSERT_EQ(call(loaded, "step", {1, 1, 1, 1}), "");
    ASSERT_EQ(call(loaded, "get", {0, 0, 0, 0}, &y), "");
    EXPECT_EQ(y, (std::vector<float>{2, 3, 4, 5}));
    uint64_t bytes = 0; // after a round of all, none asks for more
    for (int i = 0; i < 8; ++i) {
      for (const char *entry : {"init", "step", "step"})
        ASSERT_EQ(call(loaded, entry, {1, 1, 1, 1}), "");
      bytes = i == 0 ? ingot_session_memory(loaded.session) : bytes;
    }
    EXPECT_EQ(ingot_session_memory(loaded.session), bytes);
    ASSERT_EQ(call(other, "get", {0}, &y), ""); // another session's
    EXPECT_EQ(y, (std::vector<float>{0}));
    ASSERT_EQ(ingot_session_reset(loaded.session, nullptr), INGOT_OK);
    ASSERT_EQ(call(loaded, "get", {0, 0, 0}, &y), "");
    EXPECT_EQ(y, (std::vector<float>{0, 0, 0}));
  }
}

TEST(Entries, AreChosenByName) {
  const BuiltArtifact built = counter(0);
  Loaded loaded(built);
  std::vector<float> y;
  ASSERT_EQ(call(loaded, "spare", {1, 2}, &y), "");
  EXPECT_EQ(call(loaded, "stop", {1}), "no entry point 'stop'; there are 'init', 'step', 'get', 'spare'");
  EXPECT_EQ(loaded.error.code, INGOT_NOT_FOUND);
  // The choice is as before.
  std::vector<float> x = {1, 1, 1};
  const ingot_buffer in = floats(x, {3});
  y.resize(3);
  ingot_buffer out = floats(y, {3});
  ASSERT_EQ(ingot_run(loaded.session, &in, 1, &out, 1, &loaded.error), INGOT_OK) << loaded.error.message;
  EXPECT_EQ(y, (std::vector<float>{8, 8, 8}));
  EXPECT_EQ(call(loaded, "spare", {1}, &y), "input 'x': got f32[1], want f32[m] with m in 2..3");
  ingot_session *const session = ingot_session_create(loaded.artifact, "spare", nullptr, &loaded.error);
  ASSERT_NE(session, nullptr);
  EXPECT_EQ(ingot_run(session, &in, 1, &out, 1, &loaded.error), INGOT_OK) << loaded.error.message;
  ingot_session_destroy(session);
  ASSERT_EQ(ingot_session_select(loaded.session, nullptr, nullptr), INGOT_OK);
  EXPECT_EQ(ingot_run(loaded.session, &in, 1, nullptr, 0, &loaded.error), INGOT_OK) << loaded.error.message;
}

/// Entry "main": y = x + 10 for n in 1..2, y = x + 20 for n in 3..4; "other" after it.
BuiltArtifact ranges() {
  TableBuilder b;
  const uint32_t n = b.size("n", 1, 4), plus = b.kernel("plus", addTo, b.constant(1));
  for (int64_t part : {0, 1}) {
    b.beginEntry("main");
    b.range({b.constant(1 + 2 * part), b.constant(2 + 2 * part)});
    const uint32_t x = b.input("x", INGOT_F32, {n}), y = b.result("y", INGOT_F32, {n});
    b.endEntry(b.commands({b.dispatch(plus, {x, y}, {n, b.constant(10 + 10 * part)})}));
  }
  b.beginEntry("other");
  const uint32_t x = b.input("x", INGOT_F32, {n}), y = b.result("y", INGOT_F32, {n});
  b.endEntry(b.commands({b.dispatch(plus, {x, y}, {n, b.constant(0)})}));
  return b.build();
}

TEST(Entries, RunTheSpecialisationForTheSizes) {
  const BuiltArtifact built = ranges();
  Loaded loaded(built);
  EXPECT_EQ(ingot_artifact_entry_count(loaded.artifact), 2u);
  EXPECT_EQ(ingot_artifact_find_entry(loaded.artifact, "other"), 1);
  std::vector<float> y;
  for (int round = 0; round < 2; ++round)
    for (size_t n = 1; n <= 4; ++n) {
      ASSERT_EQ(call(loaded, "main", std::vector<float>(n), &y), "");
      EXPECT_EQ(y, std::vector<float>(n, n <= 2 ? 10 : 20));
      std::vector<int64_t> values(built.header()->exprs.count);
      int64_t size = static_cast<int64_t>(n);
      std::vector<uint8_t> workspace(ingot_embedded_workspace_bytes(built.header(), 0, &size, 1, values.data()));
      std::vector<float> x(n), z(n, -1);
      const void *inputs[] = {x.data()};
      void *results[] = {z.data()};
      ASSERT_EQ(ingot_embedded_run(built.image(), 0, inputs, results, &size, workspace.data(), nullptr), 0);
      EXPECT_EQ(z, y);
      ASSERT_EQ(call(loaded, "other", std::vector<float>(n), &y), "");
      EXPECT_EQ(y, std::vector<float>(n, 0));
    }
  EXPECT_EQ(call(loaded, "main", std::vector<float>(5), &y), "input 'x': got f32[5], want f32[n] with n in 1..4");
}

std::string refusal(const BuiltArtifact &built, ingot_code code) {
  built.seal();
  ingot_error error{};
  ingot_artifact *const artifact = ingot_load_image(built.image(), &error);
  EXPECT_EQ(artifact, nullptr);
  ingot_unload(artifact);
  EXPECT_EQ(error.code, code);
  return error.message;
}

TEST(Entries, AreValidated) {
  const auto with = [](auto change) {
    const BuiltArtifact built = ranges();
    change(built);
    return refusal(built, INGOT_CORRUPT);
  };
  const auto entry = [](const BuiltArtifact &b, uint32_t i) { return b.record<ingot_entry>(b.header()->entries, i); };
  const auto argument = [](const BuiltArtifact &b, uint32_t i) {
    return b.record<ingot_argument>(b.header()->arguments, i);
  };
  EXPECT_NE(with([&](auto &b) { entry(b, 0)->range_count = 1; }).find("entry 0: ranges of sizes out of range"),
            std::string::npos);
  EXPECT_NE(with([&](auto &b) { entry(b, 1)->ranges = 1 << 20; }).find("entry 1: ranges of sizes out of range"),
            std::string::npos);
  EXPECT_NE(with([&](auto &b) {
              std::swap(entry(b, 1)->name, entry(b, 2)->name);
            }).find("entry 2: has the name of another entry point"),
            std::string::npos);
  EXPECT_NE(with([&](auto &b) { argument(b, 2)->dtype = INGOT_I32; }).find("entry 1"), std::string::npos);
  EXPECT_NE(with([&](auto &b) { argument(b, 1)->becomes = 1 << 20; }).find("argument 1: a result becomes no state"),
            std::string::npos);
  EXPECT_NE(with([&](auto &b) { argument(b, 0)->becomes = argument(b, 0)->name; }).find("an argument becomes a state"),
            std::string::npos);
}

TEST(Entries, DifferInNoState) {
  const BuiltArtifact built = counter(0);
  ingot_argument *const next = built.record<ingot_argument>(built.header()->arguments, 1);
  ASSERT_NE(next->becomes, 0u);
  next->dtype = INGOT_I32;
  built.seal();
  ingot_error error{};
  ingot_artifact *const artifact = ingot_load_image(built.image(), &error);
  ASSERT_NE(artifact, nullptr) << error.message;
  EXPECT_EQ(ingot_session_create(artifact, nullptr, nullptr, &error), nullptr);
  EXPECT_EQ(error.code, INGOT_CORRUPT);
  EXPECT_STREQ(error.message, "corrupt artifact: entry points differ in state 'h'");
  ingot_unload(artifact);
}

} // namespace
