package web_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"testing"
	"time"

	"pageload/loader/report/web"
	"pageload/loader/waterfall"
)

const ms = time.Millisecond

// row makes a request that waited, connected and was answered.
func row(id int32, u, by string, start time.Duration) waterfall.Request {
	t := waterfall.NoTimes()
	t.Queued, t.DNSStart, t.DNSEnd, t.ConnectStart, t.ConnectEnd = start+5*ms, start+5*ms, start+15*ms, start+15*ms, start+20*ms
	t.SendStart, t.SendEnd, t.FirstByte, t.HeadEnd, t.End = start+20*ms, start+20*ms, start+60*ms, start+60*ms, start+80*ms
	return waterfall.Request{
		ID: id, Start: start, Started: start + 5*ms, FinalPriority: waterfall.High, Done: true,
		Discovery: waterfall.Discovery{URL: u, Method: "GET", Type: waterfall.Image, Priority: waterfall.Low, Chain: id, Initiator: waterfall.Initiator{Type: "parser", URL: by, Line: 3}},
		Exchange: waterfall.Exchange{Times: t, Status: 200, StatusText: "OK", Proto: "HTTP/1.1", HeadBytes: 100, BodyBytes: 1000, DecodedBytes: 3000, ConnID: uint64(id % 7), Remote: "127.0.0.1:80", Cache: &waterfall.CacheUse{Verdict: "revalidated", Reason: "revalidated: 304"},
			BlockedCookies: []waterfall.BlockedCookie{{Name: "id", Reasons: []string{"SameSiteLax", "UserPreferences"}}, {Line: "=x", Reasons: []string{"SecureOnly"}}},
			RequestHeader:  []waterfall.Field{{Name: "Host", Value: "a.test"}, {Name: "Cookie", Value: "secret=1"}},
			ResponseHeader: []waterfall.Field{{Name: "Content-Type", Value: "image/png"}, {Name: "X", Value: fmt.Sprint(id)}},
			DNS:            []waterfall.DNSStep{{Level: "isp", Server: "127.0.0.1:53", Question: "A a.test", RCode: "NOERROR", Start: start + 5*ms, Duration: 10 * ms, TTL: time.Minute}}},
		Waits: []waterfall.Wait{{From: start, To: start + 5*ms, Reason: "tight mode"}},
	}
}

// sample is a load of n requests over seven connections.
func sample(n int) *waterfall.Waterfall {
	w := &waterfall.Waterfall{Page: waterfall.Page{URL: "http://a.test/", Title: "A page", Start: time.Unix(1e9, 0), RenderStart: 50 * ms, DOMInteractive: 70 * ms, DOMContentLoaded: 75 * ms, Load: waterfall.None}}
	for i := range n {
		by := ""
		if i > 0 {
			by = fmt.Sprintf("http://a.test/%d", i/4)
		}
		w.Requests = append(w.Requests, row(int32(i+1), fmt.Sprintf("http://a.test/%d", i), by, time.Duration(i)*2*ms))
	}
	for id := range uint64(7) {
		c := waterfall.ConnectionRow{ID: id, Scheme: "http", Host: "a.test", Port: 80, Remote: "127.0.0.1:80", Proto: "http/1.1", Opened: 15 * ms, Connected: 20 * ms, Secured: waterfall.None, Closed: waterfall.None}
		for i := range w.Requests {
			if r := &w.Requests[i]; r.ConnID == id {
				c.Carried = append(c.Carried, waterfall.Carriage{Request: r.ID, From: r.Times.SendStart, To: r.Times.End})
			}
		}
		w.Connections = append(w.Connections, c)
	}
	return w
}

func write(t testing.TB, wf *waterfall.Waterfall, o web.Options) string {
	t.Helper()
	var b strings.Builder
	if err := web.Write(&b, wf, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

var dataBlock = regexp.MustCompile(`(?s)<script type="application/json" id="data">(.*?)</script>`)

// data returns the report's data as the scripts get it.
func data(t testing.TB, page string) (text string, v map[string]any) {
	t.Helper()
	m := dataBlock.FindAllStringSubmatch(page, -1)
	if len(m) != 1 {
		t.Fatalf("%d blocks of data", len(m))
	}
	if err := json.Unmarshal([]byte(m[0][1]), &v); err != nil {
		t.Fatalf("the data is no JSON: %v", err)
	}
	return m[0][1], v
}

func TestWriteData(t *testing.T) {
	_, v := data(t, write(t, sample(9), web.Options{}))
	requests := v["requests"].([]any)
	if len(requests) != 9 || len(v["connections"].([]any)) != 7 || len(v["path"].([]any)) == 0 {
		t.Fatalf("got %d requests, %d connections, %d steps", len(requests), len(v["connections"].([]any)), len(v["path"].([]any)))
	}
	r := requests[5].(map[string]any)
	for name, want := range map[string]any{"id": 6.0, "parent": 1.0, "url": "http://a.test/5", "host": "a.test", "status": 200.0, "type": "Image", "prio": "High", "first": "Low",
		"verdict": "revalidated: 304", "from": 10000.0, "to": 90000.0, "received": 1100.0, "decoded": 3000.0, "conn": 6.0} {
		if r[name] != want {
			t.Errorf("%s = %v, want %v", name, r[name], want)
		}
	}
	if got := fmt.Sprint(r["cookies"]); got != "[id not sent: SameSiteLax, UserPreferences (no name) not kept: SecureOnly]" {
		t.Errorf("cookies %s", got)
	}
	if got := fmt.Sprint(r["spans"]); got != "[[1 10000 15000] [2 15000 25000] [3 25000 30000] [5 30000 30000] [6 30000 70000] [7 70000 90000]]" {
		t.Errorf("spans %s", got)
	}
	page := v["page"].(map[string]any)
	if page["load"] != nil || page["renderStart"] != 50000.0 {
		t.Errorf("milestones %v %v", page["load"], page["renderStart"])
	}
	fields := v["fields"].([]any) // what is alike stands there once
	if len(fields) != 3+9 {
		t.Errorf("%d fields, want 12", len(fields))
	}
}

// The policy names the very style and script that are in the file, and nothing else is allowed.
func TestPolicy(t *testing.T) {
	page := write(t, sample(2), web.Options{})
	policy := regexp.MustCompile(`http-equiv="Content-Security-Policy" content="([^"]*)"`).FindStringSubmatch(page)[1]
	for _, must := range []string{"default-src 'none'", "base-uri 'none'", "form-action 'none'", "require-trusted-types-for 'script'"} {
		if !strings.Contains(policy, must) {
			t.Errorf("the policy has no %s: %s", must, policy)
		}
	}
	for _, never := range []string{"unsafe", "http", "*"} {
		if strings.Contains(policy, never) {
			t.Errorf("the policy has %s: %s", never, policy)
		}
	}
	for _, part := range []struct{ name, pattern string }{{"style-src", `(?s)<style>(.*?)</style>`}, {"script-src", `(?s)<script>(.*?)</script>`}} {
		m := regexp.MustCompile(part.pattern).FindAllStringSubmatch(page, -1)
		if len(m) != 1 {
			t.Fatalf("%d of %s", len(m), part.name)
		}
		sum := sha256.Sum256([]byte(m[0][1]))
		if want := part.name + " 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"; !strings.Contains(policy, want) {
			t.Errorf("the policy %s has no %s", policy, want)
		}
		if strings.Contains(m[0][1], "{{") {
			t.Errorf("%s: a place was not filled", part.name)
		}
	}
	for _, never := range []string{"innerHTML", "outerHTML", "insertAdjacent", "document.write", "eval(", "new Function", " src=", "url("} {
		if strings.Contains(page, never) {
			t.Errorf("the file has %q", never)
		}
	}
}

// hostile is text that would be markup or code wherever it got through.
const hostile = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\"'&\u2028\u2029<!--\x00\xff"

func TestNothingIsMarkup(t *testing.T) {
	w := sample(2)
	w.Page.Title, w.Page.URL, w.Page.Err = hostile, "http://a.test/"+hostile, hostile
	r := &w.Requests[1]
	r.URL, r.StatusText, r.MIMEType, r.Err, r.Waits[0].Reason, r.Type = "http://"+hostile, hostile, hostile, hostile, hostile, hostile
	r.ResponseHeader = []waterfall.Field{{Name: hostile, Value: hostile}}
	r.BlockedCookies = []waterfall.BlockedCookie{{Name: hostile, Reasons: []string{hostile}}}
	w.Connections[1].Host, w.Connections[1].CloseReason = hostile, hostile
	w.Limits = []waterfall.Note{{Text: hostile}}
	page := write(t, w, web.Options{})
	text, v := data(t, page)
	if i := strings.IndexAny(text, "<>&\u2028\u2029"); i >= 0 {
		t.Errorf("the data has %q", text[i:min(len(text), i+20)])
	}
	if got := v["requests"].([]any)[1].(map[string]any)["err"]; got != strings.ToValidUTF8(hostile, "\uFFFD") {
		t.Errorf("the text was changed: %q", got)
	}
	rest := strings.Replace(page, text, "", 1)
	if strings.Contains(rest, "alert(1)</script>") || strings.Contains(rest, "<img") {
		t.Error("the title is markup")
	}
	if !strings.Contains(rest, "<title>&lt;/script&gt;") {
		t.Error("the title is missing")
	}
}

func TestOmitHeaders(t *testing.T) {
	if page := write(t, sample(3), web.Options{OmitHeaders: true}); strings.Contains(page, "secret=1") {
		t.Error("a cookie is in the file")
	}
	if page := write(t, sample(3), web.Options{}); !strings.Contains(page, "secret=1") {
		t.Error("no cookie is in the file")
	}
}

func TestSizes(t *testing.T) {
	if n := len(write(t, &waterfall.Waterfall{}, web.Options{})); n > 200_000 {
		t.Errorf("an empty report has %d bytes", n)
	}
	w := sample(2)
	w.Requests[1].URL = "data:image/png;base64," + strings.Repeat("A", 2<<20)
	w.Requests[1].ResponseHeader[0].Value = strings.Repeat("ä", 1<<20)
	for range 50_000 {
		w.Skipped = append(w.Skipped, waterfall.Note{Text: "line 5: \"http://[bad\" is no URL"})
	}
	if n := len(write(t, w, web.Options{})); n > 400_000 {
		t.Errorf("%d bytes: long texts were not cut", n)
	}
}

func TestSameFile(t *testing.T) {
	w := sample(50)
	first := write(t, w, web.Options{})
	if write(t, w, web.Options{}) != first {
		t.Error("the same waterfall gave two files")
	}
}

// failing takes n bytes.
type failing struct{ n int }

var errFull = errors.New("disk full")

func (f *failing) Write(p []byte) (int, error) {
	if f.n -= len(p); f.n < 0 {
		return 0, errFull
	}
	return len(p), nil
}

func TestWriteErrors(t *testing.T) {
	for _, n := range []int{0, 70_000, 200_000} {
		if err := web.Write(&failing{n}, sample(500), web.Options{}); !errors.Is(err, errFull) {
			t.Errorf("a writer that takes %d bytes: got %v", n, err)
		}
	}
	if err := web.Write(io.Discard, nil, web.Options{}); err == nil {
		t.Error("no waterfall was no error")
	}
}

func FuzzWrite(f *testing.F) {
	f.Add("http://a.test/", "OK", int64(5), int64(9), true)
	f.Add(hostile, hostile, int64(-1<<63), int64(1<<62), false)
	f.Fuzz(func(t *testing.T, u, text string, start, end int64, done bool) {
		w := sample(2)
		r := &w.Requests[1]
		r.URL, r.StatusText, r.Done, r.Start, r.Times.End = u, text, done, time.Duration(start), time.Duration(end)
		w.Page.Title, w.Connections[0].Opened, w.Connections[0].Closed = text, time.Duration(start), time.Duration(end)
		got, v := data(t, write(t, w, web.Options{}))
		if strings.ContainsAny(got, "<>&\u2028\u2029") {
			t.Error("the data is not escaped")
		}
		for _, x := range v["requests"].([]any) {
			at := -1e300
			for _, s := range x.(map[string]any)["spans"].([]any) {
				span := s.([]any)
				if from, to := span[1].(float64), span[2].(float64); from < at || to < from {
					t.Errorf("spans %v", x.(map[string]any)["spans"])
				} else {
					at = to
				}
			}
		}
	})
}

func ExampleWrite() {
	var file bytes.Buffer // or an *os.File
	wf := &waterfall.Waterfall{Page: waterfall.Page{URL: "http://example.test/", Title: "Example"}}
	if err := web.Write(&file, wf, web.Options{OmitHeaders: true}); err != nil {
		fmt.Println(err)
	}
	fmt.Println(strings.Contains(file.String(), "<title>Example – waterfall</title>"))
	// Output: true
}

func BenchmarkWrite1000(b *testing.B) {
	w := sample(1000)
	b.ReportAllocs()
	for b.Loop() {
		if err := web.Write(io.Discard, w, web.Options{}); err != nil {
			b.Fatal(err)
		}
	}
}
