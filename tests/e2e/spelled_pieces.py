"""How exporters spell functions that are one expression above a number and another below it, and what only looks like one."""
from onnx_model import FLOAT, FLOAT16


def expm1(g, x):
    return g.Sub(g.Exp(x), 1.0)


def relu(g, x):
    return g.Relu(x)


def least(g, x):
    return g.Min(x, 0.0)


ELU = {
    "torch: where above zero": lambda g, x: g.Where(g.Greater(x, 0.0), x, expm1(g, x)),
    "where at most zero": lambda g, x: g.Where(g.LessOrEqual(x, 0.0), expm1(g, x), x),
    "where below zero, number first": lambda g, x: g.Where(g.Greater(0.0, x), expm1(g, x), x),
    "where not below": lambda g, x: g.Where(g.Not(g.Less(x, 0.0)), x, expm1(g, x)),
    "jax: of what is safe": lambda g, x: g.Where(g.Greater(x, 0.0), x, g.Mul(expm1(g, g.Where(g.Greater(x, 0.0), 0.0, x)), 0.7)),
    "alpha outside": lambda g, x: g.Where(g.Greater(x, 0.0), x, g.Mul(1.3, expm1(g, x))),
    "alpha spread out": lambda g, x: g.Where(g.Greater(x, 0.0), x, g.Sub(g.Mul(1.3, g.Exp(x)), 1.3)),
    "maximum plus minimum": lambda g, x: g.Add(g.Max(x, 0.0), least(g, g.Mul(1.3, expm1(g, x)))),
    "relu plus the least": lambda g, x: g.Add(relu(g, x), least(g, expm1(g, x))),
    "exponent of the least": lambda g, x: g.Add(relu(g, x), expm1(g, least(g, x))),
    "exponent of a relu of minus x": lambda g, x: g.Add(relu(g, x), expm1(g, g.Neg(relu(g, g.Neg(x))))),
    "less": lambda g, x: g.Sub(relu(g, x), g.Sub(1.0, g.Exp(least(g, x)))),
    "casts around f16": lambda g, x: (lambda y: g.Cast(g.Where(g.Greater(y, 0.0), y, expm1(g, y)), to=FLOAT16))(
        g.Cast(g.Cast(x, to=FLOAT16), to=FLOAT)),
    "casts within": lambda g, x: (lambda y: g.Where(g.Greater(y, g.half(0.0)), y, g.Cast(expm1(g, g.Cast(y, to=FLOAT)), to=FLOAT16)))(
        g.Cast(x, to=FLOAT16)),
    "negated twice": lambda g, x: (lambda y: g.Where(g.Less(y, 0.0), g.Neg(y), expm1(g, g.Neg(y))))(g.Neg(x)),
    "of a sum": lambda g, x: (lambda y: g.Where(g.Greater(y, 0.0), y, expm1(g, y)))(g.Add(x, "b")),
}
NO_ELU = {
    "turned round": lambda g, x: g.Where(g.Less(x, 0.0), x, expm1(g, x)),
    "split elsewhere": lambda g, x: g.Where(g.Greater(x, 0.5), x, expm1(g, x)),
    "of another tensor": lambda g, x: g.Where(g.Greater("w", 0.0), x, expm1(g, x)),
    "no one": lambda g, x: g.Where(g.Greater(x, 0.0), x, g.Exp(x)),
    "alpha in one place": lambda g, x: g.Where(g.Greater(x, 0.0), x, g.Sub(g.Mul(1.3, g.Exp(x)), 1.0)),
    "twice x below": lambda g, x: g.Where(g.Greater(x, 0.0), x, expm1(g, g.Mul(x, 2.0))),
    "negated above": lambda g, x: g.Where(g.Greater(x, 0.0), g.Neg(x), expm1(g, x)),
}

ALPHA, GAMMA = 1.6732632, 1.0507010
SELU = {
    "gamma outside": lambda g, x: g.Mul(GAMMA, g.Where(g.Greater(x, 0.0), x, g.Mul(ALPHA, expm1(g, x)))),
    "gamma last": lambda g, x: g.Mul(g.Where(g.Greater(x, 0.0), x, g.Mul(ALPHA, expm1(g, x))), GAMMA),
    "gamma inside": lambda g, x: g.Where(g.Greater(x, 0.0), g.Mul(x, GAMMA), g.Mul(ALPHA * GAMMA, expm1(g, x))),
    "spread out": lambda g, x: g.Where(g.Greater(x, 0.0), g.Mul(x, GAMMA), g.Sub(g.Mul(ALPHA * GAMMA, g.Exp(x)), ALPHA * GAMMA)),
    "where at most zero": lambda g, x: g.Mul(GAMMA, g.Where(g.LessOrEqual(x, 0.0), g.Mul(ALPHA, expm1(g, x)), x)),
    "jax: of what is safe": lambda g, x: g.Mul(GAMMA, g.Where(g.Greater(x, 0.0), x, g.Mul(
        ALPHA, expm1(g, g.Where(g.Greater(x, 0.0), 0.0, x))))),
    "maximum plus minimum": lambda g, x: g.Mul(GAMMA, g.Add(g.Max(x, 0.0), least(g, g.Mul(ALPHA, expm1(g, x))))),
    "relu plus exponent of the least": lambda g, x: g.Mul(GAMMA, g.Add(relu(g, x), g.Mul(ALPHA, expm1(g, least(g, x))))),
    "each times gamma": lambda g, x: g.Add(g.Mul(GAMMA, relu(g, x)), g.Mul(ALPHA * GAMMA, expm1(g, least(g, x)))),
    "alpha e^x less alpha": lambda g, x: g.Mul(GAMMA, g.Where(g.Greater(x, 0.0), x, g.Sub(g.Mul(ALPHA, g.Exp(x)), ALPHA))),
    "clipped": lambda g, x: g.Mul(GAMMA, g.Add(g.Clip(x, 0.0, ""), g.Mul(ALPHA, expm1(g, g.Clip(x, "", 0.0))))),
    "of a sum": lambda g, x: (lambda y: g.Mul(GAMMA, g.Where(g.Greater(y, 0.0), y, g.Mul(ALPHA, expm1(g, y)))))(g.Add(x, "b")),
}
NO_SELU = {
    "negative gamma": lambda g, x: g.Mul(-1.05, g.Where(g.Greater(x, 0.0), x, g.Mul(ALPHA, expm1(g, x)))),
    "plus one": lambda g, x: g.Add(g.Where(g.Greater(x, 0.0), g.Mul(x, GAMMA), g.Mul(ALPHA, expm1(g, x))), 1.0),
    "tanh": lambda g, x: g.Where(g.Greater(x, 0.0), g.Mul(x, GAMMA), g.Mul(ALPHA, g.Tanh(x))),
    "gamma by a tensor": lambda g, x: g.Where(g.Greater(x, 0.0), g.Mul(x, "w"), g.Mul(ALPHA, expm1(g, x))),
}

CELU = {
    "maximum plus minimum": lambda g, x: g.Add(g.Max(x, 0.0), least(g, g.Mul(2.0, expm1(g, g.Div(x, 2.0))))),
    "jax: maximum plus tail of the minimum": lambda g, x: g.Add(g.Max(x, 0.0), g.Mul(2.0, expm1(g, g.Div(least(g, x), 2.0)))),
    "where above zero": lambda g, x: g.Where(g.Greater(x, 0.0), x, g.Mul(2.0, expm1(g, g.Div(x, 2.0)))),
    "times the reciprocal": lambda g, x: g.Where(g.Greater(x, 0.0), x, g.Mul(2.0, expm1(g, g.Mul(x, 0.5)))),
    "where at most zero": lambda g, x: g.Where(g.LessOrEqual(x, 0.0), g.Mul(2.0, expm1(g, g.Mul(x, 0.5))), x),
    "relu plus": lambda g, x: g.Add(relu(g, x), least(g, g.Mul(expm1(g, g.Mul(0.5, x)), 2.0))),
    "divided": lambda g, x: g.Where(g.Greater(x, 0.0), x, g.Div(expm1(g, g.Mul(x, 0.5)), 0.5)),
    "spread out": lambda g, x: g.Where(g.Greater(x, 0.0), x, g.Sub(g.Mul(2.0, g.Exp(g.Mul(x, 0.5))), 2.0)),
    "scaled elu": lambda g, x: (lambda y: g.Mul(2.0, g.Where(g.Greater(y, 0.0), y, expm1(g, y))))(g.Div(x, 2.0)),
    "alpha of a third": lambda g, x: g.Add(relu(g, x), g.Mul(0.3333333, expm1(g, g.Mul(least(g, x), 3.0)))),
    "clipped": lambda g, x: g.Add(relu(g, x), g.Mul(2.0, expm1(g, g.Mul(0.5, g.Clip(x, "", 0.0))))),
    "of a sum": lambda g, x: (lambda y: g.Add(g.Max(y, 0.0), least(g, g.Mul(2.0, expm1(g, g.Div(y, 2.0))))))(g.Add(x, "b")),
}
NO_CELU = {
    "factors that do not match": lambda g, x: g.Where(g.Greater(x, 0.0), x, g.Mul(2.0, expm1(g, g.Mul(x, 0.6)))),
    "negative alpha": lambda g, x: g.Where(g.Greater(x, 0.0), x, g.Mul(-2.0, expm1(g, g.Mul(x, -0.5)))),
    "minimum of the sum": lambda g, x: least(g, g.Add(relu(g, x), g.Mul(2.0, expm1(g, g.Div(x, 2.0))))),
}

LEAKY_RELU = {
    "jax: where at least zero": lambda g, x: g.Where(g.GreaterOrEqual(x, 0.0), x, g.Mul(x, 0.2)),
    "where above": lambda g, x: g.Where(g.Greater(x, 0.0), x, g.Mul(0.2, x)),
    "where below": lambda g, x: g.Where(g.Less(x, 0.0), g.Mul(x, 0.2), x),
    "divided": lambda g, x: g.Where(g.Greater(x, 0.0), x, g.Div(x, 5.0)),
    "tensorflow: the greater one": lambda g, x: g.Max(x, g.Mul(x, 0.2)),
    "the greater one, turned": lambda g, x: g.Max(g.Mul(0.2, x), x),
    "the lesser one of a steep slope": lambda g, x: g.Min(x, g.Mul(x, 1.5)),
    "maximum plus part of the minimum": lambda g, x: g.Add(g.Max(x, 0.0), g.Mul(0.2, least(g, x))),
    "keras: relu less part of relu of minus x": lambda g, x: g.Sub(relu(g, x), g.Mul(0.2, relu(g, g.Neg(x)))),
    "by the magnitude": lambda g, x: g.Add(g.Mul(0.6, x), g.Mul(0.4, g.Abs(x))),
    "x less its part": lambda g, x: g.Sub(x, g.Mul(0.8, least(g, x))),
    "slope chosen": lambda g, x: g.Mul(x, g.Where(g.Less(x, 0.0), 0.2, 1.0)),
    "turned back": lambda g, x: g.Neg(g.Min(g.Neg(x), g.Mul(x, -0.2))),
    "of a sum": lambda g, x: (lambda y: g.Max(y, g.Mul(y, 0.2)))(g.Add(x, "b")),
}
NO_LEAKY_RELU = {
    "the greater one of two tensors": lambda g, x: g.Max(x, g.Mul("x2", 0.2)),
    "offset": lambda g, x: g.Where(g.Greater(x, 0.0), x, g.Add(g.Mul(x, 0.2), 0.1)),
    "split elsewhere": lambda g, x: g.Where(g.Greater(x, -1.0), x, g.Mul(x, 0.2)),
    "magnitude by where": lambda g, x: g.Where(g.Less(x, 0.0), g.Neg(x), x),
    "greater of both signs": lambda g, x: g.Max(x, g.Neg(x)),
    "scaled above": lambda g, x: g.Where(g.Greater(x, 0.0), g.Mul(x, 0.2), x),
    "zero filled with one": lambda g, x: g.Where(g.Equal(x, 0.0), 1.0, g.Max(x, g.Mul(x, 0.2))),
    "decided at another place": lambda g, x: (lambda y: g.Where(g.Greater(g.Transpose(y, perm=[1, 0]), 0.0), y, g.Mul(y, 0.2)))(
        g.Slice(g.Reshape(x, [10, 16]), [0], [10], [1])),
    "decided at another place, turned": lambda g, x: (lambda y: g.Transpose(g.Where(
        g.Greater(y, 0.0), g.Transpose(y, perm=[1, 0]), g.Mul(g.Transpose(y, perm=[1, 0]), 0.2)), perm=[1, 0]))(
        g.Slice(g.Reshape(x, [10, 16]), [0], [10], [1])),
    "sum of those above": lambda g, x: g.Where(g.Greater(x, 0.0), x, g.Mul(0.2, g.ReduceSum(g.Min(x, 0.0), [-1]))),
    "magnitude": lambda g, x: g.Add(g.Mul(0.6, x), g.Mul(0.4, g.Abs("x2"))),
    "NaN becomes zero": lambda g, x: g.Add(g.Where(g.Greater(x, 0.0), x, 0.0), g.Where(g.Less(x, 0.0), g.Mul(x, 0.2), 0.0)),
}

PRELU = {
    "where below": lambda g, x: g.Where(g.Less(x, 0.0), g.Mul(x, "w"), x),
    "where below, slope first": lambda g, x: g.Where(g.Less(x, 0.0), g.Mul("w", x), x),
    "where above": lambda g, x: g.Where(g.Greater(x, 0.0), x, g.Mul(x, "w")),
    "where at least": lambda g, x: g.Where(g.GreaterOrEqual(x, 0.0), x, g.Mul(x, "w")),
    "maximum plus slope times minimum": lambda g, x: g.Add(g.Max(x, 0.0), g.Mul("w", least(g, x))),
    "keras: relu less slope times relu of minus x": lambda g, x: g.Sub(relu(g, x), g.Mul("w", relu(g, g.Neg(x)))),
    "keras: minus the slope": lambda g, x: g.Add(relu(g, x), g.Mul(g.Neg("w"), relu(g, g.Neg(x)))),
    "mxnet: half of x less its magnitude": lambda g, x: g.Add(relu(g, x), g.Mul(g.Mul("w", g.Sub(x, g.Abs(x))), 0.5)),
    "slope chosen": lambda g, x: g.Mul(x, g.Where(g.Less(x, 0.0), "w", 1.0)),
    "slope expanded": lambda g, x: g.Where(g.Less(x, 0.0), g.Mul(x, g.Expand("w", [2, 5, 16])), x),
    "slope of more dims": lambda g, x: g.Where(g.Less(x, 0.0), g.Mul(x, g.Unsqueeze("w", [0])), x),
    "of a sum": lambda g, x: (lambda y: g.Where(g.Less(y, 0.0), g.Mul(y, "w"), y))(g.Add(x, "b")),
}
NO_PRELU = {
    "slope above": lambda g, x: g.Where(g.Less(x, 0.0), x, g.Mul(x, "w")),
    "slope squared": lambda g, x: g.Where(g.Less(x, 0.0), g.Mul(g.Mul(x, "w"), "w"), x),
    "slope decides": lambda g, x: g.Where(g.Less("w", 0.0), g.Mul(x, "w"), x),
    "slope and bias": lambda g, x: g.Where(g.Less(x, 0.0), g.Add(g.Mul(x, "w"), "b"), x),
    "the greater one": lambda g, x: g.Max(x, g.Mul(x, "w")),
    "slope of the first dim": lambda g, x: g.Where(g.Less(x, 0.0), g.Mul(x, g.ReduceMax("x2", axes=[1, 2], keepdims=1)), g.Neg(x)),
}

THRESHOLDED_RELU = {
    "where above": lambda g, x: g.Where(g.Greater(x, 0.5), x, 0.0),
    "where at most": lambda g, x: g.Where(g.LessOrEqual(x, 0.5), 0.0, x),
    "number first": lambda g, x: g.Where(g.Less(0.5, x), x, 0.0),
    "not": lambda g, x: g.Where(g.Not(g.Greater(x, 0.5)), 0.0, x),
    "keras: times the truth": lambda g, x: g.Mul(x, g.Cast(g.Greater(x, 0.5), to=1)),
    "the truth times": lambda g, x: g.Mul(g.Cast(g.Greater(x, 0.5), to=1), x),
    "times one less the truth": lambda g, x: g.Mul(x, g.Sub(1.0, g.Cast(g.LessOrEqual(x, 0.5), to=1))),
    "of a difference": lambda g, x: g.Where(g.Greater(g.Sub(x, 0.5), 0.0), x, 0.0),
    "chosen factor": lambda g, x: g.Mul(x, g.Where(g.Greater(x, 0.5), 1.0, 0.0)),
    "less what is below": lambda g, x: g.Sub(x, g.Where(g.Greater(x, 0.5), 0.0, x)),
    "below zero": lambda g, x: g.Where(g.Greater(x, -0.5), x, 0.0),
    "scaled first": lambda g, x: (lambda y: g.Mul(0.5, g.Where(g.Greater(y, 1.0), y, 0.0)))(g.Mul(x, 2.0)),
    "of a sum": lambda g, x: (lambda y: g.Where(g.Greater(y, 0.5), y, 0.0))(g.Add(x, "b")),
}
NO_THRESHOLDED_RELU = {
    "at least": lambda g, x: g.Where(g.GreaterOrEqual(x, 0.5), x, 0.0),
    "below": lambda g, x: g.Where(g.Less(x, 0.5), x, 0.0),
    "of the magnitude": lambda g, x: g.Where(g.Greater(g.Abs(x), 0.5), x, 0.0),
    "shifted": lambda g, x: g.Where(g.Greater(x, 0.5), g.Sub(x, 0.5), 0.0),
    "filled with one": lambda g, x: g.Where(g.Greater(x, 0.5), x, 1.0),
    "relu": lambda g, x: g.Where(g.Greater(x, 0.0), x, 0.0),
}
