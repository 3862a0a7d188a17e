"""If, Loop and Scan, compiled: conditions and trip counts of run time, zero rounds, swaps, captured values, each against ONNX Runtime."""
import ingot_test
import peers
from peers import np


def graph(nodes, name, inputs, outputs, weights=()):
    from onnx import TensorProto, helper
    kinds = {"f": TensorProto.FLOAT, "i": TensorProto.INT64, "b": TensorProto.BOOL}

    def values(list_):
        return [helper.make_tensor_value_info(n, kinds[kind], shape) for n, kind, shape in list_]

    return helper.make_graph(nodes, name, values(inputs), values(outputs), list(weights))


class ControlFlow(peers.PeerCase):
    def save(self, main, opset=17):
        import onnx
        from onnx import helper
        model = helper.make_model(main, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)
        onnx.checker.check_model(model)
        path = self.work / "model.onnx"
        onnx.save(model, path)
        return path

    def check(self, path, calls, *flags):
        """The JIT, the interpreter and one executable answer each call as ONNX Runtime does."""
        names = [argument.name for argument in peers.onnx_runtime(path).get_inputs()]
        program = self.compile(path, "program", *flags)
        for call in calls:
            inputs = dict(zip(names, call))
            expected = self.run_peer(path, inputs)
            self.assert_answers(self.run_ingot(path, inputs, *flags), expected, f"compiled in memory: {inputs}")
            self.assert_answers(self.run_ingot(path, inputs, *flags, "--reference"), expected, f"interpreter: {inputs}")
            words = []
            for name, value in inputs.items():
                np.save(self.work / f"{name}.npy", value)
                words += ["--input", f"{name}={self.work / f'{name}.npy'}"]
            folder = self.work / "answers"
            self.run_program(program, *words, "--output-dir", folder)
            answers = {file.stem: np.load(file) for file in folder.glob("*.npy")}
            self.assert_answers(answers, expected, f"executable: {inputs}")

    def test_loop_until_a_condition(self):
        """x doubles, y and z swap, until x's sum passes a limit or the rounds are over; `limit` is captured."""
        from onnx import helper
        node = helper.make_node
        body = graph([
            node("Add", ["x", "x"], ["x2"]), node("Identity", ["y"], ["to_z"]), node("Identity", ["z"], ["to_y"]),
            node("ReduceSum", ["x2"], ["sum"], keepdims=0), node("Less", ["sum", "limit"], ["again"]),
        ], "body", [("i", "i", []), ("c", "b", []), ("x", "f", [3]), ("y", "f", [2]), ("z", "f", [2])],
            [("again", "b", []), ("x2", "f", [3]), ("to_y", "f", [2]), ("to_z", "f", [2])])
        main = graph([node("Loop", ["rounds", "first", "x0", "y0", "z0"], ["x_out", "y_out", "z_out"], body=body)], "main",
                     [("rounds", "i", []), ("first", "b", []), ("limit", "f", []), ("x0", "f", [3]), ("y0", "f", [2]), ("z0", "f", [2])],
                     [("x_out", "f", [3]), ("y_out", "f", [2]), ("z_out", "f", [2])])
        x, y, z = np.array([1, 2, 3], np.float32), np.array([4, 5], np.float32), np.array([6, 7], np.float32)
        self.check(self.save(main), [(np.array(rounds, np.int64), np.array(first), np.array(limit, np.float32), x, y, z)
                                     for rounds, first, limit in ((5, True, 1e9), (0, True, 1e9), (7, True, 40), (4, False, 1e9),
                                                                  (1 << 62, True, 1000))])

    def test_loop_that_stacks(self):
        """A known number of rounds with an If inside each; running sums and squares come out stacked."""
        from onnx import helper, numpy_helper
        node = helper.make_node
        inner = [graph([node(kind, ["row", "step"], [name])], name, [], [(name, "f", [4])]) for kind, name in (("Add", "a"), ("Mul", "m"))]
        body = graph([
            node("Gather", ["table", "i"], ["row"]), node("Cast", ["i"], ["step"], to=1),
            node("ReduceMax", ["row"], ["top"], keepdims=0), node("Greater", ["top", "edge"], ["large"]),
            node("If", ["large"], ["picked"], then_branch=inner[0], else_branch=inner[1]),
            node("Add", ["sum", "picked"], ["next"]), node("Mul", ["next", "next"], ["square"]), node("Identity", ["c"], ["again"]),
        ], "body", [("i", "i", []), ("c", "b", []), ("sum", "f", [4])],
            [("again", "b", []), ("next", "f", [4]), ("next", "f", [4]), ("square", "f", [4])])
        body.output[2].name = "copy"
        body.node.append(node("Identity", ["next"], ["copy"]))
        main = graph([node("Loop", ["rounds", "", "sum0"], ["total", "sums", "squares"], body=body)], "main",
                     [("table", "f", [6, 4]), ("edge", "f", []), ("sum0", "f", [4])],
                     [("total", "f", [4]), ("sums", "f", [6, 4]), ("squares", "f", [6, 4])],
                     [numpy_helper.from_array(np.array(6, np.int64), "rounds")])
        rng = np.random.default_rng(2)
        self.check(self.save(main), [(rng.normal(size=(6, 4)).astype(np.float32), np.array(edge, np.float32),
                                      rng.normal(size=4).astype(np.float32)) for edge in (-9, 0.8, 9)])

    def test_loop_that_its_condition_counts(self):
        """No trip count: a carried counter runs to a limit, as tf2onnx writes loops; what the rounds give is stacked."""
        from onnx import helper, numpy_helper
        node = helper.make_node
        body = graph([
            node("Add", ["time", "two"], ["later"]), node("Less", ["later", "limit"], ["again"]), node("Sin", ["x"], ["next"]),
            node("Identity", ["x"], ["seen"]), node("Gather", ["table", "time"], ["row"]), node("Identity", ["limit"], ["same"]),
        ], "body", [("i", "i", []), ("c", "b", []), ("time", "i", []), ("x", "f", [3]), ("limit", "i", [])],
            [("again", "b", []), ("later", "i", []), ("next", "f", [3]), ("same", "i", []), ("seen", "f", [3]), ("row", "f", [2])])
        main = graph([node("Less", ["start", "end"], ["first"]),
                      node("Loop", ["", "first", "start", "x0", "end"], ["time_out", "x_out", "end_out", "all", "rows"], body=body)], "main",
                     [("x0", "f", [3]), ("table", "f", [20, 2])],
                     [("time_out", "i", []), ("x_out", "f", [3]), ("all", "f", [5, 3]), ("rows", "f", [5, 2])],
                     [numpy_helper.from_array(np.array(value, np.int64), name) for name, value in (("start", 1), ("end", 10), ("two", 2))])
        rng = np.random.default_rng(3)
        self.check(self.save(main), [(rng.normal(size=3).astype(np.float32), rng.normal(size=(20, 2)).astype(np.float32))])

    def test_scan_both_ways(self):
        """Two sequences, one read backwards along axis 1; one result is stacked backwards along axis 1; the length is a size."""
        from onnx import helper
        node = helper.make_node
        body = graph([
            node("Mul", ["a", "b"], ["product"]), node("Add", ["state", "product"], ["next"]), node("Identity", ["next"], ["seen"]),
            node("Sub", ["a", "state"], ["difference"]),
        ], "body", [("state", "f", [3]), ("a", "f", [3]), ("b", "f", [3])], [("next", "f", [3]), ("seen", "f", [3]), ("difference", "f", [3])])
        main = graph([node("Scan", ["s0", "as", "bs"], ["last", "states", "differences"], body=body, num_scan_inputs=2,
                           scan_input_axes=[0, -1], scan_input_directions=[0, 1], scan_output_axes=[0, 1], scan_output_directions=[0, 1])],
                     "main", [("s0", "f", [3]), ("as", "f", ["n", 3]), ("bs", "f", [3, "n"])],
                     [("last", "f", [3]), ("states", "f", ["n", 3]), ("differences", "f", [3, "n"])])
        rng = np.random.default_rng(4)
        self.check(self.save(main), [(rng.normal(size=3).astype(np.float32), rng.normal(size=(n, 3)).astype(np.float32),
                                      rng.normal(size=(3, n)).astype(np.float32)) for n in (1, 5, 8)], "--dim", "n=1..8")

    def test_if_at_run_time(self):
        from onnx import helper, numpy_helper
        node = helper.make_node
        branches = [graph([node("MatMul", ["x", "w"], ["t"]), node("Relu", ["t"], ["y"])], "then", [], [("y", "f", [2, 3])]),
                    graph([node("Identity", ["x"], ["z"])], "else", [], [("z", "f", [2, 3])])]
        main = graph([node("If", ["which"], ["out"], then_branch=branches[0], else_branch=branches[1]), node("Neg", ["out"], ["negated"])],
                     "main", [("which", "b", []), ("x", "f", [2, 3])], [("out", "f", [2, 3]), ("negated", "f", [2, 3])],
                     [numpy_helper.from_array(np.arange(9, dtype=np.float32).reshape(3, 3) - 4, "w")])
        x = np.random.default_rng(6).normal(size=(2, 3)).astype(np.float32)
        self.check(self.save(main), [(np.array(which), x) for which in (True, False)])

    def test_what_has_no_size(self):
        """Rounds of a number that only a call knows cannot be stacked in an artifact; the node is named."""
        from onnx import helper
        node = helper.make_node
        body = graph([node("Add", ["x", "x"], ["x2"]), node("Identity", ["c"], ["again"]), node("Identity", ["x2"], ["seen"])], "body",
                     [("i", "i", []), ("c", "b", []), ("x", "f", [3])], [("again", "b", []), ("x2", "f", [3]), ("seen", "f", [3])])
        main = graph([node("Loop", ["rounds", "", "x0"], ["x_out", "all"], name="the_loop", body=body)], "main",
                     [("rounds", "i", []), ("x0", "f", [3])], [("x_out", "f", [3]), ("all", "f", ["n", 3])])
        _, talk = self.run_program(ingot_test.INGOT, "compile", self.save(main), "-o", self.work / "x", status=1)
        self.assertIn("node 'the_loop' (Loop): how often it runs is known at run time only", talk)
        inputs = {"rounds": np.array(3, np.int64), "x0": np.array([1, 2, 3], np.float32)}
        self.assert_answers(self.run_ingot(self.work / "model.onnx", inputs), self.run_peer(self.work / "model.onnx", inputs))


if __name__ == "__main__":
    ingot_test.main()
