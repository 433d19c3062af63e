package weburl

import (
	"net/netip"
	"strings"
	"testing"
)

func TestOrigin(t *testing.T) {
	for _, test := range []struct{ in, origin, site string }{
		{"https://www.example.com/x", "https://www.example.com", "https://example.com"},
		{"http://a.b.example.co.uk:8080/", "http://a.b.example.co.uk:8080", "http://example.co.uk"},
		{"https://user.github.io/", "https://user.github.io", "https://user.github.io"},
		{"https://github.io/", "https://github.io", "https://github.io"},
		{"https://a.user.github.io/", "https://a.user.github.io", "https://user.github.io"},
		{"https://www.example.com./", "https://www.example.com.", "https://example.com."},
		{"http://localhost:3000/", "http://localhost:3000", "http://localhost"},
		{"http://x.localhost/", "http://x.localhost", "http://x.localhost"},
		{"http://a.b.test/", "http://a.b.test", "http://b.test"},
		{"http://192.168.1.2/", "http://192.168.1.2", "http://192.168.1.2"},
		{"http://[2001:db8::1]:81/", "http://[2001:db8::1]:81", "http://[2001:db8::1]"},
		{"http://./", "http://.", "http://."},
		{"http://.com/", "http://.com", "http://.com"},
		{"wss://a.example.com/", "wss://a.example.com", "wss://example.com"},
		{"ftp://a.example.com/", "ftp://a.example.com", "ftp://example.com"},
		{"http://a:0/", "http://a:0", "http://a"},
		{"blob:https://a.example.com/uuid", "https://a.example.com", "https://example.com"},
		{"blob:null/uuid", "null", ""},
		{"file:///etc/hosts", "null", ""},
		{"data:,x", "null", ""},
		{"about:blank", "null", ""},
		{"sc://a/", "null", ""},
	} {
		o := MustParse(test.in).Origin()
		if o.String() != test.origin || o.Site() != test.site || o.Opaque() != (test.origin == "null") {
			t.Errorf("%s: origin %v, opaque %v, site %q, want %s, site %q", test.in, o, o.Opaque(), o.Site(), test.origin, test.site)
		}
	}
}

func TestSameSite(t *testing.T) {
	for _, test := range []struct {
		a, b       string
		site, same bool
	}{
		{"https://example.com/a", "https://example.com:443/b", true, true},
		{"https://example.com", "https://example.com:8443", true, false},
		{"https://a.example.com", "https://b.example.com", true, false},
		{"https://example.com", "http://example.com", false, false},
		{"https://a.github.io", "https://b.github.io", false, false},
		{"https://a.co.uk", "https://b.co.uk", false, false},
		{"https://example.com", "https://example.com.", false, false},
		{"http://127.0.0.1", "http://127.0.0.1:81", true, false},
		{"http://1.0.0.1", "http://2.0.0.1", false, false},
		{"data:,", "data:,", false, false},
		{"file:///a", "file:///a", false, false},
	} {
		a, b := MustParse(test.a).Origin(), MustParse(test.b).Origin()
		if got := SameSite(a, b); got != test.site || got != SameSite(b, a) {
			t.Errorf("SameSite(%s, %s) = %v, want %v", test.a, test.b, got, test.site)
		}
		if got := SameOrigin(a, b); got != test.same {
			t.Errorf("SameOrigin(%s, %s) = %v, want %v", test.a, test.b, got, test.same)
		}
	}
}

// pslExceptions are hosts of the public suffix list's own tests that golang.org/x/net/publicsuffix's older copy of the
// list answers differently, with the reason.
var pslExceptions = map[string]string{}

func TestPublicSuffixes(t *testing.T) {
	type pslCase struct {
		Host              *string
		RegistrableDomain *string `json:"registrable_domain"`
	}
	for _, c := range readCases[pslCase](t, "psl.jsonl") {
		if c.Host == nil || pslExceptions[*c.Host] != "" {
			continue
		}
		host, err := ParseHost(*c.Host)
		if err != nil {
			t.Errorf("ParseHost(%q) = %v", *c.Host, err)
			continue
		}
		want := host // a host without a registrable domain is a site itself
		if c.RegistrableDomain != nil {
			if want, err = ParseHost(*c.RegistrableDomain); err != nil {
				t.Fatal(err)
			}
		}
		o := Origin{Scheme: "https", Host: host, Port: 443}
		if got := o.Site(); got != "https://"+want {
			t.Errorf("Site of %v = %q, want https://%s", o, got, want)
		}
	}
}

func TestPotentiallyTrustworthy(t *testing.T) {
	for _, test := range []struct {
		in   string
		want bool
	}{
		{"https://example.com/", true},
		{"wss://example.com/", true},
		{"http://example.com/", false},
		{"ws://example.com/", false},
		{"http://localhost/", true},
		{"http://localhost.:8080/", true},
		{"http://a.localhost/", true},
		{"http://notlocalhost/", false},
		{"http://localhost.example/", false},
		{"http://127.0.0.1/", true},
		{"http://127.255.0.1:81/", true},
		{"http://127.a/", false},
		{"http://[::1]/", true},
		{"http://[::2]/", false},
		{"http://[::ffff:127.0.0.1]/", false},
		{"file:///x", true},
		{"data:,x", true},
		{"about:blank", true},
		{"about:srcdoc#x", true},
		{"about:config", false},
		{"blob:https://a/x", true},
		{"blob:http://a/x", false},
		{"sc://localhost/", false},
	} {
		if got := MustParse(test.in).PotentiallyTrustworthy(); got != test.want {
			t.Errorf("PotentiallyTrustworthy of %s = %v, want %v", test.in, got, test.want)
		}
	}
}

func TestBlockedPort(t *testing.T) {
	for _, port := range []uint16{0, 1, 22, 25, 587, 6000, 6667, 10080} {
		if !BlockedPort(port) {
			t.Errorf("BlockedPort(%d) = false", port)
		}
	}
	for _, port := range []uint16{80, 81, 443, 3000, 8080, 8443, 65535} {
		if BlockedPort(port) {
			t.Errorf("BlockedPort(%d) = true", port)
		}
	}
}

// TestEndsInNumberIsAddress checks that of the hosts that parse, those that end in a number are addresses: siteHost
// relies on it.
func TestEndsInNumberIsAddress(t *testing.T) {
	for _, r := range readCases[row](t, "urltestdata.json") {
		u, err := Parse(r.Input)
		if err != nil || !u.IsSpecial() || u.Hostname() == "" || strings.HasPrefix(u.Hostname(), "[") {
			continue
		}
		_, err = netip.ParseAddr(u.Hostname())
		if got := endsInNumber(u.Hostname()); got != (err == nil) {
			t.Errorf("endsInNumber(%q) = %v, netip says %v", u.Hostname(), got, err)
		}
	}
}
