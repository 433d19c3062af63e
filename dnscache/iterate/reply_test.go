package iterate

import (
	"fmt"
	"strings"
	"testing"

	"github.com/miekg/dns"
)

// message parses "NXDOMAIN aa ra / answer; answer / authority / additional".
func message(t testing.TB, s string) *dns.Msg {
	t.Helper()
	m := new(dns.Msg)
	sections := strings.Split(s, "/")
	for _, f := range strings.Fields(sections[0]) {
		switch f {
		case "aa":
			m.Authoritative = true
		case "ra":
			m.RecursionAvailable = true
		default:
			m.Rcode = dns.StringToRcode[f]
		}
	}
	for i, to := range []*[]dns.RR{&m.Answer, &m.Ns, &m.Extra} {
		if len(sections) < i+2 {
			break
		}
		for text := range strings.SplitSeq(sections[i+1], ";") {
			if strings.TrimSpace(text) == "" {
				continue
			}
			rr, err := dns.NewRR("$TTL 60\n" + strings.TrimSpace(text))
			if err != nil {
				t.Fatal(err)
			}
			*to = append(*to, rr)
		}
	}
	return m
}

func (k kind) String() string {
	return [...]string{"failed", "answered", "aliased", "noData", "noName", "referred"}[k]
}

// String describes a reply as the table below has it.
func (r reply) String() string {
	s := r.kind.String()
	if r.weak {
		s += " weak"
	}
	switch r.kind {
	case failed:
		return s + ": " + r.err.Error()
	case referred:
		s += " " + r.next.zone
		for _, n := range r.next.servers {
			s += " " + n.name + fmt.Sprint(n.addrs)
		}
		return s + " " + r.ttl.String()
	}
	s += " " + r.owner
	for _, rr := range r.records {
		s += " " + strings.Join(strings.Fields(rr.String())[4:], " ")
	}
	if r.kind != aliased {
		s += " " + r.ttl.String()
	}
	return s
}

// The server asked is one of example.test's.
func TestReadReply(t *testing.T) {
	const name = "www.example.test."
	tests := []struct {
		what, msg, want string
		qtype           uint16
		name            string
	}{
		// Answers.
		{"answer", "NOERROR aa / www.example.test. A 192.0.2.1; www.example.test. 30 A 192.0.2.2", "answered www.example.test. 192.0.2.1 192.0.2.2 30s", 0, ""},
		{"answer in capitals", "NOERROR aa / WWW.Example.TEST. A 192.0.2.1", "answered www.example.test. 192.0.2.1 1m0s", 0, ""},
		{"records of others beside it", "NOERROR aa / www.example.test. A 192.0.2.1; www.bank.test. A 192.0.2.66; ftp.example.test. A 192.0.2.66", "answered www.example.test. 192.0.2.1 1m0s", 0, ""},
		{"records of other types and classes", "NOERROR aa / www.example.test. AAAA 2001:db8::1; www.example.test. CH A 192.0.2.66; www.example.test. A 192.0.2.1", "answered www.example.test. 192.0.2.1 1m0s", 0, ""},
		{"from a cache", "NOERROR ra / www.example.test. A 192.0.2.1", "answered weak www.example.test. 192.0.2.1 1m0s", 0, ""},
		{"not authoritative", "NOERROR / www.example.test. A 192.0.2.1", "answered www.example.test. 192.0.2.1 1m0s", 0, ""},
		{"beside NXDOMAIN", "NXDOMAIN aa / www.example.test. A 192.0.2.1", "noName www.example.test. 0s", 0, ""},
		{"TTL with the top bit", "NOERROR aa / www.example.test. 2147483649 A 192.0.2.1", "answered www.example.test. 192.0.2.1 0s", 0, ""},

		// Aliases.
		{"alias in the zone", "NOERROR aa / www.example.test. CNAME a.example.test.; a.example.test. A 192.0.2.1", "answered a.example.test. 192.0.2.1 1m0s", 0, ""},
		{"alias in the zone, order turned", "NOERROR aa / a.example.test. A 192.0.2.1; www.example.test. CNAME a.example.test.", "answered a.example.test. 192.0.2.1 1m0s", 0, ""},
		{"alias out of the zone, with address", "NOERROR aa / www.example.test. CNAME www.bank.test.; www.bank.test. A 192.0.2.66", "aliased www.bank.test.", 0, ""},
		{"alias out of the zone, and back", "NOERROR aa / www.example.test. CNAME www.bank.test.; www.bank.test. CNAME a.example.test.; a.example.test. A 192.0.2.1", "aliased www.bank.test.", 0, ""},
		{"alias out of the zone, NXDOMAIN", "NXDOMAIN aa / www.example.test. CNAME www.bank.test. / bank.test. SOA a. b. 1 2 3 4 5", "aliased www.bank.test.", 0, ""},
		{"alias to what does not exist", "NXDOMAIN aa / www.example.test. CNAME a.example.test. / example.test. SOA a. b. 1 2 3 4 50", "noName a.example.test. 50s", 0, ""},
		{"alias to what has no address", "NOERROR aa / www.example.test. CNAME a.example.test. / example.test. SOA a. b. 1 2 3 4 50", "noData a.example.test. 50s", 0, ""},
		{"alias, its target left out", "NOERROR aa / www.example.test. CNAME a.example.test.", "aliased a.example.test.", 0, ""},
		{"alias into a zone beneath", "NOERROR aa / www.example.test. CNAME a.b.example.test. / b.example.test. NS ns.b.example.test.", "aliased a.b.example.test.", 0, ""},
		{"alias of another name", "NOERROR aa / ftp.example.test. CNAME a.example.test. / example.test. SOA a. b. 1 2 3 4 50", "noData www.example.test. 50s", 0, ""},
		{"two aliases of one name", "NOERROR aa / www.example.test. CNAME a.example.test.; www.example.test. CNAME b.example.test.; b.example.test. A 192.0.2.2", "aliased a.example.test.", 0, ""},
		{"alias to itself", "NOERROR aa / www.example.test. CNAME www.example.test.", "failed: more than 16 aliases, or they go round", 0, ""},
		{"alias to the root", "NOERROR aa / www.example.test. CNAME .", "aliased .", 0, ""},
		{"DNAME", "NOERROR aa / example.test. DNAME bank.test.", "aliased www.bank.test.", 0, ""},
		{"DNAME to the root", "NOERROR aa / example.test. DNAME .", "aliased www.", 0, ""},
		{"DNAME of a zone above", "NOERROR aa / test. DNAME bank.", "noData www.example.test. 0s", 0, ""},
		{"DNAME of the name itself", "NOERROR aa / www.example.test. DNAME a.example.test.", "noData www.example.test. 0s", 0, ""},
		{"CNAME asked for", "NOERROR aa / www.example.test. CNAME a.example.test.", "answered www.example.test. a.example.test. 1m0s", dns.TypeCNAME, ""},

		// What does not exist.
		{"NXDOMAIN", "NXDOMAIN aa // example.test. 100 SOA a. b. 1 2 3 4 50", "noName www.example.test. 50s", 0, ""},
		{"NXDOMAIN, TTL below the minimum", "NXDOMAIN aa // example.test. 30 SOA a. b. 1 2 3 4 50", "noName www.example.test. 30s", 0, ""},
		{"NXDOMAIN, for days", "NXDOMAIN aa // example.test. 400000 SOA a. b. 1 2 3 4 400000", "noName www.example.test. 3h0m0s", 0, ""},
		{"NXDOMAIN without SOA", "NXDOMAIN aa", "noName www.example.test. 0s", 0, ""},
		{"NXDOMAIN with SOA of above", "NXDOMAIN aa // test. SOA a. b. 1 2 3 4 50", "noName www.example.test. 0s", 0, ""},
		{"NXDOMAIN with SOA of aside", "NXDOMAIN aa // a.example.test. SOA a. b. 1 2 3 4 50", "noName www.example.test. 0s", 0, ""},
		{"NXDOMAIN from a cache", "NXDOMAIN ra", "noName weak www.example.test. 0s", 0, ""},
		{"no data", "NOERROR aa // example.test. SOA a. b. 1 2 3 4 50", "noData www.example.test. 50s", 0, ""},
		{"no data, without SOA", "NOERROR aa", "noData www.example.test. 0s", 0, ""},
		{"no data, with the zone's servers", "NOERROR aa // example.test. NS ns.example.test.", "noData www.example.test. 0s", 0, ""},
		{"no data, not authoritative", "NOERROR // example.test. SOA a. b. 1 2 3 4 50", "noData www.example.test. 50s", 0, ""},
		{"SOA of a zone beneath", "NOERROR aa // www.example.test. SOA a. b. 1 2 3 4 50", "noData www.example.test. 50s", 0, ""},
		{"nothing at all", "NOERROR", "noData weak www.example.test. 0s", 0, ""},

		// Referrals.
		{"referral", "NOERROR // b.example.test. NS ns.b.example.test.; b.example.test. NS ns.elsewhere. / ns.b.example.test. A 192.0.2.3; ns.b.example.test. AAAA 2001:db8::3; ns.elsewhere. A 192.0.2.66",
			"referred b.example.test. ns.b.example.test.[192.0.2.3:53 [2001:db8::3]:53] ns.elsewhere.[] 1m0s", 0, "www.b.example.test."},
		{"referral marked as authoritative", "NOERROR aa // b.example.test. NS ns.b.example.test.", "referred b.example.test. ns.b.example.test.[] 1m0s", 0, "www.b.example.test."},
		{"glue of the zone beside", "NOERROR // b.example.test. NS ns.c.example.test. / ns.c.example.test. A 192.0.2.3", "referred b.example.test. ns.c.example.test.[192.0.2.3:53] 1m0s", 0, "www.b.example.test."},
		{"glue for what is no server", "NOERROR // b.example.test. NS ns.b.example.test. / www.b.example.test. A 192.0.2.66", "referred b.example.test. ns.b.example.test.[] 1m0s", 0, "www.b.example.test."},
		{"glue that may not be asked", "NOERROR // b.example.test. NS ns.b.example.test. / ns.b.example.test. A 127.0.0.1; ns.b.example.test. A 0.0.0.0; ns.b.example.test. A 224.0.0.251; ns.b.example.test. A 255.255.255.255; ns.b.example.test. AAAA ::1; ns.b.example.test. AAAA fe80::1; ns.b.example.test. AAAA ::ffff:127.0.0.1",
			"referred b.example.test. ns.b.example.test.[] 1m0s", 0, "www.b.example.test."},
		{"referral of the name itself", "NOERROR // www.example.test. NS ns.www.example.test.", "referred www.example.test. ns.www.example.test.[] 1m0s", 0, ""},
		{"referral to the zone itself", "NOERROR // example.test. NS ns.example.test.", "noData weak www.example.test. 0s", 0, ""},
		{"referral up", "NOERROR // . NS a.root-servers.net. / a.root-servers.net. A 192.0.2.66", "failed: lame: refers to a zone above", 0, ""},
		{"referral aside", "NOERROR // b.example.test. NS ns.b.example.test.", "noData weak www.example.test. 0s", 0, ""},
		{"referral to two zones", "NOERROR // b.example.test. NS ns.b.example.test.; example.test. NS ns.example.test.; c.b.example.test. NS ns.c.", "referred b.example.test. ns.b.example.test.[] 1m0s", 0, "www.c.b.example.test."},
		{"a dot within a label", `NOERROR // b\.example.test. NS ns.evil.`, "noData weak www.b.example.test. 0s", 0, "www.b.example.test."},

		// Failures.
		{"SERVFAIL", "SERVFAIL aa / www.example.test. A 192.0.2.1", "failed: responded SERVFAIL", 0, ""},
		{"REFUSED", "REFUSED", "failed: responded REFUSED", 0, ""},
	}
	z := zoneReader{"example.test.", new(Resolver).usable}
	for _, tt := range tests {
		qtype, name := dns.TypeA, name
		if tt.qtype != 0 {
			qtype = tt.qtype
		}
		if tt.name != "" {
			name = tt.name
		}
		if got := z.read(message(t, tt.msg), name, qtype).String(); got != tt.want {
			t.Errorf("%s:\n got %q\nwant %q", tt.what, got, tt.want)
		}
	}
}

func TestReadReplyBounds(t *testing.T) {
	z := zoneReader{"example.test.", new(Resolver).usable}
	var b strings.Builder
	b.WriteString("NOERROR // ")
	for i := range 300 {
		fmt.Fprintf(&b, "b.example.test. NS ns%d.b.example.test.; ", i)
	}
	b.WriteString("/ ")
	for i := range 300 {
		fmt.Fprintf(&b, "ns0.b.example.test. A 192.0.2.%d; ", i%250)
	}
	r := z.read(message(t, b.String()), "www.b.example.test.", dns.TypeA)
	if len(r.next.servers) != maxServers || r.next.glued() != maxGlue {
		t.Errorf("%d servers with %d addresses, want %d with %d", len(r.next.servers), r.next.glued(), maxServers, maxGlue)
	}
	b.Reset()
	b.WriteString("NOERROR aa / ")
	for i := range 300 {
		fmt.Fprintf(&b, "www.example.test. AAAA 2001:db8::%x; ", i)
	}
	if r := z.read(message(t, b.String()), "www.example.test.", dns.TypeAAAA); len(r.records) != 100 {
		t.Errorf("%d addresses, want 100", len(r.records))
	}
}
