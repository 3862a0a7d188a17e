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
# Which of equal elements is taken is left open.
TIES = re.compile(r"^FAIL: approx_top_k_")


@unittest.skipIf(jax is None, "jax is not installed; run tools/dev/install_peers")
class Jax(ingot_test.TestCase):
    def conformance(self, folder):
        """(passed, lines of cases that failed) of a folder of cases."""
        done = subprocess.run([ingot_test.INGOT, "conformance", "stored-runs", folder], capture_output=True, text=True, errors="replace",
                              timeout=1500, stdin=subprocess.DEVNULL)
        self.assertIn(done.returncode, (0, 3), done.stderr)
        out = done.stdout + done.stderr
        return int(re.search(r"^(\d+) passed, ", out, re.M).group(1)), [line for line in out.splitlines() if line.startswith("FAIL: ")]

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
        wrong = [line for line in failed if ": is refused: " not in line and not TIES.search(line)]
        self.assertEqual(wrong, [])
        self.assertGreaterEqual(passed, 0.97 * (passed + len(failed)))


if __name__ == "__main__":
    ingot_test.main()
