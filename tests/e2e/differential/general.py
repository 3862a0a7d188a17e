"""Steps on tensors of any rank: pointwise ops, movement, reductions, softmax and norms, contractions."""
import tensors


# -- pointwise ---------------------------------------------------------------------------------------------------------------

def activation(m, x):
    rng = m.rng
    if x.dtype not in tensors.FLOATS:
        return x
    x = m.calm(x)
    bounded, growing = ["Sigmoid", "Tanh", "Softsign", "HardSigmoid", "Erf", "Sin", "Cos", "Atan"], ["Softplus", "Mish", "Elu", "Selu", "Celu"]
    kinds = bounded + ["Relu", "Relu", "LeakyRelu", "ThresholdedRelu", "Shrink", "HardSwish", "PRelu", "Clip", "Abs", "Neg", "Gelu"] + growing
    kind = rng.choice([k for k in kinds if (k != "Mish" or m.opset >= 18) and (k != "HardSwish" or m.opset >= 14)])
    if x.dtype == "bf16":
        kind = rng.choice(["Sigmoid", "Tanh", "Relu", "Erf", "Abs", "Neg"])
    if kind in ("ThresholdedRelu", "Shrink") and not x.exact:
        kind = "Relu"
    attributes = {}
    if kind in ("LeakyRelu", "Elu", "ThresholdedRelu", "HardSigmoid") or (kind == "Celu" and x.dtype == "f32"):
        attributes = {} if rng.random() < 0.4 else {"alpha": rng.choice([0.01, 0.25, 0.5])}
    if kind == "Celu" and x.dtype != "f32":
        kind = "Elu"
    if kind == "Shrink":
        attributes = {"lambd": 0.4, "bias": 0.1}
    if kind == "Clip":
        return clip(m, x)
    if kind == "Gelu":
        return gelu(m, x)
    if kind == "PRelu":
        slope = m.weight(broadcastable(m, x, 0.5), -0.3, 0.3, dtype=x.dtype)
        return m.op("PRelu", [x, slope], x.dims, size=x.size)
    return m.op(kind, [x], x.dims, exact=kind in ("Relu", "Abs", "Neg"), size=1.0 if kind in bounded else x.size * 2, **attributes)


def clip(m, x):
    if x.dtype not in tensors.FLOATS:
        return x
    low, high = m.rng.choice([(0, 6), (None, 1), (-0.5, None), (-1, 1)])
    bounds = [None if v is None else m.weight([], dtype=x.dtype, values=[v]) for v in (low, high)]
    return m.op("Clip", [x] + (bounds if high is not None else bounds[:1]), x.dims, exact=True, size=x.size)


def gelu(m, x):
    if x.dtype not in tensors.FLOATS:
        return x
    if m.opset >= 20:
        return m.op("Gelu", [x], x.dims, size=x.size, approximate=m.rng.choice(["none", "tanh"]))
    scaled = m.op("Div", [x, m.weight([], dtype=x.dtype, values=[2 ** 0.5])], x.dims, size=x.size)
    gate = m.op("Add", [m.op("Erf", [scaled], x.dims, size=1), m.weight([], dtype=x.dtype, values=[1.0])], x.dims, size=2)
    return m.op("Mul", [m.op("Mul", [x, gate], x.dims, size=2 * x.size), m.weight([], dtype=x.dtype, values=[0.5])], x.dims, size=x.size)


def broadcastable(m, x, chance_of_one=0.4):
    """Static sizes that broadcast to x: trailing dims, some of them 1."""
    first = m.rng.randint(0, x.rank)
    return [1 if not x.static(d) or m.rng.random() < chance_of_one else x.extent(d) for d in range(first, x.rank)]


def binary(m, x):
    rng = m.rng
    if x.dtype == "bool":
        return x
    is_float = x.dtype in tensors.FLOATS
    kind = rng.choice(["Add", "Sub", "Mul", "Max", "Min", "Div"] if is_float else ["Add", "Sub", "Mul"])
    if x.size > 50:
        kind = rng.choice(["Max", "Min"] if is_float else ["Add"])
    other = rng.choice(["weight", "weight", "input", "self"])
    if other == "self" and kind != "Div":
        y = m.op("Neg" if is_float else "Identity", [x], x.dims, exact=True)
    elif other == "input" and kind != "Div" and m.can_be_input(x.dims):
        y = m.input([1 if rng.random() < 0.3 else d for d in x.dims], x.dtype)
    elif kind == "Div":
        y = m.weight(broadcastable(m, x), 0.5, 2, dtype=x.dtype)
    else:
        y = m.weight(broadcastable(m, x), dtype=x.dtype)
    size = {"Add": x.size + y.size, "Sub": x.size + y.size, "Mul": x.size * y.size, "Div": x.size * 2}.get(kind, max(x.size, y.size))
    pair = [x, y] if kind == "Div" or rng.random() < 0.5 else [y, x]
    return m.op(kind, pair, x.dims, exact=kind in ("Max", "Min"), size=max(size, 1))


def math(m, x):
    """Functions that need their domain made first."""
    if x.dtype not in ("f32", "f64"):
        return x
    rng = m.rng
    unit = m.op("Sigmoid", [m.calm(x)], x.dims, size=1)
    positive = m.op("Add", [unit, m.weight([], dtype=x.dtype, values=[0.25])], x.dims, size=1.25)
    kind = rng.choice(["Log", "Sqrt", "Reciprocal", "Exp", "Pow", "Tan", "Asin", "Acos", "Acosh", "Asinh", "Atanh", "Sinh", "Cosh"])
    if kind == "Pow":
        exponent = m.weight([], dtype=x.dtype, values=[rng.choice([2.0, 3.0, 0.5, -1.0, 1.7])])
        return m.op("Pow", [positive, exponent], x.dims, size=4)
    if kind in ("Asin", "Acos", "Atanh"):
        positive = m.op("Mul", [unit, m.weight([], dtype=x.dtype, values=[0.9])], x.dims, size=1)
    if kind == "Acosh":
        positive = m.op("Add", [unit, m.weight([], dtype=x.dtype, values=[1.25])], x.dims, size=3)
    return m.op(kind, [positive], x.dims, size=4)


def jump(m, x):
    """Ops with steps, on exact values alone."""
    if not x.exact or x.dtype not in ("f32", "f64", "i32", "i64"):
        return x
    rng = m.rng
    if x.dtype in ("i32", "i64"):
        three = m.weight([], dtype=x.dtype, values=[rng.choice([3, 7, -4])])
        return m.op(rng.choice(["Div", "Mod"]), [x, three], x.dims, exact=True)
    return m.op(rng.choice(["Floor", "Ceil", "Round", "Sign"]), [x], x.dims, exact=True)


def compare_select(m, x):
    rng = m.rng
    if x.dtype == "bool":
        return m.op("Not", [x], x.dims, exact=True)
    if not x.exact or x.dtype not in ("f32", "f64", "i32", "i64"):
        return x
    y = m.weight(broadcastable(m, x), dtype=x.dtype)
    condition = m.op(rng.choice(["Less", "Greater", "Equal", "LessOrEqual", "GreaterOrEqual"]), [x, y], x.dims, "bool", exact=True, size=1)
    if rng.random() < 0.3:
        other = m.op("Greater", [x, m.weight([], dtype=x.dtype, values=[0])], x.dims, "bool", exact=True, size=1)
        condition = m.op(rng.choice(["And", "Or", "Xor"]), [condition, other], x.dims, exact=True)
    if rng.random() < 0.3:
        m.output(condition)
    z = m.weight(broadcastable(m, x), dtype=x.dtype)
    return m.op("Where", [condition] + ([x, z] if rng.random() < 0.5 else [z, x]), x.dims, x.dtype, exact=True, size=max(x.size, z.size))


def cast(m, x):
    kinds = {"f32": ["f64", "f16", "bf16"], "f64": ["f32"], "f16": ["f32"], "bf16": ["f32"], "i32": ["i64", "f32", "f64"], "i64": ["i32", "f32"],
             "bool": ["f32", "i32", "i64"], "u8": ["f32", "i32"], "i8": ["f32", "i32"]}
    if x.exact and x.dtype in ("f32", "f64"):
        kinds[x.dtype] = kinds[x.dtype] + ["i32", "i64", "bool"]
    target = m.rng.choice(kinds.get(x.dtype, [x.dtype]))
    return m.op("Cast", [x], x.dims, target, exact=x.dtype not in tensors.FLOATS or x.exact, size=x.size, to=tensors.TYPES[target][0])


# -- movement ----------------------------------------------------------------------------------------------------------------

def transpose(m, x):
    order = list(range(x.rank))
    m.rng.shuffle(order)
    return m.op("Transpose", [x], [x.dims[i] for i in order], exact=True, perm=order) if x.rank else x


def reshape(m, x):
    """Merges or splits neighbouring dims, or adds and drops dims of 1."""
    rng = m.rng
    kind = rng.choice(["merge", "split", "flatten", "unsqueeze", "squeeze"])
    dims = list(x.dims)
    if kind == "unsqueeze" and x.rank < 5:
        at = rng.randint(0, x.rank)
        dims.insert(at, (1, 0))
        return m.op("Unsqueeze", [x, m.integers([rng.choice([at, at - x.rank - 1])])], dims, exact=True)
    if kind == "squeeze" and (1, 0) in dims:
        at = dims.index((1, 0))
        del dims[at]
        return m.op("Squeeze", [x, m.integers([at])], dims, exact=True)
    if kind == "flatten" and x.rank >= 1:
        axis = rng.randint(0, x.rank)
        left, right = product(dims[:axis]), product(dims[axis:])
        return m.op("Flatten", [x], [left, right], exact=True, axis=axis) if left and right else x
    if kind == "split" and x.rank and x.rank < 5:
        at = rng.randrange(x.rank)
        a, b = dims[at]
        factors = [f for f in (2, 3, 4, 5) if a % f == 0 and b % f == 0 and a + b > f]
        if not factors:
            return x
        f = rng.choice(factors)
        dims[at:at + 1] = [(a // f, b // f), (f, 0)]
    elif kind == "merge" and x.rank >= 2:
        at = rng.randrange(x.rank - 1)
        merged = product(dims[at:at + 2])
        if not merged:
            return x
        dims[at:at + 2] = [merged]
    else:
        return x
    if sum(b != 0 for _, b in dims) > 1:
        return x
    if product([d for d in dims if d[1] == 0]) == (0, 0):
        return x
    shape = [-1 if b else a for a, b in dims]
    if -1 not in shape and rng.random() < 0.4:
        shape[rng.randrange(len(shape))] = -1
    return m.op("Reshape", [x, m.integers(shape)], dims, exact=True)


def product(dims):
    """The product of dims as a dim; None where two hold the batch."""
    result = (1, 0)
    for a, b in dims:
        if b and result[1]:
            return None
        result = (result[0] * a, result[0] * b + result[1] * a)
    return result


def slice_(m, x):
    rng = m.rng
    axes = [d for d in range(x.rank) if x.static(d) and x.extent(d) > 1 and rng.random() < 0.6]
    if not axes:
        return x
    dims, starts, ends, steps = list(x.dims), [], [], []
    for axis in axes:
        n = x.extent(axis)
        step = rng.choice([1, 1, 2, 3, -1, -2])
        a, b = rng.randrange(n), rng.randrange(n)
        if step > 0:
            a, b = min(a, b), max(a, b) + 1
            count = len(range(a, b, step))
            starts.append(rng.choice([a, a - n]))
            ends.append(2 ** 62 if b == n and rng.random() < 0.5 else b)
        else:
            a, b = max(a, b), min(a, b) - 1
            count = len(range(a, b, step))
            starts.append(a)
            ends.append(-n - 1 if b < 0 else b)
        steps.append(step)
        dims[axis] = (count, 0)
    return m.op("Slice", [x] + [m.integers(v) for v in (starts, ends, [rng.choice([a, a - x.rank]) for a in axes], steps)], dims, exact=True)


def pad(m, x):
    if x.rank == 0 or x.dtype == "bool" or x.dtype == "bf16" or x.count() > 4000:
        return x
    rng = m.rng
    mode = rng.choice(["constant", "constant", "reflect", "edge"])
    pads = [[0 if not x.static(d) else rng.choice([0, 0, 1, 2]) for d in range(x.rank)] for _ in range(2)]
    if mode != "constant":
        pads = [[min(p, x.extent(d) - 1) for d, p in enumerate(side)] for side in pads]
    dims = [(a + pads[0][d] + pads[1][d], b) for d, (a, b) in enumerate(x.dims)]
    if mode != "constant" and 0 in [a + b for a, b in x.dims]:
        return x
    inputs = [x, m.integers(pads[0] + pads[1])]
    if mode == "constant" and rng.random() < 0.5:
        inputs.append(m.weight([], dtype=x.dtype, values=[2]))
    return m.op("Pad", inputs, dims, exact=True, mode=mode)


def concat(m, x):
    if x.rank == 0:
        return x
    rng, axis = m.rng, m.rng.randrange(x.rank)
    parts = [x]
    for _ in range(rng.choice([1, 2])):
        dims = list(x.dims)
        if rng.random() < 0.5 and all(x.static(d) for d in range(x.rank)):
            dims[axis] = (rng.choice([1, 2, 5]), 0)
            parts.append(m.weight([a for a, _ in dims], dtype=x.dtype))
        elif rng.random() < 0.5 and m.can_be_input(dims):
            parts.append(m.input(dims, x.dtype))
        else:
            parts.append(x)
    rng.shuffle(parts)
    dims = list(x.dims)
    dims[axis] = (sum(p.dims[axis][0] for p in parts), sum(p.dims[axis][1] for p in parts))
    return m.op("Concat", parts, dims, exact=True, size=max(p.size for p in parts), axis=axis)


def split(m, x):
    axes = [d for d in range(x.rank) if x.static(d) and x.extent(d) >= 2]
    if not axes:
        return x
    axis = m.rng.choice(axes)
    cut = m.rng.randint(1, x.extent(axis) - 1)
    dims, rest = list(x.dims), list(x.dims)
    dims[axis], rest[axis] = (cut, 0), (x.extent(axis) - cut, 0)
    first = m.op("Split", [x, m.integers([cut, x.extent(axis) - cut])], dims, exact=True, extra_outputs=1, axis=axis)
    second = type(first)(m.extra[0], x.dtype, rest, first.exact, x.size)
    second.coarsest = first.coarsest
    m.output(second)
    return first


def tile_expand(m, x):
    rng = m.rng
    if x.count() > 2000 or x.rank == 0 or x.dtype == "bf16":
        return x
    if rng.random() < 0.5:
        repeats = [rng.choice([1, 1, 2, 3]) for _ in range(x.rank)]
        return m.op("Tile", [x, m.integers(repeats)], [(a * r, b * r) for (a, b), r in zip(x.dims, repeats)], exact=True)
    if x.rank > 4:
        return x
    target = [rng.choice([2, 3])] + [1 if b else a if a != 1 else rng.choice([1, 4]) for a, b in x.dims]
    dims = [(target[0], 0)] + [d if d[1] else (t, 0) for d, t in zip(x.dims, target[1:])]
    return m.op("Expand", [x, m.integers(target)], dims, exact=True)


def gather(m, x):
    axes = [d for d in range(x.rank) if x.static(d) and x.extent(d) >= 1]
    if not axes:
        return x
    axis = m.rng.choice(axes)
    n = x.extent(axis)
    start = m.rng.randrange(n)
    if m.rng.random() < 0.5:
        place = m.weight([], dtype="i64", values=[start])
        return m.op("Gather", [x, place], x.dims[:axis] + x.dims[axis + 1:], exact=True, size=x.size, axis=axis)
    count = m.rng.randint(1, n - start)
    dims = list(x.dims)
    dims[axis] = (count, 0)
    return m.op("Gather", [x, m.integers(range(start, start + count))], dims, exact=True, size=x.size, axis=axis)


# -- reductions --------------------------------------------------------------------------------------------------------------

def reduce(m, x):
    rng = m.rng
    if x.dtype not in ("f32", "f64", "i32", "i64") or 0 in [a + b for a, b in x.dims]:
        return x
    kinds = ["ReduceSum", "ReduceMax", "ReduceMin"]
    if x.dtype in ("f32", "f64"):
        kinds += ["ReduceMean", "ReduceMean", "ReduceL1", "ReduceL2", "ReduceSumSquare"] + (["ReduceLogSumExp"] if x.size < 50 else [])
    if x.exact and x.rank and x.dtype in ("f32", "i32"):
        kinds += ["ArgMax", "ArgMin"]
    kind, keep = rng.choice(kinds), rng.randrange(2)
    if kind.startswith("Arg"):
        axis = rng.randrange(x.rank)
        dims = [d for i, d in enumerate(x.dims) if i != axis or keep]
        dims = [(1, 0) if keep and i == axis else d for i, d in enumerate(dims)]
        return m.op(kind, [x], dims, "i64", exact=True, size=x.extent(axis), axis=axis, keepdims=keep, select_last_index=rng.randrange(2))
    axes = sorted(d for d in range(x.rank) if rng.random() < 0.5)
    if not axes:
        axes = list(range(x.rank))
    given = axes if axes != list(range(x.rank)) or rng.random() < 0.5 else None
    inputs, attributes = [x], {"keepdims": keep}
    if given:
        if kind == "ReduceSum" or m.opset >= 18:
            inputs.append(m.integers([rng.choice([a, a - x.rank]) for a in given]))
        else:
            attributes["axes"] = given
    dims = [(1, 0) if d in axes else x.dims[d] for d in range(x.rank) if keep or d not in axes]
    total = 1
    for axis in axes:
        total *= x.extent(axis) * (16 if not x.static(axis) else 1)
    growth = {"ReduceSum": total, "ReduceL1": total, "ReduceL2": total, "ReduceSumSquare": total * x.size}.get(kind, 1)
    return m.op(kind, inputs, dims, exact=kind in ("ReduceMax", "ReduceMin") or x.dtype[0] == "i", size=x.size * growth + 3, **attributes)


def softmax(m, x):
    if x.dtype not in ("f32", "f64", "f16") or x.rank == 0 or x.count() == 0:
        return x
    kind = m.rng.choice(["Softmax", "Softmax", "LogSoftmax"])
    axis = m.rng.randrange(x.rank)
    return m.op(kind, [m.calm(x)], x.dims, size=1 if kind == "Softmax" else 60, axis=m.rng.choice([axis, axis - x.rank]))


def layer_norm(m, x):
    if x.dtype != "f32" or m.opset < 17 or x.rank == 0:
        return x
    axis = m.rng.randrange(x.rank)
    if any(not x.static(d) for d in range(axis, x.rank)):
        return x
    sizes = [x.extent(d) for d in range(axis, x.rank)]
    count = 1
    for s in sizes:
        count *= s
    if count < 2:
        return x
    inputs = [x, m.weight(sizes, 0.5, 1.5)] + ([m.weight(sizes)] if m.rng.random() < 0.6 else [])
    return m.op("LayerNormalization", inputs, x.dims, size=6, axis=m.rng.choice([axis, axis - x.rank]), epsilon=1e-2)


def normalize_by_hand(m, x):
    """Mean and variance written out, as exporters do."""
    if x.dtype != "f32" or x.rank == 0 or not x.static(x.rank - 1) or x.extent(x.rank - 1) < 2:
        return x
    kept = list(x.dims[:-1]) + [(1, 0)]

    def mean(t):
        axes = m.integers([-1])
        return m.op("ReduceMean", [t, axes], kept) if m.opset >= 18 else m.op("ReduceMean", [t], kept, axes=[-1])

    centred = m.op("Sub", [x, mean(x)], x.dims, size=x.size * 2)
    square = m.op("Pow", [centred, m.weight([], values=[2.0])], x.dims, size=x.size ** 2 * 4)
    deviation = m.op("Sqrt", [m.op("Add", [mean(square), m.weight([], values=[0.01])], kept)], kept)
    result = m.op("Div", [centred, deviation], x.dims, size=6)
    return m.op("Add", [m.op("Mul", [result, m.weight([x.extent(x.rank - 1)])], x.dims, size=6), m.weight([x.extent(x.rank - 1)])], x.dims, size=7)


# -- contractions ------------------------------------------------------------------------------------------------------------

def matmul(m, x):
    rng = m.rng
    if x.dtype not in ("f32", "f64", "f16") or x.rank == 0 or x.rank > 4 or not x.static(x.rank - 1) or x.extent(x.rank - 1) == 0:
        return x
    k = x.extent(x.rank - 1)
    n = rng.choice([1, 2, 3, 8, 16, 17, 40, 65])
    bound = 1.5 / k ** 0.5
    form = rng.choice(["weight", "weight", "batched", "vector", "runtime", "self"])
    size = x.size * 3
    if form == "vector":
        return m.op("MatMul", [x, m.weight([k], -bound, bound, x.dtype)], x.dims[:-1], size=size)
    if form == "batched" and x.rank >= 3:
        lead = [1 if b or rng.random() < 0.4 else a for a, b in x.dims[:-2]]
        return m.op("MatMul", [x, m.weight(lead + [k, n], -bound, bound, x.dtype)], list(x.dims[:-1]) + [(n, 0)], size=size)
    if form == "runtime" and x.dtype == "f32":
        return m.op("MatMul", [x, m.input([k, n])], list(x.dims[:-1]) + [(n, 0)], size=x.size * k)
    if form == "self" and x.rank >= 2:
        order = list(range(x.rank - 2)) + [x.rank - 1, x.rank - 2]
        turned = m.op("Transpose", [x], [x.dims[i] for i in order], perm=order)
        return m.calm(m.op("MatMul", [x, turned], list(x.dims[:-1]) + [x.dims[-2]], size=x.size ** 2 * k))
    return m.op("MatMul", [x, m.weight([k, n], -bound, bound, x.dtype)], list(x.dims[:-1]) + [(n, 0)], size=size)


def gemm(m, x):
    rng = m.rng
    if x.dtype not in ("f32", "f64") or x.rank != 2:
        return x
    trans_a, trans_b = rng.random() < 0.25, rng.random() < 0.5
    rows, depth = (x.dims[1], x.dims[0]) if trans_a else x.dims
    if depth[1] or depth[0] == 0:
        return x
    k, n = depth[0], rng.choice([1, 3, 10, 16, 31, 64])
    bound = 1.5 / k ** 0.5
    inputs = [x, m.weight([n, k] if trans_b else [k, n], -bound, bound, x.dtype)]
    if rng.random() < 0.8:
        shapes = [[n], [1, n], [], [1], [1, 1]] + ([[rows[0], 1], [rows[0], n]] if not rows[1] else [])
        inputs.append(m.weight(rng.choice(shapes), dtype=x.dtype))
    attributes = {"transA": int(trans_a), "transB": int(trans_b)}
    if rng.random() < 0.4:
        attributes.update(alpha=rng.choice([0.5, 2.0, -1.0]), beta=rng.choice([0.25, 0.0, 3.0]))
    return m.op("Gemm", inputs, [rows, (n, 0)], size=x.size * 6 + 3, **attributes)


POINTWISE = [activation, activation, activation, binary, binary, math, clip, gelu]
MOVEMENT = [transpose, reshape, reshape, slice_, pad, concat, split, tile_expand, gather]
REDUCTIONS = [reduce, reduce, softmax, layer_norm, normalize_by_hand]
CONTRACTIONS = [matmul, matmul, gemm, gemm]
EXACT = [jump, compare_select, compare_select, cast]
