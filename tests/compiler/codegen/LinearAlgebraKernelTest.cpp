// Factorisations, systems and Fourier transforms beside the interpreter, which computes in more than f64: odd sizes, several
// blocks, none; real and complex; symbolic batches; operands that are made in the kernel. Bounds are those of well-conditioned
// matrices: some units of the last place of the largest element, growing with the size.
#include "tests/compiler/codegen/KernelHarness.h"

#include <gtest/gtest.h>

#include <cmath>

namespace ingot::test {
namespace {

const char *const kBatch = "#ingot.size<\"batch\", 0 to 5>";
const std::vector<std::vector<int64_t>> kBatches = {{0}, {1}, {3}};
const std::vector<std::string> kElements = {"f32", "f64", "complex<f32>", "complex<f64>"};

Tolerance boundOf(const std::string &element, double factor = 1) {
  double unit = element.find("64") != std::string::npos ? 1e-12 : 2e-4;
  return {unit * factor, unit * factor};
}

using Create = std::unique_ptr<KernelEmitter> (*)();
void check(Create create, const std::string &text, Tolerance tolerance, const std::string &sizes = "",
           const std::vector<std::vector<int64_t>> &sizeValues = {{}}) {
  KernelHarness harness(text, sizes);
  harness.check(*create(), sizeValues, Values::Plain, tolerance);
}

// A tensor of matrices with a static, or (batch < 0) symbolic, batch.
struct Stack {
  int64_t batch;
  std::string of(const std::string &dims, const std::string &element) const {
    if (batch < 0) {
      std::string list = dims;
      for (size_t at = list.find('x'); at != std::string::npos; at = list.find('x', at))
        list.replace(at, 1, ", ");
      return "tensor<?x" + dims + (dims.empty() ? "" : "x") + element + ", #ingot.dims<[s0" + (list.empty() ? "" : ", ") +
             list + "]>>";
    }
    std::string front = batch == 0 ? "" : std::to_string(batch) + "x";
    return "tensor<" + front + dims + (dims.empty() ? "" : "x") + element + ">";
  }
  int rank() const { return batch == 0 ? 2 : 3; }
};

std::string floatOf(const std::string &element) { return element.find("complex") == 0 ? element.substr(8, 3) : element; }

// %name: `from` with `weight` added where row + shift is the column, modulo the columns.
std::string dominant(const std::string &name, const std::string &from, const Stack &stack, const std::string &dims,
                     const std::string &element, double weight, int shift = 0) {
  std::string type = stack.of(dims, element), index = stack.of(dims, "i32"), pred = stack.of(dims, "i1");
  std::string row = std::to_string(stack.rank() - 2), column = std::to_string(stack.rank() - 1);
  std::string columns = dims.substr(dims.find('x') + 1), number = std::to_string(weight);
  auto splat = [&](const std::string &value, const std::string &value0, const std::string &of, const std::string &text) {
    return "  %" + value0 + "_s = ingot.constant dense<" + text + "> : tensor<" + value + ">\n  %" + value0 +
           " = ingot.broadcast_in_dim %" + value0 + "_s dims = [] : (tensor<" + value + ">) -> " + of + "\n";
  };
  std::string one = element == floatOf(element) ? number : "(" + number + ", 0.0)";
  return "  %" + name + "_i = ingot.iota dim = " + row + " : " + index + "\n  %" + name + "_j = ingot.iota dim = " + column +
         " : " + index + "\n" + splat("i32", name + "_shift", index, std::to_string(shift)) +
         splat("i32", name + "_n", index, columns) + splat(element, name + "_w", type, one) + "  %" + name +
         "_k = ingot.add %" + name + "_i, %" + name + "_shift : " + index + "\n  %" + name + "_m = ingot.remainder %" +
         name + "_k, %" + name + "_n : " + index + "\n  %" + name + "_p = ingot.compare EQ %" + name + "_m, %" + name +
         "_j : " + index + "\n  %" + name + "_more = ingot.add %" + from + ", %" + name + "_w : " + type + "\n  %" + name +
         " = ingot.select %" + name + "_p, %" + name + "_more, %" + from + " : " + pred + ", " + type + "\n";
}

std::string square(int64_t n) { return std::to_string(n) + "x" + std::to_string(n); }

//===--- cholesky ---===//

std::string choleskyText(int64_t n, const Stack &stack, const std::string &element, const std::string &lower,
                         double weight) {
  std::string type = stack.of(square(n), element), info = stack.of("", "i32");
  return "ingot.kernel @k {\n^bb0(%a: " + type + "):\n" + dominant("d", "a", stack, square(n), element, weight) +
         "  %r, %i = ingot.cholesky %d " + lower + " : (" + type + ") -> (" + type + ", " + info +
         ")\n  ingot.return %r, %i : " + type + ", " + info + "\n}";
}

TEST(CholeskyKernel, TrianglesAndSizes) {
  for (const std::string &element : kElements)
    for (const char *lower : {"lower", ""})
      check(createCholeskyEmitter, choleskyText(37, {0}, element, lower, 400), boundOf(element));
  for (int64_t n : {1, 7, 70})
    check(createCholeskyEmitter, choleskyText(n, {0}, "f64", "lower", 10.0 * double(n) + 4), boundOf("f64"));
  check(createCholeskyEmitter, choleskyText(0, {0}, "f32", "lower", 1), {});
  check(createCholeskyEmitter, choleskyText(12, {-1}, "f32", "lower", 100), boundOf("f32"), kBatch, kBatches);
  check(createCholeskyEmitter, choleskyText(5, {3}, "bf16", "", 60), {2e-2, 2e-2});
}

// Not definite: info tells where, the factor is NaN; the other matrices of the batch are what they are.
TEST(CholeskyKernel, NotDefinite) {
  check(createCholeskyEmitter, choleskyText(6, {5}, "f64", "lower", 7), {1e-8, 1e-8});
  check(createCholeskyEmitter, choleskyText(3, {8}, "complex<f64>", "", 4), {1e-8, 1e-8});
}

//===--- triangular_solve ---===//

TEST(TriangularSolveKernel, SidesTrianglesAndTranspositions) {
  auto text = [](int64_t n, int64_t k, const Stack &stack, const std::string &element, const std::string &transpose,
                 bool left, const std::string &flags) {
    std::string sides = left ? std::to_string(n) + "x" + std::to_string(k) : std::to_string(k) + "x" + std::to_string(n);
    std::string a = stack.of(square(n), element), b = stack.of(sides, element);
    // With ones on the diagonal what is beside it must be small.
    std::string small = "  %tiny_s = ingot.constant dense<" + std::string(element[0] == 'c' ? "(0.01, 0.0)" : "0.01") +
                        "> : tensor<" + element + ">\n  %tiny = ingot.broadcast_in_dim %tiny_s dims = [] : (tensor<" +
                        element + ">) -> " + a + "\n  %t = ingot.multiply %a, %tiny : " + a + "\n";
    return "ingot.kernel @k {\n^bb0(%a: " + a + ", %b: " + b + "):\n" + small +
           dominant("d", "t", stack, square(n), element, 2) + "  %r = ingot.triangular_solve " + transpose + " %d, %b " +
           (left ? "left " : "") + flags + " : (" + a + ", " + b + ") -> " + b + "\n  ingot.return %r : " + b + "\n}";
  };
  for (bool left : {true, false})
    for (const char *transpose : {"NO_TRANSPOSE", "TRANSPOSE", "ADJOINT"})
      for (const char *flags : {"", "lower", "unit", "lower unit"}) {
        check(createTriangularSolveEmitter, text(37, 5, {0}, "complex<f64>", transpose, left, flags), {1e-11, 1e-11});
        check(createTriangularSolveEmitter, text(6, 19, {0}, "f32", transpose, left, flags), {1e-4, 1e-4});
      }
  check(createTriangularSolveEmitter, text(67, 130, {0}, "f64", "TRANSPOSE", true, "lower"), {1e-11, 1e-11});
  check(createTriangularSolveEmitter, text(9, 1, {2}, "complex<f32>", "ADJOINT", false, "lower"), {1e-4, 1e-4});
  check(createTriangularSolveEmitter, text(8, 3, {-1}, "f32", "NO_TRANSPOSE", true, "lower"), {1e-4, 1e-4}, kBatch,
        kBatches);
  for (auto [n, k] : {std::pair(0, 3), {3, 0}, {1, 1}})
    check(createTriangularSolveEmitter, text(n, k, {0}, "f32", "NO_TRANSPOSE", true, "lower"), {1e-4, 1e-4});
}

//===--- lu ---===//

std::string luText(int64_t rows, int64_t columns, const Stack &stack, const std::string &element, double weight) {
  std::string dims = std::to_string(rows) + "x" + std::to_string(columns), type = stack.of(dims, element),
              pivots = stack.of(std::to_string(std::min(rows, columns)), "i32"), info = stack.of("", "i32");
  return "ingot.kernel @k {\n^bb0(%a: " + type + "):\n" + dominant("d", "a", stack, dims, element, weight, 1) +
         "  %r, %p, %i = ingot.lu %d : (" + type + ") -> (" + type + ", " + pivots + ", " + info +
         ")\n  ingot.return %r, %p, %i : " + type + ", " + pivots + ", " + info + "\n}";
}

TEST(LuKernel, ShapesAndPivots) {
  for (const std::string &element : kElements)
    check(createLuEmitter, luText(40, 37, {0}, element, 30), boundOf(element, 5));
  for (auto [rows, columns] : {std::pair(1, 1), {70, 66}, {40, 71}, {40, 3}})
    check(createLuEmitter, luText(rows, columns, {0}, "f64", 30), boundOf("f64", 5));
  check(createLuEmitter, luText(0, 3, {0}, "f32", 1), {});
  check(createLuEmitter, luText(8, 8, {-1}, "f32", 20), boundOf("f32", 5), kBatch, kBatches);
  // Rounded to few integers: many pivots of one size, and singular ones.
  std::string type = "tensor<60x3x3xf64>";
  check(createLuEmitter,
        "ingot.kernel @k {\n^bb0(%a: " + type + "):\n  %q = ingot.constant dense<0.25> : " + type +
            "\n  %s = ingot.multiply %a, %q : " + type + "\n  %f = ingot.floor %s : " + type +
            "\n  %r, %p, %i = ingot.lu %f : (" + type + ") -> (" + type +
            ", tensor<60x3xi32>, tensor<60xi32>)\n  ingot.return %r, %p, %i : " + type +
            ", tensor<60x3xi32>, tensor<60xi32>\n}",
        {1e-12, 1e-12});
}

//===--- reflectors ---===//

std::string qrText(int64_t rows, int64_t columns, const Stack &stack, const std::string &element) {
  std::string dims = std::to_string(rows) + "x" + std::to_string(columns), type = stack.of(dims, element),
              taus = stack.of(std::to_string(std::min(rows, columns)), element);
  return "ingot.kernel @k {\n^bb0(%a: " + type + "):\n" + dominant("d", "a", stack, dims, element, 20) +
         "  %r, %t = ingot.householder_qr %d : (" + type + ") -> (" + type + ", " + taus +
         ")\n  ingot.return %r, %t : " + type + ", " + taus + "\n}";
}

TEST(HouseholderQrKernel, Shapes) {
  for (const std::string &element : kElements)
    check(createHouseholderQrEmitter, qrText(40, 37, {0}, element), boundOf(element, 5));
  for (auto [rows, columns] : {std::pair(1, 1), {70, 66}, {40, 71}, {40, 3}})
    check(createHouseholderQrEmitter, qrText(rows, columns, {0}, "f64"), boundOf("f64", 5));
  check(createHouseholderQrEmitter, qrText(0, 3, {0}, "f32"), {});
  check(createHouseholderQrEmitter, qrText(3, 0, {0}, "f32"), {});
  check(createHouseholderQrEmitter, qrText(8, 8, {-1}, "f32"), boundOf("f32", 5), kBatch, kBatches);
}

// Squares of these elements overflow or vanish; a column of zeros has no reflector.
TEST(HouseholderQrKernel, LargeAndSmallElements) {
  for (const char *factor : {"1.0e+30", "1.0e-30", "0.0"}) {
    std::string type = "tensor<6x4xf32>";
    check(createHouseholderQrEmitter,
          "ingot.kernel @k {\n^bb0(%a: " + type + "):\n  %f = ingot.constant dense<" + factor + "> : " + type +
              "\n  %s = ingot.multiply %a, %f : " + type + "\n  %r, %t = ingot.householder_qr %s : (" + type + ") -> (" +
              type + ", tensor<4xf32>)\n  ingot.return %r, %t : " + type + ", tensor<4xf32>\n}",
          {1e-3, 1e-36});
  }
}

TEST(HouseholderProductKernel, Shapes) {
  auto text = [](int64_t rows, int64_t columns, int64_t count, const Stack &stack, const std::string &element) {
    std::string type = stack.of(std::to_string(rows) + "x" + std::to_string(columns), element),
                taus = stack.of(std::to_string(count), element);
    // Reflectors of random elements are none of matrices: factors are kept small, so that products stay so.
    std::string tiny = element[0] == 'c' ? "(0.01, 0.002)" : "0.01";
    return "ingot.kernel @k {\n^bb0(%a: " + type + ", %t: " + taus + "):\n  %f_s = ingot.constant dense<" + tiny +
           "> : tensor<" + element + ">\n  %f = ingot.broadcast_in_dim %f_s dims = [] : (tensor<" + element + ">) -> " +
           taus + "\n  %s = ingot.multiply %t, %f : " + taus + "\n  %r = ingot.householder_product %a, %s : (" + type +
           ", " + taus + ") -> " + type + "\n  ingot.return %r : " + type + "\n}";
  };
  for (const std::string &element : kElements)
    check(createHouseholderProductEmitter, text(9, 5, 4, {0}, element), boundOf(element, 10));
  for (auto [rows, columns, count] : {std::tuple(1, 1, 1), {10, 6, 0}})
    check(createHouseholderProductEmitter, text(rows, columns, count, {0}, "f64"), boundOf("f64", 10));
  check(createHouseholderProductEmitter, text(40, 37, 35, {0}, "f64"), {1e-9, 1e-9});
  check(createHouseholderProductEmitter, text(3, 0, 0, {0}, "f32"), {});
  check(createHouseholderProductEmitter, text(7, 5, 5, {-1}, "f32"), boundOf("f32", 10), kBatch, kBatches);
}

//===--- tridiagonal_solve ---===//

TEST(TridiagonalSolveKernel, SizesAndExchanges) {
  auto text = [](int64_t n, int64_t k, const Stack &stack, const std::string &element, bool isRounded) {
    std::string v = stack.of(std::to_string(n), element), b = stack.of(std::to_string(n) + "x" + std::to_string(k), element),
                info = stack.of("", "i32");
    std::string body = "ingot.kernel @k {\n^bb0(%l0: " + v + ", %d0: " + v + ", %u0: " + v + ", %b: " + b + "):\n";
    body += "  %e_s = ingot.constant dense<" +
            std::string(element[0] == 'c' ? "(0.125, 0.0)"
                        : isRounded       ? "0.125"
                                          : "1.0") +
            "> : tensor<" + element + ">\n  %e = ingot.broadcast_in_dim %e_s dims = [] : (tensor<" + element + ">) -> " + v +
            "\n";
    for (std::string name : {"l", "d", "u"})
      body += "  %" + name + "1 = ingot.multiply %" + name + "0, %e : " + v + "\n  %" + name + " = ingot." +
              (isRounded ? "floor" : "negate") + " %" + name + "1 : " + v + "\n";
    return body + "  %r:5 = ingot.tridiagonal_solve %l, %d, %u, %b : (" + v + ", " + v + ", " + v + ", " + b + ") -> (" + v +
           ", " + v + ", " + v + ", " + b + ", " + info + ")\n  ingot.return %r#0, %r#1, %r#2, %r#3, %r#4 : " + v + ", " +
           v + ", " + v + ", " + b + ", " + info + "\n}";
  };
  for (const char *element : {"f64", "complex<f64>"})
    for (auto [n, k] : {std::pair(1, 1), {2, 3}, {3, 1}, {50, 7}, {0, 2}, {4, 0}})
      check(createTridiagonalSolveEmitter, text(n, k, {2}, element, false), {1e-7, 1e-7});
  for (const char *element : {"f32", "complex<f32>"})
    check(createTridiagonalSolveEmitter, text(5, 3, {0}, element, false), {1e-2, 1e-2});
  check(createTridiagonalSolveEmitter, text(6, 2, {-1}, "f64", false), {1e-7, 1e-7}, kBatch, kBatches);
  // Elements of 0 and -1, with which nothing is rounded: many are singular.
  check(createTridiagonalSolveEmitter, text(3, 2, {200}, "f64", true), {1e-7, 1e-7});
}

//===--- fft ---===//

std::string fftText(const std::string &kind, int64_t n, const std::string &rows, const std::string &element) {
  std::string complex = "complex<" + element + ">", half = std::to_string(n ? n / 2 + 1 : 0), whole = std::to_string(n);
  bool symbolic = rows == "?";
  auto type = [&](const std::string &last, const std::string &of) {
    return "tensor<" + (rows.empty() ? "" : rows + "x") + last + "x" + of +
           (symbolic ? ", #ingot.dims<[s0, " + last + "]>" : "") + ">";
  };
  std::string from = kind == "RFFT" ? type(whole, element) : type(kind == "IRFFT" ? half : whole, complex);
  std::string to = kind == "IRFFT" ? type(whole, element) : type(kind == "RFFT" ? half : whole, complex);
  return "ingot.kernel @k {\n^bb0(%x: " + from + "):\n  %r = ingot.fft " + kind + " %x length = [" + whole + "] : (" + from +
         ") -> " + to + "\n  ingot.return %r : " + to + "\n}";
}

// Elements are below 4: a sum of n of them is right to some units of the last place of 4 sqrt(n).
TEST(FftKernel, LengthsAndKinds) {
  for (int64_t n : {0, 1, 2, 4, 13, 16, 17, 49, 97, 2310})
    check(createFftEmitter, fftText("FFT", n, "", "f64"), {1e-12, 1e-12});
  for (const char *kind : {"IFFT", "RFFT", "IRFFT"}) {
    for (int64_t n : {0, 1, 2, 15, 34})
      check(createFftEmitter, fftText(kind, n, "", "f64"), {1e-12, 1e-12});
    check(createFftEmitter, fftText(kind, 10, "0", "f64"), {});
    check(createFftEmitter, fftText(kind, 24, "?", "f32"), {2e-5, 2e-5}, "#ingot.size<\"n\", 0 to 70>",
          {{0}, {1}, {16}, {35}});
  }
  check(createFftEmitter, fftText("FFT", 24, "?", "f32"), {2e-5, 2e-5}, "#ingot.size<\"n\", 0 to 3>", {{0}, {1}, {3}});
  for (const char *rows : {"3", "37"})
    for (int64_t n : {12, 19, 289})
      check(createFftEmitter, fftText("FFT", n, rows, "f32"), {5e-5, 5e-5});
  check(createFftEmitter, fftText("FFT", 4096, "", "f64"), {1e-11, 1e-11});
  check(createFftEmitter, fftText("RFFT", 6000, "2", "f32"), {1e-4, 2e-4});
  check(createFftEmitter, fftText("IFFT", 2003, "", "f64"), {1e-12, 1e-12});
}

// Real parts and a frame of a window come from ops in front; columns are rows of a transpose.
TEST(FftKernel, FusedOperand) {
  check(createFftEmitter, R"(ingot.kernel @k {
    ^bb0(%x: tensor<16x9xf32>):
      %t = ingot.transpose %x perm = [1, 0] : (tensor<16x9xf32>) -> tensor<9x16xf32>
      %h = ingot.constant dense<0.5> : tensor<9x16xf32>
      %s = ingot.multiply %t, %h : tensor<9x16xf32>
      %c = ingot.complex %t, %s : tensor<9x16xf32>
      %r = ingot.fft FFT %c length = [16] : (tensor<9x16xcomplex<f32>>) -> tensor<9x16xcomplex<f32>>
      ingot.return %r : tensor<9x16xcomplex<f32>>
    })",
        {2e-5, 2e-5});
}

//===--- Work ---===//

// Multiplications that a kernel makes at n and at 4 n, compared.
double growth(Create create, llvm::function_ref<std::string(int64_t)> text, int64_t n) {
  auto work = [&](int64_t size) { return double(KernelHarness(text(size)).work(*create())); };
  double few = work(n), many = work(4 * n);
  EXPECT_GT(few, 0);
  return many / few;
}

TEST(LinearAlgebraWork, GrowsByItsPower) {
  auto solve = [](int64_t n) {
    std::string a = "tensor<" + square(n) + "xf32>", b = "tensor<" + std::to_string(n) + "x8xf32>";
    return "ingot.kernel @k {\n^bb0(%a: " + a + ", %b: " + b +
           "):\n  %r = ingot.triangular_solve NO_TRANSPOSE %a, %b left lower : (" + a + ", " + b + ") -> " + b +
           "\n  ingot.return %r : " + b + "\n}";
  };
  auto product = [](int64_t n) {
    std::string a = "tensor<" + square(n) + "xf32>", t = "tensor<" + std::to_string(n) + "xf32>";
    return "ingot.kernel @k {\n^bb0(%a: " + a + ", %t: " + t + "):\n  %r = ingot.householder_product %a, %t : (" + a + ", " +
           t + ") -> " + a + "\n  ingot.return %r : " + a + "\n}";
  };
  // Cubes: 64; what is not of the highest power makes it less.
  EXPECT_LT(growth(createCholeskyEmitter, [](int64_t n) { return choleskyText(n, {0}, "f32", "lower", 500); }, 64), 66);
  EXPECT_LT(growth(createLuEmitter, [](int64_t n) { return luText(n, n, {0}, "f32", 100); }, 64), 66);
  EXPECT_LT(growth(createHouseholderQrEmitter, [](int64_t n) { return qrText(n, n, {0}, "f32"); }, 64), 66);
  EXPECT_LT(growth(createHouseholderProductEmitter, product, 64), 66);
  EXPECT_LT(growth(createTriangularSolveEmitter, solve, 64), 17);
  // n log n: 4 * log(4 n) / log n, for lengths of small factors, and those whose convolutions have them.
  for (int64_t n : {256, 243, 251}) {
    double most = 4 * std::log(4.0 * double(n)) / std::log(double(n)) * (n == 251 ? 1.35 : 1.1);
    EXPECT_LT(growth(createFftEmitter, [](int64_t n) { return fftText("FFT", n, "", "f32"); }, n), most) << n;
    EXPECT_LT(growth(createFftEmitter, [](int64_t n) { return fftText("RFFT", n, "", "f32"); }, n), most) << n;
  }
}

} // namespace
} // namespace ingot::test
