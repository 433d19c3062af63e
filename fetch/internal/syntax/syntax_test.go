package syntax

import (
	"testing"
	"time"
)

func TestScanner(t *testing.T) {
	s := Scanner{" \ta-1=\"x\\\"y\\\\\" ,b;\"open\\"}
	s.Space()
	if got := s.Token(); got != "a-1" || s.Take(',') || !s.Take('=') {
		t.Errorf("%q, rest %q", got, s.Rest)
	}
	if got, ok := s.Value(); got != `x"y\` || !ok {
		t.Errorf("%q %v", got, ok)
	}
	if s.Space(); s.Next() != ',' || !s.Take(',') {
		t.Errorf("rest %q", s.Rest)
	}
	if got, ok := s.Value(); got != "b" || !ok {
		t.Errorf("%q %v", got, ok)
	}
	if got, ok := s.Value(); got != "" || ok || s.Rest != ";\"open\\" {
		t.Errorf("%q %v, rest %q", got, ok, s.Rest)
	}
	s.Take(';')
	if got, ok := s.Quoted(); got != "" || ok || s.Rest != "\"open\\" {
		t.Errorf("%q %v, rest %q", got, ok, s.Rest)
	}
	s.Rest = ""
	if s.Next() != 0 || s.Take(0) || s.Token() != "" {
		t.Error("something is left of nothing")
	}
}

func TestIsToken(t *testing.T) {
	for s, want := range map[string]bool{"": false, "a": true, "GET": true, "a b": false, "a\x00": false, "\u00e4": false, "!#$%&'*+-.^_`|~9Z": true, "a/b": false, `"`: false} {
		if IsToken(s) != want {
			t.Errorf("%q: %v", s, !want)
		}
	}
}

func TestSeconds(t *testing.T) {
	for s, want := range map[string]time.Duration{"0": 0, "60": time.Minute, "007": 7 * time.Second, "3601": time.Hour, "99999999999999999999999": time.Hour} {
		if got, ok := Seconds(s, time.Hour); got != want || !ok {
			t.Errorf("%q: %v %v", s, got, ok)
		}
	}
	for _, s := range []string{"", "-1", "+1", "1.5", " 1", "1s"} {
		if got, ok := Seconds(s, time.Hour); got != 0 || ok {
			t.Errorf("%q: %v %v", s, got, ok)
		}
	}
}

func FuzzScanner(f *testing.F) {
	f.Add(`a="b\"c", d`)
	f.Fuzz(func(t *testing.T, field string) {
		s := Scanner{field}
		for s.Rest != "" {
			before := len(s.Rest)
			s.Space()
			if v, ok := s.Value(); ok && len(v) > before {
				t.Fatalf("%q is longer than %q", v, field)
			}
			if len(s.Rest) == before {
				s.Rest = s.Rest[1:]
			}
		}
	})
}
