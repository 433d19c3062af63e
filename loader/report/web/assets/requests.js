// The filter is the views' in common.
const filter = { text: "", host: "", types: new Set(), failed: false };

function passes(r) {
  return (!filter.types.size || filter.types.has(r.type)) && (!filter.host || r.host === filter.host) &&
    (!filter.failed || !!r.failed) && (!filter.text || filter.text.split(/\s+/).every(w => r.search.includes(w)));
}

// bar draws the phases of a request, and how long it took.
function requestBar(r, axis) {
  const parts = [];
  for (const [p, from, to] of r.spans) {
    if (to > from) parts.push(piece("seg p-" + phases[p] + (p === 1 ? " thin" : ""), from, to, axis));
  }
  if (!parts.length) {
    const dot = piece("dot p-" + (r.blocked ? "blocked" : "wait"), r.from, r.from, axis);
    dot.style.width = "";
    parts.push(dot);
  }
  const s = stepByID.get(r.id);
  if (s) parts.push(piece("seg crit", s.from, s.to, axis));
  const label = h("span", { class: "took" }, time(r.took));
  if (axis.at(r.to) > 88) label.style.right = (100 - axis.at(r.from)) + "%";
  else label.style.left = axis.at(r.to) + "%";
  parts.push(label);
  return parts;
}

// sayBar is the bar in words.
function sayBar(r) {
  const sums = phaseSums(r).map(([p, us]) => p + " " + time(us)).join(", ");
  return "starts at " + time(r.from) + ", takes " + time(r.took) + (sums ? ": " + sums : "") + (stepByID.has(r.id) ? "; on the critical path" : "");
}

function phaseSums(r) {
  const sums = new Map();
  for (const [p, from, to] of r.spans) sums.set(p, (sums.get(p) || 0) + to - from);
  return [...sums].sort((a, b) => a[0] - b[0]).map(([p, us]) => [phases[p], us]);
}

function nameCell(r) {
  return [h("span", { class: "file" }, r.file), h("span", { class: "at" }, r.host)];
}

function requestClass(r) {
  return (r.failed ? "bad " : "") + (r.blocked ? "gone " : "") + (stepByID.has(r.id) ? "crit" : "");
}

const priorities = ["VeryHigh", "High", "Medium", "Low", "VeryLow"];
const requestColumns = [
  { key: "url", title: "Name", cls: "name", cell: nameCell, of: r => r.url },
  { key: "status", title: "Status", cls: "status", cell: r => statusOf(r), of: r => r.status || 1000 },
  { key: "type", title: "Type", cls: "soft w2", cell: r => r.type.toLowerCase(), of: r => r.type },
  { key: "prio", title: "Priority", cls: "soft w2 w3", cell: r => r.prio, of: r => priorities.indexOf(r.prio) },
  { key: "size", title: "Size", cls: "right w2 w3", cell: r => sizeOf(r), of: r => r.received, down: true },
  { track: true, cls: "track" },
];

function sorted(list, columns, sort) {
  const of = sort.key === "start" ? (x => x.from) : sort.key === "took" ? (x => x.to - x.from) : columns.find(c => c.key === sort.key).of;
  const sign = sort.down ? -1 : 1;
  return list.map((x, i) => [of(x), i, x]).sort((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0) * sign || a[1] - b[1]).map(x => x[2]);
}

const requestAxis = newAxis(lastEnd);
const requestView = {
  name: "requests", label: "Requests", columns: requestColumns, sort: { key: "start", down: false },
  axis: () => requestAxis,
  list() { return sorted(R.filter(passes), requestColumns, this.sort); },
  told() { return grid.rows.length === R.length ? count(R.length, "request") : grid.rows.length.toLocaleString("en") + " of " + count(R.length, "request"); },
  rowClass: requestClass,
  bar: r => requestBar(r, requestAxis),
  say: sayBar,
  tip: requestTip,
  open: r => openRequest(r),
};

function requestTip(r) {
  const kids = [h("b", {}, r.method + " " + (r.url.length > 300 ? r.url.slice(0, 300) + "…" : r.url))];
  const table = h("table", {});
  for (const [p, us] of phaseSums(r)) table.append(h("tr", {}, h("td", {}, swatch("p-" + p), p), h("td", { class: "right" }, time(us))));
  table.append(h("tr", { class: "sum" }, h("td", {}, "all, from " + time(r.from)), h("td", { class: "right" }, time(r.took))));
  kids.push(table);
  if (r.err || r.blocked) kids.push(h("p", {}, r.err || r.blocked));
  for (const w of (r.waits || []).slice(0, 2)) kids.push(h("p", {}, "waited " + time(w.to === null ? null : w.to - w.from) + ": " + w.why));
  return kids;
}
