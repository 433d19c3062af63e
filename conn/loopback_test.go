package conn

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"runtime"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"pageload/conn/conntest"
	"pageload/dnscache"
)

// refusing returns an address of loopback that refuses connections. The port
// belongs to a connection of ours, so that no other process listens there.
func refusing(t testing.TB) netip.AddrPort {
	t.Helper()
	c, err := net.Dial("tcp", listening(t).String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { abort(c) })
	var b [1]byte // what serves it has its goroutine and descriptors when it has answered
	c.Write(b[:])
	if _, err := io.ReadFull(c, b[:]); err != nil {
		t.Fatal(err)
	}
	return c.LocalAddr().(*net.TCPAddr).AddrPort()
}

// listening serves loopback connections until the test ends, closing each
// when its peer does.
func listening(t testing.TB) netip.AddrPort {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	serveEach(t, l, func(c net.Conn) { io.Copy(c, c) })
	return l.Addr().(*net.TCPAddr).AddrPort()
}

// serveEach calls serve for each connection that a listener gets, on a goroutine
// of its own, and closes it then. The test waits for all of them at its end.
func serveEach(t testing.TB, l net.Listener, serve func(net.Conn)) {
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() {
				defer c.Close()
				serve(c)
			})
		}
	})
	t.Cleanup(func() {
		l.Close()
		wg.Wait()
	})
}

func keyOf(a netip.AddrPort) Key { return Key{Scheme: "http", Host: a.Addr().String(), Port: a.Port()} }

func TestLoopbackRefused(t *testing.T) {
	var p Pool
	defer p.Close(ctxBg)
	a := refusing(t)
	start := time.Now()
	_, err := p.Get(ctxBg, Request{Key: keyOf(a)})
	var de *DialError
	if !errors.Is(err, syscall.ECONNREFUSED) || !errors.As(err, &de) || de.Attempts[0].Addr != a {
		t.Errorf("error %v, want ECONNREFUSED of %v", err, a)
	}
	if d := time.Since(start); d > 2*time.Second {
		t.Errorf("took %v", d)
	}
}

// 10,000 connects to a port that refuses, directly and through proxies that
// do, leave no goroutine and no descriptor.
func TestLoopbackRefusedLeavesNothing(t *testing.T) {
	a := refusing(t)
	refused := func(t *testing.T, n int, p *Pool) {
		before, descriptors := conntest.Goroutines(), openDescriptors(t)
		var wg sync.WaitGroup
		for range n {
			wg.Add(1)
			p.Enqueue(ctxBg, Request{Key: keyOf(a)}, func(l *Lease, err error) {
				if !errors.Is(err, syscall.ECONNREFUSED) {
					t.Errorf("error %v", err)
				}
				wg.Done()
			})
		}
		wg.Wait()
		if left := conntest.Leaked(before); len(left) > 0 {
			t.Errorf("%d goroutines are left: %s", len(left), left[0])
		}
		p.mu.Lock() // so that the race detector, too, knows that all the others have ended
		size, groups := p.size(), p.groupCount()
		p.mu.Unlock()
		if size != 0 || groups != 0 {
			t.Errorf("pool keeps total %d, groups %d", size, groups)
		}
		p.Close(ctxBg)
		if now := openDescriptors(t); now > descriptors {
			t.Errorf("%d descriptors are open, %d were before", now, descriptors)
		}
		if g := &p.Dialer.own.gates; len(g.gates) != 0 {
			t.Errorf("%d gates are left", len(g.gates))
		}
	}
	t.Run("direct", func(t *testing.T) { refused(t, 10_000, &Pool{}) })
	for _, scheme := range []string{"http", "https", "socks5", "socks5h"} {
		t.Run(scheme, func(t *testing.T) {
			refused(t, 500, &Pool{Dialer: Dialer{Proxy: FixedProxy(Proxy{Scheme: scheme, Host: "127.0.0.1", Port: a.Port()})}})
		})
	}
}

// openDescriptors counts this process's descriptors; 0 where that cannot be seen.
func openDescriptors(t *testing.T) int {
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil && runtime.GOOS == "linux" {
		t.Fatal(err)
	}
	return len(list)
}

func TestLoopbackReuseAndPeerClose(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	conns := make(chan net.Conn, 10)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				close(conns)
				return
			}
			conns <- c
		}
	}()
	var p Pool
	defer p.Close(ctxBg)
	k := keyOf(l.Addr().(*net.TCPAddr).AddrPort())
	get := func() *Lease {
		t.Helper()
		lease, err := p.Get(ctxBg, Request{Key: k})
		if err != nil {
			t.Fatal(err)
		}
		return lease
	}
	lease := get()
	srv := <-conns
	lease.Conn().Write([]byte("hello"))
	io.ReadFull(srv, make([]byte, 5))
	srv.Write([]byte("hi"))
	io.ReadFull(lease.Conn(), make([]byte, 2))
	lease.Release()
	if lease = get(); lease.ID() != 1 {
		t.Errorf("connection %d, want the first again", lease.ID())
	}
	lease.Release()
	srv.Close()
	for deadline := time.Now().Add(5 * time.Second); ; { // until the FIN is there
		if lease = get(); lease.ID() == 2 {
			break
		}
		lease.Release()
		if time.Now().After(deadline) {
			t.Fatal("the peer's end is not seen")
		}
		time.Sleep(lookAfter) // what has just served is not looked at
	}
	defer lease.Release()
	r, _ := p.Record(1)
	if r.By != ByPeer || r.Reason != io.EOF {
		t.Errorf("closed by %v: %v, want the peer's EOF", r.By, r.Reason)
	}
	if runtime.GOOS == "linux" && (r.Sent != 5 || r.Received != 2) {
		t.Errorf("sent %d, received %d, want 5 and 2", r.Sent, r.Received)
	}
	defer (<-conns).Close()
}

// A Dialer serves net/http, with the real TLS and resolver.
func TestLoopbackUnderHTTPTransport(t *testing.T) {
	srv := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, r.Host)
	}))
	defer srv.Close()
	a := srv.Listener.Addr().(*net.TCPAddr).AddrPort()
	d := &Dialer{ConnectTo: []ConnectTo{{"example.com:443", a.String()}}}
	d.TLS = srv.Client().Transport.(*http.Transport).TLSClientConfig.Clone()
	d.TLS.NextProtos = []string{"http/1.1"}
	tr := &http.Transport{DialContext: d.DialContext, DialTLSContext: d.DialTLSContext}
	defer tr.CloseIdleConnections()
	res, err := (&http.Client{Transport: tr}).Get("https://example.com/")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if b, _ := io.ReadAll(res.Body); string(b) != "example.com" {
		t.Errorf("body %q", b)
	}
}

func TestOutOfDescriptors(t *testing.T) {
	t.Run("waits for a release", func(t *testing.T) {
		inWorld(t, &Pool{}, func(w *world) {
			l := w.get(keyB)
			w.net.SetRule(addr1, conntest.Rule{Err: syscall.EMFILE})
			v := w.enqueue(ctxBg, "v", keyA, Medium)
			w.sleep(time.Second)
			v.want(false)
			if !slices.Contains(v.trace, "blocked: no file descriptor left") {
				t.Errorf("trace %q does not say what is waited for", v.trace)
			}
			w.net.SetRule(addr1, conntest.Rule{})
			l.Discard(nil)
			w.sleep(20 * ms)
			v.want(true)
			if v.err != nil {
				t.Error(v.err)
			}
		})
	})
	t.Run("closes idle ones", func(t *testing.T) {
		inWorld(t, &Pool{}, func(w *world) {
			w.get(keyB).Release()
			dial := w.pool.Dialer.Dial
			w.pool.Dialer.Dial = func(ctx context.Context, network string, a netip.AddrPort) (net.Conn, error) {
				if w.net.Open() > 0 {
					return nil, syscall.EMFILE
				}
				return dial(ctx, network, a)
			}
			start := time.Now()
			w.get(keyA)
			if d := time.Since(start); d > 100*ms {
				t.Errorf("took %v", d)
			}
			w.wantLives("1 closed 1 by us: idle, and others needed the room", "2 busy 1")
		})
	})
	t.Run("of a proxy", func(t *testing.T) {
		p := throughProxy(httpProxy)
		p.DescriptorWait = 3 * time.Second
		inWorld(t, p, func(w *world) {
			w.net.SetRule(proxyAddr, conntest.Rule{Err: syscall.EMFILE})
			_, err := w.pool.Get(ctxBg, Request{Key: keyTLS})
			w.wantProxyError(err, ProxyConnect, "192.0.2.99:3128: too many open files (after 0s)"+descriptorHint(syscall.EMFILE))
			if d := time.Since(w.start); d != 3*time.Second || !errors.Is(err, syscall.EMFILE) {
				t.Errorf("took %v", d)
			}
			if n := len(w.net.Dials()); n < 10 {
				t.Errorf("%d tries, want one each 50 ms", n)
			}
		})
	})
	t.Run("of the resolver", func(t *testing.T) {
		r := &starved{names: names{"a.test": {"192.0.2.1"}}, until: time.Second}
		inWorld(t, &Pool{Dialer: Dialer{Resolver: r}}, func(w *world) {
			r.start = w.start
			w.get(keyA).Discard(nil)
			if d := time.Since(w.start); d < time.Second || d > 1100*ms {
				t.Errorf("took %v", d)
			}
			w.sleep(time.Second)
			w.pool.CloseIdle() // what a backup job opened
			r.until = time.Hour
			_, err := w.pool.Get(ctxBg, Request{Key: keyA})
			want := "conn: resolve a.test: dnscache: a.test: dial udp: too many open files (after 0s)" + descriptorHint(syscall.EMFILE)
			if err == nil || err.Error() != want {
				t.Errorf("error %v\nwant  %s", err, want)
			}
		})
	})
	t.Run("clear error in the end", func(t *testing.T) {
		inWorld(t, &Pool{DescriptorWait: 3 * time.Second}, func(w *world) {
			w.net.SetRule(addr1, conntest.Rule{Err: syscall.EMFILE})
			_, err := w.pool.Get(ctxBg, Request{Key: keyA})
			want := "conn: connect to a.test: 192.0.2.1:80: too many open files (after 0s)" + descriptorHint(syscall.EMFILE)
			if err == nil || err.Error() != want {
				t.Errorf("error %v\nwant  %s", err, want)
			}
			if d := time.Since(w.start); d != 3*time.Second {
				t.Errorf("took %v", d)
			}
		})
	})
}

// starved is a Resolver that finds no descriptor for some time.
type starved struct {
	names
	start time.Time
	until time.Duration
}

func (s *starved) Lookup(ctx context.Context, host string) (dnscache.Answer, error) {
	if time.Since(s.start) < s.until {
		return dnscache.Answer{}, &dnscache.Error{Name: host, Err: &net.OpError{Op: "dial", Net: "udp", Err: syscall.EMFILE}}
	}
	return s.names.Lookup(ctx, host)
}
