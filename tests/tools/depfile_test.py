"""compile --depfile: a rule of Make that lists every file an artifact was made from."""
import re
import subprocess

import ingot_test
import onnx_model as onnx


def unescaped(text):
    """Targets and files of a rule, as Make reads them."""
    words = re.findall(r"(?:\\[ #\t]|\\\\|[^\s\\]|\\(?=[^\s#\\]))+", text.replace("\\\n", " "))
    names = [re.sub(r"\\([ #\t])", r"\1", word).replace("$$", "$") for word in words]
    at = next(i for i, name in enumerate(names) if name.endswith(":"))
    return names[:at] + [names[at][:-1]], names[at + 1:]


class Depfile(ingot_test.TestCase):
    def setUp(self):
        super().setUp()
        self.digits = ingot_test.DIGITS / "digits.onnx"

    def rule(self, *flags, output="m", model=None, **options):
        self.run_program(ingot_test.INGOT, "compile", model or self.digits, "-o", output, "--depfile", "m.d", *flags, **options)
        return unescaped((self.work / "m.d").read_text())

    def write_model(self, folder):
        """Of two weights, each in a file of its own."""
        folder.mkdir()
        initializers = []
        for name, file in (("scale", "the scale.bin"), ("shift", "shift#1$.bin")):
            weights = onnx.SparseWeights(folder / file)
            weights.add(name, [2048], {(0,): 2.0})
            initializers += weights.initializers
        nodes = [onnx.node("Mul", ["x", "scale"], ["scaled"]), onnx.node("Add", ["scaled", "shift"], ["y"])]
        (folder / "m.onnx").write_bytes(onnx.model(nodes, [onnx.value("x", ["n", 2048])], [onnx.value("y", ["n", 2048])], initializers))

    def test_names_all_that_is_written(self):
        for output, targets in (("m", ["m"]), ("m.so", ["m.so"]), ("m.o", ["m.o", "m.h"]), ("m.a", ["m.a", "m.h"]), ("m.mlir", ["m.mlir"])):
            self.assertEqual(self.rule("--dim", "batch=1", output=output), (targets, [str(self.digits)]))

    def test_lists_weights_and_examples(self):
        self.write_model(self.work / "a folder")
        ingot_test.write_npy(self.work / "example.npy", (3, 2048), [0] * 6144)
        self.assertEqual(self.rule("--like", "example.npy", model="a folder/m.onnx", output="an output.o"),
                         (["an output.o", "an output.h"], ["a folder/m.onnx", "a folder/shift#1$.bin", "a folder/the scale.bin", "example.npy"]))
        self.assertEqual((self.work / "m.d").read_text(),
                         "an\\ output.o an\\ output.h: \\\n  a\\ folder/m.onnx \\\n  a\\ folder/shift\\#1$$.bin \\\n  a\\ folder/the\\ scale.bin \\\n  example.npy\n")
        for working, name in ((self.work / "a folder", "m.onnx"), (self.work / "a folder", "./m.onnx")):
            self.run_program(ingot_test.INGOT, "compile", name, "-o", "m", "--dim", "n=1", "--depfile", "m.d", cwd=working)
            self.assertEqual(unescaped((working / "m.d").read_text()), (["m"], ["m.onnx", "shift#1$.bin", "the scale.bin"]))

    def test_lists_what_a_dump_names(self):
        self.write_model(self.work / "models")
        self.run_program(ingot_test.INGOT, "compile", "models/m.onnx", "-o", "m", "--dim", "n=1", "--dump-dir", "dump")
        dump = next((self.work / "dump").glob("*import*"))
        targets, files = self.rule("--from=import", model=f"dump/{dump.name}")
        self.assertEqual((targets, files[:2]), (["m"], [f"dump/{dump.name}", "dump/weights.json"]))
        self.assertLessEqual({"shift#1$.bin", "the scale.bin"}, {name.rsplit("/", 1)[-1] for name in files[2:]})

    def test_standard_input_is_no_file(self):
        result = subprocess.run([ingot_test.INGOT, "compile", "-", "-o", "m.o", "--dim", "batch=1", "--depfile", "m.d"], cwd=self.work,
                                input=self.digits.read_bytes(), capture_output=True)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual((self.work / "m.d").read_text(), "m.o m.h:\n")

    def test_standard_output(self):
        out, _ = self.run_program(ingot_test.INGOT, "compile", self.digits, "-o", "m", "--dim", "batch=1", "--depfile", "-", "-q")
        self.assertEqual(unescaped(out), (["m"], [str(self.digits)]))
        _, err = self.run_program(ingot_test.INGOT, "compile", self.digits, "-o", "m", "--dim", "batch=1", "--depfile", "-", "--json", status=1)
        self.assertIn("--depfile -: --json wants the standard output for itself", err)
        _, err = self.run_program(ingot_test.INGOT, "compile", self.digits, "-o", "-", "--dim", "batch=1", "--depfile", "m.d", status=1)
        self.assertEqual(err, "ingot: --depfile m.d: -o - names no file for its rule\n")

    def test_name_that_no_rule_holds(self):
        (self.work / "a\nb.onnx").write_bytes(self.digits.read_bytes())
        _, err = self.run_program(ingot_test.INGOT, "compile", "a\nb.onnx", "-o", "m", "--dim", "batch=1", "--depfile", "m.d", status=1)
        self.assertIn("has a line break, which no rule can hold", err)
        self.assertEqual([path.name for path in self.work.iterdir()], ["a\nb.onnx"])

    def test_nothing_is_left_of_a_failure(self):
        self.run_program(ingot_test.INGOT, "compile", self.digits, "-o", "m", "--depfile", "m.d", status=1)  # a size is open
        self.run_program(ingot_test.INGOT, "compile", self.digits, "-o", "m", "--dim", "batch=1", "--target=riscv64-linux-gnu", "--depfile", "m.d", status=1)
        self.assertEqual(list(self.work.iterdir()), [])


ingot_test.main()
