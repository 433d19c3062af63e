// Package syntax takes the values of header fields apart, by the rules that fields have in common (RFC 9110 section 5.6).
package syntax

import (
	"strconv"
	"strings"
	"time"
)

// A Scanner takes a value apart from its beginning. Rest is what is left; it may be set.
type Scanner struct{ Rest string }

// Space skips blanks.
func (s *Scanner) Space() { s.Rest = strings.TrimLeft(s.Rest, " \t") }

// Next returns the first byte that is left, 0 for none.
func (s *Scanner) Next() byte {
	if s.Rest == "" {
		return 0
	}
	return s.Rest[0]
}

// Take skips c if it is the next byte, and reports whether it was.
func (s *Scanner) Take(c byte) bool {
	if s.Rest == "" || s.Rest[0] != c {
		return false
	}
	s.Rest = s.Rest[1:]
	return true
}

// Token takes a token, "" where there is none.
func (s *Scanner) Token() string {
	n := 0
	for n < len(s.Rest) && IsTokenChar(s.Rest[n]) {
		n++
	}
	t := s.Rest[:n]
	s.Rest = s.Rest[n:]
	return t
}

// Quoted takes a quoted string and returns what it means. It takes nothing where there is none, or it is not closed.
func (s *Scanner) Quoted() (value string, ok bool) {
	if s.Next() != '"' {
		return "", false
	}
	var b strings.Builder
	for i := 1; i < len(s.Rest); i++ {
		switch c := s.Rest[i]; {
		case c == '"':
			s.Rest = s.Rest[i+1:]
			return b.String(), true
		case c == '\\' && i+1 < len(s.Rest):
			i++
			b.WriteByte(s.Rest[i])
		default:
			b.WriteByte(c)
		}
	}
	return "", false
}

// Value takes a token or a quoted string; the token is not empty.
func (s *Scanner) Value() (value string, ok bool) {
	if s.Next() == '"' {
		return s.Quoted()
	}
	value = s.Token()
	return value, value != ""
}

// IsTokenChar reports whether c may stand in a token.
func IsTokenChar(c byte) bool {
	switch {
	case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		return true
	}
	return strings.IndexByte("!#$%&'*+-.^_`|~", c) >= 0
}

// IsToken reports whether s is a token.
func IsToken(s string) bool {
	for i := range len(s) {
		if !IsTokenChar(s[i]) {
			return false
		}
	}
	return s != ""
}

// Seconds reads delta-seconds (RFC 9111 section 1.2.2), however large: most is the most that it returns.
func Seconds(s string, most time.Duration) (d time.Duration, ok bool) {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
	}
	if s == "" {
		return 0, false
	}
	n, err := strconv.ParseUint(s, 10, 64)
	if limit := uint64(most / time.Second); err != nil || n > limit {
		n = limit
	}
	return time.Duration(n) * time.Second, true
}
