package nameflags

import (
	"flag"
	"fmt"
	"io"
	"net/netip"
	"strings"
	"testing"

	"pageload/dnscache"
	"pageload/dnscache/iterate"
	"pageload/dnscache/system"
	"pageload/fetch/doh"
)

func parse(t *testing.T, args string) *Flags {
	t.Helper()
	f := new(Flags)
	set := flag.NewFlagSet("x", flag.ContinueOnError)
	set.SetOutput(io.Discard)
	f.Register(set)
	if err := set.Parse(strings.Fields(args)); err != nil {
		t.Fatal(err)
	}
	return f
}

func TestChain(t *testing.T) {
	for _, tt := range []struct{ args, want string }{
		{"", "cache os os os router isp root"},
		{"-levels root", "root"},
		{"-levels isp,router", "isp router"},
		{"-levels browser,system", "cache system"},
		{"-levels browser", "cache"},
		{"-levels os,isp,root,system", "os os os isp root system"},
	} {
		r := parse(t, tt.args).Resolver()
		var got []string
		if r.MaxEntries == 0 {
			got = append(got, "cache")
		}
		for _, s := range r.Sources {
			got = append(got, s.Level().String())
		}
		if strings.Join(got, " ") != tt.want {
			t.Errorf("%q: chain %v, want %s", tt.args, got, tt.want)
		}
		if r.Sources == nil {
			t.Errorf("%q: nil sources stand for the default chain", tt.args)
		}
	}
}

func TestAddresses(t *testing.T) {
	f := parse(t, "-levels router,isp,root -router fe80::1%eth0 -server tls://192.0.2.1#dns.test -roots 192.0.2.2,[2001:db8::1]:5353,2001:db8::2")
	if !f.Set() || parse(t, "").Set() {
		t.Error("Set does not tell whether there were flags")
	}
	s := f.Resolver().Sources
	for what, got := range map[string]any{
		"[[fe80::1%eth0]:53]":                                s[0].(*system.Router).Addrs,
		"[tls://192.0.2.1:853#dns.test]":                     s[1].(*system.ISP).Upstreams,
		"[192.0.2.2:53 [2001:db8::1]:5353 [2001:db8::2]:53]": s[2].(*iterate.Resolver).Roots,
	} {
		if text := fmt.Sprint(got); text != what {
			t.Errorf("got %s, want %s", text, what)
		}
	}
	if f.Router != netip.MustParseAddrPort("[fe80::1%eth0]:53") || !f.Asks(dnscache.Root) || f.Asks(dnscache.Browser) {
		t.Errorf("flags %+v", f)
	}
}

func TestServerOverHTTPS(t *testing.T) {
	for _, tt := range []struct{ arg, url, bootstrap string }{
		{"https://dns.test/dns-query#192.0.2.1", "https://dns.test/dns-query", "[192.0.2.1]"},
		{"https://dns.test:8443/q#2001:db8::1", "https://dns.test:8443/q", "[2001:db8::1]"},
		{"https://192.0.2.1/dns-query", "https://192.0.2.1/dns-query", "[]"},
		{"https://[2001:db8::1]/q", "https://[2001:db8::1]/q", "[]"},
		{"https://dns.test/dns-query", "", ""},
		{"https://dns.test/dns-query#dns.test", "", ""},
		{"https://dns.test/dns-query#", "", ""},
		{"https://a b/#192.0.2.1", "", ""},
	} {
		f := new(Flags)
		err := f.setServer(tt.arg)
		if tt.url == "" {
			if err == nil || f.Set() {
				t.Errorf("%s: %v, %+v", tt.arg, err, f)
			}
			continue
		}
		if err != nil || !f.Set() {
			t.Errorf("%s: %v", tt.arg, err)
			continue
		}
		f.Levels = []dnscache.Level{dnscache.ISP}
		s := f.Resolver().Sources[0].(*doh.Source)
		if s.URL != tt.url || fmt.Sprint(s.Bootstrap) != tt.bootstrap {
			t.Errorf("%s: %s at %v", tt.arg, s.URL, s.Bootstrap)
		}
	}
}
