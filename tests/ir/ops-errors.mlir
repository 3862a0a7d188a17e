// Every labelled constraint, broken once.
// RUN: ingot-opt %s -split-input-file -verify-diagnostics

// expected-error @+1 {{#ingot.dims has 1 expressions for a tensor of rank 2}}
func.func private @encoding_rank(tensor<?x2xf32, #ingot.dims<[s0]>>)

// -----

// expected-error @+1 {{#ingot.dims expression 1 is 3, but the dim is 2}}
func.func private @encoding_value(tensor<?x2xf32, #ingot.dims<[s0, 3]>>)

// -----

// expected-error @+1 {{#ingot.dims expression 1 is s0, but the dim is static}}
func.func private @encoding_static(tensor<?x2xf32, #ingot.dims<[s0, s0]>>)

// -----

// expected-error @+1 {{#ingot.dims belongs only on tensors with a dynamic dim}}
func.func private @encoding_needless(tensor<2xf32, #ingot.dims<[2]>>)

// -----

// expected-error @+1 {{size 'n' has the range 4 to 2}}
module attributes {ingot.sizes = [#ingot.size<"n", 4 to 2>]} {}

// -----

// expected-error @+1 {{ingot.sizes names 'n' twice}}
module attributes {ingot.sizes = [#ingot.size<"n", 1 to 2>, #ingot.size<"n", 1 to 2>]} {}

// -----

// expected-error @+1 {{ingot.numerics must be "strict" or "fast" on a module}}
module attributes {ingot.numerics = "loose"} {}

// -----

// expected-error @+1 {{ingot.entry must be a unit attribute on a function}}
module attributes {ingot.entry} {}

// -----

ingot.weight @w = <"w" : tensor<3xf32>> [] : tensor<3xf32>
// expected-error @+1 {{ingot.default of argument 0 must name a weight of its type, and the argument may be no state}}
func.func private @default(tensor<2xf32> {ingot.default = @w}) -> tensor<2xf32>

// -----

// expected-error @+1 {{ingot.default of argument 0 must name a weight of its type, and the argument may be no state}}
func.func private @default(tensor<2xf32> {ingot.default = @absent}) -> tensor<2xf32>

// -----

// expected-error @+1 {{ingot.state of argument 0 is 1, but there are 1 results}}
func.func private @state(tensor<2xf32> {ingot.state = 1}) -> tensor<2xf32>

// -----

module attributes {ingot.sizes = [#ingot.size<"n", 1 to 4>]} {
  // expected-error @+1 {{ingot.state of argument 0 names result 0 of another type: a state that grows starts empty: give 'n' a range from 0}}
  func.func private @state(tensor<?xf32, #ingot.dims<[s0]>> {ingot.state = 0}) -> tensor<?xf32, #ingot.dims<[s0 + 1]>>
}

// -----

module attributes {ingot.sizes = [#ingot.size<"n", 0 to 4>]} {
  // expected-error @+1 {{state may grow along one dim, not along 0 and 1}}
  func.func private @state(tensor<?x?xf32, #ingot.dims<[s0, s0]>> {ingot.state = 0}) -> tensor<?x?xf32, #ingot.dims<[s0 + 1, s0 + 1]>>
}

// -----

module attributes {ingot.sizes = [#ingot.size<"n", 0 to 4>]} {
  // expected-error @+1 {{ingot.grows of argument 0 belongs to a state that has not room for the most it may hold before and after}}
  func.func private @state(tensor<3xf32> {ingot.state = 0, ingot.grows = {axis = 0, size = 0, next = affine_map<()[s0] -> (s0 + 1)>}}) -> tensor<3xf32>
}

// -----

func.func @slice(%x: tensor<4xf32>) {
  // expected-error @+1 {{(C2) dim 0: 3 elements from 1 by 2 are no range within a dim of 4}}
  %0 = ingot.slice %x [1] to [-9223372036854775807] step [2] : (tensor<4xf32>) -> tensor<3xf32>
  return
}

// -----

func.func @binary(%a: tensor<2xf32>, %b: tensor<3xf32>) {
  // expected-error @+1 {{op requires the same type for all operands and results}}
  %0 = "ingot.add"(%a, %b) : (tensor<2xf32>, tensor<3xf32>) -> tensor<2xf32>
  return
}

// -----

func.func @symbolic(%a: tensor<?xf32, #ingot.dims<[s0]>>, %b: tensor<?xf32, #ingot.dims<[s1]>>) {
  // expected-error @+1 {{op requires the same encoding for all operands and results}}
  %0 = "ingot.add"(%a, %b) : (tensor<?xf32, #ingot.dims<[s0]>>, tensor<?xf32, #ingot.dims<[s1]>>) -> tensor<?xf32, #ingot.dims<[s0]>>
  return
}

// -----

func.func @unknown_dims(%a: tensor<?xf32>) {
  // expected-error @+1 {{'ingot.abs' op operand #0 must be ranked tensor with known dims of}}
  %0 = ingot.abs %a : tensor<?xf32>
  return
}

// -----

func.func @odd_width(%a: tensor<2xi24>) {
  // expected-error @+1 {{'ingot.abs' op operand #0 must be ranked tensor with known dims of}}
  %0 = ingot.abs %a : tensor<2xi24>
  return
}

// -----

func.func @odd_float(%a: tensor<2xf80>) {
  // expected-error @+1 {{'ingot.abs' op operand #0 must be ranked tensor with known dims of}}
  %0 = ingot.abs %a : tensor<2xf80>
  return
}

// -----

func.func @compare(%a: tensor<2xcomplex<f32>>) {
  // expected-error @+1 {{'ingot.compare' op (C2) complex numbers have no LT}}
  %0 = ingot.compare LT %a, %a : tensor<2xcomplex<f32>>
  return
}

// -----

func.func @select(%p: tensor<3xi1>, %a: tensor<2xf32>) {
  // expected-error @+1 {{'ingot.select' op (C1) pred is i1[3], but must be a scalar or have the dims of f32[2]}}
  %0 = ingot.select %p, %a, %a : tensor<3xi1>, tensor<2xf32>
  return
}

// -----

func.func @clamp_min(%l: tensor<3xf32>, %a: tensor<2xf32>) {
  // expected-error @+1 {{'ingot.clamp' op (C1) min is f32[3], but must be a scalar or have the dims of f32[2]}}
  %0 = ingot.clamp %l, %a, %a : (tensor<3xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
  return
}

// -----

func.func @clamp_max(%l: tensor<3xf32>, %a: tensor<2xf32>) {
  // expected-error @+1 {{'ingot.clamp' op (C2) max is f32[3], but must be a scalar or have the dims of f32[2]}}
  %0 = ingot.clamp %a, %a, %l : (tensor<2xf32>, tensor<2xf32>, tensor<3xf32>) -> tensor<2xf32>
  return
}

// -----

func.func @clamp_type(%l: tensor<f16>, %a: tensor<2xf32>) {
  // expected-error @+1 {{'ingot.clamp' op (C3) min holds 'f16', but the operand 'f32'}}
  %0 = ingot.clamp %l, %a, %a : (tensor<f16>, tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
  return
}

// -----

func.func @convert(%a: tensor<2xf32>) {
  // expected-error @+1 {{'ingot.convert' op (C1) the operand is f32[2], but the result is i8[3]}}
  %0 = ingot.convert %a : (tensor<2xf32>) -> tensor<3xi8>
  return
}

// -----

func.func @constant() {
  // expected-error @+1 {{'ingot.constant' op (C1) takes 1028 bytes, more than 1024, and is no splat; it must be an ingot.weight}}
  %0 = ingot.constant dense<"0x0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000001"> : tensor<257xi32>
  return
}

// -----

func.func @iota() {
  // expected-error @+1 {{'ingot.iota' op (C1) iota_dimension is 1, but the rank is 1}}
  %0 = ingot.iota dim = 1 : tensor<2xi32>
  return
}

// -----

func.func @size_of() {
  // expected-error @+1 {{'ingot.size_of' op (C1) the map has 1 dims and 1 results, but needs 0 and 1}}
  %0 = ingot.size_of affine_map<(d0) -> (d0)> : tensor<i64>
  return
}

// -----

func.func @size_of_rank() {
  // expected-error @+1 {{'ingot.size_of' op (C2) the result has rank 1, but must be a scalar}}
  %0 = ingot.size_of affine_map<()[s0] -> (s0)> : tensor<1xi64>
  return
}

// -----

func.func @broadcast_type(%a: tensor<2xf32>) {
  // expected-error @+1 {{'ingot.broadcast_in_dim' op (C1) element types are 'f32' and 'f16'}}
  %0 = ingot.broadcast_in_dim %a dims = [0] : (tensor<2xf32>) -> tensor<2xf16>
  return
}

// -----

func.func @broadcast_count(%a: tensor<2xf32>) {
  // expected-error @+1 {{'ingot.broadcast_in_dim' op (C2) there are 2 broadcast dimensions for rank 1}}
  %0 = ingot.broadcast_in_dim %a dims = [0, 1] : (tensor<2xf32>) -> tensor<2x2xf32>
  return
}

// -----

func.func @broadcast_range(%a: tensor<2xf32>) {
  // expected-error @+1 {{'ingot.broadcast_in_dim' op (C2) broadcast dimension 2 is not in [0, 2)}}
  %0 = ingot.broadcast_in_dim %a dims = [2] : (tensor<2xf32>) -> tensor<2x2xf32>
  return
}

// -----

func.func @broadcast_twice(%a: tensor<2x2xf32>) {
  // expected-error @+1 {{'ingot.broadcast_in_dim' op (C2) broadcast dimension 1 is named twice}}
  %0 = ingot.broadcast_in_dim %a dims = [1, 1] : (tensor<2x2xf32>) -> tensor<2x2xf32>
  return
}

// -----

module attributes {ingot.sizes = [#ingot.size<"batch", 1 to 64>]} {
func.func @broadcast_dim(%a: tensor<2xf32>) {
  // expected-error @+1 {{'ingot.broadcast_in_dim' op (C3) operand dim 0 is 2, but result dim 1 is batch * 2}}
  %0 = ingot.broadcast_in_dim %a dims = [1] : (tensor<2xf32>) -> tensor<2x?xf32, #ingot.dims<[2, s0 * 2]>>
  return
}
}

// -----

func.func @reshape_type(%a: tensor<2xf32>) {
  // expected-error @+1 {{'ingot.reshape' op (C1) element types are 'f32' and 'i32'}}
  %0 = ingot.reshape %a : (tensor<2xf32>) -> tensor<2xi32>
  return
}

// -----

module attributes {ingot.sizes = [#ingot.size<"batch", 1 to 64>]} {
func.func @reshape(%a: tensor<?x16x4x4xf32, #ingot.dims<[s0, 16, 4, 4]>>) {
  // expected-error @+1 {{'ingot.reshape' op (C2) the operand has batch * 256 elements, but the result has batch * 128}}
  %0 = ingot.reshape %a : (tensor<?x16x4x4xf32, #ingot.dims<[s0, 16, 4, 4]>>) -> tensor<?x128xf32, #ingot.dims<[s0, 128]>>
  return
}
}

// -----

func.func @transpose_permutation(%a: tensor<2x3xf32>) {
  // expected-error @+1 {{'ingot.transpose' op (C1) permutation [1, 1] is none of [0, 2)}}
  %0 = "ingot.transpose"(%a) {permutation = array<i64: 1, 1>} : (tensor<2x3xf32>) -> tensor<3x3xf32>
  return
}

// -----

func.func @transpose_result(%a: tensor<2x3xf32>) {
  // expected-error @+1 {{'ingot.transpose' op (C2) result dim 0 is 2, but the operand's dim there is 3}}
  %0 = "ingot.transpose"(%a) {permutation = array<i64: 1, 0>} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  return
}

// -----

func.func @slice_count(%a: tensor<2x3xf32>) {
  // expected-error @+1 {{'ingot.slice' op (C1) there are 1 starts, 2 limits and 2 strides for rank 2}}
  %0 = ingot.slice %a [0] to [1, 1] step [1, 1] : (tensor<2x3xf32>) -> tensor<1x1xf32>
  return
}

// -----

func.func @slice_limit(%a: tensor<2x3xf32>) {
  // expected-error @+1 {{'ingot.slice' op (C2) dim 1: [1, 4) is no range within a dim of 3}}
  %0 = ingot.slice %a [0, 1] to [1, 4] step [1, 1] : (tensor<2x3xf32>) -> tensor<1x3xf32>
  return
}

// -----

func.func @slice_stride(%a: tensor<2x3xf32>) {
  // expected-error @+1 {{'ingot.slice' op (C3) stride 0 is 0, but must be positive}}
  %0 = ingot.slice %a [0, 1] to [1, 3] step [0, 1] : (tensor<2x3xf32>) -> tensor<1x3xf32>
  return
}

// -----

func.func @slice_result(%a: tensor<2x5xf32>) {
  // expected-error @+1 {{'ingot.slice' op (C4) result dim 1 is 3, but ceil((limit - start) / stride) is 2}}
  %0 = ingot.slice %a [0, 1] to [2, 5] step [1, 2] : (tensor<2x5xf32>) -> tensor<2x3xf32>
  return
}

// -----

func.func @pad_value(%a: tensor<2xf32>, %v: tensor<1xf32>) {
  // expected-error @+1 {{'ingot.pad' op (C1) padding_value is f32[1], but a scalar of 'f32' is needed}}
  %0 = ingot.pad %a, %v low = [0] high = [0] interior = [0] : (tensor<2xf32>, tensor<1xf32>) -> tensor<2xf32>
  return
}

// -----

func.func @pad_count(%a: tensor<2xf32>, %v: tensor<f32>) {
  // expected-error @+1 {{'ingot.pad' op (C2) there are 2 low, 1 high and 1 interior amounts for rank 1}}
  %0 = ingot.pad %a, %v low = [0, 0] high = [0] interior = [0] : (tensor<2xf32>, tensor<f32>) -> tensor<2xf32>
  return
}

// -----

func.func @pad_interior(%a: tensor<2xf32>, %v: tensor<f32>) {
  // expected-error @+1 {{'ingot.pad' op (C3) interior padding 0 is -1, but must not be negative}}
  %0 = ingot.pad %a, %v low = [0] high = [0] interior = [-1] : (tensor<2xf32>, tensor<f32>) -> tensor<2xf32>
  return
}

// -----

func.func @pad_result(%a: tensor<2x3xf32>, %v: tensor<f32>) {
  // expected-error @+1 {{'ingot.pad' op (C4) result dim 1 is 7, but low + dim + interior + high is 9}}
  %0 = ingot.pad %a, %v low = [0, 1] high = [0, 3] interior = [0, 1] : (tensor<2x3xf32>, tensor<f32>) -> tensor<2x7xf32>
  return
}

// -----

func.func @pad_negative(%a: tensor<2xf32>, %v: tensor<f32>) {
  // expected-error @+1 {{'ingot.pad' op (C4) result dim 0 would be -1: low -3, dim 2, interior 0, high 0}}
  %0 = ingot.pad %a, %v low = [-3] high = [0] interior = [0] : (tensor<2xf32>, tensor<f32>) -> tensor<0xf32>
  return
}

// -----

func.func @concatenate_none() {
  // expected-error @+1 {{'ingot.concatenate' op (C1) there is no operand}}
  %0 = "ingot.concatenate"() {dimension = 0 : i64} : () -> tensor<2xf32>
  return
}

// -----

func.func @concatenate_type(%a: tensor<2xf32>, %b: tensor<2xf16>) {
  // expected-error @+1 {{'ingot.concatenate' op (C2) operand 1 is f16[2], but operand 0 is f32[2]}}
  %0 = ingot.concatenate %a, %b dim = 0 : (tensor<2xf32>, tensor<2xf16>) -> tensor<4xf32>
  return
}

// -----

func.func @concatenate_dims(%a: tensor<2x2xf32>, %b: tensor<2x3xf32>) {
  // expected-error @+1 {{'ingot.concatenate' op (C3) operand 1 has 3 in dim 1, but operand 0 has 2}}
  %0 = ingot.concatenate %a, %b dim = 0 : (tensor<2x2xf32>, tensor<2x3xf32>) -> tensor<4x2xf32>
  return
}

// -----

func.func @concatenate_dimension(%a: tensor<2xf32>) {
  // expected-error @+1 {{'ingot.concatenate' op (C4) dimension is 1, but the rank is 1}}
  %0 = ingot.concatenate %a, %a dim = 1 : (tensor<2xf32>, tensor<2xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @concatenate_sum(%a: tensor<2xf32>) {
  // expected-error @+1 {{'ingot.concatenate' op (C5) result dim 0 is 5, but the operands' dim or sum is 4}}
  %0 = ingot.concatenate %a, %a dim = 0 : (tensor<2xf32>, tensor<2xf32>) -> tensor<5xf32>
  return
}

// -----

func.func @reverse(%a: tensor<2xf32>) {
  // expected-error @+1 {{'ingot.reverse' op (C1) dimension 0 is named twice or not in [0, 1)}}
  %0 = ingot.reverse %a dims = [0, 0] : tensor<2xf32>
  return
}

// -----

func.func @unpack_rank(%a: tensor<2x2xf32>) {
  // expected-error @+1 {{'ingot.unpack' op (C1) the operand is f32[2,2], but the result is f32[2,2]; one more dim of the same element type is needed}}
  %0 = ingot.unpack %a dim = 0 width = 2 : (tensor<2x2xf32>) -> tensor<2x2xf32>
  return
}

// -----

func.func @unpack_width(%a: tensor<2x3x2xf32>) {
  // expected-error @+1 {{'ingot.unpack' op (C2) the last operand dim is 2, but width is 4}}
  %0 = ingot.unpack %a dim = 1 width = 4 : (tensor<2x3x2xf32>) -> tensor<3x4xf32>
  return
}

// -----

func.func @unpack_panels(%a: tensor<2x3x2xf32>) {
  // expected-error @+1 {{'ingot.unpack' op (C3) operand dim 0 is 2, but the packed result has 3}}
  %0 = ingot.unpack %a dim = 1 width = 2 : (tensor<2x3x2xf32>) -> tensor<3x5xf32>
  return
}

// -----

func.func @unpack_rest(%a: tensor<2x3x2xf32>) {
  // expected-error @+1 {{'ingot.unpack' op (C4) operand dim 1 is 3, but the packed result has 4}}
  %0 = ingot.unpack %a dim = 1 width = 2 : (tensor<2x3x2xf32>) -> tensor<4x3xf32>
  return
}

// -----

func.func @dot_count(%a: tensor<2x2xf32>) {
  // expected-error @+1 {{'ingot.dot_general' op (C1) lhs and rhs have 0 and 0 batch dims, 1 and 0 contracting dims}}
  %0 = ingot.dot_general %a, %a <batch = [] x [], contract = [1] x []> : (tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x2xf32>
  return
}

// -----

func.func @dot_range(%a: tensor<2x2xf32>) {
  // expected-error @+1 {{'ingot.dot_general' op (C1) batch dims [0] and contracting dims [0] of rhs are not unique dims of rank 2}}
  %0 = ingot.dot_general %a, %a <batch = [0] x [0], contract = [1] x [0]> : (tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x2xf32>
  return
}

// -----

func.func @dot_dims(%a: tensor<2x3xf32>) {
  // expected-error @+1 {{'ingot.dot_general' op (C2) contracting dim 1 of lhs is 3, but dim 0 of rhs is 2}}
  %0 = ingot.dot_general %a, %a <batch = [] x [], contract = [1] x [0]> : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>
  return
}

// -----

func.func @dot_result(%a: tensor<2x3xf32>) {
  // expected-error @+1 {{'ingot.dot_general' op (C3) result dim 1 is 3, but the batch or free dim is 2}}
  %0 = ingot.dot_general %a, %a <batch = [] x [], contract = [1] x [1]> : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>
  return
}

// -----

func.func @dot_type(%a: tensor<2xf32>) {
  // expected-error @+1 {{'ingot.dot_general' op (C4) element type 'f16' of the result is neither 'f32' nor wider}}
  %0 = ingot.dot_general %a, %a <batch = [] x [], contract = [0] x [0]> : (tensor<2xf32>, tensor<2xf32>) -> tensor<f16>
  return
}

// -----

func.func @convolution_window(%a: tensor<1x1x4xf32>, %w: tensor<1x1x3xf32>) {
  // expected-error @+1 {{'ingot.convolution' op (C1) stride [0], lhs_dilate [1], rhs_dilate [1] must be positive and pad [0, 0] in pairs, one for each of 1 spatial dims}}
  %0 = ingot.convolution %a, %w <[b, f, 0]x[o, i, 0]->[b, f, 0]> stride = [0] pad = [0, 0] lhs_dilate = [1] rhs_dilate = [1] : (tensor<1x1x4xf32>, tensor<1x1x3xf32>) -> tensor<1x1x2xf32>
  return
}

// -----

func.func @convolution_groups(%a: tensor<1x3x4xf32>, %w: tensor<2x1x3xf32>) {
  // expected-error @+1 {{'ingot.convolution' op (C2) feature_group_count is 2 and batch_group_count 1 for 3 features and a batch of 1}}
  %0 = ingot.convolution %a, %w <[b, f, 0]x[o, i, 0]->[b, f, 0]> stride = [1] pad = [0, 0] lhs_dilate = [1] rhs_dilate = [1] {feature_group_count = 2 : i64} : (tensor<1x3x4xf32>, tensor<2x1x3xf32>) -> tensor<1x2x2xf32>
  return
}

// -----

func.func @convolution_features(%a: tensor<1x3x4xf32>, %w: tensor<2x1x3xf32>) {
  // expected-error @+1 {{'ingot.convolution' op (C3) the kernel has 1 input features, but the input has 3 in 1 groups}}
  %0 = ingot.convolution %a, %w <[b, f, 0]x[o, i, 0]->[b, f, 0]> stride = [1] pad = [0, 0] lhs_dilate = [1] rhs_dilate = [1] : (tensor<1x3x4xf32>, tensor<2x1x3xf32>) -> tensor<1x2x2xf32>
  return
}

// -----

func.func @convolution_outputs(%a: tensor<1x2x4xf32>, %w: tensor<3x1x3xf32>) {
  // expected-error @+1 {{'ingot.convolution' op (C4) 3 output features do not divide into 2 groups}}
  %0 = ingot.convolution %a, %w <[b, f, 0]x[o, i, 0]->[b, f, 0]> stride = [1] pad = [0, 0] lhs_dilate = [1] rhs_dilate = [1] {feature_group_count = 2 : i64} : (tensor<1x2x4xf32>, tensor<3x1x3xf32>) -> tensor<1x3x2xf32>
  return
}

// -----

module attributes {ingot.sizes = [#ingot.size<"batch", 1 to 64>, #ingot.size<"time", 3 to 64>]} {
func.func @convolution_result(%a: tensor<?x1x?xf32, #ingot.dims<[s0, 1, s1]>>, %w: tensor<1x1x3xf32>) {
  // expected-error @+1 {{'ingot.convolution' op (C5) result dim 2 is time, but what follows from input, kernel and window is time - 2}}
  %0 = ingot.convolution %a, %w <[b, f, 0]x[o, i, 0]->[b, f, 0]> stride = [1] pad = [0, 0] lhs_dilate = [1] rhs_dilate = [1] : (tensor<?x1x?xf32, #ingot.dims<[s0, 1, s1]>>, tensor<1x1x3xf32>) -> tensor<?x1x?xf32, #ingot.dims<[s0, 1, s1]>>
  return
}
}

// -----

func.func @convolution_type(%a: tensor<1x1x4xf32>, %w: tensor<1x1x3xf16>) {
  // expected-error @+1 {{'ingot.convolution' op (C6) element types of lhs and rhs are 'f32' and 'f16'}}
  %0 = ingot.convolution %a, %w <[b, f, 0]x[o, i, 0]->[b, f, 0]> stride = [1] pad = [0, 0] lhs_dilate = [1] rhs_dilate = [1] : (tensor<1x1x4xf32>, tensor<1x1x3xf16>) -> tensor<1x1x2xf32>
  return
}

// -----

func.func @convolution_dims(%a: tensor<1x1x4x4xf32>, %w: tensor<1x1x3xf32>) {
  // expected-error @+1 {{'ingot.convolution' op (C7) dims #ingot.conv<[b, f, 0]x[o, i, 0]->[b, f, 0]> do not name every dim of f32[1,1,4,4], f32[1,1,3] and the result once}}
  %0 = ingot.convolution %a, %w <[b, f, 0]x[o, i, 0]->[b, f, 0]> stride = [1] pad = [0, 0] lhs_dilate = [1] rhs_dilate = [1] : (tensor<1x1x4x4xf32>, tensor<1x1x3xf32>) -> tensor<1x1x2xf32>
  return
}

// -----

func.func @convolution_syntax(%a: tensor<1x1x4xf32>) {
  // expected-error @+1 {{spatial dims must be numbered 0, 1, ... once each}}
  %0 = ingot.convolution %a, %a <[b, f, 1]x[o, i, 0]->[b, f, 0]> stride = [1] pad = [0, 0] lhs_dilate = [1] rhs_dilate = [1] : (tensor<1x1x4xf32>, tensor<1x1x4xf32>) -> tensor<1x1x1xf32>
  return
}

// -----

func.func @reduce_inputs(%a: tensor<2xf32>, %b: tensor<3xf32>, %z: tensor<f32>) {
  // expected-error @+1 {{'ingot.reduce' op (C1) input 1 is f32[3], but input 0 is f32[2]}}
  %0:2 = ingot.reduce (%a, %b init %z, %z) dims = [0] : (tensor<2xf32>, tensor<3xf32>, tensor<f32>, tensor<f32>) -> (tensor<f32>, tensor<f32>) {
  ^bb0(%x: tensor<f32>, %y: tensor<f32>, %u: tensor<f32>, %v: tensor<f32>):
    ingot.return %x, %y : tensor<f32>, tensor<f32>
  }
  return
}

// -----

func.func @reduce_dimensions(%a: tensor<2x2xf32>, %z: tensor<f32>) {
  // expected-error @+1 {{'ingot.reduce' op (C2) dimensions [1, 0] are not unique, ascending dims of rank 2}}
  %0 = ingot.reduce (%a init %z) dims = [1, 0] : (tensor<2x2xf32>, tensor<f32>) -> tensor<f32> {
  ^bb0(%x: tensor<f32>, %y: tensor<f32>):
    ingot.return %x : tensor<f32>
  }
  return
}

// -----

func.func @reduce_init(%a: tensor<2x2xf32>, %z: tensor<1xf32>) {
  // expected-error @+1 {{'ingot.reduce' op (C3) init value 0 is f32[1], but a scalar of 'f32' is needed}}
  %0 = ingot.reduce (%a init %z) dims = [1] : (tensor<2x2xf32>, tensor<1xf32>) -> tensor<2xf32> {
  ^bb0(%x: tensor<f32>, %y: tensor<f32>):
    ingot.return %x : tensor<f32>
  }
  return
}

// -----

func.func @reduce_body(%a: tensor<2x2xf32>, %z: tensor<f32>) {
  // expected-error @+1 {{'ingot.reduce' op (C3) the body takes ('tensor<f32>'), but accumulators and elements are ('tensor<f32>', 'tensor<f32>')}}
  %0 = ingot.reduce (%a init %z) dims = [1] : (tensor<2x2xf32>, tensor<f32>) -> tensor<2xf32> {
  ^bb0(%x: tensor<f32>):
    ingot.return %x : tensor<f32>
  }
  return
}

// -----

func.func @reduce_returns(%a: tensor<2x2xf32>, %z: tensor<f32>) {
  // expected-error @+1 {{'ingot.reduce' op (C3) the body returns (), but the accumulators are ('tensor<f32>')}}
  %0 = ingot.reduce (%a init %z) dims = [1] : (tensor<2x2xf32>, tensor<f32>) -> tensor<2xf32> {
  ^bb0(%x: tensor<f32>, %y: tensor<f32>):
  }
  return
}

// -----

func.func @reduce_result(%a: tensor<2x3xf32>, %z: tensor<f32>) {
  // expected-error @+1 {{'ingot.reduce' op (C4) result dim 0 is 3, but the input's remaining dim is 2}}
  %0 = ingot.reduce (%a init %z) dims = [1] : (tensor<2x3xf32>, tensor<f32>) -> tensor<3xf32> {
  ^bb0(%x: tensor<f32>, %y: tensor<f32>):
    ingot.return %x : tensor<f32>
  }
  return
}

// -----

func.func @window_values(%a: tensor<4xf32>, %z: tensor<f32>) {
  // expected-error @+1 {{'ingot.reduce_window' op (C2) dilate is [0], but needs a positive value for each of 1 dims}}
  %0 = ingot.reduce_window (%a init %z) window = [2] stride = [1] base_dilate = [1] dilate = [0] pad = [0, 0] : (tensor<4xf32>, tensor<f32>) -> tensor<3xf32> {
  ^bb0(%x: tensor<f32>, %y: tensor<f32>):
    ingot.return %x : tensor<f32>
  }
  return
}

// -----

func.func @window_body(%a: tensor<4xf32>, %z: tensor<f32>) {
  // expected-error @+1 {{'ingot.reduce_window' op (C3) result 0 holds 'i32', but the body returns 'f32'}}
  %0 = ingot.reduce_window (%a init %z) window = [2] stride = [1] base_dilate = [1] dilate = [1] pad = [0, 0] : (tensor<4xf32>, tensor<f32>) -> tensor<3xi32> {
  ^bb0(%x: tensor<f32>, %y: tensor<f32>):
    ingot.return %x : tensor<f32>
  }
  return
}

// -----

func.func @window_result(%a: tensor<4xf32>, %z: tensor<f32>) {
  // expected-error @+1 {{'ingot.reduce_window' op (C4) result dim 0 is 2, but the number of window positions is 3}}
  %0 = ingot.reduce_window (%a init %z) window = [2] stride = [1] base_dilate = [1] dilate = [1] pad = [0, 0] : (tensor<4xf32>, tensor<f32>) -> tensor<2xf32> {
  ^bb0(%x: tensor<f32>, %y: tensor<f32>):
    ingot.return %x : tensor<f32>
  }
  return
}

// -----

// expected-error @+1 {{'ingot.weight' op (C1) the steps lead to f32[4,8], but the type is f32[8,4]}}
ingot.weight @w = <"w" : tensor<8x4xf32>> [#ingot.permute<[1, 0]>] : tensor<8x4xf32>

// -----

// expected-error @+1 {{'ingot.weight' op (C1) step 1: the shape does not hold the elements of f32[4,8]}}
ingot.weight @w = <"w" : tensor<8x4xf32>> [#ingot.permute<[1, 0]>, #ingot.shape<[5]>] : tensor<5xf32>

// -----

// expected-error @+1 {{'ingot.weight' op (C1) step 0: no byte holds several elements of f32[8,4]}}
ingot.weight @w = <"w" : tensor<8x4xf32>> [#ingot.pack_bits] : tensor<16xui8>

// -----

// expected-error @+1 {{'ingot.weight' op (C1) step 0: no byte holds several elements of f6e2m3fn[8]}}
ingot.weight @w = <"w" : tensor<8xf6E2M3FN>> [#ingot.pack_bits] : tensor<6xui8>

// -----

// expected-error @+1 {{'ingot.weight' op (C1) step 0: no byte holds several elements of i1[8]}}
ingot.weight @w = <"w" : tensor<8xi1>> [#ingot.pack_bits] : tensor<1xui8>

// -----

// expected-error @+1 {{'ingot.weight' op (C1) step 1: no byte holds several elements of u8[4]}}
ingot.weight @w = <"w" : tensor<8xi4>> [#ingot.pack_bits, #ingot.pack_bits] : tensor<4xui8>

// -----

// expected-error @+1 {{'ingot.weight' op (C1) the steps lead to u8[4], but the type is u8[3]}}
ingot.weight @w = <"w" : tensor<7xi4>> [#ingot.pack_bits] : tensor<3xui8>

// -----

// expected-error @+1 {{'ingot.weight' op (C1) step 0: the slice is not within f32[8,4]}}
ingot.weight @w = <"w" : tensor<8x4xf32>> [#ingot.slice<[0, 0] to [9, 4]>] : tensor<9x4xf32>

// -----

// expected-error @+1 {{'ingot.weight' op (C1) step 0: the slice is not within f32[8,4]}}
ingot.weight @w = <"w" : tensor<8x4xf32>> [#ingot.slice<[0, 0] to [8, 4] step [0, 1]>] : tensor<8x4xf32>

// -----

// expected-error @+1 {{'ingot.weight' op (C1) step 0: the dims to reverse are none, or not different ones, of f32[8,4]}}
ingot.weight @w = <"w" : tensor<8x4xf32>> [#ingot.reverse<[1, 1]>] : tensor<8x4xf32>

// -----

// expected-error @+1 {{'ingot.weight' op (C1) step 0: dim 2 of f32[8,4] cannot be cut into panels of 4}}
ingot.weight @w = <"w" : tensor<8x4xf32>> [#ingot.pack<2, 4>] : tensor<2x4x4xf32>

// -----

// expected-error @+1 {{'ingot.weight' op (C2) type f32[s0] is not static}}
ingot.weight @w = <"w" : tensor<8xf32>> [] : tensor<?xf32, #ingot.dims<[s0]>>

// -----

func.func @get_weight() {
  // expected-error @+1 {{'ingot.get_weight' op (C1) @w names no ingot.weight}}
  %0 = ingot.get_weight @w : tensor<2xf32>
  return
}

// -----

ingot.weight @w = <"w" : tensor<8xf32>> [] : tensor<8xf32>
func.func @get_weight() {
  // expected-error @+1 {{'ingot.get_weight' op (C2) the result is f32[2], but @w is f32[8]}}
  %0 = ingot.get_weight @w : tensor<2xf32>
  return
}

// -----

func.func @fusion_arguments(%a: tensor<2xf32>) {
  // expected-error @+1 {{'ingot.fusion' op (C1) block arguments are (), but ('tensor<2xf32>') are needed}}
  %0 = ingot.fusion "f" (%a) : (tensor<2xf32>) -> tensor<2xf32> {
    %1 = ingot.constant dense<0.0> : tensor<2xf32>
    ingot.return %1 : tensor<2xf32>
  }
  return
}

// -----

func.func @fusion_results(%a: tensor<2xf32>) {
  // expected-error @+1 {{'ingot.fusion' op (C2) returned values are ('tensor<2xf32>'), but ('tensor<3xf32>') are needed}}
  %0 = ingot.fusion "f" (%a) : (tensor<2xf32>) -> tensor<3xf32> {
  ^bb0(%x: tensor<2xf32>):
    ingot.return %x : tensor<2xf32>
  }
  return
}

// -----

func.func @composite(%a: tensor<2xf32>) {
  // expected-error @+1 {{'ingot.composite' op (C1) @gelu names no function}}
  %0 = ingot.composite "gelu" (%a) as @gelu : (tensor<2xf32>) -> tensor<2xf32>
  return
}

// -----

func.func private @gelu(tensor<3xf32>) -> tensor<3xf32>
func.func @composite(%a: tensor<2xf32>) {
  // expected-error @+1 {{'ingot.composite' op (C2) operands are ('tensor<2xf32>'), but ('tensor<3xf32>') are needed}}
  %0 = ingot.composite "gelu" (%a) as @gelu : (tensor<2xf32>) -> tensor<2xf32>
  return
}

// -----

// expected-error @+1 {{'ingot.kernel' op (C1) block argument type 'index' is no ranked tensor}}
ingot.kernel @k {
^bb0(%i: index):
}

// -----

func.func @dispatch(%a: tensor<2xf32>) {
  // expected-error @+1 {{'ingot.dispatch' op (C1) @k names no ingot.kernel}}
  %0 = ingot.dispatch @k (%a) : (tensor<2xf32>) -> tensor<2xf32>
  return
}

// -----

ingot.kernel @k {
^bb0(%x: tensor<2xf32>):
  ingot.return %x : tensor<2xf32>
}
func.func @dispatch(%a: tensor<3xf32>) {
  // expected-error @+1 {{'ingot.dispatch' op (C2) operands are ('tensor<3xf32>'), but ('tensor<2xf32>') are needed}}
  %0 = ingot.dispatch @k (%a) : (tensor<3xf32>) -> tensor<3xf32>
  return
}

// -----

ingot.kernel @k {
^bb0(%x: tensor<2xf32>):
  ingot.return %x : tensor<2xf32>
}
func.func @dispatch(%a: tensor<2xf32>) {
  // expected-error @+1 {{'ingot.dispatch' op (C3) inplace names operand 1 of 1}}
  %0 = ingot.dispatch @k (%a) inplace [1] : (tensor<2xf32>) -> tensor<2xf32>
  return
}

// -----

func.func @map_dims(%x: tensor<2xf32>, %y: tensor<3xf32>) {
  // expected-error @+1 {{'ingot.map' op (C1) input 1 is f32[3], but input 0 is f32[2]}}
  %0 = ingot.map (%x, %y) dims = [0] : (tensor<2xf32>, tensor<3xf32>) -> tensor<2xf32> {
  ^bb0(%a: tensor<f32>, %b: tensor<f32>):
    ingot.return %a : tensor<f32>
  }
  return
}

// -----

func.func @map_nothing() {
  // expected-error @+1 {{'ingot.map' op (C2) there is no input}}
  %0 = ingot.map () dims = [] : () -> tensor<f32> {
    %1 = ingot.constant dense<0.0> : tensor<f32>
    ingot.return %1 : tensor<f32>
  }
  return
}

// -----

func.func @map_dimensions(%x: tensor<2x3xf32>) {
  // expected-error @+1 {{'ingot.map' op (C3) dims are [1, 0], but must be all of rank 2, in order}}
  %0 = ingot.map (%x) dims = [1, 0] : (tensor<2x3xf32>) -> tensor<2x3xf32> {
  ^bb0(%a: tensor<f32>):
    ingot.return %a : tensor<f32>
  }
  return
}

// -----

func.func @map_body(%x: tensor<2xf32>) {
  // expected-error @+1 {{'ingot.map' op (C4) the body returns ('tensor<f32>'), but ('tensor<i1>') are needed}}
  %0 = ingot.map (%x) dims = [0] : (tensor<2xf32>) -> tensor<2xi1> {
  ^bb0(%a: tensor<f32>):
    ingot.return %a : tensor<f32>
  }
  return
}

// -----

func.func @total_order(%x: tensor<2xi32>) {
  // expected-error @+1 {{'ingot.compare' op (C3) 'i32' has no total order}}
  %0 = ingot.compare LT total %x, %x : tensor<2xi32>
  return
}

// -----

func.func @reversal(%x: tensor<1x3x8xf32>, %w: tensor<4x3x3xf32>) {
  // expected-error @+1 {{'ingot.convolution' op (C8) window_reversal has 2 elements for 1 spatial dims}}
  %0 = ingot.convolution %x, %w <[b, f, 0]x[o, i, 0]->[b, f, 0]> stride = [1] pad = [1, 1] lhs_dilate = [1] rhs_dilate = [1]
      {window_reversal = array<i1: true, true>} : (tensor<1x3x8xf32>, tensor<4x3x3xf32>) -> tensor<1x4x8xf32>
  return
}

// -----

func.func @barrier(%x: tensor<2xf32>) {
  // expected-error @+1 {{'ingot.optimization_barrier' op (C1) results are ('tensor<3xf32>'), but ('tensor<2xf32>') are needed}}
  %0 = ingot.optimization_barrier (%x) : (tensor<2xf32>) -> tensor<3xf32>
  return
}

// -----

func.func @nameless_call(%x: tensor<2xf32>) {
  // expected-error @+1 {{'ingot.custom_call' op (C1) the name is empty}}
  %0 = ingot.custom_call "" (%x) : (tensor<2xf32>) -> tensor<2xf32>
  return
}

// -----

func.func @unfit_call(%x: tensor<2xf32>) {
  // expected-error @+1 {{'ingot.custom_call' op (C2) 'Sharding': its results must have the operands' types}}
  %0 = ingot.custom_call "Sharding" (%x) : (tensor<2xf32>) -> tensor<3xf32>
  return
}
