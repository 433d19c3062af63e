package conn

import (
	"strings"
	"testing"
)

var connectToTests = []struct {
	in   string
	want string // pattern and target, or a part of the error
}{
	{"*.test=127.0.0.1:8080", "*.test 127.0.0.1:8080"},
	{"*.test:443=127.0.0.1:8443", "*.test:443 127.0.0.1:8443"},
	{"*:80=localhost:1", "*:80 localhost:1"},
	{"*=[::1]:65535", "* [::1]:65535"},
	{"[::1]:80=a.example:80", "[::1]:80 a.example:80"},
	{"[2001:db8::*]=a.example:80", "[2001:db8::*] a.example:80"},
	{"a.test", `no "="`},
	{"=127.0.0.1:80", "no host"},
	{":80=127.0.0.1:80", "no host"},
	{"a.test=", "no host"},
	{"a.test=127.0.0.1", "no port"},
	{"a.test=:80", "no host"},
	{"a.test=*:80", "not a host"},
	{"a.test=a b:80", "not a host"},
	{"a.test:0=b.test:80", "1 to 65535"},
	{"a.test:=b.test:80", "1 to 65535"},
	{"a.test:65536=b.test:80", "1 to 65535"},
	{"a.test:http=b.test:80", "1 to 65535"},
	{"a.test=b.test:+80", "1 to 65535"},
	{"::1=b.test:80", "needs brackets"},
	{"[::1=b.test:80", "closing bracket"},
	{"[::1]x=b.test:80", "after the closing bracket"},
	{"a.test=b.test:80=c.test:80", "needs brackets"},
	{"a.test=b.test=c.test:80", "not a host"},
}

func TestParseConnectTo(t *testing.T) {
	for _, test := range connectToTests {
		c, err := ParseConnectTo(test.in)
		got := c.Pattern + " " + c.Target
		if err != nil {
			if !strings.Contains(err.Error(), test.want) {
				t.Errorf("ParseConnectTo(%q): %v, want %q", test.in, err, test.want)
			}
		} else if got != test.want {
			t.Errorf("ParseConnectTo(%q) = %q, want %q", test.in, got, test.want)
		}
	}
}

func TestConnectToMatch(t *testing.T) {
	tests := []struct {
		pattern string
		host    string
		port    uint16
		want    bool
	}{
		{"*.test", "a.test", 80, true},
		{"*.test", "a.b.test", 443, true},
		{"*.test", ".test", 443, true},
		{"*.test", "test", 443, false},
		{"*.test", "a.test.example", 443, false},
		{"*.test:443", "a.test", 443, true},
		{"*.test:443", "a.test", 80, false},
		{"example.com:80", "EXAMPLE.com", 80, true},
		{"Example.com:80", "example.com", 80, true},
		{"example.com:80", "www.example.com", 80, false},
		{"*:80", "::1", 80, true},
		{"*:80", "::1", 81, false},
		{"*", "anything", 1, true},
		{"a*b*c", "axxbxbxc", 1, true},
		{"a*b*c", "axxbxbx", 1, false},
		{"**", "", 1, true},
		{"[::1]:80", "::1", 80, true},
		{"[2001:db8:*]", "2001:db8::7", 80, true},
		{"a:b:c", "a", 80, false},
		{"", "a", 80, false},
	}
	for _, test := range tests {
		c := ConnectTo{Pattern: test.pattern}
		if got := c.Match(test.host, test.port); got != test.want {
			t.Errorf("%q matches %s port %d: %v, want %v", test.pattern, test.host, test.port, got, test.want)
		}
	}
}

// What is parsed can be written and parsed again, and the target can be used.
func FuzzParseConnectTo(f *testing.F) {
	for _, test := range connectToTests {
		f.Add(test.in, "a.test", uint16(80))
	}
	f.Fuzz(func(t *testing.T, s, host string, port uint16) {
		c, err := ParseConnectTo(s)
		if err != nil {
			if c != (ConnectTo{}) {
				t.Errorf("ParseConnectTo(%q) = %+v with error %v", s, c, err)
			}
			return
		}
		again, err := ParseConnectTo(c.String())
		if err != nil || again != c {
			t.Errorf("ParseConnectTo(%q) = %+v, %v, want %+v", c.String(), again, err, c)
		}
		to, err := parseTarget(c.Target)
		if err != nil || to.host == "" || to.port == 0 {
			t.Errorf("target %q: %+v, %v", c.Target, to, err)
		}
		p, err := parsePattern(c.Pattern)
		if err != nil {
			t.Fatalf("pattern %q: %v", c.Pattern, err)
		}
		// A pattern matches itself, its stars being any run of characters.
		if at := p.port; !c.Match(p.host, at) && p.host == strings.ToLower(p.host) {
			t.Errorf("%q does not match itself", c.Pattern)
		}
		if p.port != 0 && port != p.port && c.Match(host, port) {
			t.Errorf("%q matches port %d", c.Pattern, port)
		}
	})
}
