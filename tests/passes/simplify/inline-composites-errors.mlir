// RUN: not ingot-opt %s --inline-composites 2>&1 | FileCheck %s

// CHECK: inline-composites-errors.mlir:[[#@LINE+1]]:{{.*}}error: the decomposition 'loop' holds itself
func.func private @loop(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = ingot.composite "loop"(%x) as @loop : (tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}
