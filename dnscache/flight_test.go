package dnscache_test

import (
	"context"
	"errors"
	"net/netip"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pageload/dnscache"
	"pageload/dnscache/dnstest"
)

func TestResolverAsksOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, src := resolver(dnstest.Zone{"a.test": {Addrs: dnstest.IPs("192.0.2.1"), Delay: time.Second}})
		var wg sync.WaitGroup
		var shared int
		var mu sync.Mutex
		for i := range 50 {
			name := "a.test"
			if i%2 == 1 {
				name = "A.TEST."
			}
			wg.Go(func() {
				a := mustLookup(t, r, name)
				a.Addrs[0].IP = netip.Addr{} // the slices are the caller's
				a.Steps[1].Level = dnscache.Root
				mu.Lock()
				defer mu.Unlock()
				if a.Shared {
					shared++
				}
			})
		}
		wg.Wait()
		if got := src.Asked("a.test"); got != 1 || shared != 49 {
			t.Errorf("asked %d times, %d answers shared, want 1 and 49", got, shared)
		}
		a := mustLookup(t, r, "a.test")
		a.Addrs[0].IP = netip.Addr{}
		a = mustLookup(t, r, "a.test")
		if ips(a) != "192.0.2.1" || a.Shared {
			t.Errorf("from the cache: %s, shared %v, want 192.0.2.1 and false", ips(a), a.Shared)
		}
	})
}

func TestResolversNeverShare(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		one, src1 := resolver(dnstest.Zone{"a.test": {Addrs: dnstest.IPs("192.0.2.1"), Delay: time.Second}})
		two, src2 := resolver(dnstest.Zone{"a.test": {Addrs: dnstest.IPs("192.0.2.2"), Delay: time.Second}})
		var wg sync.WaitGroup
		for want, r := range map[string]*dnscache.Resolver{"192.0.2.1": one, "192.0.2.2": two} {
			for range 2 {
				wg.Go(func() {
					if got := ips(mustLookup(t, r, "a.test")); got != want {
						t.Errorf("got %s, want %s", got, want)
					}
				})
			}
		}
		wg.Wait()
		if src1.Asked("a.test") != 1 || src2.Asked("a.test") != 1 {
			t.Errorf("asked %d and %d times, want 1 each", src1.Asked("a.test"), src2.Asked("a.test"))
		}
	})
}

func TestResolverCancelsOneCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, src := resolver(dnstest.Zone{"a.test": {Addrs: dnstest.IPs("192.0.2.1"), Delay: time.Second}})
		why := errors.New("page closed")
		first, cancel := context.WithCancelCause(ctx)
		var wg sync.WaitGroup
		wg.Go(func() {
			_, err := r.Lookup(first, "a.test")
			var e *dnscache.Error
			if !errors.Is(err, context.Canceled) || !errors.Is(err, why) || !errors.As(err, &e) || e.Level != 0 {
				t.Errorf("canceled caller got %v, want context.Canceled with its cause and no level", err)
			}
			if d := time.Since(e.Steps[0].Start); d != 100*time.Millisecond {
				t.Errorf("canceled caller waited %v, want 100ms", d)
			}
		})
		synctest.Wait()
		wg.Go(func() {
			if a := mustLookup(t, r, "a.test"); !a.Shared || ips(a) != "192.0.2.1" {
				t.Errorf("the other caller got %+v", a)
			}
		})
		time.Sleep(100 * time.Millisecond)
		cancel(why)
		wg.Wait()
		if got := src.Asked("a.test"); got != 1 {
			t.Errorf("asked %d times, want 1", got)
		}
	})
}

func TestResolverDeadlineOfCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, _ := resolver(dnstest.Zone{"a.test": {Silent: true}})
		ctx, cancel := context.WithTimeout(ctx, time.Second)
		defer cancel()
		if _, err := r.Lookup(ctx, "a.test"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v, want context.DeadlineExceeded", err)
		}
	})
}

func TestResolverEndsWorkNobodyWaitsFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ended := make(chan error, 1)
		calls := 0
		r := &dnscache.Resolver{Sources: []dnscache.Source{
			dnscache.SourceFunc(dnscache.ISP, func(ctx context.Context, name string) (dnscache.Answer, error) {
				if calls++; calls == 2 {
					return dnscache.Answer{Addrs: []dnscache.Addr{{IP: netip.MustParseAddr("192.0.2.1")}}}, nil
				}
				<-ctx.Done()
				ended <- ctx.Err()
				time.Sleep(time.Hour) // a source that is slow to end must not hold up who comes next
				return dnscache.Answer{}, ctx.Err()
			}),
		}}
		var wg sync.WaitGroup
		ctx1, cancel1 := context.WithCancel(ctx)
		ctx2, cancel2 := context.WithCancel(ctx)
		for _, c := range []context.Context{ctx1, ctx2} {
			wg.Go(func() { r.Lookup(c, "a.test") })
		}
		synctest.Wait()
		cancel1()
		synctest.Wait()
		select {
		case <-ended:
			t.Error("work ended while one caller waits")
		default:
		}
		cancel2()
		wg.Wait()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("source's context ended with %v", err)
		}
		if a := mustLookup(t, r, "a.test"); a.Shared {
			t.Error("joined a question that had been given up")
		}
		time.Sleep(2 * time.Hour)
	})
}

func TestResolverEndedContext(t *testing.T) {
	r, src := resolver(dnstest.Zone{"a.test": {Addrs: dnstest.IPs("192.0.2.1")}})
	mustLookup(t, r, "a.test")
	done, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := r.Lookup(done, "b.test"); !errors.Is(err, context.Canceled) || src.Asked("b.test") != 0 {
		t.Errorf("error %v after %d questions, want context.Canceled after none", err, src.Asked("b.test"))
	}
	if a, err := r.Lookup(done, "a.test"); err != nil {
		t.Errorf("Lookup of a cached name = %v, %v, want its addresses", a, err)
	}
}

func TestResolverSurvivesSourceThatEndsItsGoroutine(t *testing.T) {
	r := &dnscache.Resolver{Sources: []dnscache.Source{
		dnscache.SourceFunc(dnscache.ISP, func(context.Context, string) (dnscache.Answer, error) {
			runtime.Goexit()
			return dnscache.Answer{}, nil
		}),
	}}
	if _, err := r.Lookup(ctx, "a.test"); err == nil {
		t.Error("no error")
	}
}
