package weburl

import (
	"strings"
	"testing"
)

func TestParts(t *testing.T) {
	for _, test := range []struct {
		in, host string
		port     uint16
		target   string
	}{
		{"http://example.com", "example.com", 80, "/"},
		{"https://example.com/a/b?c#d", "example.com", 443, "/a/b?c"},
		{"https://example.com?#", "example.com", 443, "/?"},
		{"ws://[::1]:9/x", "::1", 9, "/x"},
		{"wss://a", "a", 443, "/"},
		{"ftp://a/x", "a", 21, "/x"},
		{"http://a:0/", "a", 0, "/"},
		{"http://a:00080/", "a", 80, "/"},
		{"file:///etc/hosts", "", 0, "/etc/hosts"},
		{"sc://a", "a", 0, "/"},
		{"sc://a?q", "a", 0, "/?q"},
		{"sc://a:7", "a", 7, "/"},
		{"sc:/.//p?q", "", 0, "//p?q"},
		{"data:text/plain,x", "", 0, "text/plain,x"},
	} {
		u := MustParse(test.in)
		if host, port := u.Address(); host != test.host || port != test.port {
			t.Errorf("Address of %v = %q, %d, want %q, %d", u, host, port, test.host, test.port)
		}
		if got := u.RequestTarget(); got != test.target {
			t.Errorf("RequestTarget of %v = %q, want %q", u, got, test.target)
		}
	}
}

func TestEmptyPartsAreParts(t *testing.T) {
	u := MustParse("http://a/?#")
	if !u.HasQuery() || !u.HasFragment() || u.Query() != "" || u.Fragment() != "" {
		t.Errorf("parts of %v: %v, %v, %q, %q", u, u.HasQuery(), u.HasFragment(), u.Query(), u.Fragment())
	}
	if u = MustParse("http://a/"); u.HasQuery() || u.HasFragment() {
		t.Errorf("%v has a query: %v, a fragment: %v", u, u.HasQuery(), u.HasFragment())
	}
}

func TestZeroURL(t *testing.T) {
	var u URL
	for _, got := range []string{
		u.String(), u.Scheme(), u.Username(), u.Password(), u.Hostname(), u.Host(), u.Port(), u.Path(), u.Query(), u.Fragment(),
		u.WithoutFragment().String(), u.WithoutUserinfo().String(), u.WithScheme("https").String(),
		u.WithFragmentOf(MustParse("http://a/#x")).String(),
	} {
		if got != "" {
			t.Errorf("a part of the zero URL is %q", got)
		}
	}
	if !u.IsZero() || u.IsHTTP() || u.IsSpecial() || !u.Origin().Opaque() || u.RequestTarget() != "/" {
		t.Errorf("the zero URL says that it is one")
	}
}

func TestWith(t *testing.T) {
	for _, test := range []struct{ name, got, want string }{
		{"fragment removed", MustParse("http://a/?q#f").WithoutFragment().String(), "http://a/?q"},
		{"no fragment to remove", MustParse("http://a/").WithoutFragment().String(), "http://a/"},
		{"fragment inherited", MustParse("http://a/").WithFragmentOf(MustParse("http://b/#f")).String(), "http://a/#f"},
		{"own fragment kept", MustParse("http://a/#x").WithFragmentOf(MustParse("http://b/#f")).String(), "http://a/#x"},
		{"empty fragment kept", MustParse("http://a/#").WithFragmentOf(MustParse("http://b/#f")).String(), "http://a/#"},
		{"user removed", MustParse("http://u@a:8/p?q#f").WithoutUserinfo().String(), "http://a:8/p?q#f"},
		{"user and password removed", MustParse("http://u:p@a/").WithoutUserinfo().String(), "http://a/"},
		{"password removed", MustParse("http://:p@a/").WithoutUserinfo().String(), "http://a/"},
		{"upgrade", MustParse("http://u:p@a/p?q#f").WithScheme("https").String(), "https://u:p@a/p?q#f"},
		{"upgrade keeps a port", MustParse("http://a:8080/").WithScheme("https").String(), "https://a:8080/"},
		{"upgrade to the default port", MustParse("http://a:443/x").WithScheme("https").String(), "https://a/x"},
		{"downgrade", MustParse("wss://a/").WithScheme("ws").String(), "ws://a/"},
		{"unknown scheme", MustParse("http://a/").WithScheme("gopher").String(), "http://a/"},
		{"to file", MustParse("http://a/").WithScheme("file").String(), "http://a/"},
		{"from file", MustParse("file:///a").WithScheme("http").String(), "file:///a"},
		{"from another", MustParse("sc://a/").WithScheme("http").String(), "sc://a/"},
	} {
		if test.got != test.want {
			t.Errorf("%s: %s, want %s", test.name, test.got, test.want)
		}
	}
	u := MustParse("http://a/").WithScheme("https")
	if _, port := u.Address(); port != 443 || u != MustParse("https://a/") {
		t.Errorf("WithScheme gives %#v with port %d, want https://a/ with port 443", u, port)
	}
}

func TestLimitIsNamed(t *testing.T) {
	path := strings.Repeat("a", MaxLength-len("http://a/"))
	if u, err := Parse("http://a/" + path); err != nil || len(u.String()) != MaxLength {
		t.Errorf("Parse of MaxLength bytes = %d bytes, %v", len(u.String()), err)
	}
	for name, s := range map[string]string{
		"one byte more":            "http://a/" + path + "a",
		"too long when it is made": "http://a/" + path[1:] + "ä"[:1],
	} {
		_, err := Parse(s)
		if err == nil || !strings.Contains(err.Error(), "MaxLength, 2097152 bytes") || len(err.Error()) > 250 {
			t.Errorf("%s: error %.300q, want a short one that names the limit", name, err)
		}
	}
	full := MustParse("http://a/" + path)
	if u, err := full.Parse("#f"); err == nil {
		t.Errorf("a fragment on a full URL gives %d bytes, want an error", len(u.String()))
	}
	if u := full.WithFragmentOf(MustParse("http://a/#f")); u != full {
		t.Errorf("WithFragmentOf on a full URL gives %d bytes, want no change", len(u.String()))
	}
	if u := full.WithScheme("https"); u != full {
		t.Errorf("WithScheme on a full URL gives %d bytes, want no change", len(u.String()))
	}
}

func TestErrorIsShort(t *testing.T) {
	for _, s := range []string{strings.Repeat("x", 101), strings.Repeat("ä", 60), strings.Repeat("x", 99) + "€", strings.Repeat("\x80", 200)} {
		_, err := Parse(s)
		e, ok := err.(*Error)
		if !ok || len(e.Input) > shownInput+len("…") || !strings.HasSuffix(e.Input, "…") || !strings.HasPrefix(s, e.Input[:90]) {
			t.Errorf("Parse(%q) = %v, want an *Error with the beginning of the input", s, err)
		}
	}
}

func TestURLDoesNotKeepInput(t *testing.T) {
	in := "http://a/b"
	u := MustParse(in)
	allocs := testing.AllocsPerRun(100, func() { u, _ = Parse(in) })
	if allocs != 1 {
		t.Errorf("Parse(%q) allocates %v times, want 1: its own text", u, allocs)
	}
	allocs = testing.AllocsPerRun(100, func() { _, _ = u.Parse("img/x.png?a=b") })
	if allocs != 1 {
		t.Errorf("a plain reference allocates %v times, want 1", allocs)
	}
}
