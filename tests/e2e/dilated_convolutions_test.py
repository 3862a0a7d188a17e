"""Random convolutions of dilated inputs (transposed ones, gradients of those with strides), large enough to be split into phases: any
layout, groups, kernels that reach all phases or not, given as arguments and as constants; compiled for several levels and both policies,
against the interpreter."""
import random

import ingot_test
from dialect_program import AgreementTest, DialectProgram, kind

SEEDS = range(1, 5)
FORMS = (["--numerics=strict"], ["--mcpu=x86-64-v2"], ["--mcpu=native"])
TOLERANCES = ("--rtol", "1e-4", "--atol", "1e-4")


class Program(DialectProgram):
    """Convolutions, each of its own arguments, to a result each."""

    def __init__(self, seed, count=6):
        super().__init__()
        self.random = random.Random(seed)
        for number in range(count):
            self.convolution("f32" if number % 3 else self.random.choice(("f64", "i32")), number)

    def layout(self, front, spatial):
        """Places of the two named dims and the spatial ones in any order, as dimension numbers and as a function of dims."""
        order = [*front, *range(spatial)]
        self.random.shuffle(order)
        return ", ".join(map(str, order)), lambda named, sizes: [named[name] if isinstance(name, str) else sizes[name] for name in order]

    def convolution(self, element, number):
        between, choose = self.random.randint, self.random.choice
        spatial = choose((1, 1, 2, 2, 3))
        groups, batches = choose(((1, 1), (1, 1), (1, 1), (2, 1), (1, 2)))
        features, outputs, batch = 4 * groups, 8 * groups * batches, between(1, 2) * batches
        while True:
            sizes = [between({1: 200, 2: 16, 3: 7}[spatial], {1: 300, 2: 24, 3: 9}[spatial]) for _ in range(spatial)]
            kernel, dilation, spread = ([choose(c) for _ in range(spatial)] for c in ((1, 2, 3, 4, 5), (1, 1, 2, 3), (1, 2, 2, 3)))
            spread[0] = max(spread[0], 2)
            stride = [1 if s > 1 else choose((1, 2)) for s in spread]
            pad = [between(-2, 4) for _ in range(2 * spatial)]
            room = [(n - 1) * s + 1 + low + high - ((k - 1) * t + 1)
                    for n, s, low, high, k, t in zip(sizes, spread, pad[::2], pad[1::2], kernel, dilation)]
            if min(room) >= 0:
                break
        positions = [r // step + 1 for r, step in zip(room, stride)]
        given, place = self.layout("bf", spatial)
        x = place({"b": batch, "f": features}, sizes)
        taps, place = self.layout("io", spatial)
        w = place({"i": features // groups, "o": outputs}, kernel)
        made, place = self.layout("bf", spatial)
        y = place({"b": batch // batches, "f": outputs}, positions)
        operand = self.argument(x, element)
        if self.random.random() < 0.5:
            weight = self.argument(w, element)
        else:  # different everywhere: its own index, in eighths
            whole, count = kind(w, element), 1
            for dim in w:
                count *= dim
            self.body += [f"%i{number} = ingot.iota dim = 0 : {kind([count], element)}",
                          f"%r{number} = ingot.reshape %i{number} : ({kind([count], element)}) -> {whole}"]
            scale = "dense<1>" if element == "i32" else f"dense<{1 / count}>"
            self.body += [f"%c{number} = ingot.constant {scale} : {whole}",
                          f"%w{number} = ingot.multiply %r{number}, %c{number} : {whole}"]
            weight = f"%w{number}"
        attributes = "" if groups == batches == 1 else f" {{feature_group_count = {groups} : i64, batch_group_count = {batches} : i64}}"
        self.body.append(f"%y{number} = ingot.convolution {operand}, {weight} <[{given}]x[{taps}]->[{made}]> stride = {stride} pad = {pad} "
                         f"lhs_dilate = {spread} rhs_dilate = {dilation}{attributes} : ({kind(x, element)}, {kind(w, element)}) -> "
                         f"{kind(y, element)}")
        self.results.append((f"%y{number}", kind(y, element)))


class DilatedConvolutions(AgreementTest):
    def test_phases_agree_with_the_interpreter(self):
        for seed in SEEDS:
            self.check_agreement(Program(seed), seed, FORMS, TOLERANCES)


ingot_test.main()
