package dnstest_test

import (
	"context"
	"fmt"
	"net"
	"time"

	"pageload/dnscache/dnstest"
)

// Any client can ask the server: here the standard library's.
func ExampleServer() {
	s := &dnstest.Server{Zone: dnstest.Zone{
		"www.test": {Addrs: dnstest.IPs("192.0.2.1", "2001:db8::1"), TTL: time.Minute},
		"cdn.test": {CNAME: "www.test"},
	}}
	if err := s.Start(); err != nil {
		fmt.Println(err)
		return
	}
	defer s.Close()

	r := &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, s.Addr().String())
	}}
	ips, err := r.LookupNetIP(context.Background(), "ip4", "cdn.test")
	fmt.Println(ips, err)
	name, err := r.LookupCNAME(context.Background(), "cdn.test")
	fmt.Println(name, err)
	// Output:
	// [192.0.2.1] <nil>
	// www.test. <nil>
}
