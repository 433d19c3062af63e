package conn

import (
	"crypto/tls"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"testing"
)

// The promise: taking an idle connection and giving it back takes less than a
// microsecond and allocates nothing.
func BenchmarkGetRelease(b *testing.B) {
	var p Pool
	defer p.Close(ctxBg)
	r := Request{Key: keyOf(listening(b)), Trace: &Trace{}}
	b.ReportAllocs()
	for b.Loop() {
		l, err := p.Get(ctxBg, r)
		if err != nil {
			b.Fatal(err)
		}
		l.Release()
	}
}

func BenchmarkEnqueueRelease(b *testing.B) {
	var p Pool
	defer p.Close(ctxBg)
	r := Request{Key: keyOf(listening(b)), Trace: &Trace{}}
	l, err := p.Get(ctxBg, r)
	if err != nil {
		b.Fatal(err)
	}
	l.Release()
	b.ReportAllocs()
	for b.Loop() {
		p.Enqueue(ctxBg, r, func(l *Lease, err error) { l.Release() })
	}
}

// abort closes with a RST, so that no port is left in TIME_WAIT.
func abort(c net.Conn) {
	c.(*net.TCPConn).SetLinger(0)
	c.Close()
}

// The promise: within 1.2 times of what net.Dialer takes, trace on.
func BenchmarkDial(b *testing.B) {
	a := listening(b)
	b.Run("net.Dialer", func(b *testing.B) {
		var d net.Dialer
		b.ReportAllocs()
		for b.Loop() {
			c, err := d.DialContext(b.Context(), "tcp", a.String())
			if err != nil {
				b.Fatal(err)
			}
			abort(c)
		}
	})
	b.Run("Dialer", func(b *testing.B) {
		var d Dialer
		b.ReportAllocs()
		for b.Loop() {
			c, err := d.DialContext(b.Context(), "tcp", a.String())
			if err != nil {
				b.Fatal(err)
			}
			abort(c)
		}
	})
	b.Run("Pool", func(b *testing.B) {
		var p Pool
		defer p.Close(ctxBg)
		r := Request{Key: keyOf(a), Trace: &Trace{
			ConnectStart: func(netip.AddrPort) {}, ConnectDone: func(netip.AddrPort, error) {}, GotConn: func(LeaseInfo) {},
		}}
		b.ReportAllocs()
		for b.Loop() {
			l, err := p.Get(b.Context(), r)
			if err != nil {
				b.Fatal(err)
			}
			l.Conn().(*net.TCPConn).SetLinger(0)
			l.Discard(nil)
		}
	})
}

// The promise: no quadratic growth. A waiter costs about the same among
// 1,000 and among 100,000.
func BenchmarkWaiters(b *testing.B) {
	a := listening(b)
	for _, n := range []int{1000, 10_000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			p := Pool{MaxPerHost: 1}
			defer p.Close(ctxBg)
			next := make(chan *Lease, 1)
			b.ReportAllocs()
			for b.Loop() {
				l, err := p.Get(ctxBg, Request{Key: keyOf(a)})
				if err != nil {
					b.Fatal(err)
				}
				for i := range n {
					p.Enqueue(ctxBg, Request{Key: keyOf(a), Priority: Priority(i%5 - 2)}, func(l *Lease, err error) { next <- l })
				}
				for range n {
					l.Release()
					l = <-next
				}
				l.Release()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/waiter")
		})
	}
}

// A connect with TLS, as crypto/tls does it by itself and as a Dialer does it:
// in full, and resumed with a session of a connection before.
func BenchmarkHandshake(b *testing.B) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	config := &tls.Config{Certificates: []tls.Certificate{theAuthority().leaf(nil)}}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			tc := tls.Server(c, config)
			tc.Write([]byte("x")) // so that the client's read takes the tickets in
			abort(c)
		}
	})
	defer wg.Wait()
	defer l.Close()
	a := l.Addr().(*net.TCPAddr).AddrPort()
	dialer := func(cache tls.ClientSessionCache) *tls.Config {
		return &tls.Config{RootCAs: theAuthority().pool, ServerName: "a.test", ClientSessionCache: cache}
	}
	for _, bench := range []struct {
		name  string
		cache tls.ClientSessionCache
	}{{"full", nil}, {"resumed", tls.NewLRUClientSessionCache(1)}} {
		for _, own := range []bool{false, true} {
			name := bench.name + "/crypto/tls"
			var d Dialer
			dial := func() (net.Conn, error) { return tls.Dial("tcp", a.String(), dialer(bench.cache)) }
			if own {
				name = bench.name + "/Dialer"
				d.TLS = dialer(bench.cache)
				dial = func() (net.Conn, error) { return d.DialTLSContext(b.Context(), "tcp", a.String()) }
			}
			b.Run(name, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					c, err := dial()
					if err != nil {
						b.Fatal(err)
					}
					if _, err := c.Read(make([]byte, 1)); err != nil {
						b.Fatal(err)
					}
					c.Close()
				}
			})
		}
	}
}
