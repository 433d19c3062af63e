package fetch

import (
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"unsafe"

	"pageload/fetch/http1"
)

// oneHead is a connection on which a response's head comes.
type oneHead struct {
	net.Conn
	io.Reader
}

func (c oneHead) Read(p []byte) (int, error) { return c.Reader.Read(p) }

// headOf parses lines, which stand between bars; ok is false where that is no head.
func headOf(lines string) (h http1.Header, ok bool) {
	var r http1.Response
	in := "HTTP/1.1 204 No Content\r\n" + strings.ReplaceAll(lines, "|", "\r\n") + "\r\n\r\n"
	err := http1.NewConn(oneHead{nil, strings.NewReader(in)}).ReadResponse(&r, "GET")
	return r.Header, err == nil
}

func sameFields(got Header, want http1.Header) error {
	if len(got) != want.Len() {
		return fmt.Errorf("%d fields, want %d", len(got), want.Len())
	}
	for i, f := range got {
		if name, value := want.At(i); f.Name != string(name) || f.Value != string(value) {
			return fmt.Errorf("field %d is %q, want %q: %q", i, f, name, value)
		}
	}
	return nil
}

// What is kept is what came, whatever came before; only what was the same before is shared.
func TestHeadModels(t *testing.T) {
	const policy = "Content-Security-Policy: default-src 'self'"
	var m headModels
	var first Header
	for i, tt := range []struct {
		lines  string
		shared string // of the values, those that are the first head's
	}{
		{"Server: s|Date: 1|" + policy + "|ETag:", ""},
		{"Server: s|Date: 2|" + policy + "|ETag: e", "Server Content-Security-Policy"},
		{"Server: s|Date: 1|" + policy + "|ETag:", "Server Date Content-Security-Policy"},
		{"Server: s|Date: 3|" + policy + "|ETag: f|", "Server Content-Security-Policy"},
		{"server: s|Date: 1|" + policy + "|ETag: f", ""}, // other names of the same lengths: the model from now on
		{"Server: s|Date: 3|" + policy + "|ETag: f", ""},
		{"Server: s|Date: 3", ""},
		{"", ""},
		{"X: " + strings.Repeat("v", modelBytes), ""}, // no model
		{"X: " + strings.Repeat("v", modelBytes), ""},
		{"A: 1|A: 2|A: 1", ""},
		{"A: 1|A: |A: 1", ""},
	} {
		h, ok := headOf(tt.lines)
		if !ok {
			t.Fatalf("%d: no head", i)
		}
		got := m.keep(h)
		if err := sameFields(got, h); err != nil {
			t.Errorf("%d: %v", i, err)
		}
		if first == nil {
			first = got
		}
		shared := ""
		for k := range got {
			if k < len(first) && got[k].Value != "" && unsafe.StringData(got[k].Value) == unsafe.StringData(first[k].Value) {
				shared += " " + got[k].Name
			}
		}
		if shared = strings.TrimSpace(shared); i > 0 && shared != tt.shared {
			t.Errorf("%d: %q shared, want %q", i, shared, tt.shared)
		}
	}
}

// A head like one before costs its list of fields and the text of what differs, 2 allocations, and nothing where nothing does.
func TestHeadModelsAllocate(t *testing.T) {
	const fixed = "Server: origin|Content-Type: image/png|Cache-Control: public, max-age=31536000, immutable|Vary: Accept-Encoding|"
	a, _ := headOf(fixed + "Content-Length: 1")
	b, _ := headOf(fixed + "Content-Length: 2")
	var m headModels
	m.keep(a)
	var kept Header
	for _, tt := range []struct {
		h    http1.Header
		want float64
	}{{a, 0}, {b, 2}} {
		if n := testing.AllocsPerRun(100, func() { kept = m.keep(tt.h) }); n > tt.want {
			t.Errorf("%d fields: %v allocations, want %v", len(kept), n, tt.want)
		}
	}
}

// Goroutines may keep heads of one kind at the same time.
func TestHeadModelsConcurrent(t *testing.T) {
	var m headModels
	var all sync.WaitGroup
	for i := range 4 {
		all.Go(func() {
			for k := range 50 {
				h, _ := headOf(fmt.Sprintf("%s: s|Date: %d", []string{"Server", "server"}[k%2], i))
				if err := sameFields(m.keep(h), h); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
}

func FuzzHeadModels(f *testing.F) {
	f.Add("Server: s|Date: 1", "Server: s|Date: 2", "server: s|Date: 2")
	f.Add("A:", "A: 1", "A:")
	f.Add("A: 1| 2|B: 3", "A: 1  2|B: 3", "B: 3|A: 1")
	f.Fuzz(func(t *testing.T, a, b, c string) {
		var m headModels
		for _, lines := range []string{a, b, c, a, b, c} {
			if h, ok := headOf(lines); ok {
				if err := sameFields(m.keep(h), h); err != nil {
					t.Errorf("%q: %v", lines, err)
				}
			}
		}
	})
}

// BenchmarkHeadModels is what it costs to keep one of a server's heads, of which two values differ from those before.
func BenchmarkHeadModels(b *testing.B) {
	const fixed = "Server: origin|Content-Type: image/png|Cache-Control: public, max-age=31536000, immutable|Vary: Accept-Encoding|" +
		"Last-Modified: Wed, 18 Nov 2026 09:12:44 GMT|Strict-Transport-Security: max-age=63072000; includeSubDomains; preload|"
	var hs [16]http1.Header
	for i := range hs {
		hs[i], _ = headOf(fmt.Sprintf("%sDate: Mon, 23 Nov 2026 03:%02d:00 GMT|ETag: \"%d\"|Content-Length: %d", fixed, i, i, 1000+i))
	}
	var m headModels
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		m.keep(hs[i%len(hs)])
	}
}
