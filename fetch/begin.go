package fetch

import (
	"fmt"
	"strings"

	"pageload/fetch/httpcache"
	"pageload/fetch/internal/syntax"
	"pageload/parse/weburl"
)

// beginHop checks that the hop's URL may be fetched, before anything goes out.
func (x *Call) beginHop() step {
	x.hop.Index = x.redirects
	x.hop.URL = x.url.WithoutUserinfo()
	x.hop.Method = x.method
	x.hop.Destination = x.r.Destination
	if err := x.cancellation(); err != nil {
		return x.fail(PhaseRequest, err)
	}
	if x.redirects == 0 {
		if err := checkRequest(x.r); err != nil {
			return x.fail(PhaseRequest, err)
		}
	}
	if isLocal(x.url) {
		return stepLocal
	}
	if err := checkURL(x.url); err != nil {
		return x.fail(PhaseURL, err)
	}
	origin := x.url.Origin()
	x.site = x.site.with(x.r.Initiator, origin)
	if origin != x.r.Initiator || origin.Opaque() {
		switch x.r.Mode {
		case SameOrigin:
			return x.fail(PhasePolicy, fmt.Errorf("%w: %v asks for %v", ErrCrossOrigin, x.r.Initiator, origin))
		case CORS:
			x.foreign = true
		}
	}
	if x.insecureHost() {
		return stepSecure
	}
	if x.c.Cache != nil && x.r.Cache != httpcache.Off {
		return stepLookup
	}
	return stepAcquire
}

// checkURL reports why a URL is not fetched.
func checkURL(u weburl.URL) error {
	switch {
	case u.IsZero():
		return fmt.Errorf("%w: no URL", ErrBadRequest)
	case !u.IsHTTP():
		return fmt.Errorf("%w: %s", ErrScheme, u.Scheme())
	}
	if _, port := u.Address(); weburl.BlockedPort(port) {
		return fmt.Errorf("%w: %d", ErrBlockedPort, port)
	}
	return nil
}

// checkRequest reports what of a request cannot be sent.
func checkRequest(r *Request) error {
	if r.Method != "" && !syntax.IsToken(r.Method) {
		return fmt.Errorf("%w: method %q is no token", ErrBadRequest, r.Method)
	}
	switch strings.ToUpper(r.Method) {
	case "CONNECT", "TRACE", "TRACK":
		return fmt.Errorf("%w: method %s is forbidden", ErrBadRequest, r.Method)
	}
	if u := r.Upload; u != nil && (u.Body == nil || len(r.Body) > 0) {
		return fmt.Errorf("%w: an Upload without a body, or beside Body", ErrBadRequest)
	}
	for _, f := range r.Header {
		if !syntax.IsToken(f.Name) {
			return fmt.Errorf("%w: field name %q is no token", ErrBadRequest, f.Name)
		}
		if !isFieldValue(f.Value) {
			return fmt.Errorf("%w: value of field %s", ErrBadRequest, f.Name)
		}
		switch strings.ToLower(f.Name) {
		case "transfer-encoding", "trailer", "upgrade", "te":
			return fmt.Errorf("%w: field %s belongs to the connection", ErrBadRequest, f.Name)
		}
	}
	for _, v := range [...]string{r.ContentType, r.Range} {
		if !isFieldValue(v) {
			return fmt.Errorf("%w: field value %q", ErrBadRequest, v)
		}
	}
	return nil
}

// isFieldValue reports whether v can stand in a field (RFC 9110 section 5.5).
func isFieldValue(v string) bool {
	for i := range len(v) {
		if c := v[i]; c < ' ' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return strings.Trim(v, " \t") == v
}

// credentials reports whether the hop is sent with cookies (Fetch standard, HTTP-network-or-cache fetch).
func (x *Call) credentials() bool {
	switch {
	case x.r.Mode == Navigate || x.r.Credentials == Include:
		return true
	case x.r.Credentials == SameOriginCredentials:
		return !x.tainted && weburl.SameOrigin(x.r.Initiator, x.url.Origin())
	}
	return false
}

// message collects what the hop's header is made from, into m.
func (x *Call) message(m *message, h2 bool) {
	*m = message{profile: x.c.profile, r: x.r, url: x.url, method: x.method, body: x.body, upload: x.upload, policy: x.policy, referrer: *x.referrer, site: x.site,
		priority: x.currentPriority(), origin: x.originField(), h2: h2, abroad: x.abroad, unhinted: x.unhinted, redirected: x.redirects > 0,
		credentials: x.credentials(), trustworthy: x.url.Origin().PotentiallyTrustworthy(),
		thirdParty: x.thirdParty()}
	if m.credentials {
		m.cookie = x.cookie()
		m.authorization = x.login.forServer()
	}
	if x.tx != nil {
		m.conditions = x.tx.Conditions()
	}
	if x.lease != nil && x.lease.AbsoluteForm() {
		m.proxy, m.proxyAuthorization = x.lease.Proxy(), x.login.toProxy()
	}
}

// originField returns the value of the Origin field, "" for none (Fetch standard, append a request Origin header).
func (x *Call) originField() string {
	r, to := x.r, x.url.Origin()
	switch {
	case r.Mode == CORS && x.tainted:
		return "null"
	case r.Mode == CORS && r.Destination == Manifest && !x.foreign:
		return "" // as recorded
	case r.Mode == CORS:
		return r.Initiator.String()
	case x.method == "GET" || x.method == "HEAD" || x.site == siteNone:
		return "" // a user's POST has no origin to tell
	}
	same := weburl.SameOrigin(r.Initiator, to)
	switch x.policy {
	case "no-referrer":
		return "null"
	case "same-origin":
		if !same {
			return "null"
		}
	case "origin", "origin-when-cross-origin", "unsafe-url":
	default:
		if r.Initiator.Scheme == "https" && to.Scheme != "https" {
			return "null"
		}
	}
	return r.Initiator.String()
}
