"""Has the interpreter of StableHLO itself run programs that ingot-differential wrote, and compares: an interpreter of ours does not
vouch for itself.

    tests/differential/stablehlo_interpreter.py FOLDER      # of cases, as ingot-differential --write makes them

Prints a line for each that differs; the last line is 'N passed, N failed, N skipped', skipped being what that interpreter does not
take. Exit status 3 where one differs. Needs jax and jaxlib (tools/dev/install_peers).
"""
import argparse
import os
import re
import sys
from pathlib import Path

sys.dont_write_bytecode = True
import numpy as np
from jax._src.interpreters import mlir
from jaxlib.mlir import ir
from jaxlib.mlir.dialects import stablehlo

FLOATS = {"f16": 2, "bf16": 2, "f32": 4, "f64": 8}
EPSILON = {"f16": 2.0**-10, "bf16": 2.0**-7, "f32": 2.0**-23, "f64": 2.0**-52}


def split_type(text):
    """(dims, element type) of tensor<2x3xf32>."""
    dims, element = re.fullmatch(r"tensor<((?:\d+x)*)(.*)>", text).groups()
    return [int(d) for d in dims.split("x") if d], element


def part_type(kind):
    return re.sub(r"complex<(\w+)>", r"\1", kind)


def halves(kind):
    """Complex arguments come as two: Python takes no constants of them."""
    return ("r", "i") if "complex" in kind else ("",)


def with_bytes(text, given, results):
    """The module with a main that gives each result as bytes, of complex numbers the parts one after the other: NumPy has no code for
    all element types."""
    lines, names, types = [], [], []

    def give(value, kind):
        dims, element = split_type(kind)
        width = FLOATS.get(element) or (1 if element == "i1" else int(element.lstrip("ui")) // 8)
        out = "tensor<" + "".join(f"{d}x" for d in dims + ([width] if width > 1 else [])) + "ui8>"
        name = f"%b{len(names)}"
        lines.append(f"{name} = stablehlo.{'convert' if element == 'i1' else 'bitcast_convert'} {value} : ({kind}) -> {out}")
        names.append(name)
        types.append(out)

    for i, kind in enumerate(results):
        value = f"%r#{i}" if len(results) > 1 else "%r"
        if "complex" not in kind:
            give(value, kind)
            continue
        part = part_type(kind)
        for half in ("real", "imag"):
            lines.append(f"%{half}{i} = stablehlo.{half} {value} : ({kind}) -> {part}")
            give(f"%{half}{i}", part)
    inner = re.sub(r"func\.func (public )?@main\(", "func.func private @inner(", text, count=1)
    head = ", ".join(f"%a{i}{half}: {part_type(kind)}" for i, kind in enumerate(given) for half in halves(kind))
    made = [f"%a{i} = stablehlo.complex %a{i}r, %a{i}i : {kind}" for i, kind in enumerate(given) if "complex" in kind]
    call = f"{'%r:' + str(len(results)) if len(results) > 1 else '%r'} = func.call @inner({', '.join(f'%a{i}' for i in range(len(given)))})"
    body = [*made, f"{call} : ({', '.join(given)}) -> ({', '.join(results)})", *lines, f"return {', '.join(names)} : {', '.join(types)}"]
    main = f"func.func public @main({head}) -> ({', '.join(types)}) {{\n" + "\n".join(body) + "\n}\n"
    at = inner.rindex("}")
    return inner[:at] + main + inner[at:]


def constant(data, kind):
    return f'dense<"0x{data.tobytes().hex()}"> : {kind}' if data.size else f"dense<> : {kind}"


def numbers(raw, element):
    if element == "bf16":
        return (np.frombuffer(raw, np.uint16).astype(np.uint32) << 16).view(np.float32).astype(np.float64)
    return np.frombuffer(raw, f"f{FLOATS[element]}").astype(np.float64)


class Refused(Exception):
    pass


def deserialise(context, artifact):
    """The module; what StableHLO does not take, though it has the op (arithmetic on i1), is refused."""
    told = []
    with context.attach_diagnostic_handler(lambda diagnostic: told.append(str(diagnostic)) or True):
        try:
            return stablehlo.deserialize_portable_artifact(context, artifact)
        except ValueError:
            if told and "must be ranked tensor of" in told[0]:
                raise Refused(told[0][:200]) from None
            raise


def copy_operands_of_scatters(operations):
    """That interpreter's scatter writes into its operand, which others read after it."""
    for op in operations:
        for region in op.regions:
            for block in region:
                copy_operands_of_scatters(list(block.operations))
        if op.name == "stablehlo.scatter":
            with ir.InsertionPoint(op):
                for i in range((len(op.operands) - 1) // 2):
                    op.operands[i] = stablehlo.ReverseOp(op.operands[i], []).result


def answers_of(case):
    """The element type of each result, and its bytes (of complex numbers: of each part)."""
    context = mlir.make_ir_context()
    with context, ir.Location.unknown():
        module = deserialise(context, (case / "model.mlirbc").read_bytes())
        written = str(module)
        if "select_and_scatter" in written:
            raise Refused("which of several equal elements of a window select_and_scatter takes is left open")
        if re.search(r"stablehlo\.power .*xu?i\d+>", written):
            raise Refused("what integers to the power of negative ones are is left open")
        if re.search(r"stablehlo\.power .*complex<", written):
            raise Refused("that interpreter has no powers of a complex zero")
        data = [np.load(file) for file in sorted((case / "test_data_set_0").glob("input_*.npy"))]
        if "stablehlo.sort" in written and any(x.dtype.kind in "fV" and np.isnan(x.astype(np.float64) if x.dtype.kind == "f" else 0).any() for x in data):
            raise Refused("a NaN has no place in an order")
        copy_operands_of_scatters(list(module.body.operations))
        kind = next(op for op in module.body.operations if op.attributes["sym_name"].value == "main").attributes["function_type"].value
        given, results = ([str(t) for t in side] for side in (kind.inputs, kind.results))
        wrapped = ir.Module.parse(with_bytes(str(module), given, results))
        arguments = []
        for i, text in enumerate(given):
            data = np.load(case / "test_data_set_0" / f"input_{i}.npy")
            for part in (data.real, data.imag) if "complex" in text else (data,):
                arguments.append(ir.Attribute.parse(constant(part, part_type(text))))
        try:
            raw = [np.asarray(a).astype(np.uint8).tobytes() for a in stablehlo.eval_module(wrapped, arguments)]
        except Exception as error:  # it lacks some ops
            raise Refused((str(error).splitlines() or [type(error).__name__])[0][:200]) from None
    out = []
    for text in results:
        element = split_type(text)[1]
        count = 2 if element.startswith("complex") else 1
        out.append((element, raw[:count]))
        raw = raw[count:]
    return out


def difference(case):
    """'' where the answers agree, else what differs."""
    for i, (element, raw) in enumerate(answers_of(case)):
        expected = np.ascontiguousarray(np.load(case / "test_data_set_0" / f"output_{i}.npy"))
        bound = np.load(case / "test_data_set_0" / f"bound_{i}.npy")
        part = element[8:-1] if element.startswith("complex") else element
        if part not in FLOATS:
            if raw[0] != expected.tobytes():
                return f"result {i} ({element}): integers differ"
            continue
        actual = np.stack([numbers(r, part) for r in raw], -1).reshape(-1)
        wanted = numbers(expected.tobytes(), part)
        with np.errstate(all="ignore"):
            fits = (actual == wanted) | (np.isnan(actual) & np.isnan(wanted))
            fits |= np.abs(actual - wanted) <= np.where(bound > 0, bound + 4 * EPSILON[part] * np.abs(wanted), 0)
        if not fits.all():
            k = int(np.argmin(fits))
            return f"result {i} ({element}): part {k} is {wanted[k]!r}, there {actual[k]!r}, bound {bound[k]!r}"
    return ""


def judged(case):
    """'FAIL: ...', 'SKIP: ...' or '' of a case, in a process of its own: that interpreter aborts where it meets what it lacks."""
    out, into = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(out)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        try:
            differs = difference(case)
            text = f"FAIL: seed {case.name}: {differs}" if differs else ""
        except Refused as error:
            text = f"SKIP: seed {case.name}: {error}"
        os.write(into, text.encode()[:4000])
        os._exit(0)
    os.close(into)
    with os.fdopen(out) as pipe:
        text = pipe.read()
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return f"SKIP: seed {case.name}: it ended with status {status}" if status else text


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    counts = {"passed": 0, "failed": 0, "skipped": 0}
    for case in sorted(parser.parse_args().folder.iterdir(), key=lambda path: int(path.name)):
        text = judged(case)
        if text:
            print(text)
        counts["failed" if text.startswith("FAIL") else "skipped" if text else "passed"] += 1
    print(", ".join(f"{count} {what}" for what, count in counts.items()))
    sys.exit(3 if counts["failed"] else 0)


if __name__ == "__main__":
    main()
