package waterfall

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// took makes a row that was in flight from start to end, named by another URL.
func took(id int32, u, by string, start, end time.Duration, change func(*Request)) Request {
	r := request(start*ms, times(func(t *Times) { t.SendStart, t.End = start*ms, end*ms }))
	r.ID, r.Chain, r.URL, r.Type, r.Initiator.URL, r.Done = id, id, u, Image, by, true
	if change != nil {
		change(&r)
	}
	return r
}

func document(r *Request)   { r.Type = Document }
func stylesheet(r *Request) { r.Type, r.RenderBlocking = Stylesheet, "Blocking" }
func script(r *Request)     { r.Type = Script }

// pathText is a path as "1:0-50 2:30-90(why)".
func pathText(steps []PathStep) string {
	var list []string
	for _, s := range steps {
		text := fmt.Sprintf("%d:%d-%d", s.Request, s.From/ms, s.To/ms)
		if s.Why != "" {
			text += "(" + s.Why + ")"
		}
		list = append(list, text)
	}
	return strings.Join(list, " ")
}

func TestCriticalPath(t *testing.T) {
	held := func(from, to time.Duration, why string, conn uint64) func(*Request) {
		return func(r *Request) {
			r.Waits, r.ConnID = []Wait{{from * ms, to * ms, why}}, conn
			r.Times.SendStart = to * ms
		}
	}
	onConn := func(conn uint64) func(*Request) { return func(r *Request) { r.ConnID = conn } }
	tests := []struct {
		name      string
		rows      []Request
		milestone string
		page      Page
		want      string
	}{
		{name: "nothing", milestone: "", want: ""},
		{name: "an unknown milestone", milestone: "paint", rows: []Request{took(1, "a", "", 0, 50, document)}, want: ""},
		{name: "not reached", milestone: Load, rows: []Request{took(1, "a", "", 0, 50, document)}, want: ""},
		{name: "one document", rows: []Request{took(1, "a", "", 0, 50, document)}, want: "1:0-50"},
		{name: "the longer of two", rows: []Request{took(1, "a", "", 0, 50, document), took(2, "b", "a", 20, 60, nil), took(3, "c", "a#x", 30, 90, nil)},
			want: "1:0-30 3:30-90(found)"},
		{name: "redirect", rows: []Request{took(1, "a", "", 0, 40, document), took(2, "b", "", 41, 80, func(r *Request) { r.Type, r.Chain, r.Redirect = Document, 1, true })},
			want: "1:0-40 2:41-80(redirect)"},
		{name: "image of a sheet", rows: []Request{took(1, "a", "", 0, 100, document), took(2, "s", "a", 10, 60, stylesheet), took(3, "i", "s", 60, 130, func(r *Request) { r.Initiator.Line = 7 })},
			want: "1:0-10 2:10-60(found) 3:60-130(found in line 7)"},
		{name: "found behind a script that stopped the parser", rows: []Request{took(1, "a", "", 0, 30, document), took(2, "s", "a", 10, 90, script), took(3, "i", "a", 91, 130, nil)},
			want: "1:0-10 2:10-90(found) 3:91-130(found)"},
		{name: "found long after the cause was in, and an image before it", rows: []Request{took(1, "a", "", 0, 30, document), took(2, "i", "a", 10, 85, nil), took(3, "f", "a", 91, 130, nil)},
			want: "1:0-30 3:91-130(found)"},
		{name: "waits for a connection", rows: []Request{took(1, "a", "", 0, 100, document), took(2, "b", "a", 10, 60, onConn(5)), took(4, "d", "a", 10, 61, onConn(6)), took(3, "c", "a", 11, 120, held(11, 62, "6 of 6 busy", 5))},
			want: "1:0-10 2:10-60(found) 3:60-120(6 of 6 busy)"},
		{name: "waits for a gate", rows: []Request{took(1, "a", "", 0, 100, document), took(2, "b", "a", 10, 60, onConn(5)), took(3, "c", "a", 11, 120, held(11, 61, "tight mode", 6))},
			want: "1:0-10 2:10-60(found) 3:60-120(tight mode)"},
		{name: "a file tells only how long it waited", rows: []Request{took(1, "a", "", 0, 100, document), took(2, "b", "a", 10, 60, onConn(5)),
			took(3, "c", "a", 11, 120, func(r *Request) { r.ConnID, r.Times.SendStart = 5, 60*ms })},
			want: "1:0-10 2:10-60(found) 3:60-120(waited for the connection)"},
		{name: "load does not wait for what comes after it", page: Page{Load: 70 * ms}, milestone: Load,
			rows: []Request{took(1, "a", "", 0, 50, document), took(2, "b", "a", 20, 69, nil), took(3, "icon", "a", 70, 200, nil)}, want: "1:0-20 2:20-69(found)"},
		{name: "render start waits for sheets", page: Page{RenderStart: 65 * ms}, milestone: RenderStart,
			rows: []Request{took(1, "a", "", 0, 50, document), took(2, "s", "a", 20, 60, stylesheet), took(3, "i", "a", 20, 64, nil)}, want: "1:0-20 2:20-60(found)"},
		{name: "DOMContentLoaded waits for scripts, not for images", page: Page{DOMContentLoaded: 80 * ms}, milestone: DOMContentLoaded,
			rows: []Request{took(1, "a", "", 0, 50, document), took(2, "s", "a", 20, 70, script), took(3, "i", "a", 20, 75, nil)}, want: "1:0-20 2:20-70(found)"},
		{name: "named by what never ended", rows: []Request{took(1, "a", "", 0, 50, func(r *Request) { r.Type, r.Times.End = Document, None }), took(2, "b", "a", 20, 60, nil)},
			want: "1:0-20 2:20-60(found)"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			page := Page{RenderStart: None, DOMContentLoaded: None, Load: None}
			if tt.milestone != "" && tt.page != (Page{}) {
				page = tt.page
			}
			w := &Waterfall{Page: page, Requests: tt.rows}
			if got := pathText(w.CriticalPath(tt.milestone)); got != tt.want {
				t.Errorf("got %s\nwant %s", got, tt.want)
			}
		})
	}
}

// Whatever a file says, the path ends, its steps are in order and do not overlap.
func TestCriticalPathOfAnything(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		w := &Waterfall{Page: Page{RenderStart: None, DOMContentLoaded: None, Load: None}}
		for i := range rnd.IntN(12) {
			at := func() time.Duration {
				if rnd.IntN(8) == 0 {
					return None
				}
				return time.Duration(rnd.IntN(100)-10) * ms
			}
			r := took(int32(i), fmt.Sprint(rnd.IntN(6)), fmt.Sprint(rnd.IntN(6)), 0, 0, nil)
			r.Start, r.Times.SendStart, r.Times.End, r.ConnID = at(), at(), at(), uint64(rnd.IntN(3))
			r.Chain, r.Redirect = int32(rnd.IntN(4)), rnd.IntN(4) == 0
			if rnd.IntN(3) == 0 {
				r.Waits = []Wait{{at(), at(), "x"}}
			}
			w.Requests = append(w.Requests, r)
		}
		for i, c := range w.Causes() {
			if c >= i {
				t.Fatalf("request %d is caused by %d", i, c)
			}
		}
		seen := map[int32]bool{}
		last := None
		path := w.CriticalPath("")
		for _, s := range path {
			if seen[s.Request] || s.From < last || s.To < s.From {
				t.Fatalf("%s of %d requests", pathText(path), len(w.Requests))
			}
			seen[s.Request], last = true, s.To
		}
	}
}

func BenchmarkCriticalPath(b *testing.B) {
	w := &Waterfall{Page: Page{Load: None}}
	for i := range 1000 {
		by := ""
		if i > 0 {
			by = fmt.Sprint(i / 3)
		}
		w.Requests = append(w.Requests, took(int32(i+1), fmt.Sprint(i), by, time.Duration(i), time.Duration(i+50), nil))
	}
	b.ReportAllocs()
	for b.Loop() {
		if len(w.CriticalPath("")) == 0 {
			b.Fatal("no path")
		}
	}
}
