//go:build linux

package smallnet_test

import (
	"net/netip"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"pageload/dnscache"
	"pageload/dnscache/internal/smallnet"
)

// The C library is told the policy table of RFC 6724 in gai.conf.
func TestOrderIsThatOfGetaddrinfo(t *testing.T) {
	smallnet.Need(t)
	r := dnscache.Resolver{Sources: []dnscache.Source{server(dnscache.ISP, smallnet.ISP)}}
	names := smallnet.MixedNames()
	if len(names) < 50 {
		t.Fatalf("%d sets of addresses", len(names))
	}
	for _, name := range names {
		a, err := r.Lookup(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		var got []netip.Addr
		for _, addr := range a.Addrs {
			got = append(got, addr.IP)
		}
		if want := getaddrinfo(t, name); !slices.Equal(got, want) {
			t.Errorf("%s:\ngot  %v\nwant %v", name, got, want)
		}
	}
}

// getaddrinfo asks the C library.
func getaddrinfo(t *testing.T, name string) []netip.Addr {
	out, err := exec.Command("getent", "ahosts", name).Output()
	if err != nil {
		t.Fatalf("getent ahosts %s: %v", name, err)
	}
	var addrs []netip.Addr
	for line := range strings.Lines(string(out)) {
		ip, _, _ := strings.Cut(line, " ")
		if a := netip.MustParseAddr(ip).Unmap(); !slices.Contains(addrs, a) {
			addrs = append(addrs, a)
		}
	}
	return addrs
}
