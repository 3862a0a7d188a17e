"""`ingot compile MODEL -o x.stablehlo`: what is written is read back with equal answers, by jaxlib too where it is installed."""
import re
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
import ingot_test
import numpy as np

try:
    from jax._src.interpreters import mlir
    from jaxlib.mlir import ir
    from jaxlib.mlir.dialects import stablehlo
except ImportError:
    stablehlo = None

DIGITS = ingot_test.DIGITS / "digits.onnx"
WITHOUT = "module {\n  func.func @main(%x: tensor<4xf32>, %n: tensor<i32>) -> tensor<?xf32, #stablehlo.bounds<4>> {\n" \
          "    %0 = stablehlo.set_dimension_size %x, %n, dim = 0 : (tensor<4xf32>, tensor<i32>) -> tensor<?xf32, #stablehlo.bounds<4>>\n" \
          "    return %0 : tensor<?xf32, #stablehlo.bounds<4>>\n  }\n}\n"
# Ops that StableHLO has none of; scans that start anywhere, go either way, and carry more than one value.
COMPOSED = """// ingot import
func.func @main(%x: tensor<3x7xf32>, %d: tensor<9xf64>, %h: tensor<2x3xf16>, %i: tensor<2x5xi32>, %u: tensor<4x3xui8>, %zero: tensor<f32>, %one: tensor<i32>)
    -> (tensor<3x7xf32> {ingot.name = "r00"}, tensor<9xf64> {ingot.name = "r01"}, tensor<2x3xf16> {ingot.name = "r02"}, tensor<3x2xf32> {ingot.name = "r03"},
        tensor<3x2xi32> {ingot.name = "r04"}, tensor<2x5xi32> {ingot.name = "r05"}, tensor<2x5xi32> {ingot.name = "r06"}, tensor<4x2xui8> {ingot.name = "r07"},
        tensor<4x2xi32> {ingot.name = "r08"}, tensor<3x7xf32> {ingot.name = "r09"}, tensor<3x7xf32> {ingot.name = "r10"}, tensor<2x5xi32> {ingot.name = "r11"},
        tensor<2x5xi32> {ingot.name = "r12"}) attributes {ingot.entry} {
  %0 = ingot.erf %x : tensor<3x7xf32>
  %1 = ingot.erf %d : tensor<9xf64>
  %2 = ingot.erf %h : tensor<2x3xf16>
  %3, %4 = ingot.top_k %x : (tensor<3x7xf32>) -> (tensor<3x2xf32>, tensor<3x2xi32>)
  %5, %6 = ingot.top_k %i : (tensor<2x5xi32>) -> (tensor<2x5xi32>, tensor<2x5xi32>)
  %7, %8 = ingot.top_k %u : (tensor<4x3xui8>) -> (tensor<4x2xui8>, tensor<4x2xi32>)
  %9 = ingot.scan (%x init %zero) dim = 1 exclusive : (tensor<3x7xf32>, tensor<f32>) -> tensor<3x7xf32> {
  ^bb0(%sum: tensor<f32>, %element: tensor<f32>):
    %14 = ingot.add %sum, %element : tensor<f32>
    ingot.return %14 : tensor<f32>
  }
  %10 = ingot.scan (%x init %zero) dim = 0 reverse : (tensor<3x7xf32>, tensor<f32>) -> tensor<3x7xf32> {
  ^bb0(%sum: tensor<f32>, %element: tensor<f32>):
    %14 = ingot.maximum %sum, %element : tensor<f32>
    ingot.return %14 : tensor<f32>
  }
  %11, %12 = ingot.scan (%i, %i init %one, %one) dim = 1 : (tensor<2x5xi32>, tensor<2x5xi32>, tensor<i32>, tensor<i32>) -> (tensor<2x5xi32>, tensor<2x5xi32>) {
  ^bb0(%a: tensor<i32>, %b: tensor<i32>, %c: tensor<i32>, %e: tensor<i32>):
    %14 = ingot.multiply %a, %c : tensor<i32>
    %15 = ingot.multiply %b, %c : tensor<i32>
    %16 = ingot.add %15, %e : tensor<i32>
    ingot.return %14, %16 : tensor<i32>, tensor<i32>
  }
  return %0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12 : tensor<3x7xf32>, tensor<9xf64>, tensor<2x3xf16>, tensor<3x2xf32>, tensor<3x2xi32>, tensor<2x5xi32>, tensor<2x5xi32>, tensor<4x2xui8>, tensor<4x2xi32>,
    tensor<3x7xf32>, tensor<3x7xf32>, tensor<2x5xi32>, tensor<2x5xi32>
}
"""


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

    def test_composed(self):
        """What StableHLO lacks is composed of its ops: jaxlib's interpreter, which knows nothing of CHLO, and ours agree."""
        model, file = self.work / "composed.mlir", self.work / "composed.stablehlo"
        model.write_text(COMPOSED)
        self.ingot("compile", "--from=import", model, "-o", file, "--model-version=1.17")
        random = np.random.default_rng(1)
        inputs = [random.normal(0, 2, (3, 7)).astype(np.float32), random.normal(0, 2, 9), random.normal(0, 1, (2, 3)).astype(np.float16),
                  random.integers(-5, 5, (2, 5)).astype(np.int32), random.integers(0, 255, (4, 3)).astype(np.uint8), np.float32(0.5), np.int32(1)]
        inputs[0][0, :4], inputs[0][1, :3] = [np.nan, -0.0, np.inf, -7], [2, 2, 0]
        inputs[1][:5] = [-np.inf, 6.5, 1e-300, -1e-9, 5.9]
        feeds = []
        for index, value in enumerate(inputs):
            np.save(self.work / f"{index}.npy", value)
            feeds += ["--input", self.work / f"{index}.npy"]
        answers = {}
        for name, words in (("before", ["--from=import", model, "--reference"]), ("after", [file, "--reference"]), ("compiled", [file])):
            self.ingot("run", *words, *feeds, "--output-dir", self.work / name)
            answers[name] = [np.load(self.work / name / f"r{i:02}.npy") for i in range(13)]
        if stablehlo:
            context = mlir.make_ir_context()
            with context:
                module = stablehlo.deserialize_portable_artifact(context, file.read_bytes())
                self.assertIn('stablehlo.composite "chlo.top_k"', str(module))
                given = [ir.DenseElementsAttr.get(np.asarray(value), signless=value.dtype.kind != "u") for value in inputs]
                answers["theirs"] = [np.asarray(value) for value in stablehlo.eval_module(module, given)]
        for name, got in answers.items():
            for index, (value, expected) in enumerate(zip(got, answers["before"])):
                steps = {np.dtype(np.float64): 1e-14, np.dtype(np.float32): 3e-7, np.dtype(np.float16): 1e-3}.get(expected.dtype, 0)
                with self.subTest(f"{name} {index}"):
                    self.assertEqual(value.dtype, expected.dtype)
                    np.testing.assert_allclose(value, expected, rtol=steps)
                    np.testing.assert_array_equal(np.signbit(value), np.signbit(expected))

    def test_whatever_the_suffix(self):
        self.ingot("compile", DIGITS, "--dim", "batch=1", "--emit=stablehlo", "-o", self.work / "x.bin")
        self.assertEqual((self.work / "x.bin").read_bytes()[:4], b"ML\xefR")

    def test_mistakes(self):
        (self.work / "bound.mlir").write_text(WITHOUT)
        to = ["-o", self.work / "x.stablehlo"]
        for words, expected in (
                ([DIGITS, "--dim", "batch=1..4", *to], "whose sizes are ranges cannot be written as StableHLO"),
                ([DIGITS, "--dim", "batch=1", *to, "--model-version=0.3"], "version 0.3 of VHLO is not written; 0.15 to 1.21 are"),
                ([DIGITS, "--dim", "batch=1", *to, "--model-version=new"], "'new' is no version of VHLO, such as 1.17"),
                ([DIGITS, "--dim", "batch=1", *to, "--stop-after=fuse"], "a model is written as it was imported"),
                ([DIGITS, "--dim", "batch=1", "-o", self.work / "x.so", "--model-version=1.17"], "is no model"),
                ([self.work / "bound.mlir", *to], "ingot.bind_size has no counterpart in StableHLO (1 op")):
            with self.subTest(expected):
                _, said = self.ingot("compile", *words, status=1)
                self.assertIn(expected, said)
                self.assertFalse((self.work / "x.stablehlo").exists())


if __name__ == "__main__":
    ingot_test.main()
