// What the file is about: D as it was written, R its requests, C its connections.
const D = JSON.parse(document.getElementById("data").textContent);
const R = D.requests, C = D.connections;
const phases = ["", "blocked", "dns", "connect", "ssl", "send", "wait", "receive"];
const requestByID = new Map(), connectionByID = new Map(), stepByID = new Map();
for (const c of C) connectionByID.set(c.id, c);
for (const s of D.path) stepByID.set(s.id, s);
R.forEach((r, i) => {
  requestByID.set(r.id, r);
  r.i = i;
  r.kids = [];
  r.type = r.type || "Other";
  r.took = r.to - r.from;
  const n = nameOf(r.url);
  r.file = n.file;
  r.search = (r.url + " " + statusOf(r) + " " + r.type + " " + r.mime + " " + (r.err || "") + " " + (r.net || "") + " " + (r.blocked || "")).toLowerCase();
});
for (const r of R) if (r.parent >= 0) R[r.parent].kids.push(r);

// The time axis of requests ends with the last of them, or with the last milestone.
const miles = [["render", "Render start", D.page.renderStart], ["dom", "DOMContentLoaded", D.page.dom], ["load", "Load", D.page.load]].filter(m => m[2] !== null);
let lastEnd = 1000;
for (const r of R) lastEnd = Math.max(lastEnd, r.to);
for (const m of miles) lastEnd = Math.max(lastEnd, m[2]);

// nameOf cuts a URL into the part that tells it from others, and the rest.
function nameOf(url) {
  if (url.startsWith("data:")) return { file: url.slice(0, 60) };
  const m = /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*([^?#]*)(\?[^#]*)?/i.exec(url);
  if (!m) return { file: url };
  const path = m[1] || "/";
  const cut = path.lastIndexOf("/", path.length - 2);
  return { file: (path === "/" ? "/" : path.slice(cut + 1)) + (m[2] || "") };
}

function statusOf(r) {
  if (r.blocked) return "blocked";
  if (r.net && !r.status) return shortError(r.net);
  if (r.err && !r.status) return "failed";
  if (r.status) return r.err ? r.status + "!" : String(r.status);
  return r.done ? "–" : "…";
}

function shortError(net) {
  for (const [part, word] of [["NAME_NOT_RESOLVED", "no name"], ["REFUSED", "refused"], ["RESET", "reset"], ["TIMED_OUT", "timeout"], ["ABORTED", "aborted"],
    ["CERT", "bad tls"], ["SSL", "bad tls"], ["EMPTY", "empty"], ["REDIRECT", "loop"], ["BLOCKED", "blocked"], ["UNSAFE", "blocked"], ["CLOSED", "closed"]])
    if (net.includes(part)) return word;
  return "failed";
}
