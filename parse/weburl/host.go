package weburl

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// names is the standard's "domain parser ToASCII" with beStrict false, its section 3.3. A Profile is read only.
var names = idna.New(
	idna.MapForLookup(),
	idna.Transitional(false),
	idna.StrictDomainName(false),
	idna.CheckHyphens(false),
	idna.CheckJoiners(true),
	idna.BidiRule(),
	idna.VerifyDNSLength(false),
)

// ParseHost reads a host as it may stand in an http URL and returns it as the URL standard writes it: a name in lower
// case ASCII (UTS 46, not transitional), an IPv4 address in four decimal numbers (it is understood in all its forms:
// "0x7f.1", "2130706433"), an IPv6 address in brackets (it must be given in brackets). A port is an error. The error is an *Error.
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
	for i := range len(s) {
		c := s[i]
		if c >= utf8.RuneSelf || c == '%' {
			return appendMappedHost(b[:start], s)
		}
		if classes[c]&forbiddenDomain != 0 {
			return b, forbidden(rune(c))
		}
		b = append(b, lower(c))
	}
	return finishDomain(b, start)
}

// appendMappedHost is the way of names with percent signs or characters beyond ASCII.
func appendMappedHost(b []byte, s string) ([]byte, string) {
	s = percentDecode(s)
	if !utf8.ValidString(s) {
		return b, whyUTF8
	}
	start := len(b)
	ascii := strings.IndexFunc(s, func(r rune) bool { return r >= utf8.RuneSelf }) < 0
	if !ascii {
		mapped, err := names.ToASCII(s)
		if err != nil {
			return b, fmt.Sprintf("host %q is no international name: %v", cut(s), err)
		}
		if mapped == "" {
			return b, whyEmptyName
		}
		s = mapped
	}
	for i := range len(s) {
		if classes[s[i]]&forbiddenDomain != 0 {
			return b, forbidden(rune(s[i]))
		}
		b = append(b, lower(s[i]))
	}
	return finishDomain(b, start)
}

// finishDomain turns the name b[start:] into an IPv4 address where its last label is a number.
func finishDomain(b []byte, start int) ([]byte, string) {
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
			return b, forbidden(rune(s[i]))
		}
	}
	return appendEncoded(b, s, controlSet), ""
}

func forbidden(c rune) string { return fmt.Sprintf("host: forbidden character %q", c) }
