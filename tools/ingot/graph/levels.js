//--- What is shown: groups are open or closed, boxes have sizes and places.

const data = JSON.parse(document.getElementById("data").textContent);
const LETTER = 6.7, SMALL = 5.9, GAP = 28, PAD = 16, HEAD = 36, LANE = 14;
let graph = null;

const count = n => {
  const units = ["", " k", " M", " G", " T"];
  let unit = 0;
  for (; n >= 1000 && unit < 4; ++unit) n /= 1000;
  return (unit === 0 || n >= 100 ? n.toFixed(0) : n.toFixed(1)) + units[unit];
};
const bytes = n => { const text = count(n); return text.includes(" ") ? text + "B" : text + " B"; };
const duration = us => us >= 1000 ? (us / 1000).toFixed(2) + " ms" : us.toFixed(us >= 100 ? 0 : 1) + " µs";
const cut = (text, letters) => text.length > letters ? text.slice(0, letters - 1) + "…" : text;
const percent = share => (100 * share).toFixed(share < .0995 ? 1 : 0) + "%";

for (const g of data.graphs) {
  g.open = new Set();
  g.unfolded = new Set(); // repeats that show all copies
  g.roots = [];
  g.nodes.forEach((node, id) => {
    node.id = id;
    node.children = [];
    node.viewTypes = new Set();
    node.path = node.parent < 0 ? [id] : [...g.nodes[node.parent].path, id]; // from the outermost group to the node
    const siblings = node.parent < 0 ? g.roots : g.nodes[node.parent].children;
    node.position = siblings.length;
    siblings.push(id);
  });
  for (const [from, to, type, views] of g.edges)
    if (views)
      for (const at of g.nodes[from].path) if (!g.nodes[to].path.includes(at)) g.nodes[at].viewTypes.add(type);
  for (const node of g.nodes) node.isGroup = node.children.length > 0;
  g.total = {};
  for (const key of ["flops", "bytes", "weights", "time"]) g.total[key] = g.roots.reduce((sum, id) => sum + g.nodes[id][key], 0);
  for (const key in g.levels) {
    const level = g.levels[key];
    level.portOf = new Map(level.ports.map(([leaf, isEntry], i) => [leaf + (isEntry ? " in" : " out"), g.nodes.length + i]));
  }
}

const isOpen = id => graph.open.has(id) && graph.nodes[id].isGroup;
const isFolded = id => graph.nodes[id].period > 0 && !graph.unfolded.has(id);
const levelOf = id => graph.levels[id >= 0 && isFolded(id) ? id + " folded" : id];
const visible = id => graph.nodes[id].path.find(at => !isOpen(at)) ?? id;
const inside = (id, group) => graph.nodes[id].path.includes(group);
const copyOf = (id, repeat) => Math.floor(id.position / repeat.period);

// A leaf of a copy that is not shown stands for the same of the first copy. `keys`: what the levels around it know it by.
function shownAs(leaf) {
  const keys = new Map();
  let id = leaf;
  for (let depth = 0; depth + 1 < graph.nodes[id].path.length; ++depth) {
    const path = graph.nodes[id].path, group = graph.nodes[path[depth]];
    if (isFolded(group.id)) id -= path[depth + 1] - group.children[graph.nodes[path[depth + 1]].position % group.period];
    keys.set(group.id, id);
  }
  return { id, keys };
}

const labelOf = node => (node.isGroup ? (isOpen(node.id) ? "− " : "+ ") : "") + cut(node.label, 44) + (node.copies ? "  ×" + node.copies : "");
const costText = node => {
  if (graph.total.time > 0 && node.kind !== "input" && node.kind !== "result")
    return node.time > 0 ? duration(node.time) + " · " + percent(node.time / graph.total.time) : "";
  const parts = [];
  if (node.flops >= 1000) parts.push(count(node.flops) + "flop");
  if (node.weights > 0) parts.push(bytes(node.weights) + " weights");
  return parts.join(", ");
};
const linesOf = node => [node.place && node.place !== node.label ? cut(node.place, 44) : "", costText(node)].filter(Boolean);
const typeOf = node => node.kind === "result" ? "" : cut(node.types[0] || "", 44) + (node.types.length > 1 ? " +" + (node.types.length - 1) : "");
const viewOf = node => { const [first, ...more] = node.viewTypes; return first ? "as " + cut(first, 40) + (more.length ? " +" + more.length : "") : ""; };

function boxOf(node) {
  const lines = linesOf(node), inner = isOpen(node.id) ? layout(node.id) : null;
  const head = labelOf(node).length * (node.isGroup ? LETTER + .9 : LETTER) + (inner && node.period > 0 ? 90 : 0);
  if (inner) return { width: Math.max(inner.width, head + 24), height: inner.height, inner };
  const letters = Math.max(head, ...[...lines, typeOf(node), viewOf(node)].map(text => text.length * SMALL), 60);
  return { width: letters + 20 + (node.copies ? 8 : 0), height: 24 + 12 * lines.length + (node.copies ? 8 : 0) };
}

// Moves a row's boxes to where they are wanted, in order and apart, with the least sum of weighted squares.
function spread(boxes, wanted, weights) {
  const blocks = [];
  let offset = 0;
  boxes.forEach((box, i) => {
    if (i) offset += (boxes[i - 1].width + box.width) / 2 + (boxes[i - 1].gap + box.gap) / 2;
    let block = { sum: (wanted[i] - offset) * weights[i], weight: weights[i], count: 1 };
    while (blocks.length && blocks[blocks.length - 1].sum / blocks[blocks.length - 1].weight > block.sum / block.weight) {
      const before = blocks.pop();
      block = { sum: before.sum + block.sum, weight: before.weight + block.weight, count: before.count + block.count };
    }
    blocks.push(block);
    box.offset = offset;
  });
  let at = 0;
  for (const block of blocks)
    for (let k = 0; k < block.count; ++k, ++at) boxes[at].x = block.sum / block.weight + boxes[at].offset;
}

// Lays out a level around its own origin. Open groups inside are laid out first. Boxes are known by row and entry.
function layout(group) {
  const level = levelOf(group), inner = { level, boxes: new Map(), rowOf: new Map(), routes: new Map(), near: new Map(), laneOf: new Map(), columns: [], wraps: new Map() };
  level.rows.forEach((row, r) => row.forEach(entry => {
    const isBox = entry >= 0 && !portAt(level, entry), box = isBox ? boxOf(graph.nodes[entry]) : { width: 2, height: 0 };
    box.gap = isBox ? GAP : 12;
    inner.boxes.set(r + ":" + entry, box);
    if (entry >= 0) inner.rowOf.set(entry, r);
  }));
  findRoutes(inner);
  placeRows(inner, group);
  placeInRows(inner);
  // Edges that go up have lanes at the right.
  const upwards = [...inner.routes].filter(([, route]) => !route).map(([key]) => Number(key.split(">")[0]));
  const lanes = new Set([...level.loops.map(([from]) => from), ...upwards]).size, padding = group < 0 ? 0 : PAD;
  const wrapped = lanes ? null : wrap(inner, group);
  const [low, high] = wrapped ? [0, wrapped] : extent(inner.boxes.values());
  for (const box of inner.boxes.values()) box.x += padding - low;
  for (const column of inner.columns) column.lane += padding;
  inner.right = high - low + padding;
  inner.width = inner.right + padding + (lanes ? (lanes + 1) * LANE + (level.loops.length ? 12 : 0) : 0);
  return inner;
}
const portAt = (level, entry) => level.ports[entry - graph.nodes.length];

// The way of each link: an entry, the passages of what leaves it, an entry; null where there is none from row to row. `near` has what
// each part of a way should stand below or above, and how much it matters.
function findRoutes(inner) {
  const { level, boxes, rowOf, routes, near } = inner, joined = new Set();
  const join = (a, b, shiftA, shiftB, weight) => {
    if (joined.has(a + ">" + b)) return;
    joined.add(a + ">" + b);
    for (const [one, other, shift] of [[a, b, shiftB - shiftA], [b, a, shiftA - shiftB]]) {
      if (!near.has(one)) near.set(one, []);
      near.get(one).push({ other, shift, weight, up: one === b });
    }
  };
  const read = new Set(level.links.map(([, to]) => to)); // what reads nothing here stands by its reader, and does not pull it aside
  for (const [from, to, leaf] of level.links) {
    const first = rowOf.get(from), last = rowOf.get(to), route = [first + ":" + from];
    for (let r = first + 1; r < last; ++r) route.push(r + ":" + (-1 - from));
    route.push(last + ":" + to);
    const isWay = last > first && route.every(key => boxes.has(key));
    routes.set(from + ">" + to, isWay ? route : null);
    for (let k = 1; isWay && k < route.length; ++k) {
      const begins = k === 1, ends = k + 1 === route.length;
      const weight = begins && ends && read.has(from) ? 2 : begins || ends ? .3 : 6;
      join(route[k - 1], route[k], begins ? portX(inner, from, leaf, " out") : 0, ends ? portX(inner, to, leaf, " in") : 0, weight);
    }
  }
}

// How far from the middle of an open box the edges of a leaf meet it.
function portX(inner, child, leaf, kind) {
  const box = inner.boxes.get(inner.rowOf.get(child) + ":" + child);
  if (!box.inner) return 0;
  const port = box.inner.level.portOf.get((kind === " out" ? shownAs(leaf).keys.get(child) : leaf) + kind);
  const found = port !== undefined && box.inner.boxes.get(box.inner.rowOf.get(port) + ":" + port);
  return found ? found.x - box.inner.width / 2 : 0;
}

// Rows below each other; ports on the border.
function placeRows(inner, group) {
  const { level, boxes } = inner;
  let y = group < 0 ? 0 : HEAD;
  level.rows.forEach((row, r) => {
    const list = row.map(entry => boxes.get(r + ":" + entry)), height = Math.max(0, ...list.map(box => box.height));
    spread(list, list.map((_, i) => (i - list.length / 2) * 120), list.map(() => 1));
    row.forEach((entry, i) => {
      list[i].y = portAt(level, entry)?.[1] ? 0 : y;
      list[i].rowHeight = height;
      if (entry < 0) list[i].height = height;
    });
    if (row.some(entry => portAt(level, entry))) return;
    const isLast = r + 1 === level.rows.length || level.rows[r + 1].some(entry => portAt(level, entry));
    y += height + (row.some(entry => entry >= 0 && !isOpen(entry) && viewOf(graph.nodes[entry])) ? 58 : 46) - (isLast ? 16 : 0);
  });
  inner.height = y;
}

// Each box towards its neighbours.
function placeInRows({ level, boxes, near }) {
  const sweeps = Math.max(16, Math.min(200, Math.floor(12000 / boxes.size)));
  for (let sweep = 0; sweep < sweeps; ++sweep)
    for (let i = 0; i < level.rows.length; ++i) {
      const r = sweep % 2 ? level.rows.length - 1 - i : i, keys = level.rows[r].map(entry => r + ":" + entry), all = sweep > sweeps / 3;
      const list = keys.map(key => boxes.get(key)), weights = [];
      const wanted = keys.map((key, k) => {
        const links = (near.get(key) || []).filter(link => all || link.up === (sweep % 2 === 0));
        const weight = links.reduce((sum, link) => sum + link.weight, 0);
        weights[k] = weight || .01;
        return weight ? links.reduce((sum, link) => sum + (boxes.get(link.other).x + link.shift) * link.weight, 0) / weight : list[k].x;
      });
      spread(list, wanted, weights);
    }
  // Rows as wholes go where the edges that should be straight are so in the mean: else what pulls every row a little leans the whole.
  level.rows.forEach((row, r) => {
    let sum = 0, weight = 0;
    for (const entry of row)
      for (const link of near.get(r + ":" + entry) || [])
        if (link.up && link.weight >= 2) { sum += (boxes.get(link.other).x + link.shift - boxes.get(r + ":" + entry).x) * link.weight; weight += link.weight; }
    if (weight) for (const entry of row) boxes.get(r + ":" + entry).x += sum / weight;
  });
}

function extent(boxes) {
  let low = Infinity, high = -Infinity;
  for (const box of boxes) { low = Math.min(low, box.x - box.width / 2); high = Math.max(high, box.x + box.width / 2); }
  return low > high ? [0, 0] : [low, high];
}

// A level that is much taller than wide goes on in columns beside each other. Returns the width of them all, or null.
function wrap(inner, group) {
  const { rows } = inner.level, { boxes } = inner, isPorts = r => rows[r].some(entry => portAt(inner.level, entry));
  if (rows.length < 8 || (group >= 0 && inner.height < 1300)) return null;
  const passing = rows.map(() => new Set()); // what crosses into a row
  for (const route of inner.routes.values()) for (let k = 1; k < route.length; ++k) passing[Number(route[k].split(":")[0])].add(route[k - 1]);
  const tops = rows.map((row, r) => boxes.get(r + ":" + row[0]).y);
  const cuts = findCuts(inner, group < 0 ? roomOf() : { width: 1400, height: 1000 }, tops, r => isPorts(r) || isPorts(r - 1) ? Infinity : passing[r].size);
  if (cuts.length === 1) return null;
  let x = 0;
  inner.height = 0;
  cuts.forEach((from, n) => {
    const own = rows.slice(from, cuts[n + 1]).flatMap((row, i) => row.map(entry => boxes.get(from + i + ":" + entry)));
    const [left, right] = extent(own), crossing = cuts[n + 1] ? passing[cuts[n + 1]].size : 0, shift = HEAD - tops[isPorts(from) ? from + 1 : from];
    for (const box of own) {
      box.x += x - left;
      if (box.y > 0 || !isPorts(from)) box.y += shift;
      box.column = n;
    }
    const bottom = Math.max(...own.map(box => box.y + box.rowHeight)) + 34;
    inner.columns.push({ bottom, lane: x + right - left + 20 });
    inner.height = Math.max(inner.height, bottom + 6 * crossing);
    x += right - left + (cuts[n + 1] ? 40 + 8 * crossing : 0);
  });
  rows.forEach((row, r) => row.forEach(entry => { if (portAt(inner.level, entry)?.[1] === false) boxes.get(r + ":" + entry).y = inner.height; }));
  return x;
}

// The first rows of columns that fill a room well, where few edges pass.
function findCuts(inner, room, tops, passing) {
  const { level: { rows }, boxes, height } = inner;
  let width = 0; // of the widest row
  rows.forEach((row, r) => { const [low, high] = extent(row.map(entry => boxes.get(r + ":" + entry))); width = Math.max(width, high - low); });
  const scale = n => Math.min(1, room.width / (n * (width + 80)), room.height / (height / n + 60));
  let best = 1;
  for (let n = 2; n <= 24; ++n) if (scale(n) > 1.15 * scale(best)) best = n;
  const cuts = [0], reach = height / best / 2;
  for (let n = 1; n < best; ++n) {
    let cut = -1, least = Infinity;
    for (let r = cuts[cuts.length - 1] + 2; r < rows.length; ++r) {
      const far = Math.abs(tops[r] - n * height / best), cost = passing(r) + 2 * far / reach;
      if (passing(r) <= 16 && far < reach && cost < least) [cut, least] = [r, cost];
    }
    if (cut > 0) cuts.push(cut);
  }
  return cuts;
}

// Absolute places, from the root down.
function settle(inner, left, top) {
  Object.assign(inner, { left, top });
  for (const [key, box] of inner.boxes) {
    box.left = left + box.x - box.width / 2;
    box.top = top + box.y;
    const entry = Number(key.split(":")[1]);
    if (entry >= 0 && entry < graph.nodes.length) graph.nodes[entry].box = box;
    if (!box.inner) continue;
    // Where the label is wider than what is inside, that stands in the middle.
    settle(box.inner, box.left + (box.width - box.inner.width) / 2, box.top);
  }
}

// The area a drawing is fitted into.
function roomOf() {
  const area = stage.getBoundingClientRect();
  return { width: Math.max(50, area.width - 40), height: Math.max(50, area.height - 40) };
}

// Opens modules, outer ones first, while the whole stays legible.
function openStart() {
  const { width, height } = roomOf();
  graph.open.clear();
  graph.unfolded.clear();
  const scale = () => { const size = layout(-1); return Math.min(width / Math.max(1, size.width), height / Math.max(1, size.height)); };
  const opens = id => graph.nodes[id].kind === "module" || graph.nodes[id].period > 0;
  let queue = graph.roots.filter(opens);
  for (let tries = 0; queue.length && tries < 48; ++tries) {
    const id = queue.shift(), node = graph.nodes[id];
    if (node.children.length > 200 && !node.period) continue;
    const before = scale();
    graph.open.add(id);
    if (scale() < Math.min(graph.open.size > 1 ? .7 : .5, .9 * before)) graph.open.delete(id);
    else queue.push(...(node.period ? node.children.slice(0, node.period) : node.children).filter(opens));
  }
}
