package dnscache

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"time"
)

// maxAliases bounds the HTTPS records in alias mode that are followed one after the other, so that a chain ends (RFC 9460
// section 3 asks for a bound and leaves it open).
const maxAliases = 8

// isAlias reports whether h is in alias mode and was not followed yet: what was followed has addresses.
func (h *HTTPS) isAlias() bool {
	return h.Priority == 0 && len(h.IPv4Hint)+len(h.IPv6Hint) == 0
}

// follow puts what an HTTPS record in alias mode leads to in its place (RFC 9460 sections 2.4.2 and 3): the target's
// records, and last the target itself with its addresses. It asks the source that the alias is from. Where the alias leads
// nowhere, round in circles or too far, the name is as one without HTTPS records.
func (r *Resolver) follow(ctx context.Context, s Source, a Answer) Answer {
	if len(a.HTTPS) == 0 || !a.HTTPS[0].isAlias() {
		return a
	}
	alias := a.HTTPS[0] // the other records count for nothing (section 2.4.1)
	a.HTTPS = nil
	seen := []string{a.Name, a.Canonical}
	a.Steps = slices.Clip(a.Steps)
	for range maxAliases {
		target, err := cleanName(alias.Target)
		_, literal, bad := parseLiteral(target)
		if err != nil || literal || bad != nil || isLocalhost(target) || slices.Contains(seen, target) {
			return a
		}
		seen = append(seen, target)
		start := time.Now()
		b, err := s.Lookup(ctx, spelt(s, target+"."))
		b, err = complete(s.Level(), target, start, b, err)
		a.Steps = append(a.Steps, b.Steps...)
		if err != nil && !errors.Is(err, ErrNoAddress) {
			return a
		}
		if len(b.HTTPS) > 0 && b.HTTPS[0].isAlias() {
			b.HTTPS[0].TTL = min(b.HTTPS[0].TTL, alias.TTL)
			alias = b.HTTPS[0]
			continue
		}
		a.HTTPS = behind(alias, target, b)
		return a
	}
	return a
}

// behind returns the records of an alias's target as those of the name. The addresses that the target is known to have
// stand in the place of hints.
func behind(alias HTTPS, target string, b Answer) []HTTPS {
	var v4, v6 []netip.Addr
	for _, addr := range b.Addrs {
		if addr.IP.Unmap().Is4() {
			v4 = append(v4, addr.IP)
		} else {
			v6 = append(v6, addr.IP)
		}
	}
	records := b.HTTPS
	if len(b.Addrs) > 0 {
		records = append(records, HTTPS{Target: target, TTL: b.TTL})
	}
	for i := range records {
		h := &records[i]
		h.TTL = min(h.TTL, alias.TTL)
		if len(b.Addrs) > 0 && (h.Target == target || h.Target == b.Canonical) {
			h.TTL = min(h.TTL, b.TTL)
			h.IPv4Hint, h.IPv6Hint = slices.Clone(v4), slices.Clone(v6)
		}
	}
	return records
}
