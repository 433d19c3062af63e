package exchange

import (
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/miekg/dns"
)

const (
	// MaxChain is how many aliases in a row are followed; resolvers allow 8 to 16.
	MaxChain = 16

	// MaxAddrs is how many addresses of a family are taken; more fit a response over TCP than anybody can try.
	MaxAddrs = 100

	// MaxTTL is the longest time that a record is believed for (RFC 8767 section 4).
	MaxTTL = 7 * 24 * time.Hour
)

// ErrChain says that aliases are too many, or lead back to themselves.
var ErrChain = fmt.Errorf("more than %d aliases, or they go round", MaxChain)

// Follow returns the name that the CNAME records lead to from name, with trailing dot and in lower case, and their
// shortest TTL; name itself and MaxTTL where there are none. It fails with ErrChain.
func Follow(records []dns.RR, name string) (owner string, ttl time.Duration, err error) {
	ttl = MaxTTL
	for range MaxChain + 1 {
		var alias *dns.CNAME
		for _, rr := range records {
			if c, ok := rr.(*dns.CNAME); ok && c.Hdr.Class == dns.ClassINET && strings.EqualFold(c.Hdr.Name, name) {
				alias = c
				break
			}
		}
		if alias == nil {
			return strings.ToLower(name), ttl, nil
		}
		name, ttl = alias.Target, min(ttl, TTL(alias))
	}
	return "", 0, ErrChain
}

// Address returns the address in an A or AAAA record.
func Address(rr dns.RR) (netip.Addr, bool) {
	if rr.Header().Class != dns.ClassINET {
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

// NegativeTTL returns how long the absence of owner may be believed (RFC 2308 section 5): the lesser of the SOA record's
// TTL and its last field. A record of a zone that owner does not lie in says nothing; ok is false where there is no other.
func NegativeTTL(authority []dns.RR, owner string) (ttl time.Duration, ok bool) {
	for _, rr := range authority {
		soa, is := rr.(*dns.SOA)
		if is && soa.Hdr.Class == dns.ClassINET && dns.IsSubDomain(soa.Hdr.Name, owner) {
			return min(TTL(soa), seconds(soa.Minttl)), true
		}
	}
	return 0, false
}

// TTL returns a record's, MaxTTL at most.
func TTL(rr dns.RR) time.Duration { return seconds(rr.Header().Ttl) }

// seconds reads a TTL: one with the top bit set is zero (RFC 2181 section 8).
func seconds(n uint32) time.Duration {
	if n >= 1<<31 {
		return 0
	}
	return min(time.Duration(n)*time.Second, MaxTTL)
}

// RCode returns the text of a response code: "NXDOMAIN", or "RCODE3841" for one without a name.
func RCode(rcode int) string {
	if s, ok := dns.RcodeToString[rcode]; ok {
		return s
	}
	return fmt.Sprintf("RCODE%d", rcode)
}
