package loader

import (
	"strings"

	"pageload/conn"
	"pageload/dnscache"
)

// Parts are parts of what a profile keeps.
type Parts uint16

// The parts.
const (
	Names           Parts = 1 << iota // what the browser's own name cache has, where the Resolver is a *dnscache.Resolver
	Connections                       // open and idle
	TLSSessions                       // which make later handshakes shorter
	CachedResponses                   // the HTTP cache
	Cookies
	HSTSHosts   // those that are asked over TLS only
	AltServices // where else servers can be had
	Passwords   // names and passwords that were given, and where they were accepted
	Learnt      // from the content of pages: only CPU depends on it

	AllParts Parts = 1<<iota - 1
)

var partNames = []string{"names", "connections", "TLS sessions", "cached responses", "cookies", "HSTS hosts", "alternative services", "passwords", "learnt"}

// String returns the parts' names, separated by commas.
func (p Parts) String() string {
	var list []string
	for i, name := range partNames {
		if p&(1<<i) != 0 {
			list = append(list, name)
		}
	}
	return strings.Join(list, ", ")
}

// Clear forgets some of what the profile keeps, as a browser's "clear browsing
// data" does. Pages that are being loaded go on, and may bring some of it back, as may
// a connection that is still being opened for a page that did without it in the end:
// connections in use are only closed once they are idle for long enough. The error
// is that of a cache on disk.
func (p *Profile) Clear(parts Parts) error {
	p.init()
	var err error
	if parts&CachedResponses != 0 {
		err = p.Cache.Clear()
	}
	if r, ok := p.Pool.Dialer.Resolver.(*dnscache.Resolver); ok && parts&Names != 0 {
		r.Flush()
	}
	if parts&Connections != 0 {
		p.Pool.CloseIdle()
	}
	if s := p.sessions(); s != nil && parts&TLSSessions != 0 {
		s.Clear()
	}
	if parts&Cookies != 0 {
		p.Jar.Clear()
	}
	if parts&HSTSHosts != 0 {
		p.HSTS.Clear()
	}
	if parts&AltServices != 0 {
		p.AltSvc.Clear()
	}
	if parts&Passwords != 0 {
		p.Auth.Clear()
	}
	if parts&Learnt != 0 {
		p.Memory.Clear()
	}
	return err
}

// sessions are the TLS sessions, nil where they are kept in a cache of the user's.
func (p *Profile) sessions() *conn.Resumptions {
	if c := p.Pool.Dialer.TLS; c != nil && c.ClientSessionCache != nil {
		return nil
	}
	return p.Pool.Resumptions
}
