//go:build linux

package smallnet_test

import (
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"pageload/dnscache"
	"pageload/dnscache/internal/smallnet"
	"pageload/dnscache/iterate"
)

// cost is what it takes a source to find out all sound names, one after the other.
type cost struct {
	packets int // that came to the world
	time    time.Duration
	late    int // names that failed because the machine was busy
}

func walkCost(t *testing.T, s dnscache.Source) cost {
	start, before, late := time.Now(), packets(t), 0
	for _, n := range sound() {
		if o := outcomeOf(s.Lookup(t.Context(), n.Name)); o.kind == "failure" {
			t.Logf("%s: %v", n.Name, o)
			late++
		}
	}
	return cost{packets(t) - before, time.Since(start), late}
}

// packets counts what the world has received so far.
func packets(t *testing.T) int {
	out, err := exec.Command("ip", "netns", "exec", "world", "cat", "/proc/net/dev").Output()
	if err != nil {
		t.Fatal(err)
	}
	_, line, _ := strings.Cut(string(out), "south:")
	n, err := strconv.Atoi(strings.Fields(line)[1])
	if err != nil {
		t.Fatalf("%v in %q", err, line)
	}
	return n
}

// A walk is to cost no more packets than unbound's. Times are told only: they are for a quiet machine.
func TestColdWalk(t *testing.T) {
	smallnet.Need(t)
	unbound := walkCost(t, server(dnscache.ISP, smallnet.Fresh))
	ours := walkCost(t, &iterate.Resolver{Roots: smallnet.Roots()})
	t.Logf("%d names: %d packets in %v, unbound %d packets in %v", len(sound()), ours.packets, ours.time, unbound.packets, unbound.time)
	if ours.late > maxLate || unbound.late > maxLate {
		t.Errorf("%d names failed, %d by unbound", ours.late, unbound.late)
	}
	if ours.packets > unbound.packets {
		t.Errorf("%d packets, unbound %d", ours.packets, unbound.packets)
	}
}
