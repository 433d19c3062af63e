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
	if x.c.MaxRedirects < 0 {
		return "", false
	}
	for _, v := range x.hop.Header.Values("Location") {
		if v != "" {
			return v, true
		}
	}
	return "", false
}

// target resolves a Location and checks that the fetch may go there (Fetch standard, HTTP-redirect fetch).
func (x *Call) target(location string) (weburl.URL, error) {
	next, err := x.hop.URL.Parse(location)
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
	if x.redirects >= limit(x.c.MaxRedirects, defaultMaxRedirects) {
		return next, &limitError{ErrTooManyRedirects, fmt.Sprintf("Client.MaxRedirects %d", limit(x.c.MaxRedirects, defaultMaxRedirects))}
	}
	userinfo := next.Username() != "" || next.Password() != ""
	if x.r.Mode == CORS && userinfo && (x.foreign || next.Origin() != x.r.Initiator) {
		return next, fmt.Errorf("%w: to a URL with credentials in mode cors", ErrRedirect)
	}
	return next, nil
}

// follow makes next the call's URL, and its method, body and policies what the redirect asks for. The hop that ends here has been
// reported.
func (x *Call) follow(next weburl.URL) {
	from, to := x.url.Origin(), next.Origin()
	status := x.hop.Status
	if (status == 301 || status == 302) && x.method == "POST" ||
		status == 303 && x.method != "GET" && x.method != "HEAD" {
		x.method, x.body = "GET", nil
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
	x.codings, x.would = nil, nil
	hop := &Hop{RequestID: x.hop.RequestID}
	x.mu.Lock()
	x.hop = hop // under the lock for blocked
	x.mu.Unlock()
}
