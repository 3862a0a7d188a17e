"""Small models whose sizes are open: name -> (ranges as `ingot-work` takes them, bytes). One for each shape of work that a range once
made more of, or could: rows of reductions under regrouped dims, windows over open extents, contractions of open rows, columns and depth."""
import random

from onnx_model import INT64, model, node, tensor, value

MODELS = {}


def case(ranges):
    def register(build):
        graph = Graph(build.__name__)
        build(graph)
        MODELS[build.__name__] = (ranges, graph.bytes())
        return build
    return register


class Graph:
    def __init__(self, name):
        self.name, self.rng = name, random.Random(name)
        self.nodes, self.weights, self.inputs, self.outputs, self.serial = [], [], [], [], 0

    def input(self, name, dims, kind=1):
        self.inputs.append(value(name, dims, kind))
        return name

    def weight(self, dims, low=-0.5, high=0.5):
        count = 1
        for dim in dims:
            count *= dim
        return self.constant(dims, [self.rng.uniform(low, high) for _ in range(count)])

    def constant(self, dims, values, kind=1):
        self.serial += 1
        self.weights.append(tensor(f"w{self.serial}", dims, values, kind))
        return f"w{self.serial}"

    def ints(self, *values):
        return self.constant([len(values)], values, INT64)

    def op(self, kind, *inputs, outputs=1, **attributes):
        names = []
        for _ in range(outputs):
            self.serial += 1
            names.append(f"t{self.serial}")
        self.nodes.append(node(kind, inputs, names, **attributes))
        return names[0] if outputs == 1 else names

    def output(self, x, rank, kind=1):
        self.outputs.append(value(x, [None] * rank, kind))

    def bytes(self):
        return model(self.nodes, self.inputs, self.outputs, self.weights, name=self.name)

    # -- parts
    def dense(self, x, rows, columns, bias=True):
        y = self.op("MatMul", x, self.weight([rows, columns], -0.3, 0.3))
        return self.op("Add", y, self.weight([columns])) if bias else y

    def norm(self, x, features):
        return self.op("LayerNormalization", x, self.weight([features]), self.weight([features]), axis=-1)

    def conv(self, x, inputs, outputs, window, groups=1, bias=True, **attributes):
        weights = [self.weight([outputs, inputs // groups, *window], -0.3, 0.3)] + ([self.weight([outputs])] if bias else [])
        return self.op("Conv", x, *weights, group=groups, **attributes)

    def same(self, x, inputs, outputs, kernel=3, **attributes):
        return self.conv(x, inputs, outputs, [kernel, kernel], pads=[kernel // 2] * 4, **attributes)

    def heads(self, x, tokens, heads, size, width):
        """[N, tokens, heads * size] to [N, heads, tokens, size]."""
        return self.op("Transpose", self.op("Reshape", self.dense(x, width, heads * size), self.ints(0, tokens, heads, size)),
                       perm=[0, 2, 1, 3])

    def attention(self, x, tokens, heads, size):
        width = heads * size
        q, k, v = (self.heads(x, tokens, heads, size, width) for _ in range(3))
        scores = self.op("MatMul", q, self.op("Transpose", k, perm=[0, 1, 3, 2]))
        scores = self.op("Softmax", self.op("Mul", scores, self.constant([], [size ** -0.5])), axis=-1)
        y = self.op("Transpose", self.op("MatMul", scores, v), perm=[0, 2, 1, 3])
        return self.dense(self.op("Reshape", y, self.ints(0, tokens, width)), width, width)


# -- rows that are reduced


@case("N=1..3,T=1..20")
def softmax_of_logits(g):  # an OCR recogniser's end
    g.output(g.op("Softmax", g.dense(g.input("x", ["N", "T", 12]), 12, 97), axis=-1), 3)


@case("N=1..3")
def matmul_add_norm(g):
    x = g.input("x", ["N", 4, 4, 24])
    g.output(g.norm(g.op("Add", g.dense(x, 24, 24), x), 24), 4)


@case("N=1..2,T=1..9")
def norm_of_sum(g):
    x, y = g.input("x", ["N", "T", 33]), g.input("y", ["N", "T", 33])
    g.output(g.norm(g.op("Add", x, y), 33), 3)


@case("N=1..2,C=1..40")
def softmax_of_open_row(g):
    g.output(g.op("Softmax", g.input("x", ["N", "C"]), axis=-1), 2)


@case("C=1..50")
def softmax_of_one_open_row(g):
    g.output(g.op("Softmax", g.input("x", [1, "C"]), axis=-1), 2)


@case("N=1..2,T=1..9")
def softmax_of_middle(g):
    g.output(g.op("Softmax", g.input("x", ["N", 11, "T"]), axis=1), 3)


@case("N=1..2,H=1..5,W=1..6")
def log_softmax_of_channels(g):
    g.output(g.op("LogSoftmax", g.same(g.input("x", ["N", 3, "H", "W"]), 3, 7), axis=1), 4)


@case("N=1..2,T=1..9")
def rms_norm(g):
    x = g.input("x", ["N", "T", 20])
    mean = g.op("ReduceMean", g.op("Mul", x, x), axes=[-1], keepdims=1)
    root = g.op("Sqrt", g.op("Add", mean, g.constant([], [1e-6])))
    g.output(g.op("Mul", g.op("Div", x, root), g.weight([20])), 3)


@case("N=1..2,H=1..6,W=1..7")
def instance_norm(g):
    x = g.same(g.input("x", ["N", 3, "H", "W"]), 3, 8)
    g.output(g.op("Relu", g.op("InstanceNormalization", x, g.weight([8]), g.weight([8]))), 4)


@case("N=1..2,H=1..6,W=1..7")
def group_norm(g):
    x = g.input("x", ["N", 8, "H", "W"])
    shape = g.op("Shape", x)
    y = g.op("Reshape", x, g.ints(0, 4, -1))
    y = g.op("InstanceNormalization", y, g.constant([4], [1.0] * 4), g.constant([4], [0.0] * 4))
    y = g.op("Reshape", y, shape)
    g.output(g.op("Add", g.op("Mul", y, g.weight([8, 1, 1])), g.weight([8, 1, 1])), 4)


@case("N=1..2,H=1..6,W=1..7")
def means_of_maps(g):  # squeeze and excite
    x = g.input("x", ["N", 8, "H", "W"])
    y = g.op("GlobalAveragePool", x)
    y = g.op("Sigmoid", g.conv(g.op("Relu", g.conv(y, 8, 4, [1, 1])), 4, 8, [1, 1]))
    g.output(g.op("Mul", x, y), 4)


@case("N=1..3,T=1..9")
def several_reductions(g):
    x = g.input("x", ["N", "T", 10])
    g.output(g.op("ReduceMean", x, axes=[1], keepdims=0), 2)
    g.output(g.op("ReduceMax", x, axes=[1, 2], keepdims=1), 3)
    g.output(g.op("ReduceSum", x, g.ints(0)), 3)
    g.output(g.op("ArgMax", x, axis=2, keepdims=0), 2, INT64)


@case("N=1..3,T=1..9")
def normalized_by_columns(g):
    x = g.input("x", ["N", "T", 10])
    centred = g.op("Sub", x, g.op("ReduceMean", x, axes=[1], keepdims=1))
    g.output(g.op("Div", centred, g.op("ReduceL2", centred, axes=[1], keepdims=1)), 3)


@case("N=1..3,T=1..9")
def norm_of_regrouped(g):  # [N, T, 24] seen as [N * T * 4, 6] and back
    y = g.norm(g.op("Reshape", g.dense(g.input("x", ["N", "T", 8]), 8, 24), g.ints(-1, 6)), 6)
    g.output(g.op("Relu", y), 2)


@case("N=1..3,T=1..9")
def norm_of_merged(g):
    x = g.input("x", ["N", "T", 24])
    y = g.norm(g.op("Reshape", x, g.ints(-1, 24)), 24)
    g.output(g.op("Add", g.op("Reshape", y, g.op("Shape", x)), x), 3)


# -- attention


@case("N=1..2,T=1..12")
def attention_of_open_length(g):
    g.output(g.attention(g.input("x", ["N", "T", 16]), -1, 2, 8), 3)


@case("N=1..2,T=1..12")
def transformer_block(g):
    x = g.input("x", ["N", "T", 16])
    x = g.norm(g.op("Add", x, g.attention(x, -1, 2, 8)), 16)
    y = g.dense(x, 16, 32)
    y = g.op("Mul", g.op("Mul", y, g.constant([], [0.5])),
             g.op("Add", g.op("Erf", g.op("Mul", y, g.constant([], [0.7071]))), g.constant([], [1.0])))
    g.output(g.norm(g.op("Add", x, g.dense(y, 32, 16)), 16), 3)


@case("N=1..3")
def window_attention(g):  # 4 windows of 4 x 4
    x = g.norm(g.input("x", ["N", 8, 8, 16]), 16)
    y = g.op("Transpose", g.op("Reshape", x, g.ints(-1, 2, 4, 2, 4, 16)), perm=[0, 1, 3, 2, 4, 5])
    y = g.attention(g.op("Reshape", y, g.ints(-1, 16, 16)), 16, 2, 8)
    y = g.op("Transpose", g.op("Reshape", y, g.ints(-1, 2, 2, 4, 4, 16)), perm=[0, 1, 3, 2, 4, 5])
    g.output(g.norm(g.op("Add", g.op("Reshape", y, g.ints(-1, 8, 8, 16)), x), 16), 4)


@case("N=1..2,T=1..12")
def masked_attention(g):
    x, mask = g.input("x", ["N", "T", 16]), g.input("mask", ["N", 1, 1, "T"])
    q, k, v = (g.heads(x, -1, 2, 8, 16) for _ in range(3))
    scores = g.op("Add", g.op("MatMul", q, g.op("Transpose", k, perm=[0, 1, 3, 2])), mask)
    y = g.op("MatMul", g.op("Softmax", scores, axis=-1), v)
    g.output(g.op("Reshape", g.op("Transpose", y, perm=[0, 2, 1, 3]), g.ints(0, -1, 16)), 3)


@case("N=1..2,T=1..12")
def embedding_norm(g):
    ids = g.input("ids", ["N", "T"], INT64)
    g.output(g.norm(g.op("Gather", g.weight([30, 16]), ids), 16), 3)


@case("N=1..2,H=1..5,W=1..5")
def patches_to_tokens(g):  # vision transformers
    x = g.conv(g.input("x", ["N", 3, "H", "W"]), 3, 16, [1, 1])
    x = g.op("Transpose", g.op("Reshape", x, g.ints(0, 16, -1)), perm=[0, 2, 1])
    g.output(g.op("Add", g.attention(g.norm(x, 16), -1, 2, 8), x), 3)


# -- convolutions and windows


@case("N=1..2,H=1..9,W=1..11")
def conv_3x3(g):
    g.output(g.op("Relu", g.same(g.input("x", ["N", 8, "H", "W"]), 8, 16)), 4)


@case("W=1..30")
def conv_3x3_one_image(g):
    g.output(g.op("Relu", g.same(g.input("x", [1, 8, 9, "W"]), 8, 16)), 4)


@case("N=1..2,H=3..11,W=3..12")
def conv_strided(g):
    g.output(g.conv(g.input("x", ["N", 3, "H", "W"]), 3, 16, [3, 3], strides=[2, 2]), 4)


@case("N=1..2,H=5..11,W=5..12")
def conv_dilated(g):
    g.output(g.conv(g.input("x", ["N", 6, "H", "W"]), 6, 8, [3, 3], dilations=[2, 2], pads=[1, 1, 1, 1]), 4)


@case("N=1..2,H=1..7,W=1..8")
def conv_depthwise(g):
    x = g.op("Relu", g.same(g.input("x", ["N", 8, "H", "W"]), 8, 8, groups=8))
    g.output(g.conv(x, 8, 16, [1, 1]), 4)


@case("N=1..2,H=1..7,W=1..8")
def conv_groups(g):
    g.output(g.same(g.input("x", ["N", 16, "H", "W"]), 16, 16, groups=2), 4)


@case("N=1..2,T=1..40")
def conv_1d(g):
    g.output(g.conv(g.input("x", ["N", 20, "T"]), 20, 32, [3], pads=[1, 1]), 3)


@case("N=1..2,T=10..60")
def conv_1d_strided(g):
    x = g.op("Relu", g.conv(g.input("x", ["N", 1, "T"]), 1, 8, [5], strides=[2]))
    g.output(g.conv(x, 8, 8, [3], strides=[2]), 3)


@case("N=1..2,D=1..4,H=1..5,W=1..6")
def conv_3d(g):
    g.output(g.conv(g.input("x", ["N", 4, "D", "H", "W"]), 4, 8, [3, 3, 3], pads=[1] * 6), 5)


@case("N=1..2,H=1..7,W=1..8")
def conv_residual(g):
    x = g.input("x", ["N", 8, "H", "W"])
    g.output(g.op("Relu", g.op("Add", g.same(g.op("Relu", g.same(x, 8, 8)), 8, 8), x)), 4)


@case("N=1..2,H=1..7,W=1..8")
def conv_of_branches(g):
    x = g.input("x", ["N", 8, "H", "W"])
    g.output(g.same(g.op("Concat", g.same(x, 8, 8), g.conv(x, 8, 4, [1, 1]), axis=1), 12, 8), 4)


@case("N=1..2,H=1..6,W=1..7")
def super_resolution(g):
    x = g.op("Relu", g.same(g.input("x", ["N", 1, "H", "W"]), 1, 8, 5))
    g.output(g.op("DepthToSpace", g.same(x, 8, 9), blocksize=3), 4)


@case("N=1..2,H=2..9,W=2..10")
def pools(g):
    x = g.input("x", ["N", 8, "H", "W"])
    g.output(g.op("MaxPool", x, kernel_shape=[2, 2], strides=[2, 2]), 4)
    g.output(g.op("AveragePool", x, kernel_shape=[3, 3], pads=[1, 1, 1, 1]), 4)


@case("N=1..2,H=2..8,W=2..8")
def conv_pool_conv(g):
    x = g.op("MaxPool", g.op("Relu", g.same(g.input("x", ["N", 3, "H", "W"]), 3, 8)), kernel_shape=[2, 2], strides=[2, 2])
    g.output(g.op("Relu", g.same(x, 8, 8)), 4)


@case("N=1..2,H=1..5,W=1..6")
def resized(g):
    x = g.op("Resize", g.input("x", ["N", 4, "H", "W"]), "", g.constant([4], [1.0, 1.0, 2.0, 2.0]), mode="nearest",
             coordinate_transformation_mode="asymmetric", nearest_mode="floor")
    g.output(g.same(x, 4, 8), 4)


@case("N=1..3")
def classifier(g):
    x = g.op("Relu", g.same(g.input("x", ["N", 3, 8, 8]), 3, 8, strides=[2, 2]))
    g.output(g.op("Softmax", g.dense(g.op("Flatten", x), 128, 10), axis=-1), 2)


@case("N=1..2,W=1..9")
def lines_to_tokens(g):  # columns of a feature map as a sequence
    x = g.op("Relu", g.same(g.input("x", ["N", 1, 4, "W"]), 1, 6))
    x = g.op("Transpose", g.op("Reshape", x, g.ints(0, 24, -1)), perm=[0, 2, 1])
    g.output(g.op("Softmax", g.dense(x, 24, 37), axis=-1), 3)


# -- the rest


@case("N=1..9")
def multilayer(g):
    g.output(g.dense(g.op("Relu", g.dense(g.input("x", ["N", 20]), 20, 40)), 40, 10), 2)


@case("M=1..9,K=1..20,C=1..30")
def open_product(g):
    g.output(g.op("MatMul", g.input("x", ["M", "K"]), g.input("y", ["K", "C"])), 2)


@case("N=1..2,T=1..9")
def gated_sum(g):
    x = g.input("x", ["N", "T", 16])
    g.output(g.op("Mul", g.op("Tanh", g.dense(x, 16, 16)), g.op("Sigmoid", g.dense(x, 16, 16))), 3)


@case("N=1..2,T=1..9")
def ordered(g):
    x = g.input("x", ["N", "T"])
    g.output(g.op("CumSum", x, g.constant([], [1], INT64)), 2)
    g.output(g.op("Softmax", g.op("Exp", g.op("Neg", x)), axis=-1), 2)


@case("N=0..2,T=0..9")
def nothing_of_some(g):  # sizes of 0
    x = g.input("x", ["N", "T", 12])
    g.output(g.norm(g.op("Add", g.dense(x, 12, 12), x), 12), 3)
    g.output(g.op("ReduceSum", x, g.ints(1)), 3)
    g.output(g.op("Softmax", x, axis=1), 3)


@case("N=0..2,W=0..9")
def windows_of_nothing(g):
    x = g.op("Relu", g.same(g.input("x", ["N", 3, 5, "W"]), 3, 8))
    g.output(g.op("MaxPool", x, kernel_shape=[3, 3], pads=[1, 1, 1, 1]), 4)


@case("N=1..2,T=1..9")
def padded_and_cut(g):
    x = g.op("Pad", g.input("x", ["N", "T", 6]), g.ints(0, 1, 0, 0, 2, 0))
    x = g.op("Slice", x, g.ints(1), g.ints(1 << 40), g.ints(1))
    g.output(g.norm(g.op("Transpose", x, perm=[0, 1, 2]), 6), 3)


@case("N=1..2,T=1..7")
def recurrent(g):
    w, r, b = g.weight([1, 32, 6]), g.weight([1, 32, 8]), g.weight([1, 64])
    y = g.op("LSTM", g.input("x", ["T", "N", 6]), w, r, b, hidden_size=8, outputs=1)
    g.output(g.dense(g.op("Squeeze", y, g.ints(1)), 8, 5), 3)
