// Every labelled constraint of the ops of distributed programs, broken once.
// RUN: ingot-opt %s -split-input-file -verify-diagnostics

func.func @infeed_nothing(%token: !ingot.token) {
  // expected-error @+1 {{'ingot.infeed' op (C1) there is no result}}
  ingot.infeed %token : (!ingot.token) -> ()
  return
}

// -----

func.func @infeed_tokens(%token: !ingot.token) {
  // expected-error @+1 {{'ingot.infeed' op (C2) results are ('!ingot.token', '!ingot.token'), but all before the last must be tensors}}
  %0:2 = ingot.infeed %token : (!ingot.token) -> (!ingot.token, !ingot.token)
  return
}

// -----

func.func @infeed_last(%token: !ingot.token) {
  // expected-error @+1 {{'ingot.infeed' op (C3) the last result is 'tensor<2xf32>', but must be a token}}
  %0 = ingot.infeed %token : (!ingot.token) -> tensor<2xf32>
  return
}

// -----

func.func @send_columns(%x: tensor<2xf32>, %token: !ingot.token) {
  // expected-error @+1 {{'ingot.send' op (C1) source_target_pairs is i64[1,3], but needs two columns}}
  %0 = ingot.send (%x), %token channel = 1 type = 1 pairs = dense<[[0, 1, 2]]> : tensor<1x3xi64> : (tensor<2xf32>, !ingot.token) -> !ingot.token
  return
}

// -----

func.func @send_sources(%x: tensor<2xf32>, %token: !ingot.token) {
  // expected-error @+1 {{'ingot.send' op (C2) source 0 is in two of the source_target_pairs}}
  %0 = ingot.send (%x), %token channel = 1 type = 1 pairs = dense<[[0, 1], [0, 2]]> : tensor<2x2xi64> : (tensor<2xf32>, !ingot.token) -> !ingot.token
  return
}

// -----

func.func @send_targets(%x: tensor<2xf32>, %token: !ingot.token) {
  // expected-error @+1 {{'ingot.send' op (C3) target 1 is in two of the source_target_pairs}}
  %0 = ingot.send (%x), %token channel = 1 type = 1 pairs = dense<[[0, 1], [2, 1]]> : tensor<2x2xi64> : (tensor<2xf32>, !ingot.token) -> !ingot.token
  return
}

// -----

func.func @send_negative(%x: tensor<2xf32>, %token: !ingot.token) {
  // expected-error @+1 {{'ingot.send' op (C4) source_target_pairs names -1}}
  %0 = ingot.send (%x), %token channel = 1 type = 1 pairs = dense<[[0, -1]]> : tensor<1x2xi64> : (tensor<2xf32>, !ingot.token) -> !ingot.token
  return
}

// -----

func.func @send_type(%x: tensor<2xf32>, %token: !ingot.token) {
  // expected-error @+1 {{'ingot.send' op (C5) channel_type is 1, but is_host_transfer is set, which takes 2}}
  %0 = ingot.send (%x), %token channel = 1 type = 1 {is_host_transfer} : (tensor<2xf32>, !ingot.token) -> !ingot.token
  return
}

// -----

func.func @recv_type(%token: !ingot.token) {
  // expected-error @+1 {{'ingot.recv' op (C5) channel_type is 2, but is_host_transfer is not set, which takes 1}}
  %0:2 = ingot.recv %token channel = 1 type = 2 : (!ingot.token) -> (tensor<2xf32>, !ingot.token)
  return
}

// -----

func.func @recv_last(%token: !ingot.token) {
  // expected-error @+1 {{'ingot.recv' op (C6) the last result is 'tensor<2xf32>', but must be a token}}
  %0 = ingot.recv %token channel = 1 type = 3 {is_host_transfer} : (!ingot.token) -> tensor<2xf32>
  return
}

// -----

func.func @gather_dim(%x: tensor<2xf32>) {
  // expected-error @+1 {{'ingot.all_gather' op (C1) all_gather_dim is 1, but the rank is 1}}
  %0 = ingot.all_gather (%x) dim = 1 groups = dense<[[0, 1]]> : tensor<1x2xi64> : (tensor<2xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @gather_unique(%x: tensor<2xf32>) {
  // expected-error @+1 {{'ingot.all_gather' op (C2) replica_groups names 1 twice}}
  %0 = ingot.all_gather (%x) dim = 0 groups = dense<[[1, 1]]> : tensor<1x2xi64> : (tensor<2xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @gather_negative(%x: tensor<2xf32>) {
  // expected-error @+1 {{'ingot.all_gather' op (C4) replica_groups names -1}}
  %0 = ingot.all_gather (%x) dim = 0 groups = dense<[[-1, 1]]> : tensor<1x2xi64> : (tensor<2xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @gather_all(%x: tensor<2xf32>) {
  // expected-error @+1 {{'ingot.all_gather' op (C3) replica_groups names 2 ids, but not 1}}
  %0 = ingot.all_gather (%x) dim = 0 groups = dense<[[0, 2]]> : tensor<1x2xi64> : (tensor<2xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @gather_global(%x: tensor<2xf32>) {
  // expected-error @+1 {{'ingot.all_gather' op (C5) use_global_device_ids needs a channel_id above 0, but it is 0}}
  %0 = ingot.all_gather (%x) dim = 0 groups = dense<[[0, 1]]> : tensor<1x2xi64> {use_global_device_ids} : (tensor<2xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @gather_result(%x: tensor<2xf32>) {
  // expected-error @+1 {{'ingot.all_gather' op (C6) result 0 is f32[6], but must be f32[4]}}
  %0 = ingot.all_gather (%x) dim = 0 groups = dense<[[0, 1]]> : tensor<1x2xi64> : (tensor<2xf32>) -> tensor<6xf32>
  return
}

// -----

func.func @reduce_unique(%x: tensor<2xf32>) {
  // expected-error @+1 {{'ingot.all_reduce' op (C1) replica_groups names 0 twice}}
  %0 = ingot.all_reduce (%x) groups = dense<[[0], [0]]> : tensor<2x1xi64> : (tensor<2xf32>) -> tensor<2xf32> {
  ^bb0(%a: tensor<f32>, %b: tensor<f32>):
    ingot.return %a : tensor<f32>
  }
  return
}

// -----

func.func @reduce_all(%x: tensor<2xf32>) {
  // expected-error @+1 {{'ingot.all_reduce' op (C2) replica_groups names 3 ids, but not 2}}
  %0 = ingot.all_reduce (%x) groups = dense<[[0, 1], [3, -1]]> : tensor<2x2xi64> : (tensor<2xf32>) -> tensor<2xf32> {
  ^bb0(%a: tensor<f32>, %b: tensor<f32>):
    ingot.return %a : tensor<f32>
  }
  return
}

// -----

func.func @reduce_padding(%x: tensor<2xf32>) {
  // expected-error @+1 {{'ingot.all_reduce' op (C3) replica_groups names 1 behind -1}}
  %0 = ingot.all_reduce (%x) groups = dense<[[0, -1, 1]]> : tensor<1x3xi64> : (tensor<2xf32>) -> tensor<2xf32> {
  ^bb0(%a: tensor<f32>, %b: tensor<f32>):
    ingot.return %a : tensor<f32>
  }
  return
}

// -----

func.func @reduce_negative(%x: tensor<2xf32>) {
  // expected-error @+1 {{'ingot.all_reduce' op (C3) replica_groups names -2}}
  %0 = ingot.all_reduce (%x) groups = dense<[[-2]]> : tensor<1x1xi64> : (tensor<2xf32>) -> tensor<2xf32> {
  ^bb0(%a: tensor<f32>, %b: tensor<f32>):
    ingot.return %a : tensor<f32>
  }
  return
}

// -----

func.func @reduce_global(%x: tensor<2xf32>) {
  // expected-error @+1 {{'ingot.all_reduce' op (C4) use_global_device_ids needs a channel_id above 0, but it is 0}}
  %0 = ingot.all_reduce (%x) groups = dense<[[0]]> : tensor<1x1xi64> {use_global_device_ids} : (tensor<2xf32>) -> tensor<2xf32> {
  ^bb0(%a: tensor<f32>, %b: tensor<f32>):
    ingot.return %a : tensor<f32>
  }
  return
}

// -----

func.func @reduce_body(%x: tensor<2xf32>) {
  // expected-error @+1 {{'ingot.all_reduce' op (C5) an operand holds 'f32', but the body takes 'f16'}}
  %0 = ingot.all_reduce (%x) groups = dense<[[0]]> : tensor<1x1xi64> : (tensor<2xf32>) -> tensor<2xf16> {
  ^bb0(%a: tensor<f16>, %b: tensor<f16>):
    ingot.return %a : tensor<f16>
  }
  return
}

// -----

func.func @reduce_dims(%x: tensor<2xf32>) {
  // expected-error @+1 {{'ingot.all_reduce' op (C6) result 0 is f32[3], but must be f32[2]}}
  %0 = ingot.all_reduce (%x) groups = dense<[[0]]> : tensor<1x1xi64> : (tensor<2xf32>) -> tensor<3xf32> {
  ^bb0(%a: tensor<f32>, %b: tensor<f32>):
    ingot.return %a : tensor<f32>
  }
  return
}

// -----

func.func @reduce_element(%x: tensor<2xf32>) {
  // expected-error @+1 {{'ingot.all_reduce' op (C7) result 0 holds 'f32', but the body returns 'f64'}}
  %0 = ingot.all_reduce (%x) groups = dense<[[0]]> : tensor<1x1xi64> : (tensor<2xf32>) -> tensor<2xf32> {
  ^bb0(%a: tensor<f64>, %b: tensor<f64>):
    ingot.return %a : tensor<f64>
  }
  return
}

// -----

func.func @scatter_multiple(%x: tensor<3xf32>) {
  // expected-error @+1 {{'ingot.reduce_scatter' op (C1) dim 0 of the operand is 3, which is no multiple of 2 processes}}
  %0 = ingot.reduce_scatter %x dim = 0 groups = dense<[[0, 1]]> : tensor<1x2xi64> : (tensor<3xf32>) -> tensor<1xf32> {
  ^bb0(%a: tensor<f32>, %b: tensor<f32>):
    ingot.return %a : tensor<f32>
  }
  return
}

// -----

func.func @scatter_dim(%x: tensor<4xf32>) {
  // expected-error @+1 {{'ingot.reduce_scatter' op (C2) scatter_dimension is -1, but the rank is 1}}
  %0 = ingot.reduce_scatter %x dim = -1 groups = dense<[[0, 1]]> : tensor<1x2xi64> : (tensor<4xf32>) -> tensor<2xf32> {
  ^bb0(%a: tensor<f32>, %b: tensor<f32>):
    ingot.return %a : tensor<f32>
  }
  return
}

// -----

func.func @scatter_unique(%x: tensor<4xf32>) {
  // expected-error @+1 {{'ingot.reduce_scatter' op (C3) replica_groups is i64[2], but must be rows of ids}}
  %0 = ingot.reduce_scatter %x dim = 0 groups = dense<[0, 1]> : tensor<2xi64> : (tensor<4xf32>) -> tensor<2xf32> {
  ^bb0(%a: tensor<f32>, %b: tensor<f32>):
    ingot.return %a : tensor<f32>
  }
  return
}

// -----

func.func @scatter_negative(%x: tensor<4xf32>) {
  // expected-error @+1 {{'ingot.reduce_scatter' op (C5) replica_groups names -5}}
  %0 = ingot.reduce_scatter %x dim = 0 groups = dense<[[0, -5]]> : tensor<1x2xi64> : (tensor<4xf32>) -> tensor<2xf32> {
  ^bb0(%a: tensor<f32>, %b: tensor<f32>):
    ingot.return %a : tensor<f32>
  }
  return
}

// -----

func.func @scatter_global(%x: tensor<4xf32>) {
  // expected-error @+1 {{'ingot.reduce_scatter' op (C6) use_global_device_ids needs a channel_id above 0, but it is -1}}
  %0 = ingot.reduce_scatter %x dim = 0 groups = dense<[[0, 1]]> : tensor<1x2xi64> {channel_id = -1 : i64, use_global_device_ids} : (tensor<4xf32>) -> tensor<2xf32> {
  ^bb0(%a: tensor<f32>, %b: tensor<f32>):
    ingot.return %a : tensor<f32>
  }
  return
}

// -----

func.func @scatter_body(%x: tensor<4xf32>) {
  // expected-error @+1 {{'ingot.reduce_scatter' op (C7) the body takes ('tensor<f32>') and returns ('tensor<f32>'), but must take two scalars of one type and return one}}
  %0 = ingot.reduce_scatter %x dim = 0 groups = dense<[[0, 1]]> : tensor<1x2xi64> : (tensor<4xf32>) -> tensor<2xf32> {
  ^bb0(%a: tensor<f32>):
    ingot.return %a : tensor<f32>
  }
  return
}

// -----

func.func @scatter_dims(%x: tensor<4xf32>) {
  // expected-error @+1 {{'ingot.reduce_scatter' op (C8) result 0 is f32[4], but must be f32[2]}}
  %0 = ingot.reduce_scatter %x dim = 0 groups = dense<[[0, 1]]> : tensor<1x2xi64> : (tensor<4xf32>) -> tensor<4xf32> {
  ^bb0(%a: tensor<f32>, %b: tensor<f32>):
    ingot.return %a : tensor<f32>
  }
  return
}

// -----

func.func @scatter_element(%x: tensor<4xf32>) {
  // expected-error @+1 {{'ingot.reduce_scatter' op (C9) the result holds 'f32', but the body returns 'f64'}}
  %0 = ingot.reduce_scatter %x dim = 0 groups = dense<[[0, 1]]> : tensor<1x2xi64> : (tensor<4xf32>) -> tensor<2xf32> {
  ^bb0(%a: tensor<f64>, %b: tensor<f64>):
    ingot.return %a : tensor<f64>
  }
  return
}

// -----

func.func @exchange_split(%x: tensor<4x4xf32>) {
  // expected-error @+1 {{'ingot.all_to_all' op (C1) split_dimension is 2, but the rank is 2}}
  %0 = ingot.all_to_all (%x) split = 2 concat = 0 count = 2 groups = dense<[[0, 1]]> : tensor<1x2xi64> : (tensor<4x4xf32>) -> tensor<8x2xf32>
  return
}

// -----

func.func @exchange_multiple(%x: tensor<4x3xf32>) {
  // expected-error @+1 {{'ingot.all_to_all' op (C2) dim 1 of an operand is 3, which is no multiple of 2}}
  %0 = ingot.all_to_all (%x) split = 1 concat = 0 count = 2 groups = dense<[[0, 1]]> : tensor<1x2xi64> : (tensor<4x3xf32>) -> tensor<8x1xf32>
  return
}

// -----

func.func @exchange_concat(%x: tensor<4x4xf32>) {
  // expected-error @+1 {{'ingot.all_to_all' op (C3) concat_dimension is -1, but the rank is 2}}
  %0 = ingot.all_to_all (%x) split = 1 concat = -1 count = 2 groups = dense<[[0, 1]]> : tensor<1x2xi64> : (tensor<4x4xf32>) -> tensor<8x2xf32>
  return
}

// -----

func.func @exchange_count(%x: tensor<4x4xf32>) {
  // expected-error @+1 {{'ingot.all_to_all' op (C4) count is 0, but must be positive}}
  %0 = ingot.all_to_all (%x) split = 1 concat = 0 count = 0 groups = dense<[[0, 1]]> : tensor<1x2xi64> : (tensor<4x4xf32>) -> tensor<8x2xf32>
  return
}

// -----

func.func @exchange_unique(%x: tensor<4x4xf32>) {
  // expected-error @+1 {{'ingot.all_to_all' op (C5) replica_groups names 0 twice}}
  %0 = ingot.all_to_all (%x) split = 1 concat = 0 count = 2 groups = dense<[[0, 0]]> : tensor<1x2xi64> : (tensor<4x4xf32>) -> tensor<8x2xf32>
  return
}

// -----

func.func @exchange_negative(%x: tensor<4x4xf32>) {
  // expected-error @+1 {{'ingot.all_to_all' op (C7) replica_groups names -3}}
  %0 = ingot.all_to_all (%x) split = 1 concat = 0 count = 2 groups = dense<[[0, -3]]> : tensor<1x2xi64> : (tensor<4x4xf32>) -> tensor<8x2xf32>
  return
}

// -----

func.func @exchange_no_groups(%x: tensor<4x4xf32>) {
  // expected-error @+1 {{'ingot.all_to_all' op (C8) a group has 4 processes, but count is 2}}
  %0 = ingot.all_to_all (%x) split = 1 concat = 0 count = 2 groups = dense<0> : tensor<0x4xi64> : (tensor<4x4xf32>) -> tensor<8x2xf32>
  return
}

// -----

func.func @exchange_group(%x: tensor<4x4xf32>) {
  // expected-error @+1 {{'ingot.all_to_all' op (C8) a group has 1 processes, but count is 2}}
  %0 = ingot.all_to_all (%x) split = 1 concat = 0 count = 2 groups = dense<[[0], [1]]> : tensor<2x1xi64> : (tensor<4x4xf32>) -> tensor<8x2xf32>
  return
}

// -----

func.func @exchange_result(%x: tensor<4x4xf32>) {
  // expected-error @+1 {{'ingot.all_to_all' op (C9) result 0 is f32[4,4], but must be f32[8,2]}}
  %0 = ingot.all_to_all (%x) split = 1 concat = 0 count = 2 groups = dense<[[0, 1]]> : tensor<1x2xi64> : (tensor<4x4xf32>) -> tensor<4x4xf32>
  return
}

// -----

func.func @broadcast_unique(%x: tensor<2xf32>) {
  // expected-error @+1 {{'ingot.collective_broadcast' op (C1) replica_groups names 2 twice}}
  %0 = ingot.collective_broadcast (%x) groups = dense<[[2, 2]]> : tensor<1x2xi64> : (tensor<2xf32>) -> tensor<2xf32>
  return
}

// -----

func.func @broadcast_negative(%x: tensor<2xf32>) {
  // expected-error @+1 {{'ingot.collective_broadcast' op (C2) replica_groups names -7}}
  %0 = ingot.collective_broadcast (%x) groups = dense<[[-7, 2]]> : tensor<1x2xi64> : (tensor<2xf32>) -> tensor<2xf32>
  return
}

// -----

func.func @broadcast_type(%x: tensor<2xf32>) {
  // expected-error @+1 {{'ingot.collective_broadcast' op (C3) result 0 is f32[3], but must be f32[2]}}
  %0 = ingot.collective_broadcast (%x) groups = dense<[[0]]> : tensor<1x1xi64> : (tensor<2xf32>) -> tensor<3xf32>
  return
}

// -----

func.func @broadcast_roots(%x: tensor<2xf32>, %roots: tensor<2xi32>) {
  // expected-error @+1 {{'ingot.collective_broadcast' op (C4) the last operand is i32[2], but must be i32[1]}}
  %0 = ingot.collective_broadcast (%x, %roots) groups = dense<[[0]]> : tensor<1x1xi64> {has_dynamic_root} : (tensor<2xf32>, tensor<2xi32>) -> tensor<2xf32>
  return
}

// -----

func.func @broadcast_count(%x: tensor<2xf32>) {
  // expected-error @+1 {{'ingot.collective_broadcast' op (C5) there are 1 results, but 2 are needed}}
  %0 = ingot.collective_broadcast (%x, %x) groups = dense<[[0]]> : tensor<1x1xi64> : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
  return
}

// -----

func.func @permute_columns(%x: tensor<2xf32>) {
  // expected-error @+1 {{'ingot.collective_permute' op (C1) source_target_pairs is i64[2], but needs two columns}}
  %0 = ingot.collective_permute %x pairs = dense<[0, 1]> : tensor<2xi64> : (tensor<2xf32>) -> tensor<2xf32>
  return
}

// -----

func.func @permute_sources(%x: tensor<2xf32>) {
  // expected-error @+1 {{'ingot.collective_permute' op (C2) source 0 is in two of the source_target_pairs}}
  %0 = ingot.collective_permute %x pairs = dense<[[0, 1], [0, 2]]> : tensor<2x2xi64> : (tensor<2xf32>) -> tensor<2xf32>
  return
}

// -----

func.func @permute_targets(%x: tensor<2xf32>) {
  // expected-error @+1 {{'ingot.collective_permute' op (C3) target 2 is in two of the source_target_pairs}}
  %0 = ingot.collective_permute %x pairs = dense<[[0, 2], [1, 2]]> : tensor<2x2xi64> : (tensor<2xf32>) -> tensor<2xf32>
  return
}

// -----

func.func @permute_negative(%x: tensor<2xf32>) {
  // expected-error @+1 {{'ingot.collective_permute' op (C4) source_target_pairs names -1}}
  %0 = ingot.collective_permute %x pairs = dense<[[-1, 2]]> : tensor<1x2xi64> : (tensor<2xf32>) -> tensor<2xf32>
  return
}

// -----

func.func @async_two(%x: tensor<4xf32>) {
  // expected-error @+1 {{'ingot.async_start' op (C1) the body holds 0 operations, but must hold one and a return}}
  %0 = ingot.async_start (%x) : (tensor<4xf32>) -> !ingot.future<tensor<4xf32>> {
  ^bb0(%a: tensor<4xf32>):
    ingot.return %a : tensor<4xf32>
  }
  return
}

// -----

func.func @async_op(%x: tensor<4xf32>) {
  // expected-error @+1 {{'ingot.async_start' op (C2) the body holds ingot.abs, but only a collective operation or a slice may be asynchronous}}
  %0 = ingot.async_start (%x) : (tensor<4xf32>) -> !ingot.future<tensor<4xf32>> {
  ^bb0(%a: tensor<4xf32>):
    %1 = ingot.abs %a : tensor<4xf32>
    ingot.return %1 : tensor<4xf32>
  }
  return
}

// -----

func.func @async_operands(%x: tensor<4xf32>) {
  // expected-error @+1 {{'ingot.async_start' op (C3) the body must take ('tensor<4xf32>', 'tensor<4xf32>') and give them to ingot.slice in their order}}
  %0 = ingot.async_start (%x, %x) : (tensor<4xf32>, tensor<4xf32>) -> !ingot.future<tensor<2xf32>> {
  ^bb0(%a: tensor<4xf32>, %b: tensor<4xf32>):
    %1 = ingot.slice %b [0] to [2] step [1] : (tensor<4xf32>) -> tensor<2xf32>
    ingot.return %1 : tensor<2xf32>
  }
  return
}

// -----

func.func @async_future(%x: tensor<4xf32>) {
  // expected-error @+1 {{'ingot.async_start' op (C4) the result is '!ingot.future<tensor<3xf32>>', but the body returns ('tensor<2xf32>')}}
  %0 = ingot.async_start (%x) : (tensor<4xf32>) -> !ingot.future<tensor<3xf32>> {
  ^bb0(%a: tensor<4xf32>):
    %1 = ingot.slice %a [0] to [2] step [1] : (tensor<4xf32>) -> tensor<2xf32>
    ingot.return %1 : tensor<2xf32>
  }
  return
}

// -----

func.func @async_done(%future: !ingot.future<tensor<2xf32>>) {
  // expected-error @+1 {{'ingot.async_done' op (C1) the results are ('tensor<3xf32>'), but the operand is '!ingot.future<tensor<2xf32>>'}}
  %0 = ingot.async_done %future : (!ingot.future<tensor<2xf32>>) -> tensor<3xf32>
  return
}
