"""Makes conformance cases of models that come without stored answers: seeded inputs, and ONNX Runtime's answers to them.

    python3 burn_cases.py ARCHIVE-OR-FOLDER -o FOLDER     # FOLDER/NAME/model.onnx, FOLDER/NAME/test_data_set_0/{input,output}_K.pb

Inputs a model could not work with (an index out of range, sizes that do not fit) are drawn again, with other sizes for dims that the model
leaves open. Prints the models that ONNX Runtime itself does not run, with its reason, and counts both.
"""
import argparse
import itertools
import sys
import tarfile
import tempfile
import zlib
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import numpy_helper

OPEN_DIMS = (2, 3, 4, 1, 8)
LARGEST_INTEGER = (3, 2, 1, 5)


def inputs_of(session, rng, open_dim, largest):
    """One seeded array for each input; None where an input is no tensor of numbers."""
    inputs = {}
    for value in session.get_inputs():
        if not value.type.startswith("tensor("):
            return None
        name = value.type[7:-1]
        kind = {"float": "float32", "double": "float64", "float16": "float16", "bool": "bool"}.get(name, name)
        if kind not in np.sctypeDict:
            return None
        shape = [dim if isinstance(dim, int) and dim > 0 else open_dim for dim in value.shape or []]
        if kind == "bool":
            array = rng.random(shape) < 0.5
        elif kind.startswith("float"):
            array = rng.standard_normal(shape)
        else:
            array = rng.integers(0, largest, shape)
        inputs[value.name] = np.asarray(array).astype(kind)
    return inputs


def run(path):
    """(inputs, answers) of one model, or a reason why there are none."""
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.intra_op_num_threads = 1
    options.log_severity_level = 4
    try:
        session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # the binding's errors share no base class
        return str(error)
    reason = "no inputs were found that it takes"
    for open_dim, largest in itertools.product(OPEN_DIMS, LARGEST_INTEGER):
        inputs = inputs_of(session, np.random.default_rng(zlib.crc32(path.name.encode())), open_dim, largest)
        if inputs is None:
            return "an input is no tensor of numbers"
        try:
            answers = session.run(None, inputs)
        except Exception as error:
            reason = str(error)
            continue
        if all(isinstance(answer, (np.ndarray, np.generic)) for answer in answers):
            return inputs, answers
        return "an answer is no tensor"
    return reason


def write(folder, path, inputs, answers):
    model = onnx.load(path)
    data = folder / "test_data_set_0"
    data.mkdir(parents=True)
    onnx.save(model, folder / "model.onnx")
    for kind, arrays in (("input", inputs.items()), ("output", zip((o.name for o in model.graph.output), answers))):
        for k, (name, array) in enumerate(arrays):
            (data / f"{kind}_{k}.pb").write_bytes(numpy_helper.from_array(np.asarray(array), name).SerializeToString())


def make(source, output):
    """Writes the cases of all models under `source`; returns ({case: model}, {model: reason})."""
    made, refused = {}, {}
    for path in sorted(source.rglob("*.onnx")):
        result = run(path)
        name = str(path.relative_to(source).with_suffix("")).replace("/", "_")
        if isinstance(result, str):
            refused[name] = result.splitlines()[0][:200]
            continue
        write(output / name, path, *result)
        made[name] = path
    return made, refused


def extract(archive, folder):
    """Writes the models of an archive, and the files of weights beside them, into `folder`."""
    with tarfile.open(archive) as tar:
        for member in tar:
            path = (folder / member.name).resolve()
            if member.isfile() and path.is_relative_to(folder.resolve()) and path.suffix not in (".py", ".rs"):
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(tar.extractfile(member).read())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=Path)
    parser.add_argument("-o", dest="output", type=Path, required=True)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        source = arguments.source
        if source.is_file():
            extract(source, Path(folder))
            source = Path(folder)
        made, refused = make(source, arguments.output)
    for name, reason in refused.items():
        print(f"{name}: {reason}")
    print(f"{len(made)} cases, {len(refused)} models that ONNX Runtime does not run", file=sys.stderr)


if __name__ == "__main__":
    main()
