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
