package conn

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"
)

var (
	keyTLSB = Key{Scheme: "https", Host: "b.test", Port: 443}
	keyTLSC = Key{Scheme: "https", Host: "c.test", Port: 443}
)

// inSharedWorld has a shared HTTP/2 connection of keyTLS, number 1, whose
// session has so many free streams, and lookups that take 5 ms.
func inSharedWorld(t *testing.T, p *Pool, free int64, f func(w *world, first *Lease, s *streams)) {
	t.Helper()
	if p.Dialer.Resolver == nil {
		p.Dialer.Resolver = slow{names{"a.test": {"192.0.2.1"}, "b.test": {"192.0.2.9", "192.0.2.1"}, "c.test": {"192.0.2.1"}}, 5 * ms}
	}
	inH2World(t, p, func(w *world) {
		l := w.get(keyTLS)
		s := newStreams(free)
		l.Share(s)
		w.start = time.Now()
		f(w, l, s)
	})
}

func TestCoalescedRequestNeedsOnlyTheLookup(t *testing.T) {
	inSharedWorld(t, &Pool{}, 10, func(w *world, first *Lease, s *streams) {
		v := w.enqueue(ctxBg, "b", keyTLSB, Medium)
		w.sleep(5 * ms)
		v.want(true)
		info := v.lease.Info()
		if info.ConnID != 1 || !info.Reused || info.Coalesced != keyTLS || v.lease.Session() != Session(s) || info.Remote != tlsAddr {
			t.Errorf("got %+v", info)
		}
		if info.DNSEnd.Sub(info.DNSStart) != 5*ms || info.DNS.Name != "b.test" || !info.ConnectStart.IsZero() || !info.TLSStart.IsZero() {
			t.Errorf("steps %+v, lookup of %q", info.Timing, info.DNS.Name)
		}
		if n := len(w.net.Dials()); n != 1 {
			t.Errorf("%d dials, want 1", n)
		}
		v.lease.Release()
		v = w.enqueue(ctxBg, "again", keyTLSB, Medium) // not even the lookup
		v.want(true)
		if i := v.lease.Info(); i.ConnID != 1 || i.Timing != (Timing{}) || i.Coalesced != keyTLS {
			t.Errorf("got %+v", i)
		}
		v.lease.Release()
		first.Release()
		w.wantLives("1 idle 3")
		if l := w.get(keyTLSB); l.ID() != 1 || !l.Info().Idle {
			t.Errorf("from idle: %+v", l.Info())
		} else {
			l.Release()
		}
		w.sleep(300 * time.Second)
		w.wantLives("1 closed 4 by us: idle for 5m0s")
		if n := w.pool.groupCount(); n != 0 {
			t.Errorf("%d groups are left", n)
		}
	})
}

func TestCoalescingRule(t *testing.T) {
	private, partition, port, plain := keyTLSB, keyTLSB, keyTLSB, keyTLSB
	private.Private, partition.Partition, port.Port = true, "https://top.test", 8443
	plain.Scheme = "http"
	for _, test := range []struct {
		name string
		key  Key
		pool func(p *Pool)
		leaf func(*x509.Certificate)
		addr []string
		own  Key
		join bool
	}{
		{name: "covered", key: keyTLSB, join: true},
		{name: "an address of several", key: keyTLSB, addr: []string{"2001:db8::1", "192.0.2.7", "192.0.2.1"}, join: true},
		{name: "mapped address", key: keyTLSB, addr: []string{"::ffff:192.0.2.1"}, join: true},
		{name: "another address", key: keyTLSB, addr: []string{"192.0.2.7"}},
		{name: "not covered", key: keyTLSB, leaf: func(c *x509.Certificate) { c.DNSNames = []string{"a.test"} }},
		{name: "two names", key: keyTLSB, leaf: func(c *x509.Certificate) { c.DNSNames = []string{"a.test", "b.test"} }, join: true},
		{name: "a star is one label", key: Key{Scheme: "https", Host: "x.b.test", Port: 443}},
		{name: "an IP address that is covered", key: Key{Scheme: "https", Host: "192.0.2.1", Port: 443}, join: true},
		{name: "private", key: private},
		{name: "both private", key: private, own: Key{Scheme: "https", Host: "a.test", Port: 443, Private: true}, join: true},
		{name: "another partition", key: partition},
		{name: "another port", key: port},
		{name: "http", key: plain},
		{name: "certificate accepted unverified", key: keyTLSB, pool: func(p *Pool) { p.Dialer.TLS.InsecureSkipVerify = true }},
		{name: "client certificate", key: keyTLSB, pool: func(p *Pool) {
			p.Dialer.TLS.Certificates = []tls.Certificate{theAuthority().leaf(nil)}
		}},
		{name: "no h2 wanted", key: keyTLSB, pool: func(p *Pool) { p.Dialer.TLS.NextProtos = []string{"http/1.1"} }},
		{name: "connect-to the address", key: Key{Scheme: "https", Host: "other.test", Port: 443}, join: true,
			pool: func(p *Pool) { p.Dialer.ConnectTo = []ConnectTo{{Pattern: "*.test", Target: "192.0.2.1:443"}} }},
		{name: "families as they come", key: keyTLSB, addr: []string{"2001:db8::1", "192.0.2.1"}, join: true,
			pool: func(p *Pool) { p.Dialer.Resolver = families{p.Dialer.Resolver.(names), 0, 10 * ms} }},
	} {
		t.Run(test.name, func(t *testing.T) {
			hosts := names{"a.test": {"192.0.2.1"}, "b.test": {"192.0.2.1"}, "x.b.test": {"192.0.2.1"}}
			if test.addr != nil {
				hosts["b.test"] = test.addr
			}
			p := &Pool{Dialer: Dialer{TLS: clientTLS(), Resolver: hosts}}
			if test.pool != nil {
				test.pool(p)
			}
			if test.own == (Key{}) {
				test.own = keyTLS
			}
			inWorld(t, p, func(w *world) {
				protos := []string{"h2"}
				if p.Dialer.TLS.NextProtos != nil {
					protos = p.Dialer.TLS.NextProtos
				}
				w.serveTLS(&tls.Config{NextProtos: protos, Certificates: []tls.Certificate{theAuthority().leaf(test.leaf)}}, echo)
				l := w.get(test.own)
				l.Share(newStreams(10))
				v := w.enqueue(ctxBg, "v", test.key, Medium)
				w.sleep(2 * time.Second)
				joined := v.lease != nil && v.lease.ID() == l.ID()
				if joined != test.join {
					t.Errorf("joined %v, want %v; error %v", joined, test.join, v.err)
				}
				if joined && v.lease.Info().Coalesced != test.own {
					t.Errorf("coalesced with %v", v.lease.Info().Coalesced)
				}
			})
		})
	}
}

// A group that shares another's connection waits in one queue with it, in the
// order of priorities.
func TestCoalescedQueue(t *testing.T) {
	inSharedWorld(t, &Pool{}, 1, func(w *world, first *Lease, s *streams) {
		b := w.get(keyTLSB)
		s.free.Store(0)
		vs := []*waiter{
			w.enqueue(ctxBg, "a low", keyTLS, Low),
			w.enqueue(ctxBg, "b", keyTLSB, Medium),
			w.enqueue(ctxBg, "b high", keyTLSB, High),
		}
		if got, want := vs[1].trace[0], "blocked: no free stream on the HTTP/2 connection that this group shares with a.test"; got != want {
			t.Errorf("reason %q, want %q", got, want)
		}
		s.free.Store(1)
		first.Share(s)
		vs[2].want(true)
		vs[1].want(false)
		s.free.Store(1)
		b.Release()
		vs[1].want(true)
		vs[0].want(false)
		s.free.Store(1)
		vs[1].lease.Release()
		vs[0].want(true)
	})
}

// When the shared connection goes, its guests have their own opened.
func TestCoalescedConnectionEnds(t *testing.T) {
	inSharedWorld(t, &Pool{}, 1, func(w *world, first *Lease, s *streams) {
		b := w.get(keyTLSB)
		s.free.Store(0)
		v := w.enqueue(ctxBg, "waits", keyTLSB, Medium)
		first.Discard(errOop)
		w.sleep(100 * ms)
		v.want(true)
		if i := v.lease.Info(); i.ConnID != 3 || i.Coalesced != (Key{}) || i.Reused { // 2 was the lookup
			t.Errorf("got %+v", i)
		}
		b.Release()
		w.wantLives("1 closed 2 by us: oops", "3 busy 1")
	})
}

// Requests that wait for a connect of their own do not join; the next lookup does.
func TestCoalescingOnlyAfterTheLookup(t *testing.T) {
	p := &Pool{Dialer: Dialer{TLS: clientTLS()}}
	inH2World(t, p, func(w *world) {
		a, b := w.enqueue(ctxBg, "a", keyTLS, Medium), w.enqueue(ctxBg, "b", keyTLSB, Medium)
		w.sleep(time.Second)
		a.want(true)
		b.want(true)
		a.lease.Share(newStreams(10))
		b.lease.Share(newStreams(10))
		if a.lease.ID() == b.lease.ID() {
			t.Error("joined without a session")
		}
		if l := w.get(keyTLSC); l.ID() != a.lease.ID() {
			t.Errorf("c got connection %d, want the oldest", l.ID())
		}
	})
}

func TestMisdirected(t *testing.T) {
	inSharedWorld(t, &Pool{}, 10, func(w *world, first *Lease, s *streams) {
		first.Misdirected() // its own host: nothing to part
		b := w.get(keyTLSB)
		b.Misdirected()
		b.Release()
		if c := w.get(keyTLSC); c.ID() != 1 { // others are not concerned
			t.Errorf("c got %+v", c.Info())
		}
		b = w.get(keyTLSB)
		if b.ID() == 1 || b.Reused() || b.Info().Coalesced != (Key{}) {
			t.Errorf("b got %+v, want a connection of its own", b.Info())
		}
		b.Discard(nil)
		w.sleep(time.Second)
		if b = w.get(keyTLSB); b.ID() == 1 { // not forgotten with the group
			t.Errorf("b got %+v, want a connection of its own", b.Info())
		}
		if first.ID() != w.get(keyTLS).ID() {
			t.Error("a has lost its connection")
		}
	})
}

func TestHTTP1Required(t *testing.T) {
	inSharedWorld(t, &Pool{}, 10, func(w *world, first *Lease, s *streams) {
		b, waits := w.get(keyTLSB), w.get(keyTLSB)
		b.HTTP1Required()
		waits.HTTP1Required() // as the first one has said
		b.Release()
		waits.Release()
		if c := w.get(keyTLSC); c.ID() != 1 { // others are not concerned
			t.Errorf("c got %+v", c.Info())
		}
		if b = w.get(keyTLSB); b.ID() == 1 || b.Proto() != "http/1.1" || b.Info().Coalesced != (Key{}) {
			t.Errorf("b got %+v, want a connection of its own", b.Info())
		}
		b.HTTP1Required() // it is so already
		first.HTTP1Required()
		if a := w.get(keyTLS); a.ID() == 1 || a.Proto() != "http/1.1" {
			t.Errorf("a got %+v, want another connection", a.Info())
		}
		first.Release()
		if c := w.get(keyTLSC); c.ID() == 1 || c.Proto() != "h2" {
			t.Errorf("c got %+v, want another HTTP/2 connection", c.Info())
		}
	})
}

func TestCoalescedEvents(t *testing.T) {
	var kinds []EventKind
	p := &Pool{OnEvent: func(e Event) {
		if e.Key == keyTLSB {
			kinds = append(kinds, e.Kind)
		}
	}}
	inSharedWorld(t, p, 10, func(w *world, first *Lease, s *streams) {
		vs := w.enqueueN(keyTLSB, 2)
		w.sleep(5 * ms)
		if served(vs) != 2 {
			t.Errorf("%d served", served(vs))
		}
		want := []EventKind{EventConnecting, EventConnecting, EventJoined, EventJoined}
		if len(kinds) != 4 || kinds[2] != EventJoined || kinds[3] != EventJoined || EventJoined.String() != "joined" {
			t.Errorf("events %v, want %v", kinds, want)
		}
		if n := w.pool.size(); n != 1 {
			t.Errorf("%d connections, want 1", n)
		}
	})
}

// Many requests of three hosts that share, while sessions fill up, end, are
// discarded and answer 421: each request ends once and nothing is left.
func TestCoalescingRaces(t *testing.T) {
	for seed := range uint64(6) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			p := &Pool{IdleTimeout: 200 * ms, Dialer: Dialer{Resolver: slow{
				names{"a.test": {"192.0.2.1"}, "b.test": {"192.0.2.1"}, "c.test": {"192.0.2.1"}}, 5 * ms}}}
			inH2World(t, p, func(w *world) {
				rnd := rand.New(rand.NewPCG(seed, 7))
				var mu sync.Mutex
				ended, coalesced := 0, 0
				var wg sync.WaitGroup
				const n = 400
				for i := range n {
					k := []Key{keyTLS, keyTLSB, keyTLSC}[rnd.IntN(3)]
					hold, what, free := time.Duration(rnd.IntN(6))*5*ms, rnd.IntN(20), int64(rnd.IntN(4))
					ctx, cancel := context.WithCancel(ctxBg)
					if rnd.IntN(5) == 0 {
						time.AfterFunc(time.Duration(rnd.IntN(8))*5*ms, cancel)
					} else {
						defer cancel()
					}
					wg.Add(1)
					p.Enqueue(ctx, Request{Key: k, Priority: Priority(rnd.IntN(5) - 2)}, func(l *Lease, err error) {
						mu.Lock()
						defer mu.Unlock()
						if ended++; l == nil {
							wg.Done()
							return
						}
						if c := l.Info().Coalesced; c != (Key{}) {
							if coalesced++; c == k {
								t.Error("coalesced with itself")
							}
						}
						go func() {
							s, ok := l.Session().(*streams)
							if !ok {
								s = newStreams(2)
								l.Share(s)
							}
							time.Sleep(hold)
							switch {
							case what == 0:
								s.free.Store(0)
								l.Discard(errOop)
							case what == 1:
								p.Retire(l.ID(), errOop)
								l.Release()
							case what == 2 && seed%2 == 0:
								l.Misdirected()
								l.Release()
							default:
								s.free.Store(1 + free)
								l.Release()
							}
							wg.Done()
						}()
					})
					if i%5 == 0 {
						time.Sleep(10 * ms)
					}
				}
				wg.Wait()
				if ended != n || coalesced == 0 {
					t.Errorf("%d requests ended, want %d; %d coalesced", ended, n, coalesced)
				}
				time.Sleep(time.Second) // idle ones time out
				w.settle()
				if p.size() != 0 || p.groupCount() != 0 || len(p.sessions) != 0 || len(p.orphans) != 0 {
					t.Errorf("left: %d connections, %d groups, sessions at %d addresses, %d orphans",
						p.size(), p.groupCount(), len(p.sessions), len(p.orphans))
				}
			})
		})
	}
}
