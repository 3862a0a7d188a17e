"""The models that measurements know by name, and how each comes to be. A name may carry sizes: mlp@batch=8.

Generated models are written once into a folder (build/bench-models unless told) by the scripts in tools/bench/models.
"""
import os
import subprocess
import sys
from pathlib import Path

BENCH = Path(__file__).resolve().parent
ROOT = BENCH.parents[1]
FOLDER = ROOT / "build" / "bench-models"
LIGHT = ("resnet50", "densenet121", "squeezenet", "inception_v1", "inception_v2", "shufflenet", "vgg19", "bvlc_alexnet", "zfnet512")
DATA = ("mnist-8", "ultraface-RFB-320", "ultraface-RFB-320_simplified", "ultraface-RFB-320_without_postprocessing")
# name -> script, and sizes where none are given
MADE = {"mlp": ("mlp.py", "batch=1"), "bert_base": ("bert_base.py", "batch=1,seq=128"), "gpt2": ("gpt2.py", "batch=1,seq=1,past=128")}
# Range of each integer input, where it is not 0..1.
INTEGERS = {"bert_base": {"input_ids": (0, 30521), "attention_mask": (1, 1)}, "gpt2": {"input_ids": (0, 50256)}}
DEFAULT = ("digits", "digits@batch=64", "mlp", "mlp@batch=8", "mlp@batch=64", *DATA, "resnet50", "densenet121", "squeezenet",
           "inception_v1", "inception_v2", "shufflenet")


class NoModel(Exception):
    """The model is not there and cannot be made here; says why."""


def light_archive(name):
    """The file of a `light` model of the ONNX backend suite, as the onnx package or INGOT_TEST_DATA has it."""
    folders = []
    try:
        import onnx
        folders.append(Path(onnx.__file__).parent / "backend" / "test" / "data" / "light")
    except ImportError:
        pass
    if os.environ.get("INGOT_ONNX_BACKEND"):
        folders.append(Path(os.environ["INGOT_ONNX_BACKEND"]) / "light")
    for folder in folders:
        if (folder / f"light_{name}.onnx").exists():
            return folder / f"light_{name}.onnx"
    raise NoModel(f"light_{name}.onnx: neither in the onnx package nor in $INGOT_ONNX_BACKEND/light")


def make(script, flags, output):
    """Runs a script of tools/bench/models unless its output is there and newer than it."""
    program = BENCH / "models" / script
    if output.exists() and output.stat().st_mtime > program.stat().st_mtime:
        return output
    output.parent.mkdir(parents=True, exist_ok=True)
    partial = output.with_name("partial-" + output.name)
    result = subprocess.run([sys.executable, program, *map(str, flags), "-o", partial], capture_output=True, text=True)
    if result.returncode:
        partial.unlink(missing_ok=True)
        raise NoModel(f"{program.name}: {result.stderr.strip() or result.returncode}")
    partial.rename(output)
    return output


def find(spec, folder=FOLDER):
    """(path, flags for `ingot compile`) of a name or a path, either with sizes after @: mlp@batch=8, model.onnx@batch=1,seq=128."""
    name, _, sizes = spec.partition("@")
    if name in MADE:
        script, usual = MADE[name]
        path, sizes = make(script, [], folder / f"{name}.onnx"), sizes or usual
    elif name in LIGHT:
        path = make("he_init.py", [light_archive(name)], folder / f"{name}-he.onnx")
    elif name == "digits":
        path, sizes = ROOT / "docs" / "digits" / "digits.onnx", sizes or "batch=1"
    elif name in DATA:
        path = Path(os.environ.get("INGOT_TEST_DATA") or ROOT / ".." / "shared" / "data").resolve() / "models" / "onnx" / f"{name}.onnx"
    else:
        path = Path(name)
    if not path.exists():
        raise NoModel(f"{path}: no such file" + ("" if name in DATA else f"; names: {', '.join(['digits', *MADE, *DATA, *LIGHT])}"))
    return path, [word for size in sizes.split(",") if size for word in ("--dim", size)]


def integers(spec):
    """Ranges of the integer inputs of a name: input -> (least, greatest)."""
    return INTEGERS.get(spec.partition("@")[0], {})
