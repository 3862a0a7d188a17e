"""`ingot inspect --graph`: the page is opened and clicked in a real browser; hostile names stay text; the .svg is XML."""
import os
import unittest
import xml.etree.ElementTree as xml
from pathlib import Path

import ingot_test
from browser import Browser
from onnx_model import data, model, node, number, tensor, value

HOSTILE = '</script><script>document.title="owned"</script><img src=x onerror=alert(1)>&"\''

VISIBLE = "return [...document.querySelectorAll('#world .node > .label')].map(e => e.textContent)"
TEXTS = "return [...document.querySelectorAll('#world text')].map(e => e.textContent)"
# Pairs of closed boxes that share more than a hair of area.
OVERLAPS = """
const boxes = [...document.querySelectorAll('#world .node')].filter(e => !e.classList.contains('open'))
  .map(e => ({ r: e.querySelector('.box').getBoundingClientRect(), t: e.querySelector('.label').textContent }));
const bad = [];
boxes.forEach((a, i) => boxes.slice(0, i).forEach(b => {
  const w = Math.min(a.r.right, b.r.right) - Math.max(a.r.left, b.r.left), h = Math.min(a.r.bottom, b.r.bottom) - Math.max(a.r.top, b.r.top);
  if (w > 1 && h > 1) bad.push(a.t + ' / ' + b.t);
}));
return bad"""
CLICK = """
const hit = [...document.querySelectorAll('#world .node')].find(e => e.querySelector('.label').textContent === arguments[0]);
if (!hit) return false;
hit.dispatchEvent(new MouseEvent('click', { bubbles: true }));
return true"""
TAB = "[...document.querySelectorAll('#tabs button')].find(b => b.textContent === arguments[0]).click()"


def blocks(count, width=8):
    """A chain of residual blocks with names of modules; weights too large to be constants."""
    nodes, weights, current = [], [], "x"
    for i in range(count):
        name = f"/encoder/block{i}"
        weights.append(tensor(f"w{i}", [width, 64], [0.01] * (width * 64)))
        weights.append(tensor(f"v{i}", [64, width], [0.01] * (width * 64)))
        nodes += [node("MatMul", [current, f"w{i}"], [f"a{i}"], name=name + "/up/MatMul"), node("Relu", [f"a{i}"], [f"r{i}"], name=name + "/Relu"),
                  node("MatMul", [f"r{i}", f"v{i}"], [f"b{i}"], name=name + "/down/MatMul"),
                  node("Add", [f"b{i}", current], [f"c{i}"], name=name + "/Add")]
        current = f"c{i}"
    nodes.append(node("Softmax", [current], ["y"], name="/head/Softmax"))
    return model(nodes, [value("x", ["batch", width])], [value("y", ["batch", width])], weights)


class Graph(ingot_test.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.browser = Browser()
        cls.addClassCleanup(cls.browser.close)

    def draw(self, model_bytes, *flags, name="model.onnx", output="graph.html"):
        (self.work / name).write_bytes(model_bytes)
        self.run_program(ingot_test.INGOT, "inspect", self.work / name, "--graph", self.work / output, *flags)
        return self.work / output

    def show(self, path):
        self.browser.open(path)
        self.assertEqual(self.browser.problems(), [])

    def check(self):
        self.assertEqual(self.browser.script(OVERLAPS), [])
        self.assertEqual(self.browser.problems(), [])

    def picture(self, name):
        folder = os.environ.get("INGOT_TEST_PICTURES")
        if folder:
            self.browser.screenshot(Path(folder) / f"{name}.png")

    def test_kernels_open_and_close(self):
        self.show(self.draw(blocks(4), "--dim", "batch=1..16"))
        closed = self.browser.script(VISIBLE)
        self.assertTrue(any(label.startswith("+ ") for label in closed), closed)
        self.assertIn("f32[batch,8]", self.browser.script(TEXTS))
        self.check()
        self.picture("kernels")
        named = next(label for label in closed if "softmax" in label)
        self.assertTrue(self.browser.script(CLICK, named))
        self.assertRegex(self.browser.script("return document.getElementById('side').textContent"), r"composites\s*softmax")
        self.assertTrue(self.browser.script(CLICK, "− " + named.removeprefix("+ ")))
        group = next(label for label in closed if label.startswith("+ "))
        self.assertTrue(self.browser.script(CLICK, group))
        opened = self.browser.script(VISIBLE)
        self.assertIn("− " + group[2:], opened)
        self.assertGreater(len(opened), len(closed))
        self.assertIn("operations", self.browser.script("return document.getElementById('side').textContent"))
        self.check()
        self.picture("kernel-open")
        self.assertTrue(self.browser.script(CLICK, "− " + group[2:]))
        self.assertEqual(sorted(self.browser.script(VISIBLE)), sorted(closed))

    def test_modules_search_and_memory(self):
        self.show(self.draw(blocks(4), "--dim", "batch=1..16"))
        self.browser.script(TAB, "Model")
        self.assertIn("+ encoder", self.browser.script(VISIBLE))
        self.assertTrue(self.browser.script(CLICK, "+ encoder"))
        self.assertIn("+ block2", self.browser.script(VISIBLE))
        self.assertTrue(self.browser.script(CLICK, "+ block2"))
        self.assertIn("dot_general", self.browser.script(VISIBLE))
        self.assertIn("f32[batch,64]", self.browser.script(TEXTS))
        self.check()
        self.picture("modules")
        self.browser.script("document.getElementById('openall').click()")
        self.assertIn("softmax", self.browser.script(VISIBLE))  # whole, under its name
        self.check()
        self.picture("modules-open")
        self.browser.script("document.getElementById('closeall').click()")
        self.browser.script("const s = document.getElementById('search'); s.value = 'block3/down'; s.dispatchEvent(new Event('input'))")
        self.assertIn("1 found", self.browser.script("return document.getElementById('side').textContent"))
        self.browser.script("document.querySelector('.hit').click()")
        self.assertEqual(self.browser.script("return document.querySelectorAll('.picked').length"), 1)
        self.browser.script(TAB, "Memory")
        self.assertGreater(self.browser.script("return document.querySelectorAll('#world .value').length"), 1)
        self.assertEqual(self.browser.problems(), [])
        self.picture("memory")

    def test_artifact(self):
        (self.work / "model.onnx").write_bytes(blocks(2))
        artifact = self.compile(self.work / "model.onnx", "m.so", "--dim", "batch=1..4")
        self.run_program(ingot_test.INGOT, "inspect", artifact, "--graph", self.work / "graph.html")
        self.show(self.work / "graph.html")
        self.assertIn("f32[batch,8]", self.browser.script(TEXTS))
        self.assertIn("x", self.browser.script(VISIBLE))
        self.check()

    def test_hostile_names_stay_text(self):
        nodes = [node("Relu", ["in"], ["mid"], name=HOSTILE), node("Tanh", ["mid"], [HOSTILE], name="{{document}}/" + HOSTILE)]
        drawn = self.draw(model(nodes, [value("in", [2, HOSTILE])], [value(HOSTILE, [2, HOSTILE])], name=HOSTILE), "--dim", f"{HOSTILE}=1..4")
        self.assertNotIn("<img", drawn.read_text().split("<script", 1)[1].split('id="data">', 1)[1].split("</script>")[0])
        self.show(drawn)
        self.assertEqual(self.browser.script("return document.title"), "model")
        self.assertEqual(self.browser.script("return document.querySelectorAll('img, script').length"), 2)
        self.browser.script("document.getElementById('openall').click()")
        self.check()

    def test_two_thousand_ops(self):
        self.show(self.draw(blocks(500), "--dim", "batch=1"))
        self.browser.script(TAB, "Model")
        self.assertLess(len(self.browser.script(VISIBLE)), 10)
        self.assertTrue(self.browser.script(CLICK, "+ encoder"))
        self.assertEqual(sum("block" in label for label in self.browser.script(VISIBLE)), 500)
        self.assertEqual(self.browser.problems(), [])

    def test_svg_is_xml(self):
        nodes = [node("Relu", ["in"], ["mid"], name=HOSTILE), node("Tanh", ["mid"], [HOSTILE], name="t")]
        text = self.draw(model(nodes, [value("in", [2, 3])], [value(HOSTILE, [2, 3])]), output="graph.svg").read_text()
        root = xml.fromstring(text)
        texts = [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")]
        self.assertIn("in", texts)
        self.assertIn("f32[2,3]", texts)
        self.show(self.draw(blocks(3), "--dim", "batch=1", output="blocks.svg"))
        self.picture("svg")

    def test_refusals(self):
        (self.work / "model.onnx").write_bytes(blocks(1))
        for path, message in (("graph.png", "ends in .html or .svg"), ("nowhere/graph.svg", "nowhere/graph.svg")):
            error = self.run_program(ingot_test.INGOT, "inspect", self.work / "model.onnx", "--dim", "batch=1", "--graph", self.work / path, status=1)[1]
            self.assertIn(message, error)


ingot_test.main()
