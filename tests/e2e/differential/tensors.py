"""Tensors of every element type that the generated models use: as ONNX initialisers and as .npy files, with the standard library alone."""
import array
import ast
import math
import struct
from pathlib import Path

from ingot_test import agreement
import onnx_model as onnx

# name: (ONNX number, .npy code, struct code of the stored element)
TYPES = {
    "f32": (1, "<f4", "f"), "u8": (2, "|u1", "B"), "i8": (3, "|i1", "b"), "u16": (4, "<u2", "H"), "i16": (5, "<i2", "h"),
    "i32": (6, "<i4", "i"), "i64": (7, "<i8", "q"), "bool": (9, "|b1", "B"), "f16": (10, "<f2", "e"), "f64": (11, "<f8", "d"),
    "u32": (12, "<u4", "I"), "u64": (13, "<u8", "Q"), "bf16": (16, "|V2", "H"),
}
FLOATS = ("f32", "f64", "f16", "bf16")
# Relative and absolute (of the largest magnitude) tolerance.
TOLERANCE = {"f32": (1e-4, 1e-5), "f64": (1e-10, 1e-11), "f16": (4e-3, 2e-3), "bf16": (3e-2, 1.6e-2)}


def coarser(dtypes):
    """The type with the loosest tolerance; the first of equals."""
    return max(dtypes, key=lambda dtype: TOLERANCE.get(dtype, (0, 0)))


def to_bf16(value):
    if math.isnan(value):
        return 0x7FC0
    try:
        (bits,) = struct.unpack("<I", struct.pack("<f", value))
    except OverflowError:
        bits = 0x7F800000 if value > 0 else 0xFF800000
    return (bits + 0x7FFF + (bits >> 16 & 1)) >> 16


def from_bf16(bits):
    return struct.unpack("<f", struct.pack("<I", bits << 16))[0]


def pack(dtype, values):
    if dtype == "bf16":
        values = [to_bf16(v) for v in values]
    return struct.pack(f"<{len(values)}{TYPES[dtype][2]}", *values)


def unpack(dtype, data):
    code = TYPES[dtype][2]
    values = struct.unpack(f"<{len(data) // struct.calcsize(code)}{code}", data)
    return [from_bf16(v) for v in values] if dtype == "bf16" else list(values)


def initializer(name, dtype, dims, values):
    return (b"".join(onnx.number(1, d) for d in dims) + onnx.number(2, TYPES[dtype][0]) + onnx.data(8, name) +
            onnx.data(9, pack(dtype, values)))


def write_npy(path, dtype, dims, values):
    text = f"{{'descr': '{TYPES[dtype][1]}', 'fortran_order': False, 'shape': {tuple(dims)!r}, }}"
    text += " " * (-(len(text) + 11) % 64) + "\n"
    Path(path).write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text.encode() + pack(dtype, values))


def read_npy(path):
    """(type name, dims, values)"""
    data = Path(path).read_bytes()
    if data[:8] != b"\x93NUMPY\x01\x00":
        raise ValueError(f"{path}: not a .npy file of version 1")
    (size,) = struct.unpack("<H", data[8:10])
    header = ast.literal_eval(data[10:10 + size].decode("latin1"))
    (dtype,) = [name for name, (_, code, _) in TYPES.items() if code[1:] == header["descr"][1:]]
    return dtype, header["shape"], unpack(dtype, data[10 + size:])


def difference(expected, actual, what, coarsest=None):
    """None if two .npy files hold the same within the tolerance of their type, or of `coarsest`, else what differs first."""
    (dtype, dims, want), (got_dtype, got_dims, got) = read_npy(expected), read_npy(actual)
    if (dtype, dims) != (got_dtype, got_dims):
        return f"{what}: {got_dtype}{list(got_dims)} instead of {dtype}{list(dims)}"
    rtol, atol = TOLERANCE.get(coarsest if coarsest in TOLERANCE and dtype in TOLERANCE else dtype, (0, 0))
    i = agreement.first_difference(got, want, rtol, atol)
    return None if i is None else f"{what}: element {i} of {dtype}{list(dims)} is {got[i]!r} instead of {want[i]!r}"
