package compare

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pageload/loader/waterfall"
)

const ms = time.Millisecond

// row is a request that began and ended at so many milliseconds.
func row(u string, typ waterfall.Type, start, end int, change ...func(*waterfall.Request)) waterfall.Request {
	t := waterfall.NoTimes()
	t.SendStart, t.FirstByte, t.HeadEnd, t.End = time.Duration(start)*ms, time.Duration(end)*ms, time.Duration(end)*ms, time.Duration(end)*ms
	r := waterfall.Request{Start: time.Duration(start) * ms, Started: time.Duration(start) * ms, Done: true}
	r.URL, r.Method, r.Type, r.Priority = u, "GET", typ, waterfall.Low
	r.Times, r.Status, r.HeadBytes, r.BodyBytes, r.ConnID, r.Reused, r.Proto = t, 200, 100, 900, 1, true, "HTTP/1.1"
	for _, f := range change {
		f(&r)
	}
	return r
}

func blocking(r *waterfall.Request) { r.RenderBlocking = "Blocking" }
func status(n int) func(*waterfall.Request) {
	return func(r *waterfall.Request) { r.Status = n }
}
func body(n int64) func(*waterfall.Request) {
	return func(r *waterfall.Request) { r.BodyBytes = n }
}

// fall is a load of rows whose load event comes at the end of the last.
func fall(rows ...waterfall.Request) *waterfall.Waterfall {
	w := &waterfall.Waterfall{Requests: rows, Page: waterfall.Page{RenderStart: 1 * ms, DOMInteractive: 1 * ms, DOMContentLoaded: 1 * ms}}
	for i := range rows {
		rows[i].ID, rows[i].Chain = int32(i+1), int32(i+1)
		if i > 0 {
			rows[i].Initiator.URL = rows[0].URL
		}
		w.Page.URL = rows[0].URL
		w.Page.Load = max(w.Page.Load, rows[i].Times.End)
	}
	w.Page.End = w.Page.Load
	return w
}

const doc, img, css, js = waterfall.Document, waterfall.Image, waterfall.Stylesheet, waterfall.Script

// brief is what a Diff found, in a line.
func brief(d *Diff) string {
	var list []string
	for _, x := range d.Added {
		list = append(list, "+"+x.Row.URL)
	}
	for _, x := range d.Removed {
		list = append(list, "-"+x.Row.URL)
	}
	for _, m := range d.Changed {
		var what []string
		for _, c := range m.Changes {
			what = append(what, string(c.What))
		}
		list = append(list, fmt.Sprintf("~%s(%v: %s)", m.B.URL, m.Rule, strings.Join(what, " ")))
	}
	return strings.Join(list, " ")
}

func TestOf(t *testing.T) {
	page := row("http://a.test/", doc, 0, 50)
	tests := []struct {
		name string
		a, b []waterfall.Request
		want string
	}{
		{"nothing", nil, nil, ""},
		{"the same", []waterfall.Request{page, row("http://a.test/x", img, 50, 60)}, []waterfall.Request{page, row("http://a.test/x", img, 50, 60)}, ""},
		{"added and removed", []waterfall.Request{page, row("http://a.test/x", img, 50, 60)}, []waterfall.Request{page, row("http://a.test/y", img, 50, 60)}, "+http://a.test/y -http://a.test/x"},
		{"became blocking", []waterfall.Request{page, row("http://a.test/x.js", js, 50, 60)}, []waterfall.Request{page, row("http://a.test/x.js", js, 50, 60, blocking)}, "~http://a.test/x.js(url: blocking)"},
		{"moved in time", []waterfall.Request{page, row("http://a.test/x", img, 50, 60)}, []waterfall.Request{page, row("http://a.test/x", img, 150, 160)}, "~http://a.test/x(url: start)"},
		{"not far enough", []waterfall.Request{page, row("http://a.test/x", img, 50, 60)}, []waterfall.Request{page, row("http://a.test/x", img, 99, 110)}, ""},
		{"moved in the order", []waterfall.Request{page, row("http://a.test/1", img, 50, 60), row("http://a.test/2", img, 50, 60), row("http://a.test/3", img, 50, 60)},
			[]waterfall.Request{page, row("http://a.test/3", img, 50, 60), row("http://a.test/1", img, 50, 60), row("http://a.test/2", img, 50, 60)}, "~http://a.test/3(url: order)"},
		{"size, status, priority, cache, connection", []waterfall.Request{page, row("http://a.test/x", img, 50, 60)},
			[]waterfall.Request{page, row("http://a.test/x", img, 50, 60, body(5), status(404), func(r *waterfall.Request) { r.Priority, r.FromCache, r.ConnID = "High", "disk", 0 })},
			"~http://a.test/x(url: status priority size connection cache)"},
		{"another deployment", []waterfall.Request{page, row("http://a.test/x", img, 50, 60), row("http://cdn.test/y", img, 50, 60)},
			[]waterfall.Request{row("http://b.test:8080/", doc, 0, 50), row("http://b.test:8080/x", img, 50, 60), row("http://cdn.test:8080/y", img, 50, 60)},
			"~http://b.test:8080/(page host: url) ~http://b.test:8080/x(page host: url) ~http://cdn.test:8080/y(page host: url)"},
		{"a port that a system chose", []waterfall.Request{page, row("http://b.test:39345/x", img, 50, 60)}, []waterfall.Request{page, row("http://b.test:43067/x", img, 50, 60)}, "~http://b.test:43067/x(page host: url)"},
		{"ports that somebody chose", []waterfall.Request{page, row("http://b.test:8080/x", img, 50, 60)}, []waterfall.Request{page, row("http://b.test:8081/x", img, 50, 60)}, "+http://b.test:8081/x -http://b.test:8080/x"},
		{"noise", []waterfall.Request{page, row("http://a.test/x?b=1&_=17&a=2", img, 50, 60)}, []waterfall.Request{page, row("http://a.test/x?a=2&b=1&_=99", img, 50, 60)}, "~http://a.test/x?a=2&b=1&_=99(query noise: url)"},
		{"hash", []waterfall.Request{page, row("http://a.test/app.3f9a1c22.js", js, 50, 60)}, []waterfall.Request{page, row("http://a.test/app.77e0b2aa.js", js, 50, 60)}, "~http://a.test/app.77e0b2aa.js(file version: url)"},
		{"hash, but another type", []waterfall.Request{page, row("http://a.test/app.3f9a1c22", js, 50, 60)}, []waterfall.Request{page, row("http://a.test/app.77e0b2aa", css, 50, 60)}, "+http://a.test/app.77e0b2aa -http://a.test/app.3f9a1c22"},
		{"query", []waterfall.Request{page, row("http://a.test/ad?w=3", img, 50, 60)}, []waterfall.Request{page, row("http://a.test/ad?w=4", img, 50, 60)}, "~http://a.test/ad?w=4(query: url)"},
		{"shard", []waterfall.Request{page, row("http://img1.c.test/x.png", img, 50, 60)}, []waterfall.Request{page, row("http://img2.c.test/x.png", img, 50, 60)}, "~http://img2.c.test/x.png(host number: url)"},
		{"the strict rule first", []waterfall.Request{page, row("http://a.test/x?v=1", img, 50, 60), row("http://a.test/x?v=2", img, 50, 60)},
			[]waterfall.Request{page, row("http://a.test/x?v=2", img, 50, 60), row("http://a.test/x?v=3", img, 50, 60)}, "~http://a.test/x?v=2(url: order) ~http://a.test/x?v=3(query noise: url)"},
		{"twice", []waterfall.Request{page, row("http://a.test/x", img, 50, 60)}, []waterfall.Request{page, row("http://a.test/x", img, 50, 60), row("http://a.test/x", img, 50, 60)}, "+http://a.test/x"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := brief(Of(fall(tt.a...), fall(tt.b...), Options{})); got != tt.want {
				t.Errorf("%s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestUnversioned(t *testing.T) {
	for in, want := range map[string]string{
		"/photo-1.jpg": "/photo-1.jpg", "/app.3f9a1c22.js": "/app.*.js", "/jquery-3.6.0.min.js": "/jquery-*.min.js", "/v2.1/x": "/*/x",
		"/index-BRt2Xp9q.js": "/index-*.js", "/bootstrap.css": "/bootstrap.css", "/decade/facade.css": "/decade/facade.css", "/1700000000123/x": "/*/x",
		"/2024/01/x": "/2024/01/x", "/b/0f8fad5b-d9cb-469f-a165-70867728950e.png": "/b/*.png", "/logo@2x.png": "/logo@2x.png", "/MyComponent.js": "/MyComponent.js",
		"/a3.css": "/a3.css", "/chunk-abc123.js": "/chunk-*.js", "/1.": "/1.", "/h264": "/h264", "": "",
	} {
		if got := unversioned(in); got != want {
			t.Errorf("unversioned(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestBudget(t *testing.T) {
	w := fall(row("http://a.test/", doc, 0, 50), row("http://a.test/a.css", css, 50, 90, blocking), row("http://b.test/x.js", js, 50, 400, blocking, body(70_000)),
		row("http://c.test/y.png", img, 60, 100, status(404)))
	tests := []struct {
		name string
		b    Budget
		want string
	}{
		{"nothing", Budget{}, ""},
		{"kept", Budget{Requests: 4, Hosts: 3, Blocking: 2, Failures: 1, Bytes: 100_000, Load: time.Second, Loaded: true, AllowHosts: []string{"*.test"}}, ""},
		{"requests", Budget{Requests: 3}, "4 requests, at most 3: http://c.test/y.png"},
		{"hosts", Budget{Hosts: 1}, "3 hosts, at most 1: http://b.test/x.js, http://c.test/y.png"},
		{"blocking", Budget{Blocking: -1}, "2 requests that block rendering, at most 0: http://a.test/a.css, http://b.test/x.js"},
		{"failures", Budget{Failures: -1}, "1 requests that failed, at most 0: http://c.test/y.png"},
		{"bytes", Budget{Bytes: 50_000}, "73.1 kB over the network, at most 50.0 kB; the largest: 70.1 kB http://b.test/x.js, 1.0 kB http://a.test/, 1.0 kB http://a.test/a.css, and 1 more"},
		{"bytes of a type", Budget{BytesByType: map[waterfall.Type]int64{js: 10_000, img: 10_000}}, "70.1 kB script bytes over the network, at most 10.0 kB; the largest: 70.1 kB http://b.test/x.js"},
		{"one request", Budget{RequestBytes: 50_000}, "70.1 kB for http://b.test/x.js, at most 50.0 kB for one request"},
		{"load", Budget{Load: 300 * ms}, "load at 400 ms, the budget is 300 ms: it waited for http://b.test/x.js, http://a.test/"},
		{"host", Budget{AllowHosts: []string{"a.test", "*.b.test", "c.test"}}, "b.test may not be asked: http://b.test/x.js"},
	}
	for _, tt := range tests {
		var got []string
		for _, v := range tt.b.Check(w) {
			got = append(got, v.Error())
		}
		if s := strings.Join(got, "\n"); s != tt.want {
			t.Errorf("%s: %q\nwant %q", tt.name, s, tt.want)
		}
	}
	none := fall(row("http://a.test/", doc, 0, 50))
	none.Page.Load, none.Page.Err = waterfall.None, "no"
	if got := (Budget{Load: time.Second, Loaded: true}).Check(none); len(got) != 2 || got[0].Text != "load was not reached, the budget is 1.00 s" || got[1].Text != "the page was not loaded: no" {
		t.Errorf("not loaded: %q", got)
	}
}

func TestRegression(t *testing.T) {
	a := fall(row("http://a.test/", doc, 0, 50), row("http://a.test/a.css", css, 50, 90), row("http://a.test/x.png", img, 60, 100))
	b := fall(row("http://a.test/", doc, 0, 50), row("http://a.test/a.css", css, 50, 90, blocking), row("http://b.test/x.js", js, 50, 400, blocking, status(500)))
	d := Of(a, b, Options{})
	tests := []struct {
		name string
		g    Regression
		want string
	}{
		{"nothing", Regression{}, ""},
		{"kept", Regression{Load: Increase{Percent: 300}, Bytes: Increase{Percent: -1}}, ""},
		{"load", Regression{Load: Increase{Percent: 10}}, "load at 400 ms, at most 110 ms (before: 100 ms): it waited for http://b.test/x.js"},
		{"load by time", Regression{Load: Increase{By: 50, Percent: 1}}, "load at 400 ms, at most 150 ms (before: 100 ms): it waited for http://b.test/x.js"},
		{"blocking", Regression{NewBlocking: true}, "new request that blocks rendering: http://b.test/x.js\nblocks rendering now: http://a.test/a.css"},
		{"failures", Regression{NewFailures: true}, "new request that fails with 500: http://b.test/x.js"},
		{"hosts", Regression{NewHosts: true}, "new host: b.test"},
		{"requests", Regression{NewRequests: true}, "new request: http://b.test/x.js"},
		{"removed", Regression{Removed: true}, "not requested any more: http://a.test/x.png"},
	}
	for _, tt := range tests {
		var got []string
		for _, v := range tt.g.Check(d) {
			got = append(got, v.Text)
		}
		if s := strings.Join(got, "\n"); s != tt.want {
			t.Errorf("%s: %q\nwant %q", tt.name, s, tt.want)
		}
	}
}

func TestParseIncrease(t *testing.T) {
	for in, want := range map[string]Increase{"10%": {Percent: 10}, "0%": {Percent: -1}, "200ms": {By: 200}, "0": {By: -1}, "50kB": {By: 50_000}, "1.5MB": {By: 1_500_000}} {
		if got, err := ParseIncrease(in); err != nil || got != want {
			t.Errorf("ParseIncrease(%q) = %v, %v; want %v", in, got, err, want)
		}
	}
	for _, in := range []string{"", "x", "-1%", "-5ms", "NaN%", "%", "1e99MB", "ten"} {
		if got, err := ParseIncrease(in); err == nil {
			t.Errorf("ParseIncrease(%q) = %v, want an error", in, got)
		}
	}
}

// Whatever a page names things, nothing but printable text gets to the terminal.
func TestTextIsClean(t *testing.T) {
	evil := "http://a.test/\x1b[31m\u202e\x00\xff<script>" + strings.Repeat("x", 1000)
	d := Of(fall(row("http://a.test/", doc, 0, 50)), fall(row("http://a.test/", doc, 0, 50), row(evil, js, 50, 60, blocking)), Options{})
	var b bytes.Buffer
	if err := d.Text(&b, TextOptions{A: "\x1b]0;", B: "b.har"}); err != nil {
		t.Fatal(err)
	}
	if s := b.String(); strings.ContainsAny(s, "\x1b\x00") || !utf8.ValidString(s) || strings.Contains(s, "\u202e") || !strings.Contains(s, `\x1b[31m\u202e\x00\xff<script>`) {
		t.Errorf("%q", s)
	}
	if _, err := json.Marshal(d); err != nil {
		t.Error(err)
	}
}

// 20,000 requests of the same name, in opposite orders, take no longer than others.
func TestManyRequests(t *testing.T) {
	const n = 20_000
	a, b := make([]waterfall.Request, n), make([]waterfall.Request, n)
	for i := range n {
		a[i] = row(fmt.Sprintf("http://a.test/x.%08xa1.js?%d", i, i), js, -i, i)
		b[n-1-i] = row(fmt.Sprintf("http://a.test/x.%08xb1.js?%d", i, i), js, i, i)
	}
	d := Of(fall(a...), fall(b...), Options{})
	if len(d.Changed) != n || len(d.Added) != 0 {
		t.Errorf("%d changed, %d added", len(d.Changed), len(d.Added))
	}
	(Budget{Hosts: -1, Load: ms, Bytes: 1}).Check(fall(b...))
}

// FuzzOf takes loads apart that were made of arbitrary text: each request is in
// exactly one of the lists, and a load does not differ from itself.
func FuzzOf(f *testing.F) {
	f.Add("http://a.test/ http://a.test/x.3f9a1c22.js?v=1", "http://b.test/ http://b.test/x.77e0b2aa.js?v=2&v=3", int64(5))
	f.Add("http://[::1]:80/ :// data:,x", "http://a@b/%zz?%zz=%zz #", int64(-1<<63))
	f.Fuzz(func(t *testing.T, a, b string, at int64) {
		build := func(s string) *waterfall.Waterfall {
			rows := []waterfall.Request{row("http://a.test/", doc, 0, 1)}
			for u := range strings.SplitSeq(s, " ") {
				r := row(u, img, 1, 2)
				r.Start, r.Times.End, r.BodyBytes = time.Duration(at), time.Duration(at), at
				rows = append(rows, r)
			}
			return fall(rows...)
		}
		wa, wb := build(a), build(b)
		d := Of(wa, wb, Options{Moved: -1})
		if len(d.Removed)+len(d.Changed)+d.Same != len(wa.Requests) || len(d.Added)+len(d.Changed)+d.Same != len(wb.Requests) {
			t.Fatalf("%d removed, %d added, %d changed, %d same of %d and %d", len(d.Removed), len(d.Added), len(d.Changed), d.Same, len(wa.Requests), len(wb.Requests))
		}
		if s := Of(wa, wa, Options{}); s.Same != len(wa.Requests) {
			t.Fatalf("a load differs from itself: %s", brief(s))
		}
		if err := d.Text(&bytes.Buffer{}, TextOptions{Color: true}); err != nil {
			t.Fatal(err)
		}
		if _, err := json.Marshal(d); err != nil {
			t.Fatal(err)
		}
		Regression{Load: Increase{Percent: 1}, Bytes: Increase{Percent: 1}, NewBlocking: true, NewFailures: true}.Check(d)
	})
}
