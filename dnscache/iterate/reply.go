package iterate

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/miekg/dns"

	"pageload/dnscache/internal/exchange"
)

// kind is what a response means to the walk.
type kind int

const (
	failed   kind = iota // nothing that helps; the next server is asked
	answered             // records of the type asked for
	aliased              // the name leads to one outside this zone, or to one that the response says nothing about
	noData               // the name exists without records of the type
	noName               // the name does not exist
	referred             // a zone nearer to the name has it
)

var errLame = errors.New("lame: refers to a zone above")

// link is one alias on the way from the name asked.
type link struct {
	name, target string
	ttl          time.Duration
}

// reply is what a response says about a question, of what its server is entitled to say: nothing outside the zone that it
// was asked as a server of.
type reply struct {
	kind    kind
	rcode   int
	links   []link   // from the name asked, in order
	owner   string   // the name at their end; the name asked if there are none
	records []dns.RR // answered: the owner's of the type asked for
	ttl     time.Duration
	next    *delegation // referred; the servers of the root where those were asked for
	err     error       // failed: why
	weak    bool        // from a server that seems not to have the zone: believed where no other does better
}

// zoneReader reads responses of servers of a zone.
type zoneReader struct {
	zone   string
	usable func(netip.Addr) bool // addresses of servers that may be sent to
}

// read reads a response that matches the question for name and qtype.
func (z zoneReader) read(m *dns.Msg, name string, qtype uint16) reply {
	r := reply{rcode: m.Rcode, owner: name}
	if m.Rcode != dns.RcodeSuccess && m.Rcode != dns.RcodeNameError {
		r.err = fmt.Errorf("responded %s", exchange.RCode(m.Rcode))
		return r
	}
	if err := z.follow(&r, m.Answer, qtype); err != nil {
		r.err = err
		return r
	}
	r.weak = !m.Authoritative && m.RecursionAvailable
	own := within(z.zone, r.owner)
	switch {
	case len(r.records) > 0 && m.Rcode == dns.RcodeSuccess:
		r.kind = answered
		r.ttl = shortest(r.records)
		if qtype == dns.TypeNS && name == "." {
			r.next = readRoots(m, z.usable)
		}
	case len(r.links) > 0 && !own:
		r.kind = aliased // whatever the response says about the target is not its server's to say
	case m.Rcode == dns.RcodeNameError:
		r.kind, r.records = noName, nil
		r.ttl = z.negativeTTL(m.Ns, r.owner)
	default:
		z.readEmpty(&r, m)
	}
	return r
}

// readEmpty reads a response without records of the type for a name in the zone: a referral, an alias, the absence of
// records, or nothing.
func (z zoneReader) readEmpty(r *reply, m *dns.Msg) {
	soa := z.soa(m.Ns, r.owner) != nil
	if !soa {
		if r.next = readReferral(m, z.zone, r.owner, z.usable); r.next != nil {
			r.kind, r.ttl, r.weak = referred, r.next.ttl, false
			if len(r.links) > 0 {
				r.kind, r.next = aliased, nil // the target is asked for from the start
			}
			return
		}
	}
	switch {
	case len(r.links) > 0 && !soa:
		r.kind = aliased
	case soa || m.Authoritative:
		r.kind = noData
		r.ttl = z.negativeTTL(m.Ns, r.owner)
	case z.refersUp(m.Ns):
		r.err = errLame
	default:
		// Nothing (RFC 2308 section 2.2, type 3), or a referral to where we are or to somewhere else. Unbound takes that for
		// an answer too if no server has a better one.
		r.kind, r.weak = noData, true
	}
}

// follow follows the aliases from the owner of r as far as they and it lie in the zone, and takes the records of the type
// at their end.
func (z zoneReader) follow(r *reply, answer []dns.RR, qtype uint16) error {
	for {
		if !within(z.zone, r.owner) {
			return nil
		}
		target, ttl, ok := z.alias(answer, r.owner)
		if !ok || qtype == dns.TypeCNAME {
			r.records = owned(answer, r.owner, qtype)
			return nil
		}
		if len(r.links) == exchange.MaxChain {
			return exchange.ErrChain
		}
		r.links = append(r.links, link{r.owner, target, ttl})
		r.owner = target
	}
}

// alias returns what name is an alias of by the records: by a DNAME record above it, else by its first CNAME record. The
// CNAME record that comes with a DNAME record is made anew rather than believed (RFC 6672 section 3.4).
func (z zoneReader) alias(records []dns.RR, name string) (target string, ttl time.Duration, ok bool) {
	for _, rr := range records {
		d, is := rr.(*dns.DNAME)
		if is && d.Hdr.Class == dns.ClassINET && within(z.zone, absolute(d.Hdr.Name)) && beneath(absolute(d.Hdr.Name), name) {
			if target, ok := substitute(name, d); ok {
				return target, exchange.TTL(d), true
			}
		}
	}
	for _, rr := range records {
		if c, is := rr.(*dns.CNAME); is && c.Hdr.Class == dns.ClassINET && strings.EqualFold(c.Hdr.Name, name) {
			return absolute(c.Target), exchange.TTL(c), true
		}
	}
	return "", 0, false
}

// substitute puts the target of d in the place of its owner at the end of name (RFC 6672 section 2.2); ok is false where
// that is too long for a name.
func substitute(name string, d *dns.DNAME) (target string, ok bool) {
	starts := dns.Split(name)
	own := len(starts) - dns.CountLabel(d.Hdr.Name)
	prefix := name
	if own < len(starts) {
		prefix = name[:starts[own]]
	}
	target = prefix + strings.TrimPrefix(absolute(d.Target), ".")
	_, ok = dns.IsDomainName(target)
	return target, ok
}

// owned returns the records of a type at name.
func owned(records []dns.RR, name string, qtype uint16) []dns.RR {
	var own []dns.RR
	for _, rr := range records {
		h := rr.Header()
		if h.Rrtype == qtype && h.Class == dns.ClassINET && strings.EqualFold(h.Name, name) && len(own) < exchange.MaxAddrs {
			own = append(own, rr)
		}
	}
	return own
}

// soa returns the SOA record of a zone between this one and name, or nil. One of a zone above is none of the server's.
func (z zoneReader) soa(authority []dns.RR, name string) *dns.SOA {
	for _, rr := range authority {
		soa, ok := rr.(*dns.SOA)
		if ok && soa.Hdr.Class == dns.ClassINET && within(z.zone, absolute(soa.Hdr.Name)) && within(absolute(soa.Hdr.Name), name) {
			return soa
		}
	}
	return nil
}

// negativeTTL returns how long the absence of name may be believed; zero where no SOA record says (RFC 2308 section 5).
func (z zoneReader) negativeTTL(authority []dns.RR, name string) time.Duration {
	soa := z.soa(authority, name)
	if soa == nil {
		return 0
	}
	ttl, _ := exchange.NegativeTTL([]dns.RR{soa}, name)
	return min(ttl, maxNegativeTTL)
}

// refersUp reports whether there is a referral to a zone above this one.
func (z zoneReader) refersUp(authority []dns.RR) bool {
	for _, rr := range authority {
		if h := rr.Header(); h.Rrtype == dns.TypeNS && beneath(absolute(h.Name), z.zone) {
			return true
		}
	}
	return false
}

func shortest(records []dns.RR) time.Duration {
	ttl := exchange.MaxTTL
	for _, rr := range records {
		ttl = min(ttl, exchange.TTL(rr))
	}
	return ttl
}
