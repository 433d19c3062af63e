package weburl

import (
	"strconv"
	"strings"

	"golang.org/x/net/publicsuffix"
)

// Origin is who a document is, for what asks whether two are the same: scheme, host and port (HTML standard section
// 7.1.1). It is comparable. The zero value is an opaque origin, as documents from data: URLs have, which is the same as
// none, not even itself: compare with SameOrigin where that can occur.
type Origin struct {
	// Scheme is in lower case without colon. The scheme "file" makes an origin that is opaque in all but its
	// trustworthiness.
	Scheme string
	// Host is as URL.Hostname has it, IPv6 addresses in brackets.
	Host string
	// Port is the effective port: 443 where an https URL has none.
	Port uint16
}

// Origin returns the origin: of http, https, ws, wss and ftp URLs their own, of a blob URL that of the http or https
// URL in its path, of a file URL one with nothing but the scheme; of all others an opaque one.
func (u URL) Origin() Origin {
	switch {
	case u.kind == kindFile:
		return Origin{Scheme: "file"}
	case u.kind != notSpecial:
		return Origin{Scheme: u.Scheme(), Host: u.Hostname(), Port: u.port}
	case u.Scheme() == "blob":
		if inner, err := Parse(u.Path()); err == nil && inner.IsHTTP() {
			return inner.Origin()
		}
	}
	return Origin{}
}

// Opaque reports whether the origin is opaque: the zero value's, and a file's as Chromium has it.
func (o Origin) Opaque() bool { return o.Scheme == "" || o.Scheme == "file" }

// String returns the origin as in an Origin field, "https://example.com:8443", without the default port; "null" if
// opaque.
func (o Origin) String() string {
	if o.Opaque() {
		return "null"
	}
	if o.Port == kindOf(o.Scheme).defaultPort() {
		return o.Scheme + "://" + o.Host
	}
	return o.Scheme + "://" + o.Host + ":" + strconv.Itoa(int(o.Port))
}

// SameOrigin reports whether a and b are the same origin; an opaque one is the same as none.
func SameOrigin(a, b Origin) bool { return a == b && !a.Opaque() }

// Site returns the schemeful site (HTML standard section 7.1.1): "https://example.com" for
// https://www.example.com:8443, by the public suffix list with its private part. An IP address, a name of one label and
// a public suffix are sites themselves. It is "" if opaque.
func (o Origin) Site() string {
	if o.Opaque() {
		return ""
	}
	return o.Scheme + "://" + siteHost(o.Host)
}

// SameSite reports whether a and b are of one schemeful site; an opaque one is of none.
func SameSite(a, b Origin) bool {
	return !a.Opaque() && a.Scheme == b.Scheme && (a.Host == b.Host || siteHost(a.Host) == siteHost(b.Host))
}

// siteHost returns the registrable domain of a host, or the host where it has none. A trailing dot stays.
func siteHost(host string) string {
	name := strings.TrimSuffix(host, ".")
	if name == "" || name[0] == '.' || host[0] == '[' || endsInNumber(host) {
		return host
	}
	suffix, _ := publicsuffix.PublicSuffix(name)
	if len(suffix) >= len(name) {
		return host
	}
	// One label more than the suffix.
	dot := strings.LastIndexByte(name[:len(name)-len(suffix)-1], '.')
	return host[dot+1:]
}

// PotentiallyTrustworthy reports whether a browser treats the origin as one that cannot be eavesdropped on (Secure
// Contexts section 3.1): https, wss, file, addresses of the loopback network, and localhost and the names below it.
func (o Origin) PotentiallyTrustworthy() bool {
	switch o.Scheme {
	case "":
		return false
	case "https", "wss", "file":
		return true
	}
	if o.Host == "[::1]" || strings.HasPrefix(o.Host, "127.") && endsInNumber(o.Host) {
		return true
	}
	name := strings.TrimSuffix(o.Host, ".")
	return name == "localhost" || strings.HasSuffix(name, ".localhost")
}

// PotentiallyTrustworthy reports whether a browser treats the URL as one that cannot be eavesdropped on (Secure
// Contexts section 3.2): about:blank, about:srcdoc and data: URLs beside those of trustworthy origins. It is what mixed
// content asks.
func (u URL) PotentiallyTrustworthy() bool {
	switch u.Scheme() {
	case "data":
		return true
	case "about":
		return u.Path() == "blank" || u.Path() == "srcdoc"
	}
	return u.Origin().PotentiallyTrustworthy()
}
