package iterate_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"net/netip"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/miekg/dns"

	"pageload/dnscache"
	"pageload/dnscache/dnstest"
	"pageload/dnscache/iterate"
)

// scenario is one line of testdata/scenarios.jsonl; the README beside it has the meaning.
type scenario struct {
	File   string
	Roots  []string `json:"root_or_upstream"`
	Ranges []struct {
		From, To  int
		Addresses []string
		Entries   []entry
	}
	Steps []struct {
		N       int
		Do      string
		Args    []string
		Message entry
	}
}

type entry struct {
	Match, Adjust, Flags []string
	Sections             struct{ Question, Answer, Authority, Additional []string }
}

// quirks are what a scenario needs to be replayed here, with the reason.
var quirks = map[string]struct {
	addresses [][]string // of the ranges: the file lacks them
	nsAsA     bool       // what is answered to NS is answered to A: RFC 9156 shortens questions to type A, RFC 7816 to NS
	prime     bool       // the first reply is for the question for the servers of the root
	notAsked  []string   // CHECK_OUT_QUERY that we do without: IPv6 addresses of servers are looked up only without IPv4 ones
}{
	"iter_timeouted_ns": {addresses: [][]string{
		{"193.0.14.129"}, {"192.55.83.30"}, {"192.5.6.30"}, {"1.1.1.1"}, {"1.1.2.1"}, {"1.1.1.1"},
	}},
	"iter_minim_a": {nsAsA: true},
	"iter_tcbit":   {prime: true},
	"iter_recurse": {notAsked: []string{"AAAA ns.example.net"}},
}

func TestScenarios(t *testing.T) {
	f, err := os.Open("testdata/scenarios.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	n := 0
	for lines.Scan() {
		var s scenario
		if err := json.Unmarshal(lines.Bytes(), &s); err != nil {
			t.Fatal(err)
		}
		n++
		name := strings.TrimSuffix(path.Base(s.File), ".rpl")
		for _, m := range []iterate.Minimisation{iterate.Relaxed, iterate.Off} {
			if name == "iter_minim_a" && m == iterate.Off {
				continue // its servers answer shortened questions only
			}
			t.Run(name+"/"+m.String(), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) { (&replay{t: t, scenario: s, name: name}).run(m) })
			})
		}
	}
	if n != 12 {
		t.Errorf("%d scenarios, want 12", n)
	}
}

// replay plays one scenario.
type replay struct {
	t *testing.T
	scenario
	name string
	in   dnstest.Internet

	mu      sync.Mutex
	step    int     // of the scenario, that is being played
	replies []entry // of REPLY steps, to come
}

func (p *replay) run(m iterate.Minimisation) {
	quirk := quirks[p.name]
	for i := range p.Ranges {
		if quirk.addresses != nil {
			p.Ranges[i].Addresses = quirk.addresses[i]
		}
		p.in.Set(dnstest.Conduct{}, p.Ranges[i].Addresses...)
	}
	for _, s := range p.Steps {
		for _, a := range s.Message.Sections.Additional {
			p.in.Set(dnstest.Conduct{}, strings.Fields(a)[3])
		}
		if s.Do == "REPLY" {
			p.replies = append(p.replies, s.Message)
		}
	}
	for _, root := range p.Roots {
		p.in.Zone(".", "", root)
	}
	r := &iterate.Resolver{Roots: p.in.Roots(), Dial: p.in.Dial, Minimise: m, Prime: quirk.prime}
	for _, ip := range p.addresses() {
		p.in.Set(dnstest.Conduct{Rewrite: func(_ string, q, _ []byte) [][]byte { return p.answer(ip, q) }}, ip)
	}
	var a dnscache.Answer
	var err error
	for _, s := range p.Steps {
		p.mu.Lock()
		p.step = s.N
		p.mu.Unlock()
		switch s.Do {
		case "QUERY":
			a, err = r.Lookup(context.Background(), strings.TrimSuffix(strings.Fields(s.Message.Sections.Question[0])[0], "."))
		case "CHECK_ANSWER":
			p.check(s.N, s.Message, a, err)
		case "TIME_PASSES":
			sec, _ := strconv.Atoi(s.Args[1])
			time.Sleep(time.Duration(sec) * time.Second)
		case "CHECK_OUT_QUERY":
			p.checkAsked(question(s.Message.Sections.Question[0]), quirk.notAsked)
		case "REPLY": // taken by answer
		default:
			p.t.Fatalf("step %d: %s is not known", s.N, s.Do)
		}
	}
}

// addresses returns those that the scenario has servers at, or names.
func (p *replay) addresses() []string {
	all := slices.Clone(p.Roots)
	for _, r := range p.Ranges {
		all = append(all, r.Addresses...)
	}
	for _, s := range p.Steps {
		for _, a := range s.Message.Sections.Additional {
			all = append(all, strings.Fields(a)[3])
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// question writes the question "a. IN A" as the log of an Internet has it: "A a".
func question(s string) string {
	f := strings.Fields(s)
	return f[len(f)-1] + " " + strings.TrimSuffix(strings.ToLower(f[0]), ".")
}

// answer returns the response of the server at ip; none where nothing fits is SERVFAIL.
func (p *replay) answer(ip string, b []byte) [][]byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	var q dns.Msg
	if err := q.Unpack(b); err != nil {
		p.t.Error(err)
	}
	if len(p.replies) > 0 && p.replies[0].fits(&q, false) {
		e := p.replies[0]
		p.replies = p.replies[1:]
		return p.pack(&q, e)
	}
	// A later range takes the place of an earlier one.
	for _, r := range slices.Backward(p.Ranges) {
		if p.step < r.From || p.step > r.To || !slices.Contains(r.Addresses, ip) {
			continue
		}
		for _, e := range r.Entries {
			if e.fits(&q, quirks[p.name].nsAsA) {
				return p.pack(&q, e)
			}
		}
	}
	return p.pack(&q, entry{Flags: []string{"QR", "SERVFAIL"}})
}

// fits reports whether an entry answers a question.
func (e entry) fits(q *dns.Msg, nsAsA bool) bool {
	f := strings.Fields(e.Sections.Question[0])
	name, qtype := dns.Fqdn(strings.ToLower(f[0])), dns.StringToType[f[len(f)-1]]
	asked := q.Question[0]
	for _, m := range e.Match {
		switch {
		case m == "qname" && !strings.EqualFold(asked.Name, name),
			m == "subdomain" && !dns.IsSubDomain(name, asked.Name),
			m == "qtype" && asked.Qtype != qtype && !(nsAsA && qtype == dns.TypeNS && asked.Qtype == dns.TypeA):
			return false
		}
	}
	return true
}

func (p *replay) pack(q *dns.Msg, e entry) [][]byte {
	if slices.Contains(e.Adjust, "do_not_answer") {
		return nil
	}
	m := new(dns.Msg).SetReply(q)
	m.RecursionDesired = false
	for _, f := range e.Flags {
		switch f {
		case "AA":
			m.Authoritative = true
		case "TC":
			m.Truncated = true
		default:
			if rcode, ok := dns.StringToRcode[f]; ok {
				m.Rcode = rcode
			}
		}
	}
	m.Answer = p.records(e.Sections.Answer)
	m.Ns = p.records(e.Sections.Authority)
	m.Extra = p.records(e.Sections.Additional)
	b, err := m.Pack()
	if err != nil {
		p.t.Fatal(err)
	}
	return [][]byte{b}
}

func (p *replay) records(lines []string) []dns.RR {
	var out []dns.RR
	for _, line := range lines {
		rr, err := dns.NewRR("$TTL 3600\n$ORIGIN .\n" + line)
		if err != nil {
			p.t.Fatalf("%s: %v", line, err)
		}
		out = append(out, rr)
	}
	return out
}

// check compares an answer with what the scenario has.
func (p *replay) check(n int, e entry, a dnscache.Answer, err error) {
	rcode := "NOERROR"
	if slices.Contains(e.Flags, "NXDOMAIN") {
		rcode = "NXDOMAIN"
	}
	canonical := a.Name
	var want []netip.Addr
	for _, rr := range p.records(e.Sections.Answer) {
		switch rr := rr.(type) {
		case *dns.CNAME:
			canonical = strings.TrimSuffix(rr.Target, ".")
		case *dns.A:
			ip, _ := netip.AddrFromSlice(rr.A.To4())
			want = append(want, ip)
			for _, got := range a.Addrs {
				if got.IP == ip && got.TTL != time.Duration(rr.Hdr.Ttl)*time.Second {
					p.t.Errorf("step %d: TTL of %v is %v, want %d s", n, ip, got.TTL, rr.Hdr.Ttl)
				}
			}
		}
	}
	var got []netip.Addr
	for _, addr := range a.Addrs {
		if addr.IP.Is4() {
			got = append(got, addr.IP)
		}
	}
	if a.RCode != rcode || !slices.Equal(got, want) || a.Canonical != canonical {
		p.t.Errorf("step %d: %s %v at %q (%v), want %s %v at %q", n, a.RCode, got, a.Canonical, err, rcode, want, canonical)
	}
	if rcode == "NXDOMAIN" && !errors.Is(err, dnscache.ErrNotFound) {
		p.t.Errorf("step %d: error %v, want ErrNotFound", n, err)
	}
	if p.t.Failed() {
		for _, s := range a.Steps {
			p.t.Log(s.Server, s.Question, s.Transport, s.RCode, s.Duration, s.TTL, s.Err, s.Note)
		}
	}
}

func (p *replay) checkAsked(question string, not []string) {
	for _, a := range p.in.Log() {
		if a.Question == question {
			return
		}
	}
	if !slices.Contains(not, question) {
		p.t.Errorf("%s was not asked", question)
	}
}
