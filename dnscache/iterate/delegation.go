package iterate

import (
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/miekg/dns"

	"pageload/dnscache/internal/exchange"
)

const (
	dnsPort = 53

	// maxServers bounds the servers of a zone, and maxGlue the addresses of each that a referral may bring. The root and
	// the largest zones have 13 servers with two addresses each.
	maxServers = 20
	maxGlue    = 8
)

// delegation is a zone and who has it, as the zone above says. It does not change.
type delegation struct {
	zone    string
	servers []nameServer
	ttl     time.Duration
}

// nameServer is one server of a zone. The addresses came with the referral (glue); there may be none.
type nameServer struct {
	name  string
	addrs []netip.AddrPort
}

// names lists the servers.
func (d *delegation) names() string {
	names := make([]string, len(d.servers))
	for i, s := range d.servers {
		names[i] = plain(s.name)
	}
	return strings.Join(names, ", ")
}

// glued returns the addresses that came with the referral.
func (d *delegation) glued() int {
	n := 0
	for _, s := range d.servers {
		n += len(s.addrs)
	}
	return n
}

// readReferral returns the zone between zone and name that the authority section of a response leads to, or nil. Glue is
// believed only for servers whose names lie in the zone of the server that responded, and only for this delegation. Usable
// says which addresses may be sent to.
func readReferral(m *dns.Msg, zone, name string, usable func(netip.Addr) bool) *delegation {
	var d *delegation
	for _, rr := range m.Ns {
		ns, ok := rr.(*dns.NS)
		if !ok || ns.Hdr.Class != dns.ClassINET {
			continue
		}
		owner := absolute(ns.Hdr.Name)
		if !beneath(zone, owner) || !within(owner, name) {
			continue
		}
		if d == nil {
			d = &delegation{zone: owner, ttl: exchange.MaxTTL}
		}
		if owner == d.zone {
			d.add(absolute(ns.Ns), exchange.TTL(ns))
		}
	}
	if d != nil {
		d.glue(m.Extra, zone, usable)
	}
	return d
}

// readRoots returns the root zone's delegation from the response to the question for its servers (RFC 8109), or nil.
func readRoots(m *dns.Msg, usable func(netip.Addr) bool) *delegation {
	d := &delegation{zone: ".", ttl: exchange.MaxTTL}
	for _, rr := range m.Answer {
		if ns, ok := rr.(*dns.NS); ok && ns.Hdr.Class == dns.ClassINET && ns.Hdr.Name == "." {
			d.add(absolute(ns.Ns), exchange.TTL(ns))
		}
	}
	d.glue(m.Extra, ".", usable)
	if d.glued() == 0 {
		return nil // names of root servers cannot be looked up without root servers
	}
	return d
}

// add adds a server once.
func (d *delegation) add(name string, ttl time.Duration) {
	known := slices.ContainsFunc(d.servers, func(s nameServer) bool { return s.name == name })
	if !known && len(d.servers) < maxServers && name != "." {
		d.servers = append(d.servers, nameServer{name: name})
		d.ttl = min(d.ttl, ttl)
	}
}

// glue adds the addresses among the records that belong to servers in zone.
func (d *delegation) glue(records []dns.RR, zone string, usable func(netip.Addr) bool) {
	for _, rr := range records {
		ip, ok := exchange.Address(rr)
		if !ok || !usable(ip) {
			continue
		}
		owner := absolute(rr.Header().Name)
		at := netip.AddrPortFrom(ip, dnsPort)
		for i := range d.servers {
			s := &d.servers[i]
			if s.name == owner && within(zone, owner) && len(s.addrs) < maxGlue && !slices.Contains(s.addrs, at) {
				s.addrs = append(s.addrs, at)
			}
		}
	}
}
