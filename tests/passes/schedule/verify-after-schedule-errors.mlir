// RUN: ingot-opt %s --verify-after-schedule --verify-diagnostics

ingot.kernel @k {
^bb0(%a: tensor<32xf32>):
  %0 = ingot.negate %a : tensor<32xf32>
  ingot.return %0 : tensor<32xf32>
}
func.func @overlap(%x: tensor<32xf32>) -> tensor<32xf32> attributes {ingot.arena = [affine_map<() -> (0)>, affine_map<() -> (64)>, affine_map<() -> (192)>]} {
  // expected-note @below {{by the result of this command}}
  %0 = ingot.dispatch @k(%x) {ingot.memory = [{arena = 0 : i64}]} : (tensor<32xf32>) -> tensor<32xf32>
  // expected-error @below {{after schedule: bytes 64 to 192 are in use}}
  %1 = ingot.dispatch @k(%0) {ingot.memory = [{arena = 1 : i64}]} : (tensor<32xf32>) -> tensor<32xf32>
  %2 = ingot.dispatch @k(%1) {ingot.memory = [{result = 0 : i64}]} : (tensor<32xf32>) -> tensor<32xf32>
  return %2 : tensor<32xf32>
}
func.func @too_small(%x: tensor<32xf32>) -> tensor<32xf32> attributes {ingot.arena = [affine_map<() -> (0)>, affine_map<() -> (64)>]} {
  // expected-error @below {{after schedule: bytes 0 to 128 in an arena of 64}}
  %0 = ingot.dispatch @k(%x) {ingot.memory = [{arena = 0 : i64}]} : (tensor<32xf32>) -> tensor<32xf32>
  %1 = ingot.dispatch @k(%0) {ingot.memory = [{result = 0 : i64}]} : (tensor<32xf32>) -> tensor<32xf32>
  return %1 : tensor<32xf32>
}
func.func @unplaced(%x: tensor<32xf32>) -> tensor<32xf32> attributes {ingot.arena = [affine_map<() -> (0)>]} {
  // expected-error @below {{after schedule: no ingot.memory for each result}}
  %0 = ingot.dispatch @k(%x) : (tensor<32xf32>) -> tensor<32xf32>
  // expected-error @below {{after schedule: unreadable placement}}
  %1 = ingot.dispatch @k(%0) {ingot.memory = [{result = 1 : i64}]} : (tensor<32xf32>) -> tensor<32xf32>
  return %1 : tensor<32xf32>
}
// expected-error @below {{after schedule: no readable ingot.arena}}
func.func @no_arena(%x: tensor<32xf32>) -> tensor<32xf32> {
  %0 = ingot.dispatch @k(%x) {ingot.memory = [{result = 0 : i64}]} : (tensor<32xf32>) -> tensor<32xf32>
  return %0 : tensor<32xf32>
}
// A branch that leaves its result elsewhere; the captured value that a later round reads overwritten.
func.func @elsewhere(%p: tensor<i1>, %x: tensor<32xf32>) -> tensor<32xf32> attributes {ingot.arena = [affine_map<() -> (0)>, affine_map<() -> (128)>]} {
  // expected-error @below {{after schedule: a branch leaves result 0 elsewhere}}
  %0 = ingot.if %p {ingot.memory = [{result = 0 : i64}]} : (tensor<i1>) -> tensor<32xf32> {
    %1 = ingot.dispatch @k(%x) {ingot.memory = [{result = 0 : i64}]} : (tensor<32xf32>) -> tensor<32xf32>
    ingot.return %1 : tensor<32xf32>
  } else {
    %1 = ingot.dispatch @k(%x) {ingot.memory = [{arena = 0 : i64}]} : (tensor<32xf32>) -> tensor<32xf32>
    ingot.return %1 : tensor<32xf32>
  }
  return %0 : tensor<32xf32>
}
ingot.kernel @positive {
^bb0(%a: tensor<32xf32>):
  %0 = ingot.slice %a [0] to [1] step [1] : (tensor<32xf32>) -> tensor<1xf32>
  %1 = ingot.compare GT %0, %0 : tensor<1xf32>
  %2 = ingot.reshape %1 : (tensor<1xi1>) -> tensor<i1>
  ingot.return %2 : tensor<i1>
}
func.func @captured(%x: tensor<32xf32>) -> tensor<32xf32> attributes {ingot.arena = [affine_map<() -> (0)>, affine_map<() -> (128)>, affine_map<() -> (256)>, affine_map<() -> (384)>]} {
  // expected-note @below {{by the result of this command}}
  %kept = ingot.dispatch @k(%x) {ingot.memory = [{arena = 0 : i64}]} : (tensor<32xf32>) -> tensor<32xf32>
  %start = ingot.dispatch @k(%x) {ingot.memory = [{arena = 1 : i64}]} : (tensor<32xf32>) -> tensor<32xf32>
  %0 = ingot.while (%start) : (tensor<32xf32>) -> tensor<32xf32> cond {
  ^bb0(%a: tensor<32xf32>):
    %1 = ingot.dispatch @positive(%a) {ingot.memory = [{arena = 2 : i64}]} : (tensor<32xf32>) -> tensor<i1>
    ingot.return %1 : tensor<i1>
  } do {
  ^bb0(%a: tensor<32xf32>):
    %1 = ingot.dispatch @k(%kept) {ingot.memory = [{arena = 1 : i64}]} : (tensor<32xf32>) -> tensor<32xf32>
    // expected-error @below {{after schedule: bytes 0 to 128 are in use}}
    %2 = ingot.dispatch @k(%1) {ingot.memory = [{arena = 0 : i64}]} : (tensor<32xf32>) -> tensor<32xf32>
    %3 = ingot.dispatch @k(%2) {ingot.memory = [{arena = 1 : i64}]} : (tensor<32xf32>) -> tensor<32xf32>
    ingot.return %3 : tensor<32xf32>
  }
  %4 = ingot.copy %0 {ingot.memory = [{result = 0 : i64}]} : tensor<32xf32>
  return %4 : tensor<32xf32>
}
