"""ONNX Runtime as measurements meet it: all its optimisations, inputs and outputs bound in place, workers that do not spin after a call,
which would slow the peer. Needs the packages of third_party/peers.txt."""
import os
import time

import numpy as np
import onnxruntime

VERSION = onnxruntime.__version__


class OnnxRuntime:
    """A session; `bind` makes `call`, which runs once on memory that was bound before, and `values`, its outputs."""

    def __init__(self, model, threads):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
        options.add_session_config_entry("session.force_spinning_stop", "1")
        options.log_severity_level = 3
        began = time.perf_counter()
        self.session = onnxruntime.InferenceSession(os.fspath(model), options, providers=["CPUExecutionProvider"])
        self.load_ms = 1000 * (time.perf_counter() - began)
        self.inputs = [i.name for i in self.session.get_inputs()]

    def bind(self, inputs, outputs):
        """`inputs`: name -> array or OrtValue, others than the model's are left out; `outputs`: name -> array of the shape and dtype to come,
        or an OrtValue to write to."""
        binding = self.session.io_binding()
        self.kept = {name: self.value(x) for name, x in inputs.items() if name in self.inputs}
        for name, x in self.kept.items():
            binding.bind_ortvalue_input(name, x)
        self.values = {name: y if isinstance(y, onnxruntime.OrtValue) else self.room(y.shape, y.dtype) for name, y in outputs.items()}
        for name, value in self.values.items():
            binding.bind_ortvalue_output(name, value)
        session = self.session
        self.call = lambda: session.run_with_iobinding(binding)

    def outputs(self):
        self.call()
        return {name: value.numpy() for name, value in self.values.items()}

    @staticmethod
    def value(x):
        return x if isinstance(x, onnxruntime.OrtValue) else onnxruntime.OrtValue.ortvalue_from_numpy(x)

    @staticmethod
    def room(shape, kind=np.float32):
        return onnxruntime.OrtValue.ortvalue_from_numpy(np.zeros(shape, kind))
