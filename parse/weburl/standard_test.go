package weburl

import (
	"encoding/json"
	"os"
	"testing"
)

// exceptions are rows of urltestdata.json that we do not pass, by their input, with the reason.
var exceptions = map[string]string{}

type row struct {
	Input, Href, Origin, Protocol, Username, Password, Host, Hostname, Port, Pathname, Search, Hash string

	Base    *string
	Failure bool
}

func readRows(t testing.TB) []row {
	t.Helper()
	data, err := os.ReadFile("testdata/urltestdata.json")
	if err != nil {
		t.Fatal(err)
	}
	var raw []json.RawMessage
	if err := json.Unmarshal(data, &raw); err != nil {
		t.Fatal(err)
	}
	var rows []row
	for _, m := range raw {
		if m[0] != '{' {
			continue // a comment
		}
		var r row
		if err := json.Unmarshal(m, &r); err != nil {
			t.Fatalf("%s: %v", m, err)
		}
		rows = append(rows, r)
	}
	return rows
}

func prefixed(p, s string) string {
	if s == "" {
		return ""
	}
	return p + s
}

func TestStandard(t *testing.T) {
	passed := 0
	rows := readRows(t)
	for _, r := range rows {
		var base URL
		var err error
		if r.Base != nil {
			if base, err = Parse(*r.Base); err != nil && !r.Failure {
				t.Errorf("Parse(%q) = %v, want a base", *r.Base, err)
				continue
			}
		}
		u, err := base.Parse(r.Input)
		if why := exceptions[r.Input]; why != "" {
			continue
		}
		if r.Failure {
			if err == nil {
				t.Errorf("%v.Parse(%q) = %v, want an error", base, r.Input, u)
				continue
			}
			passed++
			continue
		}
		if err != nil {
			t.Errorf("%v.Parse(%q) = %v, want %v", base, r.Input, err, r.Href)
			continue
		}
		ok := true
		check := func(part, got, want string) {
			if got != want {
				t.Errorf("%v.Parse(%q): %s = %q, want %q", base, r.Input, part, got, want)
				ok = false
			}
		}
		check("href", u.String(), r.Href)
		check("protocol", u.Scheme()+":", r.Protocol)
		check("username", u.Username(), r.Username)
		check("password", u.Password(), r.Password)
		check("host", u.Host(), r.Host)
		check("hostname", u.Hostname(), r.Hostname)
		check("port", u.Port(), r.Port)
		check("pathname", u.Path(), r.Pathname)
		check("search", prefixed("?", u.Query()), r.Search)
		check("hash", prefixed("#", u.Fragment()), r.Hash)
		if r.Origin != "" {
			check("origin", u.Origin().String(), r.Origin)
		}
		again, err := Parse(u.String())
		if err != nil || again != u {
			t.Errorf("Parse(%q) = %#v, %v, want itself: %#v", u, again, err, u)
			ok = false
		}
		if ok {
			passed++
		}
	}
	if want := 891 - len(exceptions); passed != want {
		t.Errorf("%d of %d rows pass, want %d", passed, len(rows), want)
	}
}
