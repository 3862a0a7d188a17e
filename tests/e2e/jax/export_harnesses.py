"""Exports the programs that jax's own tests are made of, each with inputs and jax's answers, as cases for `ingot conformance`.

    tests/e2e/jax/export_harnesses.py FOLDER [--count N] [--seed S] [--only TEXT] [--x64]

The programs are jax._src.internal_test_util.test_harnesses, every one that jax itself runs on the CPU; `--count` takes that many by a
seeded draw. A case is a folder: NAME/model.jax_exported and NAME/test_data_set_0/input_K.npy, output_K.npy. Harnesses that jax does
not export, or that return no arrays, are counted and named with the reason in FOLDER/left_out.txt. Needs jax, jaxlib and absl-py.
"""
import argparse
import os
import random
import shutil
import sys
import warnings
import zlib
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "tools" / "bench" / "jax"))
os.environ["JAX_PLATFORMS"] = "cpu"
from export_programs import write_case  # noqa: E402


def export(harness, folder):
    import numpy as np
    write_case(folder, harness.dyn_fun, harness.dyn_args_maker(np.random.RandomState(zlib.crc32(harness.fullname.encode()))))


def case_name(fullname):
    """The harness's name where a folder can bear it, else its beginning and a checksum of the whole: many begin alike."""
    longest = 200
    if len(fullname) <= longest:
        return fullname
    checksum = f"_{zlib.crc32(fullname.encode()):08x}"
    return fullname[:longest - len(checksum)] + checksum


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--count", type=int, help="as many, drawn by --seed; all without it")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="those whose name contains this")
    parser.add_argument("--x64", action="store_true", help="with 64-bit types")
    options = parser.parse_args()
    warnings.filterwarnings("ignore")
    import jax
    jax.config.update("jax_enable_x64", options.x64)
    from jax._src.internal_test_util import test_harnesses
    harnesses = [h for h in test_harnesses.all_harnesses if h.filter("cpu") and options.only in h.fullname]
    harnesses.sort(key=lambda h: h.fullname)
    if options.count is not None and options.count < len(harnesses):
        harnesses = sorted(random.Random(options.seed).sample(harnesses, options.count), key=lambda h: h.fullname)
    options.folder.mkdir(parents=True, exist_ok=True)
    left_out = []
    for done, harness in enumerate(harnesses):
        folder = options.folder / case_name(harness.fullname)
        shutil.rmtree(folder, ignore_errors=True)
        try:
            export(harness, folder)
        except Exception as error:  # whatever jax throws is its reason
            shutil.rmtree(folder, ignore_errors=True)
            left_out.append(f"{harness.fullname}: {type(error).__name__}: {str(error).partition(chr(10))[0]}")
        if sys.stderr.isatty() and done % 20 == 0:
            print(f"\r{done} of {len(harnesses)}", end="", file=sys.stderr)
        if done % 200 == 199:
            jax.clear_caches()
    (options.folder / "left_out.txt").write_text("".join(line + "\n" for line in left_out))
    print(f"{len(harnesses) - len(left_out)} exported, {len(left_out)} left out")


if __name__ == "__main__":
    main()
