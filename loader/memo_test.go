package loader

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"golang.org/x/text/encoding/charmap"

	"pageload/parse/weburl"
)

func TestMemoryKeepsSheetsByContent(t *testing.T) {
	var m Memory
	a := weburl.MustParse("http://a.test/a.css")
	b := weburl.MustParse("http://a.test/dir/b.css")
	text := []byte("p { background: url(x.png) }")
	first := m.sheet(text, "", nil, a)
	if m.sheet([]byte(string(text)), "", nil, a) != first {
		t.Error("the same sheet is parsed twice")
	}
	for name, other := range map[string]any{
		"another byte":     m.sheet([]byte("p { background: url(y.png) }"), "", nil, a),
		"another base":     m.sheet(text, "", nil, b),
		"another charset":  m.sheet(text, "shift_jis", nil, a),
		"another encoding": m.sheet(text, "", charmap.Windows1251, a),
	} {
		if other == first {
			t.Errorf("%s: the sheet is taken for another", name)
		}
	}
	if got := m.sheet(text, "", nil, b).Refs()[0].URL.String(); got != "http://a.test/dir/x.png" {
		t.Errorf("reference %s, want the one of the other base", got)
	}
}

func TestMemoryIsBounded(t *testing.T) {
	m := Memory{Bytes: 1000}
	base := weburl.MustParse("http://a.test/")
	used := m.sheet([]byte("p { color: red }"), "", nil, base)
	for i := range 100 {
		m.sheet(fmt.Appendf(nil, "p { background: url(%d.png) } /* %s */", i, strings.Repeat("x", 50)), "", nil, base)
		if m.sheet([]byte("p { color: red }"), "", nil, base) != used {
			t.Fatalf("after %d others, the sheet used last is gone", i)
		}
		if m.bytes > m.Bytes {
			t.Fatalf("%d bytes are kept, want at most %d", m.bytes, m.Bytes)
		}
	}
	if n := len(m.kept); n != m.order.Len() || n > 15 {
		t.Errorf("%d sheets in the map, %d in order", n, m.order.Len())
	}
	off := Memory{Bytes: -1}
	one, two := off.sheet([]byte("p{}"), "", nil, base), off.sheet([]byte("p{}"), "", nil, base)
	if one == two || len(off.kept) != 0 {
		t.Error("a memory that is off keeps sheets")
	}
}

func TestMemoryIsSafeToShare(t *testing.T) {
	m := Memory{Bytes: 500}
	base := weburl.MustParse("http://a.test/")
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			for i := range 200 {
				want := fmt.Sprintf("http://a.test/%d.png", i%7+g%2)
				s := m.sheet(fmt.Appendf(nil, "p { background: url(%d.png) }", i%7+g%2), "", nil, base)
				if got := s.Refs()[0].URL.String(); got != want {
					t.Errorf("reference %s, want %s", got, want)
				}
			}
		})
	}
	wg.Wait()
}
