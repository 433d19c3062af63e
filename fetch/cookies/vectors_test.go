package cookies

import (
	"bufio"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"pageload/parse/weburl"
)

// rows reads lines of JSON; testdata/README.md says where they come from.
func rows[T any](t *testing.T, name string) (list []T) {
	t.Helper()
	f, err := os.Open("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for s := bufio.NewScanner(f); s.Scan(); {
		var row T
		if err := json.Unmarshal(s.Bytes(), &row); err != nil {
			t.Fatal(err)
		}
		list = append(list, row)
	}
	return list
}

// exceptions are the rows of http-state that RFC 6265bis has changed since.
var exceptions = func() map[string]string {
	m := map[string]string{
		"optional-domain0042": "section 5.7 step 8: the last Domain counts, and an empty one means the host",
	}
	for _, name := range strings.Fields(`0004 0021 0023 0024 0025 0026 0027 0028 chromium0009 chromium0010 chromium0012
		mozilla0012 mozilla0014 mozilla0015 mozilla0016 mozilla0017 name0023 name0028 name0031 name0032 name0033`) {
		m[name] = "section 5.6 steps 4 to 6: a pair without name is a cookie, one without name and value is none"
	}
	return m
}()

func TestHTTPState(t *testing.T) {
	type row struct {
		Name      string   `json:"name"`
		SetURL    string   `json:"set_url"`
		GetURL    string   `json:"get_url"`
		SetCookie []string `json:"set_cookie"`
		Expect    string   `json:"expect_cookie"`
		Disabled  bool     `json:"disabled_upstream"`
	}
	now := time.Date(2011, 6, 1, 0, 0, 0, 0, time.UTC)
	passed, changed, disabled := 0, 0, 0
	for _, r := range rows[row](t, "http-state-parser.jsonl") {
		jar := Jar{Now: func() time.Time { return now }}
		set := Request{URL: weburl.MustParse(r.SetURL), Navigation: true, ByUser: true}
		for _, l := range r.SetCookie {
			jar.Keep(&set, l)
		}
		get := Request{URL: weburl.MustParse(r.GetURL), Navigation: true, ByUser: true}
		got, _ := jar.Field(&get)
		switch why := exceptions[r.Name]; {
		case r.Disabled:
			disabled++
		case got == r.Expect && why == "":
			passed++
		case got == r.Expect:
			t.Errorf("%s: passes, and is listed as changed: %s", r.Name, why)
		case why != "":
			changed++
		default:
			t.Errorf("%s: %q from %s:\n got %q\nwant %q", r.Name, r.SetCookie, r.SetURL, got, r.Expect)
		}
	}
	t.Logf("%d passed, %d changed by RFC 6265bis, %d disabled upstream", passed, changed, disabled)
}

// What Chromium keeps of lines of all shapes.
func TestLinesAsRecorded(t *testing.T) {
	type row struct {
		Now  int64    // seconds
		Set  []string // by https://www.a.test/x/y/set
		Kept []struct {
			Name, Value, Domain, Path string
			Expires                   int64 // seconds; -1: with the session
			Secure, HTTPOnly          bool
			SameSite, Priority        string
			Partition                 string
		}
	}
	list := rows[row](t, "chromium-lines.jsonl")
	for _, r := range list {
		j := Jar{Now: func() time.Time { return time.Unix(r.Now, 0) }}
		for _, l := range r.Set {
			j.Keep(visit("https://www.a.test/x/y/set"), l)
		}
		for _, want := range r.Kept {
			n := j.Remove(func(c Cookie) bool {
				expires := int64(-1)
				if !c.Expires.IsZero() {
					expires = c.Expires.Unix()
				}
				domain, hostOnly := strings.CutPrefix(want.Domain, ".")
				return c.Name == want.Name && c.Value == want.Value && c.Domain == domain && c.HostOnly == !hostOnly && c.Path == want.Path &&
					max(expires-want.Expires, want.Expires-expires) < 5 && c.Secure == want.Secure && c.HTTPOnly == want.HTTPOnly &&
					c.SameSite.String() == want.SameSite && c.Priority.String() == want.Priority && c.Partition.String() == want.Partition
			})
			if n != 1 {
				t.Errorf("%q: %d of %+v", r.Set, n, want)
			}
		}
		for c := range j.All() {
			t.Errorf("%q: too many: %+v", r.Set, c)
		}
	}
	t.Logf("%d rows", len(list))
}

func TestHTTPStateDates(t *testing.T) {
	type row struct {
		Test     string  `json:"test"`
		Expected *string `json:"expected"`
	}
	passed := 0
	for _, r := range rows[row](t, "http-state-dates.jsonl") {
		got := "null"
		if n, ok := parseDate(r.Test); ok {
			got = time.Unix(n, 0).UTC().Format("Mon, 02 Jan 2006 15:04:05 GMT")
		}
		want := "null"
		if r.Expected != nil {
			want = *r.Expected
		}
		if got != want {
			t.Errorf("parseDate(%q) = %s, want %s", r.Test, got, want)
			continue
		}
		passed++
	}
	t.Logf("%d passed", passed)
}

func TestPublicSuffixList(t *testing.T) {
	type row struct {
		Host   *string `json:"host"`
		Domain *string `json:"registrable_domain"`
		From   string  `json:"from"`
	}
	passed := 0
	for _, r := range rows[row](t, "psl.jsonl") {
		got, want := "", ""
		if r.Host != nil {
			if host, err := weburl.ParseHost(*r.Host); err == nil {
				got = registrable(host)
			}
		}
		if r.Domain != nil {
			want, _ = weburl.ParseHost(*r.Domain)
		}
		if got != want {
			t.Errorf("%s, %v: registrable domain %q, want %q", r.From, r.Domain, got, want)
			continue
		}
		passed++
	}
	t.Logf("%d passed", passed)
}
