"""Random small models, every way to run each against the reference interpreter.

As a test: the seeds below. By hand: `differential_test.py SEED..SEED [--forms N] [--keep DIR]` prints one line per model that fails, and
counts; INGOT names another driver.
"""
import argparse
import collections
import os
import shutil
import subprocess
import sys
import tempfile
import traceback
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
import graphs
import ingot_test
import tensors

INGOT = os.environ.get("INGOT", str(ingot_test.INGOT))
TEST_SEEDS = range(1, 61)
BATCHES = (1, 3, 16)
THREADS = (1, 2, 4)
# Ways to compile beside the JIT for this machine; how many of them a model goes through is `forms`, by turns.
FORMS = ("jit x86-64-v2", "jit x86-64-v3", "jit x86-64-v4", "jit strict", "jit -O0", "shared portable", "executable portable")


class Failure(Exception):
    pass


class Unsupported(Exception):
    pass


class Case:
    def __init__(self, seed, folder):
        self.model = graphs.Model(seed)
        self.folder = folder
        self.path = folder / "model.onnx"
        self.path.write_bytes(self.model.data)

    def command(self, *words, what):
        words = [str(w) for w in words]
        try:
            done = subprocess.run(words, capture_output=True, text=True, errors="replace", timeout=120, stdin=subprocess.DEVNULL)
        except subprocess.TimeoutExpired:
            raise Failure(f"{what}: longer than 120 s") from None
        if done.returncode == 1 and "not supported" in done.stderr:
            raise Unsupported(done.stderr)
        if done.returncode:
            raise Failure(f"{what}: exit status {done.returncode}: {done.stderr.strip()[-600:]}")

    def results(self, words, inputs, what):
        """Runs a command that takes --input and --output-dir; the folder of results."""
        folder = self.folder / what.replace(" ", "-")
        self.command(*words, *[w for text in inputs for w in ("--input", text)], "--output-dir", folder, what=what)
        return folder

    def compare(self, expected, actual, what, same=False):
        names = sorted(p.name for p in expected.iterdir())
        if names != sorted(p.name for p in actual.iterdir()):
            raise Failure(f"{what}: other results")
        coarsest = {f"{t.name}.npy": t.coarsest for t in self.model.outputs}
        for name in names:
            if same:
                wrong = None if (expected / name).read_bytes() == (actual / name).read_bytes() else f"{what}: bits of {name} differ"
            else:
                wrong = tensors.difference(expected / name, actual / name, f"{what}: {name}", coarsest.get(name))
            if wrong:
                raise Failure(wrong)

    def with_threads(self, words, inputs, expected, what, threads=THREADS):
        first = None
        for count in threads:
            folder = self.results([*words, "--threads", count], inputs, f"{what} {count}")
            if first is None:
                first = folder
                self.compare(expected, folder, what)
            else:
                self.compare(first, folder, f"{what}: {count} threads", same=True)

    def compiled(self, name, *flags):
        output = self.folder / name
        dims = ["--dim", f"batch=1..{max(BATCHES)}"] if self.model.symbolic else []
        self.command(INGOT, "compile", self.path, "-o", output, *dims, *flags, what=f"compile {name}")
        return output

    def check(self, forms):
        batches = BATCHES if self.model.symbolic else BATCHES[:1]
        artifacts = {}
        for batch in batches:
            data = self.folder / f"batch{batch}"
            data.mkdir()
            inputs = self.model.write_inputs(data, batch)
            expected = self.results([INGOT, "run", self.path, "--reference"], inputs, f"reference {batch}")
            if batch == batches[0]:
                self.with_threads([INGOT, "run", self.path], inputs, expected, "jit")
                for form in forms:
                    kind, _, choice = form.partition(" ")
                    if kind == "jit":
                        flag = {"strict": "--numerics=strict", "-O0": "-O0"}.get(choice, f"--mcpu={choice}")
                        self.results([INGOT, "run", self.path, flag], inputs, form)
                        self.compare(expected, self.folder / form.replace(" ", "-"), form)
            if self.model.symbolic and not artifacts:
                artifacts["open batch"] = [INGOT, "run", self.compiled("native.so", "--mcpu=native")]
            if "shared portable" in forms and "shared" not in artifacts:
                artifacts["shared"] = [INGOT, "run", self.compiled("portable.so")]
            if "executable portable" in forms and "executable" not in artifacts:
                artifacts["executable"] = [self.compiled("executable")]
            for what, words in artifacts.items():
                self.with_threads(words, inputs, expected, f"{what} batch {batch}", THREADS if batch == batches[-1] else (2,))


def check(seed, forms_count, keep=None):
    """(outcome, text) of one seed; outcome: passed, failed, unsupported."""
    folder = Path(tempfile.mkdtemp(prefix=f"ingot-seed{seed}-"))
    forms = [FORMS[(seed * forms_count + i) % len(FORMS)] for i in range(min(forms_count, len(FORMS)))]
    outcome, text = "passed", ""
    try:
        Case(seed, folder).check(forms)
    except Unsupported as error:
        outcome, text = "unsupported", str(error).strip()
    except Failure as error:
        outcome, text = "failed", str(error)
    except Exception:
        outcome, text = "failed", "the generator failed: " + traceback.format_exc()
    if keep and outcome != "passed":
        shutil.copytree(folder, Path(keep) / f"seed{seed}", dirs_exist_ok=True)
    shutil.rmtree(folder, ignore_errors=True)
    return outcome, text


class Differential(ingot_test.TestCase):
    pass


def add_case(seed):
    def run(self):
        outcome, text = check(seed, 1)
        self.assertEqual(outcome, "passed", text)

    setattr(Differential, f"test_seed_{seed:03}_{graphs.Model(seed).family}", run)


def by_hand():
    parser = argparse.ArgumentParser()
    parser.add_argument("seeds")
    parser.add_argument("--forms", type=int, default=2)
    parser.add_argument("--keep")
    options = parser.parse_args()
    first, _, last = options.seeds.partition("..")
    counts = collections.Counter()
    for seed in range(int(first), int(last or first) + 1):
        outcome, text = check(seed, options.forms, options.keep)
        counts[outcome] += 1
        if outcome != "passed":
            print(f"seed {seed} {outcome}: {' | '.join(text.splitlines())}", flush=True)
    print(", ".join(f"{n} {outcome}" for outcome, n in sorted(counts.items())))
    return 1 if counts["failed"] else 0


if len(sys.argv) > 1 and sys.argv[1][0].isdigit():
    sys.exit(by_hand())
for number in TEST_SEEDS:
    add_case(number)
ingot_test.main()
