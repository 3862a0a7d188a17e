"""Random windows on every float type and on integers: select_and_scatter, reduce_window and reduce_precision, before any of it is taken
apart, compiled for several levels and both policies, against the interpreter."""
import random

import ingot_test
from dialect_program import AgreementTest, DialectProgram, kind

SEEDS = range(1, 3)
ELEMENTS = ("f32", "f64", "f16", "bf16", "i32", "ui8")
FORMS = (["--numerics=strict"], ["--mcpu=x86-64-v2"], ["--mcpu=native"])
# Sums of few terms of few bits are exact in f32; bf16 and f16 round once.
TOLERANCES = ("--rtol", "1e-5", "--atol", "1e-5")


class Program(DialectProgram):
    """Chains of ops, each from arguments of its own to one result."""

    def __init__(self, seed, chains=8):
        super().__init__()
        self.random = random.Random(seed)
        self.values = 0
        for number in range(chains):
            self.chain(ELEMENTS[(seed + number) % len(ELEMENTS)])

    def add(self, text):
        self.values += 1
        self.body.append(f"%{self.values} = ingot.{text}")
        return f"%{self.values}"

    def in_few_bits(self, value, whole, element):
        """Equal elements, so that select meets ties."""
        if element[0] in "iu":
            return value
        return self.add(f"reduce_precision {value} exponent = {self.random.randint(3, 5)} mantissa = {self.random.randint(0, 3)} : {whole}")

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
        whole, source_kind, scalar = kind(dims, element), kind(positions, element), kind([], element)
        operand = self.in_few_bits(self.argument(dims, element), whole, element)
        source = self.in_few_bits(self.argument(positions, element), source_kind, element)
        init = self.add(f"constant dense<{1 if element[0] in 'iu' else 0.5}> : {scalar}")
        pick, combine = choose(("GE", "GT", "LE", "LT")), choose(("add", "maximum", "minimum"))
        value = self.add(
            f"select_and_scatter {operand}, {source} init {init} window = {window} stride = {stride} pad = {pad}"
            f" : ({whole}, {source_kind}, {scalar}) -> {whole} select {{\n"
            f"    ^bb0(%a: {scalar}, %b: {scalar}):\n      %p = ingot.compare {pick} %a, %b : {scalar}\n      ingot.return %p : tensor<i1>\n"
            f"    }} scatter {{\n    ^bb0(%a: {scalar}, %b: {scalar}):\n      %s = ingot.{combine} %a, %b : {scalar}\n"
            f"      ingot.return %s : {scalar}\n    }}")
        if choose((True, False)):
            window, stride, pad, positions = self.window(dims)
            ones = [1] * len(dims)
            value = self.add(
                f"reduce_window({value} init {init}) window = {window} stride = {stride} base_dilate = {ones} dilate = {ones} pad = {pad}"
                f" : ({whole}, {scalar}) -> {kind(positions, element)} {{\n    ^bb0(%a: {scalar}, %b: {scalar}):\n"
                f"      %s = ingot.{choose(('maximum', 'minimum'))} %a, %b : {scalar}\n      ingot.return %s : {scalar}\n    }}")
            whole = kind(positions, element)
        self.results.append((value, whole))


class RandomWindows(AgreementTest):
    def test_all_forms_agree_with_the_interpreter(self):
        for seed in SEEDS:
            self.check_agreement(Program(seed), seed, FORMS, TOLERANCES)


ingot_test.main()
