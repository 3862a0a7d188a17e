"""The bundled network, compiled once for every batch size, reaches the accuracy that docs/digits/NOTE.md states."""
import re

import ingot_test
from ingot_test import agreement

RIGHT = 355


class DigitsAccuracy(ingot_test.TestCase):
    def setUp(self):
        super().setUp()
        self.binary = self.compile(ingot_test.DIGITS / "digits.onnx", "digits", "--dim", "batch=1..360")
        self.shape, self.images = ingot_test.read_npy(ingot_test.DIGITS / "images.npy")
        self.labels = ingot_test.read_npy(ingot_test.DIGITS / "labels.npy")[1]

    def answers(self, count, *flags):
        ingot_test.write_npy(self.work / "in.npy", (count, 1, 8, 8), self.images[:64 * count])
        self.run_program(self.binary, "--input", self.work / "in.npy", "--output-dir", self.work / "out", *flags)
        shape, logits = ingot_test.read_npy(self.work / "out/logits.npy")
        self.assertEqual(shape, (count, 10))
        return shape, logits

    def test_accuracy(self):
        answers = ingot_test.argmax_rows(*self.answers(360))
        self.assertEqual(sum(a == b for a, b in zip(answers, self.labels)), RIGHT)

    def test_note_states_it(self):
        note = (ingot_test.DIGITS / "NOTE.md").read_text()
        self.assertEqual(re.findall(r"(\d+) of the (\d+) held-back images", note), [(str(RIGHT), str(len(self.labels)))])

    def test_every_batch_size_gives_the_same_rows(self):
        whole = self.answers(360)[1]
        for count in (1, 2, 7, 8, 63, 64, 65, 359):
            part = self.answers(count)[1]
            self.assertIsNone(agreement.first_difference(part, whole[:len(part)], 1e-4, 1e-5), f"batch {count}")
            self.assertEqual(len(part), 10 * count)

    def test_threads_do_not_change_a_bit(self):
        outputs = {self.answers(360, "--threads", threads)[1].tobytes() for threads in (1, 2, 4)}
        self.assertEqual(len(outputs), 1)

    def test_other_sizes_are_refused(self):
        for shape in ((361, 1, 8, 8), (0, 1, 8, 8), (1, 1, 8, 9), (1, 8, 8)):
            count = 1
            for size in shape:
                count *= size
            ingot_test.write_npy(self.work / "in.npy", shape, [0.0] * count)
            err = self.run_program(self.binary, "--input", self.work / "in.npy", status=1)[1]
            self.assertIn("1..360", err)


ingot_test.main()
