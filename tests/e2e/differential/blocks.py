"""Families that string ops together as real networks do, and as exporters write them."""
import general
import spatial


def sized(m, x, count):
    """Sizes of a convolution that keeps the map as it is, on `count` channels."""
    return [x.dims[0], (count, 0)] + list(x.dims[2:])


def same_conv(m, x, out, kernel=3, groups=1, bias=None):
    c, rank = x.extent(1), x.rank - 2
    bound = 1.5 / (c // groups * kernel ** rank) ** 0.5
    inputs = [x, m.weight([out, c // groups] + [kernel] * rank, -bound, bound)]
    if m.rng.random() < 0.5 if bias is None else bias:
        inputs.append(m.weight([out]))
    return m.op("Conv", inputs, sized(m, x, out), size=x.size * 3 + 1, pads=[kernel // 2] * (2 * rank), group=groups)


def strided_conv(m, x, out):
    rank = x.rank - 2
    bound = 1.5 / (x.extent(1) * 3 ** rank) ** 0.5
    dims = [x.dims[0], (out, 0)] + [((a + 1) // 2, 0) for a, _ in x.dims[2:]]
    return m.op("Conv", [x, m.weight([out, x.extent(1)] + [3] * rank, -bound, bound), m.weight([out])], dims, size=x.size * 3 + 1,
                strides=[2] * rank, pads=[1] * (2 * rank))


def image(m, channels, sizes, rank=2):
    return m.input([m.batch(), (m.rng.choice(channels), 0)] + [(m.rng.choice(sizes), 0) for _ in range(rank)])


def act(m, x):
    return general.activation(m, x) if m.rng.random() < 0.4 else m.op(m.rng.choice(["Relu", "Relu", "Sigmoid"]), [m.calm(x)], x.dims)


def classifier(m, x):
    x = spatial.global_pool(m, x) if m.rng.random() < 0.6 else x
    x = m.op("Flatten", [x], [x.dims[0], general.product(x.dims[1:])], exact=True)
    x = general.gemm(m, x)
    return m.op("Softmax", [m.calm(x)], x.dims, size=1, axis=-1) if m.rng.random() < 0.5 else x


def mobile(m):
    """Inverted residuals: expand, depthwise, project, each with its norm."""
    x = image(m, [3, 4, 8], [6, 8, 11])
    x = act(m, spatial.batch_norm(m, strided_conv(m, x, m.rng.choice([4, 8, 12]))))
    for _ in range(m.rng.choice([1, 2])):
        c = x.extent(1)
        wide = c * m.rng.choice([2, 3])
        y = act(m, spatial.batch_norm(m, same_conv(m, x, wide, 1)))
        y = act(m, spatial.batch_norm(m, same_conv(m, y, wide, m.rng.choice([3, 5]), wide)))
        if m.rng.random() < 0.4:
            y = spatial.channel_scale(m, y)
        y = spatial.batch_norm(m, same_conv(m, y, c, 1))
        x = m.calm(m.op("Add", [x, y] if m.rng.random() < 0.5 else [y, x], x.dims, size=x.size + y.size))
    m.output(classifier(m, x))


def unet(m):
    """Down, up by ConvTranspose, the way across by Concat."""
    x = image(m, [1, 3], [8, 12])
    a = act(m, same_conv(m, x, m.rng.choice([4, 6, 16])))
    down = m.op("MaxPool", [a], list(a.dims[:2]) + [(d[0] // 2, 0) for d in a.dims[2:]], exact=True, kernel_shape=[2, 2], strides=[2, 2])
    b = act(m, spatial.batch_norm(m, same_conv(m, down, 2 * a.extent(1))))
    w = m.weight([b.extent(1), a.extent(1), 2, 2], -0.3, 0.3)
    up = m.op("ConvTranspose", [b, w, m.weight([a.extent(1)])], a.dims, size=b.size * 3 + 1, strides=[2, 2], kernel_shape=[2, 2])
    both = m.op("Concat", [up, a], sized(m, a, 2 * a.extent(1)), size=max(up.size, a.size), axis=1)
    m.output(same_conv(m, m.calm(act(m, both)), m.rng.choice([1, 2, 5]), m.rng.choice([1, 3])))


def branches(m):
    """Ways side by side of one input, joined; some are outputs too."""
    x = image(m, [2, 3, 8], [5, 7, 9], m.rng.choice([1, 2, 2]))
    rank, ways = x.rank - 2, []
    for _ in range(m.rng.choice([2, 3, 4])):
        kind = m.rng.choice(["conv1", "conv3", "two", "max", "average", "identity"])
        y = x
        if kind == "conv1":
            y = act(m, same_conv(m, x, m.rng.choice([1, 3, 8, 16]), 1))
        elif kind in ("conv3", "two"):
            y = act(m, same_conv(m, x, m.rng.choice([2, 5, 16]), 3))
            if kind == "two":
                y = act(m, same_conv(m, y, m.rng.choice([2, 5, 8]), 3))
        elif kind in ("max", "average"):
            y = m.op("MaxPool" if kind == "max" else "AveragePool", [x], x.dims, exact=kind == "max", kernel_shape=[3] * rank,
                     pads=[1] * (2 * rank))
            y = same_conv(m, y, 4, 1) if m.rng.random() < 0.5 else y
        ways.append(y)
    for way in ways:
        if m.rng.random() < 0.15 and way is not x:
            m.output(way)
    joined = m.op("Concat", ways, sized(m, x, sum(w.extent(1) for w in ways)), size=max(w.size for w in ways), axis=1)
    m.output(same_conv(m, m.calm(joined), 4) if m.rng.random() < 0.6 else spatial.batch_norm(m, m.calm(joined)))


def transformer(m):
    rng = m.rng
    heads, width, length = rng.choice([1, 2, 4]), rng.choice([4, 5, 8]), rng.choice([1, 3, 6, 9])
    d = heads * width
    x = m.input([m.batch(), (length, 0), (d, 0)])
    n = x.dims[0]

    def linear(t, out):
        y = m.op("MatMul", [t, m.weight([t.extent(2), out], -1 / d ** 0.5, 1 / d ** 0.5)], [n, (length, 0), (out, 0)], size=t.size * 3)
        return m.op("Add", [y, m.weight([out])] if rng.random() < 0.5 else [m.weight([out]), y], y.dims, size=y.size + 1)

    def split_heads(t, order):
        t = m.op("Reshape", [t, m.integers([-1 if n[1] else n[0], length, heads, width])], [n, (length, 0), (heads, 0), (width, 0)], exact=True)
        return m.op("Transpose", [t], [t.dims[i] for i in order], exact=True, perm=order)

    def norm(t):
        return general.layer_norm(m, t) if rng.random() < 0.5 and m.opset >= 17 else general.normalize_by_hand(m, t)

    y = norm(x) if rng.random() < 0.5 else x
    q, k, v = split_heads(linear(y, d), [0, 2, 1, 3]), split_heads(linear(y, d), [0, 2, 3, 1]), split_heads(linear(y, d), [0, 2, 1, 3])
    scores = m.op("MatMul", [q, k], [n, (heads, 0), (length, 0), (length, 0)], size=100)
    scores = m.op(*rng.choice([("Div", [scores, m.weight([], values=[width ** 0.5])]), ("Mul", [scores, m.weight([], values=[width ** -0.5])])]),
                  scores.dims, size=50)
    if rng.random() < 0.5:
        mask = m.weight([1, 1, length, length], values=[0.0 if j <= i else -1e9 for i in range(length) for j in range(length)])
        scores = m.op("Add", [scores, mask], scores.dims, size=50)
    scores = m.op("Softmax", [scores], scores.dims, size=1, axis=-1)
    y = m.op("MatMul", [scores, v], [n, (heads, 0), (length, 0), (width, 0)], size=v.size)
    y = m.op("Transpose", [y], [n, (length, 0), (heads, 0), (width, 0)], perm=[0, 2, 1, 3])
    y = m.op("Reshape", [y, m.integers([-1 if n[1] else n[0], length, d])], x.dims)
    x = norm(m.op("Add", [x, linear(y, d)], x.dims, size=20))
    y = linear(general.gelu(m, linear(x, 2 * d)), d)
    m.output(norm(m.op("Add", [x, m.calm(y)], x.dims, size=20)))


def recurrent_cell(m):
    """Gates of one step, written out: Split, Sigmoid, Tanh."""
    rng = m.rng
    d, h = rng.choice([3, 8, 17]), rng.choice([4, 9, 16])
    n = m.batch()
    x, state, cell = m.input([n, d]), m.input([n, h]), m.input([n, h])
    gates = m.op("Add", [m.op("Gemm", [x, m.weight([4 * h, d], -0.5, 0.5), m.weight([4 * h])], [n, (4 * h, 0)], size=10, transB=1),
                         m.op("MatMul", [state, m.weight([h, 4 * h], -0.5, 0.5)], [n, (4 * h, 0)], size=10)], [n, (4 * h, 0)], size=20)
    first = m.op("Split", [gates, m.integers([h] * 4)], [n, (h, 0)], extra_outputs=3, axis=1)
    parts = [first] + [type(first)(name, "f32", first.dims, False, 20) for name in m.extra]
    i, f, o = [m.op("Sigmoid", [p], first.dims, size=1) for p in parts[:3]]
    g = m.op("Tanh", [parts[3]], first.dims, size=1)
    new = m.op("Add", [m.op("Mul", [f, cell], first.dims), m.op("Mul", [i, g], first.dims)], first.dims, size=3)
    m.output(new)
    m.output(m.op("Mul", [o, m.op("Tanh", [new], first.dims, size=1)], first.dims, size=1))


def factors(m):
    """Contractions between factors and summands of every shape that may be folded into their weights."""
    rng = m.rng
    x = image(m, [2, 3, 4, 8], [5, 6], rng.choice([1, 2, 2, 3]))

    def affine(x):
        for _ in range(rng.choice([0, 1, 1, 2])):
            ones = [1] * (x.rank - 2)
            shape = rng.choice([[], [1], [x.extent(1)] + ones, [1, x.extent(1)] + ones, [x.extent(x.rank - 1)], ones, [1, 1] + ones])
            kind = rng.choice(["Mul", "Add", "Sub", "Div", "Mul", "Pad", "Neg", "BatchNormalization"])
            if kind == "Pad":
                pads = [0, 0] + [1] * (x.rank - 2)
                value = m.weight([], values=[rng.choice([0.0, 0.0, 1.5, -1.0])])
                x = m.op("Pad", [x, m.integers(pads * 2), value], list(x.dims[:2]) + [(a + 2, 0) for a, _ in x.dims[2:]], size=x.size + 1)
            elif kind == "BatchNormalization":
                x = spatial.batch_norm(m, x)
            elif kind == "Neg":
                x = m.op("Neg", [x], x.dims)
            else:
                y = m.weight(shape, *((0.5, 2) if kind == "Div" else (-1.5, 1.5)))
                x = m.op(kind, [y, x] if rng.random() < 0.3 and kind in ("Mul", "Add", "Sub") else [x, y], x.dims, size=x.size * 2 + 2)
        return m.calm(x)

    for _ in range(rng.choice([1, 2, 3])):
        x = affine(x)
        kind = rng.choice(["conv", "conv", "depthwise", "transpose", "pointwise"])
        c = x.extent(1)
        if kind == "conv":
            x = spatial.conv(m, x)
        elif kind == "transpose":
            x = spatial.conv_transpose(m, x)
        elif kind == "depthwise":
            x = same_conv(m, x, c * rng.choice([1, 2]), 3, c)
        else:
            x = same_conv(m, x, rng.choice([1, 4, 16, 20]), 1)
        if rng.random() < 0.2:
            m.output(x)
        x = m.calm(affine(x))
        x = general.activation(m, x) if rng.random() < 0.4 else x
    if rng.random() < 0.5:
        x = m.op("Flatten", [x], [x.dims[0], general.product(x.dims[1:])], exact=True)
        for _ in range(rng.choice([1, 2])):
            x = m.calm(general.gemm(m, x))
            x = general.binary(m, x) if rng.random() < 0.6 else x
    m.output(x)


def weights_by_nodes(m):
    """Weights that are shared, transposed, reshaped, cast or computed by nodes."""
    rng = m.rng
    k, n = rng.choice([3, 8, 20, 33]), rng.choice([4, 9, 16, 40])
    x = m.input([m.batch(), k])
    w = m.weight([k, n], -0.5, 0.5)

    def turned(w):
        return m.op("Transpose", [w], [w.dims[1], w.dims[0]], exact=True, perm=[1, 0])

    kind = rng.choice(["tied", "cast", "scaled", "reshaped", "sliced", "output", "twice"])
    used = w
    if kind == "cast":
        half = m.weight([k, n], -0.5, 0.5, dtype="f16")
        used = m.op("Cast", [half], half.dims, "f32", exact=True, to=1)
    elif kind == "scaled":
        used = m.op("Mul", [w, m.weight(rng.choice([[], [n], [k, 1], [k, n]]))], w.dims)
    elif kind == "reshaped":
        used = m.op("Reshape", [m.weight([k * n], -0.5, 0.5), m.integers([k, n])], w.dims, exact=True)
    elif kind == "sliced":
        both = m.weight([k + 2, n], -0.5, 0.5)
        used = m.op("Slice", [both, m.integers([1]), m.integers([k + 1]), m.integers([0])], w.dims, exact=True)
    elif kind == "output":
        m.output(m.op("Identity", [w], w.dims, exact=True))
    y = m.calm(general.activation(m, m.op("MatMul", [x, used], [x.dims[0], (n, 0)], size=k)))
    if kind == "tied":
        m.output(m.op("MatMul", [y, turned(w)], x.dims, size=y.size * n))
        return
    if kind == "twice":
        y = m.op("Add", [y, m.op("MatMul", [m.op("Neg", [x], x.dims, exact=True), w], y.dims, size=k)], y.dims, size=2 * k)
    y = m.op("Gemm", [y, turned(m.weight([5, n], -0.5, 0.5))], [x.dims[0], (5, 0)], size=y.size * n) if rng.random() < 0.5 else y
    m.output(y)


def wide(m):
    """Sizes past the blocks of the contraction kernels."""
    rng = m.rng
    if rng.random() < 0.5:
        x = m.input([(0, 1) if m.symbolic else (rng.choice([1, 5, 13, 29, 64, 97]), 0), (rng.choice([130, 257, 400, 513]), 0)])
        for _ in range(rng.choice([1, 2])):
            k, n = x.extent(1), rng.choice([1, 10, 100, 129, 256, 300])
            bound = 1.5 / k ** 0.5
            x = m.op("Gemm", [x, m.weight([n, k], -bound, bound), m.weight([n])], [x.dims[0], (n, 0)], size=x.size * 3 + 1, transB=1)
            x = act(m, x) if rng.random() < 0.7 else x
        m.output(x)
        return
    x = m.input([m.batch(), (rng.choice([16, 32, 48, 65]), 0), (rng.choice([7, 13, 14]), 0), (rng.choice([7, 14, 20]), 0)])
    groups = rng.choice([1, 1, 1, 2, x.extent(1)])
    groups = groups if x.extent(1) % groups == 0 else 1
    out = groups * rng.choice([1, 2] if groups > 2 else [16, 33, 64])
    x = same_conv(m, x, out, rng.choice([1, 3]), groups)
    x = act(m, x)
    m.output(rng.choice([lambda: x, lambda: m.op("MaxPool", [x], list(x.dims[:2]) + [((a - 2) // 2 + 1, 0) for a, _ in x.dims[2:]], exact=True,
                                                 kernel_shape=[2, 2], strides=[2, 2]), lambda: spatial.global_pool(m, x)])())


def shape_arithmetic(m):
    """Shapes computed by nodes from other shapes, as tracing exporters write `x.view(x.size(0), -1)`."""
    rng = m.rng
    x = m.input([m.batch(), (rng.choice([2, 4, 6]), 0), (rng.choice([3, 8]), 0), (rng.choice([1, 5]), 0)])

    def size(t, axis):
        shape = m.op("Shape", [t], [(t.rank, 0)], "i64")
        if rng.random() < 0.5:
            return m.op("Slice", [shape, m.integers([axis]), m.integers([axis + 1]), m.integers([0])], [(1, 0)])
        one = m.op("Gather", [shape, m.weight([], dtype="i64", values=[axis])], [], axis=0)
        return m.op("Unsqueeze", [one, m.integers([0])], [(1, 0)])

    def vector(parts):
        return m.op("Concat", parts, [(len(parts), 0)], axis=0)

    for _ in range(rng.choice([1, 2, 3])):
        n, c, h, w = x.dims
        kind = rng.choice(["view", "channels", "expand", "zeros", "product", "mean", "slice"])
        if kind == "view":
            flat = m.op("Reshape", [x, vector([size(x, 0), m.integers([-1])])], [n, general.product([c, h, w])], exact=True)
            flat = general.gemm(m, flat) if rng.random() < 0.5 else flat
            m.output(general.activation(m, flat))
        elif kind == "channels":
            half = m.op("Div", [size(x, 1), m.integers([2])], [(1, 0)])
            split = m.op("Reshape", [x, vector([size(x, 0), m.integers([2]), half, size(x, 2), size(x, 3)])], [n, (2, 0), (c[0] // 2, 0), h, w],
                         exact=True)
            turned = m.op("Transpose", [split], [n, (c[0] // 2, 0), (2, 0), h, w], exact=True, perm=[0, 2, 1, 3, 4])
            x = m.op("Reshape", [turned, m.op("Shape", [x], [(4, 0)], "i64")], x.dims, exact=True)
        elif kind == "expand":
            y = m.op("Expand", [m.weight([1, c[0], 1, 1]), m.op("Shape", [x], [(4, 0)], "i64")], x.dims, "f32", exact=True, size=1)
            x = m.op("Concat", [x, y], [n, (2 * c[0], 0), h, w], exact=True, axis=1)
        elif kind == "zeros":
            zeros = m.op("ConstantOfShape", [vector([size(x, 0), m.integers([1]), size(x, 2), size(x, 3)])], [n, (1, 0), h, w], "f32", exact=True,
                         size=0)
            x = m.op("Concat", [zeros, x, zeros], [n, (c[0] + 2, 0), h, w], exact=True, size=x.size, axis=1)
        elif kind == "product":
            rows = m.op("Mul", [size(x, 0), size(x, 1)], [(1, 0)])
            m.output(m.op("Reshape", [x, vector([rows, m.integers([-1])])], [general.product([n, c]), general.product([h, w])], exact=True))
        elif kind == "mean":
            count = m.op("Cast", [m.op("Mul", [size(x, 2), size(x, 3)], [(1, 0)])], [(1, 0)], "f32", to=1)
            total = m.op("Reshape", [x, vector([size(x, 0), size(x, 1), m.integers([-1])])], [n, c, general.product([h, w])], exact=True)
            total = m.op("ReduceSum", [total, m.integers([2])], [n, c], size=x.size * 40, keepdims=0)
            m.output(m.op("Div", [total, count], [n, c], size=x.size))
        else:
            ends = m.op("Sub", [size(x, 2), m.integers([1])], [(1, 0)])
            x = m.op("Slice", [x, m.integers([0]), ends, m.integers([2])], [n, c, (h[0] - 1, 0), w], exact=True) if h[0] > 1 else x
        if x.extent(1) % 2:
            break
    m.output(same_conv(m, x, 4) if rng.random() < 0.5 else general.activation(m, x))


def rare(m):
    """Operators that the other families leave out."""
    rng = m.rng
    x = m.input([m.batch(), (rng.choice([2, 3, 4]), 0), (rng.choice([3, 4, 9]), 0)])
    rows = x.dims[:2]
    steps = [
        lambda x: m.op("CumSum", [x, m.weight([], dtype="i64", values=[rng.choice([1, 2, -1])])], x.dims, size=x.size * 9,
                       exclusive=rng.randrange(2), reverse=rng.randrange(2)),
        lambda x: m.op("Trilu", [x, m.weight([], dtype="i64", values=[rng.choice([-1, 0, 1, 2])])], x.dims, exact=True, upper=rng.randrange(2))
        if m.opset >= 14 else x,
        lambda x: m.op("LpNormalization", [m.op("Add", [m.op("Sigmoid", [x], x.dims), m.weight([], values=[0.5])], x.dims)], x.dims, size=1,
                       axis=rng.choice([1, 2]), p=rng.choice([1, 2])),
        lambda x: m.op("Sum", [x, m.weight([1, 1, 1]), m.weight([x.extent(2)]), x], x.dims, size=x.size * 2 + 2),
        lambda x: m.op("Mean", [x, m.weight([x.extent(1), 1])], x.dims, size=x.size + 1),
        lambda x: m.op("Max", [x, m.weight([]), m.weight([x.extent(1), 1])], x.dims, exact=True, size=x.size + 1),
        lambda x: m.op("Hardmax", [x], x.dims, size=1, axis=rng.choice([1, 2, -1])) if x.exact else x,
        lambda x: m.op("Dropout", [x], x.dims, exact=True),
        lambda x: m.op("ReduceLogSum", [m.op("Exp", [m.op("Tanh", [x], x.dims)], x.dims), m.integers([2])], x.dims[:2] + ((1, 0),), size=9)
        if m.opset >= 18 else x,
        lambda x: m.op("ReduceProd", [m.op("Sigmoid", [x], x.dims), m.integers([1])], (x.dims[0], (1, 0), x.dims[2]), size=1)
        if m.opset >= 18 else x,
        lambda x: m.op("GlobalLpPool", [x], x.dims[:2] + ((1, 0),), size=x.size * 9, p=rng.choice([1, 2])),
        lambda x: m.op("MeanVarianceNormalization", [x], x.dims, size=5, axes=[2]) if x.extent(2) > 2 and x.exact else x,
    ]
    for _ in range(rng.randint(1, 4)):
        x = m.calm(rng.choice(steps)(x))
    m.output(x)
    if rng.random() < 0.4:
        places = m.input([m.batch()], "i32")
        hot = m.op("OneHot", [places, m.weight([], dtype="i64", values=[11]), m.weight([2], values=[0.0, 1.0])], [places.dims[0], (11, 0)], "f32",
                   exact=True, size=1)
        m.output(m.op("MatMul", [hot, m.weight([11, 5])], [places.dims[0], (5, 0)]))
    if rng.random() < 0.4:
        a = m.input([m.batch(), 6], "u8")
        m.output(m.op("MatMulInteger", [a, m.weight([6, 5], dtype="i8"), m.weight([], dtype="u8", values=[2])], [a.dims[0], (5, 0)], "i32"))
    if rng.random() < 0.4 and rows:
        a = m.input([m.batch(), 7], rng.choice(["u8", "i32", "i64", "u16", "u32", "i16"]))
        b = m.weight([7], dtype=a.dtype)
        kind = rng.choice(["BitwiseAnd", "BitwiseOr", "BitwiseXor"] if m.opset >= 18 else ["Add", "Mul"])
        m.output(m.op(kind, [a, b], a.dims, exact=True))


FAMILIES = [mobile, unet, branches, transformer, recurrent_cell, factors, factors, weights_by_nodes, wide, shape_arithmetic, shape_arithmetic, rare]
