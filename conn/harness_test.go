package conn

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pageload/conn/conntest"
	"pageload/dnscache"
)

func TestMain(m *testing.M) { os.Exit(conntest.VerifyNoLeaks(m)) }

// names is a Resolver with a table.
type names map[string][]string

func (n names) Lookup(ctx context.Context, host string) (dnscache.Answer, error) {
	list, ok := n[host]
	if !ok {
		return dnscache.Answer{Name: host, RCode: "NXDOMAIN"}, dnscache.ErrNotFound
	}
	a := dnscache.Answer{Name: host, RCode: "NOERROR"}
	for _, s := range list {
		a.Addrs = append(a.Addrs, dnscache.Addr{IP: netip.MustParseAddr(s)})
	}
	return a, nil
}

// slow is a Resolver that takes its time.
type slow struct {
	Resolver
	by time.Duration
}

func (s slow) Lookup(ctx context.Context, host string) (dnscache.Answer, error) {
	select {
	case <-time.After(s.by):
		return s.Resolver.Lookup(ctx, host)
	case <-ctx.Done():
		return dnscache.Answer{}, ctx.Err()
	}
}

// A world is a pool on an in-memory network with a server at 192.0.2.1:80,
// which the names *.test have, inside a synctest bubble.
type world struct {
	*testing.T
	net   *conntest.Network
	pool  *Pool
	start time.Time
	stop  []func()
}

var (
	addr1  = netip.MustParseAddrPort("192.0.2.1:80")
	keyA   = Key{Scheme: "http", Host: "a.test", Port: 80}
	keyB   = Key{Scheme: "http", Host: "b.test", Port: 80}
	keyC   = Key{Scheme: "http", Host: "c.test", Port: 80}
	ctxBg  = context.Background()
	errOop = errors.New("oops")
)

const ms = time.Millisecond

// inWorld runs f in a bubble whose network has a latency of 10 ms, so that a
// connect takes 20 ms, and checks afterwards that all is closed.
func inWorld(t *testing.T, p *Pool, f func(w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := &world{T: t, net: &conntest.Network{Latency: 10 * ms}, pool: p, start: time.Now()}
		if p.Dialer.Resolver == nil {
			p.Dialer.Resolver = names{"a.test": {"192.0.2.1"}, "b.test": {"192.0.2.1"}, "c.test": {"192.0.2.1"}}
		}
		if p.Dialer.Dial == nil {
			p.Dialer.Dial = w.net.Dial
		}
		w.serve(addr1, func(c *conntest.Conn) { io.Copy(io.Discard, c) })
		defer w.end()
		f(w)
	})
}

// end closes what the test left and checks that nothing remains.
func (w *world) end() {
	p := w.pool
	done, cancel := context.WithCancel(ctxBg)
	cancel()
	p.Close(done)
	for _, stop := range w.stop {
		stop()
	}
	synctest.Wait()
	if n := w.net.Open(); n != 0 {
		w.Errorf("%d ends of connections were not closed", n)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.size() != 0 || p.jobs != 0 || len(p.conns) != 0 || p.groupCount() != 0 {
		w.Errorf("pool keeps: total %d, jobs %d, connections %d, groups %d", p.size(), p.jobs, len(p.conns), p.groupCount())
	}
}

func (w *world) serve(addr netip.AddrPort, f func(c *conntest.Conn)) {
	w.Helper()
	stop, err := w.net.Serve(addr, f)
	if err != nil {
		w.Fatal(err)
	}
	w.stop = append(w.stop, stop)
}

// get returns a lease that must be had.
func (w *world) get(k Key) *Lease {
	w.Helper()
	l, err := w.pool.Get(ctxBg, Request{Key: k})
	if err != nil {
		w.Fatalf("Get(%v): %v", k, err)
	}
	return l
}

// gets returns n leases.
func (w *world) gets(k Key, n int) []*Lease {
	w.Helper()
	list := make([]*Lease, n)
	for i := range list {
		list[i] = w.get(k)
	}
	return list
}

// A waiter is a request in the queue and what became of it.
type waiter struct {
	w      *world
	name   string
	ticket *Ticket
	lease  *Lease
	err    error
	done   bool
	at     time.Duration // since the world began
	trace  []string
	mu     sync.Mutex // for the race detector: synctest's order is enough
}

func (v *waiter) note(format string, args ...any) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.trace = append(v.trace, fmt.Sprintf(format, args...))
}

func (w *world) enqueue(ctx context.Context, name string, k Key, p Priority) *waiter {
	v := &waiter{w: w, name: name}
	tr := &Trace{
		Blocked:      func(s string) { v.note("blocked: %s", s) },
		ResolveStart: func(h string) { v.note("resolve %s", h) },
		ConnectStart: func(a netip.AddrPort) { v.note("connect %v", a) },
		ConnectDone:  func(a netip.AddrPort, err error) { v.note("connected %v: %v", a, err) },
		GotConn:      func(i LeaseInfo) { v.note("got %d reused %v", i.ConnID, i.Reused) },
	}
	v.ticket = w.pool.Enqueue(ctx, Request{Key: k, Priority: p, Trace: tr}, func(l *Lease, err error) {
		v.mu.Lock()
		defer v.mu.Unlock()
		if v.done {
			w.Errorf("%s: done called twice", name)
		}
		v.lease, v.err, v.done, v.at = l, err, true, time.Since(w.start)
	})
	return v
}

// settle lets everything happen that happens without time passing.
func (w *world) settle() { synctest.Wait() }

// sleep lets time pass.
func (w *world) sleep(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func (v *waiter) want(done bool) {
	v.w.Helper()
	v.w.settle()
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.done != done {
		v.w.Errorf("%s at %v: done = %v (%v), want %v", v.name, time.Since(v.w.start), v.done, v.err, done)
	}
}

// lives returns the records as short text.
func (w *world) lives() []string {
	var list []string
	for _, r := range w.pool.Records() {
		s := fmt.Sprintf("%d %s %d", r.ID, r.State, r.Requests)
		if r.State == StateClosed {
			s += fmt.Sprintf(" by %v: %v", r.By, r.Reason)
		}
		list = append(list, s)
	}
	return list
}

func (w *world) wantLives(want ...string) {
	w.Helper()
	w.settle()
	if got := w.lives(); fmt.Sprint(got) != fmt.Sprint(want) {
		w.Errorf("records at %v:\n got %q\nwant %q", time.Since(w.start), got, want)
	}
}

// size returns how many connections and connects the pool has.
func (p *Pool) size() (n int) {
	p.ways(func(w *way) { n += w.total })
	return n
}

func (p *Pool) groupCount() (n int) {
	p.ways(func(w *way) { n += len(w.groups) })
	return n
}

// watched returns for how many connections the watcher waits.
func (p *Pool) watched() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.watch.n
}
