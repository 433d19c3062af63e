package dnstest

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/miekg/dns"
)

// Internet is a private internet of authoritative name servers: root, top level domains and what lies beneath, each at
// its own IP address, as a resolver that walks from the root needs it.
//
//	var in dnstest.Internet
//	in.Zone(".", "test. NS ns.test.\nns.test. A 192.0.2.1", "198.51.100.1")
//	in.Zone("test.", "www A 203.0.113.80", "192.0.2.1")
//	r := iterate.Resolver{Roots: in.Roots(), Dial: in.Dial}
//
// [Internet.Dial] asks its servers in memory, with the time of testing/synctest; after Start, [Internet.DialLoopback] asks
// them over sockets. A server answers for the zones that were given to its address and refuses questions for others; how
// it misbehaves is a [Conduct]. An address that no server has is silent. The zero value is an empty internet. An Internet
// is safe for concurrent use.
type Internet struct {
	mu      sync.Mutex
	servers map[netip.Addr]*authoritative
	asked   []Asked
}

// authoritative is one server. Its fields are guarded by Internet.mu, but for wire.
type authoritative struct {
	zones   []*authority
	conduct Conduct
	wire    wire
}

// Asked is one question that reached a server.
type Asked struct {
	Server   netip.Addr
	Network  string // "udp" or "tcp"
	Question string // "A www.test"; the name in lower case
	Time     time.Time
}

// Conduct is how a server differs from one that answers at once and rightly. Fields combine.
type Conduct struct {
	Delay       time.Duration // passes before each answer
	Silent      bool          // no answer ever
	SilentUDP   bool          // answers over TCP only
	NoTCP       bool          // refuses connections over TCP
	Unreachable bool          // cannot be sent to at all: Dial fails

	RCode     string // the response code of every answer, which then has no records: "SERVFAIL", "REFUSED"
	Truncated bool   // answers over UDP are empty and truncated
	NoEDNS    bool   // questions with EDNS get FORMERR
	NotAA     bool   // answers are not marked as authoritative
	Recurses  bool   // RA is set

	// Refer makes every answer a referral to this zone at the server ns.REFER: lame where it lies above or beside the
	// zone that was asked for, a loop where it is the zone itself.
	Refer string

	// WrongID and WrongName make the answer one to another question.
	WrongID, WrongName bool

	// Rewrite, if not nil, gets each question with the answer that would go back, and returns what goes back instead, any
	// number of messages. It is called from several goroutines.
	Rewrite func(network string, question, answer []byte) [][]byte
}

// Zone gives a zone to the servers at addrs. The records are in zone file form, relative to the origin; a TTL that is
// missing is an hour, and a missing SOA record is made, with a minute for what does not exist. It panics where the
// records or addresses are none.
func (n *Internet) Zone(origin, records string, addrs ...string) {
	z, err := parseZone(origin, records)
	if err != nil {
		panic(fmt.Sprintf("dnstest: zone %s: %v", origin, err))
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, ip := range IPs(addrs...) {
		s := n.serverLocked(ip)
		s.zones = slices.DeleteFunc(slices.Clone(s.zones), func(o *authority) bool { return o.origin == z.origin })
		s.zones = append(s.zones, z)
	}
}

// Set makes c the conduct of the servers at addrs.
func (n *Internet) Set(c Conduct, addrs ...string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, ip := range IPs(addrs...) {
		n.serverLocked(ip).conduct = c
	}
}

func (n *Internet) serverLocked(ip netip.Addr) *authoritative {
	if n.servers == nil {
		n.servers = make(map[netip.Addr]*authoritative)
	}
	s := n.servers[ip]
	if s == nil {
		s = new(authoritative)
		n.servers[ip] = s
	}
	return s
}

// Roots returns the servers that have the root zone, with port 53.
func (n *Internet) Roots() []netip.AddrPort {
	n.mu.Lock()
	defer n.mu.Unlock()
	var roots []netip.AddrPort
	for ip, s := range n.servers {
		if slices.ContainsFunc(s.zones, func(z *authority) bool { return z.origin == "." }) {
			roots = append(roots, netip.AddrPortFrom(ip, 53))
		}
	}
	slices.SortFunc(roots, netip.AddrPort.Compare)
	return roots
}

// Log returns every question that reached a server, in order of time.
func (n *Internet) Log() []Asked {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Clone(n.asked)
}

// ResetLog forgets the questions so far.
func (n *Internet) ResetLog() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.asked = nil
}

// Dial returns a connection in memory to the server at an address; the port does not matter. Network is "udp", where a
// write is one question and a read one response, or "tcp".
func (n *Internet) Dial(ctx context.Context, network string, addr netip.AddrPort) (net.Conn, error) {
	if err := n.reach(network, addr.Addr()); err != nil {
		return nil, err
	}
	return dialMemory(ctx, network, n.handler(addr.Addr()))
}

// DialLoopback returns a connection over a socket to the server at an address; the port does not matter. It fails where
// the server was not there at Start.
func (n *Internet) DialLoopback(ctx context.Context, network string, addr netip.AddrPort) (net.Conn, error) {
	if err := n.reach(network, addr.Addr()); err != nil {
		return nil, err
	}
	at := n.Loopback(addr.Addr())
	if !at.IsValid() {
		return nil, unreachable(network, syscall.EHOSTUNREACH)
	}
	var d net.Dialer
	return d.DialContext(ctx, network, at.String())
}

// Loopback returns where the server at an address can be reached since Start, and the zero value where it cannot.
func (n *Internet) Loopback(ip netip.Addr) netip.AddrPort {
	n.mu.Lock()
	s := n.servers[ip]
	n.mu.Unlock()
	if s == nil {
		return netip.AddrPort{}
	}
	return s.wire.addr()
}

// Start makes every server that there is now serve on a port of its own on 127.0.0.1, over UDP and TCP. It fails where one
// does already.
func (n *Internet) Start() error {
	n.mu.Lock()
	servers := maps.Clone(n.servers)
	n.mu.Unlock()
	var begun []*authoritative
	for ip, s := range servers {
		if err := s.wire.start(netip.AddrPort{}, n.handler(ip)); err != nil {
			for _, s := range begun {
				s.wire.close()
			}
			return err
		}
		begun = append(begun, s)
	}
	return nil
}

// Close ends what Start began, and returns when all goroutines have ended.
func (n *Internet) Close() error {
	n.mu.Lock()
	servers := maps.Clone(n.servers)
	n.mu.Unlock()
	var err error
	for _, s := range servers {
		err = cmp.Or(err, s.wire.close())
	}
	return err
}

// reach returns why the server at ip cannot be dialled.
func (n *Internet) reach(network string, ip netip.Addr) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	s := n.servers[ip]
	switch {
	case s == nil:
		return nil // silent
	case s.conduct.Unreachable:
		return unreachable(network, syscall.EHOSTUNREACH)
	case s.conduct.NoTCP && network == "tcp":
		return unreachable(network, syscall.ECONNREFUSED)
	}
	return nil
}

func unreachable(network string, err error) error {
	return &net.OpError{Op: "dial", Net: network, Err: err}
}

// handler returns what answers the questions that go to ip.
func (n *Internet) handler(ip netip.Addr) handler {
	return func(ctx context.Context, network string, b []byte, send func([]byte)) {
		var in dns.Msg
		if in.Unpack(b) != nil || in.Response || len(in.Question) != 1 {
			return
		}
		c, zones := n.receive(ip, network, in.Question[0])
		if c.Silent || c.SilentUDP && network == "udp" || wait(ctx, Host{Delay: c.Delay}) != nil {
			return
		}
		m := respond(&in, network, c, zones)
		out, err := pack(&in, m, network)
		if err != nil {
			return
		}
		outs := [][]byte{out}
		if c.Rewrite != nil {
			outs = c.Rewrite(network, b, out)
		}
		for _, out := range outs {
			send(out)
		}
	}
}

// receive notes a question and returns the server's conduct and zones.
func (n *Internet) receive(ip netip.Addr, network string, q dns.Question) (Conduct, []*authority) {
	n.mu.Lock()
	defer n.mu.Unlock()
	name := clean(q.Name)
	n.asked = append(n.asked, Asked{ip, network, dns.TypeToString[q.Qtype] + " " + cmp.Or(name, "."), time.Now()})
	s := n.servers[ip]
	if s == nil {
		return Conduct{Silent: true}, nil
	}
	return s.conduct, s.zones
}

// respond makes a server's response to a question.
func respond(in *dns.Msg, network string, c Conduct, zones []*authority) *dns.Msg {
	m := new(dns.Msg).SetReply(in)
	m.RecursionAvailable = c.Recurses
	switch {
	case c.NoEDNS && in.IsEdns0() != nil:
		in.Extra = nil // pack answers in kind
		m.Rcode = dns.RcodeFormatError
	case c.Truncated && network == "udp":
		m.Truncated = true
	case c.RCode != "":
		m.Rcode = dns.StringToRcode[strings.ToUpper(c.RCode)]
	case c.Refer != "":
		zone := dns.Fqdn(c.Refer)
		m.Ns = []dns.RR{&dns.NS{Hdr: header(zone, dns.TypeNS, 3600), Ns: "ns." + strings.TrimPrefix(zone, ".")}}
	default:
		m.Rcode = dns.RcodeRefused
		if z := closest(zones, strings.ToLower(in.Question[0].Name)); z != nil {
			m.Rcode = dns.RcodeSuccess
			z.answer(m)
		}
	}
	if c.NotAA {
		m.Authoritative = false
	}
	if c.WrongID {
		m.Id++
	}
	if c.WrongName {
		m.Question[0].Name = "wrong." + m.Question[0].Name
	}
	return m
}

// closest returns the zone nearest above name, or nil.
func closest(zones []*authority, name string) *authority {
	var best *authority
	for _, z := range zones {
		if dns.IsSubDomain(z.origin, name) && (best == nil || len(z.origin) > len(best.origin)) {
			best = z
		}
	}
	return best
}
