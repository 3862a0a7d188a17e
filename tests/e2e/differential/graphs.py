"""Random small models. `Model(seed)` builds one: the same seed always gives the same bytes.

A dim is a pair (a, b) and means a + b * batch, so one model serves every batch size. A tensor keeps what bounds the choice of the
next op: `exact` (its values are inputs, constants or moved and selected from those: rounding has not touched them, so an op that jumps
may follow), `size`, a bound of its magnitude, and `coarsest`, the type with the fewest digits that it has gone through.
"""
import math
import random

import onnx_model as onnx
import tensors
from operators import FAMILIES


class Tensor:
    def __init__(self, name, dtype, dims, exact, size):
        self.name, self.dtype, self.dims, self.exact, self.size = name, dtype, tuple(dims), exact, size
        self.coarsest = dtype

    @property
    def rank(self):
        return len(self.dims)

    def static(self, axis):
        return self.dims[axis][1] == 0

    def extent(self, axis):
        """Of a static dim; the least (batch 1) of any other."""
        return sum(self.dims[axis])

    def count(self):
        """Elements at batch 1."""
        total = 1
        for a, b in self.dims:
            total *= a + b
        return total


class Model:
    """`nodes`, `inputs` ({name: (dtype, dims)}), `data` (the file's bytes); `symbolic`: the batch is open."""

    def __init__(self, seed):
        self.rng = random.Random(seed)
        self.seed = seed
        self.opset = self.rng.choice([13, 14, 17, 18, 20, 21])
        self.nodes, self.initializers, self.inputs, self.outputs = [], [], {}, []
        self.symbolic = self.rng.random() < 0.35
        self.serial = 0
        self.special = self.rng.random() < 0.15  # inputs with NaN, infinities, subnormals
        build = self.rng.choice(FAMILIES)
        self.family = build.__name__
        build(self)
        self.finish()

    # -- parts ---------------------------------------------------------------------------------------------------------------

    def name(self, stem):
        self.serial += 1
        return f"{stem}{self.serial}"

    def batch(self, factor=1):
        return (0, 1) if self.symbolic else (self.rng.choice([1, 1, 2, 3]) * factor, 0)

    def can_be_input(self, dims):
        """An input's dim has a name or a number, not a formula."""
        return all(b == 0 or (a, b) == (0, 1) for a, b in dims)

    def input(self, dims, dtype="f32"):
        dims = [d if isinstance(d, tuple) else (d, 0) for d in dims]
        name = self.name("in")
        self.inputs[name] = (dtype, dims)
        return Tensor(name, dtype, dims, True, 2.0 if dtype in tensors.FLOATS else 9.0)

    def values(self, count, dtype, low=None, high=None):
        rng = self.rng
        if dtype == "bool":
            return [rng.randrange(2) for _ in range(count)]
        if dtype in tensors.FLOATS:
            low, high = (-1 if low is None else low), (1 if high is None else high)
            return [rng.uniform(low, high) for _ in range(count)]
        low, high = (0 if dtype[0] == "u" else -5) if low is None else low, 9 if high is None else high
        return [rng.randint(int(low), int(high)) for _ in range(count)]

    def weight(self, dims, low=None, high=None, dtype="f32", values=None):
        count = 1
        for d in dims:
            count *= d
        values = self.values(count, dtype, low, high) if values is None else values
        name = self.name("w")
        self.initializers.append(tensors.initializer(name, dtype, dims, values))
        return Tensor(name, dtype, [(d, 0) for d in dims], True, max(map(abs, values), default=0) if dtype != "bool" else 1)

    def integers(self, values, dtype="i64"):
        return self.weight([len(values)], dtype=dtype, values=list(values))

    def op(self, kind, inputs, dims, dtype=None, exact=False, size=None, extra_outputs=0, attributes=None, **more):
        """Appends a node; inputs are tensors or None, attributes may come by keyword. Returns its first output."""
        first = next(t for t in inputs if t is not None)
        names = [self.name("t") for _ in range(1 + extra_outputs)]
        self.nodes.append(onnx.node(kind, [t.name if t is not None else "" for t in inputs], names,
                                    **{**(attributes or {}), **more}))
        exact = exact and all(t is None or t.exact for t in inputs)
        size = size if size is not None else max(t.size for t in inputs if t is not None)
        result = Tensor(names[0], dtype or first.dtype, dims, exact, size)
        result.coarsest = tensors.coarser([result.dtype] + [t.coarsest for t in inputs if t is not None])
        self.extra = names[1:]
        return result

    def calm(self, t):
        """The tensor, made smaller if it may be large."""
        if t.size > 50 and t.dtype in tensors.FLOATS:
            return self.op("Tanh", [t], t.dims, size=1.0)
        return t

    def output(self, t):
        if any(t.name == o.name for o in self.outputs):
            t = self.op("Identity", [t], t.dims, exact=True)
        self.outputs.append(t)

    # -- the file ------------------------------------------------------------------------------------------------------------

    def dims_text(self, dims):
        return ["batch" if d == (0, 1) else a if b == 0 else None for d in dims for a, b in [d]]

    def finish(self):
        value = lambda name, dtype, dims: onnx.value(name, self.dims_text(dims), tensors.TYPES[dtype][0])
        self.data = onnx.model(self.nodes, [value(name, dtype, dims) for name, (dtype, dims) in self.inputs.items()],
                               [value(t.name, t.dtype, t.dims) for t in self.outputs], self.initializers, name=f"seed{self.seed}",
                               opset=self.opset)
        self.symbolic = self.symbolic and any(b for _, dims in self.inputs.values() for _, b in dims)

    def write_inputs(self, folder, batch):
        """One .npy file per input; returns `NAME=FILE` for each."""
        rng = random.Random(f"{self.seed}/{batch}")
        texts = []
        for name, (dtype, dims) in self.inputs.items():
            dims = [a + b * batch for a, b in dims]
            count = 1
            for d in dims:
                count *= d
            saved, self.rng = self.rng, rng
            values = self.values(count, dtype, *((-2, 2) if dtype in tensors.FLOATS else (None, None)))
            self.rng = saved
            if self.special and dtype in tensors.FLOATS:
                for place in rng.sample(range(count), min(count, rng.choice([1, 2, 5]))):
                    values[place] = rng.choice([math.nan, math.inf, -math.inf, -0.0, 0.0, 1e-40, -1e-40])
            tensors.write_npy(folder / f"{name}.npy", dtype, dims, values)
            texts.append(f"{name}={folder / name}.npy")
        return texts
