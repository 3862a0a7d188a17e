"""Writes small ONNX models with Python's standard library alone, for tests and measurements.

    nodes = [node("MatMul", ["x", "w"], ["y"])]
    data = model(nodes, inputs=[value("x", ["batch", 4])], outputs=[value("y", ["batch", 2])],
                 initializers=[tensor("w", [4, 2], [0.5] * 8)])

Every function returns the bytes of one message of the ONNX schema; the numbers are its field numbers.
"""
import array
import struct
from pathlib import Path

FLOAT, INT64, BOOL, FLOAT16 = 1, 7, 9, 10


def varint(value):
    value &= (1 << 64) - 1
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes(out + bytes([value]))


def number(field, value):
    return varint(field << 3) + varint(value)


def data(field, value):
    value = value.encode() if isinstance(value, str) else bytes(value)
    return varint(field << 3 | 2) + varint(len(value)) + value


def attribute(name, value):
    """An int, float, string, or list of ints as AttributeProto."""
    if isinstance(value, int):
        body = number(3, value) + number(20, 2)
    elif isinstance(value, float):
        body = varint(2 << 3 | 5) + struct.pack("<f", value) + number(20, 1)
    elif isinstance(value, str):
        body = data(4, value) + number(20, 3)
    else:
        body = b"".join(number(8, v) for v in value) + number(20, 7)
    return data(1, name) + body


def node(kind, inputs, outputs, name="", domain="", **attributes):
    out = b"".join(data(1, i) for i in inputs) + b"".join(data(2, o) for o in outputs)
    out += data(3, name or outputs[0]) + data(4, kind)
    out += b"".join(data(5, attribute(k, v)) for k, v in attributes.items())
    return out + (data(7, domain) if domain else b"")


def tensor(name, dims, values, kind=FLOAT):
    if kind == FLOAT16:
        raw = struct.pack(f"<{len(values)}e", *values)
    else:
        raw = array.array({FLOAT: "f", INT64: "q", BOOL: "b"}[kind], values).tobytes()
    return b"".join(number(1, d) for d in dims) + number(2, kind) + data(8, name) + data(9, raw)


def value(name, dims, kind=FLOAT):
    """A graph input or output; a dim is a number, a name, or None for an unknown size without a name. `dims` None: of any rank."""
    if dims is None:
        return data(1, name) + data(2, data(1, number(1, kind)))
    shape = b"".join(data(1, b"" if d is None else data(2, d) if isinstance(d, str) else number(1, d)) for d in dims)
    return data(1, name) + data(2, data(1, number(1, kind) + data(2, shape)))


def model(nodes, inputs, outputs, initializers=(), name="model", opset=17):
    graph = b"".join(data(1, n) for n in nodes) + data(2, name) + b"".join(data(5, t) for t in initializers)
    graph += b"".join(data(11, i) for i in inputs) + b"".join(data(12, o) for o in outputs)
    return number(1, 8) + data(2, "tests/onnx_model.py") + data(7, graph) + data(8, data(1, "") + number(2, opset))


def mlp(width=1024, layers=3, seed=1):
    """`layers` dense layers with relu between, on [batch, width]; the bytes of the model."""
    import random
    rng = random.Random(seed)
    nodes, weights, current = [], [], "x"
    for i in range(layers):
        scale = (6 / width) ** 0.5
        weights.append(tensor(f"w{i}", [width, width], [rng.uniform(-scale, scale) for _ in range(width * width)]))
        weights.append(tensor(f"b{i}", [width], [rng.uniform(-0.1, 0.1) for _ in range(width)]))
        last = i == layers - 1
        nodes.append(node("Gemm", [current, f"w{i}", f"b{i}"], ["y" if last else f"dense{i}"]))
        current = f"dense{i}"
        if not last:
            nodes.append(node("Relu", [current], [f"relu{i}"]))
            current = f"relu{i}"
    return model(nodes, [value("x", ["batch", width])], [value("y", ["batch", width])], weights, name="mlp")


class SparseWeights:
    """External data of an ONNX model that is zero but at a few places, written as a file of holes."""

    def __init__(self, path):
        self.path, self.size, self.initializers = Path(path), 0, []
        self.path.write_bytes(b"")

    def add(self, name, dims, elements):
        """Adds a float tensor; `elements` maps places, as tuples of indices, to values."""
        count = 1
        for dim in dims:
            count *= dim
        with open(self.path, "r+b") as file:
            for place, number_there in elements.items():
                at = 0
                for index, dim in zip(place, dims):
                    at = at * dim + index
                file.seek(self.size + 4 * at)
                file.write(array.array("f", [number_there]).tobytes())
            entry = lambda key, text: data(13, data(1, key) + data(2, str(text)))
            self.initializers.append(b"".join(number(1, d) for d in dims) + number(2, FLOAT) + data(8, name) +
                                     entry("location", self.path.name) + entry("offset", self.size) +
                                     entry("length", 4 * count) + number(14, 1))
            self.size = (self.size + 4 * count + 4095) // 4096 * 4096
            file.truncate(self.size)
