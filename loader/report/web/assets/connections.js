// The connections with requests that pass the filter, in the order in which they
// were opened. The axis ends with the requests: what idles longer goes on there.
let connectionEnd = lastEnd;
for (const c of C) connectionEnd = Math.max(connectionEnd, Math.min(c.to, lastEnd * 1.12));
const connectionAxis = newAxis(connectionEnd);

function connectionName(c) {
  const usual = c.scheme === "https" ? 443 : 80;
  return c.host + (c.port && c.port !== usual ? ":" + c.port : "");
}

function ended(c) {
  if (c.connected === null) return c.closed === null ? "opening" : "not opened";
  if (c.closed === null) return "open";
  return "closed by " + (c.closedBy || "?");
}

function connectionPasses(c) {
  if (filter.host && c.host !== filter.host && connectionName(c) !== filter.host) return false;
  if (filter.failed && c.connected !== null && !(c.carried || []).some(id => (requestByID.get(id) || {}).failed)) return false;
  if (!filter.types.size && !filter.text) return true;
  return (c.carried || []).some(id => requestByID.has(id) && passes(requestByID.get(id))) || (!filter.types.size && connectionName(c).toLowerCase().includes(filter.text));
}

function connectionBar(c) {
  const parts = [], axis = connectionAxis;
  for (const [p, from, to, id] of c.spans) {
    const r = p === "request" ? requestByID.get(id) : null;
    if (r) {
      const own = r.spans.filter(s => s[0] >= 5 && s[2] > s[1]);
      if (!own.length) parts.push(piece("seg edge p-wait", from, to, axis));
      own.forEach((s, i) => parts.push(piece("seg p-" + phases[s[0]] + (i ? "" : " edge"), s[1], s[2], axis)));
    } else parts.push(piece("seg p-" + p + (p === "idle" || p === "queue" ? " thin" : ""), from, to, axis));
  }
  return parts;
}

function sayConnection(c) {
  return "from " + time(c.from) + " to " + time(c.to) + ": " + c.spans.slice(0, 12).map(([p, from, to]) => p + " " + time(to - from)).join(", ");
}

const connectionColumns = [
  { key: "host", title: "Connection", cls: "name", of: c => connectionName(c),
    cell: c => [h("span", { class: "file" }, "#" + c.id + " " + connectionName(c)), h("span", { class: "at" }, [c.remote, c.private ? "private" : null].filter(Boolean).join(" "))] },
  { key: "proto", title: "Protocol", cls: "soft w1 w3", cell: c => (c.scheme === "https" ? "TLS " : "") + (c.proto || "–"), of: c => c.proto || "" },
  { key: "requests", title: "Requests", cls: "right w1", cell: c => String(c.requests), of: c => c.requests, down: true },
  { key: "ended", title: "End", cls: "soft w1 w3 w2", cell: c => ended(c), of: c => c.closed === null ? Infinity : c.closed },
  { track: true, cls: "track" },
];

const connectionView = {
  name: "connections", label: "Connections", columns: connectionColumns, sort: { key: "start", down: false },
  axis: () => connectionAxis,
  list() { return sorted(C.filter(connectionPasses), connectionColumns, this.sort); },
  told() { return grid.rows.length === C.length ? count(C.length, "connection") : grid.rows.length + " of " + count(C.length, "connection"); },
  rowClass: c => c.connected === null ? "bad" : "",
  bar: connectionBar,
  say: sayConnection,
  tip: connectionTip,
  open: c => openConnection(c),
};

function connectionTip(c) {
  const sums = new Map();
  for (const [p, from, to] of c.spans) sums.set(p, (sums.get(p) || 0) + to - from);
  const table = h("table", {});
  for (const [p, us] of sums) table.append(h("tr", {}, h("td", {}, swatch("p-" + p), p), h("td", { class: "right" }, time(us))));
  return [h("b", {}, "#" + c.id + " " + connectionName(c) + " " + (c.remote || "")), table, h("p", {}, count(c.requests, "request") + ", " + ended(c))];
}
