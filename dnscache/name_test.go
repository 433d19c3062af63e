package dnscache_test

import (
	"context"
	"errors"
	"net/netip"
	"strings"
	"testing"

	"pageload/dnscache"
	"pageload/dnscache/dnstest"
)

func TestResolverZeroValueAnswersLocalhost(t *testing.T) {
	var r dnscache.Resolver
	for _, name := range []string{"localhost", "LOCALHOST.", "a.b.localhost"} {
		a := mustLookup(t, &r, name)
		if got, want := ips(a), "127.0.0.1 ::1"; got != want || a.Level != dnscache.Literal {
			t.Errorf("Lookup(%q) = %s at level %v, want %s at literal", name, got, a.Level, want)
		}
	}
}

func TestResolverAsksNobodyForLiterals(t *testing.T) {
	r, src := resolver(nil)
	tests := []struct{ name, want string }{
		{"192.0.2.1", "192.0.2.1"},
		{"192.0.2.1.", "192.0.2.1"},
		{"2001:db8::1", "2001:db8::1"},
		{"[2001:db8::1]", "2001:db8::1"},
		{"fe80::1%eth0", "fe80::1%eth0"},
		{"127.1", "127.0.0.1"},
		{"0x7f.1", "127.0.0.1"},
		{"0x7F000001", "127.0.0.1"},
		{"0x", "0.0.0.0"},
		{"017700000001", "127.0.0.1"},
		{"4294967295", "255.255.255.255"},
		{"１.2.3.4", "1.2.3.4"},
		{"sub.localhost", "127.0.0.1 ::1"},
	}
	for _, tt := range tests {
		a := mustLookup(t, r, tt.name)
		if got := ips(a); got != tt.want || a.Level != dnscache.Literal || len(a.Steps) != 1 {
			t.Errorf("Lookup(%q) = %s at %v in %d steps, want %s at literal in 1", tt.name, got, a.Level, len(a.Steps), tt.want)
		}
		if n := src.Asked(a.Name); n != 0 {
			t.Errorf("Lookup(%q) asked the source %d times, want 0", tt.name, n)
		}
	}
}

func TestResolverNames(t *testing.T) {
	label63 := strings.Repeat("a", 63)
	name253 := strings.Join([]string{label63, label63, label63, strings.Repeat("b", 61)}, ".")
	tests := []struct {
		name, in string
		want     string // the name asked; empty: invalid
		why      string // part of the error
	}{
		{"plain", "example.com", "example.com", ""},
		{"capitals", "ExAmple.COM", "example.com", ""},
		{"trailing dot", "example.com.", "example.com", ""},
		{"underscore", "_x.a_b.example", "_x.a_b.example", ""},
		{"hyphens", "-a-.example", "-a-.example", ""},
		{"one label", "intranet", "intranet", ""},
		{"IDNA", "Bücher.example", "xn--bcher-kva.example", ""},
		{"IDNA, not transitional", "faß.example", "xn--fa-hia.example", ""},
		{"IDNA with underscore", "_x.bücher.example", "_x.xn--bcher-kva.example", ""},
		{"IDNA with hyphens", "a--b.bücher.example", "a--b.xn--bcher-kva.example", ""},
		{"symbol", "☕.example", "xn--53h.example", ""},
		{"ideographic full stop", "a。bücher。example。", "a.xn--bcher-kva.example", ""},
		{"IDNA that maps to a space", "a\u00a0b.example", "", `' '`},
		{"longest", name253, name253, ""},
		{"longest with dot", name253 + ".", name253, ""},
		{"254 octets", name253 + "b", "", "254 octets"},
		{"long label", "a" + label63 + ".example", "", "64 octets"},
		{"empty", "", "", "empty"},
		{"root", ".", "", "empty"},
		{"empty label", "a..example", "", "empty label"},
		{"two dots at the end", "example..", "", "empty label"},
		{"leading dot", ".example", "", "empty label"},
		{"space", "a b.example", "", `' '`},
		{"zero", "a\x00.example", "", `'\x00'`},
		{"slash", "a/b", "", `'/'`},
		{"port", "example.com:80", "", "IPv6"},
		{"open bracket", "[::1", "", "bracket"},
		{"number too large", "256.256.256.256", "", "IPv4"},
		{"five numbers", "1.2.3.4.5", "", "IPv4"},
		{"number at the end", "example.1", "", "IPv4"},
		{"bad octal at the end", "example.09", "", "IPv4"},
		{"bad octal", "1.2.3.08", "", "IPv4"},
		{"past 64 bits", "99999999999999999999999", "", "IPv4"},
		{"bad IDNA", "xn--\u00e9.example", "", "invalid name"},
		{"invalid UTF-8", "\xff.example", "", "invalid name"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r, src := resolver(dnstest.Zone{tt.want: {Addrs: dnstest.IPs("192.0.2.1")}})
			a, err := r.Lookup(ctx, tt.in)
			if tt.want == "" {
				if !errors.Is(err, dnscache.ErrInvalidName) || !strings.Contains(err.Error(), tt.why) {
					t.Errorf("Lookup(%q) error %v, want ErrInvalidName with %q", tt.in, err, tt.why)
				}
				return
			}
			if err != nil || a.Name != tt.want || src.Asked(tt.want) != 1 {
				t.Errorf("Lookup(%q) = %q, %v, asked %d times, want %q once", tt.in, a.Name, err, src.Asked(tt.want), tt.want)
			}
		})
	}
}

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
			l := &listener{searches: true}
			searching := dnscache.Resolver{Sources: []dnscache.Source{l}}
			b, err := searching.Lookup(ctx, name)
			if err != nil || b.Name != asked || len(l.asked) != 1 || l.asked[0] != asked && l.asked[0] != asked+"." {
				t.Fatalf("Lookup(%q) asked %q of who searches, and %q of others: %+v, %v", name, l.asked, asked, b, err)
			}
			if a, err := r.Lookup(ctx, asked); err != nil || a.Level != dnscache.Browser {
				t.Fatalf("Lookup(%q) after Lookup(%q) = %+v, %v, want it from the cache", asked, name, a, err)
			}
		}
	})
}
