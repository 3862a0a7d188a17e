"""What the scripts that write transformers share: a graph under construction, its seeded weights, and the layers in primitive operators.

Weights are drawn in the order in which the layers are built, so one seed and one set of options give the same bytes everywhere. Matrices
are normal with a deviation that keeps attention far from uniform (0.04 at a width of 768), norms' gains within 0.9..1.1.
"""
import argparse
import sys
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

INLINE_LIMIT = 2**31 - 2**20  # a Protocol Buffers message is under 2 GB


class Graph:
    def __init__(self, name, seed, opset):
        self.name, self.opset = name, opset
        self.generator = np.random.default_rng(seed)
        self.nodes, self.weights, self.inputs, self.outputs = [], {}, [], []

    def op(self, kind, *operands, name=None, outputs=1, **attributes):
        """Appends a node; its output's name, or a list of them."""
        base = name or f"{kind.lower()}_{len(self.nodes)}"
        names = [base] if outputs == 1 else [f"{base}_{i}" for i in range(outputs)]
        self.nodes.append(helper.make_node(kind, list(operands), names, name=base, **attributes))
        return names[0] if outputs == 1 else names

    def constant(self, values, dtype=np.int64):
        """A small initialiser, one for each value."""
        array = np.asarray(values, dtype)
        name = f"c_{array.dtype.name}_" + "_".join(str(v) for v in [*array.shape, *array.ravel().tolist()])
        self.weights[name] = array
        return name

    def normal(self, name, shape, deviation):
        self.weights[name] = self.generator.standard_normal(shape, np.float32) * np.float32(deviation)
        return name

    def within(self, name, shape, low, high):
        self.weights[name] = self.generator.uniform(low, high, shape).astype(np.float32)
        return name

    def input(self, name, kind, dims):
        self.inputs.append(helper.make_tensor_value_info(name, kind, dims))
        return name

    def output(self, value, name, dims):
        self.op("Identity", value, name=name)
        self.outputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, dims))

    # Layers.

    def linear(self, x, name, inputs, outputs):
        product = self.op("MatMul", x, self.normal(f"{name}.weight", (inputs, outputs), 0.04 * (768 / inputs) ** 0.5))
        return self.op("Add", product, self.within(f"{name}.bias", (outputs,), -0.1, 0.1))

    def layer_norm(self, x, name, width, epsilon):
        gain = self.within(f"{name}.weight", (width,), 0.9, 1.1)
        shift = self.within(f"{name}.bias", (width,), -0.1, 0.1)
        if self.opset >= 17:
            return self.op("LayerNormalization", x, gain, shift, axis=-1, epsilon=epsilon)
        centred = self.op("Sub", x, self.op("ReduceMean", x, axes=[-1]))
        variance = self.op("ReduceMean", self.op("Pow", centred, self.constant(2, np.float32)), axes=[-1])
        deviation = self.op("Sqrt", self.op("Add", variance, self.constant(epsilon, np.float32)))
        return self.op("Add", self.op("Mul", self.op("Div", centred, deviation), gain), shift)

    def gelu_erf(self, x):
        erf = self.op("Erf", self.op("Div", x, self.constant(2 ** 0.5, np.float32)))
        product = self.op("Mul", x, self.op("Add", erf, self.constant(1, np.float32)))
        return self.op("Mul", product, self.constant(0.5, np.float32))

    def gelu_tanh(self, x):
        cube = self.op("Mul", self.op("Pow", x, self.constant(3, np.float32)), self.constant(0.044715, np.float32))
        tanh = self.op("Tanh", self.op("Mul", self.op("Add", x, cube), self.constant((2 / np.pi) ** 0.5, np.float32)))
        half = self.op("Mul", x, self.constant(0.5, np.float32))
        return self.op("Mul", half, self.op("Add", tanh, self.constant(1, np.float32)))

    def split_heads(self, x, heads, size, keys=False):
        """[batch, seq, heads * size] ==> [batch, heads, seq, size], or [batch, heads, size, seq] for keys."""
        split = self.op("Reshape", x, self.constant([0, 0, heads, size]))
        return self.op("Transpose", split, perm=[0, 2, 3, 1] if keys else [0, 2, 1, 3])

    def merge_heads(self, x, width):
        return self.op("Reshape", self.op("Transpose", x, perm=[0, 2, 1, 3]), self.constant([0, 0, width]))

    # The file.

    def write(self, path, external):
        """Writes the model; with `external` the large weights go to PATH.data beside it."""
        total = sum(w.nbytes for w in self.weights.values())
        if total > INLINE_LIMIT and not external:
            sys.exit(f"{total / 1e9:.1f} GB of weights do not fit into one file; use --external-data")
        tensors, at = [], 0
        data = open(f"{path}.data", "wb") if external else None
        for name, array in self.weights.items():
            if not external or array.nbytes < 1024:
                tensors.append(numpy_helper.from_array(array, name))
                continue
            at += data.write(bytes(-at % 64))
            tensor = TensorProto(name=name, dims=array.shape, data_type=helper.np_dtype_to_tensor_dtype(array.dtype),
                                 data_location=TensorProto.EXTERNAL)
            for key, value in (("location", f"{path.name}.data"), ("offset", at), ("length", array.nbytes)):
                tensor.external_data.add(key=key, value=str(value))
            at += data.write(array.tobytes())
            tensors.append(tensor)
        if data:
            data.close()
        graph = helper.make_graph(self.nodes, self.name, self.inputs, self.outputs, tensors)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", self.opset)], ir_version=8, producer_name="ingot")
        path.write_bytes(model.SerializeToString(deterministic=True))
        onnx.checker.check_model(str(path))


def parse(description, **defaults):
    """The options these scripts share; a default given here adds an option of that name."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-o", "--output", type=Path, required=True)
    for name, value in defaults.items():
        parser.add_argument("--" + name.replace("_", "-"), type=type(value), default=value, help=f"default: {value}")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--opset", type=int, default=17, help="below 17 normalisations are written in primitive operators (default: 17)")
    parser.add_argument("--external-data", action="store_true", help="weights in OUTPUT.data instead of in the model")
    arguments = parser.parse_args()
    if not 13 <= arguments.opset <= 17:
        parser.error(f"--opset {arguments.opset}: 13 to 17 can be written")
    if arguments.width % arguments.heads:
        parser.error(f"--width {arguments.width} is no multiple of --heads {arguments.heads}")
    return arguments
