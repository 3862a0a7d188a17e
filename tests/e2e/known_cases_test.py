"""Small models that were once answered wrongly or refused (`bugs` of the test data): each in `run`, by the interpreter and as an
executable gives the values stored beside it, or the refusal named here."""
import ingot_test
import peers
from peers import np

SLOW = "slow-or-refused"  # a collection without answers
# What is refused on purpose, and how; docs/limits.md says why.
REFUSED = {
    "gatherelements-constant-index-beyond-axis": "element 0 of 'i' is 3, beyond axis 0 of [3,4]",
}
# Sizes to compile an executable for, where the model leaves them open.
DIMS = {"averagepool-same-upper-stride-of-a-range-refused": ["--dim", "n=1..9"]}


class KnownCases(ingot_test.TestCase):
    def answers(self, program, inputs, *flags):
        folder = self.work / f"answers{len(list(self.work.iterdir()))}"
        words = [word for name, path in inputs.items() for word in ("--input", f"{name}={path}")]
        self.run_program(*program, *words, *flags, "--output-dir", folder)
        return {path.stem: np.load(path) for path in folder.glob("*.npy")}

    def check(self, folder):
        model = folder / "model.onnx"
        if folder.name in REFUSED:
            for verb in (("check",), ("run",), ("run", "--reference")):
                _, problem = self.run_program(ingot_test.INGOT, verb[0], model, *verb[1:], status=1)
                self.assertIn(REFUSED[folder.name], problem)
            return
        inputs = {path.stem.removeprefix("input_"): path for path in folder.glob("input_*.npy")}
        expected = {path.stem.removeprefix("expected_truth_"): np.load(path) for path in folder.glob("expected_truth_*.npy")}
        self.assertTrue(expected, folder)
        run = (ingot_test.INGOT, "run", model)
        program = self.compile(model, "program", *DIMS.get(folder.name, ()))
        for what, actual in (("run", self.answers(run, inputs)), ("strict", self.answers(run, inputs, "--numerics=strict")),
                             ("interpreter", self.answers(run, inputs, "--reference")), ("executable", self.answers([program], inputs))):
            for name, answer in expected.items():
                self.assertIn(name, actual, what)
                self.assertEqual(peers.difference(actual[name], answer, relative=1e-6, absolute=0), "", f"{folder.name}, {what}: {name}")

    def test_all(self):
        peers.require()
        folders = [path for path in sorted(ingot_test.test_data("bugs").iterdir()) if path.is_dir() and path.name != SLOW]
        self.assertLessEqual(set(REFUSED) | set(DIMS), {path.name for path in folders})
        for folder in folders:
            with self.subTest(folder.name):
                self.check(folder)


ingot_test.main()
