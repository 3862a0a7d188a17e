"""Every pointwise function on the values where implementations part: NaN, infinities, zeros of both signs, subnormals, the largest and smallest
numbers, halves; compiled code against the interpreter, at every level of x86-64, whole vectors and their rests."""
import math
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
import ingot_test
from ingot_test import agreement
import onnx_model as onnx
import tensors

UNARY = ["Abs", "Acos", "Acosh", "Asin", "Asinh", "Atan", "Atanh", "Ceil", "Cos", "Cosh", "Erf", "Exp", "Floor", "Log", "Neg", "Reciprocal",
         "Round", "Sigmoid", "Sign", "Sin", "Sinh", "Sqrt", "Tan", "Tanh", "Relu", "LeakyRelu", "Elu", "Selu", "Softplus", "Softsign", "HardSigmoid",
         "HardSwish", "Mish", "Gelu", "ThresholdedRelu", "IsNaN", "IsInf", "Celu"]
BINARY = ["Add", "Sub", "Mul", "Div", "Max", "Min", "Pow", "PRelu", "Less", "GreaterOrEqual", "Equal"]
BOOLEAN = ("IsNaN", "IsInf", "Less", "GreaterOrEqual", "Equal")
ONLY_F32 = ("Celu",)
NOT_BF16 = ("Acos", "Acosh", "Asin", "Asinh", "Atan", "Atanh", "Cosh", "Sinh", "Tan", "Sin", "Cos", "Softsign", "HardSwish", "PRelu", "IsInf", "Celu",
            "LeakyRelu", "Elu", "Selu", "Softplus", "HardSigmoid", "Mish", "Gelu", "ThresholdedRelu", "Round", "Max", "Min")
# A few units in the last place; the functions' own bounds are tested beside their code. Narrow types also get an absolute term: a fast
# fusion keeps in f32 what the interpreter rounds after every op.
RTOL = {"f32": 1e-5, "f64": 1e-12, "f16": 2e-3, "bf16": 1.6e-2}
ATOL = {"f16": 1e-3, "bf16": 8e-3}
SMALLEST = {"f32": 1.4e-45, "f64": 5e-324, "f16": 6e-8, "bf16": 9.2e-41}
NORMAL = {"f32": 1.2e-38, "f64": 2.3e-308, "f16": 6.2e-5, "bf16": 1.2e-38}
LARGE = {"f32": 3.4e38, "f64": 1.7e308, "f16": 65504.0, "bf16": 3.38e38}
LEVELS = ("native", "x86-64-v2", "x86-64-v3", "x86-64-v4")


def specials(dtype):
    plain = [0.0, 0.5, 1.0, 1.5, 2.5, 0.3, 3.0, 7.75, 20.0, 88.0, 104.0, SMALLEST[dtype], NORMAL[dtype], LARGE[dtype], math.inf]
    return [v for p in plain for v in (p, -p)] + [math.nan]


class SpecialValues(ingot_test.TestCase):
    def check(self, dtype, names, values):
        """One model with a result for each of `names`, on the inputs `values`."""
        number = tensors.TYPES[dtype][0]
        inputs = [f"x{i}" for i in range(len(values))]
        nodes = [onnx.node(name, inputs, [f"{name}.out"]) for name in names]
        outputs = [onnx.value(f"{n}.out", [len(values[0])], tensors.TYPES["bool"][0] if n in BOOLEAN else number) for n in names]
        model = self.work / "model.onnx"
        model.write_bytes(onnx.model(nodes, [onnx.value(i, [len(values[0])], number) for i in inputs], outputs, opset=20))
        words = [ingot_test.INGOT, "run", model]
        for name, column in zip(inputs, values):
            tensors.write_npy(self.work / f"{name}.npy", dtype, [len(column)], column)
            words += ["--input", f"{name}={self.work / name}.npy"]
        self.run_program(*words, "--reference", "--output-dir", self.work / "reference")
        wrong = []
        for level in LEVELS:
            for numerics in ("fast", "strict"):
                self.run_program(*words, f"--mcpu={level}", f"--numerics={numerics}", "--output-dir", self.work / "out")
                for name in names:
                    _, _, want = tensors.read_npy(self.work / "reference" / f"{name}.out.npy")
                    _, _, got = tensors.read_npy(self.work / "out" / f"{name}.out.npy")
                    for i, (a, b) in enumerate(zip(want, got)):
                        slack = RTOL[dtype] * abs(a) + 2 * SMALLEST[dtype] + (ATOL.get(dtype, 0) if numerics == "fast" else 0)
                        if not agreement.agrees(b, a, slack):
                            wrong.append(f"{level} {numerics}: {name}({', '.join(repr(v[i]) for v in values)}) is {b!r} instead of {a!r}")
        self.assertFalse(wrong, "\n".join(wrong))


def add_cases(dtype):
    def usable(names):
        return [n for n in names if not (dtype == "bf16" and n in NOT_BF16) and not (dtype != "f32" and n in ONLY_F32)]

    def unary(self):
        self.check(dtype, usable(UNARY), [specials(dtype)])

    def binary(self):
        pairs = [(a, b) for a in specials(dtype) for b in specials(dtype)]
        self.check(dtype, usable(BINARY), [[a for a, _ in pairs], [b for _, b in pairs]])

    setattr(SpecialValues, f"test_{dtype}_unary", unary)
    setattr(SpecialValues, f"test_{dtype}_binary", binary)


for name in RTOL:
    add_cases(name)
ingot_test.main()
