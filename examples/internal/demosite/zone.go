package demosite

import (
	"net/netip"
	"time"

	"pageload/dnscache/dnstest"
)

// addresses is how many addresses the hosts have, where the machine lets them.
const addresses = 6

// address returns the loopback address with the given index.
func address(i int) netip.Addr { return netip.AddrFrom4([4]byte{127, 0, 0, byte(1 + i)}) }

// zone is what the site's name server knows, spread over so many addresses. The
// delays stand for the way to a resolver and what it has in its cache.
func zone(n int) dnstest.Zone {
	at := func(i int, delay, ttl time.Duration) dnstest.Host {
		return dnstest.Host{Addrs: []netip.Addr{address(i % n)}, Delay: delay, TTL: ttl}
	}
	const ms = time.Millisecond
	return dnstest.Zone{
		"demo.test":        at(0, 25*ms, 5*time.Minute),
		"www.demo.test":    at(1, 40*ms, 5*time.Minute),
		"static.demo.test": at(2, 30*ms, time.Hour),
		"img.demo.test":    {CNAME: "edge.cdn.test", Delay: 60 * ms, TTL: time.Hour},
		"edge.cdn.test":    at(3, 0, 20*time.Second),
		"fonts.demo.test":  at(4, 45*ms, 24*time.Hour),
		"ads.other.test":   at(5, 150*ms, 30*time.Second),
		"nowhere.test":     {RCode: "NXDOMAIN", Delay: 90 * ms, NegativeTTL: time.Minute},
	}
}
