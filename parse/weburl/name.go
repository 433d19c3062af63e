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

// maxMappedName is the longest name in bytes that is mapped, since Punycode takes quadratic time: 2 ms then, and a page
// may have many. No name of the DNS is longer: it has 253 bytes at most (RFC 1035 section 2.3.4) and four for each
// before it is mapped.
const maxMappedName = 1024

// appendMappedName appends a name that has percent signs or characters beyond ASCII: "domain to ASCII".
func appendMappedName(b []byte, s string) ([]byte, string) {
	if s = percentDecode(s); len(s) > maxMappedName {
		return b, fmt.Sprintf("host: a name with percent signs or characters beyond ASCII of more than %d bytes", maxMappedName)
	}
	if !utf8.ValidString(s) {
		return b, whyUTF8
	}
	// An ASCII name is only lowered, also where a label is no valid Punycode.
	if !isASCII(s) {
		mapped, err := names.ToASCII(strings.Map(unicode16, s))
		if err != nil {
			return b, fmt.Sprintf("host %q is no international name: %s", cut(s), cut(err.Error()))
		}
		if mapped == "" {
			return b, whyEmptyName
		}
		s = mapped
	}
	for i := range len(s) {
		if classes[s[i]]&forbiddenDomain != 0 {
			return b, forbidden(s[i])
		}
		b = append(b, lower(s[i]))
	}
	return b, ""
}

// unicode16 maps the old characters that UTS 46 treats differently since its revision for Unicode 16 and that the
// tables of golang.org/x/net/idna have in the older way (Unicode 15) unless it is built by Go 1.27. Capitals that were
// disallowed are mapped to their small letters, invisible characters that were disallowed are ignored (-1). With the
// newer tables this changes nothing. What remains of the difference is characters that Unicode 15 did not have, and
// U+1806.
func unicode16(r rune) rune {
	switch {
	case r < 0x4C0:
		return r
	case 0x10A0 <= r && r <= 0x10C5: // Georgian capitals
		return r - 0x10A0 + 0x2D00
	case 0x2061 <= r && r <= 0x2063, 0x206A <= r && r <= 0x206F, 0x1D173 <= r && r <= 0x1D17A:
		return -1
	}
	switch r {
	case 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180E, 0x3164, 0xFFA0: // fillers, inherent vowels
		return -1
	case 0x04C0:
		return 0x04CF
	case 0x1E9E: // ẞ
		return 'ß'
	case 0x2132:
		return 0x214E
	case 0x2183:
		return 0x2184
	case 0x2F868:
		return 0x36FC
	case 0x2F874:
		return 0x5F53
	case 0x2F91F:
		return 0x243AB
	case 0x2F95F:
		return 0x7AEE
	case 0x2F9BF:
		return 0x45D7
	}
	return r
}
