"""Products and convolutions in a loop by arguments, which are cut into panels before it: whole panels and not, and one that two read;
compiled for several levels and both policies, against the interpreter."""
import ingot_test
from dialect_program import AgreementTest, DialectProgram, kind

FORMS = (["--numerics=strict"], ["--mcpu=x86-64-v2"], ["--mcpu=native"])
TOLERANCES = ("--rtol", "1e-4", "--atol", "1e-4")


class Program(DialectProgram):
    """Two rounds that begin with an image of `features` channels and rows of as many columns."""

    def __init__(self, features):
        super().__init__()
        image, rows = kind([1, 9, 8, features], "f32"), kind([30, features], "f32")
        kernel, weight = kind([3, 3, features, features], "f32"), kind([features, features], "f32")
        x, y = self.argument([1, 9, 8, features], "f32"), self.argument([30, features], "f32")
        k, w = self.argument([3, 3, features, features], "f32"), self.argument([features, features], "f32")
        carried = f"tensor<i32>, {image}, {rows}"
        arguments = f"%i: tensor<i32>, %c: {image}, %r: {rows}"
        dot = "<batch = [] x [], contract = [1] x [0]>"
        self.body += [
            "%zero = ingot.constant dense<0> : tensor<i32>", "%one = ingot.constant dense<1> : tensor<i32>",
            "%two = ingot.constant dense<2> : tensor<i32>",
            f"%l:3 = ingot.while (%zero, {x}, {y}) : ({carried}) -> ({carried}) cond {{", f"^bb0({arguments}):",
            "%p = ingot.compare LT %i, %two : tensor<i32>", "ingot.return %p : tensor<i1>", "} do {", f"^bb0({arguments}):",
            "%n = ingot.add %i, %one : tensor<i32>",
            f"%d = ingot.convolution %c, {k} <[b, 0, 1, f]x[0, 1, i, o]->[b, 0, 1, f]> stride = [1, 1] pad = [1, 1, 1, 1] "
            f"lhs_dilate = [1, 1] rhs_dilate = [1, 1] : ({image}, {kernel}) -> {image}",
            f"%e = ingot.tanh %d : {image}",
            f"%s = ingot.dot_general %r, {w} {dot} : ({rows}, {weight}) -> {rows}", f"%t = ingot.tanh %s : {rows}",
            f"%u = ingot.dot_general %t, {w} {dot} : ({rows}, {weight}) -> {rows}", f"%v = ingot.tanh %u : {rows}",
            f"ingot.return %n, %e, %v : {carried}", "}"]
        self.results += [("%l#1", image), ("%l#2", rows)]


class LoopPanels(AgreementTest):
    def test_agree_with_the_interpreter(self):
        for seed, features in enumerate((16, 20), 1):
            self.check_agreement(Program(features), seed, FORMS, TOLERANCES)


ingot_test.main()
