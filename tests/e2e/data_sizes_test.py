"""Sizes that depend on data: results have the dims that data led to, in `run`, by the interpreter, as an executable and a shared library;
--describe and inspect say which dims are bounds. The C header: c_header_test.py."""
import itertools
import json
import random
import shutil

import ingot_test
import onnx_model as onnx

FLOAT, INT64 = onnx.FLOAT, onnx.INT64


def places_model():
    """The places of what is not zero in x [rows, 3], the elements there doubled, and their sum."""
    nodes = [onnx.node("NonZero", ["x"], ["places"]), onnx.node("Transpose", ["places"], ["vectors"], perm=[1, 0]),
             onnx.node("GatherND", ["x", "vectors"], ["values"]), onnx.node("Add", ["values", "values"], ["doubled"]),
             onnx.node("ReduceSum", ["doubled"], ["sum"], keepdims=0)]
    return onnx.model(nodes, [onnx.value("x", ["rows", 3])],
                      [onnx.value("places", [2, "n"], INT64), onnx.value("doubled", ["n"]), onnx.value("sum", [])])


def expected_places(rows):
    places = [(i, j) for i, row in enumerate(rows) for j, v in enumerate(row) if v != 0]
    doubled = [2 * rows[i][j] for i, j in places]
    return {"places": ((2, len(places)), [p[0] for p in places] + [p[1] for p in places]), "doubled": ((len(places),), doubled),
            "sum": ((), [sum(doubled)])}


CASES = [[[0.0, 2, 0], [3, 0, 4]], [[0.0, 0, 0]], [[1.0, 2, 3], [4, 5, 6]], [[0.0, 0, 7]]]


class DataSizes(ingot_test.TestCase):
    def results(self, program, inputs, *flags):
        """By name: dims and values of what a program writes."""
        folder = self.work / "out"
        shutil.rmtree(folder, ignore_errors=True)
        words = [word for name, path in inputs.items() for word in ("--input", f"{name}={path}")]
        self.run_program(*program, *words, *flags, "--output-dir", folder)
        read = {path.stem: ingot_test.read_npy(path) for path in folder.glob("*.npy")}
        return {name: (shape, list(values)) for name, (shape, values) in read.items()}

    def feed(self, name, shape, values):
        path = self.work / f"{name}.npy"
        ingot_test.write_npy(path, shape, values)
        return {name: path}

    def everywhere(self, model, inputs, expected, *flags):
        """In each way to run a model."""
        for what, program in (("run", [ingot_test.INGOT, "run", model, *flags]),
                              ("interpreter", [ingot_test.INGOT, "run", model, "--reference", *flags]),
                              ("unoptimised", [ingot_test.INGOT, "run", model, "-O0", *flags])):
            self.assertEqual(self.results(program, inputs), expected, what)

    def test_forms(self):
        (self.work / "places.onnx").write_bytes(places_model())
        model = self.work / "places.onnx"
        program = self.compile(model, "program", "--dim", "rows=1..2")
        library = self.compile(model, "places.so", "--dim", "rows=1..2")
        for rows in CASES:
            inputs = self.feed("x", (len(rows), 3), list(itertools.chain(*rows)))
            expected = expected_places(rows)
            self.everywhere(model, inputs, expected)
            self.assertEqual(self.results([program], inputs), expected)
            self.assertEqual(self.results([ingot_test.INGOT, "run", library], inputs), expected)
        # One after the other in one process: a call does not see what the one before it bound.
        for rows in (CASES[2], CASES[0]):
            self.feed("x", (2, 3), list(itertools.chain(*rows)))
            out, _ = self.run_program(program, "--input", self.work / "x.npy", "--bench", "3", "--json")
            self.assertEqual(json.loads(out)["sizes"], {"rows": 2, "places_count": len(expected_places(rows)["doubled"][1])})
        self.run_program(program, "--selftest")
        out, _ = self.run_program(ingot_test.INGOT, "diff", model, "--input", f"x={self.work / 'x.npy'}")
        self.assertIn("no difference", out)
        self.run_program(ingot_test.INGOT, "verify", library)

    def test_what_is_said(self):
        (self.work / "places.onnx").write_bytes(places_model())
        program = self.compile(self.work / "places.onnx", "program", "--dim", "rows=1..2")
        out, _ = self.run_program(program, "--describe")
        self.assertIn("places_count from 0 to 6, computed from data", out)
        self.assertIn("doubled: f32 [places_count=0..6] (as many as data leaves)", out)
        described = json.loads(self.run_program(program, "--describe", "--json")[0])
        self.assertEqual([size["data"] for size in described["sizes"]], [False, True])
        self.assertEqual([result.get("bounded_dims") for result in described["results"]], [[1], [0], None])
        self.assertEqual([result["max_bytes"] for result in described["results"]], [96, 24, 4])
        out, _ = self.run_program(ingot_test.INGOT, "inspect", program, "--commands")
        self.assertIn("size places_count in 0..6, computed from data", out)
        self.assertIn("result places: i64[2,places_count]", out)
        self.assertIn("bind bind places_count (arena+", out)
        inspected = json.loads(self.run_program(ingot_test.INGOT, "inspect", program, "--json")[0])
        self.assertEqual([size["data"] for size in inspected["sizes"]], [False, True])
        out, _ = self.run_program(ingot_test.INGOT, "check", self.work / "places.onnx", "--dim", "rows=1..2")
        self.assertIn("size    places_count in 0..6, computed from data", out)

    def test_compress(self):
        """Along each axis and of all elements, by a condition that the model computes; shorter than the axis, too."""
        for axis, length in ((0, 2), (1, 3), (1, 2), (None, 5)):
            attributes = {} if axis is None else {"axis": axis}
            nodes = [onnx.node("Greater", ["c", "zero"], ["keep"]), onnx.node("Compress", ["x", "keep"], ["y"], **attributes)]
            (self.work / "compress.onnx").write_bytes(
                onnx.model(nodes, [onnx.value("x", [2, 3]), onnx.value("c", [length])], [onnx.value("y", None)],
                           [onnx.tensor("zero", [], [0])]))
            for keep in itertools.product((0.0, 1.0), repeat=length):
                if sum(keep) not in (0, 1, length):
                    continue
                x = [1.0, 2, 3, 4, 5, 6]
                rows = [x[:3], x[3:]]
                if axis is None:
                    y = [v for v, k in zip(x, keep) if k]
                    shape = (len(y),)
                elif axis == 0:
                    y = [v for row, k in zip(rows, keep) if k for v in row]
                    shape = (len(y) // 3, 3)
                else:
                    y = [v for row in rows for v, k in zip(row, keep) if k]
                    shape = (2, len(y) // 2)
                inputs = self.feed("x", (2, 3), x) | self.feed("c", (length,), keep)
                program = [ingot_test.INGOT, "run", self.work / "compress.onnx"]
                self.assertEqual(self.results(program, inputs), {"y": (shape, y)}, (axis, keep))

    def test_unique(self):
        draw = random.Random(5)
        for axis, sorted_ in ((None, 1), (None, 0), (0, 1), (1, 0)):
            attributes = {"sorted": sorted_} | ({} if axis is None else {"axis": axis})
            outputs = ["y", "indices", "inverse", "counts"]
            (self.work / "unique.onnx").write_bytes(
                onnx.model([onnx.node("Unique", ["x"], outputs, **attributes)], [onnx.value("x", [4, 3])],
                           [onnx.value(name, None, FLOAT if name == "y" else INT64) for name in outputs]))
            x = [float(draw.randrange(2)) for _ in range(12)]
            rows = [tuple(x[i:i + 3]) for i in range(0, 12, 3)]
            keys = [(v,) for v in x] if axis is None else rows if axis == 0 else list(zip(*rows))
            different = list(dict.fromkeys(keys))
            if sorted_:
                different.sort()
            flat = list(itertools.chain(*(different if axis != 1 else zip(*different))))
            shape = (len(different),) if axis is None else (len(different), 3) if axis == 0 else (4, len(different))
            expected = {"y": (shape, flat), "indices": ((len(different),), [keys.index(key) for key in different]),
                        "inverse": ((len(keys),), [different.index(key) for key in keys]),
                        "counts": ((len(different),), [keys.count(key) for key in different])}
            self.everywhere(self.work / "unique.onnx", self.feed("x", (4, 3), x), expected)

    def test_non_max_suppression(self):
        """Against the definition, in words: the best box left of each class, without those that overlap it too much."""
        draw = random.Random(7)
        boxes, classes = 12, 2
        corners = [[a, b, a + draw.randrange(1, 6), b + draw.randrange(1, 6)] for a, b in
                   ((draw.randrange(8), draw.randrange(8)) for _ in range(boxes))]
        scores = [[draw.randrange(10) / 10 for _ in range(boxes)] for _ in range(classes)]

        def overlap(p, q):
            height, width = min(p[2], q[2]) - max(p[0], q[0]), min(p[3], q[3]) - max(p[1], q[1])
            shared = max(height, 0) * max(width, 0)
            return shared / ((p[2] - p[0]) * (p[3] - p[1]) + (q[2] - q[0]) * (q[3] - q[1]) - shared)

        (self.work / "nms.onnx").write_bytes(
            onnx.model([onnx.node("NonMaxSuppression", ["boxes", "scores", "most", "iou", "least"], ["kept"])],
                       [onnx.value("boxes", [1, boxes, 4]), onnx.value("scores", [1, classes, boxes])],
                       [onnx.value("kept", ["n", 3], INT64)],
                       [onnx.tensor("most", [1], [4], INT64), onnx.tensor("iou", [1], [0.25]), onnx.tensor("least", [1], [0.25])]))
        expected = []
        for number, row in enumerate(scores):
            left = sorted((i for i in range(boxes) if row[i] > 0.25), key=lambda i: -row[i])
            for _ in range(4):
                if left:
                    best = left.pop(0)
                    expected += [0, number, best]
                    left = [i for i in left if overlap(corners[best], corners[i]) <= 0.25]
        inputs = self.feed("boxes", (1, boxes, 4), list(itertools.chain(*corners))) | \
            self.feed("scores", (1, classes, boxes), list(itertools.chain(*scores)))
        self.everywhere(self.work / "nms.onnx", inputs, {"kept": ((len(expected) // 3, 3), expected)})

    def test_bounded_stablehlo(self):
        """A dim set by an operand, values whose dims are the same one, and what an argument's bounded dim has beyond its elements."""
        (self.work / "set.mlir").write_text("""
func.func @main(%x: tensor<5xf32>, %y: tensor<?xf32, #stablehlo.bounds<4>>, %n: tensor<i32>)
    -> (tensor<?xf32, #stablehlo.bounds<5>>, tensor<i32>, tensor<?xf32, #stablehlo.bounds<4>>, tensor<4xf32>) {
  %0 = stablehlo.set_dimension_size %x, %n, dim = 0 : (tensor<5xf32>, tensor<i32>) -> tensor<?xf32, #stablehlo.bounds<5>>
  %1 = stablehlo.negate %x : tensor<5xf32>
  %2 = stablehlo.set_dimension_size %1, %n, dim = 0 : (tensor<5xf32>, tensor<i32>) -> tensor<?xf32, #stablehlo.bounds<5>>
  %3 = stablehlo.multiply %0, %2 : tensor<?xf32, #stablehlo.bounds<5>>
  %4 = stablehlo.get_dimension_size %3, dim = 0 : (tensor<?xf32, #stablehlo.bounds<5>>) -> tensor<i32>
  %5 = stablehlo.add %y, %y : tensor<?xf32, #stablehlo.bounds<4>>
  %four = stablehlo.constant dense<4> : tensor<i32>
  %6 = stablehlo.set_dimension_size %5, %four, dim = 0 : (tensor<?xf32, #stablehlo.bounds<4>>, tensor<i32>) -> tensor<4xf32>
  return %3, %4, %5, %6 : tensor<?xf32, #stablehlo.bounds<5>>, tensor<i32>, tensor<?xf32, #stablehlo.bounds<4>>, tensor<4xf32>
}
""")
        program = self.compile(self.work / "set.mlir", "program")
        for count, rows in ((3, 2), (0, 4), (5, 0)):
            inputs = self.feed("arg0", (5,), [1, 2, 3, 4, 5]) | self.feed("arg1", (rows,), list(range(1, rows + 1)))
            text = "{'descr': '<i4', 'fortran_order': False, 'shape': (), }".ljust(117) + "\n"
            inputs["arg2"] = self.work / "arg2.npy"
            inputs["arg2"].write_bytes(b"\x93NUMPY\x01\x00v\x00" + text.encode() + count.to_bytes(4, "little", signed=True))
            doubled = [2.0 * i for i in range(1, rows + 1)]
            expected = {"result0": ((count,), [-float(i * i) for i in range(1, count + 1)]), "result1": ((), [count]),
                        "result2": ((rows,), doubled), "result3": ((4,), doubled + [0] * (4 - rows))}
            self.everywhere(self.work / "set.mlir", inputs, expected)
            self.assertEqual(self.results([program], inputs), expected)
        inputs["arg2"].write_bytes(inputs["arg2"].read_bytes()[:-4] + (6).to_bytes(4, "little"))
        words = [word for name, path in inputs.items() for word in ("--input", f"{name}={path}")]
        for command, message in (([program], "the program computed 6 for the size 'size', which is 0 to 5"),
                                 ([ingot_test.INGOT, "run", self.work / "set.mlir", "--reference"], "size 'size' is 6; accepted: 0 to 5")):
            self.assertIn(message, self.run_program(*command, *words, status=1)[1])

    def test_refusals(self):
        """Two sizes that data tells are no one size; a loop cannot take one yet."""
        nodes = [onnx.node("NonZero", ["x"], ["a"]), onnx.node("NonZero", ["z"], ["b"]), onnx.node("Add", ["a", "b"], ["y"])]
        (self.work / "sum.onnx").write_bytes(
            onnx.model(nodes, [onnx.value("x", [4]), onnx.value("z", [4])], [onnx.value("y", None, INT64)]))
        _, problem = self.run_program(ingot_test.INGOT, "check", self.work / "sum.onnx", status=1)
        self.assertIn("node 'y' (Add)", problem)
        self.assertIn("a_count", problem)


ingot_test.main()
