package altsvc

import (
	"bytes"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestParseField(t *testing.T) {
	const day, year = 24 * time.Hour, 365 * 24 * time.Hour
	for _, tt := range []struct {
		field string
		want  []Service
		clear bool
		err   string // part of it
	}{
		{`h3=":443"; ma=2592000`, []Service{{"h3", "", 443, 30 * day, false}}, false, ""},
		// RFC 7838 section 3's own
		{`h2=":8000"`, []Service{{"h2", "", 8000, day, false}}, false, ""},
		{`h2="new.example.org:80"`, []Service{{"h2", "new.example.org", 80, day, false}}, false, ""},
		{`w%3Dx%3Ay#z=":443"`, []Service{{"w=x:y#z", "", 443, day, false}}, false, ""},
		{`x%25y=":443"`, []Service{{"x%y", "", 443, day, false}}, false, ""},
		{`h2="alt.example.com:8000", h2=":443"`, []Service{{"h2", "alt.example.com", 8000, day, false}, {"h2", "", 443, day, false}}, false, ""},
		{`h2=":443"; ma=3600; persist=1`, []Service{{"h2", "", 443, time.Hour, true}}, false, ""},
		{`clear`, nil, true, ""},
		{"\t clear ", nil, true, ""},
		{`CLEAR`, nil, false, "CLEAR: no quoted authority"},
		{`clear, h3=":443"`, nil, false, "clear: no quoted authority"},
		{`h3=":443"; MA="60"; persist=2; v="46,43"`, []Service{{"h3", "", 443, time.Minute, false}}, false, ""},
		{`, h3=":443" ,, h3-29=":443" ; ;,`, []Service{{"h3", "", 443, day, false}, {"h3-29", "", 443, day, false}}, false, ""},
		{`h3="[2001:DB8::1]:443"`, []Service{{"h3", "[2001:db8::1]", 443, day, false}}, false, ""},
		{`h3="a\.test:443"`, []Service{{"h3", "a.test", 443, day, false}}, false, ""},
		{`h3=":0", h2=":1"; ma=0`, []Service{{"h2", "", 1, 0, false}}, false, ""},
		{`h3=":443"; ma=99999999999999999999999`, []Service{{"h3", "", 443, year, false}}, false, ""},
		{``, nil, false, "no service"},
		{` ,, `, nil, false, "no service"},
		{`h3=:443`, nil, false, "no quoted authority"},
		{`h3 =":443"`, nil, false, "no quoted authority"},
		{`="`, nil, false, "where a protocol should stand"},
		{`h3="443"`, nil, false, "has no port"},
		{`h3=":"`, nil, false, "has no port"},
		{`h3=":65536"`, nil, false, "above 65535"},
		{`h3=":+1"`, nil, false, "is no number"},
		{`h3="a b:1"`, nil, false, "no valid host"},
		{`h3="u@a:1"`, nil, false, "no valid host"},
		{`h3="::1:443"`, nil, false, "no valid host"},
		{`h3="[x]:443"`, nil, false, "no valid host"},
		{`h3=":443`, nil, false, "not closed"},
		{`h3=":443"; ma=-1`, nil, false, "not a number"},
		{`h3=":443"; ma=`, nil, false, "nothing after the equals sign"},
		{`h3=":443"; ma`, nil, false, "no value"},
		{`h3=":443" x`, nil, false, "where a service should end"},
		{`h3=":443"; @`, nil, false, "where a parameter should stand"},
		{`%4=":1"`, nil, false, "middle of an escape"},
		{`%zz=":1"`, nil, false, "where an escape should be"},
		{`h3=":443"` + strings.Repeat("; x=1", 33), nil, false, "more than 32 parameters"},
	} {
		got, clear, err := ParseField(tt.field)
		if !reflect.DeepEqual(got, tt.want) || clear != tt.clear || (err == nil) != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) {
			t.Errorf("%q: %+v, clear %v, %v; want %+v, %v, %q", tt.field, got, clear, err, tt.want, tt.clear, tt.err)
		}
	}
	if got, _, err := ParseField(strings.Repeat(`h3=":443",`, 1000)); len(got) != maxServices || err != nil {
		t.Errorf("%d services, %v", len(got), err)
	}
}

// clock is a time that a test moves.
type clock struct{ t time.Time }

func (c *clock) now() time.Time { return c.t }

func newClock() *clock { return &clock{time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)} }

func note(t *testing.T, s *Store, k Key, field string) {
	t.Helper()
	if err := s.Note(k, field); err != nil {
		t.Fatal(err)
	}
}

// text is a store's content, to be compared.
func text(s *Store) string {
	var b strings.Builder
	for v := range s.All() {
		fmt.Fprintf(&b, "%s|%s", v.Origin, v.Partition)
		for _, a := range v.Alternatives {
			fmt.Fprintf(&b, " %s:%d", a.Protocol, a.Port)
		}
		b.WriteString("\n")
	}
	return b.String()
}

func TestStore(t *testing.T) {
	c := newClock()
	s := Store{Now: c.now}
	a, b, here := Key{Origin: "https://a.test"}, Key{Origin: "https://b.test"}, Key{"https://a.test", "https://top.test"}
	note(t, &s, a, `h3=":443"; ma=100, h2="x.test:1"; ma=50; persist=1`)
	note(t, &s, b, `h3=":443"; ma=10`)
	note(t, &s, here, `h3=":444"`)
	if got, want := text(&s), "https://a.test| h3:443 h2:1\nhttps://a.test|https://top.test h3:444\nhttps://b.test| h3:443\n"; got != want {
		t.Errorf("%q", got)
	}
	if err := s.Note(a, "h3"); err == nil || len(s.Alternatives(a)) != 2 {
		t.Errorf("%v, then %v", err, s.Alternatives(a))
	}
	c.t = c.t.Add(50 * time.Second)
	if got := s.Alternatives(a); len(got) != 1 || got[0].Protocol != "h3" || s.Alternatives(b) != nil {
		t.Errorf("%v, %v", got, s.Alternatives(b))
	}
	d := s.Clone()
	note(t, &s, a, "clear")
	note(t, &s, here, `h3=":1"; ma=0`)
	if text(&s) != "" || d.Alternatives(a) == nil || d.Alternatives(here) == nil {
		t.Errorf("cleared: %q; the clone has %q", text(&s), text(d))
	}
	note(t, d, b, `h3=":9"; persist=1, h2=":8"`)
	before := d.Clone()
	d.NetworkChanged()
	if text(d) != "https://b.test| h3:9\n" || len(before.Alternatives(b)) != 2 {
		t.Errorf("on another network: %q, before %q", text(d), text(before))
	}
	if !d.Remove(b) || d.Remove(b) {
		t.Error("removed once is not removed once")
	}
	before.Clear()
	before.NetworkChanged()
	if text(before) != "" || before.Remove(a) {
		t.Error("cleared is not empty")
	}
}

func TestBound(t *testing.T) {
	c := newClock()
	s := Store{MaxServers: 64, Now: c.now}
	for i := range 1000 {
		c.t = c.t.Add(time.Second)
		k := Key{Origin: fmt.Sprintf("https://h%d.test", i)}
		note(t, &s, k, `h3=":443"`)
		if len(s.servers) > 64 || s.Alternatives(k) == nil {
			t.Fatalf("%d servers, after %d", len(s.servers), i)
		}
	}
	if s.Alternatives(Key{Origin: "https://h950.test"}) == nil || s.Alternatives(Key{Origin: "https://h900.test"}) != nil {
		t.Error("it was not the oldest that went")
	}
}

func TestSaved(t *testing.T) {
	c := newClock()
	a := Store{Now: c.now}
	note(t, &a, Key{"https://a.test", "p"}, `a%2Cb="x.test:443"; ma=100; persist=1, h3=":1"; ma=10`)
	note(t, &a, Key{Origin: "https://b.test"}, `h3=":1"; ma=10`)
	var file bytes.Buffer
	if err := a.Write(&file); err != nil {
		t.Fatal(err)
	}
	c.t = c.t.Add(20 * time.Second)
	b := Store{Now: c.now}
	if err := b.Read(bytes.NewReader(file.Bytes())); err != nil {
		t.Fatal(err)
	}
	k := Key{"https://a.test", "p"}
	if got := b.Alternatives(k); !slices.Equal(got, a.Alternatives(k)) || len(got) != 1 || got[0].Protocol != "a,b" || !got[0].Persist || text(&b) != text(&a) {
		t.Errorf("%+v, want %+v", got, a.Alternatives(k))
	}
	for in, want := range map[string]string{
		"":   "read: EOF",
		"x":  "read: invalid character",
		"{}": `the format is ""`,
		`{"format":"pageload altsvc","version":2}`: "version 2, this program reads 1",
		file.String()[:file.Len()-10]:              "unexpected EOF",
	} {
		if err := b.Read(strings.NewReader(in)); err == nil || !strings.Contains(err.Error(), want) || text(&b) != text(&a) {
			t.Errorf("%.30q: %v, want %q", in, err, want)
		}
	}
	odd := `{"format":"pageload altsvc","version":1,"servers":[{"origin":"http://a.test"},{"origin":"https://x.test","alternatives":[{"service":"clear"}]},` +
		`{"origin":"https://good.test","alternatives":[{"service":"h3=\":1\"; ma=60","expires":"2099-01-01T00:00:00Z"}]}]}`
	if err := b.Read(strings.NewReader(odd)); err == nil || !strings.Contains(err.Error(), `2 of 3 servers are left out: "http://a.test" is no secure origin`) {
		t.Errorf("%v", err)
	}
	if got := b.Alternatives(Key{Origin: "https://good.test"}); len(got) != 1 || got[0].Expires != c.t.Add(time.Minute) {
		t.Errorf("%+v: longer than the server said", got)
	}
}

func FuzzParseField(f *testing.F) {
	f.Add(`h3=":443"; ma=60; persist=1, h2="[::1]:1"`)
	f.Add(`w%3Dx="a\"b:1";;x="\\"`)
	f.Add("clear")
	f.Fuzz(func(t *testing.T, field string) {
		list, clear, err := ParseField(field)
		if (err != nil || clear) && list != nil || err != nil && clear || len(list) > maxServices {
			t.Fatalf("%+v, clear %v beside %v", list, clear, err)
		}
		for _, one := range list {
			again, _, err := ParseField(one.String())
			if err != nil || len(again) != 1 || again[0] != one {
				t.Errorf("%q has %+v, written %q, read %+v, %v", field, one, one.String(), again, err)
			}
			if one.MaxAge < 0 || one.MaxAge > maxAge || one.Port == 0 {
				t.Errorf("%+v", one)
			}
		}
	})
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(`{"format":"pageload altsvc","version":1,"servers":[{"origin":"https://a.test","alternatives":[{"service":"h3=\":1\"","expires":"2026-01-02T04:00:00Z"}]}]}`))
	f.Fuzz(func(t *testing.T, file []byte) {
		c := newClock()
		s := Store{Now: c.now}
		s.Read(bytes.NewReader(file))
		var out bytes.Buffer
		if err := s.Write(&out); err != nil {
			return // a time that JSON cannot say
		}
		again := Store{Now: c.now}
		if err := again.Read(&out); err != nil || text(&again) != text(&s) {
			t.Errorf("%q, then %q: %v", text(&s), text(&again), err)
		}
	})
}
