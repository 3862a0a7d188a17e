#!/usr/bin/env python3
"""Writes an encoder of BERT's architecture with seeded weights, BERT-base unless told; needs onnx and numpy.

    tools/bench/models/bert_base.py -o bert.onnx                      # 12 layers, width 768, 12 heads: 438 MB
    tools/bench/models/bert_base.py -o tiny.onnx --layers 2 --width 64 --heads 4 --vocabulary 100 --positions 32

Inputs: input_ids, attention_mask, token_type_ids, int64[batch, seq]. Outputs: last_hidden_state [batch, seq, width] and
pooler_output [batch, width]; with --logits 1 also logits [batch, seq, vocabulary] of the language-model head tied to the embedding.
"""
import sys

sys.dont_write_bytecode = True
import numpy as np  # noqa: E402
from onnx import TensorProto  # noqa: E402

import transformer  # noqa: E402

EPSILON = 1e-12


def embed(g, a):
    ids = g.input("input_ids", TensorProto.INT64, ["batch", "seq"])
    mask = g.input("attention_mask", TensorProto.INT64, ["batch", "seq"])
    types = g.input("token_type_ids", TensorProto.INT64, ["batch", "seq"])
    words = g.op("Gather", g.normal("embeddings.word", (a.vocabulary, a.width), 0.05), ids)
    kinds = g.op("Gather", g.normal("embeddings.token_type", (2, a.width), 0.05), types)
    length = g.op("Gather", g.op("Shape", ids), g.constant([1]))
    table = g.normal("embeddings.position", (a.positions, a.width), 0.05)
    positions = g.op("Slice", table, g.constant([0]), length, g.constant([0]))
    x = g.layer_norm(g.op("Add", g.op("Add", words, kinds), positions), "embeddings.norm", a.width, EPSILON)
    # 0 where a token counts, -10000 where it does not, as [batch, 1, 1, seq].
    wide = g.op("Cast", g.op("Unsqueeze", mask, g.constant([1, 2])), to=TensorProto.FLOAT)
    return x, g.op("Mul", g.op("Sub", g.constant(1, np.float32), wide), g.constant(-10000, np.float32))


def layer(g, a, x, bias, name):
    size = a.width // a.heads
    query = g.split_heads(g.linear(x, f"{name}.query", a.width, a.width), a.heads, size)
    key = g.split_heads(g.linear(x, f"{name}.key", a.width, a.width), a.heads, size, keys=True)
    value = g.split_heads(g.linear(x, f"{name}.value", a.width, a.width), a.heads, size)
    scores = g.op("Div", g.op("MatMul", query, key), g.constant(size ** 0.5, np.float32))
    weights = g.op("Softmax", g.op("Add", scores, bias), axis=-1)
    mixed = g.linear(g.merge_heads(g.op("MatMul", weights, value), a.width), f"{name}.output", a.width, a.width)
    x = g.layer_norm(g.op("Add", mixed, x), f"{name}.attention_norm", a.width, EPSILON)
    inner = g.gelu_erf(g.linear(x, f"{name}.up", a.width, 4 * a.width))
    return g.layer_norm(g.op("Add", g.linear(inner, f"{name}.down", 4 * a.width, a.width), x), f"{name}.norm", a.width, EPSILON)


def main():
    a = transformer.parse(__doc__, layers=12, width=768, heads=12, vocabulary=30522, positions=512, logits=0)
    g = transformer.Graph("bert", a.seed, a.opset)
    x, bias = embed(g, a)
    for i in range(a.layers):
        x = layer(g, a, x, bias, f"layer{i}")
    g.output(x, "last_hidden_state", ["batch", "seq", a.width])
    first = g.op("Gather", x, g.constant(0), axis=1)
    g.output(g.op("Tanh", g.linear(first, "pooler", a.width, a.width)), "pooler_output", ["batch", a.width])
    if a.logits:
        hidden = g.layer_norm(g.gelu_erf(g.linear(x, "head", a.width, a.width)), "head.norm", a.width, EPSILON)
        scores = g.op("MatMul", hidden, g.op("Transpose", "embeddings.word", perm=[1, 0]))
        g.output(g.op("Add", scores, g.within("head.logits.bias", (a.vocabulary,), -0.1, 0.1)), "logits", ["batch", "seq", a.vocabulary])
    g.write(a.output, a.external_data)


if __name__ == "__main__":
    main()
