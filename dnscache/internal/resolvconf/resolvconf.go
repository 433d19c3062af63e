package resolvconf

import (
	"bufio"
	"fmt"
	"io"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// The bounds of resolv.conf(5), and ours where it has none.
const (
	maxServers  = 3
	maxNdots    = 15
	maxTimeout  = 30 // seconds
	maxAttempts = 5
	maxSearch   = 32      // as many as Kubernetes writes at most
	maxSize     = 1 << 20 // octets of the file
	maxName     = 253
)

// Config is what a file says, with the defaults of resolv.conf(5) where it says nothing.
type Config struct {
	Servers    []netip.AddrPort // in order, three at most; none where the file names none
	Search     []string         // domains, lower case without dots at the ends; "" is the root
	SearchSet  bool             // the file has a search or domain line
	Ndots      int              // names with that many dots are tried as they are first
	Timeout    time.Duration    // for one try
	Attempts   int              // how often each server is tried
	Rotate     bool             // begin with another server each time
	TCP        bool             // use-vc: never over UDP
	NoAAAA     bool             // no-aaaa: no questions for IPv6 addresses
	NoTLDQuery bool             // no-tld-query: names without a dot are not tried as they are
}

// Default is what holds without a file.
func Default() Config { return Config{Ndots: 1, Timeout: 5 * time.Second, Attempts: 2} }

// Local is asked where a file names no server.
func Local() netip.AddrPort { return netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), 53) }

// Parse reads the text of a file. As in the C library, what is not understood counts for nothing, a keyword stands at the
// beginning of its line, and of several search and domain lines the last one holds. It fails for a file that is too
// large, and where r does.
func Parse(r io.Reader) (Config, error) {
	c := Default()
	limited := &io.LimitedReader{R: r, N: maxSize + 1}
	in := bufio.NewScanner(limited)
	in.Buffer(nil, maxSize+2)
	for in.Scan() {
		c.line(in.Text())
	}
	if err := in.Err(); err != nil {
		return Config{}, fmt.Errorf("resolv.conf: %w", err)
	}
	if limited.N <= 0 {
		return Config{}, fmt.Errorf("resolv.conf: larger than %d octets", maxSize)
	}
	return c, nil
}

func (c *Config) line(line string) {
	words := fields(line)
	if len(words) < 2 || !strings.HasPrefix(line, words[0]) {
		return
	}
	switch values := words[1:]; words[0] {
	case "nameserver":
		if ip, err := netip.ParseAddr(values[0]); err == nil && len(c.Servers) < maxServers {
			c.Servers = append(c.Servers, netip.AddrPortFrom(ip.Unmap(), 53))
		}
	case "domain":
		c.search(values[:1])
	case "search":
		c.search(values)
	case "options":
		for _, v := range values {
			c.option(v)
		}
	}
}

// fields returns the words of a line up to a comment.
func fields(line string) []string {
	words := strings.FieldsFunc(line, func(r rune) bool { return r == ' ' || r == '\t' || r == '\r' })
	for i, w := range words {
		if w[0] == '#' || w[0] == ';' {
			return words[:i]
		}
	}
	return words
}

func (c *Config) search(domains []string) {
	c.Search, c.SearchSet = nil, true
	for _, d := range domains {
		d = strings.ToLower(strings.Trim(d, "."))
		if len(d) <= maxName && !strings.Contains(d, "..") && len(c.Search) < maxSearch {
			c.Search = append(c.Search, d)
		}
	}
}

func (c *Config) option(text string) {
	name, value, _ := strings.Cut(text, ":")
	n, err := strconv.Atoi(value)
	number := err == nil && n >= 0
	switch {
	case name == "ndots" && number:
		c.Ndots = min(n, maxNdots)
	case name == "timeout" && number:
		c.Timeout = time.Duration(min(max(n, 1), maxTimeout)) * time.Second
	case name == "attempts" && number:
		c.Attempts = min(max(n, 1), maxAttempts)
	case text == "rotate":
		c.Rotate = true
	case text == "use-vc":
		c.TCP = true
	case text == "no-aaaa":
		c.NoAAAA = true
	case text == "no-tld-query":
		c.NoTLDQuery = true
	}
}

// Candidates returns the names to look up for a name, in order. A name with a trailing dot is only itself. The names
// returned have none.
func (c Config) Candidates(name string) []string {
	if bare, absolute := strings.CutSuffix(name, "."); absolute {
		return []string{bare}
	}
	dots := strings.Count(name, ".")
	names := make([]string, 0, 1+len(c.Search))
	if dots >= c.Ndots {
		names = append(names, name)
	}
	asIs := len(names) > 0
	for _, d := range c.Search {
		if d == "" {
			if !asIs {
				names, asIs = append(names, name), true
			}
		} else if len(name)+1+len(d) <= maxName {
			names = append(names, name+"."+d)
		}
	}
	if !asIs && (dots > 0 || !c.NoTLDQuery || len(names) == 0) {
		names = append(names, name)
	}
	return names
}
