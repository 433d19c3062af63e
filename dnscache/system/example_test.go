package system_test

import (
	"context"
	"fmt"
	"net/netip"

	"pageload/dnscache/dnstest"
	"pageload/dnscache/system"
)

func ExampleServer() {
	ns := &dnstest.Server{Zone: dnstest.Zone{
		"www.test": {CNAME: "cdn.test"},
		"cdn.test": {Addrs: dnstest.IPs("192.0.2.1", "2001:db8::1")},
	}}
	s := &system.Server{
		Addrs: []netip.AddrPort{netip.MustParseAddrPort("192.0.2.53:53")},
		Dial:  ns.Dial, // in memory; without it, over UDP and TCP
	}
	a, err := s.Lookup(context.Background(), "www.test")
	fmt.Println(a.Addrs, a.Canonical, err)
	// Output:
	// [{2001:db8::1 1m0s} {192.0.2.1 1m0s}] cdn.test <nil>
}

// The levels between the browser's cache and the root, with servers of one's own over TLS in place of the ISP's.
func Example_levels() {
	upstream, err := system.ParseUpstream("tls://192.0.2.53#dns.example")
	if err != nil {
		fmt.Println(err)
		return
	}
	sources := append(system.OS(), &system.Router{}, &system.ISP{Upstreams: []system.Upstream{upstream}})
	for _, s := range sources {
		fmt.Printf("%v %T\n", s.Level(), s)
	}
	fmt.Println(upstream)
	// Output:
	// os *system.Hosts
	// os *system.NSCD
	// os *system.Resolved
	// router *system.Router
	// isp *system.ISP
	// tls://192.0.2.53:853#dns.example
}
