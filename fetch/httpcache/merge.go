package httpcache

import "strings"

// transient are the fields that are not stored: those of the connection and of proxies (RFC 9111 section 3.1), and like Chromium, challenges, cookies and
// what changes a browser's state, for a hit must not do that again.
var transient = [...]string{
	"connection", "proxy-connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade", "proxy-authentication-info", "proxy-authorization",
	"www-authenticate", "proxy-authenticate", "set-cookie", "set-cookie2", "clear-site-data", "strict-transport-security",
}

// fixed are the fields of a stored response that a 304 does not change: they describe the body that is stored, or Chromium keeps
// them (HttpResponseHeaders, kNonUpdatedHeaders). Of the fields whose name begins with X-Content- or X-Webkit-, which Chromium
// keeps too, only those are listed that browsers know: RFC 9111 section 3.2 wants the others changed.
var fixed = [...]string{
	"connection", "proxy-connection", "keep-alive", "www-authenticate", "proxy-authenticate", "proxy-authorization", "te", "trailer",
	"transfer-encoding", "upgrade", "content-location", "content-md5", "etag", "content-encoding", "content-range", "content-type",
	"content-length", "x-frame-options", "x-xss-protection", "x-content-type-options", "x-content-security-policy", "x-webkit-csp",
}

func oneOf(names []string, name string) bool {
	for _, n := range names {
		if len(n) == len(name) && strings.EqualFold(n, name) {
			return true
		}
	}
	return false
}

// storable returns the fields that are kept of a response. Fields that Connection or no-cache="…" names are not.
func storable(h Header) Header {
	hidden := control(h).hidden
	if c := h.joined("Connection"); c != "" {
		for name := range elements(c) {
			hidden = append(hidden, name)
		}
	}
	out := make(Header, 0, len(h))
	for _, f := range h {
		if !oneOf(transient[:], f.Name) && !oneOf(hidden, f.Name) {
			out = append(out, f)
		}
	}
	return out
}

// merged returns the stored fields as a 304 changes them (RFC 9111 section 3.2): each field of it that may be changed takes the place of all
// that are stored under its name.
func merged(stored, update Header) Header {
	changes := storable(update)
	keep := changes[:0]
	for _, f := range changes {
		if !oneOf(fixed[:], f.Name) {
			keep = append(keep, f)
		}
	}
	out := make(Header, 0, len(stored)+len(keep))
	for _, f := range stored {
		if !has(keep, f.Name) {
			out = append(out, f)
		}
	}
	return append(out, keep...)
}

func has(h Header, name string) bool {
	for i := range h {
		if len(h[i].Name) == len(name) && strings.EqualFold(h[i].Name, name) {
			return true
		}
	}
	return false
}
