package iterate_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"pageload/dnscache/dnstest"
	"pageload/dnscache/iterate"
)

// asked returns the questions since the last call, in order of time.
func asked(in *dnstest.Internet) []string {
	var out []string
	for _, q := range in.Log() {
		out = append(out, q.Question)
	}
	in.ResetLog()
	return out
}

// sorted sorts questions that are put at the same time.
func sorted(questions []string) string {
	slices.Sort(questions)
	return strings.Join(questions, ", ")
}

// What each server gets to see is what minimisation is for, and the number of packets is what a cold name costs.
func TestQuestionsForColdAndWarmNames(t *testing.T) {
	tests := []struct {
		minimise   iterate.Minimisation
		name, want string
	}{
		{iterate.Relaxed, "www.good.test", "A test, A good.test, A www.good.test, AAAA www.good.test"},
		{iterate.Relaxed, "good.test", "A test, A good.test, A good.test, AAAA good.test"},
		{iterate.Relaxed, "alias.good.test", "A test, A good.test, A alias.good.test, AAAA alias.good.test"},
		{iterate.Relaxed, "none.good.test", "A test, A good.test, A none.good.test, AAAA none.good.test"},
		{iterate.Relaxed, "a.b.none.good.test", "A test, A good.test, A none.good.test, A a.b.none.good.test, AAAA a.b.none.good.test"},
		{iterate.Strict, "a.b.none.good.test", "A test, A good.test, A none.good.test"},
		{iterate.Relaxed, "nope", "A nope"},
		{iterate.Relaxed, "x.nope", "A nope, A x.nope"},
		{iterate.Strict, "x.nope", "A nope"},
		{iterate.Off, "www.good.test", "A www.good.test, A www.good.test, A www.good.test, AAAA www.good.test"},
		{iterate.Off, "good.test", "A good.test, A good.test, A good.test, AAAA good.test"},
		{iterate.Off, "x.nope", "A x.nope"},
		{iterate.Relaxed, "www.less.test", "A test, A less.test, A example, A host1.example, A www.less.test, AAAA www.less.test"},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprint(tt.minimise, " ", tt.name), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				in := newInternet("less NS host1.example.\n")
				in.Zone("less.test.", "www A 203.0.113.81", goodIP)
				in.Set(dnstest.Conduct{Delay: time.Millisecond}, goodIP, goodIP2) // or NXDOMAIN for A may come before AAAA is asked
				r := &iterate.Resolver{Roots: in.Roots(), Dial: in.Dial, Minimise: tt.minimise}
				r.Lookup(ctx, tt.name)
				if got := asked(in); sorted(got) != sorted(strings.Split(tt.want, ", ")) {
					t.Errorf("cold %s: %q, want %q", tt.name, got, tt.want)
				}
				r.Lookup(ctx, tt.name)
				if got := asked(in); len(got) != 0 {
					t.Errorf("%s again: %q, want nothing", tt.name, got)
				}
			})
		})
	}
}

func TestQuestionsForNamesNearby(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in := newInternet("")
		in.Zone("good.test.", goodZone+"a.b.c.d A 203.0.113.81\ne.b.c.d A 203.0.113.82", goodIP, goodIP2)
		in.Set(dnstest.Conduct{Delay: time.Millisecond}, goodIP, goodIP2)
		r := &iterate.Resolver{Roots: in.Roots(), Dial: in.Dial}
		for _, tt := range []struct{ name, want string }{
			{"www.good.test", "A good.test, A test, A www.good.test, AAAA www.good.test"},
			{"good.test", "A good.test, AAAA good.test"}, // the delegation is known
			{"alias.good.test", "A alias.good.test, AAAA alias.good.test"},
			{"ns1.good.test", "A ns1.good.test, AAAA ns1.good.test"}, // glue is no answer
			{"a.b.c.d.good.test", "A a.b.c.d.good.test, A b.c.d.good.test, A c.d.good.test, A d.good.test, AAAA a.b.c.d.good.test"},
			{"e.b.c.d.good.test", "A e.b.c.d.good.test, AAAA e.b.c.d.good.test"}, // that there is no zone between is known too
			{"none.good.test", "A none.good.test, AAAA none.good.test"},
			{"x.none.good.test", ""}, // RFC 8020
			{"x.y.none.good.test", ""},
			{"www.example", "A example, A www.example, AAAA www.example"},
		} {
			r.Lookup(ctx, tt.name)
			if got := sorted(asked(in)); got != tt.want {
				t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
			}
		}
	})
}

func TestTTL(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in := newInternet("")
		in.Zone("good.test.", "@ SOA ns h 1 2 3 4 100\nmixed 300 A 203.0.113.1\nmixed 60 A 203.0.113.2\nmixed 90 AAAA 2001:db8::1\n"+
			"alias 30 CNAME long\nlong 500 A 203.0.113.3\nnow 0 A 203.0.113.4\nhuge 4000000000 A 203.0.113.5\nweeks 2000000 A 203.0.113.6", goodIP, goodIP2)
		r := &iterate.Resolver{Roots: in.Roots(), Dial: in.Dial}
		for _, tt := range []struct {
			wait time.Duration
			name string
			want string // TTL of the answer and of each address, and the number of questions
		}{
			{0, "mixed.good.test", "1m0s [1m30s 5m0s 1m0s] 4"},
			{10 * time.Second, "mixed.good.test", "50s [1m20s 4m50s 50s] 0"},
			{0, "alias.good.test", "30s [8m20s] 2"},
			{20 * time.Second, "alias.good.test", "10s [8m0s] 0"},
			{11 * time.Second, "alias.good.test", "30s [8m20s] 2"},
			{0, "now.good.test", "0s [0s] 2"},
			{0, "now.good.test", "0s [0s] 1"},  // that it has no IPv6 address is remembered
			{0, "huge.good.test", "0s [0s] 2"}, // RFC 2181 section 8
			{0, "weeks.good.test", "168h0m0s [168h0m0s] 2"},
			{time.Second, "weeks.good.test", "23h59m59s [167h59m59s] 0"},
			{0, "none.good.test", "1m40s [] "},
			{40 * time.Second, "none.good.test", "1m0s [] 0"},
			{61 * time.Second, "none.good.test", "1m40s [] "},
			{2 * time.Hour, "now.good.test", "0s [0s] 4"}, // the delegations have expired
		} {
			time.Sleep(tt.wait)
			in.ResetLog()
			a, _ := r.Lookup(ctx, tt.name)
			var ttls []time.Duration
			for _, addr := range a.Addrs {
				ttls = append(ttls, addr.TTL)
			}
			if got := fmt.Sprint(a.TTL, ttls, len(in.Log())); !strings.HasPrefix(got, tt.want) {
				t.Errorf("%s after %v: %s, want %s", tt.name, tt.wait, got, tt.want)
			}
		}
	})
}
