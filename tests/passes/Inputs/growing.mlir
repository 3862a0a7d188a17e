// A list that grows by some rows a call (past, new), and attention of the new rows over all.
module attributes {ingot.sizes = [#ingot.size<"past", 0 to 12>, #ingot.size<"new", 1 to 5>]} {
  func.func @main(%past: tensor<2x?x4xf32, #ingot.dims<[2, s0, 4]>> {ingot.name = "past", ingot.state = 1}, %new: tensor<2x?x4xf32, #ingot.dims<[2, s1, 4]>>)
      -> (tensor<2x?x4xf32, #ingot.dims<[2, s1, 4]>>, tensor<2x?x4xf32, #ingot.dims<[2, s0 + s1, 4]>>) attributes {ingot.entry} {
    %rows = ingot.negate %new : tensor<2x?x4xf32, #ingot.dims<[2, s1, 4]>>
    %present = ingot.concatenate %past, %rows dim = 1 : (tensor<2x?x4xf32, #ingot.dims<[2, s0, 4]>>, tensor<2x?x4xf32, #ingot.dims<[2, s1, 4]>>) -> tensor<2x?x4xf32, #ingot.dims<[2, s0 + s1, 4]>>
    %scores = ingot.dot_general %new, %present <batch = [0] x [0], contract = [2] x [2]> : (tensor<2x?x4xf32, #ingot.dims<[2, s1, 4]>>, tensor<2x?x4xf32, #ingot.dims<[2, s0 + s1, 4]>>) -> tensor<2x?x?xf32, #ingot.dims<[2, s1, s0 + s1]>>
    %weights = ingot.exponential %scores : tensor<2x?x?xf32, #ingot.dims<[2, s1, s0 + s1]>>
    %mixed = ingot.dot_general %weights, %present <batch = [0] x [0], contract = [2] x [1]> : (tensor<2x?x?xf32, #ingot.dims<[2, s1, s0 + s1]>>, tensor<2x?x4xf32, #ingot.dims<[2, s0 + s1, 4]>>) -> tensor<2x?x4xf32, #ingot.dims<[2, s1, 4]>>
    return %mixed, %present : tensor<2x?x4xf32, #ingot.dims<[2, s1, 4]>>, tensor<2x?x4xf32, #ingot.dims<[2, s0 + s1, 4]>>
  }
}
