//go:build linux

package smallnet_test

import (
	"errors"
	"sync"
	"testing"

	"pageload/dnscache"
	"pageload/dnscache/internal/smallnet"
	"pageload/dnscache/iterate"
)

// A page with a thousand references to a host whose servers are dead costs one walk, also where half of them come when
// that has failed.
func TestDeadServersCostOneWalk(t *testing.T) {
	smallnet.Need(t)
	for _, name := range []string{"www.silent.com", "www.closed.com", "www.refused.org"} {
		one := &dnscache.Resolver{Sources: []dnscache.Source{&iterate.Resolver{Roots: smallnet.Roots()}}}
		before := packets(t)
		if _, err := one.Lookup(t.Context(), name); err == nil || errors.Is(err, dnscache.ErrNotFound) {
			t.Fatalf("%s: %v, want a failure", name, err)
		}
		single := packets(t) - before

		r := &dnscache.Resolver{Sources: []dnscache.Source{&iterate.Resolver{Roots: smallnet.Roots()}}}
		before = packets(t)
		var wg sync.WaitGroup
		for range 500 {
			wg.Go(func() { r.Lookup(t.Context(), name) })
		}
		wg.Wait()
		for range 500 {
			a, err := r.Lookup(t.Context(), name)
			if err == nil || a.Level != dnscache.Root {
				t.Fatalf("%s: level %v, %v, want the failure at level root", name, a.Level, err)
			}
		}
		thousand := packets(t) - before
		t.Logf("%s: one question %d packets, a thousand %d", name, single, thousand)
		if thousand > single+10 { // whom a walk asks first is not always the same
			t.Errorf("%s: a thousand questions cost %d packets, one %d", name, thousand, single)
		}
	}
}
