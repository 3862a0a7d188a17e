// Code of discrete Fourier transforms in n log n steps, whatever the length: Stockham's autosort passes where its prime
// factors are small, else Bluestein's convolution with a chirp by passes of a longer one. Errors are below 2 log2(n) units of
// the last place of the greatest result.
#ifndef INGOT_COMPILER_CODEGEN_WHOLE_FOURIER_H
#define INGOT_COMPILER_CODEGEN_WHOLE_FOURIER_H

#include "compiler/codegen/whole/MatrixCode.h"

namespace ingot {

// Nouns
//   group    transforms made together: element k of transform g lies at k * group + g.
//   passes   the factors of a length; a pass of r makes, of r transforms of a length m, those of length r * m.
//   chirp    e^(-pi i k^2 / n), k < n.
struct FourierPlan {
  FourierPlan(MatrixChoice &choice, int64_t length, int64_t group);

  bool isChirped() const { return inner != length; }
  // Butterflies, in elements, that transforms of a group take.
  double steps() const;

  int64_t length, group;
  int64_t inner; // length of what is made by passes: the length itself, or Bluestein's
  llvm::SmallVector<int64_t> passes;
  MatrixChoice::Array first, second, roots, chirp, filter;
};

// e^(-2 pi i k / order) in the module's constants: of more than kRootTable of them every so-many-th and those in between,
// in f64, of which the others are products.
class RootConstants {
public:
  static constexpr int64_t kRootTable = 1024;
  RootConstants(MatrixCode &code, int64_t order, llvm::StringRef name);
  // Precondition: 0 <= k < order.
  Number at(mlir::Value k);

private:
  mlir::Value table(llvm::StringRef name, llvm::function_ref<double(int64_t)> entry, int64_t count);
  MatrixCode &m;
  int64_t order, spacing;
  mlir::Value fineRe, fineIm, coarseRe, coarseIm;
};

class Fourier {
public:
  using Value = mlir::Value;

  // Fills the tables in scratch: to be made in front of the loop over tiles.
  Fourier(MatrixCode &code, const FourierPlan &plan);

  // Where transforms start: element `place` (k * group + g) of the input is to be stored there.
  void setInput(Value k, Value place, Number number);
  // Makes the transforms of the inputs, all of which were set.
  void run();
  Number output(Value k, Value place);

  void loopOverLength(llvm::function_ref<void(Value)> body) { m.loop(m.constant(0), m.constant(plan.length), body); }

private:
  using Array = MatrixCode::Matrix;
  // Passes from `source`, between it and `other`; returns the one of both that holds the result.
  const Array *transform(const Array *source, const Array *other, int64_t group);
  void pass(const Array &source, const Array &target, int64_t radix, int64_t done, int64_t group);
  llvm::SmallVector<Number> butterfly(llvm::ArrayRef<Number> x);
  void makeFilter();
  Number load(const Array &array, Value at, int64_t lanes = 1) { return m.load(array, zero, at, lanes); }
  void store(const Array &array, Value at, Number number) { m.store(array, zero, at, number); }
  static Number swapped(Number x) { return {x.im, x.re}; }

  MatrixCode &m;
  const FourierPlan &plan;
  Value zero;
  Array first, second, roots, chirp, filter;
  const Array *result = nullptr;
};

} // namespace ingot

#endif // INGOT_COMPILER_CODEGEN_WHOLE_FOURIER_H
