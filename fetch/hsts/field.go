package hsts

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"pageload/fetch/internal/syntax"
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
	s := syntax.Scanner{Rest: field}
	for {
		s.Space()
		if name := strings.ToLower(s.Token()); name != "" {
			v, has, err := value(&s)
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
				var ok bool
				if p.MaxAge, ok = syntax.Seconds(v, maxAge); !ok {
					return Policy{}, fmt.Errorf("hsts: max-age is %.20q, not a number of seconds", v)
				}
			case "includesubdomains":
				if has {
					return Policy{}, errors.New("hsts: includeSubDomains has a value")
				}
				p.IncludeSubDomains = true
			}
		}
		s.Space()
		switch {
		case s.Rest == "" && !slices.Contains(seen, "max-age"):
			return Policy{}, errors.New("hsts: no max-age")
		case s.Rest == "":
			return p, nil
		case !s.Take(';'):
			return Policy{}, fmt.Errorf("hsts: %.20q where a directive should end", s.Rest)
		}
	}
}

// value takes what follows a directive's name: nothing, or an equals sign and a token or quoted string.
func value(s *syntax.Scanner) (value string, has bool, err error) {
	s.Space()
	if !s.Take('=') {
		return "", false, nil
	}
	s.Space()
	value, ok := s.Value()
	switch {
	case ok:
		return value, true, nil
	case s.Next() == '"':
		return "", true, errors.New("a quote is not closed")
	}
	return "", true, errors.New("no value after the equals sign")
}
