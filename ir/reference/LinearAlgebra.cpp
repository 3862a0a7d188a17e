// Factorisations, triangular and tridiagonal systems, Fourier transforms: the textbook's loops in long double.
#include "ir/TensorTypes.h"
#include "ir/reference/Elements.h"
#include "ir/reference/Families.h"

#include <cmath>
#include <limits>
#include <numbers>

using namespace mlir;

namespace ingot::reference {
namespace {

using Real = long double;
using Number = std::complex<long double>;

constexpr Real kNaN = std::numeric_limits<Real>::quiet_NaN();

Real conjugate(Real x) { return x; }
Number conjugate(Number x) { return std::conj(x); }
Real realPart(Real x) { return x; }
Real realPart(Number x) { return x.real(); }
Real imaginaryPart(Real) { return 0; }
Real imaginaryPart(Number x) { return x.imag(); }
// What pivots are chosen by.
template <typename V> Real sizeOf(V x) { return std::fabs(realPart(x)) + std::fabs(imaginaryPart(x)); }

template <typename V> struct NativeOf {
  using Type = double;
};
template <> struct NativeOf<Number> {
  using Type = Complex;
};

template <typename V> std::vector<V> read(const Tensor &tensor) {
  using Native = typename NativeOf<V>::Type;
  std::vector<Native> values(size_t(tensor.numElements()));
  decode<Native>(tensor.elementType, tensor.bytes.data(), tensor.numElements(), values.data());
  return std::vector<V>(values.begin(), values.end());
}

template <typename V> void write(Tensor &tensor, const std::vector<V> &values) {
  using Native = typename NativeOf<V>::Type;
  std::vector<Native> native;
  for (const V &value : values)
    native.push_back(Native(value));
  encode<Native>(tensor.elementType, native.data(), tensor.numElements(), tensor.bytes.data());
}

// The matrices in the last two dims of a tensor.
template <typename V> struct Matrices {
  explicit Matrices(const Tensor &tensor)
      : values(read<V>(tensor)), rows(tensor.dims[tensor.dims.size() - 2]), columns(tensor.dims.back()) {
    for (int64_t dim : ArrayRef(tensor.dims).drop_back(2))
      count *= dim;
  }
  V &at(int64_t matrix, int64_t row, int64_t column) { return values[size_t((matrix * rows + row) * columns + column)]; }

  std::vector<V> values;
  int64_t count = 1, rows, columns;
};

//--- cholesky

template <typename V> void cholesky(CholeskyOp op, Operands operands, std::vector<Tensor> &results) {
  Matrices<V> a(*operands[0]);
  int64_t n = a.rows;
  const bool lower = op.getLower();
  for (int64_t matrix = 0; matrix < a.count; ++matrix) {
    // Row i, column j of the lower factor.
    auto l = [&](int64_t i, int64_t j) -> V & { return lower ? a.at(matrix, i, j) : a.at(matrix, j, i); };
    int32_t info = 0;
    for (int64_t j = 0; j < n && !info; ++j) {
      Real pivot = realPart(l(j, j));
      for (int64_t k = 0; k < j; ++k)
        pivot -= realPart(l(j, k) * conjugate(l(j, k)));
      if (!(pivot > 0)) {
        info = int32_t(j + 1);
        break;
      }
      l(j, j) = std::sqrt(pivot);
      for (int64_t i = j + 1; i < n; ++i) {
        V sum = l(i, j);
        for (int64_t k = 0; k < j; ++k)
          sum -= l(i, k) * conjugate(l(j, k));
        l(i, j) = sum / l(j, j);
      }
    }
    for (int64_t i = 0; i < n; ++i)
      for (int64_t j = 0; j < n; ++j)
        if (i < j || info)
          l(i, j) = i < j ? V(0) : V(kNaN);
    results[1].data<int32_t>()[matrix] = info;
  }
  write(results[0], a.values);
}

//--- triangular_solve

template <typename V> void triangularSolve(TriangularSolveOp op, Operands operands, std::vector<Tensor> &results) {
  Matrices<V> a(*operands[0]), b(*operands[1]);
  const bool left = op.getLeftSide();
  const int64_t n = a.rows, systems = left ? b.columns : b.rows;
  const Transpose transpose = op.getTransposeA();
  // x * op(a) = b is transpose(op(a)) * transpose(x) = transpose(b).
  const bool isTransposed = left == (transpose != Transpose::NO_TRANSPOSE);
  const bool isLower = op.getLower() != isTransposed;
  for (int64_t matrix = 0; matrix < a.count; ++matrix) {
    auto coefficient = [&](int64_t i, int64_t j) -> V {
      V value = isTransposed ? a.at(matrix, j, i) : a.at(matrix, i, j);
      return transpose == Transpose::ADJOINT ? conjugate(value) : value;
    };
    for (int64_t system = 0; system < systems; ++system) {
      auto x = [&](int64_t i) -> V & { return left ? b.at(matrix, i, system) : b.at(matrix, system, i); };
      for (int64_t step = 0; step < n; ++step) {
        int64_t i = isLower ? step : n - 1 - step;
        V sum = x(i);
        for (int64_t j = isLower ? 0 : i + 1, end = isLower ? i : n; j < end; ++j)
          sum -= coefficient(i, j) * x(j);
        x(i) = op.getUnitDiagonal() ? sum : sum / coefficient(i, i);
      }
    }
  }
  write(results[0], b.values);
}

//--- lu

template <typename V> void lu(Operands operands, std::vector<Tensor> &results) {
  Matrices<V> a(*operands[0]);
  int64_t steps = std::min(a.rows, a.columns);
  for (int64_t matrix = 0; matrix < a.count; ++matrix) {
    int32_t info = 0;
    for (int64_t k = 0; k < steps; ++k) {
      int64_t pivot = k;
      for (int64_t i = k + 1; i < a.rows; ++i)
        if (sizeOf(a.at(matrix, i, k)) > sizeOf(a.at(matrix, pivot, k)))
          pivot = i;
      results[1].data<int32_t>()[matrix * steps + k] = int32_t(pivot + 1);
      for (int64_t j = 0; j < a.columns && pivot != k; ++j)
        std::swap(a.at(matrix, k, j), a.at(matrix, pivot, j));
      if (a.at(matrix, k, k) == V(0)) {
        info = info ? info : int32_t(k + 1);
        continue;
      }
      for (int64_t i = k + 1; i < a.rows; ++i) {
        V factor = a.at(matrix, i, k) /= a.at(matrix, k, k);
        for (int64_t j = k + 1; j < a.columns; ++j)
          a.at(matrix, i, j) -= factor * a.at(matrix, k, j);
      }
    }
    results[2].data<int32_t>()[matrix] = info;
  }
  write(results[0], a.values);
}

//--- householder_qr, householder_product

// H * column j of the matrix, H = I - tau * v * adjoint(v), v = (1, elements of `reflectors` below its diagonal in column k).
template <typename V> void reflect(Matrices<V> &a, Matrices<V> &reflectors, int64_t matrix, int64_t k, V tau, int64_t j) {
  V sum = a.at(matrix, k, j);
  for (int64_t i = k + 1; i < a.rows; ++i)
    sum += conjugate(reflectors.at(matrix, i, k)) * a.at(matrix, i, j);
  a.at(matrix, k, j) -= tau * sum;
  for (int64_t i = k + 1; i < a.rows; ++i)
    a.at(matrix, i, j) -= tau * sum * reflectors.at(matrix, i, k);
}

template <typename V> void householderQr(Operands operands, std::vector<Tensor> &results) {
  Matrices<V> a(*operands[0]);
  int64_t steps = std::min(a.rows, a.columns);
  std::vector<V> taus(size_t(a.count * steps));
  for (int64_t matrix = 0; matrix < a.count; ++matrix)
    for (int64_t k = 0; k < steps; ++k) {
      V alpha = a.at(matrix, k, k), tau = 0;
      Real below = 0;
      for (int64_t i = k + 1; i < a.rows; ++i)
        below = std::hypot(below, std::abs(a.at(matrix, i, k)));
      if (below != 0 || imaginaryPart(alpha) != 0) {
        Real beta = -std::copysign(std::hypot(std::abs(alpha), below), realPart(alpha));
        tau = (V(beta) - alpha) / beta;
        for (int64_t i = k + 1; i < a.rows; ++i)
          a.at(matrix, i, k) /= alpha - beta;
        for (int64_t j = k + 1; j < a.columns; ++j)
          reflect(a, a, matrix, k, conjugate(tau), j);
        a.at(matrix, k, k) = beta;
      }
      taus[size_t(matrix * steps + k)] = tau;
    }
  write(results[0], a.values);
  write(results[1], taus);
}

template <typename V> void householderProduct(Operands operands, std::vector<Tensor> &results) {
  Matrices<V> a(*operands[0]), q(results[0]);
  std::vector<V> taus = read<V>(*operands[1]);
  int64_t count = operands[1]->dims.back(), steps = std::min({count, a.rows, a.columns});
  for (int64_t matrix = 0; matrix < a.count; ++matrix) {
    for (int64_t i = 0; i < std::min(q.rows, q.columns); ++i)
      q.at(matrix, i, i) = 1;
    for (int64_t k = steps; k-- > 0;)
      for (int64_t j = k; j < q.columns; ++j)
        reflect(q, a, matrix, k, taus[size_t(matrix * count + k)], j);
  }
  write(results[0], q.values);
}

//--- tridiagonal_solve

template <typename V> void tridiagonalSolve(Operands operands, std::vector<Tensor> &results) {
  std::vector<V> lower = read<V>(*operands[0]), diagonal = read<V>(*operands[1]), upper = read<V>(*operands[2]);
  Matrices<V> b(*operands[3]);
  int64_t n = b.rows;
  for (int64_t matrix = 0; matrix < b.count; ++matrix) {
    V *l = lower.data() + matrix * n, *d = diagonal.data() + matrix * n, *u = upper.data() + matrix * n;
    int32_t info = 0;
    for (int64_t i = 0; i < n && !info; ++i) {
      const bool isLast = i + 1 == n;
      if (isLast || !(sizeOf(l[i + 1]) > sizeOf(d[i]))) {
        if (d[i] == V(0)) {
          info = int32_t(i + 1);
          break;
        }
        if (isLast)
          break;
        V factor = l[i + 1] / d[i];
        d[i + 1] -= factor * u[i];
        for (int64_t j = 0; j < b.columns; ++j)
          b.at(matrix, i + 1, j) -= factor * b.at(matrix, i, j);
        if (i + 2 < n)
          l[i + 1] = 0;
        continue;
      }
      V factor = d[i] / l[i + 1], next = d[i + 1];
      d[i] = l[i + 1];
      d[i + 1] = u[i] - factor * next;
      if (i + 2 < n) {
        l[i + 1] = u[i + 1];
        u[i + 1] = -factor * l[i + 1];
      }
      u[i] = next;
      for (int64_t j = 0; j < b.columns; ++j) {
        V below = b.at(matrix, i + 1, j);
        b.at(matrix, i + 1, j) = b.at(matrix, i, j) - factor * below;
        b.at(matrix, i, j) = below;
      }
    }
    for (int64_t i = n; i-- > 0;)
      for (int64_t j = 0; j < b.columns && !info; ++j) {
        V sum = b.at(matrix, i, j);
        if (i + 1 < n)
          sum -= u[i] * b.at(matrix, i + 1, j);
        if (i + 2 < n)
          sum -= l[i + 1] * b.at(matrix, i + 2, j);
        b.at(matrix, i, j) = sum / d[i];
      }
    for (int64_t i = 0; i < n && info; ++i) {
      l[i] = d[i] = u[i] = V(kNaN);
      for (int64_t j = 0; j < b.columns; ++j)
        b.at(matrix, i, j) = V(kNaN);
    }
    results[4].data<int32_t>()[matrix] = info;
  }
  write(results[0], lower);
  write(results[1], diagonal);
  write(results[2], upper);
  write(results[3], b.values);
}

//--- fft

// Of x[0], x[step], ... x[(n - 1) * step], by the least prime factor p of n: p transforms of every p-th element, put together.
std::vector<Number> transform(const Number *x, int64_t n, int64_t step, Real sign) {
  int64_t p = 2;
  while (p < n && n % p != 0)
    ++p;
  if (n <= 1)
    return std::vector<Number>(x, x + n);
  int64_t m = n / p;
  std::vector<std::vector<Number>> parts;
  for (int64_t r = 0; r < p; ++r)
    parts.push_back(transform(x + r * step, m, step * p, sign));
  std::vector<Number> roots, sums;
  for (int64_t k = 0; k < n; ++k) {
    Real angle = sign * 2 * std::numbers::pi_v<Real> * Real(k) / Real(n);
    roots.emplace_back(std::cos(angle), std::sin(angle));
  }
  for (int64_t k = 0; k < n; ++k) {
    Number sum = 0;
    for (int64_t r = 0; r < p; ++r)
      sum += roots[size_t(r * k % n)] * parts[size_t(r)][size_t(k % m)];
    sums.push_back(sum);
  }
  return sums;
}

// Replaces each row along `dim`, of `from` elements, by what `rowOf` makes of it, of `to` elements.
template <typename RowOf>
void alongDim(std::vector<Number> &values, SmallVector<int64_t> &dims, size_t dim, int64_t to, RowOf rowOf) {
  int64_t outer = 1, inner = 1, from = dims[dim];
  for (auto [place, extent] : llvm::enumerate(dims))
    (place < dim ? outer : inner) *= place == dim ? 1 : extent;
  std::vector<Number> result(size_t(outer * to * inner));
  for (int64_t o = 0; o < outer; ++o)
    for (int64_t i = 0; i < inner; ++i) {
      std::vector<Number> row;
      for (int64_t k = 0; k < from; ++k)
        row.push_back(values[size_t((o * from + k) * inner + i)]);
      row = rowOf(row);
      for (int64_t k = 0; k < to; ++k)
        result[size_t((o * to + k) * inner + i)] = row[size_t(k)];
    }
  values = std::move(result);
  dims[dim] = to;
}

void fft(FftOp op, Operands operands, std::vector<Tensor> &results) {
  FftType type = op.getFftType();
  const bool isInverse = type == FftType::IFFT || type == FftType::IRFFT;
  std::vector<Number> values;
  if (type == FftType::RFFT)
    for (Real value : read<Real>(*operands[0]))
      values.emplace_back(value);
  else
    values = read<Number>(*operands[0]);
  SmallVector<int64_t> dims = operands[0]->dims;
  size_t last = dims.size() - 1, count = op.getFftLength().size();
  auto whole = [&](size_t dim) {
    alongDim(values, dims, dim, dims[dim], [&](std::vector<Number> row) {
      row = transform(row.data(), int64_t(row.size()), 1, isInverse ? 1 : -1);
      for (Number &value : row)
        value /= isInverse ? Real(row.size()) : Real(1);
      return row;
    });
  };
  auto alongLast = [&] {
    int64_t n = op.getFftLength().back();
    if (type == FftType::RFFT) {
      whole(last);
      alongDim(values, dims, last, results[0].dims.back(), [](std::vector<Number> row) { return row; });
    } else if (type == FftType::IRFFT) {
      alongDim(values, dims, last, n, [&](std::vector<Number> row) {
        row.resize(size_t(n));
        for (int64_t k = 0; k <= n / 2 && n > 0; ++k) {
          if (k == 0 || 2 * k == n)
            row[size_t(k)] = row[size_t(k)].real();
          else
            row[size_t(n - k)] = std::conj(row[size_t(k)]);
        }
        return row;
      });
      whole(last);
    } else {
      whole(last);
    }
  };
  if (!isInverse)
    alongLast();
  for (size_t back = 1; back < count; ++back)
    whole(isInverse ? last - count + back : last - back);
  if (isInverse)
    alongLast();
  if (type == FftType::IRFFT) {
    std::vector<Real> parts;
    for (Number value : values)
      parts.push_back(value.real());
    return write(results[0], parts);
  }
  write(results[0], values);
}

template <typename V> void evaluate(Operation *op, Operands operands, std::vector<Tensor> &results) {
  if (auto each = dyn_cast<CholeskyOp>(op))
    return cholesky<V>(each, operands, results);
  if (auto each = dyn_cast<TriangularSolveOp>(op))
    return triangularSolve<V>(each, operands, results);
  if (isa<LuOp>(op))
    return lu<V>(operands, results);
  if (isa<HouseholderQrOp>(op))
    return householderQr<V>(operands, results);
  if (isa<HouseholderProductOp>(op))
    return householderProduct<V>(operands, results);
  if (isa<TridiagonalSolveOp>(op))
    return tridiagonalSolve<V>(operands, results);
  fft(cast<FftOp>(op), operands, results);
}

} // namespace

Results evaluateLinearAlgebra(Operation *op, Operands operands, ArrayRef<int64_t> sizes) {
  Results results = emptyResults(op, sizes);
  if (!results)
    return results;
  if (isa<ComplexType>(operands[0]->elementType))
    evaluate<Number>(op, operands, *results);
  else
    evaluate<Real>(op, operands, *results);
  return results;
}

} // namespace ingot::reference
