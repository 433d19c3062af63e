//go:build linux

package smallnet

import (
	"encoding/base64"
	"fmt"
	"strings"
)

// hosted makes a zone on alpha that has its server's name in itself.
func (w *atlas) hosted(origin string, records ...string) *zone {
	z := w.zone(origin, "alpha")
	w.servers(w.in(origin[strings.Index(origin, ".")+1:]), origin, "ns."+origin, addrsOf("alpha")...)
	z.records = append(z.records, records...)
	return z
}

// delegated delegates a zone that nobody serves.
func (w *atlas) delegated(origin, server string, glue ...string) {
	w.servers(w.in(origin[strings.Index(origin, ".")+1:]), origin, server, glue...)
}

// odd makes zones that are right, and that a resolver can stumble over.
func (w *atlas) odd() {
	w.hosted("wild.com.", "* A 192.0.2.1", "*.deep 60 CNAME www.site01.com.", "not TXT x", "under.not A 192.0.2.2")
	for _, label := range []string{"any.", "a.b.c.", "x.deep.", "not.", "x.not.", "deep."} {
		w.ask(label+"wild.com", "")
	}

	w.hosted("deep.com.", "a.b.c.d.e.f.g.h.i.j.k.l A 192.0.2.3")
	w.ask("a.b.c.d.e.f.g.h.i.j.k.l.deep.com", "")
	w.ask("c.d.e.f.g.h.i.j.k.l.deep.com", "")
	w.ask("x.c.d.e.f.g.h.i.j.k.l.deep.com", "")

	w.hosted("renamed.com.", "old DNAME site01.com.", "gone DNAME none.site01.com.")
	w.ask("www.old.renamed.com", "")
	w.ask("none.old.renamed.com", "")
	w.ask("www.gone.renamed.com", "")

	for i := range 8 { // a chain through many zones
		w.hosted(fmt.Sprintf("chain%d.net.", i), fmt.Sprintf("www %d CNAME www.chain%d.net.", 60+i, i+1))
	}
	w.hosted("chain8.net.", "www 90 A 192.0.2.4")
	w.ask("www.chain0.net", "")

	var many []string
	for i := range 90 {
		many = append(many, fmt.Sprintf("many A 192.0.2.%d", i+1))
	}
	w.hosted("large.com.", many...) // more than fits in a datagram
	w.ask("many.large.com", "")

	w.hosted("zero.com.", "www 0 A 192.0.2.5").soa = "0 0"
	w.ask("www.zero.com", "")
	w.ask("none.zero.com", "")

	w.hosted("service.com.", "@ 300 HTTPS 1 . alpn=h2 port=8443 ipv4hint=192.0.2.6", "@ 300 A 192.0.2.6", "alias HTTPS 0 service.com.", "alias A 192.0.2.7")
	w.ask("service.com", "")
	w.ask("alias.service.com", "")

	// Names whose HTTPS records lead elsewhere: their own addresses are nobody's, unless nothing else is right. Web is the
	// host itself.
	web := Host.String()
	_, ech := ECH()
	w.hosted("svc.com.", "none A "+web, "old HTTPS 1 . port=8443", "old A "+web,
		"port HTTPS 1 . alpn=h2 port=8443", "port A "+web,
		"hint HTTPS 1 . alpn=h2 port=8443 ipv4hint="+web,
		"hint6 HTTPS 1 . alpn=h2 port=8443 ipv6hint="+Host6.String(),
		"web A "+web, "target HTTPS 1 web alpn=h2 port=8443", "target A 192.0.2.7",
		"second HTTPS 1 . alpn=h3 no-default-alpn", "second HTTPS 2 web alpn=h2 port=8443", "second A 192.0.2.7",
		"alias HTTPS 0 port", "alias A 192.0.2.7", "plain HTTPS 0 web", "plain A 192.0.2.7", "bare HTTPS 0 alias",
		"loop1 HTTPS 0 loop2", "loop1 A "+web, "loop2 HTTPS 0 loop1", "loop2 A "+web, "lost HTTPS 0 nowhere", "lost A "+web,
		"hidden HTTPS 1 . alpn=h2 port=8443 ech="+base64.StdEncoding.EncodeToString(ech), "hidden A "+web)
	w.ask("hint.svc.com", "")
	w.ask("alias.svc.com", "")

	// A zone beneath a zone on the same server, without and with a delegation, and one on another server.
	top := w.hosted("top.org.")
	w.zone("hidden.top.org.", "alpha").records = []string{"@ NS ns.top.org.", "www A 192.0.2.8"}
	w.zone("child.top.org.", "beta").records = []string{"www A 192.0.2.9"}
	w.servers(top, "child.top.org.", "ns.child.top.org.", addrsOf("beta")...)
	w.ask("www.hidden.top.org", "")
	w.ask("www.child.top.org", "")
	w.ask("none.child.top.org", "")

	// Servers whose names are three delegations away from an address.
	w.zone("glueless.com.", "beta").records = []string{"@ NS ns.glue1.net.", "www A 192.0.2.10"}
	w.delegated("glueless.com.", "ns.glue1.net.")
	w.zone("glue1.net.", "beta").records = []string{"@ NS ns.glue2.org.", "ns A " + addrsOf("beta")[0]}
	w.delegated("glue1.net.", "ns.glue2.org.")
	w.zone("glue2.org.", "beta").records = []string{"@ NS ns1.hoster.net.", "ns A " + addrsOf("beta")[1]}
	w.delegated("glue2.org.", "ns2.hoster.net.")
	w.ask("www.glueless.com", "")

	w.zone("six.org.", "gamma").records = []string{"@ NS ns", "ns AAAA " + addrsOf("gamma")[1], "www A 192.0.2.11"}
	w.delegated("six.org.", "ns.six.org.", addrsOf("gamma")[1])
	w.ask("www.six.org", "")
}

// The addresses of servers that are none.
const (
	nobody = "203.0.113.250" // Silent
	closed = "203.0.113.240" // has no port open
)

// brokenZones makes zones whose fault lies in the data, served by nsd that does as it is told.
func (w *atlas) brokenZones() {
	w.hosted("loop.com.", "www CNAME www2", "www2 CNAME www", "self CNAME self", "out CNAME www.loop.net.", "none CNAME none.site01.com.",
		"empty CNAME mail.site01.com.", "dead CNAME www.silent.com.", "d DNAME e.loop.com.", "e DNAME d.loop.com.")
	w.hosted("loop.net.", "www CNAME out.loop.com.")
	for _, label := range []string{"www.", "self.", "out.", "none.", "empty.", "dead.", "x.d."} {
		w.ask(label+"loop.com", "aliases that loop or lead nowhere")
	}
	for i := range 30 {
		w.hosted(fmt.Sprintf("long%d.net.", i), fmt.Sprintf("www CNAME www.long%d.net.", i+1))
	}
	w.hosted("long30.net.", "www A 192.0.2.20")
	w.ask("www.long0.net", "thirty aliases")

	silent := func(origin, why, server string, glue ...string) {
		w.delegated(origin, server, glue...)
		w.ask("www."+origin, why)
	}
	silent("cycle1.com.", "servers named in each other's zones", "ns.cycle2.net.")
	silent("cycle2.net.", "servers named in each other's zones", "ns.cycle1.com.")
	silent("ownglue.com.", "server named in the zone, no glue", "ns.ownglue.com.")
	silent("nons.com.", "server's name does not exist", "none.site01.com.")
	silent("emptyns.com.", "server's name has no address", "mail.site01.com.")
	silent("silent.com.", "server is silent", "ns.silent.com.", nobody)
	silent("closed.com.", "server's port is closed", "ns.closed.com.", closed)
	silent("lame.com.", "server does not serve the zone", "ns.lame.com.", addrsOf("beta")[0])
	silent("hostlame.com.", "hoster does not serve the zone", "ns1.hoster.net.")
	silent("local.com.", "server's address is 127.0.0.1", "ns.local.com.", "127.0.0.1")
	silent("rootns.com.", "server is a root server", "a.root-servers.net.")

	// One of two servers is right.
	half := func(origin, why, other string, glue ...string) {
		w.hosted(origin, "www A 192.0.2.21")
		w.servers(w.in(origin[strings.Index(origin, ".")+1:]), origin, other, glue...)
		w.ask("www."+origin, why)
		w.ask("none."+origin, why)
	}
	half("half-silent.com.", "one server is silent", "ns2.half-silent.com.", nobody)
	half("half-closed.com.", "one server's port is closed", "ns2.half-closed.com.", closed)
	half("half-lame.com.", "one server does not serve the zone", "ns2.half-lame.com.", addrsOf("beta")[0])
	half("half-none.com.", "one server's name does not exist", "none.site02.net.")

	// A server's name is an alias, which RFC 2181 section 10.3 forbids.
	w.zone("aliasns.com.", "alpha").records = []string{"@ NS ns.aliased.net.", "www A 192.0.2.22"}
	w.delegated("aliasns.com.", "ns.aliased.net.")
	w.hosted("aliased.net.", "ns2 A "+addrsOf("alpha")[0]).add("alias CNAME ns2")
	w.ask("www.aliasns.com", "server's name does not exist where its zone is")
	w.zone("aliasns.net.", "alpha").records = []string{"@ NS alias.aliased.net.", "www A 192.0.2.23"}
	w.delegated("aliasns.net.", "alias.aliased.net.")
	w.ask("www.aliasns.net", "server's name is an alias")

	// The zone names other servers than its parent, which are dead.
	w.zone("apart.com.", "alpha").records = []string{"@ NS ns2", "ns2 A " + nobody, "www A 192.0.2.24", "w3 A 192.0.2.25"}
	w.delegated("apart.com.", "ns.apart.com.", addrsOf("alpha")[0])
	w.ask("www.apart.com", "zone names dead servers, its parent does not")

	// The glue is not the address that the zone has for its server.
	w.zone("oldglue.com.", "alpha").records = []string{"@ NS ns", "ns A " + addrsOf("alpha")[0], "www A 192.0.2.26"}
	w.delegated("oldglue.com.", "ns.oldglue.com.", closed)
	w.ask("www.oldglue.com", "glue is out of date")

	// A zone is delegated by its parent to the parent's own server, which does not know it.
	top := w.hosted("itself.com.")
	w.servers(top, "sub.itself.com.", "ns.itself.com.")
	w.ask("www.sub.itself.com", "delegated to the server that delegates")

	w.hosted("forever.com.", "www 2147483647 A 192.0.2.27").soa = "2147483647 2147483647"
	w.ask("www.forever.com", "TTL of 68 years")
	w.ask("none.forever.com", "TTL of 68 years")
}
