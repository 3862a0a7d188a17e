"""Random models for architectures that are not this machine's: they compile, and what was made can be inspected here."""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
import graphs
import ingot_test

SEEDS = range(101, 113)


class OtherTargets(ingot_test.TestCase):
    def check(self, triple):
        for seed in SEEDS:
            with self.subTest(seed=seed):
                model = graphs.Model(seed)
                (self.work / "model.onnx").write_bytes(model.data)
                dims = ["--dim", "batch=1..16"] if model.symbolic else []
                library = self.compile(self.work / "model.onnx", "model.so", f"--target={triple}", *dims)
                self.assertIn(triple.split("-")[0], self.run_program(ingot_test.INGOT, "inspect", library)[0])

    def test_aarch64(self):
        self.check("aarch64-linux-gnu")

    def test_riscv64(self):
        self.check("riscv64-linux-gnu")


ingot_test.main()
