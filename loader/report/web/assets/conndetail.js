// The pane with what is known of one connection.
function openConnection(c) {
  const hs = c.handshake, close = c.closing, path = c.path;
  openPane(c, "#" + c.id + " " + connectionName(c), [
    h("p", { class: "whole" }, [c.local, c.remote].filter(Boolean).join(" → ")),
    h("div", { class: "pills" }, [c.proto, count(c.requests, "request"), c.private ? "without credentials" : null, c.backup ? "backup" : null].filter(Boolean).map(p => h("span", { class: "pill" }, p)),
      h("span", { class: "pill" + (c.connected === null ? " bad" : "") }, ended(c))),
    section("Life", facts(life(c))),
    section("Requests", c.carried && c.carried.length ? h("table", {}, h("tbody", {}, c.carried.slice(0, 500).map(id => {
      const r = requestByID.get(id), s = c.spans.find(x => x[0] === "request" && x[3] === id);
      return r ? h("tr", {}, h("td", {}, requestLink(r)), h("td", { class: "right" }, s ? time(s[1]) : ""), h("td", { class: "right" }, s ? time(s[2] - s[1]) : "")) : null;
    }).filter(Boolean))) : null, (c.carried || []).length > 500 ? h("p", {}, "and " + (c.carried.length - 500) + " more") : null),
    section("Name lookup", dnsTable(c.dns), c.addrs ? h("p", {}, c.addrs.join(", ")) : null),
    section("TCP", (c.attempts || []).map(attempt), c.syns ? h("p", {}, "SYN sent again " + count(c.syns, "time")) : null, c.proxy ? h("p", {}, "by the proxy " + c.proxy) : null),
    section("TLS", facts([["agreed", tlsText(c.tls)], ["name", c.tls && c.tls.name], ["certificate", c.tls && c.tls.subject], ["issuer", c.tls && c.tls.issuer],
      ["handshake", hs ? count(hs.trips, "round trip") + ", " + bytes(hs.sent) + " out, " + bytes(hs.received) + " in" : null], ["keys", hs && hs.group],
      ["root", hs && hs.root], ["stapled answer", hs && hs.ocsp], ["client certificate", hs && hs.shown], ["server name", hs && hs.ech ? "encrypted" : null]])),
    section("Path", path ? facts([["next hop", path.OnLink ? "on the link" : path.NextHop], ["link address", [path.LinkAddress, path.Neighbour].filter(Boolean).join(" ")],
      ["interface", [path.Interface, path.Source, path.MTU ? "MTU " + path.MTU : ""].filter(Boolean).join(", ")], ["route", [path.Route, path.LearntFrom].filter(Boolean).join(", ")],
      ["changed", (path.Changes || []).map(x => x.Old + " → " + x.New).join("; ")]]) : null),
    section("Kernel", c.facts && c.facts.length ? h("table", {}, h("thead", {}, h("tr", {}, ["at", "when", "RTT", "again", "window"].map((t, i) => h("th", { scope: "col", class: i ? "right" : "" }, t)))),
      h("tbody", {}, c.facts.slice(0, 200).map(f => h("tr", { title: f.options || "" }, h("td", {}, time(f.at)), h("td", { class: "right" }, f.when + (f.request ? " #" + f.request : "")), h("td", { class: "right" }, time(f.rtt)), h("td", { class: "right" }, f.again || 0), h("td", { class: "right" }, f.window || "–"))))) : null),
    section("Close", c.closed !== null ? facts([["at", time(c.closed)], ["why", c.why], ["first FIN", close && close.fin], ["reset", close && close.reset], ["because", close && close.why], ["drained", close && close.drained ? bytes(close.drained) : null]]) : null,
      close && close.states ? h("ul", {}, close.states.map(s => h("li", {}, (s.peer ? "the peer’s " : "") + s.name + (!s.seen ? " passed unseen" : s.from !== null ? " at " + time(s.from) + (s.to !== null ? " for " + time(s.to - s.from) : "") : "") + (s.left ? ", " + time(s.left) + " left" : "") + (s.why ? ": " + s.why : "")))) : null),
  ]);
}

function life(c) {
  const sums = new Map();
  for (const [p, from, to] of c.spans) sums.set(p, (sums.get(p) || 0) + to - from);
  return [...sums].map(([p, us]) => [p, time(us)]).concat([["moved", c.sent || c.received ? bytes(c.sent) + " out, " + bytes(c.received) + " in" : null]]);
}

function attempt(a) {
  let what = a.late ? "connected late: another was faster" : a.lost ? "given up: another was faster" : a.err ? a.err : a.to === null ? "under way" : "connected";
  if (a.why) what += "; held back " + time(a.waited) + ": " + a.why;
  return h("p", {}, a.addr + " at " + time(a.from) + (a.to !== null ? " +" + time(a.to - a.from) : "") + ", " + what);
}
