package cookies

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pageload/parse/weburl"
)

func seeds(f *testing.F, name, key string) (list []string) {
	text, err := os.ReadFile("testdata/" + name)
	if err != nil {
		f.Fatal(err)
	}
	for l := range bytes.Lines(text) {
		var row map[string]json.RawMessage
		if json.Unmarshal(l, &row) != nil {
			continue
		}
		var many []string
		var one string
		if json.Unmarshal(row[key], &many) == nil {
			list = append(list, many...)
		} else if json.Unmarshal(row[key], &one) == nil {
			list = append(list, one)
		}
	}
	return list
}

// Whatever a server sends: what comes back to it is a field's value, and parsed again it is the same cookie; what is refused has a reason;
// a jar that was saved and read is the same.
func FuzzKeep(f *testing.F) {
	for _, s := range seeds(f, "http-state-parser.jsonl", "set_cookie") {
		f.Add(s, "https://home.example.org/cookie-parser")
	}
	f.Add("__Host-a=1; Secure; Path=/; Partitioned", "https://a.test/")
	f.Add("==", "http://a.test/")
	f.Add("a=b", "http://.a.test/")
	f.Add("a=b", "http://a.test/x;y/z")
	f.Add("a=b; Path=/\xff", "http://a.test/\xff")
	f.Add("a=b; Domain=co.uk", "http://www.example.co.uk/x/y")
	f.Fuzz(func(t *testing.T, line, at string) {
		if !strings.HasPrefix(at, "http") || len(at) > 100 || strings.ContainsAny(at, "@\\?# \t\n") {
			at = "https://a.test/x"
		}
		j, c := newJar()
		r := tryVisit(at)
		if r == nil {
			return
		}
		b, ok := j.Keep(r, line)
		if ok != (b.Reasons == 0) || !ok && j.Len() != 0 {
			t.Fatalf("%q: kept %v, reasons %v, %d cookies", line, ok, b.Reasons, j.Len())
		}
		field, blocked := j.Field(r)
		if len(blocked) != 0 {
			t.Fatalf("%q: held back from its own page: %v", line, blocked)
		}
		if len(field) > maxPair+1 || strings.ContainsAny(field, "\r\n\x00\t;") || trim(field) != field {
			t.Fatalf("%q gives Cookie: %q", line, field)
		}
		for e := range j.All() {
			if !e.Expires.IsZero() && e.Expires.After(c.at.Add(401*24*time.Hour)) {
				t.Fatalf("%q lasts until %v", line, e.Expires)
			}
			p, why := parse(join([]*entry{{name: e.Name, value: e.Value}}))
			if why != 0 || p.name != e.Name || p.value != e.Value {
				t.Fatalf("%q was kept as %q=%q, which is parsed as %q=%q, %v", line, e.Name, e.Value, p.name, p.value, why)
			}
		}
		var saved bytes.Buffer
		j.Write(&saved)
		k := &Jar{Now: c.now}
		if err := k.Read(&saved); err != nil || !slices.Equal(list(k), list(j)) {
			t.Fatalf("%q: saved and read: %v, %+v, want %+v", line, err, list(k), list(j))
		}
	})
}

// A date is within the years that it can name, and written in the usual way it is itself.
func FuzzDate(f *testing.F) {
	for _, s := range seeds(f, "http-state-dates.jsonl", "test") {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n, ok := parseDate(s)
		if !ok {
			if n != 0 {
				t.Fatalf("parseDate(%q) = %d, false", s, n)
			}
			return
		}
		at := time.Unix(n, 0).UTC()
		if y := at.Year(); y < 0 || y > 9999 {
			t.Fatalf("parseDate(%q) is in the year %d", s, y)
		}
		if m, ok := parseDate(at.Format("Mon, 02 Jan 2006 15:04:05 GMT")); at.Year() >= 100 && (!ok || m != n) {
			t.Fatalf("parseDate(%q) = %v, and that again %v", s, at, time.Unix(m, 0).UTC())
		}
	})
}

// Whatever a file has: what was in the jar stays, and what came out of it can be written and read again without a fault.
func FuzzRead(f *testing.F) {
	j, _ := sampled(f)
	var b bytes.Buffer
	j.Write(&b)
	f.Add(b.Bytes())
	f.Add([]byte(`{"format":"pageload cookies","version":1}` + "\n" + `{"cookies":0}`))
	f.Add([]byte(`{"format":"pageload cookies","version":1}` + "\n" + `{"name":"a","domain":".a.test","expires":"9999-12-31T23:59:59Z","created":"0001-01-01T00:00:00Z"}`))
	f.Fuzz(func(t *testing.T, text []byte) { readAnything(t, text, (*Jar).Read) })
}

func FuzzReadNetscape(f *testing.F) {
	j, _ := sampled(f)
	var b bytes.Buffer
	j.WriteNetscape(&b)
	f.Add(b.Bytes())
	f.Add([]byte("a.test\tFALSE\t/\tFALSE\t1e99\ta\t1\r\n#HttpOnly_b.test\tTRUE\t/x\tTRUE\t0\tb"))
	f.Fuzz(func(t *testing.T, text []byte) { readAnything(t, text, (*Jar).ReadNetscape) })
}

func readAnything(t *testing.T, text []byte, read func(*Jar, io.Reader) error) {
	j, c := newJar()
	keepAll(t, j, visit("https://stays.invalid/"), "stays=1")
	err := read(j, bytes.NewReader(text))
	if err != nil && (!strings.HasPrefix(err.Error(), "cookies: ") || !utf8.ValidString(err.Error()) && utf8.Valid(text)) {
		t.Fatalf("error %q", err)
	}
	if !bytes.Contains(text, []byte("stays")) {
		wantField(t, j, visit("https://stays.invalid/"), "stays=1")
	}
	var b bytes.Buffer
	if err := j.Write(&b); err != nil {
		t.Fatal(err)
	}
	k := &Jar{Now: c.now}
	if err := k.Read(&b); err != nil || !slices.Equal(list(k), list(j)) {
		t.Fatalf("written and read: %v\n%+v, want\n%+v", err, list(k), list(j))
	}
}

// tryVisit is visit for a URL that may be none.
func tryVisit(s string) *Request {
	u, err := weburl.Parse(s)
	if err != nil || !u.IsHTTP() {
		return nil
	}
	return &Request{URL: u, Navigation: true, ByUser: true}
}
