"""What the measurements in tools/bench stand on: the runtime through ctypes, taking turns, and the exit statuses of `batch`."""
import json
import sys

import ingot_test

sys.path.insert(0, str(ingot_test.SOURCE / "tools" / "bench"))
import ingot_ctypes  # noqa: E402
import timing  # noqa: E402

MODEL = ingot_test.DIGITS / "digits.onnx"


class Runtime(ingot_test.TestCase):
    def setUp(self):
        super().setUp()
        self.artifact = ingot_ctypes.Runtime(timing.runtime_library(ingot_test.INGOT)).load(
            self.compile(MODEL, "digits.so", "--dim", "batch=1..32", "--mcpu=native"))
        self.addCleanup(self.artifact.close)
        self.session = self.artifact.session()
        self.addCleanup(self.session.close)

    def images(self, count):
        (_, *dims), values = ingot_test.read_npy(ingot_test.DIGITS / "images.npy")
        tensor = ingot_ctypes.Tensor.empty("f32", (count, *dims))
        floats = tensor.values()
        for i in range(len(floats)):
            floats[i] = values[i]
        return tensor

    def test_answers(self):
        labels = list(ingot_test.read_npy(ingot_test.DIGITS / "labels.npy")[1])
        for count in (1, 32):
            call = self.session.bind([self.images(count)])
            call()
            (result,) = call.results
            self.assertEqual(result.dims, (count, 10))
            right = sum(a == b for a, b in zip(ingot_test.argmax_rows(result.dims, result.values()), labels))
            self.assertGreaterEqual(right, count - count // 10)

    def test_refuses_in_the_runtimes_words(self):
        wrong = ingot_ctypes.Tensor.empty("f32", (1, 1, 8, 9))
        with self.assertRaisesRegex(ingot_ctypes.IngotError, "9"):
            self.session.bind([wrong])
        with self.assertRaises(ingot_ctypes.IngotError):
            self.artifact.runtime.load(self.work / "absent.so")

    def test_tensor_of_another_size(self):
        with self.assertRaises(ValueError):
            ingot_ctypes.Tensor.of("f32", (3,), bytearray(8))

    def test_arguments(self):
        (image,), (result,) = self.artifact.inputs(), self.artifact.results()
        self.assertEqual((image.dtype, image.dims[0], result.dims), ("f32", 32, (32, 10)))


class Timing(ingot_test.TestCase):
    def test_turns(self):
        order = []
        samples = timing.take_turns({name: lambda name=name: order.append(name) for name in "ab"}, seconds=0, warmup=1, least_rounds=4)
        self.assertEqual("".join(order), "ab" + "abba" * 2)
        self.assertEqual([len(s) for s in samples.values()], [4, 4])

    def test_speedup(self):
        slow, fast = timing.Samples(), timing.Samples()
        slow.wall, fast.wall = [2.0, 4.0, 6.0], [1.0, 2.0, 3.0]
        self.assertEqual(timing.speedup(slow, fast, "wall")[0], 2.0)

    def test_pinned_gives_back(self):
        import os
        before = os.sched_getaffinity(0)
        with timing.pinned(1) as chosen:
            self.assertEqual(os.sched_getaffinity(0), set(chosen))
        self.assertEqual(os.sched_getaffinity(0), before)


class Tools(ingot_test.TestCase):
    def batch(self, *words, status=0):
        return self.run_program(sys.executable, "-B", ingot_test.SOURCE / "tools" / "bench" / "batch", "--ingot", ingot_test.INGOT, MODEL,
                                "--sizes", "1", "4", "--seconds", "0.01", *words, status=status)[0]

    def test_batch(self):
        rows = json.loads(self.batch("--limit", "1000", "--json"))["rows"]
        self.assertEqual([(r["model"], r["batch"]) for r in rows], [("digits", 1), ("digits", 4)])
        self.assertTrue(all(r["free_ms"] > 0 and r["fixed_ms"] > 0 and r["rounds"] >= 7 for r in rows))
        self.assertIn("| digits | 4 | 1 |", self.batch("--limit", "0", "--markdown", status=3))

    def tool(self, name, *words):
        return json.loads(self.run_program(sys.executable, "-B", ingot_test.SOURCE / "tools" / "bench" / name, "--ingot", ingot_test.INGOT,
                                           "--seconds", "0.01", "--json", *words)[0])

    def test_ranges(self):
        rows = self.tool("ranges", "digits@batch=1..4") + self.tool("ranges", "--at", "low", "digits@batch=1..4")
        self.assertEqual([(r["at"], r["problem"]) for r in rows], [({"batch": "4"}, None), ({"batch": "1"}, None)])
        self.assertTrue(all(r["fixed_ms"] > 0 and r["range_ms"] > 0 for r in rows))

    def test_estimates(self):
        (row,) = self.tool("estimates", "digits", "--factor", "1e9")
        self.assertTrue(row["expected_ms"] > 0 and row["measured_ms"] > 0)
        commands = [k for k in row["kernels"] if k[1] > 0]
        self.assertAlmostEqual(sum(k[1] for k in commands), row["expected_ms"])

    def test_mlp_is_reproducible(self):
        for name in ("a.onnx", "b.onnx"):
            self.run_program(sys.executable, ingot_test.SOURCE / "tools" / "bench" / "models" / "mlp.py", "-o", self.work / name, "--width", 8)
        self.assertEqual((self.work / "a.onnx").read_bytes(), (self.work / "b.onnx").read_bytes())
        self.compile(self.work / "a.onnx", "mlp.so", "--dim", "batch=2")


if __name__ == "__main__":
    ingot_test.main()
