package poison

import (
	"fmt"
	"strings"
	"testing"
)

// caught is what f panics with; "" if it does not.
func caught(f func()) (said string) {
	defer func() {
		if p := recover(); p != nil {
			said = fmt.Sprint(p)
		}
	}()
	f()
	return ""
}

func giveBack(g *Guard, b []byte) { g.Returned(b) }

func TestGuard(t *testing.T) {
	if !On {
		t.Skip("guards look with -race or -tags poison")
	}
	for _, size := range []int{1, 2, 3, 4096, 5000} {
		var g Guard
		b := make([]byte, size)
		turn := func() {
			g.Taken(b)
			clear(b)
			giveBack(&g, b)
		}
		if said := caught(func() { turn(); turn(); turn() }); said != "" {
			t.Errorf("%d bytes, nothing wrong: %s", size, said)
		}
		if said := caught(func() { g.Returned(b) }); !strings.Contains(said, "returned twice") || !strings.Contains(said, "giveBack") {
			t.Errorf("%d bytes, returned twice: %q", size, said)
		}
		for _, at := range []int{0, size / 2, size - 1} {
			var g Guard
			turn := func() {
				g.Taken(b)
				clear(b)
				giveBack(&g, b)
			}
			turn()
			b[at] = 'x'
			if said := caught(turn); !strings.Contains(said, fmt.Sprintf("a buffer of %d bytes was written to", size)) || !strings.Contains(said, "giveBack") {
				t.Errorf("%d bytes, written at %d: %q", size, at, said)
			}
		}
	}
}

// What the collector took from the pool is forgotten.
func TestGuardForgets(t *testing.T) {
	if !On {
		t.Skip("guards look with -race or -tags poison")
	}
	var g Guard
	for range 20_000 {
		g.Returned(make([]byte, 1024))
	}
	if n := known(&g); n > 15_000 {
		t.Errorf("%d buffers are remembered of 20000 that are gone", n)
	}
}
