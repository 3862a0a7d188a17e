"""Weights of elements of 4 and 2 bits lie several to a byte in every form of artifact, whoever reads them, and give what one value a byte
gives: the interpreter's bits where nothing is summed."""
import random
import shutil

import ingot_test
import peers
from ingot_test import INGOT
from peers import np

# Values of each element type, as StableHLO's text writes them, and elements in a byte.
KINDS = {"i4": (range(-8, 8), 2), "ui4": (range(16), 2), "i2": (range(-2, 2), 4), "ui2": (range(4), 4),
         "f4E2M1FN": ((0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, -0.5, -1.0, -1.5, -2.0, -3.0, -4.0, -6.0), 2)}


def constant(rows, columns, values, seed=5):
    draw = random.Random(seed)
    return [[draw.choice(values) for _ in range(columns)] for _ in range(rows)]


def readers(kind, rows, columns, values):
    """A StableHLO module in which everything that reads a weight reads one: products from both sides, gathers, moves before and after a
    conversion, the weight itself, a loop."""
    w, f = f"tensor<{rows}x{columns}x{kind}>", f"tensor<{rows}x{columns}xf32>"
    return f"""
module {{
  func.func @main(%x: tensor<3x{rows}xf32>, %y: tensor<70x{columns}xf32>, %i: tensor<5xi32>) -> (
      tensor<3x{columns}xf32>, tensor<70x{rows}xf32>, tensor<5x{columns}xf32>, tensor<{columns - 3}x{rows - 1}xf32>,
      tensor<{rows * columns}x{kind}>, {f}, tensor<3x{columns}xf32>, tensor<{columns}x{rows}xf32>) {{
    %w = stablehlo.constant dense<{values}> : {w}
    %f = stablehlo.convert %w : ({w}) -> {f}
    %product = stablehlo.dot_general %x, %f, contracting_dims = [1] x [0] : (tensor<3x{rows}xf32>, {f}) -> tensor<3x{columns}xf32>
    %other = stablehlo.dot_general %y, %f, contracting_dims = [1] x [1] : (tensor<70x{columns}xf32>, {f}) -> tensor<70x{rows}xf32>
    %g = "stablehlo.gather"(%w, %i) <{{dimension_numbers = #stablehlo.gather<offset_dims = [1], collapsed_slice_dims = [0],
        start_index_map = [0], index_vector_dim = 1>, slice_sizes = array<i64: 1, {columns}>}}>
        : ({w}, tensor<5xi32>) -> tensor<5x{columns}x{kind}>
    %gathered = stablehlo.convert %g : (tensor<5x{columns}x{kind}>) -> tensor<5x{columns}xf32>
    %s = stablehlo.slice %w [1:{rows}, 2:{columns - 1}] : ({w}) -> tensor<{rows - 1}x{columns - 3}x{kind}>
    %t = stablehlo.transpose %s, dims = [1, 0] : (tensor<{rows - 1}x{columns - 3}x{kind}>) -> tensor<{columns - 3}x{rows - 1}x{kind}>
    %moved = stablehlo.convert %t : (tensor<{columns - 3}x{rows - 1}x{kind}>) -> tensor<{columns - 3}x{rows - 1}xf32>
    %flat = stablehlo.reshape %w : ({w}) -> tensor<{rows * columns}x{kind}>
    %turned = stablehlo.transpose %f, dims = [1, 0] : ({f}) -> tensor<{columns}x{rows}xf32>
    %sine = stablehlo.sine %turned : tensor<{columns}x{rows}xf32>
    %zero = stablehlo.constant dense<0> : tensor<i32>
    %start = stablehlo.constant dense<0.0> : tensor<3x{columns}xf32>
    %loop:2 = stablehlo.while(%n = %zero, %sum = %start) : tensor<i32>, tensor<3x{columns}xf32>
     cond {{
      %end = stablehlo.constant dense<3> : tensor<i32>
      %go = stablehlo.compare LT, %n, %end : (tensor<i32>, tensor<i32>) -> tensor<i1>
      stablehlo.return %go : tensor<i1>
    }} do {{
      %one = stablehlo.constant dense<1> : tensor<i32>
      %next = stablehlo.add %n, %one : tensor<i32>
      %inner = stablehlo.convert %w : ({w}) -> {f}
      %round = stablehlo.dot_general %x, %inner, contracting_dims = [1] x [0] : (tensor<3x{rows}xf32>, {f}) -> tensor<3x{columns}xf32>
      %more = stablehlo.add %sum, %round : tensor<3x{columns}xf32>
      stablehlo.return %next, %more : tensor<i32>, tensor<3x{columns}xf32>
    }}
    return %product, %other, %gathered, %moved, %flat, %f, %loop#1, %sine : tensor<3x{columns}xf32>, tensor<70x{rows}xf32>,
      tensor<5x{columns}xf32>, tensor<{columns - 3}x{rows - 1}xf32>, tensor<{rows * columns}x{kind}>, {f}, tensor<3x{columns}xf32>,
      tensor<{columns}x{rows}xf32>
  }}
}}
"""


class PackedWeights(ingot_test.TestCase):
    def results(self, *command):
        folder = self.work / "results"
        shutil.rmtree(folder, ignore_errors=True)
        self.run_program(*command, "--output-dir", folder)
        return {path.stem: path.read_bytes() for path in folder.glob("*.npy")}

    def test_readers(self):
        """Rows that fill vectors, and those that do not; counts that fill no byte."""
        for kind, (values, _) in KINDS.items():
            for rows, columns in {"i4": ((98, 131), (64, 128)), "ui2": ((98, 131), (5, 101))}.get(kind, ((5, 101),)):
                what = f"{kind} {rows}x{columns}"
                model = self.work / f"{kind}_{rows}.mlir"
                model.write_text(readers(kind, rows, columns, constant(rows, columns, values)))
                inputs = [word for i in range(2) for word in ("--input", f"arg{i}=random:{i}")] + ["--input", "arg2=zeros"]
                expected = self.results(INGOT, "run", model, "--reference", *inputs)
                self.assertEqual(len(expected), 8)
                again = self.compile(model, "again.stablehlo")
                self.assertEqual(self.results(INGOT, "run", again, "--reference", *inputs), expected, what)
                for flags in (("--mcpu=native",), ("-O0", "--numerics=strict", "--mcpu=x86-64-v2")):
                    self.run_program(INGOT, "diff", model, *flags, *inputs)
                    library = self.compile(model, "readers.so", *flags)
                    actual = self.results(INGOT, "run", library, *inputs)
                    for result in ("result2", "result3", "result4", "result5"): # moved, never summed
                        self.assertEqual(actual[result], expected[result], f"{what} {flags} {result}")

    def test_sizes(self):
        """Each form holds the bits, to a few per cent of what code and tables take; and no more than that beside it."""
        draw = random.Random(3)
        for kind in ("i4", "f4E2M1FN", "i2"):
            each = KINDS[kind][1]
            rows, columns = 999, 1001
            values = draw.randbytes(rows * columns).translate(bytes(i % 2**(8 // each) for i in range(256))).hex()
            model = self.work / f"large_{kind}.mlir"
            model.write_text(f"""module {{
  func.func @main(%x: tensor<1x{rows}xf32>) -> tensor<1x{columns}xf32> {{
    %w = stablehlo.constant dense<"0x{values}"> : tensor<{rows}x{columns}x{kind}>
    %f = stablehlo.convert %w : (tensor<{rows}x{columns}x{kind}>) -> tensor<{rows}x{columns}xf32>
    %y = stablehlo.dot_general %x, %f, contracting_dims = [1] x [0] : (tensor<1x{rows}xf32>, tensor<{rows}x{columns}xf32>) -> tensor<1x{columns}xf32>
    return %y : tensor<1x{columns}xf32>
  }}
}}
""")
            expected = self.results(INGOT, "run", model, "--reference", "--input", "random:1")
            packed = rows * columns / each
            for name in ("large.so", "large", "large.o", "large.a"):
                artifact = self.compile(model, name, "--mcpu=native")
                self.assertGreater(artifact.stat().st_size, packed)
                self.assertLess(artifact.stat().st_size, 1.02 * packed + (200 << 10), f"{kind} {name}")
                if name in ("large.so", "large"):
                    command = (INGOT, "run", artifact) if name == "large.so" else (artifact,)
                    actual = self.results(*command, "--input", "random:1")
                    self.assertEqual(sorted(actual), sorted(expected))
                    for result in expected:
                        (self.work / "a.npy").write_bytes(actual[result])
                        (self.work / "b.npy").write_bytes(expected[result])
                        self.assertIsNone(ingot_test.agreement.first_difference(
                            ingot_test.read_npy(self.work / "a.npy")[1], ingot_test.read_npy(self.work / "b.npy")[1], 1e-4, 1e-4), name)


class PackedOnnxWeights(peers.PeerCase):
    def initialiser(self, name, kind, shape):
        from onnx import TensorProto, helper
        each = 4 if kind.endswith("INT2") else 2
        count = int(np.prod(shape))
        raw = bytearray(np.random.default_rng(4).integers(0, 256, -(-count // each), dtype=np.uint8).tobytes())
        if count % each:
            raw[-1] &= (1 << (count % each * (8 // each))) - 1
        return helper.make_tensor(name, getattr(TensorProto, kind), shape, bytes(raw), raw=True)

    def test_initialisers(self):
        """Dequantised by blocks and by channels, gathered, cast; one is the default of an input and stays as callers have it."""
        import onnx
        from onnx import TensorProto, helper, numpy_helper
        rng = np.random.default_rng(2)
        for kind in ("INT4", "UINT4", "FLOAT4E2M1", "INT2", "UINT2"):
            each = 4 if kind.endswith("INT2") else 2
            weights = [self.initialiser("w", kind, [512, 301]), self.initialiser("table", kind, [301, 77]),
                       self.initialiser("odd", kind, [40003]), self.initialiser("given", kind, [300]),
                       numpy_helper.from_array(rng.uniform(0.01, 0.02, (16, 301)).astype(np.float32), "s"),
                       numpy_helper.from_array(rng.uniform(0.01, 0.02, 77).astype(np.float32), "c")]
            nodes = [helper.make_node("DequantizeLinear", ["w", "s"], ["d"], axis=0, block_size=32),
                     helper.make_node("MatMul", ["x", "d"], ["y"]),
                     helper.make_node("DequantizeLinear", ["table", "c"], ["t"], axis=1),
                     helper.make_node("Gather", ["t", "i"], ["rows"]),
                     helper.make_node("Cast", ["odd"], ["numbers"], to=TensorProto.FLOAT),
                     helper.make_node("Cast", ["given"], ["taken"], to=TensorProto.FLOAT)]
            inputs = [helper.make_tensor_value_info("x", TensorProto.FLOAT, [2, 512]), helper.make_tensor_value_info("i", TensorProto.INT64, [4]),
                      helper.make_tensor_value_info("given", getattr(TensorProto, kind), [300])]
            outputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in ("y", "rows", "numbers", "taken")]
            path = self.work / f"{kind}.onnx"
            graph = helper.make_graph(nodes, "packed", inputs, outputs, weights)
            onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 25)], ir_version=13), path)
            feeds = {"x": rng.standard_normal((2, 512)).astype(np.float32), "i": np.array([0, 300, 7, 7])}
            expected = self.run_ingot(path, feeds, "--reference")
            elements = 512 * 301 + 301 * 77 + 40003
            for flags in ((), ("-O0",), ("--numerics=strict",)):
                library = self.compile(path, "packed.so", "--mcpu=native", *flags)
                rest = 300 + 4 * (16 * 301 + 77)
                self.assertLess(library.stat().st_size, 1.05 * elements / each + rest + (16 << 10), f"{kind} {flags}")
                actual = self.run_ingot(library, feeds)
                self.assert_answers(actual, expected, f"{kind} {flags}", relative=1e-4)
                for name in ("rows", "numbers", "taken"):
                    self.assertTrue((actual[name] == expected[name]).all(), f"{kind} {flags} {name}")
            for name, flags in (("again.onnx", ("--model-version=25",)), ("again.mlir", ())):
                again = self.compile(path, name, *flags)
                words = ("--from=import",) if name == "again.mlir" else ()
                self.assert_answers(self.run_ingot(again, feeds, "--reference", *words), expected, f"{kind} {name}", relative=1e-6)


ingot_test.main()
