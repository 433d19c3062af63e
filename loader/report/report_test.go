package report_test

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"pageload/loader/report"
	"pageload/loader/waterfall"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func text(t testing.TB, wf *waterfall.Waterfall, o report.TextOptions) string {
	t.Helper()
	var b bytes.Buffer
	if err := report.Text(&b, wf, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestTextGolden(t *testing.T) {
	for _, width := range []int{80, 100, 140} {
		for _, color := range []bool{false, true} {
			for _, ascii := range []bool{false, true} {
				name := fmt.Sprintf("%d", width)
				if color {
					name += "-color"
				}
				if ascii {
					name += "-ascii"
				}
				t.Run(name, func(t *testing.T) {
					got := text(t, sample(), report.TextOptions{Width: width, Color: color, ASCII: ascii, Connections: true, Names: true})
					checkLayout(t, got, width, color, ascii)
					golden(t, name+".txt", got)
				})
			}
		}
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	g, w := strings.Split(got, "\n"), strings.Split(string(want), "\n")
	for i := range max(len(g), len(w)) {
		if i >= len(g) || i >= len(w) || g[i] != w[i] {
			t.Fatalf("%s:%d differs; got\n%s", file, i+1, got)
		}
	}
}

var sgr = regexp.MustCompile("\x1b\\[[0-9;]+m")

// checkLayout checks that the table fits the width and that nothing reaches the
// terminal but printable characters of known width, and colours where wanted.
func checkLayout(t *testing.T, s string, width int, color, ascii bool) {
	t.Helper()
	if color {
		s = sgr.ReplaceAllString(s, "")
	}
	table := true
	for i, line := range strings.Split(s, "\n") {
		if strings.HasPrefix(line, "render start ") {
			table = false // figures and sentences follow
		}
		if n := utf8.RuneCountInString(line); table && n > width {
			t.Errorf("line %d is %d columns wide: %q", i+1, n, line)
		}
		if table && strings.HasSuffix(line, " ") {
			t.Errorf("line %d ends in a space: %q", i+1, line)
		}
		for _, r := range line {
			switch {
			case r >= 0x20 && r < 0x7F:
			case ascii, r < 0xA0, unicode.Is(unicode.Han, r), unicode.Is(unicode.Mn, r), unicode.Is(unicode.Cf, r):
				t.Errorf("line %d has %U: %q", i+1, r, line)
			}
		}
	}
}

func TestTextOfOddWaterfalls(t *testing.T) {
	for _, tt := range []struct {
		name string
		wf   *waterfall.Waterfall
	}{
		{"nothing", &waterfall.Waterfall{}},
		{"nothing happened yet", waterfall.Fold(nil)},
		{"a request without times", &waterfall.Waterfall{Requests: []waterfall.Request{{}}}},
		{"an unreached request", &waterfall.Waterfall{Page: waterfall.Fold(nil).Page, Requests: []waterfall.Request{{Start: 5 * ms, Exchange: waterfall.Exchange{Times: waterfall.NoTimes()}}}}},
		{"unknown words", &waterfall.Waterfall{Requests: []waterfall.Request{{FinalPriority: "\x1b", Discovery: waterfall.Discovery{Type: "\x1bx", Method: "\x1b[2J", URL: "\x1b"},
			Exchange: waterfall.Exchange{FromCache: "\x1bdisk", RedirectURL: "\x1b", Err: "\x1b", NetError: "\x1b"}}}}},
		{"hostile connection", &waterfall.Waterfall{Requests: make([]waterfall.Request, 1), Connections: []waterfall.ConnectionRow{{Host: "\x1b", Proto: "\x1b", ClosedBy: "\x1b"}}}},
		{"a day", &waterfall.Waterfall{Page: waterfall.Page{Load: 24 * time.Hour}, Requests: make([]waterfall.Request, 1)}},
	} {
		for _, width := range []int{0, 1, 60, 500} {
			t.Run(fmt.Sprint(tt.name, " ", width), func(t *testing.T) {
				effective := max(60, width)
				if width == 0 {
					effective = 100
				}
				checkLayout(t, text(t, tt.wf, report.TextOptions{Width: width, Connections: true, Names: true}), effective, false, false)
			})
		}
	}
}

func TestTextTells(t *testing.T) {
	got := text(t, sample(), report.TextOptions{Width: 200, Names: true, Connections: true})
	for _, want := range []string{
		"render start 850 ms  DOMContentLoaded 905 ms  load 1.10 s",
		"12 requests (1 redirected, 1 from the cache, 3 failed, 1 refused, 1 under way)",
		"dial 127.0.0.2:81: connection refused (net::ERR_CONNECTION_REFUSED)",
		"script http://static.demo.test:81/x.js, by parser http://www.demo.test/:8",
		"404 Not Found", "refused: scheme file", "SYN sent again 2 times", "connected late: another was faster", "LAST_ACK passed unseen", "LINK ADDRESS CHANGED", "1,000,000 references", "is no URL", "NXDOMAIN", "closed by peer", "(memory)", "%1B[31mred%07",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
}

func TestTextManyNotes(t *testing.T) {
	wf := &waterfall.Waterfall{Limits: make([]waterfall.Note, 1_000_000)}
	if got := text(t, wf, report.TextOptions{}); !strings.Contains(got, "and 999980 more") || len(got) > 2000 {
		t.Errorf("a million notes: %d bytes", len(got))
	}
}

type broken struct{}

var errBroken = errors.New("broken pipe")

func (broken) Write([]byte) (int, error) { return 0, errBroken }

func TestTextError(t *testing.T) {
	if err := report.Text(broken{}, sample(), report.TextOptions{}); !errors.Is(err, errBroken) {
		t.Errorf("error %v, want %v", err, errBroken)
	}
	if err := report.Text(io.Discard, nil, report.TextOptions{}); err == nil {
		t.Error("no waterfall, no error")
	}
}

func TestLine(t *testing.T) {
	x := waterfall.Exchange{Status: 200, StatusText: "OK", Proto: "HTTP/1.1", MIMEType: "text/css", ConnID: 4, Reused: true, HeadBytes: 100, BodyBytes: 1900}
	tests := []struct {
		e    waterfall.Event
		want string
	}{
		{waterfall.Event{Kind: waterfall.NavigationStart, Text: "http://a.test/", Data: time.Unix(0, 0)}, "     0.000 ms  -     navigation start  http://a.test/  1970-01-01T00:00:00Z"},
		{waterfall.Event{At: 12345 * time.Microsecond, Kind: waterfall.Discovered, Request: 3, Frame: 1, Data: &waterfall.Discovery{URL: "http://a.test/\x1b.css", Method: "GET",
			Type: waterfall.Stylesheet, Priority: waterfall.VeryHigh, Initiator: waterfall.Initiator{Type: "parser", URL: "http://a.test/", Line: 4}}},
			"    12.345 ms  #3    discovered  frame 1  GET http://a.test/%1B.css  stylesheet VeryHigh, by parser http://a.test/:4"},
		{waterfall.Event{At: ms, Kind: waterfall.Responded, Request: 3, Data: &x}, "     1.000 ms  #3    responded  200 OK  HTTP/1.1  text/css  connection 4 (reused)"},
		{waterfall.Event{At: ms, Kind: waterfall.Finished, Request: 3, Data: &x}, "     1.000 ms  #3    finished  200 OK  2.0 kB received"},
		{waterfall.Event{At: ms, Kind: waterfall.Finished, Request: 3, Data: &waterfall.Exchange{Status: 304, FromCache: "memory", BlockedCookies: []waterfall.BlockedCookie{
			{Name: "id\x1b", Reasons: []string{"SameSiteLax", "SecureOnly"}}, {Line: "=x", Reasons: []string{"SecureOnly"}}}}},
			"     1.000 ms  #3    finished  304  from the memory cache  cookie id\\u{1b} not sent: SameSiteLax, SecureOnly  cookie (no name) not kept: SecureOnly"},
		{waterfall.Event{At: ms, Kind: waterfall.Failed, Request: 3, Text: "why", Data: &waterfall.Exchange{Err: "why", NetError: "net::ERR_FAILED"}}, "     1.000 ms  #3    failed  net::ERR_FAILED  why"},
		{waterfall.Event{At: ms, Kind: waterfall.Failed, Request: 3, Text: "line\nfeed"}, "     1.000 ms  #3    failed  line feed"},
		{waterfall.Event{At: ms, Kind: waterfall.Redirected, Request: 3, Data: &waterfall.Exchange{Status: 302, RedirectURL: "http://b.test/"}}, "     1.000 ms  #3    redirected  302  to http://b.test/  0 B received"},
		{waterfall.Event{At: ms, Kind: waterfall.Body, Request: 3, Data: make([]byte, 1500)}, "     1.000 ms  #3    body  1.5 kB"},
		{waterfall.Event{At: ms, Kind: waterfall.Milestone, Text: waterfall.Load}, "     1.000 ms  -     milestone  load"},
		{waterfall.Event{At: -5 * ms / 2, Kind: waterfall.Connection, Data: &waterfall.ConnectionRow{ID: 2, Scheme: "http", Host: "a.test", Port: 80, Remote: "127.0.0.1:80", Connected: 0,
			Closed: waterfall.None, Secured: waterfall.None}}, "    -2.500 ms  -     connection  2 http://a.test:80  connected to 127.0.0.1:80"},
		{waterfall.Event{Kind: waterfall.Connection, Data: &waterfall.ConnectionRow{ID: 2, Scheme: "http", Host: "a.test", Port: 80, ClosedBy: "us", CloseReason: "idle", Requests: 1}},
			"     0.000 ms  -     connection  2 http://a.test:80  closed by us after 1 request: idle"},
		{waterfall.Event{Kind: waterfall.Discovered, Data: (*waterfall.Discovery)(nil)}, "     0.000 ms  -     discovered"},
		{waterfall.Event{}, "     0.000 ms  -     unknown"},
	}
	for _, tt := range tests {
		if got := report.Line(tt.e); got != tt.want {
			t.Errorf("Line(%v) =\n%q, want\n%q", tt.e.Kind, got, tt.want)
		}
	}
}

func FuzzText(f *testing.F) {
	f.Add("http://a.test/", "title", int64(5), int64(10), 80)
	f.Add("\x1b[2J\u202e\u65e5", "\xff\x00", int64(-1), int64(1<<62), 3)
	f.Fuzz(func(t *testing.T, u, s string, from, to int64, width int) {
		r := request(1, time.Duration(from), "http://a.test/", waterfall.Type(s), waterfall.Priority(s))
		r.URL, r.Times.End, r.Err, r.Method, r.FromCache = u, time.Duration(to), s, s, s
		r.DNS = []waterfall.DNSStep{{Level: s, Question: "A " + u, RCode: s, Err: s}, {Level: "isp", RCode: "NOERROR", TTL: time.Duration(to)}}
		wf := &waterfall.Waterfall{Page: waterfall.Page{Title: s, URL: u, Load: time.Duration(to)}, Requests: []waterfall.Request{r},
			Connections: []waterfall.ConnectionRow{{Host: u, Proto: s, Opened: time.Duration(from), Closed: time.Duration(to)}}}
		width %= 300
		effective := max(60, width)
		if width == 0 {
			effective = 100
		}
		for _, color := range []bool{false, true} {
			checkLayout(t, text(t, wf, report.TextOptions{Width: width, Connections: true, Names: true, Color: color}), effective, color, false)
			checkLayout(t, text(t, wf, report.TextOptions{Width: width, Color: color}), effective, color, false)
		}
		line := report.Line(waterfall.Event{At: time.Duration(from), Kind: waterfall.Failed, Text: s, Data: &r.Exchange})
		checkLayout(t, strings.TrimRight(line, " "), 1<<30, false, false)
	})
}

func BenchmarkText1000(b *testing.B) {
	wf := sample()
	for len(wf.Requests) < 1000 {
		wf.Requests = append(wf.Requests, sample().Requests...)
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := report.Text(io.Discard, wf, report.TextOptions{Width: 140, Color: true}); err != nil {
			b.Fatal(err)
		}
	}
}

// What stands beside an error is not told twice.
func TestTextReasons(t *testing.T) {
	r := request(1, 0, "http://a.test/x.png", waterfall.Image, waterfall.Low)
	r.Err, r.NetError = "fetch: http://a.test/x.png: connect: refused", "net::ERR_CONNECTION_REFUSED"
	blocked := request(2, 0, "http://a.test:6000/", waterfall.Image, waterfall.Low)
	blocked.Err, blocked.BlockedReason = "loader: http://a.test:6000/: port 6000 is blocked", "port"
	wf := &waterfall.Waterfall{Page: waterfall.Page{URL: "http://a.test/", Err: "fetch: http://a.test/: wait: closed"}, Requests: []waterfall.Request{r, blocked}}
	got := text(t, wf, report.TextOptions{})
	for _, want := range []string{"\nnot loaded: wait: closed\n", "\n  connect: refused (net::ERR_CONNECTION_REFUSED)\n", "\n  refused (port): port 6000 is blocked\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
}

// What servers said of their own time stands beside how long was waited for them.
func TestServerTiming(t *testing.T) {
	r := waterfall.Request{ID: 1, Done: true, Discovery: waterfall.Discovery{URL: "http://a.test/x", Type: waterfall.Fetch}, Exchange: waterfall.Exchange{Times: waterfall.NoTimes(), Status: 200,
		ResponseHeader: []waterfall.Field{{Name: "Server-Timing", Value: "db;dur=53;desc=\"two \x1b[31m words\", miss"}}}}
	r.Times.SendStart, r.Times.SendEnd, r.Times.FirstByte, r.Times.HeadEnd, r.Times.End = 0, 0, 80*time.Millisecond, 80*time.Millisecond, 90*time.Millisecond
	got := text(t, &waterfall.Waterfall{Requests: []waterfall.Request{r}}, report.TextOptions{})
	if !strings.Contains(got, "Server timing\n  http://a.test/x  waited 80 ms\n    db (two ") || !strings.Contains(got, "words) 53 ms; miss\n") || strings.Contains(got, "\x1b") {
		t.Errorf("%s", got)
	}
}
