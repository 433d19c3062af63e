package policy

import (
	"encoding/base64"
	"strconv"
	"strings"
)

// sourceList is the value of a directive that names sources (CSP section 2.3.1).
type sourceList struct {
	self         bool // 'self'
	star         bool // *
	unsafeInline bool
	unsafeHashes bool
	dynamic      bool // 'strict-dynamic'
	sources      []source
	nonces       []string
	hashes       []digest
}

// source is a scheme-source or host-source: scheme://host:port/path, where all but one of scheme and host can be
// missing.
type source struct {
	scheme string // lower case, "" if missing
	// host is in lower case; "" matches the scheme alone, or with anyHost every host. With anyHost and a host, names
	// below the host match.
	host    string
	anyHost bool
	port    uint16 // 0 if missing
	anyPort bool
	path    string // percent-decoded; "" if missing
}

// parseSources parses a list of source expressions. Those that cannot be parsed are left out.
func (p *Policy) parseSources(name, value string) sourceList {
	var l sourceList
	count := 0
	for text := range strings.FieldsFuncSeq(value, isSpace) {
		if count++; count > MaxSources {
			p.problem("%s: more than MaxSources (%d) sources: the rest does not count", name, MaxSources)
			break
		}
		switch {
		case text == "*":
			l.star = true
		case text[0] == '\'':
			if !l.quoted(text, name) {
				p.problem("%s: unknown source %q", name, clip(text))
			}
		default:
			s, ok := parseSource(text)
			if !ok {
				p.problem("%s: malformed source %q", name, clip(text))
				continue
			}
			l.sources = append(l.sources, s)
		}
	}
	return l
}

// quoted adds a keyword, nonce or hash. frame-ancestors knows 'self' and 'none' only (CSP section 6.4.2).
func (l *sourceList) quoted(text, name string) bool {
	word := lower(text)
	switch word {
	case "'none'": // alone it is the empty list; beside others it is ignored
		return true
	case "'self'":
		l.self = true
		return true
	}
	if name == "frame-ancestors" {
		return false
	}
	switch word {
	case "'unsafe-inline'":
		l.unsafeInline = true
	case "'unsafe-hashes'":
		l.unsafeHashes = true
	case "'strict-dynamic'":
		l.dynamic = true
	case "'unsafe-eval'", "'wasm-eval'", "'wasm-unsafe-eval'", "'report-sample'", "'inline-speculation-rules'",
		"'trusted-types-eval'", "'unsafe-allow-redirects'":
		// They say nothing about what is fetched.
	default:
		return l.nonceOrHash(text, word)
	}
	return true
}

// nonceOrHash adds 'nonce-…' or 'sha256-…'. word is text in lower case; the values are compared with their case.
func (l *sourceList) nonceOrHash(text, word string) bool {
	if len(text) < 2 || text[len(text)-1] != '\'' {
		return false
	}
	text, word = text[1:len(text)-1], word[1:len(word)-1]
	if strings.HasPrefix(word, "nonce-") {
		value := text[len("nonce-"):]
		if !isBase64(value) {
			return false
		}
		l.nonces = append(l.nonces, value)
		return true
	}
	d, ok := parseDigest(text)
	if ok {
		l.hashes = append(l.hashes, d)
	}
	return ok
}

// isBase64 reports whether s is the base64-value of CSP section 2.3.1: of either alphabet, with at most two "=".
func isBase64(s string) bool {
	value := strings.TrimRight(s, "=")
	if value == "" || len(s)-len(value) > 2 {
		return false
	}
	for i := range len(value) {
		if c := value[i]; !isAlphanumeric(c) && strings.IndexByte("+/-_", c) < 0 {
			return false
		}
	}
	return true
}

// decodeBase64 decodes either alphabet, with or without padding; nil if it cannot be decoded.
func decodeBase64(s string) []byte {
	s = strings.TrimRight(s, "=")
	if strings.ContainsAny(s, "-_") {
		s = strings.NewReplacer("-", "+", "_", "/").Replace(s)
	}
	b, err := base64.RawStdEncoding.DecodeString(s)
	if err != nil {
		return nil
	}
	return b
}

// parseSource parses a scheme-source or host-source (CSP section 2.3.1), as Chromium does. Host names in other than
// ASCII must be given in Punycode; an IPv6 address cannot be given.
func parseSource(text string) (s source, ok bool) {
	if i := strings.IndexAny(text, ":/"); i >= 0 && text[i] == ':' {
		scheme, rest := text[:i], text[i+1:]
		if rest == "" {
			s.scheme = lower(scheme)
			return s, isScheme(scheme)
		}
		if rest[0] == '/' {
			if len(rest) < 2 || rest[1] != '/' || !isScheme(scheme) {
				return s, false
			}
			s.scheme, text = lower(scheme), rest[2:]
		}
	}
	host, rest := text, ""
	if i := strings.IndexAny(text, ":/"); i >= 0 {
		host, rest = text[:i], text[i:]
	}
	if !s.setHost(host) {
		return s, false
	}
	if rest != "" && rest[0] == ':' {
		port := rest[1:]
		if i := strings.IndexByte(port, '/'); i >= 0 {
			port, rest = port[:i], port[i:]
		} else {
			rest = ""
		}
		if !s.setPort(port) {
			return s, false
		}
	}
	if i := strings.IndexAny(rest, "?#"); i >= 0 {
		rest = rest[:i] // Chromium ignores what cannot match
	}
	s.path = decodePercent(rest)
	return s, true
}

func (s *source) setHost(host string) bool {
	if host == "*" {
		s.anyHost = true
		return true
	}
	host, s.anyHost = strings.CutPrefix(host, "*.")
	s.host = lower(host)
	for label := range strings.SplitSeq(strings.TrimSuffix(host, "."), ".") {
		if label == "" {
			return false
		}
		for i := range len(label) {
			if c := label[i]; !isAlphanumeric(c) && c != '-' && c != '_' {
				return false
			}
		}
	}
	return true
}

func (s *source) setPort(port string) bool {
	if port == "*" {
		s.anyPort = true
		return true
	}
	n, err := strconv.ParseUint(port, 10, 16)
	s.port = uint16(n)
	return err == nil && n > 0 && port[0] != '+'
}

// isScheme reports whether s is a scheme-part (RFC 3986 section 3.1).
func isScheme(s string) bool {
	for i := range len(s) {
		c := s[i]
		if !isAlphanumeric(c) && strings.IndexByte("+-.", c) < 0 || i == 0 && '0' <= c && c <= '9' {
			return false
		}
	}
	return s != "" && isAlphanumeric(s[0])
}

func isAlphanumeric(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
}
