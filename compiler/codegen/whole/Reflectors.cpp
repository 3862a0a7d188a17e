#include "compiler/codegen/whole/Reflectors.h"

namespace ingot {

using namespace mlir;

void Reflectors::set(Value from, Value to, Value rows, llvm::function_ref<Number(Value, Value)> below,
                     llvm::function_ref<Number(Value)> tau) {
  IndexBuilder &index = m.index;
  Value zero = m.constant(0), one = m.constant(1), block = m.constant(MatrixChoice::kBlock);
  Value height = index.sub(rows, from);
  count = index.sub(to, from);
  m.fill(v, height, block);
  m.loop(zero, count, [&](Value j) {
    m.store(v, j, j, m.real(1));
    Value column = index.add(from, j);
    m.loop(index.add(j, one), height, [&](Value i) { m.store(v, i, j, below(index.add(from, i), column)); });
  });
  // Column j of T: tau * (the unit vector j - T * (V's earlier columns)' * column j).
  m.product(MatrixCode::Into::Replace, {gram, zero, zero}, count, count, MatrixCode::Left::Adjoint, {v, zero, zero},
            {v, zero, zero}, height);
  m.fill(t, block, block);
  m.loop(zero, count, [&](Value j) {
    Number factor = tau(index.add(from, j));
    m.store(t, j, j, factor);
    m.loop(zero, j, [&](Value row) {
      SmallVector<Value> init{m.zero().re};
      if (m.choice.isComplex)
        init.push_back(m.zero().im);
      SmallVector<Value> sum = m.code.loop(row, j, init, [&](Value k, ValueRange sum) {
        Number next = m.addProduct({sum[0], m.choice.isComplex ? sum[1] : Value()}, m.load(t, row, k), m.load(gram, k, j));
        m.count(1);
        SmallVector<Value> values{next.re};
        if (m.choice.isComplex)
          values.push_back(next.im);
        return values;
      });
      m.store(t, row, j, m.neg(m.mul(factor, {sum[0], m.choice.isComplex ? sum[1] : Value()})));
    });
  });
}

void Reflectors::apply(bool adjoint, const MatrixCode::Matrix &matrix, Value from, Value rows, Value column, Value columns) {
  Value zero = m.constant(0);
  Value height = m.index.sub(rows, from), width = m.index.sub(columns, column);
  m.product(MatrixCode::Into::Replace, {products, zero, zero}, count, width, MatrixCode::Left::Adjoint, {v, zero, zero},
            {matrix, from, column}, height);
  m.product(MatrixCode::Into::Replace, {scaled, zero, zero}, count, width,
            adjoint ? MatrixCode::Left::Adjoint : MatrixCode::Left::Plain, {t, zero, zero}, {products, zero, zero}, count);
  m.product(MatrixCode::Into::Subtract, {matrix, from, column}, height, width, MatrixCode::Left::Plain, {v, zero, zero},
            {scaled, zero, zero}, count);
}

} // namespace ingot
