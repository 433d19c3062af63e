package weburl

import (
	"net/netip"
	"testing"
)

func TestParseHost(t *testing.T) {
	for _, test := range []struct{ in, want string }{
		{"example.com", "example.com"},
		{"EXAMPLE.com.", "example.com."},
		{"ex%41mple.com", "example.com"},
		{"a_b--c.test", "a_b--c.test"},
		{"straße.de", "xn--strae-oqa.de"},
		{"bücher.example", "xn--bcher-kva.example"},
		{"☕.example", "xn--53h.example"},
		{"１２７．１", "127.0.0.1"},
		{"127.1", "127.0.0.1"},
		{"0x7f.1", "127.0.0.1"},
		{"017700000001", "127.0.0.1"},
		{"2130706433", "127.0.0.1"},
		{"1.2.3", "1.2.0.3"},
		{"0xffffffff", "255.255.255.255"},
		{"1.2.3.4.", "1.2.3.4"},
		{"1.2.3.08x", "1.2.3.08x"},
		{"[::1]", "[::1]"},
		{"[2001:DB8:0:0:1:0:0:1]", "[2001:db8::1:0:0:1]"},
		{"[::ffff:1.2.3.4]", "[::ffff:102:304]"},
		{"[1:2:3:4:5:6:7::]", "[1:2:3:4:5:6:7:0]"},
		{"[::]", "[::]"},
	} {
		if got, err := ParseHost(test.in); err != nil || got != test.want {
			t.Errorf("ParseHost(%q) = %q, %v, want %q", test.in, got, err, test.want)
		}
	}
}

func TestErrors(t *testing.T) {
	page := MustParse("https://example.com/")
	mail := MustParse("mailto:a@example.com")
	for _, test := range []struct {
		base     URL
		in, want string
	}{
		{URL{}, "htp//x", `weburl: "htp//x": no scheme and no base`},
		{URL{}, "", `weburl: "": no scheme and no base`},
		{mail, "x", `weburl: "x": the base has an opaque path (as mailto: and data: have): only a #fragment resolves against it`},
		{page, "//", `weburl: "//": no host`},
		{page, "//user@", `weburl: "//user@": user name without a host`},
		{page, "//:80", `weburl: "//:80": port without a host`},
		{page, "//a:8x/", `weburl: "//a:8x/": port "8x" is no number`},
		{page, "//a:65536/", `weburl: "//a:65536/": port over 65535`},
		{page, "//a b/", `weburl: "//a b/": host: forbidden character ' '`},
		{page, "//%00/", `weburl: "//%00/": host: forbidden character '\x00'`},
		{page, "//%ff/", `weburl: "//%ff/": host: percent-decoding gives no UTF-8`},
		{page, "//\u00ad/", "weburl: \"//\\u00ad/\": host: nothing remains after mapping the name (UTS 46)"},
		{page, "//\u2190\u200d/", "weburl: \"//←\\u200d/\": host \"←\\u200d\" is no international name: idna: invalid label \"←\\u200d\""},
		{page, "//1.2.3.4.5/", `weburl: "//1.2.3.4.5/": IPv4 address: more than four parts`},
		{page, "//1.2.3.256/", `weburl: "//1.2.3.256/": IPv4 address: a part is too large`},
		{page, "//256.1/", `weburl: "//256.1/": IPv4 address: a part is too large`},
		{page, "//99999999999999999999/", `weburl: "//99999999999999999999/": IPv4 address: a part is too large`},
		{page, "//a.1/", `weburl: "//a.1/": IPv4 address: a part is no decimal, octal or hexadecimal number`},
		{page, "//[::1/", `weburl: "//[::1/": IPv6 address: no closing bracket`},
		{page, "//[:1]/", `weburl: "//[:1]/": IPv6 address: a single colon at the beginning`},
		{page, "//[1::2::3]/", `weburl: "//[1::2::3]/": IPv6 address: "::" twice`},
		{page, "//[1:2:3:4:5:6:7:8:9]/", `weburl: "//[1:2:3:4:5:6:7:8:9]/": IPv6 address: more than eight pieces`},
		{page, "//[1:2]/", `weburl: "//[1:2]/": IPv6 address: fewer than eight pieces`},
		{page, "//[::g]/", `weburl: "//[::g]/": IPv6 address: unexpected character`},
		{page, "//[fe80::1%25eth0]/", `weburl: "//[fe80::1%25eth0]/": IPv6 address: unexpected character`},
		{page, "//[::1.2.3]/", `weburl: "//[::1.2.3]/": IPv6 address: malformed IPv4 part`},
	} {
		_, err := test.base.Parse(test.in)
		if err == nil || err.Error() != test.want {
			t.Errorf("%v.Parse(%q) = %v, want %s", test.base, test.in, err, test.want)
		}
	}
}

// TestIPv6LikeNetip compares with net/netip, which reads the same addresses but for zones.
func TestIPv6LikeNetip(t *testing.T) {
	for _, s := range ipv6Seeds {
		checkIPv6(t, s)
	}
}

var ipv6Seeds = []string{
	"", ":", "::", ":::", "1", "1::", "::1", "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8:9", "1::2::3", "1:2:3:4:5:6:7::", "::2:3:4:5:6:7:8",
	"1:2:3:4::5:6:7:8", "12345::", "::1.2.3.4", "1.2.3.4", "1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:7:1.2.3.4", "::01.2.3.4", "::256.1.1.1",
	"::1.2.3", "::1.2.3.4.5", "::1.2.3.4:5", "0:0:1:0:0:0:1:0", "ff02::fb", "1:2:3:4:5:6:7:", "1:", "g::", "::1.", "::1.2.3.",
}

func checkIPv6(t *testing.T, s string) {
	t.Helper()
	want, err := netip.ParseAddr(s)
	ok := err == nil && want.Is6() && want.Zone() == ""
	got, why := parseIPv6(s)
	if (why == "") != ok {
		t.Errorf("parseIPv6(%q) fails with %q, netip says %v", s, why, err)
		return
	}
	if !ok {
		return
	}
	written := string(appendIPv6(nil, got))
	again, err := netip.ParseAddr(written)
	if err != nil || again != want {
		t.Errorf("parseIPv6(%q) = %s, want %v", s, written, want)
	}
	if !want.Is4In6() && written != want.String() {
		t.Errorf("appendIPv6 of %q = %s, want %v", s, written, want)
	}
}

func FuzzIPv6(f *testing.F) {
	for _, s := range ipv6Seeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) { checkIPv6(t, s) })
}
