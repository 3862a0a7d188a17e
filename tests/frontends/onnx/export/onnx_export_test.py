"""`ingot compile MODEL -o x.onnx`: what is written passes ONNX's checker, and ONNX Runtime and ingot give of it the answers of the model."""
import re
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))
import ingot_test
import peers

np = peers.np
try:
    import onnx
except ImportError:
    onnx = None

DIGITS = ingot_test.DIGITS / "digits.onnx"
TYPES = {"f16": "float16", "f32": "float32", "f64": "float64", "i1": "bool"}
# What ONNX defines and ONNX Runtime has no code for on the processor, or cannot be fed.
WITHOUT_KERNEL = ("could not find an implementation", "NOT_IMPLEMENTED", "can't be converted to MLDataType")


def split(text):
    """At the commas that no bracket holds."""
    parts, depth = [""], 0
    for character in text:
        depth += {"<": 1, "(": 1, "[": 1, "{": 1, ">": -1, ")": -1, "]": -1, "}": -1}.get(character, 0)
        if character == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += character
    return [part.strip() for part in parts if part.strip()]


def entry(signature):
    """The head of a function @main of this signature, whose arguments and results have names."""
    arguments, _, results = signature.replace("->", "\0").partition("\0")
    results = results.strip()
    results = split(results[1:-1] if results.startswith("(") else results)
    named = [", ".join(f'{part} {{ingot.name = "{stem}{i}"}}' for i, part in enumerate(parts))
             for stem, parts in (("arg", split(arguments.strip()[1:-1])), ("result", results))]
    return f"func.func @main({named[0]}) -> ({named[1]}) attributes {{ingot.entry}} {{"


def arguments_of(text):
    """Names, dtypes and dims of the arguments of @main; sizes that are ranges are 3."""
    signature = re.search(r"func\.func @main\((.*?)\) -> ", text, flags=re.S).group(1)
    found = []
    for i, (dims, element) in enumerate(re.findall(r"tensor<((?:[0-9?]+x)*)(\w+(?:<\w+>)?)", signature)):
        dtype = TYPES.get(element) or re.sub(r"^(u?)i(?=\d)", r"\1int", element)
        found.append((f"arg{i}", dtype, [3 if d == "?" else int(d) for d in dims.split("x")[:-1]]))
    return found


def inputs_of(text, seed=5):
    """Arrays for the arguments of @main, none where one is of a type that NumPy lacks."""
    random = np.random.default_rng(seed)
    arrays = {}
    for name, dtype, shape in arguments_of(text):
        try:
            kind = np.dtype(dtype)
        except TypeError:
            return None
        values = random.uniform(-2.9, 2.9, shape) if kind.kind == "f" else random.integers(0, 2 if kind.kind == "b" else 7, shape)
        arrays[name] = np.asarray(values).astype(kind)
    return arrays


class Export(peers.PeerCase):
    def ingot(self, *words, status=0):
        return self.run_program(ingot_test.INGOT, *words, status=status)

    def write(self, model, *flags, name="x.onnx"):
        """Writes a model as ONNX and checks that it is one."""
        file = self.work / name
        self.ingot("compile", model, "-o", file, *flags)
        onnx.checker.check_model(str(file), full_check=True)
        return file

    def program(self, text, name="program.mlir"):
        file = self.work / name
        file.write_text("// ingot import\n" + text)
        return file

    def assert_same(self, model, file, inputs, what=""):
        """What the interpreter gives of a program is what it and ONNX Runtime give of the file."""
        expected = self.run_ingot(model, inputs, "--reference", "--from=import")
        self.assert_answers(self.run_ingot(file, inputs, "--reference"), expected, what, relative=1e-5, absolute=1e-6)
        self.assert_answers(self.run_peer(file, inputs), expected, what, relative=1e-4, absolute=1e-5)

    def test_every_op(self):
        """The example of every op in docs/ops.md is written so that it means the same, or refused by name."""
        written, wrong, without = set(), [], set()
        for section in re.split(r"^### ", (ingot_test.SOURCE / "docs" / "ops.md").read_text(), flags=re.M)[1:]:
            name = section.split("\n", 1)[0]
            for example in re.findall(r"```mlir\n(.*?)```", section.split("\n## ")[0], flags=re.S):
                signature = re.search(r"func\.func @example(\(.*?\)(?: -> [^{]*)?) \{", example)
                if not signature or "private" in signature.group(1):
                    continue
                text = example.replace(signature.group(0), entry(signature.group(1)))
                model, file = self.program(text, "example.mlir"), self.work / "example.onnx"
                done = subprocess.run([ingot_test.INGOT, "compile", "--from=import", model, "-o", file], capture_output=True, text=True)
                if done.returncode:
                    if "the weight store has no entry" in done.stderr:  # what it refers to is not in the example
                        continue
                    if done.returncode != 1 or "cannot be written as ONNX" not in done.stderr or not re.search(rf"{name}|put '\w+' is of|the size", done.stderr):
                        wrong.append(f"{name}: {done.stderr}")
                    continue
                written.add(name)
                if "ingot.token" in text:  # whose order is no value
                    continue
                inputs = inputs_of(text)
                try:
                    onnx.checker.check_model(str(file), full_check=True)
                    self.assert_same(model, file, inputs, what=name) if inputs is not None else None
                except Exception as error:  # each is told
                    if any(words in str(error) for words in WITHOUT_KERNEL):
                        without.add(name)
                    else:
                        wrong.append(f"{name}: {error}")
        self.assertEqual(wrong, [], "\n".join(wrong))
        self.assertGreater(len(written), 75, sorted(written))
        self.assertLess(len(without), 4, without)

    def write_program(self, body, signature, *flags):
        """A program of the dialect's ops by its body: written, checked and compared."""
        text = f"{entry(signature)}\n{body}}}\n"
        model = self.program(text)
        file = self.write(model, "--from=import", *flags)
        self.assert_same(model, file, inputs_of(text))
        return onnx.load(str(file))

    def operators(self, model):
        found = []

        def collect(graph):
            for node in graph.node:
                found.append(node.op_type)
                for attribute in node.attribute:
                    if attribute.HasField("g"):
                        collect(attribute.g)

        collect(model.graph)
        return found

    def test_sizes_and_names(self):
        file = self.write(DIGITS, "--dim", "batch=1..8")
        model, source = onnx.load(str(file)), onnx.load(str(DIGITS))
        for kind in ("input", "output"):
            self.assertEqual([v.name for v in getattr(model.graph, kind)], [v.name for v in getattr(source.graph, kind)])
        self.assertEqual(model.graph.input[0].type.tensor_type.shape.dim[0].dim_param, "batch")
        self.assertEqual(model.graph.output[0].type.tensor_type.shape.dim[0].dim_param, "batch")
        for batch in (1, 3):
            shape = [batch] + [d.dim_value for d in source.graph.input[0].type.tensor_type.shape.dim[1:]]
            inputs = {source.graph.input[0].name: np.random.default_rng(1).random(shape, dtype=np.float32)}
            self.assert_answers(self.run_peer(file, inputs), self.run_peer(DIGITS, inputs))
            self.assert_answers(self.run_ingot(file, inputs), self.run_peer(DIGITS, inputs))

    def test_arithmetic_of_sizes(self):
        text = """module attributes {ingot.sizes = [#ingot.size<"n", 1 to 9>, #ingot.size<"m", 2 to 9>]} {
  func.func @main(%x: tensor<?x?xf32, #ingot.dims<[s0 * 2, s1]>> {ingot.name = "x"}, %y: tensor<?xf32, #ingot.dims<[s1]>> {ingot.name = "y"})
      -> (tensor<?x?xf32, #ingot.dims<[s1, s0 * 2]>> {ingot.name = "a"}, tensor<?x2xf32, #ingot.dims<[s0 * s1, 2]>> {ingot.name = "b"},
          tensor<i64> {ingot.name = "c"}) attributes {ingot.entry} {
    %0 = ingot.broadcast_in_dim %y dims = [1] : (tensor<?xf32, #ingot.dims<[s1]>>) -> tensor<?x?xf32, #ingot.dims<[s0 * 2, s1]>>
    %1 = ingot.add %x, %0 : tensor<?x?xf32, #ingot.dims<[s0 * 2, s1]>>
    %2 = ingot.transpose %1 perm = [1, 0] : (tensor<?x?xf32, #ingot.dims<[s0 * 2, s1]>>) -> tensor<?x?xf32, #ingot.dims<[s1, s0 * 2]>>
    %3 = ingot.reshape %0 : (tensor<?x?xf32, #ingot.dims<[s0 * 2, s1]>>) -> tensor<?x2xf32, #ingot.dims<[s0 * s1, 2]>>
    %4 = ingot.size_of affine_map<()[s0, s1] -> ((s0 * 3 + s1) floordiv 2)> : tensor<i64>
    return %2, %3, %4 : tensor<?x?xf32, #ingot.dims<[s1, s0 * 2]>>, tensor<?x2xf32, #ingot.dims<[s0 * s1, 2]>>, tensor<i64>
  }
}
"""
        model = self.program(text)
        file = self.write(model, "--from=import")
        for n, m in ((1, 2), (3, 5)):
            inputs = {"x": np.random.default_rng(n).random((2 * n, m), dtype=np.float32), "y": np.random.default_rng(m).random(m, dtype=np.float32)}
            expected = self.run_ingot(model, inputs, "--reference", "--from=import")
            self.assert_answers(self.run_peer(file, inputs), expected)
            self.assert_answers(self.run_ingot(file, inputs), expected)

    def test_opsets(self):
        body = """    %0 = ingot.composite "gelu" (%arg0) as @gelu : (tensor<4xf32>) -> tensor<4xf32>
    return %0 : tensor<4xf32>
"""
        gelu = """func.func private @gelu(%x: tensor<4xf32>) -> tensor<4xf32> {
  %half = ingot.constant dense<0.5> : tensor<4xf32>
  %root = ingot.constant dense<0.70710678> : tensor<4xf32>
  %one = ingot.constant dense<1.0> : tensor<4xf32>
  %0 = ingot.multiply %x, %root : tensor<4xf32>
  %1 = ingot.erf %0 : tensor<4xf32>
  %2 = ingot.add %1, %one : tensor<4xf32>
  %3 = ingot.multiply %x, %half : tensor<4xf32>
  %4 = ingot.multiply %3, %2 : tensor<4xf32>
  return %4 : tensor<4xf32>
}
"""
        text = "module {\n" + gelu + entry("(%arg0: tensor<4xf32>) -> tensor<4xf32>") + "\n" + body + "}\n}\n"
        model, inputs = self.program(text), {"arg0": np.float32([-1, 0, 0.5, 3])}
        for version, held in ((18, "Erf"), (21, "Gelu"), (26, "Gelu"), (None, "Gelu")):
            file = self.write(model, "--from=import", *(["--model-version", str(version)] if version else []))
            written = onnx.load(str(file))
            self.assertEqual(written.opset_import[0].version, version or 23)
            self.assertIn(held, self.operators(written))
            self.assert_answers(self.run_peer(file, inputs), self.run_ingot(model, inputs, "--reference", "--from=import"))

    def test_control_flow(self):
        found = self.operators(self.write_program("""    %zero = ingot.constant dense<0> : tensor<i32>
    %one = ingot.constant dense<1> : tensor<i32>
    %limit = ingot.constant dense<5> : tensor<i32>
    %0:2 = ingot.while (%zero, %x) : (tensor<i32>, tensor<4xf32>) -> (tensor<i32>, tensor<4xf32>) cond {
    ^bb0(%i: tensor<i32>, %v: tensor<4xf32>):
      %1 = ingot.compare LT %i, %limit : tensor<i32>
      ingot.return %1 : tensor<i1>
    } do {
    ^bb0(%i: tensor<i32>, %v: tensor<4xf32>):
      %1 = ingot.add %i, %one : tensor<i32>
      %2 = ingot.case %i : (tensor<i32>) -> tensor<4xf32> {
        %3 = ingot.tanh %v : tensor<4xf32>
        ingot.return %3 : tensor<4xf32>
      }, {
        ingot.return %x : tensor<4xf32>
      }, {
        %3 = ingot.add %v, %x : tensor<4xf32>
        ingot.return %3 : tensor<4xf32>
      }
      ingot.return %1, %2 : tensor<i32>, tensor<4xf32>
    }
    %4 = ingot.if %p : (tensor<i1>) -> tensor<4xf32> {
      ingot.return %0#1 : tensor<4xf32>
    } else {
      %5 = ingot.negate %0#1 : tensor<4xf32>
      ingot.return %5 : tensor<4xf32>
    }
    return %4, %0#0 : tensor<4xf32>, tensor<i32>
""", "(%x: tensor<4xf32>, %p: tensor<i1>) -> (tensor<4xf32>, tensor<i32>)"))
        self.assertIn("Loop", found)
        self.assertEqual(found.count("If"), 3)

    def test_bodies(self):
        """Bodies that no operator stands for, in Scan and Loop."""
        found = self.operators(self.write_program("""    %low = ingot.constant dense<0xFF800000> : tensor<f32>
    %zero = ingot.constant dense<0> : tensor<i32>
    %one = ingot.constant dense<1.0> : tensor<f32>
    %i = ingot.iota dim = 1 : tensor<3x7xi32>
    %0:2 = ingot.reduce (%x, %i init %low, %zero) dims = [1] : (tensor<3x7xf32>, tensor<3x7xi32>, tensor<f32>, tensor<i32>) -> (tensor<3xf32>, tensor<3xi32>) {
    ^bb0(%a: tensor<f32>, %p: tensor<i32>, %b: tensor<f32>, %q: tensor<i32>):
      %1 = ingot.compare GT %b, %a : tensor<f32>
      %2 = ingot.select %1, %b, %a : tensor<i1>, tensor<f32>
      %3 = ingot.select %1, %q, %p : tensor<i1>, tensor<i32>
      ingot.return %2, %3 : tensor<f32>, tensor<i32>
    }
    %4 = ingot.scan (%x init %one) dim = 1 exclusive reverse : (tensor<3x7xf32>, tensor<f32>) -> tensor<3x7xf32> {
    ^bb0(%a: tensor<f32>, %b: tensor<f32>):
      %5 = ingot.multiply %a, %b : tensor<f32>
      ingot.return %5 : tensor<f32>
    }
    %6 = ingot.reduce_window (%i init %zero) window = [1, 3] stride = [1, 2] base_dilate = [1, 2] dilate = [1, 2] pad = [0, 0, 1, 2]
        : (tensor<3x7xi32>, tensor<i32>) -> tensor<3x6xi32> {
    ^bb0(%a: tensor<i32>, %b: tensor<i32>):
      %5 = ingot.add %a, %b : tensor<i32>
      ingot.return %5 : tensor<i32>
    }
    %7 = ingot.sort (%x) dim = 1 : (tensor<3x7xf32>) -> tensor<3x7xf32> {
    ^bb0(%a: tensor<f32>, %b: tensor<f32>):
      %8 = ingot.subtract %a, %one_ : tensor<f32>
      %9 = ingot.abs %8 : tensor<f32>
      %10 = ingot.subtract %b, %one_ : tensor<f32>
      %11 = ingot.abs %10 : tensor<f32>
      %12 = ingot.compare LT %9, %11 : tensor<f32>
      ingot.return %12 : tensor<i1>
    }
    return %0#0, %0#1, %4, %6, %7 : tensor<3xf32>, tensor<3xi32>, tensor<3x7xf32>, tensor<3x6xi32>, tensor<3x7xf32>
""".replace("      %8 = ", "      %one_ = ingot.constant dense<1.0> : tensor<f32>\n      %8 = "),
            "(%x: tensor<3x7xf32>) -> (tensor<3xf32>, tensor<3xi32>, tensor<3x7xf32>, tensor<3x6xi32>, tensor<3x7xf32>)"))
        self.assertEqual(found.count("Scan"), 2)
        self.assertEqual(found.count("Loop"), 2)

    def test_transforms(self):
        """Complex numbers are two tensors between what makes and what takes them."""
        body = """    %0 = ingot.fft RFFT %x length = [6, 8] : (tensor<2x6x8xf32>) -> tensor<2x6x5xcomplex<f32>>
    %1 = ingot.constant dense<(1.0, 0.5)> : tensor<2x6x5xcomplex<f32>>
    %2 = ingot.multiply %0, %1 : tensor<2x6x5xcomplex<f32>>
    %3 = ingot.fft IRFFT %2 length = [6, 8] : (tensor<2x6x5xcomplex<f32>>) -> tensor<2x6x8xf32>
    %4 = ingot.divide %1, %0 : tensor<2x6x5xcomplex<f32>>
    %5 = ingot.real %4 : tensor<2x6x5xcomplex<f32>>
    %6 = ingot.imag %4 : tensor<2x6x5xcomplex<f32>>
    %7 = ingot.abs %2 : tensor<2x6x5xcomplex<f32>>
    %8 = ingot.complex %x, %3 : tensor<2x6x8xf32>
    %9 = ingot.transpose %8 perm = [0, 2, 1] : (tensor<2x6x8xcomplex<f32>>) -> tensor<2x8x6xcomplex<f32>>
    %10 = ingot.fft FFT %9 length = [6] : (tensor<2x8x6xcomplex<f32>>) -> tensor<2x8x6xcomplex<f32>>
    %11 = ingot.fft IFFT %10 length = [8, 6] : (tensor<2x8x6xcomplex<f32>>) -> tensor<2x8x6xcomplex<f32>>
    %12 = ingot.imag %11 : tensor<2x8x6xcomplex<f32>>
    return %3, %5, %6, %7, %12 : tensor<2x6x8xf32>, tensor<2x6x5xf32>, tensor<2x6x5xf32>, tensor<2x6x5xf32>, tensor<2x8x6xf32>
"""
        for opset in ("18", "23"):
            self.write_program(body, "(%x: tensor<2x6x8xf32>) -> (tensor<2x6x8xf32>, tensor<2x6x5xf32>, tensor<2x6x5xf32>, tensor<2x6x5xf32>, tensor<2x8x6xf32>)",
                               "--model-version", opset)

    def test_sort_by_several_keys(self):
        less = "      %{0} = ingot.compare LT {1}, {2} : tensor<{3}>\n"
        found = self.operators(self.write_program("""    %0:3 = ingot.sort (%k, %l, %v) dim = 1 : (tensor<2x8xi32>, tensor<2x8xi64>, tensor<2x8xf32>) -> (tensor<2x8xi32>, tensor<2x8xi64>, tensor<2x8xf32>) {
    ^bb0(%a: tensor<i32>, %b: tensor<i32>, %c: tensor<i64>, %d: tensor<i64>, %e: tensor<f32>, %f: tensor<f32>):
""" + less.format(1, "%a", "%b", "i32") + less.format(2, "%d", "%c", "i64") + """      %3 = ingot.compare EQ %a, %b : tensor<i32>
      %4 = ingot.and %3, %2 : tensor<i1>
      %5 = ingot.or %1, %4 : tensor<i1>
      ingot.return %5 : tensor<i1>
    }
    return %0#0, %0#1, %0#2 : tensor<2x8xi32>, tensor<2x8xi64>, tensor<2x8xf32>
""", "(%k: tensor<2x8xi32>, %l: tensor<2x8xi64>, %v: tensor<2x8xf32>) -> (tensor<2x8xi32>, tensor<2x8xi64>, tensor<2x8xf32>)"))
        self.assertEqual(found.count("TopK"), 2)

    def test_integers(self):
        """What ONNX leaves open of integers is written out."""
        for element in ("i8", "i16", "i32", "i64", "ui8", "ui16", "ui32", "ui64"):
            type_ = f"tensor<6x{element}>"
            values = "[0, 1, 2, 3, 5, 7]" if element.startswith("ui") else "[0, -1, 2, -3, 5, 7]"
            least = 0 if element.startswith("ui") else -(1 << int(element[1:]) - 1)
            ops = ("divide", "remainder", "shift_left", "shift_right_logical", "shift_right_arithmetic", "power", "multiply", "subtract", "maximum", "xor")
            body = f"    %c = ingot.constant dense<{values}> : {type_}\n    %least = ingot.constant dense<{least}> : {type_}\n"
            body += f"    %m = ingot.subtract %least, %x : {type_}\n    %n = ingot.multiply %c, %x : {type_}\n    %popcnt = ingot.popcnt %m : {type_}\n"
            body += f"    %clz = ingot.count_leading_zeros %m : {type_}\n"
            for i, op in enumerate(ops):
                body += f"    %{i} = ingot.{op} %m, %n : {type_}\n"
            names = [f"%{i}" for i in range(len(ops))] + ["%popcnt", "%clz"]
            body += f"    return {', '.join(names)} : {', '.join([type_] * len(names))}\n"
            with self.subTest(element):
                text = entry(f"(%x: {type_}) -> ({', '.join([type_] * len(names))})") + f"\n{body}}}\n"
                model, inputs = self.program(text), inputs_of(text)
                file = self.write(model, "--from=import")
                expected = self.run_ingot(model, inputs, "--reference", "--from=import")
                self.assert_answers(self.run_ingot(file, inputs, "--reference"), expected, element)
                try:
                    self.assert_answers(self.run_peer(file, inputs), expected, element)
                except peers.onnxruntime.capi.onnxruntime_pybind11_state.NotImplemented:
                    self.assertEqual(element, "ui64")  # which it does not select or order

    def test_models(self):
        """Models of others, from ONNX to ONNX."""
        for name, shapes in (("mnist-8.onnx", {"Input3": (1, 1, 28, 28)}),
                             ("ultraface-RFB-320.onnx", {"input": (1, 3, 240, 320)}),
                             ("silero_vad.onnx", {"input": (1, 512), "state": (2, 1, 128), "sr": None})):
            with self.subTest(name):
                model = ingot_test.test_data("models/onnx") / name
                inputs = {key: np.asarray(16000, np.int64) if shape is None else np.random.default_rng(2).random(shape, dtype=np.float32)
                          for key, shape in shapes.items()}
                flags = [word for key, shape in shapes.items()
                         for word in (("--shape", f"{key}={'x'.join(map(str, shape))}") if shape else ("--fix", f"{key}=16000"))]
                file = self.write(model, *flags)
                taken = {v.name for v in onnx.load(str(file)).graph.input}
                self.assert_answers(self.run_peer(file, {k: v for k, v in inputs.items() if k in taken}), self.run_peer(model, inputs))

    def test_of_stablehlo(self):
        file = self.work / "dense.mlir"
        file.write_text("""module {
  func.func @main(%x: tensor<4x3xf32> {jax.arg_info = "x"}, %w: tensor<3x5xf32> {jax.arg_info = "w"}) -> (tensor<4xf32> {jax.result_info = "sums"}) {
    %zero = stablehlo.constant dense<0.0> : tensor<f32>
    %0 = stablehlo.dot_general %x, %w, contracting_dims = [1] x [0] : (tensor<4x3xf32>, tensor<3x5xf32>) -> tensor<4x5xf32>
    %1 = stablehlo.broadcast_in_dim %zero, dims = [] : (tensor<f32>) -> tensor<4x5xf32>
    %2 = stablehlo.maximum %0, %1 : tensor<4x5xf32>
    %3 = stablehlo.reduce(%2 init: %zero) applies stablehlo.add across dimensions = [1] : (tensor<4x5xf32>, tensor<f32>) -> tensor<4xf32>
    return %3 : tensor<4xf32>
  }
}
""")
        random = np.random.default_rng(3)
        inputs = {"x": random.random((4, 3), dtype=np.float32), "w": random.random((3, 5), dtype=np.float32)}
        written = self.write(file)
        self.assertEqual(sorted(set(self.operators(onnx.load(str(written))))), ["Identity", "MatMul", "Max", "ReduceSum"])
        self.assert_answers(self.run_peer(written, inputs), self.run_ingot(file, inputs))

    def test_mistakes(self):
        parts = self.program("func.func @main(%x: tensor<4xf32> {ingot.name = \"x\"}) -> (tensor<4xcomplex<f32>> {ingot.name = \"z\"}) attributes {ingot.entry} {\n"
                             "  %0 = ingot.complex %x, %x : tensor<4xf32>\n  return %0 : tensor<4xcomplex<f32>>\n}\n", "parts.mlir")
        matrix = self.program("func.func @main(%x: tensor<4x4xf32>) -> tensor<4x4xf32> attributes {ingot.entry} {\n"
                              "  %0, %1 = ingot.cholesky %x lower : (tensor<4x4xf32>) -> (tensor<4x4xf32>, tensor<i32>)\n"
                              "  %2 = ingot.add %0, %x : tensor<4x4xf32>\n  %3, %4 = ingot.cholesky %2 lower : (tensor<4x4xf32>) -> (tensor<4x4xf32>, tensor<i32>)\n"
                              "  return %3 : tensor<4x4xf32>\n}\n", "matrix.mlir")
        bits = self.program("func.func @main(%x: tensor<4xf32>) -> tensor<4xi32> attributes {ingot.entry} {\n"
                            "  %0 = ingot.bitcast_convert %x : (tensor<4xf32>) -> tensor<4xi32>\n  return %0 : tensor<4xi32>\n}\n", "bits.mlir")
        to = ["-o", self.work / "x.onnx"]
        for words, expected in (
                ([DIGITS, "--dim", "batch=1", *to, "--model-version=17"], "opset 17 of ONNX is not written; 18 to 27 are"),
                ([DIGITS, "--dim", "batch=1", *to, "--model-version=28"], "opset 28 of ONNX is not written; 18 to 27 are"),
                ([DIGITS, "--dim", "batch=1", *to, "--model-version=new"], "'new' is no opset of ONNX, such as 21"),
                ([DIGITS, "--dim", "batch=1", *to, "--stop-after=fuse"], "a model is written as it was imported"),
                ([parts, "--from=import", *to], "cannot be written as ONNX: output 'z' is of c64, with which no operator of opset 23 computes"),
                ([matrix, "--from=import", *to], "cannot be written as ONNX: ingot.cholesky has no counterpart in ONNX (2 ops"),
                ([bits, "--from=import", *to], "ingot.bitcast_convert needs opset 26 (1 op")):
            with self.subTest(expected):
                _, said = self.ingot("compile", *words, status=1)
                self.assertIn(expected, said)
                self.assertFalse((self.work / "x.onnx").exists())
        self.write(bits, "--from=import", "--model-version=26")
        _, said = self.ingot("compile", DIGITS, "--dim", "batch=1", "-o", DIGITS, status=1)
        self.assertIn("is the model itself", said)


if __name__ == "__main__":
    ingot_test.main()
