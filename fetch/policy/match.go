package policy

import (
	"strconv"
	"strings"

	"pageload/parse/weburl"
)

// allows reports whether the list has the URL (CSP section 6.7.2.5), without nonces, hashes and 'strict-dynamic'.
func (l *sourceList) allows(u weburl.URL, self weburl.Origin, redirected bool) bool {
	// The asterisk matches network schemes and the scheme of the document; data: and blob: must be listed.
	if l.star {
		switch scheme := u.Scheme(); {
		case u.IsHTTP(), scheme == "ws", scheme == "wss", scheme == self.Scheme && scheme != "":
			return true
		}
	}
	if l.self && matchesSelf(u, self) {
		return true
	}
	if len(l.sources) == 0 {
		return false
	}
	path := ""
	if !redirected {
		path = decodePercent(u.Path())
	}
	for i := range l.sources {
		if l.sources[i].matches(u, self, path, redirected) {
			return true
		}
	}
	return false
}

// matchesSelf reports whether 'self' means the URL (CSP section 6.7.2.8, step 4): the own origin, and its secure
// variants on the default ports.
func matchesSelf(u weburl.URL, self weburl.Origin) bool {
	if !u.IsSpecial() || self.Opaque() || u.Hostname() != self.Host {
		return false
	}
	scheme, port := u.Scheme(), effectivePort(u)
	if scheme == self.Scheme {
		return port == self.Port
	}
	bothDefault := port == defaultPort(scheme) && self.Port == defaultPort(self.Scheme)
	return (port == self.Port || bothDefault) &&
		(scheme == "https" || scheme == "wss" || self.Scheme == "http" && scheme == "ws")
}

// match is how well a scheme or a port matches.
type match uint8

const (
	noMatch match = iota
	upgrade       // where the source is the insecure variant
	either        // by a wildcard or default, which goes together with an upgrade
	exact
)

// matches reports whether the source expression means the URL (CSP section 6.7.2.8, steps 2 and 3), as Chromium has it:
// a source on http matches https only where both have their default ports, where the source has the port 443 or any.
func (s *source) matches(u weburl.URL, self weburl.Origin, path string, redirected bool) bool {
	scheme := s.matchScheme(u.Scheme(), self.Scheme)
	if scheme == noMatch {
		return false
	}
	if s.host == "" && !s.anyHost {
		return true
	}
	port := s.matchPort(u)
	switch {
	case port == noMatch, port == upgrade && scheme != upgrade:
		return false
	case scheme == upgrade && port == exact && s.port != 443:
		return false
	}
	return s.matchHost(u) && (redirected || s.matchPath(path))
}

func (s *source) matchScheme(scheme, self string) match {
	want := s.scheme
	if want == "" {
		want = self
	}
	switch {
	case want == "":
		return noMatch // no scheme, and the document has none
	case want == scheme:
		return exact
	case want == "http" && scheme == "https", want == "ws" && scheme == "wss":
		return upgrade
	}
	return noMatch
}

func (s *source) matchHost(u weburl.URL) bool {
	host := ""
	if u.IsSpecial() {
		host = u.Hostname()
	}
	if !s.anyHost {
		return host == s.host
	}
	// "*.example.com" does not match example.com itself.
	return s.host == "" || len(host) > len(s.host)+1 && strings.HasSuffix(host, s.host) &&
		host[len(host)-len(s.host)-1] == '.'
}

func (s *source) matchPort(u weburl.URL) match {
	port := effectivePort(u)
	switch {
	case s.anyPort:
		return either
	case s.port == 0:
		if port == defaultPort(u.Scheme()) {
			return either
		}
		return noMatch
	case s.port == port:
		return exact
	case s.port == 80 && port == 443:
		return upgrade
	}
	return noMatch
}

// matchPath compares with the percent-decoded path (CSP section 6.7.2.12): a path that ends in a slash is a folder,
// another is exactly that.
func (s *source) matchPath(path string) bool {
	switch {
	case s.path == "", s.path == "/" && path == "":
		return true
	case strings.HasSuffix(s.path, "/"):
		return strings.HasPrefix(path, s.path)
	}
	return s.path == path
}

func effectivePort(u weburl.URL) uint16 {
	_, port := u.Address()
	return port
}

// defaultPort is the port of a special scheme, 0 of others.
func defaultPort(scheme string) uint16 {
	switch scheme {
	case "http", "ws":
		return 80
	case "https", "wss":
		return 443
	case "ftp":
		return 21
	}
	return 0
}

// decodePercent decodes what is percent-encoded and leaves malformed parts as they are (URL standard, percent-decode).
func decodePercent(s string) string {
	i := strings.IndexByte(s, '%')
	if i < 0 {
		return s
	}
	b := append([]byte(nil), s[:i]...)
	for ; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			if n, err := strconv.ParseUint(s[i+1:i+3], 16, 8); err == nil {
				b = append(b, byte(n))
				i += 2
				continue
			}
		}
		b = append(b, s[i])
	}
	return string(b)
}
