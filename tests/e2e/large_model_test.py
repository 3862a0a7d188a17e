"""Models larger than the memory they may take: weights in a sparse external file, some over 2 GB, compile and load in little memory.

The small model always runs; the one of 5 GB wants 12 GB of free disk and a file system with holes.
"""
import array
import os
import shutil
import subprocess
import sys
import unittest

import ingot_test
from onnx_model import INT64, SparseWeights, model, node, value


def write_model(folder, vocabulary, width, hidden):
    """x -> two dense layers -> logits by a weight, and fewer by one that is stored transposed; ids -> rows of an embedding. Returns its bytes."""
    part = vocabulary // 4
    weights = SparseWeights(folder / "weights.bin")
    weights.add("expand", [width, hidden], {(0, 0): 2.0, (3, 5): 0.5, (width - 1, hidden - 1): 3.0})
    weights.add("shrink", [hidden, width], {(0, 1): 1.0, (5, 7): 4.0, (hidden - 1, width - 1): 1.5})
    weights.add("logits", [width, vocabulary], {(1, 0): 1.0, (7, vocabulary // 2): 2.0, (width - 1, vocabulary - 1): 1.0})
    weights.add("tied", [part, width], {(0, 1): 1.0, (part // 2, 7): 2.0, (part - 1, width - 1): 1.0})
    weights.add("bias", [part], {(2,): 0.25, (part - 2,): -0.25})
    weights.add("embedding", [vocabulary, width], {(0, 0): 5.0, (vocabulary // 2, 3): 6.0, (vocabulary - 1, width - 1): 7.0})
    nodes = [node("MatMul", ["x", "expand"], ["wide"]), node("Relu", ["wide"], ["positive"]), node("MatMul", ["positive", "shrink"], ["h"]),
             node("MatMul", ["h", "logits"], ["a"]), node("Transpose", ["tied"], ["t"], perm=[1, 0]), node("MatMul", ["h", "t"], ["plain"]),
             node("Add", ["plain", "bias"], ["b"]), node("Gather", ["embedding", "ids"], ["e"], axis=0)]
    (folder / "model.onnx").write_bytes(model(nodes, [value("x", ["batch", width]), value("ids", [3], INT64)],
                                              [value("a", ["batch", vocabulary]), value("b", ["batch", part]), value("e", [3, width])],
                                              weights.initializers))
    return weights.size


def peak_megabytes(*command):
    """Runs a program in a child of its own; its output and the most memory it had resident, mapped files included."""
    script = ("import resource, subprocess, sys\n"
              "done = subprocess.run(sys.argv[1:], capture_output=True, text=True)\n"
              "print(done.returncode, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)\n"
              "print(done.stdout + done.stderr)\n")
    result = subprocess.run([sys.executable, "-c", script, *map(str, command)], capture_output=True, text=True, check=True, timeout=250)
    status, kilobytes = result.stdout.split("\n", 1)[0].split()
    if int(status):
        raise AssertionError(f"{' '.join(map(str, command))}\n{result.stdout}")
    return int(kilobytes) / 1024, result.stdout


class LargeModel(ingot_test.TestCase):
    def check_outputs(self, vocabulary, width):
        """x = (1, 0, 0, 2, 0 ..., 0, 1) goes by the non-zero weights alone."""
        part = vocabulary // 4
        expected_a = {0: 2.0, vocabulary // 2: 2.0 * 4.0, vocabulary - 1: 4.5}
        expected_b = {0: 2.0, 2: 0.25, part // 2: 8.0, part - 2: -0.25, part - 1: 4.5}
        expected_e = {width - 1: 7.0, width: 5.0, 2 * width + 3: 6.0}  # rows last, first, middle
        for name, dims, expected in (("a", (1, vocabulary), expected_a), ("b", (1, part), expected_b), ("e", (3, width), expected_e)):
            shape, values = ingot_test.read_npy(self.work / "out" / f"{name}.npy")
            self.assertEqual(shape, dims)
            self.assertEqual({i: v for i, v in enumerate(values) if v}, expected)

    def check(self, vocabulary, width, hidden, compile_limit, look_limit, forms=("m", "m.so")):
        size = write_model(self.work, vocabulary, width, hidden)
        if os.stat(self.work / "weights.bin").st_blocks * 512 > size // 2:
            self.skipTest("no holes on this file system")
        x = [0.0] * width
        x[0], x[3], x[width - 1] = 1.0, 2.0, 1.0
        ingot_test.write_npy(self.work / "x.npy", (1, width), x)
        ids = [vocabulary - 1, 0, vocabulary // 2]
        (self.work / "ids.npy").write_bytes(b"\x93NUMPY\x01\x00" + (118).to_bytes(2, "little") +
                                            b"{'descr': '<i8', 'fortran_order': False, 'shape': (3,), }".ljust(117) + b"\n" + array.array("q", ids).tobytes())
        feed = ["--input", "x=x.npy", "--input", "ids=ids.npy"]
        figures = {}

        def hold(what, limit, *command):
            figures[what], output = peak_megabytes(*command)
            self.assertLess(figures[what], limit, what)
            return output

        source = self.work / "model.onnx"
        for output in forms:
            hold(f"compile {output}", compile_limit, ingot_test.INGOT, "compile", source, "-o", self.work / output, "--dim", "batch=1", "-q")
            self.assertGreater((self.work / output).stat().st_size, size)
        hold("inspect", look_limit, ingot_test.INGOT, "inspect", self.work / "m")
        self.assertIn("sound", hold("verify", look_limit, ingot_test.INGOT, "verify", self.work / "m"))
        hold("describe", look_limit, self.work / "m", "--describe")
        self.run_program(self.work / "m", *feed, "--output-dir", "out")
        self.check_outputs(vocabulary, width)
        for model_file in ("m.so", "model.onnx"):
            shutil.rmtree(self.work / "out")
            flags = ["--dim", "batch=1"] if model_file.endswith("onnx") else []
            self.run_program(ingot_test.INGOT, "run", self.work / model_file, *feed, "--output-dir", "out", *flags)
            self.check_outputs(vocabulary, width)
        # A bit anywhere in the weights is found.
        with open(self.work / "m", "r+b") as file:
            at = (self.work / "m").stat().st_size - size // 2
            file.seek(at)
            byte = file.read(1)[0]
            file.seek(at)
            file.write(bytes([byte ^ 1]))
        self.assertIn("corrupt artifact: weight bytes", self.run_program(ingot_test.INGOT, "verify", self.work / "m", status=3)[1])
        print(f"{size / 1e6:.0f} MB of weights; peak MB: " + ", ".join(f"{what} {peak:.0f}" for what, peak in figures.items()))

    def test_600_megabytes(self):
        self.check(15000, 4096, 6144, compile_limit=350, look_limit=250, forms=("m", "m.so", "m.o", "m.a"))

    def test_5_gigabytes(self):
        free = shutil.disk_usage(self.work).free
        if free < 12e9:
            self.skipTest("less than 12 GB of free disk")
        self.check(140000, 4096, 4096, compile_limit=500, look_limit=250)


ingot_test.main()
