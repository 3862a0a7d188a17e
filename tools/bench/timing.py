"""How measurements are made here: peers of one process take turns call by call, so that whatever else the machine does disturbs all alike.

    samples = take_turns({"ingot": call, "onnxruntime": other}, seconds=2)
    samples["ingot"].median("wall")        # milliseconds
    speedup(samples["onnxruntime"], samples["ingot"], "wall")

Standard library alone.
"""
import gc
import os
import statistics
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path

CLOCKS = ("wall", "cpu")
CLOCK_HELP = ("wall: elapsed time. cpu: time of the calling thread, which other processes do not lengthen; for one thread only "
              "(more threads are timed by the wall clock)")


class Samples:
    """Milliseconds of each call, by two clocks: `wall`, and `cpu`, the calling thread's own time."""

    def __init__(self):
        self.wall, self.cpu = [], []

    def median(self, clock):
        return statistics.median(getattr(self, clock))

    def least(self, clock):
        return min(getattr(self, clock))

    def __len__(self):
        return len(self.wall)


def take_turns(calls, seconds=2.0, warmup=3, least_rounds=7, most_rounds=2000, prepare=None):
    """Calls each of `calls` (name -> function) once a round, in an order that turns by one each round, until the rounds took `seconds`;
    at least `least_rounds`. `prepare` (name -> function) comes before a call and is not timed. Returns name -> Samples."""
    prepare = prepare or {}
    for name, call in calls.items():
        for _ in range(warmup):
            prepare.get(name, int)()
            call()
    names, samples = list(calls), {name: Samples() for name in calls}
    wall_clock, cpu_clock = time.perf_counter_ns, time.thread_time_ns
    gc.collect()
    gc.disable()
    try:
        began = wall_clock()
        for turn in range(most_rounds):
            if turn >= least_rounds and wall_clock() - began > seconds * 1e9:
                break
            for i in range(len(names)):
                name = names[(turn + i) % len(names)]
                call = calls[name]
                prepare.get(name, int)()
                cpu, wall = cpu_clock(), wall_clock()
                call()
                wall, cpu = wall_clock() - wall, cpu_clock() - cpu
                samples[name].wall.append(wall / 1e6)
                samples[name].cpu.append(cpu / 1e6)
    finally:
        gc.enable()
    return samples


def speedup(reference, ours, clock):
    """Median time of `reference` over that of `ours` (above 1: ours is faster), and the quartiles of the ratio over the rounds."""
    ratios = [r / o for r, o in zip(getattr(reference, clock), getattr(ours, clock)) if o > 0]
    low, _, high = statistics.quantiles(ratios, n=4) if len(ratios) > 1 else (ratios * 3)
    return reference.median(clock) / ours.median(clock), low, high


@contextmanager
def pinned(threads, cpus=None):
    """Holds this process, and the threads it makes meanwhile, to `threads` processors: the first of `cpus` or of those allowed."""
    before = os.sched_getaffinity(0)
    chosen = list(cpus or sorted(before))[:threads]
    if len(chosen) < threads:
        raise SystemExit(f"{threads} threads need {threads} processors; there are {len(chosen)}")
    os.sched_setaffinity(0, chosen)
    try:
        yield chosen
    finally:
        os.sched_setaffinity(0, before)


def machine():
    """The processor's name, how many there are, and the load of the last minute."""
    try:
        names = [line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")]
    except OSError:
        names = []
    return {"processor": names[0] if names else "unknown", "processors": len(os.sched_getaffinity(0)), "load": round(os.getloadavg()[0], 1)}


def describe(machine):
    return f"{machine['processor']}, {machine['processors']} processors, load {machine['load']}"


class CompileFailed(Exception):
    pass


def compile_model(ingot, model, output, flags=(), timeout=300):
    """`ingot compile`; seconds it took."""
    began = time.monotonic()
    command = [os.fspath(ingot), "-q", "compile", os.fspath(model), "-o", os.fspath(output), *flags]
    try:
        result = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=timeout)
    except subprocess.TimeoutExpired:
        raise CompileFailed(f"compiling took longer than {timeout} s") from None
    except OSError as error:
        raise CompileFailed(str(error)) from None
    if result.returncode:
        raise CompileFailed(result.stderr.strip() or f"exit status {result.returncode}")
    return time.monotonic() - began


def runtime_library(ingot):
    """libingot_runtime.so that belongs to a driver: build/X/bin/ingot -> build/X/lib."""
    library = Path(ingot).resolve().parents[1] / "lib" / "libingot_runtime.so"
    if not library.exists():
        raise SystemExit(f"{library}: not built (cmake --build --preset release)")
    return library


def milliseconds(value):
    return f"{value:.4f}" if value < 1 else f"{value:.3f}" if value < 10 else f"{value:.1f}"


def table(header, rows, markdown=False):
    """Lines of a table whose first column is flush left and whose others are flush right."""
    if markdown:
        return ["| " + " | ".join(row) + " |" for row in [header, ["---"] + ["--:"] * (len(header) - 1)] + rows]
    widths = [max(len(row[i]) for row in [header] + rows) for i in range(len(header))]
    return ["  ".join(cell.rjust(w) if i else cell.ljust(w) for i, (cell, w) in enumerate(zip(row, widths))).rstrip()
            for row in [header] + rows]
