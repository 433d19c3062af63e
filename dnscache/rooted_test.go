package dnscache_test

import (
	"bytes"
	"context"
	"net/netip"
	"slices"
	"testing"

	"pageload/dnscache"
)

// listener is a source that notes the names it is asked for. It is a Searcher.
type listener struct {
	searches bool
	asked    []string
}

func (*listener) Level() dnscache.Level { return dnscache.ISP }
func (l *listener) Searches() bool      { return l.searches }

func (l *listener) Lookup(_ context.Context, name string) (dnscache.Answer, error) {
	l.asked = append(l.asked, name)
	return dnscache.Answer{Addrs: []dnscache.Addr{{IP: netip.MustParseAddr("192.0.2.1")}}}, nil
}

func TestTrailingDotReachesThoseWhoSearch(t *testing.T) {
	for _, tt := range []struct {
		searches bool
		in, want string
	}{
		{true, "wiki", "wiki"},
		{true, "wiki.", "wiki."},
		{true, "WIKI.example.", "wiki.example."},
		{true, "bücher。", "xn--bcher-kva."},
		{false, "wiki.", "wiki"},
	} {
		l := &listener{searches: tt.searches}
		r := &dnscache.Resolver{Sources: []dnscache.Source{l}}
		a := mustLookup(t, r, tt.in)
		if !slices.Equal(l.asked, []string{tt.want}) {
			t.Errorf("Lookup(%q) asked for %q, want %q (searches %v)", tt.in, l.asked, tt.want, tt.searches)
		}
		again := mustLookup(t, r, tt.in)
		if want := bare(tt.want); a.Name != want || again.Name != want || again.Canonical != want || again.Level != dnscache.Browser {
			t.Errorf("Lookup(%q) = %q, then %q (%q) at %v; want %q, then from the cache", tt.in, a.Name, again.Name, again.Canonical, again.Level, want)
		}
	}
	if l := new(listener); mustLookup(t, &dnscache.Resolver{Sources: []dnscache.Source{l}}, "localhost.").Level != dnscache.Literal || l.asked != nil {
		t.Errorf("localhost. was asked for: %q", l.asked)
	}
}

func bare(name string) string {
	if name[len(name)-1] == '.' {
		return name[:len(name)-1]
	}
	return name
}

// Where nobody searches, the dot makes no difference.
func TestTrailingDotWithoutSearch(t *testing.T) {
	l := new(listener)
	r := &dnscache.Resolver{Sources: []dnscache.Source{l}}
	for _, name := range []string{"wiki.", "wiki"} {
		mustLookup(t, r, name)
	}
	if !slices.Equal(l.asked, []string{"wiki"}) {
		t.Errorf("asked for %q, want wiki once", l.asked)
	}
}

// With search domains wiki and wiki. may have different addresses: neither is answered with the other's, also in the next
// run.
func TestTrailingDotIsANameOfItsOwn(t *testing.T) {
	l := &listener{searches: true}
	r := &dnscache.Resolver{Sources: []dnscache.Source{l}}
	for range 2 {
		for _, name := range []string{"wiki", "wiki.", "Wiki."} {
			mustLookup(t, r, name)
		}
	}
	if !slices.Equal(l.asked, []string{"wiki", "wiki."}) {
		t.Errorf("asked for %q, want each name once", l.asked)
	}
	var saved bytes.Buffer
	if err := r.WriteSnapshot(&saved); err != nil {
		t.Fatal(err)
	}
	src := &listener{searches: true}
	next := &dnscache.Resolver{Sources: []dnscache.Source{src}}
	if err := next.ReadSnapshot(&saved); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"wiki", "wiki."} {
		if a := mustLookup(t, next, name); a.Level != dnscache.Browser || a.Name != "wiki" || src.asked != nil {
			t.Errorf("%q in the next run: %q at %v", name, a.Name, a.Level)
		}
	}
}
