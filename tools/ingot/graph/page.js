//--- Moving about, tabs, the arena

let view = { x: 0, y: 0, k: 1 }, zoomed = false; // zoomed: the user has chosen what to see

function move() { world.setAttribute("transform", "translate(" + view.x + " " + view.y + ") scale(" + view.k + ")"); }
function fit() {
  const area = roomOf(), size = graph ? graph.root : world.getBBox(), tall = size.height + (graph ? 8 : 0);
  view.k = Math.min(1.4, area.width / Math.max(1, size.width), area.height / Math.max(1, tall));
  view.x = 20 + (area.width - size.width * view.k) / 2 - (graph ? 0 : size.x * view.k);
  view.y = 20 + (area.height - tall * view.k) / 2 - (graph ? 0 : size.y * view.k);
  zoomed = false;
  move();
}
// Draws again; the box stays where it is.
function drawAround(id, change) {
  const before = graph.nodes[id].box, wasX = before.left, wasY = before.top;
  change();
  draw();
  const after = graph.nodes[id].box;
  view.x += (wasX - after.left) * view.k;
  view.y += (wasY - after.top) * view.k;
  zoomed = true;
  move();
  describe(id);
  legend();
}
function pick(id, toggles) {
  drawAround(id, () => {
    picked = id;
    if (toggles && !graph.open.delete(id)) {
      graph.open.add(id);
      if (graph.nodes[id].kind === "repeat") graph.unfolded.delete(id);
    }
  });
}
function toggleFold(id) {
  drawAround(id, () => {
    graph.open.add(id);
    if (!graph.unfolded.delete(id)) graph.unfolded.add(id);
  });
}

let drag = null, dragged = false;
stage.addEventListener("pointerdown", event => { drag = { x: event.clientX - view.x, y: event.clientY - view.y, fromX: event.clientX, fromY: event.clientY }; dragged = false; });
window.addEventListener("pointermove", event => {
  if (!drag) return;
  if (Math.abs(event.clientX - drag.fromX) + Math.abs(event.clientY - drag.fromY) > 4) dragged = zoomed = true;
  view.x = event.clientX - drag.x;
  view.y = event.clientY - drag.y;
  move();
});
window.addEventListener("pointerup", () => { drag = null; });
stage.addEventListener("click", () => { if (!dragged && graph && picked >= 0) { picked = -1; draw(); summarize(); } });
stage.addEventListener("wheel", event => {
  event.preventDefault();
  const area = stage.getBoundingClientRect(), x = event.clientX - area.left, y = event.clientY - area.top;
  const k = Math.min(4, Math.max(.02, view.k * Math.exp(-event.deltaY / 500)));
  view.x = x - (x - view.x) * k / view.k;
  view.y = y - (y - view.y) * k / view.k;
  view.k = k;
  zoomed = true;
  move();
}, { passive: false });
window.addEventListener("resize", () => { if (!zoomed) fit(); });
window.addEventListener("keydown", event => { if (event.key === "f" && event.target === document.body) fit(); });

// Time from left to right, addresses from bottom to top.
function drawMemory() {
  graph = null;
  world.replaceChildren();
  const values = data.memory.values, steps = Math.max(1, ...values.map(v => v.last + 1)), top = Math.max(1, ...values.map(v => v.offset + v.bytes));
  const width = Math.max(700, Math.min(steps * 14, 4000)), height = 480, x = t => t / steps * width, y = b => height - b / top * height;
  make("text", { class: "label", x: 0, y: -12 }, world, "arena: " + bytes(top) + " over " + steps + " commands");
  make("line", { x1: 0, y1: height, x2: width, y2: height, stroke: "#5b6770" }, world);
  make("text", { class: "sub", x: 0, y: height + 14 }, world, "command 0");
  make("text", { class: "sub", x: width, y: height + 14, "text-anchor": "end" }, world, "command " + (steps - 1));
  values.forEach((v, i) => {
    const element = make("g", { class: "node value" }, world);
    const box = { x: x(v.first), y: y(v.offset + v.bytes), width: x(v.last + 1) - x(v.first), height: Math.max(.5, y(v.offset) - y(v.offset + v.bytes)) };
    make("rect", { ...box, fill: "hsl(" + i * 47 % 360 + " 60% 72%)", stroke: "#fff", "stroke-width": .5 }, element);
    if (box.width > v.type.length * 6 && box.height > 12) make("text", { class: "sub", x: box.x + 3, y: box.y + 11 }, element, v.type);
    make("title", {}, element, v.type + "\n" + bytes(v.bytes) + " at " + v.offset + "\ncommands " + v.first + " to " + v.last);
    element.addEventListener("click", () => {
      side.replaceChildren();
      const list = tell("dl", side);
      for (const [name, value] of [["type", v.type], ["bytes", v.bytes_text], ["offset", v.offset_text], ["written by", v.first + ": " + data.memory.commands[v.first]], ["last read by", v.last + ": " + data.memory.commands[v.last]]])
        field(list, name, String(value));
    });
  });
}

function overview() {
  openStart();
  draw();
  fit();
  summarize();
  legend();
}
function show(index) {
  [...byId("tabs").children].forEach((button, i) => button.classList.toggle("on", i === index));
  picked = -1;
  if (index < data.graphs.length) {
    graph = data.graphs[index];
    return overview();
  }
  drawMemory();
  fit();
  summarize();
  legend();
}
const openAll = on => {
  if (!graph) return;
  graph.open.clear();
  graph.unfolded.clear();
  if (on) for (const node of graph.nodes) if (node.isGroup) graph.open.add(node.id);
  draw();
  fit();
};
byId("heading").textContent = data.heading;
document.title = data.heading;
[...data.graphs.map(g => g.title), "Memory"].forEach((title, i) => {
  if (i === data.graphs.length && !data.memory.values.length) return;
  tell("button", byId("tabs"), title).addEventListener("click", () => show(i));
});
if (data.graphs.some(g => g.total.time > 0)) {
  tell("option", byId("cost"), "bar: time", { value: "time" });
  byId("cost").value = costOf = "time";
}
byId("openall").addEventListener("click", () => openAll(true));
byId("closeall").addEventListener("click", () => openAll(false));
byId("start").addEventListener("click", () => { if (graph) overview(); });
byId("fit").addEventListener("click", () => fit());
byId("cost").addEventListener("change", event => { costOf = event.target.value; if (graph) draw(); });
byId("search").addEventListener("input", event => search(event.target.value));
show(0);
