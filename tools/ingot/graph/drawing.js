//--- Boxes and edges

const byId = id => document.getElementById(id);
const stage = byId("stage"), world = byId("world"), side = byId("side");
let costOf = "flops", picked = -1;

const make = (name, attributes, parent, text) => {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const key in attributes) element.setAttribute(key, attributes[key]);
  if (text !== undefined) element.textContent = text;
  if (parent) parent.appendChild(element);
  return element;
};

function draw() {
  world.replaceChildren();
  const root = layout(-1);
  settle(root, 0, 0);
  graph.root = root;
  const back = make("g", {}, world), edges = make("g", {}, world), front = make("g", {}, world);
  const paint = id => {
    const node = graph.nodes[id], open = isOpen(id), box = node.box;
    paintBox(node, open ? back : front, front);
    if (open) for (const row of box.inner.level.rows) for (const child of row) if (child >= 0 && child < graph.nodes.length) paint(child);
  };
  for (const row of root.level.rows) for (const id of row) if (id >= 0) paint(id);
  drawEdges(edges);
}

// The share of the whole that a box's colour tells, where a profile is given.
const heat = share => "hsl(24 92% " + (97 - 42 * Math.sqrt(Math.min(1, share))) + "%)";

function paintBox(node, layer, heads) {
  const open = isOpen(node.id), box = node.box, { left, top } = box, stacked = node.copies && !open ? 8 : 0;
  const width = box.width - stacked, height = box.height - stacked, middle = left + width / 2;
  const classes = ["node", node.kind, node.isGroup && "group", open && "open", node.id === picked && "picked"].filter(Boolean).join(" ");
  const element = make("g", { class: classes, "data-id": node.id }, layer);
  make("title", {}, element, [node.label, node.name, ...node.types].filter(Boolean).join("\n"));
  for (let at = stacked; at > 0; at -= 4) make("rect", { class: "stack", x: left + at, y: top + at, width, height, rx: 5 }, element);
  const rect = make("rect", { class: "box", x: left, y: top, width, height, rx: 5 }, element);
  if (!open && node.time > 0) rect.style.fill = heat(node.time / graph.total.time);
  const share = graph.total[costOf] > 0 ? node[costOf] / graph.total[costOf] : 0;
  if (share > 0 && !open) make("rect", { class: "cost", x: left + 3, y: top + height - 3, width: (width - 6) * Math.min(1, share), height: 3 }, element);
  const head = open ? make("g", { class: "head", "data-id": node.id }, heads) : element;
  if (open) make("text", { class: "label", x: left + 10, y: top + 17 }, head, labelOf(node));
  else make("text", { class: "label", "text-anchor": "middle", x: middle, y: top + 16 }, element, labelOf(node));
  if (!open) {
    linesOf(node).forEach((line, i) => make("text", { class: line === costText(node) && node.time > 0 ? "time" : "sub", "text-anchor": "middle", x: middle, y: top + 29 + 12 * i }, element, line));
    const bottom = top + box.height + 12, type = typeOf(node), view = viewOf(node);
    if (type) make("text", { class: "type", "text-anchor": "middle", x: left + box.width / 2, y: bottom }, element, type);
    if (view) make("text", { class: "view-label", "text-anchor": "middle", x: left + box.width / 2, y: bottom + 12 }, element, view);
  } else if (node.period > 0) {
    const fold = make("text", { class: "fold sub", "text-anchor": "end", x: left + width - 10, y: top + 17 }, head, isFolded(node.id) ? "show all " + node.copies : "show one");
    fold.addEventListener("click", event => { event.stopPropagation(); if (!dragged) toggleFold(node.id); });
  }
  for (const part of new Set([element, head])) part.addEventListener("click", event => { event.stopPropagation(); if (!dragged) pick(node.id, node.isGroup); });
  element.addEventListener("mouseenter", () => light(node.id, true));
  element.addEventListener("mouseleave", () => light(node.id, false));
}

const innerOf = group => group < 0 ? graph.root : graph.nodes[group].box.inner;
const entryBox = (inner, entry) => inner.boxes.get(inner.rowOf.get(entry) + ":" + entry);

// The way along a link of a level: points, of which straight ones are reached by a line. A point that bends turns right above the next.
function follow(inner, from, to, points) {
  const route = inner.routes.get(from + ">" + to), target = entryBox(inner, to), source = entryBox(inner, from);
  if (!target || !source) return;
  if (!route) return goAround(inner, source, target, points);
  // Past what is taller beside it.
  const last = points[points.length - 1], below = source.top + source.rowHeight;
  if (below > last.y + 1) points.push({ x: last.x, y: below, straight: true });
  for (let k = 1; k < route.length; ++k) {
    const before = inner.boxes.get(route[k - 1]), box = inner.boxes.get(route[k]), x = box.left + box.width / 2;
    if (before.column !== box.column) toNextColumn(inner, route[k - 1], before.column, box, points);
    if (k + 1 < route.length) points.push({ x, y: box.top }, { x, y: box.top + box.height, straight: true });
  }
}
// Around what stands between the source's bottom and the target's top, by a lane at the right.
function goAround(inner, source, target, points) {
  if (!inner.laneOf.has(source)) inner.laneOf.set(source, inner.laneOf.size + 1);
  const lane = inner.laneOf.get(source), x = inner.left + inner.right + LANE * lane, last = points[points.length - 1];
  const bottom = source.top + source.rowHeight + 10 + 3 * (lane % 3), top = target.top - 11;
  points.push({ x: last.x, y: bottom, straight: true }, { x, y: bottom, straight: true }, { x, y: top, straight: true, isLane: true }, { x: 0, y: top, straight: true, bends: true });
}
function toNextColumn(inner, key, column, target, points) {
  if (!inner.wraps.has(key)) inner.wraps.set(key, [...inner.wraps.keys()].filter(other => inner.boxes.get(other).column === column).length);
  const lane = inner.wraps.get(key), { bottom, lane: left } = inner.columns[column], last = points[points.length - 1];
  const x = inner.left + left + 8 * lane, y = inner.top + bottom - 8 + 6 * lane, top = target.top - 14 - 3 * (lane % 5);
  points.push({ x: last.x, y, straight: true }, { x, y, straight: true }, { x, y: top, straight: true }, { x: 0, y: top, straight: true, bends: true });
}

// The way of a leaf's edge between two boxes that are shown.
function routeOf(a, b, source, keys) {
  const up = graph.nodes[a].path, down = graph.nodes[b].path;
  let shared = 0;
  while (shared < up.length - 1 && shared < down.length - 1 && up[shared] === down[shared]) ++shared;
  const start = graph.nodes[a].box, points = [{ x: start.left + start.width / 2, y: start.top + start.height }];
  for (let depth = up.length - 1; depth > shared; --depth) {
    const group = up[depth - 1], inner = innerOf(group), port = inner.level.portOf.get(keys.get(group) + " out"), box = port === undefined ? null : entryBox(inner, port);
    if (!box) continue;
    follow(inner, up[depth], port, points);
    points.push({ x: box.left + box.width / 2, y: box.top });
  }
  follow(innerOf(shared ? up[shared - 1] : -1), up[shared], down[shared], points);
  for (let depth = shared; depth < down.length - 1; ++depth) {
    const group = down[depth], inner = innerOf(group), port = inner.level.portOf.get(source + " in"), box = port === undefined ? null : entryBox(inner, port);
    if (!box) continue;
    points.push({ x: box.left + box.width / 2, y: box.top });
    follow(inner, port, down[depth + 1], points);
  }
  return points;
}

function pathText(points) {
  points.forEach((point, i) => { if (point.bends) { point.x = points[i + 1].x; points[i + 1].straight = true; } });
  let { x, y } = points[0], text = "M" + x + " " + y;
  for (const point of points.slice(1)) {
    const middle = (y + point.y) / 2;
    text += point.straight || Math.abs(point.x - x) < .5 ? "L" + point.x + " " + point.y : "C" + x + " " + middle + " " + point.x + " " + middle + " " + point.x + " " + point.y;
    ({ x, y } = point);
  }
  return text;
}

function drawEdges(layer) {
  const drawn = new Map(), toBorder = [], reached = new Set(), arrivals = new Map();
  graph.touching = new Map();
  const add = (a, b, source, keys, type, views) => {
    const key = a + ">" + b;
    if (!drawn.has(key)) {
      drawn.set(key, { a, b, points: routeOf(a, b, source, keys), types: new Set(), views: new Set() });
      if (!arrivals.has(b)) arrivals.set(b, []);
      arrivals.get(b).push(drawn.get(key));
    }
    drawn.get(key).types.add(type);
    for (const view of views || []) drawn.get(key).views.add(view);
  };
  for (const [from, to, type, views] of graph.edges) {
    const up = graph.nodes[from].path, down = graph.nodes[to].path;
    // Copies that are not shown: what is inside one is in the first as well, what leads to the next is a loop.
    let hidden = false, border = -1;
    for (let depth = 0; depth + 1 < down.length && !hidden && border < 0; ++depth) {
      const repeat = graph.nodes[down[depth]];
      if (!isOpen(repeat.id)) break;
      if (!isFolded(repeat.id)) continue;
      const isInside = up[depth] === repeat.id && depth + 1 < up.length, copy = copyOf(graph.nodes[down[depth + 1]], repeat);
      if (isInside) hidden = copy > 0 || copyOf(graph.nodes[up[depth + 1]], repeat) !== copy;
      else if (copy > 0) border = repeat.id;
    }
    if (hidden) continue;
    const shown = shownAs(from), a = visible(shown.id), b = border >= 0 ? border : visible(to);
    if (a === b || inside(a, b) || inside(b, a)) continue;
    if (border >= 0) toBorder.push([a, b, from, shown.keys, type, views]);
    else {
      add(a, b, from, shown.keys, type, views);
      for (const at of down) reached.add(a + ">" + at);
    }
  }
  for (const edge of toBorder) if (!reached.has(edge[0] + ">" + edge[1])) add(...edge);
  for (const [b, list] of arrivals) { // side by side at the top of a box
    const box = graph.nodes[b].box, step = Math.min(14, box.width * .7 / Math.max(1, list.length - 1));
    list.sort((one, other) => one.points[one.points.length - 1].x - other.points[other.points.length - 1].x);
    list.forEach((edge, i) => {
      edge.points.push({ x: box.left + box.width / 2 + (i - (list.length - 1) / 2) * step, y: box.top });
    });
  }
  for (const { a, b, points, types, views } of drawn.values()) {
    const line = make("path", { class: "edge" + (views.size ? " view" : "") + (points.some(point => point.isLane) ? " back" : ""), d: pathText(points), "data-from": a, "data-to": b }, layer);
    make("title", {}, line, views.size ? [...views].join("\n") : [...types].join("\n"));
    touch(line, a, b);
  }
  const visit = group => {
    const inner = innerOf(group);
    drawLoops(inner, group, layer);
    for (const entry of inner.rowOf.keys()) if (entry < graph.nodes.length && isOpen(entry)) visit(entry);
  };
  visit(-1);
}

function touch(line, ...ends) {
  for (const end of ends) {
    if (!graph.touching.has(end)) graph.touching.set(end, []);
    graph.touching.get(end).push(line);
  }
}

// What leads from a copy to the next, around the one that is shown.
function drawLoops(inner, group, layer) {
  let labelled = null;
  for (const [from, to, type] of inner.level.loops) {
    const source = entryBox(inner, from), target = entryBox(inner, to), points = [{ x: source.left + source.width - 16, y: source.top + source.height }];
    goAround(inner, source, target, points);
    const corner = points.find(point => point.isLane), { copies } = graph.nodes[group];
    points.push({ x: target.left + target.width - 16, y: target.top });
    const line = make("path", { class: "edge loop", d: pathText(points), "data-from": from, "data-to": to }, layer);
    make("title", {}, line, "to the next of " + copies + ": " + type);
    if (inner.laneOf.get(source) === inner.laneOf.size && !labelled) labelled = make("text", { class: "loop-label", x: corner.x + 4, y: (source.top + source.height + target.top) / 2 }, layer, "×" + (copies - 1));
    touch(line, from, to);
  }
}

function light(id, on) {
  for (const line of graph.touching.get(id) || []) line.classList.toggle("lit", on);
}
