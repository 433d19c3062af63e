//go:build !386

package conn

import (
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"net/netip"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"pageload/conn/conntest"
)

// eventually waits until cond holds.
func eventually(t testing.TB, what string, cond func() bool) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(10 * time.Second); !cond(); <-tick.C {
		if time.Now().After(end) {
			t.Fatalf("not within 10 s: %s", what)
		}
	}
}

// accepting listens on loopback and hands over what it accepts.
func accepting(t testing.TB) (netip.AddrPort, <-chan net.Conn) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	conns := make(chan net.Conn)
	end := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			c, err := l.Accept()
			if errors.Is(err, net.ErrClosed) {
				return
			}
			if err != nil { // EMFILE
				runtime.Gosched()
				continue
			}
			select {
			case conns <- c:
			case <-end:
				c.Close()
			}
		}
	})
	t.Cleanup(func() {
		close(end)
		l.Close()
		wg.Wait()
	})
	return l.Addr().(*net.TCPAddr).AddrPort(), conns
}

// closes returns a pool whose closed connections come out of the channel.
func closes(p *Pool) <-chan Record {
	ch := make(chan Record, 100)
	p.OnEvent = func(e Event) {
		if e.Kind == EventClosed {
			r, _ := p.Record(e.ConnID)
			ch <- r
		}
	}
	return ch
}

func TestWatchSeesThePeersEnd(t *testing.T) {
	rst := func(c net.Conn) {
		c.(interface{ NetConn() net.Conn }).NetConn().(*net.TCPConn).SetLinger(0)
		c.(interface{ NetConn() net.Conn }).NetConn().Close()
	}
	for _, test := range []struct {
		name   string
		secure bool
		used   bool
		do     func(c net.Conn)
		by     Closer
		why    error
	}{
		{"FIN", false, true, func(c net.Conn) { c.Close() }, ByPeer, io.EOF},
		{"FIN, never used", false, false, func(c net.Conn) { c.Close() }, ByPeer, io.EOF},
		{"FIN of one side", false, true, func(c net.Conn) { c.(*net.TCPConn).CloseWrite() }, ByPeer, io.EOF},
		{"RST", false, true, abort, ByPeer, syscall.ECONNRESET},
		{"data", false, true, func(c net.Conn) { io.WriteString(c, "HTTP/1.1 408 late\r\n") }, ByUs, errUnasked},
		{"close_notify", true, true, func(c net.Conn) { c.(*tls.Conn).CloseWrite() }, ByPeer, io.EOF},
		{"FIN without close_notify", true, true, func(c net.Conn) { c.(*tls.Conn).NetConn().Close() }, ByPeer, io.EOF},
		{"FIN after tickets that nobody read", true, false, func(c net.Conn) { c.Close() }, ByPeer, io.EOF},
		{"RST under TLS", true, true, rst, ByPeer, syscall.ECONNRESET},
		{"data under TLS", true, true, func(c net.Conn) { io.WriteString(c, "x") }, ByUs, errUnasked},
	} {
		t.Run(test.name, func(t *testing.T) {
			addr, conns := accepting(t)
			p := &Pool{Dialer: Dialer{TLS: clientTLS()}}
			defer p.Close(ctxBg)
			closed := closes(p)
			k := keyOf(addr)
			serve := func(c net.Conn) net.Conn { return c }
			if test.secure {
				k.Scheme = "https"
				serve = func(c net.Conn) net.Conn {
					tc := tls.Server(c, &tls.Config{Certificates: []tls.Certificate{theAuthority().leaf(nil)}})
					if err := tc.Handshake(); err != nil {
						t.Error(err)
					}
					return tc
				}
			}
			if test.used {
				leases := make(chan *Lease, 1)
				p.Enqueue(ctxBg, Request{Key: k}, func(l *Lease, err error) { leases <- l })
				c := serve(<-conns)
				(<-leases).Release()
				eventually(t, "watched", func() bool { return p.watched() == 1 })
				test.do(c)
				defer c.Close()
			} else {
				p.Preconnect(ctxBg, k, 1, nil)
				c := serve(<-conns)
				eventually(t, "watched", func() bool { return p.watched() == 1 })
				test.do(c)
				defer c.Close()
			}
			start := time.Now()
			select {
			case r := <-closed:
				if r.By != test.by || !errors.Is(r.Reason, test.why) || r.Closed.IsZero() {
					t.Errorf("by %v: %v, want by %v: %v", r.By, r.Reason, test.by, test.why)
				}
				t.Logf("seen after %v", time.Since(start))
			case <-time.After(10 * time.Second):
				t.Fatal("not seen")
			}
			if p.size() != 0 || p.watched() != 0 {
				t.Errorf("%d connections, %d watched", p.size(), p.watched())
			}
		})
	}
}

// What ends in the moment before the watcher begins is seen when it does.
func TestWatchSeesWhatWasBefore(t *testing.T) {
	addr, conns := accepting(t)
	p := &Pool{}
	defer p.Close(ctxBg)
	closed := closes(p)
	l, err := p.Get(ctxBg, Request{Key: keyOf(addr)})
	if err != nil {
		t.Fatal(err)
	}
	(<-conns).Close()
	l.Release()
	if r := <-closed; r.By != ByPeer || r.IdleSince.IsZero() {
		t.Errorf("by %v after idle since %v", r.By, r.IdleSince)
	}
}

// A connection that has served two requests is not looked at when it has been
// idle for less than a millisecond, but for its first reuse, and when it is older.
func TestLookAfter(t *testing.T) {
	a, accepted := accepting(t)
	p := &Pool{WatchAfter: -1}
	defer p.Close(ctxBg)
	l := mustGet(t, p, keyOf(a))
	c := l.c
	peer := <-accepted
	l.Release()
	aged := func(d time.Duration) {
		p.mu.Lock()
		defer p.mu.Unlock()
		c.since = time.Now().Add(-d)
	}
	aged(-time.Hour) // not a moment ago: no machine is too slow for it
	if l = mustGet(t, p, keyOf(a)); l.ID() != c.id {
		t.Fatalf("got connection %d, want %d", l.ID(), c.id)
	}
	l.Release()
	peer.Close()
	eventually(t, "the peer's close is there", func() bool {
		p.mu.Lock()
		defer p.mu.Unlock()
		_, err := c.look()
		return err != nil
	})
	aged(-time.Hour)
	l = mustGet(t, p, keyOf(a))
	if i := l.Info(); i.ConnID != c.id || !i.Reused || !i.Idle {
		t.Errorf("right after it was given back: %+v, want connection %d, reused and idle", i, c.id)
	}
	l.Release()
	aged(lookAfter)
	l2 := mustGet(t, p, keyOf(a))
	if l2.ID() == c.id || l2.Reused() {
		t.Errorf("after %v: the connection that the peer has closed", lookAfter)
	}
	l2.Discard(nil)
	(<-accepted).Close()

	l = mustGet(t, p, keyOf(a)) // of those that close without a word
	c, peer = l.c, <-accepted
	peer.Close()
	eventually(t, "the peer's close is there", func() bool { _, err := c.look(); return err != nil })
	l.Release()
	aged(-time.Hour)
	if l = mustGet(t, p, keyOf(a)); l.ID() == c.id {
		t.Error("first reuse: the connection that the peer has closed")
	}
	l.Discard(nil)
	(<-accepted).Close()
}

// Tickets that come on an idle connection, whole or in byteByByte, are taken in.
func TestWatchKeepsTickets(t *testing.T) {
	addr, conns := accepting(t)
	p := &Pool{Dialer: Dialer{TLS: clientTLS()}, TLSSessions: 4}
	defer p.Close(ctxBg)
	k := keyOf(addr)
	k.Scheme = "https"
	p.Preconnect(ctxBg, k, 1, nil)
	split := &byteByByte{Conn: <-conns}
	tc := tls.Server(split, &tls.Config{Certificates: []tls.Certificate{theAuthority().leaf(nil)}})
	defer tc.Close()
	split.hold.Store(true) // the server's last flight, tickets in it, goes out byte by byte
	if err := tc.Handshake(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "connected and watched", func() bool { return p.watched() == 1 })
	l, err := p.Get(ctxBg, Request{Key: k})
	if err != nil {
		t.Fatal(err)
	}
	if l.ID() != 1 || l.Reused() || !l.Info().Idle {
		t.Errorf("got %+v, want the preconnected one", l.Info())
	}
	go io.WriteString(tc, "hello")
	b := make([]byte, 5)
	if _, err := io.ReadFull(l.Conn(), b); err != nil || string(b) != "hello" {
		t.Errorf("read %q, %v", b, err)
	}
	l.Discard(nil)
	p.Preconnect(ctxBg, k, 1, nil)
	tc2 := tls.Server(<-conns, &tls.Config{Certificates: []tls.Certificate{theAuthority().leaf(nil)}})
	tc2.Handshake()
	defer tc2.Close()
}

// byteByByte writes single bytes where hold is set.
type byteByByte struct {
	net.Conn
	hold flag
}

type flag struct {
	mu sync.Mutex
	on bool
}

func (f *flag) Store(on bool) { f.mu.Lock(); f.on = on; f.mu.Unlock() }
func (f *flag) Load() bool    { f.mu.Lock(); defer f.mu.Unlock(); return f.on }

func (c *byteByByte) Write(b []byte) (int, error) {
	if !c.hold.Load() {
		return c.Conn.Write(b)
	}
	for i := range b {
		if _, err := c.Conn.Write(b[i : i+1]); err != nil {
			return i, err
		}
	}
	return len(b), nil
}

// An HTTP/2 server speaks first: its settings lie unread on a preconnected
// connection, which is used nonetheless, and whose end is seen behind them.
func TestPreconnectedH2WithSettings(t *testing.T) {
	addr, conns := accepting(t)
	p := &Pool{Dialer: Dialer{TLS: clientTLS()}}
	defer p.Close(ctxBg)
	closed := closes(p)
	k := keyOf(addr)
	k.Scheme = "https"
	settings := []byte("\x00\x00\x00\x04\x00\x00\x00\x00\x00")
	preconnect := func() net.Conn {
		p.Preconnect(ctxBg, k, 1, nil)
		tc := tls.Server(<-conns, &tls.Config{Certificates: []tls.Certificate{theAuthority().leaf(nil)}, NextProtos: []string{"h2"}})
		if err := tc.Handshake(); err != nil {
			t.Fatal(err)
		}
		tc.Write(settings)
		eventually(t, "watched", func() bool { return p.watched() == 1 })
		return tc
	}
	c := preconnect()
	defer c.Close()
	l, err := p.Get(ctxBg, Request{Key: k})
	if err != nil {
		t.Fatal(err)
	}
	b := make([]byte, len(settings))
	if _, err := io.ReadFull(l.Conn(), b); l.ID() != 1 || err != nil || !bytes.Equal(b, settings) {
		t.Errorf("connection %d, read %q, %v", l.ID(), b, err)
	}
	l.Discard(nil)
	<-closed
	preconnect().Close()
	if r := <-closed; r.By != ByPeer || r.ID != 2 {
		t.Errorf("connection %d closed by %v: %v", r.ID, r.By, r.Reason)
	}
}

// All idle connections together have one goroutine, and none when nothing is
// idle any more.
func TestWatchIsOneGoroutineAndEnds(t *testing.T) {
	addr := listening(t)
	before := conntest.Goroutines()
	p := &Pool{MaxPerHost: 50}
	var ls []*Lease
	for range 50 {
		l, err := p.Get(ctxBg, Request{Key: keyOf(addr)})
		if err != nil {
			t.Fatal(err)
		}
		ls = append(ls, l)
	}
	for _, l := range ls {
		l.Release()
	}
	eventually(t, "all watched", func() bool { return p.watched() == 50 })
	eventually(t, "one goroutine for 50 idle connections", func() bool { // the sweeper that armed them may not have returned yet
		ours := 0
		for _, stack := range conntest.Goroutines() {
			if strings.Contains(stack, "pageload/conn.(*Pool)") {
				ours++
			}
		}
		return ours == 1
	})
	for i := range ls {
		ls[i], _ = p.Get(ctxBg, Request{Key: keyOf(addr)})
	}
	eventually(t, "the watcher ended", func() bool {
		p.mu.Lock()
		defer p.mu.Unlock()
		return !p.watch.runs && p.watch.set == nil
	})
	for _, l := range ls {
		l.Release() // and it begins anew
	}
	eventually(t, "all watched again", func() bool { return p.watched() == 50 })
	p.Close(ctxBg)
	for _, stack := range conntest.Goroutines() {
		if strings.Contains(stack, "watchLoop") {
			t.Errorf("after Close: %s", stack)
		}
	}
	if left := conntest.Leaked(before); len(left) > 0 {
		t.Errorf("%d goroutines are left: %s", len(left), left[0])
	}
}

// Without a descriptor for the watcher, connections are looked at when taken.
func TestWatchWithoutDescriptor(t *testing.T) {
	addr, conns := accepting(t)
	p := &Pool{}
	defer p.Close(ctxBg)
	l, err := p.Get(ctxBg, Request{Key: keyOf(addr)})
	if err != nil {
		t.Fatal(err)
	}
	c := <-conns
	var old syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &old); err != nil {
		t.Fatal(err)
	}
	syscall.Setrlimit(syscall.RLIMIT_NOFILE, &syscall.Rlimit{Cur: 3, Max: old.Max})
	l.Release()
	eventually(t, "the sweeper came by", func() bool {
		p.mu.Lock()
		defer p.mu.Unlock()
		return p.direct.used.unwatched == nil
	})
	syscall.Setrlimit(syscall.RLIMIT_NOFILE, &old)
	if p.watched() != 0 || p.watch.set != nil {
		t.Fatal("there is a watcher in spite of the limit")
	}
	c.Close()
	eventually(t, "the FIN is there", func() bool {
		p.mu.Lock()
		defer p.mu.Unlock()
		_, err := p.direct.used.first.look()
		return err != nil
	})
	l, err = p.Get(ctxBg, Request{Key: keyOf(addr)})
	if err != nil || l.ID() != 2 {
		t.Fatalf("got %+v, %v", l, err)
	}
	(<-conns).Close()
	l.Release() // now there is one
	eventually(t, "the second is seen", func() bool { r, _ := p.Record(2); return r.State == StateClosed })
}

func TestWatchOff(t *testing.T) {
	addr := listening(t)
	p := &Pool{WatchAfter: -1}
	defer p.Close(ctxBg)
	l, err := p.Get(ctxBg, Request{Key: keyOf(addr)})
	if err != nil {
		t.Fatal(err)
	}
	l.Release()
	p.sweepAt(time.Now().Add(probeAfter)) // it has come by to switch on the probes
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.direct.used.unwatched != nil || !p.sweep.at.Equal(p.direct.used.first.expires()) {
		t.Error("the sweeper would come by to watch")
	}
}

// Connections that are taken, given back and closed by the peer while the
// watcher takes them on and off at the same instants.
func TestWatchRaces(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var servers sync.WaitGroup
	servers.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			servers.Go(func() {
				defer c.Close()
				b := make([]byte, 1)
				for n := rand.IntN(20); n > 0; n-- {
					if _, err := c.Read(b); err != nil {
						return
					}
					c.Write(b)
				}
			})
		}
	})
	p := &Pool{WatchAfter: 1}
	key := keyOf(l.Addr().(*net.TCPAddr).AddrPort())
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			b := make([]byte, 1)
			for range 200 {
				l, err := p.Get(ctxBg, Request{Key: key})
				if err != nil {
					t.Error(err)
					return
				}
				l.Conn().Write([]byte("x"))
				if _, err := l.Conn().Read(b); err != nil {
					l.Discard(err)
				} else {
					l.Release()
				}
				if rand.IntN(4) == 0 {
					runtime.Gosched()
				}
			}
		})
	}
	wg.Wait()
	for jobs := 1; jobs > 0; runtime.Gosched() { // a connect that nobody waits for any more may be under way
		p.mu.Lock()
		jobs = p.jobs
		p.mu.Unlock()
	}
	p.CloseIdle()
	if p.size() != 0 || p.watched() != 0 {
		t.Errorf("%d connections, %d watched", p.size(), p.watched())
	}
	p.Close(ctxBg)
	l.Close()
	servers.Wait()
}

// What a connection costs more that has been idle for longer than WatchAfter.
func BenchmarkWatch(b *testing.B) {
	p := Pool{WatchAfter: time.Hour}
	defer p.Close(ctxBg)
	l, err := p.Get(ctxBg, Request{Key: keyOf(listening(b))})
	if err != nil {
		b.Fatal(err)
	}
	l.Release()
	b.ReportAllocs()
	p.mu.Lock()
	defer p.mu.Unlock()
	c := p.direct.used.first
	for b.Loop() {
		p.watchOne(c)
		p.unwatch(c)
	}
}
