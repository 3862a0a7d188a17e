// Ops that StableHLO has left behind, rewritten by those of its specification.
#include "frontends/stablehlo/Upgrades.h"
#include "tests/frontends/stablehlo/TreeBuilder.h"

#include "gtest/gtest.h"

#include "llvm/ADT/STLExtras.h"

namespace ingot::stablehlo {
namespace {

using namespace test;

// The ops of a function with one op of that name, upgraded.
std::string upgraded(std::string name, std::vector<std::vector<int64_t>> operands, std::vector<int64_t> result,
                     std::vector<NamedAttribute> (*attributes)(Module &), Element element = Element::F32) {
  Module module;
  std::vector<TypeRef> types;
  for (std::vector<int64_t> &dims : operands)
    types.push_back(tensor(module, dims, element));
  FunctionBuilder builder(module, "main", types);
  std::vector<ValueRef> values;
  for (size_t i = 0; i < types.size(); ++i)
    values.push_back(builder.argument(i));
  Op &op = builder.op(name, values, {tensor(module, result, element)}, attributes(module));
  setAttribute(op.attributes, "mhlo.frontend_attributes", makeDictionary({}));
  builder.finish();
  ValueRef given = module.functions[0].body.blocks[0].ops[0].results[0];
  upgradeModule(module);
  const std::vector<Op> &ops = module.functions[0].body.blocks[0].ops;
  // The value keeps its place, and the op what it was annotated with.
  EXPECT_EQ(ops[ops.size() - 2].results[0], given);
  EXPECT_NE(ops[ops.size() - 2].find("mhlo.frontend_attributes"), nullptr);
  std::string text;
  for (const Op &each : llvm::ArrayRef(ops).drop_back()) {
    text += text.empty() ? "" : "; ";
    text += llvm::StringRef(each.name).drop_front(strlen("stablehlo."));
    for (const NamedAttribute &entry : each.attributes)
      if (entry.value.kind == Attribute::Integers && !entry.value.integers.empty()) {
        text += " " + entry.name;
        for (auto [i, value] : llvm::enumerate(entry.value.integers))
          text += (i ? "," : "=") + std::to_string(value);
      }
    text += " -> " + spellType(module.typeOf(each.results[0]));
  }
  return text;
}

std::vector<NamedAttribute> none(Module &) { return {}; }

template <size_t N> struct Text {
  char text[N];
  constexpr Text(const char (&from)[N]) { std::copy(from, from + N, text); }
};
template <Text config> std::vector<NamedAttribute> einsum(Module &) { return {{"einsum_config", makeString(config.text)}}; }

TEST(Upgrades, Dot) {
  EXPECT_EQ(upgraded("stablehlo.dot", {{2, 3}, {3, 4}}, {2, 4}, none),
            "dot_general lhs_contracting_dimensions=1 rhs_contracting_dimensions=0 -> tensor<2x4xf32>");
  EXPECT_EQ(upgraded("stablehlo.dot", {{3}, {3}}, {}, none),
            "dot_general lhs_contracting_dimensions=0 rhs_contracting_dimensions=0 -> tensor<f32>");
  EXPECT_EQ(upgraded("stablehlo.dot", {{2, 2, 3}, {3}}, {2, 2}, none), "dot -> tensor<2x2xf32>");
}

TEST(Upgrades, Einsum) {
  EXPECT_EQ(upgraded("stablehlo.einsum", {{2, 3}, {3, 4}}, {2, 4}, einsum<"ab,bc->ac">),
            "dot_general lhs_contracting_dimensions=1 rhs_contracting_dimensions=0 -> tensor<2x4xf32>");
  // The product has its batch first; the result does not.
  EXPECT_EQ(upgraded("stablehlo.einsum", {{2, 5, 3}, {5, 3, 4}}, {4, 5, 2}, einsum<"abk, bkc -> cba">),
            "dot_general lhs_batching_dimensions=1 lhs_contracting_dimensions=2 rhs_batching_dimensions=0 "
            "rhs_contracting_dimensions=1 -> tensor<5x2x4xf32>; "
            "transpose permutation=2,0,1 -> tensor<4x5x2xf32>");
  // What only one operand has and the result has not is summed before.
  EXPECT_EQ(upgraded("stablehlo.einsum", {{2, 3}, {4, 5}}, {2, 4}, einsum<"ax,by->ab">),
            "constant -> tensor<f32>; reduce dimensions=1 -> tensor<2xf32>; constant -> tensor<f32>; reduce dimensions=1 -> "
            "tensor<4xf32>; "
            "dot_general -> tensor<2x4xf32>");
  EXPECT_EQ(upgraded("stablehlo.einsum", {{7, 8, 2, 3}, {7, 8, 3, 4}}, {7, 8, 2, 4}, einsum<"...ij,...jk->...ik">),
            "dot_general lhs_batching_dimensions=0,1 lhs_contracting_dimensions=3 rhs_batching_dimensions=0,1 "
            "rhs_contracting_dimensions=2 -> "
            "tensor<7x8x2x4xf32>");
  for (auto config : {einsum<"aa,ab->b">, einsum<"ab,bc->ad">, einsum<"ab,bc">, einsum<"ab->a">, einsum<"ab,bc,c->a">,
                      einsum<"a,bc->ac">, einsum<"a%,bc->ac">})
    EXPECT_EQ(upgraded("stablehlo.einsum", {{3, 3}, {3, 4}}, {3, 4}, config), "einsum -> tensor<3x4xf32>");
}

TEST(Upgrades, UnaryEinsum) {
  EXPECT_EQ(upgraded("stablehlo.unary_einsum", {{2, 3, 4}}, {4, 2}, einsum<"abc->ca">),
            "constant -> tensor<f32>; reduce dimensions=1 -> tensor<2x4xf32>; transpose permutation=1,0 -> tensor<4x2xf32>");
  EXPECT_EQ(upgraded("stablehlo.unary_einsum", {{2, 2}}, {2}, einsum<"aa->a">), "unary_einsum -> tensor<2xf32>");
}

TEST(Upgrades, Broadcast) {
  auto sizes = [](Module &module) -> std::vector<NamedAttribute> {
    return {{"broadcast_sizes", makeIntegers(module, {5, 6})}};
  };
  EXPECT_EQ(upgraded("stablehlo.broadcast", {{2, 3}}, {5, 6, 2, 3}, sizes),
            "broadcast_in_dim broadcast_dimensions=2,3 -> tensor<5x6x2x3xf32>");
  EXPECT_EQ(upgraded("stablehlo.broadcast", {{2, 3}}, {5, 6, 2}, sizes),
            "broadcast broadcast_sizes=5,6 -> tensor<5x6x2xf32>");
}

TEST(Upgrades, TorchIndexSelect) {
  auto along = [](Module &module) -> std::vector<NamedAttribute> {
    return {{"dim", makeInteger(module, 2)}, {"batch_dims", makeInteger(module, 1)}};
  };
  EXPECT_EQ(upgraded("stablehlo.torch_index_select", {{2, 3, 4, 5}, {2, 7, 8}}, {2, 3, 7, 8, 5}, along),
            "gather collapsed_slice_dims=2 offset_dims=1,4 operand_batching_dims=0 slice_sizes=1,3,1,5 start_index_map=2 "
            "start_indices_batching_dims=0 -> "
            "tensor<2x3x7x8x5xf32>");
  auto outside = [](Module &module) -> std::vector<NamedAttribute> {
    return {{"dim", makeInteger(module, 4)}, {"batch_dims", makeInteger(module, 0)}};
  };
  EXPECT_EQ(upgraded("stablehlo.torch_index_select", {{2, 3}, {2}}, {2, 3}, outside),
            "torch_index_select -> tensor<2x3xf32>");
}

TEST(Upgrades, TokensAndSums) {
  auto groups = [](Module &module) -> std::vector<NamedAttribute> {
    return {{"replica_groups", makeIntegers(module, {0, 1}, Element::SI64, 2)}};
  };
  EXPECT_EQ(upgraded("stablehlo.cross-replica-sum", {{2}}, {2}, groups), "all_reduce replica_groups=0,1 -> tensor<2xf32>");
  EXPECT_EQ(upgraded("stablehlo.create_token", {}, {}, none), "after_all -> tensor<f32>");
}

// Inside of regions as well, and in modules inside of modules.
TEST(Upgrades, ReachesEverywhere) {
  Module module;
  Module &inner = module.addNested();
  TypeRef type = tensor(inner, {3});
  FunctionBuilder builder(inner, "main", {type});
  Region region = FunctionBuilder::region(inner, {type});
  Op dot;
  dot.name = "stablehlo.dot";
  dot.location = inner.intern(Location());
  dot.operands = {region.blocks[0].arguments[0], region.blocks[0].arguments[0]};
  dot.results = {inner.addValue(tensor(inner, {}))};
  completeAttributes(inner, dot, *findOp("stablehlo.dot"));
  region.blocks[0].ops.insert(region.blocks[0].ops.begin(), std::move(dot));
  builder.op("stablehlo.while", {builder.argument(0)}, {type}).regions.push_back(std::move(region));
  builder.finish();
  upgradeModule(module);
  EXPECT_EQ(inner.functions[0].body.blocks[0].ops[0].regions[0].blocks[0].ops[0].name, "stablehlo.dot_general");
}

} // namespace
} // namespace ingot::stablehlo
