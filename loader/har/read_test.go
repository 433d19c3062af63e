package har_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"pageload/loader/har"
	"pageload/loader/waterfall"
)

func read(t testing.TB, b []byte, o har.ReadOptions) *waterfall.Waterfall {
	t.Helper()
	wf, err := har.Read(bytes.NewReader(b), o)
	if err != nil {
		t.Fatal(err)
	}
	return wf
}

// What was written comes back: every phase exactly, and the same HAR when it is
// written once more.
func TestReadOwn(t *testing.T) {
	wf := sample()
	first := write(t, wf, har.Options{})
	again := read(t, first, har.ReadOptions{Bodies: true})
	if len(again.Requests) != len(wf.Requests) || len(again.Connections) != len(wf.Connections) {
		t.Fatalf("%d requests and %d connections came back", len(again.Requests), len(again.Connections))
	}
	slices.SortFunc(wf.Requests, func(a, b waterfall.Request) int { return int(a.ID - b.ID) })
	for i := range wf.Requests {
		r, got := &wf.Requests[i], &again.Requests[i]
		if got.Phases() != r.Phases() || got.Start.Microseconds() != r.Start.Microseconds() {
			t.Errorf("request %d: %v at %v, want %v at %v", r.ID, got.Phases(), got.Start, r.Phases(), r.Start)
		}
		if got.ID != r.ID || got.Chain != r.Chain || got.Type != r.Type || got.Failed() != r.Failed() || got.Done != r.Done || !bytes.Equal(got.Body, r.Body) {
			t.Errorf("request %d came back as %+v", r.ID, got)
		}
	}
	second := write(t, again, har.Options{})
	third := write(t, read(t, second, har.ReadOptions{Bodies: true}), har.Options{})
	check(t, schema(t), second)
	lines(t, third, second)
	if d := differing(first, second); d > 3 { // a first byte before the head's end, a name lookup that the connection has, a wait that goes on
		t.Errorf("%d lines of the HAR differ once it was read:\n%s", d, second)
	}
}

func lines(t *testing.T, got, want []byte) {
	t.Helper()
	g, w := strings.Split(string(got), "\n"), strings.Split(string(want), "\n")
	for i := range w {
		if i >= len(g) || g[i] != w[i] {
			t.Fatalf("line %d differs; got\n%s\nwant\n%s", i+1, append(g, make([]string, len(w))...)[i], w[i])
		}
	}
}

func differing(a, b []byte) (n int) {
	x, y := strings.Split(string(a), "\n"), strings.Split(string(b), "\n")
	for i := range min(len(x), len(y)) {
		if x[i] != y[i] {
			n++
		}
	}
	return n + max(len(x), len(y)) - min(len(x), len(y))
}

// A file that ends too early gives what stands in it until then, and says where
// it ends.
func TestReadTruncated(t *testing.T) {
	whole := write(t, sample(), har.Options{})
	last := 0
	for n := 0; n < len(whole)-3; n += 47 { // the last three close the file
		wf, err := har.Read(bytes.NewReader(whole[:n]), har.ReadOptions{})
		var bad *har.ReadError
		if !errors.As(err, &bad) || !errors.Is(err, io.ErrUnexpectedEOF) || bad.Offset != int64(n) {
			t.Fatalf("of %d bytes: error %v", n, err)
		}
		if wf == nil || len(wf.Requests) < last {
			t.Fatalf("of %d bytes: %v, %d entries came before", n, wf, last)
		}
		last = len(wf.Requests)
	}
	if last != len(sample().Requests) {
		t.Errorf("at the end %d entries", last)
	}
	_, err := har.Read(strings.NewReader(`{"log":{"entries":[`), har.ReadOptions{})
	if err == nil || err.Error() != "har: read: at byte 19: the file ends in the middle" {
		t.Errorf("error %v", err)
	}
}

func TestReadFaults(t *testing.T) {
	for _, tt := range []struct {
		name, in string
		at       int64
		want     string
		entries  int
	}{
		{"empty", "", 0, "the file ends in the middle", 0},
		{"no JSON", "<html>", 0, "no HAR", 0},
		{"no log", `{"a":[1,{"b":null}]}`, 20, "no HAR", 0},
		{"a log that is none", `{"log":7}`, 9, "no HAR", 0},
		{"entries that are none", `{"log":{"entries":{}}}`, 18, "entries is no list", 0},
		{"a comma too much", `{"log":{"entries":[{"time":1},,]}}`, 30, `','`, 1},
		{"half a word", `{"log":{"entries":[{"time":1},{"time":nul}]}}`, 41, "invalid character '}'", 1},
		{"a bare control character", "{\"log\":{\"entries\":[ {}, \n {\"pageref\":\"a\x01\"}]}}", 39, "invalid character", 1},
		{"the wrong bracket", `{"log":{"entries":[{"a":[1}]}]}}`, 26, `'}'`, 0},
		{"too deep", `{"log":{"x":` + strings.Repeat("[", 300), 212, "deep", 0},
		{"a number without end", `{"log":{"x":` + strings.Repeat("1", 300), 114, "digits", 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, r := range []io.Reader{strings.NewReader(tt.in), iotest.OneByteReader(strings.NewReader(tt.in))} {
				wf, err := har.Read(r, har.ReadOptions{})
				var bad *har.ReadError
				if !errors.As(err, &bad) || bad.Offset != tt.at || !strings.Contains(err.Error(), tt.want) {
					t.Fatalf("error %v, want %q at %d", err, tt.want, tt.at)
				}
				if len(wf.Requests) != tt.entries {
					t.Errorf("%d entries, want %d", len(wf.Requests), tt.entries)
				}
			}
		})
	}
	broken := errors.New("disk on fire")
	if _, err := har.Read(iotest.ErrReader(broken), har.ReadOptions{}); !errors.Is(err, broken) {
		t.Errorf("error %v, want %v", err, broken)
	}
}

// Fields that are missing, null, negative or of another type hurt nobody.
func TestReadTolerant(t *testing.T) {
	in := "\uFEFF" + `{"log": {"pages": null, "entries": [null, 7, {},
	{"startedDateTime": "2026-03-01T12:00:00.5+0100", "time": "30", "request": {"url": "https://a.test/x.css", "method": null, "headers": [{"name": "A", "value": 7}, null]},
	 "response": {"status": "200", "content": {"size": -1, "mimeType": "text/css; charset=x"}, "headersSize": null, "bodySize": -1, "_transferSize": 9},
	 "timings": {"blocked": -1, "dns": null, "connect": 4, "ssl": 9, "send": -5, "wait": 17, "receive": 1e400}},
	{"startedDateTime": "2026-03-01T11:00:00.600Z", "time": 1e300, "request": {"url": "%zz"}, "response": [], "timings": "none", "_initiator": null, "unknown": [[[{}]]]},
	{"startedDateTime": "2026-03-01T11:00:00.700Z", "time": 12.5, "request": {"url": "http://b.test/"}, "response": {"status": 999999}}
	]}}`
	wf := read(t, []byte(in), har.ReadOptions{})
	if len(wf.Requests) != 4 {
		t.Fatalf("%d requests", len(wf.Requests))
	}
	r := wf.Requests[1] // the one of which nothing is known has no date, so it is at the beginning
	p := r.Phases()
	if r.URL != "https://a.test/x.css" || r.Type != waterfall.Stylesheet || r.Method != "GET" || r.Status != 200 || r.Transferred() != 9 || r.RequestHeader[0].Value != "7" {
		t.Errorf("request %+v", r)
	}
	if p.Connect != 13*ms || p.SSL != 9*ms || p.Wait != 17*ms || p.Total != 30*ms || p.DNS != waterfall.None || p.Blocked != 0 || p.Send != 0 || p.Receive != 0 {
		t.Errorf("phases %+v", p)
	}
	if got := wf.Requests[3].Phases(); got.Wait != 12500*ms/1000 || got.Total != got.Wait {
		t.Errorf("of which only the whole is known: %+v", got)
	}
	check(t, schema(t), write(t, wf, har.Options{}))
}

// Bodies that are not wanted are not held, and too many entries are an error.
func TestReadBounds(t *testing.T) {
	wf := sample()
	wf.Requests[1].Body = bytes.Repeat([]byte(`<p title="x\y">`), 100_000)
	b := write(t, wf, har.Options{})
	if got := read(t, b, har.ReadOptions{}); got.Requests[1].Body != nil || got.Requests[1].DecodedBytes != 2000 {
		t.Error("a body was kept that nobody asked for")
	}
	if got := read(t, b, har.ReadOptions{Bodies: true}); !bytes.Equal(got.Requests[1].Body, wf.Requests[1].Body) {
		t.Error("the body did not survive")
	}
	got := read(t, b, har.ReadOptions{Bodies: true, MaxBody: 1000})
	if n := len(got.Limits); got.Requests[1].Body != nil || got.Requests[3].Body == nil || !strings.Contains(got.Limits[n-1].Text, "MaxBody") {
		t.Errorf("a body longer than MaxBody: limits %v", got.Limits)
	}
	for _, o := range []har.ReadOptions{{MaxEntries: 3}, {MaxSize: 5000}} {
		wf, err := har.Read(bytes.NewReader(b), o)
		if err == nil || len(wf.Requests) == 0 || len(wf.Requests) > 5 || !strings.Contains(err.Error(), "ReadOptions.Max") {
			t.Errorf("%+v: %d entries, error %v", o, len(wf.Requests), err)
		}
	}
	// an error after a text that was left out still names its place
	s := string(b)
	i := strings.LastIndex(s, `"_retries":1`)
	s = s[:i] + `"_retries":01` + s[i+len(`"_retries":1`):]
	_, err := har.Read(strings.NewReader(s), har.ReadOptions{})
	if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("at byte %d:", i+len(`"_retries":0`))) {
		t.Errorf("error %v, want one at byte %d", err, i+len(`"_retries":0`))
	}
}

// Of a HAR with several pages one is read.
func TestReadPages(t *testing.T) {
	const in = `{"log":{"entries":[
		{"pageref":"b","startedDateTime":"2026-01-01T00:00:02Z","request":{"url":"http://b.test/"}},
		{"pageref":"a","startedDateTime":"2026-01-01T00:00:01Z","request":{"url":"http://a.test/"}},
		{"startedDateTime":"2026-01-01T00:00:03Z","request":{"url":"http://c.test/"}}],
		"pages":[{"id":"a","startedDateTime":"2026-01-01T00:00:01Z","title":"A","pageTimings":{"onLoad":5}},{"id":"b","startedDateTime":"2026-01-01T00:00:01.5Z","title":"B"}]}}`
	for _, tt := range []struct{ page, want string }{{"", "A http://a.test/ [http://a.test/ http://c.test/]"}, {"b", "B http://b.test/ [http://b.test/ http://c.test/]"}, {"x", " http://c.test/ [http://c.test/]"}} {
		wf := read(t, []byte(in), har.ReadOptions{Page: tt.page})
		var urls []string
		for _, r := range wf.Requests {
			urls = append(urls, r.URL)
		}
		if got := fmt.Sprint(wf.Page.Title, " ", wf.Page.URL, " ", urls); got != tt.want {
			t.Errorf("page %q: %s, want %s", tt.page, got, tt.want)
		}
	}
}

// Whatever is read can be written, is valid then, and reads the same again.
func FuzzRead(f *testing.F) {
	f.Add(write(f, sample(), har.Options{}))
	files, _ := filepath.Glob(filepath.Join("testdata", "*.har"))
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Add([]byte(`{"log":{"entries":[{"startedDateTime":"0001-01-01T00:00:00+23:59","time":-1,"timings":{"ssl":1e9},"_connectionId":7,"_waits":[{"ms":-1}]}]}}`))
	s := schema(f)
	f.Fuzz(func(t *testing.T, in []byte) {
		wf, err := har.Read(bytes.NewReader(in), har.ReadOptions{Bodies: true})
		var bad *har.ReadError
		if err != nil && (!errors.As(err, &bad) || bad.Offset < 0 || bad.Offset > int64(len(in))) {
			t.Fatalf("error %v", err)
		}
		b := write(t, wf, har.Options{})
		again := read(t, b, har.ReadOptions{Bodies: true})
		for i := range wf.Requests {
			if got, want := again.Requests[i].Phases(), wf.Requests[i].Phases(); i < len(again.Requests) && got != want {
				t.Errorf("request %d: phases %v, want %v", i, got, want)
			}
		}
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
		if err != nil {
			t.Fatalf("%v in %q", err, b)
		}
		for _, e := range doc.(map[string]any)["log"].(map[string]any)["entries"].([]any) {
			e.(map[string]any)["request"].(map[string]any)["url"] = "http://a.test/" // see FuzzWrite
		}
		if err := s.Validate(doc); err != nil {
			t.Error(err)
		}
	})
}

func BenchmarkRead(b *testing.B) {
	raw := write(b, many(1000), har.Options{})
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	for b.Loop() {
		read(b, raw, har.ReadOptions{})
	}
}

// HARs that browsers and tools wrote: which are real says testdata/README.md.
func TestReadOthers(t *testing.T) {
	s := schema(t)
	load := func(name string) *waterfall.Waterfall {
		b, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		wf := read(t, b, har.ReadOptions{})
		check(t, s, write(t, wf, har.Options{}))
		return wf
	}
	row := func(wf *waterfall.Waterfall, suffix string) *waterfall.Request {
		for i := range wf.Requests {
			if strings.HasSuffix(wf.Requests[i].URL, suffix) {
				return &wf.Requests[i]
			}
		}
		t.Fatalf("no request for %s", suffix)
		return nil
	}
	phases := func(r *waterfall.Request) string {
		p := r.Phases()
		var b strings.Builder
		for _, d := range []struct {
			name string
			time int64
		}{{"queueing", p.Queueing.Microseconds()}, {"blocked", p.Blocked.Microseconds()}, {"dns", max(-1, p.DNS.Microseconds())}, {"connect", max(-1, p.Connect.Microseconds())},
			{"ssl", max(-1, p.SSL.Microseconds())}, {"send", p.Send.Microseconds()}, {"wait", p.Wait.Microseconds()}, {"receive", p.Receive.Microseconds()}} {
			fmt.Fprintf(&b, "%s %d ", d.name, d.time)
		}
		return b.String() + fmt.Sprint("= ", p.Total.Microseconds())
	}
	say := func(list ...any) string { return strings.TrimSpace(fmt.Sprintln(list...)) }
	want := func(name string, got, want any) {
		t.Helper()
		if got != want {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}

	d := load("devtools.har")
	want("DevTools: page", say(d.Page.URL, d.Page.DOMContentLoaded, d.Page.Load, len(d.Requests), len(d.Connections)), "http://example.test/ 210.5ms 400.25ms 5 2")
	want("DevTools: chain", say(d.Requests[1].Chain, d.Requests[1].Redirect), "1 true")
	want("DevTools: phases", phases(&d.Requests[1]), "queueing 500 blocked 3000 dns 4000 connect 32000 ssl 20000 send 1000 wait 40000 receive 10000 = 90000")
	css := row(d, "main.css")
	want("DevTools: style sheet", say(css.Type, css.Priority, css.Initiator, css.Proto, css.Transferred(), css.Reused, css.ConnID), "Stylesheet VeryHigh {parser https://www.example.test/ 7} HTTP/2.0 400 true 2")
	want("DevTools: connection", say(d.Connections[1].Host, d.Connections[1].Proto, len(d.Connections[1].Carried), d.Connections[1].Secured-d.Connections[1].Connected, d.Connections[1].Remote), "www.example.test h2 2 20ms [2001:db8::10]:443")
	logo := row(d, "logo.svg")
	want("DevTools: from memory", say(logo.FromCache, logo.Initiator, logo.Transferred(), logo.Failed()), "memory {script https://www.example.test/app.js 4} 0 false")
	api := row(d, "/x")
	want("DevTools: refused", say(api.NetError, api.Type, string(api.PostData), phases(api)), `net::ERR_CONNECTION_REFUSED Fetch {"a":1} queueing 0 blocked 12000 dns -1 connect -1 ssl -1 send 0 wait 0 receive 0 = 12000`)

	f := load("firefox.har")
	want("Firefox: page", say(f.Page.URL, f.Page.Load, len(f.Requests)), "https://www.example.test/ 600ms 5")
	want("Firefox: TLS beside the connect", phases(&f.Requests[0]), "queueing 0 blocked 3000 dns 12000 connect 55000 ssl 30000 send 0 wait 70000 receive 5000 = 145000")
	want("Firefox: type of the destination", row(f, "/f").Type, waterfall.Font)
	gif := row(f, "t.gif")
	want("Firefox: blocked", say(gif.Err, gif.Type), "no response Image")
	want("Firefox: form", string(row(f, "/form").PostData), "a=b+c&d=%C3%A9")
	want("Firefox: chain", say(row(f, "/done").Redirect, row(f, "/done").Chain == row(f, "/form").ID), "true true")

	p := load("playwright.har")
	want("Playwright: page", say(p.Page.Title, p.Page.URL, p.Page.Load, len(p.Requests)), "The demo site http://demo.test/ 1.701s 46")
	tag := row(p, "tag.js")
	want("Playwright: script", say(tag.Type, tag.Status, tag.Transferred(), tag.DecodedBytes, tag.Remote), "Script 200 5105 30721 127.0.0.1:80")
	want("Playwright: ssl of plain HTTP", phases(tag), "queueing 0 blocked 0 dns 27 connect 18624 ssl -1 send 0 wait 251462 receive 492284 = 762397")
	want("Playwright: redirect", say(p.Requests[1].Redirect, p.Requests[1].Chain), "true 1")
	want("Playwright: failed", row(p, "nothing.png").Failed(), true)

	c := load("chrome-har.har")
	want("chrome-har: page", say(c.Page.URL, c.Page.Load.Milliseconds(), len(c.Requests)), "http://demo.test/ 1670 41")
	tag = row(c, "tag.js")
	want("chrome-har: script", say(tag.Type, tag.Initiator, tag.RenderBlocking, tag.Priority), "Script {parser http://www.demo.test/ 13} PotentiallyBlocking Low")
	if len(c.Connections) < 5 {
		t.Errorf("chrome-har: %d connections", len(c.Connections))
	}
}
