//go:build linux

package smallnet

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// zone is a zone as nsd serves it.
type zone struct {
	origin  string   // with its dot
	on      []string // names of servers
	soa     string   // TTL and minimum: "3600 60"
	records []string // relative to the origin
}

func (z *zone) servedBy(name string) bool { return slices.Contains(z.on, name) }

func (z *zone) add(format string, args ...any) {
	z.records = append(z.records, fmt.Sprintf(format, args...))
}

func (z *zone) text() string {
	ttl, minimum, _ := strings.Cut(z.soa, " ")
	return fmt.Sprintf("$ORIGIN %s\n$TTL 600\n@ %s IN SOA ns1 host 1 7200 3600 1209600 %s\n%s\n", z.origin, ttl, minimum,
		strings.Join(z.records, "\n"))
}

// Name is a name of the small internet to ask for.
type Name struct {
	Name   string
	Broken string // what is wrong with its zone; empty if nothing
}

// atlas is all zones and names while they are made.
type atlas struct {
	zones []*zone
	names []Name
}

func build() *atlas {
	w := new(atlas)
	root := w.zone(".", "root")
	root.add("@ 518400 NS a.root-servers.net.")
	rootServers := w.zone("root-servers.net.", "root")
	rootServers.add("@ NS a")
	for _, a := range servers[0].addrs {
		rootServers.add("a 3600000 %s %s", family(a), a)
		root.add("a.root-servers.net. 3600000 %s %s", family(a), a)
	}
	for _, tld := range []string{"com.", "net.", "org."} {
		w.zone(tld, "tld")
		w.servers(root, tld, "a.gtld.net.", servers[1].addrs...)
	}
	w.in("net.").add("a.gtld %s %s", "A", servers[1].addrs[0]) // gtld.net has no zone of its own
	w.in("net.").add("a.gtld %s %s", "A", servers[1].addrs[1])
	w.in("net.").add("a.gtld %s %s", "AAAA", servers[1].addrs[2])
	w.in("net.").add("root-servers NS a.root-servers.net.")
	for _, a := range servers[0].addrs {
		w.in("net.").add("a.root-servers %s %s", family(a), a)
	}
	w.sound()
	w.odd()
	w.mixed()
	w.brokenZones()
	for _, f := range faults {
		w.servers(w.in("org."), f.zone(), "ns1."+f.zone(), f.addr().String())
		for _, label := range []string{"www.", "a.b.", "none."} {
			w.ask(label+f.zone(), f.name)
		}
	}
	return w
}

func allZones() []*zone { return build().zones }

// Names returns all names of the small internet that are there to be asked for, those that do not exist included.
func Names() []Name { return build().names }

// zone makes a zone that has its SOA record only.
func (w *atlas) zone(origin string, on ...string) *zone {
	z := &zone{origin: origin, on: on, soa: "3600 60"}
	w.zones = append(w.zones, z)
	return z
}

// in returns the zone of that name.
func (w *atlas) in(origin string) *zone {
	i := slices.IndexFunc(w.zones, func(z *zone) bool { return z.origin == origin })
	return w.zones[i]
}

// servers delegates a zone from its parent to a server; its addresses are the glue. If the zone is served by an nsd, it
// has the same records.
func (w *atlas) servers(parent *zone, origin, server string, glue ...string) {
	both := []*zone{parent}
	if i := slices.IndexFunc(w.zones, func(z *zone) bool { return z.origin == origin }); i >= 0 {
		both = append(both, w.zones[i])
	}
	for i, z := range both {
		z.add("%s NS %s", origin, server)
		if i > 0 && !strings.HasSuffix(server, "."+origin) {
			continue
		}
		for _, a := range glue {
			z.add("%s %s %s", server, family(a), a)
		}
	}
}

func (w *atlas) ask(name, broken string) {
	w.names = append(w.names, Name{strings.TrimSuffix(name, "."), broken})
}

func family(addr string) string {
	if netip.MustParseAddr(addr).Is4() {
		return "A"
	}
	return "AAAA"
}

// addrsOf are the addresses of a server by its name in plan.go.
func addrsOf(name string) []string {
	i := slices.IndexFunc(servers, func(s server) bool { return s.name == name })
	return servers[i].addrs
}

// sites is how many ordinary zones there are.
const sites = 40

// site returns the origin of an ordinary zone, from 1.
func site(i int) string {
	return fmt.Sprintf("site%02d.%s.", i, []string{"com", "net", "org"}[(i-1)%3])
}

// sound makes the ordinary zones: with servers of their own names, or of a host's, on one or on two.
func (w *atlas) sound() {
	hoster := w.zone("hoster.net.", "alpha", "beta")
	w.servers(w.in("net."), "hoster.net.", "ns1.hoster.net.", addrsOf("alpha")...)
	w.servers(w.in("net."), "hoster.net.", "ns2.hoster.net.", addrsOf("beta")...)
	hoster.soa = "300 300"
	for i := 1; i <= sites; i++ {
		origin := site(i)
		parent := w.in(origin[len("siteNN."):])
		on := []string{"alpha", "beta", "gamma"}[i%3]
		z := w.zone(origin, on)
		z.soa = []string{"3600 60", "30 600"}[i%2]
		switch i % 4 {
		case 0:
			z.on = []string{"alpha", "beta"}
			w.servers(parent, origin, "ns1.hoster.net.")
			w.servers(parent, origin, "ns2.hoster.net.")
		case 1:
			w.servers(parent, origin, "ns1."+origin, addrsOf(on)[0])
			w.servers(parent, origin, "ns2."+origin, addrsOf(on)[1])
		default:
			w.servers(parent, origin, "ns."+origin, addrsOf(on)...)
		}
		z.add("@ %d A 192.0.2.%d", 300+i, i)
		z.add("www %d A 192.0.2.%d", 300+i, i)
		z.add("www %d AAAA 2001:db8:80::%d", 200+i, i)
		z.add("two 400 A 192.0.2.%d", 100+i)
		z.add("two 400 A 192.0.2.%d", 150+i)
		z.add("six 500 AAAA 2001:db8:80::%d:6", i)
		z.add("cdn 120 CNAME www.%s", site(i%sites+1))
		z.add("mail MX 10 two")
		for _, label := range []string{"", "www.", "two.", "six.", "cdn.", "mail.", "none."} {
			w.ask(label+origin, "")
		}
	}
}
