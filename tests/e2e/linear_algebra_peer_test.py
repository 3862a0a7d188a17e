"""Factorisations, systems and Fourier transforms compiled, beside LAPACK and NumPy in f64: within some units of the last place of the
greatest element, for the size of the matrix, or for the logarithm of the length."""
import math
import unittest

import ingot_test

try:
    import numpy
    import scipy.linalg.lapack as lapack
except ImportError:
    numpy = lapack = None

UNIT = {"f32": 2.0**-23, "f64": 2.0**-52}


def text(arguments, body, results):
    names = ", ".join(f'%{name}: {kind} {{ingot.name = "{name}"}}' for name, kind in arguments)
    kinds = ", ".join(f'{kind} {{ingot.name = "y{i}"}}' for i, (_, kind) in enumerate(results))
    values, types = (", ".join(column) for column in zip(*results))
    return (f"// ingot algebra after import\nmodule {{\n  func.func @main({names}) -> ({kinds}) attributes {{ingot.entry}} {{\n    {body}\n"
            f"    return {values} : {types}\n  }}\n}}\n")


class Peers(ingot_test.TestCase):
    def setUp(self):
        super().setUp()
        if numpy is None:
            raise unittest.SkipTest("NumPy and SciPy are not installed; run tools/dev/install_peers")
        self.random = numpy.random.default_rng(11)

    def run_text(self, name, arguments, body, results):
        """The results of a program on arrays: arguments are (name, kind, array)."""
        model = self.work / f"{name}.mlir"
        model.write_text(text([(given, kind) for given, kind, _ in arguments], body, results))
        words = []
        for given, _, array in arguments:
            numpy.save(self.work / f"{given}.npy", array)
            words += ["--input", f"{given}={self.work / f'{given}.npy'}"]
        folder = self.work / f"results_{name}"
        self.run_program(ingot_test.INGOT, "run", model, "--from=import", *words, "--output-dir", folder, "-q")
        return [numpy.load(folder / f"y{i}.npy") for i in range(len(results))]

    def matrix(self, rows, columns, dtype):
        made = self.random.standard_normal((rows, columns))
        if numpy.issubdtype(dtype, numpy.complexfloating):
            made = made + 1j * self.random.standard_normal((rows, columns))
        return made.astype(dtype)

    def close(self, actual, expected, element, units):
        error = numpy.abs(actual - expected).max() / max(numpy.abs(expected).max(), 1e-300)
        self.assertLess(error, units * UNIT[element])

    def kinds(self):
        for element, real, whole in (("f32", numpy.float32, numpy.complex64), ("f64", numpy.float64, numpy.complex128)):
            yield element, element, real
            yield element, f"complex<{element}>", whole

    def test_lu(self):
        for element, kind, dtype in self.kinds():
            a = self.matrix(130, 110, dtype)
            m = f"tensor<130x110x{kind}>"
            lu, pivots, info = self.run_text("lu", [("a", m, a)], f"%r, %p, %i = ingot.lu %a : ({m}) -> ({m}, tensor<110xi32>, tensor<i32>)",
                                             [("%r", m), ("%p", "tensor<110xi32>"), ("%i", "tensor<i32>")])
            with self.subTest(kind=kind):
                self.assertEqual(info, 0)
                rows = numpy.arange(130)
                for step, pivot in enumerate(pivots):
                    rows[[step, pivot - 1]] = rows[[pivot - 1, step]]
                lower = numpy.tril(lu[:, :110], -1) + numpy.eye(130, 110)
                self.close(lower.astype(numpy.complex128) @ numpy.triu(lu[:110]), a[rows].astype(numpy.complex128), element, 130)
                if element == "f64":
                    _, expected, _ = (lapack.dgetrf if dtype == numpy.float64 else lapack.zgetrf)(a)
                    numpy.testing.assert_array_equal(pivots, expected + 1)

    def test_reflectors(self):
        for element, kind, dtype in self.kinds():
            a = self.matrix(90, 70, dtype)
            m, t = f"tensor<90x70x{kind}>", f"tensor<70x{kind}>"
            r, taus, q = self.run_text(
                "qr", [("a", m, a)], f"%r, %t = ingot.householder_qr %a : ({m}) -> ({m}, {t})\n"
                f"    %q = ingot.householder_product %r, %t : ({m}, {t}) -> {m}", [("%r", m), ("%t", t), ("%q", m)])
            with self.subTest(kind=kind):
                wide = numpy.complex128
                self.close(q.astype(wide) @ numpy.triu(r[:70]), a.astype(wide), element, 90)
                self.close(q.conj().T.astype(wide) @ q, numpy.eye(70), element, 90)
                if element == "f64":
                    expected, expected_taus, _, _ = (lapack.dgeqrf if dtype == numpy.float64 else lapack.zgeqrf)(a)
                    self.close(r, expected, element, 900)
                    self.close(taus, expected_taus, element, 900)

    def test_definite_systems(self):
        for element, kind, dtype in self.kinds():
            x = self.matrix(100, 100, dtype)
            a, b = (x @ x.conj().T + 100 * numpy.eye(100)).astype(dtype), self.matrix(100, 3, dtype)
            m, s = f"tensor<100x100x{kind}>", f"tensor<100x3x{kind}>"
            factor, solution = self.run_text(
                "cholesky", [("a", m, a), ("b", s, b)], f"%l, %i = ingot.cholesky %a lower : ({m}) -> ({m}, tensor<i32>)\n"
                f"    %h = ingot.triangular_solve NO_TRANSPOSE %l, %b left lower : ({m}, {s}) -> {s}\n"
                f"    %x = ingot.triangular_solve ADJOINT %l, %h left lower : ({m}, {s}) -> {s}", [("%l", m), ("%x", s)])
            with self.subTest(kind=kind):
                wide = numpy.complex128
                self.close(factor.astype(wide) @ factor.conj().T, a.astype(wide), element, 100)
                self.close(a.astype(wide) @ solution, b.astype(wide), element, 1000)

    def test_tridiagonal_systems(self):
        for element, kind, dtype in self.kinds():
            lower, diagonal, upper = (self.matrix(1, 200, dtype)[0] for _ in range(3))
            b = self.matrix(200, 2, dtype)
            v, s = f"tensor<200x{kind}>", f"tensor<200x2x{kind}>"
            x, info = self.run_text(
                "tridiagonal", [("l", v, lower), ("d", v, diagonal), ("u", v, upper), ("b", s, b)],
                f"%r:5 = ingot.tridiagonal_solve %l, %d, %u, %b : ({v}, {v}, {v}, {s}) -> ({v}, {v}, {v}, {s}, tensor<i32>)",
                [("%r#3", s), ("%r#4", "tensor<i32>")])
            a = numpy.diag(diagonal) + numpy.diag(lower[1:], -1) + numpy.diag(upper[:-1], 1)
            with self.subTest(kind=kind):
                self.assertEqual(info, 0)
                residual = numpy.abs(a.astype(numpy.complex128) @ x - b).max() / numpy.abs(x).max()
                self.assertLess(residual, 200 * UNIT[element])

    def test_transforms(self):
        for element, kind, dtype in self.kinds():
            if element == kind:
                continue
            for n in (16, 243, 1000, 1009, 4096, 5040, 65536):
                x = self.matrix(3, n, dtype)
                whole, half, real = f"tensor<3x{n}x{kind}>", f"tensor<3x{n // 2 + 1}x{kind}>", f"tensor<3x{n}x{element}>"
                y, z, r, s = self.run_text(
                    f"fft{n}", [("x", whole, x), ("y", real, x.real)],
                    f"%f = ingot.fft FFT %x length = [{n}] : ({whole}) -> {whole}\n"
                    f"    %i = ingot.fft IFFT %x length = [{n}] : ({whole}) -> {whole}\n"
                    f"    %r = ingot.fft RFFT %y length = [{n}] : ({real}) -> {half}\n"
                    f"    %s = ingot.fft IRFFT %r length = [{n}] : ({half}) -> {real}",
                    [("%f", whole), ("%i", whole), ("%r", half), ("%s", real)])
                with self.subTest(kind=kind, n=n):
                    wide = x.astype(numpy.complex128)
                    units = 2 * math.log2(n)
                    self.close(y, numpy.fft.fft(wide), element, units)
                    self.close(z, numpy.fft.ifft(wide), element, units)
                    self.close(r, numpy.fft.rfft(wide.real), element, units)
                    self.close(s, wide.real, element, 2 * units)


ingot_test.main()
