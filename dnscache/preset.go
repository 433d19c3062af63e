package dnscache

import "time"

// Chromium returns a Resolver that remembers as Chromium's host cache does: addresses for at least a minute, names that do
// not exist for as long as their SOA record says and failures not at all. Set Sources and the other fields before the first
// lookup.
func Chromium() *Resolver {
	return &Resolver{
		MinTTL:        time.Minute,
		MaxTTL:        7 * 24 * time.Hour, // RFC 8767 section 4 suggests it as a bound for any TTL
		MaxFailureTTL: -1,
		MaxEntries:    1000,
	}
}
