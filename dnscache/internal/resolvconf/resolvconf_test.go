package resolvconf

import (
	"errors"
	"fmt"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

// servers parses a list for a Config.
func servers(addrs ...string) []netip.AddrPort {
	var out []netip.AddrPort
	for _, a := range addrs {
		out = append(out, netip.AddrPortFrom(netip.MustParseAddr(a), 53))
	}
	return out
}

var parseTests = []struct {
	name, text string
	edit       func(*Config) // of the default
}{
	{"empty", "", func(*Config) {}},
	{"one server", "nameserver 192.0.2.1\n", func(c *Config) { c.Servers = servers("192.0.2.1") }},
	{"no line end", "nameserver 192.0.2.1", func(c *Config) { c.Servers = servers("192.0.2.1") }},
	{"CRLF", "nameserver 192.0.2.1\r\nsearch a.test\r\n", func(c *Config) {
		c.Servers, c.Search, c.SearchSet = servers("192.0.2.1"), []string{"a.test"}, true
	}},
	{"three of four servers", "nameserver 192.0.2.1\nnameserver 2001:db8::2\nnameserver fe80::3%eth0\nnameserver 192.0.2.4\n",
		func(c *Config) { c.Servers = servers("192.0.2.1", "2001:db8::2", "fe80::3%eth0") }},
	{"broken servers do not count", "nameserver\nnameserver example.com\nnameserver 192.0.2\nnameserver 192.0.2.1:53\nnameserver ::ffff:192.0.2.1\n",
		func(c *Config) { c.Servers = servers("192.0.2.1") }},
	{"comments", "# nameserver 192.0.2.1\n;nameserver 192.0.2.2\nnameserver 192.0.2.3 # mine\nsearch a.test ; b.test\n", func(c *Config) {
		c.Servers, c.Search, c.SearchSet = servers("192.0.2.3"), []string{"a.test"}, true
	}},
	{"indented keyword", " nameserver 192.0.2.1\n\tnameserver 192.0.2.2\n", func(*Config) {}},
	{"tabs", "nameserver\t \t192.0.2.1\t\n", func(c *Config) { c.Servers = servers("192.0.2.1") }},
	{"keyword in capitals", "NAMESERVER 192.0.2.1\n", func(*Config) {}},
	{"domain", "domain A.Test. other\n", func(c *Config) { c.Search, c.SearchSet = []string{"a.test"}, true }},
	{"last search line", "search a.test\ndomain b.test\nsearch c.test D.TEST. .\n", func(c *Config) {
		c.Search, c.SearchSet = []string{"c.test", "d.test", ""}, true
	}},
	{"broken search domains", "search a..test " + strings.Repeat("x", 254) + " b.test\n", func(c *Config) {
		c.Search, c.SearchSet = []string{"b.test"}, true
	}},
	{"options", "options ndots:3 timeout:2 attempts:4 rotate use-vc edns0 trust-ad no-aaaa no-tld-query inet6\n", func(c *Config) {
		*c = Config{
			Servers: c.Servers, Ndots: 3, Timeout: 2 * time.Second, Attempts: 4,
			Rotate: true, TCP: true, NoAAAA: true, NoTLDQuery: true,
		}
	}},
	{"options over their bounds", "options ndots:99 timeout:99 attempts:99\n", func(c *Config) {
		c.Ndots, c.Timeout, c.Attempts = 15, 30*time.Second, 5
	}},
	{"options under their bounds", "options ndots:0\noptions timeout:0 attempts:0\n", func(c *Config) {
		c.Ndots, c.Timeout, c.Attempts = 0, time.Second, 1
	}},
	{"broken options", "options ndots:x timeout: attempts:-1 ndots timeout:1s :5 rotate:1\n", func(*Config) {}},
	{"unknown lines", "sortlist 192.0.2.0\nlookup file bind\nfamily inet4\n", func(*Config) {}},
}

func TestParse(t *testing.T) {
	for _, tt := range parseTests {
		t.Run(tt.name, func(t *testing.T) {
			want := Default()
			tt.edit(&want)
			got, err := Parse(strings.NewReader(tt.text))
			if err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("Parse(%q) = %+v, %v, want %+v", tt.text, got, err, want)
			}
		})
	}
}

func TestParseBounds(t *testing.T) {
	if _, err := Parse(strings.NewReader(strings.Repeat("#\n", maxSize))); err == nil || !strings.Contains(err.Error(), "larger than") {
		t.Errorf("large file: error %v, want one that says so", err)
	}
	if _, err := Parse(strings.NewReader(strings.Repeat("#", 2*maxSize))); err == nil {
		t.Error("large line: no error")
	}
	if c, err := Parse(strings.NewReader("search" + strings.Repeat(" a.test", 100))); err != nil || len(c.Search) != maxSearch {
		t.Errorf("%d search domains, %v, want %d", len(c.Search), err, maxSearch)
	}
	broken := errors.New("broken")
	if _, err := Parse(iotest.ErrReader(broken)); !errors.Is(err, broken) {
		t.Errorf("reader's error: %v", err)
	}
}

func TestCandidates(t *testing.T) {
	long := strings.Repeat("a.", 120) + "test" // 244 octets
	tests := []struct {
		conf, name, want string
	}{
		{"", "wiki", "[wiki]"},
		{"", "www.example.com", "[www.example.com]"},
		{"search a.test b.test", "wiki", "[wiki.a.test wiki.b.test wiki]"},
		{"search a.test b.test", "wiki.", "[wiki]"},
		{"search a.test", "www.example.com", "[www.example.com www.example.com.a.test]"},
		{"search a.test", "www.example.com.", "[www.example.com]"},
		{"search a.test\noptions ndots:2", "www.example", "[www.example.a.test www.example]"},
		{"search a.test\noptions ndots:2", "www.example.com", "[www.example.com www.example.com.a.test]"},
		{"search a.test\noptions ndots:0", "wiki", "[wiki wiki.a.test]"},
		{"search . a.test", "wiki", "[wiki wiki.a.test]"},
		{"search . a.test", "www.test", "[www.test www.test.a.test]"},
		{"search a.test\noptions no-tld-query", "wiki", "[wiki.a.test]"},
		{"options no-tld-query", "wiki", "[wiki]"},
		{"search example.com", long, "[" + long + "]"},
	}
	for _, tt := range tests {
		c, err := Parse(strings.NewReader(tt.conf))
		if got := fmt.Sprint(c.Candidates(tt.name)); err != nil || got != tt.want {
			t.Errorf("%q: Candidates(%q) = %s, %v, want %s", tt.conf, tt.name, got, err, tt.want)
		}
	}
}

// FuzzParse checks that whatever the text is, the configuration keeps to the bounds, and each candidate once.
func FuzzParse(f *testing.F) {
	for _, tt := range parseTests {
		f.Add(tt.text, "wiki")
	}
	f.Add("search a.test . a.test\noptions ndots:3\n", "www.example.com.")
	f.Fuzz(func(t *testing.T, text, name string) {
		c, err := Parse(strings.NewReader(text))
		if err != nil {
			return
		}
		if len(c.Servers) > maxServers || len(c.Search) > maxSearch || c.Ndots < 0 || c.Ndots > maxNdots ||
			c.Timeout < time.Second || c.Timeout > maxTimeout*time.Second || c.Attempts < 1 || c.Attempts > maxAttempts {
			t.Errorf("Parse(%q) = %+v", text, c)
		}
		for _, s := range c.Servers {
			if !s.IsValid() || s.Addr().Is4In6() || s.Port() != 53 {
				t.Errorf("server %v", s)
			}
		}
		names := c.Candidates(name)
		if len(names) == 0 || len(names) > 1+maxSearch {
			t.Errorf("%d candidates", len(names))
		}
		for _, n := range names {
			bare := strings.TrimSuffix(name, ".")
			if n != bare && (strings.HasSuffix(name, ".") || !strings.HasPrefix(n, name+".") || len(n) > maxName) {
				t.Errorf("candidate %q for %q", n, name)
			}
		}
		if i := slices.Index(names, name); i >= 0 && slices.Contains(names[i+1:], name) {
			t.Errorf("%q twice in %q", name, names)
		}
	})
}
