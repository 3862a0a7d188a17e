// ingot counter after import
module attributes {ingot.numerics = "fast", ingot.sizes = [#ingot.size<"n", 1 to 4>, #ingot.size<"k", 2 to 3>]} {
  func.func @init(%x: tensor<?xf32, #ingot.dims<[s0]>> {ingot.name = "x"})
      -> (tensor<?xf32, #ingot.dims<[s0]>> {ingot.name = "h0", ingot.state = "h"}) attributes {ingot.entry} {
    return %x : tensor<?xf32, #ingot.dims<[s0]>>
  }
  func.func @step(%h: tensor<?xf32, #ingot.dims<[s0]>> {ingot.name = "h", ingot.state = 0 : i64},
      %x: tensor<?xf32, #ingot.dims<[s0]>> {ingot.name = "x"})
      -> (tensor<?xf32, #ingot.dims<[s0]>> {ingot.name = "next"}) attributes {ingot.entry} {
    %0 = ingot.add %h, %x : tensor<?xf32, #ingot.dims<[s0]>>
    return %0 : tensor<?xf32, #ingot.dims<[s0]>>
  }
  func.func @get(%h: tensor<?xf32, #ingot.dims<[s0]>> {ingot.name = "h", ingot.state = -1 : i64},
      %x: tensor<?xf32, #ingot.dims<[s0]>> {ingot.name = "x"})
      -> (tensor<?xf32, #ingot.dims<[s0]>> {ingot.name = "total"}) attributes {ingot.entry} {
    return %h : tensor<?xf32, #ingot.dims<[s0]>>
  }
  func.func @spare(%x: tensor<?xf32, #ingot.dims<[s1]>> {ingot.name = "x"})
      -> (tensor<?xf32, #ingot.dims<[s1]>> {ingot.name = "y"}) attributes {ingot.entry} {
    %0 = ingot.negate %x : tensor<?xf32, #ingot.dims<[s1]>>
    return %0 : tensor<?xf32, #ingot.dims<[s1]>>
  }
}
