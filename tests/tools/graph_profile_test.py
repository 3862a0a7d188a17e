"""`ingot inspect --graph --profile`: times of a profile on boxes, modules and in the table; files that are none are refused."""
import json

import graph_models
import ingot_test
from graph_page import LEGEND, TEXTS, PageTest

SIZES = ("--dim", "batch=1", "--dim", "seq=16")


class Profile(PageTest):
    def bench(self, path, *flags, output="trace.json"):
        self.run_program(ingot_test.INGOT, "bench", path, "--iterations", 2, "--warmup", 1, "--trace", self.work / output, *flags)
        return self.work / output

    def times(self):
        return self.browser.script("return [...document.querySelectorAll('#times tr')].map(row => [...row.cells].map(cell => cell.textContent))")

    def check_times(self, trace):
        """The boxes and the table tell what the trace does."""
        events = json.loads(trace.read_text())["traceEvents"]
        total = sum(event["dur"] for event in events)
        self.assertAlmostEqual(self.browser.script("return graph.total.time"), total, delta=total * 1e-9)
        drawn = self.browser.script("return graph.nodes.filter(node => node.time > 0 && (node.kind === 'kernel' || !node.isGroup)).map(node => node.time)")
        self.assertEqual(len(drawn), sum(event["dur"] > 0 for event in events))
        for mine, theirs in zip(sorted(drawn), sorted(event["dur"] for event in events if event["dur"] > 0)):
            self.assertAlmostEqual(mine, theirs, delta=theirs * 1e-9)
        shown = self.browser.script("return [...document.querySelectorAll('#times tr')].map(row => parseFloat(row.cells[0].textContent) * (row.cells[0].textContent.endsWith('ms') ? 1000 : 1))")
        self.assertEqual(len(shown), len(drawn))
        self.assertEqual(shown, sorted(shown, reverse=True))
        self.assertAlmostEqual(shown[0], max(drawn), delta=max(drawn) * 0.01 + 0.1)
        self.assertTrue(any("µs · " in text or "ms · " in text for text in self.browser.script(TEXTS)))
        self.assertIn("share of a call's time", self.browser.script(LEGEND))
        self.assertIn("time of a call", self.side())

    def test_model(self):
        (self.work / "m.onnx").write_bytes(graph_models.encoder())
        trace = self.bench(self.work / "m.onnx", *SIZES)
        self.run_program(ingot_test.INGOT, "inspect", self.work / "m.onnx", *SIZES, "--graph", self.work / "g.html", "--profile", trace)
        self.show(self.work / "g.html")
        self.check_times(trace)
        self.check_all_states()
        self.picture("profile")
        # What a module takes is what its kernels take, which the commands' names tell apart.
        sums = self.browser.script("""
            return graph.nodes.filter(node => node.kind === 'module' || node.kind === 'repeat')
              .map(node => [node.time, node.children.reduce((sum, id) => sum + graph.nodes[id].time, 0)])""")
        self.assertGreater(len(sums), 12)
        for whole, parts in sums:
            self.assertAlmostEqual(whole, parts, delta=whole * 1e-9)
        # Boxes that take longer are darker.
        lights = self.browser.script("""
            return [...document.querySelectorAll('#world .node:not(.open)')].map(e => [graph.nodes[e.dataset.id].time, getComputedStyle(e.querySelector('.box')).fill])
              .filter(([time]) => time > 0).sort((a, b) => a[0] - b[0]).map(([, fill]) => fill.match(/[0-9.]+/g).slice(0, 3).reduce((sum, part) => sum + Number(part), 0))""")
        self.assertGreater(len(lights), 3)
        self.assertEqual(lights, sorted(lights, reverse=True))
        self.assertLess(lights[-1], lights[0])
        self.browser.script("document.querySelector('#times tr').click()")
        self.assertEqual(self.browser.script("return document.querySelectorAll('.picked').length"), 1)
        self.check()
        self.tab("Commands")
        self.check_times(trace)

    def test_artifact(self):
        (self.work / "m.onnx").write_bytes(graph_models.encoder(3))
        artifact = self.compile(self.work / "m.onnx", "m.so", "--dim", "batch=1", "--dim", "seq=1..16")
        trace = self.bench(artifact)
        self.run_program(ingot_test.INGOT, "inspect", artifact, "--graph", self.work / "g.html", "--profile", trace)
        self.show(self.work / "g.html")
        self.check_times(trace)
        # The other form in which bench tells times.
        document = self.run_program(ingot_test.INGOT, "--json", "bench", artifact, "--iterations", 2, "--profile")[0]
        (self.work / "bench.json").write_text(document)
        self.run_program(ingot_test.INGOT, "inspect", artifact, "--graph", self.work / "g.html", "--profile", self.work / "bench.json")
        self.show(self.work / "g.html")
        self.assertAlmostEqual(self.browser.script("return graph.total.time"), sum(c["microseconds"] for c in json.loads(document)["commands"]), delta=1e-3)

    def test_loop(self):
        (self.work / "m.onnx").write_bytes(graph_models.loop())
        trace = self.bench(self.work / "m.onnx", "--input", "rounds=zeros", "--input", "limit=zeros")
        self.run_program(ingot_test.INGOT, "inspect", self.work / "m.onnx", "--graph", self.work / "g.html", "--profile", trace)
        self.show(self.work / "g.html")
        events = json.loads(trace.read_text())["traceEvents"]
        whole = next(event["dur"] for event in events if event["name"] == "while")
        for title in ("Kernels", "Commands"):  # a loop takes what it took as a whole, however often its commands ran
            self.tab(title)
            times = dict(self.browser.script("return graph.nodes.filter(node => node.kind === 'region').map(node => [node.label, node.time])"))
            self.assertAlmostEqual(times["while"], whole, delta=whole * 1e-9)
        inner = next(i for i, event in enumerate(events) if event["name"] == "while")
        total = sum(event["dur"] for event in events[:inner + 1]) + sum(event["dur"] for event in events[inner + 1:] if event["name"] == "copy")
        self.assertAlmostEqual(self.browser.script("return graph.total.time"), total, delta=total * 1e-6)

    def test_svg(self):
        (self.work / "m.onnx").write_bytes(graph_models.blocks(2))
        trace = self.bench(self.work / "m.onnx", "--dim", "batch=2")
        self.run_program(ingot_test.INGOT, "inspect", self.work / "m.onnx", "--dim", "batch=2", "--graph", self.work / "g.svg", "--profile", trace)
        self.assertIn(" µs", (self.work / "g.svg").read_text())

    def test_refusals(self):
        (self.work / "m.onnx").write_bytes(graph_models.blocks(2))
        (self.work / "other.onnx").write_bytes(graph_models.encoder(1))
        other = self.bench(self.work / "other.onnx", *SIZES, output="other.json")
        whole = json.loads(self.bench(self.work / "m.onnx", "--dim", "batch=2").read_text())
        cases = {"text": ("abc", "is no profile"), "list": ("[]", "is no profile"), "kind": ('{"traceEvents": 5}', "is no profile"),
                 "nameless": ('{"traceEvents": [{"dur": 1}]}', "entry 0 of 'traceEvents' has no name or no time"),
                 "timeless": ('{"commands": [{"name": "a"}]}', "entry 0 of 'commands' has no name or no time"),
                 "negative": ('{"commands": [{"name": "a", "microseconds": -4}]}', "has no name or no time"),
                 "other": (other.read_text(), "command 0 is 'compare_"),
                 "short": (json.dumps({"traceEvents": whole["traceEvents"][:-1]}), f"has {len(whole['traceEvents']) - 1} commands, m {len(whole['traceEvents'])}")}
        for name, (text, message) in cases.items():
            with self.subTest(name):
                (self.work / f"{name}.json").write_text(text)
                error = self.run_program(ingot_test.INGOT, "inspect", self.work / "m.onnx", "--dim", "batch=2", "--graph", self.work / "g.html", "--profile",
                                         self.work / f"{name}.json", status=1)[1]
                self.assertIn(message, error)
                self.assertIn(f"--profile {self.work / name}.json", error)
                self.assertEqual(error.count("\n"), 1)
                self.assertFalse((self.work / "g.html").exists())
        error = self.run_program(ingot_test.INGOT, "inspect", self.work / "m.onnx", "--graph", self.work / "g.html", "--profile", self.work / "none.json", status=1)[1]
        self.assertIn("none.json", error)
        error = self.run_program(ingot_test.INGOT, "inspect", self.work / "m.onnx", "--profile", other, status=1)[1]
        self.assertIn("--graph", error)



ingot_test.main()
