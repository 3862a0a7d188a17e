"""Entry points and specialisations of models: one set of weights, states that grow whichever code runs, every linked form."""
import json

import ingot_test
import onnx_model as onnx


class EntryPoints(ingot_test.TestCase):
    def sizes_of(self, *flags):
        document, _ = self.run_program(ingot_test.INGOT, "--json", "compile", ingot_test.DIGITS / "digits.onnx", "-o", "digits.so", *flags)
        return json.loads(document)

    def test_specialisations_share_the_weights(self):
        one, listed = self.sizes_of("--dim", "batch=1..16"), self.sizes_of("--dim", "batch=1,4,16")
        self.assertEqual(listed["weight_bytes"], one["weight_bytes"])
        self.assertGreater(listed["kernel_count"], one["kernel_count"])
        document, _ = self.run_program(ingot_test.INGOT, "--json", "inspect", "digits.so")
        arenas = [entry["arena_bytes"] for entry in json.loads(document)["entries"]]
        self.assertEqual(len(arenas), 3)
        self.assertEqual(sorted(arenas), arenas)
        self.assertLess(arenas[0], arenas[2])

    def test_every_form_gives_what_the_range_does(self):
        _, images = ingot_test.read_npy(ingot_test.DIGITS / "images.npy")
        digits = ingot_test.DIGITS / "digits.onnx"
        self.compile(digits, "range.so", "--dim", "batch=1..16")
        forms = [self.compile(digits, name, "--dim", "batch=1,4,16", *flags) for name, flags in
                 (("listed.so", ()), ("listed", ()), ("static", ("--static",)))]
        for batch in (1, 3, 4, 5, 16):
            ingot_test.write_npy(self.work / "in.npy", (batch, 1, 8, 8), images[:64 * batch])
            self.run_program(ingot_test.INGOT, "run", "range.so", "--input", "in.npy", "--output-dir", "want")
            for form in forms:
                self.run_program(ingot_test.INGOT, "run", form, "--input", "in.npy", "--expect", "want/logits.npy")
            self.run_program(self.work / "static", "in.npy", "--output-dir", "got")
            self.assertEqual(ingot_test.read_npy(self.work / "got" / "logits.npy")[0], (batch, 10))

    def test_states_grow_whichever_code_runs(self):
        """A list of at most 6 rows of 2; the result is the sum of its rows."""
        nodes = [onnx.node("Concat", ["past", "x"], ["present"], axis=0), onnx.node("ReduceSum", ["present", "zero"], ["sum"])]
        (self.work / "rows.onnx").write_bytes(
            onnx.model(nodes, [onnx.value("past", ["length", 2]), onnx.value("x", ["n", 2])],
                       [onnx.value("sum", [1, 2]), onnx.value("present", ["length + n", 2])],
                       [onnx.tensor("zero", [1], [0], onnx.INT64)]))
        flags = ("--alias", "past=present", "--dim", "length=0..6", "--dim", "n=1,3")
        calls = []
        for number, values in enumerate(([1, 10], [2, 20, 3, 30, 4, 40], [5, 50], [6, 60])):
            ingot_test.write_npy(self.work / f"x{number}.npy", (len(values) // 2, 2), values)
            calls += (["--then"] if number else []) + ["--input", f"x{number}.npy"]
        self.compile(self.work / "rows.onnx", "rows", *flags)
        self.compile(self.work / "rows.onnx", "rows.so", *flags)
        want = ["1 10", "10 100", "15 150", "21 210"]
        for command in ((self.work / "rows",), (ingot_test.INGOT, "run", "rows.so"), (ingot_test.INGOT, "run", "rows.onnx", *flags),
                        (ingot_test.INGOT, "run", "rows.onnx", *flags, "--reference")):
            lines = [line.strip() for line in self.run_program(*command, *calls)[0].splitlines()]
            self.assertEqual([line for line in lines if line[0].isdigit()], want)
            _, stderr = self.run_program(*command, *calls, "--then", status=1)
            self.assertIn("state 'past' holds 6 of at most 6 along 'length' and would hold 7 after this call", stderr)
        _, stderr = self.run_program(ingot_test.INGOT, "compile", "rows.onnx", "-o", "x", "--alias", "past=present", "--dim",
                                     "length=0..6", "--dim", "n=2,1", status=1)
        self.assertIn("the sizes of a list ascend", stderr)


ingot_test.main()
