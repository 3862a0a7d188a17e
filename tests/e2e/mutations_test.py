"""Damaged copies of a model: exit status 0 or 1 each, within 20 s, and a message where it is 1."""
import random
import subprocess
from concurrent.futures import ThreadPoolExecutor

import ingot_test

COUNT = 160
SECONDS = 20


def damaged(data, number):
    """The `number`-th mutation: truncations and one to eight flipped bytes in turn, always the same ones."""
    rng = random.Random(number)
    if number % 4 == 0:
        return data[:rng.randrange(len(data))]
    out = bytearray(data)
    # Half of the flips fall outside the bulk of the weights, where the structure is.
    for _ in range(rng.randint(1, 8)):
        at = rng.randrange(len(data)) if number % 2 else rng.choice([rng.randrange(600), len(data) - 1 - rng.randrange(3000)])
        out[at] ^= rng.randint(1, 255)
    return bytes(out)


class Mutations(ingot_test.TestCase):
    def attempt(self, data, flags, number):
        model, output = self.work / f"{number}.onnx", self.work / f"{number}.out"
        model.write_bytes(damaged(data, number))
        try:
            result = subprocess.run([ingot_test.INGOT, "compile", model, "-o", output, *flags],
                                    capture_output=True, text=True, errors="replace", timeout=SECONDS)
        except subprocess.TimeoutExpired:
            return f"mutation {number}: still running after {SECONDS} s"
        written = output.exists()
        output.unlink(missing_ok=True)
        if result.returncode not in (0, 1):
            return f"mutation {number}: exit status {result.returncode}: {result.stderr[-300:]}"
        if result.returncode == 1 and not result.stderr.strip():
            return f"mutation {number}: refused without a message"
        if written != (result.returncode == 0):
            return f"mutation {number}: exit status {result.returncode}, output {'written' if written else 'absent'}"
        return None

    def check(self, model, *flags):
        data = model.read_bytes()
        with ThreadPoolExecutor(2) as pool:
            problems = [p for p in pool.map(lambda number: self.attempt(data, flags, number), range(COUNT)) if p]
        self.assertEqual(problems, [])

    def test_digits(self):
        self.check(ingot_test.DIGITS / "digits.onnx", "--dim", "batch=1..64")

    def test_mnist(self):
        self.check(ingot_test.test_data("models/onnx/mnist-8.onnx"))


ingot_test.main()
