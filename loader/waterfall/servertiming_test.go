package waterfall

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestServerTiming(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"", "[]"},
		{"miss", "[{miss 0s }]"},
		{"db;dur=53", "[{db 53ms }]"},
		{"db;dur=53, app;dur=47.2", "[{db 53ms } {app 47.2ms }]"},
		{`cache;desc="Cache Read";dur=23.2`, "[{cache 23.2ms Cache Read}]"},
		{`a ; DUR = 1.5 ; Desc = x , b`, "[{a 1.5ms x} {b 0s }]"},
		{"a;dur=1;dur=2;desc=x;desc=y", "[{a 1ms x}]"},
		{"a;dur;desc=x;foo=bar;;", "[{a 0s x}]"},
		{`a;desc="x, y; \"z\" \\";dur=3`, `[{a 3ms x, y; "z" \}]`},
		{`a;desc="open`, "[{a 0s open}]"},
		{`a;desc="open\`, `[{a 0s open\}]`},
		{`a;desc="x"junk;dur=4, b`, "[{a 4ms x} {b 0s }]"},
		{",, ;dur=5, a", "[{a 0s }]"},
		{"a;dur=foo, b;dur=-3.5, c;dur=7ms, d;dur=1e2, e;dur=1e, f;dur=\"12.3\", g;dur=.5, h;dur=1.2.3, i;dur=1e999, j;dur=1e+1x, k;dur=--1",
			"[{a 0s } {b -3.5ms } {c 7ms } {d 100ms } {e 1ms } {f 12.3ms } {g 500µs } {h 1.2ms } {i 0s } {j 10ms } {k 0s }]"},
	} {
		if got := fmt.Sprint(ParseServerTiming(tt.in)); got != tt.want {
			t.Errorf("%q: %s, want %s", tt.in, got, tt.want)
		}
	}
	r := Request{Exchange: Exchange{ResponseHeader: []Field{{"Server-Timing", "a"}, {"X", "b"}, {"server-timing", "c;dur=1"}}}}
	if got := fmt.Sprint(r.ServerTiming()); got != "[{a 0s } {c 1ms }]" {
		t.Errorf("of a response: %s", got)
	}
	if n := len(ParseServerTiming(strings.Repeat("a,", 5000))); n != maxMetrics {
		t.Errorf("%d metrics of too many, want %d", n, maxMetrics)
	}
}

// A metric that is written from what was read is read again as the same.
func FuzzServerTiming(f *testing.F) {
	f.Add(`db;dur=53, app;desc="x \" y";dur=47.2,,;a=b`)
	f.Add("a;dur=1e9999;desc=\xff")
	f.Fuzz(func(t *testing.T, in string) {
		list := ParseServerTiming(in)
		var b strings.Builder
		for _, m := range list {
			desc := strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(m.Description)
			fmt.Fprintf(&b, "%s;dur=%.3f;desc=\"%s\",", m.Name, float64(m.Duration)/float64(time.Millisecond), desc)
		}
		again := ParseServerTiming(b.String())
		if len(again) != len(list) {
			t.Fatalf("%q: %v, then %v", in, list, again)
		}
		for i := range list {
			if again[i] != list[i] && list[i].Duration.Abs() < 1<<50 {
				t.Errorf("%q: %v, then %v", in, list[i], again[i])
			}
		}
	})
}
