package dnscache

import (
	"cmp"
	"net/netip"
	"slices"
	"time"
)

// HTTPS is one HTTPS record of a name (RFC 9460): where the name's web server is and how to speak with it.
//
// A [Resolver] follows records in alias mode (section 2.4.2): its answers have the records of the alias's target, with the
// target's addresses as hints, and last the target itself, with Priority 0, its addresses and nothing else.
type HTTPS struct {
	Priority      uint16       // lower is better, but 0 comes last; from a source, 0 is an alias, which has a Target only
	Target        string       // clean like Answer.Name; the record's own name where it says "."
	ALPN          []string     // protocols besides the default "http/1.1", in the record's order, such as "h2" and "h3"
	NoDefaultALPN bool         // "http/1.1" is not served
	Port          uint16       // zero: that of the URL
	IPv4Hint      []netip.Addr // addresses of Target to use until its own are known (section 7.3)
	IPv6Hint      []netip.Addr
	ECH           []byte        // an ECHConfigList as it came, for tls.Config.EncryptedClientHelloConfigList
	TTL           time.Duration // like Addr.TTL
}

// cloneHTTPS returns a copy that shares no memory with records.
func cloneHTTPS(records []HTTPS) []HTTPS {
	records = slices.Clone(records)
	for i := range records {
		h := &records[i]
		h.ALPN = slices.Clone(h.ALPN)
		h.IPv4Hint = slices.Clone(h.IPv4Hint)
		h.IPv6Hint = slices.Clone(h.IPv6Hint)
		h.ECH = slices.Clone(h.ECH)
	}
	return records
}

// sortHTTPS puts the record to prefer first, and an alias that is to be followed before all; one that was is the last resort.
// Equal ones stay in the order of their source (section 2.4.1 lets a client
// shuffle them).
func sortHTTPS(records []HTTPS) {
	slices.SortStableFunc(records, func(a, b HTTPS) int { return cmp.Compare(a.rank(), b.rank()) })
}

func (h *HTTPS) rank() int {
	if h.Priority == 0 && !h.isAlias() {
		return 1 << 16
	}
	return int(h.Priority)
}
