package weburl

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// MaxLength is the longest text in bytes that is parsed, and the longest URL that is made: 2 MB, Chromium's
// url::kMaxURLChars. A longer one is an error that names the limit.
const MaxLength = 2 * 1024 * 1024

// shownInput is how much of a faulty input an Error keeps and shows, in bytes.
const shownInput = 100

// Error says why a text is no URL.
type Error struct {
	// Input is the text, cut after 100 bytes with "…" so that an error does not keep a document in memory.
	Input string
	// Why is the reason, as a phrase: "no scheme and no base".
	Why string
}

// Error returns `weburl: "INPUT": WHY`.
func (e *Error) Error() string { return fmt.Sprintf("weburl: %q: %s", e.Input, e.Why) }

func newError(input, why string) *Error { return &Error{Input: cut(input), Why: why} }

// cut returns a copy of the beginning of s, at a rune boundary.
func cut(s string) string {
	if len(s) <= shownInput {
		return strings.Clone(s)
	}
	n := shownInput
	for n > shownInput-utf8.UTFMax && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + "…"
}

// The reasons. A reason that shows a part of the input is put together where it arises.
const (
	whyNoBase        = "no scheme and no base"
	whyOpaqueBase    = "the base has an opaque path (as mailto: and data: have): only a #fragment resolves against it"
	whyNoHost        = "no host"
	whyUserNoHost    = "user name without a host"
	whyPortNoHost    = "port without a host"
	whyPortRange     = "port over 65535"
	whyBracket       = "IPv6 address: no closing bracket"
	whyEmptyName     = "host: nothing remains after mapping the name (UTS 46)"
	whyUTF8          = "host: percent-decoding gives no UTF-8"
	whyIPv4Parts     = "IPv4 address: more than four parts"
	whyIPv4Number    = "IPv4 address: a part is no decimal, octal or hexadecimal number"
	whyIPv4Range     = "IPv4 address: a part is too large"
	whyIPv6Colon     = "IPv6 address: a single colon at the beginning"
	whyIPv6Compress  = "IPv6 address: \"::\" twice"
	whyIPv6Long      = "IPv6 address: more than eight pieces"
	whyIPv6Short     = "IPv6 address: fewer than eight pieces"
	whyIPv6Character = "IPv6 address: unexpected character"
	whyIPv6Dotted    = "IPv6 address: malformed IPv4 part"
)

var (
	whyTooLong    = fmt.Sprintf("longer than MaxLength, %d bytes", MaxLength)
	whyTooLongURL = fmt.Sprintf("the URL is longer than MaxLength, %d bytes", MaxLength)
)
