"""Factorisations, systems and Fourier transforms of several dims in whole programs, among products, transposes and strides: compiled
for several levels, both policies and without fusion, against the interpreter."""
import ingot_test

FORMS = (["--numerics=strict"], ["--mcpu=x86-64-v2"], ["--mcpu=x86-64-v3"], ["--mcpu=native"])


def program(arguments, body, results):
    names = ", ".join(f'%{name}: {kind} {{ingot.name = "{name}"}}' for name, kind in arguments)
    kinds = ", ".join(f'{kind} {{ingot.name = "y{i}"}}' for i, (_, kind) in enumerate(results))
    values, types = (", ".join(column) for column in zip(*results))
    return (f"// ingot algebra after import\nmodule {{\n  func.func @main({names}) -> ({kinds}) attributes {{ingot.entry}} {{\n"
            f"{body}    return {values} : {types}\n  }}\n}}\n")


def solved_system(element):
    """Of a matrix times its transpose, three ways: by Cholesky's factor, by LU, by reflectors."""
    a, b, batch = f"tensor<3x40x40x{element}>", f"tensor<3x40x4x{element}>", "tensor<3xi32>"
    body = f"""
    %many = ingot.constant dense<400.0> : {a}
    %row = ingot.iota dim = 1 : tensor<3x40x40xi32>
    %column = ingot.iota dim = 2 : tensor<3x40x40xi32>
    %eye = ingot.compare EQ %row, %column : tensor<3x40x40xi32>
    %square = ingot.dot_general %x, %x <batch = [0] x [0], contract = [2] x [2]> : ({a}, {a}) -> {a}
    %more = ingot.add %square, %many : {a}
    %definite = ingot.select %eye, %more, %square : tensor<3x40x40xi1>, {a}
    %l, %info = ingot.cholesky %definite lower : ({a}) -> ({a}, {batch})
    %half = ingot.triangular_solve NO_TRANSPOSE %l, %b left lower : ({a}, {b}) -> {b}
    %whole = ingot.triangular_solve TRANSPOSE %l, %half left lower : ({a}, {b}) -> {b}
    %u, %upper_info = ingot.cholesky %definite : ({a}) -> ({a}, {batch})
    %lu, %pivots, %lu_info = ingot.lu %definite : ({a}) -> ({a}, tensor<3x40xi32>, {batch})
    %flipped = ingot.transpose %definite perm = [0, 2, 1] : ({a}) -> {a}
    %r, %taus = ingot.householder_qr %flipped : ({a}) -> ({a}, tensor<3x40x{element}>)
    %q = ingot.householder_product %r, %taus : ({a}, tensor<3x40x{element}>) -> {a}
"""
    results = [("%whole", b), ("%u", a), ("%lu", a), ("%pivots", "tensor<3x40xi32>"), ("%r", a), ("%q", a), ("%info", batch)]
    return program([("x", a), ("b", b)], body, results)


def transforms(element):
    """There and back in two and three dims, every second row, and a convolution by a product of spectra."""
    real, half, rows = f"tensor<4x6x5x10x{element}>", f"tensor<4x6x5x6xcomplex<{element}>>", f"tensor<2x6x5x10x{element}>"
    whole, few = f"tensor<4x6x5x10xcomplex<{element}>>", f"tensor<2x6x5x6xcomplex<{element}>>"
    body = f"""
    %f = ingot.fft RFFT %x length = [6, 5, 10] : ({real}) -> {half}
    %back = ingot.fft IRFFT %f length = [6, 5, 10] : ({half}) -> {real}
    %c = ingot.complex %x, %y : {real}
    %g = ingot.fft FFT %c length = [5, 10] : ({whole}) -> {whole}
    %h = ingot.multiply %g, %g : {whole}
    %i = ingot.fft IFFT %h length = [5, 10] : ({whole}) -> {whole}
    %re = ingot.real %i : {whole}
    %im = ingot.imag %i : {whole}
    %second = ingot.slice %x [0, 0, 0, 0] to [4, 6, 5, 10] step [2, 1, 1, 1] : ({real}) -> {rows}
    %s = ingot.fft RFFT %second length = [10] : ({rows}) -> {few}
    %size = ingot.abs %s : {few}
"""
    return program([("x", real), ("y", real)], body,
                   [("%back", real), ("%re", real), ("%im", real), ("%size", f"tensor<2x6x5x6x{element}>")])


class LinearAlgebra(ingot_test.TestCase):
    def check(self, name, text, inputs, tolerance):
        model = self.work / f"{name}.mlir"
        model.write_text(text)
        given = [word for i in range(inputs) for word in ("--input", f"random:{i + 1}")]
        expected = self.work / f"expected_{name}"
        self.run_program(ingot_test.INGOT, "run", model, "--from=import", *given, "--reference", "--output-dir", expected, "-q")
        checks = [word for path in sorted(expected.iterdir()) for word in ("--expect", f"{path.stem}={path}")]
        self.assertTrue(checks)
        for form in FORMS:
            with self.subTest(program=name, form=form):
                self.run_program(ingot_test.INGOT, "run", model, "--from=import", *given, *form, *checks, "--rtol", tolerance, "--atol",
                                 tolerance, "-q")

    def test_systems(self):
        self.check("systems_f32", solved_system("f32"), 2, "2e-3")
        self.check("systems_f64", solved_system("f64"), 2, "1e-10")

    def test_transforms(self):
        self.check("transforms_f32", transforms("f32"), 2, "2e-3")
        self.check("transforms_f64", transforms("f64"), 2, "1e-11")


ingot_test.main()
