package dnscache

import (
	"context"
	"net/netip"
	"sync/atomic"
	"testing"
	"time"
)

func TestCloneIsAnother(t *testing.T) {
	var asked atomic.Int32
	source := SourceFunc(Root, func(_ context.Context, name string) (Answer, error) {
		asked.Add(1)
		return Answer{Name: name, Addrs: []Addr{{IP: netip.MustParseAddr("192.0.2.1"), TTL: time.Hour}}}, nil
	})
	r := &Resolver{Sources: []Source{source}, MaxEntries: 10}
	look := func(r *Resolver, name string, want int32) {
		t.Helper()
		a, err := r.Lookup(t.Context(), name)
		if err != nil || len(a.Addrs) != 1 || asked.Load() != want {
			t.Errorf("%s: %v, %v; the source was asked %d times, want %d", name, a.Addrs, err, asked.Load(), want)
		}
	}
	if c := r.Clone(); c.Len() != 0 {
		t.Errorf("a clone of none has %d names", c.Len())
	}
	look(r, "a.example", 1)
	c := r.Clone()
	look(c, "a.example", 1)
	look(c, "b.example", 2)
	look(r, "b.example", 3)
	r.Flush()
	look(c, "a.example", 3)
	look(r, "a.example", 4)
	if c.MaxEntries != 10 || c.Len() != 2 {
		t.Errorf("%d names, bound %d", c.Len(), c.MaxEntries)
	}
}
