// Every labelled constraint of complex parts, bit casts, precisions, selections, random numbers, quantisation and interpolation, broken once.
// RUN: ingot-opt %s -split-input-file -verify-diagnostics

func.func @complex_types(%a: tensor<2xf32>, %b: tensor<2xf64>) {
  // expected-error @+1 {{'ingot.complex' op requires all operands to have the same type}}
  %0 = "ingot.complex"(%a, %b) : (tensor<2xf32>, tensor<2xf64>) -> tensor<2xcomplex<f32>>
  return
}

// -----

func.func @complex_half(%a: tensor<2xf16>) {
  // expected-error @+1 {{'ingot.complex' op operand #0 must be ranked tensor with known dims of 32-bit float or 64-bit float values}}
  %0 = "ingot.complex"(%a, %a) : (tensor<2xf16>, tensor<2xf16>) -> tensor<2xcomplex<f32>>
  return
}

// -----

func.func @real_result(%a: tensor<2xcomplex<f32>>) {
  // expected-error @+2 {{'ingot.real' op failed to infer returned types}}
  // expected-error @+1 {{'ingot.real' op inferred type(s) 'tensor<2xf32>' are incompatible with return type(s) of operation 'tensor<2xf64>'}}
  %0 = "ingot.real"(%a) : (tensor<2xcomplex<f32>>) -> tensor<2xf64>
  return
}

// -----

func.func @bitcast_complex(%a: tensor<2xcomplex<f32>>) {
  // expected-error @+1 {{'ingot.bitcast_convert' op (C1) the operand holds 'complex<f32>', but the result 'f64'}}
  %0 = ingot.bitcast_convert %a : (tensor<2xcomplex<f32>>) -> tensor<2xf64>
  return
}

// -----

func.func @bitcast_narrow(%a: tensor<2xf32>) {
  // expected-error @+1 {{'ingot.bitcast_convert' op (C2) the operand is f32[2], but the result is i8[2,2]}}
  %0 = ingot.bitcast_convert %a : (tensor<2xf32>) -> tensor<2x2xi8>
  return
}

// -----

func.func @bitcast_wide(%a: tensor<4x2xi8>) {
  // expected-error @+1 {{'ingot.bitcast_convert' op (C2) the operand is i8[4,2], but the result is f32[2]}}
  %0 = ingot.bitcast_convert %a : (tensor<4x2xi8>) -> tensor<2xf32>
  return
}

// -----

func.func @bits_state(%s: tensor<3xui64>) {
  // expected-error @+1 {{'ingot.rng_bit_generator' op (C1) the state is u64[3], but THREE_FRY takes u64[2]}}
  %0, %1 = ingot.rng_bit_generator THREE_FRY %s : (tensor<3xui64>) -> (tensor<3xui64>, tensor<4xui32>)
  return
}

// -----

module attributes {ingot.sizes = [#ingot.size<"n", 1 to 8>]} {
  func.func @bits_halved(%s: tensor<2xui64>) {
    // expected-error @+1 {{'ingot.rng_bit_generator' op (C2) which dim of u32[3,n] is halved depends on its sizes}}
    %0, %1 = ingot.rng_bit_generator THREE_FRY %s : (tensor<2xui64>) -> (tensor<2xui64>, tensor<3x?xui32, #ingot.dims<[3, s0]>>)
    return
  }
}

// -----

func.func @bits_philox(%s: tensor<4xui64>) {
  // expected-error @+1 {{'ingot.rng_bit_generator' op (C1) the state is u64[4], but PHILOX takes u64[2] or u64[3]}}
  %0, %1 = ingot.rng_bit_generator PHILOX %s : (tensor<4xui64>) -> (tensor<4xui64>, tensor<4xui32>)
  return
}

// -----

func.func @rng_scalar(%a: tensor<f32>, %b: tensor<1xf32>) {
  // expected-error @+1 {{'ingot.rng' op (C1) b is f32[1], but must be a scalar}}
  %0 = ingot.rng UNIFORM %a, %b seed = 0 : (tensor<f32>, tensor<1xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @rng_normal(%a: tensor<i32>) {
  // expected-error @+1 {{'ingot.rng' op (C2) NORMAL of 'i32' is not possible}}
  %0 = ingot.rng NORMAL %a, %a seed = 0 : (tensor<i32>, tensor<i32>) -> tensor<4xi32>
  return
}

// -----

func.func @rng_element(%a: tensor<f32>) {
  // expected-error @+1 {{'ingot.rng' op failed to verify that all of {a, b, result} have same element type}}
  %0 = ingot.rng UNIFORM %a, %a seed = 0 : (tensor<f32>, tensor<f32>) -> tensor<4xf16>
  return
}

// -----

func.func @quantize_vector(%x: tensor<2x3xf32>, %s: tensor<3xf32>) {
  // expected-error @+1 {{'ingot.quantize' op (C1) scale is f32[3], but without axis it must be a scalar}}
  %0 = ingot.quantize %x scale %s : (tensor<2x3xf32>, tensor<3xf32>) -> tensor<2x3xi8>
  return
}

// -----

func.func @quantize_axis(%x: tensor<2x3xf32>, %s: tensor<3xf32>) {
  // expected-error @+1 {{'ingot.quantize' op (C1) axis is 2, but the rank is 2}}
  %0 = ingot.quantize %x scale %s axis = 2 : (tensor<2x3xf32>, tensor<3xf32>) -> tensor<2x3xi8>
  return
}

// -----

func.func @quantize_block(%x: tensor<2x3xf32>, %s: tensor<2x1xf32>) {
  // expected-error @+1 {{'ingot.quantize' op (C1) block is 0, but must be positive}}
  %0 = ingot.quantize %x scale %s axis = 1 block = 0 : (tensor<2x3xf32>, tensor<2x1xf32>) -> tensor<2x3xi8>
  return
}

// -----

module attributes {ingot.sizes = [#ingot.size<"batch", 1 to 64>]} {
func.func @quantize_blocks(%x: tensor<?x10xf32, #ingot.dims<[s0, 10]>>, %s: tensor<?x2xf32, #ingot.dims<[s0, 2]>>) {
  // expected-error @+1 {{'ingot.quantize' op (C1) scale is f32[batch,2], but f32[batch,3] is needed}}
  %0 = ingot.quantize %x scale %s axis = 1 block = 4 : (tensor<?x10xf32, #ingot.dims<[s0, 10]>>, tensor<?x2xf32, #ingot.dims<[s0, 2]>>) -> tensor<?x10xi8, #ingot.dims<[s0, 10]>>
  return
}
}

// -----

func.func @quantize_zero(%x: tensor<2x3xf32>, %s: tensor<f32>, %z: tensor<ui8>) {
  // expected-error @+1 {{'ingot.quantize' op (C2) zero_point is u8[], but i8[] is needed}}
  %0 = ingot.quantize %x scale %s zero_point %z : (tensor<2x3xf32>, tensor<f32>, tensor<ui8>) -> tensor<2x3xi8>
  return
}

// -----

func.func @quantize_scale(%x: tensor<2x3xf32>, %s: tensor<f16>) {
  // expected-error @+1 {{'ingot.quantize' op (C3) scale holds 'f16', but the operand 'f32'}}
  %0 = ingot.quantize %x scale %s : (tensor<2x3xf32>, tensor<f16>) -> tensor<2x3xi8>
  return
}

// -----

func.func @quantize_dims(%x: tensor<2x3xf32>, %s: tensor<f32>) {
  // expected-error @+1 {{'ingot.quantize' op (C4) the operand is f32[2,3], but the result is i8[3,2]}}
  %0 = ingot.quantize %x scale %s : (tensor<2x3xf32>, tensor<f32>) -> tensor<3x2xi8>
  return
}

// -----

func.func @dequantize_zero(%x: tensor<2x3xi8>, %s: tensor<3xf32>, %z: tensor<i8>) {
  // expected-error @+1 {{'ingot.dequantize' op (C2) zero_point is i8[], but i8[3] is needed}}
  %0 = ingot.dequantize %x scale %s zero_point %z axis = 1 : (tensor<2x3xi8>, tensor<3xf32>, tensor<i8>) -> tensor<2x3xf32>
  return
}

// -----

func.func @dequantize_scale(%x: tensor<2x3xi8>, %s: tensor<f16>) {
  // expected-error @+1 {{'ingot.dequantize' op (C3) scale holds 'f16', but the result 'f32'}}
  %0 = ingot.dequantize %x scale %s : (tensor<2x3xi8>, tensor<f16>) -> tensor<2x3xf32>
  return
}

// -----

func.func @interpolate_dims(%x: tensor<2x3xf32>) {
  // expected-error @+1 {{'ingot.interpolate' op (C1) dims [1, 0] are not unique, ascending dims of rank 2}}
  %0 = ingot.interpolate LINEAR HALF_PIXEL %x dims = [1, 0] : (tensor<2x3xf32>) -> tensor<4x6xf32>
  return
}

// -----

func.func @interpolate_other(%x: tensor<2x3xf32>) {
  // expected-error @+1 {{'ingot.interpolate' op (C2) the operand is f32[2,3], but the result is f32[4,6] and only dims [1] may differ}}
  %0 = ingot.interpolate LINEAR HALF_PIXEL %x dims = [1] : (tensor<2x3xf32>) -> tensor<4x6xf32>
  return
}

// -----

func.func @interpolate_scales(%x: tensor<2x3xf32>) {
  // expected-error @+1 {{'ingot.interpolate' op (C3) scales must be positive, one for each of dims [0, 1]}}
  %0 = ingot.interpolate LINEAR HALF_PIXEL %x dims = [0, 1] scales = [2.0, 0.0] : (tensor<2x3xf32>) -> tensor<4x6xf32>
  return
}

// -----

func.func @interpolate_roi(%x: tensor<2x3xf32>) {
  // expected-error @+1 {{'ingot.interpolate' op (C4) roi has 0 entries, but 2 are needed}}
  %0 = ingot.interpolate LINEAR TF_CROP_AND_RESIZE %x dims = [1] : (tensor<2x3xf32>) -> tensor<2x6xf32>
  return
}

// -----

func.func @interpolate_integers(%x: tensor<2x3xi8>) {
  // expected-error @+1 {{'ingot.interpolate' op (C5) CUBIC of 'i8' is not possible}}
  %0 = ingot.interpolate CUBIC HALF_PIXEL %x dims = [1] : (tensor<2x3xi8>) -> tensor<2x6xi8>
  return
}

// -----

func.func @interpolate_antialias(%x: tensor<2x3xf32>) {
  // expected-error @+1 {{'ingot.interpolate' op (C6) NEAREST has no antialias}}
  %0 = ingot.interpolate NEAREST HALF_PIXEL %x dims = [1] {antialias} : (tensor<2x3xf32>) -> tensor<2x6xf32>
  return
}

// -----

func.func @precision_exponent(%a: tensor<2xf32>) {
  // expected-error @+1 {{'ingot.reduce_precision' op (C2) exponent is 0, but must be at least 1}}
  %0 = ingot.reduce_precision %a exponent = 0 mantissa = 3 : tensor<2xf32>
  return
}

// -----

func.func @precision_mantissa(%a: tensor<2xf32>) {
  // expected-error @+1 {{'ingot.reduce_precision' op (C3) mantissa is -1, but must not be negative}}
  %0 = ingot.reduce_precision %a exponent = 5 mantissa = -1 : tensor<2xf32>
  return
}

// -----

func.func @precision_types(%a: tensor<2xf32>) {
  // expected-error @+1 {{'ingot.reduce_precision' op failed to verify that all of {operand, result} have same type}}
  %0 = "ingot.reduce_precision"(%a) {exponent_bits = 5 : i64, mantissa_bits = 3 : i64} : (tensor<2xf32>) -> tensor<2xf64>
  return
}

// -----

func.func @selection_type(%a: tensor<4xf32>, %s: tensor<2xf32>, %z: tensor<f32>) {
  // expected-error @+1 {{'ingot.select_and_scatter' op failed to verify that all of {operand, result} have same type}}
  %0 = ingot.select_and_scatter %a, %s init %z window = [2] stride = [2] pad = [0, 0] : (tensor<4xf32>, tensor<2xf32>, tensor<f32>) -> tensor<5xf32> select {
  ^bb0(%x: tensor<f32>, %y: tensor<f32>):
    %c = ingot.compare GE %x, %y : tensor<f32>
    ingot.return %c : tensor<i1>
  } scatter {
  ^bb0(%x: tensor<f32>, %y: tensor<f32>):
    ingot.return %y : tensor<f32>
  }
  return
}

// -----

func.func @selection_window(%a: tensor<4xf32>, %s: tensor<2xf32>, %z: tensor<f32>) {
  // expected-error @+1 {{'ingot.select_and_scatter' op (C2) stride is [0], but needs a positive value for each of 1 dims}}
  %0 = ingot.select_and_scatter %a, %s init %z window = [2] stride = [0] pad = [0, 0] : (tensor<4xf32>, tensor<2xf32>, tensor<f32>) -> tensor<4xf32> select {
  ^bb0(%x: tensor<f32>, %y: tensor<f32>):
    %c = ingot.compare GE %x, %y : tensor<f32>
    ingot.return %c : tensor<i1>
  } scatter {
  ^bb0(%x: tensor<f32>, %y: tensor<f32>):
    ingot.return %y : tensor<f32>
  }
  return
}

// -----

func.func @selection_source(%a: tensor<4xf32>, %s: tensor<3xf32>, %z: tensor<f32>) {
  // expected-error @+1 {{'ingot.select_and_scatter' op (C4) source is f32[3], but the windows are f32[2]}}
  %0 = ingot.select_and_scatter %a, %s init %z window = [2] stride = [2] pad = [0, 0] : (tensor<4xf32>, tensor<3xf32>, tensor<f32>) -> tensor<4xf32> select {
  ^bb0(%x: tensor<f32>, %y: tensor<f32>):
    %c = ingot.compare GE %x, %y : tensor<f32>
    ingot.return %c : tensor<i1>
  } scatter {
  ^bb0(%x: tensor<f32>, %y: tensor<f32>):
    ingot.return %y : tensor<f32>
  }
  return
}

// -----

func.func @selection_init(%a: tensor<4xf32>, %s: tensor<2xf32>, %z: tensor<f64>) {
  // expected-error @+1 {{'ingot.select_and_scatter' op (C5) source is f32[2] and init_value f64[], but the operand holds 'f32'}}
  %0 = ingot.select_and_scatter %a, %s init %z window = [2] stride = [2] pad = [0, 0] : (tensor<4xf32>, tensor<2xf32>, tensor<f64>) -> tensor<4xf32> select {
  ^bb0(%x: tensor<f32>, %y: tensor<f32>):
    %c = ingot.compare GE %x, %y : tensor<f32>
    ingot.return %c : tensor<i1>
  } scatter {
  ^bb0(%x: tensor<f32>, %y: tensor<f32>):
    ingot.return %y : tensor<f32>
  }
  return
}

// -----

func.func @selection_select(%a: tensor<4xf32>, %s: tensor<2xf32>, %z: tensor<f32>) {
  // expected-error @+1 {{'ingot.select_and_scatter' op (C3) select returns ('tensor<f32>'), but ('tensor<i1>') are needed}}
  %0 = ingot.select_and_scatter %a, %s init %z window = [2] stride = [2] pad = [0, 0] : (tensor<4xf32>, tensor<2xf32>, tensor<f32>) -> tensor<4xf32> select {
  ^bb0(%x: tensor<f32>, %y: tensor<f32>):
    ingot.return %x : tensor<f32>
  } scatter {
  ^bb0(%x: tensor<f32>, %y: tensor<f32>):
    ingot.return %y : tensor<f32>
  }
  return
}
