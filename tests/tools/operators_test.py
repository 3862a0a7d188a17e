"""docs/operators.md is what `ingot ops` says; `INGOT_WRITE=1` writes it anew."""
import json
import os

import ingot_test

PAGE = ingot_test.SOURCE / "docs" / "operators.md"
HEAD = """# Operators

The operators that models may hold: of ONNX by domain, with the opsets whose meaning of them is known; of StableHLO by dialect, with the targets of
custom calls. `ingot ops` prints this list, `ingot check MODEL` says what of a model is not on it. What is refused within an operator is in
[limits.md](limits.md). Made by tests/tools/operators_test.py.
"""


class Operators(ingot_test.TestCase):
    def test_page(self):
        text = HEAD + self.run_program(ingot_test.INGOT, "ops", "--markdown")[0]
        if os.environ.get("INGOT_WRITE"):
            PAGE.write_text(text)
        self.assertEqual(PAGE.read_text(), text)

    def test_names(self):
        document = json.loads(self.run_program(ingot_test.INGOT, "ops", "Conv", "TreeEnsemble", "--json")[0])
        self.assertEqual([(op["domain"], op["name"]) for op in document["operators"]], [("ai.onnx", "Conv"), ("ai.onnx.ml", "TreeEnsemble")])
        self.assertEqual([op["format"] for op in document["operators"]], ["onnx", "onnx"])
        self.assertTrue(all(op["opsets"] for op in document["operators"]))
        _, stderr = self.run_program(ingot_test.INGOT, "ops", "Softmx", "Unheard", status=1)
        self.assertEqual(stderr, "ingot: operator 'Softmx' is not supported; did you mean 'Softmax'?\noperator 'Unheard' is not supported\n")

    def test_formats(self):
        of_onnx = self.run_program(ingot_test.INGOT, "ops", "--format", "onnx")[0]
        self.assertIn("\nConv ", of_onnx)
        self.assertIn(of_onnx, self.run_program(ingot_test.INGOT, "ops")[0])
        _, stderr = self.run_program(ingot_test.INGOT, "ops", "--format=onyx", status=1)
        self.assertEqual(stderr, "ingot: --format=onyx: not built in; the formats are onnx, stablehlo; did you mean 'onnx'?\n")
        self.assertRegex(self.run_program(ingot_test.INGOT, "ops", "--format=stablehlo", "add")[0], "^add +stablehlo\n$")


ingot_test.main()
