//go:build linux

package smallnet_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"pageload/dnscache"
	"pageload/dnscache/internal/smallnet"
	"pageload/dnscache/iterate"
)

// different are the zones that unbound and this library see differently.
var different = map[string]struct {
	got, want string // here and there
	why       string
}{
	"sideways.org":        {"failure", "no address", "it refers to the servers that were asked; that is not for the zone to say"},
	"itself.com":          {"failure", "no address", "the same"},
	"downward.org":        {"failure", "no address", "it refers to a zone beneath, whose server is found by asking that very zone"},
	"elsewhere.org":       {"failure", "no address", "it refers to a zone that the name is not in"},
	"nothing.org":         {"failure", "no address", "neither answer nor referral nor SOA record, and not authoritative"},
	"none-has-answer.org": {"addresses", "no such name", "it has an address and the code that says that there is no such name"},
}

// differs returns how a name may be seen differently, if it may.
func differs(name string) (got, want string, ok bool) {
	for zone, d := range different {
		if strings.HasSuffix(name, "."+zone) {
			return d.got, d.want, true
		}
	}
	return "", "", false
}

func TestWalkAnswersAsUnboundDoes(t *testing.T) {
	smallnet.Need(t)
	names := smallnet.Names()
	start := time.Now()
	want := lookupAll(t.Context(), server(dnscache.ISP, smallnet.ISP), names)
	t.Logf("unbound took %v", time.Since(start).Round(time.Millisecond))
	begin := time.Now()
	got := lookupAll(t.Context(), &iterate.Resolver{Roots: smallnet.Roots(), Timeout: 30 * time.Second}, names)
	t.Logf("iterate took %v", time.Since(begin).Round(time.Millisecond))
	for _, name := range slices.Sorted(maps.Keys(want)) {
		want, got := want[name], got[name]
		if here, there, ok := differs(name); ok && got.kind == here && want.kind == there {
			continue
		}
		if !got.same(want) {
			t.Errorf("%s: %v, unbound %v", name, got, want)
		}
	}
}
