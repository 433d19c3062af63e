package auth

import (
	"strings"
)

// A Challenge is one way in which a server or proxy can be answered.
type Challenge struct {
	Scheme string // in lower case: "basic", "digest"
	Realm  string // the part of the server that it is about, as it calls it
	Params []Param
}

// A Param is a parameter of a challenge. The name is in lower case, the value without its quotes. A challenge with a token68 instead
// has one parameter without a name.
type Param struct{ Name, Value string }

// Param returns the value of the first parameter with the name.
func (c *Challenge) Param(name string) (value string, ok bool) {
	for _, p := range c.Params {
		if p.Name == name {
			return p.Value, true
		}
	}
	return "", false
}

// maxChallenges and maxParams bound what is read of a response.
const (
	maxChallenges = 32
	maxParams     = 64
)

// ParseChallenges reads the WWW-Authenticate or Proxy-Authenticate fields of a response, in order (RFC 9110 section 11.6.1). A
// challenge that is not by the grammar is left out with what follows it in its field.
func ParseChallenges(fields []string) []Challenge {
	var list []Challenge
	for _, f := range fields {
		s := scanner{f}
		for len(list) < maxChallenges {
			c, ok := s.challenge()
			if !ok {
				break
			}
			list = append(list, c)
		}
	}
	return list
}

// A scanner takes a field apart.
type scanner struct{ rest string }

func (s *scanner) space() { s.rest = strings.TrimLeft(s.rest, " \t") }

// separator skips commas and blanks.
func (s *scanner) separator() { s.rest = strings.TrimLeft(s.rest, " \t,") }

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

// challenge takes the next one.
func (s *scanner) challenge() (Challenge, bool) {
	s.separator()
	c := Challenge{Scheme: strings.ToLower(s.token())}
	if c.Scheme == "" || s.rest != "" && s.rest[0] != ' ' && s.rest[0] != '\t' && s.rest[0] != ',' {
		return c, false
	}
	s.space()
	if t, ok := s.token68(); ok {
		c.Params = []Param{{"", t}}
		return c, true
	}
	for len(c.Params) < maxParams {
		before := s.rest
		s.separator()
		name := strings.ToLower(s.token())
		if s.space(); name == "" || !strings.HasPrefix(s.rest, "=") {
			s.rest = before // the next challenge, or the end
			break
		}
		s.rest = s.rest[1:]
		s.space()
		value, ok := s.value()
		if !ok {
			return c, false
		}
		c.Params = append(c.Params, Param{name, value})
		if s.space(); s.rest != "" && s.rest[0] != ',' {
			return c, false
		}
	}
	c.Realm, _ = c.Param("realm")
	return c, true
}

// token68 takes one, which nothing but a comma follows (RFC 9110 section 11.2).
func (s *scanner) token68() (string, bool) {
	n := 0
	for n < len(s.rest) && (isTokenChar(s.rest[n]) || s.rest[n] == '/') {
		n++
	}
	if n == 0 {
		return "", false
	}
	for n < len(s.rest) && s.rest[n] == '=' {
		n++
	}
	after := strings.TrimLeft(s.rest[n:], " \t")
	if after != "" && after[0] != ',' {
		return "", false
	}
	t := s.rest[:n]
	s.rest = after
	return t, true
}

// value takes a token or a quoted string.
func (s *scanner) value() (string, bool) {
	if !strings.HasPrefix(s.rest, `"`) {
		t := s.token()
		return t, t != ""
	}
	var b strings.Builder
	for i := 1; i < len(s.rest); i++ {
		switch c := s.rest[i]; {
		case c == '"':
			s.rest = s.rest[i+1:]
			return b.String(), true
		case c == '\\' && i+1 < len(s.rest):
			i++
			b.WriteByte(s.rest[i])
		default:
			b.WriteByte(c)
		}
	}
	return "", false
}

// quote makes a quoted string of a value that a field can carry.
func quote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}
