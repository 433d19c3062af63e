package loader

import (
	"pageload/conn"
	"pageload/dnscache"
	"pageload/fetch/auth"
	"pageload/fetch/cookies"
	"pageload/fetch/hsts"
	"pageload/fetch/httpcache"
)

// Clone returns a profile with the same settings and those parts of what this one
// keeps; from then on they are two, and nothing that one learns reaches the other. It
// costs little: cookies and cached responses are shared until one of the two changes
// them.
//
// Connections cannot be in two pools, so a clone opens its own. With [TLSSessions] a
// server can tell that both come from one client. What was learnt from the content
// of pages is shared for good, since nothing but CPU depends on it. What the settings
// point to is shared: sources of names, links, a Store of the cache that is not in
// memory, a session cache within the TLS configuration.
func (p *Profile) Clone(parts Parts) *Profile {
	p.init()
	c := &Profile{
		Identity: p.Identity, Device: p.Device, Schedule: p.Schedule, Icons: p.Icons, Pace: p.Pace, Scope: p.Scope, InView: p.InView, Limits: p.Limits, Preconnect: p.Preconnect,
		Jar: &cookies.Jar{}, HSTS: &hsts.Store{}, Auth: &auth.Store{}, Cache: &httpcache.Cache{}, Memory: &Memory{Bytes: p.Memory.Bytes},
	}
	c.Pool.Like(&p.Pool)
	if p.ownLogin {
		c.Pool.Dialer.ProxyLogin = nil // the clone's passwords are its own
	}
	c.Pool.Resumptions = &conn.Resumptions{Most: p.Pool.Resumptions.Most}
	if parts&TLSSessions != 0 {
		c.Pool.Resumptions = p.Pool.Resumptions.Clone()
	}
	if r, ok := p.Pool.Dialer.Resolver.(*dnscache.Resolver); ok {
		names := r.Clone()
		if parts&Names == 0 {
			names.Flush()
		}
		c.Pool.Dialer.Resolver = names
	}
	// A clone has the settings, too, so an empty one is made of it.
	c.Cache = p.Cache.Clone()
	if m, ok := c.Cache.Store.(*httpcache.Memory); ok && parts&CachedResponses == 0 {
		m.Clear()
	}
	if c.Jar = p.Jar.Clone(); parts&Cookies == 0 {
		c.Jar.Clear()
	}
	if c.HSTS = p.HSTS.Clone(); parts&HSTSHosts == 0 {
		c.HSTS.Clear()
	}
	if c.AltSvc = p.AltSvc.Clone(); parts&AltServices == 0 {
		c.AltSvc.Clear()
	}
	if c.Auth = p.Auth.Clone(); parts&Passwords == 0 {
		c.Auth.Clear()
	}
	if parts&Learnt != 0 {
		c.Memory = p.Memory
	}
	return c
}
