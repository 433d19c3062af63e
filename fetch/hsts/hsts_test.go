package hsts

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestParsePolicy(t *testing.T) {
	const year = 365 * 24 * time.Hour
	for _, tt := range []struct {
		field string
		want  Policy
		err   string // part of it
	}{
		{"max-age=31536000", Policy{year, false}, ""},
		{"max-age=60; includeSubDomains", Policy{time.Minute, true}, ""},
		{"  INCLUDESUBDOMAINS ;MAX-AGE = \"60\" ;; ", Policy{time.Minute, true}, ""},
		{"max-age=60; preload; x=y; z=\"a;\\\"b\"", Policy{time.Minute, false}, ""},
		{"max-age=0", Policy{}, ""},
		{"max-age=99999999999999999999999", Policy{year, false}, ""},
		{"max-age=\"6\\0\"", Policy{time.Minute, false}, ""},
		{"", Policy{}, "no max-age"},
		{"includeSubDomains", Policy{}, "no max-age"},
		{"max-age", Policy{}, `"", not a number`},
		{"max-age=", Policy{}, "no value after the equals sign"},
		{"max-age=-1", Policy{}, `"-1", not a number`},
		{"max-age=1.5", Policy{}, "not a number"},
		{"max-age=60, max-age=70", Policy{}, `", max-age=70" where a directive should end`},
		{"max-age=60; max-age=60", Policy{}, "max-age is there twice"},
		{"max-age=60; x; X", Policy{}, "x is there twice"},
		{"max-age=60; includeSubDomains=1", Policy{}, "includeSubDomains has a value"},
		{"max-age=\"60", Policy{}, "not closed"},
		{"max-age=60 includeSubDomains", Policy{}, "where a directive should end"},
		{"=60", Policy{}, "where a directive should end"},
		{"max-age=60" + manyDirectives(40), Policy{}, "more than 32"},
	} {
		got, err := ParsePolicy(tt.field)
		if got != tt.want || (err == nil) != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) {
			t.Errorf("%q: %+v, %v; want %+v, %q", tt.field, got, err, tt.want, tt.err)
		}
	}
}

func manyDirectives(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "; x%d", i)
	}
	return b.String()
}

// clock is a time that a test moves.
type clock struct{ t time.Time }

func (c *clock) now() time.Time { return c.t }

func newClock() *clock { return &clock{time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)} }

func note(t *testing.T, s *Store, host, field string) {
	t.Helper()
	if err := s.Note(host, field); err != nil {
		t.Fatal(err)
	}
}

func TestUpgrade(t *testing.T) {
	c := newClock()
	s := Store{Now: c.now}
	note(t, &s, "a.test", "max-age=100")
	note(t, &s, "B.test.", "max-age=100; includeSubDomains")
	note(t, &s, "x.b.test", "max-age=50")
	note(t, &s, "192.0.2.1", "max-age=100")
	note(t, &s, "[::1]", "max-age=100")
	note(t, &s, "localhost", "max-age=100; includeSubDomains")
	check := func(want map[string]string) {
		t.Helper()
		for host, by := range want {
			if got := s.Upgrade(host).Name; got != by {
				t.Errorf("%s is upgraded by %q, want %q", host, got, by)
			}
		}
	}
	check(map[string]string{
		"a.test": "a.test", "A.TEST": "a.test", "a.test.": "a.test", "x.a.test": "", "ba.test": "", "test": "",
		"b.test": "b.test", "x.b.test": "x.b.test", "z.x.b.test": "b.test", "192.0.2.1": "", "[::1]": "", "::1": "", "localhost": "", "x.localhost": "", "": "",
	})
	c.t = c.t.Add(50 * time.Second)
	check(map[string]string{"x.b.test": "b.test", "a.test": "a.test"})
	note(t, &s, "b.test", "max-age=0")
	check(map[string]string{"x.b.test": "", "b.test": ""})
	c.t = c.t.Add(50 * time.Second)
	check(map[string]string{"a.test": ""})
	if err := s.Note("c.test", "max-age"); err == nil || s.Upgrade("c.test").Name != "" {
		t.Error("a field without an age was taken")
	}
}

// The nearest preloaded name decides; what a host says is heard beside.
func TestPreload(t *testing.T) {
	s := Store{Preload: func(host string) (bool, bool) {
		sub, ok := map[string]bool{"p.test": true, "not.p.test": false, "exact.test": false}[host]
		return sub, ok
	}}
	for host, want := range map[string]string{
		"p.test": "p.test", "a.b.p.test": "p.test", "not.p.test": "not.p.test", "x.not.p.test": "", "exact.test": "exact.test", "x.exact.test": "", "other": "",
	} {
		if got := s.Upgrade(host).Name; got != want {
			t.Errorf("%s is upgraded by %q, want %q", host, got, want)
		}
	}
	note(t, &s, "x.not.p.test", "max-age=9")
	note(t, &s, "p.test", "max-age=0")
	if s.Upgrade("x.not.p.test").Name == "" || s.Upgrade("p.test").Name == "" {
		t.Error("a host's own word was not heard, or took the list's back")
	}
}

func TestBound(t *testing.T) {
	c := newClock()
	s := Store{MaxHosts: 64, Now: c.now}
	for i := range 1000 {
		c.t = c.t.Add(time.Second)
		note(t, &s, fmt.Sprintf("h%d.test", i), "max-age=100000")
		if len(s.hosts) > 64 || s.Upgrade(fmt.Sprintf("h%d.test", i)).Name == "" {
			t.Fatalf("%d hosts, after host %d", len(s.hosts), i)
		}
	}
	if s.Upgrade("h950.test").Name == "" || s.Upgrade("h900.test").Name != "" {
		t.Error("it was not the oldest that went")
	}
}

func names(s *Store) string {
	var list []string
	for h := range s.All() {
		list = append(list, h.Name)
	}
	return strings.Join(list, " ")
}

func TestCloneClearRemove(t *testing.T) {
	var a Store
	note(t, &a, "one.test", "max-age=100")
	note(t, &a, "two.test", "max-age=100")
	b := a.Clone()
	note(t, b, "three.test", "max-age=100")
	if !a.Remove("ONE.test") || a.Remove("one.test") {
		t.Error("removed once is not removed once")
	}
	if names(&a) != "two.test" || names(b) != "one.test three.test two.test" {
		t.Errorf("%q and %q", names(&a), names(b))
	}
	d := b.Clone()
	b.Clear()
	if names(b) != "" || b.Upgrade("one.test").Name != "" || d.Upgrade("one.test").Name == "" {
		t.Error("cleared is not cleared, or for all")
	}
}

func TestSaved(t *testing.T) {
	c := newClock()
	a := Store{Now: c.now}
	note(t, &a, "one.test", "max-age=100; includeSubDomains")
	note(t, &a, "two.test", "max-age=10")
	var file bytes.Buffer
	if err := a.Write(&file); err != nil {
		t.Fatal(err)
	}
	c.t = c.t.Add(20 * time.Second)
	b := Store{Now: c.now}
	if err := b.Read(bytes.NewReader(file.Bytes())); err != nil {
		t.Fatal(err)
	}
	if names(&b) != "one.test" || b.Upgrade("x.one.test") != a.Upgrade("x.one.test") {
		t.Errorf("%q, %+v", names(&b), b.Upgrade("x.one.test"))
	}
	for in, want := range map[string]string{
		"":                                       "read: EOF",
		"x":                                      "read: invalid character",
		"{}":                                     `the format is ""`,
		`{"format":"pageload hsts","version":2}`: "version 2, this program reads 1",
		file.String()[:file.Len()-10]:            "unexpected EOF",
	} {
		if err := b.Read(strings.NewReader(in)); err == nil || !strings.Contains(err.Error(), want) || names(&b) != "one.test" {
			t.Errorf("%.30q: %v, want %q", in, err, want)
		}
	}
	odd := `{"format":"pageload hsts","version":1,"hosts":[{"name":"LOUD.test","expires":"2099-01-01T00:00:00Z"},{"name":"127.0.0.1","expires":"2099-01-01T00:00:00Z"},{"name":"good.test","expires":"2099-01-01T00:00:00Z"}]}`
	if err := b.Read(strings.NewReader(odd)); err == nil || !strings.Contains(err.Error(), `2 of 3 hosts are left out: "LOUD.test"`) {
		t.Errorf("%v", err)
	}
	if h := b.Upgrade("good.test"); h.Expires != c.t.Add(maxAge) {
		t.Errorf("%+v: an age that nobody can have said", h)
	}
}

func FuzzParsePolicy(f *testing.F) {
	f.Add("max-age=60; includeSubDomains")
	f.Add("x=\"\\\";\"; max-age = 1")
	f.Fuzz(func(t *testing.T, field string) {
		p, err := ParsePolicy(field)
		if err != nil {
			if p != (Policy{}) {
				t.Errorf("%+v beside %v", p, err)
			}
			return
		}
		if p.MaxAge < 0 || p.MaxAge > maxAge || p.MaxAge%time.Second != 0 {
			t.Errorf("%v", p.MaxAge)
		}
		again := fmt.Sprintf("max-age=%d", p.MaxAge/time.Second)
		if p.IncludeSubDomains {
			again += ";includesubdomains"
		}
		if q, err := ParsePolicy(again); q != p || err != nil {
			t.Errorf("%q says %+v, %q says %+v, %v", field, p, again, q, err)
		}
	})
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(`{"format":"pageload hsts","version":1,"hosts":[{"name":"a.test","expires":"2099-01-01T00:00:00Z"}]}`))
	f.Fuzz(func(t *testing.T, file []byte) {
		c := newClock()
		s := Store{Now: c.now}
		s.Read(bytes.NewReader(file))
		var out bytes.Buffer
		if err := s.Write(&out); err != nil {
			t.Fatal(err)
		}
		again := Store{Now: c.now}
		if err := again.Read(&out); err != nil || names(&again) != names(&s) {
			t.Errorf("%q, then %q: %v", names(&s), names(&again), err)
		}
	})
}

func BenchmarkUpgrade(b *testing.B) {
	var s Store
	for i := range 1000 {
		s.Note(fmt.Sprintf("h%d.test", i), "max-age=100000; includeSubDomains")
	}
	b.Run("known", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			s.Upgrade("www.h500.test")
		}
	})
	b.Run("empty", func(b *testing.B) {
		var s Store
		b.ReportAllocs()
		for b.Loop() {
			s.Upgrade("www.h500.test")
		}
	})
}
