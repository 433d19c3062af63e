//go:build linux

package smallnet

import (
	"fmt"
	"net"
	"net/netip"
	"strings"
	"time"

	"github.com/miekg/dns"
)

// fault is one way to serve a zone wrongly. The zone is its name under org, on an address of its own; see [rightAnswer]
// for what is in it.
type fault struct {
	name  string
	n     int // the address is 203.0.113.n
	alter func(r *response)
}

func (f fault) addr() netip.Addr { return netip.AddrFrom4([4]byte{203, 0, 113, byte(f.n)}) }
func (f fault) zone() string     { return f.name + ".org." }

// response is what the server is about to send. A fault makes something else of it.
type response struct {
	zone string
	q    *dns.Msg
	udp  bool
	m    *dns.Msg // the right one
	raw  []byte   // sent instead of m
	drop bool     // nothing is sent; over TCP the connection is closed
	wait time.Duration
}

// name is the name asked for.
func (r *response) name() string { return strings.ToLower(r.q.Question[0].Name) }

// faults are numbered from 100.
var faults = numbered([]fault{
	// Servers that do not know the zone, or are too unwell to tell.
	{name: "upward", alter: func(r *response) { r.referral(".", "a.root-servers.net.", "203.0.113.1") }},
	{name: "sideways", alter: func(r *response) { r.referral(r.zone, "ns1."+r.zone, "") }},
	{name: "downward", alter: func(r *response) { r.referral(r.name(), "ns1."+r.zone, "") }},
	{name: "elsewhere", alter: func(r *response) { r.referral("site01.com.", "ns1.elsewhere.org.", "203.0.113.102") }},
	{name: "servfail", alter: func(r *response) { r.empty(dns.RcodeServerFailure) }},
	{name: "refused", alter: func(r *response) { r.empty(dns.RcodeRefused) }},
	{name: "notimp", alter: func(r *response) { r.empty(dns.RcodeNotImplemented) }},
	{name: "silent", alter: func(r *response) { r.drop = true }},
	{name: "nothing", alter: func(r *response) { r.empty(dns.RcodeSuccess) }},

	// Servers that do not know EDNS, or sizes.
	{name: "formerr-edns", alter: func(r *response) {
		if r.q.IsEdns0() != nil {
			r.empty(dns.RcodeFormatError)
		}
	}},
	{name: "truncated", alter: func(r *response) { r.truncate() }},
	{name: "truncated-whole", alter: func(r *response) { r.m.Truncated = r.udp }},
	{name: "truncated-no-tcp", alter: func(r *response) {
		r.truncate()
		r.drop = !r.udp
	}},
	{name: "truncated-forever", alter: func(r *response) {
		r.truncate()
		r.m.Truncated = true
	}},
	{name: "large", alter: func(r *response) {
		for i := range 100 {
			r.m.Extra = append(r.m.Extra, record("x%d.%s 60 IN A 192.0.2.1", i, r.zone))
		}
	}},

	// Responses that are none.
	{name: "wrong-id", alter: func(r *response) { r.m.Id++ }},
	{name: "wrong-question", alter: func(r *response) { r.m.Question[0].Name = "www.site01.com." }},
	{name: "wrong-type", alter: func(r *response) { r.m.Question[0].Qtype = dns.TypeTXT }},
	{name: "no-question", alter: func(r *response) { r.m.Question = nil }},
	{name: "query", alter: func(r *response) { r.m.Response = false }},
	{name: "garbage", alter: func(r *response) { r.raw = []byte("this is no message, whatever it may look like") }},
	{name: "short", alter: func(r *response) { r.raw = []byte{1, 2, 3} }},
	{name: "cut", alter: func(r *response) {
		r.raw, _ = r.m.Pack()
		r.raw = r.raw[:len(r.raw)-3]
	}},
	{name: "pointer-loop", alter: func(r *response) {
		r.raw, _ = r.m.Pack()
		r.raw = append(r.raw[:12:12], 0xc0, 12, 0, 1, 0, 1)
	}},

	// Responses that say what they must not, or leave out what they must say.
	{name: "no-aa", alter: func(r *response) { r.m.Authoritative = false }},
	{name: "no-soa", alter: func(r *response) { r.m.Ns = nil }},
	{name: "parent-soa", alter: func(r *response) { r.soaOf("org.") }},
	{name: "other-soa", alter: func(r *response) { r.soaOf("site01.com.") }},
	{name: "long-soa", alter: func(r *response) {
		for i := range r.m.Ns {
			r.m.Ns[i] = record("%s 500000 IN SOA ns1 host 1 2 3 4 400000", r.zone)
		}
	}},
	{name: "empty-is-none", alter: func(r *response) {
		if r.name() == "b."+r.zone { // which has a.b
			r.m.Rcode = dns.RcodeNameError
		}
	}},
	{name: "none-has-answer", alter: func(r *response) { r.m.Rcode, r.m.Ns = dns.RcodeNameError, nil }},
	{name: "other-owner", alter: func(r *response) {
		for _, rr := range r.m.Answer {
			rr.Header().Name = "other." + r.zone
		}
	}},
	{name: "other-class", alter: func(r *response) {
		for _, rr := range r.m.Answer {
			rr.Header().Class = dns.ClassCHAOS
		}
	}},
	{name: "capitals", alter: func(r *response) {
		for _, rr := range r.m.Answer {
			rr.Header().Name = strings.ToUpper(rr.Header().Name)
		}
	}},
	{name: "poison", alter: func(r *response) {
		r.m.Ns = append(r.m.Ns, record("com. 9999 IN NS ns1.poison.org."))
		r.m.Extra = append(r.m.Extra, record("www.site01.com. 9999 IN A 192.0.2.66"), record("a.gtld.net. 9999 IN A 192.0.2.66"))
	}},
	{name: "poison-alias", alter: func(r *response) {
		if r.hasAddress() {
			r.m.Answer = []dns.RR{
				record("%s 600 IN CNAME www.site02.net.", r.q.Question[0].Name), record("www.site02.net. 9999 IN A 192.0.2.66"),
			}
		}
	}},
	{name: "alias-and-address", alter: func(r *response) {
		if r.hasAddress() {
			r.m.Answer = append([]dns.RR{record("%s 600 IN CNAME www.site03.org.", r.q.Question[0].Name)}, r.m.Answer...)
		}
	}},
	{name: "many-servers", alter: func(r *response) {
		r.referral("", "", "")
		for i := range 40 {
			r.m.Ns = append(r.m.Ns, record("%s 600 IN NS ns.none%d.com.", r.name(), i))
		}
	}},
	{name: "slow", alter: func(r *response) { r.wait = 300 * time.Millisecond }},
})

func numbered(all []fault) []fault {
	for i := range all {
		all[i].n = 100 + i
	}
	return all
}

// hasAddress reports whether the name asked for is one of the two that are hosts.
func (r *response) hasAddress() bool { return r.name() == "www."+r.zone || r.name() == "a.b."+r.zone }

func (r *response) empty(rcode int) {
	r.m.Rcode, r.m.Answer, r.m.Ns, r.m.Authoritative = rcode, nil, nil, false
}

// referral makes the response one to another server, whose address may be left out.
func (r *response) referral(zone, server, addr string) {
	r.empty(dns.RcodeSuccess)
	if zone != "" {
		r.m.Ns = []dns.RR{record("%s 600 IN NS %s", zone, server)}
	}
	if addr != "" {
		r.m.Extra = []dns.RR{record("%s 600 IN A %s", server, addr)}
	}
}

func (r *response) truncate() {
	if r.udp {
		r.m.Truncated, r.m.Answer, r.m.Ns = true, nil, nil
	}
}

func (r *response) soaOf(zone string) {
	if len(r.m.Ns) > 0 {
		r.m.Ns = []dns.RR{record("%s 600 IN SOA ns1 host 1 2 3 4 50", zone)}
	}
}

// record parses a record, which is part of this package and thus right.
func record(format string, args ...any) dns.RR {
	rr, err := dns.NewRR(fmt.Sprintf("$ORIGIN org.\n"+format, args...))
	if err != nil {
		panic(err)
	}
	return rr
}

// rightAnswer answers for a zone with www and a.b, which have an IPv4 address, its server ns1, and nothing else.
func rightAnswer(f fault, q *dns.Msg) *dns.Msg {
	m := new(dns.Msg)
	m.SetReply(q)
	m.Authoritative, m.RecursionAvailable = true, false
	question, zone := q.Question[0], f.zone()
	addrs := map[string]string{
		"www." + zone: fmt.Sprintf("192.0.2.%d", f.n),
		"a.b." + zone: fmt.Sprintf("192.0.2.%d", f.n),
		"ns1." + zone: f.addr().String(),
	}
	name := strings.ToLower(question.Name)
	addr, ok := addrs[name]
	switch {
	case ok && question.Qtype == dns.TypeA:
		m.Answer = []dns.RR{record("%s 600 IN A %s", question.Name, addr)}
	case name == zone && question.Qtype == dns.TypeNS:
		m.Answer = []dns.RR{record("%s 600 IN NS ns1.%s", question.Name, zone)}
	case name == zone && question.Qtype == dns.TypeSOA:
		m.Answer = []dns.RR{record("%s 600 IN SOA ns1 host 1 2 3 4 50", zone)}
	case !dns.IsSubDomain(zone, name):
		m.Rcode, m.Authoritative = dns.RcodeRefused, false
		return m
	case !ok && name != zone && name != "b."+zone:
		m.Rcode = dns.RcodeNameError
	}
	if len(m.Answer) == 0 {
		m.Ns = []dns.RR{record("%s 600 IN SOA ns1 host 1 2 3 4 50", zone)}
	}
	return m
}

// serveWrong serves all faults until the process is ended.
func serveWrong() error {
	ends := make(chan error)
	for _, f := range faults {
		at := netip.AddrPortFrom(f.addr(), 53).String()
		for _, network := range []string{"udp", "tcp"} {
			s := &dns.Server{Addr: at, Net: network, Handler: f, MsgAcceptFunc: func(dns.Header) dns.MsgAcceptAction { return dns.MsgAccept }}
			go func() { ends <- s.ListenAndServe() }()
		}
	}
	return <-ends
}

// ServeDNS sends what the fault makes of the right answer.
func (f fault) ServeDNS(w dns.ResponseWriter, q *dns.Msg) {
	if len(q.Question) != 1 {
		return
	}
	_, udp := w.RemoteAddr().(*net.UDPAddr)
	r := response{zone: f.zone(), q: q, udp: udp, m: rightAnswer(f, q)}
	if q.Question[0].Qclass == dns.ClassINET { // the others are from ready
		f.alter(&r)
	}
	time.Sleep(r.wait)
	switch {
	case r.drop && udp:
	case r.drop:
		w.Close()
	case r.raw != nil:
		w.Write(r.raw)
	default:
		w.WriteMsg(r.m)
	}
}
