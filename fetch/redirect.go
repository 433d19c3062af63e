package fetch

import (
	"fmt"

	"pageload/parse/weburl"
)

// location returns the first Location with a value, if the response is a redirect that browsers follow: 300 and 304 to 306
// are not.
func (x *Call) location() (string, bool) {
	switch x.hop.Status {
	case 301, 302, 303, 307, 308:
	default:
		return "", false
	}
	if x.returnsRedirects() {
		return "", false
	}
	for _, v := range x.hop.Header.Values("Location") {
		if v != "" {
			return v, true
		}
	}
	return "", false
}

// returnsRedirects reports whether redirects are responses like others.
func (x *Call) returnsRedirects() bool { return x.c.MaxRedirects < 0 || x.r.Redirect == ReturnRedirect }

// target resolves a Location and checks that the fetch may go there (Fetch standard, HTTP-redirect fetch).
func (x *Call) target(location string) (weburl.URL, error) {
	next, err := x.url.Parse(location) // what is relative keeps name and password
	if err != nil {
		return next, fmt.Errorf("%w: %w", ErrRedirect, err)
	}
	if !next.HasFragment() {
		next = next.WithFragmentOf(x.url)
	}
	if !next.IsHTTP() {
		return next, fmt.Errorf("%w: %w: %s", ErrRedirect, ErrScheme, next.Scheme())
	}
	if x.r.Upgrade != nil {
		next = x.r.Upgrade(next)
	}
	if err := x.oneMore(); err != nil {
		return next, err
	}
	userinfo := next.Username() != "" || next.Password() != ""
	if x.r.Mode == CORS && userinfo && (x.foreign || next.Origin() != x.r.Initiator) {
		return next, fmt.Errorf("%w: to a URL with credentials in mode cors", ErrRedirect)
	}
	return next, nil
}

// toldReferrer is what is left of the referrer once the hop was told it: what was held back is not told to a later hop either (Fetch
// standard, main fetch: the request's referrer becomes what is sent).
func (x *Call) toldReferrer() weburl.URL {
	if x.referrer.IsZero() {
		return weburl.URL{}
	}
	u, err := weburl.Parse(Referrer(x.policy, *x.referrer, x.url))
	if err != nil {
		return weburl.URL{}
	}
	return u
}

// oneMore reports why no further redirect is followed, nil if it may be.
func (x *Call) oneMore() error {
	if most := limit(x.c.MaxRedirects, defaultMaxRedirects); x.redirects >= most {
		return &limitError{ErrTooManyRedirects, fmt.Sprintf("Client.MaxRedirects %d", most)}
	}
	return nil
}

// keepsBody reports whether a redirect keeps the method and the body.
func (x *Call) keepsBody() bool {
	switch x.hop.Status {
	case 301, 302:
		return x.method != "POST"
	case 303:
		return x.method == "GET" || x.method == "HEAD"
	}
	return true
}

// follow makes next the call's URL, and its method, body and policies what the redirect asks for. The hop that ends here has been
// reported.
func (x *Call) follow(next weburl.URL) {
	from, to := x.url.Origin(), next.Origin()
	if x.keepsBody() {
		x.upload.rewind()
	} else {
		x.upload.close()
		x.method, x.body, x.upload = "GET", nil, nil
	}
	told := x.toldReferrer()
	x.referrer = &told
	if !from.PotentiallyTrustworthy() {
		x.unhinted = true
	}
	if from != to {
		x.abroad = true
		if x.r.Mode == CORS && from != x.r.Initiator {
			x.tainted = true
		}
	}
	if p := ReferrerPolicy(x.hop.Header.Joined("Referrer-Policy")); p != "" {
		x.policy = p
	}
	x.url = next
	x.redirects++
	x.retries, x.misdirected = 0, false
	x.would, x.login = nil, nil
	hop := &Hop{RequestID: x.hop.RequestID}
	x.mu.Lock()
	x.hop = hop // under the lock for blocked
	x.mu.Unlock()
}
