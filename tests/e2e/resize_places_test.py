"""Resize with mode `nearest`: every system of coordinates with every way to round, against exact fractions."""
from fractions import Fraction
from math import ceil, floor

import ingot_test
import peers
from peers import np

SYSTEMS = ("half_pixel", "half_pixel_symmetric", "pytorch_half_pixel", "asymmetric", "align_corners", "tf_crop_and_resize",
           "tf_half_pixel_for_nn")
ROUNDINGS = ("round_prefer_floor", "round_prefer_ceil", "floor", "ceil")
# Lengths of operand and result, where sizes are given.
SIZES = ((1, 4), (2, 3), (3, 7), (5, 2), (6, 7), (6, 9), (7, 3), (10, 4), (12, 25), (49, 15))
# Lengths of the operand and scales; f32 has no 0.6, 1/3 or 2.2: the simplest fraction that rounds to it is meant.
SCALES = ((3, Fraction(5, 2)), (7, Fraction(1, 2)), (10, Fraction(3, 5)), (9, Fraction(1, 3)), (5, Fraction(11, 5)), (8, Fraction(15, 4)),
          (30, Fraction(1, 10)), (41, Fraction(7, 8)))
REGION = (Fraction(1, 10), Fraction(1)) # f32 has no 0.1


def place(system, i, length, result, scale):
    """Where element i of the result lies in the operand."""
    seen = scale * length  # the length of the result as the coordinates see it
    middle = (i + Fraction(1, 2)) / scale
    if system == "half_pixel":
        return middle - Fraction(1, 2)
    if system == "half_pixel_symmetric":
        return Fraction(length, 2) * (1 - Fraction(result) / seen) + middle - Fraction(1, 2)
    if system == "pytorch_half_pixel":
        return middle - Fraction(1, 2) if seen > 1 else Fraction(0)
    if system == "asymmetric":
        return i / scale
    if system == "align_corners":
        return i * Fraction(length - 1) / (seen - 1) if seen != 1 else Fraction(0)
    if system == "tf_half_pixel_for_nn":
        return middle
    start, end = (bound * (length - 1) for bound in REGION)
    return start + i * (end - start) / (result - 1) if result > 1 else (start + end) / 2


def rounded(way, x):
    below, rest = floor(x), x - floor(x)
    up = {"round_prefer_floor": rest > Fraction(1, 2), "round_prefer_ceil": rest >= Fraction(1, 2), "floor": False, "ceil": rest > 0}
    return below + up[way]


def expected(system, way, length, result, scale):
    """The index each element of the result has; -1 outside of the operand with tf_crop_and_resize."""
    places = [place(system, i, length, result, scale) for i in range(result)]
    outside = system == "tf_crop_and_resize"
    return [-1 if outside and not 0 <= x <= length - 1 else min(max(rounded(way, x), 0), length - 1) for x in places]


class ResizePlaces(peers.PeerCase):
    def model(self, cases, open_sizes):
        """One node a case, over [1, length] with elements 0, 1, ...; returns path, inputs and answers."""
        import onnx
        from onnx import TensorProto, helper, numpy_helper
        nodes, weights, inputs, answers = [], [], {}, {}
        weights.append(numpy_helper.from_array(np.array([0, REGION[0], 1, REGION[1]], np.float32), "roi"))
        for number, (system, way, length, result, scale) in enumerate(cases):
            inputs[f"x{length}"] = np.arange(length, dtype=np.float32)[None]
            given = np.array([1, scale], np.float32) if scale else np.array([1, result], np.int64)
            weights.append(numpy_helper.from_array(given, f"to{number}"))
            operands = [f"x{length}", "roi", f"to{number}"] if scale else [f"x{length}", "roi", "", f"to{number}"]
            nodes.append(helper.make_node("Resize", operands, [f"y{number}"], mode="nearest", nearest_mode=way, extrapolation_value=-1.0,
                                          coordinate_transformation_mode=system))
            answer = expected(system, way, length, result, scale or Fraction(result, length))
            answers[f"y{number}"] = np.array([answer], np.float32)
        graph = helper.make_graph(nodes, "resize", [helper.make_tensor_value_info(
            name, TensorProto.FLOAT, [1, name if open_sizes else value.shape[1]]) for name, value in inputs.items()],
            [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in answers], weights)
        path = self.work / "resize.onnx"
        onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 19)], ir_version=9), path)
        return path, inputs, answers

    def check(self, cases, *flags, open_sizes=False):
        path, inputs, answers = self.model(cases, open_sizes)
        for how in ((), ("--reference",)):
            self.assert_answers(self.run_ingot(path, inputs, *how), answers, f"{how}")
        if flags:
            library = self.compile(path, "resize.so", "--mcpu=native", *flags)
            self.assert_answers(self.run_ingot(library, inputs), answers, "sizes of a range")

    def test_sizes(self):
        self.check([(system, way, length, result, None) for system in SYSTEMS for way in ROUNDINGS for length, result in SIZES])

    def test_scales(self):
        # With tf_crop_and_resize the places follow from the sizes.
        self.check([(system, way, length, floor(length * scale), scale) for system in SYSTEMS if system != "tf_crop_and_resize"
                    for way in ROUNDINGS for length, scale in SCALES])

    def test_sizes_of_a_range(self):
        dims = [word for length in {3, 5} for word in ("--dim", f"x{length}=1..12")]
        self.check([(system, way, length, result, None) for system in SYSTEMS for way in ROUNDINGS for length, result in ((3, 7), (5, 2))],
                   *dims, open_sizes=True)

    def test_unknown_system(self):
        path, inputs, _ = self.model([("half_pixel", "floor", 3, 7, None)], False)
        data = path.read_bytes()
        path.write_bytes(data.replace(b"half_pixel", b"half_pixle"))
        _, problem = self.run_program(ingot_test.INGOT, "check", path, status=1)
        for system in SYSTEMS:
            self.assertIn(system, problem)


ingot_test.main()
