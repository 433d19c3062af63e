//go:build linux

package smallnet_test

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pageload/dnscache"
	"pageload/dnscache/internal/smallnet"
	"pageload/dnscache/system"
)

// outcome is what a lookup comes to.
type outcome struct {
	kind  string // "addresses", "no such name", "no address", "failure"
	addrs string
	ttl   time.Duration
	err   error
}

func (o outcome) String() string {
	if o.kind == "failure" {
		return fmt.Sprintf("failure (%v)", o.err)
	}
	return fmt.Sprintf("%s %s TTL %v", o.kind, o.addrs, o.ttl)
}

// same reports whether two outcomes are alike. The TTLs may differ by as long as the small internet is there: what one of
// them had learnt before has aged meanwhile.
func (o outcome) same(p outcome) bool {
	return o.kind == p.kind && o.addrs == p.addrs && (o.ttl-p.ttl).Abs() <= time.Since(began)+time.Second
}

var began = time.Now()

func outcomeOf(a dnscache.Answer, err error) outcome {
	o := outcome{ttl: a.TTL, err: err}
	var addrs []netip.Addr
	for _, addr := range a.Addrs {
		addrs = append(addrs, addr.IP)
	}
	slices.SortFunc(addrs, netip.Addr.Compare)
	o.addrs = strings.Trim(fmt.Sprint(addrs), "[]")
	switch {
	case err == nil:
		o.kind = "addresses"
	case errors.Is(err, dnscache.ErrNotFound):
		o.kind = "no such name"
	case errors.Is(err, dnscache.ErrNoAddress):
		o.kind = "no address"
	default:
		o.kind, o.ttl = "failure", 0
	}
	return o
}

// atOnce is how many names are asked for at the same time.
const atOnce = 40

// lookupAll asks a source for all names, some at a time.
func lookupAll(ctx context.Context, s dnscache.Source, names []smallnet.Name) map[string]outcome {
	var (
		mu   sync.Mutex
		all  = make(map[string]outcome)
		wg   sync.WaitGroup
		free = make(chan struct{}, atOnce)
	)
	for _, n := range names {
		free <- struct{}{}
		wg.Go(func() {
			o := outcomeOf(s.Lookup(ctx, n.Name))
			mu.Lock()
			defer mu.Unlock()
			all[n.Name] = o
			<-free
		})
	}
	wg.Wait()
	return all
}

// server is a source that asks one recursing server of the small internet, with patience: unbound says nothing where it
// took longer than two seconds (discard-timeout), and what it found out when it is asked again.
func server(at dnscache.Level, addr netip.Addr) *system.Server {
	return &system.Server{At: at, Addrs: []netip.AddrPort{netip.AddrPortFrom(addr, 53)}, Timeout: 2 * time.Second, Attempts: 15}
}

func sound() []smallnet.Name {
	return slices.DeleteFunc(smallnet.Names(), func(n smallnet.Name) bool { return n.Broken != "" })
}

// expected is what the ordinary zones say about a name, by the records that sound makes; ok is false for other names.
func expected(name string) (o outcome, ok bool) {
	var i int
	label, origin, _ := strings.Cut(name, "site")
	if _, err := fmt.Sscanf(origin, "%02d", &i); err != nil {
		return o, false
	}
	negative := []time.Duration{60 * time.Second, 30 * time.Second}[i%2]
	next := i%40 + 1
	addrs := func(ttl int, format string, args ...any) (outcome, bool) {
		return outcome{kind: "addresses", addrs: fmt.Sprintf(format, args...), ttl: time.Duration(ttl) * time.Second}, true
	}
	switch label {
	case "":
		return addrs(300+i, "192.0.2.%d", i)
	case "www.":
		return addrs(200+i, "192.0.2.%d 2001:db8:80::%d", i, i)
	case "two.":
		return addrs(400, "192.0.2.%d 192.0.2.%d", 100+i, 150+i)
	case "six.":
		return addrs(500, "2001:db8:80::%d:6", i)
	case "cdn.":
		return addrs(120, "192.0.2.%d 2001:db8:80::%d", next, next)
	case "mail.":
		return outcome{kind: "no address", ttl: negative}, true
	case "none.":
		return outcome{kind: "no such name", ttl: negative}, true
	}
	return o, false
}

func TestLevelsKnowAllNames(t *testing.T) {
	smallnet.Need(t)
	for _, s := range []*system.Server{server(dnscache.ISP, smallnet.ISP), server(dnscache.Router, smallnet.Router)} {
		asked := 0
		for name, got := range lookupAll(t.Context(), s, sound()) {
			want, ok := expected(name)
			if !ok {
				continue
			}
			asked++
			if !got.same(want) || got.ttl > want.ttl {
				t.Errorf("%v: %s: %v, want %v", s.Level(), name, got, want)
			}
		}
		if asked < 200 {
			t.Errorf("%v: %d names asked", s.Level(), asked)
		}
	}
}
