"""What the script tests share: running programs, .npy files, test data, and the closing line that tools/dev/count_tests reads.

A script test is a file of unittest cases that ends in `ingot_test.main()`; ctest starts it with PYTHONPATH set to this folder. Needs
nothing but Python's standard library.
"""
import array
import ast
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

SOURCE = Path(os.environ.get("INGOT_SOURCE_DIR", Path(__file__).resolve().parents[1]))
BINARY = Path(os.environ.get("INGOT_BINARY_DIR", SOURCE / "build" / "dev"))
INGOT = BINARY / "bin" / "ingot"
DIGITS = SOURCE / "docs" / "digits"
sys.path.insert(0, str(SOURCE / "tools" / "bench"))
import agreement  # noqa: E402,F401
NO_DATA = "test data not found; set INGOT_TEST_DATA"

CODES = {"<f4": "f", "<f8": "d", "<i8": "q", "<i4": "i", "<i2": "h", "|i1": "b", "|u1": "B", "|b1": "B"}


def data_root():
    """The folder of the test data, which is not part of the tree; None where it is absent."""
    root = Path(os.environ.get("INGOT_TEST_DATA") or SOURCE / ".." / "shared" / "data")
    return root.resolve() if root.is_dir() else None


def test_data(name):
    """Path of a file of the test data. The running test is skipped where there are none; one that is missing among them is a failure."""
    root = data_root()
    if not root:
        raise unittest.SkipTest(NO_DATA)
    if not (root / name).exists():
        raise AssertionError(f"{root / name}: missing in the test data")
    return root / name


def read_npy(path):
    """Shape and values (an array.array) of a little-endian .npy file of version 1."""
    data = Path(path).read_bytes()
    if data[:8] != b"\x93NUMPY\x01\x00":
        raise ValueError(f"{path}: not a .npy file of version 1")
    (size,) = struct.unpack("<H", data[8:10])
    header = ast.literal_eval(data[10:10 + size].decode("latin1"))
    values = array.array(CODES[header["descr"]])
    values.frombytes(data[10 + size:])
    return header["shape"], values


def write_npy(path, shape, values):
    """Writes `values` as little-endian float32."""
    text = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {tuple(shape)!r}, }}"
    text += " " * (-(len(text) + 11) % 64) + "\n"
    Path(path).write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text.encode() + array.array("f", values).tobytes())


def argmax_rows(shape, values):
    """Index of the largest value of each row of a [rows, columns] tensor."""
    rows, columns = shape
    return [max(range(columns), key=lambda c: values[r * columns + c]) for r in range(rows)]


class TestCase(unittest.TestCase):
    """Adds a temporary folder `self.work` and `run`."""

    longMessage = True

    def setUp(self):
        self.work = Path(tempfile.mkdtemp(prefix="ingot-test-"))
        self.addCleanup(shutil.rmtree, self.work, ignore_errors=True)

    def run_program(self, *command, status=0, env=None, cwd=None, timeout=120):
        """Runs a program and holds it to an exit status; returns (stdout, stderr)."""
        result = subprocess.run([str(word) for word in command], capture_output=True, text=True, errors="replace", env=env,
                                cwd=cwd or self.work, timeout=timeout, stdin=subprocess.DEVNULL)
        self.assertEqual(result.returncode, status, f"{' '.join(map(str, command))}\n{result.stdout}\n{result.stderr}")
        return result.stdout, result.stderr

    def compile(self, model, output, *flags, **options):
        """`ingot compile`; returns the path of what it wrote."""
        self.run_program(INGOT, "compile", model, "-o", self.work / output, *flags, **options)
        return self.work / output


class Result(unittest.TextTestResult):
    def addSuccess(self, test):
        super().addSuccess(test)
        self.passed = getattr(self, "passed", 0) + 1


def main():
    """Runs the cases of the calling script and prints `N passed, N failed, N skipped`."""

    def name(test):
        return test.id().removeprefix("__main__.")

    program = unittest.main(module="__main__", exit=False, verbosity=2,
                            testRunner=unittest.TextTestRunner(stream=sys.stdout, resultclass=Result, verbosity=2))
    result = program.result
    for test, reason in result.skipped:
        print(f"SKIP: {name(test)}: {reason}")
    for test, _ in result.failures + result.errors:
        print(f"FAIL: {name(test)}")
    failed = len(result.failures) + len(result.errors) + len(result.unexpectedSuccesses)
    print(f"{getattr(result, 'passed', 0)} passed, {failed} failed, {len(result.skipped)} skipped")
    sys.exit(1 if failed else 0)
