"""`ingot compile MODEL -o x.stablehlo`: what is written is read back with equal answers, by jaxlib too where it is installed."""
import re
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
import ingot_test

try:
    from jax._src.interpreters import mlir
    from jaxlib.mlir.dialects import stablehlo
except ImportError:
    stablehlo = None

DIGITS = ingot_test.DIGITS / "digits.onnx"
WITHOUT = "module {\n  func.func @main(%x: tensor<4xf32>) -> tensor<4xf32> {\n    %0 = chlo.erf %x : tensor<4xf32> -> tensor<4xf32>\n" \
          "    %1 = chlo.erf %0 : tensor<4xf32> -> tensor<4xf32>\n    return %1 : tensor<4xf32>\n  }\n}\n"


class Export(ingot_test.TestCase):
    def ingot(self, *words, status=0):
        return self.run_program(ingot_test.INGOT, *words, status=status)

    def answers(self, model, *flags):
        folder = self.work / (Path(model).name + ".out")
        self.ingot("run", model, *flags, "--input", "random:3", "--output-dir", folder)
        return {file.name: file.read_bytes() for file in sorted(folder.iterdir())}

    def test_of_onnx(self):
        for version in ("", "1.17", "1.0.0"):
            file = self.work / f"digits{version}.stablehlo"
            self.ingot("compile", DIGITS, "--dim", "batch=2", "-o", file, *(["--model-version", version] if version else []))
            self.assertEqual(self.answers(file), self.answers(DIGITS, "--dim", "batch=2"))
        if stablehlo:
            context = mlir.make_ir_context()
            with context:
                module = stablehlo.deserialize_portable_artifact(context, (self.work / "digits1.17.stablehlo").read_bytes())
                self.assertIn("stablehlo.convolution", str(module))

    def test_every_op(self):
        """The example of every op in docs/ops.md is written so that it means the same, or refused by name."""
        written, wrong = set(), []
        for section in re.split(r"^### ", (ingot_test.SOURCE / "docs" / "ops.md").read_text(), flags=re.M)[1:]:
            for example in re.findall(r"```mlir\n(.*?)```", section.split("\n## ")[0], flags=re.S):
                name = section.split("\n", 1)[0]
                signature = re.search(r"func\.func @example(\(.*?\)(?: -> [^{]*)?) \{", example)
                if not signature or "private" in signature.group(1):
                    continue
                text = example.replace(signature.group(0), f"func.func @main{signature.group(1)} attributes {{ingot.entry}} {{")
                model, file = self.work / "example.mlir", self.work / "example.stablehlo"
                model.write_text(f"// ingot import\n{text}")
                done = subprocess.run([ingot_test.INGOT, "compile", "--from=import", model, "-o", file, "--model-version=1.17"], capture_output=True, text=True)
                if done.returncode:
                    if "cannot be written as StableHLO" not in done.stderr and not done.stderr.startswith("ingot: " + str(model)):
                        wrong.append(f"{name}: {done.stderr}")
                    continue
                written.add(name)
                if "ingot.token" in text or "replica" in text:  # not run by a process alone
                    continue
                runs = [subprocess.run([ingot_test.INGOT, "run", *words, "--reference", "--input", "random:5"], capture_output=True, text=True)
                        for words in (["--from=import", model], [file])]
                answers = [re.sub(r"^.*: (?=\w+ ?\[)", "", run.stdout, flags=re.M) for run in runs]
                if runs[0].returncode == 0 and (runs[1].returncode or answers[0] != answers[1]):
                    wrong.append(f"{name}: {answers} {runs[1].stderr}")
                if stablehlo:
                    context = mlir.make_ir_context()
                    try:
                        with context, context.attach_diagnostic_handler(lambda told: wrong.append(f"{name}: {told}") or True):
                            stablehlo.deserialize_portable_artifact(context, file.read_bytes())
                    except ValueError:
                        pass  # told above
        self.assertEqual(wrong, [])
        self.assertGreater(len(written), 60, sorted(written))

    def test_whatever_the_suffix(self):
        self.ingot("compile", DIGITS, "--dim", "batch=1", "--emit=stablehlo", "-o", self.work / "x.bin")
        self.assertEqual((self.work / "x.bin").read_bytes()[:4], b"ML\xefR")

    def test_mistakes(self):
        (self.work / "erf.mlir").write_text(WITHOUT)
        to = ["-o", self.work / "x.stablehlo"]
        for words, expected in (
                ([DIGITS, "--dim", "batch=1..4", *to], "whose sizes are ranges cannot be written as StableHLO"),
                ([DIGITS, "--dim", "batch=1", *to, "--model-version=0.3"], "version 0.3 of VHLO is not written; 0.15 to 1.21 are"),
                ([DIGITS, "--dim", "batch=1", *to, "--model-version=new"], "'new' is no version of VHLO, such as 1.17"),
                ([DIGITS, "--dim", "batch=1", *to, "--stop-after=fuse"], "a model is written as it was imported"),
                ([DIGITS, "--dim", "batch=1", "-o", self.work / "x.so", "--model-version=1.17"], "is no model"),
                ([self.work / "erf.mlir", *to], "ingot.erf has no counterpart in StableHLO (2 ops")):
            with self.subTest(expected):
                _, said = self.ingot("compile", *words, status=1)
                self.assertIn(expected, said)
                self.assertFalse((self.work / "x.stablehlo").exists())


if __name__ == "__main__":
    ingot_test.main()
