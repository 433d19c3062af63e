// The pane with what is known of one request.
const detail = $("detail");

function openPane(x, title, kids) {
  const was = document.body.classList.contains("open");
  select(x);
  detail.replaceChildren(
    h("header", {}, h("h2", { tabindex: "-1" }, title), h("button", { class: "x", "aria-label": "Close details", title: "Close (Esc)", click: closePane }, "×")),
    ...kids.flat().filter(Boolean));
  detail.hidden = false;
  document.body.classList.add("open");
  detail.scrollTop = 0;
  if (!was) { widthBefore = 0; refresh(); const i = grid.rows.indexOf(x); if (i >= 0) focusRow(i, true); }
}

function closePane() {
  if (detail.hidden) return;
  detail.hidden = true;
  document.body.classList.remove("open");
  select(null);
  refresh();
  focusRow(grid.focus);
}

function section(title, ...kids) {
  const list = kids.flat().filter(k => k !== null && k !== undefined && k !== "");
  return list.length ? h("section", {}, h("h3", {}, title), list) : null;
}

function facts(pairs) {
  const rows = pairs.filter(p => p && p[1] !== null && p[1] !== undefined && p[1] !== "" && p[1] !== false);
  return rows.length ? h("table", {}, h("tbody", {}, rows.map(([k, v]) => h("tr", {}, h("th", { scope: "row" }, k), h("td", {}, v))))) : null;
}

function requestLink(r, text) {
  return h("button", { class: "link", click: () => { if (grid.view === connectionView) showView("requests"); reveal(r); openRequest(r); } }, text || r.file);
}

function timings(r) {
  const body = h("tbody", {});
  const span = Math.max(1, r.took);
  for (const [p, from, to] of r.spans) {
    const bar = h("i", { class: "p-" + phases[p] });
    bar.style.left = (from - r.from) / span * 100 + "%";
    bar.style.width = (to - from) / span * 100 + "%";
    body.append(h("tr", {}, h("th", { scope: "row" }, phases[p]), h("td", { class: "right" }, time(from)), h("td", { class: "right" }, time(to - from)), h("td", { class: "meter" }, h("div", {}, bar))));
  }
  body.append(h("tr", { class: "sum" }, h("th", { scope: "row" }, "all"), h("td", { class: "right" }, time(r.from)), h("td", { class: "right" }, time(r.took)), h("td", {})));
  return h("table", {}, h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "phase"), h("th", { class: "right", scope: "col" }, "at"), h("th", { class: "right", scope: "col" }, "took"), h("td", {}))), body);
}

function chain(r) {
  const list = [];
  for (let x = r; x; x = x.parent >= 0 ? R[x.parent] : null) list.unshift(x);
  const deep = list.length > 30 ? list.slice(-30) : list;
  return h("ol", { class: "chain" }, deep.map((x, i) => {
    const li = h("li", {}, i ? "└ " : "", x === r ? h("strong", {}, x.file) : requestLink(x), x.line && i ? " line " + x.line : "");
    li.style.setProperty("--d", Math.max(0, Math.min(i, 12) - 1));
    return li;
  }));
}

function whyItWaited(r) {
  const list = (r.waits || []).map(w => h("p", {}, h("b", { class: "num" }, time(w.to === null ? null : w.to - w.from)), " from " + time(w.from) + ": " + w.why));
  const step = stepByID.get(r.id);
  if (step && step.why) list.push(h("p", {}, "On the critical path from " + time(step.from) + " to " + time(step.to) + ": " + step.why + "."));
  return list;
}

function dnsTable(steps) {
  if (!steps || !steps.length) return null;
  return h("table", { class: "dnst" }, h("tbody", {}, steps.map(s => h("tr", {},
    h("th", { scope: "row" }, s.level),
    h("td", {}, [s.question, s.transport, s.server].filter(Boolean).join(" "), s.err ? h("div", {}, s.err) : null),
    h("td", {}, (s.rcode || (s.err ? "" : s.cached ? "" : "miss")) + (s.cached ? " cached" : "") + (s.ttl ? " ttl " + s.ttl + " s" : "")),
    h("td", { class: "right" }, time(s.took))))));
}

function fields(list) {
  return list && list.length ? h("table", { class: "fields" }, h("tbody", {}, list.map(i => h("tr", {}, h("th", { scope: "row" }, D.fields[i][0]), h("td", {}, D.fields[i][1]))))) : null;
}

// serverTiming reads the Server-Timing fields of a response.
function serverTiming(r) {
  const list = [];
  for (const i of r.rh || []) {
    if (D.fields[i][0].toLowerCase() !== "server-timing") continue;
    for (const part of D.fields[i][1].split(",").slice(0, 50)) {
      const dur = /;\s*dur\s*=\s*"?([0-9.]+)/i.exec(part), desc = /;\s*desc\s*=\s*(?:"([^"]*)"|([^;]*))/i.exec(part);
      list.push([part.split(";")[0].trim(), [desc ? (desc[1] || desc[2] || "").trim() : "", dur ? dur[1] + " ms" : ""].filter(Boolean).join("  ")]);
    }
  }
  return facts(list);
}

function tlsText(t) {
  return t ? [t.version, t.cipher, t.alpn ? "ALPN " + t.alpn : "", t.resumed ? "resumed" : ""].filter(Boolean).join(", ") : null;
}

function openRequest(r) {
  const c = connectionByID.get(r.conn);
  const pills = [statusOf(r) + (r.text ? " " + r.text : ""), r.type.toLowerCase(), r.proto, r.prio + (r.first ? " (first " + r.first + ")" : ""), r.cache ? "from the " + r.cache + " cache" : null, r.blocking].filter(Boolean);
  openPane(r, r.method + " " + r.file, [
    h("p", { class: "whole" }, r.url),
    h("div", { class: "pills" }, pills.map((p, i) => h("span", { class: "pill" + (i === 0 && r.failed ? " bad" : "") }, p)), stepByID.has(r.id) ? h("span", { class: "pill crit" }, "critical path") : null,
      r.err ? h("span", { class: "pill bad" }, r.err + (r.net ? " (" + r.net + ")" : "")) : null, r.blocked && r.blocked !== r.err ? h("span", { class: "pill bad" }, "refused: " + r.blocked) : null),
    section("Timings", timings(r)),
    section("Why it waited", whyItWaited(r)),
    section("Initiator chain", r.parent >= 0 || r.named ? chain(r) : null, r.named ? h("p", {}, "named by " + r.named + (r.line ? ", line " + r.line : "")) : null,
      r.foundBy ? h("p", {}, "Found by " + r.foundBy + (r.offset ? " after " + bytes(r.offset) + " of the document" : "") + (r.rule ? ", for " + r.rule : "")) : null),
    section("Cookies held back", (r.cookies || []).map(c => h("p", {}, c))),
    section("Server timing", serverTiming(r)),
    section("Sizes", facts([["cache", r.verdict], ["received", bytes(r.received)], ["decoded", r.decoded >= 0 ? bytes(r.decoded) : null], ["sent", bytes(r.sent)], ["media type", r.mime], ["led to", r.redirect], ["sent again", r.retries ? count(r.retries, "time") : null]])),
    section("Connection", facts([
      ["number", c ? h("button", { class: "link", click: () => { showView("connections"); reveal(c); openConnection(c); } }, "#" + r.conn + (r.reused ? ", used before" : ", new")) : r.conn ? "#" + r.conn + (r.reused ? ", used before" : ", new") : null],
      ["from, to", [r.local, r.remote].filter(Boolean).join(" → ")], ["TLS", tlsText(r.tls || (c && c.tls))]])),
    section("Name lookup", dnsTable(r.dns)),
    section("Response", fields(r.rh)),
    section("Request", fields(r.qh)),
  ]);
}
