package cookies

import "strings"

// The bounds of RFC 6265bis section 5.6: longer pairs are refused, longer attribute values are not looked at. A path that is the URL's has
// none there; here it is what servers take of a URL.
const (
	maxPair      = 4096
	maxAttribute = 1024
	maxPath      = 8192
)

// A line is a Set-Cookie field's value, parsed (RFC 6265bis section 5.6).
type line struct {
	name, value string
	domain      string // as sent; "" for none
	path        string // as sent; "" for none, and for one that does not begin with a slash
	expires     int64  // from Expires, in seconds since 1970
	maxAge      int64  // in seconds
	hasExpires  bool   // and it is a date
	hasMaxAge   bool   // and it is a number
	secure      bool
	httpOnly    bool
	partitioned bool
	sameSite    SameSite
	priority    Priority
}

// parse parses the value of a Set-Cookie field. Of an attribute that comes twice the last one counts; as recorded also if it cannot be
// read, which RFC 6265bis says of none.
func parse(s string) (c line, why Reasons) {
	if i := strings.IndexFunc(s, isControl); i >= 0 {
		return c, DisallowedCharacter
	}
	pair, attributes, _ := strings.Cut(s, ";")
	name, value, ok := strings.Cut(pair, "=")
	if !ok {
		name, value = "", pair
	}
	c.name, c.value = trim(name), trim(value)
	switch {
	case strings.IndexByte(c.name, '\t') >= 0 || strings.IndexByte(c.value, '\t') >= 0:
		return c, DisallowedCharacter
	case c.name == "" && c.value == "":
		return c, NoCookieContent
	case len(c.name)+len(c.value) > maxPair:
		return c, NameValuePairExceedsMaxSize
	}
	for attributes != "" {
		var a string
		a, attributes, _ = strings.Cut(attributes, ";")
		name, value, _ := strings.Cut(a, "=")
		name, value = trim(name), trim(value)
		if strings.IndexByte(name, '\t') >= 0 || strings.IndexByte(value, '\t') >= 0 {
			return c, DisallowedCharacter
		}
		if len(value) <= maxAttribute {
			c.attribute(name, value)
		}
	}
	return c, 0
}

// isControl reports whether a line with c is refused (RFC 6265bis section 5.6 step 1). A tab may stand in it, but as recorded only around
// names and values.
func isControl(c rune) bool { return c < ' ' && c != '\t' || c == 0x7f }

func trim(s string) string { return strings.Trim(s, " \t") }

// attribute takes an attribute (RFC 6265bis sections 5.6.1 to 5.6.7). Unknown ones say nothing.
func (c *line) attribute(name, value string) {
	switch len(name) {
	case len("path"):
		if strings.EqualFold(name, "path") {
			if c.path = value; !strings.HasPrefix(value, "/") {
				c.path = ""
			}
		}
	case len("domain"): // and secure
		switch {
		case strings.EqualFold(name, "domain"):
			c.domain = value
		case strings.EqualFold(name, "secure"):
			c.secure = true
		}
	case len("expires"): // and max-age
		switch {
		case strings.EqualFold(name, "expires"):
			c.expires, c.hasExpires = parseDate(value)
		case strings.EqualFold(name, "max-age"):
			c.maxAge, c.hasMaxAge = parseAge(value)
		}
	case len("httponly"): // samesite and priority, too
		switch {
		case strings.EqualFold(name, "httponly"):
			c.httpOnly = true
		case strings.EqualFold(name, "samesite"):
			c.sameSite = parseSameSite(value)
		case strings.EqualFold(name, "priority"):
			c.priority = parsePriority(value)
		}
	case len("partitioned"):
		if strings.EqualFold(name, "partitioned") {
			c.partitioned = true
		}
	}
}

func parseSameSite(s string) SameSite {
	for i := None; i <= Strict; i++ {
		if strings.EqualFold(s, sameSiteNames[i]) {
			return i
		}
	}
	return Unspecified
}

func parsePriority(s string) Priority {
	for i := Medium; i <= High; i++ {
		if strings.EqualFold(s, priorityNames[i]) {
			return i
		}
	}
	return Medium
}

// parseAge returns the seconds of a Max-Age, at most the 400 days that a cookie may last; anything below one is zero, which ends it
// (RFC 6265bis section 5.6.2).
func parseAge(s string) (int64, bool) {
	digits, negative := strings.CutPrefix(s, "-")
	if digits == "" || strings.Trim(digits, "0123456789") != "" {
		return 0, false
	}
	if negative {
		return 0, true
	}
	var n int64
	for _, c := range []byte(digits) {
		if n = n*10 + int64(c-'0'); n > maxLife {
			return maxLife, true
		}
	}
	return n, true
}

// maxLife is how long a cookie may last, in seconds: 400 days (RFC 6265bis section 5.5).
const maxLife = 400 * 24 * 60 * 60

// A prefix is what a name's beginning demands of a cookie (RFC 6265bis section 4.1.3;
// draft-ietf-httpbis-layered-cookies for __Http- and __Host-Http-).
type prefix struct {
	text           string
	host, httpOnly bool
}

var prefixes = [...]prefix{
	{text: "__Host-Http-", host: true, httpOnly: true}, {text: "__Host-", host: true}, {text: "__Http-", httpOnly: true}, {text: "__Secure-"},
}

// prefixOf returns the prefix of a name, compared without regard to case; ok is false for names without one.
func prefixOf(name string) (p prefix, ok bool) {
	if !strings.HasPrefix(name, "__") {
		return p, false
	}
	for _, p := range prefixes {
		if len(name) >= len(p.text) && strings.EqualFold(name[:len(p.text)], p.text) {
			return p, true
		}
	}
	return p, false
}

// checkPrefix reports whether the line has what its name's prefix demands. A name that only its value spells out must have no prefix
// (RFC 6265bis section 5.7 step 21). secure: Secure cookies may be set.
func (c *line) checkPrefix(secure bool) bool {
	if c.name == "" {
		_, hidden := prefixOf(c.value)
		return !hidden
	}
	p, ok := prefixOf(c.name)
	switch {
	case !ok:
		return true
	case !c.secure || !secure, p.httpOnly && !c.httpOnly:
		return false
	case p.host:
		return c.domain == "" && c.path == "/"
	}
	return true
}
