"""What kernels evaluate, counted by running kernels that count: no reduction, contraction or window is made more often than its result
has elements, the plans predict it, and a range of sizes makes no more work than the same model compiled for the size.

    tests/tools/ingot-work/work_test.py             # the small models of work_models.py at the high ends of their ranges
    tests/tools/ingot-work/work_test.py --all       # also at the low ends, random graphs, and the models of the test data
"""
import json
import os
import subprocess
import sys
from pathlib import Path

import ingot_test
from work_models import MODELS

TOOL = ingot_test.BINARY / "bin" / "ingot-work"
DATA = Path(os.environ.get("INGOT_TEST_DATA") or ingot_test.SOURCE / ".." / "shared" / "data")
# Of the test data: what is open, or may be opened, and sizes to try.
FILES = {
    "bugs/slow-or-refused/softmax_dyn.onnx": "N=1..2,T=1..6", "bugs/slow-or-refused/matmul_add_ln_rank4_dynN.onnx": "N=1..2",
    "bugs/slow-or-refused/conv3x3_dynW.onnx": "N=1..2,H=1..12,W=1..14", "bugs/slow-or-refused/conv1d_dynT.onnx": "N=1..2,T=5..40",
    "bugs/slow-or-refused/misc_superres_hw.leg.onnx": "batch=1..2,height=1..10,width=1..12",
    "bugs/slow-or-refused/wav2vec2_varlen.onnx": "batch_size=1..2,sequence_length=400..1600",
    "models/onnx/mnist-8.onnx": "", "models/onnx/keras-tract-tf2.onnx": "batch=1..2",
    "models/onnx/ultraface-RFB-320.onnx": "", "models/onnx/ultraface-RFB-320_simplified.onnx": "",
    "models/onnx/ultraface-RFB-320_without_postprocessing.onnx": "",
}
WHOLE = "--all" in sys.argv
SLACK = 1.05


def work_of(run):
    return sum(kernel["loaded"] + kernel["evaluated"] + kernel["products"] for kernel in run["kernels"])


class Work(ingot_test.TestCase):
    def measure(self, specs, flags=()):
        """Runs `ingot-work` once; name -> what it says."""
        command = [TOOL, *flags, *(f"{path}@{ranges}" if ranges else str(path) for path, ranges in specs.values())]
        result = subprocess.run([str(word) for word in command], capture_output=True, text=True)
        lines = [json.loads(line) for line in result.stdout.splitlines()]
        self.assertEqual(len(lines), len(specs), result.stderr)
        return dict(zip(specs, lines))

    def check(self, name, said):
        self.assertNotIn("problem", said, f"{name}: {said.get('problem')}")
        runs = said["runs"]
        for run in runs:
            for kernel in run["kernels"]:
                for made in kernel["made"]:
                    where = f"{name} ({run['form']} at {run['at']}), {made['op']} of {kernel['name']}"
                    calls = kernel["calls"]
                    if calls < 0:  # a branch or loop decides: as often as it turned out, the same each time
                        calls = made["made"] // made["elements"] if made["elements"] else 1
                    self.assertEqual(made["made"], calls * made["predicted"], where)
                    self.assertLessEqual(made["made"], calls * made["elements"], where)
        self.assertEqual([run["form"] for run in runs], ["fixed", "range"] * (len(runs) // 2) if len(runs) > 1 else ["fixed"], name)
        # At sizes near one a fixed size lets dims vanish, so there only what is made is compared.
        for fixed, range_ in zip(runs[:1], runs[1:2]):
            self.assertLessEqual(work_of(range_), SLACK * work_of(fixed) + 64, f"{name} at {fixed['at']}")

    def write(self):
        specs = {}
        for name, (ranges, data) in MODELS.items():
            (self.work / f"{name}.onnx").write_bytes(data)
            specs[name] = (self.work / f"{name}.onnx", ranges)
        return specs

    def test_small_models(self):
        said = self.measure(self.write(), ["--ends"] if WHOLE else [])
        self.assertGreaterEqual(len(said), 40)
        for name in said:
            with self.subTest(name):
                self.check(name, said[name])

    def test_sizes_of_nothing(self):
        specs = {name: spec for name, spec in self.write().items() if "nothing" in name}
        for name, said in self.measure(specs, ["--ends"]).items():
            with self.subTest(name):
                self.check(name, said)
                self.assertEqual(len(said["runs"]), 4)

    def test_digits(self):
        self.check("digits", self.measure({"digits": (ingot_test.DIGITS / "digits.onnx", "batch=1..4")})["digits"])

    def test_data(self):
        specs = {name: (ingot_test.test_data(name), ranges) for name, ranges in FILES.items()
                 if WHOLE or name.endswith(("softmax_dyn.onnx", "rank4_dynN.onnx"))}
        for name, said in self.measure(specs, ["--ends"] if WHOLE else []).items():
            with self.subTest(name):
                self.check(name, said)

    def random_graphs(self):
        sys.path.insert(0, str(ingot_test.SOURCE / "tests" / "e2e" / "differential"))
        import graphs
        specs = {}
        for seed in range(120):
            made = graphs.Model(seed)
            if made.symbolic:
                (self.work / f"{seed}.onnx").write_bytes(made.data)
                specs[f"random {seed} ({made.family})"] = (self.work / f"{seed}.onnx", "batch=1..3")
        for name, said in self.measure(specs).items():
            with self.subTest(name):
                self.check(name, said)

    if WHOLE:
        test_random_graphs = random_graphs


if __name__ == "__main__":
    if WHOLE:
        sys.argv.remove("--all")
    ingot_test.main()
