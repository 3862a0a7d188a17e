// Linear algebra on the matrices in the last two dims, and Fourier transforms along the last dims.
#ifndef INGOT_IR_LINEARALGEBRA
#define INGOT_IR_LINEARALGEBRA

include "ir/Attributes.td"

def Ingot_Transpose : Ingot_Enum<"Transpose", [
    I32EnumAttrCase<"NO_TRANSPOSE", 1>, I32EnumAttrCase<"TRANSPOSE", 2>, I32EnumAttrCase<"ADJOINT", 3>]>;
def Ingot_TransposeAttr : EnumAttr<Ingot_Dialect, Ingot_Transpose, "transposed">;

def Ingot_FftType : Ingot_Enum<"FftType", [
    I32EnumAttrCase<"FFT", 0>, I32EnumAttrCase<"IFFT", 1>, I32EnumAttrCase<"RFFT", 2>, I32EnumAttrCase<"IRFFT", 3>]>;
def Ingot_FftTypeAttr : EnumAttr<Ingot_Dialect, Ingot_FftType, "fft_type">;

def Ingot_InfoTensor : Ingot_TensorOf<[I32]>;

class Ingot_MatrixOp<string mnemonic> : Ingot_Op<mnemonic, [Pure, Ingot_Made<"Whole", "Product">]> {
  let hasVerifier = 1;
}

def Ingot_CholeskyOp : Ingot_MatrixOp<"cholesky"> {
  let summary = "The factor L of each a = L * adjoint(L), or U of a = adjoint(U) * U, as StableHLO's cholesky; and LAPACK's info";
  let description = [{
    Reads the lower triangle of `a` if `lower`, else the upper one, and of its diagonal the real parts. The other triangle of the result is
    zero. Where `a` is not positive definite, info is the order, from 1, of the first leading minor that is not, and the result's triangle
    NaN; else info is 0.
    (C1) `a` and the result have the same type. (C2) the rank is at least 2. (C3) the last two dims are equal. (C4) info has the dims in
    front of them.
    Lifespan: any phase from import to fuse may create it; tile lowers it, inside a kernel, to a blocked factorisation.
    ```mlir
    func.func @example(%a: tensor<2x3x3xf32>) -> tensor<2x3x3xf32> {
      %0, %1 = ingot.cholesky %a lower : (tensor<2x3x3xf32>) -> (tensor<2x3x3xf32>, tensor<2xi32>)
      return %0 : tensor<2x3x3xf32>
    }
    ```
  }];
  let arguments = (ins Ingot_FloatOrComplexTensor:$a, UnitAttr:$lower);
  let results = (outs Ingot_FloatOrComplexTensor:$result, Ingot_InfoTensor:$info);
  let assemblyFormat = "$a (`lower` $lower^)? attr-dict `:` functional-type(operands, results)";
}

def Ingot_TriangularSolveOp : Ingot_MatrixOp<"triangular_solve"> {
  let summary = "The x of op(a) * x = b, or of x * op(a) = b, `a` being triangular, as StableHLO's triangular_solve";
  let description = [{
    op is what `transpose_a` says. Reads the lower triangle of `a` if `lower`, else the upper one; with `unit_diagonal` its diagonal
    counts as ones. The result is the whole of x. A zero on the diagonal gives infinities and NaN, as division does.
    (C1) `a` and `b` have the same element type. (C2) their ranks are equal and at least 2. (C3) their dims in front of the last two are
    equal; the last two of `a` are equal to each other and to the last but one of `b` (`left`), or its last. (C4) `b` and the result have
    the same type.
    Lifespan: any phase from import to fuse may create it; tile lowers it, inside a kernel, to a blocked substitution.
    ```mlir
    func.func @example(%a: tensor<3x3xf32>, %b: tensor<3x2xf32>) -> tensor<3x2xf32> {
      %0 = ingot.triangular_solve NO_TRANSPOSE %a, %b left lower : (tensor<3x3xf32>, tensor<3x2xf32>) -> tensor<3x2xf32>
      return %0 : tensor<3x2xf32>
    }
    ```
  }];
  let arguments = (ins Ingot_FloatOrComplexTensor:$a, Ingot_FloatOrComplexTensor:$b, UnitAttr:$left_side, UnitAttr:$lower,
                       UnitAttr:$unit_diagonal, Ingot_TransposeAttr:$transpose_a);
  let results = (outs Ingot_FloatOrComplexTensor:$result);
  let assemblyFormat = [{ $transpose_a $a `,` $b (`left` $left_side^)? (`lower` $lower^)? (`unit` $unit_diagonal^)? attr-dict
                          `:` functional-type(operands, results) }];
}

def Ingot_LuOp : Ingot_MatrixOp<"lu"> {
  let summary = "P * a = L * U by elimination with partial pivoting: both factors in one matrix, pivots and info as LAPACK's getrf gives them";
  let description = [{
    U stands in the upper triangle of the result, L below it, its diagonal being ones. pivots[i], from 1, is the row that was exchanged with
    row i in step i: that of the largest |re| + |im| in what is left of the column, of equal ones the first. Where a pivot is zero, its
    column is left as it is and info becomes the number of that step, from 1, if it was 0.
    (C1) `a` and the result have the same type. (C2) the rank is at least 2. (C3) pivots have the dims in front of the last two and the
    lesser of these. (C4) info has the dims in front of the last two.
    Lifespan: any phase from import to fuse may create it; tile lowers it, inside a kernel, to a blocked factorisation.
    ```mlir
    func.func @example(%a: tensor<2x4x3xf32>) -> (tensor<2x4x3xf32>, tensor<2x3xi32>) {
      %0, %1, %2 = ingot.lu %a : (tensor<2x4x3xf32>) -> (tensor<2x4x3xf32>, tensor<2x3xi32>, tensor<2xi32>)
      return %0, %1 : tensor<2x4x3xf32>, tensor<2x3xi32>
    }
    ```
  }];
  let arguments = (ins Ingot_FloatOrComplexTensor:$a);
  let results = (outs Ingot_FloatOrComplexTensor:$result, Ingot_InfoTensor:$pivots, Ingot_InfoTensor:$info);
  let assemblyFormat = "$a attr-dict `:` functional-type(operands, results)";
}

def Ingot_HouseholderQrOp : Ingot_MatrixOp<"householder_qr"> {
  let summary = "a = Q * R by Householder reflectors: R and the reflectors in one matrix, and their factors, as LAPACK's geqrf gives them";
  let description = [{
    R stands in the upper triangle of the result. Q is the product, in order, of H[i] = I - taus[i] * v * adjoint(v): v has zeros in front
    of place i, one there, and behind it what the result holds below its diagonal in column i. The adjoint of H[i] makes of the column
    (alpha, x) the column (beta, 0): beta = -sign(re alpha) * norm, tau = ((beta - re alpha) / beta, -im alpha / beta) and
    v = x / (alpha - beta); where x is zero and alpha real, tau is 0 and beta is alpha.
    (C1) `a` and the result have the same type. (C2) the rank is at least 2. (C3) taus hold their element type and have the dims in front of
    the last two and the lesser of these.
    Lifespan: any phase from import to fuse may create it; tile lowers it, inside a kernel, to a blocked factorisation.
    ```mlir
    func.func @example(%a: tensor<4x3xf32>) -> (tensor<4x3xf32>, tensor<3xf32>) {
      %0, %1 = ingot.householder_qr %a : (tensor<4x3xf32>) -> (tensor<4x3xf32>, tensor<3xf32>)
      return %0, %1 : tensor<4x3xf32>, tensor<3xf32>
    }
    ```
  }];
  let arguments = (ins Ingot_FloatOrComplexTensor:$a);
  let results = (outs Ingot_FloatOrComplexTensor:$result, Ingot_FloatOrComplexTensor:$taus);
  let assemblyFormat = "$a attr-dict `:` functional-type(operands, results)";
}

def Ingot_HouseholderProductOp : Ingot_MatrixOp<"householder_product"> {
  let summary = "The first columns of the product of the reflectors that householder_qr gives, as LAPACK's orgqr and ungqr";
  let description = [{
    The columns of H[0] * H[1] * ... of as many reflectors as there are taus; `a` is read below its diagonal alone.
    (C1) `a` and the result have the same type. (C2) the rank is at least 2. (C3) taus hold the element type of `a` and have its dims in front
    of the last two, and one of their own. (C4) `a` has at least as many rows as columns. (C5) there are no more taus than columns.
    Lifespan: any phase from import to fuse may create it; tile lowers it, inside a kernel, to products of blocks.
    ```mlir
    func.func @example(%a: tensor<4x3xf32>, %taus: tensor<3xf32>) -> tensor<4x3xf32> {
      %0 = ingot.householder_product %a, %taus : (tensor<4x3xf32>, tensor<3xf32>) -> tensor<4x3xf32>
      return %0 : tensor<4x3xf32>
    }
    ```
  }];
  let arguments = (ins Ingot_FloatOrComplexTensor:$a, Ingot_FloatOrComplexTensor:$taus);
  let results = (outs Ingot_FloatOrComplexTensor:$result);
  let assemblyFormat = "$a `,` $taus attr-dict `:` functional-type(operands, results)";
}

def Ingot_TridiagonalSolveOp : Ingot_MatrixOp<"tridiagonal_solve"> {
  let summary = "The x of a * x = b, `a` being tridiagonal, by elimination with row exchanges, and its factor, as LAPACK's gtsv gives them";
  let description = [{
    The matrix has lower[i] in row i in front of diagonal[i] and upper[i] behind it; lower[0] and the last of upper are not in it. Step i
    exchanges rows i and i + 1 where |re| + |im| of lower[i + 1] is larger than that of diagonal[i]. Of the upper triangular factor,
    the result `diagonal_out` is the diagonal, `upper_out` what is next to it and `second_out` what is next to that, each element in its row
    but for `second_out`, where it stands one further; elements that are in no row are the operands'. Where a pivot is zero, info is its
    number, from 1, and the other results are NaN; else info is 0.
    (C1) the diagonals have the same type. (C2) `b` holds their element type and has their dims and one more. (C3) the results have the
    operands' types. (C4) info has the dims in front of the diagonals' last.
    Lifespan: any phase from import to fuse may create it; tile lowers it, inside a kernel, to an elimination.
    ```mlir
    func.func @example(%l: tensor<4xf32>, %d: tensor<4xf32>, %u: tensor<4xf32>, %b: tensor<4x2xf32>) -> tensor<4x2xf32> {
      %0, %1, %2, %3, %4 = ingot.tridiagonal_solve %l, %d, %u, %b : (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4x2xf32>)
          -> (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4x2xf32>, tensor<i32>)
      return %3 : tensor<4x2xf32>
    }
    ```
  }];
  let arguments = (ins Ingot_FloatOrComplexTensor:$lower, Ingot_FloatOrComplexTensor:$diagonal, Ingot_FloatOrComplexTensor:$upper,
                       Ingot_FloatOrComplexTensor:$b);
  let results = (outs Ingot_FloatOrComplexTensor:$second_out, Ingot_FloatOrComplexTensor:$diagonal_out,
                      Ingot_FloatOrComplexTensor:$upper_out, Ingot_FloatOrComplexTensor:$x, Ingot_InfoTensor:$info);
  let assemblyFormat = "$lower `,` $diagonal `,` $upper `,` $b attr-dict `:` functional-type(operands, results)";
}

def Ingot_FftOp : Ingot_MatrixOp<"fft"> {
  let summary = "Discrete Fourier transforms along the last one to three dims, as StableHLO's fft";
  let description = [{
    FFT sums operand[j] * e^(-2 pi i j k / n), along the last dim first; IFFT undoes it. RFFT takes real numbers and gives, along the last
    dim, the first n / 2 + 1 results, which determine the others. IRFFT undoes it: along the last dim it takes the first n / 2 + 1 of
    n numbers, n being the last of `fft_length`, of which those at k and n - k are conjugates; imaginary parts that this makes zero are not
    read. It transforms the last dim last.
    (C1) fft_length has no more elements than the operand has dims. (C2) the operand holds complex numbers, and the result the same; for
    RFFT the operand, for IRFFT the result holds floats of their parts' type instead. (C3) fft_length has 1 to 3 elements. (C4) the last
    dims of the operand of RFFT, of the result of IRFFT, are fft_length. (C5) the result has the operand's dims but for the last, which
    for RFFT (and the operand's for IRFFT) is n / 2 + 1, or 0 where n is. (C6) the last dims that are transformed are static.
    Lifespan: any phase from import to fuse may create it; simplify makes each of one dim; tile lowers it, inside a kernel, to butterflies.
    ```mlir
    func.func @example(%x: tensor<3x8xf32>) -> tensor<3x5xcomplex<f32>> {
      %0 = ingot.fft RFFT %x length = [8] : (tensor<3x8xf32>) -> tensor<3x5xcomplex<f32>>
      return %0 : tensor<3x5xcomplex<f32>>
    }
    ```
  }];
  let arguments = (ins Ingot_FloatOrComplexTensor:$operand, Ingot_FftTypeAttr:$fft_type, DenseI64ArrayAttr:$fft_length);
  let results = (outs Ingot_FloatOrComplexTensor:$result);
  let assemblyFormat = "$fft_type $operand `length` `=` $fft_length attr-dict `:` functional-type(operands, results)";
  let hasCanonicalizer = 1;
}

#endif
