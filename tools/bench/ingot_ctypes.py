"""Runs compiled models in this process: libingot_runtime.so through ctypes. Standard library alone.

    runtime = Runtime("build/release/lib/libingot_runtime.so")
    artifact = runtime.load("model.so")
    session = artifact.session(threads=1)
    call = session.bind([Tensor.of("f32", (1, 1024), data)])   # any object with the buffer protocol, numpy arrays among them
    call()                                                     # one ingot_run; results are in call.results

`bind` asks the runtime for the results' shapes and makes room for them once, so a call costs what a C program would pay plus a
microsecond of ctypes.
"""
import ctypes
import os
import struct
from pathlib import Path

MAX_RANK = 16
# enum ingot_dtype of runtime/abi/artifact.h, those whose parts a buffer of Python can hold: name -> (number, struct code of a part); a complex
# number has two parts.
DTYPES = {"i1": (1, "?"), "i8": (4, "b"), "i16": (5, "h"), "i32": (6, "i"), "i64": (7, "q"), "u8": (10, "B"), "u16": (11, "H"),
          "u32": (12, "I"), "u64": (13, "Q"), "f16": (18, "e"), "f32": (20, "f"), "f64": (21, "d"),
          "c64": (22, "f"), "c128": (23, "d")}
DTYPE_NAMES = {number: name for name, (number, _) in DTYPES.items()}


class IngotError(Exception):
    """What the runtime refused, in its own words."""


class _Error(ctypes.Structure):
    _fields_ = [("code", ctypes.c_int), ("message", ctypes.c_char * 1016)]


class _Buffer(ctypes.Structure):
    _fields_ = [("struct_size", ctypes.c_uint32), ("device", ctypes.c_uint32), ("dtype", ctypes.c_uint32), ("rank", ctypes.c_uint32),
                ("dims", ctypes.c_int64 * MAX_RANK), ("data", ctypes.c_void_p), ("byte_size", ctypes.c_uint64),
                ("owner", ctypes.c_void_p)]


class _SessionOptions(ctypes.Structure):
    _fields_ = [("struct_size", ctypes.c_uint32), ("threads", ctypes.c_int32), ("device", ctypes.c_char_p),
                ("profile", ctypes.c_int32)]


class _ArgumentInfo(ctypes.Structure):
    _fields_ = [("name", ctypes.c_char_p), ("dtype", ctypes.c_uint32), ("rank", ctypes.c_uint32), ("dims", ctypes.c_int64 * MAX_RANK),
                ("size_index", ctypes.c_int32 * MAX_RANK), ("max_bytes", ctypes.c_uint64), ("is_state", ctypes.c_int),
                ("default_data", ctypes.c_void_p)]


class _CommandProfile(ctypes.Structure):
    _fields_ = [("name", ctypes.c_char_p), ("kind", ctypes.c_char_p), ("calls", ctypes.c_uint64), ("nanoseconds", ctypes.c_uint64),
                ("tiles", ctypes.c_int64), ("workers", ctypes.c_int32)]


# Function -> (result, arguments); ctypes would cut a pointer it has no type for to 32 bits.
_POINTER, _SIZE = ctypes.c_void_p, ctypes.c_size_t
_ERROR, _BUFFERS = ctypes.POINTER(_Error), ctypes.POINTER(_Buffer)
_SIGNATURES = {
    "ingot_version": (ctypes.c_char_p, []),
    "ingot_load_file": (_POINTER, [ctypes.c_char_p, _ERROR]),
    "ingot_unload": (None, [_POINTER]),
    "ingot_session_create": (_POINTER, [_POINTER, ctypes.c_char_p, ctypes.POINTER(_SessionOptions), _ERROR]),
    "ingot_session_destroy": (None, [_POINTER]),
    "ingot_session_reset": (ctypes.c_int, [_POINTER, _ERROR]),
    "ingot_session_memory": (ctypes.c_uint64, [_POINTER]),
    "ingot_session_profile": (_SIZE, [_POINTER, ctypes.POINTER(_CommandProfile), _SIZE]),
    "ingot_artifact_input_count": (_SIZE, [_POINTER, _SIZE]),
    "ingot_artifact_result_count": (_SIZE, [_POINTER, _SIZE]),
    "ingot_artifact_input": (ctypes.c_int, [_POINTER, _SIZE, _SIZE, ctypes.POINTER(_ArgumentInfo)]),
    "ingot_artifact_result": (ctypes.c_int, [_POINTER, _SIZE, _SIZE, ctypes.POINTER(_ArgumentInfo)]),
    "ingot_result_shapes": (ctypes.c_int, [_POINTER, _BUFFERS, _SIZE, _BUFFERS, _SIZE, _ERROR]),
    "ingot_run": (ctypes.c_int, [_POINTER, _BUFFERS, _SIZE, _BUFFERS, _SIZE, _ERROR]),
}


class Tensor:
    """A dense row-major tensor over writable memory that `storage` keeps alive."""

    def __init__(self, dtype, dims, storage):
        self.dtype, self.dims, self.storage = dtype, tuple(dims), storage
        self.bytes = memoryview(storage).cast("B")

    @staticmethod
    def of(dtype, dims, storage):
        tensor = Tensor(dtype, dims, storage)
        if len(tensor.bytes) != tensor.byte_size():
            raise ValueError(f"{len(tensor.bytes)} bytes for a tensor {dtype}{list(dims)} of {tensor.byte_size()}")
        return tensor

    @staticmethod
    def empty(dtype, dims):
        size = Tensor.size_of(dtype, dims)
        room = bytearray(size + 64)  # from here to a multiple of 64, where vector loads do not straddle cache lines
        at = -ctypes.addressof(ctypes.c_char.from_buffer(room)) % 64
        return Tensor(dtype, dims, memoryview(room)[at:at + size])

    @staticmethod
    def size_of(dtype, dims):
        size = struct.calcsize(DTYPES[dtype][1]) * (2 if dtype.startswith("c") else 1)
        for dim in dims:
            size *= dim
        return size

    def byte_size(self):
        return Tensor.size_of(self.dtype, self.dims)

    def values(self):
        """The elements as a flat memoryview of Python numbers; the parts of complex ones."""
        return self.bytes.cast(DTYPES[self.dtype][1])

    def _fill(self, buffer):
        buffer.struct_size, buffer.dtype, buffer.rank = ctypes.sizeof(_Buffer), DTYPES[self.dtype][0], len(self.dims)
        buffer.dims[:len(self.dims)] = self.dims
        buffer.byte_size = len(self.bytes)
        buffer.data = ctypes.addressof(ctypes.c_char.from_buffer(self.bytes)) if len(self.bytes) else None


class Argument:
    """What an entry says of an input or a result: name, dtype, dims at the sizes' maxima."""

    def __init__(self, info):
        self.name, self.dtype, self.is_state = info.name.decode(), DTYPE_NAMES.get(info.dtype, "?"), bool(info.is_state)
        self.dims = tuple(info.dims[:info.rank])


class Runtime:
    def __init__(self, library):
        self.library = ctypes.CDLL(os.fspath(Path(library).resolve()))
        for name, (result, arguments) in _SIGNATURES.items():
            function = getattr(self.library, name)
            function.restype, function.argtypes = result, arguments

    def version(self):
        return self.library.ingot_version().decode()

    def load(self, path):
        return Artifact(self, path)


class Artifact:
    def __init__(self, runtime, path):
        self.runtime, error = runtime, _Error()
        self.handle = runtime.library.ingot_load_file(os.fsencode(Path(path).resolve()), error)
        if not self.handle:
            raise IngotError(error.message.decode())

    def _arguments(self, count, get):
        out = []
        for i in range(count(self.handle, 0)):
            info = _ArgumentInfo()
            if get(self.handle, 0, i, info):
                raise IngotError(f"no argument {i}")
            out.append(Argument(info))
        return out

    def inputs(self):
        return self._arguments(self.runtime.library.ingot_artifact_input_count, self.runtime.library.ingot_artifact_input)

    def results(self):
        return self._arguments(self.runtime.library.ingot_artifact_result_count, self.runtime.library.ingot_artifact_result)

    def session(self, threads=1, profile=False):
        return Session(self, threads, profile)

    def close(self):
        """After all sessions."""
        self.runtime.library.ingot_unload(self.handle)
        self.handle = None


class Session:
    def __init__(self, artifact, threads, profile):
        self.artifact, self.library, error = artifact, artifact.runtime.library, _Error()
        options = _SessionOptions(ctypes.sizeof(_SessionOptions), threads, None, int(profile))
        self.handle = self.library.ingot_session_create(artifact.handle, None, options, error)
        if not self.handle:
            raise IngotError(error.message.decode())
        self.result_arguments = [r for r in artifact.results() if not r.is_state]

    def bind(self, inputs):
        return Call(self, inputs)

    def reset(self):
        """Puts every state back to its initial value."""
        self.library.ingot_session_reset(self.handle, None)

    def memory(self):
        return self.library.ingot_session_memory(self.handle)

    def profile(self):
        """[(name, kind, calls, nanoseconds, workers)] of a session made with profile=True."""
        count = self.library.ingot_session_profile(self.handle, None, 0)
        rows = (_CommandProfile * count)()
        count = min(count, self.library.ingot_session_profile(self.handle, rows, count))
        return [(r.name.decode(), r.kind.decode(), r.calls, r.nanoseconds, r.workers) for r in rows[:count]]

    def close(self):
        self.library.ingot_session_destroy(self.handle)
        self.handle = None


class Call:
    """One session, its inputs and room for its results; calling it runs the model once."""

    def __init__(self, session, inputs):
        self.inputs, self.error = list(inputs), _Error()
        self.run, self.session = session.library.ingot_run, session
        self.input_buffers = (_Buffer * max(1, len(inputs)))()
        for tensor, buffer in zip(inputs, self.input_buffers):
            tensor._fill(buffer)
        arguments = session.result_arguments
        self.result_buffers = (_Buffer * max(1, len(arguments)))()
        for buffer in self.result_buffers:
            buffer.struct_size = ctypes.sizeof(_Buffer)
        counts = (ctypes.c_size_t(len(inputs)), ctypes.c_size_t(len(arguments)))
        self._check(session.library.ingot_result_shapes(session.handle, self.input_buffers, counts[0], self.result_buffers, counts[1],
                                                        self.error))
        self.results = []
        for argument, buffer in zip(arguments, self.result_buffers):
            tensor = Tensor.empty(argument.dtype, buffer.dims[:buffer.rank])
            tensor._fill(buffer)
            self.results.append(tensor)
        self.arguments = (session.handle, self.input_buffers, counts[0], self.result_buffers, counts[1], self.error)

    def _check(self, code):
        if code:
            raise IngotError(self.error.message.decode())

    def __call__(self):
        if self.run(*self.arguments):
            raise IngotError(self.error.message.decode())
