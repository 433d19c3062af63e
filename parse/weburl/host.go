package weburl

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// ParseHost reads a host as it may stand in an http URL and returns it as the URL standard writes it: a name in lower
// case ASCII (UTS 46, not transitional), an IPv4 address in four decimal numbers (it is understood in all its forms:
// "0x7f.1", "2130706433"), an IPv6 address in brackets (it must be given in brackets). A port is an error. The error is
// an *Error.
func ParseHost(s string) (host string, err error) {
	if len(s) > MaxLength {
		return "", newError(s, whyTooLong)
	}
	var stack [stackBuffer]byte
	b, why := appendHost(stack[:0], s, true)
	if why != "" {
		return "", newError(s, why)
	}
	return string(b), nil
}

// appendHost is the standard's host parser (section 3.5) and serialiser.
func appendHost(b []byte, s string, special bool) ([]byte, string) {
	if strings.HasPrefix(s, "[") {
		if s[len(s)-1] != ']' || len(s) < 2 {
			return b, whyBracket
		}
		addr, why := parseIPv6(s[1 : len(s)-1])
		if why != "" {
			return b, why
		}
		return append(appendIPv6(append(b, '['), addr), ']'), ""
	}
	if !special {
		return appendOpaqueHost(b, s)
	}
	if s == "" {
		return b, whyNoHost
	}
	start := len(b)
	b, why := appendName(b, s)
	if why != "" {
		return b, why
	}
	return finishName(b, start)
}

// nameStops are the bytes that a name cannot have as it stands: capitals and what is forbidden, encoded or not ASCII.
var nameStops = makeNameStops()

func makeNameStops() (t [256]bool) {
	for c := range t {
		t[c] = c >= utf8.RuneSelf || classes[c]&forbiddenDomain != 0 || lower(byte(c)) != byte(c)
	}
	return t
}

// appendName appends a name: as it is in lower case, as long as nothing has to be mapped.
func appendName(b []byte, s string) ([]byte, string) {
	n := 0
	for n < len(s) && !nameStops[s[n]] {
		n++
	}
	if n == len(s) {
		return append(b, s...), ""
	}
	start, bad := len(b), -1
	for i := range len(s) {
		c := s[i]
		if c >= utf8.RuneSelf || c == '%' {
			return appendMappedName(b[:start], s)
		}
		if classes[c]&forbiddenDomain != 0 && bad < 0 {
			bad = i // a combining character can still change it: "<" and U+0338 are one character
		}
		b = append(b, lower(c))
	}
	if bad >= 0 {
		return b, forbidden(s[bad])
	}
	return b, ""
}

// finishName turns the name b[start:] into an IPv4 address where its last label is a number.
func finishName(b []byte, start int) ([]byte, string) {
	if !endsInNumber(b[start:]) {
		return b, ""
	}
	addr, why := parseIPv4(string(b[start:]))
	if why != "" {
		return b, why
	}
	return appendIPv4(b[:start], addr), ""
}

// appendOpaqueHost is the standard's opaque-host parser, for schemes that are not special.
func appendOpaqueHost(b []byte, s string) ([]byte, string) {
	for i := range len(s) {
		if classes[s[i]]&forbiddenHost != 0 {
			return b, forbidden(s[i])
		}
	}
	return appendEncoded(b, s, controlSet), ""
}

func forbidden(c byte) string { return fmt.Sprintf("host: forbidden character %q", c) }
