#!/usr/bin/env python3
"""Writes dense layers of one width with relu between, on [batch, WIDTH] with a free batch; standard library alone.

    tools/bench/models/mlp.py -o mlp.onnx [--width 1024] [--layers 3] [--seed 1]
"""
import argparse
import sys
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "tests"))
import onnx_model  # noqa: E402


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--width", type=int, default=1024)
    parser.add_argument("--layers", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    arguments.output.write_bytes(onnx_model.mlp(arguments.width, arguments.layers, arguments.seed))


if __name__ == "__main__":
    main()
