package cookies

import (
	"strings"

	"golang.org/x/net/publicsuffix"

	"pageload/parse/weburl"
)

// domainOf returns whom a cookie goes to that a host sets with the Domain attribute (RFC 6265bis section 5.7 steps 6 to 10, and
// net/cookies/cookie_util.cc, GetCookieDomainWithString).
func domainOf(host, attribute string) (domain string, hostOnly, ok bool) {
	if strings.HasSuffix(host, "..") || strings.HasPrefix(host, ".") { // no names
		return "", false, false
	}
	if attribute == "" {
		return host, true, true
	}
	attribute = strings.TrimPrefix(attribute, ".")
	for _, c := range []byte(attribute) {
		if c >= 0x80 || c == '%' {
			return "", false, false
		}
	}
	if strings.EqualFold(attribute, host) {
		return host, registrable(host) == "", true
	}
	domain, err := weburl.ParseHost(attribute)
	if err != nil || !domainMatch(host, domain) {
		return "", false, false
	}
	// What is above the registrable domain is a public suffix.
	if own := registrable(host); own == "" || !domainMatch(domain, own) {
		return "", false, false
	}
	return domain, false, true
}

// registrable returns the registrable domain of a host, by the public suffix list with its private part: "example.co.uk" for
// www.example.co.uk. It is "" for addresses, names of one label, and public suffixes.
func registrable(host string) string {
	name := strings.TrimSuffix(host, ".")
	if name == "" || name[0] == '.' || isAddress(host) {
		return ""
	}
	suffix, _ := publicsuffix.PublicSuffix(name)
	if len(suffix) >= len(name) {
		return ""
	}
	dot := strings.LastIndexByte(name[:len(name)-len(suffix)-1], '.')
	return host[dot+1:]
}

// isAddress reports whether a host as URLs have it is an IP address.
func isAddress(host string) bool {
	return host != "" && (host[0] == '[' || isDigit(host[len(host)-1]) && strings.Trim(host, "0123456789.") == "")
}

// domainMatch reports whether host is domain or a name below it (RFC 6265bis section 5.1.3).
func domainMatch(host, domain string) bool {
	if len(host) <= len(domain) {
		return host == domain
	}
	return host[len(host)-len(domain)-1] == '.' && host[len(host)-len(domain):] == domain && !isAddress(host)
}

// defaultPath is that of a cookie without a Path attribute (RFC 6265bis section 5.1.4).
func defaultPath(path string) string {
	if i := strings.LastIndexByte(path, '/'); i > 0 {
		return path[:i]
	}
	return "/"
}

// pathMatch reports whether path is below prefix (RFC 6265bis section 5.1.4).
func pathMatch(path, prefix string) bool {
	return strings.HasPrefix(path, prefix) &&
		(len(path) == len(prefix) || prefix[len(prefix)-1] == '/' || path[len(prefix)] == '/')
}
