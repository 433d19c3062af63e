package iterate_test

import (
	"context"
	"errors"
	"net/netip"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pageload/dnscache"
	"pageload/dnscache/dnstest"
	"pageload/dnscache/iterate"
)

// thousand puts a question a thousand times at once, and returns the answers.
func thousand(r *iterate.Resolver, name func(i int) string) ([]dnscache.Answer, []error) {
	answers, errs := make([]dnscache.Answer, 1000), make([]error, 1000)
	var wg sync.WaitGroup
	for i := range answers {
		wg.Go(func() { answers[i], errs[i] = r.Lookup(ctx, name(i)) })
	}
	wg.Wait()
	return answers, errs
}

func TestEqualLookupsAreOneWalk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in := newInternet("")
		in.Set(dnstest.Conduct{Delay: 20 * time.Millisecond}, rootIP, testIP, testIP2, goodIP, goodIP2)
		r := &iterate.Resolver{Roots: in.Roots(), Dial: in.Dial}
		answers, errs := thousand(r, func(int) string { return "www.good.test" })
		if got := len(in.Log()); got != 4 {
			t.Errorf("%d questions, want 4", got)
		}
		alone := 0
		for i, a := range answers {
			if addrs(a) != found || errs[i] != nil {
				t.Fatalf("answer %d: %v, %v", i, a, errs[i])
			}
			if !a.Shared {
				alone++
			}
			a.Addrs[0].IP, a.Steps[0].Server = netip.Addr{}, "" // each has its own
		}
		if alone != 1 {
			t.Errorf("%d answers are not shared, want 1", alone)
		}
	})
}

func TestNamesOfOneZoneShareItsDelegation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in := newInternet("")
		in.Zone("good.test.", "*.w A 203.0.113.81", goodIP, goodIP2)
		in.Set(dnstest.Conduct{Delay: 20 * time.Millisecond}, rootIP, testIP, testIP2, goodIP, goodIP2)
		r := &iterate.Resolver{Roots: in.Roots(), Dial: in.Dial}
		_, errs := thousand(r, func(i int) string { return "n" + string(rune('a'+i%10)) + ".w.good.test" })
		for _, err := range errs {
			if err != nil {
				t.Fatal(err)
			}
		}
		// test, good.test and w.good.test once; two questions for each of ten names.
		if got := asked(in); len(got) != 23 {
			t.Errorf("%d questions, want 23: %q", len(got), got)
		}
	})
}

func TestDeadServersCostOneWalk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in := newInternet("")
		in.Set(dnstest.Conduct{Silent: true}, goodIP, goodIP2)
		r := &iterate.Resolver{Roots: in.Roots(), Dial: in.Dial}
		start := time.Now()
		_, errs := thousand(r, func(int) string { return "www.good.test" })
		one := len(in.Log())
		if took := time.Since(start); one > 20 || took > 6*time.Second {
			t.Errorf("%d questions in %v, want at most 20 in 6s", one, took)
		}
		for _, err := range errs {
			if !errors.Is(err, os.ErrDeadlineExceeded) && !errors.Is(err, context.DeadlineExceeded) {
				t.Fatalf("error %v, want a timeout", err)
			}
		}
		// The failure is remembered for the name, and that the servers are silent for others.
		start = time.Now()
		a, err := r.Lookup(ctx, "www.good.test")
		if err == nil || len(in.Log()) != one || time.Since(start) != 0 || !a.Steps[0].Cached {
			t.Errorf("again: %v, %d more questions in %v, want none", err, len(in.Log())-one, time.Since(start))
		}
		r.Lookup(ctx, "alias.good.test")
		in.ResetLog()
		thousand(r, func(i int) string { return strings.Repeat("x", 1+i%50) + ".good.test" })
		if more := len(in.Log()); more > 4 {
			t.Errorf("50 other names: %d more questions, want at most 4", more)
		}
		// Servers that are well again are found.
		in.Set(dnstest.Conduct{}, goodIP, goodIP2)
		time.Sleep(6 * time.Second)
		if a, err := r.Lookup(ctx, "www.good.test"); addrs(a) != found {
			t.Errorf("after 6s: %v, %v", a, err)
		}
	})
}

func TestCancelledCallerLeavesOthersAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in := newInternet("")
		in.Set(dnstest.Conduct{Delay: time.Second / 4}, rootIP, testIP, testIP2, goodIP, goodIP2)
		r := &iterate.Resolver{Roots: in.Roots(), Dial: in.Dial}
		short, cancel := context.WithTimeout(ctx, 100*time.Millisecond)
		defer cancel()
		var wg sync.WaitGroup
		wg.Go(func() {
			if a, err := r.Lookup(ctx, "www.good.test"); addrs(a) != found {
				t.Errorf("patient caller: %v, %v", a, err)
			}
		})
		start := time.Now()
		a, err := r.Lookup(short, "www.good.test")
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != 100*time.Millisecond || len(a.Steps) != 1 {
			t.Errorf("caller with 100ms: %v after %v, steps %v", err, time.Since(start), a.Steps)
		}
		wg.Wait()
		if got := len(in.Log()); got != 4 {
			t.Errorf("%d questions, want 4", got)
		}

		// Where nobody is left, the walk ends, and its end is no failure of the name.
		short, cancel = context.WithTimeout(ctx, 100*time.Millisecond)
		defer cancel()
		if _, err := r.Lookup(short, "www.example"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v", err)
		}
		if a, err := r.Lookup(ctx, "www.example"); addrs(a) != "203.0.113.90" {
			t.Errorf("after a cancelled lookup: %v, %v", a, err)
		}
	})
}

// A source of a chain gets what the chain needs.
func TestInChain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in := newInternet("svc HTTPS 1 . alpn=h2,h3 port=8443 ipv4hint=203.0.113.7\nsvc A 203.0.113.8\n")
		walk := &iterate.Resolver{Roots: in.Roots(), Dial: in.Dial, HTTPS: true}
		r := dnscache.Resolver{Sources: []dnscache.Source{walk}}
		a, err := r.Lookup(ctx, "SVC.test.")
		if err != nil || addrs(a) != "203.0.113.8" || a.Level != dnscache.Root || len(a.HTTPS) != 1 || a.HTTPS[0].Port != 8443 {
			t.Errorf("Lookup = %+v, %v", a, err)
		}
		if a, err := r.Lookup(ctx, "www.good.test"); err != nil || len(a.Addrs) != 2 || len(a.HTTPS) != 0 {
			t.Errorf("name without HTTPS records: %+v, %v", a, err)
		}
		_, err = r.Lookup(ctx, "none.good.test")
		var fault *dnscache.Error
		if !errors.As(err, &fault) || !errors.Is(err, dnscache.ErrNotFound) || fault.Level != dnscache.Root || fault.RCode != "NXDOMAIN" {
			t.Errorf("error %v", err)
		}
	})
}

func TestInvalidName(t *testing.T) {
	in := newInternet("")
	r := &iterate.Resolver{Roots: in.Roots(), Dial: in.Dial}
	for _, name := range []string{strings.Repeat("x", 64) + ".test", "a..test", strings.Repeat("x.", 200) + "test"} {
		if _, err := r.Lookup(ctx, name); !errors.Is(err, dnscache.ErrInvalidName) || len(in.Log()) != 0 {
			t.Errorf("%s: %v, %d questions, want ErrInvalidName and none", name, err, len(in.Log()))
		}
	}
}

func TestPriming(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in := newInternet("")
		in.Zone(".", "@ 600 NS a.root.\n@ 600 NS b.root.\na.root. A 198.51.100.1\nb.root. A 198.51.100.9\ntest NS ns1.test\nns1.test A 198.51.100.2", rootIP, "198.51.100.9")
		for _, first := range []string{rootIP, noneIP} {
			hints := []netip.AddrPort{netip.MustParseAddrPort(first + ":53"), netip.MustParseAddrPort(rootIP + ":53")}
			r := &iterate.Resolver{Roots: hints, Dial: in.Dial, Prime: true}
			in.ResetLog()
			if a, err := r.Lookup(ctx, "www.good.test"); addrs(a) != found {
				t.Errorf("%v, %v", a, err)
			}
			if got := asked(in); got[0] != "NS ." || len(got) > 6 {
				t.Errorf("asked %q, want NS . first", got)
			}
			r.Lookup(ctx, "nope")
			if got := asked(in); len(got) != 1 || got[0] != "A nope" {
				t.Errorf("asked %q, want A nope alone", got)
			}
		}
	})
}

// Over sockets, without virtual time.
func TestOverLoopback(t *testing.T) {
	in := newInternet("")
	in.Set(dnstest.Conduct{Truncated: true}, goodIP, goodIP2)
	if err := in.Start(); err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	r := &iterate.Resolver{Roots: in.Roots(), Dial: in.DialLoopback}
	a, err := r.Lookup(ctx, "www.good.test")
	if addrs(a) != found {
		t.Errorf("%v, %v", a, err)
	}
	tcp := 0
	for _, s := range a.Steps {
		if s.Transport == "tcp" {
			tcp++
		}
	}
	if tcp != 2 {
		t.Errorf("%d steps over TCP, want 2", tcp)
	}
}
