package loader

import (
	"testing"
	"unsafe"
)

// What a load has many of is as small as it was meant to be.
func TestSizes(t *testing.T) {
	for _, c := range []struct {
		what      string
		got, most uintptr
	}{
		{"a request that waits or has ended", unsafe.Sizeof(resource{}), 128},
		{"a message", unsafe.Sizeof(message{}), 112},
	} {
		if c.got > c.most {
			t.Errorf("%s takes %d bytes, want at most %d", c.what, c.got, c.most)
		}
	}
}

// Resources of the next load are as new, are others each, and no more memory is kept than for some fifty.
func TestResourcesReset(t *testing.T) {
	var s resources
	for _, n := range []int{1, 5, 300, 40, 2} {
		seen := map[*resource]bool{}
		for i := range n {
			r := s.next()
			if *r != (resource{}) || seen[r] {
				t.Fatalf("%d of %d: used", i, n)
			}
			seen[r] = true
			r.id, r.state = int32(i), ended
			s.put(r.id, r)
		}
		if s.get(int32(n-1)) == nil {
			t.Fatalf("%d: the last is not known", n)
		}
		s.reset()
		if s.get(0) != nil || s.get(int32(n-1)) != nil {
			t.Errorf("%d: known afterwards", n)
		}
		kept := 0
		for _, room := range s.rooms {
			kept += len(room)
			for i := range room {
				if room[i] != (resource{}) {
					t.Errorf("%d: not empty afterwards", n)
				}
			}
		}
		if kept > 62 || cap(s.byID) > 256 {
			t.Errorf("%d: room for %d and %d IDs is kept", n, kept, cap(s.byID))
		}
	}
}
