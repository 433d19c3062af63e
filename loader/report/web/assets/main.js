const views = { requests: requestView, connections: connectionView, tree: treeView };

function showView(name) {
  for (const key of Object.keys(views)) {
    const tab = $("tab-" + key);
    tab.setAttribute("aria-selected", String(key === name));
    tab.tabIndex = key === name ? 0 : -1;
  }
  $("panel").setAttribute("aria-labelledby", "tab-" + name);
  $("path").hidden = name !== "tree";
  if (name === "tree") drawPath();
  drawLegend(name);
  show(views[name]);
}

function drawLegend(name) {
  const list = name === "connections"
    ? [["names", "name lookup"], ["tcp", "TCP"], ["tls", "TLS"], ["wait", "waiting for a response"], ["receive", "receiving"], ["idle", "idle"], ["close", "close"]]
    : [["blocked", "blocked"], ["dns", "name lookup"], ["connect", "connect"], ["ssl", "TLS"], ["send", "send"], ["wait", "wait"], ["receive", "receive"], ["crit", "critical path"]];
  $("legend").replaceChildren(...list.map(([p, text]) => {
    const i = swatch("p-" + p);
    if (p === "crit") i.style.background = "var(--critical)";
    return h("li", {}, i, text);
  }));
}

function drawHeader() {
  const p = D.page, t = p.totals;
  $("title").textContent = p.title || p.url;
  $("where").textContent = p.url + (p.start ? "  ·  " + p.start.replace("T", " ").replace("Z", " UTC") : "");
  if (p.err) { $("failure").textContent = "Not loaded: " + p.err; $("failure").hidden = false; }
  const bad = t.Failed + t.Refused + t.Errors;
  const card = (name, value, note, cls) => h("div", { class: cls || "", title: name + ": " + value + (note ? ", " + note : "") }, h("dt", {}, name), h("dd", {}, value, h("small", {}, note || "")));
  const rest = parts => parts.filter(x => x[0]).map(x => x[0] + " " + x[1]).join(", ");
  const hosts = new Map();
  for (const r of R) if (r.host) hosts.set(r.host, (hosts.get(r.host) || 0) + 1);
  const most = [...hosts].sort((a, b) => b[1] - a[1])[0];
  const carried = R.filter(r => r.conn).length;
  const share = at => p.load > 0 && at < p.load ? Math.round(at / p.load * 100) + " % of load" : "";
  $("summary").replaceChildren(
    ...miles.map(([key, name, at]) => card(name, time(at), key === "load" ? (p.end > at ? "settled " + time(p.end) : "") : share(at), "mile m-" + key)),
    card("Requests", t.Requests.toLocaleString("en"), rest([[t.Redirected, "redirected"], [t.Running, "under way"]])),
    card("On the wire", bytes(t.Received), bytes(t.Sent) + " sent"),
    card("Decoded", bytes(t.Decoded), t.Received > 0 ? (t.Decoded / t.Received).toFixed(1) + " × the wire" : ""),
    card("Hosts", String(t.Hosts), most ? most[1] + " from " + most[0] : ""),
    card("Connections", String(t.Connections), t.Connections ? (carried / t.Connections).toFixed(1) + " requests each" : ""),
    card("Cache hits", String(t.Cached), t.Requests ? Math.round(t.Cached / t.Requests * 100) + " %" : ""),
    card("Failures", String(bad), rest([[t.Failed, "failed"], [t.Refused, "refused"], [t.Errors, "errors"]]), bad ? "bad" : ""));
}

function drawFilters() {
  const hosts = new Map(), types = new Map();
  let failed = 0;
  for (const r of R) {
    if (r.host) hosts.set(r.host, (hosts.get(r.host) || 0) + 1);
    types.set(r.type, (types.get(r.type) || 0) + 1);
    if (r.failed) failed++;
  }
  $("host").replaceChildren(h("option", { value: "" }, "All hosts"), ...[...hosts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).map(([x, n]) => h("option", { value: x }, x + " (" + n + ")")));
  const chip = (cls, text, n, press) => {
    const b = h("button", { class: "chip " + cls, "aria-pressed": "false", click: () => { b.setAttribute("aria-pressed", String(press())); refresh(); } }, text, h("b", {}, String(n)));
    return b;
  };
  $("types").replaceChildren(
    ...[...types].sort((a, b) => b[1] - a[1]).map(([type, n]) => chip("type", type.toLowerCase(), n, () => filter.types.delete(type) ? false : !!filter.types.add(type))),
    ...(failed ? [chip("fail", "failed", failed, () => filter.failed = !filter.failed)] : []));
  $("text").addEventListener("input", () => { filter.text = $("text").value.trim().toLowerCase(); refresh(); });
  $("host").addEventListener("change", () => { filter.host = $("host").value; refresh(); });
  $("reset").addEventListener("click", () => {
    filter.text = filter.host = $("text").value = $("host").value = "";
    filter.types.clear();
    filter.failed = onlyPath = false;
    for (const b of document.querySelectorAll(".chip")) b.setAttribute("aria-pressed", "false");
    if (grid.view === treeView) drawPath();
    refresh();
  });
}

function drawNotes() {
  for (const [what, title] of [["limit", "Limits reached"], ["skipped", "Not requested"], ["hint", "Ahead of requests"]]) {
    const list = D.notes.filter(n => n.what === what);
    if (list.length) $("notes").append(h("h2", {}, title), h("ul", {}, list.map(n => h("li", {}, h("time", {}, time(n.at)), " " + n.text))));
  }
}

// keys are the grid's.
rowsBox.addEventListener("keydown", e => {
  if (e.target.closest("button") || e.ctrlKey || e.altKey || e.metaKey) return;
  const page = Math.max(1, Math.floor(innerHeight / rowHeight()) - 4), x = grid.rows[grid.focus];
  const to = { ArrowDown: grid.focus + 1, ArrowUp: grid.focus - 1, PageDown: grid.focus + page, PageUp: grid.focus - page, Home: 0, End: grid.rows.length - 1 }[e.key];
  if (to !== undefined) {
    focusRow(to);
    if (!detail.hidden) grid.view.open(grid.rows[grid.focus]);
  } else if (e.key === "Enter" || e.key === " ") {
    grid.view.open(x);
    detail.querySelector("h2").focus();
  } else if (grid.view === treeView && e.key === "ArrowRight") {
    if (shut.has(x)) fold(x, false); else if (x.kids.length) focusRow(grid.focus + 1);
  } else if (grid.view === treeView && e.key === "ArrowLeft") {
    if (x.kids.length && !shut.has(x)) fold(x, true); else if (x.parent >= 0) focusRow(grid.rows.indexOf(R[x.parent]));
  } else return;
  e.preventDefault();
});
rowsBox.addEventListener("click", e => {
  const row = e.target.closest(".row[data-i]");
  if (!row || getSelection().toString()) return;
  focusRow(+row.dataset.i);
  const x = grid.rows[+row.dataset.i];
  if (x === grid.selected) closePane(); else grid.view.open(x);
});
document.addEventListener("keydown", e => {
  if (e.key === "Escape" && !detail.hidden) closePane();
  else if (e.key === "/" && !/^(INPUT|SELECT|TEXTAREA)$/.test(e.target.tagName)) { e.preventDefault(); $("text").focus(); }
});
$("views").addEventListener("click", e => {
  const tab = e.target.closest("[role=tab]");
  if (tab) { closePane(); showView(tab.id.slice(4)); }
});
$("views").addEventListener("keydown", e => {
  const tabs = [...$("views").children], i = tabs.indexOf(document.activeElement);
  const to = { ArrowRight: i + 1, ArrowLeft: i - 1, Home: 0, End: tabs.length - 1 }[e.key];
  if (i < 0 || to === undefined) return;
  const tab = tabs[(to + tabs.length) % tabs.length];
  closePane();
  showView(tab.id.slice(4));
  tab.focus();
  e.preventDefault();
});

// The tip follows the pointer over the rows.
const tip = $("tip");
rowsBox.addEventListener("pointermove", e => {
  const row = e.pointerType === "mouse" && e.target.closest(".row[data-i]");
  if (!row) { tip.hidden = true; return; }
  if (tip.hidden || tip.dataset.i !== row.dataset.i) {
    tip.dataset.i = row.dataset.i;
    tip.replaceChildren(...grid.view.tip(grid.rows[+row.dataset.i]));
    tip.hidden = false;
  }
  const w = tip.offsetWidth, t = tip.offsetHeight;
  tip.style.left = Math.max(4, e.clientX + 16 + w > innerWidth ? e.clientX - w - 12 : e.clientX + 16) + "px";
  tip.style.top = Math.max(4, e.clientY + 18 + t > innerHeight ? e.clientY - t - 12 : e.clientY + 18) + "px";
});
for (const name of ["pointerleave", "pointerdown"]) rowsBox.addEventListener(name, () => { tip.hidden = true; });
addEventListener("scroll", () => { tip.hidden = true; }, { passive: true });

drawHeader();
drawFilters();
drawNotes();
showView("requests");
performance.mark("interactive");
