//--- The side: the whole, one box, what a search finds; the legend

const tell = (name, parent, text, attributes) => {
  const element = document.createElement(name);
  if (text !== undefined) element.textContent = text;
  for (const key in attributes) element[key] = attributes[key];
  if (parent) parent.append(element);
  return element;
};
function field(list, name, value) {
  if (!value) return;
  tell("dt", list, name);
  tell("dd", list, value);
}
const edgeText = ([from, , type, views]) => graph.nodes[from].label + ": " + (views ? views.join(", ") : type);

function summarize() {
  side.replaceChildren();
  tell("h2", side, data.heading);
  const { facts, entries } = data.summary, list = tell("dl", side, undefined, { className: "facts" });
  for (const [name, value] of facts) field(list, name, value);
  for (const entry of entries) {
    if (entry.title) tell("h2", side, "Entry point " + entry.title);
    for (const title of ["Inputs", "Results", "Inputs with a default"]) {
      const values = entry[title];
      if (!values.length) continue;
      tell("h3", side, title + " (" + values.length + ")");
      const own = tell("dl", side);
      for (const [name, type] of values.slice(0, 100)) field(own, name || "(no name)", type);
    }
  }
  if (graph && graph.total.time > 0) timeTable(graph.roots.length ? graph.nodes.filter(node => node.time > 0 && (node.kind === "kernel" || !node.isGroup)) : []);
  else if (graph && graph.nodes.some(node => node.isGroup)) tell("p", side, "Click a box to open it; drag to move, turn the wheel to zoom.");
}

// The boxes that take longest, the longest first.
function timeTable(nodes) {
  const sorted = nodes.filter(node => node.time > 0).sort((a, b) => b.time - a.time);
  if (!sorted.length) return;
  tell("h3", side, "Time by kernel");
  const table = tell("table", side, undefined, { id: "times" });
  for (const node of sorted.slice(0, 200)) {
    const row = tell("tr", table, undefined, { className: "hit" });
    tell("td", row, duration(node.time), { className: "number" });
    tell("td", row, percent(node.time / graph.total.time), { className: "number" });
    const name = tell("td", row, node.label);
    if (node.name) tell("div", name, cut(node.name, 60), { className: "sub" });
    row.addEventListener("click", () => reveal(node.id));
  }
}

function describe(id) {
  const node = graph.nodes[id], within = graph.nodes.filter(other => other.kind === "kernel" && inside(other.id, id) && other.id !== id);
  side.replaceChildren();
  tell("button", side, "Summary").addEventListener("click", () => { picked = -1; draw(); summarize(); });
  tell("h2", side, node.label + (node.copies ? " ×" + node.copies : ""));
  if (node.period > 0) {
    const folds = !isFolded(id);
    tell("button", side, folds ? "Show one of " + node.copies : "Show all " + node.copies).addEventListener("click", () => toggleFold(id));
  }
  const list = tell("dl", side);
  field(list, "kind", node.kind + (node.copies ? ": " + node.copies + " of one structure" : ""));
  field(list, "name in the model", node.name);
  field(list, node.types.length === 1 ? "type" : "types", node.types.slice(0, 40).join("\n"));
  field(list, "reads", [...new Set(graph.edges.filter(e => inside(e[1], id) && !inside(e[0], id)).map(edgeText))].slice(0, 40).join("\n"));
  field(list, "read by", [...new Set(graph.edges.filter(e => inside(e[0], id) && !inside(e[1], id)).map(e => graph.nodes[e[1]].label))].slice(0, 40).join("\n"));
  field(list, "time", node.time > 0 ? duration(node.time) + ", " + percent(node.time / graph.total.time) + " of a call" : "");
  field(list, "operations", node.flops ? count(node.flops) + "flop" : "");
  field(list, "bytes moved", node.bytes ? bytes(node.bytes) : "");
  field(list, "weights", node.weights ? bytes(node.weights) : "");
  for (const [name, value] of node.notes || []) field(list, name, value);
  timeTable(within);
}

function search(text) {
  const wanted = text.trim().toLowerCase();
  if (!wanted || !graph) return summarize();
  const hits = graph.nodes.filter(node => (node.label + "\n" + (node.name || "") + "\n" + node.types.join("\n")).toLowerCase().includes(wanted));
  side.replaceChildren();
  tell("h2", side, hits.length + " found");
  for (const node of hits.slice(0, 200))
    tell("button", side, node.label + (node.name ? " · " + cut(node.name, 60) : ""), { className: "hit" }).addEventListener("click", () => reveal(node.id));
}

// Opens what is around a box, all copies of repeats that it is not in the first of, and goes there.
function reveal(id) {
  for (const at of graph.nodes[id].path.slice(0, -1)) {
    const group = graph.nodes[at], child = graph.nodes[graph.nodes[id].path[graph.nodes[at].path.length]];
    graph.open.add(at);
    if (group.period > 0 && copyOf(child, group) > 0) graph.unfolded.add(at);
  }
  picked = id;
  draw();
  const box = graph.nodes[id].box, area = stage.getBoundingClientRect();
  view.k = Math.max(view.k, .8);
  view.x = area.width / 2 - (box.left + box.width / 2) * view.k;
  view.y = area.height / 2 - (box.top + box.height / 2) * view.k;
  move();
  zoomed = true;
}

function legend() {
  const list = byId("legend"), kinds = new Set(graph ? graph.nodes.map(node => node.kind) : []);
  list.replaceChildren();
  const row = (text, paint) => {
    paint(make("svg", { viewBox: "0 0 44 18" }, list));
    tell("span", list, text);
  };
  const boxes = [["input", "input or result"], ["kernel", "kernel: ops that run as one"], ["op", graph && graph.title === "Commands" ? "command" : "op"],
                 ["module", "module: nodes whose names share a prefix"], ["repeat", "repeat: one structure ×n, one copy shown"], ["region", "branch or loop"]];
  for (const [kind, text] of boxes)
    if (kinds.has(kind)) row(text, svg => {
      const element = make("g", { class: "node " + kind }, svg);
      if (kind === "repeat") for (const at of [4, 2]) make("rect", { class: "stack", x: 4 + at, y: 1 + at, width: 30, height: 11, rx: 3 }, element);
      make("rect", { class: "box", x: 4, y: 1, width: kind === "repeat" ? 30 : 36, height: kind === "repeat" ? 11 : 15, rx: 3 }, element);
    });
  const edge = (text, kind) => row(text, svg => make("path", { class: "edge" + kind, d: "M2 9H40" }, svg));
  if (graph && graph.edges.length) edge("value: from what gives it to what reads it", "");
  if (graph && graph.edges.some(([, , , views]) => views)) edge("value under other dims: a reshape, which costs nothing", " view");
  if (graph && graph.nodes.some(node => node.period > 0)) edge("to the next copy of a repeat", " loop");
  if (graph && graph.total.time > 0) row("share of a call's time: none to all", svg => {
    for (let i = 0; i < 12; ++i) make("rect", { x: 4 + 3 * i, y: 3, width: 3, height: 11, fill: heat(i / 11) }, svg);
  });
  if (graph) row("bar: share of the whole", svg => make("rect", { class: "cost", x: 4, y: 8, width: 26, height: 3 }, svg));
}
