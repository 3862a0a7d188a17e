// Factorisations, systems and transforms small enough to be worked out by hand; LAPACK's conventions for what they store.
#include "tests/ir/reference/Harness.h"

namespace ingot::test {
namespace {

// `op` gives `results` results, of which %r is number `which`, of `type`.
void expectResult(const std::string &operands, const std::string &op, int which, int results, const std::string &type,
                  const std::string &expected, double tolerance = 1e-12) {
  std::string body = operands + "\n%all" + (results > 1 ? ":" + std::to_string(results) : "") + " = " + op + "\n";
  std::string value = results > 1 ? "%all#" + std::to_string(which) : "%all";
  body += "%r = ingot.copy " + value + " : " + type;
  expectValue(body, type, "dense<" + expected + ">", tolerance);
}

std::string constant(const std::string &name, const std::string &type, const std::string &value) {
  return "%" + name + " = ingot.constant dense<" + value + "> : " + type + "\n";
}

TEST(LinearAlgebra, Cholesky) {
  const std::string type = "tensor<2x3x3xf64>", signature = "(" + type + ") -> (" + type + ", tensor<2xi32>)";
  // The second matrix is definite up to its second leading minor alone; the triangle that is not read holds rubbish.
  const std::string lower = constant("a", type,
                                     "[[[1.0, 99.0, 99.0], [2.0, 20.0, 99.0], [3.0, 26.0, 70.0]], "
                                     "[[4.0, 9.0, 9.0], [2.0, 1.0, 9.0], [0.0, 0.0, 1.0]]]");
  const std::string factor = "[[[1.0, 0.0, 0.0], [2.0, 4.0, 0.0], [3.0, 5.0, 6.0]], "
                             "[[0x7FF8000000000000, 0.0, 0.0], [0x7FF8000000000000, 0x7FF8000000000000, 0.0], "
                             "[0x7FF8000000000000, 0x7FF8000000000000, 0x7FF8000000000000]]]";
  expectResult(lower, "ingot.cholesky %a lower : " + signature, 0, 2, type, factor);
  expectResult(lower, "ingot.cholesky %a lower : " + signature, 1, 2, "tensor<2xi32>", "[0, 2]", 0);
  const std::string one = "tensor<2x2xcomplex<f64>>", own = "(" + one + ") -> (" + one + ", tensor<i32>)";
  // [[4, 2 - 2i], [2 + 2i, 11]]; imaginary parts of the diagonal are not read.
  expectResult(constant("a", one, "[[(4.0, 7.0), (9.0, 9.0)], [(2.0, 2.0), (11.0, 0.0)]]"),
               "ingot.cholesky %a lower : " + own, 0, 2, one, "[[(2.0, 0.0), (0.0, 0.0)], [(1.0, 1.0), (3.0, 0.0)]]");
  expectResult(constant("a", one, "[[(4.0, 7.0), (2.0, -2.0)], [(9.0, 9.0), (11.0, 0.0)]]"), "ingot.cholesky %a : " + own, 0,
               2, one, "[[(2.0, 0.0), (1.0, -1.0)], [(0.0, 0.0), (3.0, 0.0)]]");
}

TEST(LinearAlgebra, TriangularSolve) {
  const std::string m = "tensor<2x2xf64>";
  const std::string a = constant("a", m, "[[2.0, 3.0], [5.0, 4.0]]"), b = constant("b", m, "[[2.0, 4.0], [8.0, 16.0]]");
  auto expectSolve = [&](const std::string &flags, const std::string &expected) {
    const size_t end = std::min(flags.find(' '), flags.size());
    const std::string transpose = flags.substr(0, end), rest = flags.substr(end);
    expectResult(a + b, "ingot.triangular_solve " + transpose + " %a, %b" + rest + " : (" + m + ", " + m + ") -> " + m, 0, 1,
                 m, expected);
  };
  expectSolve("NO_TRANSPOSE left lower", "[[1.0, 2.0], [0.75, 1.5]]");       // x0 = b0 / 2, x1 = (b1 - 5 x0) / 4
  expectSolve("NO_TRANSPOSE left", "[[-2.0, -4.0], [2.0, 4.0]]");            // x1 = b1 / 4, x0 = (b0 - 3 x1) / 2
  expectSolve("TRANSPOSE left lower", "[[-4.0, -8.0], [2.0, 4.0]]");         // x1 = b1 / 4, x0 = (b0 - 5 x1) / 2
  expectSolve("ADJOINT left", "[[1.0, 2.0], [1.25, 2.5]]");                  // x0 = b0 / 2, x1 = (b1 - 3 x0) / 4
  expectSolve("NO_TRANSPOSE left lower unit", "[[2.0, 4.0], [-2.0, -4.0]]"); // x1 = b1 - 5 b0
  expectSolve("NO_TRANSPOSE lower", "[[-1.5, 1.0], [-6.0, 4.0]]");           // columns: x1 = b1 / 4, x0 = (b0 - 5 x1) / 2
  expectSolve("NO_TRANSPOSE", "[[1.0, 0.25], [4.0, 1.0]]");                  // x0 = b0 / 2, x1 = (b1 - 3 x0) / 4
  expectSolve("TRANSPOSE lower", "[[1.0, -0.25], [4.0, -1.0]]");             // x0 = b0 / 2, x1 = (b1 - 5 x0) / 4
  const std::string c = "tensor<1x1xcomplex<f32>>",
                    z = constant("a", c, "[[(0.0, 2.0)]]") + constant("b", c, "[[(4.0, 0.0)]]");
  expectResult(z, "ingot.triangular_solve TRANSPOSE %a, %b left : (" + c + ", " + c + ") -> " + c, 0, 1, c,
               "[[(0.0, -2.0)]]");
  expectResult(z, "ingot.triangular_solve ADJOINT %a, %b left : (" + c + ", " + c + ") -> " + c, 0, 1, c, "[[(0.0, 2.0)]]");
}

TEST(LinearAlgebra, LuExchangesRows) {
  const std::string type = "tensor<3x3xf64>",
                    op = "ingot.lu %a : (" + type + ") -> (" + type + ", tensor<3xi32>, tensor<i32>)";
  const std::string a = constant("a", type, "[[1.0, 2.0, 4.0], [2.0, 8.0, 2.0], [-4.0, 4.0, 8.0]]");
  // Rows 3, 2, 1: [-4, 4, 8]; [2, 8, 2] + half of it: [0, 10, 6]; [1, 2, 4] + a quarter: [0, 3, 6] - 0.3 of the second.
  expectResult(a, op, 0, 3, type, "[[-4.0, 4.0, 8.0], [-0.5, 10.0, 6.0], [-0.25, 0.3, 4.2]]");
  expectResult(a, op, 1, 3, "tensor<3xi32>", "[3, 2, 3]", 0);
  expectResult(a, op, 2, 3, "tensor<i32>", "0", 0);
  // Singular: the second column has nothing left, elimination goes on behind it.
  const std::string singular = constant("a", type, "[[2.0, 4.0, 1.0], [1.0, 2.0, 3.0], [1.0, 2.0, 5.0]]");
  expectResult(singular, op, 0, 3, type, "[[2.0, 4.0, 1.0], [0.5, 0.0, 2.5], [0.5, 0.0, 4.5]]");
  expectResult(singular, op, 2, 3, "tensor<i32>", "2", 0);
  const std::string wide = "tensor<1x2xcomplex<f32>>";
  expectResult(constant("a", wide, "[[(1.0, 2.0), (3.0, 4.0)]]"),
               "ingot.lu %a : (" + wide + ") -> (" + wide + ", tensor<1xi32>, tensor<i32>)", 1, 3, "tensor<1xi32>", "[1]",
               0);
}

TEST(LinearAlgebra, HouseholderReflectors) {
  const std::string type = "tensor<2x1xf64>",
                    op = "ingot.householder_qr %a : (" + type + ") -> (" + type + ", tensor<1xf64>)";
  // beta = -5, tau = (-5 - 3) / -5, v = 4 / (3 + 5).
  expectResult(constant("a", type, "[[3.0], [4.0]]"), op, 0, 2, type, "[[-5.0], [0.5]]");
  expectResult(constant("a", type, "[[3.0], [4.0]]"), op, 1, 2, "tensor<1xf64>", "[1.6]");
  expectResult(constant("a", type, "[[3.0], [0.0]]"), op, 0, 2, type, "[[3.0], [0.0]]");
  expectResult(constant("a", type, "[[3.0], [0.0]]"), op, 1, 2, "tensor<1xf64>", "[0.0]");
  // (I - 1.6 v v') of v = (1, 0.5): its first column is -0.6, -0.8.
  expectResult(constant("a", type, "[[-5.0], [0.5]]") + constant("t", "tensor<1xf64>", "[1.6]"),
               "ingot.householder_product %a, %t : (" + type + ", tensor<1xf64>) -> " + type, 0, 1, type,
               "[[-0.6], [-0.8]]");
  // A complex column of one element becomes real: alpha = 3 + 4i, beta = -5, tau = (8/5, 4/5).
  const std::string one = "tensor<1x1xcomplex<f64>>", z = constant("a", one, "[[(3.0, 4.0)]]");
  const std::string own = "ingot.householder_qr %a : (" + one + ") -> (" + one + ", tensor<1xcomplex<f64>>)";
  expectResult(z, own, 0, 2, one, "[[(-5.0, 0.0)]]");
  expectResult(z, own, 1, 2, "tensor<1xcomplex<f64>>", "[(1.6, 0.8)]");
}

TEST(LinearAlgebra, TridiagonalSolve) {
  const std::string v = "tensor<3xf64>", m = "tensor<3x1xf64>";
  const std::string op = "ingot.tridiagonal_solve %l, %d, %u, %b : (" + v + ", " + v + ", " + v + ", " + m + ") -> (" + v +
                         ", " + v + ", " + v + ", " + m + ", tensor<i32>)";
  // [[1, 2, 0], [4, 2, 2], [0, 3, 1]] * (1, 2, 3) = (5, 14, 9). Row 1 goes first: 4, 2, 2; then 1.5, -0.5 and 3, 1, of which
  // the latter goes first; what is left is -0.5 - 0.5 * 1 = -1.
  const std::string system = constant("l", v, "[7.0, 4.0, 3.0]") + constant("d", v, "[1.0, 2.0, 1.0]") +
                             constant("u", v, "[2.0, 2.0, 8.0]") + constant("b", m, "[[5.0], [14.0], [9.0]]");
  expectResult(system, op, 3, 5, m, "[[1.0], [2.0], [3.0]]");
  expectResult(system, op, 0, 5, v, "[7.0, 2.0, 3.0]");
  expectResult(system, op, 1, 5, v, "[4.0, 3.0, -1.0]");
  expectResult(system, op, 2, 5, v, "[2.0, 1.0, 8.0]");
  expectResult(system, op, 4, 5, "tensor<i32>", "0", 0);
  const std::string singular = constant("l", v, "[0.0, 0.0, 3.0]") + constant("d", v, "[1.0, 0.0, 0.0]") +
                               constant("u", v, "[2.0, 0.0, 0.0]") + constant("b", m, "[[5.0], [14.0], [9.0]]");
  expectResult(singular, op, 4, 5, "tensor<i32>", "3", 0);
  const std::string nan = "0x7FF8000000000000";
  expectResult(singular, op, 3, 5, m, "[[" + nan + "], [" + nan + "], [" + nan + "]]");
}

TEST(LinearAlgebra, FourierTransforms) {
  const std::string r = "tensor<4xf64>", half = "tensor<3xcomplex<f64>>", c = "tensor<4xcomplex<f64>>";
  const std::string x = constant("x", r, "[1.0, 2.0, 3.0, 5.0]");
  const std::string spectrum = "[(11.0, 0.0), (-2.0, 3.0), (-3.0, 0.0)]";
  expectResult(x, "ingot.fft RFFT %x length = [4] : (" + r + ") -> " + half, 0, 1, half, spectrum);
  // Imaginary parts of the first and the middle one are not read.
  expectResult(constant("x", half, "[(11.0, 5.0), (-2.0, 3.0), (-3.0, 6.0)]"),
               "ingot.fft IRFFT %x length = [4] : (" + half + ") -> " + r, 0, 1, r, "[1.0, 2.0, 3.0, 5.0]");
  const std::string z = constant("x", c, "[(0.0, 1.0), (0.0, 2.0), (0.0, 3.0), (0.0, 5.0)]");
  const std::string all = "[(0.0, 11.0), (-3.0, -2.0), (0.0, -3.0), (3.0, -2.0)]";
  expectResult(z, "ingot.fft FFT %x length = [4] : (" + c + ") -> " + c, 0, 1, c, all);
  expectResult(constant("x", c, all), "ingot.fft IFFT %x length = [4] : (" + c + ") -> " + c, 0, 1, c,
               "[(0.0, 1.0), (0.0, 2.0), (0.0, 3.0), (0.0, 5.0)]");
  // Two dims, an odd last one: columns are summed and subtracted.
  const std::string m = "tensor<2x3xf64>", t = "tensor<2x2xcomplex<f64>>";
  expectResult(constant("x", m, "[[1.0, 2.0, 3.0], [0.0, 1.0, 2.0]]"),
               "ingot.fft RFFT %x length = [2, 3] : (" + m + ") -> " + t, 0, 1, t,
               "[[(9.0, 0.0), (-3.0, 1.7320508075688772)], [(3.0, 0.0), (0.0, 0.0)]]");
  expectResult(constant("x", t, "[[(9.0, 0.0), (-3.0, 1.7320508075688772)], [(3.0, 0.0), (0.0, 0.0)]]"),
               "ingot.fft IRFFT %x length = [2, 3] : (" + t + ") -> " + m, 0, 1, m, "[[1.0, 2.0, 3.0], [0.0, 1.0, 2.0]]");
  const std::string none = "tensor<2x0xcomplex<f32>>";
  expectResult(constant("x", none, "[[], []]"), "ingot.fft FFT %x length = [0] : (" + none + ") -> " + none, 0, 1, none,
               "[[], []]");
}

} // namespace
} // namespace ingot::test
