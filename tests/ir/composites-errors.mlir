// (C3): what a name of ir/Composites.h asks for.
// RUN: ingot-opt %s -split-input-file -verify-diagnostics

func.func private @rows(tensor<2x3xf32>) -> tensor<2x3xf32>
func.func private @norm(tensor<2x3xf32>, tensor<3xf32>) -> tensor<2x3xf32>
// Any other name is free.
func.func @free(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = ingot.composite "my_rows" (%x) as @rows {composite_attributes = {anything = 1 : i64}} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// -----

func.func private @rows(tensor<2x3xf32>) -> tensor<2x3xf32>
func.func @absent(%x: tensor<2x3xf32>) {
  // expected-error @+1 {{(C3) 'softmax': attribute 'axes' is absent}}
  %0 = ingot.composite "softmax" (%x) as @rows : (tensor<2x3xf32>) -> tensor<2x3xf32>
  return
}

// -----

func.func private @rows(tensor<2x3xf32>) -> tensor<2x3xf32>
func.func @another_kind(%x: tensor<2x3xf32>) {
  // expected-error @+1 {{(C3) 'softmax': attribute 'axes' is of another kind}}
  %0 = ingot.composite "softmax" (%x) as @rows {composite_attributes = {axes = 1 : i64}} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  return
}

// -----

func.func private @rows(tensor<2x3xf32>) -> tensor<2x3xf32>
func.func @unknown(%x: tensor<2x3xf32>) {
  // expected-error @+1 {{(C3) 'mish': has no attribute 'alpha'}}
  %0 = ingot.composite "mish" (%x) as @rows {composite_attributes = {alpha = 1.0 : f64}} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  return
}

// -----

func.func private @rows(tensor<2x3xf32>) -> tensor<2x3xf32>
func.func @axis(%x: tensor<2x3xf32>) {
  // expected-error @+1 {{(C3) 'softmax': axes are [2], but must be unique, ascending dims of f32[2,3]}}
  %0 = ingot.composite "softmax" (%x) as @rows {composite_attributes = {axes = array<i64: 2>}} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  return
}

// -----

func.func private @norm(tensor<2x3xf32>, tensor<3xf32>) -> tensor<2x3xf32>
func.func @unlisted(%x: tensor<2x3xf32>, %w: tensor<3xf32>) {
  // expected-error @+1 {{(C3) 'rms_norm': attribute 'operands' must list the roles present}}
  %0 = ingot.composite "rms_norm" (%x, %w) as @norm {composite_attributes = {axes = array<i64: 1>, epsilon = 0.0 : f64}} : (tensor<2x3xf32>, tensor<3xf32>) -> tensor<2x3xf32>
  return
}

// -----

func.func private @norm(tensor<2x3xf32>, tensor<3xf32>) -> tensor<2x3xf32>
func.func @role(%x: tensor<2x3xf32>, %w: tensor<3xf32>) {
  // expected-error @+1 {{(C3) 'rms_norm': 'gamma' is none of the operands input, scale, in that order}}
  %0 = ingot.composite "rms_norm" (%x, %w) as @norm {composite_attributes = {axes = array<i64: 1>, epsilon = 0.0 : f64, operands = ["input", "gamma"]}} : (tensor<2x3xf32>, tensor<3xf32>) -> tensor<2x3xf32>
  return
}

// -----

func.func private @norm(tensor<2x3xf32>, tensor<3xf32>) -> tensor<2x3xf32>
func.func @count(%x: tensor<2x3xf32>, %w: tensor<3xf32>) {
  // expected-error @+1 {{(C3) 'rms_norm': 2 operands are given, 1 are named}}
  %0 = ingot.composite "rms_norm" (%x, %w) as @norm {composite_attributes = {axes = array<i64: 1>, epsilon = 0.0 : f64, operands = ["input"]}} : (tensor<2x3xf32>, tensor<3xf32>) -> tensor<2x3xf32>
  return
}

// -----

func.func private @norm(tensor<2x3xf32>, tensor<3xf32>) -> tensor<2x3xf32>
func.func @place(%x: tensor<2x3xf32>, %w: tensor<3xf32>) {
  // expected-error @+1 {{(C3) 'rms_norm': scale is f32[3], which does not stand along dims [0] of f32[2,3]}}
  %0 = ingot.composite "rms_norm" (%x, %w) as @norm {composite_attributes = {axes = array<i64: 1>, epsilon = 0.0 : f64, operands = ["input", "scale"], scale_dims = array<i64: 0>}} : (tensor<2x3xf32>, tensor<3xf32>) -> tensor<2x3xf32>
  return
}

// -----

func.func private @norm(tensor<2x3xf32>, tensor<2xf32>) -> tensor<2x3xf32>
func.func @channels(%x: tensor<2x3xf32>, %w: tensor<2xf32>) {
  // expected-error @+1 {{(C3) 'batch_norm': f32[2] is no vector along dim 1 of f32[2,3]}}
  %0 = ingot.composite "batch_norm" (%x, %w) as @norm {composite_attributes = {epsilon = 0.0 : f64, operands = ["input", "scale"], results = ["output"]}} : (tensor<2x3xf32>, tensor<2xf32>) -> tensor<2x3xf32>
  return
}

// -----

func.func private @attend(tensor<2x3xf32>, tensor<4x3xf32>, tensor<3x5xf32>) -> tensor<2x5xf32>
func.func @layout(%q: tensor<2x3xf32>, %k: tensor<4x3xf32>, %v: tensor<3x5xf32>) {
  // expected-error @+1 {{(C3) 'attention': query is f32[2,3], which is no layout 'bhsd'}}
  %0 = ingot.composite "attention" (%q, %k, %v) as @attend {composite_attributes = {scale = 1.0 : f64, operands = ["query", "key", "value"], results = ["output"]}} : (tensor<2x3xf32>, tensor<4x3xf32>, tensor<3x5xf32>) -> tensor<2x5xf32>
  return
}

// -----

func.func private @attend(tensor<2x3xf32>, tensor<4x3xf32>, tensor<3x5xf32>) -> tensor<2x5xf32>
func.func @dims(%q: tensor<2x3xf32>, %k: tensor<4x3xf32>, %v: tensor<3x5xf32>) {
  // expected-error @+1 {{(C3) 'attention': query f32[2,3], key f32[4,3], value f32[3,5] and result f32[2,5] do not fit together}}
  %0 = ingot.composite "attention" (%q, %k, %v) as @attend {composite_attributes = {scale = 1.0 : f64, operands = ["query", "key", "value"], results = ["output"], query_layout = "sd", key_layout = "sd", value_layout = "sd", output_layout = "sd"}} : (tensor<2x3xf32>, tensor<4x3xf32>, tensor<3x5xf32>) -> tensor<2x5xf32>
  return
}
