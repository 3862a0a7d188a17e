"""The families of generated models: what each strings together."""
import blocks
import general
import spatial

MOST_ELEMENTS = 20000  # of one tensor: the interpreter is slow


def walk(m, x, steps, count):
    for _ in range(count):
        y = m.calm(m.rng.choice(steps)(m, x))
        if y.count() <= MOST_ELEMENTS:
            x = y
        if m.rng.random() < 0.07:
            m.output(x)
    return x


def convolutional(m):
    rng = m.rng
    rank = rng.choice([1, 2, 2, 2, 3])
    size = {1: [5, 12, 30, 64], 2: [4, 7, 9, 12, 16], 3: [3, 4, 6]}[rank]
    x = m.input([m.batch(), (rng.choice([1, 2, 3, 4, 8, 12]), 0)] + [(rng.choice(size), 0) for _ in range(rank)])
    x = walk(m, x, spatial.STEPS + [general.activation] * 5, rng.randint(2, 6))
    end = rng.choice(["map", "head", "global", "reduce"])
    if end == "global":
        x = spatial.global_pool(m, x)
    if end in ("head", "global"):
        x = m.op("Flatten", [x], [x.dims[0], (x.count() // x.extent(0), 0)], exact=True)
        x = walk(m, x, [general.gemm, general.gemm, general.activation, general.softmax], rng.randint(1, 3))
    if end == "reduce":
        x = general.reduce(m, x)
    m.output(x)


def dense(m):
    rng = m.rng
    x = m.input([m.batch(rng.choice([1, 1, 2, 5])), (rng.choice([1, 3, 8, 16, 33, 64, 100]), 0)])
    m.output(walk(m, x, [general.gemm] * 3 + [general.matmul, general.activation, general.activation, general.softmax, general.layer_norm,
                                              general.binary], rng.randint(2, 7)))


def attention_like(m):
    rng = m.rng
    lead = [m.batch()] + [(rng.choice([1, 2, 3]), 0) for _ in range(rng.choice([0, 1]))]
    x = m.input(lead + [(rng.choice([1, 4, 7, 10]), 0), (rng.choice([4, 8, 15, 16]), 0)])
    m.output(walk(m, x, general.CONTRACTIONS + general.REDUCTIONS + [general.transpose, general.activation, general.binary], rng.randint(2, 7)))


def shapes(m, low=1):
    rng = m.rng
    rank = rng.randint(0, 4)
    return [m.batch()] * (rank > 0) + [(rng.randint(low, 9), 0) for _ in range(rank - 1)]


def pointwise(m):
    x = m.input(shapes(m), m.rng.choice(["f32", "f32", "f32", "f64", "f16", "bf16"]))
    m.output(walk(m, x, general.POINTWISE + [general.cast], m.rng.randint(1, 8)))


def movement(m):
    x = m.input(shapes(m), m.rng.choice(["f32", "f32", "i64", "i32", "f64", "f16", "bool", "u8", "i8"]))
    m.output(walk(m, x, general.MOVEMENT * 2 + [general.compare_select], m.rng.randint(2, 8)))


def reductions(m):
    x = m.input(shapes(m), m.rng.choice(["f32", "f32", "f32", "f64", "i32", "i64"]))
    m.output(walk(m, x, general.REDUCTIONS * 2 + [general.transpose, general.binary, general.activation, general.reshape], m.rng.randint(1, 6)))


def logic(m):
    x = m.input(shapes(m), m.rng.choice(["f32", "i32", "i64", "bool", "u8", "i8"]))
    m.output(walk(m, x, general.EXACT * 2 + [general.binary, general.reduce, general.slice_, general.concat], m.rng.randint(1, 7)))


def everything(m):
    steps = general.POINTWISE + general.MOVEMENT + general.REDUCTIONS + general.CONTRACTIONS + general.EXACT
    m.output(walk(m, m.input(shapes(m)), steps, m.rng.randint(3, 12)))


def empty(m):
    """A dim of 0 somewhere."""
    dims = shapes(m) or [(0, 0)]
    dims[m.rng.randrange(len(dims))] = (0, 0)
    m.symbolic = False
    dims = [(a + b, 0) for a, b in dims]
    m.output(walk(m, m.input(dims), [general.activation, general.binary, general.transpose, general.concat, general.tile_expand], m.rng.randint(1, 4)))


def plumbing(m):
    """Outputs that are inputs, constants, other outputs; values used twice."""
    rng = m.rng
    x, w = m.input(shapes(m)), m.weight([2, 3])
    y = walk(m, x, general.POINTWISE + general.REDUCTIONS, rng.randint(0, 2))
    choices = [lambda: m.output(m.op("Identity", [x], x.dims, exact=True)), lambda: m.output(m.op("Identity", [w], w.dims, exact=True)),
               lambda: m.output(y), lambda: m.output(general.activation(m, y)), lambda: m.outputs.append(x) if x not in m.outputs else None,
               lambda: m.output(m.op("Add", [y, y], y.dims, size=2 * y.size)),
               lambda: m.output(general.activation(m, w)), lambda: m.output(general.reduce(m, x)),
               lambda: m.output(m.op("Shape", [x], [(x.rank, 0)], "i64"))]
    for choice in rng.sample(choices, rng.randint(1, 5)):
        choice()
    m.output(general.binary(m, y))


# Small convolutional networks are what is most often compiled.
FAMILIES = [convolutional] * 3 + [dense] * 2 + [attention_like, pointwise, movement, reductions, logic, everything, empty, plumbing] + blocks.FAMILIES
