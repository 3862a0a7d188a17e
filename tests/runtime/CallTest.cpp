// Functions that custom calls are bound to: what they are given, where their results go, what a failure does, what of a table is refused.
#include "runtime/core/embedded.h"
#include "tests/runtime/Loaded.h"

#include <cstdio>
#include <vector>

using namespace ingot::test;

namespace {

/// results[0] = operands[0] times the attribute, results[1] = how many elements. Fails where an element is negative.
int32_t scaled(const ingot_call *call, ingot_error *error) {
  EXPECT_EQ(call->struct_size, sizeof(ingot_call));
  EXPECT_EQ(call->operand_count, 1u);
  EXPECT_EQ(call->result_count, 2u);
  const ingot_buffer &x = call->operands[0], &y = call->results[0];
  EXPECT_EQ(x.dtype, static_cast<uint32_t>(INGOT_F32));
  EXPECT_EQ(x.rank, 2u);
  EXPECT_EQ(x.dims[0], y.dims[0]);
  EXPECT_EQ(x.dims[1], 3);
  EXPECT_EQ(x.byte_size, static_cast<uint64_t>(x.dims[0] * 12));
  float factor = 0;
  sscanf(call->attributes, "{\"factor\":%f}", &factor);
  for (int64_t i = 0; i < x.dims[0] * 3; ++i) {
    const float value = static_cast<const float *>(x.data)[i];
    if (value < 0) {
      snprintf(error->message, sizeof error->message, "element %d is %g", static_cast<int>(i), static_cast<double>(value));
      return 7;
    }
    static_cast<float *>(y.data)[i] = value * factor;
  }
  *static_cast<int32_t *>(call->results[1].data) = static_cast<int32_t>(x.dims[0] * 3);
  return 0;
}

int32_t refuses(const ingot_call *call, ingot_error *error) {
  error->code = INGOT_OUT_OF_MEMORY;
  error->message[0] = '\0';
  return static_cast<int32_t>(call->operand_count) - 3;
}

/// y = 2.5 x, then z = 10 y: the second call reads what the first wrote into the caller's buffer.
BuiltArtifact twoCalls() {
  TableBuilder b;
  const uint32_t n = b.size("n", 1, 8), three = b.constant(3);
  b.beginEntry("main");
  const uint32_t x = b.input("x", INGOT_F32, {n, three}), y = b.result("y", INGOT_F32, {n, three});
  const uint32_t z = b.result("z", INGOT_F32, {n, three}), count = b.temporary(INGOT_I32, {});
  const uint32_t first = b.function("scaled", scaled, "{\"factor\":2.5}"),
                 second = b.function("scaled", scaled, "{\"factor\":10}");
  b.endEntry(
      b.commands({b.call(first, "'acme.scale' (a)", {x}, {y, count}), b.call(second, "'acme.scale' (b)", {y}, {z, count})}));
  return b.build();
}

TEST(Call, GivesWhatTheFunctionWrites) {
  const BuiltArtifact built = twoCalls();
  Loaded loaded(built, 1, nullptr, true);
  for (int64_t rows : {1, 4}) {
    std::vector<float> x(static_cast<size_t>(rows) * 3), y(x.size()), z(x.size());
    for (size_t i = 0; i < x.size(); ++i)
      x[i] = static_cast<float>(i);
    const ingot_buffer in = floats(x, {rows, 3});
    ingot_buffer out[] = {floats(y, {rows, 3}), floats(z, {rows, 3})};
    ASSERT_EQ(ingot_run(loaded.session, &in, 1, out, 2, &loaded.error), INGOT_OK) << loaded.error.message;
    for (size_t i = 0; i < x.size(); ++i) {
      EXPECT_EQ(y[i], 2.5f * x[i]);
      EXPECT_EQ(z[i], 25 * x[i]);
    }
  }
  ingot_command_profile profile[4];
  ASSERT_EQ(ingot_session_profile(loaded.session, profile, 4), 2u);
  EXPECT_STREQ(profile[0].kind, "call");
  EXPECT_STREQ(profile[0].name, "'acme.scale' (a)");
  EXPECT_EQ(profile[1].calls, 2u);
}

TEST(Call, FailureEndsTheRun) {
  const BuiltArtifact built = twoCalls();
  Loaded loaded(built);
  std::vector<float> x = {1, 2, -3}, y(3), z(3, 42);
  const ingot_buffer in = floats(x, {1, 3});
  ingot_buffer out[] = {floats(y, {1, 3}), floats(z, {1, 3})};
  EXPECT_EQ(ingot_run(loaded.session, &in, 1, out, 2, &loaded.error), INGOT_INVALID);
  EXPECT_STREQ(loaded.error.message,
               "custom call 'acme.scale' (a): the function 'scaled' failed with status 7: element 2 is -3");
  EXPECT_EQ(z[0], 42); // the second call was not reached
  EXPECT_EQ(ingot_run(loaded.session, &in, 1, out, 2, nullptr), INGOT_INVALID);
  x[2] = 3;
  EXPECT_EQ(ingot_run(loaded.session, &in, 1, out, 2, &loaded.error), INGOT_OK);
  EXPECT_EQ(z[2], 75);
}

TEST(Call, TheFunctionSaysTheCode) {
  TableBuilder b;
  b.beginEntry("main");
  const uint32_t y = b.result("y", INGOT_F32, {});
  b.endEntry(b.commands({b.call(b.function("refuses", refuses, ""), "'f'", {}, {y})}));
  const BuiltArtifact built = b.build();
  Loaded loaded(built);
  float value = 0;
  ingot_buffer out = ingot_buffer_of(&value, INGOT_F32, 0, nullptr);
  EXPECT_EQ(ingot_run(loaded.session, nullptr, 0, &out, 1, &loaded.error), INGOT_OUT_OF_MEMORY);
  EXPECT_STREQ(loaded.error.message, "custom call 'f': the function 'refuses' failed with status -3");
}

TEST(Call, NothingRunsOnTheNullDevice) {
  const BuiltArtifact built = twoCalls();
  Loaded loaded(built, 1, "null");
  std::vector<float> x = {-1, -1, -1}, y(3, 1), z(3, 1);
  const ingot_buffer in = floats(x, {1, 3});
  ingot_buffer out[] = {floats(y, {1, 3}), floats(z, {1, 3})};
  EXPECT_EQ(ingot_run(loaded.session, &in, 1, out, 2, &loaded.error), INGOT_OK) << loaded.error.message;
  EXPECT_EQ(z[0], 0);
}

TEST(Call, EmbeddedGivesTheStatus) {
  const BuiltArtifact built = twoCalls();
  std::vector<int64_t> values(built.header()->exprs.count);
  int64_t rows = 2;
  std::vector<uint8_t> workspace(ingot_embedded_workspace_bytes(built.header(), 0, &rows, 1, values.data()));
  std::vector<float> x = {1, 2, 3, 4, 5, 6}, y(6), z(6);
  const void *const inputs[] = {x.data()};
  void *const results[] = {y.data(), z.data()};
  EXPECT_EQ(ingot_embedded_run(built.image(), 0, inputs, results, &rows, workspace.data(), nullptr), 0);
  EXPECT_EQ(z[5], 150);
  x[0] = -1;
  EXPECT_EQ(ingot_embedded_run(built.image(), 0, inputs, results, &rows, workspace.data(), nullptr), 7);
}

std::string refusal(const BuiltArtifact &built, ingot_code code) {
  built.seal();
  ingot_error error{};
  EXPECT_EQ(ingot_load_image(built.image(), &error), nullptr);
  EXPECT_EQ(error.code, code) << error.message;
  return error.message;
}

TEST(Call, DamagedTables) {
  const auto with = [](auto change, ingot_code code) {
    const BuiltArtifact built = twoCalls();
    change(built, *built.header());
    return refusal(built, code);
  };
  const auto command = [](const BuiltArtifact &b) { return b.record<ingot_command>(b.header()->commands, 0); };
  const auto variant = [](const BuiltArtifact &b) { return b.record<ingot_variant>(b.header()->variants, 0); };
  EXPECT_EQ(with([&](auto &b, auto &) { command(b)->kernel = 2; }, INGOT_CORRUPT),
            "corrupt artifact: command 0: kernel out of range");
  EXPECT_EQ(with([&](auto &b, auto &) { command(b)->pattern = 4; }, INGOT_CORRUPT),
            "corrupt artifact: command 0: reads more operands than it has");
  EXPECT_EQ(with([&](auto &b, auto &) { command(b)->pattern = 0; }, INGOT_CORRUPT),
            "corrupt artifact: command 0: writes an argument, state or weight");
  EXPECT_EQ(with([&](auto &b, auto &) { command(b)->op = INGOT_CMD_DISPATCH; }, INGOT_CORRUPT),
            "corrupt artifact: command 0: dispatches a function");
  EXPECT_EQ(with([&](auto &b, auto &) { variant(b)->flags = 0; }, INGOT_CORRUPT),
            "corrupt artifact: command 0: calls what is no function");
  EXPECT_EQ(with([&](auto &b, auto &) { variant(b)->flags = 2; }, INGOT_INCOMPATIBLE),
            "variant 0 sets a flag, which this runtime does not offer");
}

TEST(Call, ASessionNeedsTheFunctions) {
  const BuiltArtifact built = twoCalls();
  const_cast<ingot_image *>(built.image())->kernels[1] = nullptr;
  ingot_error error{};
  ingot_artifact *const artifact = ingot_load_image(built.image(), &error);
  ASSERT_NE(artifact, nullptr) << error.message;
  EXPECT_EQ(ingot_session_create(artifact, nullptr, nullptr, &error), nullptr);
  EXPECT_EQ(error.code, INGOT_NOT_FOUND);
  EXPECT_STREQ(error.message, "the model calls the function 'scaled', which is not in this process");
  ingot_unload(artifact);
}

} // namespace
