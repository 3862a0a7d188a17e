"""What tests of `inspect --graph` share: a page that is opened and clicked in a real browser, and what must hold of every drawing."""
import os
from pathlib import Path

import ingot_test
from browser import Browser

LABELS = "return [...document.querySelectorAll('#world .label')].map(e => e.textContent)"
TEXTS = "return [...document.querySelectorAll('#world text')].map(e => e.textContent)"
SIDE = "return document.getElementById('side').textContent"
LEGEND = "return document.getElementById('legend').textContent"
CLICK = """
const hit = [...document.querySelectorAll('#world .label, #world .fold')].find(e => e.textContent === arguments[0]);
if (!hit) return false;
hit.dispatchEvent(new MouseEvent('click', { bubbles: true }));
return true"""
TAB = "[...document.querySelectorAll('#tabs button')].find(b => b.textContent === arguments[0]).click()"

# What is wrong with what is drawn. Boxes are nested as their nodes are and else apart; edges have heads, end at the top of a box and
# run through no box that is closed.
FAULTS = """
const faults = [], boxes = new Map(), SLACK = 1.01;
for (const element of document.querySelectorAll('#world .node[data-id]')) {
  const rects = [...element.querySelectorAll('.box, .stack')].map(e => e.getBBox());
  boxes.set(Number(element.dataset.id), {
    left: Math.min(...rects.map(r => r.x)), right: Math.max(...rects.map(r => r.x + r.width)),
    top: Math.min(...rects.map(r => r.y)), bottom: Math.max(...rects.map(r => r.y + r.height)), open: element.classList.contains('open') });
}
const name = id => graph.nodes[id].kind + ' ' + graph.nodes[id].label;
for (const [id, box] of boxes) {
  const parent = graph.nodes[id].parent;
  if (parent < 0) continue;
  const around = boxes.get(parent);
  if (!around || !around.open) faults.push(name(id) + ' without ' + name(parent));
  else if (box.left < around.left || box.right > around.right || box.top < around.top || box.bottom > around.bottom) faults.push(name(id) + ' outside ' + name(parent));
}
const list = [...boxes];
list.forEach(([a, one], i) => list.slice(0, i).forEach(([b, other]) => {
  if (graph.nodes[a].path.includes(b) || graph.nodes[b].path.includes(a)) return;
  const width = Math.min(one.right, other.right) - Math.max(one.left, other.left), height = Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top);
  if (width > SLACK && height > SLACK) faults.push(name(a) + ' over ' + name(b));
}));
const closed = list.filter(([, box]) => !box.open);
// The corners of a path's lines, and points on its curves: what lies between two of the list is no wider than they are.
const pointsOf = path => {
  const points = [];
  for (const [, kind, numbers] of path.getAttribute('d').matchAll(/([MLC])([^MLC]*)/g)) {
    const n = numbers.trim().split(/[ ,]+/).map(Number), last = points[points.length - 1];
    if (kind === 'C') for (let t = 1 / 16; t < 1; t += 1 / 16) {
      const mix = k => (1 - t) ** 3 * (k ? last.y : last.x) + 3 * t * (1 - t) ** 2 * n[k] + 3 * t * t * (1 - t) * n[2 + k] + t ** 3 * n[4 + k];
      points.push({ x: mix(0), y: mix(1), curved: true });
    }
    points.push({ x: n[n.length - 2], y: n[n.length - 1], curved: kind === 'C' });
  }
  return points;
};
for (const path of document.querySelectorAll('#world path.edge')) {
  const from = Number(path.dataset.from), to = Number(path.dataset.to), edge = name(from) + ' -> ' + name(to);
  const head = /url\\("?#([^")]+)"?\\)/.exec(getComputedStyle(path).markerEnd), points = pointsOf(path);
  if (!head || !document.getElementById(head[1])?.querySelector('path')) faults.push(edge + ' has no head');
  const start = points[0], end = points[points.length - 1], source = boxes.get(from), target = boxes.get(to);
  if (!source || !target) { faults.push(edge + ' between what is not drawn'); continue; }
  if (Math.abs(end.y - target.top) > SLACK || end.x < target.left || end.x > target.right) faults.push(edge + ' does not end at its box');
  if (Math.abs(start.y - source.bottom) > SLACK || start.x < source.left || start.x > source.right) faults.push(edge + ' does not begin at its box');
  points.forEach((point, i) => {
    const before = point.curved || !i ? point : points[i - 1], low = Math.min(before.x, point.x), high = Math.max(before.x, point.x);
    const upper = Math.min(before.y, point.y), lower = Math.max(before.y, point.y);
    if (high - low > SLACK && lower - upper > SLACK) faults.push(edge + ' has a line that slants');
    for (const [id, box] of closed)
      if (id !== from && id !== to && high > box.left + 2 && low < box.right - 2 && lower > box.top + 2 && upper < box.bottom - 2) { faults.push(edge + ' runs through ' + name(id)); break; }
  });
}
return faults"""
# Whether the whole drawing is to be seen: how far it reaches beyond the area, in pixels.
BEYOND = """
const area = document.getElementById('stage').getBoundingClientRect(), drawn = document.getElementById('world').getBoundingClientRect();
return Math.max(area.left - drawn.left, area.top - drawn.top, drawn.right - area.right, drawn.bottom - area.bottom)"""


class PageTest(ingot_test.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.browser = Browser()
        cls.addClassCleanup(cls.browser.close)

    drawn = {}  # by model and flags: several tests look at one picture

    def draw(self, model_bytes, *flags, output="graph.html"):
        (self.work / "model.onnx").write_bytes(model_bytes)
        key = (model_bytes, flags, Path(output).suffix)
        if key not in self.drawn:
            self.run_program(ingot_test.INGOT, "inspect", self.work / "model.onnx", "--graph", self.work / output, *flags)
            self.drawn[key] = (self.work / output).read_bytes()
        (self.work / output).write_bytes(self.drawn[key])
        return self.work / output

    def show(self, path):
        self.browser.open(path)
        self.assertEqual(self.browser.problems(), [])

    def tab(self, title):
        self.browser.script(TAB, title)

    def click(self, label):
        self.assertTrue(self.browser.script(CLICK, label), f"{label!r} is not among {self.labels()}")

    def labels(self):
        return self.browser.script(LABELS)

    def side(self):
        return self.browser.script(SIDE)

    def button(self, id):
        self.browser.script("document.getElementById(arguments[0]).click()", id)

    def check(self, whole=False):
        self.assertEqual(self.browser.script(FAULTS), [])
        self.assertEqual(self.browser.problems(), [])
        if whole:
            self.assertLessEqual(self.browser.script(BEYOND), 0)

    def check_all_states(self):
        """As the page opens, everything open with one copy of each repeat and with all, everything closed."""
        self.check(whole=True)
        self.button("openall")
        self.check(whole=True)
        self.browser.script("for (const node of graph.nodes) if (node.period > 0) graph.unfolded.add(node.id); draw(); fit()")
        self.check(whole=True)
        self.button("closeall")
        self.check(whole=True)
        self.button("start")

    def picture(self, name):
        folder = os.environ.get("INGOT_TEST_PICTURES")
        if folder:
            self.browser.screenshot(Path(folder) / f"{name}.png")
