package fetch

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pageload/conn"
	"pageload/fetch/cookies"
	"pageload/fetch/http2"
	"pageload/parse/weburl"
)

// recorded is one line of testdata/wire.
type recorded struct {
	Line     string
	Fields   [][2]string
	Priority struct {
		Exclusive bool
		Weight    int
	}
	Frame  string
	Ack    bool
	Stream uint32
	Data   json.RawMessage
}

// readRecorded returns the requests of a recording by path.
func readRecorded(t *testing.T, name string) map[string][]Field {
	t.Helper()
	f, err := os.Open("testdata/wire/" + name + ".jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	requests := make(map[string][]Field)
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var r recorded
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			t.Fatal(err)
		}
		var path string
		if r.Line != "" {
			path = strings.Fields(r.Line)[1]
		}
		var fields []Field
		for _, f := range r.Fields {
			switch {
			case f[0] == ":path":
				path = f[1]
			case strings.HasPrefix(f[0], ":"):
			default:
				fields = append(fields, Field{f[0], f[1]})
			}
		}
		if path != "" {
			requests[path] = fields
		}
	}
	return requests
}

// rendered returns the fields that a client with the jar's cookies sends for r.
func rendered(t *testing.T, c *Client, r *Request, h2 bool) []Field {
	t.Helper()
	c.init()
	x := newCall(context.Background(), c, r, HandlerFuncs{})
	if s := x.beginHop(); s != stepAcquire {
		t.Fatalf("%v: %v", r.URL, x.err)
	}
	var m message
	x.message(&m, h2)
	return m.fields()
}

func TestChromiumProfileSendsWhatWasRecorded(t *testing.T) {
	type kind struct {
		dest     Destination
		mode     Mode
		cred     Credentials
		priority conn.Priority
	}
	var (
		style    = kind{Style, NoCORS, Include, conn.VeryHigh}
		script   = kind{Script, NoCORS, Include, conn.High}
		module   = kind{Script, CORS, SameOriginCredentials, conn.High}
		image    = kind{Image, NoCORS, Include, conn.Medium}
		lowImage = kind{Image, NoCORS, Include, conn.Low}
		font     = kind{Font, CORS, SameOriginCredentials, conn.VeryHigh}
		frame    = kind{Frame, Navigate, Include, conn.VeryHigh}
		icon     = kind{Icon, NoCORS, Include, conn.High}
	)
	page := kind{Document, Navigate, Include, conn.VeryHigh}
	tests := []struct {
		recording, scheme string
		h2                bool
		requests          map[string]kind
		referrers         map[string]string // path of the referrer where it is not /; "-" none
		cdn               []string
	}{
		{"headers-sent", "http", false, map[string]kind{
			"/": page, "/a.css": style, "/b.js": script, "/m.js": module, "/n.js": module, "/c.css": style, "/d.js": module,
			"/data.json": {Empty, CORS, SameOriginCredentials, conn.High}, "/i-10x10.png": image, "/j-10x10.png": image,
			"/k-10x10.png": image, "/p-10x10.png": image, "/bg-10x10.png": lowImage, "/ff-2000.woff2": font, "/f.html": frame,
			"/next.html": {Prefetch, NoCORS, Include, conn.VeryLow}, "/v-2000.mp4": {Video, NoCORS, Include, conn.Low},
			"/w-2000.mp3": {Audio, NoCORS, Include, conn.Low}, "/t.vtt": {Track, SameOrigin, SameOriginCredentials, conn.Low},
			"/o.svg": {Object, Navigate, Include, conn.VeryHigh}, "/favicon.ico": icon,
		}, map[string]string{"/n.js": "/m.js", "/bg-10x10.png": "/a.css", "/ff-2000.woff2": "/a.css", "/k-10x10.png": "-"},
			[]string{"/j-10x10.png", "/d.js", "/c.css"}},
		{"tls-h1", "https", false, map[string]kind{
			"/": page, "/a.css": style, "/b.js": script, "/m.js": module, "/i-10x10.png": image, "/f.html": frame,
			"/j-10x10.png": image, "/ff-2000.woff2": font, "/favicon.ico": icon,
		}, map[string]string{"/ff-2000.woff2": "/a.css"}, []string{"/j-10x10.png"}},
		{"tls-h2", "https", true, map[string]kind{
			"/": page, "/hint.css": style, "/slow.css": style, "/a.js": script, "/b.js": {Script, NoCORS, Include, conn.Low},
			"/c.js": {Script, NoCORS, Include, conn.Low}, "/high-10x10.png": {Image, NoCORS, Include, conn.High},
			"/i1-200x200.png": image, "/i2-200x200.png": image, "/k.js": {Script, CORS, SameOriginCredentials, conn.Medium},
			"/j-10x10.png": image, "/low-10x10.png": lowImage, "/upgraded-10x10.png": lowImage, "/bg-10x10.png": lowImage,
			"/favicon.ico": icon,
		}, nil, []string{"/k.js", "/j-10x10.png"}},
	}
	for _, tt := range tests {
		t.Run(tt.recording, func(t *testing.T) {
			site := weburl.MustParse(tt.scheme + "://site." + tt.recording + ".test/")
			want := readRecorded(t, tt.recording)
			if len(want) != len(tt.requests) {
				t.Errorf("recorded %d requests, the table has %d", len(want), len(tt.requests))
			}
			for path, k := range tt.requests {
				u := site
				if slices.Contains(tt.cdn, path) {
					u = weburl.MustParse(tt.scheme + "://cdn." + tt.recording + ".test/")
				}
				u, err := u.Parse(path)
				if err != nil {
					t.Fatal(err)
				}
				r := &Request{URL: u, Destination: k.dest, Mode: k.mode, Credentials: k.cred, Priority: k.priority}
				if path != "/" {
					r.Initiator, r.TopLevel, r.Referrer = site.Origin(), site.Origin(), site
				}
				switch from := tt.referrers[path]; from {
				case "":
				case "-":
					r.ReferrerPolicy = "no-referrer"
				default:
					r.Referrer, _ = site.Parse(from)
				}
				c := &Client{Jar: &cookies.Jar{BlockThirdParty: true}}
				for _, f := range want[path] {
					if f.Name == "Cookie" {
						c.init()
						x := newCall(context.Background(), c, r, HandlerFuncs{})
						x.hop.Header = Header{{"Set-Cookie", f.Value + "; Path=/"}}
						x.keepCookies()
					}
				}
				if got := rendered(t, c, r, tt.h2); !slices.Equal(got, want[path]) {
					t.Errorf("%s:\n got %v\nwant %v", path, got, want[path])
				}
			}
		})
	}
}

// readWire returns all lines of a recording.
func readWire(t *testing.T, name string) (list []recorded) {
	t.Helper()
	data, err := os.ReadFile("testdata/wire/" + name + ".jsonl")
	if err != nil {
		t.Fatal(err)
	}
	for line := range bytes.Lines(data) {
		var r recorded
		if err := json.Unmarshal(line, &r); err != nil {
			t.Fatal(err)
		}
		list = append(list, r)
	}
	return list
}

// TestChromiumsFramesAreThoseRecorded holds the profile to SETTINGS, WINDOW_UPDATE, the order of pseudo-header fields and the weights of
// the recording.
func TestChromiumsFramesAreThoseRecorded(t *testing.T) {
	p := Chromium().HTTP2
	urgencies := map[string]http2.Level{"u=0": 0, "u=1": 1, "u=2": 2, "": 3, "u=4": 4}
	counts := map[string]int{}
	for _, r := range readWire(t, "tls-h2") {
		switch {
		case r.Frame == "SETTINGS" && !r.Ack:
			var want [][2]uint32
			if err := json.Unmarshal(r.Data, &want); err != nil {
				t.Fatal(err)
			}
			var got [][2]uint32
			for _, s := range p.Settings {
				got = append(got, [2]uint32{uint32(s.ID), s.Value})
			}
			if !slices.Equal(got, want) {
				t.Errorf("SETTINGS %v, want %v", got, want)
			}
		case r.Frame == "WINDOW_UPDATE":
			if got := strconv.Itoa(int(p.Window)); r.Stream == 0 && got != string(r.Data) {
				t.Errorf("WINDOW_UPDATE %s, want %s", got, r.Data)
			}
		case r.Frame == "":
			var pseudo [4]string
			urgency := ""
			for i, f := range r.Fields {
				if i < 4 {
					pseudo[i] = f[0]
				}
				if f[0] == "priority" && strings.HasPrefix(f[1], "u=") {
					urgency = f[1][:3]
				}
			}
			if pseudo != p.Pseudo {
				t.Errorf("pseudo-header fields %v, want %v", p.Pseudo, pseudo)
			}
			if got := p.Weights[urgencies[urgency]]; got != r.Priority.Weight || !r.Priority.Exclusive {
				t.Errorf("%s: weight %d, want %+v", urgency, got, r.Priority)
			}
		case r.Frame == "PRIORITY_UPDATE":
			t.Error("PRIORITY_UPDATE was recorded, the profile sends none")
		}
		counts[r.Frame]++
	}
	if counts["SETTINGS"] == 0 || counts["WINDOW_UPDATE"] == 0 || counts[""] != 15 || p.PriorityUpdate {
		t.Errorf("recorded: %v", counts)
	}
}

func TestCallerFieldsReplaceAndAdd(t *testing.T) {
	u := weburl.MustParse("http://x.test/")
	r := &Request{URL: u, Header: []Field{{"user-agent", "mine"}, {"X-One", "1"}, {"accept-language", ""}, {"Host", "other.test"},
		{"Sec-Fetch-Site", "none"}, {"Content-Length", "99"}}}
	got := rendered(t, &Client{}, r, false)
	want := []Field{{"Host", "other.test"}, {"Connection", "keep-alive"}, {"Upgrade-Insecure-Requests", "1"}, {"User-Agent", "mine"},
		{"Accept", Chromium().AcceptDocument}, {"Sec-Fetch-Site", "none"}, {"X-One", "1"}, {"Accept-Encoding", "gzip, deflate"}}
	if !slices.Equal(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}

func TestHonestProfileNamesItselfAndNoBrowser(t *testing.T) {
	c := &Client{Profile: Honest("examplebot/2.1 (+https://example.com/bot)")}
	got := Header(rendered(t, c, &Request{URL: weburl.MustParse("https://x.test/")}, false))
	if ua := got.Get("User-Agent"); ua != "examplebot/2.1 (+https://example.com/bot)" {
		t.Errorf("User-Agent = %q", ua)
	}
	for _, name := range []string{"sec-ch-ua", "sec-ch-ua-mobile", "sec-ch-ua-platform"} {
		if v, ok := got.Lookup(name); ok {
			t.Errorf("%s = %q is sent", name, v)
		}
	}
	if got.Get("Accept-Encoding") != "gzip, deflate, br, zstd" {
		t.Errorf("the rest is not Chromium's: %v", got)
	}
}

func TestRequestFields(t *testing.T) {
	page := weburl.MustParse("https://a.test/dir/page?q#frag")
	other := weburl.MustParse("https://b.test/")
	tests := []struct {
		name  string
		r     Request
		field string
		want  string
	}{
		{"form post from the page", Request{URL: page, Method: "POST", Body: []byte("a=1"), ContentType: "application/x-www-form-urlencoded",
			Initiator: page.Origin()}, "Origin", "https://a.test"},
		{"its length", Request{URL: page, Method: "POST", Body: []byte("a=1")}, "Content-Length", "3"},
		{"an empty post", Request{URL: page, Method: "POST"}, "Content-Length", "0"},
		{"its type", Request{URL: page, Method: "POST", Body: []byte("a=1"), ContentType: "text/x"}, "Content-Type", "text/x"},
		{"a user's post has no origin", Request{URL: page, Method: "POST"}, "Origin", ""},
		{"post under no-referrer", Request{URL: page, Method: "POST", Initiator: page.Origin(), ReferrerPolicy: "no-referrer"}, "Origin", "null"},
		{"reload", Request{URL: page, Reload: Revalidate}, "Cache-Control", "max-age=0"},
		{"hard reload", Request{URL: page, Reload: Bypass}, "Pragma", "no-cache"},
		{"range", Request{URL: page, Range: "bytes=5-"}, "Range", "bytes=5-"},
		{"media", Request{URL: page, Destination: Video, Mode: NoCORS}, "Range", "bytes=0-"},
		{"media without", Request{URL: page, Destination: Video, Mode: NoCORS, Range: "none"}, "Range", ""},
		{"userinfo is not in Host", Request{URL: weburl.MustParse("https://u:p@a.test:8443/")}, "Host", "a.test:8443"},
		{"storage access", Request{URL: other, Destination: Image, Mode: NoCORS, Initiator: page.Origin(), TopLevel: page.Origin()},
			"Sec-Fetch-Storage-Access", "none"},
		{"storage access from within another site", Request{URL: page, Destination: Image, Mode: NoCORS, Initiator: other.Origin(), TopLevel: page.Origin(), Embedded: true},
			"Sec-Fetch-Storage-Access", "inactive"},
		{"no storage access for the page's own", Request{URL: page, Destination: Image, Mode: NoCORS, Initiator: page.Origin(), TopLevel: page.Origin()},
			"Sec-Fetch-Storage-Access", ""},
		{"no storage access without credentials", Request{URL: other, Destination: Font, Mode: CORS, Credentials: SameOriginCredentials,
			Initiator: page.Origin(), TopLevel: page.Origin()}, "Sec-Fetch-Storage-Access", ""},
		{"manifest of the same origin", Request{URL: page, Destination: Manifest, Mode: CORS, Credentials: Omit, Initiator: page.Origin()}, "Origin", ""},
		{"opaque initiator", Request{URL: page, Destination: Script, Mode: CORS, Credentials: SameOriginCredentials}, "Origin", "null"},
		{"opaque initiator is cross-site", Request{URL: page, Destination: Script, Mode: CORS}, "Sec-Fetch-Site", "cross-site"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := Header(rendered(t, &Client{}, &tt.r, false)).Get(tt.field); got != tt.want {
				t.Errorf("%s = %q, want %q", tt.field, got, tt.want)
			}
		})
	}
}
