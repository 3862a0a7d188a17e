"""Programs of the dialect made by tests, and the check that every way to compile one agrees with the interpreter."""
import ingot_test


def kind(dims, element):
    return "tensor<" + "".join(f"{dim}x" for dim in dims) + element + ">"


class DialectProgram:
    """A main function, by its parts: (name, type) of arguments, lines of the body, (value, type) of results."""

    def __init__(self):
        self.arguments, self.body, self.results = [], [], []

    def argument(self, dims, element):
        name = f"a{len(self.arguments)}"
        self.arguments.append((name, kind(dims, element)))
        return f"%{name}"

    def text(self):
        arguments = ", ".join(f'%{name}: {type_} {{ingot.name = "{name}"}}' for name, type_ in self.arguments)
        results = ", ".join(f'{type_} {{ingot.name = "y{i}"}}' for i, (_, type_) in enumerate(self.results))
        names, types = (", ".join(column) for column in zip(*self.results))
        return (f"// ingot program after import\nmodule {{\n  func.func @main({arguments}) -> ({results}) attributes {{ingot.entry}} {{\n"
                + "".join(f"    {line}\n" for line in self.body) + f"    return {names} : {types}\n  }}\n}}\n")


class AgreementTest(ingot_test.TestCase):
    def check_agreement(self, program, seed, forms, tolerances):
        """Runs the program on inputs drawn by `seed`, compiled with each of the options `forms`; its results are the interpreter's."""
        model, expected = self.work / f"program{seed}.mlir", self.work / f"expected{seed}"
        model.write_text(program.text())
        inputs = [word for i in range(len(program.arguments)) for word in ("--input", f"random:{seed * 100 + i}")]
        self.run_program(ingot_test.INGOT, "run", model, "--from=import", *inputs, "--reference", "--output-dir", expected, "-q")
        answers = sorted(expected.iterdir())
        self.assertEqual(len(answers), len(program.results))
        checks = [word for path in answers for word in ("--expect", f"{path.stem}={path}")]
        for form in forms:
            with self.subTest(seed=seed, form=form):
                self.run_program(ingot_test.INGOT, "run", model, "--from=import", *inputs, *form, *checks, *tolerances, "-q")
