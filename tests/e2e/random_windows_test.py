"""Random windows on every float type and on integers: select_and_scatter, reduce_window and reduce_precision, before any of it is taken
apart, compiled for several levels and both policies, against the interpreter."""
import random

import ingot_test

SEEDS = range(1, 3)
ELEMENTS = ("f32", "f64", "f16", "bf16", "i32", "ui8")
FORMS = (["--numerics=strict"], ["--mcpu=x86-64-v2"], ["--mcpu=native"])
# Sums of few terms of few bits are exact in f32; bf16 and f16 round once.
TOLERANCES = ("--rtol", "1e-5", "--atol", "1e-5")


class Program:
    """Chains of ops, each from arguments of its own to one result."""

    def __init__(self, seed, chains=8):
        self.random = random.Random(seed)
        self.arguments, self.body, self.results = [], [], []
        self.values = 0
        for number in range(chains):
            self.chain(ELEMENTS[(seed + number) % len(ELEMENTS)])

    def text(self):
        arguments = ", ".join(f'%{name}: {kind} {{ingot.name = "{name}"}}' for name, kind in self.arguments)
        kinds = ", ".join(f'{kind} {{ingot.name = "y{i}"}}' for i, (_, kind) in enumerate(self.results))
        names, types = (", ".join(column) for column in zip(*self.results))
        return (f"// ingot windows after import\nmodule {{\n  func.func @main({arguments}) -> ({kinds}) attributes {{ingot.entry}} {{\n"
                + "".join(f"    {line}\n" for line in self.body) + f"    return {names} : {types}\n  }}\n}}\n")

    def argument(self, dims, element):
        name = f"a{len(self.arguments)}"
        self.arguments.append((name, self.kind(dims, element)))
        return f"%{name}"

    def add(self, text):
        self.values += 1
        self.body.append(f"%{self.values} = ingot.{text}")
        return f"%{self.values}"

    @staticmethod
    def kind(dims, element):
        return "tensor<" + "".join(f"{dim}x" for dim in dims) + element + ">"

    def in_few_bits(self, value, kind, element):
        """Equal elements, so that select meets ties."""
        if element[0] in "iu":
            return value
        return self.add(f"reduce_precision {value} exponent = {self.random.randint(3, 5)} mantissa = {self.random.randint(0, 3)} : {kind}")

    def window(self, dims):
        """Window, strides, padding and the dims of its positions, of which there is one at least."""
        while True:
            window = [self.random.randint(1, 3) for _ in dims]
            stride = [self.random.randint(1, 3) for _ in dims]
            pad = [self.random.randint(0, 2) for _ in range(2 * len(dims))]
            room = [dim + low + high - size for dim, low, high, size in zip(dims, pad[::2], pad[1::2], window)]
            if min(room) >= 0:
                return window, stride, pad, [r // s + 1 for r, s in zip(room, stride)]

    def chain(self, element):
        choose = self.random.choice
        dims = [self.random.randint(1, 9) for _ in range(self.random.randint(1, 4))]
        window, stride, pad, positions = self.window(dims)
        kind, source_kind, scalar = self.kind(dims, element), self.kind(positions, element), self.kind([], element)
        operand = self.in_few_bits(self.argument(dims, element), kind, element)
        source = self.in_few_bits(self.argument(positions, element), source_kind, element)
        init = self.add(f"constant dense<{1 if element[0] in 'iu' else 0.5}> : {scalar}")
        pick, combine = choose(("GE", "GT", "LE", "LT")), choose(("add", "maximum", "minimum"))
        value = self.add(
            f"select_and_scatter {operand}, {source} init {init} window = {window} stride = {stride} pad = {pad}"
            f" : ({kind}, {source_kind}, {scalar}) -> {kind} select {{\n"
            f"    ^bb0(%a: {scalar}, %b: {scalar}):\n      %p = ingot.compare {pick} %a, %b : {scalar}\n      ingot.return %p : tensor<i1>\n"
            f"    }} scatter {{\n    ^bb0(%a: {scalar}, %b: {scalar}):\n      %s = ingot.{combine} %a, %b : {scalar}\n"
            f"      ingot.return %s : {scalar}\n    }}")
        if choose((True, False)):
            window, stride, pad, positions = self.window(dims)
            ones = [1] * len(dims)
            value = self.add(
                f"reduce_window({value} init {init}) window = {window} stride = {stride} base_dilate = {ones} dilate = {ones} pad = {pad}"
                f" : ({kind}, {scalar}) -> {self.kind(positions, element)} {{\n    ^bb0(%a: {scalar}, %b: {scalar}):\n"
                f"      %s = ingot.{choose(('maximum', 'minimum'))} %a, %b : {scalar}\n      ingot.return %s : {scalar}\n    }}")
            kind = self.kind(positions, element)
        self.results.append((value, kind))


class RandomWindows(ingot_test.TestCase):
    def test_all_forms_agree_with_the_interpreter(self):
        for seed in SEEDS:
            program = Program(seed)
            model = self.work / f"windows{seed}.mlir"
            model.write_text(program.text())
            inputs = [word for i in range(len(program.arguments)) for word in ("--input", f"random:{seed * 100 + i}")]
            expected = self.work / f"expected{seed}"
            self.run_program(ingot_test.INGOT, "run", model, "--from=import", *inputs, "--reference", "--output-dir", expected, "-q")
            answers = sorted(expected.iterdir())
            self.assertEqual(len(answers), len(program.results))
            for form in FORMS:
                with self.subTest(seed=seed, form=form):
                    checks = [word for path in answers for word in ("--expect", f"{path.stem}={path}")]
                    self.run_program(ingot_test.INGOT, "run", model, "--from=import", *inputs, *form, *checks, *TOLERANCES, "-q")


ingot_test.main()
