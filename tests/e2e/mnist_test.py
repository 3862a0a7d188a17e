"""mnist-8 through the compiled executable: small, quick to compile with an empty PATH, and right on all seven images."""
import os
import sys
import time

import ingot_test

LARGEST = 450_000


class Mnist(ingot_test.TestCase):
    def setUp(self):
        super().setUp()
        self.model = ingot_test.test_data("models/onnx/mnist-8.onnx")
        self.images = sorted(ingot_test.test_data("models/images/digits").glob("*.png"))
        self.assertEqual(len(self.images), 7)
        self.run_program(sys.executable, ingot_test.SOURCE / "tools/dev/make_digit_inputs.py", *self.images, "-o", self.work / "in")

    def test_seven_digits_with_an_empty_path(self):
        before, started = os.times(), time.monotonic()
        binary = self.compile(self.model, "mnist", env={"PATH": ""})
        after, wall = os.times(), time.monotonic() - started
        # Other tests may hold the cores, so processor time counts where it is less.
        processor = after.children_user + after.children_system - before.children_user - before.children_system
        self.assertLess(min(wall, processor), 2.0)
        self.assertLess(binary.stat().st_size, LARGEST)
        for image in self.images:
            self.run_program(binary, "--input", self.work / "in" / f"{image.stem}.npy", "--output-dir", self.work / image.stem)
            (output,) = (self.work / image.stem).glob("*.npy")
            shape, logits = ingot_test.read_npy(output)
            self.assertEqual(f"sample{ingot_test.argmax_rows(shape, logits)[0]}", image.stem)

    def test_first_answer_within_15_ms(self):
        binary, times = self.compile(self.model, "mnist"), []
        for _ in range(30):
            started = time.monotonic()
            self.run_program(binary, "--input", self.work / "in/sample3.npy", "--top", 1)
            times.append(time.monotonic() - started)
        self.assertLess(min(times), 0.015)

    def test_two_compiles_are_identical(self):
        (self.work / "elsewhere").mkdir()
        first = self.compile(self.model, "mnist").read_bytes()
        copy = self.work / "elsewhere" / "mnist-8.onnx"
        copy.write_bytes(self.model.read_bytes())
        time.sleep(1.1)
        second = self.compile(copy, "elsewhere/mnist", cwd=self.work / "elsewhere").read_bytes()
        self.assertEqual(first, second)

    def test_nothing_is_written_on_failure(self):
        broken = self.work / "broken.onnx"
        broken.write_bytes(self.model.read_bytes()[:9000])
        before = sorted(p.name for p in self.work.iterdir())
        err = self.run_program(ingot_test.INGOT, "compile", broken, "-o", self.work / "out", status=1)[1]
        self.assertIn("broken.onnx", err)
        self.assertEqual(before, sorted(p.name for p in self.work.iterdir()))


ingot_test.main()
