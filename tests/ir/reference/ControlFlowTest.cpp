#include "tests/ir/reference/Harness.h"

namespace ingot::test {
namespace {

TEST(ControlFlow, If) {
  auto expectBranch = [](const std::string &pred, const std::string &expected) {
    expectValue("%p = ingot.constant dense<" + pred + R"(> : tensor<i1>
                 %x = ingot.constant dense<[1, 2]> : tensor<2xi32>
                 %y:2 = ingot.if %p : (tensor<i1>) -> (tensor<2xi32>, tensor<i8>) {
                   %n = ingot.negate %x : tensor<2xi32>
                   %one = ingot.constant dense<1> : tensor<i8>
                   ingot.return %n, %one : tensor<2xi32>, tensor<i8>
                 } else {
                   %two = ingot.constant dense<2> : tensor<i8>
                   ingot.return %x, %two : tensor<2xi32>, tensor<i8>
                 }
                 %k = ingot.convert %y#1 : (tensor<i8>) -> tensor<i32>
                 %b = ingot.broadcast_in_dim %k dims = [] : (tensor<i32>) -> tensor<2xi32>
                 %r = ingot.multiply %y#0, %b : tensor<2xi32>)",
                "tensor<2xi32>", "dense<" + expected + ">");
  };
  expectBranch("true", "[-1, -2]");
  expectBranch("false", "[2, 4]");
}

TEST(ControlFlow, Case) {
  auto expectBranch = [](const std::string &index, const std::string &expected) {
    expectValue("%i = ingot.constant dense<" + index + R"(> : tensor<i32>
                 %y = ingot.case %i : (tensor<i32>) -> tensor<i32> {
                   %c = ingot.constant dense<10> : tensor<i32>
                   ingot.return %c : tensor<i32>
                 }, {
                   %c = ingot.constant dense<20> : tensor<i32>
                   ingot.return %c : tensor<i32>
                 }, {
                   ingot.return %i : tensor<i32>
                 }
                 %r = ingot.reshape %y : (tensor<i32>) -> tensor<i32>)",
                "tensor<i32>", "dense<" + expected + ">");
  };
  expectBranch("0", "10");
  expectBranch("1", "20");
  expectBranch("2", "2");
  expectBranch("7", "7");
  expectBranch("-1", "-1");
}

TEST(ControlFlow, While) {
  auto expectPower = [](const std::string &count, const std::string &expected) {
    expectValue("%n = ingot.constant dense<" + count + R"(> : tensor<i64>
                 %zero = ingot.constant dense<0> : tensor<i64>
                 %one = ingot.constant dense<1> : tensor<i64>
                 %x = ingot.constant dense<[1.0, -3.0]> : tensor<2xf32>
                 %y:2 = ingot.while (%zero, %x) : (tensor<i64>, tensor<2xf32>) -> (tensor<i64>, tensor<2xf32>) cond {
                 ^bb0(%i: tensor<i64>, %v: tensor<2xf32>):
                   %p = ingot.compare LT %i, %n : tensor<i64>
                   ingot.return %p : tensor<i1>
                 } do {
                 ^bb0(%i: tensor<i64>, %v: tensor<2xf32>):
                   %j = ingot.add %i, %one : tensor<i64>
                   %w = ingot.add %v, %v : tensor<2xf32>
                   ingot.return %j, %w : tensor<i64>, tensor<2xf32>
                 }
                 %r = ingot.subtract %y#1, %x : tensor<2xf32>)",
                "tensor<2xf32>", "dense<" + expected + ">");
  };
  expectPower("0", "[0.0, 0.0]");
  expectPower("1", "[1.0, -3.0]");
  expectPower("5", "[31.0, -93.0]");
}

// An outer and an inner loop, a branch in the inner one; the branch uses values of all levels, and %k again after the loops.
TEST(ControlFlow, NestedRegionsUseOuterValues) {
  expectValue(R"(%k = ingot.constant dense<3> : tensor<i32>
                 %zero = ingot.constant dense<0> : tensor<i32>
                 %one = ingot.constant dense<1> : tensor<i32>
                 %two = ingot.constant dense<2> : tensor<i32>
                 %s:2 = ingot.while (%zero, %zero) : (tensor<i32>, tensor<i32>) -> (tensor<i32>, tensor<i32>) cond {
                 ^bb0(%i: tensor<i32>, %sum: tensor<i32>):
                   %p = ingot.compare LT %i, %k : tensor<i32>
                   ingot.return %p : tensor<i1>
                 } do {
                 ^bb0(%i: tensor<i32>, %sum: tensor<i32>):
                   %t:2 = ingot.while (%zero, %sum) : (tensor<i32>, tensor<i32>) -> (tensor<i32>, tensor<i32>) cond {
                   ^bb0(%j: tensor<i32>, %inner: tensor<i32>):
                     %p = ingot.compare LT %j, %two : tensor<i32>
                     ingot.return %p : tensor<i1>
                   } do {
                   ^bb0(%j: tensor<i32>, %inner: tensor<i32>):
                     %p = ingot.compare EQ %i, %j : tensor<i32>
                     %a = ingot.if %p : (tensor<i1>) -> tensor<i32> {
                       %m = ingot.multiply %k, %k : tensor<i32>
                       %b = ingot.add %inner, %m : tensor<i32>
                       ingot.return %b : tensor<i32>
                     } else {
                       %b = ingot.add %inner, %i : tensor<i32>
                       ingot.return %b : tensor<i32>
                     }
                     %j1 = ingot.add %j, %one : tensor<i32>
                     ingot.return %j1, %a : tensor<i32>, tensor<i32>
                   }
                   %i1 = ingot.add %i, %one : tensor<i32>
                   ingot.return %i1, %t#1 : tensor<i32>, tensor<i32>
                 }
                 %r = ingot.add %s#1, %k : tensor<i32>)",
              "tensor<i32>", "dense<26>"); // (9 + 0) + (1 + 9) + (2 + 2) + 3
}

// A recurrent cell as a composite: its decomposition walks the rows of a sequence of symbolic length.
TEST(ControlFlow, ACompositeOfALoop) {
  Parsed parsed(R"(
    module attributes {ingot.sizes = [#ingot.size<"seq", 1 to 16>]} {
      func.func private @leaky(%x: tensor<?x2xf32, #ingot.dims<[s0, 2]>>, %h: tensor<2xf32>) -> (tensor<?x2xf32, #ingot.dims<[s0, 2]>>, tensor<2xf32>) {
        %zero = ingot.constant dense<0> : tensor<i64>
        %one = ingot.constant dense<1> : tensor<i64>
        %half = ingot.constant dense<0.5> : tensor<2xf32>
        %length = ingot.size_of affine_map<()[s0] -> (s0)> : tensor<i64>
        %0:3 = ingot.while (%zero, %x, %h) : (tensor<i64>, tensor<?x2xf32, #ingot.dims<[s0, 2]>>, tensor<2xf32>) -> (tensor<i64>, tensor<?x2xf32, #ingot.dims<[s0, 2]>>, tensor<2xf32>) cond {
        ^bb0(%t: tensor<i64>, %y: tensor<?x2xf32, #ingot.dims<[s0, 2]>>, %state: tensor<2xf32>):
          %p = ingot.compare LT %t, %length : tensor<i64>
          ingot.return %p : tensor<i1>
        } do {
        ^bb0(%t: tensor<i64>, %y: tensor<?x2xf32, #ingot.dims<[s0, 2]>>, %state: tensor<2xf32>):
          %row = ingot.dynamic_slice %x [%t, %zero] : (tensor<?x2xf32, #ingot.dims<[s0, 2]>>, tensor<i64>, tensor<i64>) -> tensor<1x2xf32>
          %flat = ingot.reshape %row : (tensor<1x2xf32>) -> tensor<2xf32>
          %kept = ingot.multiply %state, %half : tensor<2xf32>
          %next = ingot.add %kept, %flat : tensor<2xf32>
          %wide = ingot.reshape %next : (tensor<2xf32>) -> tensor<1x2xf32>
          %z = ingot.dynamic_update_slice %y, %wide [%t, %zero] : (tensor<?x2xf32, #ingot.dims<[s0, 2]>>, tensor<1x2xf32>, tensor<i64>, tensor<i64>) -> tensor<?x2xf32, #ingot.dims<[s0, 2]>>
          %u = ingot.add %t, %one : tensor<i64>
          ingot.return %u, %z, %next : tensor<i64>, tensor<?x2xf32, #ingot.dims<[s0, 2]>>, tensor<2xf32>
        }
        return %0#1, %0#2 : tensor<?x2xf32, #ingot.dims<[s0, 2]>>, tensor<2xf32>
      }
      func.func @main(%x: tensor<?x2xf32, #ingot.dims<[s0, 2]>>, %h: tensor<2xf32>) -> (tensor<?x2xf32, #ingot.dims<[s0, 2]>>, tensor<2xf32>) {
        %0:2 = ingot.composite "leaky" (%x, %h) as @leaky : (tensor<?x2xf32, #ingot.dims<[s0, 2]>>, tensor<2xf32>) -> (tensor<?x2xf32, #ingot.dims<[s0, 2]>>, tensor<2xf32>)
        return %0#0, %0#1 : tensor<?x2xf32, #ingot.dims<[s0, 2]>>, tensor<2xf32>
      }
    })");
  ASSERT_TRUE(parsed.module) << parsed.diagnostics;
  auto x = reference::Tensor::zeros(mlir::Float32Type::get(&parsed.context), {3, 2});
  for (int64_t i = 0; i != 6; ++i)
    x.data<float>()[i] = float(i);
  auto h = reference::Tensor::zeros(x.elementType, {2});
  h.data<float>()[0] = 8;
  auto results = reference::run(parsed.function(), {x, h}, {});
  ASSERT_TRUE(bool(results)) << llvm::toString(results.takeError());
  EXPECT_EQ(textOf((*results)[0]), "f32[3,2]: 4.000000 1.000000 4.000000 3.500000 6.000000 6.750000");
  EXPECT_EQ(textOf((*results)[1]), "f32[2]: 6.000000 6.750000");
}

TEST(ControlFlow, ErrorsInRegionsAreReported) {
  Parsed parsed(R"(func.func @main(%p: tensor<i1>) -> tensor<i32> {
    %0 = ingot.if %p : (tensor<i1>) -> tensor<i32> {
      %1 = func.call @main(%p) : (tensor<i1>) -> tensor<i32>
      ingot.return %1 : tensor<i32>
    } else {
      %1 = ingot.constant dense<5> : tensor<i32>
      ingot.return %1 : tensor<i32>
    }
    return %0 : tensor<i32>
  })");
  ASSERT_TRUE(parsed.module) << parsed.diagnostics;
  auto pred = reference::Tensor::zeros(mlir::IntegerType::get(&parsed.context, 1), {});
  auto ended = reference::run(parsed.function(), {pred}, {});
  ASSERT_TRUE(bool(ended)) << llvm::toString(ended.takeError());
  EXPECT_EQ((*ended)[0].data<int32_t>()[0], 5);
  pred.bytes[0] = 1;
  auto endless = reference::run(parsed.function(), {pred}, {});
  ASSERT_FALSE(bool(endless));
  EXPECT_NE(llvm::toString(endless.takeError()).find("calls nest too deep"), std::string::npos);
}

} // namespace
} // namespace ingot::test
