// Every labelled constraint of the ops whose shape comes from an operand, broken once; what holds when they run is tested with the interpreter.
// RUN: ingot-opt %s -split-input-file -verify-diagnostics

func.func @reshape_element(%x: tensor<6xf32>, %s: tensor<2xi64>) {
  // expected-error @+1 {{'ingot.dynamic_reshape' op (C1) the operand holds 'f32', but the result 'f16'}}
  %0 = ingot.dynamic_reshape %x, %s : (tensor<6xf32>, tensor<2xi64>) -> tensor<2x3xf16>
  return
}

// -----

func.func @reshape_count(%x: tensor<6xf32>, %s: tensor<2xi64>) {
  // expected-error @+1 {{'ingot.dynamic_reshape' op (C2) the operand has 6 elements, but the result 8}}
  %0 = ingot.dynamic_reshape %x, %s : (tensor<6xf32>, tensor<2xi64>) -> tensor<2x4xf32>
  return
}

// -----

func.func @reshape_shape(%x: tensor<6xf32>, %s: tensor<3xi64>) {
  // expected-error @+1 {{'ingot.dynamic_reshape' op (C4) output_shape is i64[3], but must be a vector of 2}}
  %0 = ingot.dynamic_reshape %x, %s : (tensor<6xf32>, tensor<3xi64>) -> tensor<2x3xf32>
  return
}

// -----

func.func @iota_dim(%s: tensor<2xi64>) {
  // expected-error @+1 {{'ingot.dynamic_iota' op (C1) dim is 2, but output_shape has 2 elements}}
  %0 = ingot.dynamic_iota %s dim = 2 : (tensor<2xi64>) -> tensor<2x3xf32>
  return
}

// -----

func.func @iota_shape(%s: tensor<1x2xi64>) {
  // expected-error @+1 {{'ingot.dynamic_iota' op (C2) output_shape is i64[1,2], but must be a vector of 2}}
  %0 = ingot.dynamic_iota %s dim = 0 : (tensor<1x2xi64>) -> tensor<2x3xf32>
  return
}

// -----

func.func @broadcast_element(%x: tensor<1x3xf32>, %s: tensor<3xi64>) {
  // expected-error @+1 {{'ingot.dynamic_broadcast_in_dim' op (C1) the operand holds 'f32', but the result 'f64'}}
  %0 = ingot.dynamic_broadcast_in_dim %x, %s dims = [0, 1] : (tensor<1x3xf32>, tensor<3xi64>) -> tensor<2x3x4xf64>
  return
}

// -----

func.func @broadcast_count(%x: tensor<1x3xf32>, %s: tensor<3xi64>) {
  // expected-error @+1 {{'ingot.dynamic_broadcast_in_dim' op (C2) there are 1 broadcast dimensions for an operand of rank 2}}
  %0 = ingot.dynamic_broadcast_in_dim %x, %s dims = [0] : (tensor<1x3xf32>, tensor<3xi64>) -> tensor<2x3x4xf32>
  return
}

// -----

func.func @broadcast_range(%x: tensor<1x3xf32>, %s: tensor<3xi64>) {
  // expected-error @+1 {{'ingot.dynamic_broadcast_in_dim' op (C3) dims [0, 3] are no dims of rank 3}}
  %0 = ingot.dynamic_broadcast_in_dim %x, %s dims = [0, 3] : (tensor<1x3xf32>, tensor<3xi64>) -> tensor<2x3x4xf32>
  return
}

// -----

func.func @broadcast_unique(%x: tensor<1x3xf32>, %s: tensor<3xi64>) {
  // expected-error @+1 {{'ingot.dynamic_broadcast_in_dim' op (C4) dims [1, 1] are not unique}}
  %0 = ingot.dynamic_broadcast_in_dim %x, %s dims = [1, 1] : (tensor<1x3xf32>, tensor<3xi64>) -> tensor<2x3x4xf32>
  return
}

// -----

func.func @broadcast_dim(%x: tensor<1x3xf32>, %s: tensor<3xi64>) {
  // expected-error @+1 {{'ingot.dynamic_broadcast_in_dim' op (C5) dim 1 of the operand is 3, but dim 2 of the result is 4}}
  %0 = ingot.dynamic_broadcast_in_dim %x, %s dims = [0, 2] : (tensor<1x3xf32>, tensor<3xi64>) -> tensor<2x3x4xf32>
  return
}

// -----

func.func @broadcast_shape(%x: tensor<1x3xf32>, %s: tensor<2xi64>) {
  // expected-error @+1 {{'ingot.dynamic_broadcast_in_dim' op (C7) output_dimensions is i64[2], but must be a vector of 3}}
  %0 = ingot.dynamic_broadcast_in_dim %x, %s dims = [0, 1] : (tensor<1x3xf32>, tensor<2xi64>) -> tensor<2x3x4xf32>
  return
}

// -----

func.func @broadcast_known(%x: tensor<1x3xf32>, %s: tensor<3xi64>) {
  // expected-error @+1 {{'ingot.dynamic_broadcast_in_dim' op (C8) known dimensions [0] and [0] are not unique}}
  %0 = ingot.dynamic_broadcast_in_dim %x, %s dims = [0, 1] {known_expanding_dimensions = array<i64: 0>, known_nonexpanding_dimensions = array<i64: 0>} : (tensor<1x3xf32>, tensor<3xi64>) -> tensor<2x3x4xf32>
  return
}

// -----

func.func @broadcast_expanding(%x: tensor<1x3xf32>, %s: tensor<3xi64>) {
  // expected-error @+1 {{'ingot.dynamic_broadcast_in_dim' op (C9) known_expanding_dimensions [2] are no dims of rank 2}}
  %0 = ingot.dynamic_broadcast_in_dim %x, %s dims = [0, 1] {known_expanding_dimensions = array<i64: 2>} : (tensor<1x3xf32>, tensor<3xi64>) -> tensor<2x3x4xf32>
  return
}

// -----

func.func @broadcast_nonexpanding(%x: tensor<1x3xf32>, %s: tensor<3xi64>) {
  // expected-error @+1 {{'ingot.dynamic_broadcast_in_dim' op (C10) known_nonexpanding_dimensions [-1] are no dims of rank 2}}
  %0 = ingot.dynamic_broadcast_in_dim %x, %s dims = [0, 1] {known_nonexpanding_dimensions = array<i64: -1>} : (tensor<1x3xf32>, tensor<3xi64>) -> tensor<2x3x4xf32>
  return
}

// -----

func.func @gather_dims(%x: tensor<10x4xf32>, %i: tensor<3xi64>, %s: tensor<2xi64>) {
  // expected-error @+1 {{'ingot.dynamic_gather' op (C1) 1 window and 0 collapsed dims do not make up the operand f32[10,4]}}
  %0 = ingot.dynamic_gather %x, %i, %s <window = [1], collapsed = [], batch = [] x [], map = [0], vector = 1> : (tensor<10x4xf32>, tensor<3xi64>, tensor<2xi64>) -> tensor<3x4xf32>
  return
}

// -----

func.func @gather_vector(%x: tensor<10x4xf32>, %i: tensor<3xi64>, %s: tensor<2xi64>) {
  // expected-error @+1 {{'ingot.dynamic_gather' op (C2) vector is 2, but the rank of start_indices is 1}}
  %0 = ingot.dynamic_gather %x, %i, %s <window = [1], collapsed = [0], batch = [] x [], map = [0], vector = 2> : (tensor<10x4xf32>, tensor<3xi64>, tensor<2xi64>) -> tensor<3x4xf32>
  return
}

// -----

func.func @gather_map(%x: tensor<10x4xf32>, %i: tensor<3xi64>, %s: tensor<2xi64>) {
  // expected-error @+1 {{'ingot.dynamic_gather' op (C3) map has 2 entries, but an index vector has 1 components}}
  %0 = ingot.dynamic_gather %x, %i, %s <window = [1], collapsed = [0], batch = [] x [], map = [0, 1], vector = 1> : (tensor<10x4xf32>, tensor<3xi64>, tensor<2xi64>) -> tensor<3x4xf32>
  return
}

// -----

func.func @gather_ascending(%x: tensor<10x4xf32>, %i: tensor<3xi64>, %s: tensor<2xi64>) {
  // expected-error @+1 {{'ingot.dynamic_gather' op (C4) window dims [2, 1] are not unique and ascending}}
  %0 = ingot.dynamic_gather %x, %i, %s <window = [2, 1], collapsed = [], batch = [] x [], map = [0], vector = 1> : (tensor<10x4xf32>, tensor<3xi64>, tensor<2xi64>) -> tensor<3x4x4xf32>
  return
}

// -----

func.func @gather_window(%x: tensor<10x4xf32>, %i: tensor<3xi64>, %s: tensor<2xi64>) {
  // expected-error @+1 {{'ingot.dynamic_gather' op (C5) window dims [2] lie beyond rank 2}}
  %0 = ingot.dynamic_gather %x, %i, %s <window = [2], collapsed = [0], batch = [] x [], map = [0], vector = 1> : (tensor<10x4xf32>, tensor<3xi64>, tensor<2xi64>) -> tensor<3x4xf32>
  return
}

// -----

func.func @gather_collapsed(%x: tensor<10x4x2xf32>, %i: tensor<3xi64>, %s: tensor<3xi64>) {
  // expected-error @+1 {{'ingot.dynamic_gather' op (C6) collapsed dims [0, 0] are not unique and ascending}}
  %0 = ingot.dynamic_gather %x, %i, %s <window = [1], collapsed = [0, 0], batch = [] x [], map = [0], vector = 1> : (tensor<10x4x2xf32>, tensor<3xi64>, tensor<3xi64>) -> tensor<3x4xf32>
  return
}

// -----

func.func @gather_collapsed_range(%x: tensor<10x4xf32>, %i: tensor<3xi64>, %s: tensor<2xi64>) {
  // expected-error @+1 {{'ingot.dynamic_gather' op (C7) collapsed dims [2] lie beyond rank 2}}
  %0 = ingot.dynamic_gather %x, %i, %s <window = [1], collapsed = [2], batch = [] x [], map = [0], vector = 1> : (tensor<10x4xf32>, tensor<3xi64>, tensor<2xi64>) -> tensor<3x4xf32>
  return
}

// -----

func.func @gather_map_unique(%x: tensor<10x4xf32>, %i: tensor<2x3xi64>, %s: tensor<2xi64>) {
  // expected-error @+1 {{'ingot.dynamic_gather' op (C9) map [0, 0] is not unique}}
  %0 = ingot.dynamic_gather %x, %i, %s <window = [1], collapsed = [0], batch = [] x [], map = [0, 0], vector = 0> : (tensor<10x4xf32>, tensor<2x3xi64>, tensor<2xi64>) -> tensor<3x4xf32>
  return
}

// -----

func.func @gather_map_range(%x: tensor<10x4xf32>, %i: tensor<3xi64>, %s: tensor<2xi64>) {
  // expected-error @+1 {{'ingot.dynamic_gather' op (C10) map [2] lie beyond rank 2}}
  %0 = ingot.dynamic_gather %x, %i, %s <window = [1], collapsed = [0], batch = [] x [], map = [2], vector = 1> : (tensor<10x4xf32>, tensor<3xi64>, tensor<2xi64>) -> tensor<3x4xf32>
  return
}

// -----

func.func @gather_sizes(%x: tensor<10x4xf32>, %i: tensor<3xi64>, %s: tensor<3xi64>) {
  // expected-error @+1 {{'ingot.dynamic_gather' op (C11) slice_sizes is i64[3], but must be a vector of 2}}
  %0 = ingot.dynamic_gather %x, %i, %s <window = [1], collapsed = [0], batch = [] x [], map = [0], vector = 1> : (tensor<10x4xf32>, tensor<3xi64>, tensor<3xi64>) -> tensor<3x4xf32>
  return
}

// -----

func.func @gather_large(%x: tensor<10x4xf32>, %i: tensor<3xi64>, %s: tensor<2xi64>) {
  // expected-error @+1 {{'ingot.dynamic_gather' op (C12) the window takes 5 of dim 1, but the operand is f32[10,4]}}
  %0 = ingot.dynamic_gather %x, %i, %s <window = [1], collapsed = [0], batch = [] x [], map = [0], vector = 1> : (tensor<10x4xf32>, tensor<3xi64>, tensor<2xi64>) -> tensor<3x5xf32>
  return
}

// -----

func.func @gather_outer(%x: tensor<10x4xf32>, %i: tensor<3xi64>, %s: tensor<2xi64>) {
  // expected-error @+1 {{'ingot.dynamic_gather' op (C13) the dims of the result f32[2,4] outside windows [1] are not those of start_indices i64[3] without dim 1}}
  %0 = ingot.dynamic_gather %x, %i, %s <window = [1], collapsed = [0], batch = [] x [], map = [0], vector = 1> : (tensor<10x4xf32>, tensor<3xi64>, tensor<2xi64>) -> tensor<2x4xf32>
  return
}

// -----

func.func @gather_element(%x: tensor<10x4xf32>, %i: tensor<3xi64>, %s: tensor<2xi64>) {
  // expected-error @+1 {{'ingot.dynamic_gather' op (C14) the operand holds 'f32', but the result 'f16'}}
  %0 = ingot.dynamic_gather %x, %i, %s <window = [1], collapsed = [0], batch = [] x [], map = [0], vector = 1> : (tensor<10x4xf32>, tensor<3xi64>, tensor<2xi64>) -> tensor<3x4xf16>
  return
}

// -----

func.func @pad_value(%x: tensor<2xf32>, %z: tensor<1xf32>, %l: tensor<1xi64>, %n: tensor<1xi64>) {
  // expected-error @+1 {{'ingot.dynamic_pad' op (C1) padding_value is f32[1], but must be a scalar of 'f32'}}
  %0 = ingot.dynamic_pad %x, %z low = %l high = %n interior = %n : (tensor<2xf32>, tensor<1xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<5xf32>
  return
}

// -----

func.func @pad_low(%x: tensor<2xf32>, %z: tensor<f32>, %l: tensor<2xi64>, %n: tensor<1xi64>) {
  // expected-error @+1 {{'ingot.dynamic_pad' op (C2) edge_padding_low is i64[2], but must be a vector of 1}}
  %0 = ingot.dynamic_pad %x, %z low = %l high = %n interior = %n : (tensor<2xf32>, tensor<f32>, tensor<2xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<5xf32>
  return
}

// -----

func.func @pad_rank(%x: tensor<2xf32>, %z: tensor<f32>, %l: tensor<1xi64>, %n: tensor<1xi64>) {
  // expected-error @+1 {{'ingot.dynamic_pad' op (C4) the operand has rank 1, but the result 2}}
  %0 = ingot.dynamic_pad %x, %z low = %l high = %n interior = %n : (tensor<2xf32>, tensor<f32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<1x5xf32>
  return
}

// -----

func.func @slice_rank(%x: tensor<8xf32>, %a: tensor<1xi64>, %n: tensor<1xi64>) {
  // expected-error @+1 {{'ingot.real_dynamic_slice' op (C1) the operand has rank 1, but the result 2}}
  %0 = ingot.real_dynamic_slice %x [%a] to [%n] step [%n] : (tensor<8xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<1x3xf32>
  return
}

// -----

func.func @slice_starts(%x: tensor<8xf32>, %a: tensor<1xi32>, %n: tensor<1xi64>) {
  // expected-error @+1 {{'ingot.real_dynamic_slice' op (C2) limit_indices hold 'i64', but start_indices 'i32'}}
  %0 = ingot.real_dynamic_slice %x [%a] to [%n] step [%n] : (tensor<8xf32>, tensor<1xi32>, tensor<1xi64>, tensor<1xi64>) -> tensor<3xf32>
  return
}

// -----

func.func @conv_rank(%x: tensor<2x4x8xf32>, %w: tensor<4x4xf32>, %p: tensor<1x2xi64>) {
  // expected-error @+1 {{'ingot.dynamic_conv' op (C1) lhs is f32[2,4,8] and rhs f32[4,4], but they must have one rank of at least 2}}
  %0 = ingot.dynamic_conv %x, %w, %p <[b, f, 0]x[o, i, 0]->[b, f, 0]> stride = [1] lhs_dilate = [1] rhs_dilate = [1] : (tensor<2x4x8xf32>, tensor<4x4xf32>, tensor<1x2xi64>) -> tensor<2x4x8xf32>
  return
}

// -----

func.func @conv_strides(%x: tensor<2x4x8xf32>, %w: tensor<4x4x3xf32>, %p: tensor<1x2xi64>) {
  // expected-error @+1 {{'ingot.dynamic_conv' op (C2) stride is [1, 1], but there are 1 spatial dims}}
  %0 = ingot.dynamic_conv %x, %w, %p <[b, f, 0]x[o, i, 0]->[b, f, 0]> stride = [1, 1] lhs_dilate = [1] rhs_dilate = [1] : (tensor<2x4x8xf32>, tensor<4x4x3xf32>, tensor<1x2xi64>) -> tensor<2x4x8xf32>
  return
}

// -----

func.func @conv_stride(%x: tensor<2x4x8xf32>, %w: tensor<4x4x3xf32>, %p: tensor<1x2xi64>) {
  // expected-error @+1 {{'ingot.dynamic_conv' op (C3) stride is [0], but must be positive}}
  %0 = ingot.dynamic_conv %x, %w, %p <[b, f, 0]x[o, i, 0]->[b, f, 0]> stride = [0] lhs_dilate = [1] rhs_dilate = [1] : (tensor<2x4x8xf32>, tensor<4x4x3xf32>, tensor<1x2xi64>) -> tensor<2x4x8xf32>
  return
}

// -----

func.func @conv_padding(%x: tensor<2x4x8xf32>, %w: tensor<4x4x3xf32>, %p: tensor<2xi64>) {
  // expected-error @+1 {{'ingot.dynamic_conv' op (C4) padding is i64[2], but must hold 1 pairs}}
  %0 = ingot.dynamic_conv %x, %w, %p <[b, f, 0]x[o, i, 0]->[b, f, 0]> stride = [1] lhs_dilate = [1] rhs_dilate = [1] : (tensor<2x4x8xf32>, tensor<4x4x3xf32>, tensor<2xi64>) -> tensor<2x4x8xf32>
  return
}

// -----

func.func @conv_lhs_dilations(%x: tensor<2x4x8xf32>, %w: tensor<4x4x3xf32>, %p: tensor<1x2xi64>) {
  // expected-error @+1 {{'ingot.dynamic_conv' op (C5) lhs_dilate is [], but there are 1 spatial dims}}
  %0 = ingot.dynamic_conv %x, %w, %p <[b, f, 0]x[o, i, 0]->[b, f, 0]> stride = [1] lhs_dilate = [] rhs_dilate = [1] : (tensor<2x4x8xf32>, tensor<4x4x3xf32>, tensor<1x2xi64>) -> tensor<2x4x8xf32>
  return
}

// -----

func.func @conv_lhs_dilation(%x: tensor<2x4x8xf32>, %w: tensor<4x4x3xf32>, %p: tensor<1x2xi64>) {
  // expected-error @+1 {{'ingot.dynamic_conv' op (C6) lhs_dilate is [0], but must be positive}}
  %0 = ingot.dynamic_conv %x, %w, %p <[b, f, 0]x[o, i, 0]->[b, f, 0]> stride = [1] lhs_dilate = [0] rhs_dilate = [1] : (tensor<2x4x8xf32>, tensor<4x4x3xf32>, tensor<1x2xi64>) -> tensor<2x4x8xf32>
  return
}

// -----

func.func @conv_rhs_dilations(%x: tensor<2x4x8xf32>, %w: tensor<4x4x3xf32>, %p: tensor<1x2xi64>) {
  // expected-error @+1 {{'ingot.dynamic_conv' op (C7) rhs_dilate is [1, 2], but there are 1 spatial dims}}
  %0 = ingot.dynamic_conv %x, %w, %p <[b, f, 0]x[o, i, 0]->[b, f, 0]> stride = [1] lhs_dilate = [1] rhs_dilate = [1, 2] : (tensor<2x4x8xf32>, tensor<4x4x3xf32>, tensor<1x2xi64>) -> tensor<2x4x8xf32>
  return
}

// -----

func.func @conv_rhs_dilation(%x: tensor<2x4x8xf32>, %w: tensor<4x4x3xf32>, %p: tensor<1x2xi64>) {
  // expected-error @+1 {{'ingot.dynamic_conv' op (C8) rhs_dilate is [-1], but must be positive}}
  %0 = ingot.dynamic_conv %x, %w, %p <[b, f, 0]x[o, i, 0]->[b, f, 0]> stride = [1] lhs_dilate = [1] rhs_dilate = [-1] : (tensor<2x4x8xf32>, tensor<4x4x3xf32>, tensor<1x2xi64>) -> tensor<2x4x8xf32>
  return
}

// -----

func.func @conv_reversal(%x: tensor<2x4x8xf32>, %w: tensor<4x4x3xf32>, %p: tensor<1x2xi64>) {
  // expected-error @+1 {{'ingot.dynamic_conv' op (C9) window_reversal has 2 elements for 1 spatial dims}}
  %0 = ingot.dynamic_conv %x, %w, %p <[b, f, 0]x[o, i, 0]->[b, f, 0]> stride = [1] lhs_dilate = [1] rhs_dilate = [1] {window_reversal = array<i1: true, false>} : (tensor<2x4x8xf32>, tensor<4x4x3xf32>, tensor<1x2xi64>) -> tensor<2x4x8xf32>
  return
}

// -----

func.func @conv_batch(%x: tensor<2x4x8xf32>, %w: tensor<4x4x3xf32>, %p: tensor<1x2xi64>) {
  // expected-error @+1 {{'ingot.dynamic_conv' op (C10) a batch of 2 does not divide into 4 groups}}
  %0 = ingot.dynamic_conv %x, %w, %p <[b, f, 0]x[o, i, 0]->[b, f, 0]> stride = [1] lhs_dilate = [1] rhs_dilate = [1] {batch_group_count = 4 : i64} : (tensor<2x4x8xf32>, tensor<4x4x3xf32>, tensor<1x2xi64>) -> tensor<2x4x8xf32>
  return
}

// -----

func.func @conv_features(%x: tensor<2x4x8xf32>, %w: tensor<4x4x3xf32>, %p: tensor<1x2xi64>) {
  // expected-error @+1 {{'ingot.dynamic_conv' op (C11) input features of 4 does not divide into 3 groups}}
  %0 = ingot.dynamic_conv %x, %w, %p <[b, f, 0]x[o, i, 0]->[b, f, 0]> stride = [1] lhs_dilate = [1] rhs_dilate = [1] {feature_group_count = 3 : i64} : (tensor<2x4x8xf32>, tensor<4x4x3xf32>, tensor<1x2xi64>) -> tensor<2x4x8xf32>
  return
}

// -----

func.func @conv_kernel(%x: tensor<2x4x8xf32>, %w: tensor<4x4x3xf32>, %p: tensor<1x2xi64>) {
  // expected-error @+1 {{'ingot.dynamic_conv' op (C14) the kernel has 4 input features, but the input 4 in 2 groups}}
  %0 = ingot.dynamic_conv %x, %w, %p <[b, f, 0]x[o, i, 0]->[b, f, 0]> stride = [1] lhs_dilate = [1] rhs_dilate = [1] {feature_group_count = 2 : i64} : (tensor<2x4x8xf32>, tensor<4x4x3xf32>, tensor<1x2xi64>) -> tensor<2x4x8xf32>
  return
}

// -----

func.func @conv_outputs_batch(%x: tensor<2x4x8xf32>, %w: tensor<3x4x3xf32>, %p: tensor<1x2xi64>) {
  // expected-error @+1 {{'ingot.dynamic_conv' op (C15) output features of 3 does not divide into 2 groups}}
  %0 = ingot.dynamic_conv %x, %w, %p <[b, f, 0]x[o, i, 0]->[b, f, 0]> stride = [1] lhs_dilate = [1] rhs_dilate = [1] {batch_group_count = 2 : i64} : (tensor<2x4x8xf32>, tensor<3x4x3xf32>, tensor<1x2xi64>) -> tensor<1x3x8xf32>
  return
}

// -----

func.func @conv_outputs(%x: tensor<2x4x8xf32>, %w: tensor<3x2x3xf32>, %p: tensor<1x2xi64>) {
  // expected-error @+1 {{'ingot.dynamic_conv' op (C16) output features of 3 does not divide into 2 groups}}
  %0 = ingot.dynamic_conv %x, %w, %p <[b, f, 0]x[o, i, 0]->[b, f, 0]> stride = [1] lhs_dilate = [1] rhs_dilate = [1] {feature_group_count = 2 : i64} : (tensor<2x4x8xf32>, tensor<3x2x3xf32>, tensor<1x2xi64>) -> tensor<2x3x8xf32>
  return
}

// -----

func.func @conv_groups(%x: tensor<2x4x8xf32>, %w: tensor<4x4x3xf32>, %p: tensor<1x2xi64>) {
  // expected-error @+1 {{'ingot.dynamic_conv' op (C21) feature_group_count is 0, but must be positive}}
  %0 = ingot.dynamic_conv %x, %w, %p <[b, f, 0]x[o, i, 0]->[b, f, 0]> stride = [1] lhs_dilate = [1] rhs_dilate = [1] {feature_group_count = 0 : i64} : (tensor<2x4x8xf32>, tensor<4x4x3xf32>, tensor<1x2xi64>) -> tensor<2x4x8xf32>
  return
}

// -----

func.func @conv_batch_groups(%x: tensor<2x4x8xf32>, %w: tensor<4x4x3xf32>, %p: tensor<1x2xi64>) {
  // expected-error @+1 {{'ingot.dynamic_conv' op (C22) batch_group_count is -1, but must be positive}}
  %0 = ingot.dynamic_conv %x, %w, %p <[b, f, 0]x[o, i, 0]->[b, f, 0]> stride = [1] lhs_dilate = [1] rhs_dilate = [1] {batch_group_count = -1 : i64} : (tensor<2x4x8xf32>, tensor<4x4x3xf32>, tensor<1x2xi64>) -> tensor<2x4x8xf32>
  return
}

// -----

func.func @conv_both(%x: tensor<2x4x8xf32>, %w: tensor<4x4x3xf32>, %p: tensor<1x2xi64>) {
  // expected-error @+1 {{'ingot.dynamic_conv' op (C23) feature_group_count is 2 and batch_group_count 2, but one must be 1}}
  %0 = ingot.dynamic_conv %x, %w, %p <[b, f, 0]x[o, i, 0]->[b, f, 0]> stride = [1] lhs_dilate = [1] rhs_dilate = [1] {feature_group_count = 2 : i64, batch_group_count = 2 : i64} : (tensor<2x4x8xf32>, tensor<4x4x3xf32>, tensor<1x2xi64>) -> tensor<2x4x8xf32>
  return
}

// -----

func.func @conv_result(%x: tensor<2x4x8xf32>, %w: tensor<4x4x3xf32>, %p: tensor<1x2xi64>) {
  // expected-error @+1 {{'ingot.dynamic_conv' op (C25) the result's feature dim is 5, but must be 4}}
  %0 = ingot.dynamic_conv %x, %w, %p <[b, f, 0]x[o, i, 0]->[b, f, 0]> stride = [1] lhs_dilate = [1] rhs_dilate = [1] : (tensor<2x4x8xf32>, tensor<4x4x3xf32>, tensor<1x2xi64>) -> tensor<2x5x8xf32>
  return
}

// -----

func.func @conv_result_rank(%x: tensor<2x4x8xf32>, %w: tensor<4x4x3xf32>, %p: tensor<1x2xi64>) {
  // expected-error @+1 {{'ingot.dynamic_conv' op (C26) the result has rank 2, but lhs 3}}
  %0 = ingot.dynamic_conv %x, %w, %p <[b, f, 0]x[o, i, 0]->[b, f, 0]> stride = [1] lhs_dilate = [1] rhs_dilate = [1] : (tensor<2x4x8xf32>, tensor<4x4x3xf32>, tensor<1x2xi64>) -> tensor<2x4xf32>
  return
}

// -----

func.func @conv_element(%x: tensor<2x4x8xf32>, %w: tensor<4x4x3xf32>, %p: tensor<1x2xi64>) {
  // expected-error @+1 {{'ingot.dynamic_conv' op (C27) lhs holds 'f32', rhs 'f32' and the result 'f16'}}
  %0 = ingot.dynamic_conv %x, %w, %p <[b, f, 0]x[o, i, 0]->[b, f, 0]> stride = [1] lhs_dilate = [1] rhs_dilate = [1] : (tensor<2x4x8xf32>, tensor<4x4x3xf32>, tensor<1x2xi64>) -> tensor<2x4x8xf16>
  return
}

// -----

func.func @get_size(%x: tensor<4xf32>) {
  // expected-error @+1 {{'ingot.get_dimension_size' op (C1) dim is 1, but the operand is f32[4]}}
  %0 = ingot.get_dimension_size %x dim = 1 : tensor<4xf32>
  return
}

// -----

func.func @set_dim(%x: tensor<4x3xf32>, %n: tensor<i32>) {
  // expected-error @+1 {{'ingot.set_dimension_size' op (C1) dim is -1, but the operand is f32[4,3]}}
  %0 = ingot.set_dimension_size %x, %n dim = -1 : (tensor<4x3xf32>, tensor<i32>) -> tensor<2x3xf32>
  return
}

// -----

func.func @set_size(%x: tensor<4x3xf32>, %n: tensor<1xi32>) {
  // expected-error @+1 {{'ingot.set_dimension_size' op (C2) size is i32[1], but must be a scalar}}
  %0 = ingot.set_dimension_size %x, %n dim = 0 : (tensor<4x3xf32>, tensor<1xi32>) -> tensor<2x3xf32>
  return
}

// -----

func.func @set_result(%x: tensor<4x3xf32>, %n: tensor<i32>) {
  // expected-error @+1 {{'ingot.set_dimension_size' op (C3) the operand is f32[4,3], but the result f32[5,3]}}
  %0 = ingot.set_dimension_size %x, %n dim = 0 : (tensor<4x3xf32>, tensor<i32>) -> tensor<5x3xf32>
  return
}

// -----

module attributes {ingot.sizes = [#ingot.size<"n", 1 to 4>]} {
  func.func @no_such_size(%n: tensor<i64>) {
    // expected-error @+1 {{'ingot.bind_size' op (C1) size 2 is none of the module's 1}}
    ingot.bind_size %n size = 2 : tensor<i64>
    return
  }
}

// -----

module attributes {ingot.sizes = [#ingot.size<"n", 1 to 4>]} {
  func.func @size_of_arguments(%n: tensor<i64>) {
    // expected-error @+1 {{'ingot.bind_size' op (C1) size 'n' comes from the arguments, not from data}}
    ingot.bind_size %n size = 0 : tensor<i64>
    return
  }
}

// -----

module attributes {ingot.sizes = [#ingot.size<"n", 0 to 4 data>]} {
  func.func @no_scalar(%n: tensor<2xi64>) {
    // expected-error @+1 {{'ingot.bind_size' op count is i64[2], but must be a scalar}}
    ingot.bind_size %n size = 0 : tensor<2xi64>
    return
  }
}

// -----

module attributes {ingot.sizes = [#ingot.size<"n", 0 to 4 data>]} {
  func.func @in_a_branch(%p: tensor<i1>, %n: tensor<i64>) {
    ingot.if %p : (tensor<i1>) -> () {
      // expected-error @+1 {{'ingot.bind_size' op (C2) size 'n' can be bound in a function's block alone, not in a loop, branch or body}}
      ingot.bind_size %n size = 0 : tensor<i64>
      ingot.return
    } else {
      ingot.return
    }
    return
  }
}

// -----

module attributes {ingot.sizes = [#ingot.size<"n", 0 to 4 data>]} {
  func.func @twice(%n: tensor<i64>) {
    // expected-error @+1 {{'ingot.bind_size' op (C2) size 'n' is bound twice}}
    ingot.bind_size %n size = 0 : tensor<i64>
    ingot.bind_size %n size = 0 : tensor<i64>
    return
  }
}

// -----

module attributes {ingot.sizes = [#ingot.size<"n", 0 to 4 data>]} {
  func.func @too_late(%n: tensor<i64>) {
    %0 = ingot.iota dim = 0 : tensor<?xf32, #ingot.dims<[s0 * 2]>>
    // expected-error @+1 {{'ingot.bind_size' op (C3) size 'n' is mentioned by 'ingot.iota' before it is bound}}
    ingot.bind_size %n size = 0 : tensor<i64>
    return
  }
}

// -----

module attributes {ingot.sizes = [#ingot.size<"n", 0 to 4 data>]} {
  func.func @argument(%x: tensor<?xf32, #ingot.dims<[s0]>>, %n: tensor<i64>) {
    // expected-error @+1 {{'ingot.bind_size' op (C3) size 'n' is mentioned by an argument}}
    ingot.bind_size %n size = 0 : tensor<i64>
    return
  }
}
