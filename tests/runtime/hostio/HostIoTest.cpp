// Text for terminals, names of results' files, and inputs made up.
#include "runtime/hostio/Generate.h"
#include "runtime/hostio/ResultNames.h"
#include "runtime/hostio/Text.h"
#include "runtime/hostio/Values.h"
#include "tests/runtime/TableBuilder.h"

#include <gtest/gtest.h>

#include <cstring>
#include <set>
#include <string>
#include <unistd.h>
#include <vector>

namespace ingot::hostio {
namespace {

std::vector<std::string> stemsOf(const std::vector<std::string> &names) {
  std::vector<const char *> pointers;
  for (const std::string &name : names)
    pointers.push_back(name.c_str());
  ResultNames stems;
  EXPECT_TRUE(stems.assign(pointers.data(), pointers.size()));
  std::vector<std::string> list;
  for (size_t i = 0; i < names.size(); ++i)
    list.push_back(stems.stem(i));
  return list;
}

using Strings = std::vector<std::string>;

// A name may hold what a terminal obeys.
TEST(Text, GivesTerminalsNoOrders) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  Text text;
  text.add("a\x1b[31m\tb\x7f\r\n\xc3\xa9");
  ASSERT_TRUE(text.flush(ends[1]));
  char got[64] = {};
  EXPECT_EQ(read(ends[0], got, sizeof got - 1), 13);
  EXPECT_STREQ(got, "a?[31m\tb??\n\xc3\xa9");
  EXPECT_EQ(text.size(), 0u);
  close(ends[0]);
  close(ends[1]);
}

TEST(ResultNames, EachHasItsOwn) {
  EXPECT_EQ(stemsOf({"y", "z.1", "a-b_C"}), (Strings{"y", "z.1", "a-b_C"}));
  EXPECT_EQ(stemsOf({"a/b", "a_b", "a_b_1"}), (Strings{"a_b_2", "a_b", "a_b_1"}));
  EXPECT_EQ(stemsOf({"a_b_1", "a/b", "a:b", "a?b"}), (Strings{"a_b_1", "a_b", "a_b_2", "a_b_3"}));
  EXPECT_EQ(stemsOf({"y", "y", "y_1"}), (Strings{"y", "y_2", "y_1"}));
  EXPECT_EQ(stemsOf({"", "", "result"}), (Strings{"result_1", "result_2", "result"}));
  EXPECT_EQ(stemsOf({"\xc3\xa9"}), (Strings{"__"}));
}

TEST(ResultNames, LongOnesAreCut) {
  const std::string long1 = std::string(300, 'x') + "1", long2 = std::string(300, 'x') + "2";
  const Strings stems = stemsOf({long1, long2, std::string(200, 'x')});
  EXPECT_EQ(std::set<std::string>(stems.begin(), stems.end()).size(), 3u);
  for (const std::string &stem : stems)
    EXPECT_LE(stem.size(), 220u);
  EXPECT_EQ(stems[2], std::string(200, 'x'));
}

TEST(Generate, IsTheSameEverywhere) {
  std::vector<float> values(3), again(3);
  fillRandom(values.data(), INGOT_F32, 3, 7);
  EXPECT_FLOAT_EQ(values[0], 0.38982970f);
  fillRandom(again.data(), INGOT_F32, 3, 7);
  EXPECT_EQ(values, again);
}

TEST(Generate, StaysInItsType) {
  for (uint32_t dtype = 1; dtype < INGOT_DTYPE_COUNT; ++dtype) {
    std::vector<char> bytes(1000 * ingot_dtype_bytes(dtype));
    fillRandom(bytes.data(), dtype, 1000, 3);
    double least = 1e9, most = -1e9;
    for (uint64_t i = 0; i < 1000; ++i) {
      const Number number = loadElement(bytes.data(), dtype, i);
      ASSERT_TRUE(number.isFinite()) << ingot_dtype_name(dtype);
      least = std::min(least, number.asReal());
      most = std::max(most, number.asReal());
    }
    EXPECT_GE(least, 0) << ingot_dtype_name(dtype);
    EXPECT_LT(most, dtype == INGOT_F8E8M0FNU ? 1e30 : 10) << ingot_dtype_name(dtype);
    EXPECT_LT(least, most) << ingot_dtype_name(dtype);
  }
}

TEST(CallSizes, LargestThatFitTogether) {
  test::TableBuilder b;
  const uint32_t past = b.size("past", 0, 500), seq = b.size("seq", 1, 512, 1), step = b.size("step", 0, 10, 4);
  b.beginEntry("main");
  b.input("x", INGOT_F32, {b.apply(INGOT_EXPR_ADD, past, seq), step});
  b.require(b.apply(INGOT_EXPR_SUB, b.constant(512), b.apply(INGOT_EXPR_ADD, past, seq)));
  b.endEntry(b.commands({}));
  const test::BuiltArtifact built = b.build();
  const rt::Table table(built.header());
  CallSizes sizes;
  ASSERT_TRUE(sizes.choose(table, 0, SizeChoice::Largest));
  EXPECT_LE(sizes.size(0) + sizes.size(1), 512);
  EXPECT_GT(sizes.size(0) + sizes.size(1), 256);
  EXPECT_EQ(sizes.dim(table.argument(0), 0), sizes.size(0) + sizes.size(1));
  CallSizes least, some;
  ASSERT_TRUE(least.choose(table, 0, SizeChoice::Least));
  EXPECT_EQ(least.size(0), 0);
  EXPECT_EQ(least.size(2), 0);
  ASSERT_TRUE(some.choose(table, 0, SizeChoice::LeastNonEmpty));
  EXPECT_EQ(some.size(0), 1);
  EXPECT_EQ(some.size(1), 1);
  EXPECT_EQ(some.size(2), 4);
  some.set(1, 100);
  EXPECT_EQ(some.dim(table.argument(0), 0), 101);
}

} // namespace
} // namespace ingot::hostio
