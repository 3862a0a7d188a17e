#!/usr/bin/env python3
"""Gives a model whose weights are constant splats weights as a trained network has them; needs onnx and numpy.

    tools/bench/models/he_init.py light_resnet50.onnx -o resnet50.onnx [--seed 1]

The `light` models of the ONNX backend suite hold ConstantOfShape where their weights were, so every element of an answer is the same
and says nothing of the arithmetic. Here each such weight is drawn from one seed by what reads it:

    convolution, Gemm    He: normal with variance 2 / fan-in; biases within 0.1
    last Gemm            variance 1 / fan-in, so that the classes' scores are neither equal nor all but one hot
    BatchNormalization   scale 0.5..1.5, shift within 0.2, mean and variance those of the channel for a seeded input
    Mul and Add by a channel's number (a scale taken out of BatchNormalization)   0.5..1.5 and within 0.2

Drawn numbers are the same everywhere; the statistics may differ in their last bits between machines.

The seeded input is pushed through node by node. Each value on the way must be finite, without subnormal numbers and not constant, and
each convolution's and each normalisation's spread between 1e-3 and 1e3; otherwise nothing is written and the exit status is 1.
"""
import argparse
import sys
from pathlib import Path

import numpy as np
import onnx
from onnx import helper, numpy_helper
from onnx.reference import ReferenceEvaluator

TINY = np.finfo(np.float32).tiny


class BadModel(Exception):
    """The model cannot be given weights; says where and why."""


def attributes(node):
    return {a.name: helper.get_attribute_value(a) for a in node.attribute}


def pads_of(node, values, kernel, strides, shape):
    """[(before, after)] per spatial axis."""
    auto = values.get("auto_pad", b"NOTSET").decode()
    if auto in ("SAME_UPPER", "SAME_LOWER"):
        out = []
        for size, k, s in zip(shape, kernel, strides):
            total = max(0, (-(-size // s) - 1) * s + k - size)
            small, large = total // 2, total - total // 2
            out.append((small, large) if auto == "SAME_UPPER" else (large, small))
        return out
    pads = list(values.get("pads", [0] * (2 * len(kernel))))
    return list(zip(pads[:len(kernel)], pads[len(kernel):]))


def windows(x, kernel, strides, pads, fill):
    """[N, C, OH, OW, KH, KW] view of a padded NCHW array."""
    x = np.pad(x, [(0, 0), (0, 0), *pads], constant_values=fill)
    view = np.lib.stride_tricks.sliding_window_view(x, kernel, axis=(2, 3))
    return view[:, :, ::strides[0], ::strides[1]]


def convolution(node, x, w, bias=None):
    values = attributes(node)
    if x.ndim != 4 or set(values.get("dilations", [1])) != {1}:
        raise BadModel(f"{node.name or node.output[0]}: only convolutions over two axes without dilation are evaluated here")
    strides, groups = values.get("strides", [1, 1]), values.get("group", 1)
    view = windows(x, w.shape[2:], strides, pads_of(node, values, w.shape[2:], strides, x.shape[2:]), 0)
    parts = []
    for vs, ws in zip(np.split(view, groups, axis=1), np.split(w, groups)):
        parts.append(np.tensordot(vs, ws, axes=[(1, 4, 5), (1, 2, 3)]).transpose(0, 3, 1, 2))
    y = np.concatenate(parts, axis=1)
    return y if bias is None else y + bias[:, None, None]


def pooling(node, x):
    values = attributes(node)
    kernel = values["kernel_shape"]
    if values.get("ceil_mode") or set(values.get("dilations", [1])) != {1} or len(kernel) != 2:
        raise BadModel(f"{node.name or node.output[0]}: only plain pooling over two axes is evaluated here")
    strides = values.get("strides", [1, 1])
    pads = pads_of(node, values, kernel, strides, x.shape[2:])
    if node.op_type == "MaxPool":
        return windows(x, kernel, strides, pads, -np.inf).max(axis=(4, 5))
    y = windows(x, kernel, strides, pads, 0).mean(axis=(4, 5), dtype=np.float32)
    if not values.get("count_include_pad"):
        y = y / windows(np.ones_like(x), kernel, strides, pads, 0).mean(axis=(4, 5))
    return y


def softmax(x, axis):
    """As before opset 13: over all axes from `axis` on."""
    flat = x.reshape(int(np.prod(x.shape[:axis])), -1)
    y = np.exp(flat - flat.max(axis=1, keepdims=True))
    return (y / y.sum(axis=1, keepdims=True)).reshape(x.shape)


class Initialiser:
    def __init__(self, model, seed):
        self.model, self.graph = model, model.graph
        self.generator = np.random.default_rng(seed)
        self.opsets = {o.domain: o.version for o in model.opset_import}
        self.known = {t.name: numpy_helper.to_array(t) for t in self.graph.initializer}  # value's name -> array
        self.weights = {}  # what the new model's initialisers are
        self.users = {}
        for node in self.graph.node:
            for i, name in enumerate(node.input):
                self.users.setdefault(name, []).append((node, i))

    def splats(self):
        """Names of the weights that are splats; those that a node makes become known."""
        for name, array in list(self.known.items()):
            if array.dtype == np.float32 and array.size and (array == array.flat[0]).all():
                yield name
        for node in self.graph.node:
            if node.op_type == "ConstantOfShape" and node.input[0] in self.known:
                fill = attributes(node).get("value")
                fill = numpy_helper.to_array(fill) if fill is not None else np.zeros(1, np.float32)
                if fill.dtype == np.float32:
                    self.known[node.output[0]] = np.full(self.known[node.input[0]], fill[0])
                    yield node.output[0]

    def weight(self, name, array):
        """Replaces a constant of the old model."""
        self.known[name] = self.weights[name] = np.ascontiguousarray(array, np.float32)
        self.splat.discard(name)

    # What a weight becomes, by its first reader.

    def normal(self, shape, variance):
        return self.generator.standard_normal(shape, np.float32) * np.float32(np.sqrt(variance))

    def within(self, shape, low, high):
        return self.generator.uniform(low, high, shape).astype(np.float32)

    def reader(self, name):
        """The first node that computes with a value, and the operand that is; (None, 0) if none does."""
        for node, operand in self.users.get(name, []):
            if node.op_type not in ("Unsqueeze", "Reshape", "Identity"):
                return node, operand
            if operand == 0:
                return self.reader(node.output[0])
        return None, 0

    def is_last(self, node):
        """Whether nothing but shape changes and a softmax follows."""
        follow = [user for user, _ in self.users.get(node.output[0], [])]
        return all(user.op_type in ("Softmax", "Reshape", "Flatten", "Dropout", "Identity") and self.is_last(user) for user in follow)

    def fill(self, name):
        """The array for a splat, or None where it stays one or depends on data."""
        shape, (node, operand) = self.known[name].shape, self.reader(name)
        kind = node.op_type if node is not None else ""
        if kind in ("Conv", "Gemm") and operand == 1:
            by_rows = kind == "Gemm" and not attributes(node).get("transB")
            gain = 1 if kind == "Gemm" and self.is_last(node) else 2
            return self.normal(shape, gain / (shape[0] if by_rows else int(np.prod(shape[1:]))))
        if kind in ("Conv", "Gemm") and operand == 2:
            return self.within(shape, -0.1, 0.1)
        if kind == "Mul":
            return self.within(shape, 0.5, 1.5)
        if kind == "Add":
            return self.within(shape, -0.2, 0.2)
        return None

    def normalisation(self, node):
        x = self.known[node.input[0]]
        axes = tuple(i for i in range(x.ndim) if i != 1)
        channels = x.shape[1]
        self.weight(node.input[1], self.within(channels, 0.5, 1.5))
        self.weight(node.input[2], self.within(channels, -0.2, 0.2))
        self.weight(node.input[3], x.mean(axis=axes))
        # A channel that does not vary over one image still has a variance over many.
        self.weight(node.input[4], np.maximum(x.var(axis=axes), 1e-2 * max(float(x.var()), 1e-6)))

    def evaluate(self, node):
        inputs = [self.known[i] if i else None for i in node.input]
        if node.op_type == "Conv":
            return [convolution(node, *inputs)]
        if node.op_type in ("MaxPool", "AveragePool") and len(node.output) == 1:
            return [pooling(node, *inputs)]
        if node.op_type == "Dropout":
            return [inputs[0]]
        if node.op_type == "Softmax" and self.opsets.get("", 1) < 13:
            return [softmax(inputs[0], attributes(node).get("axis", 1))]
        if node.op_type == "Unsqueeze" and len(inputs) == 1:
            return [np.expand_dims(inputs[0], tuple(attributes(node)["axes"]))]
        evaluator = ReferenceEvaluator(node, opsets=self.opsets)
        return evaluator.run(None, {name: x for name, x in zip(node.input, inputs) if name})

    def check(self, node, value):
        place = f"{node.op_type} {node.name or node.output[0]}"
        if value.dtype != np.float32 or value.size < 2:
            return
        if not np.isfinite(value).all():
            raise BadModel(f"{place}: {np.count_nonzero(~np.isfinite(value))} of {value.size} elements are not finite")
        magnitude = np.abs(value)
        if ((magnitude > 0) & (magnitude < TINY)).any():
            raise BadModel(f"{place}: {np.count_nonzero((magnitude > 0) & (magnitude < TINY))} subnormal elements")
        if magnitude.min() == magnitude.max():
            raise BadModel(f"{place}: constant {value.flat[0]}")
        if node.op_type in ("Conv", "Gemm", "BatchNormalization"):
            spread = float(value.std())
            if not 1e-3 < spread < 1e3:
                raise BadModel(f"{place}: the spread is {spread:.3g}, expected 1e-3 to 1e3")

    def run(self):
        self.splat = set(self.splats())
        for name in sorted(self.splat):
            array = self.fill(name)
            if array is not None:
                self.weight(name, array)
        initialisers = {t.name for t in self.graph.initializer}
        inputs = [i for i in self.graph.input if i.name not in initialisers]
        for value in inputs:
            shape = [d.dim_value or 1 for d in value.type.tensor_type.shape.dim]
            self.known[value.name] = self.generator.standard_normal(shape, np.float32)
        data = {value.name for value in inputs}  # what depends on the input
        self.nodes = []
        for node in self.graph.node:
            if node.op_type == "ConstantOfShape" and node.output[0] in self.known:
                continue
            if node.op_type == "BatchNormalization":
                self.normalisation(node)
            outputs = self.evaluate(node)
            for name, value in zip(node.output, outputs):
                self.known[name] = np.asarray(value)
                if data & set(node.input):
                    data.add(name)
                    self.check(node, self.known[name])
            self.nodes.append(node)
        return self.finish(inputs)

    def finish(self, inputs):
        """The model without what made the splats."""
        used = {name for node in self.nodes for name in node.input}
        old = {t.name: t for t in self.graph.initializer}
        left = [name for name in self.splat if name in used and name not in old]
        for name in left:  # a splat nothing above knows how to fill stays one
            self.weights[name] = self.known[name]
        tensors = [numpy_helper.from_array(self.weights[n], n) if n in self.weights else old[n]
                   for n in dict.fromkeys([*old, *self.weights]) if n in used]
        graph = helper.make_graph(self.nodes, self.graph.name, inputs, list(self.graph.output), tensors)
        model = helper.make_model(graph, opset_imports=list(self.model.opset_import), ir_version=max(4, self.model.ir_version),
                                  producer_name="ingot tools/bench/models/he_init.py")
        onnx.checker.check_model(model)
        return model


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    try:
        model = Initialiser(onnx.load(arguments.model), arguments.seed).run()
    except BadModel as error:
        sys.exit(f"{arguments.model}: {error}")
    arguments.output.write_bytes(model.SerializeToString(deterministic=True))


if __name__ == "__main__":
    main()
