#include "tests/ir/reference/Harness.h"

namespace ingot::test {
namespace {

// The example of the specification, computed by hand: two features, each of the values 1 to 4 twice.
const std::string kOperand =
    "%x = ingot.constant dense<[[[1.0, 2.0], [3.0, 4.0]], [[3.0, 4.0], [1.0, 2.0]]]> : tensor<2x2x2xf64>\n"
    "%one = ingot.constant dense<1.0> : tensor<2xf64>\n";

TEST(Normalization, Training) {
  const std::string training =
      kOperand +
      "%0, %mean, %var = ingot.batch_norm_training %x, %one, %one epsilon = 0.0 feature = 2 "
      ": (tensor<2x2x2xf64>, tensor<2xf64>, tensor<2xf64>) -> (tensor<2x2x2xf64>, tensor<2xf64>, tensor<2xf64>)\n";
  expectValue(training + "%r = ingot.negate %0 : tensor<2x2x2xf64>", "tensor<2x2x2xf64>",
              "dense<[[[-0.0, -0.0], [-2.0, -2.0]], [[-2.0, -2.0], [-0.0, -0.0]]]>", 1e-12);
  expectValue(training + "%r = ingot.negate %mean : tensor<2xf64>", "tensor<2xf64>", "dense<[-2.0, -3.0]>");
  expectValue(training + "%r = ingot.negate %var : tensor<2xf64>", "tensor<2xf64>", "dense<[-1.0, -1.0]>");
}

TEST(Normalization, Inference) {
  expectValue(kOperand +
                  "%mean = ingot.constant dense<[2.0, 3.0]> : tensor<2xf64>\n"
                  "%r = ingot.batch_norm_inference %x, %one, %one, %mean, %one epsilon = 3.0 feature = 2 "
                  ": (tensor<2x2x2xf64>, tensor<2xf64>, tensor<2xf64>, tensor<2xf64>, tensor<2xf64>) -> tensor<2x2x2xf64>",
              "tensor<2x2x2xf64>", "dense<[[[0.5, 0.5], [1.5, 1.5]], [[1.5, 1.5], [0.5, 0.5]]]>");
}

TEST(Normalization, GradOfAConstantIsItsSum) {
  const std::string grad = kOperand +
                           "%mean = ingot.constant dense<[2.0, 3.0]> : tensor<2xf64>\n"
                           "%g = ingot.constant dense<0.1> : tensor<2x2x2xf64>\n"
                           "%0, %1, %2 = ingot.batch_norm_grad %x, %one, %mean, %one, %g epsilon = 0.0 feature = 2 "
                           ": (tensor<2x2x2xf64>, tensor<2xf64>, tensor<2xf64>, tensor<2xf64>, tensor<2x2x2xf64>) -> "
                           "(tensor<2x2x2xf64>, tensor<2xf64>, tensor<2xf64>)\n";
  expectValue(grad + "%r = ingot.abs %0 : tensor<2x2x2xf64>", "tensor<2x2x2xf64>", "dense<0.0>", 1e-15);
  expectValue(grad + "%r = ingot.abs %1 : tensor<2xf64>", "tensor<2xf64>", "dense<0.0>", 1e-15);
  expectValue(grad + "%r = ingot.abs %2 : tensor<2xf64>", "tensor<2xf64>", "dense<0.4>", 1e-15);
}

TEST(Normalization, GradOfTheOperand) {
  // x = 0, 1, 2, 3 of one feature: mean 1.5, variance 1.25; grad_output = 1, 0, 0, 0.
  const std::string grad =
      "%x = ingot.constant dense<[[0.0], [1.0], [2.0], [3.0]]> : tensor<4x1xf64>\n"
      "%s = ingot.constant dense<2.0> : tensor<1xf64>\n%mean = ingot.constant dense<1.5> : tensor<1xf64>\n"
      "%var = ingot.constant dense<1.25> : tensor<1xf64>\n"
      "%g = ingot.constant dense<[[1.0], [0.0], [0.0], [0.0]]> : tensor<4x1xf64>\n"
      "%0, %1, %2 = ingot.batch_norm_grad %x, %s, %mean, %var, %g epsilon = 0.0 feature = 1 "
      ": (tensor<4x1xf64>, tensor<1xf64>, tensor<1xf64>, tensor<1xf64>, tensor<4x1xf64>) -> "
      "(tensor<4x1xf64>, tensor<1xf64>, tensor<1xf64>)\n";
  // 2 / sqrt(1.25) / 4 * (4 g - 1 - (x - 1.5) * -1.5 / 1.25) = 0.4472136 * (4 g - 1 + 1.2 (x - 1.5)).
  expectValue(grad + "%r = ingot.add %0, %0 : tensor<4x1xf64>", "tensor<4x1xf64>",
              "dense<[[1.07331263], [-1.43108351], [-0.35777088], [0.71554175]]>", 1e-8);
  expectValue(grad + "%r = ingot.add %1, %1 : tensor<1xf64>", "tensor<1xf64>", "dense<-2.68328157>", 1e-8);
}

} // namespace
} // namespace ingot::test
