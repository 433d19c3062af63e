package dnscache_test

import (
	"context"
	"errors"
	"net/netip"
	"strings"
	"testing"

	"pageload/dnscache"
)

// FuzzName checks that sources are asked for clean names only, and that what they were asked for is found again under the
// same name.
func FuzzName(f *testing.F) {
	for _, s := range []string{
		"example.com", "ExAmple.COM.", "a..b", ".", "", "127.1", "0x7f.1", "[::1]", "::ffff:1.2.3.4", "fe80::1%eth0",
		"localhost", "a.localhost.", "Bücher.example", "xn--bcher-kva.example", "１２７.0.0.1", "a\u00adb.test", "x.0x",
		strings.Repeat("a.", 130), strings.Repeat("a", 64) + ".test", "\xff", "a b", "1.2.3.4.5", "99999999999999999999",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, name string) {
		var asked string
		r := dnscache.Resolver{Sources: []dnscache.Source{
			dnscache.SourceFunc(dnscache.ISP, func(_ context.Context, name string) (dnscache.Answer, error) {
				asked = name
				return dnscache.Answer{Addrs: []dnscache.Addr{{IP: netip.IPv6Loopback()}}}, nil
			}),
		}}
		a, err := r.Lookup(ctx, name)
		switch {
		case err != nil:
			if asked != "" || !errors.Is(err, dnscache.ErrInvalidName) {
				t.Fatalf("Lookup(%q) = %v, asked for %q", name, err, asked)
			}
		case asked == "":
			if a.Level != dnscache.Literal {
				t.Fatalf("Lookup(%q) asked nobody and answers at %v", name, a.Level)
			}
		default:
			if len(asked) > 253 || strings.Trim(asked, "abcdefghijklmnopqrstuvwxyz0123456789-_.") != "" || strings.HasSuffix(asked, ".") ||
				strings.HasPrefix(asked, ".") || strings.Contains(asked, "..") || asked == "localhost" || strings.HasSuffix(asked, ".localhost") {
				t.Fatalf("Lookup(%q) asked for %q", name, asked)
			}
			if _, err := netip.ParseAddr(asked); err == nil {
				t.Fatalf("Lookup(%q) asked for the address %q", name, asked)
			}
			if a, err := r.Lookup(ctx, asked); err != nil || a.Level != dnscache.Browser {
				t.Fatalf("Lookup(%q) after Lookup(%q) = %+v, %v, want it from the cache", asked, name, a, err)
			}
		}
	})
}
