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

// firstParty reports whether what the request brings is of the page's site ("site for cookies").
func (r *Request) firstParty(same func(a, b weburl.Origin) bool) bool {
	return r.Navigation || !r.Embedded && same(r.TopLevel, r.URL.Origin())
}

// nearness returns it by what counts as the same site. Redirects on the way here are not looked at, as Chromium does
// (net/cookies/cookie_util.cc, ComputeSameSiteContext).
func (r *Request) nearness(same func(a, b weburl.Origin) bool) nearness {
	switch {
	case !r.firstParty(same):
		return crossSite
	case r.ByUser || same(r.Initiator, r.URL.Origin()):
		return strictSite
	case !r.Navigation:
		return crossSite
	case !safe(r.Method):
		return laxUnsafe
	}
	return laxSite
}

// safe reports whether a method is (RFC 9110 section 9.2.1).
func safe(method string) bool {
	switch method {
	case "", "GET", "HEAD", "OPTIONS", "TRACE":
		return true
	}
	return false
}

// sameSiteAnyScheme is weburl.SameSite without the scheme, to tell those apart that only the scheme makes foreign.
func sameSiteAnyScheme(a, b weburl.Origin) bool {
	if a.Opaque() || b.Opaque() {
		return false
	}
	a.Scheme = b.Scheme
	return weburl.SameSite(a, b)
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
	return Partition{Site: site, CrossSite: r.Embedded || !weburl.SameSite(r.TopLevel, r.URL.Origin())}
}

// path returns the request's, "/" where a URL has none.
func (r *Request) path() string {
	if p := r.URL.Path(); strings.HasPrefix(p, "/") {
		return p
	}
	return "/"
}
