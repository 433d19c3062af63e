package fetch

import "pageload/fetch/auth"

// credentialed is what a call says to those who ask for credentials.
type credentialed struct {
	server, proxy           *auth.Login // nil: not begun
	authorization, forProxy string      // the fields that are sent; "": none, or for the proxy those that it was given beforehand
}

// forServer is the Authorization field, "" for none.
func (c *credentialed) forServer() string {
	if c == nil {
		return ""
	}
	return c.authorization
}

// toProxy is the Proxy-Authorization field, "" for none but what the proxy was given beforehand.
func (c *credentialed) toProxy() string {
	if c == nil {
		return ""
	}
	return c.forProxy
}

// serverLogin is the call's to its server, begun if need be.
func (x *Call) serverLogin() *auth.Login {
	if x.login == nil {
		x.login = new(credentialed)
	}
	if x.login.server == nil {
		x.login.server = x.newLogin()
	}
	return x.login.server
}

// proxyLogin is the call's to its proxy, begun if need be.
func (x *Call) proxyLogin() *auth.Login {
	if x.login == nil {
		x.login = new(credentialed)
	}
	if x.login.proxy == nil {
		x.login.proxy = auth.NewLogin(x.c.Auth, proxyParty(*x.lease.Proxy()))
	}
	return x.login.proxy
}

// loginAhead sends credentials that nobody has asked this hop for: they were accepted for its path, or for its proxy, before.
func (x *Call) loginAhead() {
	if x.c.Auth == nil || !x.c.Auth.Remembers() {
		return
	}
	if (x.login == nil || x.login.server == nil) && x.mayLogin() {
		field := x.serverLogin().Ahead(x.method, x.url.RequestTarget(), x.body)
		x.login.authorization = field
	}
	if (x.login == nil || x.login.proxy == nil) && x.lease.AbsoluteForm() {
		field := x.proxyLogin().Ahead(x.method, x.url.RequestTarget(), x.body)
		x.login.forProxy = field
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

// challenged reports whether the response asks for credentials that there are: then the hop is made again, with them (RFC 9110 section
// 11.6, 11.7). As for Chromium's users it is one hop; why it was made twice is among its reasons to wait.
func (x *Call) challenged() bool {
	if !x.upload.repeatable() {
		return false
	}
	var what string
	again := false
	switch x.hop.Status {
	case 401:
		if !x.mayLogin() || x.c.Auth == nil && x.url.Username() == "" && x.url.Password() == "" {
			return false
		}
		if what, again = x.serverLogin().Challenged(x.ctx, x.hop.Header.Values("WWW-Authenticate")); again {
			x.login.authorization = x.login.server.Field(x.method, x.url.RequestTarget(), x.body)
			what = "the server asked for credentials: " + what
		}
	case 407:
		if !x.lease.AbsoluteForm() {
			return false
		}
		login := x.proxyLogin()
		sent := x.login.forProxy
		if sent == "" {
			sent = x.lease.Proxy().Authorization()
		}
		if what, again = login.Challenged(x.ctx, x.hop.Header.Values("Proxy-Authenticate")); again {
			x.login.forProxy = login.Field(x.method, x.url.RequestTarget(), x.body)
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
	if x.login == nil {
		return
	}
	if x.login.server != nil && x.hop.Status != 401 && x.hop.Status != 407 {
		x.login.server.Accepted(x.url.Path())
	}
	if x.login.proxy != nil && x.hop.Status != 407 {
		x.login.proxy.Accepted("/")
	}
}

// plain reports whether the hop is sent without credentials of this kind.
func (c *credentialed) plain() bool {
	return c == nil || c.authorization == "" && c.forProxy == ""
}
