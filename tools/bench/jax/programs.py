"""JAX programs of the kinds that people write, for tests and benchmarks: layers, training steps, control flow, solvers, transforms.

`PROGRAMS` maps a name to a function that gives a `Program`. Arguments are drawn by a fixed seed. Needs jax; programs that need 64-bit
types say so (`x64`), those with a size left open name it and give what it is when run (`dims`).
"""
import dataclasses
from typing import Any, Callable

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax


@dataclasses.dataclass
class Program:
    function: Callable
    arguments: tuple
    is_model: bool = False  # whether its run time is compared
    x64: bool = False
    dims: dict = dataclasses.field(default_factory=dict)  # symbol -> size in `arguments`
    shapes: Any = None  # what jax.export takes where `dims` are open
    relative: float = 1e-3
    absolute: float = 1e-4


PROGRAMS = {}


def program(make):
    PROGRAMS[make.__name__] = make
    return make


def draw(seed=0):
    generator = np.random.default_rng(seed)
    return lambda *dims, scale=1.0: (scale * generator.standard_normal(dims)).astype(np.float32)


def dense_layers(normal, *widths):
    return [(normal(m, n, scale=m ** -0.5), normal(n, scale=0.1)) for m, n in zip(widths, widths[1:])]


def mlp(layers, x):
    for w, b in layers[:-1]:
        x = jax.nn.relu(x @ w + b)
    w, b = layers[-1]
    return x @ w + b


def conv(x, w, stride=1):
    return lax.conv_general_dilated(x, w, (stride, stride), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC"))


def convolutional(parameters, x):
    for (w, scale, bias), stride in zip(parameters["blocks"], (1, 2, 1)):
        x = conv(x, w, stride)
        mean = x.mean((0, 1, 2))
        x = jax.nn.relu((x - mean) * lax.rsqrt(x.var((0, 1, 2)) + 1e-5) * scale + bias)
    x = lax.reduce_window(x, -jnp.inf, lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "VALID")
    return x.mean((1, 2)) @ parameters["head"]


def convolutional_parameters(normal):
    blocks = [(normal(3, 3, m, n, scale=(9 * m) ** -0.5), normal(n), normal(n)) for m, n in ((3, 32), (32, 64), (64, 64))]
    return {"blocks": blocks, "head": normal(64, 10)}


def split_heads(x, heads):
    return x.reshape(*x.shape[:-1], heads, -1).swapaxes(-2, -3)


def attend(x, weights, heads=8):
    q, k, v = (split_heads(x @ w, heads) for w in weights[:3])
    scores = jnp.einsum("bhqd,bhkd->bhqk", q, k) / np.sqrt(q.shape[-1]).astype(np.float32)
    causal = jnp.tril(jnp.ones(scores.shape[-2:], bool))
    mixed = jax.nn.softmax(jnp.where(causal, scores, -1e30), -1) @ v
    return mixed.swapaxes(-2, -3).reshape(x.shape) @ weights[3]


def layer_norm(x, scale, bias):
    mean = x.mean(-1, keepdims=True)
    return (x - mean) * lax.rsqrt(((x - mean) ** 2).mean(-1, keepdims=True) + 1e-5) * scale + bias


def cross_entropy(logits, labels):
    return -jnp.take_along_axis(jax.nn.log_softmax(logits), labels[:, None], 1).mean()


@program
def mlp_forward():
    normal = draw()
    return Program(mlp, (dense_layers(normal, 784, 512, 512, 10), normal(64, 784)), is_model=True)


@program
def cnn_forward():
    normal = draw()
    return Program(convolutional, (convolutional_parameters(normal), normal(8, 32, 32, 3)), is_model=True)


@program
def attention():
    normal = draw()
    return Program(attend, (normal(2, 128, 256), [normal(256, 256, scale=1 / 16) for _ in range(4)]), is_model=True)


@program
def transformer_block():
    normal = draw()
    d = 256

    def block(p, x):
        x = x + attend(layer_norm(x, *p["norm1"]), p["attention"])
        hidden = jax.nn.gelu(layer_norm(x, *p["norm2"]) @ p["up"], approximate=False)
        return x + hidden @ p["down"]

    parameters = {"norm1": (normal(d), normal(d)), "norm2": (normal(d), normal(d)), "up": normal(d, 4 * d, scale=1 / 16),
                  "down": normal(4 * d, d, scale=1 / 32), "attention": [normal(d, d, scale=1 / 16) for _ in range(4)]}
    return Program(block, (parameters, normal(2, 64, d)), is_model=True)


@program
def lstm_scan():
    normal = draw()
    h = 128

    def run(w, u, b, xs):
        def step(carry, x):
            hidden, cell = carry
            i, f, g, o = jnp.split(x @ w + hidden @ u + b, 4, -1)
            cell = jax.nn.sigmoid(f) * cell + jax.nn.sigmoid(i) * jnp.tanh(g)
            hidden = jax.nn.sigmoid(o) * jnp.tanh(cell)
            return (hidden, cell), hidden
        zero = jnp.zeros((xs.shape[1], h), jnp.float32)
        return lax.scan(step, (zero, zero), xs)

    return Program(run, (normal(64, 4 * h, scale=0.1), normal(h, 4 * h, scale=0.1), normal(4 * h), normal(32, 16, 64)), is_model=True)


@program
def decode_step():
    """One token of a decoder: its keys and values go into a cache at a place given at run time."""
    normal = draw()
    d, heads, most = 256, 8, 128

    def step(p, keys, values, place, x):
        q, k, v = (x @ p[n] for n in ("q", "k", "v"))
        keys = lax.dynamic_update_slice(keys, k[None], (place, 0))
        values = lax.dynamic_update_slice(values, v[None], (place, 0))
        scores = jnp.einsum("hd,thd->ht", q.reshape(heads, -1), keys.reshape(most, heads, -1)) / np.float32(np.sqrt(d / heads))
        scores = jnp.where(jnp.arange(most) <= place, scores, -jnp.inf)
        mixed = jnp.einsum("ht,thd->hd", jax.nn.softmax(scores, -1), values.reshape(most, heads, -1))
        return mixed.reshape(d) @ p["o"], keys, values

    parameters = {n: normal(d, d, scale=1 / 16) for n in "qkvo"}
    return Program(step, (parameters, normal(most, d), normal(most, d), np.int32(37), normal(d)), is_model=True)


@program
def linear_solve():
    normal = draw()
    return Program(lambda a, b: jnp.linalg.solve(a, b), (normal(48, 48) + 8 * np.eye(48, dtype=np.float32), normal(48, 3)))


@program
def cholesky_solve():
    normal = draw()
    a = normal(64, 64)
    spd = a @ a.T + 64 * np.eye(64, dtype=np.float32)

    def solve(a, b):
        factor = jax.scipy.linalg.cho_factor(a, lower=True)
        return jax.scipy.linalg.cho_solve(factor, b), 2 * jnp.log(jnp.diagonal(factor[0])).sum()

    return Program(solve, (spd, normal(64)))


@program
def least_squares():
    normal = draw()

    def solve(a, b):
        q, r = jnp.linalg.qr(a)
        return jax.scipy.linalg.solve_triangular(r, q.T @ b)

    return Program(solve, (normal(80, 12), normal(80, 2)))


@program
def fft_filter():
    normal = draw()

    def blur(x, kernel):
        return jnp.fft.irfft2(jnp.fft.rfft2(x) * jnp.fft.rfft2(kernel, x.shape[-2:]), x.shape[-2:])

    return Program(blur, (normal(2, 96, 100), normal(9, 9)))


@program
def random_draws():
    def draws(key):
        a, b, c, d = jax.random.split(key, 4)
        return (jax.random.normal(a, (64, 3)), jax.random.uniform(b, (100,), minval=-1.0), jax.random.randint(c, (50,), 0, 1000),
                jax.random.bernoulli(d, 0.3, (40,)), jax.random.permutation(a, 32), jax.random.categorical(b, jnp.zeros((20, 5))))

    return Program(draws, (np.array([0, 7], np.uint32),))


@program
def gradient_of_loss():
    normal = draw()
    labels = np.arange(64, dtype=np.int32) % 10
    return Program(jax.value_and_grad(lambda p, x, y: cross_entropy(mlp(p, x), y)), (dense_layers(normal, 784, 256, 10), normal(64, 784), labels),
                   is_model=True)


@program
def gradient_of_cnn():
    normal = draw()
    labels = np.arange(4, dtype=np.int32)
    loss = lambda p, x, y: cross_entropy(convolutional(p, x), y)
    return Program(jax.grad(loss), (convolutional_parameters(normal), normal(4, 16, 16, 3), labels), absolute=1e-3)


@program
def adam_step():
    normal = draw()
    layers = dense_layers(normal, 128, 64, 10)
    zeros = jax.tree.map(np.zeros_like, layers)

    def step(p, m, v, count, x, y):
        value, grad = jax.value_and_grad(lambda p: cross_entropy(mlp(p, x), y))(p)
        count = count + 1
        m = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, m, grad)
        v = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, v, grad)
        scale = jnp.sqrt(1 - 0.999 ** count) / (1 - 0.9 ** count)
        return jax.tree.map(lambda p, m, v: p - 1e-3 * scale * m / (jnp.sqrt(v) + 1e-8), p, m, v), m, v, count, value

    return Program(step, (layers, zeros, zeros, np.float32(3), normal(32, 128), np.arange(32, dtype=np.int32) % 10), is_model=True)


@program
def newton_while():
    def roots(a):
        def more(state):
            x, previous, rounds = state
            return (jnp.abs(x - previous).max() > 1e-6) & (rounds < 50)
        def step(state):
            x, _, rounds = state
            return (2 * x + a / (x * x)) / 3, x, rounds + 1
        return lax.while_loop(more, step, (jnp.ones_like(a), jnp.zeros_like(a), 0))

    return Program(roots, (np.linspace(1, 50, 40, dtype=np.float32),))


@program
def branches():
    normal = draw()

    def choose(which, flag, x):
        y = lax.switch(which, [jnp.sin, jnp.cos, lambda x: x.sum(0, keepdims=True) + x, lambda x: x[::-1]], x)
        return lax.cond(flag, lambda y: (y * 2, y.max()), lambda y: (y, y.min()), y)

    return Program(choose, (np.int32(2), np.bool_(True), normal(6, 5)))


@program
def sort_and_top_k():
    normal = draw()

    def order(x, keys):
        values, places = lax.top_k(x, 5)
        return jnp.sort(x, 0), jnp.argsort(keys, stable=True), values, places, jnp.searchsorted(jnp.sort(x[0]), x[1]), jnp.median(x), jnp.unique(keys, size=8)

    return Program(order, (normal(20, 33), np.arange(40, dtype=np.int32) * 7 % 11))


@program
def double_statistics():
    generator = np.random.default_rng(0)

    def statistics(x, counts):
        return (jax.scipy.special.logsumexp(x, 1), x.var(0), jnp.corrcoef(x), jax.scipy.special.gammaln(counts + 1.0),
                jax.scipy.stats.norm.cdf(x[0]), jnp.cumsum(counts), jax.scipy.special.digamma(1.0 + jnp.abs(x[1])))

    return Program(statistics, (generator.standard_normal((6, 50)), np.arange(30, dtype=np.int64)), x64=True, relative=1e-9, absolute=1e-10)


@program
def open_batch():
    normal = draw()
    layers = dense_layers(normal, 20, 30, 4)

    def predict(x, w):
        logits = mlp(layers, x) * w[:, None]
        return jax.nn.softmax(logits), jnp.concatenate([x, x * 2]).sum(1), logits.argmax(-1)

    import jax.export
    (b,) = jax.export.symbolic_shape("b")
    shapes = (jax.ShapeDtypeStruct((b, 20), np.float32), jax.ShapeDtypeStruct((b,), np.float32))
    return Program(predict, (normal(7, 20), normal(7)), dims={"b": 7}, shapes=shapes)


@program
def graph_network():
    normal = draw()
    generator = np.random.default_rng(1)
    edges = generator.integers(0, 50, (2, 300)).astype(np.int32)

    def layer(x, edges, w):
        messages = jax.nn.relu(x[edges[0]] @ w)
        total = jax.ops.segment_sum(messages, edges[1], 50)
        degree = jax.ops.segment_sum(jnp.ones(edges.shape[1]), edges[1], 50)
        return total / jnp.maximum(degree, 1)[:, None], jax.ops.segment_max(messages, edges[1], 50)

    return Program(layer, (normal(50, 16), edges, normal(16, 24)))


@program
def k_means():
    normal = draw()

    def fit(points, centres):
        def step(_, centres):
            nearest = jnp.argmin(((points[:, None] - centres[None]) ** 2).sum(-1), 1)
            member = jax.nn.one_hot(nearest, centres.shape[0])
            return (member.T @ points) / jnp.maximum(member.sum(0), 1)[:, None]
        return lax.fori_loop(0, 10, step, centres)

    points = normal(200, 4)
    return Program(fit, (points, points[:5]))


@program
def mandelbrot():
    def escape(c):
        def step(state, _):
            z, count = state
            z = jnp.where(jnp.abs(z) < 2, z * z + c, z)
            return (z, count + (jnp.abs(z) < 2)), None
        (_, count), _ = lax.scan(step, (jnp.zeros_like(c), jnp.zeros(c.shape, jnp.int32)), length=30)
        return count

    real, imag = np.meshgrid(np.linspace(-2, 0.5, 25), np.linspace(-1.2, 1.2, 17))
    return Program(escape, ((real + 1j * imag).astype(np.complex64),))


@program
def image_transforms():
    normal = draw()

    def transform(x, angle):
        small = jax.image.resize(x, (12, 10), "bilinear")
        rows, columns = jnp.meshgrid(jnp.arange(24.0), jnp.arange(20.0), indexing="ij")
        turned = [jnp.cos(angle) * rows - jnp.sin(angle) * columns, jnp.sin(angle) * rows + jnp.cos(angle) * columns]
        return small, jax.scipy.ndimage.map_coordinates(x, turned, order=1, mode="nearest")

    return Program(transform, (normal(24, 20), np.float32(0.3)), absolute=1e-3)


@program
def vmapped_jacobian():
    normal = draw()

    def field(x, w):
        return jnp.tanh(w @ x) + jnp.sin(x).sum()

    return Program(lambda x, w: jax.vmap(jax.jacrev(field), (0, None))(x, w), (normal(10, 6), normal(6, 6)))


@program
def ode_runge_kutta():
    def integrate(y, times):
        def slope(y, t):
            return jnp.array([y[1], -jnp.sin(y[0]) - 0.1 * y[1] + jnp.cos(t)])
        def step(y, t):
            h = 0.05
            a = slope(y, t)
            b = slope(y + h / 2 * a, t + h / 2)
            c = slope(y + h / 2 * b, t + h / 2)
            d = slope(y + h * c, t + h)
            y = y + h / 6 * (a + 2 * b + 2 * c + d)
            return y, y
        return lax.scan(step, y, times)[1]

    return Program(integrate, (np.array([1.0, 0.0], np.float32), np.arange(0, 5, 0.05, dtype=np.float32)))
