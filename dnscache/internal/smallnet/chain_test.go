//go:build linux

package smallnet_test

import (
	"net/netip"
	"slices"
	"testing"
	"time"

	"pageload/dnscache"
	"pageload/dnscache/internal/smallnet"
	"pageload/dnscache/iterate"
	"pageload/dnscache/system"
)

// levelsOf are the levels of the steps, each once, in their order.
func levelsOf(steps []dnscache.Step) []dnscache.Level {
	var all []dnscache.Level
	for _, s := range steps {
		if !slices.Contains(all, s.Level) {
			all = append(all, s.Level)
		}
	}
	return all
}

func TestChain(t *testing.T) {
	smallnet.Need(t)
	const browser, os, router, isp, root = dnscache.Browser, dnscache.OS, dnscache.Router, dnscache.ISP, dnscache.Root
	silent := []netip.AddrPort{netip.AddrPortFrom(smallnet.Silent, 53)}
	closed := []netip.AddrPort{netip.AddrPortFrom(smallnet.ISP, 54)}
	atOS := []dnscache.Source{&system.Hosts{}, &system.Resolved{}, &system.NSCD{}}
	gateway := &system.Router{Timeout: patience}
	roots := &iterate.Resolver{Roots: smallnet.Roots()}
	tests := []struct {
		what, name string
		beyond     []dnscache.Source
		levels     []dnscache.Level
		err        error
	}{
		{"hosts file", "host.lan", []dnscache.Source{gateway}, []dnscache.Level{browser, os}, nil},
		{"router", "www.site10.com", []dnscache.Source{gateway, &system.ISP{}, roots}, []dnscache.Level{browser, os, router}, nil},
		{"router without server", "www.site10.com", []dnscache.Source{&system.Router{Addrs: closed}, &system.ISP{}, roots},
			[]dnscache.Level{browser, os, router, isp}, nil},
		{"silent router, dead ISP", "www.site10.com", []dnscache.Source{&system.Router{Addrs: silent}, &system.Server{Addrs: closed}, roots},
			[]dnscache.Level{browser, os, router, isp, root}, nil},
		{"ISP that fails", "www.refused.org", []dnscache.Source{&system.ISP{}, roots}, []dnscache.Level{browser, os, isp, root}, nil},
		{"no such name by the router", "none.site10.com", []dnscache.Source{gateway, roots}, []dnscache.Level{browser, os, router}, dnscache.ErrNotFound},
		{"no such name by the root", "none.site10.com", []dnscache.Source{roots}, []dnscache.Level{browser, os, root}, dnscache.ErrNotFound},
	}
	for _, tt := range tests {
		t.Run(tt.what, func(t *testing.T) {
			r := dnscache.Resolver{Sources: slices.Concat(atOS, tt.beyond)}
			a, err := r.Lookup(t.Context(), tt.name)
			if got := levelsOf(a.Steps); !slices.Equal(got, tt.levels) {
				t.Errorf("levels %v, want %v", got, tt.levels)
			}
			if tt.name == "www.refused.org" {
				if outcomeOf(a, err).kind != "failure" {
					t.Errorf("%v, %v", a, err)
				}
				return
			}
			if outcomeOf(a, err).kind != outcomeOf(a, tt.err).kind || a.Level != tt.levels[len(tt.levels)-1] {
				t.Errorf("level %v, %v", a.Level, err)
			}
			again, _ := r.Lookup(t.Context(), tt.name)
			if again.Level != browser || !again.Steps[0].Cached {
				t.Errorf("the second answer is of level %v", again.Level)
			}
		})
	}
}

// The browser's cache counts in less than seconds.
func TestBrowserHasWhatWasLeft(t *testing.T) {
	smallnet.Need(t)
	r := dnscache.Resolver{Sources: []dnscache.Source{&iterate.Resolver{Roots: smallnet.Roots()}}}
	start := time.Now()
	first, err := r.Lookup(t.Context(), "two.site11.net")
	if err != nil {
		t.Fatal(err)
	}
	again, err := r.Lookup(t.Context(), "two.site11.net")
	asked := time.Now()
	if err != nil || again.Level != dnscache.Browser || again.TTL > first.TTL || first.TTL-again.TTL > asked.Sub(start) {
		t.Errorf("TTL %v, and %v within %v (%v)", first.TTL, again.TTL, asked.Sub(start), err)
	}
}
