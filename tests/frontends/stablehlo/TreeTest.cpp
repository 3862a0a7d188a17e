#include "frontends/stablehlo/Attributes.h"

#include "gtest/gtest.h"

#include <set>

namespace ingot::stablehlo {
namespace {

TEST(Schema, ListsAttributesByName) {
  for (const OpRow &row : allOps())
    for (size_t i = 1; i < row.attributes.size(); ++i)
      EXPECT_LT(llvm::StringRef(row.attributes[i - 1].name), llvm::StringRef(row.attributes[i].name)) << row.name;
}

// Between its first and its last version VHLO always has exactly one form of an op.
TEST(Schema, HasOneFormForEachVersion) {
  for (const OpRow &row : allOps()) {
    if (!*row.name)
      continue;
    std::string name = std::string(row.dialect) + "." + row.current;
    EXPECT_LE(row.since, row.until) << name;
    const OpRow *newest = findOp(name);
    ASSERT_NE(newest, nullptr) << name;
    EXPECT_EQ(newest->until, kNewestVersion) << name;
    unsigned covering = 0;
    for (const OpRow &other : allOps())
      if (*other.name && other.dialect == llvm::StringRef(row.dialect) && other.current == llvm::StringRef(row.current))
        covering += other.since <= row.until && row.until <= other.until;
    EXPECT_EQ(covering, 1u) << name;
    EXPECT_EQ(findOp(name, row.since), &row) << row.name;
    EXPECT_EQ(findOp(name, row.until), &row) << row.name;
    if (row.since > kOldestVersion) {
      Version before{row.since.major, uint16_t(row.since.minor - 1)};
      EXPECT_NE(findOp(name, before), &row) << row.name;
    }
  }
}

TEST(Schema, FindsOps) {
  EXPECT_STREQ(findVhloOp("gather_v1")->current, "gather");
  EXPECT_EQ(findVhloOp("gather_v3"), nullptr);
  EXPECT_STREQ(findOp("stablehlo.gather")->name, "gather_v2");
  EXPECT_STREQ(findOp("stablehlo.gather", {1, 0})->name, "gather_v1");
  EXPECT_STREQ(findOp("func.return")->name, "return_v1");
  EXPECT_EQ(findOp("stablehlo.tan", {1, 3}), nullptr);
  EXPECT_STREQ(findOp("chlo.top_k")->name, "");
  EXPECT_EQ(findOp("chlo.top_k", kNewestVersion), nullptr);
}

TEST(Schema, EveryDefaultIsOne) {
  for (const OpRow &row : allOps()) {
    Module module;
    Op op;
    // What lists by default go by.
    for (const AttributeRow &attribute : row.attributes)
      if (attribute.asManyAs)
        setAttribute(op.attributes, attribute.asManyAs, makeIntegers(module, {2, 3, 4}));
    llvm::SmallVector<llvm::StringRef> missing = completeAttributes(module, op, row);
    for (const AttributeRow &attribute : row.attributes) {
      const Attribute *value = op.find(attribute.name);
      bool isMissing = llvm::is_contained(missing, attribute.name);
      EXPECT_NE(value != nullptr, isMissing) << row.current << " " << attribute.name;
      if (attribute.asManyAs) {
        ASSERT_EQ(value->kind, Attribute::Integers);
        EXPECT_EQ(value->integers.size(), attribute.kind == AttributeKind::Integers2d ? 6u : 3u);
      }
    }
  }
}

TEST(Tree, SpellsTypes) {
  Module module;
  auto tensor = [&](std::vector<int64_t> dims, Element element) {
    Type type;
    type.kind = Type::Tensor;
    type.dims = std::move(dims);
    type.element = element;
    return module.intern(std::move(type));
  };
  EXPECT_EQ(spellType(tensor({2, kDynamic}, Element::F8E4M3B11FNUZ)), "tensor<2x?xf8E4M3B11FNUZ>");
  EXPECT_EQ(spellType(tensor({}, Element::Complex64)), "tensor<complex<f32>>");
  EXPECT_EQ(tensor({2}, Element::F32), tensor({2}, Element::F32));
  Type bounded;
  bounded.kind = Type::Tensor;
  bounded.dims = {2, kDynamic};
  bounded.bounds = {kDynamic, 4};
  EXPECT_EQ(spellType(module.intern(bounded)), "tensor<2x?xf32, #stablehlo.bounds<?, 4>>");
  Type quantized;
  quantized.kind = Type::Tensor;
  quantized.dims = {2};
  quantized.quantization = Quantization{Element::SI8, Element::F32, -128, 127, std::nullopt, {0.5}, {3}};
  EXPECT_EQ(spellType(module.intern(quantized)), "tensor<2x!quant.uniform<i8:f32, 0.5:3>>");
  quantized.quantization = Quantization{Element::UI8, Element::F32, 0, 127, 0, {0.5, 0.25}, {0, 1}};
  EXPECT_EQ(spellType(module.intern(quantized)), "tensor<2x!quant.uniform<u8<0:127>:f32:0, {0.5,0.25:1}>>");
  Type function;
  function.kind = Type::Function;
  function.members = {tensor({2}, Element::F32)};
  EXPECT_EQ(spellType(module.intern(function)), "(tensor<2xf32>) -> ()");
}

// Thirty tuples of the one before twice each have 2^30 leaves.
TEST(Tree, CutsLongTypesOff) {
  Module module, other;
  TypeRef lhs = module.intern(Type()), rhs = other.intern(Type());
  for (unsigned i = 0; i < 30; ++i) {
    auto twice = [](Module &module, TypeRef type) {
      Type tuple;
      tuple.kind = Type::Tuple;
      tuple.members = {type, type};
      return module.intern(std::move(tuple));
    };
    lhs = twice(module, lhs);
    rhs = twice(other, rhs);
  }
  EXPECT_LT(spellType(lhs).size(), size_t(1) << 15);
  EXPECT_TRUE(equalAttributes(makeType(lhs), makeType(rhs), nullptr));
}

TEST(Tree, SetsAttributesByName) {
  std::vector<NamedAttribute> list;
  setAttribute(list, "b", makeBool(true));
  setAttribute(list, "a", makeBool(false));
  setAttribute(list, "c", makeBool(false));
  setAttribute(list, "a", makeString("x"));
  ASSERT_EQ(list.size(), 3u);
  EXPECT_EQ(list[0].value.text, "x");
  EXPECT_EQ(findAttribute(list, "b")->integer, 1);
  EXPECT_EQ(findAttribute(list, "d"), nullptr);
}

void fill(Module &module, bool splat, int64_t dimension, bool readsFirst) {
  Type type;
  type.kind = Type::Tensor;
  type.element = Element::SI16;
  type.dims = {2};
  TypeRef tensor = module.intern(type);
  Function &function = module.functions.emplace_back();
  function.name = "main";
  Type signature;
  signature.kind = Type::Function;
  signature.results = {tensor};
  function.type = module.intern(signature);
  Block &block = function.body.blocks.emplace_back();
  for (int i = 0; i < 2; ++i) {
    Op &op = block.ops.emplace_back();
    op.name = "stablehlo.constant";
    Attribute value;
    value.kind = Attribute::Tensor;
    value.elements.type = tensor;
    value.elements.splat = splat;
    value.elements.bytes = splat ? llvm::StringRef("\1\0", 2) : llvm::StringRef("\1\0\1\0", 4);
    setAttribute(op.attributes, "value", value);
    op.results.push_back(module.addValue(tensor));
  }
  Op &op = block.ops.emplace_back();
  op.name = "stablehlo.concatenate";
  op.operands.push_back(readsFirst ? 0 : 1);
  op.results.push_back(module.addValue(tensor));
  setAttribute(op.attributes, "dimension", makeInteger(module, dimension));
}

TEST(Tree, ComparesByMeaning) {
  Module lhs, same, otherValue, otherAttribute;
  fill(lhs, true, 0, true);
  fill(same, false, 0, true);
  fill(otherValue, true, 0, false);
  fill(otherAttribute, true, 1, true);
  std::string why;
  EXPECT_TRUE(equalModules(lhs, same, &why)) << why;
  EXPECT_FALSE(equalModules(lhs, otherValue, &why));
  EXPECT_EQ(why, "function @main, op 2 (stablehlo.concatenate) reads other values");
  EXPECT_FALSE(equalModules(lhs, otherAttribute, &why));
  EXPECT_EQ(why, "function @main, op 2 (stablehlo.concatenate): attribute dimension differs");
  EXPECT_EQ(printModule(lhs),
            "module {\n"
            "  func public @main () -> tensor<2xi16> {\n"
            "    %0 = stablehlo.constant() {value = splat<0x0100> : tensor<2xi16>} : () -> (tensor<2xi16>)\n"
            "    %1 = stablehlo.constant() {value = splat<0x0100> : tensor<2xi16>} : () -> (tensor<2xi16>)\n"
            "    %2 = stablehlo.concatenate(%0) {dimension = 0 : i64} : (tensor<2xi16>) -> (tensor<2xi16>)\n"
            "  }\n"
            "}\n");
}

} // namespace
} // namespace ingot::stablehlo
