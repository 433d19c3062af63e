package fetch

import (
	"context"

	"pageload/conn"
	"pageload/fetch/auth"
)

// ProxyLogin answers HTTP proxies that ask for credentials before they open a tunnel, for conn.Dialer.ProxyLogin: with Digest or Basic, with
// the credentials of the proxy or those that the store has for it. Its origin there is conn.Proxy.String, "http://proxy.test:3128". What a proxy has accepted
// is sent ahead to it from then on, a nonce's uses counted (RFC 7616 section 3.4). A nil store is one of the function's own. A Client does this for a pool of its own, and package loader for its profiles'; a
// pool that is given to a Client must be told.
func ProxyLogin(s *auth.Store) func(conn.Proxy) conn.ProxyLogin {
	if s == nil {
		s = &auth.Store{}
	}
	return func(p conn.Proxy) conn.ProxyLogin { return tunnelLogin{auth.NewLogin(s, proxyParty(p))} }
}

// proxyParty is a proxy as it is known to a store.
func proxyParty(p conn.Proxy) auth.Party {
	return auth.Party{Origin: p.String(), Proxy: true, Identity: auth.Identity{User: p.Username, Password: p.Password}}
}

// A tunnelLogin says to a proxy what it asks before a tunnel: the digest is one of CONNECT and its target, as Chromium's.
type tunnelLogin struct{ login *auth.Login }

func (l tunnelLogin) Ahead(target string) string { return l.login.Ahead("CONNECT", target, nil) }

func (l tunnelLogin) Challenged(ctx context.Context, challenges []string) bool {
	_, again := l.login.Challenged(ctx, challenges)
	return again
}

func (l tunnelLogin) Field(target string) string { return l.login.Field("CONNECT", target, nil) }

func (l tunnelLogin) Accepted() { l.login.Accepted("/") }
