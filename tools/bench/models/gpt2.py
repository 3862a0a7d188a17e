#!/usr/bin/env python3
"""Writes a decoder of GPT-2's architecture with a cache and seeded weights, the 124M one unless told; needs onnx and numpy.

    tools/bench/models/gpt2.py -o gpt2.onnx                           # 12 layers, width 768, 12 heads: 498 MB
    tools/bench/models/gpt2.py -o tiny.onnx --layers 2 --width 64 --heads 4 --vocabulary 100 --positions 32

Inputs: input_ids int64[batch, seq], and for each layer I past.I.key and past.I.value, f32[batch, heads, past, width / heads]. Outputs:
logits [batch, seq, vocabulary], tied to the embedding, and present.I.key and present.I.value, the past grown by seq along axis 2.
Positions and the causal mask follow from the past's length, so a prompt is a call with an empty past and a step one with seq = 1. With
`--mask 1` they do not: attention_mask int64[batch, past + seq] says which tokens count, and position_ids int64[batch, seq] where they stand. With
`--alias past.0.key=present.0.key ...` the caches become state of the compiled model.
"""
import sys

sys.dont_write_bytecode = True
import numpy as np  # noqa: E402
from onnx import TensorProto  # noqa: E402

import transformer  # noqa: E402

EPSILON = 1e-5


class Decoder:
    def __init__(self, a):
        self.a, self.g = a, transformer.Graph("gpt2", a.seed, a.opset)
        self.size = a.width // a.heads

    def length(self, value, axis):
        """A dim as a scalar."""
        return self.g.op("Gather", self.g.op("Shape", value), self.g.constant(axis))

    def begin(self):
        g, a = self.g, self.a
        ids = g.input("input_ids", TensorProto.INT64, ["batch", "seq"])
        self.past = [tuple(g.input(f"past.{i}.{kind}", TensorProto.FLOAT, ["batch", a.heads, "past", self.size])
                           for kind in ("key", "value")) for i in range(a.layers)]
        before = self.length(self.past[0][0], 2)
        total = g.op("Add", before, self.length(ids, 1))
        rows = g.op("Range", before, total, g.constant(1))
        columns = g.op("Range", g.constant(0), total, g.constant(1))
        # [seq, past + seq]: a position sees itself and what is before it.
        self.seen = g.op("LessOrEqual", g.op("Unsqueeze", columns, g.constant([0])), g.op("Unsqueeze", rows, g.constant([1])))
        self.bias = None
        if a.mask:
            rows = g.input("position_ids", TensorProto.INT64, ["batch", "seq"])
            mask = g.input("attention_mask", TensorProto.INT64, ["batch", "past + seq"])
            wide = g.op("Cast", g.op("Unsqueeze", mask, g.constant([1, 2])), to=TensorProto.FLOAT)
            self.bias = g.op("Mul", g.op("Sub", g.constant(1, np.float32), wide), g.constant(-10000, np.float32))
        words = g.op("Gather", g.normal("wte", (a.vocabulary, a.width), 0.05), ids)
        return g.op("Add", words, g.op("Gather", g.normal("wpe", (a.positions, a.width), 0.05), rows))

    def attention(self, x, i):
        g, a = self.g, self.a
        parts = g.op("Split", g.linear(x, f"h{i}.attention", a.width, 3 * a.width), g.constant([a.width] * 3), outputs=3, axis=2)
        query, key, value = (g.split_heads(part, a.heads, self.size) for part in parts)
        key = g.op("Concat", self.past[i][0], key, axis=2)
        value = g.op("Concat", self.past[i][1], value, axis=2)
        scores = g.op("MatMul", query, g.op("Transpose", key, perm=[0, 1, 3, 2]))
        scores = g.op("Div", scores, g.constant(self.size ** 0.5, np.float32))
        if self.bias:
            scores = g.op("Add", scores, self.bias)
        masked = g.op("Where", self.seen, scores, g.constant(-1e9, np.float32))
        mixed = g.merge_heads(g.op("MatMul", g.op("Softmax", masked, axis=-1), value), a.width)
        return g.linear(mixed, f"h{i}.attention_output", a.width, a.width), key, value

    def write(self):
        g, a = self.g, self.a
        x, caches = self.begin(), []
        for i in range(a.layers):
            mixed, *cache = self.attention(g.layer_norm(x, f"h{i}.norm1", a.width, EPSILON), i)
            caches.append(cache)
            x = g.op("Add", x, mixed)
            inner = g.gelu_tanh(g.linear(g.layer_norm(x, f"h{i}.norm2", a.width, EPSILON), f"h{i}.up", a.width, 4 * a.width))
            x = g.op("Add", x, g.linear(inner, f"h{i}.down", 4 * a.width, a.width))
        x = g.layer_norm(x, "norm", a.width, EPSILON)
        g.output(g.op("MatMul", x, g.op("Transpose", "wte", perm=[1, 0])), "logits", ["batch", "seq", a.vocabulary])
        for i, cache in enumerate(caches):
            for kind, value in zip(("key", "value"), cache):
                g.output(value, f"present.{i}.{kind}", ["batch", a.heads, "total", self.size])
        g.write(a.output, a.external_data)


def main():
    Decoder(transformer.parse(__doc__, layers=12, width=768, heads=12, vocabulary=50257, positions=1024, mask=0)).write()


if __name__ == "__main__":
    main()
