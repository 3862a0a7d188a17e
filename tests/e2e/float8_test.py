"""Cast to eight-bit floats: every source type, with and without `saturate`, fed and constant, bit by bit."""
import ingot_test
import peers
from peers import np

KINDS = {"FLOAT8E4M3FN": "float8_e4m3fn", "FLOAT8E4M3FNUZ": "float8_e4m3fnuz", "FLOAT8E5M2": "float8_e5m2",
         "FLOAT8E5M2FNUZ": "float8_e5m2fnuz"}
REALS = [0.0, -0.0, 1.0, -1.0, 100.0, 239.0, 248.0, 256.0, 448.0, 449.0, 463.0, 465.0, -480.0, 512.0, -1024.0, 57344.0, 61439.0, -61441.0,
         1e-3, -3e-3, 1e-6, np.inf if np else 0, -np.inf if np else 0, np.nan if np else 0]
WHOLES = [0, 1, 100, 239, 248, 255, 1000, 449, 464, 480, 57344, 61439, 61441, 70000, 2**31 - 1, 2**40, 2**62]


def encoded(values, kind, saturate):
    """The bits that exact arithmetic gives: the nearest element, ties to even; what lies beyond all of them as `saturate` says."""
    import ml_dtypes
    dtype = getattr(ml_dtypes, kind)
    largest = float(ml_dtypes.finfo(dtype).max)
    values = np.asarray(values, np.float64)
    if saturate:
        values = np.clip(values, -largest, largest)
    with np.errstate(invalid="ignore", over="ignore"):
        return values.astype(dtype).view(np.uint8)


class Float8(peers.PeerCase):
    def sources(self):
        """(name, element type, values, what the model casts first): eight-bit sources are made of f32."""
        import ml_dtypes
        yield "FLOAT", np.array(REALS, np.float32), None
        yield "DOUBLE", np.array(REALS, np.float64), None
        with np.errstate(over="ignore"):
            yield "FLOAT16", np.array(REALS, np.float64).astype(np.float16), None
        yield "BFLOAT16", np.array(REALS, np.float64).astype(ml_dtypes.bfloat16), np.float32
        for kind, dtype in KINDS.items():
            every = np.arange(256, dtype=np.uint8).view(getattr(ml_dtypes, dtype))
            yield kind, every, np.float32
        for name, dtype in (("INT8", np.int8), ("UINT8", np.uint8), ("INT16", np.int16), ("UINT16", np.uint16), ("INT32", np.int32),
                            ("UINT32", np.uint32), ("INT64", np.int64), ("UINT64", np.uint64)):
            limits = np.iinfo(dtype)
            fitting = [w for w in WHOLES if w <= limits.max] + [-w for w in WHOLES if limits.min <= -w]
            yield name, np.array(fitting, dtype), None
        yield "BOOL", np.array([True, False]), None

    def check(self, constant):
        import onnx
        from onnx import TensorProto, helper, numpy_helper
        nodes, inputs, weights, values, answers = [], [], [], {}, {}
        for source, data, through in self.sources():
            fed = data if through is None else data.astype(through)
            if constant:
                weights.append(numpy_helper.from_array(fed, f"x_{source}"))
            else:
                values[f"x_{source}"] = fed
                inputs.append(helper.make_tensor_value_info(f"x_{source}", helper.np_dtype_to_tensor_dtype(fed.dtype), fed.shape))
            operand = f"x_{source}"
            if through is not None:
                nodes.append(helper.make_node("Cast", [operand], [f"c_{source}"], to=getattr(TensorProto, source), saturate=0))
                operand = f"c_{source}"
            for kind, dtype in KINDS.items():
                for saturate in (0, 1):
                    if source == kind:
                        continue
                    name = f"{source}_{kind}_{saturate}"
                    nodes.append(helper.make_node("Cast", [operand], [f"q_{name}"], to=getattr(TensorProto, kind), saturate=saturate))
                    nodes.append(helper.make_node("BitCast", [f"q_{name}"], [name], to=TensorProto.UINT8))
                    answers[name] = encoded(data.astype(np.float64), dtype, saturate)
        graph = helper.make_graph(nodes, "casts", inputs, [helper.make_tensor_value_info(n, TensorProto.UINT8, None) for n in answers],
                                  weights)
        path = self.work / "casts.onnx"
        onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 26)], ir_version=12), path)
        for how in (("--numerics=strict",), (), ("--mcpu=x86-64-v2",), ("--reference",)):
            actual = self.run_ingot(path, values, *how)
            for name, bits in answers.items():
                # All NaN are one.
                kind = name.rsplit("_", 2)[1]
                self.assertEqual(self.numbers_of(actual[name], kind), self.numbers_of(bits, kind), f"{how}: {name}")

    @staticmethod
    def numbers_of(bits, kind):
        import ml_dtypes
        return [str(x) for x in bits.view(getattr(ml_dtypes, KINDS[kind])).astype(np.float32)]

    def test_fed(self):
        self.check(constant=False)

    def test_constant(self):
        self.check(constant=True)


ingot_test.main()
