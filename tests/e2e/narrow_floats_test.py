"""Operators on f16 and bf16 round once, whatever they count, sum and divide on the way; normalised constants are zeros."""
import ingot_test
import peers
from peers import np

RNG = np.random.default_rng(7) if np else None


def normalised(x, axes, epsilon=1e-5):
    centred = x - x.mean(axes, keepdims=True)
    return centred / np.sqrt((centred * centred).mean(axes, keepdims=True) + epsilon)


def channels(v, x):
    return v.reshape([-1] + [1] * (x.ndim - 2))


def soft(x, axis=-1):
    e = np.exp(x - x.max(axis, keepdims=True))
    return e / e.sum(axis, keepdims=True)


def windows(x, size):
    """Windows of `size` along the last dim, without padding, one beside the other."""
    return x.reshape(x.shape[:-1] + (x.shape[-1] // size, size))


def grid(theta, size):
    rows, columns = (int(extent) for extent in size[2:])
    y, x = ((2 * np.arange(extent) + 1) / extent - 1 for extent in (rows, columns))
    base = np.stack([*np.meshgrid(x, y), np.ones((rows, columns))], -1)
    return (base @ theta[0].T)[None]


def recurrent(x, w, r):
    state, states = np.zeros(r.shape[-1]), []
    for step in x[:, 0]:
        state = np.tanh(w[0] @ step + r[0] @ state)
        states.append(state)
    return np.stack(states)[:, None, None]


def spread(shape, low, high):
    return RNG.uniform(low, high, shape)


def cases():
    """(operator, operands, attributes, answer in f64 of the operands as they are after rounding). More than f16 can count (65,504) or
    sum where there is a sum; what is left fits."""
    many = spread((1, 65520), 0.9, 1.1)
    image = spread((1, 2, 40, 50), 90, 110)
    rows = spread((4, 1000), 99, 101)
    scale, bias = spread((2,), 0.5, 1.5), spread((2,), -1, 1)
    axes = np.array([1], np.int64)
    yield "ReduceMean", [many, axes], {}, lambda x, _: x.mean(1, keepdims=True)
    yield "ReduceMean", [rows, axes], {"keepdims": 0}, lambda x, _: x.mean(1)
    yield "ReduceSum", [many / 4, axes], {}, lambda x, _: x.sum(1, keepdims=True)
    yield "ReduceL1", [many / 4, axes], {}, lambda x, _: np.abs(x).sum(1, keepdims=True)
    yield "ReduceL2", [rows * 3, axes], {}, lambda x, _: np.sqrt((x * x).sum(1, keepdims=True))
    yield "ReduceLogSum", [many * 4, axes], {}, lambda x, _: np.log(x.sum(1, keepdims=True))
    yield "ReduceLogSumExp", [many * 4, axes], {}, lambda x, _: np.log(np.exp(x).sum(1, keepdims=True))
    yield "ReduceSumSquare", [many / 2, axes], {}, lambda x, _: (x * x).sum(1, keepdims=True)
    yield "GlobalAveragePool", [image], {}, lambda x: x.mean((2, 3), keepdims=True)
    yield "GlobalLpPool", [image], {"p": 2}, lambda x: np.sqrt((x * x).sum((2, 3), keepdims=True))
    yield "AveragePool", [rows[None] * 6], {"kernel_shape": [500], "strides": [500]}, lambda x: windows(x, 500).mean(-1)
    yield "AveragePool", [rows[None] * 6], {"kernel_shape": [500], "strides": [500], "pads": [0, 500]}, lambda x: np.concatenate(
        [windows(x, 500).mean(-1), 0 * x[..., :1]], -1)
    yield "LpPool", [rows[None] * 6], {"kernel_shape": [500], "strides": [500]}, lambda x: np.sqrt((windows(x, 500)**2).sum(-1))
    yield "InstanceNormalization", [image, scale, bias], {}, lambda x, s, b: channels(s, x) * normalised(x, (2, 3)) + channels(b, x)
    yield "GroupNormalization", [image, scale, bias], {"num_groups": 1}, lambda x, s, b: (
        channels(s, x) * normalised(x, (1, 2, 3)) + channels(b, x))
    yield "MeanVarianceNormalization", [image], {}, lambda x: normalised(x, (0, 2, 3), 0)
    yield "LayerNormalization", [rows, spread((1000,), 0.5, 1.5), spread((1000,), -1, 1)], {}, lambda x, s, b: normalised(x, 1) * s + b
    yield "RMSNormalization", [rows * 4, spread((1000,), 0.5, 1.5)], {}, lambda x, s: x / np.sqrt((x * x).mean(1, keepdims=True) + 1e-5) * s
    yield "LpNormalization", [rows * 4], {}, lambda x: x / np.sqrt((x * x).sum(1, keepdims=True))
    yield "LRN", [image], {"size": 3, "alpha": 1e-2}, lambda x: x / (1 + 1e-2 / 3 * (x * x).sum(1, keepdims=True))**0.75
    yield "BatchNormalization", [image, scale, bias, *(100 + spread((2,), 0, 1), spread((2,), 1, 2))], {}, lambda x, s, b, m, v: (
        channels(s, x) * (x - channels(m, x)) / np.sqrt(channels(v, x) + 1e-5) + channels(b, x))
    yield "Softmax", [spread((2, 3000), 0, 0.1)], {}, soft
    yield "LogSoftmax", [spread((2, 3000), 0, 0.1)], {}, lambda x: np.log(soft(x))
    yield "Mish", [spread((200,), -4, 4)], {}, lambda x: x * np.tanh(np.log1p(np.exp(x)))
    yield "HardSwish", [spread((200,), -4, 4)], {}, lambda x: x * np.clip(x / 6 + 0.5, 0, 1)
    yield "Selu", [spread((200,), -4, 4)], {}, lambda x: 1.0507010221481323 * np.where(x > 0, x, 1.6732631921768188 * np.expm1(x))
    yield "Sum", [rows, rows * 300, rows * -300], {}, lambda *x: sum(x)
    yield "Mean", [rows * 600, rows * 600, rows * 3], {}, lambda *x: sum(x) / 3
    yield "Gemm", [rows[:, :200] * 10, rows[:, :200] * 10, -spread((4, 4), 0, 1)], {"transB": 1, "alpha": 1e-4}, (
        lambda a, b, c: float(np.float32(1e-4)) * (a @ b.T) + c)
    yield "CumSum", [spread((2, 3000), 0.5, 1), axes[0]], {}, lambda x, _: np.cumsum(x, 1)
    yield "ScatterElements", [np.zeros((1, 2)), np.zeros((1, 3000), np.int64), spread((1, 3000), 0.5, 1)], {"axis": 1, "reduction": "add"}, (
        lambda x, i, u: np.array([[u.sum(), 0]]))
    yield "Einsum", [spread((2, 3000), 0.5, 1), spread((2, 3000), 0.5, 1), spread((2,), 1, 2)], {"equation": "ij,ij,i->i"}, (
        lambda x, y, z: np.einsum("ij,ij,i->i", x, y, z))
    yield "RNN", [spread((9, 1, 40), -1, 1), spread((1, 5, 40), -1, 1), spread((1, 5, 5), -1, 1)], {"hidden_size": 5}, recurrent
    yield "SoftmaxCrossEntropyLoss", [spread((300, 40), 0, 1), (np.arange(300) % 40).astype(np.int64)], {}, lambda x, t: (
        -np.log(soft(x)[np.arange(len(t)), t]).mean(keepdims=False))
    yield "AffineGrid", [spread((1, 2, 3), -1, 1), np.array([1, 1, 2, 3000], np.int64)], {}, grid


class NarrowFloats(peers.PeerCase):
    def check(self, narrow):
        """The answers of all operators, from operands rounded to `narrow`: each within one step of rounding where every op rounds, and
        the interpreter; within two in `fast`, whose order of sums is free."""
        import ml_dtypes
        import onnx
        from onnx import TensorProto, helper, numpy_helper
        dtype = {"FLOAT16": np.float16, "BFLOAT16": ml_dtypes.bfloat16}[narrow]
        nodes, inputs, outputs, weights, values, answers = [], [], [], [], {}, {}
        for number, (kind, operands, attributes, answer) in enumerate(cases()):
            names, exact = [], []
            for i, operand in enumerate(operands):
                name = f"x{number}_{i}"
                if np.asarray(operand).dtype.kind == "i":
                    weights.append(numpy_helper.from_array(np.asarray(operand), name))
                    exact.append(operand)
                else:
                    rounded = operand.astype(dtype)
                    exact.append(rounded.astype(np.float64))
                    values[name] = rounded.astype(np.float32)
                    inputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, operand.shape))
                    nodes.append(helper.make_node("Cast", [name], [name + "_"], to=getattr(TensorProto, narrow)))
                    name += "_"
                names.append(name)
            result = f"{kind}_{number}"
            nodes.append(helper.make_node(kind, names, [result + "_"], **attributes))
            nodes.append(helper.make_node("Cast", [result + "_"], [result], to=TensorProto.FLOAT))
            outputs.append(helper.make_tensor_value_info(result, TensorProto.FLOAT, None))
            answers[result] = np.asarray(answer(*exact))
        path = self.work / "narrow.onnx"
        graph = helper.make_graph(nodes, "narrow", inputs, outputs, weights)
        onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 23)], ir_version=11), path)
        eps = float(ml_dtypes.finfo(dtype).eps)
        for how, steps in ((("--reference",), 0.505), (("--numerics=strict",), 0.55), ((), 1.1)):
            actual = self.run_ingot(path, values, *how)
            for name, answer in answers.items():
                self.assertEqual(actual[name].shape, answer.shape, name)
                # Half of the distance between neighbours is what one rounding may cost, and f32 on the way a little.
                distance = eps * 2.0**np.floor(np.log2(np.maximum(np.abs(answer), 1e-4)))
                # Of numbers near 100 the difference from their mean is no more exact than f32 is there.
                allowed = 1.2e-5 if "Normalization" in name else 0
                worst = float((np.maximum(np.abs(actual[name] - answer) - allowed, 0) / distance).max())
                self.assertLessEqual(worst, steps, f"{narrow} {how}: {name}, in distances of neighbours")

    def test_f16(self):
        self.check("FLOAT16")

    def test_bf16(self):
        self.check("BFLOAT16")

    def test_training(self):
        """The statistics of a batch, of which the running ones take their share."""
        import onnx
        from onnx import TensorProto, helper
        x = spread((2, 2, 40, 50), 90, 110).astype(np.float16)
        operands = {"x": x, "s": np.ones(2, np.float16), "b": np.zeros(2, np.float16), "m": np.full(2, 50, np.float16),
                    "v": np.full(2, 20, np.float16)}
        node = helper.make_node("BatchNormalization", list(operands), ["y", "mean", "variance"], training_mode=1, momentum=0.75)
        graph = helper.make_graph([node], "training", [helper.make_tensor_value_info(
            name, TensorProto.FLOAT16, value.shape) for name, value in operands.items()],
            [helper.make_tensor_value_info(name, TensorProto.FLOAT16, None) for name in node.output])
        path = self.work / "training.onnx"
        onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 15)], ir_version=8), path)
        exact = x.astype(np.float64)
        answers = {"y": normalised(exact, (0, 2, 3)), "mean": 37.5 + 0.25 * exact.mean((0, 2, 3)),
                   "variance": 15 + 0.25 * exact.var((0, 2, 3))}
        for how in ("--reference", "--numerics=strict", "--numerics=fast"):
            actual = self.run_ingot(path, operands, how)
            for name, answer in answers.items():
                self.assertEqual(peers.difference(actual[name], answer.astype(np.float16), 2e-3, 1e-4), "", f"{how}: {name}")

    def test_constants_are_normalised_to_zeros(self):
        """Rows of one number, which f32 sums round: whatever width, extent and order."""
        import onnx
        from onnx import TensorProto, helper, numpy_helper
        nodes, inputs, outputs, weights, values = [], [], [], [], {}
        for number, extent in enumerate((1, 2, 3, 5, 7, 16, 33, 100, 768, 4097)):
            level = float(np.float32(10000.7) if number % 2 else np.float32(0.1))
            for kind, shape, count in (("LayerNormalization", (3, extent), extent), ("InstanceNormalization", (1, 2, extent), 2),
                                       ("GroupNormalization", (2, 4, extent), 4), ("MeanVarianceNormalization", (1, 3, 1, extent), 0)):
                name = f"{kind}_{extent}"
                fixed = list(shape)
                values[name] = np.full(shape, level, np.float32)
                inputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, fixed[:-1] + [f"n{extent}"]))
                operands, attributes = [name], {}
                if count:
                    ones = np.ones(1 if kind == "LayerNormalization" else count, np.float32)
                    weights.append(numpy_helper.from_array(ones, name + "_s"))
                    operands.append(name + "_s")
                    if kind != "LayerNormalization":
                        weights.append(numpy_helper.from_array(0 * ones, name + "_b"))
                        operands.append(name + "_b")
                if kind == "GroupNormalization":
                    attributes["num_groups"] = 2
                nodes.append(helper.make_node(kind, operands, [name + "_y"], **attributes))
                outputs.append(helper.make_tensor_value_info(name + "_y", TensorProto.FLOAT, None))
        path = self.work / "constants.onnx"
        graph = helper.make_graph(nodes, "constants", inputs, outputs, weights)
        onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10), path)
        dims = [word for name in {v.type.tensor_type.shape.dim[-1].dim_param for v in inputs}
                for word in ("--dim", f"{name}={len(name) % 2}..5000")] # some may be empty
        library = self.compile(path, "constants.so", *dims)
        for what, program, flags in (
                ("interpreter", (ingot_test.INGOT, "run"), ("--reference",)), ("strict", (ingot_test.INGOT, "run"), ("--numerics=strict",)),
                ("v2", (ingot_test.INGOT, "run"), ("--mcpu=x86-64-v2",)), ("native", (ingot_test.INGOT, "run"), ()),
                ("ranges", (ingot_test.INGOT, "run"), None)):
            actual = self.run_ingot(path if flags is not None else library, values, *(flags or ()), program=program)
            for name, answer in actual.items():
                self.assertTrue((answer == 0).all(), f"{what}: {name}: {answer.ravel()[:3]}")


ingot_test.main()
