"""JAX's answers: the programs of tools/bench/jax, and a seeded draw of those that jax's own tests are made of, exported and run compiled.

Needs jax and jaxlib (tools/dev/install_peers); INGOT_HARNESSES is how many are drawn (300), `all` for all.
"""
import os
import re
import subprocess
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
import ingot_test

try:
    import absl  # noqa: F401
    import jax  # noqa: F401
except ImportError:
    jax = None

PROGRAMS = ingot_test.SOURCE / "tools" / "bench" / "jax" / "export_programs.py"
HARNESSES = Path(__file__).resolve().parent / "export_harnesses.py"
# Harnesses in which equal keys may stand in any order, by the line that tells what differs beside the keys.
PLACES_OF_TIES = re.compile(r"^FAIL: (approx_top_k_\w+): output 'result\[1\]'")
ORDERS_OF_TIES = re.compile(r"^FAIL: (sort_\w*_isstable_False_\w+): output 'result\[[1-9]\]'")


@unittest.skipIf(jax is None, "jax is not installed; run tools/dev/install_peers")
class Jax(ingot_test.TestCase):
    def conformance(self, folder):
        """(passed, lines of cases that failed) of a folder of cases."""
        done = subprocess.run([ingot_test.INGOT, "conformance", "stored-runs", folder], capture_output=True, text=True, errors="replace",
                              timeout=1500, stdin=subprocess.DEVNULL)
        self.assertIn(done.returncode, (0, 3), done.stderr)
        out = done.stdout + done.stderr
        return int(re.search(r"^(\d+) passed, ", out, re.M).group(1)), [line for line in out.splitlines() if line.startswith("FAIL: ")]

    def results(self, case):
        """What the compiled case gives for its stored inputs, as arrays."""
        import numpy as np
        inputs = sorted((case / "test_data_set_0").glob("input_*.npy"))
        work = self.work / "results" / case.name
        self.run_program(ingot_test.INGOT, "run", case / "model.jax_exported", *[f"--input={file}" for file in inputs], "--output-dir", work)
        return [np.load(work / f"result_{place}_.npy") for place in range(len(list(work.iterdir())))]

    def assert_keys_at_places(self, case):
        """The first result is the elements of the input at the places that are the second, each place once."""
        import numpy as np
        keys, places = self.results(case)
        elements = np.load(case / "test_data_set_0" / "input_0.npy")
        self.assertEqual(np.take_along_axis(elements, places, -1).tobytes(), keys.tobytes(), case.name)
        self.assertTrue((np.diff(np.sort(places, -1)) > 0).all(), case.name)

    def assert_same_rows(self, case):
        """Vectors sorted together: the same rows as jax's, those of equal keys in any order."""
        import numpy as np
        columns = self.results(case)
        expected = [np.load(case / "test_data_set_0" / f"output_{place}.npy") for place in range(len(columns))]
        self.assertEqual(sorted(zip(*columns)), sorted(zip(*expected)), case.name)

    def test_programs(self):
        self.run_program(sys.executable, "-B", PROGRAMS, self.work / "cases", timeout=600)
        passed, failed = self.conformance(self.work / "cases")
        self.assertEqual(failed, [])
        self.assertGreaterEqual(passed, 25)

    def test_harnesses(self):
        count = os.environ.get("INGOT_HARNESSES", "300")
        draw = [] if count == "all" else ["--count", count, "--seed", "8"]
        self.run_program(sys.executable, "-B", HARNESSES, self.work / "cases", *draw, timeout=3000)
        passed, failed = self.conformance(self.work / "cases")
        ties = 0
        for line in failed[:]:
            for pattern, holds in ((PLACES_OF_TIES, self.assert_keys_at_places), (ORDERS_OF_TIES, self.assert_same_rows)):
                if match := pattern.search(line):
                    holds(self.work / "cases" / match.group(1))
                    failed.remove(line)
                    ties += 1
        self.assertEqual([line for line in failed if ": is refused: " not in line], [])
        self.assertGreaterEqual(passed + ties, 0.97 * (passed + ties + len(failed)))


class CaseNames(unittest.TestCase):
    def test_long_names_stay_apart(self):
        sys.path.insert(0, str(HARNESSES.parent))
        from export_harnesses import case_name
        self.assertEqual(case_name("abs_shape"), "abs_shape")
        names = {case_name("a" * 300 + end) for end in ("", "x", "y")}
        self.assertEqual([len(name) for name in names], [200] * 3)


if __name__ == "__main__":
    ingot_test.main()
