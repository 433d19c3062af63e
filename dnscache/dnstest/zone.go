package dnstest

import (
	"net/netip"
	"strings"
	"time"
)

// Zone maps names to what they have. Names are lower case without trailing dot; "*.test" stands for every name beneath
// test that neither is in the zone nor has a nearer star. A name that is nowhere does not exist (NXDOMAIN).
type Zone map[string]Host

// Host is one name. The zero value exists and has no address.
type Host struct {
	// Addrs are the addresses; IPv4 ones are A records, IPv6 ones AAAA records.
	Addrs []netip.Addr

	// CNAME makes the name an alias of another; Addrs do not count then. The answer follows it within the zone.
	CNAME string

	// TTL of the records. Zero means a minute, negative zero.
	TTL time.Duration

	// NegativeTTL is in the SOA record beside an answer without addresses. Zero means a minute; negative leaves the SOA
	// record out.
	NegativeTTL time.Duration

	// RCode is the response code: empty means NOERROR; "NXDOMAIN" makes the name not exist; "SERVFAIL", "REFUSED" and
	// other codes are failures.
	RCode string

	// Delay passes before the answer to a question for this name. An alias has its own, not that of its target.
	Delay time.Duration

	// Silent leaves questions for this name without response.
	Silent bool

	// Err is what a [Source] fails with. A [Server] responds SERVFAIL.
	Err error
}

// IPs parses addresses for a Host. It panics where one is none.
func IPs(addrs ...string) []netip.Addr {
	ips := make([]netip.Addr, len(addrs))
	for i, a := range addrs {
		ips[i] = netip.MustParseAddr(a)
	}
	return ips
}

const (
	minute   = time.Minute
	maxChain = 16
)

// find returns the host that answers for a clean name.
func (z Zone) find(name string) Host {
	if h, ok := z[name]; ok {
		return h
	}
	for parent := name; parent != ""; {
		_, parent, _ = strings.Cut(parent, ".")
		if h, ok := z["*."+parent]; ok {
			return h
		}
	}
	for other := range z {
		if strings.HasSuffix(other, "."+name) {
			return Host{} // exists since something beneath it does (RFC 8020)
		}
	}
	return Host{RCode: "NXDOMAIN"}
}

// link is one name of a chain of aliases.
type link struct {
	name string
	Host
}

// chain returns the host of name and those that its aliases lead to.
func (z Zone) chain(name string) []link {
	links := []link{{name, z.find(name)}}
	for len(links) < maxChain {
		last := links[len(links)-1]
		if last.CNAME == "" {
			break
		}
		next := clean(last.CNAME)
		links = append(links, link{next, z.find(next)})
	}
	return links
}

func clean(name string) string { return strings.ToLower(strings.TrimSuffix(name, ".")) }

func (h Host) ttl() time.Duration { return orMinute(h.TTL) }

func (h Host) negativeTTL() time.Duration { return orMinute(h.NegativeTTL) }

func orMinute(d time.Duration) time.Duration {
	if d == 0 {
		return minute
	}
	return max(d, 0)
}
