// Blocks of Householder reflectors: the product of the H[i] = I - tau[i] * v[i] * adjoint(v[i]) of one block is
// I - V * T * adjoint(V), V having the v[i] as columns and T being upper triangular.
#ifndef INGOT_COMPILER_CODEGEN_WHOLE_REFLECTORS_H
#define INGOT_COMPILER_CODEGEN_WHOLE_REFLECTORS_H

#include "compiler/codegen/whole/MatrixCode.h"

namespace ingot {

// Scratch that a block takes, applied to a matrix of `rows` and `columns`.
struct ReflectorArrays {
  ReflectorArrays(MatrixChoice &choice, mlir::AffineExpr rows, mlir::AffineExpr columns)
      : v(choice.addMatrix(rows, choice.constant(MatrixChoice::kBlock))),
        t(choice.addMatrix(choice.constant(MatrixChoice::kBlock), choice.constant(MatrixChoice::kBlock))),
        gram(choice.addMatrix(choice.constant(MatrixChoice::kBlock), choice.constant(MatrixChoice::kBlock))),
        products(choice.addMatrix(choice.constant(MatrixChoice::kBlock), columns)),
        scaled(choice.addMatrix(choice.constant(MatrixChoice::kBlock), columns)) {}

  MatrixChoice::Array v, t, gram, products, scaled;
};

class Reflectors {
public:
  using Value = mlir::Value;

  Reflectors(MatrixCode &code, const ReflectorArrays &arrays)
      : m(code), v(code.open(arrays.v)), t(code.open(arrays.t)), gram(code.open(arrays.gram)),
        products(code.open(arrays.products)), scaled(code.open(arrays.scaled)) {}

  // Sets V and T for reflectors from .. to: `below(i, k)` is element i of reflector k where i > k, `tau(k)` its factor. The
  // reflectors have `rows` elements, of which those in front of `from` are zero.
  void set(Value from, Value to, Value rows, llvm::function_ref<Number(Value, Value)> below,
           llvm::function_ref<Number(Value)> tau);
  // Multiplies columns `column` .. `columns` of the matrix, rows from .. rows, by the product of the reflectors from the
  // left, or by its adjoint. `column` is a multiple of the lanes.
  void apply(bool adjoint, const MatrixCode::Matrix &matrix, Value from, Value rows, Value column, Value columns);

private:
  MatrixCode &m;
  MatrixCode::Matrix v, t, gram, products, scaled;
  Value count; // of reflectors that are set
};

} // namespace ingot

#endif // INGOT_COMPILER_CODEGEN_WHOLE_REFLECTORS_H
