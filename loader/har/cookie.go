package har

import (
	"strconv"
	"strings"
	"time"

	"pageload/loader/waterfall"
)

// requestCookies writes the cookies that were sent.
func (h *writer) requestCookies(list []waterfall.Field) {
	h.array("cookies")
	for _, f := range list {
		if !strings.EqualFold(f.Name, "Cookie") {
			continue
		}
		for s := f.Value; s != ""; {
			var c string
			c, s, _ = strings.Cut(s, ";")
			if c = strings.TrimSpace(c); c != "" {
				h.pair(nameValue(c))
			}
		}
	}
	h.close(']')
}

// nameValue splits a cookie pair; one without an equals sign is a value with an
// empty name (RFC 6265bis section 5.6).
func nameValue(s string) (name, value string) {
	name, value, ok := strings.Cut(s, "=")
	if !ok {
		name, value = "", s
	}
	return strings.TrimSpace(name), strings.TrimSpace(value)
}

// responseCookies writes the cookies that the response sets, with the
// attributes it gives them.
func (h *writer) responseCookies(r *waterfall.Request) {
	h.array("cookies")
	for _, f := range r.ResponseHeader {
		if strings.EqualFold(f.Name, "Set-Cookie") {
			h.setCookie(r, f.Value)
		}
	}
	h.close(']')
}

// blockedCookies writes the cookies that were not sent, and those that were not
// kept, which have their field's value beside them.
func (h *writer) blockedCookies(r *waterfall.Request) {
	if len(r.BlockedCookies) == 0 {
		return
	}
	h.array("_blockedCookies")
	for i := range r.BlockedCookies {
		b := &r.BlockedCookies[i]
		h.open('{')
		h.str("name", b.Name)
		h.opt("domain", b.Domain)
		h.opt("path", b.Path)
		h.opt("partition", b.Partition)
		h.opt("setCookie", b.Line)
		h.array("reasons")
		for _, why := range b.Reasons {
			h.value(why)
		}
		h.close(']')
		h.close('}')
	}
	h.close(']')
}

func (h *writer) setCookie(r *waterfall.Request, s string) {
	first, rest, _ := strings.Cut(s, ";")
	name, value := nameValue(first)
	var path, domain, sameSite string
	var expires time.Time
	var byAge, httpOnly, secure bool
	for rest != "" {
		var a string
		a, rest, _ = strings.Cut(rest, ";")
		k, v, _ := strings.Cut(a, "=")
		v = strings.TrimSpace(v)
		switch strings.ToLower(strings.TrimSpace(k)) {
		case "path":
			path = v
		case "domain":
			domain = v
		case "samesite":
			sameSite = v
		case "httponly":
			httpOnly = true
		case "secure":
			secure = true
		case "expires":
			if t, ok := parseDate(v); ok && !byAge {
				expires = t
			}
		case "max-age": // wins over expires (RFC 6265 section 5.3)
			if n, err := strconv.ParseInt(v, 10, 64); err == nil {
				byAge = true
				expires = h.receivedAt(r).Add(time.Duration(min(max(n, 0), maxAge)) * time.Second)
			}
		}
	}
	h.open('{')
	h.str("name", name)
	h.str("value", value)
	h.opt("path", path)
	h.opt("domain", domain)
	if !expires.IsZero() {
		h.time("expires", expires.UTC())
	}
	h.bool("httpOnly", httpOnly)
	h.bool("secure", secure)
	h.opt("sameSite", sameSite)
	h.close('}')
}

// maxAge is the longest life of a cookie, in seconds: 400 days (RFC 6265bis
// section 5.5).
const maxAge = 400 * 24 * 60 * 60

// parseDate reads the forms of a date that servers send in cookies.
func parseDate(s string) (time.Time, bool) {
	if len(s) < len("Mon Jan _2 15:04:05 2006") {
		return time.Time{}, false // shorter than the shortest of them
	}
	for _, layout := range [...]string{
		"Mon, 02 Jan 2006 15:04:05 MST", "Mon, 02-Jan-2006 15:04:05 MST", "Mon, 02-Jan-06 15:04:05 MST",
		"Monday, 02-Jan-06 15:04:05 MST", "Mon Jan _2 15:04:05 2006", "Mon, 2 Jan 2006 15:04:05 MST",
	} {
		if t, err := time.Parse(layout, s); err == nil && t.Year() < 10000 {
			return t, true
		}
	}
	return time.Time{}, false
}
