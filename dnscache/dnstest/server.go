package dnstest

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"
	"sync"
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

	mu     sync.Mutex
	udp    *net.UDPConn
	tcp    net.Listener
	conns  map[net.Conn]bool // open TCP connections; nil before Start and after Close
	stop   context.CancelFunc
	served sync.WaitGroup // every goroutine since Start
}

// Set makes h the host of a name.
func (s *Server) Set(name string, h Host) { s.script.set(&s.Zone, name, h) }

// Asked returns how many questions came for name, of whatever type. A lookup of both families puts two.
func (s *Server) Asked(name string) int { return s.script.count(name) }

// Start begins to serve, and returns when questions can be sent. It fails where the address is taken, or the server has
// been started and not closed.
func (s *Server) Start() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.udp != nil {
		return errors.New("dnstest: server is started already")
	}
	if err := s.listen(); err != nil {
		return fmt.Errorf("dnstest: %w", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	s.stop, s.conns = cancel, make(map[net.Conn]bool)
	udp, tcp := s.udp, s.tcp
	s.served.Go(func() { s.serveUDP(ctx, udp) })
	s.served.Go(func() { s.acceptTCP(ctx, tcp) })
	return nil
}

// listen takes a port for TCP and the same for UDP; a free one of the first may be taken in the second, so it tries
// again. TCP comes first because it is scarcer: connections in TIME_WAIT hold ports of it.
func (s *Server) listen() error {
	at := s.Listen
	if !at.IsValid() {
		at = netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), 0)
	}
	var err error
	for range 10 {
		var tcp net.Listener
		if tcp, err = net.Listen("tcp", at.String()); err != nil {
			return err
		}
		var udp *net.UDPConn
		if udp, err = net.ListenUDP("udp", net.UDPAddrFromAddrPort(tcp.Addr().(*net.TCPAddr).AddrPort())); err == nil {
			s.udp, s.tcp = udp, tcp
			return nil
		}
		tcp.Close()
		if at.Port() != 0 {
			return err
		}
	}
	return err
}

// Addr returns the address that the server serves on, and the zero value before Start and after Close.
func (s *Server) Addr() netip.AddrPort {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.udp == nil {
		return netip.AddrPort{}
	}
	return s.udp.LocalAddr().(*net.UDPAddr).AddrPort()
}

// Close ends what Start began, and returns when all goroutines have ended. Delayed answers are not sent any more.
func (s *Server) Close() error {
	s.mu.Lock()
	if s.udp == nil {
		s.mu.Unlock()
		return nil
	}
	s.stop()
	err := errors.Join(s.udp.Close(), s.tcp.Close())
	for c := range s.conns {
		c.Close()
	}
	s.udp, s.tcp, s.conns = nil, nil, nil
	s.mu.Unlock()
	s.served.Wait()
	return err
}

func (s *Server) serveUDP(ctx context.Context, udp *net.UDPConn) {
	in := make([]byte, dns.MaxMsgSize)
	for {
		n, from, err := udp.ReadFromUDPAddrPort(in)
		if err != nil {
			if ctx.Err() != nil {
				return
			}
			continue // an ICMP error for an earlier answer
		}
		s.respond(in[:n], "udp", func(h Host, out []byte) {
			s.served.Go(func() {
				if wait(ctx, h) == nil {
					udp.WriteToUDPAddrPort(out, from)
				}
			})
		})
	}
}

func (s *Server) acceptTCP(ctx context.Context, tcp net.Listener) {
	for {
		c, err := tcp.Accept()
		if err != nil {
			return
		}
		s.mu.Lock()
		if s.conns == nil {
			c.Close()
		} else {
			s.conns[c] = true
			s.served.Go(func() {
				s.serveStream(ctx, c)
				s.mu.Lock()
				delete(s.conns, c)
				s.mu.Unlock()
			})
		}
		s.mu.Unlock()
	}
}

// serveStream answers the questions on one TCP connection, in their order, and closes it.
func (s *Server) serveStream(ctx context.Context, c net.Conn) {
	defer c.Close()
	for {
		var length [2]byte
		if _, err := io.ReadFull(c, length[:]); err != nil {
			return
		}
		in := make([]byte, binary.BigEndian.Uint16(length[:]))
		if _, err := io.ReadFull(c, in); err != nil {
			return
		}
		s.respond(in, "tcp", func(h Host, out []byte) {
			if wait(ctx, h) == nil {
				framed := binary.BigEndian.AppendUint16(nil, uint16(len(out)))
				c.Write(append(framed, out...))
			}
		})
	}
}

// respond makes the response to the question in b and hands it to send with the host whose delay and silence count. What
// is no question gets none.
func (s *Server) respond(b []byte, network string, send func(h Host, out []byte)) {
	var in dns.Msg
	if in.Unpack(b) != nil || in.Response || len(in.Question) != 1 {
		return
	}
	var m dns.Msg
	m.SetReply(&in)
	m.RecursionAvailable = true
	links := s.script.ask(&s.Zone, clean(in.Question[0].Name))
	fill(&m, links)
	size := dns.MinMsgSize
	if opt := in.IsEdns0(); opt != nil {
		size = max(size, int(opt.UDPSize()))
		m.SetEdns0(dns.MaxMsgSize-1, false)
	}
	if network == "udp" {
		m.Truncate(size)
	}
	m.Compress = true
	out, err := m.Pack()
	if err != nil {
		return
	}
	send(links[0].Host, out)
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
