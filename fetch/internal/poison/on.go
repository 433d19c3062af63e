//go:build race || poison

package poison

import (
	"bytes"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"weak"
)

// On reports whether guards look.
const On = true

// A Guard watches the buffers of one pool. The zero value is ready; it is safe
// for concurrent use.
type Guard struct {
	mu   sync.Mutex
	free map[weak.Pointer[byte]]callers // the buffers that the pool has, by their first byte
}

// callers are who returned a buffer.
type callers [8]uintptr

// pattern is what no head and no text has.
const pattern = 0xdb

// Taken is told of a buffer that the pool gave. It panics if somebody wrote to
// it meanwhile.
func (g *Guard) Taken(b []byte) {
	key := weak.Make(&b[0])
	g.mu.Lock()
	by, known := g.free[key]
	delete(g.free, key)
	g.mu.Unlock()
	if known && (b[0] != pattern || !bytes.Equal(b[1:], b[:len(b)-1])) {
		panic(fmt.Sprintf("poison: a buffer of %d bytes was written to after it was returned by\n%v", len(b), by))
	}
}

// Returned is told of a buffer before the pool has it, all of it. It panics if
// the pool has it already.
func (g *Guard) Returned(b []byte) {
	key := weak.Make(&b[0])
	var by callers
	runtime.Callers(2, by[:])
	g.mu.Lock()
	before, twice := g.free[key]
	if g.free == nil {
		g.free = map[weak.Pointer[byte]]callers{}
	}
	g.free[key] = by
	g.forget()
	g.mu.Unlock()
	if twice {
		panic(fmt.Sprintf("poison: a buffer of %d bytes was returned twice, before by\n%v", len(b), before))
	}
	b[0] = pattern
	for n := 1; n < len(b); n *= 2 {
		copy(b[n:], b[:n])
	}
}

// forget drops what the collector took from the pool, when there is much. It is
// called with mu held.
func (g *Guard) forget() {
	if len(g.free)%1024 != 0 {
		return
	}
	for key := range g.free {
		if key.Value() == nil {
			delete(g.free, key)
		}
	}
}

func (c callers) String() string {
	var b strings.Builder
	for frames, more := runtime.CallersFrames(c[:]), true; more; {
		var f runtime.Frame
		if f, more = frames.Next(); f.Function != "" {
			fmt.Fprintf(&b, "\t%s (%s:%d)\n", f.Function, f.File, f.Line)
		}
	}
	return b.String()
}
