package exchange

import (
	"crypto/rand"
	"encoding/binary"
	"strings"

	"github.com/miekg/dns"
)

// EDNSSize is how many octets a response over UDP may have by what our questions state: what passes everywhere
// unfragmented (DNS flag day 2020).
const EDNSSize = 1232

// padding is the block that questions over TLS are filled up to, so that their length tells nothing (RFC 8467 section 4.1).
const padding = 128

// Question is one question as it goes over the wire. It is a value; use New to make one.
type Question struct {
	Name    string // absolute, with trailing dot, in the case that the response must repeat
	Type    uint16 // dns.TypeA, …
	ID      uint16
	Recurse bool   // the RD bit
	EDNS    uint16 // octets that the response over UDP may have; zero: the question has no OPT record
}

// New returns the question for the records of a type that name has, with a random ID, for a recursing server. Name may
// lack its trailing dot; it is put in lower case.
func New(name string, qtype uint16) (Question, error) {
	var id [2]byte
	if _, err := rand.Read(id[:]); err != nil {
		return Question{}, err
	}
	return Question{
		Name: strings.ToLower(dns.Fqdn(name)), Type: qtype, ID: binary.BigEndian.Uint16(id[:]), Recurse: true, EDNS: EDNSSize,
	}, nil
}

// MixCase returns q with each letter of the name in upper or lower case at random. A response has to repeat that, which
// adds a bit a letter to what a forger must guess ("0x20"). Servers that do not preserve the case are as if silent.
func (q Question) MixCase() (Question, error) {
	b := []byte(q.Name)
	bits := make([]byte, (len(b)+7)/8)
	if _, err := rand.Read(bits); err != nil {
		return q, err
	}
	for i, c := range b {
		if lower := c | 0x20; lower >= 'a' && lower <= 'z' && bits[i/8]>>(i%8)&1 == 1 {
			b[i] = c ^ 0x20
		}
	}
	q.Name = string(b)
	return q, nil
}

// String returns the question as a step has it: "A example.com", and "NS ." for the root.
func (q Question) String() string {
	t, ok := dns.TypeToString[q.Type]
	if !ok {
		t = dns.Type(q.Type).String()
	}
	name := strings.ToLower(q.Name)
	if name != "." {
		name = strings.TrimSuffix(name, ".")
	}
	return t + " " + name
}

// Pack returns the message. Over TLS it is padded.
func (q Question) pack(transport string) ([]byte, error) {
	m := dns.Msg{
		MsgHdr:   dns.MsgHdr{Id: q.ID, RecursionDesired: q.Recurse},
		Question: []dns.Question{{Name: q.Name, Qtype: q.Type, Qclass: dns.ClassINET}},
	}
	if q.EDNS == 0 {
		return m.Pack()
	}
	m.SetEdns0(q.EDNS, false)
	if transport == TLS {
		const option = 4 // the option's own head
		fill := -(m.Len() + option) & (padding - 1)
		opt := m.IsEdns0()
		opt.Option = append(opt.Option, &dns.EDNS0_PADDING{Padding: make([]byte, fill)})
	}
	return m.Pack()
}

// accept returns the message in b if it is a response to q: same ID, opcode and question to the letter. It returns nil for
// everything else, damaged responses included.
func (q Question) accept(b []byte) *dns.Msg {
	if len(b) < 12 || binary.BigEndian.Uint16(b) != q.ID {
		return nil
	}
	m := new(dns.Msg)
	err := m.Unpack(b)
	if !m.Response || m.Opcode != dns.OpcodeQuery {
		return nil
	}
	if len(b) == 12 && m.Rcode == dns.RcodeFormatError && q.EDNS > 0 {
		return m // how servers from before EDNS refuse a question with it: all that can follow is to ask without
	}
	if len(m.Question) != 1 || m.Question[0] != (dns.Question{Name: q.Name, Qtype: q.Type, Qclass: dns.ClassINET}) {
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
