"""Writes JAX programs as cases for `ingot conformance`: exported, with inputs and jax's answers.

    tools/bench/jax/export_programs.py FOLDER [NAME...]      # of programs.py; all without names

A case is a folder: NAME/model.jax_exported and NAME/test_data_set_0/input_K.npy, output_K.npy.
"""
import argparse
import os
import shutil
import sys
import warnings
from pathlib import Path

sys.dont_write_bytecode = True
os.environ.setdefault("JAX_PLATFORMS", "cpu")


def storable(leaf):
    """An array as a file can hold it: of a random key its words."""
    import jax
    import numpy as np
    if hasattr(leaf, "dtype") and jax.dtypes.issubdtype(leaf.dtype, jax.dtypes.extended):
        leaf = jax.random.key_data(leaf)
    return np.asarray(leaf)


def write_case(folder, function, arguments, shapes=None):
    """Writes one case and returns the exported function; raises what jax does. `shapes` stand for the arguments where sizes are open."""
    import jax
    import jax.export
    import numpy as np
    jitted = jax.jit(function)
    exported = jax.export.export(jitted, platforms=("cpu",))(*(shapes or arguments))
    answers = jax.tree.leaves(jitted(*arguments))
    if not answers:
        raise ValueError("has no results")
    data = folder / "test_data_set_0"
    data.mkdir(parents=True)
    (folder / "model.jax_exported").write_bytes(exported.serialize())
    inputs = jax.tree.leaves(arguments)
    # Arguments that nothing reads are no inputs of the exported function.
    for place, i in enumerate(exported.module_kept_var_idx):
        value, wanted = storable(jax.numpy.asarray(inputs[i])), exported.in_avals[i].dtype
        if not jax.dtypes.issubdtype(wanted, jax.dtypes.extended):
            value = value.astype(wanted)
        np.save(data / f"input_{place}.npy", value)
    for place, answer in enumerate(answers):
        np.save(data / f"output_{place}.npy", storable(answer))
    return exported


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("names", nargs="*", metavar="NAME")
    options = parser.parse_args()
    warnings.filterwarnings("ignore")
    import jax
    import programs
    if unknown := set(options.names) - set(programs.PROGRAMS):
        parser.error(f"no such program: {', '.join(sorted(unknown))}")
    names = options.names or list(programs.PROGRAMS)
    for name in names:
        folder = options.folder / name
        shutil.rmtree(folder, ignore_errors=True)
        with jax.enable_x64(programs.PROGRAMS[name]().x64):
            program = programs.PROGRAMS[name]()
            write_case(folder, program.function, program.arguments, program.shapes)
    print(f"{len(names)} exported")


if __name__ == "__main__":
    main()
