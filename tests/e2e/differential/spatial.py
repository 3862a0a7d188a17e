"""Steps on feature maps [batch, channels, spatial...]: each takes the model and a tensor and returns a tensor."""


def windows(m, sizes, kernel, pool=False):
    """Attributes and output sizes of a window of `kernel` over `sizes`, or None where nothing would come out."""
    rng, rank = m.rng, len(sizes)
    strides = [rng.choice([1, 1, 1, 2, 3]) for _ in range(rank)]
    dilations = [rng.choice([1, 1, 1, 2]) for _ in range(rank)]
    attributes = {"kernel_shape": kernel}
    if rng.random() < 0.8:
        attributes["strides"] = strides
    else:
        strides = [1] * rank
    mode = rng.choice(["explicit", "explicit", "none", "SAME_UPPER", "SAME_LOWER", "VALID"])
    if rng.random() < 0.4 and (not pool or m.opset >= 19 or pool == "max") and not mode.startswith("SAME"):
        attributes["dilations"] = dilations
    else:
        dilations = [1] * rank
    spans = [(k - 1) * d + 1 for k, d in zip(kernel, dilations)]
    pads = [0] * (2 * rank)
    if mode == "explicit":
        pads = [rng.randint(0, k - 1) if pool else rng.randint(0, 2) for k in kernel * 2]
        attributes["pads"] = pads
    elif mode != "none":
        attributes["auto_pad"] = mode
    if mode.startswith("SAME"):
        return attributes, [-(-s // t) for s, t in zip(sizes, strides)]
    room = [s + pads[i] + pads[i + rank] - span for i, (s, span) in enumerate(zip(sizes, spans))]
    if min(room) < 0:
        return None
    if pool and mode != "VALID" and rng.random() < 0.4:
        attributes["ceil_mode"] = 1
        result = []
        for i, (r, t) in enumerate(zip(room, strides)):
            size = -(-r // t) + 1
            if (size - 1) * t >= sizes[i] + pads[i]:  # a window that starts in the padding after the end does not count
                size -= 1
            result.append(size)
        return attributes, result
    return attributes, [r // t + 1 for r, t in zip(room, strides)]


def conv(m, x):
    rng, channels, sizes = m.rng, x.extent(1), [x.extent(i) for i in range(2, x.rank)]
    groups = rng.choice([1, 1, 1, channels, rng.choice([g for g in range(1, channels + 1) if channels % g == 0])])
    out = groups * rng.choice([1, 2, 3, 5] if groups > 1 else [1, 3, 4, 7, 8, 16, 17, 33])
    kernel = [rng.choice([1, 2, 3, 3, 5]) for _ in sizes]
    found = windows(m, sizes, kernel)
    if not found:
        return x
    attributes, result = found
    taps = channels // groups
    for k in kernel:
        taps *= k
    bound = 1.5 / taps ** 0.5
    inputs = [x, m.weight([out, channels // groups] + kernel, -bound, bound)]
    if rng.random() < 0.6:
        inputs.append(m.weight([out]))
    if groups > 1:
        attributes["group"] = groups
    return m.op("Conv", inputs, [x.dims[0], (out, 0)] + [(s, 0) for s in result], size=x.size * 3 + 1, **attributes)


def conv_transpose(m, x):
    rng, channels, sizes = m.rng, x.extent(1), [x.extent(i) for i in range(2, x.rank)]
    if max(sizes) > 12:
        return x
    groups = rng.choice([1, 1, channels])
    per_group = rng.choice([1, 2, 4, 9])
    kernel, strides = [rng.choice([1, 2, 3]) for _ in sizes], [rng.choice([1, 2, 2, 3]) for _ in sizes]
    dilations = [rng.choice([1, 1, 2]) for _ in sizes]
    pads = [rng.choice([0, 0, 1]) for _ in sizes * 2]
    extra = [rng.randrange(s) if rng.random() < 0.4 else 0 for s in strides]
    n = len(sizes)
    result = [t * (s - 1) + e + (k - 1) * d + 1 - pads[i] - pads[i + n]
              for i, (s, t, e, k, d) in enumerate(zip(sizes, strides, extra, kernel, dilations))]
    if min(result) < 1:
        return x
    taps = channels // groups
    for k in kernel:
        taps *= k
    inputs = [x, m.weight([channels, per_group] + kernel, -1.5 / taps ** 0.5, 1.5 / taps ** 0.5)]
    if rng.random() < 0.5:
        inputs.append(m.weight([per_group * groups]))
    return m.op("ConvTranspose", inputs, [x.dims[0], (per_group * groups, 0)] + [(s, 0) for s in result], size=x.size * 3 + 1,
                kernel_shape=kernel, strides=strides, dilations=dilations, pads=pads, output_padding=extra, group=groups)


def pool(m, x):
    rng = m.rng
    sizes = [x.extent(i) for i in range(2, x.rank)]
    kind = rng.choice(["MaxPool", "AveragePool", "AveragePool", "LpPool"] if m.opset >= 18 else ["MaxPool", "AveragePool"])
    found = windows(m, sizes, [rng.choice([1, 2, 2, 3]) for _ in sizes], "max" if kind == "MaxPool" else "other")
    if not found:
        return x
    attributes, result = found
    if kind == "AveragePool" and rng.random() < 0.5:
        attributes["count_include_pad"] = 1
    if kind == "LpPool":
        attributes["p"] = rng.choice([1, 2])
    return m.op(kind, [x], [x.dims[0], x.dims[1]] + [(s, 0) for s in result], exact=kind == "MaxPool",
                size=x.size * (9 if kind == "LpPool" else 1), **attributes)


def global_pool(m, x):
    kind = m.rng.choice(["GlobalAveragePool", "GlobalMaxPool"])
    return m.op(kind, [x], list(x.dims[:2]) + [(1, 0)] * (x.rank - 2), exact=kind == "GlobalMaxPool")


def batch_norm(m, x):
    c = x.extent(1)
    inputs = [x, m.weight([c], 0.5, 1.5), m.weight([c]), m.weight([c]), m.weight([c], 0.3, 2)]
    return m.op("BatchNormalization", inputs, x.dims, size=x.size * 3 + 2, **({"epsilon": 1e-3} if m.rng.random() < 0.5 else {}))


def instance_norm(m, x):
    if x.count() // max(x.extent(0) * x.extent(1), 1) < 2:
        return x
    c = x.extent(1)
    return m.op("InstanceNormalization", [x, m.weight([c], 0.5, 1.5), m.weight([c])], x.dims, size=5, epsilon=1e-2)


def group_norm(m, x):
    c = x.extent(1)
    if m.opset < 21 or c % 2 or x.count() < 8 * x.extent(0):
        return x
    return m.op("GroupNormalization", [x, m.weight([c], 0.5, 1.5), m.weight([c])], x.dims, size=5, epsilon=1e-2, num_groups=c // 2)


def lrn(m, x):
    if x.size > 20:
        return x
    return m.op("LRN", [x], x.dims, attributes={"size": m.rng.choice([1, 3, 4, 5]), "alpha": 0.1, "bias": m.rng.choice([1.0, 2.0])})


def channel_scale(m, x):
    """Squeeze and excite: the map times a gate of its own means."""
    c = x.extent(1)
    gate = m.op("GlobalAveragePool", [x], list(x.dims[:2]) + [(1, 0)] * (x.rank - 2))
    gate = m.op("Conv", [gate, m.weight([c, c] + [1] * (x.rank - 2), -0.5, 0.5), m.weight([c])], gate.dims, size=5)
    gate = m.op(m.rng.choice(["Sigmoid", "HardSigmoid"]), [gate], gate.dims, size=1)
    return m.op("Mul", [x, gate], x.dims, size=x.size)


def residual(m, x):
    """Two or three ways from x to sums or concatenations."""
    c, rng = x.extent(1), m.rng
    ways = []
    for _ in range(rng.choice([1, 2])):
        k = rng.choice([1, 3])
        w = m.weight([c, c] + [k] * (x.rank - 2), -0.4, 0.4)
        y = m.op("Conv", [x, w] + ([m.weight([c])] if rng.random() < 0.5 else []), x.dims, size=x.size * 3 + 1, pads=[k // 2] * (2 * (x.rank - 2)))
        if rng.random() < 0.5:
            y = batch_norm(m, y)
        if rng.random() < 0.6:
            y = m.op("Relu", [y], y.dims)
        ways.append(y)
    ways.append(x)
    rng.shuffle(ways)
    if rng.random() < 0.5:
        result = ways[0]
        for way in ways[1:]:
            result = m.op("Add", [result, way], x.dims, size=result.size + way.size)
        return result
    dims = list(x.dims)
    dims[1] = (c * len(ways), 0)
    return m.op("Concat", ways, dims, size=max(w.size for w in ways), axis=rng.choice([1, 1 - x.rank]))


def depth_space(m, x):
    if x.rank != 4:
        return x
    n, c, h, w = x.dims
    if c[0] % 4 == 0 and m.rng.random() < 0.6:
        return m.op("DepthToSpace", [x], [n, (c[0] // 4, 0), (h[0] * 2, 0), (w[0] * 2, 0)], exact=True, blocksize=2,
                    mode=m.rng.choice(["DCR", "CRD"]))
    if h[0] % 2 == 0 and w[0] % 2 == 0:
        return m.op("SpaceToDepth", [x], [n, (c[0] * 4, 0), (h[0] // 2, 0), (w[0] // 2, 0)], exact=True, blocksize=2)
    return x


STEPS = [conv, conv, conv, conv, conv_transpose, pool, pool, batch_norm, instance_norm, group_norm, lrn, channel_scale, residual, residual,
         depth_space]
