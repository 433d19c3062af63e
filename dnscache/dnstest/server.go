package dnstest

import (
	"cmp"
	"context"
	"net"
	"net/netip"
	"strings"
	"time"

	"github.com/miekg/dns"
)

// Server is a name server for a zone. After Start it serves on loopback over UDP and TCP; [Server.Dial] asks it in memory,
// with or without Start. It answers as a recursing server does (RA is set), so that a chain's levels can ask it. The
// zero value has no name. A Server is safe for concurrent use.
type Server struct {
	// Zone has the answers at the start; Set changes them.
	Zone Zone

	// Listen is the address to serve on. Zero means 127.0.0.1 and a free port, the same for UDP and TCP.
	Listen netip.AddrPort

	script script
	wire   wire
}

// Set makes h the host of a name.
func (s *Server) Set(name string, h Host) { s.script.set(&s.Zone, name, h) }

// Asked returns how many questions came for name, of whatever type. A lookup of both families puts two.
func (s *Server) Asked(name string) int { return s.script.count(name) }

// Start begins to serve, and returns when questions can be sent. It fails where the address is taken, or the server has
// been started and not closed.
func (s *Server) Start() error { return s.wire.start(s.Listen, s.respond) }

// Addr returns the address that the server serves on, and the zero value before Start and after Close.
func (s *Server) Addr() netip.AddrPort { return s.wire.addr() }

// Close ends what Start began, and returns when all goroutines have ended. Delayed answers are not sent any more.
func (s *Server) Close() error { return s.wire.close() }

// Dial returns a connection in memory to the server, whatever the address: for the Dial field of system.Server. Network is
// "udp", where a write is one question and a read one response, or "tcp". No socket is involved, so delays and deadlines
// pass in the time of testing/synctest. What serves the connection ends when the caller closes it.
func (s *Server) Dial(ctx context.Context, network string, _ netip.AddrPort) (net.Conn, error) {
	return dialMemory(ctx, network, s.respond)
}

// respond makes the response to the question in b and sends it after the delay of the host asked for. What is no question
// gets none.
func (s *Server) respond(ctx context.Context, network string, b []byte, send func([]byte)) {
	var in dns.Msg
	if in.Unpack(b) != nil || in.Response || len(in.Question) != 1 {
		return
	}
	var m dns.Msg
	m.SetReply(&in)
	m.RecursionAvailable = true
	links := s.script.ask(&s.Zone, clean(in.Question[0].Name))
	fill(&m, links)
	out, err := pack(&in, &m, network)
	if err != nil || wait(ctx, links[0].Host) != nil {
		return
	}
	send(out)
}

// pack packs m, truncated to what the question in has room for over the network.
func pack(in, m *dns.Msg, network string) ([]byte, error) {
	size := dns.MinMsgSize
	if opt := in.IsEdns0(); opt != nil {
		size = max(size, int(opt.UDPSize()))
		m.SetEdns0(dns.MaxMsgSize-1, false)
	}
	if network == "udp" {
		m.Truncate(size)
	}
	m.Compress = true
	return m.Pack()
}

// fill puts the records of a chain of aliases into the response m.
func fill(m *dns.Msg, links []link) {
	q := m.Question[0]
	for _, l := range links {
		name := dns.Fqdn(l.name)
		hdr := dns.RR_Header{Name: name, Class: dns.ClassINET, Ttl: uint32(l.ttl() / time.Second)}
		if l.CNAME != "" {
			hdr.Rrtype = dns.TypeCNAME
			m.Answer = append(m.Answer, &dns.CNAME{Hdr: hdr, Target: dns.Fqdn(clean(l.CNAME))})
			continue
		}
		before := len(m.Answer)
		for _, ip := range l.Addrs {
			hdr := hdr
			switch {
			case ip.Is4() && q.Qtype == dns.TypeA:
				hdr.Rrtype = dns.TypeA
				m.Answer = append(m.Answer, &dns.A{Hdr: hdr, A: ip.AsSlice()})
			case ip.Is6() && q.Qtype == dns.TypeAAAA:
				hdr.Rrtype = dns.TypeAAAA
				m.Answer = append(m.Answer, &dns.AAAA{Hdr: hdr, AAAA: ip.AsSlice()})
			}
		}
		m.Rcode = dns.StringToRcode[cmp.Or(strings.ToUpper(l.RCode), "NOERROR")]
		if l.Err != nil {
			m.Rcode = dns.RcodeServerFailure
		}
		denies := m.Rcode == dns.RcodeNameError || m.Rcode == dns.RcodeSuccess && len(m.Answer) == before
		if denies && l.NegativeTTL >= 0 {
			m.Ns = append(m.Ns, soa(name, l.negativeTTL()))
		}
	}
}

// soa is the record of the zone that the name lies in: its parent's, or the root's.
func soa(name string, ttl time.Duration) dns.RR {
	_, zone, _ := strings.Cut(name, ".")
	zone = dns.Fqdn(zone)
	sec := uint32(ttl / time.Second)
	return &dns.SOA{
		Hdr: dns.RR_Header{Name: zone, Rrtype: dns.TypeSOA, Class: dns.ClassINET, Ttl: sec},
		Ns:  "ns.invalid.", Mbox: "hostmaster.invalid.", Serial: 1, Refresh: 3600, Retry: 600, Expire: 86400, Minttl: sec,
	}
}
