//go:build linux

package smallnet_test

import (
	"maps"
	"slices"
	"testing"
	"time"

	"pageload/dnscache"
	"pageload/dnscache/internal/smallnet"
	"pageload/dnscache/iterate"
)

func TestWalkAnswersAsUnboundDoes(t *testing.T) {
	smallnet.Need(t)
	names := smallnet.Names()
	start := time.Now()
	want := lookupAll(t.Context(), server(dnscache.ISP, smallnet.ISP), names)
	t.Logf("unbound took %v", time.Since(start).Round(time.Millisecond))
	begin := time.Now()
	got := lookupAll(t.Context(), walker(), names)
	t.Logf("iterate took %v", time.Since(begin).Round(time.Millisecond))
	again(t, got, want)
	for _, name := range slices.Sorted(maps.Keys(want)) {
		want, got := want[name], got[name]
		if !got.same(want) {
			t.Errorf("%s: %v, unbound %v", name, got, want)
		}
	}
}

func walker() *iterate.Resolver {
	return &iterate.Resolver{Roots: smallnet.Roots(), Timeout: 30 * time.Second}
}

// maxLate is how many names may fail at first because the machine was busy.
const maxLate = 10

// again asks once more for names that failed though unbound knows them: on a busy machine servers are late, and are then
// left alone for some seconds as if they were silent. A resolver without such memories must find the names out.
func again(t *testing.T, got, want map[string]outcome) {
	var late []smallnet.Name
	for _, n := range smallnet.Names() {
		if got[n.Name].kind == "failure" && want[n.Name].kind != "failure" {
			late = append(late, n)
			t.Logf("%s: %v", n.Name, got[n.Name])
		}
	}
	if len(late) > maxLate {
		t.Errorf("%d names failed at first", len(late))
	}
	maps.Copy(got, lookupAll(t.Context(), walker(), late))
}
