"""Transformers compiled once for all sequence lengths: answers beside ONNX Runtime's and the interpreter's, caches that grow, their limits."""
import subprocess
import sys

import ingot_test
import peers
from peers import np

TOOLS = ingot_test.SOURCE / "tools" / "bench"
LAYERS, HEADS, SIZE, VOCABULARY, ROOM = 2, 4, 8, 50, 24
CACHES = [f"{i}.{kind}" for i in range(LAYERS) for kind in ("key", "value")]
ALIASES = [word for name in CACHES for word in ("--alias", f"past.{name}=present.{name}")]
SIZES = ["--dim", "batch=1", "--dim", "seq=1..8", "--dim", f"past=0..{ROOM}"]


class Transformers(peers.PeerCase):
    def test_lengths_agree_with_onnx_runtime(self):
        """BERT and GPT-2 of two layers: prompts of several lengths, then 22 tokens one at a time, with one thread and with three."""
        for threads in ("1", "3"):
            done = subprocess.run([sys.executable, "-B", str(TOOLS / "transformers"), "--small", "--lengths", "1", "3", "17", "40",
                                   "--steps", "22", "--seconds", "0", "--threads", threads, "--ingot", str(ingot_test.INGOT)],
                                  capture_output=True, text=True)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def decoder(self, *flags):
        model = self.work / "gpt2.onnx"
        subprocess.run([sys.executable, "-B", str(TOOLS / "models" / "gpt2.py"), "-o", str(model), "--layers", str(LAYERS), "--width",
                        str(HEADS * SIZE), "--heads", str(HEADS), "--vocabulary", str(VOCABULARY), "--positions", "64", *flags], check=True)
        return model

    def feeds(self, lengths):
        rng, words = np.random.default_rng(2), []
        for i, length in enumerate(lengths):
            path = self.work / f"ids{i}.npy"
            np.save(path, rng.integers(0, VOCABULARY, (1, length)))
            words += (["--then"] if i else []) + ["--input", f"input_ids={path}"]
        return words

    def logits(self, folder, count):
        return [np.load(self.work / folder / str(i + 1) / "logits.npy") for i in range(count)]

    def ingot(self, *words):
        return subprocess.run([str(word) for word in words], capture_output=True, text=True)

    def test_calls_find_the_state(self):
        model, lengths = self.decoder(), [5, 1, 1, 8, 1]
        feeds = self.feeds(lengths)
        session, past = peers.onnx_runtime(model), {f"past.{n}": np.zeros((1, HEADS, 0, SIZE), np.float32) for n in CACHES}
        expected = []
        for i in range(len(lengths)):
            logits, *present = session.run(None, {"input_ids": np.load(self.work / f"ids{i}.npy"), **past})
            past = dict(zip(past, present))
            expected.append(logits)
        executable, library = self.work / "gpt2", self.work / "gpt2.so"
        for target in (executable, library):
            done = self.ingot(ingot_test.INGOT, "compile", model, *SIZES, *ALIASES, "-o", target)
            self.assertEqual(done.returncode, 0, done.stderr)
        ways = {"interpreter": [ingot_test.INGOT, "run", model, "--reference", *SIZES, *ALIASES],
                "compiled in memory": [ingot_test.INGOT, "run", model, *SIZES, *ALIASES],
                "sizes taken from the inputs": [ingot_test.INGOT, "run", model, *SIZES[4:], *ALIASES],
                "executable": [executable], "library": [ingot_test.INGOT, "run", library],
                "executable's image": [ingot_test.INGOT, "run", executable]}
        for number, (way, command) in enumerate(ways.items()):
            done = self.ingot(*command, *feeds, "--output-dir", self.work / f"out{number}")
            self.assertEqual(done.returncode, 0, f"{way}: {done.stderr}")
            for i, (got, want) in enumerate(zip(self.logits(f"out{number}", len(lengths)), expected)):
                self.assertEqual(peers.difference(got, want), "", f"{way}, call {i + 1}")

        text = self.ingot(ingot_test.INGOT, "inspect", library).stdout
        self.assertIn(f"(state; holds 0 to {ROOM} of 'past' along dim 2, after a call seq+past)", text)
        for threads in ("2", "5"):
            done = self.ingot(ingot_test.INGOT, "run", library, *feeds, "--threads", threads, "--output-dir", self.work / threads)
            self.assertEqual(done.returncode, 0, done.stderr)
            for got, want in zip(self.logits(threads, len(lengths)), self.logits("out4", len(lengths))):
                self.assertEqual(got.tobytes(), want.tobytes(), f"{threads} threads")

    def test_a_cache_of_fixed_size_is_written_at_a_position(self):
        """Where a position's one-hot says so, and by ScatterND; the answer is the cache's sum up to the position."""
        import onnx_model as onnx
        rows, width = 6, 4
        onehot = [onnx.node("Equal", ["places", "at"], ["hot"]), onnx.node("Unsqueeze", ["hot", "last"], ["column"]),
                  onnx.node("Where", ["column", "x", "cache"], ["next"])]
        scatter = [onnx.node("Unsqueeze", ["at", "last"], ["index"]), onnx.node("ScatterND", ["cache", "index", "x"], ["next"])]
        for name, nodes in (("onehot", onehot), ("scatter", scatter)):
            nodes = nodes + [onnx.node("ReduceSum", ["next", "first"], ["sum"])]
            model = self.work / f"{name}.onnx"
            model.write_bytes(onnx.model(nodes, [onnx.value("x", [1, width]), onnx.value("at", [1], onnx.INT64), onnx.value("cache", [rows, width])],
                                         [onnx.value("sum", [1, width]), onnx.value("next", [rows, width])],
                                         [onnx.tensor("places", [rows], list(range(rows)), onnx.INT64), onnx.tensor("last", [1], [1], onnx.INT64),
                                          onnx.tensor("first", [1], [0], onnx.INT64)]))
            words, cache, expected = [], np.zeros((rows, width), np.float32), []
            for i, at in enumerate([0, 1, 5, 1]):
                x = np.full((1, width), i + 1, np.float32)
                cache[at] = x
                expected.append(cache.sum(0, keepdims=True))
                np.save(self.work / f"x{i}.npy", x)
                np.save(self.work / f"at{i}.npy", np.array([at]))
                words += (["--then"] if i else []) + ["--input", f"x={self.work / f'x{i}.npy'}", "--input", f"at={self.work / f'at{i}.npy'}"]
            for way in (["--reference"], []):
                folder = self.work / f"{name}{len(way)}"
                done = self.ingot(ingot_test.INGOT, "run", model, *way, "--alias", "cache=next", *words, "--output-dir", folder)
                self.assertEqual(done.returncode, 0, done.stderr)
                for i, want in enumerate(expected):
                    np.testing.assert_array_equal(np.load(folder / str(i + 1) / "sum.npy"), want, f"{name} {way}, call {i + 1}")

    def test_inputs_that_carry_the_length_are_checked_against_it(self):
        """An attention mask of past + seq places and explicit positions; a batch of two, one of them padded on the left."""
        model = self.decoder("--mask", "1")
        session, past = peers.onnx_runtime(model), {f"past.{n}": np.zeros((2, HEADS, 0, SIZE), np.float32) for n in CACHES}
        words, expected, rng, total = [], [], np.random.default_rng(4), 0
        for i, length in enumerate([6, 1, 3]):
            total += length
            mask = np.ones((2, total), np.int64)
            mask[1, :2] = 0
            feed = {"input_ids": rng.integers(0, VOCABULARY, (2, length)), "attention_mask": mask,
                    "position_ids": np.maximum(mask.cumsum(1) - 1, 0)[:, -length:]}
            logits, *present = session.run(None, {**feed, **past})
            past = dict(zip(past, present))
            expected.append(logits)
            words += ["--then"] if i else []
            for name, value in feed.items():
                np.save(self.work / f"{name}{i}.npy", value)
                words += ["--input", f"{name}={self.work / f'{name}{i}.npy'}"]
        sizes = ["--dim", "batch=1..2", *SIZES[2:]]
        for number, way in enumerate((["--reference"], [])):
            done = self.ingot(ingot_test.INGOT, "run", model, *way, *sizes, *ALIASES, *words, "--output-dir", self.work / f"out{number}")
            self.assertEqual(done.returncode, 0, done.stderr)
            for i, (got, want) in enumerate(zip(self.logits(f"out{number}", 3), expected)):
                self.assertEqual(peers.difference(got, want), "", f"{way}, call {i + 1}")
        short = words[:words.index("--then") + 1] + [w.replace("mask1", "mask0") for w in words[7:13]]
        done = self.ingot(ingot_test.INGOT, "run", model, *sizes, *ALIASES, *short)
        self.assertEqual(done.returncode, 1)
        self.assertIn("input 'attention_mask': got i64[2,6], want i64[batch,seq+past]", done.stderr)
        self.assertIn("(the state holds past = 6)", done.stderr)

    def test_overflow_is_an_error(self):
        model = self.decoder()
        feeds = self.feeds([8, 8, 7, 2])
        for way in (["--reference"], []):
            done = self.ingot(ingot_test.INGOT, "run", model, *way, *SIZES, *ALIASES, *feeds)
            self.assertEqual(done.returncode, 1)
            self.assertIn(f"call 4: state 'past.0.key' holds 23 of at most {ROOM} along 'past' and would hold 25 after this call", done.stderr)

    def test_a_state_that_grows_starts_empty(self):
        model = self.decoder()
        done = self.ingot(ingot_test.INGOT, "compile", model, "--dim", "batch=1", "--dim", "seq=1..8", "--dim", "past=1..24", *ALIASES,
                          "-o", self.work / "m")
        self.assertEqual(done.returncode, 1)
        self.assertIn("a state that grows starts empty: give 'past' a range from 0 to the most it may hold", done.stderr)


if __name__ == "__main__":
    ingot_test.main()
