"""Composites as exporters spell them: each spelling is recognised, what only looks like one is not, and values stay.

A table is one model with an output for each spelling; `ingot-opt --raise` says what the outputs are.
"""
import re

import ingot_test
import onnx_model
from onnx_model import BOOL, FLOAT, FLOAT16, INT64

OPT = ingot_test.BINARY / "bin" / "ingot-opt"


class Graph:
    """Nodes by calling their operators: g.Mul(x, 0.5). Numbers and lists of integers become initialisers."""

    def __init__(self):
        self.nodes, self.inputs, self.weights, self.outputs, self.count = [], [], [], [], 0

    def fresh(self):
        self.count += 1
        return f"t{self.count}"

    def input(self, name, dims, kind=FLOAT):
        self.inputs.append(onnx_model.value(name, dims, kind))
        return name

    def weight(self, dims, values, kind=FLOAT):
        name = self.fresh()
        self.weights.append(onnx_model.tensor(name, dims, values, kind))
        return name

    def half(self, value):
        return self.weight([], [value], FLOAT16)

    def __getattr__(self, kind):
        def add(*operands, **attributes):
            names = [x if isinstance(x, str) else self.weight([len(x)], x, INT64) if isinstance(x, list) else
                     self.weight([], [x]) for x in operands]
            result = self.fresh()
            self.nodes.append(onnx_model.node(kind, names, [result], **attributes))
            return result
        return add

    def save(self, path, outputs, opset=17):
        path.write_bytes(onnx_model.model(self.nodes, self.inputs, outputs, self.weights, opset=opset))


def mean(g, x, axes=(-1,), keep=1):
    return g.ReduceMean(x, axes=list(axes), keepdims=keep)


def centred(g, x, axes=(-1,)):
    return g.Sub(x, mean(g, x, axes))


def variance(g, x, axes=(-1,)):
    return mean(g, g.Pow(centred(g, x, axes), 2.0), axes)


EPS = 1e-5


def sqrt_of(g, v, eps=EPS):
    return g.Sqrt(g.Add(v, eps))


def shared_centre(finish):
    def spell(g, x, w, b):
        d = centred(g, x)
        return finish(g, d, mean(g, g.Pow(d, 2.0)), w, b)
    return spell


def affine(g, y, w, b):
    return g.Add(g.Mul(y, w), b)


def folded_affine(g, x, w, b):  # tf.nn.batch_normalization under Keras' LayerNormalization
    m = mean(g, x)
    inverse = g.Mul(g.Reciprocal(sqrt_of(g, variance(g, x))), w)
    return g.Add(g.Mul(x, inverse), g.Sub(b, g.Mul(m, inverse)))


def fast_variance(clamped):  # flax
    def spell(g, x, w, b):
        m = mean(g, x)
        v = g.Sub(mean(g, g.Mul(x, x)), g.Mul(m, m))
        v = g.Max(v, 0.0) if clamped else v
        return affine(g, g.Mul(g.Sub(x, m), g.Reciprocal(sqrt_of(g, v))), w, b)
    return spell


def half_with_casts(g, x, w, b):
    wide = g.Cast(g.Cast(x, to=FLOAT16), to=FLOAT)
    y = g.Cast(g.Div(centred(g, wide), sqrt_of(g, variance(g, wide))), to=FLOAT16)
    y = g.Add(g.Mul(y, g.Cast(w, to=FLOAT16)), g.Cast(b, to=FLOAT16))
    return g.Cast(y, to=FLOAT)


def transposed(spell, permutation=(0, 2, 1)):
    def around(g, x, *rest):
        return g.Transpose(spell(g, g.Transpose(x, perm=list(permutation)), *rest), perm=list(permutation))
    return around


def by_sums(g, x, w, b):
    m = g.Div(g.ReduceSum(x, [-1], keepdims=1), 16.0)
    d = g.Sub(x, m)
    v = g.Mul(g.ReduceSum(g.Mul(d, d), [-1], keepdims=1), 1 / 16)
    return affine(g, g.Div(d, sqrt_of(g, v)), w, b)


def unsqueezed(g, x, w, b):
    m = g.Unsqueeze(mean(g, x, keep=0), [2])
    d = g.Sub(x, m)
    v = g.Unsqueeze(mean(g, g.Mul(d, d), keep=0), [2])
    return affine(g, g.Div(d, sqrt_of(g, v)), w, b)


LAYER_NORM = {
    "torch legacy: pow, sqrt, div": shared_centre(lambda g, d, v, w, b: affine(g, g.Div(d, sqrt_of(g, v)), w, b)),
    "squares as products": lambda g, x, w, b: affine(
        g, g.Div(centred(g, x), sqrt_of(g, mean(g, g.Mul(centred(g, x), centred(g, x))))), w, b),
    "reciprocal of the root": shared_centre(lambda g, d, v, w, b: affine(g, g.Mul(d, g.Reciprocal(sqrt_of(g, v))), w, b)),
    "one over the root": shared_centre(lambda g, d, v, w, b: affine(g, g.Mul(d, g.Div(1.0, sqrt_of(g, v))), w, b)),
    "power of a half": shared_centre(lambda g, d, v, w, b: affine(g, g.Div(d, g.Pow(g.Add(v, EPS), 0.5)), w, b)),
    "power of minus a half": shared_centre(lambda g, d, v, w, b: affine(g, g.Mul(g.Pow(g.Add(v, EPS), -0.5), d), w, b)),
    "epsilon first, bias first, scale first": shared_centre(
        lambda g, d, v, w, b: g.Add(b, g.Mul(w, g.Div(d, g.Sqrt(g.Add(EPS, v)))))),
    "scale in the factor": shared_centre(lambda g, d, v, w, b: g.Add(g.Mul(d, g.Div(w, sqrt_of(g, v))), b)),
    "scaled before divided": shared_centre(lambda g, d, v, w, b: g.Add(g.Div(g.Mul(w, d), sqrt_of(g, v)), b)),
    "keras: folded affine": folded_affine,
    "flax: mean of squares less square of mean": fast_variance(False),
    "flax: that, at least zero": fast_variance(True),
    "sums over a number": by_sums,
    "jax: NaN where nothing is counted": shared_centre(lambda g, d, v, w, b: affine(g, g.Div(d, sqrt_of(g, g.Where(
        g.weight([1], [True], BOOL), v, float("nan")))), w, b)),
    "means without dims, unsqueezed": unsqueezed,
    "negated mean added": lambda g, x, w, b: (lambda d: affine(g, g.Div(d, sqrt_of(g, mean(g, g.Mul(d, d)))), w, b))(
        g.Add(x, g.Neg(mean(g, x)))),
    "casts around f16": half_with_casts,
    "no bias": shared_centre(lambda g, d, v, w, b: g.Mul(g.Div(d, sqrt_of(g, v)), w)),
    "no affine": shared_centre(lambda g, d, v, w, b: g.Div(d, sqrt_of(g, v))),
    "over the two last dims": lambda g, x, w, b: affine(
        g, g.Div(centred(g, x, (1, 2)), sqrt_of(g, variance(g, x, (1, 2)))), w, b),
    "transposed there and back": transposed(lambda g, x, w, b: g.Div(centred(g, x), sqrt_of(g, variance(g, x)))),
}

NO_LAYER_NORM = {
    "epsilon outside the root": shared_centre(lambda g, d, v, w, b: affine(g, g.Div(d, g.Add(g.Sqrt(v), EPS)), w, b)),
    "variance over another axis": lambda g, x, w, b: affine(
        g, g.Div(centred(g, x), sqrt_of(g, mean(g, g.Pow(centred(g, x), 2.0), (1,)))), w, b),
    "mean over another axis": lambda g, x, w, b: g.Div(centred(g, x), sqrt_of(g, variance(g, x, (1,)))),
    "unbiased variance": lambda g, x, w, b: g.Div(centred(g, x), sqrt_of(
        g, g.Div(g.ReduceSum(g.Pow(centred(g, x), 2.0), [-1], keepdims=1), 15.0))),
    "sum of squares": lambda g, x, w, b: g.Div(centred(g, x), sqrt_of(
        g, g.ReduceSum(g.Pow(centred(g, x), 2.0), [-1], keepdims=1))),
    "variance of another tensor": lambda g, x, w, b: g.Div(centred(g, x), sqrt_of(g, variance(g, g.Mul(x, x)))),
    "no root": lambda g, x, w, b: g.Div(centred(g, x), g.Add(variance(g, x), EPS)),
    "cubes": lambda g, x, w, b: g.Div(centred(g, x), sqrt_of(g, mean(g, g.Pow(centred(g, x), 3.0)))),
    "mean added": lambda g, x, w, b: g.Div(g.Add(x, mean(g, x)), sqrt_of(g, variance(g, x))),
}


def rms(g, x, square, finish):
    return finish(g, x, mean(g, square(g, x)))


def pow2(g, x):
    return g.Pow(x, 2.0)


def times_itself(g, x):
    return g.Mul(x, x)


def half_rms(g, x, w, b):
    wide = g.Cast(g.Cast(x, to=FLOAT16), to=FLOAT)
    y = g.Mul(wide, g.Reciprocal(sqrt_of(g, mean(g, g.Pow(wide, 2.0)))))
    return g.Cast(g.Mul(g.Cast(w, to=FLOAT16), g.Cast(y, to=FLOAT16)), to=FLOAT)


RMS_NORM = {
    "llama: pow, reciprocal": lambda g, x, w, b: g.Mul(w, g.Mul(x, g.Reciprocal(sqrt_of(g, mean(g, pow2(g, x)))))),
    "divided": lambda g, x, w, b: g.Mul(w, g.Div(x, sqrt_of(g, mean(g, pow2(g, x))))),
    "product, divided": lambda g, x, w, b: g.Mul(g.Div(x, sqrt_of(g, mean(g, times_itself(g, x)))), w),
    "one over": lambda g, x, w, b: g.Mul(g.Mul(x, g.Div(1.0, sqrt_of(g, mean(g, times_itself(g, x))))), w),
    "power of minus a half": lambda g, x, w, b: g.Mul(g.Mul(x, g.Pow(g.Add(mean(g, pow2(g, x)), EPS), -0.5)), w),
    "power of a half": lambda g, x, w, b: g.Mul(g.Div(x, g.Pow(g.Add(mean(g, pow2(g, x)), EPS), 0.5)), w),
    "scale first": lambda g, x, w, b: g.Div(g.Mul(x, w), sqrt_of(g, mean(g, pow2(g, x)))),
    "scale in the factor": lambda g, x, w, b: g.Mul(x, g.Div(w, sqrt_of(g, mean(g, pow2(g, x))))),
    "epsilon first": lambda g, x, w, b: g.Mul(g.Div(x, g.Sqrt(g.Add(EPS, mean(g, pow2(g, x))))), w),
    "sum over a number": lambda g, x, w, b: g.Mul(g.Div(x, sqrt_of(
        g, g.Div(g.ReduceSumSquare(x, axes=[-1], keepdims=1), 16.0))), w),
    "sum times a number": lambda g, x, w, b: g.Mul(g.Div(x, sqrt_of(
        g, g.Mul(g.ReduceSum(pow2(g, x), [-1], keepdims=1), 1 / 16))), w),
    "l2 norm over the root of a number": lambda g, x, w, b: g.Mul(g.Div(x, g.Pow(
        g.Add(g.Div(g.Pow(g.ReduceL2(x, axes=[-1], keepdims=1), 2.0), 16.0), EPS), 0.5)), w),
    "casts around f16": half_rms,
    "no scale": lambda g, x, w, b: g.Div(x, sqrt_of(g, mean(g, pow2(g, x)))),
    "one plus the weight": lambda g, x, w, b: g.Mul(g.Div(x, sqrt_of(g, mean(g, pow2(g, x)))), g.Add(w, 1.0)),
    "without dims, unsqueezed": lambda g, x, w, b: g.Mul(w, g.Div(x, sqrt_of(
        g, g.Unsqueeze(mean(g, pow2(g, x), keep=0), [2])))),
}
NO_RMS_NORM = {
    "epsilon outside": lambda g, x, w, b: g.Mul(w, g.Div(x, g.Add(g.Sqrt(mean(g, pow2(g, x))), EPS))),
    "sum": lambda g, x, w, b: g.Mul(w, g.Div(x, sqrt_of(g, g.ReduceSumSquare(x, axes=[-1], keepdims=1)))),
    "another tensor": lambda g, x, w, b: g.Mul(w, g.Div(g.Mul(x, x), sqrt_of(g, mean(g, pow2(g, x))))),
    "no square": lambda g, x, w, b: g.Div(x, sqrt_of(g, mean(g, g.Abs(x)))),
    "another number": lambda g, x, w, b: g.Div(x, sqrt_of(g, g.Div(g.ReduceSum(pow2(g, x), [-1], keepdims=1), 8.0))),
    "negative epsilon": lambda g, x, w, b: g.Div(x, sqrt_of(g, mean(g, pow2(g, x)), -1e-5)),
}


def spread(g, x, axis=-1):
    return g.Exp(g.Sub(x, g.ReduceMax(x, axes=[axis], keepdims=1)))


def total(g, x, axis=-1):
    return g.ReduceSum(x, [axis], keepdims=1)


def normal(g, e, axis=-1):
    return g.Div(e, total(g, e, axis))


def softmax_shared_max(g, x):
    e = spread(g, x)
    return g.Mul(e, g.Reciprocal(total(g, e)))


def split_sum(g, x):
    e = g.Exp(g.Add(x, g.Neg(g.ReduceMax(x, axes=[-1], keepdims=1))))
    return g.Div(e, g.Unsqueeze(g.ReduceSum(e, [2], keepdims=0), [2]))


def half_softmax(g, x):
    wide = g.Cast(g.Cast(x, to=FLOAT16), to=FLOAT)
    return g.Cast(g.Cast(normal(g, spread(g, wide)), to=FLOAT16), to=FLOAT)


SOFTMAX = {
    "operator": lambda g, x: g.Softmax(x, axis=-1),
    "less the maximum": lambda g, x: normal(g, spread(g, x)),
    "computed twice": lambda g, x: g.Div(spread(g, x), total(g, spread(g, x))),
    "no maximum": lambda g, x: normal(g, g.Exp(x)),
    "times the reciprocal": softmax_shared_max,
    "one over the sum": lambda g, x: (lambda e: g.Mul(g.Div(1.0, total(g, e)), e))(g.Exp(x)),
    "negated maximum, unsqueezed sum": split_sum,
    "power of the sum": lambda g, x: (lambda e: g.Mul(e, g.Pow(total(g, e), -1.0)))(spread(g, x)),
    "over dim 1": lambda g, x: normal(g, spread(g, x, 1), 1),
    "over dim 1 by transposes": transposed(lambda g, x: normal(g, spread(g, x))),
    "casts around f16": half_softmax,
    "of a scaled tensor": lambda g, x: normal(g, spread(g, g.Mul(x, 0.125))),
    "jax: maximum of finite numbers": lambda g, x: (lambda m: normal(g, g.Exp(g.Sub(x, g.Where(g.Equal(m, m), m, 0.0)))))(
        g.ReduceMax(x, axes=[-1], keepdims=1)),
    "less the maximum of all": lambda g, x: normal(g, g.Exp(g.Sub(x, g.ReduceMax(x, axes=[0, 1, 2], keepdims=1)))),
    "e to the logarithm": lambda g, x: g.Exp(g.Sub(x, g.Log(total(g, g.Exp(x))))),
    "a sum that is shared": lambda g, x: (lambda e: g.Div(e, g.Expand(total(g, e), [2, 5, 16])))(spread(g, x)),
}
NO_SOFTMAX = {
    "sum over another axis than it says": lambda g, x: g.Div(spread(g, x), total(g, g.Exp(g.Mul(x, 2.0)))),
    "maximum of one side alone": lambda g, x: g.Div(spread(g, x), total(g, g.Exp(x))),
    "times the sum": lambda g, x: g.Mul(spread(g, x), total(g, spread(g, x))),
    "mean for sum": lambda g, x: (lambda e: g.Div(e, mean(g, e)))(spread(g, x)),
    "plus epsilon": lambda g, x: (lambda e: g.Div(e, g.Add(total(g, e), 1e-3)))(spread(g, x)),
    "squares": lambda g, x: (lambda e: g.Div(g.Mul(e, e), total(g, e)))(spread(g, x)),
    "base 2 above": lambda g, x: g.Div(g.Exp(g.Mul(x, 0.6931472)), total(g, g.Exp(x))),
}

LOG_SOFTMAX = {
    "operator": lambda g, x: g.LogSoftmax(x, axis=-1),
    "log of the operator": lambda g, x: g.Log(g.Softmax(x, axis=-1)),
    "log of the quotient": lambda g, x: g.Log(normal(g, spread(g, x))),
    "less the log of the sum": lambda g, x: g.Sub(x, g.Log(total(g, g.Exp(x)))),
    "shifted, less the log of the sum": lambda g, x: (lambda s: g.Sub(s, g.Log(total(g, g.Exp(s)))))(
        g.Sub(x, g.ReduceMax(x, axes=[-1], keepdims=1))),
    "less log-sum-exp shifted back": lambda g, x: (lambda m: g.Sub(x, g.Add(m, g.Log(total(g, g.Exp(g.Sub(x, m)))))))(
        g.ReduceMax(x, axes=[-1], keepdims=1)),
    "plus the log of the reciprocal": lambda g, x: g.Add(x, g.Log(g.Reciprocal(total(g, g.Exp(x))))),
    "minus, added": lambda g, x: g.Add(g.Neg(g.Log(total(g, g.Exp(x)))), x),
    "log of exponent times reciprocal": lambda g, x: g.Log(softmax_shared_max(g, x)),
    "over dim 1": lambda g, x: g.Sub(x, g.Log(total(g, g.Exp(x), 1))),
    "less the operator log-sum-exp": lambda g, x: g.Sub(x, g.ReduceLogSumExp(x, axes=[-1], keepdims=1)),
    "by transposes": transposed(lambda g, x: g.Sub(x, g.Log(total(g, g.Exp(x))))),
    "unsqueezed": lambda g, x: g.Sub(x, g.Unsqueeze(g.Log(g.ReduceSum(g.Exp(x), [2], keepdims=0)), [2])),
    "log of two quotients": lambda g, x: g.Sub(g.Log(g.Exp(x)), g.Log(total(g, g.Exp(x)))),
}
NO_LOG_SOFTMAX = {
    "log of the sum of logs": lambda g, x: g.Sub(x, g.Log(total(g, g.Abs(x)))),
    "plus": lambda g, x: g.Add(x, g.Log(total(g, g.Exp(x)))),
    "twice": lambda g, x: g.Sub(x, g.Mul(2.0, g.Log(total(g, g.Exp(x))))),
    "maximum unbalanced": lambda g, x: g.Sub(x, g.Log(total(g, spread(g, x)))),
    "logarithm of base 2": lambda g, x: g.Sub(x, g.Div(g.Log(total(g, g.Exp(x))), 0.6931472)),
}

ROOT2 = 1.4142135381698608


def erf(g, x):
    return g.Erf(g.Div(x, ROOT2))


GELU = {
    "operator-like: x half (1 + erf)": lambda g, x: g.Mul(g.Mul(x, 0.5), g.Add(erf(g, x), 1.0)),
    "torch: x (erf + 1) half": lambda g, x: g.Mul(g.Mul(x, g.Add(erf(g, x), 1.0)), 0.5),
    "half (x (1 + erf))": lambda g, x: g.Mul(0.5, g.Mul(x, g.Add(1.0, erf(g, x)))),
    "x (half (1 + erf))": lambda g, x: g.Mul(x, g.Mul(0.5, g.Add(1.0, erf(g, x)))),
    "multiplied by the root of a half": lambda g, x: g.Mul(g.Mul(x, 0.5), g.Add(g.Erf(g.Mul(x, 0.7071067811865476)), 1.0)),
    "(1 + erf) over 2": lambda g, x: g.Mul(x, g.Div(g.Add(erf(g, x), 1.0), 2.0)),
    "x over 2": lambda g, x: g.Mul(g.Div(x, 2.0), g.Add(erf(g, x), 1.0)),
    "half plus half erf": lambda g, x: g.Mul(x, g.Add(0.5, g.Mul(0.5, erf(g, x)))),
    "spread out": lambda g, x: g.Add(g.Mul(0.5, x), g.Mul(g.Mul(0.5, x), erf(g, x))),
    "less erf of minus x": lambda g, x: g.Mul(g.Mul(x, 0.5), g.Sub(1.0, g.Erf(g.Div(g.Neg(x), ROOT2)))),
    "root computed": lambda g, x: g.Mul(g.Mul(x, 0.5), g.Add(g.Erf(g.Div(x, g.Sqrt(2.0))), 1.0)),
    "erf first": lambda g, x: g.Mul(g.Add(erf(g, x), 1.0), g.Mul(0.5, x)),
    "casts around f16": lambda g, x: (lambda y: g.Cast(g.Mul(g.Mul(g.Cast(y, to=FLOAT), 0.5), g.Add(erf(g, g.Cast(y, to=FLOAT)), 1.0)),
                                                        to=FLOAT16))(g.Cast(x, to=FLOAT16)),
    "of a sum": lambda g, x: (lambda y: g.Mul(g.Mul(y, 0.5), g.Add(erf(g, y), 1.0)))(g.Add(x, "b")),
}
NO_GELU = {
    "another factor within": lambda g, x: g.Mul(g.Mul(x, 0.5), g.Add(g.Erf(x), 1.0)),
    "no half": lambda g, x: g.Mul(x, g.Add(erf(g, x), 1.0)),
    "no one": lambda g, x: g.Mul(g.Mul(x, 0.5), erf(g, x)),
    "of another tensor": lambda g, x: g.Mul(g.Mul(x, 0.5), g.Add(erf(g, g.Abs(x)), 1.0)),
    "minus": lambda g, x: g.Mul(g.Mul(x, 0.5), g.Sub(erf(g, x), 1.0)),
    "squared": lambda g, x: g.Mul(g.Mul(g.Mul(x, x), 0.5), g.Add(erf(g, x), 1.0)),
}

ROOT = 0.7978845608028654


def cube(g, x):
    return g.Mul(g.Mul(x, x), x)


def gate(g, x, u):
    return g.Mul(g.Mul(x, 0.5), g.Add(g.Tanh(u), 1.0))


def inner(g, x, third):
    return g.Mul(g.Add(x, g.Mul(third, 0.044715)), ROOT)


TANH_GELU = {
    "power of three": lambda g, x: gate(g, x, inner(g, x, g.Pow(x, 3.0))),
    "products": lambda g, x: gate(g, x, inner(g, x, cube(g, x))),
    "x times square": lambda g, x: gate(g, x, inner(g, x, g.Mul(x, g.Mul(x, x)))),
    "root first": lambda g, x: gate(g, x, g.Mul(ROOT, g.Add(x, g.Mul(0.044715, g.Pow(x, 3.0))))),
    "factored: x (1 + c x^2)": lambda g, x: gate(g, x, g.Mul(g.Mul(x, ROOT), g.Add(1.0, g.Mul(0.044715, g.Mul(x, x))))),
    "spread out": lambda g, x: gate(g, x, g.Add(g.Mul(x, ROOT), g.Mul(g.Pow(x, 3.0), ROOT * 0.044715))),
    "constants in the cube": lambda g, x: gate(g, x, g.Mul(g.Add(x, g.Mul(g.Mul(g.Mul(x, 0.044715), x), x)), ROOT)),
    "half last": lambda g, x: g.Mul(0.5, g.Mul(x, g.Add(1.0, g.Tanh(inner(g, x, g.Pow(x, 3.0)))))),
    "half of the gate": lambda g, x: g.Mul(x, g.Mul(0.5, g.Add(1.0, g.Tanh(inner(g, x, g.Pow(x, 3.0)))))),
    "gate over two": lambda g, x: g.Mul(x, g.Div(g.Add(1.0, g.Tanh(inner(g, x, g.Pow(x, 3.0)))), 2.0)),
    "root of two over pi computed": lambda g, x: gate(g, x, g.Mul(g.Sqrt(g.Div(2.0, 3.141592653589793)), g.Add(
        x, g.Mul(0.044715, g.Pow(x, 3.0))))),
    "sigmoid of twice": lambda g, x: g.Mul(x, g.Sigmoid(g.Mul(2.0, inner(g, x, g.Pow(x, 3.0))))),
    "spread gate": lambda g, x: (lambda h: g.Add(h, g.Mul(h, g.Tanh(inner(g, x, cube(g, x))))))(g.Mul(0.5, x)),
    "of a sum": lambda g, x: (lambda y: gate(g, y, inner(g, y, g.Pow(y, 3.0))))(g.Add(x, "b")),
}
NO_TANH_GELU = {
    "square for cube": lambda g, x: gate(g, x, inner(g, x, g.Pow(x, 2.0))),
    "another constant": lambda g, x: gate(g, x, g.Mul(g.Add(x, g.Mul(g.Pow(x, 3.0), 0.0447)), ROOT)),
    "another root": lambda g, x: gate(g, x, g.Mul(g.Add(x, g.Mul(g.Pow(x, 3.0), 0.044715)), 0.8)),
    "no one": lambda g, x: g.Mul(g.Mul(x, 0.5), g.Tanh(inner(g, x, g.Pow(x, 3.0)))),
    "another x": lambda g, x: gate(g, g.Abs(x), inner(g, x, g.Pow(x, 3.0))),
}

SWISH = {
    "x sigmoid": lambda g, x: g.Mul(x, g.Sigmoid(x)),
    "sigmoid x": lambda g, x: g.Mul(g.Sigmoid(x), x),
    "over one plus e^-x": lambda g, x: g.Div(x, g.Add(1.0, g.Exp(g.Neg(x)))),
    "over e^-x plus one": lambda g, x: g.Div(x, g.Add(g.Exp(g.Mul(x, -1.0)), 1.0)),
    "times a reciprocal": lambda g, x: g.Mul(x, g.Reciprocal(g.Add(1.0, g.Exp(g.Neg(x))))),
    "times one over": lambda g, x: g.Mul(x, g.Div(1.0, g.Add(1.0, g.Exp(g.Neg(x))))),
    "e^x over one plus e^x": lambda g, x: (lambda e: g.Mul(x, g.Div(e, g.Add(e, 1.0))))(g.Exp(x)),
    "x e^x over": lambda g, x: (lambda e: g.Div(g.Mul(x, e), g.Add(1.0, e)))(g.Exp(x)),
    "over one plus one over e^x": lambda g, x: g.Div(x, g.Add(1.0, g.Reciprocal(g.Exp(x)))),
    "power of minus one": lambda g, x: g.Mul(x, g.Pow(g.Add(1.0, g.Exp(g.Neg(x))), -1.0)),
    "alpha of a half": lambda g, x: g.Mul(x, g.Sigmoid(g.Mul(x, 0.5))),
    "casts around f16": lambda g, x: (lambda y: g.Cast(g.Mul(y, g.Sigmoid(y)), to=FLOAT16))(
        g.Cast(g.Cast(x, to=FLOAT16), to=FLOAT)),
    "of a product": lambda g, x: (lambda y: g.Mul(y, g.Sigmoid(y)))(g.Mul(x, "w")),
}
NO_SWISH = {
    "sigmoid of another": lambda g, x: g.Mul(x, g.Sigmoid(g.Abs(x))),
    "two": lambda g, x: g.Div(x, g.Add(2.0, g.Exp(g.Neg(x)))),
    "minus": lambda g, x: g.Div(x, g.Sub(1.0, g.Exp(g.Neg(x)))),
    "plus": lambda g, x: g.Add(x, g.Sigmoid(x)),
    "glu": lambda g, x: g.Mul("x2", g.Sigmoid(x)),
}
QUICK_GELU = {
    "operator-like": lambda g, x: g.Mul(x, g.Sigmoid(g.Mul(x, 1.702))),
    "constant first": lambda g, x: g.Mul(g.Sigmoid(g.Mul(1.702, x)), x),
    "over one plus": lambda g, x: g.Div(x, g.Add(1.0, g.Exp(g.Mul(x, -1.702)))),
    "negated": lambda g, x: g.Div(x, g.Add(1.0, g.Exp(g.Neg(g.Mul(x, 1.702))))),
    "times a reciprocal": lambda g, x: g.Mul(x, g.Reciprocal(g.Add(1.0, g.Exp(g.Mul(x, -1.702))))),
    "divided": lambda g, x: g.Mul(x, g.Sigmoid(g.Div(x, 0.5875440657))),
    "e^ over": lambda g, x: (lambda e: g.Div(g.Mul(x, e), g.Add(1.0, e)))(g.Exp(g.Mul(x, 1.702))),
    "power of minus one": lambda g, x: g.Mul(x, g.Pow(g.Add(1.0, g.Exp(g.Mul(x, -1.702))), -1.0)),
    "times one over": lambda g, x: g.Mul(g.Div(1.0, g.Add(g.Exp(g.Mul(-1.702, x)), 1.0)), x),
    "of a sum": lambda g, x: (lambda y: g.Mul(y, g.Sigmoid(g.Mul(y, 1.702))))(g.Add(x, "b")),
    "transposed there and back": transposed(lambda g, x: g.Mul(x, g.Sigmoid(g.Mul(x, 1.702)))),
    "casts around f16": lambda g, x: (lambda y: g.Cast(g.Mul(y, g.Sigmoid(g.Mul(y, 1.702))), to=FLOAT16))(
        g.Cast(g.Cast(x, to=FLOAT16), to=FLOAT)),
}

SOFTPLUS = {
    "operator": lambda g, x: g.Softplus(x),
    "log of one plus": lambda g, x: g.Log(g.Add(1.0, g.Exp(x))),
    "log of plus one": lambda g, x: g.Log(g.Add(g.Exp(x), 1.0)),
    "minus log of sigmoid": lambda g, x: g.Neg(g.Log(g.Sigmoid(g.Neg(x)))),
    "log of the reciprocal of a sigmoid": lambda g, x: g.Log(g.Reciprocal(g.Sigmoid(g.Neg(x)))),
    "relu and the rest": lambda g, x: g.Add(g.Relu(x), g.Log(g.Add(1.0, g.Exp(g.Neg(g.Abs(x)))))),
    "maximum and the rest": lambda g, x: g.Add(g.Log(g.Add(g.Exp(g.Neg(g.Abs(x))), 1.0)), g.Max(x, 0.0)),
    "x less log of sigmoid": lambda g, x: g.Sub(x, g.Log(g.Sigmoid(x))),
    "x plus the mirrored": lambda g, x: g.Add(x, g.Log(g.Add(1.0, g.Exp(g.Neg(x))))),
    "minus log of one over": lambda g, x: g.Neg(g.Log(g.Div(1.0, g.Add(1.0, g.Exp(x))))),
    "of a sum": lambda g, x: g.Log(g.Add(1.0, g.Exp(g.Add(x, "b")))),
    "of a half, cast": lambda g, x: g.Cast(g.Log(g.Add(1.0, g.Exp(g.Cast(g.Cast(x, to=FLOAT16), to=FLOAT)))), to=FLOAT16),
}
NO_SOFTPLUS = {
    "two": lambda g, x: g.Log(g.Add(2.0, g.Exp(x))),
    "minus": lambda g, x: g.Log(g.Add(1.0, g.Neg(g.Exp(g.Neg(g.Abs(x)))))),
    "log of sigmoid": lambda g, x: g.Log(g.Sigmoid(x)),
}
SOFTSIGN = {
    "operator": lambda g, x: g.Softsign(x),
    "divided": lambda g, x: g.Div(x, g.Add(1.0, g.Abs(x))),
    "plus one": lambda g, x: g.Div(x, g.Add(g.Abs(x), 1.0)),
    "times the reciprocal": lambda g, x: g.Mul(x, g.Reciprocal(g.Add(g.Abs(x), 1.0))),
    "times one over": lambda g, x: g.Mul(g.Div(1.0, g.Add(g.Abs(x), 1.0)), x),
    "power": lambda g, x: g.Mul(g.Pow(g.Add(g.Abs(x), 1.0), -1.0), x),
    "of a sum": lambda g, x: (lambda y: g.Div(y, g.Add(1.0, g.Abs(y))))(g.Add(x, "b")),
    "less minus one": lambda g, x: g.Div(x, g.Sub(g.Abs(x), -1.0)),
    "both doubled": lambda g, x: g.Div(g.Mul(2.0, x), g.Add(2.0, g.Mul(2.0, g.Abs(x)))),
    "negated twice": lambda g, x: g.Neg(g.Div(g.Neg(x), g.Add(1.0, g.Abs(x)))),
    "of the mirrored": lambda g, x: g.Div(x, g.Add(1.0, g.Abs(g.Neg(x)))),
    "halves": lambda g, x: g.Cast(g.Div(x, g.Add(1.0, g.Abs(g.Cast(x, to=FLOAT)))), to=FLOAT16),
}
NO_SOFTSIGN = {
    "of another": lambda g, x: g.Div(x, g.Add(1.0, g.Abs(g.Mul(x, 2.0)))),
    "two": lambda g, x: g.Div(x, g.Add(2.0, g.Abs(x))),
    "squares": lambda g, x: g.Div(x, g.Add(1.0, g.Mul(x, x))),
}
MISH = {
    "operators": lambda g, x: g.Mul(x, g.Tanh(g.Softplus(x))),
    "log of one plus": lambda g, x: g.Mul(x, g.Tanh(g.Log(g.Add(1.0, g.Exp(x))))),
    "log of plus one": lambda g, x: g.Mul(g.Tanh(g.Log(g.Add(g.Exp(x), 1.0))), x),
    "minus log of sigmoid": lambda g, x: g.Mul(x, g.Tanh(g.Neg(g.Log(g.Sigmoid(g.Neg(x)))))),
    "jax: NaN goes around": lambda g, x: (lambda d: g.Mul(x, g.Tanh(g.Where(g.Not(g.Equal(d, d)), g.Add(x, 0.0), g.Add(
        g.Max(x, 0.0), g.Log(g.Add(1.0, g.Exp(g.Neg(g.Abs(d))))))))))(g.Sub(x, 0.0)),
    "stable softplus": lambda g, x: g.Mul(x, g.Tanh(g.Add(g.Relu(x), g.Log(g.Add(1.0, g.Exp(g.Neg(g.Abs(x)))))))),
    "of a sum": lambda g, x: (lambda y: g.Mul(y, g.Tanh(g.Softplus(y))))(g.Add(x, "b")),
    "tanh first": lambda g, x: g.Mul(g.Tanh(g.Softplus(x)), x),
    "log of one over sigmoid": lambda g, x: g.Mul(x, g.Tanh(g.Log(g.Reciprocal(g.Sigmoid(g.Neg(x)))))),
    "transposed there and back": transposed(lambda g, x: g.Mul(x, g.Tanh(g.Softplus(x)))),
    "of a product": lambda g, x: (lambda y: g.Mul(y, g.Tanh(g.Log(g.Add(1.0, g.Exp(y))))))(g.Mul(x, "w")),
    "casts around f16": lambda g, x: (lambda y: g.Cast(g.Mul(y, g.Tanh(g.Softplus(y))), to=FLOAT16))(
        g.Cast(g.Cast(x, to=FLOAT16), to=FLOAT)),
    "x plus log of one plus e^-x": lambda g, x: g.Mul(x, g.Tanh(g.Add(x, g.Log(g.Add(1.0, g.Exp(g.Neg(x))))))),
}
NO_MISH = {
    "tanh of x": lambda g, x: g.Mul(x, g.Tanh(x)),
    "sigmoid": lambda g, x: g.Mul(x, g.Sigmoid(g.Softplus(x))),
    "two": lambda g, x: g.Mul(x, g.Tanh(g.Log(g.Add(2.0, g.Exp(x))))),
}

HARD_SWISH = {
    "operators": lambda g, x: g.Mul(x, g.HardSigmoid(x, alpha=1 / 6, beta=0.5)),
    "relu6 over 6": lambda g, x: g.Div(g.Mul(x, g.Clip(g.Add(x, 3.0), 0.0, 6.0)), 6.0),
    "x times relu6 over 6": lambda g, x: g.Mul(x, g.Div(g.Clip(g.Add(x, 3.0), 0.0, 6.0), 6.0)),
    "times a sixth": lambda g, x: g.Mul(g.Mul(x, g.Clip(g.Add(x, 3.0), 0.0, 6.0)), 0.16666667),
    "x sixth first": lambda g, x: g.Mul(g.Mul(x, 0.16666667), g.Clip(g.Add(x, 3.0), 0.0, 6.0)),
    "min of relu": lambda g, x: g.Mul(x, g.Div(g.Min(g.Relu(g.Add(x, 3.0)), 6.0), 6.0)),
    "max of min": lambda g, x: g.Mul(x, g.Div(g.Max(g.Min(g.Add(x, 3.0), 6.0), 0.0), 6.0)),
    "line clipped to one": lambda g, x: g.Mul(x, g.Clip(g.Add(g.Div(x, 6.0), 0.5), 0.0, 1.0)),
    "line of a product": lambda g, x: g.Mul(g.Clip(g.Add(g.Mul(x, 0.16666667), 0.5), 0.0, 1.0), x),
    "three first": lambda g, x: g.Mul(x, g.Div(g.Clip(g.Add(3.0, x), 0.0, 6.0), 6.0)),
    "clipped before it is moved": lambda g, x: g.Mul(x, g.Div(g.Add(g.Clip(x, -3.0, 3.0), 3.0), 6.0)),
    "of a sum": lambda g, x: (lambda y: g.Div(g.Mul(y, g.Clip(g.Add(y, 3.0), 0.0, 6.0)), 6.0))(g.Add(x, "b")),
}
NO_HARD_SWISH = {
    "two": lambda g, x: g.Div(g.Mul(x, g.Clip(g.Add(x, 2.0), 0.0, 6.0)), 6.0),
    "five": lambda g, x: g.Div(g.Mul(x, g.Clip(g.Add(x, 3.0), 0.0, 5.0)), 6.0),
    "over five": lambda g, x: g.Div(g.Mul(x, g.Clip(g.Add(x, 3.0), 0.0, 6.0)), 5.0),
    "relu6": lambda g, x: g.Clip(x, 0.0, 6.0),
}


def scores(g, q, k, scale=None):
    s = g.MatMul(q, g.Transpose(k, perm=[0, 1, 3, 2]))
    return g.Mul(s, scale) if scale else s


def attend(g, s, v):
    return g.MatMul(g.Softmax(s, axis=-1), v)


C = 0.35355338
R = 0.59460354


def half_attention(g, q, k, v, mask, seen):
    q, k, v = (g.Cast(x, to=FLOAT16) for x in (q, k, v))
    s = g.Mul(scores(g, q, k), g.half(C))
    return g.MatMul(g.Cast(g.Softmax(g.Cast(s, to=FLOAT), axis=-1), to=FLOAT16), v)


ATTENTION = {
    "scale on scores": lambda g, q, k, v, m, p: attend(g, scores(g, q, k, C), v),
    "scores divided": lambda g, q, k, v, m, p: attend(g, g.Div(scores(g, q, k), 2.828427), v),
    "scale on q": lambda g, q, k, v, m, p: attend(g, scores(g, g.Mul(q, C), k), v),
    "q divided": lambda g, q, k, v, m, p: attend(g, scores(g, g.Div(q, 2.828427), k), v),
    "scale on k": lambda g, q, k, v, m, p: attend(g, scores(g, q, g.Mul(k, C)), v),
    "scale on k, transposed": lambda g, q, k, v, m, p: attend(g, g.MatMul(q, g.Mul(g.Transpose(k, perm=[0, 1, 3, 2]), C)), v),
    "root on both": lambda g, q, k, v, m, p: attend(g, g.MatMul(g.Mul(q, R), g.Mul(g.Transpose(k, perm=[0, 1, 3, 2]), R)), v),
    "no scale": lambda g, q, k, v, m, p: attend(g, scores(g, q, k), v),
    "mask added": lambda g, q, k, v, m, p: attend(g, g.Add(scores(g, q, k, C), m), v),
    "mask first": lambda g, q, k, v, m, p: attend(g, g.Add(m, scores(g, q, k, C)), v),
    "masked where": lambda g, q, k, v, m, p: attend(g, g.Where(p, scores(g, q, k, C), -1e9), v),
    "filled where hidden": lambda g, q, k, v, m, p: attend(g, g.Where(g.Not(p), -3.4e38, scores(g, q, k, C)), v),
    "mask and bias": lambda g, q, k, v, m, p: attend(g, g.Where(p, g.Add(scores(g, q, k, C), m), -1e9), v),
    "bias over the mask": lambda g, q, k, v, m, p: attend(g, g.Add(g.Where(p, scores(g, q, k, C), -1e9), m), v),
    "softmax spelled out": lambda g, q, k, v, m, p: g.MatMul(normal(g, spread(g, scores(g, q, k, C))), v),
    "softcap": lambda g, q, k, v, m, p: attend(g, g.Mul(g.Tanh(g.Div(scores(g, q, k, C), 30.0)), 30.0), v),
    "casts around f16": half_attention,
    "fewer heads, repeated": lambda g, q, k, v, m, p: (lambda rep: attend(g, scores(g, q, rep("k2"), C), rep("v2")))(
        lambda x: g.Reshape(g.Expand(g.Unsqueeze(x, [2]), [2, 2, 2, 6, 8]), [2, 4, 6, 8])),
    "heads split from rows": lambda g, q, k, v, m, p: (lambda split: attend(g, scores(g, split("q3"), split("k3"), C), split("v3")))(
        lambda x: g.Transpose(g.Reshape(x, [2, 6, 4, 8]), perm=[0, 2, 1, 3])),
    "rows of heads in one dim": lambda g, q, k, v, m, p: (lambda flat: g.MatMul(g.Softmax(g.Mul(g.MatMul(
        flat(q), g.Transpose(flat(k), perm=[0, 2, 1])), C), axis=-1), flat(v)))(lambda x: g.Reshape(x, [8, 6, 8])),
    "hidden by minus infinity": lambda g, q, k, v, m, p: attend(g, g.Where(p, float("-inf"), scores(g, q, k, C)), v),
    "einsum: batch and heads merged for products": lambda g, q, k, v, m, p: (lambda flat, keys: g.Reshape(g.MatMul(
        g.Reshape(g.Softmax(g.Mul(g.Reshape(g.MatMul(flat(q), keys), [2, 4, 6, 6]), C), axis=-1), [8, 6, 6]), flat(v)),
        [2, 4, 6, 8]))(lambda x: g.Reshape(x, [8, 6, 8]), g.Reshape(g.Transpose(k, perm=[0, 1, 3, 2]), [8, 8, 6])),
    "keys by queries": lambda g, q, k, v, m, p: g.MatMul(g.Transpose(g.Softmax(g.Mul(g.MatMul(
        k, g.Transpose(q, perm=[0, 1, 3, 2])), C), axis=2), perm=[0, 1, 3, 2]), v),
    "keys by queries, turned": lambda g, q, k, v, m, p: attend(g, g.Transpose(g.Mul(scores(g, k, q), C), perm=[0, 1, 3, 2]), v),
    "keras: dims of one between": lambda g, q, k, v, m, p: g.Reshape(g.MatMul(g.Reshape(g.Transpose(g.Reshape(g.Softmax(g.Mul(g.Reshape(
        g.MatMul(g.Reshape(k, [8, 6, 8]), g.Transpose(g.Reshape(q, [8, 6, 8]), perm=[0, 2, 1])), [2, 4, 6, 6]), C), axis=2),
        [2, 4, 1, 6, 6]), perm=[0, 1, 4, 2, 3]), [8, 6, 6]), g.Reshape(v, [8, 6, 8])), [2, 4, 6, 8]),
    "merged, not parted": lambda g, q, k, v, m, p: (lambda flat: g.MatMul(g.Reshape(g.Softmax(g.Reshape(g.MatMul(g.Mul(
        flat(q), C), g.Transpose(flat(k), perm=[0, 2, 1])), [2, 4, 6, 6]), axis=-1), [8, 6, 6]), flat(v)))(
        lambda x: g.Tanh(g.Reshape(x, [8, 6, 8]))),
    "one head": lambda g, q, k, v, m, p: (lambda one: g.MatMul(g.Softmax(g.Mul(g.MatMul(
        one(q), g.Transpose(one(k), perm=[1, 0])), C), axis=-1), one(v)))(lambda x: g.Reshape(x, [48, 8])),
}
NO_ATTENTION = {
    "mask after the softmax": lambda g, q, k, v, m, p: g.MatMul(g.Mul(g.Softmax(scores(g, q, k, C), axis=-1), m), v),
    "softmax over queries": lambda g, q, k, v, m, p: g.MatMul(g.Softmax(scores(g, q, k, C), axis=2), v),
    "scores multiplied by a tensor": lambda g, q, k, v, m, p: attend(g, g.Mul(scores(g, q, k), m), v),
    "scores squared": lambda g, q, k, v, m, p: attend(g, g.Pow(scores(g, q, k, C), 2.0), v),
    "filled with zero": lambda g, q, k, v, m, p: attend(g, g.Where(p, scores(g, q, k, C), 0.0), v),
    "no softmax": lambda g, q, k, v, m, p: g.MatMul(scores(g, q, k, C), v),
    "weights transposed": lambda g, q, k, v, m, p: g.MatMul(g.Transpose(g.Softmax(scores(g, q, k, C), axis=-1), perm=[0, 1, 3, 2]), v),
}

CHANNELS = 300  # more than importers compute with


def per_channel(g, x):
    return g.Unsqueeze(x, [1, 2])


BATCH_NORM = {
    "sub, div, mul, add": lambda g, x, s, b, m, v: g.Add(g.Mul(g.Div(g.Sub(x, m), sqrt_of(g, v)), s), b),
    "reciprocal": lambda g, x, s, b, m, v: g.Add(g.Mul(g.Mul(g.Sub(x, m), g.Reciprocal(sqrt_of(g, v))), s), b),
    "factor first": lambda g, x, s, b, m, v: g.Add(g.Mul(g.Sub(x, m), g.Div(s, sqrt_of(g, v))), b),
    "tf: folded shift": lambda g, x, s, b, m, v: (lambda f: g.Add(g.Mul(x, f), g.Sub(b, g.Mul(m, f))))(
        g.Mul(g.Reciprocal(sqrt_of(g, v)), s)),
    "bias first": lambda g, x, s, b, m, v: g.Add(b, g.Mul(s, g.Div(g.Sub(x, m), sqrt_of(g, v)))),
    "power of minus a half": lambda g, x, s, b, m, v: g.Add(g.Mul(g.Mul(g.Sub(x, m), g.Pow(g.Add(v, EPS), -0.5)), s), b),
    "power of a half": lambda g, x, s, b, m, v: g.Add(g.Mul(g.Div(g.Sub(x, m), g.Pow(g.Add(v, EPS), 0.5)), s), b),
    "scaled before divided": lambda g, x, s, b, m, v: g.Add(g.Div(g.Mul(s, g.Sub(x, m)), sqrt_of(g, v)), b),
    "epsilon first": lambda g, x, s, b, m, v: g.Add(g.Mul(g.Div(g.Sub(x, m), g.Sqrt(g.Add(EPS, v))), s), b),
    "no bias": lambda g, x, s, b, m, v: g.Mul(g.Div(g.Sub(x, m), sqrt_of(g, v)), s),
    "no scale": lambda g, x, s, b, m, v: g.Add(g.Div(g.Sub(x, m), sqrt_of(g, v)), b),
    "no affine": lambda g, x, s, b, m, v: g.Div(g.Sub(x, m), sqrt_of(g, v)),
    "folded shift, minus": lambda g, x, s, b, m, v: (lambda f: g.Sub(g.Add(g.Mul(f, x), b), g.Mul(m, f)))(g.Div(s, sqrt_of(g, v))),
}
NO_BATCH_NORM = {
    "epsilon outside": lambda g, x, s, b, m, v: g.Add(g.Mul(g.Div(g.Sub(x, m), g.Add(g.Sqrt(v), EPS)), s), b),
    "mean scaled otherwise": lambda g, x, s, b, m, v: g.Sub(g.Mul(x, g.Div(s, sqrt_of(g, v))), g.Div(m, sqrt_of(g, v))),
    "no root": lambda g, x, s, b, m, v: g.Add(g.Mul(g.Div(g.Sub(x, m), g.Add(v, EPS)), s), b),
    "bias of another kind": lambda g, x, s, b, m, v: g.Add(g.Div(g.Sub(x, m), sqrt_of(g, v)), g.Mul(b, x)),
}


def per_instance(g, x, s, b):
    return affine(g, g.Div(centred(g, x, (2, 3)), sqrt_of(g, variance(g, x, (2, 3)))), s, b)


INSTANCE_NORM = {
    "torch: pow, sqrt, div": per_instance,
    "bias first": lambda g, x, s, b: g.Add(b, g.Mul(s, g.Div(centred(g, x, (2, 3)), sqrt_of(g, variance(g, x, (2, 3)))))),
    "reciprocal": lambda g, x, s, b: affine(g, g.Mul(centred(g, x, (2, 3)), g.Reciprocal(sqrt_of(g, variance(g, x, (2, 3))))), s, b),
    "folded shift": lambda g, x, s, b: (lambda f: g.Add(g.Mul(x, f), g.Sub(b, g.Mul(mean(g, x, (2, 3)), f))))(
        g.Div(s, sqrt_of(g, variance(g, x, (2, 3))))),
    "mean of squares": lambda g, x, s, b: affine(g, g.Div(centred(g, x, (2, 3)), sqrt_of(g, g.Sub(
        mean(g, g.Mul(x, x), (2, 3)), g.Pow(mean(g, x, (2, 3)), 2.0)))), s, b),
    "scale alone": lambda g, x, s, b: g.Mul(g.Div(centred(g, x, (2, 3)), sqrt_of(g, variance(g, x, (2, 3)))), s),
    "global average pool": lambda g, x, s, b: (lambda d: affine(g, g.Div(d, sqrt_of(g, mean(g, g.Mul(d, d), (2, 3)))), s, b))(
        g.Sub(x, mean(g, x, (2, 3)))),
    "power of minus a half": lambda g, x, s, b: affine(g, g.Mul(centred(g, x, (2, 3)), g.Pow(g.Add(
        variance(g, x, (2, 3)), EPS), -0.5)), s, b),
    "one axis after the other": lambda g, x, s, b: (lambda d: affine(g, g.Div(d, sqrt_of(g, mean(g, mean(g, g.Mul(d, d), (3,)), (2,)))), s, b))(
        g.Sub(x, mean(g, mean(g, x, (3,)), (2,)))),
    "scaled before divided": lambda g, x, s, b: g.Add(g.Div(g.Mul(s, centred(g, x, (2, 3))), sqrt_of(g, variance(g, x, (2, 3)))), b),
    "factor first": lambda g, x, s, b: g.Add(g.Mul(centred(g, x, (2, 3)), g.Div(s, sqrt_of(g, variance(g, x, (2, 3))))), b),
    "sums": lambda g, x, s, b: (lambda d: affine(g, g.Div(d, sqrt_of(g, g.Div(g.ReduceSum(g.Mul(d, d), [2, 3], keepdims=1), 15.0))), s, b))(
        g.Sub(x, g.Div(g.ReduceSum(x, [2, 3], keepdims=1), 15.0))),
}


def grouped(inside):
    def spell(g, x, s, b):
        return g.Reshape(inside(g, g.Reshape(x, [2, 2, -1])), [2, 4, 3, 5])
    return spell


def rows_of(g, y):
    return g.Div(centred(g, y), sqrt_of(g, variance(g, y)))


def instance(g, y):
    return g.InstanceNormalization(y, g.weight([2], [1.0, 1.0]), g.weight([2], [0.0, 0.0]), epsilon=EPS)


def with_affine(spell):
    return lambda g, x, s, b: affine(g, spell(g, x, s, b), s, b)


GROUP_NORM = {
    "torch: instance norm of rows": with_affine(grouped(instance)),
    "bias first": lambda g, x, s, b: g.Add(b, g.Mul(s, grouped(instance)(g, x, s, b))),
    "rows spelled out": with_affine(grouped(rows_of)),
    "reciprocal": with_affine(grouped(lambda g, y: g.Mul(centred(g, y), g.Reciprocal(sqrt_of(g, variance(g, y)))))),
    "mean of squares": with_affine(grouped(lambda g, y: g.Div(centred(g, y), sqrt_of(g, g.Sub(
        mean(g, g.Mul(y, y)), g.Pow(mean(g, y), 2.0)))))),
    "layer norm of rows": with_affine(grouped(lambda g, y: g.LayerNormalization(y, g.weight([30], [1.0] * 30), epsilon=EPS))),
    "no affine": grouped(instance),
    "scale alone": lambda g, x, s, b: g.Mul(grouped(instance)(g, x, s, b), s),
    "bias alone": lambda g, x, s, b: g.Add(grouped(rows_of)(g, x, s, b), b),
    "five dims": with_affine(lambda g, x, s, b: g.Reshape((lambda y: g.Div(centred(g, y, (2, 3, 4)), sqrt_of(
        g, variance(g, y, (2, 3, 4)))))(g.Reshape(x, [2, 2, 2, 3, 5])), [2, 4, 3, 5])),
    "sums": with_affine(grouped(lambda g, y: (lambda d: g.Div(d, sqrt_of(g, g.Div(
        g.ReduceSum(g.Mul(d, d), [2], keepdims=1), 30.0))))(g.Sub(y, g.Div(g.ReduceSum(y, [2], keepdims=1), 30.0))))),
    "power of minus a half": with_affine(grouped(lambda g, y: g.Mul(g.Pow(g.Add(variance(g, y), EPS), -0.5), centred(g, y)))),
}
NO_GROUP_NORM = {
    "another shape behind": lambda g, x, s, b: g.Reshape(instance(g, g.Reshape(x, [2, 2, -1])), [2, 4, 15]),
    "batch in the rows": lambda g, x, s, b: g.Reshape(rows_of(g, g.Reshape(x, [4, 2, 15])), [2, 4, 3, 5]),
}


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
