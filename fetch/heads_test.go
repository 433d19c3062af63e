package fetch

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"unsafe"

	"pageload/fetch/http1"
)

// head parses lines.
func head(lines string) http1.Header {
	h, _ := headOf(strings.ReplaceAll(strings.TrimSuffix(lines, "\n"), "\n", "|"))
	return h
}

// What came before, to whichever client, is not made anew; anything else is what came.
func TestHeads(t *testing.T) {
	same := func(a, b Header) bool { return len(a) == len(b) && unsafe.SliceData(a) == unsafe.SliceData(b) }
	var s Heads
	keep := func(h http1.Header) Header { // for a client of its own
		c := Client{Heads: &s}
		return c.keepHead(h)
	}
	a := "Server: x\nContent-Length: 10\nETag: \"1\"\n"
	first := keep(head(a))
	if got := fmt.Sprint(first); got != `[{Server x} {Content-Length 10} {ETag "1"}]` {
		t.Errorf("it is %s", got)
	}
	if !same(first, keep(head(a))) {
		t.Error("the same header was made anew")
	}
	for _, other := range []string{
		"Server: x\nContent-Length: 10\nETag: \"2\"\n", "server: x\nContent-Length: 10\nETag: \"1\"\n", "Server: x\nContent-Length: 10\n",
		"Server: x\nContent-Length: 10\nETag: \"1\"\nA: b\n", "Server: x\nContent-Length: 10\nETag:  \"1\"x\n",
	} {
		h := head(other)
		if got := keep(h); same(got, first) || !got.is(h) {
			t.Errorf("%q is %v", other, got)
		}
	}
	if spaced := keep(head("Server:   x\nContent-Length: 10\nETag: \"1\"\n")); fmt.Sprint(spaced) != fmt.Sprint(first) {
		t.Errorf("with more space it is %v", spaced)
	}
	for what, lines := range map[string]string{"with a cookie": "Server: x\nSet-Cookie: a=b\n", "of 5 KB": "A: " + strings.Repeat("x", 5000) + "\n"} {
		if same(keep(head(lines)), keep(head(lines))) {
			t.Errorf("one %s is kept", what)
		}
	}
	if h := keep(head("")); h != nil {
		t.Errorf("no fields: %v", h)
	}
	if s.Clear(); same(first, keep(head(a))) {
		t.Error("one was not forgotten")
	}
	var none Client
	if h := none.keepHead(head(a)); fmt.Sprint(h) != fmt.Sprint(first) || same(h, first) {
		t.Errorf("without a table: %v", h)
	}
}

// However many headers there are, what is given is what came.
func TestHeadsBusy(t *testing.T) {
	var s Heads
	c := Client{Heads: &s}
	var lanes sync.WaitGroup
	for lane := range 4 {
		lanes.Go(func() {
			for i := range 2000 {
				h := head(fmt.Sprintf("A: %d\nB: x\n", (i*(lane+1))%700))
				if got := c.keepHead(h); !got.is(h) {
					t.Errorf("%v", got)
				}
			}
		})
	}
	lanes.Wait()
}

// A header that came before costs no memory.
func BenchmarkHeads(b *testing.B) {
	h := head("Server: origin\nDate: Mon, 23 Nov 2026 03:00:00 GMT\nContent-Type: image/png\nContent-Length: 30000\nCache-Control: no-cache\nETag: \"abc\"\n")
	var s Heads
	c := Client{Heads: &s}
	b.Run("known", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			c.keepHead(h)
		}
	})
	b.Run("new", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			new(headModels).keep(h)
		}
	})
}

// is reports whether h has the same fields, to the letter.
func (a Header) is(h http1.Header) bool {
	if len(a) != h.Len() {
		return false
	}
	for i := range a {
		if name, value := h.At(i); a[i].Name != string(name) || a[i].Value != string(value) {
			return false
		}
	}
	return true
}
