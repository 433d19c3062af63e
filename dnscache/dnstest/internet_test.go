package dnstest_test

import (
	"errors"
	"net/netip"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/miekg/dns"

	"pageload/dnscache/dnstest"
)

const (
	rootIP = "198.51.100.1"
	tldIP  = "192.0.2.1"
	hostIP = "203.0.113.1"
)

func newInternet() *dnstest.Internet {
	n := new(dnstest.Internet)
	n.Zone(".", "test. NS ns.test.\nns.test. A "+tldIP, rootIP)
	n.Zone("test.", `
@       NS ns
ns      A 192.0.2.1
child   NS ns.child
child   NS ns.other.example.
ns.child A 203.0.113.1
`, tldIP)
	n.Zone("child.test.", `
@       SOA ns hostmaster 1 2 3 4 300
@       NS ns
ns      A 203.0.113.1
www     60 A 203.0.113.80
www     AAAA 2001:db8::80
alias   CNAME www
out     CNAME www.elsewhere.example.
*.star  A 203.0.113.81
x.y.ent A 203.0.113.82
tree    DNAME ent
svc     HTTPS 1 . alpn=h2 port=8443 ipv4hint=203.0.113.80
`, hostIP)
	return n
}

func TestInternetAnswers(t *testing.T) {
	tests := []struct {
		server, question, want string
	}{
		{rootIP, "A www.child.test", "NOERROR | NS test. | A ns.test."},
		{tldIP, "A www.child.test", "NOERROR | NS child.test. NS child.test. | A ns.child.test."},
		{tldIP, "A none.test", "NXDOMAIN aa | SOA test."},
		{tldIP, "A www.other.example", "REFUSED"},
		{hostIP, "A WWW.child.test", "NOERROR aa A www.child.test."},
		{hostIP, "TXT www.child.test", "NOERROR aa | SOA child.test."},
		{hostIP, "A alias.child.test", "NOERROR aa CNAME alias.child.test. A www.child.test."},
		{hostIP, "A out.child.test", "NOERROR aa CNAME out.child.test."},
		{hostIP, "A any.star.child.test", "NOERROR aa A any.star.child.test."},
		{hostIP, "A star.child.test", "NOERROR aa | SOA child.test."},
		{hostIP, "A ent.child.test", "NOERROR aa | SOA child.test."},
		{hostIP, "A none.ent.child.test", "NXDOMAIN aa | SOA child.test."},
		{hostIP, "A x.y.tree.child.test", "NOERROR aa DNAME tree.child.test. CNAME x.y.tree.child.test. A x.y.ent.child.test."},
		{hostIP, "HTTPS svc.child.test", "NOERROR aa HTTPS svc.child.test."},
	}
	n := newInternet()
	for _, tt := range tests {
		if got := ask(t, n, "udp", tt.server, tt.question); got != tt.want {
			t.Errorf("%s to %s = %q, want %q", tt.question, tt.server, got, tt.want)
		}
	}
	if log := n.Log(); len(log) != len(tests) || log[4].Question != "A www.child.test" || log[4].Server != netip.MustParseAddr(hostIP) {
		t.Errorf("Log = %v, want %d questions", log, len(tests))
	}
	n.ResetLog()
	if got := n.Log(); len(got) != 0 {
		t.Errorf("Log after ResetLog = %v", got)
	}
	if got, want := n.Roots(), netip.MustParseAddrPort(rootIP+":53"); !slices.Equal(got, []netip.AddrPort{want}) {
		t.Errorf("Roots = %v, want %v", got, want)
	}
}

// ask asks a server in memory and describes the response, or the error.
func ask(t *testing.T, n *dnstest.Internet, network, server, question string) string {
	t.Helper()
	c, err := n.Dial(ctx, network, netip.AddrPortFrom(netip.MustParseAddr(server), 53))
	if err != nil {
		return err.Error()
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(5 * time.Second))
	if network == "udp" {
		c = packets{c}
	}
	qtype, name, _ := strings.Cut(question, " ")
	co := &dns.Conn{Conn: c}
	q := new(dns.Msg).SetQuestion(dns.Fqdn(name), dns.StringToType[qtype])
	q.Id = 7
	q.SetEdns0(1232, false)
	if err := co.WriteMsg(q); err != nil {
		return err.Error()
	}
	m, err := co.ReadMsg()
	if err != nil {
		return err.Error()
	}
	return describe(m)
}

func describe(m *dns.Msg) string {
	s := dns.RcodeToString[m.Rcode]
	if m.Authoritative {
		s += " aa"
	}
	if m.RecursionAvailable {
		s += " ra"
	}
	if m.Truncated {
		s += " tc"
	}
	if m.Id != 7 {
		s += " wrong ID"
	}
	if strings.HasPrefix(m.Question[0].Name, "wrong") {
		s += " wrong name"
	}
	for i, section := range [][]dns.RR{m.Answer, m.Ns, m.Extra} {
		bar := i > 0
		for _, rr := range section {
			if rr.Header().Rrtype == dns.TypeOPT {
				continue
			}
			if bar {
				s += " |"
				bar = false
			}
			s += " " + dns.TypeToString[rr.Header().Rrtype] + " " + rr.Header().Name
		}
	}
	return s
}

func TestInternetConduct(t *testing.T) {
	twice := func(network string, _, answer []byte) [][]byte { return [][]byte{answer[:5], answer} }
	tests := []struct {
		conduct       dnstest.Conduct
		udp, tcp      string
		takes         time.Duration // over UDP
		fails, refuse error
	}{
		{conduct: dnstest.Conduct{Delay: time.Second}, udp: "NOERROR aa A www.child.test.", takes: time.Second},
		{conduct: dnstest.Conduct{Silent: true}, udp: "timeout", tcp: "timeout", takes: 5 * time.Second},
		{conduct: dnstest.Conduct{SilentUDP: true}, udp: "timeout", tcp: "NOERROR aa A www.child.test.", takes: 5 * time.Second},
		{conduct: dnstest.Conduct{NoTCP: true}, udp: "NOERROR aa A www.child.test.", tcp: "refused"},
		{conduct: dnstest.Conduct{Unreachable: true}, udp: "no route", tcp: "no route"},
		{conduct: dnstest.Conduct{RCode: "servfail"}, udp: "SERVFAIL"},
		{conduct: dnstest.Conduct{Truncated: true}, udp: "NOERROR tc", tcp: "NOERROR aa A www.child.test."},
		{conduct: dnstest.Conduct{NoEDNS: true}, udp: "FORMERR"},
		{conduct: dnstest.Conduct{NotAA: true, Recurses: true}, udp: "NOERROR ra A www.child.test."},
		{conduct: dnstest.Conduct{Refer: "."}, udp: "NOERROR | NS ."},
		{conduct: dnstest.Conduct{Refer: "other.test"}, udp: "NOERROR | NS other.test."},
		{conduct: dnstest.Conduct{WrongID: true}, udp: "wrong ID"},
		{conduct: dnstest.Conduct{WrongName: true}, udp: "wrong name"},
		{conduct: dnstest.Conduct{Rewrite: twice}, udp: "short read"},
	}
	for _, tt := range tests {
		synctest.Test(t, func(t *testing.T) {
			n := newInternet()
			n.Set(tt.conduct, hostIP)
			start := time.Now()
			if got := ask(t, n, "udp", hostIP, "A www.child.test"); !strings.Contains(got, tt.udp) || time.Since(start) != tt.takes {
				t.Errorf("%+v over UDP: %q after %v, want %q after %v", tt.conduct, got, time.Since(start), tt.udp, tt.takes)
			}
			if got := ask(t, n, "tcp", hostIP, "A www.child.test"); !strings.Contains(got, tt.tcp) {
				t.Errorf("%+v over TCP: %q, want %q", tt.conduct, got, tt.tcp)
			}
			if got := ask(t, n, "udp", "192.0.2.99", "A www.child.test"); !strings.Contains(got, "timeout") {
				t.Errorf("address without server: %q, want a timeout", got)
			}
		})
	}
}

func TestInternetOnLoopback(t *testing.T) {
	n := newInternet()
	host := netip.AddrPortFrom(netip.MustParseAddr(hostIP), 53)
	if _, err := n.DialLoopback(ctx, "udp", host); !errors.Is(err, syscall.EHOSTUNREACH) {
		t.Errorf("DialLoopback before Start: %v", err)
	}
	for range 2 {
		if err := n.Start(); err != nil {
			t.Fatal(err)
		}
		if err := n.Start(); err == nil {
			t.Error("a second Start succeeds")
		}
		for _, network := range []string{"udp", "tcp"} {
			c, err := n.DialLoopback(ctx, network, host)
			if err != nil {
				t.Fatal(err)
			}
			co := &dns.Conn{Conn: c}
			co.WriteMsg(new(dns.Msg).SetQuestion("www.child.test.", dns.TypeA))
			if m, err := co.ReadMsg(); err != nil || len(m.Answer) != 1 {
				t.Errorf("over %s: %v, %v, want one address", network, m, err)
			}
			c.Close()
		}
		if err := n.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	}
}
