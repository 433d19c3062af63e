package iterate_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/miekg/dns"

	"pageload/dnscache"
	"pageload/dnscache/dnstest"
	"pageload/dnscache/iterate"
)

var ctx = context.Background()

// The private internet of these tests: a root, the top level domain test with two servers, good.test with two servers, and
// example, whose servers the tests' zones may have names in.
const (
	rootIP  = "198.51.100.1"
	testIP  = "198.51.100.2"
	testIP2 = "198.51.100.3"
	exIP    = "198.51.100.4"
	goodIP  = "203.0.113.1"
	goodIP2 = "203.0.113.2"
	thirdIP = "203.0.113.3"
	noneIP  = "203.0.113.99" // nobody is there: silent
)

const testZone = `
good  NS ns1.good
good  NS ns2.good
ns1.good A 203.0.113.1
ns2.good A 203.0.113.2
`

const goodZone = `
@     SOA ns1 hostmaster 1 2 3 4 300
@     NS ns1
@     NS ns2
@     A 203.0.113.80
ns1   A 203.0.113.1
ns2   A 203.0.113.2
www   A 203.0.113.80
www   AAAA 2001:db8::80
alias CNAME www
`

// newInternet returns it; more is added to the zone test.
func newInternet(more string) *dnstest.Internet {
	in := new(dnstest.Internet)
	in.Zone(".", `
test    NS ns1.test
test    NS ns2.test
ns1.test A 198.51.100.2
ns2.test A 198.51.100.3
example NS ns.example
ns.example A 198.51.100.4
`, rootIP)
	in.Zone("test.", testZone+more, testIP, testIP2)
	in.Zone("example.", "ns A 198.51.100.4\nhost1 A 203.0.113.1\nhost2 A 203.0.113.2\nhost3 A 203.0.113.3\nwww A 203.0.113.90", exIP)
	in.Zone("good.test.", goodZone, goodIP, goodIP2)
	return in
}

// broken is a private internet in which something is wrong, and what a lookup makes of it.
type broken struct {
	name  string
	zone  string // more records of test
	setup func(in *dnstest.Internet)
	ask   string // www.good.test by default
	want  string // addresses, or part of the error
	with  func(r *iterate.Resolver)
	takes time.Duration // at most; zero: nothing
	most  int           // questions at most; zero: 8
}

// set returns a setup that gives servers a conduct.
func set(c dnstest.Conduct, addrs ...string) func(*dnstest.Internet) {
	return func(in *dnstest.Internet) { in.Set(c, addrs...) }
}

// zone returns a setup that gives a zone to servers.
func zone(origin, records string, addrs ...string) func(*dnstest.Internet) {
	return func(in *dnstest.Internet) { in.Zone(origin, records, addrs...) }
}

func all(setups ...func(*dnstest.Internet)) func(*dnstest.Internet) {
	return func(in *dnstest.Internet) {
		for _, s := range setups {
			s(in)
		}
	}
}

// edit returns a setup that changes the responses of servers.
func edit(change func(m *dns.Msg), addrs ...string) func(*dnstest.Internet) {
	return set(dnstest.Conduct{Rewrite: func(_ string, _, b []byte) [][]byte {
		var m dns.Msg
		if m.Unpack(b) != nil {
			return nil
		}
		change(&m)
		b, err := m.Pack()
		if err != nil {
			panic(err)
		}
		return [][]byte{b}
	}}, addrs...)
}

func rr(s string) dns.RR {
	r, err := dns.NewRR(s)
	if err != nil {
		panic(err)
	}
	return r
}

const found = "2001:db8::80 203.0.113.80"

func brokenZones() []broken {
	return []broken{
		{name: "nothing is wrong", want: found, most: 4},
		{name: "apex", ask: "good.test", want: "203.0.113.80", most: 4},
		{name: "alias in the zone", ask: "alias.good.test", want: found, most: 4},

		// Servers that do not answer.
		{name: "one of two silent", setup: set(dnstest.Conduct{Silent: true}, goodIP), want: found, takes: 400 * time.Millisecond},
		{name: "one of two unreachable", setup: set(dnstest.Conduct{Unreachable: true}, goodIP), want: found},
		{name: "one address has nobody", zone: "b NS ns.b\nns.b A 203.0.113.99\nns.b A 203.0.113.1",
			setup: zone("b.test.", "www A 203.0.113.81", goodIP), ask: "www.b.test", want: "203.0.113.81", takes: 400 * time.Millisecond},
		{name: "both silent", setup: set(dnstest.Conduct{Silent: true}, goodIP, goodIP2), want: "zone good.test: ", takes: 10 * time.Second, most: 20},
		{name: "root silent", setup: set(dnstest.Conduct{Silent: true}, rootIP), want: "zone .: ", takes: 3 * time.Second},
		{name: "all unreachable", setup: set(dnstest.Conduct{Unreachable: true}, goodIP, goodIP2), want: "no route to host"},
		{name: "slow servers", setup: set(dnstest.Conduct{Delay: 900 * time.Millisecond}, goodIP, goodIP2), want: found, takes: 2 * time.Second, most: 10},
		{name: "one slow, one fast", setup: set(dnstest.Conduct{Delay: 3 * time.Second}, goodIP), want: found, takes: 400 * time.Millisecond},
		{name: "very slow top level domain", setup: set(dnstest.Conduct{Delay: 700 * time.Millisecond}, testIP, testIP2), want: found, takes: time.Second, most: 10},
		{name: "TCP only", setup: set(dnstest.Conduct{SilentUDP: true}, goodIP, goodIP2), want: found, takes: 4 * time.Second, most: 15},

		// Servers that respond with a failure.
		{name: "one of two SERVFAIL", setup: set(dnstest.Conduct{RCode: "SERVFAIL"}, goodIP), want: found},
		{name: "one of two REFUSED", setup: set(dnstest.Conduct{RCode: "REFUSED"}, goodIP2), want: found},
		{name: "one of two NOTIMP", setup: set(dnstest.Conduct{RCode: "NOTIMP"}, goodIP), want: found, most: 10},
		{name: "both SERVFAIL", setup: set(dnstest.Conduct{RCode: "SERVFAIL"}, goodIP, goodIP2), want: "zone good.test: responded SERVFAIL"},
		{name: "both REFUSED", setup: set(dnstest.Conduct{RCode: "REFUSED"}, goodIP, goodIP2), want: "responded REFUSED"},
		{name: "top level domain SERVFAIL", setup: set(dnstest.Conduct{RCode: "SERVFAIL"}, testIP, testIP2), want: "zone test: responded SERVFAIL", most: 10},
		{name: "one SERVFAIL, one silent", setup: all(set(dnstest.Conduct{RCode: "SERVFAIL"}, goodIP), set(dnstest.Conduct{Silent: true}, goodIP2)),
			want: "zone good.test: ", takes: 6 * time.Second, most: 15},

		// Lame servers.
		{name: "one has not the zone", zone: "b NS ns.b\nns.b A 203.0.113.3\nns.b A 203.0.113.1",
			setup: all(zone("b.test.", "www A 203.0.113.81", goodIP), zone("other.test.", "", thirdIP)), ask: "www.b.test", want: "203.0.113.81"},
		{name: "refers up", setup: set(dnstest.Conduct{Refer: "."}, goodIP), want: found},
		{name: "refers to itself", setup: set(dnstest.Conduct{Refer: "good.test"}, goodIP), want: found},
		{name: "refers aside", setup: set(dnstest.Conduct{Refer: "aside.test"}, goodIP), want: found},
		{name: "both refer up", setup: set(dnstest.Conduct{Refer: "."}, goodIP, goodIP2), want: "zone good.test: lame"},
		{name: "both refer to themselves", setup: set(dnstest.Conduct{Refer: "good.test"}, goodIP, goodIP2), want: "name has no address"},
		{name: "delegated to the server that delegates", zone: "b NS ns1.test.\nb NS ns2.test.", ask: "www.b.test", want: "name has no address", most: 6},
		{name: "server known by glue alone", zone: "b NS ns1.test.", setup: zone("b.test.", "www A 203.0.113.81", testIP), ask: "www.b.test", want: "203.0.113.81", most: 4},
		{name: "answers as a cache does", setup: all(edit(func(m *dns.Msg) {
			m.Authoritative, m.RecursionAvailable = false, true
			m.Answer, m.Ns = []dns.RR{rr("www.good.test. 5 A 192.0.2.66")}, nil
			m.Answer = slices.DeleteFunc(m.Answer, func(rr dns.RR) bool { return rr.Header().Rrtype != m.Question[0].Qtype })
		}, goodIP)), want: found},
		{name: "empty answers, not authoritative", setup: edit(func(m *dns.Msg) {
			m.Authoritative, m.Answer, m.Ns = false, nil, nil
		}, goodIP), want: found},
		{name: "empty answers everywhere", setup: edit(func(m *dns.Msg) {
			m.Authoritative, m.Answer, m.Ns = false, nil, nil
		}, goodIP, goodIP2), want: "name has no address"},
		{name: "not authoritative, yet right", setup: set(dnstest.Conduct{NotAA: true}, goodIP, goodIP2), want: found, most: 4},

		// Messages.
		{name: "truncated over UDP", setup: set(dnstest.Conduct{Truncated: true}, goodIP, goodIP2), want: found, most: 6},
		{name: "truncated, and no TCP on one", setup: all(set(dnstest.Conduct{Truncated: true, NoTCP: true}, goodIP), set(dnstest.Conduct{Truncated: true}, goodIP2)), want: found},
		{name: "truncated everywhere", setup: set(dnstest.Conduct{Truncated: true}, rootIP, testIP, testIP2, goodIP, goodIP2), want: found},
		{name: "no EDNS", setup: set(dnstest.Conduct{NoEDNS: true}, rootIP, testIP, testIP2, goodIP, goodIP2), want: found, most: 8},
		{name: "wrong ID from one", setup: set(dnstest.Conduct{WrongID: true}, goodIP), want: found, takes: 400 * time.Millisecond},
		{name: "wrong question from one", setup: set(dnstest.Conduct{WrongName: true}, goodIP), want: found, takes: 400 * time.Millisecond},
		{name: "garbage from one", setup: set(dnstest.Conduct{Rewrite: func(string, []byte, []byte) [][]byte { return [][]byte{{1, 2, 3}} }}, goodIP),
			want: found, takes: 400 * time.Millisecond},
		{name: "forged ones before the answer", setup: set(dnstest.Conduct{Rewrite: func(_ string, _, b []byte) [][]byte {
			forged := slices.Clone(b)
			forged[0] ^= 0xff
			return [][]byte{forged, forged[:7], b}
		}}, goodIP, goodIP2), want: found, most: 4},
		{name: "case of the question mixed", with: func(r *iterate.Resolver) { r.MixCase = true }, want: found, most: 4},
		{name: "case of the question mixed, and lost by one", with: func(r *iterate.Resolver) { r.MixCase = true }, setup: edit(func(m *dns.Msg) {
			m.Question[0].Name = strings.ToLower(m.Question[0].Name)
		}, goodIP), want: found, takes: 400 * time.Millisecond},

		// Names of servers.
		{name: "without glue", zone: "b NS host1.example.", setup: zone("b.test.", "www A 203.0.113.81", goodIP), ask: "www.b.test", want: "203.0.113.81", most: 6},
		{name: "without glue, through two zones", zone: "b NS ns.c\nc NS host1.example.",
			setup: all(zone("b.test.", "www A 203.0.113.81", goodIP2), zone("c.test.", "ns A 203.0.113.2", goodIP)), ask: "www.b.test", want: "203.0.113.81", most: 8},
		{name: "the only server lies in its zone, without glue", zone: "b NS ns.b", ask: "www.b.test", want: "zone b.test: no address of its servers ns.b.test is known"},
		{name: "two zones whose servers lie in each other", zone: "b NS ns.c\nc NS ns.b", ask: "www.b.test", want: "depend on each other"},
		{name: "three zones in a ring", zone: "b NS ns.c\nc NS ns.d\nd NS ns.b", ask: "www.b.test", want: "depend on each other"},
		{name: "one of two in a ring", zone: "b NS ns.c\nb NS host1.example.\nc NS ns.b",
			setup: zone("b.test.", "www A 203.0.113.81", goodIP), ask: "www.b.test", want: "203.0.113.81", most: 10},
		{name: "server's name does not exist", zone: "b NS ns.none", ask: "www.b.test", want: "server ns.none.test: no such name"},
		{name: "server's name has no address", zone: "b NS ns.txt\nns.txt TXT x", ask: "www.b.test", want: "server ns.txt.test: name has no address"},
		{name: "one of two names does not exist", zone: "b NS ns.none\nb NS host1.example.",
			setup: zone("b.test.", "www A 203.0.113.81", goodIP), ask: "www.b.test", want: "203.0.113.81"},
		{name: "server's name is an alias", zone: "b NS ns.alias\nns.alias CNAME host1.example.",
			setup: zone("b.test.", "www A 203.0.113.81", goodIP), ask: "www.b.test", want: "203.0.113.81"},
		{name: "chain of server names too long", zone: chainOfZones(12), ask: "www.z0.test", want: "MaxDepth", most: 40},
		{name: "twenty servers without address", zone: strings.Repeat("b NS ns.none\n", 1) + manyServers(20), ask: "www.b.test", want: "no such name", most: 12},
		{name: "glue is wrong, the name is right", zone: "b NS host1.example.", setup: all(
			zone("b.test.", "www A 203.0.113.81", goodIP),
			edit(func(m *dns.Msg) {
				if len(m.Ns) > 0 && m.Ns[0].Header().Name == "b.test." {
					m.Extra = append(m.Extra, rr("host1.example. A 203.0.113.99"))
				}
			}, testIP, testIP2)), ask: "www.b.test", want: "203.0.113.81"}, // out of bailiwick: not even tried
		{name: "glue in the zone above is wrong", zone: "b NS ns.c\nns.c A 203.0.113.99\nc NS ns1.good", setup: all(
			zone("b.test.", "www A 203.0.113.81", goodIP2), zone("c.test.", "ns A 203.0.113.2", goodIP)),
			ask: "www.b.test", want: "203.0.113.81", takes: 3 * time.Second, most: 16},
		{name: "glue that may not be asked", zone: "b NS ns.b\nns.b A 127.0.0.1\nns.b A 0.0.0.0\nns.b A 224.0.0.1\nns.b AAAA fe80::1",
			ask: "www.b.test", want: "no address of its servers"},

		// Aliases.
		{name: "alias to another zone", zone: "out CNAME www.example.", ask: "out.test", want: "203.0.113.90", most: 7},
		{name: "alias to itself", zone: "loop CNAME loop", ask: "loop.test", want: "more than 16 aliases"},
		{name: "two aliases that go round", zone: "l1 CNAME l2\nl2 CNAME l1", ask: "l1.test", want: "more than 16 aliases"},
		{name: "aliases that go round through two zones", zone: "l1 CNAME l2.b\nb NS ns1.good",
			setup: zone("b.test.", "l2 CNAME l1.test.", goodIP), ask: "l1.test", want: "more than 16 aliases", most: 12},
		{name: "sixteen aliases", zone: chainOfAliases(16), ask: "a0.test", want: "203.0.113.99"},
		{name: "seventeen aliases", zone: chainOfAliases(17), ask: "a0.test", want: "more than 16 aliases"},
		{name: "alias to what does not exist", zone: "dangling CNAME none.good.test.", ask: "dangling.test", want: "no such name"},
		{name: "alias to an empty name", zone: "dangling CNAME txt\ntxt TXT x", ask: "dangling.test", want: "name has no address"},
		{name: "alias to a broken zone", zone: "dangling CNAME www.b\nb NS ns.b", ask: "dangling.test", want: "zone b.test: no address"},
		{name: "DNAME", zone: "tree DNAME good.test.", ask: "www.tree.test", want: found, most: 7},
		{name: "DNAME whose CNAME lies", zone: "tree DNAME good.test.", setup: edit(func(m *dns.Msg) {
			for _, r := range m.Answer {
				if c, ok := r.(*dns.CNAME); ok {
					c.Target = "evil.example."
				}
			}
		}, testIP, testIP2), ask: "www.tree.test", want: found, most: 7},
		{name: "DNAME that makes a name too long", zone: "tree DNAME " + strings.Repeat(strings.Repeat("x", 60)+".", 4) + "test.",
			ask: "wwwwwwwwwwww.tree.test", want: "responded YXDOMAIN", most: 10},
		{name: "DNAME onto itself", zone: "tree DNAME x.tree", ask: "a.tree.test", want: "more than 16 aliases"},

		// What does not exist.
		{name: "no such name", ask: "none.good.test", want: "no such name"},
		{name: "no such name beneath one", ask: "a.b.c.none.good.test", want: "no such name"},
		{name: "no such top level domain", ask: "www.none", want: "no such name", most: 2},
		{name: "SOA of another zone", ask: "none.good.test", want: "no such name", setup: edit(func(m *dns.Msg) {
			m.Ns = []dns.RR{rr("example. 3600 SOA ns.example. h.example. 1 2 3 4 3600")}
		}, goodIP, goodIP2)},
		{name: "SOA of the zone above", ask: "none.good.test", want: "no such name", setup: edit(func(m *dns.Msg) {
			m.Ns = []dns.RR{rr("test. 3600 SOA ns.example. h.example. 1 2 3 4 3600")}
		}, goodIP, goodIP2)},
		{name: "no SOA", ask: "none.good.test", want: "no such name", setup: edit(func(m *dns.Msg) { m.Ns = nil }, goodIP, goodIP2)},
		{name: "no SOA, no address", ask: "ns1.good.test", want: "203.0.113.1", setup: edit(func(m *dns.Msg) { m.Ns = nil }, goodIP, goodIP2)},
		{name: "empty names that are said not to exist", ask: "a.empty.good.test", want: "203.0.113.82", setup: all(
			zone("good.test.", "a.empty A 203.0.113.82", goodIP, goodIP2), edit(func(m *dns.Msg) {
				if m.Question[0].Name == "empty.good.test." {
					m.Rcode = dns.RcodeNameError
				}
			}, goodIP, goodIP2))},
		{name: "the same, strictly", with: func(r *iterate.Resolver) { r.Minimise = iterate.Strict }, ask: "a.empty.good.test", want: "no such name", setup: all(
			zone("good.test.", "a.empty A 203.0.113.82", goodIP, goodIP2), edit(func(m *dns.Msg) {
				if m.Question[0].Name == "empty.good.test." {
					m.Rcode = dns.RcodeNameError
				}
			}, goodIP, goodIP2))},
		{name: "shortened names are refused", ask: "a.empty.good.test", want: "203.0.113.82", most: 12, setup: all(
			zone("good.test.", "a.empty A 203.0.113.82", goodIP, goodIP2), edit(func(m *dns.Msg) {
				if m.Question[0].Name == "empty.good.test." {
					m.Rcode, m.Answer, m.Ns = dns.RcodeRefused, nil, nil
				}
			}, goodIP, goodIP2))},
		{name: "wildcard", zone: "*.w A 203.0.113.83", ask: "any.w.test", want: "203.0.113.83"},
		{name: "wildcard, deep", zone: "*.w A 203.0.113.83", ask: "a.b.c.w.test", want: "203.0.113.83", most: 10},

		// Families.
		{name: "AAAA dropped", setup: set(dnstest.Conduct{Rewrite: func(_ string, q, b []byte) [][]byte {
			if strings.Contains(string(q), "\x00\x1c\x00\x01") {
				return nil
			}
			return [][]byte{b}
		}}, goodIP, goodIP2), want: "203.0.113.80", takes: 500 * time.Millisecond},
		{name: "AAAA SERVFAIL", setup: edit(func(m *dns.Msg) {
			if m.Question[0].Qtype == dns.TypeAAAA {
				m.Rcode, m.Answer = dns.RcodeServerFailure, nil
			}
		}, goodIP, goodIP2), want: "203.0.113.80"},
		{name: "AAAA NXDOMAIN though there is A", setup: edit(func(m *dns.Msg) {
			if m.Question[0].Qtype == dns.TypeAAAA {
				m.Rcode, m.Answer = dns.RcodeNameError, nil
			}
		}, goodIP, goodIP2), want: "203.0.113.80"},
		{name: "alias for A alone", zone: "odd CNAME www.good.test.", setup: edit(func(m *dns.Msg) {
			if m.Question[0].Qtype == dns.TypeAAAA {
				m.Answer = nil
			}
		}, testIP, testIP2), ask: "odd.test", want: "203.0.113.80"},
		{name: "an address that is IPv4 in IPv6", zone: "mapped AAAA ::ffff:192.0.2.1", ask: "mapped.test", want: "192.0.2.1"},

		// Delegations.
		{name: "zone above and zone differ in servers", setup: zone("good.test.", "@ NS other\nother A 203.0.113.99\nwww A 203.0.113.84", goodIP, goodIP2), want: "203.0.113.84", most: 4},
		{name: "parent and child on one server", zone: "", setup: zone("good.test.", "www A 203.0.113.85", testIP, testIP2), want: "203.0.113.85", most: 4},
		{name: "referral loop between two servers", zone: "b NS ns.b\nns.b A 203.0.113.3", setup: set(dnstest.Conduct{Refer: "b.test"}, thirdIP), ask: "www.b.test", want: "name has no address"},
		{name: "delegations without end", zone: "b NS ns.b\nns.b A 203.0.113.3", setup: edit(func(m *dns.Msg) {
			m.Rcode, m.Authoritative, m.Ns = dns.RcodeSuccess, false, []dns.RR{rr(m.Question[0].Name + " NS ns.b.test.")}
			m.Extra = []dns.RR{rr("ns.b.test. A 203.0.113.3")}
		}, thirdIP), ask: strings.Repeat("x.", 30) + "b.test", want: "", takes: 10 * time.Second, most: 64},
		{name: "too many questions", with: func(r *iterate.Resolver) { r.MaxQueries = 2 }, want: "more than 2 questions (MaxQueries)", most: 2},
		{name: "too long", with: func(r *iterate.Resolver) { r.Timeout = time.Second }, setup: set(dnstest.Conduct{Silent: true}, testIP, testIP2),
			want: "(Timeout)", takes: time.Second},
	}
}

// chainOfZones has zones of which each one's server lies in the next.
func chainOfZones(n int) string {
	var s strings.Builder
	for i := range n {
		fmt.Fprintf(&s, "z%d NS ns.z%d\n", i, i+1)
	}
	return s.String()
}

func manyServers(n int) string {
	var s strings.Builder
	for i := range n {
		fmt.Fprintf(&s, "b NS ns%d.none\n", i)
	}
	return s.String()
}

func chainOfAliases(n int) string {
	var s strings.Builder
	for i := range n {
		fmt.Fprintf(&s, "a%d CNAME a%d\n", i, i+1)
	}
	fmt.Fprintf(&s, "a%d A 203.0.113.99\n", n)
	return s.String()
}

func TestBrokenZones(t *testing.T) {
	for _, tt := range brokenZones() {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { tt.run(t) })
		})
	}
}

func (tt *broken) run(t *testing.T) {
	in := newInternet(tt.zone)
	if tt.setup != nil {
		tt.setup(in)
	}
	r := &iterate.Resolver{Roots: in.Roots(), Dial: in.Dial}
	if tt.with != nil {
		tt.with(r)
	}
	name := cmp.Or(tt.ask, "www.good.test")
	start := time.Now()
	a, err := r.Lookup(ctx, name)
	took := time.Since(start)
	got := addrs(a)
	if err != nil {
		got = err.Error()
	}
	if err == nil && got != tt.want || err != nil && (!strings.Contains(got, tt.want) || strings.HasPrefix(tt.want, "2")) {
		t.Errorf("%s: %q, want %q", name, got, tt.want)
	}
	if most := cmp.Or(tt.most, 8); len(in.Log()) > most || took > tt.takes {
		t.Errorf("%s: %d questions in %v, want at most %d in %v", name, len(in.Log()), took, most, tt.takes)
	}
	checkSteps(t, in, a)
	if errors.Is(err, dnscache.ErrNotFound) != (a.RCode == "NXDOMAIN") {
		t.Errorf("%s: response code %q with error %v", name, a.RCode, err)
	}
	if t.Failed() {
		logSteps(t, a)
	}
	// Nothing of another's was believed: the good zone is as it was.
	if a, err := r.Lookup(ctx, "www.example"); err == nil && addrs(a) != "203.0.113.90" {
		t.Errorf("www.example = %s", addrs(a))
	}
}

// checkSteps compares the steps with the questions that arrived: each that arrived is a step.
func checkSteps(t *testing.T, in *dnstest.Internet, a dnscache.Answer) {
	t.Helper()
	asked := make(map[string]int)
	for _, q := range in.Log() {
		asked[q.Question]++
	}
	for i, s := range a.Steps {
		if s.Level != dnscache.Root || s.Question == "" {
			t.Errorf("step %d: %+v", i, s)
		}
		if i > 0 && s.Start.Before(a.Steps[i-1].Start) {
			t.Errorf("step %d begins before the one before it", i)
		}
		asked[s.Question]--
	}
	for q, n := range asked {
		if n > 0 {
			t.Errorf("%q was asked %d times more than the steps say", q, n)
		}
	}
}

func logSteps(t *testing.T, a dnscache.Answer) {
	for _, s := range a.Steps {
		t.Log(s.Server, s.Question, s.Transport, s.RCode, s.Duration, s.TTL, s.Err, s.Note)
	}
}

func addrs(a dnscache.Answer) string {
	var out []string
	for _, addr := range a.Addrs {
		out = append(out, addr.IP.String())
	}
	return strings.Join(out, " ")
}
