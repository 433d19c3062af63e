package cookies

import (
	"strings"

	"pageload/parse/weburl"
)

// A Request is what a jar has to know of a request, and of one hop of it where it was redirected.
type Request struct {
	URL weburl.URL
	// Method is GET if empty.
	Method string
	// Navigation says that the response will be the page, not something on it.
	Navigation bool
	// ByUser says that nobody asked but the user, as with an address that was typed. Then Initiator is not looked at.
	ByUser bool
	// Initiator is the origin of the document that asked; opaque: of another site than all.
	Initiator weburl.Origin
	// TopLevel is the page's origin. It is not looked at for a Navigation, whose page is the URL's.
	TopLevel weburl.Origin
	// Embedded says that the document that asks, or a frame between it and the page, is of another site than the page, so that
	// there is no site that the request's cookies were first-party to.
	Embedded bool
}

// A nearness is how near a request is to the site it goes to, from far to near (RFC 6265bis section 5.2;
// net/cookies/cookie_options.h, SameSiteCookieContext).
type nearness uint8

const (
	crossSite nearness = iota
	laxUnsafe          // a navigation of another site with a method that is not safe
	laxSite            // a navigation of another site
	strictSite
)

// A relation is how a request lies to the page and to who asked, by what counts as the same site.
type relation struct {
	firstParty bool // what it brings is of the page's site ("site for cookies")
	near       nearness
}

// relation returns it. Redirects on the way here are not looked at, as recorded (net/cookies/cookie_util.cc, ComputeSameSiteContext).
func (r *Request) relation(same func(a, b weburl.Origin) bool) (l relation) {
	to := r.URL.Origin()
	l.firstParty = r.Navigation || !r.Embedded && same(r.TopLevel, to)
	if !l.firstParty {
		return l
	}
	switch {
	case r.ByUser, !r.Navigation && r.Initiator == r.TopLevel, same(r.Initiator, to):
		l.near = strictSite
	case !r.Navigation:
	case !safe(r.Method):
		l.near = laxUnsafe
	default:
		l.near = laxSite
	}
	return l
}

// safe reports whether a method is (RFC 9110 section 9.2.1).
func safe(method string) bool {
	switch method {
	case "", "GET", "HEAD", "OPTIONS", "TRACE":
		return true
	}
	return false
}

// sameSite is weburl.SameSite; most that are not need no public suffix list to be told apart.
func sameSite(a, b weburl.Origin) bool { return a.Scheme == b.Scheme && sameSiteAnyScheme(a, b) }

// sameSiteAnyScheme is sameSite without the scheme, for those that only the scheme makes foreign.
func sameSiteAnyScheme(a, b weburl.Origin) bool {
	if a.Opaque() || b.Opaque() || lastLabels(a.Host) != lastLabels(b.Host) {
		return false
	}
	a.Scheme = b.Scheme
	return weburl.SameSite(a, b)
}

// lastLabels returns the last two labels of a host, which hosts of one site have in common.
func lastLabels(host string) string {
	i := strings.LastIndexByte(host, '.')
	if i < 0 {
		return host
	}
	return host[strings.LastIndexByte(host[:i], '.')+1:]
}

// partition returns the request's partition; zero where the page has none that lasts.
func (r *Request) partition() Partition {
	if r.Navigation {
		return Partition{Site: r.URL.Origin().Site()}
	}
	site := r.TopLevel.Site()
	if site == "" {
		return Partition{}
	}
	return Partition{Site: site, CrossSite: r.Embedded || !sameSite(r.TopLevel, r.URL.Origin())}
}

// path returns the request's, "/" where a URL has none.
func (r *Request) path() string {
	if p := r.URL.Path(); strings.HasPrefix(p, "/") {
		return p
	}
	return "/"
}
