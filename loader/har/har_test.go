package har_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"pageload/loader/har"
	"pageload/loader/waterfall"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func write(t testing.TB, wf *waterfall.Waterfall, o har.Options) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := har.Write(&b, wf, o); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestGolden(t *testing.T) {
	got := write(t, sample(), har.Options{Comment: "a sample"})
	file := filepath.Join("testdata", "sample.json")
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	g, w := strings.Split(string(got), "\n"), strings.Split(string(want), "\n")
	for i := range max(len(g), len(w)) {
		if i >= len(g) || i >= len(w) || g[i] != w[i] {
			t.Fatalf("line %d differs; got\n%s\nwant\n%s", i+1, append(g, make([]string, len(w))...)[i], append(w, make([]string, len(g))...)[i])
		}
	}
}

func schema(t testing.TB) *jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	s, err := c.Compile(filepath.Join("testdata", "har-1.2.merged.schema.json"))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// check validates a HAR against the schema and checks what the schema cannot
// say.
func check(t testing.TB, s *jsonschema.Schema, b []byte) {
	t.Helper()
	if !utf8.Valid(b) {
		t.Error("the HAR is no UTF-8")
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
	if err != nil {
		t.Fatalf("%v in %s", err, b)
	}
	if err := s.Validate(doc); err != nil {
		t.Error(err)
	}
	h := decode(t, b)
	var last time.Time
	for i, e := range h.Log.Entries {
		if e.Pageref != h.Log.Pages[0].ID {
			t.Errorf("entry %d: pageref %q names no page", i, e.Pageref)
		}
		if e.Started.Before(last) {
			t.Errorf("entry %d begins at %v, before the one ahead of it (%v)", i, e.Started, last)
		}
		last = e.Started
		sum := new(big.Rat)
		for _, part := range []string{"blocked", "dns", "connect", "send", "wait", "receive"} {
			r := rat(t, e.Timings[part])
			if r.Sign() >= 0 {
				sum.Add(sum, r)
			} else if r.Cmp(big.NewRat(-1, 1)) != 0 || part != "dns" && part != "connect" {
				t.Errorf("entry %d: %s is %v", i, part, e.Timings[part])
			}
		}
		if total := rat(t, e.Time); sum.Cmp(total) != 0 {
			t.Errorf("entry %d: parts add up to %s, not to time %s", i, sum.FloatString(6), e.Time)
		}
		if ssl := rat(t, e.Timings["ssl"]); ssl.Sign() >= 0 && ssl.Cmp(rat(t, e.Timings["connect"])) > 0 {
			t.Errorf("entry %d: ssl %s is longer than connect %s", i, e.Timings["ssl"], e.Timings["connect"])
		}
	}
}

// archive is the part of a HAR that the tests look at.
type archive struct {
	Log struct {
		Pages []struct {
			ID, Title   string
			Started     time.Time `json:"startedDateTime"`
			PageTimings struct{ OnContentLoad, OnLoad json.Number }
		}
		Entries     []entry
		Connections []map[string]any `json:"_connections"`
	}
}

type entry struct {
	FoundAtByte     int `json:"_foundAtByte"`
	Pageref         string
	Started         time.Time `json:"startedDateTime"`
	Time            json.Number
	Timings         map[string]json.Number
	Request         message
	Response        message
	ServerIPAddress string
	Connection      string
	RequestID       string `json:"_requestId"`
	ResourceType    string `json:"_resourceType"`
	Error           string `json:"_error"`
	Waits           []struct {
		Reason    string
		Start, MS json.Number
	} `json:"_waits"`
}

type message struct {
	URL         string
	RawURL      string `json:"_url"`
	Status      int
	RedirectURL string
	QueryString []pair
	Headers     []pair
	Cookies     []struct{ Name, Value, Path, Expires string }
	PostData    struct {
		Text     string
		Encoding string `json:"_encoding"`
		Params   []pair
	}
	Content struct {
		Size                     int64
		Compression              int64
		MimeType, Text, Encoding string
	}
	HeadersSize, BodySize int64
}

type pair struct{ Name, Value string }

func decode(t testing.TB, b []byte) (h archive) {
	t.Helper()
	if err := json.Unmarshal(b, &h); err != nil {
		t.Fatal(err)
	}
	return h
}

func rat(t testing.TB, n json.Number) *big.Rat {
	t.Helper()
	r, ok := new(big.Rat).SetString(n.String())
	if !ok {
		t.Fatalf("%q is no number", n)
	}
	return r
}

func TestValid(t *testing.T) {
	s := schema(t)
	for _, tt := range []struct {
		name string
		wf   *waterfall.Waterfall
	}{
		{"sample", sample()},
		{"empty", &waterfall.Waterfall{Page: waterfall.Fold(nil).Page}},
		{"nothing known", &waterfall.Waterfall{Requests: []waterfall.Request{{}, {Start: waterfall.None}}}},
	} {
		t.Run(tt.name, func(t *testing.T) { check(t, s, write(t, tt.wf, har.Options{})) })
	}
}

func TestFields(t *testing.T) {
	h := decode(t, write(t, sample(), har.Options{}))
	e := h.Log.Entries
	// by start; the font was made last but for the one under way
	hop, doc, style, image, post, refused, missing, blocked, font, running := e[0], e[1], e[2], e[3], e[4], e[5], e[6], e[7], e[8], e[9]
	tests := []struct {
		name      string
		got, want any
	}{
		{"milestone", h.Log.Pages[0].PageTimings.OnContentLoad, json.Number("71.000")},
		{"milestone not reached", h.Log.Pages[0].PageTimings.OnLoad, json.Number("-1")},
		{"URL without fragment", hop.Request.URL, "http://demo.test/?a=1&b=%C3%A4+x&&flag&c=%zz"},
		{"query", fmt.Sprint(hop.Request.QueryString), "[{a 1} {b ä x} {flag } {c %zz}]"},
		{"query that is no UTF-8", fmt.Sprint(image.Request.QueryString), "[{A ä}]"},
		{"cookies", fmt.Sprint(hop.Request.Cookies), "[{a 1  } {b 2=3  } { odd  }]"},
		{"redirect", hop.Response.RedirectURL, "http://www.demo.test/"},
		{"hops share an id", hop.RequestID, doc.RequestID},
		{"text body", doc.Response.Content.Text, "<!doctype html>\n<p>\"é\" \\ \u2028</p>"},
		{"odd header", doc.Response.Headers[2].Value, "caf\u00e9 \"quoted\"\t\x01"},
		{"set cookies", fmt.Sprint(doc.Response.Cookies), "[{id 7 / 2026-04-01T10:00:00.000000Z} {t   2026-03-01T11:31:15.153456Z} { lonely  }]"},
		{"compression", doc.Response.Content.Compression, int64(1500)},
		{"media type with charset", doc.Response.Content.MimeType, "text/html; charset=utf-8"},
		{"head of a request", doc.Request.HeadersSize, int64(len("GET / HTTP/1.1\r\nHost: www.demo.test\r\n\r\n"))},
		{"address without brackets", style.ServerIPAddress, "::1"},
		{"address without zone", image.ServerIPAddress, "fe80::1"},
		{"no head size in HTTP/2", style.Response.HeadersSize, int64(-1)},
		{"decoded size unknown", style.Response.Content.Size, int64(-1)},
		{"decoded size of what needs no decoding", image.Response.Content.Size, int64(9)},
		{"binary body", font.Response.Content.Text, base64.StdEncoding.EncodeToString([]byte("wOF2\xff\x00"))},
		{"binary body's encoding", font.Response.Content.Encoding, "base64"},
		{"nothing on the wire from a cache", font.Response.BodySize, int64(0)},
		{"queueing", image.Timings["_blocked_queueing"], json.Number("15.000")},
		{"waits", fmt.Sprint(image.Waits[1]), "{6 of 6 connections of this group busy 15.000 30.000}"},
		{"a wait that goes on", running.Waits[0].MS, json.Number("9.000")},
		{"type", image.ResourceType, "image"},
		{"form", fmt.Sprint(post.Request.PostData.Params), "[{name Jürgen M} {empty }]"},
		{"form's text", post.Request.PostData.Text, "name=J%C3%BCrgen+M&empty="},
		{"error", refused.Error, "net::ERR_CONNECTION_REFUSED"},
		{"failed without a response", refused.Response.Status, 0},
		{"failed lookup", missing.Timings["dns"], json.Number("4.000")},
		{"no connection", missing.Connection, ""},
		{"no URL", blocked.Request.URL, "about:invalid"},
		{"what was there instead", blocked.Request.RawURL, "no url at all \x00"},
		{"refused is an error", blocked.Error, "not a URL"},
		{"opened before the navigation", h.Log.Connections[1]["opened"], -5.0},
		{"a connection's requests", fmt.Sprint(h.Log.Connections[0]["carried"].([]any)[1]), "map[firstByte:30 from:21 queued:20 request:2 to:60]"},
		{"an attempt", fmt.Sprint(h.Log.Connections[0]["attempts"].([]any)[0]), "map[address:[::1]:80 error:connection refused from:10 result:failed to:11]"},
		{"a state that nobody saw", fmt.Sprint(h.Log.Connections[1]["close"].(map[string]any)["states"].([]any)[1]), "map[error:1 seen:false state:LAST_ACK]"},
		{"what named it", style.FoundAtByte, 210},
		{"open connection", h.Log.Connections[0]["closed"], nil},
		{"times are the page's plus the offset", style.Started.Sub(h.Log.Pages[0].Started), 30 * ms},
	}
	for _, tt := range tests {
		if tt.got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, tt.got, tt.want)
		}
	}
}

func TestOmitBodies(t *testing.T) {
	for _, e := range decode(t, write(t, sample(), har.Options{OmitBodies: true})).Log.Entries {
		if e.Response.Content.Text != "" {
			t.Errorf("%s has a body", e.Request.URL)
		}
	}
}

func TestLargeBodies(t *testing.T) {
	text := []byte(strings.Repeat("é\"\n\x02ab", 50_000))
	binary := bytes.Repeat([]byte{0, 1, 0xfe, 'x', '"'}, 50_001)
	wf := &waterfall.Waterfall{Requests: []waterfall.Request{
		{ID: 1, Body: text, Exchange: waterfall.Exchange{Status: 200}, Discovery: waterfall.Discovery{URL: "http://a.test/", PostData: binary}},
		{ID: 2, Body: binary, Exchange: waterfall.Exchange{Status: 200}, Discovery: waterfall.Discovery{URL: "http://a.test/"}}}}
	b := write(t, wf, har.Options{})
	check(t, schema(t), b)
	e := decode(t, b).Log.Entries
	if e[0].Response.Content.Text != string(text) || e[0].Response.Content.Encoding != "" {
		t.Error("the text body did not survive")
	}
	for _, s := range []string{e[1].Response.Content.Text, e[0].Request.PostData.Text} {
		if got, err := base64.StdEncoding.DecodeString(s); err != nil || !bytes.Equal(got, binary) {
			t.Error("the binary body did not survive")
		}
	}
}

// stored is a body that is not in memory.
type stored []byte

func (s stored) Size() int64 { return int64(len(s)) }

func (s stored) ReadAt(p []byte, at int64) (int, error) {
	if at > int64(len(s)) {
		return 0, errFull
	}
	n := copy(p, s[at:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// A body that is kept elsewhere is written as one in memory is, wherever its
// runes lie.
func TestStoredBodies(t *testing.T) {
	for _, text := range []string{"", "a", "é", "é"[:1], "\xff", "a😀", "a😀"[:4], strings.Repeat("aé", 30_000), strings.Repeat("é", 30_000),
		strings.Repeat("x😀", 30_000), "x" + strings.Repeat("😀", 30_000), "xx" + strings.Repeat("😀", 30_000), "xxx" + strings.Repeat("😀", 30_000),
		strings.Repeat("€", 30_000), "x" + strings.Repeat("€", 30_000), "xx" + strings.Repeat("€", 30_000), strings.Repeat("€", 30_000) + "\xe2\x82",
		strings.Repeat("x", 24575) + "\xe2\x82x" + strings.Repeat("y", 50_000), strings.Repeat("z", 24576*2)} {
		r := waterfall.Request{ID: 1, Body: []byte(text), Exchange: waterfall.Exchange{Status: 200}, Discovery: waterfall.Discovery{URL: "http://a.test/"}}
		want := write(t, &waterfall.Waterfall{Requests: []waterfall.Request{r}}, har.Options{})
		r.Body, r.Content = nil, stored(text)
		got := write(t, &waterfall.Waterfall{Requests: []waterfall.Request{r}}, har.Options{})
		if !bytes.Equal(got, want) {
			t.Errorf("%.10q of %d bytes: %.1000s, want %.1000s", text, len(text), got, want)
		}
	}
	r := waterfall.Request{ID: 1, Content: lost{}, Exchange: waterfall.Exchange{Status: 200}}
	if err := har.Write(io.Discard, &waterfall.Waterfall{Requests: []waterfall.Request{r}}, har.Options{}); !errors.Is(err, errFull) {
		t.Errorf("a body that cannot be read: error %v", err)
	}
}

// lost is a body that cannot be read.
type lost struct{}

func (lost) Size() int64                       { return 1 }
func (lost) ReadAt([]byte, int64) (int, error) { return 0, errFull }

// limited fails once so many bytes have been written.
type limited struct{ left, most int }

var errFull = errors.New("disk full")

func (l *limited) Write(p []byte) (int, error) {
	l.most = max(l.most, len(p))
	if l.left -= len(p); l.left < 0 {
		return 0, errFull
	}
	return len(p), nil
}

func TestWriteError(t *testing.T) {
	wf := sample()
	whole := len(write(t, wf, har.Options{}))
	for _, n := range []int{0, 100, whole - 1} {
		if err := har.Write(&limited{left: n}, wf, har.Options{}); !errors.Is(err, errFull) {
			t.Errorf("after %d bytes: error %v, want %v", n, err, errFull)
		}
	}
	if err := har.Write(io.Discard, nil, har.Options{}); err == nil {
		t.Error("no waterfall, no error")
	}
}

// Whatever the number of entries and the size of bodies, what leaves at once is
// bounded.
func TestWriteStreams(t *testing.T) {
	wf := sample()
	for range 8 {
		wf.Requests = append(wf.Requests, wf.Requests...)
	}
	wf.Requests[1].Body = make([]byte, 3<<20)
	l := &limited{left: 1 << 30}
	if err := har.Write(l, wf, har.Options{}); err != nil {
		t.Fatal(err)
	}
	if l.most > 512<<10 {
		t.Errorf("%d bytes were written at once", l.most)
	}
}

func FuzzWrite(f *testing.F) {
	f.Add("http://a.test/?q=%41#f", "X-Field", "value\xff", "a=b; Max-Age=9223372036854775807; expires=Wed, 01 Apr 2026 10:00:00 GMT", []byte("body"), int64(5))
	f.Add(":", "", "\x00", ";", []byte{0xff}, int64(-1))
	f.Add("http://a.test:x/é", "Cookie", "=;=", "=", []byte("é"[:1]), int64(1<<62))
	s := schema(f)
	f.Fuzz(func(t *testing.T, u, name, value, cookie string, body []byte, at int64) {
		at %= int64(24 * time.Hour)
		r := waterfall.Request{Start: time.Duration(at), Body: body, Discovery: waterfall.Discovery{URL: u, Method: name, PostData: body, PostType: value},
			Exchange: waterfall.Exchange{Times: waterfall.NoTimes(), Status: int(at & 511), Proto: "HTTP/1.1", Remote: value, RequestHeader: fields(name, value),
				ResponseHeader: fields(name, value, "Set-Cookie", cookie), StatusText: value, Err: value}}
		r.Times.SendStart, r.Times.End = time.Duration(at)+1234567, time.Duration(at)*2
		wf := &waterfall.Waterfall{Page: waterfall.Page{Start: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), Title: name}, Requests: []waterfall.Request{r}}
		b := write(t, wf, har.Options{})
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
		if err != nil {
			t.Fatalf("%v in %q", err, b)
		}
		// A URL is written as it was requested, which need not be RFC 3986's.
		entry := doc.(map[string]any)["log"].(map[string]any)["entries"].([]any)[0].(map[string]any)
		entry["request"].(map[string]any)["url"] = "http://a.test/"
		if err := s.Validate(doc); err != nil {
			t.Error(err)
		}
		h := decode(t, b)
		if got := h.Log.Entries[0].Response.Content; utf8.Valid(body) && got.Text != string(body) {
			t.Errorf("body %q became %q", body, got.Text)
		}
	})
}

// many is a waterfall of n requests with the usual number of fields.
func many(n int) *waterfall.Waterfall {
	wf := sample()
	doc := wf.Requests[1]
	doc.Body = nil
	for range 12 {
		doc.ResponseHeader = append(doc.ResponseHeader, waterfall.Field{Name: "X-Some-Field", Value: "with a value of the usual length"})
		doc.RequestHeader = append(doc.RequestHeader, waterfall.Field{Name: "X-Some-Field", Value: "with a value of the usual length"})
	}
	wf.Requests = nil
	for range n {
		wf.Requests = append(wf.Requests, doc)
	}
	return wf
}

func BenchmarkWrite(b *testing.B) {
	wf := many(1000)
	b.SetBytes(int64(len(write(b, wf, har.Options{}))))
	b.ReportAllocs()
	for b.Loop() {
		if err := har.Write(io.Discard, wf, har.Options{}); err != nil {
			b.Fatal(err)
		}
	}
}

// The same HAR by encoding/json: from maps and slices, as it decodes them, and
// from structs for the parts that have them in the tests. Compare bytes a second.
func BenchmarkWriteEncodingJSON(b *testing.B) {
	var maps any
	raw := write(b, many(1000), har.Options{})
	if err := json.Unmarshal(raw, &maps); err != nil {
		b.Fatal(err)
	}
	for _, tt := range []struct {
		name string
		v    any
	}{{"maps", maps}, {"structs", decode(b, raw)}} {
		b.Run(tt.name, func(b *testing.B) {
			whole, err := json.Marshal(tt.v)
			if err != nil {
				b.Fatal(err)
			}
			b.SetBytes(int64(len(whole)))
			b.ReportAllocs()
			for b.Loop() {
				if err := json.NewEncoder(io.Discard).Encode(tt.v); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// Bodies that lie in a file pass through.
func BenchmarkWriteStored(b *testing.B) {
	wf := many(1)
	for name, body := range map[string]stored{"text": bytes.Repeat([]byte("<p>A text that is written</p>\n"), 1<<20), "binary": bytes.Repeat([]byte{1, 0xff}, 16<<20)} {
		wf.Requests[0].Content = body
		b.Run(name, func(b *testing.B) {
			b.SetBytes(body.Size())
			b.ReportAllocs()
			for b.Loop() {
				if err := har.Write(io.Discard, wf, har.Options{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
