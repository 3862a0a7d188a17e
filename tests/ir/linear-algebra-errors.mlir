// Every labelled constraint of the ops on matrices and of fft, broken once.
// RUN: ingot-opt %s -split-input-file -verify-diagnostics

func.func @cholesky_type(%a: tensor<3x3xf32>) {
  // expected-error @+1 {{'ingot.cholesky' op (C1) the result is f64[3,3], but 'a' is f32[3,3]}}
  %0, %1 = ingot.cholesky %a lower : (tensor<3x3xf32>) -> (tensor<3x3xf64>, tensor<i32>)
  return
}

// -----

func.func @cholesky_rank(%a: tensor<3xf32>) {
  // expected-error @+1 {{'ingot.cholesky' op (C2) 'a' is f32[3], but its rank must be at least 2}}
  %0, %1 = ingot.cholesky %a : (tensor<3xf32>) -> (tensor<3xf32>, tensor<i32>)
  return
}

// -----

func.func @cholesky_square(%a: tensor<3x4xf32>) {
  // expected-error @+1 {{'ingot.cholesky' op (C3) 'a' is f32[3,4], but must hold square matrices}}
  %0, %1 = ingot.cholesky %a : (tensor<3x4xf32>) -> (tensor<3x4xf32>, tensor<i32>)
  return
}

// -----

func.func @cholesky_info(%a: tensor<2x3x3xf32>) {
  // expected-error @+1 {{'ingot.cholesky' op (C4) info is i32[], which does not go with f32[2,3,3]}}
  %0, %1 = ingot.cholesky %a : (tensor<2x3x3xf32>) -> (tensor<2x3x3xf32>, tensor<i32>)
  return
}

// -----

func.func @solve_elements(%a: tensor<3x3xf32>, %b: tensor<3x2xf64>) {
  // expected-error @+1 {{'ingot.triangular_solve' op (C1) 'b' is f64[3,2], but 'a' is f32[3,3]}}
  %0 = ingot.triangular_solve NO_TRANSPOSE %a, %b left : (tensor<3x3xf32>, tensor<3x2xf64>) -> tensor<3x2xf64>
  return
}

// -----

func.func @solve_rank(%a: tensor<3x3xf32>, %b: tensor<3xf32>) {
  // expected-error @+1 {{'ingot.triangular_solve' op (C2) 'a' is f32[3,3] and 'b' is f32[3], but their ranks must be equal and at least 2}}
  %0 = ingot.triangular_solve NO_TRANSPOSE %a, %b left : (tensor<3x3xf32>, tensor<3xf32>) -> tensor<3xf32>
  return
}

// -----

func.func @solve_square(%a: tensor<3x4xf32>, %b: tensor<3x2xf32>) {
  // expected-error @+1 {{'ingot.triangular_solve' op (C3) 'a' is f32[3,4], but must hold square matrices}}
  %0 = ingot.triangular_solve NO_TRANSPOSE %a, %b left : (tensor<3x4xf32>, tensor<3x2xf32>) -> tensor<3x2xf32>
  return
}

// -----

func.func @solve_side(%a: tensor<3x3xf32>, %b: tensor<3x2xf32>) {
  // expected-error @+1 {{'ingot.triangular_solve' op (C3) 'b' is f32[3,2], which does not go with f32[3,3]}}
  %0 = ingot.triangular_solve NO_TRANSPOSE %a, %b lower : (tensor<3x3xf32>, tensor<3x2xf32>) -> tensor<3x2xf32>
  return
}

// -----

func.func @solve_batch(%a: tensor<2x3x3xf32>, %b: tensor<4x3x2xf32>) {
  // expected-error @+1 {{'ingot.triangular_solve' op (C3) 'b' is f32[4,3,2], which does not go with f32[2,3,3]}}
  %0 = ingot.triangular_solve ADJOINT %a, %b left unit : (tensor<2x3x3xf32>, tensor<4x3x2xf32>) -> tensor<4x3x2xf32>
  return
}

// -----

func.func @solve_result(%a: tensor<3x3xf32>, %b: tensor<3x2xf32>) {
  // expected-error @+1 {{'ingot.triangular_solve' op (C4) the result is f32[2,3], but 'b' is f32[3,2]}}
  %0 = ingot.triangular_solve TRANSPOSE %a, %b left : (tensor<3x3xf32>, tensor<3x2xf32>) -> tensor<2x3xf32>
  return
}

// -----

func.func @lu_type(%a: tensor<3x3xf32>) {
  // expected-error @+1 {{'ingot.lu' op (C1) the result is f64[3,3], but 'a' is f32[3,3]}}
  %0, %1, %2 = ingot.lu %a : (tensor<3x3xf32>) -> (tensor<3x3xf64>, tensor<3xi32>, tensor<i32>)
  return
}

// -----

func.func @lu_rank(%a: tensor<3xf32>) {
  // expected-error @+1 {{'ingot.lu' op (C2) 'a' is f32[3], but its rank must be at least 2}}
  %0, %1, %2 = ingot.lu %a : (tensor<3xf32>) -> (tensor<3xf32>, tensor<3xi32>, tensor<i32>)
  return
}

// -----

func.func @lu_pivots(%a: tensor<4x3xf32>) {
  // expected-error @+1 {{'ingot.lu' op (C3) the tensor of pivots is i32[4], which does not go with f32[4,3]}}
  %0, %1, %2 = ingot.lu %a : (tensor<4x3xf32>) -> (tensor<4x3xf32>, tensor<4xi32>, tensor<i32>)
  return
}

// -----

module attributes {ingot.sizes = [#ingot.size<"m", 1 to 9>, #ingot.size<"n", 1 to 9>]} {
  func.func @lu_either(%a: tensor<?x?xf32, #ingot.dims<[s0, s1]>>) {
    // expected-error @+1 {{'ingot.lu' op (C3) 'a' is f32[m,n], of whose last dims either may be the lesser}}
    %0, %1, %2 = ingot.lu %a : (tensor<?x?xf32, #ingot.dims<[s0, s1]>>) -> (tensor<?x?xf32, #ingot.dims<[s0, s1]>>, tensor<?xi32, #ingot.dims<[s0]>>, tensor<i32>)
    return
  }
}

// -----

func.func @lu_info(%a: tensor<2x4x3xf32>) {
  // expected-error @+1 {{'ingot.lu' op (C4) info is i32[3], which does not go with f32[2,4,3]}}
  %0, %1, %2 = ingot.lu %a : (tensor<2x4x3xf32>) -> (tensor<2x4x3xf32>, tensor<2x3xi32>, tensor<3xi32>)
  return
}

// -----

func.func @qr_type(%a: tensor<4x3xf32>) {
  // expected-error @+1 {{'ingot.householder_qr' op (C1) the result is f32[3,4], but 'a' is f32[4,3]}}
  %0, %1 = ingot.householder_qr %a : (tensor<4x3xf32>) -> (tensor<3x4xf32>, tensor<3xf32>)
  return
}

// -----

func.func @qr_rank(%a: tensor<4xf32>) {
  // expected-error @+1 {{'ingot.householder_qr' op (C2) 'a' is f32[4], but its rank must be at least 2}}
  %0, %1 = ingot.householder_qr %a : (tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>)
  return
}

// -----

func.func @qr_taus(%a: tensor<4x3xf32>) {
  // expected-error @+1 {{'ingot.householder_qr' op (C3) the tensor of taus is f64[3], but 'a' is f32[4,3]}}
  %0, %1 = ingot.householder_qr %a : (tensor<4x3xf32>) -> (tensor<4x3xf32>, tensor<3xf64>)
  return
}

// -----

func.func @product_type(%a: tensor<4x3xf32>, %taus: tensor<3xf32>) {
  // expected-error @+1 {{'ingot.householder_product' op (C1) the result is f32[4,4], but 'a' is f32[4,3]}}
  %0 = ingot.householder_product %a, %taus : (tensor<4x3xf32>, tensor<3xf32>) -> tensor<4x4xf32>
  return
}

// -----

func.func @product_rank(%a: tensor<4xf32>, %taus: tensor<3xf32>) {
  // expected-error @+1 {{'ingot.householder_product' op (C2) 'a' is f32[4], but its rank must be at least 2}}
  %0 = ingot.householder_product %a, %taus : (tensor<4xf32>, tensor<3xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @product_taus(%a: tensor<4x3xf32>, %taus: tensor<2x3xf32>) {
  // expected-error @+1 {{'ingot.householder_product' op (C3) the tensor of taus is f32[2,3], which does not go with f32[4,3]}}
  %0 = ingot.householder_product %a, %taus : (tensor<4x3xf32>, tensor<2x3xf32>) -> tensor<4x3xf32>
  return
}

// -----

func.func @product_wide(%a: tensor<3x4xf32>, %taus: tensor<3xf32>) {
  // expected-error @+1 {{'ingot.householder_product' op (C4) 'a' is f32[3,4], which has more columns than rows}}
  %0 = ingot.householder_product %a, %taus : (tensor<3x4xf32>, tensor<3xf32>) -> tensor<3x4xf32>
  return
}

// -----

func.func @product_many(%a: tensor<4x3xf32>, %taus: tensor<4xf32>) {
  // expected-error @+1 {{'ingot.householder_product' op (C5) the tensor of taus is f32[4], but 'a' is f32[4,3]}}
  %0 = ingot.householder_product %a, %taus : (tensor<4x3xf32>, tensor<4xf32>) -> tensor<4x3xf32>
  return
}

// -----

func.func @tridiagonal_diagonals(%d: tensor<4xf32>, %u: tensor<3xf32>, %b: tensor<4x2xf32>) {
  // expected-error @+1 {{'ingot.tridiagonal_solve' op (C1) the upper diagonal is f32[3], but the diagonal is f32[4]}}
  %0:5 = ingot.tridiagonal_solve %d, %d, %u, %b : (tensor<4xf32>, tensor<4xf32>, tensor<3xf32>, tensor<4x2xf32>) -> (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4x2xf32>, tensor<i32>)
  return
}

// -----

func.func @tridiagonal_b(%d: tensor<4xf32>, %b: tensor<5x2xf32>) {
  // expected-error @+1 {{'ingot.tridiagonal_solve' op (C2) 'b' is f32[5,2], which does not go with f32[4]}}
  %0:5 = ingot.tridiagonal_solve %d, %d, %d, %b : (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<5x2xf32>) -> (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<5x2xf32>, tensor<i32>)
  return
}

// -----

func.func @tridiagonal_results(%d: tensor<4xf32>, %b: tensor<4x2xf32>) {
  // expected-error @+1 {{'ingot.tridiagonal_solve' op (C3) x is f32[4], but 'b' is f32[4,2]}}
  %0:5 = ingot.tridiagonal_solve %d, %d, %d, %b : (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4x2xf32>) -> (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<i32>)
  return
}

// -----

func.func @tridiagonal_info(%d: tensor<4xf32>, %b: tensor<4x2xf32>) {
  // expected-error @+1 {{'ingot.tridiagonal_solve' op (C4) info is i32[4], which does not go with f32[4]}}
  %0:5 = ingot.tridiagonal_solve %d, %d, %d, %b : (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4x2xf32>) -> (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4x2xf32>, tensor<4xi32>)
  return
}

// -----

func.func @fft_rank(%x: tensor<4xcomplex<f32>>) {
  // expected-error @+1 {{'ingot.fft' op (C1) fft_length is [4, 4], but the operand is c64[4]}}
  %0 = ingot.fft FFT %x length = [4, 4] : (tensor<4xcomplex<f32>>) -> tensor<4xcomplex<f32>>
  return
}

// -----

func.func @fft_elements(%x: tensor<4xf32>) {
  // expected-error @+1 {{'ingot.fft' op (C2) FFT of f32[4] gives f32[4]}}
  %0 = ingot.fft FFT %x length = [4] : (tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @fft_parts(%x: tensor<4xf32>) {
  // expected-error @+1 {{'ingot.fft' op (C2) RFFT of f32[4] gives c128[3]}}
  %0 = ingot.fft RFFT %x length = [4] : (tensor<4xf32>) -> tensor<3xcomplex<f64>>
  return
}

// -----

func.func @fft_count(%x: tensor<4xcomplex<f32>>) {
  // expected-error @+1 {{'ingot.fft' op (C3) fft_length is [], but must have 1 to 3 elements}}
  %0 = ingot.fft IFFT %x length = [] : (tensor<4xcomplex<f32>>) -> tensor<4xcomplex<f32>>
  return
}

// -----

func.func @fft_length(%x: tensor<4xf32>) {
  // expected-error @+1 {{'ingot.fft' op (C4) fft_length is [5], but the operand is f32[4]}}
  %0 = ingot.fft RFFT %x length = [5] : (tensor<4xf32>) -> tensor<3xcomplex<f32>>
  return
}

// -----

func.func @fft_half(%x: tensor<4xcomplex<f32>>) {
  // expected-error @+1 {{'ingot.fft' op (C5) IRFFT of fft_length [8] takes 5 numbers along the last dim, but the operand is c64[4]}}
  %0 = ingot.fft IRFFT %x length = [8] : (tensor<4xcomplex<f32>>) -> tensor<8xf32>
  return
}

// -----

func.func @fft_result(%x: tensor<4xf32>) {
  // expected-error @+1 {{'ingot.fft' op (C5) RFFT of f32[4] and fft_length [4] gives other dims than c64[4]}}
  %0 = ingot.fft RFFT %x length = [4] : (tensor<4xf32>) -> tensor<4xcomplex<f32>>
  return
}

// -----

module attributes {ingot.sizes = [#ingot.size<"n", 1 to 9>]} {
  func.func @fft_symbolic(%x: tensor<?xcomplex<f32>, #ingot.dims<[s0]>>) {
    // expected-error @+1 {{'ingot.fft' op (C6) the operand is c64[n], but its last 1 dims must be static}}
    %0 = ingot.fft FFT %x length = [4] : (tensor<?xcomplex<f32>, #ingot.dims<[s0]>>) -> tensor<?xcomplex<f32>, #ingot.dims<[s0]>>
    return
  }
}
