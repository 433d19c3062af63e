package dnscache

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// Lengths of RFC 1035 section 2.3.4. A name of 255 octets on the wire is 253 characters of text: the dots are length
// octets there, and the first length and the root's take two more.
const (
	maxName  = 253
	maxLabel = 63
)

// names is the URL standard's "domain to ASCII" with beStrict false (section 3.3). It is never changed.
var names = idna.New(
	idna.MapForLookup(),
	idna.Transitional(false),
	idna.StrictDomainName(false), // cleanName checks the characters
	idna.CheckHyphens(false),
	idna.CheckJoiners(true),
	idna.BidiRule(),
	idna.VerifyDNSLength(false),
)

// toASCII returns name with what is not ASCII mapped as browsers do (UTS 46), and name itself where it is ASCII.
func toASCII(name string) (string, error) {
	if len(name) > 4*(maxName+1) { // four octets of UTF-8 become at least one of ASCII
		return "", fmt.Errorf("%w: %d octets, at most %d", ErrInvalidName, len(name), maxName)
	}
	if isASCII(name) {
		return name, nil
	}
	if !utf8.ValidString(name) {
		return "", fmt.Errorf("%w: it is not UTF-8", ErrInvalidName)
	}
	ascii, err := names.ToASCII(name)
	if err != nil {
		return "", fmt.Errorf("%w: %v", ErrInvalidName, err)
	}
	return ascii, nil
}

// cleanName returns an ASCII name as the sources know it: lower case, without trailing dot.
func cleanName(name string) (string, error) {
	clean := strings.ToLower(bareName(name))
	if clean == "" {
		return "", fmt.Errorf("%w: it is empty", ErrInvalidName)
	}
	if len(clean) > maxName {
		return "", fmt.Errorf("%w: %d octets, at most %d", ErrInvalidName, len(clean), maxName)
	}
	for label := range strings.SplitSeq(clean, ".") {
		if err := checkLabel(label); err != nil {
			return "", err
		}
	}
	return clean, nil
}

// bareName takes the trailing dot off.
func bareName(name string) string { return strings.TrimSuffix(name, ".") }

// isRooted reports whether a name has a trailing dot, so that no search domain counts.
func isRooted(name string) bool { return strings.HasSuffix(name, ".") }

// checkLabel accepts letters, digits and hyphens (RFC 1123 section 2.1) and the underscore, which live names have. The
// C library's getaddrinfo believes no other names either.
func checkLabel(label string) error {
	if label == "" {
		return fmt.Errorf("%w: empty label", ErrInvalidName)
	}
	if len(label) > maxLabel {
		return fmt.Errorf("%w: label of %d octets, at most %d", ErrInvalidName, len(label), maxLabel)
	}
	for i := range len(label) {
		switch c := label[i]; {
		case 'a' <= c && c <= 'z', '0' <= c && c <= '9', c == '-', c == '_':
		default:
			return fmt.Errorf("%w: character %q", ErrInvalidName, c)
		}
	}
	return nil
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// isLocalhost reports whether a clean name is for this machine by RFC 6761 section 6.3, whoever is asked.
func isLocalhost(name string) bool {
	return name == "localhost" || strings.HasSuffix(name, ".localhost")
}

// parseLiteral reads name as an IP address: IPv6 with or without brackets and zone, IPv4 in the forms that the URL
// standard's IPv4 parser knows ("127.1", "0x7f000001"). ok is false where it is a name. A host that ends in a number
// is an address or nothing (URL standard, "ends in a number checker"): err says that it is nothing.
func parseLiteral(name string) (ip netip.Addr, ok bool, err error) {
	if strings.Contains(name, ":") {
		inner, bracket := strings.CutPrefix(name, "[")
		if bracket {
			inner, bracket = strings.CutSuffix(inner, "]")
			if !bracket {
				return ip, false, fmt.Errorf("%w: bracket without end", ErrInvalidName)
			}
		}
		if ip, err = netip.ParseAddr(inner); err != nil {
			return ip, false, fmt.Errorf("%w: no IPv6 address", ErrInvalidName)
		}
		return ip, true, nil
	}
	parts := strings.Split(strings.TrimSuffix(name, "."), ".")
	if !endsInNumber(parts[len(parts)-1]) {
		return ip, false, nil
	}
	ip, ok = parseIPv4(parts)
	if !ok {
		return ip, false, fmt.Errorf("%w: it ends in a number and is no IPv4 address", ErrInvalidName)
	}
	return ip, true, nil
}

func endsInNumber(last string) bool {
	if last != "" && strings.Trim(last, "0123456789") == "" {
		return true
	}
	_, ok := parseNumber(last)
	return ok
}

// parseIPv4 is the URL standard's IPv4 parser: at most four numbers, the last of which fills the rest of the address.
func parseIPv4(parts []string) (ip netip.Addr, ok bool) {
	if len(parts) > 4 {
		return ip, false
	}
	var sum uint64
	for i, part := range parts {
		n, ok := parseNumber(part)
		if !ok {
			return ip, false
		}
		if i < len(parts)-1 {
			if n > 255 {
				return ip, false
			}
			sum += n << (8 * (3 - i))
			continue
		}
		if n >= 1<<(8*(5-len(parts))) {
			return ip, false
		}
		sum += n
	}
	return netip.AddrFrom4([4]byte{byte(sum >> 24), byte(sum >> 16), byte(sum >> 8), byte(sum)}), true
}

// parseNumber reads decimal, octal (leading 0) or hexadecimal (0x; alone it is zero) digits.
func parseNumber(s string) (uint64, bool) {
	base := 10
	switch {
	case len(s) >= 2 && (s[:2] == "0x" || s[:2] == "0X"):
		if s, base = s[2:], 16; s == "" {
			return 0, true
		}
	case len(s) >= 2 && s[0] == '0':
		s, base = s[1:], 8
	}
	if s == "" || s[0] == '+' || s[0] == '-' {
		return 0, false
	}
	n, err := strconv.ParseUint(s, base, 64)
	if err != nil {
		if e := err.(*strconv.NumError); e.Err == strconv.ErrRange {
			return 1 << 40, true // larger than any address: the caller refuses it as that
		}
		return 0, false
	}
	return n, true
}
