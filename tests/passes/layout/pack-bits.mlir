// RUN: ingot-opt %s --pack-bits | FileCheck %s

// Rows that follow each other share bytes. What takes no more than 64 elements stays; so do bytes, elements of six bits and panels.
// CHECK-DAG: ingot.weight @rows = <"rows" : tensor<8x100xi4>> [#ingot.pack<0, 2>, #ingot.pack_bits, #ingot.shape<[4, 100]>] : tensor<4x100xui8>
// CHECK-DAG: ingot.weight @outer = <"outer" : tensor<6x2x40xui2>> [#ingot.permute<[1, 0, 2]>, #ingot.shape<[15, 32]>, #ingot.pack<0, 4>, #ingot.pack_bits, #ingot.shape<[4, 32]>] : tensor<4x32xui8>
// CHECK-DAG: ingot.weight @vector = <"vector" : tensor<300xui4>> [#ingot.shape<[75, 4]>, #ingot.pack<0, 2>, #ingot.pack_bits, #ingot.shape<[38, 4]>] : tensor<38x4xui8>
// CHECK-DAG: ingot.weight @odd = <"odd" : tensor<9x19xf4E2M1FN>> [#ingot.shape<[171, 1]>, #ingot.pack<0, 2>, #ingot.pack_bits, #ingot.shape<[86, 1]>] : tensor<86x1xui8>
// CHECK-DAG: ingot.weight @small = <"small" : tensor<64xi2>> [] : tensor<64xi2>
// CHECK-DAG: ingot.weight @six = <"six" : tensor<80xf6E2M3FN>> [] : tensor<80xf6E2M3FN>
// CHECK-DAG: ingot.weight @bytes = <"bytes" : tensor<300xi8>> [] : tensor<300xi8>
// CHECK-DAG: ingot.weight @given = <"given" : tensor<300xi4>> [] : tensor<300xi4>
// CHECK-DAG: ingot.weight @panels = <"panels" : tensor<8x128xi4>> [#ingot.pack<1, 64>] : tensor<2x8x64xi4>
ingot.weight @rows = <"rows" : tensor<8x100xi4>> [] : tensor<8x100xi4>
ingot.weight @outer = <"outer" : tensor<6x2x40xui2>> [#ingot.permute<[1, 0, 2]>] : tensor<2x6x40xui2>
ingot.weight @vector = <"vector" : tensor<300xui4>> [] : tensor<300xui4>
ingot.weight @odd = <"odd" : tensor<9x19xf4E2M1FN>> [] : tensor<9x19xf4E2M1FN>
ingot.weight @small = <"small" : tensor<64xi2>> [] : tensor<64xi2>
ingot.weight @six = <"six" : tensor<80xf6E2M3FN>> [] : tensor<80xf6E2M3FN>
ingot.weight @bytes = <"bytes" : tensor<300xi8>> [] : tensor<300xi8>
ingot.weight @given = <"given" : tensor<300xi4>> [] : tensor<300xi4>
ingot.weight @panels = <"panels" : tensor<8x128xi4>> [#ingot.pack<1, 64>] : tensor<2x8x64xi4>

// CHECK-LABEL: func.func @main
func.func @main(%a: tensor<300xi4> {ingot.default = @given}, %x: tensor<4x8xi4>)
    -> (tensor<8x100xi4>, tensor<300xui4>, tensor<9x19xf4E2M1FN>, tensor<2x6x40xui2>, tensor<64xi2>, tensor<80xf6E2M3FN>, tensor<300xi8>, tensor<300xi4>, tensor<4x128xi4>) attributes {ingot.entry} {
  // CHECK:      %[[ROWS:.*]] = ingot.get_weight @rows : tensor<4x100xui8>
  // CHECK-NEXT: %[[PAIRS:.*]] = ingot.bitcast_convert %[[ROWS]] : (tensor<4x100xui8>) -> tensor<4x100x2xi4>
  // CHECK-NEXT: %[[TURNED:.*]] = ingot.transpose %[[PAIRS]] perm = [0, 2, 1]
  // CHECK-NEXT: %[[R0:.*]] = ingot.reshape %[[TURNED]] {{.*}} -> tensor<8x100xi4>
  %0 = ingot.get_weight @rows : tensor<8x100xi4>
  // CHECK-NEXT: %[[VECTOR:.*]] = ingot.get_weight @vector : tensor<38x4xui8>
  // CHECK-NEXT: ingot.bitcast_convert %[[VECTOR]]
  // CHECK-NEXT: ingot.transpose
  // CHECK-NEXT: ingot.reshape {{.*}} -> tensor<76x4xui4>
  // CHECK-NEXT: ingot.slice {{.*}} [0, 0] to [75, 4]
  // CHECK-NEXT: %[[R1:.*]] = ingot.reshape {{.*}} -> tensor<300xui4>
  %1 = ingot.get_weight @vector : tensor<300xui4>
  %2 = ingot.get_weight @odd : tensor<9x19xf4E2M1FN>
  %3 = ingot.get_weight @outer : tensor<2x6x40xui2>
  %4 = ingot.get_weight @small : tensor<64xi2>
  %5 = ingot.get_weight @six : tensor<80xf6E2M3FN>
  %6 = ingot.get_weight @bytes : tensor<300xi8>
  // CHECK: %[[PANELS:.*]] = ingot.get_weight @panels : tensor<2x8x64xi4>
  // CHECK-NEXT: ingot.unpack %[[PANELS]]
  %7 = ingot.get_weight @panels : tensor<2x8x64xi4>
  %8 = ingot.unpack %7 dim = 1 width = 64 : (tensor<2x8x64xi4>) -> tensor<8x128xi4>
  %9 = ingot.dot_general %x, %8 <batch = [] x [], contract = [1] x [0]> : (tensor<4x8xi4>, tensor<8x128xi4>) -> tensor<4x128xi4>
  // CHECK: return %[[R0]], %[[R1]]
  return %0, %1, %2, %3, %4, %5, %6, %a, %9 : tensor<8x100xi4>, tensor<300xui4>, tensor<9x19xf4E2M1FN>, tensor<2x6x40xui2>, tensor<64xi2>, tensor<80xf6E2M3FN>, tensor<300xi8>, tensor<300xi4>, tensor<4x128xi4>
}
