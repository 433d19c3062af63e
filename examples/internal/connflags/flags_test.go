package connflags

import (
	"flag"
	"io"
	"strings"
	"testing"

	"pageload/conn"
	"pageload/conn/throttle"
	"pageload/loader"
)

// parse reads arguments as a program does.
func parse(args ...string) (f Flags, err error) {
	set := flag.NewFlagSet("", flag.ContinueOnError)
	set.SetOutput(io.Discard)
	f.Register(set)
	if err = set.Parse(args); err == nil {
		err = f.Parsed()
	}
	return f, err
}

func TestFlags(t *testing.T) {
	tests := []struct {
		args string // separated by commas
		err  string // "": none
	}{
		{"", ""},
		{"-proxy,http://user:pass@proxy.test:3128", ""},
		{"-proxy,socks5h://127.0.0.1:1080", ""},
		{"-proxy,env", ""},
		{"-proxy,gopher://a", `unknown scheme "gopher"`},
		{"-throttle,Slow 3G", ""},
		{"-throttle,fast-4g", ""},
		{"-throttle,5G", `it is one of "No throttling", "Fast 4G", "Slow 4G", "Fast 3G", "Slow 3G"`},
		{"-facts,sometimes", "it is none, openclose or each"},
	}
	for _, tt := range tests {
		f, err := parse(strings.FieldsFunc(tt.args, func(r rune) bool { return r == ',' })...)
		if (err == nil) != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) {
			t.Errorf("%q: error %v, want %q", tt.args, err, tt.err)
		}
		if err == nil && strings.HasPrefix(tt.args, "-proxy") != (f.Proxy != nil) {
			t.Errorf("%q: proxy %v", tt.args, f.Proxy != nil)
		}
	}
}

func TestApply(t *testing.T) {
	f, err := parse("-throttle", "slow3g", "-facts", "each", "-watch-close")
	if err != nil {
		t.Fatal(err)
	}
	var p loader.Profile
	f.Apply(&p, true)
	want, _ := throttle.Preset("Slow 3G")
	link, ok := p.Pool.Dialer.Link.(*throttle.Link)
	if !ok || link.Latency != want.Latency || link.Down != want.Down || p.Pool.Facts != conn.FactsEachResponse || !p.Pool.WatchClose || p.Pool.Paths == nil {
		t.Errorf("link %+v, facts %v, watched %v, paths %v", link, p.Pool.Facts, p.Pool.WatchClose, p.Pool.Paths)
	}
	var plain loader.Profile
	new(Flags).Apply(&plain, false)
	if d := &plain.Pool.Dialer; d.Link != nil || d.Proxy != nil || plain.Pool.Paths != nil || plain.Pool.WatchClose {
		t.Errorf("without flags: link %v, paths %v, watched %v", d.Link, plain.Pool.Paths, plain.Pool.WatchClose)
	}
}
