package iterate_test

import (
	"context"
	"fmt"

	"pageload/dnscache/dnstest"
	"pageload/dnscache/iterate"
)

// The steps of an answer are the walk. Here it goes over a private internet; without Roots and Dial it would go over the
// public one.
func ExampleResolver() {
	var in dnstest.Internet
	in.Zone(".", "test NS ns.test\nns.test A 192.0.2.1", "198.51.100.1")
	in.Zone("test.", "example NS ns.example\nns.example A 203.0.113.1", "192.0.2.1")
	in.Zone("example.test.", "www 300 A 203.0.113.80\nwww 60 AAAA 2001:db8::80\nshop CNAME www", "203.0.113.1")

	r := iterate.Resolver{Roots: in.Roots(), Dial: in.Dial}
	a, err := r.Lookup(context.Background(), "shop.example.test")
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, s := range a.Steps[:2] { // two more follow, for A and AAAA at the same time
		fmt.Println(s.Level, s.Server, s.Question, s.Transport, s.RCode, s.Note)
	}
	fmt.Println(a.Canonical, a.Addrs, a.TTL)
	// Output:
	// root 198.51.100.1:53 A test udp NOERROR refers to test
	// root 192.0.2.1:53 A example.test udp NOERROR refers to example.test
	// www.example.test [{2001:db8::80 1m0s} {203.0.113.80 5m0s}] 1m0s
}
