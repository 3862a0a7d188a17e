"""How exporters spell normalisations, and what only looks like one. Functions of (graph, operands); a title each."""
from onnx_model import BOOL, FLOAT, FLOAT16
from spelling import EPS, affine, centred, mean, shared_centre, sqrt_of, transposed, variance


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
