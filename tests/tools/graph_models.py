"""Models whose pictures are tested: nodes are named as PyTorch's exporter names them, by modules."""
from onnx_model import BOOL, INT64, data, model, node, number, tensor, value


class Builder:
    """Nodes and weights under construction. Names of nodes begin with '/', those of weights follow them."""

    def __init__(self, width):
        self.width, self.nodes, self.weights = width, [], []

    def op(self, kind, operands, name, **attributes):
        self.nodes.append(node(kind, operands, [name + "_output_0"], name=name, **attributes))
        return name + "_output_0"

    def weight(self, name, dims):
        size = 1
        for dim in dims:
            size *= dim
        seed = len(self.weights)
        self.weights.append(tensor(name, dims, [((i * 7 + seed * 3) % 11 - 5) * 0.02 for i in range(size)]))
        return name

    def integers(self, name, values):
        self.weights.append(tensor(name, [len(values)], values, INT64))
        return name

    def number(self, name, number):
        self.weights.append(tensor(name, [], [number]))
        return name

    def linear(self, x, name, inputs, outputs):
        return self.op("Add", [self.op("MatMul", [x, self.weight(name + ".weight", [inputs, outputs])], name + "/MatMul"),
                               self.weight(name + ".bias", [outputs])], name + "/Add")

    def norm(self, x, name):
        return self.op("LayerNormalization", [x, self.weight(name + ".gain", [self.width]), self.weight(name + ".shift", [self.width])],
                       name + "/LayerNormalization")

    def attention(self, x, name, heads, mask=None):
        """Self-attention with its reshapes and transposes."""
        size = self.width // heads
        split, joined = self.integers(name + ".split", [0, -1, heads, size]), self.integers(name + ".joined", [0, -1, self.width])
        parts = []
        for i, (part, order) in enumerate((("query", [0, 2, 1, 3]), ("key", [0, 2, 3, 1]), ("value", [0, 2, 1, 3]))):
            wide = self.op("Reshape", [self.linear(x, f"{name}/{part}", self.width, self.width), split], f"{name}/Reshape_{i}")
            parts.append(self.op("Transpose", [wide], f"{name}/Transpose_{i}", perm=order))
        scores = self.op("Div", [self.op("MatMul", parts[:2], name + "/MatMul"), self.number(name + ".scale", size ** 0.5)], name + "/Div")
        if mask:
            scores = self.op("Add", [scores, mask], name + "/Add")
        mixed = self.op("MatMul", [self.op("Softmax", [scores], name + "/Softmax", axis=-1), parts[2]], name + "/MatMul_1")
        return self.op("Reshape", [self.op("Transpose", [mixed], name + "/Transpose_3", perm=[0, 2, 1, 3]), joined], name + "/Reshape_3")

    def gelu(self, x, name):
        erf = self.op("Erf", [self.op("Div", [x, self.number(name + ".root", 2 ** 0.5)], name + "/Div")], name + "/Erf")
        return self.op("Mul", [self.op("Mul", [x, self.op("Add", [erf, self.number(name + ".one", 1.0)], name + "/Add")], name + "/Mul"),
                               self.number(name + ".half", 0.5)], name + "/Mul_1")


def encoder(layers=12, width=32, heads=4):
    """BERT's architecture: norms after the sums, a mask that every layer reads."""
    b = Builder(width)
    mask = b.op("Mul", [b.op("Sub", [b.number("one", 1.0), b.op("Unsqueeze", ["mask", b.integers("axes", [1, 2])], "/Unsqueeze")], "/Sub"),
                        b.number("much", -10000.0)], "/Mul")
    x = b.norm(b.op("Gather", [b.weight("words", [50, width]), "ids"], "/embeddings/word_embeddings/Gather"), "/embeddings/LayerNorm")
    for i in range(layers):
        name = f"/encoder/layer.{i}"
        mixed = b.linear(b.attention(x, name + "/attention/self", heads, mask), name + "/attention/output/dense", width, width)
        x = b.norm(b.op("Add", [mixed, x], name + "/attention/output/Add"), name + "/attention/output/LayerNorm")
        wide = b.gelu(b.linear(x, name + "/intermediate/dense", width, 2 * width), name + "/intermediate/act")
        narrow = b.linear(wide, name + "/output/dense", 2 * width, width)
        x = b.norm(b.op("Add", [narrow, x], name + "/output/Add"), name + "/output/LayerNorm")
    first = b.op("Gather", [x, b.integers("first", [0])], "/pooler/Gather", axis=1)
    y = b.op("Tanh", [b.linear(first, "/pooler/dense", width, width)], "/pooler/activation/Tanh")
    return model(b.nodes, [value("ids", ["batch", "seq"], INT64), value("mask", ["batch", "seq"])], [value(y, ["batch", 1, width])], b.weights)


def decoder(layers=12, width=32, heads=4):
    """GPT's architecture: norms before what they feed, so that kernels reach from one layer into the next."""
    b = Builder(width)
    x = b.op("Gather", [b.weight("words", [50, width]), "ids"], "/transformer/wte/Gather")
    for i in range(layers):
        name = f"/transformer/h.{i}"
        mixed = b.attention(b.norm(x, name + "/ln_1"), name + "/attn", heads)
        x = b.op("Add", [b.linear(mixed, name + "/attn/c_proj", width, width), x], name + "/Add")
        wide = b.gelu(b.linear(b.norm(x, name + "/ln_2"), name + "/mlp/c_fc", width, 2 * width), name + "/mlp/act")
        x = b.op("Add", [b.linear(wide, name + "/mlp/c_proj", 2 * width, width), x], name + "/Add_1")
    y = b.op("MatMul", [b.norm(x, "/transformer/ln_f"), b.weight("head", [width, 50])], "/lm_head/MatMul")
    return model(b.nodes, [value("ids", ["batch", "seq"], INT64)], [value(y, ["batch", "seq", 50])], b.weights)


def blocks(count, width=8):
    """A chain of residual blocks; weights too large to be constants."""
    b = Builder(width)
    current = "x"
    for i in range(count):
        name = f"/encoder/block{i}"
        up = b.op("MatMul", [current, b.weight(name + ".up", [width, 64])], name + "/up/MatMul")
        down = b.op("MatMul", [b.op("Relu", [up], name + "/Relu"), b.weight(name + ".down", [64, width])], name + "/down/MatMul")
        current = b.op("Add", [down, current], name + "/Add")
    y = b.op("Softmax", [current], "/head/Softmax")
    return model(b.nodes, [value("x", ["batch", width])], [value(y, ["batch", width])], b.weights)


def loop():
    """Rounds whose number is fed; the condition of the next is computed in each."""
    body = b"".join(data(1, n) for n in (node("Less", ["i", "limit"], ["still"]), node("Softmax", ["carried"], ["next"], name="/stack/body/Softmax")))
    body += data(2, "body") + b"".join(data(11, v) for v in (value("i", [], INT64), value("on", [], BOOL), value("carried", [8, 8])))
    body += b"".join(data(12, v) for v in (value("still", [], BOOL), value("next", [8, 8])))
    nodes = [node("Tanh", ["x"], ["start"], name="/stack/Tanh"),
             node("Loop", ["rounds", "", "start"], ["y"], name="/stack/Loop") + data(5, data(1, "body") + data(6, body) + number(20, 5))]
    return model(nodes, [value("x", [8, 8]), value("rounds", [], INT64), value("limit", [], INT64)], [value("y", [8, 8])])
