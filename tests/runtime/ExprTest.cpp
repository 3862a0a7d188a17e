#include <gtest/gtest.h>

#include "tests/runtime/TableBuilder.h"

namespace {

constexpr int64_t none = INGOT_NO_VALUE;

TEST(Expr, Arithmetic) {
  struct Case {
    uint32_t op;
    int64_t lhs, rhs, value;
  };
  const Case cases[] = {{INGOT_EXPR_ADD, 2, 3, 5},
                        {INGOT_EXPR_SUB, 2, 3, -1},
                        {INGOT_EXPR_MUL, -4, 3, -12},
                        {INGOT_EXPR_FLOORDIV, 7, 2, 3},
                        {INGOT_EXPR_FLOORDIV, -7, 2, -4},
                        {INGOT_EXPR_CEILDIV, 7, 2, 4},
                        {INGOT_EXPR_CEILDIV, -7, 2, -3},
                        {INGOT_EXPR_CEILDIV, 8, 2, 4},
                        {INGOT_EXPR_MOD, 7, 4, 3},
                        {INGOT_EXPR_MOD, -7, 4, 1},
                        {INGOT_EXPR_MIN, 3, -2, -2},
                        {INGOT_EXPR_MAX, 3, -2, 3},
                        {INGOT_EXPR_ALIGN, 65, 64, 128},
                        {INGOT_EXPR_ALIGN, 64, 64, 64},
                        {INGOT_EXPR_ALIGN, 0, 64, 0},
                        {INGOT_EXPR_FLOORDIV, 1, 0, none},
                        {INGOT_EXPR_MOD, 1, 0, none},
                        {INGOT_EXPR_CEILDIV, 1, -1, none},
                        {INGOT_EXPR_ALIGN, 1, 0, none},
                        {INGOT_EXPR_ADD, INT64_MAX, 1, none},
                        {INGOT_EXPR_MUL, INT64_MAX, 2, none},
                        {INGOT_EXPR_MUL, INT64_MAX, -1, -INT64_MAX},
                        {INGOT_EXPR_MUL, 1ll << 32, 1ll << 31, none},
                        {INGOT_EXPR_SUB, -2, INT64_MAX, none},
                        {INGOT_EXPR_ALIGN, INT64_MAX, 64, none},
                        {INGOT_EXPR_MUL, none, 0, none},
                        {INGOT_EXPR_MIN, none, 4, none}};
  for (const Case &c : cases)
    EXPECT_EQ(ingot_apply(c.op, c.lhs, c.rhs), c.value) << c.op << ": " << c.lhs << ", " << c.rhs;
}

TEST(Expr, SweepEvaluatesAndKeepsFailuresApart) {
  ingot::test::TableBuilder b;
  const uint32_t n = b.size("n", 0, 100), two = b.constant(2), zero = b.constant(0);
  const uint32_t doubled = b.apply(INGOT_EXPR_MUL, n, two), bad = b.apply(INGOT_EXPR_FLOORDIV, n, zero);
  const uint32_t worse = b.apply(INGOT_EXPR_ADD, bad, two), good = b.apply(INGOT_EXPR_ADD, doubled, two);
  const ingot::test::BuiltArtifact artifact = b.build();
  std::vector<int64_t> values(artifact.header()->exprs.count);
  const int64_t size = 21;
  ingot_evaluate(artifact.header(), &size, values.data());
  EXPECT_EQ(values[good], 44);
  EXPECT_EQ(values[bad], none);
  EXPECT_EQ(values[worse], none);
}

// A file written before a record grew: fields beyond its stride read as zero. One written after: the rest is stepped over.
TEST(Expr, RecordsOfOtherStrides) {
  struct {
    ingot_table_header header;
    uint8_t bytes[96];
  } table{};
  for (size_t i = 0; i < sizeof table.bytes; ++i)
    table.bytes[i] = static_cast<uint8_t>(i + 1);
  ingot_command command;
  ingot_span span{offsetof(decltype(table), bytes), 2, 48};
  ingot_read_record(&table.header, &span, 1, &command, sizeof command);
  EXPECT_EQ(command.op, 0x3231);
  EXPECT_EQ(command.grids, 0u);
  ingot_command_list list;
  span.stride = 24;
  ingot_read_record(&table.header, &span, 1, &list, sizeof list);
  EXPECT_EQ(list.first, 0x1c1b1a19u);
}

} // namespace
