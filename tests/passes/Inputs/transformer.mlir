// Layer norm, projections of a sequence, attention, a residual; symbolic batch and sequence.
module attributes {ingot.sizes = [#ingot.size<"batch", 1 to 4>, #ingot.size<"seq", 1 to 9>]} {
  ingot.weight @gamma = <"gamma" : tensor<8xf32>> [] : tensor<8xf32>
  ingot.weight @q = <"q" : tensor<8x2x4xf32>> [] : tensor<8x2x4xf32>
  ingot.weight @k = <"k" : tensor<8x8xf32>> [] : tensor<8x8xf32>
  ingot.weight @o = <"o" : tensor<8x8xf32>> [] : tensor<8x8xf32>
  func.func @main(%x: tensor<?x?x8xf32, #ingot.dims<[s0, s1, 8]>>) -> tensor<?x?x8xf32, #ingot.dims<[s0, s1, 8]>> attributes {ingot.entry} {
    %gamma = ingot.get_weight @gamma : tensor<8xf32>
    %q = ingot.get_weight @q : tensor<8x2x4xf32>
    %k = ingot.get_weight @k : tensor<8x8xf32>
    %o = ingot.get_weight @o : tensor<8x8xf32>
    %zero = ingot.constant dense<0.0> : tensor<f32>
    %low = ingot.constant dense<0xFF800000> : tensor<f32>
    %eighth = ingot.constant dense<0.125> : tensor<f32>
    %eps = ingot.constant dense<1.0e-5> : tensor<f32>
    %sum = ingot.reduce(%x init %zero) dims = [2] : (tensor<?x?x8xf32, #ingot.dims<[s0, s1, 8]>>, tensor<f32>) -> tensor<?x?xf32, #ingot.dims<[s0, s1]>> {
    ^bb0(%a: tensor<f32>, %b: tensor<f32>):
      %s = ingot.add %a, %b : tensor<f32>
      ingot.return %s : tensor<f32>
    }
    %e = ingot.broadcast_in_dim %eighth dims = [] : (tensor<f32>) -> tensor<?x?xf32, #ingot.dims<[s0, s1]>>
    %mean = ingot.multiply %sum, %e : tensor<?x?xf32, #ingot.dims<[s0, s1]>>
    %keep = ingot.reshape %mean : (tensor<?x?xf32, #ingot.dims<[s0, s1]>>) -> tensor<?x?x1xf32, #ingot.dims<[s0, s1, 1]>>
    %means = ingot.broadcast_in_dim %keep dims = [0, 1, 2] : (tensor<?x?x1xf32, #ingot.dims<[s0, s1, 1]>>) -> tensor<?x?x8xf32, #ingot.dims<[s0, s1, 8]>>
    %d = ingot.subtract %x, %means : tensor<?x?x8xf32, #ingot.dims<[s0, s1, 8]>>
    %dd = ingot.multiply %d, %d : tensor<?x?x8xf32, #ingot.dims<[s0, s1, 8]>>
    %ss = ingot.reduce(%dd init %zero) dims = [2] : (tensor<?x?x8xf32, #ingot.dims<[s0, s1, 8]>>, tensor<f32>) -> tensor<?x?xf32, #ingot.dims<[s0, s1]>> {
    ^bb0(%a: tensor<f32>, %b: tensor<f32>):
      %s = ingot.add %a, %b : tensor<f32>
      ingot.return %s : tensor<f32>
    }
    %var = ingot.multiply %ss, %e : tensor<?x?xf32, #ingot.dims<[s0, s1]>>
    %es = ingot.broadcast_in_dim %eps dims = [] : (tensor<f32>) -> tensor<?x?xf32, #ingot.dims<[s0, s1]>>
    %ve = ingot.add %var, %es : tensor<?x?xf32, #ingot.dims<[s0, s1]>>
    %r = ingot.rsqrt %ve : tensor<?x?xf32, #ingot.dims<[s0, s1]>>
    %rs = ingot.broadcast_in_dim %r dims = [0, 1] : (tensor<?x?xf32, #ingot.dims<[s0, s1]>>) -> tensor<?x?x8xf32, #ingot.dims<[s0, s1, 8]>>
    %n = ingot.multiply %d, %rs : tensor<?x?x8xf32, #ingot.dims<[s0, s1, 8]>>
    %g = ingot.broadcast_in_dim %gamma dims = [2] : (tensor<8xf32>) -> tensor<?x?x8xf32, #ingot.dims<[s0, s1, 8]>>
    %norm = ingot.multiply %n, %g : tensor<?x?x8xf32, #ingot.dims<[s0, s1, 8]>>
    %qs = ingot.dot_general %norm, %q <batch = [] x [], contract = [2] x [0]> : (tensor<?x?x8xf32, #ingot.dims<[s0, s1, 8]>>, tensor<8x2x4xf32>) -> tensor<?x?x2x4xf32, #ingot.dims<[s0, s1, 2, 4]>>
    %kp = ingot.dot_general %norm, %k <batch = [] x [], contract = [2] x [1]> : (tensor<?x?x8xf32, #ingot.dims<[s0, s1, 8]>>, tensor<8x8xf32>) -> tensor<?x?x8xf32, #ingot.dims<[s0, s1, 8]>>
    %ks = ingot.reshape %kp : (tensor<?x?x8xf32, #ingot.dims<[s0, s1, 8]>>) -> tensor<?x?x2x4xf32, #ingot.dims<[s0, s1, 2, 4]>>
    %kt = ingot.transpose %ks perm = [0, 2, 3, 1] : (tensor<?x?x2x4xf32, #ingot.dims<[s0, s1, 2, 4]>>) -> tensor<?x2x4x?xf32, #ingot.dims<[s0, 2, 4, s1]>>
    %qt = ingot.transpose %qs perm = [0, 2, 1, 3] : (tensor<?x?x2x4xf32, #ingot.dims<[s0, s1, 2, 4]>>) -> tensor<?x2x?x4xf32, #ingot.dims<[s0, 2, s1, 4]>>
    %scores = ingot.dot_general %qt, %kt <batch = [0, 1] x [0, 1], contract = [3] x [2]> : (tensor<?x2x?x4xf32, #ingot.dims<[s0, 2, s1, 4]>>, tensor<?x2x4x?xf32, #ingot.dims<[s0, 2, 4, s1]>>) -> tensor<?x2x?x?xf32, #ingot.dims<[s0, 2, s1, s1]>>
    %max = ingot.reduce(%scores init %low) dims = [3] : (tensor<?x2x?x?xf32, #ingot.dims<[s0, 2, s1, s1]>>, tensor<f32>) -> tensor<?x2x?xf32, #ingot.dims<[s0, 2, s1]>> {
    ^bb0(%a: tensor<f32>, %b: tensor<f32>):
      %s = ingot.maximum %a, %b : tensor<f32>
      ingot.return %s : tensor<f32>
    }
    %maxes = ingot.broadcast_in_dim %max dims = [0, 1, 2] : (tensor<?x2x?xf32, #ingot.dims<[s0, 2, s1]>>) -> tensor<?x2x?x?xf32, #ingot.dims<[s0, 2, s1, s1]>>
    %shifted = ingot.subtract %scores, %maxes : tensor<?x2x?x?xf32, #ingot.dims<[s0, 2, s1, s1]>>
    %exp = ingot.exponential %shifted : tensor<?x2x?x?xf32, #ingot.dims<[s0, 2, s1, s1]>>
    %total = ingot.reduce(%exp init %zero) dims = [3] : (tensor<?x2x?x?xf32, #ingot.dims<[s0, 2, s1, s1]>>, tensor<f32>) -> tensor<?x2x?xf32, #ingot.dims<[s0, 2, s1]>> {
    ^bb0(%a: tensor<f32>, %b: tensor<f32>):
      %s = ingot.add %a, %b : tensor<f32>
      ingot.return %s : tensor<f32>
    }
    %totals = ingot.broadcast_in_dim %total dims = [0, 1, 2] : (tensor<?x2x?xf32, #ingot.dims<[s0, 2, s1]>>) -> tensor<?x2x?x?xf32, #ingot.dims<[s0, 2, s1, s1]>>
    %p = ingot.divide %exp, %totals : tensor<?x2x?x?xf32, #ingot.dims<[s0, 2, s1, s1]>>
    %ctx = ingot.dot_general %p, %ks <batch = [0, 1] x [0, 2], contract = [3] x [1]> : (tensor<?x2x?x?xf32, #ingot.dims<[s0, 2, s1, s1]>>, tensor<?x?x2x4xf32, #ingot.dims<[s0, s1, 2, 4]>>) -> tensor<?x2x?x4xf32, #ingot.dims<[s0, 2, s1, 4]>>
    %back = ingot.transpose %ctx perm = [0, 2, 1, 3] : (tensor<?x2x?x4xf32, #ingot.dims<[s0, 2, s1, 4]>>) -> tensor<?x?x2x4xf32, #ingot.dims<[s0, s1, 2, 4]>>
    %flat = ingot.reshape %back : (tensor<?x?x2x4xf32, #ingot.dims<[s0, s1, 2, 4]>>) -> tensor<?x?x8xf32, #ingot.dims<[s0, s1, 8]>>
    %proj = ingot.dot_general %flat, %o <batch = [] x [], contract = [2] x [0]> : (tensor<?x?x8xf32, #ingot.dims<[s0, s1, 8]>>, tensor<8x8xf32>) -> tensor<?x?x8xf32, #ingot.dims<[s0, s1, 8]>>
    %out = ingot.add %proj, %x : tensor<?x?x8xf32, #ingot.dims<[s0, s1, 8]>>
    return %out : tensor<?x?x8xf32, #ingot.dims<[s0, s1, 8]>>
  }
}
