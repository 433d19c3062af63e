package conn

import (
	"testing"
	"unsafe"
)

// The promise: what every open connection and every lease takes. A field more
// is to be thought about: loads have six connections each, and a thousand are
// in flight.
func TestSizes(t *testing.T) {
	if unsafe.Sizeof(uintptr(0)) != 8 {
		t.Skip("the sizes are those of machines with 64 bits")
	}
	for _, s := range []struct {
		what      string
		size, max uintptr
	}{
		{"connection", unsafe.Sizeof(connection{}), 768},
		{"lease", unsafe.Sizeof(Lease{}), 144},
		{"ticket", unsafe.Sizeof(Ticket{}), 128},
		{"group", unsafe.Sizeof(group{}), 208},
	} {
		if s.size > s.max {
			t.Errorf("a %s has %d bytes, want %d at most", s.what, s.size, s.max)
		}
	}
}

// The promise: a request that finds an idle connection allocates nothing.
func TestReuseAllocatesNothing(t *testing.T) {
	var p Pool
	defer p.Close(ctxBg)
	r := Request{Key: keyOf(listening(t)), Trace: &Trace{}}
	mustGet(t, &p, r.Key).Release()
	done := func(l *Lease, err error) {
		if err != nil {
			t.Error(err)
			return
		}
		l.Release()
	}
	for name, f := range map[string]func(){
		"Enqueue": func() { p.Enqueue(ctxBg, r, done) },
		"Get":     func() { mustGet(t, &p, r.Key).Release() },
	} {
		if n := testing.AllocsPerRun(200, f); n != 0 {
			t.Errorf("%s and Release: %v allocations", name, n)
		}
	}
}
