#include "ir/ReshapeGroups.h"
#include "gtest/gtest.h"

using namespace mlir;

namespace ingot::test {
namespace {

struct ReshapeGroupsTest : testing::Test {
  MLIRContext context;
  AffineExpr n, t;
  ReshapeGroupsTest() {
    context.loadDialect<IngotDialect>();
    n = getAffineSymbolExpr(0, &context);
    t = getAffineSymbolExpr(1, &context);
  }
  AffineExpr constant(int64_t value) { return getAffineConstantExpr(value, &context); }
  // "from dims>to dims" of each group, by their numbers.
  std::string groups(ArrayRef<AffineExpr> from, ArrayRef<AffineExpr> to) {
    Type f32 = Float32Type::get(&context);
    std::string text;
    for (const ReshapeGroup &group : reshapeGroups(makeTensorType(from, f32), makeTensorType(to, f32))) {
      text += text.empty() ? "" : " ";
      for (unsigned dim = group.fromBegin; dim < group.fromEnd; ++dim)
        text += std::to_string(dim);
      text += ">";
      for (unsigned dim = group.toBegin; dim < group.toEnd; ++dim)
        text += std::to_string(dim);
    }
    return text;
  }
};

TEST_F(ReshapeGroupsTest, OfNumbers) {
  EXPECT_EQ(groups({constant(2), constant(3), constant(4)}, {constant(6), constant(4)}), "01>0 2>1");
  EXPECT_EQ(groups({constant(4), constant(6)}, {constant(6), constant(4)}), "01>01");
  EXPECT_EQ(groups({constant(12), constant(5)}, {constant(3), constant(4), constant(5)}), "0>01 1>2");
  EXPECT_EQ(groups({}, {constant(1), constant(1)}), ">01");
  EXPECT_EQ(groups({constant(7), constant(1)}, {constant(7)}), "0>0 1>");
  EXPECT_EQ(groups({constant(1), constant(7)}, {constant(7)}), "01>0");
  EXPECT_EQ(groups({constant(3), constant(1), constant(5)}, {constant(3), constant(5)}), "0>0 12>1");
  // Products of no elements tell nothing.
  EXPECT_EQ(groups({constant(2), constant(4), constant(0), constant(6)},
                   {constant(2), constant(2), constant(2), constant(0), constant(6)}),
            "0>0 1>12 2>3 3>4");
}

// What both sides share stands alone, whatever symbolic dims come before or behind it.
TEST_F(ReshapeGroupsTest, OfSizes) {
  EXPECT_EQ(groups({n * t, constant(6625)}, {n, t, constant(6625)}), "0>01 1>2");
  EXPECT_EQ(groups({n, t, constant(6625)}, {n * t, constant(6625)}), "01>0 2>1");
  EXPECT_EQ(groups({n, constant(14), constant(14), constant(384)}, {n * 196, constant(384)}), "012>0 3>1");
  EXPECT_EQ(groups({n, t, constant(12), constant(64)}, {n, t, constant(768)}), "0>0 1>1 23>2");
  EXPECT_EQ(groups({n, t * 2}, {n * 2, t}), "01>01");
  // 7 * (t floordiv 7) is not known to be t; what stands behind is known all the same.
  EXPECT_EQ(groups({n, t, constant(8)}, {n, t.floorDiv(7), constant(7), constant(8)}), "0>0 1>12 2>3");
}

} // namespace
} // namespace ingot::test
