package system

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/miekg/dns"

	"pageload/dnscache"
)

const (
	ednsSize = 1232               // octets of UDP payload that pass everywhere unfragmented (DNS flag day 2020)
	maxChain = 16                 // aliases; resolvers allow 8 to 16
	maxAddrs = 100                // addresses of a family; more fit a response over TCP than anybody can try
	maxTTL   = 7 * 24 * time.Hour // RFC 8767 section 4
)

var (
	errChain = fmt.Errorf("more than %d aliases, or they go round", maxChain)
	errLame  = errors.New("server does not recurse and does not have the name")
)

// question is one question as it goes over the wire.
type question struct {
	name  string // lower case, with trailing dot
	qtype uint16
	id    uint16
	edns  bool
}

func newQuestion(name string, qtype uint16) (question, error) {
	var id [2]byte
	if _, err := rand.Read(id[:]); err != nil {
		return question{}, err
	}
	return question{name: strings.ToLower(dns.Fqdn(name)), qtype: qtype, id: binary.BigEndian.Uint16(id[:]), edns: true}, nil
}

func (q question) String() string {
	return dns.TypeToString[q.qtype] + " " + strings.TrimSuffix(q.name, ".")
}

func (q question) pack() ([]byte, error) {
	m := dns.Msg{
		MsgHdr:   dns.MsgHdr{Id: q.id, RecursionDesired: true},
		Question: []dns.Question{{Name: q.name, Qtype: q.qtype, Qclass: dns.ClassINET}},
	}
	if q.edns {
		m.SetEdns0(ednsSize, false)
	}
	return m.Pack()
}

// accept returns the message in b if it is a response to q: same ID, opcode and question to the letter. It returns nil for
// everything else, damaged responses included.
func (q question) accept(b []byte) *dns.Msg {
	if len(b) < 12 || binary.BigEndian.Uint16(b) != q.id {
		return nil
	}
	m := new(dns.Msg)
	err := m.Unpack(b)
	if !m.Response || m.Opcode != dns.OpcodeQuery || len(m.Question) != 1 {
		return nil
	}
	if m.Question[0] != (dns.Question{Name: q.name, Qtype: q.qtype, Qclass: dns.ClassINET}) {
		return nil
	}
	if err != nil && !m.Truncated { // a truncated one may end within a record; it is not read further
		return nil
	}
	return m
}

// lacksEDNS reports whether m is how a server without EDNS responds to a question with it (RFC 6891 section 7).
func lacksEDNS(m *dns.Msg) bool {
	return (m.Rcode == dns.RcodeFormatError || m.Rcode == dns.RcodeNotImplemented) && m.IsEdns0() == nil
}

// reply is what a response says. ttl is that of the addresses and the aliases before them, or of there being none.
type reply struct {
	rcode     string
	canonical string // without trailing dot
	addrs     []dnscache.Addr
	ttl       time.Duration
}

// read reads an accepted message: addresses, or an error that is ErrNotFound, ErrNoAddress or the server's failure.
// Of the records it takes only those that the aliases lead to from the name asked.
func (q question) read(m *dns.Msg) (reply, error) {
	r := reply{rcode: rcodeText(m.Rcode)}
	if m.Rcode != dns.RcodeSuccess && m.Rcode != dns.RcodeNameError {
		return r, fmt.Errorf("server responded %s", r.rcode)
	}
	owner, ttl, err := follow(m.Answer, q.name)
	if err != nil {
		return r, err
	}
	r.canonical = strings.TrimSuffix(owner, ".")
	if m.Rcode == dns.RcodeNameError {
		r.ttl, _ = negativeTTL(m.Ns, owner)
		return r, dnscache.ErrNotFound
	}
	for _, rr := range m.Answer {
		ip, ok := q.address(rr)
		if !ok || !strings.EqualFold(rr.Header().Name, owner) || len(r.addrs) == maxAddrs {
			continue
		}
		a := dnscache.Addr{IP: ip, TTL: recordTTL(rr)}
		r.addrs = append(r.addrs, a)
		ttl = min(ttl, a.TTL)
	}
	if len(r.addrs) > 0 {
		r.ttl = ttl
		return r, nil
	}
	var soa bool
	r.ttl, soa = negativeTTL(m.Ns, owner)
	if !soa && !m.RecursionAvailable && (!m.Authoritative || len(m.Answer) > 0) {
		return r, errLame // a referral, or aliases that lead out of what it knows
	}
	return r, dnscache.ErrNoAddress
}

// follow returns the name that the aliases among the records lead to from name, and their shortest TTL.
func follow(records []dns.RR, name string) (owner string, ttl time.Duration, err error) {
	ttl = maxTTL
	for range maxChain + 1 {
		var alias *dns.CNAME
		for _, rr := range records {
			if c, ok := rr.(*dns.CNAME); ok && c.Hdr.Class == dns.ClassINET && strings.EqualFold(c.Hdr.Name, name) {
				alias = c
				break
			}
		}
		if alias == nil {
			return name, ttl, nil
		}
		name, ttl = strings.ToLower(alias.Target), min(ttl, recordTTL(alias))
	}
	return "", 0, errChain
}

// address returns the address in a record of the type asked for.
func (q question) address(rr dns.RR) (netip.Addr, bool) {
	if h := rr.Header(); h.Rrtype != q.qtype || h.Class != dns.ClassINET {
		return netip.Addr{}, false
	}
	switch rr := rr.(type) {
	case *dns.A:
		return netip.AddrFromSlice(rr.A.To4())
	case *dns.AAAA:
		ip, ok := netip.AddrFromSlice(rr.AAAA.To16())
		return ip.Unmap(), ok // so that an address policy sees an IPv4 address for what it is
	}
	return netip.Addr{}, false
}

// negativeTTL returns how long the absence of owner may be believed (RFC 2308 section 5): the lesser of the SOA record's
// TTL and its last field. A record of a zone that owner does not lie in says nothing.
func negativeTTL(authority []dns.RR, owner string) (ttl time.Duration, ok bool) {
	for _, rr := range authority {
		soa, is := rr.(*dns.SOA)
		if is && soa.Hdr.Class == dns.ClassINET && dns.IsSubDomain(soa.Hdr.Name, owner) {
			return min(recordTTL(soa), seconds(soa.Minttl)), true
		}
	}
	return 0, false
}

func recordTTL(rr dns.RR) time.Duration { return seconds(rr.Header().Ttl) }

// seconds reads a TTL: one with the top bit set is zero (RFC 2181 section 8).
func seconds(n uint32) time.Duration {
	if n >= 1<<31 {
		return 0
	}
	return min(time.Duration(n)*time.Second, maxTTL)
}

func rcodeText(rcode int) string {
	if s, ok := dns.RcodeToString[rcode]; ok {
		return s
	}
	return fmt.Sprintf("RCODE%d", rcode)
}
