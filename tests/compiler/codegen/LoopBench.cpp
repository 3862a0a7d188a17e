// Bandwidth and compile time of loop kernels, one thread: LoopBench [filter].
#include "tests/compiler/codegen/KernelHarness.h"

#include <chrono>
#include <cstdio>
#include <cstring>
#include <gtest/gtest.h>

using namespace ingot;
using namespace ingot::test;

namespace {

struct Bench {
  const char *name, *text;
  double bytes; // moved at least, a run
};

const Bench kBenches[] = {
    {"add_mul_relu_16M", R"(ingot.kernel @k { ^bb0(%a: tensor<16777216xf32>, %b: tensor<16777216xf32>):
      %z = ingot.constant dense<0.0> : tensor<16777216xf32>
      %0 = ingot.add %a, %b : tensor<16777216xf32>
      %1 = ingot.multiply %0, %a : tensor<16777216xf32>
      %2 = ingot.maximum %1, %z : tensor<16777216xf32>
      ingot.return %2 : tensor<16777216xf32> })",
     3 * 4.0 * 16777216},
    {"add_mul_relu_16K", R"(ingot.kernel @k { ^bb0(%a: tensor<16384xf32>, %b: tensor<16384xf32>):
      %z = ingot.constant dense<0.0> : tensor<16384xf32>
      %0 = ingot.add %a, %b : tensor<16384xf32>
      %1 = ingot.multiply %0, %a : tensor<16384xf32>
      %2 = ingot.maximum %1, %z : tensor<16384xf32>
      ingot.return %2 : tensor<16384xf32> })",
     3 * 4.0 * 16384},
    {"gelu_1M", R"(ingot.kernel @k { ^bb0(%a: tensor<1048576xf32>):
      %h = ingot.constant dense<0.5> : tensor<1048576xf32>
      %o = ingot.constant dense<1.0> : tensor<1048576xf32>
      %s = ingot.constant dense<0.70710678> : tensor<1048576xf32>
      %0 = ingot.multiply %a, %s : tensor<1048576xf32>
      %1 = ingot.erf %0 : tensor<1048576xf32>
      %2 = ingot.add %1, %o : tensor<1048576xf32>
      %3 = ingot.multiply %2, %a : tensor<1048576xf32>
      %4 = ingot.multiply %3, %h : tensor<1048576xf32>
      ingot.return %4 : tensor<1048576xf32> })",
     2 * 4.0 * 1048576},
    {"exp_1M", R"(ingot.kernel @k { ^bb0(%a: tensor<1048576xf32>):
      %0 = ingot.exponential %a : tensor<1048576xf32>
      ingot.return %0 : tensor<1048576xf32> })",
     2 * 4.0 * 1048576},
    {"tanh_1M", R"(ingot.kernel @k { ^bb0(%a: tensor<1048576xf32>):
      %0 = ingot.tanh %a : tensor<1048576xf32>
      ingot.return %0 : tensor<1048576xf32> })",
     2 * 4.0 * 1048576},
    {"sum_rows_4096x1024", R"(ingot.kernel @k { ^bb0(%a: tensor<4096x1024xf32>):
      %z = ingot.constant dense<0.0> : tensor<f32>
      %0 = ingot.reduce(%a init %z) dims = [1] : (tensor<4096x1024xf32>, tensor<f32>) -> tensor<4096xf32> {
        ^bb0(%x: tensor<f32>, %y: tensor<f32>):
          %s = ingot.add %x, %y : tensor<f32>
          ingot.return %s : tensor<f32>
      }
      ingot.return %0 : tensor<4096xf32> })",
     4.0 * 4096 * 1024},
    {"sum_columns_4096x1024", R"(ingot.kernel @k { ^bb0(%a: tensor<4096x1024xf32>):
      %z = ingot.constant dense<0.0> : tensor<f32>
      %0 = ingot.reduce(%a init %z) dims = [0] : (tensor<4096x1024xf32>, tensor<f32>) -> tensor<1024xf32> {
        ^bb0(%x: tensor<f32>, %y: tensor<f32>):
          %s = ingot.add %x, %y : tensor<f32>
          ingot.return %s : tensor<f32>
      }
      ingot.return %0 : tensor<1024xf32> })",
     4.0 * 4096 * 1024},
    {"softmax_4096x1024", R"(ingot.kernel @k { ^bb0(%a: tensor<4096x1024xf32>):
      %n = ingot.constant dense<0xFF800000> : tensor<f32>
      %z = ingot.constant dense<0.0> : tensor<f32>
      %m = ingot.reduce(%a init %n) dims = [1] : (tensor<4096x1024xf32>, tensor<f32>) -> tensor<4096xf32> {
        ^bb0(%x: tensor<f32>, %y: tensor<f32>):
          %s = ingot.maximum %x, %y : tensor<f32>
          ingot.return %s : tensor<f32>
      }
      %mb = ingot.broadcast_in_dim %m dims = [0] : (tensor<4096xf32>) -> tensor<4096x1024xf32>
      %d = ingot.subtract %a, %mb : tensor<4096x1024xf32>
      %e = ingot.exponential %d : tensor<4096x1024xf32>
      %t = ingot.reduce(%e init %z) dims = [1] : (tensor<4096x1024xf32>, tensor<f32>) -> tensor<4096xf32> {
        ^bb0(%x: tensor<f32>, %y: tensor<f32>):
          %s = ingot.add %x, %y : tensor<f32>
          ingot.return %s : tensor<f32>
      }
      %tb = ingot.broadcast_in_dim %t dims = [0] : (tensor<4096xf32>) -> tensor<4096x1024xf32>
      %r = ingot.divide %e, %tb : tensor<4096x1024xf32>
      ingot.return %r : tensor<4096x1024xf32> })",
     2 * 4.0 * 4096 * 1024},
    {"transpose_1024x1024", R"(ingot.kernel @k { ^bb0(%a: tensor<1024x1024xf32>):
      %0 = ingot.transpose %a perm = [1, 0] : (tensor<1024x1024xf32>) -> tensor<1024x1024xf32>
      ingot.return %0 : tensor<1024x1024xf32> })",
     2 * 4.0 * 1024 * 1024},
    {"maxpool_3x3_112x112x64", R"(ingot.kernel @k { ^bb0(%a: tensor<1x112x112x64xf32>):
      %n = ingot.constant dense<0xFF800000> : tensor<f32>
      %0 = ingot.reduce_window(%a init %n) window = [1, 3, 3, 1] stride = [1, 2, 2, 1] base_dilate = [1, 1, 1, 1] dilate = [1, 1, 1, 1] pad = [0, 0, 1, 1, 1, 1, 0, 0] : (tensor<1x112x112x64xf32>, tensor<f32>) -> tensor<1x56x56x64xf32> {
        ^bb0(%x: tensor<f32>, %y: tensor<f32>):
          %s = ingot.maximum %x, %y : tensor<f32>
          ingot.return %s : tensor<f32>
      }
      ingot.return %0 : tensor<1x56x56x64xf32> })",
     4.0 * 112 * 112 * 64 * 1.25},
    {"depthwise_3x3_56x56x128", R"(ingot.kernel @k { ^bb0(%a: tensor<1x56x56x128xf32>, %b: tensor<3x3x1x128xf32>):
      %0 = ingot.convolution %a, %b <[b, 0, 1, f]x[0, 1, i, o]->[b, 0, 1, f]> stride = [1, 1] pad = [1, 1, 1, 1] lhs_dilate = [1, 1] rhs_dilate = [1, 1] {feature_group_count = 128 : i64} : (tensor<1x56x56x128xf32>, tensor<3x3x1x128xf32>) -> tensor<1x56x56x128xf32>
      ingot.return %0 : tensor<1x56x56x128xf32> })",
     2 * 4.0 * 56 * 56 * 128},
    {"bf16_scale_1M", R"(ingot.kernel @k { ^bb0(%a: tensor<1048576xbf16>, %b: tensor<1048576xbf16>):
      %0 = ingot.multiply %a, %b : tensor<1048576xbf16>
      ingot.return %0 : tensor<1048576xbf16> })",
     3 * 2.0 * 1048576},
};

} // namespace

int main(int argc, char **argv) {
  testing::InitGoogleTest(&argc, argv);
  for (const Bench &bench : kBenches) {
    if (argc > 1 && !strstr(bench.name, argv[1]))
      continue;
    KernelHarness harness(bench.text);
    for (const CpuLevel &level : hostLevels()) {
      auto kernel = harness.load(*createLoopEmitter(), level);
      if (!kernel)
        return 1;
      std::mt19937 random(1);
      std::vector<std::vector<char>> memory;
      std::vector<void *> buffers;
      auto add = [&](mlir::RankedTensorType type, bool fill) {
        reference::Tensor tensor = fill ? randomTensor(type.getElementType(), type.getShape(), Values::Plain, random)
                                        : reference::Tensor::zeros(type.getElementType(), type.getShape());
        tensor.bytes.resize(tensor.bytes.size() + 64);
        memory.push_back(std::move(tensor.bytes));
        char *start = memory.back().data();
        buffers.push_back(start);
      };
      for (mlir::RankedTensorType type : harness.kernel().getInputTypes())
        add(type, true);
      for (mlir::RankedTensorType type : harness.kernel().getResultTypes())
        add(type, false);
      std::vector<char> scratch(evaluateExpr(kernel->plan.scratch, {}).value() + 64);
      char *aligned = scratch.data() + (64 - reinterpret_cast<uintptr_t>(scratch.data()) % 64) % 64;
      int64_t grid = evaluateExpr(kernel->plan.grid, {}).value(), none = 0;
      double best = 1e30;
      for (int round = 0; round < 15; ++round) {
        int repeats = bench.bytes < 1e6 ? 200 : 1;
        auto start = std::chrono::steady_clock::now();
        for (int i = 0; i < repeats; ++i)
          kernel->function(buffers.data(), &none, 0, grid, aligned);
        best = std::min(best, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count() / repeats);
      }
      printf("%-26s %-3s %9.1f us %7.2f GB/s   grid %6ld   emit %5.2f lower %6.2f code %6.2f ms, %6zu bytes\n", bench.name,
             level.name.c_str(), best * 1e6, bench.bytes / best * 1e-9, long(grid), kernel->emitMilliseconds,
             kernel->lowerMilliseconds, kernel->codeMilliseconds, kernel->codeBytes);
    }
  }
  return 0;
}
