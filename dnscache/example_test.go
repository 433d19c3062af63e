package dnscache_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
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

// A second run starts with what the first one had in its cache.
func ExampleResolver_Save() {
	dir, err := os.MkdirTemp("", "names")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "names")
	isp := &dnstest.Source{Zone: dnstest.Zone{"www.test": {Addrs: dnstest.IPs("192.0.2.1"), TTL: 5 * time.Minute}}}

	for range 2 {
		r := dnscache.Resolver{Sources: []dnscache.Source{isp}}
		if err := r.Load(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
			fmt.Println(err) // damaged: the cache is empty
		}
		a, err := r.Lookup(context.Background(), "www.test")
		fmt.Println(a.Level, err)
		if err := r.Save(file); err != nil {
			fmt.Println(err)
		}
	}
	// Output:
	// isp <nil>
	// browser <nil>
}

// A public name that answers with an address of the own network is refused.
func ExampleResolver_rebinding() {
	isp := &dnstest.Source{Zone: dnstest.Zone{"evil.example": {Addrs: dnstest.IPs("192.168.1.1")}}}
	r := dnscache.Resolver{Sources: []dnscache.Source{isp}, RefusePrivate: true}
	_, err := r.Lookup(context.Background(), "evil.example")
	fmt.Println(err)
	// Output:
	// dnscache: evil.example: isp: answer refused: public name with private address: 192.168.1.1 is private (RFC 1918)
}
