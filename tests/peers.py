"""What tests that compare with other programs share: ONNX Runtime as a peer, and the bound by which answers are compared.

Needs the packages of third_party/peers.txt (tools/dev/install_peers); a test that calls `onnx_runtime` is skipped where they are absent.
"""
import itertools
import re
import unittest

import ingot_test
from agreement import difference

try:
    import numpy as np
    import onnxruntime
except ImportError:
    np = onnxruntime = None

NO_PEERS = "ONNX Runtime is not installed; run tools/dev/install_peers"


def require():
    """Skips the running test where the peers are absent."""
    if onnxruntime is None:
        raise unittest.SkipTest(NO_PEERS)


def onnx_runtime(model, threads=1, optimise=True):
    """A session of ONNX Runtime on the processor; skips the running test where it is absent."""
    require()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 4
    if not optimise:
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    return onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])


class PeerCase(ingot_test.TestCase):
    """Runs models with ingot and with ONNX Runtime; inputs and answers are dictionaries of NumPy arrays by name."""

    def run_ingot(self, model, inputs, *flags, program=(ingot_test.INGOT, "run"), timeout=300):
        """The answers of `ingot run MODEL FLAGS` (or of another program with its options), by the name of their file."""
        folder = self.work / f"run{next(self.numbers)}"
        folder.mkdir()
        words = []
        for i, (name, value) in enumerate(inputs.items()):
            np.save(folder / f"{i}.npy", value)
            words += ["--input", f"{name}={folder / f'{i}.npy'}"]
        self.run_program(*program, model, *words, "--output-dir", folder / "out", *flags, timeout=timeout)
        return {path.stem: np.load(path) for path in sorted((folder / "out").glob("*.npy"))}

    def run_peer(self, model, inputs):
        """The answers of ONNX Runtime, by the name ingot gives their file."""
        session = onnx_runtime(model)
        names = [output.name for output in session.get_outputs()]
        return dict(zip(map(file_stem, names), session.run(names, dict(inputs))))

    def assert_answers(self, actual, expected, what="", **bounds):
        """The same names, and each answer within the bound of tools/bench/agreement.py."""
        self.assertEqual(sorted(actual), sorted(expected), what)
        for name in expected:
            self.assertEqual(difference(actual[name], expected[name], **bounds), "", f"{what}: {name}")

    def setUp(self):
        require()
        super().setUp()
        self.numbers = itertools.count()


def file_stem(name):
    """The name of an output's file, as docs/executable.md says: other characters become `_`."""
    return re.sub(r"[^A-Za-z0-9._-]", "_", name)
