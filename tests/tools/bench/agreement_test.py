"""What tools/bench/agreement.py accepts: NaN, infinities, huge and tiny numbers, zeros of both signs, integers, booleans."""
import math

import ingot_test
from ingot_test import agreement

try:
    import numpy as np
except ImportError:
    np = None

INF, NAN = math.inf, math.nan
# What stands where 1e-3 of the expected number is allowed, and what must not.
SAME = [(INF, INF), (-INF, -INF), (NAN, NAN), (0.0, -0.0), (3.001e38, 3e38), (1.0005, 1.0), (1e-45, 1e-45), (1.0005e-40, 1e-40)]
OTHER = [(-INF, INF), (INF, -INF), (0.0, INF), (3e38, INF), (-3e38, -INF), (NAN, INF), (INF, NAN), (0.0, NAN), (NAN, 0.0), (INF, 0.0), (INF, 3e38),
         (NAN, 3e38), (3.3e38, 3e38), (-3e38, 3e38), (0.0, 3e38), (1.01, 1.0), (-1.0, 1.0)]


class Agreement(ingot_test.TestCase):
    def test_numbers(self):
        for pairs, wanted in ((SAME, True), (OTHER, False)):
            for actual, expected in pairs:
                bound = 1e-3 * abs(expected)
                self.assertEqual(agreement.agrees(actual, expected, bound), wanted, (actual, expected))
                self.assertEqual(agreement.first_difference([7.0, actual], [7.0, expected], 1e-3, 0), None if wanted else 1, (actual, expected))
        for bound in (INF, NAN):
            self.assertFalse(agreement.agrees(1.0, 2.0, bound))
        self.assertFalse(agreement.agrees(1.7e308, -1.7e308, 1.7e308))

    def test_lists(self):
        self.assertIsNone(agreement.first_difference([], [], 0, 0))
        self.assertEqual(agreement.first_difference([1.0], [1.0, 2.0], 1, 1), 1)
        self.assertEqual(agreement.first_difference([1.0, 2.0], [1.0], 1, 1), 1)
        self.assertEqual(agreement.first_difference([2**53 + 1], [2**53], 0, 0), 0)
        self.assertIsNone(agreement.first_difference([1.0, 1e-6], [1.0, 0.0], 0, 1e-5))

    def test_one_huge_value_hides_nothing(self):
        expected = [1.0] * 63 + [-3e38]
        self.assertIsNone(agreement.first_difference(expected, expected, 1e-3, 1e-4))
        self.assertEqual(agreement.first_difference([1.5] + expected[1:], expected, 1e-3, 1e-4), 0)
        self.assertEqual(agreement.first_difference([1.5] + expected[1:-1] + [INF], expected[:-1] + [INF], 1e-3, 1e-4), 0)

    def test_arrays(self):
        if np is None:
            self.skipTest("ONNX Runtime is not installed; run tools/dev/install_peers")
        for kind in (np.float32, np.float64, np.complex64):
            for pairs, wanted in ((SAME, True), (OTHER, False)):
                for actual, expected in pairs:
                    got, want = np.array([7, actual], kind), np.array([7, expected], kind)
                    self.assertEqual(agreement.difference(got, want, 1e-3, 0) == "", wanted, (kind, actual, expected))
        for kind, actual, expected in ((np.int64, 2**53 + 1, 2**53), (np.int32, 1000, 1001), (np.bool_, True, False), (np.uint8, 1, 2)):
            self.assertEqual(agreement.difference(np.array([expected], kind), np.array([expected], kind)), "")
            self.assertNotEqual(agreement.difference(np.array([actual], kind), np.array([expected], kind), 1, 1), "")
        self.assertIn("shape", agreement.difference(np.zeros((1, 2)), np.zeros((2, 1))))
        self.assertIn("element type", agreement.difference(np.zeros(2), np.zeros(2, np.float32)))
        huge = np.array([1.0] * 63 + [-3e38], np.float32)
        off = huge.copy()
        off[0] = 1.5
        self.assertEqual(agreement.difference(huge, huge), "")
        self.assertIn("1 of 64 elements differ; the worst at [0]", agreement.difference(off, huge))


if __name__ == "__main__":
    ingot_test.main()
