package fetch

import "pageload/fetch/auth"

// credentialed is what a call says to those who ask for credentials.
type credentialed struct {
	server, proxy           *auth.Login // nil: not begun
	authorization, forProxy string      // the fields that are sent; "": none, or for the proxy those that it was given beforehand
}

// loginAhead sends credentials that nobody has asked this hop for: they were accepted for its path, or for its proxy, before.
func (x *Call) loginAhead() {
	if x.c.Auth == nil || !x.c.Auth.Remembers() {
		return
	}
	if x.login.server == nil && x.mayLogin() {
		x.login.server = x.newLogin()
		x.login.authorization = x.login.server.Ahead(x.method, x.url.RequestTarget(), x.body)
	}
	if x.login.proxy == nil && x.lease.AbsoluteForm() {
		x.login.proxy = x.newProxyLogin()
		x.login.forProxy = x.login.proxy.Ahead(x.method, x.url.RequestTarget(), x.body)
	}
}

// mayLogin reports whether a server that asks for credentials is answered: not where the request is sent without any, or with the
// caller's own.
func (x *Call) mayLogin() bool {
	if !x.credentials() {
		return false
	}
	_, own := Header(x.r.Header).Lookup("Authorization")
	return !own || x.abroad
}

func (x *Call) newLogin() *auth.Login {
	return auth.NewLogin(x.c.Auth, auth.Party{
		Origin: x.url.Origin().String(), Partition: x.partition(),
		Identity: auth.Identity{User: string(percentDecode(x.url.Username())), Password: string(percentDecode(x.url.Password()))},
		Silent:   x.site == siteCross && !x.r.Destination.navigates(),
	})
}

func (x *Call) newProxyLogin() *auth.Login {
	return auth.NewLogin(x.c.Auth, proxyParty(*x.lease.Proxy()))
}

// challenged reports whether the response asks for credentials that there are: then the hop is made again, with them (RFC 9110 section
// 11.6, 11.7). As for Chromium's users it is one hop; why it was made twice is among its reasons to wait.
func (x *Call) challenged() bool {
	var what string
	again := false
	switch x.hop.Status {
	case 401:
		if !x.mayLogin() || x.c.Auth == nil && x.url.Username() == "" && x.url.Password() == "" {
			return false
		}
		if x.login.server == nil {
			x.login.server = x.newLogin()
		}
		if what, again = x.login.server.Challenged(x.ctx, x.hop.Header.Values("WWW-Authenticate")); again {
			x.login.authorization = x.login.server.Field(x.method, x.url.RequestTarget(), x.body)
			what = "the server asked for credentials: " + what
		}
	case 407:
		if !x.lease.AbsoluteForm() {
			return false
		}
		if x.login.proxy == nil {
			x.login.proxy = x.newProxyLogin()
		}
		sent := x.login.forProxy
		if sent == "" {
			sent = x.lease.Proxy().Authorization()
		}
		if what, again = x.login.proxy.Challenged(x.ctx, x.hop.Header.Values("Proxy-Authenticate")); again {
			x.login.forProxy = x.login.proxy.Field(x.method, x.url.RequestTarget(), x.body)
			again = x.login.forProxy != sent // Basic is said beforehand: once is enough
			what = "the proxy asked for credentials: " + what
		}
	}
	if !again || x.cancellation() != nil {
		return false
	}
	x.blocked(what)
	return true
}

// loggedIn notes what was accepted.
func (x *Call) loggedIn() {
	if x.login.server != nil && x.hop.Status != 401 && x.hop.Status != 407 {
		x.login.server.Accepted(x.url.Path())
	}
	if x.login.proxy != nil && x.hop.Status != 407 {
		x.login.proxy.Accepted("/")
	}
}

// plain reports whether the hop is sent without credentials of this kind.
func (c *credentialed) plain() bool { return c.authorization == "" && c.forProxy == "" }
