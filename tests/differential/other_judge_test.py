"""StableHLO's own interpreter agrees with ours on random programs: a few of what tools/dev/differential runs many of."""
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import ingot_test

try:
    import jaxlib  # noqa: F401
except ImportError:
    jaxlib = None


@unittest.skipIf(jaxlib is None, "jaxlib is not installed; run tools/dev/install_peers")
class OtherJudge(ingot_test.TestCase):
    def test_random_programs(self):
        self.work.joinpath("cases").mkdir()
        self.run_program(ingot_test.BINARY / "bin" / "ingot-differential", "--seed", 5001, "--count", 150, "--most", 8, "--write", self.work / "cases", timeout=600)
        out, _ = self.run_program(sys.executable, "-B", Path(__file__).resolve().parent / "stablehlo_interpreter.py", self.work / "cases",
                                timeout=300)
        passed, failed, _ = (int(part.split()[0]) for part in out.strip().splitlines()[-1].split(", "))
        self.assertEqual(failed, 0, out)
        self.assertGreater(passed, 20, out)


if __name__ == "__main__":
    ingot_test.main()
