// Tables that do not hold together are refused with a reason; whatever a byte says, nothing crashes.
#include <sys/resource.h>

#include "tests/runtime/Loaded.h"
#include "tests/runtime/Samples.h"

using namespace ingot::test;

namespace {

std::string refusal(const BuiltArtifact &built, ingot_code code) {
  ingot_error error{};
  ingot_artifact *const artifact = ingot_load_image(built.image(), &error);
  EXPECT_EQ(artifact, nullptr);
  EXPECT_EQ(error.code, code) << error.message;
  ingot_unload(artifact);
  return error.message;
}

/// Change one record of the row-sums table and expect the refusal.
template <class Record, class Change>
void expectCorrupt(ingot_span ingot_table_header::*span, uint32_t index, Change change, const char *why) {
  const BuiltArtifact built = rowSums();
  change(*built.record<Record>(built.header()->*span, index));
  built.seal();
  const std::string message = refusal(built, INGOT_CORRUPT);
  EXPECT_NE(message.find(why), std::string::npos) << message << "\nwant: " << why;
}

using H = ingot_table_header;

TEST(Validate, Header) {
  const auto with = [](auto change, ingot_code code) {
    const BuiltArtifact built = rowSums();
    change(*built.header());
    built.seal();
    return refusal(built, code);
  };
  EXPECT_EQ(with([](H &h) { h.magic[2] ^= 1; }, INGOT_CORRUPT), "corrupt artifact: wrong magic bytes");
  EXPECT_EQ(with([](H &h) { h.abi_version = 7; }, INGOT_INCOMPATIBLE),
            "artifact has ABI version 7, this runtime reads 3 to 5");
  EXPECT_EQ(with([](H &h) { h.abi_version = 2; }, INGOT_INCOMPATIBLE),
            "artifact has ABI version 2, this runtime reads 3 to 5");
  EXPECT_NE(with([](H &h) { h.struct_size = 8; }, INGOT_CORRUPT).find("with a header of 8"), std::string::npos);
  EXPECT_NE(with([](H &h) { h.flags = 2; }, INGOT_INCOMPATIBLE).find("flags 0x2"), std::string::npos);
  EXPECT_NE(
      with([](H &h) { h.arch = INGOT_ARCH_WASM32; }, INGOT_INCOMPATIBLE).find("artifact is for wasm32, this machine is"),
      std::string::npos);
  EXPECT_NE(with([](H &h) { h.weights_offset = 1 << 20; }, INGOT_CORRUPT).find("weights"), std::string::npos);
  EXPECT_NE(with([](H &h) { h.image_ranges[1] = {0, 16, 0}; }, INGOT_CORRUPT).find("code range 1"), std::string::npos);
  EXPECT_NE(with([](H &h) { h.image_ranges[0] = {INT64_MIN, ~0ull, 0}; }, INGOT_CORRUPT).find("code range 0"),
            std::string::npos);
  EXPECT_NE(with([](H &h) { h.weights_size += INGOT_WEIGHT_BLOCK; }, INGOT_CORRUPT).find("weight hashes"),
            std::string::npos);
  EXPECT_NE(with([](H &h) { h.slots.offset = 0xfffffff8u; }, INGOT_CORRUPT).find("record array 4"), std::string::npos);
  EXPECT_NE(with([](H &h) { h.slots.count = 0x7fffffff; }, INGOT_CORRUPT).find("record array 4"), std::string::npos);
  EXPECT_NE(with([](H &h) { h.commands.stride = 40; }, INGOT_CORRUPT).find("record array 7"), std::string::npos);
  EXPECT_NE(with([](H &h) { h.strings.count -= 2; }, INGOT_CORRUPT).find("terminator"), std::string::npos);
}

TEST(Validate, TableHash) {
  const BuiltArtifact built = rowSums();
  built.header()->producer ^= 1;
  EXPECT_NE(refusal(built, INGOT_CORRUPT).find("the table's hash is"), std::string::npos);
}

TEST(Validate, Image) {
  const BuiltArtifact built = rowSums();
  ingot_image *const image = const_cast<ingot_image *>(built.image());
  image->variant_count = 1;
  EXPECT_EQ(refusal(built, INGOT_CORRUPT), "corrupt artifact: the table lists 2 kernel variants, the image holds 1");
  image->variant_count = 2;
  image->kernels[1] = nullptr;
  EXPECT_EQ(refusal(built, INGOT_CORRUPT), "corrupt artifact: kernel 'sum_rows' has no code");
  image->kernels[1] = sumRows;
  image->weights = nullptr;
  EXPECT_EQ(refusal(built, INGOT_CORRUPT), "corrupt artifact: the image holds no weights");
  image->table = nullptr;
  EXPECT_EQ(refusal(built, INGOT_CORRUPT), "corrupt artifact: the image has no table");
  ingot_error error;
  EXPECT_EQ(ingot_load_image(nullptr, &error), nullptr);
  EXPECT_EQ(ingot_load_image(nullptr, nullptr), nullptr);
}

TEST(Validate, MissingFeatures) {
#if defined(__x86_64__)
  TableBuilder b;
  b.beginEntry("main");
  b.kernel("wide", {{scaleRows, 1ull << 63 | 1ull << 40}, {scaleRows, 1ull << 40}}, b.constant(1));
  b.endEntry(b.commands({}));
  EXPECT_EQ(refusal(b.build(), INGOT_INCOMPATIBLE),
            "kernel 'wide' needs a processor with feature 40, which this one (or its system) does not offer");
#endif
}

TEST(Validate, Records) {
  expectCorrupt<ingot_size_record>(&H::sizes, 0, [](auto &r) { r.max = 0; }, "size 0");
  expectCorrupt<ingot_size_record>(&H::sizes, 0, [](auto &r) { r.multiple = 0; }, "size 0");
  expectCorrupt<ingot_expr>(&H::exprs, 3, [](auto &r) { r = {INGOT_EXPR_ADD, 3, 0, 0, 0}; }, "expression 3: operand");
  expectCorrupt<ingot_expr>(&H::exprs, 3, [](auto &r) { r.op = 99; }, "expression 3: unknown operator");
  expectCorrupt<ingot_slot>(&H::slots, 1, [](auto &r) { r.rank = 17; }, "slot 1");
  expectCorrupt<ingot_slot>(&H::slots, 1, [](auto &r) { r.dtype = 1000; }, "slot 1");
  expectCorrupt<ingot_slot>(&H::slots, 1, [](auto &r) { r.dims = 0xfffffff0; }, "slot 1");
  expectCorrupt<ingot_slot>(&H::slots, 1, [](auto &r) { r.location = 1; }, "not its own");
  expectCorrupt<ingot_slot>(&H::slots, 2, [](auto &r) { r.location = 0xffff; }, "slot 2: location");
  expectCorrupt<ingot_variant>(&H::variants, 0, [](auto &r) { r.grid = 1000; }, "variant 0");
  expectCorrupt<ingot_kernel_record>(&H::kernels, 1, [](auto &r) { r.variant_count = 2; }, "kernel 1");
  expectCorrupt<ingot_kernel_record>(&H::kernels, 1, [](auto &r) { r.variant_count = 0; }, "kernel 1");
  expectCorrupt<ingot_command>(&H::commands, 0, [](auto &r) { r.kernel = 2; }, "command 0: kernel");
  expectCorrupt<ingot_command>(&H::commands, 0, [](auto &r) { r.operand_count = 0x10000; }, "command 0: operands");
  expectCorrupt<ingot_command>(&H::commands, 0, [](auto &r) { r.op = INGOT_CMD_COPY; }, "command 0: a copy");
  expectCorrupt<ingot_command>(&H::commands, 0, [](auto &r) { r.op = INGOT_CMD_WHILE; }, "command 0: a while");
  expectCorrupt<ingot_command>(&H::commands, 0, [](auto &r) { r.op = 40; }, "command 0: operation");
  expectCorrupt<ingot_command>(&H::commands, 0, [](auto &r) { r.grids = 0xffffffff; }, "command 0: grids");
  expectCorrupt<ingot_command_list>(&H::lists, 0, [](auto &r) { r.count = 3; }, "command list 0");
  expectCorrupt<ingot_argument>(&H::arguments, 0, [](auto &r) { r.alias = 4; }, "paired with a result out of range");
  expectCorrupt<ingot_argument>(&H::arguments, 0, [](auto &r) { r.flags = 8; }, "argument 0: unknown flags");
  expectCorrupt<ingot_argument>(&H::arguments, 0, [](auto &r) { r.flags = INGOT_ARG_STATE; }, "entry 0");
  expectCorrupt<ingot_argument>(
      &H::arguments, 0, [](auto &r) { r.grows = 1; }, "argument 0: axis or length of a growing state");
  expectCorrupt<ingot_entry>(&H::entries, 0, [](auto &r) { r.requirement_count = 1 << 30; }, "entry 0: requirements");
  expectCorrupt<ingot_entry>(&H::entries, 0, [](auto &r) { r.list = 1; }, "entry 0");
  expectCorrupt<ingot_entry>(&H::entries, 0, [](auto &r) { r.slot_count = 2; }, "belongs to another entry");
  expectCorrupt<ingot_weight_record>(&H::weights, 0, [](auto &r) { r.size = 1 << 20; }, "weight 0");
  expectCorrupt<ingot_weight_record>(&H::weights, 0, [](auto &r) { r.offset = 8; }, "weight 0");
}

TEST(Validate, SizesOfData) {
  const auto message = [](auto change) {
    const BuiltArtifact built = keepPositive();
    change(built);
    built.seal();
    return refusal(built, INGOT_CORRUPT);
  };
  const auto size = [](const BuiltArtifact &built) { return built.record<ingot_size_record>(built.header()->sizes, 1); };
  const auto bind = [](const BuiltArtifact &built) { return built.record<ingot_command>(built.header()->commands, 1); };
  EXPECT_NE(message([&](auto &b) { size(b)->origin = 2; }).find("size 1: unknown origin"), std::string::npos);
  EXPECT_NE(message([&](auto &b) { size(b)->multiple = 3; }).find("size 1: unknown origin"), std::string::npos);
  EXPECT_NE(message([&](auto &b) { bind(b)->pattern = 0; }).find("command 1: a binding has one operand"), std::string::npos);
  EXPECT_NE(message([&](auto &b) { bind(b)->pattern = 1ull << 40; }).find("command 1: a binding"), std::string::npos);
  EXPECT_NE(message([&](auto &b) { bind(b)->operand_count = 0; }).find("command 1: a binding"), std::string::npos);
  EXPECT_NE(message([&](auto &b) {
              b.template record<ingot_slot>(b.header()->slots, 4)->dtype = INGOT_F32;
            }).find("command 1: a size is bound to one i64"),
            std::string::npos);
  EXPECT_NE(message([&](auto &b) {
              b.template record<ingot_argument>(b.header()->arguments, 1)->bounds = 1 << 30;
            }).find("argument 1: bounds of dims out of range"),
            std::string::npos);
  EXPECT_NE(message([&](auto &b) {
              b.template record<ingot_argument>(b.header()->arguments, 0)->bounds = 1;
            }).find("an argument or state has dims that depend on data"),
            std::string::npos);

  TableBuilder b;
  b.dataSize("kept", 0, 3);
  b.beginEntry("main");
  const uint32_t p = b.temporary(INGOT_I1, {}), n = b.temporary(INGOT_I64, {}), kept = b.lastSize();
  const uint32_t within = b.commands({b.bind(n, kept)});
  b.endEntry(b.commands({b.fill(p, 1, 1), b.branch(p, within, INGOT_NONE)}));
  EXPECT_NE(refusal(b.build(), INGOT_CORRUPT).find("binds a size within a loop or branch"), std::string::npos);
}

// What a value within the range makes of a slot is checked when it is bound: here the slot grows while the size falls.
TEST(Validate, PlanAtSizesOfData) {
  TableBuilder b;
  const uint32_t kept = b.dataSize("kept", 0, 4), size = b.lastSize();
  const uint32_t rest = b.apply(INGOT_EXPR_SUB, b.constant(4), kept);
  b.beginEntry("main");
  const uint32_t n = b.input("n", INGOT_I64, {}), y = b.result("y", INGOT_U8, {rest});
  b.bound(0, {b.constant(3)});
  b.endEntry(b.commands({b.bind(n, size), b.fill(y, 5, 1)}));
  const BuiltArtifact built = b.build();
  Loaded loaded(built);
  for (int64_t count : {4, 1, 0}) {
    uint8_t bytes[8] = {};
    const int64_t bound[] = {3};
    const ingot_buffer in = ingot_buffer_of(&count, INGOT_I64, 0, nullptr);
    ingot_buffer out = ingot_buffer_of(bytes, INGOT_U8, 1, bound);
    const ingot_code code = ingot_run(loaded.session, &in, 1, &out, 1, &loaded.error);
    EXPECT_EQ(code, count == 0 ? INGOT_CORRUPT : INGOT_OK) << loaded.error.message;
    if (code == INGOT_OK)
      EXPECT_EQ(out.dims[0], 4 - count);
    EXPECT_EQ(bytes[2], count == 1 ? 5 : 0);
    EXPECT_EQ(bytes[3], 0);
  }
}

TEST(Validate, Lists) {
  const auto nested = [](int depth) {
    TableBuilder b;
    b.beginEntry("main");
    const uint32_t p = b.temporary(INGOT_I1, {});
    uint32_t list = b.commands({b.fill(p, 0, 1)});
    for (int i = 1; i < depth; ++i)
      list = b.commands({b.fill(p, 1, 1), b.branch(p, list, INGOT_NONE)});
    b.endEntry(list);
    return b.build();
  };
  const BuiltArtifact deep = nested(32);
  Loaded loaded(deep);
  EXPECT_EQ(ingot_run(loaded.session, nullptr, 0, nullptr, 0, &loaded.error), INGOT_OK);
  EXPECT_NE(refusal(nested(33), INGOT_CORRUPT).find("nested too deeply"), std::string::npos);

  const BuiltArtifact cyclic = nested(3);
  cyclic.record<ingot_command>(cyclic.header()->commands, 2)->list_a = 2;
  cyclic.seal();
  EXPECT_NE(refusal(cyclic, INGOT_CORRUPT).find("used twice"), std::string::npos);
  const BuiltArtifact overlapping = nested(3);
  overlapping.record<ingot_command_list>(overlapping.header()->lists, 0)->count = 3;
  overlapping.seal();
  EXPECT_NE(refusal(overlapping, INGOT_CORRUPT).find("overlap"), std::string::npos);
}

TEST(Validate, WritesToWhatIsNotItsOwn) {
  TableBuilder b;
  b.beginEntry("main");
  const uint32_t x = b.input("x", INGOT_F32, {});
  b.endEntry(b.commands({b.fill(x, 0, 4)}));
  EXPECT_NE(refusal(b.build(), INGOT_CORRUPT).find("writes an argument"), std::string::npos);
}

/// The plan is checked when sizes are bound: each change refuses the call, not the load.
TEST(Validate, PlanAtSizes) {
  const auto message = [](auto change) {
    const BuiltArtifact built = rowSums();
    change(built);
    built.seal();
    Loaded loaded(built);
    if (!loaded.session)
      return std::string("not loaded");
    std::vector<float> x = sampleRows(2), y(64);
    const ingot_buffer in = floats(x, {2, sampleColumns});
    ingot_buffer out = floats(y, {64});
    EXPECT_NE(ingot_run(loaded.session, &in, 1, &out, 1, &loaded.error), INGOT_OK);
    return std::string(loaded.error.message);
  };
  const auto slot = [](const BuiltArtifact &b, uint32_t i) { return b.record<ingot_slot>(b.header()->slots, i); };
  const auto entry = [](const BuiltArtifact &b) { return b.record<ingot_entry>(b.header()->entries, 0); };
  EXPECT_NE(message([&](auto &b) { entry(b)->arena = slot(b, 2)->location; }).find("slot 2: lies outside"),
            std::string::npos);
  EXPECT_NE(message([&](auto &b) { slot(b, 1)->bytes = slot(b, 0)->bytes; }).find("slot 1: lies outside"),
            std::string::npos);
  EXPECT_NE(message([&](auto &b) { slot(b, 3)->location = entry(b)->arena; }).find("slot 3: lies outside"),
            std::string::npos);
  EXPECT_NE(
      message([&](auto &b) { b.template record<ingot_argument>(b.header()->arguments, 0)->bytes = 0; }).find("argument 0"),
      std::string::npos);
}

/// Stands for any kernel. It touches no operand: a kernel trusts the compiler that its operands have the bytes it was made
/// for.
void touch(void *const *, const int64_t *, int64_t, int64_t, void *) {}

/// A program of every kind of command but loops, which a changed predicate may make endless; its kernel reads no scalars.
BuiltArtifact everything(bool withLoop) {
  TableBuilder b;
  const uint32_t n = b.size("n", 1, 8), four = b.constant(4);
  const float values[] = {1, 2, 3, 4};
  const uint32_t weight = b.weight("w", INGOT_F32, {four}, values, sizeof values);
  b.beginEntry("main");
  const uint32_t x = b.input("x", INGOT_F32, {n, four}), h = b.input("h", INGOT_F32, {four}, INGOT_ARG_STATE, weight);
  const uint32_t y = b.result("y", INGOT_F32, {n, four}), hNext = b.result("h_next", INGOT_F32, {four});
  b.pair(1, 1);
  const uint32_t w = b.weightSlot(weight, INGOT_F32, {four}), t = b.temporary(INGOT_F32, {n, four});
  const uint32_t t2 = b.temporary(INGOT_F32, {n, four}), p = b.temporary(INGOT_I1, {});
  const uint32_t kernel = b.kernel("touch", touch, n, 64);
  const uint32_t yes = b.commands({b.copy(t, y)}), no = b.commands({b.fill(y, 0, 4)});
  Commands main = {b.copy(x, t), b.dispatch(kernel, {t, w, h}, {n, four}), b.fill(p, 1, 1), b.branch(p, yes, no),
                   b.copy(w, hNext)};
  if (withLoop) {
    const uint32_t condition = b.commands({b.fill(p, 0, 1)}), body = b.commands({b.copy(t, t2)});
    main.push_back(b.loop(p, {t, t2}, condition, body));
  }
  b.endEntry(b.commands(main));
  return b.build();
}

/// Bounds what a changed arena size can make the process take and touch, where no sanitizer needs the address space.
class LittleMemory {
public:
  LittleMemory() {
    getrlimit(RLIMIT_AS, &before_);
    rlimit little = before_;
#ifndef INGOT_TEST_SANITIZED
    little.rlim_cur = 192u << 20;
#endif
    setrlimit(RLIMIT_AS, &little);
  }
  ~LittleMemory() { setrlimit(RLIMIT_AS, &before_); }

private:
  rlimit before_;
};

void loadAndRun(const BuiltArtifact &built, bool run) {
  ingot_error error{};
  ingot_artifact *const artifact = ingot_load_image(built.image(), &error);
  if (!artifact) {
    EXPECT_NE(error.code, INGOT_OK);
    EXPECT_NE(error.message[0], '\0');
    return;
  }
  ingot_session_options options{sizeof options, 1, nullptr, 0};
  ingot_session *const session = ingot_session_create(artifact, nullptr, &options, &error);
  ASSERT_NE(session, nullptr);
  float x[64] = {}, y[64] = {};
  const int64_t dims[] = {3, 4};
  const ingot_buffer in = ingot_buffer_of(x, INGOT_F32, 2, dims);
  ingot_buffer out = ingot_buffer_of(y, INGOT_F32, 2, dims);
  for (int call = 0; run && call < 2; ++call)
    ingot_run(session, &in, 1, &out, 1, &error);
  ingot_session_destroy(session);
  ingot_unload(artifact);
}

TEST(Fuzz, EveryFlippedByteIsRefusedByTheHash) {
  const BuiltArtifact built = everything(true);
  for (size_t at = 0; at < built.tableSize(); ++at)
    for (int bit = 0; bit < 8; ++bit) {
      // A larger table_size would read behind the builder's memory; the loader bounds it only for tables of linked images.
      if (at >= offsetof(H, table_size) && at < offsetof(H, table_size) + 8 && (built.table()[at] >> bit & 1) == 0)
        continue;
      built.table()[at] ^= static_cast<uint8_t>(1 << bit);
      ingot_error error{};
      EXPECT_EQ(ingot_load_image(built.image(), &error), nullptr) << "byte " << at;
      built.table()[at] ^= static_cast<uint8_t>(1 << bit);
    }
}

TEST(Fuzz, EveryChangedByteWithAFittingHashIsSafe) {
  const LittleMemory little;
  for (bool withLoop : {false, true}) {
    const BuiltArtifact built = everything(withLoop);
    const size_t hash = offsetof(H, table_hash), size = offsetof(H, table_size);
    for (size_t at = 0; at < built.tableSize(); ++at) {
      if ((at >= hash && at < hash + 8) || (at >= size && at < size + 8))
        continue;
      const uint8_t original = built.table()[at];
      for (int change : {1, 2, 4, 8, 16, 32, 64, 128, 255}) {
        built.table()[at] = static_cast<uint8_t>(original ^ change);
        built.seal();
        // Loops are loaded but not run: a predicate that stays true is no fault of the table.
        loadAndRun(built, !withLoop);
      }
      built.table()[at] = original;
    }
  }
}

TEST(Fuzz, RandomWordsAreSafe) {
  const LittleMemory little;
  const BuiltArtifact original = everything(false);
  uint64_t random = 12345;
  const auto next = [&] { return random = random * 6364136223846793005ull + 1442695040888963407ull, random >> 33; };
  const uint32_t words[] = {0, 1, 2, 7, 0x7fffffff, 0x80000000, 0xffffffff, 0xfffffff0, 64, 4096};
  const std::vector<uint8_t> bytes(original.table(), original.table() + original.tableSize());
  for (int round = 0; round < 20000; ++round) {
    memcpy(original.table(), bytes.data(), bytes.size());
    for (uint64_t changes = next() % 4 + 1; changes != 0; --changes) {
      const size_t at = (sizeof(H) + next() % (bytes.size() - sizeof(H) - 4)) / 4 * 4;
      const uint32_t word = next() % 2 ? words[next() % 10] : static_cast<uint32_t>(next() % 64);
      memcpy(original.table() + at, &word, 4);
    }
    original.seal();
    loadAndRun(original, true);
  }
}

} // namespace
