#!/usr/bin/env python3
"""Turns 28x28 grey PNG images of digits into .npy inputs of mnist-8: float32 [1,1,28,28], raw values 0..255.

    tools/dev/make_digit_inputs.py IMAGE.png... -o FOLDER

Writes FOLDER/STEM.npy for each image and prints its path. A PNG reader of its own (8-bit grey, RGB or RGBA, not
interlaced), so that no package is needed.
"""
import argparse
import struct
import sys
import zlib
from pathlib import Path

SIDE = 28
CHANNELS = {0: 1, 2: 3, 4: 2, 6: 4}  # PNG colour type -> bytes per pixel


class BadImage(Exception):
    pass


def unfilter(rows, height, stride, step):
    """Undoes PNG's per-row prediction filters; `step` is the distance to the pixel on the left, in bytes."""
    out = []
    above = bytearray(stride)
    for y in range(height):
        kind = rows[y * (stride + 1)]
        row = bytearray(rows[y * (stride + 1) + 1:(y + 1) * (stride + 1)])
        for i in range(stride):
            left = row[i - step] if i >= step else 0
            corner = above[i - step] if i >= step else 0
            if kind == 1:
                row[i] = (row[i] + left) & 255
            elif kind == 2:
                row[i] = (row[i] + above[i]) & 255
            elif kind == 3:
                row[i] = (row[i] + (left + above[i]) // 2) & 255
            elif kind == 4:
                estimate = left + above[i] - corner
                row[i] = (row[i] + min((left, above[i], corner), key=lambda v: abs(estimate - v))) & 255
            elif kind:
                raise BadImage(f"row {y} has the unknown filter {kind}")
        out.append(row)
        above = row
    return out


def read_grey(path):
    """Rows of grey values 0..255; colour images are weighted as in ITU-R 601."""
    data = path.read_bytes()
    if data[:8] != b"\x89PNG\r\n\x1a\n":
        raise BadImage("not a PNG file")
    header, packed, at = None, b"", 8
    while at + 12 <= len(data):
        size, kind = struct.unpack(">I4s", data[at:at + 8])
        body = data[at + 8:at + 8 + size]
        if kind == b"IHDR":
            header = struct.unpack(">IIBBBBB", body)
        elif kind == b"IDAT":
            packed += body
        at += size + 12
    if header is None:
        raise BadImage("no IHDR chunk")
    width, height, depth, colour, _, _, interlace = header
    if depth != 8 or interlace or colour not in CHANNELS:
        raise BadImage(f"{depth} bits, colour type {colour}, interlace {interlace}; only plain 8-bit grey, RGB and RGBA are read")
    step = CHANNELS[colour]
    rows = unfilter(zlib.decompress(packed), height, width * step, step)
    if step <= 2:
        return [list(row[::step]) for row in rows]
    return [[round(0.299 * r + 0.587 * g + 0.114 * b) for r, g, b in zip(row[::step], row[1::step], row[2::step])] for row in rows]


def npy(shape, values):
    """The bytes of a version 1.0 .npy file of little-endian float32."""
    text = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape!r}, }}"
    text += " " * (-(len(text) + 11) % 64) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text.encode() + struct.pack(f"<{len(values)}f", *values)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("images", nargs="+", type=Path, metavar="IMAGE.png")
    parser.add_argument("-o", "--output-dir", required=True, type=Path)
    arguments = parser.parse_args()
    arguments.output_dir.mkdir(parents=True, exist_ok=True)
    for path in arguments.images:
        try:
            rows = read_grey(path)
            if (len(rows), len(rows[0])) != (SIDE, SIDE):
                raise BadImage(f"{len(rows[0])}x{len(rows)} pixels, expected {SIDE}x{SIDE}")
        except (OSError, BadImage, zlib.error, struct.error, IndexError, ValueError) as error:
            sys.exit(f"{path}: {error}")
        target = arguments.output_dir / (path.stem + ".npy")
        target.write_bytes(npy((1, 1, SIDE, SIDE), [value for row in rows for value in row]))
        print(target)


if __name__ == "__main__":
    main()
