package httpcache

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func fieldsOf(lines ...string) Header {
	var h Header
	for _, l := range lines {
		name, value, _ := strings.Cut(l, ": ")
		h = append(h, Field{name, value})
	}
	return h
}

func at(d time.Duration) string { return noon.Add(d).Format("Mon, 02 Jan 2006 15:04:05 GMT") }

func TestLeft(t *testing.T) {
	date := "Date: " + at(0)
	for _, c := range []struct {
		name   string
		status int
		h      Header
		want   time.Duration
	}{
		{"max-age", 200, fieldsOf(date, "Cache-Control: max-age=60"), time.Minute},
		{"the first of two", 200, fieldsOf(date, "Cache-Control: max-age=60", "cache-control: max-age=10"), time.Minute},
		{"s-maxage is for others", 200, fieldsOf(date, "Cache-Control: s-maxage=60"), 0},
		{"max-age and no-cache", 200, fieldsOf(date, "Cache-Control: max-age=60, no-cache"), 0},
		{"max-age and no-store", 200, fieldsOf(date, "Cache-Control: no-store", "Cache-Control: max-age=60"), 0},
		{"max-age before Expires", 200, fieldsOf(date, "Expires: "+at(time.Hour), "Cache-Control: max-age=60"), time.Minute},
		{"quotes", 200, fieldsOf(date, `Cache-Control: max-age="60"`), time.Minute},
		{"no number", 200, fieldsOf(date, "Cache-Control: max-age=x", "Expires: "+at(time.Hour)), 0},
		{"negative", 200, fieldsOf(date, "Cache-Control: max-age=-1"), 0},
		{"overflow", 200, fieldsOf(date, "Cache-Control: max-age=99999999999999999999"), maxSeconds * time.Second},
		{"in quotes of another directive", 200, fieldsOf(date, `Cache-Control: x="a, max-age=60", max-age=5`), 5 * time.Second},
		{"Expires", 200, fieldsOf(date, "Expires: "+at(time.Hour)), time.Hour},
		{"Expires without Date", 200, fieldsOf("Expires: " + at(time.Hour)), time.Hour},
		{"Expires 0", 200, fieldsOf(date, "Expires: 0", "Last-Modified: "+at(-10*time.Hour)), 0},
		{"Expires before Date", 200, fieldsOf(date, "Expires: "+at(-time.Hour)), 0},
		{"Pragma", 200, fieldsOf(date, "Pragma: no-cache", "Expires: "+at(time.Hour)), 0},
		{"heuristic", 200, fieldsOf(date, "Last-Modified: "+at(-10*time.Hour)), time.Hour},
		{"heuristic of 206", 206, fieldsOf(date, "Last-Modified: "+at(-10*time.Hour)), time.Hour},
		{"no heuristic for 404", 404, fieldsOf(date, "Last-Modified: "+at(-10*time.Hour)), 0},
		{"no heuristic with must-revalidate", 200, fieldsOf(date, "Cache-Control: must-revalidate", "Last-Modified: "+at(-10*time.Hour)), 0},
		{"modified in the future", 200, fieldsOf(date, "Last-Modified: "+at(10*time.Hour)), 0},
		{"301", 301, nil, forever},
		{"308 with max-age", 308, fieldsOf(date, "Cache-Control: max-age=1"), time.Second},
		{"410", 410, fieldsOf(date), forever},
		{"302", 302, fieldsOf(date), 0},
		{"Age", 200, fieldsOf(date, "Cache-Control: max-age=60", "Age: 20"), 40 * time.Second},
		{"Age overflow", 200, fieldsOf(date, "Cache-Control: max-age=60", "Age: 999999999999999999999999"), time.Minute - maxSeconds*time.Second},
		{"Age negative", 200, fieldsOf(date, "Cache-Control: max-age=60", "Age: -20"), time.Minute},
		{"two ages", 200, fieldsOf(date, "Cache-Control: max-age=60", "Age: 20, 30"), 40 * time.Second},
		{"Date of long ago", 200, fieldsOf("Date: "+at(-time.Hour), "Cache-Control: max-age=3660"), time.Minute},
		{"Date in the future", 200, fieldsOf("Date: "+at(time.Hour), "Cache-Control: max-age=60"), time.Minute},
	} {
		l := lifeOf(c.status, c.h, noon, noon)
		if got := l.left(noon, noon); got > c.want || got < c.want {
			t.Errorf("%s: %v left, want %v", c.name, got, c.want)
		}
	}
	l := lifeOf(200, fieldsOf(date, "Cache-Control: max-age=60"), noon.Add(-10*time.Second), noon)
	if got := l.left(noon, noon.Add(20*time.Second)); got != 30*time.Second {
		t.Errorf("after 20 s, with a delay of 10 s: %v left, want 30s", got)
	}
	l = lifeOf(200, fieldsOf("Cache-Control: max-age=60, stale-while-revalidate=5, must-revalidate"), noon, noon)
	if l.revalidate != 0 {
		t.Error("must-revalidate does not overrule stale-while-revalidate")
	}
}

func TestParseDate(t *testing.T) {
	want := time.Date(1994, 11, 6, 8, 49, 37, 0, time.UTC)
	for _, s := range []string{
		"Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994", "Sun, 6 Nov 1994 08:49:37 GMT",
		"06 Nov 1994 08:49:37 GMT", "sun, 06 NOV 1994 08:49:37 gmt", "Sun 06 Nov 1994 08:49:37 GMT", "Sun, 06  Nov  1994   08:49:37 GMT",
		"Sun, 06-Nov-1994 08:49:37 GMT", "Sun, 06 Nov 1994 10:49:37 +0200", "Sun, 06 Nov 1994 08:49:37 UTC", "Sun, 06 November 1994 8:49:37",
	} {
		if got, ok := parseDate(s); !ok || !got.Equal(want) {
			t.Errorf("parseDate(%q) = %v, %v", s, got, ok)
		}
	}
	for _, s := range []string{"", "0", "-1", "never", "Sun, 06 Nov", "06 Nov 1994 25:00:61 GMT", "32 Nov 1994 08:49:37 GMT", "Sun, 30 Feb 2026 08:49:37 GMT",
		strings.Repeat("1 ", 400), "06 Nov 999 08:49:37", "06 Nov 1994 08:49:37:12"} {
		if got, ok := parseDate(s); ok {
			t.Errorf("parseDate(%q) = %v, want none", s, got)
		}
	}
}

func TestMerged(t *testing.T) {
	stored := fieldsOf("ETag: \"a\"", "X-A: 1", "X-A: 2", "Content-Type: text/css", "Content-Length: 5", "Cache-Control: max-age=1")
	got := merged(stored, fieldsOf("etag: \"b\"", "x-a: 3", "Content-Length: 0", "Cache-Control: max-age=9", "Set-Cookie: a=b", "New: n", "Connection: x-hop", "X-Hop: 1"))
	want := `[{ETag "a"} {Content-Type text/css} {Content-Length 5} {x-a 3} {Cache-Control max-age=9} {New n}]`
	if s := fmt.Sprint(got); s != want {
		t.Errorf("merged = %s, want %s", s, want)
	}
}

func TestVary(t *testing.T) {
	values := map[string]string{"accept-encoding": "gzip", "cookie": "a=b"}
	field := func(name string) string { return values[name] }
	list, ok := varied(fieldsOf("Vary: Accept-Encoding, Cookie", "vary: cookie"), field)
	if !ok || len(list) != 2 {
		t.Fatalf("varied = %v, %v", list, ok)
	}
	if differs, ok := answers(list, field); !ok {
		t.Error("differs in", differs)
	}
	values["cookie"] = "a=c"
	if differs, ok := answers(list, field); ok || differs != "cookie" {
		t.Errorf("answers another cookie: %q", differs)
	}
	var many strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&many, "x-%d, ", i)
	}
	for _, v := range []string{"*", "a, *", many.String()} {
		if _, ok := varied(fieldsOf("Vary: "+v), field); ok {
			t.Errorf("Vary of %.20q answers another request", v)
		}
	}
}

func FuzzLife(f *testing.F) {
	f.Add("max-age=60, stale-while-revalidate=5", at(time.Hour), "20", at(-time.Hour), "0")
	f.Add(`no-cache="a, b", x="\"`, "0", "999999999999", "Sun Nov  6 08:49:37 1994", "Sunday, 06-Nov-94 08:49:37 GMT")
	f.Fuzz(func(t *testing.T, control, expires, age, date, modified string) {
		h := Header{{"Cache-Control", control}, {"Expires", expires}, {"Age", age}, {"Date", date}, {"Last-Modified", modified}, {"Vary", control}}
		l := lifeOf(200, h, noon.Add(-time.Second), noon)
		if l.fresh < 0 || l.age < 0 || l.revalidate < 0 || l.ifError < 0 {
			t.Fatalf("%+v", l)
		}
		if a, b := l.left(noon, noon), l.left(noon, noon.Add(time.Second)); a < b {
			t.Fatalf("%v left, and a second later %v", a, b)
		}
		storable(h)
		varied(h, func(string) string { return "" })
		if s, ok := parseRange(control); ok {
			if s, ok = s.within(100); ok && (s.off < 0 || s.n <= 0 || s.off+s.n > 100) {
				t.Fatalf("%q: %v", control, s)
			}
		}
	})
}
