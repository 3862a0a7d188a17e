"""Composites as exporters spell them: each spelling is recognised, what only looks like one is not, and values stay.

A table is one model with an output for each spelling; `ingot-opt --raise` says what the outputs are.
"""
import re

import ingot_test
import onnx_model
from onnx_model import BOOL, FLOAT, FLOAT16, INT64
from spelled_functions import (ATTENTION, C, GELU, HARD_SWISH, LOG_SOFTMAX, MISH, NO_ATTENTION, NO_GELU, NO_HARD_SWISH, NO_LOG_SOFTMAX, NO_MISH,
                               NO_SOFTMAX, NO_SOFTPLUS, NO_SOFTSIGN, NO_SWISH, NO_TANH_GELU, QUICK_GELU, SOFTMAX, SOFTPLUS, SOFTSIGN,
                               SWISH, TANH_GELU, scores)
from spelled_pieces import (CELU, ELU, LEAKY_RELU, NO_CELU, NO_ELU, NO_LEAKY_RELU, NO_PRELU, NO_SELU, NO_THRESHOLDED_RELU, PRELU, SELU,
                            THRESHOLDED_RELU)
from spelled_norms import (BATCH_NORM, CHANNELS, GROUP_NORM, INSTANCE_NORM, LAYER_NORM, NO_BATCH_NORM, NO_GROUP_NORM, NO_LAYER_NORM,
                           NO_RMS_NORM, RMS_NORM)
from spelling import EPS, Graph, affine, centred, mean, sqrt_of, variance

OPT = ingot_test.BINARY / "bin" / "ingot-opt"


# What operators of ONNX are without looking.
OPERATORS = {
    "softmax": lambda g, x, q, s, w: g.Softmax(x, axis=1),
    "log_softmax": lambda g, x, q, s, w: g.LogSoftmax(x),
    "layer_norm": lambda g, x, q, s, w: g.LayerNormalization(x, w, w),
    "rms_norm": lambda g, x, q, s, w: g.RMSNormalization(x, w),
    "group_norm": lambda g, x, q, s, w: g.GroupNormalization(q, s, s, num_groups=2),
    "instance_norm": lambda g, x, q, s, w: g.InstanceNormalization(q, s, s),
    "batch_norm": lambda g, x, q, s, w: g.BatchNormalization(q, s, s, s, g.Abs(s)),
    "attention": lambda g, x, q, s, w: g.Attention(q, q, q, is_causal=1),
    "gelu": lambda g, x, q, s, w: g.Gelu(x, approximate="tanh"),
    "swish": lambda g, x, q, s, w: g.Swish(x, alpha=1.5),
    "mish": lambda g, x, q, s, w: g.Mish(x),
    "hard_swish": lambda g, x, q, s, w: g.HardSwish(x),
    "hard_sigmoid": lambda g, x, q, s, w: g.HardSigmoid(x, alpha=0.3),
    "softplus": lambda g, x, q, s, w: g.Softplus(x),
    "softsign": lambda g, x, q, s, w: g.Softsign(x),
    "celu": lambda g, x, q, s, w: g.Celu(x, alpha=2.0),
    "elu": lambda g, x, q, s, w: g.Elu(x),
    "selu": lambda g, x, q, s, w: g.Selu(x),
    "leaky_relu": lambda g, x, q, s, w: g.LeakyRelu(x),
    "thresholded_relu": lambda g, x, q, s, w: g.ThresholdedRelu(x),
    "prelu": lambda g, x, q, s, w: g.PRelu(x, w),
}


class Raise(ingot_test.TestCase):
    def raised_text(self, path):
        imported = self.work / "imported.mlir"
        self.run_program(ingot_test.INGOT, "compile", path, "-o", imported, "--stop-after=import", "-q")
        return self.run_program(OPT, imported, "--canonicalize", "--raise")[0]

    def raised(self, table, inputs, used, opset=17):
        """The model of a table, and the text of the op that gives each spelling's result once composites are raised."""
        g = Graph()
        operands = [g.input(name, *form) for name, *form in inputs][:used]
        outputs = []
        for spell in table.values():
            outputs.append(f"y{len(outputs)}")
            g.nodes.append(onnx_model.node("Cast", [spell(g, *operands)], [outputs[-1]], to=FLOAT))
        path = self.work / "spellings.onnx"
        g.save(path, [onnx_model.value(name, None) for name in outputs], opset)
        text = self.raised_text(path)
        main = text[text.index("@main"):].split("func.func")[0]
        ops = dict(re.findall(r"^\s*(%\w+) = (.*)$", main, re.M))

        def made(value):
            op = ops.get(value, "")
            return made(op.split()[1]) if op.startswith("ingot.convert ") else op
        returned = re.search(r"^\s*return (.*?) :", main, re.M).group(1).split(", ")
        return path, {title: made(value) for title, value in zip(table, returned)}

    def check(self, name, spellings, near_misses, inputs, used, roles=None, exceptions=None):
        """Each spelling is a composite of the name, with operands of these roles but for those that `exceptions` names; no
        near miss is one; and kernels compute what the interpreter does."""
        path, found = self.raised(spellings, inputs, used)
        for title, op in found.items():
            with self.subTest(composite=name, spelling=title):
                self.assertTrue(op.startswith(f'ingot.composite "{name}"'), op)
                if roles:
                    listed = re.search(r"operands = \[(.*?)\]", op).group(1)
                    self.assertEqual(re.findall(r'"(\w+)"', listed), (exceptions or {}).get(title, roles), op)
        self.run_program(ingot_test.INGOT, "diff", path, "--rtol", "4e-3")  # some round to f16 on the way
        if near_misses:
            for title, op in self.raised(near_misses, inputs, used)[1].items():
                with self.subTest(composite=name, near_miss=title):
                    self.assertFalse(op.startswith(f'ingot.composite "{name}"'), op)
        return found

    def test_operators(self):
        for kind in (FLOAT, FLOAT16):
            inputs = [("x", [2, 5, 16], kind), ("q", [2, 4, 6, 8], kind), ("s", [4], kind), ("w", [16], kind)]
            path, found = self.raised(OPERATORS, inputs, len(inputs), opset=24)
            for name, op in found.items():
                with self.subTest(operator=name, kind=kind):
                    self.assertTrue(op.startswith(f'ingot.composite "{name}"'), op)
            # Where a cast follows an f16 result, `fast` keeps what f16 would round.
            self.run_program(ingot_test.INGOT, "diff", path, *(["--rtol", "4e-3"] if kind == FLOAT16 else []))
            self.run_program(ingot_test.INGOT, "diff", path, "--numerics=strict")

    ROWS = [("x", [2, 5, 16]), ("w", [16]), ("b", [16])]

    def test_layer_norm(self):
        found = self.check("layer_norm", LAYER_NORM, NO_LAYER_NORM, self.ROWS, 3, ["input", "scale", "bias"], {
            "no bias": ["input", "scale"], "no affine": ["input"], "transposed there and back": ["input"]})
        self.assertIn("axes = array<i64: 1>", found["transposed there and back"])
        self.assertIn("axes = array<i64: 1, 2>", found["over the two last dims"])
        self.assertIn("epsilon = 9.9999997", found["flax: that, at least zero"])

    def test_layer_norm_by_batch_norm_of_rows(self):
        """As Keras spells it: statistics of the rows are given to a batch norm of them."""
        g = Graph()
        x = g.input("x", [2, 5, 16])
        y = g.Reshape(x, [1, 10, 16, 1])
        rows = g.BatchNormalization(y, g.weight([10], [1.0] * 10), g.weight([10], [0.0] * 10), mean(g, y, (0, 2, 3), 0),
                                    g.Squeeze(variance(g, y, (0, 2, 3)), [0, 2, 3]), epsilon=EPS)
        g.nodes.append(onnx_model.node("Reshape", [rows, g.weight([3], [2, 5, 16], INT64)], ["y"]))
        path = self.work / "rows.onnx"
        g.save(path, [onnx_model.value("y", None)])
        text = self.raised_text(path)
        self.assertIn('composite "layer_norm"', text)
        self.assertNotIn('"batch_norm"', text[text.index("@main"):].split("func.func")[0])
        self.run_program(ingot_test.INGOT, "diff", path)

    def test_epsilon_is_what_the_type_holds(self):
        """1e-5 as an f16 is 1.0014e-5, and 1e-12 is 0."""
        def spell(epsilon):
            def half(g, x, w, b):
                y = g.Cast(x, to=FLOAT16)
                d = g.Sub(y, g.ReduceMean(y, axes=[-1]))
                v = g.ReduceMean(g.Mul(d, d), axes=[-1])
                return g.Div(d, g.Sqrt(g.Add(v, g.half(epsilon))))
            return half
        _, found = self.raised({"small": spell(1e-5), "too small": spell(1e-12)}, self.ROWS, 3)
        self.assertIn("epsilon = 1.001358032", found["small"])
        self.assertIn("epsilon = 0.0", found["too small"])

    def test_what_others_read_is_not_hidden(self):
        """Where the centred value is a result of its own, there is no composite that would compute it twice; a
        normalised value that two affine parts share is one composite."""
        g = Graph()
        x, w, b = (g.input(name, dims) for name, dims in self.ROWS)
        d = centred(g, x)
        y = g.Div(d, sqrt_of(g, mean(g, g.Mul(d, d))))
        t = g.Tanh(x)
        n = g.Div(centred(g, t), sqrt_of(g, variance(g, t)))
        for result, name in ((d, "d"), (affine(g, y, w, b), "y"), (affine(g, n, w, b), "p"), (affine(g, n, b, w), "q")):
            g.nodes.append(onnx_model.node("Identity", [result], [name]))
        path = self.work / "shared.onnx"
        g.save(path, [onnx_model.value(name, None) for name in "dypq"])
        text = self.raised_text(path)
        # What is left of the first is the rms_norm of its centred value.
        self.assertEqual(sorted(re.findall(r'ingot.composite "(\w+)"', text)), ["layer_norm", "rms_norm"], text)
        self.assertIn('operands = ["input"]', text)

    def test_rms_norm(self):
        self.check("rms_norm", RMS_NORM, NO_RMS_NORM, self.ROWS, 3, ["input", "scale"], {"no scale": ["input"]})

    def test_softmax(self):
        found = self.check("softmax", SOFTMAX, NO_SOFTMAX, self.ROWS, 1)
        self.assertIn("axes = array<i64: 1>", found["over dim 1 by transposes"])

    def test_log_softmax(self):
        self.check("log_softmax", LOG_SOFTMAX, NO_LOG_SOFTMAX, self.ROWS, 1)

    def test_activations(self):
        inputs = self.ROWS + [("x2", [2, 5, 16])]
        for name, spellings, near, attribute in (
                ("gelu", GELU, NO_GELU, "none"), ("gelu", TANH_GELU, NO_TANH_GELU, "tanh"), ("gelu", QUICK_GELU, {}, "sigmoid"),
                ("softplus", SOFTPLUS, NO_SOFTPLUS, None), ("softsign", SOFTSIGN, NO_SOFTSIGN, None), ("swish", SWISH, NO_SWISH, None), ("mish", MISH, NO_MISH, None), ("hard_swish", HARD_SWISH, NO_HARD_SWISH, None)):
            found = self.check(name, spellings, near, inputs, 1)
            for op in found.values():
                self.assertIn(f'approximate = "{attribute}"' if attribute else "ingot", op)

    def test_pieces(self):
        inputs = self.ROWS + [("x2", [2, 5, 16])]
        for name, spellings, near in (("elu", ELU, NO_ELU), ("selu", SELU, NO_SELU), ("celu", CELU, NO_CELU), ("prelu", PRELU, NO_PRELU),
                                      ("leaky_relu", LEAKY_RELU, NO_LEAKY_RELU),
                                      ("thresholded_relu", THRESHOLDED_RELU, NO_THRESHOLDED_RELU)):
            found = self.check(name, spellings, near, inputs, 1)
            if name == "selu":
                for title, op in found.items():
                    self.assertRegex(op, r"alpha = 1\.67326\d+ : f64, gamma = 1\.0507\d+ : f64", title)
        found = self.check("prelu", {"a slope": lambda g, x, w, b, s: g.Where(g.Less(x, 0.0), g.Mul(x, s), x)}, {}, self.ROWS + [("s", [])], 4)
        self.assertIn("tensor<f32>) ->", found["a slope"])

    def test_attention(self):
        inputs = [(name, [2, 4, 6, 8]) for name in "qkv"] + [("m", [2, 1, 1, 6]), ("p", [6, 6], BOOL)]
        inputs += [(name, [2, 2, 6, 8]) for name in ("k2", "v2")] + [(name, [2, 6, 32]) for name in ("q3", "k3", "v3")]
        plain, masked = ["query", "key", "value"], ["query", "key", "value", "mask"]
        found = self.check("attention", ATTENTION, NO_ATTENTION, inputs, 5, plain, {
            **{title: masked for title in ("mask added", "mask first", "masked where", "filled where hidden",
                                         "hidden by minus infinity")},
            "mask and bias": masked + ["bias"], "bias over the mask": masked + ["bias"]})
        for title, op in found.items():
            self.assertIn("scale = 1.0" if title == "no scale" else "scale = 0.3535", op, title)
        self.assertIn("tensor<2x2x6x8xf32>", found["fewer heads, repeated"])
        self.assertIn("softcap = 3.0", found["softcap"])

    def test_attention_whose_weights_are_read(self):
        """The weights are the composite's second result; where they decide the values there is no composite."""
        def model(values):
            g = Graph()
            q, k, v = (g.input(name, [2, 4, 6, 8]) for name in "qkv")
            weights = g.Softmax(scores(g, q, k, C), axis=-1)
            means = g.ReduceMean(weights, axes=[1], keepdims=1)
            for result, name in ((g.MatMul(weights, values(g, v, means)), "y"), (means, "means")):
                g.nodes.append(onnx_model.node("Identity", [result], [name]))
            path = self.work / "weights.onnx"
            g.save(path, [onnx_model.value(name, None) for name in ("y", "means")])
            self.run_program(ingot_test.INGOT, "diff", path)
            return self.raised_text(path)
        text = model(lambda g, v, means: v)
        self.assertRegex(text, r'ingot.composite "attention".*results = \["output", "scores"\].*scores = "weights"')
        self.assertNotIn('"softmax"', text[text.index("@main"):].split("func.func")[0])
        text = model(lambda g, v, means: g.MatMul(means, v))
        self.assertNotIn('composite "attention"', text)

    def test_batch_norm(self):
        vectors = [(name, [CHANNELS, 1, 1]) for name in "sbmv"]
        roles = ["input", "scale", "bias", "mean", "variance"]
        self.check("batch_norm", BATCH_NORM, NO_BATCH_NORM, [("x", [2, CHANNELS, 3, 2])] + vectors, 5, roles, {
            "no bias": ["input", "scale", "mean", "variance"], "no scale": ["input", "bias", "mean", "variance"],
            "no affine": ["input", "mean", "variance"]})

    def test_instance_and_group_norm(self):
        inputs = [("x", [2, 4, 3, 5]), ("s", [4, 1, 1]), ("b", [4, 1, 1])]
        roles = ["input", "scale", "bias"]
        self.check("instance_norm", INSTANCE_NORM, {}, inputs, 3, roles, {"scale alone": ["input", "scale"]})
        self.check("group_norm", GROUP_NORM, NO_GROUP_NORM, inputs, 3, roles, {
            "no affine": ["input"], "scale alone": ["input", "scale"], "bias alone": ["input", "bias"]})

    def test_names_reach_the_kernels(self):
        path, _ = self.raised({"ln": LAYER_NORM["flax: that, at least zero"]}, self.ROWS, 3)
        text, _ = self.run_program(ingot_test.INGOT, "inspect", path)
        self.assertRegex(text, r"layer_norm_0 \[")


if __name__ == "__main__":
    ingot_test.main()
