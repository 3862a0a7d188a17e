"""How exporters spell softmax, functions of one element and attention, and what only looks like one."""
from onnx_model import FLOAT, FLOAT16
from spelling import mean, transposed


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
