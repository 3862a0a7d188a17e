#include "ir/Types.h"
#include "runtime/abi/artifact.h"
#include "gtest/gtest.h"

using namespace mlir;

namespace ingot::test {
namespace {

struct TypesTest : testing::Test {
  MLIRContext context;
  AffineExpr s0, s1;
  Type f32;
  TypesTest() {
    context.loadDialect<IngotDialect>();
    s0 = getAffineSymbolExpr(0, &context);
    s1 = getAffineSymbolExpr(1, &context);
    f32 = Float32Type::get(&context);
  }
  AffineExpr constant(int64_t value) { return getAffineConstantExpr(value, &context); }
  SizeAttr size(StringRef name, int64_t min, int64_t max) { return SizeAttr::get(&context, name, min, max); }
};

TEST_F(TypesTest, EqualPolynomialsHaveOneNormalForm) {
  EXPECT_EQ(simplifyExpr(s0 * 16 * 4 * 4), simplifyExpr(s0 * 256));
  EXPECT_EQ(simplifyExpr(s1 * s0), simplifyExpr(s0 * s1));
  EXPECT_EQ(simplifyExpr((s0 + 1) * (s0 - 1)), simplifyExpr(s0 * s0 - 1));
  EXPECT_EQ(simplifyExpr(s0 + s1 - s0), s1);
  EXPECT_EQ(simplifyExpr((s0 * 4 + 7).floorDiv(4)), simplifyExpr(s0 + 1));
  EXPECT_EQ(simplifyExpr((s0 * 4 + 7) % 4), constant(3));
  EXPECT_EQ(simplifyExpr((s0 * 4).ceilDiv(2)), simplifyExpr(s0 * 2));
  EXPECT_TRUE(sameExpr(s0.ceilDiv(4), (s0 + 3).floorDiv(4)));
  EXPECT_TRUE(sameExpr((s0 + 8).floorDiv(4), s0.floorDiv(4) + 2));
  EXPECT_FALSE(sameExpr(s0, s1));
  EXPECT_FALSE(sameExpr(s0, s0 + 1));
}

TEST_F(TypesTest, MakesStaticAndSymbolicTypes) {
  RankedTensorType fixed = makeTensorType(ArrayRef<AffineExpr>{constant(2), constant(3)}, f32);
  EXPECT_EQ(fixed, RankedTensorType::get({2, 3}, f32));
  RankedTensorType symbolic = makeTensorType({s0 * 2 + s0, constant(3)}, f32);
  EXPECT_EQ(symbolic, makeTensorType({s0 * 3, constant(3)}, f32));
  EXPECT_TRUE(symbolic.isDynamicDim(0));
  EXPECT_FALSE(symbolic.isDynamicDim(1));
  EXPECT_EQ(dimExpr(symbolic, 0), simplifyExpr(s0 * 3));
  EXPECT_TRUE(sameExpr(numElementsExpr(symbolic), s0 * 9));
  EXPECT_TRUE(hasKnownDims(symbolic));
  EXPECT_FALSE(hasKnownDims(RankedTensorType::get({ShapedType::kDynamic}, f32)));
  EXPECT_EQ(dimExprs(withElementType(symbolic, IntegerType::get(&context, 8))), dimExprs(symbolic));
}

TEST_F(TypesTest, BoundsOverSizesOfData) {
  SmallVector<SizeAttr> sizes{size("batch", 1, 64), SizeAttr::get(&context, "kept", 2, 10, /*isData=*/true)};
  EXPECT_EQ(boundOverData(s0 * 3, sizes), s0 * 3);
  EXPECT_EQ(boundOverData(s0 * s1 + s1, sizes), s0 * 10 + 10);
  EXPECT_EQ(boundOverData((s0 + s1).ceilDiv(4), sizes), (s0 + 10).ceilDiv(4));
  // What falls with a size is bounded by its least value; what does both by its range.
  EXPECT_EQ(simplifyExpr(*boundOverData(s1 * -1 + 12, sizes)), constant(10));
  EXPECT_EQ(simplifyExpr(*boundOverData(s1 % 4 + s0, sizes)), simplifyExpr(s0 + 3));
  EXPECT_EQ(boundOverData(getAffineSymbolExpr(2, &context), sizes), std::nullopt);
  EXPECT_TRUE(mentionsSize(s0 + s1 * 2, 1));
  EXPECT_FALSE(mentionsSize(s0 * 2, 1));
}

TEST_F(TypesTest, EvaluatesAndBoundsExpressions) {
  EXPECT_EQ(evaluateExpr(s0 * 3 + s1.floorDiv(2), {4, 5}), 14);
  EXPECT_EQ(evaluateExpr(s0 * 3, {}), std::nullopt);
  EXPECT_EQ(evaluateExpr(s0 * s1, {int64_t(1) << 40, int64_t(1) << 40}), std::nullopt);
  SmallVector<SizeAttr> sizes{size("batch", 1, 64), size("seq", 2, 10)};
  EXPECT_EQ(maxOfExpr(s0 * s1 + 1, sizes), 641);
  EXPECT_EQ(maxOfExpr(s0 * -1 + 70, sizes), 69);
  EXPECT_EQ(rangeOfExpr(s1.ceilDiv(4), sizes), (std::pair<int64_t, int64_t>(1, 3)));
  EXPECT_EQ(rangeOfExpr(s0 % 8, sizes), (std::pair<int64_t, int64_t>(0, 7)));
  EXPECT_EQ(maxOfExpr(s0 * INT64_MAX, sizes), std::nullopt);
}

TEST_F(TypesTest, DescribesTypes) {
  SmallVector<SizeAttr> sizes{size("batch", 1, 64)};
  EXPECT_EQ(describeType(makeTensorType({s0, constant(3), s0 * 2 - 1}, f32), sizes), "f32[batch,3,batch * 2 - 1]");
  EXPECT_EQ(describeType(makeTensorType({s1}, IntegerType::get(&context, 8, IntegerType::Unsigned)), sizes), "u8[s1]");
  EXPECT_EQ(describeExpr((s0 + 1).floorDiv(2), sizes), "(batch + 1) floordiv 2");
}

// ir includes nothing of the runtime; here the two meet.
TEST_F(TypesTest, ElementTypesHaveTheArtifactsNumbers) {
  EXPECT_EQ(dtypeOf(IntegerType::get(&context, 1)), uint32_t(INGOT_I1));
  EXPECT_EQ(dtypeOf(IntegerType::get(&context, 4)), uint32_t(INGOT_I4));
  EXPECT_EQ(dtypeOf(IntegerType::get(&context, 64)), uint32_t(INGOT_I64));
  EXPECT_EQ(dtypeOf(IntegerType::get(&context, 2, IntegerType::Unsigned)), uint32_t(INGOT_U2));
  EXPECT_EQ(dtypeOf(IntegerType::get(&context, 64, IntegerType::Unsigned)), uint32_t(INGOT_U64));
  EXPECT_EQ(dtypeOf(Float8E4M3FNType::get(&context)), uint32_t(INGOT_F8E4M3FN));
  EXPECT_EQ(dtypeOf(Float8E5M2FNUZType::get(&context)), uint32_t(INGOT_F8E5M2FNUZ));
  EXPECT_EQ(dtypeOf(Float8E8M0FNUType::get(&context)), uint32_t(INGOT_F8E8M0FNU));
  EXPECT_EQ(dtypeOf(BFloat16Type::get(&context)), uint32_t(INGOT_BF16));
  EXPECT_EQ(dtypeOf(f32), uint32_t(INGOT_F32));
  EXPECT_EQ(dtypeOf(ComplexType::get(Float64Type::get(&context))), uint32_t(INGOT_C128));
  EXPECT_EQ(dtypeOf(IntegerType::get(&context, 24)), uint32_t(INGOT_DTYPE_INVALID));
  for (uint32_t dtype = 1; dtype != INGOT_DTYPE_COUNT; ++dtype) {
    Type type = elementTypeOf(&context, dtype);
    ASSERT_TRUE(type) << dtype;
    EXPECT_EQ(dtypeOf(type), dtype);
    int64_t bits = isa<ComplexType>(type) ? 2 * cast<ComplexType>(type).getElementType().getIntOrFloatBitWidth()
                                          : int64_t(type.getIntOrFloatBitWidth());
    EXPECT_EQ(elementBytes(type), (bits + 7) / 8) << dtype;
    EXPECT_EQ(elementsInByte(type), bits > 8 ? 0u : bits == 2 || bits == 4 ? 8u / unsigned(bits) : 1u) << dtype;
  }
  EXPECT_FALSE(elementTypeOf(&context, 0));
  EXPECT_FALSE(elementTypeOf(&context, INGOT_DTYPE_COUNT));
}

} // namespace
} // namespace ingot::test
