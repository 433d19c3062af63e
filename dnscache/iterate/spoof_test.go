package iterate_test

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"sync/atomic"
	"testing"
	"time"

	"github.com/miekg/dns"

	"pageload/dnscache/iterate"
)

// A forger who sees the question answers it at once, from another port than the server's: nothing of it arrives.
func TestAnswerFromElsewhereIsIgnored(t *testing.T) {
	server, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	forger, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer forger.Close()
	var forged atomic.Int32
	done := make(chan struct{})
	go func() {
		defer close(done)
		b := make([]byte, 4096)
		for {
			n, client, err := server.ReadFrom(b)
			if err != nil {
				return
			}
			var q dns.Msg
			if q.Unpack(b[:n]) != nil {
				continue
			}
			for _, from := range []net.PacketConn{forger, server} {
				m := new(dns.Msg).SetReply(&q)
				m.Authoritative = true
				ip := "203.0.113.1"
				if from == forger {
					ip = "192.0.2.66"
					forged.Add(1)
				}
				if q.Question[0].Qtype == dns.TypeA {
					m.Answer = []dns.RR{rr(q.Question[0].Name + " A " + ip)}
				}
				out, _ := m.Pack()
				from.WriteTo(out, client)
			}
		}
	}()
	root := netip.MustParseAddrPort(server.LocalAddr().String())
	r := &iterate.Resolver{Roots: []netip.AddrPort{root}}
	if a, err := r.Lookup(ctx, "www.test"); addrs(a) != "203.0.113.1" || forged.Load() == 0 {
		t.Errorf("%v, %v after %d forged answers", a.Addrs, err, forged.Load())
	}
	server.Close()
	<-done
}

// With no network at all, the error comes at once and says so.
func TestWithoutNetwork(t *testing.T) {
	none := errors.New("network is down")
	r := &iterate.Resolver{Dial: func(context.Context, string, netip.AddrPort) (net.Conn, error) { return nil, none }}
	start := time.Now()
	a, err := r.Lookup(ctx, "www.test")
	if !errors.Is(err, none) || time.Since(start) > 5*time.Second || len(a.Steps) == 0 {
		t.Errorf("%v after %v, %d steps", err, time.Since(start), len(a.Steps))
	}
}
