package dnscache_test

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"pageload/dnscache"
	"pageload/dnscache/dnstest"
	"pageload/dnscache/system"
)

func ExampleResolver() {
	var r dnscache.Resolver // hosts file, then the system's resolver
	a, err := r.Lookup(context.Background(), "localhost")
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, addr := range a.Addrs {
		fmt.Println(addr.IP)
	}
	fmt.Println("from level", a.Level)
	// Output:
	// 127.0.0.1
	// ::1
	// from level literal
}

// A chain of one's own: an address book, then a name server.
func ExampleResolver_chain() {
	ns := &dnstest.Server{Zone: dnstest.Zone{
		"www.test": {Addrs: dnstest.IPs("192.0.2.1"), TTL: 5 * time.Minute},
		"cdn.test": {CNAME: "www.test"},
	}}
	if err := ns.Start(); err != nil {
		fmt.Println(err)
		return
	}
	defer ns.Close()

	book := map[string]string{"printer.test": "192.0.2.99"}
	fromBook := func(_ context.Context, name string) (dnscache.Answer, error) {
		ip, ok := book[name]
		if !ok {
			return dnscache.Answer{}, dnscache.ErrPass
		}
		return dnscache.Answer{Addrs: []dnscache.Addr{{IP: netip.MustParseAddr(ip), TTL: time.Hour}}}, nil
	}
	r := dnscache.Resolver{Sources: []dnscache.Source{
		dnscache.SourceFunc(dnscache.OS, fromBook),
		&system.Server{Addrs: []netip.AddrPort{ns.Addr()}},
	}}
	for _, name := range []string{"printer.test", "cdn.test", "CDN.test.", "nowhere.test"} {
		a, err := r.Lookup(context.Background(), name)
		if errors.Is(err, dnscache.ErrNotFound) {
			fmt.Printf("%s: does not exist, says level %v\n", name, a.Level)
			continue
		}
		fmt.Printf("%s: %v at level %v, canonical %s\n", name, a.Addrs[0].IP, a.Level, a.Canonical)
	}
	// Output:
	// printer.test: 192.0.2.99 at level os, canonical printer.test
	// cdn.test: 192.0.2.1 at level isp, canonical www.test
	// CDN.test.: 192.0.2.1 at level browser, canonical www.test
	// nowhere.test: does not exist, says level isp
}

// The steps of an answer say what each level took and told.
func ExampleStep() {
	hosts := &dnstest.Source{At: dnscache.OS, Pass: true}
	isp := &dnstest.Source{Zone: dnstest.Zone{"www.test": {Addrs: dnstest.IPs("192.0.2.1"), TTL: 5 * time.Minute}}}
	r := dnscache.Resolver{Sources: []dnscache.Source{hosts, isp}}
	a, err := r.Lookup(context.Background(), "www.test")
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, s := range a.Steps {
		fmt.Printf("%v: rcode %q, ttl %v, error %q\n", s.Level, s.RCode, s.TTL, s.Err)
	}
	// Output:
	// browser: rcode "", ttl 0s, error ""
	// os: rcode "", ttl 0s, error "not known at this level"
	// isp: rcode "NOERROR", ttl 5m0s, error ""
}
