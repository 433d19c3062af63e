package dnscache_test

import (
	"context"
	"net/netip"
	"testing"

	"pageload/dnscache"
)

func TestResolverZeroValueAnswersLocalhost(t *testing.T) {
	var r dnscache.Resolver
	for _, name := range []string{"localhost", "LOCALHOST.", "a.b.localhost"} {
		a, err := r.Lookup(context.Background(), name)
		if err != nil || len(a.Addrs) != 2 || a.Addrs[0].IP != netip.MustParseAddr("127.0.0.1") || a.Addrs[1].IP != netip.IPv6Loopback() {
			t.Errorf("Lookup(%q) = %v, %v, want 127.0.0.1 and ::1", name, a, err)
		}
	}
}
