package auth

import (
	"strings"

	"pageload/fetch/internal/syntax"
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
		s := scanner{syntax.Scanner{Rest: f}}
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

// A scanner takes a field of challenges apart.
type scanner struct{ syntax.Scanner }

// separator skips commas and blanks.
func (s *scanner) separator() { s.Rest = strings.TrimLeft(s.Rest, " \t,") }

// challenge takes the next one.
func (s *scanner) challenge() (Challenge, bool) {
	s.separator()
	c := Challenge{Scheme: strings.ToLower(s.Token())}
	if c.Scheme == "" || s.Rest != "" && s.Rest[0] != ' ' && s.Rest[0] != '\t' && s.Rest[0] != ',' {
		return c, false
	}
	s.Space()
	if t, ok := s.token68(); ok {
		c.Params = []Param{{"", t}}
		return c, true
	}
	for len(c.Params) < maxParams {
		before := s.Rest
		s.separator()
		name := strings.ToLower(s.Token())
		if s.Space(); name == "" || !s.Take('=') {
			s.Rest = before // the next challenge, or the end
			break
		}
		s.Space()
		value, ok := s.Value()
		if !ok {
			return c, false
		}
		c.Params = append(c.Params, Param{name, value})
		if s.Space(); s.Rest != "" && s.Rest[0] != ',' {
			return c, false
		}
	}
	c.Realm, _ = c.Param("realm")
	return c, true
}

// token68 takes one, which nothing but a comma follows (RFC 9110 section 11.2).
func (s *scanner) token68() (string, bool) {
	n := 0
	for n < len(s.Rest) && (syntax.IsTokenChar(s.Rest[n]) || s.Rest[n] == '/') {
		n++
	}
	if n == 0 {
		return "", false
	}
	for n < len(s.Rest) && s.Rest[n] == '=' {
		n++
	}
	after := strings.TrimLeft(s.Rest[n:], " \t")
	if after != "" && after[0] != ',' {
		return "", false
	}
	t := s.Rest[:n]
	s.Rest = after
	return t, true
}

// quote makes a quoted string of a value that a field can carry.
func quote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}
