package whatif

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"pageload/loader/waterfall"
)

const ms = time.Millisecond

// A record builds recordings.
type record struct {
	w waterfall.Waterfall
}

// add adds a request that was made and sent at once, on a connection of its own
// where connect is not zero, and answered after a round trip of 10 ms and think.
func (r *record) add(u string, typ waterfall.Type, start, connect, think time.Duration, body int64, change ...func(*waterfall.Request)) *waterfall.Request {
	q := waterfall.Request{ID: int32(len(r.w.Requests) + 1), Start: start, Started: start, Done: true}
	q.Chain, q.URL, q.Method, q.Type, q.Priority, q.FoundBy = q.ID, u, "GET", typ, waterfall.Low, "scanner"
	t := waterfall.NoTimes()
	t.Queued, t.SendStart = start, start
	if connect > 0 {
		t.ConnectStart, t.ConnectEnd, t.SendStart = start, start+connect, start+connect
	}
	t.SendEnd = t.SendStart
	t.FirstByte = t.SendEnd + 10*ms + think
	t.HeadEnd, t.End = t.FirstByte, t.FirstByte
	q.Times, q.Status, q.Proto, q.HeadBytes, q.BodyBytes, q.DecodedBytes, q.SentBytes, q.ConnID = t, 200, "HTTP/1.1", 200, body, body, 500, uint64(q.ID)
	if len(r.w.Requests) > 0 {
		q.Initiator = waterfall.Initiator{Type: "parser", URL: r.w.Requests[0].URL, Line: 1}
	}
	for _, f := range change {
		f(&q)
	}
	r.w.Requests = append(r.w.Requests, q)
	return &r.w.Requests[len(r.w.Requests)-1]
}

// done sets the milestones: load at the last end.
func (r *record) done() *waterfall.Waterfall {
	p := &r.w.Page
	*p = waterfall.Page{URL: r.w.Requests[0].URL, RenderStart: r.w.Requests[0].Times.End, DOMInteractive: r.w.Requests[0].Times.End, DOMContentLoaded: r.w.Requests[0].Times.End}
	for i := range r.w.Requests {
		p.Load = max(p.Load, r.w.Requests[i].Times.End)
	}
	p.End = p.Load
	return &r.w
}

func navigate(r *record, think time.Duration, body int64) {
	r.add("http://a.test/", waterfall.Document, 0, 10*ms, think, body, func(q *waterfall.Request) { q.FoundBy, q.Priority = "navigation", waterfall.VeryHigh })
}

func at(offset int) func(*waterfall.Request) { return func(q *waterfall.Request) { q.Offset = offset } }

func simulate(t *testing.T, w *waterfall.Waterfall, o Options) *waterfall.Waterfall {
	t.Helper()
	s, err := Simulate(w, o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// find returns the row of a URL's end.
func find(t *testing.T, w *waterfall.Waterfall, suffix string) *waterfall.Request {
	t.Helper()
	for i := range w.Requests {
		if strings.HasSuffix(w.Requests[i].URL, suffix) {
			return &w.Requests[i]
		}
	}
	t.Fatalf("no request for %s", suffix)
	return nil
}

// The arithmetic of one document.
func TestOneDocument(t *testing.T) {
	const link, size = 800_000, 100_000 // 100 kB a second
	tests := []struct {
		name string
		n    Network
		body int64
		want time.Duration
	}{
		{"as it was", Network{NoSlowStart: true}, 1000, 20*ms + 30*ms},
		{"another round trip", Network{RTT: 100 * ms, NoSlowStart: true}, 1000, 200*ms + 30*ms},
		{"none", Network{RTT: -1, NoSlowStart: true}, 1000, 30 * ms},
		{"a longer one", Network{ExtraRTT: 40 * ms, NoSlowStart: true}, 1000, 100*ms + 30*ms},
		{"a line", Network{RTT: 100 * ms, Down: link, NoSlowStart: true}, size - 200, 200*ms + 30*ms + 1000*ms},
		{"up", Network{RTT: 100 * ms, Up: 8000, NoSlowStart: true}, 1000, 200*ms + 30*ms + 500*ms},
		{"slow start: one window", Network{RTT: 100 * ms}, 14_000, 200*ms + 30*ms},
		{"two", Network{RTT: 100 * ms}, 14_600 + 29_000, 300*ms + 30*ms},
		{"three", Network{RTT: 100 * ms}, 14_600 + 29_200 + 58_000, 400*ms + 30*ms},
		{"a window of four", Network{RTT: 100 * ms, InitialWindow: 4}, 14_000, 300*ms + 30*ms},
		{"slow start on a slow line: the line decides", Network{RTT: 100 * ms, Down: link}, size - 200, 200*ms + 30*ms + 1000*ms},
	}
	for _, tt := range tests {
		var r record
		navigate(&r, 30*ms, tt.body)
		got := simulate(t, r.done(), Options{Network: tt.n, Recorded: Network{NoSlowStart: true}}).Page.Load
		if d := got - tt.want; d < -ms || d > ms {
			t.Errorf("%s: load at %v, want %v", tt.name, got, tt.want)
		}
	}
}

// shop is a document with 12 images on its own host and one on another.
func shop() *waterfall.Waterfall {
	var r record
	navigate(&r, 0, 10_000)
	for i := range 12 {
		r.add(fmt.Sprintf("http://a.test/%d.png", i), waterfall.Image, 20*ms, 10*ms, 0, 20_000, at(100*(i+1)))
	}
	r.add("http://cdn.test/x.css", waterfall.Stylesheet, 20*ms, 10*ms, 0, 1000, at(50), func(q *waterfall.Request) {
		q.Priority, q.RenderBlocking, q.Times.DNSStart, q.Times.DNSEnd = waterfall.VeryHigh, "Blocking", 15*ms, 20*ms
	})
	r.add("http://cdn.test/font.woff2", waterfall.Font, 40*ms, 10*ms, 0, 20_000, func(q *waterfall.Request) {
		q.FoundBy, q.Initiator.URL, q.Priority = "style", "http://cdn.test/x.css", waterfall.VeryHigh
	})
	w := r.done()
	w.Page.RenderStart = 40 * ms
	return w
}

func TestConnections(t *testing.T) {
	w := shop()
	n := Network{RTT: 100 * ms, NoSlowStart: true}
	h1 := simulate(t, w, Options{Network: n})
	if got := len(h1.Connections); got != 6+1+1 { // fonts are fetched without credentials, so not on the sheet's
		t.Errorf("%d connections, want 8", got)
	}
	h2 := simulate(t, w, Options{Network: n, Protocols: map[string]string{"*": "h2"}})
	if got := len(h2.Connections); got != 3 {
		t.Errorf("HTTP/2: %d connections, want 3", got)
	}
	if find(t, h2, "/11.png").Times.End >= find(t, h1, "/11.png").Times.End || find(t, h2, "/5.png").Proto != "HTTP/2.0" {
		t.Errorf("HTTP/2: load at %v, HTTP/1.1: %v", h2.Page.Load, h1.Page.Load)
	}
	if back := simulate(t, h2, Options{Network: n, Protocols: map[string]string{"*": "h1"}}); len(back.Connections) != 8 {
		t.Errorf("back to HTTP/1.1: %d connections, want 8", len(back.Connections))
	}
}

func TestAhead(t *testing.T) {
	w := shop()
	n := Network{RTT: 100 * ms, NoSlowStart: true}
	plain := simulate(t, w, Options{Network: n})
	early := simulate(t, w, Options{Network: n, Preload: []string{"http://cdn.test/font.woff2"}})
	if a, b := find(t, plain, "font.woff2"), find(t, early, "font.woff2"); b.Start >= a.Start || !b.LinkPreload || b.Priority != waterfall.High {
		t.Errorf("preloaded at %v with priority %s, before: %v", b.Start, b.Priority, a.Start)
	}
	connected := simulate(t, w, Options{Network: n, Preconnect: []string{"https://other.test", "http://cdn.test"}})
	if a, b := find(t, plain, "x.css"), find(t, connected, "x.css"); b.Times.End > a.Times.End {
		t.Errorf("with a preconnect the sheet is there at %v, without at %v", b.Times.End, a.Times.End)
	}
	if len(connected.Connections) != len(plain.Connections)+1 {
		t.Errorf("%d connections, want one more than %d", len(connected.Connections), len(plain.Connections))
	}
}

func TestWithout(t *testing.T) {
	w := shop()
	got := simulate(t, w, Options{Remove: []string{"cdn.test"}})
	if len(got.Requests) != 13 || got.Page.RenderStart > got.Requests[0].Times.End+ms {
		t.Errorf("%d requests, render start at %v", len(got.Requests), got.Page.RenderStart)
	}
	moved := simulate(t, w, Options{Move: map[string]string{"cdn.test": "a.test"}})
	if f := find(t, moved, "font.woff2"); f.URL != "http://a.test/font.woff2" || f.Initiator.URL != "http://a.test/x.css" || len(moved.Connections) != 6 { // the font is of the page's own origin now

		t.Errorf("moved to %s, named by %s, %d connections", f.URL, f.Initiator.URL, len(moved.Connections))
	}
	if other := simulate(t, w, Options{Move: map[string]string{"cdn.test": "new.test:8080"}, Network: Network{RTT: 100 * ms}}); find(t, other, "x.css").URL != "http://new.test:8080/x.css" {
		t.Error("not moved to a new host")
	}
	if w.Requests[13].URL != "http://cdn.test/x.css" || len(w.Requests) != 15 {
		t.Error("the recording was changed")
	}
}

func TestUnusable(t *testing.T) {
	for _, tt := range []struct {
		o    Options
		want string
	}{
		{Options{Preload: []string{"http://a.test/no"}}, "no subresource http://a.test/no"},
		{Options{Preconnect: []string{"cdn.test"}}, "is no origin"},
		{Options{Remove: []string{"*"}}, "there is no page"},
		{Options{Protocols: map[string]string{"*": "h9"}}, "it is h1 or h2"},
		{Options{Network: Network{Down: -1}}, "bits per second"},
		{Options{Network: Network{ExtraRTT: time.Hour}}, "round trip"},
		{Options{Recorded: Network{InitialWindow: -1}}, "window"},
	} {
		if _, err := Simulate(shop(), tt.o); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%+v: error %v, want %q", tt.o, err, tt.want)
		}
	}
	if _, err := Simulate(&waterfall.Waterfall{}, Options{}); err == nil {
		t.Error("nothing was simulated")
	}
}

// 20,000 requests, on a thousand hosts or all on one, that name each other
// in a circle, with times that cannot be.
func TestHostile(t *testing.T) {
	for _, hosts := range []int{1, 1000} {
		var r record
		navigate(&r, 0, 1<<60)
		for i := range 20_000 {
			r.add(fmt.Sprintf("http://h%d.test/%d", i%hosts, i), []waterfall.Type{waterfall.Image, waterfall.Script, waterfall.Stylesheet, waterfall.Document}[i%4], time.Duration(i*7919%20_000-10_000)*ms, 5*ms, 0, int64(i)<<40, func(q *waterfall.Request) {
				q.Initiator.URL = fmt.Sprintf("http://h%d.test/%d", (i+1)%hosts, (i+1)%20_000)
				q.FoundBy = []string{"", "style", "parser", "import", "link header", "browser", "layout"}[i%7]
				q.Priority, q.RenderBlocking = waterfall.VeryHigh, []string{"Blocking", "InBodyParserBlocking", ""}[i%3]
				if i%5 == 0 {
					q.Times.End, q.Times.HeadEnd = -1<<62, 1<<62
				}
				q.Frame, q.Offset, q.Redirect, q.Chain = int32(i%3*i), i*31%1000, i%11 == 0, int32(i%100)
			})
		}
		start := time.Now()
		for _, p := range []string{"h2", "h1"}[min(1, hosts-1):] {
			got := simulate(t, r.done(), Options{Network: Network{RTT: ms, Down: 1_000_000}, Protocols: map[string]string{"*": p}})
			if len(got.Requests) != len(r.w.Requests) {
				t.Errorf("%d of %d requests", len(got.Requests), len(r.w.Requests))
			}
		}
		t.Logf("%d hosts: %v", hosts, time.Since(start))
	}
}

// FuzzSimulate takes recordings of arbitrary times: every request is simulated, in
// bounded time, and no offset is one that cannot be.
func FuzzSimulate(f *testing.F) {
	f.Add([]byte{1, 20, 3, 4, 5, 6, 7, 8, 9, 10, 2, 4, 6, 8, 10, 12, 14}, int64(100), int64(1_000_000), false)
	f.Add([]byte{255, 254, 0, 0, 7, 7, 7, 3, 3, 3, 200, 100, 50, 25, 12, 6}, int64(-1), int64(0), true)
	f.Fuzz(func(t *testing.T, b []byte, rtt, down int64, h2 bool) {
		var r record
		navigate(&r, 5*ms, 10_000)
		for i := 0; i+7 < len(b) && i < 700; i += 7 {
			x := b[i : i+7]
			types := []waterfall.Type{waterfall.Image, waterfall.Script, waterfall.Stylesheet, waterfall.Font, waterfall.Document, waterfall.Media, waterfall.Other}
			r.add(fmt.Sprintf("http://h%d.test/%d", x[0]%4, x[1]%8), types[x[2]%7], time.Duration(int8(x[3]))*ms, time.Duration(x[4]%3)*5*ms, time.Duration(x[5])*ms, int64(x[6])<<(x[0]%50), func(q *waterfall.Request) {
				q.FoundBy = []string{"", "scanner", "parser", "style", "import", "link header", "browser", "layout", "navigation"}[x[5]%9]
				q.Initiator.URL = fmt.Sprintf("http://h%d.test/%d", x[5]%4, x[6]%8)
				q.RenderBlocking = []string{"", "Blocking", "InBodyParserBlocking", "NonBlocking"}[x[4]%4]
				q.Frame, q.Offset, q.Redirect, q.Chain = int32(x[2]%3), int(x[3])*50, x[6]%5 == 0, int32(x[1]%8)
				if x[0]%9 == 0 {
					q.Times.End = time.Duration(math.MinInt64)
				}
				if x[1]%9 == 0 {
					q.Times.SendStart, q.BlockedReason = waterfall.None, "csp"
				}
			})
		}
		o := Options{Network: Network{RTT: time.Duration(rtt%1000) * ms, Down: (down%1e9 + 1e9) % 1e9}}
		if h2 {
			o.Protocols = map[string]string{"*.test": "h2"}
		}
		w := r.done()
		got, err := Simulate(w, o)
		if err != nil {
			t.Fatal(err)
		}
		if len(got.Requests) != len(w.Requests) {
			t.Fatalf("%d of %d requests", len(got.Requests), len(w.Requests))
		}
		for i := range got.Requests {
			q := &got.Requests[i]
			if q.Start < 0 || !q.Done || q.Times.End < q.Start {
				t.Fatalf("%s: %v to %v, done %v", q.URL, q.Start, q.Times.End, q.Done)
			}
		}
	})
}

func BenchmarkSimulate(b *testing.B) {
	w := shop()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Simulate(w, Options{Network: Network{RTT: 100 * ms, Down: 1_600_000}}); err != nil {
			b.Fatal(err)
		}
	}
}

func ExampleSimulate() {
	sim, err := Simulate(shop(), Options{Network: Network{RTT: 150 * ms, Down: 1_600_000, Up: 750_000}})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("load at", shop().Page.Load, "would be at", sim.Page.Load.Round(10*ms))
	// Output:
	// load at 60ms would be at 1.85s
}
