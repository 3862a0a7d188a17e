"""Models written as expressions, and what most spellings of composites are made of."""
import onnx_model
from onnx_model import FLOAT, FLOAT16, INT64


class Graph:
    """Nodes by calling their operators: g.Mul(x, 0.5). Numbers and lists of integers become initialisers."""

    def __init__(self):
        self.nodes, self.inputs, self.weights, self.outputs, self.count = [], [], [], [], 0

    def fresh(self):
        self.count += 1
        return f"t{self.count}"

    def input(self, name, dims, kind=FLOAT):
        self.inputs.append(onnx_model.value(name, dims, kind))
        return name

    def weight(self, dims, values, kind=FLOAT):
        name = self.fresh()
        self.weights.append(onnx_model.tensor(name, dims, values, kind))
        return name

    def half(self, value):
        return self.weight([], [value], FLOAT16)

    def __getattr__(self, kind):
        def add(*operands, **attributes):
            names = [x if isinstance(x, str) else self.weight([len(x)], x, INT64) if isinstance(x, list) else
                     self.weight([], [x]) for x in operands]
            result = self.fresh()
            self.nodes.append(onnx_model.node(kind, names, [result], **attributes))
            return result
        return add

    def save(self, path, outputs, opset=17):
        path.write_bytes(onnx_model.model(self.nodes, self.inputs, outputs, self.weights, opset=opset))


def mean(g, x, axes=(-1,), keep=1):
    return g.ReduceMean(x, axes=list(axes), keepdims=keep)


def centred(g, x, axes=(-1,)):
    return g.Sub(x, mean(g, x, axes))


def variance(g, x, axes=(-1,)):
    return mean(g, g.Pow(centred(g, x, axes), 2.0), axes)


EPS = 1e-5


def sqrt_of(g, v, eps=EPS):
    return g.Sqrt(g.Add(v, eps))


def shared_centre(finish):
    def spell(g, x, w, b):
        d = centred(g, x)
        return finish(g, d, mean(g, g.Pow(d, 2.0)), w, b)
    return spell


def affine(g, y, w, b):
    return g.Add(g.Mul(y, w), b)


def transposed(spell, permutation=(0, 2, 1)):
    def around(g, x, *rest):
        return g.Transpose(spell(g, g.Transpose(x, perm=list(permutation)), *rest), perm=list(permutation))
    return around
