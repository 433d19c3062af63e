package conn

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"pageload/conn/conntest"
	"pageload/dnscache"
)

// An attempt of the race as the tests write it: when, where and how it ended.
func attempts(start time.Time, list []Attempt) []string {
	var s []string
	for _, a := range list {
		result := "ok"
		if a.Err != nil {
			result = a.Err.Error()
		}
		s = append(s, fmt.Sprintf("%v %v +%v %s", a.Start.Sub(start), a.Addr.Addr(), a.Duration, result))
	}
	return s
}

func TestRace(t *testing.T) {
	const v6a, v6b, v6c = "2001:db8::a", "2001:db8::b", "2001:db8::c"
	const v4a, v4b = "192.0.2.1", "192.0.2.2"
	refuse, hole := conntest.Rule{Refuse: true}, conntest.Rule{Blackhole: true}
	slow := func(d time.Duration) conntest.Rule { return conntest.Rule{Latency: d} }
	tests := []struct {
		name  string
		addrs []string
		rules map[string]conntest.Rule
		edit  func(*Dialer)
		want  []string
		err   error
	}{
		{name: "one", addrs: []string{v4a}, want: []string{"0s 192.0.2.1 +20ms ok"}},
		{
			name: "IPv6 first, whatever the resolver's order", addrs: []string{v4a, v6a},
			want: []string{"0s 2001:db8::a +20ms ok"},
		},
		{ // vector first-black-hole
			name: "black hole", addrs: []string{v6a, v4a}, rules: map[string]conntest.Rule{v6a: hole},
			want: []string{"0s 2001:db8::a +270ms another address was faster", "250ms 192.0.2.1 +20ms ok"},
		},
		{ // vector first-refused
			name: "refused", addrs: []string{v6a, v4a}, rules: map[string]conntest.Rule{v6a: refuse},
			want: []string{"0s 2001:db8::a +20ms connection refused", "20ms 192.0.2.1 +20ms ok"},
		},
		{ // vector interleave
			name: "interleaved", addrs: []string{v4a, v4b, v6a, v6b, v6c},
			rules: map[string]conntest.Rule{v4a: refuse, v4b: refuse, v6a: refuse, v6b: refuse, v6c: refuse},
			want: []string{
				"0s 2001:db8::a +20ms connection refused", "20ms 192.0.2.1 +20ms connection refused",
				"40ms 2001:db8::b +20ms connection refused", "60ms 192.0.2.2 +20ms connection refused",
				"80ms 2001:db8::c +20ms connection refused",
			},
			err: syscall.ECONNREFUSED,
		},
		{
			name: "slow first still wins", addrs: []string{v6a, v4a},
			rules: map[string]conntest.Rule{v6a: slow(140 * ms), v4a: slow(140 * ms)},
			want:  []string{"0s 2001:db8::a +280ms ok", "250ms 192.0.2.1 +30ms another address was faster"},
		},
		{
			name: "a failure does not wait for the delay, the next does", addrs: []string{v6a, v6b, v4a, v4b},
			rules: map[string]conntest.Rule{v6a: hole, v4a: refuse, v6b: hole},
			want: []string{
				"0s 2001:db8::a +540ms another address was faster", "250ms 192.0.2.1 +20ms connection refused",
				"270ms 2001:db8::b +270ms another address was faster", "520ms 192.0.2.2 +20ms ok",
			},
		},
		{
			name: "each address once, mapped ones as IPv4", addrs: []string{v4a, "::ffff:192.0.2.1", v4a},
			rules: map[string]conntest.Rule{v4a: refuse},
			want:  []string{"0s 192.0.2.1 +20ms connection refused"}, err: syscall.ECONNREFUSED,
		},
		{
			name: "timeout", addrs: []string{v6a, v4a}, rules: map[string]conntest.Rule{v6a: hole, v4a: hole},
			edit: func(d *Dialer) { d.ConnectTimeout = time.Second },
			want: []string{"0s 2001:db8::a +1s connect timeout after 1s", "250ms 192.0.2.1 +750ms connect timeout after 1s"},
			err:  os.ErrDeadlineExceeded,
		},
		{
			name: "unreachable family costs nothing", addrs: []string{v6a, v4a},
			rules: map[string]conntest.Rule{v6a: {Err: syscall.ENETUNREACH}},
			want:  []string{"0s 2001:db8::a +0s network is unreachable", "0s 192.0.2.1 +20ms ok"},
		},
		{
			name: "own delay", addrs: []string{v6a, v4a}, rules: map[string]conntest.Rule{v6a: hole},
			edit: func(d *Dialer) { d.AttemptDelay = 300 * ms },
			want: []string{"0s 2001:db8::a +320ms another address was faster", "300ms 192.0.2.1 +20ms ok"},
		},
		{
			name: "one after the other", addrs: []string{v6a, v4a}, rules: map[string]conntest.Rule{v6a: slow(time.Second)},
			edit: func(d *Dialer) { d.AttemptDelay = -1 },
			want: []string{"0s 2001:db8::a +2s ok"},
		},
		{
			name: "policy", addrs: []string{v6a, v4a},
			edit: func(d *Dialer) {
				d.Policy = func(a netip.AddrPort) error {
					if a.Addr().Is6() {
						return errOop
					}
					return nil
				}
			},
			want: []string{"0s 2001:db8::a +0s refused by policy: oops", "0s 192.0.2.1 +20ms ok"},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := &Pool{Dialer: Dialer{Resolver: names{"host.test": test.addrs}}, BackupDelay: -1}
			if test.edit != nil {
				test.edit(&p.Dialer)
			}
			inWorld(t, p, func(w *world) {
				for _, s := range []string{v6a, v6b, v6c, v4b} {
					w.serve(netip.AddrPortFrom(netip.MustParseAddr(s), 80), func(c *conntest.Conn) { c.Read(make([]byte, 1)) })
				}
				for s, r := range test.rules {
					w.net.SetRule(netip.AddrPortFrom(netip.MustParseAddr(s), 80), r)
				}
				l, err := w.pool.Get(ctxBg, Request{Key: Key{Scheme: "http", Host: "host.test", Port: 80}})
				w.settle()
				if !errors.Is(err, test.err) {
					t.Errorf("error %v, want %v", err, test.err)
				}
				got := attempts(w.start, w.pool.Records()[0].Attempts)
				if !slices.Equal(got, test.want) {
					t.Errorf("attempts\n %s\nwant\n %s", strings.Join(got, "\n "), strings.Join(test.want, "\n "))
				}
				if l != nil {
					if n := w.net.Open(); n != 2 {
						t.Errorf("%d ends open, want those of the winner: losers are closed", n)
					}
				}
			})
		})
	}
}

// A dial that succeeds although its race is over is closed.
func TestRaceClosesLateWinner(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := &conntest.Network{}
		stop, _ := n.Serve(addr1, func(c *conntest.Conn) { c.Read(make([]byte, 1)) })
		defer stop()
		d := &Dialer{
			Resolver: names{"host.test": {"2001:db8::1", "192.0.2.1"}},
			Dial: func(ctx context.Context, network string, a netip.AddrPort) (net.Conn, error) {
				if a.Addr().Is6() { // deaf to ctx
					time.Sleep(time.Second)
				}
				return n.Dial(ctxBg, network, addr1)
			},
		}
		c, err := d.DialContext(ctxBg, "tcp", "host.test:80")
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Second)
		c.Close()
		synctest.Wait()
		if n.Open() != 0 {
			t.Errorf("%d ends open", n.Open())
		}
	})
}

func TestRaceGivenUpByCaller(t *testing.T) {
	for _, addrs := range [][]string{{"192.0.2.1"}, {"192.0.2.1", "192.0.2.2"}} {
		synctest.Test(t, func(t *testing.T) {
			n := &conntest.Network{}
			n.SetRule(addr1, conntest.Rule{Blackhole: true})
			n.SetRule(netip.MustParseAddrPort("192.0.2.2:80"), conntest.Rule{Blackhole: true})
			d := &Dialer{Resolver: names{"host.test": addrs}, Dial: n.Dial}
			ctx, cancel := context.WithCancelCause(ctxBg)
			time.AfterFunc(time.Second, func() { cancel(errOop) })
			start := time.Now()
			_, err := d.DialContext(ctx, "tcp", "host.test:80")
			var de *DialError
			if !errors.Is(err, context.Canceled) || !errors.Is(err, errOop) || errors.As(err, &de) {
				t.Errorf("error %v, want the caller's own", err)
			}
			if got := time.Since(start); got != time.Second {
				t.Errorf("took %v", got)
			}
		})
	}
}

// families is a FamilyResolver: each family comes after a time of its own.
type families struct {
	names
	v6After, v4After time.Duration
}

func (f families) LookupFamilies(ctx context.Context, host string, found func(v6 bool, addrs []netip.Addr)) (dnscache.Answer, error) {
	all, err := f.Lookup(ctx, host)
	if err != nil {
		return all, err
	}
	tell := func(after time.Duration, v6 bool) func() error {
		return func() error {
			select {
			case <-time.After(after):
			case <-ctx.Done():
				return ctx.Err()
			}
			var list []netip.Addr
			for _, a := range all.Addrs {
				if a.IP.Is6() == v6 {
					list = append(list, a.IP)
				}
			}
			found(v6, list)
			return nil
		}
	}
	first, second := tell(f.v6After, true), tell(f.v4After-f.v6After, false)
	if f.v4After < f.v6After {
		first, second = tell(f.v4After, false), tell(f.v6After-f.v4After, true)
	}
	if err := first(); err != nil {
		return dnscache.Answer{}, err
	}
	if err := second(); err != nil {
		return dnscache.Answer{}, err
	}
	return all, nil
}

// The first four cases of the Happy Eyeballs vectors (RFC 8305 section 3).
func TestResolutionDelay(t *testing.T) {
	both := []string{"2001:db8::a", "192.0.2.1"}
	tests := []struct {
		name   string
		addrs  []string
		v6, v4 time.Duration
		rules  map[string]conntest.Rule
		want   []string
	}{
		{"aaaa-first", both, 5 * ms, 20 * ms, nil, []string{"5ms 2001:db8::a +20ms ok"}},
		{"a-first-aaaa-within-delay", both, 40 * ms, 10 * ms, nil, []string{"40ms 2001:db8::a +20ms ok"}},
		{"a-first-aaaa-late", both, 500 * ms, 10 * ms, nil, []string{"60ms 192.0.2.1 +20ms ok"}},
		{"a-first-aaaa-empty", both[1:], 30 * ms, 10 * ms, nil, []string{"30ms 192.0.2.1 +20ms ok"}},
		{
			"late AAAA joins the list", both, 500 * ms, 10 * ms, map[string]conntest.Rule{"192.0.2.1": {Blackhole: true}},
			[]string{"60ms 192.0.2.1 +460ms another address was faster", "500ms 2001:db8::a +20ms ok"},
		},
		{
			"late AAAA after a failure", both, 500 * ms, 10 * ms, map[string]conntest.Rule{"192.0.2.1": {Refuse: true}},
			[]string{"60ms 192.0.2.1 +20ms connection refused", "500ms 2001:db8::a +20ms ok"},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := families{names{"host.test": test.addrs}, test.v6, test.v4}
			inWorld(t, &Pool{Dialer: Dialer{Resolver: r}}, func(w *world) {
				w.serve(netip.MustParseAddrPort("[2001:db8::a]:80"), func(c *conntest.Conn) { c.Read(make([]byte, 1)) })
				for s, r := range test.rules {
					w.net.SetRule(netip.AddrPortFrom(netip.MustParseAddr(s), 80), r)
				}
				l := w.get(Key{Scheme: "http", Host: "host.test", Port: 80})
				r := w.pool.Records()[0]
				if got := attempts(w.start, r.Attempts); !slices.Equal(got, test.want) {
					t.Errorf("attempts %q\nwant     %q", got, test.want)
				}
				if i := l.Info(); !i.DNSStart.Equal(w.start) || !i.DNSEnd.Equal(i.ConnectStart) {
					t.Errorf("DNS from %v to %v, connect from %v", i.DNSStart.Sub(w.start), i.DNSEnd.Sub(w.start), i.ConnectStart.Sub(w.start))
				}
			})
		})
	}
	t.Run("no such name", func(t *testing.T) {
		inWorld(t, &Pool{Dialer: Dialer{Resolver: families{names: names{}}}}, func(w *world) {
			_, err := w.pool.Get(ctxBg, Request{Key: keyA})
			var re *ResolveError
			if !errors.As(err, &re) || !errors.Is(err, dnscache.ErrNotFound) {
				t.Errorf("error %v, want a ResolveError", err)
			}
		})
	})
	t.Run("no answer", func(t *testing.T) {
		r := families{names{"a.test": nil}, time.Hour, time.Hour}
		inWorld(t, &Pool{Dialer: Dialer{Resolver: r, ConnectTimeout: time.Second}}, func(w *world) {
			_, err := w.pool.Get(ctxBg, Request{Key: keyA})
			var re *ResolveError
			if !errors.As(err, &re) || !re.Timeout() || time.Since(w.start) != time.Second {
				t.Errorf("error %v after %v, want a timeout after 1s", err, time.Since(w.start))
			}
		})
	})
}
