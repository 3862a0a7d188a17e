"""Corners of operators: empty axes, places beyond an axis, sums that wrap, starts before the first element."""
import ingot_test
import peers
from peers import np


class Corners(peers.PeerCase):
    def save(self, nodes, inputs, outputs, weights=(), opset=21):
        """`inputs`: (name, type, dims); `outputs`: (name, type); `weights`: arrays by name."""
        import onnx
        from onnx import TensorProto, helper, numpy_helper
        graph = helper.make_graph(
            [helper.make_node(kind, operands, results, **attributes) for kind, operands, results, attributes in nodes], "corners",
            [helper.make_tensor_value_info(name, getattr(TensorProto, kind), dims) for name, kind, dims in inputs],
            [helper.make_tensor_value_info(name, getattr(TensorProto, kind), None) for name, kind in outputs],
            [numpy_helper.from_array(value, name) for name, value in dict(weights).items()])
        path = self.work / "corners.onnx"
        onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=10), path)
        return path

    def answers(self, path, inputs, expected, *dims):
        """Compiled, interpreted, and where `dims` are given compiled for ranges of sizes."""
        self.assert_answers(self.run_ingot(path, inputs, "--numerics=strict"), expected, "compiled")
        self.assert_answers(self.run_ingot(path, inputs, "--reference"), expected, "interpreter")
        if dims:
            library = self.compile(path, "corners.so", "--mcpu=native", *dims)
            self.assert_answers(self.run_ingot(library, inputs), expected, "ranges")

    def test_extremes_of_an_empty_axis(self):
        nodes = [(kind, ["x"], [f"{kind}{axis}{last}"], {"axis": axis, "select_last_index": last})
                 for kind in ("ArgMax", "ArgMin") for axis in (0, 1) for last in (0, 1)]
        path = self.save(nodes, [("x", "FLOAT", ["n", "m"])], [(n[2][0], "INT64") for n in nodes])
        for shape in ((2, 0), (0, 2)):
            expected = {n[2][0]: np.zeros(tuple(1 if d == n[3]["axis"] else e for d, e in enumerate(shape)), np.int64) for n in nodes}
            self.answers(path, {"x": np.zeros(shape, np.float32)}, expected, "--dim", "n=0..3", "--dim", "m=0..3")

    def test_means_of_integers(self):
        """Exact, then truncated towards zero, though the sum wraps."""
        rng = np.random.default_rng(3)
        nodes, inputs, outputs, values, expected = [], [], [], {}, {}
        for name in ("int32", "uint32", "int64", "uint64"):
            limits = np.iinfo(name)
            rows = rng.integers(limits.min, limits.max, (20, 7), np.dtype(name), endpoint=True)
            rows[0], rows[1], rows[2, :6], rows[3, :6] = limits.max, limits.min, limits.max, limits.min
            rows[4] = [3, 3, 3, 3, 3, 3, 2]
            if limits.min < 0:
                rows[5] = [limits.min, limits.max, -1, -1, 0, 0, 1]
            values[name] = rows
            inputs.append((name, name.upper(), [20, "m"]))
            nodes.append(("ReduceMean", [name, "axes"], [name + "_"], {}))
            outputs.append((name + "_", name.upper()))
            sums = [sum(int(v) for v in row) for row in rows]
            expected[name + "_"] = np.array([[abs(s) // 7 * (1 if s >= 0 else -1)] for s in sums], name)
        path = self.save(nodes, inputs, outputs, {"axes": np.array([1], np.int64)})
        self.answers(path, values, expected, "--dim", "m=0..9")

    def test_slices_from_before_the_first_element(self):
        """With a negative step such a start is the first element, as the operator's text has it; NumPy takes nothing."""
        nodes, weights, expected = [], {"axes": np.array([0], np.int64)}, {}
        x = np.arange(5, dtype=np.float32)
        least = np.iinfo(np.int64).min
        for number, (start, end, step, wanted) in enumerate((
                (-6, least, -1, [0]), (-6, -9, -2, [0]), (-100, 0, -1, []), (-5, -6, -1, [0]), (9, -9, -2, [4, 2, 0]), (-1, 0, -3, [4, 1]),
                (-7, 2, 1, [0, 1]), (-3, -9, 1, []))):
            for name, value in (("start", start), ("end", end), ("step", step)):
                weights[f"{name}{number}"] = np.array([value], np.int64)
            nodes.append(("Slice", ["x", f"start{number}", f"end{number}", "axes", f"step{number}"], [f"y{number}"], {}))
            nodes.append(("Slice", ["known", f"start{number}", f"end{number}", "axes", f"step{number}"], [f"z{number}"], {}))
            expected[f"y{number}"] = expected[f"z{number}"] = np.array(wanted, np.float32)
        path = self.save(nodes, [("x", "FLOAT", [5])], [(name, "FLOAT") for name in expected], {**weights, "known": x})
        self.answers(path, {"x": x}, expected)

    def test_known_places_beyond_an_axis(self):
        """Refused with the element, its value, the operand and the axis."""
        f, i = np.zeros((3, 4), np.float32), lambda *values: np.array(values, np.int64)
        table = [
            ("Gather", [f, i(0, 3)], {}, "element 1 of 'w' is 3, beyond axis 0 of [3,4]"),
            ("Gather", [f, i(-5)], {"axis": 1}, "element 0 of 'w' is -5, beyond axis 1"),
            ("GatherElements", [f, i(0, 2, 4)[None]], {"axis": 1}, "element 2 of 'w' is 4, beyond axis 1"),
            ("GatherND", [f, i(2, 4)[None]], {}, "element 1 of 'w' is 4, beyond axis 1"),
            ("GatherND", [f, np.array([[1], [2], [5]])], {"batch_dims": 1}, "element 2 of 'w' is 5, beyond axis 1"),
            ("ScatterElements", [f, i(3)[None], f[:1, :1]], {}, "element 0 of 'w' is 3, beyond axis 0"),
            ("ScatterElements", [f, i(-4)[None], f[:1, :1]], {"reduction": "add"}, "element 0 of 'w' is -4, beyond axis 0"),
            ("ScatterND", [f, i(3)[None], f[:1]], {}, "element 0 of 'w' is 3, beyond axis 0"),
            ("ReverseSequence", [f, i(3, 3, 4, 3)], {}, "element 2 of 'w' is 4, beyond axis 0"),
        ]
        for kind, operands, attributes, message in table:
            names = ["x", "w", "u"][:len(operands)]
            weights = {name: value for name, value in zip(names, operands) if name == "w"}
            path = self.save([(kind, names, ["y"], attributes)],
                             [(name, "FLOAT", value.shape) for name, value in zip(names, operands) if name != "w"], [("y", "FLOAT")], weights)
            _, problem = self.run_program(ingot_test.INGOT, "check", path, status=1)
            self.assertIn(message, problem, kind)
            self.assertIn(f"({kind})", problem)

    def test_normalisations_need_floats(self):
        """Scales and biases too; a group count that no product of 64 bits holds is refused as any other."""
        x = ("x", "FLOAT", [2, 4, 3, 3])
        for kind, length in (("LayerNormalization", 3), ("InstanceNormalization", 4), ("BatchNormalization", 4), ("GroupNormalization", 4)):
            operands = ["x", "w", "w", "w", "w"] if kind == "BatchNormalization" else ["x", "w", "w"]
            path = self.save([(kind, operands, ["y"], {"num_groups": 2} if kind[0] == "G" else {})], [x], [("y", "FLOAT")],
                             {"w": np.ones(length, np.int64)})
            _, problem = self.run_program(ingot_test.INGOT, "check", path, status=1)
            self.assertRegex(problem, f"{kind}.*operand 1 must be of floats, not i64")
        path = self.save([("Conv", ["x", "w"], ["y"], {"group": 2**63 - 1})], [x], [("y", "FLOAT")], {"w": np.ones((4, 4, 1, 1), np.float32)})
        _, problem = self.run_program(ingot_test.INGOT, "check", path, status=1)
        self.assertIn("with 9223372036854775807 groups does not fit", problem)

    def test_places_within_a_range(self):
        """What some size of a range has is no mistake."""
        path = self.save([("Gather", ["x", "w"], ["y"], {})], [("x", "FLOAT", ["n", 2])], [("y", "FLOAT")], {"w": np.array([0, 5, -6])})
        x = np.arange(14, dtype=np.float32).reshape(7, 2)
        library = self.compile(path, "range.so", "--mcpu=native", "--dim", "n=1..9")
        self.assert_answers(self.run_ingot(library, {"x": x}), {"y": x[[0, 5, -6]]})
        _, problem = self.run_program(ingot_test.INGOT, "check", path, "--dim", "n=1..5", status=1)
        self.assertIn("element 1 of 'w' is 5, beyond axis 0", problem)

    def test_padding_of_nothing(self):
        """What is put before nothing and taken from its end again was never there."""
        nodes = [("Pad", ["x", "pads"], [mode], {"mode": mode}) for mode in ("constant", "edge", "reflect", "wrap")]
        path = self.save(nodes, [("x", "FLOAT", [2, 0])], [(node[2][0], "FLOAT") for node in nodes],
                         {"pads": np.array([0, 2, 0, -2], np.int64)})
        nothing = np.zeros((2, 0), np.float32)
        self.answers(path, {"x": nothing}, {node[2][0]: nothing for node in nodes})

    def test_empty_dims(self):
        """Every family over tensors without elements: dims as ONNX's shape inference has them, the interpreter's values."""
        import onnx
        i = np.array
        for shape in ((0, 4, 6, 6), (2, 0, 6, 6), (2, 4, 0, 6), (2, 4, 6, 0)):
            channels = shape[1]
            weights = {"axes": i([1, 3]), "zero": i(0), "k": i([0]), "pads": i([0, 0, 0, 0, 0, 1, 0, 1]), "twice": i([1, 1, 2, 2.0], np.float32),
                       "s": np.ones(channels, np.float32), "row": np.ones(shape[3], np.float32), "repeats": i([1, 2, 1, 2]),
                       "parts": i([0, shape[3]]), "w": np.ones((6, 4, 3, 3), np.float32), "wt": np.ones((4, 6, 3, 3), np.float32),
                       "g": np.ones((4, 2, 2, 2), np.float32), "right": np.ones((shape[3], 5), np.float32), "none": i([], np.int64),
                       "order": i([-1, 0, 0, 0]), "start": i([-3]), "end": i([-9]), "three": i([3]), "step": i([-2]), "d": i(3),
                       "onoff": i([0, 1], np.float32)}
            window = {"kernel_shape": [3, 3]}
            table = [(kind, ["x"], {}) for kind in ("Relu", "Gelu", "Softmax", "LogSoftmax", "Hardmax", "Transpose", "GlobalAveragePool",
                                                    "GlobalMaxPool", "GlobalLpPool", "Flatten", "LpNormalization", "MeanVarianceNormalization")]
            table += [(kind, ["x", "axes"], {"keepdims": keep}) for keep in (0, 1) for kind in (
                "ReduceSum", "ReduceMean", "ReduceMax", "ReduceMin", "ReduceProd", "ReduceL1", "ReduceL2", "ReduceLogSum", "ReduceLogSumExp",
                "ReduceSumSquare")]
            table += [(kind, ["x"], {**window, **more}) for kind in ("AveragePool", "MaxPool", "LpPool") for more in (
                {"pads": [1, 1, 1, 1]}, {"strides": [2, 2], "pads": [2, 2, 2, 2]}, {"pads": [1, 1, 1, 1], "ceil_mode": 1})]
            table += [("LRN", ["x"], {"size": 3}), ("LayerNormalization", ["x", "row"], {}), ("InstanceNormalization", ["x", "s", "s"], {}),
                      ("BatchNormalization", ["x", "s", "s", "s", "s"], {}), ("Concat", ["x", "x"], {"axis": 2}), ("Pad", ["x", "pads"], {}),
                      ("Resize", ["x", "", "twice"], {"mode": "linear"}), ("MatMul", ["x", "right"], {}), ("Gather", ["x", "none"], {"axis": 1}),
                      ("Gather", ["x", "fed"], {"axis": 3}), ("Tile", ["x", "repeats"], {}), ("Add", ["x", "x"], {}), ("Mean", ["x", "x", "x"], {}),
                      ("CumSum", ["x", "zero"], {}), ("Slice", ["x", "start", "end", "three", "step"], {}), ("DepthToSpace", ["x"], {"blocksize": 2}),
                      ("SpaceToDepth", ["x"], {"blocksize": 2}), ("Einsum", ["x"], {"equation": "abcd->da"}), ("Clip", ["x"], {}),
                      ("Split", ["x", "parts"], {"axis": 3})]
            if channels:
                table += [("GroupNormalization", ["x", "s", "s"], {"num_groups": 2})]
                for more in ({}, {"pads": [1, 1, 1, 1]}, {"strides": [2, 2]}, {"dilations": [2, 2], "strides": [3, 2]}):
                    table += [("ConvTranspose", ["x", "wt"], more), ("ConvTranspose", ["x", "g"], {**more, "group": 2})]
                table += [("Conv", ["x", "w"], {"pads": [2, 2, 2, 2], "strides": [s, s]}) for s in (1, 2)]
            nodes = [(kind, operands, [f"{kind}_{n}"] + ["", "rest"][1:] * (kind == "Split"), more)
                     for n, (kind, operands, more) in enumerate(table)]
            names = [results[0] for _, _, results, _ in nodes]
            path = self.save(nodes, [("x", "FLOAT", shape), ("fed", "INT64", [2])], [(name, "FLOAT") for name in names], weights)
            inferred = onnx.shape_inference.infer_shapes(onnx.load(path))
            dims = {v.name: tuple(d.dim_value for d in v.type.tensor_type.shape.dim) for v in inferred.graph.output
                    if v.type.tensor_type.HasField("shape")}
            self.assertGreater(len(dims), len(names) - 3) # what it has no answer for
            values = {"x": np.zeros(shape, np.float32), "fed": i([0, 0])}
            expected = self.run_ingot(path, values, "--reference")
            for name in names:
                if name in dims:
                    self.assertEqual(expected[name].shape, tuple(max(d, 0) for d in dims[name]), f"{shape}: {name}")
            self.assert_answers(self.run_ingot(path, values, "--numerics=strict"), expected, f"{shape}")


ingot_test.main()
