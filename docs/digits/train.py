#!/usr/bin/env python3
"""Trains the bundled digit classifier and writes digits.onnx, images.npy and labels.npy beside this file.

Needs three registry packages, which nothing else in the tree does:

    python3 -m venv venv && venv/bin/pip install numpy scikit-learn onnx
    venv/bin/python docs/digits/train.py

The network: 3x3 convolution (16) - relu - 3x3 convolution (32) - relu - 2x2 max pooling - dense (32) - relu - dense (10).
Its input is the scanned image as it is, 8x8 counts from 0 to 16; the scale is folded into the first convolution. Every
number below is drawn from one seed, so a second run on the same machine writes the same files.
"""
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from sklearn.datasets import load_digits

SEED = 22
HELD_BACK = 360
EPOCHS = 60
BATCH = 32
SCALE = 16.0  # the largest count of a pixel
HERE = Path(__file__).resolve().parent


def split():
    """Images [N,1,8,8] and labels, shuffled; the last HELD_BACK are never trained on."""
    data = load_digits()
    order = np.random.default_rng(SEED).permutation(len(data.target))
    images = data.images.astype(np.float32)[order][:, None]
    labels = data.target.astype(np.int64)[order]
    return images[:-HELD_BACK], labels[:-HELD_BACK], images[-HELD_BACK:], labels[-HELD_BACK:]


class Conv:
    """3x3, padding 1; as a matrix product over the nine shifted images."""

    def __init__(self, rng, inputs, outputs):
        self.params = [rng.normal(0, np.sqrt(2 / (9 * inputs)), (outputs, inputs, 3, 3)), np.zeros(outputs)]

    def forward(self, x):
        padded = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)))
        n, c, h, w = x.shape
        windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(2, 3))
        self.columns = windows.transpose(0, 2, 3, 1, 4, 5).reshape(n, h, w, c * 9)
        weight, bias = self.params
        return (self.columns @ weight.reshape(len(weight), -1).T + bias).transpose(0, 3, 1, 2)

    def backward(self, grad):
        weight = self.params[0]
        grad = grad.transpose(0, 2, 3, 1)
        n, h, w, outputs = grad.shape
        flat = grad.reshape(-1, outputs)
        self.grads = [(flat.T @ self.columns.reshape(len(flat), -1)).reshape(weight.shape), flat.sum(0)]
        columns = (grad @ weight.reshape(outputs, -1)).reshape(n, h, w, -1, 3, 3)
        padded = np.zeros((n, columns.shape[3], h + 2, w + 2))
        for dy in range(3):
            for dx in range(3):
                padded[:, :, dy:dy + h, dx:dx + w] += columns[:, :, :, :, dy, dx].transpose(0, 3, 1, 2)
        return padded[:, :, 1:-1, 1:-1]


class Dense:
    def __init__(self, rng, inputs, outputs):
        self.params = [rng.normal(0, np.sqrt(2 / inputs), (inputs, outputs)), np.zeros(outputs)]

    def forward(self, x):
        self.x = x
        return x @ self.params[0] + self.params[1]

    def backward(self, grad):
        self.grads = [self.x.T @ grad, grad.sum(0)]
        return grad @ self.params[0].T


class Relu:
    params = grads = ()

    def forward(self, x):
        self.positive = x > 0
        return x * self.positive

    def backward(self, grad):
        return grad * self.positive


class Pool:
    """2x2 maximum, then flattened to one row per image."""

    params = grads = ()

    def forward(self, x):
        n, c, h, w = x.shape
        blocks = x.reshape(n, c, h // 2, 2, w // 2, 2)
        best = blocks.max((3, 5), keepdims=True)
        self.chosen = blocks == best
        return best.reshape(n, -1)

    def backward(self, grad):
        n, c, h, _, w, _ = self.chosen.shape
        share = self.chosen / self.chosen.sum((3, 5), keepdims=True)
        return (share * grad.reshape(n, c, h, 1, w, 1)).reshape(n, c, 2 * h, 2 * w)


def network(rng):
    return [Conv(rng, 1, 16), Relu(), Conv(rng, 16, 32), Relu(), Pool(), Dense(rng, 512, 32), Relu(), Dense(rng, 32, 10)]


def forward(layers, images):
    x = images.astype(np.float64) / SCALE
    for layer in layers:
        x = layer.forward(x)
    return x


def shifted(rng, images):
    """Moves every image by at most one pixel: the only augmentation."""
    padded = np.pad(images, ((0, 0), (0, 0), (1, 1), (1, 1)))
    dy, dx = rng.integers(0, 3, (2, len(images)))
    return np.stack([p[:, y:y + 8, x:x + 8] for p, y, x in zip(padded, dy, dx)])


def train(layers, images, labels, rng):
    """Adam with a cosine schedule and decoupled weight decay."""
    arrays = [p for layer in layers for p in layer.params]
    first = [np.zeros_like(p) for p in arrays]
    second = [np.zeros_like(p) for p in arrays]
    steps = EPOCHS * (len(images) // BATCH)
    step = 0
    for epoch in range(EPOCHS):
        order = rng.permutation(len(images))
        loss = 0.0
        for start in range(0, len(images) - BATCH + 1, BATCH):
            chosen = order[start:start + BATCH]
            logits = forward(layers, shifted(rng, images[chosen]))
            odds = np.exp(logits - logits.max(1, keepdims=True))
            odds /= odds.sum(1, keepdims=True)
            rows = np.arange(len(chosen))
            loss -= np.log(odds[rows, labels[chosen]]).sum()
            odds[rows, labels[chosen]] -= 1
            grad = odds / len(chosen)
            for layer in reversed(layers):
                grad = layer.backward(grad)
            grads = [g for layer in layers for g in layer.grads]
            step += 1
            rate = 2e-3 * 0.5 * (1 + np.cos(np.pi * step / steps))
            for p, g, m, v in zip(arrays, grads, first, second):
                m += 0.1 * (g - m)
                v += 0.001 * (g * g - v)
                p -= rate * (m / (1 - 0.9**step) / (np.sqrt(v / (1 - 0.999**step)) + 1e-8) + 1e-3 * p)
        if epoch % 10 == 9:
            print(f"epoch {epoch + 1}: loss {loss / len(images):.4f}")


def export(layers):
    """The trained network as an ONNX model with one free size, the number of images."""
    conv1, _, conv2, _, _, dense1, _, dense2 = layers
    conv1.params[0] /= SCALE
    tensors = {}
    for name, layer in (("conv1", conv1), ("conv2", conv2), ("dense1", dense1), ("dense2", dense2)):
        tensors[f"{name}.weight"], tensors[f"{name}.bias"] = layer.params
    conv = dict(kernel_shape=[3, 3], pads=[1, 1, 1, 1])
    nodes = [
        helper.make_node("Conv", ["image", "conv1.weight", "conv1.bias"], ["conv1"], "conv1", **conv),
        helper.make_node("Relu", ["conv1"], ["relu1"], "relu1"),
        helper.make_node("Conv", ["relu1", "conv2.weight", "conv2.bias"], ["conv2"], "conv2", **conv),
        helper.make_node("Relu", ["conv2"], ["relu2"], "relu2"),
        helper.make_node("MaxPool", ["relu2"], ["pool"], "pool", kernel_shape=[2, 2], strides=[2, 2]),
        helper.make_node("Flatten", ["pool"], ["flat"], "flatten", axis=1),
        helper.make_node("Gemm", ["flat", "dense1.weight", "dense1.bias"], ["dense1"], "dense1"),
        helper.make_node("Relu", ["dense1"], ["relu3"], "relu3"),
        helper.make_node("Gemm", ["relu3", "dense2.weight", "dense2.bias"], ["logits"], "dense2"),
    ]
    graph = helper.make_graph(
        nodes, "digits",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["batch", 1, 8, 8])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", 10])],
        [numpy_helper.from_array(np.ascontiguousarray(value, dtype=np.float32), name) for name, value in tensors.items()])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8,
                              producer_name="docs/digits/train.py")
    onnx.checker.check_model(model, full_check=True)
    return model


def main():
    train_images, train_labels, images, labels = split()
    rng = np.random.default_rng(SEED)
    layers = network(rng)
    train(layers, train_images, train_labels, rng)
    right = int((forward(layers, images).argmax(1) == labels).sum())
    print(f"held back: {right} of {len(labels)} right ({100 * right / len(labels):.2f} %)")
    onnx.save(export(layers), HERE / "digits.onnx")
    np.save(HERE / "images.npy", images)
    np.save(HERE / "labels.npy", labels)


if __name__ == "__main__":
    main()
