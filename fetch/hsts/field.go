package hsts

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A Policy is what a Strict-Transport-Security field says.
type Policy struct {
	MaxAge            time.Duration // 0: the host is to be forgotten
	IncludeSubDomains bool
}

// maxAge is the longest that a host is remembered (Chromium, kMaxHSTSAgeSecs).
const maxAge = 365 * 24 * time.Hour

// maxDirectives is how many a field may have; two are known.
const maxDirectives = 32

// ParsePolicy reads the value of a Strict-Transport-Security field (RFC 6797 section 6.1). A field that is not by the grammar is an
// error that says why; directives that are not known are passed over.
func ParsePolicy(field string) (Policy, error) {
	var p Policy
	var buf [4]string
	seen := buf[:0]
	s := scanner{rest: field}
	for {
		s.space()
		if name := strings.ToLower(s.token()); name != "" {
			value, has, err := s.value()
			switch {
			case err != nil:
				return Policy{}, fmt.Errorf("hsts: %s: %w", name, err)
			case slices.Contains(seen, name):
				return Policy{}, fmt.Errorf("hsts: %s is there twice", name)
			case len(seen) == maxDirectives:
				return Policy{}, fmt.Errorf("hsts: more than %d directives", maxDirectives)
			}
			seen = append(seen, name)
			switch name {
			case "max-age":
				if p.MaxAge, err = age(value); err != nil {
					return Policy{}, err
				}
			case "includesubdomains":
				if has {
					return Policy{}, errors.New("hsts: includeSubDomains has a value")
				}
				p.IncludeSubDomains = true
			}
		}
		s.space()
		switch {
		case s.rest == "" && !slices.Contains(seen, "max-age"):
			return Policy{}, errors.New("hsts: no max-age")
		case s.rest == "":
			return p, nil
		case s.rest[0] != ';':
			return Policy{}, fmt.Errorf("hsts: %.20q where a directive should end", s.rest)
		}
		s.rest = s.rest[1:]
	}
}

// age reads delta-seconds (RFC 9111 section 1.2.2), however large.
func age(s string) (time.Duration, error) {
	n := uint64(0)
	if s == "" {
		return 0, errors.New("hsts: max-age has no value")
	}
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0, fmt.Errorf("hsts: max-age is %.20q, not a number of seconds", s)
		}
	}
	n, err := strconv.ParseUint(s, 10, 64)
	if err != nil {
		n = math.MaxUint64
	}
	return time.Duration(min(n, uint64(maxAge/time.Second))) * time.Second, nil
}

// A scanner takes a field apart.
type scanner struct{ rest string }

func (s *scanner) space() { s.rest = strings.TrimLeft(s.rest, " \t") }

// token takes a token (RFC 9110 section 5.6.2), "" where there is none.
func (s *scanner) token() string {
	n := 0
	for n < len(s.rest) && isTokenChar(s.rest[n]) {
		n++
	}
	t := s.rest[:n]
	s.rest = s.rest[n:]
	return t
}

func isTokenChar(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || strings.IndexByte("!#$%&'*+-.^_`|~", c) >= 0
}

// value takes what follows a name: nothing, or an equals sign and a token or quoted string.
func (s *scanner) value() (value string, has bool, err error) {
	s.space()
	if !strings.HasPrefix(s.rest, "=") {
		return "", false, nil
	}
	s.rest = s.rest[1:]
	s.space()
	if !strings.HasPrefix(s.rest, `"`) {
		if value = s.token(); value == "" {
			return "", true, errors.New("no value after the equals sign")
		}
		return value, true, nil
	}
	var b strings.Builder
	for i := 1; i < len(s.rest); i++ {
		switch c := s.rest[i]; {
		case c == '"':
			s.rest = s.rest[i+1:]
			return b.String(), true, nil
		case c == '\\' && i+1 < len(s.rest):
			i++
			b.WriteByte(s.rest[i])
		default:
			b.WriteByte(c)
		}
	}
	return "", true, errors.New("a quote is not closed")
}
