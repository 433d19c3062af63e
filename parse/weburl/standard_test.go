package weburl

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"testing"
)

// exceptions are rows of urltestdata.json that are not passed: their input, and the reason. There is none.
var exceptions = map[string]string{}

// A row is one case of urltestdata.json: a base, an input, and the parts of the result as the DOM names them.
type row struct {
	Input, Href, Origin, Protocol, Username, Password, Host, Hostname, Port, Pathname, Search, Hash string

	Base    *string
	Failure bool
}

// readCases reads a file of testdata: a JSON array whose strings are comments, or one case a line.
func readCases[T any](t testing.TB, name string) []T {
	t.Helper()
	data, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	var raw []json.RawMessage
	if data[0] == '[' {
		if err := json.Unmarshal(data, &raw); err != nil {
			t.Fatal(err)
		}
	} else {
		for s := bufio.NewScanner(bytes.NewReader(data)); s.Scan(); {
			raw = append(raw, bytes.Clone(s.Bytes()))
		}
	}
	var cases []T
	for _, m := range raw {
		if m[0] != '{' {
			continue
		}
		var c T
		if err := json.Unmarshal(m, &c); err != nil {
			t.Fatalf("%s: %v", m, err)
		}
		cases = append(cases, c)
	}
	return cases
}

func prefixed(prefix, s string) string {
	if s == "" {
		return ""
	}
	return prefix + s
}

func TestStandard(t *testing.T) {
	passed := 0
	rows := readCases[row](t, "urltestdata.json")
	for _, r := range rows {
		if exceptions[r.Input] == "" && checkRow(t, r) {
			passed++
		}
	}
	if want := 891 - len(exceptions); passed != want {
		t.Errorf("%d of %d rows pass, want %d", passed, len(rows), want)
	}
}

func checkRow(t *testing.T, r row) (ok bool) {
	t.Helper()
	var base URL
	var err error
	if r.Base != nil {
		if base, err = Parse(*r.Base); err != nil {
			t.Errorf("Parse(%q) = %v, want a base", *r.Base, err)
			return false
		}
	}
	u, err := base.Parse(r.Input)
	if r.Failure {
		if err == nil {
			t.Errorf("%v.Parse(%q) = %v, want an error", base, r.Input, u)
		}
		return err != nil
	}
	if err != nil {
		t.Errorf("%v.Parse(%q) = %v, want %v", base, r.Input, err, r.Href)
		return false
	}
	ok = true
	check := func(part, got, want string) {
		t.Helper()
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
	if again, err := Parse(u.String()); err != nil || again != u {
		t.Errorf("Parse(%q) = %#v, %v, want itself: %#v", u, again, err, u)
		ok = false
	}
	return ok
}
