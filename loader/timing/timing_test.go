package timing_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"pageload/loader/har"
	"pageload/loader/timing"
	"pageload/loader/waterfall"
)

// What Chromium's own performance.getEntries() said in a load is what is made of
// the HAR of that load (both are real, see loader/har/testdata).
func TestAsChromium(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join("testdata", "chromium.json"))
	if err != nil {
		t.Fatal(err)
	}
	var theirs []timing.Navigation
	if err := json.Unmarshal(raw, &theirs); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(filepath.Join("..", "har", "testdata", "chrome-har.har"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	wf, err := har.Read(f, har.ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	nav, list := timing.Entries(wf)
	ours := map[string]timing.Resource{nav.Name: nav.Resource}
	for _, e := range list {
		ours[e.Name] = e
	}
	// The HAR does not say which element asked.
	element := map[string]bool{"demo.woff2": true, "poster.png": true, "paper.png": true}
	compared := 0
	for _, want := range theirs {
		got, ok := ours[want.Name]
		if !ok {
			continue // chrome-har leaves out what failed
		}
		compared++
		name := want.Name[strings.LastIndexByte(want.Name, '/')+1:]
		if got.InitiatorType != want.InitiatorType && !element[name] {
			t.Errorf("%s: initiatorType %s, want %s", want.Name, got.InitiatorType, want.InitiatorType)
		}
		for _, f := range []struct {
			field     string
			got, want any
		}{{"entryType", got.EntryType, want.EntryType}, {"renderBlockingStatus", got.RenderBlockingStatus, want.RenderBlockingStatus},
			{"responseStatus", got.ResponseStatus, want.ResponseStatus}, {"nextHopProtocol", got.NextHopProtocol, want.NextHopProtocol},
			{"contentType", got.ContentType, want.ContentType}, {"contentEncoding", got.ContentEncoding, want.ContentEncoding},
			{"decodedBodySize", got.DecodedBodySize, want.DecodedBodySize}} {
			if f.got != f.want {
				t.Errorf("%s: %s %v, want %v", want.Name, f.field, f.got, f.want)
			}
		}
		// chrome-har counts what frames the chunks of a body to the body.
		if over := got.TransferSize - want.TransferSize; over < 0 || over > 200 || over != got.EncodedBodySize-want.EncodedBodySize {
			t.Errorf("%s: transferSize %d, want %d", want.Name, got.TransferSize, want.TransferSize)
		}
		if name == "banner.html" { // of another origin's frame Chromium says when it was loaded
			got.ResponseEnd = want.ResponseEnd
		}
		// Of queues the HAR knows nothing, so that fetchStart is not compared.
		for _, f := range []struct {
			field     string
			got, want float64
		}{{"domainLookupStart", got.DomainLookupStart, want.DomainLookupStart}, {"domainLookupEnd", got.DomainLookupEnd, want.DomainLookupEnd},
			{"connectStart", got.ConnectStart, want.ConnectStart}, {"connectEnd", got.ConnectEnd, want.ConnectEnd}, {"requestStart", got.RequestStart, want.RequestStart},
			{"responseEnd", got.ResponseEnd, want.ResponseEnd}, {"redirectStart", got.RedirectStart, want.RedirectStart}, {"secureConnectionStart", got.SecureConnectionStart, want.SecureConnectionStart}} {
			// The clocks of renderer and network service differ by some milliseconds;
			// what is hidden is hidden in both.
			if math.Abs(f.got-f.want) > 60 || (f.got == 0) != (f.want == 0) {
				t.Errorf("%s: %s %v, want %v", want.Name, f.field, f.got, f.want)
			}
		}
	}
	if compared < 30 {
		t.Errorf("%d of %d entries were compared", compared, len(theirs))
	}
}

const step = time.Millisecond

// load is a page with a resource, which change may change.
func load(change func(doc, r *waterfall.Request)) *waterfall.Waterfall {
	times := waterfall.Times{Queued: step, DNSStart: 2 * step, DNSEnd: 3 * step, ConnectStart: 3 * step, ConnectEnd: 6 * step, TLSStart: 4 * step, TLSEnd: 6 * step,
		SendStart: 7 * step, SendEnd: 7 * step, FirstByte: 8 * step, HeadEnd: 9 * step, End: 10 * step}
	row := func(id int32, u string, typ waterfall.Type, x waterfall.Exchange) waterfall.Request {
		return waterfall.Request{ID: id, Start: step, Done: true, Exchange: x, Discovery: waterfall.Discovery{URL: u, Type: typ, Chain: id}}
	}
	x := waterfall.Exchange{Times: times, Status: 200, Proto: "HTTP/2.0", MIMEType: "text/css", BodyBytes: 100, DecodedBytes: 400,
		ResponseHeader: []waterfall.Field{{Name: "Content-Encoding", Value: "br"}, {Name: "Server-Timing", Value: `db;dur=5;desc="a b"`}}}
	wf := &waterfall.Waterfall{Page: waterfall.Page{URL: "https://a.test/", DOMInteractive: 11 * step, DOMContentLoaded: 12 * step, Load: 13 * step},
		Requests: []waterfall.Request{row(1, "https://a.test/#x", waterfall.Document, x), row(2, "https://a.test/s.css", waterfall.Stylesheet, x)}}
	if change != nil {
		change(&wf.Requests[0], &wf.Requests[1])
	}
	return wf
}

func TestFields(t *testing.T) {
	nav, list := timing.Entries(load(func(_, r *waterfall.Request) { r.RenderBlocking = "Blocking" }))
	want := timing.Resource{Name: "https://a.test/s.css", EntryType: "resource", StartTime: 1, Duration: 9, InitiatorType: "link", NextHopProtocol: "h2", RenderBlockingStatus: "blocking",
		ContentType: "text/css", ContentEncoding: "br", FetchStart: 1, DomainLookupStart: 2, DomainLookupEnd: 3, ConnectStart: 3, ConnectEnd: 6, SecureConnectionStart: 4,
		RequestStart: 7, ResponseStart: 8, FinalResponseHeadersStart: 9, ResponseEnd: 10, TransferSize: 400, EncodedBodySize: 100, DecodedBodySize: 400, ResponseStatus: 200,
		ServerTiming: []timing.ServerTiming{{Name: "db", Duration: 5, Description: "a b"}}}
	if fmt.Sprint(list) != fmt.Sprint([]timing.Resource{want}) {
		t.Errorf("resource %+v, want %+v", list, want)
	}
	if nav.Name != "https://a.test/" || nav.StartTime != 0 || nav.DOMInteractive != 11 || nav.DOMContentLoadedEventEnd != 12 || nav.LoadEventEnd != 13 || nav.Duration != 13 || nav.Type != "navigate" {
		t.Errorf("navigation %+v", nav)
	}
}

// Timing-Allow-Origin says what of another origin's resource is seen.
func TestTimingAllowOrigin(t *testing.T) {
	allow := func(value string) func(_, r *waterfall.Request) {
		return func(_, r *waterfall.Request) {
			r.URL = "https://b.test/s.css"
			r.ResponseHeader = append(r.ResponseHeader, waterfall.Field{Name: "timing-allow-origin", Value: value})
		}
	}
	for _, tt := range []struct {
		name   string
		change func(doc, r *waterfall.Request)
		seen   bool
		status int
	}{
		{"same origin", nil, true, 200},
		{"default port", func(_, r *waterfall.Request) { r.URL = "https://A.test:443/s.css" }, true, 200},
		{"another port", func(_, r *waterfall.Request) { r.URL = "https://a.test:444/s.css" }, false, 0},
		{"another origin", func(_, r *waterfall.Request) { r.URL = "https://b.test/s.css" }, false, 0},
		{"with CORS", func(_, r *waterfall.Request) {
			r.URL, r.RequestHeader = "https://b.test/s.css", []waterfall.Field{{Name: "Sec-Fetch-Mode", Value: "cors"}}
		}, false, 200},
		{"all", allow("*"), true, 200},
		{"this one", allow("https://c.test , https://a.test"), true, 200},
		{"others", allow("https://c.test, http://a.test, A.test"), false, 0},
		{"failed", func(_, r *waterfall.Request) { r.Err, r.Status = "refused", 0 }, false, 0},
	} {
		_, list := timing.Entries(load(tt.change))
		e := list[0]
		seen := e.RequestStart != 0 && e.DomainLookupStart != 0 && e.TransferSize != 0 && len(e.ServerTiming) == 1 && e.NextHopProtocol != ""
		hidden := e.RequestStart == 0 && e.DomainLookupStart == 0 && e.TransferSize == 0 && e.DecodedBodySize == 0 && len(e.ServerTiming) == 0 && e.NextHopProtocol == "" && e.RedirectStart == 0
		if seen != tt.seen || hidden == tt.seen || e.ResponseStatus != tt.status || e.StartTime != 1 || e.FetchStart != 1 || e.ResponseEnd != 10 || e.Duration != 9 {
			t.Errorf("%s: %+v", tt.name, e)
		}
	}
}

// A chain of redirects is one entry, and a hop of another origin hides it.
func TestRedirects(t *testing.T) {
	chain := func(first string) *waterfall.Waterfall {
		wf := load(nil)
		next := wf.Requests[1]
		wf.Requests[1].URL, wf.Requests[1].Status = first, 302
		next.ID, next.Start, next.Redirect = 3, 20*step, true
		next.Times = waterfall.NoTimes()
		next.Times.SendStart, next.Times.End = 21*step, 30*step
		wf.Requests = append(wf.Requests, next)
		return wf
	}
	_, list := timing.Entries(chain("https://a.test/old.css"))
	if e := list[0]; len(list) != 1 || e.Name != "https://a.test/old.css" || e.RedirectStart != 1 || e.RedirectEnd != 10 || e.FetchStart != 20 || e.DomainLookupStart != 20 || e.ConnectEnd != 20 || e.ResponseEnd != 30 {
		t.Errorf("%+v", list)
	}
	_, list = timing.Entries(chain("https://b.test/old.css"))
	if e := list[0]; e.RedirectStart != 0 || e.FetchStart != 1 || e.RequestStart != 0 || e.ResponseEnd != 30 {
		t.Errorf("through another origin: %+v", e)
	}
}

func TestWrite(t *testing.T) {
	var b bytes.Buffer
	if err := timing.Write(&b, load(nil)); err != nil {
		t.Fatal(err)
	}
	var list []map[string]any
	if err := json.Unmarshal(b.Bytes(), &list); err != nil || len(list) != 2 || list[0]["entryType"] != "navigation" || list[1]["serverTiming"] == nil || list[1]["loadEventEnd"] != nil {
		t.Errorf("%s: error %v", b.String(), err)
	}
	full := errors.New("full")
	if err := timing.Write(iotest.TruncateWriter(failing{full}, 0), load(nil)); err != nil {
		t.Errorf("what is cut off is no error of ours: %v", err)
	}
	if err := timing.Write(failing{full}, load(nil)); !errors.Is(err, full) {
		t.Errorf("error %v", err)
	}
	b.Reset()
	if err := timing.Write(&b, &waterfall.Waterfall{}); err != nil || b.String() != "[\n]\n" {
		t.Errorf("of nothing: %q, error %v", b.String(), err)
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

func ExampleEntries() {
	nav, list := timing.Entries(load(nil))
	fmt.Println(nav.Name, nav.LoadEventEnd)
	for _, e := range list {
		fmt.Println(e.InitiatorType, e.Name, e.ResponseEnd-e.RequestStart)
	}
	// Output:
	// https://a.test/ 13
	// link https://a.test/s.css 3
}
