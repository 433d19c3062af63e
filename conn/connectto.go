package conn

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// A ConnectTo sends the connections for some hosts to another place. The URL
// does not change, nor do the Host field, the TLS server name and what the
// certificate is checked against.
type ConnectTo struct {
	// Pattern is HOST or HOST:PORT. In HOST a "*" stands for any run of
	// characters, dots included, the empty one too; case does not matter; an
	// IPv6 address is in brackets. Without a port any port matches.
	Pattern string
	// Target is HOST:PORT. If HOST is an IP address no name is resolved, else
	// the target's name is.
	Target string
}

// ParseConnectTo reads PATTERN=HOST:PORT, as in "*.test:443=127.0.0.1:8443".
func ParseConnectTo(s string) (ConnectTo, error) {
	pattern, target, ok := strings.Cut(s, "=")
	if !ok {
		return ConnectTo{}, fmt.Errorf("conn: connect-to %q: no \"=\" between PATTERN and HOST:PORT", s)
	}
	if _, err := parsePattern(pattern); err != nil {
		return ConnectTo{}, fmt.Errorf("conn: connect-to %q: pattern: %w", s, err)
	}
	if _, err := parseTarget(target); err != nil {
		return ConnectTo{}, fmt.Errorf("conn: connect-to %q: target: %w", s, err)
	}
	return ConnectTo{Pattern: pattern, Target: target}, nil
}

// String returns PATTERN=HOST:PORT, which [ParseConnectTo] reads.
func (c ConnectTo) String() string { return c.Pattern + "=" + c.Target }

// Match reports whether connections to host (no brackets) and port go to
// c.Target. A pattern that does not parse matches nothing.
func (c ConnectTo) Match(host string, port uint16) bool {
	p, err := parsePattern(c.Pattern)
	return err == nil && p.match(host, port)
}

// A connectPattern is a parsed Pattern.
type connectPattern struct {
	host string // lower case, without brackets
	port uint16 // 0: any
}

func (p connectPattern) match(host string, port uint16) bool {
	return (p.port == 0 || p.port == port) && glob(p.host, strings.ToLower(host))
}

func parsePattern(s string) (connectPattern, error) {
	host, port, hasPort, err := splitPort(s)
	if err != nil {
		return connectPattern{}, err
	}
	p := connectPattern{host: strings.ToLower(host)}
	if !hasPort {
		return p, nil
	}
	p.port, err = parsePort(port)
	return p, err
}

// A place is where a connection goes: a name still to be resolved, or an IP.
type place struct {
	host string
	port uint16
}

// addr returns the address if the host is one; IPv4 inside IPv6 is unmapped.
func (p place) addr() (netip.Addr, bool) {
	a, err := netip.ParseAddr(p.host)
	if err != nil {
		return netip.Addr{}, false
	}
	return a.Unmap(), true
}

func parseTarget(s string) (place, error) {
	host, port, hasPort, err := splitPort(s)
	if err != nil {
		return place{}, err
	}
	if !hasPort {
		return place{}, errors.New("no port")
	}
	if strings.ContainsAny(host, "*= \t\r\n/") {
		return place{}, errors.New("not a host: " + strconv.Quote(host))
	}
	n, err := parsePort(port)
	return place{host: host, port: n}, err
}

// splitPort splits HOST[:PORT] and takes the brackets from an IPv6 address.
func splitPort(s string) (host, port string, hasPort bool, err error) {
	if rest, ok := strings.CutPrefix(s, "["); ok {
		host, port, ok = strings.Cut(rest, "]")
		if !ok {
			return "", "", false, errors.New("no closing bracket")
		}
		if port != "" && port[0] != ':' {
			return "", "", false, errors.New("text after the closing bracket")
		}
		hasPort = port != ""
		port = strings.TrimPrefix(port, ":")
	} else {
		host, port, hasPort = strings.Cut(s, ":")
		if strings.Contains(port, ":") {
			return "", "", false, errors.New("an IPv6 address needs brackets")
		}
	}
	if host == "" {
		return "", "", false, errors.New("no host")
	}
	return host, port, hasPort, nil
}

func parsePort(s string) (uint16, error) {
	n, err := strconv.ParseUint(s, 10, 16)
	if err != nil || n == 0 || s[0] == '+' {
		return 0, errors.New("port is not a number from 1 to 65535: " + strconv.Quote(s))
	}
	return uint16(n), nil
}

// glob matches s against a pattern in which "*" is any run of characters. It
// goes back to the last star only, so it takes at most len(pattern)*len(s) steps.
func glob(pattern, s string) bool {
	p, i := 0, 0
	star, mark := -1, 0
	for i < len(s) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, mark = p, i
			p++
		case p < len(pattern) && pattern[p] == s[i]:
			p++
			i++
		case star >= 0:
			mark++
			p, i = star+1, mark
		default:
			return false
		}
	}
	for p < len(pattern) && pattern[p] == '*' {
		p++
	}
	return p == len(pattern)
}
