#include "compiler/codegen/whole/Fourier.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"

#include <cmath>
#include <numbers>

namespace ingot {

using namespace mlir;

namespace {

// Primes that have butterflies of their own.
constexpr int64_t kRadices[] = {4, 2, 3, 5, 7, 11, 13};

// The radices whose product `length` is; none where it has a greater prime factor.
SmallVector<int64_t> factorsOf(int64_t length) {
  SmallVector<int64_t> factors;
  for (int64_t radix : kRadices)
    for (; length > 1 && length % radix == 0; length /= radix)
      factors.push_back(radix);
  return length > 1 ? SmallVector<int64_t>() : factors;
}

// The least length of factors up to 5 that a circular convolution of two vectors of `length` fits in.
int64_t convolutionLength(int64_t length) {
  int64_t best = 0, least = 2 * length - 1;
  for (int64_t five = 1; five < 4 * least; five *= 5)
    for (int64_t three = five; three < 4 * least; three *= 3) {
      int64_t product = three;
      while (product < least)
        product *= 2;
      if (!best || product < best)
        best = product;
    }
  return best;
}

// Of k / order turns, 0 <= k < order; zero and one at quarter turns.
long double cosineOf(int64_t k, int64_t order) {
  if (4 * k % order == 0)
    return 4 * k / order % 2 ? 0 : 4 * k / order == 0 ? 1 : -1;
  return std::cos(2 * std::numbers::pi_v<long double> * static_cast<long double>(k) / static_cast<long double>(order));
}
long double sineOf(int64_t k, int64_t order) {
  if (4 * k % order == 0)
    return 4 * k / order % 2 == 0 ? 0 : 4 * k / order == 1 ? 1 : -1;
  return std::sin(2 * std::numbers::pi_v<long double> * static_cast<long double>(k) / static_cast<long double>(order));
}

} // namespace

FourierPlan::FourierPlan(MatrixChoice &choice, int64_t length, int64_t group)
    : length(length), group(group), inner(length), passes(factorsOf(length)) {
  if (length > 1 && passes.empty()) {
    inner = convolutionLength(length);
    passes = factorsOf(inner);
  }
  first = choice.addVector(choice.constant(inner * group));
  second = choice.addVector(choice.constant(inner * group));
  roots = choice.addVector(choice.constant(inner));
  if (isChirped()) {
    chirp = choice.addVector(choice.constant(length));
    filter = choice.addVector(choice.constant(inner));
  }
}

double FourierPlan::steps() const {
  double each = 4;
  for (int64_t radix : passes)
    each += 2 + static_cast<double>(radix);
  return each * static_cast<double>(inner * group) * (isChirped() ? 2 : 1);
}

//===--- Tables ---===//

RootConstants::RootConstants(MatrixCode &code, int64_t order, StringRef name)
    : m(code), order(order), spacing(order <= kRootTable ? std::max<int64_t>(order, 1) : kRootTable) {
  auto parts = [&](const Twine &which, int64_t step, int64_t count) {
    std::string base = (name + which).str();
    Value re = table(base + "_re", [&](int64_t i) { return static_cast<double>(cosineOf(i * step, order)); }, count);
    Value im = table(base + "_im", [&](int64_t i) { return -static_cast<double>(sineOf(i * step, order)); }, count);
    return std::pair(re, im);
  };
  std::tie(fineRe, fineIm) = parts("_fine", 1, spacing);
  if (order > spacing)
    std::tie(coarseRe, coarseIm) = parts("_coarse", spacing, (order + spacing - 1) / spacing);
}

Value RootConstants::table(StringRef name, llvm::function_ref<double(int64_t)> entry, int64_t count) {
  OpBuilder &builder = m.code.builder;
  SmallVector<double> entries;
  for (int64_t i = 0; i < count; ++i)
    entries.push_back(entry(i));
  auto type = MemRefType::get({count}, builder.getF64Type());
  ModuleOp module = m.e.pool.module();
  if (!module.lookupSymbol(name)) {
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(module.getBody());
    auto values = DenseElementsAttr::get(RankedTensorType::get({count}, builder.getF64Type()), ArrayRef(entries));
    memref::GlobalOp::create(builder, m.code.loc, name, builder.getStringAttr("private"), type, values, true, IntegerAttr());
  }
  return memref::GetGlobalOp::create(builder, m.code.loc, type, name);
}

Number RootConstants::at(Value k) {
  ElementBuilder &e = m.e;
  auto narrow = [&](Value value) { return e.truncf(value, m.choice.part); };
  Value low = order > spacing ? m.index.rem(k, m.constant(spacing)) : k;
  Value re = m.code.load(fineRe, low), im = m.code.load(fineIm, low);
  if (order <= spacing)
    return {narrow(re), narrow(im)};
  Value high = m.index.div(k, m.constant(spacing));
  Value highRe = m.code.load(coarseRe, high), highIm = m.code.load(coarseIm, high);
  return {narrow(e.fma(re, highRe, e.neg(e.mul(im, highIm)))), narrow(e.fma(re, highIm, e.mul(im, highRe)))};
}

Fourier::Fourier(MatrixCode &code, const FourierPlan &plan)
    : m(code), plan(plan), zero(code.constant(0)), first(code.open(plan.first)), second(code.open(plan.second)),
      roots(code.open(plan.roots)) {
  RootConstants constants(m, plan.inner, "fourier_roots");
  m.loop(zero, m.constant(plan.inner), [&](Value k) { store(roots, k, constants.at(k)); });
  if (plan.isChirped())
    makeFilter();
}

// The transform of the conjugate chirp, continued to both sides of its start, by the length that inverse transforms divide by.
void Fourier::makeFilter() {
  chirp = m.open(plan.chirp);
  filter = m.open(plan.filter);
  RootConstants constants(m, 2 * plan.length, "fourier_chirp");
  Value length = m.constant(plan.length), inner = m.constant(plan.inner);
  m.loop(zero, inner, [&](Value k) { store(first, k, m.zero()); });
  m.loop(zero, length, [&](Value k) {
    Number root = constants.at(m.index.rem(m.index.mul(k, k), m.constant(2 * plan.length)));
    store(chirp, k, root);
    store(first, k, m.conj(root));
    store(first, m.index.rem(m.index.sub(inner, k), inner), m.conj(root));
  });
  const Array *made = transform(&first, &second, 1);
  Value factor = m.real(1.0 / static_cast<double>(plan.inner)).re;
  m.loop(zero, inner, [&](Value k) {
    Number each = load(*made, k);
    store(filter, k, {m.e.mul(each.re, factor), m.e.mul(each.im, factor)});
  });
}

//===--- Passes ---===//

// By the definition: sums and differences of the elements that lie opposite go to results that lie opposite.
SmallVector<Number> Fourier::butterfly(ArrayRef<Number> x) {
  ElementBuilder &e = m.e;
  auto turned = [&](Number y) { return Number{y.im, e.neg(y.re)}; }; // -i * y
  int64_t radix = int64_t(x.size());
  if (radix == 2)
    return {m.add(x[0], x[1]), m.sub(x[0], x[1])};
  if (radix == 4) {
    Number even = m.add(x[0], x[2]), odd = m.add(x[1], x[3]), evenLess = m.sub(x[0], x[2]),
           oddLess = turned(m.sub(x[1], x[3]));
    return {m.add(even, odd), m.add(evenLess, oddLess), m.sub(even, odd), m.sub(evenLess, oddLess)};
  }
  SmallVector<Number> y(x.size()), sums, differences;
  y[0] = x[0];
  for (int64_t k = 1; 2 * k < radix; ++k) {
    sums.push_back(m.add(x[size_t(k)], x[size_t(radix - k)]));
    differences.push_back(m.sub(x[size_t(k)], x[size_t(radix - k)]));
    y[0] = m.add(y[0], sums.back());
  }
  for (int64_t j = 1; 2 * j < radix; ++j) {
    Number along = x[0], across;
    for (int64_t k = 1; 2 * k < radix; ++k) {
      Value cosine = e.real(x[0].re, static_cast<double>(cosineOf(j * k % radix, radix)));
      Value sine = e.real(x[0].re, static_cast<double>(sineOf(j * k % radix, radix)));
      Number sum = sums[size_t(k) - 1], difference = differences[size_t(k) - 1];
      along = {e.fma(cosine, sum.re, along.re), e.fma(cosine, sum.im, along.im)};
      across = k == 1 ? Number{e.mul(sine, difference.re), e.mul(sine, difference.im)}
                      : Number{e.fma(sine, difference.re, across.re), e.fma(sine, difference.im, across.im)};
    }
    y[size_t(j)] = m.add(along, turned(across));
    y[size_t(radix - j)] = m.sub(along, turned(across));
  }
  return y;
}

// `done`: the product of the passes before. Element q of block p, of `done` * group, goes from p + k * rest to p * radix + j.
void Fourier::pass(const Array &source, const Array &target, int64_t radix, int64_t done, int64_t group) {
  const int64_t block = done * group, rest = plan.inner / done / radix, lanes = m.choice.lanes;
  m.loop(zero, m.constant(rest), [&](Value p) {
    SmallVector<Number> twiddles;
    for (int64_t j = 1; j < radix; ++j)
      twiddles.push_back(load(roots, m.index.mul(p, m.constant(j * done))));
    auto each = [&](Value q, int64_t width) {
      SmallVector<Number> x;
      for (int64_t k = 0; k < radix; ++k)
        x.push_back(
            load(source, m.index.add(m.index.mul(m.index.add(p, m.constant(k * rest)), m.constant(block)), q), width));
      SmallVector<Number> y = butterfly(x);
      for (int64_t j = 0; j < radix; ++j) {
        Number number = y[size_t(j)];
        if (j > 0 && rest > 1) {
          Number twiddle = twiddles[size_t(j) - 1];
          number = m.mul(number, width > 1 ? m.splat(twiddle) : twiddle);
        }
        Value to =
            m.index.add(m.index.mul(m.index.add(m.index.mul(p, m.constant(radix)), m.constant(j)), m.constant(block)), q);
        store(target, to, number);
      }
      m.count(radix * width);
    };
    Value whole = m.constant(block / lanes * lanes);
    m.vectors(zero, whole, [&](Value q) { each(q, lanes); });
    m.loop(whole, m.constant(block), [&](Value q) { each(q, 1); });
  });
}

const Fourier::Array *Fourier::transform(const Array *source, const Array *other, int64_t group) {
  int64_t done = 1;
  for (int64_t radix : plan.passes) {
    pass(*source, *other, radix, done, group);
    std::swap(source, other);
    done *= radix;
  }
  return source;
}

//===--- Transforms ---===//

void Fourier::setInput(Value k, Value place, Number number) {
  store(first, place, plan.isChirped() ? m.mul(number, load(chirp, k)) : number);
}

void Fourier::run() {
  if (!plan.isChirped()) {
    result = transform(&first, &second, plan.group);
    return;
  }
  const int64_t lanes = m.choice.lanes;
  m.loop(m.constant(plan.length * plan.group), m.constant(plan.inner * plan.group),
         [&](Value at) { store(first, at, m.zero()); });
  const Array *made = transform(&first, &second, plan.group), *other = made == &first ? &second : &first;
  // The convolution is an inverse transform of the product: real and imaginary parts change places, in front and behind.
  m.loop(zero, m.constant(plan.inner), [&](Value k) {
    Number factor = load(filter, k);
    Value from = m.index.mul(k, m.constant(plan.group));
    auto each = [&](Value g, int64_t width) {
      Value at = m.index.add(from, g);
      store(*made, at, swapped(m.mul(load(*made, at, width), width > 1 ? m.splat(factor) : factor)));
    };
    Value whole = m.constant(plan.group / lanes * lanes);
    m.vectors(zero, whole, [&](Value g) { each(g, lanes); });
    m.loop(whole, m.constant(plan.group), [&](Value g) { each(g, 1); });
  });
  result = transform(made, other, plan.group);
}

Number Fourier::output(Value k, Value place) {
  Number number = load(*result, place);
  return plan.isChirped() ? m.mul(swapped(number), load(chirp, k)) : number;
}

} // namespace ingot
