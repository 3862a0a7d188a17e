#include "tests/runtime/Loaded.h"
#include "tests/runtime/Samples.h"

using namespace ingot::test;

namespace {

std::vector<float> runRowSums(Loaded &loaded, std::vector<float> x) {
  const int64_t rows = static_cast<int64_t>(x.size()) / sampleColumns;
  std::vector<float> y(64, -1);
  ingot_buffer in = floats(x, {rows, sampleColumns}), out = floats(y, {64});
  EXPECT_EQ(ingot_run(loaded.session, &in, 1, &out, 1, &loaded.error), INGOT_OK) << loaded.error.message;
  EXPECT_EQ(out.rank, 1u);
  EXPECT_EQ(out.dims[0], rows);
  for (size_t i = static_cast<size_t>(rows); i < y.size(); ++i)
    EXPECT_EQ(y[i], -1) << "written beyond its end";
  y.resize(static_cast<size_t>(rows));
  return y;
}

std::string refusal(Loaded &loaded, const ingot_buffer *inputs, size_t inputCount, ingot_buffer *results,
                    size_t resultCount) {
  EXPECT_EQ(ingot_run(loaded.session, inputs, inputCount, results, resultCount, &loaded.error), INGOT_INVALID);
  return loaded.error.message;
}

TEST(Run, EverySizeInRange) {
  const BuiltArtifact built = rowSums();
  Loaded loaded(built);
  for (int64_t rows : {1, 64, 3, 3, 7, 1})
    EXPECT_EQ(runRowSums(loaded, sampleRows(rows)), expectedRowSums(sampleRows(rows)));
  EXPECT_EQ(ingot_session_memory(loaded.session), 64u * sampleColumns * 4 + 64);
}

TEST(Run, ThreadsDoNotChangeTheResult) {
  const BuiltArtifact built = rowSums();
  Loaded one(built, 1);
  for (int32_t threads : {2, 3, 4, 7}) {
    Loaded many(built, threads, nullptr, true);
    EXPECT_EQ(ingot_session_threads(many.session), threads);
    for (int64_t rows : {1, 2, 5, 64}) {
      const std::vector<float> x = sampleRows(rows), expected = runRowSums(one, x);
      for (int repeat = 0; repeat < 20; ++repeat)
        ASSERT_EQ(runRowSums(many, x), expected);
    }
    ingot_command_profile profile[2];
    ASSERT_EQ(ingot_session_profile(many.session, profile, 2), 2u);
    EXPECT_STREQ(profile[0].name, "scale_rows");
    EXPECT_STREQ(profile[0].kind, "dispatch");
    EXPECT_EQ(profile[0].calls, 80u);
    EXPECT_EQ(profile[0].tiles, 64);
    EXPECT_EQ(profile[0].workers, threads);
    EXPECT_GT(profile[1].nanoseconds, 0u);
  }
}

TEST(Run, SizesOfData) {
  const BuiltArtifact built = keepPositive();
  Loaded loaded(built, 1, nullptr, true);
  ingot_argument_info info;
  ASSERT_EQ(ingot_artifact_result(loaded.artifact, 0, 1, &info), INGOT_OK);
  EXPECT_EQ(info.dims[0], 3);
  EXPECT_EQ(info.dims[1], 2);
  EXPECT_EQ(info.bounded_dims, 1u);
  EXPECT_EQ(info.max_bytes, 6u);
  ingot_size_info kept;
  ASSERT_EQ(ingot_artifact_size(loaded.artifact, 1, &kept), INGOT_OK);
  EXPECT_TRUE(kept.is_data);
  const auto call = [&](std::vector<float> x, std::vector<float> expected) {
    const int64_t count = static_cast<int64_t>(expected.size());
    std::vector<float> y(3, -7);
    std::vector<uint8_t> ones(6, 9);
    const ingot_buffer in = floats(x, {static_cast<int64_t>(x.size())});
    const int64_t bounds[] = {3, 2};
    ingot_buffer out[2] = {floats(y, {3}), ingot_buffer_of(ones.data(), INGOT_U8, 2, bounds)};
    // Before a run the bounds are told, after a call with other data too.
    ASSERT_EQ(ingot_result_shapes(loaded.session, &in, 1, out, 2, &loaded.error), INGOT_OK) << loaded.error.message;
    EXPECT_EQ(out[0].dims[0], 3);
    EXPECT_EQ(out[0].byte_size, 12u);
    EXPECT_EQ(out[0].bounded_dims, 1u);
    EXPECT_EQ(out[1].bounded_dims, 1u);
    ASSERT_EQ(ingot_run(loaded.session, &in, 1, out, 2, &loaded.error), INGOT_OK) << loaded.error.message;
    EXPECT_EQ(out[0].dims[0], count);
    EXPECT_EQ(out[1].dims[0], count);
    EXPECT_EQ(out[1].dims[1], 2);
    EXPECT_EQ(out[0].bounded_dims, 0u);
    EXPECT_EQ(out[0].byte_size, 12u);
    EXPECT_EQ(ingot_session_size(loaded.session, 1), count);
    expected.resize(3, -7);
    EXPECT_EQ(y, expected);
    for (size_t i = 0; i < ones.size(); ++i)
      EXPECT_EQ(ones[i], i < 2 * static_cast<size_t>(count) ? 1 : 9);
  };
  call({1, -2, 3}, {2, 6});
  call({-1, -2, -3}, {});
  call({5, 6, 7}, {10, 12, 14});
  call({-1, 2}, {4});
  // More than the size can be: the call fails, and the next is as if it had not been.
  std::vector<float> x = {1, 2, 3, 4}, y(3);
  std::vector<uint8_t> ones(6);
  const int64_t bounds[] = {3, 2};
  ingot_buffer in = floats(x, {4}), out[2] = {floats(y, {3}), ingot_buffer_of(ones.data(), INGOT_U8, 2, bounds)};
  EXPECT_EQ(refusal(loaded, &in, 1, out, 2), "the program computed 4 for the size 'kept', which is 0 to 3");
  call({1, 0, 2}, {2, 4});
  // The buffer has the bounds.
  out[0].byte_size = 8;
  in = floats(x, {2});
  EXPECT_EQ(refusal(loaded, &in, 1, out, 2), "result 'y': the buffer has 8 bytes, want at least 12");
  ingot_command_profile profile[4];
  ASSERT_EQ(ingot_session_profile(loaded.session, profile, 4), 4u);
  EXPECT_STREQ(profile[1].kind, "bind");
  Loaded null(built, 1, "null");
  out[0].byte_size = 12;
  ASSERT_EQ(ingot_run(null.session, &in, 1, out, 2, &null.error), INGOT_OK) << null.error.message;
  EXPECT_EQ(out[0].dims[0], 3) << "nothing is computed, so the bounds stand";
}

// A caller compiled when ingot_buffer ended before the field.
TEST(Run, BuffersOfTheFirstVersion) {
  const BuiltArtifact built = keepPositive();
  Loaded loaded(built);
  constexpr size_t bytes = offsetof(ingot_buffer, bounded_dims);
  std::vector<float> x = {1, -1}, y(3);
  std::vector<uint8_t> ones(6), list(2 * bytes + sizeof(ingot_buffer), 0x5a);
  const int64_t bounds[] = {3, 2};
  ingot_buffer in = floats(x, {2}), out[2] = {floats(y, {3}), ingot_buffer_of(ones.data(), INGOT_U8, 2, bounds)};
  for (int i = 0; i < 2; ++i) {
    out[i].struct_size = bytes;
    memcpy(list.data() + static_cast<size_t>(i) * bytes, &out[i], bytes);
  }
  auto *const results = reinterpret_cast<ingot_buffer *>(list.data());
  ASSERT_EQ(ingot_run(loaded.session, &in, 1, results, 2, &loaded.error), INGOT_OK) << loaded.error.message;
  EXPECT_EQ(results->dims[0], 1);
  for (size_t i = 2 * bytes; i < list.size(); ++i)
    ASSERT_EQ(list[i], 0x5a) << "written behind the buffers";
}

TEST(Run, WrongShapesAreNamed) {
  const BuiltArtifact built = rowSums();
  Loaded loaded(built);
  std::vector<float> x(4000), y(64);
  ingot_buffer out = floats(y, {64});
  const auto message = [&](std::vector<int64_t> dims) {
    ingot_buffer in = floats(x, dims);
    return refusal(loaded, &in, 1, &out, 1);
  };
  EXPECT_EQ(message({3, 10}), "input 'x': got f32[3,10], want f32[batch,16] with batch in 1..64");
  EXPECT_EQ(message({0, 16}), "input 'x': got f32[0,16], want f32[batch,16] with batch in 1..64");
  EXPECT_EQ(message({65, 16}), "input 'x': got f32[65,16], want f32[batch,16] with batch in 1..64");
  EXPECT_EQ(message({16}), "input 'x': got f32[16], want f32[batch,16] with batch in 1..64");
  EXPECT_EQ(message({-1, 16}), "input 'x': got f32[-1,16], want f32[batch,16] with batch in 1..64");
  ingot_buffer in = floats(x, {3, 16});
  in.dtype = INGOT_I32;
  EXPECT_EQ(refusal(loaded, &in, 1, &out, 1), "input 'x': got i32[3,16], want f32[batch,16] with batch in 1..64");
  in.rank = 40;
  EXPECT_EQ(refusal(loaded, &in, 1, &out, 1), "input 'x': got i32[rank 40], want f32[batch,16] with batch in 1..64");
  EXPECT_EQ(refusal(loaded, nullptr, 0, &out, 1), "got 0 inputs, want 1: 'x' f32[batch,16]");
  in = floats(x, {3, 16});
  EXPECT_EQ(refusal(loaded, &in, 1, nullptr, 0), "got 0 results, want 1: 'y' f32[batch]");
  // A refused call leaves the session fit for the next.
  EXPECT_EQ(runRowSums(loaded, sampleRows(3)), expectedRowSums(sampleRows(3)));
}

TEST(Run, WrongBuffersAreNamed) {
  const BuiltArtifact built = rowSums();
  Loaded loaded(built);
  std::vector<float> x = sampleRows(3), y(64);
  const ingot_buffer in = floats(x, {3, 16});
  ingot_buffer out = floats(y, {64}), bad = in;
  bad.byte_size = 100;
  EXPECT_EQ(refusal(loaded, &bad, 1, &out, 1), "input 'x': the buffer has 100 bytes, want 192");
  bad = in, bad.data = nullptr;
  EXPECT_EQ(refusal(loaded, &bad, 1, &out, 1), "input 'x': the buffer has no address");
  bad = in, bad.data = reinterpret_cast<char *>(x.data()) + 1;
  EXPECT_NE(refusal(loaded, &bad, 1, &out, 1).find("is not aligned to 4 bytes"), std::string::npos);
  bad = in, bad.device = 2;
  EXPECT_EQ(refusal(loaded, &bad, 1, &out, 1), "input 'x': is on device 2, want the host (0)");
  bad = in, bad.struct_size = 8;
  EXPECT_NE(refusal(loaded, &bad, 1, &out, 1).find("struct_size is 8"), std::string::npos);
  out.byte_size = 8;
  EXPECT_EQ(refusal(loaded, &in, 1, &out, 1), "result 'y': the buffer has 8 bytes, want at least 12");
  out = floats(x, {3});
  EXPECT_EQ(refusal(loaded, &in, 1, &out, 1), "result 'y' overlaps input 'x', which is not donated to it");
}

TEST(Run, ResultShapes) {
  const BuiltArtifact built = rowSums();
  Loaded loaded(built);
  const int64_t dims[] = {5, 16};
  ingot_buffer in = ingot_buffer_of(nullptr, INGOT_F32, 2, dims), out{};
  out.struct_size = sizeof out;
  ASSERT_EQ(ingot_result_shapes(loaded.session, &in, 1, &out, 1, &loaded.error), INGOT_OK) << loaded.error.message;
  EXPECT_EQ(out.dtype, static_cast<uint32_t>(INGOT_F32));
  EXPECT_EQ(out.rank, 1u);
  EXPECT_EQ(out.dims[0], 5);
  EXPECT_EQ(out.byte_size, 20u);
  EXPECT_EQ(runRowSums(loaded, sampleRows(2)), expectedRowSums(sampleRows(2)));
}

TEST(Run, Description) {
  const BuiltArtifact built = rowSums();
  Loaded loaded(built);
  const ingot_artifact *a = loaded.artifact;
  EXPECT_STREQ(ingot_artifact_model_name(a), "test model");
  EXPECT_EQ(ingot_artifact_entry_count(a), 1u);
  EXPECT_STREQ(ingot_artifact_entry_name(a, 0), "main");
  EXPECT_EQ(ingot_artifact_find_entry(a, "main"), 0);
  EXPECT_EQ(ingot_artifact_find_entry(a, "other"), -1);
  ingot_argument_info info;
  ASSERT_EQ(ingot_artifact_input(a, 0, 0, &info), INGOT_OK);
  EXPECT_STREQ(info.name, "x");
  EXPECT_EQ(info.dims[0], 64);
  EXPECT_EQ(info.size_index[0], 0);
  EXPECT_EQ(info.size_index[1], -1);
  EXPECT_EQ(info.max_bytes, 64u * 16 * 4);
  EXPECT_EQ(ingot_artifact_input(a, 0, 1, &info), INGOT_INVALID);
  EXPECT_EQ(ingot_artifact_result(a, 1, 0, &info), INGOT_INVALID);
  ingot_size_info size;
  ASSERT_EQ(ingot_artifact_size(a, 0, &size), INGOT_OK);
  EXPECT_STREQ(size.name, "batch");
  EXPECT_EQ(size.max, 64);
  EXPECT_EQ(ingot_verify_weights(a, &loaded.error), INGOT_OK);
  built.weights()[17] ^= 4;
  EXPECT_EQ(ingot_verify_weights(a, &loaded.error), INGOT_CORRUPT);
  EXPECT_STREQ(loaded.error.message, "corrupt artifact: weight bytes 0..63 do not have their hash (in 'w')");
}

TEST(Run, UnknownEntryAndDevice) {
  const BuiltArtifact built = rowSums();
  Loaded loaded(built);
  EXPECT_EQ(ingot_session_create(loaded.artifact, "train", nullptr, &loaded.error), nullptr);
  EXPECT_EQ(loaded.error.code, INGOT_NOT_FOUND);
  EXPECT_STREQ(loaded.error.message, "no entry point 'train'; there are 'main'");
  ingot_session_options options{sizeof options, 1, "tpu", 0};
  EXPECT_EQ(ingot_session_create(loaded.artifact, nullptr, &options, &loaded.error), nullptr);
  EXPECT_STREQ(loaded.error.message, "no device 'tpu'; there are cpu, null");
  options = {sizeof options, -1, nullptr, 0};
  EXPECT_EQ(ingot_session_create(loaded.artifact, nullptr, &options, &loaded.error), nullptr);
  EXPECT_EQ(ingot_session_create(loaded.artifact, nullptr, &options, nullptr), nullptr);
}

// Two arguments share a size, one dim is a multiple of it, and all that do not fit are told at once.
TEST(Run, DerivedAndSharedSizes) {
  TableBuilder b;
  const uint32_t n = b.size("n", 2, 32, 2), one = b.constant(1);
  const uint32_t twice = b.apply(INGOT_EXPR_MUL, n, b.constant(2)), more = b.apply(INGOT_EXPR_ADD, twice, one);
  b.beginEntry("main");
  b.input("a", INGOT_F32, {more});
  b.input("b", INGOT_F32, {n});
  const uint32_t out = b.result("y", INGOT_F32, {n});
  b.endEntry(b.commands({b.fill(out, 0x40000000, 4)}));
  const BuiltArtifact built = b.build();
  Loaded loaded(built);
  std::vector<float> x(100), y(32, 0.f);
  ingot_buffer result = floats(y, {32});
  const auto run = [&](int64_t first, int64_t second) {
    const ingot_buffer in[] = {floats(x, {first}), floats(x, {second})};
    return ingot_run(loaded.session, in, 2, &result, 1, &loaded.error);
  };
  ASSERT_EQ(run(9, 4), INGOT_OK) << loaded.error.message;
  EXPECT_EQ(result.dims[0], 4);
  EXPECT_EQ(y[3], 2.f);
  EXPECT_EQ(y[4], 0.f);
  result = floats(y, {32});
  EXPECT_EQ(run(9, 6), INGOT_INVALID);
  EXPECT_STREQ(loaded.error.message,
               "input 'b': got f32[6], want f32[n] with n in 2..32, a multiple of 2 (another input gives n = 4)");
  EXPECT_EQ(run(7, 3), INGOT_INVALID);
  EXPECT_STREQ(loaded.error.message, "input 'a': got f32[7], want f32[(n*2)+1] with n in 2..32, a multiple of 2; "
                                     "input 'b': got f32[3], want f32[n] with n in 2..32, a multiple of 2");
  EXPECT_EQ(run(8, 4), INGOT_INVALID);
}

// An argument for which no address is passed has its default; one that has none is still missed.
TEST(Run, Defaults) {
  TableBuilder b;
  const float values[] = {1, 2, 3, 4};
  const uint32_t four = b.constant(4), index = b.weight("w", INGOT_F32, {four}, values, sizeof values);
  b.beginEntry("main");
  const uint32_t w = b.input("w", INGOT_F32, {four}, INGOT_ARG_DEFAULT, index), x = b.input("x", INGOT_F32, {four});
  const uint32_t first = b.result("first", INGOT_F32, {four}), second = b.result("second", INGOT_F32, {four});
  b.endEntry(b.commands({b.copy(w, first), b.copy(x, second)}));
  const BuiltArtifact built = b.build();
  Loaded loaded(built);
  std::vector<float> given = {5, 6, 7, 8}, other = {9, 9, 9, 9}, y(4), z(4);
  ingot_buffer in[] = {floats(given, {4}), floats(other, {4})}, out[] = {floats(y, {4}), floats(z, {4})};
  ASSERT_EQ(ingot_run(loaded.session, in, 2, out, 2, &loaded.error), INGOT_OK) << loaded.error.message;
  EXPECT_EQ(y, given);
  in[0].data = nullptr;
  ASSERT_EQ(ingot_run(loaded.session, in, 2, out, 2, &loaded.error), INGOT_OK) << loaded.error.message;
  EXPECT_EQ(y, (std::vector<float>{1, 2, 3, 4}));
  EXPECT_EQ(z, other);
  ingot_argument_info info;
  ASSERT_EQ(ingot_artifact_input(loaded.artifact, 0, 0, &info), INGOT_OK);
  EXPECT_EQ(static_cast<const float *>(info.default_data)[3], 4);
  ASSERT_EQ(ingot_artifact_input(loaded.artifact, 0, 1, &info), INGOT_OK);
  EXPECT_EQ(info.default_data, nullptr);
  in[1].data = nullptr;
  EXPECT_EQ(ingot_run(loaded.session, in, 2, out, 2, &loaded.error), INGOT_INVALID);
  EXPECT_STREQ(loaded.error.message, "input 'x': the buffer has no address");
  // A default of another size, type or place is refused.
  for (int wrong = 0; wrong < 3; ++wrong) {
    const BuiltArtifact changed = b.build();
    ingot_argument *argument = changed.record<ingot_argument>(changed.header()->arguments, 0);
    if (wrong == 0)
      argument->initial_weight = 1;
    else if (wrong == 1)
      changed.record<ingot_weight_record>(changed.header()->weights, 0)->dtype = INGOT_I32;
    else
      argument->flags |= INGOT_ARG_STATE;
    changed.seal();
    ingot_error error;
    EXPECT_EQ(ingot_load_image(changed.image(), &error), nullptr) << wrong;
    EXPECT_EQ(error.code, INGOT_CORRUPT);
  }
}

TEST(Run, TheBestRunnableVariant) {
  TableBuilder b;
  b.beginEntry("main");
  const uint32_t y = b.result("y", INGOT_F32, {});
  const ingot_kernel_fn three = [](void *const *buffers, const int64_t *, int64_t, int64_t, void *) {
    *static_cast<float *>(buffers[0]) = 3;
  };
  const ingot_kernel_fn wrong = [](void *const *buffers, const int64_t *, int64_t, int64_t, void *) {
    *static_cast<float *>(buffers[0]) = -1;
  };
  const uint32_t kernel = b.kernel("k", {{wrong, 1ull << 63}, {three, 0}, {wrong, 0}}, b.constant(1));
  b.endEntry(b.commands({b.dispatch(kernel, {y})}));
  const BuiltArtifact built = b.build();
  Loaded loaded(built);
  std::vector<float> value(1);
  ingot_buffer out = floats(value, {});
  ASSERT_EQ(ingot_run(loaded.session, nullptr, 0, &out, 1, &loaded.error), INGOT_OK) << loaded.error.message;
  EXPECT_EQ(value[0], 3);
}

// One kernel, dispatches of two sizes: the command's own grid wins.
TEST(Run, GridsOfTheCommand) {
  TableBuilder b;
  const uint32_t few = b.constant(3), many = b.constant(11);
  b.beginEntry("main");
  const uint32_t y = b.result("y", INGOT_I64, {b.constant(2)});
  const ingot_kernel_fn count = [](void *const *buffers, const int64_t *scalars, int64_t begin, int64_t end, void *) {
    static_cast<int64_t *>(buffers[0])[scalars[0]] += end - begin;
  };
  const uint32_t kernel = b.kernel("count", count, few);
  ingot_command own = b.dispatch(kernel, {y}, {b.constant(0)}), other = b.dispatch(kernel, {y}, {b.constant(1)});
  other.grids = 1 + b.list({many});
  b.endEntry(b.commands({b.fill(y, 0, 1), own, other}));
  const BuiltArtifact built = b.build();
  Loaded loaded(built);
  int64_t values[2] = {};
  const int64_t dims[] = {2};
  ingot_buffer out = ingot_buffer_of(values, INGOT_I64, 1, dims);
  ASSERT_EQ(ingot_run(loaded.session, nullptr, 0, &out, 1, &loaded.error), INGOT_OK) << loaded.error.message;
  EXPECT_EQ(values[0], 3);
  EXPECT_EQ(values[1], 11);
}

TEST(Run, NullDeviceGivesZeros) {
  const BuiltArtifact built = rowSums();
  Loaded loaded(built, 0, "null");
  EXPECT_EQ(runRowSums(loaded, sampleRows(5)), std::vector<float>(5));
}

} // namespace
